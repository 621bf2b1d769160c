//! Public inputs: fixed count, order and types.

use num_bigint::BigInt;
use zkmargin_gadgets::halo2::Fp;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::to_field;

/// Rows of the instance column.
pub const INSTANCE_ROWS: usize = 8;

pub(crate) const ACCOUNT: usize = 1;
pub(crate) const PSEUDONYM: usize = 2;
pub(crate) const NULLIFIER: usize = 3;
pub(crate) const LEVEL: usize = 4;
pub(crate) const FLOOR: usize = 5;
pub(crate) const MARGIN: usize = 6;
pub(crate) const REGISTRY: usize = 7;

/// What a proof speaks about, as the circuit sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicInputs {
    /// Digest of the statement. No gate reads it: the transcript binds the proof to it.
    pub statement: Fp,
    /// Account commitment (a ledger root in a later circuit).
    pub account: Fp,
    /// Zero in this circuit, which names the account by its commitment.
    pub pseudonym: Fp,
    /// Zero in this circuit.
    pub nullifier: Fp,
    /// Level, in basis points of the maintenance margin, and least equity in margin units. A type
    /// of its own because the circuit relies on both being within their widths.
    pub claim: Claim,
    /// Hiding commitment to equity and maintenance margin.
    pub margin: Fp,
    /// Registry digest as a field element: the numbering that the committed ids rely on.
    pub registry: Fp,
}

impl PublicInputs {
    /// The instance column.
    pub fn instance(&self) -> [Fp; INSTANCE_ROWS] {
        [
            self.statement,
            self.account,
            self.pseudonym,
            self.nullifier,
            Fp::from(u64::from(self.claim.level_bps())),
            to_field(&BigInt::from(self.claim.floor().clone())),
            self.margin,
            self.registry,
        ]
    }
}
