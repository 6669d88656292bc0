//! The `Date` field.

const DAY: u64 = 86_400;

/// The last second of the year 9999, the last that the format can tell.
const LAST: u64 = 253_402_300_799;

/// Writes the IMF-fixdate (`Sun, 06 Nov 1994 08:49:37 GMT`, RFC 9110 section 5.6.7) of `secs` seconds since 1970
/// UTC. Times after the year 9999 are written as its last second.
pub fn http_date(secs: u64, out: &mut [u8; 29]) {
    let secs = secs.min(LAST);
    let (days, time) = (secs / DAY, secs % DAY);
    let (year, month, day) = civil(days);
    *out = *b"Thu, 00 Jan 0000 00:00:00 GMT";
    // 1970 began on a Thursday.
    out[..3].copy_from_slice(name(b"ThuFriSatSunMonTueWed", days % 7));
    out[8..11].copy_from_slice(name(b"JanFebMarAprMayJunJulAugSepOctNovDec", month));
    for (at, number) in [
        (5, day),
        (12, year / 100),
        (14, year % 100),
        (17, time / 3600),
        (20, time / 60 % 60),
        (23, time % 60),
    ] {
        out[at] = b'0' + (number / 10) as u8;
        out[at + 1] = b'0' + (number % 10) as u8;
    }
}

fn name(names: &[u8], index: u64) -> &[u8] {
    &names[index as usize * 3..][..3]
}

/// Year, month from 0 and day from 1 of a day since 1970, in the Gregorian calendar. Years are counted from March,
/// so that a leap day is the last day of its year and the months before it have the same lengths in every year.
fn civil(days: u64) -> (u64, u64, u64) {
    // Days since 1 March 0000, cut into eras of 400 years, which all have the same length.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March on, five months have 153 days.
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (next_year, month) = if month < 10 {
        (0, month + 2)
    } else {
        (1, month - 10)
    };
    (era * 400 + year_of_era + next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(secs: u64) -> String {
        let mut out = [0; 29];
        http_date(secs, &mut out);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn known_dates() {
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(951_782_399), "Mon, 28 Feb 2000 23:59:59 GMT");
        assert_eq!(date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(date(4_107_542_400), "Mon, 01 Mar 2100 00:00:00 GMT");
        assert_eq!(date(LAST), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(date(u64::MAX), date(LAST));
    }

    #[test]
    fn the_calendar_counts_every_day() {
        let (mut year, mut month, mut day) = (1970, 0, 1);
        for days in 0..=LAST / DAY {
            assert_eq!(civil(days), (year, month, day));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = [
                31,
                if leap { 29 } else { 28 },
                31,
                30,
                31,
                30,
                31,
                31,
                30,
                31,
                30,
                31,
            ][month as usize];
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month == 12 {
                (year, month) = (year + 1, 0);
            }
        }
    }
}
