//! Embeds the standard library: every `lua/**/*.lua` becomes a module of that name.
//!
//! What is embedded is LuaJIT's bytecode with its debug information, which loads some twenty times
//! as fast as the text it is made of (docs/decisions/0011). It fits any target of 64 bits and the
//! same byte order; for others it is the text, without comments.

#[path = "src/strip.rs"]
#[allow(dead_code, reason = "the tests in it are the crate's")]
mod strip;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("lua");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    let name_of = |file: &PathBuf| {
        let relative = file.strip_prefix(&root).unwrap_or(file);
        relative
            .with_extension("")
            .to_string_lossy()
            .replace('\\', "/")
    };
    // By name, not by path: the runtime searches the list in halves.
    files.sort_by_key(name_of);
    let compiler = takes_bytecode().then(mlua::Lua::new);
    let mut list = String::from("&[\n");
    for (number, file) in files.iter().enumerate() {
        let name = name_of(file);
        let source = strip::strip(&fs::read_to_string(file)?);
        let embedded = match &compiler {
            Some(lua) => compile(lua, &name, &source)?,
            None => source.into_bytes(),
        };
        let path = out.join(format!("stdlib-{number}.lua"));
        fs::write(&path, embedded)?;
        println!("cargo:rerun-if-changed={}", file.display());
        let _infallible = writeln!(
            list,
            "    ({name:?}, include_bytes!({:?})),",
            path.display().to_string()
        );
    }
    list.push_str("]\n");
    fs::write(out.join("stdlib.rs"), list)
}

/// Whether the target's LuaJIT loads what the one of this machine compiles: it depends on the size
/// of a slot of the stack (`LJ_FR2`, all systems of 64 bits) and on the byte order.
fn takes_bytecode() -> bool {
    let target = |name| env::var(name).unwrap_or_default();
    cfg!(all(target_pointer_width = "64", target_endian = "little"))
        && target("CARGO_CFG_TARGET_POINTER_WIDTH") == "64"
        && target("CARGO_CFG_TARGET_ENDIAN") == "little"
}

/// A module's bytecode. A syntax error ends the build with its file and line.
fn compile(lua: &mlua::Lua, name: &str, source: &str) -> io::Result<Vec<u8>> {
    let chunk = lua
        .load(source)
        .set_name(format!("@bundle:/deps/{name}.lua"));
    let function = chunk
        .into_function()
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok(function.dump(false))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            files.push(path);
        }
    }
    Ok(())
}
