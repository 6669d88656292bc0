//! DNS messages: what a question looks like on the wire, and what its answer says. No Lua in it.
//!
//! Source: RFC 1035 (messages), RFC 3596 (AAAA), RFC 2782 (SRV), RFC 3403 (NAPTR), RFC 8659 (CAA),
//! RFC 6891 (EDNS). The wire format itself is the business of the crate `domain`.

use std::net::IpAddr;

use domain::base::iana::{Class, Opcode, Rtype};
use domain::base::name::ParsedName;
use domain::base::record::ParsedRecord;
use domain::base::wire::ParseError;
use domain::base::{Message, MessageBuilder, Name, Ttl, UnknownRecordData};
use domain::dep::octseq::Array;
use domain::rdata::{A, Aaaa, Caa, Cname, Mx, Naptr, Ns, Ptr, Soa, Srv, Txt};

/// A question is a header, a name of up to 255 bytes and an OPT record: it never needs more.
const QUESTION_SIZE: usize = 512;

/// The bytes of a question: of type and class numbers, with an OPT record that tells the server
/// which datagrams we can take when `udp_size` is given. `None` for what is no domain name: empty
/// or too long labels, a wrong escape. A last dot makes no difference.
pub(crate) fn question(
    id: u16,
    name: &str,
    rtype: u16,
    class: u16,
    recurse: bool,
    udp_size: Option<u16>,
) -> Option<Vec<u8>> {
    let name = match name {
        "" => return None,
        // One past the end of the longest name's text with every byte escaped, and a dot.
        long if long.len() > 4 * 255 => return None,
        name => Name::<Array<255>>::from_chars(name.chars()).ok()?,
    };
    let mut builder = MessageBuilder::from_target(Array::<QUESTION_SIZE>::new()).ok()?;
    let header = builder.header_mut();
    header.set_id(id);
    header.set_rd(recurse);
    let mut builder = builder.question();
    let class = Class::from_int(class);
    builder.push((&name, Rtype::from_int(rtype), class)).ok()?;
    let mut builder = builder.additional();
    if let Some(size) = udp_size {
        builder
            .opt(|opt| {
                opt.set_udp_payload_size(size);
                Ok(())
            })
            .ok()?;
    }
    Some(builder.finish().as_ref().to_vec())
}

/// Why bytes are no answer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// They answer another question, or none: to be passed over, for anybody can send such.
    Other,
    /// They answer the question but break the format.
    Malformed,
}

impl From<ParseError> for Refusal {
    fn from(_: ParseError) -> Refusal {
        Refusal::Malformed
    }
}

/// An answer.
#[derive(PartialEq, Debug)]
pub(crate) struct Answer {
    /// The response code, with the bits of an OPT record: 0 is no error.
    pub rcode: u16,
    /// Cut off: the whole answer is to be had over TCP. There are no records here then.
    pub truncated: bool,
    /// The name that was asked for, as text.
    pub name: Vec<u8>,
    /// Says that there is no more to be found (RFC 2308, section 2.2): the zone's SOA comes with it.
    pub conclusive: bool,
    /// The answer section.
    pub records: Vec<Record>,
}

/// A resource record.
#[derive(PartialEq, Debug)]
pub(crate) struct Record {
    /// Whose record it is, as text.
    pub name: Vec<u8>,
    /// The number of its type.
    pub rtype: u16,
    /// The number of its class.
    pub class: u16,
    /// Seconds for which it may be kept.
    pub ttl: u32,
    /// What it says, by field.
    pub fields: Vec<(&'static str, Value)>,
}

/// What a field of a record holds.
#[derive(PartialEq, Debug)]
pub(crate) enum Value {
    Number(u32),
    Text(Vec<u8>),
    Texts(Vec<Vec<u8>>),
    /// A field that is named by the record: `issue` of CAA. Its name and value.
    Property(Vec<u8>, Vec<u8>),
}

/// Reads the answer to `question`, which [`question`] made. All of the message is checked, and
/// nothing may follow it.
pub(crate) fn answer(bytes: &[u8], question: &[u8]) -> Result<Answer, Refusal> {
    let message = Message::from_slice(bytes).map_err(|_| Refusal::Other)?;
    let question = Message::from_slice(question).map_err(|_| Refusal::Other)?;
    let header = message.header();
    if !header.qr() || header.id() != question.header().id() || header.opcode() != Opcode::QUERY {
        return Err(Refusal::Other);
    }
    let opt = message.opt();
    let rcode = match &opt {
        Some(opt) => opt.rcode(header).to_int(),
        None => header.rcode().to_int().into(),
    };
    let asked = question.sole_question()?;
    // A server that could not read the question cannot repeat it.
    let unread = message.header_counts().qdcount() == 0 && rcode != 0;
    if !unread {
        let answered = message.sole_question().map_err(|_| Refusal::Malformed)?;
        if asked != answered {
            return Err(Refusal::Other);
        }
    }
    let mut answer = Answer {
        rcode,
        truncated: header.tc(),
        name: text(asked.qname()),
        conclusive: false,
        records: Vec::new(),
    };
    if answer.truncated {
        return Ok(answer);
    }
    let mut section = message.answer()?;
    for record in section.by_ref() {
        answer.records.push(read_record(&record?)?);
    }
    while let Some(next) = section.next_section()? {
        section = next;
        for record in section.by_ref() {
            answer.conclusive |= record?.rtype() == Rtype::SOA;
        }
    }
    // The crate counts an OPT record that it cannot read as none.
    let has_opt = message
        .additional()?
        .any(|record| record.is_ok_and(|record| record.rtype() == Rtype::OPT));
    if section_end(message)? != bytes.len() || has_opt != opt.is_some() {
        return Err(Refusal::Malformed);
    }
    Ok(answer)
}

/// Where the last section ends.
fn section_end(message: &Message<[u8]>) -> Result<usize, ParseError> {
    let mut section = message.additional()?;
    for record in section.by_ref() {
        record?;
    }
    Ok(section.pos())
}

fn read_record(record: &ParsedRecord<'_, [u8]>) -> Result<Record, ParseError> {
    let ttl = record.ttl().as_secs();
    Ok(Record {
        name: text(&record.owner()),
        rtype: record.rtype().to_int(),
        class: record.class().to_int(),
        // RFC 2181, section 8: a time with the highest bit is none.
        ttl: if ttl > i32::MAX as u32 { 0 } else { ttl },
        fields: fields(record)?,
    })
}

/// The data of a record, read as type `$data`.
macro_rules! data {
    ($record:ident, $data:ty) => {
        match $record.to_record::<$data>()? {
            Some(record) => record.into_data(),
            None => return Err(ParseError::ShortInput),
        }
    };
}

fn fields(record: &ParsedRecord<'_, [u8]>) -> Result<Vec<(&'static str, Value)>, ParseError> {
    type Host<'a> = ParsedName<&'a [u8]>;
    let number = |value: u16| Value::Number(value.into());
    Ok(match record.rtype() {
        // Other classes have addresses of other kinds.
        Rtype::A if record.class() == Class::IN => {
            vec![("address", address(data!(record, A).addr().into()))]
        }
        Rtype::AAAA if record.class() == Class::IN => {
            vec![("address", address(data!(record, Aaaa).addr().into()))]
        }
        Rtype::CNAME => vec![("cname", host(data!(record, Cname<Host>).cname()))],
        Rtype::NS => vec![("nsdname", host(data!(record, Ns<Host>).nsdname()))],
        Rtype::PTR => vec![("ptrdname", host(data!(record, Ptr<Host>).ptrdname()))],
        Rtype::MX => {
            let data = data!(record, Mx<Host>);
            vec![
                ("preference", number(data.preference())),
                ("priority", number(data.preference())),
                ("exchange", host(data.exchange())),
            ]
        }
        Rtype::SRV => {
            let data = data!(record, Srv<Host>);
            vec![
                ("priority", number(data.priority())),
                ("weight", number(data.weight())),
                ("port", number(data.port())),
                ("target", host(data.target())),
            ]
        }
        Rtype::TXT => {
            let data = data!(record, Txt<&[u8]>);
            let mut texts: Vec<_> = data.iter().map(<[u8]>::to_vec).collect();
            let value = match texts.len() {
                1 => Value::Text(texts.remove(0)),
                _ => Value::Texts(texts),
            };
            vec![("txt", value)]
        }
        Rtype::SOA => {
            let data = data!(record, Soa<Host>);
            let seconds = |ttl: Ttl| Value::Number(ttl.as_secs());
            vec![
                ("nsname", host(data.mname())),
                ("hostmaster", host(data.rname())),
                ("serial", Value::Number(data.serial().into_int())),
                ("refresh", seconds(data.refresh())),
                ("retry", seconds(data.retry())),
                ("expire", seconds(data.expire())),
                ("minttl", seconds(data.minimum())),
            ]
        }
        Rtype::CAA => {
            let data = data!(record, Caa<&[u8]>);
            let tag = data.tag().to_string().to_ascii_lowercase().into_bytes();
            let value = data.value().to_vec();
            vec![
                ("critical", Value::Number((data.flags().bits() >> 7).into())),
                ("flags", Value::Number(data.flags().bits().into())),
                ("tag", Value::Text(tag.clone())),
                ("value", Value::Text(value.clone())),
                ("", Value::Property(tag, value)),
            ]
        }
        Rtype::NAPTR => {
            let data = data!(record, Naptr<&[u8], Host>);
            vec![
                ("order", number(data.order())),
                ("preference", number(data.preference())),
                ("flags", Value::Text(data.flags().as_slice().to_vec())),
                ("service", Value::Text(data.services().as_slice().to_vec())),
                ("regexp", Value::Text(data.regexp().as_slice().to_vec())),
                ("replacement", host(data.replacement())),
            ]
        }
        _ => {
            let data = data!(record, UnknownRecordData<&[u8]>);
            vec![("rdata", Value::Text(data.data().to_vec()))]
        }
    })
}

fn address(address: IpAddr) -> Value {
    Value::Text(address.to_string().into_bytes())
}

fn host(name: &ParsedName<&[u8]>) -> Value {
    Value::Text(text(name))
}

/// A name as text without its last dot, so the root is empty. What could be taken for something
/// else in a host name is escaped as in RFC 4343, section 2.1: `\.`, `\032`.
fn text<Octets: AsRef<[u8]>>(name: &ParsedName<Octets>) -> Vec<u8> {
    let mut text = Vec::new();
    for label in name.iter().filter(|label| !label.is_root()) {
        if !text.is_empty() {
            text.push(b'.');
        }
        for byte in label.iter() {
            match byte {
                b'.' | b'\\' => text.extend([b'\\', byte]),
                b'!'..=b'~' => text.push(byte),
                _ => text.extend(format!("\\{byte:03}").bytes()),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::base::name::Label;
    use domain::base::{CharStr, Serial};
    use domain::rdata::caa::{CaaFlags, CaaTag};
    use proptest::prelude::*;

    type Host = Name<Array<255>>;

    fn name(text: &str) -> Host {
        Name::from_chars(text.chars()).unwrap()
    }

    fn ask(name: &str) -> Vec<u8> {
        question(7, name, 1, 1, true, Some(1232)).unwrap()
    }

    /// The question as a server sends it back.
    fn answered(mut question: Vec<u8>) -> Vec<u8> {
        question[2] |= 0x80;
        question
    }

    #[test]
    fn a_question() {
        let bytes = question(0x1234, "a.bc.", 28, 1, true, None).unwrap();
        assert_eq!(
            bytes,
            b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01a\x02bc\0\0\x1c\0\x01"
        );
        let bytes = question(1, "a", 1, 255, false, Some(1232)).unwrap();
        assert_eq!(
            bytes,
            b"\0\x01\0\0\0\x01\0\0\0\0\0\x01\x01a\0\0\x01\0\xff\0\0\x29\x04\xd0\0\0\0\0\0\0"
        );
        assert!(question(1, ".", 1, 1, true, None).is_some());
        let longest = format!("{0}.{0}.{0}.{1}", "x".repeat(63), "x".repeat(61));
        assert!(question(1, &longest, 1, 1, true, Some(1232)).is_some());
        for wrong in ["", "..", ".a", "a..b", "\\", "\\256", "ü", &(longest + "x")] {
            assert_eq!(question(1, wrong, 1, 1, true, None), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        let asked = ask("a.example");
        let right = answered(asked.clone());
        assert!(answer(&right, &asked).is_ok());
        for (position, bits) in [
            (0, 1),
            (1, 1),
            (2, 0x80),
            (2, 0x08),
            (13, 1),
            (24, 1),
            (26, 1),
        ] {
            let mut wrong = right.clone();
            wrong[position] ^= bits;
            assert_eq!(answer(&wrong, &asked), Err(Refusal::Other), "{position}");
        }
        for length in 0..right.len() {
            assert!(answer(&right[..length], &asked).is_err());
        }
        let mut longer = right;
        longer.push(0);
        assert_eq!(answer(&longer, &asked), Err(Refusal::Malformed));
    }

    #[test]
    fn records_of_every_type() {
        let asked = ask("a.example");
        let asked_message = Message::from_slice(&asked).unwrap();
        let builder = MessageBuilder::from_target(Array::<2048>::new()).unwrap();
        let rcode = domain::base::iana::Rcode::NOERROR;
        let mut builder = builder.start_answer(asked_message, rcode).unwrap();
        let (owner, host) = (name("a.example"), name("host\\.with\\ dots.example"));
        let ttl = Ttl::from_secs(5);
        let text = |bytes: &[u8]| Value::Text(bytes.to_vec());
        let there = || text(b"host\\.with\\032dots.example");
        macro_rules! push {
            ($data:expr) => {
                builder.push((&owner, Class::IN, ttl, $data)).unwrap()
            };
        }
        push!(A::from_octets(192, 0, 2, 1));
        push!(Aaaa::new("2001:db8::1".parse().unwrap()));
        push!(Cname::new(&host));
        push!(Ns::new(&host));
        push!(Ptr::new(&host));
        push!(Mx::new(10, &host));
        push!(Srv::new(1, 2, 3, &host));
        push!(Txt::from_octets(b"\x01a\0\x02bc").unwrap());
        push!(Txt::from_octets(b"\x01\xff").unwrap());
        let (second, zero) = (Ttl::from_secs(1), Ttl::from_secs(0));
        push!(Soa::new(
            &host,
            &owner,
            Serial(u32::MAX),
            second,
            zero,
            zero,
            zero
        ));
        let tag = CaaTag::from_octets(&b"Issue"[..]).unwrap();
        push!(Caa::new(CaaFlags::critical(), tag, &b"ca"[..]));
        let string = |bytes| CharStr::from_octets(bytes).unwrap();
        push!(Naptr::new(
            1,
            2,
            string(&b"u"[..]),
            string(b"s"),
            string(b"!r!"),
            &host
        ));
        push!(UnknownRecordData::from_octets(Rtype::from_int(999), b"raw").unwrap());
        let bytes = builder.finish();
        let answer = answer(bytes.as_ref(), &asked).unwrap();
        assert_eq!((answer.rcode, answer.truncated), (0, false));
        let number = Value::Number;
        let expected: Vec<(u16, Vec<(&str, Value)>)> = vec![
            (1, vec![("address", text(b"192.0.2.1"))]),
            (28, vec![("address", text(b"2001:db8::1"))]),
            (5, vec![("cname", there())]),
            (2, vec![("nsdname", there())]),
            (12, vec![("ptrdname", there())]),
            (
                15,
                vec![
                    ("preference", number(10)),
                    ("priority", number(10)),
                    ("exchange", there()),
                ],
            ),
            (
                33,
                vec![
                    ("priority", number(1)),
                    ("weight", number(2)),
                    ("port", number(3)),
                    ("target", there()),
                ],
            ),
            (
                16,
                vec![(
                    "txt",
                    Value::Texts(vec![b"a".to_vec(), vec![], b"bc".to_vec()]),
                )],
            ),
            (16, vec![("txt", text(b"\xff"))]),
            (
                6,
                vec![
                    ("nsname", there()),
                    ("hostmaster", text(b"a.example")),
                    ("serial", number(u32::MAX)),
                    ("refresh", number(1)),
                    ("retry", number(0)),
                    ("expire", number(0)),
                    ("minttl", number(0)),
                ],
            ),
            (
                257,
                vec![
                    ("critical", number(1)),
                    ("flags", number(128)),
                    ("tag", text(b"issue")),
                    ("value", text(b"ca")),
                    ("", Value::Property(b"issue".to_vec(), b"ca".to_vec())),
                ],
            ),
            (
                35,
                vec![
                    ("order", number(1)),
                    ("preference", number(2)),
                    ("flags", text(b"u")),
                    ("service", text(b"s")),
                    ("regexp", text(b"!r!")),
                    ("replacement", there()),
                ],
            ),
            (999, vec![("rdata", text(b"raw"))]),
        ];
        assert_eq!(answer.records.len(), expected.len());
        for (record, (rtype, fields)) in answer.records.into_iter().zip(expected) {
            assert_eq!((record.rtype, record.class, record.ttl), (rtype, 1, 5));
            assert_eq!(record.name, b"a.example");
            assert_eq!(record.fields, fields);
        }
    }

    /// A name of labels of any bytes, as text.
    fn labels() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let label = proptest::collection::vec(any::<u8>(), 1..20);
        proptest::collection::vec(label, 1..8)
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_harm(bytes: Vec<u8>) {
            let asked = ask("a.example");
            let _ = answer(&bytes, &asked);
            // Behind the right question.
            let mut message = answered(asked.clone());
            message.truncate(27);
            message[4..12].copy_from_slice(b"\0\x01\0\x03\0\x01\0\x01");
            message.extend(&bytes);
            let _ = answer(&message, &asked);
            let _ = answer(&bytes, &bytes);
        }

        #[test]
        fn changed_bytes_are_no_harm(
            changes in proptest::collection::vec((12_usize..80, any::<u8>()), 1..6),
        ) {
            let asked = ask("a.example");
            let mut message = answered(asked.clone());
            message.truncate(27);
            message[4..12].copy_from_slice(b"\0\x01\0\x02\0\0\0\0");
            message.extend(b"\xc0\x0c\0\x21\0\x01\0\0\0\x05\0\x0b\0\x01\0\x02\0\x03\x02bc\xc0\x0e");
            message.extend(b"\xc0\x2d\0\x10\0\x01\0\0\0\x05\0\x04\x01x\x01y");
            prop_assert_eq!(answer(&message, &asked).map(|answer| answer.records.len()), Ok(2));
            for (position, value) in changes {
                if let Some(byte) = message.get_mut(position) {
                    *byte = value;
                }
            }
            let _ = answer(&message, &asked);
        }

        #[test]
        fn any_name_is_no_harm(name: String, rtype: u16, class: u16) {
            if let Some(bytes) = question(1, &name, rtype, class, true, Some(512)) {
                let answer = answer(&answered(bytes.clone()), &bytes);
                prop_assert!(answer.is_ok_and(|answer| answer.records.is_empty()));
            }
        }

        #[test]
        fn escapes_are_read_back(labels in labels()) {
            let mut wire = Vec::new();
            for label in &labels {
                wire.push(label.len() as u8);
                wire.extend(label);
            }
            wire.push(0);
            let whole = Name::from_octets(&wire[..]).unwrap();
            prop_assert_eq!(whole.iter().filter(|label| *label != Label::root()).count(), labels.len());
            let mut asked = question(1, "x", 1, 1, true, None).unwrap();
            asked.splice(12..15, wire.iter().copied());
            let text = answer(&answered(asked.clone()), &asked).unwrap().name;
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(question(1, &text, 1, 1, true, None), Some(asked));
        }
    }
}
