//! Contracts and their names.

use super::{FORMAT, ImportError, Member};
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

/// Where a contract's brackets are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Tiers as ccxt keeps them: named `BASE/QUOTE:SETTLE`, followed by `-DATE` for a dated future and more for an
    /// option.
    Unified,
    /// The venue's own answers.
    Raw {
        /// Whether it is traded.
        trading: bool,
        /// Whether the account's brackets are multiples of everybody's, by `notionalCoef`. The venue does not say whether the
        /// ones it answers are.
        adjusted: bool,
        /// Whether it has brackets.
        bracketed: bool,
    },
}

/// A contract in the file.
#[derive(Clone, Debug)]
pub struct Contract<'a> {
    /// Its name in the file.
    pub name: &'a str,
    /// What is traded.
    pub base: &'a str,
    /// What prices are in.
    pub quote: &'a str,
    /// What profit is paid in.
    pub settle: &'a str,
    /// What follows the settlement asset.
    pub date: Option<&'a str>,
    /// Which file lists it.
    pub origin: Origin,
    pub(super) tiers: Member<'a>,
}

impl<'a> Contract<'a> {
    fn read(name: &'a str, tiers: Member<'a>) -> Option<Self> {
        let (pair, settle) = name.split_once(':')?;
        let (base, quote) = pair.split_once('/')?;
        let (settle, date) =
            settle.split_once('-').map_or((settle, None), |(settle, date)| (settle, Some(date)));
        let whole = [base, quote, settle].iter().all(|part| !part.is_empty());
        let origin = Origin::Unified;
        whole.then_some(Self { name, base, quote, settle, date, origin, tiers })
    }

    /// Binance's own symbol, such as `BTCUSDT` or `BTCUSDT_250328`.
    pub fn symbol(&self) -> String {
        if self.origin != Origin::Unified {
            return self.name.to_owned();
        }
        let date = self.date.map_or(String::new(), |date| format!("_{date}"));
        format!("{}{}{date}", self.base, self.quote)
    }

    /// Why the contract cannot be included in a schedule with these settlement assets.
    pub(in crate::venues) fn not_taken(&self, settle: &[String]) -> Option<String> {
        let dated = self
            .date
            .is_none_or(|date| date.len() == 6 && date.bytes().all(|b| b.is_ascii_digit()));
        if !dated {
            Some("an option".to_owned())
        } else if matches!(self.origin, Origin::Raw { trading: false, .. }) {
            Some("not trading".to_owned())
        } else if matches!(self.origin, Origin::Raw { bracketed: false, .. }) {
            Some("has no brackets in the answer".to_owned())
        } else if matches!(self.origin, Origin::Raw { adjusted: true, .. }) {
            Some("its notionalCoef is not 1, which its brackets may or may not contain".to_owned())
        } else if self.settle == self.base && self.settle != self.quote {
            Some("inverse (COIN-M): its contract size is not in the file".to_owned())
        } else if !settle.iter().any(|asset| asset == self.settle) {
            Some(format!("settles in {}", self.settle))
        } else if self.settle == self.quote {
            None
        } else {
            Some("settles in neither its base nor its quote asset".to_owned())
        }
    }
}

/// All contracts of tiers as ccxt keeps them, by name.
///
/// # Errors
/// [`ImportError`] if the file is of another kind.
pub fn contracts<'a>(tiers: &Member<'a>) -> Result<Vec<Contract<'a>>, ImportError> {
    if tiers.is_list() {
        return Err(tiers.wrong(format!("is a list; this reads {FORMAT}")));
    }
    let wrong = || tiers.wrong(format!("is not what this reads: {FORMAT}"));
    let object = tiers.object().map_err(|_| wrong())?;
    object.into_iter().map(|(name, tiers)| Contract::read(name, tiers).ok_or_else(wrong)).collect()
}

/// All contracts of the answers to `leverageBracket` and `exchangeInfo`, by symbol.
///
/// # Errors
/// [`ImportError`] for a symbol that one of the two lacks or has twice.
pub fn raw_contracts<'a>(
    brackets: &Member<'a>,
    info: &Member<'a>,
) -> Result<Vec<Contract<'a>>, ImportError> {
    let mut listed = BTreeMap::new();
    for symbol in info.member("symbols").list()? {
        let place = symbol.member("symbol");
        if listed.insert(place.text()?, symbol).is_some() {
            return Err(place.wrong("is in the answer twice"));
        }
    }
    let mut contracts = BTreeMap::new();
    for entry in brackets.list()? {
        let place = entry.member("symbol");
        let name = place.text()?;
        let Some(listed) = listed.get(name) else {
            return Err(place.wrong("is not in exchangeInfo.json: the two are of different times"));
        };
        if contracts.insert(name, raw_contract(name, listed, &entry)?).is_some() {
            return Err(place.wrong("is in the answer twice"));
        }
    }
    for (name, listed) in listed {
        if !contracts.contains_key(name) {
            contracts.insert(name, raw_contract(name, &listed, &brackets.member(name))?);
        }
    }
    Ok(contracts.into_values().collect())
}

/// A contract of `exchangeInfo` with its entry of `leverageBracket`, which may be absent.
fn raw_contract<'a>(
    name: &'a str,
    listed: &Member<'a>,
    entry: &Member<'a>,
) -> Result<Contract<'a>, ImportError> {
    let text = |member: &str| listed.member(member).text();
    let coefficient = entry.member("notionalCoef");
    let one = Decimal::from_scaled(&1.into(), 0);
    Ok(Contract {
        name,
        base: text("baseAsset")?,
        quote: text("quoteAsset")?,
        settle: text("marginAsset")?,
        date: name.split_once('_').map(|(_, date)| date),
        origin: Origin::Raw {
            trading: text("status")? == "TRADING",
            adjusted: coefficient.is_present() && coefficient.figure()? != one,
            bracketed: entry.is_present(),
        },
        tiers: entry.member("brackets"),
    })
}
