//! Parts from which the files of all venues are assembled.

use super::{ImportError, LeftOut, MAX_SKEW_MS, Member};
use crate::{
    AccountFile, AssetFile, DecimalText, FileKind, FunctionFile, InstrumentFile, KindFile,
    LevelFile, MAX_TEXT_BYTES, MenuFile, NumberingFile, Requirement, RoundingFile, RowFile,
    Schedule, ScheduleFile, SnapshotFile, TiersFile, ValuationFile, VariableFile, format_utc,
};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::decimal::{Decimal, format_scaled, power_of_ten};
use zkmargin_model::digest::{DigestTag, Encoder, RegistryDigest};
use zkmargin_model::rule::Rounding;

/// Decimal text as given.
pub fn decimal(text: impl Into<String>) -> DecimalText {
    DecimalText::new(text)
}

/// An integer in units of `10^-decimals` as decimal text.
pub fn scaled(value: impl Into<BigInt>, decimals: u32) -> DecimalText {
    DecimalText::new(format_scaled(&value.into(), decimals))
}

/// The number with the other sign.
pub fn negated(number: &DecimalText) -> DecimalText {
    let text = number.as_str();
    match (text, text.strip_prefix('-')) {
        ("0", _) => decimal("0"),
        (_, Some(magnitude)) => decimal(magnitude),
        (_, None) => decimal(format!("-{text}")),
    }
}

/// A row of a function: from `from` on and below `below` it is `rate * x + amount`. `None` is an
/// open end.
pub fn row(
    from: Option<&str>,
    below: Option<&str>,
    rate: impl Into<String>,
    amount: impl Into<String>,
) -> RowFile {
    RowFile {
        from: from.map(decimal),
        below: below.map(decimal),
        rate: decimal(rate),
        amount: decimal(amount),
    }
}

/// Collateral that counts in full, including debts.
pub fn in_full() -> FunctionFile {
    FunctionFile { variable: VariableFile::Value, rows: vec![row(None, None, "1", "0")] }
}

/// Requirement table with a single rate on a position's value, without an upper end.
pub fn flat_tiers(name: impl Into<String>, rate: impl Into<String>) -> TiersFile {
    TiersFile {
        name: name.into(),
        variable: VariableFile::Value,
        rows: vec![row(Some("0"), None, rate, "0")],
        denominator: None,
        requirement_rounding: None,
    }
}

/// The only asset of a schedule, with id 1: it settles and counts in full. Its unit is `10^-decimals`.
pub fn settlement_asset(symbol: impl Into<String>, decimals: u32) -> AssetFile {
    AssetFile {
        id: 1,
        symbol: symbol.into(),
        chain: None,
        contract: None,
        contract_version: None,
        migrated_to: None,
        decimals,
        settles: true,
        entry_bits: None,
        collateral: in_full(),
        elements: None,
    }
}

/// A linear instrument with multiplier 1 and without funding inside its value. Units are
/// `10^-size_decimals` of its size and `10^-price_decimals` of its price; together they have as
/// many digits as the settlement asset.
pub fn linear_instrument(
    id: u32,
    symbol: impl Into<String>,
    settle: impl Into<String>,
    size_decimals: u32,
    price_decimals: u32,
    tiers: impl Into<String>,
) -> InstrumentFile {
    InstrumentFile {
        id,
        symbol: symbol.into(),
        chain: None,
        contract: None,
        contract_version: None,
        migrated_to: None,
        kind: KindFile::Linear,
        settle: settle.into(),
        size_decimals,
        price_decimals,
        price_bits: None,
        multiplier: decimal("1"),
        funding_decimals: None,
        tiers: tiers.into(),
        elements: None,
    }
}

/// Levels and floors of every imported schedule of a requirement. They are this project's, not a venue's.
pub fn menu(requirement: Requirement) -> MenuFile {
    let levels = [
        (requirement.name(), MARGIN_BPS),
        ("buffer-10", 11_000),
        ("buffer-25", 12_500),
        ("buffer-50", 15_000),
        ("buffer-100", 20_000),
    ];
    MenuFile {
        levels: levels
            .map(|(name, level_bps)| LevelFile { name: name.to_owned(), level_bps })
            .to_vec(),
        floors: ["0", "1000", "10000", "100000", "1000000", "10000000"].map(decimal).to_vec(),
    }
}

/// Refuses a requirement that a venue does not have.
///
/// # Errors
/// [`ImportError::Choice`].
pub fn one_of(requirement: Requirement, known: &[Requirement]) -> Result<(), ImportError> {
    if known.contains(&requirement) {
        return Ok(());
    }
    let names: Vec<_> = known.iter().map(|of| of.name()).collect();
    let (name, names) = (requirement.name(), names.join(", "));
    let message = format!("the venue has no requirement `{name}`; its requirements are {names}");
    Err(ImportError::Choice { message })
}

/// A schedule of maintenance requirements of one book, exact and without markets yet. Equality is healthy.
pub fn plain_schedule(
    venue: &str,
    name: impl Into<String>,
    source: impl Into<String>,
    valuation: ValuationFile,
) -> ScheduleFile {
    ScheduleFile {
        format: FileKind::Schedule.format().to_owned(),
        venue: venue.to_owned(),
        name: name.into(),
        source: source.into(),
        numbering: None,
        requirement: Requirement::Maintenance,
        valuation,
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
        menu: menu(Requirement::Maintenance),
        rounding: RoundingFile::default(),
        rounding_assumed: None,
        leaves_out: Vec::new(),
        assets: Vec::new(),
        tiers: Vec::new(),
        instruments: Vec::new(),
    }
}

/// The numbering of what is imported for these settlement assets and other collateral. Its name says which list an asset is
/// in and at which place, because ids follow both: no two choices have one name. Lists that do not fit into a name, or have
/// symbols with its separators, are named by their digest.
pub fn numbering_of_choice(settle: &[String], collateral: &[String]) -> NumberingFile {
    const SEPARATORS: [char; 2] = ['-', '+'];
    let lists = [settle, collateral].map(|list| list.join("-"));
    let name = match &lists {
        [settle, collateral] if collateral.is_empty() => settle.clone(),
        [settle, collateral] => format!("{settle}+{collateral}"),
    };
    let all = || settle.iter().chain(collateral);
    let is_plain = all().all(|symbol| !symbol.is_empty() && !symbol.contains(SEPARATORS));
    if is_plain && name.len() <= MAX_TEXT_BYTES {
        return NumberingFile::named(name);
    }
    let mut out = Encoder::new();
    for list in [settle, collateral] {
        out.len(list.len());
        for symbol in list {
            out.text(symbol);
        }
    }
    let digest = RegistryDigest::from(out.digest(DigestTag::Registry));
    NumberingFile::named(format!("{} + {} assets {digest}", settle.len(), collateral.len()))
}

/// The most digits after the point of a rate of the tables.
pub fn rate_digits(tiers: &[TiersFile]) -> u32 {
    let rates = tiers.iter().flat_map(|table| &table.rows);
    let digits = rates.filter_map(|row| Decimal::parse(row.rate.as_str()).ok());
    digits.map(|rate| rate.scale()).max().unwrap_or(0)
}

/// The error of a source in which there is nothing to import.
pub fn nothing_taken(root: &Member<'_>, what: &str, left_out: &[LeftOut]) -> ImportError {
    root.wrong(format!("holds no {what} that can be imported{}", LeftOut::examples(left_out)))
}

/// The product of decimal numbers in units of `10^-decimals`, to the nearest, halves away from zero: an entry value of an
/// average price, which can have more digits than its unit.
pub fn nearest_product(factors: &[&Decimal], decimals: u32) -> BigInt {
    let scale: u32 = factors.iter().map(|factor| factor.scale()).sum();
    let all: BigInt = factors.iter().map(|factor| factor.coefficient()).product();
    Rounding::NearestAway.divide(&(all * power_of_ten(decimals)), &power_of_ten(scale))
}

/// The same of a product divided by a positive number, such as the price of an inverse contract; `None` for any other.
pub fn nearest_quotient(factors: &[&Decimal], divisor: &Decimal, decimals: u32) -> Option<BigInt> {
    if !divisor.coefficient().is_positive() {
        return None;
    }
    let scale: u32 = factors.iter().map(|factor| factor.scale()).sum();
    let all: BigInt = factors.iter().map(|factor| factor.coefficient()).product();
    let numerator = all * power_of_ten(decimals) * power_of_ten(divisor.scale());
    Some(Rounding::NearestAway.divide(&numerator, &(divisor.coefficient() * power_of_ten(scale))))
}

/// Adds the time of an entry. All that are taken are of nearly one time.
///
/// # Errors
/// [`ImportError::TimesApart`] at the time if they are not.
pub fn of_one_time(times: &mut Vec<u64>, place: &Member<'_>, time: u64) -> Result<(), ImportError> {
    if times.iter().any(|other| other.abs_diff(time) > MAX_SKEW_MS) {
        let message = format!("is more than {} s from that of another entry", MAX_SKEW_MS / 1000);
        return Err(place.other_time(message));
    }
    times.push(time);
    Ok(())
}

/// A snapshot under the schedule, without prices yet. The time is in milliseconds since 1970.
pub fn priced_snapshot(
    schedule: &Schedule,
    time_ms: u64,
    sequence: u64,
    source: impl Into<String>,
) -> SnapshotFile {
    SnapshotFile {
        format: FileKind::Snapshot.format().to_owned(),
        schedule: schedule.digest().to_string(),
        time: format_utc(time_ms),
        sequence,
        source: Some(source.into()),
        assets: Vec::new(),
        instruments: Vec::new(),
    }
}

/// An account at the venue without holdings and without secrets.
pub fn empty_account(venue: &str) -> AccountFile {
    AccountFile {
        format: FileKind::Account.format().to_owned(),
        venue: venue.to_owned(),
        registry: None,
        note: None,
        balances: Vec::new(),
        positions: Vec::new(),
        holder_key: None,
        serial: None,
        blinding: None,
    }
}

/// The schedule's instrument whose symbol is in the source.
///
/// # Errors
/// [`ImportError`] at the symbol if it is not text or the schedule lists no such instrument.
pub fn instrument_of<'a>(
    schedule: &'a Schedule,
    symbol: &Member<'_>,
) -> Result<&'a InstrumentFile, ImportError> {
    let name = symbol.text()?;
    let mut instruments = schedule.file().instruments.iter();
    instruments
        .find(|instrument| instrument.symbol == name)
        .ok_or_else(|| symbol.wrong("is not an instrument of the schedule"))
}
