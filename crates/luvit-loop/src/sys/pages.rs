//! Pages of programs and libraries that only the start needed.

/// Gives back the resident pages of read-only file mappings (code and constants of the program and
/// its libraries). What is used again comes back from the page cache a few pages at a time; what
/// only the start used does not, which is most of it: on Linux the kernel maps sixteen pages
/// around each one touched.
///
/// A mapping with a page of its own (a breakpoint, a patched function) keeps all of them. Costs
/// about a third of a millisecond. Systems without `/proc/self/smaps` do nothing.
pub fn release_startup_pages() {
    #[cfg(target_os = "linux")]
    linux::release();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    pub(super) fn release() {
        let Ok(text) = fs::read_to_string("/proc/self/smaps") else {
            return;
        };
        let mut mapping = None;
        for line in text.lines() {
            if let Some(range) = header(line) {
                mapping = range;
            } else if let Some(kib) = line.strip_prefix("Anonymous:")
                && let Some((start, end)) = mapping.take()
                && kib.split_ascii_whitespace().next() == Some("0")
            {
                // SAFETY: the range is a private, read-only mapping of a file with no page changed
                // since; dropped pages are read from the same file again when touched.
                unsafe {
                    libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_DONTNEED);
                }
            }
        }
    }

    /// The first line of a mapping: `start-end perms offset device inode path`. `Some(Some(range))`
    /// for a read-only private mapping of a file, `Some(None)` for another, `None` for no first
    /// line.
    fn header(line: &str) -> Option<Option<(usize, usize)>> {
        let mut fields = line.split_ascii_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let range = (
            usize::from_str_radix(start, 16).ok()?,
            usize::from_str_radix(end, 16).ok()?,
        );
        let permissions = fields.next()?;
        let path = fields.nth(3);
        let ours = matches!(permissions, "r-xp" | "r--p")
            && path.is_some_and(|path| path.starts_with('/'));
        Some(ours.then_some(range))
    }

    #[cfg(test)]
    mod tests {
        use super::header;

        #[test]
        fn only_read_only_mappings_of_files_are_released() {
            let code = "5566-7788 r-xp 00001000 fe:00 123  /usr/bin/luvit";
            assert_eq!(header(code), Some(Some((0x5566, 0x7788))));
            assert_eq!(
                header("5566-7788 rw-p 00001000 fe:00 123  /usr/bin/luvit"),
                Some(None)
            );
            assert_eq!(
                header("5566-7788 r-xp 00000000 00:00 0  [vdso]"),
                Some(None)
            );
            assert_eq!(header("5566-7788 r--p 00000000 00:00 0"), Some(None));
            assert_eq!(header("Anonymous:             0 kB"), None);
        }

        #[test]
        fn the_program_goes_on_without_its_pages() {
            super::release();
            assert_eq!("still here".to_uppercase(), "STILL HERE");
        }
    }
}
