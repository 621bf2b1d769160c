//! Accounts under a portfolio schedule. The file is that of a linear account; what it may hold is not.

use super::schedule::PortfolioSchedule;
use crate::account_file::{AccountFile, BalanceFile, PositionFile};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use crate::identity::{Identity, check_held};
use crate::nearest::did_you_mean;
use crate::read;
use num_bigint::{BigInt, Sign};
use std::collections::BTreeSet;
use zkmargin_model::rule::{Account, AccountError, Balance, Book, Position, Side};
use zkmargin_model::shown::quoted;
use zkmargin_model::widths::{ENTRY_BITS, MAX_HELD_ASSETS, MAX_HELD_POSITIONS};

const CHECK: Checker = Checker(FileKind::Account);

/// Why an account that holds both is refused.
pub const ONE_KIND: &str =
    "an account is linear or portfolio; a venue that has both keeps two accounts of one holder key";

impl PortfolioSchedule {
    /// The integer account, without secrets.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do. Messages repeat no figure.
    pub fn account(&self, file: &AccountFile) -> Result<Account, FileError> {
        file.belongs_under(&self.file.venue, self.registry_digest)?;
        for (count, most, list) in [
            (file.positions.len(), MAX_HELD_POSITIONS, "/positions"),
            (file.balances.len(), MAX_HELD_ASSETS, "/balances"),
        ] {
            if count > most {
                let message = format!("{count} entries; an account has at most {most}");
                return Err(CHECK.error(ErrorCode::AccountTooLarge, list, message));
            }
        }
        let balances = self.balances(&file.balances)?;
        let positions = self.positions(&file.positions, &balances)?;
        self.check_migrations(&positions, &balances)?;
        Account::new(positions, balances).map_err(|error| account_error(&error))
    }

    fn balances(&self, file: &[BalanceFile]) -> Result<Vec<Balance>, FileError> {
        let (mut out, mut seen) = (Vec::with_capacity(file.len()), BTreeSet::new());
        for (at, written) in file.iter().enumerate() {
            let here = format!("/balances/{at}");
            let Some(asset) = self.asset(&written.asset) else {
                let listed = self.assets.iter().map(|a| a.symbol.as_str());
                let near = did_you_mean(&written.asset, listed);
                let message = format!("the schedule does not list this asset as collateral{near}");
                return Err(CHECK.error(ErrorCode::UnknownAsset, format!("{here}/asset"), message));
            };
            if !seen.insert(asset.id) {
                let message = "the asset is listed twice; add up the two balances";
                return Err(CHECK.error(ErrorCode::DuplicateBalance, here, message));
            }
            if written.own_rate.is_some() {
                let message = format!("only a balance of a linear account has one: {ONE_KIND}");
                let place = format!("{here}/own_rate");
                return Err(CHECK.error(ErrorCode::MixedAccount, place, message));
            }
            let place = format!("{here}/balance");
            let balance = CHECK.scaled(&written.balance, self.file.digits.entry, &place)?;
            check_entry(&balance, &place)?;
            out.push(Balance { asset: asset.id, balance, own: 0 });
        }
        Ok(out)
    }

    /// Refuses an account that is half in an old and half in a new version of an asset, which is held by a balance other than
    /// zero and by a position that settles in it.
    fn check_migrations(
        &self,
        positions: &[Position],
        balances: &[Balance],
    ) -> Result<(), FileError> {
        let listed = positions.iter().filter_map(|p| self.instrument_of(p.instrument));
        let settled: BTreeSet<u32> = listed.map(|i| i.settle).collect();
        let (mut places, mut held) = (Vec::new(), Vec::<Identity<'_>>::new());
        for (at, balance) in balances.iter().enumerate() {
            let asset = self.asset_of(balance.asset);
            if let Some(asset) = asset
                && (balance.balance.sign() != Sign::NoSign || settled.contains(&balance.asset))
            {
                places.push(at);
                held.push((&self.file.assets[asset.at]).into());
            }
        }
        check_held("balances", &places, &held)
    }

    fn positions(
        &self,
        file: &[PositionFile],
        balances: &[Balance],
    ) -> Result<Vec<Position>, FileError> {
        let (mut out, mut seen) = (Vec::with_capacity(file.len()), BTreeSet::new());
        let listed: BTreeSet<u32> = balances.iter().map(|b| b.asset).collect();
        for (at, written) in file.iter().enumerate() {
            let here = format!("/positions/{at}");
            let linear = [
                ("isolated_margin", written.isolated_margin.is_some()),
                ("allocation", written.allocation.is_some()),
                ("funding_index", written.funding_index.is_some()),
                ("own_rate", written.own_rate.is_some()),
                ("own_leverage", written.own_leverage.is_some()),
                ("bids", written.bids.is_some()),
                ("asks", written.asks.is_some()),
                ("orders", written.orders.is_some()),
            ];
            if let Some((field, _)) = linear.iter().find(|(_, given)| *given) {
                let message = format!("only a position of a linear account has one: {ONE_KIND}");
                let place = format!("{here}/{field}");
                return Err(CHECK.error(ErrorCode::MixedAccount, place, message));
            }
            let Some(i) = self.instrument(&written.instrument) else {
                let known = self.instruments.iter().map(|i| i.symbol.as_str());
                let name = read::shorten(&written.instrument);
                let message = match did_you_mean(&name, known).as_str() {
                    "" => format!(
                        "the portfolio schedule does not list this instrument; if it is margined on its own, {ONE_KIND}"
                    ),
                    near => format!("the portfolio schedule does not list this instrument{near}"),
                };
                let place = format!("{here}/instrument");
                return Err(CHECK.error(ErrorCode::UnknownInstrument, place, message));
            };
            if !seen.insert(i.id) {
                let message = "the instrument is held twice; a portfolio account has its net size";
                return Err(CHECK.error(ErrorCode::DuplicatePosition, here, message));
            }
            if !listed.contains(&i.settle) {
                let settle = self.asset_of(i.settle).map_or("", |a| a.symbol.as_str());
                let message = format!(
                    "the position settles in {}, which is not among the balances; add it with balance \"0\"",
                    quoted(settle)
                );
                return Err(CHECK.error(ErrorCode::SettlementAssetMissing, here, message));
            }
            let place = format!("{here}/size");
            let size = CHECK.scaled(&written.size, i.size_decimals, &place)?;
            let side = match size.sign() {
                Sign::Plus => Side::Long,
                Sign::Minus => Side::Short,
                Sign::NoSign => {
                    let message = "a position must have a size; remove it";
                    return Err(CHECK.error(ErrorCode::ZeroSize, place, message));
                }
            };
            if size.bits() > u64::from(self.file.capacity.size_bits) {
                let message = format!(
                    "exceeds the {} bits that sizes have under this schedule",
                    self.file.capacity.size_bits
                );
                return Err(CHECK.error(ErrorCode::SizeWidth, place, message));
            }
            let place = format!("{here}/entry_value");
            let entry = CHECK.scaled(&written.entry_value, self.file.digits.entry, &place)?;
            check_entry(&entry, &place)?;
            let size = size.into_parts().1;
            out.push(Position { book: Book::Cross, instrument: i.id, side, size, entry, own: 0 });
        }
        Ok(out)
    }
}

fn check_entry(entry: &BigInt, place: &str) -> Result<(), FileError> {
    let half = BigInt::from(1) << (ENTRY_BITS - 1);
    if *entry < -&half || *entry >= half {
        let message = "exceeds the width that can be proven";
        return Err(CHECK.error(ErrorCode::Width, place, message));
    }
    Ok(())
}

/// What the checks above leave to the account itself, without a figure.
fn account_error(error: &AccountError) -> FileError {
    let pointer = match error {
        AccountError::DuplicateBalance { .. } | AccountError::TooManyBalances { .. } => "/balances",
        _ => "/positions",
    };
    CHECK.error(ErrorCode::Width, pointer, error.to_string())
}
