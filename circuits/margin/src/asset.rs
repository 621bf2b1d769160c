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
use crate::tables::{ASSET_KEY, asset_key};
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::{self, BracketConfig, Factor};
use zkmargin_gadgets::cell::{At, aux, constant, is_boolean};
use zkmargin_gadgets::groups::{GROUPS, GroupsConfig, Sums, indicator, is_code};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::{self, RangeConfig, Width};
use zkmargin_gadgets::sorted::{self, SlotKey, SortedConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::Profile;
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
/// Settle group: 0 to 3.
const CODE: At = aux("code", 2, 2);
/// 1 when positions settle in the asset.
const SETTLES: At = aux("settles", 3, 2);
/// Profit and loss of the positions, per settle group.
const PROFITS: [At; GROUPS] =
    [aux("pnl 0", 0, 3), aux("pnl 1", 1, 3), aux("pnl 2", 2, 3), aux("pnl 3", 3, 3)];
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
    groups: GroupsConfig,
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
    /// How often each settle group's profit and loss was included so far.
    pub included: Sums,
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
        meta.create_gate("asset slot", |meta| {
            let q = meta.query_selector(q_asset);
            let [balance, packed, v, used, code, settles, key, table_key] = columns.query_all(
                meta,
                [BALANCE, PACKED, V, USED, CODE, SETTLES, KEY, TABLE_KEY],
                SLOT,
            );
            let profits = columns.query_all(meta, PROFITS, SLOT);
            let settled = (profits.into_iter().enumerate())
                .map(|(g, pnl)| indicator(code.clone(), g) * pnl)
                .reduce(|sum, term| sum + term)
                .unwrap_or(constant(0));
            let bias = used.clone() * power_of_two(BALANCE_BITS - 1);
            let held = match unit {
                Unit::Settlement => balance.clone() - bias,
                Unit::Constant => (balance.clone() - bias) * columns.query(meta, UNIT, SLOT),
            };
            let expected_key = constant(u64::from(ASSET_KEY))
                + key.clone() * Fp::from(asset_key::ID)
                + used.clone() * Fp::from(asset_key::USED)
                + settles.clone() * Fp::from(asset_key::SETTLES)
                + code.clone();
            Constraints::with_selector(
                q,
                [
                    ("settles is boolean", is_boolean(&settles)),
                    ("code is a settle group", is_code(code)),
                    (
                        "packed = balance + 2^99 key",
                        balance + key * power_of_two(BALANCE_BITS) - packed.clone(),
                    ),
                    ("an empty slot is zero", (constant(1) - used) * packed),
                    ("table key", expected_key - table_key),
                    ("v = balance + settled pnl", held + settles * settled - v),
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
            unit,
            q_asset,
        }
    }

    /// Assigns the slot whose first row is `offset`. `profits` is the positions' profit and loss per settle group.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        previous: Option<&AssetCells>,
        profits: &Sums,
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
        let mut pnl = Value::known(Fp::ZERO);
        for (g, sum) in profits.iter().enumerate() {
            let cell = columns.copy(region, offset, PROFITS[g], sum)?;
            pnl = pnl
                .zip(cell.value())
                .zip(code.value())
                .map(|((pnl, sum), code)| if *code == Fp::from(g as u64) { *sum } else { pnl });
        }
        let table_key =
            columns.assign(region, offset, TABLE_KEY, hint.map(AssetHint::table_key))?;
        let unit = match self.unit {
            Unit::Settlement => Fp::ONE,
            Unit::Constant => {
                columns.constant(region, offset, UNIT, unit)?;
                unit
            }
        };
        let v = balance.value().zip(slot.used.value()).zip(settles.value()).zip(pnl).map(
            |(((balance, used), settles), pnl)| {
                (*balance - *used * power_of_two(BALANCE_BITS - 1)) * unit + *settles * pnl
            },
        );
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
            &settles,
            &code,
        )?;
        Ok(AssetCells { slot, packed, equity, included, maintenance: None })
    }
}

/// All cells of a slot, under the names they have in it.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::{of, place};
    use zkmargin_gadgets::groups;
    [
        of(&[&[PACKED, V, CODE, SETTLES, TABLE_KEY], &PROFITS]),
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
        place(&groups::CELLS, GROUPS_ROWS, |name| match name {
            "amount" => SETTLES.name,
            "sum 0 in" => "incl. 0 in",
            "sum 1 in" => "incl. 1 in",
            "sum 2 in" => "incl. 2 in",
            "sum 3 in" => "incl. 3 in",
            "sum 0 out" => "incl. 0 out",
            "sum 1 out" => "incl. 1 out",
            "sum 2 out" => "incl. 2 out",
            "sum 3 out" => "incl. 3 out",
            other => other,
        }),
    ]
    .concat()
}
