//! Each cause by hand: an answer in which one thing differs, and the figure it was computed with.

use crate::support::{causes, compared, figures, line, market, own, schedule, signable};
use num_rational::BigRational;
use serde_json::{Value, json};
use std::sync::Arc;
use zkmargin_model::decimal::Decimal;
use zkmargin_params::venues::{Binance, Hyperliquid, VenueFigures};
use zkmargin_params::{AccountFile, CompiledMarket, Schedule};
use zkmargin_reconcile::{Alternatives, Reconciled, Setting, reconcile};

/// 5 BTC bought at 60000, at a mark of 61000: 5000 of profit; the third tier's rate on 305000 is 0.005, less 50.
fn account() -> Value {
    json!({
        "multiAssetsMargin": false,
        "totalWalletBalance": "20000", "totalUnrealizedProfit": "5000",
        "totalMarginBalance": "25000", "totalMaintMargin": "1475",
        "totalPositionInitialMargin": "15250", "totalInitialMargin": "15250",
        "assets": [{
            "asset": "USDT", "walletBalance": "20000", "crossWalletBalance": "20000",
            "unrealizedProfit": "5000", "crossUnPnl": "5000", "marginBalance": "25000",
            "maintMargin": "1475", "positionInitialMargin": "15250", "initialMargin": "15250",
            "availableBalance": "9750",
        }],
        "positions": [{
            "symbol": "BTCUSDT", "positionAmt": "5", "entryPrice": "60000", "markPrice": "61000",
            "notional": "305000", "unrealizedProfit": "5000", "maintMargin": "1475",
            "positionInitialMargin": "15250", "initialMargin": "15250",
            "openOrderInitialMargin": "0", "leverage": "20", "isolated": false,
        }],
    })
}

fn rules() -> Schedule {
    schedule("binance/examples/isolated.schedule.json")
}

fn at(mark: &str) -> Arc<CompiledMarket> {
    market(&rules(), &[("BTCUSDT", mark)])
}

fn with(changes: &[(&str, Value)]) -> VenueFigures {
    let mut answer = account();
    for (pointer, value) in changes {
        let parent = pointer.rsplit_once('/').unwrap();
        answer.pointer_mut(parent.0).unwrap()[parent.1] = value.clone();
    }
    figures::<Binance>(&answer)
}

fn only(of: &Reconciled, place: &str, code: &str, effect: &str) {
    let found = causes(line(of, place));
    assert_eq!(found, [(code.to_owned(), effect.to_owned())], "{place}");
}

fn reconciled(answer: &VenueFigures, with: &Alternatives) -> Reconciled {
    let setting = Setting::of_answer(at("61000"), answer).unwrap();
    signable(reconcile(setting, answer, with))
}

#[test]
fn equal_figures_are_equal() {
    let of = compared(&at("61000"), &with(&[]));
    for line in &of.lines {
        assert_eq!(line.outcome.code(), "equal", "{} {}", line.figure.place, own(line));
    }
    assert_eq!(of.lines.len(), 20);
    assert!(!of.has_unexplained());
}

#[test]
fn rounding() {
    // A third of a step more: 5.001 * 61000.1 = 305061.5001; 0.005 of it less 50 is 1475.3075005.
    let size = ("/positions/0/positionAmt", json!("5.001"));
    let answer = with(&[size, ("/positions/0/unrealizedProfit", json!("5001.5001"))]);
    let of = compared(&at("61000.1"), &answer);
    assert_eq!(own(line(&of, "/positions/0/maintMargin")), "1475.3075005");
    assert_eq!(line(&of, "/positions/0/unrealizedProfit").outcome.code(), "equal");
    // Two digits of it cannot be told from a rounding to two digits, which Binance does not do.
    let place = "/positions/0/maintMargin";
    let cut = with(&[("/positions/0/positionAmt", json!("5.001")), (place, json!("1475.3"))]);
    let of = compared(&at("61000.1"), &cut);
    assert_eq!(line(&of, place).outcome.code(), "unexplained");
    // What Hyperliquid shows of a price is cut or rounded to eight digits.
    let state = json!({ "assetPositions": [{ "position": {
        "coin": "ETH", "entryPx": "2213.9", "szi": "0.2259", "positionValue": "500.12001",
        "unrealizedPnl": "0.0", "marginUsed": "24.88097", "liquidationPx": "2125.00856238",
        "leverage": { "type": "isolated", "value": 20, "rawUsd": "-475.23904" },
    }}]});
    let eth =
        market(&schedule("hyperliquid/examples/isolated.schedule.json"), &[("ETH", "2213.9")]);
    let of = compared(&eth, &figures::<Hyperliquid>(&state));
    // 475.23904 / (0.2259 * 0.99).
    let price = line(&of, "/assetPositions/0/position/liquidationPx");
    assert_eq!(own(price), "2125.008562383462..");
    assert_eq!(causes(price)[0].0, "rounding");
}

#[test]
fn other_mark() {
    // The snapshot is a moment older: 60990.
    let of = compared(&at("60990"), &with(&[]));
    only(&of, "/positions/0/unrealizedProfit", "other-mark", "50");
    // 0.005 of 50.
    only(&of, "/positions/0/maintMargin", "other-mark", "0.25");
    only(&of, "/totalMarginBalance", "other-mark", "50");
}

#[test]
fn other_snapshot() {
    let mut answer = with(&[]);
    (answer.positions[0].mark, answer.positions[0].notional) = (None, None);
    let setting = Setting::of_answer(at("60990"), &answer).unwrap();
    let snapshots = vec![("later".to_owned(), at("61000"))];
    let with = Alternatives { snapshots, ..Alternatives::default() };
    let of = signable(reconcile(setting, &answer, &with));
    only(&of, "/positions/0/unrealizedProfit", "other-snapshot", "50");
}

#[test]
fn other_schedule() {
    // The venue counts an earlier table: 0.006 less 100.
    let mut file = rules().file().clone();
    let btc = file.instruments.iter().find(|i| i.symbol == "BTCUSDT").unwrap().tiers.clone();
    let table = file.tiers.iter_mut().find(|t| t.name == btc).unwrap();
    table.rows[1].rate = zkmargin_params::venues::decimal("0.006");
    table.rows[1].amount = zkmargin_params::venues::decimal("-100");
    let other = Schedule::new(file).unwrap();
    let schedules = vec![("earlier".to_owned(), market(&other, &[("BTCUSDT", "61000")]))];
    let alternatives = Alternatives { schedules, ..Alternatives::default() };
    let place = "/positions/0/maintMargin";
    let of = reconciled(&with(&[(place, json!("1730"))]), &alternatives);
    // 0.006 * 305000 - 100 - 1475.
    only(&of, place, "other-schedule", "255");
}

#[test]
fn bid_and_ask() {
    let place = "/positions/0/unrealizedProfit";
    let mut answer = with(&[(place, json!("4999"))]);
    let decimal = |text: &str| Decimal::parse(text).unwrap();
    answer.positions[0].quote = Some([decimal("60999.8"), decimal("61000.2")]);
    only(&compared(&at("61000"), &answer), place, "bid-ask", "-1");
}

#[test]
fn funding() {
    for (stated, effect, code) in
        [("5002.5", "2.5", "unsettled-funding"), ("4997.5", "-2.5", "funding-sign")]
    {
        let place = "/assets/0/marginBalance";
        let equity = format!("2{stated}");
        let mut answer = with(&[(place, json!(equity))]);
        answer.positions[0].funding = Some(Decimal::parse("2.5").unwrap());
        only(&compared(&at("61000"), &answer), place, code, effect);
    }
}

#[test]
fn fee_to_close() {
    // 0.0005 * 305000.
    let place = "/positions/0/maintMargin";
    let answer = with(&[(place, json!("1627.5"))]);
    let fee = BigRational::new(5.into(), 10_000.into());
    let alternatives = Alternatives { fee: Some(fee), ..Alternatives::default() };
    only(&reconciled(&answer, &alternatives), place, "fee-to-close", "152.5");
}

#[test]
fn settlement_pending() {
    let place = "/assets/0/crossWalletBalance";
    let mut answer = with(&[("/assets/0/marginBalance", json!("25100"))]);
    answer.balances[0].pending = Some(Decimal::parse("100").unwrap());
    let of = compared(&at("61000"), &answer);
    only(&of, "/assets/0/marginBalance", "settlement-pending", "100");
    assert_eq!(line(&of, place).outcome.code(), "equal");
}

#[test]
fn open_orders() {
    let answer = with(&[
        ("/positions/0/openOrderInitialMargin", json!("300")),
        ("/positions/0/initialMargin", json!("15550")),
        ("/assets/0/availableBalance", json!("9450")),
    ]);
    let of = compared(&at("61000"), &answer);
    only(&of, "/positions/0/initialMargin", "open-orders", "300");
    only(&of, "/assets/0/availableBalance", "open-orders", "-300");
}

#[test]
fn other_leverage() {
    let place = "/positions/0/positionInitialMargin";
    let answer =
        with(&[(place, json!("12200")), ("/assets/0/positionInitialMargin", json!("12200"))]);
    let of = compared(&at("61000"), &answer);
    // 305000 / 25 - 305000 / 20.
    only(&of, place, "other-leverage", "-3050");
    only(&of, "/assets/0/positionInitialMargin", "sum-of-parts", "-3050");
}

/// The account as its holder keeps it.
fn file(text: &str) -> AccountFile {
    AccountFile::from_json(text.as_bytes()).unwrap()
}

fn against(account: &AccountFile, answer: &VenueFigures) -> Reconciled {
    let setting = Setting::of_file(at("61000"), account, answer).unwrap();
    signable(reconcile(setting, answer, &Alternatives::default()))
}

#[test]
fn holdings_of_one_side() {
    let own_side = file(
        r#"{"format": "zkmargin-account/1", "venue": "binance",
            "balances": [{"asset": "USDT", "balance": "20000"}],
            "positions": [
                {"instrument": "BTCUSDT", "size": "5", "entry_value": "300000"},
                {"instrument": "WLDUSDT", "size": "100", "entry_value": "100"}
            ]}"#,
    );
    let of = against(&own_side, &with(&[]));
    let total = line(&of, "/totalMaintMargin");
    // 0.006 of 100 that the venue does not have.
    assert_eq!(causes(total), [("holdings".to_owned(), "-0.6".to_owned())]);
    let text = zkmargin_reconcile::line_json(total)["causes"][0]["cause"].to_string();
    assert!(text.contains("the venue has no position WLDUSDT long"), "{text}");
    let none = file(
        r#"{"format": "zkmargin-account/1", "venue": "binance",
            "balances": [{"asset": "USDT", "balance": "20000"}], "positions": []}"#,
    );
    let of = against(&none, &with(&[]));
    only(&of, "/totalMaintMargin", "holdings", "1475");
    let balance = file(
        r#"{"format": "zkmargin-account/1", "venue": "binance",
            "balances": [{"asset": "USDT", "balance": "19000"}],
            "positions": [{"instrument": "BTCUSDT", "size": "5", "entry_value": "300000"}]}"#,
    );
    only(&against(&balance, &with(&[])), "/totalMarginBalance", "holdings", "1000");
}

/// What the answer does not list is compared with nothing, unless a total of it differs by that.
#[test]
fn what_the_answer_does_not_list_is_said() {
    let own_side = file(
        r#"{"format": "zkmargin-account/1", "venue": "binance",
            "balances": [{"asset": "USDT", "balance": "20000"}, {"asset": "USDC", "balance": "0"}],
            "positions": [
                {"instrument": "BTCUSDT", "size": "5", "entry_value": "300000"},
                {"instrument": "WLDUSDT", "size": "-100", "entry_value": "-100"}
            ]}"#,
    );
    // Positions alone, as `positionRisk` has them: every figure is equal.
    let mut positions = account()["positions"].take();
    positions[0].as_object_mut().unwrap().remove("initialMargin");
    let answer = figures::<Binance>(&positions);
    let of = against(&own_side, &answer);
    assert_eq!(of.count("equal"), of.lines.len());
    assert_eq!(of.unlisted_there, ["position WLDUSDT short", "balance of USDT"]);
    assert!(zkmargin_reconcile::html(&[of]).contains("position WLDUSDT short"));
    // Totals differ by it, and the cause names it.
    let of = against(&own_side, &with(&[]));
    only(&of, "/totalMaintMargin", "holdings", "-0.6");
    assert_eq!(of.unlisted_there, [""; 0]);
    assert_eq!(compared(&at("61000"), &answer).unlisted_there, [""; 0]);
}

/// What only the answer has is said too, and so is a position of another size, where no figure of the answer shows either.
#[test]
fn what_only_one_side_has_is_said_of_both() {
    let own_side = |positions: &str| {
        file(&format!(
            r#"{{"format": "zkmargin-account/1", "venue": "binance",
                "balances": [{{"asset": "USDT", "balance": "20000"}}], "positions": [{positions}]}}"#
        ))
    };
    let mut positions = account()["positions"].take();
    for figure in ["initialMargin", "maintMargin", "unrealizedProfit", "notional"] {
        positions[0].as_object_mut().unwrap().remove(figure);
    }
    let mut answer = figures::<Binance>(&positions);
    answer.figures.clear();
    let of = against(&own_side(""), &answer);
    assert_eq!(of.unlisted_here, ["position BTCUSDT long"]);
    assert_eq!(of.unlisted_there, ["balance of USDT"]);
    assert!(zkmargin_reconcile::html(&[of]).contains("position BTCUSDT long"));
    let other = r#"{"instrument": "BTCUSDT", "size": "6", "entry_value": "360000"}"#;
    let of = against(&own_side(other), &answer);
    assert_eq!(of.unlisted_here, [""; 0]);
    assert_eq!(of.unlisted_there, ["position BTCUSDT long", "balance of USDT"]);
    // A total that differs by it alone: the cause is named, and the two accounts are not the same.
    let of = against(&own_side(""), &with(&[]));
    assert!(of.of_other_holdings().is_some() && !of.has_unexplained());
    assert!(compared(&at("61000"), &with(&[])).of_other_holdings().is_none());
}

/// A position that is missing here, and a mark: each figure of it has both causes.
#[test]
fn holdings_with_another_cause() {
    let none = file(
        r#"{"format": "zkmargin-account/1", "venue": "binance",
            "balances": [{"asset": "USDT", "balance": "20000"}], "positions": []}"#,
    );
    let mut answer = with(&[("/positions/0/initialMargin", json!("15550"))]);
    answer.positions[0].orders = Some(Decimal::parse("300").unwrap());
    let setting = Setting::of_file(at("60990"), &none, &answer).unwrap();
    let of = signable(reconcile(setting, &answer, &Alternatives::default()));
    let both = |place: &str, effects: [&str; 2]| {
        let found = causes(line(&of, place));
        let codes = ["holdings", "other-mark"];
        let expected = codes.iter().zip(effects).map(|(c, e)| ((*c).to_owned(), e.to_owned()));
        assert_eq!(found, expected.collect::<Vec<_>>(), "{place}");
    };
    // 5 * 990, and 0.005 of 304950 less 50.
    both("/totalUnrealizedProfit", ["4950", "50"]);
    both("/totalMaintMargin", ["1474.75", "0.25"]);
    both("/assets/0/marginBalance", ["4950", "50"]);
    // Figures of the position itself can be computed once it is here.
    both("/positions/0/notional", ["304950", "50"]);
    both("/positions/0/unrealizedProfit", ["4950", "50"]);
    assert_eq!(line(&of, "/assets/0/crossWalletBalance").outcome.code(), "equal");
}

#[test]
fn entry_prices() {
    let own_side = file(
        r#"{"format": "zkmargin-account/1", "venue": "binance",
            "balances": [{"asset": "USDT", "balance": "20000"}],
            "positions": [{"instrument": "BTCUSDT", "size": "5", "entry_value": "300010"}]}"#,
    );
    let of = against(&own_side, &with(&[]));
    only(&of, "/positions/0/unrealizedProfit", "other-entry", "10");
    // An average entry of 60000.0123 that is shown as 60000.01: five times 0.0023 less.
    let shown = [
        ("/positions/0/entryPrice", json!("60000.01")),
        ("/positions/0/unrealizedProfit", json!("4999.9385")),
    ];
    let of = compared(&at("61000"), &with(&shown));
    only(&of, "/positions/0/unrealizedProfit", "entry-price-rounding", "-0.0115");
    // Half a digit is the most that it can be.
    let beyond = [
        ("/positions/0/entryPrice", json!("60000.01")),
        ("/positions/0/unrealizedProfit", json!("4999.92")),
    ];
    let of = compared(&at("61000"), &with(&beyond));
    assert_eq!(line(&of, "/positions/0/unrealizedProfit").outcome.code(), "unexplained");
}

#[test]
fn migrated_assets() {
    let mut rules = rules().file().clone();
    let old = rules.assets[0].clone();
    // A successor of the settlement asset, and a contract that settles in it.
    rules.assets[0].migrated_to = Some("USDT2".to_owned());
    rules.assets.push(zkmargin_params::AssetFile { id: 2, symbol: "USDT2".to_owned(), ..old });
    let rules = Schedule::new(rules).unwrap();
    let market = market(&rules, &[("BTCUSDT", "61000")]);
    let mut answer = figures::<Binance>(&json!([
        { "asset": "USDT2", "balance": "500", "crossWalletBalance": "500" },
    ]));
    answer.balances[0].asset = "USDT".to_owned();
    let setting = Setting::of_answer(market, &answer).unwrap();
    let of = signable(reconcile(setting, &answer, &Alternatives::default()));
    only(&of, "/0/crossWalletBalance", "migrated", "500");
}

#[test]
fn unlisted_positions() {
    let state = json!({
        "assetPositions": [],
        "crossMarginSummary": {
            "accountValue": "900", "totalNtlPos": "100", "totalRawUsd": "1000", "totalMarginUsed": "10",
        },
        "withdrawable": "890",
    });
    let of = figures::<Hyperliquid>(&state);
    let market = market(&schedule("hyperliquid/examples/isolated.schedule.json"), &[]);
    let of = compared(&market, &of);
    // A short worth 100: cash of 1000 is worth 900; its margin at leverage 10.
    only(&of, "/crossMarginSummary/accountValue", "unlisted-positions", "-100");
    only(&of, "/crossMarginSummary/totalMarginUsed", "unlisted-positions", "10");
    only(&of, "/withdrawable", "unlisted-positions", "-110");
}

#[test]
fn two_causes_and_none() {
    // A mark 10 higher and 2.5 of funding.
    let place = "/assets/0/marginBalance";
    let mut answer = with(&[(place, json!("25002.5"))]);
    answer.positions[0].funding = Some(Decimal::parse("2.5").unwrap());
    let of = compared(&at("60990"), &answer);
    let found = causes(line(&of, place));
    let of_code = |code: &str, effect: &str| (code.to_owned(), effect.to_owned());
    assert_eq!(found, [of_code("other-mark", "50"), of_code("unsettled-funding", "2.5")]);
    // What nothing explains stays so, with what comes nearest.
    let odd = with(&[(place, json!("25017.77"))]);
    let of = compared(&at("60990"), &odd);
    let line = line(&of, place);
    assert_eq!(line.outcome.code(), "unexplained");
    let said = zkmargin_reconcile::line_json(line);
    assert_eq!(said["nearest"]["code"], "other-mark");
    assert_eq!(
        (&said["nearest"]["remainder"], &said["difference"]),
        (&json!("17.77"), &json!("67.77"))
    );
    assert!(of.has_unexplained());
}

#[test]
fn pages_escape_what_strangers_write() {
    let mut answer = with(&[]);
    let evil = "<script>alert(1)</script>\u{202e}";
    answer.figures[0].place = evil.to_owned();
    answer.figures[0].unit = "\"><img src=x>".to_owned();
    let setting = Setting::of_answer(at("61000"), &answer).unwrap();
    let of = reconcile(setting, &answer, &Alternatives::default());
    let page = zkmargin_reconcile::html(&[of]);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;script&gt;") && page.contains("\\u{202e}"));
}

/// Where each settlement asset has a book, one of which a figure is missing is said to be so: a contract that the schedule does
/// not list is in one of them.
#[test]
fn a_book_of_which_nothing_is_known_is_named() {
    let mut answer = with(&[]);
    let mut other = answer.positions[0].clone();
    other.instrument = "NEWUSDT".to_owned();
    answer.positions.push(other);
    (answer.balances, answer.separate_books) = (Vec::new(), false);
    let rules = schedule("binance/examples/single-asset.schedule.json");
    assert!(rules.file().settlement_asset_books);
    let of = compared(&market(&rules, &[("BTCUSDT", "61000")]), &answer);
    let books: Vec<_> = of.books.iter().map(|b| (b.name.as_str(), b.standing.is_err())).collect();
    assert_eq!(books, [("cross USDT", true)]);
}

/// A total of nothing is no sum: a venue that states zero is not confirmed by having listed no parts.
#[test]
fn a_stated_zero_is_not_a_sum_of_no_parts() {
    // 1 ETH long at 2000 with 1000 of cash; the last tier's rate is that of leverage 50.
    let state = json!({
        "assetPositions": [{ "position": {
            "coin": "ETH", "entryPx": "2000.0", "szi": "1.0", "positionValue": "2000.0",
            "unrealizedPnl": "0.0", "marginUsed": "100.0", "liquidationPx": null,
            "leverage": { "type": "cross", "value": 20 },
        }}],
        "crossMarginSummary": {
            "accountValue": "1000.0", "totalNtlPos": "2000.0", "totalRawUsd": "-1000.0",
            "totalMarginUsed": "100.0",
        },
        "crossMaintenanceMarginUsed": "0.0",
        "withdrawable": "0.0",
    });
    let eth = market(&schedule("hyperliquid/examples/isolated.schedule.json"), &[("ETH", "2000")]);
    let of = compared(&eth, &figures::<Hyperliquid>(&state));
    for place in ["/crossMaintenanceMarginUsed", "/withdrawable"] {
        assert_eq!(line(&of, place).outcome.code(), "unexplained", "{place}");
    }
    assert_eq!(line(&of, "/crossMarginSummary/accountValue").outcome.code(), "equal");
    assert!(of.has_unexplained());
}

/// Isolated positions are no part of the cross book, so totals that count them are not explained as its sum.
#[test]
fn isolated_positions_are_no_part_of_cross_totals() {
    let answer = with(&[
        ("/positions/0/isolated", json!(true)),
        ("/positions/0/isolatedWallet", json!("16000")),
        ("/assets/0/crossWalletBalance", json!("4000")),
    ]);
    let of = compared(&at("61000"), &answer);
    assert_eq!(line(&of, "/assets/0/unrealizedProfit").outcome.code(), "equal");
    // 5000 of profit that is all isolated.
    assert_eq!(line(&of, "/assets/0/crossUnPnl").outcome.code(), "unexplained");
    assert_eq!(own(line(&of, "/assets/0/crossUnPnl")), "0");
}

/// The third version of the answer has no flag: a wallet of its own says that a position is isolated, as for an account.
#[test]
fn a_wallet_of_its_own_is_isolated() {
    let mut answer = account();
    let position = answer["positions"][0].as_object_mut().unwrap();
    position.remove("isolated");
    position.insert("isolatedWallet".to_owned(), json!("16000"));
    let stated = figures::<Binance>(&answer);
    assert_eq!(stated.positions[0].isolated_margin, Some(Decimal::parse("16000").unwrap()));
    answer["positions"][0]["isolatedWallet"] = json!("0");
    assert_eq!(figures::<Binance>(&answer).positions[0].isolated_margin, None);
}

/// Zeros at the end of a price are digits of it: half of the last one is the most that rounding it can be.
#[test]
fn a_round_entry_price_is_as_exact_as_it_is_written() {
    let place = "/positions/0/unrealizedProfit";
    let shown = |entry: &str, profit: &str| {
        let answer = with(&[("/positions/0/entryPrice", json!(entry)), (place, json!(profit))]);
        line(&compared(&at("61000"), &answer), place).outcome.code()
    };
    // 5 BTC at an entry within 0.005 of 60000.00 have a profit within 0.025 of 5000.
    assert_eq!(shown("60000.00", "5000.025"), "explained");
    assert_eq!(shown("60000.00", "5000.03"), "unexplained");
    assert_eq!(shown("60000.00", "5002"), "unexplained");
    assert_eq!(shown("60000", "5002"), "explained");
}

/// A notional agrees with the mark that it implies, whatever it is: that alone is no cause.
#[test]
fn a_notional_does_not_explain_itself() {
    let place = "/positions/0/notional";
    let stated = |notional: &str, more: &[(&str, Value)]| {
        let own = [("/positions/0/markPrice", Value::Null), (place, json!(notional))];
        let of = compared(&at("61000"), &with(&[&own, more].concat()));
        line(&of, place).outcome.code()
    };
    // Ten times what it is, beside a profit and margins at the mark.
    assert_eq!(stated("3050000", &[]), "unexplained");
    // At 61010, as the profit beside it.
    assert_eq!(stated("305050", &[]), "unexplained");
    let profit = ("/positions/0/unrealizedProfit", json!("5050"));
    assert_eq!(stated("305050", &[profit]), "explained");
}

/// An account under another venue's rules keeps its profit where its sizes are steps there.
#[test]
fn translated_accounts() {
    use std::collections::BTreeMap;
    use zkmargin_model::rule::margin;
    use zkmargin_params::SnapshotFile;
    let file =
        |kind: &str| crate::support::venue_file(&format!("hyperliquid/examples/cross.{kind}.json"));
    let own = Schedule::from_json(&file("schedule")).unwrap();
    let prices = SnapshotFile::from_json(&file("snapshot")).unwrap();
    let market = zkmargin_params::compile(&own, &prices).unwrap();
    let account = AccountFile::from_json(&file("account")).unwrap();
    let other = schedule("binance/usdm.json");
    let mut given = zkmargin_reconcile::Given::default();
    let refused = zkmargin_reconcile::translate(&market, &prices, &account, &other, &given);
    assert!(refused.unwrap_err().to_string().starts_with("MATIC has 0 counterparts"));
    given.names = BTreeMap::from([("MATIC".to_owned(), "POLUSDT".to_owned())]);
    let refused = zkmargin_reconcile::translate(&market, &prices, &account, &other, &given);
    assert!(refused.unwrap_err().to_string().starts_with("USDT counts at"));
    given.prices = BTreeMap::from([("USDT".to_owned(), zkmargin_params::DecimalText::new("1"))]);
    let there = zkmargin_reconcile::translate(&market, &prices, &account, &other, &given).unwrap();
    let account = there.account.holdings(there.market.schedule()).unwrap();
    let figures = margin(&account, there.market.market()).unwrap();
    let decimals = there.market.schedule().margin_decimals();
    let equity = zkmargin_model::decimal::format_scaled(&figures.equity, decimals);
    // 1182.312496, without the profit of 0.00085 BTC (-0.00867) and of 0.0004 ETH (0.000356).
    assert!(equity.starts_with("1182.32081"), "{equity}");
    assert_eq!(there.remarks.len(), 3, "{:?}", there.remarks);
}

/// An isolated position, open orders and leverages are carried over as the other schedule has them, and a remark says what is not.
#[test]
fn translated_accounts_keep_what_the_other_venue_has() {
    use zkmargin_params::{DecimalText, SnapshotFile};
    let file = |name: &str| crate::support::venue_file(&format!("drift/examples/{name}.json"));
    let own = Schedule::from_json(&file("perpetual.schedule")).unwrap();
    let mut prices = SnapshotFile::from_json(&file("perpetual.snapshot")).unwrap();
    let quote = own.allocation_asset().unwrap().symbol.clone();
    let at = prices.assets.iter().position(|price| price.asset == quote).unwrap();
    let interest = zkmargin_params::FractionText::new("1.25");
    prices.assets[at].figures.insert("deposit interest".to_owned(), interest);
    let market = zkmargin_params::compile(&own, &prices).unwrap();
    let mut account = AccountFile::from_json(&file("perpetual.account")).unwrap();
    let text = |text: &str| Some(DecimalText::new(text));
    let held = &mut account.positions[0];
    (held.allocation, held.bids, held.orders) = (text("8.000000001"), text("1"), Some(1));
    held.own_rate = text("0.5");
    let listed = own.instrument(&held.instrument).unwrap().symbol.clone();
    account.holdings(&own).unwrap();
    let hyperliquid = Schedule::from_json(&crate::support::venue_file(
        "hyperliquid/examples/cross.schedule.json",
    ));
    let other = hyperliquid.unwrap();
    let given = zkmargin_reconcile::Given {
        names: [(listed.clone(), "BTC".to_owned())].into(),
        ..Default::default()
    };
    let there = zkmargin_reconcile::translate(&market, &prices, &account, &other, &given).unwrap();
    let held = &there.account.positions[0];
    // Eight shares and a bit are ten coins, down to the millionth.
    assert_eq!(held.isolated_margin, text("10"));
    assert_eq!((&held.allocation, &held.bids, held.orders), (&None, &None, None));
    assert_eq!((&held.own_rate, &held.own_leverage), (&None, &None));
    let says = |words: &str| {
        assert!(there.remarks.iter().any(|of| of.contains(words)), "{words}: {:?}", there.remarks);
    };
    says("with its interest");
    says(&format!("open orders in {listed} are left out"));
    says(&format!("the margin rate that the holder chose for {listed} is left out"));
    there.account.holdings(there.market.schedule()).unwrap();
}

/// Of what nothing is held in no price is needed: neither of the settlement asset of an instrument that is not.
#[test]
fn an_account_without_positions_is_translated() {
    use zkmargin_params::{DecimalText, SnapshotFile};
    let file =
        |kind: &str| crate::support::venue_file(&format!("hyperliquid/examples/cross.{kind}.json"));
    let own = Schedule::from_json(&file("schedule")).unwrap();
    let prices = SnapshotFile::from_json(&file("snapshot")).unwrap();
    let market = zkmargin_params::compile(&own, &prices).unwrap();
    let mut account = AccountFile::from_json(&file("account")).unwrap();
    account.positions.clear();
    account.balances.iter_mut().for_each(|of| of.balance = DecimalText::new("0"));
    let (other, given) = (schedule("binance/usdm.json"), zkmargin_reconcile::Given::default());
    let there = zkmargin_reconcile::translate(&market, &prices, &account, &other, &given).unwrap();
    assert!(there.account.positions.is_empty());
}
