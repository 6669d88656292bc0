//! What is no stream is an error, and what is one gives the same output in pieces as at once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luvit_zlib::{Codec, Kind, Settings, whole};

const LIMIT: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let [kind, piece, room, data @ ..] = data else {
        return;
    };
    let kind = [
        Kind::Gunzip,
        Kind::Inflate,
        Kind::InflateRaw,
        Kind::Unzip,
        Kind::BrotliDecode,
    ][usize::from(*kind) % 5];
    let settings = Settings::new(kind);
    let at_once = whole(&settings, data, LIMIT);

    let mut codec = Codec::new(&settings).expect("default settings");
    let (piece, room) = (usize::from(*piece) + 1, usize::from(*room) + 1);
    let mut out = Vec::new();
    let mut rest = data;
    let failed = loop {
        let given = &rest[..piece.min(rest.len())];
        let flush = if given.len() == rest.len() {
            kind.finish()
        } else {
            0
        };
        let before = out.len();
        match codec.run(given, flush, &mut out, room) {
            Ok(progress) => {
                assert!(out.len() - before <= room);
                rest = &rest[progress.consumed..];
                if progress.ended && (rest.is_empty() || kind == Kind::Inflate) {
                    break false;
                }
                if !progress.more && !progress.ended && rest.is_empty() {
                    break false;
                }
                if progress.ended && progress.consumed == 0 {
                    break false;
                }
            }
            Err(_) => break true,
        }
        if out.len() > LIMIT {
            return;
        }
    };
    if let Ok(text) = at_once {
        assert!(!failed && text == out);
    }
});
