//! The standard library's Lua source, embedded by `build.rs`.

/// Module name (`http`, `path/base`) and source, sorted by name.
static MODULES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/stdlib.rs"));

/// The source of a module.
pub(crate) fn source(name: &str) -> Option<&'static [u8]> {
    let index = MODULES
        .binary_search_by(|(other, _)| (*other).cmp(name))
        .ok()?;
    Some(MODULES[index].1)
}

/// The names of all modules.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|(name, _)| *name)
}
