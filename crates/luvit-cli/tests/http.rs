//! The HTTP server over real connections: small Lua servers, and clients that write and read raw bytes.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// After this long something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every script starts with: `serve(handler, options)` listens and says where.
const PRELUDE: &str = r"
local http, timer = require('http'), require('timer')
local function say(...) print(...) end
local function serve(handler, options)
  local server = http.createServer(options or {}, handler)
  server:listen(0, '127.0.0.1', function() say('PORT ' .. server:address().port) end)
  return server
end
";

/// A luvit process that serves.
struct Server {
    process: Child,
    address: SocketAddr,
    lines: Receiver<String>,
    errors: Receiver<String>,
    script: PathBuf,
}

impl Server {
    /// Starts a script, which calls `serve`.
    fn start(script: &str) -> Server {
        Server::start_with(Command::new(env!("CARGO_BIN_EXE_luvit")), script)
    }

    fn start_with(mut command: Command, script: &str) -> Server {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("luvit-http-{}-{number}.lua", std::process::id()));
        std::fs::write(&path, format!("{}{script}", PRELUDE.trim_start())).unwrap();
        let mut process = command
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = lines_of(process.stdout.take().unwrap());
        let errors = lines_of(process.stderr.take().unwrap());
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Server {
            process,
            address,
            lines,
            errors,
            script: path,
        };
        let port = server.line("PORT ").parse().unwrap();
        server.address.set_port(port);
        server
    }

    /// Waits for a line with this start, and gives the rest of it.
    fn line(&self, start: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    if let Some(rest) = line.strip_prefix(start) {
                        return rest.to_owned();
                    }
                }
                Err(_) => panic!(
                    "no line {start:?}; stderr: {:?}",
                    self.errors.try_iter().collect::<Vec<_>>()
                ),
            }
        }
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client {
            stream,
            kept: Vec::new(),
        }
    }

    /// Sends bytes on a connection of their own, half-closes, and gives all that comes back.
    fn talk(&self, request: impl AsRef<[u8]>) -> String {
        let mut client = self.connect();
        client.send(request);
        client.stream.shutdown(Shutdown::Write).unwrap();
        client.rest()
    }

    /// Resident memory in KB.
    fn memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Waits for the process to end: its exit code.
    fn exit_code(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "the process should have ended");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let running = matches!(self.process.try_wait(), Ok(None));
        let _ended_already = self.process.kill();
        let _ended_already = self.process.wait();
        let _gone_already = std::fs::remove_file(&self.script);
        let said: Vec<String> = self.errors.iter().collect();
        let wrong = said
            .iter()
            .any(|line| line.contains("panicked") || line.contains("internal error"));
        if !thread::panicking() {
            assert!(!wrong, "{said:?}");
            assert!(
                running || !said.iter().any(|line| line.contains("Segmentation")),
                "{said:?}"
            );
        } else if !said.is_empty() {
            eprintln!("stderr of the server: {said:#?}");
        }
    }
}

fn lines_of(from: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// One connection.
struct Client {
    stream: TcpStream,
    kept: Vec<u8>,
}

/// One response.
#[derive(Debug)]
struct Response {
    status: u16,
    head: String,
    body: String,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).first().copied()
    }

    fn headers(&self, name: &str) -> Vec<&str> {
        let fields = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        fields
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }
}

impl Client {
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// One read of whatever comes: empty at the end.
    fn read_some(&mut self) -> Vec<u8> {
        if !self.kept.is_empty() {
            return std::mem::take(&mut self.kept);
        }
        let mut buffer = vec![0; 65536];
        match self.stream.read(&mut buffer) {
            Ok(length) => buffer.truncate(length),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => buffer.clear(),
            Err(error) => panic!("{error}"),
        }
        buffer
    }

    /// Everything up to the end.
    fn rest(&mut self) -> String {
        let mut all = Vec::new();
        loop {
            let some = self.read_some();
            if some.is_empty() {
                return String::from_utf8_lossy(&all).into_owned();
            }
            all.extend(some);
        }
    }

    fn until(&mut self, end: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            if let Some(at) = all.windows(end.len()).position(|window| window == end) {
                self.kept = all.split_off(at + end.len());
                return all;
            }
            let some = self.read_some();
            assert!(
                !some.is_empty(),
                "ended after {:?}",
                String::from_utf8_lossy(&all)
            );
            all.extend(some);
        }
    }

    fn exactly(&mut self, length: usize) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.kept);
        while all.len() < length {
            let some = self.read_some();
            assert!(
                !some.is_empty(),
                "ended after {} of {length} bytes",
                all.len()
            );
            all.extend(some);
        }
        self.kept = all.split_off(length);
        all
    }

    /// The next response; `no_body` when it answers HEAD.
    fn response(&mut self, no_body: bool) -> Response {
        let head = String::from_utf8(self.until(b"\r\n\r\n")).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut response = Response {
            status,
            head,
            body: String::new(),
        };
        if no_body || status < 200 || status == 204 || status == 304 {
            return response;
        }
        let body = if response.header("Transfer-Encoding") == Some("chunked") {
            let mut body = Vec::new();
            loop {
                let line = String::from_utf8(self.until(b"\r\n")).unwrap();
                let size = usize::from_str_radix(line.trim_end(), 16).unwrap();
                if size == 0 {
                    break;
                }
                body.extend(self.exactly(size));
                assert_eq!(self.exactly(2), b"\r\n");
            }
            let mut trailers = String::new();
            loop {
                let line = String::from_utf8(self.until(b"\r\n")).unwrap();
                if line == "\r\n" {
                    break;
                }
                trailers.push_str(&line);
            }
            response.head.push_str(&trailers);
            body
        } else if let Some(length) = response.header("Content-Length") {
            self.exactly(length.parse().unwrap())
        } else {
            self.rest().into_bytes()
        };
        response.body = String::from_utf8_lossy(&body).into_owned();
        response
    }

    fn ask(&mut self, request: &str) -> Response {
        self.send(request);
        self.response(request.starts_with("HEAD "))
    }
}

const ECHO: &str = r"
serve(function(req, res)
  local parts = {}
  req:on('data', function(chunk) parts[#parts + 1] = chunk end)
  req:on('end', function()
    res:finish(req.method .. ' ' .. req.url .. ' [' .. table.concat(parts) .. ']')
  end)
end)
";

#[test]
fn requests_that_could_smuggle_are_refused_after_earlier_answers() {
    let server = Server::start(ECHO);
    let table: &[(&str, u16)] = &[
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n12345",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 5\r\n\r\n12345",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n1234",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\n1234",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            400,
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\nabcd\r\n0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcdXX0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\n0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
            400,
        ),
        ("GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n  folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("\x16\x03\x01\x02\0\x01\0", 400),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417),
    ];
    for (request, status) in table {
        for pipelined in [false, true] {
            let before = if pipelined {
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n"
            } else {
                ""
            };
            let mut client = server.connect();
            client.send(format!(
                "{before}{request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
            ));
            if pipelined {
                assert_eq!(client.response(false).body, "GET /1 []", "{request:?}");
                assert_eq!(
                    client.response(true).header("Content-Length"),
                    Some("10"),
                    "{request:?}"
                );
            }
            let response = client.response(false);
            assert_eq!(response.status, *status, "{request:?}: {response:?}");
            assert_eq!(response.header("Connection"), Some("close"), "{request:?}");
            assert_eq!(client.rest(), "", "{request:?}");
        }
    }
    assert_eq!(
        server
            .connect()
            .ask("GET / HTTP/1.1\r\nHost:\r\n\r\n")
            .status,
        200
    );
    let same = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok";
    assert!([200, 400].contains(&server.connect().ask(same).status));
}

#[test]
fn pipelined_requests_are_answered_in_order_whoever_is_ready_first() {
    let server = Server::start(
        r"
        serve(function(req, res)
          local ms = tonumber(req.url:match('%d+'))
          if ms == 0 then return res:finish(req.url) end
          timer.setTimeout(ms, function()
            res:write(req.url)
            timer.setTimeout(1, function() res:finish() end)
          end)
        end)",
    );
    let mut client = server.connect();
    let waits = [30, 0, 0, 10, 1, 0, 20, 0, 0, 0, 5];
    let requests: String = waits
        .iter()
        .enumerate()
        .map(|(i, ms)| format!("GET /{ms}?{i} HTTP/1.1\r\nHost: a\r\n\r\n"))
        .collect();
    client.send(&requests);
    for (i, ms) in waits.iter().enumerate() {
        assert_eq!(client.response(false).body, format!("/{ms}?{i}"));
    }
    // The connection is still good, and a half-close in the middle loses no answer.
    client.send(&requests);
    client.stream.shutdown(Shutdown::Write).unwrap();
    for (i, ms) in waits.iter().enumerate() {
        assert_eq!(client.response(false).body, format!("/{ms}?{i}"));
    }
    assert_eq!(client.rest(), "");
}

#[test]
fn one_write_for_head_and_body_and_for_pipelined_answers() {
    let server = Server::start("serve(function(_, res) res:finish(('x'):rep(1000)) end)");
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let text = String::from_utf8(client.read_some()).unwrap();
    assert!(
        text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with(&"x".repeat(1000)),
        "{text}"
    );
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10));
    let text = String::from_utf8(client.read_some()).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 10, "{text}");
}

#[test]
fn http_1_0() {
    let server = Server::start(
        r"
        serve(function(req, res)
          if req.url == '/pieces' then
            res:write('a')
            res:finish('b')
          elseif req.url == '/chunked' then
            res:setHeader('Transfer-Encoding', 'chunked')
            res:write('a')
            res:finish('b')
          else
            res:finish(req.httpVersion .. tostring(req.headers.host))
          end
        end)",
    );
    let answer = server.talk("GET / HTTP/1.0\r\n\r\n");
    assert!(
        answer.contains("\r\nConnection: close\r\n") && answer.ends_with("\r\n\r\n1.0nil"),
        "{answer}"
    );

    let mut client = server.connect();
    for _ in 0..2 {
        let response = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\nHost: a\r\n\r\n");
        assert_eq!(response.header("Connection"), Some("keep-alive"));
        assert_eq!(response.body, "1.0a");
    }
    for path in ["/pieces", "/chunked"] {
        let answer = server.talk(format!(
            "GET {path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        ));
        assert!(
            !answer.to_lowercase().contains("transfer-encoding"),
            "{answer}"
        );
        assert!(
            answer.contains("Connection: close\r\n") && answer.ends_with("\r\n\r\nab"),
            "{answer}"
        );
    }
    let close = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert!(server.talk(close).contains("\r\nConnection: close\r\n"));
}

#[test]
fn bodies_in_chunks_with_trailers_both_ways() {
    let server = Server::start(
        r"
        serve(function(req, res)
          local parts = {}
          req:on('data', function(chunk) parts[#parts + 1] = chunk end)
          req:on('end', function()
            res:setHeader('Trailer', 'X-Sum')
            res:addTrailers({ ['X-Sum'] = #table.concat(parts), ['X-Got'] = tostring(req.trailers['x-check']) })
            for _, part in ipairs(parts) do res:write(part) end
            res:finish('.')
          end)
        end)",
    );
    let mut client = server.connect();
    let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
        5\r\nhello\r\n6;ext=\"1\"\r\n world\r\n0\r\nX-Check: yes\r\n\r\n";
    // Whole, and byte by byte.
    for step in [request.len(), 1] {
        for piece in request.as_bytes().chunks(step) {
            client.send(piece);
        }
        let response = client.response(false);
        assert_eq!(response.body, "hello world.");
        assert_eq!(response.header("X-Sum"), Some("11"));
        assert_eq!(response.header("X-Got"), Some("yes"));
    }
}

#[test]
fn expect_100_continue() {
    let server = Server::start(ECHO);
    let mut client = server.connect();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    let interim = client.ask(head);
    assert_eq!(
        (interim.status, interim.head.as_str()),
        (100, "HTTP/1.1 100 Continue\r\n\r\n")
    );
    assert_eq!(client.ask("ok").body, "POST / [ok]");

    let server = Server::start(
        r"
        serve(function(_, res) res:finish('plain') end):on('checkContinue', function(req, res)
          if req.url == '/no' then
            res.statusCode = 413
            return res:finish()
          end
          res:writeContinue()
          res:writeInformation(103, { Link = '</a.css>; rel=preload' })
          req:on('end', function() res:finish('done') end):resume()
        end)",
    );
    let mut client = server.connect();
    assert_eq!(client.ask(head).status, 100);
    assert_eq!(
        client.response(false).header("Link"),
        Some("</a.css>; rel=preload")
    );
    assert_eq!(client.ask("ok").body, "done");
    assert_eq!(client.ask(&head.replace("POST /", "POST /no")).status, 413);
    // HTTP/1.0 knows no interim responses.
    let answer =
        server.talk("POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn heads_and_statuses_without_a_body() {
    let server = Server::start(
        r"
        serve(function(req, res)
          local status, how = req.url:match('/(%d+)/(%a+)')
          res.statusCode = tonumber(status)
          if how == 'pieces' then res:write('some') end
          if how == 'long' then res:setHeader('Content-Length', 9) end
          res:finish(how == 'long' and 'text text' or 'text')
        end)",
    );
    let mut client = server.connect();
    for (request, status, length, chunked) in [
        ("HEAD /200/whole", 200, Some("4"), false),
        ("HEAD /200/long", 200, Some("9"), false),
        ("HEAD /200/pieces", 200, None, true),
        ("GET /204/whole", 204, None, false),
        ("GET /204/pieces", 204, None, false),
        ("GET /204/long", 204, None, false),
        ("GET /304/whole", 304, None, false),
        ("GET /304/long", 304, Some("9"), false),
    ] {
        client.send(format!("{request} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let response = client.response(true);
        assert_eq!(response.status, status, "{request}");
        assert_eq!(response.header("Content-Length"), length, "{request}");
        assert_eq!(
            response.header("Transfer-Encoding").is_some(),
            chunked,
            "{request}"
        );
        assert_eq!(
            response.header("Connection"),
            Some("keep-alive"),
            "{request}"
        );
        assert!(response.header("Date").is_some(), "{request}");
    }
    let response = client.ask("GET /200/pieces HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(response.body, "sometext");
}

#[test]
fn upgrade_and_connect_hand_the_socket_over() {
    // As in luvit: the response's head, then the plain socket of the request, in any order of the two.
    let server = Server::start(
        r"
        serve(function(req, res)
          if not req.is_upgraded then return res:finish('plain ' .. req.url) end
          if req.url == '/refused' then return res:finish('no ' .. tostring(req.headers.upgrade)) end
          if req.url == '/raw' then
            req.socket:write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
          else
            res:writeHead(req.method == 'CONNECT' and 200 or 101, { Connection = 'Upgrade', Upgrade = 'echo' })
            res:flushHeaders()
          end
          local socket = req.socket
          socket:write('welcome;')
          socket:on('data', function(chunk) socket:write(chunk) end)
          socket:on('end', function() socket:_end('bye') end)
        end)",
    );
    for request in [
        "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
        "GET /raw HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\nUpgrade: echo\r\n\r\n",
        "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
    ] {
        let mut client = server.connect();
        client.send(format!(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n{request}unread bytes"
        ));
        assert_eq!(client.response(false).body, "plain /1");
        let head = String::from_utf8(client.until(b"\r\n\r\n")).unwrap();
        assert!(
            head.starts_with("HTTP/1.1 101 ") || head.starts_with("HTTP/1.1 200 "),
            "{head}"
        );
        assert!(
            !head.contains("Content-Length") && !head.contains("Transfer-Encoding"),
            "{head}"
        );
        assert_eq!(client.exactly(20), b"welcome;unread bytes");
        client.send("more");
        assert_eq!(client.exactly(4), b"more");
        client.stream.shutdown(Shutdown::Write).unwrap();
        client.rest();
    }
    // An offer that is not taken up is a request like others.
    let mut client = server.connect();
    let offer = "GET /refused HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    client.send(format!("{offer}GET /next HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_eq!(client.response(false).body, "no h2c");
    assert_eq!(client.response(false).body, "plain /next");
}

#[test]
fn upgrade_and_connect_events() {
    let server = Server::start(
        r"
        local server = serve(function(_, res) res:finish('plain') end)
        local function take(name)
          server:on(name, function(req, socket, unread)
            socket:write('HTTP/1.1 200 OK\r\n\r\n' .. name .. ' ' .. req.url .. ' ' .. unread .. ';')
            socket:on('data', function(chunk) socket:write(chunk:upper()) end)
          end)
        end
        take('upgrade')
        take('connect')",
    );
    for (request, first) in [
        (
            "GET /u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
            "upgrade /u rest;",
        ),
        (
            "CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\n",
            "connect b:1 rest;",
        ),
    ] {
        let mut client = server.connect();
        client.send(format!("{request}rest"));
        client.until(b"\r\n\r\n");
        assert_eq!(String::from_utf8(client.until(b";")).unwrap(), first);
        client.send("loud");
        assert_eq!(client.exactly(4), b"LOUD");
    }
    assert_eq!(
        server
            .connect()
            .ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .body,
        "plain"
    );
}

#[test]
fn header_injection_is_refused() {
    let server = Server::start(
        r#"
        local bad = { 'a\r\nX-Evil: 1', 'a\nX-Evil: 1', 'a\rb', 'a\0b', '\r\n\r\n<html>' }
        serve(function(req, res)
          local refused, tried = 0, 0
          local function try(fn, ...)
            tried = tried + 1
            if not pcall(fn, ...) then refused = refused + 1 end
          end
          for _, text in ipairs(bad) do
            try(res.setHeader, res, 'X-A', text)
            try(res.setHeader, res, text, 'x')
            try(res.setHeader, res, 'X-A', { 'fine', text })
            try(res.writeHead, res, 200, { ['X-A'] = text })
            try(res.writeHead, res, 200, { [text] = 'x' })
            try(res.writeHead, res, 200, { { 'X-A', text } })
            try(res.writeHead, res, 200, { { text, 'x' } })
            try(res.writeHead, res, 200, { ['X-A'] = { 'fine', text } })
            try(res.writeHead, res, 200, text, {})
            try(res.addTrailers, res, { ['X-A'] = text })
            try(res.addTrailers, res, { { text, 'a' } })
            try(res.writeInformation, res, 103, { Link = text })
            try(function()
              res.headers['X-A'] = text
              res:flushHeaders()
            end)
            res.headers['X-A'] = nil
            try(function()
              res.statusMessage = text
              res:flushHeaders()
            end)
            res.statusMessage = nil
          end
          try(res.setHeader, res, '', 'x')
          try(res.setHeader, res, 'a b', 'x')
          try(res.setHeader, res, 'a:', 'x')
          res:setHeader('X-Gone', 'x')
          res:setHeader('X-Gone', nil)
          try(res.setHeader, res, 'X-A', function() end)
          try(res.writeHead, res, 99)
          try(res.writeHead, res, 1000)
          try(res.writeHead, res, 'OK')
          try(res.setHeader, res, 'Content-Length', 'many')
          res:setHeader('X-Fine', 'yes')
          res:finish(refused .. ' of ' .. tried)
        end)"#,
    );
    let response = server.connect().ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(response.body, "78 of 78");
    assert_eq!(response.header("X-Fine"), Some("yes"));
    assert!(!response.head.contains("Evil"), "{}", response.head);
}

#[test]
fn headers_of_requests_and_responses() {
    let server = Server::start(
        r"
        serve(function(req, res)
          local all = {}
          for _, pair in ipairs(req.headers) do all[#all + 1] = pair[1] .. '=' .. pair[2] end
          assert(req.headers['x-a'] == '1' and req.headers['X-A'] == '1' and req.headers.none == nil)
          res:setHeader('Set-Cookie', { 'a=1', 'b=2' })
          res:setHeader('X-Gone', 'x')
          res:removeHeader('x-gone')
          res:setHeader('x-once', 1)
          res:setHeader('X-ONCE', 2)
          assert(res:getHeader('X-Once') == '2' and not res.headersSent)
          res:writeHead(201, 'Made', { ['X-List'] = { 'p', 'q' }, ['x-more'] = 'yes' })
          res:finish(table.concat(all, ' '))
          assert(res.headersSent and res.finished)
          assert(not pcall(res.setHeader, res, 'a', 'b'))
          assert(not pcall(res.removeHeader, res, 'a'))
          assert(not pcall(res.writeHead, res, 200))
          res:finish('twice')
        end)",
    );
    let response = server
        .connect()
        .ask("GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nX-Empty:\r\n\r\n");
    assert!(
        response.head.starts_with("HTTP/1.1 201 Made\r\n"),
        "{}",
        response.head
    );
    assert_eq!(response.body, "Host=h X-A=1 x-a=2 X-Empty=");
    assert_eq!(response.headers("Set-Cookie"), ["a=1", "b=2"]);
    assert_eq!(response.headers("X-List"), ["p", "q"]);
    assert_eq!(response.headers("X-Once"), ["2"]);
    assert_eq!(response.headers("X-Gone"), [""; 0]);
    assert_eq!(response.header("x-more"), Some("yes"));
}

#[test]
fn limits_as_options_and_as_properties() {
    let script = |given: &str, later: &str| {
        Server::start(&format!(
            "local server = serve(function(req, res) res:finish(req.url) end, {{ {given} }})\n{later}"
        ))
    };
    for server in [
        script(
            "maxHeaderSize = 300, maxUrlLength = 50, maxHeadersCount = 3",
            "",
        ),
        script(
            "",
            "server.maxHeaderSize = 300; server.maxUrlLength = 50; server.maxHeadersCount = 3",
        ),
    ] {
        let status = |request: String| {
            server
                .talk(request)
                .split(' ')
                .nth(1)
                .unwrap()
                .parse::<u16>()
                .unwrap()
        };
        assert_eq!(
            status(format!(
                "GET /{} HTTP/1.1\r\nHost: a\r\n\r\n",
                "x".repeat(49)
            )),
            200
        );
        assert_eq!(
            status(format!(
                "GET /{} HTTP/1.1\r\nHost: a\r\n\r\n",
                "x".repeat(50)
            )),
            414
        );
        assert_eq!(
            status("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n".into()),
            200
        );
        assert_eq!(
            status("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n".into()),
            431
        );
        assert_eq!(
            status(format!(
                "GET / HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n",
                "x".repeat(300)
            )),
            431
        );
        // Refused before its end came.
        let mut client = server.connect();
        client.send(format!(
            "GET / HTTP/1.1\r\nHost: a\r\nA: {}",
            "x".repeat(300)
        ));
        assert_eq!(client.response(false).status, 431);
    }
    let server = script("", "assert(server.maxHeaderSize == 16384 and server.keepAliveTimeout == 5000)
        assert(server.maxHeadersCount == 2000 and server.headersTimeout == 60000 and server.requestTimeout == 300000)
        assert(server.maxUrlLength == 8192 and server.maxConnections == 0 and server.maxRequestsPerSocket == 0)
        assert(not pcall(function() server.maxHeaderSize = 'big' end))
        assert(not pcall(function() server.timeout = -1 end))
        assert(not pcall(function() server.timeout = 0 / 0 end))");
    let request = |size: usize| {
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n",
            "x".repeat(size)
        )
    };
    assert!(server.talk(request(16_000)).starts_with("HTTP/1.1 200"));
    assert!(server.talk(request(16_400)).starts_with("HTTP/1.1 431"));
    assert!(
        server
            .talk(format!(
                "GET /{} HTTP/1.1\r\nHost: a\r\n\r\n",
                "x".repeat(9000)
            ))
            .starts_with("HTTP/1.1 414")
    );
}

#[test]
fn limits_on_time() {
    let server = Server::start(
        r"
        serve(function(req, res)
          res:on('close', function() say('closed ' .. req.url .. ' ' .. tostring(req.aborted)) end)
          if req.url == '/hang' then return end
          req:on('end', function() res:finish('ok') end):resume()
        end, { headersTimeout = 60, requestTimeout = 120, keepAliveTimeout = 50, timeout = 0 })",
    );
    // No byte, half a head, half a body: 408; between requests: nothing.
    for sent in [
        "",
        "GET / HTTP/1.1\r\nHo",
        "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe",
    ] {
        let mut client = server.connect();
        client.send(sent);
        let response = client.response(false);
        assert_eq!(response.status, 408, "{sent:?}");
        assert_eq!(response.header("Connection"), Some("close"));
        assert_eq!(client.rest(), "");
    }
    assert_eq!(server.line("closed "), "/slow true");
    let mut client = server.connect();
    assert_eq!(client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").body, "ok");
    assert_eq!(client.rest(), "");

    // A head that drips in time counts from its first byte, not from its last.
    let mut client = server.connect();
    let start = Instant::now();
    let mut dripped = 0;
    for byte in b"GET /drip HTTP/1.1\r\nHost: a\r\nX: "
        .iter()
        .chain([b'x'; 2000].iter())
    {
        if client.stream.write_all(&[*byte]).is_err() || start.elapsed() > PATIENCE {
            break;
        }
        dripped += 1;
        thread::sleep(Duration::from_millis(5));
    }
    assert!(dripped < 1000, "{dripped} bytes dripped in");

    let server = Server::start(
        r"
        local server = serve(function(req, res)
          res:on('close', function() say('closed ' .. req.url .. ' ' .. tostring(req.aborted)) end)
          if req.url == '/own' then
            res:setTimeout(30, function() res:finish('timed out') end)
          elseif req.url == '/socket' then
            req.socket:setTimeout(30, function() res:finish('socket timed out') end)
          elseif req.url == '/late' then
            timer.setTimeout(20, function()
              res:write('a')
              timer.setTimeout(20, function() res:finish('b') end)
            end)
          end
        end, { timeout = 200 })",
    );
    let mut client = server.connect();
    assert_eq!(
        client.ask("GET /own HTTP/1.1\r\nHost: a\r\n\r\n").body,
        "timed out"
    );
    assert_eq!(
        server
            .connect()
            .ask("GET /socket HTTP/1.1\r\nHost: a\r\n\r\n")
            .body,
        "socket timed out"
    );
    assert_eq!(
        server
            .connect()
            .ask("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
            .body,
        "ab"
    );
    let mut client = server.connect();
    client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.rest(), "");
    assert_eq!(server.line("closed /never "), "true");
}

#[test]
fn limits_on_connections_and_requests() {
    let server = Server::start(
        "serve(function(req, res) res:finish(req.url) end, { maxConnections = 2, maxRequestsPerSocket = 3 })",
    );
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let (mut one, mut two) = (server.connect(), server.connect());
    assert_eq!(one.ask(request).status, 200);
    assert_eq!(two.ask(request).status, 200);
    assert_eq!(server.connect().rest(), "");
    assert_eq!(one.ask(request).header("Connection"), Some("keep-alive"));
    assert_eq!(one.ask(request).header("Connection"), Some("close"));
    assert_eq!(one.rest(), "");
    drop(one);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut three = server.connect();
        three.stream.write_all(request.as_bytes()).unwrap();
        if !three.read_some().is_empty() {
            break;
        }
        assert!(Instant::now() < deadline);
    }
}

#[test]
fn a_client_that_half_closes_gets_its_answer() {
    let server = Server::start(
        r"
        serve(function(req, res)
          local parts = {}
          req:on('data', function(chunk) parts[#parts + 1] = chunk end)
          req:on('end', function()
            timer.setTimeout(20, function()
              res:write('late ')
              timer.setTimeout(20, function() res:finish(table.concat(parts)) end)
            end)
          end)
        end)",
    );
    let answer = server.talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("late ") && answer.contains("hello"),
        "{answer}"
    );
}

#[test]
fn half_closed_connections_end_when_nothing_can_answer_them() {
    // The process would otherwise wait for ever: no timer, no listener, only a client that may be gone.
    let mut server = Server::start(
        r"
        local server
        server = serve(function(req, res)
          res:on('close', function() say('closed') end)
          server:close(function() say('server closed') end)
        end)",
    );
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.rest(), "");
    server.line("closed");
    server.line("server closed");
    assert_eq!(server.exit_code(), Some(0));
}

#[test]
fn close_waits_for_open_requests() {
    let mut server = Server::start(
        r"
        local server
        server = serve(function(req, res)
          if req.url == '/close' then
            server:close(function() say('all closed') end)
            say('closing')
          end
          timer.setTimeout(50, function() res:finish(('x'):rep(100000)) end)
        end)",
    );
    let (mut idle, mut one, mut two) = (server.connect(), server.connect(), server.connect());
    assert_eq!(
        idle.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").body.len(),
        100_000
    );
    one.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n");
    two.send("GET /close HTTP/1.1\r\nHost: a\r\n\r\n");
    server.line("closing");
    assert_eq!(idle.rest(), "");
    for client in [&mut one, &mut two] {
        let response = client.response(false);
        assert_eq!(response.body.len(), 100_000);
        assert_eq!(response.header("Connection"), Some("close"));
        client.rest();
    }
    assert!(TcpStream::connect_timeout(&server.address, PATIENCE).is_err());
    drop((idle, one, two));
    server.line("all closed");
    assert_eq!(server.exit_code(), Some(0));
}

#[test]
fn slow_readers_bound_memory_when_the_handler_waits_for_drain() {
    let server = Server::start(
        r"
        serve(function(req, res)
          local chunk, left = ('x'):rep(64 * 1024), 1600
          local drains = 0
          local function go()
            while left > 0 do
              left = left - 1
              if not res:write(chunk) and left > 0 then
                drains = drains + 1
                return res:once('drain', go)
              end
            end
            res:finish()
            say('drains ' .. tostring(drains > 10))
          end
          go()
        end)",
    );
    let before = server.memory();
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    thread::sleep(Duration::from_millis(300));
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 6_000, "{grown} KB for a client that reads nothing");
    assert_eq!(client.response(false).body.len(), 1600 * 64 * 1024);
    server.line("drains true");
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 16_000, "{grown} KB after it");
}

#[test]
fn clients_that_pipeline_and_read_nothing_are_stopped() {
    let server = Server::start("serve(function(_, res) res:finish(('x'):rep(10000)) end)");
    let before = server.memory();
    let mut client = server.connect();
    let requests = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
    client.stream.set_nonblocking(true).unwrap();
    let mut sent = 0;
    let mut stalled = 0;
    while stalled < 50 && sent < 200_000_000 {
        match client.stream.write(requests.as_bytes()) {
            Ok(length) => {
                sent += length;
                stalled = 0;
            }
            Err(_) => {
                stalled += 1;
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
    assert!(sent < 200_000_000, "it took {sent} bytes of requests");
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 8_000, "{grown} KB");
    // It goes on when it reads.
    client.stream.set_nonblocking(false).unwrap();
    for _ in 0..1000 {
        assert_eq!(client.response(false).body.len(), 10_000);
    }
}

#[test]
fn a_handler_that_reads_slowly_slows_the_client() {
    let server = Server::start(
        r"
        serve(function(req, res)
          local count = 0
          timer.setTimeout(300, function()
            req:on('data', function(chunk)
              count = count + #chunk
              req:pause()
              timer.setImmediate(function() req:resume() end)
            end)
            req:on('end', function() res:finish(tostring(count)) end)
          end)
        end)",
    );
    let before = server.memory();
    let mut client = server.connect();
    let size = 30_000_000;
    client.send(format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n"
    ));
    let mut writer = client.stream.try_clone().unwrap();
    let writing = thread::spawn(move || writer.write_all(&vec![b'x'; size]).unwrap());
    thread::sleep(Duration::from_millis(150));
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 6_000, "{grown} KB while nobody reads");
    assert_eq!(client.response(false).body, size.to_string());
    writing.join().unwrap();
    // The connection is good for the next one.
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    assert_eq!(client.response(false).body, "1");
}

#[test]
fn a_request_piped_into_its_response() {
    let server = Server::start("serve(function(req, res) req:pipe(res) end)");
    let before = server.memory();
    for chunked in [false, true] {
        let data: Vec<u8> = (0..10_000_000_u32).map(|i| (i % 251) as u8).collect();
        let mut client = server.connect();
        let mut request = Vec::new();
        if chunked {
            request.extend(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            for piece in data.chunks(100_000) {
                request.extend(format!("{:x}\r\n", piece.len()).bytes());
                request.extend(piece);
                request.extend(b"\r\n");
            }
            request.extend(b"0\r\n\r\n");
        } else {
            request.extend(
                format!(
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
                    data.len()
                )
                .bytes(),
            );
            request.extend(&data);
        }
        let mut writer = client.stream.try_clone().unwrap();
        let writing = thread::spawn(move || writer.write_all(&request).unwrap());
        let head = String::from_utf8(client.until(b"\r\n\r\n")).unwrap();
        assert!(head.contains("Transfer-Encoding: chunked\r\n"), "{head}");
        let mut got = Vec::new();
        loop {
            let line = String::from_utf8(client.until(b"\r\n")).unwrap();
            let size = usize::from_str_radix(line.trim_end(), 16).unwrap();
            got.extend(client.exactly(size));
            client.exactly(2);
            if size == 0 {
                break;
            }
        }
        writing.join().unwrap();
        assert!(got == data, "{} bytes came back", got.len());
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 16_000, "{grown} KB");
}

#[test]
fn clients_that_go_away() {
    let server = Server::start(
        r"
        local seen = {}
        serve(function(req, res)
          local said = {}
          local function note(name) said[#said + 1] = name end
          for _, name in ipairs({ 'aborted', 'error', 'close', 'end' }) do
            req:on(name, function() note('req ' .. name) end)
          end
          res:on('close', function()
            note('res close')
            say('gone ' .. table.concat(said, ', '))
            -- Whatever is done to it now does nothing.
            assert(res:write('x') == false)
            res:finish('y')
            res:destroy()
            req:destroy()
          end)
          req:resume()
          if req.url == '/hang' then res:write('unread') end
          if req.url == '/writes' then
            local function go()
              if res:write(('x'):rep(10000)) then timer.setTimeout(1, go) else res:once('drain', go) end
            end
            go()
          end
        end)",
    );
    let mut client = server.connect();
    client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    drop(client);
    assert_eq!(
        server.line("gone "),
        "req aborted, req error, req close, res close"
    );

    // A reset is seen while the handler does nothing: closing with unread bytes makes one.
    let mut client = server.connect();
    client.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut first = [0];
    client.stream.read_exact(&mut first).unwrap();
    drop(client);
    assert_eq!(
        server.line("gone ").trim_start_matches("req end, "),
        "req aborted, req close, res close"
    );

    // A plain close is seen by who writes.
    let mut client = server.connect();
    client.send("GET /writes HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_some();
    drop(client);
    assert_eq!(
        server.line("gone ").trim_start_matches("req end, "),
        "req aborted, req close, res close"
    );
}

#[test]
fn errors_in_handlers() {
    // Nobody handles it: the process ends.
    let mut server = Server::start("serve(function() error('boom') end)");
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.rest();
    assert_ne!(server.exit_code(), Some(0));

    let server = Server::start(
        r"
        process:on('uncaughtException', function(err) say('uncaught ' .. tostring(err):match('%a+$')) end)
        serve(function(req, res)
          if req.url == '/now' then error('now') end
          if req.url == '/written' then
            res:write('part')
            error('written')
          end
          if req.url == '/body' then
            req:on('data', function() error('body') end)
            return
          end
          if req.url == '/after' then
            res:finish('fine')
            error('after')
          end
          if req.url == '/async' then
            return timer.setTimeout(1, function()
              res:finish('answered')
              error('async')
            end)
          end
          res:finish('ok')
        end)",
    );
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut client = server.connect();
    client.send(format!("{}{}{}", get("/1"), get("/now"), get("/2")));
    assert_eq!(client.response(false).body, "ok");
    let response = client.response(false);
    assert_eq!(
        (response.status, response.header("Connection")),
        (500, Some("close"))
    );
    assert_eq!(client.rest(), "");
    server.line("uncaught now");

    let answer = server.talk(get("/written"));
    assert!(
        answer.contains("part") && !answer.contains("\r\n0\r\n"),
        "{answer}"
    );
    server.line("uncaught written");

    let mut client = server.connect();
    client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
    assert_eq!(client.response(false).status, 500);
    server.line("uncaught body");

    let mut client = server.connect();
    client.send(format!("{}{}", get("/after"), get("/2")));
    assert_eq!(client.response(false).body, "fine");
    assert_eq!(client.response(false).body, "ok");
    assert_eq!(client.ask(&get("/async")).body, "answered");
    assert_eq!(client.ask(&get("/3")).body, "ok");
}

#[test]
fn responses_that_end_before_the_request_does() {
    let server = Server::start(
        r"
        serve(function(req, res)
          res:finish('early')
          if req.url == '/read' then
            local count = 0
            req:on('data', function(chunk) count = count + #chunk end)
            req:on('end', function() say('read ' .. count) end)
          end
        end)",
    );
    // A small rest is dropped and the connection goes on, a large one ends it.
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n");
    assert_eq!(client.response(false).body, "early");
    client.send("x".repeat(10000));
    assert_eq!(
        client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").body,
        "early"
    );

    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n");
    assert_eq!(client.response(false).body, "early");
    let deadline = Instant::now() + PATIENCE;
    while client.stream.write_all(&[b'x'; 100_000]).is_ok() {
        assert!(Instant::now() < deadline);
    }
}

#[test]
fn odd_ways_to_end_a_response() {
    let server = Server::start(
        r"
        process:on('uncaughtException', function(err) say('uncaught ' .. tostring(err)) end)
        local path = {}
        path['/empty'] = function(_, res) res:finish() end
        path['/twice'] = function(_, res) res:finish('a') res:finish('b') end
        path['/after'] = function(_, res)
          res:on('error', function(err) say('error ' .. tostring(err)) end)
          res:finish('a')
          res:write('b', function(err) say('callback ' .. tostring(err)) end)
        end
        path['/long'] = function(_, res)
          res:setHeader('Content-Length', 3)
          assert(not pcall(res.write, res, 'four'))
          res:finish('abc')
        end
        path['/short'] = function(_, res)
          res:setHeader('Content-Length', 5)
          res:finish('abc')
        end
        path['/type'] = function(_, res)
          assert(not pcall(res.write, res, {}))
          assert(not pcall(res.finish, res, 12))
          res:finish('still fine')
        end
        path['/callback'] = function(_, res)
          local order = {}
          res:on('finish', function() order[#order + 1] = 'finish' end)
          res:finish('x', function()
            order[#order + 1] = 'callback'
            timer.setImmediate(function() say('order ' .. table.concat(order, ' ')) end)
          end)
        end
        path['/_end'] = function(_, res) res:_end('by stream') end
        path['/flush'] = function(_, res)
          res:flushHeaders()
          timer.setTimeout(5, function() res:finish('flushed') end)
        end
        path['/both'] = function(_, res)
          res:writeHead(200, { ['Content-Length'] = 4, ['Transfer-Encoding'] = 'chunked' })
          res:finish('both')
        end
        path['/close'] = function(_, res)
          res.keepAlive = false
          res:finish('closed')
        end
        path['/keep'] = function(_, res)
          res:setHeader('Connection', 'keep-alive')
          res:finish('kept')
        end
        path['/date'] = function(_, res)
          res.sendDate = false
          res:finish('undated')
        end
        serve(function(req, res) path[req.url](req, res) end)",
    );
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut client = server.connect();
    let response = client.ask(&get("/empty"));
    assert_eq!(
        (response.header("Content-Length"), response.body.as_str()),
        (Some("0"), "")
    );
    for (path, body) in [
        ("/twice", "a"),
        ("/long", "abc"),
        ("/type", "still fine"),
        ("/callback", "x"),
        ("/_end", "by stream"),
        ("/flush", "flushed"),
        ("/after", "a"),
        ("/both", "both"),
        ("/keep", "kept"),
    ] {
        assert_eq!(client.ask(&get(path)).body, body, "{path}");
    }
    server.line("order finish callback");
    server.line("error write after end");
    server.line("callback write after end");
    let response = client.ask(&get("/date"));
    assert_eq!(
        (response.header("Date"), response.body.as_str()),
        (None, "undated")
    );
    assert_eq!(
        client.ask(&get("/close")).header("Connection"),
        Some("close")
    );
    assert_eq!(client.rest(), "");
    assert!(server.talk(get("/short")).ends_with("\r\n\r\nabc"));
    let answer = server.talk("GET /keep HTTP/1.0\r\n\r\n");
    assert!(
        answer.contains("Connection: close\r\n") && answer.ends_with("kept"),
        "{answer}"
    );
}

#[test]
fn handlers_that_turn_the_loop_inside_out() {
    let server = Server::start(
        r"
        local uv = require('uv')
        process:on('uncaughtException', function(err) say('uncaught ' .. tostring(err)) end)
        local waiting
        local server
        server = serve(function(req, res)
          if req.url == '/run' then
            for _ = 1, 5 do uv.run('nowait') end
            res:finish('ran')
          elseif req.url == '/wait' then
            waiting = res
            say('waiting')
            while waiting do uv.run('once') end
          elseif req.url == '/release' then
            waiting:finish('released')
            waiting = nil
            res:finish('releasing')
          elseif req.url == '/destroy' then
            res:write('x')
            req.socket:destroy()
            res:write('y')
            res:finish('z')
          elseif req.url == '/res' then
            res:destroy()
            res:finish('z')
          elseif req.url == '/detach' then
            local socket = req.socket
            res:finish('detached')
            timer.setImmediate(function() socket:destroy() end)
          elseif req.url == '/closeall' then
            res:write('x')
            server:closeAllConnections()
            res:finish('z')
          elseif req.url == '/wrap' then
            coroutine.wrap(function()
              timer.sleep(5)
              res:write('in a ')
              timer.sleep(5)
              res:finish('coroutine')
            end)()
          elseif req.url == '/count' then
            server:getConnections(function(_, count) res:finish(tostring(count)) end)
          else
            res:finish('ok ' .. req.url)
          end
        end)",
    );
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    for _ in 0..3 {
        let mut client = server.connect();
        client.send(format!("{}{}{}", get("/1"), get("/run"), get("/2")));
        for body in ["ok /1", "ran", "ok /2"] {
            assert_eq!(client.response(false).body, body);
        }
        // One connection answers another one from inside a handler, after what that had answered.
        let mut other = server.connect();
        client.send(format!("{}{}{}", get("/3"), get("/wait"), get("/4")));
        server.line("waiting");
        assert_eq!(other.ask(&get("/release")).body, "releasing");
        assert_eq!(client.response(false).body, "ok /3");
        assert_eq!(client.response(false).body, "released");
        assert_eq!(client.response(false).body, "ok /4");

        for path in ["/destroy", "/res", "/closeall"] {
            let mut client = server.connect();
            client.send(format!("{}{}{}", get("/5"), get(path), get("/6")));
            let all = client.rest();
            assert!(!all.contains("ok /6"), "{path}: {all}");
        }
        let mut client = server.connect();
        assert_eq!(client.ask(&get("/detach")).body, "detached");
        client.rest();
        let mut client = server.connect();
        client.send(format!("{}{}", get("/wrap"), get("/7")));
        assert_eq!(client.response(false).body, "in a coroutine");
        assert_eq!(client.response(false).body, "ok /7");
    }
    let deadline = Instant::now() + PATIENCE;
    while server.connect().ask(&get("/count")).body != "1" {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn client_errors_reach_the_server() {
    let server = Server::start(
        r"
        serve(function(_, res) res:finish('ok') end):on('clientError', function(err, socket)
          say('client error ' .. err.statusCode .. ' ' .. err.message)
          if err.message:find('colon') then socket:_end('HTTP/1.1 400 Mine\r\n\r\n') end
          if err.message:find('Host') then socket:destroy() end
        end)",
    );
    let answer = server.talk(
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n",
    );
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("HTTP/1.1 400 Bad Request\r\n"),
        "{answer}"
    );
    server.line("client error 400 header line starts with whitespace");
    assert_eq!(
        server.talk("GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
        "HTTP/1.1 400 Mine\r\n\r\n"
    );
    assert_eq!(server.talk("GET / HTTP/1.1\r\n\r\n"), "");
}

#[test]
fn many_connections_opened_and_dropped() {
    let server = Server::start(
        "serve(function(req, res) timer.setTimeout(5, function() res:finish('late') end) end)",
    );
    let round = || {
        let mut clients: Vec<Client> = (0..500).map(|_| server.connect()).collect();
        for (i, client) in clients.iter_mut().enumerate() {
            match i % 4 {
                0 => client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                1 => client.send("GET / HTTP/1.1\r\nHo"),
                2 => client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab"),
                _ => {}
            }
        }
        drop(clients);
        assert_eq!(
            server
                .connect()
                .ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                .body,
            "late"
        );
    };
    round();
    round();
    let before = server.memory();
    for _ in 0..4 {
        round();
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 2_000, "{grown} KB");
}

#[test]
fn no_file_descriptors_left() {
    // A shell lowers the limit for the server alone.
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "ulimit -n 40; exec \"$0\" \"$1\"",
        env!("CARGO_BIN_EXE_luvit"),
    ]);
    let server = Server::start_with(command, "serve(function(req, res) res:finish('ok') end)");
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut clients: Vec<Client> = (0..100).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(request);
    }
    assert_eq!(clients[0].response(false).body, "ok");
    // Those that wait are served as others leave.
    let last = clients.pop().unwrap();
    drop(clients);
    let mut last = last;
    assert_eq!(last.response(false).body, "ok");
}

#[test]
fn memory_stays_flat() {
    let server = Server::start(
        r"
        serve(function(req, res)
          if req.url == '/memory' then
            collectgarbage()
            collectgarbage()
            return res:finish(('%d'):format(collectgarbage('count')))
          end
          if req.is_upgraded then
            res:writeHead(101, { Connection = 'Upgrade', Upgrade = 'x' }):flushHeaders()
            return req.socket:on('data', function(chunk) req.socket:_end(chunk) end)
          end
          local socket = req.url == '/socket' and req.socket
          if req.url == '/async' then
            return timer.setImmediate(function() res:finish('async') end)
          end
          if req.method == 'POST' then
            local parts = {}
            req:on('data', function(chunk) parts[#parts + 1] = chunk end)
            req:on('end', function() res:finish(table.concat(parts)) end)
            return
          end
          res:setHeader('X-A', 'b')
          res:on('finish', function() end)
          res:finish(tostring(socket ~= nil))
        end)",
    );
    let rounds = |count: usize| {
        let mut client = server.connect();
        let batch = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /async HTTP/1.1\r\nHost: a\r\n\r\n\
            POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
            POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
            GET /socket HTTP/1.1\r\nHost: a\r\n\r\n";
        for i in 0..count {
            client.send(batch);
            for _ in 0..5 {
                assert_eq!(client.response(false).status, 200);
            }
            if i % 10 == 0 {
                let upgrade =
                    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello";
                assert!(server.talk(upgrade).ends_with("hello"));
            }
            if i % 50 == 0 {
                let mut gone = server.connect();
                gone.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
                drop(gone);
                client = server.connect();
            }
        }
    };
    let lua_memory = || {
        server
            .connect()
            .ask("GET /memory HTTP/1.1\r\nHost: a\r\n\r\n")
            .body
            .parse::<i64>()
            .unwrap()
    };
    rounds(1000);
    let (lua, resident) = (lua_memory(), server.memory());
    rounds(3000);
    let lua_grown = lua_memory() - lua;
    let grown = server.memory().saturating_sub(resident);
    assert!(lua_grown < 100, "Lua grew by {lua_grown} KB");
    assert!(grown < 1_500, "the process grew by {grown} KB");
}

/// A small generator of numbers: the same ones in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[test]
fn answers_do_not_depend_on_how_requests_are_split() {
    let server = Server::start(
        r"
        serve(function(req, res)
          local parts = {}
          if req.url:find('late') then
            timer.setImmediate(function() res:finish(req.method .. req.url) end)
            return req:resume()
          end
          if req.url:find('early') then return res:finish(req.method .. req.url) end
          req:on('data', function(chunk)
            parts[#parts + 1] = chunk
            if req.url:find('slow') then
              req:pause()
              timer.setImmediate(function() req:resume() end)
            end
          end)
          req:on('end', function()
            if req.url:find('pieces') then
              for _, part in ipairs(parts) do res:write(part) end
              return res:finish(req.url)
            end
            res:finish(table.concat(parts) .. req.url)
          end)
        end)",
    );
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..150 {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for i in 0..=numbers.below(12) {
            let kind = [
                "/plain",
                "/late",
                "/early",
                "/slow",
                "/pieces",
                "/slow/pieces",
            ][numbers.below(6)];
            let path = format!("{kind}?{round}.{i}");
            let body: String = (0..numbers.below(300))
                .map(|n| char::from(b'a' + (n % 26) as u8))
                .collect();
            let answer = if kind == "/late" || kind == "/early" {
                String::new()
            } else {
                body.clone()
            };
            match numbers.below(4) {
                0 => {
                    bytes.extend(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").bytes());
                    let method = if kind == "/late" || kind == "/early" {
                        "GET"
                    } else {
                        ""
                    };
                    expected.push((false, format!("{method}{path}")));
                    continue;
                }
                1 => {
                    bytes.extend(format!("HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n").bytes());
                    expected.push((true, String::new()));
                    continue;
                }
                2 => bytes.extend(
                    format!(
                        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    )
                    .bytes(),
                ),
                _ => {
                    bytes.extend(
                        format!(
                            "POST {path} HTTP/1.1\r\nhost:a\r\ntransfer-encoding:Chunked\r\n\r\n"
                        )
                        .bytes(),
                    );
                    let mut rest = body.as_bytes();
                    while !rest.is_empty() {
                        let (piece, left) = rest.split_at(1 + numbers.below(rest.len()));
                        bytes.extend(format!("{:X}\r\n", piece.len()).bytes());
                        bytes.extend(piece);
                        bytes.extend(b"\r\n");
                        rest = left;
                    }
                    bytes.extend(b"0\r\n\r\n");
                }
            }
            let method = if kind == "/late" || kind == "/early" {
                "POST"
            } else {
                ""
            };
            expected.push((false, format!("{answer}{method}{path}")));
        }
        let mut client = server.connect();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let most = [1, 20, 2000][numbers.below(3)];
            let (piece, left) = rest.split_at((1 + numbers.below(most)).min(rest.len()));
            client.send(piece);
            rest = left;
            if numbers.below(8) == 0 {
                thread::sleep(Duration::from_micros(200));
            }
        }
        if numbers.below(2) == 0 {
            client.stream.shutdown(Shutdown::Write).unwrap();
        }
        for (no_body, answer) in expected {
            let response = client.response(no_body);
            assert_eq!(response.status, 200);
            assert_eq!(response.body, answer, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}
