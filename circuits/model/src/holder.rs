//! The holder of an account: secret, key at a venue, pseudonym for an audience, nullifier for a scope.
//!
//! Every use of the secret has a separate hash tag. The holder key is inside the account commitment and never
//! published; the pseudonym is the same for all of a holder's accounts as seen by one audience, and unlinkable between
//! audiences; the nullifier is the same for two proofs about one account in one scope, and unlinkable between scopes.
//!
//! A venue has a ledger for each numbering (registry), and each counts its serials from 0: an account is named by
//! registry and serial, and the registry's digest covers the venue's name.

use crate::context::{Context, zero_for_none};
use crate::digest::{Digest, DigestTag, Encoder, RegistryDigest};
use crate::element::{Nullifier, Pseudonym};
use crate::field::digest_to_field;
use crate::poseidon::{self, Tag};
use ff::Field;
use pasta_curves::Fp;

/// A holder's secret: one uniformly random field element. Made by the trader and never given to a
/// venue. Wiped when dropped.
#[derive(Clone)]
pub struct HolderSecret(Fp);

impl HolderSecret {
    /// A secret with this value.
    pub fn new(secret: Fp) -> Self {
        Self(secret)
    }

    /// The value, for a witness or a key file.
    pub fn expose(&self) -> Fp {
        self.0
    }

    /// Holder key at a venue.
    pub fn holder_key(&self, venue: Fp) -> Fp {
        poseidon::hash(Tag::HolderKey, &[[self.0, venue]])
    }

    /// Pseudonym for an audience.
    pub fn pseudonym(&self, audience: Fp) -> Pseudonym {
        poseidon::hash(Tag::Pseudonym, &[[self.0, audience]]).into()
    }

    /// Nullifier of the account with this serial in a ledger of a registry, in a scope. `registry` is the registry
    /// digest as a field element, the one that the account commitment has.
    pub fn nullifier(&self, registry: Fp, serial: u32, scope: Fp) -> Nullifier {
        let serial = Fp::from(u64::from(serial));
        poseidon::hash(Tag::Nullifier, &[[self.0, registry], [serial, scope]]).into()
    }
}

impl Drop for HolderSecret {
    fn drop(&mut self) {
        self.0 = Fp::ZERO;
    }
}

impl std::fmt::Debug for HolderSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HolderSecret(..)")
    }
}

/// A venue's name as a field element.
pub fn venue_field(venue: &str) -> Fp {
    digest_to_field(&Encoder::new().text(venue).digest(DigestTag::Venue))
}

/// Digest of an audience's name, as stated in enrolment notes.
pub fn audience_digest(audience: &str) -> Digest {
    Encoder::new().text(audience).digest(DigestTag::Audience)
}

/// An audience's name as a field element.
pub fn audience_field(audience: &str) -> Fp {
    digest_to_field(&audience_digest(audience))
}

/// Identifies an account at a venue, whatever it holds and however it is blinded: registry, whose digest covers the
/// venue's name, holder key and serial. For a prover's own log; it is never published.
pub fn account_identity(registry: &RegistryDigest, holder_key: &[u8; 32], serial: u64) -> Digest {
    let mut out = Encoder::new();
    out.fixed(registry.bytes()).fixed(holder_key).u64(serial).digest(DigestTag::Identity)
}

/// The scope of a context: audience, purpose and epoch, but never the nonce, so that a fresh nonce does not give a
/// fresh nullifier.
pub fn scope_field(context: &Context) -> Fp {
    let mut out = Encoder::new();
    out.text(context.audience()).text(context.purpose()).u64(zero_for_none(context.epoch()));
    digest_to_field(&out.digest(DigestTag::Scope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU64;

    #[test]
    fn every_use_is_another_value() {
        let secret = HolderSecret::new(Fp::from(7));
        let (venue, other) = (venue_field("a"), venue_field("b"));
        assert_ne!(secret.holder_key(venue), secret.holder_key(other));
        assert_ne!(secret.holder_key(venue), secret.pseudonym(venue).element());
        assert_ne!(venue_field("a"), audience_field("a"));
        let registry = Fp::from(5);
        assert_ne!(secret.nullifier(registry, 1, other), secret.nullifier(registry, 2, other));
        assert_ne!(secret.nullifier(registry, 1, other), secret.nullifier(other, 1, other));
        assert_eq!(format!("{secret:?}"), "HolderSecret(..)");
    }

    /// Accounts of one holder and serial in the ledgers of two registries.
    #[test]
    fn an_account_is_of_its_registry() {
        let (linear, portfolio) = (RegistryDigest::new([1; 32]), RegistryDigest::new([2; 32]));
        let (key, serial) = ([3; 32], 4);
        let identity = account_identity(&linear, &key, serial);
        assert_eq!(identity, account_identity(&linear, &key, serial));
        assert_ne!(identity, account_identity(&portfolio, &key, serial));
        assert_ne!(identity, account_identity(&linear, &[5; 32], serial));
        assert_ne!(identity, account_identity(&linear, &key, serial + 1));
    }

    #[test]
    fn a_nonce_gives_no_fresh_scope() {
        let scope = |purpose, nonce, epoch| {
            let context = Context::new("desk", purpose, nonce).expect("context");
            scope_field(&context.of_epoch(NonZeroU64::new(epoch)))
        };
        assert_eq!(scope("p", None, 3), scope("p", Some([9; 32]), 3));
        assert_ne!(scope("p", None, 3), scope("p", None, 4));
        assert_ne!(scope("p", None, 3), scope("q", None, 3));
    }
}
