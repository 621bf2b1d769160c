//! The test vectors of `docs/envelope.md` are those of the code.

use ff::Field;
use pasta_curves::Fp;
use std::fmt::Write;
use std::num::NonZeroU64;
use zkmargin_model::circuit::{K, Pages, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, account_commitment, margin_commitment};
use zkmargin_model::context::Context;
use zkmargin_model::digest::{RegistryDigest, ScheduleDigest, SnapshotDigest};
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::field_bytes;
use zkmargin_model::floor::Floor;
use zkmargin_model::holder::HolderSecret;
use zkmargin_model::ledger::node;
use zkmargin_model::measure::Measure;
use zkmargin_model::portfolio;
use zkmargin_model::rule::{
    Account, Balance, Book, Isolated, Position, PositionName, Profile, Side,
};
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_model::unit::MarginUnit;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/envelope.md");
const MARK: &str = "<!-- vectors -->\n";

fn least() -> Envelope {
    let statement = Statement {
        basis: Basis::Linear {
            profile: Profile::EXACT,
            shape: Shape::S,
            settlement_asset: None,
            position: None,
        },
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
        basis: Basis::Linear {
            profile: Profile::EXACT,
            shape: Shape::L,
            settlement_asset: None,
            position: None,
        },
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

/// All books but that of one isolated position.
fn named() -> Envelope {
    let basis = Basis::Linear {
        profile: Profile { isolated: Isolated::AllBut, ..Profile::FLAT },
        shape: Shape::S,
        settlement_asset: None,
        position: PositionName::of_key(2 * 300 + 1),
    };
    let statement = Statement { basis, ..least().statement().clone() };
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
    vector(&mut vectors, "All books but one isolated position", &named());
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
    for envelope in [least(), full(), named(), portfolio()] {
        assert_eq!(Envelope::decode(&envelope.encode()), Ok(envelope.clone()));
        assert_eq!(Envelope::read(envelope.to_json().as_bytes()), Ok(envelope));
    }
}

/// Leaves, and what a holder's secret gives. A change makes every ledger that was signed another's: see `docs/frozen.md`.
#[test]
fn leaves_are_frozen() {
    let number = |x: u64| Fp::from(x);
    let position = Position {
        book: Book::Cross,
        instrument: 7,
        side: Side::Short,
        size: 12u8.into(),
        entry: (-345).into(),
        own: 0,
    };
    let balance = Balance { asset: 3, balance: 678.into(), own: 0 };
    let account = Account::new(vec![position], vec![balance]).expect("an account");
    let secrets = AccountSecrets {
        registry: number(11),
        holder_key: number(12),
        serial: 13,
        blinding: number(14),
    };
    let group = portfolio::GroupTerms::Expiry { day: 20_000, series: 0 };
    let group = portfolio::GroupId::new(6, group).expect("a group");
    let call = portfolio::ContractTerms::Call(1_500);
    let contracts = vec![portfolio::ContractId::new(group, call).expect("a contract")];
    let page = portfolio::Page { group: 5, positions: account.positions(), contracts };
    let of_portfolio =
        portfolio::account_commitment(&[page], account.balances(), &secrets).expect("fits");
    let holder = HolderSecret::new(number(15));
    let found = [
        account_commitment(&account, &secrets).expect("fits").element(),
        of_portfolio.element(),
        margin_commitment(&(-16).into(), &17.into(), number(18)).element(),
        node(number(19), number(20)),
        holder.holder_key(number(21)),
        holder.pseudonym(number(22)).element(),
        holder.nullifier(number(23), 24, number(25)).element(),
    ];
    let found = found.map(|element| hex::encode(field_bytes(&element)));
    assert_eq!(
        found,
        [
            // Linear account
            "c79c3f12f7c7363189ee2e59ed62e3960050e01334767eb24e2d616a111bc81a",
            // Portfolio account
            "c7f71bd7f4b269e3a8a72050e519b6993c66bb27986ef369a28e95ac9abe9501",
            // Margin
            "f49555ae248be323da4138a97f84f0e8e7b972543d94168380553f78251e3926",
            // Node
            "70b799f28e6880e1b453b27adcb6c2f6594e5ae0b37682ed63d4c58eb3f30424",
            // Holder key
            "a79d0fc6927fbcdac1033cf06e6b25e7404fddafe05b4503650f47157568643b",
            // Pseudonym
            "3dc98a067d4679597fd6ae62e92d7eddd35fcc9d5e0384351866244f6827b619",
            // Nullifier
            "56c176b492ea67a772a0436bf2c63cc66a9051281de8e52778c8ac7aef54ea15",
        ]
    );
}
