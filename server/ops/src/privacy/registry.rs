//! Which tables hold what of people.

/// Rows of people.
pub(super) struct Owned {
    pub(super) table: &'static str,
    /// What it is called in an export.
    pub(super) section: &'static str,
    /// Which rows are a person's: `$1` is the tenant, `$2` the person.
    pub(super) whose: &'static str,
}

const fn owned(table: &'static str, section: &'static str) -> Owned {
    Owned { table, section, whose: "tenant = $1 and user_id = $2" }
}

/// Health data and what was made of it: exported, and deleted. The person comes last: while the row is there and locked, nothing of
/// theirs is written by others.
pub(super) const OWNED: [Owned; 18] = [
    owned("score", "scores"),
    owned("biomarker", "biomarkers"),
    owned("check_in", "check_ins"),
    owned("journal", "journal"),
    owned("calendar_selection", "calendar"),
    owned("archetype_switch", "archetype_switches"),
    owned("analysis", "analyses"),
    owned("memory", "memories"),
    owned("memory_past", "past_memories"),
    owned("memory_forgotten", "forgotten_memories"),
    owned("memory_use", "uses_of_memories"),
    owned("insight", "insights"),
    owned("kept_answer", "kept_answers"),
    owned("support_consent", "consents"),
    owned("support_access", "accesses"),
    Owned {
        table: "workflow_step",
        section: "workflow_steps",
        whose: "workflow in (select id from workflow where tenant = $1 and user_id = $2)",
    },
    owned("workflow", "workflows"),
    owned("person", "profile"),
];

/// The service's own books, with the columns `tenant`, `user_id` and `at`: exported, and kept under a pseudonym.
pub(super) const BOOKS: [Owned; 2] = [owned("requests", "requests"), owned("ledger", "model_calls")];

/// Texts in which a person can stand as `tenant/user`: rules that operators made. Kept with the pseudonym in its place.
pub(super) const RULES: [(&str, &str); 4] = [
    ("setting_change", "subject"),
    ("cap_change", "rule"),
    ("cap_override", "rule"),
    ("limit_change", "rule"),
];

/// Counts under such a text, which processes go on writing for a while: added to what stands under the pseudonym.
pub(super) const COUNTS: [Counts; 2] = [
    Counts {
        table: "cost_counter",
        of: "scope",
        per: "day",
        added: &["spent_micro", "reserved_micro", "likely_micro"],
        joined: &["seen"],
    },
    Counts { table: "limit_refusal", of: "rule", per: "minute", added: &["refusals"], joined: &[] },
];

/// Counts of something at a time, by the text that names it.
pub(super) struct Counts {
    pub(super) table: &'static str,
    pub(super) of: &'static str,
    pub(super) per: &'static str,
    pub(super) added: &'static [&'static str],
    /// Sets of bits.
    pub(super) joined: &'static [&'static str],
}

/// All that an erasure deletes from or renames in.
pub(super) fn tables() -> Vec<&'static str> {
    let owned = OWNED.iter().chain(&BOOKS).map(|owned| owned.table);
    let rules = RULES.map(|(table, _)| table).into_iter().chain(COUNTS.map(|counts| counts.table));
    owned.chain(rules).chain(["erasure"]).collect()
}

/// Columns whose text is JSON.
pub(super) const JSON: [&str; 10] =
    ["profile", "body", "wishes", "evidence", "steps", "claim", "about", "headers", "meta", "tokens"];

/// `text` with `from` replaced wherever it stands alone: neither letter, digit, `_` nor `-` beside it.
pub(super) fn renamed(text: &str, from: &str, to: &str) -> Option<String> {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut found) = (text, false);
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let alone = !before.chars().next_back().or(out.chars().next_back()).is_some_and(of_a_name)
            && !after.chars().next().is_some_and(of_a_name);
        out.push_str(before);
        out.push_str(if alone { to } else { from });
        found |= alone;
        rest = after;
    }
    out.push_str(rest);
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn only_the_whole_name_is_renamed() {
        assert_eq!(renamed("user:t/u", "t/u", "t/x").as_deref(), Some("user:t/x"));
        assert_eq!(renamed("a:person=t/u,agent=b", "t/u", "t/x").as_deref(), Some("a:person=t/x,agent=b"));
        for other in ["user:t/u2", "user:at/u", "user:t/u-1", "user:t"] {
            assert_eq!(renamed(other, "t/u", "t/x"), None, "{other}");
        }
        assert_eq!(renamed("t/u2 t/u", "t/u", "t/x").as_deref(), Some("t/u2 t/x"));
    }
}
