//! Families of instruments, by whose sums tiers go.

use super::context::CHECK;
use crate::elements_file::FamilyFile;
use crate::error::{ErrorCode, FileError};
use crate::figures::MAX_DECIMALS;
use crate::schedule::Instrument;
use crate::schedule_file::{InstrumentFile, ScheduleFile};
use num_bigint::BigInt;
use num_traits::Signed;
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::rule::TierFamily;
use zkmargin_model::shown::quoted;

/// The families of a schedule by name, in the order of their names: number, and digits after the point of what their
/// instruments count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Families<'a>(BTreeMap<&'a str, Counting>);

#[derive(Clone, Copy, Debug, Default)]
struct Counting {
    number: u32,
    decimals: u32,
}

fn written(instrument: &InstrumentFile) -> Option<&FamilyFile> {
    instrument.elements.as_ref()?.family.as_ref()
}

/// What a size of 1 counts.
fn counts(family: &FamilyFile, at: usize) -> Result<Decimal, FileError> {
    let Some(text) = &family.counts else { return Ok(Decimal::from_scaled(&1.into(), 0)) };
    let here = format!("/instruments/{at}/elements/family/counts");
    let counts = CHECK.decimal(text, &here)?;
    if !counts.coefficient().is_positive() {
        return Err(CHECK.error(ErrorCode::OutOfRange, here, "must be above zero"));
    }
    Ok(counts)
}

impl<'a> Families<'a> {
    /// Reads the families of all instruments.
    ///
    /// # Errors
    /// [`FileError`] for a name or a count.
    pub(crate) fn of(file: &'a ScheduleFile) -> Result<Self, FileError> {
        let mut families = BTreeMap::<&str, Counting>::new();
        let mut spelled = BTreeMap::<String, (&str, usize)>::new();
        for (at, instrument) in file.instruments.iter().enumerate() {
            let Some(family) = written(instrument) else { continue };
            let digits = instrument.size_decimals;
            CHECK.decimals(digits, MAX_DECIMALS, &format!("/instruments/{at}/size_decimals"))?;
            let place = format!("/instruments/{at}/elements/family/name");
            CHECK.name(&family.name, &place)?;
            // Two names for one family would make two sums of it, each in a lower tier.
            let (like, first) =
                *spelled.entry(family.name.to_lowercase()).or_insert((&family.name, at));
            if like != family.name {
                let message = format!(
                    "{} is {} of /instruments/{first} but for the case of letters; a family has one name",
                    quoted(&family.name),
                    quoted(like)
                );
                return Err(CHECK.error(ErrorCode::LookAlike, place, message));
            }
            let decimals = digits + counts(family, at)?.scale();
            let of = families.entry(&family.name).or_default();
            of.decimals = of.decimals.max(decimals);
        }
        let named: Vec<_> = spelled.into_values().collect();
        CHECK.names_differ(named.iter().map(|(name, _)| *name), |index| {
            let at = named.get(index).map_or(0, |(_, at)| *at);
            format!("/instruments/{at}/elements/family/name")
        })?;
        for (family, number) in families.values_mut().zip(1..) {
            family.number = number;
        }
        Ok(Self(families))
    }

    /// Digits after the point of what tiers by quantity of an instrument of a family go by.
    pub(crate) fn decimals(&self, instrument: &InstrumentFile) -> Option<u32> {
        Some(self.0.get(written(instrument)?.name.as_str())?.decimals)
    }

    /// The family of an instrument at this place of the file.
    ///
    /// # Errors
    /// [`FileError`] for what it counts.
    pub(crate) fn family(
        &self,
        instrument: &InstrumentFile,
        at: usize,
    ) -> Result<Option<TierFamily>, FileError> {
        let Some(family) = written(instrument) else { return Ok(None) };
        let counts = counts(family, at)?;
        let of = self.0.get(family.name.as_str()).copied().unwrap_or_default();
        // The family has the digits of the instrument that has most.
        let own = instrument.size_decimals.saturating_add(counts.scale());
        let finer = of.decimals.saturating_sub(own);
        let unit: BigInt = counts.coefficient() * power_of_ten(finer);
        Ok(Some(TierFamily { number: of.number, unit }))
    }

    /// Checks that the instruments of a family, in order of ids, follow each other: the list of positions is in that order.
    ///
    /// # Errors
    /// [`ErrorCode::SplitFamily`] at the one that does not.
    pub(crate) fn check_runs(file: &ScheduleFile, by_id: &[Instrument]) -> Result<(), FileError> {
        let (mut ended, mut last) = (BTreeSet::new(), None);
        for instrument in by_id {
            let name = file.instruments.get(instrument.at).and_then(written).map(|f| &*f.name);
            if name != last {
                ended.extend(last);
            }
            if let Some(name) = name.filter(|name| ended.contains(name)) {
                let message = format!(
                    "another instrument has an id between those of the family {}; ids of a family must follow each other",
                    quoted(name)
                );
                let here = format!("/instruments/{}/elements/family", instrument.at);
                return Err(CHECK.error(ErrorCode::SplitFamily, here, message));
            }
            last = name;
        }
        Ok(())
    }
}
