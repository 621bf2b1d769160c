//! Elements of an instrument.

use super::context::{Context, Units};
use super::fraction::Fraction;
use crate::elements_file::{
    InstrumentElementsFile, OwnLeverageFile, RateFile, ResultStepFile, RootFile, SidesFile,
    StepFile,
};
use crate::error::{ErrorCode, FileError};
use crate::schedule::{Instrument, Schedule};
use crate::schedule_file::KindFile;
use crate::snapshot::InstrumentPrice;
use crate::steps;
use crate::unit::Unit;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use zkmargin_model::rule::{
    InstrumentElements, Leverage, LinearStep, RateForm, ShortTerms, SignedStep, SizeRoot, Variable,
};
use zkmargin_model::widths::OWN_BITS;

/// Steps of a long position, from its size.
pub(crate) struct Sides {
    /// Its signed value in settlement units.
    pub(crate) value: LinearStep,
    /// Its notional.
    pub(crate) requirement: LinearStep,
}

/// What the rule has for an instrument: its steps of a long position, which are `plain` unless the elements say
/// otherwise, and what it has beside the plain rule.
pub(crate) fn instrument(
    schedule: &Schedule,
    instrument: &Instrument,
    price: &InstrumentPrice,
    plain: impl FnOnce(Replaced) -> Option<Sides>,
) -> Result<Option<(Sides, InstrumentElements)>, FileError> {
    let Some(written) = &schedule.file().instruments[instrument.at].elements else {
        let order_fee = schedule.file().open_orders.then(BigInt::default);
        let elements = InstrumentElements { order_fee, ..InstrumentElements::default() };
        return Ok(plain(Replaced::default()).map(|sides| (sides, elements)));
    };
    let context = Context {
        here: format!("/instruments/{}/elements", instrument.at),
        priced: format!("/instruments/{}", price.at),
        figures: &price.figures,
    };
    let of = Of { schedule, instrument, price, context };
    let value = of.sides(&written.value_by_side, instrument.entry_unit, "value_by_side")?;
    let notional =
        of.sides(&written.notional_by_side, instrument.notional_unit, "notional_by_side")?;
    let at_entry = written.notional_at_entry;
    if at_entry {
        of.check_at_entry(written)?;
    }
    let replaced = Replaced { value: value.is_some(), notional: notional.is_some() || at_entry };
    let Some(mut plain) = plain(replaced) else { return Ok(None) };
    if at_entry {
        let round = schedule.file().rounding.notional;
        let (entry, out) = (instrument.entry_unit, instrument.notional_unit);
        let Some(step) = steps::product(&1.into(), entry, round, out) else { return Ok(None) };
        plain.requirement = step;
    }
    let has_short = value.is_some() || notional.is_some();
    let [value, short_value] = value.unwrap_or_else(|| [plain.value.clone(), plain.value]);
    let [requirement, short_requirement] =
        notional.unwrap_or_else(|| [plain.requirement.clone(), plain.requirement]);
    let short =
        has_short.then_some(ShortTerms { value: short_value, requirement: short_requirement });
    let elements = of.elements(written, short)?;
    Ok(Some((Sides { value, requirement }, elements)))
}

/// Which plain steps the elements replace.
#[derive(Clone, Copy, Default)]
pub(crate) struct Replaced {
    /// The value.
    pub(crate) value: bool,
    /// The notional.
    pub(crate) notional: bool,
}

struct Of<'a> {
    schedule: &'a Schedule,
    instrument: &'a Instrument,
    price: &'a InstrumentPrice,
    context: Context<'a>,
}

impl Of<'_> {
    /// Steps of a long and of a short position from the size.
    fn sides(
        &self,
        sides: &Option<SidesFile>,
        out: Unit,
        at: &str,
    ) -> Result<Option<[LinearStep; 2]>, FileError> {
        let Some(SidesFile { long, short }) = sides else { return Ok(None) };
        let i = self.instrument;
        if i.kind == KindFile::Inverse {
            return self.context.refuse(at, "an inverse instrument has one price for both sides");
        }
        let mark = Fraction::of_units(&self.price.mark, i.price_unit);
        let units = Units { from: Unit::of_decimals(i.size_decimals), out };
        let of = |file: &StepFile, side: &str| {
            let at = format!("{at}/{side}");
            let (multiply, by) = (file.multiply.as_ref(), file.by.as_ref());
            let price = self.context.multiplier(multiply, by, Some(&mark), &at)?;
            let price = price.times(&Fraction::of_decimal(&i.multiplier));
            self.context.rounded(file, &price, units, &at)
        };
        Ok(Some([of(long, "long")?, of(short, "short")?]))
    }

    fn elements(
        &self,
        written: &InstrumentElementsFile,
        short: Option<ShortTerms>,
    ) -> Result<InstrumentElements, FileError> {
        let InstrumentElementsFile { result, notional, root_of_size, rate, charge, .. } = written;
        self.context.bounded(result.len(), "result")?;
        let result = result.iter().enumerate().map(|(at, step)| self.result_step(at, step));
        let notional_unit = self.instrument.notional_unit;
        let rate = rate.as_ref().map(|rate| self.rate(rate)).transpose()?;
        if root_of_size.is_some() && rate.is_none() {
            let message = "tiers of a root give a rate; add \"rate\": {}";
            return self.context.refuse("root_of_size", message);
        }
        let tiers = &self.schedule.tables()[self.instrument.table].brackets;
        if !charge.is_empty() && rate.is_none() && tiers.variable() == Variable::Quantity {
            // What such tiers give is priced in a finer unit than the notional, of which a charge is.
            let message = "not of tiers by quantity that give a requirement; let them give a rate: add \"rate\": {}";
            return self.context.refuse("charge", message);
        }
        let required =
            Units { from: notional_unit, out: self.schedule.requirement_unit(self.instrument) };
        Ok(InstrumentElements {
            short,
            result: result.collect::<Result<_, _>>()?,
            notional: self.context.steps(notional, Units::same(notional_unit), "notional")?,
            root: root_of_size.as_ref().map(|root| self.root(root)).transpose()?,
            rate,
            leverage: written
                .own_leverage
                .as_ref()
                .map(|own| self.leverage(written, own))
                .transpose()?,
            charge: self.context.steps(charge, required, "charge")?,
            family: self.instrument.family.clone(),
            order_fee: self.order_fee(written)?,
            at_entry: written.notional_at_entry,
        })
    }

    /// Refuses what would make a committed entry another figure than the value at entry, or its notional another than that.
    fn check_at_entry(&self, written: &InstrumentElementsFile) -> Result<(), FileError> {
        let file = self.schedule.file();
        let tiers = &self.schedule.tables()[self.instrument.table].brackets;
        let by_quantity = tiers.variable() == Variable::Quantity;
        for (holds, message) in [
            (
                file.isolated_books,
                "the margin of an isolated position is in its entry; not under a schedule with isolated books",
            ),
            (
                file.open_orders,
                "what is ordered has no entry; not under a schedule with open orders",
            ),
            (
                self.instrument.funding_unit.is_some(),
                "funding is in the entry; not for an instrument with a funding index",
            ),
            (
                self.instrument.entry_unit.bits > 0,
                "an entry value has the digits of the settlement asset then; remove its \"entry_bits\"",
            ),
            (
                written.value_by_side.is_some() || written.notional_by_side.is_some(),
                "terms by side have a notional by side; write one of the two",
            ),
            (
                by_quantity && written.rate.is_none(),
                "tiers by quantity give a rate of it; add \"rate\": {}",
            ),
        ] {
            if holds {
                return self.context.refuse("notional_at_entry", message);
            }
        }
        Ok(())
    }

    /// What each open order requires, where accounts have any.
    fn order_fee(&self, written: &InstrumentElementsFile) -> Result<Option<BigInt>, FileError> {
        let Some(fee) = &written.order_fee else {
            return Ok(self.schedule.file().open_orders.then(BigInt::default));
        };
        if !self.schedule.file().open_orders {
            let message =
                "accounts under this schedule have no open orders; set its \"open_orders\" to true";
            return self.context.refuse("order_fee", message);
        }
        let unit = self.schedule.requirement_unit(self.instrument);
        let fee = self.context.counted(fee, unit, "order_fee")?;
        if fee.is_negative() {
            let message = "must not be negative";
            return Err(self.context.error(ErrorCode::OutOfRange, "order_fee", message));
        }
        Ok(Some(fee))
    }

    fn result_step(&self, number: usize, step: &ResultStepFile) -> Result<SignedStep, FileError> {
        let at = format!("result/{number}");
        let unit = self.instrument.settle_unit;
        let of =
            |file, name| self.context.step(file, None, Units::same(unit), &format!("{at}/{name}"));
        let signed = SignedStep::new(of(&step.profit, "profit")?, of(&step.loss, "loss")?);
        let signed = signed.map_or_else(|| self.context.refuse(&at, "must not be negative"), Ok)?;
        match &step.at_most {
            None => Ok(signed),
            Some(most) => {
                let place = format!("{at}/at_most");
                let capped = signed.capped(self.context.counted(most, unit, &place)?);
                capped.map_or_else(|| self.context.refuse(&place, "must not be negative"), Ok)
            }
        }
    }

    fn rate_unit(&self) -> Unit {
        Unit::of_decimals(self.schedule.file().rate_decimals)
    }

    fn root(&self, root: &RootFile) -> Result<SizeRoot, FileError> {
        let whole = |text, field: &str| self.context.whole(text, &format!("root_of_size/{field}"));
        let (factor, offset) = (whole(&root.factor, "factor")?, whole(&root.offset, "offset")?);
        let units = Units { from: Unit::of_decimals(0), out: self.rate_unit() };
        let plain = [StepFile::default()];
        let steps = if root.steps.is_empty() { &plain[..] } else { &root.steps };
        let steps = self.context.steps(steps, units, "root_of_size/steps")?;
        let made = SizeRoot::new(factor, offset, steps);
        made.map_or_else(|| self.context.refuse("root_of_size/factor", "must be above zero"), Ok)
    }

    fn leverage(
        &self,
        written: &InstrumentElementsFile,
        own: &OwnLeverageFile,
    ) -> Result<Leverage, FileError> {
        let refuse = |message| self.context.refuse("own_leverage", message);
        let Some(decimals) = self.schedule.file().own_leverage_decimals else {
            return refuse(
                "accounts under this schedule have no own leverages; set its \"own_leverage_decimals\"",
            );
        };
        match &written.rate {
            None => {
                return refuse(
                    "a rate is required at least, whatever the leverage; add \"rate\": {}",
                );
            }
            Some(RateFile { own_rate: Some(_), .. }) => {
                return refuse("a position has one own parameter; remove \"own_rate\"");
            }
            Some(_) => {}
        }
        let (from, out) =
            (self.instrument.notional_unit, self.schedule.requirement_unit(self.instrument));
        if from.bits > 0 {
            return refuse("amounts in a binary unit are not divided by leverages");
        }
        let unit = Unit::of_decimals(decimals);
        let default = self.context.counted(&own.default, unit, "own_leverage/default")?;
        let fits = default.to_u32().filter(|units| *units > 0 && *units < 1 << OWN_BITS);
        let default = fits.ok_or_else(|| {
            let message =
                format!("must be above zero and less than 2^{OWN_BITS} units of leverages");
            self.context.error(ErrorCode::OutOfRange, "own_leverage/default", message)
        })?;
        let step = steps::quotient(&1.into(), from.decimals, &1.into(), unit, own.round, out);
        step.and_then(|step| Leverage::new(default, step)).map_or_else(
            || {
                self.context.refuse(
                    "own_leverage/round/decimals",
                    "keeps more digits than requirements have",
                )
            },
            Ok,
        )
    }

    fn rate(&self, rate: &RateFile) -> Result<RateForm, FileError> {
        let file = self.schedule.file();
        let tiers = &file.instruments[self.instrument.at].tiers;
        let table = file.tiers.iter().find(|table| table.name == *tiers);
        let steps = match (table.and_then(|table| table.denominator), rate.round) {
            (None, None) => Vec::new(),
            // The requirement is divided.
            (Some(_), None) if rate.own_rate.is_none() => Vec::new(),
            (Some(denominator), Some(mode)) => {
                let mode = mode.to_rule();
                let step = LinearStep::rounded(1.into(), denominator.into(), mode, 1.into());
                step.into_iter().collect()
            }
            (Some(_), None) => {
                let message = "the tiers have a denominator, and an own rate is compared with their rates; name the direction in which these are rounded in \"round\"";
                return Err(self.context.error(ErrorCode::RoundingMissing, "rate", message));
            }
            (None, Some(_)) => {
                let message = "the tiers have no denominator, so their rates are exact; remove it";
                return self.context.refuse("rate/round", message);
            }
        };
        let own = match &rate.own_rate {
            None => None,
            Some(_) if !file.own_rates => {
                let message =
                    "accounts under this schedule have no own rates; set its \"own_rates\" to true";
                return self.context.refuse("rate/own_rate", message);
            }
            Some(own) => {
                let at = "rate/own_rate/default";
                let default: BigInt = self.context.counted(&own.default, self.rate_unit(), at)?;
                let fits = default.to_u32().filter(|default| *default < 1 << OWN_BITS);
                Some(fits.ok_or_else(|| {
                    let message = format!("must be less than 2^{OWN_BITS} units of rates");
                    self.context.error(ErrorCode::OutOfRange, at, message)
                })?)
            }
        };
        Ok(RateForm { steps, own })
    }
}
