//! Errors with libuv's codes, names and messages.
//!
//! Source: <https://docs.libuv.org/en/v1.x/errors.html>. Where the system has an errno the code is
//! its negative, elsewhere (and for codes of libuv's own, like `EOF`) it is libuv's fixed number.

use std::{fmt, io};

/// The result of a loop operation.
pub type Result<T> = std::result::Result<T, Error>;

/// An error code as libuv numbers them: always negative.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
pub struct Error(i32);

/// The code of an errno every Unix has.
#[cfg(unix)]
macro_rules! common {
    ($name:ident, $other:literal) => {
        -libc::$name
    };
}
#[cfg(not(unix))]
macro_rules! common {
    ($name:ident, $other:literal) => {
        $other
    };
}
/// The code of an errno that only Linux has.
#[cfg(any(target_os = "linux", target_os = "android"))]
macro_rules! linux {
    ($name:ident, $other:literal) => {
        -libc::$name
    };
}
#[cfg(not(any(target_os = "linux", target_os = "android")))]
macro_rules! linux {
    ($name:ident, $other:literal) => {
        $other
    };
}
/// The code of an errno that only the BSDs have.
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
macro_rules! bsd {
    ($name:ident, $other:literal) => {
        -libc::$name
    };
}
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
macro_rules! bsd {
    ($name:ident, $other:literal) => {
        $other
    };
}
/// A code of libuv's own.
macro_rules! own {
    ($name:ident, $other:literal) => {
        $other
    };
}

macro_rules! errors {
    ($($name:ident $source:ident $other:literal $message:literal;)*) => {
        impl Error {
            $(
                #[doc = concat!("`", stringify!($name), "`: ", $message, ".")]
                pub const $name: Error = Error($source!($name, $other));
            )*

            /// Every error by name: `(name, code, message)`, in alphabetical order.
            pub fn all() -> impl Iterator<Item = (&'static str, i32, &'static str)> {
                TABLE.iter().copied()
            }
        }

        static TABLE: &[(&str, i32, &str)] =
            &[$((stringify!($name), $source!($name, $other), $message),)*];
    };
}

errors! {
    E2BIG common -4093 "argument list too long";
    EACCES common -4092 "permission denied";
    EADDRINUSE common -4091 "address already in use";
    EADDRNOTAVAIL common -4090 "address not available";
    EAFNOSUPPORT common -4089 "address family not supported";
    EAGAIN common -4088 "resource temporarily unavailable";
    EAI_ADDRFAMILY own -3000 "address family not supported";
    EAI_AGAIN own -3001 "temporary failure";
    EAI_BADFLAGS own -3002 "bad ai_flags value";
    EAI_BADHINTS own -3013 "invalid value for hints";
    EAI_CANCELED own -3003 "request canceled";
    EAI_FAIL own -3004 "permanent failure";
    EAI_FAMILY own -3005 "ai_family not supported";
    EAI_MEMORY own -3006 "out of memory";
    EAI_NODATA own -3007 "no address";
    EAI_NONAME own -3008 "unknown node or service";
    EAI_OVERFLOW own -3009 "argument buffer overflow";
    EAI_PROTOCOL own -3014 "resolved protocol is unknown";
    EAI_SERVICE own -3010 "service not available for socket type";
    EAI_SOCKTYPE own -3011 "socket type not supported";
    EALREADY common -4084 "connection already in progress";
    EBADF common -4083 "bad file descriptor";
    EBUSY common -4082 "resource busy or locked";
    ECANCELED common -4081 "operation canceled";
    ECHARSET own -4080 "invalid Unicode character";
    ECONNABORTED common -4079 "software caused connection abort";
    ECONNREFUSED common -4078 "connection refused";
    ECONNRESET common -4077 "connection reset by peer";
    EDESTADDRREQ common -4076 "destination address required";
    EEXIST common -4075 "file already exists";
    EFAULT common -4074 "bad address in system call argument";
    EFBIG common -4036 "file too large";
    EFTYPE bsd -4028 "inappropriate file type or format";
    EHOSTDOWN common -4031 "host is down";
    EHOSTUNREACH common -4073 "host is unreachable";
    EILSEQ common -4027 "illegal byte sequence";
    EINTR common -4072 "interrupted system call";
    EINVAL common -4071 "invalid argument";
    EIO common -4070 "i/o error";
    EISCONN common -4069 "socket is already connected";
    EISDIR common -4068 "illegal operation on a directory";
    ELOOP common -4067 "too many symbolic links encountered";
    EMFILE common -4066 "too many open files";
    EMLINK common -4032 "too many links";
    EMSGSIZE common -4065 "message too long";
    ENAMETOOLONG common -4064 "name too long";
    ENETDOWN common -4063 "network is down";
    ENETUNREACH common -4062 "network is unreachable";
    ENFILE common -4061 "file table overflow";
    ENOBUFS common -4060 "no buffer space available";
    ENODATA linux -4024 "no data available";
    ENODEV common -4059 "no such device";
    ENOENT common -4058 "no such file or directory";
    ENOEXEC common -4022 "exec format error";
    ENOMEM common -4057 "not enough memory";
    ENONET linux -4056 "machine is not on the network";
    ENOPROTOOPT common -4035 "protocol not available";
    ENOSPC common -4055 "no space left on device";
    ENOSYS common -4054 "function not implemented";
    ENOTCONN common -4053 "socket is not connected";
    ENOTDIR common -4052 "not a directory";
    ENOTEMPTY common -4051 "directory not empty";
    ENOTSOCK common -4050 "socket operation on non-socket";
    ENOTSUP common -4049 "operation not supported on socket";
    ENOTTY common -4029 "inappropriate ioctl for device";
    ENXIO common -4033 "no such device or address";
    EOF own -4095 "end of file";
    EOVERFLOW common -4026 "value too large for defined data type";
    EPERM common -4048 "operation not permitted";
    EPIPE common -4047 "broken pipe";
    EPROTO common -4046 "protocol error";
    EPROTONOSUPPORT common -4045 "protocol not supported";
    EPROTOTYPE common -4044 "protocol wrong type for socket";
    ERANGE common -4034 "result too large";
    EREMOTEIO linux -4030 "remote I/O error";
    EROFS common -4043 "read-only file system";
    ESHUTDOWN common -4042 "cannot send after transport endpoint shutdown";
    ESOCKTNOSUPPORT common -4025 "socket type not supported";
    ESPIPE common -4041 "invalid seek";
    ESRCH common -4040 "no such process";
    ETIMEDOUT common -4039 "connection timed out";
    ETXTBSY common -4038 "text file is busy";
    EUNATCH linux -4023 "protocol driver not attached";
    EXDEV common -4037 "cross-device link not permitted";
    UNKNOWN own -4094 "unknown error";
}

impl Error {
    /// The error for the system's error number `errno` (positive; on Windows a `GetLastError` or
    /// Winsock code). Numbers without a name of their own stay as they are on Unix and become
    /// [`Error::UNKNOWN`] on Windows.
    pub fn from_os(errno: i32) -> Error {
        crate::sys::translate_errno(errno)
    }

    /// The error with libuv's `code`, which is taken as it is: see [`Error::code`].
    pub const fn from_code(code: i32) -> Error {
        Error(code)
    }

    /// libuv's code: negative, `-errno` on Unix.
    pub const fn code(self) -> i32 {
        self.0
    }

    fn entry(self) -> Option<&'static (&'static str, i32, &'static str)> {
        TABLE.iter().find(|entry| entry.1 == self.0)
    }

    /// The name, like `"ECONNREFUSED"`; `"UNKNOWN"` for a code without a name.
    pub fn name(self) -> &'static str {
        self.entry().map_or("UNKNOWN", |entry| entry.0)
    }

    /// The message, like `"connection refused"`; `"unknown error"` for a code without a name.
    pub fn message(self) -> &'static str {
        self.entry().map_or("unknown error", |entry| entry.2)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        if let Some(errno) = error.raw_os_error() {
            return Error::from_os(errno);
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::EOF,
            io::ErrorKind::InvalidInput => Error::EINVAL,
            io::ErrorKind::WouldBlock => Error::EAGAIN,
            io::ErrorKind::Interrupted => Error::EINTR,
            io::ErrorKind::NotFound => Error::ENOENT,
            io::ErrorKind::PermissionDenied => Error::EACCES,
            io::ErrorKind::Unsupported => Error::ENOTSUP,
            io::ErrorKind::OutOfMemory => Error::ENOMEM,
            _ => Error::UNKNOWN,
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        #[cfg(unix)]
        if error.code() > Error::EAI_ADDRFAMILY.code() {
            return io::Error::from_raw_os_error(-error.code());
        }
        io::Error::other(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.0)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_libuv_is_there_once() {
        let names: Vec<_> = Error::all().map(|e| e.0).collect();
        assert_eq!(names.len(), 85);
        assert!(names.windows(2).all(|w| w[0] < w[1]), "sorted, no repeats");
        assert!(Error::all().all(|e| e.1 < 0));
        let codes: std::collections::HashSet<_> = Error::all().map(|e| e.1).collect();
        assert_eq!(codes.len(), 85);
    }

    #[test]
    fn text_is_name_and_message() {
        assert_eq!(
            Error::ECONNREFUSED.to_string(),
            "ECONNREFUSED: connection refused"
        );
        assert_eq!(Error::EOF.code(), -4095);
        assert_eq!(Error::from_code(-99_999).name(), "UNKNOWN");
        let error: Error = io::Error::from(io::ErrorKind::WouldBlock).into();
        assert_eq!(error, Error::EAGAIN);
    }

    #[cfg(unix)]
    #[test]
    fn errno_and_back() {
        assert_eq!(Error::from_os(libc::EPIPE), Error::EPIPE);
        assert_eq!(Error::EPIPE.code(), -libc::EPIPE);
        assert_eq!(
            Error::from(io::Error::from_raw_os_error(libc::EADDRINUSE)),
            Error::EADDRINUSE
        );
    }
}
