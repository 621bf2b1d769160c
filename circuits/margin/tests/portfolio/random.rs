//! Generated markets: every role, multiplier, slope, magnitude, term and function, in one to three units.

use crate::model_support::{int, position, terms};
use crate::support::Case;
use num_bigint::BigInt;
use num_integer::Integer;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zkmargin_model::claim::Claim;
use zkmargin_model::portfolio::{
    Aggregate, Capacity, Column, ContractId, Group, Instrument, Market, Multiplier, Role, Strike,
    TermOf, Terms, Unit, pages,
};
use zkmargin_model::rule::{Account, AssetTerms, Balance, BracketRow, BracketedLinear, Variable};

fn line(rng: &mut StdRng) -> Aggregate {
    let far = BigInt::from(1) << 90;
    let mut ends: Vec<i64> =
        (0..rng.random_range(0..4)).map(|_| rng.random_range(-900..900)).collect();
    ends.extend([-1, 0]);
    ends.sort_unstable();
    ends.dedup();
    let mut rows = Vec::new();
    let mut lo = -&far;
    for hi in ends.iter().map(|end| int(*end)).chain([far]) {
        let (slope, intercept) =
            (int(rng.random_range(-3..4)), int(rng.random_range(-1_000..1_000)));
        rows.push(BracketRow { lo, hi: hi.clone(), slope, intercept });
        lo = hi + 1;
    }
    Aggregate::Bracketed(BracketedLinear::new(Variable::Value, rows).unwrap())
}

fn aggregate(rng: &mut StdRng) -> Aggregate {
    match rng.random_range(0..3) {
        0 => Aggregate::Identity,
        1 => Aggregate::Magnitude(int(rng.random_range(-3..4))),
        _ => line(rng),
    }
}

fn market(rng: &mut StdRng) -> Terms {
    let mut terms = terms();
    terms.capacity.positions = 64;
    let scans = rng.random_range(0..4usize);
    terms.scans = (0..scans).map(|t| format!("scan {t}")).collect();
    let count = rng.random_range(1..15usize);
    let mut columns: Vec<Column> = (0..count)
        .map(|at| Column {
            name: format!("column {at}"),
            multiplier: [Multiplier::Net, Multiplier::Gross, Multiplier::Short]
                [rng.random_range(0..3usize)],
            less_entry: rng.random_bool(0.3),
            role: match rng.random_range(0..6) {
                0 => Role::Term,
                1 => Role::Added(aggregate(rng)),
                2 => Role::Floor(aggregate(rng)),
                3 if scans > 0 => Role::GroupScan(rng.random_range(0..scans)),
                _ => Role::Scenario,
            },
            slope: int(rng.random_range(-5..6)),
            sloped: rng.random_bool(0.5),
            magnitude: rng.random_bool(0.4),
            terms: Vec::new(),
        })
        .collect();
    let of_terms: Vec<usize> = (0..count).filter(|c| columns[*c].role == Role::Term).collect();
    for column in &mut columns {
        for term in &of_terms {
            if rng.random_bool(0.5) {
                let multiplier = int(rng.random_range(-4..5));
                column.terms.push(TermOf { column: *term, multiplier });
            }
        }
    }
    terms.columns = columns;
    terms.stresses.clear();
    let units = rng.random_range(1..4u32);
    terms.units = (1..=units)
        .map(|id| Unit { id: 10 * id, name: String::new(), factor: int(rng.random_range(1..5)) })
        .collect();
    let (mut groups, mut strikes, mut instruments) = (Vec::new(), Vec::new(), Vec::new());
    for unit in 1..=units {
        for _ in 0..rng.random_range(1..4) {
            let id = groups.len() as u32 + 1;
            groups.push(Group {
                id,
                unit: 10 * unit,
                name: String::new(),
                positive: int(rng.random_range(-3..4)),
                negative: int(rng.random_range(-3..4)),
                magnitudes: rng.random_bool(0.5),
                scans: (0..scans).map(|_| int(rng.random_range(0..4))).collect(),
            });
            let mut strike = None;
            for _ in 0..rng.random_range(1..12) {
                strike = match rng.random_range(0..3) {
                    0 => None,
                    1 if strike.is_some() => strike,
                    _ => {
                        let id = strikes.len() as u32 + 1;
                        strikes.push(Strike { id, rate: int(rng.random_range(0..50)) });
                        Some(id)
                    }
                };
                let number = instruments.len() as u32 + 1;
                instruments.push(Instrument {
                    id: number,
                    contract: ContractId::from_number(u64::from(number) << 40),
                    group: id,
                    strike,
                    value: int(rng.random_range(-50..50)),
                    settles_in: rng.random_range(1..3),
                    charge: int(rng.random_range(0..4)),
                    loadings: (0..count).map(|_| int(rng.random_range(-60..60))).collect(),
                });
            }
        }
    }
    (terms.groups, terms.strikes, terms.instruments) = (groups, strikes, instruments);
    terms.assets.truncate(1);
    terms.assets.push(AssetTerms { id: 2, index: int(7).into(), ..terms.assets[0].clone() });
    terms.entry_unit = int(rng.random_range(1..12));
    terms.scale = int(rng.random_range(1..5));
    terms.denominator = int(rng.random_range(1..7));
    terms.equality_is_healthy = rng.random_bool(0.5);
    terms
}

#[test]
fn the_circuit_says_what_the_rule_says() {
    let rounds = std::env::var("ZKMARGIN_ROUNDS").map_or(6, |n| n.parse().unwrap());
    let (mut good, mut bad) = (0, 0);
    for seed in 0..rounds {
        let mut rng = StdRng::seed_from_u64(seed);
        let market = Market::new(market(&mut rng)).unwrap();
        let likely = [0.95, 0.5, 0.1][seed as usize % 3];
        let mut positions = Vec::new();
        for instrument in &market.terms().instruments {
            if rng.random_bool(likely) && positions.len() < 40 {
                let size = rng.random_range(1..6) * [1, -1][usize::from(rng.random_bool(0.5))];
                positions.push(position(instrument.id, size, rng.random_range(-30..30)));
            }
        }
        let balances =
            [1, 2].map(|asset| Balance { asset, balance: int(rng.random_range(-90..90)), own: 0 });
        let account = Account::new(positions, balances.to_vec()).unwrap();
        let count = pages(&account, market.terms()).unwrap().len();
        if count > 8 {
            continue;
        }
        let mut case = Case::new(&market, account, count.next_multiple_of(2).max(2));
        let level = rng.random_range(5_000..20_000u32);
        let figures = case.figures();
        let least = (&figures.requirement * level).div_ceil(&(&figures.per_margin_unit * 10_000));
        let floor = [0u8, 9][seed as usize % 2];
        case.claim = Claim::new(level, floor.into()).unwrap();
        for equity in [&least - 40, least.clone(), int(i64::from(floor))] {
            for more in [-1, 0, 1] {
                let case = case.with_equity(&equity, more);
                let (mock, native) = (case.mock(), case.native());
                assert_eq!(mock.is_ok(), native, "{seed}: {mock:?} {:?}", case.account);
                *[&mut bad, &mut good][usize::from(native)] += 1;
            }
        }
    }
    eprintln!("{good} healthy, {bad} not");
}

/// As many positions, sizes and loadings as wide as they may be, in cells of sums of either sign.
#[test]
fn the_widest_sums() {
    let mut market = terms();
    market.capacity = Capacity { positions: 128, size_bits: 63 };
    let one = BigInt::from(1);
    let (most, size): (BigInt, u64) = ((&one << 56) - 1, (1 << 63) - 1);
    market.stresses.clear();
    market.scans.clear();
    market.units.truncate(1);
    market.units[0].factor = one.clone();
    market.groups.truncate(1);
    (market.groups[0].scans, market.groups[0].magnitudes) = (Vec::new(), true);
    (market.groups[0].positive, market.groups[0].negative) = (int(2), int(3));
    market.strikes = vec![Strike { id: 1, rate: one.clone() }];
    (market.scale, market.denominator) = (one.clone(), one.clone());
    market.entry_unit = &one << 37;
    let end = &one << 132;
    let row = BracketRow { lo: -&end, hi: end, slope: one.clone(), intercept: BigInt::ZERO };
    market.assets[0].collateral = BracketedLinear::new(Variable::Value, vec![row]).unwrap();
    let signs = [[1, 1], [1, -1], [-1, 1], [-1, -1]].concat();
    market.columns = (0..8usize)
        .map(|at| Column {
            name: String::new(),
            multiplier: Multiplier::Net,
            less_entry: false,
            role: if at < 6 { Role::Scenario } else { Role::Added(Aggregate::Identity) },
            slope: int(if at == 5 { -1 } else { 1 }),
            sloped: at % 2 == 0,
            magnitude: at == 4 || at == 7,
            terms: Vec::new(),
        })
        .collect();
    market.instruments = (1..=128u32)
        .map(|id| Instrument {
            id,
            contract: ContractId::from_number(id.into()),
            group: 1,
            strike: Some(1),
            value: BigInt::ZERO,
            settles_in: 1,
            charge: one.clone(),
            loadings: signs.iter().map(|sign| &most * *sign).collect(),
        })
        .collect();
    let market = Market::new(market).unwrap();
    for side in [1, -1] {
        let positions = (1..=128).map(|id| {
            let mut position = position(id, side, 0);
            position.size = size.into();
            position
        });
        let cash = Balance { asset: 1, balance: int(0), own: 0 };
        let account = Account::new(positions.collect(), vec![cash]).unwrap();
        Case::new(&market, account, 16).assert_agrees();
    }
}
