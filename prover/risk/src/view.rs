//! The books of a market one at a time.

use num_bigint::BigInt;
use zkmargin_model::rule::{
    Account, AssetTerms, Balance, Book, IndexPrices, InstrumentTerms, Isolated, Market, Position,
};
use zkmargin_params::{BooksMarket, CompiledMarket, Schedule, Snapshot};

/// A market in which one cross book counts: the only one, or that of a settlement asset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    all: &'a CompiledMarket,
    of: &'a BooksMarket,
}

impl<'a> View<'a> {
    /// One for each cross book.
    pub(crate) fn all(all: &'a CompiledMarket) -> impl Iterator<Item = Self> {
        let selections = all.selections().iter();
        let whole = selections.filter(|of| of.books().isolated != Isolated::LeftOut);
        whole.map(move |of| Self { all, of })
    }

    /// The settlement asset whose book it is, where each has one.
    pub(crate) fn asset(self) -> Option<u32> {
        self.of.books().asset_id()
    }

    pub(crate) fn market(self) -> &'a Market {
        self.of.market()
    }

    pub(crate) fn schedule(self) -> &'a Schedule {
        self.all.schedule()
    }

    pub(crate) fn snapshot(self) -> &'a Snapshot {
        self.all.snapshot()
    }

    pub(crate) fn instrument_at(self, id: u32, mark: &BigInt) -> Option<InstrumentTerms> {
        self.all.instrument_at(id, mark)
    }

    pub(crate) fn asset_at(self, id: u32, index: &IndexPrices) -> Option<AssetTerms> {
        self.all.asset_at(id, index)
    }

    /// Whether a position settles in the asset whose book it is: instruments that settle in others have no prices here.
    pub(crate) fn prices(self, p: &Position) -> bool {
        let Some(asset) = self.asset() else { return true };
        let market = self.market();
        let group = market.instrument(p.instrument).map(|terms| terms.group);
        let settles = group.and_then(|group| market.terms().groups.get(group));
        settles.is_some_and(|group| group.asset == asset)
    }

    /// Whether a position of the cross book, or an isolated one, is in this book's part of an account.
    fn has(self, p: &Position) -> bool {
        p.book == Book::Isolated || self.prices(p)
    }

    /// What of an account is in the book, with the isolated positions, and the place of each position in the account.
    pub(crate) fn part(self, account: &Account) -> (Account, Vec<usize>) {
        let positions = account.positions().iter().enumerate().filter(|(_, p)| self.has(p));
        let (places, positions): (Vec<usize>, Vec<Position>) =
            positions.map(|(at, p)| (at, p.clone())).unzip();
        let second = |at: &usize| account.second_word(*at);
        let orders = places.iter().map(|at| second(at).orders.cloned().unwrap_or_default());
        let allocations = places.iter().map(|at| second(at).allocation);
        let own = |b: &&Balance| self.asset().is_none_or(|asset| b.asset == asset);
        let balances = account.balances().iter().filter(own).cloned().collect();
        // A part of an account is one; were it not, the whole would be refused by the rule.
        let part = match (account.orders(), account.allocations()) {
            (None, _) => Account::new(positions, balances),
            (Some(_), None) => {
                Account::with_orders(positions.into_iter().zip(orders).collect(), balances)
            }
            (Some(_), Some(_)) => {
                let positions = positions.into_iter().zip(orders.zip(allocations));
                let positions = positions.map(|(p, (orders, of))| (p, orders, of));
                Account::with_allocations(positions.collect(), balances)
            }
        };
        (part.unwrap_or_else(|_| account.clone()), places)
    }
}
