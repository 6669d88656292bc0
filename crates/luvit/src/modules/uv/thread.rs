//! `luv_thread_t`: threads with a Lua state of their own.
//!
//! A thread's function is dumped and loaded again in the thread's state: its upvalues are `nil`
//! there, and what it needs comes as arguments. The state is a whole runtime with a loop of its
//! own, which runs when the function calls `uv.run()` and is closed when it returns.

use std::sync::Arc;

use luvit_loop::Error;
use luvit_loop::thread::{self, MOST_STACK_SIZE, Thread};

use super::{Entry, functions};
use crate::lua::{Call, Counted, Raise, Ret, State, Type};
use crate::shared::Shared;
use crate::worker::{self, Code};

pub(super) const FUNCTIONS: &[Entry] = functions![
    new_thread,
    thread_equal,
    thread_self,
    thread_join,
    thread_detach,
    thread_getaffinity,
    thread_setaffinity,
    thread_getcpu,
    thread_getpriority,
    thread_setpriority,
    thread_getname,
    thread_setname,
    cpumask_size,
];

/// What `thread_setpriority` takes.
pub(super) const CONSTANTS: &[(&str, i32)] = &[
    ("THREAD_PRIORITY_HIGHEST", 2),
    ("THREAD_PRIORITY_ABOVE_NORMAL", 1),
    ("THREAD_PRIORITY_NORMAL", 0),
    ("THREAD_PRIORITY_BELOW_NORMAL", -1),
    ("THREAD_PRIORITY_LOWEST", -2),
];

/// The functions with the prefix that are of no thread but the one that calls.
const NOT_METHODS: [&str; 3] = ["self", "getcpu", "setname"];

impl Counted for Thread {
    const NAME: &'static str = "uv_thread";

    fn fill(state: State, shared: &Shared) {
        super::push_methods(state, shared, "thread_", &[]);
        state.raw_get_field(-1, "__index");
        for name in NOT_METHODS {
            state.push_nil();
            state.raw_set_field(-2, name);
        }
        state.pop(1);
        super::push_member(state, shared, "thread_equal");
        state.raw_set_field(-2, "__eq");
        state.set_function(shared, "__tostring", to_string);
    }
}

impl Call<'_> {
    fn thread(&self, index: i32) -> Result<Arc<Thread>, Raise> {
        self.to_counted(index)
            .ok_or_else(|| self.wrong_type(index, "uv_thread"))
    }

    /// What another thread is to run: a Lua function, dumped, or a string of bytecode or source.
    pub(super) fn code(&self, index: i32) -> Result<Code, Raise> {
        match self.type_of(index) {
            Type::String => self.bytes(index).map(Code::from),
            Type::Function => self.dump(index).map(Code::from).ok_or_else(|| {
                Raise::Argument(
                    index,
                    "a native function cannot run in another thread".into(),
                )
            }),
            _ => Err(self.wrong_type(index, "function or string")),
        }
    }
}

/// `uv.new_thread([options], entry, ...)`
fn new_thread(call: &mut Call) -> Ret {
    let mut entry = 1;
    let mut stack_size = 0;
    // luv's documentation lets the options be `nil` as well.
    if call.type_of(1) == Type::Table || call.type_of(1) == Type::Nil {
        if call.type_of(1) == Type::Table {
            stack_size = stack_option(call)?;
        }
        entry = 2;
    }
    let code = call.code(entry)?;
    let values = call.thread_values(entry + 1)?;
    let args = call.shared().args.clone();
    let thread = Thread::spawn(stack_size, move || worker::run_alone(args, &code, values));
    match thread {
        Ok(thread) => {
            call.push_counted(call.shared(), Arc::new(thread));
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

/// The `stack_size` of the options, in bytes; the loop library knows the least.
fn stack_option(call: &Call) -> Result<usize, Raise> {
    call.raw_get_field(1, "stack_size");
    let value = match call.type_of(-1) {
        Type::Nil => 0.0,
        Type::Number => call.number_at(-1),
        _ => {
            let text = "stack_size option must be a number if set";
            return Err(Raise::Argument(1, text.into()));
        }
    };
    call.pop(1);
    if !(0.0..=MOST_STACK_SIZE as f64).contains(&value) {
        let text = format!("stack_size option must be from 0 to {MOST_STACK_SIZE}");
        return Err(Raise::Argument(1, text));
    }
    Ok(value as usize)
}

/// `uv_thread_t: 0x…`: the same for all userdata of a thread, in every state.
fn to_string(call: &mut Call) -> Ret {
    let thread = call.thread(1)?;
    call.push_str(&format!("uv_thread_t: {:#x}", thread.number()));
    Ok(1)
}

fn thread_equal(call: &mut Call) -> Ret {
    let equal = call.thread(1)? == call.thread(2)?;
    call.push_bool(equal);
    Ok(1)
}

fn thread_self(call: &mut Call) -> Ret {
    call.push_counted(call.shared(), Arc::new(Thread::current()));
    Ok(1)
}

/// `uv.thread_join(thread)`: waits for its end; nothing else happens on this thread meanwhile.
fn thread_join(call: &mut Call) -> Ret {
    let result = call.thread(1)?.join();
    call.truth(result)
}

fn thread_detach(call: &mut Call) -> Ret {
    let result = call.thread(1)?.detach();
    call.truth(result)
}

/// Pushes CPU numbers, from 1, with whether they are marked.
fn push_cpus(call: &Call, cpus: &[bool]) {
    call.new_table(cpus.len(), 0);
    for (index, &marked) in (1..).zip(cpus) {
        call.push_bool(marked);
        call.raw_set_index(-2, index);
    }
}

/// `uv.thread_getaffinity(thread, [mask_size])`
fn thread_getaffinity(call: &mut Call) -> Ret {
    let thread = call.thread(1)?;
    let size = if call.is_nil(2) {
        thread::cpumask_size()
    } else {
        Ok(call.int_in(2, 0..=i32::MAX.into())? as usize)
    };
    match size.and_then(|size| thread.affinity(size)) {
        Ok(cpus) => {
            push_cpus(call, &cpus);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

/// `uv.thread_setaffinity(thread, affinity, [get_old_affinity])`: CPUs that the table does not
/// name are those it must not run on.
fn thread_setaffinity(call: &mut Call) -> Ret {
    let thread = call.thread(1)?;
    call.table(2)?;
    let wants_old = call.to_bool(3);
    let size = match thread::cpumask_size() {
        Ok(size) => size,
        Err(error) => return call.fail(error),
    };
    let mut cpus = vec![false; size.max(call.raw_len(2))];
    call.push_nil();
    while call.next(2) {
        let cpu = match call.type_of(-2) {
            Type::Number => call.number_at(-2),
            _ => f64::NAN,
        };
        if !(cpu >= 1.0 && cpu.fract() == 0.0) {
            return Err(Raise::Argument(2, "the keys must be CPU numbers".into()));
        }
        if call.type_of(-1) != Type::Boolean {
            return Err(Raise::Argument(2, "the values must be booleans".into()));
        }
        let marked = call.to_bool(-1);
        call.pop(1);
        match cpus.get_mut(cpu as usize - 1) {
            Some(place) => *place = marked,
            None if marked => return call.fail(Error::EINVAL),
            None => {}
        }
    }
    match thread.set_affinity(&cpus) {
        Ok(old) if wants_old => push_cpus(call, &old),
        Ok(_) => call.push_bool(true),
        Err(error) => return call.fail(error),
    }
    Ok(1)
}

/// `uv.thread_getcpu()`: the CPU that runs this thread, from 1 as in the affinity tables.
fn thread_getcpu(call: &mut Call) -> Ret {
    call.number(thread::current_cpu().map(|cpu| cpu as i64 + 1))
}

fn thread_getpriority(call: &mut Call) -> Ret {
    let result = call.thread(1)?.priority();
    call.number(result.map(i64::from))
}

/// `uv.thread_setpriority(thread, priority)`: one of `uv.constants.THREAD_PRIORITY_…`.
fn thread_setpriority(call: &mut Call) -> Ret {
    let thread = call.thread(1)?;
    let priority = call.int(2)?;
    let priority = i32::try_from(priority).map_err(|_| Error::EINVAL);
    call.truth(priority.and_then(|priority| thread.set_priority(priority)))
}

fn thread_getname(call: &mut Call) -> Ret {
    let name = call.thread(1)?.name();
    call.string(name)
}

/// `uv.thread_setname(name)`: names the thread that calls.
fn thread_setname(call: &mut Call) -> Ret {
    let result = thread::set_current_name(call.bytes(1)?);
    call.zero(result)
}

/// `uv.cpumask_size()`: how many CPUs an affinity table has, whatever the machine has.
fn cpumask_size(call: &mut Call) -> Ret {
    call.number(thread::cpumask_size().map(|size| size as i64))
}
