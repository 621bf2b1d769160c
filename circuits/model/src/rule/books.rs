//! Which books a claim speaks about.

use super::{
    AssetElements, Book, BracketRow, BracketedLinear, Isolated, MarketTerms, Position, Side,
    Variable,
};
use crate::shown::quoted;
use crate::widths::BRACKET_BITS;
use num_bigint::BigInt;
use num_traits::Zero;
use std::num::NonZeroU16;

/// The name of an isolated position: its instrument and side, of which an account has one at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PositionName {
    /// Instrument id in the registry.
    pub instrument: NonZeroU16,
    /// Direction.
    pub side: Side,
}

impl PositionName {
    /// Key of the position in the list of positions: `2 instrument + side`, 17 bits and never that of an empty slot.
    pub fn key(self) -> u32 {
        2 * u32::from(self.instrument.get()) + u32::from(self.side == Side::Short)
    }

    /// The name of which this is the key; `None` if it is none.
    pub fn of_key(key: u32) -> Option<Self> {
        let instrument = NonZeroU16::new(u16::try_from(key / 2).ok()?)?;
        let side = if key.is_multiple_of(2) { Side::Long } else { Side::Short };
        Some(Self { instrument, side })
    }

    /// Whether the position has this name.
    pub fn is_of(self, p: &Position) -> bool {
        let instrument = u32::from(self.instrument.get());
        p.book == Book::Isolated && p.instrument == instrument && p.side == self.side
    }
}

/// The books that a claim speaks about: a cross book, and what becomes of isolated positions. Each selection of books is
/// one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Books {
    /// Id of the settlement asset whose book it is, where each settlement asset has a book of its own; `None` for the one
    /// cross book of all assets.
    pub settlement_asset: Option<NonZeroU16>,
    /// What becomes of isolated positions, of all settlement assets.
    pub isolated: Isolated,
    /// The isolated position that the claim names, exactly where it [names one](Isolated::names_position). A claim about
    /// this one only is about no cross book, so it has no settlement asset.
    pub position: Option<PositionName>,
}

impl Books {
    /// The settlement asset's id, as terms have it.
    pub fn asset_id(self) -> Option<u32> {
        self.settlement_asset.map(|id| id.get().into())
    }

    /// The books with the symbols of their settlement asset and of the instrument that a claim names, for a reader.
    pub fn named(self, asset: Option<&str>, instrument: Option<&str>) -> NamedBooks {
        let cross = self.settlement_asset.map(|id| match asset {
            Some(symbol) => format!("the book of {}", quoted(symbol)),
            None => format!("the book of settlement asset {id}"),
        });
        let position = self.position.map(|PositionName { instrument: id, side }| {
            let of = match instrument {
                Some(symbol) => quoted(symbol).to_string(),
                None => format!("instrument {id}"),
            };
            format!("the isolated {side} position in {of}")
        });
        NamedBooks { cross, isolated: self.isolated, position: position.unwrap_or_default() }
    }

    /// The same, of whatever position it names: what the market and its keys depend on.
    #[must_use]
    pub const fn of_any_position(self) -> Self {
        Self { position: None, ..self }
    }
}

/// [`Books`] in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBooks {
    /// The book of one settlement asset.
    cross: Option<String>,
    isolated: Isolated,
    /// The isolated position that is named; empty if none is.
    position: String,
}

impl NamedBooks {
    /// The cross book.
    pub fn cross(&self) -> &str {
        self.cross.as_deref().unwrap_or("the cross book")
    }

    /// What becomes of isolated positions.
    pub fn isolated(&self) -> Isolated {
        self.isolated
    }

    /// Whether the cross book is all there is.
    pub fn is_all(&self) -> bool {
        self.cross.is_none() && self.isolated == Isolated::None
    }

    /// The isolated position that is named; empty if none is.
    pub fn position(&self) -> &str {
        &self.position
    }

    /// The books that a claim says nothing about, of those that the schedule knows; `None` if it speaks about all.
    pub fn left_out(&self) -> Option<String> {
        let isolated = match self.isolated {
            Isolated::None | Isolated::Compared => None,
            Isolated::LeftOut => Some("isolated positions".to_owned()),
            Isolated::AllBut => Some(format!("{}, except that there is one", self.position)),
            Isolated::Only => {
                return Some("any cross book, nor about other isolated positions".to_owned());
            }
        };
        let others = self.cross.as_ref().map(|_| "the books of other settlement assets".to_owned());
        match (others, isolated) {
            (Some(others), Some(isolated)) => Some(format!("{others}, nor about {isolated}")),
            (others, isolated) => others.or(isolated),
        }
    }
}

/// The books that it speaks about: `the cross book and each isolated position`.
impl std::fmt::Display for NamedBooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.isolated {
            Isolated::None => f.write_str(self.cross()),
            Isolated::LeftOut => write!(f, "{} alone", self.cross()),
            Isolated::Compared => write!(f, "{} and each isolated position", self.cross()),
            Isolated::AllBut => {
                write!(f, "{} and each isolated position except {}", self.cross(), self.position)
            }
            Isolated::Only => write!(f, "{} alone", self.position),
        }
    }
}

impl MarketTerms {
    /// Makes balances and requirements of other settlement assets than this count for nothing. Results settle in the
    /// balance of their asset, so they do not count either. Requirements are as before until they are converted: those
    /// of isolated positions.
    pub(super) fn leave_out_books_but(&mut self, asset: u32) {
        for group in self.groups.iter_mut().filter(|group| group.asset != asset) {
            group.requirement_index = BigInt::zero();
        }
        for of_other in self.assets.iter_mut().filter(|other| other.id != asset) {
            of_other.collateral = nothing();
            // A rounding of nothing stays, with the unit that all assets share.
            of_other.elements = AssetElements::default();
        }
    }
}

/// No collateral, whatever the balance.
fn nothing() -> BracketedLinear {
    let bound = BigInt::from(1) << BRACKET_BITS;
    let row =
        BracketRow { lo: -&bound, hi: bound - 1, slope: BigInt::zero(), intercept: BigInt::zero() };
    BracketedLinear::of_one(Variable::Quantity, row)
}
