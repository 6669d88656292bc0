//! What is compressed, with any settings, comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luvit_zlib::{Kind, Settings, Strategy, whole};

fuzz_target!(|data: &[u8]| {
    let [kind, level, bits, memory, strategy, data @ ..] = data else {
        return;
    };
    let (to, from) = [
        (Kind::Gzip, Kind::Gunzip),
        (Kind::Deflate, Kind::Inflate),
        (Kind::DeflateRaw, Kind::InflateRaw),
        (Kind::BrotliEncode, Kind::BrotliDecode),
    ][usize::from(*kind) % 4];
    let mut settings = Settings::new(to);
    settings.level = i32::from(level % 10);
    settings.window_bits = i32::from(bits % 7) + 9;
    settings.mem_level = i32::from(memory % 9) + 1;
    settings.strategy = Strategy::from_number(i64::from(strategy % 5)).unwrap_or_default();
    if to == Kind::BrotliEncode {
        settings.params = vec![
            (1, u32::from(level % 12)),
            (2, u32::from(bits % 15) + 10),
            (0, u32::from(strategy % 3)),
        ];
    }
    let packed = whole(&settings, data, usize::MAX).expect("packed");
    let text = whole(&Settings::new(from), &packed, data.len()).expect("unpacked");
    assert_eq!(text, data);
});
