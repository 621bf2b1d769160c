//! An independent computation: exact fractions, rounded by the definition of each mode, and a generator of figures.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use zkmargin_model::rule::{LinearStep, Rounding};

/// A fraction.
pub fn fraction(num: impl Into<BigInt>, den: impl Into<BigInt>) -> BigRational {
    BigRational::new(num.into(), den.into())
}

/// The nearest integers below and above decide, and where both are as near, the tie rule.
pub fn round(mode: Rounding, x: &BigRational) -> BigInt {
    let (down, up) = (x.floor().to_integer(), x.ceil().to_integer());
    let (to_down, to_up) = (x - x.floor(), x.ceil() - x);
    let toward_zero = if x.is_negative() { &up } else { &down }.clone();
    let away = if x.is_negative() { &down } else { &up }.clone();
    let nearest = |tie: BigInt| match to_down.cmp(&to_up) {
        std::cmp::Ordering::Less => down.clone(),
        std::cmp::Ordering::Greater => up.clone(),
        std::cmp::Ordering::Equal => tie,
    };
    match mode {
        Rounding::Floor => down,
        Rounding::Ceil => up,
        Rounding::Truncate => toward_zero,
        Rounding::Away => away,
        Rounding::NearestUp => nearest(up.clone()),
        Rounding::NearestAway => nearest(away),
        Rounding::NearestZero => nearest(toward_zero),
    }
}

/// `round(x num / den) scale`.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    pub num: i64,
    pub den: i64,
    pub mode: Rounding,
    pub scale: i64,
}

impl Drawn {
    pub fn step(self) -> LinearStep {
        let Self { num, den, mode, scale } = self;
        LinearStep::rounded(num.into(), den.into(), mode, scale.into()).expect("positive")
    }

    pub fn at(self, x: &BigInt) -> BigInt {
        round(self.mode, &fraction(x * self.num, self.den)) * self.scale
    }
}

/// The steps in turn.
pub fn in_turn(steps: &[Drawn], x: BigInt) -> BigInt {
    steps.iter().fold(x, |x, step| step.at(&x))
}

/// The greatest integer whose square is not above `x`, bit by bit.
pub fn root(x: &BigInt) -> BigInt {
    let mut root = BigInt::zero();
    for bit in (0..=x.bits() / 2).rev() {
        let with = &root + (BigInt::from(1) << bit);
        if &with * &with <= *x {
            root = with;
        }
    }
    root
}

/// Figures from a seed.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `from ..= to`.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        let count = (i128::from(to) - i128::from(from) + 1) as u128;
        (i128::from(from) + (u128::from(self.next()) % count) as i128) as i64
    }

    /// As [`Draw::between`], but small as often as large.
    pub fn scaled(&mut self, most: i64) -> i64 {
        let width = self.between(0, 63 - i64::from(most.leading_zeros()));
        self.between(-(1 << width), 1 << width).clamp(-most, most)
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.next() as usize % list.len()]
    }

    /// True in one of so many.
    pub fn one_in(&mut self, count: u64) -> bool {
        self.next().is_multiple_of(count)
    }

    /// A step with remainders and ties; not negative.
    pub fn step(&mut self) -> Drawn {
        Drawn {
            num: self.between(0, 12),
            den: self.pick(&[1, 2, 3, 4, 6, 7, 10]),
            mode: self.pick(&Rounding::ALL),
            scale: self.pick(&[1, 1, 3]),
        }
    }

    pub fn steps(&mut self) -> Vec<Drawn> {
        let count = self.between(0, 2);
        (0..count).map(|_| self.step()).collect()
    }
}
