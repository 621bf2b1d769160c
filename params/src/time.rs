//! UTC times as RFC 3339 text and milliseconds since 1970.

/// Reads `YYYY-MM-DDTHH:MM:SSZ` or `YYYY-MM-DDTHH:MM:SS.mmmZ` as milliseconds since 1970-01-01T00:00:00Z. Other zones,
/// other precisions and leap seconds return `None`.
pub fn parse_utc(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let template: &[u8] = match bytes.len() {
        20 => b"0000-00-00T00:00:00Z",
        24 => b"0000-00-00T00:00:00.000Z",
        _ => return None,
    };
    let matches = |(b, t): (&u8, &u8)| if *t == b'0' { b.is_ascii_digit() } else { b == t };
    if !bytes.iter().zip(template).all(matches) {
        return None;
    }
    let number = |from: usize, to: usize| -> u64 {
        bytes[from..to].iter().fold(0, |n, b| n * 10 + u64::from(b - b'0'))
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    let millis = if bytes.len() == 24 { number(20, 23) } else { 0 };
    let in_range = year >= 1970
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    in_range.then(|| {
        let days = days_before_year(year) - days_before_year(1970)
            + (1..month).map(|m| days_in_month(year, m)).sum::<u64>()
            + day
            - 1;
        (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millis
    })
}

/// The last millisecond of the year 9999, since 1970: text cannot express a later time.
pub(crate) const LAST_MS: u64 = 253_402_300_799_999;

/// Writes milliseconds since 1970 as RFC 3339 text, with milliseconds only when there are any. Times past the year 9999
/// are written as its last millisecond.
pub fn format_utc(millis: u64) -> String {
    let millis = millis.min(LAST_MS);
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    let mut days = seconds / 86_400;
    let mut year = 1970;
    while days >= days_in_year(year) {
        days -= days_in_year(year);
        year += 1;
    }
    let mut month = 1;
    while days >= days_in_month(year, month) {
        days -= days_in_month(year, month);
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let date = format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}", days + 1);
    if fraction == 0 { format!("{date}Z") } else { format!("{date}.{fraction:03}Z") }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_year(year: u64) -> u64 {
    365 + u64::from(is_leap(year))
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the year 1 to the beginning of `year`.
fn days_before_year(year: u64) -> u64 {
    let y = year - 1;
    y * 365 + y / 4 - y / 100 + y / 400
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_times() {
        assert_eq!(parse_utc("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse_utc("2024-07-27T06:44:38.998Z"), Some(1_722_062_678_998));
        assert_eq!(parse_utc("2024-02-29T00:00:00Z"), Some(1_709_164_800_000));
        for bad in [
            "",
            "2024-07-27",
            "2024-07-27T06:44:38",
            "2024-07-27T06:44:38+00:00",
            "2024-07-27t06:44:38Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-06-30T23:59:60Z",
            "1969-12-31T23:59:59Z",
            "2024-07-27T06:44:38.99Z",
        ] {
            assert_eq!(parse_utc(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(millis in 0u64..253_402_300_800_000) {
            prop_assert_eq!(parse_utc(&format_utc(millis)), Some(millis));
        }

        #[test]
        fn never_panics(text in ".{0,30}") {
            let _ = parse_utc(&text);
        }
    }
}
