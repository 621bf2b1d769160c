//! An answer of each venue whose figures were computed by hand: all are equal, and one that is changed has its cause.

use crate::sample_markets::{bitmex, coin_margined, deribit, gate};
use crate::support::{causes, compared, figures, line, market, own, schedule};
use serde_json::{Value, json};
use std::sync::Arc;
use zkmargin_params::venues::{
    Answers, BinanceCoinM, Bitmex, Deribit, Gate, Kraken, OpenedFile, Reading, STATING,
    StatesFigures, VENUES, VenueFigures, known_answers,
};
use zkmargin_params::{CompiledMarket, FileKind};
use zkmargin_reconcile::Reconciled;

/// The comparison, in which every figure that is not in these places is equal, to the digits that the venue states.
fn equal_but(market: &Arc<CompiledMarket>, answer: &VenueFigures, others: &[&str]) -> Reconciled {
    let of = compared(market, answer);
    for line in &of.lines {
        let place = line.figure.place.as_str();
        let is_rounded = causes(line).iter().all(|(code, _)| code == "rounding");
        let is_equal = line.outcome.code() == "equal" || is_rounded;
        assert!(others.contains(&place) || is_equal, "{place} {}", own(line));
    }
    assert!(of.lines.len() > others.len(), "{of:?}");
    assert!(of.standing.is_some());
    of
}

fn only(of: &Reconciled, place: &str, code: &str, effect: &str) {
    assert_eq!(causes(line(of, place)), [(code.to_owned(), effect.to_owned())], "{place}");
}

/// 9,440 contracts short of 0.0001 BTC at 3780.32 are 3568.62208; 0.56 % of it; entered at 3779.55.
#[test]
fn gate_figures() {
    let answer = json!({
        "accounts": {
            "currency": "USDT", "total": "1000", "unrealised_pnl": "-0.72688",
            "cross_unrealised_pnl": "-0.72688", "cross_maintenance_margin": "19.984283648",
        },
        "positions": [{
            "contract": "BTC_USDT", "size": -9440, "entry_price": "3779.55", "mark_price": "3780.32",
            "leverage": "0", "cross_leverage_limit": "10", "value": "3568.62208",
            "unrealised_pnl": "-0.72688", "maintenance_margin": "19.984283648",
            "initial_margin": "356.862208",
        }],
    });
    let rules = gate();
    let at = |mark: &str| market(&rules, &[("BTC_USDT", mark)]);
    equal_but(&at("3780.32"), &figures::<Gate>(&answer), &[]);
    let of = compared(&at("3780.22"), &figures::<Gate>(&answer));
    // 0.944 * 0.1, and 0.56 % of it.
    only(&of, "/positions/0/unrealised_pnl", "other-mark", "-0.0944");
    only(&of, "/positions/0/maintenance_margin", "other-mark", "0.00052864");
}

/// 2 BTC at an index of 100,000 need 1.01 % of 200,000; the session began at 99,990, and 5 was realized in it.
#[test]
fn deribit_figures() {
    let rules = deribit();
    let at = market(&rules, &[("BTC_USDC-PERPETUAL", "100000")]);
    let answer = |quote: Option<[&str; 2]>| {
        let mut stated = figures::<Deribit>(&json!({
            "get_account_summaries": {"result": {"summaries": [
                {
                    "currency": "USDC", "balance": 9000.0, "session_rpl": 5.0, "equity": 9025.0,
                    "futures_session_upl": 20.0, "maintenance_margin": 2020.0,
                    "cross_collateral_enabled": false,
                },
                {"currency": "BTC", "balance": 0.5, "equity": 0.5, "cross_collateral_enabled": false},
            ]}},
            "get_positions": {"result": [{
                "instrument_name": "BTC_USDC-PERPETUAL", "kind": "future", "direction": "buy",
                "size": 2.0, "mark_price": 100_000.0, "settlement_price": 99_990.0,
                "average_price": 95_000.0, "floating_profit_loss": 20.0,
                "maintenance_margin": 2020.0,
            }]},
        }));
        if let Some([bid, ask]) = quote {
            let tickers = json!([{"result": {
                "instrument_name": "BTC_USDC-PERPETUAL", "best_bid_price": bid.parse::<f64>().unwrap(),
                "best_ask_price": ask.parse::<f64>().unwrap(),
            }}]);
            stated.quote(&Deribit::quotes(&tickers).unwrap());
        }
        stated
    };
    // The schedule has nothing of BTC, which is a book of its own.
    let btc = ["/get_account_summaries/result/summaries/1/equity"];
    let of = equal_but(&at, &answer(None), &btc);
    assert_eq!(own(line(&of, btc[0])), "the schedule does not list BTC");
    // An answer whose result is that of the best bid.
    let mut quoted = answer(Some(["99999.5", "100000.5"]));
    let place = "/get_positions/result/0/floating_profit_loss";
    let figure = quoted.figures.iter_mut().find(|figure| figure.place == place).unwrap();
    figure.value = Some(zkmargin_model::decimal::Decimal::parse("19").unwrap());
    only(&compared(&at, &quoted), place, "bid-ask", "-1");
}

/// 1.5 ETH entered at 3200.25 and marked at 3205.25, with funding of -0.125 that is not settled; 1 % of 4800.375.
#[test]
fn kraken_figures() {
    let rules = schedule("kraken/multi-collateral.json");
    let at = market(&rules, &[("PF_ETHUSD", "3205.25")]);
    let answer = |equity: f64| {
        figures::<Kraken>(&json!({
            "accounts": {"result": "success", "serverTime": "2025-11-17T00:34:37.524Z", "accounts": {
                "flex": {
                    "type": "multiCollateralMarginAccount", "currencies": {"USD": {"quantity": 1000.25}},
                    "balanceValue": 1000.25, "pnl": 7.5, "marginEquity": equity,
                    "maintenanceMargin": 48.00375,
                },
                "fi_xbtusd": {"type": "marginAccount", "currency": "xbt", "balances": {"xbt": 0.5}},
                "cash": {"type": "cashAccount", "balances": {"xbt": 4.5}},
            }},
            "openpositions": {"result": "success", "openPositions": [
                {
                    "side": "long", "symbol": "PF_ETHUSD", "price": 3200.25, "size": 1.5,
                    "unrealizedFunding": -0.125,
                },
                {
                    "side": "short", "symbol": "PI_XBTUSD", "price": 27_523.749_993_345_933,
                    "size": 8000.0, "unrealizedFunding": 5.879e-05,
                },
            ]},
        }))
    };
    let place = "/accounts/accounts/flex/marginEquity";
    let of = equal_but(&at, &answer(1007.625), &[place]);
    only(&of, place, "unsettled-funding", "-0.125");
    only(&compared(&at, &answer(1007.875)), place, "funding-sign", "0.125");
}

/// 1,000 dollars long at 98,500 are 0.01015228 XBT, entered at 0.01020408; 0.55 % of the latter to the
/// nearest satoshi.
#[test]
fn bitmex_figures() {
    let answer = json!({
        "margin": {
            "currency": "XBt", "walletBalance": 100_005_180, "unrealisedPnl": 5180,
            "marginBalance": 100_010_360, "maintMargin": 5612,
        },
        "position": [
            {
                "symbol": "XBTUSD", "currency": "XBt", "currentQty": 1000, "unrealisedCost": -1_020_408,
                "avgEntryPrice": 98_000.1, "markPrice": 98500.0, "markValue": -1_015_228,
                "crossMargin": true, "unrealisedPnl": 5180, "posMaint": 5612,
            },
            {"symbol": "XBTUSDT", "currency": "USDt", "currentQty": 5},
        ],
    });
    let rules = bitmex();
    let at = |mark: &str| market(&rules, &[("XBTUSD", mark)]);
    equal_but(&at("98500"), &figures::<Bitmex>(&answer), &[]);
    // At 98,400 the value is 0.0101626, 1,032 satoshis more; what is required is of the entry.
    let of = compared(&at("98400"), &figures::<Bitmex>(&answer));
    only(&of, "/margin/unrealisedPnl", "other-mark", "0.00001032");
}

/// One contract of 100 dollars, which ccxt quotes of 2021: entered at 41021.20000069, worth 0.00243939 at the mark.
#[test]
fn coin_margined_figures() {
    let held = |coin: &str| {
        json!({
            "symbol": format!("{coin}USD_PERP"), "positionAmt": "1", "entryPrice": "41021.20000069",
            "unrealizedProfit": "-0.00000163", "maintMargin": "0.00002439",
            "positionInitialMargin": "0.00048787", "initialMargin": "0.00048787",
            "openOrderInitialMargin": "0", "leverage": "5", "isolated": false, "isolatedWallet": "0",
        })
    };
    let answer = json!({
        "assets": [
            {
                "asset": "BTC", "walletBalance": "34", "crossWalletBalance": "34",
                "unrealizedProfit": "-0.00000163", "marginBalance": "33.99999837",
                "maintMargin": "0.00002439", "positionInitialMargin": "0.00048787",
                "initialMargin": "0.00048787", "availableBalance": "33.9995105",
                "crossUnPnl": "-0.00000163",
            },
            {"asset": "ETH", "walletBalance": "1", "crossWalletBalance": "1"},
        ],
        "positions": [held("BTC"), held("ETH")],
    });
    let rules = coin_margined();
    let stated = figures::<BinanceCoinM>(&answer);
    let of_eth: Vec<_> = stated.figures.iter().map(|figure| figure.place.clone()).collect();
    let of_eth: Vec<_> = of_eth
        .iter()
        .map(String::as_str)
        .filter(|place| place.starts_with("/positions/1") || place.starts_with("/assets/1"))
        .collect();
    let of = equal_but(&market(&rules, &[("BTCUSD_PERP", "40993.85")]), &stated, &of_eth);
    for place in of_eth {
        assert_eq!(line(&of, place).outcome.code(), "not-computed", "{place}");
    }
}

/// Whatever a venue states is read the same by its name.
#[test]
fn venues_by_name() {
    let known: Vec<_> = STATING.iter().map(|venue| venue.name).collect();
    assert_eq!(known.len(), 12);
    let none = Value::Null;
    for venue in STATING {
        assert!(venue.read(&none, None).is_err(), "{}", venue.name);
    }
}

/// A venue's example folder: what it states, at the market that is read of it.
fn of_folder(name: &str) -> Reconciled {
    let folder = format!("{}/examples/answers", name.replace('-', "_"));
    let folder = crate::support::venues_folder().join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        OpenedFile { name, bytes: std::fs::read(path).unwrap().into() }
    });
    let files: Vec<_> = files.collect();
    let (known, reading) = (known_answers(), Reading { accept_rule: true, ..Reading::default() });
    let venue = VENUES.iter().find(|venue| venue.name == name).unwrap();
    let imported = venue.import(&files, &[], &known, &reading).unwrap();
    let answers = Answers::read(name, venue.endpoints, &files, &[], &known).unwrap();
    let [account, prices] = [FileKind::Account, FileKind::Snapshot]
        .map(|kind| answers.source(kind).unwrap().value.into_owned());
    let stating = STATING.iter().find(|venue| venue.name == name).unwrap();
    let stated = stating.read(&account, Some(&prices)).unwrap();
    compared(&Arc::new(imported.market.unwrap()), &stated)
}

/// Every venue's example folder: each figure is equal or has a cause, but for Bybit's fee to close, for which the venue
/// publishes no formula.
#[test]
fn example_folders() {
    for venue in STATING {
        let of = of_folder(venue.name);
        let left = of.lines.iter().filter(|line| line.outcome.code() == "unexplained");
        let left: Vec<_> = left
            .map(|line| format!("{} of {}", line.figure.kind.code(), line.figure.subject))
            .collect();
        let expected: &[&str] = match venue.name {
            "bybit" => &[
                "maintenance of ETHUSDT short",
                "initial of ETHUSDT short",
                "maintenance of USDT, cross book",
                "initial of USDT, cross book",
            ],
            _ => &[],
        };
        assert_eq!(left, expected, "{}", venue.name);
        assert!(of.count("equal") > 1, "{}", venue.name);
    }
}

/// A recorded account: average prices are shown in few digits, so profits are those of others that round to them, and with
/// them the totals, which also have the rest of a balance that is shown in six digits. Its requirement is equal.
#[test]
fn lighter_figures() {
    let of = of_folder("lighter");
    let account = "/account/accounts/0";
    let codes = |place: &str| {
        let all = causes(line(&of, &format!("{account}/{place}")));
        all.into_iter().map(|(code, _)| code).collect::<Vec<_>>()
    };
    assert_eq!(codes("cross_maintenance_margin_requirement"), ["rounding"]);
    assert_eq!(codes("positions/0/position_value"), ["equal"]);
    // 3.87333 * 64969.5 is 0.131047 less than what was paid.
    let profit = causes(line(&of, &format!("{account}/positions/0/unrealized_pnl")));
    assert_eq!(profit, [("entry-price-rounding".to_owned(), "-0.131047".to_owned())]);
    assert_eq!(codes("cross_asset_value"), ["entry-price-rounding", "balance-rounding"]);
    assert_eq!(codes("available_balance"), ["entry-price-rounding", "rounding"]);
    assert_eq!(codes("cross_initial_margin_requirement"), ["rounding"]);
    assert_eq!(codes("positions/4/liquidation_price"), ["entry-price-rounding", "rounding"]);
}
