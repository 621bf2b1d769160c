//! Portfolio margin: a requirement from losses in scenarios, in exact integers.
//!
//! Instruments `i` with signed sizes `q_i` lie in groups `g`, groups in risk units `u`. A column `c` has a loading for
//! each instrument.
//!
//! ```text
//! x_ic = q_i, |q_i| or max(-q_i, 0)                                      Multiplier
//! A_gc = sum over i in g of x_ic * loading_ic - entry_i                  entries only where the column says so
//! Y_gc = slope_c * (positive_g * max(A_gc, 0) - negative_g * max(-A_gc, 0)) + sum over terms d of k_cd * A_gd
//!        |Y_gc| where column and group say so
//! W_gt = factor_gt * max(0, largest Y_gc over the columns c of group scan t)
//! L_uc = sum over g in u of Y_gc,   L_ut = sum over g in u of W_gt
//! scan_u = max(0, largest L_uc over scenario columns, largest L_ut over group scans)
//! R_u  = max(factor_u * scan_u + den * sum over added c of b_c(L_uc), den * largest b_c(L_uc) over floor columns)
//! MM   = sum over u of R_u + den * scale * (sum over strikes of rate * max(0, -net size) + sum over i of |q_i| * charge_i)
//! E    = sum over assets of collateral(balance + sum of q_i * value_i - entry_i settling there)
//! ```
//!
//! The largest of no columns is 0. Maintenance and initial margin are two markets with
//! the same instruments. Prices of options are loadings here: a venue publishes them, or they are derived.

mod bounds;
mod check;
mod commitment;
mod contract;
mod error;
mod group;
pub mod loadings;
mod margin;
mod market;
mod pages;
mod stress;
mod terms;
mod unit;
pub mod widths;

pub use commitment::{account_commitment, pages_start, slot_key};
pub use contract::{ContractId, ContractTerms, GroupId, GroupTerms, PartError};
pub use error::{MarginError, MarketError};
pub use group::{GroupMargin, GroupScan};
pub use margin::{AssetMargin, Margin, PositionMargin, StrikeMargin, margin, margin_without};
pub use market::Market;
pub use pages::{MAX_PAGES, PAGE_SLOTS, Page, pages, pages_of};
pub use stress::{StressMargin, UnitStress, stress};
pub use terms::{
    Aggregate, Capacity, Column, Group, Instrument, Multiplier, Role, Stress, Strike, TermOf,
    Terms, Unit,
};
pub use unit::{Addition, UnitMargin, Worst};
