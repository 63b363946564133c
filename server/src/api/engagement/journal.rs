//! Journals by their old paths.

use axum::Json;
use axum::extract::{Path, State};
use domain::access::Scope;
use domain::id::UserId;
use domain::journal::JournalEntry;
use domain::local_day;
use jiff::ToSpan;
use jiff::civil::Date;
use ops::Ops;
use ops::page::{MOST, PageRequest};
use ops::people::Days;
use ops::people::journal::JournalDay;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::api::extract::{Body, Key, QueryOf};
use crate::api::pages::day_named;
use crate::problem::{ApiResult, Problem};

/// A day's entry in the old frame: the fields of `JournalEntry` beside whose and which day.
#[derive(Deserialize, ToSchema)]
pub(crate) struct OldJournal {
    profile_id: UserId,
    #[schema(value_type = String, format = Date)]
    journal_date: Date,
    #[serde(flatten)]
    #[schema(value_type = JournalEntry)]
    entry: Map<String, Value>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OldJournalDone {
    success: bool,
    journal: JournalDay,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OldJournalHistory {
    /// Newest first.
    journals: Vec<JournalDay>,
    count: usize,
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct DateQuery {
    /// YYYY-MM-DD; today where the person lives when absent.
    pub(super) date: Option<String>,
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct HistoryQuery {
    /// Days up to today, 1 to 200; 30 when absent.
    days: Option<String>,
}

pub(super) fn profile_id(text: &str) -> ops::Result<UserId> {
    UserId::parse(text).map_err(|fault| ops::Error::invalid("profile_id", fault.detail))
}

/// Write a day's journal, by its old path
///
/// New apps: `PUT /api/user/{user_id}/journal/{date}`.
#[utoipa::path(post, path = "/api/v1/engagement/journal", tag = "First system",
    request_body(content = OldJournal, example = json!({"profile_id": "u-1042", "journal_date": "2026-03-03", "energy_level": 4,
        "mood_rating": 3, "what_went_well": "walk before lunch"})),
    responses((status = 200, body = OldJournalDone), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn v1_put_journal(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(OldJournal { profile_id, journal_date, entry }): Body<OldJournal>,
) -> ApiResult<Json<OldJournalDone>> {
    caller.require(Scope::Data)?;
    let Body(entry) = Body::<JournalEntry>::of_value(Value::Object(entry))?;
    let journal = ops.put_journal(&caller, &profile_id, journal_date, entry, &|_| true).await?;
    Ok(Json(OldJournalDone { success: true, journal }))
}

/// The journal of a day, by its old path
///
/// New apps: `GET /api/user/{user_id}/journal/{date}`.
#[utoipa::path(get, path = "/api/v1/engagement/journal/{profile_id}", tag = "First system",
    params(("profile_id" = String, Path), DateQuery),
    responses((status = 200, body = JournalDay), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn v1_journal(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(profile): Path<String>,
    QueryOf(DateQuery { date }): QueryOf<DateQuery>,
) -> ApiResult<Json<JournalDay>> {
    caller.require(Scope::Data)?;
    let user = profile_id(&profile)?;
    let date = match date {
        Some(date) => day_named("date", &date)?,
        None => {
            let zone = ops.profile(&caller.tenant, &user).await?.zone();
            local_day::today(&zone, ops.clock.now())
        }
    };
    Ok(Json(ops.journal_of(&caller, &user, date).await?))
}

/// Journals of the last days, by the old path
///
/// `days` are days. New apps: `GET /api/user/{user_id}/journal`.
#[utoipa::path(get, path = "/api/v1/engagement/journal/{profile_id}/history", tag = "First system",
    params(("profile_id" = String, Path), HistoryQuery),
    responses((status = 200, body = OldJournalHistory), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn v1_journal_history(
    State(ops): State<Ops>,
    Key(caller): Key,
    Path(profile): Path<String>,
    QueryOf(HistoryQuery { days }): QueryOf<HistoryQuery>,
) -> ApiResult<Json<OldJournalHistory>> {
    caller.require(Scope::Data)?;
    let user = profile_id(&profile)?;
    let days = match days {
        None => 30,
        Some(text) => text
            .parse()
            .ok()
            .filter(|days| (1..=MOST as i32).contains(days))
            .ok_or_else(|| ops::Error::invalid("days", format!("must be a number of 1 to {MOST}")))?,
    };
    let zone = ops.profile(&caller.tenant, &user).await?.zone();
    let today = local_day::today(&zone, ops.clock.now());
    let first = today.checked_sub((days - 1).days()).unwrap_or(today);
    let asked = PageRequest::parse(Some(&MOST.to_string()), None)?;
    let page = ops.journals(&caller, &user, &Days::new(Some(first), Some(today))?, &asked).await?;
    Ok(Json(OldJournalHistory { count: page.items.len(), journals: page.items }))
}
