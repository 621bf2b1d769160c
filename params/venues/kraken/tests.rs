//! The list beside this file, and requirements by hand.

use super::*;
use crate::tests::{kept, rounds};
use crate::venue::computed::{Numbers, computed, from_folder, number};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use crate::venue::{Choice, FigureKind, StatesFigures, Subject};
use crate::{AccountFile, RemarkKind, Schedule, SnapshotFile, compile};
use num_bigint::BigInt;
use serde_json::json;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Margin, Profile, margin};

pub(super) fn list() -> Value {
    serde_json::from_str(include_str!("instruments.json")).unwrap()
}

fn of(settle: &str) -> Options {
    Options { settle: settle.to_owned(), name: None }
}

fn schedule(settle: &str) -> Schedule {
    let schedule = schedules_survive::<Kraken>(&list(), &of(settle));
    let mut file = schedule.file().clone();
    file.source = file.source.replace(
        "Kraken Futures instruments, imported.",
        "Four contracts (PI_XBTUSD, PF_ETHUSD, PF_PEPEUSD, PF_AAPLxUSD) of an answer to /derivatives/api/v3/instruments of 2025, kept as test data in nautechsystems/nautilus_trader, commit a95c8042b00133829d252ae8cf68f78fc176a973, crates/adapters/kraken/test_data/http_futures_instruments.json.",
    );
    Schedule::new(file).unwrap()
}

#[test]
fn the_list_is_read() {
    for (settle, name, left_out) in [
        ("USD", "multi-collateral", vec!["PI_XBTUSD"]),
        ("BTC", "inverse-btc", vec!["PF_ETHUSD", "PF_PEPEUSD", "PF_AAPLxUSD"]),
    ] {
        let schedule = schedule(settle);
        let remarks = schedule.remarks();
        // A step in the rate of the whole position is a jump, and only inverse contracts have a cap.
        let odd = |kind: RemarkKind| {
            kind != RemarkKind::Jump && !(settle == "USD" && kind == RemarkKind::NoCap)
        };
        assert!(!remarks.iter().any(|remark| odd(remark.kind)), "{remarks:?}");
        assert!(schedule.departures().is_some_and(|d| d.rounding_assumed.is_some()));
        kept(&format!("venues/kraken/{name}.json"), &schedule.file().to_json().unwrap());
        let imported = Kraken::schedule(&list(), &of(settle)).unwrap();
        let out: Vec<_> = imported.left_out.iter().map(|l| l.symbol.as_str()).collect();
        assert_eq!(out, left_out);
        assert!(imported.left_out.iter().all(|l| l.why == "settles in another asset"));
    }
}

/// What is required is of the value at entry.
const AT_ENTRY: Profile = Profile { entry: true, ..Profile::GENERAL };

/// Figures of one position, with the profile of its market.
fn figures(
    settle: &str,
    marks: &[(&str, &str)],
    position: (&str, &str, &str),
) -> (Margin, Profile, bool) {
    let schedule = schedule(settle);
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2025-11-17T00:34:37.524Z", "sequence": 1,
        "assets": [{"asset": settle, "index": "1"}],
        "instruments": marks.iter().map(|(instrument, mark)| json!({
            "instrument": instrument, "mark": mark,
        })).collect::<Vec<_>>(),
    });
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).unwrap();
    let market = compile(&schedule, &snapshot).unwrap();
    let (instrument, size, entry) = position;
    let account = json!({
        "format": "zkmargin-account/1", "venue": "kraken",
        "balances": [{"asset": settle, "balance": "0.5"}],
        "positions": [{"instrument": instrument, "size": size, "entry_value": entry}],
    });
    let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    let margin = margin(&account.holdings(&schedule).unwrap(), market.market()).unwrap();
    let healthy = margin.meets(&Claim::margin(), market.market());
    (margin, market.market().profile().unwrap(), healthy)
}

#[test]
fn linear_requirements_by_hand() {
    let marks =
        |eth| [("PF_ETHUSD", eth), ("PF_PEPEUSD", "0.0000102345"), ("PF_AAPLxUSD", "270.5")];
    let required = |eth, size, entry| {
        let (margin, profile, healthy) = figures("USD", &marks(eth), ("PF_ETHUSD", size, entry));
        assert_eq!(profile, AT_ENTRY);
        (format_scaled(&margin.maintenance, USD_DECIMALS + 2), healthy)
    };
    // The end of the first level is in it: 800 sold at 2500 = 2,000,000 at 1 %, without profit.
    assert_eq!(required("2500", "-800", "-2000000"), ("20000".to_owned(), false));
    // All of 800.001 bought at 2500 = 2,000,002.5 is at 2 %, whatever it is worth: a profit of 80,000.1.
    assert_eq!(required("2600", "800.001", "2000002.5"), ("40000.05".to_owned(), true));
    assert_eq!(required("1", "800.001", "2000002.5"), ("40000.05".to_owned(), false));
    // 700 bought at 3205.25 = 2,243,675 at 2 %.
    assert_eq!(required("3270", "700", "2243675"), ("44873.5".to_owned(), true));
    let pepe = figures("USD", &marks("2500"), ("PF_PEPEUSD", "5000000", "51")).0;
    // 1 % of 51, and a profit of 5,000,000 * 0.0000102345 = 51.1725 less that.
    assert_eq!(format_scaled(&pepe.maintenance, USD_DECIMALS + 2), "0.51");
    assert_eq!(format_scaled(&pepe.equity, USD_DECIMALS + 2), "0.6725");
}

/// Neither side of a position gains by its rounding: -8000 / 91506.60098391 = -0.0874253869... and its reverse. What is
/// required is of the value at entry.
#[test]
fn inverse_requirements_by_hand() {
    for (size, value, entry, requirement) in [
        ("8000", -8_742_539_i64, -29_065_807_i64, 290_659),
        ("-8000", 8_742_538, 29_065_807, 290_659),
        ("500000", -546_408_669, -546_408_669, 5_464_087),
        // One contract more, and all are at 2 %.
        ("500001", -546_409_762, -546_408_669, 10_928_174),
    ] {
        let marks = [("PI_XBTUSD", "91506.60098391")];
        let at_entry = scaled(entry, 8);
        let (margin, profile, _) = figures("BTC", &marks, ("PI_XBTUSD", size, at_entry.as_str()));
        assert_eq!(margin.positions[0].pnl, BigInt::from(value - entry), "{size}");
        assert_eq!(margin.maintenance, BigInt::from(requirement) * 100, "{size}");
        assert_eq!(profile, AT_ENTRY);
    }
}

#[test]
fn what_cannot_be_taken_is_left_out() {
    for (pointer, value, why) in [
        ("/instruments/1/symbol", json!("FF_ETHUSD_251226"), "fixed maturity"),
        ("/instruments/1/tradeable", json!(false), "not tradeable"),
        (
            "/instruments/0/type",
            json!("futures_vanilla"),
            "neither a multi-collateral nor an inverse contract",
        ),
    ] {
        let imported = Kraken::schedule(&with(&list(), pointer, value), &Options::default());
        let left_out = imported.unwrap().left_out;
        assert!(left_out.iter().any(|l| l.why == why), "{why}: {left_out:?}");
    }
    let none = "the file holds no perpetual that can be imported; PI_XBTUSD: settles in another asset; PF_ETHUSD: settles in another asset; PF_PEPEUSD: settles in another asset";
    assert_eq!(told(Kraken::schedule(&list(), &of("SOL"))), none);
}

#[test]
fn bad_lists_are_refused_with_the_place() {
    let at = |rest: &str| format!("/instruments/1{rest}");
    for (pointer, value, message) in [
        (at("/marginLevels"), json!([]), "is empty"),
        (at("/marginLevels/0/numNonContractUnits"), json!(1), "is not 0"),
        (at("/marginLevels/0/numNonContractUnits"), json!(-1), "is not a size"),
        (at("/marginLevels/0/maintenanceMargin"), json!("0.01"), "is not a JSON number"),
        (
            at("/marginLevels/1/maintenanceMargin"),
            json!(0.123_456_789_012_345_67),
            "has more than 15 digits, of which a program may have lost some",
        ),
        (at("/contractValueTradePrecision"), json!(17), "and contractSize have too many digits"),
    ] {
        let told = told(Kraken::schedule(&with(&list(), &pointer, value), &Options::default()));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
}

/// The answer of 2025-11-17 that nautechsystems/nautilus_trader keeps (`http_futures_tickers.json`), with the members that
/// are read.
fn tickers() -> Value {
    json!({
        "result": "success", "serverTime": "2025-11-17T00:34:37.524Z",
        "tickers": [
            {"symbol": "PI_XBTUSD", "markPrice": 91_506.600_983_917_6, "tag": "perpetual"},
            {"symbol": "PF_ETHUSD", "markPrice": 3205.25, "tag": "perpetual"},
        ],
    })
}

/// Its positions (`http_futures_open_positions.json`), of two wallets.
fn open_positions() -> Value {
    json!({
        "result": "success", "serverTime": "2023-04-07T16:12:15.410Z",
        "openPositions": [
            {
                "side": "short", "symbol": "PI_XBTUSD", "price": 27_523.749_993_345_933, "size": 8000.0,
                "unrealizedFunding": 5.879_463_852_989_987e-05,
            },
            {
                "side": "long", "symbol": "PI_ETHUSD", "price": 1750.25, "size": 12000.0,
                "unrealizedFunding": -2.345e-05,
            },
        ],
    })
}

/// Wallets in the documentation's form.
pub(super) fn accounts() -> Value {
    let margin = |currency: &str, balance: f64| {
        json!({
            "type": "marginAccount", "currency": currency,
            "balances": {"pi_position": 1.0, currency: balance}, "marginRequirements": {"mm": 0.000_875},
        })
    };
    json!({
        "result": "success", "serverTime": "2023-04-07T16:12:15.410Z",
        "accounts": {
            "cash": {"type": "cashAccount", "balances": {"xbt": 4.5}},
            "fi_xbtusd": margin("xbt", 0.5),
            "fi_ethusd": margin("eth", 2.0),
            "flex": {
                "type": "multiCollateralMarginAccount", "initialMargin": 1.5, "initialMarginWithOrders": 1.5,
                "currencies": {"USD": {"quantity": 1000.25}, "XBT": {"quantity": 0.0}},
            },
        },
    })
}

fn account() -> Value {
    json!({"accounts": accounts(), "openpositions": open_positions()})
}

#[test]
fn an_inverse_account_is_read() {
    let schedule = schedule("BTC");
    let snapshot = snapshots_survive::<Kraken>(&tickers(), &schedule);
    assert_eq!(snapshot.instruments[0].mark.as_ref().unwrap().as_str(), "91506.60098392");
    kept("venues/kraken/inverse-btc.snapshot.json", &snapshot.to_json().unwrap());
    let file = accounts_survive::<Kraken>(&account(), &schedule);
    // 8000 / 27523.749993345933 = 0.290658067..., and 0.00005879 of funding; the position of the other wallet is not here.
    assert_eq!(file.positions.len(), 1);
    assert_eq!(file.positions[0].entry_value.as_str(), "0.29065807");
    assert_eq!(file.balances[0].balance.as_str(), "0.50005879");
    let computed = computed(&schedule, &snapshot, &file);
    // 8000 / 91506.60098392 = 0.08742538...; 1 % of the value at entry is required, rounded up.
    assert_eq!(computed.equity, number("0.2968261"));
    assert_eq!(computed.maintenance, number("0.00290659"));
}

#[test]
fn a_multi_collateral_account_is_read() {
    let schedule = schedules_survive::<Kraken>(&list(), &of("USD"));
    let mut prices = tickers();
    for (symbol, mark) in [("PF_PEPEUSD", 0.000_010_234_5), ("PF_AAPLxUSD", 270.5)] {
        let ticker = json!({"symbol": symbol, "markPrice": mark});
        prices["tickers"].as_array_mut().unwrap().push(ticker);
    }
    let snapshot = snapshots_survive::<Kraken>(&prices, &schedule);
    let mut held = account();
    let position = json!({
        "side": "long", "symbol": "PF_ETHUSD", "price": 3_200.123_456_789_012, "size": 1.5, "unrealizedFunding": -0.125,
    });
    held["openpositions"]["openPositions"].as_array_mut().unwrap().push(position);
    let file = accounts_survive::<Kraken>(&held, &schedule);
    assert_eq!(file.positions.len(), 1);
    let computed = computed(&schedule, &snapshot, &file);
    // 1000.25, 1.5 * (3205.25 - 3200.123456789012), and funding; 1 % of 4800.185185183518.
    assert_eq!(computed.equity, number("1007.814814816482"));
    assert_eq!(computed.maintenance, number("48.00185185183518"));
    for (pointer, value, message) in [
        (
            "/accounts/accounts/flex/currencies/XBT/quantity",
            json!(0.5),
            "is not zero: the schedule leaves collateral other than USD out",
        ),
        (
            "/accounts/accounts/flex/initialMarginWithOrders",
            json!(2.5),
            "is not initialMargin: open orders have margin, which the schedule leaves out",
        ),
        ("/accounts/result", json!("error"), "is not \"success\": the venue refused"),
        ("/openpositions/openPositions/2/side", json!("both"), "is neither \"long\" nor \"short\""),
        ("/openpositions/openPositions/2/size", json!(0), "is not above zero"),
        (
            "/openpositions/openPositions/2/symbol",
            json!("PF_SOLUSD"),
            "is not an instrument of the schedule",
        ),
        ("/openpositions/openPositions/2/price", json!(0), "is not a price above zero"),
        ("/accounts/accounts/flex/initialMarginWithOrders", json!(null), "is missing"),
        ("/accounts/accounts/flex/currencies/XBT/quantity", json!(null), "is missing"),
    ] {
        let told = told(Kraken::account(&with(&held, pointer, value), &schedule));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
    let flex = "/accounts/accounts/flex";
    let of_wallet = |name: &str, value: Value| {
        let mut held = held.clone();
        held.pointer_mut(flex).unwrap()[name] = value;
        Kraken::account(&held, &schedule)
    };
    // USD has one entry, whose value is that of the wallet.
    let usd = json!({"quantity": 1000.25});
    let read = of_wallet("balanceValue", json!(1000.24)).unwrap();
    assert_eq!(read.balances[0].balance.as_str(), "1000.125");
    let message = format!("{flex}/balanceValue: is not what the wallet has of USD");
    assert_eq!(told(of_wallet("balanceValue", json!(-5000))), message);
    let message = format!("{flex}/currencies/usd: is the second entry of USD");
    assert_eq!(told(of_wallet("currencies", json!({"USD": usd, "usd": usd}))), message);
    let message = format!("{flex}/balanceValue: is missing");
    assert_eq!(told(of_wallet("currencies", json!({}))), message);
    let mut none = held.clone();
    none.pointer_mut(flex).unwrap()["currencies"] = json!({});
    none.pointer_mut(flex).unwrap()["balanceValue"] = json!(-5000);
    let message = format!("{flex}/balanceValue: is not zero, but the wallet has no entry of USD");
    assert_eq!(told(Kraken::account(&none, &schedule)), message);
    none.pointer_mut(flex).unwrap()["balanceValue"] = json!(0);
    assert_eq!(Kraken::account(&none, &schedule).unwrap().balances[0].balance.as_str(), "-0.125");
    // Funding that is not said is none only where the wallet has no other.
    assert!(of_wallet("unrealizedFunding", json!(-0.125)).is_ok());
    let message = format!("{flex}/unrealizedFunding: is not that of the positions listed");
    assert_eq!(told(of_wallet("unrealizedFunding", json!(-900.5))), message);
    let place = "/openpositions/openPositions/2/unrealizedFunding";
    let mut unsaid = with(&held, place, json!(null));
    let message =
        format!("{place}: is missing, and the wallet does not say what its positions have");
    assert_eq!(told(Kraken::account(&unsaid, &schedule)), message);
    for (total, read) in [(0.0, true), (-0.125, false)] {
        unsaid.pointer_mut(flex).unwrap()["unrealizedFunding"] = json!(total);
        assert_eq!(Kraken::account(&unsaid, &schedule).is_ok(), read, "{total}");
    }
    let mut hidden = with(&account(), "/openpositions/openPositions", json!([]));
    hidden["accounts"]["accounts"]["flex"]["maintenanceMargin"] = json!(1.25);
    let place = "/accounts/accounts/flex/maintenanceMargin";
    let message = format!("{place}: is not zero, but no position of the wallet is listed");
    assert_eq!(told(Kraken::account(&hidden, &schedule)), message);
    let mut isolated = held.clone();
    isolated["openpositions"]["openPositions"][2]["maxFixedLeverage"] = json!(5.0);
    let message =
        "/openpositions/openPositions/2/maxFixedLeverage: is given: the position is isolated";
    assert_eq!(told(Kraken::account(&isolated, &schedule)), message);
}

/// A contract quoted in bitcoin has bitcoin as margin too: it is not one of another wallet.
#[test]
fn contracts_of_unknown_wallets_are_refused() {
    for settle in ["BTC", "USD"] {
        let schedule = schedules_survive::<Kraken>(&list(), &of(settle));
        for symbol in ["PV_XRPXBT", "pi_xbtusd", "PI_XRPXBT", "X"] {
            if settle == "USD" && symbol == "PI_XRPXBT" {
                continue;
            }
            let place = "/openpositions/openPositions/1/symbol";
            let told = told(Kraken::account(&with(&account(), place, json!(symbol)), &schedule));
            assert_eq!(told, format!("{place}: is not an instrument of the schedule"), "{symbol}");
        }
    }
    let leaves_out = schedule("BTC").file().leaves_out.clone();
    assert!(leaves_out.iter().any(|words| words == "open orders"), "{leaves_out:?}");
}

/// Equity and requirement in satoshis by the formula; equity goes down and requirements up.
#[test]
fn random_inverse_accounts_have_the_figures_of_the_formula() {
    use num_integer::Integer;
    let schedule = schedule("BTC");
    let mut numbers = Numbers::new(23);
    let json_number = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let satoshis = BigInt::from(10).pow(16);
    for _ in 0..rounds(200) {
        let [mark, entry] = [(); 2].map(|()| numbers.decimal(10_000_000_000_000, 8));
        let size = i64::try_from(numbers.below(1_000_000) + 1).unwrap();
        let short = numbers.below(2) == 0;
        let balance = numbers.decimal(10_000_000_000, 8);
        let mut prices = tickers();
        prices["tickers"][0]["markPrice"] = json_number(mark.to_string());
        let mut held = account();
        held["accounts"]["accounts"]["fi_xbtusd"]["balances"]["xbt"] =
            json_number(balance.to_string());
        // Of a new position, which has no funding yet.
        held["accounts"]["accounts"]["fi_xbtusd"]["auxiliary"] = json!({"funding": 0.0});
        let position = &mut held["openpositions"]["openPositions"][0];
        (position["size"], position["unrealizedFunding"]) = (json!(size), json!(null));
        position["side"] = json!(if short { "short" } else { "long" });
        position["price"] = json_number(entry.to_string());
        let file = Kraken::account(&held, &schedule).unwrap();
        let snapshot = Kraken::snapshot(&prices, &schedule).unwrap();
        let computed = computed(&schedule, &snapshot, &file);
        let signed = BigInt::from(if short { -size } else { size });
        let price = |price: &zkmargin_model::decimal::Decimal| price.to_scaled(8).unwrap();
        let value = (-&signed * &satoshis).div_floor(&price(&mark));
        let (at_entry, rest) = (-&signed * &satoshis).div_mod_floor(&price(&entry));
        // To the nearest; no half is met here.
        let up: BigInt = if &rest * 2 > price(&entry) { 1.into() } else { 0.into() };
        let equity = balance.to_scaled(8).unwrap() + &value - &at_entry - &up;
        let rate = if size <= 500_000 { 1 } else { 2 };
        let booked = num_traits::Signed::abs(&(&at_entry + &up));
        let required = Integer::div_ceil(&(booked * rate), &100.into());
        let of = |value: &BigInt| number(&format_scaled(value, 8));
        assert_eq!([of(&equity), of(&required)], [computed.equity, computed.maintenance]);
        let healthy = equity >= required;
        assert_eq!(computed.healthy, healthy);
    }
}

#[test]
fn a_folder_of_answers_is_read() {
    let schedule = schedule("BTC");
    let mut held = account();
    // The library's answers are of two years.
    for answer in ["accounts", "openpositions"] {
        held[answer]["serverTime"] = json!("2025-11-17T00:34:37.524Z");
    }
    // 8000 / 91506.60098392 - 0.29065807.
    held["accounts"]["accounts"]["fi_xbtusd"]["auxiliary"] = json!({"pnl": -0.203_232_69});
    let expected = (
        &Kraken::snapshot(&tickers(), &schedule).unwrap(),
        &Kraken::account(&held, &schedule).unwrap(),
    );
    let choice = Choice { settle: vec!["BTC".to_owned()], ..Choice::default() };
    let made = from_folder(
        "kraken",
        choice,
        &[
            ("instruments", &list()),
            ("tickers", &tickers()),
            ("accounts", &held["accounts"]),
            ("openpositions", &held["openpositions"]),
        ],
        expected,
    );
    assert_eq!(made.schedule.registry_digest(), schedule.registry_digest());
}

/// One of several positions is missing: what is listed requires 0.00290659, a hundredth of 8000 / 27523.75, and the
/// wallet a hundredth of a percent more at most.
#[test]
fn a_wallet_that_requires_more_than_its_positions_is_refused() {
    let schedule = schedule("BTC");
    let file = Kraken::account(&account(), &schedule).unwrap();
    let with_mm = |mm: f64| {
        let mut answer = accounts();
        answer["accounts"]["fi_xbtusd"]["marginRequirements"]["mm"] = json!(mm);
        let place = Member::root(&answer).within("accounts");
        super::totals::check(&place, &schedule, &file).map_err(|e| e.to_string())
    };
    for mm in [0.0005, 0.002_906_58, 0.002_906_88] {
        assert_eq!(with_mm(mm), Ok(()), "{mm}");
    }
    let told = "/accounts/accounts/fi_xbtusd/marginRequirements/mm: is more than that of the positions listed";
    let message = with_mm(0.002_906_89).unwrap_err();
    assert!(message.starts_with(told), "{message}");
}

/// Each wallet has its figures, and a position names the wallet that it is margined in.
#[test]
fn figures_of_the_venue_are_read() {
    let mut answers = account();
    let wallets = &mut answers["accounts"]["accounts"];
    wallets["fi_xbtusd"]["auxiliary"] =
        json!({"pv": 0.296_826_134_567_890_12, "pnl": -0.203_173_865, "af": 0.29});
    wallets["flex"]["marginEquity"] = json!(1000.25);
    wallets["flex"]["currencies"]["XBT"]["quantity"] = json!(0.25);
    crate::venue::hostile::survives(&answers, |source| Kraken::figures(source).map(drop));
    let stated = Kraken::figures(&answers).unwrap();
    let held: Vec<_> = stated.positions.iter().map(|p| p.settle.clone().unwrap()).collect();
    assert_eq!(held, ["BTC", "ETH"]);
    assert_eq!(stated.positions[0].size, number("-8000"));
    assert_eq!(stated.positions[0].funding, Some(number("0.00005879463852989987")));
    let balances: Vec<_> =
        stated.balances.iter().map(|b| (&*b.asset, b.amount.to_string())).collect();
    let of = |asset: &'static str, amount: &str| (asset, amount.to_owned());
    assert_eq!(
        balances,
        [of("ETH", "2"), of("BTC", "0.5"), of("USD", "1000.25"), of("BTC (flex)", "0.25")]
    );
    let of_btc = Subject::CrossAsset("BTC".to_owned());
    let equity =
        stated.figures.iter().find(|f| f.kind == FigureKind::Equity && f.subject == of_btc);
    // Fifteen digits of what 64 bits hold.
    assert_eq!(equity.unwrap().value, Some(number("0.29682613456789")));
}
