//! An answer of a name server: whatever it is, it is read or refused, and what was read is within its bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/luvit/src/modules/dns/message.rs"]
#[allow(dead_code)]
mod message;

fuzz_target!(|input: &[u8]| {
    // The first part of the input is the name that was asked for, so that answers can match.
    let (length, rest) = input.split_first().unwrap_or((&0, &[]));
    let (name, bytes) = rest.split_at(usize::from(*length).min(rest.len()));
    let name = String::from_utf8_lossy(name);
    let Some(question) = message::question(0, &name, 1, 1, true, Some(1232)) else {
        return;
    };
    if let Ok(answer) = message::answer(bytes, &question) {
        assert!(answer.records.len() * 11 <= bytes.len());
    }
    // The same behind the right question.
    let mut message = question.clone();
    message.truncate(message.len() - 11);
    message[2] |= 0x80;
    message.extend(bytes);
    if let Some(counts) = bytes.get(..6) {
        message[6..12].copy_from_slice(counts);
    }
    let _ = message::answer(&message, &question);
});
