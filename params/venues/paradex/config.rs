//! The parameters of one underlying: `system/portfolio-margin-config`.

use super::super::{ImportError, Member};
use crate::portfolio::figure::{less, nearest, product, sum};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use zkmargin_model::decimal::Decimal;

/// Hours of funding that the page has a provision for.
const FUNDING_HOURS: &str = "8";

/// Members of an underlying's parameters.
const OF_UNDERLYING: [&str; 7] = [
    "base_asset",
    "funding_provision_hour",
    "hedged_margin_factor",
    "mmf_factor",
    "scenarios",
    "unhedged_margin_factor",
    "vol_shock_params",
];
const OF_SCENARIO: [&str; 3] = ["spot_shock", "vol_shock", "weight"];
const OF_MOVES: [&str; 4] =
    ["dte_floor_days", "min_vol_shock_up", "vega_power_long_dte", "vega_power_short_dte"];
const UNKNOWN: &str =
    "is a parameter that the page and the kit do not have: it may change the rule";

/// A scenario.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shock {
    /// Relative change of the spot, above -1.
    pub(super) spot: Decimal,
    /// Relative change of volatilities at thirty days.
    pub(super) volatility: Decimal,
    /// What counts of a loss.
    pub(super) weight: Decimal,
}

/// The parameters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Config {
    /// The underlying.
    pub(super) base: String,
    pub(super) scenarios: Vec<Shock>,
    /// Share of the net delta in the minimum, and of the hedged delta.
    pub(super) unhedged: Decimal,
    pub(super) hedged: Decimal,
    /// What maintenance is of initial margin, provisions aside.
    pub(super) maintenance: Decimal,
    /// The least volatility after a move up.
    pub(super) least_up: Decimal,
    /// Powers of thirty days over the time to expiry, up to thirty days and beyond.
    pub(super) powers: [Decimal; 2],
    /// Times to expiry count as at least this.
    pub(super) least_seconds: u64,
}

fn decimal(figure: &str) -> Decimal {
    Decimal::parse(figure).unwrap_or_else(|_| Decimal::from_scaled(&BigInt::ZERO, 0))
}

/// A number that is not negative.
fn amount(of: &Member<'_>, name: &str) -> Result<Decimal, ImportError> {
    let place = of.member(name);
    let figure = place.number()?;
    if figure.coefficient().is_negative() {
        return Err(place.wrong("is below zero"));
    }
    Ok(figure)
}

fn shock(of: &Member<'_>) -> Result<Shock, ImportError> {
    of.has_only(&OF_SCENARIO, UNKNOWN)?;
    let place = of.member("spot_shock");
    let spot = place.number()?;
    if !sum(&spot, &decimal("1")).coefficient().is_positive() {
        return Err(place.wrong("is not above -1"));
    }
    Ok(Shock { spot, volatility: of.member("vol_shock").number()?, weight: amount(of, "weight")? })
}

impl Config {
    /// The parameters of the only underlying, or of the one that is named, and how many the answer has.
    pub(super) fn read(root: &Member<'_>, only: &[String]) -> Result<(Self, usize), ImportError> {
        let place = root.member("results");
        let listed = place.list()?;
        let named = |of: &&Member<'_>| match only {
            [] => true,
            names => names.iter().any(|name| of.member("base_asset").text() == Ok(name)),
        };
        let mut found = listed.iter().filter(named);
        let (Some(of), None) = (found.next(), found.next()) else {
            let all: Vec<_> =
                listed.iter().filter_map(|l| l.member("base_asset").text().ok()).collect();
            let message = format!(
                "does not have one underlying that is meant: name one of {} by --only",
                all.join(", ")
            );
            return Err(place.wrong(message));
        };
        Ok((Self::of(of)?, listed.len()))
    }

    fn of(of: &Member<'_>) -> Result<Self, ImportError> {
        of.has_only(&OF_UNDERLYING, UNKNOWN)?;
        let hours = of.member("funding_provision_hour");
        if hours.is_present() && hours.number()? != decimal(FUNDING_HOURS) {
            return Err(hours.wrong("is not 8, the hours of the page's provision for funding"));
        }
        let scenarios = of.member("scenarios");
        let scenarios = scenarios.list()?.iter().map(shock).collect::<Result<Vec<_>, _>>()?;
        let [unhedged, hedged] =
            ["unhedged_margin_factor", "hedged_margin_factor"].map(|name| amount(of, name));
        let (unhedged, hedged) = (unhedged?, hedged?);
        // Below, the magnitude of the net delta would lower the minimum, which two floors do not say.
        if sum(&unhedged, &less(&product(&hedged, &decimal("0.5")))).coefficient().is_negative() {
            let message = "is more than twice unhedged_margin_factor";
            return Err(of.member("hedged_margin_factor").wrong(message));
        }
        let moves = of.member("vol_shock_params");
        moves.has_only(&OF_MOVES, UNKNOWN)?;
        let days = moves.member("dte_floor_days");
        let seconds = product(&amount(&moves, "dte_floor_days")?, &decimal("86400"));
        let least_seconds = nearest(&seconds, 0).to_u64().filter(|s| *s > 0);
        Ok(Self {
            base: of.member("base_asset").text()?.to_owned(),
            scenarios,
            unhedged,
            hedged,
            maintenance: amount(of, "mmf_factor")?,
            least_up: amount(&moves, "min_vol_shock_up")?,
            powers: [
                amount(&moves, "vega_power_short_dte")?,
                amount(&moves, "vega_power_long_dte")?,
            ],
            least_seconds: least_seconds.ok_or_else(|| days.wrong("is not above zero"))?,
        })
    }

    /// Multiples of the net and of the gross delta that are the minimum where the net delta is positive.
    pub(super) fn of_deltas(&self) -> [Decimal; 2] {
        let half = product(&self.hedged, &decimal("0.5"));
        [sum(&self.unhedged, &less(&half)), half]
    }
}
