//! Why a message is refused: the place in its bytes and the reason.

use crate::{Address, PublicKey};

/// Why a message is refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct SourceError {
    /// Where in the message.
    pub place: Place,
    /// The reason.
    pub problem: Problem,
}

/// A place in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The part, in the words of the format.
    pub part: &'static str,
    /// Where the part begins, in bytes from the start of the message.
    pub byte: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.part, self.byte)
    }
}

impl Place {
    pub(crate) fn error(self, problem: Problem) -> SourceError {
        SourceError { place: self, problem }
    }
}

/// The reason why a message is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The bytes end within a part.
    #[error("needs {needs} bytes, but {left} are left")]
    TooShort {
        /// Bytes the part needs.
        needs: usize,
        /// Bytes left.
        left: usize,
    },
    /// Surplus bytes.
    #[error("{0} bytes too many")]
    TooLong(usize),
    /// Text that is not base64, or not in its canonical form.
    #[error("is not base64 with padding and without bits after the end")]
    Base64,
    /// First or last bytes of another format.
    #[error("is that of a format that is not read here")]
    Magic,
    /// A version or kind that is not read here.
    #[error("is {found}, but only {known} is read here")]
    Version {
        /// What the message has.
        found: u8,
        /// What is read.
        known: u8,
    },
    /// Bytes in a field that nobody signs.
    #[error("announces {0} bytes that nobody signed; remove them")]
    Unsigned(usize),
    /// A recovery byte without a meaning or with a second one.
    #[error("{0} is not a recovery byte of this format")]
    RecoveryByte(u8),
    /// A signature with the larger of the two values of s.
    #[error("has the larger of the two values of s; every signature has only one form here")]
    HighS,
    /// Bytes that are not a signature, or one that does not verify.
    #[error("is not a valid signature")]
    Signature,
    /// The signer is not trusted, or something signed was changed: a changed message recovers to an unknown signer.
    #[error("is by {0}, which is not trusted; or the message was changed")]
    UnknownSigner(PublicKey),
    /// Two signatures by one signer on one feed.
    #[error("is the second by {signer} for feed {feed}")]
    DuplicateSigner {
        /// The feed.
        feed: String,
        /// The signer.
        signer: PublicKey,
    },
    /// Fewer signers than needed.
    #[error("{found} signers, but {needed} are needed")]
    TooFewSigners {
        /// Signers that the message has.
        found: usize,
        /// Signers that are needed.
        needed: usize,
    },
    /// Fewer signers than needed for one feed.
    #[error("{found} signers for feed {feed}, but {needed} are needed")]
    TooFewSignersOfFeed {
        /// The feed.
        feed: String,
        /// Signers that the feed has.
        found: usize,
        /// Signers that are needed.
        needed: usize,
    },
    /// Nothing in the message.
    #[error("is zero")]
    Empty,
    /// A repeated feed.
    #[error("feed {0} is already present")]
    DuplicateFeed(String),
    /// Feeds not in the format's order.
    #[error("feed {0} is out of order")]
    FeedOrder(String),
    /// A feed id of zeros.
    #[error("is not a feed id")]
    FeedId,
    /// A property that is not read here; its length is unknown, so nothing after it can be read.
    #[error("property {0} is not known")]
    UnknownProperty(u8),
    /// A repeated property in one feed.
    #[error("property {0} is already present")]
    DuplicateProperty(u8),
    /// A flag that is neither 0 nor 1.
    #[error("{0} is not a flag; a flag is 0 or 1")]
    Flag(u8),
    /// An exponent beyond [`MAX_EXPONENT`](crate::MAX_EXPONENT).
    #[error("{0} is out of range")]
    Exponent(i32),
    /// Values whose size is not that of numbers.
    #[error("is {0} bytes; numbers have 32")]
    ValueSize(u32),
    /// A value of 2^127 or more.
    #[error("is 2^127 or more")]
    ValueTooLarge,
    /// A time that is not in milliseconds below 2^64.
    #[error("is not a time since 1970")]
    Time,
    /// A price that is newer than the message it is in.
    #[error("is later than the message")]
    TimeAfterMessage,
    /// Different times in one message.
    #[error("is {found}, but the first package has {expected}; all must have the same time")]
    MixedTimes {
        /// The time, in milliseconds.
        found: u64,
        /// The first package's time, in milliseconds.
        expected: u64,
    },
    /// Signed by another guardian set.
    #[error("is {found}, but set {expected} is trusted")]
    GuardianSet {
        /// The message's set.
        found: u32,
        /// The trusted set.
        expected: u32,
    },
    /// A guardian's number that is not above the previous one: a guardian repeated, or out of order.
    #[error("{0} is not above the previous one")]
    GuardianOrder(u8),
    /// A guardian's number beyond the set.
    #[error("{0} is beyond the guardian set")]
    GuardianNumber(u8),
    /// A signature that is not by the guardian it claims to be by.
    #[error("is by 0x{}, which is not guardian {guardian}; or the message was changed", hex::encode(.found))]
    WrongGuardian {
        /// The guardian's number.
        guardian: u8,
        /// Whose signature it is.
        found: Address,
    },
    /// A message from another sender.
    #[error("is not the trusted one")]
    Emitter,
    /// A price message that is not in the signed tree.
    #[error("does not lead to the signed root")]
    MerkleProof,
}
