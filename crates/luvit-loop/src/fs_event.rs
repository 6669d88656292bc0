//! Watchers of files and folders through the system's notifications.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/fs_event.html>. Linux has inotify(7); other systems
//! go through the `notify` crate (FSEvents, kqueue, ReadDirectoryChangesW).

use crate::{Error, Event, Handle, Loop, Result, handle::Data};
use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
};

/// The key of the system's notifier in the poll.
pub(crate) const WATCH: mio::Token = mio::Token(usize::MAX - 1);
/// How many changes wait for one watcher; what comes then is summed up in one without a name.
const WAITING: usize = 8192;

/// What happened to a name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FsChange {
    /// The name relative to the watched folder, or the last part of the watched path; `None` where
    /// the system does not say, or when more happened than it can tell.
    pub name: Option<OsString>,
    /// It was made, removed or renamed (`UV_RENAME`).
    pub rename: bool,
    /// Its content or properties changed (`UV_CHANGE`).
    pub change: bool,
}

impl FsChange {
    /// Something happened, but the system cannot say what.
    pub(crate) const UNKNOWN: FsChange = FsChange {
        name: None,
        rename: true,
        change: true,
    };
}

/// A watcher in its slot.
#[derive(Debug, Default)]
pub(crate) struct FsEvent {
    /// What is watched; `None` while stopped.
    path: Option<OsString>,
    waiting: VecDeque<Result<FsChange>>,
    /// It stands in the loop's queue.
    queued: bool,
}

impl Loop {
    /// A new watcher, stopped.
    pub fn new_fs_event(&mut self) -> Handle {
        self.slab.insert(Data::FsEvent(Box::default()))
    }

    fn fs_event(&mut self, handle: Handle) -> Result<&mut FsEvent> {
        self.slab.open(handle)?;
        match self.slab.get_mut(handle).map(|slot| &mut slot.data) {
            Some(Data::FsEvent(watcher)) => Ok(watcher),
            _ => Err(Error::EINVAL),
        }
    }

    /// Watches a file, or a folder and the names in it; with `recursive` also all folders below
    /// (symbolic links are not followed). [`Event::FsEvent`] follows for what happens. `EINVAL` when
    /// it watches already or is closing; else what the system says of the path: `ENOENT`,
    /// `EACCES`, `ENOSPC` when there are too many watches (on Linux
    /// `/proc/sys/fs/inotify/max_user_watches`).
    pub fn fs_event_start(&mut self, handle: Handle, path: &OsStr, recursive: bool) -> Result<()> {
        if self.fs_event(handle)?.path.is_some() {
            return Err(Error::EINVAL);
        }
        self.watches.start(
            self.poll.registry(),
            &self.shared,
            handle,
            path.as_ref(),
            recursive,
        )?;
        self.fs_event(handle)?.path = Some(path.to_owned());
        self.slab.set_active(handle, true);
        Ok(())
    }

    /// Stops watching; what happened before is not told any more. `EINVAL` for another kind.
    pub fn fs_event_stop(&mut self, handle: Handle) -> Result<()> {
        let watcher = self.fs_event(handle)?;
        watcher.waiting.clear();
        if watcher.path.take().is_some() {
            self.watches.stop(handle);
            self.slab.set_active(handle, false);
        }
        Ok(())
    }

    /// What is watched. `EINVAL` when it watches nothing.
    pub fn fs_event_path(&self, handle: Handle) -> Result<&OsStr> {
        match &self.slab.get(handle).ok_or(Error::EBADF)?.data {
            Data::FsEvent(watcher) => watcher.path.as_deref().ok_or(Error::EINVAL),
            _ => Err(Error::EINVAL),
        }
    }

    /// Ends watching.
    pub(crate) fn fs_event_close(&mut self, handle: Handle) {
        // The handle is of this kind and open.
        let _ = self.fs_event_stop(handle);
    }

    /// Hands out what the system told since the last time.
    pub(crate) fn take_changes(&mut self) {
        for (handle, change) in self.watches.take() {
            let Ok(watcher) = self.fs_event(handle) else {
                continue;
            };
            if watcher.path.is_none() {
                continue;
            }
            match watcher.waiting.back() {
                Some(Ok(last)) if *last == FsChange::UNKNOWN && change.is_ok() => continue,
                _ if watcher.waiting.len() == WAITING => {
                    watcher.waiting.push_back(Ok(FsChange::UNKNOWN));
                }
                _ if watcher.waiting.len() > WAITING => continue,
                _ => watcher.waiting.push_back(change),
            }
            if !std::mem::replace(&mut watcher.queued, true) {
                self.ready.push(handle);
            }
        }
    }

    /// Serves a watcher from the queue: at most one event, and whether there is more to do.
    pub(crate) fn fs_event_ready(&mut self, handle: Handle) -> (Option<Event>, bool) {
        let Ok(watcher) = self.fs_event(handle) else {
            return (None, false);
        };
        let event = watcher
            .waiting
            .pop_front()
            .map(|result| Event::FsEvent { handle, result });
        watcher.queued = !watcher.waiting.is_empty();
        (event, watcher.queued)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        RunMode,
        testing::{Folder, finish, run},
    };
    use std::fs;

    /// Runs until `done` says so of what was seen, or nothing comes for some seconds.
    fn changes(
        lp: &mut Loop,
        done: impl Fn(&[(Handle, FsChange)]) -> bool,
    ) -> Vec<(Handle, FsChange)> {
        let mut seen = Vec::new();
        let guard = lp.new_timer();
        lp.timer_start(guard, 10_000, 0).unwrap();
        while !done(&seen) && lp.is_active(guard) {
            run(lp, RunMode::Once, |_, event| match event {
                Event::FsEvent { handle, result } => seen.push((handle, result.unwrap())),
                Event::Timer(_) => panic!("nothing came"),
                other => panic!("{other:?}"),
            });
        }
        lp.timer_stop(guard).unwrap();
        seen
    }

    fn named(seen: &[(Handle, FsChange)], handle: Handle, name: &str) -> bool {
        let wanted = OsStr::new(name);
        seen.iter()
            .any(|(h, c)| *h == handle && c.name.as_deref() == Some(wanted))
    }

    #[test]
    fn folders_and_files_tell_what_happens() {
        let mut lp = Loop::new().unwrap();
        let folder = Folder::new();
        let file = folder.path().join("file");
        fs::write(&file, "a").unwrap();
        let (on_folder, on_file) = (lp.new_fs_event(), lp.new_fs_event());
        assert_eq!(lp.fs_event_path(on_folder), Err(Error::EINVAL));
        lp.fs_event_start(on_folder, folder.path().as_os_str(), false)
            .unwrap();
        lp.fs_event_start(on_file, file.as_os_str(), false).unwrap();
        assert_eq!(lp.fs_event_path(on_file), Ok(file.as_os_str()));
        assert_eq!(
            lp.fs_event_start(on_file, file.as_os_str(), false),
            Err(Error::EINVAL)
        );
        fs::write(&file, "b").unwrap();
        fs::write(folder.path().join("new"), "").unwrap();
        let seen = changes(&mut lp, |seen| {
            named(seen, on_folder, "new") && named(seen, on_file, "file")
        });
        assert!(seen.iter().any(|(h, c)| *h == on_file && c.change));
        assert!(seen.iter().any(|(h, c)| *h == on_folder
            && c.rename
            && c.name.as_deref() == Some("new".as_ref())));
        // Stopped watchers tell nothing, not even what happened before.
        fs::write(&file, "c").unwrap();
        lp.fs_event_stop(on_file).unwrap();
        fs::remove_file(&file).unwrap();
        let seen = changes(&mut lp, |seen| named(seen, on_folder, "file"));
        assert!(seen.iter().all(|(h, _)| *h == on_folder));
        finish(&mut lp);
    }

    #[test]
    fn recursive_watchers_follow_new_folders() {
        let mut lp = Loop::new().unwrap();
        let folder = Folder::new();
        fs::create_dir(folder.path().join("a")).unwrap();
        let handle = lp.new_fs_event();
        lp.fs_event_start(handle, folder.path().as_os_str(), true)
            .unwrap();
        fs::write(folder.path().join("a/one"), "").unwrap();
        let one = OsString::from_iter([
            OsStr::new("a"),
            OsStr::new(std::path::MAIN_SEPARATOR_STR),
            OsStr::new("one"),
        ]);
        changes(&mut lp, |seen| named(seen, handle, one.to_str().unwrap()));
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/two"), "").unwrap();
        let two = one
            .to_str()
            .unwrap()
            .replace('a', "b")
            .replace("one", "two");
        changes(&mut lp, |seen| named(seen, handle, &two));
        finish(&mut lp);
    }

    #[test]
    fn what_cannot_be_watched_is_an_error() {
        let mut lp = Loop::new().unwrap();
        let handle = lp.new_fs_event();
        let missing = OsStr::new("/no/such/path");
        assert_eq!(
            lp.fs_event_start(handle, missing, false),
            Err(Error::ENOENT)
        );
        let timer = lp.new_timer();
        assert_eq!(lp.fs_event_start(timer, missing, false), Err(Error::EINVAL));
        assert_eq!(lp.fs_event_stop(timer), Err(Error::EINVAL));
        assert!(!lp.is_active(handle));
        lp.close(handle).unwrap();
        assert_eq!(
            lp.fs_event_start(handle, missing, false),
            Err(Error::EINVAL)
        );
        finish(&mut lp);
    }
}
