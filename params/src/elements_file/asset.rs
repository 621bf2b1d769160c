//! Elements of an asset.

use super::{MultiplierFile, StepFile};
use crate::{DecimalText, ModeFile};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the venue's rule has for an asset beside the plain rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssetElementsFile {
    /// From the balance in an account to an amount of the asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interest: Option<InterestFile>,
    /// Steps in turn from the amount, with profit and loss, to its value in the valuation currency, which must be the
    /// variable of `collateral`. Without a figure, the first one multiplies with the index price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub value_by_sign: Vec<ValueStepFile>,
    /// Digits after the point of the index price, where steps round the value of an asset in which no position settles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_decimals: Option<u32>,
    /// Weights of collateral values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<WeightFile>,
    /// Whether debts are required instead of lowering equity.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub debts_required: bool,
    /// Steps in turn from the magnitude of a debt's value before its weight to what is required besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charge_on_debts: Vec<StepFile>,
}

impl AssetElementsFile {
    /// Whether deposits and debts are both valued with a figure in place of the price.
    pub(crate) fn is_priced_by_figures(&self) -> bool {
        let first = self.value_by_sign.first();
        first.is_some_and(|step| step.deposit.by.is_some() && step.debt.by.is_some())
    }
}

/// Interest: balances are shares of what was deposited or borrowed, and an amount is a share times an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InterestFile {
    /// Digits after the point of a balance; those of an amount are the asset's `decimals`.
    pub balance_decimals: u32,
    /// Of a balance that is not negative.
    pub deposit: StepFile,
    /// Of a negative balance.
    pub debt: StepFile,
}

/// One step for what is owned and one for what is owed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ValueStepFile {
    /// Of what is not negative.
    pub deposit: StepFile,
    /// Of what is negative.
    pub debt: StepFile,
    /// Largest result, in the valuation currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<DecimalText>,
}

/// Weights of deposits and of debts, with the schedule's digits of rates. A weighted value is rounded to the unit of
/// equity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WeightFile {
    /// Weight of what is not negative.
    pub deposit: MultiplierFile,
    /// Weight of what is negative.
    pub debt: MultiplierFile,
    /// Direction in which the weighted value is rounded.
    pub round: ModeFile,
    /// Whether a balance's own rate `t` moves them: to `1 - t` and `1 + t`, if that is stricter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_rate: bool,
    /// How the size of the amount moves them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_size: Option<SizedWeightsFile>,
}

/// Weights that change with `r`, the square root of `factor * n + offset` rounded down, where `n` is the amount's
/// magnitude.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SizedWeightsFile {
    /// Digits after the point of the amount of which `n` is the number of units, rounded down.
    pub decimals: u32,
    /// Positive integer.
    pub factor: DecimalText,
    /// Integer that is not negative.
    pub offset: DecimalText,
    /// A deposit weighs at most this.
    pub deposit: SizedDepositFile,
    /// A debt weighs at least this.
    pub debt: SizedDebtFile,
}

/// `numerator / (1 + per_root * r)`, rounded down to a weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SizedDepositFile {
    /// Numerator, with the digits of rates.
    pub numerator: DecimalText,
    /// What each unit of the root adds to the divisor; `decimals` are needed.
    pub per_root: StepFile,
}

/// `from + per_root * r`, with the digits of rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SizedDebtFile {
    /// What a debt of no size weighs at least.
    pub from: DecimalText,
    /// What each unit of the root adds.
    pub per_root: StepFile,
}
