//! `zkmargin margin`: the rule's figures, computed locally without a proof.

use super::Run;
use super::describe::lines_of;
use super::isolated::{self, BookRow};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::{Global, Market};
use crate::text::Text;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use serde_json::{Value, json};
use std::path::PathBuf;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::decimal::{format_scaled, power_of_ten};
use zkmargin_model::rule::{
    Account, AssetMargin, Margin, Position, PositionMargin, RuleError, Side, Unprovable, Variable,
    margin,
};
use zkmargin_model::shown::shown;
use zkmargin_params::{CompiledMarket, VariableFile};
use zkmargin_policy::Rules;
use zkmargin_prover::{ProveError, Shortfall};

#[derive(Debug, Args)]
pub struct MarginArguments {
    /// Private account; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    #[command(flatten)]
    pub market: Market,
    /// Level to compare with, by its name on the menu or in basis points; exit code 1 if not met
    #[arg(long, value_name = "LEVEL")]
    pub claim: Option<String>,
    /// Equity floor to compare with, in the valuation currency
    #[arg(long, value_name = "AMOUNT", default_value = "0", requires = "claim")]
    pub floor: String,
}

impl Run for MarginArguments {
    fn name(&self) -> &'static str {
        "margin"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        run(self)
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

    pub fn exact(&self) -> String {
        format_scaled(&self.value, self.decimals)
    }

    /// Cut toward zero to the digits that tables show.
    pub fn shown(&self) -> String {
        match self.decimals.checked_sub(SHOWN_DECIMALS) {
            Some(excess) => format_scaled(&(&self.value / power_of_ten(excess)), SHOWN_DECIMALS),
            None => self.exact(),
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
    /// `cross` or `isolated`.
    book: &'static str,
}

struct AssetRow {
    asset: String,
    balance: Amount,
    price: Amount,
    /// Which of two index prices it is, `bid` or `ask`; `None` where there is one.
    price_side: Option<&'static str>,
    value: Amount,
    collateral: Amount,
}

/// All figures of an account at a market.
pub struct Sheet {
    positions: Vec<PositionRow>,
    assets: Vec<AssetRow>,
    /// Isolated positions; all figures below are of the cross book.
    books: Vec<BookRow>,
    equity: Amount,
    required: Amount,
    /// What is required, in words.
    margin: &'static str,
    excess: Amount,
    /// Equity over what is required in basis points, rounded toward minus infinity; `None` without a requirement.
    ratio: Option<Amount>,
    currency: String,
    unprovable: Option<Unprovable>,
}

fn position_row(market: &CompiledMarket, p: &Position, m: &PositionMargin) -> Option<PositionRow> {
    let schedule = &market.schedule();
    let listed = schedule.instruments();
    let instrument = listed.get(listed.binary_search_by_key(&p.instrument, |i| i.id).ok()?)?;
    let settle = schedule.assets().iter().find(|a| a.id == instrument.settle)?;
    let terms = market.market().instrument(p.instrument)?;
    let table = schedule.tables().get(instrument.table)?;
    let notional = match table.brackets.variable() {
        Variable::Value => m.variable.clone(),
        // Its value is finer by the rate decimals then.
        Variable::Quantity => {
            let finer = power_of_ten(schedule.file().rate_decimals);
            terms.requirement.apply(&m.variable) / finer
        }
    };
    let rate = Amount::new(&m.slope, schedule.file().rate_decimals).exact();
    let rate = match schedule.file().tiers.get(table.at)?.denominator {
        Some(denominator) => format!("{rate}/{denominator}"),
        None => rate,
    };
    Some(PositionRow {
        instrument: instrument.symbol.clone(),
        side: side(p),
        size: Amount::new(&BigInt::from(p.size.clone()), instrument.size_decimals),
        notional: Amount::new(&notional, instrument.settle_decimals),
        settle: settle.symbol.clone(),
        tier: m.row + 1,
        tiers: table.brackets.rows().len(),
        rate,
        requirement: Amount::new(&m.requirement, schedule.margin_decimals()),
        pnl: m.isolated.is_none().then(|| Amount::new(&m.pnl, instrument.settle_decimals)),
        book: if m.isolated.is_some() { "isolated" } else { "cross" },
    })
}

fn asset_row(market: &CompiledMarket, m: &AssetMargin) -> Option<AssetRow> {
    let schedule = &market.schedule();
    let listed = schedule.assets();
    let at = listed.binary_search_by_key(&m.asset, |a| a.id).ok()?;
    let (asset, price) = (listed.get(at)?, market.snapshot().assets.get(at)?);
    let index = price.index.of(&m.balance);
    let price_side = if m.balance.is_negative() { "ask" } else { "bid" };
    Some(AssetRow {
        asset: asset.symbol.clone(),
        balance: Amount::new(&m.balance, asset.decimals),
        price: Amount::new(index, asset.index_decimals),
        price_side: schedule.file().bid_and_ask.then_some(price_side),
        value: Amount::new(&(&m.balance * index), schedule.file().valuation.decimals),
        collateral: Amount::new(&m.collateral, schedule.margin_decimals()),
    })
}

impl Sheet {
    pub fn new(market: &CompiledMarket, account: &Account, figures: &Margin) -> Self {
        let decimals = market.schedule().margin_decimals();
        let of = |value: &BigInt| Amount::new(value, decimals);
        let positions = account.positions().iter().zip(&figures.positions);
        Self {
            positions: positions.filter_map(|(p, m)| position_row(market, p, m)).collect(),
            assets: figures.assets.iter().filter_map(|m| asset_row(market, m)).collect(),
            books: BookRow::all(market, account, figures),
            equity: of(&figures.equity),
            required: of(&figures.maintenance),
            margin: market.schedule().requirement().margin(),
            excess: of(&(&figures.equity - &figures.maintenance)),
            ratio: ratio(&figures.equity, &figures.maintenance),
            currency: market.schedule().file().valuation.currency.clone(),
            unprovable: market.market().profile().err(),
        }
    }

    /// Equity, what is required, excess and ratio of the cross book, each with its name.
    pub fn summary(&self) -> [(&'static str, String); 4] {
        let amount = |amount: &Amount| format!("{} {}", amount.shown(), self.currency);
        let ratio = self.ratio.as_ref().map_or("no requirement".to_owned(), Amount::exact);
        [
            ("equity", amount(&self.equity)),
            (self.margin, amount(&self.required)),
            ("excess", amount(&self.excess)),
            ("ratio", ratio),
        ]
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
                match a.price_side {
                    Some(side) => format!("{} {side}", a.price.exact()),
                    None => a.price.exact(),
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
        if !self.books.is_empty() {
            out.append(BookRow::text(&self.books));
            out.line("In the cross book:");
        }
        out.append(lines_of(&self.summary()));
        out.line(format!(
            "Amounts are cut to {SHOWN_DECIMALS} digits after the point; --json has all."
        ));
        if let Some(why) = &self.unprovable {
            out.line(format!("These figures cannot be proven: {why}."));
        }
        out
    }

    /// All figures in machine-readable form.
    pub fn json(&self) -> Value {
        let positions = self.positions.iter().map(|p| {
            json!({
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
            })
        });
        let assets = self.assets.iter().map(|a| {
            json!({
                "asset": a.asset,
                "balance_with_pnl": a.balance.exact(),
                "price": a.price.exact(),
                "price_side": a.price_side,
                "value": a.value.exact(),
                "haircut_value": a.collateral.exact(),
            })
        });
        json!({
            "currency": self.currency,
            "positions": positions.collect::<Vec<_>>(),
            "assets": assets.collect::<Vec<_>>(),
            "isolated": self.books.iter().map(BookRow::json).collect::<Vec<_>>(),
            "equity": self.equity.exact(),
            "required": self.required.exact(),
            "excess": self.excess.exact(),
            "ratio": self.ratio.as_ref().map(Amount::exact),
            "provable": self.unprovable.is_none(),
        })
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
            let i = schedule.instruments().iter().find(|i| i.id == *instrument)?;
            let table = schedule.file().tiers.get(schedule.tables().get(i.table)?.at)?;
            let end = table.rows.last()?.below.as_ref().map_or("", |below| below.as_str());
            let unit = &schedule.file().instruments.get(i.at)?.settle;
            let what = match table.variable {
                VariableFile::Value => format!("a notional of {end} {unit}"),
                VariableFile::Quantity => format!("a size of {end}"),
            };
            let message = format!(
                "the position in {} is beyond the last tier of its table, which ends at {what}",
                i.symbol
            );
            ("BeyondTiers", message)
        }
        RuleError::BeyondCollateral { asset } => {
            let symbol = &schedule.assets().iter().find(|a| a.id == *asset)?.symbol;
            let message = format!(
                "the balance of {symbol} with its profit and loss is beyond its collateral function"
            );
            ("BeyondCollateral", message)
        }
        _ => return None,
    };
    Some(Failure::new(Exit::Malformed, code, message))
}

fn run(a: &MarginArguments) -> Result<Outcome> {
    files::one_stream(&[&a.account, &a.market.schedule, &a.market.snapshot])?;
    let market = resolve::market(&a.market)?;
    let claim = match &a.claim {
        Some(claim) => Some(resolve::menu_claim(market.schedule(), claim, &a.floor)?),
        None => None,
    };
    let read = resolve::ReadAccount::open(&a.account, market.schedule())?;
    let warnings = read.warnings(market.schedule(), Some(market.snapshot()));
    let account = read.holdings(market.schedule())?;
    let figures = margin(&account, market.market()).map_err(|e| {
        let failure =
            beyond(&market, &e).unwrap_or_else(|| Failure::in_the_open(&ProveError::Rule(e)));
        failure.in_file(&files::name_of(&a.account)).warned(warnings.clone())
    })?;
    let sheet = Sheet::new(&market, &account, &figures);
    let (mut text, mut result) = (sheet.text(), sheet.json());
    let rules = Rules::of(&market);
    text.line(format!("rules: {rules}"));
    result["rules"] = rules.json();
    let mut exit = Exit::Ok;
    let mut reason = None;
    if let Some(claim) = claim {
        let equality = market.market().terms().equality_is_healthy;
        let shortfall = Shortfall::of(&figures, &claim, equality);
        let decimals = market.schedule().margin_decimals();
        let missing = shortfall.as_ref().map(|s| format_scaled(s.equity(), decimals));
        let books = shortfall.as_ref().map(|s| isolated::Missing::all(&market, &account, s));
        let books = books.unwrap_or_default();
        match &missing {
            None => text.line("The claim is met."),
            Some(missing) if books.is_empty() => {
                text.line(format!("The claim is not met: {missing} of equity is missing."));
            }
            Some(missing) => {
                let met = shortfall.as_ref().is_some_and(|s| s.equity().is_zero());
                let cross = if met { "nothing".to_owned() } else { format!("{missing} of equity") };
                text.line(format!("The claim is not met: {cross} is missing in the cross book."));
                books.iter().for_each(|missing| text.line(missing.sentence()));
            }
        }
        let books = books.iter().map(isolated::Missing::json);
        result["claim_met"] = json!(missing.is_none());
        result["shortfall"] = json!(missing);
        result["isolated_shortfalls"] = books.collect();
        if shortfall.is_some() {
            exit = Exit::Invalid;
            reason = Some(("ClaimNotMet", "the account does not meet the claim".to_owned()));
        }
    }
    let mut outcome = Outcome::done(text, result);
    outcome.exit = exit;
    outcome.reason = reason;
    outcome.warnings = warnings;
    Ok(outcome)
}
