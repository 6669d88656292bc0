//! What holds for any input: no panic, the same outcome however it is cut, agreement with httparse, round trips.

use luvit_http::{
    ChunkError, ChunkEvent, ChunkedDecoder, Limits, RequestError, RequestFraming, RequestHead,
    RequestParser, ResponseError, ResponseFraming, ResponseHead, ResponseParser,
    encode_chunk_header, header_lines, http_date, is_field_value, is_token, push_header,
    push_status_line, trailer_lines,
};
use proptest::prelude::*;
use proptest::sample::select;

/// Bytes near what HTTP is made of: pieces that matter to a parser, in any order, and some noise.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"GET ",
        b"POST ",
        b"CONNECT ",
        b"OPTIONS ",
        b"/",
        b"/a?b",
        b"*",
        b"http://a/",
        b"a:80",
        b" HTTP/1.1\r\n",
        b" HTTP/1.0\r\n",
        b" HTTP/2.0\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 204\r\n",
        b"Host: a\r\n",
        b"Host: ",
        b"Content-Length: 5\r\n",
        b"Content-Length: ",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: ",
        b"Connection: close\r\n",
        b"Connection: upgrade\r\n",
        b"Upgrade: x\r\n",
        b"X: y\r\n",
        b"chunked",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"0\r\n",
        b"a",
        b"5",
        b",",
        b";x",
        b":",
        b" ",
        b"\t",
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\0",
        b"\x80",
    ];
    let piece = prop_oneof![
        20 => select(pieces).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 1..4),
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn limits() -> impl Strategy<Value = Limits> {
    (20usize..300, 1usize..40, 0usize..5).prop_map(|(max_head, max_url, max_headers)| Limits {
        max_head,
        max_url,
        max_headers,
    })
}

/// Ends of the pieces in which `len` bytes arrive, the last being `len`.
fn ends(cuts: &[usize], len: usize) -> Vec<usize> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (len + 1)).collect();
    ends.push(len);
    ends.sort_unstable();
    ends
}

fn request_in_pieces<'b>(
    input: &'b [u8],
    ends: &[usize],
    limits: &Limits,
) -> Result<Option<RequestHead<'b>>, RequestError> {
    let mut parser = RequestParser::new();
    for &end in ends {
        match parser.parse(&input[..end], limits) {
            Ok(None) => {}
            other => return other,
        }
    }
    Ok(None)
}

fn response_in_pieces<'b>(
    input: &'b [u8],
    ends: &[usize],
    limits: &Limits,
) -> Result<Option<ResponseHead<'b>>, ResponseError> {
    let mut parser = ResponseParser::new();
    for &end in ends {
        match parser.parse(&input[..end], limits, "GET") {
            Ok(None) => {}
            other => return other,
        }
    }
    Ok(None)
}

/// Body, trailers and bytes used.
type Decoded = (Vec<u8>, Vec<u8>, usize);

fn decode_in_pieces(
    input: &[u8],
    ends: &[usize],
    limits: &Limits,
) -> Result<Option<Decoded>, ChunkError> {
    let (mut decoder, mut body, mut start) = (ChunkedDecoder::new(), Vec::new(), 0);
    for &end in ends {
        loop {
            let buf = &input[start..end];
            let (used, event) = decoder.decode(buf, limits)?;
            assert!(used <= buf.len());
            start += used;
            match event {
                ChunkEvent::Data(range) => {
                    assert!(!range.is_empty() && range.end == used);
                    body.extend_from_slice(&buf[range]);
                }
                ChunkEvent::End(range) => return Ok(Some((body, buf[range].to_vec(), start))),
                ChunkEvent::NeedMore => break,
            }
        }
    }
    Ok(None)
}

/// Cutting changes no head. It can only change when an error is seen: not before the line that has it has come.
fn same<H: PartialEq + std::fmt::Debug, E: PartialEq + std::fmt::Debug>(
    whole: Result<Option<H>, E>,
    pieces: Result<Option<H>, E>,
) -> Result<(), TestCaseError> {
    match (&whole, &pieces) {
        (Err(_), Err(_) | Ok(None)) => Ok(()),
        _ => {
            prop_assert_eq!(whole, pieces);
            Ok(())
        }
    }
}

fn token() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}"
}

/// A field value as it is read: no whitespace at its ends.
fn value() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(
        prop_oneof![8 => 0x20u8..0x7f, 1 => Just(b'\t'), 1 => 0x80u8..],
        0..40,
    )
    .prop_map(|bytes| bytes.trim_ascii().to_vec())
}

/// Fields that mean nothing to the engines.
fn fields() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    proptest::collection::vec((token().prop_map(|name| format!("x{name}")), value()), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_cut_gives_the_same_request(
        input in soup(), cuts in proptest::collection::vec(any::<usize>(), 0..20), limits in limits(),
    ) {
        let whole = RequestParser::new().parse(&input, &limits);
        same(whole, request_in_pieces(&input, &ends(&cuts, input.len()), &limits))?;
    }

    #[test]
    fn any_cut_gives_the_same_response(
        input in soup(), cuts in proptest::collection::vec(any::<usize>(), 0..20), limits in limits(),
    ) {
        let input = [b"HTTP/1.1 200 OK\r\n", &input[..]].concat();
        let whole = ResponseParser::new().parse(&input, &limits, "GET");
        same(whole, response_in_pieces(&input, &ends(&cuts, input.len()), &limits))?;
    }

    #[test]
    fn any_cut_gives_the_same_chunked_body(
        input in soup(), cuts in proptest::collection::vec(any::<usize>(), 0..20), limits in limits(),
    ) {
        let input = [b"5\r\nhello\r\n", &input[..]].concat();
        let whole = decode_in_pieces(&input, &[input.len()], &limits);
        same(whole, decode_in_pieces(&input, &ends(&cuts, input.len()), &limits))?;
    }

    #[test]
    fn noise_never_panics(input in proptest::collection::vec(any::<u8>(), 0..200), limits in limits()) {
        let _ = RequestParser::new().parse(&input, &limits);
        let _ = ResponseParser::new().parse(&input, &limits, "GET");
        let _ = ChunkedDecoder::new().decode(&input, &limits);
        let _ = (header_lines(&input).count(), trailer_lines(&input).count());
        let _ = (is_token(&input), is_field_value(&input));
    }

    /// A parser used on one buffer after another, as with a caller who errs, stays sound.
    #[test]
    fn unrelated_buffers_never_panic(inputs in proptest::collection::vec((soup(), limits()), 1..8)) {
        let (mut request, mut response, mut chunked) = (RequestParser::new(), ResponseParser::new(), ChunkedDecoder::new());
        for (input, limits) in &inputs {
            let _ = request.parse(input, limits);
            let _ = response.parse(input, limits, "HEAD");
            let _ = chunked.decode(input, limits);
        }
    }

    #[test]
    fn what_we_accept_httparse_reads_alike(input in soup(), valid_start in any::<bool>()) {
        let start: &[u8] = if valid_start { b"GET / HTTP/1.1\r\nHost: a\r\n" } else { b"" };
        let input = [start, &input, b"\r\n\r\n"].concat();
        if let Ok(Some(head)) = RequestParser::new().parse(&input, &Limits::default()) {
            let mut slots = [httparse::EMPTY_HEADER; 64];
            let mut other = httparse::Request::new(&mut slots);
            prop_assert_eq!(other.parse(&input), Ok(httparse::Status::Complete(head.head_len)));
            prop_assert_eq!(other.method, Some(head.method));
            prop_assert_eq!(other.path, Some(head.target));
            prop_assert_eq!(other.version, Some(head.minor_version));
            prop_assert!(head.headers().eq(other.headers.iter().map(|field| (field.name.as_bytes(), field.value))));
        }
        let input = [b"HTTP/1.1 200 OK\r\n", &input[..]].concat();
        if let Ok(Some(head)) = ResponseParser::new().parse(&input, &Limits::default(), "GET") {
            let mut slots = [httparse::EMPTY_HEADER; 64];
            let mut other = httparse::Response::new(&mut slots);
            prop_assert_eq!(other.parse(&input), Ok(httparse::Status::Complete(head.head_len)));
            prop_assert_eq!(other.code, Some(head.status));
            prop_assert!(head.headers().eq(other.headers.iter().map(|field| (field.name.as_bytes(), field.value))));
        }
    }

    #[test]
    fn requests_come_back(method in token(), path in "[!-~]{0,60}", minor in 0u8..2, fields in fields(), body in 0u64..1 << 53) {
        prop_assume!(method != "CONNECT");
        let mut text = format!("{method} /{path} HTTP/1.{minor}\r\nHost: a\r\n").into_bytes();
        for (name, value) in &fields {
            push_header(&mut text, name.as_bytes(), value).unwrap();
        }
        push_header(&mut text, b"content-length", body.to_string().as_bytes()).unwrap();
        text.extend_from_slice(b"\r\n");
        let head_len = text.len();
        text.extend_from_slice(b"body");

        let head = RequestParser::new().parse(&text, &Limits::default()).unwrap().unwrap();
        prop_assert_eq!((head.method, head.target.strip_prefix('/'), head.minor_version), (&method[..], Some(&path[..]), minor));
        prop_assert_eq!((head.head_len, head.framing), (head_len, RequestFraming::Length(body)));
        let read: Vec<_> = head.headers().skip(1).take(fields.len()).collect();
        let written: Vec<_> = fields.iter().map(|(name, value)| (name.as_bytes(), &value[..])).collect();
        prop_assert_eq!(read, written);
        prop_assert_eq!(head.headers().count(), fields.len() + 2);
    }

    #[test]
    fn responses_come_back(status in 100u16..1000, reason in value(), minor in 0u8..2, fields in fields()) {
        let mut text = Vec::new();
        push_status_line(&mut text, minor, status, Some(&reason)).unwrap();
        for (name, value) in &fields {
            push_header(&mut text, name.as_bytes(), value).unwrap();
        }
        text.extend_from_slice(b"\r\n");
        let head = ResponseParser::new().parse(&text, &Limits::default(), "GET").unwrap().unwrap();
        prop_assert_eq!((head.status, head.reason, head.minor_version), (status, &reason[..], minor));
        let bodiless = status < 200 || status == 204 || status == 304;
        prop_assert_eq!(head.framing, if bodiless { ResponseFraming::None } else { ResponseFraming::UntilClose });
        prop_assert!(head.headers().eq(fields.iter().map(|(name, value)| (name.as_bytes(), &value[..]))));
    }

    #[test]
    fn chunked_bodies_come_back(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..6),
        trailers in fields(),
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        let mut text = Vec::new();
        for chunk in &chunks {
            encode_chunk_header(chunk.len(), &mut text);
            text.extend_from_slice(chunk);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"0\r\n");
        for (name, value) in &trailers {
            push_header(&mut text, name.as_bytes(), value).unwrap();
        }
        text.extend_from_slice(b"\r\n");
        let len = text.len();
        text.extend_from_slice(b"GET / HTTP/1.1\r\n");

        let decoded = decode_in_pieces(&text, &ends(&cuts, text.len()), &Limits::default()).unwrap();
        let (body, section, used) = decoded.unwrap();
        prop_assert_eq!((body, used), (chunks.concat(), len));
        prop_assert!(trailer_lines(&section).eq(trailers.iter().map(|(name, value)| (name.as_bytes(), &value[..]))));
    }

    /// Whatever a script passes, what is written reads as that one field and no other.
    #[test]
    fn written_headers_cannot_inject(name in proptest::collection::vec(any::<u8>(), 0..12), value in soup()) {
        let mut text = b"HTTP/1.1 200 OK\r\n".to_vec();
        let before = text.len();
        match push_header(&mut text, &name, &value) {
            Err(_) => prop_assert_eq!(text.len(), before),
            Ok(()) => {
                text.extend_from_slice(b"\r\n");
                let lines: Vec<_> = header_lines(&text).collect();
                prop_assert_eq!(lines.len(), 1);
                prop_assert_eq!(lines[0].0, &name[..]);
            }
        }
    }

    #[test]
    fn dates_are_ascii(secs in any::<u64>()) {
        let mut out = [0; 29];
        http_date(secs, &mut out);
        prop_assert!(out.is_ascii() && out.ends_with(b" GMT"));
    }
}
