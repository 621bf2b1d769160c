//! The JSON twin of a proof file.
//!
//! Small integers are numbers, 64-bit ones and amounts are decimal text, bytes are lower-case hexadecimal. Everything
//! the binary file says is here exactly once, and nothing else.

use super::{Envelope, EnvelopeError};
use crate::circuit::{Anchor, CircuitVersion, Family, K, Slots};
use crate::claim::{Claim, ClaimError};
use crate::context::{Context, ContextError, zero_for_none};
use crate::field::{field_bytes, field_from_bytes};
use crate::floor::Floor;
use crate::measure::{Measure, MeasureError};
use crate::objects::Objects;
use crate::rule::{PositionName, Side};
use crate::shown::{shorten, shown};
use crate::statement::{
    AccountReference, Basis, Statement, StatementError, check_level, check_position, linear_shape,
    portfolio_pages,
};
use crate::unit::{MarginUnit, UnitError};
use pasta_curves::Fp;
use serde::{Deserialize, Serialize};
use std::num::{NonZeroU16, NonZeroU64};

/// Value of the `format` field.
pub const JSON_FORMAT: &str = "zkmargin-proof/1";

/// Why text is not a JSON twin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or fields that are missing, unknown, repeated or of another type.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// Another format.
    #[error("`format` is not \"{JSON_FORMAT}\"")]
    Format,
    /// An unknown shape.
    #[error("`circuit.shape` is not the name of a shape")]
    Shape,
    /// A member of claims about accounts of another family, or none of this one.
    #[error("a claim about {account} has `claim.{has}` and no `claim.{lacks}`")]
    ClaimOfAnother {
        /// `a linear account` or `a portfolio account`.
        account: &'static str,
        /// What belongs there.
        has: &'static str,
        /// What does not.
        lacks: &'static str,
    },
    /// The name of a position where the circuit names none, or the other way round.
    #[error("`claim.isolated_position` is not there exactly where the circuit names a position")]
    Position,
    /// An unknown requirement of a portfolio account.
    #[error("`claim.requirement`: {0}")]
    Measure(MeasureError),
    /// Text that is not lower-case hexadecimal of the field's length.
    #[error("`{0}` is not lower-case hexadecimal of the right length")]
    Hex(&'static str),
    /// A field element at or above the field order.
    #[error("`{0}` is not a canonical field element")]
    NonCanonical(&'static str),
    /// Text that is not a whole number without leading zeros.
    #[error("`{0}` is not a whole number in quotes without leading zeros")]
    Integer(&'static str),
    /// Text that is no floor.
    #[error(
        "`claim.floor` is neither a whole number in quotes, without leading zeros, nor \"none\""
    )]
    Floor,
    /// A claim that says of a level that is met that it is not one that is not.
    #[error("`claim.does_not_meet` is true, or left out")]
    Direction,
    /// A claim that exceeds its widths, or a deficiency with a floor.
    #[error("`claim`: {0}")]
    Claim(ClaimError),
    /// An invalid margin unit.
    #[error("`market.{}`: {}", unit_field(.0), .0)]
    Unit(UnitError),
    /// An invalid context.
    #[error("`context`: {0}")]
    Context(ContextError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    circuit: CircuitJson,
    claim: ClaimJson,
    market: MarketJson,
    account: AccountJson,
    pseudonym: String,
    nullifier: String,
    margin_commitment: String,
    context: ContextJson,
    proof: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CircuitJson {
    version: u16,
    shape: String,
    k: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimJson {
    level_bps: u32,
    floor: String,
    /// Of a claim of deficiency, whose floor is none.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    does_not_meet: Option<bool>,
    /// Of a linear account; 0 for none.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    settlement_asset: Option<u16>,
    /// Of a linear account, where its circuit names one.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    isolated_position: Option<PositionJson>,
    /// Of a portfolio account.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    requirement: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PositionJson {
    instrument: NonZeroU16,
    side: SideJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SideJson {
    Long,
    Short,
}

impl From<PositionName> for PositionJson {
    fn from(PositionName { instrument, side }: PositionName) -> Self {
        let side = match side {
            Side::Long => SideJson::Long,
            Side::Short => SideJson::Short,
        };
        Self { instrument, side }
    }
}

impl From<PositionJson> for PositionName {
    fn from(PositionJson { instrument, side }: PositionJson) -> Self {
        let side = match side {
            SideJson::Long => Side::Long,
            SideJson::Short => Side::Short,
        };
        Self { instrument, side }
    }
}

/// A member that can be left out, but is not null.
fn given<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    reader: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}

/// What a claim of a family says besides level and floor.
fn basis(
    version: CircuitVersion,
    slots: Slots,
    claim: ClaimJson,
    read: &Claim,
) -> Result<Basis, EnvelopeError> {
    const BOOKS: &str = "settlement_asset";
    const REQUIREMENT: &str = "requirement";
    match (version.family, claim.settlement_asset, claim.requirement) {
        (Family::Linear(profile), Some(asset), None) => {
            let shape = linear_shape(version, slots)?;
            let settlement_asset = NonZeroU16::new(asset);
            let position = claim.isolated_position.map(PositionName::from);
            if position.is_some() != profile.names_position() {
                return Err(JsonError::Position.into());
            }
            check_position(profile, settlement_asset, read)?;
            Ok(Basis::Linear { profile, shape, settlement_asset, position })
        }
        (Family::Portfolio, None, Some(_)) if claim.isolated_position.is_some() => {
            let (account, has, lacks) = ("a portfolio account", REQUIREMENT, "isolated_position");
            Err(JsonError::ClaimOfAnother { account, has, lacks }.into())
        }
        (Family::Portfolio, None, Some(requirement)) => {
            let pages = portfolio_pages(version, slots)?;
            let measure = Measure::parse(&requirement).map_err(JsonError::Measure)?;
            check_level(&measure, read)?;
            Ok(Basis::Portfolio { pages, measure })
        }
        (Family::Linear(_), ..) => {
            let (account, has, lacks) = ("a linear account", BOOKS, REQUIREMENT);
            Err(JsonError::ClaimOfAnother { account, has, lacks }.into())
        }
        (Family::Portfolio, ..) => {
            let (account, has, lacks) = ("a portfolio account", REQUIREMENT, BOOKS);
            Err(JsonError::ClaimOfAnother { account, has, lacks }.into())
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketJson {
    registry: String,
    schedule: String,
    snapshot: String,
    snapshot_time: String,
    currency: String,
    margin_decimals: u16,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AccountJson {
    Commitment(String),
    LedgerRoot(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContextJson {
    audience: String,
    purpose: String,
    // Null is none; a member that is left out is an error, as for every other one.
    #[serde(deserialize_with = "Option::deserialize")]
    nonce: Option<String>,
    epoch: String,
    expires: String,
}

fn unit_field(error: &UnitError) -> &'static str {
    match error {
        UnitError::Currency => "currency",
        UnitError::Decimals(_) => "margin_decimals",
    }
}

fn element_text(element: &Fp) -> String {
    hex::encode(field_bytes(element))
}

/// Writes the twin, ending in a line feed.
pub(crate) fn write(envelope: &Envelope) -> String {
    let s = envelope.statement();
    let [account, pseudonym, nullifier] =
        s.account.elements().map(|element| element_text(&element));
    let (settlement_asset, isolated_position, requirement) = match &s.basis {
        Basis::Linear { settlement_asset, position, .. } => {
            let asset = settlement_asset.map_or(0, NonZeroU16::get);
            (Some(asset), position.map(PositionJson::from), None)
        }
        Basis::Portfolio { measure, .. } => (None, None, Some(measure.to_string())),
    };
    let file = File {
        format: JSON_FORMAT.to_owned(),
        circuit: CircuitJson {
            version: s.version().number(),
            shape: s.basis.slots().name().to_owned(),
            k: s.k.code(),
        },
        claim: ClaimJson {
            level_bps: s.claim.level_bps(),
            floor: s.claim.floor().to_string(),
            does_not_meet: s.claim.is_deficiency().then_some(true),
            settlement_asset,
            isolated_position,
            requirement,
        },
        market: MarketJson {
            registry: s.registry_digest.to_string(),
            schedule: s.schedule_digest.to_string(),
            snapshot: s.snapshot_digest.to_string(),
            snapshot_time: s.snapshot_time.to_string(),
            currency: s.margin_unit.currency().to_owned(),
            margin_decimals: s.margin_unit.decimals(),
        },
        account: match s.account.anchor() {
            Anchor::Commitment => AccountJson::Commitment(account),
            Anchor::Ledger => AccountJson::LedgerRoot(account),
        },
        pseudonym,
        nullifier,
        margin_commitment: s.margin_commitment.to_string(),
        context: ContextJson {
            audience: s.context.audience().to_owned(),
            purpose: s.context.purpose().to_owned(),
            nonce: s.context.nonce().map(hex::encode),
            epoch: zero_for_none(s.context.epoch()).to_string(),
            expires: zero_for_none(s.context.expires()).to_string(),
        },
        proof: hex::encode(envelope.proof()),
    };
    // Strings and small integers always serialize.
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

fn bytes(field: &'static str, text: &str) -> Result<Vec<u8>, JsonError> {
    let lower = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let decoded = hex::decode(text).ok().filter(|_| lower);
    decoded.ok_or(JsonError::Hex(field))
}

fn array(field: &'static str, text: &str) -> Result<[u8; 32], JsonError> {
    bytes(field, text)?.try_into().map_err(|_| JsonError::Hex(field))
}

fn element(field: &'static str, text: &str) -> Result<Fp, JsonError> {
    field_from_bytes(&array(field, text)?).ok_or(JsonError::NonCanonical(field))
}

fn digits(field: &'static str, text: &str) -> Result<(), JsonError> {
    let plain = !text.is_empty() && text.len() <= 80 && text.bytes().all(|b| b.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    if plain && canonical { Ok(()) } else { Err(JsonError::Integer(field)) }
}

fn integer(field: &'static str, text: &str) -> Result<u64, JsonError> {
    digits(field, text)?;
    text.parse().map_err(|_| JsonError::Integer(field))
}

fn parse(text: &[u8]) -> Result<File, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let file = File::deserialize(Objects(&mut reader))?;
    reader.end()?;
    Ok(file)
}

/// Reads the twin.
pub(crate) fn read(text: &[u8]) -> Result<(Statement, Vec<u8>), EnvelopeError> {
    let file = parse(text).map_err(|e| {
        let full = e.to_string();
        let suffix = format!(" at line {} column {}", e.line(), e.column());
        JsonError::Syntax {
            line: e.line(),
            column: e.column(),
            message: shown(&shorten(full.strip_suffix(&suffix).unwrap_or(&full))).into_owned(),
        }
    })?;
    if file.format != JSON_FORMAT {
        return Err(JsonError::Format.into());
    }
    let CircuitJson { version, shape, k } = file.circuit;
    let version =
        CircuitVersion::from_number(version).ok_or(StatementError::CircuitVersion(version))?;
    let slots = Slots::from_name(&shape).ok_or(JsonError::Shape)?;
    let k = K::new(k.into()).ok_or(StatementError::Size(k))?;
    let claim = file.claim;
    let floor = Floor::of_text(&claim.floor).ok_or(JsonError::Floor)?;
    let read = match claim.does_not_meet {
        None => Claim::with_floor(claim.level_bps, floor),
        Some(true) if floor.is_none() => Claim::deficiency(claim.level_bps),
        Some(true) => Err(ClaimError::DeficiencyFloor),
        Some(false) => return Err(JsonError::Direction.into()),
    };
    let read = read.map_err(JsonError::Claim)?;
    let basis = basis(version, slots, claim, &read)?;
    let market = file.market;
    let context = file.context;
    let nonce = context.nonce.map(|n| array("context.nonce", &n)).transpose()?;
    let epoch = integer("context.epoch", &context.epoch)?;
    let expires = integer("context.expires", &context.expires)?;
    let (named, field, account) = match &file.account {
        AccountJson::Commitment(text) => (Anchor::Commitment, "account.commitment", text),
        AccountJson::LedgerRoot(text) => (Anchor::Ledger, "account.ledger_root", text),
    };
    let elements = [
        element(field, account)?,
        element("pseudonym", &file.pseudonym)?,
        element("nullifier", &file.nullifier)?,
    ];
    let statement = Statement {
        basis,
        k,
        claim: read,
        registry_digest: array("market.registry", &market.registry)?.into(),
        schedule_digest: array("market.schedule", &market.schedule)?.into(),
        snapshot_digest: array("market.snapshot", &market.snapshot)?.into(),
        snapshot_time: integer("market.snapshot_time", &market.snapshot_time)?,
        margin_unit: MarginUnit::new(market.currency, market.margin_decimals)
            .map_err(JsonError::Unit)?,
        account: AccountReference::from_elements(version, named, elements)?,
        margin_commitment: element("margin_commitment", &file.margin_commitment)?.into(),
        context: Context::new(context.audience, context.purpose, nonce)
            .map_err(JsonError::Context)?
            .of_epoch(NonZeroU64::new(epoch))
            .expiring(NonZeroU64::new(expires)),
    };
    Ok((statement, bytes("proof", &file.proof)?))
}
