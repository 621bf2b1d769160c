//! The quad of a settle group: splits a group's number into a quad of four groups and a place in it, and an amount into
//! one share for each quad, of which all but the group's own are zero.
//!
//! ```text
//! row   aux 0    aux 1    aux 2    aux 3
//! 0  q  amount   code     quad     place
//! 1     share 0  share 1  share 2  share 3
//! ```
//!
//! With two quads, there are only the first two shares.

use crate::Columns;
use crate::cell::{At, aux};
use crate::groups::{indicator_of, is_code, is_one_of};
use crate::halo2::*;
use zkmargin_model::widths::SETTLE_QUAD;

const AMOUNT: At = aux("amount", 0, 0);
const CODE: At = aux("code", 1, 0);
const QUAD: At = aux("quad", 2, 0);
const PLACE: At = aux("place", 3, 0);
/// Quads at most.
const QUADS: usize = 4;
const SHARES: [At; QUADS] =
    [aux("share 0", 0, 1), aux("share 1", 1, 1), aux("share 2", 2, 1), aux("share 3", 3, 1)];

/// The gate's row.
pub const GATE: usize = 0;

/// All cells, for this many quads.
pub fn cells(quads: usize) -> Vec<At> {
    [&[AMOUNT, CODE, QUAD, PLACE], &SHARES[..quads]].concat()
}

/// An amount as the sums of its settle group take it.
#[derive(Clone, Debug)]
pub struct QuadCells {
    /// Place of the group in its quad: 0 to 3.
    pub place: FieldCell,
    /// The amount in the group's quad, and zero in the others.
    pub shares: Vec<FieldCell>,
}

/// Configuration of the choice of a quad.
#[derive(Clone, Debug)]
pub struct QuadsConfig {
    quads: usize,
    columns: Columns,
    q_quads: Selector,
}

impl QuadsConfig {
    /// Creates the gate for two quads, or for four.
    ///
    /// # Panics
    /// For more than four.
    pub fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns, quads: usize) -> Self {
        let q_quads = meta.selector();
        meta.create_gate("quad of a settle group", |meta| {
            let q = meta.query_selector(q_quads);
            let [amount, code, quad, place] =
                columns.query_all(meta, [AMOUNT, CODE, QUAD, PLACE], GATE);
            let split = quad.clone() * Fp::from(SETTLE_QUAD as u64) + place.clone() - code;
            let shares = (0..quads).map(|of| {
                let share = columns.query(meta, SHARES[of], GATE);
                let own = indicator_of(quad.clone(), of, quads) * amount.clone();
                ("share = [quad is the group's] amount", own - share)
            });
            let of_code = [
                ("code = 4 quad + place", split),
                ("place is one of four", is_code(place)),
                ("quad is one of them", is_one_of(quad.clone(), quads)),
            ];
            let constraints: Vec<_> = of_code.into_iter().chain(shares).collect();
            Constraints::with_selector(q, constraints)
        });
        Self { quads, columns: columns.clone(), q_quads }
    }

    /// Assigns the choice for an amount of group `code` on rows `offset` and `offset + 1`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        amount: &FieldCell,
        code: &FieldCell,
    ) -> Result<QuadCells, Error> {
        let columns = &self.columns;
        let amount = columns.copy(region, offset, AMOUNT, amount)?;
        let code = columns.copy(region, offset, CODE, code)?;
        // The lowest byte has the whole number of a group that there is.
        let digits = code.value().map(|code| {
            let low = usize::from(code.to_repr()[0]);
            [low / SETTLE_QUAD, low % SETTLE_QUAD]
        });
        let digit = |at: usize| digits.map(|digits| Fp::from(digits[at] as u64));
        columns.assign(region, offset, QUAD, digit(0))?;
        let place = columns.assign(region, offset, PLACE, digit(1))?;
        let shares = (0..self.quads).map(|of| {
            let share = amount.value().zip(digits).map(
                |(amount, [quad, _])| {
                    if quad == of { *amount } else { Fp::ZERO }
                },
            );
            columns.assign(region, offset, SHARES[of], share)
        });
        let shares = shares.collect::<Result<_, _>>()?;
        self.q_quads.enable(region, offset + GATE)?;
        Ok(QuadCells { place, shares })
    }
}
