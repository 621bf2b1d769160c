//! The comparison of one account.

use super::Checked;
use super::at::At;
use super::line::check_line;
use super::number::Number;
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_params::venues::FigureKind;

/// An account whose comparison fits.
pub(super) struct Account<'a> {
    pub(super) at: At<'a>,
    pub(super) venue: &'a str,
    pub(super) figures: Vec<Figure<'a>>,
}

/// A figure of the rule.
pub(super) struct Figure<'a> {
    pub(super) at: At<'a>,
    pub(super) kind: &'a str,
    pub(super) of: &'a str,
    pub(super) unit: &'a str,
    /// Its value, if there is one.
    pub(super) own: Option<Number>,
    /// Whether it was not computed.
    is_not_computed: bool,
}

impl<'a> Figure<'a> {
    fn new(at: At<'a>) -> Checked<Self> {
        let text = |name| at.member(name)?.text();
        let (kind, of, unit) = (text("figure")?, text("of")?, text("unit")?);
        let own = at.member("own")?.number_or_null()?;
        let is_not_computed = !at.member("not_computed")?.value.is_null();
        Ok(Self { at, kind, of, unit, own, is_not_computed })
    }

    /// Whether the rule can have said both of one thing. A liquidation price that the venue does not show is not computed
    /// there, and elsewhere it is.
    fn agrees(&self, other: &Self) -> bool {
        let is_price = self.kind == FigureKind::LiquidationPrice.code();
        if self.is_not_computed != other.is_not_computed {
            return is_price;
        }
        self.own == other.own
    }
}

/// Checks a comparison of one account, as [`json`](crate::json) makes it: that the counts are those of the figures, that each
/// figure is there once, and that of each the difference is the venue's less the rule's, its causes add up to that, and its
/// outcome is what they say; and that the rule has one figure of one thing.
pub(super) fn check_account<'a>(of: &At<'a>) -> Checked<Account<'a>> {
    of.only(&[
        "venue",
        "schedule",
        "snapshot",
        "counts",
        "outside",
        "unlisted_there",
        "unlisted_here",
        "figures",
    ])?;
    let venue = of.member("venue")?.name()?;
    let [schedule, snapshot] = [of.member("schedule")?, of.member("snapshot")?];
    schedule.only(&["name", "digest"])?;
    schedule.member("name")?.name()?;
    snapshot.only(&["time", "digest"])?;
    snapshot.member("time")?.time()?;
    [schedule, snapshot].iter().try_for_each(|source| source.member("digest")?.digest())?;
    for list in ["outside", "unlisted_there", "unlisted_here"] {
        of.member(list)?.items()?.iter().try_for_each(|item| item.text().map(drop))?;
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut figures: Vec<Figure<'a>> = Vec::new();
    let mut firsts: BTreeMap<[&str; 3], usize> = BTreeMap::new();
    for figure in of.member("figures")?.items()? {
        let outcome = check_line(&figure)?;
        *counts.entry(outcome.replace('-', "_")).or_default() += 1;
        let place = figure.member("place")?.text()?;
        let figure = Figure::new(figure)?;
        if !seen.insert([figure.kind, figure.of, place]) {
            return figure.at.wrong("is there twice");
        }
        let first = *firsts.entry([figure.kind, figure.of, figure.unit]).or_insert(figures.len());
        if let Some(first) = figures.get(first).filter(|first| !first.agrees(&figure)) {
            let message = format!("is another figure of the rule than {} has", first.at.pointer);
            return figure.at.member("own")?.wrong(message);
        }
        figures.push(figure);
    }
    let stated = of.member("counts")?;
    let names = ["equal", "explained", "unexplained", "not_computed"];
    stated.only(&names)?;
    for name in names {
        let count = stated.member(name)?;
        let own = counts.get(name).copied().unwrap_or_default();
        if count.value.as_u64() != Some(own) {
            return count.wrong(format!("is not {own}, the number of such figures"));
        }
    }
    Ok(Account { at: of.clone(), venue, figures })
}
