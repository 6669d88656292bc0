//! Certificates as programs have them: PEM, several in one text, or DER.

use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, pem::PemObject,
};

use crate::failure::Failure;

/// DER begins with a SEQUENCE.
fn is_der(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30)
}

/// All certificates in PEM text, or the one that is given as DER. `name` is how messages call it.
pub fn certificates(bytes: &[u8], name: &str) -> Result<Vec<Vec<u8>>, Failure> {
    if is_der(bytes) {
        return Ok(vec![bytes.to_vec()]);
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    let found =
        found.map_err(|error| Failure::option(format!("{name}: PEM cannot be read: {error}")))?;
    if found.is_empty() {
        return Err(Failure::option(format!(
            "{name} holds no certificate: PEM with BEGIN CERTIFICATE, or DER, is expected"
        )));
    }
    Ok(found.iter().map(|der| der.to_vec()).collect())
}

/// All revocation lists in PEM text, or the one that is given as DER.
pub fn revocation_lists(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Failure> {
    if is_der(bytes) {
        return Ok(vec![bytes.to_vec()]);
    }
    let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(bytes).collect();
    let found =
        found.map_err(|error| Failure::option(format!("crl: PEM cannot be read: {error}")))?;
    if found.is_empty() {
        return Err(Failure::option(
            "crl holds no list: PEM with BEGIN X509 CRL, or DER, is expected",
        ));
    }
    Ok(found.iter().map(|der| der.to_vec()).collect())
}

/// The private key in PEM text or DER, as DER of the form it came in; one that is encrypted is none.
pub fn private_key(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    if is_der(bytes) {
        return Ok(bytes.to_vec());
    }
    match PrivateKeyDer::from_pem_slice(bytes) {
        Ok(key) => Ok(key.secret_der().to_vec()),
        Err(error) => Err(Failure::option(format!(
            "key holds no private key that can be read: {error}"
        ))),
    }
}
