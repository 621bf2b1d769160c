//! From arguments to values.

use crate::exit::Exit;
use crate::failure::{Failure, Result, Warning};
use crate::files;
use crate::passphrase;
use crate::sealed::is_sealed;
use crate::shared::{Global, Market, ShapeName, Use};
use serde::Deserialize;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_ledger::{Opening, OpeningError};
use zkmargin_model::circuit::{Pages, Shape, Slots};
use zkmargin_model::claim::{Claim, ClaimError};
use zkmargin_model::commitment::AccountSecrets;
use zkmargin_model::element::{AccountCommitment, LedgerRoot};
use zkmargin_model::envelope::{Envelope, MAX_JSON_BYTES};
use zkmargin_model::field::{field_bytes, field_from_bytes};
use zkmargin_model::floor::WrittenFloor;
use zkmargin_model::holder::{HolderSecret, venue_field};
use zkmargin_model::measure::{Measure, StressName};
use zkmargin_model::portfolio::MarginError;
use zkmargin_model::rule::{Account, Books, PositionName, TooLarge};
use zkmargin_model::secrets::{SecretsError, weakness};
use zkmargin_notes::{Body, KeySet, OpenError, Opened, SignerKey};
use zkmargin_params::HOLDER_FORMAT;
use zkmargin_params::portfolio::{PortfolioLevelFile, PortfolioSchedule, is_portfolio_schedule};
use zkmargin_params::{
    AccountFile, AnyMarket, AnySchedule, AskedBooks, CompiledMarket, ErrorCode, FileError,
    FileKind, MAX_FILE_BYTES, PlainSecrets, Requirement, Schedule, Snapshot, SnapshotFile, compile,
    format_utc, parse_utc, read_schedule,
};
use zkmargin_policy::CLOCK_TOLERANCE_MS;
use zkmargin_prover::LedgerPlace;

/// Number of markets whose keys are kept at once.
const CACHED_KEYS: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// An option's 64 hexadecimal digits.
pub fn hex32(option: &str, text: &str) -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(_) => Err(Failure::usage(format!("{option} takes 64 hexadecimal digits"))),
    }
}

/// [`hex32`] of an option that may be absent.
pub fn optional_hex32(option: &str, text: Option<&str>) -> Result<Option<[u8; 32]>> {
    text.map(|text| hex32(option, text)).transpose()
}

/// An option's field element.
pub fn element(option: &str, text: &str) -> Result<Fp> {
    field_from_bytes(&hex32(option, text)?).ok_or_else(|| {
        let message =
            format!("{option} is not a canonical field element: its last byte is too large");
        Failure::usage(message)
    })
}

impl Use {
    /// The nonce's bytes.
    pub fn nonce(&self) -> Result<Option<[u8; 32]>> {
        optional_hex32("--nonce", self.nonce.as_deref())
    }
}

impl From<ShapeName> for Slots {
    fn from(name: ShapeName) -> Self {
        match name {
            ShapeName::Xs => Self::Linear(Shape::Xs),
            ShapeName::S => Self::Linear(Shape::S),
            ShapeName::Sm => Self::Linear(Shape::Sm),
            ShapeName::M => Self::Linear(Shape::M),
            ShapeName::Ml => Self::Linear(Shape::Ml),
            ShapeName::Lm => Self::Linear(Shape::Lm),
            ShapeName::L => Self::Linear(Shape::L),
            ShapeName::P4 => Self::Portfolio(Pages::Four),
            ShapeName::P8 => Self::Portfolio(Pages::Eight),
            ShapeName::P16 => Self::Portfolio(Pages::Sixteen),
        }
    }
}

/// Maximum length of a key file.
const MAX_KEY_BYTES: usize = 1 << 13;

/// Commitment parameters, on disk unless that is switched off.
pub fn params(global: &Global) -> ParamsStore {
    let folder = match (&global.cache_dir, global.no_cache) {
        (_, true) => None,
        (Some(folder), _) => Some(folder.clone()),
        (None, _) => dirs::cache_dir().map(|folder| folder.join("zkmargin")),
    };
    match folder {
        Some(folder) => {
            tracing::info!(folder = %folder.display(), "commitment parameters");
            ParamsStore::on_disk(folder)
        }
        None => ParamsStore::in_memory(),
    }
}

/// The cache of keys.
pub fn keys(global: &Global) -> KeyCache {
    KeyCache::new(params(global), CACHED_KEYS)
}

/// Reads and checks a schedule.
pub fn schedule(path: &Path) -> Result<Schedule> {
    schedule_in(&files::read(path, MAX_FILE_BYTES)?, path)
}

/// Checks a schedule that was read from a path. One of portfolio margin is told what it is.
pub fn schedule_in(bytes: &[u8], path: &Path) -> Result<Schedule> {
    if is_portfolio_schedule(bytes) {
        let message = "is a schedule of portfolio margin, and a linear one is read here";
        let help = "name a linear schedule; `zkmargin margin` computes an account of portfolio margin under its own";
        let failure = Failure::new(Exit::Malformed, "OtherKind", message);
        return Err(failure.in_file(&files::name_of(path)).help(help));
    }
    Schedule::from_json(bytes).map_err(|e| Failure::in_json(&e, &files::name_of(path), bytes))
}

/// Reads and checks a schedule of linear or portfolio accounts.
pub fn any_schedule(path: &Path) -> Result<Arc<dyn AnySchedule>> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    read_schedule(&bytes).map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

/// Reads a schedule of either kind and a snapshot for it.
pub fn any_market(market: &Market) -> Result<Arc<dyn AnyMarket>> {
    let schedule = any_schedule(&market.schedule)?;
    let bytes = files::read(&market.snapshot, MAX_FILE_BYTES)?;
    // What does not fit can be an error in either file.
    schedule.at(&bytes).map_err(|e| match e.file {
        FileKind::Snapshot | FileKind::PortfolioSnapshot => {
            Failure::in_json(&e, &files::name_of(&market.snapshot), &bytes)
        }
        _ => Failure::new(Exit::Malformed, e.code.as_str(), e.to_string())
            .in_file(&files::name_of(&market.schedule)),
    })
}

/// Reads a snapshot and compiles its market.
pub fn market_of(schedule: &Schedule, path: &Path) -> Result<CompiledMarket> {
    snapshot_and_market(schedule, path).map(|(_, market)| market)
}

/// The same with the snapshot as it is written.
pub fn snapshot_and_market(
    schedule: &Schedule,
    path: &Path,
) -> Result<(SnapshotFile, CompiledMarket)> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    let made = SnapshotFile::from_json(&bytes)
        .and_then(|file| compile(schedule, &file).map(|market| (file, market)));
    made.map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

/// An account file that was read, but whose holdings were not yet checked.
pub struct ReadAccount {
    file: AccountFile,
    name: String,
    bytes: Zeroizing<Vec<u8>>,
}

impl ReadAccount {
    /// Reads an account of this schedule's venue and numbering.
    pub fn open(path: &Path, schedule: &dyn AnySchedule) -> Result<Self> {
        let (bytes, name) = (files::read(path, MAX_FILE_BYTES)?, files::name_of(path));
        let file = AccountFile::from_json(&bytes)
            .and_then(|file| schedule.owns(&file).map(|()| file))
            .map_err(|e| Failure::in_json(&e, &name, &bytes))?;
        Ok(Self { file, name, bytes })
    }

    /// An account that this command made itself and is about to write under a name.
    pub fn made(file: AccountFile, name: String) -> Self {
        Self { file, name, bytes: Zeroizing::default() }
    }

    /// The file, to draw fresh secrets.
    pub fn file_mut(&mut self) -> &mut AccountFile {
        &mut self.file
    }

    /// What the account holds.
    pub fn holdings(&self, schedule: &dyn AnySchedule) -> Result<Account> {
        schedule.holdings(&self.file).map_err(|e| Failure::in_json(&e, &self.name, &self.bytes))
    }

    /// What in it is likely a mistake; with prices, more mistakes can be found.
    pub fn warnings(&self, schedule: &dyn AnySchedule, prices: Option<&Snapshot>) -> Vec<Warning> {
        let remarks = schedule.remarks(&self.file, prices);
        remarks.iter().map(|remark| (remark.code, remark.to_string())).collect()
    }

    /// Its secrets, whatever it holds.
    pub fn secrets(&self) -> Result<PlainSecrets> {
        self.file.secrets().map_err(|e| self.without_secrets(&e))
    }

    fn without_secrets(&self, error: &FileError) -> Failure {
        let failure = Failure::in_json(error, &self.name, &self.bytes);
        match error.code {
            ErrorCode::MissingField | ErrorCode::WeakSecret => failure.help(format!(
                "run `zkmargin commit --account {} --schedule SCHEDULE --fresh -o mine.json` first, and use mine.json",
                self.name
            )),
            _ => failure,
        }
    }
}

/// The secrets as a commitment takes them.
pub fn committed(secrets: &PlainSecrets, schedule: &dyn AnySchedule) -> Result<AccountSecrets> {
    secrets.under(&schedule.registry_digest()).map_err(weak)
}

/// The commitment to an account that was read under a schedule.
pub fn commitment(
    schedule: &dyn AnySchedule,
    account: &Account,
    secrets: &AccountSecrets,
) -> Result<AccountCommitment> {
    let made = schedule.commitment(account, secrets);
    made.map_err(|e| {
        let failure = Failure::new(Exit::Malformed, e.code(), e.to_string());
        match e {
            MarginError::TooLarge(_) => failure.help(TooLarge::ADVICE),
            _ => failure,
        }
    })
}

/// Secrets that no commitment may be made from.
fn weak(error: SecretsError) -> Failure {
    let code = match error {
        SecretsError::NotFieldElement(_) => "NotFieldElement",
        SecretsError::Weak { .. } => "WeakSecret",
    };
    Failure::new(Exit::Malformed, code, error.to_string())
}

/// Reads a proof file or its twin.
pub fn envelope(path: &Path) -> Result<(Envelope, usize)> {
    let bytes = files::read(path, MAX_JSON_BYTES)?;
    let read = Envelope::read(&bytes).map_err(|e| Failure::in_proof(&e, &files::name_of(path)))?;
    Ok((read, bytes.len()))
}

/// Level in basis points or by name on the menu: digits are never a name.
pub fn level(schedule: &Schedule, text: &str) -> Result<u32> {
    let digits = text.parse().ok();
    digits.or_else(|| schedule.level(text)).ok_or_else(|| {
        let levels = &schedule.file().menu.levels;
        let names: Vec<_> =
            levels.iter().map(|l| format!("{} ({})", l.name, l.level_bps)).collect();
        Failure::new(
            crate::exit::Exit::Malformed,
            "OffMenu",
            format!("the schedule's menu has no level {text}"),
        )
        .help(format!("choose from {}", names.join(", ")))
    })
}

fn written_floor(text: &str) -> Result<WrittenFloor> {
    WrittenFloor::parse(text).map_err(|e| Failure::usage(format!("--floor {text:?} {e}")))
}

/// A claim from the menu.
pub fn menu_claim(schedule: &Schedule, claim: &str, floor: &str) -> Result<Claim> {
    let level = level(schedule, claim)?;
    let floor = written_floor(floor)?;
    schedule.claim(level, &floor).map_err(|e| off_menu(&e))
}

/// A claim from the menu about some books, of which one isolated position only has no floor.
pub fn claim_about(
    schedule: &Schedule,
    claim: &str,
    floor: &str,
    asked: &AskedBooks<'_>,
) -> Result<Claim> {
    match asked.only_isolated {
        Some(_) => schedule.position_claim(level(schedule, claim)?).map_err(|e| off_menu(&e)),
        None => menu_claim(schedule, claim, floor),
    }
}

/// The claim that a level of the menu is not met.
pub fn deficiency(level_bps: u32) -> Result<Claim> {
    let failed = |e: ClaimError| Failure::new(Exit::Malformed, "OffMenu", e.to_string());
    Claim::deficiency(level_bps).map_err(failed)
}

/// A claim from the menu of a portfolio schedule, and the requirement that it is of.
pub fn portfolio_claim(
    schedule: &PortfolioSchedule,
    claim: &str,
    floor: &str,
    requirement: Option<Requirement>,
) -> Result<(Requirement, Claim)> {
    let level = portfolio_level(schedule, claim, requirement)?;
    schedule.claim(&level.name, &written_floor(floor)?).map_err(|e| off_menu(&e))
}

/// A level from the menu of a portfolio schedule. Digits are never a name: they are a level of the given requirement.
pub fn portfolio_level<'a>(
    schedule: &'a PortfolioSchedule,
    claim: &str,
    requirement: Option<Requirement>,
) -> Result<&'a PortfolioLevelFile> {
    let Ok(level_bps) = claim.parse::<u32>() else {
        return schedule.menu_level(claim).map_err(|e| off_menu(&e));
    };
    let requirement = requirement.unwrap_or_default();
    let levels = schedule.file().menu.levels.iter();
    let level = levels
        .filter(|level| level.requirement == requirement)
        .find(|level| level.level_bps == level_bps);
    match level {
        Some(level) => Ok(level),
        None => {
            let margin = requirement.margin();
            let message = format!("the schedule's menu has no level {level_bps} of the {margin}");
            Err(Failure::new(Exit::Malformed, "OffMenu", message))
        }
    }
}

/// A claim about what a stress of a portfolio schedule leaves.
pub fn stress_claim(
    schedule: &PortfolioSchedule,
    name: &str,
    floor: &str,
) -> Result<(Measure, Claim)> {
    let named = StressName::new(name);
    let named = named.map_err(|e| Failure::usage(format!("the name of the stress {e}")))?;
    let claim = schedule.stress_claim(&written_floor(floor)?).map_err(|e| off_menu(&e))?;
    Ok((Measure::Stress(named), claim))
}

fn off_menu(error: &FileError) -> Failure {
    Failure::new(Exit::Malformed, error.code.as_str(), error.message.as_str())
}

/// The books that a claim under the schedule is about.
pub fn books(schedule: &Schedule, asked: &AskedBooks<'_>) -> Result<Books> {
    schedule.books(asked).map_err(|e| Failure::new(Exit::Malformed, "NoSuchBooks", e.message))
}

/// The isolated position that an option names.
pub fn position_name(schedule: &Schedule, text: &str) -> Result<PositionName> {
    let failed = |e: FileError| Failure::new(Exit::Malformed, "NoSuchBooks", e.message);
    schedule.position_name(text).map_err(failed)
}

/// A secret key file.
pub enum SecretKey {
    /// Signs notes.
    Note(Box<SignerKey>),
    /// A holder's secret.
    Holder(HolderSecret),
}

/// A holder file.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct HolderFile {
    format: String,
    secret: String,
}

/// A holder secret from its hexadecimal text.
fn holder(text: &str) -> Option<HolderSecret> {
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, &mut *bytes).ok()?;
    field_from_bytes(&bytes).map(HolderSecret::new)
}

/// Reads a key file of either kind. Its contents are never printed, not even in errors.
pub fn secret_key(path: &Path, global: &Global) -> Result<SecretKey> {
    let mut bytes = files::read_secret(path, MAX_KEY_BYTES, "holds a secret key")?;
    if is_sealed(&bytes) {
        bytes = passphrase::open(&bytes, path, global.passphrase_file.as_deref())?;
    }
    let bad =
        |what: &str| Failure::new(Exit::Malformed, "BadKey", what).in_file(&files::name_of(path));
    if bytes.first() == Some(&b'{') {
        let file: HolderFile =
            serde_json::from_slice(&bytes).map_err(|_| bad("not a holder's secret"))?;
        let secret = (file.format == HOLDER_FORMAT).then(|| holder(&file.secret)).flatten();
        let secret = secret.ok_or_else(|| bad("not a holder's secret"))?;
        if let Some(weakness) = weakness(&field_bytes(&secret.expose())) {
            let message = format!(
                "the holder's secret {weakness}: anyone who guesses it can prove in the holder's name"
            );
            return Err(Failure::new(Exit::Malformed, "WeakSecret", message)
                .in_file(&files::name_of(path))
                .help("make another with `zkmargin keygen -o FILE holder`"));
        }
        return Ok(SecretKey::Holder(secret));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| bad("not a key file"))?;
    let key = SignerKey::from_text(text.trim_end_matches('\n'));
    key.map(|key| SecretKey::Note(Box::new(key))).map_err(|_| bad("not a note signing key"))
}

/// Reads an opening.
pub fn opening(path: &Path) -> Result<Opening> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    Opening::from_json(&bytes).map_err(|e| {
        Failure::new(Exit::Malformed, "BadOpening", e.to_string()).in_file(&files::name_of(path))
    })
}

/// The place of an account in its ledger, with its secrets there: the opening's blinding and serial, and the holder's
/// key at the venue. Those in the account file do not count.
pub fn place(
    opening: &Opening,
    holder: &Path,
    schedule: &dyn AnySchedule,
    global: &Global,
) -> Result<(LedgerPlace, PlainSecrets)> {
    let SecretKey::Holder(secret) = secret_key(holder, global)? else {
        return Err(Failure::usage("--holder takes a holder's secret, not a note key"));
    };
    let malformed = |e: OpeningError| Failure::new(Exit::Malformed, "BadOpening", e.to_string());
    let secrets = PlainSecrets {
        holder_key: field_bytes(&secret.holder_key(venue_field(schedule.venue()))),
        serial: opening.serial().into(),
        blinding: hex32("blinding", opening.blinding())?,
    };
    Ok((LedgerPlace { secret, path: opening.path().map_err(malformed)? }, secrets))
}

/// The root that an opening leads to from its own leaf.
pub fn root(opening: &Opening, place: &LedgerPlace) -> Result<LedgerRoot> {
    let leaf = opening.leaf();
    let leaf = leaf.map_err(|e| Failure::new(Exit::Malformed, "BadOpening", e.to_string()))?;
    Ok(place.path.root(leaf))
}

/// An option's UTC time, milliseconds since 1970-01-01.
pub fn time(option: &str, text: &str) -> Result<u64> {
    parse_utc(text).ok_or_else(|| {
        Failure::usage(format!("{option} takes a UTC time such as 2024-07-27T06:44:38Z"))
    })
}

/// Refuses a clock set before 1970: every expiry would seem far away.
pub fn check_clock() -> Result<()> {
    match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
        Ok(_) => Ok(()),
        Err(_) => {
            Err(Failure::new(Exit::Io, "Clock", "this machine's clock is before 1970; set it"))
        }
    }
}

/// A warning about a time in the future, which every verifier will refuse.
pub fn future_warning(what: &str, time_ms: u64) -> Option<Warning> {
    let is_future = time_ms > now_ms().saturating_add(CLOCK_TOLERANCE_MS);
    let warning = || {
        let message = format!(
            "{what} is dated {}, which is in the future; until then it is refused",
            format_utc(time_ms)
        );
        ("TimeFromFuture", message)
    };
    is_future.then(warning)
}

/// This machine's time, milliseconds since 1970-01-01 UTC.
pub fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Trusted keys.
pub fn keys_of(path: &Path) -> Result<KeySet> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    KeySet::from_json(&bytes).map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

/// Reads a note whose body was signed by a trusted key with the right role.
pub fn note<T: Body>(path: &Path, keys: &KeySet) -> Result<Opened<T>> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    keys.open::<T>(&bytes, now_ms()).map_err(|e| {
        let (exit, code) = match &e {
            OpenError::Untrusted(_) => (Exit::Policy, "NoteUntrusted"),
            OpenError::Signature(_) => (Exit::Policy, "NoteSignature"),
            _ => (Exit::Malformed, "BadNote"),
        };
        Failure::new(exit, code, e.to_string()).in_file(&files::name_of(path))
    })
}

/// The key of a signer option.
pub fn signer(path: &Path, global: &Global) -> Result<Box<SignerKey>> {
    match secret_key(path, global)? {
        SecretKey::Note(key) => Ok(key),
        SecretKey::Holder(_) => {
            Err(Failure::usage("--signer takes a note key, not a holder's secret"))
        }
    }
}
