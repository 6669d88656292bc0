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
                lay_out()?;
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

/// Lays the functions that run beside each other (docs/decisions/0018). A linker that was chosen and does not take such
/// a script (mold and gold do not) goes without: the program is the same and a megabyte larger in memory.
fn lay_out() -> io::Result<()> {
    println!("cargo:rerun-if-changed=layout.ld");
    if env::var("PROFILE").as_deref() != Ok("release") {
        return Ok(());
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let linker = env::var("RUSTC_LINKER").unwrap_or_default();
    let mut chosen = flags
        .split('\u{1f}')
        .filter(|flag| {
            flag.contains("linker=") || flag.contains("fuse-ld=") || flag.contains("ld-path=")
        })
        .chain([linker.as_str()])
        .filter_map(|flag| flag.rsplit(['=', '/']).next());
    if chosen.any(|name| {
        ["mold", "gold", "wild"]
            .iter()
            .any(|other| name.contains(other))
    }) {
        return Ok(());
    }
    let script = env::current_dir()?.join("layout.ld");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{}", script.display());
    Ok(())
}
