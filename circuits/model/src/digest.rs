//! Digests over one canonical binary encoding.
//!
//! Integers are little-endian; byte strings and lists begin with a 32-bit length; a decimal number
//! is its scale and its coefficient without trailing zeros. Every use has a BLAKE2b personal tag.

use crate::decimal::Decimal;
use num_bigint::{BigInt, Sign};

/// A BLAKE2b-256 digest, of what its tag says.
pub type Digest = [u8; 32];

macro_rules! digests {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Digest);

        impl $name {
            /// The bytes as the digest of this thing.
            pub const fn new(bytes: Digest) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn bytes(&self) -> &Digest {
                &self.0
            }
        }

        impl From<Digest> for $name {
            fn from(bytes: Digest) -> Self {
                Self(bytes)
            }
        }

        impl From<$name> for Digest {
            fn from(digest: $name) -> Self {
                digest.0
            }
        }

        /// Lower-case hexadecimal.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    )+};
}

digests! {
    /// Digest of a schedule.
    ScheduleDigest;
    /// Digest of a snapshot, its schedule's digest included.
    SnapshotDigest;
    /// Digest of a market: of schedule and snapshot.
    MarketDigest;
    /// Digest of the rule by which the ids of an account get their meaning.
    RegistryDigest;
}

/// Where a digest is used: the BLAKE2b personal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestTag {
    /// A schedule.
    Schedule,
    /// A snapshot.
    Snapshot,
    /// A schedule with a snapshot.
    Market,
    /// A market, as the book of one settlement asset sees it.
    Book,
    /// A market, as one requirement or stress of portfolio accounts sees it.
    Measure,
    /// The rule by which ids get their meaning.
    Registry,
    /// A portfolio schedule.
    PortfolioSchedule,
    /// A snapshot of a portfolio schedule.
    PortfolioSnapshot,
    /// The numbering a portfolio account relies on.
    PortfolioRegistry,
    /// A venue's name.
    Venue,
    /// An audience's name.
    Audience,
    /// Audience, purpose and epoch.
    Scope,
    /// The identity of an account of a registry, whatever it holds: for a prover's own log.
    Identity,
}

impl DigestTag {
    /// The 16 bytes of the personal string.
    pub fn personal(self) -> &'static [u8; 16] {
        match self {
            DigestTag::Schedule => b"zkmargin-sched-1",
            DigestTag::Snapshot => b"zkmargin-snaps-1",
            DigestTag::Market => b"zkmargin-markt-1",
            DigestTag::Book => b"zkmargin-books-1",
            DigestTag::Measure => b"zkmargin-meas-1\0",
            DigestTag::Registry => b"zkmargin-regis-1",
            DigestTag::PortfolioSchedule => b"zkmargin-psche-1",
            DigestTag::PortfolioSnapshot => b"zkmargin-psnap-1",
            DigestTag::PortfolioRegistry => b"zkmargin-pregi-1",
            DigestTag::Venue => b"zkmargin-venue-1",
            DigestTag::Audience => b"zkmargin-audie-1",
            DigestTag::Scope => b"zkmargin-scope-1",
            DigestTag::Identity => b"zkmargin-ident-1",
        }
    }
}

/// BLAKE2b-256 of bytes under a tag.
pub fn digest(tag: DigestTag, bytes: &[u8]) -> Digest {
    let hash = blake2b_simd::Params::new().hash_length(32).personal(tag.personal()).hash(bytes);
    let mut out = [0; 32];
    out.copy_from_slice(hash.as_bytes());
    out
}

/// Writes the canonical encoding.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// An empty encoding.
    pub fn new() -> Self {
        Self::default()
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes.push(value);
        self
    }

    /// A boolean as one byte, 0 or 1.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.u8(value.into())
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    /// A length of a list or byte string, four bytes. Lengths are bounded by the file size.
    pub fn len(&mut self, length: usize) -> &mut Self {
        self.u32(u32::try_from(length).unwrap_or(u32::MAX))
    }

    /// Bytes of a fixed length.
    pub fn fixed(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend(bytes);
        self
    }

    /// A length and UTF-8 text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.len(text.len()).fixed(text.as_bytes())
    }

    /// 0, or 1 followed by what `write` writes.
    pub fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) -> &mut Self {
        self.bool(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
        self
    }

    /// Sign (0 zero or positive, 1 negative), length of the magnitude, little-endian magnitude without trailing zero
    /// bytes; zero has length 0.
    pub fn integer(&mut self, value: &BigInt) -> &mut Self {
        let (sign, magnitude) = value.to_bytes_le();
        let magnitude = if sign == Sign::NoSign { &[][..] } else { &magnitude[..] };
        self.bool(sign == Sign::Minus).len(magnitude.len()).fixed(magnitude)
    }

    /// Scale, then coefficient.
    pub fn decimal(&mut self, value: &Decimal) -> &mut Self {
        self.u32(value.scale()).integer(value.coefficient())
    }

    /// The digest of what was written.
    pub fn digest(&self, tag: DigestTag) -> Digest {
        digest(tag, &self.bytes)
    }

    /// What was written.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
