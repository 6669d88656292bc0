//! `Runtime` as another Rust program uses it.

use luvit::{Error, Runtime};

fn runtime() -> Runtime {
    Runtime::builder().args(["host", "script"]).build().unwrap()
}

fn script_error(result: Result<(), Error>) -> String {
    match result {
        Err(Error::Script(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn errors_of_a_source_are_values() {
    let runtime = runtime();
    let text = script_error(runtime.run_source("=chunk", "local x = = 1"));
    assert!(text.starts_with("chunk:1: unexpected symbol"), "{text}");
    let text = script_error(
        runtime.run_source("@file.lua", "\nlocal function f() error('boom') end\nf()"),
    );
    assert!(
        text.starts_with("file.lua:2: boom\nstack traceback:"),
        "{text}"
    );
    assert!(
        text.contains("file.lua:3: in main chunk") && !text.contains("bundle:"),
        "{text}"
    );
    let text = script_error(runtime.run_source("=chunk", "error({ code = 5 })"));
    assert!(text.starts_with("{ code = 5 }"), "{text}");
    script_error(runtime.run_source("=chunk", "error()"));
    script_error(runtime.run_source("=chunk", "local function f() return 1 + f() end f()"));
    // The runtime goes on after each.
    runtime
        .run_source("=chunk", "process.exitCode = 3")
        .unwrap();
    assert_eq!(runtime.run(), 3);
}

#[test]
fn a_handler_takes_the_errors_of_a_source() {
    let runtime = runtime();
    runtime
        .run_source(
            "=chunk",
            "process:on('uncaughtException', function(err) seen = err _G.seen = err end)",
        )
        .unwrap();
    runtime.run_source("=chunk", "error('taken', 0)").unwrap();
    runtime
        .run_source(
            "=chunk",
            "require('timer').setTimeout(1, function() error('later', 0) end)",
        )
        .unwrap();
    assert_eq!(
        runtime.lua().globals().get::<String>("seen").unwrap(),
        "taken"
    );
    assert_eq!(runtime.run(), 0);
    assert_eq!(
        runtime.lua().globals().get::<String>("seen").unwrap(),
        "later"
    );
}

#[test]
fn a_file_that_is_not_there_is_missing() {
    let runtime = runtime();
    match runtime.run_file("/nonexistent/script") {
        Err(Error::Missing(text)) => assert!(text.contains("/nonexistent/script"), "{text}"),
        other => panic!("{other:?}"),
    }
    let error = runtime.run_file("nofile").unwrap_err();
    assert!(
        error.to_string().starts_with("cannot find the script: "),
        "{error}"
    );
}

#[test]
fn exit_handlers_run_once() {
    let runtime = runtime();
    runtime
        .run_source(
            "=chunk",
            "_G.count = 0 process:on('exit', function(c) _G.count, _G.code = count + 1, c end)",
        )
        .unwrap();
    assert_eq!(runtime.finish(Some(7)), 7);
    assert_eq!(runtime.run(), 7);
    let globals = runtime.lua().globals();
    assert_eq!(
        (
            globals.get::<i32>("count").unwrap(),
            globals.get::<i32>("code").unwrap()
        ),
        (1, 7)
    );
}

#[test]
fn native_functions_of_the_host() {
    let runtime = runtime();
    let lua = runtime.lua();
    lua.globals()
        .set(
            "add",
            lua.create_function(|_, (a, b): (f64, f64)| Ok(a + b))
                .unwrap(),
        )
        .unwrap();
    let fail = lua
        .create_function(|_, ()| Err::<(), _>(luvit::mlua::Error::runtime("host says no")))
        .unwrap();
    lua.globals().set("fail", fail).unwrap();
    let call = lua
        .create_function(|_, f: luvit::mlua::Function| f.call::<i32>(1))
        .unwrap();
    lua.globals().set("call", call).unwrap();
    runtime
        .run_source(
            "=chunk",
            "assert(add(1, 2) == 3)
             local ok, err = pcall(fail)
             assert(not ok and tostring(err):find('host says no'))
             assert(call(function(n) return n + 1 end) == 2)
             assert(not pcall(call, function() error('inside') end))
             -- pcall, yields and errors of Lua are as before.
             local co = coroutine.wrap(function()
               local ok, value = pcall(function() return coroutine.yield(1) end)
               assert(ok and value == 'sent')
               local failed, message = pcall(error, { code = 2 })
               assert(not failed and message.code == 2)
               return 'done'
             end)
             assert(co() == 1 and co('sent') == 'done')
             require('timer').setTimeout(1, function() assert(add(2, 2) == 4) _G.late = true end)",
        )
        .unwrap();
    assert_eq!(runtime.run(), 0);
    assert!(runtime.lua().globals().get::<bool>("late").unwrap());
    assert!(script_error(runtime.run_source("=chunk", "fail()")).contains("host says no"));
}

#[test]
fn two_runtimes_are_apart_and_threads_have_their_own() {
    let (a, b) = (runtime(), runtime());
    a.run_source(
        "=chunk",
        "_G.shared = 1 require('timer').setTimeout(5, function() process.exitCode = 1 end)",
    )
    .unwrap();
    b.run_source(
        "=chunk",
        "assert(shared == nil) require('timer').setTimeout(1, function() process.exitCode = 2 end)",
    )
    .unwrap();
    let threads: Vec<_> = (0..4)
        .map(|n| {
            std::thread::spawn(move || {
                let runtime = runtime();
                let source = format!(
                    "require('timer').setTimeout(1, function() process.exitCode = {n} end)"
                );
                runtime.run_source("=chunk", source).unwrap();
                runtime.run()
            })
        })
        .collect();
    assert_eq!(b.run(), 2);
    assert_eq!(a.run(), 1);
    let codes: Vec<i32> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert_eq!(codes, [0, 1, 2, 3]);
}

#[test]
fn dropping_a_runtime_with_work_left_is_fine() {
    for _ in 0..20 {
        let runtime = runtime();
        runtime
            .run_source(
                "=chunk",
                "local uv = require('uv')
                 uv.new_timer():start(1000000, 0, print)
                 local server = uv.new_tcp()
                 server:bind('127.0.0.1', 0)
                 server:listen(1, print)
                 local client = uv.new_tcp()
                 client:connect('127.0.0.1', server:getsockname().port, print)
                 client:write(('x'):rep(100000), print)
                 uv.new_signal():start('sighup', print)
                 uv.new_async(print):send(1)
                 uv.getaddrinfo('127.0.0.1', nil, nil, print)
                 -- Finalisers run while the state closes and still reach the runtime.
                 local proxy = newproxy(true)
                 getmetatable(proxy).__gc = function() uv.new_timer():close() uv.now() end
                 _G.proxy = proxy
                 coroutine.wrap(function() coroutine.yield() end)()",
            )
            .unwrap();
    }
}

#[test]
fn arguments_need_not_be_text() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe odd");
        let runtime = Runtime::builder()
            .args([std::ffi::OsStr::new("host"), odd])
            .build()
            .unwrap();
        runtime
            .run_source(
                "=chunk",
                "assert(args[1] == '\\255\\254 odd' and process.argv[0] == 'host')",
            )
            .unwrap();
    }
    let runtime = Runtime::builder().build().unwrap();
    runtime
        .run_source(
            "=chunk",
            "assert(process.argv[0] == 'luvit' and #args == 0)",
        )
        .unwrap();
}
