//! Why a model may not be called: which limit, how full it is, and when to ask again.

use domain::cost_day::CostDay;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::scopes::{GLOBAL_DAY, Limit};
use super::store::Counter;
use domain::lease::Pair;
use domain::money::MicroUsd;

/// Its reason is told in the answer's meta and among the request's steps.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CostRefusal {
    /// In words.
    pub reason: String,
    /// Which limit: `global day`, `person month`.
    pub limit_source: String,
    /// The worst case of the call, or what is likely where the limit judges by that.
    pub asked_usd: f64,
    pub spent_usd: f64,
    /// Held for calls in flight, judged as `asked_usd` is.
    pub reserved_usd: f64,
    pub limit_usd: f64,
    #[schema(value_type = String, format = DateTime)]
    pub resets_at: Timestamp,
    /// What to do, in words.
    pub hint: String,
    /// Only calls in flight stand in the way: there will be room when they settle.
    #[serde(skip)]
    pub(crate) may_wait: bool,
    /// The day's global ceiling has no room left for a call that would fit into an empty day.
    #[serde(skip)]
    pub(crate) at_ceiling: bool,
}

impl CostRefusal {
    pub(super) fn of(limit: &Limit, counter: &Counter, call: Pair, day: &CostDay, zone: &TimeZone) -> Self {
        let by_bound =
            limit.bound.filter(|most| counter.spent_micro + counter.reserved_micro + call.bound.0 > *most);
        let (most, asked, held) = match by_bound {
            Some(most) => (most, call.bound.0, counter.reserved_micro),
            None => (limit.likely.unwrap_or(i64::MAX), call.likely.0, counter.likely_micro),
        };
        let may_wait = held > 0 && counter.spent_micro + asked <= most;
        let source = limit.source;
        let (reason, hint) = if asked > most {
            let reason = format!("one call alone may cost more than the limit ({source})");
            (reason, "do not retry: raise the limit, or choose a cheaper model or shorter replies".to_owned())
        } else if may_wait {
            let reason = format!("calls in flight hold what is left of the limit ({source})");
            (reason, "try again in some seconds".to_owned())
        } else {
            (
                format!("the limit is reached ({source})"),
                "it begins anew at resets_at; answers come without a model until then".to_owned(),
            )
        };
        Self {
            reason,
            limit_source: source.to_owned(),
            asked_usd: MicroUsd(asked).usd(),
            spent_usd: MicroUsd(counter.spent_micro).usd(),
            reserved_usd: MicroUsd(held).usd(),
            limit_usd: MicroUsd(most).usd(),
            resets_at: if limit.scope.window.len() == 7 { next_month(day, zone) } else { day.end },
            hint,
            may_wait,
            at_ceiling: by_bound.is_some() && source == GLOBAL_DAY && !may_wait && asked <= most,
        }
    }

    /// The day's ladder lets no further call out, before any is asked for.
    pub(super) fn of_the_day(
        reason: &str,
        spent: MicroUsd,
        reserved: MicroUsd,
        limit: MicroUsd,
        resets_at: Timestamp,
    ) -> Self {
        Self {
            reason: reason.to_owned(),
            limit_source: GLOBAL_DAY.to_owned(),
            asked_usd: 0.0,
            spent_usd: spent.usd(),
            reserved_usd: reserved.usd(),
            limit_usd: limit.usd(),
            resets_at,
            hint: String::new(),
            may_wait: false,
            at_ceiling: false,
        }
        .without_planner()
    }

    /// For whoever has no planner to fall back on.
    pub(crate) fn without_planner(mut self) -> Self {
        if !self.may_wait && !self.never_fits() {
            "do not retry before resets_at, when it begins anew".clone_into(&mut self.hint);
        }
        self
    }

    /// Only calls in flight stand in the way.
    pub fn passes_soon(&self) -> bool {
        self.may_wait
    }

    /// One call alone is more than the limit.
    fn never_fits(&self) -> bool {
        self.asked_usd > self.limit_usd
    }

    /// Seconds after which asking again makes sense, `reset` until the limit begins anew; `None`: never.
    pub(crate) fn retry_after_s(&self, reset: u64) -> Option<u64> {
        match () {
            () if self.may_wait => Some(1),
            () if self.never_fits() => None,
            () => Some(reset.max(1)),
        }
    }
}

pub(crate) fn next_month(day: &CostDay, zone: &TimeZone) -> Timestamp {
    let first = day.date.last_of_month().tomorrow();
    first.ok().and_then(|date| zone.to_timestamp(date.into()).ok()).unwrap_or(day.end)
}
