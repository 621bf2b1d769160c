//! Lighter: the market list of one block, with margin fractions, marks and funding sums.

use super::{Caps, Imported, decimal, in_full, menu, row, source};
use crate::arguments::Import;
use crate::failure::Result;
use num_bigint::BigInt;
use serde_json::Value;
use std::collections::BTreeSet;
use zkmargin_model::decimal::format_scaled;
use zkmargin_params::{
    AssetFile, AssetPriceFile, DecimalText, InstrumentFile, InstrumentPriceFile, KindFile,
    RoundingFile, ScheduleFile, SnapshotFile, TiersFile, ValuationFile, VariableFile, format_utc,
};

/// Unit of collateral and funding: 10^-12 USDC.
const USDC_DECIMALS: u32 = 12;
/// Unit of a mark price per base unit, quote multiplier left out.
const PRICE_DECIMALS: u32 = 6;
/// Margin fractions are in units of 10^-4.
const RATE_DECIMALS: u32 = 4;

const ASSUMED: &str = "markets are named by their index; the venue's rule has no cap, so every tier is open; the price of USDC is 1 by the venue's own rule; menu of this project";

fn scaled(value: impl Into<BigInt>, decimals: u32) -> DecimalText {
    DecimalText::new(format_scaled(&value.into(), decimals))
}

/// One market of the list.
#[derive(Debug)]
struct Listed {
    index: u32,
    /// Maintenance fraction times status; a halted market has status 0.
    rate: i64,
    multiplier: i64,
    mark: i64,
    funding: i64,
}

impl Listed {
    fn read(at: usize, market: &Value) -> Result<Self> {
        let figure = |key: &str| source::integer(&market[key], &format!("/markets/{at}/{key}"));
        let index = figure("i")?;
        let index = u32::try_from(index)
            .map_err(|_| source::wrong(&format!("/markets/{at}/i"), "is not a market index"))?;
        Ok(Self {
            index,
            rate: figure("mm")?.saturating_mul(figure("s")?),
            multiplier: figure("qm")?,
            mark: figure("mp")?,
            funding: figure("f")?,
        })
    }

    fn symbol(&self) -> String {
        format!("market-{}", self.index)
    }

    fn instrument(&self) -> InstrumentFile {
        InstrumentFile {
            id: self.index.saturating_add(1),
            symbol: self.symbol(),
            chain: None,
            contract: None,
            contract_version: None,
            migrated_to: None,
            kind: KindFile::Linear,
            settle: "USDC".to_owned(),
            size_decimals: 0,
            price_decimals: PRICE_DECIMALS,
            multiplier: scaled(self.multiplier, 0),
            funding_decimals: Some(USDC_DECIMALS),
            tiers: format!("flat-{}", self.rate),
        }
    }

    fn price(&self) -> InstrumentPriceFile {
        // The prefix sum is per base unit before the quote multiplier.
        let funding = BigInt::from(self.funding) * self.multiplier;
        InstrumentPriceFile {
            instrument: self.symbol(),
            mark: scaled(self.mark, PRICE_DECIMALS),
            funding_index: Some(scaled(funding, USDC_DECIMALS)),
        }
    }
}

/// A schedule of all markets, and their prices.
pub fn import(file: &Value, a: &Import) -> Result<Imported> {
    let markets = source::list(&file["markets"], "/markets")?;
    let markets: Vec<_> =
        markets.iter().enumerate().map(|(at, m)| Listed::read(at, m)).collect::<Result<_>>()?;
    let block = source::natural(&file["block"], "/block")?;
    let time = source::milliseconds(&file["created_at_ms"], "/created_at_ms")?;
    let rates: BTreeSet<i64> = markets.iter().map(|m| m.rate).collect();
    let tiers = rates.iter().map(|rate| TiersFile {
        name: format!("flat-{rate}"),
        variable: VariableFile::Value,
        rows: vec![row(Some("0"), None, scaled(*rate, RATE_DECIMALS).as_str(), "0")],
        requirement_rounding: None,
    });
    Ok(Imported {
        schedule: ScheduleFile {
            format: "zkmargin-schedule/1".to_owned(),
            venue: "lighter-mainnet".to_owned(),
            name: a.name.clone().unwrap_or_else(|| "lighter-mainnet".to_owned()),
            source: format!(
                "Market list of Lighter mainnet block {block}, imported. Assumed: {ASSUMED}."
            ),
            valuation: ValuationFile { currency: "USDC".to_owned(), decimals: USDC_DECIMALS },
            rate_decimals: RATE_DECIMALS,
            equality_is_healthy: true,
            menu: menu(),
            rounding: RoundingFile::default(),
            assets: vec![AssetFile {
                id: 1,
                symbol: "USDC".to_owned(),
                chain: None,
                contract: None,
                contract_version: None,
                migrated_to: None,
                decimals: USDC_DECIMALS,
                settles: true,
                collateral: in_full(),
            }],
            tiers: tiers.collect(),
            instruments: markets.iter().map(Listed::instrument).collect(),
        },
        snapshot: Some(SnapshotFile {
            format: "zkmargin-snapshot/1".to_owned(),
            schedule: String::new(),
            time: format_utc(time),
            sequence: block,
            source: Some(format!("Marks and funding sums of Lighter mainnet block {block}.")),
            assets: vec![AssetPriceFile {
                asset: "USDC".to_owned(),
                index: decimal("1"),
                requirement_index: None,
            }],
            instruments: markets.iter().map(Listed::price).collect(),
        }),
        assumed: ASSUMED,
        left_out: Vec::new(),
        caps: Caps::None,
    })
}
