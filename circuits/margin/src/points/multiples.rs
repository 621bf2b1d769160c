//! The sum of many multiples of points of Vesta.
//!
//! Pippenger's method: scalars are split into signed digits, window by window, and points go into one bucket per digit.
//! A bucket is added up in pairs, in affine coordinates, and all pairs of all buckets share one inversion: five
//! multiplications and one squaring per point, where the proof system's sum takes seven and four. Windows are added up
//! in parallel, in the caller's thread pool. Nothing here is secret, so the time depends on the values.

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use zkmargin_gadgets::halo2::{
    CurveAffine, Eq, EqAffine, Field, Fp, Fq, Group, PrimeField, VartimeBatchInvert,
};

/// Bits of a scalar, plus one that is always zero: the top digit is never negative.
pub(super) const BITS: usize = 256;

/// Widest window.
const MAX_WINDOW: usize = 14;

/// Field multiplications for adding a point to a bucket.
const BUCKET_COST: usize = 6;

/// Field multiplications for adding a bucket to the sum of its window: a mixed and a full addition.
const WINDOW_COST: usize = 27;

/// A multiple of a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Multiple {
    pub(crate) scalar: Fp,
    pub(crate) point: EqAffine,
}

/// A point in affine coordinates, not the identity.
#[derive(Clone, Copy)]
struct Point {
    x: Fq,
    y: Fq,
}

/// The points with one digit: a range of all points, ordered by digit.
#[derive(Clone, Copy, Default)]
struct Bucket {
    start: usize,
    len: usize,
}

/// The sum of the multiples.
pub(crate) fn sum(multiples: &[Multiple]) -> Eq {
    let (scalars, points): (Vec<_>, Vec<_>) = multiples
        .par_iter()
        .filter_map(|multiple| {
            let coordinates = Option::from(multiple.point.coordinates());
            // A multiple of the identity adds nothing.
            let point = coordinates.map(|c: Coordinates| Point { x: *c.x(), y: *c.y() })?;
            Some((words(multiple.scalar), point))
        })
        .unzip();
    let width = window(points.len());
    let of_window = |buckets: &mut Buckets, window| {
        let digits = scalars.iter().map(|scalar| digit(scalar, window * width, width));
        buckets.sum(digits, &points)
    };
    let windows = (0..BITS.div_ceil(width)).into_par_iter();
    let sums = windows.map_init(|| Buckets::new(width, points.len()), of_window);
    let sums: Vec<_> = sums.collect();
    let shift = |sum: Eq| (0..width).fold(sum, |sum, _| sum.double());
    sums.iter().rev().fold(Eq::identity(), |sum, of_window| shift(sum) + of_window)
}

type Coordinates = zkmargin_gadgets::halo2::Coordinates<EqAffine>;

/// The window width that takes the fewest multiplications.
fn window(points: usize) -> usize {
    let cost = |width: &usize| {
        BITS.div_ceil(*width) * (BUCKET_COST * points + (WINDOW_COST << (width - 1)))
    };
    (2..=MAX_WINDOW).min_by_key(cost).unwrap_or(MAX_WINDOW)
}

/// A scalar as an integer, low words first, above a zero word.
pub(super) fn words(scalar: Fp) -> [u64; 6] {
    let mut words = [0; 6];
    for (word, bytes) in words[1..].iter_mut().zip(scalar.to_repr().chunks_exact(8)) {
        *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    words
}

/// The signed digit of `width` bits from bit `from` on. A digit whose top bit is set stands for itself less 2^width,
/// and the next digit up is one larger: the bit below a digit is added to it.
pub(super) fn digit(words: &[u64; 6], from: usize, width: usize) -> i32 {
    // Bits `from - 1` to `from + width - 1`; the first word is a zero below bit 0.
    let first = from + 63;
    let (word, shift) = (first / 64, first % 64);
    let high = words.get(word + 1).copied().unwrap_or(0);
    let both = u128::from(words[word]) | u128::from(high) << 64;
    let bits = (both >> shift) as u32 & ((2 << width) - 1);
    let magnitude = (bits as i32 + 1) >> 1;
    if bits >> width == 0 { magnitude } else { magnitude - (1 << width) }
}

/// Buckets of one window, whose memory is reused by the next.
struct Buckets {
    buckets: Vec<Bucket>,
    digits: Vec<i32>,
    points: Vec<Point>,
    /// What is inverted for each pair.
    inverses: Vec<Fq>,
}

impl Buckets {
    /// Buckets for digits of `width` bits: from 1 to 2^(width - 1) in magnitude.
    fn new(width: usize, points: usize) -> Self {
        Self {
            buckets: vec![Bucket::default(); 1 << (width - 1)],
            digits: Vec::with_capacity(points),
            points: vec![Point { x: Fq::ZERO, y: Fq::ZERO }; points],
            inverses: Vec::with_capacity(points / 2),
        }
    }

    /// The sum of points times digits.
    fn sum(&mut self, digits: impl Iterator<Item = i32>, points: &[Point]) -> Eq {
        self.distribute(digits, points);
        while self.pair() {}
        // The sum of digit * bucket: each partial sum from the top goes in once.
        let (mut above, mut sum) = (Eq::identity(), Eq::identity());
        for bucket in self.buckets.iter().rev() {
            if bucket.len == 1 {
                let Point { x, y } = self.points[bucket.start];
                above += EqAffine::from_xy_unchecked(x, y);
            }
            sum += above;
        }
        sum
    }

    /// Puts each point, or its negative, into the bucket of its digit.
    fn distribute(&mut self, digits: impl Iterator<Item = i32>, points: &[Point]) {
        self.buckets.fill(Bucket::default());
        self.digits.clear();
        self.digits.extend(digits);
        let bucket = |digit: i32| digit.unsigned_abs() as usize - 1;
        for digit in self.digits.iter().filter(|digit| **digit != 0) {
            self.buckets[bucket(*digit)].len += 1;
        }
        let mut start = 0;
        for bucket in &mut self.buckets {
            bucket.start = start;
            start += std::mem::take(&mut bucket.len);
        }
        for (digit, point) in self.digits.iter().zip(points).filter(|(digit, _)| **digit != 0) {
            let bucket = &mut self.buckets[bucket(*digit)];
            let y = if *digit < 0 { -point.y } else { point.y };
            self.points[bucket.start + bucket.len] = Point { x: point.x, y };
            bucket.len += 1;
        }
    }

    /// Adds up the points of each bucket in pairs. `false` when no bucket had a pair.
    fn pair(&mut self) -> bool {
        self.inverses.clear();
        for bucket in self.buckets.iter().filter(|bucket| bucket.len > 1) {
            let points = &self.points[bucket.start..bucket.start + bucket.len];
            let divisors = points.chunks_exact(2).map(|pair| {
                let difference = pair[1].x - pair[0].x;
                // A point and itself: their tangent. A point and its negative: zero, which stays zero.
                if difference.is_zero_vartime() { pair[0].y + pair[1].y } else { difference }
            });
            self.inverses.extend(divisors);
        }
        if self.inverses.is_empty() {
            return false;
        }
        self.inverses.iter_mut().batch_invert_vartime();
        let mut inverses = self.inverses.iter();
        for bucket in self.buckets.iter_mut().filter(|bucket| bucket.len > 1) {
            let points = &mut self.points[bucket.start..bucket.start + bucket.len];
            let mut len = 0;
            for (at, inverse) in (0..points.len() / 2).zip(&mut inverses) {
                let (a, b) = (points[2 * at], points[2 * at + 1]);
                if !inverse.is_zero_vartime() {
                    points[len] = add(a, b, *inverse);
                    len += 1;
                }
            }
            if points.len() % 2 == 1 {
                points[len] = points[points.len() - 1];
                len += 1;
            }
            bucket.len = len;
        }
        true
    }
}

/// The sum of two points that are not each other's negative, given the inverse of the difference of their x, or of
/// twice their y if the points are equal.
fn add(a: Point, b: Point, inverse: Fq) -> Point {
    let rise = b.y - a.y;
    // Equal points are rare; two points of equal x are equal here.
    let rise = if rise.is_zero_vartime() && a.x == b.x {
        let square = a.x.square();
        square.double() + square
    } else {
        rise
    };
    let slope = rise * inverse;
    let x = slope.square() - a.x - b.x;
    Point { x, y: slope * (a.x - x) - a.y }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use zkmargin_gadgets::halo2::CurveExt;

    fn random_scalar() -> Fp {
        Fp::try_random(&mut rand::rngs::SysRng).expect("randomness")
    }

    fn random_point() -> EqAffine {
        Eq::try_random(&mut rand::rngs::SysRng).expect("randomness").to_affine_vartime()
    }

    fn one_by_one(multiples: &[Multiple]) -> Eq {
        multiples.iter().map(|multiple| Eq::from(multiple.point) * multiple.scalar).sum()
    }

    #[test]
    fn random_multiples() {
        for count in [0, 1, 2, 3, 10, 100, 1000] {
            let multiple = |_| Multiple { scalar: random_scalar(), point: random_point() };
            let multiples: Vec<_> = (0..count).map(multiple).collect();
            assert_eq!(sum(&multiples), one_by_one(&multiples), "{count}");
        }
    }

    /// Points that meet in a bucket as themselves, as their negatives and as sums of each other.
    #[test]
    fn few_points_and_scalars() {
        let mut rng = rand::rng();
        let one = random_point();
        let two = Eq::from(one).double().to_affine_vartime();
        let three = (Eq::from(one) + two).to_affine_vartime();
        let points = [one, two, three, -one, -two, -three, EqAffine::default()];
        let scalar = random_scalar();
        let half = Fp::from_u128(1 << 127);
        let scalars =
            [Fp::ZERO, Fp::ONE, -Fp::ONE, Fp::from(2), -Fp::from(2), half, -half, scalar, -scalar];
        for count in (1..40).chain([200, 2000]) {
            let multiple = |_| Multiple {
                scalar: scalars[rng.random_range(..scalars.len())],
                point: points[rng.random_range(..points.len())],
            };
            let multiples: Vec<_> = (0..count).map(multiple).collect();
            assert_eq!(sum(&multiples), one_by_one(&multiples), "{multiples:?}");
        }
        for count in 1..70 {
            let same = vec![Multiple { scalar, point: one }; count];
            assert_eq!(sum(&same), one_by_one(&same));
            let negatives = same.iter().map(|m| Multiple { point: -one, ..*m });
            let cancel: Vec<_> = same.iter().copied().chain(negatives).collect();
            assert_eq!(sum(&cancel), Eq::identity());
        }
    }

    /// Small sums of few points in one bucket: pairs that meet again as sums of pairs.
    #[test]
    fn every_small_sum_in_one_bucket() {
        let one = Eq::from(random_point());
        let times = |n: i32| {
            let multiple = one * Fp::from(u64::from(n.unsigned_abs()));
            if n < 0 { -multiple } else { multiple }
        };
        let points = [-3, -2, -1, 0, 1, 2, 3].map(|n| (n, times(n).to_affine_vartime()));
        for len in 1..=5 {
            for code in 0..7usize.pow(len) {
                let chosen = (0..len).map(|at| points[code / 7usize.pow(at) % 7]);
                let multiples: Vec<_> =
                    chosen.clone().map(|(_, point)| Multiple { scalar: Fp::ONE, point }).collect();
                assert_eq!(sum(&multiples), times(chosen.map(|(n, _)| n).sum()));
            }
        }
    }

    /// Scalars whose digits are at their bounds, and enough points for windows to be wide.
    #[test]
    fn digits_at_their_bounds() {
        let mut rng = rand::rng();
        let mut scalars = vec![];
        let mut power = Fp::ONE;
        for _ in 0..255 {
            scalars.extend([power, -power, power - Fp::ONE, Fp::ONE - power, power + Fp::ONE]);
            power = power.double();
        }
        for width in 2..=MAX_WINDOW {
            let half = Fp::from(1 << (width - 1));
            let radix = Fp::from(1 << width);
            let all_halves = (0..254 / width).fold(Fp::ZERO, |sum, _| sum * radix + half);
            scalars.extend([all_halves, all_halves - Fp::ONE, -all_halves]);
        }
        let point = random_point();
        for count in [1, 3, 50, 1000, 40_000] {
            let scalar = |_| scalars[rng.random_range(..scalars.len())];
            let multiples: Vec<_> =
                (0..count).map(scalar).map(|scalar| Multiple { scalar, point }).collect();
            let total: Fp = multiples.iter().map(|multiple| multiple.scalar).sum();
            assert_eq!(sum(&multiples), Eq::from(point) * total, "{count}");
        }
    }

    #[test]
    fn digits_add_up_in_every_width() {
        let edges = [Fp::ZERO, Fp::ONE, -Fp::ONE, Fp::TWO_INV, -Fp::from(2)];
        for scalar in edges.into_iter().chain((0..50).map(|_| random_scalar())) {
            for width in 2..=MAX_WINDOW {
                let words = words(scalar);
                let digits = (0..BITS.div_ceil(width)).map(|at| digit(&words, at * width, width));
                let shift = Fp::from(1 << width);
                let sum = digits.rev().fold(Fp::ZERO, |sum, digit| {
                    assert!(digit.unsigned_abs() <= 1 << (width - 1));
                    let magnitude = Fp::from(u64::from(digit.unsigned_abs()));
                    sum * shift + if digit < 0 { -magnitude } else { magnitude }
                });
                assert_eq!(sum, scalar, "width {width}");
            }
        }
    }
}
