//! The names in certificates: of subjects and issuers, and of hosts.

use std::fmt::{self, Display, Write};
use std::net::IpAddr;

/// A distinguished name, its parts in the order of the certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// The parts.
    pub parts: Vec<NamePart>,
}

/// One part of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePart {
    /// Its kind by the short name (`CN`), or by numbers (`1.2.3`) where it has none.
    pub field: String,
    /// Its value.
    pub value: String,
    /// Parts with the same number are one relative name (written with ` + `).
    pub set: i32,
}

impl Name {
    /// The values of a field: `get("CN")`.
    pub fn get<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        self.parts
            .iter()
            .filter(move |part| part.field == field)
            .map(|part| part.value.as_str())
    }

    /// `C=DE\nCN=x`: a line for each part, escaped as RFC 2253 does, which is node's form.
    pub fn lines(&self) -> String {
        self.join("\n")
    }

    fn join(&self, between: &str) -> String {
        let mut text = String::new();
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                let same = self.parts[index - 1].set == part.set;
                text.push_str(if same { " + " } else { between });
            }
            text.push_str(&part.field);
            text.push('=');
            escape(&part.value, &mut text);
        }
        text
    }
}

/// `C=DE, CN=x`
impl Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.join(", "))
    }
}

/// RFC 2253's escapes, and `\0A` for control characters.
fn escape(value: &str, out: &mut String) {
    let last = value.len().saturating_sub(1);
    for (index, character) in value.char_indices() {
        let edge = match character {
            ' ' => index == 0 || index == last,
            '#' => index == 0,
            _ => false,
        };
        if edge || matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            out.push('\\');
            out.push(character);
        } else if character.is_ascii_control() {
            let _ = write!(out, "\\{:02X}", u32::from(character));
        } else {
            out.push(character);
        }
    }
}

/// A name of the extensions: what a certificate is for beside its subject, or where something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// A host name.
    Dns(String),
    /// A mail address.
    Email(String),
    /// An URI.
    Uri(String),
    /// An IP address.
    Ip(IpAddr),
    /// A distinguished name.
    Directory(Name),
    /// An object identifier.
    Registered(String),
    /// One of a kind that is not read, ready to print: `othername:<unsupported>`.
    Other(String),
}

/// As node prints it: `DNS:localhost`, `IP Address:127.0.0.1`. A value that could be taken for
/// several is printed as a JSON string (CVE-2021-44532).
impl Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GeneralName::Dns(name) => safe(f, "DNS", name),
            GeneralName::Email(name) => safe(f, "email", name),
            GeneralName::Uri(name) => safe(f, "URI", name),
            GeneralName::Ip(address) => write!(f, "IP Address:{}", ip_text(*address)),
            GeneralName::Directory(name) => safe(f, "DirName", &name.join(",")),
            GeneralName::Registered(object) => write!(f, "Registered ID:{object}"),
            GeneralName::Other(text) => f.write_str(text),
        }
    }
}

/// An address as OpenSSL prints it: all eight groups of IPv6, in upper case.
fn ip_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let groups = address.segments().map(|group| format!("{group:X}"));
            groups.join(":")
        }
    }
}

fn safe(f: &mut fmt::Formatter<'_>, kind: &str, value: &str) -> fmt::Result {
    let plain = |c: char| (' '..='~').contains(&c) && !matches!(c, '"' | '\\' | ',' | '\'');
    if value.chars().all(plain) {
        return write!(f, "{kind}:{value}");
    }
    write!(f, "{kind}:\"")?;
    for character in value.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            ' '..='~' if character != ',' => f.write_char(character)?,
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(f, "\\u{unit:04x}")?;
                }
            }
        }
    }
    f.write_char('"')
}

/// The list as node has it in `subjectaltname`: `DNS:a, DNS:b`.
pub(crate) fn join(names: &[GeneralName]) -> String {
    names
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        let part = |field: &str, value: &str, set| NamePart {
            field: field.into(),
            value: value.into(),
            set,
        };
        let name = Name {
            parts: vec![
                part("C", "DE", 0),
                part("O", " a,b\nCN=evil ", 1),
                part("OU", "#x", 1),
                part("CN", "ü", 2),
            ],
        };
        assert_eq!(
            name.lines(),
            "C=DE\nO=\\ a\\,b\\0ACN=evil\\  + OU=\\#x\nCN=ü"
        );
        assert_eq!(name.get("CN").collect::<Vec<_>>(), ["ü"]);
    }

    #[test]
    fn a_name_cannot_look_like_two() {
        let dns = |text: &str| GeneralName::Dns(text.into()).to_string();
        assert_eq!(dns("a.example"), "DNS:a.example");
        assert_eq!(dns("a, DNS:b"), "DNS:\"a\\u002c DNS:b\"");
        assert_eq!(dns("a\0ü"), "DNS:\"a\\u0000\\u00fc\"");
        let ip = |text: &str| GeneralName::Ip(text.parse().unwrap()).to_string();
        assert_eq!(ip("127.0.0.1"), "IP Address:127.0.0.1");
        assert_eq!(ip("::1"), "IP Address:0:0:0:0:0:0:0:1");
    }
}
