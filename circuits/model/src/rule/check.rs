//! What terms must meet to be a market: ids, references, and every width that the circuit's sums rely on.

use super::{AssetTerms, IndexPrices, InstrumentTerms, MarketTerms, Variable};
use crate::widths::{
    ASSET_ID_BITS, BOOK_UNIT_BITS, BRACKET_BITS, COLLATERAL_BITS, CONVERSION_BITS,
    INSTRUMENT_ID_BITS, MAX_SETTLE_GROUPS, NUMERATOR_BITS, REQUIREMENT_BITS, SLOPE_BITS,
};
use num_bigint::{BigInt, Sign};
use num_traits::{Signed, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// Why terms are not a market.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// Ids are zero, too large, repeated or not ascending.
    #[error("{list} ids must be strictly ascending in 1..={max}; {id} is not", max = (1u32 << 16) - 1)]
    Ids {
        /// `asset` or `instrument`.
        list: &'static str,
        /// The id out of place.
        id: u32,
    },
    /// More than sixteen settlement assets, a repeated one, or one that is not a collateral asset.
    #[error(
        "settle group {group}: at most {MAX_SETTLE_GROUPS} distinct collateral assets can settle positions"
    )]
    SettleGroup {
        /// The group.
        group: usize,
    },
    /// A reference beyond the end of its list.
    #[error("instrument {id} refers to a {what} that does not exist")]
    Reference {
        /// The instrument.
        id: u32,
        /// `settle group` or `tier table`.
        what: &'static str,
    },
    /// A price that is zero, negative or exceeds its width.
    #[error("{what} of {list} {id} must be positive and below 2^{bits}")]
    Price {
        /// `asset` or `instrument`.
        list: &'static str,
        /// Its id.
        id: u32,
        /// Which price.
        what: &'static str,
        /// Width.
        bits: u32,
    },
    /// A bracket row that exceeds its width.
    #[error(
        "row {row} of the {list} function of {id}: {what} exceeds {bits} bits; shorten the row or use a coarser unit"
    )]
    RowWidth {
        /// `collateral` or `requirement`.
        list: &'static str,
        /// Asset or instrument id, or tier table number.
        id: u32,
        /// The row, from 0.
        row: usize,
        /// Which figure.
        what: &'static str,
        /// Width.
        bits: u32,
    },
    /// A requirement function whose first row does not begin at zero, or that becomes negative.
    #[error("tier table {table}: row {row} must give a requirement of at least zero from x = 0 on")]
    NegativeRequirement {
        /// The tier table.
        table: usize,
        /// The row, from 0.
        row: usize,
    },
    /// The unit of isolated books is not positive or exceeds its width.
    #[error("the unit of isolated books must be positive and below 2^{BOOK_UNIT_BITS}")]
    IsolatedUnit,
    /// An asset of allocations that the market does not list, or allocations where records have no place for them.
    #[error(
        "allocations are of a listed asset, where positions can be isolated and all instruments read open orders"
    )]
    Allocation,
    /// Instruments of a family that do not follow each other in order of their ids.
    #[error(
        "instrument {id}: its family has an instrument before another's; ids of a family follow each other"
    )]
    Family {
        /// The instrument that continues the family.
        id: u32,
    },
    /// An optional element of a form that the rule does not have.
    #[error("{list} {id}: {what} {why}")]
    Element {
        /// `asset` or `instrument`.
        list: &'static str,
        /// Its id.
        id: u32,
        /// Which element or figure.
        what: &'static str,
        /// What it must be.
        why: &'static str,
    },
    /// An optional element whose figures exceed their width.
    #[error("{list} {id}: {what} exceeds {bits} bits; use a coarser unit")]
    ElementWidth {
        /// `asset` or `instrument`.
        list: &'static str,
        /// Its id.
        id: u32,
        /// Which figure.
        what: &'static str,
        /// Width.
        bits: u32,
    },
    /// A collateral function that is not zero for a zero balance.
    #[error("asset {id}: the collateral value of a zero balance must be zero")]
    CollateralAtZero {
        /// The asset.
        id: u32,
    },
}

fn positive_below(value: &BigInt, bits: u32) -> bool {
    value.sign() == Sign::Plus && value.bits() <= u64::from(bits)
}

fn ascending(
    list: &'static str,
    ids: impl Iterator<Item = u32>,
    bits: u32,
) -> Result<(), MarketError> {
    let mut previous = 0;
    for id in ids {
        if id <= previous || id >= 1 << bits {
            return Err(MarketError::Ids { list, id });
        }
        previous = id;
    }
    Ok(())
}

impl MarketTerms {
    pub(super) fn check(&self) -> Result<(), MarketError> {
        ascending("asset", self.assets.iter().map(|a| a.id), ASSET_ID_BITS)?;
        ascending("instrument", self.instruments.iter().map(|i| i.id), INSTRUMENT_ID_BITS)?;
        self.check_groups()?;
        self.check_assets()?;
        self.check_tiers()?;
        self.check_instruments()?;
        self.check_families()?;
        self.check_allocations()?;
        let unit = self.isolated_unit.as_ref();
        if unit.is_some_and(|unit| !positive_below(unit, BOOK_UNIT_BITS)) {
            return Err(MarketError::IsolatedUnit);
        }
        Ok(())
    }

    fn check_allocations(&self) -> Result<(), MarketError> {
        let Some(asset) = self.allocation_asset else { return Ok(()) };
        let have_orders = self.instruments.iter().all(|i| i.elements.order_fee.is_some());
        let has_place = self.isolated_unit.is_some() && have_orders;
        if has_place && self.asset(asset).is_some() { Ok(()) } else { Err(MarketError::Allocation) }
    }

    pub(super) fn asset(&self, id: u32) -> Option<&AssetTerms> {
        let at = self.assets.binary_search_by_key(&id, |a| a.id).ok()?;
        self.assets.get(at)
    }

    fn check_groups(&self) -> Result<(), MarketError> {
        for (group, settle) in self.groups.iter().enumerate() {
            let repeated = self.groups[..group].iter().any(|g| g.asset == settle.asset);
            if group >= MAX_SETTLE_GROUPS || repeated || self.asset(settle.asset).is_none() {
                return Err(MarketError::SettleGroup { group });
            }
            if !positive_below(&settle.requirement_index, CONVERSION_BITS) {
                return Err(MarketError::Price {
                    list: "asset",
                    id: settle.asset,
                    what: "requirement index",
                    bits: CONVERSION_BITS,
                });
            }
        }
        Ok(())
    }

    fn check_assets(&self) -> Result<(), MarketError> {
        for asset in &self.assets {
            let id = asset.id;
            let IndexPrices { bid, ask } = &asset.index;
            if ![bid, ask].iter().all(|price| positive_below(price, NUMERATOR_BITS)) {
                return Err(MarketError::Price {
                    list: "asset",
                    id,
                    what: "index price",
                    bits: NUMERATOR_BITS,
                });
            }
            for (row, declared) in asset.collateral.rows().iter().enumerate() {
                if declared.slope.is_negative() || declared.slope.bits() > u64::from(SLOPE_BITS) {
                    return Err(MarketError::RowWidth {
                        list: "collateral",
                        id,
                        row,
                        what: "slope",
                        bits: SLOPE_BITS,
                    });
                }
            }
            asset.check_elements()?;
            // Values by sign are not lines of the balance; their widths were checked with them.
            let lines =
                if asset.elements.value.is_empty() { asset.rows_by_balance() } else { vec![] };
            for (row, in_units) in lines.iter().enumerate() {
                let fits = |x: &BigInt| in_units.at(x).bits() <= u64::from(COLLATERAL_BITS);
                if !fits(&in_units.lo) || !fits(&in_units.hi) {
                    return Err(MarketError::RowWidth {
                        list: "collateral",
                        id,
                        row,
                        what: "value",
                        bits: COLLATERAL_BITS,
                    });
                }
            }
            if asset.value_of(&BigInt::zero()).is_none_or(|v| !v.is_zero()) {
                return Err(MarketError::CollateralAtZero { id });
            }
        }
        Ok(())
    }

    fn check_tiers(&self) -> Result<(), MarketError> {
        for (table, tiers) in self.tiers.iter().enumerate() {
            for (row, r) in tiers.rows().iter().enumerate() {
                let id = u32::try_from(table).unwrap_or(u32::MAX);
                if r.slope.bits() > u64::from(SLOPE_BITS) {
                    return Err(MarketError::RowWidth {
                        list: "requirement",
                        id,
                        row,
                        what: "slope",
                        bits: SLOPE_BITS,
                    });
                }
                if r.hi.bits() > u64::from(BRACKET_BITS) {
                    return Err(MarketError::RowWidth {
                        list: "requirement",
                        id,
                        row,
                        what: "end",
                        bits: BRACKET_BITS,
                    });
                }
                let begins_at_zero = row > 0 || r.lo.is_zero();
                if !begins_at_zero || r.at(&r.lo).is_negative() || r.at(&r.hi).is_negative() {
                    return Err(MarketError::NegativeRequirement { table, row });
                }
            }
        }
        Ok(())
    }

    fn check_instruments(&self) -> Result<(), MarketError> {
        self.instruments.iter().try_for_each(|instrument| self.check_instrument(instrument))
    }

    /// Checks an instrument, listed or at another price than as it is listed: its references, and every width.
    pub(super) fn check_instrument(&self, instrument: &InstrumentTerms) -> Result<(), MarketError> {
        let id = instrument.id;
        if instrument.group >= self.groups.len() {
            return Err(MarketError::Reference { id, what: "settle group" });
        }
        let Some(tiers) = self.tiers.get(instrument.tiers) else {
            return Err(MarketError::Reference { id, what: "tier table" });
        };
        // Without a rounding, funding is part of the price.
        let price = instrument.value.exact_num().map(|num| num - &instrument.funding);
        let figures = [instrument.value.bound(), instrument.funding.clone()];
        let mut figures = figures.iter().chain(&price);
        if figures.any(|figure| figure.bits() > u64::from(NUMERATOR_BITS)) {
            return Err(MarketError::Price {
                list: "instrument",
                id,
                what: "value numerator",
                bits: NUMERATOR_BITS,
            });
        }
        let requirement = instrument.requirement.bound();
        if !instrument.is_worthless() && !positive_below(&requirement, NUMERATOR_BITS) {
            return Err(MarketError::Price {
                list: "instrument",
                id,
                what: "requirement numerator",
                bits: NUMERATOR_BITS,
            });
        }
        instrument.check_elements(self)?;
        let conversion = self.conversion(instrument);
        if !instrument.is_worthless() && !positive_below(&conversion, CONVERSION_BITS) {
            return Err(MarketError::Price {
                list: "instrument",
                id,
                what: "requirement conversion",
                bits: CONVERSION_BITS,
            });
        }
        if instrument.elements.rate.is_some() {
            // The rows are rates, whose requirements were checked with the elements.
            return Ok(());
        }
        for (row, r) in tiers.rows().iter().enumerate() {
            let most = r.at(&r.lo).max(r.at(&r.hi)) * &conversion;
            if most.bits() > u64::from(REQUIREMENT_BITS) {
                return Err(MarketError::RowWidth {
                    list: "requirement",
                    id,
                    row,
                    what: "requirement",
                    bits: REQUIREMENT_BITS,
                });
            }
        }
        Ok(())
    }

    /// The list of positions is in order of ids, and a sum over a family is that of one run of it. Its instruments settle in
    /// one asset, which can be a book.
    fn check_families(&self) -> Result<(), MarketError> {
        let number = |i: &InstrumentTerms| i.elements.family.as_ref().map(|family| family.number);
        let (mut ended, mut groups) = (BTreeSet::new(), BTreeMap::new());
        let mut last = None;
        for instrument in &self.instruments {
            let number = number(instrument);
            let group = number.and_then(|number| groups.insert(number, instrument.group));
            if group.is_some_and(|group| group != instrument.group) {
                return Err(MarketError::Element {
                    list: "instrument",
                    id: instrument.id,
                    what: "family",
                    why: "has instruments that settle in another asset",
                });
            }
            if last != number {
                ended.extend(last);
                if number.is_some_and(|number| ended.contains(&number)) {
                    return Err(MarketError::Family { id: instrument.id });
                }
            }
            last = number;
        }
        Ok(())
    }

    /// Multiplier of the tier function's value, before any rounding: `req_price_g`, times the requirement price for a
    /// function of quantity.
    fn conversion(&self, instrument: &InstrumentTerms) -> BigInt {
        let index = &self.groups[instrument.group].requirement_index;
        match self.tiers[instrument.tiers].variable() {
            Variable::Value => index.clone(),
            Variable::Quantity => index * instrument.notional_bound(),
        }
    }
}
