//! Which books a claim is asked to be about, before a schedule says what they are.

use zkmargin_model::rule::Side;

/// The books that a claim is asked to be about: all that the schedule has, unless less is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskedBooks<'a> {
    /// Symbol of the settlement asset whose book it is, where each has one.
    pub settlement_asset: Option<&'a str>,
    /// Whether it is the cross book alone, without isolated positions.
    pub cross_alone: bool,
    /// `SYMBOL:long` or `SYMBOL:short`: the book of this isolated position only.
    pub only_isolated: Option<&'a str>,
    /// The same of the isolated position whose book is left out.
    pub all_but_isolated: Option<&'a str>,
}

impl AskedBooks<'_> {
    /// Whether it is all that the schedule has.
    pub fn is_all(&self) -> bool {
        *self == AskedBooks::default()
    }

    /// Whether the text has the form of a position's name.
    pub fn is_position(text: &str) -> bool {
        split_position(text).is_some()
    }
}

/// Symbol and side of `SYMBOL:long` or `SYMBOL:short`. A symbol can have colons of its own.
pub(crate) fn split_position(text: &str) -> Option<(&str, Side)> {
    let (symbol, side) = text.rsplit_once(':')?;
    let side = match side {
        "long" => Side::Long,
        "short" => Side::Short,
        _ => return None,
    };
    Some((symbol, side))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_side_is_what_follows_the_last_colon() {
        assert_eq!(split_position("BTCUSDT:long"), Some(("BTCUSDT", Side::Long)));
        assert_eq!(split_position("xyz:BTC:short"), Some(("xyz:BTC", Side::Short)));
        for text in ["", "BTCUSDT", "BTCUSDT:", "BTCUSDT:Long", "BTCUSDT:long "] {
            assert_eq!(split_position(text), None, "{text}");
        }
    }
}
