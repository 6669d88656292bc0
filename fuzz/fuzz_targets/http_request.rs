//! A request head: whole and byte by byte give the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luvit_http::{Limits, RequestParser};

fuzz_target!(|input: &[u8]| {
    let limits = Limits {
        max_head: 4096,
        max_url: 1024,
        max_headers: 100,
    };
    let whole = RequestParser::new().parse(input, &limits);
    let mut parser = RequestParser::new();
    let pieces = (0..=input.len())
        .map(|end| parser.parse(&input[..end], &limits))
        .find(|result| *result != Ok(None));
    match whole {
        Ok(head) => assert_eq!(pieces.unwrap_or(Ok(None)), Ok(head)),
        Err(_) => assert!(!matches!(pieces, Some(Ok(_)))),
    }
    if let Ok(Some(head)) = whole {
        assert!(head.head_len <= input.len() && head.headers().count() <= limits.max_headers);
    }
});
