//! An answer of each venue whose figures were computed by hand: all are equal, and one that is changed has its cause.

use crate::sample_markets::{bitmex, coin_margined, deribit, gate, okx, two_coins};
use crate::support::{causes, compared, figures, line, market, own, schedule};
use num_rational::BigRational;
use num_traits::Signed;
use serde_json::{Value, json};
use std::sync::Arc;
use zkmargin_model::decimal::Decimal;
use zkmargin_params::venues::{
    Answers, BinanceCoinM, Bitmex, Deribit, FigureKind, Gate, Kraken, Okx, OpenedFile, Reading,
    STATING, StatesFigures, VENUES, VenueFigure, VenueFigures, known_answers,
};
use zkmargin_params::{CompiledMarket, FileKind};
use zkmargin_reconcile::{Reconciled, overview};

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
    assert!(of.books.iter().all(|book| book.standing.is_ok()));
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
                "size": 200_000.0, "size_currency": 2.0, "mark_price": 100_000.0, "settlement_price": 99_990.0,
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
    // What is outside the schedule is said, and nothing of the schedule is left out.
    assert_eq!((of.outside.as_slice(), of.uncompared()), (&["ETH".to_owned()][..], None));
}

fn okx_answer(positions: &Value) -> VenueFigures {
    figures::<Okx>(&json!({
        "positions": {"code": "0", "data": positions},
        "balance": {"code": "0", "data": [{"details": [{"ccy": "USDT", "cashBal": "10000"}]}]},
    }))
}

fn okx_position(mode: &str, leverage: &str, initial: &str, maintenance: &str) -> Value {
    json!({
        "instId": "BTC-USDT-SWAP", "posSide": "net", "pos": "10", "avgPx": "50000", "ccy": "USDT", "upl": "0.1",
        "mgnMode": mode, "margin": if mode == "isolated" { "1000" } else { "" }, "lever": leverage,
        "imr": initial, "mmr": maintenance,
    })
}

/// A position of the cross book and an isolated one in one contract are two: 10 contracts of 0.01 at 50001 are 5000.1, a
/// tenth of it 500.01 and a fifth 1000.02, 0.4 % 20.0004. Each is a book of its own.
#[test]
fn a_cross_and_an_isolated_position_in_one_contract() {
    let at = market(&okx(), &[("BTC-USDT-SWAP", "50001")]);
    let both = json!([
        okx_position("cross", "10", "500.01", "20.0004"),
        okx_position("isolated", "5", "1000.02", "20.0004"),
    ]);
    let of = equal_but(&at, &okx_answer(&both), &[]);
    let books: Vec<_> =
        of.books.iter().map(|book| (&*book.name, book.standing.clone().unwrap())).collect();
    let amount = |whole: i64, of: i64| BigRational::new(whole.into(), of.into());
    let required = amount(200_004, 10_000);
    assert_eq!(books[0], ("cross", [amount(100_001, 10), required.clone()]));
    assert_eq!(books[1], ("isolated BTC-USDT-SWAP long", [amount(10_001, 10), required]));
    // The leverage of one is none of the other's.
    let wrong = json!([
        okx_position("cross", "10", "1000.02", "20.0004"),
        okx_position("isolated", "5", "1000.02", "20.0004"),
    ]);
    let of = compared(&at, &okx_answer(&wrong));
    assert_eq!(causes(line(&of, "/positions/data/0/imr"))[0].0, "other-leverage");
    assert_eq!(causes(line(&of, "/positions/data/1/imr"))[0].0, "equal");
}

/// A number whose zeros were cut is not rounded to the digits that are left.
#[test]
fn digits_that_were_cut_are_no_rounding() {
    let at = market(&okx(), &[("BTC-USDT-SWAP", "50001")]);
    let of = compared(&at, &okx_answer(&json!([okx_position("cross", "10", "500.01", "21")])));
    assert_eq!(line(&of, "/positions/data/0/mmr").outcome.code(), "unexplained");
    let rules = schedule("kraken/multi-collateral.json");
    let answer = figures::<Kraken>(&json!({
        "accounts": {"result": "success", "serverTime": "2025-11-17T00:34:37.524Z", "accounts": {"flex": {
            "type": "multiCollateralMarginAccount", "balanceValue": 1000.0, "maintenanceMargin": 48.07875,
            "currencies": {"USD": {"quantity": 1000.0}}, "pnl": 8, "marginEquity": 1007.5,
        }}},
        "openpositions": {"result": "success", "openPositions": [
            {"side": "long", "symbol": "PF_ETHUSD", "price": 3200.25, "size": 1.5},
        ]},
    }));
    let of = compared(&market(&rules, &[("PF_ETHUSD", "3205.25")]), &answer);
    assert_eq!(line(&of, "/accounts/accounts/flex/pnl").outcome.code(), "unexplained");
    assert_eq!(line(&of, "/accounts/accounts/flex/marginEquity").outcome.code(), "equal");
}

/// An entry price of five digits after the point explains half of the last one, not half a dollar: 20 coins gain 9.87655
/// each, 197.531 together.
#[test]
fn entry_prices_are_rounded_to_the_digits_they_have() {
    let at = market(&gate(), &[("BTC_USDT", "49010")]);
    let of = |entry: &str, profit: &str| {
        let answer = json!({
            "accounts": {"currency": "USDT", "total": "100000"},
            "positions": [{
                "contract": "BTC_USDT", "size": 200_000, "entry_price": entry, "leverage": "0",
                "unrealised_pnl": profit,
            }],
        });
        let of = compared(&at, &figures::<Gate>(&answer));
        causes(line(&of, "/positions/0/unrealised_pnl"))[0].0.clone()
    };
    assert_eq!(of("49000.12345", "197.531"), "equal");
    assert_eq!(of("49000.12345", "197.53105"), "entry-price-rounding");
    assert_eq!(of("49000.12345", "190"), "unexplained");
    // Zeros were cut.
    assert_eq!(of("49000", "190.5"), "unexplained");
}

/// A position that the schedule does not list leaves the account uncompared, whatever else is equal.
#[test]
fn an_unlisted_position_is_no_all_clear() {
    let at = market(&okx(), &[("BTC-USDT-SWAP", "50001")]);
    let mut doge = okx_position("cross", "10", "500", "99999");
    doge["instId"] = json!("DOGE-USDT-SWAP");
    let listed = okx_position("cross", "10", "500.01", "20.0004");
    let of = compared(&at, &okx_answer(&json!([listed, doge])));
    assert!(of.has_compared() && !of.has_unexplained());
    let (_, why) = of.uncompared().unwrap();
    assert_eq!(why.to_string(), "the schedule does not list DOGE-USDT-SWAP");
    assert!(of.books.iter().all(|book| book.standing.is_err()));
}

/// Books that share no margin are not added: 100 contracts of 10 dollars need 0.005 ETH at 2000 dollars, of which there are
/// 0.001, and 34 BTC beside them are none of that.
#[test]
fn books_without_a_common_margin_have_a_row_each() {
    let held = |coin: &str, contracts: &str| {
        json!({
            "symbol": format!("{coin}USD_PERP"), "positionAmt": contracts, "entryPrice": "2000",
            "isolated": false, "isolatedWallet": "0", "leverage": "5",
        })
    };
    let wallet = |coin: &str, amount: &str| json!({"asset": coin, "walletBalance": amount, "crossWalletBalance": amount});
    let answer = json!({
        "assets": [wallet("BTC", "34"), wallet("ETH", "0.001")],
        "positions": [held("BTC", "10"), held("ETH", "100")],
    });
    let at = market(&two_coins(), &[("BTCUSD_PERP", "2000"), ("ETHUSD_PERP", "2000")]);
    let of = compared(&at, &figures::<BinanceCoinM>(&answer));
    let rows = overview(std::slice::from_ref(&of)).standings;
    let met: Vec<_> = rows.iter().map(|row| (&*row.book, row.buffer.is_negative())).collect();
    assert_eq!(met, [("cross BTC", false), ("cross ETH", true)]);
    let of_all = overview(&[of]);
    assert_eq!(of_all.least_room, Some(1));
    assert!(of_all.totals.values().all(|total| total.lacking.is_positive()));
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

/// A venue's example folder: the market that is read of it, and what it states.
fn folder(name: &str) -> (Arc<CompiledMarket>, VenueFigures) {
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
    (Arc::new(imported.market.unwrap()), stated)
}

fn of_folder(name: &str) -> Reconciled {
    let (market, stated) = folder(name);
    compared(&market, &stated)
}

/// Every venue's example folder: each figure is equal or has a cause, but for a liquidation price that Bybit does not show:
/// four times the mark.
#[test]
fn example_folders() {
    for venue in STATING {
        let of = of_folder(venue.name);
        let left = of.lines.iter().filter(|line| line.outcome.code() == "unexplained");
        let left: Vec<_> = left
            .map(|line| format!("{} of {}", line.figure.kind.code(), line.figure.subject))
            .collect();
        assert!(left.is_empty(), "{}: {left:?}", venue.name);
        assert!(of.count("equal") > 1, "{}", venue.name);
        assert!(of.uncompared().is_none(), "{}", venue.name);
        // Its empty price can be one that is not shown.
        let is_price = |line: &&zkmargin_reconcile::Line| {
            line.figure.kind == FigureKind::LiquidationPrice && line.figure.value.is_none()
        };
        if let Some(price) = of.lines.iter().find(is_price).filter(|_| venue.name == "bybit") {
            assert!(own(price).contains("by the rule it is 13623.95"), "{}", own(price));
        }
        // Bybit's wallet holds BTC, which is switched off as collateral.
        assert!(of.books.iter().all(|book| book.standing.is_ok()), "{}", venue.name);
        assert!(venue.name != "bybit" || of.outside == ["BTC"], "{:?}", of.outside);
    }
}

/// Bybit's example: both margins hold the same 0.02069936 besides the value's parts of 0.5 % and a thirtieth, which is the fee
/// that the schedule leaves out; the totals are sums of the venue's own. In one of them alone, or another amount in each, it is
/// no fee.
#[test]
fn bybit_fee_left_out() {
    let (market, stated) = folder("bybit");
    let of = |change: &dyn Fn(&str, &mut VenueFigure)| {
        let mut stated = stated.clone();
        for figure in &mut stated.figures {
            let name = format!("{} of {}", figure.kind.code(), figure.subject);
            change(&name, figure);
        }
        let of = compared(&market, &stated);
        let codes = ["ETHUSDT short", "USDT, cross book"].map(|subject| {
            ["maintenance", "initial"].map(|kind| {
                let is = |line: &&zkmargin_reconcile::Line| {
                    line.figure.kind.code() == kind && line.figure.subject.to_string() == subject
                };
                causes(of.lines.iter().find(is).unwrap()).remove(0)
            })
        });
        codes.map(|codes| codes.map(|(code, effect)| format!("{code} {effect}")))
    };
    let [position, total] = of(&|_, _| {});
    assert_eq!(position, ["fee-left-out 0.02069936", "fee-left-out 0.02069936"]);
    assert_eq!(total, ["sum-of-parts 0.02069936", "sum-of-parts 0.02069936"]);
    let other = |kind: &'static str, value: &'static str| {
        move |name: &str, figure: &mut VenueFigure| {
            if name == format!("{kind} of ETHUSDT short") {
                figure.value = Some(Decimal::parse(value).unwrap());
            }
        }
    };
    for (kind, value) in [
        ("maintenance", "0.20281587"),
        ("maintenance", "0.1821165"),
        ("initial", "1.2348095"),
        ("initial", "1.21411"),
    ] {
        let [position, _] = of(&other(kind, value));
        assert!(position.iter().all(|of| !of.starts_with("fee-left-out")), "{position:?}");
        assert!(position.iter().any(|of| of.starts_with("unexplained")), "{position:?}");
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
