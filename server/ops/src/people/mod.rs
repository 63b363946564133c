//! People and their health data: profile, scores, readings, check-ins, memories, plans.
