//! The portfolio circuit under the machine checks, at two pages and two assets.

mod cases;
mod determined;
mod hints;
mod needed;
