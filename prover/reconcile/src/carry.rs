//! What an account has besides sizes, entries and balances, at another venue: margins of isolated positions, open orders and
//! the holder's own choices.

use crate::number::{in_units, of_units};
use crate::translate::{TranslateError, cut, is_stable, number, venue};
use num_rational::BigRational;
use num_traits::Zero;
use zkmargin_params::{Asset, CompiledMarket, DecimalText, Instrument, PositionFile, Schedule};

/// Where from and where to, and what was not carried over, in words.
pub(crate) struct Carrying<'a> {
    pub(crate) from: &'a CompiledMarket,
    pub(crate) to: &'a Schedule,
    pub(crate) remarks: &'a mut Vec<String>,
}

/// Whether a position has open orders.
fn has_orders(p: &PositionFile) -> bool {
    let is_some = |side: &Option<DecimalText>| {
        side.as_ref().is_some_and(|of| !number(of).is_ok_and(|of| of.is_zero()))
    };
    is_some(&p.bids) || is_some(&p.asks) || p.orders.is_some_and(|count| count != 0)
}

impl Carrying<'_> {
    /// The amount of an asset that a balance of it is: with its interest, where a balance is a share.
    pub(crate) fn amount(
        &mut self,
        asset: &Asset,
        balance: &DecimalText,
    ) -> Result<BigRational, TranslateError> {
        let shares = number(balance)?;
        let terms = self.from.asset_in_its_book(asset);
        let Some(interest) = terms.as_ref().and_then(|terms| terms.elements.amount.as_ref()) else {
            return Ok(shares);
        };
        let count = in_units(&shares, asset.balance_unit).ok_or(TranslateError::BadNumber)?;
        let amount = of_units(&interest.apply(&count), asset.amount_unit);
        if amount != shares {
            self.remarks.push(format!("an amount of {} is with its interest", asset.symbol));
        }
        Ok(amount)
    }

    /// Whether a position is of open orders or margin alone, at a venue that has no such ones.
    pub(crate) fn is_left_out(&mut self, p: &PositionFile) -> Result<bool, TranslateError> {
        if !number(&p.size)?.is_zero() || self.to.file().open_orders {
            return Ok(false);
        }
        self.remarks.push(format!(
            "{} is held with open orders or margin alone, which {} does not have: it is left out",
            p.instrument,
            venue(self.to)
        ));
        Ok(true)
    }

    /// The margin of an isolated position, as the other schedule has it.
    pub(crate) fn margin(
        &mut self,
        (p, own): (&PositionFile, &Instrument),
        (position, other): (&mut PositionFile, &Instrument),
    ) -> Result<(), TranslateError> {
        let from = self.from.schedule();
        let (amount, asset) = match (&p.isolated_margin, &p.allocation, from.allocation_asset()) {
            (Some(margin), _, _) => {
                let settle = from.asset_of_id(own.settle).map_or("", |asset| &asset.symbol);
                (number(margin)?, settle.to_owned())
            }
            (None, Some(allocation), Some(asset)) => {
                (self.amount(asset, allocation)?, asset.symbol.clone())
            }
            _ => return Ok(()),
        };
        let symbol = &p.instrument;
        if !self.to.file().isolated_books {
            self.remarks.push(format!(
                "the isolated position in {symbol} is in the cross book: the other venue has no isolated books, and its margin is not counted"
            ));
            return Ok(());
        }
        let allocated = self.to.allocation_asset();
        let settle = allocated.or_else(|| self.to.asset_of_id(other.settle));
        let counted = settle.map_or(String::new(), |asset| asset.symbol.clone());
        if asset != counted {
            if !(is_stable(&asset) && is_stable(&counted)) {
                return Err(TranslateError::Margin {
                    symbol: symbol.clone(),
                    asset,
                    other: counted,
                    venue: venue(self.to),
                });
            }
            self.remarks
                .push(format!("the margin of {symbol} in {asset} is the same amount of {counted}"));
        }
        let decimals = allocated.map_or(other.settle_decimals, |asset| asset.balance_unit.decimals);
        let (margin, is_cut) = cut(&amount, decimals);
        if is_cut {
            self.remarks.push(format!("the margin of {symbol} is cut to its unit"));
        }
        match allocated {
            Some(_) => position.allocation = Some(margin),
            None => position.isolated_margin = Some(margin),
        }
        Ok(())
    }

    /// Open orders, `times` as large as they are.
    pub(crate) fn orders(
        &mut self,
        p: &PositionFile,
        (position, other): (&mut PositionFile, &Instrument),
        times: &BigRational,
    ) -> Result<(), TranslateError> {
        if !has_orders(p) {
            return Ok(());
        }
        let symbol = &p.instrument;
        if !self.to.file().open_orders {
            self.remarks.push(format!(
                "open orders in {symbol} are left out: the schedule of {} has none",
                venue(self.to)
            ));
            return Ok(());
        }
        let mut is_cut = false;
        let mut of = |side: &Option<DecimalText>| -> Result<_, TranslateError> {
            let Some(size) = side else { return Ok(None) };
            let (size, cut) = cut(&(number(size)? * times), other.size_decimals);
            is_cut |= cut;
            Ok(Some(size))
        };
        (position.bids, position.asks) = (of(&p.bids)?, of(&p.asks)?);
        position.orders = p.orders;
        if is_cut {
            self.remarks
                .push(format!("open orders in {symbol} are cut to the steps of {}", other.symbol));
        }
        Ok(())
    }

    /// A margin rate that the holder chose: what it is of is the venue's own.
    pub(crate) fn rate(&mut self, what: &str, rate: &Option<DecimalText>) -> Option<DecimalText> {
        let of_one_venue = venue(self.from.schedule()) == venue(self.to);
        let kept = rate.clone().filter(|_| of_one_venue && self.to.file().own_rates);
        if kept.is_none() && rate.is_some() {
            self.remarks
                .push(format!("the margin rate that the holder chose for {what} is left out"));
        }
        kept
    }

    /// The leverage that the holder chose.
    pub(crate) fn leverage(
        &mut self,
        p: &PositionFile,
        other: &Instrument,
    ) -> Result<Option<DecimalText>, TranslateError> {
        let symbol = &p.instrument;
        let listed = self.to.file().instruments.get(other.at);
        let reads = listed.and_then(|i| i.elements.as_ref()?.own_leverage.as_ref());
        let (leverage, decimals) = match (&p.own_leverage, self.to.file().own_leverage_decimals) {
            (Some(leverage), Some(decimals)) => (number(leverage)?, decimals),
            (Some(_), None) => {
                self.remarks.push(format!(
                    "the leverage of {symbol} is left out: the schedule of {} reads none",
                    venue(self.to)
                ));
                return Ok(None);
            }
            (None, _) => {
                if let Some(own) = reads {
                    self.remarks.push(format!(
                        "the leverage of {symbol} is not known, and taken as {}",
                        own.default.as_str()
                    ));
                }
                return Ok(None);
            }
        };
        let (leverage, is_cut) = cut(&leverage, decimals);
        if is_cut {
            self.remarks.push(format!("the leverage of {symbol} is cut to its digits"));
        }
        Ok(Some(leverage))
    }
}
