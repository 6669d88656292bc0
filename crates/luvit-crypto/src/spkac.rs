//! SPKAC: a public key and a challenge, signed with the key, as the `<keygen>` of browsers made it.

use crate::der::{self, Reader};
use crate::digest::Algorithm;
use crate::encoding::from_base64;
use crate::key::{KeyType, PublicKey};
use crate::libcrypto::Spki;
use crate::sign::Options;
use crate::{Error, Result};

/// A signed public key and challenge.
pub struct Spkac {
    spki: Spki,
    der: Vec<u8>,
}

/// The content of the object identifier of `md5WithRSAEncryption`, 1.2.840.113549.1.1.4.
const MD5_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04];

impl Spkac {
    /// Reads base64 of DER.
    pub fn load(text: &[u8]) -> Result<Spkac> {
        let der = from_base64(text).ok_or_else(|| Error::malformed("SPKAC", "it is no base64"))?;
        Ok(Spkac {
            spki: Spki::from_der(&der)?,
            der,
        })
    }

    /// Whether it is signed with its key.
    pub fn verify(&self) -> bool {
        self.spki.verify() || self.verify_md5() == Some(true)
    }

    /// Browsers signed with MD5, and `openssl spkac` does, which libcrypto takes nowhere any more.
    /// Here nothing is to be forged but a signature of one's own.
    fn verify_md5(&self) -> Option<bool> {
        let mut parts = Reader::new(der::only(&self.der, der::SEQUENCE)?);
        let mut signed = Vec::new();
        der::write(&mut signed, der::SEQUENCE, parts.expect(der::SEQUENCE)?);
        let algorithm = Reader::new(parts.expect(der::SEQUENCE)?).expect(der::OBJECT)?;
        // The first byte says how many bits of the last one do not count.
        let signature = parts.expect(der::BIT_STRING)?.strip_prefix(&[0])?;
        let key = self.public_key().ok()?;
        let md5 = Algorithm::by_name(b"md5")?;
        if algorithm != MD5_WITH_RSA || key.key_type() != KeyType::Rsa {
            return None;
        }
        key.verify(Some(md5), &signed, signature, &Options::default())
            .ok()
    }

    /// What was to be signed.
    pub fn challenge(&self) -> Vec<u8> {
        self.spki.challenge()
    }

    /// The key.
    pub fn public_key(&self) -> Result<PublicKey> {
        PublicKey::from_spki(&self.spki.public_key()?.to_spki()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `openssl spkac -challenge hello -digest sha256`, with a key of P-256.
    const EXAMPLE: &[u8] =
        b"MIG7MGIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT5qF55WZwKxC1vyZd6QsDAgt4TvpPhHRcNTgVu\
        xwqJ9pTc9yxkVPMsKchB5qWCRljgNqoKhSg+mTpu6ZB9N0WlFgVoZWxsbzAKBggqhkjOPQQDAgNJADBG\
        AiEAzejSNg+EIb2cZnMiSebXNh3TPRDcmbqCtUZfd7ixKjUCIQDaU9Hx3OV+MdrdZ2TxKpg79mV0y88u\
        Ojsyt+R5S8/SIA==";

    /// The same with a key of RSA and without the digest, which is MD5 then.
    const MD5: &[u8] =
        b"MIIBPTCBpzCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA5i1CIg64UvCPGFJ5pNdEjPIByygnpx5o\
        /oqO/YlR0KqE61Rz8a9wu2EtkCR2VxI5oaQ70suCmXht1vbhAZXEqVKHvrvnJIeZV5Oq3ZbZ+Yfr8auJ\
        keum6fMWTbBFBhh1JiZV/53+DDk0rfIFpR9R2wAsyHNx8ED3ZypDi5ntRE0CAwEAARYDb2xkMA0GCSqG\
        SIb3DQEBBAUAA4GBABHXk6G3biqZpSdQcMkYW6JWKNhiiwFqAcrIWijfBrmeAiGFfderFdQKsj7idGuU\
        DdZJwpbAQk0b8UgaUnA1+bxav4SIIRNKbLZHNMqwcv/byXwpyKmShflluMKoGnaW0nzkmbT0DNcq6QY5\
        h0nAcYIllnChvPnm/fRqNXaN72zH";

    #[test]
    fn a_key_signed_with_md5() {
        let spkac = Spkac::load(MD5).unwrap();
        assert!(spkac.verify());
        assert_eq!(spkac.challenge(), b"old");
        let mut der = from_base64(MD5).unwrap();
        *der.last_mut().unwrap() ^= 1;
        assert!(
            !Spkac::load(&crate::encoding::to_base64(&der))
                .unwrap()
                .verify()
        );
    }

    #[test]
    fn a_signed_key() {
        let spkac = Spkac::load(EXAMPLE).unwrap();
        assert!(spkac.verify());
        assert_eq!(spkac.challenge(), b"hello");
        assert_eq!(spkac.public_key().unwrap().bits(), 256);
        let mut der = from_base64(EXAMPLE).unwrap();
        *der.last_mut().unwrap() ^= 1;
        let changed = Spkac::load(&crate::encoding::to_base64(&der));
        assert!(changed.is_ok_and(|changed| !changed.verify()));
        for junk in [&b"junk"[..], b"", b"*", b"MAA="] {
            assert!(Spkac::load(junk).is_err());
        }
    }
}
