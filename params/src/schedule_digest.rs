//! What the digests of a schedule cover, in order. See `docs/formats.md`.

use super::error::{FileError, FileKind};
use super::figures::Checker;
use super::requirement::Requirement;
use super::schedule_file::{KindFile, ModeFile, RoundStepFile, RoundToFile, ScheduleFile};
use super::{elements, floors, rows};
use std::collections::BTreeMap;
use zkmargin_model::digest::{DigestTag, Encoder, RegistryDigest, ScheduleDigest};

const CHECK: Checker = Checker(FileKind::Schedule);

/// Before the size of blocks of families in a registry, where nothing or another text is.
const FAMILY_BLOCKS: &str = "family blocks";

/// Before the rounding of converted requirements, where there is one and otherwise the numbering or nothing.
const CONVERSION: &str = "conversion";

/// Before the asset of allocations, where there is one and otherwise the numbering or nothing.
const ALLOCATIONS: &str = "allocations";

/// Begins the numbering, where there is one.
const NUMBERING: u8 = 0x4e;

/// Layout of an account's records: key, size, entry and own parameter of a position; key and balance of an asset.
const RECORDS: u8 = 1;

/// The same with a second word of open orders beside each position.
const RECORDS_WITH_ORDERS: u8 = 2;

/// The same with an allocation in the second word, and the asset that it is of.
const RECORDS_WITH_ALLOCATIONS: u8 = 3;

fn optional_text(out: &mut Encoder, text: Option<&str>) {
    out.option(text, |e, t| {
        e.text(t);
    });
}

fn optional_u32(out: &mut Encoder, value: Option<u32>) {
    out.option(value, |e, v| {
        e.u32(v);
    });
}

pub(super) fn mode(mode: ModeFile) -> u8 {
    match mode {
        ModeFile::Floor => 0,
        ModeFile::Ceil => 1,
        ModeFile::Truncate => 2,
        ModeFile::Away => 3,
        ModeFile::NearestUp => 4,
        ModeFile::NearestAway => 5,
        ModeFile::NearestZero => 6,
    }
}

fn kind(kind: KindFile) -> u8 {
    match kind {
        KindFile::Linear => 0,
        KindFile::Inverse => 1,
    }
}

fn requirement(requirement: Requirement) -> u8 {
    match requirement {
        Requirement::Maintenance => 0,
        Requirement::Initial => 1,
        Requirement::Fill => 2,
        Requirement::CloseOut => 3,
        Requirement::LiquidationEnd => 4,
    }
}

fn round_to(out: &mut Encoder, to: Option<RoundToFile>) {
    out.option(to, |e, to| {
        e.u8(mode(to.mode)).u32(to.decimals);
    });
}

fn round_steps(out: &mut Encoder, steps: &[RoundStepFile]) -> Result<(), FileError> {
    out.len(steps.len());
    for step in steps {
        let factor = step.factor.as_ref().map(|f| CHECK.decimal(f, "/rounding")).transpose()?;
        out.u8(mode(step.mode)).u32(step.decimals).option(factor, |e, f| {
            e.decimal(&f);
        });
    }
    Ok(())
}

/// Digest of everything in a schedule except its `source`. Lists are taken in order of id or name, so their order in
/// the file does not matter.
pub(super) fn schedule(file: &ScheduleFile) -> Result<ScheduleDigest, FileError> {
    let mut out = Encoder::new();
    out.text(&file.venue).text(&file.name).u8(requirement(file.requirement));
    out.text(&file.valuation.currency).u32(file.valuation.decimals).u32(file.rate_decimals);
    out.bool(file.equality_is_healthy);
    let flags = [
        file.isolated_books,
        file.bid_and_ask,
        file.settlement_asset_books,
        file.open_orders,
        file.no_requirement_is_healthy,
    ];
    out.u8(flags.iter().rev().fold(0, |flags, flag| 2 * flags + u8::from(*flag)));
    optional_text(&mut out, file.rounding_assumed.as_deref());
    out.len(file.leaves_out.len());
    for what in &file.leaves_out {
        out.text(what);
    }
    let mut levels: Vec<_> = file.menu.levels.iter().collect();
    levels.sort_by_key(|l| l.level_bps);
    out.len(levels.len());
    for level in levels {
        out.u32(level.level_bps).text(&level.name);
    }
    let mut floors = floors::encoded(CHECK, &file.menu.floors)?;
    floors.sort_by(|a, b| a.bytes().cmp(b.bytes()));
    out.len(floors.len());
    for floor in &floors {
        out.fixed(floor.bytes());
    }
    round_to(&mut out, file.rounding.value);
    round_to(&mut out, file.rounding.notional);
    round_steps(&mut out, &file.rounding.requirement)?;
    round_to(&mut out, file.rounding.collateral);
    assets(&mut out, file)?;
    tiers(&mut out, file)?;
    instruments(&mut out, file)?;
    fixed_point(&mut out, file);
    elements::encode(&mut out, file)?;
    elements::encode_families(&mut out, file)?;
    if file.rounding.conversion.is_some() {
        out.text(CONVERSION);
        round_to(&mut out, file.rounding.conversion);
    }
    if let Some(symbol) = &file.allocation_asset {
        out.text(ALLOCATIONS).text(symbol);
    }
    numbering(&mut out, file);
    Ok(out.digest(DigestTag::Schedule).into())
}

fn assets(out: &mut Encoder, file: &ScheduleFile) -> Result<(), FileError> {
    let mut list: Vec<_> = file.assets.iter().enumerate().collect();
    list.sort_by_key(|(_, a)| a.id);
    out.len(list.len());
    for (at, a) in list {
        out.u32(a.id).text(&a.symbol);
        optional_text(out, a.chain.as_deref());
        optional_text(out, a.contract.as_deref());
        optional_u32(out, a.contract_version);
        optional_text(out, a.migrated_to.as_deref());
        out.u32(a.decimals).bool(a.settles);
        let here = format!("/assets/{at}/collateral");
        rows::encode(CHECK, &here, a.collateral.variable, &a.collateral.rows, out)?;
    }
    Ok(())
}

fn tiers(out: &mut Encoder, file: &ScheduleFile) -> Result<(), FileError> {
    let mut list: Vec<_> = file.tiers.iter().enumerate().collect();
    list.sort_by_key(|(_, t)| &t.name);
    out.len(list.len());
    for (at, t) in list {
        out.text(&t.name);
        rows::encode(CHECK, &format!("/tiers/{at}"), t.variable, &t.rows, out)?;
        optional_u32(out, t.denominator);
        out.bool(t.requirement_rounding.is_some());
        if let Some(steps) = &t.requirement_rounding {
            round_steps(out, steps)?;
        }
    }
    Ok(())
}

fn instruments(out: &mut Encoder, file: &ScheduleFile) -> Result<(), FileError> {
    let mut list: Vec<_> = file.instruments.iter().enumerate().collect();
    list.sort_by_key(|(_, i)| i.id);
    out.len(list.len());
    for (at, i) in list {
        out.u32(i.id).text(&i.symbol);
        optional_text(out, i.chain.as_deref());
        optional_text(out, i.contract.as_deref());
        optional_u32(out, i.contract_version);
        optional_text(out, i.migrated_to.as_deref());
        out.u8(kind(i.kind)).text(&i.settle).u32(i.size_decimals).u32(i.price_decimals);
        out.decimal(&CHECK.decimal(&i.multiplier, &format!("/instruments/{at}/multiplier"))?);
        optional_u32(out, i.funding_decimals);
        out.text(&i.tiers);
    }
    Ok(())
}

/// What only a schedule in binary fixed point has; nothing for others, whose encoding ends before it.
fn fixed_point(out: &mut Encoder, file: &ScheduleFile) {
    let [entries, prices] = [entry_bits(file), price_bits(file)];
    let to = file.rounding.profit_and_loss;
    if to.is_some() || !entries.is_empty() || !prices.is_empty() {
        round_to(out, to);
        bits(out, &entries);
        bits(out, &prices);
    }
}

/// Ids and binary digits, in order of ids.
type Bits = BTreeMap<u32, u32>;

fn entry_bits(file: &ScheduleFile) -> Bits {
    file.assets.iter().filter_map(|a| Some((a.id, a.entry_bits?))).collect()
}

fn price_bits(file: &ScheduleFile) -> Bits {
    file.instruments.iter().filter_map(|i| Some((i.id, i.price_bits?))).collect()
}

fn bits(out: &mut Encoder, list: &Bits) {
    out.len(list.len());
    for (id, bits) in list {
        out.u32(*id).u32(*bits);
    }
}

/// What only a schedule that declares its numbering has, behind a byte with which nothing else at this place begins.
fn numbering(out: &mut Encoder, file: &ScheduleFile) {
    if let Some(numbering) = &file.numbering {
        out.u8(NUMBERING);
        optional_text(out, numbering.name.as_deref());
        optional_u32(out, numbering.last_asset);
        optional_u32(out, numbering.last_instrument);
        // Nothing follows for one list.
        if let Some(size) = numbering.family_block {
            out.u32(size).len(numbering.last_of_families.len());
            for (family, last) in &numbering.last_of_families {
                out.text(family).u32(*last);
            }
        }
    }
}

/// Digest of the rule by which ids get their meaning: whose numbering it is, which one, and how a record of an account is
/// laid out. What is listed under it is not part: an account stays what it is when something else is listed.
pub(super) fn registry(file: &ScheduleFile) -> RegistryDigest {
    let mut out = Encoder::new();
    out.text(&file.venue);
    optional_text(&mut out, file.numbering.as_ref().and_then(|n| n.name.as_deref()));
    let allocated = file.allocation_asset.as_ref();
    match allocated.and_then(|symbol| file.assets.iter().find(|asset| asset.symbol == *symbol)) {
        Some(asset) => out.u8(RECORDS_WITH_ALLOCATIONS).u32(asset.id),
        None => out.u8(if file.open_orders { RECORDS_WITH_ORDERS } else { RECORDS }),
    };
    elements::encode_registry(&mut out, file);
    if let Some(size) = file.numbering.as_ref().and_then(|n| n.family_block) {
        out.text(FAMILY_BLOCKS).u32(size);
    }
    out.digest(DigestTag::Registry).into()
}
