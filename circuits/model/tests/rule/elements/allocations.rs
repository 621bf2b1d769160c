//! Allocations of isolated positions: books by hand, what a record of them can hold, and how it is committed.

use crate::support::{account, balance, int, position, power, terms};
use num_traits::One;
use pasta_curves::Fp;
use zkmargin_model::commitment::{AccountSecrets, account_commitment};
use zkmargin_model::poseidon::{self, Tag};
use zkmargin_model::rule::{
    Account, AccountError, Book, Books, BracketRow, BracketedLinear, Debts, Isolated, LinearStep,
    Market, MarketError, MarketTerms, Orders, Position, Profile, Rounding, RuleError, Side,
    SignedStep, SignedWeight, Variable, margin,
};
use zkmargin_model::widths::{ALLOCATION_BITS, MAX_ASSETS, MAX_POSITIONS, NARROW_ORDERS_BITS};

fn floor(num: i64, den: i64) -> LinearStep {
    LinearStep::rounded(int(num), int(den), Rounding::Floor, int(1)).expect("positive")
}

fn by_sign(positive: LinearStep, negative: LinearStep) -> SignedStep {
    SignedStep::new(positive, negative).expect("not negative")
}

fn in_full(slope: i64) -> BracketedLinear {
    let row = BracketRow { lo: -power(125), hi: power(125), slope: int(slope), intercept: int(0) };
    BracketedLinear::new(Variable::Value, vec![row]).expect("a row")
}

/// Results settle in assets that count in full; what is assigned is of asset 6, which bears interest.
fn allocated() -> MarketTerms {
    let mut terms = terms();
    for asset in &mut terms.assets {
        asset.collateral = in_full(10);
    }
    let of = &mut terms.assets[2];
    of.elements.amount = Some(by_sign(floor(21, 20), floor(6, 5)));
    of.collateral = in_full(1);
    of.elements.value = vec![by_sign(floor(7, 3), floor(8, 3))];
    for instrument in &mut terms.instruments {
        instrument.elements.order_fee = Some(int(7));
    }
    let weights = by_sign(floor(9, 10), floor(11, 10));
    terms.instruments[1].elements.result = vec![weights];
    terms.isolated_unit = Some(int(10));
    terms.allocation_asset = Some(6);
    terms
}

fn isolated(instrument: u32, side: Side, size: u64, entry: i64) -> Position {
    Position { book: Book::Isolated, ..position(instrument, side, size, entry) }
}

fn made(positions: Vec<(Position, Orders, u64)>) -> Account {
    let balances = vec![balance(1, 40), balance(5, 0)];
    Account::with_allocations(positions, balances).expect("account")
}

/// An allocation of 101 is an amount of 106, worth 212 at 2 and 494 after its step. Four at 20 that cost 60 gain 20, of which
/// nine tenths are 18, worth 540 at 3 in full of 10. Each order requires 7, and what four require is 3 for each unit of them.
#[test]
fn a_book_by_hand() {
    let market = Market::new(allocated()).expect("market");
    let orders = Orders { count: 2, ..Orders::default() };
    let held = isolated(4, Side::Long, 4, 60);
    let figures = margin(&made(vec![(held, orders, 101)]), &market).expect("figures");
    let [position] = &figures.positions[..] else { panic!("one position") };
    let book = position.isolated.as_ref().expect("isolated");
    assert_eq!((&position.pnl, &position.result), (&int(20), &int(18)));
    assert_eq!(book.equity, int(494 + 18 * 3 * 10));
    // By quantity: 3 * 4 at 21, and the fees, both converted at 4.
    assert_eq!((&position.amount, &book.requirement), (&int(3 * 4 * 21 + 14), &int(266 * 4)));
    assert_eq!((figures.equity, figures.maintenance), (int(40 * 3 * 10), int(0)));
}

/// Whatever is assigned and gained or lost, the book is that of an account which has the position and what is assigned
/// alone: also where losses are required and not negative, and where it settles in what is assigned.
#[test]
fn a_book_is_that_of_an_account_of_its_own() {
    let plain = allocated();
    let mut required = allocated();
    required.assets[0].elements.debts = Debts { required: true, charge: vec![floor(1, 7)] };
    let mut own_asset = allocated();
    own_asset.allocation_asset = Some(1);
    own_asset.assets[0].elements = own_asset.assets[2].elements.clone();
    let weighed = SignedWeight::new(int(8), int(12), int(10), Rounding::Truncate);
    own_asset.assets[0].elements.weight = weighed;
    for terms in [plain, required, own_asset] {
        let assigned = terms.allocation_asset.expect("an asset");
        let market = Market::new(terms).expect("market");
        for (allocation, entry) in [(0, 60), (101, 60), (101, 400), (1, 81), (977, -3)] {
            for orders in [0, 3].map(|count| Orders { count, ..Orders::default() }) {
                let held = isolated(4, Side::Long, 4, entry);
                let of = made(vec![(held.clone(), orders.clone(), allocation)]);
                let figures = margin(&of, &market).expect("figures");
                let book = figures.positions[0].isolated.clone().expect("isolated");
                let mut balances = vec![balance(assigned, allocation as i64)];
                if assigned != 1 {
                    balances.push(balance(1, 0));
                }
                let cross = Position { book: Book::Cross, ..held };
                let alone = Account::with_allocations(vec![(cross, orders, 0)], balances);
                let alone = margin(&alone.expect("account"), &market).expect("figures");
                assert_eq!([book.equity, book.requirement], [alone.equity, alone.maintenance]);
            }
        }
    }
}

#[test]
fn the_profile_has_allocations() {
    let market = Market::new(allocated()).expect("market");
    let all = Profile { orders: true, allocations: true, ..Profile::GENERAL };
    for of in [Isolated::Compared, Isolated::LeftOut, Isolated::AllBut, Isolated::Only] {
        let books = Books { settlement_asset: None, isolated: of, position: None };
        let profile = market.of_books(books).expect("books").profile();
        assert_eq!(profile, Ok(Profile { isolated: of, ..all }));
    }
    // A book of one settlement asset has no part of what is assigned in another.
    let books = Books { settlement_asset: 1u16.try_into().ok(), ..market.books() };
    assert_eq!(market.of_books(books), None);
}

#[test]
fn markets_are_refused() {
    let refused = |change: fn(&mut MarketTerms)| {
        let mut terms = allocated();
        change(&mut terms);
        Market::new(terms).expect_err("refused")
    };
    assert_eq!(refused(|t| t.allocation_asset = Some(7)), MarketError::Allocation);
    assert_eq!(
        refused(|t| {
            t.isolated_unit = None;
            t.instruments[1].elements.result.clear();
        }),
        MarketError::Allocation
    );
    assert_eq!(
        refused(|t| t.instruments.iter_mut().for_each(|i| i.elements.order_fee = None)),
        MarketError::Allocation
    );
}

/// What no circuit computes of a book is refused by name, and a claim about the cross book alone does without.
#[test]
fn what_has_no_proof_is_named() {
    type Change = fn(&mut MarketTerms);
    let cases: [(Change, &str); 3] = [
        (
            |t| {
                let row = |lo, hi, slope, intercept| BracketRow {
                    lo,
                    hi,
                    slope: int(slope),
                    intercept: int(intercept),
                };
                let rows =
                    vec![row(-power(125), int(99), 1, 0), row(int(100), power(125), 2, -100)];
                t.assets[2].elements.value.clear();
                t.assets[2].collateral = BracketedLinear::new(Variable::Value, rows).expect("rows");
            },
            "asset 6: it has more than one row for what is owned",
        ),
        (
            |t| t.assets[0].elements.debts.required = true,
            "asset 1: results that settle in it are not worth a multiple of themselves",
        ),
        (
            |t| t.assets[1].rounding = Some(floor(1, 7)),
            "asset 5: results that settle in it are not worth a multiple of themselves",
        ),
    ];
    let of = |terms: &MarketTerms, isolated| {
        let market = Market::new(terms.clone()).expect("market");
        let books = Books { settlement_asset: None, isolated, position: None };
        market.of_books(books).expect("books").profile()
    };
    for (change, why) in cases {
        let mut terms = allocated();
        change(&mut terms);
        let refused = of(&terms, Isolated::Compared).expect_err("refused").to_string();
        assert_eq!(
            refused,
            format!("no circuit proves the allocation of an isolated position of {why}")
        );
        assert!(of(&terms, Isolated::LeftOut).is_ok());
    }
    let mut terms = allocated();
    terms.assets[2].elements.weight =
        SignedWeight::new(int(8), int(12), int(10), Rounding::Truncate);
    let refused = of(&terms, Isolated::Only).expect_err("refused").to_string();
    assert!(refused.ends_with("of asset 6: it has a weight"), "{refused}");
}

#[test]
fn records_are_refused() {
    let of = |p: Position, orders: Orders, allocation| {
        Account::with_allocations(vec![(p, orders, allocation)], vec![]).err()
    };
    let none = Orders::default;
    let most = (1u64 << ALLOCATION_BITS) - 1;
    let held = isolated(4, Side::Long, 4, 60);
    assert_eq!(of(held.clone(), none(), most), None);
    let wide = Some(AccountError::Allocation { instrument: 4 });
    assert_eq!(of(held.clone(), none(), most + 1), wide);
    assert_eq!(of(position(4, Side::Long, 4, 60), none(), 1), wide);
    let size = num_bigint::BigUint::one() << NARROW_ORDERS_BITS;
    let narrow = Some(AccountError::OrdersBesideAllocation { instrument: 4 });
    for (bids, asks) in [(size.clone(), 0u8.into()), (0u8.into(), size.clone())] {
        assert_eq!(of(held.clone(), Orders { bids, asks, count: 0 }, 0), narrow);
    }
    assert_eq!(of(held, Orders { bids: size - 1u8, ..none() }, 0), None);
    let market = Market::new(terms()).expect("market");
    let refused = margin(&account(vec![isolated(4, Side::Long, 4, 60)], vec![]), &market);
    assert_eq!(refused, Err(RuleError::Isolated { instrument: 4 }));
}

fn two_to(power: u32) -> Fp {
    (0..power).fold(Fp::from(1), |x, _| x + x)
}

/// The words of both slots, and the list in a state of its own, written out.
#[test]
fn a_record_with_allocations_is_committed_in_two_words() {
    let secrets = AccountSecrets {
        registry: Fp::from(1),
        holder_key: Fp::from(2),
        serial: 3,
        blinding: Fp::from(4),
    };
    let held = [isolated(4, Side::Short, 6, -130), position(9, Side::Long, 0, 5)];
    let beside = [(11u8, 12u8, 13, 1 << 62), (0, 14, 1, 0)];
    let beside = beside.map(|(bids, asks, count, of)| {
        (Orders { bids: bids.into(), asks: asks.into(), count }, of)
    });
    let slots = held.into_iter().zip(beside).map(|(p, (orders, of))| (p, orders, of));
    let account =
        Account::with_allocations(slots.collect(), vec![balance(1, 40)]).expect("account");
    let first = [
        two_to(98) - Fp::from(130) + Fp::from(6) * two_to(99) + Fp::from(2 * 4 + 1) * two_to(189),
        two_to(98) + Fp::from(5) + (two_to(17) + Fp::from(2 * 9)) * two_to(189),
    ];
    let second = [
        Fp::from(11)
            + Fp::from(12) * two_to(81)
            + Fp::from(13) * two_to(162)
            + two_to(62) * two_to(180),
        Fp::from(14) * two_to(81) + two_to(162),
    ];
    let zero = [Fp::from(0); 2];
    let mut slots = vec![zero; MAX_POSITIONS - 2];
    slots.extend([[first[1], second[1]], [first[0], second[0]]]);
    let positions = poseidon::hash(Tag::PositionsWithAllocations, &slots);
    let mut balances = vec![zero; MAX_ASSETS / 2 - 1];
    balances.push([Fp::from(0), two_to(98) + Fp::from(40) + two_to(99)]);
    let balances = poseidon::hash(Tag::Balances, &balances);
    let leaf = [[positions, balances], [Fp::from(1), Fp::from(2)], [Fp::from(3), Fp::from(4)]];
    let expected = poseidon::hash(Tag::Account, &leaf);
    assert_eq!(account_commitment(&account, &secrets), Ok(expected.into()));
}

/// What each position has beside it goes with it when instruments get other numbers.
#[test]
fn what_is_beside_a_position_goes_with_it() {
    let of = |at: u64| {
        (
            isolated(at as u32, Side::Long, at, 0),
            Orders { count: at as u32, ..Orders::default() },
            at,
        )
    };
    let account = Account::with_allocations([3, 5, 9].map(of).to_vec(), vec![]).expect("account");
    let turned = account.renumbered(|id| Ok::<_, ()>(20 - id)).expect("numbers");
    let all = turned.positions().iter().enumerate().map(|(at, p)| {
        let second = turned.second_word(at);
        (p.instrument, second.orders.map(|of| of.count), second.allocation)
    });
    let all: Vec<_> = all.collect();
    assert_eq!(all, [(11, Some(9), 9), (15, Some(5), 5), (17, Some(3), 3)]);
}
