//! The universe of a meta response.

use super::requirement::{Requirement, Tables};
use super::{DECIMALS, ImportError, LeftOut, Member};
use crate::venue::linear_instrument;
use crate::{InstrumentFile, TiersFile, VariableFile};
use std::collections::BTreeMap;

/// What a schedule lists.
#[derive(Default)]
pub(super) struct Markets {
    pub tiers: Vec<TiersFile>,
    pub instruments: Vec<InstrumentFile>,
    pub left_out: Vec<LeftOut>,
}

/// Reads the perpetuals in order. An instrument's id is its place in the universe plus one.
pub(super) fn read(meta: &Member) -> Result<Markets, ImportError> {
    let token = meta.member("collateralToken");
    if token.is_present() && token.natural()? != 0 {
        return Err(token.wrong("is not 0, which is USDC"));
    }
    let tables = Tables::read(&meta.member("marginTables"))?;
    let mut markets = Markets::default();
    let mut used = BTreeMap::new();
    for (market, id) in meta.member("universe").list()?.iter().zip(1..) {
        let symbol = market.member("name").text()?;
        let size_decimals = digits(&market.member("szDecimals"))?;
        let requirement = tables.of(market)?;
        let rows = match market.member("isDelisted").flag()? {
            true => Err("delisted".to_owned()),
            false => requirement.rows(),
        };
        match rows {
            Err(why) => markets.left_out.push(LeftOut { symbol: symbol.to_owned(), why }),
            Ok(rows) => {
                let tiers = requirement.name();
                let price_decimals = DECIMALS - size_decimals;
                markets.instruments.push(linear_instrument(
                    id,
                    symbol,
                    "USDC",
                    size_decimals,
                    price_decimals,
                    tiers,
                ));
                used.insert(requirement, rows);
            }
        }
    }
    let table = |(requirement, (rows, denominator)): (Requirement, _)| TiersFile {
        name: requirement.name(),
        variable: VariableFile::Value,
        rows,
        denominator: Some(denominator),
        requirement_rounding: None,
    };
    markets.tiers = used.into_iter().map(table).collect();
    Ok(markets)
}

fn digits(member: &Member) -> Result<u32, ImportError> {
    let digits = u32::try_from(member.natural()?).ok().filter(|digits| *digits <= DECIMALS);
    digits.ok_or_else(|| member.wrong(format!("is above {DECIMALS}")))
}
