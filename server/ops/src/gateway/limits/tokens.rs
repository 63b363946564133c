//! Tokens of a window: a model call takes what it is likely to use before it leaves, and is corrected by what it used.
//!
//! All of a call's limits together or none, and given back when the call does not leave after all. Who knows no count at the end
//! (the client went away, a provider that says nothing) leaves what was taken: nobody knows better.

use std::sync::{Arc, Mutex};

use domain::agent::{Agent, TokenUse};
use domain::id::UserId;
use domain::limit::Resource;
use domain::rate::Used;

use super::counts::{Asked, Counts};
use super::reached::longest_wait;
use super::{Allowance, Limits, Refused, asking, lock};
use crate::access::Caller;
use crate::clock::Clock;

/// Taken for one call; given back when dropped before [`TokensHeld::settle`].
pub(crate) struct TokensHeld {
    counts: Arc<Mutex<Counts>>,
    clock: Clock,
    asked: Vec<Taken>,
    taken: u32,
}

/// Of one limit.
struct Taken {
    limit: Asked,
    /// What was used with it; `None`: there was no place to count it.
    after: Option<Used>,
}

impl Limits {
    /// Takes `likely` tokens of every limit that the call meets, or of none.
    ///
    /// # Errors
    /// The limit whose room is longest in coming; nobody is told and nothing counted yet: the caller may wait.
    pub(in crate::gateway) fn take_tokens(
        &self,
        caller: &Caller,
        agent: Agent,
        user: Option<&UserId>,
        model: &str,
        likely: u32,
    ) -> Result<TokensHeld, TokensRefused> {
        let mut held = TokensHeld {
            counts: Arc::clone(&self.counts),
            clock: self.clock.clone(),
            asked: Vec::new(),
            taken: likely,
        };
        if self.limits_nothing_of(caller) {
            return Ok(held);
        }
        let asking = asking(caller, agent, user, Some(model));
        let asked = self.asked(&asking, |resource| resource == Resource::Tokens);
        if asked.is_empty() {
            return Ok(held);
        }
        let now = self.clock.monotonic();
        let mut counts = lock(&self.counts);
        let mut taken = Vec::with_capacity(asked.len());
        let mut refused = Vec::new();
        for limit in &asked {
            match counts.take(limit, likely, now) {
                Ok(after) => taken.push(after),
                Err(wait) => refused.push((limit, wait)),
            }
        }
        if let Some((limit, wait)) = longest_wait(refused) {
            return Err(TokensRefused { limit: limit.clone(), wait, likely });
        }
        let taken = asked.into_iter().zip(taken).map(|(limit, after)| {
            let counted = counts.put(&limit, after, caller.tier, now);
            let after = after.used().filter(|_| counted);
            Taken { limit, after }
        });
        held.asked = taken.collect();
        drop(counts);
        Ok(held)
    }

    /// What is left of these limits now.
    pub(in crate::gateway) fn allowances(&self, asked: &[Asked]) -> Vec<Allowance> {
        let (now, counts) = (self.clock.monotonic(), lock(&self.counts));
        asked.iter().map(|limit| counts.allowance(limit, now)).collect()
    }

    /// A call that will not wait, or not any longer, is refused.
    pub(in crate::gateway) fn refuse_tokens(&self, refused: &TokensRefused, others: &[Asked]) -> Refused {
        let now = self.clock.monotonic();
        let counts = lock(&self.counts);
        let used = counts.used(&refused.limit, now);
        let known = |it: &&Asked| it.counted != refused.limit.counted;
        let all = others.iter().filter(known).chain([&refused.limit]);
        let allowances = all.map(|limit| counts.allowance(limit, now)).collect();
        drop(counts);
        self.refuse(&refused.limit, refused.likely, used, refused.wait, allowances)
    }
}

/// There is no room, or not yet.
#[derive(Debug)]
pub(in crate::gateway) struct TokensRefused {
    limit: Asked,
    /// `None`: never.
    pub(in crate::gateway) wait: Option<std::time::Duration>,
    likely: u32,
}

impl TokensHeld {
    /// The limits it counts in.
    pub(in crate::gateway) fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter().map(|it| &it.limit)
    }

    /// The call has ended. `known`: by what it used; else what was taken stays.
    pub(in crate::gateway) fn settle(mut self, used: TokenUse, known: bool) {
        let asked = std::mem::take(&mut self.asked);
        if known {
            let used = i64::try_from(used.input.saturating_add(used.output)).unwrap_or(i64::MAX);
            self.correct(&asked, used - i64::from(self.taken));
        }
    }

    fn correct(&self, asked: &[Taken], more: i64) {
        if asked.is_empty() || more == 0 {
            return;
        }
        let now = self.clock.monotonic();
        let mut counts = lock(&self.counts);
        for Taken { limit, after } in asked {
            // Who was not counted is not now.
            if let Some(taken) = after {
                counts.correct(limit, *taken, more, now);
            }
        }
    }
}

impl Drop for TokensHeld {
    fn drop(&mut self) {
        let asked = std::mem::take(&mut self.asked);
        self.correct(&asked, -i64::from(self.taken));
    }
}

impl std::fmt::Debug for TokensHeld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokensHeld").field("taken", &self.taken).finish_non_exhaustive()
    }
}
