//! One generator for every clause of the statement. Each changes a valid draft; some of its changes
//! leave it valid.

use super::draft::{Draft, two_to};
use num_bigint::{BigInt, BigUint, Sign};
use rand::RngExt;
use rand::rngs::StdRng;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::{AssetHint, PositionHint};
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_model::claim::Claim;
use zkmargin_model::field::to_field;
use zkmargin_model::rule::{Account, Book, BracketRow, Position, PositionName, margin_naming};

type Change = fn(&mut Draft, &mut StdRng);

/// Every clause.
pub const CLAUSES: [(&str, Change); 27] = [
    ("size width", size),
    ("entry width", entry),
    ("balance width", balance),
    ("key width", key),
    ("lower side of a tier", tier_below),
    ("upper side of a tier", tier_above),
    ("tier of another table", tier_elsewhere),
    ("side of a haircut bracket", haircut_row),
    ("haircut of another asset", haircut_elsewhere),
    ("terms of another instrument", terms),
    ("side of a position", side),
    ("order of positions", position_order),
    ("order of assets", asset_order),
    ("an empty slot is empty", empty_slot),
    ("used flag", used),
    ("empty slots come last", hole),
    ("settle group of a position", group),
    ("settle group of an asset", asset_group),
    ("profit and loss is included", left_out),
    ("haircut after profit and loss", haircut_first),
    ("every slot is committed", committed),
    ("claim level", level),
    ("claim direction", direction),
    ("an isolated book", isolated_book),
    ("a named position", named_position),
    ("claim floor", floor),
    ("registry, pseudonym and nullifier", other_public_inputs),
];

/// Index of a used position; the first where there is none, which is then empty.
fn some_position(draft: &Draft, rng: &mut StdRng) -> usize {
    rng.random_range(0..draft.account.positions().len().max(1))
}

fn some_asset(draft: &Draft, rng: &mut StdRng) -> usize {
    rng.random_range(0..draft.account.balances().len())
}

fn pick<T: Clone>(rng: &mut StdRng, of: &[T]) -> T {
    of[rng.random_range(0..of.len())].clone()
}

fn row_hint(row: &BracketRow) -> BracketHint {
    let [lo, hi, slope, intercept] = [&row.lo, &row.hi, &row.slope, &row.intercept].map(to_field);
    BracketHint { lo, hi, slope, intercept, ..BracketHint::ZERO }
}

fn size(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_position(draft, rng);
    let word = draft.witness.positions[i].size;
    draft.witness.positions[i].size = pick(
        rng,
        &[two_to(90) - Fp::ONE, two_to(90), two_to(200), -Fp::ONE, word + Fp::ONE, Fp::ZERO],
    );
    draft.rehint();
}

fn entry(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_position(draft, rng);
    let word = draft.witness.positions[i].entry;
    draft.witness.positions[i].entry =
        pick(rng, &[two_to(99) - Fp::ONE, two_to(99), -Fp::ONE, word + Fp::ONE, word + two_to(99)]);
    draft.rehint();
}

fn balance(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_asset(draft, rng);
    let word = draft.witness.assets[i].balance;
    draft.witness.assets[i].balance = pick(
        rng,
        &[two_to(99) - Fp::ONE, two_to(99), -Fp::ONE, word + Fp::ONE, word + two_to(120)],
    );
    draft.rehint();
}

fn key(draft: &mut Draft, rng: &mut StdRng) {
    if rng.random_bool(0.5) {
        let i = some_position(draft, rng);
        let key = draft.witness.positions[i].key;
        let keys = [two_to(18), key + two_to(18), key + Fp::from(2), -key, Fp::ZERO];
        draft.witness.positions[i].key = pick(rng, &keys);
    } else {
        let i = some_asset(draft, rng);
        let key = draft.witness.assets[i].key;
        let keys = [two_to(18), key + two_to(18), key + Fp::ONE, Fp::ZERO];
        draft.witness.assets[i].key = pick(rng, &keys);
    }
    draft.rehint();
}

/// The row beside the one that holds the notional.
fn neighbour(draft: &mut Draft, rng: &mut StdRng, below: bool) {
    let i = some_position(draft, rng);
    let Some(position) = draft.account.positions().get(i) else { return };
    let terms = draft.market.instrument(position.instrument).unwrap();
    let rows = draft.market.terms().tiers[terms.tiers].rows();
    let row = draft.figures().positions[i].row;
    let other = if below { row.checked_sub(1) } else { Some(row + 1) };
    if let Some(other) = other.and_then(|other| rows.get(other)) {
        draft.witness.positions[i].bracket = row_hint(other);
    }
}

fn tier_below(draft: &mut Draft, rng: &mut StdRng) {
    neighbour(draft, rng, true);
}

fn tier_above(draft: &mut Draft, rng: &mut StdRng) {
    neighbour(draft, rng, false);
}

fn tier_elsewhere(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_position(draft, rng);
    let table = rng.random_range(0..2);
    let rows = draft.market.terms().tiers[table].rows();
    draft.witness.positions[i].bracket = row_hint(&pick(rng, rows));
    if rng.random_bool(0.5) {
        draft.witness.positions[i].terms[3] = Fp::from(table as u64 + 1);
    }
}

fn haircut_row(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_asset(draft, rng);
    let asset = draft.account.balances()[i].asset;
    let rows = draft.market.asset(asset).unwrap().rows_by_balance();
    draft.witness.assets[i].bracket = row_hint(&pick(rng, &rows));
}

fn haircut_elsewhere(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_asset(draft, rng);
    let other = pick(rng, &[1, 2, 5]);
    let rows = draft.market.asset(other).unwrap().rows_by_balance();
    draft.witness.assets[i].bracket = row_hint(&pick(rng, &rows));
}

fn terms(draft: &mut Draft, rng: &mut StdRng) {
    let (i, j) = (some_position(draft, rng), some_position(draft, rng));
    if rng.random_bool(0.5) {
        draft.witness.positions[i].terms = draft.witness.positions[j].terms;
    } else {
        let term = rng.random_range(0..4);
        draft.witness.positions[i].terms[term] += pick(rng, &[Fp::ONE, -Fp::ONE]);
    }
}

fn side(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_position(draft, rng);
    let side = draft.witness.positions[i].side;
    draft.witness.positions[i].side = pick(rng, &[Fp::ONE - side, Fp::from(2), -Fp::ONE]);
    if rng.random_bool(0.3) {
        // With its key: the other side of the same instrument, a valid account unless it is held.
        let used = draft.witness.positions[i].used;
        draft.witness.positions[i].side = (Fp::ONE - side) * used;
        draft.witness.positions[i].key += (Fp::ONE - side.double()) * used;
        draft.rehint();
    }
}

fn position_order(draft: &mut Draft, rng: &mut StdRng) {
    let (i, j) = (some_position(draft, rng), some_position(draft, rng));
    if rng.random_bool(0.5) {
        draft.witness.positions.swap(i, j);
    } else {
        draft.witness.positions[i] = draft.witness.positions[j].clone();
    }
}

fn asset_order(draft: &mut Draft, rng: &mut StdRng) {
    let (i, j) = (some_asset(draft, rng), some_asset(draft, rng));
    if rng.random_bool(0.5) {
        draft.witness.assets.swap(i, j);
    } else {
        draft.witness.assets[i] = draft.witness.assets[j].clone();
    }
}

fn empty_slot(draft: &mut Draft, rng: &mut StdRng) {
    let small = Fp::from(rng.random_range(0..3));
    if rng.random_bool(0.5) {
        let slot = draft.witness.positions.last_mut().unwrap();
        if slot == &PositionHint::empty() {
            let words =
                [&mut slot.size, &mut slot.entry, &mut slot.key, &mut slot.side, &mut slot.code];
            let which = rng.random_range(0..5);
            *words.into_iter().nth(which).unwrap() = small;
        }
    } else {
        let slot = draft.witness.assets.last_mut().unwrap();
        assert_eq!(slot, &AssetHint::empty());
        let words = [&mut slot.balance, &mut slot.key, &mut slot.settles, &mut slot.code];
        let which = rng.random_range(0..4);
        *words.into_iter().nth(which).unwrap() = small;
    }
}

fn used(draft: &mut Draft, rng: &mut StdRng) {
    let flag = pick(rng, &[Fp::ZERO, Fp::ONE, Fp::from(2), -Fp::ONE]);
    if rng.random_bool(0.5) {
        let slots = draft.witness.positions.len();
        draft.witness.positions[rng.random_range(0..slots)].used = flag;
    } else {
        let slots = draft.witness.assets.len();
        draft.witness.assets[rng.random_range(0..slots)].used = flag;
    }
}

fn hole(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_position(draft, rng);
    if rng.random_bool(0.5) {
        draft.witness.positions[i] = PositionHint::empty();
    } else {
        let i = some_asset(draft, rng);
        draft.witness.assets[i] = AssetHint::empty();
    }
    draft.rehint();
}

fn group(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_position(draft, rng);
    draft.witness.positions[i].code = Fp::from(rng.random_range(0..6));
}

fn asset_group(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_asset(draft, rng);
    draft.witness.assets[i].code = Fp::from(rng.random_range(0..6));
    draft.witness.assets[i].settles = Fp::from(rng.random_range(0..3));
}

/// The asset in which a group settles is not listed.
fn left_out(draft: &mut Draft, rng: &mut StdRng) {
    let i = some_asset(draft, rng);
    draft.witness.assets.remove(i);
    draft.witness.assets.push(AssetHint::empty());
    draft.rehint();
}

/// A floor between equity and what it would be if profit and loss escaped the haircut.
fn haircut_first(draft: &mut Draft, rng: &mut StdRng) {
    let equity = draft.figures().equity;
    let more = BigInt::from(rng.random_range(-2..1_000_000));
    let floor = (equity + more).max(BigInt::from(0)).to_biguint().unwrap();
    draft.claim(0, floor);
}

fn committed(draft: &mut Draft, rng: &mut StdRng) {
    draft.own_commitments = false;
    if rng.random_bool(0.3) {
        return;
    }
    if rng.random_bool(0.5) {
        let i = some_position(draft, rng);
        let used = draft.witness.positions[i].used;
        draft.witness.positions[i].entry += used;
    } else if rng.random_bool(0.8) {
        let i = some_asset(draft, rng);
        draft.witness.assets[i].balance += Fp::ONE;
    } else {
        let i = rng.random_range(1..4);
        draft.witness.leaf[i] += Fp::ONE;
    }
    draft.rehint();
}

/// The last level that equity covers, and the next.
fn level(draft: &mut Draft, rng: &mut StdRng) {
    let figures = draft.figures();
    if figures.maintenance.sign() != Sign::Plus || figures.equity.sign() == Sign::Minus {
        draft.claim(0, BigUint::from(0u8));
        return;
    }
    let level: BigInt = figures.equity * 10_000 / figures.maintenance;
    let level = u32::try_from(level).unwrap_or(u32::MAX).min((1 << 17) - 2);
    draft.claim(level + rng.random_range(0..2), BigUint::from(0u8));
}

/// The same, and that they are not met; now and then with another direction in the witness than in the statement.
fn direction(draft: &mut Draft, rng: &mut StdRng) {
    level(draft, rng);
    draft.deficiency(draft.public.claim.level_bps());
    if rng.random_bool(0.2) {
        draft.witness.deficient = Fp::ZERO;
    }
}

/// The last entry with which the claim's level holds in every isolated book, and the next.
fn isolated_book(draft: &mut Draft, rng: &mut StdRng) {
    draft.claim(10_000, BigUint::from(0u8));
    let isolated = |p: &Position| p.book == Book::Isolated;
    let Some(at) = draft.account.positions().iter().position(isolated) else { return };
    let meets = |entry: &BigInt| {
        let mut positions = draft.account.positions().to_vec();
        positions[at].entry = entry.clone();
        let balances = draft.account.balances().to_vec();
        let account = match (draft.account.orders(), draft.account.allocations()) {
            (None, _) => Account::new(positions, balances),
            (Some(orders), None) => {
                let orders = orders.iter().cloned();
                Account::with_orders(positions.into_iter().zip(orders).collect(), balances)
            }
            (Some(orders), Some(of)) => {
                let slots = positions.into_iter().zip(orders.iter().cloned()).zip(of);
                let slots = slots.map(|((p, orders), of)| (p, orders, *of));
                Account::with_allocations(slots.collect(), balances)
            }
        };
        let account = account.unwrap();
        let books = margin_naming(&account, &draft.market, draft.public.position).unwrap();
        // Also one that the claim leaves out.
        let book = books.positions[at].isolated.clone().expect("isolated");
        book.equity > book.requirement
    };
    let [mut healthy, mut short]: [BigInt; 2] = [-1, 1].map(|sign| BigInt::from(sign) << 60);
    while short.clone() - &healthy > BigInt::from(1) {
        let middle = (healthy.clone() + &short) / 2;
        if meets(&middle) { healthy = middle } else { short = middle }
    }
    let entry = if rng.random_bool(0.5) { healthy } else { short } + rng.random_range(0..2);
    draft.witness.positions[at].entry = to_field(&(entry + (BigInt::from(1) << 98)));
    draft.rehint();
}

/// Another position that the claim names, in the statement, in the witness or in both: held or not, isolated or not; or a flag
/// in another slot.
fn named_position(draft: &mut Draft, rng: &mut StdRng) {
    let Some(name) = draft.public.position else { return };
    let i = some_position(draft, rng);
    let key = draft.account.positions()[i].key();
    let key = pick(rng, &[key, key ^ 1, name.key() ^ 1, name.key()]);
    let other = PositionName::of_key(key).unwrap_or(name);
    match rng.random_range(0..4) {
        0 => draft.public.position = Some(other),
        1 => draft.witness.name = Fp::from(u64::from(key)),
        2 => {
            draft.public.position = Some(other);
            draft.witness.name = Fp::from(u64::from(other.key()));
            let honest = draft.witness.clone();
            draft.rehint();
            // A position that is not held has no honest witness.
            if draft.witness == honest {
                draft.witness.positions.iter_mut().for_each(|p| p.named = Fp::ZERO);
                draft.witness.positions[i].named = Fp::ONE;
            }
        }
        _ => draft.witness.positions[i].named += Fp::ONE,
    }
}

fn floor(draft: &mut Draft, rng: &mut StdRng) {
    let equity = draft.figures().equity.to_biguint().unwrap_or_default();
    let floor = equity + BigUint::from(rng.random_range(0..2u8));
    draft.claim(0, floor);
}

fn other_public_inputs(draft: &mut Draft, rng: &mut StdRng) {
    match rng.random_range(0..7) {
        0 => draft.public.registry += Fp::ONE,
        1 => draft.public.pseudonym = Fp::ONE,
        2 => draft.public.nullifier = Fp::ONE,
        3 => draft.public.claim = moved(&draft.public.claim, 1, 0),
        4 => draft.public.claim = moved(&draft.public.claim, 0, 1),
        5 => draft.public.claim = Claim::deficiency(draft.public.claim.level_bps()).unwrap(),
        _ => (),
    }
}

fn moved(claim: &Claim, level: u32, floor: u8) -> Claim {
    Claim::with_floor(
        claim.level_bps() + level,
        (claim.floor().amount() + BigInt::from(floor)).into(),
    )
    .unwrap()
}
