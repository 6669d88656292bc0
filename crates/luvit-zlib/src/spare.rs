//! A compressor that waits for the next of its kind.

use crate::codec::Codec;
use crate::failure::Failure;
use crate::settings::{Kind, Settings};

/// At most one stream of deflate's that has done its work. To make one costs more than to compress a kilobyte with it: it
/// clears 384 KB of tables. To begin again with one clears a third of that.
#[derive(Default)]
pub struct Spare(Option<(Settings, Codec)>);

impl Spare {
    /// A stream with these settings, at its beginning, for [`Codec::whole`].
    pub fn take(&mut self, settings: &Settings) -> Result<Codec, Failure> {
        match self.0.take_if(|(own, _)| own == settings) {
            Some((_, mut codec)) => {
                codec.reset()?;
                Ok(codec)
            }
            None => Codec::for_whole(settings),
        }
    }

    /// Takes a stream that was made with these settings, and whose [`params`](Codec::params) did not change. Whether it is
    /// kept: not when making another one costs little.
    pub fn keep(&mut self, settings: Settings, codec: Codec) -> bool {
        let compresses = matches!(settings.kind, Kind::Deflate | Kind::Gzip | Kind::DeflateRaw);
        let keeps = compresses && settings.dictionary.is_none();
        if keeps {
            self.0 = Some((settings, codec));
        }
        keeps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Strategy;
    use crate::whole::whole;

    #[test]
    fn what_waited_makes_the_same() {
        let mut spare = Spare::default();
        let mut text = Vec::new();
        for round in 0..200u32 {
            // Data of any length, which repeat themselves and what other rounds had.
            text.extend(round.wrapping_mul(2_654_435_761).to_le_bytes());
            text.extend(b"some words that come again");
            let start = text.len() - text.len() % (1 + round as usize * 37 % 900);
            let data = text[text.len() - start..].repeat(1 + round as usize % 40);
            let kinds = [Kind::Gzip, Kind::Deflate, Kind::DeflateRaw];
            let mut settings = Settings::new(kinds[round as usize / 7 % 3]);
            settings.level = (round / 11 % 11) as i32 - 1;
            settings.window_bits = 15 - (round / 50 % 3) as i32;
            settings.strategy = Strategy::from_number(i64::from(round / 5 % 5)).unwrap();
            let mut codec = spare.take(&settings).unwrap();
            let (packed, _) = codec.whole(&data, 4, usize::MAX).unwrap();
            assert_eq!(
                packed,
                whole(&settings, &data, usize::MAX).unwrap(),
                "{settings:?}"
            );
            assert!(spare.keep(settings, codec));
        }
    }

    #[test]
    fn one_that_stopped_in_the_middle_begins_again() {
        let mut spare = Spare::default();
        let settings = Settings::new(Kind::Gzip);
        let mut codec = spare.take(&settings).unwrap();
        let noise: Vec<u8> = (0..90_000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert!(codec.whole(&noise, 4, 100).is_err());
        assert!(spare.keep(settings.clone(), codec));
        let (packed, _) = spare
            .take(&settings)
            .unwrap()
            .whole(b"text", 4, usize::MAX)
            .unwrap();
        assert_eq!(packed, whole(&settings, b"text", usize::MAX).unwrap());
    }

    #[test]
    fn what_costs_little_is_not_kept() {
        let mut spare = Spare::default();
        for kind in [
            Kind::Gunzip,
            Kind::Inflate,
            Kind::BrotliEncode,
            Kind::BrotliDecode,
        ] {
            let settings = Settings::new(kind);
            let codec = spare.take(&settings).unwrap();
            assert!(!spare.keep(settings, codec));
        }
    }
}
