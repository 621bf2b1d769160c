//! What figures are computed from: a market, and an account as a file or the venue's answer has it.

use crate::number::of_decimal;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::collections::BTreeMap;
use std::sync::Arc;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::Side;
use zkmargin_params::venues::{
    BalanceOf, InitialRate, InitialRounding, StatedPosition, Subject, VenueFigures,
};
use zkmargin_params::{AccountFile, CompiledMarket, DecimalText, KindFile, Schedule};

/// Why nothing can be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// The answer is of another venue than the schedule.
    #[error("the answer is of {answer}, and the schedule of {schedule}")]
    OtherVenue {
        /// The answer's venue.
        answer: String,
        /// The schedule's.
        schedule: String,
    },
    /// A position of the account file has no size.
    #[error("the position in {0} has a size of 0")]
    NoSize(String),
    /// A figure of the account file is not a decimal number.
    #[error("the account file has a figure that is not a decimal number")]
    BadNumber,
}

/// A position.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) instrument: String,
    /// What it settles in, where the answer says so.
    pub(crate) settle: Option<String>,
    /// Negative when short, never zero.
    pub(crate) size: BigRational,
    /// Value at entry, signed like the value; `None` if that is not known.
    pub(crate) entry: Option<BigRational>,
    /// Mark in place of the snapshot's.
    pub(crate) mark: Option<BigRational>,
    /// Margin of an isolated position.
    pub(crate) isolated: Option<BigRational>,
    /// Part of the notional that is initial margin.
    pub(crate) rate: Option<BigRational>,
    /// Funding index when funding was last settled.
    pub(crate) funding_index: Option<BigRational>,
    /// Funding that is added to what settles.
    pub(crate) funding: BigRational,
    /// Initial margin of open orders.
    pub(crate) orders: BigRational,
}

impl Held {
    pub(crate) fn subject(&self) -> Subject {
        let isolated = self.isolated.is_some();
        Subject::Position { instrument: self.instrument.clone(), side: self.side(), isolated }
    }

    pub(crate) fn side(&self) -> Side {
        if self.size.is_negative() { Side::Short } else { Side::Long }
    }
}

/// Positions of the cross book of which only totals are known.
#[derive(Clone, Debug)]
pub(crate) struct Unlisted {
    /// Their value, negative if they are short.
    pub(crate) value: BigRational,
    /// Leverage that their initial margin is of.
    pub(crate) leverage: Option<u32>,
}

/// Everything that figures are computed from.
#[derive(Clone, Debug)]
pub struct Setting {
    pub(crate) market: Arc<CompiledMarket>,
    /// The market of the initial margin, where a schedule has it.
    pub(crate) initial: Option<Arc<CompiledMarket>>,
    pub(crate) positions: Vec<Held>,
    /// Wallets of the cross book by asset: balances without profit and loss.
    pub(crate) balances: BTreeMap<String, BigRational>,
    pub(crate) initial_rounding: Option<InitialRounding>,
    /// Whether assets that the schedule does not list are books of their own.
    pub(crate) separate_books: bool,
    /// Whether an empty liquidation price can be one that the contract cannot be traded at.
    pub(crate) hides_prices: bool,
    /// Part of the notional that closing a position costs.
    pub(crate) fee: BigRational,
    /// Positions that the answer does not list.
    pub(crate) unlisted: Option<Unlisted>,
    /// Whether values are shown before the rule rounds them.
    pub(crate) exact_values: bool,
    /// Whether a liquidation price keeps the requirement at the mark.
    pub(crate) requirement_at_mark: bool,
}

/// `size * price`, or of an inverse contract `-size / price`, times the multiplier.
pub(crate) fn value_at(
    schedule: &Schedule,
    instrument: &str,
    size: &BigRational,
    price: &BigRational,
) -> Option<BigRational> {
    let listed = schedule.instrument(instrument)?;
    let amount = size * of_decimal(&listed.multiplier);
    match listed.kind {
        KindFile::Linear => Some(amount * price),
        KindFile::Inverse if price.is_zero() => None,
        KindFile::Inverse => Some(-amount / price),
    }
}

fn text(text: &DecimalText) -> Result<BigRational, ReconcileError> {
    let decimal = Decimal::parse(text.as_str()).map_err(|_| ReconcileError::BadNumber)?;
    Ok(of_decimal(&decimal))
}

pub(crate) fn rate(rate: &InitialRate) -> Option<BigRational> {
    match rate {
        InitialRate::Fraction(fraction) => Some(of_decimal(fraction)),
        InitialRate::Leverage(leverage) if leverage.coefficient().is_zero() => None,
        InitialRate::Leverage(leverage) => Some(BigRational::one() / of_decimal(leverage)),
    }
}

/// The value at entry that the answer states, or that of its entry price.
pub(crate) fn entry_value(schedule: &Schedule, p: &StatedPosition) -> Option<BigRational> {
    let of_price = || {
        let price = p.entry_price.as_ref().map(|entry| of_decimal(&entry.price))?;
        value_at(schedule, &p.instrument, &of_decimal(&p.size), &price)
    };
    p.entry_value.as_ref().map(of_decimal).or_else(of_price)
}

/// A position as the answer has it; its entry value is that of the entry price, and other marks are not taken over.
pub(crate) fn stated(schedule: &Schedule, p: &StatedPosition) -> Held {
    let size = of_decimal(&p.size);
    Held {
        entry: entry_value(schedule, p),
        instrument: p.instrument.clone(),
        settle: p.settle.clone(),
        size,
        mark: None,
        isolated: p.isolated_margin.as_ref().map(of_decimal),
        rate: p.initial_rate.as_ref().and_then(rate),
        funding_index: None,
        funding: BigRational::zero(),
        orders: BigRational::zero(),
    }
}

impl Setting {
    /// Whether an asset is of a book that the schedule has nothing of.
    pub(crate) fn is_apart(&self, asset: &str) -> bool {
        self.separate_books && self.market.schedule().asset(asset).is_none()
    }

    fn of_market(
        market: Arc<CompiledMarket>,
        answer: &VenueFigures,
    ) -> Result<Self, ReconcileError> {
        let schedule = &market.schedule().file().venue;
        if *schedule != answer.venue {
            let (answer, schedule) = (answer.venue.clone(), schedule.clone());
            return Err(ReconcileError::OtherVenue { answer, schedule });
        }
        Ok(Self {
            market,
            initial: None,
            positions: Vec::new(),
            balances: BTreeMap::new(),
            initial_rounding: answer.initial_rounding,
            separate_books: answer.separate_books,
            hides_prices: answer.hides_prices,
            fee: BigRational::zero(),
            unlisted: None,
            exact_values: false,
            requirement_at_mark: false,
        })
    }

    /// The account as the answer has it: sizes, entry prices, balances. The venue's own figures are not read.
    ///
    /// # Errors
    /// [`ReconcileError::OtherVenue`].
    pub fn of_answer(
        market: Arc<CompiledMarket>,
        answer: &VenueFigures,
    ) -> Result<Self, ReconcileError> {
        let mut setting = Self::of_market(market, answer)?;
        setting.take_holdings(answer);
        Ok(setting)
    }

    /// The account as its holder keeps it. Leverages, which no account file has, are those of the answer.
    ///
    /// # Errors
    /// [`ReconcileError`].
    pub fn of_file(
        market: Arc<CompiledMarket>,
        file: &AccountFile,
        answer: &VenueFigures,
    ) -> Result<Self, ReconcileError> {
        let mut setting = Self::of_market(market, answer)?;
        let mut stated = BTreeMap::new();
        for p in &answer.positions {
            stated.entry(p.subject()).or_insert(p);
        }
        for p in &file.positions {
            let optional = |figure: &Option<DecimalText>| figure.as_ref().map(text).transpose();
            let mut held = Held {
                instrument: p.instrument.clone(),
                settle: None,
                size: text(&p.size)?,
                entry: Some(text(&p.entry_value)?),
                mark: None,
                isolated: optional(&p.isolated_margin)?,
                rate: None,
                funding_index: optional(&p.funding_index)?,
                funding: BigRational::zero(),
                orders: BigRational::zero(),
            };
            if held.size.is_zero() {
                return Err(ReconcileError::NoSize(held.instrument));
            }
            let same = stated.get(&held.subject());
            held.rate = same.and_then(|p| p.initial_rate.as_ref()).and_then(rate);
            setting.positions.push(held);
        }
        for balance in &file.balances {
            setting.balances.insert(balance.asset.clone(), text(&balance.balance)?);
        }
        Ok(setting)
    }

    /// Sets the market whose requirement is the initial margin, at the same prices.
    #[must_use]
    pub fn with_initial(mut self, market: Arc<CompiledMarket>) -> Self {
        self.initial = Some(market);
        self
    }

    /// Replaces what is held by what the answer states.
    pub(crate) fn take_holdings(&mut self, answer: &VenueFigures) {
        let schedule = self.market.schedule();
        self.positions = answer.positions.iter().map(|p| stated(schedule, p)).collect();
        let mut balances = BTreeMap::new();
        for b in &answer.balances {
            let mut amount = of_decimal(&b.amount);
            if b.of == BalanceOf::Cash {
                // What positions cost was paid out of it.
                let own = self.positions.iter().filter(|p| {
                    let settles = schedule.instrument(&p.instrument).map(|i| i.settle);
                    p.isolated.is_none() && settles == schedule.asset(&b.asset).map(|a| a.id)
                });
                amount += own.filter_map(|p| p.entry.as_ref()).sum::<BigRational>();
            }
            balances.insert(b.asset.clone(), amount);
        }
        self.balances = balances;
    }
}
