//! Entries that the store itself writes: receipts, what is expected, and runs.
//!
//! Each states its own number in the log, so no two are alike, and begins with a prefix that no submitted file may
//! begin with. `docs/audit.md` documents the format with a test vector.

use crate::run::{Build, Shard, parse_shard};
use crate::store::LogHead;
use std::fmt::Write;
use zkmargin_model::digest::Digest;

/// Prefixes reserved for the store.
const RESERVED: [&[u8]; 4] =
    [b"zkmargin/ingest/", b"zkmargin/receipt/", b"zkmargin/expect/", b"zkmargin/run/"];

/// Maximum length of a receipt's text; what does not fit goes into another one.
const RECEIPT_BYTES: usize = 1 << 20;

/// Maximum length of a name or reason in a receipt, in characters.
const LONGEST: usize = 240;

/// Whether bytes begin like an entry only the store may write.
pub(crate) fn is_reserved(bytes: &[u8]) -> bool {
    RESERVED.iter().any(|prefix| bytes.starts_with(prefix))
}

/// One line of printable ASCII for any text: anything outside U+0020 to U+007E, and the backslash, is written as
/// `\u{...}` with its code point in lower-case hexadecimal digits.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='[' | ']'..='~' => out.push(c),
            _ => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    out
}

/// The text that [`escape`] turns into this.
pub fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        let (digits, after) = escaped.strip_prefix("u{")?.split_once('}')?;
        out.push_str(plain);
        out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        rest = after;
    }
    out.push_str(rest);
    (escape(&out) == text).then_some(out)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

/// A file that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedFile {
    /// Its name, as given by the submitter.
    pub name: String,
    /// SHA-256 of its bytes; `None` if they were not read.
    pub sha256: Option<Digest>,
    /// Code of the reason.
    pub code: String,
    /// The reason.
    pub reason: String,
}

/// What a transaction ingested: who submitted it, when, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Its number in the log.
    pub number: u64,
    pub submitter: String,
    pub time_ms: u64,
    /// New entries: from this one up to but excluding `to`.
    pub from: u64,
    pub to: u64,
    /// Entries that were submitted again, as ranges.
    pub known: Vec<(u64, u64)>,
    pub refused: Vec<RefusedFile>,
}

const RECEIPT_HEAD: &str = "zkmargin/receipt/v2";
const EXPECT_HEAD: &str = "zkmargin/expect/v1";
const RUN_HEAD: &str = "zkmargin/run/v1";

/// Lines `key value`, read in order.
struct Lines<'a> {
    lines: std::iter::Peekable<std::str::Split<'a, char>>,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8], head: &str) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let mut lines = text.split('\n').peekable();
        (lines.next()? == head).then_some(Self { lines })
    }

    fn value(&mut self, key: &str) -> Option<&'a str> {
        let line = self.lines.peek()?;
        let value = line.strip_prefix(key)?.strip_prefix(' ')?;
        self.lines.next();
        Some(value)
    }

    fn number(&mut self, key: &str) -> Option<u64> {
        integer(self.value(key)?)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        unescape(self.value(key)?)
    }

    fn digest(&mut self, key: &str) -> Option<Digest> {
        digest(self.value(key)?)
    }

    /// A number with a digest.
    fn entry(&mut self, key: &str) -> Option<(u64, Digest)> {
        let (number, hex) = self.value(key)?.split_once(' ')?;
        Some((integer(number)?, digest(hex)?))
    }

    fn end(mut self) -> Option<()> {
        self.lines.next().is_none().then_some(())
    }
}

fn integer(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|n| n.to_string() == text)
}

fn digest(text: &str) -> Option<Digest> {
    let mut digest = [0; 32];
    let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    (lower && hex::decode_to_slice(text, &mut digest).is_ok()).then_some(digest)
}

impl RefusedFile {
    fn text(&self) -> String {
        let sha256 = self.sha256.map_or("unread".to_owned(), hex::encode);
        let (name, reason) = (escape(&shortened(&self.name)), escape(&shortened(&self.reason)));
        format!("refused {sha256} {}\nname {name}\nreason {reason}\n", escape(&self.code))
    }

    fn read(lines: &mut Lines<'_>) -> Option<Self> {
        let (sha256, code) = lines.value("refused")?.split_once(' ')?;
        let sha256 = match sha256 {
            "unread" => None,
            hex => Some(digest(hex)?),
        };
        let code = unescape(code)?;
        Some(Self { sha256, code, name: lines.text("name")?, reason: lines.text("reason")? })
    }
}

/// Ascending numbers as half-open ranges.
pub(crate) fn ranges(numbers: impl IntoIterator<Item = u64>) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, to)) if *to == number => *to += 1,
            _ => ranges.push((number, number + 1)),
        }
    }
    ranges
}

impl Receipt {
    fn head(&self) -> String {
        let Self { number, time_ms, from, to, .. } = self;
        let name = escape(&self.submitter);
        format!(
            "{RECEIPT_HEAD}\nnumber {number}\nsubmitter {name}\ntime-ms {time_ms}\nfrom {from}\nto {to}\n"
        )
    }

    /// The text of the entry.
    pub fn text(&self) -> String {
        let mut text = self.head();
        for (from, to) in &self.known {
            let _ = writeln!(text, "known {from} {to}");
        }
        for refused in &self.refused {
            text.push_str(&refused.text());
        }
        text
    }

    /// This receipt, followed by further ones for whatever would make it too long.
    pub fn split(self) -> Vec<Self> {
        let mut size = self.head().len();
        let next = |last: &Self| Self {
            number: last.number + 1,
            from: last.number + 1,
            to: last.number + 1,
            known: Vec::new(),
            refused: Vec::new(),
            submitter: last.submitter.clone(),
            time_ms: last.time_ms,
        };
        let mut out = vec![Self { known: Vec::new(), refused: Vec::new(), ..self.clone() }];
        enum Item {
            Known((u64, u64)),
            Refused(RefusedFile),
        }
        let known = self.known.into_iter().map(Item::Known);
        for item in known.chain(self.refused.into_iter().map(Item::Refused)) {
            let length = match &item {
                Item::Known(_) => 48,
                Item::Refused(refused) => refused.text().len(),
            };
            if size + length > RECEIPT_BYTES
                && let Some(last) = out.last()
            {
                let next = next(last);
                size = next.head().len();
                out.push(next);
            }
            size += length;
            if let Some(last) = out.last_mut() {
                match item {
                    Item::Known(range) => last.known.push(range),
                    Item::Refused(refused) => last.refused.push(refused),
                }
            }
        }
        out
    }

    /// Reads an entry of the current version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = Lines::new(bytes, RECEIPT_HEAD)?;
        let mut receipt = Self {
            number: lines.number("number")?,
            submitter: lines.text("submitter")?,
            time_ms: lines.number("time-ms")?,
            from: lines.number("from")?,
            to: lines.number("to")?,
            known: Vec::new(),
            refused: Vec::new(),
        };
        while let Some(range) = lines.value("known") {
            let (from, to) = range.split_once(' ')?;
            receipt.known.push((integer(from)?, integer(to)?));
        }
        while lines.lines.peek().is_some() {
            receipt.refused.push(RefusedFile::read(&mut lines)?);
        }
        (receipt.text().as_bytes() == bytes).then_some(receipt)
    }

    /// Reads an entry of the first version, which has no number, nothing known or refused, and the submitter in quotes
    /// with the escapes of the compiler of that time.
    pub fn parse_first(number: u64, bytes: &[u8]) -> Option<Self> {
        let mut lines = Lines::new(bytes, "zkmargin/ingest/v1")?;
        let quoted = lines.value("submitter")?.strip_prefix('"')?.strip_suffix('"')?;
        let receipt = Self {
            number,
            submitter: unquote(quoted)?,
            time_ms: lines.number("time-ms")?,
            from: lines.number("from")?,
            to: lines.number("to")?,
            known: Vec::new(),
            refused: Vec::new(),
        };
        lines.end()?;
        Some(receipt)
    }
}

/// The text inside a Rust string literal.
fn unquote(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        out.push(match chars.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'u' => {
                let (digits, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
                chars = rest.chars();
                char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
            }
            c @ ('\\' | '"' | '\'') => c,
            _ => return None,
        });
    }
    Some(out)
}

/// What an auditor imported as due: manifest, note and keys are entries of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpectRecord {
    pub number: u64,
    pub time_ms: u64,
    pub name: String,
    /// Number of the entry, and SHA-256 of the file; for the note and the keys too.
    pub manifest: (u64, Digest),
    pub note: (u64, Digest),
    pub keys: (u64, Digest),
    /// SHA-256 of the list.
    pub due: Digest,
}

impl ExpectRecord {
    pub fn text(&self) -> String {
        let entry = |(number, sha256): (u64, Digest)| format!("{number} {}", hex::encode(sha256));
        format!(
            "{EXPECT_HEAD}\nnumber {}\ntime-ms {}\nname {}\nmanifest {}\nnote {}\nkeys {}\ndue {}\n",
            self.number,
            self.time_ms,
            escape(&self.name),
            entry(self.manifest),
            entry(self.note),
            entry(self.keys),
            hex::encode(self.due),
        )
    }

    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = Lines::new(bytes, EXPECT_HEAD)?;
        let record = Self {
            number: lines.number("number")?,
            time_ms: lines.number("time-ms")?,
            name: lines.text("name")?,
            manifest: lines.entry("manifest")?,
            note: lines.entry("note")?,
            keys: lines.entry("keys")?,
            due: lines.digest("due")?,
        };
        lines.end()?;
        Some(record)
    }
}

/// How a merge arrived at the verdicts of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeRecord {
    /// Inputs.
    pub inputs: u64,
    /// Valid proofs that were judged again.
    pub sampled: u64,
    /// Others, all of which were judged again.
    pub repeated: u64,
    /// Seed of the sample.
    pub seed: [u8; 32],
}

/// What a run is about, and the digest of its verdicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Its number in the log.
    pub number: u64,
    /// SHA-256 of the manifest.
    pub manifest: Digest,
    /// The log that the run covers.
    pub log: LogHead,
    /// The program.
    pub build: Build,
    /// Which part of the proofs.
    pub shard: Shard,
    /// How many verdicts there are.
    pub verdicts: u64,
    /// SHA-256 over all verdicts.
    pub sha256: Digest,
    /// For a merged run, how it was merged.
    pub merge: Option<MergeRecord>,
}

impl RunRecord {
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "{RUN_HEAD}\nnumber {}\nmanifest {}\nlog {} {}\nbuild {}\ncircuits {}\nshard {}\nverdicts {} {}\n",
            self.number,
            hex::encode(self.manifest),
            self.log.size,
            hex::encode(self.log.root),
            escape(&self.build.version),
            escape(&self.build.circuits),
            self.shard,
            self.verdicts,
            hex::encode(self.sha256),
        );
        if let Some(MergeRecord { inputs, sampled, repeated, seed }) = &self.merge {
            let seed = hex::encode(seed);
            let _ = writeln!(text, "merged {inputs} {sampled} {repeated} {seed}");
        }
        text
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = Lines::new(bytes, RUN_HEAD)?;
        let number = lines.number("number")?;
        let manifest = lines.digest("manifest")?;
        let (size, root) = lines.entry("log")?;
        let build = Build { version: lines.text("build")?, circuits: lines.text("circuits")? };
        let shard = parse_shard(lines.value("shard")?)?;
        let (verdicts, sha256) = lines.entry("verdicts")?;
        let merge = match lines.value("merged") {
            None => None,
            Some(merged) => {
                let mut words = merged.split(' ');
                let mut number = || integer(words.next()?);
                let (inputs, sampled, repeated) = (number()?, number()?, number()?);
                let seed = digest(words.next()?)?;
                words.next().is_none().then_some(())?;
                Some(MergeRecord { inputs, sampled, repeated, seed })
            }
        };
        lines.end()?;
        let log = LogHead { size, root };
        Some(Self { number, manifest, log, build, shard, verdicts, sha256, merge })
    }

    /// Whether two records are, or should be, of the same run: what they say about the verdicts must then agree.
    pub(crate) fn same_subject(&self, other: &Self) -> bool {
        (self.manifest, self.log, &self.build, self.shard)
            == (other.manifest, other.log, &other.build, other.shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        let refused = |name: &str, sha256| RefusedFile {
            name: name.to_owned(),
            sha256,
            code: "Unknown".to_owned(),
            reason: "neither a proof nor evidence".to_owned(),
        };
        Receipt {
            number: 7,
            submitter: "a\nb\\ \u{e9}\u{202e}".to_owned(),
            time_ms: 1_800_000_000_000,
            from: 5,
            to: 7,
            known: ranges([0, 1, 3]),
            refused: vec![refused("x.bin", Some([0xab; 32])), refused("pipe\u{7f}", None)],
        }
    }

    /// The vector of `docs/audit.md`.
    #[test]
    fn the_text_is_fixed() {
        let hex = "ab".repeat(32);
        let expected = format!(
            "zkmargin/receipt/v2\nnumber 7\nsubmitter a\\u{{a}}b\\u{{5c}} \\u{{e9}}\\u{{202e}}\n\
             time-ms 1800000000000\nfrom 5\nto 7\nknown 0 2\nknown 3 4\n\
             refused {hex} Unknown\nname x.bin\nreason neither a proof nor evidence\n\
             refused unread Unknown\nname pipe\\u{{7f}}\nreason neither a proof nor evidence\n"
        );
        assert_eq!(receipt().text(), expected);
        assert_eq!(Receipt::parse(expected.as_bytes()), Some(receipt()));
        for bad in [
            expected.replace("number 7", "number 07"),
            expected.replace("\\u{e9}", "\u{e9}"),
            expected.replace("\\u{e9}", "\\u{E9}"),
            expected.replace("known 0 2\n", "known 0\n"),
            format!("{expected}\n"),
            expected.trim_end().to_owned(),
        ] {
            assert_eq!(Receipt::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn long_receipts_are_split() {
        let mut long = receipt();
        long.refused = vec![long.refused[0].clone(); 20_000];
        for refused in &mut long.refused {
            refused.name = "\u{202e}".repeat(1000);
        }
        let parts = long.clone().split();
        assert!(parts.len() > 20);
        assert!(parts.iter().all(|part| part.text().len() <= RECEIPT_BYTES));
        assert_eq!(parts.iter().map(|part| part.refused.len()).sum::<usize>(), 20_000);
        for (before, after) in parts.iter().zip(&parts[1..]) {
            assert_eq!(
                (after.number, after.from, after.to),
                (before.number + 1, after.number, after.number)
            );
        }
        assert_eq!(receipt().split(), [receipt()]);
    }

    #[test]
    fn receipts_of_before_are_read() {
        let text =
            "zkmargin/ingest/v1\nsubmitter \"a\\nb\\\\ \\u{202e}\\\"é\"\ntime-ms 5\nfrom 0\nto 3\n";
        let read = Receipt::parse_first(3, text.as_bytes()).expect("read");
        assert_eq!((read.submitter.as_str(), read.from, read.to), ("a\nb\\ \u{202e}\"é", 0, 3));
    }
}
