//! Profit and loss on its way from positions to the assets in which it settles.
//!
//! With one quad of settle groups, each slot adds its amount to the sums of the slots before it. With more, it splits its
//! amount by [quads](zkmargin_gadgets::quads), and below all slots each quad [sums](zkmargin_gadgets::settle) what
//! positions leave and what assets take: the same, for every group.

use crate::asset::AssetCells;
use crate::position::PositionCells;
use crate::rows;
use crate::valuation::ValuationConfig;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux, constant};
use zkmargin_gadgets::groups::{GROUPS, GroupsConfig, Sums, indicator, is_code};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::quads::{QuadCells, QuadsConfig};
use zkmargin_gadgets::settle::{self, SettleConfig};
use zkmargin_model::rule::{Profile, Settlement};

/// Rows below the slots.
pub(crate) const fn rows(profile: Profile, positions: usize, assets: usize) -> usize {
    match profile.settlement {
        Settlement::Four => rows::VALUATION,
        of => of.quads() * (settle::rows(positions) + settle::rows(assets)),
    }
}

/// Configuration of a slot's amount.
#[derive(Clone, Debug)]
pub enum SlotConfig {
    /// It is added to the sums.
    Sums(GroupsConfig),
    /// It is split by quads.
    Quads(QuadsConfig),
}

/// A slot's amount.
#[derive(Clone, Debug)]
pub enum SlotCells {
    /// The sums with it.
    Sums(Sums),
    /// Its shares.
    Quads(QuadCells),
}

impl SlotCells {
    /// The sums.
    ///
    /// # Errors
    /// When it is split.
    pub(crate) fn sums(&self) -> Result<&Sums, Error> {
        match self {
            Self::Sums(sums) => Ok(sums),
            Self::Quads(_) => Err(Error::Synthesis),
        }
    }

    fn quads(&self) -> Result<&QuadCells, Error> {
        match self {
            Self::Sums(_) => Err(Error::Synthesis),
            Self::Quads(of) => Ok(of),
        }
    }
}

impl SlotConfig {
    /// Creates the gate.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        settlement: Settlement,
    ) -> Self {
        match settlement {
            Settlement::Four => Self::Sums(GroupsConfig::configure(meta, columns)),
            of => Self::Quads(QuadsConfig::configure(meta, columns, of.quads())),
        }
    }

    /// Assigns two rows from `offset` on, for an amount of group `code`.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        previous: Option<&SlotCells>,
        amount: &FieldCell,
        code: &FieldCell,
    ) -> Result<SlotCells, Error> {
        Ok(match self {
            Self::Sums(groups) => {
                let before = previous.map(SlotCells::sums).transpose()?;
                SlotCells::Sums(groups.assign(region, offset, before, amount, code)?)
            }
            Self::Quads(quads) => SlotCells::Quads(quads.assign(region, offset, amount, code)?),
        })
    }
}

/// Configuration of the check that assets take all that positions leave.
#[derive(Clone, Debug)]
pub(crate) enum AllConfig {
    /// Of the sums that slots have added up.
    Sums(ValuationConfig),
    /// Of sums below the slots.
    Quads(SettleConfig),
}

impl AllConfig {
    /// Creates the gate.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        settlement: Settlement,
    ) -> Self {
        match settlement {
            Settlement::Four => Self::Sums(ValuationConfig::configure(meta, columns)),
            _ => Self::Quads(SettleConfig::configure(meta, columns)),
        }
    }

    /// Assigns the check on [`rows`] rows from `offset` on.
    ///
    /// # Errors
    /// From the layouter, or without slots.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        positions: &[PositionCells],
        assets: &[AssetCells],
    ) -> Result<(), Error> {
        let sums = match self {
            Self::Sums(valuation) => {
                let profits = &positions.last().ok_or(Error::Synthesis)?.settled;
                let included = &assets.last().ok_or(Error::Synthesis)?.included;
                return valuation.assign(region, offset, included.sums()?, profits.sums()?);
            }
            Self::Quads(sums) => sums,
        };
        let of_positions = positions.iter().map(|p| p.settled.quads());
        let of_assets = assets.iter().map(|a| a.included.quads());
        let left = of_positions.collect::<Result<Vec<_>, _>>()?;
        let taken = of_assets.collect::<Result<Vec<_>, _>>()?;
        let quads = left.first().map_or(0, |of| of.shares.len());
        let mut row = offset;
        for quad in 0..quads {
            let mut sum = |region: &mut Region<'_, Fp>, of: &[&QuadCells]| {
                let shares: Vec<_> = of.iter().map(|of| [&of.shares[quad], &of.place]).collect();
                let sums = sums.assign(region, row, &shares)?;
                row += settle::rows(shares.len());
                Ok::<_, Error>(sums)
            };
            let (left, taken) = (sum(region, &left)?, sum(region, &taken)?);
            for (left, taken) in left.iter().zip(&taken) {
                region.constrain_equal(left.cell(), taken.cell())?;
            }
        }
        Ok(())
    }
}

/// Row of an asset slot with what settles.
const ROW: usize = 3;
/// Profit and loss of the positions, per settle group.
const PROFITS: [At; GROUPS] =
    [aux("pnl 0", 0, ROW), aux("pnl 1", 1, ROW), aux("pnl 2", 2, ROW), aux("pnl 3", 3, ROW)];
/// With more quads: profit and loss that the asset takes.
const TAKEN: At = aux("taken", 0, ROW);

/// What an asset slot's gate on the row above says of the profit and loss that settle in the asset.
pub(crate) struct Settles {
    /// A constraint of the group's code, or of what is taken.
    pub(crate) constraint: (&'static str, Expression<Fp>),
    /// What settles.
    pub(crate) amount: Expression<Fp>,
}

/// What settles in an asset with this code, if its flag is set.
pub(crate) fn query(
    meta: &mut VirtualCells<'_, Fp>,
    columns: &Columns,
    settlement: Settlement,
    code: &Expression<Fp>,
    settles: &Expression<Fp>,
) -> Settles {
    let gate = ROW - 1;
    if settlement != Settlement::Four {
        let taken = columns.query(meta, TAKEN, gate);
        let others = (constant(1) - settles.clone()) * taken.clone();
        let constraint = ("only an asset that settles takes pnl", others);
        return Settles { constraint, amount: taken };
    }
    let profits = columns.query_all(meta, PROFITS, gate);
    let settled = (profits.into_iter().enumerate())
        .map(|(g, pnl)| indicator(code.clone(), g) * pnl)
        .reduce(|sum, term| sum + term)
        .unwrap_or(constant(0));
    let constraint = ("code is a settle group", is_code(code.clone()));
    Settles { constraint, amount: settles.clone() * settled }
}

/// What a slot assigns of it.
pub(crate) struct SettlesCells {
    /// The amount that settles.
    pub(crate) amount: Value<Fp>,
    /// What the slot's [`SlotConfig`] counts: the flag, once for each time that the group was included, or what is taken.
    pub(crate) counted: FieldCell,
}

/// Assigns what settles in an asset. `profits` is the profit and loss of all positions, where slots have added it up.
///
/// # Errors
/// From the layouter.
pub(crate) fn assign(
    region: &mut Region<'_, Fp>,
    columns: &Columns,
    offset: usize,
    profits: &SlotCells,
    [code, settles]: [&FieldCell; 2],
    taken: Value<Fp>,
) -> Result<SettlesCells, Error> {
    let SlotCells::Sums(profits) = profits else {
        let taken = columns.assign(region, offset, TAKEN, taken)?;
        return Ok(SettlesCells { amount: taken.value().copied(), counted: taken });
    };
    let mut pnl = Value::known(Fp::ZERO);
    for (g, sum) in profits.iter().enumerate() {
        let cell = columns.copy(region, offset, PROFITS[g], sum)?;
        pnl = pnl
            .zip(cell.value())
            .zip(code.value())
            .map(|((pnl, sum), code)| if *code == Fp::from(g as u64) { *sum } else { pnl });
    }
    let amount = settles.value().zip(pnl).map(|(settles, pnl)| *settles * pnl);
    Ok(SettlesCells { amount, counted: settles.clone() })
}

/// The cells in an asset slot.
#[cfg(test)]
pub(crate) fn asset_cells(settlement: Settlement) -> Vec<At> {
    match settlement {
        Settlement::Four => PROFITS.to_vec(),
        _ => vec![TAKEN],
    }
}

/// The cells of the two rows of a slot, from row `row` of it on, in which the amount is called so.
#[cfg(test)]
pub(crate) fn slot_cells(settlement: Settlement, row: usize, amount: &'static str) -> Vec<At> {
    use crate::layout::of;
    use zkmargin_gadgets::{groups, quads};
    let cells = match settlement {
        Settlement::Four => of(&groups::CELLS),
        of => quads::cells(of.quads()),
    };
    let named = |at: At| if at.name == "amount" { at.named(amount) } else { at };
    cells.into_iter().map(|at| named(at.below(row))).collect()
}
