//! `X509`: certificates, and the parts of them.

use std::ffi::c_int;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aws_lc_sys as ffi;

use super::Pkey;
use super::common::{
    Object, Owned, c_length, c_string, check, forget_errors, i2d, printed, static_text, take_reason,
};
use crate::error::words;
use crate::x509::{Extension, GeneralName, Name, NamePart};
use crate::{Error, Result};

/// A certificate. Nothing changes it, so that threads may share it.
pub(crate) struct Cert(Owned<ffi::X509>);

// SAFETY: libcrypto's certificates may be used by several threads as long as none changes them;
// what it caches inside is guarded by a lock.
unsafe impl Send for Cert {}
// SAFETY: as above.
unsafe impl Sync for Cert {}

impl Clone for Cert {
    fn clone(&self) -> Cert {
        // SAFETY: the certificate is live; the count that is added is the result's.
        unsafe {
            ffi::X509_up_ref(self.as_ptr());
            Cert(Owned(std::ptr::NonNull::new_unchecked(self.as_ptr())))
        }
    }
}

/// Hash functions for fingerprints.
#[derive(Copy, Clone)]
pub(crate) enum Fingerprint {
    Sha1,
    Sha256,
    Sha512,
}

impl Cert {
    /// # Safety
    /// As for [`Owned::new`].
    pub(super) unsafe fn new(raw: *mut ffi::X509, what: &'static str) -> Result<Cert> {
        // SAFETY: as the caller says.
        unsafe { Owned::new(raw, what).map(Cert) }
    }

    pub(super) fn as_ptr(&self) -> *mut ffi::X509 {
        self.0.as_ptr()
    }

    /// Reads one certificate of DER; also how many bytes it takes.
    pub(crate) fn from_der(der: &[u8]) -> Result<(Cert, usize)> {
        let what = "certificate";
        forget_errors();
        let length = c_length(der, what)?;
        let mut end = der.as_ptr();
        // SAFETY: `end` is moved within `der`; the certificate is ours.
        let cert = unsafe { Owned::maybe(ffi::d2i_X509(std::ptr::null_mut(), &mut end, length)) };
        match cert {
            Some(cert) => Ok((Cert(cert), end as usize - der.as_ptr() as usize)),
            None => Err(Error::malformed(what, words(&take_reason()))),
        }
    }

    /// The certificate as DER.
    pub(crate) fn to_der(&self) -> Result<Vec<u8>> {
        // SAFETY: the certificate is live.
        i2d("write the certificate", |out| unsafe {
            ffi::i2d_X509(self.as_ptr(), out)
        })
    }

    /// The key that it certifies.
    pub(crate) fn public_key(&self) -> Result<Pkey> {
        forget_errors();
        // SAFETY: the certificate is live, and so is its key's encoding.
        let spki = i2d("certificate's key", |out| unsafe {
            ffi::i2d_X509_PUBKEY(ffi::X509_get_X509_PUBKEY(self.as_ptr()), out)
        })?;
        Pkey::from_spki(&spki)
    }

    pub(crate) fn subject(&self) -> Name {
        // SAFETY: the certificate is live, and has a subject.
        unsafe { read_name(ffi::X509_get_subject_name(self.as_ptr())) }
    }

    pub(crate) fn issuer(&self) -> Name {
        // SAFETY: as above.
        unsafe { read_name(ffi::X509_get_issuer_name(self.as_ptr())) }
    }

    /// When it begins and ends to be valid, in seconds since 1970.
    pub(crate) fn validity(&self) -> (Option<i64>, Option<i64>) {
        // SAFETY: the certificate is live, and so are its times.
        unsafe {
            (
                seconds(ffi::X509_get0_notBefore(self.as_ptr())),
                seconds(ffi::X509_get0_notAfter(self.as_ptr())),
            )
        }
    }

    /// The serial number: whether it is below zero, and its bytes.
    pub(crate) fn serial(&self) -> (bool, Vec<u8>) {
        // SAFETY: the certificate is live, and its number is.
        unsafe {
            let serial = ffi::X509_get0_serialNumber(self.as_ptr());
            let negative = ffi::ASN1_STRING_type(serial) & ffi::V_ASN1_NEG != 0;
            (negative, string_bytes(serial))
        }
    }

    /// All of it as text for people, as `openssl x509 -text` prints it.
    pub(crate) fn to_text(&self) -> Result<String> {
        // SAFETY: the certificate is live.
        printed("print the certificate", |bio| unsafe {
            ffi::X509_print(bio, self.as_ptr())
        })
    }

    /// A hash of the whole certificate.
    pub(crate) fn fingerprint(&self, hash: Fingerprint) -> Result<Vec<u8>> {
        let mut out = vec![0; ffi::EVP_MAX_MD_SIZE as usize];
        let mut length = 0;
        // SAFETY: `out` has room for any hash.
        unsafe {
            let md = match hash {
                Fingerprint::Sha1 => ffi::EVP_sha1(),
                Fingerprint::Sha256 => ffi::EVP_sha256(),
                Fingerprint::Sha512 => ffi::EVP_sha512(),
            };
            check(
                ffi::X509_digest(self.as_ptr(), md, out.as_mut_ptr(), &mut length),
                "hash the certificate",
            )?;
        }
        out.truncate(length as usize);
        Ok(out)
    }

    /// The content of an extension, if it is there and sound.
    fn extension<T: Object>(&self, nid: c_int) -> Option<Owned<T>> {
        let null = std::ptr::null_mut();
        // SAFETY: the certificate is live. The callers name the type that the extension has, and
        // the content is ours.
        let found = unsafe {
            Owned::maybe(ffi::X509_get_ext_d2i(self.as_ptr(), nid, null, null).cast::<T>())
        };
        forget_errors();
        found
    }

    /// The other names of its subject.
    pub(crate) fn alt_names(&self) -> Option<Vec<GeneralName>> {
        let names = self.extension::<ffi::stack_st_GENERAL_NAME>(ffi::NID_subject_alt_name)?;
        // SAFETY: the stack holds general names.
        Some(unsafe { items(names.as_ptr().cast(), |name| general_name(name)) })
    }

    /// Where more is to be found: the method's name (`OCSP`), and the place.
    pub(crate) fn info_access(&self) -> Option<Vec<(String, GeneralName)>> {
        let places = self.extension::<ffi::stack_st_ACCESS_DESCRIPTION>(ffi::NID_info_access)?;
        // SAFETY: the stack holds access descriptions.
        Some(unsafe {
            items(
                places.as_ptr().cast(),
                |place: *mut ffi::ACCESS_DESCRIPTION| {
                    (
                        object_name((*place).method, true),
                        general_name((*place).location),
                    )
                },
            )
        })
    }

    /// The purposes of its key, as object identifiers.
    pub(crate) fn extended_key_usage(&self) -> Option<Vec<String>> {
        let purposes = self.extension::<ffi::stack_st_ASN1_OBJECT>(ffi::NID_ext_key_usage)?;
        // SAFETY: the stack holds objects.
        Some(unsafe { items(purposes.as_ptr().cast(), |object| object_numbers(object)) })
    }

    /// All extensions, in their order.
    pub(crate) fn extensions(&self) -> Vec<Extension> {
        // SAFETY: the certificate is live, and so are its extensions; a stack may be missing.
        unsafe { extensions(ffi::X509_get0_extensions(self.as_ptr())) }
    }

    /// The name of the certificate that fits a host name.
    pub(crate) fn check_host(&self, name: &[u8], flags: u32) -> Result<Option<String>> {
        let name = c_string(name, "name")?;
        let mut found = std::ptr::null_mut();
        // SAFETY: the certificate is live; the name that is found is ours.
        let fits = unsafe {
            ffi::X509_check_host(
                self.as_ptr(),
                name.as_ptr(),
                name.as_bytes().len(),
                flags,
                &mut found,
            )
        };
        forget_errors();
        // SAFETY: null, or a C string of OPENSSL_malloc.
        let text = unsafe {
            let text = static_text(found);
            ffi::OPENSSL_free(found.cast());
            text
        };
        Ok((fits == 1).then(|| text.unwrap_or_default()))
    }

    /// Whether it is for a mail address.
    pub(crate) fn check_email(&self, name: &[u8], flags: u32) -> Result<bool> {
        let name = c_string(name, "email")?;
        // SAFETY: the certificate is live.
        let fits = unsafe {
            ffi::X509_check_email(self.as_ptr(), name.as_ptr(), name.as_bytes().len(), flags)
        };
        forget_errors();
        Ok(fits == 1)
    }

    /// Whether it is for an address of 4 or 16 bytes.
    pub(crate) fn check_ip(&self, address: &[u8]) -> bool {
        // SAFETY: the certificate is live, and so is the slice.
        let fits = unsafe { ffi::X509_check_ip(self.as_ptr(), address.as_ptr(), address.len(), 0) };
        forget_errors();
        fits == 1
    }

    /// The name of the algorithm it is signed with: `ecdsa-with-SHA256`.
    pub(crate) fn signature_algorithm(&self) -> Option<String> {
        // SAFETY: the certificate is live; names are static.
        unsafe { static_text(ffi::OBJ_nid2ln(ffi::X509_get_signature_nid(self.as_ptr()))) }
    }

    /// Its version: 3 for every one of today.
    pub(crate) fn version(&self) -> i64 {
        // SAFETY: the certificate is live.
        unsafe { ffi::X509_get_version(self.as_ptr()) as i64 + 1 }
    }

    /// The bits of the key usage extension (`KU_…`); `None` without one.
    pub(crate) fn key_usage(&self) -> Option<u32> {
        // SAFETY: the certificate is live.
        let bits = unsafe { ffi::X509_get_key_usage(self.as_ptr()) };
        (bits != u32::MAX).then_some(bits)
    }

    /// Whether it may issue certificates.
    pub(crate) fn is_ca(&self) -> bool {
        // SAFETY: the certificate is live.
        unsafe { ffi::X509_check_ca(self.as_ptr()) == 1 }
    }

    /// Whether `issuer` may have issued it: names and key identifiers fit, and usage allows it. The
    /// signature is not looked at.
    pub(crate) fn is_issued_by(&self, issuer: &Cert) -> bool {
        // SAFETY: both are live.
        let fits = unsafe { ffi::X509_check_issued(issuer.as_ptr(), self.as_ptr()) == 0 };
        forget_errors();
        fits
    }

    /// Whether it is signed with the private half of `key`.
    pub(crate) fn is_signed_by(&self, key: &Pkey) -> bool {
        // SAFETY: both are live.
        let signed = unsafe { ffi::X509_verify(self.as_ptr(), key.as_ptr()) == 1 };
        forget_errors();
        signed
    }
}

// SAFETY: these free the stack and all that is in it.
unsafe impl Object for ffi::stack_st_GENERAL_NAME {
    unsafe fn free(object: *mut Self) {
        // SAFETY: as the trait says.
        unsafe { ffi::GENERAL_NAMES_free(object) }
    }
}

// SAFETY: as above.
unsafe impl Object for ffi::stack_st_ACCESS_DESCRIPTION {
    unsafe fn free(object: *mut Self) {
        // SAFETY: as the trait says.
        unsafe { ffi::AUTHORITY_INFO_ACCESS_free(object) }
    }
}

// SAFETY: as above.
unsafe impl Object for ffi::stack_st_ASN1_OBJECT {
    unsafe fn free(object: *mut Self) {
        // SAFETY: as the trait says; the stack holds objects, each of which it owns.
        unsafe { free_stack(object.cast(), ffi::ASN1_OBJECT_free) }
    }
}

// SAFETY: as above.
unsafe impl Object for ffi::stack_st_X509 {
    unsafe fn free(object: *mut Self) {
        // SAFETY: as above, with certificates.
        unsafe { free_stack(object.cast(), ffi::X509_free) }
    }
}

/// Frees a stack and its items.
///
/// # Safety
/// The caller owns the stack, which owns items of type `T`.
pub(super) unsafe fn free_stack<T>(
    stack: *mut ffi::OPENSSL_STACK,
    free: unsafe extern "C" fn(*mut T),
) {
    // SAFETY: as the caller says.
    unsafe {
        while ffi::OPENSSL_sk_num(stack) > 0 {
            free(ffi::OPENSSL_sk_pop(stack).cast());
        }
        ffi::OPENSSL_sk_free(stack);
    }
}

/// What a function makes of each item of a stack.
///
/// # Safety
/// The stack is live, and its items are of type `T`.
pub(super) unsafe fn items<T, R>(
    stack: *const ffi::OPENSSL_STACK,
    read: impl Fn(*mut T) -> R,
) -> Vec<R> {
    // SAFETY: as the caller says; the index stays below the count.
    unsafe {
        (0..ffi::OPENSSL_sk_num(stack))
            .map(|index| read(ffi::OPENSSL_sk_value(stack, index).cast()))
            .collect()
    }
}

/// The bytes of a string as they are encoded.
///
/// # Safety
/// `string` is null or live.
unsafe fn string_bytes(string: *const ffi::ASN1_STRING) -> Vec<u8> {
    // SAFETY: as the caller says; data and length belong together.
    unsafe {
        if string.is_null() {
            return Vec::new();
        }
        let data = ffi::ASN1_STRING_get0_data(string);
        let length = ffi::ASN1_STRING_length(string);
        if data.is_null() || length <= 0 {
            return Vec::new();
        }
        std::slice::from_raw_parts(data, length as usize).to_vec()
    }
}

/// The text of a string, in UTF-8; bytes that are no text come as they are.
///
/// # Safety
/// `string` is live.
unsafe fn string_text(string: *mut ffi::ASN1_STRING) -> String {
    let mut data = std::ptr::null_mut();
    // SAFETY: as the caller says; the buffer it gives is ours.
    unsafe {
        let length = ffi::ASN1_STRING_to_UTF8(&mut data, string);
        forget_errors();
        if length < 0 || data.is_null() {
            return String::from_utf8_lossy(&string_bytes(string)).into_owned();
        }
        let text = String::from_utf8_lossy(std::slice::from_raw_parts(data, length as usize));
        let text = text.into_owned();
        ffi::OPENSSL_free(data.cast());
        text
    }
}

/// Seconds since 1970.
///
/// # Safety
/// `time` is live.
unsafe fn seconds(time: *const ffi::ASN1_TIME) -> Option<i64> {
    let mut seconds = 0;
    // SAFETY: as the caller says.
    let done = unsafe { ffi::ASN1_TIME_to_posix(time, &mut seconds) == 1 };
    forget_errors();
    done.then_some(seconds)
}

/// `1.3.6.1.5.5.7.3.1`
///
/// # Safety
/// `object` is live.
unsafe fn object_numbers(object: *const ffi::ASN1_OBJECT) -> String {
    // SAFETY: as the caller says; data and length belong together.
    unsafe {
        let data = ffi::OBJ_get0_data(object);
        if data.is_null() {
            return String::new();
        }
        let bytes = std::slice::from_raw_parts(data, ffi::OBJ_length(object));
        crate::der::object_text(bytes)
    }
}

/// The short or long name of an object, or its numbers where it has none.
///
/// # Safety
/// `object` is live.
unsafe fn object_name(object: *const ffi::ASN1_OBJECT, long: bool) -> String {
    // SAFETY: as the caller says; names are static.
    unsafe {
        let nid = ffi::OBJ_obj2nid(object);
        if nid != ffi::NID_undef {
            let name = if long {
                ffi::OBJ_nid2ln(nid)
            } else {
                ffi::OBJ_nid2sn(nid)
            };
            if let Some(name) = static_text(name) {
                return name;
            }
        }
        object_numbers(object)
    }
}

/// # Safety
/// `name` is live.
pub(super) unsafe fn read_name(name: *const ffi::X509_NAME) -> Name {
    // SAFETY: as the caller says; entries live as long as the name.
    unsafe {
        let parts = (0..ffi::X509_NAME_entry_count(name))
            .map(|index| {
                let entry = ffi::X509_NAME_get_entry(name, index);
                NamePart {
                    field: object_name(ffi::X509_NAME_ENTRY_get_object(entry), false),
                    value: string_text(ffi::X509_NAME_ENTRY_get_data(entry)),
                    set: ffi::X509_NAME_ENTRY_set(entry),
                }
            })
            .collect();
        Name { parts }
    }
}

/// # Safety
/// `name` is live.
pub(super) unsafe fn general_name(name: *const ffi::GENERAL_NAME) -> GeneralName {
    // SAFETY: as the caller says; the type says which member of the union is there.
    unsafe {
        let text = |string| String::from_utf8_lossy(&string_bytes(string)).into_owned();
        match (*name).type_ {
            ffi::GEN_DNS => GeneralName::Dns(text((*name).d.ia5)),
            ffi::GEN_EMAIL => GeneralName::Email(text((*name).d.ia5)),
            ffi::GEN_URI => GeneralName::Uri(text((*name).d.ia5)),
            ffi::GEN_IPADD => {
                let bytes = string_bytes((*name).d.iPAddress);
                if let Ok(four) = <[u8; 4]>::try_from(&bytes[..]) {
                    GeneralName::Ip(IpAddr::V4(Ipv4Addr::from(four)))
                } else if let Ok(sixteen) = <[u8; 16]>::try_from(&bytes[..]) {
                    GeneralName::Ip(IpAddr::V6(Ipv6Addr::from(sixteen)))
                } else {
                    GeneralName::Other("IP Address:<invalid>".into())
                }
            }
            ffi::GEN_DIRNAME => GeneralName::Directory(read_name((*name).d.directoryName)),
            ffi::GEN_RID => GeneralName::Registered(object_numbers((*name).d.rid)),
            ffi::GEN_X400 => GeneralName::Other("X400Name:<unsupported>".into()),
            ffi::GEN_EDIPARTY => GeneralName::Other("EdiPartyName:<unsupported>".into()),
            _ => GeneralName::Other("othername:<unsupported>".into()),
        }
    }
}

/// The short name of an object by libcrypto's number: `prime256v1`.
pub(crate) fn short_name(nid: i32) -> Option<String> {
    // SAFETY: names are static.
    let name = unsafe { static_text(ffi::OBJ_nid2sn(nid)) };
    forget_errors();
    name
}

/// NIST's name of a curve: `P-256`.
pub(crate) fn nist_name(nid: i32) -> Option<String> {
    // SAFETY: names are static.
    unsafe { static_text(ffi::EC_curve_nid2nist(nid)) }
}

/// The extensions of a stack.
///
/// # Safety
/// The stack is null, or live and holds extensions.
pub(super) unsafe fn extensions(stack: *const ffi::stack_st_X509_EXTENSION) -> Vec<Extension> {
    if stack.is_null() {
        return Vec::new();
    }
    // SAFETY: as the caller says; what is inside lives as long.
    unsafe {
        items(stack.cast(), |extension: *mut ffi::X509_EXTENSION| {
            Extension {
                object: object_numbers(ffi::X509_EXTENSION_get_object(extension)),
                critical: ffi::X509_EXTENSION_get_critical(extension) == 1,
                value: string_bytes(ffi::X509_EXTENSION_get_data(extension)),
            }
        })
    }
}

/// Reads `GeneralNames` (RFC 5280) of DER; `None` for anything else.
pub(crate) fn general_names(der: &[u8]) -> Option<Vec<GeneralName>> {
    let length = c_length(der, "names").ok()?;
    let mut end = der.as_ptr();
    // SAFETY: `end` is moved within `der`; the stack is ours and holds general names.
    let names = unsafe {
        Owned::maybe(ffi::d2i_GENERAL_NAMES(
            std::ptr::null_mut(),
            &mut end,
            length,
        ))
        .map(|names| items(names.as_ptr().cast(), |name| general_name(name)))
    };
    forget_errors();
    names
}

/// The numbers of an object by its short or long name, or by the numbers themselves.
pub(crate) fn object_by_name(name: &str) -> Option<String> {
    let name = c_string(name.as_bytes(), "name").ok()?;
    // SAFETY: the name is a C string; the object is ours.
    let object = unsafe {
        Owned::maybe(ffi::OBJ_txt2obj(name.as_ptr(), 0)).map(|it| object_numbers(it.as_ptr()))
    };
    forget_errors();
    object
}
