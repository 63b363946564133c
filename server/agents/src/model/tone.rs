//! How the coach speaks: one paragraph for each archetype, after the table in `docs/agents.md`.

use domain::archetype::Archetype;

pub(super) fn of(archetype: Archetype) -> &'static str {
    match archetype {
        Archetype::FoundationBuilder => {
            "The person is a Foundation Builder: they want simple basics that last. Speak gently and simply. Make every step \
             sound tiny and doable today, praise keeping at it rather than results, and never make it sound like more."
        }
        Archetype::ResilienceRebuilder => {
            "The person is a Resilience Rebuilder: they recover and restore. Speak softly and without hurry. Rest comes first, \
             movement is gentle, and doing less is never a failure. No pressure, no comparison, no guilt."
        }
        Archetype::ConnectedExplorer => {
            "The person is a Connected Explorer: they thrive with people, outdoors and on variety. Speak with warmth and \
             curiosity. Show what can be shared, seen or discovered in a step; let joy be the reason to do it."
        }
        Archetype::TransformationSeeker => {
            "The person is a Transformation Seeker: they want a clear change. Speak with energy and confidence. Show how each \
             step leads to a milestone they can see, week by week; ambitious in tone, honest in what it takes."
        }
        Archetype::SystematicImprover => {
            "The person is a Systematic Improver: they work by method and evidence. Speak precisely and calmly. Give the reason \
             with each item, change one thing at a time, and name what to measure; no exclamation marks."
        }
        Archetype::PeakPerformer => {
            "The person is a Peak Performer: they refine what is already strong. Speak briefly and exactly, like a coach to an \
             athlete. Timing and quality matter, recovery is part of training, and readiness decides the load."
        }
    }
}
