//! A chunked body: whole and byte by byte give the same data, trailers and end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luvit_http::{ChunkError, ChunkEvent, ChunkedDecoder, Limits, trailer_lines};

/// Body, trailer section and bytes used of `input` that arrives `step` bytes at a time.
fn decode(input: &[u8], step: usize) -> Result<Option<(Vec<u8>, Vec<u8>, usize)>, ChunkError> {
    let limits = Limits {
        max_head: 4096,
        max_headers: 100,
        ..Limits::default()
    };
    let (mut decoder, mut body, mut start, mut end) = (ChunkedDecoder::new(), Vec::new(), 0, 0);
    while end < input.len() {
        end = input.len().min(end + step);
        loop {
            let buf = &input[start..end];
            let (used, event) = decoder.decode(buf, &limits)?;
            start += used;
            match event {
                ChunkEvent::Data(range) => body.extend_from_slice(&buf[range]),
                ChunkEvent::End(range) => return Ok(Some((body, buf[range].to_vec(), start))),
                ChunkEvent::NeedMore => break,
            }
        }
    }
    Ok(None)
}

fuzz_target!(|input: &[u8]| {
    let whole = decode(input, input.len().max(1));
    match (&whole, &decode(input, 1)) {
        (Err(_), Err(_) | Ok(None)) => {}
        (whole, pieces) => assert_eq!(whole, pieces),
    }
    if let Ok(Some((_, section, _))) = whole {
        assert!(trailer_lines(&section).count() <= 100);
    }
});
