//! Ids of assets and instruments: an append-only list per numbering.
//!
//! The registry digest covers the numbering and not what is listed, so that a new listing leaves commitments and ledgers
//! as they are. What an id means stands in the schedules; whoever has two of one numbering compares them here.

use super::blocks::{Blocks, LastIds, family_of};
use super::error::{ErrorCode, FileError, FileKind};
use super::figures::Checker;
use super::schedule::{Asset, Instrument, Schedule};
use super::schedule_file::{InstrumentFile, KindFile, ScheduleFile};
use std::collections::BTreeMap;
use zkmargin_model::shown::quoted;

const CHECK: Checker = Checker(FileKind::Schedule);

/// One id that means two things in two schedules of one numbering.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {id} is {this} here and {other} in the other schedule")]
pub struct TwoMeanings {
    /// `asset` or `instrument`; of portfolio schedules `asset`, `unit`, `series of options of unit`, `series of futures of unit`,
    /// `market` or `contract`.
    pub what: &'static str,
    /// The id.
    pub id: u64,
    /// What it is in the first schedule.
    pub this: String,
    /// What it is in the second.
    pub other: String,
    /// Place in the first schedule's list.
    pub(super) at: usize,
}

/// What a schedule lists that an earlier one did not, and the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Symbols of new entries.
    pub listed: Vec<String>,
    /// Symbols of entries that are gone.
    pub delisted: Vec<String>,
}

/// What gives the integers of an account's record their meaning, in words: two entries mean the same exactly if these
/// are equal.
pub(super) type Meanings = BTreeMap<u64, (usize, Words)>;

/// One entry's, each under its name; the first is the symbol.
pub(super) type Words = Vec<(&'static str, String)>;

fn assets(schedule: &Schedule) -> Meanings {
    let meaning = |asset: &Asset| {
        let written = &schedule.file().assets[asset.at];
        let mut words = vec![("symbol", quoted(&asset.symbol).to_string())];
        words.extend(identity(&written.chain, &written.contract, written.contract_version));
        words.push(("decimals", asset.decimals.to_string()));
        words.push(("entry bits", written.entry_bits.unwrap_or(0).to_string()));
        let interest = written.elements.as_ref().and_then(|e| e.interest.as_ref());
        words.extend(interest.map(|i| ("balance decimals", i.balance_decimals.to_string())));
        (asset.id.into(), (asset.at, words))
    };
    schedule.assets().iter().map(meaning).collect()
}

fn instruments(schedule: &Schedule) -> Meanings {
    let meaning = |instrument: &Instrument| {
        let written = &schedule.file().instruments[instrument.at];
        let mut words = vec![("symbol", quoted(&instrument.symbol).to_string())];
        words.extend(identity(&written.chain, &written.contract, written.contract_version));
        words.push(("kind", kind(instrument.kind).to_owned()));
        words.push(("settlement asset", instrument.settle.to_string()));
        words.push(("size decimals", instrument.size_decimals.to_string()));
        words.push(("multiplier", instrument.multiplier.to_string()));
        // An entry value contains the funding index at entry, or there is none.
        let funding = if written.funding_decimals.is_some() { "yes" } else { "no" };
        words.push(("funding index", funding.to_owned()));
        // Where its magnitude counts, an entry value is not one that a balance can make up for.
        let elements = written.elements.as_ref();
        let at_entry = elements.is_some_and(|e| e.notional_at_entry).then(|| "yes".to_owned());
        words.extend(at_entry.map(|yes| ("notional at entry", yes)));
        // Where the family is in the id, it is part of what the id means.
        let in_blocks = schedule.file().numbering.as_ref().and_then(|n| n.family_block).is_some();
        let family = family_of(written).filter(|_| in_blocks);
        words.extend(family.map(|family| ("family", quoted(family).to_string())));
        (instrument.id.into(), (instrument.at, words))
    };
    schedule.instruments().iter().map(meaning).collect()
}

fn kind(kind: KindFile) -> &'static str {
    match kind {
        KindFile::Linear => "linear",
        KindFile::Inverse => "inverse",
    }
}

pub(super) fn identity(
    chain: &Option<String>,
    contract: &Option<String>,
    version: Option<u32>,
) -> impl Iterator<Item = (&'static str, String)> {
    let quoted = |text: &Option<String>| text.as_ref().map(|text| quoted(text).to_string());
    [
        ("chain", quoted(chain)),
        ("contract", quoted(contract)),
        ("contract version", version.map(|version| version.to_string())),
    ]
    .into_iter()
    .filter_map(|(name, text)| Some((name, text?)))
}

/// The first of an entry's words.
pub(super) fn symbol(words: &[(&'static str, String)]) -> Option<String> {
    words.first().map(|(_, symbol)| symbol.clone())
}

/// The symbol and what differs from the other's.
fn differing(words: &[(&'static str, String)], other: &[(&'static str, String)]) -> String {
    let symbol = symbol(words).unwrap_or_default();
    let differs = |word: &&(&'static str, String)| word.0 != "symbol" && !other.contains(word);
    let words: Vec<_> =
        words.iter().filter(differs).map(|(name, text)| format!("{name} {text}")).collect();
    if words.is_empty() { symbol } else { format!("{symbol} ({})", words.join(", ")) }
}

/// Refuses an id that means two things.
pub(super) fn compare(
    what: &'static str,
    these: &Meanings,
    others: &Meanings,
) -> Result<(), TwoMeanings> {
    for (id, (at, this)) in these {
        if let Some((_, other)) = others.get(id).filter(|(_, other)| other != this) {
            let (this, other) = (differing(this, other), differing(other, this));
            return Err(TwoMeanings { what, id: *id, this, other, at: *at });
        }
    }
    Ok(())
}

impl Schedule {
    /// Checks that no id of both means two things. Schedules of two numberings have nothing to compare.
    ///
    /// # Errors
    /// The first [`TwoMeanings`].
    pub fn agrees_on_ids(&self, other: &Schedule) -> Result<(), TwoMeanings> {
        if self.registry_digest() != other.registry_digest() {
            return Ok(());
        }
        compare("asset", &assets(self), &assets(other))?;
        compare("instrument", &instruments(self), &instruments(other))
    }

    /// Checks that this schedule continues the numbering of an earlier one: every id of both means the same, new
    /// entries have ids that were never given, what means the same has one id, and the highest ids given do not fall.
    ///
    /// # Errors
    /// [`ErrorCode::WrongRegistry`] for another numbering, [`ErrorCode::ReusedId`], [`ErrorCode::BeyondNumbering`].
    pub fn continues(&self, earlier: &Schedule) -> Result<Changes, FileError> {
        if self.registry_digest() != earlier.registry_digest() {
            let message = "the earlier schedule has another numbering: an account under it is none under this one; \
                           compare schedules of one venue and one numbering";
            return Err(CHECK.error(ErrorCode::WrongRegistry, "/numbering", message));
        }
        self.agrees_on_ids(earlier).map_err(|two| {
            let (list, at) = (format!("{}s", two.what), two.at);
            let message = format!("{two}; give it the next free id");
            CHECK.error(ErrorCode::ReusedId, format!("/{list}/{at}/id"), message)
        })?;
        let (own, before) = (&self.last_ids, &earlier.last_ids);
        if let (Some(blocks), Some(earlier)) = (&own.blocks, &before.blocks) {
            blocks.continues(earlier)?;
        }
        let mut changes = Changes::default();
        let lists = [
            ("asset", assets(self), assets(earlier), own.assets, before.assets),
            (
                "instrument",
                instruments(self),
                instruments(earlier),
                own.instruments,
                before.instruments,
            ),
        ];
        for (what, these, others, last, given) in lists {
            if last < given {
                let message = format!(
                    "ids up to {given} were given, but the highest here is {last}; say so, or the next listing gets one of them again"
                );
                let here = format!("/numbering/last_{what}");
                return Err(CHECK.error(ErrorCode::BeyondNumbering, here, message));
            }
            for (id, (at, words)) in these.iter().filter(|(id, _)| !others.contains_key(*id)) {
                let family = self.file().instruments.get(*at).and_then(family_of);
                let in_block = before.blocks.as_ref().filter(|_| what == "instrument").zip(family);
                let given = in_block.map_or(given, |(blocks, family)| blocks.given(family, given));
                if *id <= u64::from(given) {
                    let message = format!(
                        "{what} {id} is not in the earlier schedule, but ids up to {given} were given before it; give it the next free id"
                    );
                    let here = format!("/{what}s/{at}/id");
                    return Err(CHECK.error(ErrorCode::ReusedId, here, message));
                }
                // A position under the old id would be one of nothing.
                let moved = others.iter().find(|(_, (_, other))| other == words);
                if let Some((old, _)) = moved {
                    let name = symbol(words).unwrap_or_default();
                    let message = format!(
                        "{name} is {what} {old} in the earlier schedule, and means the same here; keep its id"
                    );
                    let here = format!("/{what}s/{at}/id");
                    return Err(CHECK.error(ErrorCode::ReusedId, here, message));
                }
                changes.listed.extend(symbol(words));
            }
            let gone = others.iter().filter(|(id, _)| !these.contains_key(*id));
            changes.delisted.extend(gone.filter_map(|(_, (_, words))| symbol(words)));
        }
        Ok(changes)
    }
}

impl ScheduleFile {
    /// Gives every entry that an earlier schedule lists the id it has there, and every other one the next id that was
    /// never given.
    pub fn renumber(&mut self, earlier: &Schedule) {
        let LastIds { assets, instruments, blocks } = earlier.last_ids.clone();
        let known = |symbol: &str| earlier.asset(symbol).map(|asset| asset.id);
        let last_asset =
            append(self.assets.iter_mut().map(|a| (&*a.symbol, &mut a.id)), assets, known);
        let known = |symbol: &str| earlier.instrument(symbol).map(|instrument| instrument.id);
        let mut numbering = earlier.file().numbering.clone().unwrap_or_default();
        let last_instrument = match blocks {
            None => {
                let entries = self.instruments.iter_mut().map(|i| (&*i.symbol, &mut i.id));
                append(entries, instruments, known)
            }
            Some(mut blocks) => {
                let last = append_in_blocks(&mut self.instruments, instruments, &mut blocks, known);
                numbering.last_of_families = blocks.into_last();
                last
            }
        };
        numbering.last_asset = Some(last_asset);
        numbering.last_instrument = Some(last_instrument);
        self.numbering = Some(numbering);
    }
}

/// Numbers the entries of a list and returns the highest id given.
pub(super) fn append<'a>(
    entries: impl Iterator<Item = (&'a str, &'a mut u32)>,
    mut last: u32,
    known: impl Fn(&str) -> Option<u32>,
) -> u32 {
    // In order of the ids they come with, which is the order of the source.
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|(_, id)| **id);
    for (symbol, id) in entries {
        *id = known(symbol).unwrap_or_else(|| {
            last = last.saturating_add(1);
            last
        });
    }
    last
}

/// The same for instruments in blocks of families.
fn append_in_blocks(
    instruments: &mut [InstrumentFile],
    mut last: u32,
    blocks: &mut Blocks,
    known: impl Fn(&str) -> Option<u32>,
) -> u32 {
    let mut entries: Vec<_> = instruments.iter_mut().collect();
    entries.sort_by_key(|entry| entry.id);
    for entry in entries {
        entry.id = known(&entry.symbol).unwrap_or_else(|| {
            // One without a family is refused when the schedule is read.
            let id = blocks.append(family_of(entry).unwrap_or_default(), last);
            last = last.max(id);
            id
        });
    }
    last
}
