//! Data packages as JSON, as RedStone's gateways serve them, put into a payload.
//!
//! JSON is not what is signed, and most of it is signed by nobody: names, labels, whether the gateway found the
//! signature valid. So nothing is trusted here. What is signed is rebuilt, and [`verify`](super::verify) is applied to
//! the result; a value that was changed or rebuilt wrongly does not verify.

use super::{DECIMALS, MARKER, json_number};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const VALUE_BYTES: u32 = 32;

/// Why JSON cannot be put into a payload.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or not of this shape.
    #[error("is not an object of lists of data packages: {0}")]
    Json(#[from] serde_json::Error),
    /// A data package that cannot be rebuilt.
    #[error("package {number} of {name}: {reason}")]
    Package {
        /// The name under which the gateway lists the package.
        name: String,
        /// Its number there, from 0.
        number: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// More packages than a payload can number.
    #[error("has {0} packages, more than 65535")]
    TooMany(usize),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonPackage<'a> {
    timestamp_milliseconds: u64,
    signature: String,
    #[serde(borrow)]
    data_points: Vec<JsonPoint<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonPoint<'a> {
    data_feed_id: String,
    #[serde(borrow)]
    value: &'a RawValue,
    decimals: Option<u32>,
    value_byte_size: Option<u32>,
}

/// Puts the packages of a gateway's response, an object of lists of data packages, into a payload.
///
/// A JSON number is taken as a node's JavaScript represents it, a binary fraction of 53 digits, rounded to
/// [`DECIMALS`]. This is done in integers.
///
/// # Errors
/// [`JsonError`].
pub fn payload_from_json(text: &str) -> Result<Vec<u8>, JsonError> {
    let lists: BTreeMap<String, Vec<JsonPackage<'_>>> = serde_json::from_str(text)?;
    let (mut payload, mut count) = (Vec::new(), 0);
    for (name, packages) in lists {
        for (number, package) in packages.iter().enumerate() {
            append(&mut payload, package).map_err(|reason| JsonError::Package {
                name: name.clone(),
                number,
                reason,
            })?;
            count += 1;
        }
    }
    payload.extend(u16::try_from(count).map_err(|_| JsonError::TooMany(count))?.to_be_bytes());
    payload.extend([0; 3]);
    payload.extend(MARKER);
    Ok(payload)
}

fn append(payload: &mut Vec<u8>, package: &JsonPackage<'_>) -> Result<(), &'static str> {
    let mut points = package.data_points.iter().map(point).collect::<Result<Vec<_>, _>>()?;
    points.sort_unstable();
    let count = u32::try_from(points.len()).ok().filter(|count| *count < 1 << 24);
    let [_, count @ ..] = count.ok_or("has too many points")?.to_be_bytes();
    let [high, low, time @ ..] = package.timestamp_milliseconds.to_be_bytes();
    if (high, low) != (0, 0) {
        return Err("has a time of more than 6 bytes");
    }
    let signature = STANDARD.decode(&package.signature).map_err(|_| "has no base64 signature")?;
    if signature.len() != 65 {
        return Err("has a signature that is not 65 bytes long");
    }
    for (feed, value) in points {
        payload.extend(feed);
        payload.extend(value);
    }
    payload.extend(time);
    payload.extend(VALUE_BYTES.to_be_bytes());
    payload.extend(count);
    payload.extend(signature);
    Ok(())
}

/// A point as it is signed: feed id and value.
fn point(point: &JsonPoint<'_>) -> Result<([u8; 32], [u8; 32]), &'static str> {
    if point.decimals.is_some_and(|decimals| decimals != DECIMALS) {
        return Err("has a value without exactly 8 decimals");
    }
    if point.value_byte_size.is_some_and(|size| size != VALUE_BYTES) {
        return Err("has a value that is not 32 bytes long");
    }
    let symbol = point.data_feed_id.as_bytes();
    // Longer names are hashed, with a rule of their own for names that look like hexadecimal.
    if symbol.len() > 31 {
        return Err("has a feed name of more than 31 bytes");
    }
    let mut feed = [0; 32];
    feed[..symbol.len()].copy_from_slice(symbol);
    let number = json_number::scaled(point.value.get())
        .ok_or("has a value that is not a number from 0 to below 10^21")?;
    let mut value = [0; 32];
    value[16..].copy_from_slice(&number.to_be_bytes());
    Ok((feed, value))
}
