//! Reading vector files: what is absent or of another form is a reason to leave a case out.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use serde_json::Value;

/// Why a case is left out.
pub(crate) type Reason = String;

/// The member, unless absent or null.
pub(crate) fn opt<'a>(v: &'a Value, key: &str) -> Option<&'a Value> {
    v.get(key).filter(|m| !m.is_null())
}

/// The member.
pub(crate) fn need<'a>(v: &'a Value, key: &str) -> Result<&'a Value, Reason> {
    opt(v, key).ok_or_else(|| format!("no `{key}` in the case"))
}

/// The members of a list; none when it is absent.
pub(crate) fn list<'a>(v: &'a Value, key: &str) -> &'a [Value] {
    v.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text, or nothing.
pub(crate) fn text<'a>(v: &'a Value, key: &str) -> &'a str {
    v.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn as_text(v: &Value) -> Option<String> {
    match v {
        Value::String(s) => Some(s.trim().to_owned()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// A decimal text, a fraction such as `10/3`, or a number, exactly.
pub(crate) fn parse_ratio(text: &str) -> Option<BigRational> {
    if let Some((num, den)) = text.split_once('/') {
        let den = parse_ratio(den.trim())?;
        return (!den.is_zero()).then_some(parse_ratio(num.trim())? / den);
    }
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || exponent.unsigned_abs() > 100 {
        return None;
    }
    let number: BigInt = format!("{whole}{fraction}").parse().ok()?;
    let power = exponent - i32::try_from(fraction.len()).ok()?;
    Some(BigRational::from(number) * power_of_ten(power))
}

/// `10^power`.
pub(crate) fn power_of_ten(power: i32) -> BigRational {
    let ten = BigInt::from(10).pow(power.unsigned_abs());
    if power < 0 { BigRational::new(BigInt::one(), ten) } else { BigRational::from(ten) }
}

/// An exact decimal or fraction of this member.
pub(crate) fn ratio(v: &Value, key: &str) -> Result<BigRational, Reason> {
    let member = need(v, key)?;
    as_text(member)
        .and_then(|t| parse_ratio(&t))
        .ok_or_else(|| format!("`{key}` is not a decimal figure"))
}

/// As [`ratio`], absent or null is `None`.
pub(crate) fn opt_ratio(v: &Value, key: &str) -> Result<Option<BigRational>, Reason> {
    opt(v, key).map(|_| ratio(v, key)).transpose()
}

/// An integer of this member.
pub(crate) fn int(v: &Value, key: &str) -> Result<BigInt, Reason> {
    let r = ratio(v, key)?;
    if r.is_integer() { Ok(r.to_integer()) } else { Err(format!("`{key}` is not an integer")) }
}

/// As [`int`], absent or null is `None`.
pub(crate) fn opt_int(v: &Value, key: &str) -> Result<Option<BigInt>, Reason> {
    opt(v, key).map(|_| int(v, key)).transpose()
}

/// As [`int`], absent or null is zero.
pub(crate) fn int_or_zero(v: &Value, key: &str) -> Result<BigInt, Reason> {
    Ok(opt_int(v, key)?.unwrap_or_default())
}

/// A truth value, absent or null is `None`.
pub(crate) fn opt_bool(v: &Value, key: &str) -> Option<bool> {
    v.get(key).and_then(Value::as_bool)
}

/// The one collateral amount; an empty list is zero, several assets are a reason.
pub(crate) fn one_collateral(v: &Value) -> Result<BigRational, Reason> {
    let all = list(v, "collateral");
    if all.iter().any(|c| text(c, "asset") != text(&all[0], "asset")) {
        return Err("several collateral assets, which the file gives no prices for".into());
    }
    all.iter().map(|c| ratio(c, "amount")).sum()
}

/// As [`one_collateral`], in whole units.
pub(crate) fn one_collateral_int(v: &Value) -> Result<BigInt, Reason> {
    let sum = one_collateral(v)?;
    if sum.is_integer() {
        Ok(sum.to_integer())
    } else {
        Err("the collateral is not an integer".into())
    }
}

/// Refuses a case that needs more than what `known` lists. A need can go on with an explanation
/// after its first word.
pub(crate) fn refuse_needs(case: &Value, known: &[&str]) -> Result<(), Reason> {
    let first_word = |n: &Value| {
        let text = n.as_str().map_or_else(|| n.to_string(), str::to_owned);
        text.split_whitespace().next().unwrap_or_default().to_owned()
    };
    match list(case, "needs").iter().map(first_word).find(|n| !known.contains(&n.as_str())) {
        Some(need) => Err(format!("needs {need}")),
        None => Ok(()),
    }
}
