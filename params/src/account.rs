//! From the account file to the integer account and its secrets.

use super::account_file::{AccountFile, BalanceFile, PositionFile, SecretText};
use super::error::{ErrorCode, FileError, FileKind};
use super::figures::{Checker, MAX_NOTE_BYTES};
use super::identity::{Identity, check_held};
use super::nearest::did_you_mean;
use super::schedule::{Asset, Schedule};
use super::text::DecimalText;
use super::{read, snapshot};
use ff::PrimeField;
use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{Signed, ToPrimitive};
use std::collections::BTreeSet;
use zeroize::{Zeroize, ZeroizeOnDrop};
use zkmargin_model::commitment::AccountSecrets;
use zkmargin_model::decimal::power_of_ten;
use zkmargin_model::digest::RegistryDigest;
use zkmargin_model::field::{digest_to_field, field_from_bytes};
use zkmargin_model::rule::{Account, AccountError, Balance, Book, Orders, Position, Side};
use zkmargin_model::secrets::{self, SecretsError};
use zkmargin_model::widths::{
    ALLOCATION_BITS, ENTRY_BITS, MAX_HELD_ASSETS, MAX_HELD_POSITIONS, ORDERS_BITS, OWN_BITS,
    SIZE_BITS,
};

const CHECK: Checker = Checker(FileKind::Account);

/// Secrets of an account file in plain bytes. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PlainSecrets {
    /// Canonical little-endian bytes of the holder's public key, a field element.
    pub holder_key: [u8; 32],
    /// Serial number at the venue.
    pub serial: u64,
    /// Canonical little-endian bytes of the blinding, a field element.
    pub blinding: [u8; 32],
}

impl std::fmt::Debug for PlainSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainSecrets(..)")
    }
}

impl PlainSecrets {
    /// The secrets as the commitment takes them, under the numbering of `registry`.
    ///
    /// # Errors
    /// [`SecretsError`] for secrets that anyone could guess, and for bytes that are not canonical field elements, which
    /// reading a file rules out.
    pub fn under(&self, registry: &RegistryDigest) -> Result<AccountSecrets, SecretsError> {
        secrets::check(&self.holder_key, &self.blinding)?;
        let element =
            |name, bytes| field_from_bytes(bytes).ok_or(SecretsError::NotFieldElement(name));
        Ok(AccountSecrets {
            registry: digest_to_field(registry.bytes()),
            holder_key: element("holder_key", &self.holder_key)?,
            serial: self.serial,
            blinding: element("blinding", &self.blinding)?,
        })
    }
}

impl AccountFile {
    /// Reads an account; [`AccountFile::to_account`] checks it against a schedule.
    /// [`AccountFile::holdings`] does without its secrets.
    ///
    /// # Errors
    /// [`FileError`] for what is wrong without knowing the schedule.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        read::read(FileKind::Account, bytes)
    }

    /// The integer account and its secrets, for a commitment.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do. Messages repeat no figure.
    pub fn to_account(&self, schedule: &Schedule) -> Result<(Account, PlainSecrets), FileError> {
        self.belongs_to(schedule)?;
        let secrets = self.secrets()?;
        Ok((self.holdings(schedule)?, secrets))
    }

    /// Whether the account was written for this schedule's venue and numbering, whatever it holds.
    ///
    /// # Errors
    /// [`FileError`] in the head of the file.
    pub fn belongs_to(&self, schedule: &Schedule) -> Result<(), FileError> {
        self.belongs_under(&schedule.file().venue, schedule.registry_digest())
    }

    /// The same of a schedule of any kind.
    pub(super) fn belongs_under(&self, venue: &str, own: RegistryDigest) -> Result<(), FileError> {
        if self.format != FileKind::Account.format() {
            let message = format!("write \"{}\"", FileKind::Account.format());
            return Err(CHECK.error(ErrorCode::WrongFormat, "/format", message));
        }
        if self.venue != venue {
            let message =
                format!("the account is at a different venue from the schedule's, {venue:?}");
            return Err(CHECK.error(ErrorCode::WrongVenue, "/venue", message));
        }
        if let Some(registry) = &self.registry {
            let found = RegistryDigest::new(CHECK.hex32(registry, "/registry")?);
            if found != own {
                let message = format!(
                    "the account's symbols belong to registry {found}, but the schedule's is {own}; use a schedule of the account's registry"
                );
                return Err(CHECK.error(ErrorCode::WrongRegistry, "/registry", message));
            }
        }
        if self.note.as_ref().is_some_and(|n| n.len() > MAX_NOTE_BYTES) {
            let message = format!("longer than {MAX_NOTE_BYTES} bytes");
            return Err(CHECK.error(ErrorCode::BadText, "/note", message));
        }
        self.written_holder_key()?;
        self.written_serial()?;
        self.written_blinding()?;
        Ok(())
    }

    /// The secrets, whatever the account holds.
    ///
    /// # Errors
    /// [`FileError`] when one is missing, malformed, or not secret at all.
    pub fn secrets(&self) -> Result<PlainSecrets, FileError> {
        let written =
            (self.written_holder_key()?, self.written_serial()?, self.written_blinding()?);
        let (Some(holder_key), Some(serial), Some(blinding)) = written else {
            let missing = [
                ("holder_key", self.holder_key.is_none()),
                ("serial", self.serial.is_none()),
                ("blinding", self.blinding.is_none()),
            ];
            let missing: Vec<_> = missing.iter().filter(|m| m.1).map(|m| m.0).collect();
            let message = format!(
                "{} missing, but a commitment needs all three secrets; `zkmargin commit --fresh -o FILE` draws what is missing",
                match &missing[..] {
                    [one] => format!("{one} is"),
                    several => format!("{} are", several.join(", ")),
                }
            );
            return Err(CHECK.error(ErrorCode::MissingField, "", message));
        };
        let made = PlainSecrets { holder_key, serial, blinding };
        match secrets::check(&made.holder_key, &made.blinding) {
            Err(SecretsError::Weak { secret, weakness }) => {
                let message = format!(
                    "{weakness}, so that anyone could find the account behind its commitment; `zkmargin commit --fresh -o FILE` draws another"
                );
                Err(CHECK.error(ErrorCode::WeakSecret, format!("/{secret}"), message))
            }
            _ => Ok(made),
        }
    }

    /// The holder key, if one is written.
    ///
    /// # Errors
    /// [`FileError`] when it is not a field element.
    pub fn written_holder_key(&self) -> Result<Option<[u8; 32]>, FileError> {
        self.holder_key.as_ref().map(|text| field_element(text, "/holder_key")).transpose()
    }

    /// The blinding, if one is written.
    ///
    /// # Errors
    /// [`FileError`] when it is not a field element.
    pub fn written_blinding(&self) -> Result<Option<[u8; 32]>, FileError> {
        self.blinding.as_ref().map(|text| field_element(text, "/blinding")).transpose()
    }

    fn written_serial(&self) -> Result<Option<u64>, FileError> {
        self.serial.as_ref().map(serial).transpose()
    }

    /// The integer account, without secrets: for figures to which no commitment is made.
    ///
    /// # Errors
    /// [`FileError`] as for [`AccountFile::to_account`].
    pub fn holdings(&self, schedule: &Schedule) -> Result<Account, FileError> {
        self.belongs_to(schedule)?;
        for (count, most, list) in [
            (self.positions.len(), MAX_HELD_POSITIONS, "/positions"),
            (self.balances.len(), MAX_HELD_ASSETS, "/balances"),
        ] {
            if count > most {
                let message = format!("{count} entries; an account has at most {most}");
                return Err(CHECK.error(ErrorCode::AccountTooLarge, list, message));
            }
        }
        let balances = balances(schedule, &self.balances)?;
        let positions = positions(schedule, &self.positions, &balances)?;
        check_migrations(schedule, &positions, &balances)?;
        let account = match schedule.file().open_orders {
            false => Account::new(positions, balances),
            true => {
                let orders = orders(schedule, &self.positions, &positions)?;
                let slots = positions.into_iter().zip(orders);
                match schedule.allocation_asset() {
                    None => Account::with_orders(slots.collect(), balances),
                    Some(asset) => {
                        let of = allocations(asset, &self.positions)?;
                        let slots = slots.zip(of).map(|((p, orders), of)| (p, orders, of));
                        Account::with_allocations(slots.collect(), balances)
                    }
                }
            }
        };
        account.map_err(|e| self.account_error(schedule, &e))
    }

    fn account_error(&self, schedule: &Schedule, error: &AccountError) -> FileError {
        let position = |id: u32| {
            let is =
                |p: &PositionFile| schedule.instrument(&p.instrument).is_some_and(|i| i.id == id);
            format!("/positions/{}", self.positions.iter().rposition(is).unwrap_or(0))
        };
        let balance = |id: u32| {
            let is = |b: &BalanceFile| schedule.asset(&b.asset).is_some_and(|a| a.id == id);
            format!("/balances/{}", self.balances.iter().rposition(is).unwrap_or(0))
        };
        let (code, pointer, message) = match error {
            AccountError::DuplicatePosition { instrument } => (
                ErrorCode::DuplicatePosition,
                position(*instrument),
                "the instrument is held twice on one side; add up the two positions",
            ),
            AccountError::DuplicateBalance { asset } => (
                ErrorCode::DuplicateBalance,
                balance(*asset),
                "the asset is listed twice; add up the two balances",
            ),
            AccountError::Size { instrument } => (
                ErrorCode::Width,
                format!("{}/size", position(*instrument)),
                "the size exceeds the width that can be proven",
            ),
            AccountError::Entry { instrument } => (
                ErrorCode::Width,
                format!("{}/entry_value", position(*instrument)),
                "the entry value, including funding, exceeds the width that can be proven",
            ),
            AccountError::BalanceWidth { asset } => (
                ErrorCode::Width,
                format!("{}/balance", balance(*asset)),
                "the balance exceeds the width that can be proven",
            ),
            AccountError::Own { list, id } => {
                let entry = if *list == "asset" { balance(*id) } else { position(*id) };
                (ErrorCode::Width, format!("{entry}/own_rate"), OWN_TOO_WIDE)
            }
            AccountError::OrdersBesideAllocation { instrument } => {
                (ErrorCode::Width, position(*instrument), ORDERS_TOO_WIDE)
            }
            AccountError::Allocation { instrument } => {
                let place = format!("{}/allocation", position(*instrument));
                (ErrorCode::Width, place, ALLOCATION_TOO_WIDE)
            }
            // Refused before, with the side of a hedge.
            AccountError::SizeWithOrders { instrument } | AccountError::Orders { instrument } => {
                (ErrorCode::Width, position(*instrument), ORDERS_TOO_WIDE)
            }
            AccountError::TooManyPositions { .. } => {
                (ErrorCode::AccountTooLarge, "/positions".to_owned(), "too many positions")
            }
            AccountError::TooManyBalances { .. } => {
                (ErrorCode::AccountTooLarge, "/balances".to_owned(), "too many balances")
            }
        };
        CHECK.error(code, pointer, message)
    }
}

fn field_element(text: &SecretText, pointer: &str) -> Result<[u8; 32], FileError> {
    let bytes = CHECK.hex32(text.as_str(), pointer)?;
    if Option::<pasta_curves::Fp>::from(pasta_curves::Fp::from_repr(bytes)).is_none() {
        let message = "not a field element: the last byte must be below 0x40";
        return Err(CHECK.error(ErrorCode::NotFieldElement, pointer, message));
    }
    Ok(bytes)
}

fn serial(text: &SecretText) -> Result<u64, FileError> {
    let text = text.as_str();
    let canonical = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| canonical).ok_or_else(|| {
        let message = "write a whole number below 2^64 in quotes, without leading zeros";
        CHECK.error(ErrorCode::BadNumber, "/serial", message)
    })
}

fn balances(schedule: &Schedule, file: &[BalanceFile]) -> Result<Vec<Balance>, FileError> {
    let mut out: Vec<Balance> = Vec::with_capacity(file.len());
    for (at, written) in file.iter().enumerate() {
        let here = format!("/balances/{at}");
        let Some(asset) = schedule.asset(&written.asset) else {
            let listed = schedule.assets().iter().map(|a| a.symbol.as_str());
            let near = did_you_mean(&written.asset, listed);
            let message = match near.as_str() {
                "" => "the schedule does not list this asset as collateral; remove it".to_owned(),
                near => format!("the schedule does not list this asset as collateral{near}"),
            };
            return Err(CHECK.error(ErrorCode::UnknownAsset, format!("{here}/asset"), message));
        };
        let place = format!("{here}/balance");
        let balance = CHECK.counted(&written.balance, asset.balance_unit, &place)?;
        let own = own_rate(schedule, written.own_rate.as_ref(), &format!("{here}/own_rate"))?;
        out.push(Balance { asset: asset.id, balance, own });
    }
    Ok(out)
}

const ORDERS_TOO_WIDE: &str = "the size with all bids or all asks, or the number of orders, exceeds the width that can be proven";

/// Refuses open orders under a schedule without them.
fn no_orders(schedule: &Schedule, written: &PositionFile, here: &str) -> Result<(), FileError> {
    let fields = [
        ("bids", written.bids.is_some()),
        ("asks", written.asks.is_some()),
        ("orders", written.orders.is_some()),
    ];
    let given = fields.iter().find(|(_, given)| *given);
    match given.filter(|_| !schedule.file().open_orders) {
        None => Ok(()),
        Some((field, _)) => {
            let message = "the schedule has no open orders; remove it";
            Err(CHECK.error(ErrorCode::NoOpenOrders, format!("{here}/{field}"), message))
        }
    }
}

/// Open orders beside these positions, in the same order.
fn orders(
    schedule: &Schedule,
    file: &[PositionFile],
    positions: &[Position],
) -> Result<Vec<Orders>, FileError> {
    let mut out = Vec::with_capacity(file.len());
    for ((at, written), position) in file.iter().enumerate().zip(positions) {
        let here = format!("/positions/{at}");
        let listed = schedule.instrument_of_id(position.instrument);
        let decimals = listed.map_or(0, |i| i.size_decimals);
        let side = |text: &Option<DecimalText>, field| {
            let place = format!("{here}/{field}");
            let Some(text) = text else { return Ok(BigUint::default()) };
            let size = CHECK.scaled(text, decimals, &place)?;
            let Some(size) = size.to_biguint() else {
                let message = "the size of open orders is not negative; write its magnitude";
                return Err(CHECK.error(ErrorCode::OutOfRange, place, message));
            };
            match (&size + &position.size).bits() > u64::from(SIZE_BITS) {
                true => Err(CHECK.error(ErrorCode::Width, place, ORDERS_TOO_WIDE)),
                false => Ok(size),
            }
        };
        if position.size.bits() > u64::from(SIZE_BITS) {
            return Err(CHECK.error(ErrorCode::Width, format!("{here}/size"), ORDERS_TOO_WIDE));
        }
        let (bids, asks) = (side(&written.bids, "bids")?, side(&written.asks, "asks")?);
        let count = written.orders.unwrap_or(0);
        if count >> ORDERS_BITS != 0 {
            return Err(CHECK.error(ErrorCode::Width, format!("{here}/orders"), ORDERS_TOO_WIDE));
        }
        out.push(Orders { bids, asks, count });
    }
    Ok(out)
}

const ALLOCATION_TOO_WIDE: &str = "the allocation exceeds the width that can be proven";

/// What is assigned to these positions, in units of a balance of the asset of allocations; zero in the cross book.
fn allocations(asset: &Asset, file: &[PositionFile]) -> Result<Vec<u64>, FileError> {
    let of = file.iter().enumerate().map(|(at, written)| {
        let Some(text) = &written.allocation else { return Ok(0) };
        let place = format!("/positions/{at}/allocation");
        let allocation = CHECK.counted(text, asset.balance_unit, &place)?;
        if allocation.is_negative() {
            let message = "what is assigned to a position is not negative";
            return Err(CHECK.error(ErrorCode::OutOfRange, place, message));
        }
        let fits = allocation.to_u64().filter(|of| of >> ALLOCATION_BITS == 0);
        fits.ok_or_else(|| CHECK.error(ErrorCode::Width, place, ALLOCATION_TOO_WIDE))
    });
    of.collect()
}

const OWN_TOO_WIDE: &str = "the own rate exceeds the width that can be proven";

/// A position's own parameter: a rate or a leverage that the holder chose, in its unit; 0 for none.
fn own_of(schedule: &Schedule, written: &PositionFile, here: &str) -> Result<u32, FileError> {
    let rate = own_rate(schedule, written.own_rate.as_ref(), &format!("{here}/own_rate"))?;
    let Some(text) = &written.own_leverage else { return Ok(rate) };
    let place = format!("{here}/own_leverage");
    let Some(decimals) = schedule.file().own_leverage_decimals else {
        let message = "the schedule has no own leverages; remove it";
        return Err(CHECK.error(ErrorCode::NoOwnLeverages, &place, message));
    };
    let leverage = CHECK.scaled(text, decimals, &place)?;
    if leverage < power_of_ten(decimals) {
        let message = "a leverage is at least 1; remove it if none was chosen";
        return Err(CHECK.error(ErrorCode::OutOfRange, &place, message));
    }
    let fits = leverage.to_u32().filter(|leverage| *leverage < 1 << OWN_BITS);
    fits.ok_or_else(|| {
        CHECK.error(ErrorCode::Width, &place, "the leverage exceeds the width that can be proven")
    })
}

/// A rate that the holder chose, in units of rates; 0 for none.
fn own_rate(
    schedule: &Schedule,
    written: Option<&DecimalText>,
    here: &str,
) -> Result<u32, FileError> {
    let Some(text) = written else { return Ok(0) };
    if !schedule.file().own_rates {
        let message = "the schedule has no own rates; remove it";
        return Err(CHECK.error(ErrorCode::NoOwnRates, here, message));
    }
    let rate = CHECK.scaled(text, schedule.file().rate_decimals, here)?;
    if !rate.is_positive() {
        let message = "an own rate is above zero; remove it if there is none";
        return Err(CHECK.error(ErrorCode::OutOfRange, here, message));
    }
    let fits = rate.to_u32().filter(|rate| *rate < 1 << OWN_BITS);
    fits.ok_or_else(|| CHECK.error(ErrorCode::Width, here, OWN_TOO_WIDE))
}

/// Refuses an account that is half in an old and half in a new version of an instrument or an asset. An asset is held
/// by a balance other than zero and by a position that settles in it.
fn check_migrations(
    schedule: &Schedule,
    positions: &[Position],
    balances: &[Balance],
) -> Result<(), FileError> {
    let file = schedule.file();
    let of = |p: &Position| schedule.instrument_of_id(p.instrument);
    let instruments: Vec<_> = positions.iter().filter_map(of).collect();
    let held: Vec<Identity<'_>> =
        instruments.iter().map(|i| (&file.instruments[i.at]).into()).collect();
    check_held("positions", &(0..positions.len()).collect::<Vec<_>>(), &held)?;
    let settled: BTreeSet<u32> = instruments.iter().map(|i| i.settle).collect();
    let (mut places, mut held) = (Vec::new(), Vec::new());
    for (at, balance) in balances.iter().enumerate() {
        if let Some(asset) = schedule.asset_of_id(balance.asset)
            && (balance.balance.sign() != Sign::NoSign || settled.contains(&balance.asset))
        {
            places.push(at);
            held.push((&file.assets[asset.at]).into());
        }
    }
    check_held("balances", &places, &held)
}

fn positions(
    schedule: &Schedule,
    file: &[PositionFile],
    balances: &[Balance],
) -> Result<Vec<Position>, FileError> {
    let mut out = Vec::with_capacity(file.len());
    let listed: BTreeSet<u32> = balances.iter().map(|b| b.asset).collect();
    for (at, written) in file.iter().enumerate() {
        let here = format!("/positions/{at}");
        let Some(i) = schedule.instrument(&written.instrument) else {
            let listed = schedule.instruments().iter().map(|i| i.symbol.as_str());
            let near = did_you_mean(&written.instrument, listed);
            let message = format!("the schedule does not list this instrument{near}");
            let place = format!("{here}/instrument");
            return Err(CHECK.error(ErrorCode::UnknownInstrument, place, message));
        };
        if !listed.contains(&i.settle) {
            let settle = &schedule.file().instruments[i.at].settle;
            let message = format!(
                "the position settles in {settle:?}, which is not among the balances; add it with balance \"0\""
            );
            return Err(CHECK.error(ErrorCode::SettlementAssetMissing, here, message));
        }
        let size = CHECK.scaled(&written.size, i.size_decimals, &format!("{here}/size"))?;
        let side = match size.sign() {
            Sign::Plus => Side::Long,
            Sign::Minus => Side::Short,
            Sign::NoSign if schedule.file().open_orders => Side::Long,
            Sign::NoSign => {
                let message = "a position must have a size; remove it";
                return Err(CHECK.error(ErrorCode::ZeroSize, format!("{here}/size"), message));
            }
        };
        let place = format!("{here}/entry_value");
        let mut entry = CHECK.counted(&written.entry_value, i.entry_unit, &place)?;
        let place = format!("{here}/funding_index");
        let index = written.funding_index.as_ref();
        let funding = snapshot::funding(CHECK, i.funding_unit, index, &place)?;
        if let Some((index, unit)) = funding.zip(i.funding_unit) {
            // The schedule's check leaves at least this many digits in the settlement asset; binary digits are the same.
            let spare = i.settle_decimals.saturating_sub(i.size_decimals + unit.decimals);
            entry -= &size * index * power_of_ten(spare);
        }
        let (margin, allocation) = (&written.isolated_margin, &written.allocation);
        let field = if margin.is_some() { "isolated_margin" } else { "allocation" };
        let place = format!("{here}/{field}");
        let refuse = |code, message| Err(CHECK.error(code, &place, message));
        let book = match (margin, allocation, schedule.allocation_asset()) {
            (None, None, _) => Book::Cross,
            _ if !schedule.file().isolated_books => {
                let message = "the schedule has no isolated books; a position there has the collateral of all";
                return refuse(ErrorCode::NoIsolatedBooks, message);
            }
            (Some(_), _, Some(_)) => {
                let message = "under this schedule an isolated position has an \"allocation\", which is a balance of its own; write that";
                return refuse(ErrorCode::MarginField, message);
            }
            (_, Some(_), None) => {
                let message = "under this schedule an isolated position has an \"isolated_margin\", which is part of its result; write that";
                let place = format!("{here}/allocation");
                return Err(CHECK.error(ErrorCode::MarginField, place, message));
            }
            (None, Some(_), Some(_)) => Book::Isolated,
            (Some(margin), None, None) => {
                // What stands behind the position is part of its result.
                let finer = i.entry_unit.bits.saturating_sub(i.settle_unit.bits);
                entry -= CHECK.counted(margin, i.settle_unit, &place)? << finer;
                Book::Isolated
            }
        };
        // Here and not by `Account::new` alone, which cannot tell the sides of a hedge apart.
        let half = BigInt::from(1) << (ENTRY_BITS - 1);
        // Sizes are encoded less one, so the greatest is a power of two; beside open orders they are checked with them.
        let greatest = BigInt::from(1) << SIZE_BITS;
        let too_wide = if size.magnitude() > greatest.magnitude() {
            Some("size")
        } else if entry < -&half || entry >= half {
            Some("entry_value")
        } else {
            None
        };
        if let Some(field) = too_wide {
            let message = "exceeds the width that can be proven";
            return Err(CHECK.error(ErrorCode::Width, format!("{here}/{field}"), message));
        }
        no_orders(schedule, written, &here)?;
        out.push(Position {
            book,
            instrument: i.id,
            side,
            size: size.into_parts().1,
            entry,
            own: own_of(schedule, written, &here)?,
        });
    }
    Ok(out)
}
