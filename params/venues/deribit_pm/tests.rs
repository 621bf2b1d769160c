//! The example, two accounts that the venue's own answers are of, and changes of them.

use super::{FOLDER, import};
use crate::portfolio::{PortfolioMarket, PortfolioSchedule};
use crate::tests::kept;
use crate::venue::hostile::{survives, with};
use crate::venue::{
    FolderError, FolderErrorCode, ImportError, Member, OpenedFile, PortfolioImported,
    PortfolioReading,
};
use crate::{AnySchedule, NoDeficiency, Requirement};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zkmargin_model::decimal::{Decimal, format_scaled, power_of_ten};
use zkmargin_model::measure::Measure;
use zkmargin_model::portfolio::{Margin, margin};
use zkmargin_model::rule::{Account, Balance, Book, Position, Side};
use zkmargin_model::subject::Subject;

const FILES: [(&str, &str); 6] = [
    ("fetched.json", include_str!("examples/answers/fetched.json")),
    ("get_account_summaries.json", include_str!("examples/answers/get_account_summaries.json")),
    ("get_instruments.json", include_str!("examples/answers/get_instruments.json")),
    ("get_positions.json", include_str!("examples/answers/get_positions.json")),
    ("parameters.json", include_str!("examples/answers/parameters.json")),
    ("simulate.json", include_str!("examples/answers/simulate.json")),
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

fn changed(file: &str, pointer: &str, value: Value) -> Vec<OpenedFile> {
    let mut files = folder();
    let of = files.iter_mut().find(|of| of.name == file).unwrap();
    *of.bytes = with(&answer(file), pointer, value).to_string().into_bytes();
    files
}

fn market_of(
    simulated: &Value,
    instruments: &Value,
    parameters: &Value,
) -> Result<PortfolioMarket, ImportError> {
    let sources = [simulated, instruments, parameters].map(Member::root);
    let made = import(sources.each_ref())?;
    let schedule = PortfolioSchedule::new(made.schedule).unwrap();
    PortfolioMarket::compile(&schedule, &made.snapshot)
        .map_err(|e| sources[0].wrong(format!("is refused: {e}")))
}

fn example() -> PortfolioMarket {
    let [simulated, instruments, parameters] =
        ["simulate.json", "get_instruments.json", "parameters.json"].map(answer);
    market_of(&simulated, &instruments, &parameters).unwrap()
}

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

/// An amount of the currency, cut to so many digits.
fn coins(schedule: &PortfolioSchedule, figure: &BigInt, digits: u32) -> String {
    let scale = schedule.loss_decimals() + schedule.file().digits.factor;
    format_scaled(&(figure / power_of_ten(scale - digits)), digits)
}

/// Figures computed apart in double precision, from prices and not from the answer's rows.
#[test]
fn requirements_are_those_of_another_computation() {
    let market = example();
    let schedule = market.schedule();
    let (perpetual, future) = ("BTC-PERPETUAL", "BTC-28JUN24");
    let (call, put) = ("BTC-28JUN24-70000-C", "BTC-28JUN24-70000-P");
    let late = "BTC-27SEP24-80000-C";
    let desk = [
        (perpetual, "-20000"),
        (future, "5000"),
        ("BTC-28JUN24-60000-P", "-1"),
        (call, "-1.5"),
        (late, "0.5"),
    ];
    let cases: [(Held<'_>, &str, &str); 5] = [
        (&desk, "0.1650259554", "0.2062824442"),
        (&[(perpetual, "-20000"), (future, "30000")], "0.0300324777", "0.0375405971"),
        (&[(call, "-3"), (put, "2")], "0.3630910598", "0.4538638248"),
        (&[(late, "-2"), (perpetual, "40000")], "0.1625906099", "0.2032382624"),
        (&[("BTC-28JUN24-60000-P", "5")], "0.0237229494", "0.0296536868"),
    ];
    for (held, maintenance, initial) in cases {
        let account = holding(schedule, held);
        for (requirement, expected) in
            [(Requirement::Maintenance, maintenance), (Requirement::Initial, initial)]
        {
            let of = required(&market, &account, requirement);
            assert_eq!(coins(schedule, &of.requirement, 10), expected, "{held:?}");
        }
    }
}

/// A million times a size in the currency, in whole dollars.
fn million(size: f64, mark: f64) -> String {
    format!("{:.0}", size * mark * 1e6)
}

/// Whether an amount of a million accounts is the venue's within the `10^-9` to which it rounds the worst case.
fn is_nearly(schedule: &PortfolioSchedule, figure: &BigInt, stated: &str) -> bool {
    let scale = schedule.loss_decimals() + schedule.file().digits.factor;
    let stated = Decimal::parse(stated).unwrap().to_scaled(scale).unwrap();
    (figure / power_of_ten(6) - stated).abs() < power_of_ten(scale - 9)
}

/// Rows of inverse futures over nine prices, three volatilities and the extended table, which has the edge of the range.
fn rows(size: f64, range: f64) -> Value {
    let result = |step: i32| size * (1.0 - 1.0 / (1.0 + range * f64::from(step) / 4.0));
    let standard: Vec<f64> = (-4..=4).flat_map(|step| [result(step); 3]).collect();
    let extended: Vec<f64> = (0..8).map(|at| result(if at < 2 { -4 } else { 4 })).collect();
    json!({"standard": standard, "extended": extended})
}

/// An answer in which the futures of the example are these.
fn futures(held: [(&str, f64, f64); 2], range: f64, roll: &str) -> PortfolioMarket {
    let [mut simulated, instruments, _] =
        ["simulate.json", "get_instruments.json", "parameters.json"].map(answer);
    let result = &mut simulated["result"];
    for member in ["initial_risk_vectors", "ticker"] {
        result[member] = json!({});
    }
    result["portfolio"]["position"] = json!({});
    for (name, size, mark) in held {
        result["initial_risk_vectors"][name] = rows(size, range);
        result["ticker"][name]["mark_price"] = json!(mark);
        result["portfolio"]["position"][name] = json!(size);
    }
    let parameters = json!({"currency": "BTC", "source": "the answers", "roll_shock": {"PERPETUAL": roll, "28JUN24": roll}});
    market_of(&simulated, &instruments, &parameters).unwrap()
}

/// The documentation's account of June 2024: the venue states a worst case of 0.05968587238095239, a roll shock of
/// 0.00315725898, together 0.06284313098, and 0.050274504784 of maintenance margin.
#[test]
fn the_documentations_account() {
    let (long, short) = (0.314_538_364, -0.001_187_534);
    let (perpetual, future) = (65_910.57, 67_371.75);
    let held = [("BTC-PERPETUAL", long, perpetual), ("BTC-28JUN24", short, future)];
    // The venue's own first figures of both rows.
    assert!(
        (rows(long, 0.16)["standard"][0].as_f64().unwrap() + 0.059_912_069_333_333_34).abs()
            < 1e-15
    );
    assert!(
        (rows(short, 0.16)["standard"][0].as_f64().unwrap() - 0.000_226_196_952_380_952_4).abs()
            < 1e-15
    );
    let market = futures(held, 0.16, "0.01");
    let schedule = market.schedule();
    let account = holding(
        schedule,
        &[("BTC-PERPETUAL", &million(long, perpetual)), ("BTC-28JUN24", &million(short, future))],
    );
    let of = required(&market, &account, Requirement::Initial);
    assert!(is_nearly(schedule, &of.requirement, "0.06284313098"));
    assert!(is_nearly(schedule, &(&of.units[0].scan * 1_000_000), "0.05968587238095239"));
    let of = required(&market, &account, Requirement::Maintenance);
    assert!(is_nearly(schedule, &of.requirement, "0.050274504784"));
    assert!(schedule.file().leaves_out.iter().any(|text| text.contains("offsetting futures")));
}

/// A published answer of February 2026: -0.999487053 of a perpetual at 1949.49, a range of 18 %, a worst case of
/// 0.15246412672881357 and a roll shock of 0.5 %, together 0.157461562265, and 0.125969249812 of maintenance margin.
#[test]
fn a_published_answer() {
    let (size, mark) = (-0.999_487_053, 1_949.49);
    assert!(
        (rows(size, 0.18)["standard"][26].as_f64().unwrap() + 0.152_464_126_728_813_57).abs()
            < 1e-15
    );
    let held = [("BTC-PERPETUAL", size, mark), ("BTC-28JUN24", 1.0, mark)];
    let market = futures(held, 0.18, "0.005");
    let schedule = market.schedule();
    let account = holding(schedule, &[("BTC-PERPETUAL", &million(size, mark))]);
    let of = required(&market, &account, Requirement::Initial);
    assert!(is_nearly(schedule, &of.requirement, "0.157461562265"));
    let of = required(&market, &account, Requirement::Maintenance);
    assert!(is_nearly(schedule, &of.requirement, "0.125969249812"));
}

#[test]
fn a_folder_has_rule_prices_and_account() {
    let imported = read(&folder(), &PortfolioReading::default()).unwrap();
    assert_eq!(imported.market.snapshot().time(), "2024-06-17T10:22:20.501Z");
    kept("venues/deribit_pm/examples/btc.schedule.json", &imported.schedule.to_json().unwrap());
    kept("venues/deribit_pm/examples/btc.snapshot.json", &imported.snapshot.to_json().unwrap());
    let account = imported.account.as_ref().unwrap().to_json().unwrap();
    kept("venues/deribit_pm/examples/btc.account.json", &account);
    let schedule = imported.market.schedule();
    let account = schedule.account(&imported.account.unwrap()).unwrap();
    let of = required(&imported.market, &account, Requirement::Initial);
    // 0.75 of cash, options worth -0.003 and 0.0008 of this session.
    assert_eq!(coins(schedule, &of.scaled_equity(), 10), "0.7478");
    assert_eq!(coins(schedule, &of.requirement, 10), "0.2062824442");
    let shorts: Vec<_> = of.strikes.iter().map(|s| s.short.to_string()).collect();
    assert_eq!(shorts, ["10", "15"]);
    let margin = Subject::from(Measure::Maintenance);
    let found = (schedule as &dyn AnySchedule).decides_deficiency(&margin);
    assert!(matches!(&found, Err(NoDeficiency::LeftOut(what)) if what.contains("too high")));
}

/// The rule from the snapshot's loadings in whole numbers, offsets matched long against short.
fn directly(market: &PortfolioMarket, file: &Value, account: &Account, factor: i64) -> BigInt {
    const MATRIX: usize = 35;
    let schedule = market.schedule();
    let mut losses = vec![BigInt::zero(); MATRIX];
    let mut deltas: BTreeMap<u32, BigInt> = BTreeMap::new();
    let mut strikes: BTreeMap<u32, BigInt> = BTreeMap::new();
    let [mut long, mut short] = [const { BigInt::ZERO }; 2];
    for position in account.positions() {
        let of = schedule.instrument_of(position.instrument).unwrap();
        let mut listed = file["instruments"].as_array().unwrap().iter();
        let listed = listed.find(|i| i["instrument"] == *of.symbol).unwrap();
        let loading = |at: usize| {
            let text = listed["loadings"][at].as_str().unwrap();
            Decimal::parse(text).unwrap().to_scaled(16 - of.size_decimals).unwrap()
        };
        let magnitude = BigInt::from(position.size.clone());
        let size = if position.side == Side::Short { -&magnitude } else { magnitude.clone() };
        for (at, loss) in losses.iter_mut().enumerate() {
            *loss += &size * loading(at);
        }
        *deltas.entry(u32::try_from(of.group).unwrap()).or_default() += &size * loading(MATRIX);
        let side = if size.is_negative() { &mut short } else { &mut long };
        *side += &magnitude * loading(MATRIX + 1);
        if of.kind.is_option() {
            *strikes.entry(u32::try_from(of.strike.unwrap()).unwrap()).or_default() += size;
        }
    }
    let worst = losses.into_iter().max().unwrap().max(BigInt::zero());
    let roll: BigInt = deltas.values().map(|delta| delta.abs()).sum();
    // 1 % of what is long against short, in units of 10^-16 times 100; sizes of options have a digit.
    let offsetting = long.min(short);
    let net_short: BigInt = strikes.values().filter(|s| s.is_negative()).map(|s| -s).sum();
    let hundredths = (worst + roll) * 100 + offsetting + net_short * power_of_ten(15);
    // Units of 10^-34: 16 of a sum, 12 of slopes and 6 of the factor.
    hundredths * power_of_ten(15) * factor
}

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
    let (market, mut numbers) = (imported.market, numbers());
    for _ in 0..200 {
        let mut positions = Vec::new();
        for of in market.schedule().instruments() {
            let number = numbers.next().unwrap() >> 8;
            if number % 4 == 0 {
                continue;
            }
            let most = if of.kind.is_option() { 400 } else { 2_000_000 };
            positions.push(Position {
                book: Book::Cross,
                instrument: of.id,
                side: [Side::Long, Side::Short][(number >> 4) as usize % 2],
                size: ((number >> 8) % most + 1).into(),
                entry: BigInt::ZERO,
                own: 0,
            });
        }
        let cash = Balance { asset: 1, balance: BigInt::ZERO, own: 0 };
        let account = Account::new(positions, vec![cash]).unwrap();
        // In tenths: 0.8 for maintenance.
        for (requirement, factor) in [(Requirement::Maintenance, 8), (Requirement::Initial, 10)] {
            let of = required(&market, &account, requirement);
            assert_eq!(of.requirement, directly(&market, &file, &account, factor));
        }
    }
}

#[test]
fn bent_answers_survive() {
    let mut simulated = answer("simulate.json");
    let result = &mut simulated["result"];
    // One row of few scenarios.
    result["model_params"] = json!({"general": {"mm_factor": 0.8, "buckets_count": 0, "vol_scenarios_count": 1, "timestamp": 1_718_619_740_501_u64}});
    for member in ["initial_risk_vectors", "ticker"] {
        result[member]
            .as_object_mut()
            .unwrap()
            .retain(|name, _| name == "BTC-PERPETUAL" || name == "BTC-28JUN24-70000-C");
    }
    for row in result["initial_risk_vectors"].as_object_mut().unwrap().values_mut() {
        row["standard"].as_array_mut().unwrap().truncate(1);
    }
    let all = json!({
        "simulated": simulated,
        "instruments": answer("get_instruments.json"),
        "parameters": answer("parameters.json"),
    });
    survives(&all, |all| {
        market_of(&all["simulated"], &all["instruments"], &all["parameters"]).map(drop)
    });
    let market = example();
    let schedule = market.schedule();
    let all = json!({
        "summaries": answer("get_account_summaries.json"),
        "positions": answer("get_positions.json"),
    });
    survives(&all, |all| {
        let root = Member::root(all);
        let [summaries, positions] = ["summaries", "positions"].map(|name| root.member(name));
        let _ = schedule.account(&super::account::account(&summaries, &positions, schedule)?);
        Ok(())
    });
}

#[test]
fn what_is_not_read_is_refused_with_the_place() {
    const SUMMARIES: &str = "get_account_summaries.json";
    let whole = PortfolioReading::default();
    let (matrix, of) = ("simulate.json", "get_instruments.json");
    for (file, pointer, value, message) in [
        (
            matrix,
            "/result/model_params/general/buckets_count",
            json!(5),
            "makes 33 standard scenarios",
        ),
        (matrix, "/result/model_params/general/mm_factor", json!(0), "is not a price above zero"),
        (matrix, "/result/margins", json!({"eth": {}}), "the answer is not of BTC"),
        (
            matrix,
            "/result/portfolio/position/BTC-28JUN24",
            json!(0),
            "the row of nothing says nothing",
        ),
        (
            matrix,
            "/result/initial_risk_vectors/BTC-28JUN24/extended",
            json!([1]),
            "has 1 scenarios, not 8",
        ),
        (matrix, "/result/ticker/BTC-28JUN24/mark_price", json!(0), "without a mark above zero"),
        (of, "/result/0/settlement_currency", json!("USDC"), "is not BTC, whose matrix this is"),
        (of, "/result/0/instrument_type", json!("linear"), "is not \"reversed\""),
        (of, "/result/3/strike", json!(70_000.5), "is no multiple of 1, the step of strikes"),
        (of, "/result/3/option_type", json!("both"), "is neither \"call\" nor \"put\""),
        (of, "/result/1/instrument_name", json!("BTC-5JUL24"), "has no entry of \"BTC-28JUN24\""),
        ("parameters.json", "/roll_shock", json!({"PERPETUAL": "0.01"}), "has no roll shock"),
        ("parameters.json", "/deltas", json!({}), "has no delta in parameters.json"),
        ("parameters.json", "/short_options", json!("-1"), "is not above zero"),
        ("parameters.json", "/short_options", json!("0"), "what is not charged is left out"),
        ("parameters.json", "/offsetting_futures", json!("1.01"), "is more than one"),
        ("parameters.json", "/roll_shock/PERPETUAL", json!("0"), "what is not charged is left"),
        (
            "parameters.json",
            "/deltas/BTC-28JUN24-70000-C",
            json!("-0.34013"),
            "is a call, whose delta is not below zero",
        ),
        (
            "parameters.json",
            "/deltas/BTC-28JUN24-60000-P",
            json!("0.10309"),
            "is a put, whose delta is not above zero",
        ),
        ("parameters.json", "/deltas/BTC-28JUN24-60000-P", json!("-1.1"), "is more than one"),
        (SUMMARIES, "/result/summaries/0/additional_reserve", json!(0.1), "is reserved for"),
        (SUMMARIES, "/result/summaries/0/locked_balance", json!(0.1), "is reserved for"),
        (SUMMARIES, "/result/summaries/0/margin_balance", json!(0.7), "is not the equity: less"),
        (
            SUMMARIES,
            "/result/summaries/0/margin_balance",
            json!(0.7508),
            "is the equity without the value of options",
        ),
        (SUMMARIES, "/result/summaries/0/equity", json!(0.7479), "is not the balance, the"),
        (SUMMARIES, "/result/summaries/0/balance", json!(0.7491), "is not the balance, the"),
        (SUMMARIES, "/result/summaries/0/delta_total", json!(-0.4624), "is not that of the"),
        ("parameters.json", "/short_options", json!(0.01), "is not a decimal number in quotes"),
        (
            "get_account_summaries.json",
            "/result/summaries/0/margin_model",
            json!("segregated_sm"),
            "an account is linear or portfolio",
        ),
        (
            "get_account_summaries.json",
            "/result/summaries/0/margin_model",
            json!("cross_pm"),
            "is not \"segregated_pm\"",
        ),
        (
            "get_account_summaries.json",
            "/result/summaries/0/options_value",
            json!(0.1),
            "is not that of the positions listed",
        ),
        (
            "get_account_summaries.json",
            "/result/summaries/0/futures_session_upl",
            json!(0.1),
            "is not that of the positions listed",
        ),
        (
            "get_positions.json",
            "/result/0/size",
            json!(20_000),
            "does not have the sign of its side",
        ),
        ("get_positions.json", "/result/2/size", json!(-1.05), "has more digits than sizes"),
        (
            "get_positions.json",
            "/result/0/instrument_name",
            json!("BTC-5JUL24"),
            "is not an instrument of the schedule",
        ),
    ] {
        let error = read(&changed(file, pointer, value), &whole).map(drop).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(message), "{said}");
    }
    let mut without = answer("parameters.json");
    let kept = without.as_object_mut().unwrap();
    kept.retain(|name, _| name == "currency" || name == "source");
    let imported = read(&changed("parameters.json", "", without), &whole).unwrap();
    let left_out = &imported.schedule.leaves_out;
    for words in ["the roll shock", "offsetting futures", "short options"] {
        assert!(left_out.iter().any(|text| text.contains(words)), "{words}");
    }
    let mut files = folder();
    files.retain(|file| file.name != "parameters.json");
    let error = read(&files, &whole).map(drop).unwrap_err();
    assert_eq!(error.code, FolderErrorCode::MissingAnswer, "{error}");
}
