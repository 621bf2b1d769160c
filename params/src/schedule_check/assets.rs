//! Assets: their units, and the books that they are in.

use super::{CHECK, check_ids};
use crate::elements;
use crate::elements_file::AssetElementsFile;
use crate::error::{ErrorCode, FileError};
use crate::figures::MAX_DECIMALS;
use crate::schedule::Asset;
use crate::schedule_file::{AssetFile, RowFile, ScheduleFile};
use crate::text::DecimalText;
use crate::unit::Unit;
use num_bigint::BigInt;
use num_traits::One;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::widths::MAX_SETTLE_GROUPS;

pub(super) fn check_assets(file: &ScheduleFile) -> Result<Vec<Asset>, FileError> {
    let mut assets = Vec::with_capacity(file.assets.len());
    for (at, asset) in file.assets.iter().enumerate() {
        let here = format!("/assets/{at}");
        CHECK.decimals(asset.decimals, MAX_DECIMALS, &format!("{here}/decimals"))?;
        check_entry_bits(file, asset, &format!("{here}/entry_bits"))?;
        let elements = asset.elements.as_ref();
        elements::check_names(&asset.elements, &format!("{here}/elements"))?;
        let bits = file.valuation.bits.unwrap_or(0);
        let unit = |decimals| Unit { decimals, bits };
        let shares = elements.and_then(|e| e.interest.as_ref()).map(|i| i.balance_decimals);
        if let Some(shares) = shares {
            let place = format!("{here}/elements/interest/balance_decimals");
            CHECK.decimals(shares, MAX_DECIMALS, &place)?;
        }
        let priced = elements.and_then(|e| e.price_decimals);
        check_price_decimals(asset, priced, &format!("{here}/elements/price_decimals"))?;
        let exact = file.valuation.decimals.checked_sub(asset.decimals);
        // The price of an asset that settles converts requirements in any case.
        let by_figures =
            !asset.settles && elements.is_some_and(AssetElementsFile::is_priced_by_figures);
        let any = by_figures.then_some(0);
        let Some(index_decimals) = priced.or(any).or(exact) else {
            let message = format!(
                "the asset has {} decimals and the valuation has {}; raise the valuation's decimals",
                asset.decimals, file.valuation.decimals
            );
            return Err(CHECK.error(ErrorCode::UnitTooCoarse, format!("{here}/decimals"), message));
        };
        assets.push(Asset {
            id: asset.id,
            symbol: asset.symbol.clone(),
            decimals: asset.decimals,
            amount_unit: unit(asset.decimals),
            balance_unit: unit(shares.unwrap_or(asset.decimals)),
            index_decimals,
            priced_by_figures: by_figures,
            settles: asset.settles,
            at,
        });
    }
    check_asset_books(file)?;
    assets.sort_by_key(|a| a.id);
    check_ids(assets.iter().map(|a| (a.id, a.at)), "assets")?;
    let settling: Vec<_> = file.assets.iter().enumerate().filter(|(_, a)| a.settles).collect();
    if let Some((at, _)) = settling.get(MAX_SETTLE_GROUPS) {
        let message = format!(
            "positions can settle in at most {MAX_SETTLE_GROUPS} assets; {} are marked",
            settling.len()
        );
        let here = format!("/assets/{at}/settles");
        return Err(CHECK.error(ErrorCode::TooManySettleAssets, here, message));
    }
    Ok(assets)
}

/// Where each settlement asset has a book, its balance is in the book of its own asset and covers requirements as it is.
fn check_asset_books(file: &ScheduleFile) -> Result<(), FileError> {
    if !file.settlement_asset_books {
        return Ok(());
    }
    if file.bid_and_ask {
        let message = "a balance is not valued where each settlement asset has a book; remove it";
        return Err(CHECK.error(ErrorCode::UnknownField, "/bid_and_ask", message));
    }
    if file.rounding.collateral.is_some() {
        let message = "a balance is not valued where each settlement asset has a book; remove it";
        return Err(CHECK.error(ErrorCode::UnknownField, "/rounding/collateral", message));
    }
    if file.rounding.conversion.is_some() {
        let message =
            "a requirement is not converted where each settlement asset has a book; remove it";
        return Err(CHECK.error(ErrorCode::UnknownField, "/rounding/conversion", message));
    }
    for (at, asset) in file.assets.iter().enumerate() {
        let here = format!("/assets/{at}");
        if !asset.settles {
            let message = "no position settles in this asset, so its balance would be in no book; set it to true, or remove the asset";
            return Err(CHECK.error(
                ErrorCode::AssetDoesNotSettle,
                format!("{here}/settles"),
                message,
            ));
        }
        let whole = |row: &RowFile| {
            let is = |text: &DecimalText, n| {
                Decimal::parse(text.as_str()).is_ok_and(|d| d == Decimal::from_scaled(&n, 0))
            };
            let open = row.from.is_none() && row.below.is_none();
            open && is(&row.rate, BigInt::one()) && is(&row.amount, BigInt::ZERO)
        };
        if !matches!(&asset.collateral.rows[..], [row] if whole(row)) {
            let message = "a balance covers the requirements of its own asset as it is; write one open row of rate 1 and amount 0";
            let here = format!("{here}/collateral/rows");
            return Err(CHECK.error(ErrorCode::OutOfRange, here, message));
        }
    }
    Ok(())
}

/// Only a value that is rounded can have a price of any number of digits, and only a price that converts no requirement.
fn check_price_decimals(
    asset: &AssetFile,
    decimals: Option<u32>,
    place: &str,
) -> Result<(), FileError> {
    let Some(decimals) = decimals else { return Ok(()) };
    CHECK.decimals(decimals, MAX_DECIMALS, place)?;
    let by_sign = asset.elements.as_ref().is_some_and(|e| !e.value_by_sign.is_empty());
    if asset.settles || !by_sign {
        let why = match asset.settles {
            true => "the price converts requirements, so its digits follow from the units",
            false => "without steps in \"value_by_sign\", its digits follow from the units",
        };
        return Err(CHECK.error(ErrorCode::BadElement, place, format!("{why}; remove it")));
    }
    Ok(())
}

/// Entry values can be finer than the asset only if profit and loss are rounded to it.
fn check_entry_bits(file: &ScheduleFile, asset: &AssetFile, here: &str) -> Result<(), FileError> {
    CHECK.bits(asset.entry_bits, here)?;
    if asset.entry_bits.is_none() {
        return Ok(());
    }
    if file.valuation.bits.is_some() {
        let message = "every amount has binary digits already; remove it";
        return Err(CHECK.error(ErrorCode::BadDecimals, here, message));
    }
    if !asset.settles {
        let message = "no position settles in this asset; remove it";
        return Err(CHECK.error(ErrorCode::AssetDoesNotSettle, here, message));
    }
    if file.rounding.profit_and_loss.is_none() {
        let message = "profit and loss are in a binary fraction of the asset's unit; declare how they are rounded at /rounding/profit_and_loss";
        return Err(CHECK.error(ErrorCode::RoundingMissing, here, message));
    }
    Ok(())
}
