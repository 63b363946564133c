//! The shapes of agents' answers for the `OpenAPI` document: the frame of every answer, with the agent's own field typed.
//!
//! The answers themselves are written by `ops::answers`; a test reads them back into these, unknown fields refused.

use agents::behavior::BehaviorAnalysis;
use agents::circadian::CircadianAnalysis;
use agents::insights::Insight;
use agents::memory::{MemorySummary, Recalled};
use agents::nutrition::NutritionPlan;
use agents::orchestrator::StepRecord;
use agents::orchestrator::adaptation::Adaptation;
use agents::routine::RoutinePlan;
use domain::agent::AnswerMeta;
use domain::archetype::Archetype;
use ops::answers::AnalysisType;
use ops::memory::Remembered;
use utoipa::ToSchema;

macro_rules! shape {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(ToSchema)]
        #[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
        #[expect(dead_code, reason = "read by the OpenAPI document, and by the test that answers have this shape")]
        pub(super) struct $name { $($(#[$of])* $field: $type,)+ }
    };
}

macro_rules! answer {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        shape! {
            $(#[$doc])*
            $name {
                /// Always `success`; a failure is a problem document.
                status: String,
                user_id: String,
                archetype: Archetype,
                analysis_type: AnalysisType,
                $($(#[$of])* $field: $type,)+
                /// Memories that were recalled for it, best first, at most five.
                remembered: Vec<Remembered>,
                meta: AnswerMeta,
            }
        }
    };
}

answer! {
    /// An analysis of behavior.
    BehaviorAnswer { behavior_analysis: BehaviorAnalysis }
}
answer! {
    /// An analysis of the circadian rhythm.
    CircadianAnswer { circadian_analysis: CircadianAnalysis }
}
answer! {
    /// A day's routine.
    RoutineAnswer { routine_plan: RoutinePlan }
}
answer! {
    /// A day's meals.
    NutritionAnswer { nutrition_plan: NutritionPlan }
}
answer! {
    /// Up to five insights, best first.
    InsightsAnswer {
        insights: Vec<Insight>,
        /// Why there is none, when there is none.
        none_because: Option<String>,
    }
}
answer! {
    /// What is remembered, and what matters now.
    MemoryAnswer { memory: Recall }
}
answer! {
    /// Everything at once. A step that failed leaves its part out, and says so in `workflow`.
    WorkflowAnswer { analysis: Parts, workflow: WorkflowSteps }
}

shape! {
    /// A summary of the four layers, and the memories recalled.
    Recall { summary: MemorySummary, recalled: Vec<Recalled> }
}
shape! {
    /// The agents' own answers.
    Parts {
        memory: Option<Recall>,
        behavior_analysis: Option<BehaviorAnalysis>,
        circadian_analysis: Option<CircadianAnalysis>,
        routine_plan: Option<RoutinePlan>,
        nutrition_plan: Option<NutritionPlan>,
        insights: Option<Vec<Insight>>,
        /// What to change next, and why.
        adaptation: Option<Adaptation>,
    }
}
shape! {
    /// What the orchestrator did.
    WorkflowSteps {
        /// `GET /api/workflows/{id}` tells of it.
        id: String,
        steps: Vec<StepRecord>,
    }
}

/// Reads an answer as the document describes it; says which field is not as described.
#[cfg(test)]
pub(super) fn fits(field: &str, body: &serde_json::Value) -> Result<(), String> {
    fn read<T: serde::de::DeserializeOwned>(body: &serde_json::Value) -> Result<(), String> {
        serde_json::from_value::<T>(body.clone()).map(drop).map_err(|error| error.to_string())
    }
    match field {
        "behavior_analysis" => read::<BehaviorAnswer>(body),
        "circadian_analysis" => read::<CircadianAnswer>(body),
        "routine_plan" => read::<RoutineAnswer>(body),
        "nutrition_plan" => read::<NutritionAnswer>(body),
        "insights" => read::<InsightsAnswer>(body),
        "memory" => read::<MemoryAnswer>(body),
        "workflow" => read::<WorkflowAnswer>(body),
        other => Err(format!("no answer has a field {other}")),
    }
}
