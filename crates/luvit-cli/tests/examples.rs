//! Runs every program in `examples/` as a user would and checks what it does, over real connections.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// After this long something hangs.
const PATIENCE: Duration = Duration::from_secs(30);

fn luvit(script: &str, args: &[&str]) -> Command {
    let examples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut command = Command::new(env!("CARGO_BIN_EXE_luvit"));
    command
        .current_dir(examples)
        .arg(script)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Kills the program when the test is over, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Fails when the program has ended already, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server among the examples, told to take any free port.
struct Server {
    _process: Running,
    address: SocketAddr,
}

impl Server {
    /// Starts it and reads the port from the address that it prints.
    fn start(script: &str) -> Server {
        Server::start_with(script, &[])
    }

    /// Starts it with more arguments behind port and host.
    fn start_with(script: &str, more: &[&str]) -> Server {
        let mut process = Running(
            luvit(script, &[&["0", "127.0.0.1"], more].concat())
                .stderr(Stdio::inherit())
                .spawn()
                .unwrap(),
        );
        let stdout = process.0.stdout.take().unwrap();
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let port = listening_port(&lines);
        Server {
            _process: process,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends one request on a connection of its own: (status, head in lower case, body).
    fn request(&self, method: &str, path: &str, body: &str) -> (u16, String, String) {
        let mut stream = self.connect();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }
}

fn listening_port(lines: &Receiver<String>) -> u16 {
    loop {
        let line = lines
            .recv_timeout(PATIENCE)
            .expect("the example should print where it listens");
        let digits = line
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once(':'))
            .map(|(_, rest)| {
                rest.chars()
                    .take_while(char::is_ascii_digit)
                    .collect::<String>()
            });
        if let Some(port) = digits.and_then(|digits| digits.parse().ok()) {
            return port;
        }
    }
}

/// Runs a program to its end; fails when it does not end.
fn output(mut command: Command) -> Output {
    let mut child = Running(command.spawn().unwrap());
    let mut stdout = child.0.stdout.take().unwrap();
    let mut stderr = child.0.stderr.take().unwrap();
    let out = thread::spawn(move || read_all(&mut stdout));
    let err = thread::spawn(move || read_all(&mut stderr));
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.0.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "the program should have ended");
        thread::sleep(Duration::from_millis(10));
    };
    Output {
        status,
        stdout: out.join().unwrap(),
        stderr: err.join().unwrap(),
    }
}

fn read_all(from: &mut impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    from.read_to_end(&mut all).unwrap();
    all
}

/// What a program printed that ended well.
fn printed(command: Command) -> String {
    let output = output(command);
    assert!(
        output.status.success(),
        "ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A server that answers its one request with these bytes and closes.
fn answer_once(answer: &'static [u8]) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let request = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
            head.push(byte[0]);
        }
        stream.write_all(answer).unwrap();
        String::from_utf8(head).unwrap()
    });
    (address, request)
}

fn line(reader: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn hello() {
    let server = Server::start("hello.lua");
    for _ in 0..3 {
        let (status, head, body) = server.request("GET", "/", "");
        assert_eq!(status, 200);
        assert!(head.contains("content-type: text/plain"), "{head}");
        assert!(head.contains("content-length: 12"), "{head}");
        assert_eq!(body, "Hello world\n");
    }
}

#[test]
fn object_system() {
    let text = printed(luvit("object-system.lua", &[]));
    assert_eq!(
        text,
        "A rectangle of 3 by 4 has an area of 12\nA square of 5 has an area of 25\n"
    );
}

#[test]
fn ground_control() {
    let text = printed(luvit("ground-control.lua", &[]));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "heard before the call: false",
            "Ground control to Major Tom",
            "heard after the call: true",
            "a.heard() works: false",
        ]
    );
    assert!(lines[4].contains("nil value"), "{text}");
}

#[test]
fn modules() {
    assert_eq!(printed(luvit("modules/run.lua", &[])), "Hello World\n");
}

#[test]
fn modules_beside_the_working_directory() {
    // The talk's two files as they stand there: a bare name, found in the folder the program runs in.
    let folder = std::env::temp_dir().join(format!("luvit-talk-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("hello.lua"),
        "local hello = {}\nhello.hello = function()\n  print(\"Hello World\")\nend\nreturn hello\n",
    )
    .unwrap();
    std::fs::write(
        folder.join("run.lua"),
        "local hello = require('hello')\nhello.hello()\n",
    )
    .unwrap();
    let mut command = luvit("run.lua", &[]);
    command.current_dir(&folder);
    let output = output(command);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "Hello World\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success());
}

#[test]
fn json() {
    let text = printed(luvit("json.lua", &[]));
    let (first, json) = text.split_once('\n').unwrap();
    assert_eq!(first, "luvit - node's Ziggy Stardust, by Brandon Philips");
    assert!(
        json.contains("\n  \"description\": \"a talk about luvit\""),
        "{json}"
    );
    assert!(json.contains("\n    \"Open Source Bridge\""), "{json}");
}

#[test]
fn http_client() {
    let server = Server::start("hello.lua");
    let port = server.address.port().to_string();
    let text = printed(luvit("http-client.lua", &["127.0.0.1", &port]));
    assert!(text.contains("ondata"), "{text}");
    assert!(text.contains("Hello world"), "{text}");
}

#[test]
fn http_get() {
    let (address, request) = answer_once(
        b"HTTP/1.1 200 Fine\r\nX-Planet: Mars\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlife\r\n7\r\n there\n\r\n0\r\n\r\n",
    );
    let text = printed(luvit(
        "http-get.lua",
        &[&format!("http://{address}/bowie?year=1971")],
    ));
    assert!(text.starts_with("HTTP/1.1 200 Fine\n"), "{text}");
    assert!(text.contains("X-Planet: Mars\n"), "{text}");
    assert!(text.ends_with("\nlife there\n"), "{text}");

    let request = request.join().unwrap().to_lowercase();
    assert!(
        request.starts_with("get /bowie?year=1971 http/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains(&format!("host: {address}\r\n")),
        "{request}"
    );
    assert!(request.contains("accept: */*\r\n"), "{request}");
}

#[test]
fn http_get_failures() {
    let fails = |address: &str, timeout: &str, why: &str| {
        let output = output(luvit("http-get.lua", &[address, timeout]));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with("http-get: "), "{said}");
        assert!(said.contains(why), "{said}");
    };

    let (missing, _) = answer_once(b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n");
    fails(&format!("http://{missing}/"), "20000", "404");

    let (short, _) = answer_once(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    fails(&format!("http://{short}/"), "20000", "");

    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = closed.local_addr().unwrap();
    drop(closed);
    fails(&format!("http://{refused}/"), "20000", "ECONNREFUSED");

    // Accepted by the kernel, answered by nobody.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    fails(&format!("http://{address}/"), "200", "no answer within");

    fails("gopher://127.0.0.1/", "20000", "not an http address");
}

#[test]
fn https_server_and_get() {
    let fixture = |name: &str| format!("../tests/fixtures/tls/{name}");
    let (cert, key) = (fixture("server-cert.pem"), fixture("server-key.pem"));
    let server = Server::start_with("https-server.lua", &[&cert, &key]);
    let address = format!("https://localhost:{}/", server.address.port());

    let text = printed(luvit(
        "https-get.lua",
        &[&address, &fixture("root-cert.pem")],
    ));
    assert!(
        text.starts_with(&format!("200 OK of {address}\n")),
        "{text}"
    );
    assert!(
        text.contains("TLSv1.3, certificate of localhost until "),
        "{text}"
    );
    assert!(
        text.contains("\nHello 127.0.0.1, this is TLSv1.3"),
        "{text}"
    );

    let output = output(luvit("https-get.lua", &[&address]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("https-get: "), "{said}");
}

/// Sends bytes and the end of them, and gets the same back.
fn assert_echo(mut stream: TcpStream, sent: Vec<u8>) {
    let mut writer = stream.try_clone().unwrap();
    let to_send = sent.clone();
    let writing = thread::spawn(move || {
        writer.write_all(&to_send).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    writing.join().unwrap();
    assert!(
        received == sent,
        "{} of {} bytes came back right",
        received.len(),
        sent.len()
    );
}

#[test]
fn tcp_echo() {
    let server = Server::start("tcp-echo.lua");

    let mut stream = server.connect();
    stream.write_all(b"Ground control\n").unwrap();
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"Ground control\n");

    // More than any buffer between the two holds, and then the end of it.
    let sent: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
    assert_echo(stream, sent);
}

#[test]
fn tcp_proxy() {
    let echo = Server::start("tcp-echo.lua");
    let target = echo.address.to_string();
    let proxy = Server::start_with("tcp-proxy.lua", &[&target]);

    // The end of what the client sends arrives, and the rest still comes back.
    assert_echo(proxy.connect(), vec![b'x'; 1_000_000]);

    // Where nobody listens the connection just ends, and the proxy goes on.
    drop(echo);
    let mut stream = proxy.connect();
    assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0);
    proxy.connect();
}

#[test]
fn file_server() {
    let folder = std::env::temp_dir().join(format!("luvit-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("empty"), "").unwrap();
    let server = Server::start_with("file-server.lua", &[folder.to_str().unwrap()]);

    let (status, _, _) = server.request("PUT", "/words", "in the beginning\n");
    assert_eq!(status, 201);
    let (status, _, body) = server.request("GET", "/words?x=1", "");
    assert_eq!((status, body.as_str()), (200, "in the beginning\n"));
    let (_, _, body) = server.request("GET", "/", "");
    assert_eq!(body, "empty\nwords\n");
    let (status, _, body) = server.request("GET", "/empty", "");
    assert_eq!((status, body.as_str()), (200, ""));

    // A part of a file, to its end or to the byte that is asked for, and one that is not there.
    let range = |range: &str| {
        let mut stream = server.connect();
        write!(
            stream,
            "GET /words HTTP/1.1\r\nHost: a\r\nConnection: close\r\nRange: bytes={range}\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let answer = range("3-5");
    assert!(answer.starts_with("HTTP/1.1 206 "), "{answer}");
    assert!(
        answer.contains("Content-Range: bytes 3-5/17\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\nthe"), "{answer}");
    assert!(range("7-").ends_with("\r\n\r\nbeginning\n"));
    assert!(range("17-").starts_with("HTTP/1.1 416 "));

    // Nothing above the folder, nothing in a folder that is not there, and nothing left of an upload that was cut.
    assert_eq!(server.request("GET", "/../../etc/passwd", "").0, 404);
    assert_eq!(server.request("PUT", "/none/words", "x").0, 404);
    let mut stream = server.connect();
    stream
        .write_all(b"PUT /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
        .unwrap();
    drop(stream);
    let deadline = Instant::now() + PATIENCE;
    while server.request("GET", "/", "").2 != "empty\nwords\n" {
        assert!(Instant::now() < deadline, "the part should be removed");
        thread::sleep(Duration::from_millis(10));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[cfg(unix)]
#[test]
fn supervisor() {
    let mut process = Running(
        luvit("supervisor.lua", &["sh", "-c", "echo started; exit 3"])
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    for delay in [100, 200, 400] {
        assert_eq!(next(), "started");
        assert_eq!(
            next(),
            format!("sh ended with 3, and starts again in {delay} ms")
        );
    }
    drop(process);

    // Its child gets the signal, and ends before it does.
    let script = "trap 'echo trapped; exit 0' TERM; echo started; while :; do sleep 0.01; done";
    let mut process = Running(
        luvit("supervisor.lua", &["sh", "-c", script])
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "started");
    let pid = process.0.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    assert_eq!(lines.next().unwrap().unwrap(), "trapped");
    assert!(lines.next().is_none());
    assert!(process.0.wait().unwrap().success());
}

#[test]
fn chat_server() {
    let server = Server::start("chat-server.lua");
    let enter = |name: &str| {
        let mut stream = server.connect();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        assert_eq!(line(&mut reader), "Welcome. Your name?");
        writeln!(stream, "{name}").unwrap();
        assert_eq!(line(&mut reader), format!("Hello {name}!"));
        (stream, reader)
    };

    let (mut tom, mut tom_reads) = enter("tom");
    let (mut ziggy, mut ziggy_reads) = enter("ziggy");
    assert_eq!(line(&mut tom_reads), "* ziggy comes in");

    ziggy.write_all(b"hello ").unwrap();
    ziggy.write_all(b"tom\r\nare you there?\n").unwrap();
    assert_eq!(line(&mut tom_reads), "ziggy: hello tom");
    assert_eq!(line(&mut tom_reads), "ziggy: are you there?");

    // A name that is taken is refused, and so is one that is none.
    let mut other = server.connect();
    let mut other_reads = BufReader::new(other.try_clone().unwrap());
    assert_eq!(line(&mut other_reads), "Welcome. Your name?");
    other.write_all(b"tom\n").unwrap();
    assert_eq!(line(&mut other_reads), "tom is here already. Your name?");
    other.write_all(b"* tom leaves\n").unwrap();
    assert!(line(&mut other_reads).starts_with("A name is"));

    // Too long a line ends the connection of the one who sends it, and nobody else's. Whether the close or a reset
    // arrives first depends on how much of it was read.
    other.write_all(&[b'x'; 5000]).unwrap();
    let mut rest = Vec::new();
    assert_eq!(other_reads.read_to_end(&mut rest).unwrap_or(0), 0);

    tom.write_all(b"here am I\n").unwrap();
    assert_eq!(line(&mut ziggy_reads), "tom: here am I");
    tom.shutdown(Shutdown::Write).unwrap();
    assert_eq!(line(&mut ziggy_reads), "* tom leaves");
}

#[test]
fn json_api() {
    let server = Server::start("json-api.lua");

    let (status, head, body) = server.request("GET", "/todos", "");
    assert_eq!((status, body.as_str()), (200, "[]\n"));
    assert!(head.contains("content-type: application/json"), "{head}");

    let (status, head, body) = server.request("POST", "/todos", r#"{"title": "count down"}"#);
    assert_eq!(status, 201, "{body}");
    assert!(head.contains("location: /todos/1"), "{head}");
    assert!(body.contains(r#""title":"count down""#), "{body}");
    assert!(body.contains(r#""done":false"#), "{body}");

    let (status, _, body) = server.request("GET", "/todos/1?pretty=no", "");
    assert_eq!(status, 200);
    assert!(body.contains("count down"), "{body}");

    let (status, _, body) = server.request("GET", "/todos", "");
    assert_eq!(status, 200);
    assert!(body.starts_with("[{") && body.ends_with("}]\n"), "{body}");

    let (status, _, body) = server.request("DELETE", "/todos/1", "");
    assert_eq!((status, body.as_str()), (204, ""));
    for (method, path) in [
        ("GET", "/todos/1"),
        ("DELETE", "/todos/1"),
        ("GET", "/none"),
    ] {
        let (status, _, body) = server.request(method, path, "");
        assert_eq!(status, 404, "{method} {path}");
        assert!(body.contains("\"error\""), "{body}");
    }

    let (status, head, _) = server.request("PUT", "/todos", "{}");
    assert_eq!(status, 405);
    assert!(head.contains("allow: get, post"), "{head}");

    for bad in [
        "{\"title\":",
        "{}",
        "[]",
        "7",
        "null",
        "",
        r#"{"title": 7}"#,
    ] {
        let (status, _, body) = server.request("POST", "/todos", bad);
        assert_eq!(status, 400, "{bad}");
        assert!(body.contains("\"error\""), "{body}");
    }

    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(100_000));
    let (status, _, _) = server.request("POST", "/todos", &large);
    assert_eq!(status, 413);

    // None of it has hurt the server.
    let (status, _, body) = server.request("GET", "/todos", "");
    assert_eq!((status, body.as_str()), (200, "[]\n"));
}

#[test]
fn timers() {
    let text = printed(luvit("timers.lua", &[]));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "start",
            "end of the script; luvit ends when no timer is left"
        ]
    );
    // On a busy machine the ticks and the timeout may come in any order.
    for wanted in [
        "immediate: after this script, before any timer",
        "tick 1",
        "tick 2",
        "tick 3",
        "timeout: hello Major Tom",
        "slept in a coroutine",
    ] {
        let times = lines.iter().filter(|line| **line == wanted).count();
        assert_eq!(times, 1, "{wanted}: {text}");
    }
    assert_eq!(lines.len(), 8, "{text}");
}

#[test]
fn every_example_is_tested() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let tests = include_str!("examples.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".lua") {
            assert!(
                tests.contains(&format!("\"{name}\"")),
                "{name} has no test here"
            );
        }
    }
}
