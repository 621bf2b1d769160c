//! Tiers by what is held of a family: against a computation in machine integers, at each edge, and what is refused.

use crate::fractions::Draw;
use crate::support::{account, balance, function, int, position, power, terms};
use zkmargin_model::rule::{
    Book, Families, Isolated, LinearStep, Market, MarketError, MarketTerms, Position, Profile,
    RateForm, Rounding, RuleError, SecondWord, Side, TierFamily, Variable, margin, position_margin,
};
use zkmargin_model::widths::FAMILY_UNIT_BITS;

/// `(id, unit, price)` of a family's contracts, whose neighbours on both sides are of no family.
const CONTRACTS: [(u32, i64, i64); 3] = [(4, 1, 20), (5, 10, 21), (6, 3, 25)];

/// `(first, last, rate)` of the family's tiers.
const TIERS: [(i64, i64, i64); 3] = [(0, 99, 40), (100, 499, 50), (500, 9_999, 75)];

fn family(unit: i64) -> Option<TierFamily> {
    Some(TierFamily { number: 7, unit: int(unit) })
}

fn with_family() -> MarketTerms {
    let mut terms = terms();
    terms.tiers.push(function(Variable::Quantity, &TIERS.map(|(lo, hi, rate)| (lo, hi, rate, 0))));
    let template = terms.instruments[1].clone();
    let contracts = CONTRACTS.map(|(id, unit, price)| {
        let mut contract = template.clone();
        (contract.id, contract.tiers) = (id, 2);
        (contract.value, contract.requirement) =
            (LinearStep::exact(int(price)), LinearStep::exact(int(price)));
        contract.elements.family = family(unit);
        contract
    });
    terms.instruments.splice(1..2, contracts);
    terms
}

fn refused(change: impl FnOnce(&mut MarketTerms)) -> MarketError {
    let mut terms = with_family();
    change(&mut terms);
    Market::new(terms).expect_err("refused")
}

/// A contract's price and what a size of it counts.
fn contract(id: u32) -> Option<(i64, i64)> {
    CONTRACTS.iter().find(|(of, ..)| *of == id).map(|(_, unit, price)| (*price, *unit))
}

/// The definition, in machine integers: each contract's requirement in its own unit, or `None` beyond the tiers.
fn by_definition(held: &[(u32, i64, bool)]) -> Option<Vec<i64>> {
    let counted = |(id, size, _): &(u32, i64, bool)| size.abs() * contract(*id).map_or(0, |c| c.1);
    let cross: i64 = held.iter().filter(|(.., isolated)| !isolated).map(counted).sum();
    let each = held.iter().map(|one| {
        let sum = if one.2 { counted(one) } else { cross };
        let (.., rate) = TIERS.iter().find(|(lo, hi, _)| *lo <= sum && sum <= *hi)?;
        Some(one.1.abs() * contract(one.0)?.0 * rate)
    });
    each.collect()
}

fn positions(held: &[(u32, i64, bool)]) -> Vec<Position> {
    let of = |(id, size, isolated): &(u32, i64, bool)| {
        let side = if *size < 0 { Side::Short } else { Side::Long };
        let book = if *isolated { Book::Isolated } else { Book::Cross };
        // At its own price, so that nothing settles.
        let entry = size * contract(*id).map_or(0, |c| c.0);
        Position { book, ..position(*id, side, size.unsigned_abs(), entry) }
    };
    held.iter().map(of).collect()
}

/// Requirements before they are converted, in the order of `held`.
fn computed(market: &Market, held: &[(u32, i64, bool)]) -> Result<Vec<i64>, RuleError> {
    let account = account(positions(held), vec![balance(1, 0)]);
    let figures = margin(&account, market)?;
    let of = |(id, size, isolated): &(u32, i64, bool)| {
        let is = |p: &Position| {
            p.instrument == *id
                && (p.book == Book::Isolated) == *isolated
                && (p.side == Side::Short) == (*size < 0)
        };
        let at = account.positions().iter().position(is).expect("held");
        let m = &figures.positions[at];
        let amount = m.isolated.as_ref().map_or(&m.requirement / 4, |b| b.requirement.clone());
        i64::try_from(amount).expect("small")
    };
    Ok(held.iter().map(of).collect())
}

#[test]
fn random_accounts_have_the_requirements_of_the_definition() {
    let mut terms = with_family();
    terms.isolated_unit = Some(int(1));
    let market = Market::new(terms).expect("market");
    let mut draw = Draw::new(3);
    let mut beyond = 0;
    for _ in 0..3_000 {
        let mut held = Vec::new();
        let most = [40, 200, 1_200][draw.between(0, 2) as usize];
        for (id, ..) in CONTRACTS {
            for (sign, isolated) in [(1, false), (-1, false), (1, true), (-1, true)] {
                if draw.one_in(3) {
                    held.push((id, sign * draw.between(1, most), isolated));
                }
            }
        }
        let expected = by_definition(&held);
        beyond += u32::from(expected.is_none());
        match (computed(&market, &held), expected) {
            (Ok(made), Some(expected)) => assert_eq!(made, expected, "{held:?}"),
            (Err(RuleError::BeyondTiers { .. }), None) => {}
            other => panic!("{held:?}: {other:?}"),
        }
    }
    assert!((100..2_000).contains(&beyond), "{beyond}");
}

/// By hand: 90 and 9 are 99 contracts in the first tier; one more of the other side puts all of them into the second.
#[test]
fn one_contract_moves_all_of_the_family() {
    let market = Market::new(with_family()).expect("market");
    let held = [(4, 60, false), (5, 3, false), (6, -3, false)];
    assert_eq!(
        computed(&market, &held).expect("figures"),
        [60 * 20 * 40, 3 * 21 * 40, 3 * 25 * 40]
    );
    let held = [(4, 60, false), (4, -1, false), (5, 3, false), (6, -3, false)];
    let second = [60 * 20 * 50, 20 * 50, 3 * 21 * 50, 3 * 25 * 50];
    assert_eq!(computed(&market, &held).expect("figures"), second);
    let account = account(positions(&held), vec![balance(1, 0)]);
    let figures = margin(&account, &market).expect("figures");
    assert!(figures.positions.iter().all(|m| m.variable == int(100) && m.row == 1));
    // Alone, a position is told what the others count.
    let families = Families::of(&account, &market);
    for (p, m) in account.positions().iter().zip(&figures.positions) {
        let terms = market.instrument(p.instrument).expect("listed");
        let beside = families.beside(terms, p);
        assert_eq!(
            position_margin(&market, terms, p, SecondWord::default(), &beside).as_ref(),
            Ok(m)
        );
        let alone =
            position_margin(&market, terms, p, SecondWord::default(), &int(0)).expect("figures");
        assert_eq!(alone.row, 0);
    }
}

/// Positions of no family count for themselves, also between two that have one.
#[test]
fn others_are_beside_it() {
    let market = Market::new(with_family()).expect("market");
    let plain = Market::new(terms()).expect("market");
    let others = vec![position(1, Side::Long, 4, 0), position(9, Side::Short, 30, 0)];
    let of = |market: &Market, held: &[Position]| {
        let held = account(held.to_vec(), vec![balance(1, 0), balance(5, 0)]);
        margin(&held, market).expect("figures").maintenance
    };
    let contract = position(5, Side::Long, 40, 0);
    let together = [others.clone(), vec![contract.clone()]].concat();
    assert_eq!(of(&market, &together), of(&plain, &others) + 4 * 40 * 21 * 50);
}

/// Rates of the whole family, of which an own one can be greater: native only.
#[test]
fn tiers_of_a_family_can_give_rates() {
    let mut terms = with_family();
    terms.tiers[2] = function(Variable::Quantity, &[(0, 99, 0, 40), (100, 9_999, 2, 30)]);
    for contract in &mut terms.instruments[1..4] {
        contract.elements.rate = Some(RateForm { steps: vec![], own: Some(0) });
    }
    let market = Market::new(terms).expect("market");
    let held = [(4, 60, false), (5, 6, false)];
    let rate = 2 * 120 + 30;
    assert_eq!(computed(&market, &held).expect("figures"), [60 * 20 * rate, 6 * 21 * rate]);
    let why = market.profile().expect_err("no circuit").to_string();
    assert_eq!(
        why,
        "no circuit proves the tiers of a family of instrument 4: its rule has other elements beside"
    );
}

#[test]
fn a_family_is_one_run_of_ids() {
    let split = refused(|t| t.instruments[2].elements.family = None);
    assert_eq!(split, MarketError::Family { id: 6 });
    let foreign = Some(TierFamily { number: 8, unit: int(1) });
    let split = refused(|t| t.instruments[2].elements.family = foreign.clone());
    assert_eq!(split, MarketError::Family { id: 6 });
    // Two families beside each other, and one contract alone.
    let mut terms = with_family();
    terms.instruments[1].elements.family = foreign;
    assert!(Market::new(terms).is_ok());
}

#[test]
fn forms_and_widths_of_a_family() {
    let form = |what, why| MarketError::Element { list: "instrument", id: 4, what, why };
    let by_value = refused(|t| t.instruments[1].tiers = 0);
    assert_eq!(by_value, form("family", "needs tiers by quantity"));
    let deducts = refused(|t| t.instruments[1].tiers = 1);
    assert_eq!(deducts, form("family", "needs tiers whose rates are of the whole size"));
    let fee = refused(|t| t.instruments[1].elements.order_fee = Some(int(1)));
    assert_eq!(fee, form("family", "cannot be beside open orders"));
    let root = zkmargin_model::rule::SizeRoot::new(int(1), int(0), vec![]);
    let rooted = refused(|t| {
        t.instruments[1].elements.root = root;
        t.instruments[1].elements.rate = Some(RateForm::default());
    });
    assert_eq!(rooted, form("family", "cannot be beside a root of the size"));
    let apart = refused(|t| t.instruments[3].group = 1);
    let (what, why) = ("family", "has instruments that settle in another asset");
    assert_eq!(apart, MarketError::Element { list: "instrument", id: 6, what, why });
    let nothing = refused(|t| t.instruments[1].elements.family = family(0));
    assert_eq!(nothing, form("unit in the family", "must be positive"));
    let mut terms = with_family();
    let widest: num_bigint::BigInt = power(FAMILY_UNIT_BITS) - 1;
    terms.instruments[1].elements.family = Some(TierFamily { number: 7, unit: widest.clone() });
    assert!(Market::new(terms.clone()).is_ok());
    let wide = refused(|t| {
        t.instruments[1].elements.family = Some(TierFamily { number: 7, unit: widest + 1 });
    });
    let (what, bits) = ("unit in the family", FAMILY_UNIT_BITS);
    assert_eq!(wide, MarketError::ElementWidth { list: "instrument", id: 4, what, bits });
}

#[test]
fn profiles_of_families() {
    let profile = |change: &dyn Fn(&mut MarketTerms)| {
        let mut terms = with_family();
        terms.instruments.retain(|i| i.elements.family.is_some());
        change(&mut terms);
        Market::new(terms).expect("market").profile()
    };
    let mixed = Market::new(with_family()).expect("market").profile().expect_err("no circuit");
    let why =
        "no circuit proves the tiers of instrument 1: those of other instruments go by families";
    assert_eq!(mixed.to_string(), why);
    assert_eq!(profile(&|_| ()), Ok(Profile::FAMILY));
    // Prices of different contracts do not matter to what is compared.
    let isolated = profile(&|t| t.isolated_unit = Some(int(10)));
    assert_eq!(isolated, Ok(Profile { isolated: Isolated::Compared, ..Profile::FAMILY }));
    let part = || LinearStep::rounded(int(1), int(7), Rounding::Floor, int(1)).expect("positive");
    let pnl = profile(&|t| t.instruments.iter_mut().for_each(|i| i.pnl_rounding = Some(part())));
    assert_eq!(pnl, Ok(Profile { pnl: true, ..Profile::FAMILY }));
    // One open rate is that of every sum.
    let flat = profile(&|t| {
        t.tiers[2] = function(Variable::Quantity, &[(0, (1 << 62) - 1, 3, 0)]);
        let mut row = t.tiers[2].rows().to_vec();
        row[0].hi = power(81) - 1;
        t.tiers[2] =
            zkmargin_model::rule::BracketedLinear::new(Variable::Quantity, row).expect("row");
    });
    assert_eq!(flat, Ok(Profile::FLAT));
    let rounds = profile(&|t| t.instruments[0].requirement_rounding = vec![part()]);
    assert_eq!(
        rounds.expect_err("no circuit").to_string(),
        "no circuit proves the tiers of a family of instrument 4: values or requirements are rounded"
    );
}
