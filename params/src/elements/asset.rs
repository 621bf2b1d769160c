//! Elements of an asset.

use super::context::{CHECK, Context, Units};
use super::fraction::Fraction;
use crate::elements_file::{
    AssetElementsFile, MultiplierFile, SizedWeightsFile, ValueStepFile, WeightFile,
};
use crate::error::{ErrorCode, FileError};
use crate::schedule::{Asset, Schedule};
use crate::snapshot::AssetPrice;
use crate::unit::Unit;
use crate::{MAX_DECIMALS, MAX_RATE_DECIMALS};
use num_bigint::BigInt;
use zkmargin_model::decimal::power_of_ten;
use zkmargin_model::rule::{
    AssetElements, Debts, LinearStep, Rounding, SignedStep, SignedWeight, SizeRoot, SizeWeights,
};

/// What the rule has for an asset beside the plain rule.
pub(crate) fn asset(
    schedule: &Schedule,
    asset: &Asset,
    price: &AssetPrice,
) -> Result<AssetElements, FileError> {
    let Some(written) = &schedule.file().assets[asset.at].elements else {
        return Ok(AssetElements::default());
    };
    let context = Context {
        here: format!("/assets/{}/elements", asset.at),
        priced: format!("/assets/{}", price.at),
        figures: &price.figures,
    };
    Of { schedule, asset, price, context }.elements(written)
}

struct Of<'a> {
    schedule: &'a Schedule,
    asset: &'a Asset,
    price: &'a AssetPrice,
    context: Context<'a>,
}

impl Of<'_> {
    fn elements(&self, written: &AssetElementsFile) -> Result<AssetElements, FileError> {
        let margin = self.schedule.margin_amount_unit();
        let amount = match &written.interest {
            None => None,
            Some(interest) => {
                let units = Units { from: self.asset.balance_unit, out: self.asset.amount_unit };
                let step = |file, at| self.context.step(file, None, units, at);
                let deposit = step(&interest.deposit, "interest/deposit")?;
                let debt = step(&interest.debt, "interest/debt")?;
                Some(self.by_sign(deposit, debt, "interest")?)
            }
        };
        self.context.bounded(written.value_by_sign.len(), "value_by_sign")?;
        let value = written.value_by_sign.iter().enumerate();
        let value = value.map(|(i, step)| self.value_step(i, step)).collect::<Result<_, _>>()?;
        let weight = written.weight.as_ref().map(|weight| self.weight(weight)).transpose()?;
        let charge =
            self.context.steps(&written.charge_on_debts, Units::same(margin), "charge_on_debts")?;
        let debts = Debts { required: written.debts_required, charge };
        Ok(AssetElements { amount, value, weight, debts })
    }

    /// A step of the value, the first from an amount.
    fn value_step(&self, number: usize, step: &ValueStepFile) -> Result<SignedStep, FileError> {
        let at = format!("value_by_sign/{number}");
        let value = self.schedule.value_unit();
        let from = if number == 0 { self.asset.amount_unit } else { value };
        let units = Units { from, out: value };
        let index_unit = Unit::of_decimals(self.asset.index_decimals);
        let price = |index: &BigInt| (number == 0).then(|| Fraction::of_units(index, index_unit));
        let (bid, ask) = (price(&self.price.index.bid), price(&self.price.index.ask));
        let deposit =
            self.context.step(&step.deposit, bid.as_ref(), units, &format!("{at}/deposit"))?;
        let debt = self.context.step(&step.debt, ask.as_ref(), units, &format!("{at}/debt"))?;
        let signed = self.by_sign(deposit, debt, &at)?;
        match &step.at_most {
            None => Ok(signed),
            Some(most) => {
                let place = format!("{at}/at_most");
                let most = self.context.counted(most, value, &place)?;
                let capped = signed.capped(most);
                capped.map_or_else(|| self.context.refuse(&place, "must not be negative"), Ok)
            }
        }
    }

    fn by_sign(
        &self,
        positive: LinearStep,
        negative: LinearStep,
        at: &str,
    ) -> Result<SignedStep, FileError> {
        let signed = SignedStep::new(positive, negative);
        signed.map_or_else(|| self.context.refuse(at, "must not be negative"), Ok)
    }

    fn rate_unit(&self) -> Unit {
        Unit::of_decimals(self.schedule.file().rate_decimals)
    }

    fn weight_of(&self, file: &MultiplierFile, at: &str) -> Result<BigInt, FileError> {
        let MultiplierFile { multiply, by } = file;
        let weight = self.context.positive(multiply.as_ref(), by.as_ref(), None, at)?;
        weight.count(self.rate_unit()).ok_or_else(|| {
            let message = format!(
                "a weight has at most {} digits after the point, those of rates",
                self.rate_unit().decimals
            );
            self.context.error(ErrorCode::TooManyDigits, at, message)
        })
    }

    fn weight(&self, file: &WeightFile) -> Result<SignedWeight, FileError> {
        let deposit = self.weight_of(&file.deposit, "weight/deposit")?;
        let debt = self.weight_of(&file.debt, "weight/debt")?;
        let one = power_of_ten(self.rate_unit().decimals);
        let weight = SignedWeight::new(deposit, debt, one, file.round.to_rule());
        let weight =
            weight.map_or_else(|| self.context.refuse("weight", "must not be negative"), Ok)?;
        let weight = match &file.by_size {
            Some(by_size) => weight.with_size(self.by_size(by_size)?),
            None => weight,
        };
        if file.own_rate && !self.schedule.file().own_rates {
            let message =
                "accounts under this schedule have no own rates; set its \"own_rates\" to true";
            return self.context.refuse("weight/own_rate", message);
        }
        Ok(if file.own_rate { weight.with_own() } else { weight })
    }

    fn by_size(&self, file: &SizedWeightsFile) -> Result<SizeWeights, FileError> {
        let context = &self.context;
        let at = |field: &str| format!("weight/by_size/{field}");
        let amount = self.asset.amount_unit;
        let place = format!("{}/{}", context.here, at("decimals"));
        CHECK.decimals(file.decimals, MAX_DECIMALS, &place)?;
        let (num, den) =
            Fraction::of_units(&1.into(), amount).in_units(Unit::of_decimals(file.decimals));
        let unit = LinearStep::rounded(num.clone(), den, Rounding::Floor, 1.into());
        let unit = unit.unwrap_or_else(|| LinearStep::exact(num));
        let factor = context.whole(&file.factor, &at("factor"))?;
        let offset = context.whole(&file.offset, &at("offset"))?;
        let Some(root) = SizeRoot::new(factor, offset, Vec::new()) else {
            return context.refuse(&at("factor"), "must be above zero");
        };
        // The divisor is counted with the digits that are kept of what is added to one.
        let place = at("deposit/per_root");
        let Some(decimals) = file.deposit.per_root.decimals else {
            return context.refuse(&place, "write how many \"decimals\" of the divisor are kept");
        };
        CHECK.decimals(
            decimals,
            MAX_RATE_DECIMALS,
            &format!("{}/{place}/decimals", context.here),
        )?;
        let whole = Unit::of_decimals(0);
        let divisor = Unit::of_decimals(decimals);
        let discount = context.step(
            &file.deposit.per_root,
            None,
            Units { from: whole, out: divisor },
            &place,
        )?;
        let base = power_of_ten(decimals);
        let numerator =
            context.counted(&file.deposit.numerator, self.rate_unit(), &at("deposit/numerator"))?;
        let from = context.counted(&file.debt.from, self.rate_unit(), &at("debt/from"))?;
        let premium = context.step(
            &file.debt.per_root,
            None,
            Units { from: whole, out: self.rate_unit() },
            &at("debt/per_root"),
        )?;
        let discount = (numerator * &base, base, discount);
        let weights = SizeWeights::new(unit, root, discount, (from, premium));
        weights.map_or_else(|| context.refuse(&at("deposit"), "must not be negative"), Ok)
    }
}
