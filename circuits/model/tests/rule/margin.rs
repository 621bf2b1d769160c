//! Equity, requirements and claims, by hand.

use super::support::{
    account, balance, claim, function, int, market, position, power, rows, terms,
};
use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, Zero};
use zkmargin_model::claim::Claim;
use zkmargin_model::floor::Floor;
use zkmargin_model::rule::{
    Account, Book, Books, BracketRow, BracketedLinear, Health, Isolated, LinearStep, Margin,
    Market, Position, PositionName, Rounding, RuleError, Side, Variable, margin, margin_naming,
};
use zkmargin_model::widths::BRACKET_BITS;

const EQUALITY: Health = Health { equality: true, no_requirement: false };

fn held() -> Account {
    account(
        vec![
            position(1, Side::Long, 2, 150),
            position(4, Side::Short, 6, -130),
            position(9, Side::Long, 30, 100),
        ],
        vec![balance(1, 40), balance(5, -20), balance(6, 3)],
    )
}

#[test]
fn by_hand() {
    let made = margin(&held(), &market()).expect("figures");
    let pnl: Vec<_> = made.positions.iter().map(|p| p.pnl.clone()).collect();
    // 2 * 100 - 150, -6 * 20 + 130, 30 * 5 - 100.
    assert_eq!(pnl, [50, 10, 50].map(int));
    let variables: Vec<_> = made.positions.iter().map(|p| p.variable.clone()).collect();
    // 2 * 101 and 30 * 6 by value, 6 by quantity.
    assert_eq!(variables, [202, 6, 180].map(int));
    let found: Vec<_> = made.positions.iter().map(|p| (p.instrument, p.row)).collect();
    assert_eq!(found, [(1, 1), (4, 1), (9, 1)]);
    let slopes: Vec<_> = made.positions.iter().map(|p| p.slope.clone()).collect();
    assert_eq!(slopes, [2, 5, 2].map(int));
    let requirements: Vec<_> = made.positions.iter().map(|p| p.requirement.clone()).collect();
    // (2 * 202 - 100) * 4, (5 * 6 - 10) * 21 * 4, (2 * 180 - 100) * 8.
    assert_eq!(requirements, [1216, 1680, 2080].map(int));
    assert_eq!(made.maintenance, int(1216 + 1680 + 2080));
    let balances: Vec<_> = made.assets.iter().map(|a| (a.asset, a.balance.clone())).collect();
    assert_eq!(balances, [(1, int(40 + 50 + 10)), (5, int(-20 + 50)), (6, int(3))]);
    let collateral: Vec<_> = made.assets.iter().map(|a| a.collateral.clone()).collect();
    // 100 * 3 * 10, (8 * 30 + 9) * 7, 3 * 2 * 10.
    assert_eq!(collateral, [3000, 1743, 60].map(int));
    assert_eq!(made.equity, int(3000 + 1743 + 60));
}

#[test]
fn requirements_are_rounded_in_turn() {
    let mut rounded = terms();
    let step = |den| LinearStep::rounded(int(1), int(den), Rounding::Ceil, int(den));
    rounded.instruments[0].requirement_rounding = [10, 100].into_iter().filter_map(step).collect();
    let market = Market::new(rounded).expect("market");
    let made = margin(&held(), &market).expect("figures");
    // 304 becomes 310, then 400.
    assert_eq!(made.positions[0].requirement, int(400 * 4));
}

#[test]
fn funding_is_not_rounded_with_the_value() {
    let mut rounded = terms();
    let of = &mut rounded.instruments[0];
    of.value = LinearStep::rounded(int(7), int(2), Rounding::Truncate, int(10)).expect("step");
    of.funding = int(3);
    let pnl = |terms, side| {
        let held = account(vec![position(1, side, 5, 4)], vec![balance(1, 0)]);
        let market = Market::new(terms).expect("market");
        margin(&held, &market).expect("figures").positions.remove(0).pnl
    };
    // 17.5 is cut to 17, in tens; 5 * 3 of funding and 4 of entry.
    assert_eq!(pnl(rounded.clone(), Side::Long), int(170 - 15 - 4));
    assert_eq!(pnl(rounded.clone(), Side::Short), int(-170 + 15 - 4));
    // Then the sum is floored to hundreds, losses away from zero.
    rounded.instruments[0].pnl_rounding =
        LinearStep::rounded(int(1), int(100), Rounding::Floor, int(1));
    assert_eq!(pnl(rounded.clone(), Side::Long), int(1));
    assert_eq!(pnl(rounded, Side::Short), int(-2));
}

/// A claim that names an isolated position is about its book only, or about all others; and the position is held.
#[test]
fn a_named_position_is_all_or_not_what_a_claim_is_about() {
    let isolated = |side, entry| Position { book: Book::Isolated, ..position(9, side, 30, entry) };
    let held = account(
        vec![position(9, Side::Long, 30, 100), isolated(Side::Long, 0), isolated(Side::Short, 180)],
        vec![balance(1, 40), balance(5, 500)],
    );
    let mut terms = terms();
    terms.isolated_unit = Some(int(10));
    let all = Market::new(terms).expect("market");
    let name = |key| PositionName::of_key(key);
    let (long, short) = (name(18), name(19));
    assert_eq!(long.map(|n| (n.key(), n.is_of(&held.positions()[0]))), Some((18, true)));
    assert!(!long.is_some_and(|n| n.is_of(&held.positions()[1]) || n.is_of(&held.positions()[2])));
    assert_eq!([name(0), name(1), name(1 << 17)], [None; 3]);
    let of = |isolated, named| {
        let market = all.of_books(Books { isolated, ..all.books() }).expect("books");
        let figures = margin_naming(&held, &market, named);
        figures.map(|figures| (figures, market))
    };
    let compared = |isolated, named| {
        let (figures, _) = of(isolated, named).expect("figures");
        figures.compared().map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(compared(Isolated::Compared, None), [0, 1]);
    assert_eq!(compared(Isolated::LeftOut, None), [0; 0]);
    assert_eq!(compared(Isolated::Only, long), [0]);
    assert_eq!(compared(Isolated::Only, short), [1]);
    assert_eq!(compared(Isolated::AllBut, long), [1]);
    assert_eq!(compared(Isolated::AllBut, short), [0]);
    for isolated in [Isolated::Only, Isolated::AllBut] {
        // Another instrument, and nothing.
        for named in [name(20), None] {
            assert_eq!(of(isolated, named).err(), Some(RuleError::NoSuchPosition));
        }
    }
    // The long one has 30 * 5 = 150 in tenths against 260, the short one -150 - 180.
    let without_floor = |level| Claim::with_floor(level, Floor::none()).expect("claim");
    let meets = |isolated, named, claim: &Claim| {
        let (figures, market) = of(isolated, named).expect("figures");
        figures.meets(claim, &market)
    };
    assert!(meets(Isolated::Only, long, &without_floor(10_000)));
    assert!(!meets(Isolated::Only, short, &without_floor(10_000)));
    let lacks = Claim::deficiency(10_000).expect("claim");
    assert!(!meets(Isolated::Only, long, &lacks));
    assert!(meets(Isolated::Only, short, &lacks));
    assert!(meets(Isolated::AllBut, short, &without_floor(10_000)));
    assert!(!meets(Isolated::AllBut, long, &without_floor(10_000)));
    assert!(!meets(Isolated::AllBut, long, &lacks) && !meets(Isolated::AllBut, short, &lacks));
    let (figures, market) = of(Isolated::Only, long).expect("figures");
    assert_eq!(figures.of_book(&market), (&int(1_500), &int(260)));
    let (figures, market) = of(Isolated::AllBut, long).expect("figures");
    assert_eq!(figures.of_book(&market), (&figures.equity, &figures.maintenance));
}

/// An isolated position is compared by itself and adds nothing to the cross book.
#[test]
fn isolated_positions_are_books_of_their_own() {
    let isolated = |entry| Position { book: Book::Isolated, ..position(9, Side::Long, 30, entry) };
    let mut held = vec![position(9, Side::Long, 30, 100), isolated(-180)];
    let balances = vec![balance(1, 40), balance(5, 500)];
    let one_book = margin(&account(held.clone(), balances.clone()), &market());
    assert_eq!(one_book.err(), Some(RuleError::Isolated { instrument: 9 }));
    let mut terms = terms();
    terms.isolated_unit = Some(int(10));
    let market = Market::new(terms).expect("market");
    let of = |held: &[Position]| {
        margin(&account(held.to_vec(), balances.clone()), &market).expect("figures")
    };
    let (both, cross) = (of(&held), of(&held[..1]));
    assert_eq!((&both.equity, &both.maintenance), (&cross.equity, &cross.maintenance));
    // Isolated positions come first. 30 * 5 + 180 = 330 in tenths, and (2 * 180 - 100) before it is converted.
    let book = both.positions[0].isolated.clone().expect("isolated");
    assert_eq!((book.equity, book.requirement), (int(3_300), int(260)));
    assert_eq!(both.positions[1].isolated, None);
    // At the boundary: 10000 * 260 = 10000 * 26 * 10.
    for (entry, equality, holds) in
        [(124, true, true), (125, true, false), (124, false, false), (123, false, true)]
    {
        held[1] = isolated(entry);
        let mut terms = market.terms().clone();
        terms.equality_is_healthy = equality;
        let market = Market::new(terms).expect("market");
        assert_eq!(of(&held).meets(&claim(10_000, 0), &market), holds, "{entry} {equality}");
    }
}

#[test]
fn what_the_market_does_not_list_has_no_figure() {
    let refused = |positions, balances| margin(&account(positions, balances), &market()).err();
    let unknown = vec![position(2, Side::Long, 1, 0)];
    let error = RuleError::UnknownInstrument { instrument: 2 };
    assert_eq!(refused(unknown, vec![balance(1, 0)]), Some(error));
    let error = RuleError::UnknownAsset { asset: 2 };
    assert_eq!(refused(vec![], vec![balance(2, 0)]), Some(error));
}

#[test]
fn past_the_ends_there_is_no_figure() {
    let refused = |positions, balances| margin(&account(positions, balances), &market()).err();
    // 1000 is the greatest size of instrument 4, 50000 the greatest notional of instrument 1.
    let error = Some(RuleError::BeyondTiers { instrument: 4 });
    let sized = |size| vec![position(4, Side::Long, size, 0)];
    assert_eq!(refused(sized(1001), vec![balance(1, 0)]), error);
    assert_eq!(refused(sized(900), vec![balance(1, 0)]), None);
    let error = Some(RuleError::BeyondTiers { instrument: 1 });
    assert_eq!(refused(vec![position(1, Side::Short, 496, 0)], vec![balance(1, 0)]), error);
    let error = Some(RuleError::BeyondCollateral { asset: 6 });
    assert_eq!(refused(vec![], vec![balance(6, 251)]), error);
    assert_eq!(refused(vec![], vec![balance(6, 250)]), None);
    assert_eq!(refused(vec![], vec![balance(6, -250)]), None);
    assert_eq!(refused(vec![], vec![balance(6, -251)]), error);
}

#[test]
fn profit_needs_an_asset_to_settle_in() {
    let with = |entry| margin(&account(vec![position(9, Side::Long, 1, entry)], vec![]), &market());
    assert_eq!(with(4).err(), Some(RuleError::SettlementAssetMissing { asset: 5 }));
    assert_eq!(with(6).err(), Some(RuleError::SettlementAssetMissing { asset: 5 }));
    // Neither profit nor loss: nothing to settle.
    assert_eq!(with(5).expect("figures").equity, int(0));
}

#[test]
fn the_balance_with_profit_fits_its_width() {
    let mut wide = terms();
    let ends = BracketRow { lo: -power(140), hi: power(140), slope: int(1), intercept: int(0) };
    wide.assets[0].index = int(1).into();
    wide.assets[0].collateral = BracketedLinear::new(Variable::Value, vec![ends]).expect("rows");
    wide.instruments[0].value = LinearStep::exact(power(50));
    wide.instruments[0].requirement = LinearStep::exact(int(1));
    let far = BracketRow { hi: power(100), ..rows(&[(0, 0, 0, 0)]).remove(0) };
    wide.tiers[0] = BracketedLinear::new(Variable::Value, vec![far]).expect("rows");
    let market = Market::new(wide).expect("market");
    let value = |side, entry: i64| {
        let size = BigUint::from(1u8) << (BRACKET_BITS - 50);
        let position =
            Position { book: Book::Cross, instrument: 1, side, size, entry: entry.into(), own: 0 };
        let held = account(vec![position], vec![balance(1, 0)]);
        margin(&held, &market).map(|m| m.equity)
    };
    let error = Err(RuleError::BeyondCollateral { asset: 1 });
    assert_eq!(value(Side::Long, 1), Ok(power(BRACKET_BITS) - 1));
    assert_eq!(value(Side::Long, 0), error);
    assert_eq!(value(Side::Short, 0), Ok(-power(BRACKET_BITS)));
    assert_eq!(value(Side::Short, 1), error);
}

fn figures(equity: i64, maintenance: i64) -> Margin {
    let (positions, assets) = (vec![], vec![]);
    Margin { equity: int(equity), maintenance: int(maintenance), positions, assets }
}

#[test]
fn the_level_surplus_is_exact() {
    let made = figures(7, 3);
    // 10000 * 7 - 12000 * 3.
    assert_eq!(made.level_surplus(&claim(12_000, 0), EQUALITY), int(34_000));
    assert_eq!(made.level_surplus(&claim(12_000, 0), Health::default()), int(33_999));
    assert_eq!(figures(-7, 0).level_surplus(&claim(10_000, 0), EQUALITY), int(-70_000));
}

#[test]
fn a_claim_needs_its_level_and_its_floor() {
    let mut strict = terms();
    strict.equality_is_healthy = false;
    let (market, strict) = (market(), Market::new(strict).expect("market"));
    let made = figures(100, 50);
    let meets = |level, floor, market: &Market| made.meets(&claim(level, floor), market);
    assert!(meets(20_000, 100, &market));
    assert!(!meets(20_001, 100, &market));
    assert!(!meets(20_000, 101, &market));
    assert!(!meets(20_001, 101, &market));
    assert!(!meets(20_000, 100, &strict));
    assert!(meets(19_999, 100, &strict));
}

#[test]
fn an_empty_account_has_nothing() {
    let made = margin(&Account::default(), &market()).expect("figures");
    assert_eq!((made.equity, made.maintenance), (BigInt::ZERO, BigInt::ZERO));
}

/// Of no requirement nothing is asked but the floor; of the least requirement, all.
#[test]
fn no_requirement_can_be_healthy() {
    let mut terms = terms();
    terms.tiers[0] = function(Variable::Value, &[(0, 99, 0, 0), (100, 50_000, 1, 0)]);
    for (exempts, equality) in [(false, false), (false, true), (true, false), (true, true)] {
        terms.equality_is_healthy = equality;
        terms.no_requirement_is_healthy = exempts;
        let market = Market::new(terms.clone()).expect("market");
        // At prices of 5 and 6 a step: 16 are below the first tier's end, 17 above.
        for (size, required) in [(None, false), (Some(16), false), (Some(17), true)] {
            let held = size.map(|size| position(9, Side::Long, size, i64::from(size as u8) * 5));
            let mut held = held.map_or_else(Vec::new, |p| vec![p]);
            held.retain(|p| p.size > 0u8.into());
            for equity in [-3, 0, 3] {
                let held = account(held.clone(), vec![balance(1, equity), balance(5, 0)]);
                let figures = margin(&held, &market).expect("figures");
                assert_eq!(!figures.maintenance.is_zero(), required);
                let plain = if equality { equity >= 0 } else { equity > 0 };
                let level = if required { false } else { exempts || plain };
                let meets = figures.meets(&claim(10_000, 0), &market);
                assert_eq!(meets, level && equity >= 0, "{exempts} {equality} {size:?} {equity}");
                let surplus = figures.level_surplus(&claim(10_000, 0), terms.health());
                assert_eq!(!surplus.is_negative(), level, "{exempts} {equality} {size:?} {equity}");
            }
        }
    }
}

/// What positions of one asset require is rounded together, once it is converted.
#[test]
fn conversions_are_rounded_after_the_sum() {
    let exact = market();
    let held = held();
    let sums = [1216 + 1680, 2080];
    for mode in Rounding::ALL {
        for d in [1, 2, 7, 64, 1000, 2896] {
            let mut terms = terms();
            terms.conversion_rounding = LinearStep::rounded(int(1), int(d), mode, int(d));
            let market = Market::new(terms).expect("market");
            let made = margin(&held, &market).expect("figures");
            // Of a number that is not negative.
            let rounded = |n: i64| match mode {
                Rounding::Floor | Rounding::Truncate => n / d,
                Rounding::Ceil | Rounding::Away => (n + d - 1) / d,
                Rounding::NearestUp | Rounding::NearestAway => (2 * n + d) / (2 * d),
                Rounding::NearestZero => (2 * n + d - 1) / (2 * d),
            };
            let expected = sums.map(|sum| d * rounded(sum));
            assert_eq!(made.maintenance, int(expected.into_iter().sum()), "{mode:?} {d}");
            // Positions have their parts of the exact sum, and equity is that of the exact rule.
            let of_exact = margin(&held, &exact).expect("figures");
            assert_eq!((made.positions, made.equity), (of_exact.positions, of_exact.equity));
            let why = market.profile().expect_err("no circuit");
            assert_eq!((why.point, why.list, why.id), ("conversion of requirements", "asset", 1));
        }
    }
}

/// An isolated position adds nothing to a sum that is rounded, and what debts require is not in one.
#[test]
fn only_the_cross_book_is_converted() {
    let mut terms = terms();
    terms.isolated_unit = Some(int(10));
    terms.conversion_rounding = LinearStep::rounded(int(1), int(1000), Rounding::Ceil, int(1000));
    let market = Market::new(terms).expect("market");
    let isolated = Position { book: Book::Isolated, ..position(9, Side::Long, 30, -180) };
    let held = [position(1, Side::Long, 2, 150), isolated];
    let of = |held: &[Position]| {
        let account = account(held.to_vec(), vec![balance(1, 40), balance(5, 500)]);
        margin(&account, &market).expect("figures")
    };
    assert_eq!(of(&held).maintenance, int(2000));
    assert_eq!(of(&held[1..]).maintenance, int(0));
    let book = of(&held).positions[0].isolated.clone().expect("isolated");
    assert_eq!(book.requirement, int(260));
}
