//! Comparing every figure, and looking for the causes of differences.

use crate::change::{Change, Sources, entry_slack, leverage_of};
use crate::compute::{BookFigures, Figures, compute};
use crate::figure::{Cause, Line, Outcome, Own, Rounded, Why};
use crate::number::{Mode, of_decimal, shown};
use crate::price::liquidation;
use crate::setting::Setting;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zkmargin_model::decimal::power_of_ten;
use zkmargin_params::venues::{FigureKind, StatedPosition, Subject, VenueFigure, VenueFigures};
use zkmargin_params::{CompiledMarket, Schedule};

/// What else a venue may have computed with.
#[derive(Clone, Debug, Default)]
pub struct Alternatives {
    /// Other schedules by their names, at the same prices.
    pub schedules: Vec<(String, Arc<CompiledMarket>)>,
    /// The schedule at other snapshots, by their times.
    pub snapshots: Vec<(String, Arc<CompiledMarket>)>,
    /// What closing a position costs, as a part of its notional.
    pub fee: Option<BigRational>,
}

/// The comparison of one account at one venue.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconciled {
    /// Name of the venue.
    pub venue: String,
    /// Name and digest of the schedule.
    pub schedule: [String; 2],
    /// Time and digest of the snapshot.
    pub snapshot: [String; 2],
    /// Its books by the rule.
    pub books: Vec<BookFigures>,
    /// Assets that the rules at hand have nothing of, with what settles in them: no part of the comparison.
    pub outside: Vec<String>,
    pub(crate) outside_positions: Vec<Subject>,
    /// What the account has and the answer does not list, in words, where no figure of the answer shows that: it was
    /// compared with nothing.
    pub unlisted_there: Vec<String>,
    /// What the answer lists and the account does not have, likewise.
    pub unlisted_here: Vec<String>,
    /// The figures, in the answer's order.
    pub lines: Vec<Line>,
}

impl Reconciled {
    /// Number of figures with this outcome's code.
    pub fn count(&self, code: &str) -> usize {
        self.lines.iter().filter(|line| line.outcome.code() == code).count()
    }

    /// Whether a figure was compared: nothing compared is no all-clear.
    pub fn has_compared(&self) -> bool {
        self.lines.iter().any(|line| !matches!(line.outcome, Outcome::NotComputed))
    }

    /// The first figure of a position, an asset or the account that the rules at hand should have and have not, and why:
    /// what is not compared is no all-clear. Figures of assets outside the rules are not among them.
    pub fn uncompared(&self) -> Option<(&Line, &Why)> {
        self.lines.iter().find_map(|line| match (&line.outcome, &line.own, &line.figure.subject) {
            (Outcome::NotComputed, Own::NotComputed(why @ Why::Rules(_)), subject) => {
                (!self.is_outside(subject)).then_some((line, why))
            }
            _ => None,
        })
    }

    fn is_outside(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Asset(asset) | Subject::CrossAsset(asset) => self.outside.contains(asset),
            Subject::Position { .. } => self.outside_positions.contains(subject),
            Subject::Cross | Subject::Account => false,
        }
    }

    /// The first figure that the venue has of other holdings than the account: its cause is known, and the two accounts are
    /// not the same.
    pub fn of_other_holdings(&self) -> Option<&Line> {
        self.lines.iter().find(|line| line.names_holdings())
    }

    /// Whether a difference is left that no cause explains.
    pub fn has_unexplained(&self) -> bool {
        self.lines.iter().any(|line| matches!(line.outcome, Outcome::Unexplained(_)))
    }
}

/// A setting with its figures.
struct Computed {
    setting: Setting,
    figures: Figures,
}

impl Computed {
    fn new(setting: Setting) -> Self {
        Self { figures: compute(&setting), setting }
    }

    fn own(&self, figure: &VenueFigure) -> Own {
        if figure.kind == FigureKind::LiquidationPrice {
            let is_hidden = figure.value.is_none() && self.setting.hides_prices;
            return match liquidation(&self.setting, &self.figures, &figure.subject) {
                Ok(Some(price)) if is_hidden => Own::NotComputed(Why::inputs(format!(
                    "the venue shows no price outside of the contract's price limits, which the answer does not have; by the rule it is {}",
                    shown(&price)
                ))),
                Ok(Some(price)) => Own::Value(price),
                Ok(None) => Own::None,
                Err(why) => Own::NotComputed(why),
            };
        }
        match self.figures.get(figure.kind, &figure.subject, &figure.unit) {
            Ok(value) => Own::Value(value),
            Err(why) => Own::NotComputed(why),
        }
    }
}

/// How a value is the venue's: exactly, or rounded.
pub(crate) fn agrees(own: &Own, figure: &VenueFigure) -> Option<Option<Rounded>> {
    match (own, &figure.value) {
        (Own::None, None) => Some(None),
        (Own::Value(own), Some(value)) => {
            let value = of_decimal(value);
            if *own == value {
                return Some(None);
            }
            let decimals = figure.decimals;
            let found = Mode::ALL.into_iter().find(|mode| mode.apply(own, decimals) == value);
            found.map(|mode| Some(Rounded { how: mode.word(), decimals }))
        }
        _ => None,
    }
}

fn value(own: &Own) -> BigRational {
    match own {
        Own::Value(value) => value.clone(),
        _ => BigRational::zero(),
    }
}

/// The causes of the way from our figure over others to the venue's.
pub(crate) fn causes(
    path: &[(Change, &Own)],
    own: &Own,
    rounded: Option<Rounded>,
    to: &VenueFigure,
) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut before = value(own);
    for (change, after) in path {
        let after = value(after);
        causes.push(Cause { change: change.clone(), effect: &after - &before });
        before = after;
    }
    if let (Some(rounded), Some(end)) = (rounded, &to.value) {
        let effect = of_decimal(end) - before;
        causes.push(Cause { change: Change::Rounding(rounded), effect });
    }
    causes
}

struct Search<'a> {
    sources: Sources<'a>,
    own: Computed,
    /// The answer's figures of each position whose mark its notional implies, without notionals.
    confirming: BTreeMap<Subject, Vec<VenueFigure>>,
    singles: OnceCell<Vec<(Change, Computed)>>,
    pairs: OnceCell<Vec<([Change; 2], Computed)>>,
}

impl Search<'_> {
    /// Settings with one change, made when a figure is not our own.
    fn singles(&self) -> &[(Change, Computed)] {
        self.singles.get_or_init(|| {
            let Computed { setting, figures } = &self.own;
            let candidates = self.sources.candidates(setting).into_iter();
            let made = candidates.filter_map(|change| self.sources.made(change, setting, figures));
            made.map(|(change, setting)| (change, Computed::new(setting))).collect()
        })
    }

    /// Settings with two changes, made when one is not enough for some figure.
    fn pairs(&self) -> &[([Change; 2], Computed)] {
        self.pairs.get_or_init(|| {
            let candidates = self.sources.candidates(&self.own.setting);
            let place = |change: &Change| candidates.iter().position(|c| c.is_as(change));
            let mut pairs = Vec::new();
            for (first, computed) in self.singles() {
                for second in &candidates {
                    // What only the venue holds has to be here before anything about it can differ, and taking it over
                    // would undo what was changed before.
                    let comes_first = matches!(first, Change::Holdings(_));
                    let goes_on = comes_first || place(first) < place(second);
                    if !goes_on || second.is_as(first) || matches!(second, Change::Holdings(_)) {
                        continue;
                    }
                    let made =
                        self.sources.made(second.clone(), &computed.setting, &computed.figures);
                    let Some((second, setting)) = made else { continue };
                    pairs.push(([first.clone(), second], Computed::new(setting)));
                }
            }
            pairs
        })
    }

    /// The initial margin at another leverage.
    fn other_leverage(&self, figure: &VenueFigure, own: &Own) -> Option<Vec<Cause>> {
        let is_initial = matches!(figure.kind, FigureKind::Initial | FigureKind::InitialWithOrders);
        let is_position = matches!(figure.subject, Subject::Position { .. });
        let has_rate = self.own.setting.initial.is_none();
        if !is_initial || !is_position || !has_rate {
            return None;
        }
        let to = of_decimal(figure.value.as_ref()?);
        let stated = self.sources.rate(&figure.subject);
        let with_marks = self.singles().iter().filter(|(change, _)| *change == Change::Marks);
        let all = std::iter::once((None, &self.own)).chain(with_marks.map(|(c, of)| (Some(c), of)));
        for (change, of) in all {
            let notional =
                of.figures.get(FigureKind::Notional, &figure.subject, &figure.unit).ok()?;
            let found = leverage_of(&of.setting, &notional, &to, stated.as_ref());
            let Some(times) = found.filter(|_| !to.is_zero()) else { continue };
            let (mark, end) = (of.own(figure), Own::Value(to));
            let mut path: Vec<_> =
                change.map(|change| (change.clone(), &mark)).into_iter().collect();
            path.push((Change::Leverage(times), &end));
            return Some(causes(&path, own, None, figure));
        }
        None
    }

    /// Whether an entry price that rounds to the one shown gives the venue's profit.
    fn entry_rounding(&self, figure: &VenueFigure, of: &Computed) -> bool {
        let is_profit = figure.kind == FigureKind::UnrealizedProfit;
        let (Some(value), Own::Value(own)) = (&figure.value, of.own(figure)) else { return false };
        let p = self.sources.positions.get(&figure.subject).filter(|_| is_profit);
        let slack = p.and_then(|p| entry_slack(of.setting.market.schedule(), p));
        slack.is_some_and(|slack| (of_decimal(value) - own).abs() <= slack)
    }

    /// Whether a balance that rounds to the one shown gives the venue's total, from the figure with these changes.
    fn balance_rounding(&self, figure: &VenueFigure, own: &Own) -> bool {
        let is_total = matches!(figure.kind, FigureKind::Equity | FigureKind::Available)
            && !matches!(figure.subject, Subject::Position { .. });
        let (Some(value), Own::Value(own)) = (&figure.value, own) else { return false };
        let shown = self.sources.answer.balances.iter().filter(|b| b.asset == figure.unit);
        // A balance without its last digit is not rounded there.
        let digits = shown.map(|b| b.amount.scale()).max().filter(|_| is_total);
        let least = figure.decimals.max(value.scale());
        let unit = digits.filter(|digits| *digits >= least).map(power_of_ten);
        unit.is_some_and(|unit| ((of_decimal(value) - own) * unit).abs() <= BigRational::one())
    }

    /// How the figure agrees in a setting with these changes. A notional agrees with the mark that it implies itself
    /// whatever it is, so that mark is a cause only where another figure of the position agrees with it too.
    fn agrees_by(
        &self,
        figure: &VenueFigure,
        changes: &[Change],
        of: &Computed,
    ) -> Option<Option<Rounded>> {
        let rounded = agrees(&of.own(figure), figure)?;
        if figure.kind != FigureKind::Notional || !changes.contains(&Change::Marks) {
            return Some(rounded);
        }
        let Some(others) = self.confirming.get(&figure.subject) else { return Some(rounded) };
        let confirms = |other: &VenueFigure| {
            agrees(&of.own(other), other).is_some() || self.entry_rounding(other, of)
        };
        others.iter().any(confirms).then_some(rounded)
    }

    fn outcome(&self, figure: &VenueFigure, own: &Own) -> Outcome {
        if matches!(own, Own::NotComputed(_)) {
            // Only what the venue has and we have not can make it computable.
            for (change, computed) in self.singles() {
                let other = computed.own(figure);
                if let Some(rounded) =
                    self.agrees_by(figure, std::slice::from_ref(change), computed)
                {
                    let path = [(change.clone(), &other)];
                    return Outcome::Explained(causes(&path, own, rounded, figure));
                }
            }
            return self.by_pair(figure, own).unwrap_or(Outcome::NotComputed);
        }
        match agrees(own, figure) {
            Some(None) => return Outcome::Equal,
            Some(rounded) => return Outcome::Explained(causes(&[], own, rounded, figure)),
            None => {}
        }
        for (change, computed) in self.singles() {
            let other = computed.own(figure);
            if let Some(rounded) = self.agrees_by(figure, std::slice::from_ref(change), computed) {
                return Outcome::Explained(causes(
                    &[(change.clone(), &other)],
                    own,
                    rounded,
                    figure,
                ));
            }
        }
        if let Some(causes) = self.other_leverage(figure, own) {
            return Outcome::Explained(causes);
        }
        if let Some(outcome) = self.by_pair(figure, own) {
            return outcome;
        }
        if let Some(value) = &figure.value {
            let end = Own::Value(of_decimal(value));
            let rounded = Change::BalanceRounding;
            if self.balance_rounding(figure, own) {
                return Outcome::Explained(causes(&[(rounded, &end)], own, None, figure));
            }
            for (change, computed) in self.singles() {
                let other = computed.own(figure);
                if self.balance_rounding(figure, &other) {
                    let path = [(change.clone(), &other), (rounded, &end)];
                    return Outcome::Explained(causes(&path, own, None, figure));
                }
            }
        }
        Outcome::Unexplained(self.nearest(figure, own))
    }

    /// The outcome if two changes together give the venue's figure.
    fn by_pair(&self, figure: &VenueFigure, own: &Own) -> Option<Outcome> {
        for (both @ [first, second], computed) in self.pairs() {
            let other = computed.own(figure);
            if let Some(rounded) = self.agrees_by(figure, both, computed) {
                let between = self.singles().iter().find(|(change, _)| change == first);
                let between = between.map_or(Own::None, |(_, of)| of.own(figure));
                let path = [(first.clone(), &between), (second.clone(), &other)];
                return Some(Outcome::Explained(causes(&path, own, rounded, figure)));
            }
        }
        None
    }

    /// The change that comes nearest, if one comes nearer than our own figure.
    fn nearest(&self, figure: &VenueFigure, own: &Own) -> Option<(Cause, BigRational)> {
        let to = of_decimal(figure.value.as_ref()?);
        let Own::Value(from) = own else { return None };
        let left = |value: &BigRational| (&to - value).abs();
        let near = self.singles().iter().filter_map(|(change, of)| match of.own(figure) {
            Own::Value(value) => Some((change, value)),
            _ => None,
        });
        let (change, value) = near.min_by_key(|(_, value)| left(value))?;
        let nearer = left(&value) < left(from);
        let cause = Cause { change: change.clone(), effect: &value - from };
        nearer.then(|| (cause, &to - value))
    }
}

/// Positions that the answer's totals count beyond what it lists: what the notional lacks, where the equity lacks the same
/// on one side.
fn unlisted(answer: &VenueFigures, own: &Computed) -> Option<Change> {
    let lacks = |kind: FigureKind| {
        let of_total = |f: &&VenueFigure| f.kind == kind && f.subject == Subject::Cross;
        let total = answer.figures.iter().find(of_total)?;
        let Own::Value(listed) = own.own(total) else { return None };
        Some(of_decimal(total.value.as_ref()?) - listed)
    };
    let notional = lacks(FigureKind::Notional).filter(|rest| rest.is_positive())?;
    let equity = lacks(FigureKind::Equity)?;
    let long = match equity {
        equity if equity == notional => true,
        equity if equity == -&notional => false,
        _ => return None,
    };
    let leverage = lacks(FigureKind::Initial)
        .and_then(|initial| leverage_of(&own.setting, &notional, &initial, None));
    Some(Change::Unlisted { notional, long, leverage })
}

/// What a figure is counted in, where the answer leaves it to the instrument or the account.
fn resolved(setting: &Setting, figure: &VenueFigure) -> VenueFigure {
    if !figure.unit.is_empty() {
        return figure.clone();
    }
    let file = setting.market.schedule().file();
    let currency = file.valuation.currency.clone();
    let settling: Vec<_> = file.assets.iter().filter(|asset| asset.settles).collect();
    let unit = match (&figure.subject, &settling[..]) {
        (Subject::Position { instrument, .. }, _) => {
            let listed = setting.market.schedule().instrument(instrument);
            let listed = listed.and_then(|i| file.instruments.get(i.at));
            listed.map_or(currency, |i| i.settle.clone())
        }
        (_, [only]) if !file.bid_and_ask => only.symbol.clone(),
        _ => currency,
    };
    VenueFigure { unit, ..figure.clone() }
}

/// By position, where its notional implies its mark.
fn confirming(setting: &Setting, answer: &VenueFigures) -> BTreeMap<Subject, Vec<VenueFigure>> {
    let implied = answer.positions.iter().filter(|p| p.mark_is_implied());
    let mut all: BTreeMap<_, Vec<_>> = implied.map(|p| (p.subject(), Vec::new())).collect();
    let others = answer.figures.iter().filter(|figure| figure.kind != FigureKind::Notional);
    for figure in others {
        if let Some(of) = all.get_mut(&figure.subject) {
            of.push(resolved(setting, figure));
        }
    }
    all
}

/// What schedules call the fee that they leave out.
const FEE_TO_CLOSE: &str = "fee to close";

/// A fee to close that the schedule leaves out, where the answer decides it: maintenance and initial margin of a position hold
/// the same amount that no change explains, to the last digit that both state.
fn fees_left_out(lines: &mut [Line], schedule: &Schedule) {
    if !schedule.file().leaves_out.iter().any(|what| what.contains(FEE_TO_CLOSE)) {
        return;
    }
    let mut margins: BTreeMap<Subject, [Option<(usize, BigRational)>; 2]> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let of = match line.figure.kind {
            FigureKind::Maintenance => 0,
            FigureKind::Initial => 1,
            _ => continue,
        };
        let is_position = matches!(line.figure.subject, Subject::Position { .. });
        let is_left = matches!(line.outcome, Outcome::Unexplained(_));
        let more = line.difference.as_ref().filter(|difference| difference.is_positive());
        if let Some(more) = more.filter(|_| is_position && is_left) {
            let of_position = margins.entry(line.figure.subject.clone()).or_default();
            of_position[of] = Some((at, more.clone()));
        }
    }
    for of_position in margins.into_values() {
        let [Some((maintenance, a)), Some((initial, b))] = of_position else { continue };
        let digits = [maintenance, initial].map(|at| lines[at].figure.decimals);
        // Each is rounded, by less than a unit of its last digit.
        let is_same =
            ((&a - &b) * power_of_ten(digits[0].min(digits[1]))).abs() < BigRational::one();
        if is_same {
            for (at, fee) in [(maintenance, a), (initial, b)] {
                let cause = Cause { change: Change::FeeLeftOut(fee.clone()), effect: fee };
                lines[at].outcome = Outcome::Explained(vec![cause]);
            }
        }
    }
}

/// Totals that no change explains: the sum of the venue's own figures of the parts, of which there are some. The parts of a
/// total of the cross book are its positions without the isolated ones.
fn sums_of_parts(lines: &mut [Line]) {
    let is_part = |part: &Subject, of: &Subject| match (part, of) {
        (Subject::Position { .. }, Subject::Asset(_)) => true,
        (Subject::Position { isolated, .. }, Subject::CrossAsset(_) | Subject::Cross) => !isolated,
        (Subject::Asset(_), Subject::Account) => true,
        _ => false,
    };
    let is_left = |line: &Line| {
        let is_total = !matches!(line.figure.subject, Subject::Position { .. });
        is_total && matches!(line.outcome, Outcome::Unexplained(_))
    };
    if !lines.iter().any(is_left) {
        return;
    }
    let all = lines.to_vec();
    for line in lines.iter_mut().filter(|line| is_left(line)) {
        let own = all.iter().filter(|part| {
            part.figure.kind == line.figure.kind
                && part.figure.unit == line.figure.unit
                && is_part(&part.figure.subject, &line.figure.subject)
        });
        let known =
            own.clone().all(|part| matches!(part.outcome, Outcome::Equal | Outcome::Explained(_)));
        let is_sum = own.clone().next().is_some();
        let total: BigRational =
            own.filter_map(|part| part.figure.value.as_ref()).map(of_decimal).sum();
        let stated = line.figure.value.as_ref().map(of_decimal);
        if let (true, true, Some(effect)) = (is_sum, known, &line.difference)
            && stated == Some(total)
        {
            let effect = effect.clone();
            line.outcome = Outcome::Explained(vec![Cause { change: Change::Parts, effect }]);
        }
    }
}

/// What is available, as the venue's own equity less its own initial margin.
fn available_of_parts(lines: &mut [Line]) {
    let of_position = |line: &&Line| matches!(line.figure.subject, Subject::Position { .. });
    let all: Vec<Line> = lines.iter().filter(|line| !of_position(line)).cloned().collect();
    let same = |a: &Subject, b: &Subject| match (a, b) {
        (
            Subject::CrossAsset(a) | Subject::Asset(a),
            Subject::CrossAsset(b) | Subject::Asset(b),
        ) => a == b,
        _ => a == b,
    };
    let lacks = |line: &&mut Line| {
        let unexplained = matches!(line.outcome, Outcome::Unexplained(_));
        unexplained && line.figure.kind == FigureKind::Available
    };
    for line in lines.iter_mut().filter(lacks) {
        let part = |kinds: &[FigureKind]| {
            all.iter().find(|part| {
                let known = matches!(part.outcome, Outcome::Equal | Outcome::Explained(_));
                known
                    && kinds.contains(&part.figure.kind)
                    && same(&part.figure.subject, &line.figure.subject)
            })
        };
        let equity = part(&[FigureKind::Equity]).and_then(|part| part.figure.value.as_ref());
        let initial =
            part(&[FigureKind::InitialWithOrders]).or_else(|| part(&[FigureKind::Initial]));
        let initial = initial.and_then(|part| part.figure.value.as_ref());
        let (Some(equity), Some(initial), Some(effect)) = (equity, initial, &line.difference)
        else {
            continue;
        };
        let left = of_decimal(equity) - of_decimal(initial);
        let stated = line.figure.value.as_ref().map(of_decimal);
        if stated == Some(left) {
            let effect = effect.clone();
            line.outcome = Outcome::Explained(vec![Cause { change: Change::Parts, effect }]);
        }
    }
}

/// Positions and balances that only the account has, and those that only the answer has; positions of another size are
/// among the first. Where a figure of the answer, such as a total, differs by what one side holds, that cause names them.
fn one_sided(own: &Setting, answer: &VenueFigures, lines: &[Line]) -> [Vec<String>; 2] {
    if lines.iter().any(Line::names_holdings) {
        return [Vec::new(), Vec::new()];
    }
    let mut theirs = own.clone();
    theirs.take_holdings(answer);
    let sizes = |of: &Setting| -> BTreeMap<Subject, BigRational> {
        of.positions.iter().map(|held| (held.subject(), held.size.clone())).collect()
    };
    let assets = |of: &Setting| -> BTreeSet<String> {
        let held = of.balances.iter().filter(|(_, amount)| !amount.is_zero());
        held.map(|(asset, _)| asset.clone()).collect()
    };
    let (own_sizes, their_sizes) = (sizes(own), sizes(&theirs));
    let (own_assets, their_assets) = (assets(own), assets(&theirs));
    let listed = |asset: &&String| answer.balances.iter().any(|b| b.asset == **asset);
    let there = own_sizes.iter().filter(|(subject, size)| their_sizes.get(subject) != Some(size));
    let there = there.map(|(subject, _)| format!("position {subject}"));
    let balances = own_assets.iter().filter(|asset| !listed(asset));
    let there = there.chain(balances.map(|asset| format!("balance of {asset}"))).collect();
    // What the schedule does not list is no part of the comparison.
    let schedule = own.market.schedule();
    let known = |subject: &&Subject| match subject {
        Subject::Position { instrument, .. } => schedule.instrument(instrument).is_some(),
        _ => false,
    };
    let here = their_sizes.keys().filter(|subject| !own_sizes.contains_key(subject));
    let here = here.filter(known).map(|subject| format!("position {subject}"));
    let balances = their_assets.iter().filter(|asset| !own_assets.contains(*asset));
    let balances = balances.filter(|asset| schedule.asset(asset).is_some());
    let here = here.chain(balances.map(|asset| format!("balance of {asset}"))).collect();
    [there, here]
}

/// Compares every figure of an answer with the rule's, and explains differences by recomputation.
pub fn reconcile(setting: Setting, answer: &VenueFigures, with: &Alternatives) -> Reconciled {
    let market = setting.market.clone();
    let own = Computed::new(setting);
    // Where one is listed twice, the first counts.
    let positions = answer.positions.iter().rev().map(|p| (p.subject(), p)).collect();
    let profit = |f: &'_ &VenueFigure| f.kind == FigureKind::UnrealizedProfit;
    let stated = answer.figures.iter().filter(profit);
    let stated = stated.filter_map(|f| Some((f.subject.clone(), f.value.as_ref()?)));
    let sources = Sources {
        answer,
        positions,
        profits: stated.collect(),
        schedules: &with.schedules,
        snapshots: &with.snapshots,
        fee: with.fee.as_ref(),
        unlisted: unlisted(answer, &own),
    };
    let confirming = confirming(&own.setting, answer);
    let (singles, pairs) = (OnceCell::new(), OnceCell::new());
    let search = Search { sources, own, confirming, singles, pairs };
    let line = |figure: &VenueFigure| {
        let figure = resolved(&search.own.setting, figure);
        let own = search.own.own(&figure);
        let outcome = search.outcome(&figure, &own);
        let difference = match (&own, &figure.value) {
            (Own::Value(own), Some(value)) => Some(of_decimal(value) - own),
            _ => None,
        };
        Line { figure, own, difference, outcome }
    };
    let mut lines: Vec<Line> = answer.figures.iter().map(line).collect();
    fees_left_out(&mut lines, market.schedule());
    // Positions first, then assets, which are sums of them, then the account.
    sums_of_parts(&mut lines);
    sums_of_parts(&mut lines);
    available_of_parts(&mut lines);
    let schedule = market.schedule();
    let unlisted = |asset: &&String| schedule.asset(asset).is_none();
    let apart = answer
        .positions
        .iter()
        .filter(|p| p.settle.as_ref().is_some_and(|settle| search.own.setting.is_apart(settle)));
    let of_lines = lines.iter().filter_map(|line| match (&line.outcome, &line.figure.subject) {
        (Outcome::NotComputed, Subject::Asset(asset) | Subject::CrossAsset(asset)) => Some(asset),
        _ => None,
    });
    let outside = of_lines.filter(unlisted).chain(apart.clone().filter_map(|p| p.settle.as_ref()));
    let outside: BTreeSet<String> = outside.cloned().collect();
    let [unlisted_there, unlisted_here] = one_sided(&search.own.setting, answer, &lines);
    Reconciled {
        unlisted_there,
        unlisted_here,
        venue: answer.venue.clone(),
        schedule: [schedule.file().name.clone(), schedule.digest().to_string()],
        snapshot: [market.snapshot().time(), market.snapshot_digest().to_string()],
        books: search.own.figures.books().to_vec(),
        outside: outside.into_iter().collect(),
        outside_positions: apart.map(StatedPosition::subject).collect(),
        lines,
    }
}
