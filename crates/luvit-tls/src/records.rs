//! Records of TLS 1.3 after the handshake (RFC 8446, section 5), in place and without allocation.
//!
//! rustls makes the keys and, with each key update, the next ones; the records themselves are protected here, with the same
//! AEAD of `aws-lc-rs`. A connection that waits is then its two keys and little more, and a record costs no copy that its
//! owner does not want.

use std::sync::Arc;

use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use rustls::client::ClientConnectionData;
use rustls::kernel::KernelConnection;
use rustls::server::ServerConnectionData;
use rustls::{AlertDescription, ConnectionTrafficSecrets, ExtractedSecrets};

use crate::exchange;
use crate::failure::{self, Failure};
use crate::resume::Kept;

/// Content types (section 5.1).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

/// Messages that come after the handshake (section 4).
const NEW_SESSION_TICKET: u8 = 4;
const KEY_UPDATE: u8 = 24;

const HEADER: usize = 5;
const TAG: usize = 16;
/// The content of a record, at most, and what protection may add to it.
const MAX_CONTENT: usize = 16_384;
const MAX_RECORD: usize = MAX_CONTENT + 256;
/// A message of the handshake, at most: as rustls has it.
const MAX_MESSAGE: usize = 65_535;
/// How often a peer may do in a row what makes us work and brings no data. As in BoringSSL.
const MAX_FRUITLESS: u8 = 32;
/// An AES-GCM key protects at most so many records (section 5.5).
const GCM_LIMIT: u64 = 1 << 24;

/// One direction: its key and how many records it has had.
struct Direction {
    key: LessSafeKey,
    iv: [u8; 12],
    sequence: u64,
    limit: u64,
}

impl Direction {
    fn new((sequence, secrets): (u64, ConnectionTrafficSecrets)) -> Option<Direction> {
        let (algorithm, key, iv, limit) = match secrets {
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&AES_128_GCM, key, iv, GCM_LIMIT),
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&AES_256_GCM, key, iv, GCM_LIMIT),
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => {
                (&CHACHA20_POLY1305, key, iv, u64::MAX)
            }
            _ => return None,
        };
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key.as_ref()).ok()?);
        Some(Direction {
            key,
            iv: iv.as_ref().try_into().ok()?,
            sequence,
            limit,
        })
    }

    /// The nonce of the next record (section 5.3).
    fn nonce(&mut self) -> Nonce {
        let mut nonce = self.iv;
        for (byte, digit) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= digit;
        }
        self.sequence += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

/// What rustls keeps to make the next keys, and to remember tickets.
pub(crate) enum Kernel {
    Client(KernelConnection<ClientConnectionData>),
    Server(KernelConnection<ServerConnectionData>),
}

impl Kernel {
    fn next_tx(&mut self) -> Option<Direction> {
        let next = match self {
            Kernel::Client(kernel) => kernel.update_tx_secret(),
            Kernel::Server(kernel) => kernel.update_tx_secret(),
        };
        Direction::new(next.ok()?)
    }

    fn next_rx(&mut self) -> Option<Direction> {
        let next = match self {
            Kernel::Client(kernel) => kernel.update_rx_secret(),
            Kernel::Server(kernel) => kernel.update_rx_secret(),
        };
        Direction::new(next.ok()?)
    }
}

/// A connection of TLS 1.3 whose handshake is complete.
pub(crate) struct Records {
    tx: Direction,
    rx: Direction,
    kernel: Kernel,
    /// A message of the handshake that is not complete.
    partial: Vec<u8>,
    fruitless: u8,
    /// The peer has asked for new keys of ours. They come with the next data (RFC 8446, section 4.6.3): a peer that asks
    /// again and again and reads nothing fills no queue.
    owes_update: bool,
    /// Sessions that came and can be resumed, until the session takes them.
    pub sessions: Vec<Arc<Kept>>,
}

/// What was found in input: bytes used of it, where in it the plaintext is, and whether the peer has ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Opened {
    pub used: usize,
    pub start: usize,
    pub end: usize,
    pub closed: bool,
}

/// Why a session cannot go on: the alert for the peer, if it is our turn, and the failure.
type Refusal = (Option<AlertDescription>, Failure);

fn unexpected(reason: &str) -> Refusal {
    (
        Some(AlertDescription::UnexpectedMessage),
        Failure::new("ERR_SSL_UNEXPECTED_MESSAGE", reason),
    )
}

fn damaged() -> Refusal {
    (
        Some(AlertDescription::BadRecordMac),
        Failure::new(
            "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
            "a record cannot be decrypted: it was damaged or changed on its way",
        ),
    )
}

fn too_long() -> Refusal {
    (
        Some(AlertDescription::RecordOverflow),
        Failure::new(
            "ERR_SSL_PACKET_LENGTH_TOO_LONG",
            "peer sent a record longer than TLS allows",
        ),
    )
}

fn no_keys() -> Refusal {
    (
        Some(AlertDescription::InternalError),
        Failure::new("EPROTO", "the next keys cannot be made"),
    )
}

impl Records {
    /// Takes over from rustls; `None` for a suite that is not known here.
    pub fn new(secrets: ExtractedSecrets, kernel: Kernel) -> Option<Records> {
        Some(Records {
            tx: Direction::new(secrets.tx)?,
            rx: Direction::new(secrets.rx)?,
            kernel,
            partial: Vec::new(),
            fruitless: 0,
            owes_update: false,
            sessions: Vec::new(),
        })
    }

    /// Decrypts all complete records in the place they have; the data of one follows that of the other. What must be sent
    /// is appended to `out`, also when it fails.
    pub fn open(&mut self, input: &mut [u8], out: &mut Vec<u8>) -> Result<Opened, Failure> {
        let mut opened = Opened::default();
        while !opened.closed {
            match self.open_one(input, &mut opened) {
                Ok(true) => {}
                Ok(false) => break,
                Err((alert, failure)) => {
                    if let Some(alert) = alert {
                        self.seal(ALERT, &[2, u8::from(alert)], out);
                    }
                    return Err(failure);
                }
            }
        }
        Ok(opened)
    }

    /// Decrypts the next record; whether there was one.
    fn open_one(&mut self, input: &mut [u8], opened: &mut Opened) -> Result<bool, Refusal> {
        let at = opened.used;
        let rest = &mut input[at..];
        let Some((header, body)) = rest.split_first_chunk_mut::<HEADER>() else {
            return Ok(false);
        };
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        if header[0] != DATA {
            return Err(unexpected("peer sent a record that is not encrypted"));
        }
        if length > MAX_RECORD {
            return Err(too_long());
        }
        let Some(record) = body.get_mut(..length) else {
            return Ok(false);
        };
        let nonce = self.rx.nonce();
        let inner = self
            .rx
            .key
            .open_in_place(nonce, Aad::from(*header), record)
            .map_err(|_| damaged())?;
        opened.used = at + HEADER + length;
        // The content, its type, and zeros as padding (section 5.4).
        let Some(last) = inner.iter().rposition(|&byte| byte != 0) else {
            return Err(unexpected("peer sent a record without a type"));
        };
        let kind = inner[last];
        let content = &inner[..last];
        if content.len() > MAX_CONTENT {
            return Err(too_long());
        }
        if !self.partial.is_empty() && kind != HANDSHAKE {
            return Err(unexpected(
                "peer sent something else within a message of the handshake",
            ));
        }
        match kind {
            DATA if content.is_empty() => self.fruitless("empty records")?,
            DATA => {
                self.fruitless = 0;
                let from = at + HEADER;
                if opened.start == opened.end {
                    (opened.start, opened.end) = (from, from + last);
                } else {
                    input.copy_within(from..from + last, opened.end);
                    opened.end += last;
                }
            }
            ALERT => {
                let [_, description] = *content else {
                    return Err((
                        Some(AlertDescription::DecodeError),
                        Failure::new("ERR_SSL_DECODE_ERROR", "peer sent an alert that is none"),
                    ));
                };
                match AlertDescription::from(description) {
                    AlertDescription::CloseNotify => opened.closed = true,
                    AlertDescription::UserCanceled => self.fruitless("alerts")?,
                    alert => {
                        let reason =
                            format!("peer ended the session: {}", failure::alert_text(alert));
                        return Err((
                            None,
                            Failure {
                                code: failure::alert_code(alert),
                                reason,
                            },
                        ));
                    }
                }
            }
            HANDSHAKE => {
                if content.is_empty() {
                    return Err(unexpected("peer sent an empty message of the handshake"));
                }
                if self.partial.len() + content.len() > MAX_MESSAGE + 4 {
                    return Err((
                        Some(AlertDescription::DecodeError),
                        Failure::new(
                            "ERR_SSL_EXCESSIVE_MESSAGE_SIZE",
                            "peer sent a message of more than 65535 bytes",
                        ),
                    ));
                }
                self.partial.extend_from_slice(content);
                self.messages()?;
                // What is not complete is looked at again with each of its parts.
                if !self.partial.is_empty() {
                    self.fruitless("parts of a message")?;
                }
            }
            _ => return Err(unexpected("peer sent a record of an unknown type")),
        }
        Ok(true)
    }

    /// Counts what brings no data.
    fn fruitless(&mut self, what: &str) -> Result<(), Refusal> {
        self.fruitless += 1;
        if self.fruitless > MAX_FRUITLESS {
            return Err(unexpected(&format!(
                "peer sent too many {what} and no data"
            )));
        }
        Ok(())
    }

    /// Looks at the complete messages in `partial`.
    fn messages(&mut self) -> Result<(), Refusal> {
        let messages = std::mem::take(&mut self.partial);
        let mut rest = &messages[..];
        while let Some((head, body)) = rest.split_first_chunk::<4>() {
            let length =
                usize::from(head[1]) << 16 | usize::from(head[2]) << 8 | usize::from(head[3]);
            if length > MAX_MESSAGE {
                return Err((
                    Some(AlertDescription::DecodeError),
                    Failure::new(
                        "ERR_SSL_EXCESSIVE_MESSAGE_SIZE",
                        "peer sent a message of more than 65535 bytes",
                    ),
                ));
            }
            let Some((content, after)) = body.split_at_checked(length) else {
                break;
            };
            rest = after;
            match (head[0], &mut self.kernel) {
                (KEY_UPDATE, _) => {
                    if !after.is_empty() {
                        return Err(unexpected("peer changed its keys within a record"));
                    }
                    self.key_update(content)?;
                }
                (NEW_SESSION_TICKET, Kernel::Client(kernel)) => {
                    // One that cannot be read is one that will not be used.
                    let (result, exchange) = exchange::with(Box::default(), || {
                        kernel.handle_new_session_ticket(content)
                    });
                    self.sessions.extend(exchange.sessions);
                    if let Err(error) = result {
                        return Err((
                            Some(AlertDescription::DecodeError),
                            Failure::of(&error, &[]),
                        ));
                    }
                    self.fruitless("session tickets")?;
                }
                _ => {
                    return Err(unexpected(
                        "peer sent a message that is not due after the handshake",
                    ));
                }
            }
        }
        if !rest.is_empty() {
            self.partial = rest.to_vec();
        }
        Ok(())
    }

    fn key_update(&mut self, content: &[u8]) -> Result<(), Refusal> {
        self.fruitless("key updates")?;
        let asks = match content {
            [0] => false,
            [1] => true,
            _ => {
                return Err((
                    Some(AlertDescription::IllegalParameter),
                    Failure::new(
                        "ERR_SSL_DECODE_ERROR",
                        "peer sent a key update that is none",
                    ),
                ));
            }
        };
        self.rx = self.kernel.next_rx().ok_or_else(no_keys)?;
        self.owes_update |= asks;
        Ok(())
    }

    /// Tells the peer that our next record has the next key (section 4.6.3).
    fn update_tx(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.seal(HANDSHAKE, &[KEY_UPDATE, 0, 0, 1, 0], out);
        self.tx = self.kernel.next_tx().ok_or_else(no_keys)?;
        self.owes_update = false;
        Ok(())
    }

    /// Encrypts data in records of at most `fragment` bytes.
    pub fn send(&mut self, data: &[u8], fragment: usize, out: &mut Vec<u8>) -> Result<(), Failure> {
        out.reserve(data.len() + data.len().div_ceil(fragment) * (HEADER + 1 + TAG));
        for part in data.chunks(fragment) {
            // The last record that the key may protect is the one that changes it.
            if self.owes_update || self.tx.sequence + 1 >= self.tx.limit {
                self.update_tx(out).map_err(|(_, failure)| failure)?;
            }
            self.seal(DATA, part, out);
        }
        Ok(())
    }

    /// Says that nothing more follows.
    pub fn close(&mut self, out: &mut Vec<u8>) {
        self.seal(ALERT, &[1, 0], out);
    }

    /// Encrypts one record (section 5.2).
    fn seal(&mut self, kind: u8, content: &[u8], out: &mut Vec<u8>) {
        let size = (content.len() + 1 + TAG) as u16;
        let [high, low] = size.to_be_bytes();
        let header = [DATA, 3, 3, high, low];
        out.extend_from_slice(&header);
        let start = out.len();
        out.extend_from_slice(content);
        out.push(kind);
        let nonce = self.tx.nonce();
        match self
            .tx
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(header), &mut out[start..])
        {
            Ok(tag) => out.extend_from_slice(tag.as_ref()),
            // Records are far below the length that an AEAD takes; what is not sealed must not leave.
            Err(_) => out.truncate(start - HEADER),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_small_beside_its_keys() {
        assert!(size_of::<Direction>() <= 128, "{}", size_of::<Direction>());
        assert!(size_of::<Records>() <= 1024, "{}", size_of::<Records>());
    }
}
