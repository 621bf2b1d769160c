//! What the digests of portfolio schedules and snapshots cover, in order. See `docs/formats.md`.

use super::columns_file::{AggregateFile, ColumnFile, MultiplierFile, RoleFile};
use super::groups::time;
use super::loadings_file::{DerivedFile, ShockFile, SkewFile, VolatilityFile};
use super::requirements_file::{BaseFile, PegFile, RateFile, RequirementFile};
use super::schedule::PortfolioSchedule;
use super::schedule_file::{
    ClassFile, ContractFile, ContractTermsFile, DigitsFile, PortfolioNumberingFile,
    PortfolioScheduleFile,
};
use super::snapshot::placed;
use super::snapshot_file::PortfolioSnapshotFile;
use crate::error::{FileError, FileKind};
use crate::figures::Checker;
use crate::requirement::Requirement;
use crate::schedule_file::VariableFile;
use crate::text::DecimalText;
use crate::{floors, rows};
use zkmargin_model::digest::{DigestTag, Encoder, RegistryDigest, ScheduleDigest, SnapshotDigest};

/// Writes figures of one file: by value, whatever their text.
struct Writer {
    check: Checker,
    out: Encoder,
}

type Written = Result<(), FileError>;

impl Writer {
    fn new(kind: FileKind) -> Self {
        Self { check: Checker(kind), out: Encoder::new() }
    }

    fn figure(&mut self, text: &DecimalText, pointer: &str) -> Written {
        let figure = self.check.decimal(text, pointer)?;
        self.out.decimal(&figure);
        Ok(())
    }

    fn figures(&mut self, texts: &[&DecimalText], pointer: &str) -> Written {
        texts.iter().try_for_each(|text| self.figure(text, pointer))
    }

    fn optional(&mut self, text: Option<&DecimalText>, pointer: &str) -> Written {
        self.out.bool(text.is_some());
        text.map_or(Ok(()), |text| self.figure(text, pointer))
    }

    fn number(&mut self, number: Option<u32>) {
        self.out.option(number, |e, n| {
            e.u32(n);
        });
    }

    fn text(&mut self, text: Option<&str>) {
        self.out.option(text, |e, t| {
            e.text(t);
        });
    }

    fn time(&mut self, text: Option<&str>, pointer: &str) -> Written {
        let time = text.map(|text| time(text, pointer)).transpose()?;
        self.out.option(time, |e, t| {
            e.u64(t);
        });
        Ok(())
    }

    fn digits(&mut self, digits: DigitsFile) {
        let DigitsFile { product, entry, slope, group_slope, scan, factor } = digits;
        for digits in [product, entry, slope, group_slope, scan, factor] {
            self.out.u32(digits);
        }
    }

    fn class(&mut self, class: &ClassFile, here: &str) -> Written {
        self.out.text(&class.name).bool(class.magnitudes).bool(class.slopes.is_some());
        if let Some(slopes) = &class.slopes {
            self.figures(&[&slopes.positive, &slopes.negative], here)?;
        }
        let mut scans: Vec<_> = class.scans.iter().collect();
        scans.sort_by_key(|scan| &scan.scan);
        self.out.len(scans.len());
        for scan in scans {
            self.out.text(&scan.scan);
            self.figures(&[&scan.add, &scan.per_year], here)?;
        }
        Ok(())
    }

    fn column(&mut self, c: &ColumnFile, here: &str) -> Written {
        self.out.text(&c.name).u8(match c.role {
            RoleFile::Scenario => 0,
            RoleFile::Added => 1,
            RoleFile::Floor => 2,
            RoleFile::GroupScan => 3,
            RoleFile::Term => 4,
        });
        self.text(c.scan.as_deref());
        self.out.u8(match &c.function {
            None => 0,
            Some(AggregateFile { rows: None, .. }) => 1,
            Some(AggregateFile { rows: Some(_), .. }) => 2,
        });
        if let Some(function) = &c.function {
            if let Some(rows) = &function.rows {
                rows::encode(self.check, here, VariableFile::Value, rows, &mut self.out)?;
            } else if let Some(multiple) = &function.magnitude {
                self.figure(multiple, here)?;
            }
        }
        self.out.u8(match c.requirement {
            None => 0,
            Some(Requirement::Maintenance) => 1,
            Some(Requirement::Initial) => 2,
            Some(Requirement::Fill) => 3,
            Some(Requirement::CloseOut) => 4,
            Some(Requirement::LiquidationEnd) => 5,
        });
        self.out.u8(match c.multiplier {
            MultiplierFile::Net => 0,
            MultiplierFile::Gross => 1,
            MultiplierFile::Short => 2,
        });
        self.out.bool(c.less_entry);
        self.figure(&c.slope, here)?;
        self.out.bool(c.sloped).bool(c.magnitude);
        // Terms are summed: their order means nothing.
        let mut terms = Vec::with_capacity(c.terms.len());
        for term in &c.terms {
            let mut one = Writer { check: self.check, out: Encoder::new() };
            one.out.text(&term.column);
            one.figure(&term.multiplier, here)?;
            terms.push(one.out);
        }
        self.sorted(terms);
        self.out.bool(c.shock.is_some());
        if let Some(ShockFile { spot, forward, volatility }) = &c.shock {
            self.figures(&[spot, forward], here)?;
            self.out.u8(match volatility {
                VolatilityFile::None => 0,
                VolatilityFile::Up => 1,
                VolatilityFile::Down => 2,
                VolatilityFile::Linear => 3,
                VolatilityFile::Abs => 4,
            });
        }
        Ok(())
    }

    fn terms(&mut self, terms: Option<&ContractTermsFile>, here: &str) -> Written {
        self.out.bool(terms.is_some());
        let Some(terms) = terms else { return Ok(()) };
        let ContractTermsFile { settle, size_decimals, multiplier, contract_version } = terms;
        self.out.text(settle).u32(*size_decimals);
        let one = DecimalText::new("1");
        self.figure(multiplier.as_ref().unwrap_or(&one), &format!("{here}/multiplier"))?;
        self.number(*contract_version);
        Ok(())
    }

    fn derived(&mut self, derived: Option<&DerivedFile>) -> Written {
        self.out.bool(derived.is_some());
        let Some(DerivedFile { algorithm, average_seconds, shocks: s }) = derived else {
            return Ok(());
        };
        self.out.text(algorithm).u64(average_seconds.unwrap_or_default()).u64(s.least_seconds);
        let SkewFile { cap, slope } = &s.linear;
        let figures = [
            &s.range_up,
            &s.range_down,
            &s.least_up,
            &s.short_power,
            &s.long_power,
            cap,
            slope,
            &s.abs.cap,
            &s.abs.slope,
            &s.least_width,
            &s.width,
            &s.width_volatility,
            &s.width_volatility_slope,
        ];
        self.figures(&figures, "/derived/shocks")
    }

    fn requirement(&mut self, file: &RequirementFile, here: &str) -> Written {
        self.figure(&file.factor, here)?;
        let mut factors: Vec<_> = file.unit_factors.iter().collect();
        factors.sort_by_key(|of| &of.unit);
        self.out.len(factors.len());
        for of in factors {
            self.out.text(&of.unit);
            self.figure(&of.factor, here)?;
        }
        self.out.bool(file.peg.is_some());
        if let Some(PegFile { index, threshold, factor }) = &file.peg {
            self.out.text(index);
            self.figures(&[threshold, factor], here)?;
        }
        self.optional(file.least_confidence.as_ref(), here)?;
        self.out.bool(file.short_options.is_some());
        if let Some(RateFile { rate, of }) = &file.short_options {
            self.figure(rate, here)?;
            self.out.u8(base(*of));
        }
        let mut charges: Vec<_> = file.charges.iter().collect();
        charges.sort_by_key(|charge| &charge.charge);
        self.out.len(charges.len());
        for charge in charges {
            self.out.text(&charge.charge);
            self.figure(&charge.rate, here)?;
            self.out.u8(base(charge.of));
        }
        Ok(())
    }

    /// A list whose order means nothing.
    fn sorted(&mut self, mut list: Vec<Encoder>) {
        list.sort_by(|a, b| a.bytes().cmp(b.bytes()));
        self.out.len(list.len());
        for one in &list {
            self.out.fixed(one.bytes());
        }
    }
}

fn base(base: BaseFile) -> u8 {
    match base {
        BaseFile::Index => 0,
        BaseFile::Value => 1,
        BaseFile::Size => 2,
    }
}

fn kind(kind: ContractFile) -> u8 {
    match kind {
        ContractFile::Call => 0,
        ContractFile::Put => 1,
        ContractFile::Linear => 2,
        ContractFile::Fixed => 3,
    }
}

fn requirement(requirement: Requirement) -> u8 {
    match requirement {
        Requirement::Maintenance => 0,
        Requirement::Initial => 1,
        Requirement::Fill => 2,
        Requirement::CloseOut => 3,
        Requirement::LiquidationEnd => 4,
    }
}

fn by<T, K: Ord>(list: &[T], key: impl Fn(&T) -> K) -> Vec<(usize, &T)> {
    let mut sorted: Vec<_> = list.iter().enumerate().collect();
    sorted.sort_by_cached_key(|(_, of)| key(of));
    sorted
}

/// Digest of everything in a schedule except its `source`. Lists are taken in order of id or name, so their order in the
/// file does not matter; columns and group scans are in the file's order.
pub(super) fn schedule(file: &PortfolioScheduleFile) -> Result<ScheduleDigest, FileError> {
    let mut w = Writer::new(FileKind::PortfolioSchedule);
    w.out.text(&file.venue).text(&file.name).bool(file.numbering.is_some());
    if let Some(numbering) = &file.numbering {
        let PortfolioNumberingFile { name, last_asset, last_unit, last_market, last_number } =
            numbering;
        w.text(name.as_deref());
        for last in [last_asset, last_unit, last_market, last_number] {
            w.number(*last);
        }
    }
    w.time(Some(&file.date), "/date")?;
    w.out.text(&file.valuation.currency).u32(file.valuation.decimals).u32(file.rate_decimals);
    w.digits(file.digits);
    w.out.bool(file.equality_is_healthy);
    w.out.u32(file.capacity.positions).u32(file.capacity.size_bits);
    let mut levels: Vec<_> = file.menu.levels.iter().collect();
    levels.sort_by_key(|l| &l.name);
    w.out.len(levels.len());
    for level in levels {
        w.out.text(&level.name).u8(requirement(level.requirement)).u32(level.level_bps);
    }
    let floors = floors::encoded(Checker(FileKind::PortfolioSchedule), &file.menu.floors)?;
    w.sorted(floors);
    w.out.len(file.leaves_out.len());
    for what in &file.leaves_out {
        w.out.text(what);
    }
    w.out.len(file.assets.len());
    for (at, a) in by(&file.assets, |a| a.id) {
        w.out.u32(a.id).text(&a.symbol);
        w.text(a.chain.as_deref());
        w.text(a.contract.as_deref());
        w.number(a.contract_version);
        w.text(a.migrated_to.as_deref());
        let here = format!("/assets/{at}/collateral");
        rows::encode(w.check, &here, a.collateral.variable, &a.collateral.rows, &mut w.out)?;
    }
    w.out.len(file.indices.len());
    for (_, index) in by(&file.indices, |i| i.clone()) {
        w.out.text(index);
    }
    w.out.len(file.units.len());
    for (at, u) in by(&file.units, |u| u.id) {
        w.out.u32(u.id).text(&u.name);
        w.text(u.index.as_deref());
        w.optional(u.strike_step.as_ref(), &format!("/units/{at}/strike_step"))?;
        w.out.len(u.series.len());
        for (of, series) in by(&u.series, |s| s.number) {
            let here = format!("/units/{at}/series/{of}");
            w.out.u32(series.number);
            w.terms(series.options.as_ref(), &format!("{here}/options"))?;
            w.terms(series.futures.as_ref(), &format!("{here}/futures"))?;
        }
    }
    w.out.len(file.scans.len());
    for scan in &file.scans {
        w.out.text(scan);
    }
    w.out.len(file.classes.len());
    for (at, class) in by(&file.classes, |c| c.name.clone()) {
        w.class(class, &format!("/classes/{at}"))?;
    }
    w.out.len(file.groups.len());
    for (at, g) in by(&file.groups, |g| g.name.clone()) {
        w.out.text(&g.name).text(&g.unit).text(&g.class);
        w.number(g.market);
        w.time(g.expiry.as_deref(), &format!("/groups/{at}/expiry"))?;
        w.text(g.day.as_deref());
        w.out.u32(g.series);
    }
    w.out.len(file.columns.len());
    for (at, column) in file.columns.iter().enumerate() {
        w.column(column, &format!("/columns/{at}"))?;
    }
    w.derived(file.derived.as_ref())?;
    w.out.len(file.instruments.len());
    for (at, i) in by(&file.instruments, |i| i.symbol.clone()) {
        w.out.text(&i.symbol).text(&i.group).u8(kind(i.kind));
        w.optional(i.strike.as_ref(), &format!("/instruments/{at}/strike"))?;
        w.number(i.number);
        w.terms(i.terms.as_ref(), &format!("/instruments/{at}/terms"))?;
        w.text(i.charge.as_deref());
        w.out.bool(i.feed);
    }
    w.requirement(&file.requirements.maintenance, "/requirements/maintenance")?;
    w.out.bool(file.requirements.initial.is_some());
    if let Some(initial) = &file.requirements.initial {
        w.requirement(initial, "/requirements/initial")?;
    }
    w.out.len(file.stresses.len());
    for (_, stress) in by(&file.stresses, |s| s.name.clone()) {
        let mut scenarios: Vec<_> = stress.scenarios.iter().collect();
        scenarios.sort();
        w.out.text(&stress.name).len(scenarios.len());
        for scenario in scenarios {
            w.out.text(scenario);
        }
    }
    Ok(w.out.digest(DigestTag::PortfolioSchedule).into())
}

/// How ids follow from contracts: [`zkmargin_model::portfolio::ContractId`].
const IDS: &str = "contracts/1";

/// Layout of an account's records: key, size and entry of a position; key and balance of an asset.
const RECORDS: u8 = 1;

/// Digest of the rule by which ids get their meaning: whose lists the numbers are of, how an id follows from a contract and a
/// group from an id, how a record of an account is laid out and in which digits. What is listed is not part: an account stays
/// what it is when something else is listed or expires.
pub(super) fn registry(file: &PortfolioScheduleFile) -> RegistryDigest {
    let mut out = Encoder::new();
    out.text(&file.venue);
    out.option(file.numbering.as_ref().and_then(|n| n.name.as_deref()), |e, name| {
        e.text(name);
    });
    out.text(IDS).u8(RECORDS).u32(file.digits.entry);
    out.digest(DigestTag::PortfolioRegistry).into()
}

/// Digest of a snapshot that its schedule accepts, except its `source`.
pub(super) fn snapshot(
    schedule: &PortfolioSchedule,
    file: &PortfolioSnapshotFile,
    time_ms: u64,
) -> Result<SnapshotDigest, FileError> {
    let mut w = Writer::new(FileKind::PortfolioSnapshot);
    w.out.fixed(schedule.digest.bytes()).u64(time_ms).u64(file.sequence);
    for (at, asset) in by(&file.assets, |a| schedule.asset(&a.asset).map(|a| a.id)) {
        w.figure(&asset.index, &format!("/assets/{at}/index"))?;
    }
    for (at, index) in by(&file.indices, |i| i.index.clone()) {
        let here = format!("/indices/{at}");
        w.figure(&index.price, &here)?;
        w.optional(index.confidence.as_ref(), &here)?;
    }
    let names = file.groups.iter().map(|g| g.group.as_str());
    let count = schedule.groups.len();
    let places = placed(&schedule.names.groups, count, ["groups", "group"], names)?;
    for group in &schedule.groups {
        // A group without figures is one with none.
        let at = places[group.at].unwrap_or(usize::MAX);
        let (of, here) = (file.groups.get(at), format!("/groups/{at}"));
        w.optional(of.and_then(|g| g.forward.as_ref()), &here)?;
        w.optional(of.and_then(|g| g.rate.as_ref()), &here)?;
        w.optional(of.and_then(|g| g.positive.as_ref()), &here)?;
        w.optional(of.and_then(|g| g.negative.as_ref()), &here)?;
        w.optional(of.and_then(|g| g.confidence.as_ref()), &here)?;
    }
    for (at, i) in by(&file.instruments, |i| schedule.instrument(&i.instrument).map(|i| i.id)) {
        let here = format!("/instruments/{at}");
        w.optional(i.value.as_ref(), &here)?;
        w.optional(i.volatility.as_ref(), &here)?;
        w.optional(i.settlement.as_ref(), &here)?;
        w.optional(i.confidence.as_ref(), &here)?;
        w.out.bool(i.loadings.is_some());
        // As many as the schedule has columns.
        for loading in i.loadings.iter().flatten() {
            w.figure(loading, &here)?;
        }
    }
    Ok(w.out.digest(DigestTag::PortfolioSnapshot).into())
}
