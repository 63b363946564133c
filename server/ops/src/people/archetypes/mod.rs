//! A person's archetype: which it is, how it changed, and how a change goes over.
//!
//! A change is in force with the next answer: planners make plans for the new archetype at once. The transition says over which days
//! an app may bring it to the person, and how much of the new each day has.

pub(super) mod store;

use domain::archetype::{Archetype, Compatibility, Strategy};
use domain::id::UserId;
use domain::local_day;
use domain::profile::Profile;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Unit};
use serde::Serialize;
use utoipa::ToSchema;

use super::store::{hold_person, put_profile};
use crate::access::Caller;
use crate::db::WriteTx;
use crate::error::Result;
use crate::memory;

/// Changes that are told.
const HISTORY: i64 = 20;

/// One of the six.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ArchetypeMeaning {
    pub name: Archetype,
    pub for_whom: &'static str,
    pub plan_style: &'static str,
    /// How demanding plans are, 1–10.
    pub complexity: u8,
    /// Minutes of plan a day.
    pub minutes_per_day: u32,
}

/// A change of archetype.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Switch {
    pub id: String,
    /// `null`: none was chosen before.
    pub from: Option<Archetype>,
    pub to: Archetype,
    pub compatibility: Compatibility,
    pub strategy: Strategy,
    /// Over how many days.
    pub days: u8,
    /// The person's local day it began on.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Whose key: `key:` and its prefix.
    pub by: String,
}

/// A change that is under way.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UnderWay {
    pub from: Archetype,
    pub strategy: Strategy,
    /// The first is 1.
    pub day: u32,
    pub of_days: u8,
    /// 0–1.
    pub share_of_new: f64,
    /// The first day that is wholly the new one's.
    #[schema(value_type = String, format = Date)]
    pub over_on: Date,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PersonArchetype {
    pub user_id: UserId,
    /// What agents take.
    pub current: Archetype,
    /// `false`: nobody chose it, it is the default.
    pub chosen: bool,
    /// `null`: no change is under way.
    pub transition: Option<UnderWay>,
    /// Newest first, at most 20.
    pub history: Vec<Switch>,
}

/// All six.
pub fn meanings() -> Vec<ArchetypeMeaning> {
    let meaning = |name: Archetype| ArchetypeMeaning {
        name,
        for_whom: name.for_whom(),
        plan_style: name.plan_style(),
        complexity: name.complexity(),
        minutes_per_day: name.minutes_per_day(),
    };
    Archetype::ALL.map(meaning).into()
}

impl crate::Ops {
    /// Which archetype a person has, and its changes.
    pub async fn archetype_of(&self, caller: &Caller, user: &UserId) -> Result<PersonArchetype> {
        let profile = self.profile(&caller.tenant, user).await?;
        let history = store::newest(&self.db, &caller.tenant, user, HISTORY).await?;
        let today = local_day::today(&profile.zone(), self.clock.now());
        Ok(PersonArchetype {
            user_id: user.clone(),
            current: current(&profile),
            chosen: profile.archetype.is_some(),
            transition: history
                .first()
                .filter(|switch| profile.archetype == Some(switch.to))
                .and_then(|switch| under_way(switch, today)),
            history,
        })
    }

    /// Chooses an archetype. Choosing the one that is chosen changes nothing, and nothing is noted.
    pub async fn switch_archetype(&self, caller: &Caller, user: &UserId, to: Archetype) -> Result<Switch> {
        let now = self.clock.now_ms();
        let mut tx = self.db.begin_write().await?;
        let before = hold_person(&mut tx, &caller.tenant, user, Some(now)).await?;
        if before.archetype == Some(to) {
            return Ok(self.switch(caller, &before, to));
        }
        let switch = self.note_switch(&mut tx, caller, user, &before, to).await?;
        let after = Profile { archetype: Some(to), ..before };
        put_profile(&mut tx, &caller.tenant, user, &after, now).await?;
        tx.commit().await?;
        Ok(switch)
    }

    /// Into the history, and into memory.
    pub(super) async fn note_switch(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        user: &UserId,
        before: &Profile,
        to: Archetype,
    ) -> Result<Switch> {
        let switch = self.switch(caller, before, to);
        store::insert(tx, &caller.tenant, user, &switch).await?;
        let memory = agents::memory::archetype_switched(before.archetype, to, switch.on, switch.at);
        memory::put_memories(tx, &self.clock, &caller.tenant, user, &[memory]).await?;
        Ok(switch)
    }

    /// What the change would be, from now.
    fn switch(&self, caller: &Caller, before: &Profile, to: Archetype) -> Switch {
        let transition = current(before).transition(to);
        let now = crate::clock::at(self.clock.now_ms());
        Switch {
            id: self.clock.new_id(),
            from: before.archetype,
            to,
            compatibility: transition.compatibility,
            strategy: transition.strategy,
            days: transition.days,
            on: local_day::today(&before.zone(), now),
            at: now,
            by: caller.actor().label(),
        }
    }
}

/// What agents take when nobody chose.
fn current(profile: &Profile) -> Archetype {
    profile.archetype.unwrap_or(Archetype::FoundationBuilder)
}

fn under_way(switch: &Switch, today: Date) -> Option<UnderWay> {
    let over_on = switch.on.checked_add(i32::from(switch.days).days()).ok()?;
    let passed = switch.on.until((Unit::Day, today)).ok()?.get_days();
    // Who flew over the date line after it lives a day before it: that is its first day, too.
    let day = u32::try_from(passed + 1).unwrap_or(1).max(1);
    (today < over_on).then(|| UnderWay {
        from: switch.from.unwrap_or(Archetype::FoundationBuilder),
        strategy: switch.strategy,
        day,
        of_days: switch.days,
        share_of_new: (switch.strategy.share_of_new(day) * 1e3).round() / 1e3,
        over_on,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradual_change_is_over_after_seven_days() {
        let on = |day: i8| jiff::civil::date(2026, 3, day);
        let switch = Switch {
            id: String::new(),
            from: None,
            to: Archetype::SystematicImprover,
            compatibility: Compatibility::Compatible,
            strategy: Strategy::Gradual,
            days: 7,
            on: on(3),
            at: Timestamp::UNIX_EPOCH,
            by: "key:k".to_owned(),
        };
        let first = under_way(&switch, on(3)).unwrap();
        assert_eq!((first.day, first.share_of_new, first.over_on), (1, 0.143, on(10)));
        let last = under_way(&switch, on(9)).unwrap();
        assert_eq!((last.day, last.share_of_new), (7, 1.0));
        assert_eq!(under_way(&switch, on(10)), None);
        // A person who flew over the date line lives a day before the change.
        assert_eq!(under_way(&switch, on(2)).unwrap().day, 1);
    }
}
