//! The planners seen from outside: any person in, a plan out that every rule holds for.

#[cfg(test)]
mod adaptation;
#[cfg(test)]
mod evolution;
#[cfg(test)]
mod features;
#[cfg(test)]
mod insights;
#[cfg(test)]
mod memories;
#[cfg(test)]
mod model;
#[cfg(test)]
mod nutrition;
#[cfg(test)]
mod people;
#[cfg(test)]
mod real;
#[cfg(test)]
mod routine;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod signals;
