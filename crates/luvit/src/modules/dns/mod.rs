//! DNS messages for Lua: a question to bytes, bytes to the answer.

mod message;

use crate::lua::{Call, Raise, Ret, State};
use crate::shared::Shared;
use message::{Answer, Record, Refusal, Value};

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 4);
    state.set_function(shared, "question", question);
    state.set_function(shared, "answer", answer);
    state.set_function(shared, "ascii", ascii);
    state.set_function(shared, "nameServers", name_servers);
}

/// `ascii(name)`: the name with its letters beyond ASCII encoded, as the DNS has it; `nil` for what
/// is no text.
fn ascii(call: &mut Call) -> Ret {
    let name = std::str::from_utf8(call.bytes(1)?);
    match name.map(luvit_loop::to_ascii) {
        Ok(Ok(name)) => call.push_str(&name),
        _ => call.push_nil(),
    }
    Ok(1)
}

/// `question(id, name, type, class, recurse, [udpSize])`: its bytes, or `nil` when the name is none.
fn question(call: &mut Call) -> Ret {
    let number = |index| Ok::<u16, Raise>(call.int_in(index, 0..=65535)? as u16);
    let udp_size = match call.is_nil(6) {
        true => None,
        false => Some(number(6)?),
    };
    let name = std::str::from_utf8(call.bytes(2)?).ok();
    let recurse = call.to_bool(5);
    let bytes = {
        let (id, rtype, class) = (number(1)?, number(3)?, number(4)?);
        name.and_then(|name| message::question(id, name, rtype, class, recurse, udp_size))
    };
    match bytes {
        Some(bytes) => call.push_bytes(&bytes),
        None => call.push_nil(),
    }
    Ok(1)
}

/// `answer(bytes, question)`: `{rcode, truncated, conclusive, name, records}`, or `nil` and whether the
/// bytes are an answer at all, a broken one.
fn answer(call: &mut Call) -> Ret {
    match message::answer(call.bytes(1)?, call.bytes(2)?) {
        Ok(answer) => {
            push_answer(call.state(), &answer);
            Ok(1)
        }
        Err(refusal) => {
            call.push_nil();
            call.push_bool(refusal == Refusal::Malformed);
            Ok(2)
        }
    }
}

fn push_answer(state: State, answer: &Answer) {
    state.new_table(0, 5);
    state.push_int(answer.rcode.into());
    state.raw_set_field(-2, "rcode");
    state.push_bool(answer.truncated);
    state.raw_set_field(-2, "truncated");
    state.push_bool(answer.conclusive);
    state.raw_set_field(-2, "conclusive");
    state.push_bytes(&answer.name);
    state.raw_set_field(-2, "name");
    state.new_table(answer.records.len(), 0);
    for (index, record) in answer.records.iter().enumerate() {
        push_record(state, record);
        state.raw_set_index(-2, index as i32 + 1);
    }
    state.raw_set_field(-2, "records");
}

fn push_record(state: State, record: &Record) {
    // One more for the server, which the library adds.
    state.new_table(0, 5 + record.fields.len());
    state.push_bytes(&record.name);
    state.raw_set_field(-2, "name");
    for (name, value) in [
        ("type", record.rtype.into()),
        ("class", record.class.into()),
        ("ttl", record.ttl),
    ] {
        state.push_int(value.into());
        state.raw_set_field(-2, name);
    }
    for (name, value) in &record.fields {
        push_field(state, name, value);
    }
}

/// Stores a field in the table on the top.
fn push_field(state: State, name: &str, value: &Value) {
    match value {
        Value::Number(number) => state.push_int((*number).into()),
        Value::Text(text) => state.push_bytes(text),
        Value::Texts(texts) => {
            state.new_table(texts.len(), 0);
            for (index, text) in texts.iter().enumerate() {
                state.push_bytes(text);
                state.raw_set_index(-2, index as i32 + 1);
            }
        }
        Value::Property(name, value) => {
            // What the record names must not stand in the place of what it is.
            state.push_bytes(name);
            state.raw_get(-2);
            let free = state.is_nil(-1);
            state.pop(1);
            if free {
                state.push_bytes(name);
                state.push_bytes(value);
                state.raw_set(-3);
            }
            return;
        }
    }
    state.raw_set_field(-2, name);
}

/// `nameServers()`: the addresses of the name servers that the system's settings name, or luv's
/// failure: `ENOSYS` where they are in a file.
fn name_servers(call: &mut Call) -> Ret {
    match luvit_loop::system::name_servers() {
        Ok(servers) => {
            call.new_table(servers.len(), 0);
            for (index, server) in servers.iter().enumerate() {
                call.push_str(&server.to_string());
                call.raw_set_index(-2, index as i32 + 1);
            }
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}
