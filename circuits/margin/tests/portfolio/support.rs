//! A case at a portfolio market, and the mock prover.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::Zero;
use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::sync::Arc;
use zkmargin_circuit::halo2::dev::VerifyFailure;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::{
    PortfolioCircuit, PortfolioShape, PortfolioTables, PortfolioWitness,
};
use zkmargin_circuit::{Membership, MembershipInputs, PublicInputs, Witness};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, margin_commitment};
use zkmargin_model::context::Context;
use zkmargin_model::holder::{HolderSecret, audience_field, scope_field, venue_field};
use zkmargin_model::ledger::{Path, empty_roots};
use zkmargin_model::portfolio::{Margin, Market, account_commitment, margin, pages};
use zkmargin_model::rule::Account;

/// An account at a market with a claim.
#[derive(Clone, Debug)]
pub struct Case {
    pub market: Market,
    pub account: Account,
    pub claim: Claim,
    pub shape: PortfolioShape,
    /// Place in a small ledger; `None` for an account named by its commitment.
    pub membership: Option<Membership>,
}

const SERIAL: u32 = 13;

/// Blinding of the margin commitment.
pub const BLINDING: Fp = Fp::from_raw([15, 0, 0, 0]);

/// All of the requirement, and no floor.
pub fn healthy() -> Claim {
    Claim::new(10_000, BigUint::zero()).unwrap()
}

impl Case {
    pub fn new(market: &Market, account: Account, pages: usize) -> Self {
        let shape = PortfolioShape::new(pages, 2).unwrap();
        Self { market: market.clone(), account, claim: healthy(), shape, membership: None }
    }

    /// The same account as one of a small ledger.
    pub fn in_ledger(&self) -> Self {
        let context = Context::new("desk-42", "", None).unwrap().of_epoch(NonZeroU64::new(3));
        // Neighbours on the lower levels, empty subtrees above.
        let sibling = |level| match level {
            0..5 => Fp::from(1000 + level as u64),
            _ => empty_roots()[level],
        };
        let membership = Membership {
            secret: Fp::from(91),
            venue: venue_field("a venue"),
            audience: audience_field("desk-42"),
            scope: scope_field(&context),
            path: Path { serial: SERIAL, siblings: std::array::from_fn(sibling) },
        };
        Self { shape: self.shape.in_ledger(), membership: Some(membership), ..self.clone() }
    }

    /// Registry, holder key, serial, blinding.
    pub fn secrets(&self) -> AccountSecrets {
        let holder_key = match &self.membership {
            Some(of) => HolderSecret::new(of.secret).holder_key(of.venue),
            None => Fp::from(12),
        };
        let (registry, blinding) = (Fp::from(11), Fp::from(14));
        AccountSecrets { registry, holder_key, serial: SERIAL.into(), blinding }
    }

    pub fn figures(&self) -> Margin {
        margin(&self.account, &self.market).unwrap()
    }

    pub fn native(&self) -> bool {
        self.figures().meets(&self.claim, &self.market)
    }

    pub fn tables(&self) -> Arc<PortfolioTables> {
        Arc::new(PortfolioTables::new(&self.market).unwrap())
    }

    pub fn public(&self) -> PublicInputs {
        let pages = pages(&self.account, self.market.terms()).unwrap();
        let account =
            account_commitment(&pages, self.account.balances(), &self.secrets()).expect("fits");
        let figures = self.figures();
        let margin = margin_commitment(&figures.equity, &figures.requirement, BLINDING);
        let public = PublicInputs {
            statement: Fp::from(77),
            account: account.element(),
            pseudonym: Fp::ZERO,
            nullifier: Fp::ZERO,
            claim: self.claim.clone(),
            margin: margin.element(),
            registry: self.secrets().registry,
            membership: None,
            position: None,
        };
        let Some(of) = &self.membership else { return public };
        let secret = HolderSecret::new(of.secret);
        PublicInputs {
            account: of.path.root(account).element(),
            pseudonym: secret.pseudonym(of.audience).element(),
            nullifier: secret.nullifier(public.registry, SERIAL, of.scope).element(),
            membership: Some(MembershipInputs {
                venue: of.venue,
                audience: of.audience,
                scope: of.scope,
            }),
            ..public
        }
    }

    pub fn witness(&self) -> PortfolioWitness {
        let witness = Witness {
            account: self.account.clone(),
            secrets: self.secrets(),
            margin_blinding: BLINDING,
        };
        let (tables, figures) = (self.tables(), self.figures());
        let (shape, market, claim) = (self.shape, &self.market, &self.claim);
        let made = PortfolioWitness::new(&tables, shape, market, &witness, &figures, claim);
        let membership = self.membership.clone();
        PortfolioWitness { membership, ..made.expect("fits the shape") }
    }

    /// The account with more of its first asset, of which a settlement unit is a margin unit: as few units of a balance as
    /// make this equity, and then some.
    pub fn with_equity(&self, equity: &BigInt, more: i32) -> Self {
        let mut balances = self.account.balances().to_vec();
        let unit = &self.market.terms().entry_unit;
        balances[0].balance += (equity - self.figures().equity).div_ceil(unit) + more;
        let account = Account::new(self.account.positions().to_vec(), balances).unwrap();
        Self { account, ..self.clone() }
    }

    pub fn mock(&self) -> Result<(), String> {
        mock(self.tables(), self.shape, self.witness(), &self.public())
    }

    /// The circuit agrees with the rule, also with the least balance that is enough and with one unit less.
    pub fn assert_agrees(&self) {
        let figures = self.figures();
        let least = figures.requirement.div_ceil(&figures.per_margin_unit);
        let boundary = [0, -1].map(|more| self.with_equity(&least, more));
        if !figures.requirement.is_zero() {
            assert_eq!(boundary.each_ref().map(Self::native), [true, false]);
        }
        for case in [&[self.clone()][..], &boundary].concat() {
            let (mock, native) = (case.mock(), case.native());
            assert_eq!(mock.is_ok(), native, "{:?}: {mock:?}", case.account);
        }
    }
}

/// Runs the mock prover.
pub fn mock(
    tables: Arc<PortfolioTables>,
    shape: PortfolioShape,
    witness: PortfolioWitness,
    public: &PublicInputs,
) -> Result<(), String> {
    let circuit = PortfolioCircuit::proving(tables, shape, witness).unwrap();
    let (k, instance) = (circuit.k().get(), vec![public.instance()]);
    let result = circuit.configured(|circuit| zkmargin_mock::check::<16>(k, circuit, instance));
    result.map_err(|failures| {
        let names: BTreeSet<String> = failures.iter().map(name).collect();
        names.into_iter().collect::<Vec<_>>().join("\n")
    })
}

/// What refuses, without the place.
fn name(failure: &VerifyFailure) -> String {
    match failure {
        VerifyFailure::ConstraintNotSatisfied { constraint, .. } => constraint.to_string(),
        VerifyFailure::Lookup { .. } => "Lookup".to_owned(),
        VerifyFailure::Permutation { .. } => "Permutation".to_owned(),
        other => format!("{other:?}"),
    }
}
