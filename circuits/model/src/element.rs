//! Field elements with a meaning: elements that mean different things have different types.

use crate::field::{field_bytes, field_from_bytes};
use pasta_curves::Fp;

macro_rules! elements {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $name(Fp);

        impl $name {
            /// The element with this meaning.
            pub const fn new(element: Fp) -> Self {
                Self(element)
            }

            /// The element, for a circuit or a hash.
            pub const fn element(self) -> Fp {
                self.0
            }

            /// Reads canonical little-endian bytes; `None` at or above the field order.
            pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
                field_from_bytes(bytes).map(Self)
            }

            /// Canonical little-endian bytes.
            pub fn to_bytes(self) -> [u8; 32] {
                field_bytes(&self.0)
            }
        }

        impl From<Fp> for $name {
            fn from(element: Fp) -> Self {
                Self(element)
            }
        }

        /// The element of a number.
        impl From<u64> for $name {
            fn from(number: u64) -> Self {
                Self(Fp::from(number))
            }
        }

        /// Lower-case hexadecimal of the canonical bytes.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.to_bytes()))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    )+};
}

elements! {
    /// Hiding, binding commitment to an account.
    AccountCommitment;
    /// Root of a venue's ledger.
    LedgerRoot;
    /// A holder as one audience sees it: the same for all accounts of the holder.
    Pseudonym;
    /// One account in one scope: the same for two proofs about it, and unlinkable between scopes.
    Nullifier;
    /// Hiding commitment to equity and required margin.
    MarginCommitment;
}

#[cfg(test)]
mod tests {
    use super::*;
    use ff::Field;

    #[test]
    fn text_is_that_of_the_bytes() {
        let pseudonym = Pseudonym::new(Fp::from(11));
        assert_eq!(pseudonym.to_string(), format!("0b{}", "00".repeat(31)));
        assert_eq!(format!("{pseudonym:?}"), format!("Pseudonym({pseudonym})"));
        assert_eq!(Pseudonym::from_bytes(&pseudonym.to_bytes()), Some(pseudonym));
        let mut order = Pseudonym::new(-Fp::ONE).to_bytes();
        order[0] += 1;
        assert_eq!(Pseudonym::from_bytes(&order), None);
    }
}
