//! What an adaptation must hold, whoever wrote it.

use super::{Adaptation, Factors, Level, MOST_CHANGES, Observed, Trigger, Verdict, triggers};
use crate::violation::Violation;
use crate::wording::oversteps;

const MOST_CHARACTERS: usize = 200;
/// Of figures that are rounded to thousandths.
const CLOSE: f64 = 0.001;

/// Every rule that is broken; none: it may be given.
pub fn validate(adaptation: &Adaptation, observed: &Observed<'_>) -> Vec<Violation> {
    let mut broken = Vec::new();
    let mut unless = |holds: bool, rule: &'static str, detail: &str| {
        if !holds {
            broken.push(Violation::new(rule, detail));
        }
    };
    let factors = Factors::of(observed);
    unless(adaptation.factors == factors, "figures", "a factor is not what the data say");
    let close = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= CLOSE,
        (one, other) => one == other,
    };
    unless(
        close(adaptation.effectiveness, factors.effectiveness()),
        "effectiveness",
        "it is not the mean of what is known",
    );
    unless(
        adaptation.level == adaptation.effectiveness.map(Level::of),
        "effectiveness",
        "its level is not that of its figure",
    );
    let before = observed.before.and_then(|before| before.effectiveness);
    let moved = factors.effectiveness().zip(before).map(|(now, before)| now - before);
    unless(close(adaptation.since_last, moved), "since-last", "it is not what changed since the last time");
    let expected = match (adaptation.changes.is_empty(), factors.effectiveness()) {
        (false, _) => Verdict::Change,
        (true, Some(_)) => Verdict::Keep,
        (true, None) => Verdict::NotEnoughData,
    };
    unless(adaptation.verdict == expected, "verdict", "it does not follow from what is known");
    let held: Vec<Trigger> = triggers(observed, &factors).into_iter().map(|(trigger, _)| trigger).collect();
    let named: Vec<Trigger> = adaptation.changes.iter().map(|change| change.trigger).collect();
    unless(named.len() <= MOST_CHANGES, "changes", "there are more than three");
    unless(named.is_sorted_by(|one, other| one < other), "changes", "they are not in their order, each once");
    unless(named.iter().all(|trigger| held.contains(trigger)), "changes", "one has no reason in the data");
    unless(
        named.len() == held.len().min(MOST_CHANGES),
        "changes",
        "a reason in the data is without its change",
    );
    for change in &adaptation.changes {
        unless(change.urgency == change.trigger.urgency(), "changes", "an urgency is not its trigger's");
        for text in [&change.what, &change.why] {
            let fits = (1..=MOST_CHARACTERS).contains(&text.chars().count());
            unless(fits, "length", "a text of a change is empty or too long");
            unless(!oversteps(text), "wording", "a change says what no coach may");
        }
    }
    unless(!oversteps(&adaptation.reason), "wording", "the reason says what no coach may");
    broken
}
