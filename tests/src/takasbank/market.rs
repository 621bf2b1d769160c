//! Commodities of the file as one portfolio margin market: each a risk unit, each maturity a group.

use super::{Commodity, DIGITS, SCENARIOS};
use crate::portfolio_case::cash;
use num_bigint::BigInt;
use num_traits::{One, Zero};
use std::collections::BTreeMap;
use zkmargin_model::decimal::power_of_ten;
use zkmargin_model::portfolio::{
    Aggregate, Capacity, Column, ContractId, Group, Instrument, Market, MarketError, Multiplier,
    Role, Terms, Unit,
};

/// Index of the first of the columns after the scenarios: magnitudes of the maturities' deltas times the spread rate.
pub const MATURITIES: usize = SCENARIOS;
/// Index of the column of a commodity's whole delta times the spread rate.
pub const WHOLE: usize = SCENARIOS + 1;
/// Index of the column of the short option minimum.
pub const MINIMUM: usize = SCENARIOS + 2;
/// Id of the one asset.
pub const LIRA: u32 = 1;

/// Loss units in a millionth of a lira: a delta times a rate has twelve digits, and half of it is charged.
pub fn scale() -> BigInt {
    power_of_ten(DIGITS) * 2
}

fn columns() -> Vec<Column> {
    let column = |name: String, multiplier, role, slope, by_group| Column {
        name,
        multiplier,
        less_entry: false,
        role,
        slope,
        sloped: by_group,
        magnitude: false,
        terms: Vec::new(),
    };
    let (net, one) = (Multiplier::Net, BigInt::one());
    let mut columns: Vec<_> = (1..=SCENARIOS)
        .map(|k| column(format!("scenario {k}"), net, Role::Scenario, scale(), false))
        .collect();
    let maturities = Role::Added(Aggregate::Identity);
    let name = "deltas of the maturities".to_owned();
    columns.push(Column { magnitude: true, ..column(name, net, maturities, one.clone(), true) });
    let whole = Role::Added(Aggregate::Magnitude(-BigInt::one()));
    columns.push(column("delta of the commodity".to_owned(), net, whole, one, true));
    let minimum = Role::Floor(Aggregate::Identity);
    let name = "short option minimum".to_owned();
    columns.push(column(name, Multiplier::Short, minimum, scale(), false));
    columns
}

/// The market, and the instrument id of each contract by commodity and place in it. Equity is the balance alone: the value
/// of options is no part of it.
///
/// # Errors
/// [`MarketError`].
pub fn market(commodities: &[Commodity]) -> Result<(Market, Vec<Vec<u32>>), MarketError> {
    let (mut units, mut groups, mut instruments) = (Vec::new(), Vec::new(), Vec::new());
    let mut ids = Vec::new();
    for (c, unit) in commodities.iter().zip(1u32..) {
        units.push(Unit { id: unit, name: c.code.clone(), factor: BigInt::one() });
        let mut maturities: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, contract) in c.contracts.iter().enumerate() {
            maturities.entry(&contract.maturity).or_default().push(at);
        }
        let mut of_commodity = vec![0; c.contracts.len()];
        for (maturity, contracts) in maturities {
            let group = groups.len() as u32 + 1;
            groups.push(Group {
                id: group,
                unit,
                name: format!("{} {maturity}", c.code),
                positive: c.spread_rate.clone(),
                negative: c.spread_rate.clone(),
                magnitudes: true,
                scans: Vec::new(),
            });
            for at in contracts {
                let contract = &c.contracts[at];
                let mut loadings = contract.losses.clone();
                loadings.extend([contract.delta.clone(), contract.delta.clone()]);
                let minimum =
                    if contract.is_option() { &c.short_option_rate } else { &BigInt::ZERO };
                loadings.push(minimum.clone());
                let id = instruments.len() as u32 + 1;
                of_commodity[at] = id;
                instruments.push(Instrument {
                    id,
                    contract: ContractId::from_number(id.into()),
                    group,
                    strike: None,
                    value: BigInt::zero(),
                    settles_in: LIRA,
                    charge: BigInt::zero(),
                    loadings,
                });
            }
        }
        ids.push(of_commodity);
    }
    let market = Market::new(Terms {
        capacity: Capacity { positions: 64, size_bits: 40 },
        assets: vec![cash(LIRA)],
        entry_unit: BigInt::one(),
        columns: columns(),
        scans: Vec::new(),
        units,
        groups,
        strikes: Vec::new(),
        instruments,
        scale: scale(),
        denominator: BigInt::one(),
        stresses: Vec::new(),
        equality_is_healthy: true,
    })?;
    Ok((market, ids))
}
