//! Which books a claim speaks about.

use super::{AssetElements, BracketRow, BracketedLinear, Isolated, MarketTerms, Variable};
use crate::shown::quoted;
use crate::widths::BRACKET_BITS;
use num_bigint::BigInt;
use num_traits::Zero;
use std::num::NonZeroU16;

/// The books that a claim speaks about: a cross book, and what becomes of isolated positions. Each selection of books is
/// one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Books {
    /// Id of the settlement asset whose book it is, where each settlement asset has a book of its own; `None` for the one
    /// cross book of all assets.
    pub settlement_asset: Option<NonZeroU16>,
    /// What becomes of isolated positions, of all settlement assets.
    pub isolated: Isolated,
}

impl Books {
    /// The settlement asset's id, as terms have it.
    pub fn asset_id(self) -> Option<u32> {
        self.settlement_asset.map(|id| id.get().into())
    }

    /// The books with the symbol of their settlement asset, for a reader.
    pub fn named(self, symbol: Option<&str>) -> NamedBooks {
        let cross = self.settlement_asset.map(|id| match symbol {
            Some(symbol) => format!("the book of {}", quoted(symbol)),
            None => format!("the book of settlement asset {id}"),
        });
        NamedBooks { cross, isolated: self.isolated }
    }
}

/// [`Books`] in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBooks {
    /// The book of one settlement asset.
    cross: Option<String>,
    isolated: Isolated,
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

    /// The books that a claim says nothing about, of those that the schedule knows; `None` if it speaks about all.
    pub fn left_out(&self) -> Option<&'static str> {
        match (&self.cross, self.isolated) {
            (None, Isolated::LeftOut) => Some("isolated positions"),
            (None, _) => None,
            (Some(_), Isolated::LeftOut) => {
                Some("the books of other settlement assets, nor about isolated positions")
            }
            (Some(_), _) => Some("the books of other settlement assets"),
        }
    }
}

/// The books that it speaks about: `the cross book and each isolated position`.
impl std::fmt::Display for NamedBooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.cross())?;
        match self.isolated {
            Isolated::Compared => f.write_str(" and each isolated position"),
            Isolated::None => Ok(()),
            Isolated::LeftOut => f.write_str(" alone"),
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
