//! The first of many values for which something holds.

use num_bigint::BigInt;
use num_traits::{One, Zero};

/// Each stretch is so many bits longer than the one before.
const GROWTH_BITS: u32 = 4;

/// Computations of the rule that one search is allowed.
pub(crate) const MAX_POINTS: usize = 1 << 20;

/// Values `0, 1, 2, ..` of a variable, in the order in which they are searched.
pub(crate) trait Line {
    /// What was computed at a value.
    type Point;

    /// Computes it.
    fn at(&self, value: &BigInt) -> Self::Point;

    /// Whether this is what is searched for.
    fn is_hit(&self, point: &Self::Point) -> bool;

    /// Whether surely no value from one point to the other is; both ends count.
    fn is_clear(&self, near: &Self::Point, far: &Self::Point) -> bool;

    /// Where a stretch that is not clear likely changes, if that can be told: as a part of the way from its first end to
    /// its last. What is found does not depend on it, only how soon.
    fn turn(&self, _near: &Self::Point, _far: &Self::Point) -> Option<Part> {
        None
    }
}

/// A part of a way, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    num: BigInt,
    den: BigInt,
}

impl Part {
    /// `None` unless it is a part.
    pub(crate) fn of(num: BigInt, den: BigInt) -> Option<Self> {
        let (num, den) = if den < BigInt::ZERO { (-num, -den) } else { (num, den) };
        (!den.is_zero() && num >= BigInt::ZERO && num <= den).then_some(Self { num, den })
    }

    /// The smaller one.
    pub(crate) fn min(self, other: Self) -> Self {
        if &self.num * &other.den <= &other.num * &self.den { self } else { other }
    }

    /// The value there, between the ends of a stretch of two steps or more.
    fn between(&self, near: &BigInt, far: &BigInt) -> BigInt {
        let value: BigInt = near + (far - near) * &self.num / &self.den;
        value.clamp(near + 1, far - 1)
    }
}

/// A search that was given up: after [`MAX_POINTS`], or where it cannot begin.
#[derive(Debug)]
pub(crate) struct GivenUp;

/// The first hit from 1 to `last`; the value 0 must not be one.
///
/// Stretches, each several times as long as the one before, are looked at, and each is divided until it is clear or a
/// single step: alternately where it likely changes and in its middle. So a hit at a distance of `n` takes a multiple of
/// `log n` computations at most where bounds are tight, and the first one is found wherever they are not.
pub(crate) fn first<L: Line>(
    line: &L,
    last: &BigInt,
) -> Result<Option<(BigInt, L::Point)>, GivenUp> {
    let mut points = 1;
    let mut near = (BigInt::ZERO, line.at(&BigInt::ZERO));
    let mut length = BigInt::one();
    while near.0 < *last {
        let end = (&near.0 + &length).min(last.clone());
        let mut ahead = vec![(end.clone(), line.at(&end))];
        points += 1;
        let mut in_middle = false;
        while let Some(far) = ahead.pop() {
            if line.is_clear(&near.1, &far.1) {
                near = far;
                continue;
            }
            if &far.0 - &near.0 == BigInt::one() {
                if line.is_hit(&far.1) {
                    return Ok(Some(far));
                }
                near = far;
                continue;
            }
            points += 1;
            if points > MAX_POINTS {
                return Err(GivenUp);
            }
            let turn = if in_middle { None } else { line.turn(&near.1, &far.1) };
            in_middle = turn.is_some();
            let at = match turn {
                Some(part) => part.between(&near.0, &far.0),
                None => (&near.0 + &far.0) >> 1,
            };
            let point = line.at(&at);
            ahead.push(far);
            ahead.push((at, point));
        }
        length <<= GROWTH_BITS;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Hits from a number on, with a gap of numbers that only bounds of single steps exclude.
    struct From {
        hit: u32,
        rough: std::ops::Range<u32>,
        computed: Cell<usize>,
    }

    impl Line for From {
        type Point = BigInt;

        fn at(&self, value: &BigInt) -> BigInt {
            self.computed.set(self.computed.get() + 1);
            value.clone()
        }

        fn is_hit(&self, point: &BigInt) -> bool {
            *point >= self.hit.into()
        }

        fn is_clear(&self, near: &BigInt, far: &BigInt) -> bool {
            let is_rough = *near < self.rough.end.into() && *far >= self.rough.start.into();
            *far < self.hit.into() && !is_rough
        }
    }

    #[test]
    fn the_first_hit_is_found_in_few_steps() {
        for hit in (1..200).chain([1_000_000_007]) {
            for rough in [0..0, 3..9, hit / 2..hit / 2 + 2] {
                let line = From { hit, rough, computed: Cell::new(0) };
                let (found, _) = first(&line, &BigInt::from(u32::MAX)).unwrap().unwrap();
                assert_eq!(found, hit.into());
                assert!(line.computed.get() < 150, "{hit}");
                assert!(first(&line, &BigInt::from(hit - 1)).unwrap().is_none());
            }
        }
    }

    #[test]
    fn a_search_without_bounds_is_given_up() {
        let line = From { hit: u32::MAX, rough: 0..u32::MAX, computed: Cell::new(0) };
        assert!(first(&line, &BigInt::from(u32::MAX)).is_err());
    }
}
