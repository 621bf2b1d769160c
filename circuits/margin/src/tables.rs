//! The market as lookup tables: what the keys commit to.
//!
//! Instruments: `(2^20 + 16 id + 4 + group, value numerator, multiplier, conversion)`, and where requirements have tiers
//! `(.., tier table)`, and where values are
//! rounded `(.., offset of long, offset of short, divisor less one, scale, funding)`, and where requirements are rounded
//! twice `(.., factor)`, and where tiers go by families `(.., family, unit, own unit)`.
//! Brackets: `(key, lo, hi, slope, intercept)`, and where anything is rounded `(.., divisor less one)`. The key is a
//! tier table's number, counted from 1, or [`ASSET_KEY`]` + 16 asset + 8 + 4 [settles] + group`. Row 0 of both is zero.
//! With more settle groups than four, weights are larger by as much, and assets' keys begin at 2^27.
//! In the general profile the bracket table has all figures of instruments as well, under keys of their own.

use crate::book::BookConstants;
use crate::general::{self, AllocationConstants};
use crate::hints::CircuitWitness;
use crate::position::Constants;
use crate::position::pnl::PnlRounding;
use crate::position::requirement::Second;
use num_bigint::BigInt;
use zkmargin_gadgets::banks::bank_of;
use zkmargin_gadgets::bracket::{BracketHint, TABLE_COLUMNS};
use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::field::to_field;
use zkmargin_model::rule::{
    AssetTerms, Base, GeneralLines, LineRow, LineTable, Lines, Market, MarketTerms, PlainLines,
    PositionLines, Profile, Settlement, Unprovable,
};

/// Columns of the instrument table that any profile has.
pub const INSTRUMENT_COLUMNS: usize = 14;

/// Bracket table keys from here on are assets; tier table numbers are below.
pub const ASSET_KEY: u32 = 1 << 20;

/// Weights in an instrument's row number, above a settle group.
pub(crate) mod instrument_row {
    use zkmargin_model::rule::Settlement;
    use zkmargin_model::widths::CROSS_BIT;

    /// Weight of the used flag, which is set in every row of the table.
    pub(crate) const fn used(of: Settlement) -> u64 {
        of.groups() as u64
    }

    /// Weight of the instrument's id.
    pub(crate) const fn id(of: Settlement) -> u64 {
        4 * used(of)
    }

    /// The bit of the cross book, which is set in every row of the table.
    pub(crate) const fn cross(of: Settlement) -> u64 {
        key_less_side(of) << CROSS_BIT
    }

    /// Weight of `list key - side`, which is twice the id.
    pub(crate) const fn key_less_side(of: Settlement) -> u64 {
        id(of) / 2
    }
}

/// Weights in an asset's key in the bracket table, above a settle group.
pub(crate) mod asset_key {
    use super::ASSET_KEY;
    use zkmargin_model::rule::Settlement;
    use zkmargin_model::widths::KEY_BITS;

    /// The key of an empty slot. With more settle groups than four, keys take more room, above those of the general
    /// profile's figures.
    pub(crate) const fn first(of: Settlement) -> u64 {
        match of {
            Settlement::Four => ASSET_KEY as u64,
            Settlement::Eight | Settlement::Sixteen => 1 << 27,
        }
    }

    /// Weight of the flag saying that positions settle in the asset.
    pub(crate) const fn settles(of: Settlement) -> u64 {
        of.groups() as u64
    }

    /// Weight of the used flag, which is set in every row of the table but the empty slot's.
    pub(crate) const fn used(of: Settlement) -> u64 {
        2 * settles(of)
    }

    /// Weight of the asset's id, which is its list key.
    pub(crate) const fn id(of: Settlement) -> u64 {
        4 * settles(of)
    }

    /// Above all keys of assets.
    pub(crate) const fn end(of: Settlement) -> u64 {
        first(of) + (id(of) << KEY_BITS)
    }
}

// Settle groups stay below the lowest flag, and flags below the id: keys of different rows differ.
const _: () = {
    let mut at = 0;
    while at < Settlement::ALL.len() {
        let of = Settlement::ALL[at];
        let groups = of.groups() as u64;
        assert!(groups <= instrument_row::used(of));
        assert!(instrument_row::used(of) + groups <= instrument_row::id(of));
        assert!(groups <= asset_key::settles(of));
        assert!(asset_key::settles(of) + groups <= asset_key::used(of));
        assert!(asset_key::used(of) + asset_key::settles(of) + groups <= asset_key::id(of));
        at += 1;
    }
};

/// The market's tables with what else the keys commit to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketTables {
    profile: Profile,
    instruments: Vec<[Fp; INSTRUMENT_COLUMNS]>,
    brackets: Vec<[Fp; TABLE_COLUMNS]>,
    constants: Constants,
    allocation: Option<AllocationConstants>,
    collateral_scale: Fp,
    equality_is_healthy: bool,
}

/// Row number of an instrument.
fn instrument_row(of: Settlement, id: u32, group: usize) -> Fp {
    let row = u64::from(id) * instrument_row::id(of) + instrument_row::used(of) + group as u64;
    Fp::from(instrument_row::cross(of) + row)
}

/// Key of an asset's rows, with the settle group it belongs to as its asset.
pub(crate) fn asset_key(of: Settlement, id: u32, group: Option<usize>) -> u64 {
    let settles = group.map_or(0, |group| asset_key::settles(of) + group as u64);
    asset_key::first(of) + u64::from(id) * asset_key::id(of) + asset_key::used(of) + settles
}

/// The looked-up figures of an instrument: its row without the first column.
pub(crate) fn terms(of: &PositionLines, profile: Profile) -> [Fp; INSTRUMENT_COLUMNS - 1] {
    let multiplier = match profile.base {
        Base::Size => &of.of_size,
        Base::Value => &of.of_value,
    };
    let value = &of.value;
    let family = of.family.as_ref();
    let [unit, own] = [family.map(|f| &f.unit), family.map(|f| &f.requirement)]
        .map(|figure| figure.map_or(Fp::ZERO, to_field));
    // A market's base serves all its instruments.
    let multiplier = multiplier.clone().unwrap_or_default();
    // Without roundings of values, the numerator has the value's sign and scale, and funding is part of it.
    let numerator = if profile.rounded.rounds_values() {
        value.a.clone()
    } else {
        &value.a * &value.scale - &value.funding
    };
    [
        to_field(&numerator),
        to_field(&multiplier),
        to_field(&of.conversion),
        Fp::from(of.tiers as u64 + 1),
        to_field(&value.long),
        to_field(&value.short),
        to_field(&value.d) - Fp::ONE,
        to_field(&value.scale),
        to_field(&value.funding),
        to_field(&of.second),
        Fp::from(family.map_or(0, |f| u64::from(f.number))),
        unit,
        own,
    ]
}

/// What every position slot rounds by.
fn constants(of: &MarketTerms, lines: &PlainLines) -> Constants {
    let last = |d: &BigInt| to_field(d) - Fp::ONE;
    let second = Second { b: to_field(&lines.second.b), last: last(&lines.second.d) };
    let pnl = lines.pnl.as_ref().map(|line| PnlRounding {
        b: to_field(&line.division.b),
        last: last(&line.division.d),
        scale: to_field(&line.scale),
    });
    let book = book(of, lines.profile, &lines.requirement_unit);
    Constants { second, pnl, book }
}

/// What the comparison of isolated books reads, where there are any.
fn book(of: &MarketTerms, profile: Profile, requirement_unit: &BigInt) -> Option<BookConstants> {
    let compared = of.isolated_unit.as_ref().filter(|_| profile.reads_isolated());
    compared.map(|unit| BookConstants {
        equity_unit: match of.allocation_asset {
            None => to_field(&(unit * MARGIN_BPS)),
            Some(_) => Fp::from(u64::from(MARGIN_BPS)),
        },
        unit: to_field(requirement_unit),
        strict: Fp::from(u64::from(!of.equality_is_healthy)),
    })
}

/// A row of a table of lines with its divisor.
pub(crate) fn bracket(row: &LineRow, table: &LineTable) -> BracketHint {
    BracketHint {
        lo: to_field(&row.lo),
        hi: to_field(&row.hi),
        slope: to_field(&row.a),
        intercept: to_field(&row.b),
        last: to_field(&table.d) - Fp::ONE,
        bank: 0,
    }
}

/// What an asset's balance is worth: its rows by balance.
pub(crate) fn collateral(lines: &PlainLines, at: usize, asset: &AssetTerms) -> LineTable {
    match lines.collateral.get(at) {
        Some(rounded) => rounded.table.clone(),
        None => LineTable::exact(asset.rows_by_balance()),
    }
}

/// A row of the bracket table.
pub(crate) fn row_of(key: Fp, row: BracketHint) -> [Fp; TABLE_COLUMNS] {
    [key, row.lo, row.hi, row.slope, row.intercept, row.last]
}

fn rows(key: u64, table: &LineTable) -> impl Iterator<Item = [Fp; TABLE_COLUMNS]> {
    table.rows.iter().map(move |row| row_of(Fp::from(key), bracket(row, table)))
}

impl MarketTables {
    /// Compiles a market.
    ///
    /// # Errors
    /// [`Unprovable`] names the first figure that no circuit proves.
    pub fn new(market: &Market) -> Result<Self, Unprovable> {
        match market.lines()? {
            Lines::Plain(lines) => Ok(Self::plain(market, lines)),
            Lines::General(lines) => Ok(Self::general(market, lines)),
        }
    }

    fn general(market: &Market, lines: &GeneralLines) -> Self {
        Self {
            profile: lines.profile(),
            instruments: vec![[Fp::ZERO; INSTRUMENT_COLUMNS]],
            brackets: general::tables::rows(market, lines),
            // A requirement is computed in its own unit.
            constants: Constants {
                book: book(market.terms(), lines.profile(), &BigInt::from(1)),
                ..Constants::NONE
            },
            allocation: lines.allocation.as_ref().map(general::tables::allocation),
            collateral_scale: Fp::ONE,
            equality_is_healthy: market.terms().equality_is_healthy,
        }
    }

    fn plain(market: &Market, lines: &PlainLines) -> Self {
        let (of, settlement) = (market.terms(), lines.profile.settlement);
        let mut instruments = vec![[Fp::ZERO; INSTRUMENT_COLUMNS]];
        for (i, position) in of.instruments.iter().zip(&lines.positions) {
            let mut row = [instrument_row(settlement, i.id, i.group); INSTRUMENT_COLUMNS];
            row[1..].copy_from_slice(&terms(position, lines.profile));
            instruments.push(row);
        }
        let mut brackets = vec![[Fp::ZERO; TABLE_COLUMNS]];
        for (table, key) in lines.tiers.iter().zip(1..) {
            brackets.extend(rows(key, table));
        }
        let mut empty_slot = [Fp::ZERO; TABLE_COLUMNS];
        empty_slot[0] = Fp::from(asset_key::first(settlement));
        brackets.push(empty_slot);
        for (at, asset) in of.assets.iter().enumerate() {
            let key = asset_key(settlement, asset.id, market.settle_group_of(asset.id));
            brackets.extend(rows(key, &collateral(lines, at, asset)));
        }
        Self {
            profile: lines.profile,
            instruments,
            brackets,
            constants: constants(of, lines),
            allocation: None,
            collateral_scale: to_field(&lines.collateral_scale),
            equality_is_healthy: of.equality_is_healthy,
        }
    }

    /// Which blocks the market's circuits have.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Rows of the instrument table, the zero row first. The profile's columns are loaded.
    pub fn instruments(&self) -> &[[Fp; INSTRUMENT_COLUMNS]] {
        &self.instruments
    }

    /// Rows of the bracket table, the zero row first. The last column is loaded where anything is rounded.
    pub fn brackets(&self) -> &[[Fp; TABLE_COLUMNS]] {
        &self.brackets
    }

    /// Names, in a witness, the banks that have its rows.
    pub fn place(&self, witness: &mut CircuitWitness, banks: usize) {
        if banks == 1 {
            return;
        }
        let bank = |row: [Fp; TABLE_COLUMNS]| {
            let at = self.brackets.iter().position(|of| *of == row)?;
            Some(bank_of(at, self.brackets.len(), banks))
        };
        for slot in &mut witness.positions {
            let row = row_of(slot.table_key(), slot.bracket);
            slot.bracket.bank = bank(row).unwrap_or_default();
        }
        for slot in &mut witness.assets {
            let row = row_of(slot.table_key(self.profile.settlement), slot.bracket);
            slot.bracket.bank = bank(row).unwrap_or_default();
        }
    }

    /// What every position slot rounds by.
    pub fn constants(&self) -> &Constants {
        &self.constants
    }

    /// How books of isolated positions with allocations are computed, where a claim is about any.
    pub fn allocation(&self) -> Option<&AllocationConstants> {
        self.allocation.as_ref()
    }

    /// From a rounded collateral value to margin units.
    pub fn collateral_scale(&self) -> Fp {
        self.collateral_scale
    }

    /// Whether equality meets a claim.
    pub fn equality_is_healthy(&self) -> bool {
        self.equality_is_healthy
    }
}
