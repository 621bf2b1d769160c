//! Portfolio margin: cures against every part and deposit, trades against the account that they leave, prices against the
//! rule on the changed snapshot.

use crate::draw::Numbers;
use crate::price::seeds;
use num_bigint::BigInt;
use std::path::PathBuf;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::portfolio::{
    Aggregate, Capacity, Column, ContractId, Group, Instrument, Market, Multiplier, Role, Strike,
    TermOf, Terms, Unit, margin,
};
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, Balance, Book, BracketRow, BracketedLinear, Position, Side,
    Variable,
};
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::{AccountFile, Requirement};
use zkmargin_risk::Cure;
use zkmargin_risk::portfolio::{
    Grid, MoveError, PortfolioTrade, Reduction, ScanError, Scanned, TradePrice, WhyStays, cures,
    deposit, moved, scans, stays, trade, underlyings,
};

fn row([lo, hi, slope]: [i64; 3], before: &BracketRow) -> BracketRow {
    // Continues where the row before ends.
    let intercept = before.at(&lo.into()) - slope * lo;
    BracketRow { lo: lo.into(), hi: hi.into(), slope: slope.into(), intercept }
}

/// A line with kinks, and at times a cap.
fn collateral(n: &mut Numbers) -> BracketedLinear {
    let end = 1i64 << 50;
    let kink = n.within(1, 4_000);
    let first = BracketRow {
        lo: (-end).into(),
        hi: kink.into(),
        slope: n.within(1, 3).into(),
        intercept: BigInt::ZERO,
    };
    let second = row([kink + 1, 2 * kink + 1, n.within(0, 2)], &first);
    let third = row([2 * kink + 2, end, n.within(0, 3)], &second);
    BracketedLinear::new(Variable::Value, vec![first, second, third]).unwrap()
}

fn columns(n: &mut Numbers) -> Vec<Column> {
    let count = n.within(2, 6);
    let mut columns = Vec::new();
    for at in 0..count {
        let aggregate = |n: &mut Numbers| match n.within(0, 2) {
            0 => Aggregate::Identity,
            1 => Aggregate::Magnitude(n.within(-2, 2).into()),
            _ => {
                let first = BracketRow {
                    lo: (-(1i64 << 60)).into(),
                    hi: n.within(-50, 50).into(),
                    slope: n.within(-1, 2).into(),
                    intercept: n.within(-9, 9).into(),
                };
                let from = i64::try_from(&first.hi).unwrap() + 1;
                let second = row([from, 1 << 60, n.within(-1, 2)], &first);
                Aggregate::Bracketed(
                    BracketedLinear::new(Variable::Value, vec![first, second]).unwrap(),
                )
            }
        };
        let role = match n.within(0, 5) {
            0 => Role::Added(aggregate(n)),
            1 => Role::Floor(aggregate(n)),
            2 => Role::GroupScan(0),
            _ => Role::Scenario,
        };
        let multiplier = [Multiplier::Net, Multiplier::Net, Multiplier::Gross, Multiplier::Short];
        let terms = match n.once_in(2) {
            true => vec![TermOf { column: count as usize, multiplier: n.within(-2, 2).into() }],
            false => Vec::new(),
        };
        columns.push(Column {
            name: format!("column {at}"),
            multiplier: multiplier[n.within(0, 3) as usize],
            less_entry: n.once_in(4),
            role,
            slope: n.within(-2, 2).into(),
            sloped: n.once_in(2),
            magnitude: n.once_in(3),
            terms,
        });
    }
    columns.push(Column {
        name: "term".to_owned(),
        multiplier: Multiplier::Net,
        less_entry: n.once_in(3),
        role: Role::Term,
        slope: 1.into(),
        sloped: false,
        magnitude: false,
        terms: Vec::new(),
    });
    columns
}

fn draw(seed: u64) -> (Market, Account, Claim) {
    let n = &mut Numbers::new(seed ^ 0x706f_7274);
    let columns = columns(n);
    let asset = |id, n: &mut Numbers| AssetTerms {
        id,
        index: BigInt::from(n.within(1, 3)).into(),
        collateral: collateral(n),
        rounding: None,
        elements: AssetElements::default(),
    };
    let unit =
        |id, n: &mut Numbers| Unit { id, name: format!("u{id}"), factor: n.within(1, 4).into() };
    let group = |id, unit, n: &mut Numbers| Group {
        id,
        unit,
        name: format!("g{id}"),
        positive: n.within(-2, 2).into(),
        negative: n.within(-2, 2).into(),
        magnitudes: n.once_in(2),
        scans: vec![n.within(0, 3).into()],
    };
    let instrument = |id: u32, n: &mut Numbers| Instrument {
        id,
        contract: ContractId::from_number(id.into()),
        group: id.div_ceil(2),
        strike: (id <= 2).then_some(1),
        value: n.within(-40, 60).into(),
        settles_in: 1,
        charge: n.within(0, 3).into(),
        loadings: columns.iter().map(|_| n.within(-30, 30).into()).collect(),
    };
    let terms = Terms {
        capacity: Capacity { positions: 8, size_bits: 8 },
        assets: vec![asset(1, n), asset(2, n)],
        entry_unit: n.within(1, 7).into(),
        columns: columns.clone(),
        scans: vec!["scan".to_owned()],
        units: vec![unit(1, n), unit(2, n)],
        groups: vec![group(1, 1, n), group(2, 1, n), group(3, 2, n)],
        strikes: vec![Strike { id: 1, rate: n.within(0, 20).into() }],
        instruments: (1..=6).map(|id| instrument(id, n)).collect(),
        scale: n.within(1, 3).into(),
        denominator: n.within(1, 3).into(),
        stresses: Vec::new(),
        equality_is_healthy: n.once_in(2),
    };
    let market = Market::new(terms).unwrap();
    let mut positions = Vec::new();
    for instrument in 1..=6u32 {
        if n.once_in(3) {
            continue;
        }
        let side = if n.once_in(2) { Side::Long } else { Side::Short };
        let (size, entry) = (n.within(1, 60) as u64, n.within(-300, 300).into());
        positions.push(Position {
            book: Book::Cross,
            instrument,
            side,
            size: size.into(),
            entry,
            own: 0,
        });
    }
    let mut balances = vec![Balance { asset: 1, balance: n.within(-400, 900).into(), own: 0 }];
    if n.once_in(2) {
        balances.push(Balance { asset: 2, balance: n.within(-100, 400).into(), own: 0 });
    }
    let claim = Claim::new(
        u32::try_from(n.within(5_000, 20_000)).unwrap(),
        n.within(0, 400).unsigned_abs().into(),
    );
    (market, Account::new(positions, balances).unwrap(), claim.unwrap())
}

fn is_met(market: &Market, account: &Account, claim: &Claim) -> bool {
    margin(account, market).is_ok_and(|figures| figures.meets(claim, market))
}

/// The account after a part of a position is closed, written out: the cost of the part, up to a unit, joins the entry.
fn closed(market: &Market, account: &Account, p: &Position, part: i64) -> Account {
    let terms = market.terms().instrument(p.instrument).unwrap();
    let change = if p.side == Side::Long { -part } else { part };
    let cost = BigInt::from(change) * &terms.value;
    let cost = -(-cost).div_floor_of(&market.terms().entry_unit);
    let left = BigInt::from(p.size.clone()) - part;
    let mut positions = account.positions().to_vec();
    let mut balances = account.balances().to_vec();
    positions.retain(|other| other.instrument != p.instrument);
    if left == BigInt::ZERO {
        balances.iter_mut().find(|b| b.asset == 1).unwrap().balance -= &p.entry + &cost;
    } else {
        let size = left.into_parts().1;
        positions.push(Position { size, entry: &p.entry + cost, ..p.clone() });
    }
    Account::new(positions, balances).unwrap()
}

trait DivFloor {
    fn div_floor_of(&self, by: &Self) -> Self;
}

impl DivFloor for BigInt {
    fn div_floor_of(&self, by: &Self) -> Self {
        num_integer::Integer::div_floor(self, by)
    }
}

#[test]
fn cures_are_the_least_of_all_amounts() {
    let (mut reduced, mut deposited, mut never) = (0, 0, 0);
    for seed in 0..seeds() * 2 {
        let (market, account, claim) = draw(seed);
        let found = cures(&market, &account, &claim).unwrap();
        let now = is_met(&market, &account, &claim);
        for (p, reduction) in account.positions().iter().zip(&found.reductions) {
            let size = i64::try_from(&p.size).unwrap();
            let met = |part: &i64| is_met(&market, &closed(&market, &account, p, *part), &claim);
            let expected = match (now, (1..=size).find(met)) {
                (true, _) => Cure::Unneeded,
                (false, Some(part)) => Cure::Least(part.into()),
                (false, None) => Cure::Never,
            };
            reduced += usize::from(matches!(expected, Cure::Least(_)));
            never += usize::from(expected == Cure::Never);
            assert_eq!(*reduction, Reduction::Of(expected), "seed {seed}, {p:?}");
        }
        for (asset, cure) in &found.deposits {
            let after = |amount: i64| deposit(&market, &account, *asset, &amount.into()).unwrap();
            let met = |amount: &i64| is_met(&market, &after(*amount), &claim);
            match cure {
                Cure::Unneeded => assert!(now, "seed {seed}"),
                Cure::Least(amount) => {
                    let amount = i64::try_from(amount).unwrap();
                    assert!(!now && met(&amount), "seed {seed}, asset {asset}: {amount}");
                    let tried = (1..amount.min(60)).chain([amount - 1]);
                    assert_eq!(tried.filter(|a| *a > 0).find(met), None, "seed {seed}");
                    deposited += 1;
                }
                Cure::Never => assert!(![1, 100, 10_000, 1 << 30].iter().any(met), "seed {seed}"),
            }
        }
    }
    assert!(reduced > 20 && deposited > 100 && never > 10, "{reduced} {deposited} {never}");
}

/// Schedule, snapshot and account of Derive's example.
fn derive() -> (PortfolioMarket, PortfolioSnapshotFile, Account) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../params/venues/derive");
    let read = |name: &str| std::fs::read(folder.join("examples").join(name)).unwrap();
    let schedule = PortfolioSchedule::from_json(&read("options.schedule.json")).unwrap();
    let file = PortfolioSnapshotFile::from_json(&read("options.snapshot.json")).unwrap();
    let account = AccountFile::from_json(&read("options.account.json")).unwrap();
    let account = schedule.account(&account).unwrap();
    (PortfolioMarket::compile(&schedule, &file).unwrap(), file, account)
}

fn maintenance(market: &PortfolioMarket) -> &Market {
    market.market(Requirement::Maintenance).unwrap()
}

/// A trade at the value leaves the equity, up to a unit of entry values; one at another price costs the difference.
#[test]
fn a_trade_costs_what_its_price_says() {
    let (market, _, account) = derive();
    let of = maintenance(&market);
    let eth = market.schedule().instrument("SPOT-ETH").unwrap().id;
    let equity = |account: &Account| margin(account, of).unwrap().equity;
    let unit = &of.terms().entry_unit;
    // 0.25 ETH more, then all of it and half more sold: the position changes its side.
    for size in ["250000000000000", "-100000000000000", "-150000000000000", "7"] {
        let size: BigInt = size.parse().unwrap();
        let asked = |price| PortfolioTrade { instrument: eth, size: size.clone(), price };
        let at_value = trade(market.schedule(), of, &account, &asked(TradePrice::Value)).unwrap();
        let lost = equity(&account) - equity(&at_value);
        assert!(BigInt::ZERO <= lost && lost < unit * 2, "{lost}");
        let price = TradePrice::At(Decimal::parse("2681.5").unwrap());
        let at_price = trade(market.schedule(), of, &account, &asked(price)).unwrap();
        // 2681.5 less the value of 2681.091201386549606607, in digits of 24.
        let value = &of.terms().instrument(eth).unwrap().value;
        let dearer = BigInt::from(2_681_500_000_000_i64) - value;
        let lost = equity(&account) - equity(&at_price) - dearer * &size;
        assert!(BigInt::ZERO <= lost && lost < unit * 2, "{lost}");
    }
}

/// A search over 10^15 steps of a size: the part found meets the claim, one step less does not, nor do parts between.
#[test]
fn options_are_reduced_to_the_step() {
    let (market, _, account) = derive();
    let of = maintenance(&market);
    let figures = margin(&account, of).unwrap();
    // A fifth more than the account has.
    let level: BigInt = figures.scaled_equity() * 12_000 / &figures.requirement;
    let claim = Claim::new(u32::try_from(level).unwrap(), 0u32.into()).unwrap();
    let found = cures(of, &account, &claim).unwrap();
    let mut least = 0;
    for (p, reduction) in account.positions().iter().zip(&found.reductions) {
        let closes = |part: &BigInt| {
            let size = if p.side == Side::Long { -part } else { part.clone() };
            let asked = PortfolioTrade { instrument: p.instrument, size, price: TradePrice::Value };
            is_met(of, &trade(market.schedule(), of, &account, &asked).unwrap(), &claim)
        };
        let Reduction::Of(cure) = reduction else { panic!("{reduction:?}") };
        let end = match cure {
            Cure::Least(part) => {
                least += 1;
                assert!(closes(part) && !closes(&(part - 1)), "{part}");
                part.clone()
            }
            _ => BigInt::from(p.size.clone()),
        };
        for nth in 1..60 {
            assert!(!closes(&(&end * nth / 60)), "{nth}");
        }
    }
    assert!(least > 0);
}

/// At another price of the underlying, what `moved` writes is what a hand writes: forwards and the value of ETH in the same
/// proportion, to 18 digits.
#[test]
fn a_price_moves_forwards_and_what_is_linear() {
    let (market, file, _) = derive();
    let schedule = market.schedule();
    assert_eq!(underlyings(schedule), ["SPOT"]);
    let price = Decimal::parse("3000").unwrap();
    let after = moved(schedule, &file, "SPOT", &price).unwrap();
    assert_eq!(after.indices[0].price.as_str(), "3000");
    let of = |name: &str| after.instruments.iter().find(|i| i.instrument == name).unwrap();
    // 2681.091201386549606607 * 3000 / 2681.6029850999994
    assert_eq!(of("SPOT-ETH").value.as_ref().unwrap().as_str(), "2999.427450241933510696");
    assert_eq!(of("SPOT-BTC").value, file.instruments[1].value);
    assert_eq!(after.groups[0].rate, file.groups[0].rate);
    // 2682.9997436016715 * 3000 / 2681.6029850999994
    assert_eq!(after.groups[0].forward.as_ref().unwrap().as_str(), "3001.56260099958832677");
    assert_eq!(moved(schedule, &file, "GOLD", &price), Err(MoveError::Unlisted("GOLD".to_owned())));
}

/// What no underlying moves is listed with its reason: collateral that scenarios do not move, and what is of a unit without
/// a public price.
#[test]
fn what_stays_is_listed() {
    let (market, _, account) = derive();
    let schedule = market.schedule();
    let listed = |schedule: &PortfolioSchedule| {
        let of = stays(schedule, &account).into_iter();
        of.map(|of| (of.name, of.why)).collect::<Vec<_>>()
    };
    let fixed = ["SPOT-BTC", "SPOT-USDT"].map(|name| (name.to_owned(), WhyStays::Fixed));
    assert_eq!(listed(schedule), fixed);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../params/venues/deribit_pm");
    let read = |name: &str| std::fs::read(folder.join("examples").join(name)).unwrap();
    let published = PortfolioSchedule::from_json(&read("btc.schedule.json")).unwrap();
    let file = AccountFile::from_json(&read("btc.account.json")).unwrap();
    let account = published.account(&file).unwrap();
    let of = stays(&published, &account);
    assert_eq!(of.len(), account.positions().len());
    assert!(of.iter().all(|of| of.why == WhyStays::NoPublicPrice("BTC".to_owned())), "{of:?}");
}

/// The grid: each price nearer than the one found is met on the whole schedule, and so is the one a tick before it.
#[test]
fn a_price_is_scanned_on_its_grid() {
    let (market, file, account) = derive();
    let claim = Claim::new(25_000, 0u32.into()).unwrap();
    let asked = (Requirement::Maintenance, &claim);
    let grid = Grid { step: Some(Decimal::parse("20").unwrap()), range: 60 };
    let found = scans(&market, &file, &account, asked, &grid).unwrap();
    let [of] = &found[..] else { panic!("{found:?}") };
    assert_eq!((of.name.as_str(), of.steps), ("SPOT", 80));
    let met = |price: &Decimal| {
        let file = moved(market.schedule(), &file, "SPOT", price).unwrap();
        let market = PortfolioMarket::compile(market.schedule(), &file).unwrap();
        is_met(maintenance(&market), &account, &claim)
    };
    let mut prices = 0;
    for way in [&of.falling, &of.rising] {
        match way {
            Scanned::At { price, met: before } => {
                assert!(!met(price) && met(before), "{price} {before}");
                prices += 1;
            }
            Scanned::NotWithin { last } => assert!(met(last)),
            other => panic!("{other:?}"),
        }
    }
    assert!(prices > 0, "{of:?}");
    // From 2681.6, multiples begin nearer than a step away: 4000 is within the half.
    let whole = Claim::new(10_000, 0u32.into()).unwrap();
    let wide = Grid { step: Some(Decimal::parse("1000").unwrap()), range: 50 };
    let asked_of_whole = (Requirement::Maintenance, &whole);
    let [of] = &scans(&market, &file, &account, asked_of_whole, &wide).unwrap()[..] else {
        panic!("one underlying")
    };
    let last = |price: &str| Scanned::NotWithin { last: Decimal::parse(price).unwrap() };
    assert_eq!((&of.falling, &of.rising), (&last("2000"), &last("4000")));
    let too_fine = Grid { step: Some(Decimal::parse("0.000001").unwrap()), range: 60 };
    let refused = scans(&market, &file, &account, asked, &too_fine);
    assert!(matches!(refused, Err(ScanError::Grid { .. })));
}
