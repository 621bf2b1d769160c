//! The rule's figures of a setting.

use crate::figure::Why;
use crate::number::{in_units, of_units, units_near};
use crate::setting::{Held, Setting, Unlisted, value_at};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::rule::{
    AssetTerms, Book, Families, InstrumentTerms, Market, Position, SecondWord, Side,
    position_margin,
};
use zkmargin_model::widths::OWN_BITS;
use zkmargin_params::venues::{FigureKind, InitialRounding, Subject};
use zkmargin_params::{AskedBooks, Asset, CompiledMarket, Instrument, Schedule, Unit};

/// A figure, or why there is none.
pub(crate) type Computed = Result<BigRational, Why>;

/// A figure by what it measures and the asset or currency it is counted in.
#[derive(Clone, Debug)]
struct Counted {
    kind: FigureKind,
    unit: String,
    figure: Computed,
}

/// Figures by what they are about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    all: BTreeMap<Subject, Vec<Counted>>,
    /// What is held of families.
    families: Families,
    /// Place of each position in the setting.
    places: BTreeMap<Subject, usize>,
    /// Places of the positions of the cross book by their instruments.
    cross: BTreeMap<String, Vec<usize>>,
    /// Mark and value of each position, by its place; `None` where they cannot be computed.
    marked: Vec<Option<[BigRational; 2]>>,
    books: Vec<BookFigures>,
}

/// How the name of a cross book begins, of which there is one or one for each settlement asset.
pub(crate) const CROSS: &str = "cross";
/// How the name of an isolated book begins.
pub(crate) const ISOLATED: &str = "isolated";
/// Name of the book of an account of portfolio margin.
pub(crate) const PORTFOLIO: &str = "portfolio";

/// A book: margin in one is none in another.
#[derive(Clone, Debug, PartialEq)]
pub struct BookFigures {
    /// `cross`, with the settlement asset where each has a book, or `isolated` with the position.
    pub name: String,
    /// Currency of its figures: the valuation currency, or what an isolated position settles in.
    pub currency: String,
    /// Equity and requirement.
    pub standing: Result<[BigRational; 2], Why>,
    /// Notional of all positions, if all of it is in that currency.
    pub notional: Option<BigRational>,
}

impl Figures {
    /// A figure; one of something that is not held is zero, except for a position.
    pub(crate) fn get(&self, kind: FigureKind, subject: &Subject, unit: &str) -> Computed {
        let of_subject = self.all.get(subject).into_iter().flatten();
        let mut of_kind = of_subject.filter(|of| of.kind == kind && of.unit == unit);
        match of_kind.next() {
            Some(of) => of.figure.clone(),
            None => match subject {
                Subject::Position { .. } if self.places.contains_key(subject) => {
                    Err(format!("the position has no such figure in {unit}").into())
                }
                Subject::Position { .. } => Err("no such position is held".into()),
                Subject::Asset(_) | Subject::CrossAsset(_) => Ok(BigRational::zero()),
                _ => Err(Why::inputs(format!("no total is counted in {unit}"))),
            },
        }
    }

    fn put(&mut self, kind: FigureKind, subject: &Subject, unit: &str, figure: Computed) {
        let new = || Counted { kind, unit: unit.to_owned(), figure: figure.clone() };
        let Some(of_subject) = self.all.get_mut(subject) else {
            self.all.insert(subject.clone(), vec![new()]);
            return;
        };
        match of_subject.iter_mut().find(|of| of.kind == kind && of.unit == unit) {
            Some(of) => of.figure = figure,
            None => of_subject.push(new()),
        }
    }

    /// What is held of families in the cross book.
    pub(crate) fn families(&self) -> &Families {
        &self.families
    }

    /// Place of a position in the setting.
    pub(crate) fn place(&self, subject: &Subject) -> Option<usize> {
        self.places.get(subject).copied()
    }

    /// Mark and value of the position at a place of the setting, if they can be computed.
    pub(crate) fn marked(&self, place: usize) -> Option<&[BigRational; 2]> {
        self.marked.get(place).and_then(Option::as_ref)
    }

    /// The books, each of which has its own equity and requirement.
    pub(crate) fn books(&self) -> &[BookFigures] {
        &self.books
    }

    /// Places of the cross positions in an instrument.
    pub(crate) fn cross(&self, instrument: &str) -> &[usize] {
        self.cross.get(instrument).map_or(&[], Vec::as_slice)
    }
}

/// The market of the book in which this asset settles.
pub(crate) fn market_of<'a>(market: &'a CompiledMarket, asset: &str) -> &'a Market {
    let schedule = market.schedule();
    let own = schedule.file().settlement_asset_books.then_some(asset);
    let books = AskedBooks { settlement_asset: own, ..AskedBooks::default() };
    let books = schedule.books(&books).ok();
    books.and_then(|books| market.of_books(books)).map_or_else(|| market.market(), |of| of.market())
}

/// A position under the rule, with an entry value of zero unless its notional is of it.
pub(crate) struct Valued<'a> {
    pub(crate) instrument: &'a Instrument,
    pub(crate) settle: &'a str,
    pub(crate) terms: InstrumentTerms,
    pub(crate) mark: BigRational,
    pub(crate) value: BigRational,
    pub(crate) notional: BigRational,
    /// In the settlement asset.
    pub(crate) required: BigRational,
    /// In the valuation currency; zero if isolated.
    pub(crate) converted: BigRational,
}

/// The mark of an instrument in the snapshot, in its unit.
fn snapshot_mark(market: &CompiledMarket, id: u32) -> Option<&BigInt> {
    let prices = &market.snapshot().instruments;
    let at = prices.binary_search_by_key(&id, |price| price.id).ok()?;
    prices.get(at).map(|price| &price.mark)
}

/// What is held of families in the cross book, at a market.
fn families(market: &CompiledMarket, all: &[Held]) -> Families {
    let mut families = Families::default();
    let listed = &market.market().terms().instruments;
    if listed.iter().all(|terms| terms.elements.family.is_none()) {
        return families;
    }
    let isolated_books = market.schedule().file().isolated_books;
    for held in all.iter().filter(|held| held.isolated.is_none() || !isolated_books) {
        let instrument = market.schedule().instrument(&held.instrument);
        let listed = instrument.and_then(|i| Some((i, market.market().instrument(i.id)?)));
        let size =
            listed.and_then(|(i, _)| in_units(&held.size, Unit::of_decimals(i.size_decimals)));
        if let Some(((i, terms), size)) = listed.zip(size) {
            families.add(terms, &sized(i.id, &size, Book::Cross));
        }
    }
    families
}

/// A position of this size with an entry value of zero.
fn sized(instrument: u32, size: &BigInt, book: Book) -> Position {
    let side = if size.is_negative() { Side::Short } else { Side::Long };
    let (size, entry) = (size.magnitude().clone(), BigInt::ZERO);
    Position { book, instrument, side, size, entry, own: 0 }
}

/// The own parameter that the answer's part of the notional is: under a schedule with leverages its inverse, and with own
/// rates that itself; 0 where it is no whole number of units, or not stated.
fn own_parameter(schedule: &Schedule, rate: Option<&BigRational>) -> u32 {
    let file = schedule.file();
    let rate = rate.filter(|rate| rate.is_positive());
    let units = match (file.own_leverage_decimals, file.own_rates) {
        (Some(decimals), _) => {
            rate.and_then(|rate| in_units(&rate.recip(), Unit::of_decimals(decimals)))
        }
        (None, true) => rate.and_then(|rate| in_units(rate, Unit::of_decimals(file.rate_decimals))),
        (None, false) => None,
    };
    let fits = |units: &u32| *units < 1 << OWN_BITS;
    units.and_then(|units| u32::try_from(units).ok()).filter(fits).unwrap_or(0)
}

/// Values a position at its own mark, or the snapshot's, beside what is held of its family.
pub(crate) fn valued<'a>(
    market: &'a CompiledMarket,
    held: &Held,
    families: &Families,
) -> Result<Valued<'a>, Why> {
    let schedule = market.schedule();
    let name = &held.instrument;
    let unlisted = || format!("the schedule does not list {name}");
    let instrument = schedule.instrument(name).ok_or_else(unlisted)?;
    let settle =
        schedule.assets().iter().find(|a| a.id == instrument.settle).ok_or_else(unlisted)?;
    let of_book = market_of(market, &settle.symbol);
    let steps = in_units(&held.size, Unit::of_decimals(instrument.size_decimals));
    let steps =
        steps.ok_or_else(|| format!("the size of {name} is not a whole number of steps"))?;
    let ticks = match &held.mark {
        Some(mark) => in_units(mark, instrument.price_unit)
            .ok_or_else(|| format!("the mark of {name} is not a whole number of ticks"))?,
        None => snapshot_mark(market, instrument.id).ok_or_else(unlisted)?.clone(),
    };
    let terms = market.instrument_at(instrument.id, &ticks);
    let terms = terms.filter(|terms| ticks.is_positive() && of_book.admits(terms).is_ok());
    let terms = terms.ok_or_else(|| format!("no snapshot can have the mark of {name}"))?;
    // Figures of a position are the same in a book that the schedule does not have.
    let is_isolated = held.isolated.is_some() && schedule.file().isolated_books;
    let book = if is_isolated { Book::Isolated } else { Book::Cross };
    let entry = match (terms.elements.at_entry, &held.entry) {
        (false, _) => BigInt::ZERO,
        (true, None) => {
            return Err(Why::inputs(format!("the entry price of {name} is not known")));
        }
        // A value at a price is rarely a whole number of units; the rule counts them.
        (true, Some(entry)) => units_near(entry, instrument.entry_unit),
    };
    let own = own_parameter(schedule, held.rate.as_ref());
    let position = Position { entry, own, ..sized(instrument.id, &steps, book) };
    let side = position.side;
    let beside = families.beside(&terms, &position);
    let figures = position_margin(of_book, &terms, &position, SecondWord::default(), &beside);
    let figures = figures.map_err(|e| e.to_string())?;
    let index = &of_book.terms().groups[terms.group].requirement_index;
    if figures.isolated.is_none() && index.is_zero() {
        return Err(format!("{name} has no requirement in this book").into());
    }
    let amount = figures.amount.clone();
    let converted = match &figures.isolated {
        Some(_) => BigRational::zero(),
        None => of_units(&figures.requirement, schedule.margin_amount_unit()),
    };
    let notional = terms.notional_with(&position, None);
    Ok(Valued {
        instrument,
        settle: &settle.symbol,
        mark: of_units(&ticks, instrument.price_unit),
        value: of_units(&terms.value_of(side, &steps), instrument.entry_unit),
        // The unit of the notional has the digits of rates where tiers go by quantity, and the notional has not.
        notional: of_units(&notional, instrument.settle_unit),
        required: of_units(&amount, schedule.requirement_unit(instrument)),
        converted,
        terms,
    })
}

/// Initial margin by a part of the notional.
pub(crate) fn by_rate(
    notional: &BigRational,
    rate: &BigRational,
    rounding: Option<InitialRounding>,
) -> BigRational {
    let exact = notional * rate;
    let Some(rounding) = rounding else { return exact };
    let mode = if rounding.up { crate::number::Mode::Raised } else { crate::number::Mode::Floored };
    mode.apply(&exact, rounding.decimals)
}

fn initial(setting: &Setting, held: &Held, of: &Valued<'_>, families: &Families) -> Computed {
    match (&setting.initial, &held.rate) {
        (Some(market), _) => valued(market, held, families).map(|v| v.required),
        (None, Some(rate)) => Ok(by_rate(&of.notional, rate, setting.initial_rounding)),
        (None, None) => {
            Err(Why::inputs("the answer has no leverage and there is no schedule of it"))
        }
    }
}

/// Funding since it was last settled, positive if the holder receives it.
fn accrued(market: &CompiledMarket, held: &Held, of: &Valued<'_>) -> Computed {
    let prices = &market.snapshot().instruments;
    let at = prices.binary_search_by_key(&of.instrument.id, |price| price.id).ok();
    let at = at.and_then(|at| prices.get(at));
    let now = at.and_then(|price| price.funding_index.as_ref()).zip(of.instrument.funding_unit);
    match (now, &held.funding_index) {
        (Some((now, unit)), Some(then)) => Ok((then - of_units(now, unit)) * &held.size),
        _ => Err(Why::inputs("the account has no funding index")),
    }
}

/// What a position adds to totals.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) settle: String,
    pub(crate) value: BigRational,
    pub(crate) isolated: Option<BigRational>,
    pub(crate) notional: BigRational,
    pub(crate) profit: Computed,
    pub(crate) required: BigRational,
    pub(crate) converted: BigRational,
    pub(crate) initial: Computed,
    pub(crate) orders: BigRational,
    /// Funding and fees that settle with profit and loss.
    pub(crate) settles: BigRational,
}

fn part(setting: &Setting, held: &Held, of: &Valued<'_>, of_initial: &Families) -> Part {
    let exact = || {
        let schedule = setting.market.schedule();
        value_at(schedule, &held.instrument, &held.size, &of.mark).filter(|_| setting.exact_values)
    };
    let value = exact().unwrap_or_else(|| of.value.clone());
    // Venues state the value at the mark, also those that require a part of the value at entry.
    let of_value = setting.exact_values || of.terms.elements.at_entry;
    let notional = if of_value { value.abs() } else { of.notional.clone() };
    let fee = &notional * &setting.fee;
    let unknown = || Why::inputs("the entry price is not known");
    let profit = held.entry.as_ref().map(|entry| &value - entry - &fee).ok_or_else(unknown);
    let accrued = accrued(&setting.market, held, of).unwrap_or_default();
    // A fee is converted as the requirement is.
    let ratio = if of.required.is_zero() { None } else { Some(&of.converted / &of.required) };
    Part {
        settle: of.settle.to_owned(),
        value,
        isolated: held.isolated.clone(),
        notional,
        profit,
        required: &of.required + &fee,
        converted: &of.converted + fee * ratio.unwrap_or_else(BigRational::zero),
        initial: initial(setting, held, of, of_initial),
        orders: held.orders.clone(),
        settles: accrued + &held.funding,
    }
}

fn sum<'a>(figures: impl Iterator<Item = &'a Computed>) -> Computed {
    let mut total = BigRational::zero();
    for figure in figures {
        total += figure.as_ref().map_err(Clone::clone)?;
    }
    Ok(total)
}

fn plus(a: Computed, b: &BigRational) -> Computed {
    a.map(|a| a + b)
}

/// Collateral value and requirement of an amount, in the valuation currency. Between two units of the asset the function is
/// a line, unless it rounds.
fn collateral(
    market: &CompiledMarket,
    asset: &Asset,
    terms: &AssetTerms,
    amount: &BigRational,
) -> Option<[BigRational; 2]> {
    let unit = asset.amount_unit;
    let units = amount * of_units(&BigInt::from(1), unit).recip();
    let below = units.floor().to_integer();
    let at = |units: &BigInt| {
        let (equity, required) = terms.margin_of(units, 0)?;
        let unit = market.schedule().margin_amount_unit();
        Some([of_units(&equity, unit), of_units(&required, unit)])
    };
    let [equity, required] = at(&below)?;
    let rest = units.fract().abs();
    if rest.is_zero() || terms.rounding.is_some() {
        return Some([equity, required]);
    }
    let rest = if units.is_negative() { BigRational::from_integer(1.into()) - rest } else { rest };
    let [more, more_required] = at(&(below + 1))?;
    let between = |a: BigRational, b: BigRational| (&b - &a) * &rest + a;
    Some([between(equity, more), between(required, more_required)])
}

/// All figures of a setting, without liquidation prices.
pub(crate) fn compute(setting: &Setting) -> Figures {
    let mut out = Figures::default();
    let market = &*setting.market;
    let of_families = families(market, &setting.positions);
    let of_initial = setting.initial.as_ref();
    let of_initial = of_initial.map(|initial| families(initial, &setting.positions));
    let of_initial = of_initial.unwrap_or_default();
    let mut isolated = Vec::new();
    let mut parts: Vec<Result<Part, Why>> = Vec::with_capacity(setting.positions.len());
    for (place, held) in setting.positions.iter().enumerate() {
        let subject = held.subject();
        out.places.entry(subject.clone()).or_insert(place);
        if held.isolated.is_none() {
            out.cross.entry(held.instrument.clone()).or_default().push(place);
        }
        let of = match valued(market, held, &of_families) {
            Ok(of) => of,
            Err(why) => {
                out.marked.push(None);
                // No total counts what is not known, unless it is of another book.
                let apart = held.settle.as_ref().filter(|settle| setting.is_apart(settle));
                if apart.is_none() {
                    parts.push(Err(why.clone()));
                }
                if held.isolated.is_some() {
                    isolated.push(BookFigures {
                        name: isolated_name(held),
                        currency: String::new(),
                        standing: Err(why.clone()),
                        notional: None,
                    });
                }
                let settle = market.schedule().file().instruments.iter();
                let settle =
                    settle.filter(|i| i.symbol == held.instrument).map(|i| &i.settle).next();
                let unit = settle.or(held.settle.as_ref()).map_or("", String::as_str);
                for kind in POSITION_KINDS {
                    out.put(kind, &subject, unit, Err(why.clone()));
                }
                continue;
            }
        };
        let part = part(setting, held, &of, &of_initial);
        out.marked.push(Some([of.mark.clone(), part.value.clone()]));
        let unit = of.settle;
        out.put(FigureKind::Notional, &subject, unit, Ok(part.notional.clone()));
        out.put(FigureKind::UnrealizedProfit, &subject, unit, part.profit.clone());
        out.put(FigureKind::Maintenance, &subject, unit, Ok(part.required.clone()));
        out.put(FigureKind::Initial, &subject, unit, part.initial.clone());
        let with_orders = plus(part.initial.clone(), &part.orders);
        out.put(FigureKind::InitialWithOrders, &subject, unit, with_orders);
        out.put(FigureKind::Funding, &subject, unit, accrued(market, held, &of));
        if let Some(margin) = &part.isolated {
            let equity = plus(part.profit.clone(), &(margin + &part.settles));
            isolated.push(BookFigures {
                name: isolated_name(held),
                currency: unit.to_owned(),
                standing: equity.clone().map(|equity| [equity, part.required.clone()]),
                notional: Some(part.notional.clone()),
            });
            out.put(FigureKind::Equity, &subject, unit, equity);
        }
        parts.push(Ok(part));
    }
    let parts: Result<Vec<Part>, Why> = parts.into_iter().collect();
    totals(setting, parts, &mut out);
    out.books.append(&mut isolated);
    out.families = of_families;
    out
}

fn isolated_name(held: &Held) -> String {
    let side = if held.side() == Side::Short { "short" } else { "long" };
    format!("{ISOLATED} {} {side}", held.instrument)
}

const POSITION_KINDS: [FigureKind; 7] = [
    FigureKind::Notional,
    FigureKind::UnrealizedProfit,
    FigureKind::Maintenance,
    FigureKind::Initial,
    FigureKind::InitialWithOrders,
    FigureKind::Funding,
    FigureKind::Equity,
];

const ASSET_KINDS: [FigureKind; 8] = [
    FigureKind::Notional,
    FigureKind::UnrealizedProfit,
    FigureKind::Maintenance,
    FigureKind::Initial,
    FigureKind::InitialWithOrders,
    FigureKind::Balance,
    FigureKind::Equity,
    FigureKind::Available,
];

/// Whether a figure follows from a requirement.
fn is_required(kind: FigureKind) -> bool {
    matches!(
        kind,
        FigureKind::Maintenance
            | FigureKind::Initial
            | FigureKind::InitialWithOrders
            | FigureKind::Available
    )
}

/// Sums of some positions and balances in one asset.
struct Sums {
    notional: BigRational,
    profit: Computed,
    required: BigRational,
    initial: Computed,
    with_orders: Computed,
    balance: BigRational,
    equity: Computed,
}

fn sums<'a>(parts: impl Iterator<Item = &'a Part> + Clone, wallet: &BigRational) -> Sums {
    let profit = sum(parts.clone().map(|p| &p.profit));
    let settles: BigRational = parts.clone().map(|p| &p.settles).sum();
    let orders: BigRational = parts.clone().map(|p| &p.orders).sum();
    let initial = sum(parts.clone().map(|p| &p.initial));
    let margins: BigRational = parts.clone().filter_map(|p| p.isolated.as_ref()).sum();
    let balance = wallet + margins;
    Sums {
        notional: parts.clone().map(|p| &p.notional).sum(),
        equity: plus(profit.clone(), &(&balance + settles)),
        profit,
        required: parts.map(|p| &p.required).sum(),
        with_orders: plus(initial.clone(), &orders),
        initial,
        balance,
    }
}

impl Sums {
    /// Adds positions of which only this is known.
    fn count(&mut self, unlisted: &Unlisted, rounding: Option<InitialRounding>) {
        let notional = unlisted.value.abs();
        self.equity = plus(self.equity.clone(), &unlisted.value);
        if let Some(times) = unlisted.leverage {
            let part = BigRational::new(1.into(), times.into());
            let initial = by_rate(&notional, &part, rounding);
            self.initial = plus(self.initial.clone(), &initial);
            self.with_orders = plus(self.with_orders.clone(), &initial);
        }
        self.notional += notional;
    }

    fn put(&self, out: &mut Figures, subject: &Subject, unit: &str) {
        out.put(FigureKind::Notional, subject, unit, Ok(self.notional.clone()));
        out.put(FigureKind::UnrealizedProfit, subject, unit, self.profit.clone());
        out.put(FigureKind::Maintenance, subject, unit, Ok(self.required.clone()));
        out.put(FigureKind::Initial, subject, unit, self.initial.clone());
        out.put(FigureKind::InitialWithOrders, subject, unit, self.with_orders.clone());
        out.put(FigureKind::Balance, subject, unit, Ok(self.balance.clone()));
        out.put(FigureKind::Equity, subject, unit, self.equity.clone());
        out.put(FigureKind::Available, subject, unit, available(&self.equity, &self.with_orders));
    }
}

fn available(equity: &Computed, initial: &Computed) -> Computed {
    let left = equity.clone()? - initial.clone()?;
    Ok(if left.is_negative() { BigRational::zero() } else { left })
}

fn totals(setting: &Setting, parts: Result<Vec<Part>, Why>, out: &mut Figures) {
    let market = &*setting.market;
    let schedule = market.schedule();
    let currency = schedule.margin_unit().currency();
    let mut refused = None;
    let parts = parts.unwrap_or_else(|why| {
        refused = Some(why);
        Vec::new()
    });
    // Also of those of which a figure is missing: a book that cannot be computed is one.
    let in_cross = setting.positions.iter().filter(|held| held.isolated.is_none());
    let in_cross = in_cross.filter_map(|held| Some(schedule.instrument(&held.instrument)?.settle));
    let settling: BTreeSet<u32> = in_cross.collect();
    let held_elsewhere = |symbol: &str| {
        let in_other = |p: &Part| p.settle != symbol;
        let mut others = setting.balances.iter().filter(|(asset, _)| *asset != symbol);
        let is_margin = |asset: &str| !setting.is_apart(asset);
        parts.iter().any(in_other)
            || others.any(|(asset, amount)| is_margin(asset) && !amount.is_zero())
    };
    let mut cross_equity: Computed = Ok(BigRational::zero());
    let mut debts = BigRational::zero();
    for asset in schedule.assets() {
        let symbol = &asset.symbol;
        let wallet = setting.balances.get(symbol);
        let is_settled = settling.contains(&asset.id);
        // Without a balance nothing is known of the equity behind positions.
        let unknown = wallet.is_none() && is_settled;
        let wallet = wallet.cloned().unwrap_or_else(BigRational::zero);
        let own = || parts.iter().filter(|p| p.settle == *symbol);
        let mut all = sums(own(), &wallet);
        let mut cross = sums(own().filter(|p| p.isolated.is_none()), &wallet);
        if unknown {
            let why: Computed = Err(Why::inputs(format!("no balance of {symbol} is known")));
            (all.equity, cross.equity) = (why.clone(), why);
        }
        if let Some(unlisted) = setting.unlisted.as_ref().filter(|_| asset.settles) {
            all.count(unlisted, setting.initial_rounding);
            cross.count(unlisted, setting.initial_rounding);
        }
        all.put(out, &Subject::Asset(symbol.clone()), symbol);
        cross.put(out, &Subject::CrossAsset(symbol.clone()), symbol);
        if asset.settles && !held_elsewhere(symbol) {
            all.put(out, &Subject::Account, symbol);
            cross.put(out, &Subject::Cross, symbol);
        }
        let of_book = market_of(market, symbol);
        let value = cross.equity.clone().and_then(|amount| {
            let beyond =
                || Why::from(format!("the balance of {symbol} is beyond its collateral function"));
            let terms = of_book.asset(asset.id).ok_or_else(beyond)?;
            collateral(market, asset, terms, &amount).ok_or_else(beyond)
        });
        if schedule.file().settlement_asset_books && (is_settled || !wallet.is_zero()) {
            let own = parts.iter().filter(|p| p.settle == *symbol && p.isolated.is_none());
            let required: BigRational = own.map(|p| &p.converted).sum();
            let standing = value.clone().map(|[equity, debts]| [equity, required + debts]);
            out.books.push(BookFigures {
                name: format!("{CROSS} {symbol}"),
                currency: currency.to_owned(),
                standing,
                notional: (symbol == currency).then(|| cross.notional.clone()),
            });
        }
        match value {
            Ok([value, required]) => {
                cross_equity = plus(cross_equity, &value);
                debts += required;
            }
            Err(why) => cross_equity = Err(why),
        }
    }
    let settles =
        |symbol: &String| setting.positions.iter().any(|held| held.settle.as_ref() == Some(symbol));
    let unlisted = |(symbol, _): &(&String, &BigRational)| schedule.asset(symbol).is_none();
    for (symbol, amount) in setting.balances.iter().filter(unlisted) {
        let why = Why::from(format!("the schedule does not list {symbol}"));
        // What is not held is worth nothing under any rule; a venue can count requirements of other books in it.
        let is_held = !amount.is_zero() || settles(symbol);
        for kind in ASSET_KINDS.into_iter().filter(|kind| is_held || is_required(*kind)) {
            for subject in [Subject::Asset(symbol.clone()), Subject::CrossAsset(symbol.clone())] {
                out.put(kind, &subject, symbol, Err(why.clone()));
            }
        }
        if is_held && !setting.is_apart(symbol) {
            cross_equity = Err(why);
        }
    }
    // The cross book in the valuation currency, as the rule has it.
    let required: BigRational =
        parts.iter().filter(|p| p.isolated.is_none()).map(|p| &p.converted).sum();
    let required = match schedule.file().rounding.conversion {
        None => Ok(required + debts),
        Some(_) => Err("what positions require is rounded after the sum".into()),
    };
    out.put(FigureKind::Equity, &Subject::Cross, currency, cross_equity.clone());
    if !schedule.file().settlement_asset_books {
        let standing = cross_equity.clone().and_then(|equity| Ok([equity, required.clone()?]));
        out.books.push(BookFigures {
            name: CROSS.to_owned(),
            currency: currency.to_owned(),
            standing,
            notional: out.get(FigureKind::Notional, &Subject::Cross, currency).ok(),
        });
    }
    out.put(FigureKind::Maintenance, &Subject::Cross, currency, required);
    if schedule.asset(currency).is_none() || held_elsewhere(currency) {
        let why = Why::inputs(format!("not every asset of the account is {currency}"));
        for kind in [FigureKind::Initial, FigureKind::InitialWithOrders] {
            out.put(kind, &Subject::Cross, currency, Err(why.clone()));
        }
    } else {
        let initial = out.get(FigureKind::InitialWithOrders, &Subject::Cross, currency);
        let left = available(&cross_equity, &initial);
        out.put(FigureKind::Available, &Subject::Cross, currency, left);
    }
    if parts.iter().all(|p| p.isolated.is_none()) {
        for kind in [FigureKind::Equity, FigureKind::Maintenance] {
            let figure = out.get(kind, &Subject::Cross, currency);
            out.put(kind, &Subject::Account, currency, figure);
        }
    }
    if let Some(why) = refused {
        for book in &mut out.books {
            (book.standing, book.notional) = (Err(why.clone()), None);
        }
        let totals = out.all.iter_mut();
        let totals = totals.filter(|(subject, _)| !matches!(subject, Subject::Position { .. }));
        for of in totals.flat_map(|(_, all)| all) {
            of.figure = Err(why.clone());
        }
    }
}
