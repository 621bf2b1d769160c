//! The venue's own figures: the answers of `GET /fapi/v2/account` (or v3), `/fapi/v2/positionRisk` (or v3) and
//! `/fapi/v2/balance`, or the event `ACCOUNT_UPDATE` of a user data stream.
//!
//! Several answers are the members `account`, `positionRisk` and `balance` of one object. A position's notional and margins
//! are in its settlement asset, which the answers need not name. Amounts are stated with eight digits, and truncated.

use super::{Binance, ImportError, Member, Venue};
use crate::venue::{
    BalanceOf, FigureKind, InitialRate, InitialRounding, StatedBalance, StatedPosition,
    StatesFigures, Subject, VenueFigures, magnitude,
};
use num_traits::Zero;
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

/// Digits that amounts are stated with.
const DECIMALS: u32 = 8;
/// The settlement asset of a position's instrument, or what an account's totals are in.
const SETTLEMENT: (&str, u32) = ("", DECIMALS);

impl StatesFigures for Binance {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let rounding = InitialRounding { decimals: DECIMALS, up: false };
        let mut stated = VenueFigures::new(Self::NAME, Some(rounding));
        if root.is_list() {
            list(&mut stated, &root)?;
        } else if root.member("assets").is_present() {
            account(&mut stated, &root)?;
        } else if root.member("a").is_present() {
            update(&mut stated, &root)?;
        } else {
            let [of_account, risk, balance] =
                ["account", "positionRisk", "balance"].map(|name| root.member(name));
            if ![&of_account, &risk, &balance].iter().any(|member| member.is_present()) {
                return Err(root.wrong(
                    "is none of the answers account, positionRisk and balance, nor an object of them",
                ));
            }
            if of_account.is_present() {
                account(&mut stated, &of_account)?;
            }
            for answer in [risk, balance].iter().filter(|answer| answer.is_present()) {
                list(&mut stated, answer)?;
            }
        }
        Ok(stated)
    }
}

fn optional(member: &Member<'_>) -> Result<Option<Decimal>, ImportError> {
    member.is_present().then(|| member.exact()).transpose()
}

fn is_zero(decimal: &Decimal) -> bool {
    decimal.coefficient().is_zero()
}

/// A list of balances or of positions.
fn list(stated: &mut VenueFigures, answer: &Member<'_>) -> Result<(), ImportError> {
    for entry in answer.list()? {
        if entry.member("positionAmt").is_present() {
            position(stated, &entry)?;
        } else {
            asset(stated, &entry, "balance")?;
        }
    }
    Ok(())
}

fn account(stated: &mut VenueFigures, root: &Member<'_>) -> Result<(), ImportError> {
    let has_totals = [
        ("totalWalletBalance", FigureKind::Balance),
        ("totalUnrealizedProfit", FigureKind::UnrealizedProfit),
        ("totalMarginBalance", FigureKind::Equity),
        ("totalMaintMargin", FigureKind::Maintenance),
        ("totalPositionInitialMargin", FigureKind::Initial),
        ("totalInitialMargin", FigureKind::InitialWithOrders),
    ];
    for (name, kind) in has_totals {
        stated.state(&root.member(name), kind, &Subject::Account, SETTLEMENT)?;
    }
    for listed in root.member("assets").list()? {
        asset(stated, &listed, "walletBalance")?;
    }
    for listed in root.member("positions").list()? {
        position(stated, &listed)?;
    }
    Ok(())
}

/// An asset of the account, whose balance has this name.
fn asset(stated: &mut VenueFigures, asset: &Member<'_>, wallet: &str) -> Result<(), ImportError> {
    let symbol = asset.member("asset").text()?;
    let (all, cross) = (Subject::Asset(symbol.to_owned()), Subject::CrossAsset(symbol.to_owned()));
    let unit = (symbol, DECIMALS);
    for (name, kind, subject) in [
        (wallet, FigureKind::Balance, &all),
        ("crossWalletBalance", FigureKind::Balance, &cross),
        ("unrealizedProfit", FigureKind::UnrealizedProfit, &all),
        ("crossUnPnl", FigureKind::UnrealizedProfit, &cross),
        ("marginBalance", FigureKind::Equity, &all),
        ("maintMargin", FigureKind::Maintenance, &all),
        ("positionInitialMargin", FigureKind::Initial, &all),
        ("initialMargin", FigureKind::InitialWithOrders, &all),
        ("availableBalance", FigureKind::Available, &cross),
    ] {
        stated.state(&asset.member(name), kind, subject, unit)?;
    }
    let amount = asset.member("crossWalletBalance");
    if amount.is_present() && !stated.balances.iter().any(|b| b.asset == symbol) {
        stated.balances.push(StatedBalance {
            place: amount.pointer().to_owned(),
            asset: symbol.to_owned(),
            amount: amount.exact()?,
            of: BalanceOf::Wallet,
            pending: None,
        });
    }
    Ok(())
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let size = listed.member("positionAmt").exact()?;
    let symbol = listed.member("symbol").text()?;
    if is_zero(&size) {
        return Ok(());
    }
    let mut held = StatedPosition::new(listed, symbol, size);
    let wallet = listed.member("isolatedWallet");
    let (kind, flag) = (listed.member("marginType"), listed.member("isolated"));
    let isolated = match (kind.is_present(), flag.is_present()) {
        (true, _) => kind.text()?.eq_ignore_ascii_case("isolated"),
        (false, true) => flag.flag()?,
        // Later versions have neither: a cross position's wallet is zero there, as for an account file.
        (false, false) => optional(&wallet)?.is_some_and(|wallet| !is_zero(&wallet)),
    };
    if isolated {
        held.isolated_margin = Some(wallet.exact()?);
    }
    // In one contract and on one side there is one position, whichever answer says that it is isolated.
    let same = |p: &StatedPosition| p.instrument == held.instrument && p.side() == held.side();
    let earlier = stated.positions.iter().position(same);
    if let Some(earlier) = earlier.and_then(|at| stated.positions.get_mut(at)) {
        let before = earlier.subject();
        held.isolated_margin = earlier.isolated_margin.take().or(held.isolated_margin);
        earlier.isolated_margin.clone_from(&held.isolated_margin);
        for figure in stated.figures.iter_mut().filter(|figure| figure.subject == before) {
            figure.subject = held.subject();
        }
    }
    let subject = held.subject();
    let entry = listed.member("entryPrice");
    if entry.is_present() {
        held.state_entry(&entry)?;
    }
    held.mark = optional(&listed.member("markPrice"))?;
    let notional = listed.member("notional");
    if let Some(value) = optional(&notional)? {
        held.notional = Some(magnitude(&value));
        let value = held.notional.clone();
        stated.push(&notional, FigureKind::Notional, &subject, SETTLEMENT, value);
    }
    held.initial_rate = optional(&listed.member("leverage"))?.map(InitialRate::Leverage);
    if isolated {
        let equity = listed.member("isolatedMargin");
        stated.state(&equity, FigureKind::Equity, &subject, SETTLEMENT)?;
    }
    held.orders = optional(&listed.member("openOrderInitialMargin"))?;
    for (name, kind) in [
        ("unrealizedProfit", FigureKind::UnrealizedProfit),
        ("unRealizedProfit", FigureKind::UnrealizedProfit),
        ("maintMargin", FigureKind::Maintenance),
        ("positionInitialMargin", FigureKind::Initial),
        ("initialMargin", FigureKind::InitialWithOrders),
    ] {
        stated.state(&listed.member(name), kind, &subject, SETTLEMENT)?;
    }
    let price = listed.member("liquidationPrice");
    if let Some(value) = optional(&price)? {
        // Zero stands for none.
        let value = Some(value).filter(|value| !is_zero(value));
        stated.push(&price, FigureKind::LiquidationPrice, &subject, SETTLEMENT, value);
    }
    // Two answers about one position: what the first does not say, the second does.
    match stated.positions.iter_mut().find(|earlier| earlier.subject() == subject) {
        None => stated.positions.push(held),
        Some(earlier) if earlier.size != held.size => {
            return Err(listed.member("positionAmt").wrong("is not that of the other answer"));
        }
        Some(earlier) => {
            if earlier.entry_price.is_none() {
                earlier.entry_price = held.entry_price;
            }
            earlier.is_mark_of_another_answer = held.mark.is_some() && earlier.notional.is_some();
            earlier.mark = held.mark.or(earlier.mark.take());
            earlier.notional = earlier.notional.take().or(held.notional);
            earlier.initial_rate = earlier.initial_rate.take().or(held.initial_rate);
            earlier.orders = earlier.orders.take().or(held.orders);
        }
    }
    Ok(())
}

/// An event of the user data stream.
fn update(stated: &mut VenueFigures, root: &Member<'_>) -> Result<(), ImportError> {
    stated.time_ms = Some(root.member("T").milliseconds()?);
    let event = root.member("a");
    for balance in event.member("B").list()? {
        let (symbol, amount) = (balance.member("a").text()?, balance.member("cw"));
        stated.balances.push(StatedBalance {
            place: amount.pointer().to_owned(),
            asset: symbol.to_owned(),
            amount: amount.exact()?,
            of: BalanceOf::Wallet,
            pending: None,
        });
        let unit = (symbol, DECIMALS);
        let subject = Subject::CrossAsset(symbol.to_owned());
        stated.state(&amount, FigureKind::Balance, &subject, unit)?;
        stated.state(
            &balance.member("wb"),
            FigureKind::Balance,
            &Subject::Asset(symbol.to_owned()),
            unit,
        )?;
    }
    for listed in event.member("P").list()? {
        let size = listed.member("pa").exact()?;
        if is_zero(&size) {
            continue;
        }
        let mut held = StatedPosition::new(&listed, listed.member("s").text()?, size);
        held.state_entry(&listed.member("ep"))?;
        if listed.member("mt").text()? == "isolated" {
            held.isolated_margin = Some(listed.member("iw").exact()?);
        }
        let subject = held.subject();
        stated.state(&listed.member("up"), FigureKind::UnrealizedProfit, &subject, SETTLEMENT)?;
        stated.positions.push(held);
    }
    Ok(())
}
