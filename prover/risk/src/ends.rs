//! Whose end it is where the rule is undefined: the venue's, or only the format's.

use crate::view::View;
use zkmargin_model::rule::RuleError;

/// Whether the venue's own figures end there. The end of a row that the schedule leaves open is the format's: no file can
/// say an account beyond it, and the venue's rule goes on.
pub(crate) fn is_venues(market: View<'_>, why: &RuleError) -> bool {
    let schedule = market.schedule();
    let is_open = match why {
        RuleError::BeyondTiers { instrument } => {
            let listed = schedule.instrument_of_id(*instrument);
            let rows = listed.and_then(|i| schedule.file().tiers.get(i.tiers_at));
            rows.and_then(|tiers| tiers.rows.last()).is_some_and(|row| row.below.is_none())
        }
        RuleError::BeyondCollateral { asset } => {
            let listed = schedule.asset_of_id(*asset);
            let file = listed.and_then(|asset| schedule.file().assets.get(asset.at));
            let rows = file.map(|asset| &asset.collateral.rows[..]).unwrap_or_default();
            let is_open_below = rows.first().is_some_and(|row| row.from.is_none());
            is_open_below && rows.last().is_some_and(|row| row.below.is_none())
        }
        _ => false,
    };
    !is_open
}
