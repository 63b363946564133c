//! What another amount would do, in words: computed from the sums and calls there are.

use ops::cost::{CapPreview, CapRule};

use crate::ui::figures::{count, known, usd};

/// Three sentences: what is spent of what, what the amount would do, and how many people that is about.
pub(super) fn effect(cap: &CapRule, preview: &CapPreview) -> String {
    let this = this(cap.window);
    let who = if preview.sums > 1 { "The dearest of them spent" } else { "Spent" };
    let of = cap.amount_usd.map_or_else(|| ", without a cap".to_owned(), |most| format!(" of {}", usd(most)));
    let raises =
        if preview.raises { " It lets more be spent: an operator's password is needed." } else { "" };
    format!(
        "{who} {this}: {}{of}. {} {}{raises}",
        usd(preview.spent_usd),
        outcome(cap, preview),
        people(preview, this)
    )
}

/// `today`, `this month`.
pub(super) fn this(window: &str) -> &'static str {
    if window == "month" { "this month" } else { "today" }
}

fn outcome(cap: &CapRule, preview: &CapPreview) -> String {
    let this = this(cap.window);
    let Some(most) = preview.amount_usd.map(usd) else {
        return "Without a cap only the other caps stand in the way.".to_owned();
    };
    let planner = "is answered by the planner";
    let several = preview.sums > 1;
    let (full, sums) = (count(preview.full), count(preview.sums));
    let of_people = cap.rule.starts_with("person:") && !cap.rule.contains('/');
    match (cap.rule.as_str(), preview.full) {
        ("alert:day", 0) => format!("At {most}: nobody is told yet."),
        ("alert:day", _) => format!("At {most}: an alert tells people at once; no answer changes."),
        (_, 0) => match preview.minutes_left {
            Some(minutes) => format!("At {most}: full in {} at the rate of the last hour.", lasting(minutes)),
            None if several => format!("At {most}: none of {sums} is full."),
            None => format!("At {most}: not full before it begins anew, at the rate of the last hour."),
        },
        ("budget:day", _) => {
            format!(
                "At {most}: reached at once. Whoever asks next {this} {planner}, but for essential agents."
            )
        }
        _ if of_people => {
            format!("At {most}: full at once for {full} of {sums}. Who of them asks next {this} {planner}.")
        }
        _ if several => {
            let named = preview.full_names.join(", ");
            format!(
                "At {most}: full at once for {full} of {sums} ({named}). Whoever asks them next {this} {planner}."
            )
        }
        _ => format!("At {most}: full at once. Whoever asks next {this} {planner}."),
    }
}

fn people(preview: &CapPreview, this: &str) -> String {
    let had = if preview.people == 1 { "person had" } else { "people had" };
    let hour = known(preview.people_last_hour, preview.last_hour_at_least);
    let at_least = if preview.people_at_least { "At least " } else { "" };
    format!("{at_least}{} {had} a model's words {this}, {hour} in the last hour.", count(preview.people))
}

fn lasting(minutes: u64) -> String {
    if minutes < 120 {
        format!("{minutes} min")
    } else {
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ops::cost::CapSource;

    fn cap(rule: &str, amount_usd: Option<f64>) -> CapRule {
        CapRule {
            rule: rule.to_owned(),
            of: String::new(),
            window: if rule.ends_with("month") { "month" } else { "day" },
            amount_usd,
            base_usd: amount_usd,
            default_usd: amount_usd,
            source: CapSource::Default,
            from: rule.to_owned(),
            set_by: None,
            set_at: None,
            reason: None,
            override_until: None,
        }
    }

    fn preview(amount_usd: Option<f64>, sums: u64, full: u64) -> CapPreview {
        CapPreview {
            rule: String::new(),
            amount_usd,
            window: String::new(),
            resets_at: jiff::Timestamp::UNIX_EPOCH,
            sums,
            full,
            full_names: ["nutrition", "routine"].into_iter().take(full as usize).map(str::to_owned).collect(),
            spent_usd: 3.2,
            held_usd: 0.0,
            people: 14,
            people_last_hour: 12,
            people_at_least: false,
            last_hour_at_least: false,
            calls_last_hour: 40,
            last_hour_usd: 1.0,
            minutes_left: None,
            raises: false,
        }
    }

    #[test]
    fn one_sum_is_full_or_will_be() {
        let routine = cap("agent:routine:day", Some(5.0));
        assert_eq!(
            effect(&routine, &preview(Some(3.0), 1, 1)),
            "Spent today: $3.20 of $5.00. At $3.00: full at once. Whoever asks next today is answered by the planner. \
             14 people had a model's words today, 12 in the last hour."
        );
        let later = CapPreview { minutes_left: Some(150), raises: true, ..preview(Some(6.0), 1, 0) };
        let words = effect(&routine, &later);
        assert!(words.contains("At $6.00: full in 2 h 30 min at the rate of the last hour."), "{words}");
        assert!(words.ends_with("It lets more be spent: an operator's password is needed."), "{words}");
    }

    #[test]
    fn of_several_the_full_ones_are_named_and_people_are_not() {
        let each = effect(&cap("agent:*:day", None), &preview(Some(1.0), 5, 2));
        assert!(each.starts_with("The dearest of them spent today: $3.20, without a cap. "), "{each}");
        assert!(
            each.contains("full at once for 2 of 5 (nutrition, routine). Whoever asks them next"),
            "{each}"
        );
        let people = effect(&cap("person:free:month", Some(5.0)), &preview(Some(1.0), 14, 3));
        assert!(people.contains("full at once for 3 of 14. Who of them asks next this month"), "{people}");
        let none = effect(&cap("model:*:day", Some(9.0)), &preview(Some(8.0), 3, 0));
        assert!(none.contains("At $8.00: none of 3 is full."), "{none}");
    }

    #[test]
    fn the_steps_of_the_day_do_what_they_do() {
        let alert = effect(&cap("alert:day", Some(40.0)), &preview(Some(3.0), 1, 1));
        assert!(alert.contains("an alert tells people at once; no answer changes"), "{alert}");
        let budget = effect(&cap("budget:day", Some(50.0)), &preview(Some(3.0), 1, 1));
        assert!(budget.contains("but for essential agents"), "{budget}");
        let without = effect(&cap("global:month", Some(50.0)), &preview(None, 1, 0));
        assert!(without.contains("Without a cap only the other caps stand in the way."), "{without}");
    }
}
