//! The schedule of a case.

use super::super::{menu_of_requirements, plain_column, sole_asset};
use super::case::{Case, SIZE, SLOPE, VALUE};
use super::{LEAVES_OUT, Loadings, NAME, TIME_MS};
use crate::portfolio::figure::{less, nearest, product};
use crate::portfolio::{
    BaseFile, CapacityFile, ChargeFile, ClassFile, ColumnFile, ContractFile, ContractTermsFile,
    DerivedFile, DigitsFile, GroupFile, PegFile, PortfolioInstrumentFile, PortfolioNumberingFile,
    PortfolioScheduleFile, PortfolioValuationFile, RateFile, RequirementFile, RequirementsFile,
    RoleFile, ScanFactorFile, SeriesFile, ShockFile, ShocksFile, SkewFile, SlopesFile, StressFile,
    TermFile, UnitFile, VolatilityFile,
};
use crate::{DecimalText, FileKind, Requirement, format_utc};
use zkmargin_model::decimal::Decimal;

/// The one asset.
pub(super) const CASH: &str = "USDC";
/// The index of the underlying, and of the margin asset in dollars.
pub(super) const SPOT: &str = "SPOT";
pub(super) const STABLE: &str = "STABLE";
/// Step of strikes, which the source does not say: whole units, so that sixteen million fit.
const STRIKE_STEP: &str = "1";
/// The group of what moves with the spot.
const SPOT_GROUP: &str = "spot";

pub(super) fn text(figure: &Decimal) -> DecimalText {
    DecimalText::new(figure.to_string())
}

fn plain(figure: &str) -> DecimalText {
    DecimalText::new(figure)
}

pub(super) fn schedule(case: &Case, loadings: Loadings) -> PortfolioScheduleFile {
    let positions = case.positions().next_power_of_two().max(32);
    let group = |name: &str, class: &str| GroupFile {
        name: name.to_owned(),
        unit: "account".to_owned(),
        class: class.to_owned(),
        market: None,
        expiry: None,
        day: None,
        series: 0,
    };
    let mut groups = vec![GroupFile { market: Some(1), ..group(SPOT_GROUP, "spot") }];
    let terms = |size_decimals| ContractTermsFile {
        settle: CASH.to_owned(),
        size_decimals,
        multiplier: None,
        contract_version: None,
    };
    let instrument = |symbol: &str, group: &str, kind| PortfolioInstrumentFile {
        symbol: symbol.to_owned(),
        group: group.to_owned(),
        kind,
        strike: None,
        number: None,
        terms: None,
        charge: None,
        // Options have the feeds of their expiry.
        feed: false,
    };
    let mut instruments = Vec::new();
    for (spot, number) in case.spots.iter().zip(1..) {
        let kind = if spot.moves { ContractFile::Linear } else { ContractFile::Fixed };
        instruments.push(PortfolioInstrumentFile {
            number: Some(number),
            charge: Some(spot.symbol.clone()),
            feed: true,
            terms: Some(terms(spot.size_decimals)),
            ..instrument(&spot.symbol, SPOT_GROUP, kind)
        });
    }
    for expiry in &case.expiries {
        let time = Some(format_utc(expiry.time_ms));
        groups.push(GroupFile { expiry: time, ..group(&expiry.name, "options") });
        for option in &expiry.options {
            let kind = if option.is_call { ContractFile::Call } else { ContractFile::Put };
            let strike = Some(text(&option.strike));
            let listed = instrument(&option.symbol, &expiry.name, kind);
            instruments.push(PortfolioInstrumentFile { strike, ..listed });
        }
    }
    let tails = case.scenarios.iter().filter(|s| s.damping != Decimal::from_scaled(&1.into(), 0));
    let tails: Vec<String> = tails.map(|s| s.name.clone()).collect();
    PortfolioScheduleFile {
        format: FileKind::PortfolioSchedule.format().to_owned(),
        venue: NAME.to_owned(),
        name: case.name.clone(),
        source: format!(
            "Case {} of the tests of PMRM_2, derivexyz/v2-core; one account with the prices of what it holds.",
            case.name
        ),
        // Each case numbers what it holds.
        numbering: Some(PortfolioNumberingFile {
            name: Some(case.name.clone()),
            ..PortfolioNumberingFile::default()
        }),
        date: format_utc(TIME_MS),
        valuation: PortfolioValuationFile { currency: CASH.to_owned(), decimals: SIZE + VALUE },
        rate_decimals: 0,
        digits: DigitsFile {
            product: SIZE + VALUE,
            entry: VALUE,
            slope: SLOPE,
            group_slope: SLOPE,
            scan: 12,
            factor: 9,
        },
        equality_is_healthy: true,
        capacity: CapacityFile {
            positions: u32::try_from(positions).unwrap_or(u32::MAX),
            size_bits: 60,
        },
        menu: menu_of_requirements(),
        leaves_out: LEAVES_OUT.map(str::to_owned).to_vec(),
        assets: vec![sole_asset(CASH)],
        indices: vec![SPOT.to_owned(), STABLE.to_owned()],
        units: vec![UnitFile {
            id: 1,
            name: "account".to_owned(),
            index: Some(SPOT.to_owned()),
            strike_step: Some(plain(STRIKE_STEP)),
            series: vec![SeriesFile { number: 0, options: Some(terms(SIZE)), futures: None }],
        }],
        scans: vec!["basis".to_owned()],
        classes: classes(case),
        groups,
        columns: columns(case, loadings),
        derived: (loadings == Loadings::Derived).then(|| derived(case)),
        instruments,
        requirements: RequirementsFile {
            maintenance: requirement(case, Requirement::Maintenance),
            initial: Some(requirement(case, Requirement::Initial)),
        },
        stresses: vec![StressFile { name: "tails".to_owned(), scenarios: tails }],
    }
}

fn classes(case: &Case) -> Vec<ClassFile> {
    let basis = |name: &str| text(&case.parameters.get(&format!("BasisContingency/{name}")));
    let one = SlopesFile { positive: plain("1"), negative: plain("1") };
    let scan = ScanFactorFile {
        scan: "basis".to_owned(),
        add: basis("BASIS_CONT_ADD_FACTOR"),
        per_year: basis("BASIS_CONT_MULT_FACTOR"),
    };
    vec![
        ClassFile { name: "spot".to_owned(), slopes: Some(one), magnitudes: false, scans: vec![] },
        ClassFile { name: "options".to_owned(), slopes: None, magnitudes: true, scans: vec![scan] },
    ]
}

fn columns(case: &Case, loadings: Loadings) -> Vec<ColumnFile> {
    let is_derived = loadings == Loadings::Derived;
    let one = || plain("1");
    let column = |name: String, role, slope, shock| ColumnFile {
        shock: Some(shock).filter(|_| is_derived),
        ..plain_column(name, role, slope)
    };
    let mark = |multiplier| vec![TermFile { column: "mark".to_owned(), multiplier }];
    let still = VolatilityFile::None;
    let mut columns = Vec::with_capacity(case.scenarios.len() + 3);
    for s in &case.scenarios {
        // Options of a skew scenario are priced at the forward itself, wherever the spot moves.
        let forward = if s.is_skew() { one() } else { text(&s.spot) };
        let volatility = match s.direction.as_str() {
            "UP" => VolatilityFile::Up,
            "DOWN" => VolatilityFile::Down,
            "LINEAR" => VolatilityFile::Linear,
            "ABS" => VolatilityFile::Abs,
            _ => VolatilityFile::None,
        };
        let shock = ShockFile { spot: text(&s.spot), forward, volatility };
        let slope = text(&less(&s.damping));
        columns.push(ColumnFile {
            sloped: true,
            magnitude: s.is_skew(),
            terms: mark(text(&s.damping)),
            ..column(s.name.clone(), RoleFile::Scenario, slope, shock)
        });
    }
    for (name, parameter) in [("up", "SCENARIO_SPOT_UP"), ("down", "SCENARIO_SPOT_DOWN")] {
        let forward = text(&case.parameters.get(&format!("BasisContingency/{parameter}")));
        let shock = ShockFile { spot: one(), forward, volatility: still };
        columns.push(ColumnFile {
            scan: Some("basis".to_owned()),
            terms: mark(one()),
            ..column(format!("basis {name}"), RoleFile::GroupScan, plain("-1"), shock)
        });
    }
    let shock = ShockFile { spot: one(), forward: one(), volatility: still };
    columns.push(column("mark".to_owned(), RoleFile::Term, plain("0"), shock));
    columns
}

fn derived(case: &Case) -> DerivedFile {
    let of = |section: &str, name: &str| case.parameters.get(&format!("{section}/{name}"));
    let (time, skew) =
        (|name: &str| text(&of("VolShock", name)), |name: &str| text(&of("SkewShock", name)));
    let day = Decimal::from_scaled(&86_400.into(), 0);
    let floor = product(&of("VolShock", "DTE_FLOOR"), &day);
    let floor = nearest(&floor, 0);
    DerivedFile {
        algorithm: zkmargin_model::portfolio::loadings::ALGORITHM.to_owned(),
        // Options settle at an average of half an hour.
        average_seconds: Some(1_800),
        shocks: ShocksFile {
            range_up: time("VOLRANGEUP"),
            range_down: time("VOLRANGEDOWN"),
            least_up: time("MIN_VOL_EVAL_SHOCKED"),
            short_power: time("SHORTTERMPOWER"),
            long_power: time("LONGTERMPOWER"),
            least_seconds: u64::try_from(floor).unwrap_or(u64::MAX),
            linear: SkewFile { cap: skew("LINEAR_SCALE_CAP"), slope: skew("LINEAR_CBASE") },
            abs: SkewFile { cap: skew("ABS_SCALE_CAP"), slope: skew("ABS_CBASE") },
            least_width: skew("MIN_K_STAR"),
            width: skew("MIN_WIDTH_SCALE"),
            width_volatility: skew("VOL_PARAM_STATIC"),
            width_volatility_slope: skew("VOL_PARAM_SCALE"),
        },
    }
}

fn requirement(case: &Case, of: Requirement) -> RequirementFile {
    let is_initial = of == Requirement::Initial;
    let (at, factor) = if is_initial { (1, "IM_LOSS_FACTOR") } else { (0, "MM_LOSS_FACTOR") };
    let other = |name: &str| text(&case.parameters.get(&format!("OtherContingency/{name}")));
    let peg = PegFile {
        index: STABLE.to_owned(),
        threshold: other("PEG_LOSS_THRESHOLD"),
        factor: other("PEG_LOSS_FACTOR"),
    };
    let charges = case.spots.iter().map(|spot| ChargeFile {
        charge: spot.symbol.clone(),
        rate: text(&spot.rates[at]),
        of: if spot.pnl.is_some() { BaseFile::Index } else { BaseFile::Value },
    });
    let factor = case.parameters.get(&format!("Margin/{factor}"));
    RequirementFile {
        factor: text(&factor),
        unit_factors: Vec::new(),
        peg: is_initial.then_some(peg),
        least_confidence: is_initial.then(|| other("CONF_THRESHOLD")),
        short_options: Some(RateFile {
            rate: text(&case.parameters.rates("OPTION_PERCENT")[at]),
            of: BaseFile::Index,
        }),
        charges: charges.collect(),
    }
}
