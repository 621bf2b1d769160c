//! The venue's marks against the median of price sources.
//!
//! For every covered instrument the prices of *all* its listed sources count, each within the skew
//! of the snapshot's time. The median of an odd number of prices is the middle one; of an even
//! number the mean of the two middle ones, exactly; equal prices count as often as they occur. A
//! mark agrees when `|mark - median| * 10000 <= max_deviation_bps * |median|`, so a mark at the bound
//! agrees. Prices are above zero, but for those of an instrument whose marks need not be. A bid agrees also below the
//! median and an ask above it, unless the demand is that an account does not meet a level. Everything is computed in
//! exact fractions.

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
    AnyMarket, CompiledMarket, CoverFile, CoveredFile, FeedFile, MarketKind, PricesDemand,
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
    /// Prices and figures beside them, or figures alone, as options and whatever has published loadings have.
    Figures,
}

/// What the venue says of an entry.
fn said_of(market: &dyn AnyMarket, of: &CoveredFile) -> Said {
    let prices = match market.kind() {
        MarketKind::Linear(market) if market.schedule().names_figures(of) => return Said::Figures,
        MarketKind::Linear(market) => prices_of(market, of),
        MarketKind::Portfolio(market) => {
            let one = |price, figure: Option<Decimal>| figure.map(|figure| (price, figure));
            let said = match of {
                CoveredFile::Instrument(symbol) => {
                    let is_listed = market.schedule().instrument(symbol).is_some();
                    let price = market.spot_price(symbol);
                    if is_listed && price.is_none() {
                        return Said::Figures;
                    }
                    one(Price::Mark, price)
                }
                CoveredFile::Asset(symbol) => one(Price::Index, market.asset_price(symbol)),
                CoveredFile::Index(name) => {
                    let found = market.indices().find(|(index, _)| index == name);
                    one(Price::Index, found.map(|(_, price)| price.clone()))
                }
                CoveredFile::Forward(name) => {
                    let found = market.forwards().find(|(group, _)| group == name);
                    one(Price::Forward, found.map(|(_, price)| price))
                }
            };
            said.into_iter().collect()
        }
    };
    if prices.is_empty() { Said::Nothing } else { Said::Prices(prices) }
}

/// The prices of a market: of instruments and assets that the schedule lists, and under a portfolio schedule of its indices
/// and the forwards of its groups.
fn listed(market: &dyn AnyMarket) -> Vec<CoveredFile> {
    let instrument = |symbol: &String| CoveredFile::Instrument(symbol.clone());
    let asset = |symbol: &String| CoveredFile::Asset(symbol.clone());
    match market.kind() {
        MarketKind::Linear(market) => {
            let schedule = market.schedule();
            let instruments = schedule.instruments().iter().map(|i| instrument(&i.symbol));
            instruments.chain(schedule.assets().iter().map(|a| asset(&a.symbol))).collect()
        }
        MarketKind::Portfolio(market) => {
            let schedule = market.schedule();
            let instruments = schedule.instruments().iter().map(|i| instrument(&i.symbol));
            let assets = schedule.assets().iter().map(|a| asset(&a.symbol));
            let indices = market.indices().map(|(name, _)| CoveredFile::Index(name.to_owned()));
            let forwards = market.forwards();
            let forwards = forwards.map(|(name, _)| CoveredFile::Forward(name.to_owned()));
            instruments.chain(assets).chain(indices).chain(forwards).collect()
        }
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
        CoveredFile::Index(_) | CoveredFile::Forward(_) => None,
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

/// Whether prices of an entry can be zero or below.
fn is_signed(market: &dyn AnyMarket, of: &CoveredFile) -> bool {
    match (market.kind(), of) {
        (MarketKind::Linear(market), CoveredFile::Instrument(symbol)) => {
            market.schedule().instrument(symbol).is_some_and(|listed| listed.negative_marks)
        }
        _ => false,
    }
}

/// A source's price of a feed at the snapshot's time.
fn quote<'a>(
    verified: &'a Verified,
    feed: &str,
    time_ms: u64,
    demand: &PricesDemand,
    is_signed: bool,
) -> Result<&'a Quote, GapReason> {
    let (source, feed) = (verified.name.clone(), feed.to_owned());
    let Some(quote) = verified.quote(&feed) else {
        return Err(GapReason::NoPrice { source, feed });
    };
    let skew_ms = quote.time_ms.abs_diff(time_ms);
    if skew_ms > demand.max_skew_ms {
        return Err(GapReason::Skew { source, feed, skew_ms });
    }
    if !is_signed && !quote.price.is_positive() {
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
    is_signed: bool,
) -> Result<Sourced<'a>, GapReason> {
    let quoted = quote(verified, &feed.feed, time_ms, demand, is_signed)?;
    let (mut price, mut quote_keys) = (quoted.price.clone(), &quoted.keys);
    if let Some(currency) = &feed.quote_feed {
        let currency = quote(verified, currency, time_ms, demand, false)?;
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
    is_signed: bool,
) -> Result<Vec<BigRational>, GapReason> {
    let (mut prices, mut keys, mut quote_keys) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut voices: BTreeSet<String> = BTreeSet::new();
    for feed in &cover.feeds {
        let message = verified.iter().find(|v| v.name == feed.source);
        let message = message.ok_or_else(|| GapReason::NoMessage(feed.source.clone()))?;
        let sourced = price(feed, message, time_ms, demand, is_signed)?;
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
    let uncovered: HashSet<CoveredFile> = demand.uncovered.all().collect();
    let declared = |of: &CoveredFile| covered.contains(of) || uncovered.contains(of);
    let undeclared = listed(market).into_iter().filter(|of| !declared(of));
    undeclared.map(|of| Gap { of, reason: GapReason::NotListed }).collect()
}

/// The result of a comparison within the bound.
pub(crate) struct Compared {
    /// Entries that were compared.
    pub entries: usize,
    /// Prices that the policy accepts without a source.
    uncovered: Vec<CoveredFile>,
    /// How many entries the snapshot has no price of that a source could be near: figures make their value, as of options.
    unpriced: usize,
    /// The greatest distance, in hundredths of a basis point rounded up.
    pub greatest: BigInt,
    /// Smallest and largest number of votes behind a median.
    pub votes: (usize, usize),
    /// Whether the schedule is of portfolio accounts.
    is_portfolio: bool,
}

impl Compared {
    /// Whether an entry was compared with nothing.
    pub fn has_uncompared(&self) -> bool {
        !self.uncovered.is_empty() || self.unpriced > 0
    }

    /// What was compared with nothing, in words: prices that the policy accepts without a source, and what has none.
    pub fn uncompared_in_words(&self) -> String {
        let declared = self.uncovered_in_words();
        match self.unpriced {
            0 => declared,
            count => format!("{declared}, and {count} without a price of their own"),
        }
    }

    /// How many prices the policy accepts without a source, by kind where there are kinds that only portfolio schedules have.
    fn uncovered_in_words(&self) -> String {
        let kinds = [
            ("instrument", "instrument", "instruments"),
            ("asset", "asset", "assets"),
            ("index", "index", "indices"),
            ("forward", "forward", "forwards"),
        ];
        let of = |kind: &str| self.uncovered.iter().filter(|of| of.kind() == kind).count();
        let total = format!("{} declared uncovered", self.uncovered.len());
        if !self.is_portfolio || self.uncovered.is_empty() {
            return total;
        }
        let each = kinds.map(|(kind, one, several)| (of(kind), one, several));
        let each = each.into_iter().filter(|(count, ..)| *count > 0);
        let each: Vec<_> = each.map(|(count, one, several)| counted(count, one, several)).collect();
        format!("{total}: {}", each.join(", "))
    }

    /// How many sources the medians are taken over.
    pub fn votes(&self) -> String {
        match self.votes {
            (least, most) if least == most => counted(most, "source", "sources"),
            (least, most) => format!("{least} to {most} sources"),
        }
    }
}

/// Compares the venue's marks with the sources' medians, for a claim that an account meets a level or that it does not.
pub(crate) fn compare(
    market: &dyn AnyMarket,
    verified: &[Verified],
    demand: &PricesDemand,
    does_not_meet: bool,
) -> Result<Compared, Refused> {
    let time_ms = market.time_ms();
    let mut gaps = unlisted(market, demand);
    let (mut disagreements, mut compared, mut greatest) = (Vec::new(), 0, BigInt::zero());
    let mut agreeing = HashSet::new();
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
        let is_signed = is_signed(market, &cover.of);
        let prices = match covered(cover, verified, time_ms, demand, is_signed) {
            Ok(prices) => prices,
            Err(reason) => {
                gaps.push(Gap { of: cover.of.clone(), reason });
                continue;
            }
        };
        let Some(median) = median(&prices) else { continue };
        if median.is_zero() {
            // Nothing is a part of zero.
            gaps.push(Gap { of: cover.of.clone(), reason: GapReason::MedianOfZero });
            continue;
        }
        compared += 1;
        agreeing.insert(&cover.of);
        votes = match votes {
            (0, 0) => (prices.len(), prices.len()),
            (least, most) => (least.min(prices.len()), most.max(prices.len())),
        };
        for (price, mark) in of_venue {
            let distance = price.distance(&fraction(&mark), &median, does_not_meet);
            let distance = distance * BigInt::from(10_000) / median.abs();
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
    let has_price = |of: &CoveredFile| matches!(said_of(market, of), Said::Prices(_));
    let uncompared = listed(market).into_iter().filter(|of| !agreeing.contains(of));
    let (uncovered, unpriced): (Vec<_>, Vec<_>) = uncompared.partition(has_price);
    let unpriced = unpriced.len();
    let is_portfolio = matches!(market.kind(), MarketKind::Portfolio(_));
    Ok(Compared { entries: compared, uncovered, unpriced, greatest, votes, is_portfolio })
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
        covered(&cover, sources, 0, &demand, false).map(|prices| prices.len())
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
            compare(&market, &[verified("first", &[("SOL", &["a"])], &[])], &demand, false)
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

    /// A mark below zero agrees within parts of the median's magnitude; sources of other instruments have prices above zero.
    #[test]
    fn marks_below_zero() {
        let of = |is_signed: bool, mark: &str, feeds: &[&str]| {
            let market = oil(is_signed, mark);
            let names: Vec<_> = feeds.iter().enumerate().map(|(at, _)| format!("s{at}")).collect();
            let list = names.iter().map(|name| json!({"source": name, "feed": "CL"}));
            let demand = json!({
                "max_deviation_bps": 100, "max_skew_ms": 0, "min_keys": 1, "sources": [],
                "cover": [{"of": {"instrument": "CL"}, "feeds": list.collect::<Vec<_>>()}],
                "uncovered": {"assets": ["USD"]},
            });
            let demand: PricesDemand = serde_json::from_value(demand).expect("demand");
            let said = |(name, text): (&String, &&str)| Verified {
                name: name.clone(),
                prices: [(
                    "CL".to_owned(),
                    Quote {
                        price: fraction(&Decimal::parse(text).expect("decimal")),
                        time_ms: market.snapshot().time_ms,
                        keys: vec![name.clone()],
                    },
                )]
                .into(),
                upstream: Vec::new(),
            };
            let sources: Vec<_> = names.iter().zip(feeds).map(said).collect();
            match compare(&market, &sources, &demand, false) {
                Ok(compared) => compared.greatest.to_string(),
                Err(Refused::PricesDisagree(list)) => list[0].to_string(),
                Err(Refused::PricesIncomplete(gaps)) => gaps[0].to_string(),
                Err(other) => other.to_string(),
            }
        };
        // A hundredth of 40 is 0.4: to the bound and one tick beyond.
        assert_eq!(of(true, "-39.60", &["-40"]), "10000");
        assert_eq!(of(true, "-40.40", &["-40"]), "10000");
        for (mark, bps) in [("-39.59", "102.50"), ("-40.41", "102.50"), ("40.00", "20000.00")] {
            let found = of(true, mark, &["-40"]);
            assert!(found.contains(&format!(" is {bps} bp from -40")), "{found}");
        }
        assert!(of(true, "-0.01", &["-1", "1"]).contains("median is zero"));
        for text in ["0", "-40"] {
            assert!(of(false, "40.00", &[text]).contains("not positive"));
        }
    }

    /// A future of oil on dollars.
    fn oil(negative_marks: bool, mark: &str) -> CompiledMarket {
        let open = json!([{"rate": "1", "amount": "0"}]);
        let schedule = json!({
            "format": "zkmargin-schedule/1", "venue": "test", "name": "oil", "source": "made up",
            "requirement": "maintenance", "valuation": {"currency": "USD", "decimals": 4},
            "rate_decimals": 2, "equality_is_healthy": true,
            "menu": {"levels": [{"name": "maintenance", "level_bps": 10000}], "floors": ["0"]},
            "assets": [{"id": 1, "symbol": "USD", "decimals": 2, "settles": true,
                "collateral": {"variable": "value", "rows": open}}],
            "tiers": [{"name": "flat", "variable": "value",
                "rows": [{"from": "0", "below": null, "rate": "0.1", "amount": "0"}]}],
            "instruments": [{"id": 1, "symbol": "CL", "kind": "linear", "settle": "USD",
                "size_decimals": 0, "price_decimals": 2, "multiplier": "1", "tiers": "flat",
                "elements": {"negative_marks": negative_marks}}],
        });
        let schedule = zkmargin_params::Schedule::from_json(schedule.to_string().as_bytes());
        let schedule = schedule.expect("schedule");
        let snapshot = json!({
            "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
            "time": "2020-04-20T18:30:00Z", "sequence": 1,
            "assets": [{"asset": "USD", "index": "1"}],
            "instruments": [{"instrument": "CL", "mark": mark}],
        });
        let snapshot = zkmargin_params::SnapshotFile::from_json(snapshot.to_string().as_bytes());
        zkmargin_params::compile(&schedule, &snapshot.expect("snapshot")).expect("market")
    }

    /// Of a portfolio market's prices these are compared: indices, forwards, and values of what is no option where all else
    /// follows from them. Volatilities are in no message, so options are declared uncovered.
    #[test]
    fn prices_of_a_portfolio_market() {
        macro_rules! example {
            ($kind:literal) => {
                include_bytes!(concat!(
                    "../../../params/venues/derive/examples/options.",
                    $kind,
                    ".json"
                ))
            };
        }
        let schedule = zkmargin_params::read_schedule(example!("schedule")).expect("schedule");
        let market = schedule.at(example!("snapshot")).expect("market");
        let options = [
            "20250110T044732Z-1000-C",
            "20250110T044732Z-4000-P",
            "20250808T044732Z-500-C",
            "20250808T044732Z-5000-P",
        ];
        let spots = ["SPOT-BTC", "SPOT-USDT"];
        let instruments: Vec<_> = options.iter().chain(&spots).collect();
        let feeds = |feed: &str| json!([{"source": "first", "feed": feed}]);
        let whole = json!({
            "max_deviation_bps": 1, "max_skew_ms": 0, "min_keys": 1, "sources": [],
            "cover": [
                {"of": {"index": "SPOT"}, "feeds": feeds("INDEX")},
                {"of": {"forward": "20250110T044732Z"}, "feeds": feeds("FORWARD")},
                {"of": {"instrument": "SPOT-ETH"}, "feeds": feeds("ETH")},
            ],
            "uncovered": {
                "instruments": instruments, "assets": ["USDC"], "indices": ["STABLE"],
                "forwards": ["20250808T044732Z"],
            },
        });
        let compared = |demand: &serde_json::Value, forward: &str| {
            let demand: PricesDemand = serde_json::from_value(demand.clone()).expect("demand");
            let quote = |text: &str| Quote {
                price: fraction(&Decimal::parse(text).expect("decimal")),
                time_ms: market.time_ms(),
                keys: vec!["a".to_owned()],
            };
            // The snapshot has 2681.60, 2682.99974 and 2681.09: each within a ten thousandth.
            let prices = [("INDEX", "2681.5"), ("FORWARD", forward), ("ETH", "2681.2")];
            let source = Verified {
                name: "first".to_owned(),
                prices: prices.map(|(feed, price)| (feed.to_owned(), quote(price))).into(),
                upstream: Vec::new(),
            };
            compare(&*market, &[source], &demand, false)
        };
        let found = compared(&whole, "2683.2").unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!((found.entries, found.uncovered.len(), found.unpriced), (3, 5, 4));
        assert_eq!(
            found.uncompared_in_words(),
            "5 declared uncovered: 2 instruments, 1 asset, 1 index, 1 forward, and 4 without a price of their own"
        );
        // 2682.99974 is 1.12 basis points from 2683.3.
        match compared(&whole, "2683.3") {
            Err(Refused::PricesDisagree(list)) => {
                assert_eq!((list.len(), list[0].price), (1, Price::Forward));
                assert_eq!(list[0].deviation_centi_bps, 112.into());
                let text = list[0].to_string();
                let says = "20250110T044732Z forward 2682.9997436016715";
                assert!(text.starts_with(says), "{text}");
            }
            other => panic!("{:?}", other.map(|compared| compared.entries)),
        }
        // What the policy says nothing of, and an option that it covers.
        let gap = |change: fn(&mut serde_json::Value)| {
            let mut demand = whole.clone();
            change(&mut demand);
            match compared(&demand, "2683.2") {
                Err(Refused::PricesIncomplete(gaps)) => {
                    assert_eq!(gaps.len(), 1);
                    (gaps[0].of.name().to_owned(), gaps[0].reason.clone())
                }
                other => panic!("{:?}", other.map(|compared| compared.entries)),
            }
        };
        let unlisted = |name: &str| (name.to_owned(), GapReason::NotListed);
        let without = gap(|demand| demand["uncovered"]["indices"] = json!([]));
        assert_eq!(without, unlisted("STABLE"));
        let without = gap(|demand| demand["uncovered"]["forwards"] = json!([]));
        assert_eq!(without, unlisted("20250808T044732Z"));
        let option = gap(|demand| {
            demand["cover"][2]["of"] = json!({"instrument": "20250110T044732Z-1000-C"});
            demand["uncovered"]["instruments"][0] = json!("SPOT-ETH");
        });
        assert_eq!(option, ("20250110T044732Z-1000-C".to_owned(), GapReason::Figures));
    }
}
