//! Requirement tables that contracts share.

use crate::{DecimalText, RowFile, TiersFile, VariableFile};
use std::collections::BTreeMap;

/// Requirement tables, each different one once and numbered as they appear.
#[derive(Clone, Debug, Default)]
pub struct TierTables {
    names: BTreeMap<String, String>,
    tables: Vec<TiersFile>,
}

impl TierTables {
    /// The name of the table with these rows, which is added if there is none.
    pub fn name_of(&mut self, variable: VariableFile, rows: Vec<RowFile>) -> String {
        self.name_over(variable, rows, 1)
    }

    /// The same for rows whose figures are divided by this.
    pub fn name_over(
        &mut self,
        variable: VariableFile,
        rows: Vec<RowFile>,
        denominator: u32,
    ) -> String {
        let key: String = rows.iter().map(row_key).collect();
        let key = format!("{variable:?} {denominator} {key}");
        let tables = &mut self.tables;
        let name = self.names.entry(key).or_insert_with(|| {
            let name = format!("tiers-{:03}", tables.len() + 1);
            let denominator = (denominator > 1).then_some(denominator);
            let requirement_rounding = None;
            let name_of_it = name.clone();
            tables.push(TiersFile { name, variable, rows, denominator, requirement_rounding });
            name_of_it
        });
        name.clone()
    }

    /// All tables.
    pub fn into_tables(self) -> Vec<TiersFile> {
        self.tables
    }
}

/// Text that is the same for the same row.
fn row_key(row: &RowFile) -> String {
    let end = |end: &Option<DecimalText>| end.as_ref().map_or("", DecimalText::as_str).to_owned();
    format!("{} {} {} {};", end(&row.from), end(&row.below), row.rate.as_str(), row.amount.as_str())
}
