//! Where the venue's prices and the sources' disagree, or cannot be compared.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use zkmargin_model::counted;
use zkmargin_params::CoveredFile;

/// A price of the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// An instrument's mark.
    Mark,
    /// An asset's index, which values balances, or that of a portfolio schedule, of which charges are rates.
    Index,
    /// A group's forward, which values its options.
    Forward,
    /// An asset's requirement index, which converts requirements.
    RequirementIndex,
    /// An asset's bid, which values what an account has.
    Bid,
    /// An asset's ask, which values what an account owes and converts requirements.
    Ask,
}

impl Price {
    /// How far a price is from the median. Under a claim of health a bid below it and an ask above it have no distance: the
    /// venue's haircuts are in them, and they only lower equity and raise a requirement. That is what shows a deficiency
    /// (`does_not_meet`), so there they have one.
    pub(crate) fn distance(
        self,
        price: &BigRational,
        median: &BigRational,
        does_not_meet: bool,
    ) -> BigRational {
        let above = price - median;
        match self {
            Price::Bid if !does_not_meet => above.max(BigRational::zero()),
            Price::Ask if !does_not_meet => (-above).max(BigRational::zero()),
            _ => above.abs(),
        }
    }
}

/// An entry of the snapshot and the distance of its mark from the median.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What is covered.
    pub of: CoveredFile,
    /// Which of its prices.
    pub price: Price,
    /// The venue's mark or index, decimal text.
    pub mark: String,
    /// The median, to twelve digits after the point, decimal text.
    pub median: String,
    /// Distance in hundredths of a basis point of the median, rounded up.
    pub deviation_centi_bps: BigInt,
    /// Sources that gave a price.
    pub sources: usize,
}

/// An entry of the snapshot that cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What is not covered.
    pub of: CoveredFile,
    /// Why.
    pub reason: GapReason,
}

/// Why an entry cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// The policy neither covers it nor declares it uncovered.
    NotListed,
    /// The venue's rule values it with figures that no source has.
    Figures,
    /// The source's price rests on a signer that another source's price rests on.
    OneVoice(String),
    /// The source gave no message.
    NoMessage(String),
    /// The source's message has no price of the feed.
    NoPrice {
        /// Source.
        source: String,
        /// Feed.
        feed: String,
    },
    /// The source's price is from a different time than the snapshot.
    Skew {
        /// Source.
        source: String,
        /// Feed.
        feed: String,
        /// Time between them, milliseconds.
        skew_ms: u64,
    },
    /// A price that is zero or negative.
    NotPositive {
        /// Source.
        source: String,
        /// Feed.
        feed: String,
    },
    /// The median of the prices is zero, from which no deviation in parts of it is within a bound.
    MedianOfZero,
    /// Too few distinct keys.
    Keys {
        /// Distinct public keys behind its prices.
        found: usize,
        /// Demanded.
        demanded: u32,
    },
}

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.price {
            Price::Mark => "mark",
            Price::Index => "index",
            Price::Forward => "forward",
            Price::RequirementIndex => "requirement index",
            Price::Bid => "bid",
            Price::Ask => "ask",
        };
        let hundred = BigInt::from(100);
        let (whole, rest) =
            (&self.deviation_centi_bps / &hundred, &self.deviation_centi_bps % &hundred);
        write!(
            f,
            "{} {kind} {} is {whole}.{rest:0>2} bp from {}, the median of {}",
            self.of.name(),
            self.mark,
            self.median,
            counted(self.sources, "source", "sources")
        )
    }
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ", self.of.name())?;
        match &self.reason {
            GapReason::NotListed => f.write_str("is neither covered nor declared uncovered"),
            GapReason::Figures => f.write_str(
                "is valued with figures of the snapshot that no source is compared with; declare it uncovered",
            ),
            GapReason::OneVoice(source) => write!(
                f,
                "has a price from source {source:?} that rests on a signer of another source too: one signer has one vote"
            ),
            GapReason::NoMessage(source) => write!(f, "has no message from source {source:?}"),
            GapReason::NoPrice { source, feed } => {
                write!(f, "has no price for feed {feed:?} from source {source:?}")
            }
            GapReason::Skew { source, feed, skew_ms } => write!(
                f,
                "has a price for feed {feed:?} from source {source:?} that is {skew_ms} ms away from the snapshot"
            ),
            GapReason::NotPositive { source, feed } => {
                write!(
                    f,
                    "has a price for feed {feed:?} from source {source:?} that is not positive"
                )
            }
            GapReason::MedianOfZero => {
                f.write_str("has prices whose median is zero, of which no deviation is a part")
            }
            GapReason::Keys { found, demanded } => {
                let found = counted(*found, "distinct key", "distinct keys");
                write!(f, "has prices from {found}; {demanded} are demanded")
            }
        }
    }
}
