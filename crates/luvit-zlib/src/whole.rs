//! All of some data at once.

use crate::codec::Codec;
use crate::failure::Failure;
use crate::settings::{Kind, Settings};

/// The room to begin with when nothing better is known.
const FIRST_ROOM: usize = 4 * 1024;
/// deflate's best: 258 bytes from two bits.
const MAX_RATIO: usize = 1032;

/// Compresses or decompresses `data`, ending with the operation that ends a stream. The output may have `limit` bytes.
pub fn whole(settings: &Settings, data: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let kind = settings.kind;
    whole_with(settings, data, kind.finish(), limit)
}

impl Codec {
    /// As [`whole`], with a stream that is at its beginning, and another operation for its end: what tolerates a truncated
    /// input, for one. Gives the output, and how much of the input belonged to the stream.
    pub fn whole(
        &mut self,
        data: &[u8],
        finish: u8,
        limit: usize,
    ) -> Result<(Vec<u8>, usize), Failure> {
        let mut out = Vec::new();
        let mut consumed = 0;
        let mut room = first_room(self.kind(), data).min(limit);
        loop {
            let before = out.len();
            let progress = self.run(&data[consumed..], finish, &mut out, room)?;
            consumed += progress.consumed;
            if !progress.more {
                return Ok((out, consumed));
            }
            if out.len() == limit {
                // Nothing more must come but the end.
                let progress = self.run(&data[consumed..], finish, &mut out, 1)?;
                consumed += progress.consumed;
                if out.len() > limit || progress.more {
                    return Err(Failure::too_large(limit));
                }
                return Ok((out, consumed));
            }
            if progress.consumed == 0 && out.len() == before && room > 0 {
                return Err(Failure::new("Z_BUF_ERROR", -5, "no progress is possible"));
            }
            room = out.len().max(FIRST_ROOM).min(limit - out.len());
        }
    }
}

pub(crate) fn whole_with(
    settings: &Settings,
    data: &[u8],
    finish: u8,
    limit: usize,
) -> Result<Vec<u8>, Failure> {
    let (out, _) = Codec::for_whole(settings)?.whole(data, finish, limit)?;
    Ok(out)
}

// How much output there will be, at a guess: right in most cases, so that nothing is copied to grow, and never more than
// data of that length can become.
fn first_room(kind: Kind, data: &[u8]) -> usize {
    let length = data.len();
    let guess = match kind {
        // The end of a gzip member says it, modulo 4 GiB; whoever made it may lie.
        Kind::Gunzip | Kind::Unzip if length >= 18 && data[0] == 0x1f => {
            let size: [u8; 4] = data[length - 4..].try_into().unwrap_or_default();
            let size = u32::from_le_bytes(size) as usize;
            // What most data becomes at most. A bomb grows step by step instead.
            size.min(length.saturating_mul(16)) + 1
        }
        _ if kind.decompresses() => length.saturating_mul(4),
        // Incompressible data become a little larger; most become a third.
        _ => length / 2 + 64,
    };
    guess
        .clamp(FIRST_ROOM, 64 << 20)
        .min(length.saturating_mul(MAX_RATIO) + FIRST_ROOM)
}
