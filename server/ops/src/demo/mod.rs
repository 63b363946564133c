//! The demo: a labelled tenant with invented people, a generated history and live traffic.
//!
//! Everything is made from a seed and the moment of the first start, so that two demos of one moment are the same.
//! Made once per store; a start that was interrupted is continued. Live traffic takes the real path to the agents.

mod calls;
mod dice;
mod generate;
mod history;
mod outcome;
mod people;
mod readings;
mod releases;
mod store;
mod traffic;

pub use generate::{Generate, Generated};

use domain::access::{Scope, Tier};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};

use crate::access::keys::{KeyInfo, NewKey};
use crate::access::{Actor, Caller};
use crate::error::Result;
use crate::support::Grant;
use people::Person;

/// What the demo's past was charged, dollars per million tokens: in, in out of the cache, out. Its model of today should
/// cost the same, and have as much of what it is asked in its cache.
pub const PRICE_USD_PER_MTOK: (f64, f64, f64) = outcome::PRICE_USD;
pub const CACHED_SHARE: f64 = outcome::CACHED;

/// The model that the demo asks, in its past and now: a simulator.
pub const MODEL: &str = "demo-model";

const SEED: u64 = 0x0005_0A71_0F16;
const TENANT: &str = "demo";
const KEY_NAME: &str = "demo traffic";
const CONTINUED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
const ACTOR: Actor = Actor::System("demo");

impl crate::Ops {
    /// Makes what the demo shows, where it is not there yet, and starts its traffic. Traffic ends on [`crate::Ops::close`].
    pub async fn start_demo(&self) -> Result<()> {
        let (caller, people) = self.make_demo().await?;
        self.demo_made.notify_one();
        self.gateway.limits.exempt(&caller.key_id);
        traffic::start(self, caller, people);
        Ok(())
    }

    /// Waits until the past is there. For one who waits.
    pub async fn demo_made(&self) {
        self.demo_made.notified().await;
    }

    /// Everything but the traffic.
    async fn make_demo(&self) -> Result<(Caller, Vec<Person>)> {
        // `began` is the first start, whenever this one is: what is generated must not move.
        let (caller, began) = self.demo_caller().await?;
        let people = people::everybody()?;
        // An interrupted start is continued soon or never: what was made ages out, and its absence says nothing.
        if self.clock.now().duration_since(began) < CONTINUED_WITHIN {
            let releases = releases::make(self, &ACTOR).await?;
            self.make_people(&caller, &people, began).await?;
            history::load(self, &caller, &people, &releases, began).await?;
            self.date_price_lists_back().await?;
        }
        Ok((caller, people))
    }

    /// Whom the traffic goes by, and since when.
    async fn demo_caller(&self) -> Result<(Caller, Timestamp)> {
        let KeyInfo { id, prefix, tenant, tier, scopes, created_at, .. } = self.demo_key().await?;
        Ok((Caller { key_id: id, key_prefix: prefix, tenant, tier, scopes }, created_at))
    }

    /// The key that the traffic goes by. Its secret is thrown away: nobody else can use it.
    async fn demo_key(&self) -> Result<KeyInfo> {
        let ours = |key: &KeyInfo| key.name == KEY_NAME && key.created_by == ACTOR.label();
        if let Some(key) = self.keys().await?.into_iter().find(ours) {
            return Ok(key);
        }
        let new = NewKey {
            tenant: TenantId::parse(TENANT)?,
            name: KEY_NAME.to_owned(),
            tier: Tier::Premium,
            scopes: vec![Scope::Agents, Scope::Data],
            expires_at: None,
        };
        Ok(self.create_key(&ACTOR, new).await?.key)
    }

    /// Those who are not there yet, with what their devices measured.
    async fn make_people(&self, caller: &Caller, people: &[Person], began: Timestamp) -> Result<()> {
        let (_, known) = self.people(500).await?;
        let is_there = |person: &Person| {
            known
                .iter()
                .any(|line| line.tenant == TENANT && line.user_id == person.id.as_str() && line.readings > 0)
        };
        for (place, person) in people.iter().enumerate().filter(|(_, person)| !is_there(person)) {
            let data = readings::measured(person, place, began);
            self.put_profile(caller, &person.id, person.profile.clone()).await?;
            for batch in data.readings.chunks(crate::people::ingest::BATCH) {
                self.add_biomarkers(caller, &person.id, batch.to_vec()).await?;
            }
            if !data.scores.is_empty() {
                self.add_scores(caller, &person.id, data.scores).await?;
            }
            if !data.check_ins.is_empty() {
                self.add_check_ins(caller, &person.id, data.check_ins).await?;
            }
            // Of one of them the console shows what staff see with a consent; of the others, what they see without.
            if place == 0 {
                let purpose = "Demo: look at what the agents make of this person".to_owned();
                self.consent_to_support(caller, &person.id, &Grant { purpose, expires_at: None }).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
