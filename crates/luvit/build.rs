//! Embeds the standard library: every `lua/**/*.lua` becomes a module of that name.

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
    let mut list = String::from("&[\n");
    for (number, file) in files.iter().enumerate() {
        let name = name_of(file);
        let stripped = out.join(format!("stdlib-{number}.lua"));
        fs::write(&stripped, strip::strip(&fs::read_to_string(file)?))?;
        println!("cargo:rerun-if-changed={}", file.display());
        let _infallible = writeln!(
            list,
            "    ({name:?}, include_bytes!({:?})),",
            stripped.display().to_string()
        );
    }
    list.push_str("]\n");
    fs::write(out.join("stdlib.rs"), list)
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
