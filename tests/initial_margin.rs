//! Initial margin by own leverages, from the answers of Binance and Bybit to the circuit: which of both requirements decides, and
//! the boundary to the unit.

use super::circuit_accepts;
use num_bigint::{BigInt, BigUint};
use num_traits::Zero;
use serde_json::{Value, json};
use std::path::PathBuf;
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::{CircuitWitness, KeyCache, ParamsStore, PublicInputs, Witness};
use zkmargin_circuit::{create_proof, verify_proof};
use zkmargin_model::circuit::{Anchor, Kind, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, account_commitment, margin_commitment};
use zkmargin_model::rule::{Account, Position, Profile, margin};
use zkmargin_params::venues::{Binance, Bybit, Venue, binance, bybit};
use zkmargin_params::{AccountFile, CompiledMarket, Requirement, Schedule, compile};

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
            requirement: Requirement::Initial,
            collateral: vec!["BTC".to_owned(), "USDC".to_owned()],
            ..binance::Options::default()
        };
        Self::of::<Binance>(&source, &source, &options)
    }

    /// The example's position, at its 30 times.
    fn bybit() -> Self {
        let options =
            bybit::Options { requirement: Requirement::Initial, ..bybit::Options::default() };
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

    /// The account that just meets its initial margin, and that with one unit less of its first asset.
    fn boundary(&self, leverages: impl Fn(&Position) -> u32) -> [Account; 2] {
        let holdings = self.holdings();
        let positions = holdings.positions().iter();
        let positions: Vec<_> =
            positions.map(|p| Position { own: leverages(p), ..p.clone() }).collect();
        let with = |balance: &BigInt| {
            let mut balances = holdings.balances().to_vec();
            balances[0].balance = balance.clone();
            Account::new(positions.clone(), balances).expect("an account")
        };
        let [mut low, mut high]: [BigInt; 2] = [-1, 1].map(|sign| BigInt::from(sign) << 66);
        while &low + BigInt::from(1) < high {
            let middle: BigInt = (&low + &high) / 2;
            if self.meets(&with(&middle)) { high = middle } else { low = middle }
        }
        [with(&high), with(&low)]
    }

    fn meets(&self, account: &Account) -> bool {
        let figures = margin(account, self.market.market()).expect("figures");
        figures.meets(&claim(), self.market.market())
    }
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
                assert_eq!(initial.meets(&account), met);
                assert_eq!(circuit_accepts(market, &account, &figures, &claim()), met);
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
            account: account_commitment(account, &secrets).element(),
            pseudonym: Fp::zero(),
            nullifier: Fp::zero(),
            claim: claim(),
            margin: margin_commitment(&figures.equity, &figures.maintenance, blinding).element(),
            registry: secrets.registry,
            membership: None,
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
