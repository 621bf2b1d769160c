//! Proving, as the command line does it.

use crate::errors::{coded, file_error, value_error};
use crate::keys;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::num::NonZeroU64;
use std::sync::Arc;
use zeroize::Zeroizing;
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::context::Context;
use zkmargin_model::floor::WrittenFloor;
use zkmargin_model::measure::{Measure, StressName};
use zkmargin_model::statement::AccountReference;
use zkmargin_model::subject::Subject;
use zkmargin_params::portfolio::PortfolioSchedule;
use zkmargin_params::{AccountFile, AnyMarket, AskedBooks, Requirement, ScheduleKind, parse_utc};
use zkmargin_prover::{ProveError, ProveRequest, Proven, refresh};

/// A requirement by its name.
pub fn requirement_of(name: Option<&str>) -> PyResult<Option<Requirement>> {
    let one = |name: &str| {
        let none = || value_error(format!("no requirement is named {name:?}"));
        Requirement::of_name(name).ok_or_else(none)
    };
    name.map(one).transpose()
}

/// A level of a portfolio schedule's menu, of one requirement.
pub fn portfolio_claim(
    schedule: &PortfolioSchedule,
    requirement: Requirement,
    level_bps: u32,
    floor: &WrittenFloor,
) -> PyResult<(Requirement, Claim)> {
    let mut levels = schedule.file().menu.levels.iter();
    let level = levels.find(|l| l.requirement == requirement && l.level_bps == level_bps);
    let level = level.ok_or_else(|| {
        let margin = requirement.margin();
        coded("OffMenu", format!("the menu has no level {level_bps} of the {margin}"))
    })?;
    schedule.claim(&level.name, floor).map_err(|e| file_error(&e))
}

/// What is claimed, as arguments say it.
struct Claimed<'a> {
    level_bps: u32,
    floor: WrittenFloor,
    requirement: Option<&'a str>,
    books: AskedBooks<'a>,
    stress: Option<&'a str>,
}

impl Claimed<'_> {
    fn read(&self, market: &dyn AnyMarket) -> PyResult<(Claim, Subject)> {
        let asked = requirement_of(self.requirement)?;
        match market.schedule().kind() {
            ScheduleKind::Linear(_) if self.stress.is_some() => {
                Err(value_error("only portfolio accounts have stresses"))
            }
            ScheduleKind::Linear(schedule) => {
                let own = schedule.requirement();
                if asked.is_some_and(|asked| asked != own) {
                    let message = format!("the schedule computes the {} margin alone", own.name());
                    return Err(value_error(message));
                }
                let claim = match self.books.only_isolated {
                    Some(_) => schedule.position_claim(self.level_bps),
                    None => schedule.claim(self.level_bps, &self.floor),
                };
                let books = schedule.books(&self.books);
                let books = books.map_err(|e| file_error(&e))?;
                Ok((claim.map_err(|e| file_error(&e))?, books.into()))
            }
            ScheduleKind::Portfolio(_) if !self.books.is_all() => {
                Err(value_error("a portfolio account is one book"))
            }
            ScheduleKind::Portfolio(schedule) => {
                if let Some(name) = self.stress {
                    let named = StressName::new(name).map_err(value_error)?;
                    let claim = schedule.stress_claim(&self.floor).map_err(|e| file_error(&e))?;
                    return Ok((claim, Measure::Stress(named).into()));
                }
                let (asked, floor) = (asked.unwrap_or_default(), &self.floor);
                let (requirement, claim) = portfolio_claim(schedule, asked, self.level_bps, floor)?;
                Ok((claim, Measure::from(requirement).into()))
            }
        }
    }
}

fn context(
    audience: &str,
    purpose: Option<&str>,
    nonce: Option<&str>,
    epoch: Option<u64>,
    expires: Option<&str>,
) -> PyResult<Context> {
    let nonce = nonce.map(|text| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map(|()| bytes)
    });
    let nonce = nonce.transpose();
    let nonce = nonce.map_err(|_| value_error("nonce is not 64 hexadecimal digits"))?;
    let made = Context::new(audience, purpose.unwrap_or(""), nonce).map_err(value_error)?;
    let expires = expires.map(|text| {
        let none = || value_error("expires is not a UTC time such as 2024-07-27T06:44:38Z");
        parse_utc(text).ok_or_else(none)
    });
    let made = made.of_epoch(epoch.and_then(NonZeroU64::new));
    Ok(made.expiring(expires.transpose()?.and_then(NonZeroU64::new)))
}

fn refused(error: &ProveError) -> PyErr {
    let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
    coded(error.code(), format!("{error}{advice}"))
}

/// Proves that an account meets a claim at a market, and verifies the proof before it is returned. Secrets that the account
/// lacks are drawn, and returned with it.
#[pyfunction]
#[pyo3(signature = (account, schedule, snapshot, *, audience, purpose=None, nonce=None, epoch=None,
                    expires=None, market=None, level_bps=MARGIN_BPS, floor="0", requirement=None,
                    settlement_asset=None, cross_alone=false, only_isolated=None,
                    all_but_isolated=None, stress=None))]
#[allow(clippy::too_many_arguments)]
pub fn prove<'py>(
    py: Python<'py>,
    account: &[u8],
    schedule: &[u8],
    snapshot: &[u8],
    audience: &str,
    purpose: Option<&str>,
    nonce: Option<&str>,
    epoch: Option<u64>,
    expires: Option<&str>,
    market: Option<&str>,
    level_bps: u32,
    floor: &str,
    requirement: Option<&str>,
    settlement_asset: Option<&str>,
    cross_alone: bool,
    only_isolated: Option<&str>,
    all_but_isolated: Option<&str>,
    stress: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let compiled: Arc<dyn AnyMarket> = crate::market(schedule, snapshot)?;
    let digest = compiled.digest().to_string();
    if let Some(pinned) = market.filter(|pinned| *pinned != digest) {
        let message = format!("the market has digest {digest}, not the pinned {pinned}");
        return Err(coded("PolicyMarket", message));
    }
    let context = context(audience, purpose, nonce, epoch, expires)?;
    if only_isolated.is_some() && floor != "0" && floor != "none" {
        return Err(value_error("a claim about one isolated position only has no floor"));
    }
    let floor =
        WrittenFloor::parse(floor).map_err(|e| value_error(format!("floor {floor:?} {e}")))?;
    let books = AskedBooks { settlement_asset, cross_alone, only_isolated, all_but_isolated };
    let claimed = Claimed { level_bps, floor, requirement, books, stress };
    let (claim, subject) = claimed.read(&*compiled)?;
    let mut file = AccountFile::from_json(account).map_err(|e| file_error(&e))?;
    compiled.schedule().owns(&file).map_err(|e| file_error(&e))?;
    if file.blinding.is_none() {
        refresh(&mut file).map_err(|e| coded("Randomness", e))?;
    }
    let held = compiled.schedule().holdings(&file).map_err(|e| file_error(&e))?;
    let secrets = file.secrets().map_err(|e| file_error(&e))?;
    let request = ProveRequest {
        account: &held,
        secrets: &secrets,
        market: &*compiled,
        claim,
        subject,
        context,
        membership: None,
        shape: None,
    };
    let proven: Proven =
        py.detach(|| zkmargin_prover::prove(&request, keys())).map_err(|error| refused(&error))?;
    let commitment = match &proven.envelope.statement().account {
        AccountReference::Commitment(commitment) => Some(commitment.to_string()),
        AccountReference::Ledger { .. } => None,
    };
    let kept = Zeroizing::new(file.to_json().map_err(|e| file_error(&e))?);
    let out = PyDict::new(py);
    out.set_item("proof", PyBytes::new(py, &proven.envelope.encode()))?;
    out.set_item("account", PyBytes::new(py, kept.as_bytes()))?;
    out.set_item("commitment", commitment)?;
    out.set_item("market", digest)?;
    Ok(out)
}
