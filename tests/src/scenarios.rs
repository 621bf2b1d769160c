//! Markets of nothing but scenarios, of any size, and an account that fills its pages: for figures of circuits.

use num_bigint::{BigInt, BigUint};
use num_traits::One;
use zkmargin_model::portfolio::{
    Capacity, Column, ContractId, Group, Instrument, Market, Multiplier, PAGE_SLOTS, Role, Terms,
    Unit,
};
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, Balance, Book, BracketRow, BracketedLinear, Position, Side,
    Variable,
};

/// The only asset.
const CASH: u32 = 1;

/// A market of so many risk units, scenarios and instruments, and an account with a full page in each of `pages` groups:
/// one group after the other, of one unit after the other.
///
/// # Panics
/// For numbers past the widths of a market, or fewer than eight instruments a group.
pub fn scenarios(units: u32, columns: usize, instruments: u32, pages: u32) -> (Market, Account) {
    let per_group = instruments / pages;
    // Numbers without a pattern, of forty bits.
    let loading = |id: u32, column: usize| {
        let seed = u64::from(id) * 0x9e37_79b9_7f4a_7c15 + column as u64 * 0xc2b2_ae3d_27d4_eb4f;
        BigInt::from((seed ^ seed >> 29) as i64 >> 24)
    };
    let group = |id: u32| Group {
        id,
        unit: 1 + (id - 1) * units / pages,
        name: format!("group {id}"),
        positive: BigInt::one(),
        negative: BigInt::one(),
        magnitudes: false,
        scans: Vec::new(),
    };
    let instrument = |at: u32| Instrument {
        id: 1 + at,
        contract: ContractId::from_number(u64::from(1 + at)),
        group: (1 + at / per_group).min(pages),
        strike: None,
        value: BigInt::from(1_000 + at),
        settles_in: CASH,
        charge: BigInt::ZERO,
        loadings: (0..columns).map(|column| loading(at, column)).collect(),
    };
    let column = |at: usize| Column {
        name: format!("scenario {at}"),
        multiplier: Multiplier::Net,
        less_entry: false,
        role: Role::Scenario,
        slope: BigInt::one(),
        sloped: false,
        magnitude: false,
        terms: Vec::new(),
    };
    let end = BigInt::one() << 100;
    let row = BracketRow { lo: -&end, hi: end, slope: BigInt::one(), intercept: BigInt::ZERO };
    let positions = (0..pages).flat_map(|page| (0..PAGE_SLOTS as u32).map(move |at| (page, at)));
    let positions = positions.map(|(page, at)| Position {
        book: Book::Cross,
        instrument: 1 + page * per_group + 3 * at % per_group,
        side: [Side::Long, Side::Short][(at % 2) as usize],
        size: BigUint::from(1 + at),
        entry: BigInt::ZERO,
        own: 0,
    });
    let positions: Vec<Position> = positions.collect();
    let unit = |id| Unit { id, name: format!("unit {id}"), factor: BigInt::one() };
    let terms = Terms {
        capacity: Capacity { positions: positions.len(), size_bits: 40 },
        assets: vec![AssetTerms {
            id: CASH,
            index: BigInt::one().into(),
            collateral: BracketedLinear::new(Variable::Value, vec![row]).expect("one row"),
            rounding: None,
            elements: AssetElements::default(),
        }],
        entry_unit: BigInt::one(),
        columns: (0..columns).map(column).collect(),
        scans: Vec::new(),
        units: (1..=units).map(unit).collect(),
        groups: (1..=pages).map(group).collect(),
        strikes: Vec::new(),
        instruments: (0..instruments).map(instrument).collect(),
        scale: BigInt::one(),
        denominator: BigInt::one(),
        stresses: Vec::new(),
        equality_is_healthy: true,
    };
    let cash = Balance { asset: CASH, balance: BigInt::one() << 60, own: 0 };
    let account = Account::new(positions, vec![cash]).expect("an account");
    (Market::new(terms).expect("a market"), account)
}
