//! Looking at what is remembered: page by page, each with its evidence, why it is kept, and what it replaced.

use std::collections::HashMap;

use agents::memory::{Memory, MemoryLayer, PastMemory, Why, as_of, kept_because, topic_fault};
use domain::id::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::Listed;
use super::{past, store};
use crate::access::Caller;
use crate::clock::at;
use crate::error::{Error, Result};
use crate::page::{Page, PageRequest};

/// Earlier claims that a memory names.
const REPLACED: usize = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MemoryState {
    /// Held today.
    #[default]
    Current,
    /// Held or observed before, with why it is not held.
    Past,
}

/// Which memories to list.
#[derive(Clone, Debug, Default)]
pub struct MemoryFilter {
    pub layer: Option<MemoryLayer>,
    /// A topic.
    pub about: Option<String>,
    pub state: MemoryState,
}

/// A memory with what is known of its life.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct KnownMemory {
    #[serde(flatten)]
    pub memory: Memory,
    pub state: MemoryState,
    /// Why and until when it is kept; of a past one absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_because: Option<String>,
    /// Claims that it took the place of, newest first, at most three.
    pub replaced: Vec<Replaced>,
    /// When and why it is no longer held; of a current one absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
    /// The last answers that named it, at most 20; told of a single memory only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_in: Option<Vec<MemoryUse>>,
}

/// An earlier claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Replaced {
    pub id: String,
    pub content: String,
    #[schema(value_type = String, format = DateTime)]
    pub left_at: Timestamp,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Left {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub why: Why,
    pub reason: String,
    /// Key of the memory that has its evidence or its place now.
    pub replaced_by: Option<String>,
}

/// An answer that named a memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemoryUse {
    pub analysis_id: String,
    pub agent: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl crate::Ops {
    /// Newest first. What time has ended since the last upkeep is left out, so that a page may be short while there is a next one.
    ///
    /// # Errors
    /// `NotFound` for an unknown person; `Invalid` for a topic or cursor that is none.
    pub async fn memories(
        &self,
        caller: &Caller,
        user: &UserId,
        filter: &MemoryFilter,
        asked: &PageRequest,
    ) -> Result<Page<KnownMemory>> {
        self.profile(&caller.tenant, user).await?;
        let about = filter.about.as_deref().unwrap_or_default();
        if let Some(fault) = topic_fault("about", about).filter(|_| filter.about.is_some()) {
            return Err(fault.into());
        }
        let list = match filter.state {
            MemoryState::Current => "memories",
            MemoryState::Past => "past memories",
        };
        let after = asked.after::<2>(list)?;
        let listed = Listed {
            layer: filter.layer.map_or("", MemoryLayer::as_str),
            about,
            before: place(&after)?,
            limit: asked.rows(),
        };
        match filter.state {
            MemoryState::Current => {
                let found = store::list(&self.db, &caller.tenant, user, &listed).await?;
                let page = Page::of(asked, list, found, |it| key(it.updated_at, &it.id))?;
                let items = self.with_lives(caller, user, page.items.into_iter()).await?;
                Ok(Page { items, next: page.next })
            }
            MemoryState::Past => {
                let found = past::store::list(&self.db, &caller.tenant, user, &listed).await?;
                let page = Page::of(asked, list, found, |it| key(it.left_at, &it.memory.id))?;
                let items = page.items.into_iter().map(KnownMemory::past).collect();
                Ok(Page { items, next: page.next })
            }
        }
    }

    /// One memory, current or past, with the answers that named it.
    ///
    /// # Errors
    /// `NotFound` for an unknown person or memory, or one of another person.
    pub async fn known_memory(&self, caller: &Caller, user: &UserId, id: &str) -> Result<KnownMemory> {
        self.profile(&caller.tenant, user).await?;
        let found = store::of_id(&self.db, &caller.tenant, user, id).await?;
        let mut known = match self.with_lives(caller, user, found.into_iter()).await?.pop() {
            Some(known) => known,
            None => past::store::of_id(&self.db, &caller.tenant, user, id)
                .await?
                .map(KnownMemory::past)
                .ok_or(Error::NotFound { what: "memory" })?,
        };
        let uses = store::uses_of(&self.db, &caller.tenant, user, id).await?;
        let of = |(analysis_id, agent, ms)| MemoryUse { analysis_id, agent, at: at(ms) };
        known.used_in = Some(uses.into_iter().map(of).collect());
        Ok(known)
    }

    /// As they are today; what time has ended is left out.
    async fn with_lives(
        &self,
        caller: &Caller,
        user: &UserId,
        memories: impl Iterator<Item = Memory>,
    ) -> Result<Vec<KnownMemory>> {
        let now = self.clock.now();
        let today: Vec<Memory> = memories.filter_map(|memory| as_of(&memory, now)).collect();
        if today.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<&str> = today.iter().map(|memory| memory.key.as_str()).collect();
        let mut replaced: HashMap<(String, MemoryLayer), Vec<Replaced>> = HashMap::new();
        for earlier in past::store::replaced(&self.db, &caller.tenant, user, &keys).await? {
            let PastMemory { memory, left_at, reason, .. } = earlier;
            let of_key = replaced.entry((memory.key, memory.layer)).or_default();
            if of_key.len() < REPLACED {
                of_key.push(Replaced { id: memory.id, content: memory.content, left_at, reason });
            }
        }
        let known = today.into_iter().map(|memory| KnownMemory {
            kept_because: Some(kept_because(&memory)),
            replaced: replaced.remove(&(memory.key.clone(), memory.layer)).unwrap_or_default(),
            memory,
            state: MemoryState::Current,
            left: None,
            used_in: None,
        });
        Ok(known.collect())
    }
}

impl KnownMemory {
    fn past(past: PastMemory) -> Self {
        let PastMemory { memory, left_at, why, reason, replaced_by } = past;
        Self {
            memory,
            state: MemoryState::Past,
            kept_because: None,
            replaced: Vec::new(),
            left: Some(Left { at: left_at, why, reason, replaced_by }),
            used_in: None,
        }
    }
}

fn key(at: Timestamp, id: &str) -> [String; 2] {
    [at.as_millisecond().to_string(), id.to_owned()]
}

/// The item before the page; for the first page later than any.
fn place([ms, id]: &[String; 2]) -> Result<(i64, &str)> {
    if ms.is_empty() {
        return Ok((i64::MAX, ""));
    }
    let wrong = |_| Error::invalid("cursor", "must be one that a page of this list gave");
    Ok((ms.parse().map_err(wrong)?, id))
}
