//! What a proof computes is what the rule says: the lines of a market against its steps.

use super::support::*;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;
use proptest::prelude::*;
use zkmargin_model::rule::{
    AssetTerms, Base, Division, Isolated, LinearStep, Lines, Market, MarketTerms, PlainLines,
    PositionLines, Profile, Rounded, Rounding, Settlement, Side, Variable, bias, margin,
};

fn step(num: i64, den: i64, mode: Rounding, scale: i64) -> LinearStep {
    LinearStep::rounded(int(num), int(den), mode, int(scale)).expect("positive")
}

fn good(change: impl FnOnce(&mut MarketTerms)) -> Market {
    let mut terms = terms();
    change(&mut terms);
    Market::new(terms).expect("market")
}

fn profile(change: impl FnOnce(&mut MarketTerms)) -> Profile {
    good(change).profile().expect("provable")
}

fn refused(change: impl FnOnce(&mut MarketTerms)) -> String {
    good(change).profile().expect_err("not provable").to_string()
}

fn plain(market: &Market) -> &PlainLines {
    market.lines().ok().and_then(Lines::plain).expect("of a plain profile")
}

/// One instrument, whose tiers go by value.
fn one(terms: &mut MarketTerms) {
    terms.instruments.truncate(1);
}

#[test]
fn profiles_follow_from_roundings() {
    let halves = || step(7, 2, Rounding::Floor, 1);
    let of = |rounded, base, collateral| Profile {
        rounded,
        base,
        narrow: rounded != Rounded::Nothing,
        collateral,
        pnl: false,
        isolated: Isolated::None,
        general: false,
        orders: false,
        allocations: false,
        entry: false,
        leverage: false,
        own: false,
        flat: false,
        family: false,
        exempt: false,
        settlement: Settlement::Four,
    };
    assert_eq!(profile(|_| ()), Profile::EXACT);
    let collateral = profile(|t| t.assets[1].rounding = Some(halves()));
    assert_eq!(collateral, of(Rounded::Nothing, Base::Size, true));
    let once = profile(|t| t.instruments[0].requirement_rounding = vec![halves()]);
    assert_eq!(once, of(Rounded::Requirement, Base::Size, false));
    // The price of tiers by quantity is applied after the tiers.
    let by_quantity = profile(|t| t.instruments[1].requirement = halves());
    assert_eq!(by_quantity, of(Rounded::Requirement, Base::Size, false));
    let value = profile(|t| t.instruments[1].value = halves());
    assert_eq!(value, of(Rounded::Value, Base::Size, false));
    // Every instrument rounds its profit and loss, and nothing else needs a block.
    let pnl = profile(|t| {
        t.instruments
            .iter_mut()
            .for_each(|i| i.pnl_rounding = Some(step(1, 4, Rounding::Floor, 1)));
    });
    assert_eq!(pnl, Profile { pnl: true, ..Profile::EXACT });
    let isolated = profile(|t| {
        one(t);
        t.isolated_unit = Some(int(10));
    });
    assert_eq!(isolated, Profile { isolated: Isolated::Compared, ..Profile::EXACT });
    let of_value = profile(|t| {
        one(t);
        let truncated = step(7, 2, Rounding::Truncate, 10);
        t.instruments[0].value = truncated.clone();
        // The notional in another unit than the value.
        t.instruments[0].requirement = step(7, 2, Rounding::Truncate, 3);
        t.instruments[0].requirement_rounding = vec![step(3, 1, Rounding::Floor, 1), halves()];
    });
    assert_eq!(of_value, of(Rounded::Value, Base::Value, false));
    let twice = profile(|t| t.instruments[0].requirement_rounding = vec![halves(), halves()]);
    assert_eq!(twice, of(Rounded::ValueAndTwice, Base::Size, false));
    // Wide when a tier ends beyond what the narrow blocks hold.
    let wide = profile(|t| {
        t.instruments[0].requirement_rounding = vec![halves()];
        let mut rows = rows(&[(0, 99, 1, 0)]);
        rows[0].hi = power(89);
        t.tiers[0] =
            zkmargin_model::rule::BracketedLinear::new(Variable::Value, rows).expect("tiles");
    });
    assert_eq!(wide, Profile { narrow: false, ..once });
}

/// What has no block in the other profiles, the general one has.
#[test]
fn the_general_profile_serves_where_no_other_does() {
    let halves = || step(7, 2, Rounding::Floor, 1);
    let twice = |t: &mut MarketTerms, at: usize, den: i64, mode| {
        t.instruments[at].requirement_rounding = vec![halves(), step(1, den, mode, 1)];
    };
    let all: [&dyn Fn(&mut MarketTerms); 9] = [
        // A notional that is rounded otherwise than the value, and tiers by value beside tiers by size.
        &|t| t.instruments[2].requirement = halves(),
        &|t| {
            let truncated = step(7, 2, Rounding::Truncate, 1);
            t.instruments[2].value = truncated.clone();
            t.instruments[2].requirement = truncated;
        },
        // A long divisor; second roundings with two modes, and with no common divisor.
        &|t| {
            let step = LinearStep::rounded(int(1), power(54), Rounding::Floor, int(1));
            t.instruments[0].requirement_rounding = vec![step.expect("positive")];
        },
        &|t| {
            twice(t, 0, 10, Rounding::Ceil);
            twice(t, 2, 10, Rounding::Floor);
        },
        &|t| {
            twice(t, 0, (1 << 40) - 1, Rounding::Ceil);
            twice(t, 2, 1 << 40, Rounding::Ceil);
        },
        // Profit and loss that are rounded for one instrument, or by their sign, or with a factor.
        &|t| t.instruments[1].pnl_rounding = Some(step(1, 4, Rounding::Floor, 1)),
        &|t| {
            let rounding = step(1, 4, Rounding::Truncate, 1);
            t.instruments.iter_mut().for_each(|i| i.pnl_rounding = Some(rounding.clone()));
        },
        &|t| {
            let rounding = step(3, 4, Rounding::Floor, 1);
            t.instruments.iter_mut().for_each(|i| i.pnl_rounding = Some(rounding.clone()));
        },
        // Two units of collateral.
        &|t| {
            t.assets[0].rounding = Some(step(1, 2, Rounding::Floor, 1));
            t.assets[1].rounding = Some(step(1, 2, Rounding::Floor, 2));
        },
    ];
    for (at, change) in all.into_iter().enumerate() {
        assert_eq!(profile(change), Profile::GENERAL, "{at}");
    }
}

#[test]
fn what_no_circuit_proves_is_named() {
    let halves = || step(7, 2, Rounding::Floor, 1);
    let thrice = refused(|t| t.instruments[0].requirement_rounding = vec![halves(); 3]);
    assert!(thrice.contains("requirement of instrument 1: it is rounded more than twice"));
    let negative = refused(|t| {
        t.instruments[0].requirement_rounding = vec![step(-7, 2, Rounding::Floor, 1)];
    });
    assert!(negative.contains("a step of it is negative"), "{negative}");
    let long = refused(|t| {
        let step = LinearStep::rounded(int(1), power(54) + 1, Rounding::Floor, int(1));
        t.instruments[0].requirement_rounding = vec![step.expect("positive")];
    });
    assert!(long.contains("divides by more than 2^45"), "{long}");
}

/// What the block of isolated books lacks in the other profiles, the general one has.
#[test]
fn isolated_books_that_need_the_general_profile() {
    let halves = || step(7, 2, Rounding::Floor, 1);
    let books = |t: &mut MarketTerms| t.isolated_unit = Some(int(10));
    let twice = profile(|t| {
        books(t);
        let second = step(1, 10, Rounding::Ceil, 1);
        t.instruments[0].requirement_rounding = vec![halves(), second];
    });
    // Exact tiers by quantity are in the unit of their price.
    let units = profile(books);
    let wide_pnl = profile(|t| {
        books(t);
        let wide = LinearStep::rounded(int(7), int(2), Rounding::Floor, power(40)).expect("step");
        t.instruments[0].value = wide;
        // Values are wide where a divisor of a requirement is long.
        t.instruments[0].requirement_rounding = vec![step(1, 1 << 30, Rounding::Floor, 1)];
    });
    for profile in [twice, units, wide_pnl] {
        assert_eq!(profile, Profile { isolated: Isolated::Compared, ..Profile::GENERAL });
    }
}

/// What is not rounded has no quotient that could be too wide.
#[test]
fn exact_requirements_may_be_wider_than_a_quotient() {
    let mut wide = rows(&[(0, 99, 50_000_000, 0)]);
    wide[0].hi = power(112) - 1;
    let tiers = || zkmargin_model::rule::BracketedLinear::new(Variable::Value, wide.clone());
    assert_eq!(profile(|t| t.tiers[0] = tiers().expect("tiles")), Profile::EXACT);
    // Beside a requirement that is rounded, it has.
    let beside = profile(|t| {
        t.tiers[0] = tiers().expect("tiles");
        t.instruments[1].requirement_rounding = vec![step(7, 2, Rounding::Floor, 1)];
    });
    assert_eq!(beside, Profile::GENERAL);
}

#[test]
fn fractions_are_in_lowest_terms() {
    // Four halves round nothing, and a divisor of 2^46 can be one of 2.
    assert_eq!(
        profile(|t| t.instruments[0].value = step(4, 2, Rounding::Floor, 1)),
        Profile::EXACT
    );
    let large = |num: BigInt, den: BigInt| {
        LinearStep::rounded(num, den, Rounding::Floor, int(1)).expect("positive")
    };
    let market =
        good(|t| t.instruments[0].requirement_rounding = vec![large(power(45), power(46))]);
    let lines = plain(&market);
    assert_eq!(lines.tiers[lines.positions[0].tiers].d, int(2));
}

#[test]
fn every_factor_has_a_width() {
    let wide = |num: BigInt| LinearStep::rounded(num, int(7), Rounding::Floor, int(1));
    let step = || wide(power(245) + 1).expect("positive");
    for refusal in [
        refused(|t| t.instruments[0].requirement_rounding = vec![step()]),
        refused(|t| t.assets.iter_mut().for_each(|a| a.rounding = Some(step()))),
    ] {
        assert!(refusal.contains("exceeds 72 bits"), "{refusal}");
    }
}

/// A table is made once for all instruments that round it alike, and too many rows are refused before they are made.
#[test]
fn tables_are_made_once() {
    let many = |prices: bool| {
        good(|t| {
            let list = (0..600).map(|at| (100 * at, 100 * at + 99, 1, 0)).collect::<Vec<_>>();
            t.tiers[1] = function(Variable::Quantity, &list);
            let template = t.instruments[1].clone();
            t.instruments = (1..=400u32)
                .map(|id| {
                    let price = if prices { i64::from(id) } else { 7 };
                    let requirement = LinearStep::exact(int(price));
                    let requirement_rounding = vec![step(1, 2, Rounding::Floor, 1)];
                    let of = template.clone();
                    zkmargin_model::rule::InstrumentTerms {
                        id,
                        requirement,
                        requirement_rounding,
                        ..of
                    }
                })
                .collect();
        })
    };
    assert_eq!(plain(&many(false)).tiers.len(), 1);
    let refused = many(true).profile().expect_err("too many").to_string();
    assert!(refused.contains("more rows than any circuit holds"), "{refused}");
}

/// Fractions of one second rounding with their common divisor.
#[test]
fn second_roundings_share_a_divisor() {
    let market = good(|t| {
        for (at, (num, den)) in [(2, 3), (5, 4), (7, 1)].into_iter().enumerate() {
            let second = step(num, den, Rounding::Ceil, 1);
            t.instruments[at].requirement_rounding = vec![step(7, 2, Rounding::Floor, 1), second];
        }
    });
    let lines = plain(&market);
    assert_eq!(lines.second, Division { b: int(11), d: int(12) });
    let factors: Vec<_> = lines.positions.iter().map(|p| p.second.clone()).collect();
    // The last step is exact and part of the conversion.
    assert_eq!(factors, [8, 15, 12].map(int));
    for x in 0..50 {
        assert_eq!(lines.second.at(&int(8 * x)), Integer::div_ceil(&int(2 * x), &int(3)));
        assert_eq!(lines.second.at(&int(15 * x)), Integer::div_ceil(&int(5 * x), &int(4)));
    }
}

/// The requirement as a proof computes it; the row's ends are checked on the way.
fn requirement(
    all: &PlainLines,
    lines: &PositionLines,
    size: &BigInt,
    quotient: &BigInt,
) -> BigInt {
    let x = match all.profile.base {
        Base::Size => size * lines.of_size.as_ref().expect("of size"),
        Base::Value => quotient * lines.of_value.as_ref().expect("of value"),
    };
    let tiers = &all.tiers[lines.tiers];
    let row = tiers.rows.iter().find(|r| r.lo <= x && x <= r.hi).expect("a row");
    let first = Division { b: row.b.clone(), d: tiers.d.clone() }.at(&(&row.a * x));
    all.second.at(&(&lines.second * first)) * &lines.conversion
}

fn quotient(lines: &PositionLines, size: &BigInt, side: Side) -> BigInt {
    let value = &lines.value;
    let offset = if side == Side::Long { &value.long } else { &value.short };
    assert!(!offset.is_negative() && *offset < value.d);
    (&value.a * size + offset).div_floor(&value.d)
}

fn collateral(market: &Market, at: usize, balance: &BigInt) -> BigInt {
    let lines = plain(market);
    let table = &lines.collateral[at].table;
    let row = table.rows.iter().find(|r| r.lo <= *balance && *balance <= r.hi).expect("a row");
    let biased = (&row.a * balance + &row.b).div_floor(&table.d);
    assert!(!biased.is_negative());
    (biased - bias()) * &lines.collateral_scale
}

fn mode() -> impl Strategy<Value = Rounding> {
    (0..Rounding::ALL.len()).prop_map(|i| Rounding::ALL[i])
}

fn rounded(num: std::ops::Range<i64>) -> impl Strategy<Value = LinearStep> {
    (num, 1..60i64, mode(), 1..5i64).prop_map(|(num, den, mode, scale)| step(num, den, mode, scale))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Values of both signs, requirements of both variables, and their sums.
    #[test]
    fn lines_are_the_rule(
        value in rounded(-90..90),
        funding in -40..40i64,
        pnl in prop::option::of((1..60i64, 0..3usize, 1..5i64)),
        price in rounded(1..90),
        by_value in prop::collection::vec(rounded(1..9), 0..3),
        shares in any::<bool>(),
        quantity in any::<bool>(),
        size in 1u64..60,
        entry in -5_000..5_000i64,
        short in any::<bool>(),
    ) {
        let market = good(|t| {
            one(t);
            let i = &mut t.instruments[0];
            i.tiers = usize::from(quantity);
            i.value = value.clone();
            i.funding = int(funding);
            i.pnl_rounding = pnl.map(|(den, mode, scale)| {
                let modes = [Rounding::Floor, Rounding::Ceil, Rounding::NearestUp];
                step(1, den, modes[mode], scale)
            });
            i.requirement = if quantity {
                price
            } else if shares && value.num().is_positive() {
                value
            } else {
                LinearStep::exact(price.num().clone())
            };
            i.requirement_rounding = by_value;
            t.tiers[0] = function(Variable::Value, &[(0, 99, 1, 0), (100, 50_000_000, 2, -100)]);
        });
        // Not every notional can be the value's.
        let Some(lines) = market.lines().ok().and_then(Lines::plain) else { return Ok(()) };
        let side = if short { Side::Short } else { Side::Long };
        let account = account(vec![position(1, side, size, entry)], vec![balance(1, 0)]);
        let Ok(figures) = margin(&account, &market) else { return Ok(()) };
        let of = &lines.positions[0];
        let size = BigInt::from(size);
        let quotient = quotient(of, &size, side);
        let sign = if short { -1 } else { 1 };
        let unrounded: BigInt =
            (&quotient * &of.value.scale - &of.value.funding * &size) * sign - int(entry);
        let pnl = lines.pnl.as_ref().map_or_else(|| unrounded.clone(), |pnl| pnl.at(&unrounded));
        prop_assert_eq!(pnl, figures.positions[0].pnl.clone());
        prop_assert_eq!(
            requirement(lines, of, &size, &quotient),
            figures.positions[0].requirement.clone()
        );
    }

    /// Collateral of both signs, around zero and at the ends of rows.
    #[test]
    fn collateral_lines_are_the_rule(rounding in rounded(1..9), v in -900i64..900) {
        let market = good(|t| {
            // Slopes are not negative, so a row can cross zero elsewhere than at a balance of zero.
            t.assets[1].collateral =
                function(Variable::Quantity, &[(-900, -1, 11, 40), (0, 9, 0, 0), (10, 900, 8, -90)]);
            t.assets.iter_mut().for_each(|a| a.rounding = Some(rounding.clone()));
        });
        let asset: &AssetTerms = market.asset(5).expect("listed");
        let expected = asset.value_of(&int(v)).expect("in range");
        prop_assert_eq!(collateral(&market, 1, &int(v)), expected);
    }
}
