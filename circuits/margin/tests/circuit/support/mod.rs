//! A small market and account for the circuit's tests.

#![allow(dead_code, missing_docs)] // Each test file uses its part.

use num_bigint::{BigInt, BigUint};
use std::num::NonZeroU64;
use std::sync::Arc;
use zkmargin_circuit::halo2::{Fp, Value, dev::VerifyFailure};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, account_commitment, margin_commitment};
use zkmargin_model::context::Context;
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::holder::{HolderSecret, audience_field, scope_field, venue_field};
use zkmargin_model::ledger::{Path, empty_roots};
use zkmargin_model::rule::*;

pub fn int(value: i128) -> BigInt {
    BigInt::from(value)
}

pub fn row(lo: i128, hi: i128, slope: i128, intercept: i128) -> BracketRow {
    BracketRow { lo: int(lo), hi: int(hi), slope: int(slope), intercept: int(intercept) }
}

/// Far enough to stand for an open end.
pub const FAR: i128 = 1 << 100;

pub fn market_terms() -> MarketTerms {
    let tiers = BracketedLinear::new(
        Variable::Value,
        vec![
            row(0, 49_999_999, 40, 0),
            row(50_000_000, 599_999_999, 50, -500_000_000),
            row(600_000_000, FAR, 65, -9_500_000_000),
        ],
    );
    let by_quantity =
        BracketedLinear::new(Variable::Quantity, vec![row(0, 999, 100, 0), row(1000, FAR, 300, 0)]);
    let haircut = |rate: i128| {
        let rows = vec![row(-FAR, -1, 11_000, 0), row(0, FAR, rate, 0)];
        BracketedLinear::new(Variable::Value, rows).unwrap()
    };
    let asset = |id, index, rate| AssetTerms {
        id,
        index: int(index).into(),
        collateral: haircut(rate),
        rounding: None,
        elements: Default::default(),
    };
    let instrument = |id, group, value, tiers| InstrumentTerms {
        id,
        group,
        value: LinearStep::exact(int(value)),
        funding: int(0),
        pnl_rounding: None,
        requirement: LinearStep::exact(int(value).magnitude().clone().into()),
        tiers,
        requirement_rounding: vec![],
        elements: Default::default(),
    };
    MarketTerms {
        assets: vec![asset(1, 100, 10_000), asset(2, 101, 9_900), asset(5, 4_000, 9_500)],
        groups: vec![
            SettleGroup { asset: 1, requirement_index: int(100) },
            SettleGroup { asset: 2, requirement_index: int(102) },
        ],
        tiers: vec![tiers.unwrap(), by_quantity.unwrap()],
        instruments: vec![
            instrument(1, 0, 97_000, 0),
            instrument(2, 0, 3_500, 0),
            instrument(7, 1, 180, 1),
            instrument(300, 1, -25, 0),
        ],
        equality_is_healthy: true,
        no_requirement_is_healthy: false,
        conversion_rounding: None,
        isolated_unit: None,
        own_parameters: false,
        allocation_asset: None,
    }
}

/// The same market with one open rate in each table, by value and by quantity.
pub fn flat_terms() -> MarketTerms {
    let mut terms = market_terms();
    for (tiers, (slope, bits)) in terms.tiers.iter_mut().zip([(47, 112), (130, 81)]) {
        let open = row(0, (1 << bits) - 1, slope, 0);
        *tiers = BracketedLinear::new(tiers.variable(), vec![open]).unwrap();
    }
    terms
}

/// The same market with everything rounded that a profile rounds, with remainders.
///
/// Two modes alternate over the instruments, and instruments alternate between one rounding of a requirement and the
/// most that the profile has.
pub fn terms_of(profile: Profile) -> MarketTerms {
    if profile.exempt {
        let others = terms_of(Profile { exempt: false, ..profile });
        return MarketTerms { no_requirement_is_healthy: true, ..others };
    }
    if profile.own {
        let others = terms_of(Profile { own: false, ..profile });
        return MarketTerms { own_parameters: true, ..others };
    }
    if profile.settlement != Settlement::Four {
        let mut terms = terms_of(Profile { settlement: Settlement::Four, ..profile });
        settle_in(&mut terms, profile.settlement.groups());
        return terms;
    }
    if profile.general {
        let mut terms = if profile.has_isolated() { general_book_terms() } else { general_terms() };
        let fees = [2_001, 0, 3, 70_000].map(|fee| profile.orders.then(|| int(fee)));
        for (instrument, fee) in terms.instruments.iter_mut().zip(fees) {
            instrument.elements.order_fee = fee;
        }
        if profile.entry {
            at_entries(&mut terms);
        }
        if profile.leverage {
            by_leverages(&mut terms);
        }
        if profile.allocations {
            with_allocations(&mut terms);
        }
        return terms;
    }
    let mut terms = if profile.flat { flat_terms() } else { market_terms() };
    let step = |num: i128, den: i128, mode, scale: i128| {
        LinearStep::rounded(int(num), int(den), mode, int(scale)).unwrap()
    };
    if profile.narrow {
        for tiers in &mut terms.tiers {
            let mut rows = tiers.rows().to_vec();
            rows.last_mut().unwrap().hi = int(1 << 60);
            *tiers = BracketedLinear::new(tiers.variable(), rows).unwrap();
        }
    }
    if profile.family {
        // A family of two, and two of one.
        let families = [(5, 2), (5, 1), (6, 1), (9, 3)];
        for (instrument, family) in terms.instruments.iter_mut().zip(families) {
            instrument.tiers = 1;
            let (number, unit) = family;
            instrument.elements.family = Some(TierFamily { number, unit: int(unit) });
        }
    }
    let roundings = profile.rounded.requirement_roundings();
    for (at, instrument) in terms.instruments.iter_mut().enumerate() {
        let mode = [Rounding::Truncate, Rounding::NearestAway][at % 2];
        instrument.funding = int([12, -7][at % 2]);
        let exact = profile.rounded == Rounded::Nothing && !profile.flat && !profile.family;
        if profile.has_isolated() && exact {
            // An exact requirement with tiers by quantity is in the unit of its price.
            instrument.tiers = 0;
        }
        if profile.pnl {
            instrument.pnl_rounding = Some(step(1, 1_000, Rounding::Floor, 1));
        }
        if profile.rounded.rounds_values() {
            let num: i128 = instrument.value.num().try_into().unwrap();
            instrument.value = step(num * 7, 9, mode, 3);
            match profile.base {
                // Tiers by the exact value of the size, or by the size.
                Base::Size => {}
                Base::Value => {
                    instrument.tiers = 0;
                    instrument.requirement = step(num.abs() * 7, 9, mode, 3);
                }
            }
        }
        let most = [1, roundings][at % 2].min(roundings);
        let chain = [step(3, 7_000, Rounding::Ceil, 2), step(600_001, 1_000_000, mode, 5)];
        instrument.requirement_rounding = chain[..most].to_vec();
    }
    if profile.has_isolated() {
        terms.isolated_unit = Some(int(10_000));
    }
    if profile.collateral {
        let modes = [Rounding::Floor, Rounding::Truncate, Rounding::NearestZero];
        for (asset, mode) in terms.assets.iter_mut().zip(modes) {
            asset.rounding = Some(step(1, 1_000, mode, 1_000));
        }
    }
    terms
}

/// The first of the assets that [`settle_in`] adds; instruments that settle in them have 300 more.
pub const FIRST_ADDED: u32 = 10;

/// Has positions settle in this many assets: those of the market are the last and the fifth one.
pub fn settle_in(terms: &mut MarketTerms, groups: usize) {
    let (last, fifth) = (terms.groups[0].clone(), terms.groups[1].clone());
    let (asset, instrument) = (terms.assets[0].clone(), terms.instruments[3].clone());
    for of in &mut terms.instruments {
        of.group = if of.group == 0 { groups - 1 } else { 4 };
    }
    terms.groups.clear();
    for (group, id) in (0..groups).zip(FIRST_ADDED..) {
        let index = int(100 + group as i128);
        terms.groups.push(match group {
            4 => fifth.clone(),
            of if of + 1 == groups => last.clone(),
            _ => SettleGroup { asset: id, requirement_index: index.clone() },
        });
        if terms.groups[group].asset != id {
            continue;
        }
        terms.assets.push(AssetTerms { id, index: index.into(), ..asset.clone() });
        let mut added = InstrumentTerms { id: id + 300, group, ..instrument.clone() };
        if let Some(family) = &mut added.elements.family {
            // A family settles in one asset.
            family.number = id;
        }
        terms.instruments.push(added);
    }
}

fn rounded(num: i128, den: i128, mode: Rounding) -> LinearStep {
    LinearStep::rounded(int(num), int(den), mode, int(1)).unwrap()
}

fn signed(positive: LinearStep, negative: LinearStep) -> SignedStep {
    SignedStep::new(positive, negative).unwrap()
}

/// A market with every element of the rule, with remainders: all of them, some and none of an instrument and an asset.
pub fn general_terms() -> MarketTerms {
    let mut terms = market_terms();
    let rates = |lo, slope, intercept| {
        vec![row(0, lo - 1, 0, 200), row(lo, (1 << 24) - 1, slope, intercept)]
    };
    let by_quantity = |rows| BracketedLinear::new(Variable::Quantity, rows).unwrap();
    terms.tiers.push(by_quantity(rates(40, 3, 80)));
    let [all, some, function, _] = &mut terms.instruments[..] else { unreachable!() };

    all.value = rounded(97_000 * 7, 9, Rounding::Truncate);
    all.funding = int(12);
    all.requirement = rounded(97_000 * 7, 9, Rounding::Truncate);
    all.tiers = 2;
    all.requirement_rounding = vec![rounded(1, 7_001, Rounding::Floor)];
    all.elements = InstrumentElements {
        short: Some(ShortTerms {
            value: rounded(97_100 * 5, 7, Rounding::NearestAway),
            requirement: rounded(95_000, 3, Rounding::Ceil),
        }),
        result: vec![
            signed(rounded(3, 4, Rounding::Truncate), rounded(11, 10, Rounding::Truncate)),
            signed(rounded(99, 101, Rounding::Truncate), rounded(101, 99, Rounding::Floor)),
            signed(LinearStep::exact(int(1)), LinearStep::exact(int(1)))
                .capped(int(9_000_000))
                .unwrap(),
        ],
        notional: vec![rounded(1_003, 1_000, Rounding::Floor)],
        root: SizeRoot::new(int(10), int(1), vec![rounded(7, 3, Rounding::Floor)]),
        rate: Some(RateForm { steps: vec![rounded(2, 3, Rounding::Ceil)], own: Some(150) }),
        leverage: None,
        charge: vec![rounded(7, 10_000, Rounding::Floor)],
        order_fee: None,
        family: None,
        at_entry: false,
    };
    some.value = rounded(3_500, 3, Rounding::Floor);
    some.requirement = rounded(3_500, 3, Rounding::Ceil);
    some.tiers = 2;
    some.requirement_rounding = vec![rounded(1, 1_000, Rounding::Ceil)];
    some.elements.rate = Some(RateForm { steps: vec![], own: None });
    function.pnl_rounding = Some(rounded(5, 7, Rounding::NearestUp));
    function.requirement_rounding =
        vec![rounded(3, 70, Rounding::Ceil), rounded(600_001, 1_000_000, Rounding::Truncate)];

    let of_root = |den| rounded(300, den, Rounding::Floor);
    let root = SizeRoot::new(int(10), int(1), vec![]).unwrap();
    let discount = (int(1_100_000_000), int(100_000), of_root(1_000));
    let by_size = SizeWeights::new(
        rounded(100, 7, Rounding::Floor),
        root,
        discount,
        (int(8_800), of_root(100_000)),
    );
    let by_size = by_size.unwrap();
    let [plain, all, rounds] = &mut terms.assets[..] else { unreachable!() };
    plain.elements.amount =
        Some(signed(rounded(1_000_003, 1_000_000, Rounding::Floor), LinearStep::exact(int(1))));
    all.collateral =
        BracketedLinear::new(Variable::Value, vec![row(-(1 << 120), 1 << 120, 1, 0)]).unwrap();
    all.elements = AssetElements {
        amount: Some(signed(
            rounded(1_100_000, 1_000_003, Rounding::Floor),
            rounded(1_300_000, 1_000_003, Rounding::Ceil),
        )),
        value: vec![signed(rounded(99, 7, Rounding::Floor), rounded(103, 7, Rounding::Floor))],
        weight: SignedWeight::new(int(9_000), int(11_000), int(10_000), Rounding::Truncate)
            .map(|weight| weight.with_own().with_size(by_size)),
        debts: Debts { required: true, charge: vec![rounded(13, 10_000, Rounding::Floor)] },
    };
    rounds.rounding = Some(rounded(1, 1_000, Rounding::NearestZero).scaled(&int(1_000)));
    terms
}

/// Has the notional of two of the instruments be of their entries, with tiers that give a rate and with a function of it.
fn at_entries(terms: &mut MarketTerms) {
    terms.instruments[0].funding = int(0);
    terms.instruments[0].elements.short = None;
    for (at, requirement) in
        [(0, rounded(7, 9, Rounding::Truncate)), (3, LinearStep::exact(int(1)))]
    {
        terms.instruments[at].requirement = requirement;
        terms.instruments[at].elements.at_entry = true;
    }
}

/// Has two of the instruments be required by own leverages: one with a rate of the size, in coarser steps than what tiers
/// require, and one with one rate, in finer steps.
fn by_leverages(terms: &mut MarketTerms) {
    let open = BracketedLinear::new(Variable::Quantity, vec![row(0, FAR, 0, 30)]).unwrap();
    terms.tiers.push(open);
    let [_, by_size, _, flat] = &mut terms.instruments[..4] else { unreachable!() };
    let step = rounded(2_501, 2, Rounding::Ceil).scaled(&int(3));
    by_size.elements.leverage = Leverage::new(150, step);
    flat.tiers = 3;
    flat.requirement_rounding = vec![rounded(1, 7, Rounding::Floor).scaled(&int(4))];
    flat.elements.rate = Some(RateForm::default());
    flat.elements.leverage = Leverage::new(3, rounded(200, 3, Rounding::NearestZero));
}

/// The same with isolated books, which leave no steps of a result by its sign.
pub fn general_book_terms() -> MarketTerms {
    let mut terms = general_terms();
    let all = &mut terms.instruments[0];
    all.elements.result = vec![];
    all.pnl_rounding = Some(rounded(3, 4, Rounding::Truncate));
    // Requirement and charge in different units, and in others than those of the other instruments.
    all.requirement_rounding = vec![rounded(1, 7_001, Rounding::Floor).scaled(&int(30))];
    all.elements.charge = vec![rounded(7, 10_000, Rounding::Floor).scaled(&int(20))];
    terms.isolated_unit = Some(int(10_000));
    terms
}

/// The asset of allocations of [`terms_of`].
pub const ALLOCATED: u32 = 5;

/// Has records have allocations of an asset with interest and a price by sign, and results be worth a multiple of
/// themselves, after steps by their sign.
fn with_allocations(terms: &mut MarketTerms) {
    let in_full = |slope| {
        let end = int(1) << 130;
        let row = BracketRow { lo: -&end, hi: end, slope: int(slope), intercept: int(0) };
        BracketedLinear::new(Variable::Value, vec![row]).unwrap()
    };
    let settles: Vec<_> = terms.groups.iter().map(|group| group.asset).collect();
    for asset in &mut terms.assets {
        asset.rounding = None;
        if settles.contains(&asset.id) {
            asset.collateral = in_full(10_000);
            asset.elements =
                AssetElements { amount: asset.elements.amount.take(), ..Default::default() };
        }
        if asset.id == ALLOCATED {
            asset.collateral = in_full(1);
            asset.index = int(40).into();
            asset.elements.amount = Some(signed(
                rounded(1_100_000, 1_000_003, Rounding::Floor),
                rounded(1_300_000, 1_000_003, Rounding::Ceil),
            ));
            let value = signed(rounded(99, 7, Rounding::Floor), rounded(103, 7, Rounding::Floor));
            asset.elements.value = vec![value];
        }
    }
    terms.instruments[0].elements.result =
        vec![signed(rounded(99, 101, Rounding::Truncate), rounded(101, 99, Rounding::Floor))];
    terms.allocation_asset = Some(ALLOCATED);
}

/// The market of [`terms_of`].
pub fn market_of(profile: Profile) -> Market {
    let market = Market::new(terms_of(profile)).unwrap();
    market.of_books(Books { isolated: profile.isolated, ..market.books() }).unwrap()
}

/// [`case`] at the market of [`terms_of`]; with own parameters where records have them, and with open orders beside a
/// position of size zero where there can be any.
pub fn case_of(profile: Profile) -> Case {
    let mut case = Case { market: market_of(profile), ..case() };
    if profile.settlement != Settlement::Four {
        // In the first group and in those on either side of the last quad's beginning.
        let last = profile.settlement.groups() as u32 - 4;
        for (at, size, entry) in [(0, 700, -9_000), (last - 1, -400, 70_000), (last + 1, 90, 8)] {
            let id = FIRST_ADDED + at;
            case.positions.push(position(id + 300, size, entry));
            case.balances.push(balance(id, 500_000));
        }
    }
    if profile.general || profile.own {
        case.positions[0].own = 700;
        case.positions[2].own = 5;
    }
    if profile.general {
        case.balances[1].own = 1_500;
    }
    if profile.orders {
        // Bids decide, asks turn the position, and nothing is held.
        case.orders =
            [(700u32, 20u32, 2u32), (1, 0, 1), (90_000, 1_000, 7), (0, 12_000, 3), (3, 90, 5)]
                .map(|(bids, asks, count)| Orders { bids: bids.into(), asks: asks.into(), count })
                .to_vec();
        case.positions[4].size = BigUint::ZERO;
    }
    if profile.allocations {
        case.allocations = vec![123_456_789, 7, 0, 1 << 62, 1];
    }
    case
}

#[derive(Clone)]
pub struct Case {
    pub market: Market,
    pub positions: Vec<Position>,
    /// Of the first positions, where records have them.
    pub orders: Vec<Orders>,
    /// Of those of the first positions that are isolated, where records have them.
    pub allocations: Vec<u64>,
    pub balances: Vec<Balance>,
    pub secrets: AccountSecrets,
    pub margin_blinding: Fp,
    pub claim: Claim,
    /// The isolated position that the claim names, at a market of such claims.
    pub named: Option<PositionName>,
}

pub fn position(instrument: u32, size: i128, entry: i128) -> Position {
    let side = if size < 0 { Side::Short } else { Side::Long };
    Position {
        book: Book::Cross,
        instrument,
        side,
        size: BigUint::from(size.unsigned_abs()),
        entry: int(entry),
        own: 0,
    }
}

pub fn balance(asset: u32, balance: i128) -> Balance {
    Balance { asset, balance: int(balance), own: 0 }
}

pub fn case() -> Case {
    Case {
        market: Market::new(market_terms()).unwrap(),
        positions: vec![
            position(1, 1_200, 110_000_000),
            position(1, -300, -30_000_000),
            position(2, -50_000, -180_000_000),
            position(7, 5_000, 800_000),
            position(300, 10, 40),
        ],
        orders: vec![],
        allocations: vec![],
        balances: vec![balance(1, 60_000_000), balance(2, 3_000_000), balance(5, 1_000)],
        secrets: AccountSecrets {
            registry: Fp::from(11),
            holder_key: Fp::from(12),
            serial: 13,
            blinding: Fp::from(14),
        },
        margin_blinding: Fp::from(15),
        claim: Claim::new(10_000, BigUint::from(1u8)).unwrap(),
        named: None,
    }
}

impl Case {
    /// The same account at another market.
    pub fn at(self, market: Market) -> Self {
        Self { market, ..self }
    }

    pub fn account(&self) -> Account {
        let (positions, balances) = (self.positions.clone(), self.balances.clone());
        if self.market.terms().instruments.iter().all(|i| i.elements.order_fee.is_none()) {
            return Account::new(positions, balances).unwrap();
        }
        let orders = self.orders.iter().cloned().chain(std::iter::repeat(Orders::default()));
        let positions = positions.into_iter().zip(orders);
        if self.market.terms().allocation_asset.is_none() {
            return Account::with_orders(positions.collect(), balances).unwrap();
        }
        let allocations = self.allocations.iter().copied().chain(std::iter::repeat(0));
        let positions = positions.zip(allocations).map(|((p, orders), of)| {
            let of = if p.book == Book::Isolated { of } else { 0 };
            (p, orders, of)
        });
        Account::with_allocations(positions.collect(), balances).unwrap()
    }

    pub fn set_usdt(&mut self, value: BigInt) {
        self.balances[0].balance = value;
    }

    pub fn native(&self) -> bool {
        let account = self.account();
        let figures = margin_naming(&account, &self.market, self.named);
        figures.is_ok_and(|m| m.meets(&self.claim, &self.market))
    }

    pub fn public(&self) -> PublicInputs {
        let account = self.account();
        let m = margin_naming(&account, &self.market, self.named).unwrap();
        let (equity, required) = m.of_book(&self.market);
        PublicInputs {
            statement: Fp::from(77),
            account: account_commitment(&account, &self.secrets).expect("fits").element(),
            pseudonym: Fp::from(0),
            nullifier: Fp::from(0),
            claim: self.claim.clone(),
            margin: margin_commitment(equity, required, self.margin_blinding).element(),
            registry: self.secrets.registry,
            membership: None,
            position: self.named,
        }
    }

    pub fn circuit_witness(&self, shape: Shape) -> CircuitWitness {
        let witness = Witness {
            account: self.account(),
            secrets: self.secrets.clone(),
            margin_blinding: self.margin_blinding,
        };
        let figures = margin_naming(&witness.account, &self.market, self.named).unwrap();
        CircuitWitness::new(shape, &self.market, &witness, &figures, &self.claim).unwrap()
    }

    /// The smallest shape that holds the account: the mock prover's time grows with the square of the slots.
    pub fn smallest_shape(&self) -> Shape {
        let account = self.account();
        Shape::ALL.into_iter().find(|shape| shape.fits(&account)).unwrap()
    }

    /// The circuit of the account's commitment.
    pub fn kind(&self, shape: Shape) -> LinearKind {
        Kind::of(self.market.profile().unwrap(), Anchor::Commitment, shape)
    }

    /// Runs the mock prover on a circuit of 2^10 rows, or twice as many with allocations, with so many slots for positions and
    /// assets.
    pub fn mock_in(&self, size: [usize; 2]) -> Result<(), String> {
        let mut witness = self.circuit_witness(Shape::S);
        witness.positions.truncate(size[0]);
        witness.assets.truncate(size[1]);
        let tables = Arc::new(MarketTables::new(&self.market).unwrap());
        let profile = self.market.profile().unwrap();
        let form = Form { profile, anchor: Anchor::Commitment, lanes: 1, banks: 1 };
        let circuit = MarginCircuit::of_size(form, size, tables, Value::known(Arc::new(witness)));
        let instance = vec![self.public().instance()];
        let k = if profile.allocations { 11 } else { 10 };
        told(circuit.configured(|circuit| zkmargin_mock::check::<8>(k, circuit, instance)))
    }

    /// Runs the mock prover on the smallest shape.
    pub fn mock_smallest(&self) -> Result<(), String> {
        self.mock(self.smallest_shape())
    }

    pub fn mock(&self, shape: Shape) -> Result<(), String> {
        mock(self.kind(shape), &self.market, self.circuit_witness(shape), &self.public())
    }
}

/// The same case with the account as leaf of a small ledger.
pub struct LedgerCase {
    pub case: Case,
    pub secret: HolderSecret,
    pub membership: Membership,
}

pub fn ledger_case() -> LedgerCase {
    let mut case = case();
    let secret = HolderSecret::new(Fp::from(91));
    let (venue, audience) = (venue_field("a venue"), audience_field("desk-42"));
    let scope =
        scope_field(&Context::new("desk-42", "", None).unwrap().of_epoch(NonZeroU64::new(3)));
    case.secrets.holder_key = secret.holder_key(venue);
    let siblings = std::array::from_fn(|level| {
        // Neighbours on the lower levels, empty subtrees above.
        if level < 5 { Fp::from(1000 + level as u64) } else { empty_roots()[level] }
    });
    let path = Path { serial: case.secrets.serial as u32, siblings };
    let membership = Membership { secret: secret.expose(), venue, audience, scope, path };
    LedgerCase { case, secret, membership }
}

impl LedgerCase {
    /// The circuit of the account in its ledger.
    pub fn kind(&self, shape: Shape) -> LinearKind {
        Kind::of(self.case.market.profile().unwrap(), Anchor::Ledger, shape)
    }

    pub fn public(&self) -> PublicInputs {
        let m = &self.membership;
        let public = self.case.public();
        PublicInputs {
            account: m.path.root(AccountCommitment::new(public.account)).element(),
            pseudonym: self.secret.pseudonym(m.audience).element(),
            nullifier: self.secret.nullifier(public.registry, m.path.serial, m.scope).element(),
            membership: Some(MembershipInputs {
                venue: m.venue,
                audience: m.audience,
                scope: m.scope,
            }),
            ..public
        }
    }

    pub fn circuit_witness(&self, shape: Shape) -> CircuitWitness {
        let membership = Some(self.membership.clone());
        CircuitWitness { membership, ..self.case.circuit_witness(shape) }
    }
}

/// Whether to try every case, as `.ci/full` does, instead of a sample.
pub fn is_long() -> bool {
    std::env::var_os("ZKMARGIN_LONG").is_some()
}

/// Runs the mock prover.
pub fn mock(
    kind: LinearKind,
    market: &Market,
    witness: CircuitWitness,
    public: &PublicInputs,
) -> Result<(), String> {
    let tables = Arc::new(MarketTables::new(market).unwrap());
    let id = smallest_circuit(kind, &tables).unwrap();
    let instance = vec![public.instance()];
    let circuit = MarginCircuit::proving(kind, id.k, tables, witness);
    told(circuit.configured(|circuit| zkmargin_mock::check::<8>(id.k.get(), circuit, instance)))
}

/// In the smallest shape, what the witness becomes is refused by a constraint or a lookup of this name.
#[track_caller]
pub fn refused_by(case: &Case, what: &str, tamper: impl FnOnce(&mut CircuitWitness)) {
    let shape = case.smallest_shape();
    let mut witness = case.circuit_witness(shape);
    tamper(&mut witness);
    let outcome = mock(case.kind(shape), &case.market, witness, &case.public());
    let failures = outcome.expect_err("the lie was accepted");
    assert!(failures.contains(what), "not refused by {what:?}: {failures}");
}

/// The first failures of a run, for a reader.
fn told(result: Result<(), Vec<VerifyFailure>>) -> Result<(), String> {
    result.map_err(|failures| format!("{:#?}", failures.iter().take(12).collect::<Vec<_>>()))
}
