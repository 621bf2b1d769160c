//! One example of every note, signed by keys that anybody can make again.

#![allow(dead_code)]

use std::path::PathBuf;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::field::digest_to_field;
use zkmargin_notes::{
    AttestationNote, Body, EnrolmentNote, Imported, KeyKind, KeySet, LedgerCheckpoint,
    ManifestNote, Note, ReconciliationNote, ReportNote, ScheduleNote, SignerKey, SnapshotNote,
    SourceNote, SourceNotePrice,
};
use zkmargin_params::{CompiledMarket, KeyFile, KeysFile, Role, Schedule, SnapshotFile, compile};

/// 2026-01-02T03:04:05Z in milliseconds: inside the validity of all keys here.
pub const NOW: u64 = 1_767_323_045_000;

pub fn params(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../params").join(name)
}

fn signer(name: &str, kind: KeyKind, seed: u8) -> SignerKey {
    SignerKey::from_seed(name, kind, &[seed; 32]).expect("name")
}

pub fn venue() -> SignerKey {
    signer("binance.example", KeyKind::Ed25519, 1)
}

pub fn attester() -> SignerKey {
    signer("custodian.example", KeyKind::Ed25519, 2)
}

pub fn witness() -> SignerKey {
    signer("witness.example", KeyKind::Cosignature, 3)
}

pub fn source() -> SignerKey {
    signer("source.example", KeyKind::Ed25519, 4)
}

pub fn auditor() -> SignerKey {
    signer("auditor.example", KeyKind::Ed25519, 5)
}

pub fn key_file(signer: &SignerKey, role: Role) -> KeyFile {
    KeyFile {
        name: signer.verifier().name().to_owned(),
        key: signer.verifier().to_text(),
        role,
        venue: (role == Role::Venue).then(|| "binance".to_owned()),
        valid_from: "2025-01-01T00:00:00Z".to_owned(),
        valid_until: "2027-01-01T00:00:00Z".to_owned(),
        revoked_at: None,
    }
}

pub fn keys_file() -> KeysFile {
    let keys = vec![
        key_file(&venue(), Role::Venue),
        key_file(&attester(), Role::Attester),
        key_file(&witness(), Role::Witness),
        key_file(&source(), Role::Source),
        key_file(&auditor(), Role::Auditor),
    ];
    KeysFile { format: "zkmargin-keys/1".to_owned(), keys }
}

pub fn keys() -> KeySet {
    KeySet::new(&keys_file()).expect("keys")
}

pub fn market() -> CompiledMarket {
    let read = |name: &str| std::fs::read(params(name)).expect(name);
    let schedule = Schedule::from_json(&read("venues/binance/examples/cross.schedule.json"));
    let snapshot = SnapshotFile::from_json(&read("venues/binance/examples/cross.snapshot.json"));
    compile(&schedule.expect("schedule"), &snapshot.expect("snapshot")).expect("market")
}

pub fn schedule_note() -> ScheduleNote {
    ScheduleNote::of(market().schedule())
}

pub fn snapshot_note() -> SnapshotNote {
    SnapshotNote::of(&market())
}

pub fn checkpoint() -> LedgerCheckpoint {
    let market = market();
    LedgerCheckpoint {
        origin: "binance".to_owned(),
        size: 100_000,
        root: digest_to_field(&[0x51; 32]).into(),
        epoch: 7,
        time_ms: NOW,
        registry: market.registry_digest(),
        schedule: market.schedule_digest(),
    }
}

pub fn enrolment() -> EnrolmentNote {
    EnrolmentNote {
        venue: "binance".to_owned(),
        epoch: 7,
        audience: [0x61; 32],
        pseudonym: digest_to_field(&[0x62; 32]).into(),
        accounts: 2,
        registry: market().registry_digest(),
        replaces: None,
        time_ms: None,
    }
}

pub fn attestation() -> AttestationNote {
    AttestationNote {
        registry: market().registry_digest(),
        schedule: market().schedule_digest(),
        commitment: digest_to_field(&[0x71; 32]).into(),
        time_ms: NOW,
        checked: "Balances and positions read from the venue with a read-only key".to_owned(),
    }
}

/// Prices of a network's message.
pub fn source_note() -> SourceNote {
    let price = |feed: &str, price: &str| SourceNotePrice {
        feed: feed.to_owned(),
        price: Decimal::parse(price).expect("decimal"),
        time_ms: NOW,
    };
    SourceNote {
        source: "redstone".to_owned(),
        imported: Some(Imported {
            message: [0x81; 32],
            signers: vec![
                "0x51ce04be4b3e32572c4ec9135221d0691ba7d202".to_owned(),
                "0x8bb8f32df04c8b654987daaed53d6b6091e3b774".to_owned(),
            ],
        }),
        prices: vec![price("BTC", "63597.79995623"), price("ETH", "3486.95203485")],
    }
}

pub fn manifest_note() -> ManifestNote {
    ManifestNote {
        name: "Third quarter".to_owned(),
        periods: 92,
        entries: 92_000,
        accounts: 93_104,
        manifest: [0x91; 32],
    }
}

pub fn report_note() -> ReportNote {
    let file = |name: &str, byte| (name.to_owned(), [byte; 32]);
    ReportNote {
        name: "Third quarter".to_owned(),
        time_ms: NOW,
        verdict: "COMPLETE: every due account is shown by a valid proof".to_owned(),
        files: vec![file("exceptions.csv", 0xa1), file("report.html", 0xa2)],
    }
}

/// A checkpoint with the cosignature of a witness.
pub fn cosigned_checkpoint() -> Note {
    let mut note = checkpoint().sign(&venue()).expect("signed");
    note.cosign(&witness(), NOW / 1000).expect("cosigned");
    note
}

pub fn reconciliation() -> ReconciliationNote {
    ReconciliationNote {
        name: "Desk 42, first week".to_owned(),
        time_ms: NOW,
        result: "14 equal, 3 explained, 0 without a cause, 1 not compared".to_owned(),
        report: [0xb1; 32],
    }
}

/// All examples: title, signed note.
pub fn examples() -> Vec<(&'static str, Note)> {
    vec![
        ("Schedule", schedule_note().sign(&venue()).expect("signed")),
        ("Snapshot", snapshot_note().sign(&venue()).expect("signed")),
        ("Ledger checkpoint with a cosignature", cosigned_checkpoint()),
        ("Enrolment", enrolment().sign(&venue()).expect("signed")),
        ("Attestation", attestation().sign(&attester()).expect("signed")),
        ("Source", source_note().sign(&source()).expect("signed")),
        ("Manifest", manifest_note().sign(&auditor()).expect("signed")),
        ("Report", report_note().sign(&auditor()).expect("signed")),
        ("Reconciliation", reconciliation().sign(&attester()).expect("signed")),
    ]
}
