//! Whom a context trusts, and whether a certificate is good.

use std::sync::{Arc, OnceLock};

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::{RootCertStore, pki_types::CertificateDer};
use rustls_pki_types::{Der, SubjectPublicKeyInfoDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, OwnedCertRevocationList, RevocationOptionsBuilder};

use crate::certificate::{self, Certificate};
use crate::failure::Failure;

/// The certificates of the system, or, where it has none, those that Mozilla ships. Read once, when first needed.
fn system() -> Arc<RootCertStore> {
    static SYSTEM: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    SYSTEM
        .get_or_init(|| {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            // Who names other files means those and no others.
            let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
                .iter()
                .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
            if store.is_empty() && !named {
                store.roots.extend(embedded());
            }
            Arc::new(store)
        })
        .clone()
}

/// Mozilla's authorities, as `build.rs` wrote them: subject, key and constraints of each, after their sizes.
fn embedded() -> Vec<TrustAnchor<'static>> {
    let mut rest: &'static [u8] = include_bytes!(concat!(env!("OUT_DIR"), "/roots.bin"));
    let mut part = || {
        let (size, after) = rest.split_first_chunk::<2>()?;
        let (part, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*size)))?;
        rest = after;
        Some(Der::from_slice(part))
    };
    let mut found = Vec::new();
    while let (Some(subject), Some(subject_public_key_info), Some(constraints)) =
        (part(), part(), part())
    {
        let name_constraints = (!constraints.is_empty()).then_some(constraints);
        found.push(TrustAnchor {
            subject,
            subject_public_key_info,
            name_constraints,
        });
    }
    found
}

/// The certificates of the system as DER, if it has any; `tls.rootCertificates` shows them.
pub fn system_certificates() -> Vec<Vec<u8>> {
    rustls_native_certs::load_native_certs()
        .certs
        .iter()
        .map(|certificate| certificate.to_vec())
        .collect()
}

/// Whom a context trusts.
pub(crate) struct Trust {
    /// What was given as `ca`; without it the system's store counts.
    given: Option<Given>,
    lists: Vec<webpki::CertRevocationList<'static>>,
    pub algorithms: WebPkiSupportedAlgorithms,
}

struct Given {
    /// All of them, also those that are trusted for themselves alone.
    store: RootCertStore,
    certificates: Vec<CertificateDer<'static>>,
    /// Those among them that may sign others, and until when.
    authorities: Vec<Authority>,
}

struct Authority {
    anchor: TrustAnchor<'static>,
    not_before: i64,
    not_after: i64,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}

/// Which side shows the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Server,
    Client,
}

impl Trust {
    pub fn new(
        ca: Option<&[Vec<u8>]>,
        lists: &[Vec<u8>],
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Result<Trust, Failure> {
        let given = match ca {
            None => None,
            Some(list) => {
                let mut given = Given {
                    store: RootCertStore::empty(),
                    certificates: Vec::new(),
                    authorities: Vec::new(),
                };
                for (i, der) in list.iter().enumerate() {
                    let der = CertificateDer::from(der.clone());
                    let seen = Certificate::read(&der);
                    let (Some(seen), Ok(())) = (seen, given.store.add(der.clone())) else {
                        return Err(Failure::option(format!(
                            "ca: certificate {} of {} cannot be read",
                            i + 1,
                            list.len()
                        )));
                    };
                    if seen.is_authority()
                        && let Some(anchor) = given.store.roots.last()
                    {
                        given.authorities.push(Authority {
                            anchor: anchor.clone(),
                            not_before: seen.not_before,
                            not_after: seen.not_after,
                        });
                    }
                    given.certificates.push(der);
                }
                Some(given)
            }
        };
        let mut parsed = Vec::new();
        for (i, der) in lists.iter().enumerate() {
            let list = OwnedCertRevocationList::from_der(der).map_err(|error| {
                Failure::option(format!("crl: list {} of {}: {error}", i + 1, lists.len()))
            })?;
            parsed.push(list.into());
        }
        Ok(Trust {
            given,
            lists: parsed,
            algorithms,
        })
    }

    /// The subjects of what was given as `ca`, which a server tells its clients.
    pub fn subjects(&self) -> Vec<rustls::DistinguishedName> {
        self.given
            .as_ref()
            .map(|given| given.store.subjects())
            .unwrap_or_default()
    }

    /// Whether a chain leads to somebody who is trusted, and holds now.
    pub fn check(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
        purpose: Purpose,
    ) -> Result<(), Failure> {
        let seen = Certificate::read(leaf)
            .ok_or_else(|| Failure::new("ERR_SSL_BAD_CERTIFICATE", "certificate cannot be read"))?;
        if self
            .given
            .as_ref()
            .is_some_and(|given| given.certificates.iter().any(|one| one == leaf))
        {
            return in_time(&seen, now);
        }
        let system_store;
        let given: Vec<TrustAnchor<'_>>;
        let anchors = match &self.given {
            // webpki looks neither at the dates of an anchor nor at what its key is for.
            Some(list) => {
                given = list.authorities_at(now).cloned().collect();
                &given
            }
            None => {
                system_store = system();
                &system_store.roots
            }
        };
        let result = EndEntityCert::try_from(leaf).and_then(|parsed| {
            let lists: Vec<&webpki::CertRevocationList<'_>> = self.lists.iter().collect();
            // Certificates of issuers without a list pass, as no list is nobody's fault.
            let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|builder| {
                builder
                    .with_status_policy(webpki::UnknownStatusPolicy::Allow)
                    // Whoever can hold back a newer list could hide what it revokes.
                    .with_expiration_policy(webpki::ExpirationPolicy::Enforce)
                    .build()
            });
            let usage = match purpose {
                Purpose::Server => KeyUsage::server_auth(),
                Purpose::Client => KeyUsage::client_auth(),
            };
            let path = parsed.verify_for_usage(
                self.algorithms.all,
                anchors,
                others,
                now,
                usage,
                revocation,
                None,
            )?;
            // webpki holds constraints against alternative names only. A certificate without any is for its common name,
            // which would be a way around them.
            let nameless = seen.dns.is_empty() && seen.addresses.is_empty();
            if purpose == Purpose::Server && nameless && is_constrained(&path) {
                return Err(webpki::Error::NameConstraintViolation);
            }
            Ok(())
        });
        // The dates come first for a person: an expired certificate of an unknown issuer is both.
        result.map_err(|error| {
            let unusable = (error == webpki::Error::UnknownIssuer)
                .then(|| self.given.as_ref()?.unusable_issuer(&seen, others, now))
                .flatten();
            match (unusable, in_time(&seen, now)) {
                (Some(failure), Ok(())) => failure,
                _ => explain(&error, &seen, others, now),
            }
        })
    }
}

impl Given {
    /// Who may sign others at a time.
    fn authorities_at(&self, now: UnixTime) -> impl Iterator<Item = &TrustAnchor<'static>> {
        let now = seconds(now);
        let valid = move |one: &&Authority| (one.not_before..=one.not_after).contains(&now);
        self.authorities.iter().filter(valid).map(|one| &one.anchor)
    }

    /// Why an issuer of a chain does not count although it is listed.
    fn unusable_issuer(
        &self,
        leaf: &Certificate<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Option<Failure> {
        let chain = others.iter().filter_map(|der| Certificate::read(der));
        let issuers: Vec<&[u8]> = std::iter::once(leaf.issuer)
            .chain(chain.map(|one| one.issuer))
            .collect();
        let listed = self
            .certificates
            .iter()
            .filter_map(|der| Certificate::read(der))
            .find(|one| issuers.contains(&one.subject))?;
        if !listed.is_authority() {
            return Some(Failure::new(
                "INVALID_CA",
                format!(
                    "certificate is signed by {}, which is in ca and not an authority (CA:TRUE)",
                    listed.title()
                ),
            ));
        }
        let failure = in_time(&listed, now).err()?;
        let reason = format!("of {}, which is in ca: {}", listed.title(), failure.reason);
        Some(Failure { reason, ..failure })
    }
}

/// Whether an authority on the path bounds the names below it.
fn is_constrained(path: &webpki::VerifiedPath<'_>) -> bool {
    path.anchor().name_constraints.is_some()
        || path
            .intermediate_certificates()
            .any(|one| Certificate::read(&one.der()).is_none_or(|seen| seen.constrains))
}

/// Whether a certificate that is trusted by itself is within its dates.
fn in_time(seen: &Certificate<'_>, now: UnixTime) -> Result<(), Failure> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now > seen.not_after {
        return Err(expired(seen.not_after));
    }
    if now < seen.not_before {
        return Err(early(seen.not_before));
    }
    Ok(())
}

fn expired(when: i64) -> Failure {
    Failure::new(
        "CERT_HAS_EXPIRED",
        format!("certificate expired {}", certificate::date(when)),
    )
}

fn early(when: i64) -> Failure {
    Failure::new(
        "CERT_NOT_YET_VALID",
        format!(
            "certificate is not valid before {}",
            certificate::date(when)
        ),
    )
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// What webpki says in OpenSSL's codes, for a person.
fn explain(
    error: &webpki::Error,
    seen: &Certificate<'_>,
    others: &[CertificateDer<'_>],
    now: UnixTime,
) -> Failure {
    use webpki::Error as E;
    match error {
        E::CertExpired { not_after, .. } => expired(seconds(*not_after)),
        E::CertNotValidYet { not_before, .. } => early(seconds(*not_before)),
        E::CertRevoked => Failure::new("CERT_REVOKED", "certificate was revoked by its issuer"),
        E::CrlExpired { next_update, .. } => Failure::new(
            "CRL_HAS_EXPIRED",
            format!(
                "revocation list expired {}",
                certificate::date(seconds(*next_update))
            ),
        ),
        E::UnknownIssuer | E::CaUsedAsEndEntity => unknown_issuer(seen, others, now, error),
        // Somebody who is trusted has the same name, and another key.
        E::InvalidSignatureForPublicKey
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
            if seen.is_self_issued() =>
        {
            unknown_issuer(seen, others, now, error)
        }
        E::InvalidSignatureForPublicKey
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Failure::new(
            "CERT_SIGNATURE_FAILURE",
            "certificate is not signed by the key of the issuer that it names",
        ),
        E::EndEntityUsedAsCa => Failure::new(
            "INVALID_CA",
            "certificate is signed by one that is not of an authority (CA:FALSE)",
        ),
        E::RequiredEkuNotFoundContext(_) => Failure::new(
            "INVALID_PURPOSE",
            "certificate is for another purpose (extended key usage)",
        ),
        E::PathLenConstraintViolated
        | E::MaximumPathDepthExceeded
        | E::MaximumPathBuildCallsExceeded => Failure::new(
            "CERT_CHAIN_TOO_LONG",
            "chain of certificates is longer than is allowed",
        ),
        E::MaximumSignatureChecksExceeded | E::MaximumNameConstraintComparisonsExceeded => {
            Failure::new(
                "CERT_CHAIN_TOO_LONG",
                "chain of certificates takes more work than is allowed",
            )
        }
        E::NameConstraintViolation => Failure::new(
            "PERMITTED_VIOLATION",
            "the issuer may not issue certificates for this name (name constraints)",
        ),
        E::UnsupportedCertVersion => Failure::new(
            "CERT_UNTRUSTED",
            "certificate is of X.509 version 1, which cannot be verified: make it version 3",
        ),
        E::UnsupportedSignatureAlgorithmContext(_) => Failure::new(
            "CA_MD_TOO_WEAK",
            "certificate is signed in a way that is not trusted any more (SHA-1, MD5, or a key of too few bits)",
        ),
        other => Failure::new(
            "CERT_UNTRUSTED",
            format!("certificate cannot be verified: {other}"),
        ),
    }
}

fn unknown_issuer(
    seen: &Certificate<'_>,
    others: &[CertificateDer<'_>],
    now: UnixTime,
    error: &webpki::Error,
) -> Failure {
    if let Err(failure) = in_time(seen, now) {
        return failure;
    }
    if seen.is_self_issued() {
        return Failure::new(
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            format!("certificate is self-signed and not in ca: {}", seen.title()),
        );
    }
    if *error == webpki::Error::CaUsedAsEndEntity {
        return Failure::new(
            "INVALID_PURPOSE",
            "certificate is that of an authority (CA:TRUE), not of a server or client; list it in ca to trust it itself",
        );
    }
    let issuers: Vec<Certificate<'_>> = others
        .iter()
        .filter_map(|der| Certificate::read(der))
        .collect();
    let issuer = certificate::name_of(seen.issuer).unwrap_or_else(|| "without a name".to_owned());
    if let Some(root) = issuers.iter().find(|one| one.is_self_issued()) {
        return Failure::new(
            "SELF_SIGNED_CERT_IN_CHAIN",
            format!(
                "chain ends at a self-signed certificate that is not in ca: {}",
                root.title()
            ),
        );
    }
    if issuers.iter().any(|one| one.subject == seen.issuer) {
        return Failure::new(
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            format!(
                "chain of certificates ends before one that is trusted; the first is issued by {issuer}"
            ),
        );
    }
    Failure::new(
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        format!(
            "certificate is issued by {issuer}, whose certificate was not sent and is not in ca"
        ),
    )
}

/// Checks a signature of the handshake by the key of a certificate, whatever else the certificate says.
pub(crate) fn signature(
    algorithms: &WebPkiSupportedAlgorithms,
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &rustls::DigitallySignedStruct,
    tls13: bool,
) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
    use rustls::{CertificateError, PeerMisbehaved};
    let seen = Certificate::read(certificate).ok_or(CertificateError::BadEncoding)?;
    let spki = SubjectPublicKeyInfoDer::from(seen.spki);
    if tls13 {
        return rustls::crypto::verify_tls13_signature_with_raw_key(
            message, &spki, signed, algorithms,
        );
    }
    let key =
        webpki::RawPublicKeyEntity::try_from(&spki).map_err(|_| CertificateError::BadEncoding)?;
    let possible = algorithms
        .mapping
        .iter()
        .find(|(scheme, _)| *scheme == signed.scheme)
        .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?
        .1;
    for algorithm in possible {
        match key.verify_signature(*algorithm, message, signed.signature()) {
            Err(webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)) => {}
            Err(_) => return Err(CertificateError::BadSignature.into()),
            Ok(()) => return Ok(rustls::client::danger::HandshakeSignatureValid::assertion()),
        }
    }
    Err(CertificateError::BadSignature.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_authorities_are_all_there() {
        let roots = embedded();
        assert!(roots.len() > 100, "{}", roots.len());
        for root in &roots {
            assert_eq!(root.subject_public_key_info.first(), Some(&0x30));
        }
    }
}
