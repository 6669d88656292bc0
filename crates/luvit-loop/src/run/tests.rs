use super::{Loop, RunMode, Step};
use crate::{
    Event, Handle,
    testing::{finish, run},
};
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
