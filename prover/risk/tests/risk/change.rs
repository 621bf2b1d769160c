//! Trades and deposits give what the rule says of the changed file.

use crate::draw::{Drawn, SIZE, account, draw, text};
use crate::price::seeds;
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::decimal::{Decimal, format_scaled};
use zkmargin_model::rule::{Account, Book, Side, margin};
use zkmargin_params::KindFile;
use zkmargin_risk::{ChangeError, Trade, deposit, trade};

/// A figure of a file in units of 10^-decimals.
fn units(value: &Value, decimals: u32) -> BigInt {
    Decimal::parse(value.as_str().unwrap()).unwrap().to_scaled(decimals).unwrap()
}

/// The file after buying `size` tenths of A-USD at `price` ticks of a tenth, written as a person would: values in cents,
/// funding that has accrued joins the entry value.
fn traded(drawn: &Drawn, size: i64, price: i64) -> Value {
    let mut written = drawn.written.clone();
    let marks = &drawn.snapshot.instruments;
    let mark = marks.iter().find(|p| p.instrument == "A-USD").unwrap();
    let index = mark.funding_index.as_ref().map(|text| text.as_str().to_owned());
    let positions = written["positions"].as_array_mut().unwrap();
    let is = |p: &Value| p["instrument"] == "A-USD" && p["isolated_margin"].is_null();
    let held = positions.iter().position(is);
    let (mut has, mut entry) = (BigInt::ZERO, BigInt::ZERO);
    if let Some(at) = held {
        let old = positions.remove(at);
        has = units(&old["size"], SIZE);
        entry = units(&old["entry_value"], 2);
        if let Some(index) = &index {
            entry += &has * (units(&json!(index), 1) - units(&old["funding_index"], 1));
        }
    }
    let after = &has + size;
    // Both in hundredths: a tenth of a contract times a tenth of a price.
    let paid = BigInt::from(size * price);
    let flips = (&after * &has) < BigInt::ZERO;
    let (entry, gain) = if after == BigInt::ZERO {
        (BigInt::ZERO, -(&entry + &paid))
    } else if flips {
        (&after * price, &has * price - &entry)
    } else {
        (entry + paid, BigInt::ZERO)
    };
    if after != BigInt::ZERO {
        let mut new = json!({
            "instrument": "A-USD",
            "size": format_scaled(&after, SIZE),
            "entry_value": format_scaled(&entry, 2),
        });
        if let Some(index) = index {
            new["funding_index"] = json!(index);
        }
        positions.push(new);
    }
    let balance = &mut written["balances"][0]["balance"];
    *balance = json!(format_scaled(&(units(balance, 2) + gain), 2));
    written
}

#[test]
fn a_trade_is_the_changed_file() {
    let mut kinds = [0; 4];
    for seed in 0..4 * seeds() {
        let Some(drawn) = draw(seed) else { continue };
        let file = drawn.schedule.file();
        let exact = file.rounding.value.is_none() && file.rounding.notional.is_none();
        let is_binary = file.assets[0].entry_bits.is_some();
        if !exact || is_binary || file.rounding.profit_and_loss.is_some() {
            continue;
        }
        let market = drawn.market();
        let cross = |side| {
            drawn.account.positions().iter().find(|p| {
                let is_cross = p.book == zkmargin_model::rule::Book::Cross;
                is_cross && p.instrument == 1 && p.side == side
            })
        };
        let held = [Side::Long, Side::Short].map(cross);
        let size = match held {
            [Some(_), Some(_)] => {
                let both = Trade { instrument: 1, side: None, size: 1.into(), price: 5.into() };
                let refused = trade(&market, &drawn.account, &both).unwrap_err();
                assert_eq!(refused, ChangeError::BothSides { instrument: 1 });
                continue;
            }
            [Some(p), None] | [None, Some(p)] => i64::try_from(p.signed_size()).unwrap(),
            [None, None] => 0,
        };
        let price = 20 + i64::try_from(seed % 90).unwrap();
        for change in [7, -7, -size, -size / 2, -3 * size] {
            let after = size + change;
            if change == 0 {
                continue;
            }
            let kind = match (after * size).signum() {
                0 if after == 0 => 0,
                -1 => 1,
                _ if after.abs() > size.abs() => 2,
                _ => 3,
            };
            kinds[kind] += 1;
            let asked =
                Trade { instrument: 1, side: None, size: change.into(), price: price.into() };
            let made = trade(&market, &drawn.account, &asked).unwrap();
            let by_hand = account(&traded(&drawn, change, price), &drawn.schedule).unwrap();
            let figures = |account: &Account| margin(account, market.market());
            assert_eq!(figures(&made), figures(&by_hand), "seed {seed} {change} at {price}");
        }
    }
    assert!(kinds.iter().all(|count| *count > 10), "{kinds:?}");
}

#[test]
fn a_hedged_position_is_traded_by_side() {
    let both = |d: &Drawn| {
        let cross = d
            .account
            .positions()
            .iter()
            .filter(|p| p.book == zkmargin_model::rule::Book::Cross && p.instrument == 1);
        let linear = d.schedule.file().instruments[0].kind == KindFile::Linear;
        linear && cross.count() == 2
    };
    let drawn = (0..2000).filter_map(draw).find(both).expect("a hedge");
    let market = drawn.market();
    let of = |side, size: i64| {
        let asked = Trade { instrument: 1, side, size: size.into(), price: 50.into() };
        trade(&market, &drawn.account, &asked)
    };
    let count = drawn.account.positions().len();
    let closes = ChangeError::ClosesTooMuch { instrument: 1 };
    assert_eq!(of(Some(Side::Long), -1_000_000), Err(closes));
    let more = of(Some(Side::Short), -5).unwrap();
    assert_eq!(more.positions().len(), count);
    let size = |account: &Account| {
        let is = |p: &&zkmargin_model::rule::Position| {
            p.instrument == 1
                && p.side == Side::Short
                && p.book == zkmargin_model::rule::Book::Cross
        };
        account.positions().iter().find(is).unwrap().signed_size()
    };
    assert_eq!(size(&more), size(&drawn.account) - 5);
}

#[test]
fn a_deposit_is_the_changed_file() {
    for seed in 0..20 {
        let Some(drawn) = draw(seed) else { continue };
        let market = drawn.market();
        let made = deposit(&market, &drawn.account, 3, &BigInt::from(-17)).unwrap();
        let mut written = drawn.written.clone();
        let balance = &mut written["balances"][2]["balance"];
        let after = units(balance, 1) - 17;
        *balance = json!(text(i64::try_from(after).unwrap(), 1));
        assert_eq!(Some(made), account(&written, &drawn.schedule));
        let unknown = deposit(&market, &drawn.account, 9, &BigInt::from(1));
        assert_eq!(unknown, Err(ChangeError::UnknownAsset { asset: 9 }));
    }
}

/// A position that a trade turns keeps the rate or leverage that its holder set for the instrument.
#[test]
fn a_turned_position_keeps_its_own_parameter() {
    let mut turned = 0;
    for drawn in (0..50).filter_map(draw) {
        let mut positions = drawn.account.positions().to_vec();
        let Some(p) = positions.iter_mut().find(|p| p.book == Book::Cross) else { continue };
        p.own = 5;
        let (instrument, size) = (p.instrument, -2 * p.signed_size());
        let held = positions.iter().filter(|p| p.instrument == instrument).count();
        let account = Account::new(positions, drawn.account.balances().to_vec()).unwrap();
        let asked = Trade { instrument, side: None, size, price: 100.into() };
        let Ok(after) = trade(&drawn.market(), &account, &asked) else { continue };
        let mut of = after.positions().iter().filter(|p| p.instrument == instrument);
        assert!(held > 1 || of.all(|p| p.own == 5), "{after:?}");
        turned += 1;
    }
    assert!(turned > 0);
}

#[test]
fn trades_that_make_no_account_are_refused() {
    let drawn = (0..50).find_map(draw).unwrap();
    let market = drawn.market();
    let of = |instrument, size: i64, price: BigInt| {
        let asked = Trade { instrument, side: Some(Side::Long), size: size.into(), price };
        trade(&market, &drawn.account, &asked).unwrap_err()
    };
    assert_eq!(of(77, 1, 1.into()), ChangeError::UnknownInstrument { instrument: 77 });
    assert_eq!(of(1, 0, 1.into()), ChangeError::NoSize);
    assert_eq!(of(1, 1, 0.into()), ChangeError::Price { instrument: 1 });
    let wide: BigInt = BigInt::from(1) << 90;
    assert_eq!(of(1, 1, wide), ChangeError::Price { instrument: 1 });
}
