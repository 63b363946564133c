//! One agent request from admission to answer: decide, plan, validate, store, tell.
