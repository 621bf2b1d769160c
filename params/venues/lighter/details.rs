//! The market list of the venue's API: the answer to `/api/v1/orderBookDetails`.

use super::{
    ASSUMED, Fractions, ImportError, LeftOut, Listing, Market, Member, Origin, PRICE_DECIMALS,
    symbol,
};
use crate::Requirement;
use num_bigint::BigInt;
use num_traits::Zero;
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// Members of a market.
const DETAILS: Fractions = Fractions {
    maintenance: "maintenance_margin_fraction",
    close_out: "closeout_margin_fraction",
    least: "min_initial_margin_fraction",
    default: "default_initial_margin_fraction",
};

/// What is assumed besides.
const FUNDING: &str = "funding indices are counted from the answers, because they have none";

/// Refuses an answer of the API whose code is that of an error.
pub(super) fn check_code(answer: &Member<'_>) -> Result<(), ImportError> {
    let code = answer.member("code");
    if code.is_present() && code.integer()? != 200 {
        return Err(code.wrong("is not 200: the venue refused"));
    }
    Ok(())
}

pub(super) fn listing<'a>(
    answer: &Member<'a>,
    requirement: Option<Requirement>,
) -> Result<Listing<'a>, ImportError> {
    check_code(answer)?;
    let (mut markets, mut places, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for place in answer.member("order_book_details").list()? {
        let index = index(&place)?;
        let name = place.member("symbol").text()?;
        if let Some(why) = not_taken(&place)? {
            left_out.push(LeftOut { symbol: format!("{} ({name})", symbol(index)), why });
            continue;
        }
        markets.push(market(&place, index, requirement)?);
        places.push(place);
    }
    let words = "Lighter's API (orderBookDetails)".to_owned();
    let assumed = format!("{ASSUMED}; {FUNDING}");
    let (origin, place) = (Origin::Api, answer.clone());
    Ok(Listing { markets, places, left_out, origin, place, words, assumed })
}

pub(super) fn index(place: &Member<'_>) -> Result<u32, ImportError> {
    let member = place.member("market_id");
    let index = u32::try_from(member.natural()?).ok().filter(|index| *index < u32::MAX);
    index.ok_or_else(|| member.wrong("is not a market index"))
}

fn not_taken(place: &Member<'_>) -> Result<Option<String>, ImportError> {
    let kind = place.member("market_type");
    if kind.is_present() && kind.text()? != "perp" {
        return Ok(Some("not a perpetual".to_owned()));
    }
    Ok((place.member("status").text()? != "active").then(|| "not active".to_owned()))
}

/// Digits of a market's base unit.
pub(super) fn size_decimals(place: &Member<'_>) -> Result<u32, ImportError> {
    let member = place.member("size_decimals");
    let digits = u32::try_from(member.natural()?).ok().filter(|digits| *digits <= 18);
    digits.ok_or_else(|| member.wrong("is not a count of digits"))
}

fn market(
    place: &Member<'_>,
    index: u32,
    requirement: Option<Requirement>,
) -> Result<Market, ImportError> {
    let positive = |name: &str| {
        let member = place.member(name);
        let number = i64::try_from(member.natural()?).ok().filter(|number| *number > 0);
        number.ok_or_else(|| member.wrong("is not a positive number"))
    };
    let multiplier = positive("quote_multiplier")?;
    Ok(Market {
        id: index + 1,
        symbol: symbol(index),
        rate: DETAILS.read(requirement, positive)?,
        multiplier,
        mark: units(place, multiplier)?,
        funding: 0,
    })
}

/// The mark of a base unit in units of `10^-6` USDC, before the multiplier.
fn units(place: &Member<'_>, multiplier: i64) -> Result<i64, ImportError> {
    let member = place.member("mark_price");
    let mark: Decimal = member.figure()?;
    let scale = mark.scale() + size_decimals(place)?;
    let count = mark.coefficient() * power_of_ten(PRICE_DECIMALS);
    let unit = power_of_ten(scale) * BigInt::from(multiplier);
    let is_whole = (&count % &unit).is_zero();
    let units = i64::try_from(count / unit).ok().filter(|units| is_whole && *units > 0);
    units.ok_or_else(|| member.wrong("of a base unit is not a whole number of 0.000001 USDC"))
}
