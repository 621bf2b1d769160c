//! An epoch: its snapshot, its ledger, and the proofs about it.

use crate::files::PoolError;
use crate::holder::Holders;
use crate::{AUDIENCE, PURPOSE};
use serde_json::{Value, json};
use std::num::NonZeroU64;
use zkmargin_circuit::KeyCache;
use zkmargin_circuit::halo2::Fp;
use zkmargin_model::circuit::{Shape, Slots};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::ledger::{DEPTH, Path, empty_roots, node};
use zkmargin_model::rule::Account;
use zkmargin_notes::LedgerCheckpoint;
use zkmargin_params::{CompiledMarket, Schedule, SnapshotFile, compile, format_utc, parse_utc};
use zkmargin_prover::{LedgerPlace, ProveRequest, prove};

const SNAPSHOT: &[u8] =
    include_bytes!("../../../params/venues/binance/examples/usdm.synthetic.snapshot.json");

/// Milliseconds of a day: an epoch is one.
const DAY_MS: u64 = 86_400_000;

/// The end of an epoch at the venue: marks, accounts and their ledger.
#[derive(Debug)]
pub struct Epoch {
    number: u32,
    /// The snapshot's file.
    pub snapshot: Vec<u8>,
    /// The market.
    pub market: CompiledMarket,
    accounts: Vec<Account>,
    /// The ledger's levels, leaves first, without empty subtrees.
    levels: Vec<Vec<Fp>>,
    holders: Holders,
}

/// When the marks of an epoch are taken, milliseconds since 1970: a day after those before.
pub(crate) fn marks_ms(number: u32) -> Result<u64, PoolError> {
    let file: Value = serde_json::from_slice(SNAPSHOT)?;
    let first = file["time"].as_str().and_then(parse_utc).ok_or(PoolError::Example)?;
    Ok(first + u64::from(number - 1) * DAY_MS)
}

/// The example's snapshot, some days later and with other marks.
fn snapshot(number: u32) -> Result<Vec<u8>, PoolError> {
    let mut file: Value = serde_json::from_slice(SNAPSHOT)?;
    file["time"] = json!(format_utc(marks_ms(number)?));
    file["sequence"] = json!(number);
    for (at, entry) in file["instruments"].as_array_mut().into_iter().flatten().enumerate() {
        // Synthetic marks move in their last two digits.
        let mark = entry["mark"].as_str().ok_or(PoolError::Example)?;
        let digits = mark.rfind('.').map_or(0, |point| mark.len() - point - 1);
        if digits > 2 {
            let last = 10 + (number as usize + at) % 89;
            entry["mark"] = json!(format!("{}{last}", &mark[..mark.len() - 2]));
        }
    }
    Ok(serde_json::to_vec_pretty(&file)?)
}

/// Levels of a tree, leaves first, without empty subtrees.
pub(crate) fn levels(leaves: Vec<Fp>) -> Vec<Vec<Fp>> {
    let mut levels = vec![leaves];
    for empty in &empty_roots()[..DEPTH] {
        let below = &levels[levels.len() - 1];
        let parent = |pair: &[Fp]| node(pair[0], *pair.get(1).unwrap_or(empty));
        levels.push(below.chunks(2).map(parent).collect());
    }
    levels
}

/// The path from a leaf up.
pub(crate) fn path(levels: &[Vec<Fp>], serial: u32) -> Path {
    let empty = empty_roots();
    let siblings = std::array::from_fn(|level| {
        let sibling = (serial >> level ^ 1) as usize;
        levels[level].get(sibling).copied().unwrap_or(empty[level])
    });
    Path { serial, siblings }
}

impl Epoch {
    /// An epoch, numbered from 1, of so many holders.
    ///
    /// # Errors
    /// [`PoolError`] when the example's files do not serve.
    pub fn new(schedule: &Schedule, number: u32, holders: u32) -> Result<Self, PoolError> {
        let bytes = snapshot(number)?;
        let market = compile(schedule, &SnapshotFile::from_json(&bytes)?)?;
        let all = Holders::of(&schedule.file().venue);
        let account =
            |holder| all.account(holder, number, &market).ok_or(PoolError::Account(holder));
        let accounts = (0..holders).map(account).collect::<Result<Vec<_>, _>>()?;
        let leaf = |(holder, account): (u32, &Account)| {
            let secrets = all.secrets(holder, number).under(&market.registry_digest());
            Some(account_commitment(account, &secrets.ok()?).ok()?.element())
        };
        let leaves = (0..).zip(&accounts).map(leaf).collect::<Option<Vec<_>>>();
        let levels = levels(leaves.ok_or(PoolError::Example)?);
        Ok(Self { number, snapshot: bytes, market, accounts, levels, holders: all })
    }

    /// What the venue says of the epoch's ledger.
    pub fn checkpoint(&self) -> LedgerCheckpoint {
        LedgerCheckpoint {
            origin: self.market.schedule().file().venue.clone(),
            size: self.accounts.len() as u64,
            root: self.levels[DEPTH][0].into(),
            epoch: self.number.into(),
            time_ms: self.market.snapshot().time_ms,
            registry: self.market.registry_digest(),
            schedule: self.market.schedule_digest(),
        }
    }

    /// A holder's proof that an account of the ledger meets its maintenance margin.
    ///
    /// # Errors
    /// [`PoolError::Prove`].
    pub fn prove(&self, holder: u32, keys: &KeyCache) -> Result<Envelope, PoolError> {
        let place =
            LedgerPlace { secret: self.holders.secret(holder), path: path(&self.levels, holder) };
        self.prove_at(holder, Some(&place), keys)
    }

    /// The same of the account behind a commitment.
    ///
    /// # Errors
    /// [`PoolError::Prove`].
    pub fn prove_committed(&self, holder: u32, keys: &KeyCache) -> Result<Envelope, PoolError> {
        self.prove_at(holder, None, keys)
    }

    fn prove_at(
        &self,
        holder: u32,
        membership: Option<&LedgerPlace>,
        keys: &KeyCache,
    ) -> Result<Envelope, PoolError> {
        let request = ProveRequest {
            account: &self.accounts[holder as usize],
            secrets: &self.holders.secrets(holder, self.number),
            market: &self.market,
            claim: Claim::new(10_000, 0u8.into()).map_err(|_| PoolError::Example)?,
            subject: self.market.market().books().into(),
            context: Context::new(AUDIENCE, PURPOSE, None)
                .map(|context| context.of_epoch(NonZeroU64::new(self.number.into())))
                .map_err(|_| PoolError::Example)?,
            membership,
            shape: Some(Slots::Linear(Shape::S)),
        };
        Ok(prove(&request, keys)?.envelope)
    }
}
