//! What the request parser accepts, what it refuses with which status, and when.

use luvit_http::{
    FieldError, FramingError, Limits, RequestError, RequestFraming, RequestHead, RequestParser,
    header_lines,
};

fn parse_with<'b>(
    text: &'b [u8],
    limits: &Limits,
) -> Result<Option<RequestHead<'b>>, RequestError> {
    let mut whole = RequestParser::new();
    let result = whole.parse(text, limits);
    // However it is cut, the outcome is the same; an error inside a line may wait for the end of the line.
    let mut parser = RequestParser::new();
    let mut last = Ok(None);
    for end in 0..=text.len() {
        last = parser.parse(&text[..end], limits);
        if last != Ok(None) {
            break;
        }
    }
    match result {
        Ok(_) => assert_eq!(last, result, "{}", text.escape_ascii()),
        Err(_) => assert!(
            last.is_err() || !text.ends_with(b"\n"),
            "byte by byte: {}",
            text.escape_ascii()
        ),
    }
    result
}

fn parse(text: &[u8]) -> Result<Option<RequestHead<'_>>, RequestError> {
    parse_with(text, &Limits::default())
}

fn head(text: &str) -> RequestHead<'_> {
    match parse(text.as_bytes()) {
        Ok(Some(head)) => head,
        other => panic!("{text:?}: {other:?}"),
    }
}

fn with(fields: &str) -> Result<Option<RequestHead<'static>>, RequestError> {
    parse(
        format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n")
            .leak()
            .as_bytes(),
    )
}

#[test]
fn a_plain_request() {
    let text = "GET /a/b?c=d%20e HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-Empty:\r\nAccept: \t*/* \r\n\r\nGET /next";
    let head = head(text);
    assert_eq!(
        (head.method, head.target, head.minor_version),
        ("GET", "/a/b?c=d%20e", 1)
    );
    assert_eq!(&text[head.head_len..], "GET /next");
    assert_eq!(head.raw, &text.as_bytes()[..head.head_len]);
    assert_eq!(head.framing, RequestFraming::None);
    assert!(
        head.keep_alive
            && !head.upgrade
            && !head.expect_continue
            && !head.expect_other
            && !head.is_connect
    );
    let fields: Vec<_> = head.headers().collect();
    assert_eq!(
        fields,
        [
            (&b"Host"[..], &b"127.0.0.1:8080"[..]),
            (b"X-Empty", b""),
            (b"Accept", b"*/*")
        ]
    );
    assert!(header_lines(head.raw).eq(head.headers()));
}

#[test]
fn empty_lines_before_the_request_line() {
    let text = "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let head = head(text);
    assert_eq!(
        (head.head_len, head.raw.len()),
        (text.len(), text.len() - 4)
    );
    assert_eq!(head.headers().count(), 1);
    let many = [&b"\r\n".repeat(9)[..], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
    assert_eq!(parse(&many), Err(RequestError::EmptyLines));
    assert_eq!(parse(b"\r\n\r\n\r"), Ok(None));
    assert_eq!(parse(b"\n"), Err(FieldError::BareLf.into()));
    assert_eq!(parse(b"\r\n\nGET"), Err(FieldError::BareLf.into()));
    assert_eq!(parse(b"\rG"), Err(FieldError::BareCr.into()));
}

#[test]
fn request_lines_that_are_refused() {
    use RequestError::*;
    for (line, error) in [
        ("GET  / HTTP/1.1", InvalidRequestLine),
        ("GET /  HTTP/1.1", InvalidRequestLine),
        ("GET\t/ HTTP/1.1", InvalidRequestLine),
        ("GET /\tHTTP/1.1", InvalidRequestLine),
        ("GET / HTTP/1.1 ", InvalidRequestLine),
        ("GET / HTTP/1.10", InvalidRequestLine),
        ("GET / a HTTP/1.1", InvalidRequestLine),
        ("GET / http/1.1", InvalidRequestLine),
        ("GET / HTTP/ 1.1", InvalidRequestLine),
        ("GET / HTTP/1", InvalidRequestLine),
        ("GET / HTTP/1,1", InvalidRequestLine),
        ("GET / HTTP/+1.1", InvalidRequestLine),
        ("GET / XTTP/1.1", InvalidRequestLine),
        ("GET /", InvalidRequestLine),
        ("GET", InvalidRequestLine),
        ("GET  HTTP/1.1", InvalidRequestLine),
        (" GET / HTTP/1.1", InvalidMethod),
        ("\tGET / HTTP/1.1", InvalidMethod),
        ("G(T / HTTP/1.1", InvalidMethod),
        ("GÉT / HTTP/1.1", InvalidMethod),
        ("GET /\0 HTTP/1.1", InvalidTarget),
        ("GET /\x01 HTTP/1.1", InvalidTarget),
        ("GET /\x7f HTTP/1.1", InvalidTarget),
        ("GET /é HTTP/1.1", InvalidTarget),
        ("GET a HTTP/1.1", InvalidTarget),
        ("GET example.com:80 HTTP/1.1", InvalidTarget),
        ("GET * HTTP/1.1", InvalidTarget),
        ("GET ?a HTTP/1.1", InvalidTarget),
        ("GET http:/a HTTP/1.1", InvalidTarget),
        ("GET http:// HTTP/1.1", InvalidTarget),
        ("GET http:///a HTTP/1.1", InvalidTarget),
        ("GET http://user@a/ HTTP/1.1", InvalidTarget),
        ("GET http://a:b/ HTTP/1.1", InvalidTarget),
        ("CONNECT / HTTP/1.1", InvalidTarget),
        ("CONNECT a HTTP/1.1", InvalidTarget),
        ("CONNECT a: HTTP/1.1", InvalidTarget),
        ("CONNECT http://a:80/ HTTP/1.1", InvalidTarget),
        ("OPTIONS ** HTTP/1.1", InvalidTarget),
        ("GET / HTTP/2.0", UnsupportedVersion),
        ("PRI * HTTP/2.0", UnsupportedVersion),
        ("GET / HTTP/1.2", UnsupportedVersion),
        ("GET / HTTP/0.9", UnsupportedVersion),
        ("GET / HTTP/3.1", UnsupportedVersion),
    ] {
        assert_eq!(
            parse(format!("{line}\r\nHost: a\r\n\r\n").as_bytes()),
            Err(error),
            "{line}"
        );
    }
    assert_eq!(
        parse(b"GET / HTTP/1.1\nHost: a\r\n\r\n"),
        Err(FieldError::BareLf.into())
    );
    assert_eq!(
        parse(b"GET / HTTP/1.1\rHost: a\r\n\r\n"),
        Err(FieldError::BareCr.into())
    );
    assert_eq!(
        parse(b"GET / HTTP/1.1\r\rHost: a\r\n\r\n"),
        Err(FieldError::BareCr.into())
    );
    let long = format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(65));
    assert_eq!(parse(long.as_bytes()), Err(MethodTooLong));
}

#[test]
fn forms_of_targets() {
    let absolute = head("GET http://b:81/c?d HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        (absolute.target, absolute.authority()),
        ("http://b:81/c?d", Some("b:81"))
    );
    assert_eq!(
        head("GET http://b HTTP/1.1\r\nHost: b\r\n\r\n").authority(),
        Some("b")
    );
    assert_eq!(
        head("GET //a/b HTTP/1.1\r\nHost: b\r\n\r\n").authority(),
        None
    );
    let connect = head("CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n");
    assert!(connect.is_connect);
    assert_eq!(connect.authority(), Some("[::1]:443"));
    assert_eq!(
        head("OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n").authority(),
        None
    );
    assert_eq!(
        head("x-Custom /%00 HTTP/1.1\r\nHost: b\r\n\r\n").method,
        "x-Custom"
    );
}

#[test]
fn hosts() {
    for good in ["a", "a.b:1", "", " a ", "[::1]:80", "a_b", "xn--a", "A.B."] {
        head(&format!("GET / HTTP/1.1\r\nHost:{good}\r\n\r\n"));
    }
    for bad in [
        "a b", "a, b", "a/b", "a@b", "a:b", "a:70000", ":80", "http://a", "[::1", "::1", "a\tb",
        "é", "a?b", "a#b", "a\\b",
    ] {
        let text = format!("GET / HTTP/1.1\r\nHost: {bad}\r\n\r\n");
        assert_eq!(
            parse(text.as_bytes()),
            Err(RequestError::InvalidHost),
            "{bad}"
        );
    }
    assert_eq!(
        parse(b"GET / HTTP/1.1\r\n\r\n"),
        Err(RequestError::MissingHost)
    );
    assert_eq!(
        parse(b"GET http://a/ HTTP/1.1\r\n\r\n"),
        Err(RequestError::MissingHost)
    );
    assert_eq!(
        parse(b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"),
        Err(RequestError::RepeatedHost)
    );
    assert_eq!(
        parse(b"GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n"),
        Err(RequestError::RepeatedHost)
    );
    head("GET / HTTP/1.0\r\n\r\n");
}

/// Each row has been somebody's way to slip a request past a proxy.
#[test]
fn smuggling() {
    use FieldError::*;
    use FramingError::*;
    let cases: &[(&str, RequestError)] = &[
        // CL.TE and TE.CL in both orders.
        (
            "Content-Length: 6\r\nTransfer-Encoding: chunked",
            LengthAndEncoding.into(),
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 6",
            LengthAndEncoding.into(),
        ),
        (
            "Transfer-Encoding: gzip\r\nContent-Length: 6",
            LengthAndEncoding.into(),
        ),
        (
            "Content-Length: 0\r\nTransfer-Encoding: chunked",
            LengthAndEncoding.into(),
        ),
        // CL.CL.
        (
            "Content-Length: 5\r\nContent-Length: 6",
            RepeatedLength.into(),
        ),
        (
            "Content-Length: 5\r\nContent-Length: 5",
            RepeatedLength.into(),
        ),
        (
            "Content-Length: 5\r\ncontent-length: 05",
            RepeatedLength.into(),
        ),
        ("Content-Length: 5, 5", InvalidLength.into()),
        ("Content-Length: 5,6", InvalidLength.into()),
        // Lengths that parsers read differently.
        ("Content-Length:", InvalidLength.into()),
        ("Content-Length: +5", InvalidLength.into()),
        ("Content-Length: -5", InvalidLength.into()),
        ("Content-Length: -0", InvalidLength.into()),
        ("Content-Length: 0x5", InvalidLength.into()),
        ("Content-Length: 5 5", InvalidLength.into()),
        ("Content-Length: 5_0", InvalidLength.into()),
        ("Content-Length: 5.0", InvalidLength.into()),
        ("Content-Length: 5e0", InvalidLength.into()),
        ("Content-Length: \"5\"", InvalidLength.into()),
        ("Content-Length: 5;", InvalidLength.into()),
        ("Content-Length: ٥", InvalidLength.into()),
        ("Content-Length: 18446744073709551616", InvalidLength.into()),
        ("Content-Length: 18446744073709551621", InvalidLength.into()),
        ("Content-Length: 9223372036854775808", InvalidLength.into()),
        ("Content-Length: 5\0", ControlCharacter.into()),
        ("Content-Length: \x0b5", ControlCharacter.into()),
        // TE.TE: a coding that one side overlooks.
        ("Transfer-Encoding: xchunked", InvalidEncoding.into()),
        ("Transfer-Encoding: chunkedx", InvalidEncoding.into()),
        ("Transfer-Encoding: x", InvalidEncoding.into()),
        ("Transfer-Encoding:", InvalidEncoding.into()),
        ("Transfer-Encoding: identity", InvalidEncoding.into()),
        ("Transfer-Encoding: gzip", InvalidEncoding.into()),
        (
            "Transfer-Encoding: chunked, identity",
            InvalidEncoding.into(),
        ),
        ("Transfer-Encoding: chunked, gzip", InvalidEncoding.into()),
        (
            "Transfer-Encoding: chunked, chunked",
            InvalidEncoding.into(),
        ),
        ("Transfer-Encoding: chunked,", InvalidEncoding.into()),
        ("Transfer-Encoding: , chunked", InvalidEncoding.into()),
        ("Transfer-Encoding: chunked;q=1", InvalidEncoding.into()),
        ("Transfer-Encoding: \"chunked\"", InvalidEncoding.into()),
        ("Transfer-Encoding: 'chunked'", InvalidEncoding.into()),
        ("Transfer-Encoding: chunked foo", InvalidEncoding.into()),
        ("Transfer-Encoding: \u{a0}chunked", InvalidEncoding.into()),
        ("Transfer-Encoding: chun\u{212a}ed", InvalidEncoding.into()),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
            InvalidEncoding.into(),
        ),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            InvalidEncoding.into(),
        ),
        (
            "Transfer-Encoding: chunked\r\nTransfer-encoding: identity",
            InvalidEncoding.into(),
        ),
        (
            "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
            UnknownCoding.into(),
        ),
        ("Transfer-Encoding: identity, chunked", UnknownCoding.into()),
        ("Transfer-Encoding: gzip, chunked", UnknownCoding.into()),
        ("Transfer-Encoding: xchunked, chunked", UnknownCoding.into()),
        ("Transfer-Encoding: \x0bchunked", ControlCharacter.into()),
        ("Transfer-Encoding: \x0cchunked", ControlCharacter.into()),
        ("Transfer-Encoding: chunked\x1f", ControlCharacter.into()),
        ("Transfer-Encoding: chunked\0", ControlCharacter.into()),
        ("Transfer-Encoding: chunked\x7f", ControlCharacter.into()),
        // Names that one side takes for the field.
        ("Transfer-Encoding : chunked", SpaceBeforeColon.into()),
        ("Transfer-Encoding\t: chunked", SpaceBeforeColon.into()),
        ("Content-Length : 5", SpaceBeforeColon.into()),
        ("Host : b", SpaceBeforeColon.into()),
        ("Transfer\u{2010}Encoding: chunked", InvalidName.into()),
        ("Transfer-Encoding\0: chunked", InvalidName.into()),
        ("Transfer-Encoding\x0b: chunked", InvalidName.into()),
        ("Content-Length\u{a0}: 5", InvalidName.into()),
        ("\0Content-Length: 5", InvalidName.into()),
        ("\"Content-Length\": 5", InvalidName.into()),
        ("(x): 5", InvalidName.into()),
        ("a/b: 5", InvalidName.into()),
        ("a@b: 5", InvalidName.into()),
        (": chunked", EmptyName.into()),
        (":", EmptyName.into()),
        (" : a", Folded.into()),
        ("Transfer-Encoding", MissingColon.into()),
        ("Foo Transfer-Encoding: chunked", SpaceBeforeColon.into()),
        // Folding.
        (" Transfer-Encoding: chunked", Folded.into()),
        ("\tTransfer-Encoding: chunked", Folded.into()),
        ("Transfer-Encoding:\r\n chunked", InvalidEncoding.into()),
        ("Transfer-Encoding: chunked\r\n , identity", Folded.into()),
        ("X: y\r\n\tContent-Length: 5", Folded.into()),
        ("X: y\r\n \r\nContent-Length: 5", Folded.into()),
        // Line ends.
        ("X: y\nTransfer-Encoding: chunked", BareLf.into()),
        ("X: y\rTransfer-Encoding: chunked", BareCr.into()),
        ("X: y\n\rTransfer-Encoding: chunked", BareLf.into()),
        ("X: y\r\r\nTransfer-Encoding: chunked", BareCr.into()),
        ("X: y\r\n\nGET /evil HTTP/1.1", BareLf.into()),
        ("X: y\r\n\rGET /evil HTTP/1.1", BareCr.into()),
        ("X: y\n\nGET /evil HTTP/1.1", BareLf.into()),
        ("X\n: y", MissingColon.into()),
        ("X\r: y", MissingColon.into()),
        ("X:\ry", BareCr.into()),
        ("X:\ny", BareLf.into()),
        // Host.
        ("Host: b", RequestError::RepeatedHost),
        ("HOST: a", RequestError::RepeatedHost),
    ];
    for (fields, error) in cases {
        assert_eq!(with(fields), Err(*error), "{fields:?}");
        assert!([400, 501].contains(&error.status()), "{fields:?}");
    }
    assert_eq!(RequestError::from(UnknownCoding).status(), 501);
    let old = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(parse(old.as_bytes()), Err(EncodingInHttp10.into()));
}

#[test]
fn framing_that_is_accepted() {
    let framing = |fields: &str| with(fields).unwrap().unwrap().framing;
    assert_eq!(framing("X: y"), RequestFraming::None);
    assert_eq!(framing("Content-Length: 0"), RequestFraming::Length(0));
    assert_eq!(
        framing("content-length:\t 12 \t"),
        RequestFraming::Length(12)
    );
    assert_eq!(
        framing("Content-Length: 9007199254740992"),
        RequestFraming::Length(1 << 53)
    );
    assert_eq!(
        framing("Transfer-Encoding: chunked"),
        RequestFraming::Chunked
    );
    assert_eq!(
        framing("TRANSFER-ENCODING:Chunked "),
        RequestFraming::Chunked
    );
    // Other names are other fields.
    assert_eq!(
        framing("Transfer_Encoding: chunked\r\nContent_Length: 5"),
        RequestFraming::None
    );
    assert_eq!(
        framing("X-Content-Length: a\tb\u{e9}"),
        RequestFraming::None
    );
}

#[test]
fn connection_and_expectations() {
    let of = |fields: &str, minor: u8| {
        head(format!("GET / HTTP/1.{minor}\r\nHost: a\r\n{fields}\r\n").leak())
    };
    assert!(of("", 1).keep_alive && !of("", 0).keep_alive);
    assert!(!of("Connection: close\r\n", 1).keep_alive);
    assert!(!of("connection: foo ,CLOSE, bar\r\n", 1).keep_alive);
    assert!(!of("Connection: keep-alive\r\nConnection: close\r\n", 1).keep_alive);
    assert!(of("Connection: closed\r\n", 1).keep_alive);
    assert!(of("Connection: Keep-Alive\r\n", 0).keep_alive);
    assert!(of("Connection: foo\r\nConnection: ,, keep-alive\r\n", 0).keep_alive);
    assert!(!of("Connection: keep-alive, close\r\n", 0).keep_alive);

    assert!(of("Connection: Upgrade\r\nUpgrade: websocket\r\n", 1).upgrade);
    assert!(of("Upgrade: h2c\r\nConnection: keep-alive, upgrade\r\n", 1).upgrade);
    assert!(!of("Connection: upgrade\r\n", 1).upgrade);
    assert!(!of("Upgrade: websocket\r\n", 1).upgrade);
    assert!(!of("Connection: upgrade\r\nUpgrade: websocket\r\n", 0).upgrade);

    let expect = |fields: &str, minor| {
        (
            of(fields, minor).expect_continue,
            of(fields, minor).expect_other,
        )
    };
    assert_eq!(expect("Expect: 100-Continue\r\n", 1), (true, false));
    assert_eq!(expect("Expect: 100-continue\r\n", 0), (false, false));
    assert_eq!(expect("Expect: tea\r\n", 1), (false, true));
}

#[test]
fn limits() {
    let limits = Limits {
        max_head: 100,
        max_url: 20,
        max_headers: 2,
    };
    let status = |text: &str| {
        parse_with(text.as_bytes(), &limits)
            .map(|head| head.is_some())
            .map_err(RequestError::status)
    };
    let url = |len: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "u".repeat(len - 1));
    assert_eq!((status(&url(20)), status(&url(21))), (Ok(true), Err(414)));
    assert_eq!(status(&format!("GET /{}", "u".repeat(30))), Err(414));
    let fields = |count: usize| {
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
            "A: b\r\n".repeat(count - 1)
        )
    };
    assert_eq!(
        (status(&fields(2)), status(&fields(3))),
        (Ok(true), Err(431))
    );
    let filled = |len: usize| {
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n",
            "x".repeat(len - 32)
        )
    };
    assert_eq!(filled(100).len(), 100);
    assert_eq!(
        (status(&filled(100)), status(&filled(101))),
        (Ok(true), Err(431))
    );
    assert_eq!(status(&filled(100)[..99]), Ok(false));
    // What follows the head does not count.
    assert_eq!(status(&(filled(100) + &"b".repeat(1000))), Ok(true));
    let unlimited = Limits {
        max_headers: 0,
        max_head: 1 << 20,
        ..limits
    };
    assert!(
        parse_with(fields(3_000).as_bytes(), &unlimited)
            .unwrap()
            .is_some()
    );
}

#[test]
fn errors_come_early() {
    for start in [
        &b"\x16\x03\x01"[..],
        b"\0",
        b"{",
        b"\x80",
        b" ",
        b"GET\n",
        b"GET / HTTP/2.0\r\n",
        b"GET / FTP",
        b"GET / HTTP/1.1\r\nA: b\n",
    ] {
        assert!(parse(start).is_err(), "{}", start.escape_ascii());
    }
    let limits = Limits::default();
    let mut parser = RequestParser::new();
    assert_eq!(
        parser.parse(b"GET / HTTP/1.1\r\nHost: a\r\nX", &limits),
        Ok(None)
    );
    assert!(parser.in_head());
    assert_eq!(
        parser.parse(b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n", &limits),
        Err(FieldError::SpaceBeforeColon.into())
    );
}

#[test]
fn slow_heads_cost_linear_work() {
    // Quadratic work would be some 10^11 steps here.
    let limits = Limits {
        max_head: 1 << 20,
        ..Limits::default()
    };
    let mut text = b"GET / HTTP/1.1\r\nHost: a\r\nA: ".to_vec();
    text.resize(1 << 19, b'x');
    for field in 0..40_000 {
        text.extend_from_slice(if field == 0 { b"\r\n" } else { b"B: c\r\n" });
    }
    let limits = Limits {
        max_headers: 0,
        ..limits
    };
    let mut parser = RequestParser::new();
    for end in 1..=text.len() {
        assert_eq!(parser.parse(&text[..end], &limits), Ok(None));
    }
}

#[test]
fn parsers_may_be_used_again_and_with_other_buffers() {
    let limits = Limits::default();
    let mut parser = RequestParser::new();
    let two = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n";
    let first = parser.parse(two, &limits).unwrap().unwrap();
    let second = parser
        .parse(&two[first.head_len..], &limits)
        .unwrap()
        .unwrap();
    assert_eq!((first.target, second.target), ("/1", "/2"));
    assert_eq!(parser.parse(&two[..20], &limits), Ok(None));
    // A shorter buffer than before is a mistake of the caller, not a panic.
    assert_eq!(parser.parse(&two[..3], &limits), Ok(None));
    assert_eq!(parser.parse(two, &limits).unwrap().unwrap().target, "/1");
    assert!(!parser.in_head());
    // Limits may change under an incomplete head.
    assert_eq!(parser.parse(&two[..20], &limits), Ok(None));
    let tight = Limits {
        max_head: 10,
        ..limits
    };
    assert!(parser.parse(&two[..21], &tight).is_err());
}

#[test]
fn parsers_are_small() {
    assert!(size_of::<RequestParser>() <= 16);
    assert!(size_of::<luvit_http::ResponseParser>() <= 16);
    assert!(size_of::<luvit_http::ChunkedDecoder>() <= 32);
}
