//! Open orders of a position: what they can make of it, and what each requires.
//!
//! ```text
//! row  limbs        aux 0       aux 1        aux 2        aux 3   aux 4
//! 0    bids
//! 1    bids
//! 2    asks         bids        side         size         used    orders
//! 3    asks         bought      sold         1 / size
//! 4    count (0-1)  asks        count
//! 6                 key - side  sided key
//! 9                 key - side  sided key    own fee      own in  own out
//! 10                count       fee          MM in        MM out  cross
//! 17                size sold   size bought  larger size
//! ```
//!
//! The blocks are those of two signs, of the notional with all bids filled and of the larger of both; the notional with
//! all asks filled is in the slot's own place. In a record with orders the slot's `size - 1` is the size itself, which can
//! be zero, and is on the long side then.

use super::keys::Figure;
use super::line::{self, LineConfig};
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::cell::{At, aux, constant, limbs};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::keyed::KeyedCells;
use zkmargin_gadgets::larger::{self, LargerConfig};
use zkmargin_gadgets::range::{self, LIMBS, RangeConfig, limbs_of};
use zkmargin_gadgets::sign::{self, SignCells, SignConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::Profile;
use zkmargin_model::widths::{LIMB_BITS, NARROW_ORDERS_BITS, ORDERS_BITS, SIZE_BITS};

// First rows of the blocks.
const BIDS_ROWS: usize = 0;
const ASKS_ROWS: usize = 2;
const BOUGHT_ROWS: usize = 5;
const SOLD_ROWS: usize = BOUGHT_ROWS + sign::ROWS;
const NOTIONAL: usize = SOLD_ROWS + sign::ROWS;
const LARGER: usize = NOTIONAL + line::ROWS;

/// Rows of the block.
pub(super) const ROWS: usize = LARGER + larger::ROWS;

/// Limbs of a number of orders.
const COUNT_LIMBS: usize = (ORDERS_BITS / LIMB_BITS) as usize;

/// Size of all bids: 90 bits, or 81 beside an allocation.
const BIDS: At = range::TWO_ROWS_WORD.below(BIDS_ROWS).named("bids");
/// Size of all asks, likewise.
const ASKS: At = range::TWO_ROWS_WORD.below(ASKS_ROWS).named("asks");
const SIDE: At = aux("side", 1, 2);
const SIZE: At = aux("size", 2, 2);
const USED: At = aux("used", 3, 2);
/// Bids, asks and their number in one word, which the account commitment absorbs: 198 bits, or 243 with an allocation.
const WORD: At = aux("orders", 4, 2);
/// The size when all bids are filled: 91 bits and a sign.
const BOUGHT: At = aux("bought", 0, 3);
/// The size when all asks are filled, likewise.
const SOLD: At = aux("sold", 1, 3);
const INVERSE: At = aux("1 / size", 2, 3);
/// Number of orders: 18 bits.
const COUNT: At = aux("count", 1, 4);
const COUNT_LIMBS_AT: At = limbs("count", 0, COUNT_LIMBS, 4);
/// In a record with allocations, what is assigned to the position: 63 bits.
const ALLOCATION: At = aux("allocation", 2, 4);
/// The highest limb of a size, on its second row: none beside an allocation.
const TOP_LIMB: At = limbs("top", LIMBS - 1, 1, 1);

// Below a sign: the key under which the notional of that side is looked up.
const NEGATIVE: At = sign::NEGATIVE;
const KEY: At = aux("key - side", 0, 1);
const SIDED: At = aux("sided key", 1, 1);

// What the tier variable and the root are made of.
const SOLD_SIZE: At = aux("size sold", 0, LARGER + 1);
const BOUGHT_SIZE: At = aux("size bought", 1, LARGER + 1);
/// The larger position: 91 bits.
const WORST: At = aux("larger size", 2, LARGER + 1);
const IS_BOUGHT: At = larger::IS_Y.below(LARGER);

// What orders require.
const FEES: usize = SOLD_ROWS + 2;
const FEE_COUNT: At = aux("count", 0, FEES);
/// Fee of an order in margin units: 72 bits.
const FEE: At = aux("fee", 1, FEES);
const SUM_IN: At = aux("MM in", 2, FEES);
const SUM_OUT: At = aux("MM out", 3, FEES);
/// 1 for a position in the cross book; where positions can be isolated, like the next three.
const CROSS: At = aux("cross", 4, FEES);
/// Fee of an order before it is converted: 72 bits.
const OWN_FEE: At = aux("own fee", 2, FEES - 1);
const OWN_IN: At = aux("own in", 3, FEES - 1);
const OWN_OUT: At = aux("own out", 4, FEES - 1);

// Rows of the gates.
const RECORD: usize = 3;
const SIDED_GATE: usize = 1;
const WORST_GATE: usize = LARGER + 1;

/// Configuration of the block.
#[derive(Clone, Debug)]
pub(super) struct OrdersConfig {
    columns: Columns,
    range: RangeConfig,
    line: LineConfig,
    sign: SignConfig,
    larger: LargerConfig,
    /// Whether positions can be isolated.
    isolated: bool,
    /// In a record with allocations: where a size has no highest limb.
    q_narrow: Option<Selector>,
    q_record: Selector,
    q_sided: Selector,
    q_worst: Selector,
    q_fees: Selector,
}

/// Cells of the slot that the block reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<'a> {
    /// 1 for a short position.
    pub(super) side: &'a FieldCell,
    pub(super) size: &'a FieldCell,
    pub(super) used: &'a FieldCell,
    /// The key less the side.
    pub(super) key: &'a FieldCell,
    /// What is assigned to it, in a record with allocations.
    pub(super) allocation: Option<&'a FieldCell>,
}

/// What orders make of a position.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    /// The second word of the record.
    pub(super) word: FieldCell,
    count: FieldCell,
    bought: Sided,
    /// When all asks are filled.
    pub(super) sold: Sided,
}

/// A position with its side.
#[derive(Clone, Debug)]
pub(super) struct Sided {
    /// Magnitude of the size.
    pub(super) size: FieldCell,
    /// The key with the side.
    pub(super) key: FieldCell,
}

impl OrdersConfig {
    /// Creates the gates.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        range: &RangeConfig,
        line: &LineConfig,
        sign: &SignConfig,
        larger: &LargerConfig,
    ) -> Self {
        let config = Self {
            columns: columns.clone(),
            range: range.clone(),
            line: line.clone(),
            sign: sign.clone(),
            larger: larger.clone(),
            isolated: profile.has_isolated(),
            q_record: meta.selector(),
            q_sided: meta.selector(),
            q_worst: meta.selector(),
            q_fees: meta.selector(),
            q_narrow: profile.allocations.then(|| meta.selector()),
        };
        config.gates(meta);
        config
    }

    fn gates(&self, meta: &mut ConstraintSystem<Fp>) {
        let columns = &self.columns;
        meta.create_gate("open orders", |meta| {
            let q = meta.query_selector(self.q_record);
            let [bids, asks, side, size, used, word, bought, sold] =
                columns.query_all(meta, [BIDS, ASKS, SIDE, SIZE, USED, WORD, BOUGHT, SOLD], RECORD);
            let [inverse, count, limbs] =
                columns.query_all(meta, [INVERSE, COUNT, COUNT_LIMBS_AT], RECORD);
            let (of_word, sum) = match self.q_narrow {
                None => {
                    let sum = bids.clone()
                        + asks.clone() * power_of_two(SIZE_BITS)
                        + count.clone() * power_of_two(2 * SIZE_BITS);
                    ("orders = bids + 2^90 asks + 2^180 count", sum)
                }
                Some(_) => {
                    let allocation = columns.query(meta, ALLOCATION, RECORD);
                    let sum = bids.clone()
                        + asks.clone() * power_of_two(NARROW_ORDERS_BITS)
                        + count.clone() * power_of_two(2 * NARROW_ORDERS_BITS)
                        + allocation * power_of_two(2 * NARROW_ORDERS_BITS + ORDERS_BITS);
                    ("orders = bids + 2^81 asks + 2^162 count + 2^180 allocation", sum)
                }
            };
            let held = (constant(1) - side.clone() * Fp::from(2)) * size.clone();
            Constraints::with_selector(
                q,
                [
                    ("count is its limbs", limbs - count),
                    (of_word, sum - word.clone()),
                    ("an empty slot has no orders", (constant(1) - used) * word),
                    ("a short has a size", side.clone() * (size * inverse.clone() - constant(1))),
                    ("no inverse of a long", (constant(1) - side) * inverse),
                    ("bought = position + bids", held.clone() + bids - bought),
                    ("sold = position - asks", held - asks - sold),
                ],
            )
        });
        if let Some(q_narrow) = self.q_narrow {
            meta.create_gate("sizes beside an allocation", |meta| {
                let q = meta.query_selector(q_narrow);
                let top = columns.query(meta, TOP_LIMB, TOP_LIMB.row);
                Constraints::with_selector(q, [("81 bits beside an allocation", top)])
            });
        }
        meta.create_gate("side with orders filled", |meta| {
            let q = meta.query_selector(self.q_sided);
            let [negative, key, sided] =
                columns.query_all(meta, [NEGATIVE, KEY, SIDED], SIDED_GATE);
            Constraints::with_selector(q, [("sided key = key + negative", key + negative - sided)])
        });
        meta.create_gate("larger position", |meta| {
            let q = meta.query_selector(self.q_worst);
            let [is_bought, sold, bought, worst] =
                columns.query_all(meta, [IS_BOUGHT, SOLD_SIZE, BOUGHT_SIZE, WORST], WORST_GATE);
            let expected = sold.clone() + is_bought * (bought - sold);
            Constraints::with_selector(q, [("size of the larger notional", expected - worst)])
        });
        meta.create_gate("fees of orders", |meta| {
            let q = meta.query_selector(self.q_fees);
            let [count, fee, sum_in, sum_out] =
                columns.query_all(meta, [FEE_COUNT, FEE, SUM_IN, SUM_OUT], FEES);
            let fees = count.clone() * fee;
            let fees = match self.isolated {
                true => columns.query(meta, CROSS, FEES) * fees,
                false => fees,
            };
            let own = self.isolated.then(|| {
                let [fee, own_in, own_out] =
                    columns.query_all(meta, [OWN_FEE, OWN_IN, OWN_OUT], FEES);
                ("own requirement with fees", own_in + count * fee - own_out)
            });
            let sum = ("MM out = MM in + count fee", sum_in + fees - sum_out);
            Constraints::with_selector(q, std::iter::once(sum).chain(own).collect::<Vec<_>>())
        });
    }

    /// Assigns the orders, and what the position becomes when they are filled.
    pub(super) fn filled(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        held: Held<'_>,
        hint: Value<&OrdersHint>,
    ) -> Result<Filled, Error> {
        let columns = &self.columns;
        let bids = self.range.two_rows(region, offset + BIDS_ROWS, hint.map(|h| h.bids))?;
        let asks = self.range.two_rows(region, offset + ASKS_ROWS, hint.map(|h| h.asks))?;
        let side = columns.copy(region, offset, SIDE, held.side)?;
        let size = columns.copy(region, offset, SIZE, held.size)?;
        columns.copy(region, offset, USED, held.used)?;
        let count = columns.assign(region, offset, COUNT, hint.map(|h| h.count))?;
        let count_limbs = count.value().map(|count| limbs_of(count, COUNT_LIMBS));
        let count_limbs = count_limbs.transpose_vec(COUNT_LIMBS);
        self.range.assign_limbs(region, offset, COUNT_LIMBS_AT, &count_limbs)?;
        let size_bits = if self.q_narrow.is_some() { NARROW_ORDERS_BITS } else { SIZE_BITS };
        let words = bids.value().zip(asks.value()).zip(count.value());
        let mut word = words.map(|((bids, asks), count)| {
            *bids + *asks * power_of_two(size_bits) + *count * power_of_two(2 * size_bits)
        });
        if let Some((q_narrow, allocation)) = self.q_narrow.zip(held.allocation) {
            let allocation = columns.copy(region, offset, ALLOCATION, allocation)?;
            let above = power_of_two(2 * size_bits + ORDERS_BITS);
            word = word.zip(allocation.value()).map(|(word, of)| word + *of * above);
            for size in [BIDS_ROWS, ASKS_ROWS] {
                q_narrow.enable(region, offset + size + TOP_LIMB.row)?;
            }
        }
        let word = columns.assign(region, offset, WORD, word)?;
        let inverse = size.value().zip(side.value());
        let inverse = inverse.map(|(size, side)| size.invert().unwrap_or(Fp::ZERO) * side);
        columns.assign(region, offset, INVERSE, inverse)?;
        let signed = side.value().zip(size.value());
        let signed = signed.map(|(side, size)| (Fp::ONE - side.double()) * size);
        let bought = signed.zip(bids.value()).map(|(size, bids)| size + bids);
        let bought = columns.assign(region, offset, BOUGHT, bought)?;
        let sold = signed.zip(asks.value()).map(|(size, asks)| size - asks);
        let sold = columns.assign(region, offset, SOLD, sold)?;
        self.q_record.enable(region, offset + RECORD)?;
        let [is_short, is_short_sold] = [0, 1].map(|at| hint.map(|h| h.shorts[at]));
        let bought = self.sided(region, offset + BOUGHT_ROWS, &bought, held.key, is_short)?;
        let sold = self.sided(region, offset + SOLD_ROWS, &sold, held.key, is_short_sold)?;
        Ok(Filled { word, count, bought, sold })
    }

    /// Sign and magnitude of a size, with the key of its side.
    fn sided(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        size: &FieldCell,
        key: &FieldCell,
        is_short: Value<Fp>,
    ) -> Result<Sided, Error> {
        let SignCells { negative, magnitude } = self.sign.assign(region, offset, size, is_short)?;
        let key = self.columns.copy(region, offset, KEY, key)?;
        let sided = key.value().zip(negative.value()).map(|(key, negative)| *key + negative);
        let key = self.columns.assign(region, offset, SIDED, sided)?;
        self.q_sided.enable(region, offset + SIDED_GATE)?;
        Ok(Sided { size: magnitude, key })
    }

    /// Assigns the larger of both: its size and its first notional.
    pub(super) fn worst(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        Filled { bought, sold, .. }: &Filled,
        of_asks: &FieldCell,
        hint: Value<&OrdersHint>,
    ) -> Result<[FieldCell; 2], Error> {
        let columns = &self.columns;
        let row = hint.map(|h| h.notional);
        let at = offset + NOTIONAL;
        let of_bids =
            self.line.assign(region, at, &bought.size, &bought.key, Figure::Notional, row)?;
        let decides = hint.map(|h| h.bids_decide);
        let notional = self.larger.assign(region, offset + LARGER, [of_asks, &of_bids], decides)?;
        let sold = columns.copy(region, offset, SOLD_SIZE, &sold.size)?;
        let bought = columns.copy(region, offset, BOUGHT_SIZE, &bought.size)?;
        let worst = sold.value().zip(bought.value()).zip(decides);
        let worst = worst.map(|((sold, bought), is_bought)| *sold + is_bought * (*bought - sold));
        let worst = columns.assign(region, offset, WORST, worst)?;
        self.q_worst.enable(region, offset + WORST_GATE)?;
        Ok([worst, notional])
    }

    /// Adds what the orders require to the sum of the cross book, and to the position's own requirement where it can be
    /// isolated.
    pub(super) fn fees(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        Fees { key, filled, cross, sum, own }: Fees<'_>,
        hint: Value<&OrdersHint>,
    ) -> Result<(FieldCell, Option<FieldCell>), Error> {
        let columns = &self.columns;
        let (at, first) = (offset + NOTIONAL + line::FREE, Figure::OrderFee.first_field());
        let KeyedCells { a: fee, b: own_fee, .. } =
            self.line.keyed.look_up(region, at, key, first, hint.map(|h| h.fee))?;
        let count = columns.copy(region, offset, FEE_COUNT, &filled.count)?;
        let fee = columns.copy(region, offset, FEE, &fee)?;
        let sum = columns.copy(region, offset, SUM_IN, sum)?;
        let mut fees = count.value().zip(fee.value()).map(|(count, fee)| *count * fee);
        if let Some(cross) = cross {
            let cross = columns.copy(region, offset, CROSS, cross)?;
            fees = fees.zip(cross.value()).map(|(fees, cross)| fees * cross);
        }
        let sum = sum.value().zip(fees).map(|(sum, fees)| *sum + fees);
        let sum = columns.assign(region, offset, SUM_OUT, sum)?;
        let own = own.map(|own| {
            let fee = columns.copy(region, offset, OWN_FEE, &own_fee)?;
            let own = columns.copy(region, offset, OWN_IN, own)?;
            let fees = count.value().zip(fee.value()).map(|(count, fee)| *count * fee);
            let own = own.value().zip(fees).map(|(own, fees)| *own + fees);
            columns.assign(region, offset, OWN_OUT, own)
        });
        self.q_fees.enable(region, offset + FEES)?;
        Ok((sum, own.transpose()?))
    }
}

/// What fees are added to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fees<'a> {
    /// The position's key less its side.
    pub(super) key: &'a FieldCell,
    pub(super) filled: &'a Filled,
    /// Where positions can be isolated: 1 for one in the cross book.
    pub(super) cross: Option<&'a FieldCell>,
    /// Sum of requirements of the cross book.
    pub(super) sum: &'a FieldCell,
    /// Where positions can be isolated: the position's own requirement.
    pub(super) own: Option<&'a FieldCell>,
}

/// Free cells of a position slot with open orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrdersHint {
    /// Size of all bids.
    pub bids: Fp,
    /// Size of all asks.
    pub asks: Fp,
    /// Number of orders.
    pub count: Fp,
    /// What is assigned to the position; read where records have allocations.
    pub allocation: Fp,
    /// Whether the position is short when all bids are filled, and when all asks are.
    pub shorts: [Fp; 2],
    /// Whether filled bids have the larger notional.
    pub bids_decide: Fp,
    /// Row of the first notional with all bids filled.
    pub notional: BracketHint,
    /// Row of the fee.
    pub fee: BracketHint,
}

impl OrdersHint {
    /// An empty slot.
    pub fn empty() -> Self {
        Self {
            bids: Fp::ZERO,
            asks: Fp::ZERO,
            count: Fp::ZERO,
            allocation: Fp::ZERO,
            shorts: [Fp::ZERO; 2],
            bids_decide: Fp::ZERO,
            notional: BracketHint::default(),
            fee: BracketHint::default(),
        }
    }
}

/// Cells of the block that are not those of gadgets.
#[cfg(test)]
pub(crate) fn own_cells(profile: Profile) -> Vec<At> {
    use crate::layout::{of, place};
    let mut all = of(&[
        &[SIDE, SIZE, USED, WORD, BOUGHT, SOLD, INVERSE, COUNT, COUNT_LIMBS_AT],
        &[SOLD_SIZE, BOUGHT_SIZE, WORST, FEE_COUNT, FEE, SUM_IN, SUM_OUT],
    ]);
    all.extend(place(&[&range::TWO_ROWS], BIDS_ROWS, |_| BIDS.name));
    all.extend(place(&[&range::TWO_ROWS], ASKS_ROWS, |_| ASKS.name));
    for block in [BOUGHT_ROWS, SOLD_ROWS] {
        all.extend(place(&[&[KEY, SIDED]], block, |name| name));
    }
    if profile.has_isolated() {
        all.extend([CROSS, OWN_FEE, OWN_IN, OWN_OUT]);
    }
    if profile.allocations {
        all.push(ALLOCATION);
    }
    all
}

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells(profile: Profile) -> Vec<At> {
    use crate::layout::place;
    use zkmargin_gadgets::keyed;
    let mut all = own_cells(profile);
    for block in [BOUGHT_ROWS, SOLD_ROWS] {
        all.extend(place(&sign::CELLS, block, |name| name));
    }
    all.extend(place(&[&line::cells()], NOTIONAL, |name| name));
    all.extend(place(&keyed::CELLS, NOTIONAL + line::FREE, |name| name));
    all.extend(place(&larger::CELLS, LARGER, |name| name));
    all
}
