//! A checked policy file.

use crate::figures::{element, error, hex32};
use crate::signers::{SignedBy, signed_by};
use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::num::NonZeroU64;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::context::{Context, ContextError};
use zkmargin_model::decimal::Decimal;
use zkmargin_model::digest::{MarketDigest, RegistryDigest, ScheduleDigest};
use zkmargin_model::element::{AccountCommitment, LedgerRoot, Pseudonym};
use zkmargin_model::floor::WrittenFloor;
use zkmargin_model::measure::StressName;
use zkmargin_model::names::{check_name, look_alikes};
use zkmargin_model::shown::quoted;
use zkmargin_notes::KeySet;
use zkmargin_params::{
    AccountDemand, AskedBooks, Challenge, ChallengeFile, ErrorCode, FileError, FileKind, KeysFile,
    LevelDemand, MAX_LISTED_INSTRUMENTS, MAX_TEXT_BYTES, PolicyFile, PricesDemand, Requirement,
    SignedByFile, UncoveredFile,
};
use zkmargin_sources::PublicKey;

/// Seconds in which a challenge can be answered, unless the policy says otherwise.
pub const DEFAULT_CHALLENGE_SECONDS: u64 = 600;

/// Maximum number of price sources in a policy.
const MAX_SOURCES: usize = 64;

/// How old the state of the account may be, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ages {
    /// By the verifier's clock.
    pub age_ms: Option<u64>,
    /// Before the marks or after them.
    pub distance_ms: Option<u64>,
    pub before_ms: Option<u64>,
    pub after_ms: Option<u64>,
}

impl Ages {
    fn of(
        age: Option<u64>,
        distance: Option<u64>,
        before: Option<u64>,
        after: Option<u64>,
    ) -> Self {
        let [age_ms, distance_ms, before_ms, after_ms] =
            [age, distance, before, after].map(|s| s.map(|s| s.saturating_mul(1000)));
        Self { age_ms, distance_ms, before_ms, after_ms }
    }
}

/// Which account is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// None in particular: no proof is anchored.
    Any,
    Ledger {
        ages: Ages,
        newest: bool,
        first: bool,
        witnesses: u32,
    },
    LedgerRoot(LedgerRoot),
    Attested {
        ages: Ages,
        newest: bool,
    },
    Commitment(AccountCommitment),
}

/// Why no challenge can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChallengeError {
    /// The policy asks for none.
    #[error("the policy demands no challenge; set `freshness.challenge`")]
    NotDemanded,
    /// Purpose or period given twice.
    #[error("the policy already fixes the {0}; leave it out")]
    Said(&'static str),
    /// Purpose or audience is invalid.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// No time to answer, or one past the year 9999, which no challenge can express.
    #[error("`freshness.challenge_seconds` leaves no time to answer, or runs past the year 9999")]
    NoTime,
}

/// A message of one of a policy's price sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The source's name in the policy.
    pub source: String,
    /// Feeds, with the times of their prices in milliseconds since 1970.
    pub feeds: Vec<(String, u64)>,
}

/// A checked policy.
#[derive(Clone, Debug)]
pub struct Demands {
    file: PolicyFile,
    keys: KeySet,
    sources: Vec<Source>,
    /// Digest of the one market that is accepted.
    pub(crate) market: Option<MarketDigest>,
    pub(crate) signed_snapshot: bool,
    pub(crate) registry: Option<RegistryDigest>,
    pub(crate) schedule: Option<ScheduleDigest>,
    pub(crate) account: Account,
    pub(crate) pseudonym: Option<Pseudonym>,
    pub(crate) nonce: Option<[u8; 32]>,
    pub(crate) level: LevelDemand,
    pub(crate) floor: WrittenFloor,
}

fn sources(prices: &PricesDemand, keys: &KeySet) -> Result<Vec<Source>, FileError> {
    if prices.sources.len() > MAX_SOURCES {
        let message = format!("more than {MAX_SOURCES} sources");
        return Err(error(ErrorCode::ListTooLong, "/prices/sources", message));
    }
    let mut out: Vec<Source> = Vec::new();
    for (at, file) in prices.sources.iter().enumerate() {
        let here = format!("/prices/sources/{at}");
        if out.iter().any(|s| s.name == file.name) {
            let message = format!("{} is listed twice; keep one of them", quoted(&file.name));
            return Err(error(ErrorCode::DuplicateName, format!("{here}/name"), message));
        }
        let signed_by = signed_by(&file.signed_by, Some(keys), &format!("{here}/signed_by"))?;
        let key = |s: &SignedBy| match s {
            SignedBy::Note { key, .. } => Some(key.clone()),
            _ => None,
        };
        // One key under two names would count as two sources of a median.
        if key(&signed_by).is_some() && out.iter().any(|s| key(&s.signed_by) == key(&signed_by)) {
            let message = "another source has this key; a key belongs to one source only";
            return Err(error(ErrorCode::DuplicateKey, format!("{here}/signed_by"), message));
        }
        out.push(Source { name: file.name.clone(), signed_by });
    }
    Ok(out)
}

/// A stress has no level, and is in the place of a requirement and of books.
fn check_stress(file: &PolicyFile, level: &LevelDemand) -> Result<(), FileError> {
    let Some(name) = &file.claim.stress else { return Ok(()) };
    let refuse = |pointer, message: String| Err(error(ErrorCode::BadText, pointer, message));
    if let Err(why) = StressName::new(&**name) {
        return refuse("/claim/stress", why.to_string());
    }
    if level.level_bps() != MARGIN_BPS {
        let message = format!("nothing is multiplied in a stress; its level is {MARGIN_BPS}");
        return refuse("/claim/level", message);
    }
    if file.requirement.is_some() {
        return refuse("/requirement", "a claim is of a requirement or of a stress".to_owned());
    }
    Ok(())
}

/// A claim that a level is not met has no floor, and is of no stress.
fn check_does_not_meet(file: &PolicyFile, floor: &WrittenFloor) -> Result<(), FileError> {
    let claim = &file.claim;
    if claim.does_not_meet && claim.stress.is_some() {
        let message = "no claim is that a stress leaves less than a floor";
        return Err(error(ErrorCode::BadText, "/claim/does_not_meet", message.to_owned()));
    }
    if claim.does_not_meet && floor.amount().is_some() {
        let message = "an account that does not meet a level has no floor to show; write \"none\"";
        return Err(error(ErrorCode::BadNumber, "/claim/floor", message.to_owned()));
    }
    Ok(())
}

/// A claim that names an isolated position names one, and one about it only has neither a floor nor a cross book.
fn check_position(file: &PolicyFile, floor: &WrittenFloor) -> Result<(), FileError> {
    let claim = &file.claim;
    let (only, all_but) = (&claim.only_isolated, &claim.all_but_isolated);
    for (text, here) in [(only, "/claim/only_isolated"), (all_but, "/claim/all_but_isolated")] {
        let Some(text) = text else { continue };
        let refuse = |message: &str| Err(error(ErrorCode::BadText, here, message.to_owned()));
        name(text, here)?;
        if !AskedBooks::is_position(text) {
            return refuse("write SYMBOL:long or SYMBOL:short");
        }
        if claim.cross_alone || claim.stress.is_some() || (only.is_some() && all_but.is_some()) {
            return refuse(
                "a claim names one isolated position at most, and then is not of the cross book alone or of a stress",
            );
        }
    }
    if only.is_some() && claim.settlement_asset.is_some() {
        let message =
            "a claim about one isolated position only is about no settlement asset's book";
        return Err(error(ErrorCode::BadText, "/claim/settlement_asset", message.to_owned()));
    }
    if only.is_some() && floor.amount().is_some() {
        let message = "a claim about one isolated position only has no floor; write \"none\"";
        return Err(error(ErrorCode::BadNumber, "/claim/floor", message.to_owned()));
    }
    Ok(())
}

/// The public keys that can sign for a source, as text.
fn signers_of(file: &SignedByFile, keys: &KeySet) -> BTreeSet<String> {
    let parsed = |texts: &[String]| {
        texts.iter().filter_map(|t| t.parse::<PublicKey>().ok()).map(|k| k.to_string()).collect()
    };
    match file {
        SignedByFile::Note { key, .. } => {
            let public = |key: &zkmargin_notes::TrustedKey| hex::encode(key.key().public());
            keys.get(key).map(|key| format!("ed25519:{}", public(key))).into_iter().collect()
        }
        SignedByFile::PythLazer { signers }
        | SignedByFile::Redstone { signers, .. }
        | SignedByFile::PythHermes { signers, .. } => parsed(signers),
    }
}

/// One signer under several names would have several votes in a median.
fn check_votes(prices: &PricesDemand, keys: &KeySet) -> Result<(), FileError> {
    let signers: BTreeMap<&str, BTreeSet<String>> = prices
        .sources
        .iter()
        .map(|source| (&source.name[..], signers_of(&source.signed_by, keys)))
        .collect();
    for (at, cover) in prices.cover.iter().enumerate() {
        let mut votes: BTreeMap<&str, &str> = BTreeMap::new();
        for (i, feed) in cover.feeds.iter().enumerate() {
            for signer in signers.get(&feed.source[..]).into_iter().flatten() {
                if let Some(other) = votes.insert(signer, &feed.source) {
                    let message = format!(
                        "{signer} also signs for source {other}; one signer has one vote in a median"
                    );
                    let pointer = format!("/prices/cover/{at}/feeds/{i}/source");
                    return Err(error(ErrorCode::DuplicateKey, pointer, message));
                }
            }
        }
    }
    Ok(())
}

fn check_prices(prices: &PricesDemand) -> Result<(), FileError> {
    if prices.cover.len() > 2 * MAX_LISTED_INSTRUMENTS {
        return Err(error(ErrorCode::ListTooLong, "/prices/cover", "too many entries"));
    }
    if prices.min_keys == 0 {
        let message = "must be at least 1: a price that nobody signs covers nothing";
        return Err(error(ErrorCode::BadNumber, "/prices/min_keys", message));
    }
    let sources: BTreeSet<_> = prices.sources.iter().map(|s| s.name.as_str()).collect();
    let mut covered = HashSet::new();
    for (at, cover) in prices.cover.iter().enumerate() {
        let here = format!("/prices/cover/{at}");
        if !covered.insert(&cover.of) {
            let message = "covered twice; put all feeds into one entry";
            return Err(error(ErrorCode::DuplicateName, format!("{here}/of"), message));
        }
        if cover.feeds.is_empty() {
            let message = "no feeds; name some, or list the entry under `uncovered`";
            return Err(error(ErrorCode::MissingField, format!("{here}/feeds"), message));
        }
        let mut seen = BTreeSet::new();
        for (i, feed) in cover.feeds.iter().enumerate() {
            let here = format!("{here}/feeds/{i}");
            if !sources.contains(feed.source.as_str()) {
                let message = format!("no source is named {}", quoted(&feed.source));
                return Err(error(ErrorCode::BadText, format!("{here}/source"), message));
            }
            if !seen.insert(&feed.source) {
                let message = "one source has one vote in a median";
                return Err(error(ErrorCode::DuplicateName, format!("{here}/source"), message));
            }
            if feed.quote_feed.as_ref() == Some(&feed.feed) {
                let message = "a price divided by itself is 1, whatever it is; name another feed";
                return Err(error(ErrorCode::BadText, format!("{here}/quote_feed"), message));
            }
            if let Some(factor) = &feed.factor {
                let here = format!("{here}/factor");
                let factor = Decimal::parse(factor.as_str())
                    .map_err(|e| error(ErrorCode::BadNumber, &here, e.to_string()))?;
                if factor.coefficient().sign() != num_bigint::Sign::Plus {
                    return Err(error(ErrorCode::BadNumber, here, "a factor must be above zero"));
                }
            }
        }
    }
    Ok(())
}

fn name(text: &str, pointer: impl Into<String>) -> Result<(), FileError> {
    check_name(text, MAX_TEXT_BYTES)
        .map_err(|e| error(ErrorCode::BadText, pointer, format!("the name {e}")))
}

/// What the policy names, apart from its keys and its context.
fn check_names(file: &PolicyFile) -> Result<(), FileError> {
    name(&file.name, "/name")?;
    file.market.venue.iter().try_for_each(|venue| name(venue, "/market/venue"))?;
    name(&file.claim.level, "/claim/level")?;
    let asset = &file.claim.settlement_asset;
    asset.iter().try_for_each(|asset| name(asset, "/claim/settlement_asset"))?;
    let Some(prices) = &file.prices else { return Ok(()) };
    for (at, source) in prices.sources.iter().enumerate() {
        name(&source.name, format!("/prices/sources/{at}/name"))?;
    }
    let sources = || prices.sources.iter().map(|source| source.name.as_str());
    if let Some((at, like)) = look_alikes(sources()) {
        let name = |at: usize| quoted(&prices.sources[at].name);
        let message = format!("{} looks like {}; rename one of them", name(at), name(like));
        return Err(error(ErrorCode::LookAlike, format!("/prices/sources/{at}/name"), message));
    }
    for (at, cover) in prices.cover.iter().enumerate() {
        name(cover.of.name(), format!("/prices/cover/{at}/of/{}", cover.of.kind()))?;
        for (i, feed) in cover.feeds.iter().enumerate() {
            let here = format!("/prices/cover/{at}/feeds/{i}");
            name(&feed.feed, format!("{here}/feed"))?;
            feed.quote_feed.iter().try_for_each(|f| name(f, format!("{here}/quote_feed")))?;
        }
    }
    let UncoveredFile { instruments, assets, indices, forwards } = &prices.uncovered;
    for (kind, symbols) in [
        ("instruments", instruments),
        ("assets", assets),
        ("indices", indices),
        ("forwards", forwards),
    ] {
        for (at, symbol) in symbols.iter().enumerate() {
            name(symbol, format!("/prices/uncovered/{kind}/{at}"))?;
        }
    }
    Ok(())
}

/// Digests, elements and figures of a policy, and which of its demands need each other.
fn check_context(file: &PolicyFile, signed_snapshot: bool) -> Result<(), FileError> {
    let missing =
        |pointer: &str, message: &str| Err(error(ErrorCode::MissingField, pointer, message));
    let refused =
        |pointer: &str, message: &str| Err(error(ErrorCode::UnknownField, pointer, message));
    let (audience, purpose) = (file.audience.as_deref(), file.purpose.as_deref().unwrap_or(""));
    let context = Context::new(audience.unwrap_or("nobody"), purpose, None);
    let context = context.map(|_| ());
    context.map_err(|e| error(ErrorCode::BadText, e.pointer(), e.to_string()))?;
    let in_ledger = matches!(file.account, Some(AccountDemand::Ledger(_)));
    let signed = signed_snapshot || file.market.signed_schedule || in_ledger;
    if signed && file.market.venue.is_none() {
        return missing("/market/venue", "name the venue whose signature is demanded");
    }
    if !signed_snapshot && (file.market.first_after_challenge || file.market.witnesses > 0) {
        let message =
            "demand `signed_snapshot`: a snapshot without a note has no series and no witnesses";
        return missing("/market/signed_snapshot", message);
    }
    // A pseudonym is of a ledger's account, and only a ledger's account has a nullifier.
    let has_holder = in_ledger || matches!(file.account, None | Some(AccountDemand::LedgerRoot(_)));
    if let Some(holder) = &file.holder {
        if !has_holder {
            let message = "only an account in a ledger has a pseudonym; demand `ledger`";
            return refused("/holder", message);
        }
        let enrolled = holder.newest || holder.max_age_seconds.is_some();
        if (holder.all_accounts || enrolled) && !in_ledger {
            let message = "an enrolment is for an epoch of a ledger; demand `ledger`";
            return missing("/account/ledger", message);
        }
        if enrolled && !holder.all_accounts {
            let message = "an enrolment is used only for `all_accounts`; demand it";
            return missing("/holder/all_accounts", message);
        }
        if holder.all_accounts && audience.is_none() {
            return missing("/audience", "a pseudonym is tied to an audience; name it");
        }
    }
    let fresh = &file.freshness;
    if fresh.once_per_period && !in_ledger {
        let message = "only an account in a ledger has a nullifier; demand `ledger`";
        return refused("/freshness/once_per_period", message);
    }
    // A period that the prover chooses is a fresh one every time.
    let pinned =
        audience.is_some() && (fresh.challenge || (file.epoch.is_some() && file.purpose.is_some()));
    if fresh.once_per_period && !pinned {
        let message = "name `audience`, `purpose` and `epoch`, or demand `freshness.challenge`, which fixes the last two";
        return missing("/freshness/once_per_period", message);
    }
    if fresh.sequence && !signed_snapshot && !in_ledger {
        let message = "there is no series to follow; demand `signed_snapshot` or `ledger`";
        return missing("/freshness/sequence", message);
    }
    if fresh.challenge {
        if audience.is_none() {
            return missing("/audience", "a challenge comes from someone; name the audience");
        }
        if file.nonce.is_some() {
            return refused("/nonce", "a challenge brings its own nonce; leave it out");
        }
    } else {
        if file.market.first_after_challenge {
            let message = "there is no challenge to be first after; demand `freshness.challenge`";
            return missing("/market/first_after_challenge", message);
        }
        if let Some(AccountDemand::Ledger(ledger)) = &file.account
            && ledger.first_after_challenge
        {
            let message = "there is no challenge to be first after; demand `freshness.challenge`";
            return missing("/account/ledger/first_after_challenge", message);
        }
    }
    Ok(())
}

impl Demands {
    /// Reads and checks a policy.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        Self::new(PolicyFile::from_json(bytes)?)
    }

    /// Checks a policy.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn new(file: PolicyFile) -> Result<Self, FileError> {
        if file.format != FileKind::Policy.format() {
            let message = format!("write \"{}\"", FileKind::Policy.format());
            return Err(error(ErrorCode::WrongFormat, "/format", message));
        }
        let format = FileKind::Keys.format().to_owned();
        // Its pointers begin with /keys here as there.
        let keys = KeySet::new(&KeysFile { format, keys: file.keys.clone() })
            .map_err(|e| error(e.code, e.pointer, e.message))?;
        check_names(&file)?;
        let signed_snapshot = file.market.demands_signed_snapshot();
        check_context(&file, signed_snapshot)?;
        let digest = |text: &Option<String>, pointer| {
            text.as_deref().map(|text| hex32(text, pointer)).transpose()
        };
        let market = digest(&file.market.pinned, "/market/pinned")?.map(MarketDigest::new);
        let registry = digest(&file.market.registry, "/market/registry")?.map(RegistryDigest::new);
        let schedule = digest(&file.market.schedule, "/market/schedule")?.map(ScheduleDigest::new);
        let nonce = digest(&file.nonce, "/nonce")?;
        let account = match &file.account {
            None => Account::Any,
            Some(AccountDemand::Ledger(l)) => Account::Ledger {
                ages: Ages::of(
                    l.max_age_seconds,
                    l.max_distance_seconds,
                    l.max_before_marks_seconds,
                    l.max_after_marks_seconds,
                ),
                newest: l.newest,
                first: l.first_after_challenge,
                witnesses: l.witnesses,
            },
            Some(AccountDemand::LedgerRoot(text)) => {
                Account::LedgerRoot(element(text, "/account/ledger_root")?.into())
            }
            Some(AccountDemand::Attested(a)) => Account::Attested {
                ages: Ages::of(
                    a.max_age_seconds,
                    a.max_distance_seconds,
                    a.max_before_marks_seconds,
                    a.max_after_marks_seconds,
                ),
                newest: a.newest,
            },
            Some(AccountDemand::Commitment(text)) => {
                Account::Commitment(element(text, "/account/commitment")?.into())
            }
        };
        let pseudonym = file.holder.as_ref().map(|h| element(&h.pseudonym, "/holder/pseudonym"));
        let level = LevelDemand::parse(&file.claim.level)
            .map_err(|e| error(ErrorCode::BadNumber, "/claim/level", e.to_string()))?;
        level
            .check_requirement(file.demanded_requirement())
            .map_err(|e| error(ErrorCode::BadNumber, "/claim/level", e.to_string()))?;
        check_stress(&file, &level)?;
        let floor = WrittenFloor::parse(file.claim.floor.as_str())
            .map_err(|e| error(ErrorCode::BadNumber, "/claim/floor", e.to_string()))?;
        check_does_not_meet(&file, &floor)?;
        check_position(&file, &floor)?;
        let sources = match &file.prices {
            Some(prices) => {
                let sources = sources(prices, &keys)?;
                check_prices(prices)?;
                check_votes(prices, &keys)?;
                sources
            }
            None => Vec::new(),
        };
        let pseudonym = pseudonym.transpose()?.map(Pseudonym::new);
        Ok(Self {
            keys,
            sources,
            market,
            signed_snapshot,
            registry,
            schedule,
            account,
            pseudonym,
            nonce,
            level,
            floor,
            file,
        })
    }

    /// The policy as written.
    pub fn file(&self) -> &PolicyFile {
        &self.file
    }

    /// Which of the venue's margin requirements it demands.
    pub fn requirement(&self) -> Requirement {
        self.file.demanded_requirement()
    }

    /// The level that it demands, in basis points of the required margin.
    pub fn level_bps(&self) -> u32 {
        self.level.level_bps()
    }

    /// The registry whose schedules alone it accepts, if it names one.
    pub fn registry(&self) -> Option<RegistryDigest> {
        self.registry
    }

    /// The keys that it trusts.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The price sources that it lists.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Which of its sources a message comes from, and the feeds in it. Empty when no listed source signed it.
    pub fn sources_of(&self, message: &[u8], now_ms: u64) -> Vec<Recognised> {
        let of = |source: &Source| {
            let verified = source.verify(message, &self.keys, now_ms).ok()?;
            let feeds = verified.prices.into_iter().map(|(feed, quote)| (feed, quote.time_ms));
            Some(Recognised { source: source.name.clone(), feeds: feeds.collect() })
        };
        self.sources.iter().filter_map(of).collect()
    }

    /// The feeds of a source that the policy compares marks with.
    pub fn feeds_of(&self, source: &str) -> BTreeSet<&str> {
        let cover = self.file.prices.iter().flat_map(|prices| &prices.cover);
        let feeds = cover.flat_map(|cover| &cover.feeds).filter(|feed| feed.source == source);
        feeds
            .flat_map(|feed| [Some(&feed.feed), feed.quote_feed.as_ref()])
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// A challenge under the policy, made at the verifier's time in milliseconds since 1970, with the file that tells a
    /// prover about it. `nonce` must be random; purpose and period are given where the policy leaves them open.
    ///
    /// # Errors
    /// [`ChallengeError`].
    pub fn new_challenge(
        &self,
        nonce: [u8; 32],
        purpose: Option<&str>,
        epoch: Option<u64>,
        now_ms: u64,
    ) -> Result<(Challenge, ChallengeFile), ChallengeError> {
        let file = &self.file;
        let audience = file.audience.as_deref().filter(|_| file.freshness.challenge);
        let audience = audience.ok_or(ChallengeError::NotDemanded)?;
        if purpose.is_some() && file.purpose.is_some() {
            return Err(ChallengeError::Said("purpose"));
        }
        if epoch.is_some() && file.epoch.is_some() {
            return Err(ChallengeError::Said("epoch"));
        }
        let purpose = file.purpose.as_deref().or(purpose).unwrap_or("");
        let epoch = file.epoch.or(epoch).and_then(NonZeroU64::new);
        let context = Context::new(audience, purpose, Some(nonce))?.of_epoch(epoch);
        let expires = now_ms.saturating_add(self.challenge_seconds().saturating_mul(1000));
        let challenge = Challenge::new(context.expiring(NonZeroU64::new(expires)), now_ms);
        let challenge = challenge.ok_or(ChallengeError::NoTime)?;
        let told = challenge.to_file(self.requirement(), self.level_bps(), &file.claim);
        Ok((challenge, told))
    }

    /// Seconds in which a challenge made under it can be answered.
    pub fn challenge_seconds(&self) -> u64 {
        self.file.freshness.challenge_seconds.unwrap_or(DEFAULT_CHALLENGE_SECONDS)
    }
}
