//! Initial margin by own leverages, from the answers of Binance and Bybit to the circuit: which of both requirements decides, and
//! the boundary to the unit.

use super::circuit_accepts;
use num_bigint::{BigInt, BigUint};
use num_traits::Zero;
use serde_json::{Value, json};
use std::path::PathBuf;
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::{
    CircuitWitness, KeyCache, MarketTables, ParamsStore, PublicInputs, Witness, create_proof,
    smallest_circuit, verify_proof,
};
use zkmargin_model::circuit::{Anchor, Kind, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, account_commitment, margin_commitment};
use zkmargin_model::rule::{Account, Balance, Book, Market, Position, Profile, Side, margin};
use zkmargin_params::venues::{Binance, Bybit, Venue, binance, bybit};
use zkmargin_params::{AccountFile, CompiledMarket, Requirement, Schedule, SnapshotFile, compile};

/// The answers of a venue's example folder, by name.
fn answers(venue: &str) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../params/venues/{venue}/examples/answers"));
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
    let members = files.map(|file| {
        let bytes = std::fs::read(file.path()).expect("a file");
        let name = file.path().file_stem().expect("a name").to_string_lossy().into_owned();
        (name, serde_json::from_slice(&bytes).expect("JSON"))
    });
    Value::Object(members.collect())
}

/// A market of initial margin with an account at it.
struct Initial {
    market: CompiledMarket,
    account: AccountFile,
    schedule: Schedule,
}

impl Initial {
    /// From all answers, and those that prices are read from.
    fn of<V: Venue>(source: &Value, prices: &Value, options: &V::Options) -> Self {
        let schedule = V::schedule(source, options).expect("a schedule").schedule;
        let schedule = Schedule::new(schedule).expect("a schedule");
        let snapshot = V::snapshot(prices, &schedule).expect("a snapshot");
        let market = compile(&schedule, &snapshot).expect("a market");
        let account = V::account(source, &schedule).expect("an account");
        Self { market, account, schedule }
    }

    /// A long position at the highest leverage and a short one at 20 times, in multi-assets mode.
    fn binance() -> Self {
        let mut source = answers("binance");
        for (at, leverage) in ["20", "125"].into_iter().enumerate() {
            source["positionRisk"][at]["leverage"] = json!(leverage);
        }
        let options = binance::Options {
            requirement: Some(Requirement::Initial),
            collateral: vec!["BTC".to_owned(), "USDC".to_owned()],
            ..binance::Options::default()
        };
        Self::of::<Binance>(&source, &source, &options)
    }

    /// The example's position, at its 30 times.
    fn bybit() -> Self {
        let requirement = Some(Requirement::Initial);
        let options = bybit::Options { requirement, ..bybit::Options::default() };
        let source = answers("bybit");
        Self::of::<Bybit>(&source, &source["tickers"], &options)
    }

    fn holdings(&self) -> Account {
        self.account.holdings(&self.schedule).expect("holdings")
    }

    /// What each position requires, in the valuation currency.
    fn required(&self) -> Vec<String> {
        let figures = margin(&self.holdings(), self.market.market()).expect("figures");
        let unit = self.schedule.margin_amount_unit();
        figures.positions.iter().map(|p| unit.figure(&p.requirement).to_string()).collect()
    }

    /// The boundary of the account with other leverages.
    fn boundary(&self, leverage: impl Fn(&Position) -> u32) -> [Account; 2] {
        let holdings = self.holdings();
        let positions = holdings.positions().iter();
        let positions: Vec<_> =
            positions.map(|p| Position { own: leverage(p), ..p.clone() }).collect();
        boundary(self.market.market(), &positions, holdings.balances())
    }
}

/// The account that just meets its initial margin, and that with one unit less of its first asset.
fn boundary(market: &Market, positions: &[Position], balances: &[Balance]) -> [Account; 2] {
    let with = |balance: &BigInt| {
        let mut balances = balances.to_vec();
        balances[0].balance = balance.clone();
        Account::new(positions.to_vec(), balances).expect("an account")
    };
    let meets =
        |account: &Account| margin(account, market).expect("figures").meets(&claim(), market);
    let [mut low, mut high]: [BigInt; 2] = [-1, 1].map(|sign| BigInt::from(sign) << 66);
    while &low + BigInt::from(1) < high {
        let middle: BigInt = (&low + &high) / 2;
        if meets(&with(&middle)) { high = middle } else { low = middle }
    }
    let both = [with(&high), with(&low)];
    assert_eq!(both.each_ref().map(meets), [true, false]);
    both
}

fn claim() -> Claim {
    Claim::new(10_000, BigUint::zero()).expect("level")
}

const LEVERAGE: Profile = Profile { leverage: true, ..Profile::GENERAL };

/// Both venues, with the leverages of the answers, with one that is lower than any bracket's, and with the highest of all.
#[test]
fn the_circuit_says_what_the_rule_says_at_the_boundary() {
    for initial in [Initial::binance(), Initial::bybit()] {
        let market = initial.market.market();
        assert_eq!(market.profile(), Ok(LEVERAGE));
        let leverages: [fn(&Position) -> u32; 4] = [|p| p.own, |_| 0, |_| 333, |_| (1 << 27) - 1];
        for leverage in leverages {
            for (account, met) in initial.boundary(leverage).into_iter().zip([true, false]) {
                let figures = margin(&account, market).expect("figures");
                assert_eq!(circuit_accepts(market, &account, None, &figures, &claim()), met);
            }
        }
    }
}

/// Figures of the answers by hand, and one proof of Binance's initial margin, with the smallest shape.
#[test]
fn initial_margin_has_a_proof() {
    let initial = Initial::binance();
    // 0.05 at 67984.2 over 125, and 849 at 2.3468325 over 20, which the answer states as 99.62303962; at 1.00121132.
    assert_eq!(initial.required(), ["27.2266202484576", "99.7437150003524984"]);
    let market = initial.market.market();
    let [account, less] = initial.boundary(|p| p.own);
    let secrets = AccountSecrets {
        registry: Fp::from(1),
        holder_key: Fp::from(2),
        serial: 3,
        blinding: Fp::from(4),
    };
    let kind = Kind::of(LEVERAGE, Anchor::Commitment, Shape::Xs);
    let cache = KeyCache::new(ParamsStore::in_memory(), 1.try_into().expect("capacity"));
    let digest = initial.market.digest();
    let keys = cache.proving_key(kind, market, digest).expect("keys");
    let prove = |account: &Account| {
        let figures = margin(account, market).expect("figures");
        let blinding = Fp::from(6);
        let public = PublicInputs {
            statement: Fp::from(5),
            account: account_commitment(account, &secrets).expect("fits").element(),
            pseudonym: Fp::zero(),
            nullifier: Fp::zero(),
            claim: claim(),
            margin: margin_commitment(&figures.equity, &figures.maintenance, blinding).element(),
            registry: secrets.registry,
            membership: None,
            position: None,
        };
        let (account, secrets) = (account.clone(), secrets.clone());
        let witness = Witness { account, secrets, margin_blinding: blinding };
        let witness = CircuitWitness::new(Shape::Xs, market, &witness, &figures, &claim());
        let proof = create_proof(&keys, witness.expect("fits"), &public, rand::rng());
        (public, proof.expect("a proof"))
    };
    let key = cache.verifying_key(kind, market, digest).expect("key");
    let (public, proof) = prove(&account);
    assert_eq!(verify_proof(&key, &public, &proof), Ok(()));
    // The same proof of the account with one unit less, and that account's own.
    let (of_less, wrong) = prove(&less);
    assert!(verify_proof(&key, &of_less, &proof).is_err());
    assert!(verify_proof(&key, &of_less, &wrong).is_err());
}

/// All contracts of a list of Binance's brackets of 2024 have a circuit, and accounts on either side of every bracket's end are
/// decided as by the rule, where the folder of data is there.
#[test]
fn whole_lists_have_circuits() {
    let Some(folder) = std::env::var_os("ZKMARGIN_DATA").map(PathBuf::from) else {
        eprintln!("ZKMARGIN_DATA names no folder: nothing to import");
        return;
    };
    let bytes = std::fs::read(folder.join("freqtrade/binance_leverage_tiers.json"));
    let tiers: Value = serde_json::from_slice(&bytes.expect("a file")).expect("JSON");
    let source = json!({ "leverage_tiers": tiers });
    let requirement = Some(Requirement::Initial);
    let options = binance::Options { requirement, ..binance::Options::default() };
    let schedule = Binance::schedule(&source, &options).expect("a schedule").schedule;
    let schedule = Schedule::new(schedule).expect("a schedule");
    let marks = schedule.instruments().iter();
    let marks: Vec<_> =
        marks.map(|i| json!({"instrument": *i.symbol, "mark": "0.12345678"})).collect();
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2024-07-27T06:44:38Z", "sequence": 1,
        "assets": [{"asset": "USDT", "index": "0.9995"}], "instruments": marks,
    });
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).expect("a snapshot");
    let market = compile(&schedule, &snapshot).expect("a market");
    let market = market.market();
    let tables = MarketTables::new(market).expect("provable");
    let kind = Kind::of(tables.profile(), Anchor::Commitment, Shape::Xs);
    let id = smallest_circuit(kind, &tables).expect("a circuit");
    let instruments = &market.terms().instruments;
    eprintln!("{} contracts, k = {}", instruments.len(), id.k.get());
    assert!(instruments.len() > 300);
    // The size with which a contract's first bracket ends, and one step more.
    let instrument = &instruments[instruments.len() / 2];
    let first = &market.terms().tiers[instrument.tiers].rows()[0];
    let last: BigInt = &first.hi / instrument.requirement.num();
    for size in [last.clone(), last + 1] {
        let held = Position {
            book: Book::Cross,
            instrument: instrument.id,
            side: Side::Short,
            size: size.to_biguint().expect("positive"),
            entry: BigInt::zero(),
            own: 10_000,
        };
        let balance = Balance { asset: 1, balance: BigInt::zero(), own: 0 };
        for (account, met) in boundary(market, &[held], &[balance]).into_iter().zip([true, false]) {
            let figures = margin(&account, market).expect("figures");
            assert_eq!(circuit_accepts(market, &account, None, &figures, &claim()), met);
        }
    }
}
