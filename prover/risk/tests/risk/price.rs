//! The price found is the first of all ticks at which the rule says that the claim is not met.

use crate::draw::{Drawn, draw, near_zero};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::rule::RuleError;
use zkmargin_risk::{Boundary, liquidation, quoting_assets};

/// Ticks tried one by one on either side.
const TICKS: i64 = 250;

/// How many seeds are tried.
pub fn seeds() -> u64 {
    if std::env::var_os("ZKMARGIN_LONG").is_some() { 4_000 } else { 250 }
}

/// What is at a mark: met, not met, undefined, or no mark at all.
fn at(drawn: &Drawn, position: usize, mark: &BigInt) -> Option<Result<bool, RuleError>> {
    let instrument = drawn.account.positions()[position].instrument;
    let market = drawn.at(instrument, mark)?;
    Some(drawn.meets(&market, position))
}

#[derive(Default)]
struct Seen {
    at: usize,
    never: usize,
    undefined: usize,
    crossed: usize,
    /// At a mark on the other side of zero.
    turned: usize,
}

fn check(
    drawn: &Drawn,
    position: usize,
    from: &BigInt,
    found: &Boundary,
    way: i64,
) -> Option<String> {
    let first = |what: &Option<Result<bool, RuleError>>| *what != Some(Ok(true));
    if *found == Boundary::Crossed {
        return (at(drawn, position, from) == Some(Ok(true))).then(|| "not crossed".to_owned());
    }
    let mut reached = from.clone();
    let mut brute = None;
    for distance in 0..=TICKS {
        reached = from + distance * way;
        let what = at(drawn, position, &reached);
        if first(&what) {
            brute = Some(match what {
                None => Boundary::Never,
                Some(Ok(_)) => Boundary::At(reached.clone()),
                Some(Err(why)) => Boundary::Undefined { mark: reached.clone(), why },
            });
            break;
        }
    }
    match (&brute, found) {
        (Some(brute), found) => {
            (brute != found).then(|| format!("{brute:?} is first, not {found:?}"))
        }
        // Farther away than was tried: the tick itself and the one before it.
        (None, Boundary::At(mark)) => {
            let far = (mark - &reached) * way > BigInt::ZERO;
            let before = at(drawn, position, &(mark - way));
            let holds =
                far && before == Some(Ok(true)) && at(drawn, position, mark) == Some(Ok(false));
            (!holds).then(|| format!("{found:?} is not a boundary"))
        }
        (None, Boundary::Undefined { mark, why }) => {
            let before = at(drawn, position, &(mark - way));
            let holds =
                before == Some(Ok(true)) && at(drawn, position, mark) == Some(Err(why.clone()));
            (!holds).then(|| format!("{found:?} is not where the rule ends"))
        }
        (None, Boundary::Never) => None,
        (None, Boundary::Crossed) => Some("crossed".to_owned()),
    }
}

fn compared(drawn: &Drawn, seed: u64, seen: &mut Seen) {
    let market = drawn.market();
    let fixed = quoting_assets(&market);
    let found = liquidation(&market, &drawn.account, &drawn.claim, &fixed).unwrap();
    for (position, prices) in found.positions.iter().enumerate() {
        for (boundary, way) in [(&prices.rising, 1), (&prices.falling, -1)] {
            match boundary {
                Boundary::At(mark) => {
                    seen.at += 1;
                    seen.turned += usize::from((mark * &prices.mark).is_negative());
                }
                Boundary::Never => seen.never += 1,
                Boundary::Undefined { .. } => seen.undefined += 1,
                Boundary::Crossed => seen.crossed += 1,
            }
            let wrong = check(drawn, position, &prices.mark, boundary, way);
            let schedule = serde_json::to_string(drawn.schedule.file()).unwrap();
            assert_eq!(
                wrong, None,
                "seed {seed}, position {position}, way {way}\n{schedule}\n{}",
                drawn.written
            );
        }
    }
}

/// Where marks can be zero or below, notionals fall and rise between two of them.
#[test]
fn prices_are_found_through_zero() {
    let mut seen = Seen::default();
    for seed in 0..seeds() {
        let Some(drawn) = draw(seed).and_then(|drawn| near_zero(drawn, seed)) else { continue };
        compared(&drawn, seed, &mut seen);
    }
    let counts = [seen.at, seen.never, seen.crossed, seen.turned];
    println!("{counts:?}");
    assert!(counts.iter().all(|count| *count > 5), "{counts:?}");
}

#[test]
fn the_price_found_is_the_first_of_all_ticks() {
    let mut seen = Seen::default();
    let mut drawn_of = 0;
    for seed in 0..seeds() {
        let Some(drawn) = draw(seed) else { continue };
        drawn_of += 1;
        compared(&drawn, seed, &mut seen);
    }
    // The cases are worth something only if every answer occurs.
    let counts = [seen.at, seen.never, seen.undefined, seen.crossed];
    println!("{drawn_of} accounts, {counts:?}");
    assert!(
        drawn_of > seeds() / 4 && counts.iter().all(|count| *count > 10),
        "{drawn_of} {counts:?}"
    );
}
