//! The circuits of profiles other than the exact one, under the machine checks: some with each block in each width, and in a long
//! run those that are pinned and some of all.

use super::cases::*;
use super::needed::noticed_by;
use crate::margin_support::is_long;
use serde_json::Value;
use std::collections::BTreeSet;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_model::circuit::{CircuitVersion, Family};
use zkmargin_model::rule::{Base, Isolated, Profile, Rounded, Settlement};
use zkmargin_soundness::{Failure, Recorded, mutation};

/// Each block in each width.
pub fn sample() -> [Profile; 15] {
    let of = |rounded, base, narrow, [collateral, pnl, isolated]: [bool; 3]| Profile {
        rounded,
        base,
        narrow,
        collateral,
        pnl,
        isolated: if isolated { Isolated::Compared } else { Isolated::None },
        general: false,
        orders: false,
        allocations: false,
        entry: false,
        leverage: false,
        own: false,
        flat: false,
        family: false,
        exempt: false,
        settlement: Settlement::Four,
    };
    [
        Profile { isolated: Isolated::Compared, ..Profile::EXACT },
        Profile { isolated: Isolated::Compared, ..Profile::FLAT },
        of(Rounded::Requirement, Base::Size, true, [false, true, true]),
        of(Rounded::Value, Base::Size, false, [true, false, true]),
        of(Rounded::ValueAndTwice, Base::Value, true, [false, true, false]),
        Profile { isolated: Isolated::AllBut, ..Profile::FLAT },
        Profile { isolated: Isolated::Only, ..Profile::EXACT },
        Profile::FAMILY,
        OWN,
        Profile { exempt: true, ..Profile::EXACT },
        Profile { settlement: Settlement::Sixteen, ..Profile::EXACT },
        Profile::GENERAL,
        ALLOCATIONS,
        Profile { isolated: Isolated::Only, ..ALLOCATIONS },
        Profile { entry: true, leverage: true, ..Profile::GENERAL },
    ]
}

/// Records with allocations.
const ALLOCATIONS: Profile =
    Profile { allocations: true, orders: true, isolated: Isolated::Compared, ..Profile::GENERAL };

#[test]
fn the_sample_is_of_profiles() {
    for profile in sample() {
        assert_eq!(Profile::from_code(profile.code()), Some(profile));
    }
}

/// Profiles of shipped schedules, and of those that other listings bring: the circuits that are pinned.
fn pinned() -> BTreeSet<Profile> {
    let pins: serde_json::Map<String, Value> =
        serde_json::from_str(include_str!("../../../../../params/pins.json")).expect("pins");
    let numbers = pins.keys().map(|name| {
        let after = name.split("circuit ").nth(1).expect("a circuit's number");
        after.split(',').next().and_then(|number| number.parse().ok()).expect("a number")
    });
    let families = numbers.map(|number| CircuitVersion::from_number(number).expect("a circuit"));
    let linear = families.filter_map(|version| match version.family {
        Family::Linear(profile) => Some(profile),
        Family::Portfolio => None,
    });
    linear.collect()
}

/// Profiles to check. In a long run there are more: those that are pinned, and of all one in [`SPREAD`].
fn profiles() -> impl Iterator<Item = Profile> {
    let spread = Profile::all().step_by(SPREAD);
    let others: BTreeSet<_> = pinned().into_iter().chain(spread).filter(|_| is_long()).collect();
    let sample = sample();
    let others = others.into_iter().filter(move |p| *p != Profile::EXACT && !sample.contains(p));
    sample.into_iter().chain(others)
}

/// A prime, so that every combination of few elements is met: their numbers are powers of two.
const SPREAD: usize = 13;

#[test]
fn reduced_size_is_determined_and_no_mutation_survives() {
    for profile in profiles() {
        let cases = reduced_cases_of(profile);
        let step = if is_long() { 1 } else { 4 };
        for case in cases.iter().step_by(step) {
            let recorded = record(case, REDUCED);
            assert_eq!(recorded.failures(), vec![], "{profile}");
            assert_eq!(findings(&recorded), Vec::<String>::new(), "{profile}");
        }
    }
}

/// What refuses another isolated point, or only bounds a figure, which the checks do not see:
/// `circuits/margin/tests/circuit/general/lies.rs` gives a parameter that is not zero the flag of one that is, has a
/// debt whose weight and a rate that are too wide, and puts something into empty slots, which the commitment determines
/// here; `allocations.rs` beside it gives a position of the cross book an allocation, which the commitment determines too; and
/// `named.rs` moves the flag of the named position, with which the book's figures would have to move.
const ISOLATED: [&str; 8] = [
    "general position: an empty slot is zero",
    "general asset slot: an empty slot is zero",
    "open orders: an empty slot has no orders",
    "own parameter: own without a flag is zero",
    "weight by size: a debt's weight has no high end",
    "rate: a rate has no high end",
    "allocation: the cross book has no allocation",
    "named position: only the name's slot is named",
];

/// What refuses a flag that is not true, which the checks do not see: the flag's own inverse would have to change with
/// it, and with both the sums that it chooses.
const OF_FLAGS: [(Profile, &str, &str); 2] = [
    (Profile::FAMILY, "same family", "family: the same family has no difference"),
    (
        Profile { exempt: true, ..Profile::EXACT },
        "nothing required",
        "exempt book: what is required is something",
    ),
];

#[test]
fn a_flag_that_is_not_true_is_refused_by_its_constraint() {
    for (profile, flag, constraint) in OF_FLAGS {
        let recorded = record(&reduced_cases_of(profile)[0], REDUCED);
        let variables = recorded.variables().iter().enumerate();
        let flags = variables.filter(|(_, v)| v.names.iter().any(|name| name == flag));
        let mut seen = 0;
        for (at, _) in flags.filter(|(_, v)| v.value == Fp::ZERO) {
            let refusals = mutation::refusals(&recorded, at, Fp::ONE);
            let by = |failure: &Failure| matches!(failure, Failure::Gate { name, .. } if name == constraint);
            assert!(refusals.iter().any(by), "{profile}: {refusals:?}");
            seen += 1;
        }
        assert!(seen > 0, "{profile}: no flag {flag:?} is zero");
    }
}

/// Own parameters that no figure reads, beside isolated books.
const OWN: Profile = Profile { own: true, isolated: Isolated::Compared, ..Profile::FLAT };

/// Blocks of families, own parameters that nothing reads, exempt books, more settlement assets than four, open orders,
/// allocations, notionals at entry, own leverages and named positions.
const BLOCKS: [(Profile, &[&str]); 11] = [
    (Profile::FAMILY, &["requirement in a family", "family"]),
    (OWN, &["position with own parameter"]),
    (Profile { exempt: true, ..Profile::EXACT }, &["exempt book"]),
    (
        Profile { settlement: Settlement::Eight, ..Profile::EXACT },
        &["quad of a settle group", "sums of a quad"],
    ),
    (
        Profile { settlement: Settlement::Sixteen, ..Profile::EXACT },
        &["quad of a settle group", "sums of a quad", "asset slot"],
    ),
    (
        Profile { orders: true, isolated: Isolated::Compared, ..Profile::GENERAL },
        &["open orders", "side with orders filled", "larger position", "fees of orders"],
    ),
    (
        ALLOCATIONS,
        &["allocation", "sizes beside an allocation", "equity with an allocation", "open orders"],
    ),
    (Profile { entry: true, ..Profile::GENERAL }, &["notional of size or entry"]),
    (
        Profile { leverage: true, ..Profile::GENERAL },
        &["divisor by leverage", "own leverage", "requirements of one unit"],
    ),
    (
        Profile { isolated: Isolated::AllBut, ..Profile::FLAT },
        &["named position", "other than the named position"],
    ),
    (
        Profile { isolated: Isolated::Only, ..Profile::EXACT },
        &["named position", "figures of the named position", "book of the named position"],
    ),
];

/// Each constraint of these blocks refuses, by its name, a cell that is one more than it should be.
#[test]
fn every_constraint_of_a_block_refuses_a_changed_cell() {
    for (profile, blocks) in BLOCKS {
        let mut refusing = BTreeSet::new();
        let mut named = BTreeSet::new();
        for case in reduced_cases_of(profile) {
            let recorded = record(&case, REDUCED);
            let of_block =
                |name: &&String| blocks.iter().any(|of| name.starts_with(&format!("{of}: ")));
            named.extend(recorded.constraint_names().iter().filter(of_block).cloned());
            for (at, variable) in recorded.variables().iter().enumerate() {
                if variable.fixed {
                    continue;
                }
                let refusals = mutation::refusals(&recorded, at, variable.value + Fp::ONE);
                refusing.extend(refusals.into_iter().filter_map(|failure| match failure {
                    Failure::Gate { name, .. } => Some(name),
                    _ => None,
                }));
            }
        }
        assert!(!named.is_empty(), "{profile}");
        let silent: Vec<_> = named.difference(&refusing).collect();
        assert_eq!(silent, Vec::<&String>::new(), "{profile}");
    }
}

/// The five constraints of own leverages, of which the sample below can have none.
#[test]
fn every_constraint_of_own_leverages_is_needed() {
    let (profile, blocks) = BLOCKS.into_iter().find(|(of, _)| of.leverage).unwrap();
    let honest = [record(&reduced_cases_of(profile)[0], REDUCED)];
    let names = honest[0].constraint_names().iter().enumerate();
    let of_block =
        names.filter(|(_, name)| blocks.iter().any(|of| name.starts_with(&format!("{of}: "))));
    let mut seen = 0;
    for (polynomial, name) in of_block {
        let noticed = noticed_by(&honest, &|r| r.without_constraint(polynomial));
        assert!(noticed, "nothing notices that {name:?} is absent");
        seen += 1;
    }
    assert_eq!(seen, 5);
}

/// Constraints of the blocks that only these profiles have, and every lookup.
#[test]
fn every_constraint_and_lookup_is_needed() {
    let mut silent = Vec::new();
    for profile in sample() {
        // Full, with an empty asset slot, and with an empty position slot; where that counts, with nothing required, or with
        // an asset in which nothing settles beside that of the first settle group.
        let cases = reduced_cases_of(profile);
        let mut places = vec![0, 2, 3];
        if profile.exempt {
            places.push(4);
        }
        if profile.settlement != Settlement::Four {
            places.push(7);
        }
        let honest: Vec<Recorded> = places.iter().map(|at| record(&cases[*at], REDUCED)).collect();
        // Every block is in several profiles. The general one has most constraints by far.
        let step = match (is_long(), profile.general) {
            (true, _) => 1,
            (false, true) => 97,
            (false, false) => 7,
        };
        for (polynomial, name) in honest[0].constraint_names().iter().enumerate().step_by(step) {
            let rounds = [
                "division",
                "short division",
                "rounded",
                "flat",
                "family",
                "exempt book",
                "quad of a settle group",
                "sums of a quad",
                "asset slot: only",
                "requirement in a family",
                "narrow word",
                "position: pnl",
                "position: x",
                "position with own",
                "cross book",
                "isolated book",
                "named position",
                "other than the named",
                "figures of the named",
                "book of the named",
                "deep",
                "keyed row",
                "key of a line",
                "value of a line",
                "general",
                "root",
                "larger",
                "sign",
                "rate",
                "own parameter",
                "what",
                "weight",
                "divisor of a weight",
                "equity and requirement of an asset",
                "open orders",
                "side with orders",
                "fees of orders",
                "allocation",
                "sizes beside an allocation",
                "equity with an allocation",
                "notional of",
                "divisor by leverage",
                "own leverage",
                "requirements of one unit",
            ];
            let is_known =
                ISOLATED.contains(&name.as_str()) || OF_FLAGS.iter().any(|(.., of)| of == name);
            if !is_known
                && rounds.iter().any(|of| name.starts_with(of))
                && !noticed_by(&honest, &|r| r.without_constraint(polynomial))
            {
                silent.push(format!("{profile}: {name}"));
            }
        }
        for lookup in 0..honest[0].lookups() {
            if !noticed_by(&honest, &|r| r.without_lookup(lookup)) {
                silent.push(format!("{profile}: lookup {lookup}"));
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new(), "nothing notices that these are absent");
}
