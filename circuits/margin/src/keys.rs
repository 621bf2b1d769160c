//! Keys of one circuit and market: deterministic, never read from a file, cached in process.

use crate::circuit::MarginCircuit;
use crate::fingerprint::{FingerprintError, check_fingerprint};
use crate::params::{Loaded, ParamsError, ParamsStore};
#[cfg(feature = "multicore")]
use crate::points::PublicTables;
use crate::portfolio::{
    PortfolioCircuit, PortfolioSizeError, PortfolioTables, PortfolioWitness, UnprovableMarket,
    smallest,
};
use crate::queries::{Openings, UnknownForm};
use crate::size::{CapacityError, smallest_circuit};
use crate::tables::MarketTables;
use crate::witness::Witness;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use zkmargin_gadgets::halo2::{
    EqAffine, Error, Params, ProvingKey, VerifyingKey, keygen_pk, keygen_vk,
};
use zkmargin_model::circuit::{CircuitId, Kind};
use zkmargin_model::claim::Claim;
use zkmargin_model::digest::MarketDigest;
use zkmargin_model::portfolio;
use zkmargin_model::rule::Unprovable;
use zkmargin_model::subject::RuleMarket;

/// Keys cannot be generated.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No circuit proves the market's rule.
    #[error(transparent)]
    Unprovable(#[from] Unprovable),
    /// No circuit proves the portfolio market.
    #[error(transparent)]
    UnprovablePortfolio(#[from] UnprovableMarket),
    /// The circuit is of another family than the market, or of another profile.
    #[error("the circuit computes another rule than the market's")]
    Family,
    /// The market is too large.
    #[error(transparent)]
    Capacity(#[from] CapacityError),
    /// No circuit of the shape holds the portfolio market, or the market does not admit as many positions.
    #[error(transparent)]
    Size(#[from] PortfolioSizeError),
    /// No parameters.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// This build's proof system describes keys in another way.
    #[error(transparent)]
    Text(#[from] UnknownForm),
    /// This build lays out circuits differently, so its keys would differ.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
    /// The proof system refused the circuit.
    #[error("key generation failed: {0}")]
    Proof(Error),
}

/// A market compiled for its family's circuits.
#[derive(Clone, Debug)]
pub(crate) enum Tables {
    Linear(Arc<MarketTables>),
    Portfolio(Arc<PortfolioTables>),
}

impl Tables {
    fn of(market: RuleMarket<'_>) -> Result<Self, KeyError> {
        Ok(match market {
            RuleMarket::Linear(market) => Self::Linear(Arc::new(MarketTables::new(market)?)),
            RuleMarket::Portfolio(market) => {
                Self::Portfolio(Arc::new(PortfolioTables::new(market)?))
            }
        })
    }

    /// The circuit of a kind, which is of the market's own rule.
    fn circuit(&self, kind: Kind) -> Result<CircuitId, KeyError> {
        match (self, kind) {
            (Self::Linear(tables), Kind::Linear(kind)) if tables.profile() == kind.profile() => {
                Ok(smallest_circuit(kind, tables)?)
            }
            (Self::Portfolio(tables), Kind::Portfolio(of)) => {
                let (_, k) = smallest(tables, of.into())?;
                Ok(CircuitId { kind, k })
            }
            (Self::Linear(_) | Self::Portfolio(_), _) => Err(KeyError::Family),
        }
    }

    fn verifying(
        &self,
        params: &Params<EqAffine>,
        CircuitId { kind, k }: CircuitId,
    ) -> Result<VerifyingKey<EqAffine>, KeyError> {
        match (self, kind) {
            (Self::Linear(tables), Kind::Linear(kind)) => {
                MarginCircuit::keyed(kind, k, tables.clone())
                    .configured(|circuit| keygen_vk(params, circuit))
            }
            (Self::Portfolio(tables), Kind::Portfolio(kind)) => {
                PortfolioCircuit::keyed(tables.clone(), kind.into())?
                    .configured(|circuit| keygen_vk(params, circuit))
            }
            _ => return Err(KeyError::Family),
        }
        .map_err(KeyError::Proof)
    }

    fn proving(
        &self,
        params: &Params<EqAffine>,
        CircuitId { kind, k }: CircuitId,
    ) -> Result<ProvingKey<EqAffine>, KeyError> {
        let vk = self.verifying(params, CircuitId { kind, k })?;
        match (self, kind) {
            (Self::Linear(tables), Kind::Linear(kind)) => {
                MarginCircuit::keyed(kind, k, tables.clone())
                    .configured(|circuit| keygen_pk(params, vk, circuit))
            }
            (Self::Portfolio(tables), Kind::Portfolio(kind)) => {
                PortfolioCircuit::keyed(tables.clone(), kind.into())?
                    .configured(|circuit| keygen_pk(params, vk, circuit))
            }
            _ => return Err(KeyError::Family),
        }
        .map_err(KeyError::Proof)
    }
}

/// The circuit of a kind at a market: its number of rows follows from both.
///
/// # Errors
/// [`KeyError`] when the kind is of another rule than the market's, or no circuit of it holds the market.
pub fn circuit_at<'a>(
    kind: impl Into<Kind>,
    market: impl Into<RuleMarket<'a>>,
) -> Result<CircuitId, KeyError> {
    Tables::of(market.into())?.circuit(kind.into())
}

/// A verifying key with the parameters it goes with.
#[derive(Debug)]
pub struct MarketVerifyingKey {
    id: CircuitId,
    params: Loaded,
    key: VerifyingKey<EqAffine>,
    openings: Openings,
}

impl MarketVerifyingKey {
    pub(crate) fn new(
        id: CircuitId,
        params: Loaded,
        key: VerifyingKey<EqAffine>,
    ) -> Result<Self, KeyError> {
        let openings = Openings::of(&key)?;
        Ok(Self { id, params, key, openings })
    }

    /// The circuit.
    pub fn id(&self) -> CircuitId {
        self.id
    }

    /// The commitment parameters.
    pub fn params(&self) -> &Params<EqAffine> {
        &self.params.params
    }

    #[cfg(feature = "multicore")]
    pub(crate) fn public_tables(&self) -> &PublicTables {
        self.params.tables.get_or_init(|| PublicTables::new(self.params()))
    }

    /// What the key's proofs open.
    #[cfg(feature = "multicore")]
    pub(crate) fn openings(&self) -> &Openings {
        &self.openings
    }

    /// The exact number of bytes of the key's proofs.
    pub fn proof_len(&self) -> usize {
        self.openings.proof_len(self.id.k)
    }

    /// The key.
    pub fn key(&self) -> &VerifyingKey<EqAffine> {
        &self.key
    }
}

/// A proving key with the parameters and tables it goes with.
#[derive(Debug)]
pub struct MarketKeys {
    id: CircuitId,
    params: Arc<Params<EqAffine>>,
    tables: Tables,
    key: ProvingKey<EqAffine>,
}

impl MarketKeys {
    /// The circuit.
    pub fn id(&self) -> CircuitId {
        self.id
    }

    /// The commitment parameters.
    pub fn params(&self) -> &Params<EqAffine> {
        &self.params
    }

    /// The private values of a portfolio account at the keys' market, which is also given as integers. `None` for keys of
    /// linear accounts, and as for [`PortfolioWitness::new`].
    pub fn portfolio_witness(
        &self,
        market: &portfolio::Market,
        witness: &Witness,
        figures: &portfolio::Margin,
        claim: &Claim,
    ) -> Option<PortfolioWitness> {
        match (&self.tables, self.id.kind) {
            (Tables::Portfolio(tables), Kind::Portfolio(kind)) => {
                PortfolioWitness::new(tables, kind.into(), market, witness, figures, claim)
            }
            _ => None,
        }
    }

    /// The market's tables.
    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The key.
    pub fn key(&self) -> &ProvingKey<EqAffine> {
        &self.key
    }
}

/// A circuit at a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CacheKey {
    kind: Kind,
    market: MarketDigest,
}

#[derive(Debug, Default)]
struct Entry {
    // Held while a key is made, so that one key is made once.
    verifying: Mutex<Option<Arc<MarketVerifyingKey>>>,
    proving: Mutex<Option<Arc<MarketKeys>>>,
}

/// Keys by circuit and market digest; the least recently used market is dropped.
#[derive(Debug)]
pub struct KeyCache {
    params: ParamsStore,
    entries: Mutex<LruCache<CacheKey, Arc<Entry>>>,
}

impl KeyCache {
    /// A cache for at most `capacity` (circuit, market) pairs.
    pub fn new(params: ParamsStore, capacity: NonZeroUsize) -> Self {
        Self { params, entries: Mutex::new(LruCache::new(capacity)) }
    }

    /// Maximum number of (circuit, market) pairs.
    pub fn capacity(&self) -> NonZeroUsize {
        self.entries.lock().unwrap_or_else(|e| e.into_inner()).cap()
    }

    fn entry(&self, key: CacheKey) -> Arc<Entry> {
        // A poisoned lock means that another thread panicked; the map itself is still whole.
        let mut entries = self.entries.lock().unwrap_or_else(|e| e.into_inner());
        entries.get_or_insert(key, Arc::default).clone()
    }

    /// The verifying key of a kind of circuit at the market with this digest, if cached.
    pub fn known(
        &self,
        kind: impl Into<Kind>,
        digest: MarketDigest,
    ) -> Option<Arc<MarketVerifyingKey>> {
        let key = CacheKey { kind: kind.into(), market: digest };
        let mut entries = self.entries.lock().unwrap_or_else(|e| e.into_inner());
        let entry = entries.get(&key)?.clone();
        drop(entries);
        // A key that is being made is not there yet.
        let slot = entry.verifying.try_lock().ok()?;
        slot.clone()
    }

    /// The verifying key of a kind of circuit at a market. `digest` must be the market's full digest.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn verifying_key<'a>(
        &self,
        kind: impl Into<Kind>,
        market: impl Into<RuleMarket<'a>>,
        digest: MarketDigest,
    ) -> Result<Arc<MarketVerifyingKey>, KeyError> {
        self.make_verifying_key(kind.into(), market.into(), digest)
    }

    fn make_verifying_key(
        &self,
        kind: Kind,
        market: RuleMarket<'_>,
        digest: MarketDigest,
    ) -> Result<Arc<MarketVerifyingKey>, KeyError> {
        let entry = self.entry(CacheKey { kind, market: digest });
        let mut slot = entry.verifying.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(key) = slot.as_ref() {
            return Ok(key.clone());
        }
        check_fingerprint()?;
        let tables = Tables::of(market)?;
        let id = tables.circuit(kind)?;
        let params = self.params.load(id.k)?;
        let key = tables.verifying(&params.params, id)?;
        let key = Arc::new(MarketVerifyingKey::new(id, params, key)?);
        *slot = Some(key.clone());
        Ok(key)
    }

    /// The proving key of a kind of circuit at a market. `digest` must be the market's full digest. The
    /// verifying key comes with it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn proving_key<'a>(
        &self,
        kind: impl Into<Kind>,
        market: impl Into<RuleMarket<'a>>,
        digest: MarketDigest,
    ) -> Result<Arc<MarketKeys>, KeyError> {
        self.make_proving_key(kind.into(), market.into(), digest)
    }

    fn make_proving_key(
        &self,
        kind: Kind,
        market: RuleMarket<'_>,
        digest: MarketDigest,
    ) -> Result<Arc<MarketKeys>, KeyError> {
        let entry = self.entry(CacheKey { kind, market: digest });
        let mut slot = entry.proving.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(key) = slot.as_ref() {
            return Ok(key.clone());
        }
        check_fingerprint()?;
        let tables = Tables::of(market)?;
        let id = tables.circuit(kind)?;
        let loaded = self.params.load(id.k)?;
        let params = loaded.params.clone();
        let key = tables.proving(&params, id)?;
        let mut known = entry.verifying.lock().unwrap_or_else(|e| e.into_inner());
        if known.is_none() {
            let verifying = MarketVerifyingKey::new(id, loaded, key.get_vk().clone())?;
            *known = Some(Arc::new(verifying));
        }
        let key = Arc::new(MarketKeys { id, params, tables, key });
        *slot = Some(key.clone());
        Ok(key)
    }
}
