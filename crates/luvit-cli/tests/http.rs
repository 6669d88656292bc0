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
        let path = std::env::temp_dir().join(format!("luvit-http-{}-{number}.lua", std::process::id()));
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
        let mut server = Server { process, address, lines, errors, script: path };
        let port = server.line("PORT ").parse().unwrap();
        server.address.set_port(port);
        server
    }

    /// Waits for a line with this start, and gives the rest of it.
    fn line(&self, start: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(rest) = line.strip_prefix(start) {
                        return rest.to_owned();
                    }
                }
                Err(_) => panic!("no line {start:?}; stderr: {:?}", self.errors.try_iter().collect::<Vec<_>>()),
            }
        }
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream, kept: Vec::new() }
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
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
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
        let wrong = said.iter().any(|line| line.contains("panicked") || line.contains("internal error"));
        if !thread::panicking() {
            assert!(!wrong, "{said:?}");
            assert!(running || !said.iter().any(|line| line.contains("Segmentation")), "{said:?}");
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
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
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
            assert!(!some.is_empty(), "ended after {:?}", String::from_utf8_lossy(&all));
            all.extend(some);
        }
    }

    fn exactly(&mut self, length: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while all.len() < length {
            let some = self.read_some();
            assert!(!some.is_empty(), "ended after {} of {length} bytes", all.len());
            all.extend(some);
        }
        self.kept = all.split_off(length);
        all
    }

    /// The next response; `no_body` when it answers HEAD.
    fn response(&mut self, no_body: bool) -> Response {
        let head = String::from_utf8(self.until(b"\r\n\r\n")).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut response = Response { status, head, body: String::new() };
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
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n12345", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 5\r\n\r\n12345", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n1234", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\n1234", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\nabcd\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcdXX0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n", 400),
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
            let before = if pipelined { "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n" } else { "" };
            let mut client = server.connect();
            client.send(format!("{before}{request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
            if pipelined {
                assert_eq!(client.response(false).body, "GET /1 []", "{request:?}");
                assert_eq!(client.response(true).header("Content-Length"), Some("10"), "{request:?}");
            }
            let response = client.response(false);
            assert_eq!(response.status, *status, "{request:?}: {response:?}");
            assert_eq!(response.header("Connection"), Some("close"), "{request:?}");
            assert_eq!(client.rest(), "", "{request:?}");
        }
    }
    assert_eq!(server.connect().ask("GET / HTTP/1.1\r\nHost:\r\n\r\n").status, 200);
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
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with(&"x".repeat(1000)), "{text}");
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
    assert!(answer.contains("\r\nConnection: close\r\n") && answer.ends_with("\r\n\r\n1.0nil"), "{answer}");

    let mut client = server.connect();
    for _ in 0..2 {
        let response = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\nHost: a\r\n\r\n");
        assert_eq!(response.header("Connection"), Some("keep-alive"));
        assert_eq!(response.body, "1.0a");
    }
    for path in ["/pieces", "/chunked"] {
        let answer = server.talk(format!("GET {path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        assert!(!answer.to_lowercase().contains("transfer-encoding"), "{answer}");
        assert!(answer.contains("Connection: close\r\n") && answer.ends_with("\r\n\r\nab"), "{answer}");
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
    assert_eq!((interim.status, interim.head.as_str()), (100, "HTTP/1.1 100 Continue\r\n\r\n"));
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
    assert_eq!(client.response(false).header("Link"), Some("</a.css>; rel=preload"));
    assert_eq!(client.ask("ok").body, "done");
    assert_eq!(client.ask(&head.replace("POST /", "POST /no")).status, 413);
    // HTTP/1.0 knows no interim responses.
    let answer = server.talk("POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok");
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
        assert_eq!(response.header("Transfer-Encoding").is_some(), chunked, "{request}");
        assert_eq!(response.header("Connection"), Some("keep-alive"), "{request}");
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
        client.send(format!("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n{request}unread bytes"));
        assert_eq!(client.response(false).body, "plain /1");
        let head = String::from_utf8(client.until(b"\r\n\r\n")).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 ") || head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(!head.contains("Content-Length") && !head.contains("Transfer-Encoding"), "{head}");
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
        ("GET /u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "upgrade /u rest;"),
        ("CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\n", "connect b:1 rest;"),
    ] {
        let mut client = server.connect();
        client.send(format!("{request}rest"));
        client.until(b"\r\n\r\n");
        assert_eq!(String::from_utf8(client.until(b";")).unwrap(), first);
        client.send("loud");
        assert_eq!(client.exactly(4), b"LOUD");
    }
    assert_eq!(server.connect().ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").body, "plain");
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
          try(res.setHeader, res, 'X-A', nil)
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
    assert_eq!(response.body, "79 of 79");
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
    let response = server.connect().ask("GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nX-Empty:\r\n\r\n");
    assert!(response.head.starts_with("HTTP/1.1 201 Made\r\n"), "{}", response.head);
    assert_eq!(response.body, "Host=h X-A=1 x-a=2 X-Empty=");
    assert_eq!(response.headers("Set-Cookie"), ["a=1", "b=2"]);
    assert_eq!(response.headers("X-List"), ["p", "q"]);
    assert_eq!(response.headers("X-Once"), ["2"]);
    assert_eq!(response.headers("X-Gone"), [""; 0]);
    assert_eq!(response.header("x-more"), Some("yes"));
}
