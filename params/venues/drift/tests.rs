//! States of the program's own tests, kept as examples with the sources they are read from, and one state with every
//! element by hand.

use super::*;
use crate::tests::kept;
use crate::venue::computed::{Numbers, from_folder};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use crate::venue::{Choice, RulePart};
use crate::{CompiledMarket, RemarkKind, compile};
use serde_json::json;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{Account, BookMargin, Books, Isolated, Margin, Profile, margin};

const COMMIT: &str = "drift-labs/protocol-v2 (programs/drift/src/math/margin/tests.rs), commit 0ae3e3b1db782a6765c3525b3dec38ad4d9d3a62";

/// With open orders and isolated positions, whether or not an account has any.
const BOOKS: Profile =
    Profile { isolated: Isolated::Compared, orders: true, allocations: true, ..Profile::GENERAL };

struct State {
    market: CompiledMarket,
    account: Account,
    figures: Margin,
}

impl State {
    fn of(schedule: &Schedule, snapshot: &SnapshotFile, account: &AccountFile) -> Self {
        let market = compile(schedule, snapshot).unwrap();
        let account = account.holdings(schedule).unwrap();
        let figures = margin(&account, market.market()).unwrap();
        Self { market, account, figures }
    }

    fn read(source: &Value, options: &Options) -> Self {
        let schedule = Schedule::new(Drift::schedule(source, options).unwrap().schedule).unwrap();
        let snapshot = Drift::snapshot(source, &schedule).unwrap();
        let account = Drift::account(source, &schedule).unwrap();
        Self::of(&schedule, &snapshot, &account)
    }

    /// Equity and requirement in 1e-6 USD.
    fn units(&self) -> [i64; 2] {
        [&self.figures.equity, &self.figures.maintenance].map(|x| i64::try_from(x).unwrap())
    }

    /// The same of each isolated position.
    fn isolated(&self) -> Vec<[i64; 2]> {
        let books = self.figures.positions.iter().filter_map(|p| p.isolated.as_ref());
        let units = |book: &BookMargin| {
            [&book.equity, &book.requirement].map(|x| i64::try_from(x).unwrap())
        };
        books.map(units).collect()
    }
}

/// Checks a source and keeps its three files; `line` is that of the test.
fn example(name: &str, source: &Value, options: &Options, line: u32) -> State {
    let schedule = schedules_survive::<Drift>(source, options);
    let of = format!("a state of {COMMIT}, line {line}; the time is made up");
    let mut file = schedule.file().clone();
    file.name = format!("drift-test-{name}");
    file.source = format!("Not the venue's figures: {of}. Assumed: {ASSUMED}.");
    let schedule = Schedule::new(file).unwrap();
    let mut snapshot = snapshots_survive::<Drift>(source, &schedule);
    snapshot.source = Some(format!("Prices, interest indices and deposits of {of}."));
    let mut account = accounts_survive::<Drift>(source, &schedule);
    account.note = Some(format!(
        "The user of {of}. Without holder key, serial and blinding: `zkmargin commit --fresh` draws them."
    ));
    let path = |kind: &str| format!("venues/drift/examples/{name}.{kind}.json");
    kept(&path("schedule"), &schedule.file().to_json().unwrap());
    kept(&path("snapshot"), &snapshot.to_json().unwrap());
    kept(&path("account"), &account.to_json().unwrap());
    assert!(schedule.remarks().iter().all(|remark| remark.kind == RemarkKind::NoCap));
    let made = State::of(&schedule, &snapshot, &account);
    // Open orders and isolated positions are of perpetuals.
    let has_any = !schedule.instruments().is_empty();
    let profile = if has_any { BOOKS } else { Profile::GENERAL };
    assert_eq!(made.market.market().profile(), Ok(profile));
    made
}

fn source(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn maintenance() -> Options {
    Options::default()
}

fn initial() -> Options {
    Options { requirement: Requirement::Initial, ..Options::default() }
}

/// Total collateral and margin requirement that the program's tests expect.
#[test]
fn states_of_the_programs_tests() {
    let borrower = source(include_str!("examples/borrower.source.json"));
    let made = example("borrower", &borrower, &maintenance(), 4359);
    // 10,000 USDC, and 90 SOL at 100 owed with a weight of 1.1.
    assert_eq!(made.units(), [10_000_000_000, 9_900_000_000]);

    let perpetual = source(include_str!("examples/perpetual.source.json"));
    let made = example("perpetual", &perpetual, &maintenance(), 4178);
    // A profit of 10 that weighs nothing; equality is healthy.
    assert_eq!(made.units(), [10_000_000, 10_000_000]);
    assert!(made.figures.meets(&Claim::margin(), made.market.market()));

    let own = source(include_str!("examples/own-ratio.source.json"));
    let made = example("own-ratio", &own, &initial(), 893);
    // 100 SOL at 100, whose weight of 0.8 is lowered to 0.5 by a ratio of 0.5.
    assert_eq!(made.units(), [5_000_000_000, 0]);
    assert_eq!(made.account.balances()[0].own, 5000);
}

/// Every element of the two kinds of markets, and a user with all of them.
fn every_element() -> Value {
    json!({
        "time": 1_700_000_000_000u64,
        "spot_markets": {
            "0": {
                "name": "USDC", "decimals": "6", "oracle_price": "1000000", "twap_5min": "990000",
                "cumulative_deposit_interest": "10500000000", "cumulative_borrow_interest": "11000000000",
                "initial_asset_weight": "10000", "maintenance_asset_weight": "10000",
                "initial_liability_weight": "10000", "maintenance_liability_weight": "10000",
                "imf_factor": "0", "scale_initial_asset_weight_start": "0", "deposit_balance": "0"
            },
            "1": {
                "name": "SOL", "decimals": "9", "oracle_price": "100000000", "twap_5min": "101000000",
                "cumulative_deposit_interest": "10000000000", "cumulative_borrow_interest": "10000000001",
                "initial_asset_weight": "8000", "maintenance_asset_weight": "9000",
                "initial_liability_weight": "12000", "maintenance_liability_weight": "11000",
                "imf_factor": "0", "scale_initial_asset_weight_start": "500000000",
                "deposit_balance": "10000000000"
            }
        },
        "perp_markets": {
            "0": {
                "name": "SOL-PERP", "contract_type": "Perpetual", "oracle_price": "100000001",
                "margin_ratio_initial": "1000", "margin_ratio_maintenance": "500", "imf_factor": "1000",
                "unrealized_pnl_initial_asset_weight": "9000",
                "unrealized_pnl_maintenance_asset_weight": "10000",
                "cumulative_funding_rate_long": "0", "cumulative_funding_rate_short": "0"
            },
            "4": {
                "name": "VOTE-BET", "contract_type": "Prediction", "oracle_price": "400000",
                "margin_ratio_initial": "10000", "margin_ratio_maintenance": "10000", "imf_factor": "0",
                "unrealized_pnl_initial_asset_weight": "0", "unrealized_pnl_maintenance_asset_weight": "0"
            }
        },
        "user": {"max_margin_ratio": "0", "margin_mode": "Default"},
        "spot_positions": [
            {"market_index": "0", "balance_type": "Deposit", "scaled_balance": "1000000000001"},
            {"market_index": "1", "balance_type": "Borrow", "scaled_balance": "1000000003"}
        ],
        "perp_positions": [
            {"market_index": "0", "base_asset_amount": "3000000003", "quote_asset_amount": "-150000000", "max_margin_ratio": "1500", "position_flag": 0},
            {"market_index": "4", "base_asset_amount": "-10000000000", "quote_asset_amount": "3000000", "max_margin_ratio": "0", "isolated": false}
        ]
    })
}

/// By hand, with the formulas of the program, strictly and at both requirements.
#[test]
fn every_element_by_hand() {
    let strict = Options { strict: true, ..initial() };
    // USDC: floor(1000.000000001 * 1.05) = 1050.000000, at 0.99: 1039.5.
    // SOL owed: -floor up(1.000000003 * 1.0000000001) = -1.000000004, at 101: -101.000000404, up to -101.000001;
    // times 1.2, towards zero: 121.200001.
    // SOL-PERP: value trunc(3.000000003 * 100.000001) = 300.000003; less 150 is 150.000003, times 0.9: 135.000002;
    // at 0.99: 133.650001; at most 100. Notional 300.000003 at 1. Root of 30000000031 = 173205; times 1000 / 10^7: 17;
    // 0.1 against 0.08 + 0.0017 against the own 0.15: 45.000000.
    // VOTE-BET: value trunc(-10 * 0.4) = -4; plus 3 is -1, at 1: -1. Notional 10 * 0.6 = 6, times 1: 6.
    let made = State::read(&every_element(), &strict);
    assert_eq!(
        made.units(),
        [1_039_500_000 + 100_000_000 - 1_000_000, 121_200_001 + 45_000_000 + 6_000_000]
    );
    assert_eq!(made.market.market().profile(), Ok(BOOKS));

    // At maintenance without a strict price: USDC at 1; SOL owed -100.000000400 up to -100.000001, times 1.1:
    // 110.000001; the perpetual's profit in full, 150.000003; its ratio 0.05 against 0.04 + 0.0017; the bet's loss of 1.
    let made = State::read(&every_element(), &maintenance());
    assert_eq!(
        made.units(),
        [1_050_000_000 + 150_000_003 - 1_000_000, 110_000_001 + 15_000_000 + 6_000_000]
    );

    // A liquidation ends with this: what is owed, losses and notionals with two hundredths more.
    let end = |liquidation_buffer| Options {
        requirement: Requirement::LiquidationEnd,
        liquidation_buffer,
        ..Options::default()
    };
    let buffer = end(200);
    let made = State::read(&every_element(), &buffer);
    let charges = 2_000_000 + 6_000_000 + 120_000;
    assert_eq!(
        made.units(),
        [1_050_000_000 + 150_000_003 - 1_020_000, 110_000_001 + 15_000_000 + 6_000_000 + charges]
    );
}

/// Halfway between the initial and the maintenance margin, but for profits, which have their initial weight without its cap,
/// and own ratios, which do not count.
#[test]
fn fills_by_hand() {
    let fill = Options { requirement: Requirement::Fill, ..Options::default() };
    // SOL owed: 100.000001 times 1.15, towards zero. SOL-PERP: 150.000003 times 0.9, above 100; 300.000003 at 0.075.
    let made = State::read(&every_element(), &fill);
    assert_eq!(
        made.units(),
        [1_050_000_000 + 135_000_002 - 1_000_000, 115_000_001 + 22_500_000 + 6_000_000]
    );
    let mut source = every_element();
    source["perp_positions"] = json!([]);
    source["spot_positions"][1] =
        json!({"market_index": "1", "balance_type": "Deposit", "scaled_balance": "1000000000"});
    // A deposit halfway between 0.4, which is 0.8 scaled by twice the deposits, and 0.9; beside a least ratio at 0.4.
    assert_eq!(State::read(&source, &fill).units(), [1_050_000_000 + 65_000_000, 0]);
    let least = Options { least_ratio: 100, ..fill.clone() };
    assert_eq!(State::read(&source, &least).units(), [1_050_000_000 + 40_000_000, 0]);
    // Not scaled, and an odd sum: 0.6555 and 0.9 are halfway at 0.77775, rounded down.
    source["spot_markets"]["1"]["scale_initial_asset_weight_start"] = json!("0");
    source["spot_markets"]["1"]["initial_asset_weight"] = json!("6555");
    assert_eq!(State::read(&source, &fill).units(), [1_050_000_000 + 77_770_000, 0]);
    // What of profits is left out at initial margin is left out here too.
    source["perp_markets"]["0"]["unrealized_pnl_max_imbalance"] = json!("1");
    let made = Drift::schedule(&source, &fill).unwrap().schedule;
    assert!(made.leaves_out.contains(&PROFITS_LEFT_OUT.to_owned()));
}

/// A buffer is of the end of a liquidation, which has one.
#[test]
fn buffers_are_of_one_requirement() {
    for (requirement, liquidation_buffer, message) in [
        (Requirement::LiquidationEnd, 0, "give liquidation-buffer=FIGURE"),
        (Requirement::Maintenance, 200, "of the requirement liquidation-end alone"),
        (Requirement::Initial, 200, "of the requirement liquidation-end alone"),
    ] {
        let options = Options { requirement, liquidation_buffer, ..Options::default() };
        let told = told(Drift::schedule(&every_element(), &options));
        assert!(told.contains(message), "{told}");
    }
    let close_out = Options { requirement: Requirement::CloseOut, ..Options::default() };
    let message = "the venue has no requirement `close-out`; its requirements are maintenance, initial, fill, liquidation-end";
    assert_eq!(told(Drift::schedule(&every_element(), &close_out)), message);
}

/// A least ratio that whoever asks has given: for tiers, debts and deposits, also where their weight is a figure of the snapshot.
#[test]
fn least_ratios_by_hand() {
    let least = |units, options: Options| Options { least_ratio: units, ..options };
    let made = State::read(&every_element(), &least(2_000, maintenance()));
    // 0.2 of 300.000003, 1.2 of 100.000001, and the bet's whole.
    let low = State::read(&every_element(), &least(100, maintenance()));
    // A debt has its initial weight of 1.2, above 1.01 and above that of 1.1 at maintenance; ratios are those at maintenance.
    assert_eq!(low.units()[1], 120_000_001 + 15_000_000 + 6_000_000);
    assert_eq!(
        made.units(),
        [1_050_000_000 + 150_000_003 - 1_000_000, 120_000_001 + 60_000_000 + 6_000_000]
    );
    // The premium of the size is that of the market's own ratio: 0.05 - 0.01 + floor(173205 * 0.15) / 10^4 = 2.638.
    let mut source = every_element();
    source["perp_markets"]["0"]["imf_factor"] = json!("1500000");
    let made = State::read(&source, &least(2_000, maintenance()));
    assert_eq!(made.units()[1], 120_000_001 + 791_400_007 + 6_000_000);
    // The last root at which the least ratio counts: 400 + 1600 is 2000.
    source["perp_markets"]["0"]["imf_factor"] = json!("92381");
    let made = State::read(&source, &least(2_000, maintenance()));
    assert_eq!(made.units()[1], 120_000_001 + 60_000_000 + 6_000_000);
    source["perp_markets"]["0"]["imf_factor"] = json!("92434");
    let made = State::read(&source, &least(2_000, maintenance()));
    assert_eq!(made.units()[1], 120_000_001 + 60_030_000 + 6_000_000);

    let mut source = every_element();
    source["perp_positions"] = json!([]);
    source["spot_positions"][1] =
        json!({"market_index": "1", "balance_type": "Deposit", "scaled_balance": "1000000000"});
    for (units, options, weighted) in [
        (5_000, initial(), 40_000_000),
        // At maintenance too the initial weight of 0.8, scaled to 0.4 by twice the deposits, and not 0.9.
        (100, maintenance(), 40_000_000),
        (7_000, initial(), 30_000_000),
        (7_000, maintenance(), 30_000_000),
        (10_000, initial(), 0),
        (10_001, maintenance(), 0),
    ] {
        let made = State::read(&source, &least(units, options));
        assert_eq!(made.units(), [1_050_000_000 + weighted, 0], "{units}");
    }
}

/// An isolated position with its deposit is a book of its own, and no part of the cross book of the same account.
#[test]
fn books_by_hand() {
    let mut source = every_element();
    source["perp_positions"][0]["position_flag"] = json!(1);
    source["perp_positions"][0]["isolated_position_scaled_balance"] = json!("50000000001");
    let of = State::read;
    // 50.000000001 at an index of 1.05: 52.500000. Initial: the profit of 150.000003 at 0.9, which is above 100, and the own
    // ratio of 0.15.
    let state = of(&source, &maintenance());
    assert_eq!(state.isolated(), [[52_500_000 + 150_000_003, 15_000_000]]);
    assert_eq!(state.units(), [1_050_000_000 - 1_000_000, 110_000_001 + 6_000_000]);
    assert_eq!(of(&source, &initial()).isolated(), [[52_500_000 + 100_000_000, 45_000_000]]);
    // One share less is one unit less, and a deposit without a position is worth what it is.
    source["perp_positions"][0]["isolated_position_scaled_balance"] = json!("49999999999");
    assert_eq!(of(&source, &maintenance()).isolated(), [[52_499_999 + 150_000_003, 15_000_000]]);
    for figure in ["base_asset_amount", "quote_asset_amount", "max_margin_ratio"] {
        source["perp_positions"][0][figure] = json!("0");
    }
    assert_eq!(of(&source, &initial()).isolated(), [[52_499_999, 0]]);

    let schedule = Schedule::new(Drift::schedule(&source, &initial()).unwrap().schedule).unwrap();
    source["perp_positions"][0]["isolated_position_scaled_balance"] = json!("-1");
    let place = "/perp_positions/0/isolated_position_scaled_balance";
    let message = format!("{place}: is negative; the program has no signs, and it is a deposit");
    assert_eq!(told(Drift::account(&source, &schedule)), message);
}

/// Every kind of claim about books is proven in the one record, and each has the circuit with its blocks.
#[test]
fn books_of_one_record() {
    let mut source = every_element();
    source["perp_positions"][0]["position_flag"] = json!(1);
    source["perp_positions"][0]["isolated_position_scaled_balance"] = json!("50000000001");
    let market = State::read(&source, &maintenance()).market;
    let name = market.schedule().position_name("SOL-PERP:long").unwrap();
    for isolated in [Isolated::Compared, Isolated::LeftOut, Isolated::AllBut, Isolated::Only] {
        let position = isolated.names_position().then_some(name);
        let books = Books { settlement_asset: None, isolated, position };
        let profile = market.of_books(books).unwrap().market().profile();
        assert_eq!(profile, Ok(Profile { isolated, ..BOOKS }));
    }
}

/// A place keeps its flags and its market when its position is gone: the one that is read is where something is.
#[test]
fn a_place_without_a_position_stands_for_none() {
    let mut source = every_element();
    source["perp_positions"][0]["position_flag"] = json!(1);
    source["perp_positions"][0]["isolated_position_scaled_balance"] = json!("50000000001");
    let schedule = Schedule::new(Drift::schedule(&source, &initial()).unwrap().schedule).unwrap();
    let of = |source: &Value| Drift::account(source, &schedule);
    let expected = of(&source).unwrap();
    assert_eq!(expected.positions.len(), 2);
    let gone = json!({
        "market_index": "0", "base_asset_amount": "0", "quote_asset_amount": "0",
        "isolated_position_scaled_balance": "0", "position_flag": 1,
    });
    let mut stale = source.clone();
    stale["perp_positions"].as_array_mut().unwrap().insert(0, gone.clone());
    assert!(of(&stale) == Ok(expected));
    // Without any other, nothing is held.
    stale["perp_positions"] = json!([gone]);
    assert!(of(&stale).unwrap().positions.is_empty());
}

/// A deposit of a position that is not said to be isolated is in no book, and shares of liquidity are in no account.
#[test]
fn a_deposit_without_its_book_is_refused() {
    let mut source = every_element();
    let schedule = Schedule::new(Drift::schedule(&source, &initial()).unwrap().schedule).unwrap();
    let deposit = "/perp_positions/0/isolated_position_scaled_balance";
    source["perp_positions"][0]["isolated_position_scaled_balance"] = json!("5000000000");
    for isolated in [json!(false), json!(null)] {
        source["perp_positions"][0]["isolated"] = isolated;
        assert_eq!(
            told(Drift::account(&source, &schedule)),
            format!("{deposit}: is not zero, but the position is not isolated")
        );
    }
    source["perp_positions"][0]["isolated_position_scaled_balance"] = json!("0");
    assert!(Drift::account(&source, &schedule).is_ok());
    source["perp_positions"][0]["lp_shares"] = json!("7000000000");
    let message =
        "/perp_positions/0/lp_shares: is not zero; shares of a market's liquidity are not imported";
    assert_eq!(told(Drift::account(&source, &schedule)), message);
    source["perp_positions"][0]["lp_shares"] = json!("0");
    // Names of another decoder are no place without a position.
    source["perp_positions"][0].as_object_mut().unwrap().remove("base_asset_amount");
    let message = "/perp_positions/0/base_asset_amount: is missing";
    assert_eq!(told(Drift::account(&source, &schedule)), message);
}

/// What is chosen for a folder is the importer's options.
#[test]
fn a_folder_is_read_with_what_is_chosen() {
    let mut source = every_element();
    source["perp_positions"][0]["position_flag"] = json!(1);
    source["perp_positions"][0]["isolated_position_scaled_balance"] = json!("50000000000");
    let options = Options {
        name: None,
        requirement: Requirement::LiquidationEnd,
        strict: true,
        liquidation_buffer: 200,
        least_ratio: 500,
    };
    let mut expected = Drift::schedule(&source, &options).unwrap().schedule;
    let schedule = Schedule::new(expected.clone()).unwrap();
    let snapshot = Drift::snapshot(&source, &schedule).unwrap();
    let account = Drift::account(&source, &schedule).unwrap();
    let rule = ["least-ratio=0.05", "strict", "liquidation-buffer=0.02"];
    let choice = Choice {
        requirement: Some(Requirement::LiquidationEnd),
        rule: rule.map(RulePart::parse).to_vec(),
        ..Choice::default()
    };
    let made = from_folder("drift", choice, &[("accounts", &source)], (&snapshot, &account));
    expected.source.clone_from(&made.schedule.file().source);
    assert_eq!(*made.schedule.file(), expected);
    let words = "imported for liquidation-end margin, strict, with ratios of at least 0.05, with a buffer of 0.02 of a liquidation.";
    assert!(expected.source.contains(words), "{}", expected.source);
}

/// A deposit weighs less the more of it the market holds, and the more of it the account holds.
#[test]
fn weights_fall_with_deposits_and_with_size() {
    let mut source = every_element();
    source["perp_positions"] = json!([]);
    source["spot_positions"][1] =
        json!({"market_index": "1", "balance_type": "Deposit", "scaled_balance": "1000000000"});
    // 10 SOL at 100 are twice the start of 500: a weight of 0.4.
    let made = State::read(&source, &initial());
    assert_eq!(made.units(), [1_050_000_000 + 40_000_000, 0]);
    assert_eq!(State::read(&source, &maintenance()).units(), [1_050_000_000 + 90_000_000, 0]);
    // The root of 10^13 + 1 is 3162277; times 10^4 / 10^5, in 1e-6: 1.1 / 1.316227 = 0.8357.
    source["spot_markets"]["1"]["imf_factor"] = json!("10000");
    source["spot_positions"][1]["scaled_balance"] = json!("1000000000000");
    let made = State::read(&source, &maintenance());
    assert_eq!(made.units(), [1_050_000_000 + 83_570_000_000, 0]);
    // Owed, the larger of 1.1 and 0.88 + 0.3162.
    source["spot_positions"][1]["balance_type"] = json!("Borrow");
    source["spot_markets"]["1"]["cumulative_borrow_interest"] = json!("10000000000");
    let made = State::read(&source, &maintenance());
    assert_eq!(made.units(), [1_050_000_000, 119_620_000_000]);
}

/// Nothing is held but a result and orders: the larger side's notional, and a cent for each.
#[test]
fn open_orders_by_hand() {
    let mut source = every_element();
    source["perp_markets"]["0"]["imf_factor"] = json!("0");
    source["perp_markets"]["0"]["oracle_price"] = json!("100000000");
    source["perp_positions"] = json!([{
        "market_index": "0", "base_asset_amount": "0", "quote_asset_amount": "5000000",
        "open_bids": "2000000000", "open_asks": "-1000000000", "open_orders": "3", "isolated": false
    }]);
    let made = State::read(&source, &maintenance());
    // 2 SOL at 100, of which a twentieth, and 0.03; what is owed in SOL as before.
    assert_eq!(made.units(), [1_050_000_000 + 5_000_000, 110_000_001 + 10_000_000 + 30_000]);
    // A long of 5 with asks of 12 is a short of 7.
    source["perp_positions"][0]["base_asset_amount"] = json!("5000000000");
    source["perp_positions"][0]["quote_asset_amount"] = json!("-500000000");
    source["perp_positions"][0]["open_bids"] = json!("1000000000");
    source["perp_positions"][0]["open_asks"] = json!("-12000000000");
    let made = State::read(&source, &maintenance());
    assert_eq!(made.units(), [1_050_000_000, 110_000_001 + 35_000_000 + 30_000]);

    // A schedule without open orders has no place for them.
    let schedule = Drift::schedule(&source, &maintenance()).unwrap().schedule;
    let mut without = schedule.clone();
    (without.open_orders, without.isolated_books, without.allocation_asset) = (false, false, None);
    for instrument in &mut without.instruments {
        instrument.elements.as_mut().unwrap().order_fee = None;
    }
    let without = Schedule::new(without).unwrap();
    let message = "/perp_positions/0/open_orders: is not zero; open orders are not imported";
    assert_eq!(told(Drift::account(&source, &without)), message);
}

/// A perpetual of the program with a user's position in it, all of them integers.
struct Perpetual {
    price: i128,
    ratio: i128,
    factor: i128,
    is_prediction: bool,
    size: i128,
    quote: i128,
    bids: i128,
    asks: i128,
    orders: i128,
}

impl Perpetual {
    fn drawn(numbers: &mut Numbers) -> Self {
        let is_prediction = numbers.below(4) == 0;
        let mut below = |most: u64| i128::from(numbers.below(most));
        let most = [30, 1_000_000_000_000][below(2) as usize];
        let price = if is_prediction { 1 + below(999_999) } else { 1 + below(1_000_000_000) };
        let size = [0, below(most), -below(most)][below(3) as usize];
        // What turns the position into nearly the same one on the other side, or anything.
        let mut beside = |of: i128| {
            [0, below(most), (2 * of.abs() + below(3)) % 1_000_000_000_000][below(3) as usize]
        };
        let (bids, asks) = (beside(size), beside(size));
        Self {
            price,
            ratio: 1 + below(9_999),
            factor: [0, 500][below(2) as usize],
            is_prediction,
            size,
            quote: below(2_000_000) - 1_000_000,
            bids,
            asks,
            orders: below(5),
        }
    }

    fn market(&self) -> Value {
        let text = |figure: i128| json!(figure.to_string());
        json!({
            "contract_type": if self.is_prediction { "Prediction" } else { "Perpetual" },
            "oracle_price": text(self.price), "margin_ratio_initial": "10000",
            "margin_ratio_maintenance": text(self.ratio), "imf_factor": text(self.factor),
            "unrealized_pnl_initial_asset_weight": "0", "unrealized_pnl_maintenance_asset_weight": "9001",
            "cumulative_funding_rate_long": "7", "cumulative_funding_rate_short": "9",
        })
    }

    /// A position of no size keeps a rate of funding from when it had one.
    fn held(&self, index: usize) -> Value {
        let text = |figure: i128| json!(figure.to_string());
        let funding = match self.size.signum() {
            0 => "3",
            1 => "7",
            _ => "9",
        };
        json!({
            "market_index": index.to_string(), "base_asset_amount": text(self.size),
            "quote_asset_amount": text(self.quote), "last_cumulative_funding_rate": funding,
            "open_bids": text(self.bids), "open_asks": text(-self.asks), "open_orders": text(self.orders),
            "position_flag": "8",
        })
    }

    /// The program's formulas (`calculate_perp_position_value_and_pnl`): result and requirement at maintenance, with a least
    /// ratio, when the quote asset is at 0.99.
    fn figures(&self, options: &Options) -> [i128; 2] {
        let market = self.ratio;
        let least = market.max(options.least_ratio.into());
        let result = self.size * self.price / 1_000_000_000 + self.quote;
        let weighted = if result > 0 { result * 9_001 / 10_000 } else { result };
        let liability = |size: i128| {
            let price =
                if self.is_prediction && size < 0 { 1_000_000 - self.price } else { self.price };
            size.abs() * price / 1_000_000_000
        };
        let (bought, sold) = (self.size + self.bids, self.size - self.asks);
        let worst = if liability(sold) >= liability(bought) { sold } else { bought };
        let root = BigInt::from(10 * worst.abs() + 1).sqrt();
        let premium = i128::try_from(root).unwrap() * self.factor / 10_000_000;
        let ratio = match self.factor {
            0 => least,
            _ => least.max(market - market / 5 + premium),
        };
        let required = liability(worst) * 990_000 / 1_000_000 * ratio / 10_000;
        [weighted * 990_000 / 1_000_000, required + 10_000 * self.orders]
    }
}

/// Of random users with open orders, also beside nothing held.
#[test]
fn random_orders_have_the_figures_of_the_formula() {
    let mut numbers = Numbers::new(5);
    let (mut turned, mut flat) = (0, 0);
    for round in 0..300 {
        let least_ratio = [0, 1_234, 6_000][round % 3];
        let options = Options { least_ratio, ..Options::default() };
        let mut source = every_element();
        source["spot_markets"]["0"]["oracle_price"] = json!("990000");
        source["spot_positions"] = json!([]);
        let all: Vec<_> =
            (0..1 + numbers.below(3)).map(|_| Perpetual::drawn(&mut numbers)).collect();
        let markets = all.iter().enumerate().map(|(at, of)| (at.to_string(), of.market()));
        source["perp_markets"] = Value::Object(markets.collect());
        source["perp_positions"] = all.iter().enumerate().map(|(at, of)| of.held(at)).collect();
        let made = State::read(&source, &options);
        let figures = all.iter().map(|of| of.figures(&options));
        let expected = figures.fold([0, 0], |sum, of| [sum[0] + of[0], sum[1] + of[1]]);
        assert_eq!(made.units().map(i128::from), expected, "{source}");
        turned += all.iter().filter(|of| (of.size - of.asks) * of.size < 0).count();
        flat += all.iter().filter(|of| of.size == 0 && of.bids + of.asks > 0).count();
    }
    assert!(turned > 30 && flat > 30, "{turned} {flat}");
}

#[test]
fn bad_sources_are_refused_with_the_place() {
    let mut source = every_element();
    for (name, figure) in [("open_bids", "1"), ("open_asks", "-1"), ("open_orders", "2")] {
        source["perp_positions"][0][name] = json!(figure);
    }
    let schedule = Schedule::new(Drift::schedule(&source, &initial()).unwrap().schedule).unwrap();
    for (pointer, value, message) in [
        (
            "/perp_markets/0/margin_ratio_initial",
            json!("-1"),
            "/perp_markets/0/margin_ratio_initial: is negative",
        ),
        ("/spot_markets/1/decimals", json!("19"), "/spot_markets/1/decimals: is more than 18"),
    ] {
        let spoiled = with(&source, pointer, value);
        assert_eq!(told(Drift::schedule(&spoiled, &initial())), message);
    }
    let orders = json!({"market_index": "1", "balance_type": "Borrow", "scaled_balance": "1", "open_bids": "5"});
    for (pointer, value, message) in [
        (
            "/spot_positions/1",
            orders,
            "/spot_positions/1/open_bids: is not zero; open orders are not imported",
        ),
        (
            "/perp_positions/0/open_bids",
            json!("-1"),
            "/perp_positions/0/open_bids: has the sign of the other side's orders",
        ),
        (
            "/perp_positions/0/open_asks",
            json!("1"),
            "/perp_positions/0/open_asks: has the sign of the other side's orders",
        ),
        (
            "/perp_positions/0/open_orders",
            json!("-1"),
            "/perp_positions/0/open_orders: is not a number of orders",
        ),
        (
            "/perp_markets/0/cumulative_funding_rate_long",
            json!("7"),
            "/perp_positions/0: has funding that is not settled",
        ),
        (
            "/user/margin_mode",
            json!("HighLeverage"),
            "/user/margin_mode: is not the default mode, which is the only one that is imported",
        ),
    ] {
        assert_eq!(told(Drift::account(&with(&source, pointer, value), &schedule)), message);
    }
    source["perp_markets"]["0"]["status"] = json!("Settlement");
    let imported = Drift::schedule(&source, &initial()).unwrap();
    assert_eq!(imported.left_out[0].symbol, "SOL-PERP");
    assert_eq!(imported.schedule.instruments.len(), 1);
    assert!(Schedule::new(imported.schedule).unwrap().has_other_books());
}

/// A schedule that does not list a perpetual leaves out the book that an isolated position in it is.
#[test]
fn books_of_other_perpetuals_are_left_out() {
    let mut source = every_element();
    source["perp_markets"] = json!({});
    let schedule = Schedule::new(Drift::schedule(&source, &initial()).unwrap().schedule).unwrap();
    assert!(schedule.has_other_books() && !schedule.file().isolated_books);
    assert!(schedule.file().leaves_out.contains(&OTHER_BOOKS.to_owned()));
}

/// Every choice has a name of its own.
#[test]
fn names_say_what_is_chosen() {
    let of = |requirement, strict, [least_ratio, liquidation_buffer]: [u32; 2]| {
        let options = Options { requirement, strict, least_ratio, liquidation_buffer, name: None };
        Drift::schedule(&every_element(), &options).unwrap().schedule.name
    };
    let end = Requirement::LiquidationEnd;
    assert_eq!(of(Requirement::Maintenance, false, [0, 0]), "maintenance");
    assert_eq!(of(Requirement::Initial, true, [0, 0]), "initial-strict");
    assert_eq!(of(end, false, [0, 200]), "liquidation-end-buffer-0.02");
    assert_eq!(of(end, false, [0, 300]), "liquidation-end-buffer-0.03");
    assert_eq!(of(end, true, [1000, 200]), "liquidation-end-strict-least-0.1-buffer-0.02");
}

/// Whatever could make a position that of another book, another pool or more than its size is read or refused.
#[test]
fn what_a_user_holds_is_read_or_refused() {
    let schedule = Schedule::new(Drift::schedule(&every_element(), &initial()).unwrap().schedule);
    let schedule = schedule.unwrap();
    let of = |change: &dyn Fn(&mut Value)| {
        let mut source = every_element();
        change(&mut source);
        told(Drift::account(&source, &schedule))
    };
    let position = |name: &'static str, value: Value| {
        move |source: &mut Value| source["perp_positions"][0][name] = value.clone()
    };
    let remove = |source: &mut Value| {
        source["perp_positions"][0].as_object_mut().unwrap().remove("position_flag");
    };
    for flags in [json!(1), json!("1")] {
        let mut source = every_element();
        position("position_flag", flags)(&mut source);
        let held = Drift::account(&source, &schedule).unwrap();
        let allocations = held.positions.iter().map(|p| p.allocation.as_ref().map(|x| x.as_str()));
        assert_eq!(allocations.collect::<Vec<_>>(), [Some("0"), None]);
    }
    let message = "/perp_positions/0/position_flag: is missing, and so is isolated: which book the position is in";
    assert_eq!(of(&remove), message);
    let message = "/perp_positions/0/isolated: is not what position_flag says";
    assert_eq!(of(&position("isolated", json!(true))), message);
    let message = "/perp_positions/0/isolated_position_scaled_balance: is not zero, but the position is not isolated";
    assert_eq!(of(&position("isolated_position_scaled_balance", json!("1"))), message);
    let message =
        "/perp_positions/0/lp_shares: is not zero; shares of a market's liquidity are not imported";
    assert_eq!(of(&position("lp_shares", json!("1000000000"))), message);
    let message =
        "/user/pool_id: is not the pool of all markets, which is the only one that is imported";
    assert_eq!(of(&|source| source["user"]["pool_id"] = json!("1")), message);
    let message = "/spot_positions/0/scaled_balance: is negative; balance_type is its sign";
    for kind in ["Deposit", "Borrow"] {
        let negative = |source: &mut Value| {
            source["spot_positions"][0]["scaled_balance"] = json!("-7");
            source["spot_positions"][0]["balance_type"] = json!(kind);
        };
        assert_eq!(of(&negative), message);
    }
    let message =
        "/spot_markets/1/pool_id: is not the pool of the user, in which this balance would be";
    assert_eq!(of(&|source| source["spot_markets"]["1"]["pool_id"] = json!("1")), message);
    // A second one in a market, in whatever book.
    let second = |flag: u8| {
        move |source: &mut Value| {
            let mut second = source["perp_positions"][0].clone();
            second["position_flag"] = json!(flag);
            source["perp_positions"].as_array_mut().unwrap().push(second);
        }
    };
    let message = "/perp_positions/2/market_index: is that of another position: the program has one in a market";
    assert_eq!((of(&second(0)), of(&second(1))), (message.to_owned(), message.to_owned()));
    // A place without a position is one of market 0.
    let mut source = every_element();
    let empty = json!({"market_index": "0", "base_asset_amount": "0", "quote_asset_amount": "0", "position_flag": 0});
    source["perp_positions"].as_array_mut().unwrap().push(empty);
    assert_eq!(Drift::account(&source, &schedule).unwrap().positions.len(), 2);

    let mut source = every_element();
    source["perp_markets"]["0"]["quote_spot_market_index"] = json!("1");
    let left_out = Drift::schedule(&source, &initial()).unwrap().left_out;
    assert_eq!(left_out[0].symbol, "SOL-PERP");
    assert_eq!(left_out[0].why, "results are in another asset than that of spot market 0");
}

/// A book that is being liquidated is so until the margin at which that ends is met, and a bankrupt one is nobody's to judge.
#[test]
fn a_book_that_is_being_liquidated_has_one_requirement() {
    let end = Options {
        requirement: Requirement::LiquidationEnd,
        liquidation_buffer: 200,
        ..Options::default()
    };
    let read = |options: &Options, change: &dyn Fn(&mut Value)| {
        let mut source = every_element();
        change(&mut source);
        let schedule = Schedule::new(Drift::schedule(&source, options).unwrap().schedule);
        Drift::account(&source, &schedule.unwrap()).map(drop)
    };
    let user = |bits: Value| move |source: &mut Value| source["user"]["status"] = bits.clone();
    let book = |bits: Value| {
        move |source: &mut Value| source["perp_positions"][0]["position_flag"] = bits.clone()
    };
    // Reduce-only accounts and those of makers have the same margin.
    for bits in [json!(0), json!("0"), json!(4), json!(24), json!(null)] {
        assert_eq!(read(&maintenance(), &user(bits)), Ok(()));
    }
    let liquidated = "has the bit of one that is being liquidated, until its margin of --requirement liquidation-end is met";
    let bankrupt = "has the bit of a bankrupt: its losses are shared by others";
    for (bits, message) in [(json!(1), liquidated), (json!("5"), liquidated), (json!(3), bankrupt)]
    {
        for options in [maintenance(), initial()] {
            let message = format!("/user/status: {message}");
            assert_eq!(told(read(&options, &user(bits.clone()))), message);
        }
    }
    for (bits, message) in [(json!(3), liquidated), (json!("3"), liquidated), (json!(5), bankrupt)]
    {
        let message = format!("/perp_positions/0/position_flag: {message}");
        assert_eq!(told(read(&maintenance(), &book(bits))), message);
    }
    assert_eq!(read(&end, &user(json!(1))), Ok(()));
    assert_eq!(read(&end, &book(json!(3))), Ok(()));
    assert_eq!(told(read(&end, &user(json!(2)))), format!("/user/status: {bankrupt}"));
    // What is left of a book without a position says nothing of others.
    let gone = |source: &mut Value| {
        let empty = json!({"market_index": "0", "base_asset_amount": "0", "quote_asset_amount": "0", "position_flag": 3});
        source["perp_positions"].as_array_mut().unwrap().push(empty);
    };
    assert_eq!(read(&maintenance(), &gone), Ok(()));
}

/// Weights of profits that the program lowers are said to be left out, where a market has them and a margin uses them.
#[test]
fn lowered_profits_are_left_out() {
    let mut source = every_element();
    let of = |source: &Value, options: &Options| {
        Drift::schedule(source, options).unwrap().schedule.leaves_out
    };
    let plain = of(&source, &initial());
    assert_eq!(plain, LEAVES_OUT);
    source["perp_markets"]["0"]["unrealized_pnl_imf_factor"] = json!("5");
    assert_eq!(of(&source, &initial())[4..], [PROFITS_LEFT_OUT]);
    assert_eq!(of(&source, &maintenance()), LEAVES_OUT);
    source["perp_markets"]["0"]["unrealized_pnl_imf_factor"] = json!("0");
    source["perp_markets"]["0"]["unrealized_pnl_max_imbalance"] = json!("1000");
    assert_eq!(of(&source, &initial())[4..], [PROFITS_LEFT_OUT]);
    // All of a user's books are in the account.
    let schedule = Schedule::new(Drift::schedule(&source, &initial()).unwrap().schedule).unwrap();
    assert!(!schedule.has_other_books());
}
