//! From a person's words for an allergy to the foods they must never get.
//!
//! Errs on the side of leaving out: a word matches by allergen in four languages, by family (almond: every tree nut), by a
//! slip of one letter, and always by every food name it occurs in. Of an entry every word is judged: where one matches
//! nothing known, the whole entry is reported, never dropped.

use super::food::Food;

mod words;
use words::{FAMILIES, PARTS, WORDS};

/// What one set of allergy words leaves out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exclusions {
    tags: Vec<&'static str>,
    /// Parts of food names, lower case.
    names: Vec<String>,
    /// Entries with a word that no allergen, family or food of ours is known by, as the person wrote them.
    pub unmatched: Vec<String>,
}

impl Exclusions {
    pub(crate) fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut exclusions = Self::default();
        for phrase in words {
            exclusions.add(phrase);
        }
        exclusions
    }

    pub(crate) fn forbids(&self, food: &Food) -> bool {
        food.allergens().any(|tag| self.tags.contains(&tag))
            || self.names.iter().any(|part| names(food, part))
    }

    /// Whether a text names one of the allergens, in any language known here, or what foods are left out by their name for.
    pub(crate) fn named_in(&self, text: &str) -> Option<String> {
        if self.tags.is_empty() && self.names.is_empty() {
            return None;
        }
        let lower = fold(text);
        if let Some(phrase) = self.names.iter().find(|name| name.contains(' ') && lower.contains(*name)) {
            return Some(phrase.clone());
        }
        let words = tokens(text).into_iter().filter(|token| !is_filler(token));
        words.into_iter().find(|token| {
            self.names.iter().any(|name| speaks_of(token, name))
                || tags_of(token).any(|tag| self.tags.contains(&tag))
        })
    }

    fn add(&mut self, phrase: &str) {
        let lower = fold(phrase.trim());
        if lower.is_empty() {
            return;
        }
        let before = self.tags.len() + self.names.len();
        // Words that mean something only together: "fruits de mer", "stone fruit".
        let mut together: Vec<String> = Vec::new();
        for (words, tags) in WORDS {
            for word in words.iter().filter(|word| word.contains(' ') && lower.contains(**word)) {
                self.tags.extend(*tags);
                together.extend(tokens(word));
            }
        }
        for (words, parts) in FAMILIES {
            for word in words.iter().filter(|word| word.contains(' ') && lower.contains(**word)) {
                self.names.extend(parts.iter().map(|part| (*part).to_owned()));
                together.extend(tokens(word));
            }
        }
        let words: Vec<String> = tokens(phrase).into_iter().filter(|token| !is_filler(token)).collect();
        let mut all_known = !words.is_empty() || !together.is_empty();
        for token in &words {
            let tags: Vec<&'static str> = tags_of(token).collect();
            let mut known = !tags.is_empty() || together.contains(token);
            self.tags.extend(tags);
            for (words, parts) in FAMILIES {
                if words.iter().any(|word| same(word, token)) {
                    self.names.extend(parts.iter().map(|part| (*part).to_owned()));
                    known = true;
                }
            }
            // "Peanut butter" is about peanuts, but leaving out butter as well harms nobody.
            let stem = token.strip_suffix('y').filter(|stem| stem.len() > 3).unwrap_or(token).to_owned();
            // Nickel is not pumpernickel: within a word it leaves out, but is not known by that.
            let called = |food: &Food| {
                food.words.iter().any(|word| *word == stem || stem.len() >= 4 && word.starts_with(&stem))
            };
            known |= super::food::table().iter().any(called);
            self.names.push(stem);
            all_known &= known;
        }
        if !all_known {
            self.unmatched.push(phrase.trim().to_owned());
            if self.tags.len() + self.names.len() == before {
                self.names.push(lower);
            }
        }
    }
}

/// Words in names of foods that are not foods.
const DESCRIBING: &[&str] = &[
    "bell", "black", "breast", "brown", "canned", "cottage", "dried", "drink", "firm", "free", "green",
    "ground", "in", "leaf", "lean", "leg", "lima", "low", "navy", "pearl", "pigeon", "powder", "red",
    "round", "shredded", "skim", "snow", "soft", "split", "sweet", "swiss", "thigh", "vital", "water",
    "white", "whole", "wild", "day", "fat",
];

/// The words of a text that an allergen, a family or a food of ours is known by: lower case, each once.
pub(crate) fn named_foods(text: &str) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for token in tokens(text).into_iter().filter(|token| !is_filler(token)) {
        let food = |food: &Food| {
            !DESCRIBING.contains(&token.as_str()) && food.words.iter().any(|word| singular(word) == token)
        };
        // Of the shortest only what names an allergen: an "Ei" is one.
        let longer = token.len() >= 3;
        let known = tags_of(&token).next().is_some()
            || longer
                && (FAMILIES.iter().any(|(words, _)| words.iter().any(|word| same(word, &token)))
                    || super::food::table().iter().any(food));
        if known && !named.contains(&token) {
            named.push(token);
        }
    }
    let lower = fold(text);
    let phrases = WORDS.iter().map(|(words, _)| *words).chain(FAMILIES.iter().map(|(words, _)| *words));
    for phrase in phrases.flatten().filter(|word| word.contains(' ') && lower.contains(**word)) {
        named.push((*phrase).to_owned());
    }
    named
}

/// The allergens that one word stands for: as it is, by a slip, or as part of a compound.
fn tags_of(token: &str) -> impl Iterator<Item = &'static str> {
    let stands = |words: &[&str]| {
        let is = |word: &&str| {
            same(word, token)
                || PARTS.iter().any(|part| part == word && token.len() > part.len() && token.contains(part))
        };
        words.iter().any(is)
    };
    let compound = PARTS.iter().filter(|part| token.contains(**part)).flat_map(|part| {
        WORDS.iter().filter(move |(words, _)| words.iter().any(|word| part.starts_with(word)))
    });
    let found: Vec<&(&[&str], &[&str])> =
        WORDS.iter().filter(|(words, _)| stands(words)).chain(compound).collect();
    found.into_iter().flat_map(|(_, tags)| tags.iter().copied())
}

/// Whether a food is called by this word: short ones must be a word of its name, longer ones a part.
fn names(food: &Food, part: &str) -> bool {
    food.words.iter().any(|word| speaks_of(word, part)) || part.contains(' ') && food.lower.contains(part)
}

fn speaks_of(word: &str, part: &str) -> bool {
    word == part || part.len() >= 4 && word.contains(part)
}

/// A dislike as [`dislikes`] reads it: lower case, in singular.
pub(super) fn disliked(word: &str) -> Option<String> {
    let folded = fold(word.trim());
    (!folded.is_empty()).then(|| folded.split_whitespace().map(singular).collect::<Vec<_>>().join(" "))
}

/// Whether somebody dislikes this food, by its name: as with allergies, and what a compound is said to be. A walnut is a nut; an
/// eggplant is no egg, a goat no oat.
pub(super) fn dislikes(words: &[String], food: &Food) -> bool {
    let is_a = |part: &str| {
        let kind = |word: &String| word.strip_suffix(part).is_some_and(|rest| rest.len() >= 3);
        part.len() >= 3 && food.words.iter().any(kind)
    };
    words.iter().any(|word| names(food, word) || is_a(word))
}

/// Lower case, and letters without their accents.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.to_lowercase().chars() {
        match letter {
            'ä' | 'á' | 'à' | 'â' | 'ã' => folded.push('a'),
            'ö' | 'ó' | 'ô' => folded.push('o'),
            'ü' | 'ú' | 'ù' | 'û' => folded.push('u'),
            'é' | 'è' | 'ê' | 'ë' => folded.push('e'),
            'í' | 'î' | 'ï' => folded.push('i'),
            'ñ' => folded.push('n'),
            'ç' => folded.push('c'),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            other => folded.push(other),
        }
    }
    folded
}

fn tokens(text: &str) -> Vec<String> {
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1).map(singular).collect()
}

/// Words that say nothing about a food: "allergic to nuts", "cow's milk protein".
fn is_filler(token: &str) -> bool {
    const FILLERS: &[&str] = &[
        "allergy",
        "allergic",
        "intolerance",
        "intolerant",
        "to",
        "and",
        "or",
        "all",
        "any",
        "the",
        "no",
        "severe",
        "cow",
        "protein",
        "raw",
        "product",
        "food",
        "in",
        "of",
        "free",
        "disease",
        "tree",
        "sensitivity",
        // "Kuhmilch und Ei", "fruits à coque", "frutos secos": what is left of phrases.
        "und",
        "oder",
        "et",
        "ou",
        "de",
        "des",
        "du",
        "la",
        "le",
        "les",
        "el",
        "los",
        "con",
        "allergie",
        "alergia",
        "alle",
        "gegen",
        "fruit",
        "with",
        "am",
        "very",
        "my",
        "have",
        "kind",
        "type",
        "mild",
        "strong",
        "from",
        "containing",
        "trace",
        "reaction",
        "anaphylaxi",
        "anaphylactic",
        "mit",
        "auf",
        "ich",
        "bin",
        "allergisch",
        "intoleranz",
        "unvertraglichkeit",
        "produkt",
        "allergique",
        "aux",
        "au",
        "les",
        "produit",
        "intolerante",
        "alergico",
        "alergica",
        "producto",
        "las",
        "al",
    ];
    FILLERS.contains(&token)
}

pub(super) fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies")
        && stem.len() > 2
    {
        return format!("{stem}y");
    }
    if let Some(stem) = word.strip_suffix("oes") {
        return format!("{stem}o");
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') && !stem.ends_with('u') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// Equal, or one slip (a letter too many, missing or wrong) in words of five letters or more.
fn same(known: &str, given: &str) -> bool {
    if known == given {
        return true;
    }
    let (a, b) = (known.as_bytes(), given.as_bytes());
    if a.len() < 5 || b.len() < 5 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let left = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(left).take_while(|(x, y)| x == y).count();
    // Two neighbours that changed places are one slip, too.
    let swapped = a.len() == b.len()
        && start + end + 2 == a.len()
        && a[start] == b[start + 1]
        && a[start + 1] == b[start];
    swapped || a.len().max(b.len()) - start - end <= 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nutrition::food;

    fn forbidden(word: &str) -> Vec<&'static str> {
        let exclusions = Exclusions::from_words([word]);
        food::table().iter().filter(|food| exclusions.forbids(food)).map(|food| food.name.as_str()).collect()
    }

    #[test]
    fn knows_what_people_write() {
        let cases = [
            ("peanuts", "Peanut butter"),
            ("Nuts", "Peanuts"),
            ("tree nuts", "Walnuts"),
            ("almond", "Cashews"),
            ("dairy", "Feta"),
            ("Cow's milk protein", "Greek yogurt"),
            ("lactose intolerant", "Butter"),
            ("shellfish", "Mussels"),
            ("prawns", "Shrimp"),
            ("wheat", "Rye bread"),
            ("coeliac disease", "Oats"),
            ("soya", "Firm tofu"),
            ("SESAME", "Hummus"),
            ("strawberries", "Strawberries"),
            ("berries", "Blueberries"),
            ("penut", "Peanut butter"),
            ("tomatoes", "Tomatoes"),
            ("legumes", "Black beans"),
            ("eggs", "Eggs"),
            ("Erdnüsse", "Peanut butter"),
            ("Kuhmilch", "Feta"),
            ("Weizenmehl", "Couscous"),
            ("Schalenfrüchte", "Cashews"),
            ("Krebstiere", "Shrimp"),
            ("Weichtiere", "Mussels"),
            ("Hühnerei", "Eggs"),
            ("Eier", "Egg noodles"),
            ("Sellerie", "Celery"),
            ("Lupinen", "Lupin seeds"),
            ("Schwefeldioxid und Sulfite", "Dried apricots"),
            ("Käse", "Cheddar"),
            ("Fisch", "Cod"),
            ("Haselnüsse", "Hazelnuts"),
            ("arachides", "Peanuts"),
            ("fruits à coque", "Almonds"),
            ("blé", "Bulgur"),
            ("œufs", "Eggs"),
            ("fruits de mer", "Crab"),
            ("crustacés", "Crab"),
            ("céleri", "Celery"),
            ("poisson", "Trout"),
            ("lait", "Kefir"),
            ("cacahuetes", "Peanuts"),
            ("frutos secos", "Walnuts"),
            ("leche", "Greek yogurt"),
            ("huevos", "Eggs"),
            ("trigo", "Pasta"),
            ("pescado", "Salmon"),
            ("mariscos", "Shrimp"),
            ("sésamo", "Tahini"),
            ("altramuces", "Lupin seeds"),
            ("glutne", "Rye bread"),
            ("hazlenut", "Hazelnuts"),
        ];
        for (word, food) in cases {
            assert!(forbidden(word).contains(&food), "{word} must leave out {food}");
            assert!(Exclusions::from_words([word]).unmatched.is_empty(), "{word} is known");
        }
    }

    #[test]
    fn reports_words_it_does_not_know() {
        assert_eq!(Exclusions::from_words(["Blütenpollen"]).unmatched, ["Blütenpollen"]);
        assert_eq!(Exclusions::from_words(["nickel", "milk"]).unmatched, ["nickel"]);
        assert_eq!(Exclusions::from_words(["no"]).unmatched, ["no"]);
        for entry in ["Eier und Linsen", "milk and aubergine", "frutos secos, níquel"] {
            assert_eq!(Exclusions::from_words([entry]).unmatched, [entry]);
        }
        let plain = [
            "I am very allergic to nuts and eggs",
            "severe peanut allergy (anaphylaxis)",
            "all kinds of fish",
            "allergisch auf Erdnüsse",
            "Laktoseintoleranz",
            "milk, eggs & soya",
            "intolerante a la leche",
            "produits laitiers",
            "noix de cajou",
        ];
        for entry in plain {
            assert!(Exclusions::from_words([entry]).unmatched.is_empty(), "{entry}");
        }
        assert!(!forbidden("milk").contains(&"Soy drink"));
        assert!(!forbidden("eggs").contains(&"Eggplant") && !forbidden("legumes").contains(&"Pear"));
        assert!(!forbidden("oats").contains(&"Goat cheese"));
    }

    #[test]
    fn dislikes_are_read_as_words() {
        let left_out =
            |word: &str, food: &str| dislikes(&[disliked(word).unwrap()], food::by_name(food).unwrap());
        for (word, food) in [
            ("Oats", "Oats"),
            ("eggs", "Egg noodles"),
            ("Strawberries", "Strawberries"),
            ("nuts", "Walnuts"),
            (" Goat cheese", "Goat cheese"),
            ("peas", "Chickpeas"),
        ] {
            assert!(left_out(word, food), "{word}: {food}");
        }
        for (word, food) in [("oats", "Goat cheese"), ("eggs", "Eggplant"), ("strawberries", "Blueberries")] {
            assert!(!left_out(word, food), "{word}: {food}");
        }
        assert_eq!(disliked("  "), None);
    }

    #[test]
    fn every_allergen_tag_of_the_table_can_be_named() {
        for food in food::table() {
            for tag in food.allergens() {
                assert!(Exclusions::from_words([tag]).forbids(food), "{tag} does not reach {}", food.name);
            }
        }
    }
}
