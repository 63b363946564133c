use domain::archetype::Archetype;
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::{collection, option, sample};

use super::month::known;
use super::{seen, somebody};
use crate::behavior;
use crate::evidence::Evidence;
use crate::insights::learned::Learned;
use crate::insights::{Category, InsightRun, Kind, KnownInsight, Reactions, State, Tone, extract, validate};

prop_compose! {
    fn reactions()(
        category in sample::select(Category::ALL.to_vec()),
        kind in sample::select(Kind::ALL.to_vec()),
        state in sample::select(State::ALL.to_vec()),
        rating in option::of(1_u8..=5),
        helpful in option::of(any::<bool>()),
        acknowledged: bool,
        shown_days in 0_u32..6,
        days_ago in 0_i32..120,
    ) -> KnownInsight {
        let at = seen(&somebody(1, 1, 0), 0, Archetype::PeakPerformer).now - SignedDuration::from_hours(24) * days_ago;
        KnownInsight {
            content_hash: String::new(), meaning: String::new(), category, kind: Some(kind), state,
            created_at: at, expires_at: at, shown_days, acknowledged, helpful, rating,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever was thought before: a bad rating never raises the use of any category and kind, a good one never lowers it.
    #[test]
    fn bad_ratings_never_raise_and_good_ones_never_lower(
        mut before in collection::vec(reactions(), 0..30),
        one in reactions(),
        bad in 1_u8..=2,
        good in 4_u8..=5,
    ) {
        let evidence = seen(&somebody(1, 1, 0), 0, Archetype::PeakPerformer);
        let plain = KnownInsight { rating: None, helpful: None, acknowledged: false, shown_days: 0, state: State::Surfaced, ..one };
        let mut use_of = |rating: Option<u8>| -> Vec<f64> {
            before.push(KnownInsight { rating, ..plain.clone() });
            let pairs = Category::ALL.into_iter().flat_map(|category| Kind::ALL.map(|kind| (category, kind)));
            let found = pairs.map(|(category, kind)| use_now(&evidence, category, kind, &before)).collect();
            before.pop();
            found
        };
        let (disliked, neutral, liked) = (use_of(Some(bad)), use_of(None), use_of(Some(good)));
        for ((low, middle), high) in disliked.into_iter().zip(neutral).zip(liked) {
            prop_assert!(low <= middle + 1e-12 && middle <= high + 1e-12);
            prop_assert!(low > 0.0 && high < 1.7);
        }
    }
}

fn use_now(evidence: &Evidence, category: Category, kind: Kind, known: &[KnownInsight]) -> f64 {
    let zone = evidence.profile.zone();
    let reactions = Reactions { known, check_ins: &evidence.check_ins, zone: &zone, now: evidence.now };
    Learned::of(category, kind, &reactions).usefulness()
}

fn place(run: &InsightRun, category: Category, kind: Kind) -> Option<usize> {
    run.insights.iter().position(|insight| (insight.category, insight.kind) == (category, kind))
}

#[test]
fn a_disliked_kind_sinks_says_why_and_comes_back_when_it_faded() {
    let mut sank = 0;
    for seed in 0..60 {
        let evidence = seen(&somebody(seed, 40, 0), 0, Archetype::ConnectedExplorer);
        let behavior = behavior::analyse(&evidence);
        let first = extract(&evidence, &behavior, &[]);
        let Some(top) = first.insights.iter().find(|it| it.tone != Tone::Safety) else { continue };
        let disliked = |days_ago: i32| KnownInsight {
            // Of something else, so that only the taste counts.
            meaning: "sleep/other/up/slight".to_owned(),
            content_hash: "other".to_owned(),
            created_at: evidence.now - SignedDuration::from_hours(24) * days_ago,
            expires_at: evidence.now,
            rating: Some(1),
            ..known(top, &evidence)
        };
        let mut last = f64::MAX;
        for count in 0..6 {
            let run = extract(&evidence, &behavior, &vec![disliked(1); count]);
            assert_eq!(validate(&run, &evidence), vec![]);
            let same = run.insights.iter().find(|it| it.evidence.metric == top.evidence.metric);
            let Some(same) = same else { break };
            assert!(same.ranking.score < last, "seed {seed}");
            assert!(count == 0 || same.ranking.reason.contains(&format!("{count} of them bad")));
            last = same.ranking.score;
        }
        let now = extract(&evidence, &behavior, &vec![disliked(1); 5]);
        let (was, is) = (place(&first, top.category, top.kind), place(&now, top.category, top.kind));
        assert!(is.is_none_or(|is| was.is_some_and(|was| is >= was)), "seed {seed}");
        sank += usize::from(is != was);
        let faded = extract(&evidence, &behavior, &vec![disliked(900); 5]);
        let order = |run: &InsightRun| run.insights.iter().map(|it| it.meaning.clone()).collect::<Vec<_>>();
        assert_eq!(order(&faded), order(&first), "seed {seed}");
    }
    assert!(sank > 30, "dislike changed the order of {sank} people only");
}

#[test]
fn what_is_for_a_professional_stays_first_however_disliked() {
    let days = (0..20).map(|day| (9_000.0 + f64::from(day) * 20.0, 270.0)).collect();
    let evidence = crate::evidence::sample::evidence_of(days);
    let behavior = behavior::analyse(&evidence);
    let run = extract(&evidence, &behavior, &[]);
    let advice = &run.insights[0];
    assert_eq!((advice.kind, advice.tone), (Kind::Advice, Tone::Safety));
    assert!(advice.next_step.contains("doctor"));
    let mut hated = known(advice, &evidence);
    hated.meaning = "sleep/sleep/down/other".to_owned();
    hated.content_hash.clear();
    (hated.rating, hated.state) = (Some(1), State::Dismissed);
    let again = extract(&evidence, &behavior, &vec![hated; 20]);
    assert_eq!(again.insights[0].evidence, advice.evidence);
    assert_eq!(again.insights[0].ranking.usefulness, 1.0);
}

#[test]
fn doing_what_was_proposed_counts_as_useful() {
    let data = somebody(2, 20, 0);
    let mut evidence = seen(&data, 0, Archetype::PeakPerformer);
    let given = evidence.now - SignedDuration::from_hours(24 * 5);
    let before = KnownInsight {
        content_hash: String::new(),
        meaning: "routine/task.easy-walk/down/clear".to_owned(),
        category: Category::Routine,
        kind: Some(Kind::Adherence),
        state: State::Surfaced,
        created_at: given,
        expires_at: given,
        shown_days: 0,
        acknowledged: false,
        helpful: None,
        rating: None,
    };
    evidence.check_ins.clear();
    let useful = |evidence: &Evidence| {
        let zone = evidence.profile.zone();
        let known = std::slice::from_ref(&before);
        let reactions = Reactions { known, check_ins: &evidence.check_ins, zone: &zone, now: evidence.now };
        Learned::of(Category::Routine, Kind::Adherence, &reactions).useful
    };
    assert_eq!(useful(&evidence), 2.0);
    for ago in [1, 2] {
        let date = evidence.today.checked_sub(jiff::Span::new().days(ago)).unwrap();
        evidence.check_ins.push(super::check_in("easy-walk", date, true));
        evidence.check_ins.push(super::check_in("screens-away", date, true));
    }
    assert!(useful(&evidence) > 2.4);
}
