//! The integer account: order, duplicates, widths.

use super::support::{balance, int, position, power};
use num_bigint::{BigInt, BigUint};
use pasta_curves::Fp;
use zkmargin_model::circuit::Shape;
use zkmargin_model::commitment::{AccountSecrets, account_commitment};
use zkmargin_model::portfolio::{self, Page};
use zkmargin_model::rule::{
    Account, AccountError, Balance, Book, Position, Profile, Side, TooLarge,
};
use zkmargin_model::widths::{
    BALANCE_BITS, ENTRY_BITS, MAX_ASSETS, MAX_HELD_ASSETS, MAX_HELD_POSITIONS, MAX_POSITIONS,
    SIZE_BITS,
};

fn with_size(size: BigUint) -> Result<Account, AccountError> {
    let held = Position { size, ..position(3, Side::Long, 1, 0) };
    Account::new(vec![held], vec![])
}

fn with_entry(entry: BigInt) -> Result<Account, AccountError> {
    let held = Position { entry, ..position(3, Side::Short, 1, 0) };
    Account::new(vec![held], vec![])
}

fn with_balance(balance: BigInt) -> Result<Account, AccountError> {
    Account::new(vec![], vec![Balance { asset: 7, balance, own: 0 }])
}

#[test]
fn sizes_are_signed_by_their_side() {
    assert_eq!(position(1, Side::Long, 5, 0).signed_size(), int(5));
    assert_eq!(position(1, Side::Short, 5, 0).signed_size(), int(-5));
}

#[test]
fn lists_are_sorted() {
    let made = Account::new(
        vec![
            position(2, Side::Long, 1, 0),
            position(1, Side::Short, 2, 0),
            position(1, Side::Long, 3, 0),
        ],
        vec![balance(9, 1), balance(4, 2)],
    )
    .expect("account");
    let keys: Vec<_> = made.positions().iter().map(|p| (p.instrument, p.side)).collect();
    assert_eq!(keys, [(1, Side::Long), (1, Side::Short), (2, Side::Long)]);
    assert_eq!(made.balances(), [balance(4, 2), balance(9, 1)]);
}

#[test]
fn duplicates_are_refused() {
    let twice = vec![position(2, Side::Long, 1, 0), position(2, Side::Long, 2, 0)];
    let error = AccountError::DuplicatePosition { instrument: 2 };
    assert_eq!(Account::new(twice, vec![]), Err(error));
    let hedged = vec![position(2, Side::Long, 1, 0), position(2, Side::Short, 2, 0)];
    assert!(Account::new(hedged, vec![]).is_ok());
    let error = AccountError::DuplicateBalance { asset: 4 };
    assert_eq!(Account::new(vec![], vec![balance(4, 1), balance(4, 2)]), Err(error));
}

#[test]
fn isolated_positions_come_first() {
    let isolated = |i| Position { book: Book::Isolated, ..position(i, Side::Long, 1, 0) };
    let both = vec![position(2, Side::Long, 1, 0), isolated(3), isolated(2)];
    let account = Account::new(both, vec![]).expect("an instrument in both books");
    let keys: Vec<_> = account.positions().iter().map(Position::key).collect();
    assert_eq!(keys, [4, 6, (1 << 17) + 4]);
    let provable = |count: u32| {
        let positions = (1..=count).map(isolated).collect();
        Account::new(positions, vec![]).expect("an account").check_provable()
    };
    assert_eq!(provable(16), Ok(()));
    let what = "isolated positions";
    assert_eq!(provable(17), Err(TooLarge { what, count: 17, most: 16 }));
}

#[test]
fn counts_are_bounded() {
    let positions = |count: usize| (1..=count as u32).map(|i| position(i, Side::Long, 1, 0));
    let balances = |count: usize| (1..=count as u32).map(|i| balance(i, 1));
    let make = |p: usize, b: usize| Account::new(positions(p).collect(), balances(b).collect());
    assert!(make(MAX_HELD_POSITIONS, MAX_HELD_ASSETS).is_ok());
    let count = MAX_HELD_POSITIONS + 1;
    assert_eq!(make(count, 0), Err(AccountError::TooManyPositions { count }));
    let count = MAX_HELD_ASSETS + 1;
    assert_eq!(make(0, count), Err(AccountError::TooManyBalances { count }));
}

/// An account has figures without a circuit, but nothing is committed to what none holds, and no shape is chosen for it.
#[test]
fn what_no_circuit_holds_has_no_commitment() {
    let one = Fp::from(1);
    let secrets = AccountSecrets { registry: one, holder_key: one, serial: 1, blinding: one };
    let account = |positions: usize, balances: usize| {
        let positions = (1..=positions as u32).map(|i| position(i, Side::Long, 1, 0)).collect();
        let balances = (1..=balances as u32).map(|i| balance(i, 1)).collect();
        Account::new(positions, balances).expect("an account")
    };
    let largest = account(MAX_POSITIONS, MAX_ASSETS);
    assert!(account_commitment(&largest, &secrets).is_ok());
    for (positions, balances, what) in
        [(MAX_POSITIONS + 1, 1, "positions"), (1, MAX_ASSETS + 1, "collateral assets")]
    {
        let more = account(positions, balances);
        let refused = account_commitment(&more, &secrets).expect_err("too large");
        let [count, most] = match what {
            "positions" => [positions, MAX_POSITIONS],
            _ => [balances, MAX_ASSETS],
        };
        assert_eq!(refused, TooLarge { what, count, most });
        for profile in Profile::all() {
            assert_eq!(Shape::smallest_for(&more, profile), None);
        }
        let page = Page { group: 1, positions: &[], contracts: Vec::new() };
        let of_pages = portfolio::account_commitment(&[page], more.balances(), &secrets);
        assert_eq!(of_pages.is_err(), what == "collateral assets");
    }
}

#[test]
fn sizes_are_1_to_their_width() {
    let most = BigUint::from(1u8) << SIZE_BITS;
    let error = Err(AccountError::Size { instrument: 3 });
    assert!(with_size(1u8.into()).is_ok());
    assert!(with_size(most.clone()).is_ok());
    assert_eq!(with_size(0u8.into()), error);
    assert_eq!(with_size(most + 1u8), error);
}

#[test]
fn entries_and_balances_fit_their_biased_width() {
    let half = power(ENTRY_BITS - 1);
    let error = Err(AccountError::Entry { instrument: 3 });
    for good in [-&half, int(-1), int(0), int(1), &half - 1] {
        assert!(with_entry(good.clone()).is_ok(), "{good}");
    }
    assert_eq!(with_entry(-&half - 1), error);
    assert_eq!(with_entry(half), error);

    let half = power(BALANCE_BITS - 1);
    let error = Err(AccountError::BalanceWidth { asset: 7 });
    assert!(with_balance(-&half).is_ok());
    assert!(with_balance(&half - 1).is_ok());
    assert_eq!(with_balance(-&half - 1), error);
    assert_eq!(with_balance(half), error);
}
