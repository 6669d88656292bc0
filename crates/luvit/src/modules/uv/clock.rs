//! Clocks.

use luvit_loop::{Loop, system};

use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![hrtime, clock_gettime, gettimeofday, sleep];

/// Nanoseconds of a clock that only goes forward.
fn hrtime(call: &mut Call) -> Ret {
    call.push_num(Loop::hrtime() as f64);
    Ok(1)
}

/// `uv.clock_gettime("monotonic" | "realtime")`: `{sec, nsec}`
fn clock_gettime(call: &mut Call) -> Ret {
    let (sec, nsec) = match call.bytes(1)? {
        b"monotonic" => {
            let now = Loop::hrtime();
            (now / 1_000_000_000, now % 1_000_000_000)
        }
        b"realtime" => {
            let now = system::realtime();
            (now.as_secs(), now.subsec_nanos().into())
        }
        other => {
            let other = String::from_utf8_lossy(other);
            return Err(Raise::Argument(1, format!("invalid clock_id '{other}'")));
        }
    };
    call.new_table(0, 2);
    call.push_num(sec as f64);
    call.raw_set_field(-2, "sec");
    call.push_num(nsec as f64);
    call.raw_set_field(-2, "nsec");
    Ok(1)
}

/// Seconds since 1970 and microseconds.
fn gettimeofday(call: &mut Call) -> Ret {
    let now = system::realtime();
    call.push_num(now.as_secs() as f64);
    call.push_int(now.subsec_micros().into());
    Ok(2)
}

/// Stops the whole thread for some milliseconds.
fn sleep(call: &mut Call) -> Ret {
    let ms = call.int_in(1, 0..=u32::MAX.into())?;
    std::thread::sleep(std::time::Duration::from_millis(ms as u64));
    Ok(0)
}
