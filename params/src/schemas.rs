//! JSON Schemas of the files, generated from the types that read them.

use super::elements_file::FractionText;
use super::portfolio::{PortfolioScheduleFile, PortfolioSnapshotFile};
use super::text::DecimalText;
use super::{
    AccountFile, ChallengeFile, FileKind, KeysFile, ManifestFile, PolicyFile, ProverPolicyFile,
    ScheduleFile, SnapshotFile,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use std::borrow::Cow;

/// The JSON Schema of a kind of file as text. `params/schemas/` holds these.
pub fn json_schema(kind: FileKind) -> String {
    let mut schema: Schema = match kind {
        FileKind::Schedule => schema_for!(ScheduleFile),
        FileKind::Snapshot => schema_for!(SnapshotFile),
        FileKind::PortfolioSchedule => schema_for!(PortfolioScheduleFile),
        FileKind::PortfolioSnapshot => schema_for!(PortfolioSnapshotFile),
        FileKind::Account => schema_for!(AccountFile),
        FileKind::Keys => schema_for!(KeysFile),
        FileKind::Policy => schema_for!(PolicyFile),
        FileKind::Challenge => schema_for!(ChallengeFile),
        FileKind::ProverPolicy => schema_for!(ProverPolicyFile),
        FileKind::Manifest => schema_for!(ManifestFile),
    };
    schema.insert("title".to_owned(), kind.format().into());
    format!("{:#}\n", schema.as_value())
}

impl JsonSchema for DecimalText {
    fn inline_schema() -> bool {
        false
    }

    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Exact decimal number in quotes, without exponent, plus sign or leading zeros.",
            "pattern": "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$",
            "maxLength": zkmargin_model::decimal::MAX_DECIMAL_CHARS,
        })
    }
}

/// A floor: a decimal number, or `none`.
pub(crate) struct Floor;

impl JsonSchema for Floor {
    fn schema_name() -> Cow<'static, str> {
        "Floor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Exact decimal number in quotes, without exponent, plus sign or leading zeros; or none.",
            "pattern": "^(none|-?(0|[1-9][0-9]*)(\\.[0-9]+)?)$",
            "maxLength": zkmargin_model::decimal::MAX_DECIMAL_CHARS,
        })
    }
}

impl JsonSchema for FractionText {
    fn inline_schema() -> bool {
        false
    }

    fn schema_name() -> Cow<'static, str> {
        "Fraction".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Exact decimal number, or a fraction of two integers such as `2/3`, in quotes.",
            "pattern": "^-?(0|[1-9][0-9]*)((\\.[0-9]+)?|/[1-9][0-9]*)$",
            "maxLength": 2 * zkmargin_model::decimal::MAX_DECIMAL_CHARS + 1,
        })
    }
}
