//! What the stored plans of a day hold that people can do: read leniently, so that a plan of an older release stays readable.

use domain::agent::Agent;
use domain::id::{TenantId, UserId};
use domain::profile::ClockTime;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::PlanSource;
use crate::error::{Error, Result};
use crate::people::history::{Analysis, store};

/// The newest plans of one day.
pub(crate) struct Planned {
    pub(crate) routine: Option<PlanSource>,
    pub(crate) nutrition: Option<PlanSource>,
    pub(crate) blocks: Vec<PlannedBlock>,
    pub(crate) meals: Vec<PlannedMeal>,
}

#[derive(Deserialize)]
pub(crate) struct PlannedBlock {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) purpose: String,
    pub(crate) start: ClockTime,
    pub(crate) end: ClockTime,
    pub(crate) tasks: Vec<PlannedTask>,
}

#[derive(Deserialize)]
pub(crate) struct PlannedTask {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) why: String,
    pub(crate) start: ClockTime,
    pub(crate) end: ClockTime,
    pub(crate) minutes: u32,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) priority: String,
    #[serde(default)]
    pub(crate) scale_down: String,
}

pub(crate) struct PlannedMeal {
    /// The day and a stable slug: `2026-03-03-meal-breakfast`.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) title: String,
}

#[derive(Deserialize)]
struct Routine {
    time_blocks: Vec<PlannedBlock>,
}

#[derive(Deserialize)]
struct Nutrition {
    meals: Vec<Meal>,
}

#[derive(Deserialize)]
struct Meal {
    name: String,
    title: String,
}

impl Planned {
    /// Tasks and meals, by id.
    pub(crate) fn titles(&self) -> impl Iterator<Item = (&str, &str)> {
        let tasks = self.blocks.iter().flat_map(|block| &block.tasks);
        let tasks = tasks.map(|task| (task.id.as_str(), task.title.as_str()));
        tasks.chain(self.meals.iter().map(|meal| (meal.id.as_str(), meal.title.as_str())))
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.titles().map(|(id, _)| id)
    }
}

impl crate::Ops {
    /// # Errors
    /// `NotFound` for an unknown person, and when neither plan was made for this day.
    pub(in crate::people) async fn planned(
        &self,
        tenant: &TenantId,
        user: &UserId,
        date: Date,
    ) -> Result<Planned> {
        self.profile(tenant, user).await?;
        let routine = store::of_day(&self.db, tenant, user, Agent::Routine, date).await?;
        let nutrition = store::of_day(&self.db, tenant, user, Agent::Nutrition, date).await?;
        if routine.is_none() && nutrition.is_none() {
            return Err(Error::NotFound { what: "plan of this day" });
        }
        let (routine, blocks) = match routine {
            Some(plan) => (Some(PlanSource::from(&plan)), read::<Routine>(plan.body)?.time_blocks),
            None => (None, Vec::new()),
        };
        let (nutrition, meals) = match nutrition {
            Some(plan) => (Some(PlanSource::from(&plan)), read::<Nutrition>(plan.body)?.meals),
            None => (None, Vec::new()),
        };
        let meal = |Meal { name, title }: Meal| PlannedMeal { id: meal_id(date, &name), name, title };
        Ok(Planned { routine, nutrition, blocks, meals: meals.into_iter().map(meal).collect() })
    }
}

/// What check-ins on a meal refer to.
pub(crate) fn meal_id(date: Date, name: &str) -> String {
    format!("{date}-meal-{}", name.to_lowercase().replace(' ', "-"))
}

impl From<&Analysis> for PlanSource {
    fn from(plan: &Analysis) -> Self {
        Self {
            id: plan.id.clone(),
            archetype: plan.archetype,
            release: plan.release.clone(),
            computed_at: plan.created_at,
        }
    }
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T> {
    serde_json::from_value(body).map_err(|error| Error::internal("reading a stored plan", error))
}
