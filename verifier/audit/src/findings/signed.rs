//! What the venue has signed about a period: its ledger, enrolments, snapshots.

use super::PeriodFindings;
use super::error::FindingsError;
use super::exception::{Exception, ExceptionKind, Writer};
use crate::due::Expected;
use crate::evidence::{EvidenceFile, EvidenceKind, next_time};
use crate::rules::Period;
use crate::store::{PeriodId, Store, StoreError, View};
use std::collections::BTreeSet;
use zkmargin_model::counted;
use zkmargin_model::holder::audience_digest;
use zkmargin_notes::{Body, EnrolmentNote, KeySet, LedgerCheckpoint, SnapshotNote};
use zkmargin_params::AccountDemand;
use zkmargin_policy::Demands;

/// What a trusted key has signed, at any time at which the file was submitted.
fn open_at_any<T: Body>(
    view: &View<'_>,
    keys: &KeySet,
    mut file: EvidenceFile,
) -> Result<Option<T>, StoreError> {
    loop {
        if let Ok(opened) = keys.open::<T>(&file.bytes, file.time_ms) {
            return Ok(Some(opened.body().clone()));
        }
        let Some(time_ms) = next_time(view, &file, keys, &[])? else { return Ok(None) };
        file.time_ms = time_ms;
    }
}

/// Bodies of trusted notes that share a number and differ.
fn trusted<T: Body>(
    view: &View<'_>,
    kind: EvidenceKind,
    venue: &str,
    number: u64,
    keys: &KeySet,
) -> Result<Vec<T>, FindingsError> {
    let mut bodies: Vec<T> = Vec::new();
    let mut from = 0;
    while let Some(file) = view.next_in_series(kind, venue, number, from)? {
        from = file.number + 1;
        if let Some(body) = open_at_any(view, keys, file)?
            && !bodies.contains(&body)
        {
            bodies.push(body);
        }
    }
    Ok(bodies)
}

impl Store {
    /// Checks population, ledger and enrolments of a period.
    pub(super) fn check_period(
        &self,
        view: &View<'_>,
        expected: &Expected,
        at: usize,
        id: PeriodId,
        found: &mut PeriodFindings,
        writer: &mut Writer<'_>,
    ) -> Result<(), FindingsError> {
        let Some(demands) = expected.rules.policy(&found.venue) else { return Ok(()) };
        let Some(period) = expected.rules.periods().get(at) else { return Ok(()) };
        use ExceptionKind as K;
        let (due, population) = (found.due_accounts, found.population);
        if due > population {
            let reason = format!(
                "{} due of a population of {population}",
                counted(due, "account is", "accounts are")
            );
            writer.put(&Exception::about(period, K::Population, String::new(), reason))?;
        }
        if !matches!(demands.file().account, Some(AccountDemand::Ledger(_))) {
            return Ok(());
        }
        let (venue, epoch) = (&period.venue, period.epoch);
        let ledgers: Vec<LedgerCheckpoint> =
            trusted(view, EvidenceKind::Checkpoint, venue, epoch, demands.keys())?;
        match &ledgers[..] {
            [] => {
                let reason =
                    "no trusted checkpoint of the venue's ledger says how many accounts there are";
                writer.put(&Exception::about(
                    period,
                    K::Population,
                    String::new(),
                    reason.to_owned(),
                ))?;
            }
            [ledger] => {
                found.ledger_size = Some(ledger.size);
                if ledger.size != population {
                    let reason = format!(
                        "the manifest has a population of {population}, the venue's ledger has {}",
                        counted(ledger.size, "account", "accounts")
                    );
                    writer.put(&Exception::about(period, K::Population, String::new(), reason))?;
                }
            }
            several => {
                let reason =
                    format!("the venue has signed {} ledgers of this epoch", several.len());
                writer.put(&Exception::about(period, K::Contradiction, String::new(), reason))?;
            }
        }
        self.check_enrolments(view, demands, period, id, found, writer)
    }

    /// Checks the enrolments of a period's subjects; those of other periods are not even read.
    fn check_enrolments(
        &self,
        view: &View<'_>,
        demands: &Demands,
        period: &Period,
        id: PeriodId,
        found: &mut PeriodFindings,
        writer: &mut Writer<'_>,
    ) -> Result<(), FindingsError> {
        let (venue, epoch) = (&period.venue, period.epoch);
        let audience = audience_digest(demands.file().audience.as_deref().unwrap_or_default());
        self.each_enrolled(id, (venue, epoch), view.size(), |subject, accounts| {
            // Numbers of accounts that the venue has stated.
            let mut stated = BTreeSet::new();
            let mut from = 0;
            let kind = EvidenceKind::Enrolment;
            while let Some(file) = view.next_named_in_series(kind, venue, epoch, subject, from)? {
                from = file.number + 1;
                let body = open_at_any::<EnrolmentNote>(view, demands.keys(), file)?;
                let of_period = body.filter(|note| {
                    note.venue == *venue && note.epoch == epoch && note.audience == audience
                });
                stated.extend(of_period.map(|note| note.accounts));
            }
            if let Some(other) = stated.iter().find(|stated| **stated != accounts) {
                let reason = format!(
                    "{} due; the venue has enrolled {other}",
                    counted(accounts, "account is", "accounts are")
                );
                writer.put(&Exception::about(
                    period,
                    ExceptionKind::Enrolment,
                    hex::encode(subject),
                    reason,
                ))?;
            } else if !stated.is_empty() {
                found.enrolled += 1;
            }
            Ok(())
        })
    }

    /// Snapshots of one sequence number that differ. Two notes over the same snapshot are not a contradiction.
    pub(super) fn contradicting_snapshots(
        &self,
        view: &View<'_>,
        expected: &Expected,
        writer: &mut Writer<'_>,
    ) -> Result<(), FindingsError> {
        self.each_repeated_snapshot(view.size(), |venue, number| {
            let Some(demands) = expected.rules.policy(&venue) else { return Ok(()) };
            let notes: Vec<SnapshotNote> =
                trusted(view, EvidenceKind::SnapshotNote, &venue, number, demands.keys())?;
            let snapshots: BTreeSet<_> = notes.iter().map(|note| note.snapshot).collect();
            if snapshots.len() > 1 {
                let count = snapshots.len();
                let reason = format!("the venue has signed {count} snapshots with number {number}");
                let kind = ExceptionKind::Contradiction;
                writer.put(&Exception::of_venue(venue, kind, reason))?;
            }
            Ok(())
        })
    }
}
