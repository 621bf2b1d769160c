//! The circuit says what the rule says on every provable case of the vectors and of the golden cases.
//!
//! Each case runs at its smallest shape at the given claims, and then at the level just below and
//! just above the account's own: the boundary in basis points.

mod initial_margin;

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};
use std::sync::Arc;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::{
    CircuitWitness, MarginCircuit, MarketTables, PublicInputs, Witness, smallest_circuit,
};
use zkmargin_model::circuit::{Anchor, Kind, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, account_commitment, margin_commitment};
use zkmargin_model::rule::{Account, Margin, Market, PositionName, margin_naming};
use zkmargin_tests::{load_all, load_golden, vectors_folder};

fn circuit_accepts(
    market: &Market,
    account: &Account,
    named: Option<PositionName>,
    computed: &Margin,
    claim: &Claim,
) -> bool {
    let secrets = AccountSecrets {
        registry: Fp::from(1),
        holder_key: Fp::from(2),
        serial: 3,
        blinding: Fp::from(4),
    };
    let tables = Arc::new(MarketTables::new(market).expect("provable"));
    let profile = tables.profile();
    let shape = Shape::smallest_for(account, profile).expect("every vector fits the largest shape");
    let kind = Kind::of(profile, Anchor::Commitment, shape);
    let id = smallest_circuit(kind, &tables).expect("capacity");
    let (equity, required) = computed.of_book(market);
    let public = PublicInputs {
        statement: Fp::from(5),
        account: account_commitment(account, &secrets).expect("fits").element(),
        pseudonym: Fp::ZERO,
        nullifier: Fp::ZERO,
        claim: claim.clone(),
        margin: margin_commitment(equity, required, Fp::from(6)).element(),
        registry: Fp::from(1),
        membership: None,
        position: named,
    };
    let witness = Witness { account: account.clone(), secrets, margin_blinding: Fp::from(6) };
    let witness = CircuitWitness::new(shape, market, &witness, computed, claim).expect("fits");
    let instance = vec![public.instance().to_vec()];
    let circuit = MarginCircuit::proving(kind, id.k, tables, witness);
    circuit.configured(|circuit| zkmargin_mock::check::<8>(id.k.get(), circuit, instance)).is_ok()
}

/// Levels on either side of a book's own ratio, when it has one in range.
fn boundary_levels(equity: &BigInt, requirement: &BigInt) -> Vec<u32> {
    if requirement.is_zero() || equity.is_negative() {
        return vec![10_000];
    }
    let ratio = (equity * 10_000u32).div_floor(requirement);
    match ratio.to_u32() {
        Some(level) if level < (1 << 17) - 1 => vec![level, level + 1],
        _ => vec![10_000],
    }
}

fn check(
    name: &str,
    market: &Market,
    account: &Account,
    named: Option<PositionName>,
    claims: &[Claim],
    ran: &mut usize,
) {
    let Ok(computed) = margin_naming(account, market, named) else { return };
    let mut claims = claims.to_vec();
    let (equity, required) = computed.of_book(market);
    let mut levels = boundary_levels(equity, required);
    for (_, book) in computed.compared() {
        levels.extend(boundary_levels(&book.equity, &book.requirement));
    }
    levels.sort_unstable();
    levels.dedup();
    for level in levels {
        claims.push(Claim::new(level, BigUint::zero()).expect("level"));
    }
    // The floor at the equity itself holds; one unit above does not.
    if let Some(equity) = equity.to_biguint() {
        claims.push(Claim::new(0, equity.clone()).expect("floor"));
        claims.push(Claim::new(0, equity + 1u8).expect("floor"));
    }
    for claim in claims {
        let native = computed.meets(&claim, market);
        let circuit = circuit_accepts(market, account, named, &computed, &claim);
        assert_eq!(circuit, native, "{name}: {claim:?}");
        *ran += 1;
    }
}

#[test]
fn golden_cases() {
    let mut ran = 0;
    for case in load_golden().expect("golden cases") {
        if case.market.profile().is_ok() {
            check(&case.name, &case.market, &case.account, None, &[], &mut ran);
        }
    }
    eprintln!("golden: circuit and rule agree on {ran} claims");
    assert!(ran > 0);
}

/// One market of each case of the vectors, in the general profile of every fifth; all of them with `ZKMARGIN_ALL_VECTORS` set.
#[test]
fn cases_of_the_vectors() {
    let Some(folder) = vectors_folder() else {
        eprintln!("no vectors folder: only the golden cases ran");
        return;
    };
    let all = std::env::var_os("ZKMARGIN_ALL_VECTORS").is_some();
    for (file, loaded) in load_all(&folder).expect("vectors") {
        let (mut chosen, mut last) = (Vec::new(), None);
        for case in loaded.cases.iter().filter(|case| case.market.profile().is_ok()) {
            let large = case.account.positions().len() > Shape::M.positions();
            // The general profile has the largest circuits.
            let general = case.market.profile().is_ok_and(|profile| profile.general);
            let left_out =
                (large && chosen.len() > 10) || (general && !case.index.is_multiple_of(5));
            if !all && (last == Some(case.index) || left_out) {
                continue;
            }
            last = Some(case.index);
            chosen.push(case);
        }
        // A circuit is laid out and checked on one thread.
        let chosen = &chosen;
        let ran: usize = std::thread::scope(|scope| {
            let threads = [0, 1].map(|first| {
                scope.spawn(move || {
                    let mut ran = 0;
                    for case in chosen.iter().skip(first).step_by(2) {
                        let claims = case.expected.verdicts.iter().map(|v| v.claim.clone());
                        let claims: Vec<_> = claims.collect();
                        let (market, account) = (&case.market, &case.account);
                        check(&case.name, market, account, case.named, &claims, &mut ran);
                    }
                    ran
                })
            });
            threads.into_iter().map(|thread| thread.join().expect("agrees")).sum()
        });
        eprintln!("{file}: circuit and rule agree on {ran} claims");
    }
}
