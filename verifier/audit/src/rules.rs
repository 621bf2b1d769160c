//! A manifest, checked: which proofs are due, and under which rules.

use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::digest::{Digest, RegistryDigest, ScheduleDigest};
use zkmargin_model::names::check_name;
use zkmargin_model::shown::quoted;
use zkmargin_notes::ManifestNote;
use zkmargin_params::{
    AccountDemand, ErrorCode, FileError, FileKind, MAX_TEXT_BYTES, ManifestFile, PolicyFile,
    parse_utc,
};
use zkmargin_policy::Demands;

/// Maximum number of periods in a manifest.
pub const MAX_PERIODS: usize = 100_000;

/// Maximum number of policies in a manifest.
pub const MAX_POLICIES: usize = 1_000;

/// Policies by venue, and by the registry that they name, if they do.
type Policies = BTreeMap<(String, Option<RegistryDigest>), Demands>;

/// A policy that names a registry.
struct Named {
    /// Its place in the file.
    at: usize,
    venue: String,
    registry: RegistryDigest,
}

/// An epoch of one of a venue's registries. The policy is the registry's, or the venue's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The venue.
    pub venue: String,
    /// Digest of the registry, which says which of the venue's ledgers is audited.
    pub registry: RegistryDigest,
    /// The epoch.
    pub epoch: u64,
    /// Digest of the schedule in force.
    pub schedule: ScheduleDigest,
    /// Earliest time of the marks, milliseconds since 1970.
    pub from_ms: u64,
    /// First time after the latest.
    pub until_ms: u64,
    /// Number of margin accounts at the venue.
    pub population: u64,
}

/// A checked manifest.
#[derive(Clone, Debug)]
pub struct Rules {
    file: ManifestFile,
    digest: Digest,
    policies: Policies,
    periods: Vec<Period>,
    by_place: BTreeMap<(String, u64, RegistryDigest), usize>,
    due_sha256: Digest,
}

fn error(code: ErrorCode, pointer: impl Into<String>, message: impl Into<String>) -> FileError {
    FileError::new(code, FileKind::Manifest, pointer, message)
}

fn digest(text: &str, pointer: String) -> Result<Digest, FileError> {
    let mut bytes = [0; 32];
    let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) if lower => Ok(bytes),
        _ => Err(error(ErrorCode::BadHex, pointer, "write 64 lower-case hexadecimal digits")),
    }
}

fn time(text: &str, pointer: String) -> Result<u64, FileError> {
    parse_utc(text).ok_or_else(|| {
        let message = "write a UTC time such as \"2024-07-27T06:44:38Z\"";
        error(ErrorCode::BadTime, pointer, message)
    })
}

/// Refuses whatever only a live verifier can demand.
fn check_policy(file: &PolicyFile, here: &str) -> Result<(), FileError> {
    let refused = |field: &str, why: &str| {
        Err(error(ErrorCode::UnknownField, format!("{here}/{field}"), why))
    };
    if file.freshness != Default::default() {
        let why = "challenges and memory belong to a live verifier; leave them out of an audit";
        return refused("freshness", why);
    }
    if file.market.max_age_seconds.is_some() {
        return refused("market/max_age_seconds", "periods say which marks are due; leave it out");
    }
    if file.market.first_after_challenge {
        return refused("market/first_after_challenge", "an audit has no challenge");
    }
    if file.market.schedule.is_some() {
        return refused("market/schedule", "periods name their schedules; leave it out");
    }
    if file.claim.does_not_meet {
        let why =
            "an audit asks whether accounts meet the level, and counts nothing else; leave it out";
        return refused("claim/does_not_meet", why);
    }
    let claim = &file.claim;
    for (of, named) in [
        ("claim/only_isolated", &claim.only_isolated),
        ("claim/all_but_isolated", &claim.all_but_isolated),
    ] {
        if named.is_some() {
            let why = "an audit asks the same of all accounts, which do not all hold one position; leave it out";
            return refused(of, why);
        }
    }
    if file.epoch.is_some() {
        return refused("epoch", "periods name their epochs; leave it out");
    }
    if file.purpose.is_none() {
        // A nullifier is of audience, purpose and epoch: with another purpose, one account would look
        // like two.
        let why = "name the purpose: an account that is shown for two purposes would count as two";
        return Err(error(ErrorCode::MissingField, format!("{here}/purpose"), why));
    }
    if file.holder.is_some() {
        return refused("holder", "the list of what is due names holders; leave it out");
    }
    if file.market.pinned.is_some() {
        return refused("market/pinned", "periods say which marks are due; leave it out");
    }
    if file.market.venue.is_none() || file.market.signed_snapshot == Some(false) {
        let why = "an audit relies on marks signed by the venue; name the venue";
        return Err(error(ErrorCode::MissingField, format!("{here}/market/venue"), why));
    }
    if file.nonce.is_some() {
        return refused("nonce", "an audit addresses no prover in particular; leave it out");
    }
    if file.audience.is_none() {
        let why = "name the audience: whom the proofs are for";
        return Err(error(ErrorCode::MissingField, format!("{here}/audience"), why));
    }
    // By the auditor's clock everything is old, and a newer ledger may exist by then.
    let live =
        "only a live verifier can demand it; periods and `max_distance_seconds` bound an audit";
    match &file.account {
        Some(AccountDemand::Ledger(ledger)) => {
            for (field, is_there) in [
                ("max_age_seconds", ledger.max_age_seconds.is_some()),
                ("newest", ledger.newest),
                ("first_after_challenge", ledger.first_after_challenge),
            ] {
                if is_there {
                    return refused(&format!("account/ledger/{field}"), live);
                }
            }
        }
        Some(AccountDemand::Attested(attested)) => {
            for (field, is_there) in [
                ("max_age_seconds", attested.max_age_seconds.is_some()),
                ("newest", attested.newest),
            ] {
                if is_there {
                    return refused(&format!("account/attested/{field}"), live);
                }
            }
        }
        _ => return refused("account", "demand `ledger` or `attested`"),
    }
    Ok(())
}

/// The policies, and the place of each that names a registry.
fn policies(files: &[PolicyFile]) -> Result<(Policies, Vec<Named>), FileError> {
    if files.is_empty() || files.len() > MAX_POLICIES {
        let message = format!("one policy per venue or registry, 1 to {MAX_POLICIES}");
        return Err(error(ErrorCode::ListTooLong, "/policies", message));
    }
    let (mut policies, mut named) = (BTreeMap::new(), Vec::new());
    for (at, file) in files.iter().enumerate() {
        let here = format!("/policies/{at}");
        check_policy(file, &here)?;
        let demands = Demands::new(file.clone())
            .map_err(|e| error(e.code, format!("{here}{}", e.pointer), e.message))?;
        let venue = file.market.venue.clone().unwrap_or_default();
        if let Some(registry) = demands.registry() {
            named.push(Named { at, venue: venue.clone(), registry });
        }
        if policies.insert((venue, demands.registry()), demands).is_some() {
            let message = "this venue already has a policy, of all its registries or of this one";
            return Err(error(ErrorCode::DuplicateName, format!("{here}/market/venue"), message));
        }
    }
    Ok((policies, named))
}

fn policy_of<'a>(
    policies: &'a Policies,
    venue: &str,
    registry: &RegistryDigest,
) -> Option<&'a Demands> {
    let of = |registry| policies.get(&(venue.to_owned(), registry));
    of(Some(*registry)).or_else(|| of(None))
}

impl Rules {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        let file = ManifestFile::from_json(bytes)?;
        check_name(&file.name, MAX_TEXT_BYTES)
            .map_err(|e| error(ErrorCode::BadText, "/name", format!("the name {e}")))?;
        let (policies, named) = policies(&file.policies)?;
        if file.periods.is_empty() || file.periods.len() > MAX_PERIODS {
            let message = format!("1 to {MAX_PERIODS} periods");
            return Err(error(ErrorCode::ListTooLong, "/periods", message));
        }
        let (mut periods, mut by_place) = (Vec::<Period>::new(), BTreeMap::new());
        for (at, period) in file.periods.iter().enumerate() {
            let here = format!("/periods/{at}");
            if period.epoch == 0 {
                let message = "epochs begin at 1";
                return Err(error(ErrorCode::BadNumber, format!("{here}/epoch"), message));
            }
            let checked = Period {
                venue: period.venue.clone(),
                registry: digest(&period.registry, format!("{here}/registry"))?.into(),
                epoch: period.epoch,
                schedule: digest(&period.schedule, format!("{here}/schedule"))?.into(),
                from_ms: time(&period.marks_from, format!("{here}/marks_from"))?,
                until_ms: time(&period.marks_until, format!("{here}/marks_until"))?,
                population: period.population,
            };
            if policy_of(&policies, &checked.venue, &checked.registry).is_none() {
                let venue = quoted(&checked.venue);
                let message = format!("there is no policy for venue {venue} and this registry");
                return Err(error(ErrorCode::BadText, format!("{here}/venue"), message));
            }
            if checked.from_ms >= checked.until_ms {
                let message = "`marks_until` must be after `marks_from`";
                return Err(error(ErrorCode::BadValidity, format!("{here}/marks_until"), message));
            }
            let place = (checked.venue.clone(), checked.epoch, checked.registry);
            if by_place.insert(place, at).is_some() {
                let message = "this venue, registry and epoch are already listed";
                return Err(error(ErrorCode::DuplicateId, here, message));
            }
            periods.push(checked);
        }
        let audited: BTreeSet<_> =
            periods.iter().map(|period| (period.venue.as_str(), period.registry)).collect();
        for Named { at, venue, registry } in &named {
            if !audited.contains(&(venue.as_str(), *registry)) {
                // Another policy of the venue would decide about what this one was written for.
                let message = "no period is of this registry of the venue; correct it, or leave the policy out";
                let place = format!("/policies/{at}/market/registry");
                return Err(error(ErrorCode::BadText, place, message));
            }
        }
        let due_sha256 = digest(&file.due.sha256, "/due/sha256".to_owned())?;
        let digest = Sha256::digest(bytes).into();
        Ok(Self { file, digest, policies, periods, by_place, due_sha256 })
    }

    /// The manifest as written.
    pub fn file(&self) -> &ManifestFile {
        &self.file
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The periods, in the order of the file.
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// Place of a period in the file.
    pub fn place(&self, venue: &str, registry: &RegistryDigest, epoch: u64) -> Option<usize> {
        self.by_place.get(&(venue.to_owned(), epoch, *registry)).copied()
    }

    /// Place of the first of a venue's periods of an epoch, over all its registries.
    pub(crate) fn first_place(&self, venue: &str, epoch: u64) -> Option<usize> {
        let ends = [[0; 32], [0xff; 32]].map(|end| (venue.to_owned(), epoch, end.into()));
        let [first, last] = ends;
        self.by_place.range(first..=last).map(|(_, place)| *place).min()
    }

    /// The policy of a venue's registry: the one that names it, or else the one of the venue that names none.
    pub fn policy(&self, venue: &str, registry: &RegistryDigest) -> Option<&Demands> {
        policy_of(&self.policies, venue, registry)
    }

    /// The same; of a registry without a policy the first of the venue's.
    pub(crate) fn policy_or_first(
        &self,
        venue: &str,
        registry: &RegistryDigest,
    ) -> Option<&Demands> {
        self.policy(venue, registry).or_else(|| self.policies_of(venue).next())
    }

    /// All policies of a venue: at most one that names no registry, first, and then those that name one.
    pub(crate) fn policies_of(&self, venue: &str) -> impl Iterator<Item = &Demands> {
        let from = (venue.to_owned(), None);
        let of_venue = self.policies.range(from..).take_while(move |((of, _), _)| of == venue);
        of_venue.map(|(_, demands)| demands)
    }

    /// SHA-256 of the list of who owes proofs.
    pub fn due_sha256(&self) -> &Digest {
        &self.due_sha256
    }

    /// What an auditor signs about the manifest.
    pub fn note(&self) -> ManifestNote {
        ManifestNote {
            name: self.file.name.clone(),
            periods: self.periods.len() as u64,
            entries: self.file.due.entries,
            accounts: self.file.due.accounts,
            manifest: self.digest,
        }
    }
}
