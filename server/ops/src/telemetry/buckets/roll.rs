//! Ten seconds become minutes, minutes become hours; and old rows go.
//!
//! A minute is closed before it is rolled, read and written in one transaction, and written whole: rolling again
//! changes nothing. After a restart the complete minutes that were not yet rolled are rolled from their rows.

use std::collections::{BTreeMap, HashMap};

use super::plan::{Resolution, Rolled, floor};
use super::store::{self, Row};
use super::{Cell, DAY, HOUR, Key, MINUTE};
use crate::db::{Engine, turn};
use crate::error::Result;
use crate::telemetry::buffer::Cells;
use crate::telemetry::event::RequestEvent;
use crate::telemetry::requests;

/// A request that finished in the last moment of a minute has this long to arrive.
const GRACE: i64 = 2_000;
/// How much of the past is kept at hand for the first page.
const AT_HAND: i64 = 62 * MINUTE;

impl crate::Ops {
    /// Finds out how far the roll-ups are, and brings them up to now.
    pub(crate) async fn load_telemetry(&self) -> Result<()> {
        let now = self.clock.now_ms();
        let minutes = match store::newest(&self.db, Resolution::Minute).await? {
            Some(newest) => newest + MINUTE,
            None => 0,
        };
        let hours = match store::newest(&self.db, Resolution::Hour).await? {
            Some(newest) => newest + HOUR,
            None => 0,
        };
        self.telemetry.buffer().rolled = Rolled { minutes, hours };
        self.roll_up_to(floor(now, MINUTE)).await?;
        self.load_recent().await
    }

    /// Rolls up every complete minute and hour.
    pub(crate) async fn roll_up(&self) -> Result<()> {
        self.roll_up_to(floor(self.clock.now_ms() - GRACE, MINUTE)).await
    }

    async fn roll_up_to(&self, target: i64) -> Result<()> {
        let _one_at_a_time = self.telemetry.rolling.lock().await;
        self.telemetry.buffer().close(target);
        self.flush_buckets().await?;
        let Rolled { mut minutes, mut hours } = self.telemetry.buffer().rolled;
        if minutes < target {
            let mut fresh = BTreeMap::new();
            let keep_from = target - AT_HAND;
            let occupied = store::occupied(&self.db, Resolution::TenSeconds, MINUTE, minutes, target).await?;
            for minute in occupied {
                let cells = self.roll_one(Resolution::TenSeconds, Resolution::Minute, minute, MINUTE).await?;
                if minute >= keep_from {
                    fresh.insert(minute, cells.into_iter().collect());
                }
            }
            let from = minutes;
            minutes = target;
            let mut buffer = self.telemetry.buffer();
            buffer.rolled_to(Rolled { minutes, hours });
            if buffer.recent(from, from).is_some() {
                buffer.remember(from, fresh, AT_HAND);
            }
        }
        let whole_hours = floor(minutes, HOUR);
        if hours < whole_hours {
            for hour in store::occupied(&self.db, Resolution::Minute, HOUR, hours, whole_hours).await? {
                self.roll_one(Resolution::Minute, Resolution::Hour, hour, HOUR).await?;
            }
            hours = whole_hours;
            self.telemetry.buffer().rolled_to(Rolled { minutes, hours });
        }
        let late = self.telemetry.buffer().take_late();
        if let Err(error) = self.merge_late(&late).await {
            self.telemetry.buffer().put_back_late(late);
            return Err(error);
        }
        Ok(())
    }

    /// Writes requests of the past, with their figures: for history that is loaded, not served. Those of the minute
    /// that runs are taken like any other. Calling it again with the same requests counts them again.
    pub async fn load_history(&self, events: Vec<RequestEvent>) -> Result<()> {
        let _one_at_a_time = self.telemetry.rolling.lock().await;
        let rolled = self.telemetry.buffer().rolled.minutes;
        let (past, present): (Vec<_>, Vec<_>) =
            events.into_iter().partition(|event| finished(event) < rolled);
        requests::store::insert(&self.db, &past).await?;
        self.merge_late(&past).await?;
        present.into_iter().for_each(|event| self.record(event));
        Ok(())
    }

    async fn roll_one(&self, fine: Resolution, coarse: Resolution, at: i64, width: i64) -> Result<Cells> {
        let mut tx = self.db.begin_write().await?;
        // Another process that read less must not write after this one.
        turn::take(&mut tx, "roll-up", self.clock.now_ms()).await?;
        let mut cells = Cells::new();
        for row in store::read_all(&mut tx, fine, at, at + width).await? {
            let (_, key, cell) = row.into_cell()?;
            cells.entry(key).or_default().merge(&cell);
        }
        store::write(&mut tx, coarse, &rows(at, &cells)).await?;
        tx.commit().await?;
        Ok(cells)
    }

    /// Adds events of closed minutes to the roll-ups, hour by hour.
    async fn merge_late(&self, events: &[RequestEvent]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let mut hours: BTreeMap<i64, Vec<(i64, &RequestEvent)>> = BTreeMap::new();
        for event in events {
            let finished = finished(event).min(self.clock.now_ms());
            hours.entry(floor(finished, HOUR)).or_default().push((floor(finished, MINUTE), event));
        }
        let rolled = self.telemetry.buffer().rolled;
        for (hour, events) in hours {
            let mut by_minute: HashMap<i64, Cells> = HashMap::new();
            let mut by_hour = Cells::new();
            for (minute, event) in events {
                let key = Key::of(event);
                by_minute.entry(minute).or_default().entry(key.clone()).or_default().add(event);
                by_hour.entry(key).or_default().add(event);
            }
            let mut tx = self.db.begin_write().await?;
            for row in store::read_all(&mut tx, Resolution::Minute, hour, hour + HOUR).await? {
                let (at, key, cell) = row.into_cell()?;
                if let Some(added) = by_minute.get_mut(&at).and_then(|cells| cells.get_mut(&key)) {
                    added.merge(&cell);
                }
            }
            let minutes: Vec<Row> = by_minute.iter().flat_map(|(at, cells)| rows(*at, cells)).collect();
            store::write(&mut tx, Resolution::Minute, &minutes).await?;
            // An hour that is not rolled yet will be, from the minutes just written.
            if hour < rolled.hours {
                for row in store::read_all(&mut tx, Resolution::Hour, hour, hour + HOUR).await? {
                    let (_, key, cell) = row.into_cell()?;
                    if let Some(added) = by_hour.get_mut(&key) {
                        added.merge(&cell);
                    }
                }
                store::write(&mut tx, Resolution::Hour, &rows(hour, &by_hour)).await?;
            }
            tx.commit().await?;
        }
        if events.iter().any(|event| finished(event) >= rolled.minutes - AT_HAND) {
            self.telemetry.buffer().forget_recent();
            self.load_recent().await?;
        }
        Ok(())
    }

    /// The process before has written down its last requests: minutes that were read before that are read again.
    pub async fn predecessor_ended(&self) -> Result<()> {
        let _one_at_a_time = self.telemetry.rolling.lock().await;
        self.telemetry.buffer().forget_recent();
        self.load_recent().await
    }

    /// Takes the last hour of minutes into memory. Not with PostgreSQL: there others may add to the same minutes.
    async fn load_recent(&self) -> Result<()> {
        if self.db.engine() != Engine::Sqlite {
            return Ok(());
        }
        let to = self.telemetry.buffer().rolled.minutes;
        let from = to - AT_HAND;
        let mut minutes: BTreeMap<i64, Vec<(Key, Cell)>> = BTreeMap::new();
        for rows in [store::Rows::Agents, store::Rows::NoAgent] {
            for row in store::read(&self.db, Resolution::Minute, from, to, rows).await? {
                let (at, key, cell) = row.into_cell()?;
                minutes.entry(at).or_default().push((key, cell));
            }
        }
        self.telemetry.buffer().remember(from, minutes, AT_HAND);
        Ok(())
    }

    /// Deletes what is older than it is kept: ten seconds 24 hours, minutes 400 days. In small steps, so that
    /// nobody waits long behind one.
    pub(crate) async fn drop_old_buckets(&self) -> Result<()> {
        let now = self.clock.now_ms();
        let rolled = self.telemetry.buffer().rolled.minutes;
        let ten_seconds = (now - DAY).min(rolled);
        while store::delete_oldest(&self.db, Resolution::TenSeconds, ten_seconds, 10 * MINUTE).await? {}
        while store::delete_oldest(&self.db, Resolution::Minute, now - 400 * DAY, HOUR).await? {}
        Ok(())
    }
}

/// When a request ended, milliseconds: the moment that its figures count for.
pub(super) fn finished(event: &RequestEvent) -> i64 {
    let duration = i64::try_from(event.duration_us / 1_000).unwrap_or(i64::MAX);
    event.at.as_millisecond().saturating_add(duration)
}

fn rows(at: i64, cells: &Cells) -> Vec<Row> {
    cells.iter().map(|(key, cell)| Row::of(at, "", key, cell)).collect()
}
