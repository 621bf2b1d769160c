//! The private account as written in JSON.

use super::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A private account with its secrets. Wiped when dropped.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountFile {
    /// Always `zkmargin-account/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-account/1")))]
    pub format: String,
    /// Venue to which the symbols belong.
    pub venue: String,
    /// Registry digest under which the symbols are to be read, 64 hexadecimal digits: the same symbol can be another
    /// contract under another registry. If absent, the schedule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// Remark, ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Collateral balances.
    pub balances: Vec<BalanceFile>,
    /// Positions; a hedged instrument appears once per side.
    pub positions: Vec<PositionFile>,
    /// Public key of the holder, 32 bytes of a field element in hexadecimal, little-endian. Absent, like the next two,
    /// if no commitment is made: `zkmargin commit --fresh` draws what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_key: Option<SecretText>,
    /// Serial number of the account at its venue, in quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<SecretText>,
    /// Randomness of the commitment, 32 bytes of a field element in hexadecimal, little-endian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blinding: Option<SecretText>,
}

impl std::fmt::Debug for AccountFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountFile(..)")
    }
}

impl Drop for AccountFile {
    fn drop(&mut self) {
        // Amounts wipe themselves; symbols say what is held.
        self.balances.iter_mut().for_each(|b| b.asset.zeroize());
        for p in &mut self.positions {
            p.instrument.zeroize();
            p.orders.zeroize();
        }
    }
}

/// A collateral balance.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BalanceFile {
    /// Asset symbol.
    pub asset: String,
    /// Balance in the asset; negative is a debt.
    pub balance: DecimalText,
    /// Margin rate that the holder chose for the asset, under a schedule with own rates; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_rate: Option<DecimalText>,
}

impl BalanceFile {
    /// A balance without an own rate.
    pub fn new(asset: impl Into<String>, balance: DecimalText) -> Self {
        Self { asset: asset.into(), balance, own_rate: None }
    }
}

/// A position.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PositionFile {
    /// Instrument symbol.
    pub instrument: String,
    /// Size, negative when short; zero only under a schedule with open orders.
    pub size: DecimalText,
    /// Value at entry in the settlement asset, signed like the value itself: `size * multiplier *
    /// average entry price` (linear) or `-size * multiplier / average entry price` (inverse).
    pub entry_value: DecimalText,
    /// Funding index when funding was last settled, for an instrument with `funding_decimals`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding_index: Option<DecimalText>,
    /// Margin assigned to an isolated position, in the settlement asset; absent for a position in the cross book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolated_margin: Option<DecimalText>,
    /// The same under a schedule with an asset of allocations, in that asset and as a balance of it is written, not
    /// negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation: Option<DecimalText>,
    /// Margin rate that the holder chose for the position, under a schedule with own rates; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_rate: Option<DecimalText>,
    /// Leverage that the holder chose for the position, under a schedule with own leverages; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_leverage: Option<DecimalText>,
    /// Size of all buy orders that are not filled, under a schedule with open orders; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bids: Option<DecimalText>,
    /// Size of all sell orders, likewise and not negative either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<DecimalText>,
    /// Number of these orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<u32>,
}

impl PositionFile {
    /// A position of the cross book, without funding index, own rate and orders.
    pub fn new(instrument: impl Into<String>, size: DecimalText, entry_value: DecimalText) -> Self {
        let instrument = instrument.into();
        Self {
            instrument,
            size,
            entry_value,
            funding_index: None,
            isolated_margin: None,
            allocation: None,
            own_rate: None,
            own_leverage: None,
            bids: None,
            asks: None,
            orders: None,
        }
    }
}

/// Secret text, wiped when dropped and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
