//! One contract, the tiers of its family, and the fee to close it.

use super::{DECIMALS, FAMILY_BLOCK, ImportError, Member, data};
use crate::portfolio::figure::{product, sum};
use crate::venue::{decimal, linear_instrument, scaled};
use crate::{InstrumentFile, RowFile};
use num_bigint::BigInt;
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

/// Tiers by instrument family, in the order of the answers.
pub(super) fn families<'a>(
    answers: &Member<'a>,
) -> Result<BTreeMap<&'a str, Vec<Member<'a>>>, ImportError> {
    let answers = if answers.is_list() { answers.list()? } else { vec![answers.clone()] };
    let mut families: BTreeMap<&str, Vec<Member>> = BTreeMap::new();
    for answer in &answers {
        for tier in data(answer)? {
            families.entry(tier.member("instFamily").text()?).or_default().push(tier);
        }
    }
    Ok(families)
}

/// Ids in blocks of families, in the order of the list: how many of each family have one.
#[derive(Default)]
pub(super) struct Ids(BTreeMap<String, [u32; 2]>);

impl Ids {
    /// The next id of a family.
    ///
    /// # Errors
    /// [`ImportError`] at the family where its block is full, or no block is left for it.
    pub fn next(&mut self, family: &Member<'_>) -> Result<u32, ImportError> {
        let block = self.0.len() as u32 + 1;
        let [block, count] = self.0.entry(family.text()?.to_owned()).or_insert([block, 0]);
        if *count == FAMILY_BLOCK {
            return Err(family.wrong("has more contracts than ids in its block"));
        }
        let id = block.saturating_mul(FAMILY_BLOCK).saturating_add(*count);
        *count += 1;
        if id > u32::from(u16::MAX) {
            return Err(family.wrong("is one family more than there are blocks of ids"));
        }
        Ok(id)
    }
}

/// The taker's rate for contracts of a settlement asset.
pub(super) struct Fee(Option<Decimal>);

impl Fee {
    /// The venue writes a fee as a negative number and a rebate as a positive one.
    pub fn read(answer: &Member<'_>, settle: &str) -> Result<Self, ImportError> {
        if !answer.is_present() {
            return Ok(Self(None));
        }
        let data = data(answer)?;
        let [fees] = &data[..] else {
            return Err(answer.member("data").wrong("is not a list of one entry"));
        };
        let kind = fees.member("instType");
        if kind.text()? != "SWAP" {
            return Err(kind.wrong("is not \"SWAP\""));
        }
        let place = fees.member(if settle == "USDC" { "takerUSDC" } else { "takerU" });
        let fee = place.figure()?;
        if fee.coefficient().is_positive() {
            return Err(place.wrong("is positive, which is a rebate"));
        }
        Ok(Self(Some(Decimal::from_scaled(&-fee.coefficient(), fee.scale()))))
    }

    pub fn is_known(&self) -> bool {
        self.0.is_some()
    }
}

/// Why no schedule of contracts that settle in this asset lists it.
pub(super) fn not_taken(
    contract: &Member<'_>,
    tiers: &[Member<'_>],
    settle: &str,
) -> Result<Option<&'static str>, ImportError> {
    Ok(if contract.member("instType").text()? != "SWAP" {
        Some("not a swap")
    } else if contract.member("ctType").text()? != "linear" {
        Some("not linear")
    } else if contract.member("settleCcy").text()? != settle {
        Some("settles in another asset")
    } else if contract.member("state").text()? != "live" {
        Some("not live")
    } else if tiers.is_empty() {
        Some("has no position tiers in the answer")
    } else {
        None
    })
}

/// A contract of its face value, without a requirement table yet.
pub(super) fn instrument(
    id: u32,
    contract: &Member<'_>,
    settle: &str,
) -> Result<InstrumentFile, ImportError> {
    let place = contract.member("ctVal");
    let face = product(&place.figure()?, &contract.member("ctMult").figure()?);
    if !face.coefficient().is_positive() {
        return Err(place.wrong("and ctMult are not above zero"));
    }
    let digits = contract.member("lotSz").figure()?.scale();
    let used = digits.checked_add(face.scale()).filter(|used| *used <= DECIMALS);
    let used = used.ok_or_else(|| place.wrong("and lotSz have too many digits"))?;
    let symbol = contract.member("instId").text()?;
    Ok(InstrumentFile {
        multiplier: decimal(face.to_string()),
        ..linear_instrument(id, symbol, settle, digits, DECIMALS - used, "")
    })
}

/// Rows of the requirement table by contracts. Both ends of a tier are in it, and the next begins one unit above.
pub(super) fn rows(
    tiers: &[Member<'_>],
    size_decimals: u32,
    fee: &Fee,
) -> Result<Vec<RowFile>, ImportError> {
    let units = |place: &Member<'_>| -> Result<BigInt, ImportError> {
        let units = place.figure()?.to_scaled(size_decimals).filter(|u| !u.is_negative());
        units.ok_or_else(|| place.wrong("is not a size of the contract"))
    };
    let (mut rows, mut from) = (Vec::new(), BigInt::ZERO);
    for tier in tiers {
        let (least, most) = (tier.member("minSz"), tier.member("maxSz"));
        // Sizes between two tiers are in the upper one. The last size of a tier can be named as the first of the next.
        let least_units = units(&least)?;
        if rows.is_empty() && least_units != BigInt::ZERO {
            return Err(least.wrong("is not 0, but the tier is the first of its family"));
        }
        if least_units + 1 < from {
            return Err(least.wrong("is below the tier before"));
        }
        let below: BigInt = units(&most)? + 1;
        let mut rate = tier.member("mmr").figure()?;
        if !rate.coefficient().is_positive() {
            return Err(tier.member("mmr").wrong("is not above zero"));
        }
        if let Some(fee) = &fee.0 {
            rate = sum(&rate, fee);
        }
        rows.push(RowFile {
            from: Some(scaled(from, size_decimals)),
            below: Some(scaled(below.clone(), size_decimals)),
            rate: decimal(rate.to_string()),
            amount: decimal("0"),
        });
        from = below;
    }
    Ok(rows)
}
