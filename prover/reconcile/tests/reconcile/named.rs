//! Causes that were named by hand, each with the computation that confirms it from the sample's own figures, and samples
//! that contradict themselves, each with the two figures that do.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::Value;
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// What is known by hand about a figure for which no cause was found.
#[derive(Clone, Copy)]
pub struct Named {
    /// What it measures and what it is about, as in the table.
    pub figure: &'static str,
    pub words: &'static str,
    pub by: By,
}

/// Two numbers of an answer.
type Two = fn(&Value) -> [BigRational; 2];

#[derive(Clone, Copy)]
pub enum By {
    /// The figure and what the named cause makes of it are the same.
    Recomputed(Two),
    /// Two figures of the sample that cannot both be right.
    Contradiction(Two),
}

impl Named {
    /// Whether the computation bears out what is named.
    pub fn holds(&self, answer: &Value) -> bool {
        match self.by {
            By::Recomputed(two) => {
                let [stated, made] = two(answer);
                stated == made
            }
            By::Contradiction(two) => {
                let [one, other] = two(answer);
                one != other
            }
        }
    }
}

/// The decimal number at a place, in text or as a JSON number.
fn at(answer: &Value, place: &str) -> BigRational {
    let value = answer.pointer(place).unwrap_or_else(|| panic!("{place}"));
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    number(&text)
}

pub fn number(text: &str) -> BigRational {
    let decimal = Decimal::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    BigRational::new(decimal.coefficient().clone(), power_of_ten(decimal.scale()))
}

fn whole(number: i64) -> BigRational {
    BigRational::from_integer(number.into())
}

/// To the nearest, at this many digits.
fn nearest(number: &BigRational, digits: u32) -> BigRational {
    let unit = power_of_ten(digits);
    (number * &unit).round() / unit
}

const fn recomputed(figure: &'static str, words: &'static str, two: Two) -> Named {
    Named { figure, words, by: By::Recomputed(two) }
}

const fn contradiction(figure: &'static str, words: &'static str, two: Two) -> Named {
    Named { figure, words, by: By::Contradiction(two) }
}

pub const WLDUSDT: &[Named] = &[
    recomputed(
        "unrealized-profit of WLDUSDT short",
        "the profit is that of an entry price of 2.36, where the answer says 2.34",
        |a| {
            let value = -at(a, "/0/notional");
            let profit = at(a, "/0/positionAmt") * number("2.36");
            [at(a, "/0/unrealizedProfit"), -value - profit]
        },
    ),
    contradiction(
        "initial of WLDUSDT short",
        "the position's part of the initial margin, 118.82116614, is more than the whole, 99.62303962, in which orders have nothing",
        |a| {
            let orders = at(a, "/0/openOrderInitialMargin");
            [at(a, "/0/initialMargin"), at(a, "/0/positionInitialMargin") + orders]
        },
    ),
];

pub const ACCOUNT_UPDATE: &[Named] = &[contradiction(
    "balance of USDT",
    "the wallet is 122624.12345678, and the cross wallet with the isolated ones 19871.25584357",
    |a| {
        let isolated = (0..3).map(|n| at(a, &format!("/a/P/{n}/iw")));
        let sum: BigRational = isolated.sum();
        [at(a, "/a/B/0/wb"), at(a, "/a/B/0/cw") + sum]
    },
)];

/// A position of which the profit gives one mark and the equity another.
const DYDX_POSITION: &str = "/contents/subaccount/openPerpetualPositions/BTC-USD";

pub const DYDX: &[Named] = &[
    contradiction(
        "equity of cross book",
        "the profit of 125 on 0.5 is that of a mark of 43250, and the equity that of one of 50001",
        |a| {
            let position = |name: &str| at(a, &format!("{DYDX_POSITION}/{name}"));
            let of_profit = position("entryPrice") + position("unrealizedPnl") / position("size");
            let cash = at(a, "/contents/subaccount/assetPositions/USDC/size");
            [of_profit, (at(a, "/contents/subaccount/equity") - cash) / position("size")]
        },
    ),
    contradiction(
        "available of cross book",
        "equity less free collateral, 25000.25, is more than the whole value of the only position at the mark of its profit, 21625",
        |a| {
            let position = |name: &str| at(a, &format!("{DYDX_POSITION}/{name}"));
            let value = position("size") * position("entryPrice") + position("unrealizedPnl");
            let [equity, free] = ["equity", "freeCollateral"]
                .map(|name| at(a, &format!("/contents/subaccount/{name}")));
            [equity - free, value]
        },
    ),
];

pub const LIGHTER_POSITIONS: &[Named] = &[contradiction(
    "unrealized-profit of market-0 long",
    "the profit is 3.45, and the value of the position less that at entry nothing",
    |a| {
        let position = |name: &str| at(a, &format!("/positions/0/{name}"));
        let entry = position("position") * position("avg_entry_price");
        [position("unrealized_pnl"), position("position_value") - entry]
    },
)];

/// The part of the equity that is margin, in percent, to two digits.
fn margin_usage(a: &Value) -> [BigRational; 2] {
    let stats = |name: &str| at(a, &format!("/stats/cross_stats/{name}"));
    let value = stats("portfolio_value");
    let used = (&value - stats("available_balance")) / value * whole(100);
    [stats("margin_usage"), nearest(&used, 2)]
}

pub const LIGHTER_STATS: &[Named] = &[
    recomputed(
        "equity of cross book",
        "a position that is in neither message has lost 0.0002: its initial margin is what the message's own margin usage, 2.07 percent, says",
        margin_usage,
    ),
    recomputed(
        "available of cross book",
        "the initial margin of a position that is in neither message, 0.826855, is 2.07 percent of the equity, as the message's own margin usage says",
        margin_usage,
    ),
];

fn bybit_position(a: &Value, place: usize, name: &str) -> BigRational {
    at(a, &format!("/position-list/result/list/{place}/{name}"))
}

/// Whether a figure is this many parts per 10,000 of the value at entry.
fn of_entry(a: &Value, place: usize, name: &str, parts: i64) -> [BigRational; 2] {
    let value = bybit_position(a, place, "size") * bybit_position(a, place, "avgPrice");
    [bybit_position(a, place, name), value * whole(parts) / whole(10_000)]
}

/// The same of one over the leverage.
fn by_leverage(a: &Value, place: usize) -> [BigRational; 2] {
    let [initial, value] = of_entry(a, place, "positionIM", 10_000);
    [initial, value / bybit_position(a, place, "leverage")]
}

pub const BYBIT_POSITIONS: &[Named] = &[
    recomputed("maintenance of BTCUSDT long", "a rate of 1 % of the value at entry", |a| {
        of_entry(a, 0, "positionMM", 100)
    }),
    recomputed("initial of BTCUSDT long", "the value at entry, 25000, over the leverage", |a| {
        by_leverage(a, 0)
    }),
    recomputed("maintenance of ETHUSDT short", "a rate of 2 % of the value at entry", |a| {
        of_entry(a, 1, "positionMM", 200)
    }),
    recomputed("initial of ETHUSDT short", "the value at entry, 15000, over the leverage", |a| {
        by_leverage(a, 1)
    }),
];

pub const BYBIT_NOTHING: &[Named] = &[
    contradiction(
        "maintenance of LTCUSDT long",
        "nothing is required of a position worth 70, and something of its margin, 7",
        |a| [bybit_position(a, 0, "positionMM"), bybit_position(a, 0, "positionBalance")],
    ),
    contradiction(
        "initial of LTCUSDT long",
        "the initial margin is 0, and the margin of the position at its leverage of 10 is 7",
        |a| [bybit_position(a, 0, "positionIM"), bybit_position(a, 0, "positionBalance")],
    ),
];

/// Both margins hold the same fee to close where the value is that of prices one dollar higher; the message's own value at
/// entry is that of such a price.
fn bybit_fee(a: &Value) -> [BigRational; 2] {
    let of = |name: &str| bybit_position(a, 0, name);
    let one = whole(1);
    assert_eq!(of("positionValue"), of("size") * (of("avgPrice") + &one));
    let value = of("size") * (of("markPrice") + one);
    let fee = of("positionIM") - &value / of("leverage");
    [of("positionMM") - value * whole(50) / whole(10_000), fee]
}

const ONE_HIGHER: &str = "both prices of the message are one dollar lower than those of its figures, as its own value at entry, 36.42075, shows; at a mark of 3642.33 both margins hold the same fee to close, 0.02069936";

pub const BYBIT_FEE: &[Named] = &[
    recomputed("maintenance of ETHUSDT short", ONE_HIGHER, bybit_fee),
    recomputed("initial of ETHUSDT short", ONE_HIGHER, bybit_fee),
];

pub const BYBIT_TENTH: &[Named] = &[
    recomputed("maintenance of BTCUSDT long", "a rate of 0.1 % of the value at entry", |a| {
        of_entry(a, 0, "positionMM", 10)
    }),
    contradiction(
        "initial of BTCUSDT long",
        "the initial margin is 50, and the margin of the position at its leverage of 10 is 500",
        |a| [bybit_position(a, 0, "positionIM"), bybit_position(a, 0, "positionBalance")],
    ),
];

pub const BYBIT_OLD: &[Named] = &[recomputed(
    "liquidation-price of ETHUSDT long, isolated",
    "an answer of 2022: entry price less the initial margin and with 0.5 % of the value at entry, per coin, raised to the tick of 0.05",
    |a| {
        let entry = bybit_position(a, 0, "avgPrice");
        let kept = whole(1) - whole(1) / bybit_position(a, 0, "leverage") + number("0.005");
        let ticks = (entry * kept * whole(20)).ceil();
        [bybit_position(a, 0, "liqPrice"), ticks / whole(20)]
    },
)];

fn wallet(a: &Value, name: &str) -> BigRational {
    at(a, &format!("/wallet-balance/result/list/0/{name}"))
}

pub const BYBIT_BORROWED: &[Named] = &[recomputed(
    "equity of USDT, cross book",
    "what is borrowed, 200, lowers the equity; the schedule leaves borrowing out",
    |a| {
        let coin = |name: &str| wallet(a, &format!("coin/0/{name}"));
        [coin("equity"), coin("walletBalance") - coin("borrowAmount")]
    },
)];

/// The coin's initial margin is what is not available.
fn bybit_initial(a: &Value) -> [BigRational; 2] {
    let coin = |name: &str| wallet(a, &format!("coin/1/{name}"));
    let rest = coin("walletBalance") - coin("availableToWithdraw");
    assert_eq!(wallet(a, "totalInitialMargin"), rest);
    [coin("totalPositionIM"), rest]
}

pub const BYBIT_WALLET: &[Named] = &[
    recomputed(
        "equity of USDT, cross book",
        "positions in another message are worth 578.45037859, which the account's equity has more than its wallet too",
        |a| {
            let coin = |name: &str| wallet(a, &format!("coin/1/{name}"));
            let whole = wallet(a, "totalEquity") - wallet(a, "totalWalletBalance");
            [coin("equity") - coin("walletBalance"), whole]
        },
    ),
    recomputed(
        "maintenance of USDT, cross book",
        "the positions are in another message; it is the account's whole maintenance margin",
        |a| [wallet(a, "coin/1/totalPositionMM"), wallet(a, "totalMaintenanceMargin")],
    ),
    recomputed(
        "initial of USDT, cross book",
        "the positions are in another message; it is what the wallet has more than is available",
        bybit_initial,
    ),
];

pub const BYBIT_LOCKED: &[Named] = &[
    recomputed(
        "maintenance of USDT, cross book",
        "the positions are in another message; it is the account's whole maintenance margin",
        |a| [wallet(a, "coin/0/totalPositionMM"), wallet(a, "totalMaintenanceMargin")],
    ),
    recomputed(
        "initial of USDT, cross book",
        "the positions are in another message; with the margin of orders, 80, it is the account's whole initial margin",
        |a| {
            let coin = |name: &str| wallet(a, &format!("coin/0/{name}"));
            [coin("totalPositionIM") + coin("totalOrderIM"), wallet(a, "totalInitialMargin")]
        },
    ),
];

fn okx_coin(a: &Value, name: &str) -> BigRational {
    at(a, &format!("/balance/data/0/details/0/{name}"))
}

pub const OKX: &[Named] = &[
    recomputed(
        "equity of USDT",
        "the isolated position, which is in another answer, has an equity of 5.468566666666667; the sum is kept in 64 bits",
        |a| {
            let [stated, made] = [okx_coin(a, "eq"), okx_coin(a, "cashBal") + okx_coin(a, "isoEq")];
            // Numbers between 64 and 128 are multiples of 2^-46 there.
            let step = BigRational::new(1.into(), BigInt::from(1) << 46);
            match (&stated - &made).abs() <= step {
                true => [stated.clone(), stated],
                false => [stated, made],
            }
        },
    ),
    recomputed(
        "unrealized-profit of USDT",
        "it is all of the isolated position, which is in another answer",
        |a| [okx_coin(a, "upl"), okx_coin(a, "isoUpl")],
    ),
];

pub const BITMEX: &[Named] = &[
    recomputed(
        "maintenance of XBTUSD long, isolated",
        "0.5 % of the value at entry, 5102, and the account's own fee of it, 765",
        |a| {
            let of = |name: &str| at(a, &format!("/position/0/{name}"));
            let entry = of("unrealisedCost").abs();
            let fee = (&entry * of("commission")).floor();
            assert_eq!(fee, of("posComm"));
            [of("posMaint"), (entry * of("maintMarginReq")).floor() + fee]
        },
    ),
    recomputed(
        "maintenance of XBT",
        "the account counts the margin of the isolated position, 15949, not what it requires",
        |a| [at(a, "/margin/maintMargin"), at(a, "/position/0/maintMargin")],
    ),
];

pub const BITMEX_POSITIONS: &[Named] = &[contradiction(
    "maintenance of XBTUSD long, isolated",
    "half of the initial margin, 1024, which is said to be 1 % of the value at entry, 1033.91",
    |a| {
        let of = |name: &str| at(a, &format!("/position/0/{name}"));
        let half = of("posInit") * of("maintMarginReq") / of("initMarginReq");
        assert_eq!((of("posMaint"), half.is_zero()), (half.clone(), false));
        [of("posInit"), of("unrealisedCost").abs() * of("initMarginReq")]
    },
)];
