//! Some of a market's instruments.
//!
//! A schedule that lists fewer instruments than its venue reveals that the account holds none of the others: the fewer
//! it lists, the more. It says so itself, and every verdict repeats it.

use super::folder_error::{FolderError, FolderErrorCode as Code};
use crate::nearest::did_you_mean;
use crate::{AccountFile, NumberingFile, ScheduleFile};
use std::collections::BTreeSet;

/// What a subset says of itself.
pub(crate) const IS_SUBSET: &str = "this schedule is a subset";

/// Which instruments are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subset {
    /// These, by symbol.
    Only(Vec<String>),
    /// Those that the account holds, and others in the order in which this key sorts them.
    Held {
        /// How many others.
        others: usize,
        /// Draws the others: 32 bytes from a cryptographic source. A known key, or a list's own order, would tell which
        /// instruments are in the subset for another reason.
        key: [u8; 32],
    },
}

impl Subset {
    /// Leaves out every other instrument and the tables that only they use. Ids and their numbering stay.
    ///
    /// # Errors
    /// [`FolderError`] for a symbol that is not listed, an instrument that the account holds and that would be left out,
    /// or a subset without instruments.
    pub(super) fn restrict(
        &self,
        file: &mut ScheduleFile,
        account: Option<&AccountFile>,
    ) -> Result<(), FolderError> {
        let wrong = |message: String| FolderError::new(Code::Choice, "", message);
        let held = account.map(|account| account.positions.iter().map(|p| p.instrument.as_str()));
        let held: BTreeSet<&str> = held.into_iter().flatten().collect();
        let listed = || file.instruments.iter().map(|instrument| instrument.symbol.as_str());
        let kept: BTreeSet<String> = match self {
            Subset::Only(symbols) => {
                for symbol in symbols {
                    if !listed().any(|listed| listed == symbol) {
                        let near = did_you_mean(symbol, listed());
                        return Err(wrong(format!(
                            "the market has no instrument {symbol:?}{near}"
                        )));
                    }
                }
                if held.iter().any(|held| !symbols.iter().any(|symbol| symbol == held)) {
                    // Which one is the account's secret.
                    let message = "the account holds an instrument that the subset leaves out: every position counts";
                    return Err(wrong(message.to_owned()));
                }
                symbols.iter().cloned().collect()
            }
            Subset::Held { others, key } => {
                if account.is_none() {
                    let message = "the folder has no account, so what it holds is not known";
                    return Err(wrong(message.to_owned()));
                }
                let mut rest: Vec<_> = listed().filter(|symbol| !held.contains(symbol)).collect();
                rest.sort_by_cached_key(|symbol| drawn(key, symbol));
                let others = rest.into_iter().take(*others);
                others.chain(held.iter().copied()).map(str::to_owned).collect()
            }
        };
        if kept.is_empty() {
            return Err(wrong("the subset has no instruments".to_owned()));
        }
        let whole = file.instruments.len();
        if kept.len() == whole {
            return Ok(());
        }
        let numbering = file.numbering.get_or_insert_with(NumberingFile::default);
        let last = file.instruments.iter().map(|instrument| instrument.id).max();
        numbering.last_instrument = numbering.last_instrument.max(last);
        numbering.keep_last_of_families(&file.instruments);
        file.instruments.retain(|instrument| kept.contains(&instrument.symbol));
        let used: BTreeSet<String> = file.instruments.iter().map(|i| i.tiers.clone()).collect();
        file.tiers.retain(|table| used.contains(&table.name));
        let left = whole - file.instruments.len();
        file.leaves_out.push(format!(
            "{left} of the market's {whole} instruments: {IS_SUBSET}, and an account under it holds none of the others"
        ));
        Ok(())
    }
}

/// A value by which symbols are sorted, that nobody without the key can tell.
fn drawn(key: &[u8; 32], symbol: &str) -> [u8; 32] {
    let hash = blake2b_simd::Params::new().hash_length(32).key(key).hash(symbol.as_bytes());
    let mut drawn = [0; 32];
    drawn.copy_from_slice(hash.as_bytes());
    drawn
}
