//! Poseidon P128Pow5T3 in lanes that run in step and share their round constants.
//!
//! A lane is four advice columns: the state and the S-box of the first word. A block of 38 rows is
//! one absorption and permutation; blocks fill the lanes side by side, then downward.
//!
//! ```text
//! row          gate       state             s-box
//! 0            absorb     state before      word 0
//! 1 .. 4       full       state absorbed    word 1 (row 1)
//! 5 .. 32      partial    two rounds a row  first word after its first round
//! 33 .. 36     full
//! 37                      state after
//! ```

use crate::halo2::*;
use zkmargin_model::poseidon::{
    self as native, HALF_FULL_ROUNDS, PARTIAL_ROUNDS, RATE, State, WIDTH, constants,
};

/// Rows of a block.
pub const BLOCK_ROWS: usize = 2 * HALF_FULL_ROUNDS + PARTIAL_ROUNDS / 2 + 2;

/// Columns of a lane.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The state.
    pub state: [Column<Advice>; WIDTH],
    /// First word after its first s-box; the absorbed words on the first two rows.
    pub sbox: Column<Advice>,
}

/// Poseidon lanes configuration.
#[derive(Clone, Debug)]
pub struct PoseidonConfig {
    /// The lanes.
    pub lanes: Vec<Lane>,
    round_a: [Column<Fixed>; WIDTH],
    round_b: [Column<Fixed>; WIDTH],
    q_absorb: Selector,
    q_full: Selector,
    q_partial: Selector,
}

/// A word to absorb.
#[derive(Clone, Debug)]
pub enum Word<'a> {
    /// A cell of the circuit.
    Cell(&'a FieldCell),
    /// A private word that nothing else constrains.
    Private(Value<Fp>),
    /// A constant.
    Constant(Fp),
}

/// A sponge state in the circuit.
pub type StateCells = [FieldCell; WIDTH];

/// State to absorb into.
#[derive(Clone, Debug)]
pub enum Start<'a> {
    /// A known state, such as the initial one of a tag.
    Known(State),
    /// The state after an earlier block.
    Cells(&'a StateCells),
}

fn pow5(x: Expression<Fp>) -> Expression<Fp> {
    let square = x.clone() * x.clone();
    square.clone() * square * x
}

fn sum(terms: impl Iterator<Item = Expression<Fp>>) -> Expression<Fp> {
    terms.reduce(|sum, term| sum + term).unwrap_or(Expression::Constant(Fp::ZERO))
}

impl PoseidonConfig {
    /// Allocates `lanes` lanes and creates their gates.
    pub fn configure(meta: &mut ConstraintSystem<Fp>, lanes: usize) -> Self {
        let mut lane = || Lane {
            state: std::array::from_fn(|_| meta.advice_column()),
            sbox: meta.advice_column(),
        };
        let lanes: Vec<Lane> = (0..lanes).map(|_| lane()).collect();
        for lane in &lanes {
            for column in lane.state {
                meta.enable_equality(column);
            }
            meta.enable_equality(lane.sbox);
        }
        let config = Self {
            lanes,
            round_a: std::array::from_fn(|_| meta.fixed_column()),
            round_b: std::array::from_fn(|_| meta.fixed_column()),
            q_absorb: meta.selector(),
            q_full: meta.selector(),
            q_partial: meta.selector(),
        };
        for lane in &config.lanes {
            config.absorb_gate(meta, lane);
            config.full_gate(meta, lane);
            config.partial_gate(meta, lane);
        }
        config
    }

    fn absorb_gate(&self, meta: &mut ConstraintSystem<Fp>, lane: &Lane) {
        meta.create_gate("poseidon absorb", |meta| {
            let q = meta.query_selector(self.q_absorb);
            let before = lane.state.map(|c| meta.query_advice(c, Rotation::cur()));
            let after = lane.state.map(|c| meta.query_advice(c, Rotation::next()));
            let word_0 = meta.query_advice(lane.sbox, Rotation::cur());
            let word_1 = meta.query_advice(lane.sbox, Rotation::next());
            let ([b0, b1, b2], [a0, a1, a2]) = (before, after);
            Constraints::with_selector(
                q,
                [
                    ("word 0 added", b0 + word_0 - a0),
                    ("word 1 added", b1 + word_1 - a1),
                    ("capacity kept", b2 - a2),
                ],
            )
        });
    }

    fn full_gate(&self, meta: &mut ConstraintSystem<Fp>, lane: &Lane) {
        let inverse = &constants().mds_inverse;
        meta.create_gate("poseidon full round", |meta| {
            let q = meta.query_selector(self.q_full);
            // The next row taken back through the matrix: one S-box to a constraint, not three.
            let constraints: Vec<_> = (0..WIDTH)
                .map(|i| {
                    let word = meta.query_advice(lane.state[i], Rotation::cur());
                    let boxed = pow5(word + meta.query_fixed(self.round_a[i]));
                    let unmixed = sum((0..WIDTH).map(|j| {
                        meta.query_advice(lane.state[j], Rotation::next()) * inverse[i][j]
                    }));
                    ("s-box of a full round", boxed - unmixed)
                })
                .collect();
            Constraints::with_selector(q, constraints)
        });
    }

    fn partial_gate(&self, meta: &mut ConstraintSystem<Fp>, lane: &Lane) {
        let (mds, inverse) = (&constants().mds, &constants().mds_inverse);
        meta.create_gate("poseidon two partial rounds", |meta| {
            let q = meta.query_selector(self.q_partial);
            let sbox = meta.query_advice(lane.sbox, Rotation::cur());
            // State after the first of the two rounds, linear in this row's cells.
            let mid: [Expression<Fp>; WIDTH] = std::array::from_fn(|i| {
                sum((1..WIDTH).map(|j| {
                    let word = meta.query_advice(lane.state[j], Rotation::cur());
                    (word + meta.query_fixed(self.round_a[j])) * mds[i][j]
                })) + sbox.clone() * mds[i][0]
            });
            // The next row taken back through the second round's matrix.
            let unmixed: [Expression<Fp>; WIDTH] = std::array::from_fn(|i| {
                sum((0..WIDTH)
                    .map(|j| meta.query_advice(lane.state[j], Rotation::next()) * inverse[i][j]))
            });
            let word_0 = meta.query_advice(lane.state[0], Rotation::cur());
            let round_a = meta.query_fixed(self.round_a[0]);
            let round_b = self.round_b.map(|c| meta.query_fixed(c));
            let [m0, m1, m2] = mid;
            let [u0, u1, u2] = unmixed;
            let [b0, b1, b2] = round_b;
            Constraints::with_selector(
                q,
                [
                    ("s-box of the first round", pow5(word_0 + round_a) - sbox),
                    ("s-box of the second round", pow5(m0 + b0) - u0),
                    ("word 1 of the second round", m1 + b1 - u1),
                    ("word 2 of the second round", m2 + b2 - u2),
                ],
            )
        });
    }
}

/// Places blocks one after another. One per circuit.
#[derive(Debug)]
pub struct PoseidonBlocks<'a> {
    config: &'a PoseidonConfig,
    next: usize,
}

impl<'a> PoseidonBlocks<'a> {
    /// No blocks yet.
    pub fn new(config: &'a PoseidonConfig) -> Self {
        Self { config, next: 0 }
    }

    /// Absorbs two words and permutes.
    ///
    /// # Errors
    /// From the layouter.
    pub fn absorb(
        &mut self,
        region: &mut Region<'_, Fp>,
        start: Start<'_>,
        words: [Word<'_>; RATE],
    ) -> Result<StateCells, Error> {
        let lanes = self.config.lanes.len();
        let lane = &self.config.lanes[self.next % lanes];
        let offset = self.next / lanes * BLOCK_ROWS;
        if self.next.is_multiple_of(lanes) {
            self.config.fix_rows(region, offset)?;
        }
        self.next += 1;

        let mut before = Vec::with_capacity(WIDTH);
        for (i, column) in lane.state.iter().enumerate() {
            before.push(match &start {
                Start::Known(state) => region.assign_advice_from_constant(
                    || "state before",
                    *column,
                    offset,
                    state[i],
                )?,
                Start::Cells(cells) => {
                    cells[i].copy_advice(|| "state before", region, *column, offset)?
                }
            });
        }
        let mut state: Value<Vec<Fp>> =
            before.iter().map(|cell| cell.value().copied()).collect::<Value<Vec<Fp>>>();
        for (i, word) in words.iter().enumerate() {
            let cell = match word {
                Word::Cell(cell) => cell.copy_advice(|| "word", region, lane.sbox, offset + i)?,
                Word::Private(value) => {
                    region.assign_advice(|| "private word", lane.sbox, offset + i, || *value)?
                }
                Word::Constant(value) => {
                    region.assign_advice_from_constant(|| "word", lane.sbox, offset + i, *value)?
                }
            };
            state = state.zip(cell.value().copied()).map(|(mut s, word)| {
                s[i] += word;
                s
            });
        }
        let absorbed = state.map(|s| [s[0], s[1], s[2]]);
        let rows = absorbed.map(|state| permutation_rows(&state));
        for row in 0..BLOCK_ROWS - 2 {
            for (i, column) in lane.state.iter().enumerate() {
                let value = rows.as_ref().map(|r| r[row].state[i]);
                region.assign_advice(|| "state", *column, offset + 1 + row, || value)?;
            }
            if is_partial(row) {
                let value = rows.as_ref().map(|r| r[row].sbox);
                region.assign_advice(|| "s-box", lane.sbox, offset + 1 + row, || value)?;
            }
        }
        let last = BLOCK_ROWS - 2;
        let mut out = Vec::with_capacity(WIDTH);
        for (i, column) in lane.state.iter().enumerate() {
            let value = rows.as_ref().map(|r| r[last].state[i]);
            out.push(region.assign_advice(
                || "state after",
                *column,
                offset + 1 + last,
                || value,
            )?);
        }
        out.try_into().map_err(|_| Error::Synthesis)
    }

    /// Hashes pairs of words from a known state; the first word of the last state is the digest.
    ///
    /// # Errors
    /// From the layouter.
    pub fn hash(
        &mut self,
        region: &mut Region<'_, Fp>,
        start: State,
        pairs: &[[Word<'_>; RATE]],
    ) -> Result<FieldCell, Error> {
        let mut state: Option<StateCells> = None;
        for words in pairs {
            let from = state.as_ref().map_or(Start::Known(start), Start::Cells);
            let after = self.absorb(region, from, words.clone())?;
            state = Some(after);
        }
        state.map(|[digest, _, _]| digest).ok_or(Error::Synthesis)
    }

    /// Fills the lanes next to the last block, whose gates are on, with permutations of zeros.
    ///
    /// # Errors
    /// From the layouter.
    pub fn finish(&mut self, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        while !self.next.is_multiple_of(self.config.lanes.len()) {
            let zero = Start::Known([Fp::ZERO; WIDTH]);
            self.absorb(region, zero, [Word::Constant(Fp::ZERO), Word::Constant(Fp::ZERO)])?;
        }
        Ok(())
    }
}

/// Whether transition `row` (0 is the first after absorption) is a pair of partial rounds.
fn is_partial(row: usize) -> bool {
    (HALF_FULL_ROUNDS..HALF_FULL_ROUNDS + PARTIAL_ROUNDS / 2).contains(&row)
}

struct Row {
    state: State,
    sbox: Fp,
}

fn permutation_rows(absorbed: &State) -> Vec<Row> {
    let round = &constants().round;
    let mut rows = Vec::with_capacity(BLOCK_ROWS - 1);
    let (mut state, mut done) = (*absorbed, 0);
    for row in 0..BLOCK_ROWS - 2 {
        if is_partial(row) {
            let x = state[0] + round[done][0];
            rows.push(Row { state, sbox: x.square().square() * x });
            state = native::partial_round(&state, &round[done]);
            state = native::partial_round(&state, &round[done + 1]);
            done += 2;
        } else {
            rows.push(Row { state, sbox: Fp::ZERO });
            state = native::full_round(&state, &round[done]);
            done += 1;
        }
    }
    rows.push(Row { state, sbox: Fp::ZERO });
    rows
}

impl PoseidonConfig {
    /// Selectors and round constants of the blocks beginning at `offset`, in all lanes.
    fn fix_rows(&self, region: &mut Region<'_, Fp>, offset: usize) -> Result<(), Error> {
        self.q_absorb.enable(region, offset)?;
        let round = &constants().round;
        let mut done = 0;
        for row in 0..BLOCK_ROWS - 2 {
            let at = offset + 1 + row;
            let partial = is_partial(row);
            let selector = if partial { self.q_partial } else { self.q_full };
            selector.enable(region, at)?;
            let mut fix = |columns: &[Column<Fixed>; WIDTH], words: [Fp; WIDTH]| {
                columns.iter().zip(words).try_for_each(|(column, word)| {
                    let value = || Value::known(word);
                    region.assign_fixed(|| "round constant", *column, at, value).map(|_| ())
                })
            };
            fix(&self.round_a, round[done])?;
            if partial {
                fix(&self.round_b, round[done + 1])?;
            }
            done += if partial { 2 } else { 1 };
        }
        Ok(())
    }
}
