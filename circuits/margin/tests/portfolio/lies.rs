//! A lie in a hint is refused by the named constraint or lookup that is there to refuse it.

use crate::markets::{account, below_zero, lines, one_unit, whole};
use crate::model_support::{int, position, with};
use crate::support::{Case, mock};
use std::sync::LazyLock;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::PortfolioWitness;
use zkmargin_model::field::to_field;
use zkmargin_model::portfolio::{Market, Terms};

const RANGE: &str = "next row of a long word";
const LOOKUP: &str = "Lookup";
const COPY: &str = "Permutation";

fn healthy(terms: Terms, seed: u64, likely: f64, pages: usize) -> Case {
    let market = Market::new(terms).unwrap();
    Case::new(&market, account(&market, seed, likely), pages).with_equity(&(1u64 << 40).into(), 0)
}

/// Two units on two pages with room: a group each, the first of two positions at least.
static TWO_UNITS: LazyLock<Case> = LazyLock::new(|| {
    let mut terms = whole();
    // One group of unit 1 and the one of unit 2.
    terms.groups.retain(|g| g.id == 2 || g.id == 4);
    terms.instruments.retain(|i| i.group == 2 || i.group == 4);
    healthy(terms, 0, 0.9, 4)
});

/// A group on a full page and a second one.
static CONTINUED: LazyLock<Case> = LazyLock::new(|| {
    let mut terms = one_unit();
    terms.groups.retain(|g| g.id == 2);
    terms.instruments.retain(|i| i.group == 2);
    healthy(terms, 4, 0.6, 2)
});

static LINES: LazyLock<Case> = LazyLock::new(|| healthy(lines(), 2, 0.2, 2));

type Lie = (&'static str, fn(&mut PortfolioWitness));

fn refused(case: &Case, lies: &[Lie]) {
    let (tables, public) = (case.tables(), case.public());
    assert_eq!(mock(tables.clone(), case.shape, case.witness(), &public), Ok(()));
    for (at, (by, lie)) in lies.iter().enumerate() {
        let mut witness = case.witness();
        lie(&mut witness);
        assert_ne!(witness, case.witness(), "lie {at} is none");
        let failures = mock(tables.clone(), case.shape, witness, &public);
        let failures = failures.expect_err("accepted");
        assert!(failures.contains(by), "lie {at} is not refused by {by:?}: {failures}");
    }
}

fn two_to(exponent: u64) -> Fp {
    Fp::from(2).pow_vartime([exponent])
}

#[test]
fn of_a_position() {
    refused(
        &TWO_UNITS,
        &[
            ("used is boolean", |w| w.pages[0].slots[0].used = Fp::from(2)),
            ("an empty slot is zero", |w| w.pages[0].slots[0].used = Fp::ZERO),
            ("group = that of the page", |w| w.pages[0].slots[7].used = Fp::ONE),
            ("instruments ascend", |w| w.pages[3].slots[0].used = Fp::ONE),
            ("an empty slot is zero", |w| w.pages[0].slots[7].size = Fp::ONE),
            ("side is boolean", |w| w.pages[0].slots[0].side = Fp::from(2)),
            (LOOKUP, |w| {
                let slot = &mut w.pages[0].slots[0];
                slot.side = Fp::ONE - slot.side;
            }),
            // No slot reads a wider key, an empty one none.
            (LOOKUP, |w| w.pages[0].slots[0].key += two_to(59)),
            (LOOKUP, |w| {
                let slot = &mut w.pages[0].slots[7];
                slot.entry = Fp::ONE;
                slot.key = -two_to(189).invert().unwrap();
            }),
            (LOOKUP, |w| w.pages[0].slots[0].key += Fp::from(2)),
            (RANGE, |w| w.pages[0].slots[0].size = -Fp::ONE),
            (RANGE, |w| w.pages[0].slots[0].size = two_to(63)),
            // One more than the capacity's twenty bits hold.
            ("size of the capacity", |w| w.pages[0].slots[0].size = two_to(20) - Fp::ONE),
            (RANGE, |w| w.pages[0].slots[0].entry += two_to(99)),
            (COPY, |w| w.pages[0].slots[0].entry += Fp::ONE),
            ("instruments ascend", |w| w.pages[0].slots.swap(0, 1)),
            ("instruments ascend", |w| w.pages[0].slots[1] = w.pages[0].slots[0].clone()),
            ("empty slots of a page last", |w| w.pages[0].slots.swap(2, 6)),
        ],
    );
}

#[test]
fn of_terms() {
    let case = &TWO_UNITS;
    for term in 0..case.witness().pages[0].slots[0].terms.len() {
        let mut witness = case.witness();
        witness.pages[0].slots[0].terms[term] += Fp::ONE;
        let failures = mock(case.tables(), case.shape, witness, &case.public());
        assert!(failures.expect_err("accepted").contains(LOOKUP), "term {term}");
    }
    refused(
        case,
        &[
            (LOOKUP, |w| w.pages[0].slots[0].terms = w.pages[0].slots[1].terms.clone()),
            ("code is a settle group", |w| w.pages[0].slots[0].terms[5] = Fp::from(4)),
        ],
    );
}

#[test]
fn of_a_strike() {
    refused(
        &TWO_UNITS,
        &[
            ("same strike is boolean", |w| w.pages[0].slots[1].same_strike = Fp::from(2)),
            // The first two positions are a call and a put of one strike, the third is of another.
            ("other strikes differ", |w| w.pages[0].slots[1].same_strike = Fp::ZERO),
            ("same strikes are equal", |w| w.pages[0].slots[2].same_strike = Fp::ONE),
            ("short is boolean", |w| w.pages[0].slots[0].short = Fp::from(2)),
            (RANGE, |w| {
                let short = &mut w.pages[0].slots[0].short;
                *short = Fp::ONE - *short;
            }),
            // Zero is not negative.
            (RANGE, |w| w.pages[0].slots[7].short = Fp::ONE),
        ],
    );
}

#[test]
fn of_a_page() {
    refused(
        &TWO_UNITS,
        &[
            (COPY, |w| w.pages[0].used = Fp::ZERO),
            (COPY, |w| w.pages[0].full = Fp::ONE),
            ("empty pages last", |w| w.pages.swap(1, 2)),
            ("groups ascend", |w| w.pages.swap(0, 1)),
            ("units ascend", |w| w.pages.swap(0, 1)),
            ("an empty page has no group", |w| w.pages[3].group = w.pages[1].group),
            (LOOKUP, |w| w.pages[0].group[2] += Fp::ONE),
            ("group = that of the page", |w| w.pages[0].group = w.pages[1].group),
            ("continues is boolean", |w| w.pages[1].continues = Fp::from(2)),
            ("a page that continues has the group above", |w| w.pages[1].continues = Fp::ONE),
            ("a page continues a full one", |w| w.pages[1].continues = Fp::ONE),
            ("an empty page continues nothing", |w| w.pages[3].continues = Fp::ONE),
            ("same unit is boolean", |w| w.pages[1].same_unit = Fp::from(2)),
            ("same units are equal", |w| w.pages[1].same_unit = Fp::ONE),
            ("an empty page is of no unit", |w| w.pages[3].same_unit = Fp::ONE),
        ],
    );
    refused(
        &CONTINUED,
        &[
            ("a page that does not continue has another group", |w| {
                w.pages[1].continues = Fp::ZERO;
            }),
            ("other units differ", |w| w.pages[1].same_unit = Fp::ZERO),
        ],
    );
}

#[test]
fn of_sums() {
    refused(
        &TWO_UNITS,
        &[
            ("cell - entries = sum + 2^127 rest", |w| w.pages[0].sums[0].sum += Fp::ONE),
            ("negative is boolean", |w| w.pages[0].sums[0].negative = Fp::from(2)),
            (RANGE, |w| {
                let negative = &mut w.pages[0].sums[0].negative;
                *negative = Fp::ONE - *negative;
            }),
            // A carry from one sum of a cell into the other.
            (RANGE, |w| {
                w.pages[0].sums[4].sum += two_to(127);
                w.pages[0].sums[0].sum -= Fp::ONE;
            }),
            (RANGE, |w| {
                let negative = &mut w.pages[0].sums[1].loss_negative;
                *negative = Fp::ONE - *negative;
            }),
        ],
    );
}

/// Of units and group scans: a largest loss that is too low or too high.
#[test]
fn of_the_largest() {
    refused(
        &TWO_UNITS,
        &[
            (RANGE, |w| w.pages[0].unit.scan -= Fp::ONE),
            (COPY, |w| w.pages[0].unit.scan += Fp::ONE),
            (RANGE, |w| w.pages[1].unit.scan -= Fp::ONE),
            (COPY, |w| w.pages[1].unit.scan += Fp::ONE),
            (RANGE, |w| w.pages[0].unit.requirement -= Fp::ONE),
            (COPY, |w| w.pages[0].unit.requirement += Fp::ONE),
            (RANGE, |w| w.pages[0].scans[0] -= Fp::ONE),
            (COPY, |w| w.pages[0].scans[0] += Fp::ONE),
            // A page on which no unit ends has no scan.
            (COPY, |w| w.pages[3].unit.scan = Fp::ONE),
            (RANGE, |w| {
                let negative = &mut w.pages[0].unit.negative[0];
                *negative = Fp::ONE - *negative;
            }),
        ],
    );
    refused(
        &CONTINUED,
        &[
            (RANGE, |w| w.pages[1].unit.scan -= Fp::ONE),
            (COPY, |w| w.pages[1].unit.scan += Fp::ONE),
            // Sums so far have no scan.
            (COPY, |w| w.pages[0].scans[0] = Fp::ONE),
        ],
    );
}

/// The floor is 100,000 below zero, in fifths, and so much more is offset: nothing is required, and not less.
#[test]
fn of_a_requirement_below_zero() {
    let market = Market::new(below_zero()).unwrap();
    let case = Case::new(&market, with(0, vec![position(40, -100, 0)]), 2);
    assert_eq!(case.figures().units[0].floors[0].amount, int(-100_000));
    assert_eq!(case.figures().requirement, int(0));
    refused(
        &case,
        &[
            (RANGE, |w| w.pages[0].unit.requirement = to_field(&int(-500_000))),
            (RANGE, |w| w.pages[0].unit.requirement = -Fp::ONE),
            (COPY, |w| w.pages[0].unit.requirement = Fp::ONE),
        ],
    );
}

#[test]
fn of_a_line() {
    refused(
        &LINES,
        &[
            (LOOKUP, |w| w.pages[0].unit.lines[0].slope += Fp::ONE),
            (LOOKUP, |w| w.pages[0].unit.lines[0].intercept += Fp::ONE),
            (LOOKUP, |w| w.pages[0].unit.lines[1].lo -= Fp::ONE),
            (LOOKUP, |w| w.pages[0].unit.lines[1].hi += Fp::ONE),
        ],
    );
}

/// A row of the table is there, but of another kind: without its kind, a page could take a bracket's row as its group's.
#[test]
fn of_a_row_of_another_kind() {
    refused(
        &LINES,
        &[(LOOKUP, |w| {
            let mut lines = w.pages.iter().flat_map(|page| page.unit.lines.iter().zip(1u64..));
            let (line, key) = lines.find(|(line, _)| line.hi != Fp::ZERO).expect("it counts");
            let row = [Fp::from(key), line.lo, line.hi, line.slope, line.intercept];
            let rest = [Fp::ZERO; 5];
            w.pages[0].group = std::array::from_fn(|at| *row.iter().chain(&rest).nth(at).unwrap());
        })],
    );
}

#[test]
fn of_assets_and_the_claim() {
    refused(
        &LINES,
        &[
            (COPY, |w| w.assets[0].balance += Fp::ONE),
            (LOOKUP, |w| w.assets[1].settles = Fp::ZERO),
            (COPY, |w| w.leaf[0] += Fp::ONE),
            (COPY, |w| w.leaf[1] += Fp::ONE),
            (COPY, |w| w.leaf[2] += Fp::ONE),
            (COPY, |w| w.leaf[3] += Fp::ONE),
            (COPY, |w| w.margin_blinding += Fp::ONE),
            (COPY, |w| w.level += Fp::ONE),
            (COPY, |w| w.floor += Fp::ONE),
        ],
    );
}
