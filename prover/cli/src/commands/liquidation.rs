//! `zkmargin liquidation`: the prices at which an account's books stop meeting a claim.

use super::Run;
use super::margin::{align, beyond, side, table};
use super::portfolio;
use crate::exit::Exit;
use crate::failure::{Failure, Result, Warning};
use crate::files;
use crate::outcome::{Form, Outcome};
use crate::resolve;
use crate::shared::{Global, Market};
use crate::text::Text;
use clap::Args;
use num_bigint::BigInt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Account, Book, Position, RuleError};
use zkmargin_model::shown::shown;
use zkmargin_params::portfolio::is_portfolio_schedule;
use zkmargin_params::{CompiledMarket, MAX_FILE_BYTES, Unit};
use zkmargin_policy::Rules;
use zkmargin_prover::ProveError;
use zkmargin_risk::{
    BookRisk, Boundary, JointMoves, Liquidation, MAX_FALL_BPS, MAX_RISE_BPS, Move, PositionPrices,
    RiskError, distance, liquidation, quoting_assets,
};

#[derive(Debug, Args)]
pub struct LiquidationArguments {
    /// Private account; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    #[command(flatten)]
    pub market: Market,
    #[command(flatten)]
    pub claim: ClaimArguments,
    /// Asset whose index price stays when all prices move [default: those that linear instruments settle in, and the
    /// valuation currency, with what is named after it]
    #[arg(long, value_name = "ASSET")]
    pub fixed: Vec<String>,
    /// Of a portfolio account: distance of the prices that are computed [default: about a thousandth of the price]
    #[arg(long, value_name = "PRICE")]
    pub step: Option<String>,
    /// Of a portfolio account: how far from the price they go, in percent [default: 50]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=99))]
    pub range: Option<u32>,
}

/// The claim whose boundary is looked for.
#[derive(Debug, Args)]
pub struct ClaimArguments {
    /// Level to meet, by its name on the menu or in basis points [default: the margin itself]
    #[arg(long, value_name = "LEVEL")]
    pub claim: Option<String>,
    /// Equity floor to meet, in the valuation currency
    #[arg(long, value_name = "AMOUNT", default_value = "0", requires = "claim")]
    pub floor: String,
}

impl ClaimArguments {
    /// The claim; that of the whole margin need not be on the menu.
    pub fn of(&self, market: &CompiledMarket) -> Result<Claim> {
        match &self.claim {
            Some(claim) => resolve::menu_claim(market.schedule(), claim, &self.floor),
            None => Ok(Claim::margin()),
        }
    }
}

impl Run for LiquidationArguments {
    fn name(&self) -> &'static str {
        "liquidation"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        run(self, global.form())
    }
}

/// Digits after the point of a distance in percent.
const PERCENT_DECIMALS: u32 = 4;

/// Explains a refusal of the risk computation.
pub fn refused(market: &CompiledMarket, error: RiskError, warnings: &[Warning]) -> Failure {
    let failure = match error {
        RiskError::Rule(e) => {
            beyond(market, &e).unwrap_or_else(|| Failure::in_the_open(&ProveError::Rule(e)))
        }
        undecided @ RiskError::Undecided { .. } => {
            Failure::new(Exit::Malformed, "Undecided", undecided.to_string())
        }
        other @ (RiskError::Elements { .. }
        | RiskError::OpenOrders { .. }
        | RiskError::RoundedSums) => {
            let help = "`zkmargin margin` shows the figures at these prices, and `zkmargin what-if` those after trades and deposits";
            Failure::new(Exit::Malformed, "NotSearched", other.to_string()).help(help)
        }
    };
    failure.warned(warnings.to_vec())
}

/// Explains where the rule ends.
fn ends(market: &CompiledMarket, why: &RuleError) -> String {
    beyond(market, why).map_or_else(|| why.to_string(), |failure| failure.to_string())
}

/// The assets whose index prices stay.
fn fixed(a: &LiquidationArguments, market: &CompiledMarket) -> Result<BTreeSet<u32>> {
    if a.fixed.is_empty() {
        return Ok(quoting_assets(market));
    }
    let one = |symbol: &String| {
        let asset = market.schedule().asset(symbol).map(|asset| asset.id);
        asset.ok_or_else(|| unlisted("--fixed", "asset", symbol))
    };
    a.fixed.iter().map(one).collect()
}

/// A symbol in an option that the schedule does not list.
pub fn unlisted(option: &str, what: &str, symbol: &str) -> Failure {
    Failure::usage(format!("{option}: the schedule does not list {what} {symbol:?}"))
}

/// Basis points as percent.
fn percent(bps: u32) -> String {
    format_scaled(&bps.into(), 2)
}

/// Symbol of the settlement asset whose book it is, where each has one.
fn settlement_asset(market: &CompiledMarket, asset: Option<u32>) -> Option<String> {
    let listed = market.schedule().assets().iter().find(|listed| Some(listed.id) == asset);
    listed.map(|asset| asset.symbol.clone())
}

/// Symbols of instruments.
fn symbols<'a>(market: &'a CompiledMarket, ids: &[u32]) -> Vec<&'a str> {
    let listed = ids.iter().filter_map(|id| market.schedule().instrument_of_id(*id));
    listed.map(|instrument| instrument.symbol.as_str()).collect()
}

/// What joint moves do to a cross book, in one line.
fn joint_line(market: &CompiledMarket, book: &str, joint: &JointMoves, fixed: &[String]) -> String {
    let of = |way: &Move, farthest| match way {
        Move::Crossed => "now".to_owned(),
        Move::By(bps) => format!("{} %", percent(*bps)),
        Move::Never => format!("none up to {} %", percent(farthest)),
        Move::Undefined { bps, why } => {
            format!("none before the rule ends at {} % ({})", percent(*bps), ends(market, why))
        }
    };
    let worst = joint.worst().map_or("none".to_owned(), |bps| format!("{} %", percent(bps)));
    let mut stay =
        if fixed.is_empty() { String::new() } else { format!("; {} stays", fixed.join(", ")) };
    let at_zero = symbols(market, &joint.at_zero);
    if !at_zero.is_empty() {
        stay += &format!(
            "; {} stays at a mark of zero, of which every part is zero",
            at_zero.join(", ")
        );
    }
    format!(
        "The {book} when all prices move together, in steps of 0.01 %: falling {}, rising {}; worst {worst}{stay}.",
        of(&joint.falling, MAX_FALL_BPS),
        of(&joint.rising, MAX_RISE_BPS)
    )
}

fn joint_json(market: &CompiledMarket, book: &BookRisk, fixed: &[String]) -> Value {
    let joint = &book.joint;
    let asset = settlement_asset(market, book.asset);
    let of = |way: &Move| match way {
        Move::Crossed => json!({ "status": "crossed", "percent": "0", "why": null }),
        Move::By(bps) => json!({ "status": "at", "percent": percent(*bps), "why": null }),
        Move::Never => json!({ "status": "none", "percent": null, "why": null }),
        Move::Undefined { bps, why } => {
            let why = ends(market, why);
            json!({ "status": "undefined", "percent": percent(*bps), "why": why })
        }
    };
    json!({
        "settlement_asset": asset,
        "falling": of(&joint.falling),
        "rising": of(&joint.rising),
        "worst_percent": joint.worst().map(percent),
        "fixed": fixed,
        "at_zero": symbols(market, &joint.at_zero),
    })
}

/// One direction of a price.
struct Way {
    status: &'static str,
    /// The mark, its distance and the distance in percent.
    price: Option<[String; 3]>,
    /// Why the rule is undefined there.
    why: Option<String>,
}

impl Way {
    fn new(market: &CompiledMarket, unit: Unit, from: &BigInt, boundary: &Boundary) -> Self {
        let price = |mark: &BigInt| {
            let percent = format_scaled(&distance(mark, from), PERCENT_DECIMALS);
            [unit.figure(mark).to_string(), unit.figure(&(mark - from)).to_string(), percent]
        };
        let (status, price, why) = match boundary {
            Boundary::Crossed => ("crossed", None, None),
            Boundary::Never => ("none", None, None),
            Boundary::At(mark) => ("at", Some(price(mark)), None),
            Boundary::Undefined { mark, why } => {
                ("undefined", Some(price(mark)), Some(ends(market, why)))
            }
        };
        Self { status, price, why }
    }

    fn cells(&self) -> [String; 2] {
        match (&self.price, self.status) {
            (Some([mark, _, percent]), "at") => [mark.clone(), percent.clone()],
            (Some([mark, _, percent]), _) => [format!("rule ends {mark}"), percent.clone()],
            (None, "crossed") => ["now".to_owned(), "0".to_owned()],
            (None, _) => ["none".to_owned(), String::new()],
        }
    }

    fn json(&self) -> Value {
        let of = |at: usize| self.price.as_ref().map(|price| &price[at]);
        json!({
            "status": self.status,
            "price": of(0),
            "distance": of(1),
            "percent": of(2),
            "why": self.why,
        })
    }
}

struct Row {
    instrument: String,
    side: &'static str,
    book: &'static str,
    mark: String,
    falling: Way,
    rising: Way,
}

impl Row {
    fn new(market: &CompiledMarket, p: &Position, prices: &PositionPrices) -> Option<Self> {
        let instrument = market.schedule().instrument_of_id(p.instrument)?;
        let mark = &prices.mark;
        let unit = instrument.price_unit;
        let way = |boundary| Way::new(market, unit, mark, boundary);
        Some(Self {
            instrument: instrument.symbol.clone(),
            side: side(p),
            book: if p.book == Book::Isolated { "isolated" } else { "cross" },
            mark: unit.figure(mark).to_string(),
            falling: way(&prices.falling),
            rising: way(&prices.rising),
        })
    }

    fn json(&self) -> Value {
        json!({
            "instrument": self.instrument,
            "side": self.side,
            "book": self.book,
            "mark": self.mark,
            "falling": self.falling.json(),
            "rising": self.rising.json(),
        })
    }
}

fn rows(market: &CompiledMarket, account: &Account, found: &Liquidation) -> Vec<Row> {
    let positions = account.positions().iter().zip(&found.positions);
    positions.filter_map(|(p, prices)| Row::new(market, p, prices)).collect()
}

fn text_of(rows: &[Row]) -> Text {
    let header = ["instrument", "side", "book", "mark", "falling", "%", "rising", "%"];
    let mut out = table(&header);
    for row in rows {
        let ([low, down], [high, up]) = (row.falling.cells(), row.rising.cells());
        let instrument = shown(&row.instrument).into_owned();
        let (side, book) = (row.side.to_owned(), row.book.to_owned());
        out.add_row([instrument, side, book, row.mark.clone(), low, down, high, up]);
    }
    align(&mut out, &[3, 4, 5, 6, 7]);
    out.lines().collect()
}

fn run(a: &LiquidationArguments, form: Form) -> Result<Outcome> {
    files::one_stream(&[&a.account, &a.market.schedule, &a.market.snapshot])?;
    let schedule = files::read(&a.market.schedule, MAX_FILE_BYTES)?;
    if is_portfolio_schedule(&schedule) {
        return portfolio::liquidation::run(a, &schedule);
    }
    if a.step.is_some() || a.range.is_some() {
        let message =
            "--step and --range are of portfolio accounts: for others no tick is left out";
        return Err(Failure::usage(message));
    }
    let schedule = resolve::schedule_in(&schedule, &a.market.schedule)?;
    let market = resolve::market_of(&schedule, &a.market.snapshot)?;
    let claim = a.claim.of(&market)?;
    let read = resolve::ReadAccount::open(&a.account, market.schedule())?;
    let warnings = read.warnings(market.schedule(), Some(market.snapshot()));
    let account = read.holdings(market.schedule())?;
    let fixed = fixed(a, &market)?;
    let found = liquidation(&market, &account, &claim, &fixed)
        .map_err(|e| refused(&market, e, &warnings).in_file(&files::name_of(&a.account)))?;
    let rows = rows(&market, &account, &found);
    let mut text = form.text(|| text_of(&rows));
    let mut whys: Vec<&String> = Vec::new();
    for why in rows.iter().flat_map(|r| [&r.falling, &r.rising]).filter_map(|w| w.why.as_ref()) {
        if !whys.contains(&why) {
            whys.push(why);
        }
    }
    whys.iter().for_each(|why| text.line(format!("Where the rule ends, {why}.")));
    text.line(
        "Each price is the first tick at which the book does not meet the claim when it alone moves; percentages are cut.",
    );
    let listed = market.schedule().assets().iter().filter(|asset| fixed.contains(&asset.id));
    let fixed: Vec<_> = listed.map(|asset| asset.symbol.clone()).collect();
    for book in &found.books {
        let name = settlement_asset(&market, book.asset);
        let name = name.map_or("cross book".to_owned(), |asset| format!("book of {asset}"));
        text.line(joint_line(&market, &name, &book.joint, &fixed));
    }
    let rules = Rules::of(&market);
    text.line(format!("rules: {rules}"));
    let is_met = found.is_met();
    let joint = found.books.iter().map(|book| joint_json(&market, book, &fixed));
    let mut result = json!({
        "joint": joint.collect::<Vec<_>>(),
        "level_bps": claim.level_bps(),
        "claim_met": is_met,
        "rules": rules.json(),
    });
    result["positions"] = form.json(|| rows.iter().map(Row::json).collect());
    let mut outcome = Outcome::done(text, result);
    if !is_met {
        outcome.text.line("The claim is not met at the snapshot's prices.");
        outcome.exit = Exit::Invalid;
        outcome.reason = Some(("ClaimNotMet", "the account does not meet the claim".to_owned()));
    }
    outcome.warnings = warnings;
    Ok(outcome)
}
