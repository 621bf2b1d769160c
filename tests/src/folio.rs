//! Builds markets with several assets and an account in them.

use crate::case::{Expected, PeerCase};
use crate::json::Reason;
use crate::sheet::{flat, open_end};
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::num::NonZeroU16;
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, Balance, Book, Books, BracketRow, BracketedLinear,
    InstrumentElements, InstrumentTerms, Isolated, LinearStep, Market, MarketTerms, Orders,
    Position, PositionName, SettleGroup, Side, SignedStep, Variable,
};

/// Steps for what is not negative and for what is; neither multiplier is negative.
pub(crate) fn by_sign(positive: LinearStep, negative: LinearStep) -> Result<SignedStep, Reason> {
    SignedStep::new(positive, negative).ok_or_else(|| "a negative price or weight".into())
}

/// An own parameter.
pub(crate) fn own(parameter: &BigInt) -> Result<u32, Reason> {
    parameter.to_u32().ok_or_else(|| "an own parameter of more than 32 bits".into())
}

/// Tiers of one instrument: their variable and their rows.
pub(crate) struct Tiers(pub(crate) Variable, pub(crate) Vec<BracketRow>);

impl Tiers {
    /// The same value for every size.
    pub(crate) fn constant(value: impl Into<BigInt>) -> Self {
        let mut rows = flat(0);
        rows[0].intercept = value.into();
        Self(Variable::Quantity, rows)
    }
}

/// Terms of an instrument without its numbers.
pub(crate) struct Contract {
    /// Settlement asset, as returned by [`Folio::asset`].
    pub(crate) settle: u32,
    pub(crate) value: LinearStep,
    pub(crate) notional: LinearStep,
    pub(crate) tiers: Tiers,
    pub(crate) roundings: Vec<LinearStep>,
    pub(crate) elements: InstrumentElements,
}

/// A market and an account whose margin amounts are all in one unit.
#[derive(Default)]
pub(crate) struct Folio {
    assets: Vec<AssetTerms>,
    groups: Vec<SettleGroup>,
    tiers: Vec<BracketedLinear>,
    instruments: Vec<InstrumentTerms>,
    positions: Vec<(Position, Orders, u64)>,
    balances: Vec<Balance>,
    /// The asset in which isolated positions have what is assigned to them.
    allocation_asset: Option<u32>,
}

/// What is held beside a size and an entry.
#[derive(Default)]
pub(crate) struct HeldBeside {
    pub(crate) own: u32,
    pub(crate) orders: Orders,
    /// What is assigned to an isolated position; `None` in the cross book.
    pub(crate) allocation: Option<u64>,
}

impl Folio {
    /// Adds an asset that counts in full but for its elements, and what is held of it; returns its id.
    pub(crate) fn asset(
        &mut self,
        balance: BigInt,
        own: u32,
        elements: AssetElements,
    ) -> Result<u32, Reason> {
        let id = self.assets.len() as u32 + 1;
        let (slope, intercept) = (BigInt::one(), BigInt::zero());
        let row = BracketRow { lo: -open_end(), hi: open_end(), slope, intercept };
        let collateral = BracketedLinear::new(Variable::Value, vec![row])
            .map_err(|e| format!("the collateral function {e}"))?;
        self.assets.push(AssetTerms {
            id,
            index: BigInt::one().into(),
            collateral,
            rounding: None,
            elements,
        });
        self.balances.push(Balance { asset: id, balance, own });
        Ok(id)
    }

    /// Adds an instrument with a position of this signed size.
    pub(crate) fn position(
        &mut self,
        contract: Contract,
        size: &BigInt,
        entry: BigInt,
        own: u32,
    ) -> Result<(), Reason> {
        self.position_beside(contract, size, entry, HeldBeside { own, ..HeldBeside::default() })
    }

    /// Has isolated positions have an asset's balances assigned to them.
    pub(crate) fn allocate(&mut self, asset: u32) {
        self.allocation_asset = Some(asset);
    }

    /// Adds an instrument with a position of this signed size, which can be zero where orders are read.
    pub(crate) fn position_beside(
        &mut self,
        contract: Contract,
        size: &BigInt,
        entry: BigInt,
        HeldBeside { own, orders, allocation }: HeldBeside,
    ) -> Result<(), Reason> {
        let id = self.instruments.len() as u32 + 1;
        let group = self.group(contract.settle);
        let Tiers(variable, rows) = contract.tiers;
        let table = BracketedLinear::new(variable, rows).map_err(|e| format!("the tiers {e}"))?;
        self.tiers.push(table);
        self.instruments.push(InstrumentTerms {
            id,
            group,
            value: contract.value,
            funding: BigInt::zero(),
            pnl_rounding: None,
            requirement: contract.notional,
            tiers: self.tiers.len() - 1,
            requirement_rounding: contract.roundings,
            elements: contract.elements,
        });
        let side = if size.is_negative() { Side::Short } else { Side::Long };
        let size = size.magnitude().clone();
        let book = if allocation.is_some() { Book::Isolated } else { Book::Cross };
        let position = Position { book, instrument: id, side, size, entry, own };
        self.positions.push((position, orders, allocation.unwrap_or(0)));
        Ok(())
    }

    /// The name of an isolated position, by its place among all.
    pub(crate) fn name_of(&self, at: usize) -> Option<PositionName> {
        let (held, ..) = self.positions.get(at)?;
        let instrument = u16::try_from(held.instrument).ok().and_then(NonZeroU16::new)?;
        Some(PositionName { instrument, side: held.side })
    }

    fn group(&mut self, asset: u32) -> usize {
        self.groups.iter().position(|g| g.asset == asset).unwrap_or_else(|| {
            self.groups.push(SettleGroup { asset, requirement_index: BigInt::one() });
            self.groups.len() - 1
        })
    }

    /// The case; name and number are filled in when it joins its file's list.
    pub(crate) fn case(self, label: &str, expected: Expected) -> Result<PeerCase, Reason> {
        let isolated =
            if self.allocation_asset.is_some() { Isolated::Compared } else { Isolated::None };
        self.case_of(label, isolated, None, expected)
    }

    /// The same of a claim about these books.
    pub(crate) fn case_of(
        self,
        label: &str,
        isolated: Isolated,
        position: Option<PositionName>,
        expected: Expected,
    ) -> Result<PeerCase, Reason> {
        let Self { assets, groups, tiers, instruments, positions, balances, allocation_asset } =
            self;
        // The record has orders where the schedule reads any.
        let account = match instruments.iter().any(|i| i.elements.order_fee.is_some()) {
            true if allocation_asset.is_some() => Account::with_allocations(positions, balances),
            true => {
                let positions = positions.into_iter().map(|(p, orders, _)| (p, orders));
                Account::with_orders(positions.collect(), balances)
            }
            false => Account::new(positions.into_iter().map(|(p, ..)| p).collect(), balances),
        };
        let terms = MarketTerms {
            no_requirement_is_healthy: false,
            assets,
            groups,
            tiers,
            instruments,
            equality_is_healthy: true,
            conversion_rounding: None,
            isolated_unit: allocation_asset.map(|_| BigInt::one()),
            own_parameters: false,
            allocation_asset,
        };
        let market = Market::new(terms).map_err(|e| format!("refused: {e}"))?;
        let books = Books { settlement_asset: None, isolated, position };
        Ok(PeerCase {
            index: 0,
            name: String::new(),
            label: label.into(),
            market: market.of_books(books).ok_or("the market has no such books")?,
            account: account.map_err(|e| format!("refused: {e}"))?,
            named: position,
            expected,
        })
    }
}
