//! SPKAC, which node calls `Certificate`.

use luvit_crypto::key::PublicForm;
use luvit_crypto::spkac::Spkac;

use super::outcome::fail;
use crate::lua::{Call, Ret, State};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "spkac", read);
}

/// `spkac(text)`: whether its signature is sound, the challenge, and the public key as PEM.
fn read(call: &mut Call) -> Ret {
    let read = Spkac::load(call.bytes(1)?).and_then(|spkac| {
        let pem = spkac.public_key()?.to_pem(PublicForm::Spki)?;
        Ok((spkac, pem))
    });
    match read {
        Ok((spkac, pem)) => {
            call.push_bool(spkac.verify());
            call.push_bytes(&spkac.challenge());
            call.push_str(&pem);
            Ok(3)
        }
        Err(error) => fail(call, &error),
    }
}
