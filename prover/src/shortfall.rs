//! By how much an account misses a claim.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use zkmargin_model::claim::{Claim, MAINTENANCE_BPS};
use zkmargin_model::rule::Margin;

/// Equity that an account lacks for a claim, in margin units. Private: it says what the account
/// holds. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Shortfall {
    equity: BigInt,
}

impl std::fmt::Debug for Shortfall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shortfall(..)")
    }
}

impl Shortfall {
    /// The least equity to add so that the claim is met; `None` if it is already met.
    pub fn of(margin: &Margin, claim: &Claim, equality_is_healthy: bool) -> Option<Self> {
        let surplus = margin.level_surplus(claim, equality_is_healthy);
        let lacks_level = if surplus.is_negative() {
            Integer::div_ceil(&-surplus, &BigInt::from(MAINTENANCE_BPS))
        } else {
            BigInt::zero()
        };
        let lacks_floor = BigInt::from(claim.floor().clone()) - &margin.equity;
        let equity = lacks_level.max(lacks_floor);
        equity.is_positive().then_some(Self { equity })
    }

    /// The missing equity in margin units.
    pub fn equity(&self) -> &BigInt {
        &self.equity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    fn margin(equity: i64, maintenance: i64) -> Margin {
        Margin {
            equity: equity.into(),
            maintenance: maintenance.into(),
            positions: vec![],
            assets: vec![],
        }
    }

    #[test]
    fn adding_the_shortfall_meets_the_claim_and_one_less_does_not() {
        for (equity, maintenance, level, floor, equality) in [
            (99, 100, 10_000, 0u32, true),
            (100, 100, 10_000, 0, false),
            (-7, 3, 12_345, 0, false),
            (5, 1, 10_000, 9, true),
            (0, 777, 10_001, 1, false),
        ] {
            let claim = Claim::new(level, BigUint::from(floor)).expect("claim");
            let lacks = Shortfall::of(&margin(equity, maintenance), &claim, equality);
            let lacks = i64::try_from(lacks.expect("not met").equity()).expect("small");
            let after = |add| Shortfall::of(&margin(equity + add, maintenance), &claim, equality);
            assert_eq!(after(lacks), None);
            assert!(after(lacks - 1).is_some());
        }
    }
}
