//! What the cross book holds besides one instrument.

use num_bigint::BigInt;
use num_traits::Zero;
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, Balance, BracketRow, Margin, Market, PositionMargin,
    RuleError,
};

/// The cross book without the positions in one instrument and without the asset in which they settle.
pub(crate) struct Rest<'a> {
    /// What other positions settle in the asset.
    pub(crate) settled: BigInt,
    /// Equity of all other assets.
    pub(crate) equity: BigInt,
    /// Requirement of all other positions, and of debts in other assets.
    pub(crate) requirement: BigInt,
    /// The asset.
    pub(crate) asset: &'a AssetTerms,
    /// The account's balance of it.
    pub(crate) balance: &'a Balance,
    /// Rows of its collateral function over the balance; `None` with optional elements.
    pub(crate) rows: Option<Vec<BracketRow>>,
}

impl<'a> Rest<'a> {
    /// Takes `own`, which settle in a group, out of the account's figures.
    ///
    /// # Errors
    /// [`RuleError::SettlementAssetMissing`].
    pub(crate) fn new(
        account: &'a Account,
        market: &'a Market,
        figures: &Margin,
        settled: &BigInt,
        group: usize,
        own: &[&PositionMargin],
    ) -> Result<Self, RuleError> {
        let asset = market.terms().groups[group].asset;
        let missing = RuleError::SettlementAssetMissing { asset };
        let at = account.balances().iter().position(|b| b.asset == asset);
        let (Some(at), Some(terms)) = (at, market.asset(asset)) else { return Err(missing) };
        let of_asset = figures.assets.get(at).ok_or(missing)?;
        let results: BigInt = own.iter().map(|m| &m.result).sum();
        let requirements: BigInt = own.iter().map(|m| &m.requirement).sum();
        let is_plain = terms.elements == AssetElements::default();
        Ok(Self {
            settled: settled - results,
            equity: &figures.equity - &of_asset.collateral,
            requirement: &figures.maintenance - requirements - &of_asset.requirement,
            asset: terms,
            balance: &account.balances()[at],
            rows: is_plain.then(|| terms.rows_by_balance()),
        })
    }

    /// The row that holds all balances of an interval.
    pub(crate) fn row_of(&self, from: &BigInt, to: &BigInt) -> Option<&BracketRow> {
        let rows = self.rows.as_ref()?;
        let row = rows.get(rows.partition_point(|row| &row.hi < from))?;
        (&row.lo <= from && to <= &row.hi).then_some(row)
    }
}

/// What settles in each group in the cross book.
pub(crate) fn settled(account: &Account, market: &Market, figures: &Margin) -> Vec<BigInt> {
    let mut settled = vec![BigInt::zero(); market.terms().groups.len()];
    for (p, m) in account.positions().iter().zip(&figures.positions) {
        let group = market.instrument(p.instrument).map(|terms| terms.group);
        if let Some(sum) = group.and_then(|g| settled.get_mut(g)).filter(|_| m.isolated.is_none()) {
            *sum += &m.result;
        }
    }
    settled
}
