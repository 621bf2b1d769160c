//! Shapes that no circuit of the market's profile has: what is said of them, and to whom.

use crate::support::example;
use crate::support::secrets::secrets;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use zkmargin_circuit::{CapacityError, KeyCache, ParamsStore};
use zkmargin_model::circuit::{K, Shape, Slots};
use zkmargin_model::claim::Claim;
use zkmargin_model::statement::Basis;

use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::{Account, Balance, Book, Position, Profile, Side};
use zkmargin_params::{CompiledMarket, PlainSecrets, Schedule, SnapshotFile, compile};
use zkmargin_prover::{ProveError, ProveRequest, prove};
use zkmargin_verifier::{BatchItem, Invalid, check_batch, check_proof};

/// A market of the general profile, whose shape L has no circuit: second roundings have two modes.
fn market(more: u32) -> CompiledMarket {
    let mut schedule: Value = serde_json::from_slice(example!("schedule")).unwrap();
    let mut prices: Value = serde_json::from_slice(example!("snapshot")).unwrap();
    schedule["rounding"] = json!({});
    for (at, tiers) in schedule["tiers"].as_array_mut().unwrap().iter_mut().enumerate() {
        let mode = ["truncate", "ceil"][at % 2];
        tiers["requirement_rounding"] =
            json!([{"mode": "truncate", "decimals": 10}, {"mode": mode, "decimals": 8}]);
    }
    for n in 0..more {
        let symbol = format!("MORE{n}USDT");
        let mut instrument = schedule["instruments"][0].clone();
        instrument["id"] = json!(1_000 + n);
        instrument["symbol"] = json!(symbol);
        schedule["instruments"].as_array_mut().unwrap().push(instrument);
        let mut mark = prices["instruments"][0].clone();
        mark["instrument"] = json!(symbol);
        prices["instruments"].as_array_mut().unwrap().push(mark);
    }
    let schedule = Schedule::from_json(schedule.to_string().as_bytes()).unwrap();
    prices["schedule"] = json!(schedule.digest().to_string());
    let prices = SnapshotFile::from_json(prices.to_string().as_bytes()).unwrap();
    let market = compile(&schedule, &prices).unwrap();
    assert_eq!(market.market().profile(), Ok(Profile::GENERAL));
    market
}

/// An account with this many positions and the same balance of every asset.
fn account(market: &CompiledMarket, positions: usize, balance: i128) -> Account {
    let terms = market.market().terms();
    let held = |instrument, side| Position {
        book: Book::Cross,
        instrument,
        side,
        size: 1u8.into(),
        entry: 0.into(),
        own: 0,
    };
    let sides = [Side::Long, Side::Short];
    let all = terms.instruments.iter().flat_map(|i| sides.map(|side| held(i.id, side)));
    let balances =
        terms.assets.iter().map(|a| Balance { asset: a.id, balance: balance.into(), own: 0 });
    Account::new(all.take(positions).collect(), balances.collect()).unwrap()
}

fn request<'a>(
    market: &'a CompiledMarket,
    account: &'a Account,
    secrets: &'a PlainSecrets,
) -> ProveRequest<'a> {
    ProveRequest {
        account,
        secrets,
        market,
        claim: Claim::new(10_000, 0u8.into()).unwrap(),
        subject: market.market().books().into(),
        context: Context::new("desk-42", "", None).unwrap(),
        membership: None,
        shape: None,
    }
}

const RICH: i128 = 1_000_000_000_000_000;

/// How many positions an account has is its holder's business, whether it meets the claim or not.
#[test]
fn too_many_positions_for_any_circuit_depend_on_the_account() {
    let market = market(120);
    let keys = KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN);
    let secrets = secrets();
    let refused = |balance| {
        let account = account(&market, 250, balance);
        prove(&request(&market, &account, &secrets), &keys).unwrap_err()
    };
    assert!(matches!(refused(-RICH), ProveError::NotMet(_)));
    let error = refused(RICH);
    assert!(matches!(error, ProveError::Capacity(CapacityError::Shape { shape: Shape::L, .. })));
    assert!(error.depends_on_account());
    assert_eq!(error.code(), "ShapeTooLarge");
}

/// A proof file that states such a shape is invalid by itself, and the others of its batch keep their verdicts.
#[test]
fn a_stated_shape_without_a_circuit_is_invalid() {
    let market = market(0);
    let keys = KeyCache::new(ParamsStore::in_memory(), 2.try_into().unwrap());
    let secrets = secrets();
    let account = account(&market, 3, RICH);
    let good = prove(&request(&market, &account, &secrets), &keys).unwrap().envelope;
    assert_eq!(check_proof(&good, &market, &keys).unwrap(), Ok(()));
    let mut statement = good.statement().clone();
    let Basis::Linear { shape, .. } = &mut statement.basis else { panic!("linear") };
    *shape = Shape::L;
    statement.k = K::MAX;
    let bad = Envelope::new(statement, good.proof().to_vec()).unwrap();
    let invalid = Err(Invalid::CircuitShape { stated: Slots::Linear(Shape::L) });
    assert_eq!(check_proof(&bad, &market, &keys).unwrap(), invalid);
    let items = [&good, &bad].map(|envelope| BatchItem { envelope, market: &market, submitter: 0 });
    let found = check_batch(&items, &keys, NonZeroUsize::MIN).unwrap();
    assert_eq!(found, [Ok(()), invalid]);
}
