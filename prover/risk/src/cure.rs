//! The least that makes a book meet a claim: a deposit, a margin added to an isolated position, a smaller position.

use crate::bounds;
use crate::change::{realized, traded};
use crate::error::RiskError;
use crate::interval::Interval;
use crate::rest::{self, Rest};
use crate::search::{self, Line};
use crate::slack;
use crate::standing::{Demand, Standing};
use crate::supported::{supported, symbol};
use crate::view::View;
use num_bigint::BigInt;
use num_traits::{One, ToPrimitive, Zero};
use std::collections::BTreeMap;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{
    Account, AssetTerms, Balance, Book, BookMargin, Families, InstrumentTerms, Margin, Market,
    Position, PositionMargin, RuleError, SecondWord, asset_margin, isolated_book, margin,
    position_margin,
};
use zkmargin_model::widths::{ALLOCATION_BITS, BALANCE_BITS};
use zkmargin_params::CompiledMarket;

/// The least amount of one kind that makes a book meet a claim: with one unit less it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cure {
    /// The book meets it.
    Unneeded,
    /// This much.
    Least(BigInt),
    /// No amount does.
    Never,
}

/// What cures the book of one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionCure {
    /// Size steps to close at the mark. A position of the cross book can be closed entirely, an isolated one up to its
    /// last step: with it, its book ends. `None` where the requirement is of the value at entry, which is not known of a
    /// part.
    pub reduction: Option<Cure>,
    /// Margin to add to an isolated position, in units of its settlement asset, or of a balance of the asset of allocations
    /// where records have them; `None` in the cross book.
    pub margin: Option<Cure>,
}

/// What cures each book, each alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cures {
    /// Deposits into the cross book, by asset id, in units of the asset, for each asset of the market.
    pub deposits: Vec<(u32, Cure)>,
    /// In the order of the account's positions.
    pub positions: Vec<PositionCure>,
}

/// Finds what cures an account's books.
///
/// # Errors
/// [`RiskError`].
pub fn cures(
    market: &CompiledMarket,
    account: &Account,
    claim: &Claim,
) -> Result<Cures, RiskError> {
    supported(market, account)?;
    let (mut deposits, mut positions) = (BTreeMap::new(), BTreeMap::new());
    for view in View::all(market) {
        let (part, places) = view.part(account);
        let figures = margin(&part, view.market())?;
        let settled = rest::settled(&part, view.market(), &figures);
        let families = Families::of(&part, view.market());
        let (market, account, figures) = (view, &part, &figures);
        let doctor = Doctor { market, account, claim, figures, settled, families };
        let assets = view.market().terms().assets.iter();
        // A deposit into a book is of its asset.
        for terms in assets.filter(|terms| view.asset().is_none_or(|asset| asset == terms.id)) {
            deposits.insert(terms.id, doctor.deposit(terms)?);
        }
        let all = part.positions().iter().zip(&figures.positions);
        for (at, (place, (p, m))) in places.into_iter().zip(all).enumerate() {
            let cure = match (&m.isolated, p.book) {
                (Some(book), Book::Isolated) => {
                    doctor.isolated(p, part.second_word(at).allocation, book)?
                }
                _ => doctor.cross(p, m)?,
            };
            positions.insert(place, cure);
        }
    }
    Ok(Cures {
        deposits: deposits.into_iter().collect(),
        positions: positions.into_values().collect(),
    })
}

struct Doctor<'a> {
    market: View<'a>,
    account: &'a Account,
    claim: &'a Claim,
    figures: &'a Margin,
    settled: Vec<BigInt>,
    families: Families,
}

impl Doctor<'_> {
    fn demand(&self, floor: bool) -> Demand<'_> {
        let health = self.market.market().terms().health();
        Demand { claim: self.claim, health, floor }
    }

    fn deposit(&self, terms: &AssetTerms) -> Result<Cure, RiskError> {
        let demand = self.demand(true);
        if demand.is_met(&self.figures.into()) {
            return Ok(Cure::Unneeded);
        }
        let held = self.account.balances().iter().position(|b| b.asset == terms.id);
        let balance = match held {
            Some(at) => self.account.balances()[at].clone(),
            None => Balance { asset: terms.id, balance: BigInt::zero(), own: 0 },
        };
        let mut rest = Standing::from(self.figures);
        if let Some(m) = held.and_then(|at| self.figures.assets.get(at)) {
            rest.equity -= &m.collateral;
            rest.requirement -= &m.requirement;
        }
        let group = self.market.market().settle_group_of(terms.id);
        let settled = group.and_then(|g| self.settled.get(g)).cloned().unwrap_or_default();
        let last = (BigInt::one() << (BALANCE_BITS - 1)) - 1 - &balance.balance;
        let deposits =
            Deposits { demand, terms, balance: &balance, settled: &settled, rest: &rest };
        deposits.least("deposit", &last, || format!("asset {}", terms.id))
    }

    fn isolated(
        &self,
        p: &Position,
        allocation: u64,
        book: &BookMargin,
    ) -> Result<PositionCure, RiskError> {
        let demand = self.demand(false);
        if demand.is_met(&book.into()) {
            return Ok(PositionCure {
                reduction: Some(Cure::Unneeded),
                margin: Some(Cure::Unneeded),
            });
        }
        let terms = self.terms(p)?;
        // It is in no family's sum but its own.
        let (beside, relatives) = (BigInt::ZERO, Vec::new());
        let (market, rest) = (self.market, None);
        let reductions =
            Reductions { market, terms, position: p, allocation, rest, beside, relatives, demand };
        let last = BigInt::from(p.size.clone()) - 1;
        let of = || symbol(self.market.schedule(), p.instrument);
        let is_at_entry = terms.elements.at_entry;
        let reduction = match is_at_entry {
            true => None,
            false => Some(reductions.least("reduction", &last, of)?),
        };
        let margins = Margins { market: self.market, terms, position: p, allocation, demand };
        let last = match self.market.market().terms().allocation_asset {
            None => BigInt::one() << (BALANCE_BITS - 1),
            Some(_) => (BigInt::one() << ALLOCATION_BITS) - 1 - allocation,
        };
        let margin = margins.least("margin", &last, of)?;
        Ok(PositionCure { reduction, margin: Some(margin) })
    }

    fn cross(&self, p: &Position, m: &PositionMargin) -> Result<PositionCure, RiskError> {
        let demand = self.demand(true);
        if demand.is_met(&self.figures.into()) {
            return Ok(PositionCure { reduction: Some(Cure::Unneeded), margin: None });
        }
        let (terms, market) = (self.terms(p)?, self.market.market());
        if terms.elements.at_entry {
            // Other cures stand without it.
            return Ok(PositionCure { reduction: None, margin: None });
        }
        let settled = &self.settled[terms.group];
        let mut rest = Rest::new(self.account, market, self.figures, settled, terms.group, &[m])?;
        let families = &self.families;
        let beside = families.beside(terms, p);
        let mut relatives = Vec::new();
        let all = self.account.positions().iter().zip(&self.figures.positions);
        for (other, figures) in all.filter(|_| terms.elements.family.is_some()) {
            let of = self.terms(other)?;
            let is_relative = match (&terms.elements.family, &of.elements.family) {
                (Some(own), Some(family)) => own.number == family.number && other != p,
                _ => false,
            };
            if is_relative && other.book == Book::Cross {
                // What it requires falls with the sum, and what settles of it stays.
                rest.requirement -= &figures.requirement;
                let counted = &figures.variable - families.beside(of, other);
                relatives.push(Relative { terms: of, position: other, counted });
            }
        }
        let (rest, market, allocation) = (Some(&rest), self.market, 0);
        let reductions =
            Reductions { market, terms, position: p, allocation, rest, beside, relatives, demand };
        let last = BigInt::from(p.size.clone());
        let reduction =
            reductions.least("reduction", &last, || format!("instrument {}", p.instrument))?;
        Ok(PositionCure { reduction: Some(reduction), margin: None })
    }

    fn terms(&self, p: &Position) -> Result<&InstrumentTerms, RiskError> {
        let instrument = p.instrument;
        let unknown = RuleError::UnknownInstrument { instrument };
        Ok(self.market.market().instrument(instrument).ok_or(unknown)?)
    }
}

/// A line on which the first value that meets a claim is searched for. A value at which the rule is undefined ends it.
trait Amounts: Line<Point = Option<Self::Reading>> + Sized {
    type Reading;

    fn least(
        &self,
        what: &'static str,
        last: &BigInt,
        of: impl Fn() -> String,
    ) -> Result<Cure, RiskError> {
        let found = search::first(self, last);
        let found = found.map_err(|_| RiskError::Undecided { what, of: of() })?;
        Ok(match found {
            Some((amount, Some(_))) => Cure::Least(amount),
            Some((_, None)) | None => Cure::Never,
        })
    }
}

/// Deposits of one asset.
struct Deposits<'a> {
    demand: Demand<'a>,
    terms: &'a AssetTerms,
    balance: &'a Balance,
    /// Profit and loss that settle in it.
    settled: &'a BigInt,
    /// All else in the book.
    rest: &'a Standing,
}

impl Amounts for Deposits<'_> {
    type Reading = (BigInt, Standing);
}

impl Line for Deposits<'_> {
    /// The balance with profit and loss, and the book.
    type Point = Option<(BigInt, Standing)>;

    fn at(&self, deposit: &BigInt) -> Self::Point {
        let balance = Balance { balance: &self.balance.balance + deposit, ..self.balance.clone() };
        let m = asset_margin(self.terms, &balance, self.settled.clone()).ok()?;
        let standing = Standing {
            equity: &self.rest.equity + m.collateral,
            requirement: &self.rest.requirement + m.requirement,
        };
        Some((m.balance, standing))
    }

    fn is_hit(&self, point: &Self::Point) -> bool {
        point.as_ref().is_none_or(|(_, standing)| self.demand.is_met(standing))
    }

    fn is_clear(&self, near: &Self::Point, far: &Self::Point) -> bool {
        let (Some((near, _)), Some((far, _))) = (near, far) else { return false };
        let amounts = Interval::between(near.clone(), far.clone());
        let asset = bounds::asset([self.terms; 2], &amounts, self.balance.own);
        asset.is_some_and(|asset| {
            let best = Standing {
                equity: &self.rest.equity + asset.equity.hi,
                requirement: &self.rest.requirement + asset.requirement.lo,
            };
            !self.demand.is_met(&best)
        })
    }
}

/// Margins added to an isolated position.
struct Margins<'a> {
    market: View<'a>,
    terms: &'a InstrumentTerms,
    position: &'a Position,
    /// What is assigned to it, in a record with allocations.
    allocation: u64,
    demand: Demand<'a>,
}

/// An isolated position with a margin added.
struct Added {
    /// What is assigned to it; zero where the margin is in what settles.
    allocation: BigInt,
    result: BigInt,
    /// What is required, before it is converted.
    amount: BigInt,
    standing: Standing,
}

impl Amounts for Margins<'_> {
    type Reading = Added;
}

impl Line for Margins<'_> {
    type Point = Option<Added>;

    fn at(&self, margin: &BigInt) -> Self::Point {
        let market = self.market.market();
        let mut position = self.position.clone();
        let mut second = SecondWord { orders: None, allocation: self.allocation };
        match market.terms().allocation_asset {
            Some(_) => second.allocation = (margin + self.allocation).to_u64()?,
            None => {
                let listed = self.market.schedule().instruments();
                let at = listed.binary_search_by_key(&self.terms.id, |i| i.id).ok()?;
                position.entry -= margin << listed.get(at)?.entry_unit.bits;
            }
        }
        let m = position_margin(market, self.terms, &position, second, &BigInt::ZERO).ok()?;
        let standing = m.isolated.as_ref()?.into();
        let allocation = second.allocation.into();
        Some(Added { allocation, result: m.result, amount: m.amount, standing })
    }

    fn is_hit(&self, point: &Self::Point) -> bool {
        point.as_ref().is_none_or(|added| self.demand.is_met(&added.standing))
    }

    fn is_clear(&self, near: &Self::Point, far: &Self::Point) -> bool {
        let (Some(near), Some(far)) = (near, far) else { return false };
        let between =
            |of: fn(&Added) -> &BigInt| Interval::between(of(near).clone(), of(far).clone());
        // What settles only rises or stays with the margin; what all of it is worth can fall.
        let (allocation, result) =
            (between(|added| &added.allocation), between(|added| &added.result));
        let amount = between(|added| &added.amount);
        let book =
            bounds::isolated(self.market.market(), self.terms, &allocation, &result, &amount);
        book.is_some_and(|book| !self.demand.is_met(&book.best()))
    }
}

/// Parts of a position, in size steps, closed at the mark.
struct Reductions<'a> {
    market: View<'a>,
    terms: &'a InstrumentTerms,
    position: &'a Position,
    /// What is assigned to it, in a record with allocations.
    allocation: u64,
    /// `None` for an isolated position.
    rest: Option<&'a Rest<'a>>,
    /// What other positions of its family count beside it.
    beside: BigInt,
    /// Those positions.
    relatives: Vec<Relative<'a>>,
    demand: Demand<'a>,
}

/// Another position of the cross book in the family of one.
struct Relative<'a> {
    terms: &'a InstrumentTerms,
    position: &'a Position,
    /// What it counts.
    counted: BigInt,
}

impl Relative<'_> {
    /// What it requires in margin units when all of the family count so much.
    fn required(&self, market: &Market, together: &BigInt) -> Option<BigInt> {
        let beside = together - &self.counted;
        let m = position_margin(market, self.terms, self.position, SecondWord::default(), &beside)
            .ok()?;
        Some(m.requirement)
    }

    /// No less is required when all of them count between two sums, before it is converted.
    fn least(&self, market: &Market, together: &Interval) -> Option<BigInt> {
        let (terms, p) = (self.terms, self.position);
        let size = BigInt::from(p.size.clone());
        let [size, n] = [size.clone(), terms.notional_of(p.side, &size)].map(Interval::one);
        let notional_of = |y: &BigInt| terms.notional_of(p.side, y);
        let x = [together, &size, &n];
        Some(bounds::requirement(market, terms, p.own, x, notional_of)?.lo)
    }
}

/// A position of which a part is closed.
struct Reduced {
    pnl: BigInt,
    /// Tier variable, size and notional; `None` of nothing.
    variables: Option<[BigInt; 3]>,
    standing: Standing,
}

impl Amounts for Reductions<'_> {
    type Reading = Reduced;
}

impl Reductions<'_> {
    /// The book when this settles of the position, which requires so much before it is converted, and all of its family
    /// count so much.
    fn standing(
        &self,
        result: &BigInt,
        requirement: &BigInt,
        together: &BigInt,
    ) -> Option<Standing> {
        let terms = self.market.market().terms();
        let Some(rest) = self.rest else { return self.of_book(result, requirement.clone()) };
        let index = &terms.groups.get(self.terms.group)?.requirement_index;
        let asset = asset_margin(rest.asset, rest.balance, &rest.settled + result).ok()?;
        let market = self.market.market();
        let relatives = self.relatives.iter().map(|relative| relative.required(market, together));
        let relatives = relatives.sum::<Option<BigInt>>()?;
        Some(Standing {
            equity: &rest.equity + asset.collateral,
            requirement: &rest.requirement + asset.requirement + requirement * index + relatives,
        })
    }

    /// The book of an isolated position when this settles of it, which requires so much before it is converted.
    fn of_book(&self, result: &BigInt, amount: BigInt) -> Option<Standing> {
        let market = self.market.market();
        let book = isolated_book(market, self.terms, self.allocation, result, amount);
        let [equity, requirement] = book.ok()?;
        Some(Standing { equity, requirement })
    }

    /// The best that the book can be when a part between two is closed.
    fn best(&self, near: &Reduced, far: &Reduced) -> Option<Standing> {
        let (market, terms) = (self.market.market(), self.terms);
        // Closing at the mark neither gains nor loses, up to two roundings of values and one of the result.
        let rounds = slack::value(terms) * 2;
        let off = terms.pnl_rounding.as_ref().map(|step| slack::off_after(step, &rounds));
        let pnl = Interval::between(near.pnl.clone(), far.pnl.clone());
        let pnl = pnl.widened(&(off.unwrap_or(rounds) * 2));
        let result = pnl.through(|pnl| terms.result_of(pnl));
        let ends = near.variables.as_ref()?.iter().zip(far.variables.as_ref()?);
        let mut ends = ends.map(|(a, b)| Interval::between(a.clone(), b.clone()));
        let [x, size, n] = [ends.next()?, ends.next()?, ends.next()?];
        let side = self.position.side;
        let notional_of = |y: &BigInt| terms.notional_of(side, y);
        let own = self.position.own;
        let mut amount = bounds::requirement(market, terms, own, [&x, &size, &n], notional_of)?;
        for relative in &self.relatives {
            amount.lo += relative.least(market, &x)?;
        }
        let Some(rest) = self.rest else {
            let allocation = Interval::one(self.allocation.into());
            return Some(bounds::isolated(market, terms, &allocation, &result, &amount)?.best());
        };
        let index = &market.terms().groups.get(terms.group)?.requirement_index;
        let before = rest.asset.amount_of(&rest.balance.balance) + &rest.settled;
        let amounts = result.plus(&Interval::one(before));
        let asset = bounds::asset([rest.asset; 2], &amounts, rest.balance.own)?;
        Some(Standing {
            equity: &rest.equity + asset.equity.hi,
            requirement: &rest.requirement + asset.requirement.lo + amount.lo * index,
        })
    }
}

impl Line for Reductions<'_> {
    type Point = Option<Reduced>;

    fn at(&self, part: &BigInt) -> Self::Point {
        let (p, terms) = (self.position, self.terms);
        let closes = match p.side {
            zkmargin_model::rule::Side::Long => -part,
            zkmargin_model::rule::Side::Short => part.clone(),
        };
        let (size, entry) = traded(p, terms, terms, &closes);
        if size.is_zero() {
            let standing = self.standing(&realized(terms, &entry), &BigInt::ZERO, &self.beside)?;
            return Some(Reduced { pnl: -entry, variables: None, standing });
        }
        let magnitude = size.into_parts().1;
        let notional = terms.notional_of(p.side, &magnitude.clone().into());
        let size = BigInt::from(magnitude.clone());
        let position = Position { size: magnitude, entry, ..p.clone() };
        let market = self.market.market();
        let second = SecondWord { orders: None, allocation: self.allocation };
        let m = position_margin(market, terms, &position, second, &self.beside).ok()?;
        let standing = self.standing(&m.result, &m.amount, &m.variable)?;
        Some(Reduced { pnl: m.pnl, variables: Some([m.variable, size, notional]), standing })
    }

    fn is_hit(&self, point: &Self::Point) -> bool {
        point.as_ref().is_none_or(|reduced| self.demand.is_met(&reduced.standing))
    }

    fn is_clear(&self, near: &Self::Point, far: &Self::Point) -> bool {
        let (Some(near), Some(far)) = (near, far) else { return false };
        self.best(near, far).is_some_and(|best| !self.demand.is_met(&best))
    }
}
