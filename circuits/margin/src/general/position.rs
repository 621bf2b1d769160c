//! A position slot of the general profile: the position on six rows, and a block for each figure of the rule.
//!
//! ```text
//! row  limbs                                     aux 0        aux 1         aux 2          aux 3              aux 4
//! 0    size - 1                                  sum 0 in     sum 1 in      sum 2 in       sum 3 in           result
//! 1    size - 1                                  sum 0 out    sum 1 out     sum 2 out      sum 3 out          code
//! 2    entry                                     size - 1     pnl           funding        value              unit
//! 3    entry                                     entry        previous key  previous used  packed             own
//! 4    key (0-1), distance (2-3), entry top (4)  side         used          size           key - side         key
//! 5    own (0-2)                                 terms word   code
//! 48                                                          root          of notional
//! 49                                                          of size       size           notional           variable of
//! 64                                             is rate      rate
//! 67                                             own          1 / own       has own        own or default     unrounded
//! 68                                             default      reads own     is rate        notional           tiers
//! 77                                             requirement  conversion    charge         charge conversion
//! 78                                             MM in        MM out
//! ```
//!
//! Below the position: value, two steps of the result, two of the notional, root, tier variable, tiers, own parameter,
//! requirement and charge. The row below the root chooses what the tier variable is made of. Where records have open
//! orders, their [block](super::orders) follows, and `size - 1` is the size itself, and in a record with allocations
//! [theirs](super::allocation); where notionals can be of entries, [that](super::entry) does. Where requirements can be by own leverages, [their block](super::leverage) is last.

use super::allocated::Assigned;
use super::allocation::{self, AllocationConfig};
use super::cross::{self, GeneralCrossConfig};
use super::entry::{self, Booked, EntryConfig, EntryHint};
use super::keys::{Figure, first_of_terms};
use super::leverage::{self, LeverageConfig, LeverageHint, Leveraged};
use super::line::{self, LineConfig};
use super::orders::{self, Fees, Held, OrdersConfig, OrdersHint};
use super::signed::{self, SignedConfig};
use crate::book::BookCells;
use crate::hints::PositionHint;
use crate::position::requirement::Unconverted;
use crate::position::{Gadgets, PositionCells};
use crate::settled;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::cell::{At, aux, constant, is_boolean, limbs};
use zkmargin_gadgets::divide;
use zkmargin_gadgets::groups::is_code;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::keyed::KeyedCells;
use zkmargin_gadgets::larger::{self, LargerConfig};
use zkmargin_gadgets::range::{self, RangeConfig, limbs_of};
use zkmargin_gadgets::root::{self, RootConfig};
use zkmargin_gadgets::sign::SignConfig;
use zkmargin_gadgets::sorted::{self, SortedConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::{Profile, Settlement};
use zkmargin_model::widths::{CROSS_BIT, ENTRY_BITS, KEY_BITS, LIMB_BITS, OWN_BITS, SIZE_BITS};

/// From a limb to the next.
const LIMB: Fp = Fp::from_raw([1 << LIMB_BITS, 0, 0, 0]);

/// Limbs of an own parameter.
pub(crate) const OWN_LIMBS: usize = (OWN_BITS / LIMB_BITS) as usize;

// First rows of the blocks.
const CORE: usize = 6;
pub(crate) const VALUE: usize = CORE;
pub(crate) const RESULT: usize = VALUE + line::ROWS;
const SECOND_RESULT: usize = RESULT + signed::ROWS;
const NOTIONAL: usize = SECOND_RESULT + signed::ROWS;
const SECOND_NOTIONAL: usize = NOTIONAL + line::ROWS;
pub(crate) const ROOT: usize = SECOND_NOTIONAL + line::ROWS;
/// Row of what the tier variable is made of.
const CHOICE: usize = ROOT + root::ROWS;
const VARIABLE: usize = CHOICE + 1;
const TIERS: usize = VARIABLE + line::ROWS;
pub(crate) const LARGER: usize = TIERS + signed::ROWS;
/// First of two rows beside the limbs of the comparison.
const OWN: usize = LARGER + 1;
pub(super) const REQUIREMENT: usize = LARGER + larger::ROWS;
const CHARGE: usize = REQUIREMENT + line::ROWS;
/// First of two rows beside the limbs of the charge.
pub(super) const SUM: usize = CHARGE + line::FREE;

/// Row of the terms, below the position's word.
pub(super) const TERMS_ROW: usize = 5;
/// Row beside the limbs of the second step of the result.
pub(super) const RESULT_ROW: usize = SECOND_RESULT + signed::FREE;

/// First row of the block of open orders, or of that of entries.
pub(crate) const ORDERS: usize = CHARGE + line::ROWS;
pub(crate) const AT_ENTRY: usize = ORDERS;

/// First row of the block of allocations, which are beside open orders.
pub(crate) const ALLOCATIONS: usize = ORDERS + orders::ROWS;

/// First row of the block of own leverages.
pub(crate) const fn leverage_rows(profile: Profile) -> usize {
    let orders = if profile.orders { orders::ROWS } else { 0 };
    let orders = orders + if profile.allocations { allocation::ROWS } else { 0 };
    let entry = if profile.entry { entry::ROWS } else { 0 };
    ORDERS + orders + entry
}

/// Rows of a slot.
pub(crate) const fn rows(profile: Profile) -> usize {
    leverage_rows(profile) + if profile.leverage { leverage::ROWS } else { 0 }
}

// First rows of the slot's other gadgets.
const GROUPS_ROWS: usize = 0;
const SIZE_ROWS: usize = 0;
const ENTRY_ROWS: usize = 2;
const SORTED_ROWS: usize = 3;

/// Size in steps, less one; zero in an empty slot: 90 bits. In a record with open orders, the size itself.
const LESS_ONE: At = range::TWO_ROWS_WORD.below(SIZE_ROWS).named("size - 1");
/// Profit and loss, in units of the settlement asset: 191 bits and a sign.
const PNL: At = aux("pnl", 1, 2);
/// Accrued funding of one step of size: 72 bits and a sign.
const FUNDING: At = aux("funding", 2, 2);
/// Magnitude of the value: 117 bits.
const QUOTIENT: At = aux("value", 3, 2);
/// From a long position's value to settlement units: 72 bits and a sign.
const UNIT: At = aux("unit", 4, 2);
/// Entry value plus 2^98; zero in an empty slot: 99 bits.
const ENTRY: At = range::TOPPED_WORD.below(ENTRY_ROWS).named("entry");
/// Entry, size, key and own parameter in one word, which the account commitment absorbs: 234 bits.
const PACKED: At = aux("packed", 3, 3);
/// The own parameter: 27 bits.
const PARAMETER: At = aux("own", 4, 3);
/// 1 for a short position, 0 for a long one.
pub(super) const SIDE: At = aux("side", 0, 4);
pub(super) const USED: At = sorted::USED.below(SORTED_ROWS);
/// The size: 91 bits.
const SIZE: At = aux("size", 2, 4);
/// The key less the side, which a position of either side has.
pub(super) const WORD: At = aux("key - side", 3, 4);
pub(super) const KEY: At = sorted::KEY.below(SORTED_ROWS);
const PARAMETER_LIMBS: At = limbs("own", 0, OWN_LIMBS, TERMS_ROW);
/// The word of the terms, with the settle group.
const TERMS_WORD: At = aux("terms word", 0, TERMS_ROW);
/// Settle group: 0 to 3, or up to 15.
const CODE: At = aux("code", 1, TERMS_ROW);

// Rows of the position's gates.
const POSITION: usize = 3;
pub(super) const SLOT: usize = 4;

// What the tier variable is made of; the root is on the row above.
const ROOT_COPY: At = aux("root", 1, CHOICE - 1);
const OF_NOTIONAL: At = aux("of notional", 2, CHOICE - 1);
const OF_SIZE: At = aux("of size", 1, CHOICE);
const SIZE_COPY: At = aux("size", 2, CHOICE);
const NOTIONAL_COPY: At = aux("notional", 3, CHOICE);
const OF: At = aux("variable of", 4, CHOICE);

// The rate that tiers give, beside their division.
const TIERS_QUOTIENT: At = divide::QUOTIENT.below(TIERS + signed::DIVIDE_ROWS);
const RATE_LIMBS: At = divide::DEEP_QUOTIENT[0].below(TIERS + signed::DIVIDE_ROWS).named("rate");
/// Row of the gate.
const RATED: usize = TIERS + signed::DIVIDE_ROWS + 3;
const RATED_FLAG: At = aux("is rate", 0, RATED);
/// The low end of the quotient, which is all of a rate: 27 bits.
const RATE: At = aux("rate", 1, RATED);

// The own parameter, and what is required before it is rounded.
const LARGER_RATE: At = larger::LARGER.below(LARGER);
const OWN_COPY: At = aux("own", 0, OWN);
const INVERSE: At = aux("1 / own", 1, OWN);
const HAS_OWN: At = aux("has own", 2, OWN);
const COMPARED: At = aux("own or default", 3, OWN);
const UNROUNDED: At = aux("unrounded", 4, OWN);
const DEFAULT: At = aux("default", 0, OWN + 1);
const READS: At = aux("reads own", 1, OWN + 1);
const IS_RATE: At = aux("is rate", 2, OWN + 1);
const MULTIPLIED: At = aux("notional", 3, OWN + 1);
const TIERED: At = aux("tiers", 4, OWN + 1);

// The sum of requirements.
pub(super) const REQUIRED: At = aux("requirement", 0, SUM);
const CONVERSION: At = aux("conversion", 1, SUM);
pub(super) const CHARGED: At = aux("charge", 2, SUM);
const CHARGE_CONVERSION: At = aux("charge conversion", 3, SUM);
const SUM_IN: At = aux("MM in", 0, SUM + 1);
const SUM_OUT: At = aux("MM out", 1, SUM + 1);

/// Configuration of a slot.
#[derive(Clone, Debug)]
pub(crate) struct GeneralPositionConfig {
    columns: Columns,
    range: RangeConfig,
    sorted: SortedConfig,
    settlement: Settlement,
    groups: settled::SlotConfig,
    line: LineConfig,
    signed: SignedConfig,
    root: RootConfig,
    larger: LargerConfig,
    /// Where positions can be isolated.
    cross: Option<GeneralCrossConfig>,
    /// Where records have open orders.
    orders: Option<OrdersConfig>,
    /// Where records have allocations.
    allocation: Option<AllocationConfig>,
    /// Where notionals can be of entries.
    entry: Option<EntryConfig>,
    /// Where requirements can be by own leverages, with its first row.
    leverage: Option<(LeverageConfig, usize)>,
    q_position: Selector,
    q_slot: Selector,
    q_choice: Selector,
    q_rate: Selector,
    q_own: Selector,
    q_sum: Selector,
}

impl GeneralPositionConfig {
    /// Creates the slot's gates.
    #[allow(clippy::too_many_arguments)] // Each is a gadget of the slot.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        gadgets: Gadgets<'_>,
        line: &LineConfig,
        signed: &SignedConfig,
        root: &RootConfig,
        sign: &SignConfig,
        larger: &LargerConfig,
    ) -> Self {
        let isolated = profile.has_isolated();
        let orders = profile.orders.then(|| {
            OrdersConfig::configure(meta, columns, profile, gadgets.range, line, sign, larger)
        });
        let allocation =
            profile.allocations.then(|| AllocationConfig::configure(meta, columns, gadgets.range));
        let entry = profile.entry.then(|| EntryConfig::configure(meta, columns, &line.keyed, sign));
        let leverage = profile.leverage.then(|| {
            let config = LeverageConfig::configure(meta, columns, line, larger);
            (config, leverage_rows(profile))
        });
        let config = Self {
            columns: columns.clone(),
            range: gadgets.range.clone(),
            sorted: gadgets.sorted.clone(),
            settlement: profile.settlement,
            groups: gadgets.groups.clone(),
            line: line.clone(),
            signed: signed.clone(),
            root: root.clone(),
            larger: larger.clone(),
            cross: isolated.then(|| GeneralCrossConfig::configure(meta, columns, line)),
            orders,
            allocation,
            entry,
            leverage,
            q_position: meta.selector(),
            q_slot: meta.selector(),
            q_choice: meta.selector(),
            q_rate: meta.selector(),
            q_own: meta.selector(),
            q_sum: meta.selector(),
        };
        config.position_gates(meta);
        config.requirement_gates(meta);
        config
    }

    fn position_gates(&self, meta: &mut ConstraintSystem<Fp>) {
        let columns = &self.columns;
        meta.create_gate("general position", |meta| {
            let q = meta.query_selector(self.q_position);
            let [less_one, entry, packed, own, side, used, size, key] = columns.query_all(
                meta,
                [LESS_ONE, ENTRY, PACKED, PARAMETER, SIDE, USED, SIZE, KEY],
                POSITION,
            );
            let [pnl, funding, value, unit, word] =
                columns.query_all(meta, [PNL, FUNDING, QUOTIENT, UNIT, WORD], POSITION);
            let sum = entry.clone()
                + less_one.clone() * power_of_two(ENTRY_BITS)
                + key.clone() * power_of_two(ENTRY_BITS + SIZE_BITS)
                + own * power_of_two(ENTRY_BITS + SIZE_BITS + KEY_BITS);
            let bias = used.clone() * power_of_two(ENTRY_BITS - 1);
            let sign = constant(1) - side.clone() * Fp::from(2);
            let value = sign * (value * unit - size.clone() * funding);
            // An isolated position has the word that it had in the cross book.
            let word = self.cross.is_none().then_some(("word = key - side", key - side - word));
            let (of_packed, of_size, encoded) = match self.orders {
                None => {
                    let of_packed = "packed = entry + 2^99 (size - 1) + 2^189 key + 2^207 own";
                    (of_packed, "size = (size - 1) + used", less_one + used.clone())
                }
                // Beside orders a size can be zero, and is encoded as it is.
                Some(_) => {
                    let of_packed = "packed = entry + 2^99 size + 2^189 key + 2^207 own";
                    (of_packed, "size is the encoded one", less_one)
                }
            };
            let constraints = [
                (of_packed, sum - packed.clone()),
                ("an empty slot is zero", (constant(1) - used) * packed),
                (of_size, encoded - size),
                ("pnl = value - funding - entry", value - entry + bias - pnl),
            ];
            Constraints::with_selector(q, constraints.into_iter().chain(word).collect::<Vec<_>>())
        });
        meta.create_gate("general slot", |meta| {
            let q = meta.query_selector(self.q_slot);
            let [side, word, own, limbs, terms_word, code] = columns.query_all(
                meta,
                [SIDE, WORD, PARAMETER, PARAMETER_LIMBS, TERMS_WORD, CODE],
                SLOT,
            );
            let four = self.settlement == Settlement::Four;
            let of_code = four.then(|| ("code is a settle group", is_code(code.clone())));
            let groups = Fp::from(self.settlement.groups() as u64);
            let others = [
                ("own is its limbs", limbs - own),
                ("terms word = groups word + code", word * groups + code - terms_word),
            ];
            let constraints = [("side is boolean", is_boolean(&side))].into_iter();
            let constraints: Vec<_> = constraints.chain(of_code).chain(others).collect();
            Constraints::with_selector(q, constraints)
        });
    }

    fn requirement_gates(&self, meta: &mut ConstraintSystem<Fp>) {
        let columns = &self.columns;
        meta.create_gate("what the tier variable is made of", |meta| {
            let q = meta.query_selector(self.q_choice);
            let [root, of_size, size, of_notional, notional, of] = columns.query_all(
                meta,
                [ROOT_COPY, OF_SIZE, SIZE_COPY, OF_NOTIONAL, NOTIONAL_COPY, OF],
                CHOICE,
            );
            // The table sets one of both flags, or none beside a root other than that of zero.
            let sum = root + of_size * size + of_notional * notional;
            Constraints::with_selector(q, [("variable of root, size or notional", sum - of)])
        });
        meta.create_gate("rate", |meta| {
            let q = meta.query_selector(self.q_rate);
            let [quotient, limbs, is_rate, rate] =
                columns.query_all(meta, [TIERS_QUOTIENT, RATE_LIMBS, RATED_FLAG, RATE], RATED);
            Constraints::with_selector(
                q,
                [
                    ("rate is the low end", limbs - rate.clone()),
                    ("a rate has no high end", is_rate * (quotient - rate)),
                ],
            )
        });
        meta.create_gate("own parameter", |meta| {
            let q = meta.query_selector(self.q_own);
            let [own, inverse, has, compared, unrounded] =
                columns.query_all(meta, [OWN_COPY, INVERSE, HAS_OWN, COMPARED, UNROUNDED], OWN);
            let [default, reads, is_rate, notional, tiered, rate] = columns.query_all(
                meta,
                [DEFAULT, READS, IS_RATE, MULTIPLIED, TIERED, LARGER_RATE],
                OWN,
            );
            let none = constant(1) - has.clone();
            let expected = is_rate.clone() * rate * notional + (constant(1) - is_rate) * tiered;
            Constraints::with_selector(
                q,
                [
                    ("has own is boolean", is_boolean(&has)),
                    ("has own = own / own", own.clone() * inverse.clone() - has),
                    ("own without a flag is zero", own.clone() * none.clone()),
                    ("no inverse of zero", inverse * none.clone()),
                    ("own or default", reads * own + none * default - compared),
                    ("unrounded = rate notional, or tiers", expected - unrounded),
                ],
            )
        });
        meta.create_gate("general requirement", |meta| {
            let q = meta.query_selector(self.q_sum);
            let [required, conversion, charged, charge_conversion, sum_in, sum_out] = columns
                .query_all(
                    meta,
                    [REQUIRED, CONVERSION, CHARGED, CHARGE_CONVERSION, SUM_IN, SUM_OUT],
                    SUM,
                );
            let added = required * conversion + charged * charge_conversion;
            let added = match &self.cross {
                Some(_) => columns.query(meta, cross::CROSS_OF_SUM, SUM) * added,
                None => added,
            };
            let name = "MM out = MM in + requirement conversion + charge conversion";
            Constraints::with_selector(q, [(name, sum_in + added - sum_out)])
        });
    }

    /// Assigns the slot whose first row is `offset`.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        previous: Option<&PositionCells>,
        hint: Value<&PositionHint>,
    ) -> Result<PositionCells, Error> {
        let columns = &self.columns;
        let free = |f: fn(&PositionHint) -> Fp| hint.map(f);
        let row = |figure: Figure| hint.map(|h| h.general.rows[figure as usize]);

        // The position.
        let less_one = self.range.two_rows(region, offset + SIZE_ROWS, free(|h| h.size))?;
        let entry = self.range.two_rows_and_limb(region, offset + ENTRY_ROWS, free(|h| h.entry))?;
        let slot = self.sorted.assign(
            region,
            offset + SORTED_ROWS,
            previous.map(|p| &p.slot),
            free(|h| h.used),
            free(|h| h.key),
        )?;
        let own = columns.assign(region, offset, PARAMETER, free(|h| h.own))?;
        let own_limbs = own.value().map(|own| limbs_of(own, OWN_LIMBS)).transpose_vec(OWN_LIMBS);
        self.range.assign_limbs(region, offset, PARAMETER_LIMBS, &own_limbs)?;
        let words = less_one.value().zip(entry.value()).zip(slot.key.value()).zip(own.value());
        let packed = words.map(|(((size, entry), key), own)| {
            *entry
                + *size * power_of_two(ENTRY_BITS)
                + *key * power_of_two(ENTRY_BITS + SIZE_BITS)
                + *own * power_of_two(ENTRY_BITS + SIZE_BITS + KEY_BITS)
        });
        let packed = columns.assign(region, offset, PACKED, packed)?;
        let side = columns.assign(region, offset, SIDE, free(|h| h.side))?;
        let size = less_one.value().zip(slot.used.value()).map(|(size, used)| match self.orders {
            None => *size + used,
            Some(_) => *size,
        });
        let size = columns.assign(region, offset, SIZE, size)?;
        let isolated = hint.map(|h| match self.cross {
            Some(_) => h.used - h.cross,
            None => Fp::ZERO,
        });
        let word = slot.key.value().zip(side.value()).zip(isolated);
        let word =
            word.map(|((key, side), isolated)| *key - side + isolated * power_of_two(CROSS_BIT));
        let word = columns.assign(region, offset, WORD, word)?;
        let (cross, sided) = match &self.cross {
            Some(config) => {
                let [cross, sided] =
                    config.book(region, offset, [&word, &side], free(|h| h.cross))?;
                (Some((config, cross)), sided)
            }
            None => (None, slot.key.clone()),
        };
        let allocation =
            self.allocation.as_ref().zip(cross.as_ref()).map(|(config, (_, cross))| {
                let allocation = hint.map(|h| h.general.orders.allocation);
                config.assign(region, offset + ALLOCATIONS, cross, allocation)
            });
        let allocation = allocation.transpose()?;
        let code = columns.assign(region, offset, CODE, free(|h| h.code))?;
        let terms_word = word.value().zip(code.value());
        let groups = Fp::from(self.settlement.groups() as u64);
        let terms_word = terms_word.map(|(word, code)| *word * groups + code);
        let terms_word = columns.assign(region, offset, TERMS_WORD, terms_word)?;
        self.q_slot.enable(region, offset + SLOT)?;

        // Terms, beside the limbs of other blocks.
        let keyed = |region: &mut Region<'_, Fp>, block: usize, of: &FieldCell, figure: Figure| {
            let at = offset + block + line::FREE;
            let first = match figure {
                Figure::Terms => Fp::from(first_of_terms(self.settlement)),
                _ => figure.first_field(),
            };
            self.line.keyed.look_up(region, at, of, first, row(figure))
        };
        let KeyedCells { a: unit, b: funding, last: tiers } =
            keyed(region, VALUE, &terms_word, Figure::Terms)?;
        let KeyedCells { a: conversion, b: charge_conversion, last: is_rate } =
            keyed(region, NOTIONAL, &word, Figure::Conversions)?;
        let KeyedCells { a: radicand_factor, b: radicand_offset, last: of_size } =
            keyed(region, SECOND_NOTIONAL, &word, Figure::Root)?;
        let KeyedCells { a: default, b: reads, last: of_notional } =
            keyed(region, VARIABLE, &word, Figure::Own)?;
        let line = |region: &mut Region<'_, Fp>, block, x: &FieldCell, of: &FieldCell, figure| {
            self.line.assign(region, offset + block, x, of, figure, row(figure))
        };

        // Value and result.
        let value = line(region, VALUE, &size, &sided, Figure::Value)?;
        let value = columns.copy(region, offset, QUOTIENT, &value)?;
        let unit = columns.copy(region, offset, UNIT, &unit)?;
        let funding = columns.copy(region, offset, FUNDING, &funding)?;
        let of_long = value.value().zip(unit.value()).zip(size.value()).zip(funding.value());
        let of_long =
            of_long.map(|(((value, unit), size), funding)| *value * unit - *size * funding);
        let booked = entry.value().zip(slot.used.value());
        let booked = booked.map(|(entry, used)| *entry - *used * power_of_two(ENTRY_BITS - 1));
        let pnl = side.value().zip(of_long).zip(booked);
        let pnl = pnl.map(|((side, of_long), booked)| (Fp::ONE - side.double()) * of_long - booked);
        let pnl = columns.assign(region, offset, PNL, pnl)?;
        self.q_position.enable(region, offset + POSITION)?;
        let steps = [(RESULT, Figure::Result), (SECOND_RESULT, Figure::SecondResult)];
        let mut result = pnl;
        for (step, (block, figure)) in steps.into_iter().enumerate() {
            let hint = hint.map(|h| h.general.result[step]);
            result = self.signed.assign(region, offset + block, &result, &word, figure, hint)?;
        }
        let settles = match &cross {
            Some((config, cross)) => config.result(region, offset, cross, &result)?,
            None => result.clone(),
        };
        let settled = self.groups.assign(
            region,
            offset + GROUPS_ROWS,
            previous.map(|p| &p.settled),
            &settles,
            &code,
        )?;

        // Notional, tier variable and tiers.
        let (size, notional, filled) = match &self.orders {
            None => {
                let base = match &self.entry {
                    None => size.clone(),
                    Some(config) => {
                        let hint = hint.map(|h| &h.general.entry);
                        let of =
                            Booked { entry: &entry, used: &slot.used, size: &size, key: &word };
                        config.assign(region, offset + AT_ENTRY, of, hint)?
                    }
                };
                let notional = line(region, NOTIONAL, &base, &sided, Figure::Notional)?;
                (size, notional, None)
            }
            Some(config) => {
                let (at, hint) = (offset + ORDERS, hint.map(|h| &h.general.orders));
                let allocation = allocation.as_ref();
                let held =
                    Held { side: &side, size: &size, used: &slot.used, key: &word, allocation };
                let filled = config.filled(region, at, held, hint)?;
                let sold = &filled.sold;
                let of_asks = line(region, NOTIONAL, &sold.size, &sold.key, Figure::Notional)?;
                let [size, notional] = config.worst(region, at, &filled, &of_asks, hint)?;
                (size, notional, Some((config, filled)))
            }
        };
        let notional = line(region, SECOND_NOTIONAL, &notional, &word, Figure::SecondNotional)?;
        let root = self.root.assign(
            region,
            offset + ROOT,
            &size,
            [&radicand_factor, &radicand_offset],
            free(|h| h.general.root),
        )?;
        let root = columns.copy(region, offset, ROOT_COPY, &root)?;
        let of_size = columns.copy(region, offset, OF_SIZE, &of_size)?;
        let of_notional = columns.copy(region, offset, OF_NOTIONAL, &of_notional)?;
        let size = columns.copy(region, offset, SIZE_COPY, &size)?;
        let notional = columns.copy(region, offset, NOTIONAL_COPY, &notional)?;
        let by_size = of_size.value().zip(size.value()).map(|(flag, size)| *flag * size);
        let by_notional = of_notional.value().zip(notional.value()).map(|(flag, n)| *flag * n);
        let of = root.value().zip(by_size).zip(by_notional);
        let of = of.map(|((root, by_size), by_notional)| *root + by_size + by_notional);
        let of = columns.assign(region, offset, OF, of)?;
        self.q_choice.enable(region, offset + CHOICE)?;
        let variable = line(region, VARIABLE, &of, &word, Figure::Variable)?;
        let hint_of_tiers = hint.map(|h| h.bracket);
        let tiered =
            self.signed.quotient(region, offset + TIERS, &variable, &tiers, hint_of_tiers)?;

        let is_rate = columns.copy(region, offset, RATED_FLAG, &is_rate)?;
        let rate = tiered.value().map(|tiered| limbs_of(tiered, OWN_LIMBS));
        let rate = rate.map(|limbs| limbs.iter().rev().fold(Fp::ZERO, |x, l| x * LIMB + l));
        let rate = columns.assign(region, offset, RATE, rate)?;
        self.q_rate.enable(region, offset + RATED)?;

        // Own parameter and requirement.
        let has_own = free(|h| h.general.has_own);
        let [has_own, compared] = self.own(region, offset, &own, has_own, [&default, &reads])?;
        let decides = free(|h| h.general.own_decides);
        let rate = self.larger.assign(region, offset + LARGER, [&rate, &compared], decides)?;
        let tiered = columns.copy(region, offset, TIERED, &tiered)?;
        let is_rate = columns.copy(region, offset, IS_RATE, &is_rate)?;
        let multiplied = columns.copy(region, offset, MULTIPLIED, &notional)?;
        let product = rate.value().zip(multiplied.value()).map(|(rate, notional)| *rate * notional);
        let unrounded = is_rate.value().zip(product).zip(tiered.value());
        let unrounded = unrounded
            .map(|((is_rate, product), tiered)| *is_rate * product + (Fp::ONE - is_rate) * tiered);
        let unrounded = columns.assign(region, offset, UNROUNDED, unrounded)?;
        self.q_own.enable(region, offset + OWN)?;
        let required = line(region, REQUIREMENT, &unrounded, &word, Figure::Requirement)?;
        let required = match &self.leverage {
            None => required,
            Some((config, first)) => {
                let of = Leveraged {
                    key: &word,
                    own: &own,
                    has_own: &has_own,
                    notional: &notional,
                    required: &required,
                };
                config.assign(region, offset + first, of, hint.map(|h| &h.general.leverage))?
            }
        };
        let charged = line(region, CHARGE, &notional, &word, Figure::Charge)?;
        let conversions = [&conversion, &charge_conversion];
        let before = previous.map(|p| &p.maintenance);
        let flag = cross.as_ref().map(|(_, cross)| cross);
        let mut maintenance =
            self.sum(region, offset, [&required, &charged], conversions, flag, before)?;
        let own = cross.as_ref().map(|(config, _)| {
            let of = [&word, &required, &charged];
            config.own(region, offset, of, hint.map(|h| h.general.units))
        });
        let (mut own, result_unit) = own.transpose()?.map(|[own, unit]| (own, unit)).unzip();
        let orders = match filled {
            None => None,
            Some((config, filled)) => {
                let (filled, sum, own_before) = (&filled, &maintenance, own.as_ref());
                let of = Fees { key: &word, filled, cross: flag, sum, own: own_before };
                let hint = hint.map(|h| &h.general.orders);
                (maintenance, own) = config.fees(region, offset + ORDERS, of, hint)?;
                Some(filled.word.clone())
            }
        };
        let (used, requirement) = (slot.used.clone(), own.map(Unconverted::Figure));
        let book = flag.zip(requirement).map(|(cross, requirement)| BookCells {
            used,
            cross: cross.clone(),
            pnl: result,
            requirement,
            assigned: allocation
                .zip(result_unit)
                .map(|(allocation, result_unit)| Assigned { allocation, result_unit }),
        });
        Ok(PositionCells { slot, packed, orders, maintenance, settled, book, family: None })
    }

    /// Whether there is an own parameter, and the one that is compared with what tiers give.
    fn own(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        own: &FieldCell,
        has_own: Value<Fp>,
        [default, reads]: [&FieldCell; 2],
    ) -> Result<[FieldCell; 2], Error> {
        let columns = &self.columns;
        let own = columns.copy(region, offset, OWN_COPY, own)?;
        let default = columns.copy(region, offset, DEFAULT, default)?;
        let reads = columns.copy(region, offset, READS, reads)?;
        let has = has_own;
        let inverse = own.value().zip(has);
        let inverse = inverse.map(|(own, has)| own.invert().unwrap_or(Fp::ZERO) * has);
        columns.assign(region, offset, INVERSE, inverse)?;
        let has_own = columns.assign(region, offset, HAS_OWN, has)?;
        let compared = own.value().zip(has).zip(default.value()).zip(reads.value());
        let compared =
            compared.map(|(((own, has), default), reads)| *reads * own + (Fp::ONE - has) * default);
        Ok([has_own, columns.assign(region, offset, COMPARED, compared)?])
    }

    /// The sum of requirements with this one.
    fn sum(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        [required, charged]: [&FieldCell; 2],
        [conversion, charge_conversion]: [&FieldCell; 2],
        cross: Option<&FieldCell>,
        before: Option<&FieldCell>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let required = columns.copy(region, offset, REQUIRED, required)?;
        let conversion = columns.copy(region, offset, CONVERSION, conversion)?;
        let charged = columns.copy(region, offset, CHARGED, charged)?;
        let charge_conversion =
            columns.copy(region, offset, CHARGE_CONVERSION, charge_conversion)?;
        let before = columns.copy_or_constant(region, offset, SUM_IN, before, Fp::ZERO)?;
        let required = required.value().zip(conversion.value()).map(|(x, c)| *x * c);
        let charged = charged.value().zip(charge_conversion.value()).map(|(x, c)| *x * c);
        let mut added = required.zip(charged).map(|(required, charged)| required + charged);
        if let Some(cross) = cross {
            let cross = columns.copy(region, offset, cross::CROSS_OF_SUM, cross)?;
            added = added.zip(cross.value()).map(|(added, cross)| added * cross);
        }
        let sum = before.value().zip(added).map(|(before, added)| *before + added);
        self.q_sum.enable(region, offset + SUM)?;
        columns.assign(region, offset, SUM_OUT, sum)
    }
}

/// Rows of a figure in the table that a position's own hints hold.
pub(crate) const FIGURES: usize = Figure::Charge as usize + 1;

/// Free cells of a position slot in the general profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneralPositionHint {
    /// Whether the own parameter is not zero.
    pub has_own: Fp,
    /// Root of the radicand.
    pub root: Fp,
    /// Whether the own parameter, or its default, is larger than what tiers give.
    pub own_decides: Fp,
    /// Rows that are looked up by key, in the order of their figures.
    pub rows: [BracketHint; FIGURES],
    /// Rows of both steps of the result.
    pub result: [BracketHint; 2],
    /// Row of the own units of requirement and charge; read where positions can be isolated.
    pub units: BracketHint,
    /// Open orders; read where records have them.
    pub orders: OrdersHint,
    /// Sign of the entry; read where notionals can be of it.
    pub entry: EntryHint,
    /// Requirement by the own leverage; read where there can be one.
    pub leverage: LeverageHint,
}

impl GeneralPositionHint {
    /// An empty slot.
    pub fn empty() -> Self {
        Self {
            has_own: Fp::ZERO,
            root: Fp::ZERO,
            own_decides: Fp::ZERO,
            rows: [BracketHint::default(); FIGURES],
            result: [signed::EMPTY; 2],
            units: BracketHint::default(),
            orders: OrdersHint::empty(),
            entry: EntryHint::empty(),
            leverage: LeverageHint::empty(),
        }
    }
}

/// Cells of the position and of what is between the blocks, under the names they have in the slot.
#[cfg(test)]
pub(crate) fn slot_cells(settlement: Settlement) -> Vec<At> {
    use crate::layout::{of, place};
    let mut all = of(&[
        &[PNL, FUNDING, QUOTIENT, UNIT, PACKED, PARAMETER, SIDE, SIZE, WORD],
        &[PARAMETER_LIMBS, TERMS_WORD, CODE],
        &[ROOT_COPY, OF_NOTIONAL, OF_SIZE, SIZE_COPY, NOTIONAL_COPY, OF],
        &[RATED_FLAG, RATE],
        &[OWN_COPY, INVERSE, HAS_OWN, COMPARED, UNROUNDED],
        &[DEFAULT, READS, IS_RATE, MULTIPLIED, TIERED],
        &[REQUIRED, CONVERSION, CHARGED, CHARGE_CONVERSION, SUM_IN, SUM_OUT],
    ]);
    all.extend(place(&[&range::TWO_ROWS], SIZE_ROWS, |_| LESS_ONE.name));
    all.extend(place(&[&range::TOPPED], ENTRY_ROWS, |name| match name {
        "top" => "entry top",
        _ => ENTRY.name,
    }));
    all.extend(place(&sorted::CELLS, SORTED_ROWS, |name| name));
    all.extend(settled::slot_cells(settlement, GROUPS_ROWS, "result"));
    all
}

/// All cells of a slot.
#[cfg(test)]
pub(crate) fn cells(profile: Profile) -> Vec<At> {
    use crate::layout::place;
    use zkmargin_gadgets::keyed;
    let mut all = slot_cells(profile.settlement);
    if profile.has_isolated() {
        all.extend(cross::cells());
    }
    if profile.orders {
        all.extend(place(&[&orders::cells(profile)], ORDERS, |name| name));
    }
    if profile.allocations {
        all.extend(place(&allocation::CELLS, ALLOCATIONS, |name| name));
    }
    if profile.entry {
        all.extend(place(&[&entry::cells()], AT_ENTRY, |name| name));
    }
    if profile.leverage {
        all.extend(place(&[&leverage::cells()], leverage_rows(profile), |name| name));
    }
    for block in [VALUE, NOTIONAL, SECOND_NOTIONAL, VARIABLE, REQUIREMENT, CHARGE] {
        all.extend(place(&[&line::cells()], block, |name| name));
    }
    for block in [VALUE, NOTIONAL, SECOND_NOTIONAL, VARIABLE] {
        all.extend(place(&keyed::CELLS, block + line::FREE, |name| name));
    }
    for block in [RESULT, SECOND_RESULT] {
        all.extend(place(&[&signed::cells()], block, |name| name));
    }
    all.extend(place(&[&signed::quotient_cells()], TIERS, |name| name));
    all.extend(place(&root::CELLS, ROOT, |name| name));
    all.extend(place(&larger::CELLS, LARGER, |name| name));
    all
}
