//! `zkmargin what-if`: an account after trades, deposits and prices, and what cures a shortfall.

use super::Run;
use super::liquidation::{ClaimArguments, refused, unlisted};
use super::margin::{AllBooks, Amount, align, side, table};
use super::portfolio;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::{Form, Outcome};
use crate::resolve;
use crate::shared::{Global, Market};
use crate::text::Text;
use clap::Args;
use num_bigint::BigInt;
use serde_json::{Value, json};
use std::path::PathBuf;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::{Decimal, parse_scaled, power_of_ten};
use zkmargin_model::rule::{Account, Book, Position, RuleError, Side};
use zkmargin_model::shown::shown;
use zkmargin_params::portfolio::is_portfolio_schedule;
use zkmargin_params::{
    Asset, CompiledMarket, DecimalText, Instrument, MAX_DECIMALS, MAX_FILE_BYTES, Schedule,
    SnapshotFile, Unit, compile,
};
use zkmargin_policy::Rules;
use zkmargin_risk::{
    ChangeError, Cure, Cures, RiskError, Trade, books, by_figure, cures, deposit, has_orders,
    supported, trade,
};

#[derive(Debug, Args)]
pub struct WhatIf {
    /// Private account; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    #[command(flatten)]
    pub market: Market,
    #[command(flatten)]
    pub claim: ClaimArguments,
    /// Trade in the cross book, INSTRUMENT=SIZE@PRICE, negative to sell; without @PRICE at the mark; INSTRUMENT:long or
    /// INSTRUMENT:short where both sides are held
    #[arg(long, value_name = "TRADE")]
    pub trade: Vec<String>,
    /// Deposit into the cross book, ASSET=AMOUNT, negative to withdraw
    #[arg(long, value_name = "DEPOSIT")]
    pub deposit: Vec<String>,
    /// Mark of an instrument, INSTRUMENT=MARK; of a portfolio account the public price of an underlying, with which its
    /// forwards move
    #[arg(long, value_name = "PRICE")]
    pub price: Vec<String>,
    /// Index price of an asset, ASSET=PRICE; where there is a bid and an ask, or a price that converts requirements, all of
    /// them
    #[arg(long, value_name = "PRICE")]
    pub index: Vec<String>,
}

impl Run for WhatIf {
    fn name(&self) -> &'static str {
        "what-if"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        run(self, global.form())
    }
}

/// The two parts of `NAME=FIGURE`; a name can have equals signs.
pub(super) fn split<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    let parts = text.rsplit_once('=');
    parts.ok_or_else(|| Failure::usage(format!("{option} takes NAME=FIGURE, not {text:?}")))
}

pub(super) fn figure(option: &str, text: &str) -> Result<DecimalText> {
    let bad = |e| Failure::usage(format!("{option} {text:?} {e}"));
    Decimal::parse(text).map(|_| DecimalText::new(text)).map_err(bad)
}

pub(super) fn scaled(option: &str, text: &str, decimals: u32) -> Result<BigInt> {
    parse_scaled(text, decimals).map_err(|e| Failure::usage(format!("{option} {text:?} {e}")))
}

/// A figure in units, of which it is a whole number.
fn counted(option: &str, text: &str, unit: Unit) -> Result<BigInt> {
    let figure = Decimal::parse(text);
    let figure = figure.map_err(|e| Failure::usage(format!("{option} {text:?} {e}")))?;
    let whole = unit.count(&figure);
    whole
        .ok_or_else(|| Failure::usage(format!("{option} {text:?} is not a whole number of {unit}")))
}

/// Whether a balance of an asset is another amount of it: interest has accrued on a deposit or a debt.
fn has_interest(market: &CompiledMarket, asset: &Asset) -> bool {
    let terms = market.asset_in_its_book(asset);
    let Some(interest) = terms.and_then(|terms| terms.elements.amount.as_ref()) else {
        return false;
    };
    let [balance, amount] = [asset.balance_unit, asset.amount_unit].map(|unit| unit.decimals);
    // So many units that an index's last digit shows in them.
    let shares = power_of_ten(balance + 2 * MAX_DECIMALS);
    [shares.clone(), -shares].iter().any(|shares| {
        let accrued = interest.apply(shares) * power_of_ten(balance);
        accrued != shares * power_of_ten(amount)
    })
}

/// Refuses another mark where a figure of the snapshot takes its place: what follows from the figure would stay.
fn not_by_figure(schedule: &Schedule, symbol: &str) -> Result<()> {
    let listed = schedule.instrument(symbol);
    if !listed.is_some_and(|i| by_figure(schedule, i).is_any()) {
        return Ok(());
    }
    let message = format!(
        "--price: another figure of the snapshot takes the place of the mark of {symbol:?}, and would stay as it is"
    );
    let help = "change both in a copy of the snapshot, and pass that";
    Err(Failure::new(Exit::Malformed, "NotSearched", message).help(help))
}

/// Puts the prices of the options into the snapshot.
fn priced(a: &WhatIf, schedule: &Schedule, file: &mut SnapshotFile) -> Result<()> {
    for text in &a.price {
        let (symbol, price) = split("--price", text)?;
        let price = figure("--price", price)?;
        not_by_figure(schedule, symbol)?;
        let listed = file.instruments.iter_mut().find(|i| i.instrument == symbol);
        listed.ok_or_else(|| unlisted("--price", "instrument", symbol))?.mark = Some(price);
    }
    for text in &a.index {
        let (symbol, price) = split("--index", text)?;
        let price = figure("--index", price)?;
        let listed = file.assets.iter_mut().find(|i| i.asset == symbol);
        let asset = listed.ok_or_else(|| unlisted("--index", "asset", symbol))?;
        if schedule.file().bid_and_ask {
            (asset.bid, asset.ask) = (Some(price.clone()), Some(price));
        } else {
            // What converts requirements is a price of the asset too.
            asset.requirement_index = asset.requirement_index.as_ref().map(|_| price.clone());
            asset.index = Some(price);
        }
    }
    Ok(())
}

/// An instrument, and the side that a suffix names.
fn traded_instrument<'a>(
    schedule: &'a Schedule,
    name: &str,
) -> Result<(&'a Instrument, Option<Side>)> {
    if let Some(instrument) = schedule.instrument(name) {
        return Ok((instrument, None));
    }
    let sides = [(":long", Side::Long), (":short", Side::Short)];
    let of = sides.iter().find_map(|(suffix, side)| {
        Some((schedule.instrument(name.strip_suffix(suffix)?)?, Some(*side)))
    });
    of.ok_or_else(|| unlisted("--trade", "instrument", name))
}

fn asked_trade(market: &CompiledMarket, text: &str) -> Result<Trade> {
    let (name, rest) = split("--trade", text)?;
    let (instrument, side) = traded_instrument(market.schedule(), name)?;
    let (size, price) = match rest.split_once('@') {
        Some((size, price)) => (size, Some(price)),
        None => (rest, None),
    };
    let size = scaled("--trade", size, instrument.size_decimals)?;
    let price = match price {
        Some(price) => counted("--trade", price, instrument.price_unit)?,
        None => {
            let prices = &market.snapshot().instruments;
            let at = prices.binary_search_by_key(&instrument.id, |price| price.id);
            let mark = at.ok().and_then(|at| prices.get(at)).map(|price| price.mark.clone());
            mark.ok_or_else(|| unlisted("--trade", "instrument", name))?
        }
    };
    Ok(Trade { instrument: instrument.id, side, size, price })
}

pub(super) fn not_traded(text: &str, error: &ChangeError) -> Failure {
    let failure = |why: &dyn std::fmt::Display| Failure::usage(format!("--trade {text:?}: {why}"));
    match error {
        ChangeError::BothSides { .. } => {
            let name = text.rsplit_once('=').map_or(text, |(name, _)| name);
            failure(&"the instrument is held on both sides").help(format!(
                "write {name}:long or {name}:short for the side that the trade changes"
            ))
        }
        ChangeError::ClosesTooMuch { .. } => {
            failure(&"the trade closes more than is held on that side")
        }
        ChangeError::Price { .. } => failure(&"no snapshot can have this price"),
        other => failure(other),
    }
}

/// Refuses a trade of which the rule's figures do not say what it does: in what another figure than a price values, and
/// where open orders count with the position.
fn tradable(market: &CompiledMarket, account: &Account, asked: &Trade) -> Result<()> {
    let schedule = market.schedule();
    let Some(instrument) = schedule.instrument_of_id(asked.instrument) else { return Ok(()) };
    let symbol = &instrument.symbol;
    let mut of_instrument = account.positions().iter().enumerate();
    let why = if by_figure(schedule, instrument).value {
        RiskError::Elements { symbol: symbol.clone() }
    } else if of_instrument.any(|(at, p)| p.instrument == instrument.id && has_orders(account, at))
    {
        RiskError::OpenOrders { symbol: symbol.clone() }
    } else {
        return Ok(());
    };
    let message = format!("--trade: {why}");
    Err(Failure::new(Exit::Malformed, "NotSearched", message)
        .help("change the account in a copy of its file, and pass that"))
}

/// The account after the trades and deposits.
fn changed(a: &WhatIf, market: &CompiledMarket, account: &Account) -> Result<Account> {
    let mut account = account.clone();
    for text in &a.trade {
        let asked = asked_trade(market, text)?;
        tradable(market, &account, &asked)?;
        account = trade(market, &account, &asked).map_err(|e| not_traded(text, &e))?;
    }
    for text in &a.deposit {
        let (symbol, amount) = split("--deposit", text)?;
        let asset = market.schedule().asset(symbol);
        let asset = asset.ok_or_else(|| unlisted("--deposit", "asset", symbol))?;
        let amount = counted("--deposit", amount, asset.balance_unit)?;
        account = deposit(market, &account, asset.id, &amount)
            .map_err(|e| Failure::usage(format!("--deposit {text:?}: {e}")))?;
    }
    Ok(account)
}

/// What is deposited in shares.
fn deposited<'a>(a: &'a WhatIf, market: &'a CompiledMarket) -> impl Iterator<Item = &'a Asset> {
    let symbols = a.deposit.iter().filter_map(|text| text.rsplit_once('='));
    let assets = symbols.filter_map(|(symbol, _)| market.schedule().asset(symbol));
    assets.filter(|asset| has_interest(market, asset))
}

/// An account at a market, before or after.
struct State<'a> {
    market: &'a CompiledMarket,
    account: &'a Account,
    all: AllBooks<'a>,
    is_met: bool,
}

impl<'a> State<'a> {
    fn new(market: &'a CompiledMarket, account: &'a Account, claim: &Claim) -> Result<Self> {
        let undefined = |e: RuleError| refused(market, e.into(), &[]);
        let all = AllBooks::of(market, account).map_err(undefined)?;
        let books = books(market, account, claim).map_err(undefined)?;
        let is_met = books.iter().all(|book| book.is_met);
        Ok(Self { market, account, all, is_met })
    }

    fn instrument(&self, p: &Position) -> Option<&Instrument> {
        self.market.schedule().instrument_of_id(p.instrument)
    }

    /// Instrument and side, size, requirement and profit of a position.
    fn position(&self, key: (Book, u32, Side)) -> Option<[String; 2]> {
        let positions = self.account.positions();
        let at = positions.binary_search_by_key(&key, |p| (p.book, p.instrument, p.side)).ok()?;
        let (p, m) = (positions.get(at)?, self.all.figures.positions.get(at)?);
        let size = Amount::new(&BigInt::from(p.size.clone()), self.instrument(p)?.size_decimals);
        let unit = self.market.schedule().margin_amount_unit();
        Some([size.exact(), Amount::counted(&m.requirement, unit).shown()])
    }
}

fn book(of: Book) -> &'static str {
    if of == Book::Isolated { "isolated" } else { "cross" }
}

fn side_by_side(before: &State<'_>, after: &State<'_>) -> Text {
    let mut positions = table(&[
        "instrument",
        "side",
        "book",
        "size before",
        "after",
        "requirement before",
        "after",
    ]);
    let all = before.account.positions().iter().chain(after.account.positions());
    let mut seen = std::collections::BTreeSet::new();
    for p in all {
        let key = (p.book, p.instrument, p.side);
        if !seen.insert(key) {
            continue;
        }
        let none = || ["none".to_owned(), "0".to_owned()];
        let [size, required] = before.position(key).unwrap_or_else(none);
        let [new_size, new_required] = after.position(key).unwrap_or_else(none);
        let symbol = after.instrument(p).map_or(String::new(), |i| shown(&i.symbol).into_owned());
        let (side, book) = (side(p).to_owned(), book(p.book).to_owned());
        positions.add_row([symbol, side, book, size, new_size, required, new_required]);
    }
    align(&mut positions, &[3, 4, 5, 6]);
    let mut sums = table(&["cross book", "before", "after"]);
    for ((name, a), (_, b)) in before.all.summary().into_iter().zip(after.all.summary()) {
        sums.add_row([name, a, b]);
    }
    let met = |state: &State<'_>| if state.is_met { "met" } else { "not met" }.to_owned();
    sums.add_row(["claim, all books".to_owned(), met(before), met(after)]);
    align(&mut sums, &[1, 2]);
    let mut text: Text = positions.lines().collect();
    text.line("");
    sums.lines().for_each(|line| text.line(line));
    text
}

/// One cure, in words and for programs.
pub(super) struct Remedy {
    pub(super) what: String,
    pub(super) json: Value,
}

impl Remedy {
    /// `None` if it is not needed.
    pub(super) fn new(
        what: &str,
        name: &str,
        of: [&str; 2],
        cure: &Cure,
        unit: Unit,
    ) -> Option<Self> {
        let amount = match cure {
            Cure::Unneeded => return None,
            Cure::Least(amount) => Some(Amount::counted(amount, unit).exact()),
            Cure::Never => None,
        };
        let [side, book] = of;
        let shown_name = shown(name);
        let what_of = match what {
            "deposit" => format!("deposit of {shown_name}"),
            "margin" => format!("margin for the isolated {side} position in {shown_name}"),
            _ => format!("reduction of the {book} {side} position in {shown_name}"),
        };
        let least = amount.clone().unwrap_or_else(|| "none suffices".to_owned());
        let key = if what == "deposit" { "asset" } else { "instrument" };
        let mut json = json!({ "kind": what, key: name, "amount": amount });
        if what != "deposit" {
            json["side"] = json!(side);
            json["book"] = json!(book);
        }
        Some(Self { what: format!("least {what_of}: {least}"), json })
    }

    /// The same of an asset in which balances are shares.
    fn before_interest(mut self, has_interest: bool) -> Self {
        if has_interest {
            self.what.push_str(", before interest");
            self.json["before_interest"] = json!(true);
        }
        self
    }

    /// A reduction that nobody looked for.
    pub(super) fn not_searched(name: &str, [side, book]: [&str; 2], why: &str) -> Self {
        let json = json!({
            "kind": "reduction", "instrument": name, "amount": null, "side": side, "book": book, "why": why,
        });
        let name = shown(name);
        Self {
            what: format!("reduction of the {book} {side} position in {name}: not searched, {why}"),
            json,
        }
    }
}

const AT_ENTRY: &str = "its requirement is of its value at entry, which is not known of a part";

fn remedies(market: &CompiledMarket, account: &Account, found: &Cures) -> Vec<Remedy> {
    let schedule = market.schedule();
    let mut all = Vec::new();
    for (asset, (_, cure)) in schedule.assets().iter().zip(&found.deposits) {
        let least = Remedy::new("deposit", &asset.symbol, ["", ""], cure, asset.balance_unit);
        all.extend(least.map(|least| least.before_interest(has_interest(market, asset))));
    }
    let allocated = schedule.allocation_asset();
    let allocated_with_interest = allocated.is_some_and(|asset| has_interest(market, asset));
    for (p, cure) in account.positions().iter().zip(&found.positions) {
        let listed = schedule.instruments();
        let at = listed.binary_search_by_key(&p.instrument, |i| i.id);
        let Some(i) = at.ok().and_then(|at| listed.get(at)) else { continue };
        let of = [side(p), book(p.book)];
        let reduction = cure.reduction.as_ref();
        all.extend(reduction.map_or_else(
            || Some(Remedy::not_searched(&i.symbol, of, AT_ENTRY)),
            |cure| {
                let unit = Unit::of_decimals(i.size_decimals);
                Remedy::new("reduction", &i.symbol, of, cure, unit)
            },
        ));
        let margin = cure.margin.as_ref();
        let unit = allocated.map_or(i.settle_unit, |asset| asset.balance_unit);
        let least = margin.and_then(|cure| Remedy::new("margin", &i.symbol, of, cure, unit));
        all.extend(least.map(|least| least.before_interest(allocated_with_interest)));
    }
    all
}

fn run(a: &WhatIf, form: Form) -> Result<Outcome> {
    files::one_stream(&[&a.account, &a.market.schedule, &a.market.snapshot])?;
    let schedule = files::read(&a.market.schedule, MAX_FILE_BYTES)?;
    if is_portfolio_schedule(&schedule) {
        return portfolio::what_if::run(a, &schedule);
    }
    let schedule = resolve::schedule_in(&schedule, &a.market.schedule)?;
    let (mut file, market) = resolve::snapshot_and_market(&schedule, &a.market.snapshot)?;
    let claim = a.claim.of(&market)?;
    let read = resolve::ReadAccount::open(&a.account, &schedule)?;
    let warnings = read.warnings(&schedule, Some(market.snapshot()));
    let account = read.holdings(&schedule)?;
    priced(a, &schedule, &mut file)?;
    let at_prices = compile(&schedule, &file).map_err(|e| {
        let message = format!("with these prices, {} {}: {}", e.file, e.pointer, e.message);
        Failure::new(Exit::Usage, e.code.as_str(), message)
    })?;
    let changed = changed(a, &at_prices, &account)?;
    // The figures are the rule's own; only what would have to be searched is left out.
    let checked = [&account, &changed].map(|of| supported(&market, of));
    let not_searched = checked.into_iter().find_map(std::result::Result::err);
    let named = |failure: Failure| failure.in_file(&files::name_of(&a.account));
    let before = State::new(&market, &account, &claim).map_err(named)?;
    let after = State::new(&at_prices, &changed, &claim).map_err(named)?;
    let mut text = form.text(|| side_by_side(&before, &after));
    for asset in deposited(a, &at_prices) {
        let symbol = shown(&asset.symbol);
        text.line(format!(
            "the deposit of {symbol} is before interest, as a balance of the account file is"
        ));
    }
    let is_cured = !after.is_met && not_searched.is_none();
    let found = match is_cured {
        false => Vec::new(),
        true => {
            let found = cures(&at_prices, &changed, &claim);
            let found = found.map_err(|e| named(refused(&at_prices, e, &warnings)))?;
            remedies(&at_prices, &changed, &found)
        }
    };
    if let Some(why) = &not_searched {
        text.line(format!("Liquidation prices and cures are not searched here: {why}."));
    }
    if is_cured {
        text.line("Each of these alone, and not a unit less, makes its book meet the claim:");
        found.iter().for_each(|remedy| text.line(&remedy.what));
    }
    let rules = Rules::of(&market);
    text.line(format!("rules: {rules}"));
    let state = |state: &State<'_>| {
        let mut json = form.json(|| state.all.sheet().json());
        json["claim_met"] = json!(state.is_met);
        json
    };
    let mut result = json!({
        "level_bps": claim.level_bps(),
        "cures": found.into_iter().map(|remedy| remedy.json).collect::<Vec<_>>(),
        "not_searched": not_searched.as_ref().map(ToString::to_string),
        "rules": rules.json(),
    });
    (result["before"], result["after"]) = (state(&before), state(&after));
    let mut outcome = Outcome::done(text, result);
    if !after.is_met {
        outcome.exit = Exit::Invalid;
        let message = "the account would not meet the claim";
        outcome.reason = Some(("ClaimNotMet", message.to_owned()));
    }
    outcome.warnings = warnings;
    Ok(outcome)
}
