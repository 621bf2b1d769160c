//! Which markets can be searched.

use crate::error::RiskError;
use zkmargin_model::rule::{AssetElements, InstrumentElements};
use zkmargin_params::CompiledMarket;

/// Checks that what a market lists depends on prices alone.
///
/// # Errors
/// [`RiskError::Elements`].
pub fn supported(market: &CompiledMarket) -> Result<(), RiskError> {
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
