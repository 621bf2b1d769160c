//! Every function against correctly rounded ones of 300 bits, within the error that its documentation states.

use super::black76::{Deviation, Moneyness};
use super::exponential::{exponential, negative_exponential};
use super::fixed::{FRACTION_BITS, ONE};
use super::logarithm::{LN_2, Signed, ln_ratio};
use super::normal::share_below;
use super::*;
use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;

type Float = FBig<HalfEven, 2>;
const PRECISION: usize = 300;

fn float(x: u128) -> Float {
    Float::from(x).with_precision(PRECISION).value()
}

fn binary(x: u128) -> Float {
    float(x) >> FRACTION_BITS as isize
}

fn decimal(x: u128) -> Float {
    float(x) / float(UNIT)
}

/// `2^-bits`.
fn power(bits: isize) -> Float {
    float(1) >> bits
}

fn zero() -> Float {
    float(0)
}

fn magnitude(x: Float) -> Float {
    if x < zero() { -x } else { x }
}

fn assert_near(got: &Float, expected: &Float, most: &Float, what: &str) {
    let error = magnitude(got - expected);
    assert!(error <= *most, "{what}: {got} is not {expected} within {most}");
}

/// Numbers that only look random.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 33)
    }

    fn below(&mut self, bound: u128) -> u128 {
        let wide = (u128::from(self.next()) << 64) | u128::from(self.next());
        wide % bound
    }
}

/// The normal distribution below `x`, by the series of the error function in 300 bits.
fn normal(x: &Float) -> Float {
    let pi: Float = {
        // 16 arctan(1/5) - 4 arctan(1/239)
        let arctan = |n: u128| {
            let (mut power, mut sum, mut k) = (float(1) / float(n), zero(), 0u128);
            while power > self::power(PRECISION as isize) {
                let term = &power / float(2 * k + 1);
                sum = if k % 2 == 0 { sum + term } else { sum - term };
                power /= float(n * n);
                k += 1;
            }
            sum
        };
        float(16) * arctan(5) - float(4) * arctan(239)
    };
    let square = x * x;
    let density = (-(&square / float(2))).exp() / (float(2) * pi).sqrt();
    let (mut term, mut sum, mut k) = (x.clone(), zero(), 3u128);
    while magnitude(term.clone()) > power(280) {
        sum += &term;
        term = term * &square / float(k);
        k += 2;
    }
    float(1) / float(2) + density * sum
}

#[test]
fn constants() {
    assert_near(&binary(LN_2), &float(2).ln(), &power(121), "ln 2");
}

#[test]
fn exponentials() {
    let mut numbers = Numbers(1);
    let grid = (0..200).map(|k| ONE / 8 * k).chain([1, LN_2 - 1, LN_2, LN_2 + 1]);
    let random = (0..2_000).map(|_| numbers.below(90 * ONE));
    for x in grid.chain(random) {
        let expected = (-binary(x)).exp();
        let most = &expected * power(113) + power(119);
        assert_near(&binary(negative_exponential(x)), &expected, &most, "exp(-x)");
        let got = exponential(true, x).map(decimal).unwrap_or_else(zero);
        assert_near(&got, &expected, &(decimal(1) + power(100)), "exp(-x), decimal");
        let expected = binary(x).exp();
        let Some(got) = exponential(false, x) else {
            assert!(x > 59 * LN_2, "{x} is refused");
            continue;
        };
        let most = &expected * power(113) + decimal(1);
        assert_near(&decimal(got), &expected, &most, "exp(x)");
    }
}

#[test]
fn logarithms() {
    let mut numbers = Numbers(2);
    let mut pairs =
        vec![(1, 1), (1, u128::MAX), (u128::MAX, 1), (7, 5), (5, 7), (10, 7), (UNIT, UNIT + 1)];
    for _ in 0..2_000 {
        let (bits_a, bits_b) = (numbers.below(127) as u32, numbers.below(127) as u32);
        pairs.push((1 + numbers.below(1 << bits_a), 1 + numbers.below(1 << bits_b)));
    }
    for (a, b) in pairs {
        let expected = (float(a) / float(b)).ln();
        let got = ln_ratio(a, b);
        let got = if got.negative { -binary(got.magnitude) } else { binary(got.magnitude) };
        assert_near(&got, &expected, &power(110), &format!("ln({a}/{b})"));
    }
}

#[test]
fn shares() {
    let mut numbers = Numbers(3);
    let grid = (0..80).map(|k| ONE / 8 * k);
    let random = (0..1_000).map(|_| numbers.below(10 * ONE));
    for x in grid.chain(random) {
        let expected = normal(&binary(x));
        let most = if x < 6 * ONE { power(90) } else { decimal(1) };
        let share = |negative| binary(share_below(Signed { negative, magnitude: x }));
        assert_near(&share(false), &expected, &most, "share");
        assert_near(&share(true), &(float(1) - &expected), &most, "share of the other side");
    }
    // As tables have it, to 18 digits.
    for (x, listed) in
        [(1, 841_344_746_068_542_949), (2, 977_249_868_051_820_793), (3, 998_650_101_968_369_905)]
    {
        let got = share_below(Signed { negative: false, magnitude: x * ONE });
        assert_near(&binary(got), &decimal(listed), &(decimal(1) / float(2)), "a table's share");
    }
}

/// Black's formula in 300 bits.
fn black(forward: u128, strike: u128, volatility: u128, seconds: u64, is_call: bool) -> Float {
    let (f, k) = (decimal(forward), decimal(strike));
    let years = float(seconds.into()) / float(YEAR.into());
    let s = decimal(volatility) * years.sqrt();
    let d1 = (&f / &k).ln() / &s + &s / float(2);
    let d2 = &d1 - &s;
    // The series needs few terms and little precision for what is cut off anyway.
    let cut = |d: Float| d.max(-float(12)).min(float(12));
    let (n1, n2) = (normal(&cut(d1)), normal(&cut(d2)));
    let call = &f * n1 - &k * n2;
    if is_call { call } else { call - f + k }
}

#[test]
fn prices_err_by_less_than_stated() {
    let mut numbers = Numbers(4);
    for at in 0..600 {
        let strike = (1 + numbers.below(200_000)) * UNIT / 1_000 * (1 + numbers.below(1_000));
        let ratio = 200 + numbers.below(3_800);
        let forward = strike / 1_000 * ratio + numbers.below(1_000);
        let volatility = UNIT / 100 * (1 + numbers.below(400)) + numbers.below(1 << 40);
        let seconds = 1 + numbers.below(3 * u128::from(YEAR)) as u64;
        let deviation = Deviation::of(volatility, seconds);
        let most = (decimal(forward) + decimal(strike)) * decimal(1) + decimal(10);
        for is_call in [true, false] {
            let got = decimal(Moneyness::of(forward, strike).price(deviation, is_call));
            let expected = black(forward, strike, volatility, seconds, is_call);
            assert_near(&got, &expected, &most, &format!("price {at}"));
        }
    }
}

fn option() -> ListedOption {
    ListedOption {
        instrument: 7,
        is_call: true,
        strike: 2_800 * UNIT,
        forward_moving: 2_650 * UNIT,
        forward_fixed: 33 * UNIT,
        seconds: 9 * 86_400,
        rate: 0,
        volatility: Some(UNIT * 6 / 10),
    }
}

fn shocks() -> Shocks {
    let skew = Skew { cap: UNIT as i128 * 15 / 100, slope: -(UNIT as i128) * 5 / 100 };
    Shocks {
        range_up: UNIT / 2,
        range_down: UNIT * 275 / 1_000,
        least_up: UNIT * 45 / 100,
        short_power: UNIT * 3 / 10,
        long_power: UNIT * 13 / 100,
        least_seconds: 86_400,
        linear: skew,
        abs: skew,
        least_width: UNIT as i128 / 100,
        width: 4 * UNIT as i128,
        width_volatility: UNIT as i128 * 6 / 10,
        width_volatility_slope: -(UNIT as i128) / 10,
    }
}

fn scenarios() -> Vec<Scenario> {
    let spot = |hundredths: u128| UNIT / 100 * hundredths;
    let of = |(hundredths, volatility)| Scenario { spot: spot(hundredths), volatility };
    let moves = VolatilityMove::ALL.map(|by| (100, by));
    moves
        .into_iter()
        .chain([(118, VolatilityMove::Up), (91, VolatilityMove::Down)])
        .map(of)
        .collect()
}

/// The same integers on every platform: a change here is another version of the algorithm.
#[test]
fn pinned() {
    let put = ListedOption { is_call: false, instrument: 8, strike: 2_000 * UNIT, ..option() };
    let got = derive(&[option(), put], &scenarios(), &shocks(), DIGITS).unwrap();
    let expected: [[u128; 7]; 2] = PINNED;
    let expected: Vec<Vec<BigInt>> =
        expected.iter().map(|row| row.iter().map(|p| BigInt::from(*p)).collect()).collect();
    assert_eq!(got, expected);
}

const PINNED: [[u128; 7]; 2] = [
    [
        54_890_309_523_966_817_043,
        124_388_211_151_798_822_864,
        20_557_571_645_436_711_165,
        56_428_214_770_352_449_648,
        56_428_214_770_352_449_648,
        423_293_602_981_493_614_537,
        430_141_427_661_510_767,
    ],
    [
        54_539_826_589_460_082,
        5_132_457_508_984_264_629,
        3_108_577_925_726,
        10_493_667_129_340_735,
        185_003_397_758_354_906,
        282_113_038_095_804_455,
        6_841_062_287_941_283,
    ],
];

#[test]
fn discounts() {
    let still = [Scenario { spot: UNIT, volatility: VolatilityMove::None }];
    let price = |rate| {
        let option = ListedOption { rate, ..option() };
        let price = derive(&[option], &still, &shocks(), DIGITS).unwrap()[0][0].clone();
        decimal(u128::try_from(price).unwrap())
    };
    let years = float(9 * 86_400) / float(YEAR.into());
    for rate in [UNIT / 100, UNIT * 15 / 100, 5 * UNIT] {
        let discount = (-(decimal(rate) * &years)).exp();
        assert_near(&price(rate), &(price(0) * discount), &decimal(2), "discounted");
    }
    assert_eq!(price(u128::MAX), zero());
}

#[test]
fn digits_round_to_the_nearest() {
    let exact = derive(&[option()], &scenarios(), &shocks(), DIGITS).unwrap();
    for digits in [0, 1, 9, 17] {
        let unit = BigInt::from(10).pow(DIGITS - digits);
        let rounded = derive(&[option()], &scenarios(), &shocks(), digits).unwrap();
        for (fine, coarse) in exact[0].iter().zip(&rounded[0]) {
            let error = (fine - coarse * &unit) * 2;
            assert!(-&unit <= error && error < unit, "{digits}: {fine}, {coarse}");
        }
    }
}

#[test]
fn bad_inputs() {
    let with = |change: fn(&mut ListedOption)| {
        let mut option = option();
        change(&mut option);
        derive(&[option], &scenarios(), &shocks(), 9).unwrap_err().to_string()
    };
    for (change, message) in [
        ((|o| o.volatility = None) as fn(&mut ListedOption), "instrument 7 has no volatility"),
        (|o| o.seconds = 0, "instrument 7 has expired; its value is its settlement value"),
        (|o| o.strike = 0, "the strike of instrument 7 must be positive and below 2^100"),
        (
            |o| o.strike = 1 << PRICE_BITS,
            "the strike of instrument 7 must be positive and below 2^100",
        ),
        (
            |o| (o.forward_moving, o.forward_fixed) = (0, 0),
            "the forward of instrument 7 must be positive and below 2^100",
        ),
        (
            |o| o.forward_moving = u128::MAX,
            "the forward of instrument 7 must be positive and below 2^100",
        ),
        (
            |o| o.volatility = Some(u128::MAX),
            "the volatility of instrument 7 is out of range in a scenario",
        ),
    ] {
        assert_eq!(with(change), message);
    }
    let error = |scenario, digits| {
        derive(&[option()], &[scenario], &shocks(), digits).unwrap_err().to_string()
    };
    let still = Scenario { spot: UNIT, volatility: VolatilityMove::None };
    assert_eq!(error(still, 19), "loadings have at most 18 digits after the point, not 19");
    for spot in [0, 16 * UNIT] {
        let message = "the spot factor of scenario 0 must be positive and below 16";
        assert_eq!(error(Scenario { spot, ..still }, 9), message);
    }
}

#[test]
fn spots() {
    let of = |hundredths: u128| Scenario {
        spot: UNIT / 100 * hundredths,
        volatility: VolatilityMove::Up,
    };
    let scenarios = [34, 99, 100, 101, 400].map(of);
    // Changes of 8.25 times -0.66, -0.01, 0, 0.01 and 3: halves of the last digit go up.
    let price = UNIT / 100 * 825;
    let got = |digits| derive_spot(3, price, &scenarios, digits).unwrap();
    let ints = |values: [i64; 5]| values.map(BigInt::from).to_vec();
    assert_eq!(got(4), ints([-54_450, -825, 0, 825, 247_500]));
    assert_eq!(got(3), ints([-5_445, -82, 0, 83, 24_750]));
    assert_eq!(got(0), ints([-5, 0, 0, 0, 25]));
    for price in [0, 1 << PRICE_BITS] {
        let message = "the price of instrument 3 must be positive and below 2^100";
        assert_eq!(derive_spot(3, price, &scenarios, 4).unwrap_err().to_string(), message);
    }
    let digits = derive_spot(3, 1, &scenarios, 19).unwrap_err();
    assert_eq!(digits, LoadingError::Digits { digits: 19 });
}

/// With any volatility a call is worth no more than the forward, and a put no more than the strike.
#[test]
fn endless_volatility() {
    let still = Scenario { spot: UNIT, volatility: VolatilityMove::None };
    for (is_call, worth) in [(true, 2_683), (false, 2_800)] {
        for volatility in [2_000 * UNIT, 1 << 100] {
            let option = ListedOption { is_call, volatility: Some(volatility), ..option() };
            let got = derive(&[option], &[still], &shocks(), 18).unwrap()[0][0].clone();
            assert_eq!(got, BigInt::from(worth) * UNIT);
        }
    }
}

/// Without volatility an option is worth what it is at the forward.
#[test]
fn no_volatility_left() {
    let still = Scenario { spot: UNIT, volatility: VolatilityMove::None };
    let value = |is_call, strike: u128| {
        let option =
            ListedOption { is_call, strike: strike * UNIT, volatility: Some(0), ..option() };
        derive(&[option], &[still], &shocks(), 0).unwrap()[0][0].clone()
    };
    assert_eq!((value(true, 2_600), value(true, 2_700)), (83.into(), 0.into()));
    assert_eq!((value(false, 2_600), value(false, 2_700)), (0.into(), 17.into()));
}
