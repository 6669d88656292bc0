//! Compiles LPeg.

fn main() {
    println!("cargo:rerun-if-changed=lpeg");
    println!("cargo:rerun-if-changed=lua");
    println!("cargo:rerun-if-changed=luvit.h");
    let mut build = cc::Build::new();
    build
        .files(["lpcap", "lpcode", "lpcset", "lptree", "lpvm"].map(|name| format!("lpeg/{name}.c")))
        .include("lua")
        .include("lpeg")
        .include(".")
        // As its makefile does.
        .define("NDEBUG", None)
        .warnings(false)
        // LuaJIT's errors pass through these functions: without tables for it, they could not.
        .flag_if_supported("-funwind-tables")
        .flag_if_supported("-fvisibility=hidden");
    if build.get_compiler().is_like_msvc() {
        build.flag("/FIluvit.h");
    } else {
        build.flag("-include").flag("luvit.h");
    }
    build.compile("luvit_lpeg");
}
