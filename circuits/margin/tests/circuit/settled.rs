//! More settlement assets than four in one book: the rule against a computation of this file, the circuit against the
//! rule, and a cheating prover.

use crate::support::*;
use num_bigint::BigUint;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::*;

/// Fewer than a shape's assets.
const MOST: u32 = 16;

/// A position: size, entry and value of one step of size.
type Held = (i128, i128, i128);

/// Positions and balances of each of a market's settlement assets.
struct Books {
    /// Positions by settlement asset, at most one on each side.
    held: Vec<Vec<Held>>,
    balances: Vec<i128>,
}

impl Books {
    fn random(rng: &mut StdRng, assets: u32) -> Self {
        let held = |rng: &mut StdRng, asset: u32| {
            let sides = [1, -1].into_iter().filter(|_| rng.random_bool(0.7)).collect::<Vec<_>>();
            let position = |side: i128| {
                let value = [50, -25, 700][asset as usize % 3];
                (
                    side * rng.random_range(1..90_000),
                    rng.random_range(-30_000_000..30_000_000),
                    value,
                )
            };
            sides.into_iter().map(position).collect()
        };
        let held = (0..assets).map(|asset| held(rng, asset)).collect();
        let balance = |_| rng.random_range(-9_000_000..90_000_000);
        Self { held, balances: (0..assets).map(balance).collect() }
    }

    fn index(asset: usize) -> i128 {
        90 + 7 * asset as i128
    }

    /// Equity and requirement, asset by asset: a debt counts 11, a deposit 10 for each unit of it, and a requirement is
    /// 4 parts in 1,000 of the notional, in ten thousandths of an asset's unit times its price.
    fn expected(&self) -> [i128; 2] {
        let mut sums = [0, 0];
        for (asset, held) in self.held.iter().enumerate() {
            let result: i128 = held.iter().map(|(size, entry, value)| size * value - entry).sum();
            let worth = (self.balances[asset] + result) * Self::index(asset);
            sums[0] += worth * if worth < 0 { 11_000 } else { 10_000 };
            let notional = held.iter().map(|(size, _, value)| (size * value).abs()).sum::<i128>();
            sums[1] += 40 * notional * (Self::index(asset) + 3);
        }
        sums
    }

    /// The market and the account, in which the last asset is the first settle group.
    fn case(&self) -> Case {
        let mut terms = market_terms();
        let (of_asset, of_instrument) = (terms.assets[0].clone(), terms.instruments[1].clone());
        // One rate throughout.
        let rate = vec![row(0, FAR, 40, 0)];
        terms.tiers = vec![BracketedLinear::new(Variable::Value, rate).unwrap()];
        (terms.assets, terms.instruments, terms.groups) = (vec![], vec![], vec![]);
        let (mut positions, mut balances) = (vec![], vec![]);
        let count = self.held.len();
        for (at, held) in self.held.iter().enumerate() {
            let (id, index) = (3 + 5 * at as u32, Self::index(at));
            terms.assets.push(AssetTerms { id, index: int(index).into(), ..of_asset.clone() });
            let value = [50, -25, 700][at % 3];
            terms.instruments.push(InstrumentTerms {
                id: 1 + at as u32,
                group: count - 1 - at,
                value: LinearStep::exact(int(value)),
                requirement: LinearStep::exact(int(value.abs())),
                ..of_instrument.clone()
            });
            terms.groups.insert(0, SettleGroup { asset: id, requirement_index: int(index + 3) });
            positions
                .extend(held.iter().map(|(size, entry, _)| position(1 + at as u32, *size, *entry)));
            balances.push(balance(id, self.balances[at]));
        }
        Case { market: Market::new(terms).unwrap(), positions, balances, ..case() }
    }
}

#[test]
fn the_rule_is_the_sum_over_every_asset() {
    let mut rng = StdRng::seed_from_u64(5);
    for assets in [1, 4, 5, 8, 9, MOST] {
        for _ in 0..200 {
            let books = Books::random(&mut rng, assets);
            let case = books.case();
            let figures = margin(&case.account(), &case.market).unwrap();
            let expected = books.expected().map(int);
            assert_eq!([figures.equity, figures.maintenance], expected, "{assets} assets");
        }
    }
}

#[test]
fn boundary_with_five_eight_and_sixteen_assets() {
    let mut rng = StdRng::seed_from_u64(7);
    for (assets, settlement, shape) in [
        (5, Settlement::Eight, Shape::S),
        (8, Settlement::Eight, Shape::S),
        (MOST, Settlement::Sixteen, Shape::Sm),
    ] {
        let books = Books::random(&mut rng, assets);
        let mut case = books.case();
        assert_eq!(case.market.profile(), Ok(Profile { settlement, ..Profile::EXACT }));
        let [equity, _] = books.expected();
        for (floor, holds) in [(equity - 1, true), (equity, true), (equity + 1, false)] {
            case.claim = Claim::new(0, BigUint::try_from(floor).unwrap()).unwrap();
            assert_eq!(case.native(), holds);
            assert_eq!(case.mock(shape).is_ok(), holds, "{assets} assets");
        }
    }
}

#[test]
fn a_market_takes_the_smallest_circuit_that_holds_its_assets() {
    let mut rng = StdRng::seed_from_u64(9);
    for (assets, settlement) in
        [(4, Settlement::Four), (5, Settlement::Eight), (9, Settlement::Sixteen)]
    {
        let market = Books::random(&mut rng, assets).case().market;
        assert_eq!(market.profile(), Ok(Profile { settlement, ..Profile::EXACT }));
    }
    let rows = |settlement, shape| {
        let profile = Profile { settlement, ..Profile::EXACT };
        let tables = MarketTables::new(&market_of(profile)).unwrap();
        let of = |anchor| smallest_circuit(Kind::of(profile, anchor, shape), &tables).unwrap();
        Anchor::ALL.map(|anchor| of(anchor).k.get())
    };
    assert_eq!(rows(Settlement::Four, Shape::M), [10, 10]);
    assert_eq!(rows(Settlement::Eight, Shape::M), [10, 11]);
    assert_eq!(rows(Settlement::Sixteen, Shape::Sm), [10, 10]);
    assert_eq!(rows(Settlement::Sixteen, Shape::M), [11, 11]);
}

/// Runs a tampered witness against the public inputs of the honest one and returns the failures.
fn tampered(case: &Case, tamper: impl FnOnce(&mut CircuitWitness)) -> String {
    let mut witness = case.circuit_witness(Shape::S);
    tamper(&mut witness);
    let outcome = mock(case.kind(Shape::S), &case.market, witness, &case.public());
    outcome.expect_err("the lie was accepted")
}

#[track_caller]
fn assert_refused_by(failures: &str, what: &str) {
    assert!(failures.contains(what), "not refused by {what:?}: {failures}");
}

#[test]
fn results_cannot_change_their_asset_or_be_left_out() {
    for (settlement, general) in
        [(Settlement::Eight, false), (Settlement::Sixteen, false), (Settlement::Sixteen, true)]
    {
        let profile = Profile { settlement, general, ..Profile::EXACT };
        let case = case_of(profile);
        let lie = |tamper: &dyn Fn(&mut CircuitWitness)| tampered(&case, tamper);
        let groups = Fp::from(settlement.groups() as u64);
        // The fifth group's position in the first one's, which is at the same place of another quad; past all groups.
        let fifth = case.positions.iter().position(|p| p.instrument == 300).unwrap();
        assert_eq!(case.circuit_witness(Shape::S).positions[fifth].code, Fp::from(4));
        assert_refused_by(&lie(&|w| w.positions[fifth].code = Fp::ZERO), "Lookup");
        let past = lie(&|w| w.positions[fifth].code = groups);
        assert_refused_by(&past, "quad is one of them");
        // The same of an asset.
        assert_refused_by(&lie(&|w| w.assets[1].code = Fp::ZERO), "Lookup");
        assert_refused_by(&lie(&|w| w.assets[1].code = groups), "quad is one of them");
        // An asset takes more than what settles in it, or what settles in another.
        assert_refused_by(&lie(&|w| w.assets[0].taken += Fp::ONE), "Permutation");
        let swapped = lie(&|w| {
            let taken = [w.assets[0].taken, w.assets[1].taken];
            [w.assets[1].taken, w.assets[0].taken] = taken;
        });
        assert_refused_by(&swapped, "Permutation");
        // One in which nothing settles takes something, or has a flag that says so.
        let takes = lie(&|w| w.assets[2].taken = Fp::ONE);
        assert_refused_by(&takes, "only an asset that settles takes pnl");
        assert_refused_by(&lie(&|w| w.assets[2].settles = Fp::ONE), "Lookup");
        assert_refused_by(&lie(&|w| w.assets[1].settles = Fp::from(2)), "settles is boolean");
        // The asset with the largest loss is not listed.
        let without = lie(&|w| {
            w.assets.remove(1);
            w.assets.push(AssetHint::empty());
        });
        assert_refused_by(&without, "Permutation");
        // An empty slot takes.
        let last = Shape::S.assets() - 1;
        let empty = lie(&|w| w.assets[last].taken = Fp::ONE);
        assert_refused_by(&empty, "only an asset that settles takes pnl");
    }
}

/// By the real prover, with five assets: a proof, and one of an asset that takes one unit more, which does not verify.
#[test]
fn a_real_proof_and_one_of_a_lie() {
    let mut case = Books::random(&mut StdRng::seed_from_u64(11), 5).case();
    case.set_usdt(int(1 << 60));
    let cache = KeyCache::new(ParamsStore::in_memory(), 1.try_into().unwrap());
    let (kind, digest) = (case.kind(Shape::S), [5; 32].into());
    let keys = cache.proving_key(kind, &case.market, digest).unwrap();
    let key = cache.verifying_key(kind, &case.market, digest).unwrap();
    let (public, honest) = (case.public(), case.circuit_witness(Shape::S));
    let proof = create_proof(&keys, honest.clone(), &public, rand::rng()).unwrap();
    assert_eq!(verify_proof(&key, &public, &proof), Ok(()));
    let mut lie = honest;
    lie.assets[0].taken += Fp::ONE;
    // The row of its haircut still holds what the asset is worth, but no other asset took one unit less.
    let proof = create_proof(&keys, lie, &public, rand::rng()).unwrap();
    assert_eq!(verify_proof(&key, &public, &proof), Err(VerifyError::Invalid));
}
