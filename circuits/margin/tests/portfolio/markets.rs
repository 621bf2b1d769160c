//! Markets that have, each, another part of the rule, and accounts in them.

use crate::model_support::{int, position, terms};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zkmargin_model::portfolio::{
    Aggregate, Column, ContractId, Market, Multiplier, Role, TermOf, Terms,
};
use zkmargin_model::rule::{Account, AssetTerms, Balance, BracketRow, BracketedLinear, Variable};

/// The market of the native rule's tests with room for 64 positions: two units, gross and short columns, a group scan,
/// added columns, a floor, strikes and charges.
pub fn whole() -> Terms {
    let mut terms = terms();
    terms.capacity.positions = 64;
    terms
}

/// A market with one unit and instruments enough for several pages of a group: ten, twelve, two and one.
pub fn one_unit() -> Terms {
    let mut terms = whole();
    terms.units.truncate(1);
    for group in &mut terms.groups {
        group.unit = 1;
    }
    let of_group = |id: u32| terms.instruments.iter().find(|i| i.group == id).unwrap().clone();
    let templates = [of_group(1), of_group(2), of_group(3), of_group(4)];
    let mut instruments = Vec::new();
    for (template, count) in templates.iter().zip([10u32, 20, 2, 1]) {
        for at in 0..count {
            let mut instrument = template.clone();
            instrument.id = 100 * template.group + at;
            instrument.contract = ContractId::from_number(u64::from(instrument.id) << 40);
            // Pairs share a strike.
            instrument.strike = template.strike.map(|_| 1 + 20 * template.group + at / 2);
            for (loading, by) in instrument.loadings.iter_mut().zip([3, -7, 2, 1, 1, 0, 1]) {
                *loading += by * i64::from(at);
            }
            instruments.push(instrument);
        }
    }
    let rate = terms.strikes[0].clone();
    terms.strikes = instruments
        .iter()
        .filter_map(|i| i.strike)
        .map(|id| zkmargin_model::portfolio::Strike { id, rate: &rate.rate + id })
        .collect();
    terms.strikes.dedup_by_key(|s| s.id);
    terms.instruments = instruments;
    terms
}

/// Lines of a unit's sum, added and as a floor; entries in sums; several terms; magnitudes inside a group scan; two assets
/// in which positions settle.
pub fn lines() -> Terms {
    let mut terms = whole();
    let row = |lo: i64, hi: i64, slope: i64, intercept: i64| BracketRow {
        lo: int(lo),
        hi: int(hi),
        slope: int(slope),
        intercept: int(intercept),
    };
    let far = 1 << 50;
    let line = |rows| Aggregate::Bracketed(BracketedLinear::new(Variable::Value, rows).unwrap());
    let marginal = line(vec![row(-far, 99, 1, 50), row(100, far, 3, -150)]);
    let steps = line(vec![row(-far, -1, -2, 0), row(0, 9, 0, 7), row(10, far, 1, 0)]);
    for column in &mut terms.columns {
        column.role = match std::mem::replace(&mut column.role, Role::Term) {
            Role::Added(Aggregate::Identity) => Role::Added(marginal.clone()),
            Role::Floor(Aggregate::Identity) => Role::Floor(steps.clone()),
            other => other,
        };
    }
    terms.columns[0].less_entry = true;
    terms.columns[2].magnitude = true;
    let another = Column {
        name: "another term".to_owned(),
        multiplier: Multiplier::Gross,
        role: Role::Term,
        ..terms.columns[4].clone()
    };
    terms.columns.push(another);
    terms.columns[0].terms.push(TermOf { column: 7, multiplier: int(-3) });
    terms.columns[1].terms.insert(0, TermOf { column: 7, multiplier: int(5) });
    for (at, instrument) in terms.instruments.iter_mut().enumerate() {
        instrument.loadings.push(int(11 + at as i64));
    }
    terms.assets.push(AssetTerms { id: 2, index: int(7).into(), ..terms.assets[0].clone() });
    for instrument in terms.instruments.iter_mut().skip(3) {
        instrument.settles_in = 2;
    }
    terms.entry_unit = int(10);
    terms
}

/// A floor of net sizes, which for short positions is below zero. The future of unit 2 loses in no scenario, and each of it
/// offsets 2,000 and has a floor of 1,000.
pub fn below_zero() -> Terms {
    let mut terms = whole();
    for column in &mut terms.columns {
        if matches!(column.role, Role::Floor(_)) {
            column.multiplier = Multiplier::Net;
        }
    }
    let future = terms.instruments.iter_mut().find(|i| i.id == 40).unwrap();
    future.loadings = [0, 0, 0, 0, 0, 1_000, 2_000].map(int).to_vec();
    future.charge = int(0);
    terms
}

/// Columns that fill more rows of cells than a slot has of its own.
pub fn wide() -> Terms {
    let mut terms = whole();
    let scenario = terms.columns[0].clone();
    for at in 0..24 {
        terms.columns.push(Column { name: format!("scenario {at}"), ..scenario.clone() });
        for instrument in &mut terms.instruments {
            let loading = &instrument.loadings[0] * (at - 12) + 3 * i64::from(instrument.id);
            instrument.loadings.push(loading);
        }
    }
    for (at, multiplier) in [(31, Multiplier::Gross), (32, Multiplier::Short)] {
        let added = Role::Added(Aggregate::Identity);
        let column = Column {
            name: format!("more {at}"),
            multiplier,
            role: added,
            ..terms.columns[3].clone()
        };
        terms.columns.push(column);
        for instrument in &mut terms.instruments {
            instrument.loadings.push(int(2));
        }
    }
    terms
}

/// All markets by name.
pub fn all() -> Vec<(&'static str, Market)> {
    let all = [
        ("whole", whole()),
        ("one unit", one_unit()),
        ("lines", lines()),
        ("below zero", below_zero()),
        ("wide", wide()),
    ];
    all.map(|(name, terms)| (name, Market::new(terms).unwrap_or_else(|e| panic!("{name}: {e}"))))
        .into()
}

/// An account that holds some of the market's instruments.
pub fn account(market: &Market, seed: u64, likely: f64) -> Account {
    let mut rng = StdRng::seed_from_u64(seed);
    let terms = market.terms();
    let mut positions = Vec::new();
    for instrument in &terms.instruments {
        if rng.random_bool(likely) {
            let size = rng.random_range(1..40) * [1, -1][usize::from(rng.random_bool(0.5))];
            positions.push(position(instrument.id, size, rng.random_range(-300..300)));
        }
    }
    let balances = terms.assets.iter().map(|a| balance(a.id, rng.random_range(-9_000..90_000)));
    Account::new(positions, balances.collect()).unwrap()
}

fn balance(asset: u32, balance: i64) -> Balance {
    Balance { asset, balance: balance.into(), own: 0 }
}
