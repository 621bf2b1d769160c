//! The circuit of an account in a ledger: the public input is the ledger's root, with the holder's pseudonym
//! for an audience and the account's nullifier for a registry and a scope.
//!
//! Below the claim:
//!
//! ```text
//! row  aux 0   aux 1  aux 2     aux 3  aux 4
//! 0    secret  venue  audience  scope  serial
//! ```
//!
//! and below that 32 levels of two rows each, see [`zkmargin_gadgets::path`].

use crate::anchor::{self, AccountPart, AnchorConfig, MarginCells};
use crate::hints::Membership;
use crate::public;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::path::{self, PathConfig, SerialCells};
use zkmargin_gadgets::poseidon::{PoseidonBlocks, Word};
use zkmargin_model::circuit::Anchor;
use zkmargin_model::ledger::DEPTH;
use zkmargin_model::poseidon::{RATE, Tag, initial_state};

/// Poseidon blocks beyond those of the plain circuit: path, holder key, pseudonym, nullifier.
pub const BLOCKS: usize = DEPTH + 1 + 1 + 2;

/// The holder's secret: a field element.
const SECRET: At = aux("secret", 0, 0);
/// Digest of the venue's name.
const VENUE: At = aux("venue", 1, 0);
/// Digest of the audience's name.
const AUDIENCE: At = aux("audience", 2, 0);
/// Digest of audience, purpose and epoch.
const SCOPE: At = aux("scope", 3, 0);
/// Index of the account's leaf: 32 bits.
const SERIAL: At = aux("serial", 4, 0);

/// First row of the path levels.
pub(crate) const PATH_ROWS: usize = 1;

struct HolderCells {
    secret: FieldCell,
    venue: FieldCell,
    audience: FieldCell,
    scope: FieldCell,
    serial: FieldCell,
}

struct PublicCells {
    root: FieldCell,
    pseudonym: FieldCell,
    nullifier: FieldCell,
    margin: FieldCell,
}

/// A ledger's part of a circuit.
pub(crate) struct Ledger<'a, P> {
    pub part: &'a P,
    pub config: &'a AnchorConfig<'a>,
    pub path: &'a PathConfig,
}

impl<P: AccountPart> Ledger<'_, P> {
    fn membership<T>(&self, value: impl Fn(&Membership) -> T) -> Value<T> {
        self.part.membership().map(value)
    }

    fn holder(&self, region: &mut Region<'_, Fp>, offset: usize) -> Result<HolderCells, Error> {
        let serial = self.part.leaf().map(|leaf| leaf[2]);
        let columns = self.config.columns;
        let mut assign = |at, value| columns.assign(region, offset, at, value);
        Ok(HolderCells {
            secret: assign(SECRET, self.membership(|m| m.secret))?,
            venue: assign(VENUE, self.membership(|m| m.venue))?,
            audience: assign(AUDIENCE, self.membership(|m| m.audience))?,
            scope: assign(SCOPE, self.membership(|m| m.scope))?,
            serial: assign(SERIAL, serial)?,
        })
    }

    /// From the account commitment to the root; the bits of the path spell the serial.
    fn root(
        &self,
        region: &mut Region<'_, Fp>,
        blocks: &mut PoseidonBlocks<'_>,
        first_row: usize,
        account: FieldCell,
        serial: &FieldCell,
    ) -> Result<FieldCell, Error> {
        let mut below: Option<SerialCells> = None;
        let mut child = account;
        for level in 0..DEPTH {
            let sibling = self.membership(|m| m.path.siblings[level]);
            let bit = self.membership(|m| m.path.is_right(level));
            let row = first_row + level * path::ROWS;
            let cells = self.path.assign(region, row, below.as_ref(), &child, sibling, bit)?;
            let nodes = [[Word::Cell(&cells.left), Word::Cell(&cells.right)]];
            child = blocks.hash(region, initial_state(Tag::Node, RATE), &nodes)?;
            below = Some(cells.serial);
        }
        let spelled = below.ok_or(Error::Synthesis)?.serial;
        region.constrain_equal(spelled.cell(), serial.cell())?;
        Ok(child)
    }

    fn region(
        &self,
        region: &mut Region<'_, Fp>,
    ) -> Result<(MarginCells<P::Slots>, HolderCells, PublicCells), Error> {
        let part = self.part;
        let cells = part.margin_region(region)?;
        let row = part.membership_row();
        let holder = self.holder(region, row)?;

        let mut blocks = PoseidonBlocks::new(self.config.poseidon);
        let (secret, serial) = (Word::Cell(&holder.secret), Word::Cell(&holder.serial));
        let one_block = |tag| initial_state(tag, RATE);
        let words = [[secret.clone(), Word::Cell(&holder.venue)]];
        let holder_key = blocks.hash(region, one_block(Tag::HolderKey), &words)?;
        let words = [[secret.clone(), Word::Cell(&holder.audience)]];
        let pseudonym = blocks.hash(region, one_block(Tag::Pseudonym), &words)?;
        // The cell that the leaf absorbs and the public input equals: no registry but the account's.
        let registry = Word::Cell(&cells.claim.registry);
        let words = [[secret, registry], [serial.clone(), Word::Cell(&holder.scope)]];
        let start = initial_state(Tag::Nullifier, words.len() * RATE);
        let nullifier = blocks.hash(region, start, &words)?;

        let holder_key = Word::Cell(&holder_key);
        let account = anchor::account(part, region, &mut blocks, &cells, holder_key, serial)?;
        let margin = anchor::margin(part, region, &mut blocks, &cells.valuation)?;
        let root = self.root(region, &mut blocks, row + PATH_ROWS, account, &holder.serial)?;
        blocks.finish(region)?;
        Ok((cells, holder, PublicCells { root, pseudonym, nullifier, margin }))
    }

    /// Everything below the tables, and the public inputs.
    pub(crate) fn synthesize(&self, layouter: &mut impl Layouter<Fp>) -> Result<(), Error> {
        // One region, because the Merkle path alternates between the path rows and the hash.
        let (cells, holder, found) =
            layouter.assign_region(|| "membership", |mut region| self.region(&mut region))?;
        let claim = &cells.claim;
        for (cell, row) in [
            (found.root.cell(), public::ACCOUNT),
            (found.pseudonym.cell(), public::PSEUDONYM),
            (found.nullifier.cell(), public::NULLIFIER),
            (claim.level.cell(), public::LEVEL),
            (claim.floor.cell(), public::FLOOR),
            (found.margin.cell(), public::MARGIN),
            (claim.registry.cell(), public::REGISTRY),
            (claim.deficient.cell(), public::DEFICIENT),
            (holder.venue.cell(), public::VENUE),
            (holder.audience.cell(), public::AUDIENCE),
            (holder.scope.cell(), public::SCOPE),
        ] {
            layouter.constrain_instance(cell, self.config.instance, row)?;
        }
        anchor::name(claim, self.config, layouter, Anchor::Ledger)
    }
}

/// All cells above the path.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    crate::layout::of(&[&[SECRET, VENUE, AUDIENCE, SCOPE, SERIAL]])
}
