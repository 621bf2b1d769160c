//! Contracts and their names.

use super::{FORMAT, ImportError, Member};
use serde_json::Value;

/// A contract in the file, named `BASE/QUOTE:SETTLE`, followed by `-DATE` for a dated future and more for an option.
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
    pub(super) tiers: Member<'a>,
}

impl<'a> Contract<'a> {
    fn read(name: &'a str, tiers: Member<'a>) -> Option<Self> {
        let (pair, settle) = name.split_once(':')?;
        let (base, quote) = pair.split_once('/')?;
        let (settle, date) =
            settle.split_once('-').map_or((settle, None), |(settle, date)| (settle, Some(date)));
        let whole = [base, quote, settle].iter().all(|part| !part.is_empty());
        whole.then_some(Self { name, base, quote, settle, date, tiers })
    }

    /// Binance's own symbol, such as `BTCUSDT` or `BTCUSDT_250328`.
    pub fn symbol(&self) -> String {
        let date = self.date.map_or(String::new(), |date| format!("_{date}"));
        format!("{}{}{date}", self.base, self.quote)
    }

    /// Why the contract cannot be included in a schedule with these settlement assets.
    pub(super) fn not_taken(&self, settle: &[String]) -> Option<String> {
        let dated = self
            .date
            .is_none_or(|date| date.len() == 6 && date.bytes().all(|b| b.is_ascii_digit()));
        if !dated {
            Some("an option".to_owned())
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

/// All contracts of the file, by name.
///
/// # Errors
/// [`ImportError`] if the file is of another kind.
pub fn contracts(source: &Value) -> Result<Vec<Contract<'_>>, ImportError> {
    let root = Member::root(source);
    if root.is_list() {
        let raw = source.get(0).is_some_and(|first| first.get("brackets").is_some());
        let what = if raw { "is the raw answer of Binance's leverageBracket" } else { "is a list" };
        return Err(root.wrong(format!("{what}; this reads {FORMAT}")));
    }
    let wrong = || root.wrong(format!("is not what --from binance reads: {FORMAT}"));
    let object = root.object().map_err(|_| wrong())?;
    object.into_iter().map(|(name, tiers)| Contract::read(name, tiers).ok_or_else(wrong)).collect()
}
