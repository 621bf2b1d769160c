//! Which asset or instrument an entry is: symbol, venue, chain, contract and contract version.
//!
//! A symbol alone names nothing across a hard fork or a migration: a token can live on two chains,
//! and a contract can be replaced by a newer version under the same ticker.

use super::error::{ErrorCode, FileError, FileKind};
use super::figures::Checker;
use super::portfolio::PortfolioAssetFile;
use super::schedule_file::{AssetFile, InstrumentFile};
use std::collections::BTreeMap;
use zkmargin_model::shown::quoted;

/// The identifying fields of an asset or an instrument.
pub(super) struct Identity<'a> {
    symbol: &'a str,
    chain: Option<&'a str>,
    contract: Option<&'a str>,
    version: Option<u32>,
    migrated_to: Option<&'a str>,
}

impl<'a> From<&'a AssetFile> for Identity<'a> {
    fn from(a: &'a AssetFile) -> Self {
        Self {
            symbol: &a.symbol,
            chain: a.chain.as_deref(),
            contract: a.contract.as_deref(),
            version: a.contract_version,
            migrated_to: a.migrated_to.as_deref(),
        }
    }
}

impl<'a> From<&'a PortfolioAssetFile> for Identity<'a> {
    fn from(a: &'a PortfolioAssetFile) -> Self {
        Self {
            symbol: &a.symbol,
            chain: a.chain.as_deref(),
            contract: a.contract.as_deref(),
            version: a.contract_version,
            migrated_to: a.migrated_to.as_deref(),
        }
    }
}

impl<'a> From<&'a InstrumentFile> for Identity<'a> {
    fn from(i: &'a InstrumentFile) -> Self {
        Self {
            symbol: &i.symbol,
            chain: i.chain.as_deref(),
            contract: i.contract.as_deref(),
            version: i.contract_version,
            migrated_to: i.migrated_to.as_deref(),
        }
    }
}

impl Identity<'_> {
    /// The entry that now stands for what this one did.
    fn current(&self) -> &str {
        self.migrated_to.unwrap_or(self.symbol)
    }

    /// Human-readable form: symbol with chain, contract and version as far as they are given.
    fn describe(&self) -> String {
        let mut text = quoted(self.symbol);
        for (name, value) in [
            ("chain", self.chain.map(str::to_owned)),
            ("contract", self.contract.map(str::to_owned)),
            ("version", self.version.map(|v| v.to_string())),
        ] {
            if let Some(value) = value {
                text.push_str(&format!(", {name} {value}"));
            }
        }
        text
    }
}

/// Checks one list of a schedule.
///
/// # Errors
/// [`ErrorCode::AmbiguousIdentity`] or [`ErrorCode::BadMigration`], naming the entry.
pub(super) fn check(check: Checker, list: &str, entries: &[Identity<'_>]) -> Result<(), FileError> {
    for (at, entry) in entries.iter().enumerate() {
        let here = |field: &str| format!("/{list}/{at}/{field}");
        for (text, field) in [(entry.chain, "chain"), (entry.contract, "contract")] {
            if let Some(text) = text {
                check.name(text, &here(field))?;
            }
        }
        if entry.contract.is_some() && entry.chain.is_none() {
            let message = "a contract address names nothing without its chain; add \"chain\"";
            return Err(check.error(ErrorCode::AmbiguousIdentity, here("contract"), message));
        }
        if let Some(target) = entry.migrated_to {
            check_migration(check, entries, (entry, target), here("migrated_to"))?;
        }
    }
    Ok(())
}

fn check_migration(
    check: Checker,
    entries: &[Identity<'_>],
    (entry, target): (&Identity<'_>, &str),
    here: String,
) -> Result<(), FileError> {
    let problem = match entries.iter().find(|e| e.symbol == target) {
        None => "is not in this list; name the entry that replaces this one",
        Some(new) if new.symbol == entry.symbol => "is this entry itself",
        Some(new) if new.migrated_to.is_some() => {
            "is itself replaced; name the version that is in use"
        }
        Some(_) => return Ok(()),
    };
    let message = format!("{} {problem}", quoted(&super::read::shorten(target)));
    Err(check.error(ErrorCode::BadMigration, here, message))
}

/// Refuses two assets with the same chain, contract and version. Instruments of one venue often share a contract; their
/// symbols tell them apart there.
///
/// # Errors
/// [`ErrorCode::AmbiguousIdentity`] that names both.
pub(super) fn check_tokens(
    check: Checker,
    list: &str,
    entries: &[Identity<'_>],
) -> Result<(), FileError> {
    let mut seen = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate().filter(|(_, e)| e.contract.is_some()) {
        if let Some(other) = seen.insert((entry.chain, entry.contract, entry.version), entry) {
            let message = format!(
                "{} is the same contract as {}; give each its \"contract_version\" or keep one",
                entry.describe(),
                other.describe()
            );
            let here = format!("/{list}/{at}/contract");
            return Err(check.error(ErrorCode::AmbiguousIdentity, here, message));
        }
    }
    Ok(())
}

/// Refuses an account that is half in an old and half in a new version of what it holds; `places` are those of `held` in the
/// account's list.
///
/// # Errors
/// [`ErrorCode::HalfMigrated`] that names both.
pub(super) fn check_held(
    list: &str,
    places: &[usize],
    held: &[Identity<'_>],
) -> Result<(), FileError> {
    match half_migrated(held) {
        None => Ok(()),
        Some((at, both)) => {
            let message = format!(
                "the account is half in an old and half in a new version: {both}; move all of it to one"
            );
            let here = format!("/{list}/{}", places[at]);
            Err(Checker(FileKind::Account).error(ErrorCode::HalfMigrated, here, message))
        }
    }
}

/// The first two of the held entries that are an old and a new version of the same thing, or two old ones: an index
/// into `held` and a description of both.
fn half_migrated(held: &[Identity<'_>]) -> Option<(usize, String)> {
    let mut current: BTreeMap<&str, &Identity<'_>> = BTreeMap::new();
    for (at, entry) in held.iter().enumerate() {
        match current.get(entry.current()) {
            Some(other) if other.symbol != entry.symbol => {
                return Some((at, format!("{} and {}", other.describe(), entry.describe())));
            }
            _ => current.insert(entry.current(), entry),
        };
    }
    None
}
