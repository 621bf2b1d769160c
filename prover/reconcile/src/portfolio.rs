//! The same of an account of portfolio margin: the venue's figures against those of the scenarios.
//!
//! A venue states totals, and values of what is held. What is changed are the marks that the answer has, the schedule and
//! the snapshot. Derived prices of options differ from a venue's in its last digits, because it computes logarithms,
//! exponentials and the normal distribution in its own arithmetic; the tests of Derive's contracts bound that by
//! [`PRICING`] of a figure, and no more is ascribed to it.

use crate::change::Change;
use crate::compute::{BookFigures, PORTFOLIO};
use crate::figure::{Cause, Line, Outcome, Own, Why};
use crate::number::of_decimal;
use crate::reconcile::{Reconciled, agrees, causes};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};
use std::borrow::Cow;
use std::collections::BTreeMap;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::portfolio::{Margin, Market, margin};
use zkmargin_model::rule::{Account, Side};
use zkmargin_params::Requirement;
use zkmargin_params::portfolio::{PortfolioInstrument, PortfolioMarket, PortfolioSchedule};
use zkmargin_params::venues::{FigureKind, StatedPosition, Subject, VenueFigure, VenueFigures};

/// Digits after the point of the part of a figure, or of one, by which prices of options may differ.
const PRICING: u32 = 8;

/// What else a venue may have computed with.
#[derive(Clone, Debug, Default)]
pub struct PortfolioAlternatives {
    /// Other schedules by their names, at the same prices. One in which an id is another contract, or that does not list what
    /// is held, explains nothing.
    pub schedules: Vec<(String, PortfolioMarket)>,
    /// The schedule at other snapshots, by their times.
    pub snapshots: Vec<(String, PortfolioMarket)>,
}

/// What a market says of an account.
struct At<'a> {
    market: &'a PortfolioMarket,
    account: Cow<'a, Account>,
    answer: &'a VenueFigures,
    maintenance: Result<Margin, Why>,
    initial: Result<Margin, Why>,
    /// What the marks of the answer add to the value of each position.
    marks: BTreeMap<u32, BigRational>,
}

fn scaled(value: &BigInt, decimals: u32) -> BigRational {
    BigRational::new(value.clone(), power_of_ten(decimals))
}

fn figures(
    market: &PortfolioMarket,
    account: &Account,
    requirement: Requirement,
) -> Result<Margin, Why> {
    let of = market.market(requirement).map_err(|e| Why::from(e.message))?;
    margin(account, of).map_err(|e| Why::from(e.to_string()))
}

impl<'a> At<'a> {
    fn new(
        market: &'a PortfolioMarket,
        account: Cow<'a, Account>,
        answer: &'a VenueFigures,
    ) -> Self {
        Self {
            maintenance: figures(market, &account, Requirement::Maintenance),
            initial: figures(market, &account, Requirement::Initial),
            marks: BTreeMap::new(),
            market,
            account,
            answer,
        }
    }

    fn whole(&self) -> Option<&Market> {
        self.market.market(Requirement::Maintenance).ok()
    }

    /// The same at the marks of the answer, of which each moves the value of a position and not what is required; `None`
    /// if it has none that differ.
    fn with_marks(&self) -> Option<Self> {
        let mut marks = BTreeMap::new();
        for p in &self.answer.positions {
            let Some((i, value)) = self.listed(&p.instrument).zip(p.mark.as_ref()) else {
                continue;
            };
            let Some(held) = self.value(i) else { continue };
            let moved = of_decimal(value) * self.size(i)? - held;
            if moved != BigRational::default() {
                marks.insert(i.id, moved);
            }
        }
        let again = Self { marks, ..Self::new(self.market, self.account.clone(), self.answer) };
        (!again.marks.is_empty()).then_some(again)
    }

    fn listed(&self, symbol: &str) -> Option<&PortfolioInstrument> {
        self.market.schedule().instrument(symbol)
    }

    /// What is held of an instrument, in units.
    fn size(&self, i: &PortfolioInstrument) -> Option<BigRational> {
        let held = self.account.positions().iter().find(|p| p.instrument == i.id)?;
        Some(scaled(&held.signed_size(), i.size_decimals))
    }

    /// Its value at the snapshot.
    fn value(&self, i: &PortfolioInstrument) -> Option<BigRational> {
        let terms = self.whole()?.terms();
        let of_step = &terms.instrument(i.id)?.value;
        Some(self.size(i)? * scaled(of_step, i.value_decimals))
    }

    fn moved(&self, i: &PortfolioInstrument) -> BigRational {
        self.marks.get(&i.id).cloned().unwrap_or_default()
    }

    fn position(&self, kind: FigureKind, instrument: &str, side: Side) -> Result<BigRational, Why> {
        let none = || Why::from(format!("no position in {instrument} is held"));
        let i = self.listed(instrument).ok_or_else(none)?;
        let held = self.size(i).filter(|size| size.is_negative() == (side == Side::Short));
        let (held, value) = held.zip(self.value(i)).ok_or_else(none)?;
        let value = value + self.moved(i);
        match kind {
            FigureKind::Value => Ok(value),
            FigureKind::UnrealizedProfit => {
                let stated = |p: &&StatedPosition| p.instrument == instrument;
                let entry = self.answer.positions.iter().find(stated);
                let entry = entry.and_then(|p| p.entry_price.as_ref());
                let unknown = || Why::inputs("the answer has no average price");
                Ok(value - held * of_decimal(&entry.ok_or_else(unknown)?.price))
            }
            FigureKind::LiquidationPrice => Err(Why::inputs(
                "prices of a portfolio account are computed on a grid (`zkmargin liquidation`)",
            )),
            _ => Err(Why::inputs(
                "scenarios have no margin of one position: how a venue divides the account's is not published",
            )),
        }
    }

    /// An asset, or what is collateral and an instrument of the schedule.
    fn asset(&self, kind: FigureKind, asset: &str) -> Result<BigRational, Why> {
        if let Some(i) = self.listed(asset) {
            let side = match self.size(i).is_some_and(|size| size.is_negative()) {
                true => Side::Short,
                false => Side::Long,
            };
            return self.position(kind, asset, side);
        }
        let schedule = self.market.schedule();
        let unlisted = || Why::from(format!("the schedule does not list {asset}"));
        let listed = schedule.asset(asset).ok_or_else(unlisted)?;
        let balance = self.account.balances().iter().find(|b| b.asset == listed.id);
        let balance = balance.map(|b| scaled(&b.balance, schedule.file().digits.entry));
        let price = self.market.asset_price(asset).ok_or_else(unlisted)?;
        match kind {
            FigureKind::Value => Ok(balance.unwrap_or_default() * of_decimal(&price)),
            _ => Err(Why::inputs("the rule has no such figure of an asset")),
        }
    }

    fn all_moved(&self) -> BigRational {
        self.marks.values().sum()
    }

    fn account(&self, kind: FigureKind) -> Result<BigRational, Why> {
        let schedule = self.market.schedule();
        let digits = schedule.loss_decimals() + schedule.file().digits.factor;
        let above = |of: &Result<Margin, Why>| {
            let of = of.as_ref().map_err(Clone::clone)?;
            let above = of.scaled_equity() - &of.requirement;
            Ok(scaled(&above, digits) + self.all_moved())
        };
        match kind {
            FigureKind::Equity => {
                let of = self.maintenance.as_ref().map_err(Clone::clone)?;
                Ok(scaled(&of.equity, schedule.margin_decimals()) + self.all_moved())
            }
            FigureKind::AboveMaintenance => above(&self.maintenance),
            FigureKind::AboveInitial => above(&self.initial),
            _ => Err(Why::inputs("the rule has no such figure of a portfolio account")),
        }
    }

    fn own(&self, figure: &VenueFigure) -> Own {
        let kind = figure.kind;
        let computed = match &figure.subject {
            Subject::Position { instrument, side, .. } => self.position(kind, instrument, *side),
            Subject::Asset(asset) | Subject::CrossAsset(asset) => self.asset(kind, asset),
            Subject::Cross | Subject::Account => self.account(kind),
        };
        computed.map_or_else(Own::NotComputed, Own::Value)
    }

    /// What prices of options enter: values of the options held, and what is required.
    fn priced(&self) -> BigRational {
        let schedule = self.market.schedule();
        let digits = schedule.loss_decimals() + schedule.file().digits.factor;
        let options = schedule.instruments().iter().filter(|i| i.strike.is_some());
        let values = options.filter_map(|i| Some(self.value(i)?.abs()));
        let required = [&self.maintenance, &self.initial].into_iter().flatten();
        let required = required.map(|of| scaled(&of.requirement, digits).abs());
        values.chain(required).sum()
    }

    /// Whether loadings are derived, and an option is held.
    fn prices_options(&self) -> bool {
        let schedule = self.market.schedule();
        let is_option = |id| schedule.instrument_of(id).is_some_and(|i| i.strike.is_some());
        schedule.file().derived.is_some()
            && self.account.positions().iter().any(|p| is_option(p.instrument))
    }

    fn book(&self) -> BookFigures {
        let schedule = self.market.schedule();
        let digits = schedule.loss_decimals() + schedule.file().digits.factor;
        let standing = self.maintenance.as_ref().map_err(Clone::clone);
        BookFigures {
            name: PORTFOLIO.to_owned(),
            currency: schedule.file().valuation.currency.clone(),
            standing: standing
                .map(|of| [scaled(&of.scaled_equity(), digits), scaled(&of.requirement, digits)]),
            notional: None,
        }
    }
}

/// Whether a difference is within what prices of options may make: of a figure of one, or of a total with what options and
/// scenarios come to in it.
fn is_pricing(own: &Own, figure: &VenueFigure, at: &At<'_>) -> bool {
    let (Own::Value(own), Some(value)) = (own, &figure.value) else { return false };
    let value = of_decimal(value);
    let priced = match &figure.subject {
        Subject::Position { instrument, .. } => {
            let is_option = at.listed(instrument).is_some_and(|i| i.strike.is_some());
            if is_option { value.abs() } else { return false }
        }
        Subject::Asset(_) | Subject::CrossAsset(_) => return false,
        Subject::Cross | Subject::Account => at.priced(),
    };
    let largest = priced.max(BigRational::one());
    (value - own).abs() * power_of_ten(PRICING) <= largest
}

fn outcome(own: &Own, figure: &VenueFigure, now: &At<'_>, others: &[(Change, At<'_>)]) -> Outcome {
    if matches!(own, Own::NotComputed(_)) {
        return Outcome::NotComputed;
    }
    match agrees(own, figure) {
        Some(None) => return Outcome::Equal,
        Some(rounded) => return Outcome::Explained(causes(&[], own, rounded, figure)),
        None => {}
    }
    let computed = || others.iter().map(|(change, of)| (change, of.own(figure)));
    for (change, other) in computed() {
        if let Some(rounded) = agrees(&other, figure) {
            let path = [(change.clone(), &other)];
            return Outcome::Explained(causes(&path, own, rounded, figure));
        }
    }
    if let Some(value) = figure.value.as_ref().filter(|_| now.prices_options()) {
        let end = Own::Value(of_decimal(value));
        if is_pricing(own, figure, now) {
            return Outcome::Explained(causes(&[(Change::Pricing, &end)], own, None, figure));
        }
        if let Some((change, other)) = computed().find(|(_, other)| is_pricing(other, figure, now))
        {
            let path = [(change.clone(), &other), (Change::Pricing, &end)];
            return Outcome::Explained(causes(&path, own, None, figure));
        }
    }
    let nearest = figure.value.as_ref().map(of_decimal).and_then(|to| {
        let Own::Value(from) = own else { return None };
        let near = computed().filter_map(|(change, other)| match other {
            Own::Value(value) => Some((change, value)),
            _ => None,
        });
        let (change, value) = near.min_by_key(|(_, value)| (&to - value).abs())?;
        let nearer = (&to - &value).abs() < (&to - from).abs();
        let cause = Cause { change: change.clone(), effect: &value - from };
        nearer.then(|| (cause, &to - value))
    });
    Outcome::Unexplained(nearest)
}

/// What is held and not in the answer's lists, and what is listed there and not held: nothing of it was compared.
fn one_sided(
    schedule: &PortfolioSchedule,
    account: &Account,
    answer: &VenueFigures,
) -> [Vec<String>; 2] {
    let positions = account.positions().iter();
    let positions = positions.filter_map(|p| schedule.instrument_of(p.instrument));
    let positions = positions.map(|i| ("position", i.symbol.as_str()));
    let balances = account.balances().iter().filter(|b| b.balance != BigInt::ZERO);
    let balances = balances.filter_map(|b| schedule.asset_of(b.asset));
    let balances = balances.map(|asset| ("balance of", asset.symbol.as_str()));
    let held: Vec<_> = positions.chain(balances).collect();
    let zero = |figure: &Decimal| *figure.coefficient() == BigInt::ZERO;
    let positions = answer.positions.iter().filter(|p| !zero(&p.size));
    let positions = positions.map(|p| ("position", p.instrument.as_str()));
    let balances = answer.balances.iter().filter(|b| !zero(&b.amount));
    let balances = balances.map(|b| ("balance of", b.asset.as_str()));
    let known = |name: &str| schedule.instrument(name).is_some() || schedule.asset(name).is_some();
    let listed = positions.chain(balances).filter(|(_, name)| known(name));
    let listed: Vec<_> = listed.collect();
    // What is collateral may be a balance of the answer and an instrument of the schedule.
    let without = |of: &[(&str, &str)], other: &[(&str, &str)]| {
        let lacking = of.iter().filter(|(_, name)| other.iter().all(|(_, o)| o != name));
        lacking.map(|(what, name)| format!("{what} {name}")).collect()
    };
    [without(&held, &listed), without(&listed, &held)]
}

/// Positions and balances that the first of two accounts has and the other has not or otherwise, and those that only the
/// other has: figures alone do not show a size that another account has.
pub fn other_holdings(
    schedule: &PortfolioSchedule,
    account: &Account,
    there: &Account,
) -> [Vec<String>; 2] {
    let sizes = |of: &Account| -> BTreeMap<u32, BigInt> {
        of.positions().iter().map(|p| (p.instrument, p.signed_size())).collect()
    };
    let balances = |of: &Account| -> BTreeMap<u32, BigInt> {
        let held = of.balances().iter().filter(|b| b.balance != BigInt::ZERO);
        held.map(|b| (b.asset, b.balance.clone())).collect()
    };
    let position = |id: &u32| Some(format!("position {}", schedule.instrument_of(*id)?.symbol));
    let balance = |id: &u32| Some(format!("balance of {}", schedule.asset_of(*id)?.symbol));
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (own, other, name) in [
        (sizes(account), sizes(there), &position as &dyn Fn(&u32) -> Option<String>),
        (balances(account), balances(there), &balance),
    ] {
        let lacking = own.keys().filter(|id| own.get(id) != other.get(id));
        first.extend(lacking.filter_map(name));
        second.extend(other.keys().filter(|id| !own.contains_key(id)).filter_map(name));
    }
    [first, second]
}

/// Compares every figure of an answer with the rule's, and explains differences by recomputation.
pub fn reconcile_portfolio<'a>(
    market: &'a PortfolioMarket,
    account: &'a Account,
    answer: &'a VenueFigures,
    with: &'a PortfolioAlternatives,
) -> Reconciled {
    let schedule = market.schedule();
    let held = || Cow::Borrowed(account);
    let now = At::new(market, held(), answer);
    let marks = now.with_marks().map(|of| (Change::Marks, of));
    let mut others: Vec<_> = marks.into_iter().collect();
    let under = |(name, other): &'a (String, PortfolioMarket)| {
        other.schedule().agrees_on_ids(schedule).ok()?;
        let account = Cow::Owned(other.schedule().restated(account, schedule).ok()?);
        Some((Change::Schedule(name.clone()), At::new(other, account, answer)))
    };
    others.extend(with.schedules.iter().filter_map(under));
    let at = |market| At::new(market, held(), answer);
    others.extend(with.snapshots.iter().map(|(t, m)| (Change::Snapshot(t.clone()), at(m))));
    let line = |figure: &VenueFigure| {
        let own = now.own(figure);
        let outcome = outcome(&own, figure, &now, &others);
        let difference = match (&own, &figure.value) {
            (Own::Value(own), Some(value)) => Some(of_decimal(value) - own),
            _ => None,
        };
        Line { figure: figure.clone(), own, difference, outcome }
    };
    let [unlisted_there, unlisted_here] = one_sided(schedule, account, answer);
    Reconciled {
        venue: answer.venue.clone(),
        schedule: [schedule.file().name.clone(), schedule.digest().to_string()],
        snapshot: [market.snapshot().time(), market.snapshot().digest().to_string()],
        books: vec![now.book()],
        outside: Vec::new(),
        outside_positions: Vec::new(),
        unlisted_there,
        unlisted_here,
        lines: answer.figures.iter().map(line).collect(),
    }
}
