//! The opening of one account: what its holder needs to prove that it is in the ledger.

use crate::levels::Tree;
use crate::seed::BlindingSeed;
use pasta_curves::Fp;
use serde::{Deserialize, Serialize};
use std::io;
use zeroize::{Zeroize, ZeroizeOnDrop};
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::field::{field_bytes, field_from_bytes};
use zkmargin_model::ledger::{DEPTH, Path};
use zkmargin_model::shown::shown;
use zkmargin_params::wrong_encoding;

/// Format of an opening file.
pub const FORMAT: &str = "zkmargin-opening/1";

/// An opening file. Secret: the blinding opens the commitment. Wiped when dropped.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    format: String,
    serial: u32,
    blinding: String,
    leaf: String,
    siblings: Vec<String>,
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opening(..)")
    }
}

/// Why bytes are not an opening.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// Not the JSON of an opening.
    #[error("not an opening file: {}", shown(&.0.to_string()))]
    Json(serde_json::Error),
    /// A byte order mark, or UTF-16.
    #[error("the file {0}")]
    Encoding(&'static str),
    /// Another format.
    #[error("the format is not {FORMAT}")]
    Format,
    /// Not 32 siblings.
    #[error("{0} siblings, not {DEPTH}")]
    Siblings(usize),
    /// Not a canonical field element in lower-case hexadecimal.
    #[error("`{0}` is not a field element")]
    Element(&'static str),
}

fn element(name: &'static str, text: &str) -> Result<Fp, OpeningError> {
    let mut bytes = [0; 32];
    let decoded = hex::decode_to_slice(text, &mut bytes).is_ok() && hex::encode(bytes) == text;
    let element = decoded.then(|| field_from_bytes(&bytes)).flatten();
    element.ok_or(OpeningError::Element(name))
}

fn text(element: &Fp) -> String {
    hex::encode(field_bytes(element))
}

impl Opening {
    pub(crate) fn new(leaf: AccountCommitment, path: &Path, seed: &BlindingSeed) -> Self {
        Self {
            format: FORMAT.into(),
            serial: path.serial,
            blinding: text(&seed.blinding(path.serial)),
            leaf: leaf.to_string(),
            siblings: path.siblings.iter().map(text).collect(),
        }
    }

    /// The opening of an account in a finished tree.
    ///
    /// # Errors
    /// From the file system, or when there is no such account.
    pub fn of(tree: &Tree, seed: &BlindingSeed, serial: u32) -> io::Result<Self> {
        if u64::from(serial) >= tree.size() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no account has this serial"));
        }
        Ok(Self::new(tree.leaf(serial)?, &tree.path(serial)?, seed))
    }

    /// Reads an opening file.
    ///
    /// # Errors
    /// [`OpeningError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, OpeningError> {
        if let Some(what) = wrong_encoding(bytes) {
            return Err(OpeningError::Encoding(what));
        }
        let opening: Self = serde_json::from_slice(bytes).map_err(OpeningError::Json)?;
        if opening.format != FORMAT {
            return Err(OpeningError::Format);
        }
        opening.path()?;
        opening.leaf()?;
        element("blinding", &opening.blinding)?;
        Ok(opening)
    }

    /// The file.
    ///
    /// # Errors
    /// None in practice: the fields are strings and numbers.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Place in the ledger.
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// Blinding in hexadecimal.
    pub fn blinding(&self) -> &str {
        &self.blinding
    }

    /// The account's leaf.
    ///
    /// # Errors
    /// [`OpeningError`]; none for an opening that was read or made here.
    pub fn leaf(&self) -> Result<AccountCommitment, OpeningError> {
        element("leaf", &self.leaf).map(AccountCommitment::new)
    }

    /// The Merkle path to the root.
    ///
    /// # Errors
    /// [`OpeningError`]; none for an opening that was read or made here.
    pub fn path(&self) -> Result<Path, OpeningError> {
        let siblings: Result<Vec<Fp>, _> =
            self.siblings.iter().map(|sibling| element("siblings", sibling)).collect();
        let siblings = siblings?;
        let siblings = siblings.try_into().map_err(|s: Vec<Fp>| OpeningError::Siblings(s.len()))?;
        Ok(Path { serial: self.serial, siblings })
    }
}
