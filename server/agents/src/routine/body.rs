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

use BodyPart::{Ankle, Elbow, Hip, Knee, Leg, LowerBack, Neck, Shoulder, Wrist};

/// Words in a person's description of an injury.
const INJURIES: &[(&str, &[BodyPart])] = &[
    ("ankle", &[Ankle]),
    ("foot", &[Ankle]),
    ("feet", &[Ankle]),
    ("heel", &[Ankle]),
    ("toe", &[Ankle]),
    ("achilles", &[Ankle]),
    ("plantar", &[Ankle]),
    ("knee", &[Knee]),
    ("meniscus", &[Knee]),
    ("acl", &[Knee]),
    ("patella", &[Knee]),
    ("hip", &[Hip]),
    ("groin", &[Hip]),
    ("hamstring", &[Leg]),
    ("calf", &[Leg]),
    ("thigh", &[Leg]),
    ("quad", &[Leg]),
    ("shin", &[Leg]),
    ("leg", &[Leg, Knee, Ankle]),
    ("back", &[LowerBack]),
    ("spine", &[LowerBack, Neck]),
    ("disc", &[LowerBack, Neck]),
    ("lumbar", &[LowerBack]),
    ("sciatic", &[LowerBack, Leg]),
    ("shoulder", &[Shoulder]),
    ("rotator", &[Shoulder]),
    ("elbow", &[Elbow]),
    ("wrist", &[Wrist]),
    ("carpal", &[Wrist]),
    ("hand", &[Wrist]),
    ("arm", &[Elbow, Shoulder, Wrist]),
    ("neck", &[Neck]),
    ("cervical", &[Neck]),
];

/// Words in titles.
const MOVEMENTS: &[(&str, &[BodyPart])] = &[
    ("squat", &[Knee, Hip]),
    ("lunge", &[Knee, Hip]),
    ("sit-to-stand", &[Knee]),
    ("stair", &[Knee, Ankle]),
    ("jump", &[Knee, Ankle, Hip]),
    ("burpee", &[Knee, Ankle, Wrist, Shoulder, LowerBack]),
    ("sprint", &[Knee, Ankle, Hip, Leg]),
    ("run", &[Knee, Ankle, Hip, Leg]),
    ("jog", &[Knee, Ankle, Hip, Leg]),
    ("hike", &[Knee, Ankle]),
    ("walk", &[Ankle]),
    ("danc", &[Knee, Ankle]),
    ("deadlift", &[LowerBack, Hip, Leg]),
    ("swing", &[LowerBack, Hip, Shoulder]),
    ("push-up", &[Shoulder, Wrist]),
    ("pushup", &[Shoulder, Wrist]),
    ("plank", &[Shoulder]),
    ("pull-up", &[Shoulder, Elbow]),
    ("press", &[Shoulder]),
    ("row", &[LowerBack, Shoulder, Elbow]),
    ("swim", &[Shoulder]),
    ("cycl", &[Knee]),
    ("bike", &[Knee]),
    ("bridges", &[Hip]),
    ("yoga", &[Wrist, Shoulder]),
    ("headstand", &[Neck, Shoulder]),
    ("tai chi", &[Knee]),
];

/// The parts to spare, and the words that name no part we know.
pub(super) fn injured(words: &[String]) -> (Vec<BodyPart>, Vec<&str>) {
    let (mut parts, mut unknown) = (Vec::new(), Vec::new());
    for word in words {
        let lower = word.to_lowercase();
        let before = parts.len();
        for (name, means) in INJURIES {
            // Word by word: "alarm" is no arm.
            if lower.split(|c: char| !c.is_alphanumeric()).any(|token| token.starts_with(name)) {
                parts.extend(*means);
            }
        }
        if parts.len() == before {
            unknown.push(word.trim());
        }
    }
    (parts, unknown)
}

/// What a title of a task says is loaded.
pub(super) fn loaded(title: &str) -> Vec<BodyPart> {
    let lower = title.to_lowercase();
    let starts = |movement: &str| {
        lower
            .match_indices(movement)
            .any(|(at, _)| lower[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric()))
    };
    MOVEMENTS.iter().filter(|(movement, _)| starts(movement)).flat_map(|(_, parts)| *parts).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_injuries_and_movements() {
        let words = ["left knee (ACL)", "Lower back", "alarm"].map(str::to_owned);
        let (parts, unknown) = injured(&words);
        assert_eq!((parts, unknown), (vec![Knee, Knee, LowerBack], vec!["alarm"]));
        assert!(loaded("Easy run").contains(&Knee) && loaded("Goblet squats").contains(&Hip));
        assert!(loaded("Brunch, then grow things").is_empty());
    }
}
