//! An asset slot: nine rows, and five more where collateral values are rounded; see `collateral.rs`.
//!
//! ```text
//! row  limbs                                       aux 0        aux 1         aux 2          aux 3        aux 4
//! 0    balance
//! 1    balance                                     balance      previous key  previous used  packed
//! 2    key (0-1), distance (2-3), balance top (4)  v            used          code           settles      key
//! 3    v - lo                                      pnl 0        pnl 1         pnl 2          pnl 3        table key
//! 4    v - lo
//! 5    v - lo                                      v            table key     slope          intercept    v - lo
//! 6    hi - v                                      1            value         E out          E in         hi - v
//! 7    hi - v                                      incl. 0 in   incl. 1 in    incl. 2 in     incl. 3 in   settles
//! 8    hi - v                                      incl. 0 out  incl. 1 out   incl. 2 out    incl. 3 out  code
//! ```

use crate::collateral::{self, CollateralConfig};
use crate::hints::AssetHint;
use crate::position::Gadgets;
use crate::settled;
use crate::tables::asset_key;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::{self, BracketConfig, Factor};
use zkmargin_gadgets::cell::{At, aux, constant, is_boolean};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::{self, RangeConfig, Width};
use zkmargin_gadgets::sorted::{self, SlotKey, SortedConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::{Profile, Settlement};
use zkmargin_model::widths::BALANCE_BITS;

/// Rows of a slot.
pub(crate) const fn rows(profile: Profile) -> usize {
    BRACKET_ROWS + if profile.collateral { collateral::ROWS } else { bracket::rows(Width::Wide) }
}

// First rows of the slot's gadgets.
const BALANCE_ROWS: usize = 0;
const SORTED_ROWS: usize = 1;
pub(crate) const BRACKET_ROWS: usize = 3;
const GROUPS_ROWS: usize = 7;

/// Balance plus 2^98, in the asset's units; zero in an empty slot: 99 bits.
const BALANCE: At = range::TOPPED_WORD.below(BALANCE_ROWS).named("balance");
/// The asset's id: 18 bits.
const KEY: At = sorted::KEY.below(SORTED_ROWS);
/// 1 for a used slot, 0 for an empty one.
const USED: At = sorted::USED.below(SORTED_ROWS);
/// Balance and key in one word, which the account commitment absorbs: 117 bits.
const PACKED: At = aux("packed", 3, 1);
/// Settlement units in a unit of the balance, in portfolio accounts.
const UNIT: At = aux("unit", 4, 1);
/// Balance with the profit and loss that settles in the asset: 133 bits and a sign.
const V: At = aux("v", 0, 2);
/// Settle group: 0 to 3, or up to 15.
const CODE: At = aux("code", 2, 2);
/// 1 when positions settle in the asset.
const SETTLES: At = aux("settles", 3, 2);
/// `2^20 + 16 id + 8 used + 4 settles + code`, the key of the asset's rows in the bracket table.
const TABLE_KEY: At = aux("table key", 4, 3);

/// Row of the slot's gate.
const SLOT: usize = 2;

/// Asset slot configuration.
#[derive(Clone, Debug)]
pub struct AssetConfig {
    columns: Columns,
    range: RangeConfig,
    sorted: SortedConfig,
    bracket: BracketConfig,
    settlement: Settlement,
    groups: settled::SlotConfig,
    collateral: Option<CollateralConfig>,
    unit: Unit,
    q_asset: Selector,
}

/// What a unit of a balance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// The settlement unit.
    Settlement,
    /// A constant number of them.
    Constant,
}

/// Constants of the market that a slot reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AssetConstants {
    /// Settlement units in a unit of balances, where these are not the same.
    pub(crate) unit: Fp,
    /// From a rounded collateral value to margin units.
    pub(crate) scale: Fp,
}

/// What a slot passes to the next one.
#[derive(Clone, Debug)]
pub struct AssetCells {
    /// Key and used flag.
    pub slot: SlotKey,
    /// The packed slot, absorbed by the account commitment.
    pub packed: FieldCell,
    /// Sum of collateral values so far.
    pub equity: FieldCell,
    /// How often each settle group's profit and loss was included so far, or what the asset takes of it.
    pub included: settled::SlotCells,
    /// Sum of requirements with those of assets so far, where assets have them.
    pub maintenance: Option<FieldCell>,
}

impl AssetConfig {
    /// Creates the slot's gate.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        unit: Unit,
        gadgets: Gadgets<'_>,
    ) -> Self {
        let divide = gadgets.divide.filter(|_| profile.collateral);
        let collateral = divide
            .map(|divide| CollateralConfig::configure(meta, columns, gadgets.bracket, divide));
        let q_asset = meta.selector();
        let settlement = profile.settlement;
        meta.create_gate("asset slot", |meta| {
            let q = meta.query_selector(q_asset);
            let [balance, packed, v, used, code, settles, key, table_key] = columns.query_all(
                meta,
                [BALANCE, PACKED, V, USED, CODE, SETTLES, KEY, TABLE_KEY],
                SLOT,
            );
            let settled = settled::query(meta, columns, settlement, &code, &settles);
            let bias = used.clone() * power_of_two(BALANCE_BITS - 1);
            let held = match unit {
                Unit::Settlement => balance.clone() - bias,
                Unit::Constant => (balance.clone() - bias) * columns.query(meta, UNIT, SLOT),
            };
            let expected_key = constant(asset_key::first(settlement))
                + key.clone() * Fp::from(asset_key::id(settlement))
                + used.clone() * Fp::from(asset_key::used(settlement))
                + settles.clone() * Fp::from(asset_key::settles(settlement))
                + code;
            Constraints::with_selector(
                q,
                [
                    ("settles is boolean", is_boolean(&settles)),
                    settled.constraint,
                    (
                        "packed = balance + 2^99 key",
                        balance + key * power_of_two(BALANCE_BITS) - packed.clone(),
                    ),
                    ("an empty slot is zero", (constant(1) - used) * packed),
                    ("table key", expected_key - table_key),
                    ("v = balance + settled pnl", held + settled.amount - v),
                ],
            )
        });
        Self {
            columns: columns.clone(),
            range: gadgets.range.clone(),
            sorted: gadgets.sorted.clone(),
            bracket: gadgets.bracket.clone(),
            groups: gadgets.groups.clone(),
            collateral,
            settlement,
            unit,
            q_asset,
        }
    }

    /// Assigns the slot whose first row is `offset`. `profits` is what the last position slot passes on.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        previous: Option<&AssetCells>,
        profits: &settled::SlotCells,
        AssetConstants { unit, scale }: AssetConstants,
        hint: Value<&AssetHint>,
    ) -> Result<AssetCells, Error> {
        let columns = &self.columns;
        let free = |f: fn(&AssetHint) -> Fp| hint.map(f);

        let balance =
            self.range.two_rows_and_limb(region, offset + BALANCE_ROWS, free(|h| h.balance))?;
        let slot = self.sorted.assign(
            region,
            offset + SORTED_ROWS,
            previous.map(|p| &p.slot),
            free(|h| h.used),
            free(|h| h.key),
        )?;
        let packed = balance.value().zip(slot.key.value());
        let packed = packed.map(|(balance, key)| *balance + *key * power_of_two(BALANCE_BITS));
        let packed = columns.assign(region, offset, PACKED, packed)?;

        let code = columns.assign(region, offset, CODE, free(|h| h.code))?;
        let settles = columns.assign(region, offset, SETTLES, free(|h| h.settles))?;
        let taken = free(|h| h.taken);
        let settled = settled::assign(region, columns, offset, profits, [&code, &settles], taken)?;
        let table_key = hint.map(|h| h.table_key(self.settlement));
        let table_key = columns.assign(region, offset, TABLE_KEY, table_key)?;
        let unit = match self.unit {
            Unit::Settlement => Fp::ONE,
            Unit::Constant => {
                columns.constant(region, offset, UNIT, unit)?;
                unit
            }
        };
        let v = balance.value().zip(slot.used.value()).zip(settled.amount);
        let v = v.map(|((balance, used), settled)| {
            (*balance - *used * power_of_two(BALANCE_BITS - 1)) * unit + settled
        });
        let v = columns.assign(region, offset, V, v)?;
        self.q_asset.enable(region, offset + SLOT)?;

        let equity = previous.map(|p| &p.equity);
        let (at, row) = (offset + BRACKET_ROWS, hint.map(|h| h.bracket));
        let equity = match &self.collateral {
            Some(rounded) => {
                let of = collateral::Inputs { v: &v, key: &table_key, used: &slot.used };
                rounded.assign(region, at, of, scale, equity, row)?
            }
            None => {
                let (width, one) = (Width::Wide, Factor::One);
                self.bracket.assign(region, at, width, &v, &table_key, one, equity, row)?.sum
            }
        };
        let included = self.groups.assign(
            region,
            offset + GROUPS_ROWS,
            previous.map(|p| &p.included),
            &settled.counted,
            &code,
        )?;
        Ok(AssetCells { slot, packed, equity, included, maintenance: None })
    }
}

/// All cells of a slot, under the names they have in it.
#[cfg(test)]
pub(crate) fn cells(settlement: Settlement) -> Vec<At> {
    use crate::layout::{of, place};
    [
        of(&[&[PACKED, V, CODE, SETTLES, TABLE_KEY]]),
        settled::asset_cells(settlement),
        place(&[&range::TOPPED], BALANCE_ROWS, |name| match name {
            "top" => "balance top",
            _ => BALANCE.name,
        }),
        place(&sorted::CELLS, SORTED_ROWS, |name| name),
        place(&[&bracket::cells(Width::Wide)], BRACKET_ROWS, |name| match name {
            "x" => V.name,
            "x - lo" => "v - lo",
            "hi - x" => "hi - v",
            "key" => TABLE_KEY.name,
            "factor" => "1",
            "y" => "value",
            "sum out" => "E out",
            "sum in" => "E in",
            other => other,
        }),
        counted_cells(settlement, GROUPS_ROWS),
    ]
    .concat()
}

/// The two rows in which a slot counts what it includes of a settle group, or takes.
#[cfg(test)]
pub(crate) fn counted_cells(settlement: Settlement, row: usize) -> Vec<At> {
    if settlement != Settlement::Four {
        return settled::slot_cells(settlement, row, "taken");
    }
    let named = |at: At| match at.name {
        "sum 0 in" => at.named("incl. 0 in"),
        "sum 1 in" => at.named("incl. 1 in"),
        "sum 2 in" => at.named("incl. 2 in"),
        "sum 3 in" => at.named("incl. 3 in"),
        "sum 0 out" => at.named("incl. 0 out"),
        "sum 1 out" => at.named("incl. 1 out"),
        "sum 2 out" => at.named("incl. 2 out"),
        "sum 3 out" => at.named("incl. 3 out"),
        _ => at,
    };
    settled::slot_cells(settlement, row, SETTLES.name).into_iter().map(named).collect()
}
