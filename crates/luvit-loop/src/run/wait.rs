//! Waiting for the system, and handing out what it brought.

use super::{Loop, STREAK, WAKE};
use crate::{Event, Handle, fs_event::WATCH, handle::Data, sys};
use std::{io, time::Duration};

impl Loop {
    /// Waits up to `timeout` milliseconds (-1: for ever) for events of the system.
    fn poll_system(&mut self, timeout: i32) {
        let deadline = self.now.saturating_add(timeout.max(0) as u64);
        let mut left = timeout;
        loop {
            let limit = u64::try_from(left).ok().map(Duration::from_millis);
            match self.poll.poll(&mut self.events, limit) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    self.update_time();
                    if timeout > 0 {
                        left = deadline.saturating_sub(self.now).min(i32::MAX as u64) as i32;
                    }
                }
                // Only a broken poll fails otherwise. The turn goes on without news: timers and
                // the pool still work, and nothing spins faster than the caller runs.
                _ => break,
            }
        }
    }

    /// Waits as `poll_system`, and measures what is asked for.
    fn poll_measured(&mut self, timeout: i32) {
        let _blocked = (self.polling.block_sigprof && timeout != 0).then(sys::block_sigprof);
        let Some(idle) = self.polling.idle else {
            return self.poll_system(timeout);
        };
        // What is there already did not have to be waited for.
        self.poll_system(0);
        let mut waited = 0;
        if timeout != 0 && self.events.is_empty() {
            let start = sys::hrtime();
            self.poll_system(timeout);
            waited = sys::hrtime().saturating_sub(start);
        } else {
            self.polling.metrics.events_waiting += self.events.iter().count() as u64;
        }
        self.polling.idle = Some(idle + waited);
    }

    /// Waits up to `timeout` milliseconds (-1: for ever) and notes what happened.
    pub(super) fn wait(&mut self, timeout: i32) {
        self.poll_measured(timeout);
        self.update_time();
        // What was served in the last turn counts no more.
        self.streak.1 = 0;
        let mut woken = false;
        for event in &self.events {
            self.polling.metrics.events += 1;
            if event.token() == WAKE {
                woken = true;
                continue;
            }
            if event.token() == WATCH {
                self.watches.note();
                continue;
            }
            let Some((handle, data)) = self.slab.at(event.token().0) else {
                continue;
            };
            let queue = match data {
                Data::Stream(stream) => stream.note(event),
                Data::Udp(udp) => udp.note(event),
                Data::Poll(poll) => poll.note(event),
                _ => false,
            };
            if queue {
                self.ready.push(handle);
            }
        }
        if woken {
            self.take_mail();
        }
        self.take_changes();
        if !self.paused.is_empty() && self.resume_at <= self.now {
            self.resume_paused();
        }
    }

    fn take_mail(&mut self) {
        std::mem::swap(&mut *self.shared.mail(), &mut self.inbox);
        let mut inbox = std::mem::take(&mut self.inbox);
        for handle in inbox.asyncs.drain(..) {
            self.mail.push(Event::Async(handle));
        }
        for (request, result) in inbox.outcomes.drain(..) {
            self.jobs.remove(request);
            let Some(result) = self.fs_poll_looked(request, result) else {
                self.requests -= 1;
                continue;
            };
            self.mail.push(Event::Work { request, result });
        }
        self.inbox = inbox.reused();
        for (handle, signum) in self.signals.take() {
            self.mail.push(Event::Signal { handle, signum });
        }
        for exit in self.children.take() {
            self.mail.push(Event::Exit {
                handle: exit.handle,
                status: exit.status,
                signal: exit.signal,
            });
        }
    }

    pub(super) fn next_mail(&mut self, end: u64) -> Option<Event> {
        loop {
            let event = self.mail.pop_before(end)?;
            match event {
                // Closed or stopped since.
                Event::Async(handle) => match self.slab.open(handle).map(|slot| &slot.data) {
                    Ok(Data::Async(flag)) => {
                        flag.clear();
                        return Some(event);
                    }
                    _ => continue,
                },
                Event::Signal { handle, signum } if !self.signal_due(handle, signum) => continue,
                Event::Exit { handle, .. } if !self.process_ended(handle) => continue,
                _ => return Some(event),
            }
        }
    }

    /// Puts an event among those of the poll phase.
    pub(crate) fn push_mail(&mut self, event: Event) {
        self.mail.push(event);
    }

    pub(super) fn next_ready(&mut self, end: u64) -> Option<Event> {
        loop {
            let handle = self.ready.pop_before(end)?;
            let (event, more) = match self.slab.get(handle).map(|slot| &slot.data) {
                Some(Data::Udp(_)) => self.udp_ready(handle),
                Some(Data::Poll(_)) => self.poll_ready(handle),
                Some(Data::FsEvent(_)) => self.fs_event_ready(handle),
                Some(Data::FsPoll(_)) => self.fs_poll_ready(handle),
                _ => self.stream_ready(handle),
            };
            if more {
                self.serve_again(handle);
            }
            if event.is_some() {
                return event;
            }
        }
    }

    /// Serves a stream again: before the others for a while, then behind them.
    pub(crate) fn serve_again(&mut self, handle: Handle) {
        if self.streak.0 != handle {
            self.streak = (handle, 0);
        }
        self.streak.1 += 1;
        if self.streak.1 < STREAK {
            self.ready.push_front(handle);
        } else {
            self.streak.1 = 0;
            self.ready.push(handle);
        }
    }
}
