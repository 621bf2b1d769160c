//! Why two sums may share a cell only under a bound: without it, the circuit accepts a loss as a gain.

use super::{
    PortfolioCircuit, PortfolioShape, PortfolioTables, PortfolioWitness, UnprovableMarket,
};
use crate::public::PublicInputs;
use crate::witness::Witness;
use num_bigint::BigInt;
use std::sync::Arc;
use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, margin_commitment};
use zkmargin_model::field::to_field;
use zkmargin_model::portfolio::widths::{PACK_BITS, SUM_BITS};
use zkmargin_model::portfolio::{
    Capacity, Column, ContractId, Group, Instrument, Market, Multiplier, Role, Terms, Unit,
    account_commitment, margin, pages,
};
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, Balance, Book, BracketRow, BracketedLinear, Position, Side,
    Variable,
};

const BLINDING: Fp = Fp::ONE;

/// One instrument in two scenarios that share a cell.
fn terms() -> Terms {
    let one = BigInt::from(1);
    let end = &one << 100;
    let row = BracketRow { lo: -&end, hi: end, slope: one.clone(), intercept: BigInt::ZERO };
    let scenario = |name: &str| Column {
        name: name.to_owned(),
        multiplier: Multiplier::Net,
        less_entry: false,
        role: Role::Scenario,
        slope: one.clone(),
        sloped: false,
        magnitude: false,
        terms: Vec::new(),
    };
    Terms {
        capacity: Capacity { positions: 16, size_bits: 63 },
        assets: vec![AssetTerms {
            id: 1,
            index: one.clone().into(),
            collateral: BracketedLinear::new(Variable::Value, vec![row]).expect("one row"),
            rounding: None,
            elements: AssetElements::default(),
        }],
        entry_unit: one.clone(),
        columns: vec![scenario("first"), scenario("second")],
        scans: Vec::new(),
        units: vec![Unit { id: 1, name: "all".to_owned(), factor: one.clone() }],
        groups: vec![Group {
            id: 1,
            unit: 1,
            name: "all".to_owned(),
            positive: one.clone(),
            negative: one.clone(),
            magnitudes: false,
            scans: Vec::new(),
        }],
        strikes: Vec::new(),
        instruments: vec![Instrument {
            id: 1,
            contract: ContractId::from_number(1),
            group: 1,
            strike: None,
            value: BigInt::ZERO,
            settles_in: 1,
            charge: BigInt::ZERO,
            loadings: vec![3.into(), 5.into()],
        }],
        scale: one.clone(),
        denominator: one,
        stresses: Vec::new(),
        equality_is_healthy: true,
    }
}

fn secrets() -> AccountSecrets {
    let one = Fp::ONE;
    AccountSecrets { registry: one, holder_key: one, serial: 1, blinding: one }
}

fn accepts(tables: &PortfolioTables, witness: PortfolioWitness, public: &PublicInputs) -> bool {
    let shape = PortfolioShape::new(2, 2).expect("even");
    let circuit = PortfolioCircuit::proving(Arc::new(tables.clone()), shape, witness);
    let circuit = circuit.expect("fits");
    let (k, instance) = (circuit.k().get(), vec![public.instance()]);
    circuit.configured(|circuit| zkmargin_mock::check::<16>(k, circuit, instance)).is_ok()
}

#[test]
fn without_the_bound_a_loss_carries_into_its_neighbour() {
    let market = Market::new(terms()).expect("a market");
    let position = Position {
        book: Book::Cross,
        instrument: 1,
        side: Side::Long,
        size: 1u8.into(),
        entry: BigInt::ZERO,
        own: 0,
    };
    let cash = Balance { asset: 1, balance: 100.into(), own: 0 };
    let account = Account::new(vec![position], vec![cash]).expect("an account");
    let claim = Claim::new(10_000, 0u8.into()).expect("a claim");
    let figures = margin(&account, &market).expect("figures");
    let tables = PortfolioTables::new(&market).expect("provable");
    let shape = PortfolioShape::new(2, 2).expect("even");
    let of = Witness { account: account.clone(), secrets: secrets(), margin_blinding: BLINDING };
    let honest = PortfolioWitness::new(&tables, shape, &market, &of, &figures, &claim);
    let honest = honest.expect("fits");
    let public = |requirement: i32| PublicInputs {
        statement: Fp::ZERO,
        account: account_commitment(
            &pages(&account, market.terms()).expect("pages"),
            account.balances(),
            &secrets(),
        )
        .expect("fits")
        .element(),
        pseudonym: Fp::ZERO,
        nullifier: Fp::ZERO,
        claim: claim.clone(),
        margin: margin_commitment(&figures.equity, &requirement.into(), BLINDING).element(),
        registry: Fp::ONE,
        membership: None,
        position: None,
    };
    assert!(accepts(&tables, honest.clone(), &public(5)));

    // The first scenario is ruinous: its loss is past what sums of a cell may be.
    let loss: BigInt = (BigInt::from(1) << SUM_BITS) + 1_000;
    let mut beyond = terms();
    beyond.instruments[0].loadings[0] = loss.clone();
    assert!(Market::new(beyond.clone()).is_err());
    let refused = super::tables::check_packing(&beyond).expect_err("past the bound");
    assert!(matches!(refused, UnprovableMarket::Packing { column: 0, .. }));

    let unchecked = PortfolioTables::unchecked(&beyond).expect("compiled");
    let packed = to_field(&(&loss + (BigInt::from(5) << PACK_BITS)));
    let mut forged = honest;
    let page = &mut forged.pages[0];
    *page.slots[0].terms.last_mut().expect("a cell") = packed;
    // As it is, the sum has no form.
    page.sums[0].sum = to_field(&loss);
    let mut ruined = forged.clone();
    ruined.pages[1].unit.scan = to_field(&loss);
    assert!(!accepts(&unchecked, ruined, &public(5)));
    // As a gain, with the carry in the second scenario: the requirement is 6.
    let page = &mut forged.pages[0];
    page.sums[0].sum = to_field(&(loss - (BigInt::from(1) << PACK_BITS)));
    page.sums[0].negative = Fp::ONE;
    page.sums[1].sum = Fp::from(6);
    forged.pages[1].unit.scan = Fp::from(6);
    assert!(accepts(&unchecked, forged, &public(6)));
}
