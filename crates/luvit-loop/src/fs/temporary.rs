//! Files and folders with names that are new.

use super::File;
use crate::{Result, sys};
use std::ffi::{OsStr, OsString};

/// Makes a folder whose name is `template` with its last six characters, which must be `XXXXXX`,
/// replaced; only the user may use it. `EINVAL` for another template. See mkdtemp(3).
pub fn make_temp_dir(template: &OsStr) -> Result<OsString> {
    sys::fs::make_temp_dir(template)
}

/// Makes and opens a file in the same way, for reading and writing. See mkstemp(3).
pub fn make_temp_file(template: &OsStr) -> Result<(File, OsString)> {
    sys::fs::make_temp_file(template)
}
