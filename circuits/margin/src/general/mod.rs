//! The slots of the general profile, in which every element of the rule is a block of rows.
//!
//! Every figure is a line: the row of a key in the bracket table with factor, offset and divisor. A market in which an
//! instrument lacks a figure has a line for it that changes nothing, so one circuit serves all rules.

pub(crate) mod allocated;
pub(crate) mod allocation;
pub(crate) mod asset;
pub(crate) mod by_size;
pub(crate) mod cross;
pub(crate) mod entry;
mod keys;
pub(crate) mod leverage;
pub(crate) mod line;
pub(crate) mod orders;
pub(crate) mod position;
pub(crate) mod signed;
pub(crate) mod tables;

pub use allocated::{AllocationConstants, Assigned};
pub use asset::GeneralAssetHint;
pub use by_size::SizeHint;
pub use entry::EntryHint;
pub use leverage::LeverageHint;
pub use orders::OrdersHint;
pub use position::GeneralPositionHint;

use crate::position::Gadgets;
use asset::GeneralAssetConfig;
use by_size::SizeConfig;
use line::LineConfig;
use position::GeneralPositionConfig;
use signed::SignedConfig;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::divide::DivideConfig;
use zkmargin_gadgets::halo2::ConstraintSystem;
use zkmargin_gadgets::halo2::Fp;
use zkmargin_gadgets::keyed::KeyedConfig;
use zkmargin_gadgets::larger::LargerConfig;
use zkmargin_gadgets::root::RootConfig;
use zkmargin_gadgets::sign::SignConfig;
use zkmargin_model::rule::Profile;

/// Configuration of the general profile's slots.
#[derive(Clone, Debug)]
pub(crate) struct GeneralConfig {
    pub(crate) position: GeneralPositionConfig,
    pub(crate) asset: GeneralAssetConfig,
}

impl GeneralConfig {
    /// Creates the gates of both slots.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        gadgets: Gadgets<'_>,
        divide: &DivideConfig,
    ) -> Self {
        let keyed = KeyedConfig::configure(meta, columns, gadgets.bracket);
        let line = LineConfig { keyed, divide: divide.clone() };
        let signed = SignedConfig::configure(meta, columns, gadgets.bracket, divide);
        let larger = LargerConfig::configure(meta, columns, gadgets.range);
        let root = RootConfig::configure(meta, columns, gadgets.range);
        let sign = SignConfig::configure(meta, columns, gadgets.range);
        let by_size = SizeConfig::configure(meta, columns, &line, &sign, &root);
        Self {
            position: GeneralPositionConfig::configure(
                meta, columns, profile, gadgets, &line, &signed, &root, &sign, &larger,
            ),
            asset: GeneralAssetConfig::configure(
                meta,
                columns,
                profile.settlement,
                gadgets,
                &line,
                &signed,
                &sign,
                &by_size,
                &larger,
            ),
        }
    }
}
