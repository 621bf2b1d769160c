//! Schedules that are not quite their venue's own rule.

use zkmargin_model::shown::quoted;

/// How an entry of `leaves_out` begins if it says that the venue's account has books besides the schedule's.
pub const OTHER_BOOKS: [&str; 2] = ["the user's other books", "books of other settlement assets"];

/// In what a schedule may differ from its venue's own rule, as the schedule says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departures<'a> {
    /// Why its rounding is an assumption.
    pub rounding_assumed: Option<&'a str>,
    /// What the venue's rule has and the schedule leaves out.
    pub leaves_out: &'a [String],
}

impl<'a> Departures<'a> {
    /// Those of a schedule that says this of itself; `None` if it says nothing.
    pub fn new(rounding_assumed: Option<&'a str>, leaves_out: &'a [String]) -> Option<Self> {
        let departs = rounding_assumed.is_some() || !leaves_out.is_empty();
        departs.then_some(Self { rounding_assumed, leaves_out })
    }
}

impl std::fmt::Display for Departures<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not known to be the venue's own rule to the last unit")?;
        if let Some(reason) = self.rounding_assumed {
            write!(f, "; rounding assumed: {}", quoted(reason))?;
        }
        for (at, what) in self.leaves_out.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "; left out: " } else { ", " }, quoted(what))?;
        }
        Ok(())
    }
}
