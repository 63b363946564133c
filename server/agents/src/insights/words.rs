//! What an insight says: one thing, its figures, no cause, no blame. Titles of at most 60 characters, texts of at most 200.

use super::adherence;
use super::level::guideline;
use super::link::Link;
use super::metric::{InsightEvidence, Metric, weekday_word};
use super::signal::{Signal, days_between, named, newest};
use super::story::{Direction, Story, Tone, block};
use crate::evidence::Evidence;
use Direction::{Down, Up};

/// Days after which a text says up to when its figures reach.
const OLD: i64 = 14;

/// Title and content.
pub(super) fn of(evidence: &Evidence, story: &Story) -> (String, String) {
    let shown = &story.measured.evidence;
    let (title, content) = match &story.metric {
        Metric::Level(of) => level(of, evidence.profile.age, story, shown),
        Metric::Change(of) => change(evidence, of, story.direction, shown),
        Metric::Last(of) => last(of, story.direction, shown),
        Metric::Trend(of) => trend(of, story, shown),
        Metric::Spread(of) => regularity(of, story.direction, shown),
        Metric::Weekday(of, day) => {
            let day = capital(weekday_word(*day));
            week(of, story.direction, shown, &format!("{day}s"), "other days")
        }
        Metric::Weekend(of) => week(of, story.direction, shown, "Weekends", "weekdays"),
        Metric::Streak(of) => streak(of, evidence.profile.age, shown),
        Metric::Best(of) => best(of, shown),
        Metric::Link(link) => together(link, shown),
        Metric::Hours(from) => hours(*from, story.direction, shown),
        Metric::CheckIns => check_ins(story.direction, shown),
        Metric::Task(slug) => task(&adherence::title_of(evidence, slug), story.direction, shown),
        Metric::TaskDay(day) => {
            let day = format!("{}s", capital(weekday_word(*day)));
            done(&day, &format!("On {day}"), story.direction, shown)
        }
        Metric::TaskPart(part) => {
            let titled = format!("{} tasks", capital(part.word()));
            done(&titled, &format!("Of your {} tasks", part.word()), story.direction, shown)
        }
    };
    (title, dated(evidence, story, content.replace(" about no ", " no ")))
}

/// Figures of long ago are told as such.
fn dated(evidence: &Evidence, story: &Story, content: String) -> String {
    let to = story.measured.evidence.to.filter(|to| days_between(*to, evidence.today) > OLD);
    match to {
        Some(to) => format!("Up to {}: {}", to.strftime("%-d %B %Y"), lower(&content)),
        None => content,
    }
}

fn level(of: &Signal, age: Option<u8>, story: &Story, shown: &InsightEvidence) -> (String, String) {
    let (value, days) = (of.say(shown.value), shown.days);
    let asked = of.say(guideline(of, age).unwrap_or_default());
    let needed = match age {
        Some(..18) => format!("At your age at least {asked} are advised."),
        _ => format!("Adults need at least {asked}."),
    };
    let told = match (of.id, story.tone) {
        ("sleep", Tone::Safety) => (
            "Most of your nights are very short",
            format!("A usual night has {value} of sleep ({days} nights). {needed}"),
        ),
        ("resting-heart-rate", _) => (
            "Your resting heart rate is high",
            format!("It is usually {value} ({days} days); above {asked} it should be looked at."),
        ),
        ("sleep", Tone::Good) => {
            ("You sleep long enough", format!("A usual night has {value} of sleep ({days} nights). {needed}"))
        }
        ("sleep", _) => (
            "Your nights are a little short",
            format!("A usual night has {value} of sleep ({days} nights). {needed}"),
        ),
        ("steps", Tone::Good) => (
            "Your daily steps are enough",
            format!(
                "A usual day has about {value} ({days} days). Most of the benefit is reached at {asked}."
            ),
        ),
        ("steps", _) => (
            "More steps would do you good",
            format!(
                "A usual day has about {value} ({days} days). Most of the benefit is reached at {asked}."
            ),
        ),
        (_, Tone::Good) => (
            "You are active enough",
            format!("A usual day has {value} ({days} days). About {asked} a day are what health needs."),
        ),
        _ => (
            "More active minutes would do you good",
            format!("A usual day has {value} ({days} days). About {asked} a day are what health needs."),
        ),
    };
    (told.0.to_owned(), told.1)
}

fn change(evidence: &Evidence, of: &Signal, way: Direction, shown: &InsightEvidence) -> (String, String) {
    let title = match (of.id, way) {
        ("steps", Up) => "More steps than usual",
        ("steps", Down) => "Fewer steps than usual",
        ("active-minutes", Up) => "A more active week than usual",
        ("active-minutes", Down) => "A less active week than usual",
        ("sitting", Up) => "More still hours than usual",
        ("sitting", Down) => "Fewer still hours than usual",
        ("sleep", Up) => "Longer nights than usual",
        ("sleep", Down) => "Shorter nights than usual",
        ("bedtime", Up) => "You go to bed later than usual",
        ("bedtime", Down) => "You go to bed earlier than usual",
        ("resting-heart-rate", Up) => "Your resting heart rate is up",
        ("resting-heart-rate", Down) => "Your resting heart rate is down",
        ("heart-rate-variability", Up) => "Your heart rate variability is up",
        ("heart-rate-variability", Down) => "Your heart rate variability is down",
        ("readiness", Up) => "A week of better readiness",
        ("readiness", Down) => "A week of lower readiness",
        ("energy", Up) => "More energy than usual",
        ("energy", Down) => "Less energy than usual",
        (_, Up) => "A better week than usual for your mood",
        (_, Down) => "A harder week than usual for your mood",
    };
    let age = days_between(newest(evidence), evidence.today);
    let when = match shown.to.filter(|_| age > 1) {
        Some(to) => format!("In the week up to {}", to.strftime("%-d %B")),
        None => "In the last week".to_owned(),
    };
    let (value, usual) = (of.say(shown.value), of.say(shown.baseline.unwrap_or_default()));
    let subject = match of.id {
        "bedtime" => "you went to bed at about",
        "sleep" => "a night had about",
        "sitting" => "a day had, without movement, about",
        "resting-heart-rate" | "heart-rate-variability" | "readiness" | "energy" | "wellbeing" => {
            "it was about"
        }
        _ => "a day had about",
    };
    (
        title.to_owned(),
        format!("{when} {subject} {value} (median of {}). Usual for you: {usual}.", days(shown.days)),
    )
}

fn last(of: &Signal, way: Direction, shown: &InsightEvidence) -> (String, String) {
    let (value, usual) = (of.say(shown.value), of.say(shown.baseline.unwrap_or_default()));
    let (title, what) = match (of.id, way) {
        ("sleep", _) => ("A short night: go easy today", "Your last night had"),
        ("resting-heart-rate", _) => {
            ("Resting heart rate above your usual", "Your newest resting heart rate is")
        }
        ("readiness", Up) => ("A good day to do a little more", "Your newest readiness score is"),
        ("readiness", Down) => ("A day to go easy", "Your newest readiness score is"),
        _ => ("Recovery is below your usual", "Your newest heart rate variability is"),
    };
    (title.to_owned(), format!("{what} {value}; usual for you is {usual}."))
}

fn trend(of: &Signal, story: &Story, shown: &InsightEvidence) -> (String, String) {
    let amount = of.say_difference(shown.value);
    let days = days(shown.days);
    if of.id == "bedtime" {
        let (word, title) = match story.direction {
            Up => ("later", "Your bedtime moves later"),
            Down => ("earlier", "Your bedtime moves earlier"),
        };
        return (title.to_owned(), format!("By about {amount} {word} each week, over {days} of data."));
    }
    let (verb, word) = match story.direction {
        Up => ("is rising", "more"),
        Down => ("is falling", "less"),
    };
    let one = if of.id == "sleep" { "A night" } else { "A day" };
    let title = match (of.id, story.tone) {
        ("weight", Tone::Safety) => "You are losing weight fast".to_owned(),
        ("steps", _) => format!("Your daily walking {verb}"),
        ("active-minutes", _) => format!("Your active time {verb}"),
        ("sitting", _) => format!("Your still time {verb}"),
        ("sleep", _) => format!("Your time asleep {verb}"),
        _ => format!("Your {} {verb}", of.label),
    };
    let content = match of.id {
        "steps" | "active-minutes" | "sitting" | "sleep" => {
            format!("{one} has about {amount} {word} with each week, over {days} of data.")
        }
        _ => format!("By about {amount} a week, over {days} of data."),
    };
    (title, content.replace(" steps more", " more steps").replace(" steps less", " fewer steps"))
}

fn regularity(of: &Signal, way: Direction, shown: &InsightEvidence) -> (String, String) {
    let (value, days) = (of_minutes(shown.value), shown.days);
    let what = if of.id == "bedtime" { "Your bedtimes differ" } else { "Your nights differ in length" };
    let bound = of_minutes(shown.baseline.unwrap_or_default());
    match way {
        Up => (
            "Your nights are regular".to_owned(),
            format!(
                "{what} by only about {value} from your usual ({days} nights). Within {bound} is regular."
            ),
        ),
        Down => (
            "Your nights are irregular".to_owned(),
            format!("{what} by about {value} from your usual ({days} nights). Beyond {bound} is a lot."),
        ),
    }
}

fn week(of: &Signal, way: Direction, shown: &InsightEvidence, these: &str, others: &str) -> (String, String) {
    let (value, usual) = (of.say(shown.value), of.say(shown.baseline.unwrap_or_default()));
    let title = match (of.id, way) {
        ("bedtime", Up) => format!("{these} shift your nights later"),
        ("bedtime", Down) => format!("{these} shift your nights earlier"),
        ("sleep", Up) => format!("{these} give you the longest nights"),
        ("sleep", Down) => format!("{these} have your shortest nights"),
        (_, Up) => format!("{these} are your busy days"),
        (_, Down) => format!("{these} are your quiet days"),
    };
    let nights = if these == "Weekends" {
        "Saturday or Sunday".to_owned()
    } else {
        these.trim_end_matches('s').to_owned()
    };
    let content = match of.id {
        "bedtime" => {
            format!("Before {nights} you usually go to bed at {value}, on other evenings at {usual}.")
        }
        "sleep" => format!("The night to {nights} usually has {value}, other nights {usual}."),
        _ => format!("{these}: a usual day has about {value}; {others}: {usual}."),
    };
    (title, content)
}

fn streak(of: &Signal, age: Option<u8>, shown: &InsightEvidence) -> (String, String) {
    let run = shown.value;
    let asked = of.say(guideline(of, age).unwrap_or_default());
    match of.id {
        "sleep" => (
            format!("{run:.0} good nights in a row"),
            format!(
                "Each of the last {run:.0} nights had at least {asked} of sleep. You do not often have that."
            ),
        ),
        _ => (
            format!("{run:.0} days in a row with {asked}"),
            format!("Each of the last {run:.0} days had at least {asked}. You do not often have that."),
        ),
    }
}

fn best(of: &Signal, shown: &InsightEvidence) -> (String, String) {
    let (value, second) = (of.say(shown.value), of.say(shown.baseline.unwrap_or_default()));
    let title = match of.id {
        "steps" => "Your most steps in weeks",
        _ => "Your most active day in weeks",
    };
    let day = shown.to.map_or_else(String::new, |day| format!("{}: ", day.strftime("%A")));
    (title.to_owned(), format!("{day}{value}, the most of {}; the next best had {second}.", days(shown.days)))
}

fn together(link: &Link, shown: &InsightEvidence) -> (String, String) {
    let Some(second) = named(link.second) else { return Default::default() };
    let (value, other) = (second.say(shown.value), second.say(shown.baseline.unwrap_or_default()));
    let (title, after) = match (link.first, link.second) {
        ("sleep", "steps") => ("Longer nights and more steps go together", "After longer nights"),
        ("sleep", "energy") => ("Longer nights and more energy go together", "After longer nights"),
        ("sleep", _) => ("Longer nights and a calmer heart go together", "After longer nights"),
        ("bedtime", _) => ("Later nights and fewer steps go together", "After later bedtimes"),
        ("steps", _) => ("Busier days and longer nights go together", "After busier days"),
        _ => ("Active days and better recovery go together", "After more active days"),
    };
    let content = format!(
        "{after} than usual: about {value}; otherwise {other} ({} days). They go together; which comes from which, days alone cannot say.",
        shown.days
    );
    (title.to_owned(), content)
}

fn hours(from: usize, way: Direction, shown: &InsightEvidence) -> (String, String) {
    let steps = |value: f64| named("steps").map_or_else(String::new, |steps| steps.say(value));
    let (value, even) = (steps(shown.value), steps(shown.baseline.unwrap_or_default()));
    let when = block(from);
    let title = match way {
        Up => format!("You move most from {when}"),
        Down => format!("You move least from {when}"),
    };
    let content = format!(
        "About {value} in these three hours; an even day would have {even} there ({} days).",
        shown.days
    );
    (title, content)
}

fn check_ins(way: Direction, shown: &InsightEvidence) -> (String, String) {
    let title = match way {
        Up => "You do more of your plan than before",
        Down => "Your plan has become too much",
    };
    (
        title.to_owned(),
        format!("In the last 7 days you did {}; before it were {}.", share(shown), other(shown)),
    )
}

fn task(title: &str, way: Direction, shown: &InsightEvidence) -> (String, String) {
    let short: String = title.chars().take(30).collect();
    let said = match way {
        Up => format!("\"{short}\" works for you"),
        Down => format!("\"{short}\" rarely gets done"),
    };
    (
        said,
        format!(
            "You did it {} of the time ({}); other tasks {}.",
            share(shown),
            days(shown.days),
            other(shown)
        ),
    )
}

fn done(titled: &str, opening: &str, way: Direction, shown: &InsightEvidence) -> (String, String) {
    let title = match way {
        Up => format!("{titled} work for you"),
        Down => format!("{titled} are hard for you"),
    };
    (title, format!("{opening} you did {} of what was planned; otherwise {}.", share(shown), other(shown)))
}

fn share(shown: &InsightEvidence) -> String {
    format!("{:.0} %", shown.value)
}

fn other(shown: &InsightEvidence) -> String {
    format!("{:.0} %", shown.baseline.unwrap_or_default())
}

fn days(n: u32) -> String {
    if n == 1 { "1 day".to_owned() } else { format!("{n} days") }
}

fn of_minutes(minutes: f64) -> String {
    named("sleep").map_or_else(String::new, |sleep| sleep.say(minutes))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
