//! What to change next, for the people of the data set: they never checked in, so what is said rests on their trends alone.

use agents::behavior;
use agents::orchestrator::adaptation::{Observed, Trigger, Verdict, adapt, validate};
use domain::archetype::Archetype;

use crate::real;

#[test]
fn nobody_is_told_of_an_adherence_that_nobody_measured() {
    let (mut silent, mut changed) = (0, 0);
    for (id, data) in real::people() {
        let evidence = real::evidence(&data, Archetype::SystematicImprover);
        let behavior = behavior::analyse(&evidence);
        let observed = Observed {
            today: evidence.today,
            check_ins: &evidence.check_ins,
            insight_ratings: &[],
            behavior: Some(&behavior),
            before: None,
        };
        let adaptation = adapt(&observed);
        assert_eq!(validate(&adaptation, &observed), [], "{id}");
        let factors = &adaptation.factors;
        assert!(
            factors.adherence.is_none() && factors.engagement.is_none() && factors.satisfaction.is_none()
        );
        assert_eq!(adaptation.effectiveness, factors.progress, "{id}: nothing else is known");
        let allowed = [Trigger::LowReadiness, Trigger::Plateau];
        assert!(adaptation.changes.iter().all(|change| allowed.contains(&change.trigger)), "{id}");
        silent += u32::from(adaptation.verdict == Verdict::NotEnoughData);
        changed += u32::from(adaptation.verdict == Verdict::Change);
    }
    assert!(silent > 0 && changed > 0, "{silent} without enough data, {changed} with a change");
}
