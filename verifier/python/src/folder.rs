//! A folder of a venue's answers, read as the command line reads it.

use crate::errors::{coded, file_error, value_error};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use rand::TryRng;
use rand::rngs::SysRng;
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;
use zkmargin_params::portfolio::{PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::venues::{
    Answers, Beside, Choice, Endpoint, FolderError, MAX_SKEW_MS, OpenedFile, PORTFOLIO_VENUES,
    PortfolioReading, PortfolioVenue, Reading, RulePart, Subset, VENUES, known_answers,
};
use zkmargin_params::{AccountFile, MAX_FILE_BYTES, Requirement, Schedule};

fn cannot_read(path: &Path, error: &std::io::Error) -> PyErr {
    coded("CannotRead", format!("{}: cannot be read: {error}", path.display()))
}

/// The files of a folder that the venue's answers have, and the other names in it.
fn open(folder: &Path, endpoints: &'static [Endpoint]) -> PyResult<(Vec<OpenedFile>, Vec<String>)> {
    let failed = |e: std::io::Error| cannot_read(folder, &e);
    let (mut opened, mut others) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !Answers::names(endpoints).any(|known| known == name) {
            others.push(name);
            continue;
        }
        let mut bytes = Zeroizing::new(Vec::new());
        // One byte more than is read shows that there is more.
        let most = MAX_FILE_BYTES as u64 + 1;
        let read = std::fs::File::open(&path).and_then(|f| f.take(most).read_to_end(&mut bytes));
        read.map_err(|e| cannot_read(&path, &e))?;
        opened.push(OpenedFile { name, bytes });
    }
    others.sort();
    Ok((opened, others))
}

fn folder_error(error: &FolderError) -> PyErr {
    let help = error.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
    coded(error.code.as_str(), format!("{error}{help}"))
}

/// What is given beside a folder of portfolio margin.
fn beside(
    schedule: Option<&[u8]>,
    snapshot: Option<&[u8]>,
    account: Option<&[u8]>,
) -> PyResult<Beside> {
    let schedule =
        schedule.map(|bytes| PortfolioSchedule::from_json(bytes).map(|s| s.file().clone()));
    Ok(Beside {
        schedule: schedule.transpose().map_err(|e| file_error(&e))?,
        snapshot: snapshot
            .map(PortfolioSnapshotFile::from_json)
            .transpose()
            .map_err(|e| file_error(&e))?,
        account: account.map(AccountFile::from_json).transpose().map_err(|e| file_error(&e))?,
    })
}

/// The same of a venue of portfolio margin.
fn portfolio<'py>(
    py: Python<'py>,
    venue: &PortfolioVenue,
    folder: &Path,
    reading: &PortfolioReading,
) -> PyResult<Bound<'py, PyDict>> {
    let (opened, others) = open(folder, venue.endpoints)?;
    let imported = venue.import(&opened, &others, &known_answers(), reading);
    let imported = imported.map_err(|e| folder_error(&e))?;
    let out = PyDict::new(py);
    let schedule = imported.schedule.to_json().map_err(|e| file_error(&e))?;
    let snapshot = imported.snapshot.to_json().map_err(|e| file_error(&e))?;
    out.set_item("schedule", PyBytes::new(py, schedule.as_bytes()))?;
    out.set_item("snapshot", PyBytes::new(py, snapshot.as_bytes()))?;
    let account = imported.account.as_ref().map(|file| file.to_json()).transpose();
    let account = account.map_err(|e| file_error(&e))?.map(Zeroizing::new);
    out.set_item("account", account.map(|text| PyBytes::new(py, text.as_bytes())))?;
    out.set_item("market", imported.market.digest().to_string())?;
    let warnings = imported.warnings().into_iter().map(|(_, text)| text);
    out.set_item("warnings", warnings.collect::<Vec<_>>())?;
    out.set_item("report", imported.report().to_string())?;
    Ok(out)
}

/// Schedule, snapshot and account from a folder of a venue's answers, as `zkmargin import` writes them, and what was
/// taken in, assumed and left out as JSON text.
#[pyfunction]
#[pyo3(signature = (venue, folder, *, name=None, settle=None, collateral=None, requirement=None,
                    rule=None, account_id=None, max_skew=None, only=None, held_and=None,
                    accept_rule=false, previous=None, schedule=None, snapshot=None, account=None))]
#[allow(clippy::too_many_arguments)]
pub fn import_account<'py>(
    py: Python<'py>,
    venue: &str,
    folder: PathBuf,
    name: Option<String>,
    settle: Option<Vec<String>>,
    collateral: Option<Vec<String>>,
    requirement: Option<&str>,
    rule: Option<Vec<String>>,
    account_id: Option<String>,
    max_skew: Option<u64>,
    only: Option<Vec<String>>,
    held_and: Option<usize>,
    accept_rule: bool,
    previous: Option<&[u8]>,
    schedule: Option<&[u8]>,
    snapshot: Option<&[u8]>,
    account: Option<&[u8]>,
) -> PyResult<Bound<'py, PyDict>> {
    let max_skew_ms = max_skew.map_or(MAX_SKEW_MS, |seconds| seconds.saturating_mul(1000));
    if let Some(known) = PORTFOLIO_VENUES.iter().find(|known| known.name == venue) {
        let linear =
            [name.is_some(), settle.is_some(), collateral.is_some(), requirement.is_some()];
        let more = [rule.is_some(), held_and.is_some(), accept_rule];
        if linear.into_iter().chain(more).any(|given| given) {
            let message =
                "is of portfolio margin, which has only, account_id, previous and max_skew alone";
            return Err(value_error(format!("{venue} {message}")));
        }
        let beside = beside(schedule, snapshot, account)?;
        let only = only.unwrap_or_default();
        let previous = previous.map(PortfolioSchedule::from_json).transpose();
        let previous = previous.map_err(|e| file_error(&e))?;
        let reading = PortfolioReading { beside, only, account: account_id, previous, max_skew_ms };
        return portfolio(py, known, &folder, &reading);
    }
    if schedule.or(snapshot).or(account).is_some() {
        let message = "has schedule, snapshot and account in the folder: give none of them";
        return Err(value_error(format!("{venue} {message}")));
    }
    let known = VENUES.iter().find(|known| known.name == venue);
    let known = known.ok_or_else(|| {
        let names: Vec<_> = known_answers().into_iter().map(|(name, _)| name).collect();
        value_error(format!("no venue is named {venue:?}; pass {}", names.join(" or ")))
    })?;
    let requirement = requirement.map(|name| {
        Requirement::of_name(name)
            .ok_or_else(|| value_error(format!("no requirement is named {name:?}")))
    });
    let subset = match (only, held_and) {
        (Some(_), Some(_)) => return Err(value_error("pass either only or held_and")),
        (Some(only), None) => Some(Subset::Only(only)),
        (None, Some(others)) => {
            let mut key = [0; 32];
            SysRng.try_fill_bytes(&mut key).map_err(|e| coded("Randomness", e))?;
            Some(Subset::Held { others, key })
        }
        (None, None) => None,
    };
    let previous = previous.map(Schedule::from_json).transpose().map_err(|e| file_error(&e))?;
    let choice = Choice {
        name,
        settle: settle.unwrap_or_default(),
        collateral: collateral.unwrap_or_default(),
        requirement: requirement.transpose()?,
        rule: rule.unwrap_or_default().iter().map(|text| RulePart::parse(text)).collect(),
        account: account_id,
    };
    let reading = Reading {
        choice,
        max_skew_ms,
        accept_rule,
        previous: previous.as_ref(),
        subset,
        whole: false,
    };
    let (opened, others) = open(&folder, known.endpoints)?;
    let imported = known.import(&opened, &others, &known_answers(), &reading);
    let imported = imported.map_err(|e| folder_error(&e))?;
    let out = PyDict::new(py);
    let schedule = imported.schedule.file().to_json().map_err(|e| file_error(&e))?;
    out.set_item("schedule", PyBytes::new(py, schedule.as_bytes()))?;
    let snapshot = imported.snapshot.as_ref().map(|file| file.to_json()).transpose();
    let snapshot = snapshot.map_err(|e| file_error(&e))?;
    out.set_item("snapshot", snapshot.map(|text| PyBytes::new(py, text.as_bytes())))?;
    let account = imported.account.as_ref().map(|file| file.to_json()).transpose();
    let account = account.map_err(|e| file_error(&e))?.map(Zeroizing::new);
    out.set_item("account", account.map(|text| PyBytes::new(py, text.as_bytes())))?;
    out.set_item("market", imported.market.as_ref().map(|market| market.digest().to_string()))?;
    out.set_item(
        "warnings",
        imported.warnings().into_iter().map(|(_, text)| text).collect::<Vec<_>>(),
    )?;
    out.set_item("report", imported.report().to_string())?;
    Ok(out)
}
