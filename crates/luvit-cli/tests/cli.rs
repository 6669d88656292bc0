//! The program from outside: flags, exit codes, errors, standard streams and signals.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A run that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A temporary folder, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "luvit-cli-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path.canonicalize().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _best_effort = std::fs::remove_dir_all(&self.0);
    }
}

/// What a run left behind.
struct Run {
    status: ExitStatus,
    out: String,
    err: String,
}

impl Run {
    fn code(&self) -> i32 {
        self.status
            .code()
            .unwrap_or_else(|| panic!("{}: {}{}", self.status, self.out, self.err))
    }

    /// Asserts success and returns standard output.
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!(self.code(), 0, "{}{}", self.out, self.err);
        assert_eq!(self.err, "");
        self.out
    }

    /// Asserts failure with an uncaught error and returns standard error.
    #[track_caller]
    fn uncaught(self) -> String {
        assert_eq!(self.code(), 255, "{}{}", self.out, self.err);
        assert!(
            self.err.starts_with("Uncaught exception:\n"),
            "{}",
            self.err
        );
        assert!(
            !self.err.contains("bundle:/deps/runtime.lua"),
            "{}",
            self.err
        );
        assert!(
            !self.err.contains("bundle:/deps/require.lua"),
            "{}",
            self.err
        );
        self.err
    }
}

fn luvit<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luvit"));
    command.args(args).stdin(Stdio::null());
    command
}

fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("still running after {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn finish(mut child: Child) -> Run {
    fn drain(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                pipe.read_to_end(&mut bytes).unwrap();
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }
    let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let status = wait(&mut child);
    Run {
        status,
        out: out.join().unwrap(),
        err: err.join().unwrap(),
    }
}

fn run(command: &mut Command) -> Run {
    finish(
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    )
}

fn run_args(args: &[&str]) -> Run {
    run(&mut luvit(args))
}

fn run_with_input(args: &[&str], input: &str) -> Run {
    let mut child = luvit(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read it may be gone already.
    let _unread = child.stdin.take().unwrap().write_all(input.as_bytes());
    finish(child)
}

/// Runs a script from a file `main.lua` of its own folder.
fn run_script(source: &str) -> Run {
    let folder = Folder::new();
    run(luvit([folder.file("main.lua", source)]).current_dir(&folder.0))
}

// Flags ------------------------------------------------------------------------------------------

#[test]
fn help_and_version_end_well_and_the_script_still_runs() {
    for flag in ["-h", "--help"] {
        assert!(run_args(&[flag]).ok().starts_with("Usage: luvit"));
    }
    for flag in ["-v", "--version"] {
        assert!(
            run_args(&[flag])
                .ok()
                .contains(&format!("luvit version: {}\n", env!("CARGO_PKG_VERSION")))
        );
    }
    let folder = Folder::new();
    let script = folder.file("t.lua", "print('script')");
    assert!(
        run_args(&["-v", script.to_str().unwrap()])
            .ok()
            .ends_with("script\n")
    );
}

#[test]
fn arg_is_as_in_lua() {
    let folder = Folder::new();
    let script = folder.file(
        "t.lua",
        "print(arg[0]:match('t.lua'), arg[1], arg[2], arg[3])",
    );
    let script = script.to_str().unwrap();
    assert_eq!(run_args(&[script, "-n", ""]).ok(), "t.lua\t-n\t\tnil\n");
    let print = "print(#arg, arg[-1], arg[-2], arg[-3], arg[-4]:match('luvit'), arg[-5])";
    let script = folder.file("u.lua", print);
    assert_eq!(
        run_args(&["-e", "local x", "-n", script.to_str().unwrap(), "a"]).ok(),
        "1\t-n\tlocal x\t-e\tluvit\tnil\n"
    );
    assert_eq!(
        run_args(&["-e", "arg[0], arg[-1]"]).ok(),
        "nil\t'arg[0], arg[-1]'\n"
    );
    let piped = run_with_input(&["-", "a"], "print(arg[0], arg[1], arg[-1]:match('luvit'))");
    assert_eq!(piped.ok(), "-\ta\tluvit\n");
}

#[test]
fn eval_prints_results_and_fails_on_errors() {
    assert_eq!(run_args(&["-e", "1 + 1"]).ok(), "2\n");
    assert_eq!(
        run_args(&["-e", "return 1, nil, 'x'"]).ok(),
        "1\tnil\t'x'\n"
    );
    assert_eq!(run_args(&["-e", "local x = 1"]).ok(), "");
    assert_eq!(run_args(&["-e", "nil"]).ok(), "nil\n");
    assert_eq!(run_args(&["-eprint(5)"]).ok(), "5\n");
    assert_eq!(
        run_args(&["--eval=print(6)", "--eval", "print(7)"]).ok(),
        "6\n7\n"
    );
    // The REPL's globals; each chunk has its own.
    assert_eq!(
        run_args(&["-e", "x = type(path.join)", "-e", "print(x)"]).ok(),
        "nil\n"
    );
    assert_eq!(
        run_args(&["-e", "print(type(path.join))"]).ok(),
        "function\n"
    );

    let err = run_args(&["-e", "error('boom')"]).uncaught();
    assert!(
        err.contains("eval:1: boom\n") && err.contains("\teval:1: in"),
        "{err}"
    );
    assert!(run_args(&["-e", "1 +"]).uncaught().contains("eval:1:"));
    assert!(
        run_args(&[
            "-e",
            "local function f() error('late') end timer.setTimeout(1, f)"
        ])
        .uncaught()
        .contains("eval:1: late")
    );
    // A failed chunk ends the program.
    let failed = run_args(&["-e", "error('first')", "-e", "print('second')"]);
    assert_eq!((failed.code(), failed.out.as_str()), (255, ""));
}

#[test]
fn short_flags_combine() {
    assert_eq!(run_args(&["-ne", "print('n')"]).ok(), "n\n");
    assert!(run_args(&["-ve", "print('v')"]).ok().ends_with("v\n"));
    assert_eq!(run_args(&["-cCne", "1"]).ok(), "1\n");
}

#[test]
fn require_flag_loads_a_module_first() {
    let folder = Folder::new();
    folder.file("pre.lua", "print('pre')");
    let script = folder.file("t.lua", "print('script')");
    let mut command = luvit(["-l", "./pre"]);
    assert_eq!(
        run(command.arg(&script).current_dir(&folder.0)).ok(),
        "pre\nscript\n"
    );
    let err = run(luvit(["-l", "./nope"]).current_dir(&folder.0)).uncaught();
    assert!(err.contains("No such module './nope'"), "{err}");
}

#[test]
fn wrong_words_give_one_short_error() {
    for args in [
        &["-x"][..],
        &["--nope"],
        &["-e"],
        &["-l"],
        &["--eval"],
        &["-nx"],
        &["-v=1"],
        &["--help=1"],
    ] {
        let run = run_args(args);
        assert_eq!(run.code(), 2, "{args:?}: {}{}", run.out, run.err);
        assert!(
            run.err.starts_with("luvit: ") && run.err.lines().count() == 2,
            "{}",
            run.err
        );
        assert_eq!(run.out, "");
    }
    for name in ["nofile", "./nofile.lua", "/nonexistent/x.lua"] {
        let run = run_args(&[name]);
        assert_eq!(run.code(), 255);
        assert!(
            run.err.starts_with("luvit: cannot find the script: "),
            "{}",
            run.err
        );
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    }
}

#[test]
fn arguments_reach_the_script() {
    let folder = Folder::new();
    let script = folder.file(
        "t.lua",
        "print(select('#', ...), #args, args[2], process.argv[3], process.argv[4])",
    );
    let script = script.to_str().unwrap();
    assert_eq!(
        run_args(&[script, "a", "-v", "--", ""]).ok(),
        "0\t5\ta\t-v\t--\n"
    );
    assert_eq!(run_args(&["--", script, "a"]).ok(), "0\t2\ta\tnil\tnil\n");
    folder.file("-v", "print('dash')");
    assert_eq!(
        run(luvit(["--", "-v"]).current_dir(&folder.0)).ok(),
        "dash\n"
    );
    let piped = run_with_input(&["-", "x", "-y"], "print(args[1], args[2], args[3])");
    assert_eq!(piped.ok(), "-\tx\t-y\n");
}

#[test]
fn a_script_may_be_named_in_many_ways() {
    let folder = Folder::new();
    let script = folder.file("t.lua", "#!/usr/bin/env luvit\nprint('t', module.path)");
    folder.file("app/init.lua", "print('app', require('./part'))");
    folder.file("app/part.lua", "return 'part'");
    let expected = format!("t\t{}\n", script.display());
    for name in [
        "t",
        "t.lua",
        "./t",
        "./t.lua",
        "app/../t",
        script.to_str().unwrap(),
    ] {
        assert_eq!(
            run(luvit([name]).current_dir(&folder.0)).ok(),
            expected,
            "{name}"
        );
    }
    assert_eq!(
        run(luvit(["../t"]).current_dir(folder.0.join("app"))).ok(),
        expected
    );
    for name in ["app", "./app", "app/", "./app/init.lua"] {
        assert_eq!(
            run(luvit([name]).current_dir(&folder.0)).ok(),
            "app\tpart\n",
            "{name}"
        );
    }
    std::fs::create_dir(folder.0.join("empty")).unwrap();
    assert_eq!(run(luvit(["empty"]).current_dir(&folder.0)).code(), 255);
}

#[test]
fn piped_input_is_the_script() {
    assert_eq!(run_with_input(&[], "print('piped', 1)").ok(), "piped\t1\n");
    assert_eq!(
        run_with_input(&["-"], "#!shebang\nprint('piped', 2)").ok(),
        "piped\t2\n"
    );
    assert_eq!(run_with_input(&[], "").ok(), "");
    let err = run_with_input(&[], "\nlocal function f() error('bad') end\nf()").uncaught();
    assert!(
        err.contains("stdin:2: bad") && err.contains("stdin:3: in main chunk"),
        "{err}"
    );
    assert!(
        run_with_input(&[], "x = = 1")
            .uncaught()
            .contains("stdin:1:")
    );
    // With a script or a chunk the input is the program's own.
    assert_eq!(
        run_with_input(&["-e", "print(io.read())"], "hello\n").ok(),
        "hello\n"
    );
}

#[test]
fn interactive_without_a_terminal_prints_results() {
    assert_eq!(
        run_with_input(&["-ni"], "1 + 1\nfor i = 1, 2 do\nprint(i)\nend\n").ok(),
        "2\n1\n2\n"
    );
    assert_eq!(
        run_with_input(&["-n", "-e", "print('first')", "-i"], "'x'\n").ok(),
        "first\n'x'\n"
    );
    assert_eq!(run_with_input(&["-i"], "").ok(), "");
}

// Errors -----------------------------------------------------------------------------------------

#[test]
fn an_error_in_the_main_chunk_points_at_its_line() {
    let err = run_script(
        "local function inner() error('boom') end\nlocal function outer() inner() end\nouter()",
    )
    .uncaught();
    for part in [
        "main.lua:1: boom\n",
        "main.lua:1: in function 'inner'",
        "main.lua:2: in function 'outer'",
        "main.lua:3: in main chunk",
    ] {
        assert!(err.contains(part), "no {part} in {err}");
    }
    assert_eq!(err.matches("stack traceback").count(), 1, "{err}");
    assert!(
        run_script("\nlocal x = = 1")
            .uncaught()
            .contains("main.lua:2: unexpected symbol near '='")
    );
}

#[test]
fn errors_in_callbacks_and_coroutines_point_at_their_lines() {
    let cases = [
        (
            "local uv = require('uv')\nuv.new_timer():start(1, 0, function()\nerror('cb')\nend)",
            vec!["main.lua:3: cb"],
        ),
        (
            "local uv = require('uv')\nlocal i = uv.new_idle()\ni:start(function()\nlocal x = nil\nx.y = 1\nend)",
            vec!["main.lua:5: attempt to index"],
        ),
        (
            "require('timer').setTimeout(1, function()\nerror('timer')\nend)",
            vec!["main.lua:2: timer"],
        ),
        (
            "process.nextTick(function()\nerror('tick')\nend)",
            vec!["main.lua:2: tick"],
        ),
        (
            "local co = coroutine.wrap(function()\nlocal x = nil\nreturn x.y\nend)\nco()",
            vec![
                "main.lua:3: attempt to index",
                "\tmain.lua:3: in function",
                "\tmain.lua:5: in main chunk",
            ],
        ),
        (
            "local co = coroutine.create(function()\nerror('inner')\nend)\nassert(coroutine.resume(co))",
            vec![
                "main.lua:2: inner",
                "stack traceback (coroutine):",
                "\tmain.lua:4: in main chunk",
            ],
        ),
        (
            "local function a() error({ code = 7 }) end\nlocal function b() coroutine.wrap(a)() end\n\
             require('timer').setTimeout(1, function() coroutine.wrap(b)() end)",
            vec![
                "{ code = 7 }",
                "\tmain.lua:1: in",
                "\tmain.lua:2: in",
                "\tmain.lua:3: in",
            ],
        ),
        (
            "require('timer').setTimeout(1, function()\nerror(nil)\nend)",
            vec!["\nnil\n", "main.lua:2: in"],
        ),
        (
            "error(setmetatable({}, { __tostring = function() return 'custom!' end }))",
            vec!["\ncustom!\n", "main.lua:1: in main chunk"],
        ),
        (
            "error(setmetatable({}, { __tostring = function() error('no') end }))",
            vec!["main.lua:1: in main chunk"],
        ),
        (
            "error(setmetatable({}, { __metatable = true }))",
            vec!["main.lua:1: in main chunk"],
        ),
        (
            "error(function() end)",
            vec!["function: ", "main.lua:1: in main chunk"],
        ),
        ("error(false)", vec!["\nfalse\n"]),
        (
            "error(require('core').Error:new('EX: structured'))",
            vec!["\nEX: structured\n", "main.lua:1: in main chunk"],
        ),
        (
            "local function f() return 1 + f() end\nf()",
            vec!["main.lua:1: stack overflow", "main.lua:1: in function 'f'"],
        ),
        (
            "local function f() return 1 + f() end\nrequire('uv').new_timer():start(0, 0, f)",
            vec!["main.lua:1: stack overflow"],
        ),
        (
            "local uv = require('uv')\nuv.new_timer():start(0, 0, function()\nuv.run()\nerror('nested')\nend)",
            vec!["main.lua:4: nested"],
        ),
        (
            "require('nomod')",
            vec![
                "main.lua:1: No such module 'nomod' in '",
                "libs'",
                "nomod.lua'",
            ],
        ),
    ];
    for (source, expected) in cases {
        let folder = Folder::new();
        folder.file("main.lua", source);
        let err = run(luvit(["main.lua"]).current_dir(&folder.0)).uncaught();
        let err = err.replace(&format!("{}/", folder.0.display()), "");
        for part in expected {
            assert!(err.contains(part), "no {part:?} for {source:?} in {err}");
        }
        assert!(err.lines().count() < 60, "{err}");
    }
}

#[test]
fn an_error_in_a_module_shows_the_modules_line() {
    let folder = Folder::new();
    folder.file("main.lua", "require('./outer')");
    folder.file("outer.lua", "\nrequire('./inner')");
    folder.file("inner.lua", "\n\nlocal x = nil + 1");
    let err = run(luvit(["main.lua"]).current_dir(&folder.0)).uncaught();
    for part in [
        "inner.lua:3: attempt to perform arithmetic",
        "inner.lua:3: in main chunk",
        "outer.lua:2: in main chunk",
        "main.lua:1: in main chunk",
    ] {
        assert!(err.contains(part), "no {part} in {err}");
    }
    folder.file("inner.lua", "\n\n)");
    let err = run(luvit(["main.lua"]).current_dir(&folder.0)).uncaught();
    assert!(
        err.contains("inner.lua:3: ") && err.contains("outer.lua:2: in main chunk"),
        "{err}"
    );
}

#[test]
fn exit_handlers_run_after_an_uncaught_error() {
    for source in [
        "process:on('exit', function(code) print('exit', code) end)\nerror('main')",
        "process:on('exit', function(code) print('exit', code) end)\nprocess.nextTick(error, 'tick')",
        "require('hooks'):on('process.exit', function(code) print('exit', code) end)\nerror('main')",
    ] {
        let run = run_script(source);
        assert_eq!(
            (run.code(), run.out.as_str()),
            (255, "exit\t255\n"),
            "{}",
            run.err
        );
    }
    // An error in the handler is told as well.
    for source in [
        "process:on('exit', function() error('in exit') end)\nerror('first')",
        "process:on('exit', function() error('in exit') end)\nprocess.nextTick(error, 'first')",
    ] {
        let err = run_script(source).uncaught();
        assert!(err.contains("first") && err.contains("in exit"), "{err}");
    }
    let err = run_script("process:on('exit', function() error('only') end)").uncaught();
    assert!(err.contains("main.lua:1: only"), "{err}");
}

#[test]
fn uncaught_exception_handlers_keep_the_program_alive() {
    let out = run_script(
        "process:on('uncaughtException', function(err, stack) print(err:match('%w+$'), (stack:match('main.lua:%d+'))) end)\n\
         local uv = require('uv')\n\
         uv.new_timer():start(0, 0, function() error('one') end)\n\
         process.nextTick(function() coroutine.wrap(function() error('two') end)() end)\n\
         process.nextTick(function() uv.new_timer():start(0, 0, function() print('alive') process.exitCode = 3 end) end)\n\
         error('main')",
    );
    assert_eq!(out.code(), 3, "{}{}", out.out, out.err);
    let mut lines: Vec<&str> = out.out.lines().collect();
    assert_eq!(lines.pop(), Some("alive"));
    lines.sort_unstable();
    assert_eq!(
        lines,
        ["main\tmain.lua:6", "one\tmain.lua:3", "two\tmain.lua:4"]
    );
    assert_eq!(out.err, "");

    let out = run_script(
        "require('hooks'):on('process.uncaughtException', function(e) print(e) end)\nerror('x', 0)",
    );
    assert_eq!(out.ok(), "x\n");
    let err = run_script(
        "process:on('uncaughtException', function() error('handler') end)\nerror('first')",
    )
    .uncaught();
    assert!(err.contains("main.lua:1: handler"), "{err}");
}

// Exit codes -------------------------------------------------------------------------------------

#[test]
fn exit_codes() {
    let cases = [
        ("", 0),
        ("process.exitCode = 3", 3),
        ("process.exitCode = 256 + 4", 4),
        ("process:exit()", 0),
        ("process:exit(5)", 5),
        ("process.exit(6)", 6),
        ("process.exitCode = 7 process:exit()", 7),
        ("process:exit(-1)", 255),
        ("os.exit(8)", 8),
        ("os.exit(true)", 0),
        ("os.exit(false)", 1),
        (
            "process.nextTick(function() process:exit(9) end) require('timer').setInterval(1000, print)",
            9,
        ),
        (
            "process:on('exit', function() process.exitCode = 10 end)",
            10,
        ),
        ("process:on('exit', function() process:exit(11) end)", 11),
        (
            "process:on('exit', function(code) assert(code == 12) end) process:exit(12)",
            12,
        ),
        ("coroutine.wrap(function() process:exit(13) end)()", 13),
        ("pcall(function() process:exit(14) end)", 14),
    ];
    for (source, code) in cases {
        let run = run_script(source);
        assert_eq!(run.code(), code, "{source}: {}{}", run.out, run.err);
        assert_eq!(run.err, "", "{source}");
    }
}

#[test]
fn exit_handlers_run_once_when_the_program_ends() {
    let out = run_script(
        "process:on('exit', function(code) io.write('exit ', code, '\\n') end)\n\
         require('timer').setTimeout(5, function() print('last') end)\nprint('main')",
    );
    assert_eq!(out.ok(), "main\nlast\nexit 0\n");
    let out = run_script(
        "process:on('exit', function() print('once') process:exit(0) end) process:exit(0)",
    );
    assert_eq!(out.ok(), "once\n");
}

// Standard streams -------------------------------------------------------------------------------

const READ_ALL: &str = "local size = 0\n\
    process.stdin:on('data', function(data) size = size + #data end)\n\
    process.stdin:on('end', function() print('end', size) end)\n\
    process.stdin:on('error', function(err) print('error', err) end)";

#[test]
fn standard_input_of_every_kind() {
    let folder = Folder::new();
    let script = folder.file("main.lua", READ_ALL);
    let large = folder.file("large", &"x".repeat(300_000));
    let open = |path: &Path| Stdio::from(std::fs::File::open(path).unwrap());
    assert_eq!(
        run(luvit([&script]).stdin(open(&large))).ok(),
        "end\t300000\n"
    );
    assert_eq!(run(&mut luvit([&script])).ok(), "end\t0\n");
    assert_eq!(
        run_with_input(&[script.to_str().unwrap()], &"y".repeat(300_000)).ok(),
        "end\t300000\n"
    );
    let folder_as_input = run(luvit([&script]).stdin(open(&folder.0)));
    assert!(
        folder_as_input.out.contains("error") || folder_as_input.code() != 0,
        "{}",
        folder_as_input.out
    );
}

/// Runs a shell command line with the program as `$0` and the script as `$1`.
#[cfg(unix)]
fn run_shell(line: &str, script: &str) -> Run {
    let folder = Folder::new();
    let script = folder.file("main.lua", script);
    run(Command::new("sh")
        .args(["-c", line, env!("CARGO_BIN_EXE_luvit")])
        .arg(script))
}

#[cfg(unix)]
#[test]
fn closed_and_full_descriptors_end_clearly() {
    assert_eq!(run_shell("\"$0\" \"$1\" <&-", READ_ALL).ok(), "end\t0\n");
    assert_eq!(run_shell("\"$0\" \"$1\" >&-", "print('x')").ok(), "");
    assert_eq!(run_shell("\"$0\" \"$1\" 2>&-", "error('x')").code(), 255);
    assert_eq!(
        run_shell(
            "\"$0\" \"$1\" <&- >&- 2>&-",
            "p(process.stdin, process.stdout, process.stderr)"
        )
        .code(),
        0
    );
    if Path::new("/dev/full").exists() {
        for source in ["print('x')", "p('x')", "process.stdout:write('x')"] {
            let run = run_shell("\"$0\" \"$1\" >/dev/full", source);
            assert_eq!(run.code(), 255, "{source}");
            assert!(run.err.contains("ENOSPC"), "{source}: {}", run.err);
        }
        assert_eq!(run_shell("\"$0\" -h >/dev/full", "").code(), 255);
        assert_eq!(run_shell("\"$0\" --nope 2>/dev/full", "").code(), 2);
        assert_eq!(
            run_shell("\"$0\" \"$1\" 2>/dev/full", "error('x')").code(),
            255
        );
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_ends_the_program() {
    for source in [
        "while true do print('yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') end",
        "while true do process.stdout:write('yyyyyyyyyyyyyyyyyyyyy\\n') end",
        "local function again() p('yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') process.nextTick(again) end again()",
    ] {
        let run = run_shell("{ \"$0\" \"$1\"; echo \"code $?\" >&2; } | head -1", source);
        assert!(run.out.contains("yyy"), "{}", run.out);
        assert!(
            run.err.contains("EPIPE") && run.err.ends_with("code 255\n"),
            "{}",
            run.err
        );
    }
}

#[cfg(unix)]
#[test]
fn output_is_complete_and_in_order_at_the_end() {
    for (source, size) in [
        (
            "process.stdout:write(('x'):rep(5e6)) process:exit()",
            5_000_000,
        ),
        (
            "for _ = 1, 2e4 do process.stdout:write(('x'):rep(50)) end",
            1_000_000,
        ),
        (
            "for _ = 1, 2e4 do io.write(('x'):rep(50)) end process:exit()",
            1_000_000,
        ),
        ("print(('x'):rep(5e6 - 1))", 5_000_000),
        (
            "local uv = require('uv') local out = require('pretty-print').stdout uv.write(out, ('x'):rep(3e6))",
            3_000_000,
        ),
    ] {
        let run = run_shell("\"$0\" \"$1\" | { sleep 0.1; wc -c; }", source);
        assert_eq!(run.out.trim(), size.to_string(), "{source}: {}", run.err);
    }
    let out = run_script(
        "io.write('a\\n') print('b') process.stdout:write('c\\n') io.write('d\\n') p('e') io.write('f\\n')",
    );
    assert_eq!(out.ok(), "a\nb\nc\nd\n'e'\nf\n");
}

/// util-linux's `script` gives the program a terminal; systems without it skip the test.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_as_standard_streams() {
    let folder = Folder::new();
    let source = format!("{READ_ALL}\nprint(process.stdout.handle, process.stdin.handle)");
    let script = folder.file("main.lua", &source);
    let line = format!("'{}' '{}'", env!("CARGO_BIN_EXE_luvit"), script.display());
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::piped());
    let Ok(mut child) = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        return;
    };
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"hello\n\x04").unwrap();
    let run = finish(child);
    drop(input);
    assert_eq!(run.code(), 0, "{}{}", run.out, run.err);
    assert_eq!(run.out.matches("uv_tty_t: 0x").count(), 2, "{}", run.out);
    assert!(run.out.contains("end\t6"), "{}", run.out);
}

// luvit test -------------------------------------------------------------------------------------

const PASSES: &str = "require('tap')(function(test) test('one', function() end) end)";
const FAILS: &str = "require('tap')(function(test) test('one', function() error('no') end) end)";

/// Runs `luvit test` with words in a folder.
fn run_tests(folder: &Folder, words: &[&str]) -> Run {
    run(luvit(["test"].iter().chain(words)).current_dir(&folder.0))
}

#[test]
fn the_test_command_runs_tests_and_its_exit_code_says_how_they_went() {
    let folder = Folder::new();
    assert_eq!(run_tests(&folder, &[]).code(), 1);
    folder.file("tests/a.lua", PASSES);
    let out = run_tests(&folder, &[]).ok();
    assert!(out.contains("ok 1 - tests/a.lua: one\n1..1\n"), "{out}");
    folder.file("tests/b.lua", FAILS);
    assert_eq!(run_tests(&folder, &[]).code(), 1);
    assert_eq!(run_tests(&folder, &["tests/a.lua"]).code(), 0);
    for words in [&["--bogus"], &["nothing.lua"]] {
        let run = run_tests(&folder, words);
        assert_eq!((run.code(), run.out.as_str()), (2, ""));
        assert!(run.err.starts_with("luvit test: "), "{}", run.err);
    }
}

#[test]
fn the_test_command_has_its_own_help_and_options_may_stand_before_it() {
    let help = run_args(&["test", "--help"]).ok();
    assert!(help.starts_with("Usage: luvit test "), "{help}");
    assert!(run_args(&["--help"]).ok().contains("luvit test"));
    let folder = Folder::new();
    folder.file("tests/a.lua", FAILS);
    let run = run(luvit(["-c", "test", "--reporter", "spec"]).current_dir(&folder.0));
    assert_eq!(run.code(), 1);
    assert!(run.out.contains("\x1b[1;31m1 failed\x1b[0m"), "{}", run.out);
}

#[test]
fn a_script_called_test_is_run_by_its_path() {
    let folder = Folder::new();
    folder.file("test.lua", "print('script', ...)");
    for word in ["./test", "test.lua"] {
        let run = run(luvit([word]).current_dir(&folder.0));
        assert_eq!(run.ok(), "script\n");
    }
}

// Signals ----------------------------------------------------------------------------------------

#[cfg(unix)]
mod signals {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;

    /// Starts a script, waits for its line `ready`, sends the signal and waits for the end.
    fn signalled(source: &str, signal: &str) -> (ExitStatus, String) {
        let folder = Folder::new();
        let script = folder.file("main.lua", source);
        let mut child = luvit([script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let status = wait(&mut child);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        (status, rest)
    }

    #[test]
    fn interrupts_end_a_running_script() {
        for source in [
            "require('timer').setInterval(1000, print) print('ready')",
            "print('ready') while true do end",
        ] {
            assert_eq!(signalled(source, "INT").0.signal(), Some(2));
            assert_eq!(signalled(source, "TERM").0.signal(), Some(15));
        }
    }

    #[test]
    fn listeners_get_signals() {
        let source = "process:on('sigterm', function(name) print('got', name) process:exit(3) end)\n\
            require('timer').setInterval(1000, print) print('ready')";
        let (status, out) = signalled(source, "TERM");
        assert_eq!((status.code(), out.as_str()), (Some(3), "got\tsigterm\n"));
        // Once the listener is gone the signal ends the program again.
        let source = "local function listener() end process:on('sigint', listener)\n\
            process:removeListener('sigint', listener)\n\
            require('timer').setInterval(1000, print) print('ready')";
        assert_eq!(signalled(source, "INT").0.signal(), Some(2));
    }

    #[test]
    fn broken_pipes_are_errors_and_no_signal() {
        let out = run_script("print(require('uv').kill(process.pid, 'sigpipe')) print('alive')");
        assert_eq!(out.ok(), "0\nalive\n");
    }
}
