//! Binance USD-margined futures: contracts by the importer's parts, in multi-assets mode.

use crate::common::{
    Outcome, Sources, example_account, text, write_account, write_schedule, write_snapshot,
};
use std::collections::BTreeMap;
use std::path::Path;
use zkmargin_params::venues::binance::{self, ASSET_DECIMALS, Contract, PRICE_DECIMALS};
use zkmargin_params::venues::{
    Binance, Member, Venue, decimal, priced_snapshot, scaled, settlement_asset,
};
use zkmargin_params::{
    AssetFile, AssetPriceFile, BalanceFile, InstrumentPriceFile, PositionFile, Schedule,
    ScheduleFile, SnapshotFile,
};

const TIERS: &str = "Tiers: freqtrade/freqtrade, freqtrade/exchange/binance_leverage_tiers.json, commit c9ae5e1e9ff25bb55dd61f5e5519f7c479291edb, which holds Binance's own leverage brackets of the fourth quarter of 2024, as the quarterly contracts in it (241227, 250328) show. Beyond the cap of the last tier nothing is published, so no figure is given.";
const UNITS: &str = "The source has no step sizes: three digits of size and eight of price hold all of them. Ids number the symbols in order, those of perpetuals in USDT first. The menu is this project's.";
const MULTI_ASSETS: &str = "Multi-assets mode: assets count in full at their bid and ask rates, which contain Binance's haircuts; which assets are listed is illustrative.";
/// The collateral assets, with the part of the index by which the bid rate is below and the ask rate above it, in units of
/// 1e-4. Made up, in the shape of Binance's own.
const BUFFERS: [(&str, i64); 5] =
    [("USDT", 1), ("USDC", 1), ("BTC", 500), ("ETH", 500), ("BNB", 1000)];
/// What a snapshot says of the rates.
const RATES: &str = "Bid and ask rates of an asset: its index price less and plus a buffer, cut to eight digits as Binance cuts them; the buffers are made up (0.01 % of USDT and USDC, 5 % of BTC and ETH, 10 % of BNB).";

const MADE_UP: &str = "Made-up account, except that the short position in WLDUSDT is one that Binance reported on 2024-07-26 (quoted in ccxt 4.5.84, js/src/binance.js, parseAccountPosition).";
const SECRETS: &str =
    "Without holder key, serial and blinding: `zkmargin commit --fresh` draws them.";

/// Symbols priced by RedStone that Binance lists as USDT perpetuals too.
const FEEDS: [&str; 8] = ["BTC", "ETH", "SOL", "AVAX", "BNB", "XRP", "LINK", "ARB"];
/// Mark of WLDUSDT as Binance reported it.
const WLD_MARK: &str = "2.3956";

pub fn write(sources: &Sources, params: &Path) -> Outcome<()> {
    let tiers = sources.json("freqtrade/binance_leverage_tiers.json")?;
    let all_contracts = binance::contracts(&Member::root(&tiers))?;
    let perpetuals: Vec<Contract> =
        all_contracts.iter().filter(|c| c.settle == "USDT" && c.date.is_none()).cloned().collect();
    let prices = Prices::read(sources)?;

    let usdm = schedule("usdm", &perpetuals, &["USDT"])?;
    let usdm = write_schedule(&params.join("venues/binance/usdm.json"), usdm)?;
    let synthetic = prices.synthetic(&usdm)?;
    write_snapshot(
        &params.join("venues/binance/examples/usdm.synthetic.snapshot.json"),
        &usdm,
        &synthetic,
    )?;

    let mut all = schedule("all", &all_contracts, &["USDT", "USDC", "BTC"])?;
    all.renumber(&usdm);
    let all = write_schedule(&params.join("venues/binance/all.json"), all)?;
    write_snapshot(
        &params.join("venues/binance/examples/all.synthetic.snapshot.json"),
        &all,
        &prices.synthetic(&all)?,
    )?;
    write_cross(params, &perpetuals, &prices)?;
    write_isolated(params, &perpetuals, &prices)?;
    let of_both: Vec<Contract> = all_contracts
        .iter()
        .filter(|c| ["USDT", "USDC"].contains(&c.settle) && c.date.is_none())
        .cloned()
        .collect();
    write_single_asset(params, &of_both, &all, &prices)
}

fn assets(settling: &[&str]) -> Vec<AssetFile> {
    BUFFERS
        .into_iter()
        .zip(1..)
        .map(|((symbol, _), id)| AssetFile {
            id,
            settles: settling.contains(&symbol),
            ..settlement_asset(symbol, ASSET_DECIMALS)
        })
        .collect()
}

/// A schedule of multi-assets mode.
fn schedule(name: &str, listed: &[Contract], settling: &[&str]) -> Outcome<ScheduleFile> {
    let source = format!("{TIERS} {UNITS} {MULTI_ASSETS}");
    let (assets, mode) = (assets(settling), binance::Mode::MultiAssets);
    Ok(binance::schedule_of(listed, assets, format!("binance-{name}"), source, mode)?)
}

/// A schedule of single-asset mode.
fn single_asset(name: &str, listed: &[Contract], settling: &[&str]) -> Outcome<ScheduleFile> {
    let source = format!("{TIERS} {UNITS}");
    let assets = settling
        .iter()
        .zip(1..)
        .map(|(symbol, id)| AssetFile { id, ..settlement_asset(*symbol, ASSET_DECIMALS) });
    let assets = assets.collect();
    let mode = binance::Mode::SingleAsset;
    Ok(binance::schedule_of(listed, assets, format!("binance-{name}"), source, mode)?)
}

/// Real prices, and made-up ones for what has none.
struct Prices {
    feeds: BTreeMap<String, i64>,
    time_ms: u64,
}

impl Prices {
    /// Median of the five signers of each RedStone feed.
    fn read(sources: &Sources) -> Outcome<Self> {
        let file = sources.json("oracles/redstone/primary_prod_subset.json")?;
        let packages = file["packages"].as_object().ok_or("no packages")?;
        let mut feeds = BTreeMap::new();
        let mut time_ms = 0;
        for (feed, signed) in packages {
            let signed = signed.as_array().ok_or("no packages of a feed")?;
            let mut values: Vec<i64> = signed
                .iter()
                .map(|p| Ok(text(&p["dataPoints"][0], "value_int_1e8")?.parse()?))
                .collect::<Outcome<_>>()?;
            values.sort_unstable();
            feeds.insert(feed.clone(), *values.get(values.len() / 2).ok_or("no values")?);
            time_ms = signed[0]["timestampMilliseconds"].as_u64().ok_or("no time")?;
        }
        Ok(Self { feeds, time_ms })
    }

    fn snapshot(
        &self,
        schedule: &Schedule,
        source: String,
        marks: Vec<(String, String)>,
    ) -> Outcome<SnapshotFile> {
        let two_prices = schedule.file().bid_and_ask;
        let assets = BUFFERS.into_iter().filter(|(symbol, _)| schedule.asset(symbol).is_some());
        let assets = assets.map(|(symbol, buffer)| {
            let index = *self.feeds.get(symbol).ok_or("an asset has no feed")?;
            let rate = |of: i64| scaled(index * of / 10_000, 8);
            let (bid, ask) = (rate(10_000 - buffer), rate(10_000 + buffer));
            Ok(match two_prices {
                true => AssetPriceFile::at_bid_and_ask(symbol, bid, ask),
                false => AssetPriceFile::at_index(symbol, rate(10_000)),
            })
        });
        let source = if two_prices { format!("{source} {RATES}") } else { source };
        let mut snapshot = priced_snapshot(schedule, self.time_ms, 1, source);
        snapshot.assets = assets.collect::<Outcome<_>>()?;
        let price = |(instrument, mark): (String, String)| {
            InstrumentPriceFile::at_mark(instrument, decimal(mark))
        };
        snapshot.instruments = marks.into_iter().map(price).collect();
        Ok(snapshot)
    }

    /// The mark of a contract that is quoted in USDC: that of the one in USDT, both being US dollar prices.
    fn mark_of_either(&self, symbol: &str) -> Option<String> {
        let of_usdc = || Some(format!("{}USDT", symbol.strip_suffix("USDC")?));
        self.mark(symbol).or_else(|| self.mark(&of_usdc()?))
    }

    fn mark(&self, symbol: &str) -> Option<String> {
        let feed = symbol.strip_suffix("USDT").filter(|base| FEEDS.contains(base));
        match feed.and_then(|base| self.feeds.get(base)) {
            Some(price) => Some(scaled(*price, PRICE_DECIMALS).as_str().to_owned()),
            None => (symbol == "WLDUSDT").then(|| WLD_MARK.to_owned()),
        }
    }

    /// Prices of every instrument, to measure with: what has no real price gets one made from its
    /// id, between 0.01 and 100.
    fn synthetic(&self, schedule: &Schedule) -> Outcome<SnapshotFile> {
        let marks = schedule.instruments().iter().map(|i| {
            let made = || {
                let mixed = u64::from(i.id).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
                let range = [1_000_000, 10_000_000, 100_000_000, 1_000_000_000][i.id as usize % 4];
                scaled(range + mixed % (9 * range), PRICE_DECIMALS).as_str().to_owned()
            };
            (i.symbol.clone(), self.mark(&i.symbol).unwrap_or_else(made))
        });
        let source = "SYNTHETIC, for measurements only: most marks are made up from the instrument's number. Those of BTC, ETH, SOL, AVAX, BNB, XRP, LINK, ARB and the index prices are RedStone medians.";
        self.snapshot(schedule, source.to_owned(), marks.collect())
    }
}

/// Writes a schedule with what has a real price, and its snapshot, under `examples`.
fn write_market(
    params: &Path,
    name: &str,
    mut file: ScheduleFile,
    prices: &Prices,
) -> Outcome<(Schedule, SnapshotFile)> {
    file.instruments.retain(|i| prices.mark_of_either(&i.symbol).is_some());
    let instruments = &file.instruments;
    file.tiers.retain(|t| instruments.iter().any(|i| i.tiers == t.name));
    file.source.push_str(" Restricted to instruments that the example snapshot prices");
    let of_usdm = !file.settlement_asset_books;
    file.source.push_str(if of_usdm { "; ids as in binance-usdm." } else { "." });
    let path = |kind: &str| params.join(format!("venues/binance/examples/{name}.{kind}.json"));
    let schedule = write_schedule(&path("schedule"), file)?;
    let marks: Vec<_> = schedule
        .instruments()
        .iter()
        .filter_map(|i| Some((i.symbol.clone(), prices.mark_of_either(&i.symbol)?)))
        .collect();
    let source = "Mark of WLDUSDT: a position that Binance reported on 2024-07-27, quoted in ccxt 4.5.84, js/src/binance.js, parsePositionRisk. All other marks and the index prices: median of five signed RedStone packages (redstone-finance/redstone-oracles-monorepo, packages/protocol/test/primary-prod-data-packages.json, commit b9dea4ff41715340cf1a299c4ed421e1ec1908bf) at the time given; US dollar prices, standing in for Binance's marks.";
    let snapshot = prices.snapshot(&schedule, source.to_owned(), marks)?;
    write_snapshot(&path("snapshot"), &schedule, &snapshot)?;
    Ok((schedule, snapshot))
}

/// A position by its instrument, size and entry value, which is the size times the average entry price.
fn position((instrument, size, entry): (&str, &str, &str), margin: Option<&str>) -> PositionFile {
    let isolated_margin = margin.map(decimal);
    PositionFile { isolated_margin, ..PositionFile::new(instrument, decimal(size), decimal(entry)) }
}

fn balance((asset, balance): (&str, &str)) -> BalanceFile {
    BalanceFile::new(asset, decimal(balance))
}

/// An example in the cross book, with collateral in several assets.
fn write_cross(params: &Path, listed: &[Contract], prices: &Prices) -> Outcome<()> {
    let file = schedule("example", listed, &["USDT"])?;
    let (schedule, snapshot) = write_market(params, "cross", file, prices)?;
    let mut account = example_account(Binance::NAME, format!("{MADE_UP} {SECRETS}"));
    account.balances = [("USDT", "-3250.75"), ("USDC", "5000"), ("BTC", "0.42"), ("ETH", "6.5")]
        .map(balance)
        .to_vec();
    account.positions = [
        ("BTCUSDT", "1.5", "93120.45"),
        ("BTCUSDT", "-0.4", "-25610.8"),
        ("ETHUSDT", "-12.25", "-42005.25"),
        ("SOLUSDT", "180", "25344"),
        ("LINKUSDT", "-350.5", "-5117.3"),
        ("WLDUSDT", "-849", "-1986.66"),
    ]
    .map(|held| position(held, None))
    .to_vec();
    let path = params.join("venues/binance/examples/cross.account.json");
    write_account(&path, &schedule, &snapshot, &account)
}

/// An example with isolated positions, beside one in the cross book of the same instrument and side.
fn write_isolated(params: &Path, listed: &[Contract], prices: &Prices) -> Outcome<()> {
    let file = single_asset("isolated-example", listed, &["USDT"])?;
    let (schedule, snapshot) = write_market(params, "isolated", file, prices)?;
    let mut account = example_account(Binance::NAME, format!("{MADE_UP} {SECRETS}"));
    account.balances = vec![balance(("USDT", "1500.25"))];
    account.positions = vec![
        position(("BTCUSDT", "0.05", "3104.015"), Some("350.5")),
        position(("BTCUSDT", "0.02", "1261.5"), None),
        position(("SOLUSDT", "-12", "-1689.6"), Some("220.25")),
        position(("WLDUSDT", "-849", "-1986.66"), None),
    ];
    let path = params.join("venues/binance/examples/isolated.account.json");
    write_account(&path, &schedule, &snapshot, &account)
}

/// An example of single-asset mode with a book for each of two settlement assets, one of which is short of margin.
fn write_single_asset(
    params: &Path,
    listed: &[Contract],
    numbered: &Schedule,
    prices: &Prices,
) -> Outcome<()> {
    let mut file = single_asset("single-asset-example", listed, &["USDT", "USDC"])?;
    file.renumber(numbered);
    let (schedule, snapshot) = write_market(params, "single-asset", file, prices)?;
    let mut account = example_account(Binance::NAME, format!("Made-up account. {SECRETS}"));
    account.balances = [("USDT", "2500.5"), ("USDC", "300.25")].map(balance).to_vec();
    account.positions = vec![
        position(("BTCUSDT", "0.5", "31040.15"), None),
        position(("ETHUSDT", "-3.25", "-11144.25"), None),
        position(("SOLUSDT", "12", "1689.6"), Some("220.25")),
        position(("BTCUSDC", "0.4", "26310.4"), None),
        position(("ETHUSDC", "-1.5", "-4905.75"), Some("400.5")),
    ];
    let path = params.join("venues/binance/examples/single-asset.account.json");
    write_account(&path, &schedule, &snapshot, &account)
}
