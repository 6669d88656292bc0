//! The first message of a client, as far as the choice of a context needs it.

use rustls::pki_types::DnsName;

/// What a server reads of a `ClientHello` (RFC 8446, section 4.1.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hello {
    /// The host that the client wants (RFC 6066, section 3), in lower case.
    pub server_name: Option<String>,
    /// The application protocols it offers (RFC 7301), in its order.
    pub alpn: Vec<Vec<u8>>,
    /// It asks for a stapled OCSP response (RFC 6066, section 8).
    pub wants_ocsp: bool,
    /// The newest version it offers, as the protocol numbers them: 0x0304 is TLS 1.3.
    pub newest: u16,
}

/// What is known while a hello arrives.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// It is not complete.
    More,
    /// It is here.
    Hello(Hello),
    /// This is no hello; the engine will say what is wrong.
    Junk,
}

/// A hello longer than this is nobody's: the engine takes no longer message either.
const MAX: usize = 65_535;

/// Clients use one record, or a few. It is read again with each piece that comes: more records would be work for nothing.
const MAX_RECORDS: usize = 32;

/// Reads bytes in network order; everything is `None` past the end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        if count > self.0.len() {
            return None;
        }
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, bytes: usize) -> Option<usize> {
        Some(
            self.take(bytes)?
                .iter()
                .fold(0, |sum, &byte| sum << 8 | usize::from(byte)),
        )
    }

    /// What follows its own length.
    fn counted(&mut self, bytes: usize) -> Option<Reader<'a>> {
        let length = self.number(bytes)?;
        self.take(length).map(Reader)
    }
}

/// Reads the hello from the first bytes of a connection, which may hold it in several records.
pub fn read(bytes: &[u8]) -> Found {
    let mut records = bytes;
    let mut message = Vec::new();
    // Nearly always it is the whole of the first record, and is read where it is.
    for _ in 0..MAX_RECORDS {
        if records.len() < 5 {
            return if !records.is_empty() && records[0] != 22 {
                Found::Junk
            } else {
                Found::More
            };
        }
        let length = usize::from(u16::from_be_bytes([records[3], records[4]]));
        if records[0] != 22 || records[1] != 3 || length == 0 || length > 16_384 + 256 {
            return Found::Junk;
        }
        let have = &records[5..records.len().min(5 + length)];
        let whole = have.len() == length;
        if message.is_empty() {
            match parse(have) {
                Found::More if !whole => return Found::More,
                Found::More => {}
                found => return found,
            }
            message.extend_from_slice(have);
        } else {
            message.extend_from_slice(have);
            match parse(&message) {
                Found::More if !whole => return Found::More,
                Found::More => {}
                found => return found,
            }
        }
        if message.len() > MAX {
            return Found::Junk;
        }
        records = &records[5 + length..];
    }
    Found::Junk
}

fn parse(message: &[u8]) -> Found {
    if message.len() < 4 {
        return if message.first().is_some_and(|&kind| kind != 1) {
            Found::Junk
        } else {
            Found::More
        };
    }
    let length =
        usize::from(message[1]) << 16 | usize::from(message[2]) << 8 | usize::from(message[3]);
    if message[0] != 1 || length > MAX {
        return Found::Junk;
    }
    match message.get(4..4 + length) {
        None => Found::More,
        Some(body) => body_of(body).map_or(Found::Junk, Found::Hello),
    }
}

fn body_of(body: &[u8]) -> Option<Hello> {
    let mut hello = Hello::default();
    let mut reader = Reader(body);
    hello.newest = reader.number(2)? as u16;
    reader.take(32)?;
    reader.counted(1)?;
    reader.counted(2)?;
    reader.counted(1)?;
    if reader.0.is_empty() {
        return Some(hello);
    }
    let mut extensions = reader.counted(2)?;
    while !extensions.0.is_empty() {
        let kind = extensions.number(2)?;
        let mut content = extensions.counted(2)?;
        match kind {
            0 => {
                let mut names = content.counted(2)?;
                while !names.0.is_empty() {
                    let host = names.number(1)? == 0;
                    let name = names.counted(2)?.0;
                    // Programs look for files and records by it: what is no host name is not shown to them.
                    if host && let Ok(name) = DnsName::try_from(name) {
                        hello.server_name = Some(name.as_ref().to_ascii_lowercase());
                    }
                }
            }
            5 => hello.wants_ocsp = true,
            // supported_versions; what begins with any digit twice is there to be ignored (RFC 8701).
            43 => {
                let mut versions = content.counted(1)?;
                while !versions.0.is_empty() {
                    let version = versions.number(2)? as u16;
                    if version >> 8 == 3 {
                        hello.newest = hello.newest.max(version);
                    }
                }
            }
            16 => {
                let mut names = content.counted(2)?;
                while !names.0.is_empty() {
                    hello.alpn.push(names.counted(1)?.0.to_vec());
                }
            }
            _ => {}
        }
    }
    Some(hello)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junk() {
        assert_eq!(read(b""), Found::More);
        assert_eq!(read(b"G"), Found::Junk);
        assert_eq!(read(b"GET / HTTP/1.1\r\n\r\n"), Found::Junk);
        assert_eq!(read(b"\x16\x03\x01\x00\x00"), Found::Junk);
        assert_eq!(read(b"\x16\x03\x01\x00\x04\x01\xff\xff\xff"), Found::Junk);
    }

    #[test]
    fn what_is_no_host_name_is_no_server_name() {
        for (name, seen) in [
            (&b"A.example"[..], Some("a.example")),
            (b"../../etc/passwd", None),
            (b"a\0b", None),
            (b"a b", None),
            (b"127.0.0.1", None),
            (b"", None),
        ] {
            let length = |size: usize| (size as u16).to_be_bytes();
            let mut list = vec![0];
            list.extend(length(name.len()));
            list.extend(name);
            let mut body = vec![3, 3];
            body.extend([0; 32]);
            body.extend([0, 0, 2, 0x13, 1, 1, 0]);
            body.extend(length(list.len() + 6));
            body.extend([0, 0]);
            body.extend(length(list.len() + 2));
            body.extend(length(list.len()));
            body.extend(list);
            let hello = body_of(&body).unwrap();
            assert_eq!(hello.server_name.as_deref(), seen);
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, size: u16) {
            let _ = read(&bytes);
            let mut framed = vec![22, 3, 1];
            framed.extend_from_slice(&size.to_be_bytes());
            framed.push(1);
            framed.extend_from_slice(&bytes);
            let _ = read(&framed);
        }
    }
}
