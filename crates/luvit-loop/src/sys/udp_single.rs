//! Several datagrams on systems whose calls take one at a time.

use super::UdpSocket;
use crate::{
    Error, Result,
    udp::{Message, Received},
};
use std::{collections::VecDeque, net::SocketAddr};

/// Whether one system call can receive several datagrams.
pub(crate) const RECEIVES_MANY: bool = false;

impl UdpSocket {
    /// As [`UdpSocket::send_many`], for datagrams of one part.
    pub(crate) fn send_whole<'a>(
        &self,
        messages: impl Iterator<Item = (&'a [u8], Option<&'a SocketAddr>)>,
    ) -> Result<usize> {
        let messages: Vec<_> = messages
            .map(|(data, to)| Message {
                parts: vec![data],
                to: to.copied(),
            })
            .collect();
        self.send_many(&messages)
    }

    /// Sends datagrams in order and tells how many went out; an error is that of the first one.
    pub(crate) fn send_many(&self, messages: &[Message<'_>]) -> Result<usize> {
        for (sent, message) in messages.iter().enumerate() {
            match self.send(&message.parts, message.to.as_ref()) {
                Err(error) if sent == 0 => return Err(error),
                Err(_) => return Ok(sent),
                Ok(()) => {}
            }
        }
        Ok(messages.len())
    }

    /// There is no such call: see [`RECEIVES_MANY`].
    pub(crate) fn recv_many(
        &self,
        _buffer: &mut [u8],
        _chunk: usize,
        _received: &mut VecDeque<Received>,
    ) -> Result<()> {
        Err(Error::ENOTSUP)
    }
}
