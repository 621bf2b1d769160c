//! Losses by scenario as a picture.

#[cfg(not(feature = "plot"))]
mod absent;
#[cfg(feature = "plot")]
mod svg;

#[cfg(not(feature = "plot"))]
pub use absent::draw;
#[cfg(feature = "plot")]
pub use svg::draw;
