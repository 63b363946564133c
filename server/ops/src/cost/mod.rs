//! What was spent against what may be spent, and the shutoff.
