//! Reading figures of venues that write what they computed: as text or as a JSON number, and nothing or empty text where
//! there is none.

use super::stated::{
    BalanceOf, EntryPrice, FigureKind, Quotes, StatedBalance, StatedPosition, Subject, VenueFigure,
    VenueFigures,
};
use super::{ImportError, Member, signed};
use num_traits::{Signed, Zero};
use zkmargin_model::decimal::Decimal;

/// Digits of a figure that survive a program which computes with 64-bit floats.
const FLOAT_DIGITS: u32 = 15;

/// Digits that an average price at entry has at least before it is rounded, where a venue cuts zeros at its end.
const ENTRY_DIGITS: u32 = 8;

/// The same of a liquidation price, which is one of the contract's ticks at some venues.
const LIQUIDATION_DIGITS: u32 = 6;

/// Digits after the point that a figure has at least, whatever is written: a program that writes a number cuts zeros, and
/// `3` is not what any number between 2 and 4 is rounded to.
const FLOAT_DECIMALS: u32 = 8;

/// A figure; `None` where there is none.
///
/// # Errors
/// [`ImportError`] if it is anything else.
pub fn given(place: &Member<'_>) -> Result<Option<Decimal>, ImportError> {
    if place.is_nothing() { Ok(None) } else { place.computed().map(Some) }
}

/// Best bid and ask of the instruments of a list, under these names; one without both has no quote.
///
/// # Errors
/// [`ImportError`] at a value that is no figure.
pub fn quotes_of(
    listed: &[Member<'_>],
    [symbol, bid, ask]: [&str; 3],
) -> Result<Quotes, ImportError> {
    let mut quotes = Quotes::new();
    for entry in listed {
        let both = given(&entry.member(bid))?.zip(given(&entry.member(ask))?);
        if let Some((bid, ask)) = both {
            quotes.insert(entry.member(symbol).text()?.to_owned(), [bid, ask]);
        }
    }
    Ok(quotes)
}

/// Digits after the point with which a number has so many that mean something, and no fewer than none.
pub(super) fn meaningful(value: &Decimal, digits: u32) -> u32 {
    let written = value.coefficient().abs().to_string().len();
    let written = u32::try_from(written).unwrap_or(u32::MAX);
    // Below one there are zeros after the point that mean nothing.
    value.scale().saturating_add(digits).saturating_sub(written)
}

/// Digits after the point of a price with at least so many that mean something: zeros may have been cut.
fn of_price(value: &Decimal, digits: u32) -> u32 {
    value.scale().max(meaningful(value, digits))
}

impl VenueFigures {
    /// Adds the figures of these names that are given, with at least this many digits after the point.
    ///
    /// # Errors
    /// [`ImportError`] at a value that is no figure.
    pub fn state_given(
        &mut self,
        of: &Member<'_>,
        subject: &Subject,
        (unit, least): (&str, u32),
        names: &[(&str, FigureKind)],
    ) -> Result<(), ImportError> {
        for (name, kind) in names {
            let place = of.member(name);
            if let Some(value) = given(&place)? {
                let digits = value.scale().max(least);
                self.push(&place, *kind, subject, (unit, digits), Some(value));
            }
        }
        Ok(())
    }

    /// Adds the figures of these names that are given, which the venue computed with 64-bit floats: they are read to the
    /// fifteenth digit, and zeros at their end are not written.
    ///
    /// # Errors
    /// [`ImportError`] at a value that is no figure.
    pub fn state_floats(
        &mut self,
        of: &Member<'_>,
        subject: &Subject,
        unit: &str,
        names: &[(&str, FigureKind)],
    ) -> Result<(), ImportError> {
        let first = self.figures.len();
        self.state_given(of, subject, (unit, FLOAT_DECIMALS), names)?;
        for figure in self.figures.iter_mut().skip(first) {
            read_as_float(figure);
        }
        Ok(())
    }

    /// Adds a liquidation price where the answer has the member; zero and empty text stand for none.
    ///
    /// # Errors
    /// [`ImportError`] at a value that is no figure.
    pub fn state_price(
        &mut self,
        place: &Member<'_>,
        subject: &Subject,
        unit: &str,
    ) -> Result<(), ImportError> {
        if place.is_present() {
            let value = given(place)?.filter(|price| !price.coefficient().is_zero());
            let digits = value.as_ref().map_or(0, |price| of_price(price, LIQUIDATION_DIGITS));
            self.push(place, FigureKind::LiquidationPrice, subject, (unit, digits), value);
        }
        Ok(())
    }

    /// Adds a balance of the cross book.
    pub fn hold(&mut self, place: &Member<'_>, asset: &str, of: BalanceOf, amount: Decimal) {
        self.balances.push(StatedBalance {
            place: place.pointer().to_owned(),
            asset: asset.to_owned(),
            amount,
            of,
            pending: None,
        });
    }
}

/// Cuts what no 64-bit float holds.
fn read_as_float(figure: &mut VenueFigure) {
    let Some(value) = &figure.value else { return };
    let digits = figure.decimals.min(meaningful(value, FLOAT_DIGITS));
    let rounded = super::nearest_product(&[value], digits);
    figure.value = Some(Decimal::from_scaled(&rounded, digits));
    figure.decimals = digits;
}

impl EntryPrice {
    /// A price of a venue that cuts zeros at its end.
    pub fn of(price: Decimal) -> Self {
        Self { decimals: of_price(&price, ENTRY_DIGITS), price }
    }

    /// The price at a place, if one is given.
    ///
    /// # Errors
    /// [`ImportError`] if it is no figure.
    pub fn given(place: &Member<'_>) -> Result<Option<Self>, ImportError> {
        Ok(given(place)?.map(Self::of))
    }
}

impl StatedPosition {
    /// A position of which an answer has a size without a sign, or one that its side repeats, and the words of its side;
    /// `None` for an entry without a size.
    ///
    /// # Errors
    /// [`ImportError`] if the size is no figure, or the side neither of the words.
    pub fn of_side(
        listed: &Member<'_>,
        instrument: &str,
        (size, side): (&Member<'_>, &Member<'_>),
        [long, short]: [&str; 2],
    ) -> Result<Option<Self>, ImportError> {
        if size.is_zero()? {
            return Ok(None);
        }
        let is_long = match side.text()? {
            word if word == long => true,
            word if word == short => false,
            _ => return Err(side.wrong(format!("is neither {long:?} nor {short:?}"))),
        };
        let size = super::magnitude(&size.computed()?);
        Ok(Some(Self::new(listed, instrument, signed(size, is_long))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Figures of nautilus_trader's and ccxt's samples, as the venues write them.
    #[test]
    fn figures_are_read_as_they_are_written() {
        let answer = json!({
            "text": "0.0108608358957281", "number": 302.62729214, "tiny": 1e-05, "none": "", "null": null,
            "float": 27_523.749_993_345_933, "price": 0, "words": "many",
        });
        let root = Member::root(&answer);
        let text =
            |name: &str| given(&root.member(name)).map(|figure| figure.map(|f| f.to_string())).ok();
        for (name, expected) in [
            ("text", Some("0.0108608358957281")),
            ("number", Some("302.62729214")),
            ("tiny", Some("0.00001")),
            ("none", None),
            ("null", None),
            ("absent", None),
        ] {
            assert_eq!(text(name), Some(expected.map(str::to_owned)), "{name}");
        }
        assert_eq!(text("words"), None);
        let mut stated = VenueFigures::new("toy", None);
        let names = [("float", FigureKind::Equity), ("tiny", FigureKind::Balance)];
        stated.state_floats(&root, &Subject::Cross, "USD", &names).unwrap();
        stated.state_price(&root.member("price"), &Subject::Cross, "USD").unwrap();
        let shown = |at: usize| {
            let figure = &stated.figures[at];
            (figure.value.as_ref().map(ToString::to_string).unwrap_or_default(), figure.decimals)
        };
        assert_eq!(shown(0), ("27523.7499933459".to_owned(), 10));
        assert_eq!(shown(1), ("0.00001".to_owned(), 8));
        assert_eq!(shown(2), (String::new(), 0));
    }
}
