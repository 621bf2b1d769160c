//! The test vectors of `docs/envelope.md` are those of the code.

use ff::Field;
use pasta_curves::Fp;
use std::fmt::Write;
use std::num::NonZeroU64;
use zkmargin_model::circuit::{K, Pages, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::digest::{RegistryDigest, ScheduleDigest, SnapshotDigest};
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::field_bytes;
use zkmargin_model::floor::Floor;
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::Profile;
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_model::unit::MarginUnit;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/envelope.md");
const MARK: &str = "<!-- vectors -->\n";

fn least() -> Envelope {
    let statement = Statement {
        basis: Basis::Linear { profile: Profile::EXACT, shape: Shape::S, settlement_asset: None },
        k: K::MIN,
        claim: Claim::new(10_000, 0u32.into()).expect("claim"),
        registry_digest: [0x11; 32].into(),
        schedule_digest: [0x22; 32].into(),
        snapshot_digest: [0x33; 32].into(),
        snapshot_time: 0,
        margin_unit: MarginUnit::new("USD", 6).expect("unit"),
        account: AccountReference::Commitment(1.into()),
        margin_commitment: 2.into(),
        context: Context::new("a", "", None).expect("context"),
    };
    Envelope::new(statement, vec![]).expect("supported")
}

fn full() -> Envelope {
    let statement = Statement {
        basis: Basis::Linear { profile: Profile::EXACT, shape: Shape::L, settlement_asset: None },
        k: K::new(12).expect("k"),
        claim: Claim::with_floor((1 << 17) - 1, Floor::none()).expect("claim"),
        registry_digest: RegistryDigest::new(std::array::from_fn(|i| i as u8)),
        schedule_digest: ScheduleDigest::new(std::array::from_fn(|i| 0x40 + i as u8)),
        snapshot_digest: SnapshotDigest::new(std::array::from_fn(|i| 0x80 + i as u8)),
        snapshot_time: 1_722_062_678_998,
        margin_unit: MarginUnit::new("USDC", 16).expect("unit"),
        account: AccountReference::Commitment((-Fp::ONE).into()),
        margin_commitment: 0x0123_4567_89ab_cdef.into(),
        context: Context::new("Büro 42", "credit line Q3", Some([0xee; 32]))
            .expect("context")
            .of_epoch(Some(NonZeroU64::MAX))
            .expiring(NonZeroU64::new(1_722_062_978_998)),
    };
    Envelope::new(statement, vec![0xab; 5]).expect("supported")
}

fn portfolio() -> Envelope {
    let measure = Measure::parse("stress:tails").expect("a stress");
    let basis = Basis::Portfolio { pages: Pages::Eight, measure };
    let account =
        AccountReference::Ledger { root: 1.into(), pseudonym: 3.into(), nullifier: 4.into() };
    let statement = Statement { basis, account, ..least().statement().clone() };
    Envelope::new(statement, vec![]).expect("supported")
}

fn vector(out: &mut String, name: &str, envelope: &Envelope) {
    let mut block = |title: &str, language: &str, text: &str| {
        let _ = write!(out, "{title}:\n\n```{language}\n{}\n```\n\n", text.trim_end());
    };
    let lines = |bytes: &[u8]| {
        let lines: Vec<_> = bytes.chunks(32).map(hex::encode).collect();
        lines.join("\n")
    };
    block(&format!("### {name}\n\nBinary file"), "text", &lines(&envelope.encode()));
    block("Statement digest", "text", &hex::encode(field_bytes(&envelope.statement().digest())));
    block("Digest of the file", "text", &hex::encode(envelope.digest()));
    block("JSON twin", "json", &envelope.to_json());
}

#[test]
fn the_page_has_the_vectors() {
    let mut vectors = String::from("\n");
    vector(&mut vectors, "Least", &least());
    vector(&mut vectors, "All fields used", &full());
    vector(&mut vectors, "A stress of a portfolio account", &portfolio());
    let page = std::fs::read_to_string(PAGE).expect("page");
    let (before, found) = page.split_once(MARK).expect("mark");
    let expected = format!("{}\n", vectors.trim_end());
    if std::env::var_os("ZKMARGIN_UPDATE").is_some() {
        std::fs::write(PAGE, format!("{before}{MARK}{expected}")).expect("written");
    } else {
        assert_eq!(found, expected);
    }
}

#[test]
fn the_vectors_decode() {
    for envelope in [least(), full(), portfolio()] {
        assert_eq!(Envelope::decode(&envelope.encode()), Ok(envelope.clone()));
        assert_eq!(Envelope::read(envelope.to_json().as_bytes()), Ok(envelope));
    }
}
