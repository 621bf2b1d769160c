//! Lighter: flat rates, funding inside the value, one settlement asset.

use crate::common::{
    Outcome, Sources, example_account, in_full, integer, menu, row, scaled, text, write_account,
    write_schedule, write_snapshot,
};
use num_bigint::BigInt;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use zkmargin_params::{
    AssetFile, AssetPriceFile, BalanceFile, InstrumentFile, InstrumentPriceFile, KindFile,
    PositionFile, RoundingFile, ScheduleFile, SnapshotFile, TiersFile, ValuationFile, VariableFile,
    format_utc,
};

const VENUE: &str = "lighter-mainnet";
/// Unit of collateral and funding: 10^-12 USDC.
const USDC_DECIMALS: u32 = 12;
/// Unit of a mark price per base unit, quote multiplier left out: 10^-6 USDC.
const PRICE_DECIMALS: u32 = 6;
/// Margin fractions are in units of 10^-4.
const RATE_DECIMALS: u32 = 4;
const ACCOUNTS: [(&str, &str); 2] =
    [("tx7/account366058/cross", "366058"), ("tx13/account222378/cross", "222378")];

/// The source numbers markets and does not name them.
fn symbol(market: &str) -> String {
    format!("market-{market}")
}

/// Requirement rate of a market: its maintenance fraction times its status (0 is halted).
fn rate(market: &Value) -> Outcome<i64> {
    Ok(integer(market, "mm")? * integer(market, "s")?)
}

pub fn write(sources: &Sources, params: &Path) -> Outcome<()> {
    let block = sources.json("lighter/mainnet_block_186974592_markets.json")?;
    let markets = block["markets"].as_array().ok_or("no markets")?;
    let schedule = write_schedule(
        &params.join("venues/lighter-mainnet.json"),
        schedule(&block["source"], markets)?,
    )?;
    let snapshot = SnapshotFile {
        format: "zkmargin-snapshot/1".to_owned(),
        schedule: hex::encode(schedule.digest()),
        time: format_utc(u64::try_from(integer(&block, "created_at_ms")?)?),
        sequence: u64::try_from(integer(&block, "block")?)?,
        source: Some(format!(
            "Mark prices and funding prefix sums of Lighter mainnet block 186974592; {}. The price of USDC is 1 by the venue's own rule.",
            origin(&block["source"])?
        )),
        assets: vec![AssetPriceFile {
            asset: "USDC".to_owned(),
            index: scaled(1, 0),
            requirement_index: None,
        }],
        instruments: markets.iter().map(price).collect::<Outcome<_>>()?,
    };
    write_snapshot(&params.join("venues/lighter-186974592.snapshot.json"), &schedule, &snapshot)?;
    let vectors = sources.json("../vectors/lighter_mainnet.json")?;
    for (name, number) in ACCOUNTS {
        let cases = vectors["cases"].as_array().ok_or("no cases")?;
        let case = cases.iter().find(|c| c["name"] == name).ok_or("case is missing")?;
        let mut account = example_account(
            VENUE,
            format!(
                "Cross account {number} of Lighter mainnet block 186974592, public chain state; {}, {}. Without holder key, serial and blinding: `zkmargin commit --fresh` draws them.",
                origin(&vectors)?,
                text(&case["source"], "json_path")?
            ),
        );
        account.balances = vec![BalanceFile {
            asset: "USDC".to_owned(),
            balance: scaled(
                text(&case["collateral"][0], "amount")?.parse::<BigInt>()?,
                USDC_DECIMALS,
            ),
        }];
        let positions = case["positions"].as_array().ok_or("no positions")?;
        account.positions = positions.iter().map(position).collect::<Outcome<_>>()?;
        let path = params.join(format!("examples/lighter-{number}-cross.account.json"));
        write_account(&path, &schedule, &snapshot, &account)?;
    }
    Ok(())
}

fn origin(source: &Value) -> Outcome<String> {
    let (repo, path) = (text(source, "repo")?, text(source, "path")?);
    Ok(format!("{repo}, {path}, commit {}", text(source, "commit")?))
}

fn schedule(source: &Value, markets: &[Value]) -> Outcome<ScheduleFile> {
    let rates: BTreeSet<i64> = markets.iter().map(rate).collect::<Outcome<_>>()?;
    let tiers = rates.iter().map(|r| TiersFile {
        name: format!("flat-{r}"),
        variable: VariableFile::Value,
        rows: vec![row(Some("0"), None, scaled(*r, RATE_DECIMALS).as_str(), "0")],
        requirement_rounding: None,
    });
    let instruments = markets.iter().map(|m| {
        let index = integer(m, "i")?;
        Ok(InstrumentFile {
            id: u32::try_from(index)? + 1,
            symbol: symbol(&index.to_string()),
            chain: None,
            contract: None,
            contract_version: None,
            migrated_to: None,
            kind: KindFile::Linear,
            settle: "USDC".to_owned(),
            size_decimals: 0,
            price_decimals: PRICE_DECIMALS,
            multiplier: scaled(integer(m, "qm")?, 0),
            funding_decimals: Some(USDC_DECIMALS),
            tiers: format!("flat-{}", rate(m)?),
        })
    });
    Ok(ScheduleFile {
        format: "zkmargin-schedule/1".to_owned(),
        venue: VENUE.to_owned(),
        name: "lighter-mainnet".to_owned(),
        source: format!(
            "All markets of Lighter mainnet block 186974592; {}. A requirement is notional times maintenance margin fraction times market status. Instrument id is market index plus one; sizes are base units. The menu is this project's.",
            origin(source)?
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
        instruments: instruments.collect::<Outcome<_>>()?,
    })
}

fn price(market: &Value) -> Outcome<InstrumentPriceFile> {
    // The prefix sum is per base unit before the quote multiplier.
    let funding = BigInt::from(integer(market, "f")?) * integer(market, "qm")?;
    Ok(InstrumentPriceFile {
        instrument: symbol(&integer(market, "i")?.to_string()),
        mark: scaled(integer(market, "mp")?, PRICE_DECIMALS),
        funding_index: Some(scaled(funding, USDC_DECIMALS)),
    })
}

fn position(position: &Value) -> Outcome<PositionFile> {
    let size: BigInt = text(position, "size")?.parse()?;
    let quote: BigInt = text(position, "entry_quote")?.parse()?;
    let funding: BigInt = text(position, "last_funding_rate_prefix_sum")?.parse()?;
    let entry = if size < BigInt::ZERO { -quote } else { quote };
    Ok(PositionFile {
        instrument: symbol(text(position, "instrument")?),
        size: scaled(size, 0),
        entry_value: scaled(entry, PRICE_DECIMALS),
        // Every market of the block has quote multiplier 1; the schedule would show another.
        funding_index: Some(scaled(funding, USDC_DECIMALS)),
    })
}
