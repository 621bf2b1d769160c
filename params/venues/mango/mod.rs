//! Mango v4, a program on Solana: tokens with borrowing and perpetuals in one account, whose weighted sum is its health.
//!
//! The source is one object with the decoded members of the program's accounts, integers as decimal text: the `time` in
//! milliseconds; `tokens`, a list of the account's tokens, each with its `balance` and its `bank`; and `perps`, a list of
//! perpetual markets, each with what is held of it. `token` and `perpetual` name the members that are read. The account's own
//! `being_liquidated` is read where it is there.
//! `examples/margins.json` is such a source.
//!
//! The rule is that of `programs/mango-v4/src/health` of blockworks-foundation/mango-v4. Weights, prices, balances and
//! health have 48 binary digits; amounts are in the smallest units of their tokens, of which USDC has six decimals. Each
//! product of two is rounded down to 48 binary digits. Nothing is required: health must not be negative.
//!
//! - Maintenance health takes the oracle price; initial health the worse of it and the stable price. A liquidation ends when
//!   health at the initial weights, not scaled, and at the oracle price is not negative (`HealthType::LiquidationEnd`).
//! - A token is valued at its price times its weight, a product that is rounded first: a figure of the snapshot.
//! - A weight of initial health is scaled down as a whole bank grows, in floating point. A bank that has grown so far is
//!   refused.

mod account;
mod folder;
mod perpetual;
mod token;

#[cfg(test)]
mod tests;

use super::{
    Caps, ImportError, ImportedSchedule, Member, Venue, flat_tiers, menu, one_of, priced_snapshot,
};
use crate::{
    AccountFile, FileKind, FractionText, ModeFile, Requirement, RoundToFile, RoundingFile,
    Schedule, ScheduleFile, SnapshotFile, ValuationFile,
};
use num_bigint::BigInt;
use num_traits::One;
use serde_json::Value;

/// Binary digits of every figure.
const BITS: u32 = 48;
/// Digits of USDC.
const QUOTE_DECIMALS: u32 = 6;
/// The only requirement table: a rate of zero.
const NO_REQUIREMENT: &str = "no requirement";

/// Requirements that are read.
const REQUIREMENTS: [Requirement; 3] =
    [Requirement::Maintenance, Requirement::Initial, Requirement::LiquidationEnd];

const ASSUMED: &str = "tokens and markets without a name or decimals are named by their index and have six; token 0 is USDC; menu of this project";

/// Mango v4.
#[derive(Clone, Copy, Debug)]
pub struct Mango;

/// The options for a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the schedule; the requirement if there is none.
    pub name: Option<String>,
    /// Maintenance or initial health, or that at which a liquidation ends.
    pub requirement: Requirement,
}

/// What the program's rule has besides.
fn leaves_out(requirement: Requirement) -> Vec<String> {
    let end =
        (requirement != Requirement::LiquidationEnd).then_some("health when a liquidation ends");
    ["spot open orders", "perpetual open orders", "scaled weights of large banks"]
        .into_iter()
        .chain(end)
        .chain(["positions of size zero with a result"])
        .map(str::to_owned)
        .collect()
}

/// A figure with 48 binary digits, as the integer that it is in the source.
fn raw(member: &Member<'_>, name: &str) -> Result<BigInt, ImportError> {
    member.member(name).scaled(0)
}

/// Of a weight: the member of this requirement.
fn weight(
    member: &Member<'_>,
    requirement: Requirement,
    name: &str,
) -> Result<BigInt, ImportError> {
    let prefix = match requirement {
        Requirement::Maintenance => "maint",
        _ => "init",
    };
    let name = format!("{prefix}_{name}");
    let weight = raw(member, &name)?;
    if weight < BigInt::ZERO {
        return Err(member.member(&name).wrong("is negative"));
    }
    Ok(weight)
}

/// The price for what is owned, or for what is owed.
fn price(member: &Member<'_>, requirement: Requirement, owed: bool) -> Result<BigInt, ImportError> {
    let (oracle, stable) = (raw(member, "oracle")?, raw(member, "stable")?);
    if oracle <= BigInt::ZERO || stable < BigInt::ZERO {
        return Err(member.wrong("has no price above zero"));
    }
    Ok(match (requirement, owed) {
        (Requirement::Initial, false) => oracle.min(stable),
        (Requirement::Initial, true) => oracle.max(stable),
        _ => oracle,
    })
}

/// An integer over 2^48, times a power of ten.
fn fraction(raw: &BigInt, up: u32, down: u32) -> FractionText {
    let ten = |finer: u32, than: u32| BigInt::from(10).pow(finer.saturating_sub(than));
    let (up, down) = (ten(up, down), ten(down, up));
    FractionText::new(format!("{}/{}", raw * up, (BigInt::one() << BITS) * down))
}

/// Digits of a token, at most 18; six if the source does not say.
fn decimals(member: &Member<'_>, name: &str) -> Result<u32, ImportError> {
    let member = member.member(name);
    if !member.is_present() {
        return Ok(QUOTE_DECIMALS);
    }
    let decimals = u32::try_from(member.natural()?).ok().filter(|digits| *digits <= 18);
    decimals.ok_or_else(|| member.wrong("is more than 18"))
}

/// A name, or what stands for it: a prefix and the index.
fn symbol(member: &Member<'_>, index: &str, prefix: &str) -> Result<String, ImportError> {
    let name = member.member("name");
    if name.is_present() {
        return Ok(name.text()?.to_owned());
    }
    Ok(match (prefix, index) {
        (token::PREFIX, "0") => "USDC".to_owned(),
        _ => format!("{prefix}-{index}"),
    })
}

/// An id: one more than an index.
fn id(member: &Member<'_>, name: &str) -> Result<(u32, String), ImportError> {
    let member = member.member(name);
    let text = member.text()?;
    let index = text.parse::<u32>().ok().filter(|index| *index < 65_535);
    let index = index.ok_or_else(|| member.wrong("is not the index of a token or a market"))?;
    Ok((index + 1, text.to_owned()))
}

impl Venue for Mango {
    const NAME: &'static str = "mango";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let requirement = options.requirement;
        one_of(requirement, &REQUIREMENTS)?;
        let (mut assets, mut instruments) = (Vec::new(), Vec::new());
        for held in root.member("tokens").list()? {
            assets.push(token::asset(&held.member("bank"))?);
        }
        for market in root.member("perps").list()? {
            instruments.push(perpetual::instrument(&market, &root, requirement)?);
        }
        let notional = RoundToFile { mode: ModeFile::Floor, decimals: QUOTE_DECIMALS };
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: options.name.clone().unwrap_or_else(|| requirement.name().to_owned()),
            source: format!(
                "Accounts of the Mango v4 program, imported for {} health. Assumed: {ASSUMED}.",
                requirement.name()
            ),
            numbering: None,
            requirement,
            valuation: ValuationFile {
                bits: Some(BITS),
                ..ValuationFile::new("USDC", QUOTE_DECIMALS)
            },
            rate_decimals: 0,
            equality_is_healthy: true,
            no_requirement_is_healthy: false,
            isolated_books: false,
            settlement_asset_books: false,
            bid_and_ask: false,
            own_rates: false,
            own_leverage_decimals: None,
            open_orders: false,
            allocation_asset: None,
            menu: menu(requirement),
            // Of the notional, of which nothing is required.
            rounding: RoundingFile { notional: Some(notional), ..RoundingFile::default() },
            rounding_assumed: None,
            leaves_out: leaves_out(requirement),
            assets,
            tiers: vec![flat_tiers(NO_REQUIREMENT, "0")],
            instruments,
        };
        let (assumed, left_out, caps) = (ASSUMED.to_owned(), Vec::new(), Caps::None);
        Ok(ImportedSchedule::new(schedule, assumed, left_out, caps))
    }

    /// Prices as the program has them, weighted for tokens; `time` becomes the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let time = root.member("time").milliseconds()?;
        let source = "Oracle and stable prices of the Mango v4 program.";
        let mut snapshot = priced_snapshot(schedule, time, time, source);
        for held in root.member("tokens").list()? {
            let bank = held.member("bank");
            if schedule.asset(&token::symbol_of(&bank)?).is_some() {
                snapshot.assets.push(token::price(&bank, schedule)?);
            }
        }
        for market in root.member("perps").list()? {
            if schedule.instrument(&perpetual::symbol_of(&market)?).is_some() {
                snapshot.instruments.push(perpetual::price(&market, schedule.requirement())?);
            }
        }
        Ok(snapshot)
    }

    /// What the source holds of its tokens and perpetual markets.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
