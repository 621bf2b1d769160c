//! Ids of instruments in blocks, one for each family, so that a contract of a family that is listed later gets an id beside
//! those of its family.
//!
//! With blocks of `size` ids, the ids from `n * size` to `n * size + size - 1` are those of one family; the first block
//! is that of `n = 1`. What a numbering remembers is how far each family's block was ever used.

use super::error::{ErrorCode, FileError, FileKind};
use super::figures::Checker;
use super::pointer::escape;
use super::schedule::{Asset, Instrument};
use super::schedule_file::{InstrumentFile, NumberingFile, ScheduleFile};
use std::collections::BTreeMap;
use zkmargin_model::shown::quoted;

const CHECK: Checker = Checker(FileKind::Schedule);

/// Largest block: two of them fit the ids.
const MAX_SIZE: u32 = 1 << 15;
/// Ids end here.
const END: u32 = 1 << 16;

/// The family of an instrument, if it has one.
pub(super) fn family_of(instrument: &InstrumentFile) -> Option<&str> {
    Some(&instrument.elements.as_ref()?.family.as_ref()?.name)
}

/// Blocks of a numbering, with the highest id that was ever given in each family's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blocks {
    size: u32,
    last: BTreeMap<String, u32>,
}

impl Blocks {
    /// The blocks of a schedule, as declared and listed; `None` where ids are one list.
    ///
    /// # Errors
    /// [`ErrorCode::SplitFamily`] for an id outside its family's block, [`ErrorCode::BeyondNumbering`] for one above the
    /// highest declared one, and for declared ones that are no ids.
    pub(super) fn of(
        file: &ScheduleFile,
        numbering: &NumberingFile,
        by_id: &[Instrument],
    ) -> Result<Option<Self>, FileError> {
        let Some(size) = numbering.family_block else {
            if numbering.last_of_families.is_empty() {
                return Ok(None);
            }
            let message = "says how far families reached, but ids have no blocks of families";
            let here = "/numbering/last_of_families";
            return Err(CHECK.error(ErrorCode::BeyondNumbering, here, message));
        };
        if !(2..=MAX_SIZE).contains(&size) {
            let message = format!("must be from 2 to {MAX_SIZE}");
            return Err(CHECK.error(ErrorCode::OutOfRange, "/numbering/family_block", message));
        }
        let mut blocks = Self { size, last: BTreeMap::new() };
        let mut families = BTreeMap::<u32, &str>::new();
        for (family, last) in &numbering.last_of_families {
            let here = format!("/numbering/last_of_families/{}", escape(family));
            CHECK.name(family, &here)?;
            if !(size..END).contains(last) {
                let message = format!("must be an id from {size} to {}", END - 1);
                return Err(CHECK.error(ErrorCode::OutOfRange, here, message));
            }
            if let Some(other) = families.insert(last / size, family) {
                return Err(blocks.taken(*last, other, here));
            }
            blocks.last.insert(family.clone(), *last);
        }
        for instrument in by_id {
            let (id, here) = (instrument.id, format!("/instruments/{}/id", instrument.at));
            let Some(family) = file.instruments.get(instrument.at).and_then(family_of) else {
                let message = "ids are in blocks of families, but the instrument has none";
                return Err(CHECK.error(ErrorCode::SplitFamily, here, message));
            };
            if id < size {
                let message = format!("the first block of a family begins at {size}");
                return Err(CHECK.error(ErrorCode::SplitFamily, here, message));
            }
            let owner = *families.entry(id / size).or_insert(family);
            if owner != family {
                return Err(blocks.taken(id, owner, here));
            }
            let declared = numbering.last_of_families.get(family).copied();
            let is_beyond = |last: &u32| id > *last && id / size == *last / size;
            if let Some(declared) = declared.filter(is_beyond) {
                let message = format!(
                    "id {id} is above {declared}, the highest that /numbering/last_of_families says was given in its family; raise that"
                );
                return Err(CHECK.error(ErrorCode::BeyondNumbering, here, message));
            }
            let last = blocks.last.entry(family.to_owned()).or_insert(id);
            if id / size != *last / size {
                let message = format!(
                    "id {id} is not in the block {} of its family {}; a family whose block is full needs a numbering with larger ones",
                    range(*last, size),
                    quoted(family)
                );
                return Err(CHECK.error(ErrorCode::SplitFamily, here, message));
            }
            *last = id.max(*last);
        }
        Ok(Some(blocks))
    }

    fn taken(&self, id: u32, other: &str, here: String) -> FileError {
        let block = range(id, self.size);
        let message = format!("id {id} is in the block {block} of the family {}", quoted(other));
        CHECK.error(ErrorCode::SplitFamily, here, message)
    }

    fn block(&self, id: u32) -> u32 {
        id / self.size
    }

    /// The highest id in any block, 0 for none.
    pub(super) fn highest(&self) -> u32 {
        self.last.values().copied().max().unwrap_or(0)
    }

    /// What an id of a family must be above to be one that was never given, when `highest` was given in the numbering: of a
    /// new family, the end of the last block.
    pub(super) fn given(&self, family: &str, highest: u32) -> u32 {
        let end = self.block(highest).saturating_mul(self.size).saturating_add(self.size - 1);
        self.last.get(family).copied().unwrap_or(end)
    }

    /// Gives an instrument of a family the next id that was never given, and returns it. Where a block is full, it is one
    /// that no schedule accepts.
    pub(super) fn append(&mut self, family: &str, highest: u32) -> u32 {
        let id = self.given(family, highest).saturating_add(1);
        self.last.insert(family.to_owned(), id);
        id
    }

    /// How far every family's block was used.
    pub(super) fn into_last(self) -> BTreeMap<String, u32> {
        self.last
    }

    /// Checks that every family of an earlier numbering has its block here, and is no less far in it.
    ///
    /// # Errors
    /// [`ErrorCode::BeyondNumbering`].
    pub(super) fn continues(&self, earlier: &Self) -> Result<(), FileError> {
        for (family, given) in &earlier.last {
            let here = format!("/numbering/last_of_families/{}", escape(family));
            let own = self.last.get(family);
            if own.is_some_and(|own| own >= given && self.block(*own) == self.block(*given)) {
                continue;
            }
            let message = format!(
                "ids up to {given} were given in the family {}; say so, or its next contract gets one of them again",
                quoted(family)
            );
            return Err(CHECK.error(ErrorCode::BeyondNumbering, here, message));
        }
        Ok(())
    }
}

/// The ids of the block that an id is in.
fn range(id: u32, size: u32) -> String {
    let first = id / size * size;
    format!("{first} to {}", first + size - 1)
}

impl NumberingFile {
    /// Says how far every family's block was used, as listed.
    pub(super) fn keep_last_of_families(&mut self, instruments: &[InstrumentFile]) {
        if self.family_block.is_none() {
            return;
        }
        for instrument in instruments {
            if let Some(family) = family_of(instrument) {
                let last = self.last_of_families.entry(family.to_owned()).or_default();
                *last = instrument.id.max(*last);
            }
        }
    }
}

/// The highest ids that a numbering says were given, or that are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LastIds {
    pub(super) assets: u32,
    pub(super) instruments: u32,
    pub(super) blocks: Option<Blocks>,
}

/// The highest ids of a schedule, as declared or as listed.
///
/// # Errors
/// [`ErrorCode::BeyondNumbering`] for an entry above the declared one, [`ErrorCode::BadText`] for the name, and those of
/// [`Blocks::of`].
pub(super) fn check(
    file: &ScheduleFile,
    assets: &[Asset],
    instruments: &[Instrument],
) -> Result<LastIds, FileError> {
    let declared = file.numbering.clone().unwrap_or_default();
    if let Some(name) = &declared.name {
        CHECK.name(name, "/numbering/name")?;
    }
    let blocks = Blocks::of(file, &declared, instruments)?;
    // Both lists ascend by id.
    let of = |list: &str, field: &str, last: Option<(u32, usize)>, declared: Option<u32>| {
        let (listed, at) = last.unwrap_or_default();
        match declared {
            Some(declared) if listed > declared => {
                let message = format!(
                    "id {listed} is above {declared}, the highest that /numbering/{field} says was given; raise that"
                );
                let here = format!("/{list}/{at}/id");
                Err(CHECK.error(ErrorCode::BeyondNumbering, here, message))
            }
            declared => Ok(declared.unwrap_or(listed)),
        }
    };
    let last_asset = assets.last().map(|a| (a.id, a.at));
    let last_instrument = instruments.last().map(|i| (i.id, i.at));
    let last = of("instruments", "last_instrument", last_instrument, declared.last_instrument)?;
    let in_blocks = blocks.as_ref().map_or(0, Blocks::highest);
    if declared.last_instrument.is_some_and(|declared| declared < in_blocks) {
        let message = format!("id {in_blocks} was given in a family; say so");
        return Err(CHECK.error(ErrorCode::BeyondNumbering, "/numbering/last_instrument", message));
    }
    Ok(LastIds {
        assets: of("assets", "last_asset", last_asset, declared.last_asset)?,
        instruments: last.max(in_blocks),
        blocks,
    })
}
