//! What a venue itself states about an account in its answers, as exact numbers with their places.
//!
//! A venue module reads them with [`StatesFigures`]; what they are compared with, and why two numbers differ, is the
//! business of `zkmargin-reconcile`.

use super::given::meaningful;
use super::{ImportError, Member, nearest_quotient};
use crate::portfolio::figure::product;
use crate::{Instrument, KindFile};
use num_traits::{Signed, Zero};
use serde_json::Value;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::rule::Side;

/// What a figure measures. Amounts are in the unit that the figure names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FigureKind {
    /// Size at the mark, without a sign.
    Notional,
    /// Profit and loss of open positions, without funding.
    UnrealizedProfit,
    /// Maintenance margin.
    Maintenance,
    /// Initial margin of positions, without that of open orders.
    Initial,
    /// Initial margin of positions and open orders.
    InitialWithOrders,
    /// Price at which the position is liquidated when it alone moves.
    LiquidationPrice,
    /// Balance without profit and loss.
    Balance,
    /// Balance with profit and loss.
    Equity,
    /// Value at the mark, with its sign.
    Value,
    /// Equity less maintenance margin.
    AboveMaintenance,
    /// Equity less initial margin, also below zero.
    AboveInitial,
    /// Equity less initial margin, not below zero.
    Available,
    /// Funding that has accrued and is not yet settled, positive if the holder receives it.
    Funding,
}

impl FigureKind {
    /// All of them, in their order.
    pub const ALL: [Self; 13] = [
        Self::Notional,
        Self::UnrealizedProfit,
        Self::Maintenance,
        Self::Initial,
        Self::InitialWithOrders,
        Self::LiquidationPrice,
        Self::Balance,
        Self::Equity,
        Self::Value,
        Self::AboveMaintenance,
        Self::AboveInitial,
        Self::Available,
        Self::Funding,
    ];

    /// Stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Notional => "notional",
            Self::UnrealizedProfit => "unrealized-profit",
            Self::Maintenance => "maintenance",
            Self::Initial => "initial",
            Self::InitialWithOrders => "initial-with-orders",
            Self::LiquidationPrice => "liquidation-price",
            Self::Balance => "balance",
            Self::Equity => "equity",
            Self::Value => "value",
            Self::AboveMaintenance => "above-maintenance",
            Self::AboveInitial => "above-initial",
            Self::Available => "available",
            Self::Funding => "funding",
        }
    }
}

/// What a figure is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// One position.
    Position {
        /// Symbol of its instrument.
        instrument: String,
        /// Its side.
        side: Side,
        /// Whether it is a book of its own: beside it the cross book can have one in the same instrument.
        isolated: bool,
    },
    /// An asset with the positions that settle in it, isolated ones included.
    Asset(String),
    /// The same in the cross book alone.
    CrossAsset(String),
    /// The cross book.
    Cross,
    /// The whole account, isolated positions included.
    Account,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Position { instrument, side, isolated } => {
                let side = if *side == Side::Long { "long" } else { "short" };
                write!(f, "{instrument} {side}{}", if *isolated { ", isolated" } else { "" })
            }
            Self::Asset(asset) => write!(f, "{asset}"),
            Self::CrossAsset(asset) => write!(f, "{asset}, cross book"),
            Self::Cross => f.write_str("cross book"),
            Self::Account => f.write_str("account"),
        }
    }
}

/// A figure that a venue states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueFigure {
    /// What it measures.
    pub kind: FigureKind,
    /// What it is about.
    pub subject: Subject,
    /// JSON pointer of it in the answer.
    pub place: String,
    /// Its value; `None` where the venue states that there is none, such as a liquidation price that is not reached.
    pub value: Option<Decimal>,
    /// Asset or currency that it is counted in.
    pub unit: String,
    /// Digits after the point that the venue states it with.
    pub decimals: u32,
}

/// What part of the notional a position's initial margin is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitialRate {
    /// One over the leverage that the holder chose.
    Leverage(Decimal),
    /// The fraction itself.
    Fraction(Decimal),
}

/// Digits of the part of a value by which figures of one answer may differ, as they are of marks that are a moment apart at
/// most: 10^-3.
pub(super) const MOMENT_DIGITS: u32 = 3;

/// Digits of a value that is divided.
const VALUE_DIGITS: u32 = 30;

/// Digits that a written entry price has at least: with as many the venues' own examples show some.
const WRITTEN_DIGITS: u32 = 5;

/// An average price at entry as an answer shows it: the venue's own is one that rounds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPrice {
    /// The price.
    pub price: Decimal,
    /// Digits after the point that it is rounded to.
    pub decimals: u32,
}

/// A position as the answer has it: inputs of the figures, not figures themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedPosition {
    /// JSON pointer of it in the answer.
    pub place: String,
    /// Symbol of its instrument.
    pub instrument: String,
    /// Asset that it settles in, where the answer says so.
    pub settle: Option<String>,
    /// Size, negative when short, never zero.
    pub size: Decimal,
    /// Average price at entry.
    pub entry_price: Option<EntryPrice>,
    /// Value at entry, signed like the value, where the answer states it: it is not rounded as that price is.
    pub entry_value: Option<Decimal>,
    /// Mark price that the answer states.
    pub mark: Option<Decimal>,
    /// Whether that mark is of another answer than the notional and the profit, which are then of another time.
    pub is_mark_of_another_answer: bool,
    /// Value at the mark, without its sign. Where the answer states no mark, the two imply it.
    pub notional: Option<Decimal>,
    /// Best bid and ask, where the answer has them.
    pub quote: Option<[Decimal; 2]>,
    /// Part of the notional that is initial margin.
    pub initial_rate: Option<InitialRate>,
    /// Margin assigned to an isolated position, without profit and loss; `None` in the cross book.
    pub isolated_margin: Option<Decimal>,
    /// Funding that has accrued and is not settled, positive if the holder receives it.
    pub funding: Option<Decimal>,
    /// Initial margin of open orders in the instrument.
    pub orders: Option<Decimal>,
    /// Other values that the answer states: each is nearly that at the mark or at entry.
    pub near_values: Vec<NearValue>,
    /// Profits that the answer counts from other prices than that at entry.
    pub profits_since: Vec<ProfitSince>,
}

/// A value that confirms a position's size, though it is none of the figures that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearValue {
    /// JSON pointer of it in the answer.
    pub place: String,
    /// The value, in the unit of the position's own.
    pub value: Decimal,
    /// Part of the value by which the two may differ.
    pub part: Decimal,
    /// Whether it can be more than the position's own.
    pub can_be_more: bool,
}

impl NearValue {
    /// A value at a place, which may be of a mark a moment earlier or later.
    pub fn of(place: &Member<'_>, value: Decimal) -> Self {
        let part = Decimal::from_scaled(&1.into(), MOMENT_DIGITS);
        Self { place: place.pointer().to_owned(), value, part, can_be_more: false }
    }
}

/// A profit since a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfitSince {
    /// JSON pointer of the profit in the answer.
    pub place: String,
    /// The profit, in the unit of the position's value.
    pub profit: Decimal,
    /// The price that it is counted from.
    pub entry: EntryPrice,
}

impl StatedPosition {
    /// A position of the cross book of which only this is known.
    pub fn new(place: &Member<'_>, instrument: impl Into<String>, size: Decimal) -> Self {
        Self {
            place: place.pointer().to_owned(),
            instrument: instrument.into(),
            settle: None,
            size,
            entry_price: None,
            entry_value: None,
            mark: None,
            is_mark_of_another_answer: false,
            notional: None,
            quote: None,
            initial_rate: None,
            isolated_margin: None,
            funding: None,
            orders: None,
            near_values: Vec::new(),
            profits_since: Vec::new(),
        }
    }

    /// Whether its notional implies its mark, so that the mark confirms no notional.
    pub fn mark_is_implied(&self) -> bool {
        self.mark.is_none() && self.notional.is_some()
    }

    /// The mark that is stated in the same answer as the notional and the profit.
    pub fn mark_beside(&self) -> Option<&Decimal> {
        self.mark.as_ref().filter(|_| !self.is_mark_of_another_answer)
    }

    /// The mark that the answer states, or that the notional of a position in this contract implies; `None` if there is
    /// neither, or what is implied is no decimal number.
    pub fn mark_of(&self, contract: &Instrument) -> Option<Decimal> {
        self.mark.clone().or_else(|| self.implied_mark(contract))
    }

    /// The mark that the notional implies.
    pub fn implied_mark(&self, contract: &Instrument) -> Option<Decimal> {
        let (notional, amount) = (self.notional.as_ref()?, self.amount(contract));
        match contract.kind {
            KindFile::Linear => quotient(notional, &amount),
            KindFile::Inverse => quotient(&amount, notional),
        }
    }

    /// What is held of this contract, without its sign: of a linear one times a price, of an inverse one over a price, it is a
    /// value.
    pub fn amount(&self, contract: &Instrument) -> Decimal {
        product(&magnitude(&self.size), &contract.multiplier)
    }

    /// What the position is worth in this contract at a price, without its sign; `None` at a price that is not above zero.
    pub fn value_at(&self, contract: &Instrument, price: &Decimal) -> Option<Decimal> {
        let amount = self.amount(contract);
        match contract.kind {
            KindFile::Linear => price.coefficient().is_positive().then(|| product(&amount, price)),
            KindFile::Inverse => nearest_quotient(&[&amount], price, VALUE_DIGITS)
                .map(|value| Decimal::from_scaled(&value, VALUE_DIGITS)),
        }
    }

    /// Takes over the entry price at a place, as exact as it is written, and to five digits in all at least: zeros at its end
    /// may have been cut.
    ///
    /// # Errors
    /// [`ImportError`] if it is absent or not an exact decimal number.
    pub fn state_entry(&mut self, place: &Member<'_>) -> Result<(), ImportError> {
        let price = place.exact()?;
        let decimals = place.written_decimals()?.max(meaningful(&price, WRITTEN_DIGITS));
        self.entry_price = Some(EntryPrice { price, decimals });
        Ok(())
    }

    /// Its side.
    pub fn side(&self) -> Side {
        match self.size.coefficient().sign() {
            num_bigint::Sign::Minus => Side::Short,
            _ => Side::Long,
        }
    }

    /// What figures about it are about.
    pub fn subject(&self) -> Subject {
        let isolated = self.isolated_margin.is_some();
        Subject::Position { instrument: self.instrument.clone(), side: self.side(), isolated }
    }
}

/// What a stated balance counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BalanceOf {
    /// Cash to which the profit and loss of positions are added.
    Wallet,
    /// Cash to which the whole value of positions is added: what they cost is subtracted.
    Cash,
}

/// A balance of the cross book as the answer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedBalance {
    /// JSON pointer of it in the answer.
    pub place: String,
    /// Symbol.
    pub asset: String,
    /// Amount; negative is a debt.
    pub amount: Decimal,
    /// What it counts.
    pub of: BalanceOf,
    /// What is credited or withdrawn, but not settled yet; positive if the holder receives it.
    pub pending: Option<Decimal>,
}

/// How a venue rounds an initial margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitialRounding {
    /// Digits after the point.
    pub decimals: u32,
    /// Whether it is rounded up; down otherwise.
    pub up: bool,
}

/// Everything that a venue's answer states about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueFigures {
    /// Name of the venue.
    pub venue: String,
    /// Time of the answer, in milliseconds since 1970, where it has one.
    pub time_ms: Option<u64>,
    /// The venue's own figures.
    pub figures: Vec<VenueFigure>,
    /// Positions.
    pub positions: Vec<StatedPosition>,
    /// Balances of the cross book.
    pub balances: Vec<StatedBalance>,
    /// How the venue rounds an initial margin; `None` if that is not known.
    pub initial_rounding: Option<InitialRounding>,
    /// Whether each asset is margin of what settles in it alone, so that assets of which a schedule has nothing are no part
    /// of its book.
    pub separate_books: bool,
    /// Whether a liquidation price that the answer leaves empty can be one that the contract cannot be traded at.
    pub hides_prices: bool,
}

impl VenueFigures {
    /// Nothing yet.
    pub fn new(venue: &str, initial_rounding: Option<InitialRounding>) -> Self {
        Self {
            venue: venue.to_owned(),
            time_ms: None,
            figures: Vec::new(),
            positions: Vec::new(),
            balances: Vec::new(),
            initial_rounding,
            separate_books: false,
            hides_prices: false,
        }
    }

    /// Adds a figure where the answer has it.
    ///
    /// # Errors
    /// [`ImportError`] at a value that is not decimal text.
    pub fn state(
        &mut self,
        member: &Member<'_>,
        kind: FigureKind,
        subject: &Subject,
        (unit, decimals): (&str, u32),
    ) -> Result<(), ImportError> {
        if member.is_present() {
            let value = Some(member.exact()?);
            self.push(member, kind, subject, (unit, decimals), value);
        }
        Ok(())
    }

    /// Takes over quotes of the instruments that are held.
    pub fn quote(&mut self, quotes: &Quotes) {
        for held in &mut self.positions {
            held.quote = quotes.get(&held.instrument).cloned().or(held.quote.take());
        }
    }

    /// Adds a figure with a value that was read.
    pub fn push(
        &mut self,
        member: &Member<'_>,
        kind: FigureKind,
        subject: &Subject,
        (unit, decimals): (&str, u32),
        value: Option<Decimal>,
    ) {
        let (subject, unit) = (subject.clone(), unit.to_owned());
        let place = member.pointer().to_owned();
        self.figures.push(VenueFigure { kind, subject, place, value, unit, decimals });
    }
}

/// A venue whose answers state figures of an account.
pub trait StatesFigures {
    /// Whether a source states figures at all: a decoded state is the account, and nothing else.
    fn states(source: &Value) -> bool {
        let _ = source;
        true
    }

    /// Reads them. Several answers are the members of one object, as the venue's module says.
    ///
    /// # Errors
    /// [`ImportError::Source`] with the place in the source that is wrong.
    fn figures(source: &Value) -> Result<VenueFigures, ImportError>;

    /// Best bid and ask of each instrument in the source of a snapshot; empty where its answers have none.
    ///
    /// # Errors
    /// [`ImportError::Source`] with the place in the source that is wrong.
    fn quotes(source: &Value) -> Result<Quotes, ImportError> {
        let _ = source;
        Ok(Quotes::new())
    }
}

/// A venue whose answers state figures, by its name.
#[derive(Clone, Copy)]
pub struct StatingVenue {
    /// The name by which its folders are read, too.
    pub name: &'static str,
    states: fn(&Value) -> bool,
    figures: fn(&Value) -> Result<VenueFigures, ImportError>,
    quotes: fn(&Value) -> Result<Quotes, ImportError>,
}

impl std::fmt::Debug for StatingVenue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StatingVenue({:?})", self.name)
    }
}

impl StatingVenue {
    /// A venue under the name by which a caller chooses it.
    pub const fn of<V: StatesFigures>(name: &'static str) -> Self {
        Self { name, states: V::states, figures: V::figures, quotes: V::quotes }
    }

    /// Whether this answer about an account states figures.
    pub fn states(&self, account: &Value) -> bool {
        (self.states)(account)
    }

    /// What its answers about an account state, with the quotes of those about prices.
    ///
    /// # Errors
    /// [`ImportError::Source`] with the place in the source that is wrong.
    pub fn read(
        &self,
        account: &Value,
        prices: Option<&Value>,
    ) -> Result<VenueFigures, ImportError> {
        let mut stated = (self.figures)(account)?;
        if let Some(prices) = prices {
            stated.quote(&(self.quotes)(prices)?);
        }
        Ok(stated)
    }
}

/// Best bid and ask by instrument.
pub type Quotes = std::collections::BTreeMap<String, [Decimal; 2]>;

/// `value / size` as a decimal number; `None` if the size is zero or the quotient has more than 30 digits after the
/// point.
pub fn quotient(value: &Decimal, size: &Decimal) -> Option<Decimal> {
    const DIGITS: u32 = 30;
    let up = value.coefficient() * power_of_ten(size.scale() + DIGITS);
    let down = size.coefficient() * power_of_ten(value.scale());
    let is_whole = !down.is_zero() && (&up % &down).is_zero();
    is_whole.then(|| Decimal::from_scaled(&(up / down), DIGITS))
}

/// The number without its sign.
pub fn magnitude(value: &Decimal) -> Decimal {
    Decimal::from_scaled(&value.coefficient().abs(), value.scale())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_exact_or_none() {
        let of = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|text| Decimal::parse(text).unwrap());
            quotient(&a, &b).map(|q| q.to_string())
        };
        assert_eq!(of("1992.46079250", "849").as_deref(), Some("2.3468325"));
        assert_eq!(of("211.64542", "0.00785").as_deref(), Some("26961.2"));
        assert_eq!((of("1", "3"), of("1", "0")), (None, None));
    }

    /// Whatever an answer says, it is read or refused with its place.
    fn figures_survive<V: StatesFigures>(answer: serde_json::Value) -> VenueFigures {
        crate::venue::hostile::survives(&answer, |answer| V::figures(answer).map(drop));
        V::figures(&answer).unwrap()
    }

    #[test]
    fn answers_are_read_or_refused_with_the_place() {
        use crate::venues::{Binance, Dydx, Hyperliquid, Lighter};
        use serde_json::json;
        let binance = figures_survive::<Binance>(json!({
            "account": {
                "totalMaintMargin": "1", "assets": [
                    { "asset": "USDT", "walletBalance": "5", "crossWalletBalance": "4" },
                ],
                "positions": [{
                    "symbol": "WLDUSDT", "positionAmt": "-849", "notional": "-1992.46079250",
                    "unrealizedProfit": "1", "isolatedWallet": "1", "leverage": "20",
                }],
            },
            "positionRisk": [{
                "symbol": "WLDUSDT", "positionAmt": "-849", "entryPrice": "2.34",
                "markPrice": "2.3468325", "liquidationPrice": "0",
            }],
        }));
        let [held] = &binance.positions[..] else { panic!("{binance:?}") };
        let text = |decimal: &Option<Decimal>| decimal.as_ref().map(ToString::to_string);
        assert_eq!(held.entry_price.as_ref().unwrap().price.to_string(), "2.34");
        assert_eq!(text(&held.mark).as_deref(), Some("2.3468325"));
        assert_eq!(text(&held.isolated_margin).as_deref(), Some("1"));
        let price = binance.figures.iter().find(|f| f.kind == FigureKind::LiquidationPrice);
        assert_eq!(price.unwrap().value, None);
        let hyperliquid = figures_survive::<Hyperliquid>(json!({
            "assetPositions": [{ "position": {
                "coin": "ETH", "entryPx": "2213.9", "szi": "0.2259", "positionValue": "500.12001",
                "unrealizedPnl": "0.0", "marginUsed": "24.88097", "liquidationPx": "2125.00856238",
                "leverage": { "type": "isolated", "value": 20, "rawUsd": "-475.23904" },
            }}],
            "crossMarginSummary": { "accountValue": "1", "totalRawUsd": "1" },
            "withdrawable": "1", "time": 1_700_000_000_000u64,
        }));
        // -475.23904 + 0.2259 * 2213.9.
        let margin = text(&hyperliquid.positions[0].isolated_margin);
        assert_eq!(margin.as_deref(), Some("24.88097"));
        let dydx = figures_survive::<Dydx>(json!({ "subaccount": {
            "equity": "1.5", "freeCollateral": "1",
            "openPerpetualPositions": { "BTC-USD": {
                "market": "BTC-USD", "side": "SHORT", "size": "-0.407", "entryPrice": "118692.5",
                "unrealizedPnl": "-57.26",
            }},
            "assetPositions": { "USDC": { "side": "SHORT", "size": "4" } },
        }}));
        assert_eq!(dydx.balances[0].amount.to_string(), "-4");
        assert_eq!(dydx.positions[0].side(), Side::Short);
        let lighter = figures_survive::<Lighter>(json!({ "accounts": [{
            "collateral": "10.5", "total_asset_value": "10.5", "positions": [{
                "market_id": 1, "sign": -1, "position": "0.50000", "avg_entry_price": "100.5",
                "position_value": "50", "unrealized_pnl": "0.25", "liquidation_price": "120",
                "initial_margin_fraction": "10.00", "margin_mode": 1, "allocated_margin": "6",
            }],
        }]}));
        let held = &lighter.positions[0];
        // Base units are hundred-thousandths.
        assert_eq!(
            (held.instrument.as_str(), held.size.to_string()),
            ("market-1", "-50000".into())
        );
        assert_eq!(held.entry_price.as_ref().unwrap().price.to_string(), "0.001005");
        assert_eq!(held.initial_rate, Some(InitialRate::Fraction(Decimal::parse("0.1").unwrap())));
    }
}
