//! By how much an account misses a claim.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::portfolio;
use zkmargin_model::rule::{Health, Margin};

/// Equity that an account lacks for a claim. Private: it says what the account holds. `Debug` does
/// not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Shortfall {
    equity: BigInt,
    books: Vec<BookShortfall>,
}

/// Equity that an isolated position lacks. Private, like all of it.
#[derive(Clone, PartialEq, Eq)]
pub struct BookShortfall {
    /// Number of the position among the account's, from 0.
    pub position: usize,
    /// The missing equity, in the units of the book.
    pub equity: BigInt,
}

impl std::fmt::Debug for Shortfall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shortfall(..)")
    }
}

impl std::fmt::Debug for BookShortfall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BookShortfall(..)")
    }
}

/// The least equity that makes up for a surplus, which is in basis points.
fn missing(surplus: &BigInt) -> BigInt {
    if surplus.is_negative() {
        Integer::div_ceil(&-surplus, &BigInt::from(MARGIN_BPS))
    } else {
        BigInt::zero()
    }
}

impl Shortfall {
    /// The least equity to add to each book that the claim is about so that it is met; `None` if it is already met.
    pub fn of(margin: &Margin, claim: &Claim, health: Health) -> Option<Self> {
        let lacks_level = missing(&margin.level_surplus(claim, health));
        let lacks_floor = claim.floor().amount() - &margin.equity;
        let equity = lacks_level.max(lacks_floor).max(BigInt::zero());
        Self::lacking(equity, margin, claim, health)
    }

    /// The same where the claim is about a named isolated position only.
    pub fn of_position(margin: &Margin, claim: &Claim, health: Health) -> Option<Self> {
        Self::lacking(BigInt::zero(), margin, claim, health)
    }

    /// What the cross book and isolated ones lack, if any does.
    fn lacking(equity: BigInt, margin: &Margin, claim: &Claim, health: Health) -> Option<Self> {
        let books: Vec<_> = margin
            .compared()
            .map(|(position, book)| {
                let surplus = health.surplus(&book.equity, &book.requirement, claim);
                BookShortfall { position, equity: missing(&surplus) }
            })
            .filter(|book| book.equity.is_positive())
            .collect();
        (equity.is_positive() || !books.is_empty()).then_some(Self { equity, books })
    }

    /// The same of a portfolio account, which is one book.
    pub fn of_portfolio(
        margin: &portfolio::Margin,
        claim: &Claim,
        market: &portfolio::Market,
    ) -> Option<Self> {
        let equity = margin.lacks(claim, market)?;
        Some(Self { equity, books: Vec::new() })
    }

    /// The missing equity of the cross book in margin units; zero if only isolated ones lack some.
    pub fn equity(&self) -> &BigInt {
        &self.equity
    }

    /// What isolated positions lack.
    pub fn books(&self) -> &[BookShortfall] {
        &self.books
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use zkmargin_model::rule::{BookMargin, PositionMargin};

    fn margin(equity: i64, maintenance: i64) -> Margin {
        Margin {
            equity: equity.into(),
            maintenance: maintenance.into(),
            positions: vec![],
            assets: vec![],
        }
    }

    const CASES: [(i64, i64, u32, u32, bool); 5] = [
        (99, 100, 10_000, 0, true),
        (100, 100, 10_000, 0, false),
        (-7, 3, 12_345, 0, false),
        (5, 1, 10_000, 9, true),
        (0, 777, 10_001, 1, false),
    ];

    #[test]
    fn adding_the_shortfall_meets_the_claim_and_one_less_does_not() {
        for (equity, maintenance, level, floor, equality) in CASES {
            let health = Health { equality, no_requirement: false };
            let claim = Claim::new(level, BigUint::from(floor)).expect("claim");
            let lacks = Shortfall::of(&margin(equity, maintenance), &claim, health);
            let lacks = i64::try_from(lacks.expect("not met").equity()).expect("small");
            let after = |add| Shortfall::of(&margin(equity + add, maintenance), &claim, health);
            assert_eq!(after(lacks), None);
            assert!(after(lacks - 1).is_some());
        }
    }

    #[test]
    fn an_isolated_position_lacks_its_own_equity() {
        for (equity, requirement, level, _, equality) in CASES {
            let health = Health { equality, no_requirement: false };
            let claim = Claim::new(level, BigUint::ZERO).expect("claim");
            let of = |add: i64| {
                let isolated = PositionMargin {
                    instrument: 1,
                    pnl: BigInt::zero(),
                    result: BigInt::zero(),
                    variable: BigInt::zero(),
                    row: 0,
                    slope: BigInt::zero(),
                    amount: BigInt::zero(),
                    requirement: BigInt::zero(),
                    isolated: Some(BookMargin {
                        equity: (equity + add).into(),
                        requirement: requirement.into(),
                        compared: true,
                    }),
                };
                let all = Margin { positions: vec![isolated], ..margin(1_000_000, 0) };
                // A claim about it only does not look at the cross book.
                let poor = Margin { equity: BigInt::from(-1), ..all.clone() };
                assert!(Shortfall::of(&poor, &claim, health).is_some());
                let found = Shortfall::of(&all, &claim, health);
                assert_eq!(Shortfall::of_position(&poor, &claim, health), found);
                found
            };
            let Some(lacks) = of(0) else { continue };
            assert!(lacks.equity().is_zero());
            let missing = i64::try_from(&lacks.books()[0].equity).expect("small");
            assert_eq!(of(missing), None);
            assert!(of(missing - 1).is_some());
        }
    }
}
