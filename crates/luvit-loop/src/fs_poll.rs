//! Watchers of a path that look at it every so often.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/fs_poll.html>. The looking is done on the thread
//! pool; how often is an internal timer's.

use crate::{
    Error, Event, Handle, Loop, Request, Result,
    fs::{self, Stat},
    handle::Data,
};
use std::{
    any::Any,
    collections::HashMap,
    ffi::{OsStr, OsString},
};

/// A watcher in its slot.
#[derive(Debug, Default)]
pub(crate) struct FsPoll {
    watch: Option<Watch>,
    /// What is to be told.
    news: Option<Result<Box<(Stat, Stat)>>>,
}

#[derive(Debug)]
struct Watch {
    path: OsString,
    /// Milliseconds from look to look.
    interval: u64,
    timer: Handle,
    /// The look under way.
    request: Option<Request>,
    /// When it began.
    begun: u64,
    /// What was seen last; `None` before the first look.
    seen: Option<Result<Stat>>,
    /// The file as it was when it could be looked at last.
    last: Stat,
}

/// What belongs to which watcher.
#[derive(Debug, Default)]
pub(crate) struct FsPolls {
    timers: HashMap<Handle, Handle>,
    requests: HashMap<Request, Handle>,
}

impl Loop {
    /// A new watcher, stopped.
    pub fn new_fs_poll(&mut self) -> Handle {
        self.slab.insert(Data::FsPoll(Box::default()))
    }

    fn fs_poll(&mut self, handle: Handle) -> Result<&mut FsPoll> {
        self.slab.open(handle)?;
        match self.slab.get_mut(handle).map(|slot| &mut slot.data) {
            Some(Data::FsPoll(watcher)) => Ok(watcher),
            _ => Err(Error::EINVAL),
        }
    }

    /// Looks at `path` now and then every `interval` milliseconds (at least 1).
    /// [`Event::FsPoll`] follows when it is another than before, or cannot be looked at. The path
    /// need not be there yet. A watcher that runs goes on as it was. `EINVAL` when it is closing.
    pub fn fs_poll_start(&mut self, handle: Handle, path: &OsStr, interval: u64) -> Result<()> {
        if self.fs_poll(handle)?.watch.is_some() {
            return Ok(());
        }
        let timer = self.new_timer();
        self.set_internal(timer, true);
        self.fs_poll(handle)?.watch = Some(Watch {
            path: path.to_owned(),
            interval: interval.max(1),
            timer,
            request: None,
            begun: 0,
            seen: None,
            last: Stat::default(),
        });
        self.fs_polls.timers.insert(timer, handle);
        self.slab.set_active(handle, true);
        self.fs_poll_look(handle).inspect_err(|_| {
            // It was just started.
            let _ = self.fs_poll_stop(handle);
        })
    }

    /// Stops looking. `EINVAL` for another kind.
    pub fn fs_poll_stop(&mut self, handle: Handle) -> Result<()> {
        let watcher = self.fs_poll(handle)?;
        watcher.news = None;
        let Some(watch) = watcher.watch.take() else {
            return Ok(());
        };
        self.slab.set_active(handle, false);
        self.fs_polls.timers.remove(&watch.timer);
        self.timers.stop(&mut self.slab, watch.timer);
        self.slab.remove(watch.timer);
        Ok(())
    }

    /// What is watched. `EINVAL` when it watches nothing.
    pub fn fs_poll_path(&self, handle: Handle) -> Result<&OsStr> {
        match &self.slab.get(handle).ok_or(Error::EBADF)?.data {
            Data::FsPoll(watcher) => match &watcher.watch {
                Some(watch) => Ok(&watch.path),
                None => Err(Error::EINVAL),
            },
            _ => Err(Error::EINVAL),
        }
    }

    /// What the file was when it could be looked at last; all zeros before that, and when nothing
    /// is watched.
    pub fn fs_poll_last(&self, handle: Handle) -> Stat {
        match self.slab.get(handle).map(|slot| &slot.data) {
            Some(Data::FsPoll(watcher)) => watcher.watch.as_ref().map(|watch| watch.last),
            _ => None,
        }
        .unwrap_or_default()
    }

    /// Ends watching.
    pub(crate) fn fs_poll_close(&mut self, handle: Handle) {
        // The handle is of this kind and open.
        let _ = self.fs_poll_stop(handle);
    }

    /// Begins to look.
    fn fs_poll_look(&mut self, handle: Handle) -> Result<()> {
        let now = self.now();
        let Some(watch) = &mut self.fs_poll(handle)?.watch else {
            return Ok(());
        };
        watch.begun = now;
        let path = watch.path.clone();
        let request = self.queue_work(Box::new(move || Box::new(fs::stat(&path))))?;
        self.fs_polls.requests.insert(request, handle);
        if let Some(watch) = &mut self.fs_poll(handle)?.watch {
            watch.request = Some(request);
        }
        Ok(())
    }

    /// Whether a timer that is due was a watcher's.
    pub(crate) fn fs_poll_due(&mut self, timer: Handle) -> bool {
        let Some(&handle) = self.fs_polls.timers.get(&timer) else {
            return false;
        };
        if let Err(error) = self.fs_poll_look(handle) {
            self.fs_poll_seen(handle, Err(error));
        }
        true
    }

    /// Takes the outcome of a look; gives that of other requests back.
    pub(crate) fn fs_poll_looked(
        &mut self,
        request: Request,
        result: Result<Box<dyn Any + Send>>,
    ) -> Option<Result<Box<dyn Any + Send>>> {
        let Some(handle) = self.fs_polls.requests.remove(&request) else {
            return Some(result);
        };
        let current = self.fs_poll(handle).is_ok_and(|watcher| {
            let watch = watcher.watch.as_mut();
            watch.is_some_and(|watch| watch.request.take_if(|r| *r == request).is_some())
        });
        if current {
            let seen = result.and_then(|value| {
                let stat = value.downcast::<Result<Stat>>();
                stat.map_or(Err(Error::UNKNOWN), |stat| *stat)
            });
            self.fs_poll_seen(handle, seen);
        }
        None
    }

    /// Compares what was seen with what was before, and waits for the next look.
    fn fs_poll_seen(&mut self, handle: Handle, seen: Result<Stat>) {
        let now = self.now();
        let Ok(watcher) = self.fs_poll(handle) else {
            return;
        };
        let Some(watch) = &mut watcher.watch else {
            return;
        };
        let before = watch.seen.replace(seen);
        let news = match (before, seen) {
            (None, Ok(_)) => None,
            (before, Err(error)) => (before != Some(Err(error))).then_some(Err(error)),
            (Some(Ok(old)), Ok(new)) => (!same(&old, &new)).then(|| Ok(Box::new((old, new)))),
            (Some(Err(_)), Ok(new)) => Some(Ok(Box::new((watch.last, new)))),
        };
        if let Ok(stat) = seen {
            watch.last = stat;
        }
        // Looks keep the rhythm, however long one takes.
        let late = now.saturating_sub(watch.begun) % watch.interval;
        let (timer, wait) = (watch.timer, watch.interval - late);
        if news.is_some() {
            let queued = watcher.news.is_some();
            watcher.news = news;
            if !queued {
                self.ready.push(handle);
            }
        }
        // The timer is ours and open.
        let _ = self.timer_start(timer, wait, 0);
    }

    /// Serves a watcher from the queue: at most one event, and whether there is more to do.
    pub(crate) fn fs_poll_ready(&mut self, handle: Handle) -> (Option<Event>, bool) {
        let news = self.fs_poll(handle).ok().and_then(|w| w.news.take());
        (news.map(|result| Event::FsPoll { handle, result }), false)
    }
}

/// Whether a file is as it was; reading it is no change.
fn same(old: &Stat, new: &Stat) -> bool {
    let unread = |stat: &Stat| Stat {
        atime: fs::Time::default(),
        ..*stat
    };
    unread(old) == unread(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        RunMode,
        testing::{Folder, finish, run},
    };

    #[test]
    fn a_path_that_comes_changes_and_goes() {
        let mut lp = Loop::new().unwrap();
        let folder = Folder::new();
        let path = folder.path().join("file");
        let handle = lp.new_fs_poll();
        assert_eq!(lp.fs_poll_path(handle), Err(Error::EINVAL));
        lp.fs_poll_start(handle, path.as_os_str(), 5).unwrap();
        lp.fs_poll_start(handle, "other".as_ref(), 5).unwrap();
        assert_eq!(lp.fs_poll_path(handle), Ok(path.as_os_str()));
        let guard = lp.new_timer();
        lp.timer_start(guard, 10_000, 0).unwrap();
        let mut seen = Vec::new();
        run(&mut lp, RunMode::Default, |lp, event| {
            let Event::FsPoll { handle: h, result } = event else {
                panic!("{event:?}")
            };
            assert_eq!(h, handle);
            seen.push(result.map(|both| (both.0.size, both.1.size)));
            match seen.len() {
                1 => std::fs::write(&path, "a").unwrap(),
                2 => std::fs::write(&path, "abc").unwrap(),
                3 => std::fs::remove_file(&path).unwrap(),
                _ => {
                    lp.fs_poll_stop(handle).unwrap();
                    lp.timer_stop(guard).unwrap();
                }
            }
        });
        let gone = Err(Error::ENOENT);
        assert_eq!(seen[0], gone);
        // A write may be seen half done: empty first.
        assert_eq!(seen[1].map(|both| both.0), Ok(0));
        assert!(seen[2].is_ok() || seen[2] == gone);
        assert!(!lp.is_active(handle));
        finish(&mut lp);
    }

    #[test]
    fn stopped_closed_and_foreign_watchers() {
        let mut lp = Loop::new().unwrap();
        let handle = lp.new_fs_poll();
        lp.fs_poll_start(handle, "/".as_ref(), 1).unwrap();
        lp.fs_poll_stop(handle).unwrap();
        lp.fs_poll_start(handle, "/".as_ref(), 1).unwrap();
        lp.close(handle).unwrap();
        assert_eq!(
            lp.fs_poll_start(handle, "/".as_ref(), 1),
            Err(Error::EINVAL)
        );
        run(&mut lp, RunMode::Default, |_, event| {
            assert!(matches!(event, Event::Closed(h) if h == handle))
        });
        let timer = lp.new_timer();
        assert_eq!(lp.fs_poll_stop(timer), Err(Error::EINVAL));
        assert!(lp.fs_polls.timers.is_empty() && lp.fs_polls.requests.is_empty());
        finish(&mut lp);
    }
}
