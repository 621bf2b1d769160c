//! Requirements from maximum leverages.

use super::{DECIMALS, ImportError, Member};
use crate::venue::scaled;
use crate::{MAX_DENOMINATOR, RowFile};
use num_bigint::BigInt;
use num_integer::Integer;
use std::collections::BTreeMap;

/// Ids of margin tables below this are themselves the maximum leverage of one tier.
const FIRST_TABLE: u64 = 50;

/// At and above a notional, in units of `10^-DECIMALS`, at most this leverage.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tier {
    lower_bound: BigInt,
    leverage: u64,
}

/// What a market requires: one leverage at every size, or a margin table of several tiers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Requirement {
    Flat(u64),
    Tiered(u64, Vec<Tier>),
}

/// Several tiers by their id.
pub(super) struct Tables(BTreeMap<u64, Requirement>);

impl Tables {
    /// Reads a list of pairs of an id and a table; older responses have none.
    pub fn read(list: &Member) -> Result<Self, ImportError> {
        let mut tables = BTreeMap::new();
        if !list.is_present() {
            return Ok(Self(tables));
        }
        for pair in list.list()? {
            let [id, table] = &pair.list()?[..] else {
                return Err(pair.wrong("is not a pair of an id and a margin table"));
            };
            let number = id.natural()?;
            let listed = table.member("marginTiers");
            let tiers: Vec<Tier> =
                listed.list()?.iter().map(Tier::read).collect::<Result<_, _>>()?;
            let requirement = match &tiers[..] {
                [] => return Err(listed.wrong("is empty")),
                [one] if one.lower_bound == BigInt::ZERO => Requirement::Flat(one.leverage),
                _ => Requirement::Tiered(number, tiers),
            };
            // Such an id is a leverage wherever a market names it.
            if number < FIRST_TABLE && requirement != Requirement::Flat(number) {
                let message =
                    format!("is not one tier of maximum leverage {number}, as its id says");
                return Err(table.wrong(message));
            }
            if tables.insert(number, requirement).is_some() {
                return Err(id.wrong("is the id of an earlier margin table"));
            }
        }
        Ok(Self(tables))
    }

    /// The requirement of a market of the universe.
    pub fn of(&self, market: &Member) -> Result<Requirement, ImportError> {
        let (id, highest) = (market.member("marginTableId"), market.member("maxLeverage"));
        if !id.is_present() {
            return Ok(Requirement::Flat(leverage(&highest)?));
        }
        let number = id.natural()?;
        let requirement = match self.0.get(&number) {
            Some(requirement) => requirement.clone(),
            None if number < FIRST_TABLE => Requirement::Flat(leverage(&id)?),
            None => return Err(id.wrong("is not in marginTables")),
        };
        // Both say it: a source that contradicts itself leaves open which of the two is the rule.
        if highest.is_present() && leverage(&highest)? != requirement.highest() {
            return Err(highest.wrong("is not that of the first tier of its margin table"));
        }
        Ok(requirement)
    }
}

impl Tier {
    fn read(tier: &Member) -> Result<Self, ImportError> {
        Ok(Self {
            lower_bound: tier.member("lowerBound").scaled(DECIMALS)?,
            leverage: leverage(&tier.member("maxLeverage"))?,
        })
    }
}

fn leverage(member: &Member) -> Result<u64, ImportError> {
    match member.natural()? {
        0 => Err(member.wrong("is 0")),
        leverage => Ok(leverage),
    }
}

impl Requirement {
    /// Maximum leverage of the smallest positions.
    fn highest(&self) -> u64 {
        match self {
            Requirement::Flat(leverage) => *leverage,
            // No table is empty.
            Requirement::Tiered(_, tiers) => tiers.first().map_or(0, |tier| tier.leverage),
        }
    }

    /// Name of its table in the schedule.
    pub fn name(&self) -> String {
        match self {
            Requirement::Flat(leverage) => format!("leverage-{leverage}"),
            Requirement::Tiered(id, _) => format!("table-{id}"),
        }
    }

    /// Rows of its table and what their figures are divided by, since rates are `1 / (2 * leverage)`; otherwise why there
    /// are none.
    pub fn rows(&self) -> Result<(Vec<RowFile>, u32), String> {
        let flat = [Tier { lower_bound: BigInt::ZERO, leverage: self.highest() }];
        let tiers = match self {
            Requirement::Flat(_) => &flat[..],
            Requirement::Tiered(_, tiers) => tiers,
        };
        let twice = |tier: &Tier| BigInt::from(tier.leverage) * 2;
        let all = tiers.iter().fold(BigInt::from(1), |lcm, tier| lcm.lcm(&twice(tier)));
        let Some(denominator) = u32::try_from(&all).ok().filter(|d| *d <= MAX_DENOMINATOR) else {
            return Err(format!("its leverages need a denominator above {MAX_DENOMINATOR}"));
        };
        let (mut rows, mut deduction, mut before) = (Vec::new(), BigInt::ZERO, BigInt::ZERO);
        for (at, tier) in tiers.iter().enumerate() {
            let rate = &all / twice(tier);
            if at > 0 {
                deduction += &tier.lower_bound * (&rate - &before);
            }
            let bound = |tier: &Tier| scaled(tier.lower_bound.clone(), DECIMALS);
            rows.push(RowFile {
                from: Some(bound(tier)),
                below: tiers.get(at + 1).map(bound),
                rate: scaled(rate.clone(), 0),
                amount: scaled(-&deduction, DECIMALS),
            });
            before = rate;
        }
        Ok((rows, denominator))
    }
}
