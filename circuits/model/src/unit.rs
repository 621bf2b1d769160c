//! The unit in which margin amounts are counted.

/// Maximum length of a valuation currency's name, in bytes.
pub const MAX_CURRENCY_BYTES: usize = 32;
/// Most decimals of a margin unit: those of a valuation currency and of a rate.
pub const MAX_MARGIN_DECIMALS: u16 = 48;

/// The unit in which margin amounts are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginUnit {
    currency: String,
    decimals: u16,
}

/// Why there is no such margin unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// A currency name that is empty, too long or not visible ASCII.
    #[error("the valuation currency is not 1 to {MAX_CURRENCY_BYTES} visible ASCII characters")]
    Currency,
    /// More decimals than any schedule has.
    #[error("a margin unit has at most {MAX_MARGIN_DECIMALS} decimals, not {0}")]
    Decimals(u16),
}

impl MarginUnit {
    /// One unit is `10^-decimals` of `currency`.
    ///
    /// # Errors
    /// [`UnitError`] for a currency that is not 1 to 32 visible ASCII characters, and above 48 decimals.
    pub fn new(currency: impl Into<String>, decimals: u16) -> Result<Self, UnitError> {
        let currency = currency.into();
        let bounded = (1..=MAX_CURRENCY_BYTES).contains(&currency.len());
        if !bounded || !currency.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(UnitError::Currency);
        }
        if decimals > MAX_MARGIN_DECIMALS {
            return Err(UnitError::Decimals(decimals));
        }
        Ok(Self { currency, decimals })
    }

    /// Valuation currency.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Decimals of one margin unit.
    pub fn decimals(&self) -> u16 {
        self.decimals
    }
}
