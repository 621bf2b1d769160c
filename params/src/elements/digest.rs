//! Elements in the digest of a schedule and of its registry: only where there are any.

use super::context::CHECK;
use super::fraction::Fraction;
use crate::elements_file::{
    AssetElementsFile, FamilyFile, FractionText, InstrumentElementsFile, OwnLeverageFile,
    SidesFile, SizedWeightsFile, StepFile,
};
use crate::error::FileError;
use crate::schedule_digest::mode;
use crate::schedule_file::{InstrumentFile, ModeFile, ScheduleFile};
use crate::text::DecimalText;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::digest::Encoder;

/// Begins what is encoded here: no other part of a schedule or a registry that can stand in its place begins like it.
const TAG: &str = "elements";

/// Begins the families: what follows elements begins otherwise.
const FAMILIES: &str = "families";

/// Whether an instrument has an element beside a family.
fn has_more(elements: &InstrumentElementsFile) -> bool {
    let family = elements.family.clone();
    *elements != InstrumentElementsFile { family, ..Default::default() }
}

/// Begins the list of instruments whose notional is at entry, where there are any.
const AT_ENTRY: &str = "notional at entry";

/// Begins the list of instruments whose marks can be zero or below, likewise.
const NEGATIVE_MARKS: &str = "negative marks";

/// Begins the digits of own leverages, where there are any, and in a schedule the instruments that read them.
const OWN_LEVERAGE: &str = "own leverage";

/// What of a schedule is encoded here; nothing for one without.
pub(crate) fn encode(out: &mut Encoder, file: &ScheduleFile) -> Result<(), FileError> {
    let mut assets: Vec<_> = file.assets.iter().enumerate().collect();
    assets.retain(|(_, a)| a.elements.as_ref().is_some_and(|e| *e != Default::default()));
    assets.sort_by_key(|(_, a)| a.id);
    let mut instruments: Vec<_> = file.instruments.iter().enumerate().collect();
    instruments.retain(|(_, i)| i.elements.as_ref().is_some_and(has_more));
    instruments.sort_by_key(|(_, i)| i.id);
    let (margin_decimals, bits) = (file.valuation.margin_decimals, file.valuation.bits);
    let own = file.own_rates || file.own_leverage_decimals.is_some();
    let plain = margin_decimals.is_none() && bits.is_none() && !own;
    if plain && assets.is_empty() && instruments.is_empty() {
        return Ok(());
    }
    out.text(TAG);
    optional(out, margin_decimals);
    optional(out, bits);
    out.bool(file.own_rates);
    out.len(assets.len());
    for (at, written) in assets {
        out.u32(written.id);
        if let Some(elements) = &written.elements {
            let here = format!("/assets/{at}/elements");
            Writer { out: &mut *out, here: &here }.asset(elements)?;
        }
    }
    out.len(instruments.len());
    for (at, written) in instruments {
        out.u32(written.id);
        if let Some(elements) = &written.elements {
            let here = format!("/instruments/{at}/elements");
            Writer { out: &mut *out, here: &here }.instrument(elements)?;
            // Nothing without open orders, whose flag was encoded before.
            if file.open_orders {
                let fee = elements.order_fee.as_ref();
                Writer { out: &mut *out, here: &here }.some(fee, |w, fee| w.decimal(fee))?;
            }
        }
    }
    flagged(out, file, AT_ENTRY, |e| e.notional_at_entry);
    flagged(out, file, NEGATIVE_MARKS, |e| e.negative_marks);
    own_leverages(out, file)
}

/// Own leverages; nothing for a schedule whose accounts have none.
fn own_leverages(out: &mut Encoder, file: &ScheduleFile) -> Result<(), FileError> {
    let Some(decimals) = file.own_leverage_decimals else { return Ok(()) };
    let of = |(at, i)| -> Option<(u32, usize, &OwnLeverageFile)> {
        let i: &InstrumentFile = i;
        Some((i.id, at, i.elements.as_ref()?.own_leverage.as_ref()?))
    };
    let mut list: Vec<_> = file.instruments.iter().enumerate().filter_map(of).collect();
    list.sort_by_key(|(id, ..)| *id);
    out.text(OWN_LEVERAGE).u32(decimals).len(list.len());
    for (id, at, own) in list {
        let here = format!("/instruments/{at}/elements/own_leverage/default");
        out.u32(id).decimal(&CHECK.decimal(&own.default, &here)?);
        out.u8(mode(own.round.mode)).u32(own.round.decimals);
    }
    Ok(())
}

/// Instruments of which a flag is set, behind a text; nothing without any.
fn flagged(
    out: &mut Encoder,
    file: &ScheduleFile,
    text: &str,
    is_set: impl Fn(&InstrumentElementsFile) -> bool,
) {
    let mut list: Vec<_> = file.instruments.iter().collect();
    list.retain(|i| i.elements.as_ref().is_some_and(&is_set));
    list.sort_by_key(|i| i.id);
    if !list.is_empty() {
        out.text(text).len(list.len());
        for instrument in list {
            out.u32(instrument.id);
        }
    }
}

/// Families of instruments; nothing for a schedule without any.
pub(crate) fn encode_families(out: &mut Encoder, file: &ScheduleFile) -> Result<(), FileError> {
    let of = |(at, i)| -> Option<(u32, usize, &FamilyFile)> {
        let i: &InstrumentFile = i;
        Some((i.id, at, i.elements.as_ref()?.family.as_ref()?))
    };
    let mut list: Vec<_> = file.instruments.iter().enumerate().filter_map(of).collect();
    list.sort_by_key(|(id, ..)| *id);
    if list.is_empty() {
        return Ok(());
    }
    out.text(FAMILIES).len(list.len());
    for (id, at, family) in list {
        let here = format!("/instruments/{at}/elements/family/counts");
        let counts = family.counts.as_ref().map(|text| CHECK.decimal(text, &here)).transpose()?;
        let one = Decimal::from_scaled(&1.into(), 0);
        out.u32(id).text(&family.name).decimal(&counts.unwrap_or(one));
    }
    Ok(())
}

/// What of a registry is encoded here: units of balances, and of own rates or leverages if there are any.
pub(crate) fn encode_registry(out: &mut Encoder, file: &ScheduleFile) {
    let bits = file.valuation.bits;
    if bits.is_some() || file.own_rates {
        out.text(TAG);
        optional(out, bits);
        optional(out, file.own_rates.then_some(file.rate_decimals));
    }
    if let Some(decimals) = file.own_leverage_decimals {
        out.text(OWN_LEVERAGE).u32(decimals);
    }
}

fn optional(out: &mut Encoder, value: Option<u32>) {
    out.option(value, |e, v| {
        e.u32(v);
    });
}

struct Writer<'a> {
    out: &'a mut Encoder,
    here: &'a str,
}

type Written = Result<(), FileError>;

impl Writer<'_> {
    fn decimal(&mut self, text: &DecimalText) -> Written {
        let decimal = CHECK.decimal(text, self.here)?;
        self.out.decimal(&decimal);
        Ok(())
    }

    fn some<T>(
        &mut self,
        value: Option<&T>,
        write: impl FnOnce(&mut Self, &T) -> Written,
    ) -> Written {
        self.out.bool(value.is_some());
        value.map_or(Ok(()), |value| write(self, value))
    }

    fn all<T>(&mut self, list: &[T], mut write: impl FnMut(&mut Self, &T) -> Written) -> Written {
        self.out.len(list.len());
        list.iter().try_for_each(|one| write(self, one))
    }

    fn mode(&mut self, direction: Option<ModeFile>) {
        self.out.option(direction, |e, direction| {
            e.u8(mode(direction));
        });
    }

    fn multiplier(&mut self, multiply: Option<&FractionText>, by: Option<&String>) -> Written {
        let constant = match multiply {
            Some(text) => Fraction::parse(CHECK, text, self.here)?,
            None => Fraction::one(),
        };
        constant.encode(self.out);
        self.out.option(by, |e, by| {
            e.text(by);
        });
        Ok(())
    }

    fn step(&mut self, step: &StepFile) -> Written {
        self.multiplier(step.multiply.as_ref(), step.by.as_ref())?;
        self.mode(step.round);
        optional(self.out, step.decimals);
        Ok(())
    }

    fn sides(&mut self, sides: &SidesFile) -> Written {
        self.step(&sides.long)?;
        self.step(&sides.short)
    }

    fn by_sign(
        &mut self,
        positive: &StepFile,
        negative: &StepFile,
        at_most: Option<&DecimalText>,
    ) -> Written {
        self.step(positive)?;
        self.step(negative)?;
        self.some(at_most, |w, most| w.decimal(most))
    }

    fn instrument(&mut self, e: &InstrumentElementsFile) -> Written {
        self.some(e.value_by_side.as_ref(), |w, sides| w.sides(sides))?;
        self.some(e.notional_by_side.as_ref(), |w, sides| w.sides(sides))?;
        self.all(&e.result, |w, s| w.by_sign(&s.profit, &s.loss, s.at_most.as_ref()))?;
        self.all(&e.notional, |w, step| w.step(step))?;
        self.some(e.root_of_size.as_ref(), |w, root| {
            w.decimal(&root.factor)?;
            w.decimal(&root.offset)?;
            w.all(&root.steps, |w, step| w.step(step))
        })?;
        self.some(e.rate.as_ref(), |w, rate| {
            w.mode(rate.round);
            w.some(rate.own_rate.as_ref(), |w, own| w.decimal(&own.default))
        })?;
        self.all(&e.charge, |w, step| w.step(step))
    }

    fn asset(&mut self, e: &AssetElementsFile) -> Written {
        self.some(e.interest.as_ref(), |w, interest| {
            w.out.u32(interest.balance_decimals);
            w.by_sign(&interest.deposit, &interest.debt, None)
        })?;
        self.all(&e.value_by_sign, |w, s| w.by_sign(&s.deposit, &s.debt, s.at_most.as_ref()))?;
        optional(self.out, e.price_decimals);
        self.some(e.weight.as_ref(), |w, weight| {
            w.multiplier(weight.deposit.multiply.as_ref(), weight.deposit.by.as_ref())?;
            w.multiplier(weight.debt.multiply.as_ref(), weight.debt.by.as_ref())?;
            w.mode(Some(weight.round));
            w.out.bool(weight.own_rate);
            w.some(weight.by_size.as_ref(), |w, by_size| w.by_size(by_size))
        })?;
        self.out.bool(e.debts_required);
        self.all(&e.charge_on_debts, |w, step| w.step(step))
    }

    fn by_size(&mut self, by_size: &SizedWeightsFile) -> Written {
        self.out.u32(by_size.decimals);
        self.decimal(&by_size.factor)?;
        self.decimal(&by_size.offset)?;
        self.decimal(&by_size.deposit.numerator)?;
        self.step(&by_size.deposit.per_root)?;
        self.decimal(&by_size.debt.from)?;
        self.step(&by_size.debt.per_root)
    }
}
