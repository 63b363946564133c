//! What other steps would have done, in words: computed from the calls there were.

use ops::cost::DegradePreview;

use crate::ui::figures::{count, usd};

/// What was there to be hit, what would have been, and what nobody knows.
pub(super) fn effect(preview: &DegradePreview) -> String {
    let since = preview.since.strftime("%Y-%m-%d %H:%M UTC");
    let weaker = if preview.weaker {
        " It gives up less than the policy in force somewhere: an operator's password is needed."
    } else {
        ""
    };
    if preview.calls == 0 {
        return format!("No model was called for this agent since {since}: nothing to count.{weaker}");
    }
    let hit = preview.calls_hit;
    let parts = [
        (hit.cheaper, "by a cheaper model"),
        (hit.throttled, "held back by the throttle"),
        (hit.planner, "by the planner"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(calls, _)| *calls > 0)
        .map(|(calls, how)| format!("{} {how}", count(calls)))
        .collect();
    let parts = if parts.is_empty() { "none".to_owned() } else { parts.join(", ") };
    let kept = match hit.kept_words_first {
        0 => String::new(),
        n => format!(
            " For {} calls kept words would have been looked for first; how many there were nobody knows, so they count as saving nothing.",
            count(n)
        ),
    };
    format!(
        "Since {since}: {} of {} answers would have been hit. Calls answered otherwise: {parts}. It would have saved {} of {}.{kept}{weaker}",
        count(preview.answers_hit),
        count(preview.answers),
        usd(preview.saved_usd),
        usd(preview.spent_usd),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::agent::Agent;
    use ops::cost::GivenUp;

    #[test]
    fn what_would_have_been_hit_is_said_and_what_nobody_knows_too() {
        let preview = DegradePreview {
            agent: Agent::Routine,
            steps: Vec::new(),
            since: "2026-03-03T07:00:00Z".parse().unwrap(),
            calls: 40,
            answers: 31,
            answers_hit: 12,
            calls_hit: GivenUp { cheaper: 9, throttled: 0, planner: 3, kept_words_first: 2 },
            spent_usd: 4.2,
            saved_usd: 1.1,
            weaker: true,
        };
        assert_eq!(
            effect(&preview),
            "Since 2026-03-03 07:00 UTC: 12 of 31 answers would have been hit. Calls answered otherwise: 9 by a cheaper model, \
             3 by the planner. It would have saved $1.10 of $4.20. For 2 calls kept words would have been looked for first; how \
             many there were nobody knows, so they count as saving nothing. It gives up less than the policy in force somewhere: \
             an operator's password is needed."
        );
        let none = DegradePreview { calls: 0, weaker: false, ..preview };
        assert_eq!(
            effect(&none),
            "No model was called for this agent since 2026-03-03 07:00 UTC: nothing to count."
        );
    }
}
