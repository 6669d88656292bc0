//! The `luvit` program: runs a script, evaluates chunks, or talks in a REPL.
//!
//! The words of the command line become steps that run in their order; the work itself is in the
//! `luvit` library and its `cli.lua`.

use std::ffi::OsString;
use std::io::{IsTerminal, Read};
use std::process::ExitCode;

use luvit::Runtime;

const USAGE: &str = "\
Usage: luvit [options] [script.lua | -] [arguments]
       luvit test [options] [files or folders]

Runs a Lua script with luvit's library. Without a script it starts a REPL, or
runs what is piped into it. 'luvit test' runs tests: see 'luvit test --help'.
A script that is called test is './test' or 'test.lua'.

Options:
  -h, --help          Print this text.
  -v, --version       Print the versions.
  -e, --eval CHUNK    Evaluate a chunk and print its results; may be repeated.
  -i, --interactive   Start the REPL after the script.
  -l, --require LIB   Require a module first; may be repeated.
  -n, --no-color      No colours.
  -c, --16-colors     The 16 colours of every terminal.
  -C, --256-colors    The 256-colour palette.
  -                   The script is on standard input.
  --                  What follows is the script and its arguments.
";

/// What one word of the command line asks for.
enum Step {
    Help,
    Version,
    Eval(OsString),
    Require(OsString),
    Colors(&'static str),
}

/// The whole command line.
#[derive(Default)]
struct Words {
    steps: Vec<Step>,
    script: Option<OsString>,
    /// Whether the command line has the script, which may also be piped input.
    script_is_a_word: bool,
    /// What the script gets.
    extra: Vec<OsString>,
    /// The script is none, but the command `test`.
    is_test: bool,
    interactive: bool,
}

impl Words {
    fn parse() -> Result<Words, lexopt::Error> {
        use lexopt::prelude::*;
        let mut words = Words::default();
        let mut parser = lexopt::Parser::from_env();
        while let Some(word) = parser.next()? {
            match word {
                Short('h') | Long("help") => words.steps.push(Step::Help),
                Short('v') | Long("version") => words.steps.push(Step::Version),
                Short('e') | Long("eval") => words.steps.push(Step::Eval(parser.value()?)),
                Short('l') | Long("require") => words.steps.push(Step::Require(parser.value()?)),
                Short('i') | Long("interactive") => words.interactive = true,
                Short('n') | Long("no-color") => words.steps.push(Step::Colors("none")),
                Short('c') | Long("16-colors") => words.steps.push(Step::Colors("16")),
                Short('C') | Long("256-colors") => words.steps.push(Step::Colors("256")),
                Value(script) => {
                    words.is_test = script == "test";
                    words.script = Some(script);
                    words.script_is_a_word = true;
                    words.extra = parser.raw_args()?.collect();
                    break;
                }
                _ => return Err(word.unexpected()),
            }
        }
        Ok(words)
    }

    /// Whether nothing but a REPL (or piped input) can be meant.
    fn wants_repl(&self) -> bool {
        self.script.is_none()
            && !self
                .steps
                .iter()
                .any(|step| matches!(step, Step::Help | Step::Version | Step::Eval(_)))
    }
}

fn main() -> ExitCode {
    let words = match Words::parse() {
        Ok(words) => words,
        Err(error) => {
            complain(&format!("luvit: {error}\nTry 'luvit --help'."));
            return ExitCode::from(2);
        }
    };
    match run(words) {
        Ok(code) => ExitCode::from((code & 0xff) as u8),
        Err(error) => {
            complain(&format!("luvit: {error}"));
            ExitCode::from(255)
        }
    }
}

/// Writes to standard error; where that goes nowhere nobody is left to tell.
fn complain(text: &str) {
    use std::io::Write;
    let _closed_or_full = writeln!(std::io::stderr(), "{text}");
}

fn run(mut words: Words) -> Result<i32, Box<dyn std::error::Error>> {
    let mut repl = words.interactive;
    if words.wants_repl() && !repl {
        if std::io::stdin().is_terminal() {
            repl = true;
        } else {
            words.script = Some("-".into());
        }
    }
    let program = std::env::args_os().next().unwrap_or_else(|| "luvit".into());
    let argv = std::iter::once(&program)
        .chain(&words.script)
        .chain(&words.extra);
    let runtime = Runtime::builder().args(argv).build()?;
    call_options(&runtime, &words)?;
    match start(&runtime, &words, repl) {
        Ok(()) => Ok(runtime.run()),
        Err(Failure::Script(text)) => {
            complain(&format!("Uncaught exception:\n{text}"));
            Ok(runtime.finish(Some(255)))
        }
        Err(Failure::Other(error)) => Err(error),
    }
}

/// Tells Lua the program and its options: the words before the script.
fn call_options(runtime: &Runtime, words: &Words) -> Result<(), luvit::Error> {
    let all: Vec<OsString> = std::env::args_os().collect();
    let script = usize::from(words.script_is_a_word);
    let before = &all[..all.len().saturating_sub(words.extra.len() + script)];
    let bytes: Vec<&[u8]> = before.iter().map(|word| word.as_encoded_bytes()).collect();
    match bytes.len() {
        // The runtime knows the program itself.
        0 | 1 => Ok(()),
        _ => runtime.call_cli("options", &bytes),
    }
}

/// Why the steps of the command line ended early.
enum Failure {
    /// An error in Lua that nothing caught: message and traceback.
    Script(String),
    Other(Box<dyn std::error::Error>),
}

impl From<luvit::Error> for Failure {
    fn from(error: luvit::Error) -> Failure {
        match error {
            luvit::Error::Script(text) => Failure::Script(text),
            other => Failure::Other(other.into()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Other(error.into())
    }
}

/// Goes through the steps of the command line up to where the event loop takes over.
fn start(runtime: &Runtime, words: &Words, repl: bool) -> Result<(), Failure> {
    for step in &words.steps {
        match step {
            Step::Help => print_text(USAGE)?,
            Step::Version => {
                runtime.call_cli("version", &[env!("CARGO_PKG_VERSION").as_bytes()])?
            }
            Step::Eval(chunk) => runtime.call_cli("eval", &[chunk.as_encoded_bytes()])?,
            Step::Require(name) => runtime.call_cli("require", &[name.as_encoded_bytes()])?,
            Step::Colors(mode) => runtime.call_cli("colors", &[mode.as_bytes()])?,
        }
    }
    match &words.script {
        Some(_) if words.is_test => {
            let extra: Vec<&[u8]> = words
                .extra
                .iter()
                .map(|word| word.as_encoded_bytes())
                .collect();
            runtime.call_cli("test", &extra)?;
        }
        Some(script) if script == "-" => {
            let mut source = Vec::new();
            std::io::stdin().lock().read_to_end(&mut source)?;
            runtime.run_source("=stdin", source)?;
        }
        Some(script) => runtime.run_file(script)?,
        None => {}
    }
    if repl {
        runtime.call_cli("repl", &[])?;
    }
    Ok(())
}

/// Prints a text; a closed pipe or a full disk is an error with a code, not a panic.
fn print_text(text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
