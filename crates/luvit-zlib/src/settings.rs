//! What a stream does, and how.

/// What a stream does to its input.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To zlib's format (RFC 1950).
    Deflate,
    /// From zlib's format.
    Inflate,
    /// To gzip's format (RFC 1952).
    Gzip,
    /// From gzip's format, all members of it.
    Gunzip,
    /// To deflate's format (RFC 1951), without anything around it.
    DeflateRaw,
    /// From deflate's format.
    InflateRaw,
    /// From gzip's or zlib's format, whichever it is.
    Unzip,
    /// From brotli's format (RFC 7932).
    BrotliDecode,
    /// To brotli's format.
    BrotliEncode,
}

impl Kind {
    /// node's number of the kind, `DEFLATE` (1) to `BROTLI_ENCODE` (9).
    pub fn from_number(number: i64) -> Option<Kind> {
        Some(match number {
            1 => Kind::Deflate,
            2 => Kind::Inflate,
            3 => Kind::Gzip,
            4 => Kind::Gunzip,
            5 => Kind::DeflateRaw,
            6 => Kind::InflateRaw,
            7 => Kind::Unzip,
            8 => Kind::BrotliDecode,
            9 => Kind::BrotliEncode,
            _ => return None,
        })
    }

    /// Whether the output is what was compressed.
    pub fn decompresses(self) -> bool {
        matches!(
            self,
            Kind::Inflate | Kind::Gunzip | Kind::InflateRaw | Kind::Unzip | Kind::BrotliDecode
        )
    }

    /// The operation that ends a stream: `Z_FINISH`, or brotli's.
    pub fn finish(self) -> u8 {
        match self {
            Kind::BrotliDecode | Kind::BrotliEncode => 2,
            _ => 4,
        }
    }
}

/// How deflate looks for repetitions, with zlib's numbers.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub enum Strategy {
    /// For most data.
    #[default]
    Default = 0,
    /// For small values with a random distribution.
    Filtered = 1,
    /// None at all: only the entropy is coded.
    HuffmanOnly = 2,
    /// Runs of one byte only.
    Rle = 3,
    /// No Huffman codes of its own.
    Fixed = 4,
}

impl Strategy {
    /// The strategy of a number.
    pub fn from_number(number: i64) -> Option<Strategy> {
        Some(match number {
            0 => Strategy::Default,
            1 => Strategy::Filtered,
            2 => Strategy::HuffmanOnly,
            3 => Strategy::Rle,
            4 => Strategy::Fixed,
            _ => return None,
        })
    }
}

/// How a stream works. What does not concern its kind is not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What it does.
    pub kind: Kind,
    /// From 0, which only stores, to 9; -1 is the default, 6.
    pub level: i32,
    /// The logarithm of the window's size: 9 to 15, and 8 where zlib takes it. A stream that decompresses may have 0: as
    /// its input says.
    pub window_bits: i32,
    /// Memory for the state, 1 to 9.
    pub mem_level: i32,
    /// How repetitions are found.
    pub strategy: Strategy,
    /// Bytes that both sides know. gzip has no place for it, so that it is not used there.
    pub dictionary: Option<Box<[u8]>>,
    /// Whether the end of a member of gzip is the end, whatever follows.
    pub single: bool,
    /// Brotli's parameters, number and value.
    pub params: Vec<(u32, u32)>,
}

impl Settings {
    /// The defaults.
    pub fn new(kind: Kind) -> Settings {
        let decompresses = kind.decompresses();
        Settings {
            kind,
            level: -1,
            window_bits: if decompresses && kind != Kind::InflateRaw {
                0
            } else {
                15
            },
            mem_level: 8,
            strategy: Strategy::Default,
            dictionary: None,
            single: false,
            params: Vec::new(),
        }
    }
}
