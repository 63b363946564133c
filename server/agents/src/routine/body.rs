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

/// Words in a person's description of an injury: beginnings of its words.
const INJURIES: &[(&str, &[BodyPart])] = &[
    ("ankle", &[Ankle]),
    ("foot", &[Ankle]),
    ("feet", &[Ankle]),
    ("heel", &[Ankle]),
    ("toe", &[Ankle]),
    ("bunion", &[Ankle]),
    ("metatars", &[Ankle]),
    ("achilles", &[Ankle, Leg]),
    ("plantar", &[Ankle]),
    ("fasciitis", &[Ankle]),
    ("knee", &[Knee]),
    ("menisc", &[Knee]),
    ("acl", &[Knee]),
    ("mcl", &[Knee]),
    ("patell", &[Knee]),
    ("kneecap", &[Knee]),
    ("iliotibial", &[Knee, Hip]),
    ("itb", &[Knee, Hip]),
    ("hip", &[Hip]),
    ("groin", &[Hip, Leg]),
    ("adductor", &[Hip, Leg]),
    ("glute", &[Hip]),
    ("piriformis", &[Hip, LowerBack]),
    ("labr", &[Hip, Shoulder]),
    ("hamstring", &[Leg]),
    ("calf", &[Leg, Ankle]),
    ("calves", &[Leg, Ankle]),
    ("thigh", &[Leg]),
    ("quad", &[Leg]),
    ("shin", &[Leg, Ankle]),
    ("leg", &[Leg, Knee, Ankle]),
    ("back", &[LowerBack]),
    ("spin", &[LowerBack, Neck]),
    ("disc", &[LowerBack, Neck]),
    ("disk", &[LowerBack, Neck]),
    ("lumb", &[LowerBack]),
    ("sacr", &[LowerBack, Hip]),
    ("tailbone", &[LowerBack, Hip]),
    ("sciatic", &[LowerBack, Leg, Hip]),
    ("ischia", &[LowerBack, Leg, Hip]),
    ("shoulder", &[Shoulder]),
    ("rotator", &[Shoulder]),
    ("impingement", &[Shoulder, Hip]),
    ("collarbone", &[Shoulder]),
    ("clavic", &[Shoulder]),
    ("biceps", &[Shoulder, Elbow]),
    ("triceps", &[Shoulder, Elbow]),
    ("elbow", &[Elbow]),
    ("forearm", &[Elbow, Wrist]),
    ("wrist", &[Wrist]),
    ("carpal", &[Wrist]),
    ("hand", &[Wrist]),
    ("thumb", &[Wrist]),
    ("finger", &[Wrist]),
    ("arm", &[Elbow, Shoulder, Wrist]),
    ("neck", &[Neck]),
    ("cervical", &[Neck]),
    ("whiplash", &[Neck]),
    ("knöchel", &[Ankle]),
    ("sprunggelenk", &[Ankle]),
    ("fuß", &[Ankle]),
    ("ferse", &[Ankle]),
    ("knie", &[Knee]),
    ("hüft", &[Hip]),
    ("leiste", &[Hip, Leg]),
    ("oberschenkel", &[Leg]),
    ("wade", &[Leg, Ankle]),
    ("rücken", &[LowerBack]),
    ("bandscheibe", &[LowerBack, Neck]),
    ("schulter", &[Shoulder]),
    ("ellenbogen", &[Elbow]),
    ("ellbogen", &[Elbow]),
    ("handgelenk", &[Wrist]),
    ("nacken", &[Neck]),
];

/// Beginnings of words that no list of movements may answer, even beside a part that is known: what is right then is for a
/// professional to say.
const SERIOUS: &[&str] = &[
    "pregnan",
    "postpartum",
    "postnatal",
    "birth",
    "miscarr",
    "pelvic",
    "prolapse",
    "schwanger",
    "heart",
    "cardi",
    "angina",
    "chest",
    "stroke",
    "clot",
    "thromb",
    "embol",
    "aneurysm",
    "arrhythm",
    "pacemaker",
    "hypertens",
    "pressure",
    "surg",
    "operat",
    "replacement",
    "prosthe",
    "implant",
    "fractur",
    "broken",
    "break",
    "ruptur",
    "torn",
    "dislocat",
    "stress",
    "concuss",
    "seizure",
    "epilep",
    "faint",
    "dizz",
    "vertigo",
    "numb",
    "paraly",
    "osteopor",
    "arthrit",
    "rheumat",
    "gout",
    "cancer",
    "tumor",
    "tumour",
    "chemo",
    "diabet",
    "asthma",
    "copd",
    "lung",
    "kidney",
    "hernia",
    "infect",
    "fever",
    "multiple",
    "parkinson",
    "dialys",
    "anorex",
    "bulim",
    "herz",
    "bruch",
    "gebrochen",
];

/// Words in titles.
const MOVEMENTS: &[(&str, &[BodyPart])] = &[
    ("squat", &[Knee, Hip, Leg]),
    ("lunge", &[Knee, Hip, Leg]),
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
    ("push-up", &[Shoulder, Wrist, Elbow]),
    ("pushup", &[Shoulder, Wrist, Elbow]),
    ("heel raise", &[Ankle, Leg]),
    ("calf raise", &[Ankle, Leg]),
    ("thrust", &[Hip, LowerBack]),
    ("crunch", &[LowerBack, Neck]),
    ("sit-up", &[LowerBack, Neck]),
    ("handstand", &[Wrist, Shoulder, Neck]),
    ("dip", &[Shoulder, Elbow]),
    ("climb", &[Shoulder, Elbow, Knee]),
    ("skip", &[Knee, Ankle]),
    ("ski", &[Knee, Hip]),
    ("plank", &[Shoulder]),
    ("pull-up", &[Shoulder, Elbow]),
    ("press", &[Shoulder]),
    ("row", &[LowerBack, Shoulder, Elbow]),
    ("swim", &[Shoulder]),
    ("cycl", &[Knee, Hip]),
    ("bike", &[Knee, Hip]),
    ("bridges", &[Hip, Leg]),
    ("yoga", &[Wrist, Shoulder]),
    ("headstand", &[Neck, Shoulder]),
    ("tai chi", &[Knee]),
];

/// The parts to spare, and the words of which a professional must say what is right: no part that we know, or more than an
/// injured part.
pub(super) fn injured(words: &[String]) -> (Vec<BodyPart>, Vec<&str>) {
    let (mut parts, mut unknown) = (Vec::new(), Vec::new());
    for word in words {
        let lower = word.to_lowercase();
        // Word by word: "alarm" is no arm.
        let tokens: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
        let names = |name: &str| tokens.iter().any(|token| token.starts_with(name));
        let before = parts.len();
        for (_, means) in INJURIES.iter().filter(|(name, _)| names(name)) {
            parts.extend(*means);
        }
        if parts.len() == before || SERIOUS.iter().any(|name| names(name)) {
            unknown.push(word.trim());
        }
    }
    (parts, unknown)
}

/// Beginnings of words that tell of a part that is not well.
const AILMENTS: &[&str] = &[
    "hurt",
    "pain",
    "ache",
    "aching",
    "sore",
    "injur",
    "sprain",
    "strain",
    "pull",
    "torn",
    "tear",
    "ruptur",
    "surg",
    "operat",
    "fractur",
    "broke",
    "swollen",
    "inflam",
    "tendin",
    "tendon",
    "arthr",
    "bad",
    "weak",
    "stiff",
    "unstable",
    "problem",
    "trouble",
    "condition",
    "disease",
    "attack",
    "recover",
    "dislocat",
    "herniat",
    "slipped",
    "frozen",
    "replac",
    "schmerz",
    "verletz",
    "kaputt",
    "gebrochen",
];
/// Endings that do so within a word: `backache`.
const ACHES: &[&str] = &["ache", "aches", "schmerz", "schmerzen"];
/// Of [`SERIOUS`], what is said of other things more often.
const AMBIGUOUS: &[&str] = &["stress", "pressure", "break", "birth", "multiple", "chest", "numb", "infect"];
/// Of [`SERIOUS`], what needs no other word beside it.
const PLAIN: &[&str] =
    &["pregnan", "schwanger", "postpartum", "postnatal", "pacemaker", "epilep", "osteopor"];

/// Whether a sentence must be read as an injury: a part with what is wrong with it, or what is for a professional.
pub(crate) fn speaks_of_injury(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let tokens: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let any = |names: &[&str]| tokens.iter().any(|token| names.iter().any(|name| token.starts_with(name)));
    let unwell = any(AILMENTS) || tokens.iter().any(|token| ACHES.iter().any(|end| token.ends_with(end)));
    let part = INJURIES.iter().any(|(name, _)| any(&[name]));
    let serious = SERIOUS.iter().filter(|name| !AMBIGUOUS.contains(name)).any(|name| any(&[name]));
    any(PLAIN) || unwell && (part || serious)
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
}
