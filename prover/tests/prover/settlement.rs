//! Schedules of more settlement assets than four, from their files to the verdict: in one book, and with a book for each.

use crate::support::secrets::secrets;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::{Account, Books, Profile, Settlement, margin};
use zkmargin_model::statement::Basis;
use zkmargin_params::{AccountFile, AskedBooks, CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_prover::{ProveError, ProveRequest, prove};
use zkmargin_verifier::check_proof;

/// This many assets at prices from 10 on, each with a contract of mark 2.
fn schedule(assets: usize, books: bool) -> Value {
    let each = |of: &dyn Fn(usize) -> Value| (0..assets).map(of).collect::<Vec<_>>();
    json!({
        "format": "zkmargin-schedule/1",
        "venue": "x",
        "name": "x",
        "source": "made up",
        "requirement": "maintenance",
        "valuation": {"currency": "USD", "decimals": 19},
        "rate_decimals": 6,
        "equality_is_healthy": true,
        "settlement_asset_books": books,
        "menu": {"levels": [{"name": "maintenance", "level_bps": 10000}], "floors": ["0"]},
        "assets": each(&|at| json!({
            "id": at + 1, "symbol": format!("A{at}"), "decimals": 11, "settles": true,
            "collateral": {"variable": "value", "rows": [
                {"from": null, "below": null, "rate": "1", "amount": "0"}]}})),
        "tiers": [{"name": "t", "variable": "value", "rows": [
            {"from": "0", "below": null, "rate": "0.01", "amount": "0"}]}],
        "instruments": each(&|at| json!({
            "id": at + 1, "symbol": format!("X{at}"), "kind": "linear", "settle": format!("A{at}"),
            "size_decimals": 3, "price_decimals": 8, "multiplier": "1", "tiers": "t"})),
    })
}

/// The market, and an account with a profit of 1 in each asset beside a balance of 100, but a loss of 99 in the last one.
fn market(assets: usize, books: bool) -> (CompiledMarket, Account) {
    let read = Schedule::from_json(schedule(assets, books).to_string().as_bytes());
    let schedule = read.expect("schedule");
    let each = |of: &dyn Fn(usize) -> Value| (0..assets).map(of).collect::<Vec<_>>();
    let snapshot = json!({
        "format": "zkmargin-snapshot/1",
        "schedule": schedule.digest().to_string(),
        "time": "2026-11-30T00:00:00Z",
        "sequence": 1,
        "assets": each(&|at| json!({"asset": format!("A{at}"), "index": (10 + at).to_string()})),
        "instruments": each(&|at| json!({"instrument": format!("X{at}"), "mark": "2"})),
    });
    let entry = |at: usize| if at + 1 == assets { "105" } else { "5" };
    let account = json!({
        "format": "zkmargin-account/1",
        "venue": "x",
        "balances": each(&|at| json!({"asset": format!("A{at}"), "balance": "100"})),
        "positions": each(&|at| json!(
            {"instrument": format!("X{at}"), "size": "3", "entry_value": entry(at)})),
    });
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).expect("snapshot");
    let account = AccountFile::from_json(account.to_string().as_bytes()).expect("account");
    let account = account.holdings(&schedule).expect("account");
    (compile(&schedule, &snapshot).expect("market"), account)
}

fn proven(market: &CompiledMarket, of: &Account, books: Books) -> Result<Envelope, ProveError> {
    let keys = KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN);
    let request = ProveRequest {
        account: of,
        secrets: &secrets(),
        market,
        claim: Claim::margin(),
        subject: books.into(),
        context: Context::new("desk-42", "", None).expect("context"),
        membership: None,
        shape: None,
    };
    let envelope = prove(&request, &keys)?.envelope;
    assert_eq!(check_proof(&envelope, market, &keys).expect("checked"), Ok(()));
    let Basis::Linear { profile, .. } = envelope.statement().basis else { panic!("linear") };
    assert_eq!(
        profile,
        Profile { settlement: Settlement::of(of.balances().len()), ..Profile::FLAT }
    );
    Ok(envelope)
}

/// By hand: prices 10, 11 and so on, of 101 each, and of 1 of the last; 1 % of 6 of each is required.
#[test]
fn five_and_sixteen_settlement_assets_in_one_book() {
    for (assets, equity, required) in [(5, "4660", "3.6"), (16, "25780", "16.8")] {
        let (market, account) = market(assets, false);
        let figures = margin(&account, market.market()).expect("defined");
        let unit = market.schedule().margin_amount_unit();
        let of = |amount| unit.figure(amount).to_string();
        assert_eq!([of(&figures.equity), of(&figures.maintenance)], [equity, required]);
        if assets == 5 {
            proven(&market, &account, market.market().books()).expect("healthy");
        }
    }
}

/// Each of nine assets has a book: a claim names one, and its circuit has sums for all nine.
#[test]
fn one_of_nine_books() {
    let (market, account) = market(9, true);
    let books = |asset| {
        let asked = AskedBooks { settlement_asset: Some(asset), ..AskedBooks::default() };
        market.schedule().books(&asked).expect("books")
    };
    // Of the last, 1 is left, and 0.06 are required.
    proven(&market, &account, books("A8")).expect("healthy");
}
