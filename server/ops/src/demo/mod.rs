//! The demo: a labelled tenant with a deterministic history and live traffic.
