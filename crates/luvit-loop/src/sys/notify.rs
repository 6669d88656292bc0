//! Notifications of the file system through the `notify` crate: FSEvents, kqueue or
//! ReadDirectoryChangesW.

use crate::{Error, FsChange, Handle, Result, async_::Shared};
use notify::{EventKind, RecursiveMode, Watcher, event::ModifyKind};
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// How much the notifiers' threads leave for a loop that does not look.
const WAITING: usize = 8192;

/// What the notifiers' threads left for the loop.
type Mail = Arc<Mutex<Vec<(Handle, Result<FsChange>)>>>;

/// The watches of a loop, each with a notifier of its own.
#[derive(Default)]
pub(crate) struct Watches {
    notifiers: HashMap<u64, notify::RecommendedWatcher>,
    mail: Mail,
}

fn error(error: notify::Error) -> Error {
    match error.kind {
        notify::ErrorKind::Io(error) => error.into(),
        notify::ErrorKind::PathNotFound => Error::ENOENT,
        notify::ErrorKind::MaxFilesWatch => Error::ENOSPC,
        _ => Error::EIO,
    }
}

/// The changes that one event of the notifier stands for.
fn changes(root: &Path, event: &notify::Event) -> Vec<FsChange> {
    let (rename, change) = match event.kind {
        EventKind::Access(_) => return Vec::new(),
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => {
            (true, false)
        }
        EventKind::Modify(_) => (false, true),
        EventKind::Any | EventKind::Other => return vec![FsChange::UNKNOWN],
    };
    event
        .paths
        .iter()
        .map(|path| {
            let below = path.strip_prefix(root).ok();
            let name = match below.filter(|below| !below.as_os_str().is_empty()) {
                Some(below) => Some(below.as_os_str().to_owned()),
                None => path.file_name().map(ToOwned::to_owned),
            };
            FsChange {
                name,
                rename,
                change,
            }
        })
        .collect()
}

impl Watches {
    /// Starts watching for `handle`.
    pub(crate) fn start(
        &mut self,
        _registry: &mio::Registry,
        shared: &Arc<Shared>,
        handle: Handle,
        path: &Path,
        recursive: bool,
    ) -> Result<()> {
        let root = path.canonicalize()?;
        let (mail, shared) = (self.mail.clone(), shared.clone());
        let from = root.clone();
        let tell = move |event: notify::Result<notify::Event>| {
            let news: Vec<Result<FsChange>> = match event {
                Ok(event) => changes(&from, &event).into_iter().map(Ok).collect(),
                Err(failure) => vec![Err(error(failure))],
            };
            let mut mail = mail.lock().unwrap_or_else(PoisonError::into_inner);
            if mail.len() < WAITING {
                mail.extend(news.into_iter().map(|change| (handle, change)));
            } else if !mail.contains(&(handle, Ok(FsChange::UNKNOWN))) {
                // A loop that is held up does not pile up news: much happened, that is all.
                mail.push((handle, Ok(FsChange::UNKNOWN)));
            }
            drop(mail);
            // A loop that was dropped has nobody to wake.
            let _ = shared.waker.wake();
        };
        let mut notifier = notify::recommended_watcher(tell).map_err(error)?;
        let mode = match recursive {
            true => RecursiveMode::Recursive,
            false => RecursiveMode::NonRecursive,
        };
        notifier.watch(&root, mode).map_err(error)?;
        self.notifiers.insert(handle.to_bits(), notifier);
        Ok(())
    }

    /// Ends watching for `handle`.
    pub(crate) fn stop(&mut self, handle: Handle) {
        self.notifiers.remove(&handle.to_bits());
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        mail.retain(|(other, _)| *other != handle);
    }

    /// The poll says that there are news; here they come with a wake-up.
    pub(crate) fn note(&mut self) {}

    /// What happened.
    pub(crate) fn take(&mut self) -> Vec<(Handle, Result<FsChange>)> {
        std::mem::take(&mut *self.mail.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the next [`Watches::take`] has something.
    pub(crate) fn has_more(&self) -> bool {
        false
    }
}
