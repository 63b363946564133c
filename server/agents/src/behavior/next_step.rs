//! The next step for each focus, in the tone and size of the archetype.

use domain::archetype::Archetype;

use super::Focus;

pub(super) fn of(archetype: Archetype, focus: Focus) -> &'static str {
    use Archetype as A;
    match focus {
        Focus::Sleep => match archetype {
            A::FoundationBuilder => "Tonight, put the phone away ten minutes before bed. Only that.",
            A::ResilienceRebuilder => {
                "Lie down 20 minutes earlier and read something light; rest counts even without sleep."
            }
            A::ConnectedExplorer => "Agree with somebody on a shared screens-off time this week.",
            A::TransformationSeeker => {
                "Win back 30 minutes of sleep a night for seven nights: your first milestone."
            }
            A::SystematicImprover => {
                "Move bedtime 15 minutes earlier for seven days, change nothing else, and compare."
            }
            A::PeakPerformer => "Fix an 8.5-hour window in bed this week and treat it like training.",
        },
        Focus::SleepRegularity => match archetype {
            A::FoundationBuilder => {
                "Choose one bedtime you can keep on most days, and set a gentle alarm for it."
            }
            A::ResilienceRebuilder => "Get up at the same time every day this week, also after a bad night.",
            A::ConnectedExplorer => "Make breakfast with somebody the fixed point of your mornings.",
            A::TransformationSeeker => "Seven nights within half an hour of the same bedtime: mark each one.",
            A::SystematicImprover => {
                "Hold wake time within 15 minutes for ten days and watch the spread fall."
            }
            A::PeakPerformer => "Lock wake time to the minute; let only bedtime flex with training load.",
        },
        Focus::Activity => match archetype {
            A::FoundationBuilder => "Walk ten minutes after one meal a day.",
            A::ResilienceRebuilder => "Two unhurried walks of ten minutes, as slow as feels good.",
            A::ConnectedExplorer => "Ask somebody for a walk outside, twice this week.",
            A::TransformationSeeker => "Add 1,000 steps a day each week until 8,000.",
            A::SystematicImprover => "Add one 15-minute walk at a fixed time and log it for a week.",
            A::PeakPerformer => "Place 30 minutes of easy aerobic work in your energy peak on four days.",
        },
        Focus::Sitting => match archetype {
            A::FoundationBuilder => "Stand up once an hour; a glass of water is a good reason.",
            A::ResilienceRebuilder => "Stretch for two minutes whenever you feel stiff.",
            A::ConnectedExplorer => "Take one call a day on your feet, outside if you can.",
            A::TransformationSeeker => "No sitting longer than 45 minutes between nine and five.",
            A::SystematicImprover => "Set a 50-minute timer and count the breaks you keep.",
            A::PeakPerformer => "Mobility for three minutes every 50 minutes of desk work.",
        },
        Focus::Consistency => match archetype {
            A::FoundationBuilder => "On a quiet day, one short walk is enough to keep the thread.",
            A::ResilienceRebuilder => "Plan the quiet days as gently as the busy ones: a short walk each.",
            A::ConnectedExplorer => "Put something pleasant outside into your two quietest days.",
            A::TransformationSeeker => "Set a floor you never go below, and raise it every week.",
            A::SystematicImprover => "Find the two weekdays that fall short and fix one of them first.",
            A::PeakPerformer => "Alternate hard and easy days on purpose instead of by chance.",
        },
        Focus::Recovery => match archetype {
            A::FoundationBuilder => "Do less today. That is the plan.",
            A::ResilienceRebuilder => "Keep today light: breathing, a slow walk, an early night.",
            A::ConnectedExplorer => "Spend an easy hour with good company instead of training.",
            A::TransformationSeeker => "Today counts as a training day: recovery is the session.",
            A::SystematicImprover => "Halve the load today and see what tomorrow's readiness says.",
            A::PeakPerformer => "Drop intensity to zone 1 today; come back when readiness is above 60.",
        },
    }
}
