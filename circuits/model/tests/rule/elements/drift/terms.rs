//! Drift's rule in terms of the model.

use super::{CAP, Case, FAR, Perpetual, Spot};
use crate::support::{int, rows};
use num_bigint::BigInt;
use zkmargin_model::rule::Rounding::{Floor, Truncate};
use zkmargin_model::rule::{
    AssetElements, AssetTerms, BracketedLinear, Debts, InstrumentElements, InstrumentTerms,
    LinearStep, Market, MarketTerms, RateForm, Rounding, SettleGroup, ShortTerms, SignedStep,
    SignedWeight, SizeRoot, SizeWeights, Variable,
};

impl Spot {
    fn by_size(&self) -> Option<SizeWeights> {
        let of_root = |den| step(self.factor, int(den), Floor);
        let unit = step(10i64.pow(9 - self.decimals), int(1), Floor);
        let root = SizeRoot::new(int(10), int(1), vec![]).expect("positive");
        let discount = (int(11_000_000_000), int(1_000_000), of_root(100_000));
        let premium = (int(self.weights[1] - self.weights[1] / 5), of_root(10_000_000));
        let weights = SizeWeights::new(unit, root, discount, premium).expect("not negative");
        (self.factor != 0).then_some(weights)
    }
}

impl Case {
    fn charge(&self) -> Vec<LinearStep> {
        if self.buffer == 0 { vec![] } else { vec![step(self.buffer, int(10_000), Floor)] }
    }

    fn asset(&self, id: u32, elements: AssetElements) -> AssetTerms {
        let all = rows(&[(-FAR, FAR, 1, 0)]);
        AssetTerms {
            id,
            index: int(1).into(),
            collateral: BracketedLinear::new(Variable::Value, all).expect("rows"),
            rounding: None,
            elements,
        }
    }

    pub(super) fn market(&self) -> Market {
        let mut assets: Vec<_> =
            (1..).zip(&self.spots).map(|(id, spot)| self.spot(id, spot)).collect();
        let results = assets.len() as u32 + 1;
        assets.push(self.asset(results, AssetElements::default()));
        let mut tiers = Vec::new();
        let instruments =
            (1..).zip(&self.perpetuals).map(|(id, p)| self.perpetual(id, p, &mut tiers));
        let instruments = instruments.collect();
        Market::new(MarketTerms {
            assets,
            groups: vec![SettleGroup { asset: results, requirement_index: int(1) }],
            tiers,
            instruments,
            equality_is_healthy: true,
            no_requirement_is_healthy: false,
            conversion_rounding: None,
            isolated_unit: None,
            own_parameters: false,
            allocation_asset: None,
        })
        .expect("market")
    }

    fn spot(&self, id: u32, spot: &Spot) -> AssetTerms {
        let [deposit, debt] =
            spot.interest.map(|i| step(i, int(10).pow(19 - spot.decimals), Floor));
        let [owned, owed] = spot.prices.map(|p| step(p, int(10).pow(spot.decimals), Floor));
        let [lower, higher] = spot.weights.map(int);
        let weight = SignedWeight::new(lower, higher, int(10_000), Truncate).expect("weights");
        let weight = spot.by_size().into_iter().fold(weight, SignedWeight::with_size);
        let elements = AssetElements {
            amount: SignedStep::new(deposit, debt),
            value: SignedStep::new(owned, owed).into_iter().collect(),
            weight: Some(if spot.reads_own { weight.with_own() } else { weight }),
            debts: Debts { required: true, charge: self.charge() },
        };
        self.asset(id, elements)
    }

    fn perpetual(
        &self,
        id: u32,
        p: &Perpetual,
        tiers: &mut Vec<BracketedLinear>,
    ) -> InstrumentTerms {
        let quote = self.spots[0].prices;
        let base = |price| step(price, int(1_000_000_000), Truncate);
        let quoted = quote.map(|price| step(price, int(1_000_000), Truncate));
        let [owned, owed] = quoted;
        let share = |weight| step(weight, int(10_000), Truncate);
        let weights = SignedStep::new(share(p.profit_weight), share(10_000 + self.buffer));
        let mut result =
            vec![weights.expect("weights"), SignedStep::new(owned, owed).expect("prices")];
        if self.is_initial {
            let one = || LinearStep::exact(int(1));
            let cap = SignedStep::new(one(), one()).and_then(|same| same.capped(int(CAP)));
            result.push(cap.expect("cap"));
        }
        // The larger of two ratios: the base, and four fifths of it with what the size adds.
        let four_fifths = p.ratio - p.ratio / 5;
        let flat = p.ratio.max(self.least);
        let from = flat - four_fifths + 1;
        let list = [(0, from - 1, 0, flat), (from, 1 << 26, 1, four_fifths)];
        let grows = p.factor != 0;
        let list = if grows { rows(&list) } else { rows(&[(0, FAR, 0, flat)]) };
        tiers.push(BracketedLinear::new(Variable::Quantity, list).expect("rows"));
        let root_step = vec![step(p.factor, int(10_000_000), Floor)];
        let short = if p.pays_to_one { 1_000_000 - p.price } else { p.price };
        InstrumentTerms {
            id,
            group: 0,
            value: base(p.price),
            funding: int(0),
            pnl_rounding: None,
            requirement: base(p.price),
            tiers: tiers.len() - 1,
            requirement_rounding: vec![step(1, int(10_000), Floor)],
            elements: InstrumentElements {
                short: Some(ShortTerms { value: base(p.price), requirement: base(short) }),
                result,
                notional: vec![step(quote[1], int(1_000_000), Floor)],
                root: if grows { SizeRoot::new(int(10), int(1), root_step) } else { None },
                rate: Some(RateForm { steps: vec![], own: self.is_initial.then_some(0) }),
                leverage: None,
                charge: self.charge(),
                order_fee: self.has_orders.then(|| int(10_000)),
                family: None,
                at_entry: false,
            },
        }
    }
}

fn step(num: i64, den: BigInt, mode: Rounding) -> LinearStep {
    LinearStep::rounded(int(num), den, mode, int(1)).expect("positive")
}
