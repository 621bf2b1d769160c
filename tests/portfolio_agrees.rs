//! The portfolio circuit says what the rule says on every case of the vectors that fits eight pages.
//!
//! Each case runs at the smaller of the shapes that hold it, with the market's sums bounded for the slots of that shape, at
//! the level of its requirement and then at the boundary: the balance with which the claim is just met, and one unit less.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::Zero;
use std::sync::Arc;
use zkmargin_circuit::halo2::dev::MockProver;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::{
    PortfolioCircuit, PortfolioShape, PortfolioTables, PortfolioWitness,
};
use zkmargin_circuit::{PublicInputs, Witness};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, margin_commitment};
use zkmargin_model::portfolio::{Margin, Market, account_commitment, margin, pages};
use zkmargin_model::rule::{Account, Balance};

use zkmargin_tests::{PortfolioCase, load_derive, vectors_folder};

/// A market with sums bounded for a shape, and its tables.
struct Prepared {
    market: Market,
    tables: Arc<PortfolioTables>,
    shape: PortfolioShape,
}

impl Prepared {
    /// `None` where the account needs more than eight pages.
    fn of(case: &PortfolioCase) -> Option<Self> {
        let mut terms = case.market.terms().clone();
        let count = pages(&case.account, &terms).expect("pages").len();
        let shape = match count {
            0..=4 => PortfolioShape::FOUR_PAGES,
            5..=8 => PortfolioShape::EIGHT_PAGES,
            _ => return None,
        };
        terms.capacity.positions = shape.slots();
        let market = Market::new(terms).expect("the same with another capacity");
        let tables = Arc::new(PortfolioTables::new(&market).expect("provable"));
        Some(Self { market, tables, shape })
    }

    fn accepts(&self, account: &Account, figures: &Margin, claim: &Claim) -> Result<(), String> {
        let secrets = AccountSecrets {
            registry: Fp::from(1),
            holder_key: Fp::from(2),
            serial: 3,
            blinding: Fp::from(4),
        };
        let pages = pages(account, self.market.terms()).expect("pages");
        let commitment = account_commitment(&pages, account.balances(), &secrets);
        let margin = margin_commitment(&figures.equity, &figures.requirement, Fp::from(6));
        let public = PublicInputs {
            statement: Fp::from(5),
            account: commitment.element(),
            pseudonym: Fp::ZERO,
            nullifier: Fp::ZERO,
            claim: claim.clone(),
            margin: margin.element(),
            registry: Fp::from(1),
            membership: None,
        };
        let witness = Witness { account: account.clone(), secrets, margin_blinding: Fp::from(6) };
        let (tables, shape) = (self.tables.clone(), self.shape);
        let witness = PortfolioWitness::new(&tables, shape, &self.market, &witness, figures, claim)
            .expect("fits");
        let circuit = PortfolioCircuit::proving(tables, shape, witness).expect("fits");
        let instance = vec![public.instance()];
        let k = circuit.k().get();
        let prover = circuit.configured(|circuit| MockProver::run(k, circuit, instance));
        let result = prover.expect("runs").verify();
        result.map_err(|failures| format!("{:#?}", failures.iter().take(8).collect::<Vec<_>>()))
    }

    fn check(&self, name: &str, account: &Account, claim: &Claim) {
        let figures = margin(account, &self.market).expect("figures");
        let native = figures.meets(claim, &self.market);
        let circuit = self.accepts(account, &figures, claim);
        assert_eq!(circuit.is_ok(), native, "{name}: {claim:?}: {circuit:?}");
    }
}

/// The account with another balance of its only asset, of which a unit of balance is `per` units of equity.
fn with_equity(account: &Account, figures: &Margin, equity: &BigInt, per: &BigInt) -> Account {
    let [held] = account.balances() else { panic!("one asset") };
    let further = (equity - &figures.equity).div_ceil(per);
    let balance = Balance { balance: &held.balance + further, ..held.clone() };
    Account::new(account.positions().to_vec(), vec![balance]).expect("an account")
}

fn sample() -> usize {
    if std::env::var_os("ZKMARGIN_ALL_VECTORS").is_some() { 1 } else { 9 }
}

#[test]
fn derive() {
    let Some(folder) = vectors_folder() else {
        eprintln!("no vectors folder");
        return;
    };
    let Some(loaded) = load_derive(&folder).expect("vectors") else { return };
    let (mut ran, mut large) = (0, 0);
    for case in loaded.portfolio.iter().step_by(sample()) {
        let Some(prepared) = Prepared::of(case) else {
            large += 1;
            continue;
        };
        let name = format!("{} [{}]", case.name, case.label);
        for verdict in &case.expected.verdicts {
            prepared.check(&name, &case.account, &verdict.claim);
        }
        // The least equity that meets the requirement, and one unit of a balance less.
        let terms = prepared.market.terms();
        let claim = Claim::new(10_000, BigUint::zero()).expect("level");
        let figures = margin(&case.account, &prepared.market).expect("figures");
        let least = figures.requirement.div_ceil(&figures.per_margin_unit).max(BigInt::zero());
        let at = with_equity(&case.account, &figures, &least, &terms.entry_unit);
        let below =
            with_equity(&case.account, &figures, &(least - &terms.entry_unit), &terms.entry_unit);
        let of = |account: &Account| {
            margin(account, &prepared.market).expect("figures").meets(&claim, &prepared.market)
        };
        assert_eq!([of(&at), of(&below)], [true, false], "{name}");
        prepared.check(&name, &at, &claim);
        prepared.check(&name, &below, &claim);
        ran += 1;
    }
    eprintln!("derive: circuit and rule agree on {ran} accounts; {large} need more than 8 pages");
}
