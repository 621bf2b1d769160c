//! The statement: everything a proof is about, by name.
//!
//! A verifier rebuilds the circuit's public inputs from these fields. The proof is bound to all of
//! them through [`Statement::digest`], the circuit's first public input.

use crate::circuit::{
    Anchor, CircuitId, CircuitVersion, Family, K, Kind, Pages, PortfolioKind, Shape, Slots,
};
use crate::claim::{Claim, ClaimError, MARGIN_BPS};
use crate::context::{Context, ContextError};
use crate::digest::{RegistryDigest, ScheduleDigest, SnapshotDigest};
use crate::element::{AccountCommitment, LedgerRoot, MarginCommitment, Nullifier, Pseudonym};
use crate::field::field_bytes;
use crate::measure::{Measure, MeasureError};
use crate::rule::{Books, Isolated, PositionName, Profile, Side};
use crate::subject::Subject;
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

/// The family's part of a statement: what the circuit computes, in how many slots, and what the claim is about. Nothing
/// of one family can stand beside another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Books of a linear account. The schedule says which requirement it computes.
    Linear {
        /// How the rule is computed.
        profile: Profile,
        /// Slots of the circuit.
        shape: Shape,
        /// Id of the settlement asset whose book the claim is about, under a schedule with a book for each settlement
        /// asset; `None` under one that has one cross book. The profile says what becomes of isolated positions.
        settlement_asset: Option<NonZeroU16>,
        /// The isolated position that the claim names, exactly where the profile [names one](Profile::names_position).
        position: Option<PositionName>,
    },
    /// A portfolio account, which is one book.
    Portfolio {
        /// Slots of the circuit.
        pages: Pages,
        /// What its equity is held against.
        measure: Measure,
    },
}

impl Basis {
    /// Which rule is computed.
    pub const fn family(&self) -> Family {
        match self {
            Self::Linear { profile, .. } => Family::Linear(*profile),
            Self::Portfolio { .. } => Family::Portfolio,
        }
    }

    /// Slots of the circuit.
    pub const fn slots(&self) -> Slots {
        match self {
            Self::Linear { shape, .. } => Slots::Linear(*shape),
            Self::Portfolio { pages, .. } => Slots::Portfolio(*pages),
        }
    }

    /// The circuit of an account that is named in this way.
    pub const fn kind(&self, anchor: Anchor) -> Kind {
        match self {
            Self::Linear { profile, shape, .. } => Kind::Linear(Kind::of(*profile, anchor, *shape)),
            Self::Portfolio { pages, .. } => {
                Kind::Portfolio(PortfolioKind { anchor, pages: *pages })
            }
        }
    }

    /// What the claim is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Linear { profile, settlement_asset, position, .. } => {
                let (settlement_asset, position) = (*settlement_asset, *position);
                Subject::Books(Books { settlement_asset, isolated: profile.isolated, position })
            }
            Self::Portfolio { measure, .. } => Subject::Portfolio(measure.clone()),
        }
    }
}

/// What a proof is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What the circuit computes, and what the claim is about.
    pub basis: Basis,
    /// Rows of the circuit.
    pub k: K,
    /// The claim about the account.
    pub claim: Claim,
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
    /// A shape of another family's circuits.
    #[error("circuit version {version} does not have shape {}", .slots.name())]
    ShapeOfAnother {
        /// Version of the circuit.
        version: u16,
        /// The shape.
        slots: Slots,
    },
    /// An unknown requirement of a portfolio account.
    #[error(transparent)]
    Measure(MeasureError),
    /// A stress at a level: nothing is multiplied there.
    #[error("a claim about a stress has level {MARGIN_BPS}, not {0}")]
    StressLevel(u32),
    /// A floor of an isolated position.
    #[error("a claim about one isolated position only has no equity floor")]
    PositionFloor,
    /// A settlement asset's book beside an isolated position only.
    #[error("a claim about one isolated position only names no settlement asset")]
    PositionAsset,
    /// A position of no instrument, or on no side.
    #[error("no isolated position has instrument {instrument} and side code {side}")]
    Position {
        /// Id of the instrument.
        instrument: u16,
        /// Code of the side.
        side: u8,
    },
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

impl From<MeasureError> for StatementError {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::Wire(error) => Self::Wire(error),
            error => Self::Measure(error),
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

/// The shape of a linear circuit of a version.
///
/// # Errors
/// [`StatementError::ShapeOfAnother`].
pub(crate) fn linear_shape(version: CircuitVersion, slots: Slots) -> Result<Shape, StatementError> {
    match slots {
        Slots::Linear(shape) => Ok(shape),
        Slots::Portfolio(_) => {
            Err(StatementError::ShapeOfAnother { version: version.number(), slots })
        }
    }
}

/// The pages of a portfolio circuit of a version.
///
/// # Errors
/// [`StatementError::ShapeOfAnother`].
pub(crate) fn portfolio_pages(
    version: CircuitVersion,
    slots: Slots,
) -> Result<Pages, StatementError> {
    match slots {
        Slots::Portfolio(pages) => Ok(pages),
        Slots::Linear(_) => {
            Err(StatementError::ShapeOfAnother { version: version.number(), slots })
        }
    }
}

/// Refuses a stress at a level.
///
/// # Errors
/// [`StatementError::StressLevel`].
pub(crate) fn check_level(measure: &Measure, claim: &Claim) -> Result<(), StatementError> {
    match (measure, claim.level_bps()) {
        (Measure::Stress(_), level) if level != MARGIN_BPS => {
            Err(StatementError::StressLevel(level))
        }
        _ => Ok(()),
    }
}

/// Refuses a floor and a settlement asset of a claim about one isolated position only.
///
/// # Errors
/// [`StatementError::PositionFloor`] and [`StatementError::PositionAsset`].
pub(crate) fn check_position(
    profile: Profile,
    settlement_asset: Option<NonZeroU16>,
    claim: &Claim,
) -> Result<(), StatementError> {
    match profile.isolated {
        Isolated::Only if !claim.floor().is_none() => Err(StatementError::PositionFloor),
        Isolated::Only if settlement_asset.is_some() => Err(StatementError::PositionAsset),
        _ => Ok(()),
    }
}

/// Code of a side in encodings.
const fn side_code(side: Side) -> u8 {
    match side {
        Side::Long => 0,
        Side::Short => 1,
    }
}

/// Reads the name of an isolated position.
///
/// # Errors
/// [`StatementError::Position`].
fn read_position(reader: &mut Reader<'_>) -> Result<PositionName, StatementError> {
    let (instrument, side) = (reader.u16("instrument")?, reader.u8("side")?);
    let name = NonZeroU16::new(instrument).zip(match side {
        0 => Some(Side::Long),
        1 => Some(Side::Short),
        _ => None,
    });
    let name = name.map(|(instrument, side)| PositionName { instrument, side });
    name.ok_or(StatementError::Position { instrument, side })
}

impl Statement {
    /// Family and anchor of the circuit.
    pub fn version(&self) -> CircuitVersion {
        CircuitVersion { family: self.basis.family(), anchor: self.account.anchor() }
    }

    /// What the claim is about.
    pub fn subject(&self) -> Subject {
        self.basis.subject()
    }

    /// The circuit that proves the statement.
    pub fn circuit(&self) -> CircuitId {
        CircuitId { kind: self.basis.kind(self.account.anchor()), k: self.k }
    }

    /// The canonical encoding. `docs/envelope.md` specifies it byte by byte.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(400);
        out.extend(self.version().number().to_le_bytes());
        out.push(self.basis.slots().code());
        out.push(self.k.code());
        self.claim.encode_into(&mut out);
        match &self.basis {
            Basis::Linear { settlement_asset, position, .. } => {
                out.extend(settlement_asset.map_or(0, NonZeroU16::get).to_le_bytes());
                if let Some(PositionName { instrument, side }) = position {
                    out.extend(instrument.get().to_le_bytes());
                    out.push(side_code(*side));
                }
            }
            Basis::Portfolio { measure, .. } => measure.encode_into(&mut out),
        }
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
        let (version, slots, k) =
            (reader.u16("circuit version")?, reader.u8("shape")?, reader.u8("k")?);
        let version =
            CircuitVersion::from_number(version).ok_or(StatementError::CircuitVersion(version))?;
        let slots = Slots::from_code(slots).ok_or(StatementError::Shape(slots))?;
        let k = K::new(k.into()).ok_or(StatementError::Size(k))?;
        let claim = Claim::read(&mut reader)?;
        let basis = match version.family {
            Family::Linear(profile) => {
                let shape = linear_shape(version, slots)?;
                let settlement_asset = NonZeroU16::new(reader.u16("settlement asset")?);
                let named = profile.names_position();
                let position = named.then(|| read_position(&mut reader)).transpose()?;
                check_position(profile, settlement_asset, &claim)?;
                Basis::Linear { profile, shape, settlement_asset, position }
            }
            Family::Portfolio => {
                let pages = portfolio_pages(version, slots)?;
                let measure = Measure::read(&mut reader)?;
                check_level(&measure, &claim)?;
                Basis::Portfolio { pages, measure }
            }
        };
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
            basis,
            k,
            claim,
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
    use crate::floor::Floor;
    use crate::measure::StressName;
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

    fn measure() -> impl Strategy<Value = Measure> {
        let named = |name: String| Measure::Stress(StressName::new(name).expect("a name"));
        prop_oneof![
            Just(Measure::Maintenance),
            Just(Measure::Initial),
            "[a-z]{1,8}( [a-z]{1,8}){0,3}".prop_map(named),
        ]
    }

    prop_compose! {
        fn statement()(
            (ledger, is_portfolio) in (any::<bool>(), any::<bool>()),
            (shape, pages) in (0..Shape::ALL.len(), 0..Pages::ALL.len()),
            measure in measure(),
            k in K::MIN.get()..=K::MAX.get(),
            (profile, settlement_asset) in (0..Profile::all().count(), any::<u16>()),
            position in 2u32..1 << 17,
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
            let basis = if is_portfolio {
                Basis::Portfolio { pages: Pages::ALL[pages], measure }
            } else {
                let profile = Profile::all().nth(profile).expect("in range");
                let only = profile.isolated == Isolated::Only;
                let settlement_asset = NonZeroU16::new(settlement_asset).filter(|_| !only);
                let position = PositionName::of_key(position).filter(|_| profile.names_position());
                Basis::Linear { profile, shape: Shape::ALL[shape], settlement_asset, position }
            };
            let only = basis.subject().books().is_some_and(|of| of.isolated == Isolated::Only);
            let floor = if only { Floor::none() } else { Floor::of_bytes(&floor) };
            let level = if basis.subject().is_stress() { MARGIN_BPS } else { level };
            Statement {
                basis,
                k: K::new(k).expect("in range"),
                claim: Claim::with_floor(level, floor).expect("in width"),
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
            basis: Basis::Linear {
                profile: Profile::EXACT,
                shape: Shape::S,
                settlement_asset: None,
                position: None,
            },
            k: K::MIN,
            claim: Claim::new(10_000, BigUint::ZERO).expect("claim"),
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
        let linear = |(profile, settlement_asset)| Statement {
            basis: Basis::Linear { profile, shape: Shape::S, settlement_asset, position: None },
            ..of_the_largest_commitment()
        };
        let naming = |isolated, settlement_asset, position| Statement {
            basis: Basis::Linear {
                profile: Profile { isolated, ..Profile::EXACT },
                shape: Shape::S,
                settlement_asset,
                position: PositionName::of_key(position),
            },
            claim: Claim::with_floor(10_000, Floor::none()).expect("claim"),
            ..of_the_largest_commitment()
        };
        let portfolio = |measure| Statement {
            basis: Basis::Portfolio { pages: Pages::Four, measure },
            ..of_the_largest_commitment()
        };
        let measures = ["maintenance", "initial", "stress:a", "stress:b"]
            .map(|text| Measure::parse(text).expect("a measure"));
        let mut all: Vec<_> =
            profiles.iter().flat_map(|p| assets.map(|a| linear((*p, a)))).collect();
        all.extend(measures.map(portfolio));
        for position in [2, 3, 4, 131_071] {
            all.push(naming(Isolated::Only, None, position));
            all.extend(assets.map(|asset| naming(Isolated::AllBut, asset, position)));
        }
        let selections: BTreeSet<_> = all.iter().map(Statement::subject).collect();
        let encodings: BTreeSet<_> = all.iter().map(Statement::encode).collect();
        let digests: BTreeSet<_> = all.iter().map(|s| s.digest().to_repr()).collect();
        assert_eq!([selections.len(), encodings.len(), digests.len()], [all.len(); 3]);
        for statement in all {
            assert_eq!(Statement::decode(&statement.encode()), Ok(statement));
        }
    }

    /// A claim about one isolated position only is about no cross book, so it has neither a floor nor a settlement asset.
    #[test]
    fn a_position_has_a_name_and_no_floor() {
        let of = |isolated, floor, asset, key| Statement {
            basis: Basis::Linear {
                profile: Profile { isolated, ..Profile::EXACT },
                shape: Shape::S,
                settlement_asset: NonZeroU16::new(asset),
                position: PositionName::of_key(key),
            },
            claim: Claim::with_floor(10_000, floor).expect("claim"),
            ..of_the_largest_commitment()
        };
        let read = |statement: &Statement| Statement::decode(&statement.encode());
        let only = of(Isolated::Only, Floor::none(), 0, 7);
        assert_eq!(read(&only), Ok(only.clone()));
        let floor = of(Isolated::Only, Floor::zero(), 0, 7);
        assert_eq!(read(&floor), Err(StatementError::PositionFloor));
        let asset = of(Isolated::Only, Floor::none(), 1, 7);
        assert_eq!(read(&asset), Err(StatementError::PositionAsset));
        let but = of(Isolated::AllBut, Floor::zero(), 1, 7);
        assert_eq!(read(&but), Ok(but.clone()));
        // After version, shape, size, level, floor and settlement asset.
        let at = 8 + FLOOR_BYTES + 2;
        for (name, instrument, side) in [([0, 0, 1], 0, 1), ([3, 0, 2], 3, 2)] {
            let mut bytes = but.encode();
            assert_eq!(bytes[at..at + 3], [3, 0, 1]);
            bytes[at..at + 3].copy_from_slice(&name);
            let refused = StatementError::Position { instrument, side };
            assert_eq!(Statement::decode(&bytes), Err(refused));
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

    /// What belongs to circuits of one family is not read in a statement about another.
    #[test]
    fn families_are_not_mixed() {
        let linear = of_the_largest_commitment();
        let measure = Measure::Initial;
        let portfolio =
            Statement { basis: Basis::Portfolio { pages: Pages::Four, measure }, ..linear.clone() };
        let changed = |statement: &Statement, change: fn(&mut Vec<u8>)| {
            let mut bytes = statement.encode();
            change(&mut bytes);
            Statement::decode(&bytes)
        };
        let (p4, s) = (Slots::Portfolio(Pages::Four), Slots::Linear(Shape::S));
        let shape = |version, slots| Err(StatementError::ShapeOfAnother { version, slots });
        assert_eq!(changed(&linear, |bytes| bytes[2] = 33), shape(1, p4));
        assert_eq!(changed(&portfolio, |bytes| bytes[2] = 1), shape(16_385, s));
        assert_eq!(
            changed(&linear, |bytes| bytes[..2].copy_from_slice(&[1, 64])),
            shape(16_385, s)
        );
        assert_eq!(changed(&portfolio, |bytes| bytes[..2].copy_from_slice(&[1, 0])), shape(1, p4));
        // After version, shape, size, level and floor.
        let kind = changed(&portfolio, |bytes| bytes[8 + FLOOR_BYTES] = 7);
        assert_eq!(kind, Err(StatementError::Measure(MeasureError::Kind(7))));
        let stress = Measure::parse("stress:a").expect("a measure");
        let stressed = Statement {
            basis: Basis::Portfolio { pages: Pages::Four, measure: stress },
            ..linear.clone()
        };
        assert_eq!(Statement::decode(&stressed.encode()), Ok(stressed.clone()));
        let level = changed(&stressed, |bytes| bytes[4] += 1);
        assert_eq!(level, Err(StatementError::StressLevel(10_001)));
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
