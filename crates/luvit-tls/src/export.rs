//! Keying material for other protocols (RFC 5705; RFC 8446, section 7.5), from the secret that the handshake left.

use aws_lc_rs::{digest, hkdf, hmac};

/// The length of what `hkdf` is asked for.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-Expand-Label (section 7.1).
fn expand_label(
    secret: &hkdf::Prk,
    label: &[u8],
    context: &[u8],
    length: usize,
) -> Option<Vec<u8>> {
    let size = u16::try_from(length).ok()?.to_be_bytes();
    let label_size = [u8::try_from(label.len() + 6).ok()?];
    let context_size = [u8::try_from(context.len()).ok()?];
    let info = [
        &size[..],
        &label_size,
        b"tls13 ",
        label,
        &context_size,
        context,
    ];
    let mut output = vec![0; length];
    secret
        .expand(&info, Length(length))
        .ok()?
        .fill(&mut output)
        .ok()?;
    Some(output)
}

/// `length` bytes for a label; `None` for sizes that cannot be. The length of the secret tells the hash.
pub(crate) fn tls13(secret: &[u8], length: usize, label: &[u8], context: &[u8]) -> Option<Vec<u8>> {
    let (hash, kdf) = match secret.len() {
        32 => (&digest::SHA256, hkdf::HKDF_SHA256),
        48 => (&digest::SHA384, hkdf::HKDF_SHA384),
        _ => return None,
    };
    let prk = hkdf::Prk::new_less_safe(kdf, secret);
    let derived = expand_label(
        &prk,
        label,
        digest::digest(hash, b"").as_ref(),
        secret.len(),
    )?;
    let prk = hkdf::Prk::new_less_safe(kdf, &derived);
    expand_label(
        &prk,
        b"exporter",
        digest::digest(hash, context).as_ref(),
        length,
    )
}

/// The same with TLS 1.2 (RFC 5705, section 4). `secrets` is the master secret, the client's random number and the server's;
/// `wide` says that the suite's hash is SHA-384.
pub(crate) fn tls12(
    secrets: &[u8],
    wide: bool,
    length: usize,
    label: &[u8],
    context: Option<&[u8]>,
) -> Option<Vec<u8>> {
    let (master, randoms) = secrets.split_at_checked(48)?;
    let mut seed = [label, randoms].concat();
    if let Some(context) = context {
        seed.extend_from_slice(&u16::try_from(context.len()).ok()?.to_be_bytes());
        seed.extend_from_slice(context);
    }
    // P_hash (RFC 5246, section 5).
    let hash = if wide {
        hmac::HMAC_SHA384
    } else {
        hmac::HMAC_SHA256
    };
    let key = hmac::Key::new(hash, master);
    let mut output = Vec::with_capacity(length);
    let mut link = hmac::sign(&key, &seed);
    while output.len() < length {
        let block = hmac::sign(&key, &[link.as_ref(), &seed].concat());
        output.extend_from_slice(block.as_ref());
        link = hmac::sign(&key, link.as_ref());
    }
    output.truncate(length);
    Some(output)
}
