//! Every kind of stream: what goes in comes out, in pieces of any size, and whatever else comes in is an error.

use luvit_zlib::{Codec, Failure, Kind, Settings, Strategy as How, whole};
use proptest::prelude::*;

/// Runs a stream on pieces of the input, with little room, so that every state is left and entered again.
fn pieces(
    codec: &mut Codec,
    input: &[u8],
    piece: usize,
    room: usize,
    flush: u8,
) -> Result<Vec<u8>, Failure> {
    let finish = codec.kind().finish();
    let mut out = Vec::new();
    let mut chunks = input.chunks(piece.max(1)).peekable();
    // An empty input has an end, too.
    let mut chunk: &[u8] = chunks.next().unwrap_or(&[]);
    loop {
        let last = chunks.peek().is_none();
        let operation = if last { finish } else { flush };
        let mut rounds = 0;
        loop {
            let before = out.len();
            let progress = codec.run(chunk, operation, &mut out, room)?;
            assert!(out.len() - before <= room, "more output than there is room");
            chunk = &chunk[progress.consumed..];
            if progress.ended {
                return Ok(out);
            }
            if !progress.more {
                break;
            }
            rounds += 1;
            assert!(rounds < 1 << 20, "it goes on and on");
        }
        assert!(!last, "no end, and no error");
        chunk = chunks.next().unwrap_or(&[]);
    }
}

const PAIRS: [(Kind, Kind); 5] = [
    (Kind::Deflate, Kind::Inflate),
    (Kind::Gzip, Kind::Gunzip),
    (Kind::DeflateRaw, Kind::InflateRaw),
    (Kind::Gzip, Kind::Unzip),
    (Kind::Deflate, Kind::Unzip),
];

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        // Incompressible, repetitive, and text-like.
        proptest::collection::vec(any::<u8>(), 0..3000),
        (any::<u8>(), 0..200_000usize).prop_map(|(byte, length)| vec![byte; length]),
        (proptest::collection::vec("[a-z]{1,8} ", 1..40), 1..400usize)
            .prop_map(|(words, times)| words.concat().repeat(times).into_bytes()),
    ]
}

fn settings(
    kind: Kind,
    level: i32,
    bits: i32,
    memory: i32,
    strategy: i64,
) -> (Settings, Settings, Kind) {
    let (from, to) = PAIRS[kind as usize % PAIRS.len()];
    let mut packing = Settings::new(from);
    packing.level = level;
    packing.window_bits = bits;
    packing.mem_level = memory;
    packing.strategy = How::from_number(strategy).expect("a strategy");
    (packing, Settings::new(to), from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_goes_in_comes_out(
        data in data(), pair in 0..5i64, level in -1..10i32, bits in 9..16i32, memory in 1..10i32,
        strategy in 0..5i64, piece in 1..5000usize, room in 1..5000usize, flush in 0..4u8,
    ) {
        let kind = Kind::from_number(pair + 1).expect("a kind");
        let (packing, unpacking, _) = settings(kind, level, bits, memory, strategy);
        let mut codec = Codec::new(&packing).expect("a stream");
        let packed = pieces(&mut codec, &data, piece, room.max(16), flush).expect("packed");
        let mut codec = Codec::new(&unpacking).expect("a stream");
        prop_assert_eq!(&pieces(&mut codec, &packed, piece, room, 0).expect("unpacked"), &data);
        // And at once.
        prop_assert_eq!(whole(&unpacking, &packed, data.len()).expect("unpacked"), data.clone());
        let packed = whole(&packing, &data, usize::MAX).expect("packed");
        prop_assert_eq!(whole(&unpacking, &packed, data.len()).expect("unpacked"), data.clone());
        if !data.is_empty() {
            let failure = whole(&unpacking, &packed, data.len() - 1).expect_err("too large");
            prop_assert_eq!(failure.code, "ERR_BUFFER_TOO_LARGE");
        }
    }

    #[test]
    fn a_reset_stream_is_a_new_one(first in data(), second in data(), pair in 0..5i64, cut in 0..100usize) {
        let kind = Kind::from_number(pair + 1).expect("a kind");
        let (packing, unpacking, _) = settings(kind, 6, 15, 8, 0);
        let mut codec = Codec::new(&packing).expect("a stream");
        let mut out = Vec::new();
        codec.run(&first[..first.len().min(cut * 50)], 0, &mut out, 1 << 20).expect("packed");
        codec.reset().expect("reset");
        let packed = pieces(&mut codec, &second, 1000, 1000, 0).expect("packed");
        prop_assert_eq!(&packed, &pieces(&mut Codec::new(&packing).expect("a stream"), &second, 1000, 1000, 0).expect("packed"));
        let mut codec = Codec::new(&unpacking).expect("a stream");
        out.clear();
        codec.run(&packed[..packed.len() * cut / 100], 0, &mut out, 1000).expect("unpacked");
        codec.reset().expect("reset");
        prop_assert_eq!(pieces(&mut codec, &packed, 77, 1000, 0).expect("unpacked"), second);
    }

    #[test]
    fn a_truncated_stream_is_an_error(data in data(), pair in 0..5i64, cut in 0..1000usize, piece in 1..500usize) {
        let kind = Kind::from_number(pair + 1).expect("a kind");
        let (packing, unpacking, _) = settings(kind, 6, 15, 8, 0);
        let packed = whole(&packing, &data, usize::MAX).expect("packed");
        let short = &packed[..(packed.len() * cut / 1000).min(packed.len() - 1)];
        let failure = whole(&unpacking, short, usize::MAX).expect_err("truncated");
        prop_assert_eq!((&*failure.code, &*failure.message), ("Z_BUF_ERROR", "unexpected end of file"));
        let mut codec = Codec::new(&unpacking).expect("a stream");
        prop_assert_eq!(pieces(&mut codec, short, piece, 100, 0).expect_err("truncated").code, "Z_BUF_ERROR");
        // What is tolerated gives the part that there is.
        let mut codec = Codec::new(&unpacking).expect("a stream");
        let (part, _) = codec.whole(short, 2, data.len()).expect("a part");
        prop_assert_eq!(&part[..], &data[..part.len()]);
    }

    #[test]
    fn damaged_streams_do_no_harm(
        data in data(), pair in 0..5i64, places in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..8),
        piece in 1..500usize, brotli in any::<bool>(),
    ) {
        let kind = Kind::from_number(pair + 1).expect("a kind");
        let (mut packing, mut unpacking, _) = settings(kind, 6, 15, 8, 0);
        if brotli {
            packing = Settings::new(Kind::BrotliEncode);
            packing.params = vec![(1, 3)];
            unpacking = Settings::new(Kind::BrotliDecode);
        }
        let mut packed = whole(&packing, &data, usize::MAX).expect("packed");
        for (place, byte) in places {
            let length = packed.len();
            packed[place % length] ^= byte;
        }
        let limit = 1 << 22;
        let _ = whole(&unpacking, &packed, limit);
        let mut codec = Codec::new(&unpacking).expect("a stream");
        let _ = pieces(&mut codec, &packed, piece, 4096, 0);
    }

    #[test]
    fn junk_does_no_harm(junk in proptest::collection::vec(any::<u8>(), 0..2000), kind in 1..10i64) {
        let kind = Kind::from_number(kind).expect("a kind");
        if kind.decompresses() {
            let _ = whole(&Settings::new(kind), &junk, 1 << 22);
            let mut codec = Codec::new(&Settings::new(kind)).expect("a stream");
            let _ = pieces(&mut codec, &junk, 7, 100, 0);
        }
    }

    #[test]
    fn levels_and_strategies_change_on_the_way(
        parts in proptest::collection::vec((data(), 0..10i32, 0..5i64), 1..5), raw in any::<bool>(),
    ) {
        let (from, to) = if raw { (Kind::DeflateRaw, Kind::InflateRaw) } else { (Kind::Gzip, Kind::Gunzip) };
        let mut codec = Codec::new(&Settings::new(from)).expect("a stream");
        let mut out = Vec::new();
        let mut data = Vec::new();
        for (part, level, strategy) in parts {
            data.extend_from_slice(&part);
            let mut rest = &part[..];
            loop {
                let progress = codec.run(rest, 2, &mut out, 3000).expect("packed");
                rest = &rest[progress.consumed..];
                if !progress.more { break }
            }
            codec.params(level, How::from_number(strategy).expect("a strategy"), &mut out).expect("changed");
        }
        while codec.run(&[], 4, &mut out, 3000).expect("packed").more {}
        prop_assert_eq!(whole(&Settings::new(to), &out, data.len()).expect("unpacked"), data);
    }
}

proptest! {
    // Its encoder is slow without optimisation.
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn brotli_comes_back(
        data in data(), quality in 0..12u32, window in 10..25u32, mode in 0..3u32, piece in 1..5000usize,
        room in 1..5000usize, flush in 0..2u8,
    ) {
        let mut packing = Settings::new(Kind::BrotliEncode);
        packing.params = vec![(1, quality), (2, window), (0, mode), (5, data.len() as u32)];
        let unpacking = Settings::new(Kind::BrotliDecode);
        // Not one block a byte: that would take minutes.
        let piece = piece.max(data.len() / 50);
        let mut codec = Codec::new(&packing).expect("a stream");
        let packed = pieces(&mut codec, &data, piece, room, flush).expect("packed");
        let mut codec = Codec::new(&unpacking).expect("a stream");
        prop_assert_eq!(&pieces(&mut codec, &packed, piece, room, 0).expect("unpacked"), &data);
        prop_assert_eq!(whole(&unpacking, &packed, data.len()).expect("unpacked"), data.clone());
        let short = &packed[..packed.len() - 1];
        prop_assert_eq!(whole(&unpacking, short, usize::MAX).expect_err("truncated").code, "Z_BUF_ERROR");
    }
}
