//! Optional elements of the rule as written in a schedule: what some venues' rules have beside the plain one.
//!
//! Each struct is one element, absent by default, and any of them can be combined. A multiplier is a constant of the
//! schedule or a figure that the snapshot names; a step is a multiplier with its rounding.

mod asset;
mod fraction_text;
mod instrument;
mod step;

pub use asset::{
    AssetElementsFile, InterestFile, SizedDebtFile, SizedDepositFile, SizedWeightsFile,
    ValueStepFile, WeightFile,
};
pub use fraction_text::FractionText;
pub use instrument::{
    FamilyFile, InstrumentElementsFile, OwnLeverageFile, OwnRateFile, RateFile, ResultStepFile,
    RootFile, SidesFile,
};
pub use step::{MultiplierFile, StepFile};
