//! HTTP.
use crate::lua::State;
use crate::shared::Shared;
#[derive(Default)]
pub(crate) struct Engine {}
pub(crate) fn open(state: State, _shared: *const Shared) { state.new_table(0,0); }
pub(crate) fn on_read(_s: &Shared, _id: u32, _r: luvit_loop::Result<usize>) {}
pub(crate) fn on_connection(_s: &Shared, _id: u32, _r: luvit_loop::Result<()>) {}
pub(crate) fn on_timer(_s: &Shared, _id: u32) {}
pub(crate) fn on_write(_s: &Shared, _id: u32, _r: luvit_loop::Result<()>) {}
pub(crate) fn on_closed(_s: &Shared, _id: u32) {}
pub(crate) fn on_server_closed(_s: &Shared, _id: u32) {}
