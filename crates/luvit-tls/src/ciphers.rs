//! Cipher suites and key exchange groups, by the names that OpenSSL and node have for them.
//!
//! What rustls has is what is offered: the suites with forward secrecy and authenticated encryption. A list in OpenSSL's
//! language chooses among them.

use rustls::crypto::{SupportedKxGroup, aws_lc_rs as provider};
use rustls::{CipherSuite, NamedGroup, SupportedCipherSuite};

use crate::failure::Failure;

/// A cipher suite as `getCipher` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cipher {
    /// OpenSSL's name.
    pub name: &'static str,
    /// IANA's name.
    pub standard_name: &'static str,
    /// The version it came with.
    pub version: &'static str,
}

/// The suites in our order: AES-128 first, as those who must be fast have it, ECDSA before RSA.
fn suites() -> [SupportedCipherSuite; 9] {
    use provider::cipher_suite as is;
    [
        is::TLS13_AES_128_GCM_SHA256,
        is::TLS13_AES_256_GCM_SHA384,
        is::TLS13_CHACHA20_POLY1305_SHA256,
        is::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        is::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        is::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        is::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        is::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        is::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]
}

/// How a suite is called.
pub fn describe(suite: CipherSuite) -> Cipher {
    let (name, standard_name) = match suite {
        CipherSuite::TLS13_AES_128_GCM_SHA256 => {
            ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256")
        }
        CipherSuite::TLS13_AES_256_GCM_SHA384 => {
            ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384")
        }
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => (
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256",
        ),
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => (
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => (
            "ECDHE-RSA-AES128-GCM-SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ),
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => (
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ),
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => (
            "ECDHE-RSA-AES256-GCM-SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ),
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => (
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        ),
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => (
            "ECDHE-RSA-CHACHA20-POLY1305",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ),
        _ => ("(NONE)", "(NONE)"),
    };
    let version = if name.starts_with("TLS_") {
        "TLSv1.3"
    } else {
        "TLSv1.2"
    };
    Cipher {
        name,
        standard_name,
        version,
    }
}

/// All suites, in the order of preference.
pub fn all() -> Vec<Cipher> {
    suites()
        .iter()
        .map(|suite| describe(suite.suite()))
        .collect()
}

fn is_tls13(suite: &SupportedCipherSuite) -> bool {
    suite.tls13().is_some()
}

/// Whether one of OpenSSL's aliases covers a suite.
fn alias(word: &str, name: &str) -> bool {
    match word {
        "ALL" | "DEFAULT" | "COMPLEMENTOFALL" | "HIGH" | "ECDHE" | "EECDH" | "kECDHE"
        | "kEECDH" | "ECDH" | "TLSv1.2" | "AEAD" | "PFS" => word != "COMPLEMENTOFALL",
        "FIPS" => !name.contains("CHACHA20"),
        "ECDSA" | "aECDSA" => name.contains("ECDSA"),
        "RSA" | "aRSA" => name.contains("RSA-") && !name.contains("ECDSA"),
        "AES" | "AESGCM" => name.contains("AES"),
        "AES128" | "AES128GCM" => name.contains("AES128"),
        "AES256" | "AES256GCM" => name.contains("AES256"),
        "CHACHA20" | "POLY1305" => name.contains("CHACHA20"),
        "SHA256" => !name.contains("SHA384"),
        "SHA384" => name.contains("SHA384"),
        _ => false,
    }
}

/// Chooses suites by a list in OpenSSL's language (`man openssl-ciphers`); names that begin with `TLS_` choose those of
/// TLS 1.3, which are all offered when there is none.
pub(crate) fn choose(list: Option<&str>) -> Result<Vec<SupportedCipherSuite>, Failure> {
    let all = suites();
    let Some(list) = list else {
        return Ok(all.to_vec());
    };
    let mut chosen: Vec<SupportedCipherSuite> = Vec::new();
    let mut killed: Vec<CipherSuite> = Vec::new();
    let mut unknown = Vec::new();
    let (mut named13, mut asked12) = (false, false);
    for item in list
        .split([':', ',', ' ', ';'])
        .filter(|item| !item.is_empty() && !item.starts_with('@'))
    {
        let (action, text) = match item.as_bytes()[0] {
            sign @ (b'!' | b'-' | b'+') => (sign, &item[1..]),
            _ => (b' ', item),
        };
        let matching: Vec<SupportedCipherSuite> = all
            .iter()
            .filter(|suite| {
                let cipher = describe(suite.suite());
                let named = text.eq_ignore_ascii_case(cipher.name)
                    || text.eq_ignore_ascii_case(cipher.standard_name);
                named || !is_tls13(suite) && text.split('+').all(|word| alias(word, cipher.name))
            })
            .copied()
            .collect();
        if matching.is_empty() && action == b' ' {
            unknown.push(text);
        }
        for suite in matching {
            let id = suite.suite();
            let place = chosen.iter().position(|one| one.suite() == id);
            match action {
                b' ' => {
                    if is_tls13(&suite) {
                        named13 = true;
                    } else {
                        asked12 = true;
                    }
                    if place.is_none() && !killed.contains(&id) {
                        chosen.push(suite);
                    }
                }
                b'+' => {
                    if let Some(place) = place {
                        let moved = chosen.remove(place);
                        chosen.push(moved);
                    }
                }
                _ => {
                    if let Some(place) = place {
                        chosen.remove(place);
                    }
                    if action == b'!' {
                        killed.push(id);
                    }
                }
            }
        }
    }
    if !named13 && (asked12 || unknown.is_empty()) {
        let first = all
            .iter()
            .filter(|suite| is_tls13(suite) && !killed.contains(&suite.suite()))
            .copied();
        let mut with: Vec<SupportedCipherSuite> = first.collect();
        with.append(&mut chosen);
        chosen = with;
    }
    if chosen.is_empty() {
        let offered: Vec<&str> = all
            .iter()
            .map(|suite| describe(suite.suite()).name)
            .collect();
        return Err(Failure::new(
            "ERR_SSL_NO_CIPHER_MATCH",
            format!(
                "ciphers: nothing of '{list}' is offered; offered are {}",
                offered.join(":")
            ),
        ));
    }
    Ok(chosen)
}

/// The groups in our order, and their names.
fn group_named(name: &str) -> Option<&'static dyn SupportedKxGroup> {
    use provider::kx_group as is;
    Some(match name.to_ascii_lowercase().as_str() {
        "x25519" => is::X25519,
        "prime256v1" | "secp256r1" | "p-256" => is::SECP256R1,
        "secp384r1" | "p-384" => is::SECP384R1,
        "x25519mlkem768" => is::X25519MLKEM768,
        "secp256r1mlkem768" => is::SECP256R1MLKEM768,
        "mlkem768" => is::MLKEM768,
        "mlkem1024" => is::MLKEM1024,
        _ => return None,
    })
}

/// A group as `getEphemeralKeyInfo` names it: its kind, its name and its size in bits.
pub(crate) fn describe_group(group: NamedGroup) -> (&'static str, &'static str, u32) {
    match group {
        NamedGroup::X25519 => ("ECDH", "X25519", 253),
        NamedGroup::secp256r1 => ("ECDH", "prime256v1", 256),
        NamedGroup::secp384r1 => ("ECDH", "secp384r1", 384),
        NamedGroup::X25519MLKEM768 => ("KEM", "X25519MLKEM768", 768),
        NamedGroup::secp256r1MLKEM768 => ("KEM", "SecP256r1MLKEM768", 768),
        NamedGroup::MLKEM768 => ("KEM", "MLKEM768", 768),
        NamedGroup::MLKEM1024 => ("KEM", "MLKEM1024", 1024),
        _ => ("", "", 0),
    }
}

/// Chooses key exchange groups by a list such as `X25519:P-256`; `auto` stands for the usual ones.
pub(crate) fn choose_groups(
    list: Option<&str>,
) -> Result<Vec<&'static dyn SupportedKxGroup>, Failure> {
    use provider::kx_group as is;
    let usual = || vec![is::X25519, is::SECP256R1, is::SECP384R1, is::X25519MLKEM768];
    let Some(list) = list else { return Ok(usual()) };
    let mut groups: Vec<&'static dyn SupportedKxGroup> = Vec::new();
    for name in list.split([':', ',', ' ']).filter(|name| !name.is_empty()) {
        if name.eq_ignore_ascii_case("auto") {
            groups.extend(usual());
            continue;
        }
        if let Some(group) = group_named(name)
            && !groups.iter().any(|one| one.name() == group.name())
        {
            groups.push(group);
        }
    }
    if groups.is_empty() {
        return Err(Failure::new(
            "ERR_CRYPTO_OPERATION_FAILED",
            format!(
                "ecdhCurve: nothing of '{list}' is offered; offered are X25519:P-256:P-384:X25519MLKEM768"
            ),
        ));
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str) -> Vec<&'static str> {
        choose(Some(list))
            .unwrap()
            .iter()
            .map(|suite| describe(suite.suite()).name)
            .collect()
    }

    #[test]
    fn lists_in_openssl_language() {
        assert_eq!(names("HIGH:!aNULL:!MD5").len(), 9);
        assert_eq!(names("TLS_AES_256_GCM_SHA384"), ["TLS_AES_256_GCM_SHA384"]);
        assert_eq!(
            names("ECDHE-RSA-AES256-GCM-SHA384")[3..],
            ["ECDHE-RSA-AES256-GCM-SHA384"]
        );
        assert_eq!(
            names("ECDHE+AESGCM:!ECDSA:@STRENGTH")[3..],
            ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"]
        );
        assert_eq!(
            names("ALL:!AES:!TLS_CHACHA20_POLY1305_SHA256:+ECDSA").last(),
            Some(&"ECDHE-ECDSA-CHACHA20-POLY1305")
        );
        assert_eq!(
            names("RC4-SHA:ECDHE-RSA-CHACHA20-POLY1305")[3..],
            ["ECDHE-RSA-CHACHA20-POLY1305"]
        );
    }

    #[test]
    fn nothing_left_is_an_error_that_names_it() {
        let failure = choose(Some("RC4-SHA:DES-CBC3-SHA")).unwrap_err();
        assert_eq!(failure.code, "ERR_SSL_NO_CIPHER_MATCH");
        assert!(
            failure.reason.contains("RC4-SHA:DES-CBC3-SHA"),
            "{}",
            failure.reason
        );
        assert!(choose_groups(Some("sect571k1")).is_err());
        assert_eq!(choose_groups(Some("P-384:X25519")).unwrap().len(), 2);
    }
}
