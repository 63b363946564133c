//! What no answer may say, whoever wrote it: diagnoses, medicines, fasting.

/// Beginnings of words, lower case.
const NEVER: &[&str] =
    &["diagnos", "prescri", "medication", "insulin", "antidepress", "dosage", "fasting", "cures ", "detox"];
const NEVER_TOGETHER: &[&str] = &[
    "you have diabetes",
    "you have depression",
    "you suffer from",
    "stop taking",
    "skip breakfast",
    "skip meals",
];

/// Whether a text claims what only a professional may, or asks for what no plan should.
pub(crate) fn oversteps(text: &str) -> bool {
    let lower = text.to_lowercase();
    let starts = |part: &str| {
        lower
            .match_indices(part)
            .any(|(at, _)| lower[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric()))
    };
    NEVER.iter().any(|part| starts(part)) || NEVER_TOGETHER.iter().any(|phrase| lower.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_diagnosis_from_a_walk() {
        for text in ["You suffer from insomnia.", "Fasting until noon", "Take your medication earlier"] {
            assert!(oversteps(text), "{text}");
        }
        for text in ["Breakfast in the sun", "A steadfasting friend", "Please talk to a doctor or dietitian."]
        {
            assert!(!oversteps(text), "{text}");
        }
    }
}
