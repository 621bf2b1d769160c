//! Terms of a market: plain data.

use super::{
    AssetElements, BracketRow, BracketedLinear, Health, IndexPrices, InstrumentElements,
    LinearStep, Variable,
};
use crate::widths::BRACKET_BITS;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;

/// Terms of one collateral asset at the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetTerms {
    /// Registry id, `1 ..= 2^16 - 1`.
    pub id: u32,
    /// Prices of one unit of the asset in the margin unit, positive, below 2^72.
    pub index: IndexPrices,
    /// Collateral value of a balance, including profit and loss.
    pub collateral: BracketedLinear,
    /// Rounding of the collateral value; `None` means exact.
    pub rounding: Option<LinearStep>,
    /// What else the venue's rule has; nothing by default.
    pub elements: AssetElements,
}

/// An asset in which positions settle, with the price that converts requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettleGroup {
    /// Id of the settlement asset.
    pub asset: u32,
    /// `req_price_g`: converts the group's requirement to the margin unit, positive; zero for a group that is in another
    /// book.
    pub requirement_index: BigInt,
}

/// Terms of one instrument at the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentTerms {
    /// Registry id, `1 ..= 2^16 - 1`.
    pub id: u32,
    /// Index into [`MarketTerms::groups`].
    pub group: usize,
    /// Signed value of a signed size, in settlement units. Numerator magnitude below 2^72.
    pub value: LinearStep,
    /// Funding that has accrued per size step, signed, in the units of the value, magnitude below 2^72. It is never
    /// rounded with the value.
    pub funding: BigInt,
    /// Rounding of profit and loss, which are in finer units than the settlement asset then, and so are value, funding and
    /// entry; `None` means exact.
    pub pnl_rounding: Option<LinearStep>,
    /// Requirement variable of a size magnitude: positive numerator below 2^72.
    pub requirement: LinearStep,
    /// Index into [`MarketTerms::tiers`].
    pub tiers: usize,
    /// Roundings applied in turn to the tier function's value; empty means exact.
    pub requirement_rounding: Vec<LinearStep>,
    /// What else the venue's rule has; nothing by default.
    pub elements: InstrumentElements,
}

/// Everything the rule needs, as plain data. [`super::Market::new`] checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketTerms {
    /// Collateral assets, ascending by id.
    pub assets: Vec<AssetTerms>,
    /// Settle groups, at most sixteen, distinct assets.
    pub groups: Vec<SettleGroup>,
    /// Tier tables; instruments with the same tiers share one.
    pub tiers: Vec<BracketedLinear>,
    /// Instruments, ascending by id.
    pub instruments: Vec<InstrumentTerms>,
    /// Whether `equity = requirement` meets the claim (Binance: it does not).
    pub equality_is_healthy: bool,
    /// Whether a book of which nothing is required meets every level, whatever its equity (dYdX does not liquidate it).
    pub no_requirement_is_healthy: bool,
    /// Rounding of what the positions of one settlement asset require together in the cross book, once it is converted to the
    /// margin unit; `None` means exact.
    pub conversion_rounding: Option<LinearStep>,
    /// Where positions can be isolated: from units of their settlement asset to those of their requirement before
    /// conversion, positive, below 2^40. `None` where all positions are in the cross book.
    pub isolated_unit: Option<BigInt>,
    /// Whether records of positions have own parameters, whether or not a figure reads them.
    pub own_parameters: bool,
    /// Where records have allocations, which is where positions can be isolated and have open orders: the asset in which an
    /// isolated position has what is assigned to it. Its book is then as that of an account which has this position and
    /// this balance alone, in margin units. `None` where what is assigned is in the entry.
    pub allocation_asset: Option<u32>,
}

impl InstrumentTerms {
    /// Whether its mark is zero, so that no position in it has a value or a notional.
    pub(in crate::rule) fn is_worthless(&self) -> bool {
        let is_zero = |step: &LinearStep| step.exact_num().is_some_and(|num| num.is_zero());
        is_zero(&self.value) && is_zero(&self.requirement)
    }
}

impl MarketTerms {
    /// What positions of one settlement asset require, from the exact sum in the margin unit.
    pub fn converted(&self, sum: &BigInt) -> BigInt {
        self.conversion_rounding.as_ref().map_or_else(|| sum.clone(), |step| step.apply(sum))
    }

    /// What else is healthy than equity above the requirement.
    pub fn health(&self) -> Health {
        Health {
            equality: self.equality_is_healthy,
            no_requirement: self.no_requirement_is_healthy,
        }
    }
}

impl AssetTerms {
    /// The collateral function's rows over the balance itself (including profit and loss), slope and intercept in the
    /// margin unit, clipped to `-2^133 ..= 2^133 - 1`, and cut at zero where the asset has two prices. Rows that hold no
    /// integer balance are dropped. The rows tile and give exactly [`AssetTerms::value_of`] when the asset does not round;
    /// the circuit's table consists of these.
    pub fn rows_by_balance(&self) -> Vec<BracketRow> {
        let bound = BigInt::from(1) << BRACKET_BITS;
        let intervals = self.index.intervals(-&bound, bound - 1).into_iter();
        let rows = intervals.flat_map(|(from, to, price)| {
            self.collateral.rows().iter().map(move |row| {
                let row = self.row_by_balance(row, price);
                BracketRow { lo: row.lo.max(from.clone()), hi: row.hi.min(to.clone()), ..row }
            })
        });
        rows.filter(|r| r.lo <= r.hi).collect()
    }

    /// A row of the collateral function over the balance at one price; it can be empty.
    fn row_by_balance(&self, row: &BracketRow, price: &BigInt) -> BracketRow {
        let slope = &row.slope * price;
        match self.collateral.variable() {
            Variable::Value => BracketRow {
                lo: Integer::div_ceil(&row.lo, price),
                hi: row.hi.div_floor(price),
                slope,
                intercept: row.intercept.clone(),
            },
            Variable::Quantity => BracketRow {
                lo: row.lo.clone(),
                hi: row.hi.clone(),
                slope,
                intercept: &row.intercept * price,
            },
        }
    }

    /// Collateral value of an amount `v` in the margin unit, before its weight; `None` beyond the function's ends.
    pub fn value_of(&self, v: &BigInt) -> Option<BigInt> {
        let price = self.index.of(v);
        let exact = match self.collateral.variable() {
            Variable::Value => {
                let x = v * price;
                let x = self.elements.value.iter().fold(x, |x, step| step.apply(&x));
                self.collateral.rows()[self.collateral.find(&x)?].at(&x)
            }
            Variable::Quantity => self.collateral.rows()[self.collateral.find(v)?].at(v) * price,
        };
        Some(match &self.rounding {
            Some(step) => step.apply(&exact),
            None => exact,
        })
    }
}
