//! Random multi-collateral accounts against the venue's formula, computed in fractions: levels by the value at entry, whose
//! upper ends are in them, long and short, with funding that is not settled.

use super::tests::{accounts, list};
use super::*;
use crate::tests::rounds;
use crate::venue::books::books;
use crate::venue::computed::Numbers;
use crate::venue::ratio::Ratio;
use crate::{Schedule, compile};
use serde_json::json;

/// Contracts with the digits of their sizes, the end of their first level, and its rate; the next one is twice that.
const CONTRACTS: [(&str, u32, &str, &str); 3] = [
    ("PF_ETHUSD", 3, "2000000", "0.01"),
    ("PF_PEPEUSD", 0, "2000000", "0.01"),
    ("PF_AAPLxUSD", 2, "1000", "0.1"),
];

/// A JSON number as it is written.
fn written(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn linear_accounts_have_the_figures_of_the_formula() {
    let schedule = Kraken::schedule(&list(), &Options::default()).unwrap().schedule;
    let schedule = Schedule::new(schedule).unwrap();
    let mut numbers = Numbers::new(53);
    let [mut healthy, mut equal, mut second, mut edge] = [0; 4];
    let rounds = rounds(2_000);
    for _ in 0..rounds {
        let (mut positions, mut tickers) = (Vec::new(), Vec::new());
        let (mut results, mut needed, mut funding) =
            (Ratio::units(0, 0), Ratio::units(0, 0), Ratio::units(0, 0));
        for (symbol, digits, end, rate) in CONTRACTS {
            let mark = Ratio::units(1 + numbers.below(5_000_000), 4);
            tickers.push(json!({"symbol": symbol, "markPrice": written(&mark.text(4))}));
            if numbers.below(4) == 0 {
                continue;
            }
            // A value at entry that is the end of the first level, or beside it by the least that size and price have.
            let at_end = numbers.below(3) == 0;
            let beside = Ratio::units(numbers.below(3), 4) - Ratio::units(1, 4);
            let (size, price) = match at_end {
                true => {
                    let size = [1_i64, 2, 4, 5][numbers.below(4) as usize];
                    (Ratio::units(size, 0), Ratio::of(end).over(size) + beside)
                }
                false => (
                    Ratio::units(1 + numbers.below(10_000_000), digits),
                    Ratio::units(1 + numbers.below(50_000_000), 4),
                ),
            };
            let value = size.clone() * price.clone();
            edge += usize::from(value == Ratio::of(end));
            let high = value > Ratio::of(end);
            second += usize::from(high);
            let rate = Ratio::of(rate) * Ratio::units(if high { 2 } else { 1 }, 0);
            needed = needed + value * rate;
            let long = numbers.below(2) == 0;
            let gain = size.clone() * (mark - price.clone());
            results = results + if long { gain } else { -gain };
            let own = Ratio::units(numbers.below(2_000_000), 6) - Ratio::of("1");
            funding = funding + own.clone();
            positions.push(json!({
                "side": if long { "long" } else { "short" }, "symbol": symbol, "price": written(&price.text(4)),
                "size": written(&size.text(digits)), "unrealizedFunding": written(&own.text(6)),
            }));
        }
        let cash = match numbers.below(2) {
            0 => {
                let beside = Ratio::units(numbers.below(3), 8) - Ratio::units(1, 8);
                needed.clone() - results.clone() - funding.clone() + beside
            }
            _ => {
                Ratio::units(numbers.below(10_000_000_000), 4)
                    - Ratio::units(numbers.below(1_000_000_000), 4)
            }
        };
        // Fifteen digits are all that a number of the venue surely holds.
        let cash = cash.floor(8);
        if cash.text(8).bytes().filter(u8::is_ascii_digit).count() > 15 {
            continue;
        }
        let mut wallets = accounts();
        wallets["accounts"]["flex"]["currencies"]["USD"]["quantity"] = written(&cash.text(8));
        wallets["accounts"]["flex"]["maintenanceMargin"] = json!(0.0);
        let opened = json!({
            "result": "success", "serverTime": "2023-04-07T16:12:15.410Z", "openPositions": positions,
        });
        let prices = json!({
            "result": "success", "serverTime": "2025-11-17T00:34:37.524Z", "tickers": tickers,
        });
        let source = json!({"accounts": wallets, "openpositions": opened});
        let file = Kraken::account(&source, &schedule).unwrap();
        let snapshot = Kraken::snapshot(&prices, &schedule).unwrap();
        let computed = books(&compile(&schedule, &snapshot).unwrap(), &file);
        let [book] = &computed[..] else { panic!("{}", computed.len()) };
        let equity = cash + results + funding;
        assert_eq!(book.equity, equity);
        assert_eq!(book.required, needed);
        // Equality is healthy.
        assert_eq!(book.healthy, equity >= needed);
        healthy += usize::from(book.healthy);
        equal += usize::from(equity == needed);
    }
    assert!((rounds / 8..rounds * 7 / 8).contains(&healthy), "{healthy}");
    assert!(
        equal > rounds / 32 && second > rounds / 4 && edge > rounds / 16,
        "{equal} {second} {edge}"
    );
}
