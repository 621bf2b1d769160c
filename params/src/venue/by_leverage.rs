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

/// What tiers require at least, whatever a position's leverage: the notional over the highest leverage of the tier, as exact
/// fractions of one denominator.
#[derive(Clone, Debug)]
pub struct LeastRates {
    rows: Vec<RowFile>,
    denominator: u32,
}

impl LeastRates {
    /// Of the rows of tiers, and the highest leverage in each; or why no table has them.
    ///
    /// # Errors
    /// [`ImportError`] for a leverage below 1.
    pub fn of(
        rows: &[RowFile],
        highest: &[Member<'_>],
    ) -> Result<Result<Self, String>, ImportError> {
        let (mut fractions, mut common) = (Vec::new(), BigInt::one());
        for place in highest {
            let leverage = place.figure()?;
            let one = power_of_ten(leverage.scale());
            if *leverage.coefficient() < one {
                return Err(place.wrong("is below 1"));
            }
            let divisor = one.gcd(leverage.coefficient());
            let (num, den) = (one / &divisor, leverage.coefficient() / divisor);
            common = common.lcm(&den);
            fractions.push((num, den));
        }
        let Some(denominator) = u32::try_from(&common).ok().filter(|d| *d <= MAX_DENOMINATOR)
        else {
            return Ok(Err(format!("its leverages need a denominator above {MAX_DENOMINATOR}")));
        };
        let rows = rows.iter().zip(fractions).map(|(row, (num, den))| {
            let amount = scaled(num * (&common / den), LEAST_RATE_DECIMALS);
            RowFile { rate: decimal("0"), amount, ..row.clone() }
        });
        Ok(Ok(Self { rows: rows.collect(), denominator }))
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
