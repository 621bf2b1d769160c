//! The portfolio circuit says what the rule says on every case of the vectors that fits sixteen pages.
//!
//! Each case runs at the smaller of the shapes that hold it, with the market's sums bounded for the slots of that shape, at
//! the level of its requirement and then at the boundary: the balance with which the claim is just met, and one unit less.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{Signed, Zero};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::{
    PortfolioCircuit, PortfolioShape, PortfolioTables, PortfolioWitness,
};
use zkmargin_circuit::{
    CircuitWitness, KeyCache, ParamsStore, PublicInputs, Witness, create_proof, verify_proof,
};
use zkmargin_model::circuit::{Anchor, Kind, Pages, PortfolioKind, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{
    AccountSecrets, account_commitment as linear_commitment, margin_commitment,
};
use zkmargin_model::portfolio::{Margin, Market, account_commitment, margin, pages};
use zkmargin_model::rule::{self, Account, Balance, Book, Position, Profile, Side};
use zkmargin_params::Requirement;
use zkmargin_params::venues::{OpenedFile, PortfolioReading, deribit_pm, paradex};
use zkmargin_tests::scenarios::scenarios;
use zkmargin_tests::takasbank::{self, Commodity, LIRA};
use zkmargin_tests::{GoldenCase, load_derive, load_golden, load_span, vectors_folder};

/// A market with sums bounded for a shape, and its tables.
struct Prepared {
    market: Market,
    tables: Arc<PortfolioTables>,
    kind: PortfolioKind,
}

impl Prepared {
    /// `None` where the account needs more than sixteen pages.
    fn of(market: &Market, account: &Account) -> Option<Self> {
        let mut terms = market.terms().clone();
        let count = pages(account, &terms).expect("pages").len();
        let pages = Pages::smallest_for(count, account.balances().len())?;
        let kind = PortfolioKind { anchor: Anchor::Commitment, pages };
        terms.capacity.positions = pages.positions();
        let market = Market::new(terms).expect("the same with another capacity");
        let tables = Arc::new(PortfolioTables::new(&market).expect("provable"));
        Some(Self { market, tables, kind })
    }

    /// Public inputs and witness.
    fn proven(
        &self,
        account: &Account,
        figures: &Margin,
        claim: &Claim,
    ) -> (PublicInputs, PortfolioWitness) {
        let secrets = AccountSecrets {
            registry: Fp::from(1),
            holder_key: Fp::from(2),
            serial: 3,
            blinding: Fp::from(4),
        };
        let pages = pages(account, self.market.terms()).expect("pages");
        let commitment = account_commitment(&pages, account.balances(), &secrets).expect("fits");
        let margin = margin_commitment(&figures.equity, &figures.requirement, Fp::from(6));
        let public = PublicInputs {
            statement: Fp::from(5),
            account: commitment.element(),
            pseudonym: Fp::ZERO,
            nullifier: Fp::ZERO,
            claim: claim.clone(),
            margin: margin.element(),
            registry: Fp::from(1),
            membership: None,
            position: None,
        };
        let witness = Witness { account: account.clone(), secrets, margin_blinding: Fp::from(6) };
        let (tables, shape) = (&self.tables, self.kind.into());
        let witness = PortfolioWitness::new(tables, shape, &self.market, &witness, figures, claim);
        (public, witness.expect("fits"))
    }

    fn accepts(&self, account: &Account, figures: &Margin, claim: &Claim) -> Result<(), String> {
        let (public, witness) = self.proven(account, figures, claim);
        self.mock(public, witness)
    }

    fn mock(&self, public: PublicInputs, witness: PortfolioWitness) -> Result<(), String> {
        let (tables, shape) = (self.tables.clone(), self.kind.into());
        let circuit = PortfolioCircuit::proving(tables, shape, witness).expect("fits");
        let instance = vec![public.instance()];
        let k = circuit.k().get();
        let result = circuit.configured(|circuit| zkmargin_mock::check::<16>(k, circuit, instance));
        result.map_err(|failures| format!("{:#?}", failures.iter().take(8).collect::<Vec<_>>()))
    }

    /// A largest loss that is too low, and one that is too high.
    fn refuses_other_scans(&self, name: &str, account: &Account, claim: &Claim) {
        let figures = margin(account, &self.market).expect("figures");
        for change in [-Fp::ONE, Fp::ONE] {
            let (public, mut witness) = self.proven(account, &figures, claim);
            let unit = witness.pages.last_mut().map(|page| &mut page.unit);
            unit.expect("pages").scan += change;
            assert!(self.mock(public, witness).is_err(), "{name}: {change:?}");
        }
    }

    /// The least balance that meets the requirement, and one unit less.
    fn boundary(&self, name: &str, account: &Account) {
        let unit = &self.market.terms().entry_unit;
        let claim = Claim::new(10_000, BigUint::zero()).expect("level");
        let figures = margin(account, &self.market).expect("figures");
        let least = figures.requirement.div_ceil(&figures.per_margin_unit).max(BigInt::zero());
        let at = with_equity(account, &figures, &least, unit);
        let below = with_equity(account, &figures, &(least - unit), unit);
        let meets =
            |account| margin(account, &self.market).expect("figures").meets(&claim, &self.market);
        assert_eq!([meets(&at), meets(&below)], [true, false], "{name}");
        self.check(name, &at, &claim);
        self.check(name, &below, &claim);
        if self.market.terms().units.len() == 1 {
            self.refuses_other_scans(name, &at, &claim);
        }
    }

    fn check(&self, name: &str, account: &Account, claim: &Claim) {
        let figures = margin(account, &self.market).expect("figures");
        let native = figures.meets(claim, &self.market);
        let circuit = self.accepts(account, &figures, claim);
        assert_eq!(circuit.is_ok(), native, "{name}: {claim:?}: {circuit:?}");
    }
}

/// The account with another balance of its only asset, of which a unit of balance is `per` units of equity.
fn with_equity(account: &Account, figures: &Margin, equity: &BigInt, per: &BigInt) -> Account {
    let [held] = account.balances() else { panic!("one asset") };
    let further = (equity - &figures.equity).div_ceil(per);
    let balance = Balance { balance: &held.balance + further, ..held.clone() };
    Account::new(account.positions().to_vec(), vec![balance]).expect("an account")
}

fn sample() -> usize {
    if std::env::var_os("ZKMARGIN_ALL_VECTORS").is_some() { 1 } else { 13 }
}

#[test]
fn derive() {
    let Some(folder) = vectors_folder() else {
        eprintln!("no vectors folder");
        return;
    };
    let Some(loaded) = load_derive(&folder).expect("vectors") else { return };
    let (mut ran, mut large) = (0, 0);
    for case in loaded.portfolio.iter().step_by(sample()) {
        let Some(prepared) = Prepared::of(&case.market, &case.account) else {
            large += 1;
            continue;
        };
        let name = format!("{} [{}]", case.name, case.label);
        // Holder and path take no further row.
        let shape = PortfolioShape::from(prepared.kind);
        let [committed, in_ledger] = [shape, shape.in_ledger()].map(|shape| {
            let circuit = PortfolioCircuit::keyed(prepared.tables.clone(), shape).expect("fits");
            (circuit.k(), circuit.rows())
        });
        assert_eq!(in_ledger, committed, "{name}");
        for verdict in &case.expected.verdicts {
            prepared.check(&name, &case.account, &verdict.claim);
        }
        prepared.boundary(&name, &case.account);
        ran += 1;
    }
    eprintln!("derive: circuit and rule agree on {ran} accounts; {large} need more than 8 pages");
}

#[test]
fn textbook() {
    let Some(folder) = vectors_folder() else { return };
    let Some(loaded) = load_span(&folder).expect("vectors") else { return };
    for case in &loaded.portfolio {
        let prepared = Prepared::of(&case.market, &case.account).expect("one page");
        for verdict in &case.expected.verdicts {
            prepared.check(&case.name, &case.account, &verdict.claim);
        }
        prepared.boundary(&case.name, &case.account);
    }
}

/// An account in some contracts of commodities of the clearing house.
fn generated(commodities: &[Commodity], ids: &[Vec<u32>], random: &mut StdRng) -> Account {
    let mut positions = BTreeMap::new();
    for (of, ids) in commodities.iter().zip(ids) {
        for _ in 0..random.random_range(3..=12) {
            let at = random.random_range(0..of.contracts.len());
            let side = [Side::Long, Side::Short][random.random_range(0..2)];
            let size = BigUint::from(random.random_range(1..=2_000u32));
            let (book, entry) = (Book::Cross, BigInt::ZERO);
            let instrument = ids[at];
            positions.insert(instrument, Position { book, instrument, side, size, entry, own: 0 });
        }
    }
    let cash = Balance { asset: LIRA, balance: BigInt::from(1_000), own: 0 };
    Account::new(positions.into_values().collect(), vec![cash]).expect("an account")
}

/// Single commodities of a clearing house's file, and three at once.
#[test]
fn clearing_house() {
    let Some(path) = takasbank::path() else { return };
    let commodities = takasbank::read(&std::fs::read(path).expect("the file")).expect("read");
    let (mut random, mut ran) = (StdRng::seed_from_u64(5), 0);
    let held: Vec<&Commodity> =
        commodities.commodities.iter().filter(|c| c.contracts.len() > 4).collect();
    let step = if sample() == 1 { 1 } else { 4 };
    let singles = held.iter().step_by(step).map(|c| vec![(*c).clone()]);
    let three = held.iter().take(3).map(|c| (*c).clone()).collect();
    for some in singles.chain([three]) {
        let (market, ids) = takasbank::market(&some).expect("a market");
        let account = generated(&some, &ids, &mut random);
        let Some(prepared) = Prepared::of(&market, &account) else { continue };
        prepared.boundary(&some[0].code, &account);
        ran += 1;
    }
    eprintln!("clearing house: circuit and rule agree on {ran} accounts");
    assert!(ran > 4);
}

/// The whole file of a clearing house: some positions of all its commodities are proven in one market, in 2^12 rows.
#[test]
#[ignore = "keys of 2^12 rows; docs/book/portfolio-circuit.md has the command"]
fn clearing_house_whole() {
    let Some(path) = takasbank::path() else { return };
    let read = takasbank::read(&std::fs::read(path).expect("the file")).expect("read");
    let (market, ids) = takasbank::market(&read.commodities).expect("a market");
    let mut random = StdRng::seed_from_u64(6);
    let few = |at: usize| read.commodities[at].contracts.len() > 100;
    let some: Vec<usize> = (0..read.commodities.len()).filter(|at| few(*at)).take(3).collect();
    let commodities: Vec<_> = some.iter().map(|at| read.commodities[*at].clone()).collect();
    let ids: Vec<_> = some.iter().map(|at| ids[*at].clone()).collect();
    let account = generated(&commodities, &ids, &mut random);
    let prepared = Prepared::of(&market, &account).expect("sixteen pages at most");
    let figures = margin(&account, &prepared.market).expect("figures");
    let least = figures.requirement.div_ceil(&figures.per_margin_unit);
    let account = with_equity(&account, &figures, &least, &market.terms().entry_unit);
    let figures = margin(&account, &prepared.market).expect("figures");
    let claim = Claim::new(10_000, BigUint::zero()).expect("level");
    let (kind, market) = (prepared.kind, &prepared.market);
    let keyed = PortfolioCircuit::keyed(prepared.tables.clone(), kind.into()).expect("fits");
    let (k, rows) = (keyed.k(), keyed.rows());
    assert_eq!(k.get(), 12);
    let cache = KeyCache::new(ParamsStore::in_memory(), 1.try_into().expect("capacity"));
    let start = Instant::now();
    let keys = cache.proving_key(kind, market, [8; 32].into()).expect("keys");
    let of_keys = start.elapsed().as_millis();
    let (public, witness) = prepared.proven(&account, &figures, &claim);
    let start = Instant::now();
    let proof = create_proof(&keys, witness, &public, rand::rng()).expect("proof");
    let of_proof = start.elapsed().as_millis();
    let key = cache.verifying_key(kind, market, [8; 32].into()).expect("key");
    assert_eq!(verify_proof(&key, &public, &proof), Ok(()));
    let held = account.positions().len();
    let instruments = market.terms().instruments.len();
    eprintln!(
        "clearing house, {instruments} instruments: {held} positions, {} slots, k = {k}, {rows} rows, keys with parameters {of_keys} ms, proof {of_proof} ms, {} bytes",
        kind.pages.positions(),
        proof.len()
    );
}

/// Answers of venues that give rule, prices and account.
#[test]
fn answers_of_venues() {
    for (venue, folder) in [(paradex::FOLDER, "paradex"), (deribit_pm::FOLDER, "deribit_pm")] {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../params/venues");
        let files = std::fs::read_dir(format!("{root}/{folder}/examples/answers"));
        let files = files.expect("the example").map(|entry| {
            let path = entry.expect("entry").path();
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            OpenedFile { name, bytes: std::fs::read(&path).expect("file").into() }
        });
        let files: Vec<_> = files.collect();
        let imported = venue.import(&files, &[], &[], &PortfolioReading::default());
        let imported = imported.unwrap_or_else(|e| panic!("{folder}: {e}"));
        let account = imported.account.expect("the folder has one");
        let account = imported.market.schedule().account(&account).expect("an account");
        let requirements = [Requirement::Maintenance, Requirement::Initial];
        for requirement in requirements.into_iter().take(if sample() == 1 { 2 } else { 1 }) {
            let market = imported.market.market(requirement).expect("both");
            let prepared = Prepared::of(market, &account).expect("a page for each maturity");
            prepared.boundary(folder, &account);
        }
    }
}

/// Times `run` some times and returns the median in milliseconds with the last result.
fn timed<T>(mut run: impl FnMut() -> T) -> (u128, T) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..5 {
        let start = Instant::now();
        last = Some(run());
        times.push(start.elapsed().as_millis());
    }
    times.sort_unstable();
    (times[2], last.expect("ran"))
}

/// Time and size beside those of the linear circuit of 64 positions, in one run.
#[test]
#[ignore = "a measurement; docs/book/portfolio-circuit.md has the command"]
fn measured() {
    let store = ParamsStore::in_memory();
    let golden = load_golden().expect("golden cases");
    let exact = |case: &&GoldenCase| case.market.profile() == Ok(Profile::EXACT);
    let case = golden.iter().filter(exact).find(|case| {
        rule::margin(&case.account, &case.market).is_ok_and(|m| !m.equity.is_negative())
    });
    let linear = case.expect("an exact case");
    measure_linear(linear);
    let cache = KeyCache::new(store, 1.try_into().expect("capacity"));
    for (units, columns, instruments, pages) in
        [(1, 24, 1_000, 4), (4, 24, 1_000, 4), (8, 36, 2_000, 8)]
    {
        let (market, account) = scenarios(units, columns, instruments, pages);
        let prepared = Prepared::of(&market, &account).expect("sixteen pages at most");
        let name = format!("{units} units, {columns} columns, {instruments} instruments");
        measure(&cache, &name, &prepared, &account);
    }
    let Some(folder) = vectors_folder() else { return };
    let Some(loaded) = load_derive(&folder).expect("vectors") else { return };
    for pages in Pages::ALL {
        let of_shape = loaded.portfolio.iter().find_map(|case| {
            let prepared = Prepared::of(&case.market, &case.account);
            let prepared = prepared.filter(|p| p.kind.pages == pages)?;
            let figures = margin(&case.account, &prepared.market).ok()?;
            let claim = Claim::new(10_000, BigUint::zero()).ok()?;
            figures.meets(&claim, &prepared.market).then_some((case, prepared))
        });
        let Some((case, prepared)) = of_shape else { continue };
        measure(&cache, "Derive", &prepared, &case.account);
    }
}

/// Keys, proof and verification of an account that meets its requirement.
fn measure(cache: &KeyCache, name: &str, prepared: &Prepared, account: &Account) {
    let (kind, market) = (prepared.kind, &prepared.market);
    let figures = margin(account, market).expect("figures");
    let claim = Claim::new(10_000, BigUint::zero()).expect("level");
    assert!(figures.meets(&claim, market), "{name}");
    let keyed = PortfolioCircuit::keyed(prepared.tables.clone(), kind.into()).expect("fits");
    // Nothing but a name of the keys here.
    let mut digest = [kind.pages.count() as u8; 32];
    digest.iter_mut().zip(name.bytes()).for_each(|(byte, of)| *byte ^= of);
    let digest = digest.into();
    let start = Instant::now();
    let keys = cache.proving_key(kind, market, digest).expect("keys");
    let of_keys = start.elapsed().as_millis();
    let key = cache.verifying_key(kind, market, digest).expect("key");
    let (public, witness) = prepared.proven(account, &figures, &claim);
    let (of_proof, proof) =
        timed(|| create_proof(&keys, witness.clone(), &public, rand::rng()).expect("proof"));
    let (of_check, checked) = timed(|| verify_proof(&key, &public, &proof));
    assert_eq!(checked, Ok(()));
    let (slots, k, rows, bytes) = (kind.pages.positions(), keyed.k(), keyed.rows(), proof.len());
    eprintln!(
        "{name}, {slots} slots: k = {k}, {rows} rows, keys {of_keys} ms, proof {of_proof} ms, verify {of_check} ms, {bytes} bytes"
    );
}

fn measure_linear(case: &GoldenCase) {
    let kind = Kind::of(Profile::EXACT, Anchor::Commitment, Shape::M);
    let secrets = AccountSecrets {
        registry: Fp::from(1),
        holder_key: Fp::from(2),
        serial: 3,
        blinding: Fp::from(4),
    };
    let claim = Claim::new(0, BigUint::zero()).expect("level");
    let figures = rule::margin(&case.account, &case.market).expect("figures");
    let margin = margin_commitment(&figures.equity, &figures.maintenance, Fp::from(6));
    let public = PublicInputs {
        statement: Fp::from(5),
        account: linear_commitment(&case.account, &secrets).expect("fits").element(),
        pseudonym: Fp::ZERO,
        nullifier: Fp::ZERO,
        claim: claim.clone(),
        margin: margin.element(),
        registry: Fp::from(1),
        membership: None,
        position: None,
    };
    let witness = Witness { account: case.account.clone(), secrets, margin_blinding: Fp::from(6) };
    let witness =
        CircuitWitness::new(Shape::M, &case.market, &witness, &figures, &claim).expect("fits");
    let cache = || KeyCache::new(ParamsStore::in_memory(), 1.try_into().expect("one"));
    let digest = [9; 32].into();
    let warm = cache();
    let keys = warm.proving_key(kind, &case.market, digest).expect("keys");
    let check = warm.verifying_key(kind, &case.market, digest).expect("keys");
    let (of_keys, _) = timed(|| cache().proving_key(kind, &case.market, digest).expect("keys"));
    let (of_proof, proof) =
        timed(|| create_proof(&keys, witness.clone(), &public, rand::rng()).expect("proof"));
    let (of_check, checked) = timed(|| verify_proof(&check, &public, &proof));
    assert_eq!(checked, Ok(()));
    let (k, bytes) = (keys.id().k, proof.len());
    eprintln!(
        "linear, 64 positions: k = {k}, keys with parameters {of_keys} ms, proof {of_proof} ms, verify {of_check} ms, {bytes} bytes"
    );
}
