//! Reading sources, writing files, and what all venues here share.

use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;
use zkmargin_params::venues::empty_account;
use zkmargin_params::{AccountFile, Schedule, ScheduleFile, SnapshotFile, compile};

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
        schedule.digest()
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

/// An account without holdings and secrets.
pub fn example_account(venue: &str, note: String) -> AccountFile {
    let mut account = empty_account(venue);
    account.note = Some(note);
    account
}
