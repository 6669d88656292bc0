//! Several datagrams in one system call: sendmmsg(2), recvmmsg(2).

use super::{
    UdpSocket, retry,
    udp_unix::{header, socket_address},
};
use crate::{
    Result,
    udp::{Message, Received},
};
use socket2::{SockAddr, SockAddrStorage};
use std::{collections::VecDeque, io::IoSlice, mem::zeroed, net::SocketAddr};

/// Whether one system call can receive several datagrams.
pub(crate) const RECEIVES_MANY: bool = true;
/// How many datagrams go into one system call.
const MANY: usize = 32;

impl UdpSocket {
    /// As [`UdpSocket::send_many`], for up to 32 datagrams of one part.
    pub(crate) fn send_whole<'a>(
        &self,
        messages: impl Iterator<Item = (&'a [u8], Option<&'a SocketAddr>)>,
    ) -> Result<usize> {
        let mut slices = [IoSlice::new(&[]); MANY];
        let mut addresses: [Option<SockAddr>; MANY] = [const { None }; MANY];
        // SAFETY: all of mmsghdr may be zero.
        let mut headers: [libc::mmsghdr; MANY] = unsafe { zeroed() };
        let mut count = 0;
        for (data, to) in messages.take(MANY) {
            slices[count] = IoSlice::new(data);
            addresses[count] = to.map(|to| SockAddr::from(*to));
            headers[count].msg_hdr = header(
                std::slice::from_ref(&slices[count]),
                addresses[count].as_ref(),
            );
            count += 1;
        }
        let fd = self.fd();
        // SAFETY: the headers name `slices` and `addresses`, which sendmmsg only reads.
        retry(|| unsafe { libc::sendmmsg(fd, headers.as_mut_ptr(), count as _, 0) as isize })
    }

    /// Sends datagrams in order and tells how many went out; an error is that of the first one.
    pub(crate) fn send_many(&self, messages: &[Message<'_>]) -> Result<usize> {
        let mut sent = 0;
        for some in messages.chunks(MANY) {
            let slices: Vec<Vec<IoSlice<'_>>> = some
                .iter()
                .map(|message| {
                    message
                        .parts
                        .iter()
                        .map(|part| IoSlice::new(part))
                        .collect()
                })
                .collect();
            let addresses: Vec<Option<SockAddr>> = some
                .iter()
                .map(|message| message.to.map(SockAddr::from))
                .collect();
            let mut headers: Vec<libc::mmsghdr> = slices
                .iter()
                .zip(&addresses)
                .map(|(slices, address)| libc::mmsghdr {
                    msg_hdr: header(slices, address.as_ref()),
                    msg_len: 0,
                })
                .collect();
            let fd = self.fd();
            // SAFETY: the headers name `slices` and `addresses`, which sendmmsg only reads.
            let result = retry(|| unsafe {
                libc::sendmmsg(fd, headers.as_mut_ptr(), headers.len() as _, 0) as isize
            });
            match result {
                Ok(count) => {
                    sent += count;
                    if count < some.len() {
                        break;
                    }
                }
                Err(_) if sent > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    /// Receives as many datagrams as there are parts of `chunk` bytes in `buffer`, one a part.
    pub(crate) fn recv_many(
        &self,
        buffer: &mut [u8],
        chunk: usize,
        received: &mut VecDeque<Received>,
    ) -> Result<()> {
        let mut from: [SockAddrStorage; MANY] = std::array::from_fn(|_| SockAddrStorage::zeroed());
        // SAFETY: all of iovec and mmsghdr may be zero.
        let mut slices: [libc::iovec; MANY] = unsafe { zeroed() };
        // SAFETY: as above.
        let mut headers: [libc::mmsghdr; MANY] = unsafe { zeroed() };
        let mut count = 0;
        for (index, part) in buffer.chunks_exact_mut(chunk).take(MANY).enumerate() {
            slices[index] = libc::iovec {
                iov_base: part.as_mut_ptr().cast(),
                iov_len: part.len(),
            };
            let header = &mut headers[index].msg_hdr;
            header.msg_name = (&raw mut from[index]).cast();
            header.msg_namelen = from[index].size_of();
            header.msg_iov = &mut slices[index];
            header.msg_iovlen = 1;
            count += 1;
        }
        let fd = self.fd();
        // SAFETY: the first `count` headers name parts of `buffer` and of `from`, which the kernel
        // may fill; it does not wait, so no time limit is needed.
        let got = retry(|| unsafe {
            libc::recvmmsg(
                fd,
                headers.as_mut_ptr(),
                count as _,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            ) as isize
        })?;
        for (index, (header, from)) in headers.iter().zip(from).take(got).enumerate() {
            received.push_back(Received {
                start: index * chunk,
                length: header.msg_len as usize,
                address: socket_address(from, header.msg_hdr.msg_namelen),
                partial: header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0,
                chunk: true,
            });
        }
        Ok(())
    }
}
