//! node's rules, one by one. Expected results are those of node 20.

use luvit_zlib::{Codec, Kind, Settings, whole};

fn pack(kind: Kind, data: &[u8]) -> Vec<u8> {
    whole(&Settings::new(kind), data, usize::MAX).expect("packed")
}

fn unpack(kind: Kind, data: &[u8]) -> Result<String, (String, String)> {
    match whole(&Settings::new(kind), data, 1 << 20) {
        Ok(text) => Ok(String::from_utf8(text).expect("text")),
        Err(failure) => Err((failure.code.into(), failure.message.into())),
    }
}

fn fails(kind: Kind, data: &[u8], code: &str, message: &str) {
    assert_eq!(unpack(kind, data), Err((code.into(), message.into())));
}

#[test]
fn members_of_gzip_and_what_follows_them() {
    let one = pack(Kind::Gzip, b"abc");
    for kind in [Kind::Gunzip, Kind::Unzip] {
        assert_eq!(
            unpack(kind, &[&one[..], &one].concat()).as_deref(),
            Ok("abcabc")
        );
        assert_eq!(
            unpack(kind, &[&one[..], &one, &[0; 10]].concat()).as_deref(),
            Ok("abcabc")
        );
        assert_eq!(
            unpack(kind, &[&one[..], &[0], &one].concat()).as_deref(),
            Ok("abc")
        );
        fails(
            kind,
            &[&one[..], b"xx"].concat(),
            "Z_DATA_ERROR",
            "incorrect header check",
        );
        fails(
            kind,
            &[&one[..], b"x"].concat(),
            "Z_BUF_ERROR",
            "unexpected end of file",
        );
        fails(
            kind,
            &[&one[..], b"\x1f\x8b\xff\xff", &[0; 10]].concat(),
            "Z_DATA_ERROR",
            "unknown compression method",
        );
    }
}

#[test]
fn members_whose_border_is_that_of_a_piece() {
    let one = pack(Kind::Gzip, b"abc");
    let mut codec = Codec::new(&Settings::new(Kind::Gunzip)).expect("a stream");
    let mut out = Vec::new();
    for piece in [&one[..], &one[..5], &one[5..], &[0, 0], b"junk"] {
        codec.run(piece, 0, &mut out, 100).expect("unpacked");
    }
    assert_eq!(out, b"abcabc");
    // The output of the first ends exactly where the room does.
    codec.reset().expect("reset");
    out.clear();
    let both = [&one[..], &one].concat();
    let first = codec.run(&both, 4, &mut out, 3).expect("unpacked");
    let second = codec
        .run(&both[first.consumed..], 4, &mut out, 3)
        .expect("unpacked");
    assert_eq!(out, b"abcabc");
    assert!(
        second.ended || {
            let rest = &both[first.consumed + second.consumed..];
            codec.run(rest, 4, &mut out, 3).expect("the end").ended
        }
    );
}

#[test]
fn other_formats_end_where_they_end() {
    for (to, from) in [
        (Kind::Deflate, Kind::Inflate),
        (Kind::Deflate, Kind::Unzip),
        (Kind::DeflateRaw, Kind::InflateRaw),
        (Kind::BrotliEncode, Kind::BrotliDecode),
    ] {
        let mut data = pack(to, b"abc");
        let length = data.len();
        data.extend_from_slice(b"xx");
        let mut codec = Codec::new(&Settings::new(from)).expect("a stream");
        let (text, used) = codec.whole(&data, from.finish(), 10).expect("unpacked");
        assert_eq!((&text[..], used), (&b"abc"[..], length));
    }
}

#[test]
fn what_is_wrong_is_said() {
    let gzip = pack(Kind::Gzip, b"abc");
    let zlib = pack(Kind::Deflate, b"abc");
    for kind in [
        Kind::Gunzip,
        Kind::Inflate,
        Kind::InflateRaw,
        Kind::Unzip,
        Kind::BrotliDecode,
    ] {
        fails(kind, b"", "Z_BUF_ERROR", "unexpected end of file");
    }
    fails(
        Kind::Gunzip,
        &gzip[..5],
        "Z_BUF_ERROR",
        "unexpected end of file",
    );
    fails(
        Kind::Unzip,
        &[0x1f],
        "Z_BUF_ERROR",
        "unexpected end of file",
    );
    fails(
        Kind::Unzip,
        b"hello",
        "Z_DATA_ERROR",
        "incorrect header check",
    );
    fails(
        Kind::Inflate,
        &gzip,
        "Z_DATA_ERROR",
        "incorrect header check",
    );
    fails(
        Kind::Gunzip,
        &zlib,
        "Z_DATA_ERROR",
        "incorrect header check",
    );
    fails(
        Kind::InflateRaw,
        &[7, 1, 2, 3],
        "Z_DATA_ERROR",
        "invalid block type",
    );
    let flip = |data: &[u8], back: usize| {
        let mut data = data.to_vec();
        let place = data.len() - back;
        data[place] ^= 1;
        data
    };
    fails(
        Kind::Gunzip,
        &flip(&gzip, 5),
        "Z_DATA_ERROR",
        "incorrect data check",
    );
    fails(
        Kind::Gunzip,
        &flip(&gzip, 1),
        "Z_DATA_ERROR",
        "incorrect length check",
    );
    fails(
        Kind::Inflate,
        &flip(&zlib, 1),
        "Z_DATA_ERROR",
        "incorrect data check",
    );
    fails(
        Kind::BrotliDecode,
        b"hello world hello",
        "ERR__ERROR_FORMAT_CL_SPACE",
        "Decompression failed (FORMAT_CL_SPACE)",
    );
    let mut small = Settings::new(Kind::Inflate);
    small.window_bits = 9;
    assert_eq!(
        whole(&small, &zlib, 10).unwrap_err().message,
        "invalid window size"
    );
}

#[test]
fn dictionaries() {
    let with = |kind, dictionary: &[u8]| {
        let mut settings = Settings::new(kind);
        settings.dictionary = Some(dictionary.into());
        settings
    };
    let text = b"the words of the dictionary";
    let zlib = whole(&with(Kind::Deflate, b"dictionary the words"), text, 1000).expect("packed");
    for kind in [Kind::Inflate, Kind::Unzip] {
        let back = whole(&with(kind, b"dictionary the words"), &zlib, 1000).expect("unpacked");
        assert_eq!(back, text);
        let failure = whole(&with(kind, b"another"), &zlib, 1000).unwrap_err();
        assert_eq!(
            (&*failure.code, &*failure.message),
            ("Z_NEED_DICT", "Bad dictionary")
        );
        fails(kind, &zlib, "Z_NEED_DICT", "Missing dictionary");
    }
    let raw = whole(&with(Kind::DeflateRaw, b"the words"), text, 1000).expect("packed");
    let mut codec = Codec::new(&with(Kind::InflateRaw, b"the words")).expect("a stream");
    for _ in 0..2 {
        assert_eq!(codec.whole(&raw, 4, 1000).expect("unpacked").0, text);
        codec.reset().expect("reset");
    }
    // Without it, what it has is too far back.
    fails(
        Kind::InflateRaw,
        &raw,
        "Z_DATA_ERROR",
        "invalid code or distance",
    );
    // gzip has no place for one.
    let gzip = whole(&with(Kind::Gzip, b"the words"), text, 1000).expect("packed");
    assert_eq!(
        unpack(Kind::Gunzip, &gzip).expect("unpacked").as_bytes(),
        text
    );
}

#[test]
fn published_streams() {
    // RFC 1951 3.2.4: a stored block; zlib's own header for level 6, and its Adler-32.
    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex"))
            .collect()
    }
    assert_eq!(
        unpack(Kind::InflateRaw, &hex("010300fcff616263")).as_deref(),
        Ok("abc")
    );
    assert_eq!(
        unpack(Kind::InflateRaw, &hex("4b4c4a0600")).as_deref(),
        Ok("abc")
    );
    assert_eq!(
        unpack(Kind::Inflate, &hex("789c4b4c4a0600024d0127")).as_deref(),
        Ok("abc")
    );
    // A gzip member with every optional field: FEXTRA, FNAME, FCOMMENT, FHCRC.
    let mut member = hex("1f8b081e00000000ff03");
    member.extend_from_slice(b"\x04\x00ABCD");
    member.extend_from_slice(b"name\0comment\0");
    let check = luvit_zlib::crc32(0, &member) as u16;
    member.extend_from_slice(&check.to_le_bytes());
    member.extend_from_slice(&hex("4b4c4a0600c241243503000000"));
    assert_eq!(unpack(Kind::Gunzip, &member).as_deref(), Ok("abc"));
    // RFC 7932: the shortest stream, and an uncompressed block.
    assert_eq!(unpack(Kind::BrotliDecode, &[0x06]).as_deref(), Ok(""));
    assert_eq!(
        unpack(Kind::BrotliDecode, &hex("0b028068656c6c6f03")).as_deref(),
        Ok("hello")
    );
}

#[test]
fn a_bomb_ends_at_the_limit() {
    let bomb = pack(Kind::Gzip, &vec![0; 50 << 20]);
    assert!(bomb.len() < 60_000);
    let failure = whole(&Settings::new(Kind::Gunzip), &bomb, 1 << 20).unwrap_err();
    assert_eq!(failure.code, "ERR_BUFFER_TOO_LARGE");
    assert!(failure.message.contains("1048576"));
    // A member that says that it is large takes no memory for it.
    let mut liar = pack(Kind::Gzip, b"small");
    let length = liar.len();
    liar[length - 4..].copy_from_slice(&[0xff; 4]);
    fails(
        Kind::Gunzip,
        &liar,
        "Z_DATA_ERROR",
        "incorrect length check",
    );
}

#[test]
fn options_that_do_not_go_together() {
    let mut settings = Settings::new(Kind::Deflate);
    settings.window_bits = 7;
    assert_eq!(
        Codec::new(&settings).err().expect("refused").code,
        "Z_STREAM_ERROR"
    );
    let mut settings = Settings::new(Kind::BrotliEncode);
    settings.params = vec![(100, 1)];
    assert_eq!(
        Codec::new(&settings).err().expect("refused").code,
        "ERR_BROTLI_INVALID_PARAM"
    );
    for kind in [Kind::Deflate, Kind::Gzip, Kind::DeflateRaw] {
        let mut settings = Settings::new(kind);
        settings.window_bits = 8;
        let packed = whole(&settings, b"abc", 100).expect("the smallest window");
        let from = Kind::from_number(kind as i64 + 2);
        assert!(from.is_some() && !packed.is_empty());
    }
}

#[test]
fn brotli_of_whole_data_with_any_quality_window_and_block() {
    // Words that come again, near and far.
    let mut data = Vec::new();
    for i in 0..40_000u32 {
        let word = i.wrapping_mul(2_654_435_761) >> 20;
        data.extend_from_slice(format!("{word} ").as_bytes());
    }
    for quality in [3, 4, 5, 8, 9] {
        for window in [10, 16, 17, 22] {
            for block in [None, Some(0), Some(16), Some(20)] {
                let mut settings = Settings::new(Kind::BrotliEncode);
                settings.params = vec![(1, quality), (2, window)];
                settings.params.extend(block.map(|block| (3, block)));
                let packed = whole(&settings, &data, usize::MAX).unwrap();
                assert!(packed.len() < data.len() / 2);
                let text = whole(&Settings::new(Kind::BrotliDecode), &packed, usize::MAX);
                assert!(text.unwrap() == data, "{quality} {window} {block:?}");
            }
        }
    }
}
