//! What one run may use: model calls, steps and money. A run is one request, of the orchestrator with all its parts.
//!
//! Counted before a call leaves, in its worst case, and corrected when it has ended: so parts that run at the same time
//! never pass a limit together.

use std::fmt;

use crate::money::MicroUsd;

/// 0 stands for no such limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunLimits {
    /// Attempts, repairs and other models included.
    pub calls: u32,
    /// Parts of a workflow, tried again or not; tools count the same.
    pub steps: u32,
    pub cost: MicroUsd,
}

/// The limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunLimit {
    Calls(u32),
    Steps(u32),
    Cost(MicroUsd),
}

impl RunLimit {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calls(_) => "calls",
            Self::Steps(_) => "steps",
            Self::Cost(_) => "cost",
        }
    }
}

impl fmt::Display for RunLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(1) => write!(f, "run limit: 1 model call"),
            Self::Calls(most) => write!(f, "run limit: {most} model calls"),
            Self::Steps(1) => write!(f, "run limit: 1 step"),
            Self::Steps(most) => write!(f, "run limit: {most} steps"),
            Self::Cost(most) => write!(f, "run limit: {most} a run"),
        }
    }
}

/// What one run has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    calls: u32,
    steps: u32,
    /// Of calls under way, in their worst case.
    held: MicroUsd,
    spent: MicroUsd,
}

impl Run {
    /// A run that goes on elsewhere, with what it had used when it was left.
    pub fn resumed(calls: u32, steps: u32, spent: MicroUsd) -> Self {
        Self { calls, steps, held: MicroUsd::ZERO, spent }
    }

    /// A call that may cost `bound` is about to leave.
    ///
    /// # Errors
    /// The limit in the way; nothing was counted.
    pub fn begin_call(&mut self, limits: &RunLimits, bound: MicroUsd) -> Result<(), RunLimit> {
        if limits.calls > 0 && self.calls >= limits.calls {
            return Err(RunLimit::Calls(limits.calls));
        }
        if limits.cost > MicroUsd::ZERO && self.spent + self.held + bound > limits.cost {
            return Err(RunLimit::Cost(limits.cost));
        }
        self.calls += 1;
        self.held += bound;
        Ok(())
    }

    /// It did not leave after all.
    pub fn withdraw_call(&mut self, bound: MicroUsd) {
        self.calls = self.calls.saturating_sub(1);
        self.held = self.held - bound;
    }

    pub fn end_call(&mut self, bound: MicroUsd, cost: MicroUsd) {
        self.held = self.held - bound;
        self.spent += cost;
    }

    /// # Errors
    /// [`RunLimit::Steps`]; nothing was counted.
    pub fn begin_step(&mut self, limits: &RunLimits) -> Result<(), RunLimit> {
        if limits.steps > 0 && self.steps >= limits.steps {
            return Err(RunLimit::Steps(limits.steps));
        }
        self.steps += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_limit_says_what_it_was() {
        let words = [RunLimit::Calls(1), RunLimit::Steps(20), RunLimit::Cost(MicroUsd(500_000))];
        let words = words.map(|limit| limit.to_string());
        assert_eq!(words, ["run limit: 1 model call", "run limit: 20 steps", "run limit: $0.50 a run"]);
    }

    proptest! {
        /// Calls begin, end and are withdrawn in any order: neither number is ever passed, and 0 limits nothing.
        #[test]
        fn no_order_of_calls_passes_a_limit(
            acts in prop::collection::vec((0_u8..3, 1_i64..100, 0_i64..100), 1..200),
            calls in 0_u32..20, cost in 0_i64..1_000,
        ) {
            let limits = RunLimits { calls, steps: 0, cost: MicroUsd(cost) };
            let (mut run, mut open, mut left, mut really) = (Run::default(), Vec::new(), 0_u32, MicroUsd::ZERO);
            for (act, bound, share) in acts {
                match (act, open.pop()) {
                    (0, Some(bound)) => {
                        let paid = MicroUsd(bound * share / 100);
                        run.end_call(MicroUsd(bound), paid);
                        really += paid;
                    }
                    (1, Some(bound)) => {
                        run.withdraw_call(MicroUsd(bound));
                        left -= 1;
                    }
                    (_, popped) => {
                        open.extend(popped);
                        if run.begin_call(&limits, MicroUsd(bound)).is_ok() {
                            open.push(bound);
                            left += 1;
                        } else {
                            let worst = really + open.iter().map(|bound| MicroUsd(*bound)).sum();
                            prop_assert!(left == calls || worst.0 + bound > cost, "refused without need");
                        }
                    }
                }
                let worst = really + open.iter().map(|bound| MicroUsd(*bound)).sum();
                prop_assert!(calls == 0 || left <= calls);
                prop_assert!(cost == 0 || worst <= MicroUsd(cost));
            }
        }
    }
}
