//! Times of certificates as text.

use crate::{Error, Result, der};

/// `Sep  3 21:40:37 2026 GMT` for seconds since 1970, as OpenSSL and node print it.
pub fn time_text(seconds: i64) -> String {
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(day);
    let month = match month {
        1 => "Jan",
        2 => "Feb",
        3 => "Mar",
        4 => "Apr",
        5 => "May",
        6 => "Jun",
        7 => "Jul",
        8 => "Aug",
        9 => "Sep",
        10 => "Oct",
        11 => "Nov",
        _ => "Dec",
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{month} {day:2} {hour:02}:{minute:02}:{second:02} {year} GMT")
}

/// A time of a certificate as DER: `UTCTime` up to 2049, `GeneralizedTime` from then on (RFC 5280).
pub(super) fn date(seconds: i64) -> Result<Vec<u8>> {
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days of the years 1950 to 9999.
    if !(-7305..=2_932_896).contains(&day) {
        return Err(Error::new(
            "ERR_OUT_OF_RANGE",
            "a certificate is valid between the years 1950 and 9999",
        ));
    }
    let (year, month, day) = civil(day);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    Ok(if year < 2050 {
        der::element(0x17, format!("{:02}{rest}", year % 100).as_bytes())
    } else {
        der::element(0x18, format!("{year}{rest}").as_bytes())
    })
}

/// Year, month and day of the Gregorian calendar for days since 1970: years are counted from March,
/// so that the day that may be missing is the last one.
fn civil(days: i64) -> (i64, i64, i64) {
    // Days since 0000-03-01; 146,097 of them are 400 years.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (seconds, text) in [
            (0, "Jan  1 00:00:00 1970 GMT"),
            (-1, "Dec 31 23:59:59 1969 GMT"),
            (951_782_400, "Feb 29 00:00:00 2000 GMT"),
            (1_709_251_200, "Mar  1 00:00:00 2024 GMT"),
            (253_402_300_799, "Dec 31 23:59:59 9999 GMT"),
            (1_662_241_237, "Sep  3 21:40:37 2022 GMT"),
        ] {
            assert_eq!(time_text(seconds), text);
        }
    }
}
