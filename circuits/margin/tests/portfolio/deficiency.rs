//! Claims that a portfolio account does not meet a level: the exact opposite of those that it does, on the same cells, of
//! a requirement that is neither too low nor too high.

use crate::markets::{account, lines, one_unit, whole};
use crate::support::{BLINDING, Case, mock};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;
use zkmargin_circuit::PublicInputs;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::PortfolioWitness;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::margin_commitment;
use zkmargin_model::field::to_field;
use zkmargin_model::floor::Floor;
use zkmargin_model::portfolio::{Market, Role, Stress, Terms};

/// Few, so that tests are quick.
const PAGES: usize = 2;

fn deficiency() -> Claim {
    Claim::deficiency(10_000).unwrap()
}

fn health() -> Claim {
    Claim::with_floor(10_000, Floor::none()).unwrap()
}

/// An account with something in every unit, of each of which something is required.
fn required(terms: Terms) -> Case {
    let market = Market::new(terms).unwrap();
    let cases = (0..512).map(|seed| Case::new(&market, account(&market, seed, 0.1), PAGES));
    let is_required = |case: &Case| {
        let units = &case.figures().units;
        units.len() == market.terms().units.len() && units.iter().all(|u| !u.requirement.is_zero())
    };
    let fits = |case: &Case| {
        let pages = zkmargin_model::portfolio::pages(&case.account, market.terms()).unwrap();
        pages.len() <= PAGES
    };
    cases.filter(fits).find(is_required).expect("some account")
}

/// The least equity that is enough, in margin units.
fn least(case: &Case) -> BigInt {
    let figures = case.figures();
    let least = figures.requirement.div_ceil(&figures.per_margin_unit);
    let is_equal = &least * &figures.per_margin_unit == figures.requirement;
    least + BigInt::from(is_equal && !case.market.terms().equality_is_healthy)
}

#[test]
fn one_of_the_two_claims_is_proven() {
    let strict = Terms { equality_is_healthy: false, ..whole() };
    let equal = [one_unit(), lines()].map(|terms| Terms { equality_is_healthy: true, ..terms });
    for (terms, around) in
        equal.into_iter().chain([strict]).zip([&[0, -1][..], &[0, -1], &[1, 0, -1]])
    {
        let case = required(terms);
        for &more in around {
            let at = case.with_equity(&least(&case), more);
            let [health, lack] = [health(), deficiency()].map(|claim| Case { claim, ..at.clone() });
            assert_eq!((health.native(), lack.native()), (more >= 0, more < 0), "{more}");
            assert_eq!(health.mock().is_ok(), more >= 0, "{more}");
            assert_eq!(lack.mock().is_ok(), more < 0, "{more}");
        }
    }
}

#[test]
fn other_levels_and_an_account_in_a_ledger() {
    let case = required(whole()).in_ledger();
    let case = case.with_equity(&least(&case), 0);
    for (level, lacks) in [(10_000, false), (131_071, true)] {
        let claim = Claim::deficiency(level).unwrap();
        let at = Case { claim, ..case.clone() };
        assert_eq!((at.native(), at.mock().is_ok()), (lacks, lacks), "{level}");
    }
    // Of an account that holds nothing, only a debt is one.
    let market = case.market.clone();
    for (balance, lacks) in [(0, !market.terms().equality_is_healthy), (-1, true)] {
        let held = crate::model_support::with(balance, vec![]);
        let at = Case { claim: deficiency(), ..Case::new(&market, held, PAGES) };
        assert_eq!((at.native(), at.mock().is_ok()), (lacks, lacks), "{balance}");
    }
}

/// What a prover who says another requirement than the account's would publish.
fn published(case: &Case, requirement: &BigInt) -> PublicInputs {
    let equity = case.figures().equity;
    let margin = margin_commitment(&equity, requirement, BLINDING).element();
    PublicInputs { margin, ..case.public() }
}

/// What refuses a largest number that is so much too high: a number too low leaves a slack below zero, and of one too high
/// no slack is zero, which the product must end as.
fn by(raised: &BigInt) -> &'static str {
    if *raised > BigInt::zero() { "Permutation" } else { "word = limbs + 2^45 high" }
}

/// Pages on which a unit ends.
fn ends(witness: &PortfolioWitness) -> Vec<usize> {
    let ends = witness.pages.iter().enumerate().filter(|(_, page)| page.unit.scan != Fp::ZERO);
    ends.map(|(at, _)| at).collect()
}

/// Of each unit: with a requirement that is a margin unit too high a healthy account would lack, with one too low a lacking
/// one would be healthy. Both are published as they are claimed, so that it is the largest number alone that refuses.
#[test]
fn a_requirement_too_high_or_too_low_is_refused_per_unit() {
    let case = required(whole());
    let units = ends(&case.witness());
    assert!(units.len() >= 2, "{units:?}");
    let unit = case.figures().per_margin_unit;
    for (claim, more, raised) in [(deficiency(), 0, unit.clone()), (health(), -1, -unit)] {
        let lie = Case { claim, ..case.with_equity(&least(&case), more) };
        let claimed = &lie.figures().requirement + &raised;
        let public = published(&lie, &claimed);
        assert!(!lie.native());
        for page in &units {
            let mut witness = lie.witness();
            witness.pages[*page].unit.requirement += to_field(&raised);
            let refused = mock(lie.tables(), lie.shape, witness, &public).expect_err("accepted");
            assert!(refused.contains(by(&raised)), "page {page}: {refused}");
        }
    }
}

/// The same of a unit's worst loss, in a market in which it alone is required.
#[test]
fn a_scan_too_high_or_too_low_is_refused() {
    let mut terms = one_unit();
    for column in &mut terms.columns {
        if matches!(column.role, Role::Added(_) | Role::Floor(_)) {
            column.role = Role::Term;
        }
    }
    let case = required(terms);
    let last = case.shape.pages() - 1;
    let terms = case.market.terms();
    let factor = terms.units[0].factor.clone();
    for (claim, more, way) in [(deficiency(), 0, 1), (health(), -1, -1)] {
        let lie = Case { claim, ..case.with_equity(&least(&case), more) };
        // As much of the loss as is more than a margin unit.
        let loss: BigInt = lie.figures().per_margin_unit.div_ceil(&factor) * way;
        let raised: BigInt = &loss * &factor;
        let public = published(&lie, &(lie.figures().requirement + raised));
        let mut witness = lie.witness();
        witness.pages[last].unit.scan += to_field(&loss);
        let refused = mock(lie.tables(), lie.shape, witness, &public).expect_err("accepted");
        assert!(refused.contains(by(&loss)), "{refused}");
    }
}

/// A stress has floors, and no claim that less is left.
#[test]
fn a_stress_has_none() {
    let mut terms = whole();
    let columns = terms.columns.iter().enumerate();
    let columns = columns.filter(|(_, c)| c.role == Role::Scenario).map(|(at, _)| at).collect();
    terms.stresses = vec![Stress { name: "all".to_owned(), columns }];
    let market = Market::new(terms).unwrap();
    let alone = market.of_stress("all").unwrap().unwrap();
    let case = Case::new(&alone, account(&alone, 2, 0.2), 4);
    let lacking = case.with_equity(&BigInt::from(-(1 << 30)), 0);
    let case = Case { claim: deficiency(), ..lacking };
    assert!(!case.native());
    let refused = case.mock().expect_err("accepted");
    assert!(refused.contains("Permutation"), "{refused}");
}

/// The direction is the statement's, and one of two.
#[test]
fn the_direction_is_public() {
    let case = required(whole());
    let healthy = Case { claim: health(), ..case.with_equity(&least(&case), 0) };
    let lacking = Case { claim: deficiency(), ..case.with_equity(&least(&case), -1) };
    let half = Fp::from(2).invert().unwrap();
    for (case, cell) in [(&healthy, half), (&lacking, half), (&lacking, Fp::ZERO)] {
        let mut witness = case.witness();
        witness.deficient = cell;
        let refused = mock(case.tables(), case.shape, witness, &case.public());
        assert!(refused.expect_err("accepted").contains("Permutation"));
    }
    let other = Case { claim: deficiency(), ..healthy.clone() };
    let refused = mock(case.tables(), case.shape, healthy.witness(), &other.public());
    assert!(refused.expect_err("accepted").contains("Permutation"));
}
