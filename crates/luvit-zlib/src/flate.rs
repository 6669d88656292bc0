//! zlib's formats with node's rules: several members of gzip, dictionaries, what is an error and how it is called.

use crate::codec::Progress;
use crate::failure::Failure;
use crate::raw::{Answer, Deflater, Inflater};
use crate::settings::{Kind, Settings, Strategy};

const NO_FLUSH: u8 = 0;
const BLOCK: u8 = 5;
const FINISH: u8 = 4;

fn error(number: i32, message: Option<&'static str>) -> Failure {
    let (code, fallback) = match number {
        -2 => ("Z_STREAM_ERROR", "stream error"),
        -3 => ("Z_DATA_ERROR", "invalid code or distance"),
        -4 => ("Z_MEM_ERROR", "not enough memory"),
        -6 => ("Z_VERSION_ERROR", "incompatible version"),
        _ => ("Z_ERRNO", "zlib failed"),
    };
    Failure::new(code, number, message.unwrap_or(fallback))
}

fn refused(answer: Answer) -> Failure {
    match answer {
        Answer::Error(number) => error(number, Some("the options do not go together")),
        _ => error(-2, None),
    }
}

/// To one of the formats.
pub(crate) struct Compressor {
    raw: Deflater,
    dictionary: Option<Box<[u8]>>,
    level: i32,
    strategy: Strategy,
    ended: bool,
}

impl Compressor {
    pub(crate) fn new(settings: &Settings) -> Result<Compressor, Failure> {
        // The smallest window has a flaw that zlib mends by a larger one where the format lets it say so.
        let bits = settings.window_bits.max(9);
        let bits = match settings.kind {
            Kind::Gzip => bits + 16,
            Kind::DeflateRaw => -bits,
            _ => settings.window_bits,
        };
        let raw = Deflater::new(settings.level, bits, settings.mem_level, settings.strategy);
        let dictionary = settings.dictionary.clone();
        let mut compressor = Compressor {
            raw: raw.map_err(refused)?,
            dictionary: dictionary.filter(|_| settings.kind != Kind::Gzip),
            level: settings.level,
            strategy: settings.strategy,
            ended: false,
        };
        compressor.prepare()?;
        Ok(compressor)
    }

    fn prepare(&mut self) -> Result<(), Failure> {
        match &self.dictionary {
            Some(dictionary) => self
                .raw
                .set_dictionary(dictionary)
                .map_err(|_| Failure::new("Z_STREAM_ERROR", -2, "Failed to set dictionary")),
            None => Ok(()),
        }
    }

    pub(crate) fn reset(&mut self) -> Result<(), Failure> {
        self.raw.reset();
        self.ended = false;
        self.prepare()
    }

    pub(crate) fn params(
        &mut self,
        level: i32,
        strategy: Strategy,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        if (level, strategy) == (self.level, self.strategy) || self.ended {
            return Ok(());
        }
        // What is pending is little after a flush, and all of it must go out for the change to be made.
        for _ in 0..64 {
            let step = self.raw.params(level, strategy, out, 16 * 1024);
            match step.answer {
                Answer::Ok => {
                    (self.level, self.strategy) = (level, strategy);
                    return Ok(());
                }
                Answer::NoProgress => {}
                Answer::Error(number) => return Err(error(number, None)),
                _ => break,
            }
        }
        Err(Failure::new("Z_BUF_ERROR", -5, "Failed to set parameters"))
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
        let step = self.raw.step(input, out, room, flush);
        match step.answer {
            Answer::StreamEnd => {
                self.ended = true;
                Ok(Progress::ended(step.consumed))
            }
            Answer::Ok | Answer::NoProgress => Ok(Progress {
                consumed: step.consumed,
                more: step.room == 0 || step.consumed < input.len(),
                ended: false,
            }),
            Answer::Error(number) => Err(error(number, None)),
            Answer::NeedDictionary => Err(error(-2, None)),
        }
    }
}

/// Which formats a stream reads.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Format {
    Zlib,
    Raw,
    Gzip,
    /// Whichever the first byte says.
    Unknown,
}

/// From one of the formats.
pub(crate) struct Decompressor {
    raw: Inflater,
    dictionary: Option<Box<[u8]>>,
    bits: i32,
    given: Format,
    format: Format,
    single: bool,
    /// A stream, or a member of gzip, is complete.
    complete: bool,
    /// Nothing that comes is data any more.
    over: bool,
}

impl Decompressor {
    pub(crate) fn new(settings: &Settings) -> Result<Decompressor, Failure> {
        let format = match settings.kind {
            Kind::Gunzip => Format::Gzip,
            Kind::InflateRaw => Format::Raw,
            Kind::Unzip => Format::Unknown,
            _ => Format::Zlib,
        };
        let bits = settings.window_bits;
        let raw = Inflater::new(window_bits(format, bits)).map_err(refused)?;
        let mut decompressor = Decompressor {
            raw,
            dictionary: settings.dictionary.clone(),
            bits,
            given: format,
            format,
            single: settings.single,
            complete: false,
            over: false,
        };
        decompressor.prepare()?;
        Ok(decompressor)
    }

    // A raw stream cannot ask for its dictionary.
    fn prepare(&mut self) -> Result<(), Failure> {
        match &self.dictionary {
            Some(dictionary) if self.format == Format::Raw => self
                .raw
                .set_dictionary(dictionary)
                .map_err(|_| Failure::new("Z_DATA_ERROR", -3, "Failed to set dictionary")),
            _ => Ok(()),
        }
    }

    pub(crate) fn reset(&mut self) -> Result<(), Failure> {
        self.format = self.given;
        (self.complete, self.over) = (false, false);
        self.raw.reset(window_bits(self.format, self.bits));
        self.prepare()
    }

    pub(crate) fn run(
        &mut self,
        input: &[u8],
        flush: u8,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<Progress, Failure> {
        let mut consumed = 0;
        let mut room = room;
        if self.format == Format::Unknown
            && let Some(&first) = input.first()
        {
            // No stream of zlib's begins like this.
            self.format = if first == 0x1f {
                Format::Gzip
            } else {
                Format::Zlib
            };
        }
        loop {
            let rest = &input[consumed..];
            if self.complete && !self.over {
                // What follows a member is another one, or padding: zeros.
                match rest.first() {
                    Some(&byte) if self.format == Format::Gzip && byte != 0 && !self.single => {
                        self.raw.reset(window_bits(self.given, self.bits));
                        self.complete = false;
                    }
                    Some(_) => self.over = true,
                    None => return Ok(Progress::ended(consumed)),
                }
            }
            if self.over {
                return Ok(Progress::ended(consumed));
            }
            let step = self.raw.step(rest, out, room, inflate_flush(flush));
            consumed += step.consumed;
            room = step.room;
            match step.answer {
                Answer::StreamEnd => {
                    self.complete = true;
                    // Room is wanted for the next member, and an end for those without one.
                    if room == 0
                        && consumed < input.len()
                        && self.format == Format::Gzip
                        && !self.single
                    {
                        return Ok(Progress {
                            consumed,
                            more: true,
                            ended: false,
                        });
                    }
                }
                Answer::Ok | Answer::NoProgress => {
                    if room != 0 && flush == FINISH {
                        return Err(Failure::truncated());
                    }
                    return Ok(Progress {
                        consumed,
                        more: room == 0 || consumed < input.len(),
                        ended: false,
                    });
                }
                Answer::NeedDictionary => {
                    let Some(dictionary) = &self.dictionary else {
                        return Err(Failure::new("Z_NEED_DICT", 2, "Missing dictionary"));
                    };
                    if self.raw.set_dictionary(dictionary).is_err() {
                        return Err(Failure::new("Z_NEED_DICT", 2, "Bad dictionary"));
                    }
                }
                Answer::Error(number) => return Err(error(number, self.raw.message())),
            }
        }
    }
}

// Of the ways to flush, these are the ones that inflate knows; the others only mean something when compressing.
fn inflate_flush(flush: u8) -> u8 {
    match flush {
        FINISH | BLOCK => flush,
        NO_FLUSH => NO_FLUSH,
        _ => 2,
    }
}

fn window_bits(format: Format, bits: i32) -> i32 {
    match format {
        Format::Zlib => bits,
        Format::Raw => -(if bits == 0 { 15 } else { bits }),
        Format::Gzip => bits + 16,
        Format::Unknown => bits + 32,
    }
}
