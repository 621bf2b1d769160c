//! Liquidation prices as exact fractions: where a book's equity is what it requires before that is rounded.
//!
//! Profit and requirement of linear contracts are lines of the mark between the ends of tiers. So each stretch between
//! two ends, from the mark outwards, has at most one root, which is computed. `zkmargin-risk` finds the first tick beyond
//! it, with every rounding of the rule.

use crate::compute::{Computed, Figures, Valued, valued};
use crate::figure::Why;
use crate::number::of_units;
use crate::setting::{Held, Setting};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::collections::BTreeSet;
use zkmargin_model::rule::{BracketRow, InstrumentElements, Side, Variable};
use zkmargin_model::widths::BRACKET_BITS;
use zkmargin_params::KindFile;
use zkmargin_params::venues::{FigureKind, Subject};

/// A price, or `None` where there is none above zero.
pub(crate) type Price = Result<Option<BigRational>, Why>;

/// A position as lines of the mark.
struct Lines {
    rows: Vec<BracketRow>,
    /// Size times multiplier, signed.
    amount: BigRational,
    /// Units of the tier variable at a mark of one.
    per_mark: BigRational,
    /// What a count of units of the tier function's value is, before any rounding.
    unit: BigRational,
    entry: BigRational,
    fee: BigRational,
}

impl Lines {
    fn new(setting: &Setting, held: &Held, of: &Valued<'_>) -> Result<Self, Why> {
        let name = &held.instrument;
        let market = crate::compute::market_of(&setting.market, of.settle);
        let tiers = &market.terms().tiers[of.terms.tiers];
        let is_plain = of.terms.elements == InstrumentElements::default();
        let linear = of.instrument.kind == KindFile::Linear;
        if !linear || !is_plain || tiers.variable() != Variable::Value {
            return Err(Why::inputs(format!("the requirement of {name} is no line of its mark")));
        }
        let entry =
            held.entry.clone().ok_or_else(|| Why::inputs("the entry price is not known"))?;
        let multiplier = crate::number::of_decimal(&of.instrument.multiplier);
        let (amount, fee) = (&held.size * multiplier, setting.fee.clone());
        let per_mark = amount.abs() / of_units(&BigInt::one(), of.instrument.notional_unit);
        let unit = setting.market.schedule().requirement_unit(of.instrument);
        let steps = of.terms.requirement_rounding.iter();
        let unit = steps.fold(of_units(&BigInt::one(), unit), |unit, step| {
            unit * step.num() * step.scale() / step.den()
        });
        Ok(Self { rows: tiers.rows().to_vec(), amount, per_mark, unit, entry, fee })
    }

    /// Marks at which its row changes.
    fn ends(&self) -> impl Iterator<Item = BigRational> + '_ {
        let step = self.per_mark.recip();
        let open = BigInt::one() << BRACKET_BITS;
        let starts = self.rows.iter().map(|row| row.lo.clone());
        let last = self.rows.last().map(|row| &row.hi + 1);
        let ends = starts.chain(last.filter(|last| *last < open));
        ends.map(move |end| step.clone() * end)
    }

    /// Profit less requirement at a mark, in the row that holds another mark near it; `None` beyond the last tier.
    fn at(&self, mark: &BigRational, row_of: &BigRational) -> Option<BigRational> {
        let at = (&self.per_mark * row_of).floor().to_integer();
        let row = self.rows.get(self.rows.partition_point(|row| row.hi < at))?;
        let required = (&self.per_mark * mark * &row.slope + &row.intercept) * &self.unit;
        let profit = &self.amount * mark - &self.entry;
        let fee = self.amount.abs() * mark * &self.fee;
        Some(profit - required - fee)
    }
}

/// The price at which the book of a position stops meeting what it requires.
pub(crate) fn liquidation(setting: &Setting, figures: &Figures, subject: &Subject) -> Price {
    let place = figures.place(subject).ok_or("no such position is held")?;
    let held = setting.positions.get(place).ok_or("no such position is held")?;
    let of = valued(&setting.market, held, figures.families())?;
    let isolated = held.isolated.as_ref();
    let settle = of.settle.to_owned();
    let of_asset = Subject::CrossAsset(settle.clone());
    let cross = |kind| figures.get(kind, &of_asset, &settle);
    let figure = |kind| figures.get(kind, subject, &settle);
    // All of the cross book in this asset, or the isolated book.
    let [equity, required]: [Computed; 2] =
        [FigureKind::Equity, FigureKind::Maintenance].map(|kind| match isolated {
            Some(_) => figure(kind),
            None => cross(kind),
        });
    let excess = equity? - required?;
    if isolated.is_none() && figures.get(FigureKind::Equity, &Subject::Cross, &settle).is_err() {
        return Err(Why::inputs("several assets are collateral"));
    }
    if setting.requirement_at_mark {
        let price = &of.mark - excess / &held.size;
        return Ok(Some(price).filter(BigRational::is_positive));
    }
    let mark = of.mark.clone();
    let own = match isolated {
        Some(_) => std::slice::from_ref(&place),
        None => figures.cross(&held.instrument),
    };
    let mut of = Some(of);
    let lines = own.iter().filter_map(|other| {
        let held = setting.positions.get(*other)?;
        let known = if *other == place { of.take() } else { None };
        let of = known.map_or_else(|| valued(&setting.market, held, figures.families()), Ok);
        Some(of.and_then(|of| Lines::new(setting, held, &of)))
    });
    let lines: Vec<Lines> = lines.collect::<Result<_, Why>>()?;
    let at = |mark: &BigRational, row_of: &BigRational| {
        let mut all = lines.iter().map(|line| line.at(mark, row_of));
        all.try_fold(BigRational::zero(), |sum, x| Some(sum + x?))
    };
    let now = at(&mark, &mark).ok_or("the position is beyond its last tier")?;
    // What does not move. At the mark nothing is rounded here, which the figures are.
    let rest = excess - now;
    let rises = held.side() == Side::Short;
    let ends: BTreeSet<BigRational> = lines.iter().flat_map(Lines::ends).collect();
    let mut ends: Vec<BigRational> = match rises {
        true => ends.into_iter().filter(|end| *end > mark).collect(),
        false => ends.into_iter().filter(|end| *end < mark).rev().collect(),
    };
    // Beyond the last end the line goes on, upwards without end.
    if rises {
        let beyond = ends.last().unwrap_or(&mark) + BigRational::one();
        ends.push(beyond);
    }
    let count = ends.len();
    let mut near = mark;
    for (place, far) in ends.into_iter().enumerate() {
        let middle = (&near + &far) / BigInt::from(2);
        let value = |mark: &BigRational| at(mark, &middle).map(|x| x + &rest);
        let (Some(a), Some(b)) = (value(&near), value(&far)) else { return Ok(None) };
        if a.is_negative() {
            // A jump of the requirement.
            return Ok(Some(near));
        }
        let goes_on = rises && place + 1 == count;
        let falls = b < a;
        if b.is_negative() || (goes_on && falls) {
            let root = &near + (&far - &near) * &a / (&a - &b);
            return Ok(Some(root).filter(BigRational::is_positive));
        }
        near = far;
    }
    Ok(None)
}
