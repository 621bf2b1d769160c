//! The answers of a venue's API that a folder can have, as its importer declares them.

use super::Numerals;
use crate::FileKind;
use serde_json::Value;

/// One answer of a venue's API, saved as the venue sends it under a fixed name.
///
/// What is said here is what a reader of a folder is told, and what `docs/import.md` lists.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Name of the file, such as `premiumIndex.json`.
    pub file: &'static str,
    /// The request that is answered, such as `GET /fapi/v1/premiumIndex`.
    pub request: &'static str,
    /// The files for which it is read; none for what is only compared. See [`Answers::source`](super::Answers::source).
    pub gives: &'static [FileKind],
    /// JSON pointers of members that every such answer has: a file without one is another answer. `*` is the first item
    /// of a list or object, which can be empty.
    pub has: &'static [&'static str],
    /// What is taken from it, in words.
    pub takes: &'static str,
    /// What it does not say and is assumed, in words; empty for nothing.
    pub assumes: &'static str,
    /// What it says and no file holds, in words; empty for nothing.
    pub leaves_out: &'static str,
    /// JSON pointer of its time, in milliseconds since 1970 or as text in UTC; `*` is every item of a list, of which the latest counts.
    pub time: Option<&'static str>,
    /// A member beside that time which is zero where nothing is held. The time is then that of the last change.
    pub held: Option<&'static str>,
    /// How many units of a time that is a number are in a millisecond: 1000 where the venue counts microseconds.
    pub time_units: u64,
    /// How the venue writes JSON numbers in it.
    pub numerals: Numerals,
    /// Whether a file can have a list of such answers in place of one.
    pub is_listed: bool,
}

impl Endpoint {
    /// What the file has, in words: the answer to a request, or what is no answer to one.
    pub fn content(&self) -> String {
        const REQUESTS: [&str; 4] = ["GET ", "POST ", "private/", "public/"];
        let is_answer = REQUESTS.iter().any(|start| self.request.starts_with(start));
        let answer = if is_answer { "the answer to " } else { "" };
        format!("{answer}{}", self.request)
    }

    /// What to do for want of it, in words.
    pub fn to_save(&self) -> String {
        format!("save {} as {}", self.content(), self.file)
    }

    /// An answer without a time, in plain digits, that is taken as it is.
    pub const fn new(
        file: &'static str,
        request: &'static str,
        gives: &'static [FileKind],
        has: &'static [&'static str],
        takes: &'static str,
    ) -> Self {
        let (assumes, leaves_out, numerals) = ("", "", Numerals::Plain);
        let (time, time_units, held) = (None, 1, None);
        Self {
            file,
            request,
            gives,
            has,
            takes,
            assumes,
            leaves_out,
            time,
            time_units,
            held,
            numerals,
            is_listed: false,
        }
    }

    /// The same, of which a file can have a list, such as its pages. What such answers have, each of them has.
    #[must_use]
    pub const fn or_list(mut self) -> Self {
        self.is_listed = true;
        self
    }

    /// The same with what is assumed.
    #[must_use]
    pub const fn assuming(mut self, assumes: &'static str) -> Self {
        self.assumes = assumes;
        self
    }

    /// The same with what is left out.
    #[must_use]
    pub const fn leaving_out(mut self, leaves_out: &'static str) -> Self {
        self.leaves_out = leaves_out;
        self
    }

    /// The same with the place of the answer's time.
    #[must_use]
    pub const fn timed(mut self, pointer: &'static str) -> Self {
        self.time = Some(pointer);
        self
    }

    /// The same, where the venue says when an entry last changed: what is held changes with every mark, so that this is the
    /// answer's time, and what is not held says none. The member beside the time is zero where nothing is.
    #[must_use]
    pub const fn timed_where(mut self, pointer: &'static str, held: &'static str) -> Self {
        self.held = Some(held);
        self.timed(pointer)
    }

    /// The same with the place of the answer's time, which is in microseconds.
    #[must_use]
    pub const fn timed_in_microseconds(mut self, pointer: &'static str) -> Self {
        (self.time, self.time_units) = (Some(pointer), 1000);
        self
    }

    /// The same, where the venue writes exponents.
    #[must_use]
    pub const fn with_exponents(mut self) -> Self {
        self.numerals = Numerals::Exponents;
        self
    }

    /// The same, where the venue computes figures in 64 bits and writes them as they come out.
    #[must_use]
    pub const fn computed(mut self) -> Self {
        self.numerals = Numerals::Computed;
        self
    }

    /// The file's name without `.json`: the answer's name in a source of several.
    pub fn name(&self) -> &'static str {
        self.file.strip_suffix(".json").unwrap_or(self.file)
    }

    /// Whether it is read for a file of this kind.
    pub fn is_for(&self, kind: FileKind) -> bool {
        self.gives.contains(&kind)
    }

    /// The first member that such an answer has and this one lacks.
    pub(crate) fn lacks(&self, answer: &Value) -> Option<&'static str> {
        let lacks = |of: &Value| self.has.iter().copied().find(|pointer| !has(of, pointer, true));
        match (lacks(answer), answer.as_array()) {
            (Some(_), Some(list)) if self.is_listed => list.iter().find_map(lacks),
            (lacking, _) => lacking,
        }
    }

    /// Whether an answer has all these members, so that it can be told from others.
    pub(super) fn looks_like(&self, answer: &Value) -> bool {
        let is_one = |of: &Value| self.has.iter().all(|pointer| has(of, pointer, false));
        let is_list = |list: &Vec<Value>| !list.is_empty() && list.iter().all(is_one);
        let is_listed = self.is_listed && answer.as_array().is_some_and(is_list);
        !self.has.is_empty() && (is_one(answer) || is_listed)
    }

    /// When it was answered, if it says so.
    pub(super) fn time_of(&self, answer: &Value) -> Option<u64> {
        Some(latest(answer, self.time?, self.held)? / self.time_units)
    }
}

/// `empty` is the answer for the first item of what has none.
fn has(value: &Value, pointer: &str, empty: bool) -> bool {
    match split(pointer) {
        None => true,
        Some(("*", rest)) => match value.as_array() {
            Some(items) => items.first().map_or(empty, |first| has(first, rest, empty)),
            None => value.as_object().is_some_and(|members| {
                members.values().next().map_or(empty, |first| has(first, rest, empty))
            }),
        },
        Some((token, rest)) => below(value, token).is_some_and(|value| has(value, rest, empty)),
    }
}

/// The latest time at this pointer, of the entries that hold something.
fn latest(value: &Value, pointer: &str, held: Option<&str>) -> Option<u64> {
    match split(pointer) {
        Some((_, "")) if held.is_some_and(|name| is_nothing(value.get(name))) => None,
        None => match value {
            Value::String(text) => crate::parse_utc(text).or_else(|| text.parse().ok()),
            value => value.as_u64(),
        },
        Some(("*", rest)) => {
            value.as_array()?.iter().filter_map(|item| latest(item, rest, held)).max()
        }
        Some((token, rest)) => latest(below(value, token)?, rest, held),
    }
}

fn is_nothing(amount: Option<&Value>) -> bool {
    amount.is_none_or(|amount| amount.is_null() || amount.as_f64() == Some(0.0))
}

/// The first token of a pointer, and the pointer below it.
fn split(pointer: &str) -> Option<(&str, &str)> {
    let pointer = pointer.strip_prefix('/')?;
    Some(pointer.find('/').map_or((pointer, ""), |at| pointer.split_at(at)))
}

fn below<'a>(value: &'a Value, token: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => members.get(token),
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_of_answers_is_each_of_them() {
        let of = Endpoint::new("a.json", "GET /a", &[], &["/result/*/size"], "").or_list();
        let (one, empty) = (json!({"result": [{"size": 1}]}), json!({"result": []}));
        for (answer, lacks, looks) in [
            (one.clone(), false, true),
            (empty.clone(), false, false),
            (json!([one, one]), false, true),
            (json!([one, empty]), false, false),
            (json!([]), false, false),
            (json!([one, {"other": 1}]), true, false),
            (json!({"result": [{}]}), true, false),
        ] {
            assert_eq!((of.lacks(&answer).is_some(), of.looks_like(&answer)), (lacks, looks));
        }
    }

    #[test]
    fn members_and_times_have_places() {
        let answer = json!([{"a": {"time": 5}}, {"a": {"time": 9}}, {"a": {}}]);
        let has = |value: &Value, pointer: &str| super::has(value, pointer, true);
        assert!(has(&answer, "") && has(&answer, "/*/a/time") && has(&answer, "/1/a"));
        assert!(!has(&answer, "/*/b") && !has(&answer, "/3") && !has(&json!(5), "/*"));
        assert!(has(&json!({"x": {"b": 1}}), "/*/b") && !has(&json!({"x": {}}), "/*/b"));
        assert!(has(&json!([]), "/*/a") && !super::has(&json!([]), "/*/a", false));
        let latest = |value: &Value, pointer: &str| super::latest(value, pointer, None);
        assert_eq!(latest(&answer, "/*/a/time"), Some(9));
        assert_eq!(latest(&answer, "/0/a/time"), Some(5));
        assert_eq!(latest(&answer, "/2/a/time"), None);
        assert_eq!(latest(&json!({"t": "5"}), "/t"), Some(5));
        assert_eq!(latest(&json!({"t": "1970-01-01T00:00:01Z"}), "/t"), Some(1000));
        assert_eq!(latest(&json!({"t": "soon"}), "/t"), None);
        // What is not held has no time.
        let listed = json!([{"t": 9, "held": 0}, {"t": 5, "held": -2}, {"t": 8}]);
        assert_eq!(super::latest(&listed, "/*/t", Some("held")), Some(5));
        assert_eq!(super::latest(&listed, "/0/t", Some("held")), None);
        let endpoint = Endpoint::new("a.json", "a", &[], &[], "times");
        let answer = json!({"us": 1_765_541_474_086_100_u64, "ms": 1_765_541_474_086_u64});
        let expected = Some(1_765_541_474_086);
        assert_eq!(endpoint.timed_in_microseconds("/us").time_of(&answer), expected);
        assert_eq!(endpoint.timed("/ms").time_of(&answer), expected);
    }
}
