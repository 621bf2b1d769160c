//! A prover who lays out pages and sets their flags as it likes, and computes everything else from that, by formulas of its
//! own: the witness, and the public inputs of the forged account and figures.

use crate::support::{BLINDING, Case};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_circuit::PublicInputs;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::{PageHint, PortfolioWitness, SlotHint, SumHint};
use zkmargin_model::commitment::margin_commitment;
use zkmargin_model::field::to_field;
use zkmargin_model::portfolio::{
    Aggregate, Column, Multiplier, Page, Role, Terms, account_commitment, slot_key,
};
use zkmargin_model::rule::Position;

/// A page as the prover lays it out.
#[derive(Clone, Debug)]
pub struct ForgedPage {
    pub group: u32,
    pub positions: Vec<Position>,
    pub continues: bool,
    pub same_unit: bool,
}

/// A forged statement with its witness.
pub struct Forged {
    pub witness: PortfolioWitness,
    pub public: PublicInputs,
    pub requirement: BigInt,
}

fn flag(is: bool) -> Fp {
    Fp::from(u64::from(is))
}

struct Forger<'a> {
    terms: &'a Terms,
    honest: PortfolioWitness,
    /// Sums and losses of a unit so far.
    sums: Vec<BigInt>,
    losses: Vec<BigInt>,
    scans: Vec<BigInt>,
    requirement: BigInt,
}

/// Forges the pages of a case; every position and group of them is one of the case's account.
pub fn forge(case: &Case, pages: &[ForgedPage]) -> Forged {
    let terms = case.market.terms();
    let zeros = |count| vec![BigInt::ZERO; count];
    let mut forger = Forger {
        terms,
        honest: case.witness(),
        sums: zeros(terms.columns.len()),
        losses: zeros(terms.columns.len()),
        scans: zeros(terms.scans.len()),
        requirement: BigInt::ZERO,
    };
    let is_only = terms.units.len() == 1;
    let empty = forger.honest.pages.last().expect("pages").clone();
    assert_eq!(empty.used, Fp::ZERO, "the case needs an empty last page");
    let mut hints = Vec::new();
    for (p, page) in pages.iter().enumerate() {
        let next = pages.get(p + 1);
        let mut hint = forger.page(page, next, is_only, &empty);
        let ends = !next.is_some_and(|next| next.same_unit);
        if !is_only && ends && !page.positions.is_empty() {
            forger.unit(&mut hint);
        }
        hints.push(hint);
    }
    hints.resize(forger.honest.pages.len(), empty.clone());
    if is_only {
        let last = hints.last_mut().expect("pages");
        forger.unit(last);
    }
    let charges = forger.strikes(&mut hints, pages);
    let requirement = &forger.requirement + charges * &terms.scale * &terms.denominator;
    let of_page = |p: &'_ ForgedPage| {
        let contract = |p: &Position| terms.instrument(p.instrument).expect("listed").contract;
        p.positions.iter().map(contract).collect()
    };
    let of_account: Vec<_> = pages
        .iter()
        .map(|p| Page { group: p.group, positions: &p.positions, contracts: of_page(p) })
        .collect();
    let account =
        account_commitment(&of_account, case.account.balances(), &case.secrets()).expect("fits");
    // A unit of the only asset is a margin unit.
    let figures = case.figures();
    let honest_pnl: BigInt = figures.positions.iter().map(|p| &p.pnl).sum();
    let pnl = pages.iter().flat_map(|page| &page.positions).map(|position| {
        let value = &terms.instrument(position.instrument).unwrap().value;
        position.signed_size() * value - &position.entry * &terms.entry_unit
    });
    let equity = &figures.equity - honest_pnl + pnl.sum::<BigInt>();
    let margin = margin_commitment(&equity, &requirement, BLINDING);
    let public =
        PublicInputs { account: account.element(), margin: margin.element(), ..case.public() };
    let witness = PortfolioWitness { pages: hints, ..forger.honest };
    Forged { witness, public, requirement }
}

impl Forger<'_> {
    fn slot(&self, position: &Position) -> SlotHint {
        let contract = self.terms.instrument(position.instrument).unwrap().contract;
        let key = Fp::from(slot_key(position, contract));
        let mut slots = self.honest.pages.iter().flat_map(|page| &page.slots);
        slots.find(|slot| slot.key == key).expect("a position of the account").clone()
    }

    /// What positions add to a column.
    fn addition(&self, at: usize, column: &Column, page: &ForgedPage) -> BigInt {
        let of = |position: &Position| {
            let size = position.signed_size();
            let x = match column.multiplier {
                Multiplier::Net => size,
                Multiplier::Gross => size.abs(),
                Multiplier::Short => -size.min(BigInt::ZERO),
            };
            let loading = &self.terms.instrument(position.instrument).unwrap().loadings[at];
            x * loading - i32::from(column.less_entry) * &position.entry * &self.terms.entry_unit
        };
        page.positions.iter().map(of).sum()
    }

    fn page(
        &mut self,
        page: &ForgedPage,
        next: Option<&ForgedPage>,
        is_only: bool,
        empty: &PageHint,
    ) -> PageHint {
        if page.positions.is_empty() {
            return empty.clone();
        }
        let group = self.terms.group(page.group).unwrap();
        let last = !next.is_some_and(|next| next.continues);
        if !page.continues {
            self.sums.fill(BigInt::ZERO);
        }
        if !page.same_unit && !is_only {
            self.losses.fill(BigInt::ZERO);
            self.scans.fill(BigInt::ZERO);
        }
        let columns = self.terms.columns.iter().enumerate();
        let sums: Vec<BigInt> =
            columns.clone().map(|(at, c)| &self.sums[at] + self.addition(at, c, page)).collect();
        let mut scans = vec![BigInt::ZERO; self.scans.len()];
        let mut hints = Vec::new();
        for (at, column) in columns {
            let slope = match (column.sloped, sums[at].is_negative()) {
                (false, _) => &BigInt::from(1),
                (true, false) => &group.positive,
                (true, true) => &group.negative,
            };
            let terms = column.terms.iter().map(|t| &sums[t.column] * &t.multiplier);
            let signed = &sums[at] * slope * &column.slope + terms.sum::<BigInt>();
            hints.push(SumHint {
                sum: to_field(&sums[at]),
                negative: flag(sums[at].is_negative()),
                loss_negative: flag(signed.is_negative()),
            });
            let loss = if column.magnitude && group.magnitudes { signed.abs() } else { signed };
            match column.role {
                Role::GroupScan(t) if last => scans[t] = scans[t].clone().max(loss),
                Role::GroupScan(_) | Role::Term => {}
                _ if last => self.losses[at] += loss,
                _ => {}
            }
        }
        for (t, scan) in scans.iter().enumerate() {
            self.scans[t] += scan * &group.scans[t];
        }
        self.sums = sums;
        let id = Fp::from(u64::from(page.group));
        let of_group = self.honest.pages.iter().find(|page| page.group[0] == id);
        let mut slots: Vec<_> = page.positions.iter().map(|p| self.slot(p)).collect();
        let full = flag(slots.len() == empty.slots.len());
        slots.resize(empty.slots.len(), empty.slots[0].clone());
        PageHint {
            used: Fp::ONE,
            full,
            group: of_group.expect("a group of the account").group,
            continues: flag(page.continues),
            same_unit: flag(page.same_unit),
            slots,
            sums: hints,
            scans: scans.iter().map(to_field).collect(),
            ..empty.clone()
        }
    }

    /// The unit that ends on a page.
    fn unit(&mut self, hint: &mut PageHint) {
        let id = |id: u32| Fp::from(u64::from(id));
        let unit = self.terms.units.iter().find(|u| id(u.id) == hint.group[1]);
        let unit = unit.unwrap_or(&self.terms.units[0]);
        let columns = self.terms.columns.iter().zip(&self.losses);
        let scenarios = columns.clone().filter(|(c, _)| c.role == Role::Scenario);
        let scan = scenarios.map(|(_, loss)| loss).chain(&self.scans).max().cloned();
        let scan = scan.unwrap_or_default().max(BigInt::ZERO);
        let (mut added, mut floors) = (BigInt::ZERO, Vec::new());
        hint.unit.negative.clear();
        for (column, loss) in columns {
            let (Role::Added(amount) | Role::Floor(amount)) = &column.role else { continue };
            let amount = match amount {
                Aggregate::Identity => loss.clone(),
                Aggregate::Magnitude(multiple) => {
                    hint.unit.negative.push(flag(loss.is_negative()));
                    loss.abs() * multiple
                }
                Aggregate::Bracketed(_) => unreachable!("the forged markets have no line"),
            };
            match column.role {
                Role::Added(_) => added += amount,
                _ => floors.push(amount),
            }
        }
        let den = &self.terms.denominator;
        let floor = floors.into_iter().fold(BigInt::ZERO, BigInt::max) * den;
        let required = (&unit.factor * &scan + den * added).max(floor);
        hint.unit.scan = to_field(&scan);
        hint.unit.requirement = to_field(&required);
        self.requirement += required;
    }

    /// Charges, by the strikes of neighbouring slots.
    fn strikes(&self, hints: &mut [PageHint], pages: &[ForgedPage]) -> BigInt {
        let (mut above, mut net, mut rate) = (None, BigInt::ZERO, BigInt::ZERO);
        let mut charges = BigInt::ZERO;
        let owed = |net: &BigInt, rate: &BigInt| -net.clone().min(BigInt::ZERO) * rate;
        for (p, hint) in hints.iter_mut().enumerate() {
            for (s, slot) in hint.slots.iter_mut().enumerate() {
                let position = pages.get(p).and_then(|page| page.positions.get(s));
                let of = position.and_then(|p| self.terms.instrument(p.instrument));
                let strike = of.and_then(|of| of.strike);
                let same = strike == above;
                if !same {
                    charges += owed(&net, &rate);
                    net = BigInt::ZERO;
                    let of_strike = strike.and_then(|id| self.terms.strike(id));
                    rate = of_strike.map(|s| s.rate.clone()).unwrap_or_default();
                }
                if let (Some(position), Some(of)) = (position, of) {
                    net += position.signed_size();
                    charges += position.signed_size().abs() * &of.charge;
                }
                slot.same_strike = flag(same);
                slot.short = flag(net.is_negative());
                above = strike;
            }
        }
        charges + owed(&net, &rate)
    }
}
