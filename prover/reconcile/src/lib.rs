//! Why two numbers differ: a venue's own figures of an account against the rule's, computed exactly.
//!
//! [`reconcile`] computes each figure that a venue states ([`VenueFigures`](zkmargin_params::venues::VenueFigures)) from
//! the schedule, the snapshot and the account. Where the two differ, it computes again with one thing changed, or two: a
//! [`Cause`] explains a difference only if the figure computed so is the venue's, to the last digit that the venue
//! states. What no cause explains is left as [`Outcome::Unexplained`]. `docs/reconcile.md` lists the causes.

mod carry;
mod change;
mod check;
mod compute;
mod figure;
mod html;
mod json;
mod number;
mod overview;
mod portfolio;
mod price;
mod reconcile;
mod setting;
mod translate;

pub use change::Change;
pub use check::{Contradiction, check_report_json};
pub use compute::BookFigures;
pub use figure::{Cause, Line, Outcome, Own, Rounded, Why};
pub use html::html;
pub use json::{json, line_json, overview_json};
pub use number::shown;
pub use overview::{Overview, Standing, Total, overview};
pub use portfolio::{PortfolioAlternatives, other_holdings, reconcile_portfolio};
pub use reconcile::{Alternatives, Reconciled, reconcile};
pub use setting::{ReconcileError, Setting};
pub use translate::{Given, TranslateError, Translated, translate};
