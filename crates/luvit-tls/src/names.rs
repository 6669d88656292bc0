//! Whether a certificate is for a host (RFC 9525, and the common name where a certificate has no other).

use std::net::IpAddr;

use crate::certificate::Certificate;
use crate::failure::Failure;

/// Checks that a certificate is for a host name or an address in text form.
pub fn check(certificate: &Certificate<'_>, host: &str) -> Result<(), Failure> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    let matches = if let Ok(address) = bare.parse::<IpAddr>() {
        certificate.addresses.contains(&address)
    } else {
        let host = host.strip_suffix('.').unwrap_or(host);
        if certificate.dns.is_empty() && certificate.addresses.is_empty() {
            certificate
                .common_name
                .as_deref()
                .is_some_and(|name| matches(name, host))
        } else {
            certificate.dns.iter().any(|name| matches(name, host))
        }
    };
    if matches {
        return Ok(());
    }
    Err(Failure::new(
        "ERR_TLS_CERT_ALTNAME_INVALID",
        format!(
            "name mismatch: wanted {host}, certificate is for {}",
            list(certificate)
        ),
    ))
}

/// The names a certificate is for, at most a few of them.
fn list(certificate: &Certificate<'_>) -> String {
    let mut names: Vec<String> = certificate
        .dns
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    names.extend(certificate.addresses.iter().map(IpAddr::to_string));
    if names.is_empty() {
        names.extend(certificate.common_name.clone());
    }
    let more = names.len().saturating_sub(8);
    names.truncate(8);
    match (names.is_empty(), more) {
        (true, _) => "no name".to_owned(),
        (_, 0) => names.join(", "),
        _ => format!("{} and {more} more", names.join(", ")),
    }
}

/// Whether a name of a certificate or of a context covers a host. `*` stands for the whole first label, of names with at
/// least three labels.
pub(crate) fn matches(pattern: &str, host: &str) -> bool {
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    if host.is_empty() || !pattern.is_ascii() {
        return false;
    }
    if let Some(parent) = pattern.strip_prefix("*.") {
        return parent.contains('.')
            && host.split_once('.').is_some_and(|(label, rest)| {
                !label.is_empty() && rest.eq_ignore_ascii_case(parent)
            });
    }
    pattern.eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(matches("a.example.com", "A.example.COM"));
        assert!(matches("*.example.com", "a.example.com"));
        assert!(!matches("*.example.com", "example.com"));
        assert!(!matches("*.example.com", "a.b.example.com"));
        assert!(!matches("*.com", "example.com"));
        assert!(!matches("a*.example.com", "ab.example.com"));
        assert!(!matches("*", "localhost"));
        assert!(!matches("", ""));
    }

    #[test]
    fn the_common_name_counts_only_alone() {
        let alone = Certificate {
            common_name: Some("a.test".into()),
            ..Certificate::default()
        };
        assert!(check(&alone, "a.test").is_ok());
        let both = Certificate {
            common_name: Some("a.test".into()),
            dns: vec!["b.test"],
            ..Certificate::default()
        };
        let failure = check(&both, "a.test").unwrap_err();
        assert_eq!(
            failure.reason,
            "name mismatch: wanted a.test, certificate is for b.test"
        );
        assert!(check(&both, "b.test.").is_ok());
    }

    #[test]
    fn addresses_match_as_numbers() {
        let one = Certificate {
            addresses: vec!["::1".parse().unwrap()],
            ..Certificate::default()
        };
        assert!(check(&one, "0:0:0:0:0:0:0:1").is_ok());
        assert!(check(&one, "[::1]").is_ok());
        assert!(check(&one, "127.0.0.1").is_err());
        // An address is never looked for among names.
        let named = Certificate {
            dns: vec!["127.0.0.1"],
            ..Certificate::default()
        };
        assert!(check(&named, "127.0.0.1").is_err());
    }
}
