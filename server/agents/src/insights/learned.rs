//! What a person's reactions say about the use of a category and kind of insight to them.
//!
//! A Beta posterior: so many times useful, so many times not, each reaction counting half after 30 days. What was never tried is
//! given a chance by the width of the posterior, not by a draw.

use domain::check_in::CheckIn;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Category, Kind, KnownInsight, State};

/// Useful and useless times before any reaction: two each.
const PRIOR: f64 = 2.0;
/// Days after which a reaction counts half.
const HALF_LIFE_DAYS: f64 = 30.0;
/// Standard deviations of the posterior that are added: what is little known ranks a little higher, so that a kind which sank is
/// tried again when its bad ratings have faded (the upper confidence bound of Auer et al. 2002, with a fixed factor).
const CURIOSITY: f64 = 0.5;
/// How much a reaction to the same category in another kind says, and to the same kind in another category.
const SAME_CATEGORY: f64 = 0.5;
const SAME_KIND: f64 = 0.25;

/// What a person did after insights.
#[derive(Clone, Copy, Debug)]
pub struct Reactions<'a> {
    pub known: &'a [KnownInsight],
    pub check_ins: &'a [CheckIn],
    pub zone: &'a TimeZone,
    pub now: Timestamp,
}

/// What reactions say of one category and kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Learned {
    /// Decayed times, with the prior.
    pub(super) useful: f64,
    pub(super) useless: f64,
    /// Reactions that counted, and how many of them were bad.
    pub(super) reactions: u32,
    pub(super) bad: u32,
}

impl Learned {
    pub(super) fn of(category: Category, kind: Kind, reactions: &Reactions<'_>) -> Self {
        let mut learned = Self { useful: PRIOR, useless: PRIOR, reactions: 0, bad: 0 };
        for before in reactions.known {
            let near = match (before.category == category, before.kind == Some(kind)) {
                (true, true) => 1.0,
                (true, false) => SAME_CATEGORY,
                (false, true) => SAME_KIND,
                (false, false) => continue,
            };
            let (useful, useless) = reaction(reactions, before);
            if useful == 0.0 && useless == 0.0 {
                continue;
            }
            let weight = near * faded(before.created_at, reactions.now);
            learned.useful += weight * useful;
            learned.useless += weight * useless;
            learned.reactions += 1;
            learned.bad += u32::from(useless > useful);
        }
        learned
    }

    /// What the rank is multiplied by: 1 without any reaction, above 0, at most about 1.6.
    pub(super) fn usefulness(&self) -> f64 {
        let hopeful = |useful: f64, useless: f64| {
            let all = useful + useless;
            useful / all + CURIOSITY * (useful * useless / (all * all * (all + 1.0))).sqrt()
        };
        hopeful(self.useful, self.useless) / hopeful(PRIOR, PRIOR)
    }
}

/// How useful and how useless a reaction says it was. Bad ratings say nothing good, so that more of them can never raise a rank.
///
/// Rating 5: two times useful, 4: once, 3: nothing, 2: once useless, 1: twice. Helpful or not: once. Dismissed: once useless.
/// Acknowledged without more: a quarter useful. Done what it proposed, as check-ins show: half. Shown on three days and left
/// without any reaction: a quarter useless.
fn reaction(reactions: &Reactions<'_>, before: &KnownInsight) -> (f64, f64) {
    let (mut useful, mut useless) = match before.rating {
        Some(5..) => (2.0, 0.0),
        Some(4) => (1.0, 0.0),
        Some(2) => (0.0, 1.0),
        Some(0..=1) => (0.0, 2.0),
        Some(3) | None => (0.0, 0.0),
    };
    match before.helpful {
        Some(true) => useful += 1.0,
        Some(false) => useless += 1.0,
        None => {}
    }
    let said = before.rating.is_some() || before.helpful.is_some();
    if before.state == State::Dismissed {
        useless += 1.0;
    } else if before.acknowledged && !said {
        useful += 0.25;
    } else if !said && before.shown_days >= 3 {
        useless += 0.25;
    }
    if followed(reactions, before) {
        useful += 0.5;
    }
    (useful, useless)
}

/// Whether at least two check-ins of the week after it say that what it was about got done. Only where a task's name tells.
fn followed(reactions: &Reactions<'_>, before: &KnownInsight) -> bool {
    let given = reactions.zone.to_datetime(before.created_at).date();
    let week = |date| (0..7).contains(&super::signal::days_between(given, date));
    let about = |task: &str| match task_of(&before.meaning) {
        Some(slug) => task == slug,
        None => words_of(before.category).iter().any(|word| task.split('-').any(|part| part == *word)),
    };
    let done = reactions.check_ins.iter().filter(|check_in| {
        check_in.status.credit() >= 1.0
            && week(check_in.date)
            && about(super::adherence::slug_of(&check_in.task_id))
    });
    done.count() >= 2
}

/// The task that a meaning is about: `routine/task.easy-walk/down/clear`.
fn task_of(meaning: &str) -> Option<&str> {
    let rest = meaning.strip_prefix("routine/task.")?;
    rest.rsplitn(3, '/').nth(2)
}

fn words_of(category: Category) -> &'static [&'static str] {
    match category {
        Category::Sleep => &["sleep", "bed", "bedtime", "screens"],
        Category::Activity => &["walk", "steps", "stand", "run", "ride"],
        Category::Recovery => &["breathing", "rest", "stretch", "relax"],
        _ => &[],
    }
}

fn faded(at: Timestamp, now: Timestamp) -> f64 {
    let days = now.duration_since(at).as_secs_f64() / 86_400.0;
    0.5_f64.powf(days.max(0.0) / HALF_LIFE_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_known_is_neutral_and_two_bad_ones_by_hand() {
        let neutral = Learned { useful: 2.0, useless: 2.0, reactions: 0, bad: 0 };
        assert_eq!(neutral.usefulness(), 1.0);
        // Beta(2, 6): mean 0.25, sd sqrt(12 / (64 × 9)) = 0.1443; (0.25 + 0.0722) / (0.5 + 0.5 × 0.2236) = 0.5266.
        let disliked = Learned { useless: 6.0, ..neutral };
        assert!((disliked.usefulness() - 0.5266).abs() < 1e-4);
    }

    #[test]
    fn a_task_is_read_from_its_meaning() {
        assert_eq!(task_of("routine/task.easy-walk/down/clear"), Some("easy-walk"));
        assert_eq!(task_of("sleep/sleep/down/clear"), None);
    }
}
