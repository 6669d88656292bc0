//! Nanoseconds per request head, ours and httparse's: `cargo run --release -p luvit-http --example parse_speed`.

use luvit_http::{Limits, RequestParser};
use std::hint::black_box;
use std::time::Instant;

const SMALL: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

const BROWSER: &[u8] = b"GET /search?q=event+loop&page=2 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 \
(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\nAccept: text/html,application/xhtml+xml,application/xml;\
q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\
\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\nUpgrade-Insecure-Requests: 1\r\n\r\n";

fn best_of(mut work: impl FnMut()) -> f64 {
    const TURNS: u32 = 200_000;
    let turn = |_| {
        let start = Instant::now();
        for _ in 0..TURNS {
            work();
        }
        start.elapsed().as_nanos() as f64 / f64::from(TURNS)
    };
    (0..15).map(turn).fold(f64::INFINITY, f64::min)
}

fn main() {
    let limits = Limits::default();
    for (name, input) in [("small GET", SMALL), ("browser GET", BROWSER)] {
        let mut parser = RequestParser::new();
        let ours = best_of(|| {
            assert!(matches!(
                black_box(parser.parse(black_box(input), &limits)),
                Ok(Some(_))
            ))
        });
        let fields = best_of(|| {
            let head = parser.parse(black_box(input), &limits).unwrap().unwrap();
            black_box(
                head.headers()
                    .map(|(name, value)| name.len() + value.len())
                    .sum::<usize>(),
            );
        });
        let other = best_of(|| {
            let mut slots = [httparse::EMPTY_HEADER; 64];
            let mut request = httparse::Request::new(&mut slots);
            assert!(matches!(
                black_box(request.parse(black_box(input))),
                Ok(httparse::Status::Complete(_))
            ));
        });
        let lazy = best_of(|| {
            let mut slots = [const { std::mem::MaybeUninit::uninit() }; 64];
            let mut request = httparse::Request::new(&mut []);
            let result = request.parse_with_uninit_headers(black_box(input), &mut slots);
            assert!(matches!(
                black_box(result),
                Ok(httparse::Status::Complete(_))
            ));
        });
        println!("{name}: {} bytes", input.len());
        println!("  ours {ours:.1} ns, with a walk over the fields {fields:.1} ns");
        println!("  httparse {other:.1} ns, with uninitialised slots {lazy:.1} ns (syntax alone)");
    }
}
