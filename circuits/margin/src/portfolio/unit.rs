//! The requirement of a unit: the largest loss of its scenarios and scans, what is added, and floors. It is never negative:
//! zero is among the numbers of which it is the largest, or a floor is never below zero.

use super::group::{GroupConfig, Losses};
use super::hints::UnitHint;
use super::linear;
use super::magnitude;
use super::maximum::{self, Number};
use super::tables::{Amount, PortfolioTables, Use};
use zkmargin_gadgets::bracket::{self, BracketConfig, Factor};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;
use zkmargin_model::portfolio::widths::{CLAIM_BITS, LOSS_BITS, REQUIREMENT_BITS};
use zkmargin_model::widths::LIMB_BITS;

/// Limbs of the comparison of requirements.
const LIMBS: usize = (CLAIM_BITS / LIMB_BITS) as usize;

const _: () = {
    assert!(LIMBS as u32 * LIMB_BITS == CLAIM_BITS && REQUIREMENT_BITS + 1 < CLAIM_BITS);
    // A slack is an integer of one more bit than what is compared, and the word that holds it is far below the modulus.
    assert!(LOSS_BITS < CLAIM_BITS && CLAIM_BITS < 250);
};

impl PortfolioTables {
    fn amount_columns(&self) -> impl Iterator<Item = (usize, &Amount, bool)> {
        self.columns.iter().enumerate().filter_map(|(at, column)| match &column.of {
            Use::Added(amount) => Some((at, amount, false)),
            Use::Floor(amount) => Some((at, amount, true)),
            Use::Scenario | Use::GroupScan(_) | Use::Term => None,
        })
    }

    /// How many columns count by their magnitude, and how many by a line.
    pub(crate) fn amounts(&self) -> [usize; 2] {
        let count = |is: fn(&Amount) -> bool| {
            self.amount_columns().filter(|(_, amount, _)| is(amount)).count()
        };
        [
            count(|amount| matches!(amount, Amount::Magnitude(_))),
            count(|amount| matches!(amount, Amount::Line(_))),
        ]
    }

    /// Numbers of a requirement, where columns are added or are floors: the scan with what is added, floors, and zero
    /// unless a floor is never below it.
    fn required(&self) -> usize {
        let floors = self.amount_columns().filter(|(_, _, is_floor)| *is_floor).count();
        1 + floors + usize::from(!self.constants.floor_from_zero)
    }

    /// Numbers of the scan: zero, scenarios and group scans.
    fn scanned(&self) -> usize {
        let scenarios = self.columns.iter().filter(|c| c.of == Use::Scenario).count();
        1 + scenarios + self.constants.scans
    }
}

/// Rows of what is made of one column.
fn amount_rows(amount: &Amount) -> usize {
    linear::ROWS
        + match amount {
            Amount::Identity => 0,
            Amount::Magnitude(_) => magnitude::ROWS,
            Amount::Line(_) => linear::ROWS + bracket::rows(Width::Wide),
        }
}

/// Rows of a unit.
pub(crate) fn rows(tables: &PortfolioTables) -> usize {
    // The scan, its product with the factor, and the sum of requirements.
    let scan = maximum::rows(magnitude::LIMBS, tables.scanned()) + 2 * linear::ROWS;
    let of_column = |(_, amount, _)| amount_rows(amount) + linear::ROWS;
    match tables.amount_columns().map(of_column).sum() {
        0 => scan,
        amounts => scan + amounts + maximum::rows(LIMBS, tables.required()),
    }
}

/// Which losses a unit's requirement is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfUnit<'a> {
    pub(crate) losses: &'a Losses,
    /// 1 on the last page of a unit, where its losses count; where there is one unit, 1 if anything is held.
    pub(crate) mask: &'a FieldCell,
    /// The unit's factor, where there are several units.
    pub(crate) factor: &'a FieldCell,
    /// A constant.
    pub(crate) one: &'a FieldCell,
}

/// Which hint of each kind is next.
#[derive(Default)]
struct Next {
    magnitude: usize,
    line: usize,
}

impl GroupConfig {
    /// Adds a unit's requirement to `before`, on [`rows`] rows from `offset` on.
    #[allow(clippy::too_many_arguments)] // Each is an input of the layout above.
    pub(crate) fn requirement(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        bracket: &BracketConfig,
        of: OfUnit<'_>,
        before: Option<&FieldCell>,
        tables: &PortfolioTables,
        hint: Value<&UnitHint>,
    ) -> Result<FieldCell, Error> {
        let constants = &tables.constants;
        let mut row = offset;
        let mut required = self.scan(region, row, of, tables, hint.map(|h| h.scan))?;
        row += maximum::rows(magnitude::LIMBS, tables.scanned());
        required = match constants.only_unit {
            Some(factor) => self.linear.multiple(region, row, None, &required, factor)?,
            None => self.linear.product(region, row, None, &required, of.factor)?,
        };
        row += linear::ROWS;

        let (mut floors, mut next) = (Vec::new(), Next::default());
        let mut has_amounts = false;
        for (at, amount, is_floor) in tables.amount_columns() {
            has_amounts = true;
            let loss = of.losses.columns[at].as_ref().ok_or(Error::Synthesis)?;
            let (x, multiple) =
                self.amount(region, row, bracket, amount, loss, of, &mut next, hint)?;
            row += amount_rows(amount);
            let k = multiple * constants.denominator;
            if is_floor {
                floors.push(self.linear.multiple(region, row, None, &x, k)?);
            } else {
                required = self.linear.multiple(region, row, Some(&required), &x, k)?;
            }
            row += linear::ROWS;
        }
        // Without either, the requirement is a multiple of the scan, which is not negative.
        if has_amounts {
            let mut numbers = vec![Number::Cell(&required)];
            numbers.extend(floors.iter().map(Number::Cell));
            if !constants.floor_from_zero {
                numbers.push(Number::Zero);
            }
            debug_assert_eq!(numbers.len(), tables.required());
            let m = hint.map(|h| h.requirement);
            let largest = self.maximum.assign(region, row, LIMBS, &numbers, of.one, m)?;
            row += maximum::rows(LIMBS, numbers.len());
            required = largest;
        }
        let sum = self.linear.multiple(region, row, before, &required, Fp::ONE)?;
        debug_assert_eq!(row + linear::ROWS, offset + rows(tables));
        Ok(sum)
    }

    /// The largest loss in a scenario or a group scan, or zero.
    fn scan(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: OfUnit<'_>,
        tables: &PortfolioTables,
        m: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let columns = tables.columns.iter().zip(&of.losses.columns);
        let scenarios = columns.filter(|(c, _)| c.of == Use::Scenario).map(|(_, loss)| loss);
        let losses = scenarios.chain(&of.losses.scans);
        let losses = losses.map(|loss| loss.as_ref().map(Number::Cell).ok_or(Error::Synthesis));
        let mut numbers = vec![Number::Zero];
        numbers.extend(losses.collect::<Result<Vec<_>, _>>()?);
        self.maximum.assign(region, offset, magnitude::LIMBS, &numbers, of.mask, m)
    }

    /// What counts of a unit's sum over an added or floor column: a cell and its multiple.
    #[allow(clippy::too_many_arguments)] // Each is an input of the layout above.
    fn amount(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        bracket: &BracketConfig,
        amount: &Amount,
        loss: &FieldCell,
        of: OfUnit<'_>,
        next: &mut Next,
        hint: Value<&UnitHint>,
    ) -> Result<(FieldCell, Fp), Error> {
        let loss = self.linear.product(region, offset, None, loss, of.mask)?;
        let offset = offset + linear::ROWS;
        match amount {
            Amount::Identity => Ok((loss, Fp::ONE)),
            Amount::Magnitude(multiple) => {
                let negative = hint.map(|h| h.negative[next.magnitude]);
                next.magnitude += 1;
                let x = self.magnitude.assign(region, offset, &loss, of.one, negative)?;
                Ok((x, *multiple))
            }
            Amount::Line(key) => {
                // Where nothing counts, the row of key zero gives zero.
                let key = self.linear.multiple(region, offset, None, of.mask, Fp::from(*key))?;
                let (offset, width) = (offset + linear::ROWS, Width::Wide);
                let row = hint.map(|h| h.lines[next.line]);
                next.line += 1;
                let one = Factor::One;
                let of_line = bracket.assign(region, offset, width, &loss, &key, one, None, row)?;
                Ok((of_line.value, Fp::ONE))
            }
        }
    }
}
