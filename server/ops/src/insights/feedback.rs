//! What a person thinks of an insight, and what follows for the others: ranks change with every reaction.

use agents::insights::{Insight, Reactions, State, Tone, ranking};
use agents::memory::reacted;
use domain::id::{TenantId, UserId};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store;
use crate::access::Caller;
use crate::clock::at;
use crate::db::WriteTx;
use crate::error::{Error, Result};
use crate::memory;
use crate::people;
use crate::people::store::{from_json, hold_person};

/// Reactions older than this have faded.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 180);
/// Added to the rank of what a professional should look at.
const FIRST: i64 = 10_000;

/// What a person thought of an insight. What is absent stays as it was said before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InsightFeedback {
    pub helpful: Option<bool>,
    /// 1 (bad) to 5 (good).
    pub rating: Option<u8>,
    /// At most 500 characters.
    pub comment: Option<String>,
}

impl InsightFeedback {
    fn check(&self) -> Result<()> {
        if self.rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
            return Err(Error::invalid("rating", "must be 1 to 5"));
        }
        if self.comment.as_ref().is_some_and(|comment| comment.chars().count() > 500) {
            return Err(Error::invalid("comment", "must be at most 500 characters"));
        }
        if *self == Self::default() {
            return Err(Error::invalid("body", "must have helpful, rating or comment"));
        }
        Ok(())
    }
}

impl crate::Ops {
    /// Feedback changes what comes next, and the order of what is there.
    ///
    /// # Errors
    /// `Invalid` names the field; `NotFound` when the person has no such insight.
    pub async fn rate_insight(
        &self,
        caller: &Caller,
        user: &UserId,
        id: &str,
        feedback: InsightFeedback,
    ) -> Result<()> {
        feedback.check()?;
        let owner = (&caller.tenant, user);
        let mut tx = self.db.begin_write().await?;
        let zone = hold_person(&mut tx, owner.0, owner.1, None).await?.zone();
        let row = store::of_person(&mut tx, owner, id).await?.ok_or(Error::NotFound { what: "insight" })?;
        let said = feedback.rating.is_some() || feedback.helpful.is_some();
        let state = if said { row.state()?.after(State::Rated) } else { row.state()? };
        store::rate(&mut tx, owner, id, &feedback, state, self.clock.now_ms()).await?;
        self.rank_again(&mut tx, owner, &zone).await?;
        let rated = feedback.rating.filter(|rating| *rating != 3).map(|rating| rating > 3);
        let memory = reacted(id, &row.category, feedback.helpful.or(rated), self.clock.now());
        memory::put_memories(&mut tx, &self.clock, owner.0, owner.1, &[memory]).await?;
        Ok(tx.commit().await?)
    }

    /// The person does not want it. Said twice, or of one that has ended otherwise, it changes nothing.
    ///
    /// # Errors
    /// `NotFound` when the person has no such insight.
    pub async fn dismiss_insight(&self, caller: &Caller, user: &UserId, id: &str) -> Result<()> {
        let owner = (&caller.tenant, user);
        let mut tx = self.db.begin_write().await?;
        let zone = hold_person(&mut tx, owner.0, owner.1, None).await?.zone();
        let row = store::of_person(&mut tx, owner, id).await?.ok_or(Error::NotFound { what: "insight" })?;
        if row.state()?.live() {
            store::dismiss(&mut tx, owner, id, self.clock.now_ms()).await?;
            self.rank_again(&mut tx, owner, &zone).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The live insights of a person in the order that their reactions make now.
    pub(super) async fn rank_again(
        &self,
        tx: &mut WriteTx,
        owner: (&TenantId, &UserId),
        zone: &TimeZone,
    ) -> Result<()> {
        let now = self.clock.now();
        let since = at((now - REMEMBERED).as_millisecond());
        let known = store::known_in(tx, owner, since.as_millisecond()).await?;
        let days = (since.strftime("%F").to_string(), zone.to_datetime(now).date().to_string());
        let check_ins =
            people::check_ins::store::between(&mut **tx, owner.0, owner.1, &days.0, &days.1).await?;
        let reactions = Reactions { known: &known, check_ins: &check_ins, zone, now };
        for row in store::live_in(tx, owner, now.as_millisecond()).await? {
            // Those of a version before have no rank of this kind and stay behind.
            let Ok(mut insight) = from_json::<Insight>(&row.body) else { continue };
            insight.ranking = ranking(&insight, &reactions);
            store::put_rank(tx, owner, &insight, points(&insight)).await?;
        }
        Ok(())
    }
}

/// Thousandths, so that pages can go on after one exactly.
pub(super) fn points(insight: &Insight) -> i64 {
    let first = if insight.tone == Tone::Safety { FIRST } else { 0 };
    first + (insight.ranking.score * 1_000.0).round() as i64
}
