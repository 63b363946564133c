//! Insights seen from outside.

mod real;
