//! Liquidation prices as fractions, against the rule at every tick around them and against published ones.

use crate::support::{causes, compared, figures, line, market, own, schedule};
use num_bigint::BigInt;
use serde_json::json;
use zkmargin_model::decimal::Decimal;
use zkmargin_params::venues::Binance;

/// A wallet with one position in BTCUSDT at its mark.
fn price(wallet: &str, size: &str, mark: &str) -> String {
    let at = market(&schedule("binance/examples/isolated.schedule.json"), &[("BTCUSDT", mark)]);
    let answer = json!({
        "assets": [{ "asset": "USDT", "walletBalance": wallet, "crossWalletBalance": wallet }],
        "positions": [{
            "symbol": "BTCUSDT", "positionAmt": size, "entryPrice": mark, "liquidationPrice": "1",
        }],
    });
    let of = compared(&at, &figures::<Binance>(&answer));
    own(line(&of, "/positions/0/liquidationPrice"))
}

/// Roots by hand: with rate r and deduction c of the tier in which the price lies, a long position's is
/// `(size * entry - wallet - c) / (size * (1 - r))`, a short one's `(size * entry + wallet + c) / (size * (1 + r))`.
#[test]
fn roots_by_hand() {
    // (60000 - 6000 - 50) / 0.995, in the second tier; and from the second into the first: (60000 - 15000) / 0.996.
    assert_eq!(price("6000", "1", "60000"), "54221.10552763819..");
    assert_eq!(price("15000", "1", "60000"), "45180.722891566265..");
    // (60000 + 6000 + 50) / 1.005.
    assert_eq!(price("6000", "-1", "60000"), "65721.39303482587..");
    // A long position that its wallet covers entirely has none.
    assert_eq!(price("60000", "1", "60000"), "none");
}

/// Tick by tick, the requirement is met before the price and not beyond it.
#[test]
fn the_root_is_where_the_rule_turns() {
    for (wallet, size, mark, rises) in [
        ("600.5", "0.25", "61000", false),
        ("777", "-0.3", "50000", true),
        ("9000", "2", "63000.5", false),
    ] {
        let root = price(wallet, size, mark);
        let digits = root.trim_end_matches('.');
        let root = Decimal::parse(
            &digits[..digits.find('.').map_or(digits.len(), |at| digits.len().min(at + 9))],
        );
        let ticks = root.unwrap().to_scaled(8).unwrap();
        let met = |ticks: &BigInt| {
            let mark_there = zkmargin_model::decimal::format_scaled(ticks, 8);
            let at = market(
                &schedule("binance/examples/isolated.schedule.json"),
                &[("BTCUSDT", &mark_there)],
            );
            let account = json!({
                "format": "zkmargin-account/1", "venue": "binance",
                "balances": [{ "asset": "USDT", "balance": wallet }],
                "positions": [{ "instrument": "BTCUSDT", "size": size, "entry_value": entry(size, mark) }],
            });
            let file =
                zkmargin_params::AccountFile::from_json(account.to_string().as_bytes()).unwrap();
            let account = file.holdings(at.schedule()).unwrap();
            let figures = zkmargin_model::rule::margin(&account, at.market()).unwrap();
            figures.meets(&zkmargin_model::claim::Claim::margin(), at.market())
        };
        // The rule rounds requirements down at the eighth digit, which moves the turn by a tick or two.
        let beyond = |n: i32| if rises { &ticks + n } else { &ticks - n };
        assert!(met(&beyond(-3)) && !met(&beyond(4)), "{wallet} {size}");
    }
}

fn entry(size: &str, mark: &str) -> String {
    let [size, mark] = [size, mark].map(|text| Decimal::parse(text).unwrap());
    let product = size.coefficient() * mark.coefficient();
    Decimal::from_scaled(&product, size.scale() + mark.scale()).to_string()
}

#[test]
fn a_published_price_at_another_schedule_has_its_cause() {
    // At 0.006 and 100 in place of 0.005 and 50: (60000 - 6000 - 100) / 0.994.
    let rules = schedule("binance/examples/isolated.schedule.json");
    let mut file = rules.file().clone();
    let btc = file.instruments.iter().find(|i| i.symbol == "BTCUSDT").unwrap().tiers.clone();
    let table = file.tiers.iter_mut().find(|t| t.name == btc).unwrap();
    table.rows[1].rate = zkmargin_params::venues::decimal("0.006");
    table.rows[1].amount = zkmargin_params::venues::decimal("-100");
    let other = zkmargin_params::Schedule::new(file).unwrap();
    let answer = json!({
        "assets": [{ "asset": "USDT", "walletBalance": "6000", "crossWalletBalance": "6000" }],
        "positions": [{
            "symbol": "BTCUSDT", "positionAmt": "1", "entryPrice": "60000",
            "liquidationPrice": "54225.35211268",
        }],
    });
    let stated = figures::<Binance>(&answer);
    let at = market(&rules, &[("BTCUSDT", "60000")]);
    let schedules = vec![("later".to_owned(), market(&other, &[("BTCUSDT", "60000")]))];
    let with = zkmargin_reconcile::Alternatives { schedules, ..Default::default() };
    let setting = zkmargin_reconcile::Setting::of_answer(at, &stated).unwrap();
    let of = crate::support::signable(zkmargin_reconcile::reconcile(setting, &stated, &with));
    let codes: Vec<_> = causes(line(&of, "/positions/0/liquidationPrice"));
    let codes: Vec<_> = codes.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["other-schedule", "rounding"]);
}
