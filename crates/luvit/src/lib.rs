//! luvit: LuaJIT, an event loop and a standard library with node's API, as a Rust library.
//!
//! A [`Runtime`] is one Lua state with everything a luvit program expects: `require` with luvit's
//! rules, `process`, `uv`, `http`, timers. The `luvit` program is a thin face over it; another
//! program embeds it the same way:
//!
//! ```
//! use luvit::Runtime;
//!
//! let runtime = Runtime::builder().args(["my-program"]).build()?;
//! runtime.run_source("=greeting", "print('hello from ' .. process.argv[0])")?;
//! let code = runtime.run();
//! assert_eq!(code, 0);
//! # Ok::<(), luvit::Error>(())
//! ```
//!
//! Native functions of your own are registered through [`Runtime::lua`], the state as `mlua` sees
//! it:
//!
//! ```
//! # use luvit::Runtime;
//! let runtime = Runtime::builder().build()?;
//! let double = runtime.lua().create_function(|_, n: f64| Ok(n * 2.0)).unwrap();
//! runtime.lua().globals().set("double", double).unwrap();
//! runtime.run_source("=test", "assert(double(21) == 42)")?;
//! # Ok::<(), luvit::Error>(())
//! ```

mod dispatch;
mod exit;
mod lua;
mod modules;
mod runtime;
mod shared;
mod stdlib;
#[cfg(test)]
mod strip;
mod worker;

pub use mlua;
pub use runtime::{Builder, Error, Runtime};
