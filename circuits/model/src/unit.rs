//! The unit in which margin amounts are counted.

/// Maximum length of a valuation currency's name, in bytes.
pub const MAX_CURRENCY_BYTES: usize = 32;

/// The unit in which margin amounts are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginUnit {
    currency: String,
    decimals: u16,
}

impl MarginUnit {
    /// One unit is `10^-decimals` of `currency`, whose name is 1 to 32 visible ASCII characters.
    /// `None` for another name.
    pub fn new(currency: impl Into<String>, decimals: u16) -> Option<Self> {
        let currency = currency.into();
        let bounded = (1..=MAX_CURRENCY_BYTES).contains(&currency.len());
        let visible = currency.bytes().all(|b| b.is_ascii_graphic());
        (bounded && visible).then_some(Self { currency, decimals })
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
