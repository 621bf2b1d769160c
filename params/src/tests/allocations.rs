//! Allocations of isolated positions in the files: what they mean, that no two meanings share a digest or a commitment, and
//! how they are refused.

use super::elements::{account, schedule, snapshot};
use super::{REMOVE, edit, expect, explained, read_market, read_schedule};
use crate::AccountFile;
use crate::ErrorCode::{self, *};
use crate::FileError;
use num_bigint::BigInt;
use pasta_curves::Fp;
use serde_json::{Value, json};
use zkmargin_model::commitment::{AccountSecrets, account_commitment};
use zkmargin_model::rule::{Account, Book, margin};

/// What is assigned is a balance of this asset.
fn allocated(asset: &str) -> Value {
    let schedule = edit(&schedule(), "/open_orders", json!(true));
    let schedule = edit(&schedule, "/isolated_books", json!(true));
    edit(&schedule, "/allocation_asset", json!(asset))
}

/// What is assigned is in the entry, which a step of results must not weigh.
fn in_entries(schedule: &Value) -> Value {
    let exact = edit(schedule, "/instruments/0/elements/result", REMOVE.into());
    edit(&exact, "/isolated_books", json!(true))
}

/// One that was bought at 3 and is worth 1, isolated.
fn held(allocation: &str) -> Value {
    let account = edit(&account(), "/balances", json!([{"asset": "USD", "balance": "1000"}]));
    let position =
        json!({"instrument": "PLAIN", "size": "1", "entry_value": "3", "allocation": allocation});
    edit(&account, "/positions", json!([position]))
}

fn read(schedule: &Value, account: &Value) -> Result<Account, FileError> {
    let schedule = read_schedule(schedule).unwrap();
    AccountFile::from_json(account.to_string().as_bytes())?.holdings(&schedule)
}

/// Equity and requirement of the isolated book, with its steps checked.
fn book(asset: &str, allocation: &str) -> [BigInt; 2] {
    let schedule = allocated(asset);
    let market = read_market(&schedule, &snapshot(&schedule)).unwrap();
    let account = read(&schedule, &held(allocation)).unwrap();
    let figures = margin(&account, market.market()).unwrap();
    assert_eq!((&figures.equity, &figures.maintenance), (&1_000_000_000.into(), &0.into()));
    for of in market.selections() {
        explained::check(&market, of, &account, &margin(&account, of.market()).unwrap());
    }
    let book = figures.positions[0].isolated.clone().unwrap();
    [book.equity, book.requirement]
}

#[test]
fn figures_by_hand() {
    // The result of -2 and a requirement of 0.05.
    for (allocation, equity) in [("5", 3_000_000), ("0", -2_000_000), ("2.000001", 1)] {
        assert_eq!(book("USD", allocation), [equity.into(), BigInt::from(50_000)]);
    }
    // Nothing of an asset with interest, a price by sign and a weight adds to the result, and something does.
    assert_eq!(book("SOL", "0"), [BigInt::from(-2_000_000), 50_000.into()]);
    let [equity, requirement] = book("SOL", "1.5000000001");
    assert!(equity > 0.into() && requirement == 50_000.into(), "{equity}");
}

#[test]
fn bad_allocations_are_refused_with_the_place() {
    let case = |schedule: &Value, field: &str, value: Value, code: ErrorCode| {
        let place = format!("/positions/0/{field}");
        expect(read(schedule, &edit(&held("5"), &place, value)), code, &place);
    };
    let usd = allocated("USD");
    case(&usd, "allocation", json!("-1"), OutOfRange);
    case(&usd, "allocation", json!("0.0000001"), TooManyDigits);
    case(&usd, "allocation", json!(5), NumberNotString);
    case(&usd, "isolated_margin", json!("5"), MarginField);
    let units = |units: u64| json!(format!("{}.{:06}", units / 1_000_000, units % 1_000_000));
    case(&usd, "allocation", units(1 << 63), Width);
    let most = edit(&held("5"), "/positions/0/allocation", units((1 << 63) - 1));
    let most = read(&usd, &most).unwrap();
    assert_eq!(most.allocations(), Some(&[(1 << 63) - 1][..]));
    assert_eq!(most.positions()[0].book, Book::Isolated);
    // In hundredths, beside an allocation.
    let size = |hundredths: BigInt| json!(format!("{}.{:02}", &hundredths / 100, hundredths % 100));
    let bids = edit(&held("5"), "/positions/0/bids", size(BigInt::from(1) << 81u32));
    expect(read(&usd, &bids), Width, "/positions/0");
    // Where margins of isolated positions are in another field, or nowhere.
    case(&in_entries(&schedule()), "allocation", json!("5"), MarginField);
    case(&schedule(), "allocation", json!("5"), NoIsolatedBooks);
}

#[test]
fn bad_schedules_are_refused() {
    let refused = |schedule: &Value, pointer: &str, value: Value| {
        let schedule = edit(schedule, pointer, value);
        expect(read_schedule(&schedule), BadElement, "/allocation_asset");
    };
    let usd = allocated("USD");
    refused(&usd, "/allocation_asset", json!("EUR"));
    refused(&usd, "/isolated_books", json!(false));
    refused(&usd, "/open_orders", json!(false));
}

/// The layout and the asset are part of the registry, and what is assigned is committed.
#[test]
fn no_two_meanings_share_a_digest() {
    let orders = edit(&schedule(), "/open_orders", json!(true));
    let all = [schedule(), orders.clone(), in_entries(&orders), allocated("USD"), allocated("SOL")];
    let all = all.map(|schedule| read_schedule(&schedule).unwrap());
    let mut registries = all.iter().map(|of| of.registry_digest()).collect::<Vec<_>>();
    // What is isolated in an entry is no matter of layout.
    assert_eq!(registries.remove(2), registries[1]);
    let digests = all.iter().map(|of| of.digest()).collect::<Vec<_>>();
    for (at, digest) in digests.iter().enumerate() {
        assert!(!digests[..at].contains(digest));
    }
    for (at, registry) in registries.iter().enumerate() {
        assert!(!registries[..at].contains(registry));
    }
    let secrets = AccountSecrets {
        registry: Fp::from(1),
        holder_key: Fp::from(2),
        serial: 3,
        blinding: Fp::from(4),
    };
    let of = |allocation| {
        account_commitment(&read(&allocated("USD"), &held(allocation)).unwrap(), &secrets)
    };
    assert_ne!(of("5"), of("5.000001"));
}
