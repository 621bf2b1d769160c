//! Markets with the same integers and other words: another time, symbol, unit, chain or venue. A
//! proof about one says nothing about another, though their keys are equal.

use serde_json::{Value, json};
use std::num::NonZeroU64;
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::statement::AccountReference;
use zkmargin_model::unit::MarginUnit;
use zkmargin_params::{AccountFile, CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_policy::Verdict;
use zkmargin_prover::{ProveRequest, prove};
use zkmargin_verifier::Invalid;

use crate::support::asked::Asked;
use crate::support::secrets::secrets;
use crate::support::{KEYS, example};

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

/// The example's market with changed words.
fn market(change: impl Fn(&mut Value, &mut Value)) -> CompiledMarket {
    let (mut schedule, mut snapshot) = (value(example!("schedule")), value(example!("snapshot")));
    change(&mut schedule, &mut snapshot);
    let schedule = Schedule::from_json(schedule.to_string().as_bytes()).expect("schedule");
    snapshot["schedule"] = json!(schedule.digest().to_string());
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).expect("snapshot");
    compile(&schedule, &snapshot).expect("market")
}

/// Renames a symbol wherever it stands.
fn rename(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text == from => *text = to.to_owned(),
        Value::Array(list) => list.iter_mut().for_each(|v| rename(v, from, to)),
        Value::Object(map) => map.values_mut().for_each(|v| rename(v, from, to)),
        _ => {}
    }
}

#[test]
fn words_count_where_integers_are_equal() {
    let original = market(|_, _| ());
    let file = AccountFile::from_json(example!("account")).expect("account");
    let (account, secrets) = (file.holdings(original.schedule()).expect("account"), secrets());
    let context = Context::new("desk-42", "credit", Some([9; 32]))
        .expect("context")
        .of_epoch(NonZeroU64::new(7));
    let request = ProveRequest {
        account: &account,
        secrets: &secrets,
        market: &original,
        claim: Claim::new(10_000, 0u8.into()).expect("claim"),
        subject: original.market().books().into(),
        context: context.clone().expiring(NonZeroU64::new(1_722_062_978_998)),
        membership: None,
        shape: None,
    };
    let proven = prove(&request, &KEYS).expect("proven").envelope;

    // The statement as it would be about `market`, with the proof as it is.
    let verdict = |market: &CompiledMarket,
                   change: &dyn Fn(&mut zkmargin_model::statement::Statement)| {
        let mut statement = proven.statement().clone();
        statement.registry_digest = market.registry_digest();
        statement.schedule_digest = market.schedule_digest();
        statement.snapshot_digest = market.snapshot_digest();
        statement.snapshot_time = market.snapshot().time_ms;
        let currency = market.schedule().file().valuation.currency.clone();
        let decimals = statement.margin_unit.decimals();
        statement.margin_unit = MarginUnit::new(currency, decimals).expect("unit");
        change(&mut statement);
        let AccountReference::Commitment(commitment) = statement.account else { panic!() };
        let envelope = Envelope::new(statement, proven.proof().to_vec()).expect("well-formed");
        let policy = Asked {
            market: Some(market.digest()),
            commitment: Some(commitment),
            ..Asked::default()
        };
        policy.decide(&envelope, market, &KEYS).expect("checked").verdict().clone()
    };
    assert_eq!(verdict(&original, &|_| ()), Verdict::Valid);

    type Change = fn(&mut Value, &mut Value);
    let words: [(&str, Change); 8] = [
        ("time", |_, p| p["time"] = json!("2024-07-01T18:01:41Z")),
        ("sequence", |_, p| p["sequence"] = json!(2)),
        ("instrument", |s, p| {
            rename(s, "BTCUSDT", "XBTUSDT");
            rename(p, "BTCUSDT", "XBTUSDT");
        }),
        ("two instruments' names", |s, p| {
            for file in [s, p] {
                rename(file, "ARBUSDT", "?");
                rename(file, "XRPUSDT", "ARBUSDT");
                rename(file, "?", "XRPUSDT");
            }
        }),
        ("currency", |s, _| s["valuation"]["currency"] = json!("EUR")),
        ("chain", |s, _| s["instruments"][0]["chain"] = json!("other")),
        ("contract version", |s, _| s["instruments"][0]["contract_version"] = json!(2)),
        ("venue", |s, _| s["venue"] = json!("other")),
    ];
    for (word, change) in words {
        let other = market(change);
        assert_ne!(other.digest(), original.digest(), "{word}");
        assert_eq!(other.market(), original.market(), "{word}: the integers are equal");
        let found = verdict(&other, &|_| ());
        assert!(matches!(found, Verdict::Invalid(Invalid::Proof(_))), "{word}: {found:?}");
    }
    // The context's words, each alone.
    let again = |audience: &str, purpose: &str, nonce: u8, epoch, expires| {
        Context::new(audience, purpose, Some([nonce; 32]))
            .expect("context")
            .of_epoch(NonZeroU64::new(epoch))
            .expiring(NonZeroU64::new(expires))
    };
    let at = 1_722_062_978_998;
    for context in [
        again("desk-43", "credit", 9, 7, at),
        again("desk-42", "debit", 9, 7, at),
        again("desk-42", "credit", 8, 7, at),
        again("desk-42", "credit", 9, 8, at),
        again("desk-42", "credit", 9, 7, at + 1),
        again("desk-42", "credit", 9, 7, 0),
        Context::new("desk-42", "credit", None)
            .expect("context")
            .of_epoch(NonZeroU64::new(7))
            .expiring(NonZeroU64::new(at)),
    ] {
        let found = verdict(&original, &|s| s.context = context.clone());
        assert!(matches!(found, Verdict::Invalid(Invalid::Proof(_))), "{context:?}: {found:?}");
    }
}
