//! What goes well, with the figure behind it. At most four.

use super::guideline::{self, Guideline};
use super::metric::Metric;
use super::{MetricEvidence, Strength, hours};
use crate::evidence::Evidence;

pub(super) fn find(evidence: &Evidence) -> Vec<Strength> {
    let age = evidence.profile.age;
    let (least, most) = guideline::sleep_minutes(age);
    let asked = guideline::active_minutes_a_week(age);
    let strength = |text: String, evidence: MetricEvidence, guideline: Guideline| Strength {
        text,
        evidence,
        guideline: Some(guideline),
    };
    let if_shown =
        |metric: Metric, good: &dyn Fn(f64) -> bool| metric.of(evidence).filter(|shown| good(shown.value));
    let found = [
        if_shown(Metric::StepsPerDay, &|steps| steps >= 8_000.0).map(|shown| {
            let text = format!("you move a lot, about {:.0} steps on a usual day.", shown.value);
            strength(text, shown, guideline::steps())
        }),
        if_shown(Metric::SleepPerNight, &|minutes| (least..=most).contains(&minutes)).map(|shown| {
            let text = format!("you sleep enough, about {} h a night.", hours(shown.value));
            strength(text, shown, guideline::sleep(age))
        }),
        if_shown(Metric::ActivePerWeek, &|minutes| minutes >= asked).map(|shown| {
            let text = format!("about {:.0} active minutes in seven days meet the guideline.", shown.value);
            strength(text, shown, guideline::active(age))
        }),
        if_shown(Metric::MiddleSpread, &|minutes| minutes <= 30.0)
            .or_else(|| if_shown(Metric::SleepSpread, &|minutes| minutes <= 30.0))
            .map(|shown| strength("your nights are regular.".to_owned(), shown, guideline::regularity())),
        if_shown(Metric::Streak, &|days| days >= 4.0).map(|shown| {
            let text = format!("{:.0} days in a row at or above your usual steps.", shown.value);
            strength(text, shown, guideline::own_usual())
        }),
    ];
    found.into_iter().flatten().take(4).collect()
}
