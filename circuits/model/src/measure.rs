//! What a portfolio claim holds an account's equity against.

use crate::names::{NameError, check_name};
use crate::wire::{Reader, WireError};

/// Maximum length of a stress's name, in bytes.
pub const MAX_STRESS_NAME: usize = 128;

const MAINTENANCE: u8 = 1;
const INITIAL: u8 = 2;
const STRESS: u8 = 3;
const FILL: u8 = 4;
const CLOSE_OUT: u8 = 5;
const LIQUIDATION_END: u8 = 6;

/// Text before the name of a stress.
const STRESS_PREFIX: &str = "stress:";

/// The name of a set of scenarios, in the alphabet of names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StressName(String);

impl StressName {
    /// A name.
    ///
    /// # Errors
    /// [`NameError`] for text that is no name.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check_name(&name, MAX_STRESS_NAME)?;
        Ok(Self(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a portfolio claim holds an account's equity against: a schedule has one market for each.
///
/// As text it is `maintenance`, `initial`, `fill`, `close-out`, `liquidation-end`, or `stress:` and a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measure {
    /// The maintenance margin.
    Maintenance,
    /// The initial margin.
    Initial,
    /// The margin that fills of orders must leave.
    Fill,
    /// The margin below which all positions are closed.
    CloseOut,
    /// The margin at which a liquidation that has begun ends.
    LiquidationEnd,
    /// The worst loss in a named set of scenarios, with nothing added: what is left is at least the floor.
    Stress(StressName),
}

/// Why bytes or text are not a measure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// An unknown kind.
    #[error("unknown kind of requirement: {0}")]
    Kind(u8),
    /// Text that is none.
    #[error(
        "a requirement is `maintenance`, `initial`, `fill`, `close-out`, `liquidation-end` or `stress:NAME`"
    )]
    Text,
    /// A stress without a proper name.
    #[error("the name of the stress {0}")]
    Name(NameError),
    /// Not UTF-8.
    #[error("the name of the stress is not UTF-8 text")]
    NotUtf8,
    /// Truncated bytes.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl Measure {
    /// Reads its text.
    ///
    /// # Errors
    /// [`MeasureError`].
    pub fn parse(text: &str) -> Result<Self, MeasureError> {
        match (text, text.strip_prefix(STRESS_PREFIX)) {
            (_, Some(name)) => StressName::new(name).map(Self::Stress).map_err(MeasureError::Name),
            ("maintenance", _) => Ok(Self::Maintenance),
            ("initial", _) => Ok(Self::Initial),
            ("fill", _) => Ok(Self::Fill),
            ("close-out", _) => Ok(Self::CloseOut),
            ("liquidation-end", _) => Ok(Self::LiquidationEnd),
            _ => Err(MeasureError::Text),
        }
    }

    /// The name of the stress, if it is one.
    pub fn stress(&self) -> Option<&str> {
        match self {
            Self::Stress(name) => Some(name.as_str()),
            Self::Maintenance
            | Self::Initial
            | Self::Fill
            | Self::CloseOut
            | Self::LiquidationEnd => None,
        }
    }

    /// Appends the canonical encoding: a kind, and of a stress the length of its name in one byte and the name.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Maintenance => out.push(MAINTENANCE),
            Self::Initial => out.push(INITIAL),
            Self::Fill => out.push(FILL),
            Self::CloseOut => out.push(CLOSE_OUT),
            Self::LiquidationEnd => out.push(LIQUIDATION_END),
            Self::Stress(name) => {
                // At most `MAX_STRESS_NAME`, so the length fits its byte.
                out.extend([STRESS, name.0.len() as u8]);
                out.extend(name.0.as_bytes());
            }
        }
    }

    /// Reads the canonical encoding.
    ///
    /// # Errors
    /// [`MeasureError`] for bytes that [`Measure::encode_into`] does not produce.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, MeasureError> {
        match reader.u8("requirement")? {
            MAINTENANCE => Ok(Self::Maintenance),
            INITIAL => Ok(Self::Initial),
            FILL => Ok(Self::Fill),
            CLOSE_OUT => Ok(Self::CloseOut),
            LIQUIDATION_END => Ok(Self::LiquidationEnd),
            STRESS => {
                let length = usize::from(reader.u8("length of the stress's name")?);
                let name = reader.take("name of the stress", length)?;
                let name = std::str::from_utf8(name).map_err(|_| MeasureError::NotUtf8)?;
                StressName::new(name).map(Self::Stress).map_err(MeasureError::Name)
            }
            kind => Err(MeasureError::Kind(kind)),
        }
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Maintenance => f.write_str("maintenance"),
            Self::Initial => f.write_str("initial"),
            Self::Fill => f.write_str("fill"),
            Self::CloseOut => f.write_str("close-out"),
            Self::LiquidationEnd => f.write_str("liquidation-end"),
            Self::Stress(name) => write!(f, "{STRESS_PREFIX}{}", name.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_are_read_back() {
        for text in [
            "maintenance",
            "initial",
            "fill",
            "close-out",
            "liquidation-end",
            "stress:tails",
            "stress:up, down",
        ] {
            let measure = Measure::parse(text).unwrap();
            assert_eq!(measure.to_string(), text);
            let mut bytes = Vec::new();
            measure.encode_into(&mut bytes);
            let mut reader = Reader::new(&bytes);
            assert_eq!(Measure::read(&mut reader), Ok(measure));
            assert_eq!(reader.end(), Ok(()));
        }
        for text in ["", "Maintenance", "stress", "tails"] {
            assert_eq!(Measure::parse(text), Err(MeasureError::Text), "{text}");
        }
        assert_eq!(Measure::parse("stress:"), Err(MeasureError::Name(NameError::Empty)));
    }

    #[test]
    fn other_bytes_are_refused() {
        let read = |bytes: &[u8]| Measure::read(&mut Reader::new(bytes));
        assert_eq!(read(&[0]), Err(MeasureError::Kind(0)));
        assert_eq!(read(&[7]), Err(MeasureError::Kind(7)));
        assert_eq!(read(&[3, 0]), Err(MeasureError::Name(NameError::Empty)));
        assert_eq!(read(&[3, 1, 0xff]), Err(MeasureError::NotUtf8));
        assert!(matches!(read(&[3, 2, b'a']), Err(MeasureError::Wire(_))));
    }
}
