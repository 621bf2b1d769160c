//! Reads a SPAN 4.00 file of Takasbank, an XML document in a Latin alphabet of one byte a letter.
//!
//! What the portfolio margin rule cannot say is refused with its place: a commodity whose spreads are not one flat charge of
//! tier 0 against itself, a minimum of another method, another currency, a scaling factor.

use crate::error::TextPosition;
use num_bigint::BigInt;
use num_traits::Signed;
use roxmltree::{Document, Error, Node};
use std::collections::HashMap;
use zkmargin_model::decimal::Decimal;

/// Digits after the point of every figure that is read.
pub const DIGITS: u32 = 6;
/// Scenarios of a risk array.
pub const SCENARIOS: usize = 16;

/// A future or an option with its risk array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// The clearing house's number of the contract.
    pub number: String,
    /// Maturity, as it is written in the file: year and month, and the series.
    pub maturity: String,
    /// Settlement day, as eight digits.
    pub day: String,
    /// How much of the underlying one contract is: `cvf`, the factor of its value.
    pub multiplier: Decimal,
    /// What makes it an option; `None` of a future.
    pub option: Option<OptionTerms>,
    /// Loss of one long contract in each scenario, in millionths of the currency.
    pub losses: Vec<BigInt>,
    /// Composite delta of one long contract, in millionths.
    pub delta: BigInt,
}

impl Contract {
    /// Whether it is an option.
    pub fn is_option(&self) -> bool {
        self.option.is_some()
    }
}

/// A European option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionTerms {
    /// Whether it is a call.
    pub is_call: bool,
    /// Strike, in millionths of the currency.
    pub strike: BigInt,
}

/// A combined commodity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commodity {
    /// Its code.
    pub code: String,
    /// Charge for a calendar spread of one delta, in millionths.
    pub spread_rate: BigInt,
    /// Minimum for each short option, in millionths.
    pub short_option_rate: BigInt,
    /// Contracts, in the file's order.
    pub contracts: Vec<Contract>,
}

/// What was not expected, with the place.
pub type ReadError = String;

fn child<'a, 'd>(of: Node<'a, 'd>, name: &str) -> Result<Node<'a, 'd>, ReadError> {
    let found = of.children().find(|c| c.has_tag_name(name));
    found.ok_or_else(|| format!("{}: no <{name}>", place(of)))
}

fn children<'a, 'd>(of: Node<'a, 'd>, name: &'static str) -> impl Iterator<Item = Node<'a, 'd>> {
    of.children().filter(move |c| c.has_tag_name(name))
}

fn text<'a>(of: Node<'a, '_>, name: &str) -> Result<&'a str, ReadError> {
    child(of, name)?
        .text()
        .map(str::trim)
        .ok_or_else(|| format!("{}: <{name}> is empty", place(of)))
}

/// The element and its line.
fn place(of: Node<'_, '_>) -> String {
    let position = of.document().text_pos_at(of.range().start);
    format!("line {} <{}>", position.row, of.tag_name().name())
}

fn figure(of: Node<'_, '_>) -> Result<BigInt, ReadError> {
    let bad = || format!("{}: not a figure of at most {DIGITS} digits after the point", place(of));
    // The file has signed zeros.
    let text = of.text().map(str::trim).map(|t| t.strip_prefix("-0.000000").map_or(t, |_| "0"));
    let figure = text.and_then(|t| Decimal::parse(t).ok());
    figure.and_then(|figure| figure.to_scaled(DIGITS)).ok_or_else(bad)
}

fn require(of: Node<'_, '_>, name: &str, needed: &str) -> Result<(), ReadError> {
    let found = text(of, name)?;
    if found == needed {
        return Ok(());
    }
    Err(format!("{}: <{name}> is {found}, not {needed}", place(of)))
}

fn only<'a, 'd>(of: Node<'a, 'd>, name: &'static str) -> Result<Node<'a, 'd>, ReadError> {
    let mut found = children(of, name);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(format!("{}: needs exactly one <{name}>", place(of))),
    }
}

fn contract(
    of: Node<'_, '_>,
    ([maturity, day], multiplier): ([&str; 2], Decimal),
    option: Option<OptionTerms>,
) -> Result<Contract, ReadError> {
    let array = only(of, "ra")?;
    let losses: Vec<BigInt> = children(array, "a").map(figure).collect::<Result<_, _>>()?;
    if losses.len() != SCENARIOS {
        return Err(format!("{}: {} scenarios, not {SCENARIOS}", place(array), losses.len()));
    }
    Ok(Contract {
        number: text(of, "cId")?.to_owned(),
        maturity: maturity.to_owned(),
        day: day.to_owned(),
        multiplier,
        option,
        losses,
        delta: figure(child(array, "d")?)?,
    })
}

/// Maturity and settlement day of a future or of a series of options.
fn due<'a>(of: Node<'a, '_>) -> Result<[&'a str; 2], ReadError> {
    Ok([text(of, "pe")?, text(of, "setlDate")?])
}

fn multiplier(of: Node<'_, '_>) -> Result<Decimal, ReadError> {
    let factor = child(of, "cvf")?;
    let figure = Decimal::parse(text(of, "cvf")?).ok();
    let positive = figure.filter(|figure| figure.coefficient().is_positive());
    positive.ok_or_else(|| format!("{}: not a figure above zero", place(factor)))
}

fn terms(of: Node<'_, '_>) -> Result<OptionTerms, ReadError> {
    let is_call = match text(of, "o")? {
        "C" => true,
        "P" => false,
        other => return Err(format!("{}: <o> is {other}, not C or P", place(of))),
    };
    Ok(OptionTerms { is_call, strike: figure(child(of, "k")?)? })
}

/// The one spread of a commodity: a flat rate for each delta of a maturity against one of another.
fn spread_rate(of: Node<'_, '_>, code: &str) -> Result<BigInt, ReadError> {
    let spread = only(of, "dSpread")?;
    require(spread, "chargeMeth", "F")?;
    let legs: Vec<_> = children(spread, "tLeg").collect();
    for leg in &legs {
        require(*leg, "cc", code)?;
        require(*leg, "tn", "0")?;
        require(*leg, "i", "1.000000")?;
    }
    let sides = legs.iter().map(|leg| text(*leg, "rs")).collect::<Result<Vec<_>, _>>()?;
    if sides != ["B", "A"] {
        return Err(format!("{}: legs {sides:?} are not one against the other", place(spread)));
    }
    figure(child(only(spread, "rate")?, "val")?)
}

fn commodity(
    of: Node<'_, '_>,
    portfolios: &HashMap<(&str, &str), Node<'_, '_>>,
) -> Result<Commodity, ReadError> {
    let code = text(of, "cc")?;
    require(of, "currency", "TRY")?;
    require(of, "somMeth", "GROSS")?;
    require(of, "riskExponent", "0")?;
    let minimum = only(only(child(of, "somTiers")?, "tier")?, "rate")?;
    let mut contracts = Vec::new();
    for link in children(of, "pfLink") {
        require(link, "sc", "1.000000")?;
        let kind = text(link, "pfType")?;
        let portfolio = portfolios.get(&(kind, text(link, "pfId")?));
        let portfolio = portfolio.ok_or_else(|| format!("{}: no such portfolio", place(link)))?;
        for future in children(*portfolio, "fut") {
            require(future, "sc", "1.000000")?;
            contracts.push(contract(future, (due(future)?, multiplier(future)?), None)?);
        }
        for series in children(*portfolio, "series") {
            require(series, "sc", "1.000000")?;
            for option in children(series, "opt") {
                let of_series = (due(series)?, multiplier(series)?);
                contracts.push(contract(option, of_series, Some(terms(option)?))?);
            }
        }
    }
    Ok(Commodity {
        code: code.to_owned(),
        spread_rate: spread_rate(of, code)?,
        short_option_rate: figure(child(minimum, "val")?)?,
        contracts,
    })
}

/// What is read of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanFile {
    /// When it was made, twelve digits of the clearing house's own clock.
    pub created: String,
    /// The combined commodities, in the file's order.
    pub commodities: Vec<Commodity>,
}

/// A document that is no XML, and where it ends to be.
pub(super) enum Broken {
    /// It ends before its root element does.
    Cut(TextPosition),
    /// What stands there belongs in no document.
    NoXml(TextPosition),
}

/// One letter for each byte: figures and codes are plain letters, and names of others are not read.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

/// Whether, and where, a file is no XML document.
pub(super) fn broken(bytes: &[u8]) -> Option<Broken> {
    let error = Document::parse(&letters(bytes)).err()?;
    let last = bytes.rsplit(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len);
    let line = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    let end = TextPosition { line, column: last.max(1) };
    let at = error.pos();
    let (line, column) = (usize::try_from(at.row).ok()?, usize::try_from(at.col).ok()?);
    Some(match error {
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => Broken::Cut(end),
        // Within a name or a tag.
        _ if (line, column) >= (end.line, end.column) => Broken::Cut(end),
        _ => Broken::NoXml(TextPosition { line, column }),
    })
}

/// The combined commodities of a file, in its order. Underlyings have no risk of their own there and are passed over.
///
/// # Errors
/// What was not expected, with the line.
pub fn read(bytes: &[u8]) -> Result<SpanFile, ReadError> {
    let document = letters(bytes);
    let document = Document::parse(&document).map_err(|e| e.to_string())?;
    let mut portfolios = HashMap::new();
    let (mut definitions, mut found) = (Vec::new(), Vec::new());
    for node in document.descendants() {
        let kind = match node.tag_name().name() {
            "phyPf" => "PHY",
            "futPf" => "FUT",
            "oopPf" => "OOP",
            "ccDef" => {
                definitions.push(node);
                continue;
            }
            _ => continue,
        };
        portfolios.insert((kind, text(node, "pfId")?), node);
    }
    for definition in definitions {
        found.push(commodity(definition, &portfolios)?);
    }
    let created = text(document.root_element(), "created")?.to_owned();
    Ok(SpanFile { created, commodities: found })
}
