//! A past that is written at once, hour after hour, into a store that has none: nothing is read back to be merged.

use std::collections::BTreeMap;

use super::plan::{Resolution, floor};
use super::store::{Row, write};
use super::{DAY, HOUR, Key, MINUTE, TEN_SECONDS};
use crate::error::Result;
use crate::telemetry::buffer::Cells;
use crate::telemetry::event::RequestEvent;
use crate::telemetry::requests;

/// The buckets that are still being filled.
pub(crate) struct Loading {
    /// Where the past ends: an hour that it cuts is rolled up by whoever serves after.
    end: i64,
    tens: BTreeMap<i64, Cells>,
    minutes: BTreeMap<i64, Cells>,
    hours: BTreeMap<i64, Cells>,
}

impl Loading {
    /// `end`: milliseconds, a whole minute.
    pub(crate) fn new(end: i64) -> Self {
        Self { end, tens: BTreeMap::new(), minutes: BTreeMap::new(), hours: BTreeMap::new() }
    }

    fn add(&mut self, event: &RequestEvent) {
        let finished = super::roll::finished(event);
        let key = Key::of(event);
        let put = |buckets: &mut BTreeMap<i64, Cells>, width: i64| {
            buckets.entry(floor(finished, width)).or_default().entry(key.clone()).or_default().add(event);
        };
        put(&mut self.minutes, MINUTE);
        if floor(finished, HOUR) + HOUR <= self.end {
            put(&mut self.hours, HOUR);
        }
        // As long as ten seconds are kept.
        if finished >= self.end - DAY {
            put(&mut self.tens, TEN_SECONDS);
        }
    }
}

impl crate::Ops {
    /// Writes requests, and adds them to the buckets.
    pub(crate) async fn load_past(&self, loading: &mut Loading, events: &[RequestEvent]) -> Result<()> {
        requests::store::insert(&self.db, events).await?;
        events.iter().for_each(|event| loading.add(event));
        Ok(())
    }

    /// Writes the buckets that ended before `before`: nothing comes any more that belongs there.
    pub(crate) async fn write_past(&self, loading: &mut Loading, before: i64) -> Result<()> {
        let mut tx = self.db.begin_write().await?;
        for (table, width, buckets) in [
            (Resolution::TenSeconds, TEN_SECONDS, &mut loading.tens),
            (Resolution::Minute, MINUTE, &mut loading.minutes),
            (Resolution::Hour, HOUR, &mut loading.hours),
        ] {
            let later = buckets.split_off(&floor(before, width));
            let ended = std::mem::replace(buckets, later);
            let part = if table == Resolution::TenSeconds { "past" } else { "" };
            let rows: Vec<Row> = ended
                .iter()
                .flat_map(|(at, cells)| cells.iter().map(move |(key, cell)| Row::of(*at, part, key, cell)))
                .collect();
            write(&mut tx, table, &rows).await?;
        }
        Ok(tx.commit().await?)
    }
}
