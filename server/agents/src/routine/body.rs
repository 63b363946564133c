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
    "oper",
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
    "crack",
    "rib",
    "dialys",
    "anorex",
    "bulim",
    "herz",
    "gebrochen",
    "gerissen",
];

/// Of which German makes words: "Knöchelbruch", "Kreuzbandriss". Anywhere in a word.
const SERIOUS_PARTS: &[&str] = &["bruch", "riss"];
/// Whole words: "Knie-OP" is one, an opening is not.
const SERIOUS_WORDS: &[&str] = &["op", "ops"];

/// Words between the parts of an entry.
const AND: &[&str] = &["and", "or", "plus", "und", "oder", "sowie", "et", "ou"];

/// Words that need no professional where they stand alone between commas: where, how and since when.
const FILLERS: &[&str] = &[
    "left",
    "right",
    "both",
    "lower",
    "upper",
    "side",
    "sides",
    "pain",
    "ache",
    "sore",
    "soreness",
    "injury",
    "injured",
    "hurts",
    "old",
    "mild",
    "slight",
    "light",
    "chronic",
    "stiff",
    "weak",
    "bad",
    "since",
    "my",
    "the",
    "a",
    "in",
    "of",
    "on",
    "for",
    "years",
    "year",
    "months",
    "weeks",
    "last",
    "sometimes",
    "often",
    "links",
    "rechts",
    "linke",
    "linkes",
    "linker",
    "rechte",
    "rechtes",
    "rechter",
    "beide",
    "schmerzen",
    "schmerz",
    "verletzung",
    "seit",
    "alt",
    "leicht",
];

/// Words in titles.
const MOVEMENTS: &[(&str, &[BodyPart])] = &[
    ("squat", &[Knee, Hip, Leg, Ankle]),
    ("lunge", &[Knee, Hip, Leg, Ankle]),
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
    let ambiguous = |token: &str| AMBIGUOUS.iter().any(|name| token.starts_with(name));
    let serious = tokens.iter().any(|token| serious(token) && !ambiguous(token));
    any(PLAIN) || unwell && (part || serious)
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
    SERIOUS.iter().any(|name| token.starts_with(name))
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
