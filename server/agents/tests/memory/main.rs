//! Memory seen from outside: what is learned, weighed, kept and recalled, for any person and for some lives.

#[cfg(test)]
mod consolidate;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod lives;
#[cfg(test)]
mod recall;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod remember;
#[cfg(test)]
mod some;
