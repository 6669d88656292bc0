//! The standard library, compiled and embedded by `build.rs`.
//!
//! A debug build reads the Lua files from the folder in `$LUVIT_STDLIB` instead, when that is set: who works on
//! the library runs what is in the editor without building. Release builds do not look.

use std::borrow::Cow;

/// Module name (`http`, `path/base`) and chunk, sorted by name.
static MODULES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/stdlib.rs"));

/// The chunk of a module: bytecode or text, as `loadstring` takes it.
pub(crate) fn source(name: &str) -> Option<Cow<'static, [u8]>> {
    #[cfg(debug_assertions)]
    if let Some(folder) = std::env::var_os("LUVIT_STDLIB").filter(|folder| !folder.is_empty()) {
        let path = std::path::Path::new(&folder).join(format!("{name}.lua"));
        return std::fs::read(path).ok().map(Cow::Owned);
    }
    let index = MODULES
        .binary_search_by(|(other, _)| (*other).cmp(name))
        .ok()?;
    Some(Cow::Borrowed(MODULES[index].1))
}
