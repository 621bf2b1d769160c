//! Random accounts against the venue's formula, computed in fractions: a sixth of the notional and both tiers of a margin
//! table, rounded down, in the cross book and in isolated ones.

use super::tests::meta;
use super::{Hyperliquid, Options};
use crate::Schedule;
use crate::tests::rounds;
use crate::venue::Venue;
use crate::venue::books::books;
use crate::venue::computed::Numbers;
use crate::venue::ratio::Ratio;
use num_bigint::BigInt;
use serde_json::{Value, json};

/// Name, digits of a size and maximum leverage; the first has half of it from 150,000,000 on.
const COINS: [(&str, u32, i64); 4] =
    [("BTC", 5, 40), ("ETH", 4, 50), ("ODD", 2, 3), ("LTC", 2, 10)];
/// Place of each in the universe of the tests.
const PLACES: [usize; 4] = [0, 2, 4, 5];

fn required(coin: usize, notional: &Ratio) -> Ratio {
    let (_, _, leverage) = COINS[coin];
    let edge = Ratio::of("150000000");
    let exact = match coin == 0 && *notional >= edge {
        // 1/40 less what makes it continuous: 1/80 of the bound.
        true => notional.clone().over(leverage) - edge.over(2 * leverage),
        false => notional.clone().over(2 * leverage),
    };
    exact.floor(6)
}

struct Held {
    coin: usize,
    size: Ratio,
    value: Ratio,
    profit: Ratio,
    required: Ratio,
    isolated: Option<Ratio>,
}

impl Held {
    fn random(numbers: &mut Numbers, coin: usize, mark: &Ratio) -> Self {
        let (_, digits, _) = COINS[coin];
        let units = match numbers.below(3) {
            0 => 1 + numbers.below(9),
            1 => 10_u64.pow(digits) * (1 + numbers.below(5_000)),
            _ => 1 + numbers.below(1_000_000_000),
        };
        let size = Ratio::units(units, digits);
        let notional = size.clone() * mark.clone();
        let long = numbers.below(2) == 0;
        // Below the notional, so that the entry is of the position's side.
        let below = notional.text(6).replace('.', "").len().min(12) as u32;
        let profit = Ratio::units(numbers.below(10_u64.pow(below)), 6);
        let profit = if profit < notional { profit } else { Ratio::units(0, 0) };
        let profit = if numbers.below(2) == 0 { profit } else { -profit };
        let isolated = (numbers.below(3) == 0).then(|| {
            // Equity of the book: often what it needs, or one unit beside.
            match numbers.below(2) {
                0 => {
                    required(coin, &notional) + Ratio::units(numbers.below(3), 6)
                        - Ratio::units(1, 6)
                }
                _ => Ratio::units(numbers.below(100_000_000_000), 6),
            }
        });
        let signed = |x: &Ratio| if long { x.clone() } else { -x.clone() };
        let required = required(coin, &notional);
        Self { coin, size: signed(&size), value: signed(&notional), profit, required, isolated }
    }

    fn answer(&self) -> Value {
        let leverage = match &self.isolated {
            None => json!({"type": "cross", "value": 3}),
            // What is there besides the value: the book's equity less it.
            Some(equity) => {
                let raw = equity.clone() - self.value.clone();
                json!({"type": "isolated", "value": 3, "rawUsd": raw.text(6)})
            }
        };
        let (name, digits, _) = COINS[self.coin];
        json!({"type": "oneWay", "position": {
            "coin": name, "szi": self.size.text(digits), "positionValue": self.value.abs().text(6),
            "unrealizedPnl": self.profit.text(6), "leverage": leverage,
        }})
    }
}

/// Account value, notional and what is there besides values, in a summary.
fn summary(equity: &Ratio, held: &[&Held]) -> Value {
    let values: Ratio = held.iter().map(|p| p.value.clone()).sum();
    let notional: Ratio = held.iter().map(|p| p.value.abs()).sum();
    json!({
        "accountValue": equity.text(6), "totalNtlPos": notional.text(6),
        "totalRawUsd": (equity.clone() - values).text(6),
    })
}

#[test]
fn accounts_have_the_figures_of_the_formula() {
    let schedule = Hyperliquid::schedule(&meta(), &Options::default()).unwrap().schedule;
    let schedule = Schedule::new(schedule).unwrap();
    let mut numbers = Numbers::new(43);
    let [mut healthy, mut equal, mut second, mut isolated, mut mixed] = [0; 5];
    let accounts = rounds(2_000);
    for _ in 0..accounts {
        let marks = COINS.map(|(_, digits, _)| {
            let most = 10_u64.pow(6 - digits);
            match numbers.below(2) {
                // With a size of 3,000 this ends the first tier of BTC, or is one unit beside.
                0 => Ratio::units(50_000 * most + numbers.below(3) - 1, 6 - digits),
                _ => Ratio::units(1 + numbers.below(100_000 * most), 6 - digits),
            }
        });
        let mut held = Vec::new();
        for (coin, mark) in marks.iter().enumerate() {
            if numbers.below(4) > 0 {
                let mut position = Held::random(&mut numbers, coin, mark);
                if coin == 0 && numbers.below(4) == 0 {
                    let size = Ratio::units(BigInt::from(3_000), 0);
                    position.value = size.clone() * mark.clone();
                    position.required = required(0, &position.value);
                    (position.size, position.profit) = (size, Ratio::units(0, 0));
                }
                second += usize::from(coin == 0 && position.value.abs() >= Ratio::of("150000000"));
                held.push(position);
            }
        }
        let cross: Vec<_> = held.iter().filter(|p| p.isolated.is_none()).collect();
        let needed: Ratio = cross.iter().map(|p| p.required.clone()).sum();
        let equity = match numbers.below(3) {
            0 => needed.clone() + Ratio::units(numbers.below(3), 6) - Ratio::units(1, 6),
            1 => Ratio::units(numbers.below(10_000_000_000_000), 6),
            _ => -Ratio::units(numbers.below(1_000_000_000), 6),
        };
        let own: Vec<_> =
            held.iter().filter_map(|p| Some((p.isolated.clone()?, p.required.clone()))).collect();
        let whole = equity.clone() + own.iter().map(|(equity, _)| equity.clone()).sum();
        let state = json!({
            "assetPositions": held.iter().map(Held::answer).collect::<Vec<_>>(),
            "crossMarginSummary": summary(&equity, &cross),
            "marginSummary": summary(&whole, &held.iter().collect::<Vec<_>>()),
            "time": 1_700_000_000_000_u64,
        });
        let mut contexts = vec![json!({"markPx": "1"}); 6];
        for ((place, mark), (_, digits, _)) in PLACES.into_iter().zip(&marks).zip(COINS) {
            contexts[place]["markPx"] = json!(mark.text(6 - digits));
        }
        let prices =
            json!({"metaAndAssetCtxs": [meta()["meta"], contexts], "clearinghouseState": state});
        let snapshot = Hyperliquid::snapshot(&prices, &schedule).unwrap();
        let file = Hyperliquid::account(&state, &schedule).unwrap();
        let computed = books(&crate::compile(&schedule, &snapshot).unwrap(), &file);
        let [book] = &computed[..] else { panic!("{}", computed.len()) };
        assert_eq!(book.equity, equity);
        assert_eq!(book.required, needed);
        assert_eq!(book.isolated, own);
        let holds = |equity: &Ratio, required: &Ratio| equity >= required;
        let all = holds(&equity, &needed) && own.iter().all(|(e, m)| holds(e, m));
        assert_eq!(book.healthy, all);
        healthy += usize::from(all);
        equal += usize::from(equity == needed);
        isolated += own.len();
        mixed += usize::from(!own.is_empty() && !cross.is_empty());
    }
    assert!((accounts / 8..accounts * 7 / 8).contains(&healthy), "{healthy}");
    assert!(equal > accounts / 16 && second > accounts / 40, "{equal} {second}");
    assert!(isolated > accounts / 2 && mixed > accounts / 2, "{isolated} {mixed}");
}
