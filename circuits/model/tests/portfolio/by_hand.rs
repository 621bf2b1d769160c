//! Figures that were computed by hand.

use crate::support::{
    BASIS, DOWN, GROSS, MARK, MINIMUM, OFFSET, SKEW, account, int, market, position, terms, with,
};
use num_bigint::BigInt;
use zkmargin_model::claim::Claim;
use zkmargin_model::portfolio::{
    Aggregate, Margin, MarginError, Market, Multiplier, Role, TermOf, Terms, Worst, margin,
    margin_without, pages, stress,
};
use zkmargin_model::rule::{Account, Book, BracketRow, BracketedLinear, Side, TooLarge, Variable};

const NOTHING: fn(&mut zkmargin_model::portfolio::Terms) = |_| {};

fn whole(balance: i64) -> Account {
    let sizes = [(20, -3), (21, 1), (30, 4), (40, -5)];
    let mut positions = vec![position(10, 2, 1_900)];
    positions.extend(sizes.map(|(instrument, size)| position(instrument, size, 0)));
    with(balance, positions)
}

fn of(account: &Account, market: &Market) -> Margin {
    margin(account, market).unwrap_or_else(|e| panic!("{e}"))
}

fn ints<const N: usize>(values: [i64; N]) -> Vec<BigInt> {
    values.map(BigInt::from).to_vec()
}

#[test]
fn every_figure() {
    let got = of(&whole(0), &market(NOTHING));
    let [one, two] = &got.units[..] else { panic!("two units") };
    // Expiry 2 at its discounts: nothing in the first scenario, 104 % of -145 in the second, less a mark of -110.
    assert_eq!(one.groups[1].sums, ints([0, -145, -50, 0, -110, 21, -8]));
    assert_eq!(one.groups[1].losses, ints([-11_000, 4_080, -60, 0, 0, 21, -8]));
    assert_eq!(one.groups[1].scans[0].column, None);
    assert_eq!(one.groups[2].sums, ints([40, 280, 48, 0, 80, 0, 4]));
    assert_eq!(one.groups[2].losses, ints([4_200, 18_600, 32, 0, 0, 0, 4]));
    assert_eq!(
        (&one.groups[2].scans[0].loss, one.groups[2].scans[0].column),
        (&int(1_600), Some(BASIS))
    );
    // The market without slopes keeps the sign of its gain where the expiries lose by magnitude.
    assert_eq!(one.groups[0].losses[SKEW], int(-30_000));
    assert_eq!((&one.losses[DOWN], &one.losses[SKEW]), (&int(33_200), &int(-7_320)));
    assert_eq!(
        (one.worst, &one.scan, &one.scans),
        (Worst::Column(DOWN), &int(33_200), &ints([1_600]))
    );
    let amounts: Vec<_> = one.added.iter().map(|a| (a.column, a.amount.clone())).collect();
    assert_eq!(amounts, [(GROSS, int(10)), (OFFSET, int(-4))]);
    assert_eq!((one.floors[0].column, &one.floors[0].amount), (MINIMUM, &int(21)));
    assert_eq!(one.requirement, int(132_830));
    assert_eq!((&two.scan, &two.requirement), (&int(4_000), &int(20_025)));
    // Two calls of strike 1 are short that the put does not cover.
    assert_eq!(got.strikes.len(), 1);
    assert_eq!(
        (got.strikes[0].strike, &got.strikes[0].short, &got.strikes[0].charge),
        (1, &int(2), &int(22))
    );
    assert_eq!(got.requirement, int(169_355));
    assert_eq!(got.equity, int(70));
    let adds: Vec<_> = got.positions.iter().map(|p| p.adds.clone()).collect();
    assert_eq!(adds, ints([40_000, -6_450, -4_550, 4_200, 4_000]));
    let charges: Vec<_> = got.positions.iter().map(|p| p.charge.clone()).collect();
    assert_eq!(charges, ints([6, 0, 0, 0, 5]));
    let pnl: Vec<_> = got.positions.iter().map(|p| p.pnl.clone()).collect();
    assert_eq!(pnl, ints([100, -150, 40, 80, 0]));
}

/// Without the put: one more call is short at its strike, and the first scenario costs the expiry
/// -(-90) 104 % - 150.
#[test]
fn without_a_position() {
    let market = market(NOTHING);
    let got = margin_without(&whole(0), &market, 21).unwrap();
    assert_eq!((&got.equity, got.positions.len()), (&int(70), 4));
    assert_eq!(got.units[0].groups[1].losses[DOWN], int(9_360 - 15_000));
    assert_eq!(got.units[0].scan, int(40_000 - 5_640 + 4_200));
    assert_eq!((&got.strikes[0].short, &got.strikes[0].charge), (&int(3), &int(33)));
    // A strike of which nothing is held changes nothing.
    assert_eq!(margin_without(&whole(0), &market, 22).unwrap(), of(&whole(0), &market));
}

/// 169,355 five hundredths of a margin unit are required.
#[test]
fn verdicts_on_either_side() {
    let market = market(NOTHING);
    let meets = |balance, claim: &Claim| of(&whole(balance), &market).meets(claim, &market);
    assert_eq!((meets(268, &Claim::margin()), meets(269, &Claim::margin())), (false, true));
    let half = Claim::new(5_000, 0u8.into()).unwrap();
    assert_eq!((meets(99, &half), meets(100, &half)), (false, true));
    let floor = Claim::new(0, 70u8.into()).unwrap();
    assert_eq!((meets(-1, &floor), meets(0, &floor)), (false, true));
}

/// Equality is healthy or not as the terms say: 4,000 loss units and five more are 20,025 fifths, a charge of 5 the rest.
#[test]
fn equality() {
    for healthy in [true, false] {
        let market = market(|t| {
            t.equality_is_healthy = healthy;
            t.instruments[5].charge = int(0);
            t.instruments[5].loadings[GROSS] = int(0);
        });
        let got = of(&account(40, &[(40, -5)]), &market);
        assert_eq!((got.scaled_equity(), got.requirement.clone()), (int(20_000), int(20_000)));
        assert_eq!(got.meets(&Claim::margin(), &market), healthy);
    }
}

/// A skew turns the sign of a group that gains, and what positions add with it.
#[test]
fn magnitudes() {
    let got = of(&account(0, &[(20, -3), (21, 1)]), &market(NOTHING));
    assert_eq!((got.units[0].worst, &got.units[0].scan), (Worst::Column(SKEW), &int(4_080)));
    let adds: Vec<_> = got.positions.iter().map(|p| p.adds.clone()).collect();
    assert_eq!(adds, ints([3_720, 360]));
    let got = of(&account(0, &[(30, 4)]), &market(NOTHING));
    assert_eq!((got.units[0].worst, &got.positions[0].adds), (Worst::Column(SKEW), &int(18_600)));
}

#[test]
fn group_scans() {
    let market = market(|t| t.groups[2].scans = vec![int(1_000)]);
    let got = of(&account(0, &[(10, 1), (30, 4)]), &market);
    assert_eq!((got.units[0].worst, &got.units[0].scan), (Worst::GroupScan(0), &int(32_000)));
    let adds: Vec<_> = got.positions.iter().map(|p| p.adds.clone()).collect();
    assert_eq!(adds, ints([0, 32_000]));
}

/// Of equal ones the first counts, so the explanation is one.
#[test]
fn equal_ones() {
    let market = market(|t| {
        t.columns[OFFSET] = t.columns[BASIS].clone();
        t.columns[GROSS] = t.columns[DOWN].clone();
        for i in &mut t.instruments {
            i.loadings[OFFSET] = i.loadings[BASIS].clone();
            i.loadings[GROSS] = i.loadings[DOWN].clone();
        }
    });
    let got = of(&account(0, &[(30, 4)]), &market);
    assert_eq!(got.units[0].groups[0].scans[0].column, Some(BASIS));
    let got = of(&account(0, &[(10, 1)]), &market);
    assert_eq!(got.units[0].worst, Worst::Column(DOWN));
}

#[test]
fn nothing_loses() {
    let got = of(&account(0, &[(40, 5)]), &market(|t| t.instruments[5].loadings[SKEW] = int(1)));
    assert_eq!((got.units[0].worst, &got.units[0].scan), (Worst::None, &int(0)));
    assert_eq!((&got.positions[0].adds, &got.units[0].requirement), (&int(0), &int(25)));
    let empty = of(&account(7, &[]), &market(NOTHING));
    assert_eq!((empty.equity, empty.requirement, empty.units.len()), (int(7), int(0), 0));
}

#[test]
fn floors() {
    let market = market(|t| t.instruments[1].loadings[MINIMUM] = int(10_000));
    let got = of(&account(0, &[(20, -3), (21, 1)]), &market);
    assert_eq!(got.units[0].requirement, int(150_000));
    // Long options pay no minimum.
    let got = of(&account(0, &[(20, 3)]), &market);
    assert_eq!(got.units[0].floors[0].amount, int(0));
}

/// Without a floor a requirement is not negative, however much is offset.
#[test]
fn no_floor() {
    let market = market(|t| {
        t.columns[MINIMUM].role = Role::Term;
        t.columns[OFFSET].slope = int(1_000);
    });
    // The first scenario costs a mark of 135 less 95 % of 30, and 3,000 are offset.
    let got = of(&account(0, &[(22, 3)]), &market);
    assert_eq!(got.units[0].added[1].amount, int(-3_000));
    assert_eq!(got.units[0].scan, int(3 * 45 * 100 - 3 * 10 * 95));
    let losing = 4 * (3 * 45 * 100 - 3 * 10 * 95) - 5 * 3_000;
    assert_eq!(got.units[0].requirement, int(losing));
    let market = Market::new({
        let mut terms = market.terms().clone();
        terms.columns[OFFSET].slope = int(100_000);
        terms
    });
    let got = of(&account(0, &[(22, 3)]), &market.unwrap());
    assert_eq!(got.units[0].requirement, int(0));
}

/// A floor can be below zero, a requirement not: what one unit offsets does not lower that of another.
#[test]
fn a_floor_below_zero() {
    let market = market(|t| {
        t.columns[MINIMUM].multiplier = Multiplier::Net;
        t.instruments[5].loadings = ints([0, 0, 0, 0, 0, 1_000, 2_000]);
        t.instruments[5].charge = int(0);
    });
    let got = of(&account(0, &[(40, -100)]), &market);
    assert_eq!(got.units[0].floors[0].amount, int(-100_000));
    assert_eq!((&got.units[0].requirement, &got.requirement), (&int(0), &int(0)));
    let alone = of(&account(0, &[(10, 2)]), &market);
    let both = of(&account(0, &[(10, 2), (40, -100)]), &market);
    // Two perpetuals lose 200 each at slopes of a hundred, at a factor of four fifths, add 5 each, and are charged 3 each.
    assert_eq!(alone.requirement, int(4 * 40_000 + 5 * 10 + 500 * 6));
    assert_eq!(both.requirement, alone.requirement);
    // The other way the floor counts.
    let long = of(&account(0, &[(40, 100)]), &market);
    assert_eq!(long.requirement, int(5 * 100_000));
}

/// Of which floors it is known that they are never below zero.
#[test]
fn floors_from_zero() {
    let floor = |role: Aggregate| move |t: &mut Terms| t.columns[MINIMUM].role = Role::Floor(role);
    let from_zero = |change: &dyn Fn(&mut Terms)| {
        let mut terms = terms();
        change(&mut terms);
        terms.has_floor_from_zero()
    };
    assert!(from_zero(&|_| {}));
    assert!(from_zero(&|t| t.columns[MINIMUM].multiplier = Multiplier::Gross));
    assert!(from_zero(&|t| floor(Aggregate::Magnitude(int(2)))(t)));
    assert!(!from_zero(&|t| floor(Aggregate::Magnitude(int(-2)))(t)));
    let row = BracketRow { lo: int(-1), hi: int(1), slope: int(1), intercept: int(0) };
    let line = BracketedLinear::new(Variable::Value, vec![row]).unwrap();
    assert!(!from_zero(&|t| floor(Aggregate::Bracketed(line.clone()))(t)));
    assert!(!from_zero(&|t| t.columns[MINIMUM].role = Role::Scenario));
    assert!(!from_zero(&|t| t.columns[MINIMUM].multiplier = Multiplier::Net));
    assert!(!from_zero(&|t| t.columns[MINIMUM].less_entry = true));
    assert!(!from_zero(&|t| t.columns[MINIMUM].slope = int(-1)));
    assert!(!from_zero(&|t| t.instruments[4].loadings[MINIMUM] = int(-1)));
    assert!(!from_zero(&|t| {
        t.columns[MINIMUM].terms = vec![TermOf { column: MARK, multiplier: int(1) }];
    }));
    // A slope of the group counts where the column is sloped.
    let sloped = |is_sloped| {
        from_zero(&|t| {
            t.groups[1].positive = int(-1);
            t.columns[MINIMUM].sloped = is_sloped;
        })
    };
    assert!(sloped(false) && !sloped(true));
}

/// Between and on the ends of a bracketed line, and beyond the last.
#[test]
fn bracketed_lines() {
    let row = |lo: i64, hi: i64, slope: i64, intercept: i64| BracketRow {
        lo: lo.into(),
        hi: hi.into(),
        slope: slope.into(),
        intercept: intercept.into(),
    };
    let rows = vec![row(0, 10, 2, 0), row(11, 20, 3, -10)];
    let market = market(|t| {
        let line = BracketedLinear::new(Variable::Value, rows).unwrap();
        t.columns[GROSS].role = Role::Added(Aggregate::Bracketed(line));
    });
    for (size, amount) in [(1, 2), (10, 20), (11, 23), (20, 50)] {
        let got = of(&account(0, &[(40, -size)]), &market);
        assert_eq!(got.units[0].added[0].amount, int(amount), "{size}");
    }
    let beyond = margin(&account(0, &[(40, 21)]), &market).unwrap_err();
    assert_eq!(beyond, MarginError::BeyondLine { unit: 2, column: GROSS });
}

/// A column of results: what was paid counts.
#[test]
fn entries() {
    let market = market(|t| {
        t.columns[DOWN].less_entry = true;
        t.entry_unit = int(10);
    });
    let held = with(3, vec![position(40, -5, -7)]);
    let got = of(&held, &market);
    // -5 contracts lose 8 each and were entered at -70: a gain of 30.
    assert_eq!(got.units[0].groups[0].sums[DOWN], int(30));
    assert_eq!((&got.units[0].losses[DOWN], &got.positions[0].pnl), (&int(-3_000), &int(70)));
    assert_eq!(got.equity, int(100));
}

#[test]
fn stresses() {
    let market = market(NOTHING);
    let got = stress(&whole(1_000), &market, "down").unwrap();
    assert_eq!(got.equity, int(1_070));
    assert_eq!(got.units.iter().map(|u| u.loss.clone()).collect::<Vec<_>>(), ints([33_200, 4_000]));
    assert_eq!(got.left(), int(107_000 - 37_200));
    assert_eq!((got.keeps(&int(698)), got.keeps(&int(699))), (true, false));
    let got = stress(&whole(1_000), &market, "skew").unwrap();
    assert_eq!((got.left(), got.units[0].column), (int(107_000), None));
    // The market of a stress computes the same, and a claim there is about what is left.
    let alone = market.of_stress("down").unwrap().unwrap();
    let got = of(&whole(1_000), &alone);
    assert_eq!(
        (&got.equity, &got.requirement, &got.per_margin_unit),
        (&int(1_070), &int(37_200), &int(100))
    );
    let keeps = |floor: u32| got.meets(&Claim::new(10_000, floor.into()).unwrap(), &alone);
    assert_eq!((keeps(698), keeps(699)), (true, false));
    assert!(market.of_stress("up").is_none());
    let skew = of(&whole(1_000), &market.of_stress("skew").unwrap().unwrap());
    assert_eq!(skew.requirement, int(0));
    let unknown = stress(&whole(0), &market, "up").unwrap_err();
    assert_eq!(unknown.to_string(), "this market has no stress called \"up\"");
}

#[test]
fn accounts_without_figures() {
    let market = market(NOTHING);
    let error = |account: Account| margin(&account, &market).unwrap_err().to_string();
    assert_eq!(error(account(0, &[(11, 1)])), "instrument 11 is not in this market");
    let isolated = position(10, 1, 0);
    let isolated = zkmargin_model::rule::Position { book: Book::Isolated, ..isolated };
    assert_eq!(
        error(with(0, vec![isolated])),
        "the position in instrument 10 is isolated; portfolio margin has one book"
    );
    let both = [Side::Long, Side::Short]
        .map(|side| zkmargin_model::rule::Position { side, ..position(10, 1, 0) });
    assert_eq!(
        error(with(0, both.to_vec())),
        "instrument 10 is held long and short; portfolio margin takes the net size"
    );
    let most = (1 << 20) - 1;
    assert!(margin(&account(0, &[(10, -most)]), &market).is_ok());
    assert_eq!(
        error(account(0, &[(10, -most - 1)])),
        "the size of instrument 10 must be below 2^20 steps"
    );
    let mut few = terms();
    few.capacity.positions = 1;
    let few = Market::new(few).unwrap();
    assert!(margin(&account(0, &[(10, 1)]), &few).is_ok());
    // More than circuits of the market hold has figures, but no pages.
    let two = account(0, &[(10, 1), (20, 1)]);
    assert!(margin(&two, &few).is_ok());
    let refused = pages(&two, few.terms()).unwrap_err();
    let too_large = TooLarge { what: "positions", count: 2, most: 1 };
    assert_eq!(refused, MarginError::TooLarge(too_large));
    assert_eq!(
        refused.to_string(),
        "the account has 2 positions; the largest circuit holds 1, so there is no commitment to it and no proof about it"
    );
    let missing = Account::new(vec![position(10, 1, 0)], Vec::new()).unwrap();
    assert_eq!(
        error(missing),
        "profit and loss settle in asset 1; list that asset, with a zero balance if need be"
    );
}

/// Paradex: half of the larger of the scan and a minimum, which is 2 % of the net size and 1 % of what is hedged at the spot,
/// as two floors of 1.5 % of the net size, either way, and 0.5 % of the gross one.
#[test]
fn a_minimum_by_delta() {
    // Spot 1,000; a loss unit is a two-hundredth of a margin unit, so that halves of half per cents are whole.
    let market = market(|t| {
        let floor = Role::Floor(Aggregate::Identity);
        let term = |multiplier: i64| TermOf { column: GROSS, multiplier: multiplier.into() };
        t.columns[GROSS].role = Role::Term;
        for (at, sign) in [(BASIS, 1), (OFFSET, -1)] {
            t.columns[at].role = floor.clone();
            t.columns[at].slope = int(3 * sign);
            t.columns[at].terms = vec![term(1)];
        }
        t.columns[SKEW].role = Role::Term;
        t.columns[MINIMUM].role = Role::Term;
        t.columns[DOWN].slope = int(200);
        t.columns[DOWN].sloped = false;
        t.columns[DOWN].terms = Vec::new();
        t.stresses.pop();
        t.units[0].factor = int(1);
        t.units[1].factor = int(1);
        (t.scale, t.denominator) = (int(200), int(2));
        t.strikes.iter_mut().for_each(|s| s.rate = int(0));
        for i in &mut t.instruments {
            i.charge = int(0);
            // A scenario in which each loses 1, and half of 1 % of the spot a unit of size.
            i.loadings = ints([-1, 0, 500, 500, 0, 0, 500]);
        }
    });
    // Net -2 of gross 10: a minimum of (2 % 2 + 1 % 4) 1,000 = 80, and a scan of 2.
    let got = of(&account(0, &[(10, 4), (20, -6)]), &market);
    assert_eq!((&got.units[0].scan, &got.requirement), (&int(2 * 200), &int(40 * 2 * 200)));
    // The same the other way: the other floor counts, and nothing is lost.
    let got = of(&account(0, &[(10, 6), (20, -4)]), &market);
    assert_eq!((&got.units[0].scan, &got.requirement), (&int(0), &int(40 * 2 * 200)));
}
