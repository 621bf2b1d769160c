//! From the written elements of a schedule and the figures of a snapshot to those of the rule.

mod asset;
mod context;
mod digest;
mod family;
mod figures;
mod fraction;
mod instrument;

pub(super) use asset::asset;
pub(super) use digest::{encode, encode_families, encode_registry};
pub(super) use family::Families;
pub use figures::Figures;
pub(super) use figures::{check_names, encode_figures, figures, made_up};
pub use fraction::Fraction;
pub(super) use instrument::{Replaced, Sides, instrument};
