//! A folder of a venue's raw answers: each file under the name that the venue's importer declares.

use super::folder_error::{FolderError, FolderErrorCode as Code};
use super::numerals::{BadNumeral, Numerals, bad_numeral};
use super::{Endpoint, ImportError, Member};
use crate::error::TextPosition;
use crate::nearest::did_you_mean;
use crate::{FileKind, MAX_FILE_BYTES, format_utc, repeated_key, wrong_encoding};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// A file in a folder that says when each answer arrived. No venue sends it: whoever saves the answers writes it.
pub const TIMES_FILE: &str = "fetched.json";
const TIMES_FORMAT: &str = "zkmargin-fetched/1";

/// How far apart in time answers may be unless something else is said, in milliseconds.
pub const MAX_SKEW_MS: u64 = 60_000;

/// A file of a folder as it was opened. Wiped when dropped, because it may be an account.
#[derive(Clone)]
pub struct OpenedFile {
    /// Its name in the folder.
    pub name: String,
    /// Its content.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for OpenedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedFile({:?})", self.name)
    }
}

/// One answer that was read.
#[derive(Clone)]
pub struct Answer {
    endpoint: &'static Endpoint,
    value: Value,
    time: Option<u64>,
    noted: Option<u64>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({:?})", self.endpoint.file)
    }
}

impl Answer {
    /// What is declared about it.
    pub fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// The whole answer, with its place.
    pub fn root(&self) -> Member<'_> {
        Member::root(&self.value)
    }

    /// When it was answered, in milliseconds since 1970: as it says itself, or as whoever saved it noted.
    pub fn time(&self) -> Option<u64> {
        self.time
    }
}

/// What a file of one kind is read from.
#[derive(Clone, Debug)]
pub struct AnswerSource<'a> {
    /// The answer, or an object with several by their names.
    pub value: Cow<'a, Value>,
    /// The file that errors are in, for a single one.
    pub file: Option<&'static str>,
}

/// The answers of one folder.
#[derive(Clone, Debug)]
pub struct Answers {
    endpoints: &'static [Endpoint],
    answers: BTreeMap<&'static str, Answer>,
    unread: Vec<String>,
}

impl Answers {
    /// The names that are opened in a folder: those of the answers and [`TIMES_FILE`].
    pub fn names(endpoints: &'static [Endpoint]) -> impl Iterator<Item = &'static str> {
        endpoints.iter().map(|endpoint| endpoint.file).chain([TIMES_FILE])
    }

    /// Reads the files of a folder. `others` are names in it that were not opened. `known` are the answers of all
    /// venues, by which another venue's file is recognised.
    ///
    /// # Errors
    /// [`FolderError`] for a file that is cut, not JSON, of another venue or endpoint, or whose numbers are not as the
    /// venue writes them.
    pub fn read(
        venue: &str,
        endpoints: &'static [Endpoint],
        files: &[OpenedFile],
        others: &[String],
        known: &[(&'static str, &'static [Endpoint])],
    ) -> Result<Self, FolderError> {
        let noted = Noted::read(venue, files)?;
        let mut answers = BTreeMap::new();
        let mut unread = others.to_vec();
        for file in files.iter().filter(|file| file.name != TIMES_FILE) {
            let Some(endpoint) = endpoints.iter().find(|e| e.file == file.name) else {
                unread.push(file.name.clone());
                continue;
            };
            let again = format!("{}, whole and as the venue sends it", endpoint.to_save());
            let value = parsed(&file.name, &file.bytes, &again)?;
            // Another venue's numbers are not this one's.
            recognise(venue, endpoint, endpoints, &value, known)?;
            check_numerals(&file.name, &file.bytes, endpoint.numerals)?;
            let noted = noted.of(endpoint.file);
            let time = endpoint.time_of(&value).or(noted);
            answers.insert(endpoint.file, Answer { endpoint, value, time, noted });
        }
        unread.sort();
        let read = Self { endpoints, answers, unread };
        let is_empty = read.answers.is_empty();
        // Names that are another venue's are not nearly this one's.
        if !is_empty || other_of(venue, &read.unread, known).is_none() {
            read.check_names()?;
        }
        if is_empty {
            return Err(none_of(venue, endpoints, &read.unread, known));
        }
        Ok(read)
    }

    /// Refuses a file whose name is nearly that of an answer that is missing.
    fn check_names(&self) -> Result<(), FolderError> {
        for name in &self.unread {
            let missing = self.endpoints.iter().map(|e| e.file);
            let missing = missing.filter(|file| !self.answers.contains_key(file));
            let stem = |name: &str| name.trim_end_matches(".json").to_owned();
            let files: Vec<_> = missing.map(stem).collect();
            let asked = did_you_mean(&stem(name), files.iter().map(String::as_str));
            if !asked.is_empty() {
                let message = format!("is not read under this name{asked}");
                let help = "give the file the name of its answer, or take it out of the folder";
                return Err(FolderError::new(Code::Misnamed, name, message).with_help(help));
            }
        }
        Ok(())
    }

    /// The answer in a file, if the folder has it.
    pub fn get(&self, file: &str) -> Option<&Answer> {
        self.answers.get(file)
    }

    /// All answers, by file.
    pub fn iter(&self) -> impl Iterator<Item = &Answer> {
        self.answers.values()
    }

    /// Names in the folder that were not read.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// Whether an answer gives a file of this kind.
    pub fn has(&self, kind: FileKind) -> bool {
        self.iter().any(|answer| answer.endpoint.is_for(kind))
    }

    /// Checks that the folder has these answers, with which what an account holds is compared.
    ///
    /// # Errors
    /// [`FolderError`] for the first that is missing.
    pub fn need(&self, files: &[&str]) -> Result<(), FolderError> {
        let Some(file) = files.iter().find(|file| self.get(file).is_none()) else { return Ok(()) };
        let request = self.endpoints.iter().find(|e| e.file == *file).map(|e| e.request);
        let message = format!(
            "has no {file} ({}), without which no account is read: what it holds is compared with that",
            request.unwrap_or_default()
        );
        Err(FolderError::new(Code::MissingAnswer, "", message).with_help(SAVE))
    }

    /// An importer's error, in one file or in a source of several. A place in an answer that is not there is that answer's
    /// absence.
    pub(super) fn placed(&self, error: &ImportError, file: Option<&str>) -> FolderError {
        let placed = FolderError::of_import(error, file, self.endpoints);
        let declared = self.endpoints.iter().find(|e| e.file == placed.file);
        match declared.filter(|e| self.get(e.file).is_none()) {
            Some(e) => {
                let message = format!("has no {} ({}), which is needed", e.file, e.request);
                FolderError::new(Code::MissingAnswer, "", message).with_help(SAVE)
            }
            None => placed,
        }
    }

    /// What a file of this kind is read from: the answer of the only endpoint that is declared for it, or, if several
    /// are declared, an object with those answers that the folder has, each under its file's name without `.json`, and
    /// under `fetched` when each arrived, in milliseconds since 1970, if whoever saved them noted that.
    ///
    /// # Errors
    /// [`FolderError`] if the folder has no such answer.
    pub fn source(&self, kind: FileKind) -> Result<AnswerSource<'_>, FolderError> {
        let declared: Vec<_> = self.endpoints.iter().filter(|e| e.is_for(kind)).collect();
        if !self.has(kind) {
            let files: Vec<_> =
                declared.iter().map(|e| format!("{} ({})", e.file, e.request)).collect();
            let message = match files.is_empty() {
                true => format!("{} is not read from this venue's answers", kind.with_article()),
                false => format!(
                    "has no {}, from which {} is read",
                    files.join(" or "),
                    kind.with_article()
                ),
            };
            let help = if files.is_empty() { OF_OTHERS } else { SAVE };
            return Err(FolderError::new(Code::MissingAnswer, "", message).with_help(help));
        }
        if let [endpoint] = declared[..]
            && let Some(answer) = self.get(endpoint.file)
        {
            let value = Cow::Borrowed(&answer.value);
            return Ok(AnswerSource { value, file: Some(endpoint.file) });
        }
        let given = self.iter().filter(|answer| answer.endpoint.is_for(kind));
        let members = given.map(|a| (a.endpoint.name().to_owned(), a.value.clone()));
        let mut members: Map<_, _> = members.collect();
        let noted = self.iter().filter_map(|answer| {
            let noted = answer.noted?;
            Some((answer.endpoint.name().to_owned(), Value::from(noted)))
        });
        members.insert("fetched".to_owned(), Value::Object(noted.collect()));
        let value = Value::Object(members);
        Ok(AnswerSource { value: Cow::Owned(value), file: None })
    }

    /// Checks that prices and account are of one time.
    ///
    /// # Errors
    /// [`FolderError`] that names the earliest and the latest answer, if they are more than this apart.
    pub fn check_times(&self, max_skew_ms: u64) -> Result<(), FolderError> {
        let dated = self.iter().filter(|answer| {
            answer.endpoint.is_for(FileKind::Snapshot) || answer.endpoint.is_for(FileKind::Account)
        });
        let mut dated: Vec<_> =
            dated.filter_map(|answer| Some((answer.time?, answer.endpoint.file))).collect();
        dated.sort_unstable();
        let (Some((first, earliest)), Some((last, latest))) = (dated.first(), dated.last()) else {
            return Ok(());
        };
        if last - first <= max_skew_ms {
            return Ok(());
        }
        let message = format!(
            "is of {}, and {earliest} of {}: prices and account are more than {} s apart",
            format_utc(*last),
            format_utc(*first),
            max_skew_ms / 1000
        );
        let help = "save the answers again, one after the other";
        Err(FolderError::new(Code::TimesApart, latest, message).with_help(help))
    }

    /// Checks that the prices that are taken are of the account's time: an answer that is about more can be newer than
    /// they are.
    ///
    /// # Errors
    /// [`FolderError`] that names the account's answer, if it is more than this from them.
    pub fn check_time_of_prices(
        &self,
        prices: Option<u64>,
        max_skew_ms: u64,
    ) -> Result<(), FolderError> {
        let Some(prices) = prices else { return Ok(()) };
        let of_account = self.iter().filter(|answer| answer.endpoint.is_for(FileKind::Account));
        for answer in of_account {
            let Some(time) = answer.time.filter(|time| time.abs_diff(prices) > max_skew_ms) else {
                continue;
            };
            let message = format!(
                "is of {}, and the prices that are taken of {}: more than {} s apart",
                format_utc(time),
                format_utc(prices),
                max_skew_ms / 1000
            );
            let help = "save the answers again, one after the other";
            let error = FolderError::new(Code::TimesApart, answer.endpoint.file, message);
            return Err(error.with_help(help));
        }
        Ok(())
    }

    /// Answers for prices or account of which no time is known.
    pub fn undated(&self) -> impl Iterator<Item = &'static str> {
        let dated = self.iter().filter(|answer| answer.time.is_none());
        let kinds = [FileKind::Snapshot, FileKind::Account];
        dated.filter(move |a| kinds.iter().any(|k| a.endpoint.is_for(*k))).map(|a| a.endpoint.file)
    }
}

/// What to do about an answer that is missing.
pub(crate) const SAVE: &str =
    "save that answer into the folder under this name, as the venue sends it";

/// What to do about what no answer of the venue says.
const OF_OTHERS: &str = "give it as a file of your own where the command takes one; docs/import.md says what each venue's answers give";

/// What to do about a file that is not as the venue sends it.
const AGAIN: &str = "save the answer again, as the venue sends it";

/// The other venues of whose answers most have these names, and which names: several venues can have the same.
fn other_of(
    venue: &str,
    names: &[String],
    known: &[(&'static str, &'static [Endpoint])],
) -> Option<(Vec<&'static str>, Vec<String>)> {
    let of = |endpoints: &[Endpoint]| -> Vec<String> {
        let is_named = |name: &&String| endpoints.iter().any(|e| e.file == **name);
        names.iter().filter(is_named).cloned().collect()
    };
    let others = known.iter().filter(|(name, _)| *name != venue);
    let found: Vec<_> = others.map(|(name, endpoints)| (*name, of(endpoints))).collect();
    let files = found.iter().map(|(_, files)| files).rev().max_by_key(|files| files.len())?;
    let alike = found.iter().filter(|(_, of)| of == files).map(|(name, _)| *name);
    (!files.is_empty()).then(|| (alike.collect(), files.clone()))
}

/// A folder without any answer of the venue, in which there are files of these names: which other venue's they are, if they
/// are one's.
pub(crate) fn none_of(
    venue: &str,
    endpoints: &[Endpoint],
    names: &[String],
    known: &[(&'static str, &'static [Endpoint])],
) -> FolderError {
    let found = other_of(venue, names, known);
    let save = endpoints.first().map_or_else(String::new, |e| {
        let others =
            if endpoints.len() > 1 { ", and the others that docs/import.md lists" } else { "" };
        format!("{}{others}", e.to_save())
    });
    let (message, help) = match found {
        Some((others, files)) => {
            let are =
                if files.len() == 1 { "is the name of an answer" } else { "are names of answers" };
            let message = format!(
                "has no answer of {venue}; {} {are} of {}",
                files.join(", "),
                others.join(" or ")
            );
            (message, format!("pass --from {}, or {save}", others.join(" or --from ")))
        }
        None if names.is_empty() => (format!("has no answer of {venue}: it is empty"), save),
        None => {
            let message = format!("has no answer of {venue}, but {}", super::first_of(names));
            (message, save)
        }
    };
    FolderError::new(Code::MissingAnswer, "", message).with_help(&help)
}

/// One answer's JSON. Numbers of more digits than a program of 64 bits keeps are refused, so that reading the others by
/// way of such a program loses none.
///
/// # Errors
/// [`FolderError`] with the place in the text.
pub fn read_answer(name: &str, bytes: &[u8], numerals: Numerals) -> Result<Value, FolderError> {
    let value = parsed(name, bytes, AGAIN)?;
    check_numerals(name, bytes, numerals)?;
    Ok(value)
}

/// One answer's JSON, whatever its numbers are. `again` says how to save one that is not as the venue sends it.
fn parsed(name: &str, bytes: &[u8], again: &str) -> Result<Value, FolderError> {
    let wrong = |code, message: &str| FolderError::new(code, name, message);
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!("has {} bytes; at most {MAX_FILE_BYTES} are read", bytes.len());
        let help = "ask the venue for less, such as what the account holds";
        return Err(wrong(Code::Syntax, &message).with_help(help));
    }
    if let Some(message) = wrong_encoding(bytes) {
        let help = "save the answer as UTF-8 text without a byte order mark, as the venue sends it";
        return Err(wrong(Code::Encoding, message).with_help(help));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(wrong(Code::CutShort, "is empty").with_help(again));
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|e| {
        let at = TextPosition { line: e.line(), column: e.column().max(1) };
        match e.is_eof() {
            true => wrong(Code::CutShort, "ends before its JSON does: the file was cut")
                .with_help(again)
                .at(at),
            // What was typed or fetched in place of an answer, such as a page.
            false => wrong(Code::Syntax, "is not JSON from here on").with_help(again).at(at),
        }
    })?;
    if let Some(key) = repeated_key(bytes) {
        let message = "is given twice; no venue sends a key twice, so the file was changed";
        return Err(wrong(Code::DuplicateField, message).with_help(again).pointing(key.pointer));
    }
    Ok(value)
}

fn check_numerals(name: &str, bytes: &[u8], numerals: Numerals) -> Result<(), FolderError> {
    let wrong = |code, message: &str| FolderError::new(code, name, message);
    match bad_numeral(bytes, numerals) {
        None => Ok(()),
        Some((BadNumeral::Exponent, at)) => {
            let message = "a number has an exponent, and the venue sends plain digits: a program along the way rewrote it";
            let help =
                "save the answer as the venue sends it, without reading and writing it again";
            Err(wrong(Code::Exponent, message).with_help(help).at(at))
        }
        Some((BadNumeral::TooManyDigits, at)) => {
            let most = numerals.digits();
            let message = format!(
                "a number has more than {most} digits, of which a program may have lost some"
            );
            let help =
                "save the answer as the venue sends it, without reading and writing it again";
            Err(wrong(Code::TooManyDigits, &message).with_help(help).at(at))
        }
    }
}

/// Which other venue's answer this one looks like, if it is none of the venue's own: the one of this name, else the one of which
/// most is known; of several, the first venue's.
pub fn other_venue_of(
    venue: &str,
    file: &str,
    value: &Value,
    known: &[(&'static str, &'static [Endpoint])],
) -> Option<(&'static str, &'static Endpoint)> {
    let all = known.iter().flat_map(|(name, endpoints)| endpoints.iter().map(move |e| (*name, e)));
    let (own, others): (Vec<_>, Vec<_>) =
        all.filter(|(_, e)| e.looks_like(value)).partition(|(name, _)| *name == venue);
    let most = |(_, e): &(&str, &Endpoint)| (e.file == file, e.has.len());
    own.is_empty().then(|| others.into_iter().rev().max_by_key(most)).flatten()
}

/// Refuses an answer of another endpoint or venue, and a venue's message that it did not answer.
fn recognise(
    venue: &str,
    endpoint: &Endpoint,
    own: &'static [Endpoint],
    value: &Value,
    known: &[(&'static str, &'static [Endpoint])],
) -> Result<(), FolderError> {
    let Some(lacking) = endpoint.lacks(value) else { return Ok(()) };
    let wrong = |code, message: String, help: String| {
        Err(FolderError::new(code, endpoint.file, message).with_help(&help))
    };
    let save = endpoint.to_save();
    if let Some(other) = own.iter().find(|e| e.looks_like(value)) {
        let message = format!(
            "looks like {}, which is read from {}, not {}",
            other.content(),
            other.file,
            endpoint.content()
        );
        return wrong(Code::OtherAnswer, message, format!("name it {}, and {save}", other.file));
    }
    if let Some((other, e)) = other_venue_of(venue, endpoint.file, value, known) {
        let content = e.content();
        let message = format!("looks like a file of {other} ({content}), not of {venue}");
        let help = format!("pass --from {other} if the folder is that venue's; else {save}");
        return wrong(Code::OtherVenue, message, help);
    }
    // An answer of another venue can have words of success in the same place.
    if let Some(words) = refusal(value) {
        let message = format!("is not an answer to {}, but a refusal: {words:?}", endpoint.request);
        let help = format!("ask again until the venue answers, and {save}");
        return wrong(Code::NotAnswered, message, help);
    }
    let message = format!("has no {lacking}, which every answer to {} has", endpoint.request);
    wrong(Code::OtherAnswer, message, format!("{save}, whole and as the venue sends it"))
}

/// The words of a message in place of an answer.
fn refusal(value: &Value) -> Option<&str> {
    let said = ["msg", "message", "error", "retMsg"];
    let is_success = value.get("retCode").is_some_and(|code| *code == 0);
    let words = said.iter().find_map(|name| value.get(name)?.as_str());
    words.filter(|words| !words.is_empty() && !is_success)
}

/// What whoever saved the answers noted about them.
#[derive(Default)]
struct Noted(BTreeMap<String, u64>);

impl Noted {
    fn read(venue: &str, files: &[OpenedFile]) -> Result<Self, FolderError> {
        let Some(file) = files.iter().find(|file| file.name == TIMES_FILE) else {
            return Ok(Self::default());
        };
        let value = read_answer(TIMES_FILE, &file.bytes, Numerals::Plain)?;
        let root = Member::root(&value);
        let placed = |e| FolderError::of_import(&e, Some(TIMES_FILE), &[]);
        if root.member("format").text().map_err(placed)? != TIMES_FORMAT {
            let error = root.member("format").wrong(format!("is not {TIMES_FORMAT:?}"));
            return Err(placed(error));
        }
        let of = root.member("venue").text().map_err(placed)?;
        if of != venue {
            let message = format!("says that the folder has answers of {of}, not of {venue}");
            let help = format!("pass --from {of} if it has; else write {venue} there");
            let error = FolderError::new(Code::OtherVenue, TIMES_FILE, message);
            return Err(error.with_help(&help));
        }
        let mut times = BTreeMap::new();
        for (name, answer) in root.member("answers").object().map_err(placed)? {
            let time = answer.member("time").milliseconds().map_err(placed)?;
            times.insert(name.to_owned(), time);
        }
        Ok(Self(times))
    }

    fn of(&self, file: &str) -> Option<u64> {
        self.0.get(file).copied()
    }
}
