use domain::archetype::Archetype;
use jiff::SignedDuration;

use super::{seen, somebody};
use crate::behavior;
use crate::evidence::Evidence;
use crate::evidence::sample::Dice;
use crate::insights::{Insight, KnownInsight, State, Tone, extract, topic_of, validate};

const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn known(insight: &Insight, evidence: &Evidence) -> KnownInsight {
    KnownInsight {
        content_hash: insight.content_hash.clone(),
        meaning: insight.meaning.clone(),
        category: insight.category,
        kind: Some(insight.kind),
        state: State::Surfaced,
        created_at: evidence.now,
        expires_at: evidence.now + DAY * i32::try_from(insight.valid_days).unwrap(),
        shown_days: 1,
        acknowledged: false,
        helpful: None,
        rating: None,
    }
}

/// 60 people are asked for every morning of 40 days, and react somehow.
#[test]
fn in_forty_days_of_daily_runs_nothing_is_said_twice() {
    let mut given = 0;
    for seed in 0..60 {
        let data = somebody(seed, 45, 40);
        let mut dice = Dice(seed);
        let mut said: Vec<KnownInsight> = Vec::new();
        for later in 0..40 {
            let evidence = seen(&data, later, Archetype::ALL[(seed % 6) as usize]);
            let run = extract(&evidence, &behavior::analyse(&evidence), &said);
            assert_eq!(validate(&run, &evidence), vec![], "seed {seed}, day {later}");
            for insight in &run.insights {
                for before in &said {
                    let age = evidence.now.duration_since(before.created_at);
                    let about = format!("seed {seed}, day {later}: {}", insight.meaning);
                    assert!(age >= DAY * 30 || before.content_hash != insight.content_hash, "{about}");
                    assert!(
                        evidence.now >= before.expires_at || before.meaning != insight.meaning,
                        "{about}"
                    );
                    let unwanted = before.state == State::Dismissed
                        && topic_of(&before.meaning) == insight.topic()
                        && insight.tone != Tone::Safety;
                    assert!(age >= DAY * 30 || !unwanted, "{about}");
                }
            }
            given += run.insights.len();
            for insight in &run.insights {
                let mut reaction = known(insight, &evidence);
                match dice.roll(6) {
                    0 => reaction.state = State::Dismissed,
                    1 => reaction.rating = Some(1 + u8::try_from(dice.roll(5)).unwrap()),
                    _ => {}
                }
                said.push(reaction);
            }
        }
    }
    let each = given as f64 / 60.0;
    println!("{each:.1} insights a person in 40 days of daily runs");
    assert!((5.0..60.0).contains(&each), "neither silent nor a torrent: {each}");
}

#[test]
fn after_it_expired_or_changed_it_may_come_back() {
    let evidence = seen(&somebody(3, 40, 0), 0, Archetype::PeakPerformer);
    let behavior = behavior::analyse(&evidence);
    let first = extract(&evidence, &behavior, &[]).insights[0].clone();
    let comes = |change: &dyn Fn(&mut KnownInsight)| {
        let mut before = known(&first, &evidence);
        before.created_at = evidence.now - DAY * 10;
        before.expires_at = evidence.now + DAY;
        before.content_hash = "other words".to_owned();
        change(&mut before);
        extract(&evidence, &behavior, &[before]).insights.iter().any(|it| it.topic() == first.topic())
    };
    assert!(!comes(&|_| {}), "the same, and not expired");
    assert!(comes(&|before| before.expires_at = evidence.now), "expired");
    let size = format!("{}/other-size", first.topic());
    assert!(comes(&|before| before.meaning.clone_from(&size)), "another size");
    let dismissed = |before: &mut KnownInsight| {
        before.meaning.clone_from(&size);
        before.state = State::Dismissed;
    };
    assert!(!comes(&dismissed), "dismissed, in any size");
    let same_words = |before: &mut KnownInsight| {
        before.expires_at = evidence.now;
        before.content_hash.clone_from(&first.content_hash);
    };
    assert!(!comes(&same_words), "the very same words within 30 days");
}
