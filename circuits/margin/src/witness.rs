//! Witness generation: the private values of every slot, computed by the reference rule.

use crate::shape::Shape;
use crate::tables::ASSET_KEY;
use num_bigint::{BigInt, BigUint};
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, to_field};
use zkmargin_model::ledger::Path;
use zkmargin_model::rule::{
    Account, AssetMargin, Balance, BracketRow, Market, Position, PositionMargin, RuleError, Side,
    margin,
};

/// What the prover knows and the public does not.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The account.
    pub account: Account,
    /// Its registry, holder key, serial and blinding.
    pub secrets: AccountSecrets,
    /// Blinding of the commitment to equity and maintenance margin.
    pub margin_blinding: Fp,
}

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
    /// Size magnitude less one; zero in an empty slot.
    pub size: Fp,
    /// Biased entry value; zero in an empty slot.
    pub entry: Fp,
    /// Looked-up row: value numerator, variable multiplier, conversion, tier table.
    pub terms: [Fp; 4],
    /// Tier row.
    pub bracket: BracketHint,
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
    /// Haircut row.
    pub bracket: BracketHint,
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
    /// Holder and way through the ledger, for a circuit that has them.
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

const EMPTY_BRACKET: BracketHint =
    BracketHint { lo: Fp::ZERO, hi: Fp::ZERO, slope: Fp::ZERO, intercept: Fp::ZERO };

fn bracket(row: &BracketRow) -> BracketHint {
    let [lo, hi, slope, intercept] = [&row.lo, &row.hi, &row.slope, &row.intercept].map(to_field);
    BracketHint { lo, hi, slope, intercept }
}

fn unsigned(value: &BigUint) -> Fp {
    to_field(&BigInt::from(value.clone()))
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
            terms: [zero; 4],
            bracket: EMPTY_BRACKET,
        }
    }

    fn of(market: &Market, p: &Position, computed: &PositionMargin) -> Option<Self> {
        let terms = market.instrument(p.instrument)?;
        let row = market.terms().tiers.get(terms.tiers)?.rows().get(computed.row)?;
        Some(Self {
            used: Fp::ONE,
            side: Fp::from(u64::from(p.side == Side::Short)),
            code: Fp::from(terms.group as u64),
            key: Fp::from(u64::from(p.key())),
            size: unsigned(&p.size) - Fp::ONE,
            entry: to_field(&p.biased_entry()),
            terms: [
                to_field(&terms.value.exact_num()?),
                to_field(&market.variable_multiplier(terms)),
                to_field(&market.conversion(terms)),
                Fp::from(terms.tiers as u64 + 1),
            ],
            bracket: bracket(row),
        })
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
            bracket: EMPTY_BRACKET,
        }
    }

    fn of(market: &Market, b: &Balance, computed: &AssetMargin) -> Option<Self> {
        let group = market.settle_group_of(b.asset);
        let rows = market.asset(b.asset)?.rows_by_balance();
        let row = rows.iter().find(|r| r.lo <= computed.balance && computed.balance <= r.hi)?;
        Some(Self {
            used: Fp::ONE,
            code: Fp::from(group.unwrap_or(0) as u64),
            settles: Fp::from(u64::from(group.is_some())),
            key: Fp::from(u64::from(b.asset)),
            balance: to_field(&b.biased_balance()),
            bracket: bracket(row),
        })
    }

    /// Key of the slot's haircut rows in the bracket table.
    pub fn table_key(&self) -> Fp {
        let flags = Fp::from(8) * self.used + Fp::from(4) * self.settles + self.code;
        Fp::from(u64::from(ASSET_KEY)) + Fp::from(16) * self.key + flags
    }
}

impl CircuitWitness {
    /// Fills every slot of a shape. The account need not meet the claim.
    ///
    /// Returns `None` when the account does not fit the shape or the market rounds.
    ///
    /// # Errors
    /// [`RuleError`] when the rule gives no figure for the account.
    pub fn new(
        shape: Shape,
        market: &Market,
        witness: &Witness,
        claim: &Claim,
    ) -> Result<Option<Self>, RuleError> {
        let account = &witness.account;
        let computed = margin(account, market)?;
        if !shape.fits(account) {
            return Ok(None);
        }
        let positions = account.positions().iter().zip(&computed.positions);
        let assets = account.balances().iter().zip(&computed.assets);
        let positions: Option<Vec<_>> =
            positions.map(|(p, m)| PositionHint::of(market, p, m)).collect();
        let assets: Option<Vec<_>> = assets.map(|(b, m)| AssetHint::of(market, b, m)).collect();
        let (Some(mut positions), Some(mut assets)) = (positions, assets) else {
            return Ok(None);
        };
        positions.resize_with(shape.positions(), PositionHint::empty);
        assets.resize_with(shape.assets(), AssetHint::empty);
        let secrets = &witness.secrets;
        Ok(Some(Self {
            positions,
            assets,
            leaf: [
                secrets.registry,
                secrets.holder_key,
                Fp::from(secrets.serial),
                secrets.blinding,
            ],
            margin_blinding: witness.margin_blinding,
            level: Fp::from(u64::from(claim.level_bps())),
            floor: unsigned(claim.floor()),
            membership: None,
        }))
    }
}

const _: () = assert!(asset_flags_fit());

const fn asset_flags_fit() -> bool {
    // Flags are below 16, so keys of different assets never meet.
    8 + 4 + (zkmargin_model::widths::MAX_SETTLE_GROUPS - 1) < 16
}
