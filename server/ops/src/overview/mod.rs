//! The verdict: what the first screen says, in words and figures.
