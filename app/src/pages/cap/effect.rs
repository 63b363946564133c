//! What another amount would do, in words: computed from the sums and calls there are.

use ops::cost::{CapPreview, CapRule};

use super::super::caps::amount;
use crate::ui::figures::{count, usd};

/// What an amount would do, in words.
pub(super) fn effect(cap: &CapRule, preview: &CapPreview) -> String {
    let window = cap.window;
    let this = if window == "month" { "this month" } else { "today" };
    let Some(most) = preview.amount_usd else {
        return format!(
            "Without a cap: {} spent {this} would go on. Only the other caps stand in the way.",
            usd(preview.spent_usd)
        );
    };
    let head = format!("Spent {this}: {} of {}.", usd(preview.spent_usd), amount(cap.amount_usd));
    let hit = format!(
        "{} {} {this}, {} in the last hour.",
        count(preview.people),
        if preview.people == 1 { "person had a model's words" } else { "people had a model's words" },
        count(preview.people_last_hour)
    );
    let outcome = match (cap.rule.as_str(), preview.full) {
        ("alert:day", 0) => format!("At {}: nobody is told yet.", usd(most)),
        ("alert:day", _) => format!("At {}: an alert tells people at once; no answer changes.", usd(most)),
        (_, 0) => match preview.minutes_left {
            Some(minutes) => {
                format!("At {}: full in {} at the rate of the last hour.", usd(most), lasting(minutes))
            }
            None if preview.sums > 1 => {
                format!("At {}: none of {} sums is full.", usd(most), count(preview.sums))
            }
            None => {
                format!("At {}: not full before it begins anew, at the rate of the last hour.", usd(most))
            }
        },
        ("budget:day", _) => format!(
            "At {}: reached at once. Whoever asks next {this} is answered by the planner, but for essential agents.",
            usd(most)
        ),
        (rule, full) if rule.starts_with("person:") && !rule.contains('/') => format!(
            "At {}: {} of {} people have spent that much; their next questions {this} are answered by the planner.",
            usd(most),
            count(full),
            count(preview.sums)
        ),
        (_, full) if preview.sums > 1 => format!(
            "At {}: {} of {} are full at once ({}); whoever asks them next {this} is answered by the planner.",
            usd(most),
            count(full),
            count(preview.sums),
            preview.full_names.join(", ")
        ),
        _ => format!("At {}: full at once. Whoever asks next {this} is answered by the planner.", usd(most)),
    };
    let raises =
        if preview.raises { " It lets more be spent: an operator's password is needed." } else { "" };
    format!("{head} {outcome} {hit}{raises}")
}

fn lasting(minutes: u64) -> String {
    if minutes < 120 {
        format!("{minutes} min")
    } else {
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    }
}
