//! The account of a case.

use super::NAME;
use super::case::{Case, SIZE, VALUE, rounded};
use super::schedule::{CASH, text};
use crate::portfolio::figure::{less, product, sum};
use crate::{AccountFile, BalanceFile, DecimalText, FileKind, PositionFile};
use num_bigint::BigInt;
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// A size without its finer digits.
fn cut(size: &Decimal, decimals: u32) -> Decimal {
    let cut: BigInt = size.coefficient() * power_of_ten(decimals) / power_of_ten(size.scale());
    Decimal::from_scaled(&cut, decimals)
}

pub(super) fn account(case: &Case) -> AccountFile {
    let mut positions = Vec::with_capacity(case.positions());
    let mut hold = |symbol: &str, size: Decimal, entry: Decimal| {
        if *size.coefficient() != BigInt::ZERO {
            positions.push(PositionFile {
                instrument: symbol.to_owned(),
                size: text(&size),
                entry_value: text(&entry),
                funding_index: None,
                isolated_margin: None,
                allocation: None,
                own_rate: None,
                own_leverage: None,
                bids: None,
                asks: None,
                orders: None,
            });
        }
    };
    for spot in &case.spots {
        let size = cut(&spot.size, spot.size_decimals);
        // A settled position was entered at a price that leaves its profit and loss.
        let entry = spot.pnl.as_ref().map_or_else(
            || Decimal::from_scaled(&BigInt::ZERO, 0),
            |pnl| {
                let value = rounded(&spot.value, SIZE + VALUE - spot.size_decimals);
                let worth = rounded(&product(&size, &value), VALUE);
                sum(&worth, &less(&rounded(pnl, VALUE)))
            },
        );
        hold(&spot.symbol, size, entry);
    }
    for option in case.expiries.iter().flat_map(|e| &e.options) {
        // Options are worth their mark, whatever was paid.
        hold(&option.symbol, cut(&option.size, SIZE), Decimal::from_scaled(&BigInt::ZERO, 0));
    }
    AccountFile {
        format: FileKind::Account.format().to_owned(),
        venue: NAME.to_owned(),
        registry: None,
        note: None,
        balances: vec![BalanceFile {
            asset: CASH.to_owned(),
            balance: DecimalText::new(rounded(&case.cash, VALUE).to_string()),
            own_rate: None,
        }],
        positions,
        holder_key: None,
        serial: None,
        blinding: None,
    }
}
