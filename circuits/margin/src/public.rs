//! Public inputs: fixed count, order and types.

use zkmargin_gadgets::halo2::Fp;
use zkmargin_model::circuit::Anchor;
use zkmargin_model::claim::Claim;
use zkmargin_model::field::digest_to_field;
use zkmargin_model::holder::{audience_field, scope_field, venue_field};
use zkmargin_model::rule::PositionName;
use zkmargin_model::statement::Statement;

/// Rows of the instance column.
///
/// A circuit for an account in a ledger has [`MEMBERSHIP_ROWS`], and one of claims that name a position has one row more.
pub const INSTANCE_ROWS: usize = 9;

/// Rows of the instance column of a circuit for an account in a ledger.
pub const MEMBERSHIP_ROWS: usize = 12;

pub(crate) const ACCOUNT: usize = 1;
pub(crate) const PSEUDONYM: usize = 2;
pub(crate) const NULLIFIER: usize = 3;
pub(crate) const LEVEL: usize = 4;
pub(crate) const FLOOR: usize = 5;
pub(crate) const MARGIN: usize = 6;
pub(crate) const REGISTRY: usize = 7;
pub(crate) const DEFICIENT: usize = 8;
pub(crate) const VENUE: usize = 9;
pub(crate) const AUDIENCE: usize = 10;
pub(crate) const SCOPE: usize = 11;

/// Rows of the instance column of the circuit with most.
#[cfg(feature = "multicore")]
pub(crate) const MOST_ROWS: usize = MEMBERSHIP_ROWS + 1;

/// Row of the key of a named position, the last one of a circuit that has it.
pub(crate) const fn name_row(anchor: Anchor) -> usize {
    match anchor {
        Anchor::Commitment => INSTANCE_ROWS,
        Anchor::Ledger => MEMBERSHIP_ROWS,
    }
}

/// What the pseudonym and the nullifier refer to, as field elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembershipInputs {
    /// The venue of the ledger.
    pub venue: Fp,
    /// The audience of the pseudonym.
    pub audience: Fp,
    /// The scope of the nullifier.
    pub scope: Fp,
}

/// The name of a position as a public input: its key, which no other slot has.
pub(crate) fn name(position: PositionName) -> Fp {
    Fp::from(u64::from(position.key()))
}

/// What a proof is about, as the circuit sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicInputs {
    /// Digest of the statement. No gate reads it: the transcript binds the proof to it.
    pub statement: Fp,
    /// Account commitment, or the root of the ledger that the account is in.
    pub account: Fp,
    /// Holder's pseudonym; zero if the account is named by its commitment.
    pub pseudonym: Fp,
    /// Nullifier; zero if the account is named by its commitment.
    pub nullifier: Fp,
    /// Level, in basis points of the maintenance margin, minimum equity in margin units, and whether it is a deficiency. A
    /// separate type because the circuit relies on the first two being within their widths, and on the third being 0 or 1.
    pub claim: Claim,
    /// Hiding commitment to equity and maintenance margin.
    pub margin: Fp,
    /// Registry digest as a field element: the numbering the committed ids rely on, and the nullifier is of.
    pub registry: Fp,
    /// Present exactly when the account is in a ledger.
    pub membership: Option<MembershipInputs>,
    /// The isolated position that the claim names, in circuits of such claims.
    pub position: Option<PositionName>,
}

impl PublicInputs {
    /// The instance column: [`INSTANCE_ROWS`] or [`MEMBERSHIP_ROWS`], and the key of a named position.
    pub fn instance(&self) -> Vec<Fp> {
        let [level, floor, deficient] = self.claim.instance();
        let mut rows = vec![
            self.statement,
            self.account,
            self.pseudonym,
            self.nullifier,
            level,
            floor,
            self.margin,
            self.registry,
            deficient,
        ];
        rows.extend(self.membership.iter().flat_map(|m| [m.venue, m.audience, m.scope]));
        rows.extend(self.position.map(name));
        rows
    }
}

/// The public inputs represented by a statement.
///
/// They are never read from a file: input 0 is [`Statement::digest`], the others are fields. The venue, whose name the
/// registry digest covers, comes from the given schedule; the registry is the statement's, for the account's leaf and
/// for its nullifier alike.
pub fn public_inputs(statement: &Statement, venue: &str) -> PublicInputs {
    let [account, pseudonym, nullifier] = statement.account.elements();
    let membership = match statement.account.anchor() {
        Anchor::Commitment => None,
        Anchor::Ledger => Some(MembershipInputs {
            venue: venue_field(venue),
            audience: audience_field(statement.context.audience()),
            scope: scope_field(&statement.context),
        }),
    };
    PublicInputs {
        statement: statement.digest(),
        account,
        pseudonym,
        nullifier,
        claim: statement.claim.clone(),
        margin: statement.margin_commitment.element(),
        registry: digest_to_field(statement.registry_digest.bytes()),
        membership,
        position: statement.subject().books().and_then(|books| books.position),
    }
}
