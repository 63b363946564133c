//! Which measured figures are worth telling, and what they mean.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::hours;
use super::level;
use super::metric::{Measured, Metric, weekday_word};
use super::regularity::{IRREGULAR, REGULAR};
use super::signal::{Better, Signal, days_between, newest};
use super::{Category, Kind};
use crate::evidence::Evidence;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

impl Direction {
    fn of(difference: f64) -> Self {
        if difference < 0.0 { Self::Down } else { Self::Up }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// A streak is told when so many days in a row are no more likely than one in eight.
const RARE: f64 = 0.875;

/// What it is to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = InsightTone)]
pub enum Tone {
    /// Going well.
    Good,
    /// Something to work on.
    Work,
    /// Worth knowing.
    Note,
    /// For a professional to look at; never left out for being disliked.
    Safety,
}

/// A measured metric that is worth telling.
#[derive(Clone)]
pub(super) struct Story {
    pub(super) metric: Metric,
    pub(super) measured: Measured,
    pub(super) kind: Kind,
    pub(super) category: Category,
    /// With the category and the direction, the topic: trend, level and change of one signal are the same one.
    pub(super) subject: String,
    pub(super) direction: Direction,
    pub(super) tone: Tone,
}

impl Story {
    /// What it means, apart from its size and words: two of one topic are told as one.
    pub(super) fn topic(&self) -> String {
        topic(self.category, &self.subject, self.direction)
    }

    /// Topic and size class.
    pub(super) fn meaning(&self) -> String {
        format!("{}/{}", self.topic(), size(self.measured.strength.effect))
    }
}

fn topic(category: Category, subject: &str, direction: Direction) -> String {
    format!("{}/{subject}/{}", category.as_str(), direction.word())
}

/// Below one spread slight, below two clear, else strong.
pub(super) fn size(effect: f64) -> &'static str {
    match effect {
        e if e < 1.0 => "slight",
        e if e < 2.0 => "clear",
        _ => "strong",
    }
}

/// Everything worth telling.
pub(super) fn all(evidence: &Evidence) -> (Vec<Story>, u32) {
    let mut measured = 0;
    let mut stories = Vec::new();
    for metric in Metric::all(evidence) {
        let Some(found) = metric.measure(evidence) else { continue };
        measured += 1;
        stories.extend(story(evidence, metric, found));
    }
    (stories, measured)
}

/// What a measured metric means; `None`: nothing that makes a difference to a person, or too old to be news.
pub(super) fn story(evidence: &Evidence, metric: Metric, measured: Measured) -> Option<Story> {
    let (kind, category, subject, direction, tone) = read(evidence, &metric, &measured)?;
    // What a scale says is as old as its newest reading, whatever was worn since.
    let weighed = measured.evidence.to.filter(|_| metric.name().starts_with("weight."));
    let age = days_between(weighed.unwrap_or_else(|| newest(evidence)), evidence.today);
    let news = kind == Kind::Adherence || age <= kind.fresh_days();
    news.then_some(Story { metric, measured, kind, category, subject, direction, tone })
}

type Read = (Kind, Category, String, Direction, Tone);

fn read(evidence: &Evidence, metric: &Metric, measured: &Measured) -> Option<Read> {
    let (shown, strength) = (&measured.evidence, &measured.strength);
    let baseline = shown.baseline.unwrap_or(0.0);
    let difference = shown.value - baseline;
    let way = Direction::of(difference);
    let own = |kind: Kind, of: &Signal, direction: Direction, tone: Tone| -> Read {
        (kind, of.category, of.subject().to_owned(), direction, tone)
    };
    match metric {
        Metric::Level(of) => {
            if alarming(of, shown.value, shown.days) {
                return Some((Kind::Advice, of.category, of.id.to_owned(), alarm_way(of), Tone::Safety));
            }
            let tone = if of.id == "resting-heart-rate" {
                return None;
            } else if difference >= 0.0 {
                Tone::Good
            } else {
                Tone::Work
            };
            let enough = tone == Tone::Good || difference.abs() >= of.matters / 2.0;
            // More sleep than the guideline's upper end is no merit.
            let most = crate::behavior::guideline::sleep_minutes(evidence.profile.age).1;
            let too_long = of.id == "sleep" && shown.value > most;
            (enough && !too_long).then(|| own(Kind::Level, of, way, tone))
        }
        Metric::Change(of) => {
            let told = of.id != "weight" && strength.effect >= 0.8 && difference.abs() >= of.matters;
            told.then(|| own(Kind::Change, of, way, tone_of(of, way)))
        }
        Metric::Last(of) => {
            let tone = tone_of(of, way);
            let of_use = tone == Tone::Work || of.id == "readiness";
            // A night of more than the guideline is not short, whatever is usual.
            let short = of.id != "sleep"
                || level::guideline(of, evidence.profile.age).is_some_and(|asked| shown.value < asked);
            let told = of_use && short && strength.effect >= 1.5 && difference.abs() >= of.matters;
            told.then(|| own(Kind::Day, of, way, tone))
        }
        Metric::Trend(of) => trend(evidence, of, measured).map(|(kind, way, tone)| own(kind, of, way, tone)),
        Metric::Spread(of) => {
            let subject = format!("{}.regularity", of.id);
            let (way, tone) = match shown.value {
                value if value > IRREGULAR => (Direction::Down, Tone::Work),
                value if value < REGULAR => (Direction::Up, Tone::Good),
                _ => return None,
            };
            Some((Kind::Regularity, Category::Sleep, subject, way, tone))
        }
        Metric::Weekday(of, _) | Metric::Weekend(of) => {
            let of_one_day = matches!(metric, Metric::Weekday(..));
            let shifts = of.id == "bedtime";
            let told = strength.effect >= 0.8 && difference.abs() >= of.matters && !(of_one_day && shifts);
            let tone = if shifts { Tone::Work } else { tone_of(of, way) };
            told.then(|| (Kind::Week, of.category, format!("{}.week", of.subject()), way, tone))
        }
        Metric::Streak(of) => {
            let subject = format!("{}.streak", of.subject());
            let rare = strength.certainty >= RARE;
            rare.then_some((Kind::Streak, Category::Motivation, subject, Direction::Up, Tone::Good))
        }
        Metric::Best(of) => {
            let told = difference >= of.matters / 2.0;
            let subject = format!("{}.best", of.subject());
            told.then_some((Kind::Best, Category::Motivation, subject, Direction::Up, Tone::Good))
        }
        Metric::Link(link) => {
            let (first, second) = (super::signal::named(link.first)?, super::signal::named(link.second)?);
            // Of two that go together the wrong way there is nothing to try.
            let told = difference.abs() >= second.matters && way == link.promising;
            let subject = format!("{}-{}", first.id, second.id);
            told.then_some((Kind::Link, first.category, subject, way, Tone::Note))
        }
        Metric::Hours(from) => {
            let by_day = (9..18).contains(from);
            let (subject, told) = match way {
                Direction::Up => ("hours.busy", shown.value >= 1.8 * baseline),
                // Without a step at all it may well be sleep.
                Direction::Down => ("hours.still", by_day && (30.0..=0.5 * baseline).contains(&shown.value)),
            };
            let category = if way == Direction::Up { Category::Routine } else { Category::Activity };
            let tone = if way == Direction::Up { Tone::Note } else { Tone::Work };
            told.then(|| (Kind::Hours, category, subject.to_owned(), way, tone))
        }
        Metric::CheckIns | Metric::Task(_) | Metric::TaskDay(_) | Metric::TaskPart(_) => {
            let subject = match metric {
                Metric::Task(slug) => format!("task.{slug}"),
                Metric::TaskDay(day) => format!("tasks.{}", weekday_word(*day)),
                Metric::TaskPart(part) => format!("tasks.{}", part.word()),
                _ => "tasks".to_owned(),
            };
            let tone = if way == Direction::Up { Tone::Good } else { Tone::Work };
            let told = difference.abs() >= 20.0;
            told.then_some((Kind::Adherence, Category::Routine, subject, way, tone))
        }
    }
}

fn tone_of(of: &Signal, way: Direction) -> Tone {
    match (of.better, way) {
        (Better::Neither, _) => Tone::Note,
        (Better::Higher, Direction::Up) | (Better::Lower, Direction::Down) => Tone::Good,
        _ => Tone::Work,
    }
}

/// Told when the interval excludes zero and the whole change matters. Losing more than 1 % of the weight a week is faster than the 0.5
/// to 1 kg that is usually advised (NHS), and a reason to talk to somebody.
fn trend(evidence: &Evidence, of: &Signal, measured: &Measured) -> Option<(Kind, Direction, Tone)> {
    let (shown, strength) = (&measured.evidence, &measured.strength);
    let (low, high) = strength.low.zip(strength.high)?;
    let weeks = days_between(shown.from?, shown.to?) as f64 / 7.0;
    let way = Direction::of(shown.value);
    let clear = low * high > 0.0 && (shown.value * weeks).abs() >= 1.5 * of.matters;
    let weight = of.id == "weight";
    let fast = weight && shown.value <= -evidence.weight_kg().unwrap_or(f64::MAX) / 100.0;
    match (clear, fast) {
        (true, true) => Some((Kind::Advice, way, Tone::Safety)),
        (true, false) => Some((Kind::Trend, way, tone_of(of, way))),
        (false, _) => None,
    }
}

/// Most nights below five hours, or a resting heart rate usually above 100: said plainly, and whose affair it is.
fn alarming(of: &Signal, value: f64, days: u32) -> bool {
    let usual = match of.id {
        "sleep" => value < 300.0,
        "resting-heart-rate" => level::guideline(of, None).is_some_and(|limit| value > limit),
        _ => false,
    };
    usual && days >= 7
}

fn alarm_way(of: &Signal) -> Direction {
    if of.id == "sleep" { Direction::Down } else { Direction::Up }
}

/// `9:00 to 12:00`
pub(super) fn block(from: usize) -> String {
    format!("{from}:00 to {}:00", from + hours::LENGTH)
}
