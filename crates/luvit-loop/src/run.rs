//! The loop and its phases.
//!
//! Order and modes: <https://docs.libuv.org/en/v1.x/design.html> and `uv_run` in `loop.html`.

use crate::{
    Error, Event, Handle, HandleKind, Request, Result,
    async_::{Mail, Shared},
    fs_event::WATCH,
    fs_poll::FsPolls,
    handle::{Data, Slab},
    metrics::Polling,
    pool::Jobs,
    queue::Queue,
    signal::Signals,
    sys,
    timer::Timers,
    watcher::{WatcherKind, Watchers},
};
use std::{io, sync::Arc, time::Duration};

/// How long a run goes on.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum RunMode {
    /// Until nothing is alive or the loop is stopped.
    Default,
    /// One turn, which waits for something to happen.
    Once,
    /// One turn that does not wait.
    Nowait,
}

/// What a step came to.
#[derive(Debug)]
pub enum Step {
    /// Something to dispatch.
    Event(Event),
    /// The run is over.
    Done {
        /// Whether handles or requests are still alive.
        alive: bool,
    },
}

#[derive(Copy, Clone, Debug)]
enum Phase {
    Start,
    FirstTimers,
    Turn,
    Pending { end: u64 },
    Idle,
    Prepare,
    Wait,
    Poll { mail_end: u64, ready_end: u64 },
    AfterPoll { end: u64, rounds: u8 },
    Check,
    Closing { pending_end: u64, end: u64 },
    Timers,
    Done,
}

/// The state of one run of the loop: its mode and phase. A run may be dropped at any time; what it
/// had not delivered is delivered by the next one. Runs may nest: one started while another is
/// between two steps drains the same queues.
#[derive(Debug)]
pub struct Run {
    mode: RunMode,
    phase: Phase,
    alive: bool,
    can_wait: bool,
}

/// The key of the wake-up in the poll; handles use their index.
const WAKE: mio::Token = mio::Token(usize::MAX);
const EVENTS: usize = 1024;
/// How often pending events are delivered after the poll before the turn goes on.
const PENDING_ROUNDS: u8 = 8;
/// How many times in a row one stream or listener is served before the others.
const STREAK: u8 = 32;

/// The event loop. It belongs to one thread and calls nothing back: see the crate's page.
pub struct Loop {
    pub(crate) slab: Slab,
    pub(crate) timers: Timers,
    pub(crate) watchers: [Watchers; 3],
    pub(crate) signals: Signals,
    pub(crate) children: sys::process::Children,
    pub(crate) jobs: Jobs,
    pub(crate) watches: sys::watch::Watches,
    pub(crate) fs_polls: FsPolls,
    pub(crate) shared: Arc<Shared>,
    /// What was last taken from `shared`, empty: its memory is for what other threads leave next.
    inbox: Mail,
    pub(crate) poll: mio::Poll,
    events: mio::Events,
    /// Streams that may have something to do.
    pub(crate) ready: Queue<Handle>,
    /// Events of operations that ended at once.
    pub(crate) pending: Queue<Event>,
    /// What other threads and signals brought.
    mail: Queue<Event>,
    /// `Closed`, each after the cancelled requests of its handle.
    closing: Queue<Event>,
    /// Up to where a closing phase has put `closing` in order.
    closing_ordered: u64,
    streak: (Handle, u8),
    /// Watchers of descriptors that were told and are to be armed anew.
    pub(crate) told: Vec<Handle>,
    pub(crate) read_buffer: Option<Box<[u8]>>,
    /// Listeners that wait for a free descriptor, and until when at most.
    pub(crate) paused: Vec<Handle>,
    pub(crate) resume_at: u64,
    pub(crate) polling: Polling,
    requests: usize,
    last_request: u64,
    now: u64,
    stopped: bool,
    #[cfg(test)]
    pub(crate) manual_clock: Option<u64>,
}

impl std::fmt::Debug for Loop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loop")
            .field("now", &self.now)
            .field("alive", &self.alive())
            .finish()
    }
}

impl Loop {
    /// A loop with no handles. Errors are the system's (out of descriptors, out of memory).
    pub fn new() -> Result<Loop> {
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), WAKE)?;
        let mut lp = Loop {
            slab: Slab::new(),
            timers: Timers::default(),
            watchers: Default::default(),
            signals: Signals::default(),
            children: Default::default(),
            jobs: Jobs::default(),
            watches: Default::default(),
            fs_polls: FsPolls::default(),
            shared: Arc::new(Shared::new(waker)),
            inbox: Mail::default(),
            poll,
            events: mio::Events::with_capacity(EVENTS),
            ready: Queue::default(),
            pending: Queue::default(),
            mail: Queue::default(),
            closing: Queue::default(),
            closing_ordered: 0,
            streak: (Handle::from_bits(0), 0),
            told: Vec::new(),
            read_buffer: None,
            paused: Vec::new(),
            resume_at: u64::MAX,
            polling: Polling::default(),
            requests: 0,
            last_request: 0,
            now: 0,
            stopped: false,
            #[cfg(test)]
            manual_clock: None,
        };
        lp.update_time();
        Ok(lp)
    }

    /// A monotonic clock in nanoseconds, from an arbitrary moment. [`Loop::now`] is the same clock.
    pub fn hrtime() -> u64 {
        sys::hrtime()
    }

    /// The loop's time in milliseconds, as of the beginning of this turn.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Takes the time anew, for callers that held up the loop for long.
    pub fn update_time(&mut self) {
        #[cfg(test)]
        if let Some(now) = self.manual_clock {
            self.now = now;
            return;
        }
        self.now = sys::hrtime() / 1_000_000;
    }

    /// Makes the current run (or the next one) end before its next turn.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Whether there are active, referenced handles, requests, or handles that close.
    pub fn alive(&self) -> bool {
        self.slab.alive() > 0 || self.requests > 0 || !self.closing.is_empty()
    }

    /// The descriptor to wait on when the loop is embedded in another one; run the loop with
    /// [`RunMode::Nowait`] when it is readable. `None` where the system has none.
    pub fn backend_fd(&self) -> Option<i32> {
        sys::backend_fd(&self.poll)
    }

    /// How long the loop would wait, in milliseconds; -1 is for ever.
    pub fn backend_timeout(&self) -> i32 {
        if self.stopped
            || (self.slab.alive() == 0 && self.requests == 0)
            || !self.pending.is_empty()
            || !self.closing.is_empty()
            || !self.mail.is_empty()
            || !self.ready.is_empty()
            || self.watches.has_more()
            || !self.watchers[WatcherKind::Idle as usize].is_empty()
        {
            return 0;
        }
        let mut until = self.timers.next();
        if !self.paused.is_empty() {
            until = Some(until.map_or(self.resume_at, |until| until.min(self.resume_at)));
        }
        until.map_or(-1, |until| {
            until.saturating_sub(self.now).min(i32::MAX as u64) as i32
        })
    }

    /// The bytes of the last [`Event::Read`] at its beginning. Empty before the first read or
    /// while it is taken.
    pub fn read_buffer(&self) -> &[u8] {
        self.read_buffer.as_deref().unwrap_or_default()
    }

    /// Takes the read buffer out, so that it can be looked at while the loop does other things.
    /// Give it back with [`Loop::restore_read_buffer`]; a read before that uses another one.
    pub fn take_read_buffer(&mut self) -> Box<[u8]> {
        self.read_buffer.take().unwrap_or_default()
    }

    /// Gives the read buffer back.
    pub fn restore_read_buffer(&mut self, buffer: Box<[u8]>) {
        if self.read_buffer.is_none() && buffer.len() == crate::stream::READ_BUFFER {
            self.read_buffer = Some(buffer);
        }
    }

    /// What the handle is; `None` when it is stale.
    pub fn kind(&self, handle: Handle) -> Option<HandleKind> {
        Some(match &self.slab.get(handle)?.data {
            Data::Free { .. } => return None,
            Data::Timer(_) => HandleKind::Timer,
            Data::Watcher(watcher) => watcher.kind.public(),
            Data::Async(_) => HandleKind::Async,
            Data::Signal(_) => HandleKind::Signal,
            Data::Stream(stream) => stream.kind,
            Data::Udp(_) => HandleKind::Udp,
            Data::Poll(_) => HandleKind::Poll,
            Data::Process(_) => HandleKind::Process,
            Data::FsEvent(_) => HandleKind::FsEvent,
            Data::FsPoll(_) => HandleKind::FsPoll,
        })
    }

    /// Whether the handle does something: a timer or watcher runs, a stream reads or listens, an
    /// async handle is not closed. False for a stale or closing handle.
    pub fn is_active(&self, handle: Handle) -> bool {
        self.slab.get(handle).is_some_and(|slot| slot.is_active())
    }

    /// Whether requests of the handle are under way: a connect, writes, a shutdown, sends.
    pub fn has_requests(&self, handle: Handle) -> bool {
        match self.slab.get(handle).map(|slot| &slot.data) {
            Some(Data::Stream(stream)) => stream.has_requests(),
            Some(Data::Udp(udp)) => udp.has_requests(),
            _ => false,
        }
    }

    /// Whether the handle closes or is closed (stale).
    pub fn is_closing(&self, handle: Handle) -> bool {
        self.slab.get(handle).is_none_or(|slot| slot.is_closing())
    }

    /// Whether the handle keeps the loop alive while it is active. True for a new handle, false
    /// for a stale one.
    pub fn has_ref(&self, handle: Handle) -> bool {
        self.slab.get(handle).is_some_and(|slot| slot.has_ref())
    }

    /// Makes the handle keep the loop alive while it is active.
    pub fn ref_(&mut self, handle: Handle) {
        self.slab.set_ref(handle, true);
    }

    /// Lets the loop end although the handle is active.
    pub fn unref(&mut self, handle: Handle) {
        self.slab.set_ref(handle, false);
    }

    /// Hides a handle of the runtime's own from [`Loop::handles`] and from [`Loop::alive`].
    pub fn set_internal(&mut self, handle: Handle, internal: bool) {
        self.slab.set_internal(handle, internal);
    }

    /// All handles that are neither internal nor stale, closing ones included.
    pub fn handles(&self) -> impl Iterator<Item = Handle> {
        self.slab
            .iter()
            .filter(|(_, slot)| !slot.is_internal())
            .map(|(handle, _)| handle)
    }

    /// Closes the handle: it stops at once and its descriptor is closed; requests that are under
    /// way end with `ECANCELED`; [`Event::Closed`] comes in the closing phase. `EBADF` when it is
    /// stale, `EINVAL` when it closes already.
    pub fn close(&mut self, handle: Handle) -> Result<()> {
        let slot = self.slab.open(handle)?;
        match &slot.data {
            Data::Timer(_) => self.timers.stop(&mut self.slab, handle),
            Data::Watcher(_) => self.watcher_stop(handle)?,
            Data::Signal(_) => self.signal_stop(handle)?,
            Data::Stream(_) => self.stream_close(handle),
            Data::Udp(_) => self.udp_close(handle),
            Data::Poll(_) => self.poll_close(handle),
            Data::Process(_) => self.process_close(handle),
            Data::FsEvent(_) => self.fs_event_close(handle),
            Data::FsPoll(_) => self.fs_poll_close(handle),
            Data::Async(_) | Data::Free { .. } => {}
        }
        self.slab.set_active(handle, false);
        self.slab.set_closing(handle);
        self.closing.push(Event::Closed(handle));
        Ok(())
    }

    /// Delivers `event` before the `Closed` of the handle that is being closed.
    pub(crate) fn push_cancelled(&mut self, event: Event) {
        self.closing.push(event);
    }

    /// As in libuv, what was closed last is told first; what of it was cancelled comes before.
    fn order_closing(&mut self) {
        let is_closed = |event: &Event| matches!(event, Event::Closed(_));
        self.closing.reverse_groups(self.closing_ordered, is_closed);
        self.closing_ordered = self.closing.end();
    }

    /// A new request, which keeps the loop alive until its event.
    pub(crate) fn new_request(&mut self) -> Request {
        self.requests += 1;
        self.last_request += 1;
        Request::new(self.last_request)
    }

    /// Takes back a request that never came to be.
    pub(crate) fn drop_request(&mut self) {
        self.requests -= 1;
    }

    /// Starts a run; [`Loop::step`] goes on with it.
    pub fn start_run(&mut self, mode: RunMode) -> Run {
        Run {
            mode,
            phase: Phase::Start,
            alive: false,
            can_wait: false,
        }
    }

    /// Goes on with a run until there is an event to dispatch or the run is over. It waits for
    /// events of the system as the mode says.
    pub fn step(&mut self, run: &mut Run) -> Step {
        loop {
            let event = match run.phase {
                Phase::Start => {
                    run.alive = self.alive();
                    run.phase = Phase::Turn;
                    if !run.alive {
                        self.update_time();
                    } else if run.mode == RunMode::Default && !self.stopped {
                        self.update_time();
                        self.timers.collect(&mut self.slab, self.now);
                        run.phase = Phase::FirstTimers;
                    }
                    continue;
                }
                Phase::FirstTimers => {
                    let due = self.timers.next_due(&mut self.slab, self.now);
                    if due.is_none() {
                        run.phase = Phase::Turn;
                    }
                    due.and_then(|timer| self.timer_event(timer))
                }
                Phase::Turn => {
                    if !run.alive || self.stopped {
                        run.phase = Phase::Done;
                        self.stopped = false;
                    } else {
                        let idle = self.watchers(WatcherKind::Idle).is_empty();
                        run.can_wait = idle && self.pending.is_empty();
                        run.phase = Phase::Pending {
                            end: self.pending.end(),
                        };
                    }
                    continue;
                }
                Phase::Pending { end } => {
                    let event = self.pending.pop_before(end);
                    if event.is_none() {
                        run.phase = Phase::Idle;
                        self.watchers(WatcherKind::Idle).begin();
                    }
                    event
                }
                Phase::Idle => {
                    let next = self.next_watcher(WatcherKind::Idle);
                    if next.is_none() {
                        run.phase = Phase::Prepare;
                        self.watchers(WatcherKind::Prepare).begin();
                    }
                    next.map(Event::Idle)
                }
                Phase::Prepare => {
                    let next = self.next_watcher(WatcherKind::Prepare);
                    if next.is_none() {
                        run.phase = Phase::Wait;
                    }
                    next.map(Event::Prepare)
                }
                Phase::Wait => {
                    // A run inside a callback waits for what the callback was told, too.
                    self.poll_rearm();
                    let may_wait = match run.mode {
                        RunMode::Default => true,
                        RunMode::Once => run.can_wait,
                        RunMode::Nowait => false,
                    };
                    let timeout = if may_wait { self.backend_timeout() } else { 0 };
                    self.polling.metrics.loop_count += 1;
                    self.wait(timeout);
                    run.phase = Phase::Poll {
                        mail_end: self.mail.end(),
                        ready_end: self.ready.end(),
                    };
                    continue;
                }
                Phase::Poll {
                    mail_end,
                    ready_end,
                } => {
                    let event = self
                        .next_mail(mail_end)
                        .or_else(|| self.next_ready(ready_end));
                    if event.is_none() {
                        self.poll_rearm();
                        run.phase = Phase::AfterPoll {
                            end: self.pending.end(),
                            rounds: 1,
                        };
                    }
                    event
                }
                Phase::AfterPoll { end, rounds } => {
                    let event = self.pending.pop_before(end);
                    if event.is_none() {
                        if rounds < PENDING_ROUNDS && !self.pending.is_empty() {
                            let end = self.pending.end();
                            run.phase = Phase::AfterPoll {
                                end,
                                rounds: rounds + 1,
                            };
                            continue;
                        }
                        run.phase = Phase::Check;
                        self.watchers(WatcherKind::Check).begin();
                    }
                    event
                }
                Phase::Check => {
                    let next = self.next_watcher(WatcherKind::Check);
                    if next.is_none() {
                        self.order_closing();
                        run.phase = match self.closing.is_empty() {
                            true => Phase::Closing {
                                pending_end: 0,
                                end: 0,
                            },
                            // What closing handles have pending comes before their `Closed`.
                            false => Phase::Closing {
                                pending_end: self.pending.end(),
                                end: self.closing.end(),
                            },
                        };
                    }
                    next.map(Event::Check)
                }
                Phase::Closing { pending_end, end } => {
                    let event = self
                        .pending
                        .pop_before(pending_end)
                        .or_else(|| self.closing.pop_before(end));
                    if event.is_none() {
                        if self.timers.next().is_some() {
                            self.update_time();
                            self.timers.collect(&mut self.slab, self.now);
                        }
                        run.phase = Phase::Timers;
                    }
                    event
                }
                Phase::Timers => {
                    let due = self.timers.next_due(&mut self.slab, self.now);
                    if due.is_none() {
                        run.alive = self.alive();
                        run.phase = match run.mode {
                            RunMode::Default => Phase::Turn,
                            RunMode::Once | RunMode::Nowait => {
                                self.stopped = false;
                                Phase::Done
                            }
                        };
                    }
                    due.and_then(|timer| self.timer_event(timer))
                }
                Phase::Done => return Step::Done { alive: run.alive },
            };
            if let Some(event) = event {
                self.delivered(&event);
                return Step::Event(event);
            }
        }
    }

    /// Keeps the books before an event leaves the loop.
    fn delivered(&mut self, event: &Event) {
        match event {
            Event::Connect { .. }
            | Event::Write { .. }
            | Event::Shutdown { .. }
            | Event::Work { .. } => self.requests -= 1,
            Event::Send { handle, .. } => {
                self.requests -= 1;
                self.udp_told_of_send(*handle);
            }
            Event::Closed(handle) => {
                self.slab.remove(*handle);
            }
            _ => {}
        }
    }

    /// What a timer that is due stands for: itself, or a path to look at.
    fn timer_event(&mut self, timer: Handle) -> Option<Event> {
        if self.fs_poll_due(timer) {
            return None;
        }
        Some(Event::Timer(timer))
    }

    fn next_watcher(&mut self, kind: WatcherKind) -> Option<Handle> {
        self.watchers[kind as usize].next(&mut self.slab)
    }

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
    fn wait(&mut self, timeout: i32) {
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

    fn next_mail(&mut self, end: u64) -> Option<Event> {
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

    fn next_ready(&mut self, end: u64) -> Option<Event> {
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

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        #[cfg(unix)]
        if error.code() > Error::EAI_ADDRFAMILY.code() {
            return io::Error::from_raw_os_error(-error.code());
        }
        io::Error::other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{finish, run};
    use proptest::prelude::*;
    use std::collections::VecDeque;

    #[test]
    fn an_empty_loop_is_done_and_stop_counts_once() {
        let mut lp = Loop::new().unwrap();
        for mode in [RunMode::Default, RunMode::Once, RunMode::Nowait] {
            assert!(!run(&mut lp, mode, |_, event| panic!("{event:?}")));
        }
        let idle = lp.new_idle();
        lp.watcher_start(idle).unwrap();
        lp.stop();
        assert!(run(&mut lp, RunMode::Default, |_, event| panic!(
            "{event:?}"
        )));
        let mut turns = 0;
        assert!(run(&mut lp, RunMode::Default, |lp, _| {
            turns += 1;
            if turns == 3 {
                lp.stop();
            }
        }));
        assert_eq!(turns, 3);
        assert_eq!(lp.backend_timeout(), 0);
        lp.unref(idle);
        assert!(!run(&mut lp, RunMode::Default, |_, event| panic!(
            "{event:?}"
        )));
        finish(&mut lp);
    }

    #[test]
    fn internal_handles_do_not_show() {
        let mut lp = Loop::new().unwrap();
        let handle = lp.new_async();
        lp.set_internal(handle, true);
        assert!(!lp.alive() && lp.handles().count() == 0);
        lp.set_internal(handle, false);
        assert!(lp.alive() && lp.handles().eq([handle]));
        assert_eq!(lp.backend_timeout(), -1);
        finish(&mut lp);
    }

    #[test]
    fn timers_wake_a_loop_that_waits() {
        let mut lp = Loop::new().unwrap();
        let timer = lp.new_timer();
        let start = lp.now();
        lp.timer_start(timer, 20, 0).unwrap();
        assert!(!run(&mut lp, RunMode::Once, |lp, event| {
            assert!(matches!(event, Event::Timer(_)));
            assert!(lp.now() >= start + 20);
        }));
    }

    #[test]
    fn a_run_inside_a_run_shares_the_queues() {
        let mut lp = Loop::new().unwrap();
        let timers: Vec<_> = (0..5)
            .map(|_| {
                let timer = lp.new_timer();
                lp.timer_start(timer, 0, 0).unwrap();
                timer
            })
            .collect();
        let idle = lp.new_idle();
        lp.watcher_start(idle).unwrap();
        let mut seen = Vec::new();
        run(&mut lp, RunMode::Default, |lp, event| {
            let nested = matches!(event, Event::Timer(h) if h == timers[1]);
            seen.push(event);
            if nested {
                let mut inner = 0;
                run(lp, RunMode::Default, |lp, event| {
                    seen.push(event);
                    inner += 1;
                    if inner == 6 {
                        lp.close(idle).unwrap();
                    }
                });
            }
        });
        let fired: Vec<_> = seen
            .iter()
            .filter_map(|e| {
                if let Event::Timer(h) = e {
                    Some(*h)
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(fired, timers);
        assert!(
            seen.iter()
                .any(|e| matches!(e, Event::Closed(h) if *h == idle))
        );
        finish(&mut lp);
    }

    #[test]
    fn a_run_may_be_given_up() {
        let mut lp = Loop::new().unwrap();
        let watchers = [lp.new_idle(), lp.new_idle(), lp.new_idle()];
        for watcher in watchers {
            lp.watcher_start(watcher).unwrap();
        }
        for _ in 0..10 {
            let mut run = lp.start_run(RunMode::Default);
            assert!(matches!(lp.step(&mut run), Step::Event(Event::Idle(_))));
        }
        let mut seen = std::collections::HashSet::new();
        run(&mut lp, RunMode::Nowait, |_, event| {
            if let Event::Idle(handle) = event {
                seen.insert(handle);
            }
        });
        assert_eq!(seen.len(), 3);
        finish(&mut lp);
    }

    #[derive(Copy, Clone, Debug)]
    enum Act {
        Start(usize),
        Stop(usize),
        Close(usize),
        Nothing,
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            2 => (0..12usize).prop_map(Act::Start),
            2 => (0..12usize).prop_map(Act::Stop),
            1 => (0..12usize).prop_map(Act::Close),
            2 => Just(Act::Nothing),
        ]
    }

    /// The documentation's phases on plain lists: three handles of each kind, kinds idle, prepare,
    /// check, timer.
    #[derive(Default)]
    struct Model {
        queues: [VecDeque<usize>; 4],
        running: VecDeque<usize>,
        closing: VecDeque<usize>,
        closed: [bool; 12],
        log: Vec<(u8, usize)>,
    }

    impl Model {
        fn act(&mut self, act: Act) {
            match act {
                Act::Start(h) if !self.closed[h] => match h / 3 {
                    // A timer that is started anew goes behind the others.
                    3 => {
                        self.stop(h);
                        self.queues[3].push_back(h);
                    }
                    kind if self.queues[kind].contains(&h) || self.running.contains(&h) => {}
                    kind => self.queues[kind].push_front(h),
                },
                Act::Stop(h) => self.stop(h),
                Act::Close(h) if !self.closed[h] => {
                    self.stop(h);
                    self.closed[h] = true;
                    self.closing.push_back(h);
                }
                _ => {}
            }
        }

        fn stop(&mut self, h: usize) {
            self.queues[h / 3].retain(|&other| other != h);
            self.running.retain(|&other| other != h);
        }

        fn phase(&mut self, kind: usize, acts: &mut impl Iterator<Item = Act>) {
            self.running = std::mem::take(&mut self.queues[kind]);
            while let Some(h) = self.running.pop_front() {
                if kind != 3 {
                    self.queues[kind].push_back(h);
                }
                self.log.push((kind as u8, h));
                self.act(acts.next().unwrap());
            }
        }

        fn turn(&mut self, acts: &mut impl Iterator<Item = Act>) {
            (0..3).for_each(|kind| self.phase(kind, acts));
            for h in std::mem::take(&mut self.closing).into_iter().rev() {
                self.log.push((4, h));
                self.act(acts.next().unwrap());
            }
            self.phase(3, acts);
        }
    }

    fn apply(lp: &mut Loop, handles: &[Handle], act: Act) {
        // What is refused because a handle is closed is refused in the model too.
        let _ = match act {
            Act::Start(h) if h >= 9 => lp.timer_start(handles[h], 0, 0),
            Act::Start(h) => lp.watcher_start(handles[h]),
            Act::Stop(h) if h >= 9 => lp.timer_stop(handles[h]),
            Act::Stop(h) => lp.watcher_stop(handles[h]),
            Act::Close(h) => lp.close(handles[h]),
            Act::Nothing => Ok(()),
        };
    }

    proptest! {
        #[test]
        fn phases_come_in_the_order_of_the_model(
            before in prop::collection::vec(act(), 0..20),
            during in prop::collection::vec(act(), 1..60),
            turns in 1..6usize,
        ) {
            let mut lp = Loop::new().unwrap();
            lp.manual_clock = Some(1);
            lp.update_time();
            let anchor = lp.new_async();
            let handles: Vec<Handle> = (0..12).map(|i| match i / 3 {
                0 => lp.new_idle(),
                1 => lp.new_prepare(),
                2 => lp.new_check(),
                _ => lp.new_timer(),
            }).collect();
            let mut model = Model::default();
            for &act in &before {
                model.act(act);
                apply(&mut lp, &handles, act);
            }
            let mut acts = during.iter().copied().cycle();
            (0..turns).for_each(|_| model.turn(&mut acts));
            let mut acts = during.iter().copied().cycle();
            let mut log = Vec::new();
            for _ in 0..turns {
                run(&mut lp, RunMode::Nowait, |lp, event| {
                    let (kind, handle) = match event {
                        Event::Idle(h) => (0, h),
                        Event::Prepare(h) => (1, h),
                        Event::Check(h) => (2, h),
                        Event::Timer(h) => (3, h),
                        Event::Closed(h) => (4, h),
                        other => panic!("{other:?}"),
                    };
                    log.push((kind, handles.iter().position(|&h| h == handle).unwrap()));
                    apply(lp, &handles, acts.next().unwrap());
                });
            }
            prop_assert_eq!(log, model.log);
            lp.close(anchor).unwrap();
            finish(&mut lp);
        }
    }
}
