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
            record?;
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
