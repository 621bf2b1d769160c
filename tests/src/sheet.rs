//! Builds markets and accounts with one collateral asset, which is what the vector files hold.

use crate::case::{Expected, PeerCase};
use crate::json::Reason;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, Balance, Book, BracketRow, BracketedLinear,
    InstrumentElements, InstrumentTerms, LinearStep, Market, MarketTerms, Position, Rounding,
    SettleGroup, Side, Variable,
};
use zkmargin_model::widths::BRACKET_BITS;

/// A linear step in lowest terms; exact when it divides by one.
pub(crate) fn step(num: impl Into<BigInt>, den: impl Into<BigInt>, mode: Rounding) -> LinearStep {
    let r = BigRational::new(num.into(), den.into());
    let exact = LinearStep::exact(r.numer().clone());
    if r.denom().is_one() {
        return exact;
    }
    LinearStep::rounded(r.numer().clone(), r.denom().clone(), mode, BigInt::one()).unwrap_or(exact)
}

/// The step of a rational multiplier.
pub(crate) fn step_of(r: &BigRational, mode: Rounding) -> LinearStep {
    step(r.numer().clone(), r.denom().clone(), mode)
}

/// Upper end of a last row that the other system leaves open: all that the rule allows.
pub(crate) fn open_end() -> BigInt {
    (BigInt::one() << BRACKET_BITS) - 1
}

/// One row from zero to the open end.
pub(crate) fn flat(slope: impl Into<BigInt>) -> Vec<BracketRow> {
    vec![BracketRow {
        lo: BigInt::zero(),
        hi: open_end(),
        slope: slope.into(),
        intercept: BigInt::zero(),
    }]
}

/// One position with the terms of its instrument. A size of zero lists the instrument only.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) size: BigInt,
    pub(crate) entry: BigInt,
    pub(crate) value: LinearStep,
    /// Accrued funding per size step.
    pub(crate) funding: BigInt,
    pub(crate) pnl_rounding: Option<LinearStep>,
    pub(crate) requirement: LinearStep,
    pub(crate) rows: Vec<BracketRow>,
    pub(crate) roundings: Vec<LinearStep>,
}

/// A single-asset market and account.
#[derive(Clone)]
pub(crate) struct Sheet {
    pub(crate) balance: BigInt,
    /// Slope of the collateral function: the denominator of the requirement rates.
    pub(crate) equity_scale: BigInt,
    /// Rounding of the equity, of a balance in finer units.
    pub(crate) equity_rounding: Option<LinearStep>,
    /// Unit of requirements in margin units.
    pub(crate) requirement_index: BigInt,
    pub(crate) equality_is_healthy: bool,
    pub(crate) no_requirement_is_healthy: bool,
    /// Positions of the cross book.
    pub(crate) lines: Vec<Line>,
    /// Isolated positions with the margin assigned to each; their requirements are in its unit.
    pub(crate) isolated: Vec<(Line, BigInt)>,
}

impl Sheet {
    pub(crate) fn new(balance: BigInt, lines: Vec<Line>) -> Self {
        Self {
            balance,
            equity_scale: BigInt::one(),
            equity_rounding: None,
            requirement_index: BigInt::one(),
            equality_is_healthy: true,
            no_requirement_is_healthy: false,
            lines,
            isolated: Vec::new(),
        }
    }

    /// Lines of both kinds of books, in the order of their instruments.
    fn all_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().chain(self.isolated.iter().map(|(line, _)| line))
    }

    /// The rule clips at `BRACKET_BITS`; says so before it would.
    fn check_fit(&self) -> Result<(), Reason> {
        let pnl = |l: &Line| {
            let pnl = l.value.apply(&l.size) - &l.funding * &l.size - &l.entry;
            l.pnl_rounding.as_ref().map_or_else(|| pnl.clone(), |rounding| rounding.apply(&pnl))
        };
        let equity = &self.balance + self.lines.iter().map(pnl).sum::<BigInt>();
        let notional = |l: &Line| l.requirement.apply(&l.size.abs());
        let most = self.lines.iter().map(notional).chain([equity.abs()]).max().unwrap_or_default();
        if most.bits() > u64::from(BRACKET_BITS) {
            return Err(format!(
                "a notional or the equity needs {} bits; a bracket variable holds {BRACKET_BITS}",
                most.bits()
            ));
        }
        Ok(())
    }

    fn market(&self) -> Result<Market, Reason> {
        let mut tiers: Vec<BracketedLinear> = Vec::new();
        let mut instruments = Vec::new();
        for (id, line) in (1..).zip(self.all_lines()) {
            // A price of zero requires nothing; the rule wants a positive numerator, so the zero
            // is in the rate.
            let free = line.requirement.num().is_zero();
            let rows = if free { flat(0) } else { line.rows.clone() };
            let table = BracketedLinear::new(Variable::Value, rows)
                .map_err(|e| format!("the tier table {e}"))?;
            let at = tiers.iter().position(|t| *t == table).unwrap_or_else(|| {
                tiers.push(table);
                tiers.len() - 1
            });
            let requirement =
                if free { LinearStep::exact(BigInt::one()) } else { line.requirement.clone() };
            instruments.push(InstrumentTerms {
                id,
                group: 0,
                value: line.value.clone(),
                funding: line.funding.clone(),
                pnl_rounding: line.pnl_rounding.clone(),
                requirement,
                tiers: at,
                requirement_rounding: line.roundings.clone(),
                elements: InstrumentElements::default(),
            });
        }
        let row = BracketRow {
            lo: -open_end(),
            hi: open_end(),
            slope: self.equity_scale.clone(),
            intercept: BigInt::zero(),
        };
        let collateral = BracketedLinear::new(Variable::Value, vec![row])
            .map_err(|e| format!("the collateral function {e}"))?;
        let asset = AssetTerms {
            id: 1,
            index: BigInt::one().into(),
            collateral,
            rounding: self.equity_rounding.clone(),
            elements: AssetElements::default(),
        };
        let group = SettleGroup { asset: 1, requirement_index: self.requirement_index.clone() };
        Market::new(MarketTerms {
            assets: vec![asset],
            groups: vec![group],
            tiers,
            instruments,
            equality_is_healthy: self.equality_is_healthy,
            no_requirement_is_healthy: self.no_requirement_is_healthy,
            conversion_rounding: None,
            isolated_unit: (!self.isolated.is_empty()).then(BigInt::one),
            own_parameters: false,
            allocation_asset: None,
        })
        .map_err(|e| format!("refused: {e}"))
    }

    fn account(&self) -> Result<Account, Reason> {
        let cross = self.lines.iter().map(|line| (line, None));
        let isolated = self.isolated.iter().map(|(line, margin)| (line, Some(margin)));
        let held = (1..).zip(cross.chain(isolated)).filter(|(_, (l, _))| !l.size.is_zero());
        let positions = held.map(|(instrument, (l, margin))| Position {
            book: if margin.is_some() { Book::Isolated } else { Book::Cross },
            instrument,
            side: if l.size.is_negative() { Side::Short } else { Side::Long },
            size: l.size.magnitude().clone(),
            entry: margin.map_or_else(|| l.entry.clone(), |margin| &l.entry - margin),
            own: 0,
        });
        let balance = Balance { asset: 1, balance: self.balance.clone(), own: 0 };
        Account::new(positions.collect(), vec![balance]).map_err(|e| format!("refused: {e}"))
    }

    /// The case; name and number are filled in when it joins its file's list.
    pub(crate) fn case(&self, label: &str, expected: Expected) -> Result<PeerCase, Reason> {
        self.check_fit()?;
        let market = self.market()?;
        Ok(PeerCase {
            index: 0,
            name: String::new(),
            label: label.into(),
            market,
            account: self.account()?,
            named: None,
            expected,
        })
    }
}
