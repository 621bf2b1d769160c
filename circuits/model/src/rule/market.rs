//! The integer market: one schedule at one snapshot, ready for the rule and for the circuit.

use super::account::fits_biased;
use super::{
    AssetTerms, Balance, Books, InstrumentTerms, Isolated, Lines, MarketError, MarketTerms,
    Position, PositionMargin, Profile, RuleError, SecondWord, Unprovable,
};
use crate::widths::{BIASED_QUOTIENT_BITS, NARROW_QUOTIENT_BITS, QUOTIENT_BITS};
use num_bigint::BigInt;

/// A checked integer market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    terms: MarketTerms,
    books: Books,
    lines: Result<Lines, Unprovable>,
}

impl Market {
    /// Checks ids, references and every width that the circuit's sums rely on.
    ///
    /// # Errors
    /// [`MarketError`] names the first figure that does not fit.
    pub fn new(terms: MarketTerms) -> Result<Self, MarketError> {
        terms.check()?;
        let isolated = match terms.isolated_unit {
            Some(_) => Isolated::Compared,
            None => Isolated::None,
        };
        let lines = Lines::of(&terms, isolated);
        let books = Books { settlement_asset: None, isolated, position: None };
        Ok(Self { terms, books, lines })
    }

    /// The market as these books see it: what is in other books counts for nothing there, whatever position a claim names.
    /// Only from the market of all books; `None` for an asset in which nothing settles, where positions can be isolated
    /// in one of the two only, and of one settlement asset where records have allocations.
    pub fn of_books(&self, books: Books) -> Option<Self> {
        let is_isolated = |isolated| isolated != Isolated::None;
        let of_all = self.books.settlement_asset.is_none();
        if !of_all || is_isolated(books.isolated) != is_isolated(self.books.isolated) {
            return None;
        }
        // No figure gets wider, so what was checked still holds.
        let mut terms = self.terms.clone();
        if let Some(asset) = books.asset_id() {
            if terms.allocation_asset.is_some() {
                return None;
            }
            self.settle_group_of(asset)?;
            terms.leave_out_books_but(asset);
        }
        let lines = Lines::of(&terms, books.isolated);
        Some(Self { terms, books: books.of_any_position(), lines })
    }

    /// The books that claims at this market speak about, without the position that a claim names.
    pub fn books(&self) -> Books {
        self.books
    }

    /// The terms.
    pub fn terms(&self) -> &MarketTerms {
        &self.terms
    }

    /// The asset with this id.
    pub fn asset(&self, id: u32) -> Option<&AssetTerms> {
        self.terms.asset(id)
    }

    /// The instrument with this id.
    pub fn instrument(&self, id: u32) -> Option<&InstrumentTerms> {
        let at = self.terms.instruments.binary_search_by_key(&id, |i| i.id).ok()?;
        self.terms.instruments.get(at)
    }

    /// Whether the market could list an instrument with these terms in place of one it lists: whether every width holds
    /// at another price of it. The market of one settlement asset's book admits none that settles in another.
    ///
    /// # Errors
    /// [`MarketError`] names the figure that does not fit.
    pub fn admits(&self, instrument: &InstrumentTerms) -> Result<(), MarketError> {
        self.terms.check_instrument(instrument)
    }

    /// The settle group whose asset this is.
    pub fn settle_group_of(&self, asset: u32) -> Option<usize> {
        self.terms.groups.iter().position(|g| g.asset == asset)
    }

    /// What a proof computes.
    ///
    /// # Errors
    /// [`Unprovable`] names the first figure of which there is no proof.
    pub fn lines(&self) -> Result<&Lines, Unprovable> {
        self.lines.as_ref().map_err(|e| *e)
    }

    /// The profile of the circuits that prove the market's rule.
    ///
    /// # Errors
    /// [`Unprovable`].
    pub fn profile(&self) -> Result<Profile, Unprovable> {
        self.lines().map(Lines::profile)
    }

    /// Width of a rounded value, before it is scaled to settlement units; `None` when values are exact or nothing is
    /// proven.
    pub(super) fn value_bits(&self) -> Option<u64> {
        let profile = self.profile().ok().filter(|profile| profile.rounded.rounds_values())?;
        Some(u64::from(if profile.narrow { NARROW_QUOTIENT_BITS } else { QUOTIENT_BITS }))
    }

    /// Whether a proof holds the rounded value of a position.
    pub(super) fn holds_value(
        &self,
        terms: &InstrumentTerms,
        p: &Position,
    ) -> Result<(), RuleError> {
        let Some(bits) = self.value_bits() else { return Ok(()) };
        let value = terms.value_of(p.side, &p.signed_size()) / terms.value.scale();
        let wide = value.bits() > bits;
        if wide { Err(RuleError::BeyondValue { instrument: p.instrument }) } else { Ok(()) }
    }

    /// Whether a proof holds a position's rounded profit and loss, and the general profile every figure of it.
    pub(super) fn holds_position(
        &self,
        terms: &InstrumentTerms,
        p: &Position,
        second: SecondWord<'_>,
        figures: &PositionMargin,
    ) -> Result<(), RuleError> {
        let id = p.instrument;
        let proves_pnl = self.profile().is_ok_and(|profile| profile.pnl);
        if let Some(rounding) = terms.pnl_rounding.as_ref().filter(|_| proves_pnl)
            && !fits_biased(&(&figures.pnl / rounding.scale()), BIASED_QUOTIENT_BITS)
        {
            return Err(RuleError::BeyondProfit { instrument: id });
        }
        let Ok(Lines::General(lines)) = &self.lines else { return Ok(()) };
        let wide = |what| RuleError::BeyondProof { list: "instrument", id, what };
        if let Some(of) = &lines.allocation {
            of.worth(second.allocation).map_err(wide)?;
        }
        let figures = lines.position(&self.terms, p, second.orders);
        figures.map_or(Ok(()), |figures| figures.map(|_| ()).map_err(wide))
    }

    /// Whether it holds every figure of a balance that has become `u` with profit and loss.
    pub(super) fn holds_balance(&self, balance: &Balance, u: &BigInt) -> Result<(), RuleError> {
        let Ok(Lines::General(lines)) = &self.lines else { return Ok(()) };
        let id = balance.asset;
        let figures = lines.balance(&self.terms, balance, u);
        let wide = |what| RuleError::BeyondProof { list: "asset", id, what };
        figures.map_or(Ok(()), |figures| figures.map(|_| ()).map_err(wide))
    }
}
