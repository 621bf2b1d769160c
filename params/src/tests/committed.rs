//! The files under `params/` are what this code makes and reads.

use super::kept;
use crate::{AccountFile, CompiledMarket, FileKind, Schedule, SnapshotFile, compile, json_schema};
use std::path::PathBuf;
use zkmargin_model::decimal::{Decimal, format_scaled};
use zkmargin_model::rule::{Isolated, Profile, Rounded, margin};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn schedule(name: &str) -> Schedule {
    Schedule::from_json(&read(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn market(schedule_name: &str, snapshot_name: &str) -> CompiledMarket {
    let snapshot = SnapshotFile::from_json(&read(snapshot_name)).unwrap();
    compile(&schedule(schedule_name), &snapshot).unwrap_or_else(|e| panic!("{snapshot_name}: {e}"))
}

/// Equity and maintenance of an example, in decimal text.
fn figures(market: &CompiledMarket, account: &str) -> [String; 2] {
    let file = AccountFile::from_json(&read(account)).unwrap();
    let account = file.holdings(market.schedule()).unwrap();
    let margin = margin(&account, market.market()).unwrap();
    let decimals = market.schedule().margin_decimals();
    [&margin.equity, &margin.maintenance].map(|v| Decimal::from_scaled(v, decimals).to_string())
}

/// The same of its isolated books, in their settlement asset. There a requirement has the digits of the asset and of rates.
fn books(market: &CompiledMarket, account: &str) -> Vec<[String; 2]> {
    let account = AccountFile::from_json(&read(account)).unwrap();
    let held = account.holdings(market.schedule()).unwrap();
    let books = margin(&held, market.market()).unwrap().positions;
    let books = books.into_iter().filter_map(|p| p.isolated);
    let decimals = market.schedule().assets()[0].decimals + market.schedule().file().rate_decimals;
    books
        .map(|b| [b.equity, b.requirement].map(|figure| format_scaled(&figure, decimals)))
        .collect()
}

#[test]
fn schemas_are_current() {
    for kind in [
        FileKind::Schedule,
        FileKind::Snapshot,
        FileKind::PortfolioSchedule,
        FileKind::PortfolioSnapshot,
        FileKind::Account,
        FileKind::Keys,
        FileKind::Policy,
        FileKind::Challenge,
        FileKind::ProverPolicy,
        FileKind::Manifest,
    ] {
        kept(&format!("schemas/{kind}.schema.json"), &json_schema(kind));
    }
}

#[test]
fn binance_has_the_published_universe() {
    let rows = |s: &Schedule| s.tables().iter().map(|t| t.brackets.rows().len()).sum::<usize>();
    let usdm = schedule("venues/binance/usdm.json");
    assert_eq!((usdm.instruments().len(), rows(&usdm)), (318, 974));
    let all = schedule("venues/binance/all.json");
    assert_eq!((all.instruments().len(), rows(&all)), (349, 1150));
    for (schedule, snapshot, isolated) in [
        (
            "venues/binance/usdm.json",
            "venues/binance/examples/usdm.synthetic.snapshot.json",
            Isolated::None,
        ),
        (
            "venues/binance/all.json",
            "venues/binance/examples/all.synthetic.snapshot.json",
            Isolated::None,
        ),
        (
            "venues/hyperliquid/examples/cross.schedule.json",
            "venues/hyperliquid/examples/cross.snapshot.json",
            Isolated::Compared,
        ),
    ] {
        // Requirements are rounded once, and everything fits the narrow blocks.
        let profile = market(schedule, snapshot).market().profile().expect("provable");
        let rounded = Rounded::Requirement;
        let expected = Profile { rounded, narrow: true, isolated, ..Profile::EXACT };
        assert_eq!(profile, expected, "{schedule}");
    }
}

#[test]
fn binance_example_meets_maintenance() {
    let market = market(
        "venues/binance/examples/cross.schedule.json",
        "venues/binance/examples/cross.snapshot.json",
    );
    // By hand: USDT is owed with profit and loss, and counts at its ask; all else at its bid.
    let [equity, maintenance] = figures(&market, "venues/binance/examples/cross.account.json");
    assert_eq!(equity, "51699.52718065487558691");
    assert_eq!(maintenance, "879.5455768544731052");
}

/// By hand: the cross book and both isolated ones, whose figures are in USDT.
#[test]
fn binance_isolated_example() {
    let market = market(
        "venues/binance/examples/isolated.schedule.json",
        "venues/binance/examples/isolated.snapshot.json",
    );
    let profile = market.market().profile().expect("provable");
    let expected = Profile { rounded: Rounded::Requirement, narrow: true, ..Profile::EXACT };
    assert_eq!(profile, Profile { isolated: Isolated::Compared, ..expected });
    let account = "venues/binance/examples/isolated.account.json";
    let [equity, maintenance] = figures(&market, account);
    assert_eq!(equity, "1461.71283429506995765");
    assert_eq!(maintenance, "17.2698764525508225");
    let expected = [["426.3749978115", "12.71955999"], ["132.29763248", "8.88776183"]];
    assert_eq!(books(&market, account), expected);
}

/// Figures that the formula of Lighter's own circuit gives for these accounts.
#[test]
fn lighter_examples() {
    let market =
        market("venues/lighter/mainnet.json", "venues/lighter/examples/186974592.snapshot.json");
    assert_eq!(
        market.market().profile(),
        Ok(Profile { isolated: Isolated::Compared, ..Profile::FLAT })
    );
    let path = |n: &str| format!("venues/lighter/examples/{n}.account.json");
    let figures = |n: &str| figures(&market, &path(n));
    assert_eq!(figures("366058"), ["189012.606710450503", "66325.7459726952"]);
    assert_eq!(figures("222378"), ["214774.01485987288", "9797.09572695"]);
    let books = books(&market, &path("222378"));
    // The equities with their margins, and requirements, as the vectors have them.
    let expected = [["10225.308653363782", "4511.33990853"], ["5380.483968014", "3098.0072124"]];
    assert_eq!(books, expected);
}

/// The account value that Hyperliquid reported, and its requirement before the floor at 1e-6.
#[test]
fn hyperliquid_example() {
    let exact = market(
        "venues/hyperliquid/examples/cross.schedule.json",
        "venues/hyperliquid/examples/cross.snapshot.json",
    );
    let account = "venues/hyperliquid/examples/cross.account.json";
    assert_eq!(figures(&exact, account), ["1182.312496", "34.348153"]);
    // With the floor per position, the sum that its liquidation prices imply.
    let mut file = exact.schedule().file().clone();
    file.rounding = schedule("venues/hyperliquid/perpetuals.json").file().rounding.clone();
    let rounded = Schedule::new(file).unwrap();
    let mut snapshot =
        SnapshotFile::from_json(&read("venues/hyperliquid/examples/cross.snapshot.json")).unwrap();
    snapshot.schedule = rounded.digest().to_string();
    let rounded = compile(&rounded, &snapshot).unwrap();
    assert_eq!(figures(&rounded, account), ["1182.312496", "34.348153"]);
}

/// Whoever has two of the shipped schedules reads one id in one way.
#[test]
fn shipped_schedules_agree_on_ids() {
    let mut shipped: Vec<(String, Schedule)> = Vec::new();
    let mut folders = vec![path("venues")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "json") {
                let read = Schedule::from_json(&std::fs::read(&path).unwrap());
                shipped.extend(read.ok().map(|schedule| (path.display().to_string(), schedule)));
            }
        }
    }
    assert!(shipped.len() >= 10, "{}", shipped.len());
    for (at, (name, schedule)) in shipped.iter().enumerate() {
        for (other_name, other) in &shipped[..at] {
            let agree = schedule.agrees_on_ids(other);
            agree.unwrap_or_else(|two| panic!("{name}, {other_name}: {two}"));
        }
    }
}
