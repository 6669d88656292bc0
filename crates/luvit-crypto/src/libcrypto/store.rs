//! `X509_STORE`: looking for a chain from a certificate to one that is trusted.

use aws_lc_sys as ffi;

use super::Cert;
use super::common::{Owned, c_string, check, forget_errors, static_text};
use crate::Result;
use crate::x509::{Certificate, Untrusted};

/// What a certificate is to be used for.
#[derive(Copy, Clone)]
pub(crate) enum Purpose {
    Client,
    Server,
    Any,
}

const WHAT: &str = "verify the certificate";

/// A stack of certificates, each counted once more.
fn stack(certificates: &[Certificate]) -> Result<Owned<ffi::stack_st_X509>> {
    // SAFETY: the stack is ours, and owns what is pushed.
    unsafe {
        let stack = Owned::new(
            ffi::OPENSSL_sk_new_null().cast::<ffi::stack_st_X509>(),
            WHAT,
        )?;
        for certificate in certificates {
            let raw = certificate.0.as_ptr();
            ffi::X509_up_ref(raw);
            if ffi::OPENSSL_sk_push(stack.as_ptr().cast(), raw.cast()) == 0 {
                ffi::X509_free(raw);
            }
        }
        Ok(stack)
    }
}

/// Looks for a chain from `leaf` over `between` to one of `trusted`; the chain, or why there is none.
pub(crate) fn verify(
    leaf: &Cert,
    between: &[Certificate],
    trusted: &[Certificate],
    purpose: Purpose,
    host: Option<&[u8]>,
    time: Option<i64>,
) -> Result<std::result::Result<Vec<Certificate>, Untrusted>> {
    forget_errors();
    let host = host.map(|host| c_string(host, "host")).transpose()?;
    let between = stack(between)?;
    // SAFETY: all objects live through the call; the context is freed before what it refers to
    // (it is declared last).
    unsafe {
        let store = Owned::new(ffi::X509_STORE_new(), WHAT)?;
        for certificate in trusted {
            // One that is there twice is not an error.
            ffi::X509_STORE_add_cert(store.as_ptr(), certificate.0.as_ptr());
            forget_errors();
        }
        let context = Owned::new(ffi::X509_STORE_CTX_new(), WHAT)?;
        let raw = context.as_ptr();
        check(
            ffi::X509_STORE_CTX_init(raw, store.as_ptr(), leaf.as_ptr(), between.as_ptr()),
            WHAT,
        )?;
        let number = match purpose {
            Purpose::Client => Some(ffi::X509_PURPOSE_SSL_CLIENT),
            Purpose::Server => Some(ffi::X509_PURPOSE_SSL_SERVER),
            Purpose::Any => None,
        };
        if let Some(number) = number {
            check(ffi::X509_STORE_CTX_set_purpose(raw, number), WHAT)?;
        }
        let parameters = ffi::X509_STORE_CTX_get0_param(raw);
        if let Some(host) = &host {
            check(
                ffi::X509_VERIFY_PARAM_set1_host(parameters, host.as_ptr(), host.as_bytes().len()),
                WHAT,
            )?;
        }
        if let Some(time) = time {
            ffi::X509_VERIFY_PARAM_set_time_posix(parameters, time);
        }
        let sound = ffi::X509_verify_cert(raw) == 1;
        forget_errors();
        if sound {
            let chain = ffi::X509_STORE_CTX_get0_chain(raw);
            let chain = super::x509::items(chain.cast(), |cert: *mut ffi::X509| {
                ffi::X509_up_ref(cert);
                Cert::new(cert, WHAT).map(Certificate)
            });
            return Ok(Ok(chain.into_iter().collect::<Result<_>>()?));
        }
        let number = ffi::X509_STORE_CTX_get_error(raw);
        let text = static_text(ffi::X509_verify_cert_error_string(number.into()));
        Ok(Err(Untrusted {
            number,
            depth: ffi::X509_STORE_CTX_get_error_depth(raw).max(0) as u32,
            reason: text.unwrap_or_default(),
        }))
    }
}
