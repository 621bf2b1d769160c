//! Open orders beside positions: by hand, what a record of them can hold, and how it is committed.

use crate::support::{account, balance, int, position, terms};
use num_bigint::BigUint;
use num_traits::One;
use pasta_curves::Fp;
use zkmargin_model::commitment::{AccountSecrets, account_commitment};
use zkmargin_model::poseidon::{self, Tag};
use zkmargin_model::rule::{
    Account, AccountError, Market, Orders, Position, Profile, Side, margin,
};
use zkmargin_model::widths::{MAX_ASSETS, MAX_POSITIONS};

fn orders(bids: u64, asks: u64, count: u32) -> Orders {
    Orders { bids: bids.into(), asks: asks.into(), count }
}

fn made(positions: Vec<(Position, Orders)>) -> Account {
    Account::with_orders(positions, vec![balance(1, 40)]).expect("account")
}

/// A schedule that reads no orders takes the position alone; one that does takes what the orders can make of it.
#[test]
fn the_worse_of_bids_and_asks() {
    let mut reads = terms();
    reads.instruments[0].elements.order_fee = Some(int(7));
    let of_one = Market::new(reads.clone()).expect_err("of one instrument alone").to_string();
    assert!(of_one.contains("must be read of all instruments or of none"), "{of_one}");
    for instrument in &mut reads.instruments {
        instrument.elements.order_fee = Some(int(7));
    }
    let plain = Market::new(terms()).expect("market");
    let reads = Market::new(reads).expect("market");
    assert_eq!(reads.profile(), Ok(Profile { orders: true, ..Profile::GENERAL }));
    let required = |market: &Market, side, size: u64, of: &Orders| {
        let held = made(vec![(position(1, side, size, 0), of.clone())]);
        margin(&held, market).expect("figures").maintenance
    };
    let alone = |size: u64| {
        let held = account(vec![position(1, Side::Long, size, 0)], vec![balance(1, 40)]);
        margin(&held, &plain).expect("figures").maintenance
    };
    let index = &plain.terms().groups[plain.terms().instruments[0].group].requirement_index;
    let fee = |count: u32| int(7) * count * index;
    for (side, size, bids, asks, worst) in [
        (Side::Long, 5, 0, 0, 5),
        (Side::Long, 5, 3, 0, 8),
        // Sold down to a smaller position, and through zero to a larger one.
        (Side::Long, 5, 3, 9, 8),
        (Side::Long, 5, 3, 14, 9),
        (Side::Short, 5, 12, 1, 7),
        (Side::Short, 5, 12, 4, 9),
        (Side::Long, 0, 2, 3, 3),
    ] {
        let of = orders(bids, asks, 4);
        assert_eq!(required(&reads, side, size, &of), alone(worst) + fee(4), "{side:?} {of:?}");
        let unread = if size == 0 { int(0) } else { alone(size) };
        assert_eq!(required(&plain, side, size, &of), unread);
    }
    assert_eq!(required(&reads, Side::Long, 0, &orders(0, 0, 1)), fee(1));
}

/// A position of size zero can still have a result.
#[test]
fn a_size_of_zero() {
    let market = Market::new(terms()).expect("market");
    let held = made(vec![(position(1, Side::Long, 0, 25), Orders::default())]);
    let figures = margin(&held, &market).expect("figures");
    assert_eq!(figures.positions[0].pnl, int(-25));
    assert_eq!(figures.assets[0].balance, int(15));
    let refused = Account::new(vec![position(1, Side::Long, 0, 25)], vec![]).err();
    assert_eq!(refused, Some(AccountError::Size { instrument: 1 }));
}

#[test]
fn widths_of_a_record_with_orders() {
    let made = |side, size: BigUint, of| {
        let held = Position { size, ..position(1, side, 1, 0) };
        Account::with_orders(vec![(held, of)], vec![]).err()
    };
    let size = AccountError::SizeWithOrders { instrument: 1 };
    let most: BigUint = (BigUint::one() << 90) - 4u8;
    assert_eq!(made(Side::Long, most.clone(), orders(3, 3, (1 << 18) - 1)), None);
    assert_eq!(made(Side::Long, most.clone(), orders(4, 0, 0)), Some(size.clone()));
    assert_eq!(made(Side::Short, most.clone(), orders(0, 4, 0)), Some(size.clone()));
    assert_eq!(made(Side::Short, BigUint::ZERO, orders(1, 1, 1)), Some(size));
    let count = Some(AccountError::Orders { instrument: 1 });
    assert_eq!(made(Side::Long, most, orders(0, 0, 1 << 18)), count);
}

fn two_to(power: u32) -> Fp {
    (0..power).fold(Fp::from(1), |x, _| x + x)
}

/// The words of both slots, and the list in a state of its own, written out.
#[test]
fn a_record_with_orders_is_committed_in_two_words() {
    let secrets = AccountSecrets {
        registry: Fp::from(1),
        holder_key: Fp::from(2),
        serial: 3,
        blinding: Fp::from(4),
    };
    let held = [position(4, Side::Short, 6, -130), position(9, Side::Long, 0, 5)];
    let beside = [orders(11, 12, 13), orders(0, 14, 1)];
    let account = made(held.into_iter().zip(beside).collect());
    let entry = |entry: i64| two_to(98) + if entry < 0 { -Fp::from(130) } else { Fp::from(5) };
    let key = |key: u64| (two_to(17) + Fp::from(key)) * two_to(189);
    let first = [entry(-130) + Fp::from(6) * two_to(99) + key(2 * 4 + 1), entry(5) + key(2 * 9)];
    let second = [
        Fp::from(11) + Fp::from(12) * two_to(90) + Fp::from(13) * two_to(180),
        Fp::from(14) * two_to(90) + two_to(180),
    ];
    let zero = [Fp::from(0); 2];
    let mut slots = vec![zero; MAX_POSITIONS - 2];
    slots.extend([[first[1], second[1]], [first[0], second[0]]]);
    let positions = poseidon::hash(Tag::PositionsWithOrders, &slots);
    let mut balances = vec![zero; MAX_ASSETS / 2 - 1];
    balances.push([Fp::from(0), two_to(98) + Fp::from(40) + two_to(99)]);
    let balances = poseidon::hash(Tag::Balances, &balances);
    let leaf = [[positions, balances], [Fp::from(1), Fp::from(2)], [Fp::from(3), Fp::from(4)]];
    let expected = poseidon::hash(Tag::Account, &leaf);
    assert_eq!(account_commitment(&account, &secrets), Ok(expected.into()));
    // The same positions without orders are another account, whatever the orders are.
    let bare = |held| Account::new(vec![held], vec![]).expect("account");
    let none = |held| Account::with_orders(vec![(held, Orders::default())], vec![]);
    let held = position(4, Side::Short, 6, -130);
    let none = none(held.clone()).expect("account");
    assert_ne!(account_commitment(&bare(held), &secrets), account_commitment(&none, &secrets));
}
