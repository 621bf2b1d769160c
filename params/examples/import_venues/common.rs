//! Reading sources, writing files, and pieces that all venues share.

use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;
use zkmargin_params::{
    AccountFile, DecimalText, FunctionFile, LevelFile, MenuFile, RowFile, Schedule, ScheduleFile,
    SnapshotFile, VariableFile, compile,
};

pub type Outcome<T> = Result<T, Box<dyn Error>>;

pub struct Sources(PathBuf);

impl Sources {
    pub fn new(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    pub fn text(&self, name: &str) -> Outcome<String> {
        let path = self.0.join(name);
        std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()).into())
    }

    pub fn json(&self, name: &str) -> Outcome<Value> {
        Ok(serde_json::from_str(&self.text(name)?)?)
    }
}

/// A member that must be text.
pub fn text<'a>(value: &'a Value, key: &str) -> Outcome<&'a str> {
    value[key].as_str().ok_or_else(|| format!("{key} is not text in {value}").into())
}

/// A member that must be an integer.
pub fn integer(value: &Value, key: &str) -> Outcome<i64> {
    value[key].as_i64().ok_or_else(|| format!("{key} is not an integer in {value}").into())
}

/// Decimal text with trailing zeros trimmed.
pub fn trimmed(text: &str) -> Outcome<DecimalText> {
    Ok(DecimalText::new(Decimal::parse(text).map_err(|e| format!("{text:?} {e}"))?.to_string()))
}

pub fn decimal(text: impl Into<String>) -> DecimalText {
    DecimalText::new(text)
}

/// An integer in units of `10^-decimals` as decimal text.
pub fn scaled(value: impl Into<num_bigint::BigInt>, decimals: u32) -> DecimalText {
    DecimalText::new(zkmargin_model::decimal::format_scaled(&value.into(), decimals))
}

pub fn row(
    from: Option<&str>,
    below: Option<&str>,
    rate: impl Into<String>,
    amount: impl Into<String>,
) -> RowFile {
    RowFile {
        from: from.map(decimal),
        below: below.map(decimal),
        rate: decimal(rate),
        amount: decimal(amount),
    }
}

/// Collateral that counts in full, debts included.
pub fn in_full() -> FunctionFile {
    FunctionFile { variable: VariableFile::Value, rows: vec![row(None, None, "1", "0")] }
}

pub fn menu() -> MenuFile {
    let levels = [
        ("maintenance", 10_000),
        ("buffer-10", 11_000),
        ("buffer-25", 12_500),
        ("buffer-50", 15_000),
        ("buffer-100", 20_000),
    ];
    MenuFile {
        levels: levels
            .map(|(name, level_bps)| LevelFile { name: name.to_owned(), level_bps })
            .to_vec(),
        floors: ["0", "1000", "10000", "100000", "1000000", "10000000"].map(decimal).to_vec(),
    }
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(path, text)?;
    println!("{} ({} bytes)", path.display(), text.len());
    Ok(())
}

/// Checks and writes a schedule.
pub fn write_schedule(path: &Path, file: ScheduleFile) -> Outcome<Schedule> {
    let text = file.to_json()?;
    let schedule = Schedule::from_json(text.as_bytes())?;
    write(path, &text)?;
    let rows: usize = schedule.tables().iter().map(|t| t.brackets.rows().len()).sum();
    println!(
        "  {} instruments, {} distinct tier tables with {rows} rows, digest {}",
        schedule.instruments().len(),
        schedule.tables().len(),
        hex::encode(schedule.digest())
    );
    Ok(schedule)
}

/// Checks and writes a snapshot.
pub fn write_snapshot(path: &Path, schedule: &Schedule, file: &SnapshotFile) -> Outcome<()> {
    compile(schedule, file)?;
    write(path, &file.to_json()?)
}

/// Checks and writes an example account and prints its figures.
pub fn write_account(
    path: &Path,
    schedule: &Schedule,
    snapshot: &SnapshotFile,
    file: &AccountFile,
) -> Outcome<()> {
    let market = compile(schedule, snapshot)?;
    let account = file.holdings(schedule)?;
    let figures = margin(&account, market.market())?;
    write(path, &file.to_json()?)?;
    let show = |v: &num_bigint::BigInt| Decimal::from_scaled(v, schedule.margin_decimals());
    println!("  equity {}, maintenance {}", show(&figures.equity), show(&figures.maintenance));
    Ok(())
}

/// An account without holdings. Its secrets are public figures.
pub fn example_account(venue: &str, note: String) -> AccountFile {
    AccountFile {
        format: "zkmargin-account/1".to_owned(),
        venue: venue.to_owned(),
        registry: None,
        note: Some(note),
        balances: Vec::new(),
        positions: Vec::new(),
        holder_key: None,
        serial: None,
        blinding: None,
    }
}
