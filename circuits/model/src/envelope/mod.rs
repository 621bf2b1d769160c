//! The proof file: magic, format version, statement and proof with exact lengths.

mod json;

pub use json::{JSON_FORMAT, JsonError};

use crate::statement::{Statement, StatementError};
use crate::wire::{Reader, WireError};

/// First bytes of a proof file. No text begins like this, and a text-mode transfer damages it.
pub const MAGIC: [u8; 8] = *b"\x89ZKM\r\n\x1a\n";

/// Version of the layout around statement and proof.
pub const FORMAT_VERSION: u16 = 1;

/// Maximum length of a statement, in bytes.
pub const MAX_STATEMENT_BYTES: usize = 1 << 10;

/// Maximum length of a proof, in bytes.
pub const MAX_PROOF_BYTES: usize = 1 << 16;

/// Maximum length of a proof file, in bytes.
pub const MAX_ENVELOPE_BYTES: usize =
    MAGIC.len() + 2 + 4 + MAX_STATEMENT_BYTES + 4 + MAX_PROOF_BYTES;

/// Maximum length of a JSON twin, in bytes.
pub const MAX_JSON_BYTES: usize = 4 * MAX_ENVELOPE_BYTES;

/// BLAKE2b personalization of the digest of a proof file.
const PERSONALIZATION: &[u8; 16] = b"zkmargin-file-v1";

/// A proof with the statement it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    statement: Statement,
    proof: Vec<u8>,
}

/// Why bytes are not a proof file, or not one that this version supports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// First bytes other than those of a proof file or its JSON twin.
    #[error("this is not a zkmargin proof file")]
    Magic,
    /// The magic was damaged by a text-mode transfer.
    #[error(
        "the file was damaged by a text-mode transfer; transfer it as binary, or use the JSON twin"
    )]
    TextTransfer,
    /// An unknown format version.
    #[error("proof file format {0} is not supported; this version reads format {FORMAT_VERSION}")]
    FormatVersion(u16),
    /// A length beyond its bound.
    #[error("`{field}` has {bytes} bytes; at most {most} are read")]
    TooLong {
        /// `file`, `statement` or `proof`.
        field: &'static str,
        /// Bytes given.
        bytes: usize,
        /// The bound.
        most: usize,
    },
    /// Truncated or trailing bytes.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The statement does not decode.
    #[error("statement: {0}")]
    Statement(#[from] StatementError),
    /// The JSON twin does not decode.
    #[error(transparent)]
    Json(#[from] JsonError),
}

impl EnvelopeError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "ProofEmpty",
            Self::Magic => "ProofMagic",
            Self::TextTransfer => "ProofTextTransfer",
            Self::FormatVersion(_) => "ProofFormatVersion",
            Self::Statement(StatementError::CircuitVersion(_)) => "ProofCircuitVersion",
            Self::Statement(StatementError::AccountReference(_)) => "ProofAccountReference",
            Self::Statement(StatementError::Shape(_)) => "ProofShape",
            Self::Statement(StatementError::ShapeOfAnother { .. }) => "ProofShapeOfAnother",
            Self::Statement(StatementError::Measure(_) | StatementError::StressLevel(_))
            | Self::Json(JsonError::Measure(_)) => "ProofRequirement",
            Self::Json(JsonError::ClaimOfAnother { .. }) => "ProofClaimOfAnother",
            Self::Statement(StatementError::Size(_)) => "ProofSize",
            Self::Statement(StatementError::Reserved { .. }) => "ProofReserved",
            Self::TooLong { .. } => "ProofTooLong",
            Self::Wire(WireError::Truncated { .. })
            | Self::Statement(StatementError::Wire(WireError::Truncated { .. })) => {
                "ProofTruncated"
            }
            Self::Wire(WireError::Trailing { .. })
            | Self::Statement(StatementError::Wire(WireError::Trailing { .. })) => {
                "ProofTrailingBytes"
            }
            Self::Wire(WireError::NonCanonical { .. })
            | Self::Statement(StatementError::Wire(WireError::NonCanonical { .. })) => {
                "ProofNonCanonical"
            }
            Self::Statement(_) => "ProofStatement",
            Self::Json(_) => "ProofJson",
        }
    }
}

fn check_length(field: &'static str, bytes: usize, most: usize) -> Result<(), EnvelopeError> {
    if bytes > most {
        return Err(EnvelopeError::TooLong { field, bytes, most });
    }
    Ok(())
}

fn read_part<'a>(
    reader: &mut Reader<'a>,
    field: &'static str,
    most: usize,
) -> Result<&'a [u8], EnvelopeError> {
    let length = usize::try_from(reader.u32(field)?).unwrap_or(usize::MAX);
    check_length(field, length, most)?;
    Ok(reader.take(field, length)?)
}

fn magic_error(bytes: &[u8]) -> EnvelopeError {
    // What line-ending or 7-bit transfers make of the magic.
    let stem = bytes.get(1..4) == Some(&MAGIC[1..4]);
    let replaced = bytes.windows(3).take(4).any(|w| w == &MAGIC[1..4]);
    if stem || replaced { EnvelopeError::TextTransfer } else { EnvelopeError::Magic }
}

impl Envelope {
    /// A proof with its statement.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLong`] for a proof beyond its bound.
    pub fn new(statement: Statement, proof: Vec<u8>) -> Result<Self, EnvelopeError> {
        check_length("proof", proof.len(), MAX_PROOF_BYTES)?;
        Ok(Self { statement, proof })
    }

    /// The statement.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The proof.
    pub fn proof(&self) -> &[u8] {
        &self.proof
    }

    /// The binary file. `docs/envelope.md` specifies it byte by byte.
    pub fn encode(&self) -> Vec<u8> {
        let statement = self.statement.encode();
        let mut out = Vec::with_capacity(MAGIC.len() + 10 + statement.len() + self.proof.len());
        out.extend(MAGIC);
        out.extend(FORMAT_VERSION.to_le_bytes());
        for part in [&statement, &self.proof] {
            // Both are bounded far below 2^32.
            out.extend((part.len() as u32).to_le_bytes());
            out.extend(part);
        }
        out
    }

    /// Reads the binary file; there is exactly one per statement and proof.
    ///
    /// # Errors
    /// [`EnvelopeError`] for bytes that [`Envelope::encode`] does not produce.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.is_empty() {
            return Err(EnvelopeError::Empty);
        }
        check_length("file", bytes.len(), MAX_ENVELOPE_BYTES)?;
        let known = bytes.len().min(MAGIC.len());
        if bytes[..known] != MAGIC[..known] {
            return Err(magic_error(bytes));
        }
        let mut reader = Reader::new(bytes);
        reader.take("magic", MAGIC.len())?;
        let version = reader.u16("format version")?;
        if version != FORMAT_VERSION {
            return Err(EnvelopeError::FormatVersion(version));
        }
        let statement = read_part(&mut reader, "statement", MAX_STATEMENT_BYTES)?;
        let proof = read_part(&mut reader, "proof", MAX_PROOF_BYTES)?.to_vec();
        reader.end()?;
        Self::new(Statement::decode(statement)?, proof)
    }

    /// Reads a binary file or its JSON twin, distinguished by the first byte.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn read(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
            Some(b'{') => Self::from_json(bytes),
            _ => Self::decode(bytes),
        }
    }

    /// The JSON twin: the same fields as text.
    pub fn to_json(&self) -> String {
        json::write(self)
    }

    /// Reads the JSON twin.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        check_length("file", bytes.len(), MAX_JSON_BYTES)?;
        let (statement, proof) = json::read(bytes)?;
        Self::new(statement, proof)
    }

    /// Identity of the proof: BLAKE2b-256 of the binary file.
    pub fn digest(&self) -> [u8; 32] {
        file_digest(&self.encode())
    }
}

/// Identity of a file: BLAKE2b-256 of its bytes, with a personal string.
pub fn file_digest(bytes: &[u8]) -> [u8; 32] {
    let hash = blake2b_simd::Params::new().hash_length(32).personal(PERSONALIZATION).hash(bytes);
    let mut digest = [0; 32];
    digest.copy_from_slice(hash.as_bytes());
    digest
}
