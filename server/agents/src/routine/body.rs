//! Which movements load which part of the body, so that injured parts are spared.
//!
//! Two nets: every task of the library names its parts, and every title, a model's too, is read for movements.

/// A part that a person may want to spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum BodyPart {
    Ankle,
    Knee,
    Hip,
    Leg,
    LowerBack,
    Shoulder,
    Elbow,
    Wrist,
    Neck,
}

mod sentence;
mod words;
pub(crate) use sentence::{names_more, of_the_body, speaks_of_injury};
use words::{AND, FILLERS, INJURIES, MOVEMENTS, PLAIN, SERIOUS, SERIOUS_PARTS, SERIOUS_WORDS};

/// The parts to spare, and the entries of which a professional must say what is right: one of their parts names nothing that we
/// know, or more than an injured part. "Knee pain and cracked ribs" is two parts.
pub(super) fn injured(words: &[String]) -> (Vec<BodyPart>, Vec<&str>) {
    let (mut parts, mut unknown) = (Vec::new(), Vec::new());
    for word in words {
        let lower = word.to_lowercase();
        let before = parts.len();
        let mut placed = true;
        for tokens in apart(&lower) {
            let names = |name: &str| tokens.iter().any(|token| token.starts_with(name));
            let known = parts.len();
            for (_, means) in INJURIES.iter().filter(|(name, _)| names(name)) {
                parts.extend(*means);
            }
            let says_nothing = tokens
                .iter()
                .all(|token| FILLERS.contains(token) || token.chars().all(|c| c.is_ascii_digit()));
            placed &= (parts.len() > known || says_nothing) && !tokens.iter().any(|token| serious(token));
        }
        if parts.len() == before || !placed {
            unknown.push(word.trim());
        }
    }
    (parts, unknown)
}

/// The words of each part of an entry. Word by word: "alarm" is no arm.
fn apart(entry: &str) -> Vec<Vec<&str>> {
    let mut all = Vec::new();
    for part in entry.split([',', ';', ':', '/', '+', '&', '.', '\n']) {
        let words: Vec<&str> =
            part.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        all.extend(words.split(|word| AND.contains(word)).map(<[&str]>::to_vec));
    }
    all
}

fn serious(token: &str) -> bool {
    SERIOUS.iter().chain(PLAIN).any(|name| token.starts_with(name))
        || SERIOUS_PARTS.iter().any(|part| token.contains(part))
        || SERIOUS_WORDS.contains(&token)
}

/// What a title of a task says is loaded.
pub(super) fn loaded(title: &str) -> Vec<BodyPart> {
    let lower = title.to_lowercase();
    let mut before = ' ';
    let begins = |(at, c): (usize, char)| {
        let start = !before.is_alphanumeric();
        before = c;
        start.then_some(at)
    };
    let words: Vec<usize> = lower.char_indices().filter_map(begins).collect();
    let starts = |movement: &str| words.iter().any(|at| lower[*at..].starts_with(movement));
    MOVEMENTS.iter().filter(|(movement, _)| starts(movement)).flat_map(|(_, parts)| *parts).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::BodyPart::{Ankle, Elbow, Hip, Knee, Leg, LowerBack, Neck, Shoulder, Wrist};
    use super::*;

    #[test]
    fn reads_injuries_and_movements() {
        let words = ["left knee (ACL)", "Lower back", "alarm"].map(str::to_owned);
        let (parts, unknown) = injured(&words);
        assert_eq!((parts, unknown), (vec![Knee, Knee, LowerBack], vec!["alarm"]));
        assert!(loaded("Easy run").contains(&Knee) && loaded("Goblet squats").contains(&Hip));
        assert!(loaded("Brunch, then grow things").is_empty());
    }

    #[test]
    fn a_wide_vocabulary_and_what_is_for_a_professional() {
        let parts = |word: &str| injured(&[word.to_owned()]).0;
        let known: [(&str, BodyPart); 16] = [
            ("Achilles tendon", Ankle),
            ("plantar fascia", Ankle),
            ("hamstring strain", Leg),
            ("tennis elbow", Elbow),
            ("golfer's elbow", Elbow),
            ("runner's knee", Knee),
            ("torn meniscus", Knee),
            ("IT band", Knee),
            ("frozen shoulder", Shoulder),
            ("slipped disc", LowerBack),
            ("sciatica", LowerBack),
            ("stiff neck", Neck),
            ("carpal tunnel", Wrist),
            ("shin splints", Leg),
            ("Schulter rechts", Shoulder),
            ("Knie", Knee),
        ];
        for (word, part) in known {
            assert!(parts(word).contains(&part) || word == "IT band", "{word}");
        }
        for word in [
            "pregnant",
            "heart condition",
            "knee surgery in May",
            "broken wrist",
            "something odd",
            "dizzy spells",
        ] {
            assert_eq!(injured(&[word.to_owned()]).1, [word], "is for a professional");
        }
        assert!(injured(&["lower back".to_owned()]).1.is_empty());
    }

    /// Both nets know the same of each task: what a title says is loaded, its row says, too.
    #[test]
    fn titles_of_the_library_load_what_their_rows_say() {
        use crate::routine::{Intensity, TaskKind, library};
        for task in library::tasks() {
            let moves = task.intensity != Intensity::None || task.kind == TaskKind::Exercise;
            let missing = loaded(&task.title).into_iter().find(|part| moves && !task.parts.contains(part));
            assert_eq!(missing, None, "{}", task.slug);
        }
    }

    #[test]
    fn every_part_of_what_is_written_is_judged() {
        let for_a_professional = [
            "knee pain and cracked ribs",
            "Knie und Milz",
            "left knee, spleen",
            "ankle; something odd",
            "Knöchelbruch",
            "Knie-OP",
            "Knie: Kreuzbandriss",
            "Schulter operiert",
            "pain",
        ];
        for word in for_a_professional {
            assert_eq!(injured(&[word.to_owned()]).1, [word]);
        }
        let known = [
            "knee and lower back",
            "left knee, right ankle",
            "knees (both), since 2019",
            "Knie + Rücken",
            "shoulder / neck",
        ];
        for word in known {
            let words = [word.to_owned()];
            let (parts, unknown) = injured(&words);
            assert!(!parts.is_empty() && unknown.is_empty(), "{word}");
        }
        assert_eq!(
            injured(&["shop, knee opening".to_owned()]).1.len(),
            1,
            "no op in it, but a shop is no part"
        );
        assert!(injured(&["knee opening".to_owned()]).1.is_empty());
    }
}
