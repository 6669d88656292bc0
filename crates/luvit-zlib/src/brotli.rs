//! Brotli (RFC 7932).

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{
    BrotliEncoderOperation as Operation, BrotliEncoderParameter as Parameter,
    BrotliEncoderStateStruct,
};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

use crate::codec::Progress;
use crate::failure::Failure;
use crate::settings::Settings;

const FINISH: u8 = 2;
/// Parameters of the encoder.
const QUALITY: u32 = 1;
const WINDOW: u32 = 2;
const BLOCK: u32 = 3;
/// A parameter of the decoder: streams whose window is larger than the standard's.
const LARGE_WINDOW: u32 = 1;

/// Makes room for so many bytes behind the content; gives the length before.
fn extend(out: &mut Vec<u8>, room: usize) -> usize {
    let length = out.len();
    out.resize(length + room, 0);
    length
}

/// To brotli's format.
pub(crate) struct Encoder {
    state: BrotliEncoderStateStruct<StandardAlloc>,
    params: Vec<(u32, u32)>,
}

impl Encoder {
    pub(crate) fn new(settings: &Settings) -> Result<Encoder, Failure> {
        Encoder::with(settings.params.clone())
    }

    /// For data that come all at once. Looking at 128 KB instead of 64 at a time saves a tenth of the work at the qualities
    /// in the middle, and what comes out is as small; it needs 1 MB more, which a stream would hold for as long as it lives.
    pub(crate) fn for_whole(settings: &Settings) -> Result<Encoder, Failure> {
        let mut params = settings.params.clone();
        let given = |number| params.iter().rfind(|(own, _)| *own == number);
        let value = |number, default| given(number).map_or(default, |(_, value)| *value);
        let middle = (4..=8).contains(&value(QUALITY, 11)) && value(WINDOW, 22) >= 17;
        if middle && given(BLOCK).is_none() {
            params.push((BLOCK, 17));
        }
        Encoder::with(params)
    }

    fn with(params: Vec<(u32, u32)>) -> Result<Encoder, Failure> {
        let state = Encoder::state(&params)?;
        Ok(Encoder { state, params })
    }

    fn state(params: &[(u32, u32)]) -> Result<BrotliEncoderStateStruct<StandardAlloc>, Failure> {
        let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
        let mut window = None;
        let mut large = false;
        for &(number, value) in params {
            let parameter = match number {
                0 => Parameter::BROTLI_PARAM_MODE,
                QUALITY => Parameter::BROTLI_PARAM_QUALITY,
                WINDOW => {
                    window = Some(value);
                    Parameter::BROTLI_PARAM_LGWIN
                }
                BLOCK => Parameter::BROTLI_PARAM_LGBLOCK,
                4 => Parameter::BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING,
                5 => Parameter::BROTLI_PARAM_SIZE_HINT,
                6 => {
                    large = value != 0;
                    Parameter::BROTLI_PARAM_LARGE_WINDOW
                }
                // How distances are coded is the encoder's own choice.
                7 | 8 => continue,
                _ => {
                    let text = format!("{number} is not a valid Brotli parameter");
                    return Err(Failure::new("ERR_BROTLI_INVALID_PARAM", 0, text));
                }
            };
            // The encoder looks at no more than these, and takes the nearest.
            let value = match number {
                0 if value > 2 => 0,
                QUALITY => value.min(11),
                WINDOW => value.clamp(10, 30),
                BLOCK if value != 0 => value.clamp(16, 24),
                _ => value,
            };
            if !state.set_parameter(parameter, value) {
                return Err(Failure::new(
                    "ERR_ZLIB_INITIALIZATION_FAILED",
                    0,
                    format!(
                        "Initialization failed: brotli does not take {value} for parameter {number}"
                    ),
                ));
            }
        }
        if let Some(window) = window
            && !large
        {
            state.set_parameter(Parameter::BROTLI_PARAM_LGWIN, window.clamp(10, 24));
        }
        Ok(state)
    }

    pub(crate) fn reset(&mut self) -> Result<(), Failure> {
        self.state = Encoder::state(&self.params)?;
        Ok(())
    }

    pub(crate) fn run(
        &mut self,
        input: &[u8],
        flush: u8,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<Progress, Failure> {
        if self.state.is_finished() {
            return Ok(Progress::ended(0));
        }
        let operation = match flush {
            0 => Operation::BROTLI_OPERATION_PROCESS,
            1 => Operation::BROTLI_OPERATION_FLUSH,
            FINISH => Operation::BROTLI_OPERATION_FINISH,
            _ => Operation::BROTLI_OPERATION_EMIT_METADATA,
        };
        let start = extend(out, room);
        let (mut left, mut consumed) = (input.len(), 0);
        let (mut free, mut written) = (room, start);
        let done = self.state.compress_stream(
            operation,
            &mut left,
            input,
            &mut consumed,
            &mut free,
            out,
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        out.truncate(written);
        if !done {
            return Err(Failure::new(
                "ERR_BROTLI_COMPRESSION_FAILED",
                0,
                "Compression failed",
            ));
        }
        if self.state.is_finished() {
            return Ok(Progress::ended(consumed));
        }
        Ok(Progress {
            consumed,
            more: self.state.has_more_output() || consumed < input.len(),
            ended: false,
        })
    }
}

type DecoderState = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// From brotli's format.
pub(crate) struct Decoder {
    state: DecoderState,
    large: bool,
    ended: bool,
}

fn decoder(large: bool) -> DecoderState {
    let alloc = StandardAlloc::default;
    if large {
        BrotliState::new(alloc(), alloc(), alloc())
    } else {
        BrotliState::new_strict(alloc(), alloc(), alloc())
    }
}

impl Decoder {
    pub(crate) fn new(settings: &Settings) -> Result<Decoder, Failure> {
        let mut large = false;
        for &(number, value) in &settings.params {
            match number {
                // How the buffer grows is the decoder's own choice.
                0 => {}
                LARGE_WINDOW => large = value != 0,
                _ => {
                    let text = format!("{number} is not a valid Brotli parameter");
                    return Err(Failure::new("ERR_BROTLI_INVALID_PARAM", 0, text));
                }
            }
        }
        Ok(Decoder {
            state: decoder(large),
            large,
            ended: false,
        })
    }

    pub(crate) fn reset(&mut self) -> Result<(), Failure> {
        self.state = decoder(self.large);
        self.ended = false;
        Ok(())
    }

    pub(crate) fn run(
        &mut self,
        input: &[u8],
        flush: u8,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<Progress, Failure> {
        if self.ended {
            return Ok(Progress::ended(0));
        }
        // The decoder counts in 32 bits.
        let given = input.len().min(1 << 30);
        let start = extend(out, room);
        let (mut left, mut consumed) = (given, 0);
        let (mut free, mut written, mut total) = (room, start, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut consumed,
            &input[..given],
            &mut free,
            &mut written,
            out,
            &mut total,
            &mut self.state,
        );
        out.truncate(written);
        match result {
            BrotliResult::ResultSuccess => {
                self.ended = true;
                Ok(Progress::ended(consumed))
            }
            BrotliResult::NeedsMoreOutput => Ok(Progress {
                consumed,
                more: true,
                ended: false,
            }),
            BrotliResult::NeedsMoreInput => {
                let more = consumed < input.len();
                if flush == FINISH && !more {
                    return Err(Failure::truncated());
                }
                Ok(Progress {
                    consumed,
                    more,
                    ended: false,
                })
            }
            BrotliResult::ResultFailure => Err(self.failure()),
        }
    }

    fn failure(&self) -> Failure {
        // `BROTLI_DECODER_ERROR_FORMAT_PADDING_1` is `ERR__ERROR_FORMAT_PADDING_1` in node.
        let name = format!("{:?}", self.state.error_code);
        let name = name.strip_prefix("BROTLI_DECODER_").unwrap_or(&name);
        let what = name.strip_prefix("ERROR_").unwrap_or(name);
        Failure {
            code: format!("ERR__{name}").into(),
            errno: self.state.error_code as i32,
            message: format!("Decompression failed ({what})").into(),
        }
    }
}
