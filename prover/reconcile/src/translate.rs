//! The same account under the rules of another venue.

use crate::carry::Carrying;
use crate::number::of_decimal;
use num_rational::BigRational;
use num_traits::Zero;
use std::collections::BTreeMap;
use zkmargin_model::decimal::{Decimal, format_scaled, power_of_ten};
use zkmargin_params::{
    AccountFile, AssetPriceFile, BalanceFile, CompiledMarket, DecimalText, FileError,
    InstrumentPriceFile, KindFile, PositionFile, Requirement, Schedule, SnapshotFile, compile,
};

/// Why an account has no counterpart at the other venue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TranslateError {
    /// No instrument of the same underlying, or several.
    #[error("{symbol} has {count} counterparts at {venue}: name one")]
    Instrument {
        /// Symbol.
        symbol: String,
        /// The other venue.
        venue: String,
        /// Number of candidates.
        count: usize,
    },
    /// A named counterpart that the other schedule does not list.
    #[error("the schedule of {venue} does not list {symbol}")]
    Unlisted {
        /// Symbol.
        symbol: String,
        /// The other venue.
        venue: String,
    },
    /// Two instruments that would be one, which has one mark.
    #[error("{symbol} and another instrument of the account count as the same one at {venue}")]
    Merged {
        /// Symbol.
        symbol: String,
        /// The other venue.
        venue: String,
    },
    /// A contract whose value is no line of its price has no counterpart of the same size.
    #[error("{symbol} is not linear at both venues")]
    NotLinear {
        /// Symbol.
        symbol: String,
    },
    /// Neither venue settles in one asset.
    #[error(
        "{asset} has no counterpart at {venue}: it settles positions, and {venue} settles in several assets"
    )]
    Settlement {
        /// The asset.
        asset: String,
        /// The other venue.
        venue: String,
    },
    /// What an isolated position has is in an asset that is worth another amount of the other venue's.
    #[error("the margin of {symbol} is in {asset}, and {venue} has it in {other}")]
    Margin {
        /// Symbol of the instrument.
        symbol: String,
        /// The asset.
        asset: String,
        /// The asset at the other venue.
        other: String,
        /// The other venue.
        venue: String,
    },
    /// An asset that counts at the other venue and has no price in the snapshot.
    #[error("{asset} counts at {venue} and has no price in the snapshot")]
    NotPriced {
        /// The asset.
        asset: String,
        /// The other venue.
        venue: String,
    },
    /// A position of nothing, or of less than a step of the other venue.
    #[error("the position in {symbol} is less than a step of its counterpart")]
    NoSize {
        /// Symbol.
        symbol: String,
    },
    /// A file that cannot be made.
    #[error("the account at the other venue: {0}")]
    File(#[from] FileError),
    /// A figure that is not a decimal number.
    #[error("the account file has a figure that is not a decimal number")]
    BadNumber,
}

/// An account at another venue, and what was done to put it there.
#[derive(Debug)]
pub struct Translated {
    /// The market of the other venue's rules at the first venue's prices, with the instruments that are held.
    pub market: CompiledMarket,
    /// The account.
    pub account: AccountFile,
    /// Which symbol counts as which, both ways equal included.
    pub mapping: Vec<(String, String)>,
    /// What is not the same, in words.
    pub remarks: Vec<String>,
}

/// What is worth a dollar, so that prices in it are alike.
const STABLE: [&str; 3] = ["USDT", "USDC", "USD"];

pub(crate) fn is_stable(asset: &str) -> bool {
    STABLE.contains(&asset)
}

/// What a contract is on, and what its price is in.
#[derive(Debug, PartialEq, Eq)]
struct Pair {
    underlying: String,
    quote: String,
}

impl Pair {
    /// By its symbol: without separators and the word for a perpetual. A price is in what the symbol names behind the
    /// underlying, or else in the settlement asset.
    fn of(symbol: &str, settle: &str) -> Self {
        let (upper, settle) = (symbol.to_ascii_uppercase(), settle.to_ascii_uppercase());
        let mut name = upper.as_str();
        let mut quote = None;
        loop {
            let words = ["-PERP", "_PERP", "PERP", "-", "_", "/", ":"];
            let assets = [settle.as_str()].into_iter().chain(STABLE);
            let ends = words.map(|end| (end, false)).into_iter();
            let mut ends = ends.chain(assets.map(|end| (end, true)));
            let cut = ends.find_map(|(end, asset)| {
                let rest = name.strip_suffix(end).filter(|rest| !rest.is_empty())?;
                Some((rest, asset.then_some(end)))
            });
            let Some((rest, asset)) = cut else { break };
            // The one in front, as of BTC/USDT:USDT.
            quote = asset.map(str::to_owned).or(quote);
            name = rest;
        }
        let underlying = if name == "XBT" { "BTC" } else { name };
        Self { underlying: underlying.to_owned(), quote: quote.unwrap_or(settle) }
    }

    /// Whether a contract of this pair and one of the other have one price: ETHBTC is not on ETH in dollars.
    fn is_priced_as(&self, other: &Self) -> bool {
        self == other
            || (self.underlying == other.underlying
                && is_stable(&self.quote)
                && is_stable(&other.quote))
    }
}

pub(crate) fn number(text: &DecimalText) -> Result<BigRational, TranslateError> {
    let decimal = Decimal::parse(text.as_str()).map_err(|_| TranslateError::BadNumber)?;
    Ok(of_decimal(&decimal))
}

/// The number cut to a unit, as text, and whether something was cut.
pub(crate) fn cut(number: &BigRational, decimals: u32) -> (DecimalText, bool) {
    let scaled = number * power_of_ten(decimals);
    let text = format_scaled(&scaled.trunc().to_integer(), decimals);
    (DecimalText::new(text), !scaled.is_integer())
}

/// The venue of a schedule.
pub(crate) fn venue(schedule: &Schedule) -> String {
    schedule.file().venue.clone()
}

/// The instruments of the other schedule by their underlyings.
struct Counterparts<'a> {
    from: &'a Schedule,
    to: &'a Schedule,
    named: &'a BTreeMap<String, String>,
    of_underlying: BTreeMap<String, Vec<(Pair, &'a str)>>,
}

impl<'a> Counterparts<'a> {
    fn new(from: &'a Schedule, to: &'a Schedule, named: &'a BTreeMap<String, String>) -> Self {
        let mut of_underlying: BTreeMap<String, Vec<(Pair, &str)>> = BTreeMap::new();
        for i in &to.file().instruments {
            let pair = Pair::of(&i.symbol, &i.settle);
            of_underlying.entry(pair.underlying.clone()).or_default().push((pair, &i.symbol));
        }
        Self { from, to, named, of_underlying }
    }

    /// Which of them has the same underlying as an instrument, at the same price.
    fn of(&self, symbol: &str) -> Result<String, TranslateError> {
        let to = self.to;
        if let Some(other) = self.named.get(symbol) {
            let unlisted = || TranslateError::Unlisted { symbol: other.clone(), venue: venue(to) };
            return to.instrument(other).map(|i| i.symbol.clone()).ok_or_else(unlisted);
        }
        let listed = self.from.instrument(symbol);
        let listed = listed.and_then(|i| self.from.file().instruments.get(i.at));
        let own = listed.map(|i| Pair::of(&i.symbol, &i.settle));
        let all = own.as_ref().and_then(|own| self.of_underlying.get(&own.underlying));
        let all = all.into_iter().flatten();
        let found: Vec<&str> = all
            .filter(|(pair, _)| own.as_ref().is_some_and(|own| own.is_priced_as(pair)))
            .map(|(_, other)| *other)
            .collect();
        match found[..] {
            [only] => Ok(only.to_owned()),
            _ => Err(TranslateError::Instrument {
                symbol: symbol.to_owned(),
                venue: venue(to),
                count: found.len(),
            }),
        }
    }
}

/// What the caller knows of the two venues.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Which instrument is the same as which at the other venue.
    pub names: BTreeMap<String, String>,
    /// Prices of the other venue's assets that the snapshot does not have, in the account's own valuation currency.
    pub prices: BTreeMap<String, DecimalText>,
}

/// Puts an account under another schedule, at the prices of its own market. Positions keep their size in coins and their
/// entry value; `named` gives counterparts of instruments by their symbols.
///
/// # Errors
/// [`TranslateError`].
pub fn translate(
    market: &CompiledMarket,
    snapshot: &SnapshotFile,
    account: &AccountFile,
    to: &Schedule,
    given: &Given,
) -> Result<Translated, TranslateError> {
    let from = market.schedule();
    let priced = given.prices.iter();
    let currency = &from.file().valuation.currency;
    let mut remarks: Vec<_> = priced
        .map(|(asset, price)| {
            format!(
                "{asset} is taken at {} {currency}, a price given for this comparison; the snapshot of {} has none",
                price.as_str(),
                snapshot.time
            )
        })
        .collect();
    let kinds = [from, to].map(Schedule::requirement);
    if kinds[0] != kinds[1] {
        let [own, other] = kinds.map(Requirement::margin);
        remarks.push(format!(
            "the requirements are of two kinds: {own} of {}, {other} of {}",
            from.file().venue,
            to.file().venue
        ));
    }
    let counterparts = Counterparts::new(from, to, &given.names);
    let own_marks: BTreeMap<&str, _> =
        snapshot.instruments.iter().map(|price| (price.instrument.as_str(), &price.mark)).collect();
    let mut mapping: Vec<(String, String)> = Vec::new();
    // The instrument that counts as each of the other schedule's.
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let mut positions = Vec::new();
    let mut marks = BTreeMap::new();
    for p in &account.positions {
        let mut carrying = Carrying { from: market, to, remarks: &mut remarks };
        if carrying.is_left_out(p)? {
            continue;
        }
        let symbol = &p.instrument;
        let other = counterparts.of(symbol)?;
        let is_known = taken.get(&other).is_some_and(|known| known == symbol);
        if !is_known && taken.contains_key(&other) {
            return Err(TranslateError::Merged { symbol: symbol.clone(), venue: venue(to) });
        }
        let unlisted = || TranslateError::Unlisted { symbol: symbol.clone(), venue: venue(from) };
        let (a, b) = (from.instrument(symbol).ok_or_else(unlisted)?, to.instrument(&other));
        let b = b.ok_or_else(unlisted)?;
        if [a.kind, b.kind] != [KindFile::Linear; 2] {
            return Err(TranslateError::NotLinear { symbol: symbol.clone() });
        }
        let times = of_decimal(&a.multiplier) / of_decimal(&b.multiplier);
        let whole = number(&p.size)? * &times;
        let (size, size_cut) = cut(&whole, b.size_decimals);
        if number(&size)?.is_zero() && !whole.is_zero() {
            return Err(TranslateError::NoSize { symbol: symbol.clone() });
        }
        // The part of the entry value that the part of the position has.
        let part = if whole.is_zero() { whole.clone() } else { number(&size)? / &whole };
        let (entry, _) = cut(&(number(&p.entry_value)? * part), b.settle_decimals);
        if size_cut {
            remarks.push(format!(
                "the size of {symbol} is cut to the steps of {other}; the rest of the position counts for nothing"
            ));
        }
        let mark = own_marks.get(symbol.as_str()).and_then(|mark| mark.as_ref());
        let mark = mark.ok_or_else(unlisted)?;
        let mark = number(mark)?;
        let (mark, mark_cut) = cut(&mark, b.price_unit.decimals);
        if mark_cut {
            remarks.push(format!("the mark of {symbol} is cut to the ticks of {other}"));
        }
        let funding = b.funding_unit.map(|_| DecimalText::new("0"));
        let mut position = PositionFile::new(&*other, size, entry);
        position.funding_index = funding;
        let mut carrying = Carrying { from: market, to, remarks: &mut remarks };
        carrying.margin((p, a), (&mut position, b))?;
        carrying.orders(p, (&mut position, b), &times)?;
        position.own_rate = carrying.rate(symbol, &p.own_rate);
        position.own_leverage = carrying.leverage(p, b)?;
        if p.funding_index.is_some() {
            remarks.push(format!("funding of {symbol} since it was last settled is left out"));
        }
        marks.insert(other.clone(), mark);
        if !is_known {
            taken.insert(other.clone(), symbol.clone());
            mapping.push((symbol.clone(), other));
        }
        positions.push(position);
    }
    let carrying = Carrying { from: market, to, remarks: &mut remarks };
    let (balances, assets) = balances(carrying, account, &mut mapping)?;
    let file = restricted(to, &marks);
    let schedule = Schedule::new(file)?;
    let held = |asset: &str| {
        let amount = |b: &BalanceFile| {
            b.asset == asset && !number(&b.balance).is_ok_and(|amount| amount.is_zero())
        };
        let settles = |p: &PositionFile| {
            let settle =
                schedule.instrument(&p.instrument).and_then(|i| schedule.asset_of_id(i.settle));
            let allocated = schedule.allocation_asset().filter(|_| p.allocation.is_some());
            [settle, allocated].into_iter().flatten().any(|of| of.symbol == asset)
        };
        balances.iter().any(amount) || positions.iter().any(settles)
    };
    let prices = prices(&schedule, snapshot, &marks, (&assets, &given.prices), held)?;
    let mut file = account.clone();
    (file.positions, file.balances) = (positions, balances);
    (file.venue, file.registry) = (venue(to), None);
    Ok(Translated { market: compile(&schedule, &prices)?, account: file, mapping, remarks })
}

/// Balances by the other venue's assets, and which asset each stands for.
fn balances(
    mut carrying: Carrying<'_>,
    account: &AccountFile,
    mapping: &mut Vec<(String, String)>,
) -> Result<(Vec<BalanceFile>, BTreeMap<String, String>), TranslateError> {
    let (from, to) = (carrying.from.schedule(), carrying.to);
    let settling: Vec<_> = to.assets().iter().filter(|asset| asset.settles).collect();
    let mut sums: BTreeMap<String, BigRational> = BTreeMap::new();
    let (mut stands, mut rates) = (BTreeMap::new(), BTreeMap::new());
    for balance in &account.balances {
        let symbol = &balance.asset;
        let own = from.asset(symbol);
        let amount = match own {
            Some(own) => carrying.amount(own, &balance.balance)?,
            None => number(&balance.balance)?,
        };
        let settles = own.is_some_and(|asset| asset.settles);
        let other = match (to.asset(symbol), &settling[..]) {
            (Some(asset), _) => asset.symbol.clone(),
            (None, [only]) if settles => only.symbol.clone(),
            (None, _) if settles => {
                let (asset, venue) = (symbol.clone(), venue(to));
                return Err(TranslateError::Settlement { asset, venue });
            }
            (None, _) => {
                if !amount.is_zero() {
                    carrying.remarks.push(format!(
                        "{symbol} is not collateral at {} and counts for nothing",
                        venue(to)
                    ));
                }
                continue;
            }
        };
        if let Some(rate) = carrying.rate(symbol, &balance.own_rate) {
            rates.insert(other.clone(), rate);
        }
        if *symbol != other {
            carrying.remarks.push(format!("an amount of {symbol} is the same amount of {other}"));
        }
        mapping.push((symbol.clone(), other.clone()));
        stands.entry(other.clone()).or_insert_with(|| symbol.clone());
        *sums.entry(other).or_default() += amount;
    }
    for asset in settling {
        sums.entry(asset.symbol.clone()).or_default();
    }
    let file = |(symbol, amount): (String, BigRational)| {
        let decimals = to.asset(&symbol).map_or(0, |asset| asset.balance_unit.decimals);
        let (amount, is_cut) = cut(&amount, decimals);
        if is_cut {
            carrying.remarks.push(format!("the balance of {symbol} is cut to its unit"));
        }
        let own_rate = rates.remove(&symbol);
        BalanceFile { own_rate, ..BalanceFile::new(symbol, amount) }
    };
    Ok((sums.into_iter().map(file).collect(), stands))
}

/// The schedule with the instruments that have marks.
fn restricted(
    to: &Schedule,
    marks: &BTreeMap<String, DecimalText>,
) -> zkmargin_params::ScheduleFile {
    let mut file = to.file().clone();
    // Without positions any instrument will do: a schedule lists some.
    let first = file.instruments.first().map(|i| i.symbol.clone());
    let kept = |symbol: &String| {
        marks.contains_key(symbol) || (marks.is_empty() && first.as_ref() == Some(symbol))
    };
    file.instruments.retain(|i| kept(&i.symbol));
    let tables: Vec<_> = file.instruments.iter().map(|i| i.tiers.clone()).collect();
    file.tiers.retain(|table| tables.contains(&table.name));
    file
}

/// The first venue's prices for the other venue's symbols.
fn prices(
    schedule: &Schedule,
    snapshot: &SnapshotFile,
    marks: &BTreeMap<String, DecimalText>,
    (assets, given): (&BTreeMap<String, String>, &BTreeMap<String, DecimalText>),
    held: impl Fn(&str) -> bool,
) -> Result<SnapshotFile, TranslateError> {
    let one = || DecimalText::new("1");
    let asset = |symbol: &String| {
        let own = assets.get(symbol).unwrap_or(symbol);
        let price = snapshot.assets.iter().find(|price| price.asset == *own);
        let bid = price.and_then(|p| p.index.clone().or_else(|| p.bid.clone()));
        let ask = price.and_then(|p| p.index.clone().or_else(|| p.ask.clone()));
        let (bid, ask) = match (bid, ask, given.get(symbol)) {
            (Some(bid), Some(ask), _) => (bid, ask),
            (_, _, Some(price)) => (price.clone(), price.clone()),
            // A snapshot prices every asset; of one that nothing is held in, no figure depends.
            _ if !held(symbol) => (one(), one()),
            _ => {
                let (asset, venue) = (symbol.clone(), venue(schedule));
                return Err(TranslateError::NotPriced { asset, venue });
            }
        };
        Ok(match schedule.file().bid_and_ask {
            true => AssetPriceFile::at_bid_and_ask(symbol, bid, ask),
            false => AssetPriceFile::at_index(symbol, bid),
        })
    };
    let instrument = |i: &zkmargin_params::Instrument| InstrumentPriceFile {
        funding_index: i.funding_unit.map(|_| DecimalText::new("0")),
        ..InstrumentPriceFile::at_mark(
            &*i.symbol,
            marks.get(&i.symbol).cloned().unwrap_or_else(one),
        )
    };
    Ok(SnapshotFile {
        schedule: schedule.digest().to_string(),
        assets: schedule.assets().iter().map(|a| asset(&a.symbol)).collect::<Result<_, _>>()?,
        instruments: schedule.instruments().iter().map(instrument).collect(),
        source: None,
        ..snapshot.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_of_one_underlying() {
        for (symbol, settle) in [
            ("BTCUSDT", "USDT"),
            ("BTC", "USDC"),
            ("BTC-USD", "USDC"),
            ("BTC-PERP", "USDC"),
            ("XBTUSD", "XBT"),
            ("BTC/USDT:USDT", "USDT"),
        ] {
            assert_eq!(Pair::of(symbol, settle).underlying, "BTC", "{symbol}");
        }
        assert_eq!(Pair::of("USDC", "USDC").underlying, "USDC");
    }

    /// Prices in dollars of any kind are alike, and those in another currency only among themselves.
    #[test]
    fn a_price_in_another_currency_is_not_one_in_dollars() {
        let alike = |own: (&str, &str), other: (&str, &str)| {
            let [own, other] = [own, other].map(|(symbol, settle)| Pair::of(symbol, settle));
            assert_eq!(own.is_priced_as(&other), other.is_priced_as(&own));
            own.is_priced_as(&other)
        };
        for other in [("ETH", "USDC"), ("ETH-USD", "USDC"), ("ETH-USDT-SWAP", "USDT")] {
            assert_eq!(alike(("ETHUSDT", "USDT"), other), !other.0.ends_with("SWAP"), "{other:?}");
            assert!(!alike(("ETHBTC", "BTC"), other), "{other:?}");
            assert!(!alike(("ETHBTC", "USDT"), other), "{other:?}");
        }
        assert!(alike(("ETHBTC", "BTC"), ("ETH-PERP", "BTC")));
        assert!(alike(("ETHBTC", "USDT"), ("ETHBTC", "USDC")));
    }
}
