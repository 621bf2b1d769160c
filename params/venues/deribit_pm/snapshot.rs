//! The snapshot of a settlement currency: the matrix for one unit of each instrument, and what it is worth.

use super::super::{ImportError, nearest_product, nearest_quotient, published, scaled};
use super::listed::Instrument;
use super::matrix::Matrix;
use super::schedule::Added;
use super::{DECIMALS, NAME};
use crate::portfolio::figure::less;
use crate::portfolio::{
    AssetIndexFile, InstrumentFiguresFile, PortfolioSchedule, PortfolioSnapshotFile,
};
use crate::{DecimalText, FileKind, format_utc};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

impl Instrument<'_> {
    fn digits(&self) -> u32 {
        DECIMALS.saturating_sub(self.contract.size_decimals)
    }

    /// A figure of one unit of the currency for one unit of size, to the nearest.
    fn of_a_unit(&self, figure: &Decimal) -> Result<BigInt, ImportError> {
        let units = match self.is_future {
            true => nearest_quotient(&[figure], &self.row.mark, self.digits()),
            false => Some(nearest_product(&[figure], self.digits())),
        };
        units.ok_or_else(|| self.wrong("is of a future without a mark above zero"))
    }

    fn wrong(&self, message: &str) -> ImportError {
        let (pointer, message) = (self.row.pointer.clone(), message.to_owned());
        ImportError::Source { pointer, message, help: None }
    }

    /// What one unit of size loses where the size that was simulated has this result.
    fn loss(&self, result: &Decimal) -> Result<BigInt, ImportError> {
        let simulated = &self.row.simulated;
        let size = Decimal::from_scaled(&simulated.coefficient().abs(), simulated.scale());
        let loss =
            if simulated.coefficient().is_negative() { result.clone() } else { less(result) };
        let divisor = match self.is_future {
            true => crate::portfolio::figure::product(&size, &self.row.mark),
            false => size,
        };
        let units = nearest_quotient(&[&loss], &divisor, self.digits());
        units.ok_or_else(|| self.wrong("is of a future without a mark above zero"))
    }

    fn figures(&self, added: &[Added]) -> Result<InstrumentFiguresFile, ImportError> {
        let mut loadings = Vec::with_capacity(self.row.results.len() + 2 * added.len());
        for result in &self.row.results {
            loadings.push(self.loss(result)?);
        }
        let one = Decimal::from_scaled(&1.into(), 0);
        // Once for each requirement.
        for what in added.iter().chain(added) {
            loadings.push(match what {
                Added::Roll => self.of_a_unit(&self.roll)?,
                Added::Gross | Added::Net if self.is_future => self.of_a_unit(&one)?,
                Added::Gross | Added::Net => BigInt::ZERO,
            });
        }
        let value = match self.is_future {
            true => self.of_a_unit(&less(&one))?,
            false => nearest_product(&[&self.row.mark], self.digits()),
        };
        let loadings: Vec<DecimalText> =
            loadings.into_iter().map(|l| scaled(l, self.digits())).collect();
        Ok(published(self.contract.symbol.clone(), scaled(value, self.digits()), loadings))
    }
}

pub(super) fn snapshot(
    matrix: &Matrix,
    listed: &[Instrument<'_>],
    added: &[Added],
    schedule: &PortfolioSchedule,
) -> Result<PortfolioSnapshotFile, ImportError> {
    let assets = schedule.assets().iter();
    let one = || DecimalText::new("1");
    let instruments = listed.iter().map(|of| of.figures(added));
    Ok(PortfolioSnapshotFile {
        format: FileKind::PortfolioSnapshot.format().to_owned(),
        schedule: schedule.digest().to_string(),
        time: format_utc(matrix.time_ms),
        sequence: matrix.time_ms,
        source: Some(format!("The risk matrix that {NAME}'s private/pme/simulate answered.")),
        assets: assets
            .map(|asset| AssetIndexFile { asset: asset.symbol.clone(), index: one() })
            .collect(),
        indices: Vec::new(),
        groups: Vec::new(),
        instruments: instruments.collect::<Result<_, _>>()?,
    })
}
