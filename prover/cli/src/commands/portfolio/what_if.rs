//! `zkmargin what-if` of a portfolio account.

use super::super::liquidation::unlisted;
use super::super::margin::{Amount, align, side, table};
use super::super::what_if::{Remedy, WhatIf, figure, not_traded, scaled, split};
use super::figures::Units;
use super::requirement::{Answer, Computed, Sheet, undefined};
use super::{Held, claim_of, json as sheet, open, required_market, text};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::text::Text;
use num_bigint::BigInt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::portfolio::{Market, margin};
use zkmargin_model::rule::Account;
use zkmargin_model::shown::shown;
use zkmargin_params::Unit;
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSnapshotFile};
use zkmargin_risk::portfolio::{
    MoveError, PortfolioCures, PortfolioTrade, Reduction, TradePrice, cures, deposit, moved, trade,
};

fn parsed(option: &str, text: &str) -> Result<Decimal> {
    Decimal::parse(text).map_err(|e| Failure::usage(format!("{option} {text:?} {e}")))
}

fn not_moved(option: &str, error: &MoveError) -> Failure {
    match error {
        MoveError::Published => {
            Failure::new(Exit::Malformed, "NotSearched", format!("{option}: {error}"))
        }
        other => Failure::usage(format!("{option}: {other}")),
    }
}

/// The snapshot with the prices of the options.
fn priced(a: &WhatIf, held: &Held) -> Result<PortfolioSnapshotFile> {
    let schedule = held.market.schedule();
    let mut file = held.prices.clone();
    let is_derived = schedule.file().derived.is_some();
    let mut prices =
        a.price.iter().map(|text| split("--price", text)).collect::<Result<Vec<_>>>()?;
    let is_underlying = |name: &str| schedule.file().indices.iter().any(|index| index == name);
    // An underlying moves what is linear in it, of which another price may be given.
    prices.sort_by_key(|(name, _)| (!is_underlying(name), *name));
    if let Some(name) = prices.windows(2).find(|two| two[0].0 == two[1].0).map(|two| two[0].0) {
        return Err(Failure::usage(format!("--price: {name} has two prices; pass one")));
    }
    for (name, price) in prices {
        if !is_derived {
            return Err(not_moved("--price", &MoveError::Published));
        }
        if is_underlying(name) {
            let price = parsed("--price", price)?;
            file = moved(schedule, &file, name, &price).map_err(|e| not_moved("--price", &e))?;
            continue;
        }
        let Some(listed) = schedule.instrument(name) else {
            return Err(unlisted("--price", "public price or instrument", name));
        };
        if listed.kind.is_option() {
            let message = "--price: the price of an option follows from its underlying";
            return Err(Failure::usage(message));
        }
        let price = figure("--price", price)?;
        let of = file.instruments.iter_mut().find(|i| i.instrument == name);
        of.ok_or_else(|| unlisted("--price", "instrument", name))?.value = Some(price);
    }
    for text in &a.index {
        let (name, price) = split("--index", text)?;
        if !is_derived {
            return Err(not_moved("--index", &MoveError::Published));
        }
        let price = figure("--index", price)?;
        let of = file.assets.iter_mut().find(|asset| asset.asset == name);
        of.ok_or_else(|| unlisted("--index", "asset", name))?.index = price;
    }
    Ok(file)
}

fn asked_trade(held: &Held, text: &str) -> Result<PortfolioTrade> {
    let (name, rest) = split("--trade", text)?;
    let listed = held.market.schedule().instrument(name);
    let listed = listed.ok_or_else(|| unlisted("--trade", "instrument", name))?;
    let (size, price) = match rest.split_once('@') {
        Some((size, price)) => (size, TradePrice::At(parsed("--trade", price)?)),
        None => (rest, TradePrice::Value),
    };
    let size = scaled("--trade", size, listed.size_decimals)?;
    Ok(PortfolioTrade { instrument: listed.id, size, price })
}

/// The account after the trades and deposits, at the market of a requirement.
fn changed(a: &WhatIf, held: &Held, market: &Market) -> Result<Account> {
    let schedule = held.market.schedule();
    let mut account = held.account.clone();
    for text in &a.trade {
        let asked = asked_trade(held, text)?;
        account = trade(schedule, market, &account, &asked).map_err(|e| not_traded(text, &e))?;
    }
    for text in &a.deposit {
        let (symbol, amount) = split("--deposit", text)?;
        let asset = schedule.asset(symbol);
        let asset = asset.ok_or_else(|| unlisted("--deposit", "asset", symbol))?;
        let amount = scaled("--deposit", amount, schedule.file().digits.entry)?;
        account = deposit(market, &account, asset.id, &amount)
            .map_err(|e| Failure::usage(format!("--deposit {text:?}: {e}")))?;
    }
    Ok(account)
}

fn sheets(held: &Held, units: &Units) -> Result<Vec<Sheet>> {
    let requirements = held.market.schedule().requirements();
    requirements.map(|requirement| Sheet::new(held, units, requirement)).collect()
}

fn sizes(held: &Held) -> BTreeMap<u32, (&'static str, String)> {
    let of = |p: &zkmargin_model::rule::Position| {
        let listed = held.market.schedule().instrument_of(p.instrument)?;
        let size = Amount::new(&BigInt::from(p.size.clone()), listed.size_decimals).exact();
        Some((p.instrument, (side(p), size)))
    };
    held.account.positions().iter().filter_map(of).collect()
}

fn side_by_side([before, after]: [&Held; 2], sheets: [&[Sheet]; 2], is_met: [bool; 2]) -> Text {
    let mut positions = table(&["instrument", "size before", "after"]);
    let [was, is] = [sizes(before), sizes(after)];
    let mut ids: Vec<_> = was.keys().chain(is.keys()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let symbol = before.market.schedule().instrument_of(*id);
        let symbol = symbol.map_or_else(String::new, |i| shown(&i.symbol).into_owned());
        let size = |of: &BTreeMap<u32, (&str, String)>| {
            of.get(id).map_or("none".to_owned(), |(side, size)| format!("{side} {size}"))
        };
        positions.add_row([symbol, size(&was), size(&is)]);
    }
    align(&mut positions, &[1, 2]);
    let mut sums = table(&["figure", "before", "after"]);
    let answers = |sheet: &Sheet, of: &dyn Fn(&Computed) -> String| match &sheet.answer {
        Answer::Computed(computed) => of(computed),
        Answer::Refused(_) => "refused".to_owned(),
    };
    type Shown = fn(&Computed) -> String;
    let figures: [(&str, Shown); 3] = [
        ("equity", |c| c.equity.shown()),
        ("", |c| c.required.shown()),
        ("excess of ", |c| c.excess.shown()),
    ];
    for (at, (a, b)) in sheets[0].iter().zip(sheets[1]).enumerate() {
        for (name, of) in figures {
            let name = match name {
                "equity" if at > 0 => continue,
                "equity" => name.to_owned(),
                prefix => format!("{prefix}{}", a.requirement.margin()),
            };
            sums.add_row([name, answers(a, &of), answers(b, &of)]);
        }
    }
    let met = |is_met: bool| if is_met { "met" } else { "not met" }.to_owned();
    sums.add_row(["claim".to_owned(), met(is_met[0]), met(is_met[1])]);
    align(&mut sums, &[1, 2]);
    let mut text: Text = positions.lines().collect();
    text.line("");
    sums.lines().for_each(|line| text.line(line));
    text
}

fn remedies(held: &Held, found: &PortfolioCures) -> Vec<Remedy> {
    let schedule = held.market.schedule();
    let digits = schedule.file().digits.entry;
    let mut all = Vec::new();
    for (id, cure) in &found.deposits {
        let symbol = schedule.asset_of(*id).map_or("", |asset| asset.symbol.as_str());
        all.extend(Remedy::new("deposit", symbol, ["", ""], cure, Unit::of_decimals(digits)));
    }
    for (p, reduction) in held.account.positions().iter().zip(&found.reductions) {
        let Some(i) = schedule.instrument_of(p.instrument) else { continue };
        let of = [side(p), "cross"];
        all.extend(match reduction {
            Reduction::Of(cure) => {
                Remedy::new("reduction", &i.symbol, of, cure, Unit::of_decimals(i.size_decimals))
            }
            Reduction::NotSearched(why) => Some(Remedy::not_searched(&i.symbol, of, why)),
        });
    }
    all
}

/// Runs the command on a schedule that was read and is of the portfolio format.
pub fn run(a: &WhatIf, schedule: &[u8]) -> Result<Outcome> {
    let before = open(&a.market, &a.account, schedule)?;
    let schedule = before.market.schedule();
    let (requirement, claim) = claim_of(&a.claim, schedule)?;
    let prices = priced(a, &before)?;
    let market = PortfolioMarket::compile(schedule, &prices).map_err(|e| {
        let message = format!("with these prices, {} {}: {}", e.file, e.pointer, e.message);
        Failure::new(Exit::Usage, e.code.as_str(), message)
    })?;
    let account = changed(a, &before, required_market(&market, requirement)?)?;
    let account_name = files::name_of(&a.account);
    let after = Held { market, prices, account, account_name };
    let is_met = |held: &Held, claim: &Claim| -> Result<bool> {
        let market = required_market(&held.market, requirement)?;
        let figures = margin(&held.account, market).map_err(|e| undefined(held, &e))?;
        Ok(figures.meets(claim, market))
    };
    let met = [is_met(&before, &claim)?, is_met(&after, &claim)?];
    let units = Units::of(schedule);
    let [was, is] = [sheets(&before, &units)?, sheets(&after, &units)?];
    let mut out = side_by_side([&before, &after], [&was, &is], met);
    let mut found = Vec::new();
    if !met[1] {
        let market = required_market(&after.market, requirement)?;
        let cures = cures(market, &after.account, &claim).map_err(|e| undefined(&after, &e))?;
        found = remedies(&after, &cures);
        out.line("Each of these alone, and not a unit less, makes the account meet the claim:");
        found.iter().for_each(|remedy| out.line(&remedy.what));
    }
    // Without derived loadings, no price of an underlying says what the venue would publish.
    let not_searched = schedule.file().derived.is_none().then(|| MoveError::Published.to_string());
    if let Some(why) = &not_searched {
        out.line(format!("Liquidation prices are not searched here: {why}."));
    }
    out.line(text::rules(schedule));
    let state = |held: &Held, sheets: &[Sheet], is_met: bool| -> Value {
        let mut state = sheet::of(held, sheets);
        state["claim_met"] = json!(is_met);
        state
    };
    let result = json!({
        "account": "portfolio",
        "before": state(&before, &was, met[0]),
        "after": state(&after, &is, met[1]),
        "requirement": requirement.name(),
        "level_bps": claim.level_bps(),
        "cures": found.into_iter().map(|remedy| remedy.json).collect::<Vec<_>>(),
        "not_searched": not_searched,
        "rules": sheet::rules(schedule),
    });
    let mut outcome = Outcome::done(out, result);
    if !met[1] {
        outcome.exit = Exit::Invalid;
        let message = "the account would not meet the claim";
        outcome.reason = Some(("ClaimNotMet", message.to_owned()));
    }
    Ok(outcome)
}
