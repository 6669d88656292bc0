//! getaddrinfo(3) and getnameinfo(3).

use crate::{AddrInfo, Error, Hints, Result};
use socket2::SockAddr;
use std::{
    ffi::{CStr, CString},
    net::SocketAddr,
};

/// The error for an `EAI_*` code of the system.
fn error(code: i32) -> Error {
    match code {
        libc::EAI_AGAIN => Error::EAI_AGAIN,
        libc::EAI_BADFLAGS => Error::EAI_BADFLAGS,
        libc::EAI_FAIL => Error::EAI_FAIL,
        libc::EAI_FAMILY => Error::EAI_FAMILY,
        libc::EAI_MEMORY => Error::EAI_MEMORY,
        libc::EAI_NONAME => Error::EAI_NONAME,
        #[cfg(not(target_os = "freebsd"))]
        libc::EAI_NODATA => Error::EAI_NODATA,
        libc::EAI_OVERFLOW => Error::EAI_OVERFLOW,
        libc::EAI_SERVICE => Error::EAI_SERVICE,
        libc::EAI_SOCKTYPE => Error::EAI_SOCKTYPE,
        libc::EAI_SYSTEM => std::io::Error::last_os_error().into(),
        // glibc's numbers that libc does not name.
        #[cfg(target_os = "linux")]
        -9 => Error::EAI_ADDRFAMILY,
        #[cfg(target_os = "linux")]
        -101 => Error::EAI_CANCELED,
        _ => Error::EAI_FAIL,
    }
}

pub(crate) fn addresses(
    node: Option<&str>,
    service: Option<&str>,
    hints: Hints,
) -> Result<Vec<AddrInfo>> {
    let text = |name: Option<&str>| {
        name.map(CString::new)
            .transpose()
            .map_err(|_| Error::EINVAL)
    };
    let (node, service) = (text(node)?, text(service)?);
    let pointer = |name: &Option<CString>| name.as_ref().map_or(std::ptr::null(), |n| n.as_ptr());
    // SAFETY: all of addrinfo may be zero.
    let mut wanted: libc::addrinfo = unsafe { std::mem::zeroed() };
    wanted.ai_flags = hints.flags;
    wanted.ai_family = hints.family;
    wanted.ai_socktype = hints.socktype;
    wanted.ai_protocol = hints.protocol;
    let mut list = std::ptr::null_mut();
    // SAFETY: the names end with NUL or are null, and `list` may be written to.
    let code = unsafe { libc::getaddrinfo(pointer(&node), pointer(&service), &wanted, &mut list) };
    if code != 0 {
        return Err(error(code));
    }
    let mut answers = Vec::new();
    let mut next = list;
    // SAFETY: the list is what getaddrinfo made, and is freed once when it was copied.
    unsafe {
        while let Some(info) = next.as_ref() {
            next = info.ai_next;
            let address = SockAddr::try_init(|storage, len| {
                let size = info.ai_addrlen.min(*len);
                std::ptr::copy_nonoverlapping(
                    info.ai_addr.cast::<u8>(),
                    storage.cast::<u8>(),
                    size as usize,
                );
                *len = size;
                Ok(())
            });
            let Some(address) = address.ok().and_then(|((), address)| address.as_socket()) else {
                continue;
            };
            let name = (!info.ai_canonname.is_null()).then(|| {
                CStr::from_ptr(info.ai_canonname)
                    .to_string_lossy()
                    .into_owned()
            });
            answers.push(AddrInfo {
                family: info.ai_family,
                socktype: info.ai_socktype,
                protocol: info.ai_protocol,
                address,
                canonname: name,
            });
        }
        libc::freeaddrinfo(list);
    }
    Ok(answers)
}

pub(crate) fn names(address: SocketAddr, flags: i32) -> Result<(String, String)> {
    let address = SockAddr::from(address);
    // NI_MAXHOST and NI_MAXSERV of the manual page.
    let (mut host, mut service) = ([0 as libc::c_char; 1025], [0 as libc::c_char; 32]);
    // SAFETY: the address and both buffers are as long as said; the buffers end with NUL when the
    // call succeeds.
    unsafe {
        let code = libc::getnameinfo(
            address.as_ptr().cast(),
            address.len(),
            host.as_mut_ptr(),
            host.len() as _,
            service.as_mut_ptr(),
            service.len() as _,
            flags,
        );
        if code != 0 {
            return Err(error(code));
        }
        let text = |chars: &[libc::c_char]| {
            CStr::from_ptr(chars.as_ptr())
                .to_string_lossy()
                .into_owned()
        };
        Ok((text(&host), text(&service)))
    }
}
