//! Proofs that a file is in a log, as separate files: [tlog-proof](https://c2sp.org/tlog-proof).
//!
//! A proof has the file's number, the hashes from its leaf to the root, and the log's signed checkpoint. Anyone who has
//! the file and the log's public key can check it without the log.

use crate::tlog::{Hash, check_inclusion, leaf_hash};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zkmargin_notes::{Checkpoint, Note, VerifierKey};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Maximum number of hashes in a proof: a tree has at most 2^63 leaves.
const MAX_HASHES: usize = 63;

/// A proof that an entry is in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof {
    /// Number of the entry.
    pub index: u64,
    /// Hashes from the leaf's sibling to just below the root.
    pub path: Vec<Hash>,
    /// The log's signed checkpoint.
    pub checkpoint: Note,
}

/// Why a proof does not show that a file is in a log.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogProofError {
    /// Not the text of a proof.
    #[error("line {line}: {expected} expected")]
    Text {
        /// Where, from 1.
        line: usize,
        /// What belongs there.
        expected: &'static str,
    },
    /// The checkpoint is not a signed note.
    #[error("checkpoint: {0}")]
    Note(#[from] zkmargin_notes::NoteError),
    /// The checkpoint's text is not that of a checkpoint.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] zkmargin_notes::BodyError),
    /// The checkpoint is not signed by the key.
    #[error("checkpoint: {0}")]
    Signature(#[from] zkmargin_notes::SignatureError),
    /// The checkpoint is from another log.
    #[error("the checkpoint is from log {found:?}, not {expected:?}")]
    Origin {
        /// In the checkpoint.
        found: String,
        /// Asked about.
        expected: String,
    },
    /// The hashes do not lead from the file to the root.
    #[error("the file is not entry {0} of the log")]
    NotIncluded(u64),
}

impl LogProof {
    /// The proof as a file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\nindex {}\n", self.index);
        for hash in &self.path {
            text.push_str(&STANDARD.encode(hash));
            text.push('\n');
        }
        format!("{text}\n{}", self.checkpoint.to_text())
    }

    /// Reads a proof file. Extra data, which the format allows, is ignored.
    ///
    /// # Errors
    /// [`LogProofError`] with the line.
    pub fn parse(text: &str) -> Result<Self, LogProofError> {
        let at = |line, expected| LogProofError::Text { line, expected };
        let (head, checkpoint) = text.split_once("\n\n").ok_or(at(1, "a blank line"))?;
        let mut lines = (1..).zip(head.split('\n'));
        let mut next = |expected| lines.next().ok_or(at(head.lines().count() + 1, expected));
        let (line, header) = next(HEADER)?;
        if header != HEADER {
            return Err(at(line, HEADER));
        }
        let (mut line, mut text) = next("index")?;
        if let Some(extra) = text.strip_prefix("extra ") {
            STANDARD.decode(extra).map_err(|_| at(line, "base64"))?;
            (line, text) = next("index")?;
        }
        let digits = text.strip_prefix("index ").ok_or(at(line, "index"))?;
        let index: u64 = digits.parse().map_err(|_| at(line, "a number"))?;
        if index.to_string() != digits {
            return Err(at(line, "a number"));
        }
        let mut path = Vec::new();
        for (line, text) in lines {
            let hash = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
            path.push(
                hash.filter(|_| path.len() < MAX_HASHES).ok_or(at(line, "a hash in base64"))?,
            );
        }
        Ok(Self { index, path, checkpoint: Note::parse(checkpoint.as_bytes())? })
    }

    /// Checks that a file is an entry of the log with this name and key, and returns the log's checkpoint.
    ///
    /// # Errors
    /// [`LogProofError`].
    pub fn check(
        &self,
        file: &[u8],
        origin: &str,
        key: &VerifierKey,
    ) -> Result<Checkpoint, LogProofError> {
        self.checkpoint.verify([key])?;
        let checkpoint = Checkpoint::parse(self.checkpoint.text())?;
        if checkpoint.origin != origin {
            let (found, expected) = (checkpoint.origin, origin.to_owned());
            return Err(LogProofError::Origin { found, expected });
        }
        let leaf = leaf_hash(file);
        if check_inclusion(self.index, checkpoint.size, &leaf, &self.path, &checkpoint.root) {
            Ok(checkpoint)
        } else {
            Err(LogProofError::NotIncluded(self.index))
        }
    }
}
