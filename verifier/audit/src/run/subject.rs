//! What a run is about: manifest, log and program, and which part of the proofs.

use crate::store::LogHead;
use std::num::NonZeroU32;
use zkmargin_model::digest::Digest;

/// What makes verdicts comparable: the program's version and the layout of its circuits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Version of the program, with a digest of its sources.
    pub version: String,
    /// Known circuits and the fingerprint of their layout.
    pub circuits: String,
}

impl Build {
    /// This build.
    pub fn this() -> Self {
        Self {
            version: zkmargin_version::VERSION.to_owned(),
            circuits: zkmargin_circuit::circuits_id(),
        }
    }
}

/// A part of the proofs: those of every `of`-th slot. All proofs of a subject and epoch are in the same part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub at: u32,
    /// How many parts.
    pub of: NonZeroU32,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { at: 0, of: NonZeroU32::MIN };
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.at, self.of)
    }
}

/// What a run is about. Two runs with the same subject and disjoint shards can be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// SHA-256 of the manifest.
    pub manifest: Digest,
    /// The log when the run began.
    pub log: LogHead,
    /// The program.
    pub build: Build,
}

/// The shard written as `i/N`.
pub fn parse_shard(text: &str) -> Option<Shard> {
    let (at, of) = text.split_once('/')?;
    let shard = Shard { at: at.parse().ok()?, of: of.parse().ok()? };
    (shard.at < shard.of.get() && shard.to_string() == text).then_some(shard)
}
