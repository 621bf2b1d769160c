//! `zkmargin demo`: real accounts, from file to verdict.

use super::Run;
use crate::commands::prove::prove_shown;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::resolve;
use crate::shared::Global;
use crate::text::Text;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use zkmargin_circuit::KeyCache;
use zkmargin_model::context::Context;
use zkmargin_model::counted;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::measure::Measure;
use zkmargin_model::subject::Subject;
use zkmargin_params::{
    AccountDemand, AccountFile, AnyMarket, AskedBooks, FileError, PolicyFile, ScheduleKind,
    format_utc, read_schedule,
};
use zkmargin_policy::{DecideError, Decision, Demands, Evidence, MemoryStore, decide};
use zkmargin_prover::{ProveRequest, Times, fresh_secrets};

#[derive(Debug)]
pub struct Demo;

impl Run for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        demo(global)
    }
}

/// Level of every example.
const LEVEL: &str = "10000";
const AUDIENCE: &str = "desk-42";

/// An account at a market, all of it embedded in this program.
#[derive(Debug)]
pub struct Scenario {
    title: &'static str,
    schedule: &'static str,
    snapshot: &'static str,
    account: &'static str,
}

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../params/", $path))
    };
}

impl Scenario {
    /// A small market.
    pub const SMALL: Self = Self {
        title: "Binance USDT-margined cross account in multi-assets mode: assets at their bid and a debt at its ask, hedge mode, tiers (made-up account, requirements truncated as in the API)",
        schedule: file!("venues/binance/examples/cross.schedule.json"),
        snapshot: file!("venues/binance/examples/cross.snapshot.json"),
        account: file!("venues/binance/examples/cross.account.json"),
    };

    const ALL: [Self; 3] = [
        Self {
            title: "Lighter mainnet block 186974592: a real account against all markets of the block",
            schedule: file!("venues/lighter/mainnet.json"),
            snapshot: file!("venues/lighter/examples/186974592.snapshot.json"),
            account: file!("venues/lighter/examples/366058.account.json"),
        },
        Self::SMALL,
        Self {
            title: "Derive portfolio margin: options of two expiries with collateral that hedges them, a case of the venue's own tests, in 31 scenarios",
            schedule: file!("venues/derive/examples/options.schedule.json"),
            snapshot: file!("venues/derive/examples/options.snapshot.json"),
            account: file!("venues/derive/examples/options.account.json"),
        },
    ];
}

/// A scenario that was run to its verdict.
#[derive(Debug)]
pub struct Played {
    /// The market.
    pub market: Arc<dyn AnyMarket>,
    /// The proof.
    pub envelope: Envelope,
    /// The verdict.
    pub decision: Decision,
    positions: usize,
    balances: usize,
    times: Times,
    verified_in: Duration,
}

fn embedded(error: FileError) -> Failure {
    Failure::new(Exit::Internal, "EmbeddedFile", error.to_string())
}

/// Account file, commitment, proof, file, verification.
pub fn play(scenario: &Scenario, keys: &KeyCache, progress: &Progress) -> Result<Played> {
    let schedule = read_schedule(scenario.schedule.as_bytes()).map_err(embedded)?;
    let schedule = &*schedule;
    let market = schedule.at(scenario.snapshot.as_bytes()).map_err(embedded)?;
    let account = AccountFile::from_json(scenario.account.as_bytes()).map_err(embedded)?;
    let account = schedule.holdings(&account).map_err(embedded)?;
    let secrets =
        fresh_secrets(0).map_err(|e| Failure::new(Exit::Io, "Randomness", e.to_string()))?;
    let (claim, subject): (_, Subject) = match schedule.kind() {
        ScheduleKind::Linear(schedule) => {
            let books = schedule.books(&AskedBooks::default()).map_err(embedded)?;
            (resolve::menu_claim(schedule, LEVEL, "0")?, books.into())
        }
        ScheduleKind::Portfolio(schedule) => {
            let (of, claim) = resolve::portfolio_claim(schedule, LEVEL, "0", None)?;
            (claim, Measure::from(of).into())
        }
    };
    let context =
        Context::new(AUDIENCE, "demo", None).map_err(|e| Failure::usage(e.to_string()))?;
    // What the venue would publish about the account.
    let committed = resolve::committed(&secrets, schedule)?;
    let published = resolve::commitment(schedule, &account, &committed)?;
    let request = ProveRequest {
        account: &account,
        secrets: &secrets,
        market: &*market,
        claim,
        subject,
        context,
        membership: None,
        shape: None,
    };
    let proven = prove_shown(&request, keys, progress)?;

    // The verifier sees the file, and pins what it knows already.
    let file = proven.envelope.encode();
    let envelope =
        Envelope::read(&file).map_err(|e| Failure::new(Exit::Internal, e.code(), e.to_string()))?;
    let mut policy = PolicyFile::least("demo");
    policy.market.pinned = Some(market.digest().to_string());
    policy.account = Some(AccountDemand::Commitment(published.to_string()));
    policy.audience = Some(AUDIENCE.to_owned());
    policy.purpose = Some("demo".to_owned());
    let demands = Demands::new(policy).map_err(embedded)?;
    let clock = Instant::now();
    let (evidence, now) = (Evidence::default(), resolve::now_ms());
    let proofs = std::slice::from_ref(&envelope);
    let no_memory = None::<&mut MemoryStore>;
    let decision = decide(&demands, &evidence, &*market, proofs, now, keys, no_memory);
    let decision = decision.map_err(|e| match e {
        DecideError::Verify(failure) => Failure::from(failure),
        DecideError::Store(never) => match never {},
    })?;
    let verified_in = clock.elapsed();
    Ok(Played {
        positions: account.positions().len(),
        balances: account.balances().len(),
        market,
        envelope,
        decision,
        times: proven.times,
        verified_in,
    })
}

impl Played {
    fn text(&self, title: &str) -> Text {
        let statement = self.envelope.statement();
        let schedule = self.market.schedule();
        let times = &self.times;
        let circuit = {
            let (slots, family) = (statement.basis.slots(), statement.basis.family());
            format!("shape {slots}, k={}, {family}", statement.k)
        };
        let rule = match schedule.departures() {
            Some(departures) => departures.to_string(),
            None => "the venue's own, to the last unit, as far as the schedule says".to_owned(),
        };
        let mut out = Text::of(title).with("");
        let claim = super::describe::claim(statement, Some(schedule));
        let margin = schedule.requirements().first().map_or("requirement", |of| of.margin());
        let [instruments, assets] = schedule.listed();
        out.append(super::describe::lines_of(&[
            ("proven", claim),
            (
                "",
                format!(
                    "at {} of {} ({}, {}), {}",
                    schedule.name(),
                    schedule.venue(),
                    counted(instruments, "instrument", "instruments"),
                    counted(assets, "asset", "assets"),
                    format_utc(self.market.time_ms()),
                ),
            ),
            ("", format!("for audience {AUDIENCE:?}")),
            ("rule", rule),
            (
                "stayed hidden",
                format!(
                    "{} and {}: instruments, sides, sizes, entries,",
                    counted(self.positions, "position", "positions"),
                    counted(self.balances, "balance", "balances"),
                ),
            ),
            ("", format!("amounts, equity, {margin}, ratio, and how many there are")),
            ("circuit", circuit),
            (
                "time",
                format!(
                    "keys {} ms, proof {} ms, verification {} ms",
                    times.keys.as_millis(),
                    times.prove.as_millis(),
                    self.verified_in.as_millis(),
                ),
            ),
            (
                "size",
                format!(
                    "{} bytes, of which proof {}",
                    self.envelope.encode().len(),
                    self.envelope.proof().len(),
                ),
            ),
            ("market", self.market.digest().to_string()),
            ("verdict", self.decision.to_string()),
        ]));
        for what in self.decision.not_checked() {
            out.line(format!("               NOT CHECKED: {what}"));
        }
        out.with("")
    }

    fn json(&self, title: &str) -> Value {
        let mut result = super::describe::json(&self.envelope, Some(self.market.schedule()));
        result["title"] = json!(title);
        result["market"] = json!(self.market.digest().to_string());
        result["verdict"] = json!(self.decision.to_string());
        result["file_bytes"] = json!(self.envelope.encode().len());
        result["milliseconds"] = json!({
            "keys": self.times.keys.as_millis() as u64,
            "prove": self.times.prove.as_millis() as u64,
            "verify": self.verified_in.as_millis() as u64,
        });
        result
    }
}

fn demo(global: &Global) -> Result<Outcome> {
    let keys = resolve::keys(global);
    let progress = Progress::new(!global.quiet && !global.json);
    let (mut text, mut results) = (Text::new(), Vec::new());
    for scenario in &Scenario::ALL {
        let played = play(scenario, &keys, &progress)?;
        if !played.decision.is_valid() {
            let message = format!("{}: {}", scenario.title, played.decision);
            return Err(Failure::new(Exit::Internal, "Demo", message));
        }
        text.append(played.text(scenario.title));
        results.push(played.json(scenario.title));
    }
    drop(progress);
    let mut outcome = Outcome::done(text, json!({ "scenarios": results }));
    outcome.verdict = Some("VALID".to_owned());
    Ok(outcome)
}
