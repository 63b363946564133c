//! The tasks that routines are made of: one table, read once. Words of our own; the reasons are common sports and sleep medicine.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::archetype::Archetype;
use serde::{Deserialize, Serialize};

use super::block::BlockName;
use super::body::BodyPart;
use super::context::Focus;
use super::{Intensity, TaskKind};

/// One line of `tasks.csv`. Lists are words separated by spaces there.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Row")]
pub(super) struct LibraryTask {
    /// Stable: ids of tasks and check-ins are made of it.
    pub slug: String,
    pub title: String,
    pub kind: TaskKind,
    /// Where it may stand, best first.
    pub blocks: Vec<BlockName>,
    /// Where in the block, 0–100 % of its length.
    pub at: i32,
    /// Minutes: the smallest version, the usual one, the largest.
    pub min: u32,
    pub usual: u32,
    pub max: u32,
    pub intensity: Intensity,
    /// It belongs right after the meal of this block.
    pub after: Option<BlockName>,
    pub parts: Vec<BodyPart>,
    /// What it trains so that it wants rest on the next day; empty unless it is strength.
    pub muscles: Vec<Muscle>,
    /// What it cannot be done without.
    pub equipment: Vec<String>,
    pub serves: Vec<Need>,
    pub focus: Vec<Focus>,
    /// 0 (never) to 3 (made for), in the order of [`Archetype::ALL`].
    affinity: [u8; 6],
    /// An everyday act that everybody does anyway (eating, drinking, standing up, working): never *new* to a person.
    pub anchor: bool,
    /// Rather not on a Saturday or Sunday.
    pub workday: bool,
    pub why: String,
    pub scale_down: String,
}

/// Groups of muscles that are trained together and rest together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Muscle {
    Upper,
    Lower,
    Core,
}

/// What every day must hold some of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = TaskNeed)]
pub enum Need {
    Hydration,
    Movement,
    /// Counts in the Morning Block only.
    Sunlight,
    Meal,
    Break,
}

impl LibraryTask {
    pub(super) fn affinity(&self, archetype: Archetype) -> u8 {
        Archetype::ALL.iter().position(|a| *a == archetype).map_or(0, |i| self.affinity[i])
    }

    pub(super) fn is_meal(&self) -> bool {
        self.serves.contains(&Need::Meal)
    }
}

pub(super) fn tasks() -> &'static [LibraryTask] {
    static TASKS: LazyLock<Vec<LibraryTask>> = LazyLock::new(|| {
        csv::Reader::from_reader(include_str!("tasks.csv").as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .expect("tasks.csv is part of the program and tested")
    });
    &TASKS
}

pub(super) fn by_slug(slug: &str) -> Option<&'static LibraryTask> {
    static BY_SLUG: LazyLock<HashMap<&'static str, &'static LibraryTask>> =
        LazyLock::new(|| tasks().iter().map(|task| (task.slug.as_str(), task)).collect());
    BY_SLUG.get(slug).copied()
}

#[derive(Deserialize)]
struct Row {
    slug: String,
    title: String,
    kind: TaskKind,
    blocks: String,
    at: i32,
    min: u32,
    usual: u32,
    max: u32,
    intensity: Intensity,
    after: String,
    parts: String,
    muscles: String,
    equipment: String,
    serves: String,
    focus: String,
    fb: u8,
    rr: u8,
    ce: u8,
    ts: u8,
    si: u8,
    pp: u8,
    anchor: String,
    workday: String,
    why: String,
    scale_down: String,
}

impl From<Row> for LibraryTask {
    fn from(row: Row) -> Self {
        Self {
            slug: row.slug,
            title: row.title,
            kind: row.kind,
            blocks: row.blocks.chars().map(block).collect(),
            at: row.at,
            min: row.min,
            usual: row.usual,
            max: row.max,
            intensity: row.intensity,
            after: row.after.chars().next().map(block),
            parts: words(&row.parts),
            muscles: words(&row.muscles),
            equipment: row.equipment.split_whitespace().map(str::to_owned).collect(),
            serves: words(&row.serves),
            focus: words(&row.focus),
            affinity: [row.fb, row.rr, row.ce, row.ts, row.si, row.pp],
            anchor: row.anchor == "yes",
            workday: row.workday == "yes",
            why: row.why,
            scale_down: row.scale_down,
        }
    }
}

fn words<T: for<'de> Deserialize<'de>>(list: &str) -> Vec<T> {
    let read = |word: &str| {
        let text = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word);
        T::deserialize(text).expect("tasks.csv uses known words only, and is tested")
    };
    list.split_whitespace().map(read).collect()
}

fn block(letter: char) -> BlockName {
    match letter {
        'M' => BlockName::Morning,
        'P' => BlockName::Peak,
        'S' => BlockName::Slump,
        'E' => BlockName::Evening,
        _ => BlockName::WindDown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routine::body;

    #[test]
    fn every_line_makes_sense() {
        assert!(tasks().len() >= 60);
        for (i, task) in tasks().iter().enumerate() {
            let slug = &task.slug;
            assert!(tasks()[..i].iter().all(|other| other.slug != *slug), "{slug} twice");
            assert!(
                slug.len() <= 60 && !task.blocks.is_empty() && task.affinity.iter().any(|a| *a > 0),
                "{slug}"
            );
            assert!(0 < task.min && task.min <= task.usual && task.usual <= task.max, "{slug}");
            assert!((0..=100).contains(&task.at) && task.affinity.iter().all(|a| *a <= 3), "{slug}");
            for part in body::loaded(&task.title) {
                let seated = task.title.contains("seated") || task.intensity == Intensity::None;
                assert!(seated || task.parts.contains(&part), "{slug} loads {part:?}");
            }
            let strong = ["trength", "Core:", "push-ups", "circuit", "Bridges", "swing"];
            let names = strong.iter().any(|word| task.title.contains(word));
            assert_eq!(task.muscles.is_empty(), !names, "{slug}");
            // What the smallest version says it takes is what it takes.
            let said = [(2, "two"), (3, "three"), (5, "five"), (8, "eight"), (10, "ten"), (15, "fifteen")];
            for (minutes, word) in said {
                let says = task.scale_down.to_lowercase().contains(&format!("{word} minutes"));
                assert!(!says || task.min == minutes, "{slug}: {}", task.scale_down);
            }
            let hard = task.intensity >= Intensity::Moderate;
            assert!(!hard || task.kind == TaskKind::Exercise, "{slug}");
            assert!(!(hard && task.blocks.contains(&BlockName::WindDown)), "{slug}");
            let evening = task.blocks.contains(&BlockName::Evening);
            assert!(!(task.intensity == Intensity::Vigorous && evening), "{slug}");
            assert!(task.kind != TaskKind::Exercise || task.serves.contains(&Need::Movement), "{slug}");
        }
    }
}
