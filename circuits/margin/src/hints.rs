//! Private values of every slot: those cell values that nothing else computes.

use crate::general::{GeneralAssetHint, GeneralPositionHint};
use crate::position::terms::tier_table;
use crate::tables::{INSTRUMENT_COLUMNS, asset_key};
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::ledger::Path;
use zkmargin_model::rule::Settlement;

/// Free cells of a position slot. An empty slot is all zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionHint {
    /// Used flag.
    pub used: Fp,
    /// Side: 1 is short.
    pub side: Fp,
    /// Settle group.
    pub code: Fp,
    /// List key.
    pub key: Fp,
    /// Size magnitude less one; zero in an empty slot. In a record with open orders, the magnitude itself.
    pub size: Fp,
    /// Biased entry value; zero in an empty slot.
    pub entry: Fp,
    /// Own parameter, 0 for none; read in the general profile, and where records have own parameters.
    pub own: Fp,
    /// 1 for a position in the cross book; read where positions can be isolated.
    pub cross: Fp,
    /// 1 for the isolated position that the claim names; read where it names one.
    pub named: Fp,
    /// Looked-up row of the instrument table, without its first column; the profile's columns are read.
    pub terms: [Fp; INSTRUMENT_COLUMNS - 1],
    /// Tier row.
    pub bracket: BracketHint,
    /// What all positions of the family count in the position's book; read where tiers go by families.
    pub family: Fp,
    /// What only the general profile reads.
    pub general: GeneralPositionHint,
}

/// Free cells of an asset slot. An empty slot is all zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetHint {
    /// Used flag.
    pub used: Fp,
    /// Settle group.
    pub code: Fp,
    /// Whether positions settle in the asset.
    pub settles: Fp,
    /// List key.
    pub key: Fp,
    /// Biased balance; zero in an empty slot.
    pub balance: Fp,
    /// Profit and loss that settles in the asset; read with more settle groups than four.
    pub taken: Fp,
    /// Haircut row.
    pub bracket: BracketHint,
    /// What only the general profile reads.
    pub general: GeneralAssetHint,
}

/// All private values of the circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitWitness {
    /// One per position slot.
    pub positions: Vec<PositionHint>,
    /// One per asset slot.
    pub assets: Vec<AssetHint>,
    /// Registry, holder key, serial, blinding.
    pub leaf: [Fp; 4],
    /// Blinding of the margin commitment.
    pub margin_blinding: Fp,
    /// Claim level.
    pub level: Fp,
    /// Claim floor.
    pub floor: Fp,
    /// 1 if the claim is of a deficiency.
    pub deficient: Fp,
    /// Key of the isolated position that the claim names; zero, and not read, where it names none.
    pub name: Fp,
    /// Holder and Merkle path, for a circuit that has them.
    pub membership: Option<Membership>,
}

/// What a prover knows about its place in a ledger. The holder key in the account commitment is
/// the secret's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The holder's secret.
    pub secret: Fp,
    /// The venue.
    pub venue: Fp,
    /// The audience.
    pub audience: Fp,
    /// The scope.
    pub scope: Fp,
    /// From the account's leaf to the root; its serial is the account's.
    pub path: Path,
}

impl PositionHint {
    /// An empty slot.
    pub fn empty() -> Self {
        let zero = Fp::ZERO;
        Self {
            used: zero,
            side: zero,
            code: zero,
            key: zero,
            size: zero,
            entry: zero,
            own: zero,
            cross: zero,
            named: zero,
            terms: [zero; INSTRUMENT_COLUMNS - 1],
            bracket: BracketHint::default(),
            family: zero,
            general: GeneralPositionHint::empty(),
        }
    }

    /// Key of the slot's tier rows in the bracket table.
    pub fn table_key(&self) -> Fp {
        tier_table(&self.terms)
    }
}

impl AssetHint {
    /// An empty slot.
    pub fn empty() -> Self {
        let zero = Fp::ZERO;
        Self {
            used: zero,
            code: zero,
            settles: zero,
            key: zero,
            balance: zero,
            taken: zero,
            bracket: BracketHint::default(),
            general: GeneralAssetHint::empty(),
        }
    }

    /// Key of the slot's haircut rows in the bracket table.
    pub fn table_key(&self, of: Settlement) -> Fp {
        let flags = Fp::from(asset_key::used(of)) * self.used
            + Fp::from(asset_key::settles(of)) * self.settles
            + self.code;
        Fp::from(asset_key::first(of)) + Fp::from(asset_key::id(of)) * self.key + flags
    }
}
