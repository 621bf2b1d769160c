//! How the evidence of each period's proofs meets the policy.

use super::error::FindingsError;
use super::{EvidenceFound, PeriodFindings};
use crate::judge::{Judge, Provenance};
use crate::merge::MergeError;
use crate::status::{Judgement, Status};
use crate::store::{PeriodId, Store, View};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use zkmargin_policy::NotChecked;

/// Number of periods whose evidence a report describes in words.
const DESCRIBED: usize = 1000;

/// Number of snapshots described per period.
const SNAPSHOTS: usize = 8;

impl EvidenceFound {
    fn take(&mut self, of: Provenance) {
        self.met = of.met.into_iter().map(|m| (m.demand.to_owned(), m.how)).collect();
        self.notes = of.notes;
        self.rules = of.rules;
        let open = of.not_checked.into_iter();
        self.not_checked = open.map(|what| (what.code(), what.to_string())).collect();
    }
}

impl Store {
    /// How the evidence of each period's proofs meets the policy: where there are valid ones, that of a valid one. Also
    /// what the policies leave open for any valid proof, looking at the proofs of all markets.
    pub(super) fn describe(
        &self,
        periods: &mut [(PeriodId, PeriodFindings)],
        judge: &mut Judge<'_, View<'_>>,
    ) -> Result<BTreeSet<NotChecked>, FindingsError> {
        let mut open = BTreeSet::new();
        for (at, (id, found)) in periods.iter_mut().enumerate() {
            // Anybody can hand in proofs that are refused, of any number of snapshots.
            self.each_snapshot(*id, |of| {
                let is_shown =
                    (0..DESCRIBED).contains(&at) && (0..SNAPSHOTS).contains(&found.evidence.len());
                // Those with valid proofs come first.
                let Some(number) = of.valid.or(is_shown.then_some(of.first)) else {
                    return Ok(ControlFlow::Break(()));
                };
                let (snapshot, proofs) = (of.snapshot.to_string(), of.proofs);
                let mut evidence = EvidenceFound { snapshot, proofs, ..Default::default() };
                match self.provenance(number, of.valid.is_some(), judge)? {
                    Ok(provenance) => {
                        if of.valid.is_some() {
                            open.extend(&provenance.not_checked);
                        }
                        evidence.take(provenance);
                    }
                    Err(judgement) => evidence.refused = Some(judgement.reason),
                }
                if is_shown {
                    found.evidence.push(evidence);
                }
                Ok::<_, FindingsError>(ControlFlow::Continue(()))
            })?;
        }
        Ok(open)
    }

    /// What a proof relies on, or why there is nothing. A proof that is called valid relies on something.
    fn provenance(
        &self,
        number: u64,
        is_valid: bool,
        judge: &mut Judge<'_, View<'_>>,
    ) -> Result<Result<Provenance, Judgement>, FindingsError> {
        let proof = self.entry(number)?;
        let found = judge.provenance(&proof.bytes)?;
        match found {
            Err(judgement) if is_valid => Err(FindingsError::from(MergeError::Differs {
                proof: hex::encode(proof.digest),
                said: Status::Valid.code(),
                said_code: String::new(),
                found: judgement.status.code(),
                found_code: judgement.code,
            })),
            found => Ok(found),
        }
    }
}
