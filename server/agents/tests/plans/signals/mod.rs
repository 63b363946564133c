//! What the signals say of a person: data quality, behavior and the circadian day, seen from outside.

mod by_hand;
mod real_people;
