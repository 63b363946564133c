//! Faults by the names that the first system's apps sent.

use domain::field_error::FieldError;
use ops::Error;

/// Our names at the end of a path, and the old ones.
const NAMES: [(&str, &str); 7] = [
    ("task_id", "plan_item_id"),
    ("status", "completion_status"),
    ("rating", "satisfaction_rating"),
    ("note", "user_notes"),
    ("date", "planned_date"),
    ("user_id", "profile_id"),
    ("body", "body"),
];

/// The same error, naming what was sent.
pub(super) fn old(error: Error) -> Error {
    let Error::Invalid(faults) = error else { return error };
    let renamed = |fault: FieldError| FieldError { field: old_name(&fault.field), detail: fault.detail };
    Error::Invalid(faults.into_iter().map(renamed).collect())
}

fn old_name(field: &str) -> String {
    let field = field.replacen("items", "checkins", 1).replacen("task_ids", "plan_item_ids", 1);
    let (outer, last) = match field.rsplit_once('.') {
        Some((outer, last)) => (format!("{outer}."), last.to_owned()),
        None => (String::new(), field),
    };
    let last = NAMES.iter().find(|(ours, _)| *ours == last).map_or(last.as_str(), |(_, old)| old);
    format!("{outer}{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_what_was_sent() {
        for (ours, old) in [
            ("rating", "satisfaction_rating"),
            ("items[3].task_id", "checkins[3].plan_item_id"),
            ("task_ids[1]", "plan_item_ids[1]"),
            ("mood_rating", "mood_rating"),
        ] {
            assert_eq!(old_name(ours), old);
        }
    }
}
