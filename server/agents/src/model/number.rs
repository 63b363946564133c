//! Numbers in texts, to see which ones a model made up.
//!
//! A number is a run of digits, with points, colons or commas between digits: `7,000`, `8.5`, `07:30`; or an English word from
//! two to a thousand. Not seen: words such as one, half or twice, other languages, a known number with another unit or sign, and
//! known numbers put together anew (two, hundred).

use std::collections::BTreeSet;

use domain::profile::ClockTime;
use serde_json::Value;

const WORDS: [&str; 18] = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The numbers of a text, each in one way of writing: `7,000` and `7000`, `07:30` and `7:30`, `ten` and `10` are the same.
pub(super) fn in_text(text: &str) -> BTreeSet<String> {
    let letters: Vec<char> = text.chars().collect();
    let numeric = |at: usize| letters.get(at).is_some_and(|c| c.is_numeric());
    let mut found: BTreeSet<String> = words(text).map(|number| number.to_string()).collect();
    let mut run = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let joins = matches!(letter, '.' | ',' | ':') && !run.is_empty() && numeric(at + 1);
        if letter.is_numeric() || joins {
            run.push(*letter);
        } else if !run.is_empty() {
            found.insert(plain(&run));
            run.clear();
        }
    }
    if !run.is_empty() {
        found.insert(plain(&run));
    }
    found
}

/// The numbers of a value, as they are and to the nearest whole: JSON numbers, and texts that are times of day. Other texts
/// do not count, lest a date allow a 3.
pub(super) fn in_value(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Number(number) => {
            if let Some(number) = number.as_f64().map(f64::abs) {
                found.extend([format!("{number}"), format!("{number:.0}")]);
            }
        }
        Value::String(text) if ClockTime::parse(text).is_ok() => found.extend(in_text(text)),
        Value::Array(items) => items.iter().for_each(|item| in_value(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| in_value(field, found)),
        _ => {}
    }
}

fn plain(run: &str) -> String {
    let mut groups = run.split(',');
    let thousands =
        groups.next().is_some_and(|first| first.len() <= 3) && groups.all(|group| group.len() == 3);
    let run = if thousands { run.replace(',', "") } else { run.replace(',', ".") };
    let run = run.trim_start_matches('0');
    if run.starts_with(|c: char| c.is_numeric()) { run.to_owned() } else { format!("0{run}") }
}

/// The numbers that are written as words; `twenty-five` is one of them.
fn words(text: &str) -> impl Iterator<Item = usize> {
    let lower = text.to_lowercase();
    let mut found: Vec<usize> = Vec::new();
    let mut tens = false;
    for word in lower.split(|c: char| !c.is_alphabetic()) {
        let place = |list: &[&str]| list.iter().position(|known| *known == word);
        let unit = if word == "one" && tens { Some(1) } else { place(&WORDS).map(|at| at + 2) };
        match (unit, found.last_mut()) {
            (Some(unit), Some(last)) if tens && unit < 10 => *last += unit,
            (Some(unit), _) => found.push(unit),
            _ => {
                let round = place(&TENS).map(|at| (at + 2) * 10);
                let large = match word {
                    "hundred" | "hundreds" => Some(100),
                    "thousand" | "thousands" => Some(1_000),
                    _ => None,
                };
                found.extend(round.or(large));
            }
        }
        tens = TENS.contains(&word);
    }
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_way_of_writing_as_one() {
        let one = |text: &str| in_text(text).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(one("7,000 steps, or 7000."), "7000");
        assert_eq!(one("07:30 is 7:30"), "7:30");
        assert_eq!(one("8.5 hours; 1,5 l; 0.5; 00:05"), "0.5 0:05 1.5 8.5");
        assert_eq!(one("Ten minutes, twenty-five breaths, B12"), "10 12 25");
        assert_eq!(one("one thing at a time, the second half"), "");
        assert_eq!(one("½ or ٣"), "½ ٣");
    }

    #[test]
    fn dates_do_not_allow_small_numbers() {
        let mut found = BTreeSet::new();
        in_value(
            &serde_json::json!({"from": "2026-03-03", "value": 410.0, "per": -2.4, "at": "07:30"}),
            &mut found,
        );
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["2", "2.4", "410", "7:30"]);
    }
}
