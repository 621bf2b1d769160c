//! Derives loadings of 2,000 options in 36 scenarios and prints how long that takes.
//!
//! `cargo run --release -p zkmargin-model --example derive_loadings`

use std::time::Instant;
use zkmargin_model::portfolio::loadings::{
    ListedOption, Scenario, Shocks, Skew, UNIT, VolatilityMove, derive,
};

const OPTIONS: u32 = 2_000;
const SCENARIOS: u128 = 36;
const DAY: u64 = 86_400;

/// Twenty expiries up to a year, fifty strikes each from half to twice the forward, calls and puts.
fn option(at: u32) -> ListedOption {
    let (expiry, strike) = (u64::from(at / 100), u128::from(at % 50));
    ListedOption {
        instrument: at + 1,
        is_call: at % 100 < 50,
        strike: (30_000 + 1_800 * strike) * UNIT,
        forward_moving: 60_000 * UNIT,
        forward_fixed: 0,
        seconds: DAY + expiry * 19 * DAY,
        rate: UNIT / 20,
        volatility: Some(UNIT / 2 + UNIT / 200 * strike),
    }
}

fn main() {
    let skew = Skew { cap: UNIT as i128 * 15 / 100, slope: -(UNIT as i128) / 20 };
    let shocks = Shocks {
        range_up: UNIT / 2,
        range_down: UNIT * 275 / 1_000,
        least_up: UNIT * 45 / 100,
        short_power: UNIT * 3 / 10,
        long_power: UNIT * 13 / 100,
        least_seconds: DAY,
        linear: skew,
        abs: skew,
        least_width: UNIT as i128 / 100,
        width: 4 * UNIT as i128,
        width_volatility: UNIT as i128 * 6 / 10,
        width_volatility_slope: -(UNIT as i128) / 10,
    };
    let options: Vec<_> = (0..OPTIONS).map(option).collect();
    let scenario = |at: u128| Scenario {
        spot: UNIT * (70 + at * 2) / 100,
        volatility: VolatilityMove::ALL[(at % 5) as usize],
    };
    let scenarios: Vec<_> = (0..SCENARIOS).map(scenario).collect();
    let start = Instant::now();
    let loadings = derive(&options, &scenarios, &shocks, 9).expect("the inputs are in range");
    let took = start.elapsed();
    let prices: usize = loadings.iter().map(Vec::len).sum();
    println!("{prices} prices in {took:.2?}");
}
