//! What Linux says in `/proc`, `/sys` and its control groups.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::{last_error, page_size, tick};
use crate::system::{CpuInfo, CpuTimes};
use crate::{Error, Result};

/// A line of `/proc/meminfo` in bytes.
fn meminfo(field: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// Bytes of memory of the machine; 0 where the system does not say.
#[must_use]
pub fn total_memory() -> u64 {
    meminfo("MemTotal:").unwrap_or(0)
}

/// Bytes of memory that programs can have without swapping; 0 where the system does not say.
#[must_use]
pub fn free_memory() -> u64 {
    meminfo("MemAvailable:")
        .or_else(|| meminfo("MemFree:"))
        .unwrap_or(0)
}

/// The memory control group of this process: its limits, and what is used of them.
struct MemoryGroup {
    limit: u64,
    used: u64,
}

impl MemoryGroup {
    fn new() -> Option<MemoryGroup> {
        let text = fs::read_to_string("/proc/self/cgroup").ok()?;
        Self::first(&text).or_else(|| Self::second(&text))
    }

    /// Version 1: a hierarchy for memory of its own.
    fn first(text: &str) -> Option<MemoryGroup> {
        let group = text.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, group) = rest.split_once(':')?;
            controllers
                .split(',')
                .any(|name| name == "memory")
                .then_some(group)
        })?;
        // Inside a container the group's own folder may not be visible, but its contents at the top.
        let root = Path::new("/sys/fs/cgroup/memory");
        let folders = [root.join(group.trim_start_matches('/')), root.to_owned()];
        folders.iter().find_map(|folder| {
            let limit = number(&folder.join("memory.limit_in_bytes"))?;
            let soft = number(&folder.join("memory.soft_limit_in_bytes")).unwrap_or(u64::MAX);
            Some(MemoryGroup {
                limit: unlimited(limit.min(soft)),
                used: number(&folder.join("memory.usage_in_bytes")).unwrap_or(0),
            })
        })
    }

    /// Version 2: one hierarchy.
    fn second(text: &str) -> Option<MemoryGroup> {
        let group = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
        let root = Path::new("/sys/fs/cgroup");
        let folders = [root.join(group), root.to_owned()];
        folders.iter().find_map(|folder| {
            let limit = number(&folder.join("memory.max"))?;
            let high = number(&folder.join("memory.high")).unwrap_or(u64::MAX);
            Some(MemoryGroup {
                limit: unlimited(limit.min(high)),
                used: number(&folder.join("memory.current")).unwrap_or(0),
            })
        })
    }
}

/// A file with one number; `max` is the largest.
fn number(path: &Path) -> Option<u64> {
    match fs::read_to_string(path).ok()?.trim() {
        "max" => Some(u64::MAX),
        text => text.parse().ok(),
    }
}

/// Version 1 says "no limit" with the largest number of whole pages.
fn unlimited(limit: u64) -> u64 {
    if limit >= i64::MAX as u64 & !(page_size() - 1) {
        u64::MAX
    } else {
        limit
    }
}

/// Bytes of memory that the system lets this process have: the limit of its control group,
/// `u64::MAX` when that has none, 0 when there is no group.
#[must_use]
pub fn constrained_memory() -> u64 {
    MemoryGroup::new().map_or(0, |group| group.limit)
}

/// Bytes of memory that this process can still have: what its control group leaves of the limit,
/// or what is free.
#[must_use]
pub fn available_memory() -> u64 {
    match MemoryGroup::new() {
        Some(group) if group.limit <= total_memory() => group.limit.saturating_sub(group.used),
        _ => free_memory(),
    }
}

/// Bytes of memory the process holds now.
///
/// # Errors
/// The system's.
pub fn resident_memory() -> Result<u64> {
    let text = fs::read_to_string("/proc/self/statm").map_err(Error::from)?;
    let pages: u64 = text
        .split(' ')
        .nth(1)
        .and_then(|field| field.parse().ok())
        .ok_or(Error::EIO)?;
    Ok(pages * page_size())
}

/// Seconds since the system started.
///
/// # Errors
/// The system's.
pub fn uptime() -> Result<f64> {
    let mut time = std::mem::MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: clock_gettime fills the structure.
    let time = unsafe {
        if libc::clock_gettime(libc::CLOCK_BOOTTIME, time.as_mut_ptr()) != 0 {
            return Err(last_error());
        }
        time.assume_init()
    };
    Ok(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

/// The processors that are on.
///
/// # Errors
/// The system's, when `/proc` is not there.
pub fn cpu_info() -> Result<Vec<CpuInfo>> {
    let stat = fs::read_to_string("/proc/stat")?;
    let descriptions = descriptions(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default());
    Ok(times(&stat)
        .map(|(index, times)| {
            let described = descriptions.iter().find(|(number, ..)| *number == index);
            let (model, mhz) = match described {
                Some((_, model, mhz)) => (model.clone(), *mhz),
                // ARM kernels name the processor once, for all.
                None => (None, None),
            };
            let any = || descriptions.iter().find_map(|(_, model, _)| model.clone());
            CpuInfo {
                model: model.or_else(any).unwrap_or_else(|| "unknown".into()),
                speed: frequency(index).or(mhz).unwrap_or(0),
                times,
            }
        })
        .collect())
}

/// The lines `cpu0 user nice system idle iowait irq …` of `/proc/stat`: see proc(5).
fn times(stat: &str) -> impl Iterator<Item = (usize, CpuTimes)> {
    let tick = tick();
    stat.lines().filter_map(move |line| {
        let mut fields = line.strip_prefix("cpu")?.split_ascii_whitespace();
        // The first line, of all together, has no number.
        let index = line[3..]
            .starts_with(|first: char| first.is_ascii_digit())
            .then(|| fields.next()?.parse().ok())??;
        let mut next = || {
            fields
                .next()
                .and_then(|field| field.parse::<u64>().ok())
                .unwrap_or(0)
                * tick
        };
        let (user, nice, sys, idle) = (next(), next(), next(), next());
        let _waiting = next();
        let irq = next();
        Some((
            index,
            CpuTimes {
                user,
                nice,
                sys,
                idle,
                irq,
            },
        ))
    })
}

/// The number, name and MHz of each processor in `/proc/cpuinfo`, whose fields differ from
/// architecture to architecture.
fn descriptions(text: &str) -> Vec<(usize, Option<String>, Option<u64>)> {
    let mut found = Vec::new();
    for line in text.lines() {
        let Some((field, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match (field.trim(), found.last_mut()) {
            ("processor", _) => {
                if let Ok(number) = value.parse() {
                    found.push((number, None, None));
                }
            }
            ("model name" | "cpu model" | "Model Name", Some((_, model @ None, _))) => {
                *model = Some(value.to_owned());
            }
            ("cpu MHz" | "CPU MHz", Some((.., mhz))) => {
                *mhz = value.parse().ok().map(|mhz: f64| mhz as u64);
            }
            ("cpu", Some((_, model @ None, _))) => *model = Some(value.to_owned()),
            ("clock", Some((.., mhz))) => {
                let number = value.trim_end_matches("MHz").parse().ok();
                *mhz = number.map(|mhz: f64| mhz as u64);
            }
            _ => {}
        }
    }
    found
}

/// The clock of a processor in MHz, where the kernel manages it.
fn frequency(index: usize) -> Option<u64> {
    let path = format!("/sys/devices/system/cpu/cpu{index}/cpufreq/scaling_cur_freq");
    number(Path::new(&path)).map(|khz| khz / 1000)
}

/// The title that was set, or the program's name; and where the kernel reads it.
struct Title {
    text: Vec<u8>,
    memory: std::ops::Range<usize>,
}

static TITLE: Mutex<Option<Title>> = Mutex::new(None);

impl Title {
    fn new() -> Title {
        Title {
            text: std::env::args_os()
                .next()
                .unwrap_or_default()
                .into_encoded_bytes(),
            memory: argument_memory().unwrap_or_default(),
        }
    }
}

/// The addresses of the arguments this process was started with, without those of the environment
/// that lie behind: `arg_start` and `arg_end` of proc(5). `None` unless they hold what
/// `/proc/self/cmdline` says.
fn argument_memory() -> Option<std::ops::Range<usize>> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the name in parentheses, which may contain anything; the third follows.
    let mut fields = stat
        .rsplit_once(')')?
        .1
        .split_ascii_whitespace()
        .skip(48 - 3);
    let start: usize = fields.next()?.parse().ok()?;
    let end: usize = fields.next()?.parse().ok()?;
    let command_line = fs::read("/proc/self/cmdline").ok()?;
    let agrees = start != 0
        && end.checked_sub(start) == Some(command_line.len())
        && command_line.last() == Some(&0);
    agrees.then_some(start..end)
}

/// The process's title: what was set, or the name the program was started by.
///
/// # Errors
/// The system's; none on Linux.
pub fn process_title() -> Result<Vec<u8>> {
    let mut title = TITLE.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(title.get_or_insert_with(Title::new).text.clone())
}

/// Sets what `ps` and the like show for this process: on Linux and FreeBSD its command line, cut to
/// the length of the one it was started with on Linux; on macOS the thread's name; on Windows the
/// console's title.
///
/// # Errors
/// `EINVAL` when it contains a NUL, `ENOBUFS` when there is no room for one byte.
pub fn set_process_title(text: &[u8]) -> Result<()> {
    if text.contains(&0) {
        return Err(Error::EINVAL);
    }
    let mut title = TITLE.lock().unwrap_or_else(PoisonError::into_inner);
    let title = title.get_or_insert_with(Title::new);
    // One byte stays NUL: without it the kernel would read on into the environment.
    let room = title.memory.len().checked_sub(1).ok_or(Error::ENOBUFS)?;
    let text = &text[..text.len().min(room)];
    let start = title.memory.start as *mut u8;
    // SAFETY: the range is the kernel's record of where it put our arguments, on the main thread's
    // stack, which stays as long as the process; the text is shorter. Others have pointers to it as
    // C strings (`argv`), which still end within it. One writer at a time holds the lock; who reads
    // the arguments of the process at this moment sees bytes of the old or the new one.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), start, text.len());
        std::ptr::write_bytes(start.add(text.len()), 0, title.memory.len() - text.len());
    }
    title.text = text.to_vec();
    let mut name = [0_u8; 16];
    let length = text.len().min(15);
    name[..length].copy_from_slice(&text[..length]);
    // SAFETY: the name ends in NUL within the 16 bytes the kernel reads.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_processors_without_that_of_all() {
        let stat = "cpu  9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7\ncpu12 10 0 0 0\nintr 5\ncpufreq 3\n";
        let found: Vec<_> = times(stat).collect();
        assert_eq!(found.len(), 2);
        let (index, times) = found[0];
        assert_eq!(index, 0);
        assert_eq!(
            [times.user, times.nice, times.sys, times.idle, times.irq],
            [10, 20, 30, 40, 60]
        );
        assert_eq!((found[1].0, found[1].1.user, found[1].1.irq), (12, 100, 0));
    }

    #[test]
    fn names_of_processors_by_architecture() {
        let intel = "processor\t: 0\nmodel name\t: A: B\ncpu MHz\t\t: 2596.123\n\nprocessor\t: 3\n";
        assert_eq!(
            descriptions(intel),
            [(0, Some("A: B".into()), Some(2596)), (3, None, None)]
        );
        let power = "processor\t: 0\ncpu\t\t: POWER9\nclock\t\t: 2300.000000MHz\n";
        assert_eq!(
            descriptions(power),
            [(0, Some("POWER9".into()), Some(2300))]
        );
        assert_eq!(descriptions("nonsense\nprocessor : x\n"), []);
    }

    #[test]
    fn the_largest_limit_is_none() {
        assert_eq!(unlimited(0x7fff_ffff_ffff_f000), u64::MAX);
        assert_eq!(unlimited(u64::MAX), u64::MAX);
        assert_eq!(unlimited(1 << 40), 1 << 40);
    }

    #[test]
    fn the_title_stays_within_the_arguments() {
        let before = fs::read("/proc/self/environ").unwrap();
        let room = argument_memory().unwrap().len();
        assert!(!process_title().unwrap().is_empty());
        assert_eq!(set_process_title(b"a\0b"), Err(Error::EINVAL));
        set_process_title(&[b'x'; 100_000]).unwrap();
        assert_eq!(process_title().unwrap(), vec![b'x'; room - 1]);
        set_process_title(b"abc").unwrap();
        assert_eq!(process_title().unwrap(), b"abc");
        let shown = fs::read("/proc/self/cmdline").unwrap();
        assert!(shown.starts_with(b"abc\0") && shown.len() == room);
        assert_eq!(fs::read("/proc/self/environ").unwrap(), before);
        set_process_title(b"").unwrap();
        assert_eq!(process_title().unwrap(), b"");
    }
}
