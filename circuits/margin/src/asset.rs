//! An asset slot: nine rows.
//!
//! ```text
//! row  limbs 0..5                    aux 0    aux 1     aux 2      aux 3      aux 4
//! 0    balance
//! 1    balance                       balance  prev key  prev used  packed
//! 2    key, distance | balance top   v        used      code       settles    key
//! 3    v - lo                        profit and loss per settle group         table key
//! 4    v - lo
//! 5    v - lo                        v        table key slope      intercept  v - lo
//! 6    hi - v                        1        value     sum out    sum in     hi - v
//! 7    hi - v                        inclusions in                            settles
//! 8    hi - v                        inclusions out                           code
//! ```

use crate::hints::AssetHint;
use crate::tables::ASSET_KEY;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::{BracketConfig, Factor};
use zkmargin_gadgets::groups::{GROUPS, GroupsConfig, Sums, indicator, is_code};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::RangeConfig;
use zkmargin_gadgets::sorted::{SlotKey, SortedConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::BALANCE_BITS;

/// Asset slot configuration.
#[derive(Clone, Debug)]
pub struct AssetConfig {
    columns: Columns,
    range: RangeConfig,
    sorted: SortedConfig,
    bracket: BracketConfig,
    groups: GroupsConfig,
    q_asset: Selector,
}

/// What a slot hands to the next one.
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
}

fn constant(value: u64) -> Expression<Fp> {
    Expression::Constant(Fp::from(value))
}

impl AssetConfig {
    /// Creates the slot's gate.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
        sorted: &SortedConfig,
        bracket: &BracketConfig,
        groups: &GroupsConfig,
    ) -> Self {
        let q_asset = meta.selector();
        let aux = columns.aux;
        let (prev, cur, next) = (Rotation::prev(), Rotation::cur(), Rotation::next());

        // On row 2.
        meta.create_gate("asset slot", |meta| {
            let q = meta.query_selector(q_asset);
            let balance = meta.query_advice(aux[0], prev);
            let packed = meta.query_advice(aux[3], prev);
            let v = meta.query_advice(aux[0], cur);
            let used = meta.query_advice(aux[1], cur);
            let code = meta.query_advice(aux[2], cur);
            let settles = meta.query_advice(aux[3], cur);
            let key = meta.query_advice(aux[4], cur);
            let table_key = meta.query_advice(aux[4], next);
            let settled = (0..GROUPS)
                .map(|g| indicator(code.clone(), g) * meta.query_advice(aux[g], next))
                .reduce(|sum, term| sum + term)
                .unwrap_or(constant(0));
            let bias = used.clone() * power_of_two(BALANCE_BITS - 1);
            let expected_key = constant(u64::from(ASSET_KEY))
                + key.clone() * Fp::from(16)
                + used.clone() * Fp::from(8)
                + settles.clone() * Fp::from(4)
                + code.clone();
            Constraints::with_selector(
                q,
                [
                    ("settles is boolean", settles.clone() * (constant(1) - settles.clone())),
                    ("code is a settle group", is_code(code)),
                    (
                        "packed = balance + 2^99 key",
                        balance.clone() + key * power_of_two(BALANCE_BITS) - packed.clone(),
                    ),
                    ("an empty slot is zero", (constant(1) - used) * packed),
                    ("table key", expected_key - table_key),
                    ("v = balance + settled pnl", balance - bias + settles * settled - v),
                ],
            )
        });
        Self {
            columns: columns.clone(),
            range: range.clone(),
            sorted: sorted.clone(),
            bracket: bracket.clone(),
            groups: groups.clone(),
            q_asset,
        }
    }

    /// Assigns the slot whose first row is `offset`. `profits` is the positions' profit and loss per settle group.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        previous: Option<&AssetCells>,
        profits: &Sums,
        hint: Value<&AssetHint>,
    ) -> Result<AssetCells, Error> {
        let aux = &self.columns.aux;
        let free = |f: fn(&AssetHint) -> Fp| hint.map(f);

        let balance = self.range.two_rows_and_limb(region, offset, free(|h| h.balance))?;
        let slot = self.sorted.assign(
            region,
            offset + 1,
            previous.map(|p| &p.slot),
            free(|h| h.used),
            free(|h| h.key),
        )?;
        let packed = balance.value().zip(slot.key.value());
        let packed = packed.map(|(balance, key)| *balance + *key * power_of_two(BALANCE_BITS));
        let packed = region.assign_advice(|| "packed", aux[3], offset + 1, || packed)?;

        let row = offset + 2;
        let code = region.assign_advice(|| "code", aux[2], row, || free(|h| h.code))?;
        let settles = region.assign_advice(|| "settles", aux[3], row, || free(|h| h.settles))?;
        let mut pnl = Value::known(Fp::ZERO);
        for (g, sum) in profits.iter().enumerate() {
            let cell = sum.copy_advice(|| "settled pnl", region, aux[g], row + 1)?;
            pnl = pnl
                .zip(cell.value())
                .zip(code.value())
                .map(|((pnl, sum), code)| if *code == Fp::from(g as u64) { *sum } else { pnl });
        }
        let table_key = region.assign_advice(
            || "table key",
            aux[4],
            row + 1,
            || hint.map(AssetHint::table_key),
        )?;
        let v = balance.value().zip(slot.used.value()).zip(settles.value()).zip(pnl).map(
            |(((balance, used), settles), pnl)| {
                *balance - *used * power_of_two(BALANCE_BITS - 1) + *settles * pnl
            },
        );
        let v = region.assign_advice(|| "v", aux[0], row, || v)?;
        self.q_asset.enable(region, row)?;

        let collateral = self.bracket.assign(
            region,
            offset + 3,
            &v,
            &table_key,
            Factor::One,
            previous.map(|p| &p.equity),
            hint.map(|h| h.bracket),
        )?;
        let included = self.groups.assign(
            region,
            offset + 7,
            previous.map(|p| &p.included),
            &settles,
            &code,
        )?;
        Ok(AssetCells { slot, packed, equity: collateral.sum, included })
    }
}
