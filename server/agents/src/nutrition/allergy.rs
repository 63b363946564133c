//! From a person's words for an allergy to the foods they must never get.
//!
//! Errs on the side of leaving out: a word matches by allergen, by family (almond: every tree nut), by a slip of one
//! letter, and always by every food name it occurs in. Words that match nothing known are reported, never dropped.

use super::food::Food;

/// Words, in singular, and the allergen tags they stand for. Sources: EU Regulation 1169/2011, annex II, and the
/// families in which cross-reactions are common.
const WORDS: &[(&[&str], &[&str])] = &[
    (
        &[
            "milk", "dairy", "lactose", "cheese", "whey", "casein", "butter", "cream", "yogurt", "yoghurt",
            "kefir",
        ],
        &["milk"],
    ),
    (&["nut"], &["tree-nut", "peanut"]),
    (
        &["almond", "walnut", "cashew", "hazelnut", "pistachio", "pecan", "macadamia", "filbert", "treenut"],
        &["tree-nut"],
    ),
    (&["peanut", "groundnut", "arachis"], &["peanut"]),
    (&["gluten", "wheat", "barley", "rye", "spelt", "celiac", "coeliac", "oat", "semolina"], &["gluten"]),
    (&["egg", "albumin", "mayonnaise"], &["egg"]),
    (&["fish", "salmon", "tuna", "cod", "trout", "sardine", "anchovy"], &["fish"]),
    (&["seafood"], &["fish", "crustacean", "mollusc"]),
    (
        &["shellfish", "crustacean", "shrimp", "prawn", "crab", "lobster", "crayfish"],
        &["crustacean", "mollusc"],
    ),
    (&["mollusc", "mollusk", "mussel", "clam", "oyster", "squid", "scallop"], &["crustacean", "mollusc"]),
    (&["soy", "soya", "soybean", "tofu", "edamame", "tempeh"], &["soy"]),
    (&["sesame", "tahini"], &["sesame"]),
    (&["celery", "celeriac"], &["celery"]),
    (&["mustard"], &["mustard"]),
    (&["lupin", "lupine"], &["lupin"]),
    (&["sulphite", "sulfite"], &["sulphite"]),
    (&["legume", "pulse"], &["soy", "peanut", "lupin"]),
];

/// Families of foods that carry no tag: the word, and the parts of names it leaves out.
const FAMILIES: &[(&str, &[&str])] = &[
    ("legume", &["lentil", "chickpea", "bean", "pea", "hummus", "edamame", "tofu", "tempeh"]),
    ("pulse", &["lentil", "chickpea", "bean", "pea", "hummus"]),
    ("citrus", &["orange"]),
    ("berry", &["berr"]),
    ("nightshade", &["tomato", "potato", "pepper", "eggplant"]),
    ("seed", &["seed", "tahini", "hummus"]),
    ("latex", &["banana", "avocado", "kiwi", "chestnut"]),
    ("meat", &["chicken", "turkey", "beef", "lamb", "pork"]),
    ("poultry", &["chicken", "turkey"]),
    ("corn", &["corn"]),
    ("maize", &["corn"]),
    ("chickpea", &["chickpea", "hummus"]),
    ("sesame", &["tahini", "hummus"]),
];

/// What one set of allergy words leaves out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exclusions {
    tags: Vec<&'static str>,
    /// Parts of food names, lower case.
    names: Vec<String>,
    /// Words that no allergen, family or food of ours is known by, as the person wrote them.
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
        let name = food.name.to_lowercase();
        food.allergens().any(|tag| self.tags.contains(&tag))
            || self.names.iter().any(|part| name.contains(part))
    }

    fn add(&mut self, phrase: &str) {
        let lower = phrase.trim().to_lowercase();
        if lower.is_empty() {
            return;
        }
        let before = self.tags.len() + self.names.len();
        let mut known = false;
        let tokens: Vec<String> =
            lower.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 1).map(singular).collect();
        for token in tokens.iter().filter(|token| !is_filler(token)) {
            for (words, tags) in WORDS {
                if words.iter().any(|word| same(word, token)) {
                    self.tags.extend(*tags);
                    known = true;
                }
            }
            for (family, parts) in FAMILIES {
                if same(family, token) {
                    self.names.extend(parts.iter().map(|part| (*part).to_owned()));
                    known = true;
                }
            }
            // "Peanut butter" is about peanuts, but leaving out butter as well harms nobody.
            let stem = token.strip_suffix('y').filter(|stem| stem.len() > 3).unwrap_or(token).to_owned();
            known |= super::food::table().iter().any(|food| food.name.to_lowercase().contains(&stem));
            self.names.push(stem);
        }
        if !known {
            self.unmatched.push(phrase.trim().to_owned());
            if self.tags.len() + self.names.len() == before {
                self.names.push(lower);
            }
        }
    }
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
    ];
    FILLERS.contains(&token)
}

fn singular(word: &str) -> String {
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
    let (a, b): (Vec<char>, Vec<char>) = (known.chars().collect(), given.chars().collect());
    if a.len() < 5 || b.len() < 5 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let left = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(left).take_while(|(x, y)| x == y).count();
    a.len().max(b.len()) - start - end <= 1
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
        ];
        for (word, food) in cases {
            assert!(forbidden(word).contains(&food), "{word} must leave out {food}");
            assert!(Exclusions::from_words([word]).unmatched.is_empty(), "{word} is known");
        }
    }

    #[test]
    fn reports_words_it_does_not_know() {
        assert_eq!(Exclusions::from_words(["Erdnuss"]).unmatched, ["Erdnuss"]);
        assert_eq!(Exclusions::from_words(["nickel", "milk"]).unmatched, ["nickel"]);
        assert_eq!(Exclusions::from_words(["no"]).unmatched, ["no"]);
        assert!(!forbidden("milk").contains(&"Soy drink"));
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
