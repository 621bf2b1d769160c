//! What can be different at the venue, and the setting in which it is.

use crate::compute::{Figures, by_rate};
use crate::figure::Rounded;
use crate::number::{of_decimal, shown};
use crate::setting::{Held, Setting, Unlisted, entry_value, rate, value_at};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::collections::BTreeMap;
use std::sync::Arc;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::shown::quoted;
use zkmargin_params::venues::{FigureKind, StatedPosition, Subject, VenueFigure, VenueFigures};
use zkmargin_params::{CompiledMarket, Schedule};

/// One thing that differs at the venue.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The venue rounds what it shows.
    Rounding(Rounded),
    /// Entry prices that the answer shows are rounded: the venue's profits are those of prices which round to them.
    EntryRounding,
    /// The balance that the answer shows is rounded, and the venue's own figure is that of one which rounds to it.
    BalanceRounding,
    /// Tiers, rates, haircuts or rounding of another schedule, by its name.
    Schedule(String),
    /// Prices of another snapshot, by its time.
    Snapshot(String),
    /// The marks that the answer itself has.
    Marks,
    /// Best bid of long positions and best ask of short ones.
    Quotes,
    /// Entry prices that the answer has.
    Entries,
    /// Funding that has accrued and is not settled.
    Funding,
    /// The same with the wrong sign.
    FundingReversed,
    /// A fee to close.
    Fee(BigRational),
    /// A fee to close that the schedule leaves out: both margins of the position hold the same.
    FeeLeftOut(BigRational),
    /// Initial margin of open orders.
    Orders,
    /// Credits and withdrawals that are not settled.
    Pending,
    /// Positions and balances that only one side has, or has otherwise.
    Holdings(Vec<String>),
    /// An old symbol counts as the one that replaces it.
    Migrated(Vec<String>),
    /// Positions that the answer's totals count and its list has not.
    Unlisted {
        /// Their notional.
        notional: BigRational,
        /// Whether they are long.
        long: bool,
        /// Leverage at which the totals count their initial margin, if one does.
        leverage: Option<u32>,
    },
    /// Another leverage than the answer states.
    Leverage(u32),
    /// Values are shown before the rule rounds them.
    ExactValues,
    /// The requirement stays as it is at the mark while the price moves.
    RequirementAtMark,
    /// A total of the venue's own figures of positions and assets.
    Parts,
    /// Options are priced by the venue's own arithmetic, whose last digits no file says.
    Pricing,
}

impl Change {
    /// Whether the same thing differs, whatever it is replaced by.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rounding(_) => "rounding",
            Self::EntryRounding => "entry-price-rounding",
            Self::BalanceRounding => "balance-rounding",
            Self::Schedule(_) => "other-schedule",
            Self::Snapshot(_) => "other-snapshot",
            Self::Marks => "other-mark",
            Self::Quotes => "bid-ask",
            Self::Entries => "other-entry",
            Self::Funding => "unsettled-funding",
            Self::FundingReversed => "funding-sign",
            Self::Fee(_) => "fee-to-close",
            Self::FeeLeftOut(_) => "fee-left-out",
            Self::Orders => "open-orders",
            Self::Pending => "settlement-pending",
            Self::Holdings(_) => "holdings",
            Self::Migrated(_) => "migrated",
            Self::Unlisted { .. } => "unlisted-positions",
            Self::Leverage(_) => "other-leverage",
            Self::ExactValues => "exact-values",
            Self::RequirementAtMark => "requirement-at-mark",
            Self::Parts => "sum-of-parts",
            Self::Pricing => "option-pricing",
        }
    }
}

/// Every code.
pub(crate) const CODES: [&str; 22] = [
    "rounding",
    "entry-price-rounding",
    "balance-rounding",
    "other-schedule",
    "other-snapshot",
    "other-mark",
    "bid-ask",
    "other-entry",
    "unsettled-funding",
    "funding-sign",
    "fee-to-close",
    "fee-left-out",
    "open-orders",
    "settlement-pending",
    "holdings",
    "migrated",
    "unlisted-positions",
    "other-leverage",
    "exact-values",
    "requirement-at-mark",
    "sum-of-parts",
    "option-pricing",
];

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rounding(Rounded { how, decimals }) => write!(f, "{how} to {decimals} digits"),
            Self::EntryRounding => f.write_str("the entry price shown is rounded"),
            Self::BalanceRounding => f.write_str("the balance shown is rounded"),
            Self::Schedule(name) => write!(f, "schedule {}", quoted(name)),
            Self::Snapshot(time) => write!(f, "prices of {time}"),
            Self::Marks => f.write_str("the marks in the answer"),
            Self::Quotes => f.write_str("best bid and ask in place of the mark"),
            Self::Entries => f.write_str("the entry prices in the answer"),
            Self::Funding => f.write_str("funding that is not settled"),
            Self::FundingReversed => f.write_str("funding with the wrong sign"),
            Self::Fee(fee) => write!(f, "a fee to close of {} of the notional", shown(fee)),
            Self::FeeLeftOut(fee) => {
                write!(f, "left out by the schedule: a fee to close of {}", shown(fee))
            }
            Self::Orders => f.write_str("open orders"),
            Self::Pending => f.write_str("settlement pending"),
            Self::Holdings(what) => f.write_str(&what.join(", ")),
            Self::Migrated(what) => f.write_str(&what.join(", ")),
            Self::Unlisted { notional, long, leverage } => {
                let side = if *long { "long" } else { "short" };
                let worth = shown(notional);
                write!(f, "positions worth {worth} {side} that the answer does not list")?;
                leverage.map_or(Ok(()), |times| write!(f, ", at leverage {times}"))
            }
            Self::Leverage(times) => write!(f, "leverage {times}"),
            Self::ExactValues => f.write_str("values before the rule rounds them"),
            Self::RequirementAtMark => f.write_str("the requirement stays as at the mark"),
            Self::Parts => f.write_str("the sum of the venue's own figures of its parts"),
            Self::Pricing => f.write_str("the venue's own arithmetic in the prices of options"),
        }
    }
}

/// What changes can be made with.
pub(crate) struct Sources<'a> {
    pub(crate) answer: &'a VenueFigures,
    /// The answer's positions by what they are about.
    pub(crate) positions: BTreeMap<Subject, &'a StatedPosition>,
    /// The venue's profits by what they are about.
    pub(crate) profits: BTreeMap<Subject, &'a Decimal>,
    pub(crate) schedules: &'a [(String, Arc<CompiledMarket>)],
    pub(crate) snapshots: &'a [(String, Arc<CompiledMarket>)],
    pub(crate) fee: Option<&'a BigRational>,
    /// Positions that totals count and no list has.
    pub(crate) unlisted: Option<Change>,
}

impl Sources<'_> {
    /// All changes that can be tried. Some may change nothing.
    pub(crate) fn candidates(&self, setting: &Setting) -> Vec<Change> {
        let mut all = vec![Change::Orders, Change::Marks];
        let prices = |figure: &VenueFigure| figure.kind == FigureKind::LiquidationPrice;
        if self.answer.figures.iter().any(prices) {
            all.push(Change::RequirementAtMark);
        }
        let rounding = &setting.market.schedule().file().rounding;
        if rounding.value.is_some() || rounding.notional.is_some() {
            all.push(Change::ExactValues);
        }
        all.extend([Change::Entries, Change::Quotes, Change::Pending]);
        all.extend([Change::Funding, Change::FundingReversed]);
        all.extend(self.schedules.iter().map(|(name, _)| Change::Schedule(name.clone())));
        all.extend(self.snapshots.iter().map(|(time, _)| Change::Snapshot(time.clone())));
        all.extend(self.fee.map(|fee| Change::Fee(fee.clone())));
        all.push(Change::EntryRounding);
        all.push(Change::Migrated(Vec::new()));
        all.push(Change::Holdings(Vec::new()));
        all.extend(self.unlisted.clone());
        all
    }

    /// The setting of these figures with a change, and the change with what it says; `None` if it changes nothing.
    pub(crate) fn made(
        &self,
        change: Change,
        setting: &Setting,
        figures: &Figures,
    ) -> Option<(Change, Setting)> {
        let mut new = setting.clone();
        let mut changed = false;
        let schedule = setting.market.schedule();
        let stated = |held: &Held| self.positions.get(&held.subject()).copied();
        match &change {
            Change::Schedule(name) => {
                new.market = self.schedules.iter().find(|(own, _)| own == name)?.1.clone();
                changed = true;
            }
            Change::Snapshot(time) => {
                new.market = self.snapshots.iter().find(|(own, _)| own == time)?.1.clone();
                changed = true;
            }
            Change::Marks | Change::Quotes => {
                for (place, held) in new.positions.iter_mut().enumerate() {
                    let Some(p) = stated(held) else { continue };
                    let quote = p.quote.as_ref().map(|[bid, ask]| match held.side() {
                        zkmargin_model::rule::Side::Long => bid,
                        zkmargin_model::rule::Side::Short => ask,
                    });
                    let price = match change {
                        Change::Marks => {
                            schedule.instrument(&held.instrument).and_then(|of| p.mark_of(of))
                        }
                        _ => quote.cloned(),
                    };
                    let Some(price) = price.as_ref().map(of_decimal) else { continue };
                    changed |= figures.marked(place).map(|[mark, _]| mark) != Some(&price);
                    held.mark = Some(price);
                }
            }
            Change::Entries => {
                for held in &mut new.positions {
                    let Some(p) = stated(held) else { continue };
                    // The answer's price counts for the size that is held here.
                    let price = p.entry_price.as_ref().map(|entry| of_decimal(&entry.price));
                    let of_price = price
                        .and_then(|price| value_at(schedule, &held.instrument, &held.size, &price));
                    let same_size = of_decimal(&p.size) == held.size;
                    let of_answer = same_size.then(|| entry_value(schedule, p)).flatten();
                    let Some(entry) = of_answer.or(of_price).map(Some) else { continue };
                    changed |= entry != held.entry;
                    held.entry = entry;
                }
            }
            Change::Funding | Change::FundingReversed => {
                for held in &mut new.positions {
                    let funding = stated(held).and_then(|p| p.funding.as_ref()).map(of_decimal);
                    let Some(funding) = funding.filter(|f| !f.is_zero()) else { continue };
                    changed = true;
                    if change == Change::Funding {
                        held.funding += funding;
                    } else {
                        held.funding -= funding;
                    }
                }
            }
            Change::Fee(fee) => {
                new.fee = fee.clone();
                changed = !fee.is_zero();
            }
            Change::Orders => {
                for held in &mut new.positions {
                    let orders = stated(held).and_then(|p| p.orders.as_ref()).map(of_decimal);
                    let Some(orders) = orders.filter(|orders| !orders.is_zero()) else { continue };
                    (changed, held.orders) = (true, orders);
                }
            }
            Change::Pending => {
                for b in &self.answer.balances {
                    let Some(pending) = b.pending.as_ref().map(of_decimal) else { continue };
                    changed |= !pending.is_zero();
                    *new.balances.entry(b.asset.clone()).or_default() += pending;
                }
            }
            Change::Holdings(_) => {
                new.take_holdings(self.answer);
                let what = differences(setting, &new);
                return (!what.is_empty()).then_some((Change::Holdings(what), new));
            }
            Change::Migrated(_) => {
                let what = migrate(&mut new);
                return (!what.is_empty()).then_some((Change::Migrated(what), new));
            }
            Change::Unlisted { notional, long, leverage } => {
                let value = if *long { notional.clone() } else { -notional };
                new.unlisted = Some(Unlisted { value, leverage: *leverage });
                changed = true;
            }
            Change::ExactValues => {
                new.exact_values = true;
                changed = true;
            }
            Change::RequirementAtMark => {
                new.requirement_at_mark = true;
                changed = true;
            }
            Change::EntryRounding => {
                for (place, held) in new.positions.iter_mut().enumerate() {
                    let subject = held.subject();
                    let profit = self.profits.get(&subject).copied().map(of_decimal);
                    let p =
                        self.positions.get(&subject).filter(|p| of_decimal(&p.size) == held.size);
                    let (Some(profit), Some(p), Some(entry)) = (profit, p, &held.entry) else {
                        continue;
                    };
                    let Some([_, value]) = figures.marked(place) else { continue };
                    let implied = value - profit;
                    let within = entry_slack(schedule, p)
                        .is_some_and(|slack| (&implied - entry).abs() <= slack);
                    if within && implied != *entry {
                        (changed, held.entry) = (true, Some(implied));
                    }
                }
            }
            // These are found from the figures themselves.
            Change::Rounding(_)
            | Change::BalanceRounding
            | Change::Leverage(_)
            | Change::FeeLeftOut(_)
            | Change::Parts
            | Change::Pricing => {}
        }
        changed.then_some((change, new))
    }
}

/// By how much a value at entry can differ from that of the entry price which the answer shows, because that is rounded.
pub(crate) fn entry_slack(schedule: &Schedule, p: &StatedPosition) -> Option<BigRational> {
    let entry = p.entry_price.as_ref()?;
    let half = BigRational::new(1.into(), BigInt::from(2) * power_of_ten(entry.decimals));
    let (size, price) = (of_decimal(&p.size), of_decimal(&entry.price));
    let at = |price| value_at(schedule, &p.instrument, &size, &price);
    let (low, high) = (at(&price - &half)?, at(&price + &half)?);
    Some((high - low).abs() / BigInt::from(2))
}

/// What one setting holds and the other has not, or has otherwise.
fn differences(own: &Setting, venues: &Setting) -> Vec<String> {
    let mut what = Vec::new();
    let by_subject = |setting: &Setting| {
        let all = setting.positions.iter().map(|held| (held.subject(), held.size.clone()));
        all.collect::<BTreeMap<_, _>>()
    };
    let (here, there) = (by_subject(own), by_subject(venues));
    for (subject, size) in &here {
        match there.get(subject) {
            None => what.push(format!("the venue has no position {subject}")),
            Some(other) if other != size => what.push(format!(
                "position {subject}: {} at the venue, {} here",
                shown(other),
                shown(size)
            )),
            Some(_) => {}
        }
    }
    for subject in there.keys().filter(|subject| !here.contains_key(*subject)) {
        what.push(format!("position {subject} is missing here"));
    }
    let zero = BigRational::zero();
    let assets = own.balances.keys().chain(venues.balances.keys());
    let assets: std::collections::BTreeSet<_> = assets.collect();
    for asset in assets {
        let [a, b] = [own, venues].map(|s| s.balances.get(asset).unwrap_or(&zero));
        if a != b {
            what.push(format!("balance of {asset}: {} at the venue, {} here", shown(b), shown(a)));
        }
    }
    what
}

/// Renames what is held under an old symbol.
fn migrate(setting: &mut Setting) -> Vec<String> {
    let market = setting.market.clone();
    let file = market.schedule().file();
    let mut what = Vec::new();
    for old in &file.assets {
        let Some(target) = &old.migrated_to else { continue };
        let Some(amount) = setting.balances.remove(&old.symbol) else { continue };
        if !amount.is_zero() {
            what.push(format!("{} counts as {target}", old.symbol));
        }
        *setting.balances.entry(target.clone()).or_default() += amount;
    }
    for old in &file.instruments {
        let Some(target) = &old.migrated_to else { continue };
        for held in setting.positions.iter_mut().filter(|held| held.instrument == old.symbol) {
            what.push(format!("{} counts as {target}", old.symbol));
            held.instrument.clone_from(target);
        }
    }
    what
}

/// The leverage up to 200 at which a notional gives this initial margin; not the one that is stated.
pub(crate) fn leverage_of(
    setting: &Setting,
    notional: &BigRational,
    initial: &BigRational,
    stated: Option<&BigRational>,
) -> Option<u32> {
    let all: Vec<u32> = (1..=200).collect();
    let part = |times: &u32| BigRational::new(BigInt::one(), BigInt::from(*times));
    let figure = |times: &u32| by_rate(notional, &part(times), setting.initial_rounding);
    // It only falls with the leverage.
    let from = all.partition_point(|times| figure(times) > *initial);
    let mut equal = all.into_iter().skip(from).take_while(|times| figure(times) == *initial);
    equal.find(|times| stated != Some(&part(times)))
}

impl Sources<'_> {
    /// The stated rate of a position.
    pub(crate) fn rate(&self, subject: &Subject) -> Option<BigRational> {
        self.positions.get(subject)?.initial_rate.as_ref().and_then(rate)
    }
}
