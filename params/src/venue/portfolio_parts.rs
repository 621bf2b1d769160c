//! Parts that portfolio schedules and snapshots of venues have alike: contracts of one risk unit by maturity, and entries
//! in which most fields are absent.

use super::{ImportError, Member, in_full, price_above_zero, scaled};
use crate::portfolio::{
    CapacityFile, ClassFile, ColumnFile, ContractFile, ContractTermsFile, DigitsFile, GroupFile,
    InstrumentFiguresFile, MultiplierFile, PortfolioAssetFile, PortfolioInstrumentFile,
    PortfolioLevelFile, PortfolioMenuFile, PortfolioNumberingFile, PortfolioScheduleFile,
    PortfolioValuationFile, RequirementFile, RequirementsFile, RoleFile, SeriesFile, UnitFile,
};
use crate::{DecimalText, FileKind, Requirement, format_utc};
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::decimal::Decimal;

/// A contract of a venue, before it has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maturing {
    /// The venue's name of it.
    pub symbol: String,
    /// When it expires, in milliseconds since 1970; `None` of a perpetual.
    pub expiry_ms: Option<u64>,
    /// Strike and whether it is a call, of an option.
    pub option: Option<(Decimal, bool)>,
    /// Digits after the point of a size.
    pub size_decimals: u32,
}

impl Maturing {
    /// Whether its terms are those of the options of its unit, or of the futures.
    fn is_of_series(&self, is_option: bool) -> bool {
        self.expiry_ms.is_some() && self.option.is_some() == is_option
    }
}

/// What all contracts of a schedule have alike.
#[derive(Clone, Copy, Debug)]
pub struct OfUnit<'a> {
    /// The one risk unit, which has a numbering of its own.
    pub unit: &'a str,
    /// Class of its groups.
    pub class: &'a str,
    /// What contracts settle in.
    pub settle: &'a str,
    /// Strikes are multiples of `10^-strike_decimals`.
    pub strike_decimals: u32,
}

impl OfUnit<'_> {
    /// Terms of sizes that are counted in the underlying itself.
    fn terms(&self, size_decimals: u32) -> ContractTermsFile {
        ContractTermsFile {
            settle: self.settle.to_owned(),
            size_decimals,
            multiplier: None,
            contract_version: None,
        }
    }
}

/// A unit with groups and instruments, of which perpetuals have numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    /// The numbering, by the name of the unit.
    pub numbering: PortfolioNumberingFile,
    /// The unit.
    pub unit: UnitFile,
    /// Perpetuals, then expiries by time.
    pub groups: Vec<GroupFile>,
    /// By group and strike; futures before options, a call before its put.
    pub instruments: Vec<PortfolioInstrumentFile>,
}

/// Name of the group of contracts that expire then.
pub fn maturity_name(expiry_ms: Option<u64>) -> String {
    let of_time = |ms| format_utc(ms).replace([':', '-'], "");
    expiry_ms.map_or_else(|| "perpetual".to_owned(), of_time)
}

/// The strike at this place, which is above zero and a multiple of `10^-decimals`.
///
/// # Errors
/// [`ImportError::Source`].
pub fn strike_price(
    place: &Member<'_>,
    price: Decimal,
    decimals: u32,
) -> Result<Decimal, ImportError> {
    let price = price_above_zero(place, price)?;
    match price.to_scaled(decimals) {
        Some(_) => Ok(price),
        None => {
            let step = scaled(1, decimals);
            Err(place.wrong(format!("is no multiple of {}, the step of strikes", step.as_str())))
        }
    }
}

/// The most digits that sizes of options that expire have, or of futures.
fn finest<'a>(contracts: impl Iterator<Item = &'a Maturing>, is_option: bool) -> Option<u32> {
    let alike = contracts.filter(|c| c.is_of_series(is_option));
    alike.map(|c| c.size_decimals).max()
}

/// Gives contracts of one series sizes of one number of digits, the most that one of them has: as many as a schedule of them
/// declares.
pub fn one_size_unit<'a>(contracts: impl IntoIterator<Item = &'a mut Maturing>) {
    let mut contracts: Vec<_> = contracts.into_iter().collect();
    for is_option in [true, false] {
        let digits = finest(contracts.iter().map(|c| &**c), is_option);
        for contract in contracts.iter_mut().filter(|c| c.is_of_series(is_option)) {
            contract.size_decimals = digits.unwrap_or(contract.size_decimals);
        }
    }
}

/// Puts contracts in the order of their ids and numbers those that do not expire, by name. Ids of the others follow from
/// their terms.
pub fn numbered(mut contracts: Vec<Maturing>, of: OfUnit<'_>) -> Numbered {
    contracts.sort_by_cached_key(|c| {
        let option = c.option.as_ref();
        let strike = option.map(|(price, is_call)| (price.to_scaled(of.strike_decimals), !is_call));
        (c.expiry_ms, strike, c.symbol.clone())
    });
    let mut groups: Vec<GroupFile> = Vec::new();
    let [options, futures] =
        [true, false].map(|is_option| finest(contracts.iter(), is_option).map(|d| of.terms(d)));
    let series = SeriesFile { number: 0, options, futures };
    let series = Some(series).filter(|s| s.options.is_some() || s.futures.is_some());
    let (mut instruments, mut last) = (Vec::with_capacity(contracts.len()), 0);
    for contract in contracts {
        let group = maturity_name(contract.expiry_ms);
        if groups.last().is_none_or(|last| last.name != group) {
            groups.push(GroupFile {
                name: group.clone(),
                unit: of.unit.to_owned(),
                class: of.class.to_owned(),
                // One group has all that does not expire.
                market: contract.expiry_ms.is_none().then_some(1),
                expiry: contract.expiry_ms.map(format_utc),
                day: None,
                series: 0,
            });
        }
        let number = contract.expiry_ms.is_none().then(|| {
            last += 1;
            last
        });
        instruments.push(PortfolioInstrumentFile {
            symbol: contract.symbol,
            group,
            kind: match contract.option {
                None => ContractFile::Linear,
                Some((_, true)) => ContractFile::Call,
                Some((_, false)) => ContractFile::Put,
            },
            strike: contract.option.map(|(price, _)| DecimalText::new(price.to_string())),
            number,
            // What expires has the terms of its series.
            terms: number.map(|_| of.terms(contract.size_decimals)),
            charge: None,
            feed: false,
        });
    }
    Numbered {
        numbering: PortfolioNumberingFile {
            name: Some(of.unit.to_owned()),
            ..PortfolioNumberingFile::default()
        },
        unit: UnitFile {
            id: 1,
            name: of.unit.to_owned(),
            index: None,
            strike_step: Some(scaled(1, of.strike_decimals)),
            series: series.into_iter().collect(),
        },
        groups,
        instruments,
    }
}

/// What a schedule of one unit is of, whose loadings the venue publishes and whose groups are all of one class.
#[derive(Clone, Debug)]
pub struct SoleUnit<'a> {
    /// Name of the venue.
    pub venue: &'a str,
    /// Name of the schedule.
    pub name: String,
    /// Where its figures come from.
    pub source: String,
    /// When they hold from, in milliseconds since 1970.
    pub time_ms: u64,
    /// The asset that is collateral and the valuation currency.
    pub currency: &'a str,
    /// Digits of its amounts.
    pub decimals: u32,
    /// Digits of slopes.
    pub slope_decimals: u32,
    /// Class of all groups.
    pub class: ClassFile,
}

impl SoleUnit<'_> {
    /// The schedule, without stresses and with nothing left out.
    pub fn schedule(
        self,
        numbered: Numbered,
        columns: Vec<ColumnFile>,
        [maintenance, initial]: [RequirementFile; 2],
    ) -> PortfolioScheduleFile {
        PortfolioScheduleFile {
            format: FileKind::PortfolioSchedule.format().to_owned(),
            venue: self.venue.to_owned(),
            name: self.name,
            source: self.source,
            numbering: Some(numbered.numbering),
            date: format_utc(self.time_ms),
            valuation: PortfolioValuationFile {
                currency: self.currency.to_owned(),
                decimals: self.decimals,
            },
            rate_decimals: 0,
            digits: DigitsFile {
                product: self.decimals,
                entry: self.decimals,
                slope: 0,
                group_slope: self.slope_decimals,
                scan: 0,
                factor: 6,
            },
            equality_is_healthy: true,
            capacity: CapacityFile { positions: 64, size_bits: 48 },
            menu: menu_of_requirements(),
            leaves_out: Vec::new(),
            assets: vec![sole_asset(self.currency)],
            indices: Vec::new(),
            units: vec![numbered.unit],
            scans: Vec::new(),
            classes: vec![self.class],
            groups: numbered.groups,
            columns,
            derived: None,
            instruments: numbered.instruments,
            requirements: RequirementsFile { maintenance, initial: Some(initial) },
            stresses: Vec::new(),
        }
    }
}

/// The one asset of a schedule, which counts in full.
pub fn sole_asset(symbol: &str) -> PortfolioAssetFile {
    PortfolioAssetFile {
        id: 1,
        symbol: symbol.to_owned(),
        chain: None,
        contract: None,
        contract_version: None,
        migrated_to: None,
        collateral: in_full(),
    }
}

/// A column of net sizes without function, terms and slopes of groups.
pub fn plain_column(name: impl Into<String>, role: RoleFile, slope: DecimalText) -> ColumnFile {
    ColumnFile {
        name: name.into(),
        role,
        scan: None,
        function: None,
        requirement: None,
        multiplier: MultiplierFile::Net,
        less_entry: false,
        slope,
        sloped: false,
        magnitude: false,
        terms: Vec::new(),
        shock: None,
    }
}

/// Figures of an instrument whose loadings are published.
pub fn published(
    instrument: impl Into<String>,
    value: DecimalText,
    loadings: Vec<DecimalText>,
) -> InstrumentFiguresFile {
    InstrumentFiguresFile {
        instrument: instrument.into(),
        value: Some(value),
        loadings: Some(loadings),
        volatility: None,
        settlement: None,
        confidence: None,
    }
}

/// The requirements themselves as claims, and no equity below zero.
pub fn menu_of_requirements() -> PortfolioMenuFile {
    let level = |requirement: Requirement| PortfolioLevelFile {
        name: requirement.name().to_owned(),
        requirement,
        level_bps: MARGIN_BPS,
    };
    PortfolioMenuFile {
        levels: [Requirement::Maintenance, Requirement::Initial].map(level).to_vec(),
        floors: vec![scaled(0, 0)],
    }
}

/// A requirement of a factor of the scan and columns alone.
pub fn plain_requirement(factor: DecimalText) -> RequirementFile {
    RequirementFile {
        factor,
        unit_factors: Vec::new(),
        peg: None,
        least_confidence: None,
        short_options: None,
        charges: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(symbol: &str, expiry_ms: Option<u64>, option: Option<(&str, bool)>) -> Maturing {
        let option = option.map(|(price, call)| (Decimal::parse(price).unwrap(), call));
        Maturing { symbol: symbol.to_owned(), expiry_ms, option, size_decimals: 1 }
    }

    #[test]
    fn contracts_are_in_the_order_of_their_ids() {
        let (june, july) = (Some(1_750_000_000_000), Some(1_752_600_000_000));
        let contracts = vec![
            contract("july 90 call", july, Some(("90", true))),
            contract("june 100 put", june, Some(("100", false))),
            contract("june 90.5 call", june, Some(("90.5", true))),
            contract("june", june, None),
            contract("june 100 call", june, Some(("100", true))),
            contract("perpetual", None, None),
            contract("another perpetual", None, None),
        ];
        let of = OfUnit { unit: "BTC", class: "all", settle: "USDC", strike_decimals: 1 };
        let made = numbered(contracts, of);
        let ids: Vec<_> = made
            .instruments
            .iter()
            .map(|i| (i.symbol.as_str(), i.number, i.strike.as_ref().map(DecimalText::as_str)))
            .collect();
        assert_eq!(
            ids,
            [
                ("another perpetual", Some(1), None),
                ("perpetual", Some(2), None),
                ("june", None, None),
                ("june 90.5 call", None, Some("90.5")),
                ("june 100 call", None, Some("100")),
                ("june 100 put", None, Some("100")),
                ("july 90 call", None, Some("90")),
            ]
        );
        let groups: Vec<_> = made.groups.iter().map(|g| (g.market, g.name.as_str())).collect();
        let expected =
            [(Some(1), "perpetual"), (None, "20250615T150640Z"), (None, "20250715T172000Z")];
        assert_eq!(groups, expected);
        let step = made.unit.strike_step.as_ref().map(DecimalText::as_str);
        assert_eq!((made.numbering.name.as_deref(), step), (Some("BTC"), Some("0.1")));
    }

    /// Options and futures each have the finest step of theirs, and a perpetual its own.
    #[test]
    fn what_expires_has_the_terms_of_its_series() {
        let june = Some(1_750_000_000_000);
        let of_digits = |size_decimals, contract| Maturing { size_decimals, ..contract };
        let mut contracts = vec![
            of_digits(2, contract("put", june, Some(("100", false)))),
            of_digits(3, contract("call", june, Some(("100", true)))),
            of_digits(0, contract("june", june, None)),
            of_digits(5, contract("perpetual", None, None)),
        ];
        one_size_unit(&mut contracts);
        let digits: Vec<_> = contracts.iter().map(|c| c.size_decimals).collect();
        assert_eq!(digits, [3, 3, 0, 5]);
        let of = OfUnit { unit: "BTC", class: "all", settle: "USDC", strike_decimals: 0 };
        let made = numbered(contracts, of);
        let own: Vec<_> = made.instruments.iter().map(|i| i.terms.clone()).collect();
        assert_eq!(own, [Some(of.terms(5)), None, None, None]);
        let (options, futures) = (Some(of.terms(3)), Some(of.terms(0)));
        assert_eq!(made.unit.series, [SeriesFile { number: 0, options, futures }]);
        let perpetual = numbered(vec![contract("perpetual", None, None)], of);
        assert_eq!(perpetual.unit.series, []);
    }
}
