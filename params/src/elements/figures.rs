//! Figures that a schedule names and a snapshot has.

use super::fraction::Fraction;
use crate::elements_file::{AssetElementsFile, FractionText, InstrumentElementsFile, StepFile};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use crate::nearest::did_you_mean;
use crate::pointer::escape;
use crate::read::shorten;
use crate::schedule_file::{AssetFile, InstrumentFile};
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::digest::Encoder;
use zkmargin_model::shown::quoted;

/// Figures of an instrument or an asset by name.
pub type Figures = BTreeMap<String, Fraction>;

/// A name where it is written: the JSON pointer below the elements.
type Named<'a> = (String, &'a str);

fn of_steps<'a>(at: &str, steps: impl IntoIterator<Item = &'a StepFile>) -> Vec<Named<'a>> {
    let steps = steps.into_iter().enumerate();
    steps.filter_map(|(i, step)| Some((format!("{at}/{i}"), step.by.as_deref()?))).collect()
}

fn of_pair<'a>(at: &str, pair: [(&str, Option<&'a String>); 2]) -> Vec<Named<'a>> {
    let pair = pair.into_iter();
    pair.filter_map(|(name, by)| Some((format!("{at}/{name}"), by?.as_str()))).collect()
}

impl InstrumentElementsFile {
    fn named(&self) -> Vec<Named<'_>> {
        let sides =
            [("value_by_side", &self.value_by_side), ("notional_by_side", &self.notional_by_side)];
        let sides = sides.into_iter().filter_map(|(at, sides)| {
            let sides = sides.as_ref()?;
            let pair = [("long", sides.long.by.as_ref()), ("short", sides.short.by.as_ref())];
            Some(of_pair(at, pair))
        });
        let result = self.result.iter().enumerate().map(|(i, step)| {
            let pair = [("profit", step.profit.by.as_ref()), ("loss", step.loss.by.as_ref())];
            of_pair(&format!("result/{i}"), pair)
        });
        let root = self.root_of_size.iter().map(|root| of_steps("root_of_size/steps", &root.steps));
        let mut all: Vec<_> = sides.chain(result).chain(root).flatten().collect();
        all.extend(of_steps("notional", &self.notional));
        all.extend(of_steps("charge", &self.charge));
        all
    }
}

impl AssetElementsFile {
    fn named(&self) -> Vec<Named<'_>> {
        let interest = self.interest.iter().map(|interest| {
            let (deposit, debt) = (interest.deposit.by.as_ref(), interest.debt.by.as_ref());
            of_pair("interest", [("deposit", deposit), ("debt", debt)])
        });
        let value = self.value_by_sign.iter().enumerate().map(|(i, step)| {
            let pair = [("deposit", step.deposit.by.as_ref()), ("debt", step.debt.by.as_ref())];
            of_pair(&format!("value_by_sign/{i}"), pair)
        });
        let weight = self.weight.iter().map(|weight| {
            let pair = [("deposit", weight.deposit.by.as_ref()), ("debt", weight.debt.by.as_ref())];
            of_pair("weight", pair)
        });
        let by_size = self.weight.iter().filter_map(|weight| weight.by_size.as_ref());
        let by_size = by_size.flat_map(|by_size| {
            let steps = [("deposit", &by_size.deposit.per_root), ("debt", &by_size.debt.per_root)];
            let place = |at| format!("weight/by_size/{at}/per_root");
            steps.into_iter().filter_map(move |(at, step)| Some((place(at), step.by.as_deref()?)))
        });
        let mut all: Vec<_> =
            interest.chain(value).chain(weight).flatten().chain(by_size).collect();
        all.extend(of_steps("charge_on_debts", &self.charge_on_debts));
        all
    }
}

/// What the elements of an instrument or an asset name, if it has any.
pub(crate) trait Names {
    fn names(&self) -> Vec<Named<'_>>;
}

impl Names for Option<InstrumentElementsFile> {
    fn names(&self) -> Vec<Named<'_>> {
        self.iter().flat_map(|elements| elements.named()).collect()
    }
}

impl Names for Option<AssetElementsFile> {
    fn names(&self) -> Vec<Named<'_>> {
        self.iter().flat_map(|elements| elements.named()).collect()
    }
}

/// Checks the names in the elements at a pointer of the schedule.
pub(crate) fn check_names(elements: &impl Names, here: &str) -> Result<(), FileError> {
    let check = Checker(FileKind::Schedule);
    let named = elements.names();
    for (at, name) in &named {
        check.name(name, &format!("{here}/{at}/by"))?;
    }
    let (places, names): (BTreeMap<_, _>, BTreeSet<_>) =
        named.iter().map(|(at, name)| ((*name, at), *name)).unzip();
    let names: Vec<_> = names.into_iter().collect();
    check.names_differ(names.iter().copied(), |i| {
        let at = names.get(i).and_then(|name| places.get(name));
        format!("{here}/{}/by", at.map_or("", |at| at.as_str()))
    })
}

/// Every figure that elements name, at one: for the check of a schedule without a snapshot.
pub(crate) fn made_up(elements: &impl Names) -> Figures {
    let names = elements.names();
    names.into_iter().map(|(_, name)| (name.to_owned(), Fraction::one())).collect()
}

/// The same as text, for a snapshot that only shows what a schedule needs.
fn written_at_one(elements: &impl Names) -> BTreeMap<String, FractionText> {
    let names = elements.names().into_iter();
    names.map(|(_, name)| (name.to_owned(), FractionText::new("1"))).collect()
}

impl AssetFile {
    /// Every figure that the asset's elements name, at one.
    pub fn figures_at_one(&self) -> BTreeMap<String, FractionText> {
        written_at_one(&self.elements)
    }
}

impl InstrumentFile {
    /// Every figure that the instrument's elements name, at one.
    pub fn figures_at_one(&self) -> BTreeMap<String, FractionText> {
        written_at_one(&self.elements)
    }
}

/// Reads the figures of an instrument or asset at a pointer of the snapshot: those that its elements name, and no others.
pub(crate) fn figures(
    elements: &impl Names,
    written: &BTreeMap<String, FractionText>,
    here: &str,
) -> Result<Figures, FileError> {
    let check = Checker(FileKind::Snapshot);
    let names: BTreeSet<_> = elements.names().into_iter().map(|(_, name)| name).collect();
    let mut figures = Figures::new();
    for (name, text) in written {
        let place = format!("{here}/figures/{}", escape(name));
        if !names.contains(name.as_str()) {
            let near = did_you_mean(name, names.iter().copied());
            let near = if near.is_empty() { "; remove it".to_owned() } else { near };
            let message =
                format!("the schedule names no figure {} here{near}", quoted(&shorten(name)));
            return Err(check.error(ErrorCode::UnknownFigure, place, message));
        }
        figures.insert(name.clone(), Fraction::parse(check, text, &place)?);
    }
    match names.into_iter().find(|name| !figures.contains_key(*name)) {
        Some(name) => {
            let message =
                format!("the figure {} is missing, which the schedule names", quoted(name));
            Err(check.error(ErrorCode::MissingFigure, here, message))
        }
        None => Ok(figures),
    }
}

/// Writes the figures of instruments or assets, by id, into the canonical encoding: only of those that have any.
pub(crate) fn encode_figures<'a>(
    out: &mut Encoder,
    list: impl Iterator<Item = (u32, &'a Figures)>,
) {
    let list: Vec<_> = list.filter(|(_, figures)| !figures.is_empty()).collect();
    out.len(list.len());
    for (id, figures) in list {
        out.u32(id).len(figures.len());
        for (name, figure) in figures {
            out.text(name);
            figure.encode(out);
        }
    }
}
