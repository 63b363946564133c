//! What the store remembers, forgets, and lets go.
