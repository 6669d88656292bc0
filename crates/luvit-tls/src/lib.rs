//! TLS engines that do no I/O.
