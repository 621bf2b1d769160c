//! Witness generation: the private values of every page, computed by the rule's formulas in exact integers.

use super::hints::{PageHint, PortfolioWitness, SlotHint, SumHint, UnitHint};
use super::shape::PortfolioShape;
use super::tables::{self, PortfolioTables};
use crate::hints::AssetHint;
use crate::witness::Witness;
use num_bigint::{BigInt, Sign};
use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::claim::Claim;
use zkmargin_model::field::to_field;
use zkmargin_model::portfolio::{
    Aggregate, Column, Group, Margin, Market, Multiplier, PAGE_SLOTS, Page, Role, Terms,
    UnitMargin, pages, slot_key,
};
use zkmargin_model::rule::{Position, Side};

fn flag(is: bool) -> Fp {
    Fp::from(u64::from(is))
}

fn is_negative(x: &BigInt) -> Fp {
    flag(x.sign() == Sign::Minus)
}

fn slot(position: &Position, terms: &Terms, tables: &PortfolioTables) -> Option<SlotHint> {
    let of = terms.instrument(position.instrument)?;
    Some(SlotHint {
        used: Fp::ONE,
        side: flag(position.side == Side::Short),
        key: Fp::from(slot_key(position, of.contract)),
        size: to_field(&BigInt::from(position.size.clone())) - Fp::ONE,
        entry: to_field(&position.biased_entry()),
        terms: tables::instrument_row(of, terms, &tables.plan),
        // Filled in with the slot above.
        same_strike: Fp::ZERO,
        short: Fp::ZERO,
    })
}

/// Fills in whether slots have the strike of the slot above, and whether it is net short so far.
fn strikes(hints: &mut [PageHint], held: &[Page<'_>]) {
    let (mut above, mut net) = (Fp::ZERO, BigInt::default());
    for (at, hint) in hints.iter_mut().enumerate() {
        for (s, slot) in hint.slots.iter_mut().enumerate() {
            let position = held.get(at).and_then(|page| page.positions.get(s));
            // The second of the terms is the strike.
            let strike = slot.terms[1];
            slot.same_strike = flag(strike == above);
            if strike != above {
                net = BigInt::default();
            }
            net += position.map(Position::signed_size).unwrap_or_default();
            slot.short = is_negative(&net);
            above = strike;
        }
    }
}

/// What a position adds to its group's sum over a column.
fn addition(position: &Position, at: usize, column: &Column, terms: &Terms) -> Option<BigInt> {
    let of = terms.instrument(position.instrument)?;
    let size = position.signed_size();
    let x = match column.multiplier {
        Multiplier::Net => size,
        Multiplier::Gross => BigInt::from(size.magnitude().clone()),
        Multiplier::Short => (-size).max(BigInt::default()),
    };
    let product = x * &of.loadings[at];
    let entry = &position.entry * &terms.entry_unit;
    Some(if column.less_entry { product - entry } else { product })
}

/// The loss of a group in a column before its magnitude is taken.
fn loss(sums: &[BigInt], at: usize, column: &Column, group: &Group) -> BigInt {
    let is_negative = sums[at].sign() == Sign::Minus;
    let of_group = if is_negative { &group.negative } else { &group.positive };
    let slope = if column.sloped { &column.slope * of_group } else { column.slope.clone() };
    let terms = column.terms.iter().map(|t| &sums[t.column] * &t.multiplier);
    slope * &sums[at] + terms.sum::<BigInt>()
}

/// The largest loss of a group in a scan, or zero.
fn scan(sums: &[BigInt], scan: usize, group: &Group, terms: &Terms) -> BigInt {
    let columns = terms.columns.iter().enumerate();
    let of_scan = columns.filter(|(_, c)| c.role == Role::GroupScan(scan));
    let losses = of_scan.map(|(at, c)| {
        let loss = loss(sums, at, c, group);
        if c.magnitude && group.magnitudes { loss.magnitude().clone().into() } else { loss }
    });
    losses.chain([BigInt::default()]).max().unwrap_or_default()
}

fn unit(of: &UnitMargin, terms: &Terms) -> Option<UnitHint> {
    let (mut negative, mut lines) = (Vec::new(), Vec::new());
    for (column, loss) in terms.columns.iter().zip(&of.losses) {
        let (Role::Added(amount) | Role::Floor(amount)) = &column.role else { continue };
        match amount {
            Aggregate::Identity => {}
            Aggregate::Magnitude(_) => negative.push(is_negative(loss)),
            Aggregate::Bracketed(line) => {
                lines.push(tables::row_hint(tables::reached(line), loss)?)
            }
        }
    }
    let (scan, requirement) = (to_field(&of.scan), to_field(&of.requirement));
    Some(UnitHint { scan, requirement, negative, lines })
}

impl PortfolioWitness {
    /// Fills every page of a shape. `figures` are those of [`zkmargin_model::portfolio::margin`]; the account need not meet
    /// the claim.
    ///
    /// Returns `None` if the account does not fit the shape, or the figures are of another account or market in a way that
    /// can be seen.
    pub fn new(
        tables: &PortfolioTables,
        shape: PortfolioShape,
        market: &Market,
        witness: &Witness,
        figures: &Margin,
        claim: &Claim,
    ) -> Option<Self> {
        let (terms, account) = (market.terms(), &witness.account);
        let held = pages(account, terms).ok()?;
        let (count, balances) = (held.len(), account.balances());
        if count > shape.pages() || balances.len() > shape.assets() {
            return None;
        }
        let mut hints = Vec::with_capacity(shape.pages());
        let mut sums = vec![BigInt::default(); terms.columns.len()];
        for (p, page) in held.iter().enumerate() {
            let above = p.checked_sub(1).map(|p| held[p].group);
            let below = held.get(p + 1).map(|page| page.group);
            let hint = page_hint(tables, terms, page, [above, below], &mut sums)?;
            hints.push(hint);
        }
        hints.resize_with(shape.pages(), || PageHint::empty(tables));
        strikes(&mut hints, &held);
        for of in &figures.units {
            let of_unit = |page: &Page<'_>| {
                terms.group(page.group).is_some_and(|group| group.unit == of.unit)
            };
            let at = match tables.constants.only_unit {
                Some(_) => shape.pages().checked_sub(1),
                None => held.iter().rposition(of_unit),
            };
            hints.get_mut(at?)?.unit = unit(of, terms)?;
        }
        let mut assets = balances
            .iter()
            .zip(&figures.assets)
            .map(|(b, m)| asset(terms, b, &m.balance))
            .collect::<Option<Vec<_>>>()?;
        assets.resize_with(shape.assets(), AssetHint::empty);
        let secrets = &witness.secrets;
        let [level, floor, deficient] = claim.instance();
        Some(Self {
            pages: hints,
            assets,
            leaf: [
                secrets.registry,
                secrets.holder_key,
                Fp::from(secrets.serial),
                secrets.blinding,
            ],
            margin_blinding: witness.margin_blinding,
            level,
            floor,
            deficient,
            membership: None,
        })
    }
}

fn page_hint(
    tables: &PortfolioTables,
    terms: &Terms,
    page: &Page<'_>,
    [above, below]: [Option<u32>; 2],
    sums: &mut [BigInt],
) -> Option<PageHint> {
    let group = terms.group(page.group)?;
    let unit_of = |id: Option<u32>| id.and_then(|id| terms.group(id)).map(|group| group.unit);
    let continues = above == Some(page.group);
    if !continues {
        sums.fill(BigInt::default());
    }
    for (at, column) in terms.columns.iter().enumerate() {
        for position in page.positions {
            sums[at] += addition(position, at, column, terms)?;
        }
    }
    let of_columns = terms.columns.iter().enumerate().map(|(at, column)| SumHint {
        sum: to_field(&sums[at]),
        negative: is_negative(&sums[at]),
        loss_negative: is_negative(&loss(sums, at, column, group)),
    });
    let mut hint = PageHint {
        used: Fp::ONE,
        full: flag(page.positions.len() == PAGE_SLOTS),
        group: tables::group_row(group, terms),
        continues: flag(continues),
        same_unit: flag(unit_of(above) == Some(group.unit)),
        sums: of_columns.collect(),
        ..PageHint::empty(tables)
    };
    for (slot_hint, position) in hint.slots.iter_mut().zip(page.positions) {
        *slot_hint = slot(position, terms, tables)?;
    }
    if below != Some(page.group) {
        for (t, largest) in hint.scans.iter_mut().enumerate() {
            *largest = to_field(&scan(sums, t, group, terms));
        }
    }
    Some(hint)
}

fn asset(
    terms: &Terms,
    held: &zkmargin_model::rule::Balance,
    with_profits: &BigInt,
) -> Option<AssetHint> {
    let settles = tables::settlement_assets(terms);
    let code = settles.iter().position(|id| *id == held.asset);
    let of = terms.asset(held.asset)?;
    Some(AssetHint {
        used: Fp::ONE,
        code: Fp::from(code.unwrap_or(0) as u64),
        settles: flag(code.is_some()),
        key: Fp::from(u64::from(held.asset)),
        balance: to_field(&held.biased_balance()),
        bracket: tables::row_hint(of.rows_by_balance(), with_profits)?,
        ..AssetHint::empty()
    })
}
