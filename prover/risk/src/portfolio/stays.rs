//! What an account holds whose price no search of a portfolio account moves.

use crate::portfolio::move_price::underlyings;
use num_traits::Zero;
use std::collections::BTreeSet;
use std::fmt;
use zkmargin_model::rule::Account;
use zkmargin_params::portfolio::{ContractFile, PortfolioSchedule};

/// A holding with a price that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stays {
    /// Symbol of the instrument or asset.
    pub name: String,
    /// Why its price stays.
    pub why: WhyStays,
}

/// Why a price stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyStays {
    /// The schedule lists it with a value that scenarios do not move.
    Fixed,
    /// Its unit, of this name, has no public price.
    NoPublicPrice(String),
    /// It is a balance, whose value is by an index price of its own.
    IndexPrice,
}

impl WhyStays {
    /// Name in machine-readable output.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::NoPublicPrice(_) => "no-public-price",
            Self::IndexPrice => "index-price",
        }
    }
}

impl fmt::Display for WhyStays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed => f.write_str("its value is one that scenarios do not move"),
            Self::NoPublicPrice(unit) => write!(f, "unit {unit} has no public price"),
            Self::IndexPrice => f.write_str("index prices of balances stay"),
        }
    }
}

/// Everything that an account holds and no price of [`underlyings`] moves, positions first. A balance in the valuation
/// currency has no price.
pub fn stays(schedule: &PortfolioSchedule, account: &Account) -> Vec<Stays> {
    let moved: BTreeSet<&str> = underlyings(schedule).into_iter().collect();
    let indices = &schedule.file().indices;
    let why = |id: u32| {
        let of = schedule.instrument_of(id)?;
        let unit = schedule.units().get(schedule.groups().get(of.group)?.unit)?;
        let price = unit.index.and_then(|at| indices.get(at));
        let why = match (of.kind, price) {
            (ContractFile::Fixed, _) => Some(WhyStays::Fixed),
            (_, Some(price)) if moved.contains(price.as_str()) => None,
            _ => Some(WhyStays::NoPublicPrice(unit.name.clone())),
        };
        why.map(|why| Stays { name: of.symbol.clone(), why })
    };
    let positions = account.positions().iter().filter(|p| !p.size.is_zero());
    let positions = positions.filter_map(|p| why(p.instrument));
    let balances = account.balances().iter().filter(|b| !b.balance.is_zero());
    let balances = balances.filter_map(|b| {
        let asset = schedule.assets().iter().find(|asset| asset.id == b.asset)?;
        let is_currency = asset.symbol == schedule.file().valuation.currency;
        (!is_currency).then(|| Stays { name: asset.symbol.clone(), why: WhyStays::IndexPrice })
    });
    positions.chain(balances).collect()
}
