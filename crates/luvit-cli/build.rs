//! Exports Lua's C API from the program, so that compiled modules find it as in any Lua.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=lua-api.txt");
    let names = fs::read_to_string("lua-api.txt")?;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match system.as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly" => {
            let list = out.join("lua-api.list");
            let body: String = names.lines().map(|name| format!("  {name};\n")).collect();
            fs::write(&list, format!("{{\n{body}}};\n"))?;
            println!(
                "cargo:rustc-link-arg-bins=-Wl,--dynamic-list={}",
                list.display()
            );
            // The program at a fixed address: its tables of pointers are then as they are in the file, instead of
            // 180 KB that every start fills in and every process has its own of (docs/decisions/0017).
            if system == "linux" && env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("gnu") {
                println!("cargo:rustc-link-arg-bins=-no-pie");
            }
        }
        "macos" | "ios" => {
            let list = out.join("lua-api.exp");
            let body: String = names.lines().map(|name| format!("_{name}\n")).collect();
            fs::write(&list, body)?;
            println!(
                "cargo:rustc-link-arg-bins=-Wl,-exported_symbols_list,{}",
                list.display()
            );
        }
        "windows" => {
            // C modules link against lua51.dll there; the program exports what such a DLL would.
            let list = out.join("lua-api.def");
            let body: String = names.lines().map(|name| format!("  {name}\n")).collect();
            fs::write(&list, format!("EXPORTS\n{body}"))?;
            let argument = if env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("msvc") {
                format!("/DEF:{}", list.display())
            } else {
                list.display().to_string()
            };
            println!("cargo:rustc-link-arg-bins={argument}");
        }
        _ => {}
    }
    Ok(())
}
