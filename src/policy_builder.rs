//! What a verifier demands.

use crate::error::Error;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::digest::MarketDigest;
use zkmargin_model::element::{AccountCommitment, LedgerRoot};
use zkmargin_params::{AccountDemand, DecimalText, PolicyFile, Requirement};

/// Demands on a proof. The verdict lists whatever is not demanded here as not checked.
///
/// A proof is valid only if both its market and its account are pinned, here or by evidence that the policy file asks
/// for. Each demand is made once: one that would replace another, from the file or an earlier call, is an error in
/// [`Verifier::new`](crate::Verifier::new), whichever of the two is stricter.
#[derive(Clone, Debug)]
pub struct Policy {
    file: PolicyFile,
    /// What two different demands were made on.
    repeated: Option<&'static str>,
}

impl Policy {
    /// At least the maintenance margin, unless [`Self::requirement`] says otherwise, for this audience.
    pub fn new(audience: impl Into<String>) -> Self {
        let mut file = PolicyFile::least("library");
        file.audience = Some(audience.into());
        Self { file, repeated: None }
    }

    /// A policy file, which can demand everything that evidence can show.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self { file: PolicyFile::from_json(bytes)?, repeated: None })
    }

    /// Makes a demand, unless a different one was already made on the same thing.
    fn demand<T: PartialEq>(
        mut self,
        of: &'static str,
        place: impl FnOnce(&mut PolicyFile) -> &mut Option<T>,
        demanded: T,
    ) -> Self {
        match place(&mut self.file) {
            Some(made) if *made != demanded => self.repeated = Some(of),
            made => *made = Some(demanded),
        }
        self
    }

    /// Pins the market by its digest. This does not change whether the venue's note over the prices is demanded.
    pub fn market(mut self, digest: MarketDigest) -> Self {
        let signed = self.file.market.demands_signed_snapshot();
        self.file.market.signed_snapshot = Some(signed);
        self.demand("market", |file| &mut file.market.pinned, digest.to_string())
    }

    /// Refuses prices older than this, in seconds.
    pub fn max_age(self, seconds: u64) -> Self {
        self.demand("age of prices", |file| &mut file.market.max_age_seconds, seconds)
    }

    /// Pins the account by its commitment.
    pub fn commitment(self, commitment: AccountCommitment) -> Self {
        let demanded = AccountDemand::Commitment(commitment.to_string());
        self.demand("account", |file| &mut file.account, demanded)
    }

    /// Pins the ledger that the account must be in.
    pub fn ledger_root(self, root: LedgerRoot) -> Self {
        let demanded = AccountDemand::LedgerRoot(root.to_string());
        self.demand("account", |file| &mut file.account, demanded)
    }

    /// Which of the venue's margin requirements the proof must be about. A proof about another one is refused, whichever
    /// of the two requires more.
    pub fn requirement(self, requirement: Requirement) -> Self {
        self.demand("requirement", |file| &mut file.requirement, requirement)
    }

    /// Minimum level, in basis points of the required margin, from 10,000.
    pub fn level(mut self, basis_points: u32) -> Self {
        let demanded = basis_points.to_string();
        let level = &mut self.file.claim.level;
        // The least level is no demand of anybody. Written by its name, it says which requirement it is of.
        if let Some(named) = Requirement::of_name(level) {
            *level = demanded;
            return self.requirement(named);
        }
        if *level == MARGIN_BPS.to_string() {
            *level = demanded;
        } else if *level != demanded {
            self.repeated = Some("level");
        }
        self
    }

    /// A claim about the cross book alone is enough, where positions can be isolated.
    pub fn cross_alone(mut self) -> Self {
        self.file.claim.cross_alone = true;
        self
    }

    /// The claim must be that the account does *not* meet the level: the verdict is then
    /// [`Verdict::DoesNotMeet`](zkmargin_policy::Verdict::DoesNotMeet), never one of health. There is no floor.
    pub fn does_not_meet(mut self) -> Self {
        self.file.claim.does_not_meet = true;
        self.file.claim.floor = DecimalText::new("none");
        self
    }

    /// The stress of a portfolio account of which the claim must be: its worst loss leaves at least the floor of the equity.
    pub fn stress(self, name: impl Into<String>) -> Self {
        self.demand("stress", |file| &mut file.claim.stress, name.into())
    }

    /// The settlement asset whose book the claim must be about, where each has a book.
    pub fn settlement_asset(self, symbol: impl Into<String>) -> Self {
        self.demand("settlement asset", |file| &mut file.claim.settlement_asset, symbol.into())
    }

    /// The isolated position, as `SYMBOL:long` or `SYMBOL:short`, about whose book only the claim must be. There is no floor.
    pub fn only_isolated(mut self, position: impl Into<String>) -> Self {
        self.file.claim.floor = DecimalText::new("none");
        self.demand("isolated position", |file| &mut file.claim.only_isolated, position.into())
    }

    /// The isolated position, as `SYMBOL:long` or `SYMBOL:short`, whose book the claim can leave out.
    pub fn all_but_isolated(self, position: impl Into<String>) -> Self {
        self.demand("isolated position", |file| &mut file.claim.all_but_isolated, position.into())
    }

    /// What the proof must be for.
    pub fn purpose(self, purpose: impl Into<String>) -> Self {
        self.demand("purpose", |file| &mut file.purpose, purpose.into())
    }

    /// The nonce that the proof must carry.
    pub fn nonce(self, nonce: [u8; 32]) -> Self {
        self.demand("nonce", |file| &mut file.nonce, hex::encode(nonce))
    }

    /// The policy as a file.
    pub fn file(&self) -> &PolicyFile {
        &self.file
    }

    pub(crate) fn into_file(self) -> Result<PolicyFile, Error> {
        match self.repeated {
            None => Ok(self.file),
            Some(of) => Err(Error::Repeated(of)),
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::Verifier;
    use crate::test_support::{commitment, golden, market};
    use zkmargin_params::LedgerDemand;
    use zkmargin_policy::{Refused, Verdict, What};

    /// A policy as from a file that names the venue.
    fn of_venue(account: AccountDemand) -> Policy {
        let mut policy = Policy::new("desk-42");
        policy.file.market.venue = Some("binance".to_owned());
        policy.file.account = Some(account);
        policy
    }

    fn repeated(policy: Policy) -> &'static str {
        match Verifier::new(policy) {
            Err(Error::Repeated(of)) => of,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_pin_does_not_drop_the_demand_for_signed_prices() {
        let account = AccountDemand::Commitment(commitment().to_string());
        let policy = of_venue(account).market(market().digest());
        let verifier = Verifier::new(policy).expect("policy");
        let decision = verifier.verify(&golden().encode(), &market(), 0).expect("decision");
        let missing = Verdict::Refused(Refused::Missing(What::SnapshotNote));
        assert_eq!(*decision.verdict(), missing);
        // A policy that never demanded the note does not begin to.
        let policy = Policy::new("desk-42").market(market().digest()).commitment(commitment());
        assert_eq!(policy.file().market.signed_snapshot, Some(false));
    }

    /// The golden proof is of the maintenance margin.
    #[test]
    fn another_requirement_is_refused() {
        let of = |policy: Policy| {
            let policy = policy.market(market().digest()).commitment(commitment());
            let verifier = Verifier::new(policy).expect("policy");
            verifier.verify(&golden().encode(), &market(), 0).expect("decision").verdict().clone()
        };
        let new = || Policy::new("desk-42");
        let (found, demanded) = (Requirement::Maintenance, Requirement::Initial);
        let refused = Verdict::Refused(Refused::OtherRequirement { found, demanded });
        assert_eq!(of(new().requirement(demanded)), refused);
        assert_ne!(of(new()), refused);
        assert_ne!(of(new().requirement(found)), refused);
    }

    #[test]
    fn no_demand_replaces_another() {
        let new = || Policy::new("desk-42");
        let root = LedgerRoot::from(zkmargin_circuit::halo2::Fp::from(7));
        let ledger = of_venue(AccountDemand::Ledger(LedgerDemand::default()));
        assert_eq!(repeated(ledger.commitment(commitment())), "account");
        assert_eq!(repeated(new().ledger_root(root).commitment(commitment())), "account");
        assert_eq!(repeated(new().market([1; 32].into()).market([2; 32].into())), "market");
        assert_eq!(repeated(new().max_age(1).max_age(2)), "age of prices");
        assert_eq!(repeated(new().level(12_500).level(10_000)), "level");
        let [maintenance, initial, ..] = Requirement::ALL;
        let both = new().requirement(maintenance).requirement(initial);
        assert_eq!(repeated(both), "requirement");
        // A level by a requirement's name, as a file may have it, says which one it is of.
        let mut named = new();
        named.file.claim.level = maintenance.name().to_owned();
        assert_eq!(repeated(named.clone().level(12_500).requirement(initial)), "requirement");
        assert!(Verifier::new(named.clone().requirement(initial)).is_err());
        assert!(Verifier::new(named.level(12_500).requirement(maintenance)).is_ok());
        assert!(Verifier::new(new().level(12_500).requirement(initial)).is_ok());
        assert_eq!(repeated(new().purpose("a").purpose("b")), "purpose");
        assert_eq!(repeated(new().nonce([1; 32]).nonce([2; 32])), "nonce");
        let two_books = new().settlement_asset("USDT").settlement_asset("USDC");
        assert_eq!(repeated(two_books), "settlement asset");
        assert!(Verifier::new(new().level(12_500).level(12_500).max_age(1).max_age(1)).is_ok());
    }
}
