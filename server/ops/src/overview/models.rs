//! The language models on the first screen: is each asked, what did its breaker do, and how much work was not done twice.

use domain::breaker::BreakerState;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Tone;
use crate::answers::{FlightsCount, WordsKept};
use crate::error::Result;
use crate::gateway::{BreakerChange, ModelStatus};

/// Changes shown, and since when.
const MOST_CHANGES: u32 = 4;
const RECENT: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ModelsAndCache {
    /// The first asked first; empty: the planners answer.
    pub models: Vec<ModelNow>,
    /// The newest of the last 24 hours, at most four.
    pub breaker_changes: Vec<BreakerChange>,
    /// Words paid once and given again.
    pub words: WordsKept,
    /// Requests of one person that waited for each other.
    pub flights: FlightsCount,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ModelNow {
    pub model: String,
    pub tone: Tone,
    pub state: String,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

impl ModelStatus {
    /// How it is, in a word. Not called yet is unknown: a breaker that was never tried says nothing of a model.
    pub fn told(&self, now: Timestamp) -> (Tone, String) {
        if self.withheld.is_some() {
            return (Tone::Warn, "not asked: cost is cut".to_owned());
        }
        match (self.breaker, self.retry_at) {
            (BreakerState::Open, Some(at)) if at > now => {
                let seconds = (at.duration_since(now).as_millis() + 999) / 1_000;
                (Tone::Bad, format!("left alone, tried again in {seconds} s"))
            }
            (BreakerState::Open, _) => (Tone::Bad, "left alone, tried with the next request".to_owned()),
            (BreakerState::HalfOpen, _) => (Tone::Warn, "being tried again".to_owned()),
            (BreakerState::Closed, _) if self.failures_in_row == 1 => {
                (Tone::Warn, "the last call failed".to_owned())
            }
            (BreakerState::Closed, _) if self.failures_in_row > 1 => {
                (Tone::Warn, format!("the last {} calls failed", self.failures_in_row))
            }
            (BreakerState::Closed, _) if self.calls == 0 => (Tone::Unknown, "not called yet".to_owned()),
            (BreakerState::Closed, _) => (Tone::Ok, "answering".to_owned()),
        }
    }
}

impl crate::Ops {
    pub(super) async fn models_and_cache(&self, now: Timestamp) -> Result<ModelsAndCache> {
        let models = self.models().into_iter().map(|model| {
            let (tone, state) = model.told(now);
            ModelNow { model: model.model, tone, state, since: model.since }
        });
        Ok(ModelsAndCache {
            models: models.collect(),
            breaker_changes: self.breaker_changes(now - RECENT, MOST_CHANGES).await?,
            words: self.words_kept(),
            flights: self.flights_count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_called_is_unknown_and_what_fails_is_not_answering() {
        let now = Timestamp::UNIX_EPOCH;
        let fine = ModelStatus {
            model: "m".to_owned(),
            breaker: BreakerState::Closed,
            since: now,
            failures_in_row: 0,
            retry_at: None,
            calls: 7,
            opened: 0,
            failures: Vec::new(),
            withheld: None,
            input_usd_per_mtok: 1.0,
            cached_input_usd_per_mtok: 1.0,
            output_usd_per_mtok: 2.0,
            price_version: "v1".to_owned(),
        };
        let retry = |ms| Some(now + SignedDuration::from_millis(ms));
        let open = ModelStatus { breaker: BreakerState::Open, retry_at: retry(4_200), ..fine.clone() };
        let cases = [
            ModelStatus { calls: 0, ..fine.clone() },
            ModelStatus { failures_in_row: 1, ..fine.clone() },
            ModelStatus { failures_in_row: 3, ..fine.clone() },
            ModelStatus { retry_at: retry(0), ..open.clone() },
            ModelStatus { breaker: BreakerState::HalfOpen, ..fine.clone() },
            ModelStatus { withheld: Some("cost shutoff of the model in force"), ..open.clone() },
            open,
            fine,
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|model| model.told(now))
            .map(|(tone, word)| format!("{} {word}", tone.as_str()))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        unknown not called yet
        warn the last call failed
        warn the last 3 calls failed
        bad left alone, tried with the next request
        warn being tried again
        warn not asked: cost is cut
        bad left alone, tried again in 5 s
        ok answering
        ");
    }
}
