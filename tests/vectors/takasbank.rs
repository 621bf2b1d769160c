//! A clearing house's whole file: every array is read, and portfolios in it have the requirements that SPAN's rules give.

use crate::report::say;
use num_bigint::{BigInt, BigUint};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use zkmargin_model::portfolio::{Market, margin};
use zkmargin_model::rule::{Account, Balance, Book, Position, Side};
use zkmargin_tests::takasbank::{
    Commodity, LIRA, MATURITIES, MINIMUM, Portfolio, WHOLE, market, path, read, scale, span,
};

const PORTFOLIOS: usize = 2_000;

fn commodities() -> Option<Vec<Commodity>> {
    let Some(path) = path() else {
        say("takasbank: not run; there is no file of the clearing house");
        return None;
    };
    let bytes = std::fs::read(path).expect("the file was found");
    Some(read(&bytes).unwrap_or_else(|e| panic!("{e}")).commodities)
}

#[test]
fn every_array_is_read() {
    let Some(commodities) = commodities() else { return };
    let contracts = || commodities.iter().flat_map(|c| &c.contracts);
    let lost = contracts().filter(|c| c.losses.iter().any(|l| *l != BigInt::ZERO)).count();
    assert_eq!((commodities.len(), contracts().count(), lost), (40, 2_774, 2_774));
    assert_eq!(contracts().filter(|c| c.is_option()).count(), 2_628);
    let (market, _) = market(&commodities).unwrap_or_else(|e| panic!("{e}"));
    // Two arrays as they are in the file, a future and a call.
    let micro = |texts: [&str; 3]| texts.map(|t| t.parse::<BigInt>().expect("an integer")).to_vec();
    let number = |n: &str| contracts().find(|c| c.number == n).expect("it is in the file");
    let future = number("10651");
    assert_eq!(future.losses[13..], micro(["90000000", "-86400002", "86400002"]));
    assert_eq!(future.delta, BigInt::from(1_000_000));
    let call = number("10809");
    assert_eq!(call.losses[13..], micro(["90239021", "-86323479", "52255028"]));
    assert_eq!(call.delta, BigInt::from(999_967));
    let terms = market.terms();
    say(&format!(
        "takasbank: {} instruments in {} groups of {} units",
        terms.instruments.len(),
        terms.groups.len(),
        terms.units.len()
    ));
}

/// A commodity with one future and one call, `from` replaced by `to`.
fn small_file(from: &str, to: &str) -> Result<Vec<Commodity>, String> {
    let array = |loss: &str, delta: &str| {
        let losses = format!("<a>{loss}</a>").repeat(16);
        format!("<ra><r>1</r>{losses}<d>{delta}</d></ra>")
    };
    let link = |kind: &str, id| {
        format!("<pfLink><pfId>{id}</pfId><pfType>{kind}</pfType><sc>1.000000</sc></pfLink>")
    };
    let leg = |side| format!("<tLeg><cc>X</cc><tn>0</tn><rs>{side}</rs><i>1.000000</i></tLeg>");
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<spanFile><created>201605171830</created>\n\
         <futPf><pfId>1</pfId><fut><cId>7</cId><pe>201606</pe><cvf>100</cvf><setlDate>20160630</setlDate><sc>1.000000</sc>{}</fut></futPf>\n\
         <oopPf><pfId>2</pfId><series><pe>201607</pe><cvf>100</cvf><setlDate>20160729</setlDate><sc>1.000000</sc>\
         <opt><cId>8</cId><o>C</o><k>6.25</k>{}</opt></series></oopPf>\n\
         <ccDef><cc>X</cc><currency>TRY</currency><riskExponent>0</riskExponent>\
         <somMeth>GROSS</somMeth>{}{}\
         <somTiers><tier><tn>0</tn><rate><r>1</r><val>35.000000</val></rate></tier></somTiers>\n\
         <dSpread><chargeMeth>F</chargeMeth><rate><r>1</r><val>240.5</val></rate>{}{}</dSpread>\
         </ccDef>\n</spanFile>",
        array("-1.5", "1.000000"),
        array("0.25", "0.5"),
        link("FUT", 1),
        link("OOP", 2),
        leg("B"),
        leg("A"),
    );
    assert!(text.contains(from), "{from}");
    read(text.replacen(from, to, 1).as_bytes()).map(|file| file.commodities)
}

#[test]
fn a_small_file() {
    let [x] = &small_file("X", "X").expect("it is read")[..] else { panic!("one commodity") };
    let rates = (&x.spread_rate, &x.short_option_rate);
    assert_eq!(rates, (&BigInt::from(240_500_000), &BigInt::from(35_000_000)));
    let [future, call] = &x.contracts[..] else { panic!("two contracts") };
    assert_eq!((&future.losses[15], future.is_option()), (&BigInt::from(-1_500_000), false));
    assert_eq!((&call.losses[0], call.is_option()), (&BigInt::from(250_000), true));
    assert_eq!((&call.delta, call.maturity.as_str()), (&BigInt::from(500_000), "201607"));
}

/// What the rule cannot say, and what is no figure, is refused with its line.
#[test]
fn bad_files() {
    for (from, to, message) in [
        ("GROSS", "NET", "line 5 <ccDef>: <somMeth> is NET, not GROSS"),
        ("TRY", "USD", "line 5 <ccDef>: <currency> is USD, not TRY"),
        (">F<", ">W<", "line 6 <dSpread>: <chargeMeth> is W, not F"),
        ("<rs>A", "<rs>B", "line 6 <dSpread>: legs [\"B\", \"B\"] are not one against the other"),
        ("<tn>0</tn><rs>", "<tn>1</tn><rs>", "line 6 <tLeg>: <tn> is 1, not 0"),
        ("</ccDef>", "<dSpread/></ccDef>", "line 5 <ccDef>: needs exactly one <dSpread>"),
        ("<a>-1.5</a>", "", "line 3 <ra>: 15 scenarios, not 16"),
        ("-1.5", "-1.0000005", "line 3 <a>: not a figure of at most 6 digits after the point"),
        ("-1.5", "much", "line 3 <a>: not a figure of at most 6 digits after the point"),
        ("<d>0.5</d>", "", "line 4 <ra>: no <d>"),
        ("<pfId>2</pfId><pfType>", "<pfId>3</pfId><pfType>", "line 5 <pfLink>: no such portfolio"),
        ("<cc>X</cc><currency>", "<cc>Y</cc><currency>", "line 6 <tLeg>: <cc> is X, not Y"),
        ("<cId>7</cId>", "<cId/>", "line 3 <fut>: <cId> is empty"),
        ("<cvf>100</cvf>", "", "line 3 <fut>: no <cvf>"),
        ("<cvf>100</cvf>", "<cvf>0.0</cvf>", "line 3 <cvf>: not a figure above zero"),
    ] {
        assert_eq!(small_file(from, to).expect_err(to), message);
    }
    assert!(small_file("</spanFile>", "").is_err());
}

/// Contracts of a few commodities, few enough of each that maturities meet.
fn portfolios(commodities: &[Commodity], random: &mut StdRng) -> BTreeMap<usize, Portfolio> {
    let mut all = BTreeMap::new();
    for _ in 0..random.random_range(1..=4) {
        let at = random.random_range(0..commodities.len());
        let count = commodities[at].contracts.len();
        if count == 0 {
            continue;
        }
        let only_options = random.random_range(0..4) == 0;
        let mut sizes: BTreeMap<usize, i64> = BTreeMap::new();
        for _ in 0..random.random_range(1..=15) {
            let contract = random.random_range(0..count);
            if only_options && !commodities[at].contracts[contract].is_option() {
                continue;
            }
            let short = i64::from(only_options || random.random_range(0..2) == 0);
            sizes.insert(contract, random.random_range(1..=2_000) * (1 - 2 * short));
        }
        all.insert(at, sizes.into_iter().collect());
    }
    all
}

fn account(portfolios: &BTreeMap<usize, Portfolio>, ids: &[Vec<u32>]) -> Account {
    let each =
        portfolios.iter().flat_map(|(c, p)| p.iter().map(|(at, size)| (ids[*c][*at], *size)));
    let position = |(instrument, size): (u32, i64)| Position {
        book: Book::Cross,
        instrument,
        side: if size < 0 { Side::Short } else { Side::Long },
        size: BigUint::from(size.unsigned_abs()),
        entry: BigInt::ZERO,
        own: 0,
    };
    let cash = Balance { asset: LIRA, balance: BigInt::from(1_000), own: 0 };
    Account::new(each.map(position).collect(), vec![cash]).expect("an account")
}

/// Compares the figures of one account; says which kinds of figures counted.
fn compare(
    market: &Market,
    commodities: &[Commodity],
    portfolios: &BTreeMap<usize, Portfolio>,
    account: &Account,
) -> [usize; 3] {
    let got = margin(account, market).unwrap_or_else(|e| panic!("{e}"));
    let mut counted = [0; 3];
    let mut whole = BigInt::ZERO;
    for (at, portfolio) in portfolios.iter().filter(|(_, p)| !p.is_empty()) {
        let expected = span(&commodities[*at], portfolio);
        let unit = got.units.iter().find(|u| u.unit as usize == at + 1).expect("it is held");
        assert_eq!(unit.scan, BigInt::from(expected.scan) * scale(), "scan of {portfolio:?}");
        let calendar =
            &unit.losses[MATURITIES] - BigInt::from(unit.losses[WHOLE].magnitude().clone());
        // A loss unit is half of what a delta times a rate is in.
        assert_eq!(calendar, BigInt::from(expected.calendar) * 2, "calendar of {portfolio:?}");
        let minimum = BigInt::from(expected.minimum) * scale();
        assert_eq!(unit.losses[MINIMUM], minimum, "minimum of {portfolio:?}");
        let risk = (&unit.scan + &calendar).max(minimum.clone());
        assert_eq!(unit.requirement, risk);
        let adds: BigInt =
            got.positions.iter().filter(|p| p.unit == unit.unit).map(|p| &p.adds).sum();
        assert_eq!(adds, unit.scan, "what positions add is the scan");
        whole += &risk;
        counted[0] += usize::from(expected.scan > 0);
        counted[1] += usize::from(expected.calendar > 0);
        counted[2] += usize::from(minimum == risk && expected.minimum > 0);
    }
    assert_eq!(got.requirement, whole);
    counted
}

#[test]
fn generated_portfolios() {
    let Some(commodities) = commodities() else { return };
    let (market, ids) = market(&commodities).unwrap_or_else(|e| panic!("{e}"));
    let mut random = StdRng::seed_from_u64(17);
    let mut counted = [0; 3];
    for _ in 0..PORTFOLIOS {
        let portfolios = portfolios(&commodities, &mut random);
        let account = account(&portfolios, &ids);
        let one = compare(&market, &commodities, &portfolios, &account);
        counted = std::array::from_fn(|i| counted[i] + one[i]);
    }
    let [scan, calendar, minimum] = counted;
    say(&format!(
        "takasbank: {PORTFOLIOS} portfolios equal; {scan} with a scan, {calendar} with a calendar charge, {minimum} at the minimum"
    ));
    assert!(scan > 1_000 && calendar > 500 && minimum > 20, "{counted:?}");
}
