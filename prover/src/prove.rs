//! From an account to a proof file.

use crate::commit::generator;
use crate::shortfall::Shortfall;
use num_bigint::BigInt;
use rand::rngs::SysError;
use std::time::{Duration, Instant};
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::portfolio::{PortfolioSizeError, UnprovableMarket};
use zkmargin_circuit::{
    AnyWitness, CapacityError, CircuitWitness, KeyCache, KeyError, Membership, VerifyError,
    Witness, create_proof, verify_proof,
};
use zkmargin_circuit::{circuit_at, public_inputs};
use zkmargin_model::circuit::{Anchor, Pages, PortfolioKind, Shape, Slots};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, margin_commitment};
use zkmargin_model::context::Context;
use zkmargin_model::envelope::{Envelope, EnvelopeError};
use zkmargin_model::field::{field_bytes, random_field};
use zkmargin_model::holder::{HolderSecret, audience_field, scope_field, venue_field};
use zkmargin_model::ledger::Path;
use zkmargin_model::measure::Measure;
use zkmargin_model::portfolio::{self, MarginError, pages};
use zkmargin_model::rule::{self, Account, Isolated, RuleError, TooLarge, Unprovable};
use zkmargin_model::secrets::{SecretsError, weakness};
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_model::subject::{NamedSubject, RuleMarket, Subject};
use zkmargin_params::{AnyMarket, NoDeficiency, NotDecided, PlainSecrets};

/// What to prove.
#[derive(Clone)]
pub struct ProveRequest<'a> {
    /// The account, read under the market's schedule: its ids and units are those of the market's registry.
    pub account: &'a Account,
    /// Its secrets.
    pub secrets: &'a PlainSecrets,
    /// The market at which the account is valued.
    pub market: &'a dyn AnyMarket,
    /// A claim from the schedule's menu.
    pub claim: Claim,
    /// What the claim is about: a selection of the schedule's books, or of a portfolio account a requirement or stress.
    pub subject: Subject,
    /// Audience, purpose, nonce and epoch.
    pub context: Context,
    /// Place in a ledger and holder, for a proof about an account in the ledger; `None` names the account by its
    /// commitment.
    pub membership: Option<&'a LedgerPlace>,
    /// The circuit size; `None` is the smallest that holds the account. A larger one reveals less about how much the
    /// account holds.
    pub shape: Option<Slots>,
}

/// An account's place in a ledger, with its holder's secret.
#[derive(Clone, Debug)]
pub struct LedgerPlace {
    /// The holder's secret, whose key at the venue is in the account commitment.
    pub secret: HolderSecret,
    /// The Merkle path from the account's commitment to the root.
    pub path: Path,
}

/// A step of proving, for progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Rule, menu and capacity.
    Check,
    /// Keys of the market.
    Keys,
    /// The proof.
    Prove,
    /// Verification of the proof before it is returned.
    Verify,
}

/// How long the steps took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// Keys, parameters included.
    pub keys: Duration,
    /// The proof.
    pub prove: Duration,
    /// Its verification.
    pub verify: Duration,
}

/// A verified proof file. `Debug` does not show the secret.
pub struct Proven {
    /// The proof file.
    pub envelope: Envelope,
    /// Opens the margin commitment of the statement. Secret.
    pub margin_blinding: Fp,
    /// How long it took.
    pub times: Times,
}

impl std::fmt::Debug for Proven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let statement = self.envelope.statement();
        let mut debug = f.debug_struct("Proven");
        debug.field("statement", statement).field("times", &self.times).finish_non_exhaustive()
    }
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// No circuit proves the schedule's rule.
    #[error(transparent)]
    Unprovable(#[from] Unprovable),
    /// The claim is not on the menu.
    #[error("the schedule's menu has no claim at level {level_bps} basis points with that floor")]
    OffMenu {
        /// Requested level.
        level_bps: u32,
    },
    /// The market says nothing about what the claim is about.
    #[error(transparent)]
    Subject(#[from] NotDecided),
    /// The rule is undefined for the account.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The rule is undefined for the portfolio account.
    #[error(transparent)]
    PortfolioRule(MarginError),
    /// The schedule has no claims that an account does not meet a level, or not about these books.
    #[error(transparent)]
    NoDeficiency(#[from] NoDeficiency),
    /// The account meets the level of which the claim is that it does not.
    #[error("the account meets the level, so there is no proof that it does not")]
    NotDeficient,
    /// The account does not meet the claim. The text does not say by how much.
    #[error("the account does not meet the claim")]
    NotMet(Shortfall),
    /// No circuit holds the account.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The requested shape does not hold the account.
    #[error("the account does not fit shape {} ({} positions, {} assets)", .0.name(), .0.positions(), .0.assets())]
    Shape(Slots),
    /// A shape of accounts of the other kind.
    #[error("shape {} is of accounts of another kind", .0.name())]
    ShapeOfAnother(Slots),
    /// A shape with more slots than the positions for which the market's sums are bounded.
    #[error("shape {} has {} positions; under this schedule an account has {capacity}", .pages.name(), .pages.positions())]
    ShapeOfMarket {
        /// The shape.
        pages: Slots,
        /// Positions of the market's capacity.
        capacity: usize,
    },
    /// The market's circuits do not hold as many pages as the account has, or as were asked for.
    #[error(transparent)]
    Size(PortfolioSizeError),
    /// Not even the smallest circuit holds the portfolio market, whatever an account has.
    #[error("no circuit holds the market: {0}")]
    MarketSize(PortfolioSizeError),
    /// No circuit proves the portfolio market.
    #[error(transparent)]
    UnprovablePortfolio(UnprovableMarket),
    /// The account has an own parameter, which the market's circuits take to be none.
    #[error("a position or balance has an own parameter, which this market's proofs do not read")]
    OwnParameter,
    /// The account's record has open orders or allocations and the market's rule reads none, or the other way round.
    #[error(
        "the account's record and the market's rule are not both with open orders and allocations or both without"
    )]
    Record,
    /// Another holder's account.
    #[error("the holder key in the account is not that of the holder secret at this venue")]
    Holder,
    /// A Merkle path from another place in the ledger.
    #[error("the account has serial {account}, but the Merkle path begins at {path}")]
    Serial {
        /// Serial in the account.
        account: u64,
        /// Serial of the path.
        path: u32,
    },
    /// The market is too large for any circuit.
    #[error(transparent)]
    Capacity(CapacityError),
    /// Keys cannot be generated.
    #[error(transparent)]
    Key(KeyError),
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system: {0}")]
    Random(SysError),
    /// Secrets that anyone could guess, or that are not canonical field elements.
    #[error(transparent)]
    WeakSecrets(#[from] SecretsError),
    /// The proof system refused.
    #[error(transparent)]
    Circuit(#[from] zkmargin_circuit::ProveError),
    /// The proof that was made does not verify; nothing is returned.
    #[error("the proof that was made does not verify: {0}")]
    SelfCheck(VerifyError),
    /// The proof file cannot be made.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl From<MarginError> for ProveError {
    fn from(error: MarginError) -> Self {
        match error {
            MarginError::TooLarge(what) => Self::TooLarge(what),
            error => Self::PortfolioRule(error),
        }
    }
}

impl From<KeyError> for ProveError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unprovable(e) => Self::Unprovable(e),
            KeyError::Capacity(e) => Self::Capacity(e),
            KeyError::Size(e) => Self::Size(e),
            KeyError::UnprovablePortfolio(e) => Self::UnprovablePortfolio(e),
            e => Self::Key(e),
        }
    }
}

impl ProveError {
    /// Whether it depends on what the account holds, so that anyone who asks learns something about the account from
    /// it. To anyone but the account's holder, all of these must look alike, and each is an answer, like a proof.
    pub fn depends_on_account(&self) -> bool {
        match self {
            Self::Rule(_)
            | Self::PortfolioRule(_)
            | Self::NotMet(_)
            | Self::NotDeficient
            | Self::TooLarge(_)
            | Self::Shape(_)
            | Self::Size(_)
            | Self::Capacity(CapacityError::Shape { .. })
            | Self::OwnParameter
            | Self::Record
            | Self::Holder
            | Self::Serial { .. } => true,
            // The question alone, the secrets, or the machine.
            Self::Unprovable(_)
            | Self::OffMenu { .. }
            | Self::Subject(_)
            | Self::NoDeficiency(_)
            | Self::ShapeOfAnother(_)
            | Self::ShapeOfMarket { .. }
            | Self::UnprovablePortfolio(_)
            | Self::MarketSize(_)
            | Self::Capacity(CapacityError::Market { .. })
            | Self::WeakSecrets(_)
            | Self::Key(_)
            | Self::Random(_)
            | Self::Circuit(_)
            | Self::SelfCheck(_)
            | Self::Envelope(_) => false,
        }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unprovable(_) | Self::UnprovablePortfolio(_) => "Unprovable",
            Self::OffMenu { .. } => "OffMenu",
            Self::Subject(NotDecided::OtherKind { .. }) => "OtherKind",
            Self::Subject(NotDecided::Unknown(NamedSubject::Books { .. })) => "NoSuchBooks",
            Self::Subject(NotDecided::Unknown(NamedSubject::Portfolio(_))) => "NoRequirement",
            Self::Subject(NotDecided::LowConfidence(_)) => "LowConfidence",
            Self::Rule(RuleError::UnknownInstrument { .. }) => "UnknownInstrument",
            Self::Rule(RuleError::UnknownAsset { .. }) => "UnknownAsset",
            Self::Rule(RuleError::NoSuchPosition) => "NoSuchPosition",
            Self::Rule(RuleError::BeyondTiers { .. }) => "BeyondTiers",
            Self::Rule(RuleError::BeyondValue { .. }) => "BeyondValue",
            Self::Rule(RuleError::Isolated { .. }) => "NoIsolatedBooks",
            Self::Rule(RuleError::BeyondProfit { .. }) => "BeyondProfit",
            Self::Rule(RuleError::BeyondNotional { .. }) => "BeyondNotional",
            Self::Rule(RuleError::BeyondProof { .. }) => "BeyondProof",
            Self::Rule(RuleError::BeyondCollateral { .. }) => "BeyondCollateral",
            Self::Rule(RuleError::SettlementAssetMissing { .. }) => "SettlementAssetMissing",
            Self::PortfolioRule(error) => error.code(),
            Self::NoDeficiency(reason) => reason.code(),
            Self::NotMet(_) | Self::NotDeficient => "ClaimNotMet",
            Self::TooLarge(_) => TooLarge::CODE,
            Self::Shape(_) => "ShapeTooSmall",
            Self::ShapeOfAnother(_) => "ShapeOfAnother",
            Self::ShapeOfMarket { .. } | Self::Size(_) => "ShapeTooLarge",
            Self::OwnParameter => "OwnParameter",
            Self::Record => "Record",
            Self::Holder => "OtherHolder",
            Self::Serial { .. } => "OtherSerial",
            Self::MarketSize(_) | Self::Capacity(CapacityError::Market { .. }) => "MarketTooLarge",
            Self::Capacity(CapacityError::Shape { .. }) => "ShapeTooLarge",
            Self::Key(KeyError::Fingerprint(_)) => "Fingerprint",
            Self::Key(_) => "Keys",
            Self::Random(_) => "Randomness",
            Self::WeakSecrets(SecretsError::NotFieldElement(_)) => "NotFieldElement",
            Self::WeakSecrets(SecretsError::Weak { .. }) => "WeakSecret",
            Self::Circuit(_) => "ProofSystem",
            Self::SelfCheck(_) => "SelfCheck",
            Self::Envelope(_) => "Envelope",
        }
    }

    /// What to do about it, if anything can be done.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Unprovable(_) => Some(
                "`zkmargin margin` computes the rule; a proof needs a schedule of which a circuit proves every rounding",
            ),
            Self::OffMenu { .. } => Some("choose a level and a floor from the schedule's menu"),
            Self::TooLarge(_) => Some(TooLarge::ADVICE),
            Self::Shape(_) => Some("leave the shape out, or choose a larger one"),
            Self::ShapeOfMarket { .. } => Some("leave the shape out, or choose a smaller one"),
            Self::ShapeOfAnother(_) => {
                Some("shapes of linear accounts are S to L, those of portfolio accounts P4 to P16")
            }
            Self::Size(_) => {
                Some("this schedule's circuits hold fewer positions; split the account")
            }
            Self::MarketSize(PortfolioSizeError::Capacity { .. }) => {
                Some("use a schedule that admits as many positions as the smallest circuit has")
            }
            Self::MarketSize(_) => Some("restrict the schedule to fewer instruments or columns"),
            Self::Capacity(CapacityError::Market { .. }) => {
                Some("restrict the schedule to fewer instruments or tiers")
            }
            Self::Capacity(CapacityError::Shape { .. }) => {
                Some("this market's circuits hold fewer positions; split the account")
            }
            Self::NotMet(_) | Self::NotDeficient => {
                Some("`zkmargin margin` shows where the account stands")
            }
            Self::WeakSecrets(_) => Some(
                "draw new ones with `zkmargin commit --fresh -o FILE`, a holder's secret with `zkmargin keygen -o FILE holder`",
            ),
            Self::Rule(RuleError::BeyondTiers { .. }) => {
                Some("reduce the position, or use a schedule of the venue that has a tier for it")
            }
            Self::Rule(RuleError::BeyondCollateral { .. }) => Some(
                "move some of the balance, or use a schedule of the venue that has a row for it",
            ),
            _ => None,
        }
    }
}

/// [`prove_observed`] without progress.
///
/// # Errors
/// [`ProveError`].
pub fn prove(request: &ProveRequest<'_>, keys: &KeyCache) -> Result<Proven, ProveError> {
    prove_observed(request, keys, |_| {})
}

/// Proves a claim, verifies the proof and returns the proof file. `observe` is called with each stage as it begins.
///
/// # Errors
/// [`ProveError`]; an account that does not meet the claim is refused before any key is generated.
pub fn prove_observed(
    request: &ProveRequest<'_>,
    keys: &KeyCache,
    mut observe: impl FnMut(Stage),
) -> Result<Proven, ProveError> {
    observe(Stage::Check);
    let market = request.market;
    let secrets = check_secrets(request)?;
    let decided = market.decided(&request.subject)?;
    check_shape(request, decided.market)?;
    let figures = check_claim(request, decided.market)?;
    let basis = basis(request, &figures)?;

    let account = reference(request, &secrets)?;

    let mut times = Times::default();
    observe(Stage::Keys);
    let clock = Instant::now();
    let kind = basis.kind(account.anchor());
    let (terms, digest) = (decided.market, decided.digest);
    let key = keys.proving_key(kind, terms, digest)?;
    let verifying = keys.verifying_key(kind, terms, digest)?;
    times.keys = clock.elapsed();
    tracing::debug!(shape = basis.slots().name(), k = %key.id().k, elapsed = ?times.keys, "keys");

    observe(Stage::Prove);
    let clock = Instant::now();
    let mut rng = generator().map_err(ProveError::Random)?;
    let margin_blinding = random_field(&mut rng);
    let (equity, requirement) = figures.both();
    let statement = Statement {
        basis,
        k: key.id().k,
        claim: request.claim.clone(),
        registry_digest: market.registry_digest(),
        schedule_digest: market.schedule_digest(),
        snapshot_digest: market.snapshot_digest(),
        snapshot_time: market.time_ms(),
        margin_unit: market.schedule().margin_unit().clone(),
        account,
        margin_commitment: margin_commitment(equity, requirement, margin_blinding),
        context: request.context.clone(),
    };
    let public = public_inputs(&statement, market.schedule().venue());
    let witness = Witness { account: request.account.clone(), secrets, margin_blinding };
    let slots = statement.basis.slots();
    let mut witness = match (&figures, slots) {
        (Figures::Linear(market, figures), Slots::Linear(shape)) => {
            let made = CircuitWitness::new(shape, market, &witness, figures, &request.claim);
            made.map(AnyWitness::from)
        }
        (Figures::Portfolio(market, figures), _) => {
            let made = key.portfolio_witness(market, &witness, figures, &request.claim);
            made.map(AnyWitness::from)
        }
        (Figures::Linear(..), Slots::Portfolio(_)) => None,
    }
    .ok_or(ProveError::Shape(slots))?;
    if let Some((place, inputs)) = request.membership.zip(public.membership) {
        witness = witness.in_ledger(Membership {
            secret: place.secret.expose(),
            venue: inputs.venue,
            audience: inputs.audience,
            scope: inputs.scope,
            path: place.path.clone(),
        });
    }
    let proof = create_proof(&key, witness, &public, rng)?;
    times.prove = clock.elapsed();
    tracing::debug!(bytes = proof.len(), elapsed = ?times.prove, "proof");

    observe(Stage::Verify);
    let clock = Instant::now();
    verify_proof(&verifying, &public, &proof).map_err(ProveError::SelfCheck)?;
    times.verify = clock.elapsed();
    Ok(Proven { envelope: Envelope::new(statement, proof)?, margin_blinding, times })
}

/// How the statement names account and holder.
fn reference(
    request: &ProveRequest<'_>,
    secrets: &AccountSecrets,
) -> Result<AccountReference, ProveError> {
    let schedule = request.market.schedule();
    let commitment = schedule.commitment(request.account, secrets)?;
    let Some(place) = request.membership else {
        return Ok(AccountReference::Commitment(commitment));
    };
    let venue = venue_field(schedule.venue());
    if place.secret.holder_key(venue) != secrets.holder_key {
        return Err(ProveError::Holder);
    }
    if u64::from(place.path.serial) != secrets.serial {
        return Err(ProveError::Serial { account: secrets.serial, path: place.path.serial });
    }
    let context = &request.context;
    Ok(AccountReference::Ledger {
        root: place.path.root(commitment),
        pseudonym: place.secret.pseudonym(audience_field(context.audience())),
        nullifier: place.secret.nullifier(
            secrets.registry,
            place.path.serial,
            scope_field(context),
        ),
    })
}

/// Checks the secrets before the account is looked at, so that a refusal says nothing about it.
fn check_secrets(request: &ProveRequest<'_>) -> Result<AccountSecrets, ProveError> {
    if let Some(place) = request.membership
        && let Some(weakness) = weakness(&field_bytes(&place.secret.expose()))
    {
        return Err(SecretsError::Weak { secret: "the holder's secret", weakness }.into());
    }
    Ok(request.secrets.under(&request.market.registry_digest())?)
}

/// What the rule computed, with the market at which it did.
enum Figures<'a> {
    Linear(&'a rule::Market, rule::Margin),
    Portfolio(&'a portfolio::Market, portfolio::Margin),
}

impl Figures<'_> {
    /// Equity and requirement, as the margin commitment has them.
    fn both(&self) -> (&BigInt, &BigInt) {
        match self {
            Self::Linear(market, figures) => figures.of_book(market),
            Self::Portfolio(_, figures) => (&figures.equity, &figures.requirement),
        }
    }
}

/// Computes the account's figures and checks that they meet the claim.
fn check_claim<'a>(
    request: &ProveRequest<'_>,
    market: RuleMarket<'a>,
) -> Result<Figures<'a>, ProveError> {
    let profile = match market {
        RuleMarket::Linear(market) => Some(market.profile()?),
        RuleMarket::Portfolio(_) => None,
    };
    if !request.market.schedule().publishes(&request.claim, &request.subject) {
        return Err(ProveError::OffMenu { level_bps: request.claim.level_bps() });
    }
    if request.claim.is_deficiency() {
        request.market.schedule().decides_deficiency(&request.subject)?;
    }
    let opens = match profile {
        Some(profile) => request.account.opens_in(profile),
        None => !request.account.has_own(),
    };
    if !opens {
        return Err(ProveError::OwnParameter);
    }
    let has_record = match profile {
        Some(profile) => request.account.has_record_of(profile),
        None => request.account.orders().is_none(),
    };
    if !has_record {
        return Err(ProveError::Record);
    }
    let (figures, shortfall) = match market {
        RuleMarket::Linear(market) => {
            let named = request.subject.books().and_then(|books| books.position);
            let figures = rule::margin_naming(request.account, market, named)?;
            if request.claim.is_deficiency() {
                let meets = figures.meets(&request.claim, market);
                let figures = Figures::Linear(market, figures);
                return meets.then_some(figures).ok_or(ProveError::NotDeficient);
            }
            let health = market.terms().health();
            let shortfall = match market.books().isolated {
                Isolated::Only => Shortfall::of_position(&figures, &request.claim, health),
                _ => Shortfall::of(&figures, &request.claim, health),
            };
            (Figures::Linear(market, figures), shortfall)
        }
        RuleMarket::Portfolio(market) => {
            let figures = portfolio::margin(request.account, market)?;
            if request.claim.is_deficiency() {
                let meets = figures.meets(&request.claim, market);
                let figures = Figures::Portfolio(market, figures);
                return meets.then_some(figures).ok_or(ProveError::NotDeficient);
            }
            let shortfall = Shortfall::of_portfolio(&figures, &request.claim, market);
            (Figures::Portfolio(market, figures), shortfall)
        }
    };
    match shortfall {
        Some(shortfall) => Err(ProveError::NotMet(shortfall)),
        None => Ok(figures),
    }
}

/// Checks that the market has circuits of the requested shape, before the account is looked at.
fn check_shape(request: &ProveRequest<'_>, market: RuleMarket<'_>) -> Result<(), ProveError> {
    match (market, request.shape) {
        (RuleMarket::Linear(_), None | Some(Slots::Linear(_))) => Ok(()),
        (RuleMarket::Portfolio(_), None) => {
            let anchor = match request.membership {
                Some(_) => Anchor::Ledger,
                None => Anchor::Commitment,
            };
            let smallest = PortfolioKind { anchor, pages: Pages::Four };
            match circuit_at(smallest, market) {
                Ok(_) => Ok(()),
                Err(KeyError::Size(error)) => Err(ProveError::MarketSize(error)),
                Err(error) => Err(error.into()),
            }
        }
        (RuleMarket::Portfolio(market), Some(pages @ Slots::Portfolio(_))) => {
            let capacity = market.terms().capacity.positions;
            match pages.positions() <= capacity {
                true => Ok(()),
                false => Err(ProveError::ShapeOfMarket { pages, capacity }),
            }
        }
        (_, Some(shape)) => Err(ProveError::ShapeOfAnother(shape)),
    }
}

/// The slots that were asked for, which are of the account's kind, or the smallest that hold the account; with what the
/// circuit computes.
fn basis(request: &ProveRequest<'_>, figures: &Figures<'_>) -> Result<Basis, ProveError> {
    let (account, subject) = (request.account, &request.subject);
    match figures {
        Figures::Linear(market, _) => {
            account.check_provable()?;
            let profile = market.profile()?;
            let asked = request.shape.and_then(Slots::linear);
            let shape = asked.or_else(|| Shape::smallest_for(account, profile));
            let shape = shape.ok_or(ProveError::Shape(Slots::Linear(Shape::L)))?;
            if !shape.fits(account) {
                return Err(ProveError::Shape(Slots::Linear(shape)));
            }
            let books = subject.books();
            let settlement_asset = books.and_then(|books| books.settlement_asset);
            let position = books.and_then(|books| books.position);
            Ok(Basis::Linear { profile, shape, settlement_asset, position })
        }
        Figures::Portfolio(market, _) => {
            let asked = request.shape.and_then(Slots::portfolio);
            let count = pages(account, market.terms())?.len();
            let balances = account.balances().len();
            let largest = Pages::Sixteen;
            TooLarge::check("pages of positions", count, largest.count())?;
            TooLarge::check("collateral assets", balances, largest.assets())?;
            let chosen = asked.or_else(|| Pages::smallest_for(count, balances));
            let chosen = chosen.ok_or(ProveError::Shape(Slots::Portfolio(largest)))?;
            if !chosen.fit(count, balances) {
                return Err(ProveError::Shape(Slots::Portfolio(chosen)));
            }
            // A market is decided for subjects of its own kind only.
            let measure = subject.measure().cloned().unwrap_or(Measure::Maintenance);
            Ok(Basis::Portfolio { pages: chosen, measure })
        }
    }
}
