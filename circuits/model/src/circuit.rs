//! Which circuit proves a statement: family, account anchor, shape and number of rows.
//!
//! Rows and columns are the circuit's own business (`zkmargin-circuit`); this module holds only what names a circuit in
//! statements, proof files, keys and stores.

use crate::portfolio::PAGE_SLOTS;
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

/// Which rule a circuit computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Rates of position sizes and values, in a profile.
    Linear(Profile),
    /// Losses in scenarios.
    Portfolio,
}

/// Code of the portfolio family, which no profile has.
const PORTFOLIO: u16 = 1 << 13;

impl Family {
    /// All, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        let (small, large): (Vec<_>, Vec<_>) =
            Profile::all().map(Self::Linear).partition(|family| family.code() < PORTFOLIO);
        small.into_iter().chain([Self::Portfolio]).chain(large)
    }

    /// Code in encodings: the profile's, or one that no profile has.
    pub const fn code(self) -> u16 {
        match self {
            Self::Linear(profile) => profile.code(),
            Self::Portfolio => PORTFOLIO,
        }
    }

    /// The family with a code.
    pub fn from_code(code: u16) -> Option<Self> {
        match code {
            PORTFOLIO => Some(Self::Portfolio),
            _ => Profile::from_code(code).map(Self::Linear),
        }
    }
}

impl std::fmt::Display for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Linear(profile) => profile.fmt(f),
            Self::Portfolio => f.write_str("portfolio"),
        }
    }
}

/// Circuits of one family and anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CircuitVersion {
    /// Which rule is computed.
    pub family: Family,
    /// What names the account.
    pub anchor: Anchor,
}

impl CircuitVersion {
    /// All versions, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        Family::all().flat_map(|family| Anchor::ALL.map(|anchor| Self { family, anchor }))
    }

    /// Number in encodings: twice the family's code, and 1 for a commitment or 2 for a ledger.
    pub const fn number(self) -> u16 {
        let anchor = match self.anchor {
            Anchor::Commitment => 1,
            Anchor::Ledger => 2,
        };
        2 * self.family.code() + anchor
    }

    /// The version with a number.
    pub fn from_number(number: u16) -> Option<Self> {
        let of_commitment = number.checked_sub(1)?;
        let family = Family::from_code(of_commitment / 2)?;
        Some(Self { family, anchor: Anchor::ALL[usize::from(of_commitment % 2)] })
    }
}

/// Number of position and asset slots. Public: part of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// 8 positions, 4 assets: few enough for 2^10 rows of the general profile.
    Xs,
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
    pub const ALL: [Shape; 7] =
        [Shape::Xs, Shape::S, Shape::Sm, Shape::M, Shape::Ml, Shape::Lm, Shape::L];

    /// Those among which the smallest that holds an account is chosen, smallest first. The least is among them in the general
    /// profile alone: in others it has as many rows as the next, and would say more of the account for nothing.
    pub fn chosen_among(profile: Profile) -> &'static [Self] {
        if profile.general { &Self::ALL } else { &Self::ALL[1..] }
    }

    /// Position slots.
    pub const fn positions(self) -> usize {
        match self {
            Shape::Xs => 8,
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
            Shape::Xs => 4,
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
            Shape::Xs => 7,
        }
    }

    /// Name: `XS`, `S`, `SM`, `M`, `ML`, `LM` or `L`.
    pub const fn name(self) -> &'static str {
        match self {
            Shape::Xs => "XS",
            Shape::S => "S",
            Shape::Sm => "SM",
            Shape::M => "M",
            Shape::Ml => "ML",
            Shape::Lm => "LM",
            Shape::L => "L",
        }
    }

    /// Whether a circuit of this shape holds the account.
    pub fn fits(self, account: &Account) -> bool {
        account.check_provable().is_ok()
            && account.positions().len() <= self.positions()
            && account.balances().len() <= self.assets()
    }

    /// The smallest shape that is [chosen](Self::chosen_among) in a profile and holds the account; `None` for an account
    /// that the largest does not hold.
    pub fn smallest_for(account: &Account, profile: Profile) -> Option<Self> {
        Self::chosen_among(profile).iter().copied().find(|shape| shape.fits(account))
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Number of pages of eight position slots, and of asset slots. Public: part of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pages {
    /// 32 positions on 4 pages, 2 assets: few enough for 2^10 rows.
    Four,
    /// 64 positions on 8 pages, 16 assets.
    Eight,
    /// 128 positions on 16 pages, 16 assets.
    Sixteen,
}

impl Pages {
    /// All, smallest first.
    pub const ALL: [Self; 3] = [Self::Four, Self::Eight, Self::Sixteen];

    /// Pages.
    pub const fn count(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Eight => 8,
            Self::Sixteen => 16,
        }
    }

    /// Position slots.
    pub const fn positions(self) -> usize {
        self.count() * PAGE_SLOTS
    }

    /// Asset slots.
    pub const fn assets(self) -> usize {
        match self {
            Self::Four => 2,
            Self::Eight | Self::Sixteen => 16,
        }
    }

    /// The smallest that holds this many pages and balances.
    pub fn smallest_for(pages: usize, balances: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.fit(pages, balances))
    }

    /// Whether this many pages and balances fit.
    pub const fn fit(self, pages: usize, balances: usize) -> bool {
        pages <= self.count() && balances <= self.assets()
    }
}

/// The slots of a circuit of any family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slots {
    /// Of a linear account.
    Linear(Shape),
    /// Of a portfolio account.
    Portfolio(Pages),
}

impl Slots {
    /// All, those of linear accounts first.
    pub fn all() -> impl Iterator<Item = Self> {
        Shape::ALL.map(Self::Linear).into_iter().chain(Pages::ALL.map(Self::Portfolio))
    }

    /// The shape of a linear account.
    pub const fn linear(self) -> Option<Shape> {
        match self {
            Self::Linear(shape) => Some(shape),
            Self::Portfolio(_) => None,
        }
    }

    /// The pages of a portfolio account.
    pub const fn portfolio(self) -> Option<Pages> {
        match self {
            Self::Linear(_) => None,
            Self::Portfolio(pages) => Some(pages),
        }
    }

    /// Position slots.
    pub const fn positions(self) -> usize {
        match self {
            Self::Linear(shape) => shape.positions(),
            Self::Portfolio(pages) => pages.positions(),
        }
    }

    /// Asset slots.
    pub const fn assets(self) -> usize {
        match self {
            Self::Linear(shape) => shape.assets(),
            Self::Portfolio(pages) => pages.assets(),
        }
    }

    /// Code in encodings. No two shapes have the same, of whatever families.
    pub const fn code(self) -> u8 {
        match self {
            Self::Linear(shape) => shape.code(),
            Self::Portfolio(Pages::Four) => 33,
            Self::Portfolio(Pages::Eight) => 34,
            Self::Portfolio(Pages::Sixteen) => 35,
        }
    }

    /// The shape with a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::all().find(|slots| slots.code() == code)
    }

    /// Name: that of a linear shape, or `P4`, `P8` or `P16`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear(shape) => shape.name(),
            Self::Portfolio(Pages::Four) => "P4",
            Self::Portfolio(Pages::Eight) => "P8",
            Self::Portfolio(Pages::Sixteen) => "P16",
        }
    }

    /// The shape with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|slots| slots.name() == name)
    }
}

impl std::fmt::Display for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A circuit of a linear account, without its number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinearKind {
    profile: Profile,
    anchor: Anchor,
    /// Slots.
    pub shape: Shape,
}

impl LinearKind {
    /// How the rule is computed.
    pub const fn profile(self) -> Profile {
        self.profile
    }

    /// What names the account.
    pub const fn anchor(self) -> Anchor {
        self.anchor
    }
}

/// A circuit of a portfolio account, without its number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortfolioKind {
    /// What names the account.
    pub anchor: Anchor,
    /// Slots.
    pub pages: Pages,
}

/// A circuit without its number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Of a linear account.
    Linear(LinearKind),
    /// Of a portfolio account.
    Portfolio(PortfolioKind),
}

impl From<LinearKind> for Kind {
    fn from(kind: LinearKind) -> Self {
        Self::Linear(kind)
    }
}

impl From<PortfolioKind> for Kind {
    fn from(kind: PortfolioKind) -> Self {
        Self::Portfolio(kind)
    }
}

impl Kind {
    /// The circuit of a linear account in these.
    pub const fn of(profile: Profile, anchor: Anchor, shape: Shape) -> LinearKind {
        LinearKind { profile, anchor, shape }
    }

    /// Family and anchor.
    pub const fn version(self) -> CircuitVersion {
        match self {
            Self::Linear(LinearKind { profile, anchor, .. }) => {
                CircuitVersion { family: Family::Linear(profile), anchor }
            }
            Self::Portfolio(PortfolioKind { anchor, .. }) => {
                CircuitVersion { family: Family::Portfolio, anchor }
            }
        }
    }

    /// Slots.
    pub const fn slots(self) -> Slots {
        match self {
            Self::Linear(kind) => Slots::Linear(kind.shape),
            Self::Portfolio(kind) => Slots::Portfolio(kind.pages),
        }
    }

    /// What names the account.
    pub const fn anchor(self) -> Anchor {
        self.version().anchor
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

/// One circuit: family, anchor, shape and number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CircuitId {
    /// Family, anchor and shape.
    pub kind: Kind,
    /// Number of rows.
    pub k: K,
}

impl std::fmt::Display for CircuitId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} k={}", self.kind.version().number(), self.kind.slots(), self.k)
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
        for number in [0, 9, 16_387, 16_388, u16::MAX] {
            assert_eq!(CircuitVersion::from_number(number), None);
        }
        for slots in Slots::all() {
            assert_eq!(Slots::from_code(slots.code()), Some(slots));
            assert_eq!(Slots::from_name(slots.name()), Some(slots));
        }
        assert_eq!([0, 8, 32, 36].map(Slots::from_code), [None; 4]);
        let numbers: Vec<_> = CircuitVersion::all().map(CircuitVersion::number).collect();
        let small = numbers.partition_point(|number| *number < 32_768);
        assert_eq!((numbers[small - 1], numbers.last()), (16_386, Some(&64_610)));
        assert!(Family::all().is_sorted_by_key(Family::code));
        assert!(Shape::ALL.is_sorted_by_key(|shape| shape.positions()));
        let read = |k| K::new(k).map(K::get);
        assert_eq!([9, 10, 14, 15].map(read), [None, Some(10), Some(14), None]);
        assert_eq!(K::all().count(), 5);
    }
}
