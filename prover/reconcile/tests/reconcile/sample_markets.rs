//! Schedules of venues of which no whole list of rates is kept: the contracts that the samples hold, with the
//! rate of their first tier.

use crate::support::schedule;
use serde_json::{Value, json};
use zkmargin_params::Schedule;
use zkmargin_params::venues::{BinanceCoinM, Bybit, Deribit, Gate, Okx, Venue, binance_coinm};

fn made<V: Venue>(source: &Value, options: &V::Options) -> Schedule {
    Schedule::new(V::schedule(source, options).unwrap().schedule).unwrap()
}

/// ETHUSDT has the limit and the rate of the sample of 2025-11-03; the others the same rate.
pub fn bybit() -> Schedule {
    let symbols = ["BTCUSDT", "ETHUSDT", "LTCUSDT"];
    let contracts = symbols.map(|symbol| {
        json!({
            "symbol": symbol, "contractType": "LinearPerpetual", "status": "Trading",
            "settleCoin": "USDT", "lotSizeFilter": {"qtyStep": "0.001"},
        })
    });
    let limits = symbols.map(|symbol| {
        json!({
            "symbol": symbol, "riskLimitValue": "900000", "maintenanceMargin": "0.005",
            "maxLeverage": "100.00", "mmDeduction": "",
        })
    });
    let answer = |list: &[Value]| json!({"retCode": 0, "result": {"category": "linear", "nextPageCursor": "", "list": list}});
    let source = json!({"instruments-info": answer(&contracts), "risk-limit": answer(&limits)});
    made::<Bybit>(&source, &Default::default())
}

/// The first tier of BTC-USDT, 0.4 %, without the fee to close.
pub fn okx() -> Schedule {
    let answer = |data: Value| json!({"code": "0", "msg": "", "data": data});
    let source = json!({
        "instruments": answer(json!([{
            "instId": "BTC-USDT-SWAP", "instType": "SWAP", "instFamily": "BTC-USDT", "ctType": "linear",
            "ctVal": "0.01", "ctMult": "1", "lotSz": "0.01", "settleCcy": "USDT", "state": "live",
        }])),
        "position-tiers": answer(json!([{
            "instFamily": "BTC-USDT", "instId": "", "minSz": "0", "maxSz": "1000", "mmr": "0.004",
        }])),
    });
    made::<Okx>(&source, &Default::default())
}

pub fn deribit() -> Schedule {
    let source = json!({"result": [{
        "instrument_name": "BTC_USDC-PERPETUAL", "kind": "future", "instrument_type": "linear",
        "settlement_period": "perpetual", "settlement_currency": "USDC", "is_active": true,
        "contract_size": 0.001,
    }]});
    made::<Deribit>(&source, &Default::default())
}

pub fn bitmex() -> Schedule {
    schedule("bitmex/xbtusd.json")
}

/// 0.5 % and the fee of a taker, 0.06 %.
pub fn gate() -> Schedule {
    let source = json!({
        "contracts": [{
            "name": "BTC_USDT", "type": "direct", "quanto_multiplier": "0.0001", "mark_price": "1",
            "taker_fee_rate": "0.0006", "in_delisting": false,
        }],
        "risk_limit_tiers": [[{
            "contract": "BTC_USDT", "risk_limit": "1000000", "maintenance_rate": "0.005", "deduction": "0",
        }]],
    });
    made::<Gate>(&source, &Default::default())
}

/// 1 % of the value in the coin, of contracts of 100 dollars.
pub fn coin_margined() -> Schedule {
    let source = json!({
        "exchangeInfo": {"symbols": [{
            "symbol": "BTCUSD_PERP", "pair": "BTCUSD", "contractType": "PERPETUAL",
            "contractStatus": "TRADING", "contractSize": 100, "marginAsset": "BTC",
            "baseAsset": "BTC", "quoteAsset": "USD",
        }]},
        "leverageBracket": [{"symbol": "BTCUSD_PERP", "brackets": [{
            "bracket": 1, "initialLeverage": 50, "qtyCap": 5, "qtylFloor": 0,
            "maintMarginRatio": 0.01, "cum": 0.0,
        }]}],
    });
    made::<BinanceCoinM>(&source, &Default::default())
}

/// The same of two coins, each a book of its own; an ETH contract is 10 dollars.
pub fn two_coins() -> Schedule {
    let contract = |coin: &str, size: u32| {
        json!({
            "symbol": format!("{coin}USD_PERP"), "pair": format!("{coin}USD"), "contractType": "PERPETUAL",
            "contractStatus": "TRADING", "contractSize": size, "marginAsset": coin,
            "baseAsset": coin, "quoteAsset": "USD",
        })
    };
    let brackets = |coin: &str| {
        json!({"symbol": format!("{coin}USD_PERP"), "brackets": [{
            "bracket": 1, "initialLeverage": 50, "qtyCap": 500, "qtylFloor": 0,
            "maintMarginRatio": 0.01, "cum": 0.0,
        }]})
    };
    let source = json!({
        "exchangeInfo": {"symbols": [contract("BTC", 100), contract("ETH", 10)]},
        "leverageBracket": [brackets("BTC"), brackets("ETH")],
    });
    let settle = ["BTC", "ETH"].map(str::to_owned).to_vec();
    let options = binance_coinm::Options { settle, ..Default::default() };
    made::<BinanceCoinM>(&source, &options)
}
