//! Incidents: opened by alerts or by hand, with a clock, a timeline and an end.
