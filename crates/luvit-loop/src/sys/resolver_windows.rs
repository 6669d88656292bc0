//! GetAddrInfoW and GetNameInfoW of Winsock.

use crate::{AddrInfo, Error, Hints, Result};
use socket2::SockAddr;
use std::{net::SocketAddr, ptr, sync::Once};
use windows_sys::Win32::Networking::WinSock::{
    ADDRINFOW, FreeAddrInfoW, GetAddrInfoW, GetNameInfoW, NI_MAXHOST, NI_MAXSERV,
    WSA_NOT_ENOUGH_MEMORY, WSADATA, WSAEAFNOSUPPORT, WSAEINVAL, WSAESOCKTNOSUPPORT,
    WSAGetLastError, WSAHOST_NOT_FOUND, WSANO_DATA, WSANO_RECOVERY, WSAStartup, WSATRY_AGAIN,
    WSATYPE_NOT_FOUND,
};

/// The error for what the resolver of Winsock returns.
fn error(code: i32) -> Error {
    match code {
        WSATRY_AGAIN => Error::EAI_AGAIN,
        WSAEINVAL => Error::EAI_BADFLAGS,
        WSANO_RECOVERY => Error::EAI_FAIL,
        WSAEAFNOSUPPORT => Error::EAI_FAMILY,
        WSA_NOT_ENOUGH_MEMORY => Error::EAI_MEMORY,
        WSAHOST_NOT_FOUND => Error::EAI_NONAME,
        WSANO_DATA => Error::EAI_NODATA,
        WSATYPE_NOT_FOUND => Error::EAI_SERVICE,
        WSAESOCKTNOSUPPORT => Error::EAI_SOCKTYPE,
        _ => Error::from_os(code),
    }
}

/// Winsock answers nothing before it was asked to start.
fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        // SAFETY: all of WSADATA may be zero, and the call fills it. When it fails, so does the
        // resolver, with its own error.
        unsafe {
            let mut data: WSADATA = std::mem::zeroed();
            WSAStartup(0x0202, &mut data);
        }
    });
}

/// UTF-16 that ends with NUL.
fn wide(name: Option<&str>) -> Option<Vec<u16>> {
    name.map(|name| name.encode_utf16().chain([0]).collect())
}

/// The text before the first NUL.
fn narrow(units: &[u16]) -> String {
    let end = units.iter().position(|unit| *unit == 0);
    String::from_utf16_lossy(&units[..end.unwrap_or(units.len())])
}

pub(crate) fn addresses(
    node: Option<&str>,
    service: Option<&str>,
    hints: Hints,
) -> Result<Vec<AddrInfo>> {
    start();
    let (node, service) = (wide(node), wide(service));
    let pointer = |name: &Option<Vec<u16>>| name.as_ref().map_or(ptr::null(), |n| n.as_ptr());
    let wanted = ADDRINFOW {
        ai_flags: hints.flags,
        ai_family: hints.family,
        ai_socktype: hints.socktype,
        ai_protocol: hints.protocol,
        ..ADDRINFOW::default()
    };
    let mut list: *mut ADDRINFOW = ptr::null_mut();
    // SAFETY: the names end with NUL or are null, and `list` may be written to.
    let code = unsafe { GetAddrInfoW(pointer(&node), pointer(&service), &wanted, &mut list) };
    if code != 0 {
        return Err(error(code));
    }
    let mut answers = Vec::new();
    let mut next = list;
    // SAFETY: the list is what GetAddrInfoW made, and is freed once when it was copied.
    unsafe {
        while let Some(info) = next.as_ref() {
            next = info.ai_next;
            if let Some(address) = address(info) {
                answers.push(AddrInfo {
                    family: info.ai_family,
                    socktype: info.ai_socktype,
                    protocol: info.ai_protocol,
                    address,
                    canonname: text(info.ai_canonname),
                });
            }
        }
        FreeAddrInfoW(list);
    }
    Ok(answers)
}

/// # Safety
/// `info` must be an answer of GetAddrInfoW.
unsafe fn address(info: &ADDRINFOW) -> Option<SocketAddr> {
    // SAFETY: the address is as long as the answer says, the storage as long as `len` says.
    let copied = unsafe {
        SockAddr::try_init(|storage, len| {
            let size = info.ai_addrlen.min(*len as usize);
            ptr::copy_nonoverlapping(info.ai_addr.cast::<u8>(), storage.cast::<u8>(), size);
            *len = size as _;
            Ok(())
        })
    };
    copied.ok()?.1.as_socket()
}

/// # Safety
/// `name` must be null or end with NUL.
unsafe fn text(name: *const u16) -> Option<String> {
    if name.is_null() {
        return None;
    }
    // SAFETY: every unit up to the NUL is the name's.
    unsafe {
        let length = (0..).take_while(|&at| *name.add(at) != 0).count();
        Some(narrow(std::slice::from_raw_parts(name, length)))
    }
}

pub(crate) fn names(address: SocketAddr, flags: i32) -> Result<(String, String)> {
    start();
    let address = SockAddr::from(address);
    let mut host = [0_u16; NI_MAXHOST as usize];
    let mut service = [0_u16; NI_MAXSERV as usize];
    // SAFETY: the address and both buffers are as long as said.
    let code = unsafe {
        GetNameInfoW(
            address.as_ptr().cast(),
            address.len() as _,
            host.as_mut_ptr(),
            NI_MAXHOST,
            service.as_mut_ptr(),
            NI_MAXSERV,
            flags,
        )
    };
    if code != 0 {
        // SAFETY: it takes nothing.
        return Err(error(unsafe { WSAGetLastError() }));
    }
    Ok((narrow(&host), narrow(&service)))
}
