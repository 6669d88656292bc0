//! TLS engines that do no I/O, on rustls.
//!
//! A [`Session`] is one connection, of either side. Its owner brings the bytes that the peer sent and gets plaintext; it
//! brings plaintext and gets bytes to send. What many sessions have in common is a [`ServerContext`] or a
//! [`ClientContext`], made of [`Options`]; an [`Acceptor`] chooses among the contexts of a server by what the client
//! says first. What goes wrong is a [`Failure`]: a code as node has it, and a reason for a person.
//!
//! ```text
//! let mut session = Session::accept(&acceptor)?;             // or Session::client(&context, &options, &mut out)?
//! loop {
//!     // bytes have come
//!     let plain = session.receive(&mut bytes, &mut out);     // `out` must be sent, also when this failed
//!     // data is to be sent (once !session.is_handshaking())
//!     session.send(b"hello", &mut out)?;
//! }
//! session.end_of_input()?;                                   // the stream ended: was that meant?
//! session.close(&mut out);                                   // close_notify, before our side ends
//! ```
//!
//! A session that waits holds no buffer. What a peer can make it hold before the handshake is complete is limited, and
//! after that to a record. There is no early data (0-RTT), no renegotiation and nothing below TLS 1.2.

mod acceptor;
mod certificate;
mod ciphers;
mod context;
mod exchange;
mod export;
mod failure;
mod hello;
mod names;
pub mod pem;
mod records;
mod resume;
mod session;
mod tickets;
mod trust;
mod verify;

pub use acceptor::Acceptor;
pub use certificate::Certificate;
pub use ciphers::{Cipher, all as ciphers};
pub use context::{ClientContext, Identity, Options, ServerContext, Version};
pub use failure::Failure;
pub use hello::{Found, Hello, read as read_hello};
pub use names::check as check_name;
pub use session::{ClientOptions, Plaintext, Session};
pub use trust::system_certificates;
