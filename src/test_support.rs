//! The golden proof and its market.

use crate::Market;
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::statement::AccountReference;

pub(crate) fn golden() -> Envelope {
    Envelope::read(include_bytes!("../params/golden/binance-cross.zkm")).expect("proof")
}

pub(crate) fn commitment() -> AccountCommitment {
    let AccountReference::Commitment(commitment) = golden().statement().account else {
        panic!("a ledger")
    };
    commitment
}

pub(crate) fn market() -> Market {
    Market::from_json(
        include_bytes!("../params/venues/binance/examples/cross.schedule.json"),
        include_bytes!("../params/venues/binance/examples/cross.snapshot.json"),
    )
    .expect("market")
}
