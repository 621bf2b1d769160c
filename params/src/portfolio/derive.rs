//! Derived loadings: the schedule's parameters and the snapshot's figures as the algorithm takes them.

use super::figure::nearest;
use super::loadings_file::{DerivedFile, ShockFile, ShocksFile, SkewFile, VolatilityFile};
use super::schedule::{PortfolioInstrument, PortfolioSchedule};
use super::schedule_file::{ContractFile, PortfolioScheduleFile};
use super::snapshot::{self, GroupFigures, Made};
use super::snapshot_file::InstrumentFiguresFile;
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use num_bigint::{BigInt, BigUint};
use num_traits::ToPrimitive;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::portfolio::loadings::{
    ALGORITHM, DIGITS, ListedOption, LoadingError, Scenario, Shocks, Skew, UNIT, VolatilityMove,
    derive, derive_spot,
};
use zkmargin_model::rule::Rounding;
use zkmargin_model::shown::quoted;

const CHECK: Checker = Checker(FileKind::PortfolioSchedule);

/// What loadings of all instruments are derived with.
#[derive(Clone, Debug)]
pub(super) struct Derivation {
    shocks: Shocks,
    /// What columns assume of options, and the mark after them.
    options: Vec<Scenario>,
    /// What columns assume of everything else.
    spots: Vec<Scenario>,
    average_seconds: u64,
}

/// Whether prices of options are computed, which is the expensive part of reading a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deriving {
    /// They are.
    Done,
    /// They are not: the snapshot is only to be named.
    Skipped,
}

/// One instrument with its figures.
pub(super) struct Source<'a> {
    pub(super) schedule: &'a PortfolioSchedule,
    pub(super) instrument: &'a PortfolioInstrument,
    pub(super) file: &'a InstrumentFiguresFile,
    pub(super) group: &'a GroupFigures,
    /// JSON pointer of the instrument in the snapshot.
    pub(super) here: &'a str,
}

impl VolatilityFile {
    fn to_move(self) -> VolatilityMove {
        match self {
            Self::None => VolatilityMove::None,
            Self::Up => VolatilityMove::Up,
            Self::Down => VolatilityMove::Down,
            Self::Linear => VolatilityMove::Linear,
            Self::Abs => VolatilityMove::Abs,
        }
    }
}

fn skew(file: &SkewFile, here: &str) -> Result<Skew, FileError> {
    Ok(Skew {
        cap: CHECK.signed_figure(&file.cap, &format!("{here}/cap"))?,
        slope: CHECK.signed_figure(&file.slope, &format!("{here}/slope"))?,
    })
}

fn shocks(file: &ShocksFile) -> Result<Shocks, FileError> {
    let place = |field: &str| format!("/derived/shocks/{field}");
    let unsigned = |field: &str, text| CHECK.figure(text, &place(field));
    let signed = |field: &str, text| CHECK.signed_figure(text, &place(field));
    Ok(Shocks {
        range_up: unsigned("range_up", &file.range_up)?,
        range_down: unsigned("range_down", &file.range_down)?,
        least_up: unsigned("least_up", &file.least_up)?,
        short_power: unsigned("short_power", &file.short_power)?,
        long_power: unsigned("long_power", &file.long_power)?,
        least_seconds: file.least_seconds,
        linear: skew(&file.linear, &place("linear"))?,
        abs: skew(&file.abs, &place("abs"))?,
        least_width: signed("least_width", &file.least_width)?,
        width: signed("width", &file.width)?,
        width_volatility: signed("width_volatility", &file.width_volatility)?,
        width_volatility_slope: signed("width_volatility_slope", &file.width_volatility_slope)?,
    })
}

impl Derivation {
    /// The algorithm's parameters, or `None` if loadings are published.
    pub(super) fn new(schedule: &PortfolioSchedule) -> Result<Option<Self>, FileError> {
        Self::of(&schedule.file)
    }

    /// The same before the schedule is checked.
    pub(super) fn of(file: &PortfolioScheduleFile) -> Result<Option<Self>, FileError> {
        let shock_of =
            |at: usize| (format!("/columns/{at}/shock"), file.columns[at].shock.as_ref());
        let Some(DerivedFile { algorithm, average_seconds, shocks: moves }) = &file.derived else {
            let given = (0..file.columns.len()).map(shock_of).find(|(_, shock)| shock.is_some());
            return match given {
                None => Ok(None),
                Some((here, _)) => {
                    let message = "loadings are published under this schedule; remove the shock";
                    Err(CHECK.error(ErrorCode::BadColumn, here, message))
                }
            };
        };
        if algorithm != ALGORITHM {
            let message = format!(
                "{} is not an algorithm that is known here; this is {}",
                quoted(algorithm),
                quoted(ALGORITHM)
            );
            return Err(CHECK.error(ErrorCode::UnknownAlgorithm, "/derived/algorithm", message));
        }
        let (mut options, mut spots) = (Vec::new(), Vec::new());
        for at in 0..file.columns.len() {
            let (here, shock) = shock_of(at);
            let Some(ShockFile { spot, forward, volatility }) = shock else {
                let message = "loadings are derived under this schedule; a column says its shock";
                return Err(CHECK.error(ErrorCode::BadColumn, here, message));
            };
            let volatility = volatility.to_move();
            for (list, field, text) in
                [(&mut spots, "spot", spot), (&mut options, "forward", forward)]
            {
                let place = format!("{here}/{field}");
                list.push(Scenario { spot: CHECK.positive_figure(text, &place)?, volatility });
                if list.last().is_some_and(|s| s.spot >= 16 * UNIT) {
                    return Err(CHECK.error(ErrorCode::OutOfRange, place, "must be below 16"));
                }
            }
        }
        options.push(Scenario { spot: UNIT, volatility: VolatilityMove::None });
        let average_seconds = average_seconds.unwrap_or_default();
        Ok(Some(Self { shocks: shocks(moves)?, options, spots, average_seconds }))
    }

    /// Value and loadings of one instrument that has not expired; with [`Deriving::Skipped`], of an option whether there is
    /// everything that they follow from.
    pub(super) fn figures(
        &self,
        source: &Source<'_>,
        deriving: Deriving,
    ) -> Result<Made, FileError> {
        let Source { instrument: i, file, here, .. } = *source;
        let unexpected = |field: &str, given: bool, why: &str| {
            let place = format!("{here}/{field}");
            let message = format!("{why}; remove it");
            if given {
                return Err(snapshot::CHECK.error(ErrorCode::UnexpectedPrice, place, message));
            }
            Ok(())
        };
        unexpected("loadings", file.loadings.is_some(), "loadings are derived")?;
        unexpected("settlement", file.settlement.is_some(), "it has not expired")?;
        if i.kind.is_option() {
            unexpected("value", file.value.is_some(), "the value of an option is derived")?;
            let option = self.listed(source)?;
            return match deriving {
                Deriving::Done => self.option(source, option),
                Deriving::Skipped => {
                    Ok((Decimal::from_scaled(&BigInt::ZERO, 0), BigInt::ZERO, Vec::new()))
                }
            };
        }
        unexpected("volatility", file.volatility.is_some(), "only options have a volatility")?;
        self.spot(source)
    }

    /// What the prices of an option follow from.
    fn listed(&self, source: &Source<'_>) -> Result<ListedOption, FileError> {
        let Source { schedule, instrument: i, file, group, here } = *source;
        let Some([forward, rate]) = group.forward else {
            let name = quoted(&schedule.groups[i.group].name);
            let message =
                format!("group {name} has options, whose prices need its forward and rate");
            return Err(snapshot::CHECK.error(ErrorCode::MissingPrice, "/groups", message));
        };
        let Some(seconds) = group.seconds else {
            // Checked with the schedule: a group of options expires.
            let place = format!("/groups/{}/expiry", schedule.groups[i.group].at);
            return Err(CHECK.error(ErrorCode::MissingField, place, "options expire"));
        };
        let Some(volatility) = &file.volatility else {
            let message = format!("option {} has no volatility", quoted(&i.symbol));
            return Err(snapshot::CHECK.error(ErrorCode::MissingVolatility, here, message));
        };
        let place = format!("{here}/volatility");
        let moving = self.moving(forward, seconds);
        Ok(ListedOption {
            instrument: i.id,
            is_call: i.kind == ContractFile::Call,
            strike: i.strike.map_or(0, |strike| schedule.strikes[strike].price),
            forward_moving: moving,
            forward_fixed: forward - moving,
            seconds,
            rate,
            volatility: Some(snapshot::CHECK.figure(volatility, &place)?),
        })
    }

    fn option(&self, source: &Source<'_>, option: ListedOption) -> Result<Made, FileError> {
        let i = source.instrument;
        let rows = derive(&[option], &self.options, &self.shocks, i.value_decimals);
        let mut loadings =
            rows.map_err(|error| loading_error(source, &error))?.pop().unwrap_or_default();
        let value = loadings.pop().unwrap_or_default();
        Ok((Decimal::from_scaled(&value, i.value_decimals), value, loadings))
    }

    /// The part of a forward that scenarios move: the rest of the average is known.
    fn moving(&self, forward: u128, seconds: u64) -> u128 {
        if seconds >= self.average_seconds {
            return forward;
        }
        let moving = BigInt::from(BigUint::from(forward) * seconds);
        let moving = Rounding::NearestUp.divide(&moving, &self.average_seconds.into());
        moving.to_u128().unwrap_or(forward).min(forward)
    }

    fn spot(&self, source: &Source<'_>) -> Result<Made, FileError> {
        let Source { instrument: i, file, here, .. } = *source;
        let Some(value) = &file.value else {
            let message = format!("{} has no value", quoted(&i.symbol));
            return Err(snapshot::CHECK.error(ErrorCode::MissingPrice, here, message));
        };
        let price = snapshot::CHECK.positive_figure(value, &format!("{here}/value"))?;
        let loadings = match i.kind {
            ContractFile::Fixed => vec![BigInt::ZERO; self.spots.len()],
            _ => derive_spot(i.id, price, &self.spots, i.value_decimals)
                .map_err(|error| loading_error(source, &error))?,
        };
        let unit_value = Decimal::from_scaled(&price.into(), DIGITS);
        let value = nearest(&unit_value, i.value_decimals);
        Ok((unit_value, value, loadings))
    }
}

fn loading_error(source: &Source<'_>, error: &LoadingError) -> FileError {
    let Source { instrument: i, here, .. } = source;
    let (code, pointer) = match error {
        LoadingError::Expired { .. } => (ErrorCode::ExpiredInstrument, (*here).to_owned()),
        LoadingError::NoVolatility { .. } => (ErrorCode::MissingVolatility, (*here).to_owned()),
        LoadingError::Volatility { .. } => (ErrorCode::OutOfRange, format!("{here}/volatility")),
        LoadingError::Price { what: "strike", .. } => {
            let at = i.at;
            return CHECK.error(
                ErrorCode::OutOfRange,
                format!("/instruments/{at}/strike"),
                error.to_string(),
            );
        }
        LoadingError::Price { what: "forward", .. } => {
            (ErrorCode::OutOfRange, "/groups".to_owned())
        }
        LoadingError::Price { .. } => (ErrorCode::OutOfRange, format!("{here}/value")),
        LoadingError::Spot { .. } | LoadingError::Digits { .. } => {
            return CHECK.error(ErrorCode::OutOfRange, "/columns", error.to_string());
        }
    };
    snapshot::CHECK.error(code, pointer, error.to_string())
}
