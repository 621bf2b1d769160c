//! What the benchmarks measure: one account at a real schedule, and an Orchard proof beside it.

use num_bigint::{BigInt, BigUint};
use orchard::builder::{Builder, BundleType};
use orchard::bundle::BundleVersion;
use orchard::circuit::{Instance, OrchardCircuitVersion, ProvingKey};
use orchard::keys::{FullViewingKey, Scope, SpendingKey};
use orchard::value::NoteValue;
use orchard::{Anchor, Bundle};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use std::sync::Arc;
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::{CircuitWitness, Membership, MembershipInputs, PublicInputs, Witness};
use zkmargin_model::circuit::{LinearKind, Shape, Slots};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, account_commitment, margin_commitment};
use zkmargin_model::context::Context;
use zkmargin_model::field::field_bytes;
use zkmargin_model::holder::{HolderSecret, venue_field};
use zkmargin_model::ledger::{Path, empty_roots};
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::{Account, Balance, Book, MAX_ISOLATED, Position, Side, margin};
use zkmargin_params::{
    AccountFile, AnyMarket, CompiledMarket, MarketKind, PlainSecrets, RoundingFile, Schedule,
    ScheduleFile, SnapshotFile, compile, read_schedule,
};
use zkmargin_prover::ProveRequest;

/// Randomness of the operating system.
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Binance's USDT perpetuals with all their tiers and the venue's rounding, at a snapshot that is mostly synthetic: the
/// published figures have no mark price for most instruments. The cost of keys and proofs does not
/// depend on the prices.
pub fn binance() -> CompiledMarket {
    binance_with(|_| ())
}

/// The same without rounding: the exact profile.
pub fn binance_exact() -> CompiledMarket {
    binance_with(|schedule| schedule.rounding = RoundingFile::default())
}

/// The same with isolated books; accounts have as many isolated positions as a proof compares.
pub fn binance_isolated() -> CompiledMarket {
    binance_with(|schedule| schedule.isolated_books = true)
}

fn binance_with(change: impl FnOnce(&mut ScheduleFile)) -> CompiledMarket {
    let read = |path: &str| {
        std::fs::read(format!("{}/../params/{path}", env!("CARGO_MANIFEST_DIR"))).expect(path)
    };
    let schedule = Schedule::from_json(&read("venues/binance/usdm.json")).expect("schedule");
    let mut file = schedule.file().clone();
    change(&mut file);
    let schedule = Schedule::new(file).expect("schedule");
    let snapshot = read("venues/binance/examples/usdm.synthetic.snapshot.json");
    let mut snapshot = SnapshotFile::from_json(&snapshot).expect("snapshot");
    snapshot.schedule = schedule.digest().to_string();
    compile(&schedule, &snapshot).expect("market")
}

const SECRET: u64 = 2;

fn venue() -> Fp {
    venue_field("venue")
}

/// A market, an account of it that meets its maintenance margin, and the claim.
pub struct Subject {
    /// The market.
    pub market: CompiledMarket,
    /// Claim: maintenance.
    pub claim: Claim,
    /// The account and its secrets.
    pub witness: Witness,
}

impl Subject {
    /// An account with so many positions, long and short in turn.
    pub fn new(market: CompiledMarket, positions: usize) -> Self {
        let terms = market.market().terms();
        let positions = terms.instruments.iter().take(positions).enumerate().map(|(i, terms)| {
            let side = if i % 2 == 0 { Side::Long } else { Side::Short };
            let size = BigUint::from(1_000 + 37 * i);
            let sign = if side == Side::Long { 1 } else { -1 };
            let mut entry = terms.value.apply(&BigInt::from(size.clone())) * sign;
            let isolated = market.market().terms().isolated_unit.is_some() && i < MAX_ISOLATED;
            let book = if isolated { Book::Isolated } else { Book::Cross };
            if isolated {
                entry -= BigInt::from(10).pow(24);
            }
            Position { book, instrument: terms.id, side, size, entry, own: 0 }
        });
        let balances = terms.assets.iter().map(|a| Balance {
            asset: a.id,
            balance: BigInt::from(10).pow(24),
            own: 0,
        });
        let account = Account::new(positions.collect(), balances.collect()).expect("account");
        let claim = Claim::new(10_000, BigUint::from(0u8)).expect("claim");
        let computed = margin(&account, market.market()).expect("margin");
        assert!(computed.meets(&claim, market.market()), "the account must be healthy");
        let secrets = AccountSecrets {
            registry: Fp::from(1),
            holder_key: HolderSecret::new(Fp::from(SECRET)).holder_key(venue()),
            serial: 3,
            blinding: Fp::from_raw([
                0x243f_6a88_85a3_08d3,
                0x1319_8a2e_0370_7344,
                0xa409_3822_299f_31d0,
                0x082e_fa98_ec4e_6c89,
            ]),
        };
        Self { market, claim, witness: Witness { account, secrets, margin_blinding: Fp::from(5) } }
    }

    /// The holder's secret, with the account's place in a ledger of which it is the only account.
    fn membership(&self) -> (HolderSecret, Membership) {
        let secret = HolderSecret::new(Fp::from(SECRET));
        let siblings = *empty_roots().first_chunk().expect("a root per level");
        let path = Path { serial: 3, siblings };
        let membership = Membership {
            secret: secret.expose(),
            venue: venue(),
            audience: Fp::from(8),
            scope: Fp::from(9),
            path,
        };
        (secret, membership)
    }

    /// Witness of a kind of circuit.
    pub fn circuit_witness(&self, kind: LinearKind) -> CircuitWitness {
        let mut witness = self.plain_witness(kind.shape);
        if kind.anchor() == zkmargin_model::circuit::Anchor::Ledger {
            witness.membership = Some(self.membership().1);
        }
        witness
    }

    fn plain_witness(&self, shape: Shape) -> CircuitWitness {
        let market = self.market.market();
        let figures = margin(&self.witness.account, market).expect("rule");
        CircuitWitness::new(shape, market, &self.witness, &figures, &self.claim).expect("fits")
    }

    /// Public inputs of a kind of circuit.
    pub fn public(&self, kind: LinearKind) -> PublicInputs {
        let plain = self.plain();
        if kind.anchor() == zkmargin_model::circuit::Anchor::Commitment {
            return plain;
        }
        let (secret, m) = self.membership();
        PublicInputs {
            account: m.path.root(plain.account.into()).element(),
            pseudonym: secret.pseudonym(m.audience).element(),
            nullifier: secret.nullifier(plain.registry, m.path.serial, m.scope).element(),
            membership: Some(MembershipInputs {
                venue: m.venue,
                audience: m.audience,
                scope: m.scope,
            }),
            ..plain
        }
    }

    fn plain(&self) -> PublicInputs {
        let w = &self.witness;
        let m = margin(&w.account, self.market.market()).expect("margin");
        PublicInputs {
            statement: Fp::from(6),
            account: account_commitment(&w.account, &w.secrets).expect("fits").element(),
            pseudonym: Fp::from(0),
            nullifier: Fp::from(0),
            claim: self.claim.clone(),
            margin: margin_commitment(&m.equity, &m.maintenance, w.margin_blinding).element(),
            registry: w.secrets.registry,
            membership: None,
            position: None,
        }
    }
}

/// An account of a shipped example, at its venue's schedule.
pub struct Example {
    /// The venue.
    pub name: String,
    /// Its market.
    pub market: Arc<dyn AnyMarket>,
    account: Account,
    secrets: PlainSecrets,
    slots: Option<Slots>,
}

impl Example {
    /// All that are measured, each in a shape that its venue's larger accounts take, or of the smallest number of pages.
    pub fn all() -> impl Iterator<Item = Self> {
        let named = |stem: &str| {
            ["schedule", "snapshot", "account"].map(|kind| format!("{stem}.{kind}.json"))
        };
        let lighter = ["mainnet", "examples/186974592.snapshot", "examples/222378.account"];
        let examples = [
            ("Binance", named("binance/examples/cross"), Some(Shape::M)),
            ("Hyperliquid", named("hyperliquid/examples/cross"), Some(Shape::M)),
            ("Lighter", lighter.map(|file| format!("lighter/{file}.json")), Some(Shape::Ml)),
            ("Extended", named("extended/examples/flow"), Some(Shape::Sm)),
            ("Drift", named("drift/examples/perpetual"), Some(Shape::S)),
            ("Mango", named("mango/examples/perpetual"), Some(Shape::S)),
            ("Derive", named("derive/examples/options"), None),
            ("Paradex", named("paradex/examples/btc"), None),
            ("Deribit portfolio margin", named("deribit_pm/examples/btc"), None),
            ("Takasbank", named("takasbank/examples/commodity"), None),
        ];
        examples.into_iter().map(|(venue, files, shape)| Self::read(venue, files, shape))
    }

    fn read(venue: &str, files: [String; 3], shape: Option<Shape>) -> Self {
        let [schedule, snapshot, account] = files.map(|file| {
            let path = format!("{}/../params/venues/{file}", env!("CARGO_MANIFEST_DIR"));
            std::fs::read(&path).expect(&path)
        });
        let schedule = read_schedule(&schedule).expect("schedule");
        let market = schedule.at(&snapshot).expect("market");
        let file = AccountFile::from_json(&account).expect("account");
        let account = market.schedule().holdings(&file).expect("holdings");
        // Digits of pi: secrets that anybody could guess are refused.
        let secrets = PlainSecrets {
            holder_key: field_bytes(&Fp::from_raw([
                0x4528_21e6_38d0_1377,
                0xbe54_66cf_34e9_0c6c,
                0xc0ac_29b7_c97c_50dd,
                0x3f84_d5b5_b547_0917,
            ])),
            serial: 3,
            blinding: field_bytes(&Fp::from_raw([
                0x243f_6a88_85a3_08d3,
                0x1319_8a2e_0370_7344,
                0xa409_3822_299f_31d0,
                0x082e_fa98_ec4e_6c89,
            ])),
        };
        Self { name: venue.to_owned(), market, account, secrets, slots: shape.map(Slots::Linear) }
    }

    /// A proof of the account's maintenance margin.
    pub fn request(&self) -> ProveRequest<'_> {
        ProveRequest {
            account: &self.account,
            secrets: &self.secrets,
            market: &*self.market,
            claim: Claim::margin(),
            subject: match self.market.kind() {
                MarketKind::Linear(market) => market.market().books().into(),
                MarketKind::Portfolio(_) => Measure::Maintenance.into(),
            },
            context: Context::new("desk-42", "", None).expect("context"),
            membership: None,
            shape: self.slots,
        }
    }
}

/// An Orchard bundle of two actions, ready to prove.
pub struct Orchard {
    key: ProvingKey,
    bundle: Bundle<
        orchard::builder::InProgress<orchard::builder::Unproven, orchard::builder::Unauthorized>,
        i64,
    >,
    instances: Vec<Instance>,
}

impl Default for Orchard {
    fn default() -> Self {
        let recipient = SpendingKey::from_bytes([7; 32]).expect("key");
        let recipient = FullViewingKey::from(&recipient).address_at(0u32, Scope::External);
        let version = BundleVersion::orchard_v2;
        let anchor = Anchor::from_bytes([0; 32]).expect("anchor");
        let mut builder =
            Builder::new(BundleType::DEFAULT, version(), version().default_flags(), anchor)
                .expect("builder");
        for _ in 0..2 {
            let value = NoteValue::from_raw(10);
            builder.add_output(None, recipient, value, [0; 512]).expect("output");
        }
        let (bundle, _) = builder.build(rng()).expect("build").expect("bundle");
        let instances: Vec<_> = bundle
            .actions()
            .iter()
            .map(|a| a.to_instance(*bundle.flags(), *bundle.anchor()))
            .collect();
        assert_eq!(instances.len(), 2);
        Self { key: ProvingKey::build(OrchardCircuitVersion::FixedPostNu6_2), bundle, instances }
    }
}

impl Orchard {
    /// Proves the two actions.
    pub fn prove(&self) {
        self.bundle
            .authorization()
            .create_proof(&self.key, &self.instances, rng())
            .expect("orchard proof");
    }
}
