//! A cheating prover at the general profile: each lie in a hint is refused, by the named constraint or lookup that is
//! there to refuse it.

use crate::support::*;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

/// A word that is negative, or too wide, has no limbs.
const NO_LIMBS: &str = "word of three rows";

fn general() -> Case {
    case_of(Profile::GENERAL)
}

#[test]
fn every_row_is_that_of_its_key() {
    let case = general();
    // Slot 0 is long and slot 1 short in the same instrument, slot 2 another one.
    let rows = case.circuit_witness(XS).positions[0].general.rows.len();
    // Every third row in a short run.
    for row in (0..rows).step_by(if is_long() { 1 } else { 3 }) {
        refused_by(&case, "Lookup", |w| w.positions[0].general.rows[row].slope += Fp::ONE);
        refused_by(&case, "Lookup", |w| w.positions[0].general.rows[row].intercept += Fp::ONE);
        refused_by(&case, "Lookup", |w| w.positions[0].general.rows[row].last += Fp::ONE);
        let mut other = case.circuit_witness(XS).positions[2].general.rows[row];
        if other == case.circuit_witness(XS).positions[0].general.rows[row] {
            other.slope += Fp::ONE;
        }
        refused_by(&case, "Lookup", |w| w.positions[0].general.rows[row] = other);
    }
    let sided = |w: &mut CircuitWitness| {
        w.positions[0].general.rows = w.positions[1].general.rows;
    };
    refused_by(&case, "Lookup", sided);
    refused_by(&case, "Lookup", |w| w.assets[1].general.flags.intercept = Fp::ZERO);
    refused_by(&case, "Lookup", |w| w.assets[1].general.weight.slope += Fp::ONE);
    refused_by(&case, "Lookup", |w| w.assets[1].general.charge.slope = Fp::ZERO);
    refused_by(&case, "Lookup", |w| w.positions[0].bracket.intercept -= Fp::ONE);
}

#[test]
fn side_settle_group_and_book() {
    let case = general();
    refused_by(&case, "Lookup", |w| w.positions[0].side = Fp::ONE);
    refused_by(&case, "side is boolean", |w| w.positions[0].side = Fp::from(2));
    refused_by(&case, "Lookup", |w| w.positions[0].code = Fp::ONE);
    refused_by(&case, "code is a settle group", |w| w.positions[0].code = Fp::from(4));
    // A position that is not in the cross book has no terms.
    refused_by(&case, "Lookup", |w| {
        w.positions.iter_mut().take(5).for_each(|p| p.key -= Fp::from(1 << 17));
    });
    refused_by(&case, "Lookup", |w| w.assets[1].settles = Fp::ZERO);
    refused_by(&case, "code is a settle group", |w| w.assets[1].code = Fp::from(5));
}

#[test]
fn own_parameters() {
    let case = general();
    refused_by(&case, "own is its limbs", |w| w.positions[0].own = Fp::from(1 << 27));
    refused_by(&case, "own is its limbs", |w| w.assets[1].general.own = -Fp::ONE);
    // Another parameter is another account.
    refused_by(&case, "Permutation", |w| w.positions[0].own = Fp::from(699));
    refused_by(&case, "Permutation", |w| w.assets[1].general.own = Fp::ZERO);
    refused_by(&case, "an empty slot is zero", |w| w.positions[7].own = Fp::ONE);
    refused_by(&case, "an empty slot is zero", |w| w.assets[3].general.own = Fp::ONE);
    // A parameter that is said to be none, so that the default counts, and none that is said to be one.
    refused_by(&case, "own without a flag is zero", |w| {
        w.positions[0].general.has_own = Fp::ZERO;
        w.positions[0].general.own_decides = Fp::ZERO;
    });
    refused_by(&case, "has own = own / own", |w| w.positions[1].general.has_own = Fp::ONE);
    refused_by(&case, "has own is boolean", |w| w.positions[0].general.has_own = Fp::from(2));
    // The smaller of both rates, and neither.
    let decides = case.circuit_witness(XS).positions[0].general.own_decides;
    refused_by(&case, NO_LIMBS, |w| w.positions[0].general.own_decides = Fp::ONE - decides);
    refused_by(&case, "is y is boolean", |w| w.positions[0].general.own_decides = Fp::from(2));
    let decides = case.circuit_witness(XS).assets[1].general.own_decides;
    refused_by(&case, NO_LIMBS, |w| w.assets[1].general.own_decides = Fp::ONE - decides);
}

#[test]
fn an_own_parameter_above_one_leaves_a_deposit_no_weight() {
    let mut case = general();
    case.balances[1].own = 25_000;
    case.set_usdt(int(1_000_000_000_000));
    assert_eq!(case.mock(XS), Ok(()));
    let nothing = case.circuit_witness(XS).assets[1].general.weighs_nothing;
    assert_eq!(nothing, Fp::ONE);
    refused_by(&case, NO_LIMBS, |w| w.assets[1].general.weighs_nothing = Fp::ZERO);
}

#[test]
fn roots_and_rows_by_sign() {
    let case = general();
    refused_by(&case, "word of two rows", |w| w.positions[0].general.root -= Fp::ONE);
    refused_by(&case, "word of two rows", |w| w.positions[0].general.root += Fp::ONE);
    // Another row of the same step: the distance to one of its ends is negative.
    let lines = case.market.lines().expect("provable");
    let lines = lines.general().expect("general");
    for step in 0..2 {
        for row in &lines.instruments[0].result[step].rows {
            let honest = case.circuit_witness(XS).positions[0].general.result[step];
            let mut other = honest;
            [other.lo, other.hi, other.slope, other.intercept] =
                [&row.lo, &row.hi, &row.a, &row.b].map(zkmargin_model::field::to_field);
            if other != honest {
                refused_by(&case, NO_LIMBS, |w| w.positions[0].general.result[step] = other);
            }
        }
        // The other step's row, which has no cap or another weight.
        let other = case.circuit_witness(XS).positions[0].general.result[1 - step];
        refused_by(&case, "Lookup", |w| w.positions[0].general.result[step] = other);
    }
}

#[test]
fn debts_and_deposits() {
    let mut case = general();
    case.balances[1].balance = int(-3_000_000);
    case.set_usdt(int(1_000_000_000_000));
    assert_eq!(case.mock(XS), Ok(()));
    let honest = case.circuit_witness(XS).assets[1].general.clone();
    refused_by(&case, NO_LIMBS, |w| {
        w.assets[1].general.is_debt = Fp::ONE - honest.is_debt;
    });
    refused_by(&case, "negative is boolean", |w| w.assets[1].general.is_debt = Fp::from(2));
    // The rows of the other sign.
    let lines = case.market.lines().expect("provable").general().expect("general");
    for (at, table) in [&lines.assets[1].amount, &lines.assets[1].value].into_iter().enumerate() {
        for row in &table.rows {
            let mut witness = case.circuit_witness(XS);
            let general = &mut witness.assets[1].general;
            let hint = if at == 0 { &mut general.amount } else { &mut general.value };
            let before = *hint;
            [hint.lo, hint.hi, hint.slope, hint.intercept] =
                [&row.lo, &row.hi, &row.a, &row.b].map(zkmargin_model::field::to_field);
            if *hint != before {
                let outcome = mock(case.kind(XS), &case.market, witness, &case.public());
                assert!(outcome.expect_err("the lie was accepted").contains(NO_LIMBS));
            }
        }
    }
}

/// A large deposit and a large debt, whose sizes decide their weights.
fn large() -> [Case; 2] {
    [900_000_000, -90_000_000_000i128].map(|held| {
        let mut case = general();
        case.balances[1].balance = int(held);
        case.set_usdt(int(1_000_000_000_000_000));
        assert_eq!(case.mock(XS), Ok(()));
        assert_eq!(case.circuit_witness(XS).assets[1].general.size_decides, Fp::ONE);
        case
    })
}

#[test]
fn weights_by_size() {
    for case in large() {
        let honest = case.circuit_witness(XS).assets[1].general.by_size.clone();
        // The public weight, and neither.
        refused_by(&case, NO_LIMBS, |w| w.assets[1].general.size_decides = Fp::ZERO);
        refused_by(&case, "is y is boolean", |w| w.assets[1].general.size_decides = Fp::from(2));
        // A smaller holding, and a larger one for a claim of deficiency.
        refused_by(&case, "word of two rows", |w| w.assets[1].general.by_size.root -= Fp::ONE);
        refused_by(&case, "word of two rows", |w| w.assets[1].general.by_size.root += Fp::ONE);
        // An amount of the other sign.
        refused_by(&case, NO_LIMBS, |w| {
            w.assets[1].general.by_size.is_owed = Fp::ONE - honest.is_owed;
        });
        // Other rows: a size in another unit, another root, the other sign's step and divisor.
        let lines = case.market.lines().expect("provable").general().expect("general");
        let lines = &lines.assets[1].by_size;
        let other = usize::from(honest.is_owed == Fp::ZERO);
        let field = zkmargin_model::field::to_field;
        let step = &lines.step[other];
        refused_by(&case, "Lookup", |w| w.assets[1].general.by_size.held.slope = Fp::ZERO);
        refused_by(&case, "Lookup", |w| w.assets[1].general.by_size.radicand.slope -= Fp::ONE);
        refused_by(&case, "Lookup", |w| {
            w.assets[1].general.by_size.step.slope = field(&step.a);
            w.assets[1].general.by_size.step.last = field(&step.d) - Fp::ONE;
        });
        refused_by(&case, "Lookup", |w| {
            w.assets[1].general.by_size.from.slope = field(&lines.from[other]);
            w.assets[1].general.by_size.from.last = field(&lines.base[other]) - Fp::ONE;
        });
    }
}

/// What tiers give is wider than a rate may be, and is said to be one. A market with such a rate is refused, so the flag is
/// no instrument's either.
#[test]
fn a_wide_requirement_is_no_rate() {
    /// The row with the instrument's flag, after that of its terms.
    const CONVERSIONS: usize = 1;
    let mut case = general();
    case.positions[3] = position(7, 5_000_000, 0);
    let lie = |w: &mut CircuitWitness| w.positions[3].general.rows[CONVERSIONS].last = Fp::ONE;
    refused_by(&case, "a rate has no high end", lie);
    // A narrow one may be said to be a rate, but the instrument's row does not say so.
    case.positions[3] = position(7, 5, 0);
    refused_by(&case, "Lookup", lie);
    let mut witness = case.circuit_witness(XS);
    lie(&mut witness);
    let narrow = mock(case.kind(XS), &case.market, witness, &case.public()).unwrap_err();
    assert!(!narrow.contains("a rate has no high end"), "{narrow}");
}

/// A debt's weight is wider than it may be: the rule is undefined, and so is the circuit.
#[test]
fn a_debt_that_weighs_too_much_has_no_proof() {
    let [_, mut case] = large();
    let by_size = case.circuit_witness(XS).assets[1].general.by_size.clone();
    let public = case.public();
    case.balances[1].balance = int(-50_000_000_000_000_000_000);
    assert!(margin(&case.account(), &case.market).is_err());
    // The same debt at a market in which its size does not matter gives the other hints.
    let sized = case.market.clone();
    let mut terms = sized.terms().clone();
    let weight = SignedWeight::new(int(9_000), int(11_000), int(10_000), Rounding::Truncate);
    terms.assets[1].elements.weight = weight.map(SignedWeight::with_own);
    case.market = Market::new(terms).unwrap();
    let mut witness = case.circuit_witness(XS);
    let figures = margin(&case.account(), &case.market).unwrap();
    let amount = figures.assets[1].balance.clone();
    let held: num_bigint::BigInt = -amount * 100 / 7;
    let root = num_bigint::BigInt::sqrt(&(held * 10 + 1));
    let general = &mut witness.assets[1].general;
    general.by_size = SizeHint { root: zkmargin_model::field::to_field(&root), ..by_size };
    general.size_decides = Fp::ONE;
    let outcome = mock(case.kind(XS), &sized, witness, &public).expect_err("the lie was accepted");
    assert!(outcome.contains("a debt's weight has no high end"), "{outcome}");
    assert!(!outcome.contains("word of two rows"), "{outcome}");
}

/// Two isolated positions with a margin of their own.
fn books() -> Case {
    let mut case = case_of(Profile { isolated: Isolated::Compared, ..Profile::GENERAL });
    for position in &mut case.positions[..2] {
        position.book = Book::Isolated;
        position.entry -= int(1 << 80);
    }
    assert_eq!(case.mock(XS), Ok(()));
    case
}

#[test]
fn isolated_books() {
    let case = books();
    refused_by(&case, "cross is boolean", |w| w.positions[0].cross = Fp::from(2));
    // An isolated position in the cross book, a cross one out of it, and an empty slot in it.
    refused_by(&case, "Lookup", |w| w.positions[0].cross = Fp::ONE);
    refused_by(&case, "Lookup", |w| w.positions[2].cross = Fp::ZERO);
    refused_by(&case, "Lookup", |w| w.positions[7].cross = Fp::ONE);
    // Another key is another account, whatever its book is.
    refused_by(&case, "Permutation", |w| {
        w.positions[0].cross = Fp::ONE;
        w.positions[0].key += Fp::from(1 << 17);
    });
    // Units of another instrument, and none.
    let other = case.circuit_witness(XS).positions[3].general.units;
    refused_by(&case, "Lookup", |w| w.positions[0].general.units = other);
    refused_by(&case, "Lookup", |w| w.positions[0].general.units.slope = Fp::ZERO);
}

/// One unit of assigned margin decides, whatever the cross book has.
#[test]
fn a_book_meets_the_level_by_itself() {
    let mut case = books();
    let figures = margin(&case.account(), &case.market).unwrap();
    let book = figures.positions[0].isolated.clone().unwrap();
    let unit = case.market.terms().isolated_unit.clone().unwrap();
    // Three quarters of profit and loss settle, rounded towards zero; equality is not healthy.
    let spare: num_bigint::BigInt = (&book.equity - &book.requirement - 1) / unit;
    case.positions[0].entry += spare * 4 / 3;
    let mut verdicts = vec![];
    for _ in 0..8 {
        assert_eq!(case.mock(XS).is_ok(), case.native());
        verdicts.push(case.native());
        case.positions[0].entry += 1;
    }
    assert!(verdicts[0] && !verdicts[7], "{verdicts:?}");
}

/// What no circuit reads stays committed: a plain circuit opens no account with an own parameter.
#[test]
fn own_parameters_have_no_plain_proof() {
    let mut case = case();
    case.positions[0].own = 1;
    let witness = Witness {
        account: case.account(),
        secrets: case.secrets.clone(),
        margin_blinding: case.margin_blinding,
    };
    let figures = margin(&witness.account, &case.market).expect("figures");
    let made = CircuitWitness::new(XS, &case.market, &witness, &figures, &case.claim);
    assert_eq!(made, None);
    // A prover that leaves it out proves something of another account.
    let public = case.public();
    case.positions[0].own = 0;
    let outcome = mock(case.kind(XS), &case.market, case.circuit_witness(XS), &public);
    assert!(outcome.is_err());
}

/// The row of the first notional among a slot's own, which is that of filled asks.
const NOTIONAL: usize = 5;

fn orders() -> Case {
    let case = case_of(Profile { orders: true, ..Profile::GENERAL });
    assert_eq!(case.mock(XS), Ok(()));
    case
}

#[test]
fn orders_are_those_of_the_leaf() {
    let case = orders();
    // More, fewer or none: another second word.
    for change in [Fp::ONE, -Fp::ONE] {
        refused_by(&case, "Permutation", |w| w.positions[3].general.orders.bids += Fp::ONE);
        refused_by(&case, "Permutation", |w| w.positions[0].general.orders.asks += change);
        refused_by(&case, "Permutation", |w| w.positions[0].general.orders.count += change);
    }
    refused_by(&case, "Permutation", |w| w.positions[4].general.orders.count = Fp::ZERO);
    refused_by(&case, "Permutation", |w| {
        let count = w.positions[4].general.orders.count;
        // A part of one figure in another.
        w.positions[4].general.orders.count = count - Fp::ONE;
        w.positions[4].general.orders.asks += zkmargin_model::field::power_of_two(90);
    });
    refused_by(&case, "word of two rows", |w| {
        w.positions[0].general.orders.bids = -Fp::ONE;
    });
    refused_by(&case, "count is its limbs", |w| {
        w.positions[0].general.orders.count = Fp::from(1 << 18);
    });
    refused_by(&case, "an empty slot has no orders", |w| {
        w.positions[7].general.orders.count = Fp::ONE;
    });
    // Those of another position, and of another account.
    refused_by(&case, "Permutation", |w| {
        let [a, b] = [0, 1].map(|at| w.positions[at].general.orders.clone());
        w.positions[0].general.orders = OrdersHint { bids: b.bids, ..a };
    });
    let mut other = orders();
    other.orders[2].count += 1;
    let outcome = mock(case.kind(XS), &case.market, other.circuit_witness(XS), &case.public());
    assert!(outcome.expect_err("the lie was accepted").contains("Permutation"));
}

#[test]
fn the_larger_of_bids_and_asks_counts() {
    let case = orders();
    for at in 0..5 {
        let decides = case.circuit_witness(XS).positions[at].general.orders.bids_decide;
        refused_by(&case, NO_LIMBS, |w| {
            w.positions[at].general.orders.bids_decide = Fp::ONE - decides;
        });
        refused_by(&case, "is y is boolean", |w| {
            w.positions[at].general.orders.bids_decide = Fp::from(2);
        });
        for filled in 0..2 {
            let short = case.circuit_witness(XS).positions[at].general.orders.shorts[filled];
            refused_by(&case, NO_LIMBS, |w| {
                w.positions[at].general.orders.shorts[filled] = Fp::ONE - short;
            });
        }
    }
    // Each of both decides somewhere, and turns a position.
    let all = case.circuit_witness(XS).positions;
    let of = |f: fn(&OrdersHint) -> Fp| all[..5].iter().map(move |p| f(&p.general.orders));
    assert!(of(|o| o.bids_decide).any(|x| x == Fp::ONE));
    assert!(of(|o| o.bids_decide).any(|x| x == Fp::ZERO));
    assert!(of(|o| o.shorts[0]).zip(&all).any(|(x, p)| x != p.side));
    assert!(of(|o| o.shorts[1]).zip(&all).any(|(x, p)| x != p.side));
    // The notional of the other side, and another fee.
    let short = all[1].general.rows[NOTIONAL];
    refused_by(&case, "Lookup", |w| w.positions[0].general.orders.notional = short);
    refused_by(&case, "Lookup", |w| w.positions[0].general.rows[NOTIONAL] = short);
    refused_by(&case, "Lookup", |w| w.positions[0].general.orders.fee.slope -= Fp::ONE);
    let other = all[3].general.orders.fee;
    refused_by(&case, "Lookup", |w| w.positions[0].general.orders.fee = other);
}

/// Of equal notionals that of filled asks is taken, whose size is another.
#[test]
fn of_equal_notionals_asks_count() {
    let mut case = orders();
    let mut terms = case.market.terms().clone();
    terms.instruments[0].requirement =
        LinearStep::rounded(int(1), int(3), Rounding::Truncate, int(1)).unwrap();
    terms.instruments[0].elements.short = None;
    case.market = Market::new(terms).unwrap();
    // A third of 3 and of 5, rounded down.
    case.positions[0] = position(1, 4, 0);
    case.orders[0] = Orders { bids: 1u8.into(), asks: 1u8.into(), count: 2 };
    let figures = margin(&case.account(), &case.market).unwrap();
    // Of 10 * 3 + 1, in sevenths of 3.
    assert_eq!(figures.positions[0].variable, int(5 * 7 / 3));
    assert_eq!(case.mock(XS), Ok(()));
    refused_by(&case, NO_LIMBS, |w| w.positions[0].general.orders.bids_decide = Fp::ONE);
}

/// A size of zero is long, and there is one encoding of it.
#[test]
fn a_size_of_zero_is_long() {
    let case = orders();
    assert_eq!(case.positions[4].size, 0u8.into());
    // The key of a short of nothing is another, in a commitment that a venue could make of it.
    refused_by(&case, "a short has a size", |w| {
        w.positions[4].side = Fp::ONE;
        w.positions[4].key += Fp::ONE;
    });
    // As the record without orders has it: one less, and none of zero.
    refused_by(&case, "Permutation", |w| w.positions[0].size -= Fp::ONE);
    refused_by(&case, "word of two rows", |w| w.positions[4].size = -Fp::ONE);
    // The same key twice.
    refused_by(&case, "keys ascend", |w| {
        let [key, side] = [w.positions[2].key, w.positions[2].side];
        [w.positions[3].key, w.positions[3].side] = [key, side];
    });
}

/// What a record without orders opens is another leaf, and the other way round.
#[test]
fn records_with_and_without_orders_are_apart() {
    let (with, without) = (orders(), general());
    let witness = |case: &Case, account: Account| Witness {
        account,
        secrets: case.secrets.clone(),
        margin_blinding: case.margin_blinding,
    };
    for (case, account) in [(&with, without.account()), (&without, with.account())] {
        let figures = margin(&account, &case.market).expect("figures");
        let witness = witness(case, account);
        let made = CircuitWitness::new(XS, &case.market, &witness, &figures, &case.claim);
        assert_eq!(made, None);
    }
}

/// An isolated position pays the fees of its orders in its own book.
#[test]
fn fees_of_an_isolated_position() {
    let isolated = Isolated::Compared;
    let mut case = case_of(Profile { orders: true, isolated, ..Profile::GENERAL });
    case.positions[0].book = Book::Isolated;
    case.positions[0].entry -= int(1 << 80);
    assert_eq!(case.mock(XS), Ok(()));
    refused_by(&case, "Lookup", |w| w.positions[0].general.orders.fee.intercept = Fp::ZERO);
    let book = |case: &Case| {
        let figures = margin(&case.account(), &case.market).unwrap();
        (figures.positions[0].isolated.clone().unwrap(), figures.maintenance)
    };
    let (with, cross) = book(&case);
    case.orders[0].count -= 1;
    let (without, same) = book(&case);
    assert_eq!(with.requirement - &without.requirement, int(2_001));
    assert_eq!(cross, same);
    // Equity just covers it, and one order more does not.
    let unit = case.market.terms().isolated_unit.clone().unwrap();
    let spare: num_bigint::BigInt = (&without.equity - &without.requirement - 1) / unit;
    case.positions[0].entry += spare * 4 / 3;
    let mut verdicts = vec![];
    for _ in 0..8 {
        for count in [1, 2] {
            case.orders[0].count = count;
            assert_eq!(case.mock(XS).is_ok(), case.native());
            verdicts.push(case.native());
        }
        case.positions[0].entry += 1;
    }
    assert!(verdicts.contains(&true) && verdicts.contains(&false), "{verdicts:?}");
}

/// A notional of the entry: long at a price, and short.
fn entries() -> Case {
    let case = case_of(Profile { entry: true, ..Profile::GENERAL });
    assert_eq!(case.mock(XS), Ok(()));
    case
}

#[test]
fn an_entry_has_one_sign_and_magnitude() {
    let mut case = entries();
    // Long and short in one instrument at entries of either sign, and in another at one of 40.
    let signs =
        case.circuit_witness(XS).positions.into_iter().take(5).map(|p| p.general.entry.negative);
    let expected = [Fp::ZERO, Fp::ONE, Fp::ONE, Fp::ZERO, Fp::ZERO];
    assert_eq!(signs.collect::<Vec<_>>(), expected);
    for at in 0..5 {
        refused_by(&case, NO_LIMBS, |w| {
            let negative = w.positions[at].general.entry.negative;
            w.positions[at].general.entry.negative = Fp::ONE - negative;
        });
        refused_by(&case, "negative is boolean", |w| {
            w.positions[at].general.entry.negative = Fp::from(2);
        });
    }
    // A smaller magnitude, and a larger one for a claim of deficiency, are another entry: another account.
    for change in [Fp::ONE, -Fp::ONE] {
        refused_by(&case, "Permutation", |w| w.positions[0].entry += change);
    }
    // Zero is not negative.
    case.positions[4].entry = int(0);
    assert_eq!(case.mock(XS), Ok(()));
    refused_by(&case, NO_LIMBS, |w| w.positions[4].general.entry.negative = Fp::ONE);
    refused_by(&case, NO_LIMBS, |w| w.positions[7].general.entry.negative = Fp::ONE);
}

/// The size's notional where the entry's is required, and the other way round.
#[test]
fn the_instrument_says_what_a_notional_is_of() {
    let case = entries();
    for at in 0..5 {
        refused_by(&case, "Lookup", |w| {
            let flag = w.positions[at].general.entry.at_entry.slope;
            w.positions[at].general.entry.at_entry.slope = Fp::ONE - flag;
        });
    }
    let [at_entry, at_mark] =
        [0, 2].map(|at| case.circuit_witness(XS).positions[at].general.entry.at_entry);
    assert_ne!(at_entry, at_mark);
    refused_by(&case, "Lookup", |w| w.positions[0].general.entry.at_entry = at_mark);
}
