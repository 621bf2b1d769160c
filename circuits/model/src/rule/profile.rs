//! Which blocks of rows a circuit has for a market: a public function of the market and of the books that a claim is
//! about, so that a verifier computes it and never takes it from a proof.

use super::Settlement;

/// What is rounded for a position. Each block set contains the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rounded {
    /// Nothing: all figures are exact.
    Nothing,
    /// The requirement, once.
    Requirement,
    /// The value, and the requirement at most once.
    Value,
    /// The value, and the requirement at most twice.
    ValueAndTwice,
}

impl Rounded {
    /// All, in the order of their codes.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::Requirement, Self::Value, Self::ValueAndTwice];

    /// How often the requirement is rounded at most.
    pub const fn requirement_roundings(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Requirement | Self::Value => 1,
            Self::ValueAndTwice => 2,
        }
    }

    /// Whether values are rounded.
    pub const fn rounds_values(self) -> bool {
        matches!(self, Self::Value | Self::ValueAndTwice)
    }
}

/// What the tier variable is a multiple of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Base {
    /// The size.
    Size,
    /// The rounded value's magnitude.
    Value,
}

/// What becomes of isolated positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Isolated {
    /// There are none: every position is in the cross book.
    None,
    /// Each meets the level of the claim by itself.
    Compared,
    /// They are not in the sums of the cross book, and nothing is claimed about them.
    LeftOut,
    /// Each but a named one meets the level of the claim by itself.
    AllBut,
    /// A named one meets the level of the claim, or does not meet it, and nothing is claimed about any other book.
    Only,
}

impl Isolated {
    /// Whether a claim names an isolated position.
    pub const fn names_position(self) -> bool {
        matches!(self, Self::AllBut | Self::Only)
    }
}

/// How the rule is computed inside the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Profile {
    /// What is rounded for a position.
    pub rounded: Rounded,
    /// What the tier variable is a multiple of; the size unless values are rounded.
    pub base: Base,
    /// Whether tiers and rounded figures of a position, and divisors of its requirement, fit blocks of fewer rows. Never
    /// without rounding.
    pub narrow: bool,
    /// Whether collateral values are rounded.
    pub collateral: bool,
    /// Whether a position's profit and loss are rounded.
    pub pnl: bool,
    /// Whether positions can be isolated, and what becomes of them; never with requirements that are rounded twice, except
    /// in the general profile.
    pub isolated: Isolated,
    /// Whether every element of the rule is computed, each as a line with a division of its own. Beside it, only
    /// positions can be isolated, have open orders or allocations, be required of their entries or divided by their leverage, or a book
    /// without a requirement be healthy.
    pub general: bool,
    /// Whether records have open orders, and positions of size zero. Only in the general profile.
    pub orders: bool,
    /// Whether records have allocations of isolated positions. Only with open orders, where positions can be isolated.
    pub allocations: bool,
    /// Whether a notional can be that of the entry. Only in the general profile, without isolated positions and orders.
    pub entry: bool,
    /// Whether a requirement can be divided by the position's own leverage. Only in the general profile.
    pub leverage: bool,
    /// Whether records of positions have own parameters, which no figure reads. Never in the general profile, which always
    /// has a term for them.
    pub own: bool,
    /// Whether every requirement is one rate of the size, without tiers. Only with exact requirements, values, and profit
    /// and loss.
    pub flat: bool,
    /// Whether tiers go by what is held of a family of instruments. Only with exact requirements and values, and never flat.
    pub family: bool,
    /// Whether a book of which nothing is required meets every level. Only without isolated positions.
    pub exempt: bool,
    /// How many settlement assets there can be.
    pub settlement: Settlement,
}

/// Weights in a profile's code, above [`Rounded`], which takes two bits.
const BASE: u16 = 1 << 2;
/// In the general profile, in the place of the base of the tier variable.
const ENTRY: u16 = BASE;
const NARROW: u16 = 1 << 3;
/// In the general profile, in the place of the narrow blocks.
const LEVERAGE: u16 = NARROW;
const COLLATERAL: u16 = 1 << 4;
/// In the general profile, in the place of rounded collateral values.
const ALLOCATIONS: u16 = COLLATERAL;
const PNL: u16 = 1 << 5;
const ISOLATED: u16 = 1 << 6;
const GENERAL: u16 = 1 << 7;
const FLAT: u16 = 1 << 8;
const LEFT_OUT: u16 = 1 << 9;
const FAMILY: u16 = 1 << 10;
const ORDERS: u16 = 1 << 11;
/// Outside the general profile, in the place of open orders.
const OWN: u16 = ORDERS;
const EXEMPT: u16 = 1 << 12;
/// Beside isolated positions, in the place of an exempt book: a claim names one of them, and is about all but this one, or
/// about this one only where the others are left out.
const NAMED: u16 = EXEMPT;
/// The capacity for settlement assets, in two bits of which the lower alone is the portfolio family's.
const SETTLEMENT: u16 = SIXTEEN;
const EIGHT: u16 = 1 << 14;
const SIXTEEN: u16 = EIGHT + (1 << 13);

impl Profile {
    /// Exact figures.
    pub const EXACT: Self = Self {
        rounded: Rounded::Nothing,
        base: Base::Size,
        narrow: false,
        collateral: false,
        pnl: false,
        isolated: Isolated::None,
        general: false,
        orders: false,
        allocations: false,
        entry: false,
        leverage: false,
        own: false,
        flat: false,
        family: false,
        exempt: false,
        settlement: Settlement::Four,
    };

    /// Exact figures, of requirements without tiers.
    pub const FLAT: Self = Self { flat: true, ..Self::EXACT };

    /// Exact figures, with tiers that go by families.
    pub const FAMILY: Self = Self { family: true, ..Self::EXACT };

    /// Every element of the rule.
    pub const GENERAL: Self = Self { general: true, ..Self::EXACT };

    /// Code in encodings; zero is the exact profile.
    pub const fn code(self) -> u16 {
        let base = match self.base {
            Base::Size => 0,
            Base::Value => BASE,
        };
        let isolated = match self.isolated {
            Isolated::None => 0,
            Isolated::Compared => ISOLATED,
            Isolated::LeftOut => LEFT_OUT,
            Isolated::AllBut => ISOLATED + NAMED,
            Isolated::Only => LEFT_OUT + NAMED,
        };
        self.rounded as u16
            + base
            + if self.narrow { NARROW } else { 0 }
            + if self.collateral { COLLATERAL } else { 0 }
            + if self.pnl { PNL } else { 0 }
            + isolated
            + if self.general { GENERAL } else { 0 }
            + if self.orders { ORDERS } else { 0 }
            + if self.allocations { ALLOCATIONS } else { 0 }
            + if self.entry { ENTRY } else { 0 }
            + if self.leverage { LEVERAGE } else { 0 }
            + if self.own { OWN } else { 0 }
            + if self.flat { FLAT } else { 0 }
            + if self.family { FAMILY } else { 0 }
            + if self.exempt { EXEMPT } else { 0 }
            + match self.settlement {
                Settlement::Four => 0,
                Settlement::Eight => EIGHT,
                Settlement::Sixteen => SIXTEEN,
            }
    }

    /// The profile with a code.
    pub fn from_code(code: u16) -> Option<Self> {
        let has = |flag| code & flag != 0;
        let rounded = *Rounded::ALL.get(usize::from(code % BASE))?;
        let base = if has(BASE) { Base::Value } else { Base::Size };
        let (narrow, collateral) = (has(NARROW), has(COLLATERAL));
        let pnl = has(PNL);
        let isolated = match (has(ISOLATED), has(LEFT_OUT), has(NAMED)) {
            (false, false, _) => Isolated::None,
            (true, false, false) => Isolated::Compared,
            (false, true, false) => Isolated::LeftOut,
            (true, false, true) => Isolated::AllBut,
            (false, true, true) => Isolated::Only,
            (true, true, _) => return None,
        };
        let settlement = match code & SETTLEMENT {
            0 => Settlement::Four,
            EIGHT => Settlement::Eight,
            SIXTEEN => Settlement::Sixteen,
            _ => return None,
        };
        let (orders, exempt) = (has(ORDERS), has(EXEMPT) && isolated == Isolated::None);
        let (entry, leverage) = (has(ENTRY), has(LEVERAGE));
        let general = Self { isolated, orders, leverage, exempt, settlement, ..Self::GENERAL };
        let of_general = ISOLATED | LEFT_OUT | ORDERS | LEVERAGE | EXEMPT | SETTLEMENT;
        if code & !of_general == GENERAL {
            return Some(general);
        }
        if code & !of_general == GENERAL | ALLOCATIONS {
            let has_place = orders && isolated != Isolated::None;
            return has_place.then_some(Self { allocations: true, ..general });
        }
        if code & !(LEVERAGE | EXEMPT | SETTLEMENT) == GENERAL | ENTRY {
            return Some(Self { entry, leverage, exempt, settlement, ..Self::GENERAL });
        }
        let (flat, family, own) = (has(FLAT), has(FAMILY), has(OWN));
        let profile = Self {
            own,
            rounded,
            base,
            narrow,
            collateral,
            pnl,
            isolated,
            flat,
            family,
            exempt,
            settlement,
            ..Self::EXACT
        };
        let needed = (base == Base::Size || rounded.rounds_values())
            && (!profile.narrow || rounded != Rounded::Nothing)
            && (isolated == Isolated::None || rounded != Rounded::ValueAndTwice)
            && (!flat || (rounded == Rounded::Nothing && !pnl))
            && (!family || (rounded == Rounded::Nothing && !flat));
        (needed && profile.code() == code).then_some(profile)
    }

    /// All that a market can have, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SIXTEEN + 2 * EXEMPT).filter_map(Self::from_code)
    }

    /// Whether positions can be isolated.
    pub const fn has_isolated(self) -> bool {
        !matches!(self.isolated, Isolated::None)
    }

    /// Whether isolated positions meet the level of the claim by themselves, all or all but a named one.
    pub const fn compares_isolated(self) -> bool {
        matches!(self.isolated, Isolated::Compared | Isolated::AllBut)
    }

    /// Whether a claim is about books of isolated positions.
    pub const fn reads_isolated(self) -> bool {
        matches!(self.isolated, Isolated::Compared | Isolated::AllBut | Isolated::Only)
    }

    /// Whether a claim names an isolated position.
    pub const fn names_position(self) -> bool {
        self.isolated.names_position()
    }

    /// Whether nothing is rounded.
    pub fn is_exact(self) -> bool {
        self.rounded == Rounded::Nothing && !self.collateral && !self.pnl && !self.general
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rounded = match self.rounded {
            Rounded::Nothing => None,
            Rounded::Requirement => Some("requirement"),
            Rounded::Value => Some("value"),
            Rounded::ValueAndTwice => Some("value, requirement twice"),
        };
        let pnl = self.pnl.then_some("profit and loss");
        let collateral = self.collateral.then_some("collateral");
        let rounded: Vec<_> = [rounded, pnl, collateral].into_iter().flatten().collect();
        let isolated = match self.isolated {
            Isolated::None => "",
            Isolated::Compared => ", isolated books",
            Isolated::LeftOut => ", cross book alone",
            Isolated::AllBut => ", isolated books but one",
            Isolated::Only => ", one isolated book alone",
        };
        let exempt = if self.exempt { ", healthy without a requirement" } else { "" };
        let exempt = format!("{}{exempt}", self.settlement);
        let own = if self.own { ", own parameters unread" } else { "" };
        if self.general {
            let orders = match (self.orders, self.allocations) {
                (false, _) => "",
                (true, false) => ", open orders",
                (true, true) => ", open orders, allocations",
            };
            let entry = if self.entry { ", notional at entry" } else { "" };
            let leverage = if self.leverage { ", own leverage" } else { "" };
            return write!(f, "general{orders}{entry}{leverage}{isolated}{exempt}");
        }
        let flat = if self.flat { "flat" } else { "exact" };
        let family = if self.family { ", tiers of families" } else { "" };
        if rounded.is_empty() {
            return write!(f, "{flat}{family}{own}{isolated}{exempt}");
        }
        let flat = if self.flat { "flat, " } else { "" };
        let base = if self.base == Base::Value { ", tiers by value" } else { "" };
        let narrow = if self.narrow { ", narrow" } else { "" };
        write!(
            f,
            "{flat}rounded ({}{base}{narrow}){family}{own}{isolated}{exempt}",
            rounded.join(", ")
        )
    }
}

/// No circuit proves the market's rule: the first place where it cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no circuit proves the {point} of {list} {id}: {why}")]
pub struct Unprovable {
    /// Which figure.
    pub point: &'static str,
    /// `asset` or `instrument`.
    pub list: &'static str,
    /// Its id.
    pub id: u32,
    /// Why not.
    pub why: &'static str,
}

impl Unprovable {
    /// Of an instrument.
    pub(super) const fn instrument(point: &'static str, id: u32, why: &'static str) -> Self {
        Self { point, list: "instrument", id, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        let all: Vec<_> = Profile::all().collect();
        assert_eq!(all.len(), 3 * 508);
        assert_eq!(all[0], Profile::EXACT);
        assert!(all.is_sorted_by_key(|p| p.code()));
        for profile in all {
            assert_eq!(Profile::from_code(profile.code()), Some(profile));
        }
        // A tier variable of an exact value, and narrow exact figures, are never needed. Flat requirements are exact.
        // Isolated positions are compared or left out, and no book is exempt then. Tiers of families are exact and not flat.
        let codes = [
            4, 5, 8, 36, 67, 129, 193, 255, 257, 260, 288, 384, 515, 576, 641, 704, 1025, 1152,
            1280, 2052, 2305, 3073, 3200, 4353, 4672, 8192, 8193, 16_388, 144, 208, 2192, 2196,
            2768, 6288,
        ];
        for code in codes.into_iter().chain([u16::MAX]) {
            assert_eq!(Profile::from_code(code), None, "{code}");
        }
    }

    #[test]
    fn names_say_what_is_rounded() {
        let isolated = Profile { isolated: Isolated::Compared, ..Profile::FLAT };
        let alone = Profile { isolated: Isolated::LeftOut, ..Profile::EXACT };
        let collateral = Profile { collateral: true, ..isolated };
        let general = Profile::GENERAL;
        let orders = Profile { orders: true, isolated: Isolated::Compared, ..general };
        let allocations = Profile { allocations: true, ..orders };
        let leverage = Profile { leverage: true, orders: true, ..general };
        let exempt = Profile { exempt: true, ..Profile::EXACT };
        let unread = Profile { own: true, ..isolated };
        let eight = Profile { settlement: Settlement::Eight, ..isolated };
        let sixteen = Profile { settlement: Settlement::Sixteen, ..general };
        let but = Profile { isolated: Isolated::AllBut, ..isolated };
        let only = Profile { isolated: Isolated::Only, ..Profile::GENERAL };
        let names = [
            but,
            only,
            Profile::EXACT,
            Profile::FLAT,
            isolated,
            alone,
            collateral,
            exempt,
            Profile::FAMILY,
            general,
            orders,
            allocations,
            leverage,
            unread,
            eight,
            sixteen,
        ];
        assert_eq!(
            names.map(|profile| profile.to_string()),
            [
                "flat, isolated books but one",
                "general, one isolated book alone",
                "exact",
                "flat",
                "flat, isolated books",
                "exact, cross book alone",
                "flat, rounded (collateral), isolated books",
                "exact, healthy without a requirement",
                "exact, tiers of families",
                "general",
                "general, open orders, isolated books",
                "general, open orders, allocations, isolated books",
                "general, open orders, own leverage",
                "flat, own parameters unread, isolated books",
                "flat, isolated books, 8 settlement assets",
                "general, 16 settlement assets"
            ]
        );
    }
}
