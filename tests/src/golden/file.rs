//! The form of a golden file.

use super::GoldenExpected;
use num_bigint::BigInt;
use serde::Deserialize;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, Balance, Book, BracketRow, BracketedLinear, IndexPrices,
    InstrumentElements, InstrumentTerms, LinearStep, Market, MarketTerms, Position, Rounding,
    RuleError, SettleGroup, Side, Variable,
};

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Int(BigInt);

impl TryFrom<String> for Int {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Int).map_err(|_| format!("`{text}` is not an integer"))
    }
}

fn one() -> Int {
    Int(1.into())
}

fn zero() -> Int {
    Int(0.into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) why: String,
    pub(super) market: MarketFile,
    pub(super) account: AccountFile,
    pub(super) expected: ExpectedFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarketFile {
    equality_is_healthy: bool,
    assets: Vec<AssetFile>,
    groups: Vec<GroupFile>,
    tiers: Vec<FunctionFile>,
    instruments: Vec<InstrumentFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetFile {
    id: u32,
    /// The bid where there is an ask, and the only price elsewhere.
    index: Int,
    ask: Option<Int>,
    collateral: FunctionFile,
    rounding: Option<StepFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    asset: u32,
    requirement_index: Int,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FunctionFile {
    variable: VariableFile,
    rows: Vec<[Int; 4]>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum VariableFile {
    Value,
    Quantity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentFile {
    id: u32,
    group: usize,
    value: StepFile,
    #[serde(default = "zero")]
    funding: Int,
    pnl_rounding: Option<StepFile>,
    requirement: StepFile,
    tiers: usize,
    #[serde(default)]
    requirement_rounding: Vec<StepFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RoundingFile {
    Floor,
    Ceil,
    Truncate,
    NearestAway,
    NearestZero,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFile {
    num: Int,
    #[serde(default = "one")]
    den: Int,
    rounding: Option<RoundingFile>,
    #[serde(default = "one")]
    scale: Int,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountFile {
    positions: Vec<PositionFile>,
    balances: Vec<BalanceFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum SideFile {
    Long,
    Short,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PositionFile {
    instrument: u32,
    side: SideFile,
    size: Int,
    entry: Int,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BalanceFile {
    asset: u32,
    balance: Int,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimFile {
    level_bps: u32,
    floor: Int,
    holds: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FiguresFile {
    equity: Int,
    maintenance: Int,
    pnl: Vec<Int>,
    requirements: Vec<Int>,
    rows: Vec<usize>,
    collateral: Vec<Int>,
    claims: Vec<ClaimFile>,
    exact: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ErrorFile {
    BeyondTiers { instrument: u32 },
    BeyondCollateral { asset: u32 },
    SettlementAssetMissing { asset: u32 },
    UnknownInstrument { instrument: u32 },
    UnknownAsset { asset: u32 },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExpectedFile {
    Figures(Box<FiguresFile>),
    Error(ErrorFile),
}

fn ints(all: Vec<Int>) -> Vec<BigInt> {
    all.into_iter().map(|i| i.0).collect()
}

impl StepFile {
    fn build(self) -> Result<LinearStep, String> {
        let mode = match self.rounding {
            Some(RoundingFile::Ceil) => Rounding::Ceil,
            Some(RoundingFile::Truncate) => Rounding::Truncate,
            Some(RoundingFile::NearestAway) => Rounding::NearestAway,
            Some(RoundingFile::NearestZero) => Rounding::NearestZero,
            Some(RoundingFile::Floor) | None => Rounding::Floor,
        };
        LinearStep::rounded(self.num.0, self.den.0, mode, self.scale.0)
            .ok_or_else(|| "a step divides by or scales with what is not positive".into())
    }
}

impl FunctionFile {
    fn build(self) -> Result<BracketedLinear, String> {
        let variable = match self.variable {
            VariableFile::Value => Variable::Value,
            VariableFile::Quantity => Variable::Quantity,
        };
        let row = |[lo, hi, slope, intercept]: [Int; 4]| BracketRow {
            lo: lo.0,
            hi: hi.0,
            slope: slope.0,
            intercept: intercept.0,
        };
        let rows = self.rows.into_iter().map(row).collect();
        BracketedLinear::new(variable, rows).map_err(|e| e.to_string())
    }
}

impl MarketFile {
    pub(super) fn build(self) -> Result<Market, String> {
        let asset = |a: AssetFile| {
            Ok(AssetTerms {
                id: a.id,
                index: IndexPrices {
                    ask: a.ask.map_or_else(|| a.index.0.clone(), |ask| ask.0),
                    bid: a.index.0,
                },
                collateral: a.collateral.build()?,
                rounding: a.rounding.map(StepFile::build).transpose()?,
                elements: AssetElements::default(),
            })
        };
        let instrument = |i: InstrumentFile| {
            let rounding = i.requirement_rounding.into_iter().map(StepFile::build);
            Ok(InstrumentTerms {
                id: i.id,
                group: i.group,
                value: i.value.build()?,
                funding: i.funding.0,
                pnl_rounding: i.pnl_rounding.map(StepFile::build).transpose()?,
                requirement: i.requirement.build()?,
                tiers: i.tiers,
                requirement_rounding: rounding.collect::<Result<_, String>>()?,
                elements: InstrumentElements::default(),
            })
        };
        let group =
            |g: GroupFile| SettleGroup { asset: g.asset, requirement_index: g.requirement_index.0 };
        Market::new(MarketTerms {
            assets: self.assets.into_iter().map(asset).collect::<Result<_, String>>()?,
            groups: self.groups.into_iter().map(group).collect(),
            tiers: self.tiers.into_iter().map(FunctionFile::build).collect::<Result<_, _>>()?,
            instruments: self
                .instruments
                .into_iter()
                .map(instrument)
                .collect::<Result<_, String>>()?,
            equality_is_healthy: self.equality_is_healthy,
            no_requirement_is_healthy: false,
            conversion_rounding: None,
            isolated_unit: None,
            own_parameters: false,
            allocation_asset: None,
        })
        .map_err(|e| e.to_string())
    }
}

impl AccountFile {
    pub(super) fn build(self) -> Result<Account, String> {
        let position = |p: PositionFile| {
            Ok(Position {
                book: Book::Cross,
                instrument: p.instrument,
                side: match p.side {
                    SideFile::Long => Side::Long,
                    SideFile::Short => Side::Short,
                },
                size: p.size.0.to_biguint().ok_or("a size is a magnitude")?,
                entry: p.entry.0,
                own: 0,
            })
        };
        let balance = |b: BalanceFile| Balance { asset: b.asset, balance: b.balance.0, own: 0 };
        Account::new(
            self.positions.into_iter().map(position).collect::<Result<_, String>>()?,
            self.balances.into_iter().map(balance).collect(),
        )
        .map_err(|e| e.to_string())
    }
}

impl ExpectedFile {
    pub(super) fn build(self) -> Result<GoldenExpected, String> {
        let figures = match self {
            ExpectedFile::Figures(figures) => figures,
            ExpectedFile::Error(error) => {
                return Ok(GoldenExpected::Error(match error {
                    ErrorFile::BeyondTiers { instrument } => RuleError::BeyondTiers { instrument },
                    ErrorFile::BeyondCollateral { asset } => RuleError::BeyondCollateral { asset },
                    ErrorFile::SettlementAssetMissing { asset } => {
                        RuleError::SettlementAssetMissing { asset }
                    }
                    ErrorFile::UnknownInstrument { instrument } => {
                        RuleError::UnknownInstrument { instrument }
                    }
                    ErrorFile::UnknownAsset { asset } => RuleError::UnknownAsset { asset },
                }));
            }
        };
        let claim = |c: ClaimFile| {
            let floor = c.floor.0.to_biguint().ok_or("a floor is not negative")?;
            let claim = Claim::new(c.level_bps, floor).map_err(|e| e.to_string())?;
            Ok((claim, c.holds))
        };
        Ok(GoldenExpected::Figures {
            equity: figures.equity.0,
            maintenance: figures.maintenance.0,
            pnl: ints(figures.pnl),
            requirements: ints(figures.requirements),
            rows: figures.rows,
            collateral: ints(figures.collateral),
            claims: figures.claims.into_iter().map(claim).collect::<Result<_, String>>()?,
            exact: figures.exact,
        })
    }
}
