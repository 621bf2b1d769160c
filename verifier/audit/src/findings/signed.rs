//! What the venue has signed about a period: its ledger, enrolments, snapshots.

use super::PeriodFindings;
use super::error::FindingsError;
use super::exception::{Exception, ExceptionKind, Writer};
use crate::due::Expected;
use crate::evidence::{EvidenceFile, EvidenceKind, next_time};
use crate::judge::Judge;
use crate::rules::{Period, Rules};
use crate::store::{PeriodId, Store, StoreError, View};
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::counted;
use zkmargin_model::digest::{RegistryDigest, SnapshotDigest};
use zkmargin_model::holder::audience_digest;
use zkmargin_notes::sequence::{Numbered, Series};
use zkmargin_notes::{Body, EnrolmentNote, FileMismatch, KeySet, LedgerCheckpoint, SnapshotNote};
use zkmargin_params::{AccountDemand, Requirement};
use zkmargin_policy::Demands;

/// A period with what its checks need.
pub(super) struct Place<'a> {
    /// The period's row.
    pub id: PeriodId,
    /// The period, by the manifest.
    pub period: &'a Period,
    /// The venue's policy.
    pub demands: &'a Demands,
    /// Whether the manifest has no earlier period of the venue and epoch, of another registry.
    is_first: bool,
}

impl<'a> Place<'a> {
    /// A manifest's period, `None` if it has no policy.
    pub fn of(expected: &'a Expected, (at, id): (usize, PeriodId)) -> Option<Self> {
        let rules = &expected.rules;
        let period = rules.periods().get(at)?;
        let demands = rules.policy(&period.venue, &period.registry)?;
        let is_first = rules.first_place(&period.venue, period.epoch) == Some(at);
        Some(Self { id, period, demands, is_first })
    }
}

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

/// Bodies of trusted notes of a venue with one number, of whichever series, each once.
fn trusted<T: Body>(
    view: &View<'_>,
    kind: EvidenceKind,
    venue: &str,
    number: u64,
    keys: &KeySet,
) -> Result<Vec<T>, FindingsError> {
    let (mut bodies, mut from) = (Vec::new(), 0);
    while let Some(file) = view.next_in_series(kind, venue, number, from)? {
        from = file.number + 1;
        let Some(body) = open_at_any::<T>(view, keys, file)? else { continue };
        if !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    Ok(bodies)
}

/// A trusted note over a snapshot.
struct Said {
    note: SnapshotNote,
    /// The same with what its schedule says of itself, where the store has that.
    described: SnapshotNote,
    /// Where the two differ.
    mismatch: Option<FileMismatch>,
}

/// Trusted notes over snapshots of a venue with one number, each once.
fn numbered_snapshots(
    view: &View<'_>,
    rules: &Rules,
    judge: &mut Judge<'_, View<'_>>,
    venue: &str,
    number: u64,
) -> Result<Vec<Said>, FindingsError> {
    let (mut all, kind): (Vec<Said>, _) = (Vec::new(), EvidenceKind::SnapshotNote);
    for demands in rules.policies_of(venue) {
        for note in trusted::<SnapshotNote>(view, kind, venue, number, demands.keys())? {
            let schedule = judge.schedule(&note.schedule)?;
            let (described, mismatch) = match schedule.as_deref() {
                None => (note.clone(), None),
                Some(of) => (note.described_by(of), note.check_schedule(of).err()),
            };
            // A key that counts for another of the venue's registries says nothing of this one.
            let counts = [note.registry, described.registry].iter().any(|registry| {
                let own = rules.policy_or_first(venue, registry);
                own.is_some_and(|own| own.registry() == demands.registry())
            });
            if counts && all.iter().all(|said| said.note != note) {
                all.push(Said { note, described, mismatch });
            }
        }
    }
    Ok(all)
}

impl Store {
    /// Checks population, ledger and enrolments of a period.
    pub(super) fn check_period(
        &self,
        view: &View<'_>,
        expected: &Expected,
        place: &Place<'_>,
        found: &mut PeriodFindings,
        writer: &mut Writer<'_>,
    ) -> Result<(), FindingsError> {
        let Place { period, demands, is_first, .. } = *place;
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
        let mut ledgers: BTreeMap<_, Vec<LedgerCheckpoint>> = BTreeMap::new();
        let kind = EvidenceKind::Checkpoint;
        for ledger in trusted::<LedgerCheckpoint>(view, kind, venue, epoch, demands.keys())? {
            ledgers.entry(ledger.registry).or_default().push(ledger);
        }
        // Those of registries that are not audited are said once.
        let is_said_here = |registry: &RegistryDigest| {
            let is_audited = expected.rules.place(venue, registry, epoch).is_some();
            *registry == period.registry || (is_first && !is_audited)
        };
        for (registry, several) in ledgers.iter().filter(|(_, of)| of.len() > 1) {
            if !is_said_here(registry) {
                continue;
            }
            let count = several.len();
            let reason = format!(
                "the venue has signed {count} ledgers of this epoch and registry {registry}"
            );
            writer.put(&Exception::about(period, K::Contradiction, String::new(), reason))?;
        }
        // The venue's ledgers of other registries are of other accounts.
        match ledgers.get(&period.registry).map(Vec::as_slice) {
            None | Some([]) => {
                let reason = "no trusted checkpoint of a ledger of the period's registry says how many accounts there are";
                writer.put(&Exception::about(
                    period,
                    K::Population,
                    String::new(),
                    reason.to_owned(),
                ))?;
            }
            Some([ledger]) => {
                found.ledger_size = Some(ledger.size);
                if ledger.size != population {
                    let reason = format!(
                        "the manifest has a population of {population}, the venue's ledger has {}",
                        counted(ledger.size, "account", "accounts")
                    );
                    writer.put(&Exception::about(period, K::Population, String::new(), reason))?;
                }
            }
            Some(_) => {}
        }
        self.check_enrolments(view, place, found, writer)
    }

    /// Checks the enrolments of a period's subjects; those of other periods are not even read, and those of the venue's
    /// other ledgers count other accounts.
    fn check_enrolments(
        &self,
        view: &View<'_>,
        place: &Place<'_>,
        found: &mut PeriodFindings,
        writer: &mut Writer<'_>,
    ) -> Result<(), FindingsError> {
        let Place { id, period, demands, .. } = *place;
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
                    note.registry == period.registry
                        && (&note.venue, note.epoch, note.audience) == (venue, epoch, audience)
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

    /// Snapshots of one series and number that differ. Two notes over the same snapshot are not a contradiction. A note
    /// counts in the series of its schedule, where the store has that, whatever the note says: it would leave a series by
    /// naming another registry or requirement, and that it does not say what its schedule says is a contradiction, too.
    pub(super) fn contradicting_snapshots(
        &self,
        view: &View<'_>,
        expected: &Expected,
        judge: &mut Judge<'_, View<'_>>,
        writer: &mut Writer<'_>,
    ) -> Result<(), FindingsError> {
        let mut descriptions = BTreeMap::new();
        self.each_numbered_snapshot(view.size(), |venue, number| {
            let mut put = |reason| {
                let kind = ExceptionKind::Contradiction;
                writer.put(&Exception::of_venue(venue.clone(), kind, reason))
            };
            let mut by_series: BTreeMap<Series, BTreeSet<SnapshotDigest>> = BTreeMap::new();
            for said in numbered_snapshots(view, &expected.rules, judge, &venue, number)? {
                let Said { note, described, mismatch } = said;
                if let Some(FileMismatch { note, file }) = mismatch {
                    put(format!(
                        "the venue's note over a snapshot with number {number} says `{note}` where its schedule says `{file}`"
                    ))?;
                }
                // Of schedules that the store does not have, too.
                let said = (described.registry, described.requirements.clone());
                let first = descriptions.entry(described.schedule).or_insert_with(|| said.clone());
                if *first != said {
                    let schedule = described.schedule;
                    put(format!("the venue has signed two different descriptions of schedule {schedule}"))?;
                }
                for series in described.series() {
                    by_series.entry(series).or_default().insert(note.snapshot);
                }
            }
            // Snapshots of a schedule of several requirements contradict each other in the series of each.
            let mut said: BTreeMap<_, Vec<&str>> = BTreeMap::new();
            for (series, snapshots) in by_series.into_iter().filter(|(_, of)| of.len() > 1) {
                let requirement = series.requirement.map_or("", Requirement::name);
                said.entry((series.registry, snapshots)).or_default().push(requirement);
            }
            for ((registry, snapshots), requirements) in said {
                let (count, of) = (snapshots.len(), requirements.join(" and "));
                put(format!(
                    "the venue has signed {count} snapshots with number {number} of registry {registry}, {of}"
                ))?;
            }
            Ok(())
        })
    }
}
