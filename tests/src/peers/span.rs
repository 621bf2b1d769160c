//! A textbook's SPAN risk arrays: profit and loss in sixteen scenarios of two positions and of both together.

use crate::case::{Loaded, Made, Verdict};
use crate::json::{Reason, int, list, text};
use crate::portfolio_case::{PortfolioCase, PortfolioExpected, cash};
use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, Zero};
use serde_json::Value;
use zkmargin_model::portfolio::{
    Capacity, Column, ContractId, Group, Instrument, Market, Multiplier, Role, Terms, Unit,
};
use zkmargin_model::rule::{Account, Balance, Book, Position, Side};

const SCENARIOS: usize = 16;

pub(super) fn adapt(root: &Value) -> Loaded {
    let mut loaded = Loaded::default();
    for of in list(root, "cases") {
        loaded.add(text(of, "name"), case(of, root));
    }
    loaded
}

/// Losses of one position, in dollars.
fn losses(of: &Value) -> Result<Vec<BigInt>, Reason> {
    let each = list(of, "pnl").iter().map(|x| x.as_str()?.parse::<BigInt>().ok().map(|x| -x));
    let losses: Vec<_> = each.collect::<Option<_>>().ok_or("a result that is not an integer")?;
    if losses.len() == SCENARIOS { Ok(losses) } else { Err("not sixteen scenarios".into()) }
}

fn market(root: &Value) -> Result<(Market, Vec<&str>), Reason> {
    let single: Vec<_> =
        list(root, "cases").iter().filter(|c| list(c, "positions").is_empty()).collect();
    let instrument = |(of, id): (&&Value, u32)| {
        Ok::<_, Reason>(Instrument {
            id,
            contract: ContractId::from_number(id.into()),
            group: 1,
            strike: None,
            value: BigInt::zero(),
            settles_in: 1,
            charge: BigInt::zero(),
            loadings: losses(of)?,
        })
    };
    let instruments = single.iter().zip(1..).map(instrument).collect::<Result<_, _>>()?;
    let column = |k| Column {
        name: format!("scenario {k}"),
        multiplier: Multiplier::Net,
        less_entry: false,
        role: Role::Scenario,
        slope: BigInt::one(),
        sloped: false,
        magnitude: false,
        terms: Vec::new(),
    };
    let group = Group {
        id: 1,
        unit: 1,
        name: "the contract".into(),
        positive: BigInt::one(),
        negative: BigInt::one(),
        magnitudes: false,
        scans: Vec::new(),
    };
    let market = Market::new(Terms {
        capacity: Capacity { positions: 64, size_bits: 40 },
        assets: vec![cash(1)],
        entry_unit: BigInt::one(),
        columns: (1..=SCENARIOS).map(column).collect(),
        scans: Vec::new(),
        units: vec![Unit { id: 1, name: "the contract".into(), factor: BigInt::one() }],
        groups: vec![group],
        strikes: Vec::new(),
        instruments,
        scale: BigInt::one(),
        denominator: BigInt::one(),
        stresses: Vec::new(),
        equality_is_healthy: true,
    })
    .map_err(|e| format!("refused: {e}"))?;
    Ok((market, single.iter().map(|c| text(c, "name")).collect()))
}

fn case(of: &Value, root: &Value) -> Result<Made, Reason> {
    let (market, names) = market(root)?;
    let held = list(of, "positions").iter();
    let mut held = held
        .map(|p| Ok::<_, Reason>((text(p, "instrument"), int(p, "qty")?)))
        .collect::<Result<Vec<_>, _>>()?;
    if held.is_empty() {
        held.push((text(of, "name"), BigInt::one()));
    }
    let position = |(name, size): (&str, BigInt)| {
        // `future` is what the case `long_future` holds.
        let at = names.iter().position(|n| n.ends_with(name)).ok_or("an unknown instrument")?;
        let size = BigUint::try_from(size).map_err(|_| "a short position")?;
        let (book, side, entry) = (Book::Cross, Side::Long, BigInt::zero());
        Ok::<_, Reason>(Position { book, instrument: at as u32 + 1, side, size, entry, own: 0 })
    };
    let positions = held.into_iter().map(position).collect::<Result<_, _>>()?;
    let scan = int(of, "expected_scan_risk")?;
    let mut made = Made::default();
    // As much equity as is required, and one dollar less.
    for (label, balance, holds) in
        [("scan", scan.clone(), true), ("scan, one dollar less", &scan - 1, false)]
    {
        let cash = Balance { asset: 1, balance: balance.clone(), own: 0 };
        let account = Account::new(Vec::clone(&positions), vec![cash]);
        made.portfolio.push(PortfolioCase {
            index: 0,
            name: String::new(),
            label: label.into(),
            market: market.clone(),
            account: account.map_err(|e| format!("refused: {e}"))?,
            native_only: None,
            expected: PortfolioExpected {
                near: Vec::new(),
                tolerance: BigRational::zero(),
                exact: Some([balance, scan.clone()]),
                verdicts: vec![Verdict::healthy(holds)],
            },
        });
    }
    Ok(made)
}
