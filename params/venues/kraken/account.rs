//! Wallets and open positions.

use super::{ImportError, Kraken, Member, USD, Venue, succeeded};
use crate::portfolio::figure::{less, sum};
use crate::venue::{
    ListedSum, decimal, empty_account, entry_of, instrument_of, magnitude, nearest_product, scaled,
};
use crate::venue::{settled, signed, size_of};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let [asset] = &schedule.file().assets[..] else {
        return Err(root.wrong("is read under a schedule of one asset"));
    };
    let wallets = succeeded(root.member("accounts"))?.member("accounts");
    let Wallet { mut cash, required, profit, funding, wholes, shown_decimals } =
        match asset.symbol.as_str() {
            USD => multi_collateral(&wallets.member("flex"), asset.decimals)?,
            coin => single_collateral(&wallets, coin, asset.decimals)?,
        };
    let (mut account, mut unsettled) = (empty_account(Kraken::NAME), ListedSum::default());
    for listed in succeeded(root.member("openpositions"))?.member("openPositions").list()? {
        if of_another_wallet(&listed, schedule)? {
            continue;
        }
        let position = position(&listed, schedule)?;
        let own = listed.member("unrealizedFunding");
        if own.is_present() {
            let own = own.shortest_number()?;
            cash += nearest_product(&[&own], asset.decimals);
            unsettled.add(&own);
        } else if !funding.is_present() {
            // A position that is new can have none yet: the wallet's total says so.
            return Err(
                own.wrong("is missing, and the wallet does not say what its positions have")
            );
        }
        account.positions.push(position);
    }
    if funding.is_present() {
        unsettled.check(&funding, shown_decimals)?;
    }
    let balance = Decimal::from_scaled(&cash, asset.decimals);
    account.balances.push(BalanceFile::new(&*asset.symbol, scaled(cash, asset.decimals)));
    if account.positions.is_empty() {
        let message = "is not zero, but no position of the wallet is listed";
        required.must_be_nothing(message)?;
        profit.must_be_nothing_if_given(message)?;
    }
    for (whole, has_funding) in wholes.iter().filter(|(whole, _)| whole.is_present()) {
        // Without positions there is none, as checked above.
        let own = match account.positions.is_empty() {
            true => balance.clone(),
            false => sum(&balance, &profit.computed()?),
        };
        let without_funding = sum(&own, &less(unsettled.sum()));
        let is_one = whole_is(whole, &own, shown_decimals)?
            || !has_funding && whole_is(whole, &without_funding, shown_decimals)?;
        if !is_one {
            return Err(
                whole.wrong("is not the balance with the profit and the funding of the positions")
            );
        }
    }
    Ok(account)
}

/// Whether a total is a sum of three figures, of which each is rounded.
fn whole_is(whole: &Member, own: &Decimal, decimals: u32) -> Result<bool, ImportError> {
    let apart = magnitude(&sum(&whole.computed()?, &less(own)));
    let most = Decimal::from_scaled(&4.into(), decimals);
    Ok(!sum(&apart, &less(&most)).coefficient().is_positive())
}

/// Digits to which totals in USD are compared: some answers have cents.
pub(super) const CENTS: u32 = 2;

/// What is read of a wallet.
struct Wallet<'a> {
    cash: BigInt,
    /// The place of what it requires.
    required: Member<'a>,
    /// The place of the profit of its positions.
    profit: Member<'a>,
    /// The place of what funding its positions have that is not settled yet.
    funding: Member<'a>,
    /// The places of what it comes to with both, where nothing in it counts for less, and whether such a figure surely has the
    /// funding: of some no answer says so.
    wholes: Vec<(Member<'a>, bool)>,
    /// Digits to which these are compared.
    shown_decimals: u32,
}

/// An amount of a wallet, to the nearest unit.
fn amount(place: &Member, decimals: u32) -> Result<BigInt, ImportError> {
    Ok(nearest_product(&[&place.shortest_number()?], decimals))
}

/// USD of the multi-collateral wallet, which must have nothing else.
fn multi_collateral<'a>(wallet: &Member<'a>, decimals: u32) -> Result<Wallet<'a>, ImportError> {
    let mut cash = None;
    let currencies = wallet.member("currencies");
    let value = wallet.member("balanceValue");
    for (name, currency) in currencies.object()? {
        let quantity = currency.member("quantity");
        if name.eq_ignore_ascii_case(USD) {
            if cash.replace(amount(&quantity, decimals)?).is_some() {
                return Err(currency.wrong("is the second entry of USD"));
            }
            let mut listed = ListedSum::default();
            listed.add(&quantity.shortest_number()?);
            if value.is_present() && !listed.is_nearly(&value.computed()?, CENTS) {
                return Err(value.wrong("is not what the wallet has of USD"));
            }
            let own = currency.member("value");
            if own.is_present() && !listed.is_nearly(&own.computed()?, CENTS) {
                return Err(own.wrong("is not quantity, and USD is worth itself"));
            }
        } else {
            let message = "is not zero: the schedule leaves collateral other than USD out";
            quantity.must_be_nothing(message)?;
            for name in ["value", "collateral"] {
                let message = "is not zero, but quantity is";
                currency.member(name).must_be_nothing_if_given(message)?;
            }
        }
    }
    if cash.is_none() {
        value.must_be_nothing("is not zero, but the wallet has no entry of USD")?;
    }
    no_orders(wallet, "initialMargin", "initialMarginWithOrders")?;
    Ok(Wallet {
        cash: cash.unwrap_or_default(),
        required: wallet.member("maintenanceMargin"),
        profit: wallet.member("pnl"),
        funding: wallet.member("unrealizedFunding"),
        wholes: [("marginEquity", true), ("portfolioValue", false)]
            .map(|(name, has_funding)| (wallet.member(name), has_funding))
            .to_vec(),
        shown_decimals: CENTS,
    })
}

/// Refuses a wallet with open orders, which raise its initial margin.
fn no_orders(wallet: &Member, without: &str, with: &str) -> Result<(), ImportError> {
    let (without, with) = (wallet.member(without), wallet.member(with));
    if without.shortest_number()? != with.shortest_number()? {
        let message =
            "is not initialMargin: open orders have margin, which the schedule leaves out";
        return Err(with.wrong(message));
    }
    Ok(())
}

/// The margin account of a coin, if there is one; the venue names bitcoin `xbt`.
pub(super) fn wallet_of<'a>(
    wallets: &Member<'a>,
    coin: &str,
) -> Result<Option<Member<'a>>, ImportError> {
    let name = name_of(coin);
    let mut found = None;
    for (_, wallet) in wallets.object()? {
        if wallet.member("type").text()? != "marginAccount" {
            continue;
        }
        let currency = wallet.member("currency");
        if !currency.text()?.eq_ignore_ascii_case(&name) {
            continue;
        }
        if found.replace(wallet).is_some() {
            return Err(currency.wrong("is that of another margin account"));
        }
    }
    Ok(found)
}

fn name_of(coin: &str) -> String {
    if coin == "BTC" { "xbt".to_owned() } else { coin.to_lowercase() }
}

/// The coin's wallet.
fn single_collateral<'a>(
    wallets: &Member<'a>,
    coin: &str,
    decimals: u32,
) -> Result<Wallet<'a>, ImportError> {
    let name = name_of(coin);
    let none = || wallets.wrong(format!("has no margin account of {name:?}"));
    let wallet = wallet_of(wallets, coin)?.ok_or_else(none)?;
    let cash = amount(&wallet.member("balances").member(&name), decimals)?;
    Ok(Wallet {
        cash,
        required: wallet.member("marginRequirements").member("mm"),
        profit: wallet.member("auxiliary").member("pnl"),
        funding: wallet.member("auxiliary").member("funding"),
        wholes: vec![(wallet.member("auxiliary").member("pv"), false)],
        shown_decimals: decimals,
    })
}

/// What a contract is margined in, by its symbol: `PI_XBTUSD` in BTC, `PF_XBTUSD` in USD; `None` where that is not known,
/// such as for contracts that are quoted in bitcoin.
pub(super) fn settles_in(symbol: &str) -> Option<&str> {
    let (kind, pair) = symbol.split_once('_')?;
    match kind {
        "PF" | "FF" => Some(USD),
        // The base of an inverse contract is in front of the dollar.
        "PI" | "FI" => {
            let base = pair.split('_').next()?.strip_suffix("USD")?;
            Some(if base == "XBT" { "BTC" } else { base })
        }
        _ => None,
    }
}

/// Contracts of the other kind, and those of other coins, are margined in wallets of their own.
fn of_another_wallet(listed: &Member, schedule: &Schedule) -> Result<bool, ImportError> {
    let own = schedule.file().assets.first().map_or("", |asset| asset.symbol.as_str());
    Ok(settles_in(listed.member("symbol").text()?).is_some_and(|settle| settle != own))
}

/// A position without its funding that is not settled yet, which is in its profit and loss at the venue.
fn position(listed: &Member, schedule: &Schedule) -> Result<PositionFile, ImportError> {
    let instrument = instrument_of(schedule, &listed.member("symbol"))?;
    let side = listed.member("side");
    let long = match side.text()? {
        "long" => true,
        "short" => false,
        _ => return Err(side.wrong("is neither \"long\" nor \"short\"")),
    };
    let place = listed.member("size");
    let size = size_of(&place, instrument)?.filter(|size| size.coefficient().is_positive());
    let size = signed(size.ok_or_else(|| place.wrong("is not above zero"))?, long);
    let isolated = listed.member("maxFixedLeverage");
    if isolated.is_present() {
        return Err(isolated.wrong("is given: the position is isolated"));
    }
    let price = listed.member("price");
    let entry = entry_of(schedule, instrument, &size, (&price, &price.shortest_number()?))?;
    Ok(PositionFile::new(
        &*instrument.symbol,
        decimal(size.to_string()),
        settled(schedule, instrument, entry),
    ))
}
