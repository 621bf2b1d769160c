//! Integers of a portfolio market as amounts.

use super::super::margin::Amount;
use num_bigint::BigInt;
use zkmargin_params::Unit;
use zkmargin_params::portfolio::PortfolioSchedule;

/// Digits after the point of the figures of a schedule.
pub struct Units {
    /// Equity, charges and floors.
    margin: u32,
    /// Losses.
    loss: u32,
    /// Requirements.
    requirement: u32,
    /// Values of positions and balances with them.
    product: u32,
}

impl Units {
    pub fn of(schedule: &PortfolioSchedule) -> Self {
        let digits = schedule.file().digits;
        Self {
            margin: schedule.margin_decimals(),
            loss: schedule.loss_decimals(),
            requirement: schedule.loss_decimals() + digits.factor,
            product: digits.product,
        }
    }

    /// Unit of requirements.
    pub fn of_requirement(&self) -> Unit {
        Unit::of_decimals(self.requirement)
    }

    pub fn margin(&self, value: &BigInt) -> Amount {
        Amount::new(value, self.margin)
    }

    pub fn loss(&self, value: &BigInt) -> Amount {
        Amount::new(value, self.loss)
    }

    pub fn requirement(&self, value: &BigInt) -> Amount {
        Amount::new(value, self.requirement)
    }

    pub fn product(&self, value: &BigInt) -> Amount {
        Amount::new(value, self.product)
    }
}
