//! A checked policy of a prover.

use crate::bits::Bits;
use crate::log::{Answer, Question};
use zkmargin_model::counted;
use zkmargin_model::element::LedgerRoot;
use zkmargin_model::names::check_name;
use zkmargin_model::rule::{Books, Isolated, NamedBooks, PositionName};
use zkmargin_params::{
    AccountDemand, AnyMarket, AnySchedule, AudienceFile, ErrorCode, FileError, FileKind,
    LedgerDemand, LevelDemand, MAX_TEXT_BYTES, PolicyFile, ProverPolicyFile, Requirement, Schedule,
};
use zkmargin_policy::{Demands, Evidence, Met, Refused, assess};

/// A prover's policy.
#[derive(Clone, Debug)]
pub struct OwnPolicy {
    file: ProverPolicyFile,
    ledger: Demands,
    commitment: Demands,
}

/// Why an answer is withheld. Withholding for one of these reasons says nothing about the account,
/// as long as the prover says which it is.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Withheld {
    /// Someone the policy does not name.
    #[error("the policy names no audience {0:?}; nobody else is answered")]
    Audience(String),
    /// A level that this audience may not ask for.
    #[error("{audience:?} may not ask for level {level_bps} basis points")]
    Level {
        /// Who asks.
        audience: String,
        /// What for.
        level_bps: u32,
    },
    /// Books that this audience may not ask about.
    #[error("{audience:?} may not ask about {books}")]
    Books {
        /// Who asks.
        audience: String,
        /// Which books.
        books: NamedBooks,
    },
    /// A requirement of a portfolio account that the policy is not about.
    #[error("the policy is about the {}; {audience:?} asks about the {}", .allowed.margin(), .asked.margin())]
    Requirement {
        /// Who asks.
        audience: String,
        /// What for.
        asked: Requirement,
        /// What the policy is about.
        allowed: Requirement,
    },
    /// This audience may not be told that a level is not met.
    #[error("{0:?} may not ask whether the account does not meet a level")]
    DoesNotMeet(String),
    /// A stress that this audience may not ask about.
    #[error("{audience:?} may not ask about stress {stress:?}")]
    Stress {
        /// Who asks.
        audience: String,
        /// The stress.
        stress: String,
    },
    /// A market or a ledger that does not meet the policy.
    #[error(transparent)]
    Evidence(#[from] Refused),
    /// An opening that belongs to a ledger other than the checkpoint's.
    #[error("the account's opening leads to a root other than the checkpoint's")]
    OtherRoot,
    /// Answers that add up to more than the policy allows.
    #[error(
        "this answer brings what {audience:?} knows about the account from {:.2} to at most {:.2} bits in {}; the policy allows {most}",
        .bits.before, .bits.after, counted(.bits.answers + 1, "answer", "answers")
    )]
    Narrows {
        /// Who asks.
        audience: String,
        /// The count.
        bits: Bits,
        /// Maximum number of bits allowed.
        most: u32,
    },
}

impl Withheld {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Audience(_) => "AudienceUnknown",
            Self::Level { .. } => "LevelNotAllowed",
            Self::Books { .. } => "BooksNotAllowed",
            Self::Requirement { .. } => "RequirementNotAllowed",
            Self::DoesNotMeet(_) => "DoesNotMeetNotAllowed",
            Self::Stress { .. } => "StressNotAllowed",
            Self::Evidence(refused) => refused.code(),
            Self::OtherRoot => "OpeningOtherRoot",
            Self::Narrows { .. } => "AnswerNarrows",
        }
    }
}

/// The part of the policy that is about evidence, as a verifier would write it.
fn demands(file: &ProverPolicyFile, account: AccountDemand) -> Result<Demands, FileError> {
    let mut policy = PolicyFile::least("prover");
    policy.requirement = file.requirement;
    policy.market = file.market.clone();
    // Pinned or not: whoever chooses prices freely reads an account out.
    policy.market.signed_snapshot = Some(true);
    policy.account = Some(account);
    policy.prices = file.prices.clone();
    policy.keys = file.keys.clone();
    Demands::new(policy).map_err(|e| FileError { file: FileKind::ProverPolicy, ..e })
}

impl OwnPolicy {
    /// Reads and checks a prover's policy.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        let file = ProverPolicyFile::from_json(bytes)?;
        let here = FileKind::ProverPolicy;
        for (at, audience) in file.audiences.iter().enumerate() {
            check_name(&audience.audience, MAX_TEXT_BYTES).map_err(|e| {
                let pointer = format!("/audiences/{at}/audience");
                FileError::new(ErrorCode::BadText, here, pointer, format!("the name {e}"))
            })?;
            if file.audiences[..at].iter().any(|a| a.audience == audience.audience) {
                let pointer = format!("/audiences/{at}/audience");
                let message = "listed twice; keep one of them";
                return Err(FileError::new(ErrorCode::DuplicateName, here, pointer, message));
            }
            for (place, asset) in audience.settlement_assets.iter().enumerate() {
                check_name(asset, MAX_TEXT_BYTES).map_err(|e| {
                    let pointer = format!("/audiences/{at}/settlement_assets/{place}");
                    FileError::new(ErrorCode::BadText, here, pointer, format!("the name {e}"))
                })?;
            }
            for (place, stress) in audience.stresses.iter().enumerate() {
                check_name(stress, MAX_TEXT_BYTES).map_err(|e| {
                    let pointer = format!("/audiences/{at}/stresses/{place}");
                    FileError::new(ErrorCode::BadText, here, pointer, format!("the name {e}"))
                })?;
            }
            for (place, level) in audience.levels.iter().enumerate() {
                let demanded = file.requirement.unwrap_or_default();
                let level = LevelDemand::parse(level);
                let level = level.and_then(|level| level.check_requirement(demanded));
                level.map_err(|e| {
                    let pointer = format!("/audiences/{at}/levels/{place}");
                    FileError::new(ErrorCode::BadNumber, here, pointer, e.to_string())
                })?;
            }
        }
        if file.market.venue.is_none() || file.market.signed_snapshot == Some(false) {
            let message = "name the venue: you answer only for marks it has signed";
            return Err(FileError::new(ErrorCode::MissingField, here, "/market/venue", message));
        }
        if file.market.max_k.is_some() {
            let message = "it bounds what a verifier spends on keys; leave it out";
            return Err(FileError::new(ErrorCode::UnknownField, here, "/market/max_k", message));
        }
        let ledger = LedgerDemand { witnesses: file.checkpoint_witnesses, ..Default::default() };
        let ledger = demands(&file, AccountDemand::Ledger(ledger))?;
        // No proof is compared with these; only the market's evidence is.
        let commitment = demands(&file, AccountDemand::Commitment("00".repeat(32)))?;
        Ok(Self { file, ledger, commitment })
    }

    fn audience(&self, question: &Question) -> Result<&AudienceFile, Withheld> {
        let asks = |a: &&AudienceFile| a.audience == question.audience;
        let audience = self.file.audiences.iter().find(asks);
        audience.ok_or_else(|| Withheld::Audience(question.audience.clone()))
    }

    /// Compares market, evidence and question with the policy, apart from what was answered before. `root` is where the
    /// account's opening leads, for an account in a ledger.
    ///
    /// # Errors
    /// The first [`Withheld`] reason.
    pub fn check(
        &self,
        question: &Question,
        evidence: &Evidence,
        market: &dyn AnyMarket,
        root: Option<LedgerRoot>,
        now_ms: u64,
    ) -> Result<Vec<Met>, Withheld> {
        let audience = self.audience(question)?;
        Self::check_direction(audience, question)?;
        let of_policy = self.file.requirement.unwrap_or_default();
        let requirement = Self::check_measure(audience, question, market.schedule(), of_policy)?;
        // A name that the schedule has at another figure allows neither.
        let level = |text: &String| {
            let level = LevelDemand::parse(text).ok()?;
            level.check(market.schedule(), requirement).is_ok().then(|| level.level_bps())
        };
        // A stress has no level.
        let is_stress = question.measure.as_ref().is_some_and(|of| of.stress().is_some());
        let allowed = is_stress
            || audience.levels.is_empty()
            || audience.levels.iter().any(|text| level(text) == Some(question.level_bps));
        if !allowed {
            let (audience, level_bps) = (question.audience.clone(), question.level_bps);
            return Err(Withheld::Level { audience, level_bps });
        }
        if let Some(schedule) = market.schedule().linear() {
            Self::check_books(audience, question, schedule)?;
        }
        let demands = if root.is_some() { &self.ledger } else { &self.commitment };
        let assessment = assess(demands, evidence, market, now_ms)?;
        let met = assessment.met().to_vec();
        if root.zip(assessment.checkpoint()).is_some_and(|(root, of)| root != of.root) {
            return Err(Withheld::OtherRoot);
        }
        Ok(met)
    }

    /// That a level is not met is said only to whom it was allowed in advance.
    fn check_direction(audience: &AudienceFile, question: &Question) -> Result<(), Withheld> {
        match question.does_not_meet && !audience.does_not_meet {
            true => Err(Withheld::DoesNotMeet(question.audience.clone())),
            false => Ok(()),
        }
    }

    /// A claim about a portfolio account is answered where it is about the policy's requirement, or about a stress that was
    /// allowed in advance. Returns the requirement of which levels are.
    fn check_measure(
        audience: &AudienceFile,
        question: &Question,
        schedule: &dyn AnySchedule,
        allowed: Requirement,
    ) -> Result<Requirement, Withheld> {
        let Some(measure) = &question.measure else {
            // A linear schedule has one requirement, which the evidence is compared with.
            return Ok(schedule.requirements().first().copied().unwrap_or(allowed));
        };
        let audience_name = || question.audience.clone();
        if let Some(stress) = measure.stress() {
            return match audience.stresses.iter().any(|name| name == stress) {
                true => Ok(allowed),
                false => {
                    let (audience, stress) = (audience_name(), stress.to_owned());
                    Err(Withheld::Stress { audience, stress })
                }
            };
        }
        match Requirement::of_measure(measure) {
            Some(asked) if asked != allowed => {
                Err(Withheld::Requirement { audience: audience_name(), asked, allowed })
            }
            _ => Ok(allowed),
        }
    }

    /// A claim about less than all books is answered only where it was allowed in advance.
    fn check_books(
        audience: &AudienceFile,
        question: &Question,
        schedule: &Schedule,
    ) -> Result<(), Withheld> {
        let Question { settlement_asset, cross_alone, .. } = *question;
        let Question { only_isolated, all_but_isolated, .. } = *question;
        let allows = |name: Option<PositionName>, allowed: &[String]| {
            name.is_none_or(|name| allowed.contains(&schedule.position_text(name)))
        };
        let positions = allows(only_isolated, &audience.only_isolated)
            && allows(all_but_isolated, &audience.all_but_isolated);
        let asset = settlement_asset.map(|id| {
            schedule.assets().iter().find(|a| a.book() == Some(id)).map(|a| a.symbol.as_str())
        });
        let is_named = |symbol: Option<&str>| {
            symbol.is_some_and(|symbol| audience.settlement_assets.iter().any(|a| a == symbol))
        };
        if positions && asset.is_none_or(is_named) && (!cross_alone || audience.cross_alone) {
            return Ok(());
        }
        let isolated = match (only_isolated, all_but_isolated) {
            (Some(_), _) => Isolated::Only,
            (None, Some(_)) => Isolated::AllBut,
            (None, None) if cross_alone => Isolated::LeftOut,
            (None, None) => Isolated::None,
        };
        let position = only_isolated.or(all_but_isolated);
        let books = Books { settlement_asset, isolated, position };
        let (audience, books) = (question.audience.clone(), schedule.named(books));
        Err(Withheld::Books { audience, books })
    }

    /// Counts what the answers so far and this one add up to: the decision for [`crate::AnswerLog::reserve`], which no
    /// other question can interrupt.
    ///
    /// # Errors
    /// [`Withheld::Narrows`], for the prover's operator to decide on.
    pub fn allow(&self, question: &Question, answers: &[Answer]) -> Result<Bits, Withheld> {
        let audience = self.audience(question)?;
        let bits = Bits::of(answers, question, Some(&question.audience));
        if bits.after > bits.before && bits.after > f64::from(audience.max_bits) {
            let (audience, most) = (question.audience.clone(), audience.max_bits);
            return Err(Withheld::Narrows { audience, bits, most });
        }
        Ok(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU16;
    use zkmargin_model::measure::Measure;
    use zkmargin_params::{Schedule, read_schedule};

    const PORTFOLIO: &[u8] =
        include_bytes!("../../../params/venues/derive/examples/options.schedule.json");
    const SINGLE_ASSET: &[u8] =
        include_bytes!("../../../params/venues/binance/examples/single-asset.schedule.json");

    fn texts(of: &[&str]) -> Vec<String> {
        of.iter().map(|text| (*text).to_owned()).collect()
    }

    /// An audience that nothing but all books is answered about.
    fn audience() -> AudienceFile {
        AudienceFile {
            audience: "desk-42".to_owned(),
            levels: Vec::new(),
            cross_alone: false,
            settlement_assets: Vec::new(),
            only_isolated: Vec::new(),
            all_but_isolated: Vec::new(),
            does_not_meet: false,
            stresses: Vec::new(),
            max_bits: 8,
        }
    }

    /// A question about all books of a linear account.
    fn question() -> Question {
        Question {
            audience: "desk-42".to_owned(),
            purpose: String::new(),
            epoch: None,
            account: [1; 32],
            market: [2; 32].into(),
            snapshot_ms: 3,
            settlement_asset: None,
            cross_alone: false,
            only_isolated: None,
            all_but_isolated: None,
            measure: None,
            level_bps: 10_000,
            floor: "0".to_owned(),
            does_not_meet: false,
        }
    }

    /// Whether a question about a portfolio account is answered under a policy about a requirement.
    fn measured(stresses: &[&str], allowed: Requirement, asked: &str) -> Result<(), &'static str> {
        let audience = AudienceFile { stresses: texts(stresses), ..audience() };
        let measure = Some(Measure::parse(asked).expect("a measure"));
        let question = Question { measure, ..question() };
        // What is allowed of levels that are met is not of those that are not.
        let not_met = Question { does_not_meet: true, ..question.clone() };
        let withheld = OwnPolicy::check_direction(&audience, &not_met).expect_err("not named");
        assert_eq!(withheld.code(), "DoesNotMeetNotAllowed");
        let named = AudienceFile { does_not_meet: true, ..audience.clone() };
        assert_eq!(OwnPolicy::check_direction(&named, &not_met), Ok(()));
        assert_eq!(OwnPolicy::check_direction(&audience, &question), Ok(()));
        let schedule = read_schedule(PORTFOLIO).expect("schedule");
        let found = OwnPolicy::check_measure(&audience, &question, &*schedule, allowed);
        found.map(|_| ()).map_err(|withheld| withheld.code())
    }

    #[test]
    fn a_portfolio_account_is_answered_about_for_what_was_allowed_in_advance() {
        let [maintenance, initial, ..] = Requirement::ALL;
        assert_eq!(measured(&[], maintenance, "maintenance"), Ok(()));
        assert_eq!(measured(&[], initial, "initial"), Ok(()));
        assert_eq!(measured(&[], maintenance, "initial"), Err("RequirementNotAllowed"));
        assert_eq!(measured(&["tails"], initial, "maintenance"), Err("RequirementNotAllowed"));
        assert_eq!(measured(&[], maintenance, "stress:tails"), Err("StressNotAllowed"));
        assert_eq!(measured(&["crash"], maintenance, "stress:tails"), Err("StressNotAllowed"));
        assert_eq!(measured(&["crash", "tails"], initial, "stress:tails"), Ok(()));
    }

    /// Whether a question about these books is answered, and if not, which books it is said to be about.
    fn refused(
        assets: &[&str],
        allowed: bool,
        settlement_asset: u16,
        cross_alone: bool,
    ) -> Option<String> {
        let settlement_assets = texts(assets);
        let audience = AudienceFile { cross_alone: allowed, settlement_assets, ..audience() };
        let settlement_asset = NonZeroU16::new(settlement_asset);
        let question = Question { settlement_asset, cross_alone, ..question() };
        let schedule = Schedule::from_json(SINGLE_ASSET).expect("schedule");
        match OwnPolicy::check_books(&audience, &question, &schedule) {
            Ok(()) => None,
            Err(Withheld::Books { books, .. }) => Some(books.to_string()),
            Err(other) => panic!("{other}"),
        }
    }

    /// Whether an audience may ask by the name of a position, only about it or about all others.
    #[test]
    fn a_position_is_answered_about_if_it_was_named_in_advance() {
        let schedule = Schedule::from_json(SINGLE_ASSET).expect("schedule");
        let name = |text| Some(schedule.position_name(text).expect("a name"));
        let of = |only: &[&str], all_but: &[&str], question: &Question| {
            let audience = AudienceFile {
                cross_alone: true,
                settlement_assets: texts(&["USDT"]),
                only_isolated: texts(only),
                all_but_isolated: texts(all_but),
                ..audience()
            };
            match OwnPolicy::check_books(&audience, question, &schedule) {
                Ok(()) => None,
                Err(Withheld::Books { books, .. }) => Some(books.to_string()),
                Err(other) => panic!("{other}"),
            }
        };
        let plain = Question { floor: "none".to_owned(), ..question() };
        let only = Question { only_isolated: name("SOLUSDT:long"), ..plain.clone() };
        let said = "the isolated long position in \"SOLUSDT\" alone";
        for named in [&[][..], &["SOLUSDT:short"], &["BTCUSDT:long"]] {
            assert_eq!(of(named, &["SOLUSDT:long"], &only).as_deref(), Some(said));
        }
        assert_eq!(of(&["BTCUSDT:long", "SOLUSDT:long"], &[], &only), None);
        let all_but = Question {
            all_but_isolated: name("SOLUSDT:long"),
            settlement_asset: NonZeroU16::new(1),
            ..plain
        };
        let said = "the book of \"USDT\" and each isolated position except the isolated long position in \"SOLUSDT\"";
        assert_eq!(of(&["SOLUSDT:long"], &[], &all_but).as_deref(), Some(said));
        assert_eq!(of(&[], &["SOLUSDT:long"], &all_but), None);
    }

    #[test]
    fn less_than_all_books_is_answered_about_if_it_was_allowed_in_advance() {
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(refused(&[], false, 0, false), None);
        assert_eq!(refused(&[], false, 0, true), said("the cross book alone"));
        assert_eq!(refused(&[], true, 0, true), None);
        // 1 is USDT, and 2 is USDC.
        assert_eq!(refused(&[], true, 1, false), said("the book of \"USDT\""));
        assert_eq!(refused(&["USDC"], true, 1, false), said("the book of \"USDT\""));
        assert_eq!(refused(&["USDC", "USDT"], false, 1, false), None);
        assert_eq!(refused(&["USDT"], false, 1, true), said("the book of \"USDT\" alone"));
        assert_eq!(refused(&["USDT"], true, 1, true), None);
        // An asset that the schedule does not have.
        assert_eq!(refused(&["USDT"], true, 3, true), said("the book of settlement asset 3 alone"));
    }
}
