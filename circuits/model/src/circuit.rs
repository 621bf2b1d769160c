//! Which circuit proves a statement: rule profile, account anchor, shape and number of rows.
//!
//! Rows and columns are the circuit's own business (`zkmargin-circuit`); this module holds only what names a circuit in
//! statements, proof files, keys and stores.

use crate::rule::{Account, Profile};
use crate::widths::{MAX_ASSETS, MAX_POSITIONS};

/// What names the account in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Anchor {
    /// Its public commitment.
    Commitment,
    /// The root of a ledger that contains it.
    Ledger,
}

impl Anchor {
    /// Both.
    pub const ALL: [Anchor; 2] = [Anchor::Commitment, Anchor::Ledger];
}

/// A family of circuits: profile and anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CircuitVersion {
    /// How the rule is computed.
    pub profile: Profile,
    /// What names the account.
    pub anchor: Anchor,
}

impl CircuitVersion {
    /// All versions, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        Profile::all().flat_map(|profile| Anchor::ALL.map(|anchor| Self { profile, anchor }))
    }

    /// Number in encodings: twice the profile's code, and 1 for a commitment or 2 for a ledger.
    pub const fn number(self) -> u16 {
        let anchor = match self.anchor {
            Anchor::Commitment => 1,
            Anchor::Ledger => 2,
        };
        2 * self.profile.code() + anchor
    }

    /// The version with a number.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::all().find(|version| version.number() == number)
    }
}

/// Number of position and asset slots. Public: part of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// 16 positions, 8 assets.
    S,
    /// 32 positions, 16 assets.
    Sm,
    /// 64 positions, 16 assets.
    M,
    /// 96 positions, 16 assets.
    Ml,
    /// 128 positions, 32 assets.
    Lm,
    /// 256 positions, 32 assets.
    L,
}

impl Shape {
    /// All shapes, smallest first.
    pub const ALL: [Shape; 6] = [Shape::S, Shape::Sm, Shape::M, Shape::Ml, Shape::Lm, Shape::L];

    /// Position slots.
    pub const fn positions(self) -> usize {
        match self {
            Shape::S => 16,
            Shape::Sm => 32,
            Shape::M => 64,
            Shape::Ml => 96,
            Shape::Lm => 128,
            Shape::L => MAX_POSITIONS,
        }
    }

    /// Asset slots.
    pub const fn assets(self) -> usize {
        match self {
            Shape::S => 8,
            Shape::Sm | Shape::M | Shape::Ml => 16,
            Shape::Lm | Shape::L => MAX_ASSETS,
        }
    }

    /// Code in encodings.
    pub const fn code(self) -> u8 {
        match self {
            Shape::S => 1,
            Shape::Sm => 2,
            Shape::M => 3,
            Shape::Ml => 4,
            Shape::Lm => 5,
            Shape::L => 6,
        }
    }

    /// The shape with a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.code() == code)
    }

    /// Name: `S`, `SM`, `M`, `ML`, `LM` or `L`.
    pub const fn name(self) -> &'static str {
        match self {
            Shape::S => "S",
            Shape::Sm => "SM",
            Shape::M => "M",
            Shape::Ml => "ML",
            Shape::Lm => "LM",
            Shape::L => "L",
        }
    }

    /// The shape with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// Whether the account's lists fit.
    pub fn fits(self, account: &Account) -> bool {
        account.positions().len() <= self.positions() && account.balances().len() <= self.assets()
    }

    /// The smallest shape that holds the account. Every account fits the largest.
    pub fn smallest_for(account: &Account) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.fits(account))
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A circuit without its number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// Profile and anchor.
    pub version: CircuitVersion,
    /// Slots.
    pub shape: Shape,
}

impl Kind {
    /// The circuit of these.
    pub const fn of(profile: Profile, anchor: Anchor, shape: Shape) -> Self {
        Self { version: CircuitVersion { profile, anchor }, shape }
    }

    /// How the rule is computed.
    pub const fn profile(self) -> Profile {
        self.version.profile
    }

    /// What names the account.
    pub const fn anchor(self) -> Anchor {
        self.version.anchor
    }
}

/// log2 of a circuit's number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct K(u8);

impl K {
    /// That of the smallest circuit.
    pub const MIN: Self = Self(10);

    /// That of the largest circuit; a market that needs more cannot have proofs.
    pub const MAX: Self = Self(14);

    /// This number, from [`K::MIN`] to [`K::MAX`].
    pub const fn new(k: u32) -> Option<Self> {
        if Self::MIN.get() <= k && k <= Self::MAX.get() { Some(Self(k as u8)) } else { None }
    }

    /// All, smallest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (Self::MIN.0..=Self::MAX.0).map(Self)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0 as u32
    }

    /// The number as used in encodings.
    pub const fn code(self) -> u8 {
        self.0
    }
}

impl std::fmt::Display for K {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One circuit: profile, anchor, shape and number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CircuitId {
    /// Profile, anchor and shape.
    pub kind: Kind,
    /// Number of rows.
    pub k: K,
}

impl std::fmt::Display for CircuitId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} k={}", self.kind.version.number(), self.kind.shape, self.k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_codes_and_names_are_read_back() {
        for version in CircuitVersion::all() {
            assert_eq!(CircuitVersion::from_number(version.number()), Some(version));
        }
        for number in [0, 9, u16::MAX] {
            assert_eq!(CircuitVersion::from_number(number), None);
        }
        for shape in Shape::ALL {
            assert_eq!(Shape::from_code(shape.code()), Some(shape));
            assert_eq!(Shape::from_name(shape.name()), Some(shape));
        }
        assert_eq!((Shape::from_code(0), Shape::from_code(7)), (None, None));
        assert!(Shape::ALL.is_sorted_by_key(|shape| shape.positions()));
        let read = |k| K::new(k).map(K::get);
        assert_eq!([9, 10, 14, 15].map(read), [None, Some(10), Some(14), None]);
        assert_eq!(K::all().count(), 5);
    }
}
