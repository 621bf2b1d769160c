//! Whole forged witnesses: what must refuse each does, and nothing else is wrong with it.

use crate::forger::{Forged, ForgedPage, forge};
use crate::markets::{one_unit, whole};
use crate::model_support::{position, with};
use crate::support::{Case, mock};
use zkmargin_model::portfolio::{Market, Terms, pages, slot_key};
use zkmargin_model::rule::Position;

const RICH: i64 = 1 << 50;

fn case(terms: Terms, sizes: &[(u32, i64)], pages: usize) -> Case {
    let market = Market::new(terms).unwrap();
    let positions = sizes.iter().map(|(id, size)| position(*id, *size, 0)).collect();
    Case::new(&market, with(RICH, positions), pages)
}

/// The honest layout.
fn honest(case: &Case) -> Vec<ForgedPage> {
    let terms = case.market.terms();
    let unit = |group: u32| terms.group(group).unwrap().unit;
    let held = pages(&case.account, terms).unwrap();
    let page = |(p, page): (usize, &zkmargin_model::portfolio::Page<'_>)| {
        let above = p.checked_sub(1).map(|above| held[above].group);
        ForgedPage {
            group: page.group,
            positions: page.positions.to_vec(),
            continues: above == Some(page.group),
            same_unit: above.is_some_and(|above| unit(above) == unit(page.group)),
        }
    };
    held.iter().enumerate().map(page).collect()
}

fn names(case: &Case, forged: Forged) -> Vec<String> {
    let refused = mock(case.tables(), case.shape, forged.witness, &forged.public);
    let Err(refused) = refused else { return Vec::new() };
    // `Constraint 3 ('its name') in gate ..`
    let name = |line: &str| line.split('\'').nth(1).unwrap_or(line).to_owned();
    refused.lines().map(name).collect()
}

/// A layout of two units.
fn two_units() -> Case {
    case(whole(), &[(10, 2), (20, -3), (21, 1), (30, 4), (40, 5)], 6)
}

/// Sixteen of one group, three of others.
fn long_group() -> Case {
    let mut sizes: Vec<(u32, i64)> =
        (0..16).map(|at| (200 + at, [-2, 3, -1][at as usize % 3])).collect();
    sizes.insert(0, (101, 2));
    sizes.extend([(300, -1), (400, 1)]);
    case(one_unit(), &sizes, 6)
}

fn position_of(pages: &[ForgedPage], page: usize, slot: usize) -> Position {
    pages[page].positions[slot].clone()
}

#[test]
fn the_honest_layout_is_accepted() {
    for case in [two_units(), long_group()] {
        let forged = forge(&case, &honest(&case));
        assert_eq!(forged.requirement, case.figures().requirement);
        assert_eq!(names(&case, forged), Vec::<String>::new());
    }
}

#[test]
fn a_unit_split_in_two() {
    let case = two_units();
    let mut pages = honest(&case);
    // Unit 1, unit 2, unit 1 again.
    pages.swap(2, 3);
    (pages[2].same_unit, pages[3].same_unit) = (false, false);
    let refused = ["groups ascend", "instruments ascend", "units ascend"];
    let mut by = names(&case, forge(&case, &pages));
    by.sort();
    assert_eq!(by, refused);

    let mut pages = honest(&case);
    pages[1].same_unit = false;
    let forged = forge(&case, &pages);
    assert_ne!(forged.requirement, case.figures().requirement);
    assert_eq!(names(&case, forged), ["other units differ"]);
}

#[test]
fn two_units_as_one() {
    let case = two_units();
    let mut pages = honest(&case);
    pages[3].same_unit = true;
    let forged = forge(&case, &pages);
    assert!(forged.requirement < case.figures().requirement, "the lie would pay");
    assert_eq!(names(&case, forged), ["same units are equal"]);
}

#[test]
fn a_page_that_claims_to_continue() {
    let case = long_group();
    let mut pages = honest(&case);
    // The page above is full, so only its group is another.
    pages[3].continues = true;
    assert_eq!(names(&case, forge(&case, &pages)), ["a page that continues has the group above"]);
}

#[test]
fn a_group_in_two_parts() {
    let case = long_group();
    let mut pages = honest(&case);
    pages[2].continues = false;
    let forged = forge(&case, &pages);
    assert_ne!(forged.requirement, case.figures().requirement);
    assert_eq!(names(&case, forged), ["a page that does not continue has another group"]);
}

/// A call and a put of one strike, with a gap between them.
#[test]
fn a_strike_pair_split_by_a_gap() {
    let case = long_group();
    let mut pages = honest(&case);
    let moved = pages[1].positions.pop().unwrap();
    let last = pages[2].positions.pop().unwrap();
    pages[2].positions.insert(0, moved);
    let next = ForgedPage { positions: vec![last], ..pages[2].clone() };
    pages.insert(3, next);
    let forged = forge(&case, &pages);
    assert!(forged.requirement > case.figures().requirement, "charged apart");
    assert_eq!(names(&case, forged), ["a page continues a full one"]);
}

/// A pair of one strike on both sides of a border is charged as one, by the rule and by the circuit.
#[test]
fn a_strike_pair_on_two_pages() {
    let mut sizes: Vec<(u32, i64)> = (1..8).map(|at| (200 + at, 1)).collect();
    // 208 and 209 are a pair; eight slots end with 208.
    sizes.extend([(208, -5), (209, 5)]);
    let case = case(one_unit(), &sizes, 4);
    assert!(case.figures().strikes.is_empty());
    assert_eq!(case.mock(), Ok(()));
    let mut witness = case.witness();
    let second = honest(&case)[1].positions[0].clone();
    let contract = case.market.terms().instrument(second.instrument).unwrap().contract;
    assert_eq!(witness.pages[1].slots[0].key, slot_key(&second, contract).into());
    witness.pages[1].slots[0].same_strike = 0u64.into();
    let refused = mock(case.tables(), case.shape, witness, &case.public()).unwrap_err();
    assert!(refused.contains("other strikes differ"), "{refused}");
}

#[test]
fn a_foreign_slot_in_a_page() {
    let case = two_units();
    let mut pages = honest(&case);
    // The option of group 3 is summed with those of group 2.
    let foreign = pages[2].positions.remove(0);
    pages[1].positions.push(foreign);
    pages.remove(2);
    assert_eq!(names(&case, forge(&case, &pages)), ["group = that of the page"]);
}

#[test]
fn a_position_counted_twice_or_out_of_order() {
    let case = long_group();
    let mut pages = honest(&case);
    let again = position_of(&pages, 1, 7);
    pages[2].positions[0] = again;
    assert_eq!(names(&case, forge(&case, &pages)), ["instruments ascend"]);

    let mut pages = honest(&case);
    let (first, second) = (pages[1].positions.clone(), pages[2].positions.clone());
    (pages[1].positions, pages[2].positions) = (second, first);
    assert_eq!(names(&case, forge(&case, &pages)), ["instruments ascend"]);
}

#[test]
fn a_gap_between_pages() {
    let case = long_group();
    let mut pages = honest(&case);
    pages.insert(
        3,
        ForgedPage { group: 0, positions: Vec::new(), continues: false, same_unit: false },
    );
    let by = names(&case, forge(&case, &pages));
    assert!(by.contains(&"empty pages last".to_owned()), "{by:?}");
}
