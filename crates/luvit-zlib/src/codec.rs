//! One stream of any kind.

use crate::brotli::{Decoder, Encoder};
use crate::failure::Failure;
use crate::flate::{Compressor, Decompressor};
use crate::settings::{Kind, Settings, Strategy};

/// What a run did.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How much of the input is done with.
    pub consumed: usize,
    /// There is more output, or input left: to be called again with the rest of the input.
    pub more: bool,
    /// The stream is complete: what is left of the input does not belong to it.
    pub ended: bool,
}

impl Progress {
    pub(crate) fn ended(consumed: usize) -> Progress {
        Progress {
            consumed,
            more: false,
            ended: true,
        }
    }
}

enum State {
    Compressor(Compressor),
    Decompressor(Decompressor),
    Encoder(Box<Encoder>),
    Decoder(Box<Decoder>),
}

/// A stream: what comes in, in pieces of any size, is what goes out, compressed or decompressed. It may be moved to another
/// thread between two runs.
pub struct Codec {
    kind: Kind,
    state: State,
}

impl Codec {
    /// A stream with these settings. Options that do not go together are an error.
    pub fn new(settings: &Settings) -> Result<Codec, Failure> {
        let kind = settings.kind;
        let state = match kind {
            Kind::BrotliEncode => State::Encoder(Box::new(Encoder::new(settings)?)),
            Kind::BrotliDecode => State::Decoder(Box::new(Decoder::new(settings)?)),
            _ if kind.decompresses() => State::Decompressor(Decompressor::new(settings)?),
            _ => State::Compressor(Compressor::new(settings)?),
        };
        Ok(Codec { kind, state })
    }

    /// A stream for [`Codec::whole`], whose settings are for data that come all at once where the given ones leave it open.
    pub fn for_whole(settings: &Settings) -> Result<Codec, Failure> {
        match settings.kind {
            kind @ Kind::BrotliEncode => {
                let state = State::Encoder(Box::new(Encoder::for_whole(settings)?));
                Ok(Codec { kind, state })
            }
            _ => Codec::new(settings),
        }
    }

    /// What it does.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Takes input, and appends to `out` at most `room` bytes. `flush` is zlib's number (`Z_NO_FLUSH` 0 … `Z_BLOCK` 5), or
    /// brotli's operation. After an error nothing but [`reset`](Codec::reset) is of use.
    pub fn run(
        &mut self,
        input: &[u8],
        flush: u8,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<Progress, Failure> {
        match &mut self.state {
            State::Compressor(state) => state.run(input, flush, out, room),
            State::Decompressor(state) => state.run(input, flush, out, room),
            State::Encoder(state) => state.run(input, flush, out, room),
            State::Decoder(state) => state.run(input, flush, out, room),
        }
    }

    /// Changes how the following input is compressed; `out` gets what has to be written for that. Others than deflate's
    /// streams have nothing to change.
    pub fn params(
        &mut self,
        level: i32,
        strategy: Strategy,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        match &mut self.state {
            State::Compressor(state) => state.params(level, strategy, out),
            _ => Ok(()),
        }
    }

    /// Begins again, with the same settings.
    pub fn reset(&mut self) -> Result<(), Failure> {
        match &mut self.state {
            State::Compressor(state) => state.reset(),
            State::Decompressor(state) => state.reset(),
            State::Encoder(state) => state.reset(),
            State::Decoder(state) => state.reset(),
        }
    }
}
