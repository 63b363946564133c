//! What the person told, as a day of food heeds it: allergies first, every diet, dislikes where possible; and what it says of that.

use domain::profile::Diet;

use crate::memory::{MemoryUsed, Told};

/// Foods that one note names.
const NAMED: usize = 6;

/// The one diet that meals are drawn for, and the others that every food must fit as well. The wish of a request goes before what was
/// told; a diet of the profile and told ones all hold, so that none is given up for another. Kosher, the only one that looks at whole
/// meals, is the first then.
pub(super) fn diets(wished: Option<Diet>, profile: Option<Diet>, told: &Told) -> (Diet, Vec<Diet>) {
    if let Some(wished) = wished {
        return (wished, Vec::new());
    }
    let mut all: Vec<Diet> = profile.into_iter().chain(told.diets.iter().map(|fact| fact.what)).collect();
    all.retain(|diet| *diet != Diet::Omnivore);
    if let Some(at) = all.iter().position(|diet| *diet == Diet::Kosher) {
        all.swap(0, at);
    }
    let first = all.first().copied().unwrap_or(Diet::Omnivore);
    let mut others: Vec<Diet> = Vec::new();
    for diet in all {
        if diet != first && !others.contains(&diet) {
            others.push(diet);
        }
    }
    (first, others)
}

/// What the person must read: what was left out for which memory. `wished`: another diet was wished for this day.
pub(super) fn notes(told: &Told, wished: bool) -> Vec<String> {
    let mut notes = Vec::new();
    for used in MemoryUsed::of_facts(&told.allergies, "") {
        let facts = told.allergies.iter().filter(|fact| fact.key == used.key);
        let foods: Vec<&str> =
            facts.map(|fact| fact.what.as_str()).filter(|food| !crate::wording::oversteps(food)).collect();
        let more = if foods.len() > NAMED { " and more" } else { "" };
        let foods = match &foods[..] {
            [] => String::new(),
            foods => format!(": {}{more}", foods[..foods.len().min(NAMED)].join(", ")),
        };
        notes.push(short(format!("Never in a plan, as you told ({}){foods}.", used.called()), &used));
    }
    for used in MemoryUsed::of_facts(&told.unread_allergies, "") {
        notes.push(format!(
            "You told of an allergy whose words we do not know ({}): check every food of this plan for it yourself.",
            used.called()
        ));
    }
    if !wished {
        for used in MemoryUsed::of_facts(&told.diets, "") {
            notes.push(format!("The diet that you told is kept ({}).", used.called()));
        }
    }
    for used in MemoryUsed::of_facts(&told.dislikes, "") {
        notes.push(format!(
            "What you told that you do not like is left out where possible ({}).",
            used.called()
        ));
    }
    notes
}

/// Notes are at most 300 characters: without its foods it always is.
fn short(note: String, used: &MemoryUsed) -> String {
    if note.chars().count() <= 300 {
        note
    } else {
        format!("Never in a plan: what you told ({}).", used.called())
    }
}

pub(super) fn used(told: &Told, wished: bool) -> Vec<MemoryUsed> {
    let mut used = MemoryUsed::of_facts(&told.allergies, "foods that are never in the plan");
    used.extend(MemoryUsed::of_facts(&told.unread_allergies, "a warning to check every food"));
    if !wished {
        used.extend(MemoryUsed::of_facts(&told.diets, "the diet"));
    }
    used.extend(MemoryUsed::of_facts(&told.dislikes, "foods that are left out where possible"));
    used
}
