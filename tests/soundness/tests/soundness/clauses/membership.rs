//! Invalid statements about place and holder: random ledgers, one lie of a clause each, and a rule
//! of its own that says which are lies. What a cheating prover would publish is drawn too.

use crate::margin_support::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use zkmargin_circuit::halo2::{Fp, Value};
use zkmargin_circuit::{
    CircuitWitness, Form, MarginCircuit, MarketTables, MembershipInputs, PublicInputs,
};
use zkmargin_model::circuit::{Anchor, Shape};
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::holder::HolderSecret;
use zkmargin_model::ledger::DEPTH;
use zkmargin_model::rule::Profile;

/// Ledgers of each clause.
fn rounds() -> u64 {
    if is_long() { 6 } else { 3 }
}
/// Rows for one lane of hashes.
const ROWS: u32 = 11;
const SIZE: (usize, usize) = (2, 2);

fn element(rng: &mut StdRng) -> Fp {
    Fp::from(rng.random::<u64>()) * Fp::from(rng.random::<u64>()) + Fp::from(rng.random::<u64>())
}

/// A holder's account somewhere in a ledger of random neighbours.
fn random(rng: &mut StdRng) -> LedgerCase {
    let mut ledger = ledger_case();
    ledger.case.positions.truncate(2);
    ledger.case.balances = vec![balance(1, 60_000_000), balance(2, 3_000_000)];
    let secret = element(rng);
    ledger.secret = HolderSecret::new(secret);
    let m = &mut ledger.membership;
    (m.secret, m.venue, m.audience, m.scope) = (secret, element(rng), element(rng), element(rng));
    m.path.serial = rng.random();
    m.path.siblings = std::array::from_fn(|_| element(rng));
    ledger.case.secrets.serial = m.path.serial.into();
    ledger.case.secrets.holder_key = ledger.secret.holder_key(m.venue);
    ledger
}

struct Draft {
    ledger: LedgerCase,
    witness: CircuitWitness,
    public: PublicInputs,
}

impl Draft {
    fn random(rng: &mut StdRng) -> Self {
        let ledger = random(rng);
        let mut witness = ledger.circuit_witness(Shape::S);
        witness.positions.truncate(SIZE.0);
        witness.assets.truncate(SIZE.1);
        let public = ledger.public();
        Self { ledger, witness, public }
    }

    fn place(&mut self) -> &mut zkmargin_circuit::Membership {
        self.witness.membership.as_mut().expect("a ledger's witness")
    }

    /// The holder's nullifier.
    fn nullifier(&self, registry: Fp, serial: u32, scope: Fp) -> Fp {
        self.ledger.secret.nullifier(registry, serial, scope).element()
    }

    fn published(&mut self) -> &mut MembershipInputs {
        self.public.membership.as_mut().expect("a ledger's inputs")
    }

    /// What the statement says, from the witness's words and hashes outside of the circuit: the
    /// account with the secret's holder key and the path's serial is at the end of the path, and
    /// pseudonym and nullifier are the secret's.
    fn rule_accepts(&self) -> bool {
        let m = self.witness.membership.as_ref().expect("a ledger's witness");
        let inputs = self.public.membership.as_ref().expect("a ledger's inputs");
        let secret = HolderSecret::new(m.secret);
        let serial = u64::from(m.path.serial);
        let mut secrets = self.ledger.case.secrets.clone();
        secrets.registry = self.witness.leaf[0];
        secrets.holder_key = secret.holder_key(m.venue);
        secrets.serial = serial;
        let leaf = account_commitment(&self.ledger.case.account(), &secrets).expect("fits");
        // The serial of the commitment, which the witness has apart.
        self.witness.leaf[2] == Fp::from(serial)
            && m.path.root(leaf).element() == self.public.account
            && secret.pseudonym(m.audience).element() == self.public.pseudonym
            && secret.nullifier(secrets.registry, m.path.serial, m.scope).element()
                == self.public.nullifier
            && secrets.registry == self.public.registry
            && (m.venue, m.audience, m.scope) == (inputs.venue, inputs.audience, inputs.scope)
    }

    fn circuit_accepts(&self) -> bool {
        let tables = Arc::new(MarketTables::new(&self.ledger.case.market).unwrap());
        let witness = Value::known(Arc::new(self.witness.clone()));
        let form = Form { profile: Profile::EXACT, anchor: Anchor::Ledger, lanes: 1, banks: 1 };
        let circuit = MarginCircuit::of_size(form, [SIZE.0, SIZE.1], tables, witness);
        let instance = vec![self.public.instance()];
        circuit.configured(|circuit| zkmargin_mock::check::<8>(ROWS, circuit, instance)).is_ok()
    }
}

type Clause = (&'static str, fn(&mut Draft, &mut StdRng));

const CLAUSES: [Clause; 18] = [
    ("honest", |_, _| ()),
    ("a leaf that is not there", |d, rng| d.public.account = element(rng)),
    ("another sibling", |d, rng| {
        let level = rng.random_range(0..DEPTH);
        d.place().path.siblings[level] = element(rng);
    }),
    ("another turn, and the root that follows", |d, rng| {
        let level = rng.random_range(0..DEPTH);
        d.place().path.serial ^= 1 << level;
        let leaf = d.ledger.case.public().account;
        d.public.account = d.witness.membership.as_ref().unwrap().path.root(leaf.into()).element();
    }),
    ("another serial in the commitment", |d, rng| {
        d.witness.leaf[2] += Fp::from(1u64 << rng.random_range(0..40));
    }),
    ("somebody else's secret", |d, rng| d.place().secret = element(rng)),
    ("somebody else's secret, and the pseudonym and nullifier that follow", |d, rng| {
        let secret = element(rng);
        d.place().secret = secret;
        let (secret, m) = (HolderSecret::new(secret), d.witness.membership.clone().unwrap());
        d.public.pseudonym = secret.pseudonym(m.audience).element();
        d.public.nullifier = secret.nullifier(d.public.registry, m.path.serial, m.scope).element();
    }),
    ("another pseudonym", |d, rng| d.public.pseudonym = element(rng)),
    ("another nullifier", |d, rng| d.public.nullifier = element(rng)),
    ("the nullifier of another serial", |d, rng| {
        let m = d.witness.membership.clone().unwrap();
        let serial = m.path.serial ^ (1 << rng.random_range(0..32));
        d.public.nullifier = d.nullifier(d.public.registry, serial, m.scope);
    }),
    ("the nullifier of another registry", |d, rng| {
        let m = d.witness.membership.clone().unwrap();
        d.public.nullifier = d.nullifier(element(rng), m.path.serial, m.scope);
    }),
    ("another registry in the nullifier alone, and published", |d, rng| {
        let m = d.witness.membership.clone().unwrap();
        d.public.registry = element(rng);
        d.public.nullifier = d.nullifier(d.public.registry, m.path.serial, m.scope);
    }),
    ("another registry, and a leaf that is not there", |d, rng| {
        let m = d.witness.membership.clone().unwrap();
        d.witness.leaf[0] = element(rng);
        d.public.registry = d.witness.leaf[0];
        d.public.nullifier = d.nullifier(d.public.registry, m.path.serial, m.scope);
    }),
    ("another registry, published, with all that follows", |d, rng| {
        let m = d.witness.membership.clone().unwrap();
        d.ledger.case.secrets.registry = element(rng);
        d.witness.leaf[0] = d.ledger.case.secrets.registry;
        d.public = PublicInputs { margin: d.public.margin, ..d.ledger.public() };
        d.public.nullifier = d.nullifier(d.witness.leaf[0], m.path.serial, m.scope);
    }),
    ("another venue, published", |d, rng| {
        let venue = element(rng);
        d.place().venue = venue;
        d.published().venue = venue;
    }),
    ("an audience that is not published", |d, rng| {
        let audience = element(rng);
        d.place().audience = audience;
        d.public.pseudonym = d.ledger.secret.pseudonym(audience).element();
    }),
    ("a scope that is not published", |d, rng| {
        let scope = element(rng);
        d.place().scope = scope;
        let m = d.witness.membership.clone().unwrap();
        d.public.nullifier = d.nullifier(d.public.registry, m.path.serial, scope);
    }),
    ("another audience and scope, published, with all that follows", |d, rng| {
        let (audience, scope) = (element(rng), element(rng));
        (d.place().audience, d.place().scope) = (audience, scope);
        (d.published().audience, d.published().scope) = (audience, scope);
        let m = d.witness.membership.clone().unwrap();
        d.public.pseudonym = d.ledger.secret.pseudonym(audience).element();
        d.public.nullifier = d.nullifier(d.public.registry, m.path.serial, scope);
    }),
];

#[test]
fn place_and_holder_clause_by_clause() {
    for (name, change) in CLAUSES {
        let mut refused = 0;
        for round in 0..rounds() {
            let mut rng = StdRng::seed_from_u64(round);
            let mut draft = Draft::random(&mut rng);
            change(&mut draft, &mut rng);
            let rule = draft.rule_accepts();
            assert_eq!(rule, draft.circuit_accepts(), "{name}, round {round}");
            refused += u64::from(!rule);
        }
        let valid = name == "honest" || name.ends_with("published, with all that follows");
        assert_eq!(refused, if valid { 0 } else { rounds() }, "{name}");
    }
}
