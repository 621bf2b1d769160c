//! The venue's marks against the median of price sources.
//!
//! For every covered instrument the prices of *all* its listed sources count, each within the skew
//! of the snapshot's time. The median of an odd number of prices is the middle one; of an even
//! number the mean of the two middle ones, exactly; equal prices count as often as they occur. A
//! mark agrees when `|mark - median| * 10000 <= max_deviation_bps * median`, so a mark at the bound
//! agrees. A bid agrees also below the median and an ask above it. Everything is computed in exact fractions.

pub use crate::disagreement::{Disagreement, Gap, GapReason, Price};

use crate::refused::Refused;
use crate::source::{Quote, Verified, fraction};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::collections::{BTreeSet, HashSet};
use zkmargin_model::counted;
use zkmargin_model::decimal::Decimal;
use zkmargin_params::{
    AnyMarket, AnySchedule, CompiledMarket, CoverFile, CoveredFile, FeedFile, MarketKind,
    PricesDemand, ScheduleKind,
};

/// The median of prices; `None` if there are none.
pub fn median(prices: &[BigRational]) -> Option<BigRational> {
    let mut sorted = prices.to_vec();
    sorted.sort();
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper.clone());
    }
    let lower = sorted.get(middle.checked_sub(1)?)?;
    Some((lower + upper) / BigInt::from(2))
}

/// What a venue says of an entry.
enum Said {
    /// The schedule does not list it.
    Nothing,
    /// Prices.
    Prices(Vec<(Price, Decimal)>),
    /// Prices and figures beside them, or figures alone, as all instruments of portfolio accounts have.
    Figures,
}

/// What the venue says of an entry.
fn said_of(market: &dyn AnyMarket, of: &CoveredFile) -> Said {
    let prices = match market.kind() {
        MarketKind::Linear(market) if market.schedule().names_figures(of) => return Said::Figures,
        MarketKind::Linear(market) => prices_of(market, of),
        MarketKind::Portfolio(market) => match of {
            CoveredFile::Instrument(symbol) => {
                let is_listed = market.schedule().instrument(symbol).is_some();
                return if is_listed { Said::Figures } else { Said::Nothing };
            }
            CoveredFile::Asset(symbol) => {
                market.asset_price(symbol).map(|price| (Price::Index, price)).into_iter().collect()
            }
        },
    };
    if prices.is_empty() { Said::Nothing } else { Said::Prices(prices) }
}

/// Symbols of the instruments and of the assets that a schedule lists.
fn listed(schedule: &dyn AnySchedule) -> [Vec<&String>; 2] {
    match schedule.kind() {
        ScheduleKind::Linear(schedule) => [
            schedule.instruments().iter().map(|i| &i.symbol).collect(),
            schedule.assets().iter().map(|a| &a.symbol).collect(),
        ],
        ScheduleKind::Portfolio(schedule) => [
            schedule.instruments().iter().map(|i| &i.symbol).collect(),
            schedule.assets().iter().map(|a| &a.symbol).collect(),
        ],
    }
}

/// The venue's prices for an entry of linear accounts; empty if the schedule does not list it.
fn prices_of(market: &CompiledMarket, of: &CoveredFile) -> Vec<(Price, Decimal)> {
    let (schedule, snapshot) = (market.schedule(), market.snapshot());
    let found = match of {
        CoveredFile::Instrument(symbol) => schedule.instrument(symbol).and_then(|instrument| {
            let price = snapshot.instruments.iter().find(|p| p.id == instrument.id)?;
            let mark = instrument.price_unit.figure(&price.mark);
            Some(vec![(Price::Mark, mark)])
        }),
        CoveredFile::Asset(symbol) => schedule.asset(symbol).and_then(|asset| {
            let price = snapshot.assets.iter().find(|p| p.id == asset.id)?;
            let decimal = |figure| Decimal::from_scaled(figure, asset.index_decimals);
            let (bid, ask) = (decimal(&price.index.bid), decimal(&price.index.ask));
            let requirement = decimal(&price.requirement_index);
            Some(match schedule.file().bid_and_ask {
                true => vec![(Price::Bid, bid), (Price::Ask, ask)],
                false if requirement == bid => vec![(Price::Index, bid)],
                false => vec![(Price::Index, bid), (Price::RequirementIndex, requirement)],
            })
        }),
    };
    found.unwrap_or_default()
}

/// A source's price of a feed at the snapshot's time.
fn quote<'a>(
    verified: &'a Verified,
    feed: &str,
    time_ms: u64,
    demand: &PricesDemand,
) -> Result<&'a Quote, GapReason> {
    let (source, feed) = (verified.name.clone(), feed.to_owned());
    let Some(quote) = verified.quote(&feed) else {
        return Err(GapReason::NoPrice { source, feed });
    };
    let skew_ms = quote.time_ms.abs_diff(time_ms);
    if skew_ms > demand.max_skew_ms {
        return Err(GapReason::Skew { source, feed, skew_ms });
    }
    if !quote.price.is_positive() {
        return Err(GapReason::NotPositive { source, feed });
    }
    Ok(quote)
}

/// A source's price of an entry, and the keys behind its two parts.
struct Sourced<'a> {
    /// Factor and quote currency applied.
    price: BigRational,
    keys: &'a [String],
    /// Behind the price of the quote currency; the same keys if there is none.
    quote_keys: &'a [String],
}

fn price<'a>(
    feed: &FeedFile,
    verified: &'a Verified,
    time_ms: u64,
    demand: &PricesDemand,
) -> Result<Sourced<'a>, GapReason> {
    let quoted = quote(verified, &feed.feed, time_ms, demand)?;
    let (mut price, mut quote_keys) = (quoted.price.clone(), &quoted.keys);
    if let Some(currency) = &feed.quote_feed {
        let currency = quote(verified, currency, time_ms, demand)?;
        price /= &currency.price;
        quote_keys = &currency.keys;
    }
    // Checked with the policy; a factor that is no number would be 1.
    let factor = feed.factor.as_ref().and_then(|f| Decimal::parse(f.as_str()).ok());
    if let Some(factor) = factor {
        price *= fraction(&factor);
    }
    Ok(Sourced { price, keys: &quoted.keys, quote_keys })
}

/// The prices of one covered entry and the keys behind them.
fn covered(
    cover: &CoverFile,
    verified: &[Verified],
    time_ms: u64,
    demand: &PricesDemand,
) -> Result<Vec<BigRational>, GapReason> {
    let (mut prices, mut keys, mut quote_keys) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut voices: BTreeSet<String> = BTreeSet::new();
    for feed in &cover.feeds {
        let message = verified.iter().find(|v| v.name == feed.source);
        let message = message.ok_or_else(|| GapReason::NoMessage(feed.source.clone()))?;
        let sourced = price(feed, message, time_ms, demand)?;
        // What one signer has said is one vote, also when others have imported it.
        let signed = sourced.keys.iter().chain(sourced.quote_keys).chain(&message.upstream);
        let heard: BTreeSet<String> = signed.map(|key| key.to_ascii_lowercase()).collect();
        if !voices.is_disjoint(&heard) {
            return Err(GapReason::OneVoice(feed.source.clone()));
        }
        voices.extend(heard);
        prices.push(sourced.price);
        keys.extend(sourced.keys);
        quote_keys.extend(sourced.quote_keys);
    }
    // Who says what the quote currency is worth moves the price as much as who prices the entry.
    let found = keys.len().min(quote_keys.len());
    if (found as u64) < u64::from(demand.min_keys) {
        return Err(GapReason::Keys { found, demanded: demand.min_keys });
    }
    Ok(prices)
}

/// Text of a fraction to twelve digits after the point, toward zero.
fn decimal_text(value: &BigRational) -> String {
    let scaled = (value * BigInt::from(10u64.pow(12))).to_integer();
    Decimal::from_scaled(&scaled, 12).to_string()
}

/// Entries of the snapshot that are neither covered nor declared uncovered.
fn unlisted(market: &dyn AnyMarket, demand: &PricesDemand) -> Vec<Gap> {
    let covered: HashSet<&CoveredFile> = demand.cover.iter().map(|c| &c.of).collect();
    let uncovered = |names: &[String]| names.iter().cloned().collect::<HashSet<String>>();
    let (no_instruments, no_assets) =
        (uncovered(&demand.uncovered.instruments), uncovered(&demand.uncovered.assets));
    let gap = |of: CoveredFile| Gap { of, reason: GapReason::NotListed };
    let [instruments, assets] = listed(market.schedule());
    let instruments = instruments.into_iter().filter(|s| !no_instruments.contains(*s));
    let assets = assets.into_iter().filter(|s| !no_assets.contains(*s));
    let instruments = instruments.map(|s| CoveredFile::Instrument(s.clone()));
    let assets = assets.map(|s| CoveredFile::Asset(s.clone()));
    instruments.chain(assets).filter(|of| !covered.contains(of)).map(gap).collect()
}

/// The result of a comparison within the bound.
pub(crate) struct Compared {
    /// Entries that were compared.
    pub entries: usize,
    /// Entries of the schedule that the policy accepts without a source.
    pub uncovered: usize,
    /// The greatest distance, in hundredths of a basis point rounded up.
    pub greatest: BigInt,
    /// Smallest and largest number of votes behind a median.
    pub votes: (usize, usize),
}

impl Compared {
    /// How many sources the medians are taken over.
    pub fn votes(&self) -> String {
        match self.votes {
            (least, most) if least == most => counted(most, "source", "sources"),
            (least, most) => format!("{least} to {most} sources"),
        }
    }
}

/// Compares the venue's marks with the sources' medians.
pub(crate) fn compare(
    market: &dyn AnyMarket,
    verified: &[Verified],
    demand: &PricesDemand,
) -> Result<Compared, Refused> {
    let time_ms = market.time_ms();
    let mut gaps = unlisted(market, demand);
    let (mut disagreements, mut compared, mut greatest) = (Vec::new(), 0, BigInt::zero());
    let mut votes = (0, 0);
    for cover in &demand.cover {
        let of_venue = match said_of(market, &cover.of) {
            // A policy may cover more than one schedule lists.
            Said::Nothing => continue,
            // Near prices say nothing about what is not computed from them alone.
            Said::Figures => {
                gaps.push(Gap { of: cover.of.clone(), reason: GapReason::Figures });
                continue;
            }
            Said::Prices(prices) => prices,
        };
        let prices = match covered(cover, verified, time_ms, demand) {
            Ok(prices) => prices,
            Err(reason) => {
                gaps.push(Gap { of: cover.of.clone(), reason });
                continue;
            }
        };
        let Some(median) = median(&prices) else { continue };
        compared += 1;
        votes = match votes {
            (0, 0) => (prices.len(), prices.len()),
            (least, most) => (least.min(prices.len()), most.max(prices.len())),
        };
        for (price, mark) in of_venue {
            let distance = price.distance(&fraction(&mark), &median);
            let distance = distance * BigInt::from(10_000) / &median;
            let deviation_centi_bps = (&distance * BigInt::from(100)).ceil().to_integer();
            if distance <= BigRational::from(BigInt::from(demand.max_deviation_bps)) {
                greatest = greatest.max(deviation_centi_bps);
                continue;
            }
            disagreements.push(Disagreement {
                of: cover.of.clone(),
                price,
                mark: mark.to_string(),
                median: decimal_text(&median),
                deviation_centi_bps,
                sources: prices.len(),
            });
        }
    }
    if !disagreements.is_empty() {
        return Err(Refused::PricesDisagree(disagreements));
    }
    if !gaps.is_empty() {
        return Err(Refused::PricesIncomplete(gaps));
    }
    let listed: usize = listed(market.schedule()).iter().map(Vec::len).sum();
    Ok(Compared { entries: compared, uncovered: listed.saturating_sub(compared), greatest, votes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn prices(of: &[i64]) -> Vec<BigRational> {
        of.iter().map(|p| BigRational::from(BigInt::from(*p))).collect()
    }

    #[test]
    fn medians() {
        let of = |list: &[i64]| median(&prices(list));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[5]), Some(BigRational::from(BigInt::from(5))));
        assert_eq!(of(&[9, 1, 5]), of(&[5]));
        assert_eq!(of(&[1, 4]), Some(BigRational::new(5.into(), 2.into())));
        assert_eq!(of(&[4, 4, 1]), of(&[4]));
        assert_eq!(of(&[7, 1, 7, 9]), of(&[7]));
    }

    fn verified(name: &str, prices: &[(&str, &[&str])], upstream: &[&str]) -> Verified {
        let quote = |keys: &&[&str]| Quote {
            price: BigRational::from_integer(1.into()),
            time_ms: 0,
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
        };
        Verified {
            name: name.to_owned(),
            prices: prices.iter().map(|(feed, keys)| ((*feed).to_owned(), quote(keys))).collect(),
            upstream: upstream.iter().map(|&key| key.to_owned()).collect(),
        }
    }

    /// Prices of an entry that the first source prices in a currency and the second directly.
    fn behind(min_keys: u32, sources: &[Verified]) -> Result<usize, GapReason> {
        let demand = json!({
            "max_deviation_bps": 1, "max_skew_ms": 0, "min_keys": min_keys, "sources": [],
            "cover": [], "uncovered": {},
        });
        let demand: PricesDemand = serde_json::from_value(demand).expect("demand");
        let mut feeds = vec![json!({"source": "first", "feed": "BTC", "quote_feed": "USDT"})];
        feeds.extend(sources.iter().skip(1).map(|_| json!({"source": "second", "feed": "BTC"})));
        let cover = json!({"of": {"instrument": "BTCUSDT"}, "feeds": feeds});
        let cover: CoverFile = serde_json::from_value(cover).expect("cover");
        covered(&cover, sources, 0, &demand).map(|prices| prices.len())
    }

    /// One signer of the quote currency would decide the price.
    #[test]
    fn fault_1_7_keys_count_behind_the_quote_currency_too() {
        let one = |quote: &[&str]| {
            vec![verified("first", &[("BTC", &["a", "b", "c"]), ("USDT", quote)], &[])]
        };
        assert_eq!(behind(3, &one(&["a", "b", "d"])), Ok(1));
        let few = |found| Err(GapReason::Keys { found, demanded: 3 });
        assert_eq!(behind(3, &one(&["c"])), few(1));
        assert_eq!(behind(3, &one(&["c", "d"])), few(2));
        // A source that prices the entry directly stands for both.
        let mut two = one(&["d", "e"]);
        two.push(verified("second", &[("BTC", &["f"])], &[]));
        assert_eq!(behind(3, &two), Ok(2));
        assert_eq!(behind(4, &two), Err(GapReason::Keys { found: 3, demanded: 4 }));
    }

    /// Nor does a signer of the quote currency have a second vote through another source.
    #[test]
    fn fault_1_7_a_signer_of_the_quote_currency_has_one_vote() {
        let first = verified("first", &[("BTC", &["a"]), ("USDT", &["C"])], &[]);
        let of = |keys: &[&str], upstream: &[&str]| {
            behind(1, &[first.clone(), verified("second", &[("BTC", keys)], upstream)])
        };
        assert_eq!(of(&["b"], &["d"]), Ok(2));
        for (keys, upstream) in [(&["b"], &["c"][..]), (&["c"], &[]), (&["a"], &[])] {
            assert_eq!(of(keys, upstream), Err(GapReason::OneVoice("second".into())));
        }
    }

    /// A price near the mark says nothing about a value that figures make; declared uncovered, it is accepted.
    #[test]
    fn figures_are_a_gap() {
        macro_rules! example {
            ($kind:literal) => {
                include_bytes!(concat!(
                    "../../../params/venues/drift/examples/perpetual.",
                    $kind,
                    ".json"
                ))
            };
        }
        let schedule =
            zkmargin_params::Schedule::from_json(example!("schedule")).expect("schedule");
        let snapshot = zkmargin_params::SnapshotFile::from_json(example!("snapshot"));
        let market = zkmargin_params::compile(&schedule, &snapshot.expect("snapshot"));
        let market = market.expect("market");
        let of = |cover: serde_json::Value, instruments: &[&str]| {
            let demand = json!({
                "max_deviation_bps": 1, "max_skew_ms": 0, "min_keys": 1, "sources": [],
                "cover": cover,
                "uncovered": {"instruments": instruments, "assets": ["USDC", "PNL"]},
            });
            let demand: PricesDemand = serde_json::from_value(demand).expect("demand");
            compare(&market, &[verified("first", &[("SOL", &["a"])], &[])], &demand)
        };
        let feeds = json!([{"source": "first", "feed": "SOL"}]);
        let cover = json!([{"of": {"instrument": "SOL-PERP"}, "feeds": feeds}]);
        match of(cover, &[]) {
            Err(Refused::PricesIncomplete(gaps)) => {
                assert_eq!(gaps.len(), 1);
                assert_eq!(gaps[0].reason, GapReason::Figures);
            }
            other => panic!("{:?}", other.map(|compared| compared.entries)),
        }
        assert_eq!(of(json!([]), &["SOL-PERP"]).map(|compared| compared.entries), Ok(0));
    }
}
