//! Ids of contracts, which follow from their terms.
//!
//! ```text
//! bits   56..47   46      45..30   29..26   25..2    1..0
//! dated  unit     1       day      series   strike   call 1, put 2
//!        unit     1       day      series   number   0
//! other  unit     0       market   0        number   0
//! ```
//!
//! A day is one of the calendar of UTC, counted from 1970-01-01; a strike is counted in steps of its unit. Numbers of units,
//! markets and contracts are those of lists that only grow. A group is what is above the strike, so an id says where an
//! account's page ends: what else is listed changes neither. Ids are in the order in which positions are summed: by unit,
//! group, strike and type.

use super::widths::{CONTRACT_ID_BITS, DAY_BITS, SERIES_BITS, STRIKE_BITS, TYPE_BITS, UNIT_BITS};

/// Where the group begins.
const GROUP_AT: u32 = STRIKE_BITS + TYPE_BITS;
/// Where the unit begins, in the id of a group.
const UNIT_AT: u32 = SERIES_BITS + DAY_BITS + 1;

/// What sets the groups of a unit apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupTerms {
    /// A market that does not expire, by its number in the venue's list.
    Market {
        /// 1 or more, below 2^16.
        number: u32,
    },
    /// What expires on a day.
    Expiry {
        /// Days from 1970-01-01, below 2^16.
        day: u32,
        /// Sets contracts of one unit and day apart whose terms were adjusted; 0 of most, below 2^4.
        series: u32,
    },
}

/// What sets the contracts of a group apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContractTerms {
    /// No option: its number in the venue's list. 0 of the only future of an expiry, and below 2^24.
    Numbered(u32),
    /// A call, by its strike in steps of the unit: 1 or more, below 2^24.
    Call(u32),
    /// A put.
    Put(u32),
}

/// A part of an id that does not fit its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {what} is {least} to {most} in an id, and {found} is not")]
pub struct PartError {
    /// `unit`, `market`, `day`, `series`, `number` or `strike`.
    pub what: &'static str,
    /// The least value.
    pub least: u32,
    /// The largest.
    pub most: u32,
    /// What was given.
    pub found: u32,
}

fn part(what: &'static str, found: u32, least: u32, bits: u32) -> Result<u64, PartError> {
    let most = (1 << bits) - 1;
    if (least..=most).contains(&found) {
        return Ok(found.into());
    }
    Err(PartError { what, least, most, found })
}

/// Id of a group: what is above the strike in the ids of its contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(u64);

impl GroupId {
    /// The id of a group of a unit, by the unit's number: 1 or more, below 2^10.
    ///
    /// # Errors
    /// [`PartError`].
    pub fn new(unit: u32, terms: GroupTerms) -> Result<Self, PartError> {
        let unit = part("unit", unit, 1, UNIT_BITS)? << UNIT_AT;
        let of_unit = match terms {
            GroupTerms::Market { number } => part("market", number, 1, DAY_BITS)? << SERIES_BITS,
            GroupTerms::Expiry { day, series } => {
                let day = part("day", day, 0, DAY_BITS)? << SERIES_BITS;
                let series = part("series", series, 0, SERIES_BITS)?;
                (1 << (UNIT_AT - 1)) + day + series
            }
        };
        Ok(Self(unit + of_unit))
    }
}

/// Id of a contract: 57 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractId(u64);

impl ContractId {
    /// The id of a contract of a group.
    ///
    /// # Errors
    /// [`PartError`].
    pub fn new(group: GroupId, terms: ContractTerms) -> Result<Self, PartError> {
        let (strike, kind) = match terms {
            ContractTerms::Numbered(number) => (part("number", number, 0, STRIKE_BITS)?, 0),
            ContractTerms::Call(strike) => (part("strike", strike, 1, STRIKE_BITS)?, 1),
            ContractTerms::Put(strike) => (part("strike", strike, 1, STRIKE_BITS)?, 2),
        };
        Ok(Self((group.0 << GROUP_AT) + (strike << TYPE_BITS) + kind))
    }

    /// An id that is a mere number below 2^57, for markets whose contracts have no terms.
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The id as a number, below 2^57.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The group that it follows from.
    pub const fn group(self) -> GroupId {
        GroupId(self.0 >> GROUP_AT)
    }
}

const _: () = assert!(CONTRACT_ID_BITS == UNIT_BITS + UNIT_AT + GROUP_AT);

#[cfg(test)]
mod tests {
    use super::*;

    /// Written out by hand: bits as in the table above.
    #[test]
    fn ids_are_packed_in_the_order_of_the_key() {
        let dated = GroupId::new(3, GroupTerms::Expiry { day: 20_000, series: 2 }).unwrap();
        assert_eq!(dated.0, 3 * (1 << 21) + (1 << 20) + 20_000 * 16 + 2);
        let group = dated.0 * (1 << 26);
        let id = |terms| ContractId::new(dated, terms).unwrap().number();
        assert_eq!(id(ContractTerms::Numbered(0)), group);
        assert_eq!(id(ContractTerms::Numbered(9)), group + 36);
        assert_eq!(id(ContractTerms::Call(1_500)), group + 6_001);
        assert_eq!(id(ContractTerms::Put(1_500)), group + 6_002);
        assert_eq!(ContractId(id(ContractTerms::Put(1_500))).group(), dated);
        let market = GroupId::new(3, GroupTerms::Market { number: 7 }).unwrap();
        assert_eq!(market.0, 3 * (1 << 21) + 7 * 16);
        // Markets of a unit come before its expiries, and units one after the other.
        let next = GroupId::new(4, GroupTerms::Market { number: 1 }).unwrap();
        assert!(market < dated && dated < next);
    }

    #[test]
    fn parts_keep_to_their_widths() {
        use GroupTerms::*;
        let market = GroupId::new(1, Market { number: 1 }).unwrap();
        let of = |unit, terms| GroupId::new(unit, terms).map_err(|e| (e.what, e.least, e.most));
        assert_eq!(of(0, Market { number: 1 }), Err(("unit", 1, 1_023)));
        assert_eq!(of(1_024, Market { number: 1 }), Err(("unit", 1, 1_023)));
        assert_eq!(of(1, Market { number: 0 }), Err(("market", 1, 65_535)));
        assert_eq!(of(1, Expiry { day: 65_536, series: 0 }), Err(("day", 0, 65_535)));
        assert_eq!(of(1, Expiry { day: 0, series: 16 }), Err(("series", 0, 15)));
        let widest = of(1_023, Expiry { day: 65_535, series: 15 }).unwrap();
        let most = (1 << 24) - 1;
        let id = ContractId::new(widest, ContractTerms::Put(most)).unwrap();
        assert_eq!(id.number(), (1 << CONTRACT_ID_BITS) - 2);
        let of = |terms| ContractId::new(market, terms).map_err(|e| (e.what, e.least, e.most));
        assert_eq!(of(ContractTerms::Call(0)), Err(("strike", 1, most)));
        assert_eq!(of(ContractTerms::Put(most + 1)), Err(("strike", 1, most)));
        assert_eq!(of(ContractTerms::Numbered(most + 1)), Err(("number", 0, most)));
    }
}
