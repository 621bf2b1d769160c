//! Prices of an underlying at which an account of portfolio margin does not meet a claim, on a grid.
//!
//! Derived loadings are prices of options at shocked forwards, whose difference from a line has no bound that is small. So
//! no stretch of prices is excluded: the rule is computed at each price of the grid, and nothing is said of those between.

use super::move_price::{MoveError, moved, underlyings};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed};
use std::collections::BTreeSet;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::portfolio::{Market, margin};
use zkmargin_model::rule::{Account, Position};
use zkmargin_params::portfolio::{
    PortfolioMarket, PortfolioSchedule, PortfolioScheduleFile, PortfolioSnapshotFile,
};
use zkmargin_params::{FileError, Requirement};

/// The boundary in the first step that has one is halved to this part of a step.
const PARTS: u32 = 1_000;
/// Prices that one direction may have.
const MAX_STEPS: u32 = 100_000;

/// Which prices are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The distance of two, whose multiples they are; `None` for the leading digit of a thousandth of the price.
    pub step: Option<Decimal>,
    /// How far from the price, in percent of it.
    pub range: u32,
}

/// What was found one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// The claim is not met at the snapshot's prices.
    Crossed,
    /// The claim is not met at a price, and met a thousandth of a step before it, or at the snapshot's price if that is
    /// nearer. It is met at all prices of the grid that are nearer.
    At {
        /// The price.
        price: Decimal,
        /// The last price before it.
        met: Decimal,
    },
    /// It is met at all prices of the grid, up to this one.
    NotWithin {
        /// The last price.
        last: Decimal,
    },
    /// It is met at all prices of the grid before this one, at which there is no rule.
    Ends {
        /// The price.
        price: Decimal,
        /// Why.
        why: String,
    },
}

/// What was found for one underlying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scans {
    /// Name of its public price.
    pub name: String,
    /// The snapshot's.
    pub price: Decimal,
    /// The distance of two prices that were computed.
    pub step: Decimal,
    /// Number of prices each way.
    pub steps: u32,
    /// When it falls.
    pub falling: Scanned,
    /// When it rises.
    pub rising: Scanned,
}

/// Why nothing is found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// Prices cannot be moved.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The market at the snapshot.
    #[error(transparent)]
    Market(#[from] FileError),
    /// The rule is undefined for the account as it is.
    #[error(transparent)]
    Rule(#[from] zkmargin_model::portfolio::MarginError),
    /// No unit has a public price.
    #[error("no unit of the schedule has a public price that could be moved")]
    NoPrice,
    /// Nothing that is held is of such a unit.
    #[error("nothing that the account holds is of a unit with a public price, so none was moved")]
    NotHeld,
    /// The grid has no step, or too many.
    #[error("a step of {step} has more than {MAX_STEPS} prices in the range, or none")]
    Grid {
        /// The step.
        step: String,
    },
}

/// Schedule and snapshot with the instruments that an account holds, and the account under them: no other says anything
/// about it.
fn held_alone(
    schedule: &PortfolioSchedule,
    file: &PortfolioSnapshotFile,
    account: &Account,
) -> Option<(PortfolioSchedule, PortfolioSnapshotFile, Account)> {
    let of = |p: &Position| schedule.instrument_of(p.instrument).map(|i| i.symbol.as_str());
    let held: BTreeSet<&str> = account.positions().iter().filter_map(of).collect();
    let mut alone: PortfolioScheduleFile = schedule.file().clone();
    alone.instruments.retain(|i| held.contains(i.symbol.as_str()));
    let groups: BTreeSet<String> = alone.instruments.iter().map(|i| i.group.clone()).collect();
    alone.groups.retain(|g| groups.contains(&g.name));
    let mut prices = file.clone();
    prices.groups.retain(|g| groups.contains(&g.group));
    prices.instruments.retain(|p| held.contains(p.instrument.as_str()));
    let alone = PortfolioSchedule::new(alone).ok()?;
    prices.schedule = alone.digest().to_string();
    let account = alone.restated(account, schedule).ok()?;
    Some((alone, prices, account))
}

struct Scan<'a> {
    schedule: &'a PortfolioSchedule,
    file: &'a PortfolioSnapshotFile,
    account: &'a Account,
    requirement: Requirement,
    claim: &'a Claim,
    name: &'a str,
}

impl Scan<'_> {
    /// Whether the claim is met at a price.
    fn is_met(&self, price: &Decimal) -> Result<bool, String> {
        let file = moved(self.schedule, self.file, self.name, price).map_err(|e| e.to_string())?;
        let market = PortfolioMarket::compile(self.schedule, &file).map_err(|e| e.message)?;
        let market = market.market(self.requirement).map_err(|e| e.message)?;
        let figures = margin(self.account, market).map_err(|e| e.to_string())?;
        Ok(figures.meets(self.claim, market))
    }

    /// One way from the snapshot's price over multiples of the step, of which each has [`PARTS`] ticks of these digits.
    fn one_way(
        &self,
        [from, farthest]: [&Decimal; 2],
        tick: &Tick,
        steps: u32,
        rises: bool,
    ) -> Scanned {
        // The tick at the price or behind it, seen in the direction of the search.
        let start = tick.behind(from, rises);
        let at = |ticks: &BigInt| if *ticks == start { from.clone() } else { tick.price(ticks) };
        let mut met = start.clone();
        let parts = BigInt::from(PARTS);
        let mut next = match rises {
            true => (start.div_floor(&parts) + 1) * &parts,
            false => (Integer::div_ceil(&start, &parts) - 1) * &parts,
        };
        // Multiples begin nearer than a step away, so one more than `steps` may be within the range.
        for _ in 0..=steps {
            if tick.is_beyond(&next, farthest, rises) {
                break;
            }
            match self.is_met(&at(&next)) {
                Ok(true) => {
                    met = next.clone();
                    next += if rises { parts.clone() } else { -&parts };
                    continue;
                }
                Err(why) => return Scanned::Ends { price: at(&next), why },
                Ok(false) => {}
            }
            let mut not_met = next;
            while (&not_met - &met).abs() > BigInt::one() {
                let middle: BigInt = (&met + &not_met).div_floor(&BigInt::from(2));
                match self.is_met(&at(&middle)) {
                    Ok(true) => met = middle,
                    Ok(false) => not_met = middle,
                    Err(why) => return Scanned::Ends { price: at(&middle), why },
                }
            }
            return Scanned::At { price: at(&not_met), met: at(&met) };
        }
        Scanned::NotWithin { last: at(&met) }
    }
}

/// A thousandth of a step.
struct Tick {
    /// In units of these digits.
    size: BigInt,
    decimals: u32,
}

impl Tick {
    fn of(step: &Decimal) -> Self {
        // A step of s units of 10^-d has a tick of s units of 10^-(d + 3).
        Self { size: step.coefficient().clone(), decimals: step.scale() + 3 }
    }

    fn price(&self, ticks: &BigInt) -> Decimal {
        Decimal::from_scaled(&(ticks * &self.size), self.decimals)
    }

    /// Whether a tick is beyond a price.
    fn is_beyond(&self, ticks: &BigInt, price: &Decimal, rises: bool) -> bool {
        let last = self.behind(price, rises);
        if rises { *ticks > last } else { *ticks < last }
    }

    /// The last tick that is not beyond a price.
    fn behind(&self, price: &Decimal, rises: bool) -> BigInt {
        let numerator = price.coefficient() * power_of_ten(self.decimals);
        let denominator = &self.size * power_of_ten(price.scale());
        if rises {
            numerator.div_floor(&denominator)
        } else {
            Integer::div_ceil(&numerator, &denominator)
        }
    }
}

/// Looks for them, for each underlying of which the account holds something.
///
/// # Errors
/// [`ScanError`].
pub fn scans(
    market: &PortfolioMarket,
    file: &PortfolioSnapshotFile,
    account: &Account,
    (requirement, claim): (Requirement, &Claim),
    grid: &Grid,
) -> Result<Vec<Scans>, ScanError> {
    let schedule = market.schedule();
    let names = underlyings(schedule);
    if schedule.file().derived.is_none() {
        return Err(MoveError::Published.into());
    }
    if names.is_empty() {
        return Err(ScanError::NoPrice);
    }
    let of_now: &Market = market.market(requirement)?;
    let is_met = margin(account, of_now)?.meets(claim, of_now);
    let alone = held_alone(schedule, file, account);
    let (held, prices, of_held) =
        alone.as_ref().map_or((schedule, file, account), |(s, f, a)| (s, f, a));
    let mut out = Vec::new();
    for name in names {
        let place = schedule.file().indices.iter().position(|index| index == name);
        let of_unit = |id: u32| {
            let group = schedule.instrument_of(id).and_then(|i| schedule.groups().get(i.group));
            group.and_then(|g| schedule.units().get(g.unit)).and_then(|unit| unit.index)
        };
        if !account.positions().iter().any(|p| of_unit(p.instrument) == place) {
            continue;
        }
        let written = file.indices.iter().find(|index| index.index == name);
        let written = written.ok_or_else(|| MoveError::Unlisted(name.to_owned()))?;
        let price = Decimal::parse(written.price.as_str()).map_err(|_| MoveError::BadNumber)?;
        let step = grid.step.clone().unwrap_or_else(|| thousandth(&price));
        let refused = || ScanError::Grid { step: step.to_string() };
        if !step.coefficient().is_positive() {
            return Err(refused());
        }
        let farthest = price.coefficient() * grid.range * power_of_ten(step.scale());
        let wide = step.coefficient() * 100u32 * power_of_ten(price.scale());
        let steps = u32::try_from(farthest.div_floor(&wide)).unwrap_or(u32::MAX);
        if steps == 0 || steps > MAX_STEPS {
            return Err(refused());
        }
        let scan =
            Scan { schedule: held, file: prices, account: of_held, requirement, claim, name };
        let tick = Tick::of(&step);
        let farthest = |rises| {
            let percent = i64::from(grid.range) * if rises { 1 } else { -1 };
            Decimal::from_scaled(&(price.coefficient() * (100 + percent)), price.scale() + 2)
        };
        let way = |rises| match is_met {
            true => scan.one_way([&price, &farthest(rises)], &tick, steps, rises),
            false => Scanned::Crossed,
        };
        let (falling, rising) = (way(false), way(true));
        out.push(Scans { name: name.to_owned(), price, step, steps, falling, rising });
    }
    if out.is_empty() {
        return Err(ScanError::NotHeld);
    }
    Ok(out)
}

/// The leading digit of a thousandth of a price.
fn thousandth(price: &Decimal) -> Decimal {
    let digits = price.coefficient().to_string();
    let lead: BigInt = digits[..1].parse().unwrap_or_else(|_| BigInt::one());
    let zeros = u32::try_from(digits.len()).unwrap_or(u32::MAX) - 1;
    let lead = lead * power_of_ten(zeros);
    Decimal::from_scaled(&lead, price.scale() + 3)
}
