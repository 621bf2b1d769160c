//! Terms that are no market: each with its place. What is one unit smaller is a market.

use crate::support::{BASIS, DOWN, GROSS, MARK, MINIMUM, int, terms};
use num_bigint::BigInt;
use zkmargin_model::portfolio::{
    Aggregate, Instrument, Market, MarketError, Multiplier, Role, Terms, widths,
};
use zkmargin_model::rule::{BracketRow, BracketedLinear, Debts, LinearStep, Rounding, Variable};

fn refusal(change: impl FnOnce(&mut Terms)) -> MarketError {
    let mut terms = terms();
    change(&mut terms);
    Market::new(terms).expect_err("it is refused")
}

fn accepted(change: impl FnOnce(&mut Terms)) {
    let mut terms = terms();
    change(&mut terms);
    Market::new(terms).unwrap_or_else(|e| panic!("{e}"));
}

fn power(exponent: u32) -> BigInt {
    BigInt::from(1) << exponent
}

#[test]
fn overlaps() {
    assert_eq!(
        refusal(|t| t.instruments[2].group = 1),
        MarketError::GroupsOverlap { instrument: 21, group: 1, among: 2 }
    );
    assert_eq!(
        refusal(|t| t.groups[1].unit = 2),
        MarketError::UnitsOverlap { group: 3, unit: 1, among: 2 }
    );
    assert_eq!(
        refusal(|t| t.instruments[4].strike = Some(1)),
        MarketError::StrikeInTwoGroups { strike: 1, first: 2, second: 3 }
    );
    // Also where the two are neighbours.
    assert_eq!(
        refusal(|t| t.instruments[4].strike = Some(2)),
        MarketError::StrikeInTwoGroups { strike: 2, first: 2, second: 3 }
    );
    assert_eq!(
        refusal(|t| {
            t.instruments[2].strike = Some(2);
            t.instruments[3].strike = Some(1);
        }),
        MarketError::StrikeApart { strike: 1, instrument: 22 }
    );
    assert_eq!(
        refusal(|t| {
            t.instruments[2].strike = None;
            t.instruments[3].strike = Some(1);
        }),
        MarketError::StrikeApart { strike: 1, instrument: 22 }
    );
    // More than two options of one strike are one strike.
    accepted(|t| t.instruments[3].strike = Some(1));
}

#[test]
fn lengths() {
    assert_eq!(
        refusal(|t| drop(t.instruments[3].loadings.pop())).to_string(),
        "instrument 22 has 6 loadings; there are 7"
    );
    assert_eq!(
        refusal(|t| t.groups[2].scans.push(int(0))).to_string(),
        "group 3 has 2 group scans; there are 1"
    );
}

#[test]
fn ids_and_references() {
    for (change, message) in [
        (
            (|t| t.instruments[1].id = 10) as fn(&mut Terms),
            "instrument ids must be strictly ascending in 1..=65535; 10 is not",
        ),
        (|t| t.groups[0].id = 0, "group ids must be strictly ascending in 1..=65535; 0 is not"),
        (
            |t| t.units[1].id = 65_536,
            "unit ids must be strictly ascending in 1..=65535; 65536 is not",
        ),
        (|t| t.strikes[1].id = 1, "strike ids must be strictly ascending in 1..=65535; 1 is not"),
        (|t| t.groups[3].unit = 3, "group 4 refers to an unknown unit"),
        (|t| t.instruments[5].group = 5, "instrument 40 refers to an unknown group"),
        (|t| t.instruments[1].strike = Some(9), "instrument 20 refers to an unknown strike"),
        (|t| t.instruments[1].settles_in = 2, "instrument 20 refers to an unknown asset"),
        (|t| t.columns[DOWN].terms[0].column = GROSS, "column 0 refers to an unknown term"),
        (
            |t| t.columns[BASIS].role = Role::GroupScan(1),
            "column 2 refers to an unknown group scan",
        ),
        (|t| t.stresses[1].columns = vec![MARK], "stress 1 refers to an unknown scenario"),
    ] {
        assert_eq!(refusal(change).to_string(), message);
    }
}

#[test]
fn figures_past_their_width() {
    assert_eq!(
        refusal(|t| t.instruments[2].loadings[BASIS] = power(56)),
        MarketError::LoadingWidth { instrument: 21, column: BASIS, bits: 56 }
    );
    accepted(|t| t.instruments[2].loadings[BASIS] = power(56) - 1);
    accepted(|t| t.instruments[2].loadings[BASIS] = 1 - power(56));
    for (change, message) in [
        (
            (|t| t.entry_unit = int(0)) as fn(&mut Terms),
            "the entry unit of the market must be positive and below 2^54",
        ),
        (|t| t.scale = power(72), "the scale of the market must be positive and below 2^72"),
        (
            |t| t.denominator = int(-1),
            "the denominator of the market must be positive and below 2^40",
        ),
        (
            |t| t.columns[DOWN].slope = -power(72),
            "slope of column 0 must be in magnitude and below 2^72",
        ),
        (
            |t| t.columns[DOWN].terms[0].multiplier = power(72),
            "multiplier of a term of column 0 must be in magnitude and below 2^72",
        ),
        (
            |t| t.columns[GROSS].role = Role::Added(Aggregate::Magnitude(power(72))),
            "multiple of a magnitude of column 3 must be in magnitude and below 2^72",
        ),
        (|t| t.units[0].factor = int(0), "factor of unit 1 must be positive and below 2^40"),
        (
            |t| t.groups[1].positive = power(72),
            "slope of a positive sum of group 2 must be in magnitude and below 2^72",
        ),
        (
            |t| t.groups[1].scans[0] = int(-1),
            "factor of a group scan of group 2 must be at least zero and below 2^72",
        ),
        (|t| t.strikes[1].rate = int(-1), "rate of strike 2 must be at least zero and below 2^56"),
        (
            |t| t.instruments[0].charge = power(56),
            "charge of instrument 10 must be at least zero and below 2^56",
        ),
        (
            |t| t.instruments[0].value = -power(56),
            "value of instrument 10 must be in magnitude and below 2^56",
        ),
    ] {
        assert_eq!(refusal(change).to_string(), message);
    }
}

#[test]
fn capacities() {
    for (positions, size_bits) in [(0, 20), (129, 20), (8, 0), (8, 64)] {
        let refused = refusal(|t| {
            t.capacity.positions = positions;
            t.capacity.size_bits = size_bits;
        });
        assert_eq!(refused, MarketError::Capacity { positions, size_bits });
    }
    let many = |t: &mut Terms| {
        let column = t.columns[GROSS].clone();
        t.columns.resize(41, column);
    };
    assert_eq!(refusal(many).to_string(), "41 columns; at most 40");
    // Two columns of one multiplier fill a cell: 20 net, 19 gross and one short are 21 cells.
    let cells = |t: &mut Terms| {
        let column = t.columns[GROSS].clone();
        t.columns.resize(40, column);
        for (at, c) in t.columns.iter_mut().enumerate().skip(7) {
            c.multiplier = if at % 2 == 0 { Multiplier::Net } else { Multiplier::Gross };
        }
        for i in &mut t.instruments {
            i.loadings.resize(40, int(0));
        }
    };
    let refused = refusal(cells);
    assert_eq!(refused, MarketError::Cells { count: 21 });
    let instruments = |t: &mut Terms| {
        let last = t.instruments[5].clone();
        t.instruments.extend((41..=4_120).map(|id| Instrument { id, ..last.clone() }));
    };
    assert_eq!(refusal(instruments).to_string(), "4086 instruments; at most 4085");
}

/// Sums of 126 bits share an element with others; entries in too fine a unit could carry.
#[test]
fn packing() {
    let entries = |unit: u32| {
        move |t: &mut Terms| {
            t.columns[DOWN].less_entry = true;
            t.columns[DOWN].slope = int(-1);
            t.entry_unit = power(unit);
        }
    };
    // Eight entries up to 2^98 in units of 2^24 are up to 2^125.
    accepted(entries(24));
    assert_eq!(refusal(entries(25)), MarketError::Packing { column: DOWN, bits: 127 });
    // Sizes and loadings of the widest kinds cannot.
    accepted(|t| {
        t.capacity.positions = 128;
        t.capacity.size_bits = 63;
        t.instruments[0].loadings[MINIMUM] = power(56) - 1;
    });
}

/// What the bound is for: two sums in one number, the second from 2^127 on. A loss past the bound reads as a gain that is
/// within it.
#[test]
fn without_the_bound_a_loss_is_a_gain() {
    let packed = |first: &BigInt, second: &BigInt| first + (second << widths::PACK_BITS);
    let bound = power(widths::SUM_BITS);
    let (loss, other) = (&bound * 2 - 5, int(-3));
    let (gain, changed) = (int(-5), int(-2));
    assert_eq!(packed(&loss, &other), packed(&gain, &changed));
    assert!(loss >= bound && -&bound < gain && -&bound < changed);
    // Within the bound, two different pairs are apart by less than the second sum weighs.
    assert!((&bound - 1) * 2 < packed(&int(0), &int(1)));
}

#[test]
fn sums_past_their_width() {
    let wide = |slope: u32| {
        move |t: &mut Terms| {
            t.capacity.positions = 64;
            t.capacity.size_bits = 63;
            t.instruments[0].loadings[MINIMUM] = power(56) - 1;
            t.columns[MINIMUM].slope = power(slope);
            t.units[0].factor = int(1);
            t.denominator = int(1);
        }
    };
    accepted(wide(63));
    assert_eq!(
        refusal(wide(64)).to_string(),
        "a unit's sum over a column can reach 189 bits; at most 188"
    );
    let requirement = |t: &mut Terms| {
        wide(63)(t);
        t.units[0].factor = power(39);
        t.denominator = power(39);
    };
    assert_eq!(refusal(requirement).to_string(), "the requirement can reach 228 bits; at most 224");
    let scanned = |factor: u32| {
        move |t: &mut Terms| {
            wide(0)(t);
            t.instruments[0].loadings[BASIS] = power(55);
            t.instruments[0].loadings[MARK] = int(0);
            t.groups[1].scans[0] = power(factor);
        }
    };
    // Sums are below 2^124, with marks of up to 50 in each.
    accepted(scanned(63));
    assert_eq!(
        refusal(scanned(64)).to_string(),
        "a unit's sum over a group scan can reach 189 bits; at most 188"
    );
    let with_terms = |multiplier: u32| {
        move |t: &mut Terms| {
            wide(0)(t);
            t.instruments[0].loadings[MARK] = power(55) + 1;
            t.columns[DOWN].terms[0].multiplier = -power(multiplier);
        }
    };
    accepted(with_terms(63));
    assert_eq!(
        refusal(with_terms(64)).to_string(),
        "a unit's sum over a column can reach 189 bits; at most 188"
    );
    let added = |multiple: u32, denominator: u32| {
        move |t: &mut Terms| {
            wide(0)(t);
            t.instruments[0].loadings[GROSS] = power(55);
            t.columns[GROSS].role = Role::Added(Aggregate::Magnitude(-power(multiple)));
            t.denominator = power(denominator);
        }
    };
    // Below 2^124 in each of two units.
    accepted(added(63, 35));
    assert_eq!(
        refusal(added(63, 36)).to_string(),
        "the requirement can reach 225 bits; at most 224"
    );
    let charged = |rate: u32, charge: u32| {
        move |t: &mut Terms| {
            wide(0)(t);
            t.strikes[1].rate = power(rate);
            t.instruments[1].charge = power(charge);
            (t.scale, t.denominator) = (power(71), power(29));
        }
    };
    accepted(charged(54, 54));
    let refused = "the requirement can reach 225 bits; at most 224";
    assert_eq!(refusal(charged(55, 1)).to_string(), refused);
    assert_eq!(refusal(charged(1, 55)).to_string(), refused);
    let equity = |balance: u32| {
        move |t: &mut Terms| {
            let (lo, hi) = (-power(balance), power(balance));
            let rows = vec![BracketRow { lo, hi, slope: int(1), intercept: int(0) }];
            t.assets[0].collateral = BracketedLinear::new(Variable::Value, rows).unwrap();
            (t.scale, t.denominator) = (power(61), power(39));
        }
    };
    accepted(equity(126));
    assert_eq!(
        refusal(equity(127)).to_string(),
        "the equity in units of the requirement can reach 228 bits; at most 227"
    );
}

#[test]
fn lines_and_assets() {
    let rows = vec![BracketRow { lo: int(0), hi: int(9), slope: int(1), intercept: int(0) }];
    let line = BracketedLinear::new(Variable::Quantity, rows).unwrap();
    let refused = refusal(|t| t.columns[GROSS].role = Role::Added(Aggregate::Bracketed(line)));
    assert_eq!(refused, MarketError::Line { column: GROSS });
    let elements =
        refusal(|t| t.assets[0].elements.debts = Debts { required: true, ..Debts::default() });
    assert_eq!(elements, MarketError::AssetElements { asset: 1 });
    let to_thousands = LinearStep::rounded(int(1), int(1_000), Rounding::Floor, int(1));
    let rounded = refusal(|t| t.assets[0].rounding = to_thousands);
    assert_eq!(rounded, MarketError::AssetElements { asset: 1 });
    let index = refusal(|t| t.assets[0].index = int(0).into());
    assert_eq!(index.to_string(), "index price of asset 1 must be positive and below 2^72");
}
