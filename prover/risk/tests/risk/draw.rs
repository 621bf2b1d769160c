//! Small random markets and accounts of every kind that files can say.

use num_bigint::{BigInt, BigUint};
use serde_json::{Value, json};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Account, Book, Margin, Position, RuleError, margin};
use zkmargin_params::{
    AccountFile, CompiledMarket, DecimalText, InstrumentElementsFile, Schedule, SnapshotFile,
    compile,
};

/// Numbers from a seed (SplitMix64).
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `lo` to `hi`, both included.
    pub fn within(&mut self, lo: i64, hi: i64) -> i64 {
        lo + i64::try_from(self.next() % u64::try_from(hi - lo + 1).unwrap()).unwrap()
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: i64) -> bool {
        self.within(1, n) == 1
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.within(0, list.len() as i64 - 1)).unwrap()]
    }
}

pub fn text(units: i64, decimals: u32) -> String {
    format_scaled(&units.into(), decimals)
}

/// A market and an account.
pub struct Drawn {
    pub schedule: Schedule,
    pub snapshot: SnapshotFile,
    pub account: Account,
    /// The account as written.
    pub written: Value,
    pub claim: Claim,
}

/// Decimals of what is drawn.
pub const VALUATION: u32 = 4;
const RATE: u32 = 2;
pub const SIZE: u32 = 1;

fn rounding(n: &mut Numbers, most: i64) -> Value {
    let modes = ["floor", "ceil", "truncate", "away", "nearest-up", "nearest-away", "nearest-zero"];
    json!({ "mode": n.of(&modes), "decimals": n.within(0, most) })
}

/// Rows from these ends on; rates in percent, amounts random or continuous.
fn tiers(n: &mut Numbers, name: &str, settle: u32) -> Value {
    let is_value = n.once_in(2);
    let x = if is_value { settle } else { SIZE };
    let count = n.within(1, 4);
    let (mut from, mut amount, mut rate) = (0, 0, n.within(0, 12));
    let mut rows = Vec::new();
    for at in 0..count {
        let last = at + 1 == count;
        let unit = 10_i64.pow(x);
        let below = from + n.within(1, if is_value { 200 } else { 25 }) * unit;
        let below = (!last || n.once_in(3)).then_some(below);
        rows.push(json!({
            "from": text(from, x),
            "below": below.map(|b| text(b, x)),
            "rate": text(rate, RATE),
            "amount": text(amount, x + RATE),
        }));
        let Some(end) = below else { break };
        let next = rate + n.within(0, 15);
        // Continuous, or with a step up.
        amount += (rate - next) * end;
        if n.once_in(3) {
            amount += n.within(0, 300);
        }
        (from, rate) = (end, next);
    }
    let variable = if is_value { "value" } else { "quantity" };
    json!({ "name": name, "variable": variable, "rows": rows })
}

fn collateral(n: &mut Numbers, decimals: u32) -> Value {
    let is_value = n.once_in(2);
    let x = if is_value { VALUATION } else { decimals };
    let unit = 10_i64.pow(x);
    let debts = n.within(100, 110);
    let mut rows = vec![json!({
        "from": n.once_in(4).then(|| text(-2_000 * unit, x)),
        "below": "0",
        "rate": text(debts, RATE),
        "amount": "0",
    })];
    let (mut from, mut amount, mut rate) = (0, 0, n.within(60, 100));
    let count = n.within(1, 3);
    for at in 0..count {
        let last = at + 1 == count;
        let below = from + n.within(20, 300) * unit;
        let below = (!last || n.once_in(3)).then_some(below);
        rows.push(json!({
            "from": text(from, x),
            "below": below.map(|b| text(b, x)),
            "rate": text(rate, RATE),
            "amount": text(amount, x + RATE),
        }));
        let Some(end) = below else { break };
        let next = n.within(0, rate);
        amount += (rate - next) * end;
        // The value of a larger balance can be less.
        if n.once_in(4) {
            amount -= n.within(0, 1000);
        }
        (from, rate) = (end, next);
    }
    json!({ "variable": if is_value { "value" } else { "quantity" }, "rows": rows })
}

/// What a seed gives; `None` where the files refuse it, or the rule is undefined for the account.
pub fn draw(seed: u64) -> Option<Drawn> {
    let n = &mut Numbers::new(seed);
    let (rounds, inverse) = (n.once_in(2), n.once_in(2));
    let (isolated, two_prices) = (n.once_in(2), n.once_in(3));
    let binary = rounds && n.once_in(3);
    let mut of_rounding = json!({});
    if rounds || inverse {
        of_rounding["value"] = rounding(n, 2);
        of_rounding["notional"] = rounding(n, 2);
    }
    if n.once_in(2) {
        let count = n.within(1, 2);
        let steps: Vec<_> = (0..count)
            .map(|_| {
                let mut step = rounding(n, 4);
                if n.once_in(3) {
                    step["factor"] = json!(text(n.within(5, 20), 1));
                }
                step
            })
            .collect();
        of_rounding["requirement"] = json!(steps);
    }
    if n.once_in(3) {
        of_rounding["collateral"] = rounding(n, 6);
    }
    if binary || n.once_in(4) {
        of_rounding["profit_and_loss"] = rounding(n, 2);
    }
    let usd = json!({
        "id": 1, "symbol": "USD", "decimals": 2, "settles": true,
        "entry_bits": binary.then(|| n.within(1, 3)), "collateral": collateral(n, 2),
    });
    let btc = json!({
        "id": 2, "symbol": "BTC", "decimals": 3, "settles": inverse,
        "collateral": collateral(n, 3),
    });
    let eth = json!({
        "id": 3, "symbol": "ETH", "decimals": 1, "settles": false,
        "collateral": collateral(n, 1),
    });
    let price_decimals = if rounds { 2 } else { 1 };
    let funding = (!inverse && n.once_in(3)).then_some(1);
    let bits = (rounds && n.once_in(4)).then(|| n.within(1, 4));
    let instrument = |id: i64, symbol: &str, tiers: &str| {
        json!({
            "id": id, "symbol": symbol, "kind": "linear", "settle": "USD",
            "size_decimals": SIZE, "price_decimals": price_decimals, "price_bits": bits,
            "multiplier": "1", "funding_decimals": funding, "tiers": tiers,
        })
    };
    let mut instruments = vec![instrument(1, "A-USD", "one"), instrument(2, "B-USD", "two")];
    if inverse {
        instruments.push(json!({
            "id": 3, "symbol": "BTC-INV", "kind": "inverse", "settle": "BTC",
            "size_decimals": SIZE, "price_decimals": 1, "multiplier": "10", "tiers": "three",
        }));
    }
    let mut tables = vec![tiers(n, "one", 2), tiers(n, "two", 2)];
    if inverse {
        tables.push(tiers(n, "three", 3));
    }
    let schedule = json!({
        "format": "zkmargin-schedule/1", "venue": "test", "name": "drawn", "source": "drawn",
        "requirement": "maintenance",
        "valuation": { "currency": "USD", "decimals": VALUATION },
        "rate_decimals": RATE,
        "equality_is_healthy": n.once_in(2),
        "isolated_books": isolated, "bid_and_ask": two_prices,
        "menu": { "levels": [{ "name": "maintenance", "level_bps": 10000 }], "floors": ["0"] },
        "rounding": of_rounding,
        "assets": [usd, btc, eth], "tiers": tables, "instruments": instruments,
    });
    let schedule = pruned(schedule);
    let schedule = Schedule::from_json(&serde_json::to_vec(&schedule).unwrap()).ok()?;
    let price = |n: &mut Numbers, asset: &str, decimals: u32, index: i64| {
        if two_prices {
            let ask = index + n.within(0, 3);
            json!({ "asset": asset, "bid": text(index, decimals), "ask": text(ask, decimals) })
        } else {
            json!({ "asset": asset, "index": text(index, decimals) })
        }
    };
    let cents = n.within(95, 103);
    let (coin, ether) = (n.within(100, 300), n.within(2_000, 9_000));
    let assets = [price(n, "USD", 2, cents), price(n, "BTC", 1, coin), price(n, "ETH", 3, ether)];
    let marks: Vec<_> = schedule
        .file()
        .instruments
        .iter()
        .map(|i| {
            let mark = match bits {
                // A multiple of every unit that is drawn.
                Some(_) if i.price_bits.is_some() => text(n.within(4, 40) * 50, 2),
                _ => text(n.within(10, 200), i.price_decimals),
            };
            let mut price = json!({ "instrument": i.symbol, "mark": mark });
            if funding.is_some() {
                price["funding_index"] = json!(text(n.within(-9, 9), 1));
            }
            price
        })
        .collect();
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2024-07-27T06:44:38Z", "sequence": 1, "assets": assets, "instruments": marks,
    });
    let snapshot = SnapshotFile::from_json(&serde_json::to_vec(&snapshot).unwrap()).unwrap();
    let mut positions = Vec::new();
    for i in &schedule.file().instruments {
        let hedged = n.once_in(3);
        for sign in [1, -1] {
            if !hedged && n.once_in(2) {
                continue;
            }
            let size = sign * n.within(1, 300);
            let entry = match i.kind {
                zkmargin_params::KindFile::Linear => size * n.within(5, 200) / 2,
                zkmargin_params::KindFile::Inverse => -size * n.within(20, 400),
            };
            let decimals = if i.settle == "USD" { 2 } else { 3 };
            let mut position = json!({
                "instrument": i.symbol, "size": text(size, SIZE),
                "entry_value": text(entry, decimals),
            });
            if funding.is_some() {
                position["funding_index"] = json!(text(n.within(-9, 9), 1));
            }
            if isolated && n.once_in(2) {
                position["isolated_margin"] = json!(text(n.within(0, 20_000), decimals));
            }
            positions.push(position);
        }
    }
    let balance = |asset: &str, units: i64, decimals| json!({ "asset": asset, "balance": text(units, decimals) });
    let written = json!({
        "format": "zkmargin-account/1", "venue": "test",
        "balances": [
            balance("USD", n.within(-5_000, 30_000), 2),
            balance("BTC", n.within(-1_000, 20_000), 3),
            balance("ETH", n.within(-50, 200), 1),
        ],
        "positions": positions,
    });
    let account = account(&written, &schedule)?;
    let level = n.of(&[10_000, 10_000, 11_000, 15_000]);
    let floor = n.of(&[0_u32, 0, 50]);
    let floor = BigUint::from(floor) * BigUint::from(10_u32).pow(schedule.margin_decimals());
    let claim = Claim::new(level, floor).unwrap();
    let drawn = Drawn { schedule, snapshot, account, written, claim };
    margin(&drawn.account, compile(&drawn.schedule, &drawn.snapshot).ok()?.market()).ok()?;
    Some(drawn)
}

/// The same where marks can be zero or below, and are near it; `None` where values are not exact.
pub fn near_zero(drawn: Drawn, seed: u64) -> Option<Drawn> {
    let n = &mut Numbers::new(!seed);
    let mut file = drawn.schedule.file().clone();
    for instrument in &mut file.instruments {
        let elements = InstrumentElementsFile { negative_marks: true, ..Default::default() };
        instrument.elements = Some(elements);
    }
    let schedule = Schedule::new(file).ok()?;
    let mut snapshot = drawn.snapshot;
    snapshot.schedule = schedule.digest().to_string();
    for price in &mut snapshot.instruments {
        let decimals = schedule.instrument(&price.instrument)?.price_unit.decimals;
        price.mark = Some(DecimalText::new(text(n.within(-60, 60), decimals)));
    }
    let drawn = Drawn { schedule, snapshot, ..drawn };
    margin(&drawn.account, drawn.market().market()).ok()?;
    Some(drawn)
}

/// Without members that are null: most are absent when there is none.
fn pruned(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members
                .into_iter()
                .filter(|(name, member)| !member.is_null() || name == "from" || name == "below");
            Value::Object(members.map(|(name, member)| (name, pruned(member))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(pruned).collect()),
        other => other,
    }
}

/// The account of a file; `None` if it is refused.
pub fn account(written: &Value, schedule: &Schedule) -> Option<Account> {
    let file = AccountFile::from_json(&serde_json::to_vec(written).unwrap()).ok()?;
    file.holdings(schedule).ok()
}

impl Drawn {
    pub fn market(&self) -> CompiledMarket {
        compile(&self.schedule, &self.snapshot).unwrap()
    }

    /// The snapshot with another mark, in the instrument's unit, as a person would write it.
    pub fn at(&self, instrument: u32, mark: &BigInt) -> Option<CompiledMarket> {
        let listed = self.schedule.instruments().iter().find(|i| i.id == instrument).unwrap();
        let mut file = self.snapshot.clone();
        let price = file.instruments.iter_mut().find(|p| p.instrument == listed.symbol).unwrap();
        price.mark = Some(DecimalText::new(listed.price_unit.figure(mark).to_string()));
        compile(&self.schedule, &file).ok()
    }

    /// The account with the book of one position alone, and the position's place in it.
    pub fn book_of(&self, position: usize) -> (Account, usize) {
        let own = &self.account.positions()[position];
        let is_own =
            |p: &&Position| if own.book == Book::Cross { p.book == Book::Cross } else { *p == own };
        let positions: Vec<_> = self.account.positions().iter().filter(is_own).cloned().collect();
        let at = positions.iter().position(|p| p == own).unwrap();
        // Nothing else stands behind an isolated position.
        let shared = own.book == Book::Cross;
        let balances = if shared { self.account.balances().to_vec() } else { Vec::new() };
        (Account::new(positions, balances).unwrap(), at)
    }

    /// What the rule says of the book of one position at a market: `Ok(true)` if it meets the claim.
    pub fn meets(&self, market: &CompiledMarket, position: usize) -> Result<bool, RuleError> {
        let (account, at) = self.book_of(position);
        let figures = margin(&account, market.market())?;
        Ok(self.book_meets(&figures, market, at))
    }

    pub fn book_meets(&self, figures: &Margin, market: &CompiledMarket, position: usize) -> bool {
        let equality = market.market().terms().equality_is_healthy;
        let (equity, required, floor) = match &figures.positions[position].isolated {
            Some(book) => (&book.equity, &book.requirement, BigInt::from(-(1_i64 << 60)) << 200),
            None => {
                let floor = self.claim.floor().amount().clone();
                (&figures.equity, &figures.maintenance, floor)
            }
        };
        let (has, needs) = (equity * 10_000, required * self.claim.level_bps());
        (if equality { has >= needs } else { has > needs }) && *equity >= floor
    }
}
