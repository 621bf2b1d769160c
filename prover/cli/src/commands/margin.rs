//! `zkmargin margin`: the rule's figures, computed locally without a proof.

use super::Run;
use super::buffer_plot;
use super::describe::lines_of;
use super::isolated::{self, BookRow};
use super::portfolio;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::{Form, Outcome};
use crate::resolve;
use crate::shared::{Books, Global, Market};
use crate::text::Text;
use clap::{ArgGroup, Args};
use comfy_table::{CellAlignment, Table, presets};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::decimal::{Decimal, format_scaled, power_of_ten};
use zkmargin_model::rule::{
    Account, AssetMargin, Balance, Isolated, Margin, Position, PositionMargin, RuleError,
    SecondWord, Side, Unprovable, Variable, margin, margin_naming,
};
use zkmargin_model::shown::shown;
use zkmargin_params::portfolio::is_portfolio_schedule;
use zkmargin_params::{
    AskedBooks, BooksMarket, CompiledMarket, ExplainedStep, MAX_FILE_BYTES, Unit, VariableFile,
};
use zkmargin_policy::Rules;
use zkmargin_prover::{ProveError, Shortfall};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("compared").args(["claim", "stress"]).multiple(true)))]
pub struct MarginArguments {
    /// Private account; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    #[command(flatten)]
    pub market: Market,
    /// Level to compare with, by its name on the menu or in basis points; exit code 1 if not met
    #[arg(long, value_name = "LEVEL")]
    pub claim: Option<String>,
    /// Stress of a portfolio schedule to compare with, by its name; exit code 1 if less than the floor would be left
    #[arg(long, value_name = "NAME")]
    pub stress: Option<String>,
    /// SVG file for a plot: the buffer over moves of the marks, or of a portfolio account the losses by scenario; `-` is
    /// standard output
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Equity floor to compare with, in the valuation currency
    #[arg(long, value_name = "AMOUNT", default_value = "0", requires = "compared")]
    pub floor: String,
    #[command(flatten)]
    pub asked: Books,
}

impl Run for MarginArguments {
    fn name(&self) -> &'static str {
        "margin"
    }

    fn output(&self) -> Option<&Path> {
        self.plot.as_deref()
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        run(self, global.form())
    }
}

/// Digits after the point in tables; `--json` has all.
const SHOWN_DECIMALS: u32 = 6;

/// One amount, exact for programs and shortened for people.
#[derive(Debug)]
pub struct Amount {
    value: BigInt,
    decimals: u32,
}

impl Amount {
    pub fn new(value: &BigInt, decimals: u32) -> Self {
        Self { value: value.clone(), decimals }
    }

    /// A number of units.
    pub fn counted(value: &BigInt, unit: Unit) -> Self {
        Self::of(&unit.figure(value))
    }

    /// A decimal number.
    pub fn of(decimal: &Decimal) -> Self {
        Self::new(decimal.coefficient(), decimal.scale())
    }

    pub fn exact(&self) -> String {
        format_scaled(&self.value, self.decimals)
    }

    /// Cut toward zero to the digits that tables show.
    pub fn shown(&self) -> String {
        match self.decimals > SHOWN_DECIMALS {
            true => format_scaled(&self.cut(SHOWN_DECIMALS), SHOWN_DECIMALS),
            false => self.exact(),
        }
    }

    /// In units of `10^-decimals`, cut toward zero.
    pub fn cut(&self, decimals: u32) -> BigInt {
        match self.decimals.checked_sub(decimals) {
            Some(excess) => &self.value / power_of_ten(excess),
            None => &self.value * power_of_ten(decimals - self.decimals),
        }
    }
}

struct PositionRow {
    instrument: String,
    side: &'static str,
    size: Amount,
    notional: Amount,
    settle: String,
    tier: usize,
    tiers: usize,
    /// A decimal, or a decimal over what the table's rates are divided by.
    rate: String,
    requirement: Amount,
    /// `None` for an isolated position, whose result contains the margin assigned to it.
    pnl: Option<Amount>,
    steps: Steps,
    /// `cross` or `isolated`.
    book: &'static str,
}

struct AssetRow {
    asset: String,
    balance: Amount,
    /// `None` where figures take its place, which are in the steps.
    price: Option<Amount>,
    /// Which of two index prices it is, `bid` or `ask`; `None` where there is one.
    price_side: Option<&'static str>,
    value: Amount,
    collateral: Amount,
    steps: Steps,
}

/// How figures come about.
struct Steps(Vec<ExplainedStep>);

impl Steps {
    /// In a table, under the name of what the figures are of.
    fn rows(&self, name: &str, table: &mut Table) {
        let names = std::iter::once(name).chain(std::iter::repeat(""));
        for (step, name) in self.0.iter().zip(names) {
            let how = shown(&step.words()).into_owned();
            let figure = shown(&step.figure).into_owned();
            table.add_row([name.to_owned(), figure, Amount::of(&step.result).exact(), how]);
        }
    }

    fn json(&self) -> Value {
        let steps = self.0.iter().map(|step| {
            let rounding = step.rounding.as_ref().map(|rounding| {
                json!({
                    "mode": rounding.mode,
                    "unit": rounding.unit.to_string(),
                    "before": rounding.before.to_string(),
                })
            });
            json!({
                "figure": step.figure,
                "how": step.how,
                "rounding": rounding,
                "result": step.result.to_string(),
            })
        });
        steps.collect()
    }
}

/// Figures of a cross book.
struct CrossBook {
    /// Symbol of its settlement asset, where each has a book.
    settlement_asset: Option<String>,
    equity: Amount,
    required: Amount,
    excess: Amount,
    /// Equity over what is required in basis points, rounded toward minus infinity; `None` without a requirement.
    ratio: Option<Amount>,
    unprovable: Option<Unprovable>,
    steps: Steps,
}

impl CrossBook {
    fn of(
        market: &CompiledMarket,
        account: &Account,
        BookFigures { market: of, figures }: &BookFigures<'_>,
    ) -> Self {
        let schedule = market.schedule();
        let unit = schedule.margin_amount_unit();
        let amount = |value: &BigInt| Amount::counted(value, unit);
        let asset = of.books().asset_id();
        let asset = asset.and_then(|id| schedule.asset_of_id(id));
        Self {
            settlement_asset: asset.map(|a| a.symbol.clone()),
            equity: amount(&figures.equity),
            required: amount(&figures.maintenance),
            excess: amount(&(&figures.equity - &figures.maintenance)),
            ratio: ratio(&figures.equity, &figures.maintenance),
            unprovable: of.market().profile().err(),
            steps: Steps(market.explain_book(of, account, figures)),
        }
    }

    fn text(&self, margin: &'static str, currency: &str) -> Text {
        let ratio = self.ratio.as_ref().map_or("no requirement".to_owned(), Amount::exact);
        let mut out = lines_of(&[
            ("equity", format!("{} {currency}", self.equity.shown())),
            (margin, format!("{} {currency}", self.required.shown())),
            ("excess", format!("{} {currency}", self.excess.shown())),
            ("ratio", ratio),
        ]);
        if let Some(why) = &self.unprovable {
            out.line(format!("These figures cannot be proven: {why}."));
        }
        out
    }

    fn json(&self) -> Value {
        json!({
            "settlement_asset": self.settlement_asset,
            "equity": self.equity.exact(),
            "required": self.required.exact(),
            "excess": self.excess.exact(),
            "ratio": self.ratio.as_ref().map(Amount::exact),
            "provable": self.unprovable.is_none(),
            "steps": self.steps.json(),
        })
    }
}

/// All figures of an account at a market.
pub struct Sheet {
    positions: Vec<PositionRow>,
    assets: Vec<AssetRow>,
    /// What positions of each settlement asset require, where that is rounded after the sum.
    conversions: Steps,
    /// Isolated positions.
    isolated: Vec<BookRow>,
    /// The cross book, or one for each settlement asset.
    cross: Vec<CrossBook>,
    /// What is required, in words.
    margin: &'static str,
    currency: String,
}

fn position_row(
    market: &CompiledMarket,
    p: &Position,
    second: SecondWord<'_>,
    m: &PositionMargin,
) -> Option<PositionRow> {
    let schedule = &market.schedule();
    let instrument = schedule.instrument_of_id(p.instrument)?;
    let settle = schedule.asset_of_id(instrument.settle)?;
    let terms = market.market().instrument(p.instrument)?;
    let table = schedule.tables().get(instrument.table)?;
    let notional = match table.brackets.variable() {
        Variable::Value => m.variable.clone(),
        Variable::Quantity => terms.notional_with(p, second.orders),
    };
    let rate = |units: &BigInt| Amount::new(units, schedule.file().rate_decimals).exact();
    let denominator = schedule.file().tiers.get(instrument.tiers_at)?.denominator;
    let over = |rate: String| denominator.map_or(rate.clone(), |d| format!("{rate}/{d}"));
    let rate = match &terms.elements.rate {
        // What steps make of a table's rate is not over its denominator any more.
        Some(form) => {
            let row = table.brackets.rows().get(m.row)?;
            let of_row = rate(&form.at(row.at(&m.variable), p.own));
            if form.steps.is_empty() { over(of_row) } else { of_row }
        }
        None => over(rate(&m.slope)),
    };
    Some(PositionRow {
        instrument: instrument.symbol.clone(),
        side: side(p),
        size: Amount::new(&BigInt::from(p.size.clone()), instrument.size_decimals),
        notional: Amount::counted(&notional, instrument.settle_unit),
        settle: settle.symbol.clone(),
        tier: m.row + 1,
        tiers: table.brackets.rows().len(),
        rate,
        requirement: Amount::counted(&m.requirement, schedule.margin_amount_unit()),
        pnl: m.isolated.is_none().then(|| Amount::counted(&m.pnl, instrument.settle_unit)),
        steps: Steps(
            [market.explain_position(p, second, m), market.explain_isolated(p, second, m)].concat(),
        ),
        book: if m.isolated.is_some() { "isolated" } else { "cross" },
    })
}

fn asset_row(market: &CompiledMarket, b: &Balance, m: &AssetMargin) -> Option<AssetRow> {
    let schedule = &market.schedule();
    let listed = schedule.assets();
    let at = listed.binary_search_by_key(&m.asset, |a| a.id).ok()?;
    let (asset, price) = (listed.get(at)?, market.snapshot().assets.get(at)?);
    let index = price.index.of(&m.balance);
    let terms = market.asset_in_its_book(asset)?;
    // Where steps make the value, the price is in the first of them.
    let value = m.balance.clone() * terms.index.of(&m.balance);
    let value = terms.elements.value.iter().fold(value, |x, step| step.apply(&x));
    let price_side = if m.balance.is_negative() { "ask" } else { "bid" };
    Some(AssetRow {
        asset: asset.symbol.clone(),
        balance: Amount::counted(&m.balance, asset.amount_unit),
        price: (!asset.priced_by_figures).then(|| Amount::new(index, asset.index_decimals)),
        price_side: schedule.file().bid_and_ask.then_some(price_side),
        value: Amount::counted(&value, schedule.value_unit()),
        collateral: Amount::counted(&m.collateral, schedule.margin_amount_unit()),
        steps: Steps(market.explain_balance(b, &m.balance)),
    })
}

impl Sheet {
    fn new(
        market: &CompiledMarket,
        account: &Account,
        figures: &Margin,
        books: &[BookFigures<'_>],
    ) -> Self {
        let positions = account.positions().iter().zip(&figures.positions).enumerate();
        let positions =
            positions.map(|(at, (p, m))| position_row(market, p, account.second_word(at), m));
        let assets = account.balances().iter().zip(&figures.assets);
        let assets = assets.filter_map(|(balance, m)| asset_row(market, balance, m));
        Self {
            positions: positions.flatten().collect(),
            assets: assets.collect(),
            conversions: Steps(market.explain_conversions(account, figures)),
            isolated: BookRow::all(market, account, figures),
            cross: books.iter().map(|book| CrossBook::of(market, account, book)).collect(),
            margin: market.schedule().margin(),
            currency: market.schedule().file().valuation.currency.clone(),
        }
    }

    fn text(&self) -> Text {
        let mut positions = table(&[
            "instrument",
            "side",
            "size",
            "notional",
            "in",
            "tier",
            "rate",
            "requirement",
            "uPnL",
        ]);
        for p in &self.positions {
            positions.add_row([
                shown(&p.instrument).into_owned(),
                p.side.to_owned(),
                p.size.shown(),
                p.notional.shown(),
                shown(&p.settle).into_owned(),
                format!("{}/{}", p.tier, p.tiers),
                p.rate.clone(),
                p.requirement.shown(),
                p.pnl.as_ref().map_or(p.book.to_owned(), Amount::shown),
            ]);
        }
        let mut assets = table(&["asset", "balance with uPnL", "price", "value", "haircut value"]);
        for a in &self.assets {
            assets.add_row([
                shown(&a.asset).into_owned(),
                a.balance.shown(),
                match (&a.price, a.price_side) {
                    (None, _) => "figures".to_owned(),
                    (Some(price), Some(side)) => format!("{} {side}", price.exact()),
                    (Some(price), None) => price.exact(),
                },
                a.value.shown(),
                a.collateral.shown(),
            ]);
        }
        align(&mut positions, &[2, 3, 5, 6, 7, 8]);
        align(&mut assets, &[1, 2, 3, 4]);
        // Cells are names and figures, on one line each.
        let mut out: Text = positions.lines().collect();
        out.line("");
        assets.lines().for_each(|line| out.line(line));
        out.line("");
        self.steps().lines().for_each(|line| out.line(line));
        out.line("");
        if !self.isolated.is_empty() {
            out.append(BookRow::text(&self.isolated));
        }
        for book in &self.cross {
            match &book.settlement_asset {
                Some(asset) => out.line(format!("In the book of {}:", shown(asset))),
                None if !self.isolated.is_empty() => out.line("In the cross book:"),
                None => {}
            }
            out.append(book.text(self.margin, &self.currency));
        }
        out.line(format!(
            "Amounts are cut to {SHOWN_DECIMALS} digits after the point, but in the steps; --json has all."
        ));
        out
    }

    /// How all figures come about.
    fn steps(&self) -> Table {
        let mut steps = table(&["steps of", "figure", "result", "how"]);
        for p in &self.positions {
            let book = if p.book == "isolated" { ", isolated" } else { "" };
            p.steps.rows(&format!("{} {}{book}", shown(&p.instrument), p.side), &mut steps);
        }
        for a in &self.assets {
            a.steps.rows(&shown(&a.asset), &mut steps);
        }
        self.conversions.rows("required in", &mut steps);
        for book in &self.cross {
            let name = match &book.settlement_asset {
                Some(asset) => format!("the book of {}", shown(asset)),
                None => "the cross book".to_owned(),
            };
            book.steps.rows(&name, &mut steps);
        }
        align(&mut steps, &[2]);
        steps
    }

    /// All figures in machine-readable form.
    pub fn json(&self) -> Value {
        let positions = self.positions.iter().map(|p| {
            let mut row = json!({
                "instrument": p.instrument,
                "side": p.side,
                "size": p.size.exact(),
                "notional": p.notional.exact(),
                "settle": p.settle,
                "tier": p.tier,
                "tiers": p.tiers,
                "rate": p.rate,
                "requirement": p.requirement.exact(),
                "unrealized_pnl": p.pnl.as_ref().map(Amount::exact),
                "book": p.book,
            });
            // Moved in: `json!` copies what is put in it.
            row["steps"] = p.steps.json();
            row
        });
        let assets = self.assets.iter().map(|a| {
            json!({
                "asset": a.asset,
                "balance_with_pnl": a.balance.exact(),
                "price": a.price.as_ref().map(Amount::exact),
                "price_side": a.price_side,
                "value": a.value.exact(),
                "haircut_value": a.collateral.exact(),
                "steps": a.steps.json(),
            })
        });
        let mut all = json!({
            "currency": self.currency,
            "assets": assets.collect::<Vec<_>>(),
            "conversions": self.conversions.json(),
            "isolated": self.isolated.iter().map(BookRow::json).collect::<Vec<_>>(),
            "cross": self.cross.iter().map(CrossBook::json).collect::<Vec<_>>(),
        });
        all["positions"] = positions.collect();
        all
    }
}

/// Equity over what is required in basis points, rounded toward minus infinity; `None` without a requirement.
pub fn ratio(equity: &BigInt, required: &BigInt) -> Option<Amount> {
    let scaled: BigInt = equity * MARGIN_BPS;
    (!required.is_zero()).then(|| Amount::new(&scaled.div_floor(required), 4))
}

/// In which direction a position is held.
pub fn side(position: &Position) -> &'static str {
    if position.side == Side::Long { "long" } else { "short" }
}

pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_BORDERS_ONLY_CONDENSED).set_header(header);
    table
}

pub fn align(table: &mut Table, right: &[usize]) {
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Describes what is undefined, using symbols where the rule only has numbers.
pub fn beyond(market: &CompiledMarket, error: &RuleError) -> Option<Failure> {
    let schedule = market.schedule();
    let (code, message) = match error {
        RuleError::BeyondTiers { instrument } => {
            let i = schedule.instrument_of_id(*instrument)?;
            let table = schedule.file().tiers.get(i.tiers_at)?;
            let end = table.rows.last()?.below.as_ref().map(|below| below.as_str());
            let unit = &schedule.file().instruments.get(i.at)?.settle;
            let what = match (end, table.variable) {
                // An open row of rates: docs/formats.md.
                (None, _) => "the largest rate that a table can give".to_owned(),
                (Some(end), VariableFile::Value) => format!("a notional of {end} {unit}"),
                (Some(end), VariableFile::Quantity) if i.family.is_some() => {
                    format!("{end}, of all that is held of its family in the book")
                }
                (Some(end), VariableFile::Quantity) => format!("a size of {end}"),
            };
            let message = format!(
                "the position in {} is beyond the last tier of its table, which ends at {what}",
                i.symbol
            );
            ("BeyondTiers", message)
        }
        RuleError::BeyondCollateral { asset } => {
            let symbol = &schedule.asset_of_id(*asset)?.symbol;
            let message = format!(
                "the balance of {symbol} with its profit and loss is beyond its collateral function"
            );
            ("BeyondCollateral", message)
        }
        _ => return None,
    };
    Some(Failure::new(Exit::Malformed, code, message))
}

/// An account's figures at the market of some books.
struct BookFigures<'a> {
    market: &'a BooksMarket,
    figures: Margin,
}

/// The markets whose figures are asked for: of some books, or where each settlement asset has one, of each.
fn markets<'a>(market: &'a CompiledMarket, asked: &Books) -> Result<Vec<&'a BooksMarket>> {
    let schedule = market.schedule();
    let assets: Vec<_> = match &asked.settlement_asset {
        None if schedule.file().settlement_asset_books => {
            schedule.assets().iter().map(|a| Some(a.symbol.as_str())).collect()
        }
        asset => vec![asset.as_deref()],
    };
    let of = |asset: Option<&str>| {
        // The figures of all books beside the only one that a claim is about.
        let only_isolated = None;
        let books = AskedBooks { settlement_asset: asset, only_isolated, ..asked.asked() };
        let books = resolve::books(schedule, &books)?;
        let missing = || Failure::new(Exit::Internal, "NoSuchBooks", "no market of these books");
        market.of_books(books).ok_or_else(missing)
    };
    assets.into_iter().map(of).collect()
}

/// The figures with those of every position and asset from its own book.
fn merged(books: &[BookFigures<'_>]) -> Option<Margin> {
    let mut all = books.first()?.figures.clone();
    for BookFigures { market, figures } in books {
        let Some(asset) = market.books().asset_id() else { continue };
        let terms = market.market().terms();
        let settles_here = |instrument: u32| {
            let instrument = market.market().instrument(instrument);
            instrument.is_some_and(|i| terms.groups[i.group].asset == asset)
        };
        for (to, from) in all.positions.iter_mut().zip(&figures.positions) {
            if settles_here(from.instrument) {
                *to = from.clone();
            }
        }
        for (to, from) in all.assets.iter_mut().zip(&figures.assets) {
            if from.asset == asset {
                *to = from.clone();
            }
        }
    }
    Some(all)
}

/// The figures of an account in all books.
pub struct AllBooks<'a> {
    market: &'a CompiledMarket,
    account: &'a Account,
    books: Vec<BookFigures<'a>>,
    /// Those of every position and asset from its own book.
    pub figures: Margin,
}

impl<'a> AllBooks<'a> {
    /// Computes them.
    pub fn of(
        market: &'a CompiledMarket,
        account: &'a Account,
    ) -> std::result::Result<Self, RuleError> {
        let whole = market.selections().iter();
        let whole = whole.filter(|of| of.books().isolated != Isolated::LeftOut);
        let figures =
            whole.map(|of| Ok(BookFigures { market: of, figures: margin(account, of.market())? }));
        let books = figures.collect::<std::result::Result<Vec<_>, RuleError>>()?;
        // A market has a book; its figures would be those of the first one.
        let figures = match merged(&books) {
            Some(merged) => merged,
            None => margin(account, market.market())?,
        };
        Ok(Self { market, account, books, figures })
    }

    /// Every figure, and how it comes about.
    pub fn sheet(&self) -> Sheet {
        Sheet::new(self.market, self.account, &self.figures, &self.books)
    }

    /// Equity, what is required, excess and ratio of each cross book, each with its name.
    pub fn summary(&self) -> Vec<(String, String)> {
        let schedule = self.market.schedule();
        let (margin, currency) = (schedule.margin(), &schedule.file().valuation.currency);
        let amount = |amount: &Amount| format!("{} {currency}", amount.shown());
        let book = self.books.iter().flat_map(|book| {
            let book = CrossBook::of(self.market, self.account, book);
            let ratio = book.ratio.as_ref().map_or("no requirement".to_owned(), Amount::exact);
            let of = book.settlement_asset.as_ref().map(|asset| format!(" of {}", shown(asset)));
            let of = of.unwrap_or_default();
            [
                (format!("equity{of}"), amount(&book.equity)),
                (format!("{margin}{of}"), amount(&book.required)),
                (format!("excess{of}"), amount(&book.excess)),
                (format!("ratio{of}"), ratio),
            ]
        });
        book.collect()
    }
}

/// What an account lacks for a claim in one cross book and in the isolated ones.
struct Lacking {
    settlement_asset: Option<String>,
    equity: String,
    is_met: bool,
}

fn run(a: &MarginArguments, form: Form) -> Result<Outcome> {
    files::one_stream(&[&a.account, &a.market.schedule, &a.market.snapshot])?;
    let schedule = files::read(&a.market.schedule, MAX_FILE_BYTES)?;
    if is_portfolio_schedule(&schedule) {
        return portfolio::run(a, &schedule);
    }
    if a.stress.is_some() {
        return Err(Failure::usage("--stress is of portfolio accounts"));
    }
    if let Some(path) = &a.plot {
        files::check_absent(path, false)?;
    }
    let schedule = resolve::schedule_in(&schedule, &a.market.schedule)?;
    let (prices, market) = resolve::snapshot_and_market(&schedule, &a.market.snapshot)?;
    let schedule = market.schedule();
    let claim = match &a.claim {
        Some(claim) => {
            let floor = a.asked.floor(&a.floor)?;
            Some(resolve::claim_about(schedule, claim, floor, &a.asked.asked())?)
        }
        None => None,
    };
    let markets = markets(&market, &a.asked)?;
    let read = resolve::ReadAccount::open(&a.account, schedule)?;
    let warnings = read.warnings(schedule, Some(market.snapshot()));
    let account = read.holdings(schedule)?;
    let named = |text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| resolve::position_name(schedule, text)).transpose()
    };
    let (only, all_but) = (named(&a.asked.only_isolated)?, named(&a.asked.all_but_isolated)?);
    let figures_naming = |of: &BooksMarket, named| {
        margin_naming(&account, of.market(), named).map_err(|e| {
            let failure =
                beyond(&market, &e).unwrap_or_else(|| Failure::in_the_open(&ProveError::Rule(e)));
            failure.in_file(&files::name_of(&a.account)).warned(warnings.clone())
        })
    };
    let figures = |of| Ok(BookFigures { market: of, figures: figures_naming(of, all_but)? });
    let books = markets.into_iter().map(figures);
    let books = books.collect::<Result<Vec<_>>>()?;
    let no_books = || Failure::new(Exit::Internal, "NoSuchBooks", "the schedule has no book");
    let merged = merged(&books).ok_or_else(no_books)?;
    let sheet = Sheet::new(&market, &account, &merged, &books);
    let (mut text, mut result) = (form.text(|| sheet.text()), form.json(|| sheet.json()));
    let rules = Rules::of(&market);
    text.line(format!("rules: {rules}"));
    result["rules"] = rules.json();
    let mut exit = Exit::Ok;
    let mut reason = None;
    if let Some(claim) = claim {
        let unit = schedule.margin_amount_unit();
        let mut lacking = Vec::new();
        let mut isolated = Vec::new();
        // A claim about one isolated position only is about no cross book.
        let cross = books.iter().zip(&sheet.cross).filter(|_| only.is_none());
        for (BookFigures { market: of, figures }, shown) in cross {
            let health = of.market().terms().health();
            let Some(shortfall) = Shortfall::of(figures, &claim, health) else { continue };
            lacking.push(Lacking {
                settlement_asset: shown.settlement_asset.clone(),
                equity: Amount::counted(shortfall.equity(), unit).exact(),
                is_met: shortfall.equity().is_zero(),
            });
            // The same ones whichever the cross book is.
            isolated = isolated::Missing::all(&market, &account, &shortfall);
        }
        let mut is_met = lacking.is_empty();
        if only.is_some() {
            let asked = resolve::books(schedule, &a.asked.asked())?;
            let of = market.of_books(asked).ok_or_else(no_books)?;
            let health = of.market().terms().health();
            let figures = figures_naming(of, only)?;
            if let Some(shortfall) = Shortfall::of_position(&figures, &claim, health) {
                is_met = false;
                isolated = isolated::Missing::all(&market, &account, &shortfall);
                text.line("The claim is not met.");
            }
        }
        for Lacking { settlement_asset, equity, is_met } in &lacking {
            let cross = if *is_met { "nothing".to_owned() } else { format!("{equity} of equity") };
            text.line(match settlement_asset {
                Some(asset) => {
                    let asset = shown(asset);
                    format!("The claim is not met: {cross} is missing in the book of {asset}.")
                }
                None if isolated.is_empty() => {
                    format!("The claim is not met: {equity} of equity is missing.")
                }
                None => format!("The claim is not met: {cross} is missing in the cross book."),
            });
        }
        isolated.iter().for_each(|missing| text.line(missing.sentence()));
        let isolated = isolated.iter().map(isolated::Missing::json);
        result["claim_met"] = json!(is_met);
        result["shortfalls"] = lacking
            .iter()
            .map(|l| json!({ "settlement_asset": l.settlement_asset, "equity": l.equity }))
            .collect();
        result["isolated_shortfalls"] = isolated.collect();
        if is_met {
            text.line("The claim is met.");
        } else {
            exit = Exit::Invalid;
            reason = Some(("ClaimNotMet", "the account does not meet the claim".to_owned()));
        }
    }
    if let Some(path) = &a.plot {
        let svg = buffer_plot::plot(&market, &prices, &account)?;
        files::write(path, svg.as_bytes(), files::Secrecy::Private, false)?;
        result["plot"] = json!(files::name_of(path));
    }
    let mut outcome = Outcome::done(text, result);
    outcome.stdout_taken = a.plot.as_deref().is_some_and(files::is_stream);
    outcome.exit = exit;
    outcome.reason = reason;
    outcome.warnings = warnings;
    Ok(outcome)
}
