//! A response head: whole and byte by byte give the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luvit_http::{Limits, ResponseParser};

fuzz_target!(|input: &[u8]| {
    let limits = Limits {
        max_head: 4096,
        max_url: 1024,
        max_headers: 100,
    };
    for method in ["GET", "HEAD", "CONNECT"] {
        let whole = ResponseParser::new().parse(input, &limits, method);
        let mut parser = ResponseParser::new();
        let pieces = (0..=input.len())
            .map(|end| parser.parse(&input[..end], &limits, method))
            .find(|result| *result != Ok(None));
        match whole {
            Ok(head) => assert_eq!(pieces.unwrap_or(Ok(None)), Ok(head)),
            Err(_) => assert!(!matches!(pieces, Some(Ok(_)))),
        }
    }
});
