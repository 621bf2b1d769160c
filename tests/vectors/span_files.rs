//! A clearing house's whole file as a schedule and a snapshot: the market is the one that is built from it directly.

use crate::report::{kept, say};
use num_bigint::BigInt;
use num_rational::BigRational;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::time::Instant;
use zkmargin_model::portfolio::margin;
use zkmargin_model::rule::{Account, Balance, Book, Position, Side};
use zkmargin_params::Requirement;
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::venues::takasbank::{SpanFile, import};
use zkmargin_tests::takasbank::{LIRA, market, path, read};

const PORTFOLIOS: usize = 300;

/// The commodity that is kept as an example.
const EXAMPLE: &str = "SISEE";

fn file() -> Option<SpanFile> {
    let Some(path) = path() else {
        say("span through files: not run; there is no file of the clearing house");
        return None;
    };
    let bytes = std::fs::read(path).expect("the file was found");
    Some(read(&bytes).unwrap_or_else(|e| panic!("{e}")))
}

fn account(sizes: &BTreeMap<u32, i64>) -> Account {
    let position = |(instrument, size): (&u32, &i64)| Position {
        book: Book::Cross,
        instrument: *instrument,
        side: if *size < 0 { Side::Short } else { Side::Long },
        size: size.unsigned_abs().into(),
        entry: BigInt::ZERO,
        own: 0,
    };
    let cash = Balance { asset: LIRA, balance: BigInt::ZERO, own: 0 };
    Account::new(sizes.iter().map(position).collect(), vec![cash]).expect("an account")
}

#[test]
fn the_whole_file() {
    let Some(file) = file() else { return };
    let start = Instant::now();
    let made = import(&file, &[]).unwrap_or_else(|e| panic!("{e}"));
    let (schedule, snapshot) = (made.schedule.to_json().unwrap(), made.snapshot.to_json().unwrap());
    let sizes = [schedule.len(), snapshot.len()].map(|bytes| bytes >> 10);
    let written = start.elapsed();
    let start = Instant::now();
    let schedule =
        PortfolioSchedule::from_json(schedule.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    let snapshot = PortfolioSnapshotFile::from_json(snapshot.as_bytes()).unwrap();
    let compiled = PortfolioMarket::compile(&schedule, &snapshot).unwrap_or_else(|e| panic!("{e}"));
    let read = start.elapsed();
    say(&format!(
        "span through files: {} instruments in {} groups of {} units; {} + {} KiB written in {written:.2?}, read and compiled in {read:.2?}",
        schedule.instruments().len(),
        schedule.groups().len(),
        schedule.units().len(),
        sizes[0],
        sizes[1]
    ));
    assert_eq!((schedule.instruments().len(), schedule.units().len()), (2_774, 40));
    // Ids of the direct market by the clearing house's numbers, which end the symbols here.
    let (direct, ids) = market(&file.commodities).unwrap_or_else(|e| panic!("{e}"));
    let numbers = file.commodities.iter().flat_map(|c| &c.contracts).map(|c| c.number.clone());
    let direct_ids: BTreeMap<String, u32> = numbers.zip(ids.concat()).collect();
    assert_eq!(direct_ids.len(), 2_774);
    let of_symbol = |symbol: &str| symbol.rsplit('-').next().map(|n| direct_ids[n]).unwrap();
    let pairs: Vec<(u32, u32)> =
        schedule.instruments().iter().map(|i| (i.id, of_symbol(&i.symbol))).collect();
    let through = compiled.market(Requirement::Maintenance).unwrap();
    let mut random = StdRng::seed_from_u64(17);
    for _ in 0..PORTFOLIOS {
        let (mut here, mut there) = (BTreeMap::new(), BTreeMap::new());
        let from = random.random_range(0..pairs.len() - 100);
        for _ in 0..random.random_range(1..=20) {
            let (id, direct) = pairs[from + random.random_range(0..100)];
            let size = random.random_range(1..=500) * if random.random() { 1 } else { -1 };
            here.insert(id, size);
            there.insert(direct, size);
        }
        let figure = |account: &Account, market| {
            let of = margin(account, market).unwrap_or_else(|e| panic!("{e}"));
            BigRational::new(of.requirement, of.per_margin_unit)
        };
        assert_eq!(figure(&account(&here), through), figure(&account(&there), &direct), "{here:?}");
    }
}

/// One commodity is kept as an example; `ZKMARGIN_UPDATE=1` writes it.
#[test]
fn the_example_is_current() {
    let Some(file) = file() else { return };
    let made = import(&file, &[EXAMPLE]).unwrap_or_else(|e| panic!("{e}"));
    for (kind, text) in
        [("schedule", made.schedule.to_json()), ("snapshot", made.snapshot.to_json())]
    {
        kept("takasbank", &format!("commodity.{kind}.json"), &text.expect("JSON"));
    }
}
