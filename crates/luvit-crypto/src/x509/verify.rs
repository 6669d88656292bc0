//! Whether a certificate is to be trusted, and for whom it is.

use std::net::IpAddr;

use super::Certificate;
use crate::Result;
use crate::libcrypto::{self, Purpose};

/// Why a certificate is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untrusted {
    /// OpenSSL's number of the reason (`X509_V_ERR_…`).
    pub number: i32,
    /// Which certificate of the chain it is about; 0 is the first.
    pub depth: u32,
    /// The reason in words: `certificate has expired`.
    pub reason: String,
}

impl Untrusted {
    /// Node's name of the reason: `CERT_HAS_EXPIRED`.
    pub fn code(&self) -> &'static str {
        match self.number {
            2 => "UNABLE_TO_GET_ISSUER_CERT",
            3 => "UNABLE_TO_GET_CRL",
            4 => "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
            6 => "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
            7 => "CERT_SIGNATURE_FAILURE",
            9 => "CERT_NOT_YET_VALID",
            10 => "CERT_HAS_EXPIRED",
            18 => "DEPTH_ZERO_SELF_SIGNED_CERT",
            19 => "SELF_SIGNED_CERT_IN_CHAIN",
            20 => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            21 => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            22 => "CERT_CHAIN_TOO_LONG",
            23 => "CERT_REVOKED",
            24 => "INVALID_CA",
            25 => "PATH_LENGTH_EXCEEDED",
            26 => "INVALID_PURPOSE",
            27 => "CERT_UNTRUSTED",
            28 => "CERT_REJECTED",
            62 => "HOSTNAME_MISMATCH",
            _ => "UNSPECIFIED",
        }
    }
}

/// How to look for a chain.
#[derive(Clone, Debug, Default)]
pub struct Trust<'a> {
    /// Certificates that are trusted.
    pub trusted: &'a [Certificate],
    /// Certificates that may lead there.
    pub between: &'a [Certificate],
    /// What it is to be used for: `Some(true)` a server, `Some(false)` a client.
    pub server: Option<bool>,
    /// The host that it must be for.
    pub host: Option<&'a [u8]>,
    /// The time at which it must be valid, in seconds since 1970; now by default.
    pub time: Option<i64>,
}

/// How host names are compared.
#[derive(Copy, Clone, Debug, Default)]
pub struct HostOptions {
    /// Whether the common name counts: `Some(true)` always, `Some(false)` never, `None` only for a
    /// certificate without alternative names.
    pub subject: Option<bool>,
    /// Whether `*.example` stands for nothing.
    pub no_wildcards: bool,
    /// Whether `.example`, if it is asked for, means one label only.
    pub single_label_subdomains: bool,
}

impl HostOptions {
    fn flags(self) -> u32 {
        let subject = match self.subject {
            None => 0,
            Some(true) => 1,
            Some(false) => 0x20,
        };
        subject
            | if self.no_wildcards { 2 } else { 0 }
            | if self.single_label_subdomains {
                0x10
            } else {
                0
            }
    }
}

impl Certificate {
    /// Looks for a chain from this certificate to one that is trusted: the chain, from this one on,
    /// or why there is none.
    pub fn verify(
        &self,
        trust: &Trust,
    ) -> Result<std::result::Result<Vec<Certificate>, Untrusted>> {
        let purpose = match trust.server {
            None => Purpose::Any,
            Some(true) => Purpose::Server,
            Some(false) => Purpose::Client,
        };
        libcrypto::verify(
            &self.0,
            trust.between,
            trust.trusted,
            purpose,
            trust.host,
            trust.time,
        )
    }

    /// The name in the certificate that fits a host's name.
    pub fn check_host(&self, name: &[u8], options: HostOptions) -> Result<Option<String>> {
        self.0.check_host(name, options.flags())
    }

    /// Whether it is for a mail address.
    pub fn check_email(&self, address: &[u8], options: HostOptions) -> Result<bool> {
        self.0.check_email(address, options.flags())
    }

    /// Whether it is for an address.
    pub fn check_ip(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.0.check_ip(&address.octets()),
            IpAddr::V6(address) => self.0.check_ip(&address.octets()),
        }
    }
}
