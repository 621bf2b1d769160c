//! Parts that portfolio schedules and snapshots of venues have alike: contracts of one risk unit by maturity, and entries
//! in which most fields are absent.

use super::scaled;
use crate::portfolio::{
    ColumnFile, ContractFile, GroupFile, InstrumentFiguresFile, MultiplierFile,
    PortfolioInstrumentFile, PortfolioLevelFile, PortfolioMenuFile, RequirementFile, RoleFile,
    StrikeFile,
};
use crate::{DecimalText, Requirement, format_utc};
use num_bigint::BigInt;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// Digits after the point to which strikes are ordered, more than any venue writes.
const STRIKE_DECIMALS: u32 = 18;

/// A contract of a venue, before it has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maturing {
    /// The venue's name of it.
    pub symbol: String,
    /// When it expires, in milliseconds since 1970; `None` of a perpetual.
    pub expiry_ms: Option<u64>,
    /// Strike and whether it is a call, of an option.
    pub option: Option<(Decimal, bool)>,
    /// Digits after the point of a size.
    pub size_decimals: u32,
}

/// What all contracts of a schedule have alike.
#[derive(Clone, Copy, Debug)]
pub struct OfUnit<'a> {
    /// The one risk unit.
    pub unit: &'a str,
    /// Class of its groups.
    pub class: &'a str,
    /// What contracts settle in.
    pub settle: &'a str,
}

/// Groups, strikes and instruments with their ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbered {
    /// Perpetuals, then expiries by time.
    pub groups: Vec<GroupFile>,
    /// By expiry and price.
    pub strikes: Vec<StrikeFile>,
    /// By group and strike; futures before options, a call before its put.
    pub instruments: Vec<PortfolioInstrumentFile>,
}

/// Name of the group of contracts that expire then.
pub fn maturity_name(expiry_ms: Option<u64>) -> String {
    let of_time = |ms| format_utc(ms).replace([':', '-'], "");
    expiry_ms.map_or_else(|| "perpetual".to_owned(), of_time)
}

fn id(count: usize) -> u32 {
    u32::try_from(count + 1).unwrap_or(u32::MAX)
}

/// Numbers contracts: those of a maturity are neighbours, and so are those of a strike.
pub fn numbered(mut contracts: Vec<Maturing>, of: OfUnit<'_>) -> Numbered {
    let strike = |c: &Maturing| {
        let option = c.option.as_ref();
        let units =
            |d: &Decimal| d.coefficient() * power_of_ten(STRIKE_DECIMALS.saturating_sub(d.scale()));
        option.map(|(price, is_call)| (units(price), !is_call))
    };
    contracts.sort_by_cached_key(|c| (c.expiry_ms, strike(c), c.symbol.clone()));
    let mut made = Numbered::default();
    let mut last: Option<(Option<u64>, BigInt)> = None;
    for contract in contracts {
        let group = maturity_name(contract.expiry_ms);
        if made.groups.last().is_none_or(|last| last.name != group) {
            made.groups.push(GroupFile {
                id: id(made.groups.len()),
                name: group.clone(),
                unit: of.unit.to_owned(),
                class: of.class.to_owned(),
                expiry: contract.expiry_ms.map(format_utc),
            });
        }
        let at = strike(&contract).map(|(units, _)| (contract.expiry_ms, units));
        if let Some(((price, _), at)) = contract.option.as_ref().zip(at)
            && last.as_ref() != Some(&at)
        {
            let price = DecimalText::new(price.to_string());
            made.strikes.push(StrikeFile { id: id(made.strikes.len()), price });
            last = Some(at);
        }
        made.instruments.push(PortfolioInstrumentFile {
            id: id(made.instruments.len()),
            symbol: contract.symbol,
            group,
            kind: match contract.option {
                None => ContractFile::Linear,
                Some((_, true)) => ContractFile::Call,
                Some((_, false)) => ContractFile::Put,
            },
            strike: contract.option.and_then(|_| u32::try_from(made.strikes.len()).ok()),
            settle: of.settle.to_owned(),
            size_decimals: contract.size_decimals,
            charge: None,
            feed: false,
        });
    }
    made
}

/// A column of net sizes without function, terms and slopes of groups.
pub fn plain_column(name: impl Into<String>, role: RoleFile, slope: DecimalText) -> ColumnFile {
    ColumnFile {
        name: name.into(),
        role,
        scan: None,
        function: None,
        requirement: None,
        multiplier: MultiplierFile::Net,
        less_entry: false,
        slope,
        sloped: false,
        magnitude: false,
        terms: Vec::new(),
        shock: None,
    }
}

/// Figures of an instrument whose loadings are published.
pub fn published(
    instrument: impl Into<String>,
    value: DecimalText,
    loadings: Vec<DecimalText>,
) -> InstrumentFiguresFile {
    InstrumentFiguresFile {
        instrument: instrument.into(),
        value: Some(value),
        loadings: Some(loadings),
        volatility: None,
        settlement: None,
        confidence: None,
    }
}

/// The requirements themselves as claims, and no equity below zero.
pub fn menu_of_requirements() -> PortfolioMenuFile {
    let level = |requirement: Requirement| PortfolioLevelFile {
        name: requirement.name().to_owned(),
        requirement,
        level_bps: MARGIN_BPS,
    };
    PortfolioMenuFile {
        levels: [Requirement::Maintenance, Requirement::Initial].map(level).to_vec(),
        floors: vec![scaled(0, 0)],
    }
}

/// A requirement of a factor of the scan and columns alone.
pub fn plain_requirement(factor: DecimalText) -> RequirementFile {
    RequirementFile {
        factor,
        unit_factors: Vec::new(),
        peg: None,
        least_confidence: None,
        short_options: None,
        charges: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(symbol: &str, expiry_ms: Option<u64>, option: Option<(&str, bool)>) -> Maturing {
        let option = option.map(|(price, call)| (Decimal::parse(price).unwrap(), call));
        Maturing { symbol: symbol.to_owned(), expiry_ms, option, size_decimals: 1 }
    }

    #[test]
    fn contracts_are_numbered_by_maturity_and_strike() {
        let (june, july) = (Some(1_750_000_000_000), Some(1_752_600_000_000));
        let contracts = vec![
            contract("july 90 call", july, Some(("90", true))),
            contract("june 100 put", june, Some(("100", false))),
            contract("june 90.5 call", june, Some(("90.5", true))),
            contract("june", june, None),
            contract("june 100 call", june, Some(("100", true))),
            contract("perpetual", None, None),
        ];
        let of = OfUnit { unit: "BTC", class: "all", settle: "USDC" };
        let made = numbered(contracts, of);
        let ids: Vec<_> =
            made.instruments.iter().map(|i| (i.id, i.symbol.as_str(), i.strike)).collect();
        assert_eq!(
            ids,
            [
                (1, "perpetual", None),
                (2, "june", None),
                (3, "june 90.5 call", Some(1)),
                (4, "june 100 call", Some(2)),
                (5, "june 100 put", Some(2)),
                (6, "july 90 call", Some(3)),
            ]
        );
        let groups: Vec<_> = made.groups.iter().map(|g| (g.id, g.name.as_str())).collect();
        assert_eq!(groups, [(1, "perpetual"), (2, "20250615T150640Z"), (3, "20250715T172000Z")]);
        let prices: Vec<_> = made.strikes.iter().map(|s| (s.id, s.price.as_str())).collect();
        assert_eq!(prices, [(1, "90.5"), (2, "100"), (3, "90")]);
    }
}
