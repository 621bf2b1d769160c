//! Initial margin by the leverage that a position has, and maintenance margin beside it: what schedules of the registry in
//! which positions have leverages have in common.

use super::{ImportError, Member, TierTables, decimal, scaled};
use crate::{
    DecimalText, InstrumentElementsFile, InstrumentFile, MAX_DENOMINATOR, OwnLeverageFile,
    PositionFile, RateFile, Requirement, RoundToFile, RowFile, Schedule, ScheduleFile,
    VariableFile,
};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed};
use zkmargin_model::decimal::power_of_ten;

/// Digits of leverages.
const LEVERAGE_DECIMALS: u32 = 2;
/// Digits of the rates that are required at least: they are whole numbers over a denominator.
pub const LEAST_RATE_DECIMALS: u32 = 0;

/// Which requirements are read where initial margin is by leverage.
pub const BY_LEVERAGE: [Requirement; 2] = [Requirement::Maintenance, Requirement::Initial];

/// The part of the notional that a tier requires at least, whatever a position's leverage: a fraction in lowest terms.
#[derive(Clone, Debug)]
pub struct LeastRate {
    num: BigInt,
    den: BigInt,
}

impl LeastRate {
    fn new(num: &BigInt, den: &BigInt) -> Self {
        let divisor = num.gcd(den);
        Self { num: num / &divisor, den: den / divisor }
    }

    /// One over the highest leverage of the tier.
    ///
    /// # Errors
    /// [`ImportError`] for a leverage below 1.
    pub fn of_leverage(highest: &Member<'_>) -> Result<Self, ImportError> {
        let leverage = highest.figure()?;
        let one = power_of_ten(leverage.scale());
        if *leverage.coefficient() < one {
            return Err(highest.wrong("is below 1"));
        }
        Ok(Self::new(&one, leverage.coefficient()))
    }

    /// A rate that the venue states beside the highest leverage, which is one over the rate but for the digits of either.
    ///
    /// # Errors
    /// [`ImportError`] for a rate that is not above zero, and for one that belongs to another leverage.
    pub fn stated(rate: &Member<'_>, highest: &Member<'_>) -> Result<Self, ImportError> {
        let (place, rate, leverage) = (rate, rate.figure()?, highest.figure()?);
        if !rate.coefficient().is_positive() {
            return Err(place.wrong("is not above zero"));
        }
        let one = power_of_ten(rate.scale() + leverage.scale());
        let apart = rate.coefficient() * leverage.coefficient() - &one;
        // A hundredth is more than what digits leave out, and less than what a rate of another limit is off by.
        if apart.magnitude() * 100u32 > *one.magnitude() {
            let message =
                format!("is {rate}, and the highest leverage {leverage}, which is of another");
            return Err(place.wrong(message));
        }
        Ok(Self::new(rate.coefficient(), &power_of_ten(rate.scale())))
    }
}

/// What the tiers of a table require at least, as exact fractions of one denominator.
#[derive(Clone, Debug)]
pub struct LeastRates {
    rows: Vec<RowFile>,
    denominator: u32,
}

impl LeastRates {
    /// Of the rows of tiers, and the rate of each; or why no table has them.
    ///
    /// # Errors
    /// Why a contract with these rates is left out.
    pub fn of(rows: &[RowFile], rates: &[LeastRate]) -> Result<Self, String> {
        let common = rates.iter().fold(BigInt::one(), |common, rate| common.lcm(&rate.den));
        let Some(denominator) = u32::try_from(&common).ok().filter(|d| *d <= MAX_DENOMINATOR)
        else {
            return Err(format!("its least rates need a denominator above {MAX_DENOMINATOR}"));
        };
        let rows = rows.iter().zip(rates).map(|(row, rate)| {
            let amount = scaled(&rate.num * (&common / &rate.den), LEAST_RATE_DECIMALS);
            RowFile { rate: decimal("0"), amount, ..row.clone() }
        });
        Ok(Self { rows: rows.collect(), denominator })
    }
}

/// Puts an instrument under a table of such rates. A position whose leverage is not known requires its notional.
pub fn by_leverage(
    instrument: InstrumentFile,
    least: LeastRates,
    tables: &mut TierTables,
    round: RoundToFile,
) -> InstrumentFile {
    let own_leverage = Some(OwnLeverageFile { default: decimal("1"), round });
    let rate = Some(RateFile::default());
    let elements = InstrumentElementsFile { own_leverage, rate, ..Default::default() };
    let LeastRates { rows, denominator } = least;
    let tiers = tables.name_over(VariableFile::Value, rows, denominator);
    InstrumentFile { tiers, elements: Some(elements), ..instrument }
}

/// Makes it the schedule of a requirement that is named, of the registry in which positions have leverages: one commitment
/// serves all of them. A name that was not chosen says which requirement it is.
pub fn with_leverages(
    schedule: ScheduleFile,
    requirement: Requirement,
    is_named: bool,
) -> ScheduleFile {
    let name = schedule.name;
    ScheduleFile {
        name: if is_named { name } else { format!("{name}-{}", requirement.name()) },
        requirement,
        own_leverage_decimals: Some(LEVERAGE_DECIMALS),
        menu: super::menu(requirement),
        ..schedule
    }
}

/// The position with its leverage, under a schedule that has any. Where only initial margin reads it, one that is not stated
/// is none under the schedules of other requirements.
///
/// # Errors
/// [`ImportError`] if it is not stated under a schedule that reads it, or not above zero.
pub fn leveraged(
    position: PositionFile,
    place: &Member<'_>,
    schedule: &Schedule,
) -> Result<PositionFile, ImportError> {
    if schedule.file().own_leverage_decimals.is_none() {
        return Ok(position);
    }
    if place.is_nothing() && schedule.requirement() != Requirement::Initial {
        return Ok(position);
    }
    let leverage = place.figure()?;
    if !leverage.coefficient().is_positive() {
        return Err(place.wrong("is not above zero"));
    }
    let own_leverage = Some(DecimalText::new(leverage.to_string()));
    Ok(PositionFile { own_leverage, ..position })
}
