//! What a verifier holds besides the proof.

use crate::seen::Issued;

/// Evidence for a policy's demands, as the bytes received: signed notes, and messages of price sources under the
/// policy's names for them.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The venue's note over the schedule.
    pub schedule_note: Option<Vec<u8>>,
    /// The venue's note over the snapshot.
    pub snapshot_note: Option<Vec<u8>>,
    /// The venue's note over the previous snapshot.
    pub previous_note: Option<Vec<u8>>,
    /// The venue's signed checkpoint of its ledger.
    pub checkpoint: Option<Vec<u8>>,
    /// The venue's signed checkpoint of the previous ledger.
    pub previous_checkpoint: Option<Vec<u8>>,
    /// The verifier's own copy of the venue's newest checkpoint.
    pub newest_checkpoint: Option<Vec<u8>>,
    /// An attester's note over the account's commitment.
    pub attestation: Option<Vec<u8>>,
    /// The verifier's own copy of the attester's newest note about the account.
    pub newest_attestation: Option<Vec<u8>>,
    /// The schedule under which the ledger or the attestation was made, where that is not the proof's: a file.
    pub account_schedule: Option<Vec<u8>>,
    /// The venue's note that enrols the holder.
    pub enrolment: Option<Vec<u8>>,
    /// The verifier's own copy of the venue's newest note that enrols the holder.
    pub newest_enrolment: Option<Vec<u8>>,
    /// Messages of price sources: name in the policy, bytes.
    pub sources: Vec<(String, Vec<u8>)>,
    /// The challenge that the proof must answer. With a memory, [`decide`](crate::decide) takes it from there; without
    /// one it is the verifier's own word.
    pub challenge: Option<Issued>,
}
