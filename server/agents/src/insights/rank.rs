//! In which order insights come, what is said twice, and why each stands where it does.

use std::collections::{BTreeMap, HashSet};

use jiff::SignedDuration;

use super::learned::{Learned, Reactions};
use super::story::{Tone, size};
use super::{Insight, KnownInsight, Ranking, State};
use crate::evidence::Evidence;

/// The same words are not given again for this long, nor is a topic that was dismissed.
const NOT_AGAIN: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Of one category in one run, what is for a professional aside: five things about sleep are one thing said five times.
const OF_A_CATEGORY: usize = 2;

/// Where it stands after these reactions, its importance being what it was.
///
/// Rank = importance × confidence × learned usefulness. What is for a professional is not lowered by dislike.
pub fn ranking(insight: &Insight, reactions: &Reactions<'_>) -> Ranking {
    let learned = Learned::of(insight.category, insight.kind, reactions);
    let importance = insight.ranking.importance;
    let safety = insight.tone == Tone::Safety;
    let usefulness = if safety { learned.usefulness().max(1.0) } else { learned.usefulness() };
    let usefulness = (usefulness * 1_000.0).round() / 1_000.0;
    let score = (importance * insight.confidence * usefulness * 1_000.0).round() / 1_000.0;
    let reactions = match (learned.reactions, learned.bad) {
        (0, _) => "no reactions yet".to_owned(),
        (all, bad) => format!("{all} reactions to insights like it, {bad} of them bad"),
    };
    let first = if safety { "comes first: for a professional to look at; " } else { "" };
    let reason = format!(
        "{first}importance {importance:.2} ({} effect) × confidence {:.2} ({:?} baseline of {} days) × usefulness {usefulness:.2} ({reactions})",
        size(insight.strength.effect),
        insight.confidence,
        insight.strength.baseline,
        insight.strength.baseline_days,
    );
    Ranking {
        score,
        importance,
        usefulness,
        reason: reason
            .replace("Excellent", "excellent")
            .replace("Good", "good")
            .replace("Fair", "fair")
            .replace("Poor", "poor"),
    }
}

/// Best first: what is for a professional, then by rank; equal ones by their metric, so that the order never changes by itself.
pub(super) fn sort(candidates: &mut [Insight]) {
    let safety = |insight: &Insight| insight.tone != Tone::Safety;
    candidates.sort_by(|a, b| {
        safety(a)
            .cmp(&safety(b))
            .then(b.ranking.score.total_cmp(&a.ranking.score))
            .then(a.evidence.metric.cmp(&b.evidence.metric))
    });
}

/// Takes at most `most` of sorted candidates; says of every other one why it was left out. Of one topic only the strongest counts,
/// also when it was said before.
///
/// When all places are taken and nothing among them goes well, the last one is given to the best that does.
pub(super) fn choose(
    evidence: &Evidence,
    candidates: Vec<Insight>,
    known: &[KnownInsight],
    most: usize,
) -> (Vec<Insight>, Vec<String>) {
    let (mut chosen, mut left_out): (Vec<Insight>, Vec<String>) = (Vec::new(), Vec::new());
    let mut spare: Option<Insight> = None;
    let (mut topics, mut hashes) = (HashSet::new(), HashSet::new());
    let mut of_category: BTreeMap<&str, usize> = BTreeMap::new();
    for candidate in candidates {
        let safety = candidate.tone == Tone::Safety;
        let topic = candidate.topic().to_owned();
        let count = of_category.entry(candidate.category.as_str()).or_default();
        let reason = if candidate.confidence < evidence.settings.insight_confidence {
            "not confident enough"
        } else if candidate.actionability < super::LEAST_ACTIONABILITY {
            "nothing much to do about it"
        } else if topics.contains(&topic) || hashes.contains(&candidate.content_hash) {
            "a stronger one says the same"
        } else if let Some(why) = said_before(evidence, &candidate, known) {
            // A weaker figure of the same topic would say it again.
            topics.insert(topic);
            why
        } else if *count >= OF_A_CATEGORY && !safety {
            "enough of its category"
        } else if chosen.len() >= most {
            let good = candidate.tone == Tone::Good && spare.is_none();
            if good && chosen.iter().all(|insight| insight.tone != Tone::Good) {
                spare = Some(candidate);
                continue;
            }
            "more important ones came first"
        } else {
            topics.insert(topic);
            hashes.insert(candidate.content_hash.clone());
            *count += usize::from(!safety);
            chosen.push(candidate);
            continue;
        };
        left_out.push(format!("{}: {reason}", candidate.title));
    }
    if let Some(good) = spare {
        let last = chosen.iter().rposition(|insight| insight.tone != Tone::Safety);
        match last.filter(|_| most >= 3) {
            Some(place) => {
                let gone = std::mem::replace(&mut chosen[place], good);
                left_out.push(format!("{}: something that goes well has its place", gone.title));
                sort(&mut chosen);
            }
            None => left_out.push(format!("{}: more important ones came first", good.title)),
        }
    }
    (chosen, left_out)
}

/// Whether it would be said twice. The same meaning comes back after it expired; another size or direction is another meaning.
fn said_before(evidence: &Evidence, candidate: &Insight, known: &[KnownInsight]) -> Option<&'static str> {
    let now = evidence.now;
    let topic = candidate.topic();
    known.iter().find_map(|before| {
        let recent = now.duration_since(before.created_at) < NOT_AGAIN;
        let dismissed = before.state == State::Dismissed && candidate.tone != Tone::Safety;
        let same_words = recent && before.content_hash == candidate.content_hash;
        let same_meaning = before.meaning == candidate.meaning && now < before.expires_at;
        if same_words || same_meaning {
            Some("already said")
        } else if recent && dismissed && super::topic_of(&before.meaning) == topic {
            Some("was dismissed")
        } else {
            None
        }
    })
}
