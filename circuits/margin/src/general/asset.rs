//! An asset slot of the general profile: the balance on four rows, and a block for each figure of the rule.
//!
//! ```text
//! row  limbs                                       aux 0           aux 1         aux 2            aux 3         aux 4
//! 0    balance                                     signed balance  table key
//! 1    balance                                     balance         previous key  previous used    packed        own
//! 2    key (0-1), distance (2-3), balance top (4)  v               used          code             settles       key
//! 3    own (0-2)                                   pnl 0           pnl 1         pnl 2            pnl 3         amount
//! 10                                               incl. 0 in      incl. 1 in    incl. 2 in       incl. 3 in    settles
//! 11                                               incl. 0 out     incl. 1 out   incl. 2 out      incl. 3 out   code
//! 26                                                                             value of a debt
//! 27                                               key             weight word   own              reads own     own if read
//! 60                                               distance        is debt       one - 1          moved weight
//! 61                                               0
//! 70                                               weighted        unit          debts required   is debt       charge
//! 71                                               E in            E out         MM in            MM out
//! ```
//!
//! Below the balance: amount, value, sign of the value, own parameter, weight by size, weight, and charge on debts.

use super::by_size::{self, SizeConfig, SizeHint, Weighed};
use super::keys::{DEBT, Figure};
use super::line::{self, LineConfig};
use super::position::OWN_LIMBS;
use super::signed::{self, SignedConfig};
use crate::asset::AssetCells;
use crate::hints::AssetHint;
use crate::position::Gadgets;
use crate::settled;
use crate::tables::asset_key;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::cell::{At, aux, constant, is_boolean, limbs};
use zkmargin_gadgets::divide::{Form, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::keyed::KeyedCells;
use zkmargin_gadgets::larger::{self, LargerConfig};
use zkmargin_gadgets::range::{self, RangeConfig, limbs_of};
use zkmargin_gadgets::sign::{self, SignCells, SignConfig};
use zkmargin_gadgets::sorted::{self, SortedConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::Settlement;
use zkmargin_model::widths::{BALANCE_BITS, KEY_BITS};

// First rows of the blocks.
const AMOUNT: usize = 4;
const VALUE: usize = AMOUNT + signed::ROWS;
pub(crate) const SIGN: usize = VALUE + signed::ROWS;
/// Row beside the limbs of the magnitude.
const MOVED: usize = SIGN + 1;
const LARGER: usize = SIGN + sign::ROWS;
pub(crate) const BY_SIZE: usize = LARGER + larger::ROWS;
const LARGER_BY_SIZE: usize = BY_SIZE + by_size::ROWS;
const NOT_NEGATIVE: usize = LARGER_BY_SIZE + larger::ROWS;
/// Row beside the limbs of the comparison with zero.
const WEIGHED: usize = NOT_NEGATIVE + 1;
const WEIGHT: usize = NOT_NEGATIVE + larger::ROWS;
const CHARGE: usize = WEIGHT + Form::Deep.rows();
/// First of two rows beside the limbs of the charge.
const SUM: usize = CHARGE + line::FREE;

/// Rows of a slot.
pub(crate) const ROWS: usize = CHARGE + line::ROWS;

// First rows of the slot's other gadgets.
const BALANCE_ROWS: usize = 0;
const SORTED_ROWS: usize = 1;
const GROUPS_ROWS: usize = AMOUNT + signed::FREE;
const PUBLIC_WEIGHT: usize = LARGER + 1;
const FLAGS: usize = WEIGHT + line::FREE;

/// The balance, signed.
const SIGNED: At = aux("signed balance", 0, 0);
/// `2^20 + 16 id + 8 used + 4 settles + code`, the key of the asset's rows in the bracket table.
const TABLE_KEY: At = aux("table key", 1, 0);
/// Balance plus 2^98, in the asset's units; zero in an empty slot: 99 bits.
const BALANCE: At = range::TOPPED_WORD.below(BALANCE_ROWS).named("balance");
/// Balance, key and own parameter in one word, which the account commitment absorbs: 144 bits.
const PACKED: At = aux("packed", 3, 1);
/// The own parameter: 27 bits.
const PARAMETER: At = aux("own", 4, 1);
/// Amount with the profit and loss that settles in the asset: 133 bits and a sign.
const V: At = aux("v", 0, 2);
const USED: At = sorted::USED.below(SORTED_ROWS);
/// Settle group: 0 to 3, or up to 15.
const CODE: At = aux("code", 2, 2);
/// 1 when positions settle in the asset.
const SETTLES: At = aux("settles", 3, 2);
const KEY: At = sorted::KEY.below(SORTED_ROWS);
const PARAMETER_LIMBS: At = limbs("own", 0, OWN_LIMBS, 3);
const AMOUNT_COPY: At = aux("amount", 4, 3);

// Rows of the balance's gates.
const BALANCED: usize = 1;
const SLOT: usize = 2;

// What moves the weight, and a debt's value.
const IS_DEBT: At = sign::NEGATIVE.below(SIGN);
const MAGNITUDE: At = sign::MAGNITUDE.below(SIGN);
const DEBT_VALUE: At = aux("value of a debt", 2, SIGN);
const KEY_COPY: At = aux("key", 0, MOVED);
const WEIGHT_WORD: At = aux("weight word", 1, MOVED);
const OWN: At = aux("own", 2, MOVED);
const READS: At = aux("reads own", 3, MOVED);
const COMPARED: At = aux("own if read", 4, MOVED);

// The weight.
const DISTANCE: At = aux("distance", 0, WEIGHED);
const DEBT_OF_WEIGHT: At = aux("is debt", 1, WEIGHED);
const ONE_LESS: At = aux("one - 1", 2, WEIGHED);
const WEIGHT_OF: At = aux("moved weight", 3, WEIGHED);
const ZERO: At = aux("0", 0, WEIGHED + 1);

// The sums.
const WEIGHTED: At = aux("weighted", 0, SUM);
const UNIT: At = aux("unit", 1, SUM);
const REQUIRED: At = aux("debts required", 2, SUM);
const DEBT_OF_SUM: At = aux("is debt", 3, SUM);
const CHARGED: At = aux("charge", 4, SUM);
const EQUITY_IN: At = aux("E in", 0, SUM + 1);
const EQUITY_OUT: At = aux("E out", 1, SUM + 1);
const MAINTENANCE_IN: At = aux("MM in", 2, SUM + 1);
const MAINTENANCE_OUT: At = aux("MM out", 3, SUM + 1);

/// Configuration of a slot.
#[derive(Clone, Debug)]
pub(crate) struct GeneralAssetConfig {
    columns: Columns,
    range: RangeConfig,
    sorted: SortedConfig,
    settlement: Settlement,
    groups: settled::SlotConfig,
    line: LineConfig,
    signed: SignedConfig,
    sign: SignConfig,
    by_size: SizeConfig,
    larger: LargerConfig,
    q_balance: Selector,
    q_slot: Selector,
    q_moved: Selector,
    q_weight: Selector,
    q_sum: Selector,
}

impl GeneralAssetConfig {
    /// Creates the slot's gates.
    #[allow(clippy::too_many_arguments)] // Each is a gadget of the slot.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        settlement: Settlement,
        gadgets: Gadgets<'_>,
        line: &LineConfig,
        signed: &SignedConfig,
        sign: &SignConfig,
        by_size: &SizeConfig,
        larger: &LargerConfig,
    ) -> Self {
        let config = Self {
            columns: columns.clone(),
            range: gadgets.range.clone(),
            sorted: gadgets.sorted.clone(),
            settlement,
            groups: gadgets.groups.clone(),
            line: line.clone(),
            signed: signed.clone(),
            sign: sign.clone(),
            by_size: by_size.clone(),
            larger: larger.clone(),
            q_balance: meta.selector(),
            q_slot: meta.selector(),
            q_moved: meta.selector(),
            q_weight: meta.selector(),
            q_sum: meta.selector(),
        };
        config.balance_gates(meta);
        config.weight_gates(meta);
        config
    }

    fn balance_gates(&self, meta: &mut ConstraintSystem<Fp>) {
        let columns = &self.columns;
        meta.create_gate("general balance", |meta| {
            let q = meta.query_selector(self.q_balance);
            let [signed, table_key, balance, used, code, settles, key] = columns.query_all(
                meta,
                [SIGNED, TABLE_KEY, BALANCE, USED, CODE, SETTLES, KEY],
                BALANCED,
            );
            let bias = used.clone() * power_of_two(BALANCE_BITS - 1);
            let of = self.settlement;
            let expected_key = constant(asset_key::first(of))
                + key * Fp::from(asset_key::id(of))
                + used * Fp::from(asset_key::used(of))
                + settles * Fp::from(asset_key::settles(of))
                + code;
            Constraints::with_selector(
                q,
                [
                    ("balance without its bias", balance - bias - signed),
                    ("table key", expected_key - table_key),
                ],
            )
        });
        meta.create_gate("general asset slot", |meta| {
            let q = meta.query_selector(self.q_slot);
            let [balance, packed, own, v, used, code, settles, key] = columns.query_all(
                meta,
                [BALANCE, PACKED, PARAMETER, V, USED, CODE, SETTLES, KEY],
                SLOT,
            );
            let [limbs, amount] = columns.query_all(meta, [PARAMETER_LIMBS, AMOUNT_COPY], SLOT);
            let settled = settled::query(meta, columns, self.settlement, &code, &settles);
            let sum = balance
                + key * power_of_two(BALANCE_BITS)
                + own.clone() * power_of_two(BALANCE_BITS + KEY_BITS);
            Constraints::with_selector(
                q,
                [
                    ("settles is boolean", is_boolean(&settles)),
                    settled.constraint,
                    ("packed = balance + 2^99 key + 2^117 own", sum - packed.clone()),
                    ("an empty slot is zero", (constant(1) - used) * packed),
                    ("own is its limbs", limbs - own),
                    ("v = amount + settled pnl", amount + settled.amount - v),
                ],
            )
        });
    }

    fn weight_gates(&self, meta: &mut ConstraintSystem<Fp>) {
        let columns = &self.columns;
        meta.create_gate("what moves a weight", |meta| {
            let q = meta.query_selector(self.q_moved);
            let [is_debt, magnitude, debt, key, word, own, reads, compared] = columns.query_all(
                meta,
                [IS_DEBT, MAGNITUDE, DEBT_VALUE, KEY_COPY, WEIGHT_WORD, OWN, READS, COMPARED],
                MOVED,
            );
            Constraints::with_selector(
                q,
                [
                    ("value of a debt", is_debt.clone() * magnitude - debt),
                    ("weight word = key or that of a debt", key + is_debt * Fp::from(DEBT) - word),
                    ("own if it is read", own * reads - compared),
                ],
            )
        });
        meta.create_gate("weight", |meta| {
            let q = meta.query_selector(self.q_weight);
            let [distance, is_debt, one_less, weight] =
                columns.query_all(meta, [DISTANCE, DEBT_OF_WEIGHT, ONE_LESS, WEIGHT_OF], WEIGHED);
            let sign = is_debt * Fp::from(2) - constant(1);
            let name = "moved weight = one - distance, or one + distance of a debt";
            let expected = one_less + constant(1) + sign * distance;
            Constraints::with_selector(q, [(name, expected - weight)])
        });
        meta.create_gate("equity and requirement of an asset", |meta| {
            let q = meta.query_selector(self.q_sum);
            let [weighted, unit, required, is_debt, charged] =
                columns.query_all(meta, [WEIGHTED, UNIT, REQUIRED, DEBT_OF_SUM, CHARGED], SUM);
            let [equity_in, equity_out, maintenance_in, maintenance_out] = columns.query_all(
                meta,
                [EQUITY_IN, EQUITY_OUT, MAINTENANCE_IN, MAINTENANCE_OUT],
                SUM,
            );
            let value = weighted * unit;
            let moves = is_debt.clone() * required;
            // A debt that is required is no negative equity: 1 for a deposit, -1 for a debt, 0 for a required one.
            let sign = constant(1) - is_debt * Fp::from(2) + moves.clone();
            Constraints::with_selector(
                q,
                [
                    ("E out = E in + value", equity_in + sign * value.clone() - equity_out),
                    (
                        "MM out = MM in + required debt + charge",
                        maintenance_in + moves * value + charged - maintenance_out,
                    ),
                ],
            )
        });
    }

    /// Assigns the slot whose first row is `offset`. `profits` is what the last position slot passes on,
    /// `maintenance` the sum of their requirements.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        previous: Option<&AssetCells>,
        profits: &settled::SlotCells,
        maintenance: &FieldCell,
        hint: Value<&AssetHint>,
    ) -> Result<AssetCells, Error> {
        let columns = &self.columns;
        let free = |f: fn(&AssetHint) -> Fp| hint.map(f);
        let row = |f: fn(&AssetHint) -> BracketHint| hint.map(f);

        // The balance.
        let balance =
            self.range.two_rows_and_limb(region, offset + BALANCE_ROWS, free(|h| h.balance))?;
        let slot = self.sorted.assign(
            region,
            offset + SORTED_ROWS,
            previous.map(|p| &p.slot),
            free(|h| h.used),
            free(|h| h.key),
        )?;
        let own = columns.assign(region, offset, PARAMETER, free(|h| h.general.own))?;
        let own_limbs = own.value().map(|own| limbs_of(own, OWN_LIMBS)).transpose_vec(OWN_LIMBS);
        self.range.assign_limbs(region, offset, PARAMETER_LIMBS, &own_limbs)?;
        let packed = balance.value().zip(slot.key.value()).zip(own.value());
        let packed = packed.map(|((balance, key), own)| {
            *balance
                + *key * power_of_two(BALANCE_BITS)
                + *own * power_of_two(BALANCE_BITS + KEY_BITS)
        });
        let packed = columns.assign(region, offset, PACKED, packed)?;
        let signed = balance.value().zip(slot.used.value());
        let signed =
            signed.map(|(balance, used)| *balance - *used * power_of_two(BALANCE_BITS - 1));
        let signed = columns.assign(region, offset, SIGNED, signed)?;
        let code = columns.assign(region, offset, CODE, free(|h| h.code))?;
        let settles = columns.assign(region, offset, SETTLES, free(|h| h.settles))?;
        let table_key = hint.map(|h| h.table_key(self.settlement));
        let table_key = columns.assign(region, offset, TABLE_KEY, table_key)?;
        self.q_balance.enable(region, offset + BALANCED)?;

        // Amount with profit and loss, and its value.
        let amount = self.signed.assign(
            region,
            offset + AMOUNT,
            &signed,
            &slot.key,
            Figure::Amount,
            row(|h| h.general.amount),
        )?;
        let amount = columns.copy(region, offset, AMOUNT_COPY, &amount)?;
        let taken = free(|h| h.taken);
        let settled = settled::assign(region, columns, offset, profits, [&code, &settles], taken)?;
        let v = amount.value().zip(settled.amount).map(|(amount, settled)| *amount + settled);
        let v = columns.assign(region, offset, V, v)?;
        self.q_slot.enable(region, offset + SLOT)?;
        let value =
            self.signed.keyed(region, offset + VALUE, &v, &table_key, row(|h| h.general.value))?;
        let SignCells { negative: is_debt, magnitude } =
            self.sign.assign(region, offset + SIGN, &value, free(|h| h.general.is_debt))?;

        // Weight.
        let keyed = |region: &mut Region<'_, Fp>, at, of: &FieldCell, figure: Figure, hint| {
            self.line.keyed.look_up(region, offset + at, of, figure.first_field(), hint)
        };
        let KeyedCells { a: reads, b: required, last: unit } =
            keyed(region, FLAGS, &slot.key, Figure::Flags, row(|h| h.general.flags))?;
        let key = columns.copy(region, offset, KEY_COPY, &slot.key)?;
        let word = key.value().zip(is_debt.value());
        let word = word.map(|(key, is_debt)| *key + *is_debt * Fp::from(DEBT));
        let word = columns.assign(region, offset, WEIGHT_WORD, word)?;
        let debt = magnitude.value().zip(is_debt.value()).map(|(x, is_debt)| *x * is_debt);
        let debt = columns.assign(region, offset, DEBT_VALUE, debt)?;
        let own = columns.copy(region, offset, OWN, &own)?;
        let reads = columns.copy(region, offset, READS, &reads)?;
        let compared = own.value().zip(reads.value()).map(|(own, reads)| *own * reads);
        let compared = columns.assign(region, offset, COMPARED, compared)?;
        self.q_moved.enable(region, offset + MOVED)?;
        let KeyedCells { a: public, b, last: one_less } =
            keyed(region, PUBLIC_WEIGHT, &word, Figure::Deposit, row(|h| h.general.weight))?;
        let decides = free(|h| h.general.own_decides);
        let distance =
            self.larger.assign(region, offset + LARGER, [&public, &compared], decides)?;
        let weighed = Weighed {
            amount: &v,
            key: &slot.key,
            word: &word,
            is_debt: &is_debt,
            one_less: &one_less,
        };
        let by_size = hint.map(|h| &h.general.by_size);
        let by_size = self.by_size.assign(region, offset + BY_SIZE, weighed, by_size)?;
        let decides = free(|h| h.general.size_decides);
        let distance =
            self.larger.assign(region, offset + LARGER_BY_SIZE, [&distance, &by_size], decides)?;
        let distance = columns.copy(region, offset, DISTANCE, &distance)?;
        columns.copy(region, offset, DEBT_OF_WEIGHT, &is_debt)?;
        let one_less = columns.copy(region, offset, ONE_LESS, &one_less)?;
        let weight = distance.value().zip(is_debt.value()).zip(one_less.value());
        let weight = weight.map(|((distance, is_debt), one_less)| {
            *one_less + Fp::ONE + (is_debt.double() - Fp::ONE) * distance
        });
        let weight = columns.assign(region, offset, WEIGHT_OF, weight)?;
        self.q_weight.enable(region, offset + WEIGHED)?;
        // An own parameter above one leaves a deposit no weight.
        let zero = columns.constant(region, offset, ZERO, Fp::ZERO)?;
        let none = free(|h| h.general.weighs_nothing);
        let weight = self.larger.assign(region, offset + NOT_NEGATIVE, [&weight, &zero], none)?;
        let line = Line { x: &magnitude, a: &weight, b: &b, last: &one_less };
        let weighted =
            self.line.divide.assign(region, offset + WEIGHT, Form::Deep, line, line.quotient())?;

        // Charge and sums.
        let charged = self.line.assign(
            region,
            offset + CHARGE,
            &debt,
            &slot.key,
            Figure::DebtCharge,
            row(|h| h.general.charge),
        )?;
        let before = previous.map(|p| &p.equity);
        let maintenance = previous.and_then(|p| p.maintenance.as_ref()).unwrap_or(maintenance);
        let parts = [&weighted, &unit, &required, &is_debt, &charged];
        let (equity, maintenance) = self.sums(region, offset, parts, before, maintenance)?;
        let included = self.groups.assign(
            region,
            offset + GROUPS_ROWS,
            previous.map(|p| &p.included),
            &settled.counted,
            &code,
        )?;
        Ok(AssetCells { slot, packed, equity, included, maintenance: Some(maintenance) })
    }

    /// Equity and sum of requirements with this asset's.
    fn sums(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        [weighted, unit, required, is_debt, charged]: [&FieldCell; 5],
        equity: Option<&FieldCell>,
        maintenance: &FieldCell,
    ) -> Result<(FieldCell, FieldCell), Error> {
        let columns = &self.columns;
        let weighted = columns.copy(region, offset, WEIGHTED, weighted)?;
        let unit = columns.copy(region, offset, UNIT, unit)?;
        let required = columns.copy(region, offset, REQUIRED, required)?;
        let is_debt = columns.copy(region, offset, DEBT_OF_SUM, is_debt)?;
        let charged = columns.copy(region, offset, CHARGED, charged)?;
        let equity = columns.copy_or_constant(region, offset, EQUITY_IN, equity, Fp::ZERO)?;
        let maintenance = columns.copy(region, offset, MAINTENANCE_IN, maintenance)?;
        let value = weighted.value().zip(unit.value()).map(|(weighted, unit)| *weighted * unit);
        let moves = required.value().zip(is_debt.value());
        let moves = moves.map(|(required, is_debt)| *required * is_debt);
        let sign = is_debt.value().zip(moves);
        let sign = sign.map(|(is_debt, moves)| Fp::ONE - is_debt.double() + moves);
        let equity = equity.value().zip(sign).zip(value);
        let equity = equity.map(|((equity, sign), value)| *equity + sign * value);
        let sum = maintenance.value().zip(moves).zip(value).zip(charged.value());
        let sum = sum.map(|(((sum, moves), value), charged)| *sum + moves * value + charged);
        self.q_sum.enable(region, offset + SUM)?;
        let equity = columns.assign(region, offset, EQUITY_OUT, equity)?;
        Ok((equity, columns.assign(region, offset, MAINTENANCE_OUT, sum)?))
    }
}

/// Free cells of an asset slot in the general profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneralAssetHint {
    /// The own parameter.
    pub own: Fp,
    /// Whether the value is negative.
    pub is_debt: Fp,
    /// Whether the own parameter decides the weight.
    pub own_decides: Fp,
    /// Whether the size of what is held decides the weight.
    pub size_decides: Fp,
    /// Whether the own parameter leaves a deposit no weight.
    pub weighs_nothing: Fp,
    /// Row of the amount.
    pub amount: BracketHint,
    /// Row of the value.
    pub value: BracketHint,
    /// Row of the flags.
    pub flags: BracketHint,
    /// Row of the weight of this sign.
    pub weight: BracketHint,
    /// Row of the charge on debts.
    pub charge: BracketHint,
    /// Weight by the size of what is held.
    pub by_size: SizeHint,
}

impl GeneralAssetHint {
    /// An empty slot.
    pub fn empty() -> Self {
        let row = BracketHint::default();
        Self {
            own: Fp::ZERO,
            is_debt: Fp::ZERO,
            own_decides: Fp::ZERO,
            size_decides: Fp::ZERO,
            weighs_nothing: Fp::ZERO,
            amount: signed::EMPTY,
            value: signed::EMPTY,
            flags: row,
            weight: row,
            charge: row,
            by_size: SizeHint::empty(),
        }
    }
}

/// Cells of the balance and of what is between the blocks, under the names they have in the slot.
#[cfg(test)]
pub(crate) fn slot_cells(settlement: Settlement) -> Vec<At> {
    use crate::layout::{of, place};
    let mut all = of(&[
        &[SIGNED, TABLE_KEY, PACKED, PARAMETER, V, CODE, SETTLES],
        &[PARAMETER_LIMBS, AMOUNT_COPY],
        &[DEBT_VALUE, KEY_COPY, WEIGHT_WORD, OWN, READS, COMPARED],
        &[DISTANCE, DEBT_OF_WEIGHT, ONE_LESS, WEIGHT_OF, ZERO],
        &[WEIGHTED, UNIT, REQUIRED, DEBT_OF_SUM, CHARGED],
        &[EQUITY_IN, EQUITY_OUT, MAINTENANCE_IN, MAINTENANCE_OUT],
    ]);
    all.extend(place(&[&range::TOPPED], BALANCE_ROWS, |name| match name {
        "top" => "balance top",
        _ => BALANCE.name,
    }));
    all.extend(place(&sorted::CELLS, SORTED_ROWS, |name| name));
    all.extend(settled::asset_cells(settlement));
    all.extend(crate::asset::counted_cells(settlement, GROUPS_ROWS));
    all
}

/// All cells of a slot.
#[cfg(test)]
pub(crate) fn cells(settlement: Settlement) -> Vec<At> {
    use crate::layout::place;
    use zkmargin_gadgets::{divide, keyed};
    let mut all = slot_cells(settlement);
    all.extend(place(&[&signed::cells()], AMOUNT, |name| name));
    all.extend(place(&[&signed::keyed_cells()], VALUE, |name| name));
    all.extend(place(&sign::CELLS, SIGN, |name| name));
    all.extend(place(&[&by_size::cells()], BY_SIZE, |name| name));
    for block in [LARGER, LARGER_BY_SIZE, NOT_NEGATIVE] {
        all.extend(place(&larger::CELLS, block, |name| name));
    }
    all.extend(place(&[&divide::cells(Form::Deep)], WEIGHT, |name| name));
    all.extend(place(&[&line::cells()], CHARGE, |name| name));
    for row in [PUBLIC_WEIGHT, FLAGS] {
        all.extend(place(&keyed::CELLS, row, |name| name));
    }
    all
}
