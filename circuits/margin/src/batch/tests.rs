//! Numbers computed for a batch against the proof system's, and what happens when they are wrong.

use super::*;
use crate::support::{case, is_long, ledger_case, market_terms};
use crate::{KeyCache, ParamsStore, create_proof, verify_proof};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use zkmargin_gadgets::halo2::{
    Blind, Circuit, ConstraintSystem, EvaluationDomain, GroupEncoding, Layouter, Rotation,
    SimpleFloorPlanner,
};
use zkmargin_model::circuit::{Anchor, K, Kind, LinearKind, Shape};
use zkmargin_model::rule::Profile;
use zkmargin_model::rule::{InstrumentTerms, Market};

static KEYS: LazyLock<KeyCache> =
    LazyLock::new(|| KeyCache::new(ParamsStore::in_memory(), 16.try_into().expect("capacity")));

fn key(kind: LinearKind) -> Arc<MarketVerifyingKey> {
    KEYS.verifying_key(kind, &case().market, [1; 32].into()).expect("key")
}

/// An honest proof about an account in a ledger.
fn honest() -> (Arc<MarketVerifyingKey>, PublicInputs, Vec<u8>) {
    let ledger = ledger_case();
    let kind = ledger.kind(Shape::S);
    let keys = KEYS.proving_key(kind, &case().market, [1; 32].into()).expect("keys");
    let public = ledger.public();
    let witness = ledger.circuit_witness(Shape::S);
    let proof = create_proof(&keys, witness, &public, rand::rng()).expect("proof");
    let key = key(kind);
    assert_eq!(verify_proof(&key, &public, &proof), Ok(()));
    (key, public, proof)
}

/// Bytes that can be read as points and as numbers alike, and prove nothing.
fn well_formed(length: usize) -> Vec<u8> {
    let word = || loop {
        let point = Eq::try_random(&mut rand::rngs::SysRng).expect("randomness");
        let bytes = point.to_affine_vartime().to_bytes();
        if Option::<Fp>::from(Fp::from_repr(bytes)).is_some() {
            break bytes;
        }
    };
    (0..length / 32).flat_map(|_| word()).collect()
}

fn kinds() -> impl Iterator<Item = LinearKind> {
    let of = |anchor| Shape::ALL.map(|shape| Kind::of(Profile::EXACT, anchor, shape));
    Anchor::ALL.into_iter().flat_map(of)
}

/// The proof system's sum minus the multiples of each stand-in.
fn without_stand_ins<'key>(
    folder: &Folder,
    key: &'key MarketVerifyingKey,
    proof: &[u8],
    commitment: EqAffine,
) -> MSM<'key, EqAffine> {
    let (mut sum, transcript) = folder.assemble(key, proof, commitment).expect("well-formed");
    let openings = key.openings();
    let taken = openings::scalars(openings, &transcript, 1 << key.params().k());
    assert_eq!(taken.len(), transcript.points.len());
    let stand_ins = transcript.public_stand_in.iter().chain(&folder.points);
    taken.iter().zip(stand_ins).for_each(|(taken, point)| sum.append_term(-taken, *point));
    sum
}

/// Markets with enough instruments for circuits of every size, and one that is as small as possible. Keys of the
/// three largest take long.
fn markets() -> impl Iterator<Item = (usize, Market)> {
    let sizes = [1, 4, 1500, 3000, 7000, 15_000];
    sizes.into_iter().take(if is_long() { sizes.len() } else { 3 }).map(|instruments| {
        let mut terms = market_terms();
        let first = terms.instruments[0].clone();
        let id = |at| InstrumentTerms { id: 1000 + at, ..first.clone() };
        terms.instruments.truncate(instruments);
        terms.instruments.extend((4..instruments as u32).map(id));
        // Equality is a matter of the gates, too.
        terms.equality_is_healthy = instruments % 2 == 0;
        (instruments, Market::new(terms).expect("market"))
    })
}

#[test]
fn nothing_of_the_stand_ins_is_left() {
    let (one, other) = (Folder::new().expect("one"), Folder::new().expect("other"));
    let mut sizes = BTreeSet::new();
    for (number, (instruments, market)) in (10..).zip(markets()) {
        // Keys of large markets take long, and columns are the same at every size.
        for kind in kinds().filter(|kind| instruments == 4 || kind.shape == Shape::S) {
            let key = KEYS.verifying_key(kind, &market, [number; 32].into()).expect("key");
            sizes.insert(key.id().k.get());
            let proof = well_formed(key.proof_len());
            let commitment = key.public_tables().commit(&[Fp::from(5), -Fp::ONE]);
            // Sums over different stand-ins are the same once these are gone.
            let mut difference = without_stand_ins(&one, &key, &proof, commitment);
            difference.scale(-Fp::ONE);
            difference.add_msm(&without_stand_ins(&other, &key, &proof, commitment));
            assert!(difference.eval(), "{kind:?} of {instruments} instruments");
        }
    }
    let all = K::all().map(K::get).collect::<Vec<_>>();
    assert_eq!(sizes.into_iter().collect::<Vec<_>>(), all[..if is_long() { all.len() } else { 3 }]);
}

/// A circuit that differs from ours in everything openings depend on.
#[derive(Clone, Debug)]
struct Other;

impl Circuit<Fp> for Other {
    type Config = ();
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        Self
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) {
        let [a, b, c, _unqueried, d] = std::array::from_fn(|_| meta.advice_column());
        let instance = meta.instance_column();
        let (fixed, table) = (meta.fixed_column(), meta.lookup_table_column());
        for column in [d, c, a] {
            meta.enable_equality(column);
        }
        meta.create_gate("rows far away, in no order", |meta| {
            let fixed = meta.query_fixed(fixed);
            let [far, near] = [3, -1].map(|row| meta.query_advice(b, Rotation(row)));
            let public = meta.query_instance(instance, Rotation::next());
            let again =
                meta.query_advice(a, Rotation(-1)) * meta.query_instance(instance, Rotation(3));
            [fixed * far * near - public, again]
        });
        meta.lookup(|meta| vec![(meta.query_advice(c, Rotation(3)), table)]);
    }

    fn synthesize(&self, _: (), _: impl Layouter<Fp>) -> Result<(), Error> {
        Ok(())
    }
}

/// Nothing about our circuit is assumed: openings are read from whatever key is given.
#[test]
fn nothing_is_left_of_another_circuit() {
    let ours = key(case().kind(Shape::S));
    let vk = halo2::keygen_vk(ours.params(), &Other).expect("key");
    let params = ParamsStore::in_memory().load(ours.id().k).expect("parameters");
    let key = MarketVerifyingKey::new(ours.id(), params, vk).expect("known form");
    let (one, other) = (Folder::new().expect("one"), Folder::new().expect("other"));
    let proof = well_formed(ours.proof_len());
    let commitment = key.public_tables().commit(&[Fp::from(5), -Fp::ONE]);
    let mut difference = without_stand_ins(&one, &key, &proof, commitment);
    difference.scale(-Fp::ONE);
    difference.add_msm(&without_stand_ins(&other, &key, &proof, commitment));
    assert!(difference.eval());
}

#[test]
fn fewer_points_than_stand_ins() {
    for kind in kinds() {
        let folder = Folder::new().expect("folder");
        let key = key(kind);
        let proof = well_formed(key.proof_len());
        let commitment = key.public_tables().commit(&[]);
        let (_, transcript) = folder.assemble(&key, &proof, commitment).expect("well-formed");
        // The first point is the commitment.
        assert!(transcript.points.len() - 1 <= STAND_INS, "{kind:?}");
        let words = transcript.points.len() - 1 + transcript.scalars.len();
        assert_eq!(32 * words, proof.len(), "{kind:?}");
    }
}

/// Takes the point of the last claim as the proof system computes it.
struct PointOfClaim<'params>(&'params Params<EqAffine>);

impl<'params> VerificationStrategy<'params, EqAffine> for PointOfClaim<'params> {
    type Output = EqAffine;

    fn process<E: halo2::EncodedChallenge<EqAffine>>(
        self,
        f: impl FnOnce(MSM<'params, EqAffine>) -> Result<Guard<'params, EqAffine, E>, Error>,
    ) -> Result<EqAffine, Error> {
        Ok(f(MSM::new(self.0))?.compute_g())
    }
}

#[test]
fn last_claim_is_the_proof_systems() {
    let folder = Folder::new().expect("folder");
    for kind in [case().kind(Shape::S), case().kind(Shape::L)] {
        let key = key(kind);
        let proof = well_formed(key.proof_len());
        let mut transcript =
            StandInRead::new(&proof, key.public_tables().commit(&[]), &folder.points);
        let stand_in: &[&[&[Fp]]] = &[&[&[folder.public]]];
        let strategy = PointOfClaim(key.params());
        let point =
            halo2::verify_proof(key.params(), key.key(), strategy, stand_in, &mut transcript)
                .expect("well-formed");
        let generators = key.params().get_g();
        let mut taken = vec![Fp::ZERO; generators.len()];
        LastClaim::of(&transcript, Fp::ONE).add_to(&mut taken);
        let multiples = taken.iter().zip(generators);
        let multiples: Vec<_> =
            multiples.map(|(scalar, point)| Multiple { scalar: *scalar, point }).collect();
        let claimed = transcript.scalars[transcript.scalars.len() - 2];
        assert_eq!(points::sum(&multiples), Eq::from(point) * -claimed, "{kind:?}");
    }
}

#[test]
fn commitments_are_the_proof_systems() {
    let key = key(case().kind(Shape::S));
    let random = || Fp::try_random(&mut rand::rngs::SysRng).expect("randomness");
    for inputs in [
        vec![],
        vec![Fp::ZERO; 8],
        vec![-Fp::ONE; 11],
        (0..11).map(|_| random()).collect(),
        (0..8).map(Fp::from).collect(),
    ] {
        let mut column = EvaluationDomain::new(1, key.params().k()).empty_lagrange();
        column.iter_mut().zip(&inputs).for_each(|(cell, input)| *cell = *input);
        let expected = key.params().commit_lagrange(&column, Blind(Fp::ONE));
        assert_eq!(Eq::from(key.public_tables().commit(&inputs)), expected);
    }
}

#[test]
fn a_wrong_number_makes_no_proof_hold() {
    let (key, public, proof) = honest();
    let folder = Folder::new().expect("folder");
    let fold = || folder.fold(&key, &public, &proof).expect("well-formed");
    assert!(fold().holds());
    for place in 0..fold().taken.len() {
        // Taken from the stand-in and given to the point, but another number.
        let mut wrong = fold();
        wrong.taken[place] += Fp::ONE;
        wrong.points[place].scalar += Fp::ONE;
        assert!(!wrong.holds(), "place {place}");
    }
    // A place left out, or one too many.
    let mut wrong = fold();
    wrong.taken.pop();
    wrong.points.pop();
    assert!(!wrong.holds());
    let mut wrong = fold();
    wrong.taken.push(Fp::ONE);
    assert!(!wrong.holds());
}

#[test]
fn any_last_claim_is_as_good() {
    let (key, public, proof) = honest();
    let folder = Folder::new().expect("folder");
    let mut folded = folder.fold(&key, &public, &proof).expect("well-formed");
    folded.last_claims.clear();
    assert!(folded.holds());
}

#[test]
fn commitment_to_other_inputs_is_found() {
    let (key, public, proof) = honest();
    let folder = Folder::new().expect("folder");
    let inputs = public.instance();
    let commitment = key.public_tables().commit(&inputs);
    for row in 0..inputs.len() {
        // The transcript of the honest proof, which holds, with a statement that it is not about.
        let mut other = inputs.clone();
        other[row] += Fp::ONE;
        let folded = folder.fold_hinted(&key, &other, &proof, commitment).expect("well-formed");
        assert!(!folded.holds(), "row {row}");
    }
    let folded = folder.fold_hinted(&key, &inputs, &proof, commitment).expect("well-formed");
    assert!(folded.holds());
}

/// A proof changed anywhere holds in a fold exactly when it holds alone: never.
#[test]
fn words_changed_anywhere() {
    let (key, public, proof) = honest();
    let folder = Folder::new().expect("folder");
    let (zero, minus_one) = (Fp::ZERO.to_repr(), (-Fp::ONE).to_repr());
    let point = key.params().get_g()[0].to_bytes();
    for at in (0..proof.len()).step_by(if is_long() { 32 } else { 7 * 32 }) {
        let next = (at + 32) % proof.len();
        let neighbour: [u8; 32] = proof[next..next + 32].try_into().expect("32 bytes");
        let mut negative: [u8; 32] = proof[at..at + 32].try_into().expect("32 bytes");
        negative[31] ^= 0x80;
        for word in [zero, minus_one, point, [0xff; 32], neighbour, negative] {
            let mut changed = proof.clone();
            changed[at..at + 32].copy_from_slice(&word);
            let holds = folder.fold(&key, &public, &changed).is_ok_and(Folded::holds);
            assert!(!holds, "word {} as {word:?}", at / 32);
            assert_eq!(verify_proof(&key, &public, &changed), Err(VerifyError::Invalid));
        }
    }
}

#[test]
fn errors_that_cancel_are_found() {
    let (key, public, proof) = honest();
    let folder = Folder::new().expect("folder");
    // The last number enters the last equation only.
    let shifted = |by: Fp| {
        let (rest, last) = proof.split_at(proof.len() - 32);
        let last = Option::<Fp>::from(Fp::from_repr(last.try_into().expect("32 bytes")));
        [rest, &(last.expect("canonical") + by).to_repr()].concat()
    };
    for errors in
        [vec![], vec![Fp::ONE], vec![Fp::ONE, -Fp::ONE], vec![Fp::ONE, Fp::ONE, -Fp::from(2)]]
    {
        let mut sum = folder.fold(&key, &public, &proof).expect("well-formed");
        for error in &errors {
            let proof = shifted(*error);
            assert!(sum.add(&folder.fold(&key, &public, &proof).expect("well-formed")));
        }
        assert_eq!(sum.holds(), errors.is_empty());
    }
    // Two statements off by as much in either direction, with the commitment of the honest one.
    let inputs = public.instance();
    let commitment = key.public_tables().commit(&inputs);
    let (mut more, mut less) = (inputs.clone(), inputs);
    more[0] += Fp::ONE;
    less[0] -= Fp::ONE;
    let fold = |inputs: &[Fp]| folder.fold_hinted(&key, inputs, &proof, commitment);
    let mut sum = fold(&more).expect("well-formed");
    assert!(sum.add(&fold(&less).expect("well-formed")));
    assert!(!sum.holds());
}

#[test]
fn folders_do_not_mix() {
    let (key, public, proof) = honest();
    let (one, other) = (Folder::new().expect("one"), Folder::new().expect("other"));
    let mut sum = one.fold(&key, &public, &proof).expect("well-formed");
    assert!(!sum.add(&other.fold(&key, &public, &proof).expect("well-formed")));
    assert!(sum.add(&one.fold(&key, &public, &proof).expect("well-formed")));
    assert!(sum.holds());
}
