//! Random accounts against the venue's formula, computed in fractions: single-asset mode with isolated positions and a book
//! for each settlement asset, and multi-assets mode. Positions are held in hedge mode, on both sides of a contract.

use super::{Binance, Options};
use crate::Schedule;
use crate::tests::rounds;
use crate::venue::Venue;
use crate::venue::books::books;
use crate::venue::computed::Numbers;
use crate::venue::ratio::Ratio;
use serde_json::{Value, json};

/// Rate, cap and deduction.
type Tier = (&'static str, &'static str, &'static str);

/// Contracts in the order of their ids, with their settlement assets and tiers.
const CONTRACTS: [(&str, &str, &[Tier]); 3] = [
    ("BTCUSDC", "USDC", &[("0.01", "5000", "0"), ("0.02", "50000000", "50")]),
    (
        "BTCUSDT",
        "USDT",
        &[("0.004", "50000", "0"), ("0.005", "600000", "50"), ("0.01", "3000000", "3050")],
    ),
    ("ODDUSDT", "USDT", &[("0.00625", "1000", "0"), ("0.01333", "20000", "7.08")]),
];

fn brackets() -> Value {
    let tiers = CONTRACTS.map(|(symbol, settle, tiers)| {
        let mut floor = "0";
        let tiers: Vec<_> = tiers
            .iter()
            .map(|(rate, cap, cum)| {
                let from = std::mem::replace(&mut floor, cap);
                json!({"info": {
                    "notionalFloor": from, "notionalCap": cap, "maintMarginRatio": rate, "cum": cum,
                }})
            })
            .collect();
        (format!("{}/{settle}:{settle}", symbol.strip_suffix(settle).unwrap()), json!(tiers))
    });
    json!({"leverage_tiers": tiers.into_iter().collect::<serde_json::Map<_, _>>()})
}

fn schedule(collateral: &[&str]) -> Schedule {
    let words = |list: &[&str]| list.iter().map(|of| (*of).to_owned()).collect::<Vec<_>>();
    let (settle, collateral) = (words(&["USDT", "USDC"]), words(collateral));
    let options = Options { settle, collateral, ..Options::default() };
    Schedule::new(Binance::schedule(&brackets(), &options).unwrap().schedule).unwrap()
}

const TIME: u64 = 1_635_740_268_000;

/// A mark of eight digits: with luck at the end of a tier of a size, or where a requirement is a whole number of 1e-8, or
/// one unit beside.
fn mark(numbers: &mut Numbers, contract: usize, size: &Ratio) -> Ratio {
    let tiers = CONTRACTS[contract].2;
    let beside = Ratio::units(numbers.below(3), 8) - Ratio::of("0.00000001");
    match numbers.below(3) {
        0 => {
            let cap = Ratio::of(tiers[numbers.below(tiers.len() as u64 - 1) as usize].1);
            let thousandths: i64 = size.text(3).replace('.', "").parse().unwrap_or(1);
            let whole = !size.text(3).contains('.');
            let mark = if whole { cap.over(thousandths) } else { cap };
            mark.floor(8) + beside
        }
        // Times a rate of 2 to 5 digits this ends at or before the eighth.
        1 => Ratio::units(1 + numbers.below(20_000_000), 4) + beside,
        _ => Ratio::units(1 + numbers.below(2_000_000_000_000), 8),
    }
}

/// A position, with its figures by the formula.
struct Held {
    contract: usize,
    long: bool,
    size: Ratio,
    entry: Ratio,
    /// Wallet of an isolated one.
    wallet: Option<Ratio>,
    profit: Ratio,
    required: Ratio,
}

impl Held {
    /// One on each side of some contracts, in the order of their numbers and with isolated ones first.
    fn random(
        numbers: &mut Numbers,
        marks: &[Ratio; 3],
        sizes: &[Ratio; 3],
        isolated: bool,
    ) -> Vec<Self> {
        let mut all = Vec::new();
        for contract in 0..CONTRACTS.len() {
            for long in [true, false] {
                if numbers.below(3) == 0 {
                    continue;
                }
                // The second side of a contract has another size.
                let size = match long {
                    true => sizes[contract].clone(),
                    false => Ratio::units(1 + numbers.below(2_000), 3),
                };
                let entry = Ratio::units(1 + numbers.below(10_000_000_000), 8);
                let mark = &marks[contract];
                let gain = size.clone() * (mark.clone() - entry.clone());
                let notional = size.clone() * mark.clone();
                let row = CONTRACTS[contract].2.iter().find(|tier| notional < Ratio::of(tier.1));
                // Beyond the last tier nothing is required, because nothing can be held.
                let Some((rate, _, cum)) = row else { continue };
                let required = (notional * Ratio::of(rate) - Ratio::of(cum)).truncate(8);
                let wallet = (isolated && numbers.below(3) == 0)
                    .then(|| Ratio::units(numbers.below(100_000_000_000), 8));
                let profit = if long { gain } else { -gain };
                all.push(Self { contract, long, size, entry, wallet, profit, required });
            }
        }
        all
    }

    fn answer(&self) -> Value {
        let size = if self.long { self.size.clone() } else { -self.size.clone() };
        let wallet = self.wallet.as_ref().map_or("0".to_owned(), |wallet| wallet.text(8));
        json!({
            "symbol": CONTRACTS[self.contract].0, "positionAmt": size.text(3), "entryPrice": self.entry.text(8),
            "positionSide": if self.long { "LONG" } else { "SHORT" }, "isolated": self.wallet.is_some(),
            "isolatedWallet": wallet, "maintMargin": "0", "unrealizedProfit": "0",
        })
    }

    fn settles_in(&self, asset: &str) -> bool {
        CONTRACTS[self.contract].1 == asset
    }
}

fn sum<'a>(all: impl Iterator<Item = &'a Ratio>) -> Ratio {
    all.cloned().sum()
}

/// The answer to `account`, of balances of the cross book.
fn account(multi_assets: bool, balances: &[(&str, Ratio)], held: &[Held]) -> Value {
    let assets = balances.iter().map(|(asset, cross)| {
        let of_asset = held.iter().filter(|p| p.settles_in(asset));
        let wallets = of_asset.filter_map(|p| p.wallet.as_ref());
        let whole = cross.clone() + sum(wallets);
        json!({
            "asset": asset, "walletBalance": whole.text(11), "crossWalletBalance": cross.text(11),
            "maintMargin": "0", "unrealizedProfit": "0",
        })
    });
    json!({"account": {
        "multiAssetsMargin": multi_assets, "assets": assets.collect::<Vec<_>>(),
        "positions": held.iter().map(Held::answer).collect::<Vec<_>>(),
    }})
}

fn prices(indices: &[(&str, [Ratio; 3])], marks: &[Ratio; 3]) -> Value {
    let index = |(asset, [index, bid, ask]): &(&str, [Ratio; 3])| {
        json!({
            "symbol": format!("{asset}USD"), "time": TIME, "index": index.text(8), "bidRate": bid.text(8),
            "askRate": ask.text(8),
        })
    };
    let mark = |((symbol, ..), mark): (&(&str, &str, _), &Ratio)| json!({"symbol": symbol, "markPrice": mark.text(8), "time": TIME});
    json!({
        "assetIndex": indices.iter().map(index).collect::<Vec<_>>(),
        "premiumIndex": CONTRACTS.iter().zip(marks).map(mark).collect::<Vec<_>>(),
    })
}

/// A balance, often such that the book has exactly what it needs, or one unit beside.
fn balance(numbers: &mut Numbers, needed: Ratio) -> Ratio {
    match numbers.below(3) {
        0 => needed + Ratio::units(numbers.below(3), 11) - Ratio::units(1, 11),
        1 => Ratio::units(numbers.below(1_000_000_000_000), 8),
        _ => -Ratio::units(numbers.below(100_000_000_000), 8),
    }
}

fn random_sizes(numbers: &mut Numbers) -> [Ratio; 3] {
    [(); 3].map(|()| match numbers.below(2) {
        0 => Ratio::units(1 + numbers.below(4), 0),
        _ => Ratio::units(1 + numbers.below(3_000), 3),
    })
}

#[test]
fn accounts_of_single_asset_mode_have_the_figures_of_the_formula() {
    let schedule = schedule(&[]);
    let mut numbers = Numbers::new(31);
    let [mut healthy, mut equal, mut isolated] = [0; 3];
    let accounts = rounds(2_000);
    for _ in 0..accounts {
        let sizes = random_sizes(&mut numbers);
        let marks = [0, 1, 2].map(|i| mark(&mut numbers, i, &sizes[i]));
        let held = Held::random(&mut numbers, &marks, &sizes, true);
        let settling = ["USDT", "USDC"];
        let crosses = settling.map(|asset| {
            let cross = held.iter().filter(|p| p.settles_in(asset) && p.wallet.is_none());
            let (required, profit): (Vec<_>, Vec<_>) =
                cross.map(|p| (&p.required, &p.profit)).unzip();
            (sum(required.into_iter()), sum(profit.into_iter()))
        });
        let balances = [0, 1].map(|i| {
            let (required, profit) = &crosses[i];
            (settling[i], balance(&mut numbers, required.clone() - profit.clone()))
        });
        let indices = settling.map(|asset| {
            let index = Ratio::units(99_000_000 + numbers.below(2_000_000), 8);
            (asset, [index.clone(), index.clone(), index])
        });
        let snapshot = Binance::snapshot(&prices(&indices, &marks), &schedule).unwrap();
        let file = Binance::account(&account(false, &balances, &held), &schedule).unwrap();
        let market = crate::compile(&schedule, &snapshot).unwrap();
        let own: Vec<_> = held
            .iter()
            .filter_map(|p| Some((p.wallet.clone()? + p.profit.clone(), p.required.clone())))
            .collect();
        let all_hold = own.iter().all(|(equity, required)| equity > required);
        isolated += own.len();
        let computed = books(&market, &file);
        assert_eq!(computed.len(), 2);
        for (i, book) in computed.iter().enumerate() {
            let (required, profit) = &crosses[i];
            let equity = balances[i].1.clone() + profit.clone();
            let [index, ..] = &indices[i].1;
            assert_eq!(book.equity, equity.clone() * index.clone());
            assert_eq!(book.required, required.clone() * index.clone());
            assert!(book.isolated == own, "{:?} {own:?}", book.isolated);
            // Equality is not healthy.
            assert_eq!(book.healthy, equity > *required && all_hold);
            healthy += usize::from(book.healthy);
            equal += usize::from(equity == *required);
        }
    }
    assert!(healthy > accounts / 16 && equal > accounts / 8, "{healthy} {equal}");
    assert!(isolated > accounts / 2, "{isolated}");
}

#[test]
fn accounts_of_multi_assets_mode_have_the_figures_of_the_formula() {
    let schedule = schedule(&["BTC"]);
    let mut numbers = Numbers::new(37);
    let [mut healthy, mut owing, mut equal] = [0; 3];
    let accounts = rounds(2_000);
    for _ in 0..accounts {
        let sizes = random_sizes(&mut numbers);
        let marks = [0, 1, 2].map(|i| mark(&mut numbers, i, &sizes[i]));
        let held = Held::random(&mut numbers, &marks, &sizes, false);
        // A coin of the least price makes up what is missing, to the last digit of equity.
        let exact = numbers.below(3) == 0;
        // Bid and ask are one percent below and half a percent above, cut to eight digits.
        let indices = [("USDT", 1), ("USDC", 1), ("BTC", 60_000)].map(|(asset, about)| {
            let index = Ratio::units(about * (99_000_000 + numbers.below(2_000_000)), 8);
            let bid = (index.clone() * Ratio::of("0.99")).floor(8);
            let ask = (index.clone() * Ratio::of("1.005")).floor(8);
            match (asset, exact) {
                ("BTC", true) => (asset, [(); 3].map(|()| Ratio::units(1, 8))),
                _ => (asset, [index, bid, ask]),
            }
        });
        let value = |i: usize, amount: &Ratio| {
            let [_, bid, ask] = &indices[i].1;
            amount.clone() * if amount.is_negative() { ask.clone() } else { bid.clone() }
        };
        let (mut required, mut equity) = (Ratio::units(0, 0), Ratio::units(0, 0));
        let mut balances = Vec::new();
        for (i, asset) in ["USDT", "USDC"].into_iter().enumerate() {
            let of_asset: Vec<_> = held.iter().filter(|p| p.settles_in(asset)).collect();
            let profit = sum(of_asset.iter().map(|p| &p.profit));
            let own = sum(of_asset.iter().map(|p| &p.required));
            let cash = balance(&mut numbers, own.clone() - profit.clone());
            let amount = cash.clone() + profit;
            owing += usize::from(amount.is_negative());
            equity = equity + value(i, &amount);
            required = required + own * indices[i].1[2].clone();
            balances.push((asset, cash));
        }
        let coins = match exact {
            true => {
                let missing = (required.clone() - equity.clone()) * Ratio::of("100000000");
                missing + Ratio::units(numbers.below(3), 11) - Ratio::units(1, 11)
            }
            false => Ratio::units(numbers.below(20_000_000), 8) - Ratio::of("0.1"),
        };
        owing += usize::from(coins.is_negative());
        equity = equity + value(2, &coins);
        balances.push(("BTC", coins));
        let snapshot = Binance::snapshot(&prices(&indices, &marks), &schedule).unwrap();
        let file = Binance::account(&account(true, &balances, &held), &schedule).unwrap();
        let market = crate::compile(&schedule, &snapshot).unwrap();
        let computed = books(&market, &file);
        let [book] = &computed[..] else { panic!("{}", computed.len()) };
        assert!(book.equity == equity && book.required == required);
        assert_eq!(book.healthy, equity > required);
        healthy += usize::from(book.healthy);
        equal += usize::from(equity == required);
    }
    assert!((accounts / 8..accounts * 7 / 8).contains(&healthy), "{healthy}");
    assert!(owing > accounts / 2 && equal > accounts / 16, "{owing} {equal}");
}
