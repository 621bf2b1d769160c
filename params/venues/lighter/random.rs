//! Random accounts of a block against the venue's formula, computed in fractions, at all three requirements: funding since
//! the last settlement, quote multipliers, own fractions, a halted market and isolated positions.

use super::{Lighter, Options, REQUIREMENTS};
use crate::tests::rounds;
use crate::venue::Venue;
use crate::venue::books::books;
use crate::venue::computed::Numbers;
use crate::venue::ratio::Ratio;
use crate::{Requirement, Schedule, compile};
use serde_json::{Value, json};

/// Maintenance, close-out, least and default initial fraction, and multiplier; the last market is halted.
const MARKETS: [[i64; 5]; 4] = [
    [120, 80, 200, 500, 1],
    [300, 200, 500, 1_000, 10],
    [1, 1, 3, 7, 1_000],
    [120, 80, 200, 500, 1],
];

/// Figures of a market and of a position in it, in units of the block.
struct Held {
    market: usize,
    size: i64,
    entry: u64,
    settled: i64,
    own: i64,
    margin: u64,
}

impl Held {
    fn is_halted(&self) -> bool {
        self.market == 3
    }

    /// `10^-6` USDC at the mark, on either side.
    fn notional(&self, marks: &[i64; 4]) -> Ratio {
        let [.., multiplier] = MARKETS[self.market];
        Ratio::units(self.size.abs(), 0) * Ratio::units(marks[self.market] * multiplier, 6)
    }

    /// Value less what was paid and less funding since it was settled.
    fn result(&self, marks: &[i64; 4], sums: &[i64; 4]) -> Ratio {
        let [.., multiplier] = MARKETS[self.market];
        let gain = self.notional(marks) - Ratio::units(self.entry, 6);
        let gain = if self.size < 0 { -gain } else { gain };
        let accrued = Ratio::units((sums[self.market] - self.settled) * multiplier, 12);
        gain - Ratio::units(self.size, 0) * accrued
    }

    fn required(&self, requirement: Requirement, marks: &[i64; 4]) -> Ratio {
        let [maintenance, close_out, least, default, _] = MARKETS[self.market];
        let fraction = match requirement {
            _ if self.is_halted() => 0,
            Requirement::CloseOut => close_out,
            Requirement::Initial => least.max(if self.own == 0 { default } else { self.own }),
            _ => maintenance,
        };
        self.notional(marks) * Ratio::units(fraction, 4)
    }
}

fn block(marks: &[i64; 4], sums: &[i64; 4]) -> Value {
    let market = |(i, [mm, cm, im, dm, qm]): (usize, &[i64; 5])| {
        json!({
            "i": i, "mm": mm, "cm": cm, "im": im, "dm": dm, "qm": qm, "s": i64::from(i != 3), "mp": marks[i], "f": sums[i],
        })
    };
    let markets: Vec<_> = MARKETS.iter().enumerate().map(market).collect();
    json!({"block": {"block": 7, "created_at_ms": 1_700_000_000_000u64, "markets": markets}})
}

#[test]
fn accounts_have_the_figures_of_the_formula() {
    let at_one = block(&[1; 4], &[0; 4]);
    let schedules = REQUIREMENTS.map(|requirement| {
        let options = Options { requirement: Some(requirement), ..Options::default() };
        Schedule::new(Lighter::schedule(&at_one, &options).unwrap().schedule).unwrap()
    });
    let mut numbers = Numbers::new(47);
    let [mut healthy, mut equal, mut isolated, mut halted] = [0; 4];
    let accounts = rounds(1_000);
    for _ in 0..accounts {
        let marks = [(); 4].map(|()| 1 + numbers.below(100_000_000) as i64);
        let sums = [(); 4].map(|()| numbers.below(2_000_000_000) as i64 - 1_000_000_000);
        let held: Vec<_> = (0..4)
            .filter_map(|market| {
                let held = Held {
                    market,
                    size: (1 + numbers.below(1_000_000) as i64)
                        * [1, -1][numbers.below(2) as usize],
                    entry: 1 + numbers.below(10_000_000_000_000),
                    settled: numbers.below(2_000_000_000) as i64 - 1_000_000_000,
                    own: [0, 0, 1 + numbers.below(10_000) as i64][numbers.below(3) as usize],
                    margin: [0, 0, 1 + numbers.below(10_u64.pow(18))][numbers.below(3) as usize],
                };
                (numbers.below(4) > 0).then_some(held)
            })
            .collect();
        let cross = || held.iter().filter(|p| p.margin == 0);
        let results: Ratio = cross().map(|p| p.result(&marks, &sums)).sum();
        let needed = |requirement| cross().map(|p| p.required(requirement, &marks)).sum();
        let collateral = match numbers.below(2) {
            // For the maintenance margin to the last unit of collateral, or one beside.
            0 => {
                let needed: Ratio = needed(Requirement::Maintenance);
                let beside = Ratio::units(numbers.below(3), 12) - Ratio::units(1, 12);
                needed - results.clone() + beside
            }
            _ => {
                Ratio::units(numbers.below(10_u64.pow(18)), 12)
                    - Ratio::units(numbers.below(10_u64.pow(17)), 12)
            }
        };
        let collateral = collateral.floor(12);
        // The venue's prover has 63 bits for it.
        let Ok(units) = collateral.text(12).parse::<f64>() else { continue };
        if units.abs() >= 9_000_000.0 {
            continue;
        }
        let col: i64 = (collateral.clone() * Ratio::of("1000000000000")).text(0).parse().unwrap();
        let ap: serde_json::Map<_, _> = held
            .iter()
            .map(|p| {
                let figures = json!({
                    "p": p.size, "eq": p.entry, "lfrps": p.settled, "imf": p.own, "almrg": p.margin,
                });
                (p.market.to_string(), figures)
            })
            .collect();
        let state = json!({"block-account": {"ai": 9, "col": col, "ap": ap}});
        let source = block(&marks, &sums);
        for (requirement, schedule) in REQUIREMENTS.into_iter().zip(&schedules) {
            let snapshot = Lighter::snapshot(&source, schedule).unwrap();
            let file = Lighter::account(&state, schedule).unwrap();
            let computed = books(&compile(schedule, &snapshot).unwrap(), &file);
            let [book] = &computed[..] else { panic!("{}", computed.len()) };
            let (equity, needed) = (collateral.clone() + results.clone(), needed(requirement));
            assert_eq!(book.equity, equity);
            assert_eq!(book.required, needed);
            let own: Vec<_> = held
                .iter()
                .filter(|p| p.margin != 0)
                .map(|p| {
                    let equity = Ratio::units(p.margin, 12) + p.result(&marks, &sums);
                    (equity, p.required(requirement, &marks))
                })
                .collect();
            assert_eq!(book.isolated, own);
            // Equality is healthy.
            let all = equity >= needed && own.iter().all(|(equity, needed)| equity >= needed);
            assert_eq!(book.healthy, all);
            healthy += usize::from(all);
            equal += usize::from(equity == needed);
            isolated += own.len();
        }
        halted += held.iter().filter(|p| p.is_halted()).count();
    }
    assert!(healthy > accounts / 8 && equal > accounts / 32, "{healthy} {equal}");
    assert!(isolated > accounts / 2 && halted > accounts / 8, "{isolated} {halted}");
}
