//! The example, and changes of it.

use super::{FOLDER, import};
use crate::portfolio::{PortfolioMarket, PortfolioSchedule};
use crate::tests::kept;
use crate::venue::hostile::{survives, with};
use crate::venue::{
    FolderError, FolderErrorCode, ImportError, Member, OpenedFile, PortfolioImported,
    PortfolioReading,
};
use crate::{AccountFile, AnySchedule, NoDeficiency, Requirement};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use serde_json::{Value, json};
use zkmargin_model::decimal::{Decimal, format_scaled, power_of_ten};
use zkmargin_model::measure::Measure;
use zkmargin_model::portfolio::{Margin, Worst, margin};
use zkmargin_model::rule::{Account, Balance, Book, Position, Side};
use zkmargin_model::subject::Subject;

/// 2026-04-22T12:00:00Z, the time of every quote.
const TIME_MS: u64 = 1_776_859_200_000;

const FILES: [(&str, &str); 7] = [
    ("account.json", include_str!("examples/answers/account.json")),
    ("balance.json", include_str!("examples/answers/balance.json")),
    ("margin.json", include_str!("examples/answers/margin.json")),
    ("markets.json", include_str!("examples/answers/markets.json")),
    ("portfolio_margin_config.json", include_str!("examples/answers/portfolio_margin_config.json")),
    ("positions.json", include_str!("examples/answers/positions.json")),
    ("summary.json", include_str!("examples/answers/summary.json")),
];

/// Names of instruments with signed sizes.
type Held<'a> = &'a [(&'a str, &'a str)];

fn folder() -> Vec<OpenedFile> {
    let opened = |(name, text): (&str, &str)| OpenedFile {
        name: name.to_owned(),
        bytes: zeroize::Zeroizing::new(text.as_bytes().to_vec()),
    };
    FILES.map(opened).to_vec()
}

fn answer(name: &str) -> Value {
    let (_, text) = FILES.iter().find(|(file, _)| *file == name).unwrap();
    serde_json::from_str(text).unwrap()
}

fn read(
    files: &[OpenedFile],
    reading: &PortfolioReading,
) -> Result<PortfolioImported, FolderError> {
    FOLDER.import(files, &[], &[], reading)
}

/// The folder with one value changed.
fn changed(file: &str, pointer: &str, value: Value) -> Vec<OpenedFile> {
    let mut files = folder();
    let of = files.iter_mut().find(|of| of.name == file).unwrap();
    *of.bytes = with(&answer(file), pointer, value).to_string().into_bytes();
    files
}

/// Sizes of instruments by id, in their steps.
fn holding(schedule: &PortfolioSchedule, held: Held<'_>) -> Account {
    let mut positions: Vec<_> = held
        .iter()
        .map(|(symbol, size)| {
            let of = schedule.instrument(symbol).unwrap();
            let size = Decimal::parse(size).unwrap().to_scaled(of.size_decimals).unwrap();
            Position {
                book: Book::Cross,
                instrument: of.id,
                side: if size.is_negative() { Side::Short } else { Side::Long },
                size: size.magnitude().clone(),
                entry: BigInt::ZERO,
                own: 0,
            }
        })
        .collect();
    positions.sort_by_key(|p| p.instrument);
    Account::new(positions, vec![Balance { asset: 1, balance: BigInt::ZERO, own: 0 }]).unwrap()
}

fn required(market: &PortfolioMarket, account: &Account, of: Requirement) -> Margin {
    margin(account, market.market(of).unwrap()).unwrap()
}

/// A requirement or a part of one in dollars, to six digits.
fn dollars(schedule: &PortfolioSchedule, figure: &BigInt) -> String {
    let digits = schedule.loss_decimals() + schedule.file().digits.factor;
    let cut = figure / power_of_ten(digits - 6);
    format_scaled(&cut, 6)
}

/// Figures of the page's and the kit's formulas in double precision, computed apart.
#[test]
fn requirements_are_those_of_another_computation() {
    let imported = read(&folder(), &PortfolioReading::default()).unwrap();
    let schedule = imported.market.schedule();
    let (perpetual, call) = ("BTC-USD-PERP", "BTC-USD-8MAY26-78000-C");
    let put = "BTC-USD-8MAY26-78000-P";
    let desk = [
        (perpetual, "-0.35"),
        (call, "1.2"),
        ("BTC-USD-8MAY26-85000-C", "-2.5"),
        ("BTC-USD-8MAY26-70000-P", "-1.1"),
        ("BTC-USD-26JUN26-90000-C", "0.4"),
    ];
    let cases: [(Held<'_>, &str, &str, usize); 5] = [
        // The account of the kit's tests: the worst is a fall of volatility.
        (&[(perpetual, "-0.0005"), (call, "0.001")], "0.269174", "0.496501", 9),
        // Short calls, in the last tail.
        (&desk, "5845.02827", "11555.544824", 24),
        (&[(perpetual, "-0.001")], "6.268037", "12.499144", 1),
        // A conversion loses nothing in a scenario: the minimum by delta.
        (&[(perpetual, "-1"), (call, "1"), (put, "-1")], "487.358664", "891.022958", 0),
        (
            &[(perpetual, "-0.2"), ("BTC-USD-26JUN26-65000-P", "-0.7"), (put, "0.25")],
            "1444.107766",
            "2858.616596",
            1,
        ),
    ];
    for (held, maintenance, initial, worst) in cases {
        let account = holding(schedule, held);
        for (requirement, expected) in
            [(Requirement::Maintenance, maintenance), (Requirement::Initial, initial)]
        {
            let of = required(&imported.market, &account, requirement);
            assert_eq!(dollars(schedule, &of.requirement), expected, "{held:?}");
            let found = match of.units[0].worst {
                Worst::Column(column) => column + 1,
                _ => 0,
            };
            if worst > 0 {
                assert_eq!(found, worst, "{held:?}");
            }
        }
    }
}

/// What an answer says of an account comes to the venue's value of it.
#[test]
fn a_folder_has_rule_prices_and_account() {
    let imported = read(&folder(), &PortfolioReading::default()).unwrap();
    assert_eq!(imported.market.snapshot().time(), "2026-04-22T12:00:00Z");
    assert_eq!((imported.subset_of, imported.given), (None, vec![]));
    kept("venues/paradex/examples/btc.schedule.json", &imported.schedule.to_json().unwrap());
    kept("venues/paradex/examples/btc.snapshot.json", &imported.snapshot.to_json().unwrap());
    let account = imported.account.as_ref().unwrap().to_json().unwrap();
    kept("venues/paradex/examples/btc.account.json", &account);
    let schedule = imported.market.schedule();
    let symbols: Vec<_> = schedule.instruments().iter().map(|i| i.symbol.as_str()).collect();
    assert_eq!(
        symbols,
        [
            "BTC-USD-PERP",
            "BTC-USD-8MAY26-70000-P",
            "BTC-USD-8MAY26-78000-C",
            "BTC-USD-8MAY26-78000-P",
            "BTC-USD-8MAY26-85000-C",
            "BTC-USD-26JUN26-65000-P",
            "BTC-USD-26JUN26-90000-C",
        ]
    );
    let file = imported.account.unwrap();
    // -0.35 * 78100.5 and 1.25 of funding that is not settled.
    assert_eq!(file.positions[0].entry_value.as_str(), "-27333.925");
    let account = schedule.account(&file).unwrap();
    let of = required(&imported.market, &account, Requirement::Initial);
    // 14500 and results of 380.6183, which is the account_value.
    let equity = dollars(schedule, &of.scaled_equity());
    assert_eq!(equity, "14880.6183");
    assert_eq!(dollars(schedule, &of.requirement), "11555.544824");
    let margin = Subject::from(Measure::Maintenance);
    let found = (schedule as &dyn AnySchedule).decides_deficiency(&margin);
    assert!(matches!(&found, Err(NoDeficiency::LeftOut(_))));
}

/// A later folder with another strike leaves every other id as it is, and another underlying's is continued by none.
#[test]
fn a_later_schedule_keeps_ids() {
    let market = read(&folder(), &PortfolioReading::default()).unwrap().market;
    let earlier = market.schedule();
    let continuing = |earlier: &PortfolioSchedule| PortfolioReading {
        previous: Some(earlier.clone()),
        ..PortfolioReading::default()
    };
    let moved = "BTC-USD-8MAY26-78000-C";
    let files = changed("markets.json", "/results/1/strike_price", json!("78000.5"));
    let later = read(&files, &continuing(earlier)).unwrap().market;
    let later = later.schedule();
    assert_eq!(later.registry_digest(), earlier.registry_digest());
    for of in later.instruments() {
        let before = earlier.instrument(&of.symbol).unwrap();
        assert_eq!(of.contract == before.contract, of.symbol != moved, "{}", of.symbol);
    }
    // 2026-05-08 is day 20581 of the first unit, and 78000.5 are 780005 tenths.
    let id = (1 << 47) + (1 << 46) + (20_581 << 30) + (780_005 << 2) + 1;
    assert_eq!(later.instrument(moved).unwrap().contract.number(), id);
    let perpetual = (1 << 47) + (1 << 30) + (1 << 2);
    assert_eq!(later.instrument("BTC-USD-PERP").unwrap().contract.number(), perpetual);
    let mut other = earlier.file().clone();
    other.units[0].name = "ETH".to_owned();
    other.numbering.as_mut().unwrap().name = Some("ETH".to_owned());
    other.groups.iter_mut().for_each(|group| group.unit = "ETH".to_owned());
    let other = PortfolioSchedule::new(other).unwrap();
    assert_ne!(other.registry_digest(), earlier.registry_digest());
    let error = read(&folder(), &continuing(&other)).map(drop).unwrap_err();
    assert!(error.to_string().contains("an id keeps its meaning"), "{error}");
}

/// The snapshot is as old as its oldest quote.
#[test]
fn the_earliest_quote_dates_the_snapshot() {
    for at in [0, 3] {
        let pointer = format!("/results/{at}/created_at");
        let files = changed("summary.json", &pointer, json!(TIME_MS - 30_000));
        let imported = read(&files, &PortfolioReading::default()).unwrap();
        assert_eq!(imported.market.snapshot().time(), "2026-04-22T11:59:30Z");
    }
    // A quote of another underlying is no figure of it.
    let mut files = answer("summary.json");
    let mut other = files["results"][0].clone();
    (other["symbol"], other["created_at"]) = (json!("ETH-USD-PERP"), json!(TIME_MS + 30_000));
    files["results"].as_array_mut().unwrap().push(other);
    let imported = read(&changed("summary.json", "", files), &PortfolioReading::default()).unwrap();
    assert_eq!(imported.market.snapshot().time(), "2026-04-22T12:00:00Z");
}

/// The account's value may differ by what marks moved from one answer to the other, and no more.
#[test]
fn a_value_may_differ_by_what_marks_moved() {
    // A mark of 77898.84, which is 3.5 less for 0.35 short.
    let moved = changed("summary.json", "/results/0/mark_price", json!("77898.84"));
    let with_value = |value: &str| {
        let mut files = moved.clone();
        let of = files.iter_mut().find(|of| of.name == "account.json").unwrap();
        let value = with(&answer("account.json"), "/account_value", json!(value));
        *of.bytes = value.to_string().into_bytes();
        read(&files, &PortfolioReading::default()).map(drop).map_err(|e| e.to_string())
    };
    for value in ["14880.6183", "14877.1183", "14884.1183"] {
        assert_eq!(with_value(value), Ok(()), "{value}");
    }
    for value in ["14877.1182", "14884.1184"] {
        assert!(with_value(value).unwrap_err().contains("is not that of the positions listed"));
    }
}

/// A premium that is near the entry price may have crossed it between two answers: the underlying has moved little.
#[test]
fn fault_an_option_near_its_entry_price_is_on_no_other_side() {
    // The mark is 2455.661, which is 0.9 above the entry price; the result is of one that was 0.3 below it.
    let mut positions = answer("positions.json");
    positions["results"][1]["average_entry_price"] = json!("2454.761");
    positions["results"][1]["cost"] = json!("2945.7132");
    positions["results"][1]["unrealized_pnl"] = json!("-0.36");
    let mut files = changed("positions.json", "", positions);
    let of = files.iter_mut().find(|of| of.name == "account.json").unwrap();
    // Less the example's result of 186.7932 and this one.
    let value = with(&answer("account.json"), "/account_value", json!("14693.4651"));
    *of.bytes = value.to_string().into_bytes();
    assert!(read(&files, &PortfolioReading::default()).unwrap().account.is_some());
}

/// Near its average price, neither the result of a position nor the account's value say how large it is; its cost does. It
/// may be rounded, and has a sign or none.
#[test]
fn fault_a_size_near_its_entry_price_is_that_of_its_cost() {
    let told = |at: usize, name: &str, value: &str| {
        let files = changed("positions.json", &format!("/results/{at}/{name}"), json!(value));
        let told = read(&files, &PortfolioReading::default());
        told.map(|said| drop(said.account)).map_err(|e| e.to_string())
    };
    for (at, name, value) in [
        (0, "size", "350"),
        (0, "size", "0.351"),
        (1, "size", "120"),
        (1, "average_entry_price", "2310"),
        (0, "cost", "-27363.01"),
        (0, "cost", "273351.75"),
    ] {
        let message = format!(
            "positions.json /results/{at}/cost: is not the size at the average entry price"
        );
        assert_eq!(told(at, name, value), Err(message), "{name} {value}");
    }
    for cost in ["27335.175", "-27335.18", "-27335", "-27362.5"] {
        assert_eq!(told(0, "cost", cost), Ok(()), "{cost}");
    }
    let missing = changed("positions.json", "/results/0/cost", Value::Null);
    let said = read(&missing, &PortfolioReading::default()).map(drop).unwrap_err().to_string();
    assert_eq!(said, "positions.json /results/0/cost: is missing");
}

/// The page's example: one perpetual of delta 1 against five calls of 0.3 at 70,000 dollars are 1,400 dollars.
#[test]
fn the_minimum_of_the_page() {
    let mut summary = answer("summary.json");
    for (at, delta) in [(0, "1"), (1, "0.3")] {
        summary["results"][at]["greeks"]["delta"] = json!(delta);
    }
    summary["results"][0]["underlying_price"] = json!("70000");
    summary["results"][0]["funding_rate"] = json!("0");
    let mut markets = answer("markets.json");
    for market in markets["results"].as_array_mut().unwrap() {
        for kind in ["api_fee", "rpi_fee"] {
            market["fee_config"][kind]["taker_fee"]["fee"] = json!("0");
        }
    }
    let config = answer("portfolio_margin_config.json");
    let sources = [&config, &markets, &summary].map(Member::root);
    let made = import(sources.each_ref(), &[]).unwrap();
    let schedule = PortfolioSchedule::new(made.schedule).unwrap();
    let market = PortfolioMarket::compile(&schedule, &made.snapshot).unwrap();
    let held = [("BTC-USD-PERP", "1"), ("BTC-USD-8MAY26-78000-C", "-5")];
    let of = required(&market, &holding(&schedule, &held), Requirement::Initial);
    let floors: Vec<_> = of.units[0].floors.iter().map(|f| &f.amount).collect();
    let most = format_scaled(floors.iter().max().unwrap(), schedule.loss_decimals());
    assert_eq!(most, "1400");
}

/// The formula in whole numbers from the snapshot's loadings, with the magnitudes as the venue writes them.
fn directly(file: &Value, schedule: &PortfolioSchedule, account: &Account, half: bool) -> BigInt {
    const SHOCKS: usize = 24;
    let config = answer("portfolio_margin_config.json");
    let weights: Vec<_> = config["results"][0]["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| Decimal::parse(&s["weight"].to_string()).unwrap().to_scaled(12).unwrap())
        .collect();
    let mut losses = vec![BigInt::zero(); SHOCKS];
    let [mut funding, mut net, mut gross, mut fees] = [const { BigInt::ZERO }; 4];
    for position in account.positions() {
        let of = schedule.instrument_of(position.instrument).unwrap();
        let listed = file["instruments"].as_array().unwrap().iter();
        let listed = listed.clone().find(|i| i["instrument"] == *of.symbol).unwrap();
        let digits = 12 - of.size_decimals;
        let loading = |at: usize| {
            let text = listed["loadings"][at].as_str().unwrap();
            Decimal::parse(text).unwrap().to_scaled(digits).unwrap()
        };
        let magnitude = BigInt::from(position.size.clone());
        let size = if position.side == Side::Short { -&magnitude } else { magnitude.clone() };
        for (at, loss) in losses.iter_mut().enumerate() {
            *loss += &size * loading(at);
        }
        funding += &size * loading(SHOCKS);
        let delta = loading(SHOCKS + 1);
        net += &size * &delta;
        gross += &magnitude * delta.abs();
        fees += &magnitude * loading(SHOCKS + 3);
    }
    let weighted = losses.iter().zip(&weights).map(|(loss, weight)| loss * weight);
    let scan = weighted.max().unwrap().max(BigInt::zero());
    // 2 % of the net and 1 % of half of what the gross delta is more, in parts of 10^12.
    let percent = power_of_ten(10);
    let minimum = (net.abs() * 2 + (gross - net.abs()) / 2) * percent;
    let provisions = (funding.max(BigInt::zero()) + fees) * power_of_ten(12);
    let whole = scan.max(minimum);
    // Units of 10^-30: 24 of a loss and 6 of the factor.
    (whole * if half { 500_000 } else { 1_000_000 }) + provisions * 1_000_000
}

/// A generator of numbers that needs no seed of anyone's.
fn numbers() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(0x9e37_79b9_7f4a_7c15_u64), |x| {
        let x = x ^ (x << 13);
        let x = x ^ (x >> 7);
        Some(x ^ (x << 17))
    })
}

#[test]
fn random_portfolios_have_the_margin_of_the_formula() {
    let imported = read(&folder(), &PortfolioReading::default()).unwrap();
    let file = serde_json::to_value(&imported.snapshot).unwrap();
    let schedule = imported.market.schedule();
    let (mut numbers, mut of_floor) = (numbers(), 0);
    for turn in 0..200 {
        let mut positions = Vec::new();
        for of in schedule.instruments() {
            let number = numbers.next().unwrap() >> 8;
            // Even, so that half of what the gross delta is more is whole.
            let mut size = i64::try_from(2 * (number >> 8) % 4_000_000).unwrap() + 2;
            if turn % 4 == 0 {
                // A conversion, which loses nothing in a scenario.
                size = match of.symbol.as_str() {
                    "BTC-USD-PERP" => -200 * (turn + 1),
                    "BTC-USD-8MAY26-78000-C" => 2 * (turn + 1),
                    "BTC-USD-8MAY26-78000-P" => -2 * (turn + 1),
                    _ => 0,
                };
            } else if number % 3 == 0 {
                size = 0;
            } else if number % 2 == 0 {
                size = -size;
            }
            if size != 0 {
                positions.push(Position {
                    book: Book::Cross,
                    instrument: of.id,
                    side: if size < 0 { Side::Short } else { Side::Long },
                    size: size.unsigned_abs().into(),
                    entry: BigInt::ZERO,
                    own: 0,
                });
            }
        }
        let cash = Balance { asset: 1, balance: BigInt::ZERO, own: 0 };
        let account = Account::new(positions, vec![cash]).unwrap();
        for (requirement, half) in [(Requirement::Maintenance, true), (Requirement::Initial, false)]
        {
            let of = required(&imported.market, &account, requirement);
            assert_eq!(of.requirement, directly(&file, schedule, &account, half));
            let scan = &of.units[0].scan * if half { 500_000 } else { 1_000_000 };
            of_floor +=
                usize::from(of.units[0].floors.iter().any(|f| &f.amount * 1_000_000 > scan));
        }
    }
    assert!(of_floor >= 100, "{of_floor}");
}

/// Two scenarios, the perpetual and one option, in one object.
fn small() -> Value {
    let mut all = json!({
        "config": answer("portfolio_margin_config.json"),
        "markets": answer("markets.json"),
        "summary": answer("summary.json"),
    });
    all["config"]["results"][0]["scenarios"].as_array_mut().unwrap().truncate(2);
    for name in ["markets", "summary"] {
        all[name]["results"].as_array_mut().unwrap().truncate(2);
    }
    all
}

fn small_market(all: &Value) -> Result<PortfolioMarket, ImportError> {
    let root = Member::root(all);
    let sources = ["config", "markets", "summary"].map(|name| root.member(name));
    let made = import(sources.each_ref(), &[])?;
    let schedule = PortfolioSchedule::new(made.schedule).unwrap();
    PortfolioMarket::compile(&schedule, &made.snapshot)
        .map_err(|e| root.wrong(format!("is refused: {e}")))
}

/// Whatever a value of the answers is replaced by, nothing panics.
#[test]
fn bent_answers_survive() {
    survives(&small(), |all| small_market(all).map(drop));
    let imported = read(&folder(), &PortfolioReading::default()).unwrap();
    let schedule = imported.market.schedule();
    let names = ["margin", "account", "balance", "positions", "summary"];
    let all: serde_json::Map<_, _> =
        names.iter().map(|name| ((*name).to_owned(), answer(&format!("{name}.json")))).collect();
    survives(&Value::Object(all), |all| {
        let root = Member::root(all);
        let [margin, account, balance, positions, summary] = names.map(|name| root.member(name));
        let of = super::account::Answers { margin, account, balance, positions, summary };
        let _ = schedule.account(&super::account::account(&of, schedule)?);
        Ok(())
    });
}

/// The same with quotes of this time.
fn quoted(time_ms: u64) -> Value {
    let mut all = small();
    for quote in all["summary"]["results"].as_array_mut().unwrap() {
        quote["created_at"] = json!(time_ms);
    }
    all
}

/// In the last half hour an option loses a part, and once it has expired it is not listed.
#[test]
fn an_option_settles_at_an_average() {
    let expiry = small()["markets"]["results"][1]["expiry_at"].as_u64().unwrap();
    let loss = |before_ms: u64| {
        let market = small_market(&quoted(expiry - before_ms)).unwrap();
        let held = [("BTC-USD-8MAY26-78000-C", "-1")];
        let account = holding(market.schedule(), &held);
        required(&market, &account, Requirement::Initial).units[0].scan.clone()
    };
    let whole = loss(1_801_000);
    let half = loss(900_000);
    // 16 % above 77939.768, less the strike and the mark of 2455.661.
    let expected = "9954.469";
    assert!(format_scaled(&whole, 24).starts_with(expected), "{}", format_scaled(&whole, 24));
    let at_half = format_scaled(&(half * 2), 24);
    assert!(at_half.starts_with(expected), "{at_half}");
    let gone = small_market(&quoted(expiry)).unwrap();
    assert_eq!(gone.schedule().instruments().len(), 1);
}

#[test]
fn what_is_not_read_is_refused_with_the_place() {
    let whole = PortfolioReading::default();
    let told = |file: &str, pointer: &str, value: Value| {
        read(&changed(file, pointer, value), &whole).map(drop).unwrap_err().to_string()
    };
    let config = "portfolio_margin_config.json";
    for (file, pointer, value, message) in [
        (config, "/results/0/funding_provision_hour", json!(24), "is not 8, the hours"),
        (config, "/results/0/hedged_margin_factor", json!(0.05), "is more than twice unhedged"),
        (config, "/results/0/scenarios/3/spot_shock", json!(-1), "is not above -1"),
        (config, "/results", json!([]), "does not have one underlying that is meant"),
        ("markets.json", "/results/1/settlement_currency", json!("USDT"), "is not \"USDC\""),
        ("markets.json", "/results/1/strike_price", json!("78000.05"), "is no multiple of 0.1"),
        ("markets.json", "/results/1/option_type", json!("BOTH"), "is neither \"CALL\" nor"),
        ("markets.json", "/results/1/asset_kind", json!("FUTURE"), "is of a kind that is not read"),
        ("markets.json", "/results/0/fee_config", json!({}), "says no taker's fee"),
        ("markets.json", "/results/0/base_currency", json!("ETH"), "has no perpetual of BTC"),
        ("summary.json", "/results/1/mark_iv", json!(""), "is not a decimal number"),
        ("summary.json", "/results/0/funding_rate", json!(null), "is missing"),
        (
            "margin.json",
            "/margin_methodology",
            json!("cross_margin"),
            "an account is linear or portfolio",
        ),
        ("margin.json", "/account", json!("0x4"), "is not the account of account.json"),
        (
            "margin.json",
            "/configs/0/margin_type",
            json!("ISOLATED"),
            "and a position is held there",
        ),
        ("margin.json", "/configs/0/margin_type", json!("BOTH"), "is neither \"CROSS\" nor"),
        ("account.json", "/account_value", json!("14880.6184"), "is not that of the positions"),
        ("account.json", "/account_value", json!("14879.3683"), "is not that of the positions"),
        ("account.json", "/status", json!("LIQUIDATION"), "is not \"ACTIVE\""),
        ("account.json", "/status", json!(null), "is missing"),
        ("positions.json", "/results/0/account", json!("0x4"), "is not the account of account"),
        ("positions.json", "/results/0/side", json!("LONG"), "is the result of a position on the"),
        ("summary.json", "/results/0/created_at", json!(TIME_MS - 61_000), "is more than 60 s"),
        ("balance.json", "/results/0/token", json!("ETH"), "collateral other than USDC"),
        (
            "positions.json",
            "/results/0/market",
            json!("ETH-USD-PERP"),
            "is not a market of the schedule",
        ),
        ("positions.json", "/results/1/size", json!("-1.2"), "is below zero, but side is \"LONG\""),
        ("positions.json", "/results/1/size", json!("1.2001"), "has more digits than sizes"),
        ("positions.json", "/results/1/side", json!("BOTH"), "is neither \"LONG\" nor \"SHORT\""),
        ("positions.json", "/results/1/status", json!("CLOSED"), "but the position is closed"),
        ("positions.json", "/results/0/unrealized_funding_pnl", json!(null), "is missing"),
        ("positions.json", "/results/0/unrealized_funding_pnl", json!(""), "is empty"),
        ("positions.json", "/results/1/unrealized_funding_pnl", json!(null), "is missing"),
    ] {
        let said = told(file, pointer, value);
        assert!(said.starts_with(file) && said.contains(message), "{said}");
    }
    // An option has no funding.
    let none = changed("positions.json", "/results/1/unrealized_funding_pnl", json!(""));
    assert_eq!(read(&none, &whole).unwrap().account.unwrap().positions.len(), 5);
    let said = told("summary.json", "/results/0/mark_price", json!("75000"));
    let words = "positions.json /results/0/unrealized_pnl: differs from the result of the size";
    assert!(said.starts_with(words), "{said}");
    // The mark of an option moves as far as its delta lets it.
    for (at, size, cost) in [(1, "0.12", "276"), (2, "-0.25", "-175.0625")] {
        let mut positions = answer("positions.json");
        positions["results"][at]["size"] = json!(size);
        positions["results"][at]["cost"] = json!(cost);
        let said = told("positions.json", "", positions);
        let words = format!("positions.json /results/{at}/unrealized_pnl: differs from the result");
        assert!(said.starts_with(&words), "{size}: {said}");
    }
    for place in ["/results/0", "/results/0/scenarios/3", "/results/0/vol_shock_params"] {
        let mut more = answer(config);
        more.pointer_mut(place).unwrap()["skew"] = json!(0);
        let said = told(config, "", more);
        assert!(said.contains(&format!("{place}/skew: is a parameter that the page")), "{said}");
    }
    let mut both = answer(config);
    let mut other = both["results"][0].clone();
    other["base_asset"] = json!("ETH");
    both["results"].as_array_mut().unwrap().push(other);
    let files = changed(config, "", both);
    let error = read(&files, &whole).map(drop).unwrap_err();
    assert!(error.to_string().ends_with("name one of BTC, ETH by --only"), "{error}");
    let only = PortfolioReading { only: vec!["BTC".to_owned()], ..PortfolioReading::default() };
    assert_eq!(read(&files, &only).unwrap().subset_of, Some(2));
    let mut files = folder();
    files.retain(|file| file.name != "positions.json");
    let error = read(&files, &whole).map(drop).unwrap_err();
    assert_eq!(error.code, FolderErrorCode::MissingAnswer, "{error}");
    files.retain(|file| {
        file.name.starts_with("portfolio")
            || file.name.ends_with("s.json")
            || file.name == "summary.json"
    });
    let imported = read(&files, &whole).unwrap();
    assert_eq!(imported.account, None::<AccountFile>);
}
