//! What the signals say of a person: data quality, behavior and the circadian day, seen from outside.

mod anybody;
mod by_hand;
mod dirt;
mod habits;
mod invented;
mod quality;
mod real_people;
mod rhythms;
mod wearer;
