//! What names the account, in the circuits of all families: its commitment, or its place in a ledger; and the public
//! inputs.

use crate::claim::ClaimCells;
use crate::hints::Membership;
use crate::membership::Ledger;
use crate::public;
use crate::valuation::Valuation;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::path::PathConfig;
use zkmargin_gadgets::poseidon::{PoseidonBlocks, PoseidonConfig, Word};
use zkmargin_model::circuit::Anchor;
use zkmargin_model::poseidon::{RATE, Tag, initial_state};

/// Columns that a circuit has for its anchor.
pub(crate) struct AnchorConfig<'a> {
    /// Those of holder and path.
    pub columns: &'a Columns,
    pub poseidon: &'a PoseidonConfig,
    /// Of an account in a ledger.
    pub path: Option<&'a PathConfig>,
    pub instance: Column<Instance>,
}

/// Cells of the region in which equity, requirement and claim are computed.
pub(crate) struct MarginCells<S> {
    /// Slots, of which the lists are digests.
    pub slots: S,
    pub valuation: Valuation,
    /// What is equated with public inputs.
    pub claim: ClaimCells,
}

/// The part of a circuit that is a family's own.
pub(crate) trait AccountPart {
    /// Cells of the slots.
    type Slots;
    /// Tag of the account's leaf.
    const LEAF: Tag;

    /// Assigns slots, valuation and claim.
    fn margin_region(&self, region: &mut Region<'_, Fp>)
    -> Result<MarginCells<Self::Slots>, Error>;

    /// Row of that region from which on the columns of holder and path are free.
    fn membership_row(&self) -> usize;

    /// Digests of the lists of positions and of balances.
    fn lists(
        &self,
        region: &mut Region<'_, Fp>,
        blocks: &mut PoseidonBlocks<'_>,
        slots: &Self::Slots,
    ) -> Result<[FieldCell; 2], Error>;

    /// Registry, holder key, serial and blinding of the account.
    fn leaf(&self) -> Value<[Fp; 4]>;

    /// Blinding of the margin commitment.
    fn margin_blinding(&self) -> Value<Fp>;

    /// Holder and path; unknown in a witness that has none.
    fn membership(&self) -> Value<&Membership>;
}

/// The account commitment; holder key and serial come from the caller.
pub(crate) fn account<P: AccountPart>(
    part: &P,
    region: &mut Region<'_, Fp>,
    blocks: &mut PoseidonBlocks<'_>,
    cells: &MarginCells<P::Slots>,
    holder_key: Word<'_>,
    serial: Word<'_>,
) -> Result<FieldCell, Error> {
    let [positions, balances] = part.lists(region, blocks, &cells.slots)?;
    let leaf = [
        [Word::Cell(&positions), Word::Cell(&balances)],
        [Word::Cell(&cells.claim.registry), holder_key],
        [serial, Word::Private(part.leaf().map(|leaf| leaf[3]))],
    ];
    let start = initial_state(P::LEAF, leaf.len() * RATE);
    blocks.hash(region, start, &leaf)
}

/// Hiding commitment to equity and requirement.
pub(crate) fn margin<P: AccountPart>(
    part: &P,
    region: &mut Region<'_, Fp>,
    blocks: &mut PoseidonBlocks<'_>,
    valuation: &Valuation,
) -> Result<FieldCell, Error> {
    let figures = [
        [Word::Cell(&valuation.equity), Word::Cell(&valuation.maintenance)],
        [Word::Private(part.margin_blinding()), Word::Constant(Fp::ZERO)],
    ];
    let start = initial_state(Tag::Margin, figures.len() * RATE);
    blocks.hash(region, start, &figures)
}

/// Equates the key of a named position with its public input.
pub(crate) fn name(
    claim: &ClaimCells,
    config: &AnchorConfig<'_>,
    layouter: &mut impl Layouter<Fp>,
    anchor: Anchor,
) -> Result<(), Error> {
    let Some(name) = &claim.name else { return Ok(()) };
    layouter.constrain_instance(name.cell(), config.instance, public::name_row(anchor))
}

/// Everything below the tables, and the public inputs.
pub(crate) fn synthesize<P: AccountPart>(
    part: &P,
    config: &AnchorConfig<'_>,
    layouter: &mut impl Layouter<Fp>,
) -> Result<(), Error> {
    match config.path {
        None => committed(part, config, layouter),
        Some(path) => Ledger { part, config, path }.synthesize(layouter),
    }
}

/// Slots and commitments of a committed account, and the public inputs.
fn committed<P: AccountPart>(
    part: &P,
    config: &AnchorConfig<'_>,
    layouter: &mut impl Layouter<Fp>,
) -> Result<(), Error> {
    let cells =
        layouter.assign_region(|| "margin", |mut region| part.margin_region(&mut region))?;
    let (account, margin) = layouter.assign_region(
        || "commitments",
        |mut region| {
            let mut blocks = PoseidonBlocks::new(config.poseidon);
            let holder_key = Word::Private(part.leaf().map(|leaf| leaf[1]));
            let serial = Word::Private(part.leaf().map(|leaf| leaf[2]));
            let account = account(part, &mut region, &mut blocks, &cells, holder_key, serial)?;
            let margin = margin(part, &mut region, &mut blocks, &cells.valuation)?;
            blocks.finish(&mut region)?;
            Ok((account, margin))
        },
    )?;
    let claim = &cells.claim;
    for (cell, row) in [
        (account.cell(), public::ACCOUNT),
        (claim.zero.cell(), public::PSEUDONYM),
        (claim.zero.cell(), public::NULLIFIER),
        (claim.level.cell(), public::LEVEL),
        (claim.floor.cell(), public::FLOOR),
        (margin.cell(), public::MARGIN),
        (claim.registry.cell(), public::REGISTRY),
        (claim.deficient.cell(), public::DEFICIENT),
    ] {
        layouter.constrain_instance(cell, config.instance, row)?;
    }
    name(claim, config, layouter, Anchor::Commitment)
}
