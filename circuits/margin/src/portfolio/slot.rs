//! A position slot: the position, its terms, and its strike. What it adds to the packed sums is in `sums.rs`.
//!
//! ```text
//! row  limbs                           aux 0          aux 1       aux 2    aux 3   aux 4
//! 0    entry (0), distance (1-4)       size           short size                   entry
//! 1    entry                           last           page group  entries  low     entry
//! 2    entry                           key            side        used     packed  entry
//! 3    size - 1 (0-1), distance (2-4)  group          value       pnl      size    size - 1
//! 4    size - 1                        strike         rate        charge   net     size - 1
//! 5    net (0-2), capped (3-4)         same strike    inverse     net      short   distance
//! 6    net                             strike charge  charges     size     code    distance
//! 7    capped                          sum 0          sum 1       sum 2    sum 3   pnl
//! ```
//!
//! The slot above is read by rotation. Above the first slot is one of zeros, the origin. Aux 4 of rows 0 to 6 holds long
//! words, whose last row has the word.

use super::columns::{MULTIPLIER, PortfolioColumns, Wide, wide};
use super::hints::SlotHint;
use super::tables::{Constants, TERMS};
use zkmargin_gadgets::cell::{At, aux, constant, is_boolean, limbs};
use zkmargin_gadgets::groups::{GROUPS, indicator, is_code};
use zkmargin_gadgets::halo2::*;
#[cfg(test)]
use zkmargin_gadgets::long;
use zkmargin_gadgets::long::LongConfig;
use zkmargin_gadgets::range::{LIMBS, RangeConfig, limbs_of};
use zkmargin_model::field::power_of_two;
use zkmargin_model::portfolio::widths::{DISTANCE_BITS, MAX_POSITIONS, SIZE_BITS as CAPPED_BITS};
use zkmargin_model::widths::{ENTRY_BITS, LIMB_BITS, ROW_BITS, SIZE_BITS};

/// Limbs of an entry.
const ENTRY_LIMBS: usize = (ENTRY_BITS / LIMB_BITS) as usize;
/// Limbs of a size.
const SIZE_LIMBS: usize = (CAPPED_BITS / LIMB_BITS) as usize;
/// Limbs of the distance to the slot above.
const DISTANCE_SIZE: usize = (DISTANCE_BITS / LIMB_BITS) as usize;
/// Limbs of the magnitude of a strike's net size.
const NET_LIMBS: usize = 8;

const _: () = {
    // All positions of an account at one strike.
    assert!(CAPPED_BITS + MAX_POSITIONS.ilog2() < NET_LIMBS as u32 * LIMB_BITS);
    assert!(DISTANCE_BITS == (LOW_LIMBS + LIMBS - 2) as u32 * LIMB_BITS);
    assert!(CAPPED_BITS == SIZE_LIMBS as u32 * LIMB_BITS && CAPPED_BITS <= SIZE_BITS);
};

// First rows of the slot's long words.
const ENTRY_ROWS: usize = 0;
const SIZE_ROWS: usize = 3;
const NET_ROWS: usize = 5;

/// Limbs of the lower part of the distance to the slot above.
const LOW_LIMBS: usize = LIMBS - 1;
const DISTANCE_LIMBS: At = limbs("distance", 1, LOW_LIMBS, 0);
const DISTANCE_TOP: At = limbs("distance", 2, LIMBS - 2, 3);
const CAPPED_TOP: At = limbs("capped", 3, 2, 5);
const CAPPED_LOW: At = limbs("capped", 0, LIMBS, 7);

const SIZE_AGAIN: At = aux("size", 0, 0);
/// Magnitude of a short position's size, zero of a long one.
const SHORT_SIZE: At = aux("short size", 1, 0);
/// Word of the last used slot so far: `2^58 + 2 id`.
const LAST: At = aux("last", 0, 1);
/// Group of the slot's page.
const PAGE_GROUP: At = aux("page group", 1, 1);
/// Sum of the entries of the group so far.
const ENTRIES: At = aux("entries", 2, 1);
/// Lower part of the distance to the slot above: 36 of 63 bits.
const DISTANCE_LOW: At = aux("low", 3, 1);
/// `2^58 + 2 id + side`: 59 bits, as wide as the table's word, which is zero for an empty slot.
const KEY: At = aux("key", 0, 2);
/// 1 for a short position.
const SIDE: At = aux("side", 1, 2);
/// 1 for a used slot.
const USED: At = aux("used", 2, 2);
/// Entry, size and key in one word, which the page's digest absorbs.
const PACKED: At = aux("packed", 3, 2);
/// Entry plus 2^98, zero in an empty slot: 99 bits.
const ENTRY: At = aux("entry", 4, 2);
/// Group of the instrument.
const GROUP: At = aux("group", 0, 3);
/// Value of a size step: 56 bits and a sign.
const VALUE: At = aux("value", 1, 3);
/// Value less entry.
const PNL: At = aux("pnl", 2, 3);
/// Magnitude of the size.
const SIZE: At = aux("size", 3, 3);
const STRIKE: At = aux("strike", 0, 4);
const RATE: At = aux("rate", 1, 4);
const CHARGE: At = aux("charge", 2, 4);
/// Signed size.
const NET: At = aux("net", 3, 4);
/// Size less one, zero in an empty slot: 63 bits.
const LESS_ONE: At = aux("size - 1", 4, 4);
/// Whether the strike is that of the slot above, none counting as one.
const SAME: At = aux("same strike", 0, 5);
const INVERSE: At = aux("inverse", 1, 5);
/// Signed size of the strike so far.
const STRIKE_NET: At = aux("net", 2, 5);
/// Whether that is negative.
const SHORT: At = aux("short", 3, 5);
/// Charge of the strike so far.
const STRIKE_CHARGE: At = aux("strike charge", 0, 6);
/// All charges so far, with those of this strike so far.
const CHARGES: At = aux("charges", 1, 6);
const SIZE_COPY: At = aux("size", 2, 6);
/// Settle group: 0 to 3.
const CODE: At = aux("code", 3, 6);
/// Magnitude of the strike's size, or one less of a negative one: 72 bits.
const NET_DISTANCE: At = aux("distance", 4, 6);
/// Profit and loss so far per settle group.
const SUMS: [At; GROUPS] =
    [aux("sum 0", 0, 7), aux("sum 1", 1, 7), aux("sum 2", 2, 7), aux("sum 3", 3, 7)];
const PNL_COPY: At = aux("pnl", 4, 7);
/// Whether the group's sums continue from the slot above, on the order gate's row.
const CARRY: Wide = wide("carry", MULTIPLIER, ORDER);

/// Rows of a slot without those of its loadings and sums.
#[cfg(test)]
pub(crate) const ROWS: usize = 8;

// Rows of the gates.
const ORDER: usize = 1;
const PAGE: usize = 2;
const POSITION: usize = 3;
const STRIKES: usize = 5;
const CAPPED: usize = 6;
const SETTLED: usize = 7;

/// Configuration of a slot.
#[derive(Clone, Debug)]
pub(crate) struct SlotConfig {
    columns: PortfolioColumns,
    range: RangeConfig,
    long: LongConfig,
    /// Rows of a slot.
    rows: usize,
    q_order: Selector,
    q_page: Selector,
    q_within: Selector,
    q_position: Selector,
    q_strikes: Selector,
    q_capped: Selector,
    q_settled: Selector,
}

/// Cells of a slot that others read.
#[derive(Clone, Debug)]
pub(crate) struct SlotCells {
    pub(crate) used: FieldCell,
    pub(crate) packed: FieldCell,
    /// Signed size.
    pub(crate) net: FieldCell,
    /// Magnitude.
    pub(crate) size: FieldCell,
    /// Magnitude of a short position, zero of a long one.
    pub(crate) short_size: FieldCell,
    /// Sum of entries of the group so far.
    pub(crate) entries: FieldCell,
    pub(crate) charges: FieldCell,
    pub(crate) settled: [FieldCell; GROUPS],
}

impl SlotConfig {
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &PortfolioColumns,
        range: &RangeConfig,
        long: &LongConfig,
        rows: usize,
    ) -> Self {
        let config = Self {
            columns: columns.clone(),
            range: range.clone(),
            long: long.clone(),
            rows,
            q_order: meta.complex_selector(),
            q_page: meta.selector(),
            q_within: meta.selector(),
            q_position: meta.complex_selector(),
            q_strikes: meta.complex_selector(),
            q_capped: meta.selector(),
            q_settled: meta.complex_selector(),
        };
        config.order_gates(meta);
        config.position_gate(meta);
        config.strike_gates(meta);
        config.settled_gate(meta);
        config
    }

    /// A cell of the slot above.
    fn above(&self, meta: &mut VirtualCells<'_, Fp>, at: At, gate: usize) -> Expression<Fp> {
        self.columns.far(meta, at, gate, self.rows)
    }

    fn order_gates(&self, meta: &mut ConstraintSystem<Fp>) {
        let shared = &self.columns.shared;
        meta.create_gate("order of positions", |meta| {
            let q = meta.query_selector(self.q_order);
            let [key, side, used, entry, last, entries, low, distance] = shared.query_all(
                meta,
                [KEY, SIDE, USED, ENTRY, LAST, ENTRIES, DISTANCE_LOW, DISTANCE_LIMBS],
                ORDER,
            );
            let [size, short_size] = shared.query_all(meta, [SIZE_AGAIN, SHORT_SIZE], ORDER);
            let carry = self.columns.wide(meta, CARRY, ORDER);
            let last_above = self.above(meta, LAST, ORDER);
            let entries_above = self.above(meta, ENTRIES, ORDER);
            let further = key - side.clone() - last_above.clone();
            let entry = entry - used.clone() * power_of_two(ENTRY_BITS - 1);
            Constraints::with_selector(
                q,
                [
                    ("low = limbs", distance - low),
                    ("last = instrument or last above", last_above + used * further - last),
                    ("short size = side size", side * size - short_size),
                    (
                        "entries = carry entries above + entry",
                        carry * entries_above + entry - entries,
                    ),
                ],
            )
        });
        meta.create_gate("slot of a page", |meta| {
            let q = meta.query_selector(self.q_page);
            let [page_group, used, group, key, side, low, top] = shared.query_all(
                meta,
                [PAGE_GROUP, USED, GROUP, KEY, SIDE, DISTANCE_LOW, DISTANCE_TOP],
                PAGE,
            );
            let last_above = self.above(meta, LAST, PAGE);
            let distance = low + top * power_of_two(LOW_LIMBS as u32 * LIMB_BITS);
            Constraints::with_selector(
                q,
                [
                    ("group = that of the page", used.clone() * page_group - group),
                    (
                        "instruments ascend",
                        used * (key - side - last_above - constant(1)) - distance,
                    ),
                ],
            )
        });
        meta.create_gate("slots of a page", |meta| {
            let q = meta.query_selector(self.q_within);
            let used = shared.query(meta, USED, PAGE);
            let used_above = self.above(meta, USED, PAGE);
            Constraints::with_selector(
                q,
                [("empty slots of a page last", used * (constant(1) - used_above))],
            )
        });
    }

    fn position_gate(&self, meta: &mut ConstraintSystem<Fp>) {
        let columns = &self.columns;
        meta.create_gate("portfolio position", |meta| {
            let q = meta.query_selector(self.q_position);
            let [key, side, used, packed, entry] =
                columns.shared.query_all(meta, [KEY, SIDE, USED, PACKED, ENTRY], POSITION);
            let [value, pnl, size, net, less_one] =
                columns.shared.query_all(meta, [VALUE, PNL, SIZE, NET, LESS_ONE], POSITION);
            let [unit] = columns.parameters(meta);
            let sum = entry.clone()
                + less_one.clone() * power_of_two(ENTRY_BITS)
                + key * power_of_two(ENTRY_BITS + SIZE_BITS);
            let booked = entry - used.clone() * power_of_two(ENTRY_BITS - 1);
            let sign = constant(1) - side.clone() * Fp::from(2);
            Constraints::with_selector(
                q,
                [
                    ("side is boolean", is_boolean(&side)),
                    ("used is boolean", is_boolean(&used)),
                    ("packed = entry + 2^99 (size - 1) + 2^189 key", sum - packed.clone()),
                    ("an empty slot is zero", (constant(1) - used.clone()) * packed),
                    ("size = (size - 1) + used", less_one + used - size.clone()),
                    ("net = sign size", sign * size - net.clone()),
                    ("pnl = net value - unit entry", net * value - booked * unit - pnl),
                ],
            )
        });
        meta.create_gate("size of the capacity", |meta| {
            let q = meta.query_selector(self.q_capped);
            let [size, top, low] =
                columns.shared.query_all(meta, [SIZE_COPY, CAPPED_TOP, CAPPED_LOW], CAPPED);
            let [gap] = columns.parameters(meta);
            let capped = low + top * power_of_two(ROW_BITS);
            Constraints::with_selector(q, [("capped = size + 2^63 - 2^bits", size + gap - capped)])
        });
    }

    fn strike_gates(&self, meta: &mut ConstraintSystem<Fp>) {
        meta.create_gate("strike", |meta| {
            let q = meta.query_selector(self.q_strikes);
            let shared = &self.columns.shared;
            let [strike, rate, charge, net] =
                shared.query_all(meta, [STRIKE, RATE, CHARGE, NET], STRIKES);
            let [same, inverse, sum, short] =
                shared.query_all(meta, [SAME, INVERSE, STRIKE_NET, SHORT], STRIKES);
            let [strike_charge, charges, size, distance] =
                shared.query_all(meta, [STRIKE_CHARGE, CHARGES, SIZE_COPY, NET_DISTANCE], STRIKES);
            let [strike_above, sum_above, strike_charge_above, charges_above] =
                [STRIKE, STRIKE_NET, STRIKE_CHARGE, CHARGES]
                    .map(|at| self.above(meta, at, STRIKES));
            let further = strike - strike_above;
            let magnitude = distance + short.clone();
            let sign = constant(1) - short.clone() * Fp::from(2);
            let added = size * charge + strike_charge.clone() - same.clone() * strike_charge_above;
            Constraints::with_selector(
                q,
                [
                    ("same strike is boolean", is_boolean(&same)),
                    ("same strikes are equal", same.clone() * further.clone()),
                    (
                        "other strikes differ",
                        further * inverse.clone() + same.clone() - constant(1),
                    ),
                    ("no inverse of zero", same.clone() * inverse),
                    (
                        "net = net above of the same strike + size",
                        same * sum_above + net - sum.clone(),
                    ),
                    ("short is boolean", is_boolean(&short)),
                    ("net = sign magnitude", sign * magnitude.clone() - sum),
                    (
                        "strike charge = rate of what is short",
                        rate * short * magnitude - strike_charge,
                    ),
                    ("charges so far", charges_above + added - charges),
                ],
            )
        });
    }

    fn settled_gate(&self, meta: &mut ConstraintSystem<Fp>) {
        meta.create_gate("settled profit and loss", |meta| {
            let q = meta.query_selector(self.q_settled);
            let [code, pnl] = self.columns.shared.query_all(meta, [CODE, PNL_COPY], SETTLED);
            let mut constraints = vec![("code is a settle group", is_code(code.clone()))];
            for (g, at) in SUMS.into_iter().enumerate() {
                let sum = self.columns.shared.query(meta, at, SETTLED);
                let sum_above = self.above(meta, at, SETTLED);
                let added = indicator(code.clone(), g) * pnl.clone();
                constraints.push(("sum = sum above + [code = group] pnl", sum_above + added - sum));
            }
            Constraints::with_selector(q, constraints)
        });
    }

    /// The cells of the loadings' tuple before the packed cells, for a lookup on row [`Self::TERMS_ROW`].
    pub(crate) fn terms(&self, meta: &mut VirtualCells<'_, Fp>) -> [Expression<Fp>; TERMS] {
        let mut query = |at| self.columns.far(meta, at, Self::TERMS_ROW, 0);
        let word = query(KEY) - query(SIDE);
        [word, query(GROUP), query(STRIKE), query(RATE), query(VALUE), query(CHARGE), query(CODE)]
    }

    /// Row of the lookup of an instrument's terms.
    pub(crate) const TERMS_ROW: usize = POSITION;

    /// Row of the carry that the slot reads, among those of the sums.
    pub(crate) const CARRY_ROW: usize = ORDER;

    /// Assigns the zeros above the first slot, which starts on row `offset + rows`.
    pub(crate) fn origin(&self, region: &mut Region<'_, Fp>, offset: usize) -> Result<(), Error> {
        let read = [LAST, ENTRIES, STRIKE, STRIKE_NET, STRIKE_CHARGE, CHARGES];
        for at in read.into_iter().chain(SUMS) {
            self.columns.shared.constant(region, offset, at, Fp::ZERO)?;
        }
        Ok(())
    }

    /// Assigns the slot whose first row is `offset`, below another or the origin. `carry` says whether sums of the group
    /// continue, `within` whether the slot above is of the same page.
    #[allow(clippy::too_many_arguments)] // Each is an input of the layout above.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        above: &Above,
        [page_group, carry]: [&FieldCell; 2],
        within: bool,
        constants: &Constants,
        hint: Value<&SlotHint>,
    ) -> Result<(SlotCells, Above), Error> {
        let shared = &self.columns.shared;
        let free = |f: fn(&SlotHint) -> Fp| hint.map(f);
        let bias = power_of_two(ENTRY_BITS - 1);

        // The position.
        let entry =
            self.long.assign(region, offset + ENTRY_ROWS, ENTRY_LIMBS, free(|h| h.entry))?;
        let less_one =
            self.long.assign(region, offset + SIZE_ROWS, SIZE_LIMBS, free(|h| h.size))?;
        let key = shared.assign(region, offset, KEY, free(|h| h.key))?;
        let side = shared.assign(region, offset, SIDE, free(|h| h.side))?;
        let used = shared.assign(region, offset, USED, free(|h| h.used))?;
        let words = entry.value().zip(less_one.value()).zip(key.value());
        let packed = words.map(|((entry, size), key)| {
            *entry + *size * power_of_two(ENTRY_BITS) + *key * power_of_two(ENTRY_BITS + SIZE_BITS)
        });
        let packed = shared.assign(region, offset, PACKED, packed)?;
        let size = less_one.value().zip(used.value()).map(|(size, used)| *size + used);
        let size = shared.assign(region, offset, SIZE, size)?;
        let size_again = shared.copy(region, offset, SIZE_AGAIN, &size)?;
        let short_size = size_again.value().zip(side.value()).map(|(size, side)| *size * side);
        let short_size = shared.assign(region, offset, SHORT_SIZE, short_size)?;
        let net = size.value().zip(side.value());
        let net = net.map(|(size, side)| (Fp::ONE - side.double()) * size);
        let net = shared.assign(region, offset, NET, net)?;
        let capped = size.value().map(|size| *size + constants.size_gap);
        let capped = capped.map(|x| limbs_of(&x, SIZE_LIMBS)).transpose_vec(SIZE_LIMBS);
        self.range.assign_limbs(region, offset, CAPPED_LOW, &capped[..LIMBS])?;
        self.range.assign_limbs(region, offset, CAPPED_TOP, &capped[LIMBS..])?;
        let size_copy = shared.copy(region, offset, SIZE_COPY, &size)?;
        self.columns.fix(region, offset + CAPPED, &[constants.size_gap])?;
        self.q_capped.enable(region, offset + CAPPED)?;

        // Its place.
        let word = key.value().zip(side.value()).map(|(key, side)| *key - side);
        let further = word.zip(above.last).map(|(word, last)| word - last);
        let distance = further.zip(used.value()).map(|(further, used)| *used * (further - Fp::ONE));
        let limbs = distance.map(|d| limbs_of(&d, DISTANCE_SIZE)).transpose_vec(DISTANCE_SIZE);
        self.range.assign_limbs(region, offset, DISTANCE_LIMBS, &limbs[..LOW_LIMBS])?;
        self.range.assign_limbs(region, offset, DISTANCE_TOP, &limbs[LOW_LIMBS..])?;
        let low = limbs[..LOW_LIMBS].iter().rev().fold(Value::known(Fp::ZERO), |sum, limb| {
            sum.zip(*limb).map(|(sum, limb)| sum * power_of_two(LIMB_BITS) + limb)
        });
        shared.assign(region, offset, DISTANCE_LOW, low)?;
        let last = above.last.zip(further).zip(used.value());
        let last = last.map(|((last, further), used)| last + *used * further);
        shared.assign(region, offset, LAST, last)?;
        shared.copy(region, offset, PAGE_GROUP, page_group)?;
        let carry = self.columns.copy_wide(region, offset, CARRY, carry)?;
        let booked = entry.value().zip(used.value()).map(|(entry, used)| *entry - *used * bias);
        let entries = carry.value().zip(above.entries).zip(booked);
        let entries = entries.map(|((carry, sum), booked)| *carry * sum + booked);
        let entries = shared.assign(region, offset, ENTRIES, entries)?;
        self.q_order.enable(region, offset + ORDER)?;
        self.q_page.enable(region, offset + PAGE)?;
        if within {
            self.q_within.enable(region, offset + PAGE)?;
        }

        // Its terms.
        let term = |at: usize| hint.map(|h| h.terms[at]);
        shared.assign(region, offset, GROUP, term(0))?;
        let strike = shared.assign(region, offset, STRIKE, term(1))?;
        let rate = shared.assign(region, offset, RATE, term(2))?;
        let value = shared.assign(region, offset, VALUE, term(3))?;
        let charge = shared.assign(region, offset, CHARGE, term(4))?;
        let code = shared.assign(region, offset, CODE, term(5))?;
        let pnl = net.value().zip(value.value()).zip(booked);
        let pnl = pnl.map(|((net, value), booked)| *net * value - booked * constants.entry_unit);
        let pnl = shared.assign(region, offset, PNL, pnl)?;
        self.columns.fix(region, offset + POSITION, &[constants.entry_unit])?;
        self.q_position.enable(region, offset + POSITION)?;

        // Its strike.
        let same = shared.assign(region, offset, SAME, free(|h| h.same_strike))?;
        let inverse = strike.value().zip(above.strike).zip(same.value());
        let inverse = inverse.map(|((strike, above), same)| {
            (*strike - above).invert().unwrap_or(Fp::ZERO) * (Fp::ONE - same)
        });
        shared.assign(region, offset, INVERSE, inverse)?;
        let sum = same.value().zip(above.net).zip(net.value());
        let sum = sum.map(|((same, above), net)| *same * above + net);
        let sum = shared.assign(region, offset, STRIKE_NET, sum)?;
        let short = shared.assign(region, offset, SHORT, free(|h| h.short))?;
        let distance = sum.value().zip(short.value());
        let distance = distance.map(|(sum, short)| *sum * (Fp::ONE - short.double()) - short);
        self.long.assign(region, offset + NET_ROWS, NET_LIMBS, distance)?;
        let owed = rate.value().zip(short.value()).zip(distance);
        let owed = owed.map(|((rate, short), distance)| *rate * short * (distance + short));
        let owed = shared.assign(region, offset, STRIKE_CHARGE, owed)?;
        let of_size = size_copy.value().zip(charge.value()).map(|(size, charge)| *size * charge);
        let before = same.value().zip(above.strike_charge).map(|(same, above)| *same * above);
        let charges = above.charges.zip(of_size).zip(owed.value()).zip(before);
        let charges =
            charges.map(|(((above, of_size), owed), before)| above + of_size + owed - before);
        let charges = shared.assign(region, offset, CHARGES, charges)?;
        self.q_strikes.enable(region, offset + STRIKES)?;

        // Its profit and loss.
        let pnl = shared.copy(region, offset, PNL_COPY, &pnl)?;
        let mut settled = Vec::with_capacity(GROUPS);
        for (g, at) in SUMS.into_iter().enumerate() {
            let sum =
                above.settled[g].zip(code.value()).zip(pnl.value()).map(|((sum, code), pnl)| {
                    if *code == Fp::from(g as u64) { sum + pnl } else { sum }
                });
            settled.push(shared.assign(region, offset, at, sum)?);
        }
        self.q_settled.enable(region, offset + SETTLED)?;
        let settled: [FieldCell; GROUPS] = settled.try_into().map_err(|_| Error::Synthesis)?;

        let value_of = |cell: &FieldCell| cell.value().copied();
        let next = Above {
            last,
            entries: value_of(&entries),
            strike: value_of(&strike),
            net: value_of(&sum),
            strike_charge: value_of(&owed),
            charges: value_of(&charges),
            settled: std::array::from_fn(|g| value_of(&settled[g])),
        };
        Ok((SlotCells { used, packed, net, size, short_size, entries, charges, settled }, next))
    }
}

/// Values of the slot above, which the slot reads by rotation.
#[derive(Clone, Debug)]
pub(crate) struct Above {
    last: Value<Fp>,
    entries: Value<Fp>,
    strike: Value<Fp>,
    net: Value<Fp>,
    strike_charge: Value<Fp>,
    charges: Value<Fp>,
    settled: [Value<Fp>; GROUPS],
}

impl Above {
    /// The zeros above the first slot.
    pub(crate) fn origin() -> Self {
        let zero = Value::known(Fp::ZERO);
        Self {
            last: zero,
            entries: zero,
            strike: zero,
            net: zero,
            strike_charge: zero,
            charges: zero,
            settled: [zero; GROUPS],
        }
    }
}

/// All cells of the shared columns.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    crate::layout::of(&[
        &long::cells("entry", "entry", ENTRY_LIMBS, ENTRY_ROWS),
        &long::cells("size - 1", "size - 1", SIZE_LIMBS, SIZE_ROWS),
        &long::cells("net", "distance", NET_LIMBS, NET_ROWS),
        &[DISTANCE_LIMBS, DISTANCE_TOP, CAPPED_TOP, CAPPED_LOW],
        &[SIZE_AGAIN, SHORT_SIZE, LAST, PAGE_GROUP, ENTRIES, DISTANCE_LOW, KEY, SIDE, USED, PACKED],
        &[GROUP, VALUE, PNL, SIZE, STRIKE, RATE, CHARGE, NET],
        &[SAME, INVERSE, STRIKE_NET, SHORT, STRIKE_CHARGE, CHARGES, SIZE_COPY, CODE],
        &SUMS,
        &[PNL_COPY],
    ])
}
