//! What the schedule's author takes from the venue's margin page: `parameters.json`.

use super::super::{ImportError, Member};
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// The author's parameters. What is absent is not charged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameters {
    /// Settlement currency, such as BTC.
    pub(super) currency: String,
    /// Where they come from.
    pub(super) source: String,
    /// Rate of each maturity's delta, by the part of names that says it, such as `PERPETUAL` or `28JUN24`.
    pub(super) roll: Option<BTreeMap<String, Decimal>>,
    /// Deltas of options in the currency, by name, where there is a roll shock.
    pub(super) deltas: BTreeMap<String, Decimal>,
    /// Share of offsetting futures.
    pub(super) offsetting: Option<Decimal>,
    /// Amount of the currency for each unit of size that is net short at a strike.
    pub(super) short: Option<Decimal>,
}

/// A share above zero: one of zero would charge nothing without the schedule saying so.
fn rate(place: &Member<'_>) -> Result<Decimal, ImportError> {
    let rate = place.exact()?;
    if !rate.coefficient().is_positive() {
        let message = "is not above zero: what is not charged is left out, which the schedule says";
        return Err(place.wrong(message));
    }
    at_most_one(place, rate)
}

/// A share or a delta of one unit.
fn at_most_one(place: &Member<'_>, figure: Decimal) -> Result<Decimal, ImportError> {
    if figure.coefficient().magnitude() > power_of_ten(figure.scale()).magnitude() {
        return Err(place.wrong("is more than one, and is one unit's"));
    }
    Ok(figure)
}

fn if_given(place: &Member<'_>) -> Result<Option<Decimal>, ImportError> {
    place.is_present().then(|| rate(place)).transpose()
}

impl Parameters {
    pub(super) fn read(root: &Member<'_>) -> Result<Self, ImportError> {
        let known =
            ["currency", "source", "roll_shock", "deltas", "offsetting_futures", "short_options"];
        root.has_only(&known, "is no parameter")?;
        let roll = root.member("roll_shock");
        let roll = match roll.is_present() {
            true => {
                let rates = roll.object()?.into_iter();
                let rates = rates.map(|(name, place)| Ok((name.to_owned(), rate(&place)?)));
                Some(rates.collect::<Result<BTreeMap<_, _>, ImportError>>()?)
            }
            false => None,
        };
        let deltas = root.member("deltas");
        let deltas = if deltas.is_present() { deltas.object()? } else { Vec::new() };
        let deltas = deltas.into_iter().map(|(name, place)| {
            let delta = at_most_one(&place, place.exact()?)?;
            Ok((name.to_owned(), delta))
        });
        Ok(Self {
            currency: root.member("currency").text()?.to_owned(),
            source: root.member("source").text()?.to_owned(),
            roll,
            deltas: deltas.collect::<Result<BTreeMap<_, _>, ImportError>>()?,
            offsetting: if_given(&root.member("offsetting_futures"))?,
            short: if_given(&root.member("short_options"))?,
        })
    }

    /// What a schedule with these parameters leaves out besides, in its own words.
    pub(super) fn left_out(&self) -> Vec<String> {
        let absent = [
            (self.roll.is_none(), "the roll shock, of which no rates are given"),
            (
                self.offsetting.is_none(),
                "a contingency of offsetting futures, of which no rate is given",
            ),
            (self.short.is_none(), "a contingency of short options, of which no rate is given"),
        ];
        let absent = absent.into_iter().filter(|(absent, _)| *absent);
        absent.map(|(_, words)| words.to_owned()).collect()
    }
}
