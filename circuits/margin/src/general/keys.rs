//! Keys of the general profile's rows in the bracket table: which figure of which instrument or asset a row is.
//!
//! A row's key is the first key of its figure plus the slot's word: the position's key less its side, its key, or the
//! asset's key. An empty slot has word 0, and every figure has a row for it.

use super::leverage;
use zkmargin_gadgets::halo2::Fp;
use zkmargin_model::rule::Settlement;
use zkmargin_model::widths::KEY_BITS;

/// Distance between the first keys of two figures: words of terms are a key and a settle group of two bits. Terms with
/// larger groups have keys elsewhere.
const DISTANCE: u64 = 1 << (KEY_BITS + 3);

/// A figure that has rows of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Of an instrument: unit of the value, funding, and number of the tier table. With the settle group in its word, from
    /// [`first_of_terms`] on.
    Terms,
    /// Conversions of requirement and charge, and whether tiers give a rate.
    Conversions,
    /// Factor and offset of the root, and whether the tier variable is made of the size.
    Root,
    /// Default of the own parameter, whether it is read, and whether the tier variable is made of the notional.
    Own,
    /// Value, by side.
    Value,
    /// First figure of the notional, by side.
    Notional,
    /// Notional.
    SecondNotional,
    /// Tier variable.
    Variable,
    /// Requirement.
    Requirement,
    /// Charge on the notional.
    Charge,
    /// First step of the result.
    Result,
    /// Second step of the result.
    SecondResult,
    /// Of an asset: amount.
    Amount,
    /// Whether the own parameter is read, whether debts are required, and the unit of the value.
    Flags,
    /// Weight of a deposit.
    Deposit,
    /// Weight of a debt: the next figure after that of a deposit.
    Debt,
    /// Charge on debts.
    DebtCharge,
    /// From an amount to the size whose root is taken.
    Held,
    /// Factor and offset of that root.
    HeldRoot,
    /// What the root adds to the divisor of a deposit's weight.
    Discount,
    /// What the root adds to a debt's weight: the next figure after that of a deposit.
    Premium,
    /// Numerator and divisor of a deposit's weight by size.
    Most,
    /// Least weight of a debt by size: the next figure after that of a deposit.
    Least,
    /// Of an instrument whose positions can be isolated: from requirement and charge to their own unit.
    Units,
    /// Of an instrument whose positions can have open orders: what each requires, in margin units and before it is
    /// converted.
    OrderFee,
    /// Of an instrument whose notional can be of the entry: whether it is.
    AtEntry,
    /// Of an instrument whose requirement can be by the own leverage, in [`parts`](PART): factor of the notional, default
    /// and whether it is; divisor, offset and what is taken from it; and the units of both requirements.
    Leverage,
}

/// From the rows of one part of a figure to those of the next.
pub(crate) const PART: u64 = 1 << KEY_BITS;

/// What the word of a debt's weight has more than that of a deposit's.
pub(crate) const DEBT: u64 = DISTANCE;

impl Figure {
    /// The first key.
    pub(crate) const fn first(self) -> u64 {
        // Above all keys of assets and tiers.
        (4 + self as u64) * DISTANCE
    }

    /// The first key as a field element.
    pub(crate) fn first_field(self) -> Fp {
        Fp::from(self.first())
    }
}

// Keys of positions have room in a part, and all parts in a figure; a debt's figure is next to that of a deposit.
const _: () = {
    assert!(leverage::PARTS as u64 * PART <= DISTANCE);
    assert!(Figure::Debt as u64 == Figure::Deposit as u64 + 1);
    assert!(Figure::Premium as u64 == Figure::Discount as u64 + 1);
    assert!(Figure::Least as u64 == Figure::Most as u64 + 1);
};

/// The first key of the terms of instruments: with more settle groups than four, above all others.
pub(crate) const fn first_of_terms(settlement: Settlement) -> u64 {
    match settlement {
        Settlement::Four => Figure::Terms.first(),
        Settlement::Eight | Settlement::Sixteen => 1 << 28,
    }
}

// Keys of assets' collateral, in the same table, are below the first figure, or between the last one and the terms.
const _: () = {
    use crate::tables::asset_key;
    assert!(asset_key::end(Settlement::Four) < Figure::Terms.first());
    let figures = Figure::Leverage.first() + DISTANCE;
    assert!(figures <= asset_key::first(Settlement::Eight));
    assert!(figures <= asset_key::first(Settlement::Sixteen));
    assert!(asset_key::end(Settlement::Eight) <= first_of_terms(Settlement::Eight));
    assert!(asset_key::end(Settlement::Sixteen) <= first_of_terms(Settlement::Sixteen));
};
