//! The general profile's rows of the bracket table.

use super::allocated::{AllocationConstants, LineConstants};
use super::asset::GeneralAssetHint;
use super::by_size::{self, SizeHint};
use super::entry::EntryHint;
use super::keys::{Figure, PART, first_of_terms};
use super::leverage::{self, LeverageHint};
use super::orders::OrdersHint;
use super::position::{FIGURES, GeneralPositionHint};
use super::signed;
use crate::hints::{AssetHint, PositionHint};
use crate::tables::{asset_key, bracket, row_of};
use num_bigint::{BigInt, BigUint, Sign};
use zkmargin_gadgets::bracket::{BracketHint, TABLE_COLUMNS};
use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::field::to_field;
use zkmargin_model::rule::{
    AllocationLines, AssetFigures, AssetLines, Balance, GeneralLines, InstrumentLines, Line,
    LineTable, Market, OrderFigures, Orders, Position, PositionFigures, SecondWord, Side,
    SizeLines, VariableOf,
};
use zkmargin_model::widths::CROSS_BIT;

/// A row that is looked up by key alone.
fn keyed(a: Fp, b: Fp, last: Fp) -> BracketHint {
    BracketHint { slope: a, intercept: b, last, ..BracketHint::default() }
}

fn line(of: &Line) -> BracketHint {
    keyed(to_field(&of.a), to_field(&of.b), to_field(&of.d) - Fp::ONE)
}

fn flag(is_set: bool) -> Fp {
    Fp::from(u64::from(is_set))
}

/// The rows of an instrument that are looked up by key, for a position on one side, in the order of their figures.
fn rows_of_side(of: &InstrumentLines, side: usize) -> [BracketHint; FIGURES] {
    let [factor, offset] = &of.root;
    [
        keyed(to_field(&of.scale), to_field(&of.funding), Fp::from(of.tiers as u64 + 1)),
        keyed(to_field(&of.conversion), to_field(&of.charge_conversion), flag(of.is_rate)),
        keyed(to_field(factor), to_field(offset), flag(of.of == VariableOf::Size)),
        keyed(
            Fp::from(u64::from(of.own.unwrap_or(0))),
            flag(of.own.is_some()),
            flag(of.of == VariableOf::Notional),
        ),
        line(&of.value[side]),
        line(&of.notional[side]),
        line(&of.second_notional),
        line(&of.variable),
        line(&of.requirement),
        line(&of.charge),
    ]
}

/// How the book of a position with an allocation is computed.
pub(crate) fn allocation(of: &AllocationLines) -> AllocationConstants {
    let line = |of: &Line| LineConstants {
        a: to_field(&of.a),
        b: to_field(&of.b),
        last: to_field(&of.d) - Fp::ONE,
    };
    AllocationConstants {
        amount: line(&of.amount),
        value: line(&of.value),
        scale: to_field(&of.scale),
    }
}

/// From requirement, charge and result to the units of an isolated book.
fn units(of: &InstrumentLines) -> BracketHint {
    let [unit, charge_unit] = &of.units;
    keyed(to_field(unit), to_field(charge_unit), to_field(&of.result_unit))
}

/// What each open order requires; `None` where records have none.
fn order_fee(of: &InstrumentLines) -> Option<BracketHint> {
    let [fee, own] = of.order_fee.as_ref()?;
    Some(keyed(to_field(fee), to_field(own), Fp::ZERO))
}

/// Whether the notional is of the entry.
fn at_entry(of: &InstrumentLines) -> BracketHint {
    keyed(flag(of.at_entry), Fp::ZERO, Fp::ZERO)
}

/// What the own leverage requires, in the order of its parts.
fn by_leverage(of: &InstrumentLines) -> [BracketHint; leverage::PARTS] {
    match &of.leverage {
        None => leverage::NONE,
        Some(of) => {
            let [of_tiers, of_leverage] = &of.units;
            [
                keyed(to_field(&of.a), Fp::from(u64::from(of.default)), Fp::ONE),
                keyed(to_field(&of.d), to_field(&of.b), flag(of.less)),
                keyed(to_field(of_tiers), to_field(of_leverage), Fp::ZERO),
            ]
        }
    }
}

/// All figures of [`rows_of_side`], in order.
const OF_SIDE: [Figure; FIGURES] = [
    Figure::Terms,
    Figure::Conversions,
    Figure::Root,
    Figure::Own,
    Figure::Value,
    Figure::Notional,
    Figure::SecondNotional,
    Figure::Variable,
    Figure::Requirement,
    Figure::Charge,
];

/// Figures of an asset whose rows are looked up by key and are zero in an empty slot.
const OF_ASSET: [Figure; 8] = [
    Figure::Flags,
    Figure::Deposit,
    Figure::Debt,
    Figure::DebtCharge,
    Figure::Held,
    Figure::HeldRoot,
    Figure::Discount,
    Figure::Premium,
];

fn flags(of: &AssetLines) -> BracketHint {
    keyed(flag(of.reads_own), flag(of.debts_required), to_field(&of.scale))
}

fn weight(of: &AssetLines, sign: usize) -> BracketHint {
    let weight = &of.weight[sign];
    keyed(to_field(&weight.distance), to_field(&weight.b), to_field(&of.one) - Fp::ONE)
}

/// Factor and offset of the radicand of what is held.
fn radicand(of: &SizeLines) -> BracketHint {
    keyed(to_field(&of.root[0]), to_field(&of.root[1]), Fp::ZERO)
}

/// Numerator and divisor of the weight by size, of this sign.
fn from(of: &SizeLines, sign: usize) -> BracketHint {
    keyed(to_field(&of.from[sign]), Fp::ZERO, to_field(&of.base[sign]) - Fp::ONE)
}

/// Rows of the table.
struct Rows(Vec<[Fp; TABLE_COLUMNS]>);

impl Rows {
    fn push(&mut self, key: u64, row: BracketHint) {
        self.0.push(row_of(Fp::from(key), row));
    }

    fn parts(&mut self, key: u64, rows: [BracketHint; leverage::PARTS]) {
        rows.into_iter().zip(0..).for_each(|(row, part)| self.push(key + part * PART, row));
    }

    fn table(&mut self, key: u64, table: &LineTable) {
        table.rows.iter().for_each(|row| self.push(key, bracket(row, table)));
    }
}

/// All rows of a market, the zero row first.
pub(crate) fn rows(market: &Market, lines: &GeneralLines) -> Vec<[Fp; TABLE_COLUMNS]> {
    let terms = market.terms();
    let mut rows = Rows(vec![[Fp::ZERO; TABLE_COLUMNS]]);
    for (table, key) in lines.tiers.iter().zip(1..) {
        rows.table(key, table);
    }
    // Empty slots.
    let zero = BracketHint::default();
    let settlement = lines.settlement;
    let first = |figure: Figure| match figure {
        Figure::Terms => first_of_terms(settlement),
        _ => figure.first(),
    };
    for figure in OF_SIDE {
        rows.push(first(figure), zero);
    }
    for figure in OF_ASSET {
        rows.push(figure.first(), zero);
    }
    if lines.profile().has_isolated() {
        rows.push(Figure::Units.first(), zero);
    }
    if lines.profile().orders {
        rows.push(Figure::OrderFee.first(), zero);
    }
    if lines.profile().entry {
        rows.push(Figure::AtEntry.first(), zero);
    }
    if lines.profile().leverage {
        rows.parts(Figure::Leverage.first(), leverage::EMPTY);
    }
    for figure in [Figure::Most, Figure::Least] {
        rows.push(figure.first(), by_size::EMPTY_FROM);
    }
    for figure in [Figure::Result, Figure::SecondResult, Figure::Amount] {
        rows.push(figure.first(), signed::EMPTY);
    }
    rows.push(asset_key::first(settlement), signed::EMPTY);
    for (terms, of) in terms.instruments.iter().zip(&lines.instruments) {
        let word = (1 << CROSS_BIT) + 2 * u64::from(terms.id);
        let [long, short] = [0, 1].map(|side| rows_of_side(of, side));
        for (figure, row) in OF_SIDE.into_iter().zip(long) {
            let of = match figure {
                Figure::Terms => settlement.groups() as u64 * word + terms.group as u64,
                _ => word,
            };
            rows.push(first(figure) + of, row);
        }
        for figure in [Figure::Value, Figure::Notional] {
            rows.push(figure.first() + word + 1, short[figure as usize]);
        }
        rows.table(Figure::Result.first() + word, &of.result[0]);
        rows.table(Figure::SecondResult.first() + word, &of.result[1]);
        if lines.profile().has_isolated() {
            rows.push(Figure::Units.first() + word, units(of));
        }
        if let Some(fee) = order_fee(of) {
            rows.push(Figure::OrderFee.first() + word, fee);
        }
        if lines.profile().entry {
            rows.push(Figure::AtEntry.first() + word, at_entry(of));
        }
        if lines.profile().leverage {
            rows.parts(Figure::Leverage.first() + word, by_leverage(of));
        }
    }
    for (terms, of) in terms.assets.iter().zip(&lines.assets) {
        let word = u64::from(terms.id);
        rows.table(Figure::Amount.first() + word, &of.amount);
        let key = asset_key(settlement, terms.id, market.settle_group_of(terms.id));
        rows.table(key, &of.value);
        rows.push(Figure::Flags.first() + word, flags(of));
        rows.push(Figure::Deposit.first() + word, weight(of, 0));
        rows.push(Figure::Debt.first() + word, weight(of, 1));
        rows.push(Figure::DebtCharge.first() + word, line(&of.charge));
        let by_size = &of.by_size;
        rows.push(Figure::Held.first() + word, line(&by_size.held));
        rows.push(Figure::HeldRoot.first() + word, radicand(by_size));
        rows.push(Figure::Discount.first() + word, line(&by_size.step[0]));
        rows.push(Figure::Premium.first() + word, line(&by_size.step[1]));
        rows.push(Figure::Most.first() + word, from(by_size, 0));
        rows.push(Figure::Least.first() + word, from(by_size, 1));
    }
    rows.0
}

impl GeneralPositionHint {
    fn of(
        lines: &InstrumentLines,
        p: &Position,
        second: SecondWord<'_>,
        figures: &PositionFigures,
    ) -> Option<Self> {
        let side = usize::from(p.side == Side::Short);
        let result = |step: usize| {
            let table = &lines.result[step];
            Some(bracket(table.rows.get(figures.result[step])?, table))
        };
        let mut rows = rows_of_side(lines, side);
        let orders = match (second.orders, &figures.orders) {
            (Some(orders), Some(figures)) => {
                // The slot's own block is that of filled asks.
                let [_, sold] = figures.shorts.map(usize::from);
                rows[Figure::Notional as usize] = line(&lines.notional[sold]);
                let allocation = Fp::from(second.allocation);
                OrdersHint { allocation, ..OrdersHint::of(lines, orders, figures)? }
            }
            _ => OrdersHint::empty(),
        };
        Some(Self {
            has_own: flag(p.own != 0),
            orders,
            entry: EntryHint {
                negative: flag(p.entry.sign() == Sign::Minus),
                at_entry: at_entry(lines),
            },
            leverage: LeverageHint {
                decides: flag(figures.leverage_decides),
                rows: by_leverage(lines),
            },
            root: to_field(&figures.root),
            own_decides: flag(figures.own_decides),
            rows,
            result: [result(0)?, result(1)?],
            units: units(lines),
        })
    }
}

impl OrdersHint {
    fn of(lines: &InstrumentLines, orders: &Orders, figures: &OrderFigures) -> Option<Self> {
        let [bought, _] = figures.shorts.map(usize::from);
        let size = |size: &BigUint| to_field(&BigInt::from(size.clone()));
        Some(Self {
            bids: size(&orders.bids),
            asks: size(&orders.asks),
            count: Fp::from(u64::from(orders.count)),
            allocation: Fp::ZERO,
            shorts: figures.shorts.map(flag),
            bids_decide: flag(figures.bids_decide),
            notional: line(&lines.notional[bought]),
            fee: order_fee(lines)?,
        })
    }
}

impl PositionHint {
    /// The general profile's part of a position's hints, with the second word of its record, and its tier row.
    pub(crate) fn general(
        market: &Market,
        lines: &GeneralLines,
        p: &Position,
        second: SecondWord<'_>,
    ) -> Option<(GeneralPositionHint, BracketHint)> {
        let figures = lines.position(market.terms(), p, second.orders)?.ok()?;
        let instruments = &market.terms().instruments;
        let at = instruments.binary_search_by_key(&p.instrument, |i| i.id).ok()?;
        let of = lines.instruments.get(at)?;
        let tiers = lines.tiers.get(of.tiers)?;
        let tier = bracket(tiers.rows.get(figures.tier)?, tiers);
        Some((GeneralPositionHint::of(of, p, second, &figures)?, tier))
    }
}

impl AssetHint {
    /// The general profile's part of a balance's hints.
    pub(crate) fn general(
        market: &Market,
        lines: &GeneralLines,
        b: &Balance,
        u: &BigInt,
    ) -> Option<GeneralAssetHint> {
        let figures = lines.balance(market.terms(), b, u)?.ok()?;
        let AssetFigures { amount, value, is_debt, own_decides, root, size_decides, .. } = figures;
        let assets = &market.terms().assets;
        let at = assets.binary_search_by_key(&b.asset, |a| a.id).ok()?;
        let of = lines.assets.get(at)?;
        let sign = usize::from(is_debt);
        Some(GeneralAssetHint {
            own: Fp::from(u64::from(b.own)),
            is_debt: flag(is_debt),
            own_decides: flag(own_decides),
            size_decides: flag(size_decides),
            weighs_nothing: flag(figures.weighs_nothing),
            amount: bracket(of.amount.rows.get(amount)?, &of.amount),
            flags: flags(of),
            weight: weight(of, sign),
            value: bracket(of.value.rows.get(value)?, &of.value),
            charge: line(&of.charge),
            by_size: SizeHint {
                is_owed: flag(u.sign() == Sign::Minus),
                root: to_field(&root),
                held: line(&of.by_size.held),
                radicand: radicand(&of.by_size),
                step: line(&of.by_size.step[sign]),
                from: from(&of.by_size, sign),
            },
        })
    }
}
