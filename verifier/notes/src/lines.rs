//! Reading a body line by line, strictly: one text for one value.

use crate::encoding::{from_base64, from_hex};
use pasta_curves::Fp;
use zkmargin_model::digest::Digest;
use zkmargin_model::field::field_from_bytes;
use zkmargin_model::names::{NameError, check_name};
use zkmargin_model::shown::shown;
use zkmargin_params::{MAX_TEXT_BYTES, Requirement};

/// Maximum length of free text in a body, such as a remark, in bytes.
pub const MAX_LINE_BYTES: usize = 512;

/// Why the text of a note is not the body expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct BodyError {
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: BodyProblem,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyProblem {
    /// The text ends here, or in the middle of this line.
    #[error("the text ends where {0} belongs")]
    Missing(&'static str),
    /// Lines after the last one.
    #[error("the text continues after its last line")]
    Trailing,
    /// Another kind or version of note.
    #[error("not {0}; this is another kind or version of note")]
    Kind(&'static str),
    /// Another field.
    #[error("not `{0}`, a space and its value")]
    Field(&'static str),
    /// Not a number, written with leading zeros, or beyond 2^64 - 1.
    #[error("not a whole number below 2^64 without leading zeros")]
    Integer,
    /// A number outside its range.
    #[error("{0}")]
    Range(&'static str),
    /// Not 64 lower-case hexadecimal digits.
    #[error("not 32 bytes as 64 lower-case hexadecimal digits")]
    Hex,
    /// Not base64 of 32 bytes.
    #[error("not base64 of 32 bytes")]
    Base64,
    /// 32 bytes at or above the order of the Pallas base field.
    #[error("not a canonical field element")]
    NonCanonical,
    /// Free text that is empty, too long, begins or ends with white space, or contains invisible characters.
    #[error(
        "not 1 to {MAX_LINE_BYTES} bytes of visible text that neither begins nor ends with a space"
    )]
    Text,
    /// A name that is empty, too long, or not in the alphabet of names.
    #[error("the name {0}")]
    Name(NameError),
    /// Not a decimal number, or not in its canonical form.
    #[error("not a decimal number without exponent, leading zeros or trailing zeros")]
    Decimal,
    /// Not a requirement that a schedule can compute.
    #[error("not the name of a requirement, such as maintenance or initial")]
    Requirement,
    /// Lines that are not in order, or repeated.
    #[error("the lines are not sorted, or one is repeated")]
    Order,
    /// A market digest that is not that of the schedule and the snapshot named.
    #[error("the market is not that of the schedule and the snapshot named here")]
    Market,
}

/// Reads a text from its first line to its last.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Lines<'a> {
    /// Starts at the first line.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text, line: 0 }
    }

    /// An error at the last line read.
    pub fn error(&self, problem: BodyProblem) -> BodyError {
        BodyError { line: self.line, problem }
    }

    /// Whether all lines have been read.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the next line begins with `key` and a space.
    pub fn is_next(&self, key: &str) -> bool {
        self.rest.strip_prefix(key).is_some_and(|rest| rest.starts_with(' '))
    }

    /// The next line without its newline; `expected` is named in the error if there is none.
    ///
    /// # Errors
    /// [`BodyProblem::Missing`].
    pub fn line(&mut self, expected: &'static str) -> Result<&'a str, BodyError> {
        self.line += 1;
        let (line, rest) =
            self.rest.split_once('\n').ok_or_else(|| self.error(BodyProblem::Missing(expected)))?;
        self.rest = rest;
        Ok(line)
    }

    /// The line that names kind and version.
    ///
    /// # Errors
    /// [`BodyProblem::Missing`] or [`BodyProblem::Kind`].
    pub fn kind(&mut self, kind: &'static str) -> Result<(), BodyError> {
        if self.line(kind)? == kind { Ok(()) } else { Err(self.error(BodyProblem::Kind(kind))) }
    }

    /// The value of the line `key value`.
    ///
    /// # Errors
    /// [`BodyProblem::Missing`] or [`BodyProblem::Field`].
    pub fn field(&mut self, key: &'static str) -> Result<&'a str, BodyError> {
        let line = self.line(key)?;
        let value = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(' '));
        value.ok_or_else(|| self.error(BodyProblem::Field(key)))
    }

    /// A field of free text.
    ///
    /// # Errors
    /// As [`Lines::field`], and [`BodyProblem::Text`].
    pub fn text(&mut self, key: &'static str) -> Result<String, BodyError> {
        let text = self.field(key)?;
        self.check_text(text)
    }

    /// A field with a name: a venue, a source, an audit.
    ///
    /// # Errors
    /// As [`Lines::field`], and [`BodyProblem::Name`].
    pub fn name(&mut self, key: &'static str) -> Result<String, BodyError> {
        let text = self.field(key)?;
        self.check_name(text)
    }

    /// Checks the name in the last line read.
    pub(crate) fn check_name(&self, text: &str) -> Result<String, BodyError> {
        check_name(text, MAX_TEXT_BYTES).map_err(|e| self.error(BodyProblem::Name(e)))?;
        Ok(text.to_owned())
    }

    /// Checks the free text in the last line read.
    pub(crate) fn check_text(&self, text: &str) -> Result<String, BodyError> {
        let good = (1..=MAX_LINE_BYTES).contains(&text.len())
            && text.trim() == text
            && shown(text) == text;
        if good { Ok(text.to_owned()) } else { Err(self.error(BodyProblem::Text)) }
    }

    /// A field with a whole number.
    ///
    /// # Errors
    /// As [`Lines::field`], and [`BodyProblem::Integer`].
    pub fn integer(&mut self, key: &'static str) -> Result<u64, BodyError> {
        let text = self.field(key)?;
        self.check_integer(text)
    }

    /// Reads a whole number in the last line read.
    pub(crate) fn check_integer(&self, text: &str) -> Result<u64, BodyError> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let canonical = digits && (text == "0" || !text.starts_with('0'));
        let value = text.parse().ok().filter(|_| canonical);
        value.ok_or_else(|| self.error(BodyProblem::Integer))
    }

    /// A field with a whole number above zero; `why` says that it must be.
    ///
    /// # Errors
    /// As [`Lines::integer`], and [`BodyProblem::Range`].
    pub fn positive(&mut self, key: &'static str, why: &'static str) -> Result<u64, BodyError> {
        match self.integer(key)? {
            0 => Err(self.error(BodyProblem::Range(why))),
            value => Ok(value),
        }
    }

    /// One or more lines, each with the name of a requirement, in the order of [`Requirement::ALL`].
    ///
    /// # Errors
    /// As [`Lines::field`], [`BodyProblem::Requirement`], and [`BodyProblem::Order`] for lines out of order.
    pub fn requirements(&mut self, key: &'static str) -> Result<Vec<Requirement>, BodyError> {
        let mut found: Vec<Requirement> = Vec::new();
        while found.is_empty() || self.is_next(key) {
            let name = self.field(key)?;
            let requirement = Requirement::of_name(name);
            let requirement = requirement.ok_or_else(|| self.error(BodyProblem::Requirement))?;
            if found.last().is_some_and(|last| *last >= requirement) {
                return Err(self.error(BodyProblem::Order));
            }
            found.push(requirement);
        }
        Ok(found)
    }

    /// A field with a digest.
    ///
    /// # Errors
    /// As [`Lines::field`], and [`BodyProblem::Hex`].
    pub fn digest<D: From<Digest>>(&mut self, key: &'static str) -> Result<D, BodyError> {
        let text = self.field(key)?;
        let bytes: Digest = from_hex(text).ok_or_else(|| self.error(BodyProblem::Hex))?;
        Ok(bytes.into())
    }

    /// A field with a field element: hexadecimal of 32 bytes, little-endian.
    ///
    /// # Errors
    /// As [`Lines::digest`], and [`BodyProblem::NonCanonical`].
    pub fn element(&mut self, key: &'static str) -> Result<Fp, BodyError> {
        let bytes: Digest = self.digest(key)?;
        self.check_element(&bytes)
    }

    /// Reads a field element in the last line read.
    pub(crate) fn check_element(&self, bytes: &[u8; 32]) -> Result<Fp, BodyError> {
        field_from_bytes(bytes).ok_or_else(|| self.error(BodyProblem::NonCanonical))
    }

    /// Reads 32 bytes of base64 in the last line read.
    pub(crate) fn check_base64(&self, text: &str) -> Result<[u8; 32], BodyError> {
        let bytes = from_base64(text).and_then(|b| b.try_into().ok());
        bytes.ok_or_else(|| self.error(BodyProblem::Base64))
    }

    /// Ends the text.
    ///
    /// # Errors
    /// [`BodyProblem::Trailing`] when lines are left.
    pub fn end(mut self) -> Result<(), BodyError> {
        self.line += 1;
        if self.is_at_end() { Ok(()) } else { Err(self.error(BodyProblem::Trailing)) }
    }
}

/// Lines in which two texts differ, in pairs and in the order of the texts. A line is beside one with the same key; where one
/// text has more lines of a key, the last of them are beside nothing. Lines without a key, of which texts have as many as
/// each other, are beside each other by their order.
pub(crate) fn differing(first: &str, second: &str) -> Vec<(String, String)> {
    let [first, second] = [first, second].map(|text| text.lines().collect::<Vec<_>>());
    let of = |lines: &[&str], others: &[&str]| -> Vec<(usize, String)> {
        let differs = lines.iter().enumerate().filter(|(_, line)| !others.contains(line));
        differs.map(|(at, line)| (at, (*line).to_owned())).collect()
    };
    let (left, mut rest) = (of(&first, &second), of(&second, &first));
    let key = |line: &str| line.split(' ').next().map(str::to_owned);
    let (mut pairs, mut alone) = (Vec::new(), Vec::new());
    for (at, line) in left {
        match rest.iter().position(|(_, other)| key(other) == key(&line)) {
            Some(found) => {
                let (other_at, other) = rest.remove(found);
                pairs.push((at.max(other_at), line, other));
            }
            None => alone.push((at, line)),
        }
    }
    match alone.len() == rest.len() {
        true => {
            let both = alone.into_iter().zip(rest);
            pairs.extend(both.map(|((at, line), (_, other))| (at, line, other)));
        }
        false => {
            pairs.extend(alone.into_iter().map(|(at, line)| (at, line, String::new())));
            pairs.extend(rest.into_iter().map(|(at, other)| (at, String::new(), other)));
        }
    }
    pairs.sort_by_key(|(at, _, _)| *at);
    pairs.into_iter().map(|(_, line, other)| (line, other)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(first: &str, second: &str) -> Vec<String> {
        let pairs = differing(first, second);
        pairs.into_iter().map(|(one, other)| format!("{one} | {other}")).collect()
    }

    #[test]
    fn lines_are_beside_those_of_their_key() {
        let one = "note\nregistry a\nrequirement maintenance\nsnapshot x\n";
        let more = "note\nregistry b\nrequirement maintenance\nrequirement initial\nsnapshot y\n";
        assert_eq!(
            told(one, more),
            ["registry a | registry b", " | requirement initial", "snapshot x | snapshot y"]
        );
        let others = "note\nregistry a\nrequirement initial\nrequirement close-out\nsnapshot x\n";
        assert_eq!(
            told(one, others),
            ["requirement maintenance | requirement initial", " | requirement close-out"]
        );
        assert_eq!(told(more, others)[1], "requirement maintenance | requirement close-out");
        // What both have is no difference, wherever it stands.
        assert!(!told(more, others).iter().any(|pair| pair.contains("initial")));
        assert_eq!(told("name\n12\nroot\n", "name\n13\nother\n"), ["12 | 13", "root | other"]);
        assert!(told(one, one).is_empty());
    }
}
