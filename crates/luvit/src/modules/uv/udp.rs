//! `uv_udp_t`: UDP sockets.

use luvit_loop::{Handle, Received, Result};

use super::{Entry, functions};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![];

/// A datagram arrived, or receiving failed.
pub(crate) fn on_recv(_shared: &Shared, _handle: Handle, _result: Result<Received>) {}
