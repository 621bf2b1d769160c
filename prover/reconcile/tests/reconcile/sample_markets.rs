//! Schedules for samples of venues of which no whole list of rates is kept: the contracts that the samples hold, with the
//! rate of their first tier.

use crate::support::schedule;
use serde_json::{Value, json};
use zkmargin_params::Schedule;
use zkmargin_params::venues::{Bybit, Deribit, Okx, Venue};

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
