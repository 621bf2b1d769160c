//! The text of a signed note: parsed and written, not yet verified.
//!
//! Format: [signed-note](https://c2sp.org/signed-note). What the specification leaves open is fixed here: base64 has
//! one encoding, no two signature lines are the same, sizes are bounded.

use crate::encoding::{base64, from_base64};
use crate::key::{KeyId, is_key_name};
use zkmargin_params::wrong_encoding;

/// Maximum length of a signed note, in bytes.
pub const MAX_NOTE_BYTES: usize = 1 << 20;

/// Maximum number of signatures on a note. The specification requires support for 16.
pub const MAX_SIGNATURES: usize = 100;

/// Em dash and space: how a signature line begins.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Why bytes are not a signed note. Lines are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than [`MAX_NOTE_BYTES`].
    #[error("the note has {0} bytes; at most {MAX_NOTE_BYTES} are read")]
    TooLong(usize),
    /// A byte order mark, or UTF-16.
    #[error("the note {0}")]
    Encoding(&'static str),
    /// Blank lines after the last signature.
    #[error(
        "line {line}: blank lines after the signatures; an editor or a mail program added them"
    )]
    BlankEnd {
        /// Where.
        line: usize,
    },
    /// Not UTF-8.
    #[error("line {line}: not UTF-8 text")]
    NotUtf8 {
        /// Where.
        line: usize,
    },
    /// A control character, including carriage return and tab.
    #[error("line {line}: {}", control(*.character))]
    Control {
        /// Where.
        line: usize,
        /// Which.
        character: char,
    },
    /// Text that does not end in a newline, or no text.
    #[error("the text of a note must end in a newline")]
    TextEnd,
    /// No blank line, or no signature after the last one.
    #[error("no blank line with signature lines after it; this is not a signed note")]
    Unsigned,
    /// The last line does not end in a newline.
    #[error("line {line}: does not end in a newline")]
    Unended {
        /// Where.
        line: usize,
    },
    /// A line after the blank line that is not an em dash, a key name and base64.
    #[error("line {line}: not a signature line; one reads \u{2014} name base64")]
    SignatureLine {
        /// Where.
        line: usize,
    },
    /// The same signature line a second time.
    #[error("line {line}: the same signature line a second time")]
    Repeated {
        /// Where.
        line: usize,
    },
    /// More than [`MAX_SIGNATURES`].
    #[error("more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
}

/// A signature line, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub(crate) name: String,
    pub(crate) id: KeyId,
    pub(crate) bytes: Vec<u8>,
}

impl Signature {
    /// Name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Key id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What follows the key id; its layout depends on the key's kind.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
        let bytes = from_base64(encoded)?;
        let (id, bytes) = bytes.split_first_chunk()?;
        let complete = is_key_name(name) && !bytes.is_empty();
        complete.then(|| Self { name: name.to_owned(), id: KeyId(*id), bytes: bytes.to_vec() })
    }

    fn write(&self, out: &mut String) {
        let mut bytes = self.id.0.to_vec();
        bytes.extend(&self.bytes);
        out.push_str(SIGNATURE_PREFIX);
        out.push_str(&self.name);
        out.push(' ');
        out.push_str(&base64(&bytes));
        out.push('\n');
    }
}

/// Text with at least one signature line. Nothing in it can be trusted before [`Note::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub(crate) text: String,
    pub(crate) signatures: Vec<Signature>,
}

fn control(character: char) -> String {
    match character {
        '\r' => {
            "ends in a carriage return; an editor or a mail program changed the line endings, but \
                 the lines of a note must end in newlines only"
                .to_owned()
        }
        other => format!("control character U+{:04X}", u32::from(other)),
    }
}

fn line_of(bytes: &[u8], offset: usize) -> usize {
    1 + bytes[..offset].iter().filter(|b| **b == b'\n').count()
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    match text.char_indices().find(|(_, c)| *c < ' ' && *c != '\n') {
        Some((at, character)) => {
            Err(NoteError::Control { line: line_of(text.as_bytes(), at), character })
        }
        None => Ok(()),
    }
}

/// Whether text can be signed.
pub(crate) fn check_text(text: &str) -> Result<(), NoteError> {
    check_characters(text)?;
    if text.ends_with('\n') { Ok(()) } else { Err(NoteError::TextEnd) }
}

impl Note {
    /// Reads a signed note. Every note has one text.
    ///
    /// # Errors
    /// [`NoteError`] for bytes that [`Note::to_text`] does not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(bytes.len()));
        }
        if let Some(what) = wrong_encoding(bytes) {
            return Err(NoteError::Encoding(what));
        }
        let all = std::str::from_utf8(bytes)
            .map_err(|e| NoteError::NotUtf8 { line: line_of(bytes, e.valid_up_to()) })?;
        check_characters(all)?;
        let blank = all.rfind("\n\n").ok_or(NoteError::Unsigned)?;
        let (text, rest) = (&all[..=blank], &all[blank + 2..]);
        if rest.is_empty() {
            let signed = all.trim_end().lines().next_back();
            let signed = signed.is_some_and(|line| line.starts_with(SIGNATURE_PREFIX));
            let line = line_of(bytes, blank + 1);
            return Err(if signed { NoteError::BlankEnd { line } } else { NoteError::Unsigned });
        }
        let first_line = line_of(bytes, blank + 2);
        let mut signatures = Vec::new();
        for (line, signature) in (first_line..).zip(rest.split_inclusive('\n')) {
            let Some(signature) = signature.strip_suffix('\n') else {
                return Err(NoteError::Unended { line });
            };
            let signature = Signature::parse(signature).ok_or(NoteError::SignatureLine { line })?;
            if signatures.contains(&signature) {
                return Err(NoteError::Repeated { line });
            }
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(signature);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Writes the signed note.
    pub fn to_text(&self) -> String {
        let mut out = self.text.clone();
        out.push('\n');
        self.signatures.iter().for_each(|s| s.write(&mut out));
        out
    }

    /// What is signed, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signature lines, including those of unknown keys.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }
}
