//! Each free word of the witness generator is changed with everything after it recomputed.

use super::cases::*;
use crate::margin_support::{Case, is_long};
use rand::SeedableRng;
use rand::rngs::StdRng;
use zkmargin_circuit::CircuitWitness;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_model::rule::{Isolated, Profile, Settlement};

type Hint = (String, Box<dyn Fn(&mut CircuitWitness) -> &mut Fp>);

/// The hints that only the general profile reads.
fn general_hints(witness: &CircuitWitness, profile: Profile, all: &mut Vec<Hint>) {
    macro_rules! hint {
        ($path:expr, $($name:tt)+) => {
            all.push((format!($($name)+), Box::new($path)))
        };
    }
    macro_rules! row {
        ($w:ident, $row:expr, $($name:tt)+) => {{
            let name = format!($($name)+);
            hint!(move |$w| &mut $row.slope, "{name} a");
            hint!(move |$w| &mut $row.intercept, "{name} b");
            hint!(move |$w| &mut $row.last, "{name} last");
        }};
    }
    macro_rules! bracket {
        ($w:ident, $row:expr, $($name:tt)+) => {{
            let name = format!($($name)+);
            hint!(move |$w| &mut $row.lo, "{name} lo");
            hint!(move |$w| &mut $row.hi, "{name} hi");
            row!($w, $row, "{name}");
        }};
    }
    for i in 0..witness.positions.len() {
        hint!(move |w| &mut w.positions[i].general.has_own, "position {i} has own");
        hint!(move |w| &mut w.positions[i].general.root, "position {i} root");
        hint!(move |w| &mut w.positions[i].general.own_decides, "position {i} own decides");
        for row in 0..witness.positions[i].general.rows.len() {
            row!(w, w.positions[i].general.rows[row], "position {i} row {row}");
        }
        for step in 0..2 {
            bracket!(w, w.positions[i].general.result[step], "position {i} result {step}");
        }
        hint!(move |w| &mut w.positions[i].bracket.last, "position {i} tier last");
        if profile.orders {
            hint!(move |w| &mut w.positions[i].general.orders.bids, "position {i} bids");
            hint!(move |w| &mut w.positions[i].general.orders.asks, "position {i} asks");
            hint!(move |w| &mut w.positions[i].general.orders.count, "position {i} orders");
            for f in 0..2 {
                hint!(
                    move |w| &mut w.positions[i].general.orders.shorts[f],
                    "position {i} short {f}"
                );
            }
            hint!(
                move |w| &mut w.positions[i].general.orders.bids_decide,
                "position {i} bids decide"
            );
            if profile.allocations {
                hint!(
                    move |w| &mut w.positions[i].general.orders.allocation,
                    "position {i} allocation"
                );
            }
            row!(w, w.positions[i].general.orders.notional, "position {i} notional of bids");
            row!(w, w.positions[i].general.orders.fee, "position {i} fee");
        }
        if profile.entry {
            hint!(
                move |w| &mut w.positions[i].general.entry.negative,
                "position {i} entry is negative"
            );
            row!(w, w.positions[i].general.entry.at_entry, "position {i} at entry");
        }
        if profile.leverage {
            hint!(
                move |w| &mut w.positions[i].general.leverage.decides,
                "position {i} leverage decides"
            );
            for part in 0..3 {
                row!(w, w.positions[i].general.leverage.rows[part], "position {i} leverage {part}");
            }
        }
        if profile.has_isolated() {
            row!(w, w.positions[i].general.units, "position {i} units");
        }
    }
    for i in 0..witness.assets.len() {
        hint!(move |w| &mut w.assets[i].general.own, "asset {i} own");
        hint!(move |w| &mut w.assets[i].general.is_debt, "asset {i} is debt");
        hint!(move |w| &mut w.assets[i].general.own_decides, "asset {i} own decides");
        hint!(move |w| &mut w.assets[i].general.size_decides, "asset {i} size decides");
        hint!(move |w| &mut w.assets[i].general.weighs_nothing, "asset {i} weighs nothing");
        hint!(move |w| &mut w.assets[i].general.by_size.is_owed, "asset {i} is owed");
        hint!(move |w| &mut w.assets[i].general.by_size.root, "asset {i} root");
        row!(w, w.assets[i].general.by_size.held, "asset {i} held");
        row!(w, w.assets[i].general.by_size.radicand, "asset {i} radicand");
        row!(w, w.assets[i].general.by_size.step, "asset {i} step");
        row!(w, w.assets[i].general.by_size.from, "asset {i} from");
        bracket!(w, w.assets[i].general.amount, "asset {i} amount");
        bracket!(w, w.assets[i].general.value, "asset {i} value");
        row!(w, w.assets[i].general.flags, "asset {i} flags");
        row!(w, w.assets[i].general.weight, "asset {i} weight");
        row!(w, w.assets[i].general.charge, "asset {i} charge");
    }
}

fn hints(witness: &CircuitWitness, profile: Profile) -> Vec<Hint> {
    let mut all: Vec<Hint> = Vec::new();
    macro_rules! hint {
        ($path:expr, $($name:tt)+) => {
            all.push((format!($($name)+), Box::new($path)))
        };
    }
    for i in 0..witness.positions.len() {
        hint!(move |w| &mut w.positions[i].used, "position {i} used");
        hint!(move |w| &mut w.positions[i].side, "position {i} side");
        hint!(move |w| &mut w.positions[i].code, "position {i} code");
        hint!(move |w| &mut w.positions[i].key, "position {i} key");
        hint!(move |w| &mut w.positions[i].size, "position {i} size");
        hint!(move |w| &mut w.positions[i].entry, "position {i} entry");
        if profile.general || profile.own {
            hint!(move |w| &mut w.positions[i].own, "position {i} own");
        }
        let terms = if profile.flat { 3 } else { 4 };
        let family = if profile.family { 10..13 } else { 0..0 };
        for t in (0..terms).chain(family).filter(|_| !profile.general) {
            hint!(move |w| &mut w.positions[i].terms[t], "position {i} term {t}");
        }
        if profile.has_isolated() {
            hint!(move |w| &mut w.positions[i].cross, "position {i} cross");
        }
        if profile.names_position() {
            hint!(move |w| &mut w.positions[i].named, "position {i} named");
        }
        if profile.flat {
            continue;
        }
        if profile.family {
            hint!(move |w| &mut w.positions[i].family, "position {i} family");
        }
        hint!(move |w| &mut w.positions[i].bracket.lo, "position {i} lo");
        hint!(move |w| &mut w.positions[i].bracket.hi, "position {i} hi");
        hint!(move |w| &mut w.positions[i].bracket.slope, "position {i} slope");
        hint!(move |w| &mut w.positions[i].bracket.intercept, "position {i} intercept");
    }
    for i in 0..witness.assets.len() {
        hint!(move |w| &mut w.assets[i].used, "asset {i} used");
        hint!(move |w| &mut w.assets[i].code, "asset {i} code");
        hint!(move |w| &mut w.assets[i].settles, "asset {i} settles");
        hint!(move |w| &mut w.assets[i].key, "asset {i} key");
        hint!(move |w| &mut w.assets[i].balance, "asset {i} balance");
        if profile.settlement != Settlement::Four {
            hint!(move |w| &mut w.assets[i].taken, "asset {i} taken");
        }
        if profile.general {
            continue;
        }
        hint!(move |w| &mut w.assets[i].bracket.lo, "asset {i} lo");
        hint!(move |w| &mut w.assets[i].bracket.hi, "asset {i} hi");
        hint!(move |w| &mut w.assets[i].bracket.slope, "asset {i} slope");
        hint!(move |w| &mut w.assets[i].bracket.intercept, "asset {i} intercept");
    }
    if profile.general {
        general_hints(witness, profile, &mut all);
    }
    for i in 0..witness.leaf.len() {
        hint!(move |w| &mut w.leaf[i], "leaf word {i}");
    }
    hint!(|w| &mut w.margin_blinding, "margin blinding");
    hint!(|w| &mut w.level, "level");
    hint!(|w| &mut w.floor, "floor");
    hint!(|w| &mut w.deficient, "deficient");
    all
}

/// Changes that are accepted, of every `step`-th hint.
fn accepted(case: &Case, size: Size, step: usize) -> Vec<String> {
    let honest = witness(case, size);
    let layout = record(case, size);
    let instance = [case.public().instance().to_vec()];
    let mut accepted = Vec::new();
    let profile = case.market.profile().unwrap();
    for (name, hint) in hints(&honest, profile).into_iter().step_by(step) {
        let value = *hint(&mut honest.clone());
        let changes = [value + Fp::ONE, value - Fp::ONE, Fp::ONE - value, -value, value.double()];
        for change in changes.into_iter().filter(|change| *change != value) {
            let mut witness = honest.clone();
            *hint(&mut witness) = change;
            let recorded = circuit(case, size, witness)
                .configured(|circuit| layout.with_witness(circuit, &instance));
            if recorded.failures().is_empty() {
                accepted.push(format!("{name}: {value:?} -> {change:?}"));
            }
        }
    }
    accepted
}

#[test]
fn no_hint_of_the_reduced_size_may_change() {
    for case in reduced_cases() {
        let step = if is_long() { 1 } else { 5 };
        assert_eq!(accepted(&case, REDUCED, step), Vec::<String>::new());
    }
}

#[test]
fn no_hint_without_tiers_may_change() {
    for case in reduced_cases_of(Profile { isolated: Isolated::Compared, ..Profile::FLAT }) {
        let step = if is_long() { 1 } else { 5 };
        assert_eq!(accepted(&case, REDUCED, step), Vec::<String>::new());
    }
}

#[test]
fn no_hint_of_a_named_position_may_change() {
    for isolated in [Isolated::AllBut, Isolated::Only] {
        for case in reduced_cases_of(Profile { isolated, ..Profile::FLAT }) {
            let step = if is_long() { 1 } else { 17 };
            assert_eq!(accepted(&case, REDUCED, step), Vec::<String>::new());
        }
    }
}

#[test]
fn no_hint_with_more_settlement_assets_may_change() {
    for settlement in [Settlement::Eight, Settlement::Sixteen] {
        let cases = reduced_cases_of(Profile { settlement, ..Profile::EXACT });
        for (at, case) in cases.iter().enumerate() {
            let step = if is_long() { 1 } else { 31 + at % 3 };
            assert_eq!(accepted(case, REDUCED, step), Vec::<String>::new());
        }
    }
}

#[test]
fn no_hint_of_a_family_may_change() {
    for (at, case) in reduced_cases_of(Profile::FAMILY).iter().enumerate() {
        let step = if is_long() { 1 } else { 23 + at % 3 };
        assert_eq!(accepted(case, REDUCED, step), Vec::<String>::new());
    }
}

#[test]
fn no_hint_of_the_general_profile_may_change() {
    let isolated = Isolated::Compared;
    for profile in [
        Profile::GENERAL,
        Profile { isolated, ..Profile::GENERAL },
        Profile { orders: true, isolated, ..Profile::GENERAL },
        Profile { allocations: true, orders: true, isolated, ..Profile::GENERAL },
        Profile { entry: true, ..Profile::GENERAL },
        Profile { leverage: true, ..Profile::GENERAL },
    ] {
        for (at, case) in reduced_cases_of(profile).iter().enumerate() {
            let step = if is_long() { 1 } else { 101 + at % 3 };
            assert_eq!(accepted(case, REDUCED, step), Vec::<String>::new());
        }
    }
}

#[test]
fn a_sample_of_the_hints_of_shape_s_may_not_change() {
    let mut rng = StdRng::seed_from_u64(4);
    assert_eq!(accepted(&account(&mut rng, 5, 3), S, 17), Vec::<String>::new());
}

#[test]
#[ignore = "exhaustive; docs/soundness.md has the command"]
fn no_hint_of_shape_s_may_change() {
    let mut rng = StdRng::seed_from_u64(5);
    for (positions, balances) in [(8, 3), (5, 2), (1, 1)] {
        let case = account(&mut rng, positions, balances);
        assert_eq!(accepted(&case, S, 1), Vec::<String>::new());
    }
}
