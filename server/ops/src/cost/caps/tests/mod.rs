//! Caps that people change: who may, what it does to the next call, and what it never does: reset a sum.
