//! The venue's ledger of portfolio accounts, beside its linear one: in the first epoch, one options account of the first
//! holder, who has a linear account of the same serial.

use crate::epoch::{levels, path};
use crate::files::{PoolError, due_list, manifest_of, signed, write};
use crate::holder::Holders;
use crate::{AUDIENCE, PURPOSE, auditor_key};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;
use std::sync::Arc;
use zkmargin_audit::Rules;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::element::LedgerRoot;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::holder::{audience_digest, audience_field};
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::Account;
use zkmargin_notes::{Body, EnrolmentNote, LedgerCheckpoint, ScheduleNote, SnapshotNote};
use zkmargin_params::{AccountFile, AnyMarket, format_utc, read_schedule};
use zkmargin_prover::{LedgerPlace, ProveRequest, prove};

macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!("../../../params/venues/derive/examples/options.", $name, ".json"))
    };
}

/// The holder of the account, and its serial in either ledger.
const HOLDER: u32 = 0;

/// Epoch of the ledger.
const EPOCH: u32 = 1;

/// A portfolio ledger of one account.
#[derive(Debug)]
pub struct Options {
    schedule: Vec<u8>,
    snapshot: Vec<u8>,
    /// The market.
    pub market: Arc<dyn AnyMarket>,
    account: Account,
    holders: Holders,
    place: LedgerPlace,
    root: LedgerRoot,
}

impl Options {
    /// The ledger of a venue of this name.
    ///
    /// # Errors
    /// [`PoolError`] when the example's files do not serve.
    pub fn of(venue: &str) -> Result<Self, PoolError> {
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes);
        let (mut schedule, mut snapshot) =
            (json(example!("schedule"))?, json(example!("snapshot"))?);
        let mut account = json(example!("account"))?;
        (schedule["venue"], account["venue"]) = (json!(venue), json!(venue));
        let schedule = serde_json::to_vec_pretty(&schedule)?;
        let read = read_schedule(&schedule)?;
        snapshot["schedule"] = json!(read.digest().to_string());
        // The number that the linear series has at this epoch, too.
        snapshot["sequence"] = json!(EPOCH);
        let snapshot = serde_json::to_vec_pretty(&snapshot)?;
        let market = read.at(&snapshot)?;
        let account = AccountFile::from_json(account.to_string().as_bytes())?;
        let account = market.schedule().holdings(&account)?;
        let holders = Holders::of(venue);
        let secrets = holders.secrets(HOLDER, EPOCH).under(&market.registry_digest());
        let secrets = secrets.map_err(|_| PoolError::Example)?;
        let leaf = market.schedule().commitment(&account, &secrets);
        let leaf = leaf.map_err(|_| PoolError::Example)?;
        let path = path(&levels(vec![leaf.element()]), HOLDER);
        let root = path.root(leaf);
        let place = LedgerPlace { secret: holders.secret(HOLDER), path };
        Ok(Self { schedule, snapshot, market, account, holders, place, root })
    }

    /// Writes everything to the folder `options` of a pool.
    ///
    /// # Errors
    /// [`PoolError`]; what was made stays.
    pub fn write(&self, pool: &Path) -> Result<(), PoolError> {
        let folder = pool.join("options");
        for part in ["evidence", "proofs"] {
            std::fs::create_dir_all(folder.join(part))?;
        }
        for (name, bytes) in self.evidence()? {
            write(&folder.join(name), &bytes)?;
        }
        let keys = KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN);
        write(&folder.join("proofs/options.zkm"), &self.prove(&keys)?.encode())?;
        write(&folder.join("due.csv"), self.due().as_bytes())?;
        let manifest = serde_json::to_vec_pretty(&self.manifest()?)?;
        write(&folder.join("manifest.json"), &manifest)?;
        let note = Rules::from_json(&manifest)?.note().sign(&auditor_key()?)?;
        write(&folder.join("manifest.note"), note.to_text().as_bytes())?;
        Ok(())
    }

    /// What the venue says of the ledger.
    pub fn checkpoint(&self) -> LedgerCheckpoint {
        LedgerCheckpoint {
            origin: self.market.schedule().venue().to_owned(),
            size: 1,
            root: self.root,
            epoch: EPOCH.into(),
            time_ms: self.market.time_ms(),
            registry: self.market.registry_digest(),
            schedule: self.market.schedule_digest(),
        }
    }

    /// What the venue says of the holder.
    pub fn enrolment(&self) -> EnrolmentNote {
        EnrolmentNote {
            venue: self.market.schedule().venue().to_owned(),
            epoch: EPOCH.into(),
            audience: audience_digest(AUDIENCE),
            pseudonym: self.place.secret.pseudonym(audience_field(AUDIENCE)),
            accounts: 1,
            registry: self.market.registry_digest(),
            replaces: None,
            time_ms: None,
        }
    }

    /// Schedule, snapshot and the venue's notes, by their paths in a pool.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn evidence(&self) -> Result<BTreeMap<String, Vec<u8>>, PoolError> {
        let files = [
            ("options.json", self.schedule.clone()),
            ("options.note", signed(&ScheduleNote::of(self.market.schedule()))?),
            ("options-snapshot.json", self.snapshot.clone()),
            ("options-snapshot.note", signed(&SnapshotNote::of(&*self.market))?),
            ("options-checkpoint.note", signed(&self.checkpoint())?),
            ("options-enrolment.note", signed(&self.enrolment())?),
        ];
        Ok(files.map(|(name, bytes)| (format!("evidence/{name}"), bytes)).into())
    }

    /// The proof that the account meets its maintenance margin.
    ///
    /// # Errors
    /// [`PoolError::Prove`].
    pub fn prove(&self, keys: &KeyCache) -> Result<Envelope, PoolError> {
        let request = ProveRequest {
            account: &self.account,
            secrets: &self.holders.secrets(HOLDER, EPOCH),
            market: &*self.market,
            claim: Claim::margin(),
            subject: Measure::Maintenance.into(),
            context: Context::new(AUDIENCE, PURPOSE, None)
                .map(|context| context.of_epoch(NonZeroU64::new(EPOCH.into())))
                .map_err(|_| PoolError::Example)?,
            membership: Some(&self.place),
            shape: None,
        };
        Ok(prove(&request, keys)?.envelope)
    }

    /// The list of what is due.
    pub fn due(&self) -> String {
        let pseudonym = self.place.secret.pseudonym(audience_field(AUDIENCE));
        due_list(self.market.schedule().venue(), &self.market.registry_digest(), EPOCH, [pseudonym])
    }

    /// The manifest of an audit of this ledger, by the policy of the venue's other one.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn manifest(&self) -> Result<Value, PoolError> {
        let (from, venue) = (self.market.time_ms(), self.market.schedule().venue());
        let periods = json!([{
            "venue": venue, "registry": self.market.registry_digest().to_string(), "epoch": EPOCH,
            "schedule": self.market.schedule_digest().to_string(),
            "marks_from": format_utc(from), "marks_until": format_utc(from + 1_000),
            "population": 1,
        }]);
        manifest_of("options", venue, periods, &self.due())
    }
}
