//! Generated accounts against the definition, written out over small integers: no groups of positions, no branches that
//! the rule takes, one loop per sum.

use crate::support::{MINIMUM, OFFSET, account, int, market};
use proptest::prelude::*;
use zkmargin_model::portfolio::{Aggregate, Market, Multiplier, Role, margin};

fn small(x: &num_bigint::BigInt) -> i128 {
    i128::try_from(x).expect("figures of the small market")
}

/// The requirement in loss units over the denominator, of signed sizes by instrument.
fn requirement(market: &Market, sizes: &[(u32, i64)]) -> i128 {
    let t = market.terms();
    let size = |id: u32| sizes.iter().find(|s| s.0 == id).map_or(0, |s| i128::from(s.1));
    let sum = |group: u32, c: usize| -> i128 {
        let of = t.instruments.iter().filter(|i| i.group == group);
        of.map(|i| {
            let q = size(i.id);
            let x = match t.columns[c].multiplier {
                Multiplier::Net => q,
                Multiplier::Gross => q.abs(),
                Multiplier::Short => 0.max(-q),
            };
            x * small(&i.loadings[c])
        })
        .sum()
    };
    let loss = |group: u32, c: usize| -> i128 {
        let (g, column) = (t.group(group).expect("it exists"), &t.columns[c]);
        let (p, n) = if column.sloped { (small(&g.positive), small(&g.negative)) } else { (1, 1) };
        let a = sum(group, c);
        let terms = column.terms.iter().map(|d| small(&d.multiplier) * sum(group, d.column));
        let y = small(&column.slope) * (p * a.max(0) - n * (-a).max(0)) + terms.sum::<i128>();
        if column.magnitude && g.magnitudes { y.abs() } else { y }
    };
    let mut whole = 0;
    for u in &t.units {
        let groups = || t.groups.iter().filter(|g| g.unit == u.id);
        let of = |c: usize| groups().map(|g| loss(g.id, c)).sum::<i128>();
        let (mut scan, mut added, mut floor) = (0, 0, 0);
        for (c, column) in t.columns.iter().enumerate() {
            let counted = |b: &Aggregate| match b {
                Aggregate::Identity => of(c),
                Aggregate::Magnitude(k) => small(k) * of(c).abs(),
                Aggregate::Bracketed(_) => unreachable!("the small market has none"),
            };
            match &column.role {
                Role::Scenario => scan = scan.max(of(c)),
                Role::Added(b) => added += counted(b),
                Role::Floor(b) => floor = floor.max(counted(b)),
                // The market has one column in its one group scan.
                Role::GroupScan(k) => {
                    let each = groups().map(|g| small(&g.scans[*k]) * loss(g.id, c).max(0));
                    scan = scan.max(each.sum());
                }
                Role::Term => {}
            }
        }
        let den = small(&t.denominator);
        let sum = small(&u.factor) * scan + den * added;
        whole += sum.max(den * floor);
    }
    let short = t.strikes.iter().map(|s| {
        let of = t.instruments.iter().filter(|i| i.strike == Some(s.id));
        small(&s.rate) * 0.max(-of.map(|i| size(i.id)).sum::<i128>())
    });
    let charges = t.instruments.iter().map(|i| size(i.id).abs() * small(&i.charge));
    whole + small(&t.denominator) * small(&t.scale) * (short.sum::<i128>() + charges.sum::<i128>())
}

proptest! {
    #[test]
    fn generated(
        sizes in prop::collection::vec(-500i64..500, 6),
        slopes in prop::collection::vec(-200i64..200, 4),
        factor in 0i64..500,
        offset in -3i64..3,
        floor in 0usize..3,
    ) {
        let market = market(|t| {
            (t.groups[1].positive, t.groups[1].negative) = (slopes[0].into(), slopes[1].into());
            (t.groups[2].positive, t.groups[2].negative) = (slopes[2].into(), slopes[3].into());
            t.groups[1].scans[0] = factor.into();
            t.columns[OFFSET].role = Role::Added(Aggregate::Magnitude(offset.into()));
            t.columns[MINIMUM].multiplier = [Multiplier::Net, Multiplier::Gross, Multiplier::Short][floor];
            // The future of unit 2, which loses nothing and can have a floor below zero.
            if floor == 0 {
                t.instruments[5].loadings = [0, 0, 0, 0, 0, 50, 90].map(int).to_vec();
            }
        });
        let ids = [10, 20, 21, 22, 30, 40];
        let held: Vec<_> = ids.into_iter().zip(sizes).filter(|(_, size)| *size != 0).collect();
        let got = margin(&account(0, &held), &market).expect("figures");
        prop_assert_eq!(small(&got.requirement), requirement(&market, &held));
        for unit in &got.units {
            let adds = got.positions.iter().filter(|p| p.unit == unit.unit).map(|p| small(&p.adds));
            prop_assert_eq!(adds.sum::<i128>(), small(&unit.scan));
        }
    }
}
