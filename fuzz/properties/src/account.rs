//! The account file, at the markets of the seeds.

use crate::bounds::{check_growth, check_refusal};
use crate::seeds;
use zkmargin_model::rule::margin;
use zkmargin_params::{AccountFile, CompiledMarket};

/// An account stays the same integers and secrets when it is written and read again, or its lists
/// are turned around, and the rule has a figure or a refusal for whatever the file holds.
pub fn account(bytes: &[u8]) {
    let file = match AccountFile::from_json(bytes) {
        Ok(file) => file,
        Err(error) => return check_refusal(bytes, &error),
    };
    let text = file.to_json().expect("writes");
    check_growth(bytes.len(), text.len());
    let again = AccountFile::from_json(text.as_bytes()).expect("reads what it wrote");
    assert!(again == file, "one value");
    assert!(again.to_json().expect("writes") == text, "one text");
    for market in seeds::markets() {
        check_account(bytes, market, &again);
    }
}

fn check_account(bytes: &[u8], market: &CompiledMarket, file: &AccountFile) {
    let account = match file.holdings(market.schedule()) {
        Ok(made) => made,
        Err(error) => return check_refusal(bytes, &error),
    };
    let secrets = file.secrets();
    if let Err(error) = &secrets {
        check_refusal(bytes, error);
    }
    let mut turned = file.clone();
    turned.balances.reverse();
    turned.positions.reverse();
    let other = turned.holdings(market.schedule()).expect("order is free");
    assert!(other == account && turned.secrets() == secrets, "one account");
    if let Ok(figures) = margin(&account, market.market()) {
        assert!(figures.maintenance >= 0.into(), "a requirement is never negative");
    }
}
