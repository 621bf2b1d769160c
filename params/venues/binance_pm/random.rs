//! Random accounts against the page's formula, computed in fractions: debts in full and deposits at their rates, both tiers,
//! both sides of a contract, and equity that is what is required or one unit beside.

use super::tests::{account, markets, prices};
use super::*;
use crate::tests::rounds;
use crate::venue::books::books;
use crate::venue::computed::Numbers;
use crate::venue::ratio::Ratio;
use serde_json::json;

/// Half a percent up to 10,000, and one percent less 50.
fn required(notional: &Ratio) -> Ratio {
    let first = *notional < Ratio::of("10000");
    let (rate, cum) = if first { ("0.005", "0") } else { ("0.01", "50") };
    let truncated = (notional.clone() * Ratio::of(rate) - Ratio::of(cum)).truncate(8);
    (truncated * Ratio::of("1.05")).truncate(10)
}

#[test]
fn accounts_have_the_figures_of_the_formula() {
    let schedule = Schedule::new(
        BinancePortfolioMargin::schedule(&markets(), &Options::default()).unwrap().schedule,
    );
    let schedule = schedule.unwrap();
    let mut numbers = Numbers::new(41);
    let [mut healthy, mut equal, mut owing, mut second] = [0; 4];
    let accounts = rounds(2_000);
    for _ in 0..accounts {
        let marks = [(); 2].map(|()| match numbers.below(2) {
            // A size of one or more ends the first tier, or is one unit beside.
            0 => {
                let cap = Ratio::units(10_000, 0).over(1 + numbers.below(4) as i64).floor(8);
                cap + Ratio::units(numbers.below(3), 8) - Ratio::units(1, 8)
            }
            _ => Ratio::units(1 + numbers.below(500_000_000_000), 8),
        });
        let indices = [("USDT", 1), ("BTC", 40_000), ("ETH", 3_000)].map(|(asset, about)| {
            (asset, Ratio::units(about * (99_000_000 + numbers.below(2_000_000)), 8))
        });
        let exact = numbers.below(3) == 0;
        let (mut profit, mut needed, mut positions) =
            (Ratio::units(0, 0), Ratio::units(0, 0), Vec::new());
        for (symbol, mark) in ["BTCUSDT", "BTCUSDT_220624"].into_iter().zip(&marks) {
            for long in [true, false] {
                if numbers.below(3) == 0 {
                    continue;
                }
                let size = match numbers.below(2) {
                    0 => Ratio::units(1 + numbers.below(4), 0),
                    _ => Ratio::units(1 + numbers.below(10_000), 3),
                };
                let notional = size.clone() * mark.clone();
                if notional >= Ratio::of("100000") {
                    continue;
                }
                second += usize::from(notional >= Ratio::of("10000"));
                let entry = Ratio::units(1 + numbers.below(500_000_000_000), 8);
                let gain = size.clone() * (mark.clone() - entry.clone());
                profit = profit + if long { gain } else { -gain };
                needed = needed + required(&notional);
                positions.push(json!({
                    "symbol": symbol, "positionAmt": if long { size } else { -size }.text(3),
                    "entryPrice": entry.text(8), "unrealizedProfit": "0", "maintMargin": "0",
                    "positionSide": if long { "LONG" } else { "SHORT" }, "leverage": "20",
                }));
            }
        }
        // Wallets of margin, USD-M and COIN-M contracts.
        let random = |numbers: &mut Numbers, below: u64, digits| {
            Ratio::units(numbers.below(below), digits) - Ratio::units(numbers.below(below), digits)
        };
        let mut wallets = [(); 3].map(|()| [(); 3].map(|()| Ratio::units(0, 0)));
        for wallet in &mut wallets {
            *wallet = [(); 3].map(|()| random(&mut numbers, 1_000_000_000, 8));
        }
        if exact {
            wallets[1] = [(); 3].map(|()| Ratio::units(0, 0));
            wallets[2] = [(); 3].map(|()| Ratio::units(0, 0));
            let missing = needed.clone() - profit.clone() + Ratio::units(numbers.below(3), 11);
            let [first, second, _] = wallets[0].clone();
            wallets[0][2] = missing - Ratio::units(1, 11) - first - second;
        }
        let mut equity = Ratio::units(0, 0);
        for (i, rate) in ["1", "0.95", "0.9"].into_iter().enumerate() {
            let amount: Ratio = wallets[i].iter().cloned().sum();
            let amount = if i == 0 { amount + profit.clone() } else { amount };
            owing += usize::from(amount.is_negative());
            let rate = if amount.is_negative() { Ratio::of("1") } else { Ratio::of(rate) };
            equity = equity + amount * indices[i].1.clone() * rate;
        }
        let required = needed * indices[0].1.clone();
        let (mut state, mut market) = (account(), prices());
        for (i, own) in wallets.iter().enumerate() {
            for (name, amount) in
                ["crossMarginAsset", "umWalletBalance", "cmWalletBalance"].iter().zip(own)
            {
                state["balance"][i][name] = json!(amount.text(11));
            }
            market["assetIndexPrice"][i]["assetIndexPrice"] = json!(indices[i].1.text(8));
        }
        let um = &mut state["umAccount"];
        um["assets"][0] = json!({
            "asset": "USDT", "crossWalletBalance": wallets[0][1].text(11), "crossUnPnl": "0", "maintMargin": "0",
        });
        um["positions"] = json!(positions);
        for (i, mark) in marks.iter().enumerate() {
            market["premiumIndex"][i]["markPrice"] = json!(mark.text(8));
        }
        let snapshot = BinancePortfolioMargin::snapshot(&market, &schedule).unwrap();
        let file = BinancePortfolioMargin::account(&state, &schedule).unwrap();
        let computed = books(&crate::compile(&schedule, &snapshot).unwrap(), &file);
        let [book] = &computed[..] else { panic!("{}", computed.len()) };
        assert_eq!(book.equity, equity);
        assert_eq!(book.required, required);
        // Equality is not healthy.
        assert_eq!(book.healthy, equity > required);
        healthy += usize::from(book.healthy);
        equal += usize::from(equity == required);
    }
    assert!((accounts / 8..accounts * 7 / 8).contains(&healthy), "{healthy}");
    assert!(
        equal > accounts / 16 && owing > accounts / 2 && second > accounts / 4,
        "{equal} {owing} {second}"
    );
}
