//! A case in terms of the model.

use super::{BySign, BySize, Case};
use crate::fractions::Drawn;
use crate::support::{int, rows};
use zkmargin_model::rule::{
    AssetElements, AssetTerms, BracketedLinear, Debts, InstrumentElements, InstrumentTerms, Market,
    MarketTerms, RateForm, SettleGroup, ShortTerms, SignedStep, SignedWeight, SizeRoot,
    SizeWeights, Variable,
};

fn step_by_sign((positive, negative, cap): &BySign) -> SignedStep {
    let step = SignedStep::new(positive.step(), negative.step()).expect("no sign turns");
    match cap {
        Some(most) => step.capped(int(*most)).expect("not negative"),
        None => step,
    }
}

impl BySize {
    fn weights(&self) -> SizeWeights {
        let root = SizeRoot::new(int(self.root.0), int(self.root.1), vec![]).expect("positive");
        let (numerator, base, step) = self.discount;
        let discount = (int(numerator), int(base), step.step());
        let premium = (int(self.premium.0), self.premium.1.step());
        SizeWeights::new(self.unit.step(), root, discount, premium).expect("not negative")
    }
}

impl Case {
    pub(super) fn market(&self) -> Market {
        let steps = |list: &[Drawn]| list.iter().map(|s| s.step()).collect::<Vec<_>>();
        let far = self.last();
        let variable = if self.by_quantity { Variable::Quantity } else { Variable::Value };
        let [(a, b), (c, d)] = self.tiers;
        let tiers = BracketedLinear::new(variable, rows(&[(0, 39, a, b), (40, far, c, d)]));
        let wide = rows(&[(-(1 << 48), 1 << 48, 1, 0)]);
        let asset = AssetTerms {
            id: 1,
            index: int(self.index).into(),
            collateral: BracketedLinear::new(Variable::Value, wide).expect("rows"),
            rounding: self.collateral_rounding.map(Drawn::step),
            elements: AssetElements {
                amount: self.amount.as_ref().map(step_by_sign),
                value: self.price.iter().map(step_by_sign).collect(),
                weight: self.weight.map(|(deposit, debt, one, mode, own)| {
                    let weight = SignedWeight::new(int(deposit), int(debt), int(one), mode);
                    let weight = weight.expect("not negative");
                    let by_size = self.by_size.iter().map(BySize::weights);
                    let weight = by_size.fold(weight, SignedWeight::with_size);
                    if own { weight.with_own() } else { weight }
                }),
                debts: Debts { required: self.debts_required, charge: steps(&self.debt_charge) },
            },
        };
        let instrument = InstrumentTerms {
            id: 1,
            group: 0,
            value: self.value[0].step(),
            funding: int(self.funding),
            pnl_rounding: self.pnl_rounding.map(Drawn::step),
            requirement: self.notional[0].step(),
            tiers: 0,
            requirement_rounding: steps(&self.rounding),
            elements: InstrumentElements {
                short: self.has_short.then(|| ShortTerms {
                    value: self.value[1].step(),
                    requirement: self.notional[1].step(),
                }),
                result: self.result.iter().map(step_by_sign).collect(),
                notional: steps(&self.more_notional),
                root: self.root.as_ref().map(|(factor, offset, list)| {
                    SizeRoot::new(int(*factor), int(*offset), steps(list)).expect("not negative")
                }),
                rate: self
                    .rate
                    .as_ref()
                    .map(|(list, own)| RateForm { steps: steps(list), own: *own }),
                leverage: None,
                charge: steps(&self.charge),
                order_fee: None,
                family: None,
                at_entry: false,
            },
        };
        let terms = MarketTerms {
            assets: vec![asset],
            groups: vec![SettleGroup { asset: 1, requirement_index: int(7) }],
            tiers: vec![tiers.expect("rows")],
            instruments: vec![instrument],
            equality_is_healthy: true,
            no_requirement_is_healthy: false,
            conversion_rounding: None,
            isolated_unit: None,
            own_parameters: false,
            allocation_asset: None,
        };
        Market::new(terms).expect("market")
    }
}
