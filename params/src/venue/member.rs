//! Members of a venue's JSON file, with their place in errors.

use super::{ImportError, decimal};
use crate::{DecimalText, format_utc, parse_utc};
use num_bigint::BigInt;
use serde_json::Value;
use zkmargin_model::decimal::{Decimal, DecimalError, power_of_ten};

/// 2009-01-03, when the first chain started, to 2100-01-01, in milliseconds.
const TIMES: std::ops::Range<u64> = 1_230_940_800_000..4_102_444_800_000;

/// One more than the largest number of fifteen digits.
const FIFTEEN_DIGITS: u64 = 1_000_000_000_000_000;

/// `decimal * 10^exponent`; `None` beyond 30 digits on either side of the point.
fn shifted(decimal: &Decimal, exponent: i32) -> Option<Decimal> {
    let scale = i64::from(decimal.scale()) - i64::from(exponent);
    let (down, up) = (u32::try_from(scale.max(0)).ok()?, u32::try_from((-scale).max(0)).ok()?);
    let within = down <= 30 && up <= 30;
    within.then(|| Decimal::from_scaled(&(decimal.coefficient() * power_of_ten(up)), down))
}

/// Digits with or without an exponent, such as `1.5e-7`; zero where the exponent is below -100.
fn scientific(text: &str) -> Option<Decimal> {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent = exponent.parse::<i32>().ok()?;
    let zero = || Decimal::from_scaled(&BigInt::ZERO, 0);
    let digits = match Decimal::parse(digits) {
        // A program with signed zeros writes one as such.
        Err(DecimalError::MinusZero) => zero(),
        digits => digits.ok()?,
    };
    if exponent < -100 {
        return Some(zero());
    }
    let scale = i64::from(digits.scale()) - i64::from(exponent);
    let (down, up) = (u32::try_from(scale.max(0)).ok()?, u32::try_from((-scale).max(0)).ok()?);
    (up <= 30).then(|| Decimal::from_scaled(&(digits.coefficient() * power_of_ten(up)), down))
}

/// A value of the source and its place. Reading one that is absent or null is an error.
///
/// Errors repeat no value, because a source can be someone's account; only [`milliseconds`](Self::milliseconds) repeats
/// a time.
#[derive(Clone)]
pub struct Member<'a> {
    value: &'a Value,
    pointer: String,
}

/// Shows the place only.
impl std::fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Member({:?})", self.pointer)
    }
}

impl<'a> Member<'a> {
    /// The whole source.
    pub fn root(value: &'a Value) -> Self {
        Self { value, pointer: String::new() }
    }

    /// The member of that name, which may be absent.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        self.below(name, self.value.get(name).unwrap_or(&Value::Null))
    }

    fn below(&self, name: &str, value: &'a Value) -> Self {
        // Every read of an answer comes here: one allocation.
        let mut pointer = String::with_capacity(self.pointer.len() + 1 + name.len());
        pointer.push_str(&self.pointer);
        pointer.push('/');
        for character in name.chars() {
            match character {
                '~' => pointer.push_str("~0"),
                '/' => pointer.push_str("~1"),
                other => pointer.push(other),
            }
        }
        Self { value, pointer }
    }

    /// The same value as the member of that name in a source of several answers.
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        self.pointer = format!("/{name}{}", self.pointer);
        self
    }

    /// JSON pointer of the value.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Whether it is in the source and not null.
    pub fn is_present(&self) -> bool {
        !self.value.is_null()
    }

    /// Whether it is absent, null or empty text.
    pub fn is_nothing(&self) -> bool {
        !self.is_present() || self.value.as_str() == Some("")
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// An error at this place; the message continues from it, such as `is not a list`.
    pub fn wrong(&self, message: impl Into<String>) -> ImportError {
        ImportError::Source { pointer: self.pointer.clone(), message: message.into(), help: None }
    }

    /// An error at this place: it is about another account.
    pub fn other_account(&self, message: impl Into<String>) -> ImportError {
        ImportError::OtherAccount { pointer: self.pointer.clone(), message: message.into() }
    }

    /// An error at this place: it is of another time.
    pub fn other_time(&self, message: impl Into<String>) -> ImportError {
        ImportError::TimesApart { pointer: self.pointer.clone(), message: message.into() }
    }

    fn read<T>(&self, value: Option<T>, otherwise: &str) -> Result<T, ImportError> {
        value.ok_or_else(|| self.wrong(if self.is_present() { otherwise } else { "is missing" }))
    }

    /// Items of a list.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent or not a list.
    pub fn list(&self) -> Result<Vec<Self>, ImportError> {
        let list = self.read(self.value.as_array(), "is not a list")?;
        Ok(list.iter().enumerate().map(|(at, v)| self.below(&at.to_string(), v)).collect())
    }

    /// Names and values of an object, by name.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent or not an object.
    pub fn object(&self) -> Result<Vec<(&'a str, Self)>, ImportError> {
        let object = self.read(self.value.as_object(), "is not an object")?;
        Ok(object.iter().map(|(name, v)| (name.as_str(), self.below(name, v))).collect())
    }

    /// Refuses members of an object that are not known: they may change what the others mean. The message says what such a
    /// one would change.
    ///
    /// # Errors
    /// [`ImportError`] if it is no object, or at the first member that is not among those known.
    pub fn has_only(&self, known: &[&str], message: &str) -> Result<(), ImportError> {
        match self.object()?.into_iter().find(|(name, _)| !known.contains(name)) {
            Some((_, unknown)) => Err(unknown.wrong(message)),
            None => Ok(()),
        }
    }

    /// Text.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent or not text.
    pub fn text(&self) -> Result<&'a str, ImportError> {
        self.read(self.value.as_str(), "is not text")
    }

    /// Whether it is set; absent means it is not.
    ///
    /// # Errors
    /// [`ImportError`] if it is neither true nor false.
    pub fn flag(&self) -> Result<bool, ImportError> {
        match self.value {
            Value::Null => Ok(false),
            value => self.read(value.as_bool(), "is neither true nor false"),
        }
    }

    /// Whether it is set; the venue always says so.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent, or neither true nor false.
    pub fn stated_flag(&self) -> Result<bool, ImportError> {
        self.read(self.value.as_bool(), "is neither true nor false")
    }

    /// An integer.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent, not an integer, or beyond 64 bits.
    pub fn integer(&self) -> Result<i64, ImportError> {
        self.read(self.value.as_i64(), "is not an integer")
    }

    /// A non-negative integer.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent, not such an integer, or beyond 64 bits.
    pub fn natural(&self) -> Result<u64, ImportError> {
        self.read(self.value.as_u64(), "is not a non-negative integer")
    }

    /// An exact decimal number that the source holds as text, trailing zeros trimmed. JSON numbers are refused: a
    /// program along the way may have rounded them.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent, a JSON number, or not a decimal number.
    pub fn decimal(&self) -> Result<DecimalText, ImportError> {
        Ok(decimal(self.exact()?.to_string()))
    }

    /// The same number as an integer in units of `10^-decimals`.
    ///
    /// # Errors
    /// As for [`decimal`](Self::decimal), and if it has more digits after the point.
    pub fn scaled(&self, decimals: u32) -> Result<BigInt, ImportError> {
        let exact = self.exact()?;
        let digits = exact.scale();
        exact.to_scaled(decimals).ok_or_else(|| {
            self.wrong(format!("has {digits} digits after the point, but only {decimals} are read"))
        })
    }

    /// An exact decimal number that the source holds as a JSON number, for venues whose answers have no others. A decimal
    /// number of at most 15 digits survives a program that keeps it in 64 bits and writes it as short as it can. What such
    /// a program would write with more digits is refused.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent, not a JSON number, or has more digits.
    pub fn number(&self) -> Result<Decimal, ImportError> {
        let number = self.read(self.value.as_number(), "is not a JSON number")?;
        let text = number.to_string();
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let decimal = exponent.parse().ok().zip(Decimal::parse(digits).ok());
        let decimal = decimal.filter(|(_, d)| d.coefficient().magnitude() < &FIFTEEN_DIGITS.into());
        let decimal = decimal.and_then(|(exponent, d)| shifted(&d, exponent));
        decimal.ok_or_else(|| {
            self.wrong("has more than 15 digits, of which a program may have lost some")
        })
    }

    /// An exact decimal number in text or as a JSON number, for venues of which programs keep either. A number is an
    /// integer of 64 bits, or has at most 15 digits as for [`number`](Self::number).
    ///
    /// # Errors
    /// [`ImportError`] if it is absent, neither of the two, or has more digits.
    pub fn figure(&self) -> Result<Decimal, ImportError> {
        match self.value {
            Value::Number(number) if number.is_i64() || number.is_u64() => {
                Decimal::parse(&number.to_string()).map_err(|e| self.wrong(e.to_string()))
            }
            Value::Number(_) => self.number(),
            Value::String(_) => self.exact(),
            _ => self.read(None, "is not a decimal number"),
        }
    }

    /// The shortest decimal number that stands for a JSON number in a program that keeps it in 64 bits: for figures that
    /// such a program computed and wrote, in which the last digits mean nothing.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent, not a JSON number, or has more than 30 digits on either side of the point.
    pub fn shortest_number(&self) -> Result<Decimal, ImportError> {
        let number = self.read(self.value.as_number(), "is not a JSON number")?;
        scientific(&number.to_string()).ok_or_else(|| self.wrong("is too large or too small"))
    }

    /// A decimal number in text, with or without an exponent. What is below every digit that is kept is zero.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent or not such text.
    pub fn scientific(&self) -> Result<Decimal, ImportError> {
        let text = self.read(self.value.as_str(), "is not a decimal number in quotes")?;
        scientific(text).ok_or_else(|| self.wrong("is not a decimal number"))
    }

    /// An exact decimal number that the source holds as text.
    ///
    /// # Errors
    /// As for [`decimal`](Self::decimal).
    pub fn exact(&self) -> Result<Decimal, ImportError> {
        let text = self.read(self.value.as_str(), "is not a decimal number in quotes")?;
        Decimal::parse(text).map_err(|e| self.wrong(e.to_string()))
    }

    /// A figure as [`figure`](Self::figure) reads it; where it is absent or empty, zero.
    ///
    /// # Errors
    /// [`ImportError`] if it is anything else.
    pub fn figure_or_zero(&self) -> Result<Decimal, ImportError> {
        if self.is_nothing() { Ok(Decimal::from_scaled(&BigInt::ZERO, 0)) } else { self.figure() }
    }

    /// A figure that the venue computed, in text or as a JSON number, with or without an exponent. A program with signed
    /// zeros writes one as such.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent or no such figure.
    pub fn computed(&self) -> Result<Decimal, ImportError> {
        match self.value {
            Value::Number(_) => self.shortest_number(),
            _ => self.scientific(),
        }
    }

    /// Whether a figure is zero, such as the size of an entry without a position. What is no figure is not, so that reading
    /// it says what is wrong.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent: an entry that does not say its size may have one.
    pub fn is_zero(&self) -> Result<bool, ImportError> {
        if !self.is_present() {
            return Err(self.wrong("is missing"));
        }
        Ok(self.computed().is_ok_and(|figure| *figure.coefficient() == BigInt::ZERO))
    }

    /// Refuses everything but nothing: what is empty or zero. The message says what would be lost.
    ///
    /// # Errors
    /// [`ImportError`] if there is something, or if it is absent: that says nothing.
    pub fn must_be_nothing(&self, message: &str) -> Result<(), ImportError> {
        let nothing = self.value.as_str() == Some("") || self.is_zero()?;
        if nothing { Ok(()) } else { Err(self.wrong(message)) }
    }

    /// The same of a member that the venue leaves out where there is nothing.
    ///
    /// # Errors
    /// [`ImportError`] if there is something.
    pub fn must_be_nothing_if_given(&self, message: &str) -> Result<(), ImportError> {
        if self.is_present() { self.must_be_nothing(message) } else { Ok(()) }
    }

    /// Refuses a flag that is set: true, or a number other than zero, as programs keep it. What is absent is not set.
    ///
    /// # Errors
    /// [`ImportError`] if it is set, or no flag.
    pub fn must_not_be_set(&self, message: &str) -> Result<(), ImportError> {
        match self.value {
            Value::Bool(false) => Ok(()),
            _ => self.must_be_nothing_if_given(message),
        }
    }

    /// A time in milliseconds as text.
    ///
    /// # Errors
    /// As for [`milliseconds`](Self::milliseconds), and if it is not text.
    pub fn milliseconds_in_text(&self) -> Result<u64, ImportError> {
        let number = self.text()?.parse().ok();
        self.plausible(number.ok_or_else(|| self.wrong("is not a time in milliseconds"))?)
    }

    /// A UTC time as text, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent or not such a time.
    pub fn utc(&self) -> Result<u64, ImportError> {
        parse_utc(self.text()?).ok_or_else(|| self.wrong("is not a UTC time"))
    }

    /// Digits after the point with which a number in text is written, zeros at its end among them.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent, not text, or longer than anyone writes.
    pub fn written_decimals(&self) -> Result<u32, ImportError> {
        let written = self.text()?.split_once('.').map_or(0, |(_, digits)| digits.len());
        u32::try_from(written).map_err(|_| self.wrong("has too many digits"))
    }

    /// A time in milliseconds since 1970. Seconds, microseconds and nanoseconds yield an implausible date and are
    /// refused.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent, not an integer, or not a plausible time.
    pub fn milliseconds(&self) -> Result<u64, ImportError> {
        self.plausible(self.natural()?)
    }

    fn plausible(&self, number: u64) -> Result<u64, ImportError> {
        if TIMES.contains(&number) {
            return Ok(number);
        }
        let units =
            [("seconds", 1000, 1), ("microseconds", 1, 1000), ("nanoseconds", 1, 1_000_000)];
        let read = units.iter().find_map(|(unit, times, over)| {
            let time = number.checked_mul(*times)? / over;
            TIMES.contains(&time).then(|| format!("; in {unit} it would be {}", format_utc(time)))
        });
        let read = read.unwrap_or_default();
        Err(self.wrong(format!("{number} is not a plausible time in milliseconds{read}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message<T>(result: Result<T, ImportError>) -> String {
        result.map(drop).unwrap_err().to_string()
    }

    #[test]
    fn numbers_are_read_to_fifteen_digits() {
        let text = r#"[0.01, 1e-10, 2000000.0, 75, -3.5e2, 91506.6009839176, 27523.749993345933, 1e300, "1"]"#;
        let source: Value = serde_json::from_str(text).unwrap();
        let numbers = Member::root(&source).list().unwrap();
        let read: Vec<_> = numbers.iter().map(|n| n.number().map(|d| d.to_string()).ok()).collect();
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            some("0.01"),
            some("0.0000000001"),
            some("2000000"),
            some("75"),
            some("-350"),
            some("91506.6009839176"),
            None,
            None,
            None,
        ];
        assert_eq!(read, expected);
        let lost = "/6: has more than 15 digits, of which a program may have lost some";
        assert_eq!(message(numbers[6].number()), lost);
        assert_eq!(message(numbers[8].number()), "/8: is not a JSON number");
    }

    /// What is absent is neither zero nor nothing.
    #[test]
    fn what_is_absent_is_not_nothing() {
        let source = json!({"no": null, "zeros": ["0", "-0.00", 0, 0.0, -0.0, "0e5"], "": "", "some": ["1", -2, "x", true]});
        let root = Member::root(&source);
        for name in ["no", "absent"] {
            let place = root.member(name);
            let missing = format!("/{name}: is missing");
            assert_eq!(message(place.is_zero()), missing);
            assert_eq!(message(place.must_be_nothing("is held")), missing);
            assert_eq!(message(place.stated_flag()), missing);
            assert_eq!(place.must_be_nothing_if_given("is held"), Ok(()));
        }
        for zero in root.member("zeros").list().unwrap() {
            assert_eq!(zero.is_zero(), Ok(true), "{zero:?}");
            assert_eq!(zero.must_be_nothing("is held"), Ok(()));
        }
        assert_eq!(root.member("").must_be_nothing("is held"), Ok(()));
        assert_eq!(root.member("").is_zero(), Ok(false));
        for some in root.member("some").list().unwrap() {
            assert_eq!(some.is_zero(), Ok(false));
            let told = message(some.must_be_nothing_if_given("is held"));
            assert_eq!(told, format!("{}: is held", some.pointer()));
        }
    }

    /// A flag is true or false, or a number as programs keep it.
    #[test]
    fn a_flag_can_be_a_number() {
        let source = json!({"off": [false, 0, "0", null], "on": [true, 1, "1", "x", {}]});
        let root = Member::root(&source);
        for off in root.member("off").list().unwrap() {
            assert_eq!(off.must_not_be_set("is set"), Ok(()), "{off:?}");
        }
        for on in root.member("on").list().unwrap() {
            assert_eq!(message(on.must_not_be_set("is set")), format!("{}: is set", on.pointer()));
        }
        assert_eq!(root.member("absent").must_not_be_set("is set"), Ok(()));
    }

    #[test]
    fn errors_name_the_place() {
        let source = json!({"a/b~": [{"n": 1.5, "t": "1e3", "d": "1.25"}], "s": 1_700_000_000u64});
        let root = Member::root(&source);
        let first = &root.member("a/b~").list().unwrap()[0];
        for (told, expected) in [
            (message(root.list()), "the file is not a list"),
            (message(root.member("no").list()), "/no: is missing"),
            (message(root.member("no").member("more").text()), "/no/more: is missing"),
            (message(root.member("s").object()), "/s: is not an object"),
            (message(root.member("s").flag()), "/s: is neither true nor false"),
            (message(first.member("n").integer()), "/a~1b~0/0/n: is not an integer"),
            (message(first.member("n").natural()), "/a~1b~0/0/n: is not a non-negative integer"),
            (message(first.member("n").text()), "/a~1b~0/0/n: is not text"),
            (
                message(first.member("n").decimal()),
                "/a~1b~0/0/n: is not a decimal number in quotes",
            ),
            (
                message(first.member("t").decimal()),
                "/a~1b~0/0/t: has an exponent; write all digits, such as \"0.00000001\"",
            ),
            (
                message(first.member("d").scaled(1)),
                "/a~1b~0/0/d: has 2 digits after the point, but only 1 are read",
            ),
            (
                message(root.member("s").milliseconds()),
                "/s: 1700000000 is not a plausible time in milliseconds; in seconds it would be 2023-11-14T22:13:20Z",
            ),
        ] {
            assert_eq!(told, expected);
        }
        assert_eq!(first.member("d").scaled(3), Ok(BigInt::from(1250)));
        assert_eq!(root.member("no").flag(), Ok(false));
    }
}
