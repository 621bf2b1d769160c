//! What the general profile computes for an asset.

use super::super::{LineRow, LineTable, Step};
use super::SizeLines;
use super::stage::{self, DIVIDES, FACTOR, Line, SignedChain, Why, deep_bias};
use crate::rule::{AssetTerms, LinearStep, Rounding, SignedWeight};
use crate::widths::{
    BRACKET_BITS, DEEP_DIVISOR_BITS, DEEP_QUOTIENT_BITS, NUMERATOR_BITS, OWN_BITS,
};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// What the general profile computes for one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetLines {
    /// From the balance to an amount.
    pub amount: LineTable,
    /// From the amount with profit and loss to a value before its weight.
    pub value: LineTable,
    /// How far the weights of deposits and of debts are from one, with the offsets of their roundings.
    pub weight: [Weight; 2],
    /// The unit of weights.
    pub one: BigInt,
    /// How the size of what is held moves the weights.
    pub by_size: SizeLines,
    /// Whether the balance's own parameter moves the weights.
    pub reads_own: bool,
    /// Whether debts are required instead of negative equity.
    pub debts_required: bool,
    /// What is required besides, of the magnitude of a debt's value; in margin units.
    pub charge: Line,
    /// From a weighted value to margin units.
    pub scale: BigInt,
}

/// A weight of [`AssetLines`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Distance from one: below it for deposits, above it for debts. Below 2^27.
    pub distance: BigInt,
    /// Offset of the rounding of a magnitude: 0 to the unit less one.
    pub b: BigInt,
}

/// Rows of the collateral function over the amount, rounded and biased.
fn bracketed(terms: &AssetTerms) -> Result<(LineTable, BigInt), Why> {
    let exact = LinearStep::exact(BigInt::one());
    let step = terms.rounding.as_ref().unwrap_or(&exact);
    let Step { a, d, mode } = Step::reduced(step.num(), step.den(), step.mode());
    if !a.is_positive() {
        return Err("its step is not positive");
    }
    if d > BigInt::one() << DEEP_DIVISOR_BITS {
        return Err(DIVIDES);
    }
    let rows = super::super::collateral::by_sign(terms, &a, &d, mode, &deep_bias());
    if !stage::are_safe(&rows) {
        return Err(FACTOR);
    }
    Ok((LineTable { rows, d }, step.scale().clone()))
}

fn value(terms: &AssetTerms) -> Result<(LineTable, BigInt), Why> {
    if terms.elements.value.is_empty() {
        return bracketed(terms);
    }
    let [row] = terms.collateral.rows() else {
        return Err("it has prices by sign and more than one row");
    };
    if !row.intercept.is_zero() || row.lo.is_positive() || row.hi.is_negative() {
        return Err("it has prices by sign and a row that does not begin at zero");
    }
    let mut chain = SignedChain::new();
    let [bid, ask] = [&terms.index.bid, &terms.index.ask].map(|x| LinearStep::exact(x.clone()));
    chain.exact_by_sign(&bid, &ask)?;
    terms.elements.value.iter().try_for_each(|step| chain.by_sign(step))?;
    chain.scale_by(&row.slope);
    terms.rounding.iter().try_for_each(|step| chain.step(step))?;
    let ([table], scale) = chain.tables()?;
    // The function's ends are those of the value, and a table's those of the amount.
    let of = |amount: &BigInt| {
        let x = amount * if amount.is_negative() { &terms.index.ask } else { &terms.index.bid };
        terms.elements.value.iter().fold(x, |x, step| step.apply(&x))
    };
    let most = furthest(|amount| of(amount) <= row.hi);
    let least = -furthest(|amount| of(&-amount) >= row.lo);
    let rows = table.rows.into_iter().filter_map(|r| {
        let (lo, hi) = (r.lo.max(least.clone()), r.hi.min(most.clone()));
        (lo <= hi).then_some(LineRow { lo, hi, ..r })
    });
    Ok((LineTable { rows: rows.collect(), ..table }, scale))
}

/// The largest amount up to which a condition holds that holds at zero and fails from some amount on; all that is looked
/// up if it never fails.
fn furthest(holds: impl Fn(&BigInt) -> bool) -> BigInt {
    let (mut good, mut bad) = (BigInt::zero(), BigInt::one() << BRACKET_BITS);
    while &bad - &good > BigInt::one() {
        let middle: BigInt = (&good + &bad) / 2;
        if holds(&middle) { good = middle } else { bad = middle }
    }
    good
}

impl AssetLines {
    pub(super) fn of(terms: &AssetTerms) -> Result<Self, (&'static str, Why)> {
        let at = |point: &'static str| move |why: Why| (point, why);
        let elements = &terms.elements;
        let mut amount = SignedChain::new();
        let amount =
            elements.amount.iter().try_for_each(|step| amount.by_sign(step)).and_then(|()| {
                let ([table], scale) = amount.tables()?;
                if scale.is_one() { Ok(table) } else { Err("it is not in units of the asset") }
            });
        let amount = amount.map_err(at("amount"))?;
        let (value, scale) = value(terms).map_err(at("collateral value"))?;

        let plain = [BigInt::one(), BigInt::one(), BigInt::one()];
        let ([deposit, debt, one], mode, reads_own) = match &elements.weight {
            None => (plain, Rounding::Floor, false),
            Some(of) => (of.public().map(Clone::clone), of.mode(), of.reads_own()),
        };
        let distances = [&one - deposit, debt - &one];
        if distances.iter().any(|x| x.is_negative() || x.bits() > u64::from(OWN_BITS)) {
            return Err(("weight", "a deposit weighs more than one, or a debt less"));
        }
        if one > BigInt::one() << DEEP_DIVISOR_BITS {
            return Err(("weight", DIVIDES));
        }
        let by_size = elements.weight.as_ref().and_then(SignedWeight::by_size);
        let by_size = by_size.map_or_else(|| Ok(SizeLines::none(&one)), SizeLines::of);
        let by_size = by_size.map_err(at("weight by size"))?;
        let offsets = [mode.offset(false, &one), &one - 1 - mode.offset(true, &one)];
        let [of_deposit, of_debt] = distances;
        let [b_of_deposit, b_of_debt] = offsets;
        let weight = [
            Weight { distance: of_deposit, b: b_of_deposit },
            Weight { distance: of_debt, b: b_of_debt },
        ];

        let debts = &elements.debts;
        let charge = match debts.charge.as_slice() {
            [] => Line::exact(BigInt::zero()),
            [step] if step.scale().is_one() => {
                Line::of(&Step::reduced(step.num(), step.den(), step.mode()))
            }
            _ => return Err(("charge on debts", "it is rounded too often, or to another unit")),
        };
        let charge = charge.checked(NUMERATOR_BITS).map_err(at("charge on debts"))?;
        let further = elements.weight.is_some() || !debts.charge.is_empty();
        if further && !scale.is_one() {
            return Err(("collateral value", "its unit is not that in which it is weighted"));
        }
        if scale.bits() > u64::from(NUMERATOR_BITS) {
            return Err(("collateral value", FACTOR));
        }
        let debts_required = debts.required;
        Ok(Self { amount, value, weight, one, by_size, reads_own, debts_required, charge, scale })
    }
}

/// What a prover needs to know of a balance besides its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFigures {
    /// Row of the amount's table.
    pub amount: usize,
    /// Row of the value's table.
    pub value: usize,
    /// Whether the value is negative.
    pub is_debt: bool,
    /// Whether the own parameter decides the weight.
    pub own_decides: bool,
    /// Root of what is held.
    pub root: BigInt,
    /// Whether the size of what is held decides the weight.
    pub size_decides: bool,
    /// Whether an own parameter leaves a deposit no weight.
    pub weighs_nothing: bool,
}

impl AssetLines {
    /// Figures of a balance with this own parameter that has become `u` with profit and loss.
    ///
    /// # Errors
    /// The figure that is wider than a proof holds.
    pub fn figures(
        &self,
        balance: &BigInt,
        own: u32,
        u: &BigInt,
    ) -> Result<AssetFigures, &'static str> {
        let (amount, _) = stage::at(&self.amount, balance).ok_or("amount")?;
        let (value, y) = stage::at(&self.value, u).ok_or("collateral value")?;
        let is_debt = y.is_negative();
        let Weight { distance, b } = &self.weight[usize::from(is_debt)];
        let own = BigInt::from(if self.reads_own { own } else { 0 });
        let own_decides = own > *distance;
        let moved = distance.max(&own);
        let (root, by_size) = self.by_size.at(u, is_debt)?;
        let by_size = if is_debt { by_size - &self.one } else { &self.one - by_size };
        let size_decides = by_size > *moved;
        let moved = moved.max(&by_size);
        let weight = if is_debt { &self.one + moved } else { &self.one - moved };
        let weighs_nothing = weight.is_negative();
        let magnitude = y.abs();
        let dividend = &magnitude * weight.max(BigInt::zero()) + b;
        if dividend.div_floor(&self.one).bits() > u64::from(DEEP_QUOTIENT_BITS) {
            return Err("weighted value");
        }
        if is_debt {
            self.charge.at(&magnitude).ok_or("charge on debts")?;
        }
        Ok(AssetFigures { amount, value, is_debt, own_decides, root, size_decides, weighs_nothing })
    }
}
