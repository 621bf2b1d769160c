//! Tokens: valued at their weighted price by sign.
//!
//! Read of a bank are `token_index`, `name` and `mint_decimals`, which can be absent, and with 48 binary digits
//! `oracle`, `stable`, the weights `init_asset_weight`, `init_liab_weight`, `maint_asset_weight` and
//! `maint_liab_weight`, and the totals `deposits` and `borrows`, with the values in USDC's smallest unit from which
//! these scale the weights, `deposit_weight_scale_start_quote` and `borrow_weight_scale_start_quote`.

use super::{BITS, QUOTE_DECIMALS, decimals, fraction, id, price as price_of, raw, symbol, weight};
use crate::venue::{ImportError, Member, decimal, in_full};
use crate::{
    AssetElementsFile, AssetFile, AssetPriceFile, FractionText, ModeFile, Requirement, Schedule,
    StepFile, ValueStepFile,
};
use num_bigint::BigInt;
use zkmargin_model::decimal::power_of_ten;

/// Begins the symbol of a token without a name.
pub(super) const PREFIX: &str = "TOKEN";

/// Figures of the snapshot, for deposits and for debts.
const WEIGHTED: [&str; 2] = ["weighted price of deposits", "weighted price of debts"];

/// Symbol of a bank's token.
pub(super) fn symbol_of(bank: &Member<'_>) -> Result<String, ImportError> {
    symbol(bank, &id(bank, "token_index")?.1, PREFIX)
}

/// The asset of a bank.
pub(super) fn asset(bank: &Member<'_>) -> Result<AssetFile, ImportError> {
    let (id, _) = id(bank, "token_index")?;
    let [deposit, debt] = WEIGHTED.map(|by| StepFile {
        by: Some(by.to_owned()),
        round: Some(ModeFile::Floor),
        ..StepFile::default()
    });
    let elements = AssetElementsFile {
        value_by_sign: vec![ValueStepFile { deposit, debt, at_most: None }],
        ..AssetElementsFile::default()
    };
    Ok(AssetFile {
        id,
        symbol: symbol_of(bank)?,
        chain: None,
        contract: None,
        contract_version: None,
        migrated_to: None,
        decimals: decimals(bank, "mint_decimals")?,
        // Perpetuals settle in USDC.
        settles: id == 1,
        entry_bits: None,
        collateral: in_full(),
        elements: Some(elements),
    })
}

/// Refuses a bank whose weights are scaled: one that has grown beyond where that begins.
fn refuse_scaled(bank: &Member<'_>) -> Result<(), ImportError> {
    let oracle = raw(bank, "oracle")?;
    for (start, total) in [
        ("deposit_weight_scale_start_quote", "deposits"),
        ("borrow_weight_scale_start_quote", "borrows"),
    ] {
        let place = bank.member(start);
        if !place.is_present() {
            continue;
        }
        let start = place.number()?;
        let value = raw(bank, total)? * &oracle * power_of_ten(start.scale());
        if value > start.coefficient() << (2 * BITS) {
            return Err(
                place.wrong("has been passed, so that the weight is scaled in floating point")
            );
        }
    }
    Ok(())
}

/// Weighted prices of a bank that the schedule lists.
pub(super) fn price(bank: &Member<'_>, schedule: &Schedule) -> Result<AssetPriceFile, ImportError> {
    let requirement = schedule.requirement();
    if requirement == Requirement::Initial {
        refuse_scaled(bank)?;
    }
    let symbol = symbol_of(bank)?;
    let settles = schedule.asset(&symbol).is_some_and(|asset| asset.settles);
    let decimals = decimals(bank, "mint_decimals")?;
    let mut listed = match settles {
        true => AssetPriceFile::at_index(symbol, decimal("1")),
        false => AssetPriceFile::by_figures(symbol),
    };
    for (name, owed) in WEIGHTED.into_iter().zip([false, true]) {
        let side = if owed { "liab_weight" } else { "asset_weight" };
        let product = weight(bank, requirement, side)? * price_of(bank, requirement, owed)?;
        let product: BigInt = product >> BITS;
        let figure: FractionText = fraction(&product, decimals, QUOTE_DECIMALS);
        listed.figures.insert(name.to_owned(), figure);
    }
    Ok(listed)
}
