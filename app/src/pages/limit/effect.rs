//! What another quota would do, in words: computed from what is counted and was refused.

use ops::gateway::{LimitPreview, LimitRule};

use crate::ui::figures::count;

/// Who is at the quota already, what was refused until now, and what it needs.
pub(super) fn effect(limit: &LimitRule, preview: &LimitPreview) -> String {
    let refused = format!(
        "This rule refused {} in the last 24 hours, {} in the last hour.",
        count(preview.refused_last_day),
        count(preview.refused_last_hour)
    );
    let needs = if preview.loosens { " It lets more through: an operator's password is needed." } else { "" };
    format!("{} {refused}{needs}", now(limit, preview))
}

fn now(limit: &LimitRule, preview: &LimitPreview) -> String {
    let Some(quota) = preview.quota else {
        return "Without a limit here only the other limits stand in the way.".to_owned();
    };
    let at = format!("At {}", count(u64::from(quota)));
    let outcome = if limit.resource == "tokens" {
        "next model call waits or is refused"
    } else {
        "next request is refused"
    };
    match (preview.subjects, preview.above, preview.most_used) {
        (Some(0), ..) => format!("{at}: nobody has used any of it just now."),
        (Some(subjects), Some(0), Some(most)) => {
            format!("{at}: none of {} is there; the nearest used {}.", count(subjects), count(most))
        }
        (Some(subjects), Some(above), _) => {
            let whose = if above == 1 { "its" } else { "their" };
            format!("{at}: {} of {} used as much already, {whose} {outcome}.", count(above), count(subjects))
        }
        _ => format!(
            "{at}: who would be there is not known, nobody is counted by this yet. Counting begins when it is set."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ops::gateway::LimitSource;

    fn limit(resource: &'static str) -> LimitRule {
        LimitRule {
            rule: String::new(),
            of: String::new(),
            resource,
            window: Some("minute"),
            quota: Some(60),
            default_quota: Some(60),
            has_default: true,
            source: LimitSource::Default,
            set_by: None,
            set_at: None,
            reason: None,
            wider: None,
            subjects: 0,
            nearest_used: 0,
            nearest_share: None,
            nearest: None,
            refused_last_hour: 0,
        }
    }

    fn preview(quota: Option<u32>, counted: Option<(u64, u64, u64)>) -> LimitPreview {
        LimitPreview {
            rule: String::new(),
            quota,
            subjects: counted.map(|it| it.0),
            above: counted.map(|it| it.1),
            most_used: counted.map(|it| it.2),
            refused_last_hour: 2,
            refused_last_day: 40,
            instead_of: None,
            loosens: false,
        }
    }

    #[test]
    fn a_quota_says_whom_it_hits() {
        let words = |quota, counted| effect(&limit("requests"), &preview(quota, counted));
        assert_eq!(
            words(Some(30), Some((14, 3, 55))),
            "At 30: 3 of 14 used as much already, their next request is refused. \
             This rule refused 40 in the last 24 hours, 2 in the last hour."
        );
        assert!(words(Some(30), Some((1, 1, 55))).contains("1 of 1 used as much already, its next request"));
        assert!(
            words(Some(1_000), Some((14, 0, 55)))
                .starts_with("At 1,000: none of 14 is there; the nearest used 55.")
        );
        assert!(words(Some(30), Some((0, 0, 0))).starts_with("At 30: nobody has used any"));
        assert!(words(Some(30), None).contains("not known"));
        assert!(words(None, Some((14, 0, 55))).starts_with("Without a limit"));
        let tokens = effect(&limit("tokens"), &preview(Some(5), Some((2, 1, 9))));
        assert!(tokens.contains("its next model call waits or is refused"), "{tokens}");
        let raised =
            effect(&limit("requests"), &LimitPreview { loosens: true, ..preview(Some(90), Some((2, 0, 9))) });
        assert!(raised.ends_with("an operator's password is needed."), "{raised}");
    }
}
