//! Pages of programs and libraries that only the start needed.

/// Gives back the resident pages of read-only file mappings (code and constants of the program and
/// its libraries). What is used again comes back from the page cache a few pages at a time; what
/// only the start used does not, which is most of it: on Linux the kernel maps sixteen pages
/// around each one touched.
///
/// Pages that are no longer the file's (addresses that the dynamic linker filled in, a breakpoint,
/// a patched function) are kept. Costs about a third of a millisecond. Systems without
/// `/proc/self/smaps` do nothing.
pub fn release_startup_pages() {
    #[cfg(target_os = "linux")]
    linux::release();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::os::unix::fs::FileExt;

    /// Of an entry of `/proc/self/pagemap`: the page is in memory, and it is a file's.
    const PRESENT: u64 = 1 << 63;
    const OF_FILE: u64 = 1 << 61;

    pub(super) fn release() {
        let Ok(text) = fs::read_to_string("/proc/self/smaps") else {
            return;
        };
        // All that is to be known first: what runs after a page was given back brings others back.
        let mut ranges = Vec::with_capacity(64);
        let mut mapping = None;
        for line in text.lines() {
            if let Some(range) = header(line) {
                mapping = range;
            } else if let Some(kib) = line.strip_prefix("Anonymous:")
                && let Some((start, end)) = mapping.take()
            {
                if kib.split_ascii_whitespace().next() == Some("0") {
                    ranges.push((start, end));
                } else {
                    unchanged(start, end, &mut ranges);
                }
            }
        }
        for (start, end) in ranges {
            // SAFETY: the range is of a private, read-only mapping of a file, with no page changed
            // since; dropped pages are read from the same file again when touched.
            unsafe {
                libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_DONTNEED);
            }
        }
    }

    /// Finds those pages of a mapping that are still the file's. Nobody changes one meanwhile: the
    /// mapping is read-only.
    fn unchanged(start: usize, end: usize, ranges: &mut Vec<(usize, usize)>) {
        // SAFETY: takes no pointers.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
            return;
        };
        let Ok(pagemap) = fs::File::open("/proc/self/pagemap") else {
            return;
        };
        let mut entries = vec![0; (end - start) / size * 8];
        if pagemap
            .read_exact_at(&mut entries, (start / size * 8) as u64)
            .is_err()
        {
            return;
        }
        for (index, entry) in entries.chunks_exact(8).enumerate() {
            let entry = u64::from_ne_bytes(entry.try_into().unwrap_or_default());
            if entry & (PRESENT | OF_FILE) != PRESENT | OF_FILE {
                continue;
            }
            let page = start + index * size;
            match ranges.last_mut() {
                Some((_, last)) if *last == page => *last = page + size,
                _ => ranges.push((page, page + size)),
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
        fn changed_pages_stay_and_others_are_read_again() {
            use std::io::Write;

            let path = std::env::temp_dir().join(format!("luvit-pages-{}", std::process::id()));
            let mut file = std::fs::File::create(&path).unwrap();
            // SAFETY: takes no pointers.
            let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
            file.write_all(&vec![b'f'; 3 * size]).unwrap();
            let file = std::fs::File::open(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            // SAFETY: a mapping of three pages, of which the second is changed, as the dynamic linker does.
            unsafe {
                let start = libc::mmap(
                    std::ptr::null_mut(),
                    3 * size,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE,
                    std::os::fd::AsRawFd::as_raw_fd(&file),
                    0,
                );
                assert_ne!(start, libc::MAP_FAILED);
                let bytes = start.cast::<u8>();
                bytes.add(size).write(b'c');
                libc::mprotect(start, 3 * size, libc::PROT_READ);
                let resident = || {
                    let mut pages = [0_u8; 3];
                    let mut entries = [0; 24];
                    let offset = (start as usize / size * 8) as u64;
                    let pagemap = std::fs::File::open("/proc/self/pagemap").unwrap();
                    std::os::unix::fs::FileExt::read_exact_at(&pagemap, &mut entries, offset)
                        .unwrap();
                    for (page, entry) in pages.iter_mut().zip(entries.chunks_exact(8)) {
                        *page = entry[7] >> 7;
                    }
                    pages
                };
                assert_eq!(bytes.read_volatile(), b'f');
                assert_eq!(bytes.add(2 * size).read_volatile(), b'f');
                assert_eq!(resident(), [1, 1, 1]);
                let start = start as usize;
                let mut ranges = Vec::new();
                super::unchanged(start, start + 3 * size, &mut ranges);
                assert_eq!(
                    ranges,
                    [(start, start + size), (start + 2 * size, start + 3 * size)]
                );
                super::release();
                assert_eq!(resident(), [0, 1, 0]);
                assert_eq!(bytes.add(size).read_volatile(), b'c');
                assert_eq!(bytes.read_volatile(), b'f');
                libc::munmap(start as *mut libc::c_void, 3 * size);
            }
        }

        #[test]
        fn the_program_goes_on_without_its_pages() {
            super::release();
            assert_eq!("still here".to_uppercase(), "STILL HERE");
        }
    }
}
