//! Where the account is from: the venue's ledger, an attester, the holder's enrolment.

use super::desk::{Desk, SAME_IDS, signers};
use crate::demands::Ages;
use crate::listing::{self, Listing};
use crate::refused::{Refused, What};
use crate::verdict::NotChecked;
use std::collections::BTreeSet;
use zkmargin_model::counted;
use zkmargin_model::digest::{Digest, ScheduleDigest};
use zkmargin_model::element::{AccountCommitment, Pseudonym};
use zkmargin_model::holder::audience_digest;
use zkmargin_model::shown::quoted;
use zkmargin_notes::{AttestationNote, Body, EnrolmentNote, LedgerCheckpoint, Opened};
use zkmargin_params::{Challenge, format_utc};

impl Desk<'_> {
    /// Compares what ids mean under the schedule that a note names with what they mean under the proof's.
    fn listing(&mut self, what: &What, named: ScheduleDigest) -> Result<(), Refused> {
        let given = self.evidence.account_schedule.as_deref();
        match listing::compare(what, named, self.market, given)? {
            Listing::Same => return Ok(()),
            Listing::Agrees => self.met(SAME_IDS, format!("under schedule {named}")),
            Listing::NotGiven => {
                self.open.insert(NotChecked::Listing);
            }
        }
        if self.demands.schedule.is_none() {
            self.open.insert(NotChecked::ScheduleChoice);
        }
        Ok(())
    }

    pub(super) fn ledger(
        &mut self,
        ages: &Ages,
        [newest, first]: [bool; 2],
        demanded: u32,
        challenge: Option<&Challenge>,
    ) -> Result<(LedgerCheckpoint, String), Refused> {
        let what = What::Checkpoint;
        let bytes = self.evidence.checkpoint.as_deref();
        let opened = self.open::<LedgerCheckpoint>(bytes, what.clone())?;
        let checkpoint = opened.body().clone();
        if checkpoint.registry != self.market.registry_digest() {
            return Err(Refused::Other { what, part: "registry" });
        }
        let name = |c: &LedgerCheckpoint| format!("epoch {} of {}", c.epoch, format_utc(c.time_ms));
        let size = counted(checkpoint.size, "account", "accounts");
        let how = format!("{}, {size}, {}", name(&checkpoint), signers(&opened));
        self.met("account in the venue's ledger", how);
        self.witnesses(&opened, what.clone(), "ledger cosigned by witnesses", demanded)?;
        let demands = ["ledger not too old", "ledger and marks close in time"];
        self.account_ages(what.clone(), demands, checkpoint.time_ms, ages)?;
        self.listing(&what, checkpoint.schedule)?;
        if newest {
            let own = self.evidence.newest_checkpoint.as_deref();
            let own_body = self.open::<LedgerCheckpoint>(own, What::NewestCheckpoint)?;
            if own_body.body().registry != checkpoint.registry {
                return Err(Refused::Other { what: What::NewestCheckpoint, part: "registry" });
            }
            let whats = [what.clone(), What::NewestCheckpoint];
            let demand = ("newest ledger", NotChecked::AccountChoice);
            self.newest(&checkpoint, whats, own, demand, |c| c.epoch, name)?;
        }
        if let Some(challenge) = challenge.filter(|_| first) {
            let previous = self.evidence.previous_checkpoint.as_deref();
            let whats = [what, What::PreviousCheckpoint];
            let demand = "first ledger after the challenge";
            self.first_after(&checkpoint, whats, previous, demand, challenge.time_ms())?;
        }
        if !newest && !first {
            self.open.insert(NotChecked::AccountChoice);
        }
        let vouched = format!(
            "{}, {}; the proof hides which of its accounts it is",
            name(&checkpoint),
            signers(&opened)
        );
        Ok((checkpoint, format!("the venue's ledger of {vouched}")))
    }

    pub(super) fn attestation(
        &mut self,
        ages: &Ages,
        newest: bool,
    ) -> Result<(AccountCommitment, String), Refused> {
        let what = What::Attestation;
        let bytes = self.evidence.attestation.as_deref();
        let opened = self.open::<AttestationNote>(bytes, what.clone())?;
        let note = opened.body();
        if note.registry != self.market.registry_digest() {
            return Err(Refused::Other { what, part: "registry" });
        }
        let name =
            |n: &AttestationNote| format!("{} at {}", quoted(&n.checked), format_utc(n.time_ms));
        let how = format!("{}, {}", name(note), signers(&opened));
        self.met("account checked by an attester", how.clone());
        let demands = ["attestation not too old", "attestation and marks close in time"];
        self.account_ages(what.clone(), demands, note.time_ms, ages)?;
        self.listing(&what, note.schedule)?;
        if newest {
            let own = self.evidence.newest_attestation.as_deref();
            let own_body = self.open::<AttestationNote>(own, What::NewestAttestation)?;
            let same = own_body.body();
            // Another attester's newest note is not this one's.
            let attesters = |opened: &Opened<AttestationNote>| -> BTreeSet<String> {
                let of_role = opened.signers().iter().filter(|s| s.role == AttestationNote::ROLE);
                of_role.map(|s| s.name.clone()).collect()
            };
            for (part, same) in [
                ("registry", same.registry == note.registry),
                ("commitment", same.commitment == note.commitment),
                ("attester", !attesters(&opened).is_disjoint(&attesters(&own_body))),
            ] {
                if !same {
                    return Err(Refused::Other { what: What::NewestAttestation, part });
                }
            }
            let whats = [what, What::NewestAttestation];
            let demand = ("newest attestation", NotChecked::AccountChoice);
            self.newest(note, whats, own, demand, |n| n.time_ms, name)?;
        }
        // An account that has changed since has another commitment, which nothing ties to this one.
        self.open.insert(NotChecked::AccountChoice);
        let vouched = format!("an attester, in its own words: {how}; the venue itself does not");
        Ok((note.commitment, vouched))
    }

    pub(super) fn enrolment(
        &mut self,
        checkpoint: &LedgerCheckpoint,
        pseudonym: Pseudonym,
    ) -> Result<u64, Refused> {
        let what = What::Enrolment;
        let opened =
            self.open::<EnrolmentNote>(self.evidence.enrolment.as_deref(), what.clone())?;
        let note = opened.body().clone();
        let audience: Digest =
            audience_digest(self.demands.file().audience.as_deref().unwrap_or_default());
        let is_meant = |note: &EnrolmentNote, what: What| {
            if note.replaces == Some(pseudonym) {
                let pseudonym = note.pseudonym.to_string();
                return Err(Refused::PseudonymReplaced(pseudonym));
            }
            for (part, same) in [
                ("audience", note.audience == audience),
                ("pseudonym", note.pseudonym == pseudonym),
                // Accounts of another ledger of the epoch are counted in another note.
                ("registry", note.registry == checkpoint.registry),
            ] {
                if !same {
                    return Err(Refused::Other { what, part });
                }
            }
            Ok(())
        };
        is_meant(&note, what.clone())?;
        if note.epoch != checkpoint.epoch {
            return Err(Refused::Other { what, part: "epoch" });
        }
        let name = |n: &EnrolmentNote| {
            let time = n.time_ms.map(|ms| format!(" of {}", format_utc(ms))).unwrap_or_default();
            let accounts = counted(n.accounts, "account", "accounts");
            format!("{accounts} in epoch {}{time}", n.epoch)
        };
        self.met("holder enrolled by the venue", format!("{}, {}", name(&note), signers(&opened)));
        let Some(holder) = &self.demands.file().holder else { return Ok(note.accounts) };
        let (most, newest) = (holder.max_age_seconds, holder.newest);
        let mut has_age = false;
        if let Some(most) = most {
            let time_ms = note.time_ms.ok_or_else(|| Refused::NoTime(what.clone()))?;
            let most_ms = Some(most.saturating_mul(1000));
            has_age = self.age(what.clone(), "enrolment not too old", time_ms, most_ms)?;
        }
        if !has_age {
            self.open.insert(NotChecked::EnrolmentAge);
        }
        if newest {
            let own = self.evidence.newest_enrolment.as_deref();
            let opened = self.open::<EnrolmentNote>(own, What::NewestEnrolment)?;
            is_meant(opened.body(), What::NewestEnrolment)?;
            let order = |n: &EnrolmentNote| (n.epoch, n.time_ms);
            let whats = [what, What::NewestEnrolment];
            let demand = ("newest enrolment", NotChecked::EnrolmentChoice);
            self.newest(&note, whats, own, demand, order, name)?;
        } else {
            self.open.insert(NotChecked::EnrolmentChoice);
        }
        Ok(note.accounts)
    }
}
