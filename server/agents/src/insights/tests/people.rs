use domain::archetype::Archetype;

use super::{seen, somebody};
use crate::behavior;
use crate::evidence::sample::Dice;
use crate::insights::hours::{BLOCKS, LENGTH};
use crate::insights::metric::Metric;
use crate::insights::signal::SIGNALS;
use crate::insights::{Insight, InsightRun, Kind, Tone, extract, validate};

#[test]
fn ten_thousand_people_get_only_what_holds() {
    let mut dice = Dice(7);
    let mut kinds = std::collections::BTreeMap::new();
    let mut none = 0;
    for seed in 0..10_000 {
        let archetype = Archetype::ALL[dice.roll(6) as usize];
        let days = i64::try_from(dice.roll(45)).unwrap();
        let evidence = seen(&somebody(seed, days, 0), 0, archetype);
        let behavior = behavior::analyse(&evidence);
        let run = extract(&evidence, &behavior, &[]);
        assert_eq!(validate(&run, &evidence), vec![], "seed {seed}");
        if seed % 10 == 0 {
            assert_eq!(run, extract(&evidence, &behavior, &[]), "seed {seed}");
        }
        none += usize::from(run.insights.is_empty());
        for insight in &run.insights {
            *kinds.entry(insight.kind).or_insert(0) += 1;
            only_figures_of_the_evidence(insight);
        }
    }
    println!("{none} of 10,000 get none; kinds: {kinds:?}");
    for kind in Kind::ALL {
        assert!(kinds.get(&kind).copied().unwrap_or(0) > 0, "{kind:?} never came");
    }
}

/// Runs of digits in the texts are those of the evidence, written as signals write.
fn only_figures_of_the_evidence(insight: &Insight) {
    let evidence = &insight.evidence;
    let mut known = String::from("7 3 ");
    for value in [Some(evidence.value), evidence.baseline].into_iter().flatten() {
        known += &format!("{value} {value:.0} ");
        for signal in SIGNALS {
            known += &format!("{} {} ", signal.say(value), signal.say_difference(value));
            known += &crate::insights::level::guideline(signal, None)
                .map_or_else(String::new, |it| signal.say(it));
            known += " ";
        }
    }
    known += &format!("{} {:?} {:?} ", evidence.days, evidence.from, evidence.to);
    known += &BLOCKS.map(|from| format!("{from} {}", from + LENGTH)).join(" ");
    let digits = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_ascii_digit())
            .map(|run| run.trim_start_matches('0').to_owned())
            .filter(|run| !run.is_empty())
            .collect()
    };
    let known = digits(&known);
    for run in digits(&format!("{} {}", insight.title, insight.content)) {
        assert!(known.contains(&run), "{run} in {insight:?}");
    }
}

#[test]
fn a_changed_figure_is_seen() {
    let evidence = seen(&somebody(3, 40, 0), 0, Archetype::PeakPerformer);
    let run = extract(&evidence, &behavior::analyse(&evidence), &[]);
    assert!(!run.insights.is_empty());
    let rules = |change: fn(&mut Insight)| -> Vec<&'static str> {
        let mut changed: InsightRun = run.clone();
        change(&mut changed.insights[0]);
        validate(&changed, &evidence).into_iter().map(|found| found.rule).collect()
    };
    type Change = fn(&mut Insight);
    let cases: [(Change, &str); 14] = [
        (|it| it.evidence.value += 0.1, "insights.evidence"),
        (|it| it.evidence.baseline = Some(1.0), "insights.evidence"),
        (|it| it.evidence.days += 1, "insights.evidence"),
        (|it| it.evidence.from = None, "insights.evidence"),
        (|it| it.evidence.metric = "steps.nonsense".to_owned(), "insights.evidence"),
        (|it| it.strength.certainty = 0.5, "insights.evidence"),
        (|it| it.meaning = "sleep/naps/up/slight".to_owned(), "insights.meaning"),
        (|it| it.tone = Tone::Safety, "insights.meaning"),
        (|it| it.confidence = 0.98, "insights.score"),
        (|it| it.actionability = 0.69, "insights.threshold"),
        (|it| it.title = "x".repeat(61), "insights.length"),
        (|it| it.content = "You suffer from insomnia.".to_owned(), "insights.wording"),
        (|it| it.content_hash = "0".repeat(64), "insights.hash"),
        (
            |it| {
                it.kind = Kind::Link;
                it.next_step = "More sleep leads to more steps.".to_owned();
            },
            "insights.cause",
        ),
    ];
    for (i, (change, rule)) in cases.into_iter().enumerate() {
        assert!(rules(change).contains(&rule), "case {i}: {:?}", rules(change));
    }
    let twice = InsightRun { insights: vec![run.insights[0].clone(); 6], ..run.clone() };
    let found: Vec<_> = validate(&twice, &evidence).into_iter().map(|found| found.rule).collect();
    assert!(found.contains(&"insights.twice") && found.contains(&"insights.count"));
}

#[test]
fn every_metric_has_a_name_that_is_read_back() {
    let evidence = seen(&somebody(1, 40, 0), 0, Archetype::FoundationBuilder);
    let names: Vec<String> = Metric::all(&evidence).iter().map(Metric::name).collect();
    for name in &names {
        assert_eq!(Metric::parse(name).map(|metric| metric.name()).as_ref(), Some(name));
    }
    let mut unique = names.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    for name in
        ["", "steps", "steps.weekday.someday", "link.sleep", "hours.7", "check-ins.part.dawn", "x.level"]
    {
        assert!(Metric::parse(name).is_none(), "{name}");
    }
}
