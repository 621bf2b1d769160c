//! Accounts: the answer to `account`, and to `positionRisk` and `multiAssetsMargin` for what it does not say itself.

use super::{
    ASSET_DECIMALS, Binance, ImportError, Member, PRICE_DECIMALS, SIZE_DECIMALS, Venue,
    check_cross_profit, check_totals, check_wallets,
};
use crate::venue::{
    check_sign, empty_account, instrument_of, is_flat, leveraged, price_above_zero, scaled,
};
use crate::{AccountFile, BalanceFile, DecimalText, PositionFile, Schedule};
use num_bigint::{BigInt, Sign};
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

/// What is not zero.
fn held(member: &Member, decimals: u32) -> Result<Option<BigInt>, ImportError> {
    Ok(Some(member.scaled(decimals)?).filter(|amount| amount.sign() != Sign::NoSign))
}

/// Whether the account is in multi-assets mode, and where that is said; `None` if there is no account.
pub(super) fn multi_assets<'a>(
    account: &Member<'a>,
    mode: &Member<'a>,
) -> Result<Option<(bool, Member<'a>)>, ImportError> {
    let flag = |member: &Member<'a>| {
        let flag = member.member("multiAssetsMargin");
        Ok::<_, ImportError>(if flag.is_present() { Some((flag.flag()?, flag)) } else { None })
    };
    match (flag(account)?, flag(mode)?) {
        (Some((one, _)), Some((other, place))) if one != other => {
            Err(place.other_account("is not what account.json says: they are of two accounts"))
        }
        (None, None) if account.is_present() => {
            let message = "is not said: save the answer to GET /fapi/v1/multiAssetsMargin as multiAssetsMargin.json";
            Err(account.member("multiAssetsMargin").wrong(message))
        }
        (one, other) => Ok(one.or(other)),
    }
}

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let answer = root.member("account");
    if !answer.is_present() {
        return Err(answer.wrong("is missing: the other answers do not have the balances"));
    }
    let said = multi_assets(&answer, &root.member("multiAssetsMargin"))?;
    match (said, schedule.file().bid_and_ask) {
        (Some((true, place)), false) => {
            let message = "is set, but the schedule is of single-asset mode: one index price";
            return Err(place.wrong(message));
        }
        (Some((false, place)), true) => {
            let message = "is not set, but the schedule is of multi-assets mode: bid and ask";
            return Err(place.wrong(message));
        }
        _ => {}
    }
    let mut account = empty_account(Binance::NAME);
    let mut left_out = Vec::new();
    for asset in answer.member("assets").list()? {
        match balance(&asset, schedule)? {
            Balance::Taken(balance) => account.balances.push(balance),
            Balance::LeftOut(name) => left_out.push(name),
            Balance::None => {}
        }
    }
    // The answer lists every asset in which contracts settle: one that is missing may be owed.
    for asset in schedule.assets().iter().filter(|asset| asset.settles) {
        if !account.balances.iter().any(|balance| balance.asset == asset.symbol) {
            let message = format!("has no entry of {:?}", asset.symbol);
            return Err(answer.member("assets").wrong(message));
        }
    }
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        account.note = Some(format!(
            "Left out: balances in {names}, which are no collateral in single-asset mode."
        ));
    }
    let mut risks = risks(&root.member("positionRisk"))?;
    for listed in answer.member("positions").list()? {
        // Refuses an entry that has figures without a size.
        is_flat(&listed, "positionAmt", &FLAT_FIGURES)?;
        let size = held(&listed.member("positionAmt"), SIZE_DECIMALS)?;
        let risk = match &mut risks {
            None => None,
            Some(risks) => risks.remove(&key(&listed)?),
        };
        let Some(size) = size else {
            if let Some(risk) = risk {
                return Err(risk.member("positionAmt").other_account(NOT_THE_SAME));
            }
            continue;
        };
        let risk = match (&risks, risk) {
            (None, _) => listed.clone(),
            (Some(_), None) => {
                return Err(listed.member("positionAmt").other_account(NOT_THE_SAME));
            }
            (Some(_), Some(risk))
                if held(&risk.member("positionAmt"), SIZE_DECIMALS)?.as_ref() == Some(&size) =>
            {
                risk
            }
            (Some(_), Some(risk)) => {
                return Err(risk.member("positionAmt").other_account(NOT_THE_SAME));
            }
        };
        account.positions.push(position(&listed, &risk, &size, schedule)?);
    }
    if let Some(risk) = risks.into_iter().flatten().next() {
        return Err(risk.1.member("positionAmt").other_account(NOT_THE_SAME));
    }
    check_totals(&answer, schedule)?;
    check_wallets(&answer, schedule, &account)?;
    check_cross_profit(&answer, schedule, &account)?;
    Ok(account)
}

/// Figures of a position that are zero where its size is.
pub(in crate::venues) const FLAT_FIGURES: [&str; 3] =
    ["unrealizedProfit", "maintMargin", "notional"];

const NOT_THE_SAME: &str = "is not what the other answer says of the position: account.json and positionRisk.json are of two accounts, or of two times";

type Key<'a> = (&'a str, &'a str);

fn key<'a>(position: &Member<'a>) -> Result<Key<'a>, ImportError> {
    Ok((position.member("symbol").text()?, position.member("positionSide").text()?))
}

/// The positions of `positionRisk`, if it is there.
fn risks<'a>(answer: &Member<'a>) -> Result<Option<BTreeMap<Key<'a>, Member<'a>>>, ImportError> {
    if !answer.is_present() {
        return Ok(None);
    }
    let mut risks = BTreeMap::new();
    for risk in answer.list()? {
        if held(&risk.member("positionAmt"), SIZE_DECIMALS)?.is_none() {
            continue;
        }
        let key = key(&risk)?;
        let place = risk.member("symbol");
        if risks.insert(key, risk).is_some() {
            return Err(place.wrong("is in the answer twice on one side"));
        }
    }
    Ok(Some(risks))
}

/// What becomes of a balance.
enum Balance<'a> {
    /// It is in the account.
    Taken(BalanceFile),
    /// It is no collateral in the account's mode, so no figure depends on it.
    LeftOut(&'a str),
    /// Nothing, of an asset in which no position settles.
    None,
}

/// What the cross book has of an asset: the wallet less what is assigned to isolated positions.
fn balance<'a>(asset: &Member<'a>, schedule: &Schedule) -> Result<Balance<'a>, ImportError> {
    let symbol = asset.member("asset");
    let name = symbol.text()?;
    let amount = held(&asset.member("crossWalletBalance"), ASSET_DECIMALS)?;
    let listed = schedule.asset(name);
    match (amount, listed) {
        (Some(amount), None) => {
            let single_asset = !schedule.file().bid_and_ask;
            match single_asset && amount.sign() == Sign::Plus {
                true => Ok(Balance::LeftOut(name)),
                false => {
                    let message = "is not an asset of the schedule, and the account has some";
                    Err(symbol.wrong(message))
                }
            }
        }
        (None, listed) if !listed.is_some_and(|listed| listed.settles) => Ok(Balance::None),
        (amount, _) => {
            let amount = scaled(amount.unwrap_or_default(), ASSET_DECIMALS);
            Ok(Balance::Taken(BalanceFile::new(name, amount)))
        }
    }
}

/// A position of `account`, with what `positionRisk` says of it, which may be the same place.
fn position(
    listed: &Member,
    risk: &Member,
    size: &BigInt,
    schedule: &Schedule,
) -> Result<PositionFile, ImportError> {
    let instrument = instrument_of(schedule, &listed.member("symbol"))?;
    check_side(listed, size)?;
    check_same(listed, risk, &["entryPrice", "isolatedWallet"])?;
    if schedule.file().own_leverage_decimals.is_some() {
        check_same(listed, risk, &["leverage"])?;
    }
    let entry = match [listed, risk].map(|place| place.member("entryPrice")) {
        [entry, _] if entry.is_present() => entry,
        [_, entry] if entry.is_present() => entry,
        [entry, _] => {
            let help = "save the answer to GET /fapi/v3/positionRisk as positionRisk.json";
            return Err(entry.wrong("is missing").with_help(help));
        }
    };
    let price = entry_price(&entry)?;
    let entry_value = scaled(size * price, ASSET_DECIMALS);
    let size = scaled(size.clone(), SIZE_DECIMALS);
    let isolated_margin = isolated(listed, risk, schedule)?;
    let position = PositionFile {
        isolated_margin,
        ..PositionFile::new(&*instrument.symbol, size, entry_value)
    };
    let leverage = match [listed, risk].map(|place| place.member("leverage")) {
        [own, _] if own.is_present() => own,
        [_, other] => other,
    };
    leveraged(position, &leverage, schedule).map_err(|e| {
        e.with_help("save the answer to GET /fapi/v2/positionRisk as positionRisk.json: later versions have no leverage")
    })
}

/// An entry price in units of prices.
pub(in crate::venues) fn entry_price(place: &Member) -> Result<BigInt, ImportError> {
    let price = place.scaled(PRICE_DECIMALS)?;
    price_above_zero(place, Decimal::from_scaled(&price, PRICE_DECIMALS))?;
    Ok(price)
}

/// Refuses two answers of which both say how a position was opened, and say different things.
fn check_same(listed: &Member, risk: &Member, names: &[&'static str]) -> Result<(), ImportError> {
    for &name in names {
        let [own, other] = [listed, risk].map(|place| place.member(name));
        if own.is_present() && other.is_present() && own.computed()? != other.computed()? {
            return Err(other.other_account(NOT_THE_SAME));
        }
    }
    Ok(())
}

/// Sizes are signed in either mode: a program that keeps sides and magnitudes would make a long position of a short one.
pub(in crate::venues) fn check_side(listed: &Member, size: &BigInt) -> Result<(), ImportError> {
    let side = listed.member("positionSide");
    if !side.is_present() {
        return Ok(());
    }
    let place = listed.member("positionAmt");
    match side.text()? {
        "BOTH" => Ok(()),
        "LONG" => check_sign(&place, size, true),
        "SHORT" => check_sign(&place, size, false),
        _ => Err(side.wrong("is none of \"BOTH\", \"LONG\" and \"SHORT\"")),
    }
}

/// Whether `positionRisk` says that a position is isolated; later versions of it do not say.
fn margin_type(risk: &Member) -> Result<Option<bool>, ImportError> {
    let kind = risk.member("marginType");
    if !kind.is_present() {
        return Ok(None);
    }
    match kind.text()?.to_ascii_lowercase().as_str() {
        "isolated" => Ok(Some(true)),
        "cross" | "crossed" => Ok(Some(false)),
        _ => Err(kind.wrong("is neither \"isolated\" nor \"cross\"")),
    }
}

/// The wallet of an isolated position, to which its profit and loss are added. Later versions of the answer have no flag:
/// a cross position's wallet is zero there.
fn isolated(
    listed: &Member,
    risk: &Member,
    schedule: &Schedule,
) -> Result<Option<DecimalText>, ImportError> {
    let flag = listed.member("isolated");
    let wallet = match [listed, risk].map(|place| place.member("isolatedWallet")) {
        [own, _] if own.is_present() => own,
        [_, other] => other,
    };
    let kind = margin_type(risk)?;
    let isolated = match (flag.is_present(), kind) {
        (true, Some(kind)) if kind != flag.flag()? => {
            return Err(risk.member("marginType").other_account(NOT_THE_SAME));
        }
        (true, _) => flag.flag()?,
        (false, Some(kind)) => kind,
        (false, None) => held(&wallet, ASSET_DECIMALS)?.is_some(),
    };
    if !isolated {
        return Ok(None);
    }
    if !schedule.file().isolated_books {
        let place = if flag.is_present() { flag } else { wallet };
        return Err(place.wrong("is set, but the schedule has no isolated books"));
    }
    wallet.decimal().map(Some)
}
