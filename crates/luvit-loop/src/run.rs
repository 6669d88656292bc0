//! The loop and its phases.
//!
//! Order and modes: <https://docs.libuv.org/en/v1.x/design.html> and `uv_run` in `loop.html`.

mod handles;
mod wait;

use crate::{
    Event, Handle, Request, Result,
    async_::{Mail, Shared},
    fs_poll::FsPolls,
    handle::Slab,
    metrics::Polling,
    pool::Jobs,
    queue::Queue,
    signal::Signals,
    sys,
    timer::Timers,
    watcher::{WatcherKind, Watchers},
};
use std::sync::Arc;

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
}

#[cfg(test)]
mod tests;
