//! Keys of signed notes: names, key ids, and the texts in which keys are published and kept.
//!
//! Formats: [signed-note](https://c2sp.org/signed-note) for verifier keys, Go's
//! `golang.org/x/mod/sumdb/note` for signer keys.

use crate::encoding::{base64, base64_into, from_base64, from_base64_into, from_hex};
use ed25519_dalek::{SigningKey, VerifyingKey};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;
use zkmargin_model::names::{NameError, check_name as check_alphabet};

/// Maximum length of the name of a key that is trusted or signs, in bytes.
pub const MAX_KEY_NAME_BYTES: usize = 255;

/// First part of a signer key's text.
const PRIVATE: &str = "PRIVATE+KEY+";

/// What a key's signatures are made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Type 0x01: Ed25519 over the note text.
    Ed25519,
    /// Type 0x04: Ed25519 over a header, a time and the note text
    /// ([cosignature/v1](https://c2sp.org/tlog-cosignature)).
    Cosignature,
}

impl KeyKind {
    /// Signature type byte.
    pub fn byte(self) -> u8 {
        match self {
            KeyKind::Ed25519 => 0x01,
            KeyKind::Cosignature => 0x04,
        }
    }

    fn from_byte(byte: u8) -> Result<Self, KeyError> {
        match byte {
            0x01 => Ok(KeyKind::Ed25519),
            0x04 => Ok(KeyKind::Cosignature),
            byte => Err(KeyError::Kind(byte)),
        }
    }
}

/// First four bytes of SHA-256 over name, newline, type byte and public key. It distinguishes keys with the same name;
/// it is too short to identify a key by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 4]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Why text is not a key. Never repeats a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `name+id+base64`.
    #[error("not a verifier key; one reads name+id+base64")]
    VerifierText,
    /// Not `PRIVATE+KEY+name+id+base64`.
    #[error("not a signer key; one reads PRIVATE+KEY+name+id+base64")]
    SignerText,
    /// A name with a space or a plus sign.
    #[error("a key name cannot contain a space or a plus sign")]
    Separator,
    /// A name that is empty, too long, or not in the alphabet of names.
    #[error("the key name {0}")]
    Name(NameError),
    /// A key id that is not eight lower-case hexadecimal digits.
    #[error("the key id is not eight lower-case hexadecimal digits")]
    IdText,
    /// A key id that does not belong to name and key: one of the three is mistyped.
    #[error("the key id is {stated}, but that of this name and key is {computed}")]
    Id {
        /// In the text.
        stated: KeyId,
        /// Of name and key.
        computed: KeyId,
    },
    /// Not base64 of a type byte and 32 bytes.
    #[error("the key is not base64 of a type byte and 32 bytes")]
    Base64,
    /// A type byte other than 0x01 and 0x04.
    #[error("signature type {0:#04x} is not supported; only 0x01 and 0x04 are")]
    Kind(u8),
    /// Bytes that do not encode a point of the curve, or not in the canonical way.
    #[error("the public key is not the encoding of a point")]
    Point,
    /// A point of small order: signatures under it can be made without a secret.
    #[error("the public key has small order; anyone can sign under it")]
    Weak,
}

/// Whether text can be a key name in a signature line: not empty, not longer than any key's, no white space, no plus
/// sign.
pub(crate) fn is_key_name(name: &str) -> bool {
    (1..=MAX_KEY_NAME_BYTES).contains(&name.len())
        && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

fn check_name(name: &str) -> Result<(), KeyError> {
    check_alphabet(name, MAX_KEY_NAME_BYTES).map_err(KeyError::Name)?;
    if is_key_name(name) { Ok(()) } else { Err(KeyError::Separator) }
}

fn key_id(name: &str, kind: KeyKind, public: &[u8; 32]) -> KeyId {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([b'\n', kind.byte()]);
    hash.update(public);
    let hash = hash.finalize();
    KeyId([hash[0], hash[1], hash[2], hash[3]])
}

fn check_id(text: &str, computed: KeyId) -> Result<(), KeyError> {
    let stated = KeyId(from_hex(text).ok_or(KeyError::IdText)?);
    if stated == computed { Ok(()) } else { Err(KeyError::Id { stated, computed }) }
}

/// Splits `name+id+base64`; the base64 may contain further plus signs.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    Some((name, id, key))
}

/// A public key with its name and kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    id: KeyId,
    key: VerifyingKey,
}

impl VerifierKey {
    /// A key from its parts.
    ///
    /// # Errors
    /// [`KeyError::Name`], [`KeyError::Separator`], [`KeyError::Point`] or [`KeyError::Weak`].
    pub fn new(name: &str, kind: KeyKind, public: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        let key = VerifyingKey::from_bytes(public).map_err(|_| KeyError::Point)?;
        // The library decodes coordinates past the field's modulus as well.
        if key.to_edwards().compress().as_bytes() != public {
            return Err(KeyError::Point);
        }
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        Ok(Self { name: name.to_owned(), kind, id: key_id(name, kind, public), key })
    }

    /// Reads `name+id+base64`.
    ///
    /// # Errors
    /// [`KeyError`] for text that [`VerifierKey::to_text`] does not write.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let (name, id, key) = split(text).ok_or(KeyError::VerifierText)?;
        let bytes = from_base64(key).ok_or(KeyError::Base64)?;
        let (kind, public) = bytes.split_first().ok_or(KeyError::Base64)?;
        let kind = KeyKind::from_byte(*kind)?;
        let public = public.try_into().map_err(|_| KeyError::Base64)?;
        let key = Self::new(name, kind, public)?;
        check_id(id, key.id)?;
        Ok(key)
    }

    /// The text its owner publishes.
    pub fn to_text(&self) -> String {
        let mut bytes = vec![self.kind.byte()];
        bytes.extend(self.public());
        format!("{}+{}+{}", self.name, self.id, base64(&bytes))
    }

    /// Name in signature lines.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures are made over.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Key id in signature lines.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The public key, encoded as in RFC 8032.
    pub fn public(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    pub(crate) fn point(&self) -> &VerifyingKey {
        &self.key
    }
}

/// A secret key with its name and kind. Wiped when dropped, never printed.
pub struct SignerKey {
    secret: SigningKey,
    verifier: VerifierKey,
}

impl std::fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignerKey({}+{}, ..)", self.verifier.name, self.verifier.id)
    }
}

impl SignerKey {
    /// A key from its Ed25519 seed. The caller wipes the seed.
    ///
    /// # Errors
    /// [`KeyError::Name`] or [`KeyError::Separator`].
    pub fn from_seed(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, kind, secret.verifying_key().as_bytes())?;
        Ok(Self { secret, verifier })
    }

    /// A new random key.
    ///
    /// # Errors
    /// [`KeyError::Name`] or [`KeyError::Separator`].
    pub fn generate(name: &str, kind: KeyKind, rng: &mut impl CryptoRng) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *seed);
        Self::from_seed(name, kind, &seed)
    }

    /// Reads `PRIVATE+KEY+name+id+base64`. The caller wipes the text.
    ///
    /// # Errors
    /// [`KeyError`] for text that [`SignerKey::to_text`] does not write.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix(PRIVATE).ok_or(KeyError::SignerText)?;
        let (name, id, key) = split(rest).ok_or(KeyError::SignerText)?;
        let mut bytes = Zeroizing::new([0; 33]);
        from_base64_into(key, &mut *bytes).ok_or(KeyError::Base64)?;
        let kind = KeyKind::from_byte(bytes[0])?;
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&bytes[1..]);
        let key = Self::from_seed(name, kind, &seed)?;
        check_id(id, key.verifier.id)?;
        Ok(key)
    }

    /// The text its owner keeps secret. Wiped when dropped.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; 33]);
        bytes[0] = self.verifier.kind.byte();
        bytes[1..].copy_from_slice(self.secret.as_bytes());
        // Long enough from the start: text that grows leaves copies behind.
        let capacity = PRIVATE.len() + self.verifier.name.len() + 1 + 8 + 1 + 44;
        let mut text = Zeroizing::new(String::with_capacity(capacity));
        text.push_str(PRIVATE);
        text.push_str(&self.verifier.name);
        text.push('+');
        text.push_str(&self.verifier.id.to_string());
        text.push('+');
        base64_into(&*bytes, &mut *Zeroizing::new([0; 44]), &mut text);
        text
    }

    /// The public key.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(crate) fn secret(&self) -> &SigningKey {
        &self.secret
    }
}
