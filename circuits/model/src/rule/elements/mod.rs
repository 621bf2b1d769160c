//! Optional elements of the rule, each absent by default: without them the rule is the plain one.
//!
//! Each element changes one point of the evaluation in [`super::margin()`], and any of them can be combined:
//!
//! ```text
//! position  v = value(q), the short's own if there is one               ShortTerms
//!           w = result(pnl), steps by the sign of what was made of v    SignedStep
//!           n = steps(requirement(|q|)), the short's own likewise       ShortTerms, notional
//!               of the larger of q + bids and q - asks                  Orders
//!               or of the magnitude of the entry                        at_entry
//!           x = n, |q|, a root of |q|, or the sum over a family          SizeRoot, TierFamily
//!           y = tiers(x), or max(tiers(x), own parameter) * n           RateForm
//!           m = max(requirement_rounding(y), n / own leverage)          Leverage
//!               + charge(n) + fee * orders                              charge, order_fee
//! asset     u = amount(balance) + sum of w settling in it               SignedStep
//!           c = collateral(value(u * index)), rounded                   SignedStep
//!           E and MM of weight(c), moved by size and own parameter      SignedWeight, Debts
//! ```
//!
//! A rule with any of them is proven by the general profile, but for families, which have a block of their own.

mod by_sign;
mod check;
mod debt;
mod family;
mod leverage;
mod rate;
mod root;
mod short;
mod size_weights;
mod weight;

pub use by_sign::SignedStep;
pub use debt::Debts;
pub use family::{Families, TierFamily};
pub use leverage::Leverage;
pub use rate::RateForm;
pub(super) use rate::least;
pub use root::SizeRoot;
pub use short::ShortTerms;
pub use size_weights::SizeWeights;
pub use weight::SignedWeight;

use super::{AssetTerms, InstrumentTerms, LinearStep, MarketTerms, Orders, Position, Side};
use num_bigint::BigInt;
use num_traits::Signed;

/// Optional elements of an instrument's terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstrumentElements {
    /// Terms of a short position that differ from those of a long one.
    pub short: Option<ShortTerms>,
    /// Steps in turn from profit and loss to what settles, by the sign of what each is applied to.
    pub result: Vec<SignedStep>,
    /// Steps in turn from [`InstrumentTerms::requirement`] to the notional.
    pub notional: Vec<LinearStep>,
    /// A root that takes the size's place in tiers by quantity.
    pub root: Option<SizeRoot>,
    /// The family whose sum takes the size's place in tiers by quantity.
    pub family: Option<TierFamily>,
    /// Tiers that give a rate of the notional.
    pub rate: Option<RateForm>,
    /// The position's own leverage, by which no less is required than the notional over it.
    pub leverage: Option<Leverage>,
    /// Steps in turn from the notional to what is required besides, in the unit of a rounded requirement.
    pub charge: Vec<LinearStep>,
    /// What each open order requires, in the unit of a rounded requirement; `None` where open orders are not read. They are
    /// of all instruments of a market or of none.
    pub order_fee: Option<BigInt>,
    /// Whether the notional is of the magnitude of the entry and not of the size, so that [`InstrumentTerms::requirement`]
    /// begins at settlement units. The committed entry is then the value at entry and nothing else: not where there is
    /// funding in it, where positions can be isolated, or where there are open orders.
    pub at_entry: bool,
}

/// Optional elements of an asset's terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetElements {
    /// From the committed balance to an amount of the asset, by its sign: interest.
    pub amount: Option<SignedStep>,
    /// Steps in turn from balance times index to the collateral function's variable, by its sign, rounded or capped. Two
    /// exact prices are the two of [`AssetTerms::index`].
    pub value: Vec<SignedStep>,
    /// Weight of the collateral value by sign.
    pub weight: Option<SignedWeight>,
    /// Where debts count.
    pub debts: Debts,
}

/// Whether any element but a family is present.
pub(super) fn any(terms: &MarketTerms) -> bool {
    terms.instruments.iter().any(|i| !i.elements.is_plain())
        || terms.assets.iter().any(|a| a.elements != AssetElements::default())
}

impl InstrumentElements {
    /// Whether there is none, or a family alone.
    fn is_plain(&self) -> bool {
        *self == Self { family: self.family.clone(), ..Self::default() }
    }
}

impl InstrumentTerms {
    /// Signed value of a signed size held on this side.
    pub fn value_of(&self, side: Side, size: &BigInt) -> BigInt {
        match (&self.elements.short, side) {
            (Some(short), Side::Short) => short.value.apply(size),
            _ => self.value.apply(size),
        }
    }

    /// What settles of a profit or loss.
    pub fn result_of(&self, pnl: &BigInt) -> BigInt {
        self.elements.result.iter().fold(pnl.clone(), |w, step| step.apply(&w))
    }

    /// Notional of a size magnitude on this side.
    pub fn notional_of(&self, side: Side, size: &BigInt) -> BigInt {
        let first = self.first_notional_of(side, size);
        self.elements.notional.iter().fold(first, |n, step| step.apply(&n))
    }

    /// Notional of a position: with its open orders where they are read, of the larger that they can make of it.
    pub fn notional_with(&self, p: &Position, orders: Option<&Orders>) -> BigInt {
        if self.elements.at_entry {
            return self.notional_of(p.side, &p.entry.abs());
        }
        let (side, size) = match orders.filter(|_| self.elements.order_fee.is_some()) {
            Some(orders) => orders.worst(self, p),
            None => (p.side, p.size.clone().into()),
        };
        self.notional_of(side, &size)
    }

    /// The notional before its own steps.
    pub(super) fn first_notional_of(&self, side: Side, size: &BigInt) -> BigInt {
        match (&self.elements.short, side) {
            (Some(short), Side::Short) => short.requirement.apply(size),
            _ => self.requirement.apply(size),
        }
    }
}

impl AssetTerms {
    /// Amount of a committed balance.
    pub fn amount_of(&self, balance: &BigInt) -> BigInt {
        match &self.elements.amount {
            Some(step) => step.apply(balance),
            None => balance.clone(),
        }
    }

    /// Equity and requirement of an amount `u` in a balance with this own parameter; `None` beyond the collateral
    /// function's ends, or where the size leaves its weight undefined.
    pub fn margin_of(&self, u: &BigInt, own: u32) -> Option<(BigInt, BigInt)> {
        let unweighted = self.value_of(u)?;
        let collateral = match &self.elements.weight {
            Some(weight) => weight.apply(&unweighted, u, own)?,
            None => unweighted.clone(),
        };
        Some(self.elements.debts.split(collateral, &unweighted))
    }
}
