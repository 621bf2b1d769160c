//! One contract of the list.

use super::{INVERSE_PRICE_DECIMALS, ImportError, Member, USD, USD_DECIMALS};
use crate::venue::{decimal, linear_instrument, scaled};
use crate::{
    InstrumentElementsFile, InstrumentFile, KindFile, RateFile, RowFile, TiersFile, VariableFile,
};
use num_bigint::BigInt;
use num_traits::Signed;

/// What every contract has.
pub(super) struct Contract<'a> {
    pub symbol: &'a str,
    kind: KindFile,
}

impl<'a> Contract<'a> {
    pub fn read(contract: &Member<'a>) -> Result<Self, ImportError> {
        let kind = match contract.member("type").text()? {
            "flexible_futures" => KindFile::Linear,
            _ => KindFile::Inverse,
        };
        Ok(Self { symbol: contract.member("symbol").text()?, kind })
    }

    /// Why no schedule of contracts that settle in this asset lists it.
    pub fn not_taken(
        &self,
        contract: &Member<'_>,
        settle: &str,
    ) -> Result<Option<&'static str>, ImportError> {
        let linear = self.kind == KindFile::Linear;
        if !linear && contract.member("type").text()? != "futures_inverse" {
            return Ok(Some("neither a multi-collateral nor an inverse contract"));
        }
        let settles = if linear { USD } else { contract.member("base").text()? };
        let prefix = if linear { "PF_" } else { "PI_" };
        Ok(if settles != settle {
            Some("settles in another asset")
        } else if !self.symbol.starts_with(prefix) {
            Some("fixed maturity")
        } else if !contract.member("tradeable").flag()? {
            Some("not tradeable")
        } else {
            None
        })
    }

    pub fn instrument(
        &self,
        id: u32,
        contract: &Member<'_>,
        settle: &str,
    ) -> Result<InstrumentFile, ImportError> {
        let multiplier = contract.member("contractSize").number()?;
        let (size, price) = match self.kind {
            KindFile::Linear => {
                let place = contract.member("contractValueTradePrecision");
                // Below zero, sizes are multiples of a power of ten.
                let digits = u32::try_from(place.integer()?.max(0)).ok();
                let used = |digits: &u32| digits.checked_add(multiplier.scale());
                let digits = digits.filter(|d| used(d).is_some_and(|used| used <= USD_DECIMALS));
                let digits =
                    digits.ok_or_else(|| place.wrong("and contractSize have too many digits"))?;
                (digits, USD_DECIMALS - digits - multiplier.scale())
            }
            KindFile::Inverse => (0, INVERSE_PRICE_DECIMALS),
        };
        Ok(InstrumentFile {
            kind: self.kind,
            elements: Some(self.elements()),
            multiplier: decimal(multiplier.to_string()),
            ..linear_instrument(id, self.symbol, settle, size, price, self.symbol)
        })
    }

    /// What is required is of the value at entry.
    fn elements(&self) -> InstrumentElementsFile {
        InstrumentElementsFile {
            rate: (self.kind == KindFile::Inverse).then(RateFile::default),
            notional_at_entry: true,
            ..InstrumentElementsFile::default()
        }
    }

    /// Its requirement table, which has its name.
    pub fn tiers(&self, contract: &Member<'_>) -> Result<TiersFile, ImportError> {
        let (variable, limit, decimals) = match self.kind {
            KindFile::Linear => (VariableFile::Value, "numNonContractUnits", USD_DECIMALS),
            KindFile::Inverse => (VariableFile::Quantity, "contracts", 0),
        };
        let above = |place: &Member<'_>| -> Result<BigInt, ImportError> {
            let units = place.number()?.to_scaled(decimals).filter(|units| !units.is_negative());
            units.map(|units| units + 1).ok_or_else(|| place.wrong("is not a size"))
        };
        let listed = contract.member("marginLevels");
        let mut rows = Vec::<RowFile>::new();
        for level in listed.list()? {
            let place = level.member(limit);
            let from = above(&place)?;
            let rate = level.member("maintenanceMargin").number()?;
            let from = match rows.last_mut() {
                None if from == BigInt::from(1) => decimal("0"),
                None => return Err(place.wrong("is not 0")),
                Some(before) => {
                    let from = scaled(from, decimals);
                    before.below = Some(from.clone());
                    from
                }
            };
            let (rate, none) = (decimal(rate.to_string()), decimal("0"));
            // Levels of contracts give a rate of the value at entry.
            let (rate, amount) = match self.kind {
                KindFile::Linear => (rate, none),
                KindFile::Inverse => (none, rate),
            };
            rows.push(RowFile { from: Some(from), below: None, rate, amount });
        }
        let Some(last) = rows.last_mut() else { return Err(listed.wrong("is empty")) };
        if self.kind == KindFile::Inverse {
            last.below = Some(scaled(above(&contract.member("maxPositionSize"))?, decimals));
        }
        Ok(TiersFile {
            name: self.symbol.to_owned(),
            variable,
            rows,
            denominator: None,
            requirement_rounding: None,
        })
    }
}
