//! A statement with a witness, valid or not, and what rule and circuit say of it.

use crate::margin_support::*;
use num_bigint::{BigInt, BigUint};
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::Arc;
use zkmargin_circuit::halo2::{Field, Fp, PrimeField, Value};
use zkmargin_circuit::*;
use zkmargin_model::circuit::{Anchor, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{account_commitment, margin_commitment};
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::*;
use zkmargin_soundness::{Cell, Kind, Recorded};

const POSITIONS: usize = 8;
const ASSETS: usize = 4;
const K: u32 = 11;
/// An instrument's tier table among its terms.
const TIER_TABLE: usize = 3;
/// Rows of the instance column that the statement's own commitments are in.
const ACCOUNT: usize = 1;
const MARGIN: usize = 6;

/// A market and its recorded layout.
pub struct Layout {
    pub market: Market,
    case: Case,
    recorded: Recorded,
}

/// A statement and a witness for it.
#[derive(Clone, Debug)]
pub struct Draft {
    pub market: Market,
    pub account: Account,
    pub witness: CircuitWitness,
    pub public: PublicInputs,
    /// Whether the commitments in the public inputs are those that the witness itself gives, as a
    /// cheating prover would publish them.
    pub own_commitments: bool,
}

fn circuit(market: &Market, witness: CircuitWitness) -> MarginCircuit {
    let tables = Arc::new(MarketTables::new(market).unwrap());
    let form =
        Form { profile: market.profile().unwrap(), anchor: Anchor::Commitment, lanes: 1, banks: 1 };
    let witness = Value::known(Arc::new(witness));
    MarginCircuit::of_size(form, [POSITIONS, ASSETS], tables, witness)
}

impl Layout {
    /// The layout of the case's market.
    pub fn new(case: Case) -> Self {
        let witness = cut(case.circuit_witness(Shape::S));
        let instance = [case.public().instance().to_vec()];
        let recorded = circuit(&case.market, witness)
            .configured(|circuit| Recorded::new(K, circuit, &instance));
        assert_eq!(recorded.failures(), vec![]);
        Self { market: case.market.clone(), case, recorded }
    }
}

fn cut(mut witness: CircuitWitness) -> CircuitWitness {
    witness.positions.truncate(POSITIONS);
    witness.assets.truncate(ASSETS);
    witness
}

fn integer(value: Fp) -> BigUint {
    BigUint::from_bytes_le(&value.to_repr())
}

fn secrets(leaf: &[Fp; 4]) -> Option<zkmargin_model::commitment::AccountSecrets> {
    Some(zkmargin_model::commitment::AccountSecrets {
        registry: leaf[0],
        holder_key: leaf[1],
        serial: u64::try_from(integer(leaf[2])).ok()?,
        blinding: leaf[3],
    })
}

/// The account that the free words of a witness spell, if they spell one.
fn decode(witness: &CircuitWitness, profile: Profile) -> Option<Account> {
    let flag = |word: Fp| (word == Fp::ZERO || word == Fp::ONE).then_some(word == Fp::ONE);
    let unbias = |word: Fp| {
        let word = integer(word);
        (word.bits() <= 99).then(|| BigInt::from(word) - (BigInt::from(1) << 98))
    };
    let own = |word: Fp| u32::try_from(integer(word)).ok();
    let (mut positions, mut orders, mut allocations) = (Vec::new(), Vec::new(), Vec::new());
    let mut ended = false;
    for slot in &witness.positions {
        let key = u32::try_from(integer(slot.key)).ok().filter(|key| key >> 18 == 0)?;
        if !flag(slot.used)? {
            ended = true;
            if slot != &PositionHint::empty() {
                return None;
            }
            continue;
        }
        if ended {
            return None;
        }
        let side = if flag(slot.side)? { Side::Short } else { Side::Long };
        if (key & 1 == 1) != (side == Side::Short) {
            return None;
        }
        // A record with open orders has the size itself.
        let size = integer(slot.size + Fp::from(u64::from(!profile.orders)));
        let book = if key >> 17 == 1 { Book::Cross } else { Book::Isolated };
        let (instrument, entry) = (key >> 1 & 0xffff, unbias(slot.entry)?);
        let own = own(slot.own)?;
        let of = &slot.general.orders;
        let (bids, asks) = (integer(of.bids), integer(of.asks));
        orders.push(Orders { bids, asks, count: u32::try_from(integer(of.count)).ok()? });
        allocations.push(u64::try_from(integer(of.allocation)).ok()?);
        positions.push(Position { book, instrument, side, size, entry, own });
    }
    let mut balances = Vec::new();
    ended = false;
    for slot in &witness.assets {
        let asset = u32::try_from(integer(slot.key)).ok().filter(|key| key >> 18 == 0)?;
        if !flag(slot.used)? {
            ended = true;
            if slot != &AssetHint::empty() {
                return None;
            }
            continue;
        }
        if ended {
            return None;
        }
        let own = own(slot.general.own)?;
        balances.push(Balance { asset, balance: unbias(slot.balance)?, own });
    }
    let account = if profile.allocations {
        let both = positions.iter().cloned().zip(orders.iter().cloned());
        let all = both.zip(&allocations).map(|((p, orders), of)| (p, orders, *of));
        Account::with_allocations(all.collect(), balances.clone()).ok()?
    } else if profile.orders {
        let both = positions.iter().cloned().zip(orders.iter().cloned()).collect();
        Account::with_orders(both, balances.clone()).ok()?
    } else {
        Account::new(positions.clone(), balances.clone()).ok()?
    };
    // The constructor sorts; the lists of a witness are sorted already.
    let sorted = account.positions() == positions
        && account.orders().is_none_or(|of| of == orders)
        && account.allocations().is_none_or(|of| of == allocations)
        && account.balances() == balances;
    sorted.then_some(account)
}

impl Draft {
    /// A random account near its own boundary with an honest witness.
    pub fn random(layout: &Layout, rng: &mut StdRng) -> Self {
        let mut case = layout.case.clone();
        let profile = case.market.profile().unwrap();
        case.positions.clear();
        case.orders.clear();
        case.allocations.clear();
        for (instrument, price) in [(1, 97_000), (2, 3_500), (7, 180), (300, -25)] {
            for sign in [1, -1] {
                if rng.random_bool(0.5) {
                    let size = sign * rng.random_range(1..100_000i128);
                    let entry = size * price + rng.random_range(-1_000_000..1_000_000);
                    let mut position = position(instrument, size, entry);
                    if profile.has_isolated() && rng.random_bool(0.3) {
                        position.book = Book::Isolated;
                        position.entry -= rng.random_range(0..10_000_000);
                    }
                    if (profile.general || profile.own) && rng.random_bool(0.3) {
                        position.own = rng.random_range(0..2_000);
                    }
                    if profile.orders {
                        let mut random = || BigUint::from(rng.random_range(0..50_000u32));
                        let (bids, asks) = (random(), random());
                        case.orders.push(Orders { bids, asks, count: rng.random_range(0..3) });
                        if position.side == Side::Long {
                            position.size *= rng.random_range(0..2u8);
                        }
                        // Read of isolated positions, where records have allocations.
                        case.allocations.push(rng.random_range(0..1 << 40));
                    }
                    case.positions.push(position);
                }
            }
        }
        let large = |rng: &mut StdRng| rng.random_range(1_000_000..20_000_000);
        if profile.names_position() {
            // The claim names a position that is held.
            let entry = int(rng.random_range(-9_000_000..0));
            let book = Book::Isolated;
            case.positions.retain(|p| (p.instrument, p.book) != (7, Book::Isolated));
            case.positions.truncate(POSITIONS - 1);
            case.positions.push(Position { book, entry, ..position(7, 40, 0) });
            crate::circuit::cases::name(&mut case);
        }
        case.balances = [1, 2, 5].into_iter().map(|asset| balance(asset, large(rng))).collect();
        case.claim = Claim::new(rng.random_range(0..30_000), BigUint::from(1u8)).unwrap();
        let witness = cut(case.circuit_witness(Shape::S));
        Self {
            market: case.market.clone(),
            account: case.account(),
            witness,
            public: case.public(),
            own_commitments: true,
        }
    }

    pub fn figures(&self) -> Margin {
        margin_naming(&self.account, &self.market, self.public.position).unwrap()
    }

    /// Puts the honest hints of the account that the free words now spell, if they spell one that
    /// the rule has figures for.
    pub fn rehint(&mut self) {
        if let Some(honest) = decode(&self.witness, self.market.profile().unwrap())
            .and_then(|account| self.honest(account))
        {
            self.witness = honest;
        }
    }

    fn honest(&self, account: Account) -> Option<CircuitWitness> {
        let claim = &self.public.claim;
        let witness = Witness {
            account,
            secrets: secrets(&self.witness.leaf)?,
            margin_blinding: self.witness.margin_blinding,
        };
        let named = self.public.position;
        let figures = margin_naming(&witness.account, &self.market, named).ok()?;
        CircuitWitness::new(Shape::S, &self.market, &witness, &figures, claim).map(cut)
    }

    /// The claim of statement and witness alike.
    pub fn claim(&mut self, level: u32, floor: BigUint) {
        self.witness.level = Fp::from(u64::from(level));
        self.witness.floor = zkmargin_model::field::to_field(&BigInt::from(floor.clone()));
        self.public.claim = Claim::new(level, floor).unwrap();
        self.witness.deficient = Fp::ZERO;
    }

    /// The claim, of statement and witness alike, that a level is not met.
    pub fn deficiency(&mut self, level: u32) {
        self.public.claim = Claim::deficiency(level).unwrap();
        let [level, floor, deficient] = self.public.claim.instance();
        (self.witness.level, self.witness.floor, self.witness.deficient) =
            (level, floor, deficient);
    }

    /// The witness without what circuits of the market's profile do not read, for which it has what `honest` has.
    fn read(&self, honest: &CircuitWitness) -> CircuitWitness {
        let mut read = self.witness.clone();
        let profile = self.market.profile().unwrap();
        for (slot, honest) in read.positions.iter_mut().zip(&honest.positions) {
            if profile.flat {
                slot.bracket = honest.bracket;
                slot.terms[TIER_TABLE] = honest.terms[TIER_TABLE];
            }
            // Its rows have a lookup each.
            if profile.general {
                slot.terms = honest.terms;
            }
        }
        for (slot, honest) in read.assets.iter_mut().zip(&honest.assets) {
            if profile.general {
                slot.bracket = honest.bracket;
            }
        }
        read
    }

    /// What the rule says: the free words spell a valid account, the hints are its own, it meets
    /// the claim and it is the one that the statement commits to.
    pub fn rule_accepts(&self, layout: &Layout) -> bool {
        assert_eq!(self.market, layout.market);
        let Some(account) = decode(&self.witness, self.market.profile().unwrap()) else {
            return false;
        };
        let Some(honest) = self.honest(account.clone()) else { return false };
        if honest != self.read(&honest) || account.check_provable().is_err() {
            return false;
        }
        let named = self.public.position;
        let Ok(figures) = margin_naming(&account, &self.market, named) else { return false };
        let (equity, required) = figures.of_book(&self.market);
        let Some(secrets) = secrets(&self.witness.leaf) else { return false };
        let committed = self.own_commitments
            || (account_commitment(&account, &secrets) == Ok(self.public.account.into())
                && margin_commitment(equity, required, self.witness.margin_blinding).element()
                    == self.public.margin);
        figures.meets(&self.public.claim, &self.market)
            && committed
            && self.public.registry == self.witness.leaf[0]
            && self.public.pseudonym == Fp::ZERO
            && self.public.nullifier == Fp::ZERO
    }

    pub fn circuit_accepts(&self, layout: &Layout) -> bool {
        let circuit = circuit(&self.market, self.witness.clone());
        let mut instance = self.public.instance().to_vec();
        let first = circuit.configured(|c| layout.recorded.with_witness(c, &[instance.clone()]));
        if !self.own_commitments {
            return first.failures().is_empty();
        }
        for row in [ACCOUNT, MARGIN] {
            let cell = Cell { kind: Kind::Instance, column: 0, row };
            let variable = first.variable_of(cell).unwrap();
            let conflicts = &first.variables()[variable].conflicts;
            if let Some(own) = conflicts.iter().find(|value| **value != instance[row]) {
                instance[row] = *own;
            }
        }
        circuit
            .configured(|circuit| layout.recorded.with_witness(circuit, &[instance]))
            .failures()
            .is_empty()
    }
}

/// `2^exponent`.
pub fn two_to(exponent: u32) -> Fp {
    power_of_two(exponent)
}
