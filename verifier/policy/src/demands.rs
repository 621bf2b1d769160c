//! A checked policy file.

use crate::source::{SignedBy, Source};
use std::collections::{BTreeSet, HashSet};
use zkmargin_circuit::halo2::Fp;
use zkmargin_model::commitment::field_from_bytes;
use zkmargin_model::context::Context;
use zkmargin_model::files::{
    AccountDemand, Decimal, ErrorCode, FileError, FileKind, KeysFile, MAX_LISTED_INSTRUMENTS,
    PolicyFile, PricesDemand, Role, SignedByFile,
};
use zkmargin_notes::KeySet;
use zkmargin_sources::pyth_hermes::GuardianSet;
use zkmargin_sources::redstone::AuthorisedSigners;
use zkmargin_sources::{Address, PublicKey, TrustedKeys};

/// Seconds that a challenge can be answered where a policy does not say.
pub const DEFAULT_CHALLENGE_SECONDS: u64 = 600;

/// Most price sources of a policy.
const MAX_SOURCES: usize = 64;

/// Which account is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    Ledger { max_distance_ms: Option<u64>, witnesses: u32 },
    Attested { max_distance_ms: Option<u64> },
    Commitment(Fp),
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
    pub(crate) schedule: Option<[u8; 32]>,
    pub(crate) account: Account,
    pub(crate) pseudonym: Option<Fp>,
    pub(crate) floor: Decimal,
}

fn error(code: ErrorCode, pointer: impl Into<String>, message: impl Into<String>) -> FileError {
    FileError::new(code, FileKind::Policy, pointer, message)
}

fn hex32(text: &str, pointer: &str) -> Result<[u8; 32], FileError> {
    let mut bytes = [0; 32];
    let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) if lower => Ok(bytes),
        _ => Err(error(ErrorCode::BadHex, pointer, "write 64 lower-case hexadecimal digits")),
    }
}

fn element(text: &str, pointer: &str) -> Result<Fp, FileError> {
    field_from_bytes(&hex32(text, pointer)?).ok_or_else(|| {
        let message = "not a field element: the last byte must be below 0x40";
        error(ErrorCode::NotFieldElement, pointer, message)
    })
}

fn public_key(text: &str, pointer: &str) -> Result<PublicKey, FileError> {
    text.parse().map_err(|e| error(ErrorCode::BadKey, pointer, format!("the text {e}")))
}

fn addresses(signers: &[String], here: &str) -> Result<Vec<Address>, FileError> {
    let address = |(at, text): (usize, &String)| {
        let pointer = format!("{here}/signers/{at}");
        match public_key(text, &pointer)? {
            PublicKey::Secp256k1Address(address) => Ok(address),
            PublicKey::Ed25519(_) => {
                let message = "this network signs with secp256k1; write 0x and 40 digits";
                Err(error(ErrorCode::WrongKeyKind, pointer, message))
            }
        }
    };
    signers.iter().enumerate().map(address).collect()
}

/// Whom a source is signed by; a note's key must be one of `keys`.
pub(crate) fn signed_by(
    file: &SignedByFile,
    keys: Option<&KeySet>,
    here: &str,
) -> Result<SignedBy, FileError> {
    let bad = |e: &dyn std::fmt::Display| error(ErrorCode::BadKey, here, format!("the set {e}"));
    Ok(match file {
        SignedByFile::Note { key } => match keys.and_then(|keys| keys.get(key)) {
            Some(trusted) if trusted.role() == Role::Source => SignedBy::Note(key.clone()),
            _ => {
                let message = format!("the policy has no key {key:?} of role source");
                return Err(error(ErrorCode::BadKey, format!("{here}/note/key"), message));
            }
        },
        SignedByFile::PythLazer { signers } => {
            let here = format!("{here}/pyth-lazer/signers");
            if signers.is_empty() {
                return Err(error(ErrorCode::BadKey, here, "name at least one key"));
            }
            let keys = signers.iter().enumerate();
            let keys: Result<Vec<_>, _> =
                keys.map(|(at, text)| public_key(text, &format!("{here}/{at}"))).collect();
            SignedBy::PythLazer(TrustedKeys::new(keys?))
        }
        SignedByFile::Redstone { signers, threshold } => {
            let addresses = addresses(signers, &format!("{here}/redstone"))?;
            let set = AuthorisedSigners::new(&addresses, *threshold as usize);
            SignedBy::RedStone(set.map_err(|e| bad(&e))?)
        }
        SignedByFile::PythHermes { guardian_set, signers } => {
            let addresses = addresses(signers, &format!("{here}/pyth-hermes"))?;
            let set = GuardianSet::new(*guardian_set, addresses);
            SignedBy::PythHermes(set.map_err(|e| bad(&e))?)
        }
    })
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
            let message = format!("{:?} is listed twice; keep one of them", file.name);
            return Err(error(ErrorCode::DuplicateName, format!("{here}/name"), message));
        }
        let signed_by = signed_by(&file.signed_by, Some(keys), &format!("{here}/signed_by"))?;
        let key = |s: &SignedBy| match s {
            SignedBy::Note(key) => Some(key.clone()),
            _ => None,
        };
        // One key under two names would count as two sources of a median.
        if key(&signed_by).is_some() && out.iter().any(|s| key(&s.signed_by) == key(&signed_by)) {
            let message = "another source has this key; one key is one source";
            return Err(error(ErrorCode::DuplicateKey, format!("{here}/signed_by"), message));
        }
        out.push(Source { name: file.name.clone(), signed_by });
    }
    Ok(out)
}

fn check_prices(prices: &PricesDemand) -> Result<(), FileError> {
    if prices.cover.len() > 2 * MAX_LISTED_INSTRUMENTS {
        return Err(error(ErrorCode::ListTooLong, "/prices/cover", "too many entries"));
    }
    if prices.min_keys == 0 {
        let message = "a price that nobody signs covers nothing; at least 1";
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
                let message = format!("no source is named {:?}", feed.source);
                return Err(error(ErrorCode::BadText, format!("{here}/source"), message));
            }
            if !seen.insert(&feed.source) {
                let message = "one source has one vote in a median";
                return Err(error(ErrorCode::DuplicateName, format!("{here}/source"), message));
            }
            if let Some(factor) = &feed.factor {
                let here = format!("{here}/factor");
                let factor = Decimal::parse(factor.as_str())
                    .map_err(|e| error(ErrorCode::BadNumber, &here, e.to_string()))?;
                if factor.coefficient().sign() != num_bigint::Sign::Plus {
                    return Err(error(ErrorCode::BadNumber, here, "a factor is above zero"));
                }
            }
        }
    }
    Ok(())
}

fn check_context(file: &PolicyFile) -> Result<(), FileError> {
    let purpose = file.purpose.as_deref().unwrap_or("");
    let context = Context::new(&*file.audience, purpose, None, 0);
    let context = context.map(|_| ());
    context.map_err(|e| error(ErrorCode::BadText, "/audience", e.to_string()))?;
    // A pseudonym is of a ledger's account, and only a ledger's account has a nullifier.
    let in_ledger = matches!(file.account, AccountDemand::Ledger(_));
    if file.holder.is_some() && !in_ledger {
        let message = "only an account of a ledger has a pseudonym; demand `ledger`";
        return Err(error(ErrorCode::UnknownField, "/holder", message));
    }
    if file.freshness.once_per_period && !in_ledger {
        let message = "only an account of a ledger has a nullifier; demand `ledger`";
        return Err(error(ErrorCode::UnknownField, "/freshness/once_per_period", message));
    }
    // A period that the prover chooses is a fresh one every time.
    let pinned = file.freshness.challenge || (file.epoch.is_some() && file.purpose.is_some());
    if file.freshness.once_per_period && !pinned {
        let message =
            "name `purpose` and `epoch`, or demand `freshness.challenge`, which fixes both";
        return Err(error(ErrorCode::MissingField, "/freshness/once_per_period", message));
    }
    if file.market.first_after_challenge && !file.freshness.challenge {
        let message = "there is no challenge to be first after; demand `freshness.challenge`";
        return Err(error(ErrorCode::MissingField, "/market/first_after_challenge", message));
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
        check_context(&file)?;
        let schedule = file.market.schedule.as_deref();
        let schedule = schedule.map(|text| hex32(text, "/market/schedule")).transpose()?;
        let milliseconds = |seconds: Option<u64>| seconds.map(|s| s.saturating_mul(1000));
        let account = match &file.account {
            AccountDemand::Ledger(ledger) => Account::Ledger {
                max_distance_ms: milliseconds(ledger.max_distance_seconds),
                witnesses: ledger.witnesses,
            },
            AccountDemand::Attested(attested) => {
                Account::Attested { max_distance_ms: milliseconds(attested.max_distance_seconds) }
            }
            AccountDemand::Commitment(text) => {
                Account::Commitment(element(text, "/account/commitment")?)
            }
        };
        let pseudonym = file.holder.as_ref().map(|h| element(&h.pseudonym, "/holder/pseudonym"));
        let floor = Decimal::parse(file.claim.floor.as_str())
            .map_err(|e| error(ErrorCode::BadNumber, "/claim/floor", e.to_string()))?;
        let sources = match &file.prices {
            Some(prices) => {
                let sources = sources(prices, &keys)?;
                check_prices(prices)?;
                sources
            }
            None => Vec::new(),
        };
        let pseudonym = pseudonym.transpose()?;
        Ok(Self { keys, sources, schedule, account, pseudonym, floor, file })
    }

    /// The policy as written.
    pub fn file(&self) -> &PolicyFile {
        &self.file
    }

    /// The keys that it trusts.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The price sources that it lists.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Which of its sources a message is of, and the feeds in it. Empty when no listed source signed it.
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

    /// Seconds that a challenge made under it can be answered.
    pub fn challenge_seconds(&self) -> u64 {
        self.file.freshness.challenge_seconds.unwrap_or(DEFAULT_CHALLENGE_SECONDS)
    }
}
