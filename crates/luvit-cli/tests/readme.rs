//! Runs the Lua programs of README.md as they are printed there.
//!
//! A program that listens on port 8080 is given a free port instead, must answer a request, and stays for the programs
//! after it. Any other must end by itself; what it prints must be the `text` block that follows it, if one does.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// After this long something hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// The port that the programs of README.md name.
const PORT: &str = "8080";

/// One program and what it should print.
struct Example {
    /// Of the block's first line, to name it by.
    line: usize,
    source: String,
    output: Option<String>,
}

fn examples(text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut fresh = false;
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            fresh &= line.is_empty();
            continue;
        };
        let block: String = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .fold(String::new(), |block, line| block + line + "\n");
        match (language, found.last_mut()) {
            ("lua", _) => found.push(Example {
                line: number + 2,
                source: block,
                output: None,
            }),
            ("text", Some(example)) if fresh => example.output = Some(block),
            _ => {}
        }
        fresh = language == "lua";
    }
    found
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

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Starts a program: its process, and its standard output as lines that end when it does.
fn start(folder: &Path, line: usize, source: &str) -> (Running, Receiver<String>) {
    let path = folder.join(format!("README-{line}.lua"));
    fs::write(&path, source).unwrap();
    let mut process = Running(
        Command::new(env!("CARGO_BIN_EXE_luvit"))
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
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
    (process, lines)
}

/// The number after the last colon of `http://127.0.0.1:PORT/`.
fn port_in(line: &str) -> u16 {
    let (_, port) = line
        .trim_end_matches('/')
        .rsplit_once(':')
        .expect("an address with a port");
    port.parse().expect("a port number")
}

fn status_of(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_programs_of_the_readme_work() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let folder = Folder(std::env::temp_dir().join(format!("luvit-readme-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let mut server: Option<(Running, u16)> = None;
    let examples = examples(&text);
    assert!(examples.len() > 5, "README.md has no programs");
    for Example {
        line,
        source,
        output,
    } in examples
    {
        let name = format!("the program at README.md:{line}");
        if source.contains(&format!("listen({PORT}")) {
            let (process, lines) = start(&folder.0, line, &source.replace(PORT, "0"));
            let printed = lines
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("{name} does not listen"));
            let port = port_in(&printed);
            assert_eq!(status_of(port), "HTTP/1.1 200 OK", "{name}");
            server = Some((process, port));
            continue;
        }
        let source = match &server {
            Some((_, port)) => source.replace(PORT, &port.to_string()),
            None => source,
        };
        let (mut process, lines) = start(&folder.0, line, &source);
        let mut printed = String::new();
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => printed = printed + &line + "\n",
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{name} does not end:\n{printed}")
                }
            }
        }
        let status = process.0.wait().unwrap();
        assert!(status.success(), "{name} ends with {status}:\n{printed}");
        if let Some(output) = output {
            assert_eq!(printed, output, "{name}");
        }
    }
}
