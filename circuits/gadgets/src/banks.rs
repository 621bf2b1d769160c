//! Banks: a table that has more rows than the circuit, as several of the circuit's height side by side.
//!
//! Every lookup goes into each bank, times a share that is one for the bank that the prover names and zero for the
//! others; zero times a tuple is the zero tuple, which is row 0 of every bank. The share of the first bank is what the
//! other shares leave, so a table that fits one bank has neither columns nor constraints for it.
//!
//! A row can be in any bank: which one is no part of the tuple, and a tuple that is in no bank is refused by each.

use crate::bracket::load_table;
use crate::halo2::*;

/// Largest number of banks of a table. A bank after the first costs an advice column, a lookup argument and the table's
/// fixed columns.
pub const MAX_BANKS: usize = 8;

/// Rows of a bank that holds its share of a table, the zero row included.
pub const fn bank_rows(table: usize, banks: usize) -> usize {
    table.saturating_sub(1).div_ceil(banks) + 1
}

/// The bank of a table's row, counted from the zero row.
pub const fn bank_of(row: usize, table: usize, banks: usize) -> usize {
    match bank_rows(table, banks) - 1 {
        0 => 0,
        size => row.saturating_sub(1) / size,
    }
}

/// Tables and shares.
#[derive(Clone, Debug)]
pub struct BanksConfig {
    tables: Vec<Vec<TableColumn>>,
    /// Of every bank but the first: whether it is the one.
    shares: Vec<Column<Advice>>,
}

impl BanksConfig {
    /// Creates the columns of a number of banks, and the gate that makes of the shares a choice on the rows of `q`.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        q: Selector,
        columns: usize,
        banks: usize,
    ) -> Self {
        let mut table = || (0..columns).map(|_| meta.lookup_table_column()).collect();
        let tables = (0..banks).map(|_| table()).collect();
        let shares: Vec<_> = (1..banks).map(|_| meta.advice_column()).collect();
        if !shares.is_empty() {
            meta.create_gate("bank", |meta| {
                let q = meta.query_selector(q);
                let all = query(meta, &shares);
                let boolean = |share: &Expression<Fp>| share.clone() * (one() - share.clone());
                let each = all.iter().map(|share| ("a share is 0 or 1", boolean(share)));
                let each: Vec<_> = each.collect();
                let most = ("at most one bank after the first", boolean(&sum(&all)));
                Constraints::with_selector(q, each.into_iter().chain([most]))
            });
        }
        Self { tables, shares }
    }

    /// No bank, of a table that the circuit has elsewhere.
    pub(crate) fn none() -> Self {
        Self { tables: Vec::new(), shares: Vec::new() }
    }

    /// Looks the tuple up in each bank.
    pub fn look_up(
        &self,
        meta: &mut ConstraintSystem<Fp>,
        tuple: impl Fn(&mut VirtualCells<'_, Fp>) -> Vec<Expression<Fp>>,
    ) {
        for (bank, table) in self.tables.iter().enumerate() {
            meta.lookup(|meta| {
                let shares = query(meta, &self.shares);
                let share = match bank.checked_sub(1) {
                    Some(after) => Some(shares[after].clone()),
                    None => (!shares.is_empty()).then(|| one() - sum(&shares)),
                };
                let of_bank = |input| match &share {
                    Some(share) => share.clone() * input,
                    None => input,
                };
                let tuple = tuple(meta).into_iter().map(of_bank);
                tuple.zip(table.iter().copied()).collect()
            });
        }
    }

    /// Fills the banks with the rows of the table, in turn; row 0 is the zero tuple, and that of every bank. A row can
    /// have more values than there are columns.
    ///
    /// # Errors
    /// When the circuit has fewer usable rows than a bank.
    pub fn load(
        &self,
        layouter: &mut impl Layouter<Fp>,
        name: &'static str,
        rows: &[impl AsRef<[Fp]>],
    ) -> Result<(), Error> {
        let Some((zero, rows)) = rows.split_first() else { return Err(Error::Synthesis) };
        let size = bank_rows(rows.len() + 1, self.tables.len()) - 1;
        let mut shares = rows.chunks(size.max(1));
        for table in &self.tables {
            let rows = shares.next().unwrap_or_default();
            let all: Vec<_> = std::iter::once(zero).chain(rows).map(AsRef::as_ref).collect();
            load_table(layouter, name, table, &all)?;
        }
        Ok(())
    }

    /// Names the bank on a row. A bank that there is not leaves every share zero.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        bank: Value<usize>,
    ) -> Result<(), Error> {
        for (share, number) in self.shares.iter().zip(1usize..) {
            let value = bank.map(|bank| Fp::from(u64::from(bank == number)));
            region.assign_advice(|| "share", *share, row, || value)?;
        }
        Ok(())
    }

    /// The columns of the first bank.
    pub fn first(&self) -> &[TableColumn] {
        self.tables.first().map_or(&[], Vec::as_slice)
    }

    /// Number of banks.
    pub fn count(&self) -> usize {
        self.tables.len()
    }

    /// The column that says whether a bank after the first, counted from 1, is the one.
    pub fn share(&self, bank: usize) -> Option<Column<Advice>> {
        self.shares.get(bank.checked_sub(1)?).copied()
    }
}

fn one() -> Expression<Fp> {
    Expression::Constant(Fp::ONE)
}

fn sum(shares: &[Expression<Fp>]) -> Expression<Fp> {
    let zero = Expression::Constant(Fp::ZERO);
    shares.iter().fold(zero, |sum, share| sum + share.clone())
}

fn query(meta: &mut VirtualCells<'_, Fp>, shares: &[Column<Advice>]) -> Vec<Expression<Fp>> {
    shares.iter().map(|share| meta.query_advice(*share, Rotation::cur())).collect()
}
