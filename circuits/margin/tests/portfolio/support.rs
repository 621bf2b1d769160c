//! A case at a portfolio market, and the mock prover.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::Zero;
use std::collections::BTreeSet;
use std::sync::Arc;
use zkmargin_circuit::halo2::dev::{MockProver, VerifyFailure};
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::{
    PortfolioCircuit, PortfolioShape, PortfolioTables, PortfolioWitness,
};
use zkmargin_circuit::{PublicInputs, Witness};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, margin_commitment};
use zkmargin_model::portfolio::{Margin, Market, account_commitment, margin, pages};
use zkmargin_model::rule::Account;

/// An account at a market with a claim.
#[derive(Clone, Debug)]
pub struct Case {
    pub market: Market,
    pub account: Account,
    pub claim: Claim,
    pub shape: PortfolioShape,
}

/// Registry, holder key, serial, blinding.
pub fn secrets() -> AccountSecrets {
    AccountSecrets {
        registry: Fp::from(11),
        holder_key: Fp::from(12),
        serial: 13,
        blinding: Fp::from(14),
    }
}

/// Blinding of the margin commitment.
pub const BLINDING: Fp = Fp::from_raw([15, 0, 0, 0]);

/// All of the requirement, and no floor.
pub fn healthy() -> Claim {
    Claim::new(10_000, BigUint::zero()).unwrap()
}

impl Case {
    pub fn new(market: &Market, account: Account, pages: usize) -> Self {
        let shape = PortfolioShape::new(pages, 2).unwrap();
        Self { market: market.clone(), account, claim: healthy(), shape }
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
        let account = account_commitment(&pages, self.account.balances(), &secrets());
        let figures = self.figures();
        let margin = margin_commitment(&figures.equity, &figures.requirement, BLINDING);
        PublicInputs {
            statement: Fp::from(77),
            account: account.element(),
            pseudonym: Fp::ZERO,
            nullifier: Fp::ZERO,
            claim: self.claim.clone(),
            margin: margin.element(),
            registry: secrets().registry,
            membership: None,
        }
    }

    pub fn witness(&self) -> PortfolioWitness {
        let witness = Witness {
            account: self.account.clone(),
            secrets: secrets(),
            margin_blinding: BLINDING,
        };
        let (tables, figures) = (self.tables(), self.figures());
        PortfolioWitness::new(&tables, self.shape, &self.market, &witness, &figures, &self.claim)
            .expect("fits the shape")
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
    let prover = circuit.configured(|circuit| MockProver::run(k, circuit, instance));
    let result = prover.unwrap().verify();
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
