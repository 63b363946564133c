//! What an archetype means, in words for apps and people.

use super::Archetype;

impl Archetype {
    /// For whom it is.
    pub fn for_whom(self) -> &'static str {
        match self {
            Self::FoundationBuilder => "People who want simple basics that last",
            Self::ResilienceRebuilder => "People who recover and want their strength back",
            Self::ConnectedExplorer => "People who thrive with others, outdoors and on variety",
            Self::TransformationSeeker => "People who want a clear, ambitious change",
            Self::SystematicImprover => "People who go by method and evidence",
            Self::PeakPerformer => "People who refine what is strong already",
        }
    }

    /// What its plans are like.
    pub fn plan_style(self) -> &'static str {
        match self {
            Self::FoundationBuilder => {
                "Few and tiny habits in blocks of 10 to 15 minutes, never more than three new things"
            }
            Self::ResilienceRebuilder => "Rest first: the load follows recovery, movement is gentle",
            Self::ConnectedExplorer => "With people and outside, varied, kept up through joy",
            Self::TransformationSeeker => "Visible milestones, weekly targets, a load that grows",
            Self::SystematicImprover => "Measured, one thing changed at a time, the reason with each item",
            Self::PeakPerformer => "Periods of load and rest, precise timing, recovery by readiness",
        }
    }
}
