//! Numbers of an answer as they are written. A reader that keeps a number in 64 bits would round one with more digits,
//! and would not tell `1e3` from `1000`, so both are looked for in the text.

use crate::error::TextPosition;

/// How a venue writes JSON numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Numerals {
    /// In plain digits.
    Plain,
    /// Some with exponents.
    Exponents,
    /// As a program of 64 bits writes what it has computed: some with exponents, and with as many digits as tell one
    /// such number from the next. Reading one by way of another such program keeps them.
    Computed,
}

impl Numerals {
    /// The most significant digits of a number that is no integer.
    pub const fn digits(self) -> usize {
        match self {
            // Every number of 64 bits keeps these.
            Numerals::Plain | Numerals::Exponents => 15,
            Numerals::Computed => 17,
        }
    }
}

/// A number that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadNumeral {
    /// It has an exponent, and the venue writes plain digits.
    Exponent,
    /// It has more significant digits than are kept.
    TooManyDigits,
}

/// The first number in JSON text that is not read, and where it begins. The text must be JSON.
pub(super) fn bad_numeral(text: &[u8], numerals: Numerals) -> Option<(BadNumeral, TextPosition)> {
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'"' => at = string_end(text, at + 1),
            b'-' | b'0'..=b'9' => {
                let rest = &text[at..];
                let length = rest.iter().position(|b| !b"+-.0123456789Ee".contains(b));
                let numeral = &rest[..length.unwrap_or(rest.len())];
                if let Some(bad) = judged(numeral, numerals) {
                    return Some((bad, position(text, at)));
                }
                at += numeral.len();
            }
            _ => at += 1,
        }
    }
    None
}

/// Behind the quote that ends a string, whose first byte is at `at`.
fn string_end(text: &[u8], mut at: usize) -> usize {
    while at < text.len() {
        match text[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

fn judged(numeral: &[u8], numerals: Numerals) -> Option<BadNumeral> {
    let exponent = numeral.iter().position(|b| b"eE".contains(b));
    if exponent.is_some() && numerals == Numerals::Plain {
        return Some(BadNumeral::Exponent);
    }
    let mantissa = &numeral[..exponent.unwrap_or(numeral.len())];
    let is_integer = exponent.is_none() && !mantissa.contains(&b'.');
    let text = std::str::from_utf8(numeral).unwrap_or_default();
    if is_integer && (text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok()) {
        return None;
    }
    let digits = mantissa.iter().filter(|b| b.is_ascii_digit());
    let significant = digits.skip_while(|b| **b == b'0').count();
    // Zeros at the end of a fraction say nothing.
    let trailing = match mantissa.contains(&b'.') {
        true => mantissa.iter().rev().take_while(|b| **b == b'0').count(),
        false => 0,
    };
    (significant.saturating_sub(trailing) > numerals.digits()).then_some(BadNumeral::TooManyDigits)
}

fn position(text: &[u8], offset: usize) -> TextPosition {
    let before = &text[..offset];
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    TextPosition { line, column: offset - line_start + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_judged_by_their_text() {
        let found = |text: &str, numerals| bad_numeral(text.as_bytes(), numerals).map(|f| f.0);
        let (plain, exponents) = (Numerals::Plain, Numerals::Exponents);
        for kept in [
            r#"{"a": 1.5, "b": -0.000000000000001, "c": 18446744073709551615}"#,
            r#"[123456789012345.000, 1700000000000, -9223372036854775808, 0.10]"#,
            r#"["1e5", "\"1e5", "0.1234567890123456789", "\\"]"#,
        ] {
            assert_eq!(found(kept, plain), None, "{kept}");
        }
        assert_eq!(found("[1e5]", plain), Some(BadNumeral::Exponent));
        assert_eq!(found("[1E-5, 2.5e+3]", exponents), None);
        for text in ["[0.1234567890123456]", "[18446744073709551616]", "[1.234567890123456e1]"] {
            assert_eq!(found(text, exponents), Some(BadNumeral::TooManyDigits), "{text}");
        }
        assert_eq!(found("[27523.749993345933, 5.879463852989987e-05]", Numerals::Computed), None);
        let longer = found("[27523.7499933459331]", Numerals::Computed);
        assert_eq!(longer, Some(BadNumeral::TooManyDigits));
        let (bad, at) = bad_numeral(b"{\n \"a\": \"1e1\",\n \"b\": 1e1}", plain).unwrap();
        assert_eq!((bad, at.line, at.column), (BadNumeral::Exponent, 3, 7));
    }

    /// What is let through, a reader in 64 bits keeps to the last digit.
    #[test]
    fn what_is_let_through_is_kept() {
        let mut state = 7u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let digits = state % 1_000_000_000_000_000;
            let scale = usize::try_from((state >> 52) % 20).unwrap();
            let text = format!("{digits:0width$}", width = scale + 1);
            let (whole, fraction) = text.split_at(text.len() - scale);
            let text = if scale == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") };
            assert_eq!(bad_numeral(text.as_bytes(), Numerals::Plain), None);
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            let read = crate::venue::Member::root(&value).number().unwrap();
            let exact = zkmargin_model::decimal::Decimal::parse(&text).unwrap();
            assert_eq!(read.to_string(), exact.to_string(), "{text}");
        }
    }
}
