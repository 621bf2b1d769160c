//! Who signs for a price source, and their messages.

use crate::figures::error;
use zkmargin_model::shown::quoted;
use zkmargin_notes::KeySet;
use zkmargin_params::{ErrorCode, FileError, Role, SignedByFile};
use zkmargin_sources::pyth_hermes::{self, Emitter, GuardianSet};
use zkmargin_sources::redstone::{self, AuthorisedSigners};
use zkmargin_sources::{Address, PublicKey, SourceMessage, TrustedKeys, pyth_lazer};

/// Who signs a source's messages.
#[derive(Clone, Debug)]
pub enum SignedBy {
    /// A key, in a source note.
    Note {
        /// Its name.
        key: String,
        /// The source the note must name; `None` for any.
        source: Option<String>,
    },
    /// One of these Pyth Lazer keys.
    PythLazer(TrustedKeys),
    /// Enough of these RedStone nodes.
    RedStone(AuthorisedSigners),
    /// A quorum of these guardians.
    PythHermes(GuardianSet),
}

impl SignedBy {
    /// A network's signers; none for source notes, whose keys are in a set.
    ///
    /// # Errors
    /// [`FileError`] with what to do.
    pub fn network(file: &SignedByFile) -> Result<Self, FileError> {
        signed_by(file, None, "")
    }

    /// Verifies a message of a network.
    ///
    /// A RedStone message can be the payload's bytes, their hexadecimal text or the gateway's JSON; a Pyth message can
    /// be bytes, hexadecimal text, or base64 as returned by Hermes.
    ///
    /// # Errors
    /// What is wrong, as text.
    pub fn message(&self, bytes: &[u8]) -> Result<SourceMessage, String> {
        let raw = binary(bytes);
        let text = std::str::from_utf8(&raw).ok().map(str::trim);
        match self {
            Self::Note { .. } => Err("a source note is not a network's message".to_owned()),
            Self::PythLazer(trusted) => {
                pyth_lazer::verify(&raw, trusted).map_err(|e| e.to_string())
            }
            Self::RedStone(authorised) => {
                let json = text.filter(|t| t.starts_with('{'));
                let payload = match json.map(redstone::payload_from_json) {
                    Some(payload) => payload.map_err(|e| e.to_string())?,
                    None => raw,
                };
                redstone::verify(&payload, authorised).map_err(|e| e.to_string())
            }
            Self::PythHermes(guardians) => {
                let emitter = Emitter::PYTHNET;
                let verified = match text.filter(|t| t.is_ascii()) {
                    Some(text) => pyth_hermes::verify_base64(text, guardians, &emitter),
                    None => pyth_hermes::verify(&raw, guardians, &emitter),
                };
                verified.map_err(|e| e.to_string())
            }
        }
    }
}

fn public_key(text: &str, pointer: &str) -> Result<PublicKey, FileError> {
    text.parse().map_err(|e| error(ErrorCode::BadKey, pointer, format!("the text {e}")))
}

fn addresses(signers: &[String], here: &str) -> Result<Vec<Address>, FileError> {
    let address = |(at, text): (usize, &String)| {
        let pointer = format!("{here}/signers/{at}");
        match public_key(text, &pointer)? {
            PublicKey::Secp256k1Address(address) => Ok(address),
            PublicKey::Ed25519(_) => {
                let message = "this network signs with secp256k1; write 0x and 40 digits";
                Err(error(ErrorCode::WrongKeyKind, pointer, message))
            }
        }
    };
    signers.iter().enumerate().map(address).collect()
}

/// Who signs for a source; a note's key must be one of `keys`.
pub(crate) fn signed_by(
    file: &SignedByFile,
    keys: Option<&KeySet>,
    here: &str,
) -> Result<SignedBy, FileError> {
    let bad = |e: &dyn std::fmt::Display| error(ErrorCode::BadKey, here, format!("the set {e}"));
    Ok(match file {
        SignedByFile::Note { key, source } => match keys.and_then(|keys| keys.get(key)) {
            Some(trusted) if trusted.role() == Role::Source => {
                SignedBy::Note { key: key.clone(), source: source.clone() }
            }
            _ => {
                let message = format!("the policy has no key {} of role source", quoted(key));
                return Err(error(ErrorCode::BadKey, format!("{here}/note/key"), message));
            }
        },
        SignedByFile::PythLazer { signers } => {
            let here = format!("{here}/pyth-lazer/signers");
            if signers.is_empty() {
                return Err(error(ErrorCode::BadKey, here, "name at least one key"));
            }
            let keys = signers.iter().enumerate();
            let keys: Result<Vec<_>, _> =
                keys.map(|(at, text)| public_key(text, &format!("{here}/{at}"))).collect();
            SignedBy::PythLazer(TrustedKeys::new(keys?))
        }
        SignedByFile::Redstone { signers, threshold } => {
            let addresses = addresses(signers, &format!("{here}/redstone"))?;
            let set = AuthorisedSigners::new(&addresses, *threshold as usize);
            SignedBy::RedStone(set.map_err(|e| bad(&e))?)
        }
        SignedByFile::PythHermes { guardian_set, signers } => {
            let addresses = addresses(signers, &format!("{here}/pyth-hermes"))?;
            let set = GuardianSet::new(*guardian_set, addresses);
            SignedBy::PythHermes(set.map_err(|e| bad(&e))?)
        }
    })
}

/// Bytes from hexadecimal text with an optional `0x`, or the bytes as they are.
fn binary(bytes: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).ok().map(str::trim);
    let digits = text.map(|text| text.strip_prefix("0x").unwrap_or(text));
    match digits.filter(|d| !d.is_empty()).and_then(|d| hex::decode(d).ok()) {
        Some(decoded) => decoded,
        None => bytes.to_vec(),
    }
}
