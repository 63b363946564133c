//! What of telemetry is still in memory: requests waiting to be written, and the buckets being filled.
//!
//! Taking an event costs one lock and a few map look-ups. The queue is bounded: the oldest goes first, counted.
//! Every bucket of this process is a *part* with a name of its own, so writing it twice, or beside another
//! instance's, neither loses nor doubles anything.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::buckets::plan::{Rolled, floor};
use super::buckets::{Cell, Key, TEN_SECONDS};
use super::event::RequestEvent;

/// More routes than the server has.
const ROUTES: usize = 200;
const OTHER: &str = "other";

/// The cells of one minute.
pub(crate) type Minute = Arc<Vec<(Key, Cell)>>;

pub(crate) type Cells = HashMap<Key, Cell>;

#[derive(Default)]
pub(crate) struct Buffer {
    capacity: usize,
    /// Unique to this process; the beginning of the names of its parts.
    process: String,
    next_part: u64,
    queue: VecDeque<RequestEvent>,
    /// Events of minutes that are closed: history, and clocks that jumped.
    late: Vec<RequestEvent>,
    routes: HashSet<String>,
    dropped: u64,
    open: BTreeMap<i64, Open>,
    /// No bucket before this takes events any more.
    closed_until: i64,
    pub(crate) rolled: Rolled,
    /// The last hour of rolled minutes, so that the first page needs no store. Complete from `recent_from` on.
    recent: BTreeMap<i64, Minute>,
    recent_from: Option<i64>,
}

struct Open {
    part: String,
    cells: Cells,
    dirty: bool,
}

/// The unwritten part of a window, as it was at one moment.
pub(crate) struct Unwritten {
    /// Beginning of its bucket, and what is in it.
    pub(crate) cells: Vec<(i64, Key, Cell)>,
    /// Parts held in memory: their rows in the store are older copies of the same.
    pub(crate) parts: HashSet<String>,
    pub(crate) rolled: Rolled,
}

impl Buffer {
    pub(crate) fn new(capacity: usize, process: String) -> Self {
        Self { capacity: capacity.max(1), process, ..Self::default() }
    }

    /// Takes one event; `true` when an older one was dropped for it.
    pub(crate) fn push(&mut self, mut event: RequestEvent, now: i64) -> bool {
        self.bound(&mut event.route);
        let duration = i64::try_from(event.duration_us / 1_000).unwrap_or(i64::MAX);
        let finished = event.at.as_millisecond().saturating_add(duration).min(now);
        let mut full = self.queue.len() >= self.capacity;
        if full {
            self.queue.pop_front();
        }
        if finished < self.closed_until {
            // Its figures are as bounded as its row.
            if self.late.len() < self.capacity {
                self.late.push(event.clone());
            } else {
                full = true;
            }
        } else {
            let at = floor(finished, TEN_SECONDS);
            let (process, next_part) = (&self.process, &mut self.next_part);
            let open = self.open.entry(at).or_insert_with(|| {
                *next_part += 1;
                Open { part: format!("{process}.{next_part}"), cells: Cells::new(), dirty: false }
            });
            open.cells.entry(Key::of(&event)).or_default().add(&event);
            open.dirty = true;
        }
        self.queue.push_back(event);
        self.dropped += u64::from(full);
        full
    }

    /// The route as figures name it.
    pub(crate) fn known_route<'a>(&self, route: &'a str) -> &'a str {
        if self.routes.len() < ROUTES || self.routes.contains(route) { route } else { OTHER }
    }

    /// Paths that slipped through as routes must not fill memory: after the first 200 they are all `other`.
    fn bound(&mut self, route: &mut String) {
        if !self.routes.contains(route) {
            if self.routes.len() < ROUTES {
                self.routes.insert(route.clone());
            } else {
                OTHER.clone_into(route);
            }
        }
    }

    pub(crate) fn take_queue(&mut self, most: usize) -> Vec<RequestEvent> {
        let count = most.min(self.queue.len());
        self.queue.drain(..count).collect()
    }

    /// Puts back what could not be written, oldest first; returns how many no longer fit.
    pub(crate) fn put_back(&mut self, events: Vec<RequestEvent>) -> u64 {
        let room = self.capacity.saturating_sub(self.queue.len());
        let lost = events.len().saturating_sub(room);
        for event in events.into_iter().skip(lost).rev() {
            self.queue.push_front(event);
        }
        self.dropped += lost as u64;
        lost as u64
    }

    /// Copies of the waiting requests that `wanted` picks.
    pub(crate) fn waiting_where(&self, wanted: impl Fn(&RequestEvent) -> bool) -> Vec<RequestEvent> {
        self.queue.iter().filter(|event| wanted(event)).cloned().collect()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(crate) fn take_late(&mut self) -> Vec<RequestEvent> {
        std::mem::take(&mut self.late)
    }

    pub(crate) fn put_back_late(&mut self, events: Vec<RequestEvent>) {
        self.late.extend(events);
    }

    /// From now on events before `until` are late.
    pub(crate) fn close(&mut self, until: i64) {
        self.closed_until = self.closed_until.max(until);
    }

    /// Copies of the buckets that changed since they were last written; they count as written from here on.
    pub(crate) fn take_dirty(&mut self) -> Vec<(i64, String, Cells)> {
        let copied = self.open.iter_mut().filter_map(|(at, open)| {
            std::mem::take(&mut open.dirty).then(|| (*at, open.part.clone(), open.cells.clone()))
        });
        copied.collect()
    }

    /// Writing these failed.
    pub(crate) fn mark_dirty(&mut self, buckets: impl IntoIterator<Item = i64>) {
        for at in buckets {
            if let Some(open) = self.open.get_mut(&at) {
                open.dirty = true;
            }
        }
    }

    /// Notes what is rolled up, and forgets the written buckets of it.
    pub(crate) fn rolled_to(&mut self, rolled: Rolled) {
        self.rolled = rolled;
        self.open.retain(|at, open| open.dirty || *at >= rolled.minutes);
    }

    /// Keeps rolled minutes at hand, and no more of them than `keep` milliseconds back.
    pub(crate) fn remember(&mut self, from: i64, minutes: BTreeMap<i64, Vec<(Key, Cell)>>, keep: i64) {
        self.recent_from = Some(self.recent_from.unwrap_or(from).min(from).max(self.rolled.minutes - keep));
        self.recent.extend(minutes.into_iter().map(|(at, cells)| (at, Arc::new(cells))));
        let oldest = self.rolled.minutes - keep;
        self.recent.retain(|at, _| *at >= oldest);
    }

    /// Rolled minutes of [from, to), when all of them are at hand.
    pub(crate) fn recent(&self, from: i64, to: i64) -> Option<Vec<(i64, Minute)>> {
        let complete = self.recent_from.is_some_and(|oldest| oldest <= from) && to <= self.rolled.minutes;
        complete.then(|| self.recent.range(from..to).map(|(at, cells)| (*at, Arc::clone(cells))).collect())
    }

    pub(crate) fn forget_recent(&mut self) {
        self.recent.clear();
        self.recent_from = None;
    }

    /// What the store may not have yet of the buckets from `from` to `to` that `wanted` picks.
    pub(crate) fn unwritten(&self, from: i64, to: i64, wanted: impl Fn(&Key) -> bool) -> Unwritten {
        let range = self.open.range(floor(from, TEN_SECONDS)..to.max(floor(from, TEN_SECONDS)));
        let cells = range.flat_map(|(at, open)| {
            let cells = open.cells.iter().filter(|(key, _)| wanted(key));
            cells.map(|(key, cell)| (*at, key.clone(), cell.clone()))
        });
        Unwritten {
            cells: cells.collect(),
            parts: self.open.values().map(|open| open.part.clone()).collect(),
            rolled: self.rolled,
        }
    }
}
