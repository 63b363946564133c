//! What models charged and charge: price lists as rows, what a period would have cost at another one, and correcting it.
//!
//! A booked row is never changed. Correcting a period adds rows beside the booked ones and moves the sums of their days in the
//! same transactions; the open day is left alone, so that nothing here moves what today's caps are judged by
//! (see decision 13).

mod apply;
mod comparison;
mod lists;
mod runs;
mod store;
#[cfg(test)]
mod tests;
mod usage;

pub use comparison::{ComparedDay, LeftOut, PriceComparison, Recompute};
pub use lists::PriceList;
pub use runs::PriceRun;
pub use usage::PriceUsage;
