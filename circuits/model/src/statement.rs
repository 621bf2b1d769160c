//! The statement: everything a proof is about, by name.
//!
//! A verifier rebuilds the circuit's public inputs from these fields. The proof is bound to all of
//! them through [`Statement::digest`], the circuit's first public input.

use crate::circuit::{Anchor, CircuitId, CircuitVersion, K, Kind, Shape};
use crate::claim::{Claim, ClaimError};
use crate::context::{Context, ContextError};
use crate::digest::{RegistryDigest, ScheduleDigest, SnapshotDigest};
use crate::element::{AccountCommitment, LedgerRoot, MarginCommitment, Nullifier, Pseudonym};
use crate::field::field_bytes;
use crate::rule::{Books, Profile};
use crate::unit::{MarginUnit, UnitError};
use crate::wire::{Reader, WireError};
use ff::{Field, FromUniformBytes};
use pasta_curves::Fp;
use std::num::NonZeroU16;

/// BLAKE2b personalization of the statement digest.
pub const PERSONALIZATION: &[u8; 16] = b"zkmargin-stmt-v1";

/// Kind byte of an account named by its public commitment.
const COMMITMENT: u8 = 1;
/// Kind byte of an account in a ledger.
const LEDGER: u8 = 2;

/// How the statement names the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountReference {
    /// By its public commitment.
    Commitment(AccountCommitment),
    /// As one of the accounts in a ledger.
    Ledger {
        /// Root of the ledger.
        root: LedgerRoot,
        /// The holder, for the audience of the statement.
        pseudonym: Pseudonym,
        /// The account, in the scope of the statement.
        nullifier: Nullifier,
    },
}

impl AccountReference {
    /// What names the account.
    pub const fn anchor(&self) -> Anchor {
        match self {
            Self::Commitment(_) => Anchor::Commitment,
            Self::Ledger { .. } => Anchor::Ledger,
        }
    }

    /// Whether the account is in a ledger.
    pub const fn is_in_ledger(&self) -> bool {
        matches!(self, Self::Ledger { .. })
    }

    /// The holder's pseudonym, for an account in a ledger.
    pub const fn pseudonym(&self) -> Option<Pseudonym> {
        match self {
            Self::Commitment(_) => None,
            Self::Ledger { pseudonym, .. } => Some(*pseudonym),
        }
    }

    /// The account's nullifier, for an account in a ledger.
    pub const fn nullifier(&self) -> Option<Nullifier> {
        match self {
            Self::Commitment(_) => None,
            Self::Ledger { nullifier, .. } => Some(*nullifier),
        }
    }

    /// Whether both name accounts of the same holder in the same ledger, or the same committed account.
    pub fn is_of_one_holder(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Commitment(one), Self::Commitment(other)) => one == other,
            (
                Self::Ledger { root, pseudonym, .. },
                Self::Ledger { root: other_root, pseudonym: other_pseudonym, .. },
            ) => root == other_root && pseudonym == other_pseudonym,
            _ => false,
        }
    }

    /// The reference as in encodings: what `named` says the first element is, and pseudonym and nullifier, which are
    /// zero for a commitment.
    ///
    /// # Errors
    /// [`StatementError::AccountReference`] when the circuit names accounts in the other way, and
    /// [`StatementError::Reserved`] for a pseudonym or a nullifier together with a commitment.
    pub fn from_elements(
        version: CircuitVersion,
        named: Anchor,
        [account, pseudonym, nullifier]: [Fp; 3],
    ) -> Result<Self, StatementError> {
        if named != version.anchor {
            return Err(StatementError::AccountReference(version.number()));
        }
        if named == Anchor::Ledger {
            let (root, pseudonym, nullifier) = (account.into(), pseudonym.into(), nullifier.into());
            return Ok(Self::Ledger { root, pseudonym, nullifier });
        }
        for (field, element) in [("pseudonym", pseudonym), ("nullifier", nullifier)] {
            if element != Fp::ZERO {
                return Err(StatementError::Reserved { field });
            }
        }
        Ok(Self::Commitment(account.into()))
    }

    /// The inverse of [`AccountReference::from_elements`].
    pub fn elements(&self) -> [Fp; 3] {
        match self {
            Self::Commitment(account) => [account.element(), Fp::ZERO, Fp::ZERO],
            Self::Ledger { root, pseudonym, nullifier } => {
                [root.element(), pseudonym.element(), nullifier.element()]
            }
        }
    }
}

/// What a proof is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// How the rule is computed.
    pub profile: Profile,
    /// Slots of the circuit.
    pub shape: Shape,
    /// Rows of the circuit.
    pub k: K,
    /// The claim about the account.
    pub claim: Claim,
    /// Id of the settlement asset whose book the claim is about, under a schedule with a book for each settlement asset;
    /// `None` under one that has one cross book. The profile says what becomes of isolated positions.
    pub settlement_asset: Option<NonZeroU16>,
    /// Digest of the numbering of instruments and assets.
    pub registry_digest: RegistryDigest,
    /// Digest of the schedule.
    pub schedule_digest: ScheduleDigest,
    /// Digest of the snapshot.
    pub snapshot_digest: SnapshotDigest,
    /// Time of the snapshot, milliseconds since 1970-01-01 UTC.
    pub snapshot_time: u64,
    /// The unit of the floor.
    pub margin_unit: MarginUnit,
    /// The account.
    pub account: AccountReference,
    /// Hiding commitment to equity and required margin.
    pub margin_commitment: MarginCommitment,
    /// Audience, purpose, nonce, epoch and expiry.
    pub context: Context,
}

/// Why bytes are not a statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Truncated, trailing or non-canonical bytes.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A claim that exceeds its widths.
    #[error(transparent)]
    Claim(ClaimError),
    /// An unknown circuit version.
    #[error("circuit version {0} is not supported")]
    CircuitVersion(u16),
    /// An unknown shape.
    #[error("shape code {0} is not supported")]
    Shape(u8),
    /// A size that no circuit has.
    #[error("circuit size k = {0} is not supported; sizes are {min} to {max}", min = K::MIN, max = K::MAX)]
    Size(u8),
    /// A commitment where the circuit has a ledger, or the reverse.
    #[error("circuit version {0} does not name the account in this way")]
    AccountReference(u16),
    /// A field that this circuit does not use is not zero.
    #[error("`{field}` must be zero for a commitment")]
    Reserved {
        /// The field.
        field: &'static str,
    },
    /// An account reference of an unknown kind.
    #[error("unknown kind of account reference: {0}")]
    AccountKind(u8),
    /// A currency or a number of decimals that no margin unit has.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// An invalid context.
    #[error(transparent)]
    Context(ContextError),
}

impl From<ClaimError> for StatementError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Wire(error) => Self::Wire(error),
            error => Self::Claim(error),
        }
    }
}

impl From<ContextError> for StatementError {
    fn from(error: ContextError) -> Self {
        match error {
            ContextError::Wire(error) => Self::Wire(error),
            error => Self::Context(error),
        }
    }
}

impl Statement {
    /// Profile and anchor of the circuit.
    pub fn version(&self) -> CircuitVersion {
        CircuitVersion { profile: self.profile, anchor: self.account.anchor() }
    }

    /// The books that the claim speaks about.
    pub fn books(&self) -> Books {
        Books { settlement_asset: self.settlement_asset, isolated: self.profile.isolated }
    }

    /// The circuit that proves the statement.
    pub fn circuit(&self) -> CircuitId {
        CircuitId { kind: Kind { version: self.version(), shape: self.shape }, k: self.k }
    }

    /// The canonical encoding. `docs/envelope.md` specifies it byte by byte.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(400);
        out.extend(self.version().number().to_le_bytes());
        out.push(self.shape.code());
        out.push(self.k.code());
        self.claim.encode_into(&mut out);
        out.extend(self.settlement_asset.map_or(0, NonZeroU16::get).to_le_bytes());
        out.extend(self.registry_digest.bytes());
        out.extend(self.schedule_digest.bytes());
        out.extend(self.snapshot_digest.bytes());
        out.extend(self.snapshot_time.to_le_bytes());
        out.extend(self.margin_unit.decimals().to_le_bytes());
        out.push(self.margin_unit.currency().len() as u8);
        out.extend(self.margin_unit.currency().as_bytes());
        out.push(match self.account.anchor() {
            Anchor::Commitment => COMMITMENT,
            Anchor::Ledger => LEDGER,
        });
        for element in self.account.elements() {
            out.extend(field_bytes(&element));
        }
        out.extend(self.margin_commitment.to_bytes());
        self.context.encode_into(&mut out);
        out
    }

    /// Reads the canonical encoding; there is exactly one per statement.
    ///
    /// # Errors
    /// [`StatementError`] for bytes that [`Statement::encode`] does not produce.
    pub fn decode(bytes: &[u8]) -> Result<Self, StatementError> {
        let mut reader = Reader::new(bytes);
        let (version, shape, k) =
            (reader.u16("circuit version")?, reader.u8("shape")?, reader.u8("k")?);
        let version =
            CircuitVersion::from_number(version).ok_or(StatementError::CircuitVersion(version))?;
        let shape = Shape::from_code(shape).ok_or(StatementError::Shape(shape))?;
        let k = K::new(k.into()).ok_or(StatementError::Size(k))?;
        let claim = Claim::read(&mut reader)?;
        let settlement_asset = NonZeroU16::new(reader.u16("settlement asset")?);
        let registry_digest = reader.array("registry digest")?.into();
        let schedule_digest = reader.array("schedule digest")?.into();
        let snapshot_digest = reader.array("snapshot digest")?.into();
        let snapshot_time = reader.u64("snapshot time")?;
        let decimals = reader.u16("margin unit decimals")?;
        let length = usize::from(reader.u8("valuation currency")?);
        let currency = reader.take("valuation currency", length)?;
        let currency = std::str::from_utf8(currency).map_err(|_| UnitError::Currency)?;
        let margin_unit = MarginUnit::new(currency, decimals)?;
        let (named, field) = match reader.u8("account reference")? {
            COMMITMENT => (Anchor::Commitment, "account commitment"),
            LEDGER => (Anchor::Ledger, "ledger root"),
            kind => return Err(StatementError::AccountKind(kind)),
        };
        let elements =
            [reader.field(field)?, reader.field("pseudonym")?, reader.field("nullifier")?];
        let account = AccountReference::from_elements(version, named, elements)?;
        let margin_commitment = reader.field("margin commitment")?.into();
        let context = Context::read(&mut reader)?;
        reader.end()?;
        Ok(Self {
            profile: version.profile,
            shape,
            k,
            claim,
            settlement_asset,
            registry_digest,
            schedule_digest,
            snapshot_digest,
            snapshot_time,
            margin_unit,
            account,
            margin_commitment,
            context,
        })
    }

    /// BLAKE2b-512 of the encoding, little-endian, modulo the field order.
    pub fn digest(&self) -> Fp {
        let hash = blake2b_simd::Params::new()
            .hash_length(64)
            .personal(PERSONALIZATION)
            .hash(&self.encode());
        Fp::from_uniform_bytes(hash.as_array())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::FLOOR_BYTES;
    use crate::rule::Isolated;
    use crate::unit::MAX_MARGIN_DECIMALS;
    use ff::PrimeField;
    use num_bigint::BigUint;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::num::NonZeroU64;

    fn field() -> impl Strategy<Value = Fp> {
        (any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(|(low, high)| {
            let mut wide = [0; 64];
            wide[..32].copy_from_slice(&low);
            wide[32..].copy_from_slice(&high);
            Fp::from_uniform_bytes(&wide)
        })
    }

    fn context() -> impl Strategy<Value = Context> {
        (
            "[!#-:=?-\\[\\]^_a-{}~]{1,8}( [!#-:=?-\\[\\]^_a-{}~é中]{1,8}){0,2}",
            "([!#-:=?-\\[\\]^_a-{}~]{1,8}( [!#-:=?-\\[\\]^_a-{}~]{1,8}){0,4})?",
            any::<Option<[u8; 32]>>(),
            any::<(u64, u64)>(),
        )
            .prop_map(|(audience, purpose, nonce, (epoch, expires))| {
                let context = Context::new(audience, purpose, nonce).expect("names");
                let context = context.of_epoch(NonZeroU64::new(epoch));
                context.expiring(NonZeroU64::new(expires))
            })
    }

    prop_compose! {
        fn statement()(
            (ledger, shape) in (any::<bool>(), 0..Shape::ALL.len()),
            k in K::MIN.get()..=K::MAX.get(),
            (profile, settlement_asset) in (0..Profile::all().count(), any::<u16>()),
            level in 0u32..1 << 17,
            floor in any::<[u8; FLOOR_BYTES]>(),
            digests in any::<[[u8; 32]; 3]>(),
            snapshot_time in any::<u64>(),
            decimals in 0..=MAX_MARGIN_DECIMALS,
            currency in "[!-~]{1,32}",
            elements in [field(), field(), field(), field()],
            context in context(),
        ) -> Statement {
            let [account, pseudonym, nullifier, margin] = elements;
            Statement {
                profile: Profile::all().nth(profile).expect("in range"),
                shape: Shape::ALL[shape],
                k: K::new(k).expect("in range"),
                claim: Claim::new(level, BigUint::from_bytes_le(&floor)).expect("in width"),
                settlement_asset: NonZeroU16::new(settlement_asset),
                registry_digest: digests[0].into(),
                schedule_digest: digests[1].into(),
                snapshot_digest: digests[2].into(),
                snapshot_time,
                margin_unit: MarginUnit::new(currency, decimals).expect("visible"),
                account: if ledger {
                    let (pseudonym, nullifier) = (pseudonym.into(), nullifier.into());
                    AccountReference::Ledger { root: account.into(), pseudonym, nullifier }
                } else {
                    AccountReference::Commitment(account.into())
                },
                margin_commitment: margin.into(),
                context,
            }
        }
    }

    proptest! {
        #[test]
        fn decode_inverts_encode(statement in statement()) {
            let bytes = statement.encode();
            prop_assert_eq!(Statement::decode(&bytes), Ok(statement));
        }

        #[test]
        fn one_encoding_per_statement(statement in statement(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let mut bytes = statement.encode();
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            if let Ok(other) = Statement::decode(&bytes) {
                prop_assert_ne!(&other, &statement);
                prop_assert_ne!(other.digest(), statement.digest());
                prop_assert_eq!(other.encode(), bytes);
            }
        }

        #[test]
        fn every_prefix_and_extension_is_refused(statement in statement(), cut in any::<prop::sample::Index>()) {
            let bytes = statement.encode();
            prop_assert!(Statement::decode(&bytes[..cut.index(bytes.len())]).is_err());
            let padded = [&bytes[..], &[0]].concat();
            let error = WireError::Trailing { count: 1, offset: bytes.len() };
            prop_assert_eq!(Statement::decode(&padded), Err(error.into()));
        }

        #[test]
        fn decode_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = Statement::decode(&bytes);
        }
    }

    fn of_the_largest_commitment() -> Statement {
        Statement {
            profile: Profile::EXACT,
            shape: Shape::S,
            k: K::MIN,
            claim: Claim::new(10_000, BigUint::ZERO).expect("claim"),
            settlement_asset: None,
            registry_digest: [1; 32].into(),
            schedule_digest: [2; 32].into(),
            snapshot_digest: [3; 32].into(),
            snapshot_time: 1,
            margin_unit: MarginUnit::new("USD", 6).expect("unit"),
            account: AccountReference::Commitment((-Fp::ONE).into()),
            margin_commitment: Fp::ZERO.into(),
            context: Context::new("a", "", None).expect("context"),
        }
    }

    /// Each selection of books has an encoding of its own, and one only.
    #[test]
    fn encodings_of_books_differ() {
        let profiles = [Isolated::None, Isolated::Compared, Isolated::LeftOut]
            .map(|isolated| Profile { isolated, ..Profile::EXACT });
        let assets = [0, 1, 2, 256, u16::MAX].map(NonZeroU16::new);
        let of = |(profile, settlement_asset)| Statement {
            profile,
            settlement_asset,
            ..of_the_largest_commitment()
        };
        let all: Vec<_> = profiles.iter().flat_map(|p| assets.map(|a| of((*p, a)))).collect();
        let selections: BTreeSet<_> = all.iter().map(Statement::books).collect();
        let encodings: BTreeSet<_> = all.iter().map(Statement::encode).collect();
        let digests: BTreeSet<_> = all.iter().map(|s| s.digest().to_repr()).collect();
        assert_eq!([selections.len(), encodings.len(), digests.len()], [all.len(); 3]);
        for statement in all {
            assert_eq!(Statement::decode(&statement.encode()), Ok(statement));
        }
    }

    /// A unit of this many decimals once stopped everything that shows a floor.
    #[test]
    fn fault_decimals_that_no_unit_has_are_refused() {
        let mut bytes = of_the_largest_commitment().encode();
        let unit = [6, 0, 3, b'U', b'S', b'D'];
        let at = bytes.windows(unit.len()).position(|w| w == unit).expect("margin unit");
        for decimals in [MAX_MARGIN_DECIMALS + 1, u16::MAX] {
            bytes[at..at + 2].copy_from_slice(&decimals.to_le_bytes());
            let refused = StatementError::Unit(UnitError::Decimals(decimals));
            assert_eq!(Statement::decode(&bytes), Err(refused));
        }
    }

    #[test]
    fn field_order_is_refused() {
        let mut bytes = of_the_largest_commitment().encode();
        let largest = (-Fp::ONE).to_repr();
        let at = bytes.windows(32).position(|w| w == largest).expect("commitment");
        bytes[at] += 1;
        let error = WireError::NonCanonical { field: "account commitment" };
        assert_eq!(Statement::decode(&bytes), Err(error.into()));
    }
}
