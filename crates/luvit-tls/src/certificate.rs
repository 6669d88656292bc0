//! As much of a certificate as verification needs besides what webpki looks at: names, dates, who issued it.
//!
//! A strict reader of DER (X.690) that borrows from its input. What it cannot read makes no certificate.

use std::net::IpAddr;

/// What is read of a certificate (RFC 5280, section 4.1).
#[derive(Debug, Default)]
pub struct Certificate<'a> {
    /// The issuer's distinguished name, DER.
    pub issuer: &'a [u8],
    /// The subject's distinguished name, DER.
    pub subject: &'a [u8],
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
    /// `SubjectPublicKeyInfo`, DER with its header.
    pub spki: &'a [u8],
    /// `dNSName`s of `subjectAltName`.
    pub dns: Vec<&'a str>,
    /// `iPAddress`es of `subjectAltName`.
    pub addresses: Vec<IpAddr>,
    /// The most specific common name of the subject.
    pub common_name: Option<String>,
    /// It is an authority's and bounds the names that may stand below it (`nameConstraints`).
    pub constrains: bool,
    /// What `basicConstraints` says, if it is there: whether the certificate is an authority's.
    pub basic: Option<bool>,
    /// What `keyUsage` says, if it is there: whether the key signs certificates.
    pub signs: Option<bool>,
    /// It is of version 1, which has no extensions to say such things in.
    pub old: bool,
}

const BOOLEAN: u8 = 0x01;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;

/// A reader over DER elements.
#[derive(Clone, Copy)]
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next element: its tag, its content, and all of it.
    fn next(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let all = self.0;
        let (&tag, rest) = all.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, mut rest) = rest.split_first()?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 || rest.len() < count {
                return None;
            }
            let (digits, after) = rest.split_at(count);
            rest = after;
            digits
                .iter()
                .fold(0usize, |sum, &digit| sum << 8 | usize::from(digit))
        };
        if length > rest.len() {
            return None;
        }
        let (content, after) = rest.split_at(length);
        self.0 = after;
        Some((tag, content, &all[..all.len() - after.len()]))
    }

    fn expect(&mut self, wanted: u8) -> Option<Der<'a>> {
        let (tag, content, _) = self.next()?;
        (tag == wanted).then_some(Der(content))
    }

    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }
}

impl<'a> Certificate<'a> {
    /// Reads a certificate; `None` for what is none.
    pub fn read(der: &'a [u8]) -> Option<Certificate<'a>> {
        let mut body = Der(der).expect(SEQUENCE)?.expect(SEQUENCE)?;
        let old = body.peek() != Some(0xa0);
        if !old {
            body.next()?;
        }
        let _serial = body.next()?;
        let _algorithm = body.next()?;
        let (_, _, issuer) = body.next()?;
        let mut validity = body.expect(SEQUENCE)?;
        let not_before = time(&mut validity)?;
        let not_after = time(&mut validity)?;
        let (_, subject_content, subject) = body.next()?;
        let (_, _, spki) = body.next()?;
        let mut found = Certificate {
            issuer,
            subject,
            not_before,
            not_after,
            spki,
            old,
            common_name: common_name(Der(subject_content)),
            ..Certificate::default()
        };
        while let Some((tag, content, _)) = body.next() {
            if tag == 0xa3 {
                found.extensions(Der(content).expect(SEQUENCE)?)?;
            }
        }
        Some(found)
    }

    fn extensions(&mut self, mut list: Der<'a>) -> Option<()> {
        while let Some((_, content, _)) = list.next() {
            let mut extension = Der(content);
            let id = extension.expect(OBJECT_ID)?.0;
            let (mut tag, mut value, _) = extension.next()?;
            if tag == BOOLEAN {
                (tag, value, _) = extension.next()?;
            }
            // 2.5.29.30, nameConstraints.
            self.constrains |= id == [0x55, 0x1d, 0x1e];
            // 2.5.29.19, basicConstraints: without its first element, as default, it is no authority.
            if id == [0x55, 0x1d, 0x13] {
                let mut content = Der(value).expect(SEQUENCE)?;
                let is_authority = content.peek() == Some(BOOLEAN) && content.next()?.1 == [0xff];
                self.basic = Some(is_authority);
            }
            // 2.5.29.15, keyUsage: bit 5 is keyCertSign.
            if id == [0x55, 0x1d, 0x0f] {
                let bits = Der(value).expect(BIT_STRING)?.0;
                self.signs = Some(bits.get(1).is_some_and(|octet| octet & 0x04 != 0));
            }
            // 2.5.29.17, subjectAltName.
            if id == [0x55, 0x1d, 0x11] && tag == OCTET_STRING {
                let mut names = Der(value).expect(SEQUENCE)?;
                while let Some((tag, content, _)) = names.next() {
                    match (tag, content.len()) {
                        (0x82, _) => self.dns.extend(std::str::from_utf8(content)),
                        (0x87, 4) => {
                            let octets: [u8; 4] = content.try_into().ok()?;
                            self.addresses.push(octets.into());
                        }
                        (0x87, 16) => {
                            let octets: [u8; 16] = content.try_into().ok()?;
                            self.addresses.push(octets.into());
                        }
                        _ => {}
                    }
                }
            }
        }
        Some(())
    }

    /// Whether its subject is its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether it may sign others, where it is trusted itself. Those of version 1 cannot say so.
    pub fn is_authority(&self) -> bool {
        let says = self.basic.or(self.signs);
        says.unwrap_or(self.old && self.is_self_issued()) && self.signs != Some(false)
    }

    /// How it is called in messages: its common name, or else a name it is for.
    pub fn title(&self) -> String {
        match (&self.common_name, self.dns.first(), self.addresses.first()) {
            (Some(name), _, _) => name.clone(),
            (_, Some(name), _) => (*name).to_owned(),
            (_, _, Some(address)) => address.to_string(),
            _ => "without a name".to_owned(),
        }
    }
}

/// The common name of a distinguished name's content.
fn common_name(mut name: Der<'_>) -> Option<String> {
    let mut found = None;
    while let Some(mut set) = name.expect(SET) {
        while let Some(mut pair) = set.expect(SEQUENCE) {
            let (id, value) = (pair.expect(OBJECT_ID)?, pair.next()?);
            // 2.5.4.3
            if id.0 == [0x55, 0x04, 0x03] {
                found = text(value.0, value.1);
            }
        }
    }
    found
}

/// The common name in a distinguished name as DER, for messages.
pub(crate) fn name_of(der: &[u8]) -> Option<String> {
    common_name(Der(der).expect(SEQUENCE)?)
}

fn text(tag: u8, content: &[u8]) -> Option<String> {
    match tag {
        // BMPString
        0x1e => {
            let units: Vec<u16> = content
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            Some(String::from_utf16_lossy(&units))
        }
        // UTF8String, PrintableString, IA5String
        0x0c | 0x13 | 0x16 => Some(String::from_utf8_lossy(content).into_owned()),
        // TeletexString
        0x14 => Some(content.iter().map(|&byte| char::from(byte)).collect()),
        _ => None,
    }
}

/// `UTCTime` or `GeneralizedTime` in the form RFC 5280 (4.1.2.5) asks for, as seconds since 1970.
fn time(reader: &mut Der<'_>) -> Option<i64> {
    let (tag, content, _) = reader.next()?;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0i64, |sum, digit| {
            digit
                .is_ascii_digit()
                .then(|| sum * 10 + i64::from(digit - b'0'))
        })
    };
    let (year, rest) = match tag {
        0x17 if content.len() >= 2 => {
            let year = number(&content[..2])?;
            (
                if year < 50 { 2000 + year } else { 1900 + year },
                &content[2..],
            )
        }
        0x18 if content.len() >= 4 => (number(&content[..4])?, &content[4..]),
        _ => return None,
    };
    if rest.len() != 11 || rest[10] != b'Z' {
        return None;
    }
    let part = |i: usize| number(&rest[i * 2..i * 2 + 2]);
    let (month, day) = (part(0)?, part(1)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(days(year, month, day) * 86400 + part(2)? * 3600 + part(3)? * 60 + part(4)?)
}

/// Days since 1970 of a date in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March have their leap day at the end.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `2024-03-01`, the day of a time in seconds since 1970.
pub(crate) fn date(seconds: i64) -> String {
    let day = seconds.div_euclid(86400) + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        for (text, year, month, day) in [
            ("1970-01-01", 1970, 1, 1),
            ("2000-02-29", 2000, 2, 29),
            ("2024-12-31", 2024, 12, 31),
            ("2100-03-01", 2100, 3, 1),
        ] {
            assert_eq!(date(days(year, month, day) * 86400 + 86399), text);
        }
    }

    #[test]
    fn times_of_certificates() {
        let der = b"\x17\x0d700101000001Z\x18\x0f20500102030405Z\x17\x0d991332000000Z";
        let mut reader = Der(der);
        assert_eq!(time(&mut reader), Some(1));
        assert_eq!(time(&mut reader).map(date).as_deref(), Some("2050-01-02"));
        assert_eq!(time(&mut reader), None);
    }

    proptest::proptest! {
        #[test]
        fn junk_is_no_certificate(bytes: Vec<u8>) {
            let _ = Certificate::read(&bytes);
        }
    }
}
