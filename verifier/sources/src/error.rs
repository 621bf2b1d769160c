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
    #[error("needs {needs} bytes, and {left} are left")]
    TooShort {
        /// Bytes that the part has.
        needs: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// Bytes that belong to nothing.
    #[error("{0} bytes too many")]
    TooLong(usize),
    /// Text that is not base64, or not in its one form.
    #[error("is not base64 with padding and without bits after the end")]
    Base64,
    /// First or last bytes of another format.
    #[error("is that of a format that is not read here")]
    Magic,
    /// A version or kind that is not read here.
    #[error("is {found}, and only {known} is read here")]
    Version {
        /// What the message has.
        found: u8,
        /// What is read.
        known: u8,
    },
    /// Bytes in a field that nobody signs.
    #[error("announces {0} bytes that nobody signed; remove them")]
    Unsigned(usize),
    /// A recovery byte with no or a second meaning.
    #[error("{0} is no recovery byte of this format")]
    RecoveryByte(u8),
    /// A signature with the larger of the two values of s.
    #[error("has the larger of the two values of s; every signature has one form here")]
    HighS,
    /// Bytes that are no signature, or one that does not verify.
    #[error("is not a valid signature")]
    Signature,
    /// The signer is not trusted, or something signed was changed: a changed message recovers to a
    /// signer that nobody knows.
    #[error("is of {0}, which is not trusted; or the message was changed")]
    UnknownSigner(PublicKey),
    /// Two signatures of one signer on one feed.
    #[error("is the second of {signer} for feed {feed}")]
    DuplicateSigner {
        /// The feed.
        feed: String,
        /// The signer.
        signer: PublicKey,
    },
    /// Fewer signers than needed.
    #[error("{found} signers, and {needed} are needed")]
    TooFewSigners {
        /// Signers that the message has.
        found: usize,
        /// Signers that are needed.
        needed: usize,
    },
    /// Fewer signers than needed for one feed.
    #[error("{found} signers for feed {feed}, and {needed} are needed")]
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
    /// A feed twice.
    #[error("feed {0} is there already")]
    DuplicateFeed(String),
    /// Feeds in another order than the format's.
    #[error("feed {0} is out of order")]
    FeedOrder(String),
    /// A feed id of zeros.
    #[error("is no feed id")]
    FeedId,
    /// A property that is not read here; its length is unknown, so nothing after it can be read.
    #[error("property {0} is not known")]
    UnknownProperty(u8),
    /// A property twice in one feed.
    #[error("property {0} is there already")]
    DuplicateProperty(u8),
    /// A flag that is neither 0 nor 1.
    #[error("{0} is no flag; 0 or 1 is")]
    Flag(u8),
    /// An exponent beyond [`MAX_EXPONENT`](crate::MAX_EXPONENT).
    #[error("{0} is out of range")]
    Exponent(i32),
    /// Values of another size than numbers have.
    #[error("is {0} bytes; numbers have 32")]
    ValueSize(u32),
    /// A value of 2^127 or more.
    #[error("is 2^127 or more")]
    ValueTooLarge,
    /// A time that cannot be in milliseconds below 2^64.
    #[error("is no time since 1970")]
    Time,
    /// A price that is newer than the message it is in.
    #[error("is later than the message")]
    TimeAfterMessage,
    /// Two times in one message.
    #[error("is {found}, and the first package has {expected}; all must be of one time")]
    MixedTimes {
        /// The time, in milliseconds.
        found: u64,
        /// The first package's time, in milliseconds.
        expected: u64,
    },
    /// Signed by another guardian set.
    #[error("is {found}, and set {expected} is trusted")]
    GuardianSet {
        /// The message's set.
        found: u32,
        /// The trusted set.
        expected: u32,
    },
    /// A guardian's number that is not above the one before: a guardian twice, or out of order.
    #[error("{0} is not above the one before")]
    GuardianOrder(u8),
    /// A guardian's number beyond the set.
    #[error("{0} is beyond the guardian set")]
    GuardianNumber(u8),
    /// A signature that is not that of the guardian it is said to be of.
    #[error("is of 0x{}, which is not guardian {guardian}; or the message was changed", hex::encode(.found))]
    WrongGuardian {
        /// The guardian's number.
        guardian: u8,
        /// Whose signature it is.
        found: Address,
    },
    /// A message of another sender.
    #[error("is not the trusted one")]
    Emitter,
    /// A price message that is not in the signed tree.
    #[error("does not lead to the signed root")]
    MerkleProof,
}
