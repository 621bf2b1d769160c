//! A Derive case as a market and an account of the portfolio margin rule.

use super::figures::{
    BASIS_DIGITS, Figures, SIZE_DIGITS, SLOPE_DIGITS, Scenario, VALUE_DIGITS, nearest,
};
use crate::json::Reason;
use crate::portfolio_case::cash;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use zkmargin_model::decimal::power_of_ten;
use zkmargin_model::portfolio::{
    Capacity, Column, ContractId, Group, Instrument, Market, Multiplier, Role, Stress, Strike,
    TermOf, Terms, Unit,
};
use zkmargin_model::rule::{Account, Balance, Book, Position, Side};

const CASH: u32 = 1;
const UNIT: u32 = 1;

fn ten(digits: i32) -> BigInt {
    power_of_ten(digits.unsigned_abs())
}

/// Loss units in a margin unit: the digits of both factors of a slope.
pub(super) fn scale() -> BigInt {
    ten(2 * SLOPE_DIGITS)
}

/// Margin units in a dollar.
pub(super) fn dollar() -> BigInt {
    ten(SIZE_DIGITS + VALUE_DIGITS)
}

fn columns(figures: &Figures) -> Vec<Column> {
    let mark = figures.scenarios.len() + 2;
    let column = |name: &str, role, slope, sloped, magnitude, terms| Column {
        name: name.into(),
        multiplier: Multiplier::Net,
        less_entry: false,
        role,
        slope,
        sloped,
        magnitude,
        terms,
    };
    let less_mark = |multiplier| vec![TermOf { column: mark, multiplier }];
    let scenario = |s: &Scenario| {
        let terms = less_mark(&s.damping * ten(SLOPE_DIGITS));
        column(&s.name, Role::Scenario, -&s.damping, true, s.skew, terms)
    };
    let mut columns: Vec<_> = figures.scenarios.iter().map(scenario).collect();
    for name in ["basis up", "basis down"] {
        let terms = less_mark(BigInt::one());
        columns.push(column(name, Role::GroupScan(0), -BigInt::one(), false, false, terms));
    }
    columns.push(column("mark", Role::Term, BigInt::zero(), false, false, Vec::new()));
    columns
}

/// What is listed and held, in the order of instrument ids.
#[derive(Default)]
struct Listed {
    groups: Vec<Group>,
    strikes: Vec<Strike>,
    instruments: Vec<Instrument>,
    positions: Vec<Position>,
}

impl Listed {
    fn group(&mut self, name: &str, discounts: [BigInt; 2], magnitudes: bool, basis: BigInt) {
        let [positive, negative] = discounts;
        let id = self.groups.len() as u32 + 1;
        let (name, scans) = (name.into(), vec![basis]);
        self.groups.push(Group { id, unit: UNIT, name, positive, negative, magnitudes, scans });
    }

    fn hold(&mut self, terms: Instrument, size: &BigInt, entry: BigInt) {
        let id = self.instruments.len() as u32 + 1;
        let side = if size.is_negative() { Side::Short } else { Side::Long };
        if !size.is_zero() {
            let (book, size) = (Book::Cross, size.magnitude().clone());
            self.positions.push(Position { book, instrument: id, side, size, entry, own: 0 });
        }
        let contract = ContractId::from_number(id.into());
        self.instruments.push(Instrument { id, contract, ..terms });
    }

    fn last_group(&self) -> u32 {
        self.groups.len() as u32
    }
}

fn listed(figures: &Figures) -> Listed {
    let mut book = Listed::default();
    let one = ten(SLOPE_DIGITS);
    // One market without slopes: what scenarios move in proportion to the spot.
    book.group("spot", [one.clone(), one], false, BigInt::zero());
    for spot in &figures.spots {
        let moved = |s: &Scenario| nearest(&(&spot.moved * &s.move_of_spot), spot.digits.value);
        let mut loadings: Vec<_> = figures.scenarios.iter().map(moved).collect();
        loadings.resize(figures.scenarios.len() + 3, BigInt::zero());
        // A settled position was entered at a price that leaves its profit and loss.
        let unit = ten(SIZE_DIGITS);
        let entry = spot.pnl.as_ref().map_or_else(BigInt::zero, |pnl| {
            BigRational::new(&spot.size * &spot.value, unit).round().to_integer() - pnl
        });
        let instrument = Instrument {
            id: 0,
            contract: ContractId::from_number(0),
            group: book.last_group(),
            strike: None,
            value: spot.value.clone(),
            settles_in: CASH,
            charge: spot.charge.clone(),
            loadings,
        };
        book.hold(instrument, &spot.size, entry);
    }
    for expiry in &figures.expiries {
        let name = format!("{} s", expiry.seconds);
        let basis = &expiry.basis_factor * (scale() / ten(BASIS_DIGITS));
        book.group(&name, expiry.discounts.clone(), true, basis);
        let mut strike: Option<&BigRational> = None;
        for option in &expiry.options {
            if strike != Some(&option.strike) {
                let id = book.strikes.len() as u32 + 1;
                book.strikes.push(Strike { id, rate: figures.short_rate.clone() });
                strike = Some(&option.strike);
            }
            let mut loadings = option.values.clone();
            loadings.extend(option.basis.iter().chain([&option.mark]).cloned());
            let instrument = Instrument {
                id: 0,
                contract: ContractId::from_number(0),
                group: book.last_group(),
                strike: Some(book.strikes.len() as u32),
                value: option.mark.clone(),
                settles_in: CASH,
                charge: expiry.charge.clone(),
                loadings,
            };
            book.hold(instrument, &option.size, BigInt::zero());
        }
    }
    book
}

pub(super) fn market(figures: &Figures) -> Result<(Market, Account), Reason> {
    let Listed { groups, strikes, instruments, positions } = listed(figures);
    // Sizes of fewer bits than a proof holds: the slopes' digits take theirs.
    let slots = positions.len().next_power_of_two().max(32);
    let capacity = Capacity { positions: slots, size_bits: 60 };
    let tails = figures.scenarios.iter().enumerate().filter(|(_, s)| s.damping < ten(SLOPE_DIGITS));
    let tails = Stress { name: "tails".into(), columns: tails.map(|(at, _)| at).collect() };
    let market = Market::new(Terms {
        capacity,
        assets: vec![cash(CASH)],
        entry_unit: ten(SIZE_DIGITS),
        columns: columns(figures),
        scans: vec!["basis".into()],
        units: vec![Unit {
            id: UNIT,
            name: "account".into(),
            factor: figures.factor.numer().clone(),
        }],
        groups,
        strikes,
        instruments,
        scale: scale(),
        denominator: figures.factor.denom().clone(),
        stresses: vec![tails],
        equality_is_healthy: true,
    })
    .map_err(|e| format!("refused: {e}"))?;
    let cash = Balance { asset: CASH, balance: figures.cash.clone(), own: 0 };
    let account = Account::new(positions, vec![cash]).map_err(|e| format!("refused: {e}"))?;
    Ok((market, account))
}
