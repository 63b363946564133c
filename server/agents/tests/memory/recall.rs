//! Recall: every hit says each factor and what matched; nothing unasked for, and not the same thing twice too often.

use agents::memory::{Claim, ToldClaim};
use agents::memory::{
    Memory, MemoryLayer, Query, Telling, Told, as_of, known, recall, recurring_focus,
    remembered_sleep_window, summarise, topics_of,
};
use domain::agent::Agent;
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::some::{TODAY, days_ago, event, noon, stores, window};

fn words(words: &str) -> Query<'_> {
    Query { words, topics: &[] }
}

fn told(key: &str, content: &str, about: &[&str], claim: Option<ToldClaim>) -> Memory {
    let about = about.iter().map(|topic| (*topic).to_owned()).collect();
    let telling = Telling { key: key.to_owned(), content: content.to_owned(), about, claim };
    telling.check().unwrap();
    telling.into_memory(TODAY, noon(TODAY))
}

proptest! {
    #[test]
    fn every_score_is_its_factors_and_no_subject_crowds(all in stores(), most in 0_usize..30, asked in "[a-z ]{0,12}") {
        let now = noon(TODAY);
        let all: Vec<Memory> = all.iter().filter_map(|memory| as_of(memory, now)).collect();
        for query in [words("thing 7"), words(&asked), Query { words: "", topics: &["sleep"] }, Query::default()] {
            let hits = recall(&all, &query, now, most);
            prop_assert!(hits.len() <= most);
            prop_assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
            for hit in &hits {
                let of = hit.factors;
                for factor in [of.recency, of.importance, of.relevance, of.confidence] {
                    prop_assert!((0.0..=1.0).contains(&factor), "{:?}", of);
                }
                prop_assert!((hit.score - of.recency * of.importance * of.relevance * of.confidence).abs() <= 0.0005);
                let twins = hits.iter().filter(|other| other.memory.subject() == hit.memory.subject());
                prop_assert!(twins.count() <= 2);
                prop_assert!(!hit.why.contains(&hit.memory.content));
            }
        }
    }
}

#[test]
fn words_are_found_by_their_stem_and_rare_ones_count_more() {
    let all = [
        told("a", "Walks the dog in the morning", &[], None),
        told("b", "Sleeping badly in summer", &[], None),
        told("c", "Sleeps with the window open", &[], None),
        told("d", "Sleep comes late after coffee", &[], None),
    ];
    let found = |query: &str| -> Vec<(String, f64)> {
        let hits = recall(&all, &words(query), noon(TODAY), 10);
        hits.into_iter()
            .map(|hit| (hit.memory.key, (hit.factors.relevance * 100.0).round() / 100.0))
            .collect()
    };
    let found_all = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), 1.0)).collect::<Vec<_>>();
    assert_eq!(found("walking"), found_all(&["a"]));
    assert_eq!(found("How do I sleep?"), found_all(&["b", "c", "d"]));
    // ln(1 + 4/1) of coffee, ln(1 + 4/3) of sleep.
    assert_eq!(
        found("sleep coffee"),
        [("d".to_owned(), 1.0), ("b".to_owned(), 0.34), ("c".to_owned(), 0.34)]
    );
    assert_eq!(found("unicorn"), []);
    assert_eq!(found("the of and").len(), 4, "words of every sentence ask for nothing in particular");
}

#[test]
fn a_hit_says_why_in_one_sentence() {
    let all = [window(420, 1380, 0.8, [days_ago(90)])];
    let today = as_of(&all[0], noon(TODAY)).unwrap();
    let hit = recall(&[today], &words("bed sofa"), noon(TODAY), 5).remove(0);
    assert_eq!(
        hit.why,
        "semantic memory, 1 of 2 words: bed; relevance 0.50 × recency 0.71 (confirmed 90 days ago) × importance 0.90 × confidence 0.48"
    );
    assert_eq!(hit.matched.words, ["bed"]);
}

#[test]
fn an_agent_recalls_by_its_topics() {
    let foods = ToldClaim::Dislikes { foods: vec![" Broccoli ".to_owned(), "tofu".to_owned()] };
    let all = [
        window(420, 1380, 0.8, [TODAY]),
        told("dislike.greens", "No greens, please", &[], Some(foods)),
        told("life.children", "Has two small children", &[], None),
    ];
    let found = |agent| -> Vec<String> {
        let hits = recall(&all, &Query { words: "", topics: topics_of(agent) }, noon(TODAY), 10);
        hits.into_iter().map(|hit| hit.memory.key).collect()
    };
    assert_eq!(found(Agent::Nutrition), ["dislike.greens", "life.children"]);
    assert_eq!(found(Agent::Circadian), ["rhythm.sleep-window", "life.children"]);
    assert_eq!(found(Agent::Insights).len(), 3);
    let told = Told::of(&all);
    let dislikes: Vec<(&str, &str)> =
        told.dislikes.iter().map(|fact| (fact.what.as_str(), fact.key.as_str())).collect();
    assert_eq!(dislikes, [("broccoli", "dislike.greens"), ("tofu", "dislike.greens")]);
    assert_eq!(remembered_sleep_window(&all).unwrap().bed.to_string(), "23:00");
}

#[test]
fn ten_plans_do_not_hide_what_is_true() {
    let mut all: Vec<Memory> =
        (0..10).map(|ago| Memory { importance: 1.0, ..event("plan.routine", days_ago(ago), "x") }).collect();
    all.push(window(420, 1380, 0.5, [days_ago(60)]));
    let hits = recall(&all, &Query::default(), noon(TODAY), 5);
    let subjects: Vec<&str> = hits.iter().map(|hit| hit.memory.subject()).collect();
    assert_eq!(subjects, ["plan.routine", "plan.routine", "rhythm.sleep-window"]);
    let summary = summarise(&all, noon(TODAY));
    assert_eq!((summary.episodic, summary.semantic, summary.strongest.len()), (10, 1, 1));
}

#[test]
fn layers_age_at_their_own_pace() {
    let of = |layer, days: i64| Memory {
        layer,
        updated_at: noon(TODAY) - SignedDuration::from_hours(24 * days),
        ..window(420, 1380, 0.8, [TODAY])
    };
    for (layer, days) in
        [(MemoryLayer::Episodic, 30), (MemoryLayer::Procedural, 60), (MemoryLayer::Semantic, 180)]
    {
        let hit = recall(&[of(layer, days)], &Query::default(), noon(TODAY), 1).remove(0);
        assert!((hit.factors.recency - 0.5).abs() < 1e-9, "{layer:?}");
    }
}

#[test]
fn a_focus_recurs_when_it_rests_on_more_than_a_fortnight() {
    use agents::behavior::Focus;
    let of = |focus, days: i64| Memory {
        key: format!("focus.{focus:?}"),
        claim: Claim::Focus { focus },
        ..window(0, 0, 0.8, (0..days).map(days_ago))
    };
    let all = [of(Focus::Sleep, 14), of(Focus::Sitting, 15), of(Focus::Activity, 40)];
    let found: Vec<(Focus, u32)> =
        recurring_focus(&all).into_iter().map(|found| (found.focus, found.days)).collect();
    assert_eq!(found, [(Focus::Activity, 40), (Focus::Sitting, 15)]);
    assert_eq!(known::task_history(&all, "walk"), None);
}
