//! Witness generation: the private values of every slot, computed by the reference rule.

use crate::hints::{AssetHint, CircuitWitness, PositionHint};
use crate::tables;
use num_bigint::{BigInt, BigUint};
use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::circuit::Shape;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::AccountSecrets;
use zkmargin_model::field::to_field;
use zkmargin_model::rule::{
    Account, AssetMargin, Balance, Book, Isolated, Lines, Margin, Market, Position, PositionMargin,
    SecondWord, Side,
};

/// What the prover knows and the public does not.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The account.
    pub account: Account,
    /// Its registry, holder key, serial and blinding.
    pub secrets: AccountSecrets,
    /// Blinding of the commitment to equity and maintenance margin.
    pub margin_blinding: Fp,
}

fn unsigned(value: &BigUint) -> Fp {
    to_field(&BigInt::from(value.clone()))
}

impl PositionHint {
    fn of(
        market: &Market,
        p: &Position,
        second: SecondWord<'_>,
        computed: &PositionMargin,
    ) -> Option<Self> {
        let instruments = &market.terms().instruments;
        let at = instruments.binary_search_by_key(&p.instrument, |i| i.id).ok()?;
        let hint = Self {
            used: Fp::ONE,
            side: Fp::from(u64::from(p.side == Side::Short)),
            code: Fp::from(instruments[at].group as u64),
            key: Fp::from(u64::from(p.key())),
            size: unsigned(&p.size) - Fp::from(u64::from(second.orders.is_none())),
            entry: to_field(&p.biased_entry()),
            own: Fp::from(u64::from(p.own)),
            cross: Fp::from(u64::from(p.book == Book::Cross)),
            ..Self::empty()
        };
        Some(match market.lines().ok()? {
            Lines::Plain(lines) => {
                let of = lines.positions.get(at)?;
                let terms = tables::terms(of, lines.profile);
                if lines.profile.flat {
                    return Some(Self { terms, ..hint });
                }
                let tiers = lines.tiers.get(of.tiers)?;
                let bracket = tables::bracket(tiers.rows.get(computed.row)?, tiers);
                let family =
                    if lines.profile.family { to_field(&computed.variable) } else { Fp::ZERO };
                Self { terms, bracket, family, ..hint }
            }
            Lines::General(lines) => {
                let (general, bracket) = Self::general(market, lines, p, second)?;
                Self { general, bracket, ..hint }
            }
        })
    }
}

/// What the cross book's positions leave in each settle group.
fn settled(market: &Market, figures: &Margin) -> Option<Vec<BigInt>> {
    let mut settled = vec![BigInt::default(); market.terms().groups.len()];
    for position in figures.positions.iter().filter(|p| p.isolated.is_none()) {
        let group = market.instrument(position.instrument)?.group;
        *settled.get_mut(group)? += &position.result;
    }
    Some(settled)
}

impl AssetHint {
    fn of(
        market: &Market,
        b: &Balance,
        computed: &AssetMargin,
        settled: &[BigInt],
    ) -> Option<Self> {
        let group = market.settle_group_of(b.asset);
        let taken = group.and_then(|group| settled.get(group)).cloned().unwrap_or_default();
        let assets = &market.terms().assets;
        let at = assets.binary_search_by_key(&b.asset, |a| a.id).ok()?;
        let v = &computed.balance;
        let hint = match market.lines().ok()? {
            Lines::Plain(lines) => {
                let table = tables::collateral(lines, at, &assets[at]);
                let row = table.rows.iter().find(|r| r.lo <= *v && *v <= r.hi)?;
                Self { bracket: tables::bracket(row, &table), ..Self::empty() }
            }
            Lines::General(lines) => {
                Self { general: Self::general(market, lines, b, v)?, ..Self::empty() }
            }
        };
        Some(Self {
            used: Fp::ONE,
            code: Fp::from(group.unwrap_or(0) as u64),
            settles: Fp::from(u64::from(group.is_some())),
            key: Fp::from(u64::from(b.asset)),
            balance: to_field(&b.biased_balance()),
            taken: to_field(&taken),
            ..hint
        })
    }
}

impl CircuitWitness {
    /// Fills every slot of a shape with the values from which the rule computed `figures`. The account need not
    /// meet the claim.
    ///
    /// Returns `None` if the account does not fit the shape, or has an own parameter for which its circuit has no term, or
    /// its record has another second word than its circuit's, no circuit proves the market's rule, or the figures have a different number of positions or balances. Figures of another account or market yield a witness for which no proof verifies.
    pub fn new(
        shape: Shape,
        market: &Market,
        witness: &Witness,
        figures: &Margin,
        claim: &Claim,
    ) -> Option<Self> {
        let account = &witness.account;
        let counts = (account.positions().len(), account.balances().len());
        if counts != (figures.positions.len(), figures.assets.len()) {
            return None;
        }
        let profile = market.profile().ok()?;
        let opens = account.has_record_of(profile) && account.opens_in(profile);
        if !shape.fits(account) || !opens {
            return None;
        }
        let settled = settled(market, figures)?;
        let positions = account.positions().iter().zip(&figures.positions);
        let assets = account.balances().iter().zip(&figures.assets);
        let mut positions = positions
            .enumerate()
            .map(|(at, (p, m))| PositionHint::of(market, p, account.second_word(at), m))
            .collect::<Option<Vec<_>>>()?;
        let mut assets = assets
            .map(|(b, m)| AssetHint::of(market, b, m, &settled))
            .collect::<Option<Vec<_>>>()?;
        let isolated = market.books().isolated;
        let named = figures.positions.iter().position(|p| match (isolated, &p.isolated) {
            (Isolated::AllBut, Some(book)) => !book.compared,
            (Isolated::Only, Some(book)) => book.compared,
            _ => false,
        });
        let mut name = Fp::ZERO;
        if let Some(hint) = named.and_then(|at| positions.get_mut(at)) {
            (hint.named, name) = (Fp::ONE, hint.key);
        }
        positions.resize_with(shape.positions(), PositionHint::empty);
        assets.resize_with(shape.assets(), AssetHint::empty);
        let secrets = &witness.secrets;
        let [level, floor, deficient] = claim.instance();
        Some(Self {
            positions,
            assets,
            leaf: [
                secrets.registry,
                secrets.holder_key,
                Fp::from(secrets.serial),
                secrets.blinding,
            ],
            margin_blinding: witness.margin_blinding,
            level,
            floor,
            deficient,
            name,
            membership: None,
        })
    }
}
