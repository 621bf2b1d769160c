//! Which markets can be searched.

use crate::error::RiskError;
use zkmargin_model::rule::{AssetElements, InstrumentElements};
use zkmargin_params::CompiledMarket;

/// Checks that a market has one joint cross book, and that what it lists depends on prices alone.
///
/// # Errors
/// [`RiskError::NotJoint`], [`RiskError::Elements`].
pub fn supported(market: &CompiledMarket) -> Result<(), RiskError> {
    if market.schedule().file().settlement_asset_books {
        return Err(RiskError::NotJoint);
    }
    let terms = market.market().terms();
    let mut instruments = terms.instruments.iter();
    if let Some(i) = instruments.find(|i| i.elements != InstrumentElements::default()) {
        return Err(RiskError::Elements { list: "instrument", id: i.id });
    }
    let mut assets = terms.assets.iter();
    if let Some(a) = assets.find(|a| a.elements != AssetElements::default()) {
        return Err(RiskError::Elements { list: "asset", id: a.id });
    }
    Ok(())
}
