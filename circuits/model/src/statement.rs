//! The statement: everything a proof speaks about, by name.
//!
//! A verifier rebuilds the circuit's public inputs from these fields. The proof is bound to all of
//! them through [`Statement::digest`], the circuit's first public input.

use crate::claim::{Claim, ClaimError};
use crate::commitment::field_bytes;
use crate::context::{Context, ContextError};
use crate::widths::FLOOR_BITS;
use crate::wire::{Reader, WireError};
use ff::FromUniformBytes;
use num_bigint::BigUint;
use pasta_curves::Fp;

/// Bytes of an encoded equity floor.
pub const FLOOR_BYTES: usize = (FLOOR_BITS as usize) / 8;

/// Most bytes of a valuation currency's name.
pub const MAX_CURRENCY_BYTES: usize = 32;

/// BLAKE2b personalization of the statement digest.
pub const PERSONALIZATION: &[u8; 16] = b"zkmargin-stmt-v1";

/// Kind byte of an account named by its public commitment.
const COMMITMENT: u8 = 1;
/// Kind byte of an account of a ledger.
const LEDGER: u8 = 2;

const _: () = assert!(FLOOR_BITS.is_multiple_of(8));

/// How the statement names the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountReference {
    /// By its public commitment.
    Commitment(Fp),
    /// As one of the accounts of a ledger, by the ledger's root.
    Ledger(Fp),
}

/// The circuit that proves a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitTag {
    /// Circuit family.
    pub version: u16,
    /// Code of the shape: how many positions and assets there is room for.
    pub shape: u8,
    /// log2 of the number of rows.
    pub k: u8,
}

/// What amounts in margin units are counted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginUnit {
    currency: String,
    decimals: u16,
}

impl MarginUnit {
    /// One unit is `10^-decimals` of `currency`, whose name is 1 to 32 visible ASCII characters.
    /// `None` for another name.
    pub fn new(currency: impl Into<String>, decimals: u16) -> Option<Self> {
        let currency = currency.into();
        let bounded = (1..=MAX_CURRENCY_BYTES).contains(&currency.len());
        let visible = currency.bytes().all(|b| b.is_ascii_graphic());
        (bounded && visible).then_some(Self { currency, decimals })
    }

    /// Valuation currency.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Decimals of one margin unit.
    pub fn decimals(&self) -> u16 {
        self.decimals
    }
}

/// What a proof speaks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Circuit family, shape and size.
    pub circuit: CircuitTag,
    /// The claim about the account.
    pub claim: Claim,
    /// Digest of the numbering of instruments and assets.
    pub registry_digest: [u8; 32],
    /// Digest of the schedule.
    pub schedule_digest: [u8; 32],
    /// Digest of the snapshot.
    pub snapshot_digest: [u8; 32],
    /// Time of the snapshot, milliseconds since 1970-01-01 UTC.
    pub snapshot_time: u64,
    /// What the floor is counted in.
    pub margin_unit: MarginUnit,
    /// The account.
    pub account: AccountReference,
    /// Holder pseudonym; zero for a circuit that has none.
    pub pseudonym: Fp,
    /// Nullifier; zero for a circuit that has none.
    pub nullifier: Fp,
    /// Hiding commitment to equity and maintenance margin.
    pub margin_commitment: Fp,
    /// Audience, purpose, nonce, epoch and expiry.
    pub context: Context,
}

/// Why bytes are not a statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Truncated, trailing or non-canonical bytes.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A claim past its widths.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// An account reference of an unknown kind.
    #[error("unknown kind of account reference: {0}")]
    AccountKind(u8),
    /// A currency name that is empty, too long or not visible ASCII.
    #[error("the valuation currency is not 1 to {MAX_CURRENCY_BYTES} visible ASCII characters")]
    Currency,
    /// A context that cannot be made.
    #[error(transparent)]
    Context(ContextError),
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
    /// The canonical encoding. `docs/envelope.md` gives it byte by byte.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(400);
        out.extend(self.circuit.version.to_le_bytes());
        out.push(self.circuit.shape);
        out.push(self.circuit.k);
        out.extend(self.claim.level_bps().to_le_bytes());
        let mut floor = self.claim.floor().to_bytes_le();
        // A claim's floor is below 2^FLOOR_BITS.
        floor.resize(FLOOR_BYTES, 0);
        out.extend(floor);
        out.extend(self.registry_digest);
        out.extend(self.schedule_digest);
        out.extend(self.snapshot_digest);
        out.extend(self.snapshot_time.to_le_bytes());
        out.extend(self.margin_unit.decimals.to_le_bytes());
        out.push(self.margin_unit.currency.len() as u8);
        out.extend(self.margin_unit.currency.as_bytes());
        let (kind, account) = match &self.account {
            AccountReference::Commitment(account) => (COMMITMENT, account),
            AccountReference::Ledger(root) => (LEDGER, root),
        };
        out.push(kind);
        for element in [account, &self.pseudonym, &self.nullifier, &self.margin_commitment] {
            out.extend(field_bytes(element));
        }
        self.context.encode_into(&mut out);
        out
    }

    /// Reads the canonical encoding; there is exactly one per statement.
    ///
    /// # Errors
    /// [`StatementError`] for bytes that [`Statement::encode`] does not make.
    pub fn decode(bytes: &[u8]) -> Result<Self, StatementError> {
        let mut reader = Reader::new(bytes);
        let circuit = CircuitTag {
            version: reader.u16("circuit version")?,
            shape: reader.u8("shape")?,
            k: reader.u8("k")?,
        };
        let level = reader.u32("level")?;
        let floor = BigUint::from_bytes_le(reader.take("floor", FLOOR_BYTES)?);
        let claim = Claim::new(level, floor)?;
        let registry_digest = reader.array("registry digest")?;
        let schedule_digest = reader.array("schedule digest")?;
        let snapshot_digest = reader.array("snapshot digest")?;
        let snapshot_time = reader.u64("snapshot time")?;
        let decimals = reader.u16("margin unit decimals")?;
        let length = usize::from(reader.u8("valuation currency")?);
        let currency = reader.take("valuation currency", length)?;
        let currency = std::str::from_utf8(currency).map_err(|_| StatementError::Currency)?;
        let margin_unit = MarginUnit::new(currency, decimals).ok_or(StatementError::Currency)?;
        let account = match reader.u8("account reference")? {
            COMMITMENT => AccountReference::Commitment(reader.field("account commitment")?),
            LEDGER => AccountReference::Ledger(reader.field("ledger root")?),
            kind => return Err(StatementError::AccountKind(kind)),
        };
        let pseudonym = reader.field("pseudonym")?;
        let nullifier = reader.field("nullifier")?;
        let margin_commitment = reader.field("margin commitment")?;
        let context = Context::read(&mut reader)?;
        reader.end()?;
        Ok(Self {
            circuit,
            claim,
            registry_digest,
            schedule_digest,
            snapshot_digest,
            snapshot_time,
            margin_unit,
            account,
            pseudonym,
            nullifier,
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
    use ff::{Field, PrimeField};
    use proptest::prelude::*;

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
                let context = Context::new(audience, purpose, nonce, epoch);
                context.expect("names").expiring(expires)
            })
    }

    prop_compose! {
        fn statement()(
            (version, shape, k) in any::<(u16, u8, u8)>(),
            level in 0u32..1 << 17,
            floor in any::<[u8; FLOOR_BYTES]>(),
            digests in any::<[[u8; 32]; 3]>(),
            (snapshot_time, decimals) in any::<(u64, u16)>(),
            currency in "[!-~]{1,32}",
            elements in [field(), field(), field(), field()],
            context in context(),
        ) -> Statement {
            Statement {
                circuit: CircuitTag { version, shape, k },
                claim: Claim::new(level, BigUint::from_bytes_le(&floor)).expect("in width"),
                registry_digest: digests[0],
                schedule_digest: digests[1],
                snapshot_digest: digests[2],
                snapshot_time,
                margin_unit: MarginUnit::new(currency, decimals).expect("visible"),
                account: AccountReference::Commitment(elements[0]),
                pseudonym: elements[1],
                nullifier: elements[2],
                margin_commitment: elements[3],
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

    #[test]
    fn field_order_is_refused() {
        let statement = Statement {
            circuit: CircuitTag { version: 1, shape: 1, k: 10 },
            claim: Claim::new(10_000, BigUint::ZERO).expect("claim"),
            registry_digest: [1; 32],
            schedule_digest: [2; 32],
            snapshot_digest: [3; 32],
            snapshot_time: 1,
            margin_unit: MarginUnit::new("USD", 6).expect("unit"),
            account: AccountReference::Commitment(-Fp::ONE),
            pseudonym: Fp::ZERO,
            nullifier: Fp::ZERO,
            margin_commitment: Fp::ZERO,
            context: Context::new("a", "", None, 0).expect("context"),
        };
        let mut bytes = statement.encode();
        let largest = (-Fp::ONE).to_repr();
        let at = bytes.windows(32).position(|w| w == largest).expect("commitment");
        bytes[at] += 1;
        let error = WireError::NonCanonical { field: "account commitment" };
        assert_eq!(Statement::decode(&bytes), Err(error.into()));
    }
}
