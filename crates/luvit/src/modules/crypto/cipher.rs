//! Symmetric ciphers.

use std::sync::{Arc, Mutex, PoisonError};

use luvit_crypto::cipher::{Cipher, Crypter};
use luvit_crypto::{Error, Result};

use super::outcome::{Encoding, fail};
use crate::lua::{Call, Counted, Raise, Ret, State, Type};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "ciphers", ciphers);
    state.set_function(shared, "cipher_info", info);
    state.set_function(shared, "cipher", begin);
    state.set_function(shared, "cipher_update", update);
    state.set_function(shared, "cipher_final", finish);
    state.set_function(shared, "cipher_set_aad", set_aad);
    state.set_function(shared, "cipher_set_tag", set_tag);
    state.set_function(shared, "cipher_tag", tag);
    state.set_function(shared, "cipher_set_padding", set_padding);
}

/// A message under way.
struct Message(Mutex<Running>);

struct Running {
    crypter: Crypter,
    /// Of text in base64, the bytes that do not yet make a group of three.
    rest: Vec<u8>,
}

impl Counted for Message {
    const NAME: &'static str = "crypto_cipher";

    fn fill(_: State, _: &Shared) {}
}

/// What `f` does with the message that argument 1 is.
fn with<T>(call: &Call, f: impl FnOnce(&mut Running) -> T) -> std::result::Result<T, Raise> {
    let message = call
        .to_counted::<Message>(1)
        .ok_or_else(|| call.wrong_type(1, "cipher"))?;
    let mut running = message.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(f(&mut running))
}

/// Answers `true`, or the failure.
fn done(call: &Call, result: Result<()>) -> Ret {
    match result {
        Ok(()) => {
            call.push_bool(true);
            Ok(1)
        }
        Err(error) => fail(call, &error),
    }
}

/// `ciphers()`: the names of all.
fn ciphers(call: &mut Call) -> Ret {
    call.new_table(56, 0);
    for (index, name) in Cipher::names().iter().enumerate() {
        call.push_str(name);
        call.raw_set_index(-2, index as i32 + 1);
    }
    Ok(1)
}

/// `cipher_info(name or number, [key length], [iv length])`: a table, or nothing for a cipher that
/// does not exist, or does not take such lengths.
fn info(call: &mut Call) -> Ret {
    let cipher = if call.type_of(1) == Type::Number {
        let nid = call.int(1)?;
        Cipher::all().find(|cipher| i64::from(cipher.nid()) == nid)
    } else {
        Cipher::by_name(call.bytes(1)?)
    };
    let Some(cipher) = cipher else { return Ok(0) };
    let mut iv = cipher.iv_size();
    if !call.is_nil(2) && cipher.check_key(call.int(2)?.max(0) as usize).is_err() {
        return Ok(0);
    }
    if !call.is_nil(3) {
        iv = call.int(3)?.max(0) as usize;
        if cipher.check_iv(iv).is_err() {
            return Ok(0);
        }
    }
    call.new_table(0, 6);
    call.push_str(&cipher.name());
    call.raw_set_field(-2, "name");
    call.push_str(cipher.mode().name());
    call.raw_set_field(-2, "mode");
    for (name, number) in [
        ("nid", cipher.nid() as usize),
        ("keyLength", cipher.key_size()),
        ("blockSize", cipher.block_size()),
        ("ivLength", iv),
    ] {
        // As in node: a stream cipher has no blocks, and ECB no vector.
        if number == 0 || name == "blockSize" && cipher.mode().name() == "stream" {
            continue;
        }
        call.push_int(number as i64);
        call.raw_set_field(-2, name);
    }
    Ok(1)
}

/// `cipher(name, encrypt, key, iv, [tag length])`
fn begin(call: &mut Call) -> Ret {
    let name = call.bytes(1)?;
    let encrypt = call.boolean(2)?;
    let (key, iv) = (call.bytes(3)?, call.opt_bytes(4)?.unwrap_or_default());
    let tag = match call.is_nil(5) {
        true => None,
        false => Some(call.int_in(5, 0..=i64::from(u32::MAX))? as usize),
    };
    let begun = Cipher::by_name(name)
        .ok_or_else(|| {
            let reason = format!(
                "unknown cipher '{}', crypto.getCiphers() lists those there are",
                String::from_utf8_lossy(name)
            );
            Error::new("ERR_CRYPTO_UNKNOWN_CIPHER", reason)
        })
        .and_then(|cipher| Crypter::new(cipher, encrypt, key, iv, tag));
    match begun {
        Ok(crypter) => {
            let message = Message(Mutex::new(Running {
                crypter,
                rest: Vec::new(),
            }));
            call.push_counted(call.shared(), Arc::new(message));
            Ok(1)
        }
        Err(error) => fail(call, &error),
    }
}

/// What a step of a message makes, as text: `last` is its end.
fn step(
    call: &Call,
    encoding: Encoding,
    last: bool,
    f: impl FnOnce(&mut Crypter, &mut Vec<u8>) -> Result<()>,
) -> Ret {
    let made = with(call, |running| {
        let mut out = std::mem::take(&mut running.rest);
        f(&mut running.crypter, &mut out)?;
        if matches!(encoding, Encoding::Base64 | Encoding::Base64Url) && !last {
            running.rest = out.split_off(out.len() - out.len() % 3);
        }
        Ok(out)
    })?;
    match made {
        Ok(out) => {
            call.push_bytes(&encoding.encode(out));
            Ok(1)
        }
        Err(error) => fail(call, &error),
    }
}

/// `cipher_update(cipher, bytes, [encoding])`
fn update(call: &mut Call) -> Ret {
    let data = call.bytes(2)?;
    let encoding = Encoding::of(call, 3)?;
    step(call, encoding, false, |crypter, out| {
        crypter.update(data, out)
    })
}

/// `cipher_final(cipher, [encoding])`
fn finish(call: &mut Call) -> Ret {
    let encoding = Encoding::of(call, 2)?;
    step(call, encoding, true, |crypter, out| crypter.finish(out))
}

/// `cipher_set_aad(cipher, bytes, [length of the message])`
fn set_aad(call: &mut Call) -> Ret {
    let data = call.bytes(2)?;
    let length = match call.is_nil(3) {
        true => None,
        false => Some(call.int_in(3, 0..=1 << 53)? as u64),
    };
    let result = with(call, |running| {
        running.crypter.set_associated(data)?;
        if let Some(length) = length {
            running.crypter.announce(length);
        }
        Ok(())
    })?;
    done(call, result)
}

/// `cipher_set_tag(cipher, bytes)`
fn set_tag(call: &mut Call) -> Ret {
    let tag = call.bytes(2)?;
    let result = with(call, |running| running.crypter.set_tag(tag))?;
    done(call, result)
}

/// `cipher_tag(cipher)`
fn tag(call: &mut Call) -> Ret {
    match with(call, |running| running.crypter.tag().map(<[u8]>::to_vec))? {
        Ok(tag) => {
            call.push_bytes(&tag);
            Ok(1)
        }
        Err(error) => fail(call, &error),
    }
}

/// `cipher_set_padding(cipher, padding)`
fn set_padding(call: &mut Call) -> Ret {
    let padding = call.boolean(2)?;
    let result = with(call, |running| running.crypter.set_padding(padding))?;
    done(call, result)
}
