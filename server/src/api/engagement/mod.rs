//! The first system's `/api/v1/engagement` for apps that still call it: the same services under the old names and paths.
//!
//! Nothing is stored twice and no rule is here. What was wrong there is right here: a batch keeps each item's status, an undo touches its
//! own day only, `days` of a history are days.

mod journal;
mod names;
mod plans;

pub(super) use journal::*;
pub(super) use plans::*;

use axum::Json;
use axum::extract::State;
use domain::access::Scope;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::id::UserId;
use jiff::civil::Date;
use ops::Ops;
use ops::people::check_ins::{Report, Undone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Key};
use crate::problem::{ApiResult, Problem};
use names::old;

/// The old words for a check-in's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CompletionStatus {
    Completed,
    Partial,
    Skipped,
}

impl From<CompletionStatus> for CheckInStatus {
    fn from(status: CompletionStatus) -> Self {
        match status {
            CompletionStatus::Completed => Self::Done,
            CompletionStatus::Partial => Self::Partial,
            CompletionStatus::Skipped => Self::Skipped,
        }
    }
}

impl From<CheckInStatus> for CompletionStatus {
    fn from(status: CheckInStatus) -> Self {
        match status {
            CheckInStatus::Done => Self::Completed,
            CheckInStatus::Partial => Self::Partial,
            CheckInStatus::Skipped => Self::Skipped,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskCheckin {
    profile_id: UserId,
    plan_item_id: String,
    /// Taken and not needed: tasks are found by their id and day.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[expect(dead_code, reason = "old apps send it")]
    analysis_result_id: Option<serde::de::IgnoredAny>,
    completion_status: CompletionStatus,
    /// 1 (bad) to 5 (good).
    #[serde(default)]
    satisfaction_rating: Option<u8>,
    #[schema(value_type = String, format = Date)]
    planned_date: Date,
    /// At most 500 characters.
    #[serde(default)]
    user_notes: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TaskCheckinDone {
    success: bool,
    message: &'static str,
    /// The day and the task, which name it.
    task_checkin_id: String,
    completion_status: CompletionStatus,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchCheckin {
    profile_id: UserId,
    #[schema(value_type = String, format = Date)]
    planned_date: Date,
    checkins: Vec<BatchItem>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchItem {
    plan_item_id: String,
    completion_status: CompletionStatus,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct BatchDone {
    success: bool,
    message: &'static str,
    processed: u64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchUndo {
    profile_id: UserId,
    /// Check-ins of other days stay.
    #[schema(value_type = String, format = Date)]
    planned_date: Date,
    plan_item_ids: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct BatchUndone {
    success: bool,
    #[serde(flatten)]
    undone: Undone,
}

/// Report on one task, by its old path
///
/// New apps: `PUT /api/user/{user_id}/check-ins/{date}/{task_id}`.
#[utoipa::path(post, path = "/api/v1/engagement/task-checkin", tag = "First system",
    request_body(content = TaskCheckin, example = json!({"profile_id": "u-1042", "plan_item_id": "2026-03-03-easy-walk",
        "completion_status": "partial", "satisfaction_rating": 3, "planned_date": "2026-03-03", "user_notes": "stopped after 6 min"})),
    responses((status = 200, body = TaskCheckinDone), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v1_task_checkin(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(sent): Body<TaskCheckin>,
) -> ApiResult<Json<TaskCheckinDone>> {
    caller.require(Scope::Data)?;
    let report = Report {
        status: sent.completion_status.into(),
        rating: sent.satisfaction_rating,
        title: None,
        note: sent.user_notes,
    };
    let of = (sent.planned_date, sent.plan_item_id);
    let stored = ops.put_check_in(&caller, &sent.profile_id, of, report).await.map_err(old)?;
    Ok(Json(TaskCheckinDone {
        success: true,
        message: "Stored.",
        task_checkin_id: format!("{}/{}", stored.date, stored.task_id),
        completion_status: stored.status.into(),
    }))
}

/// Report on tasks of a day, by the old path
///
/// Each item keeps its own status. New apps: `POST /api/user/{user_id}/check-ins`.
#[utoipa::path(post, path = "/api/v1/engagement/batch-checkin", tag = "First system",
    request_body(content = BatchCheckin, example = json!({"profile_id": "u-1042", "planned_date": "2026-03-03",
        "checkins": [{"plan_item_id": "2026-03-03-easy-walk", "completion_status": "completed"}]})),
    responses((status = 200, body = BatchDone), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v1_batch_checkin(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(sent): Body<BatchCheckin>,
) -> ApiResult<Json<BatchDone>> {
    caller.require(Scope::Data)?;
    let report = |item: BatchItem| CheckIn {
        task_id: item.plan_item_id,
        title: None,
        status: item.completion_status.into(),
        rating: None,
        date: sent.planned_date,
        note: None,
    };
    let reports = sent.checkins.into_iter().map(report).collect();
    let accepted = ops.add_check_ins(&caller, &sent.profile_id, reports).await.map_err(old)?;
    Ok(Json(BatchDone { success: true, message: "Stored.", processed: accepted.stored }))
}

/// Undo check-ins of a day, by the old path
///
/// Only those of the named day. New apps: `DELETE /api/user/{user_id}/check-ins`.
#[utoipa::path(delete, path = "/api/v1/engagement/batch-checkin", tag = "First system",
    request_body(content = BatchUndo, example = json!({"profile_id": "u-1042", "planned_date": "2026-03-03",
        "plan_item_ids": ["2026-03-03-easy-walk"]})),
    responses((status = 200, body = BatchUndone), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn v1_undo_batch_checkin(
    State(ops): State<Ops>,
    Key(caller): Key,
    Body(sent): Body<BatchUndo>,
) -> ApiResult<Json<BatchUndone>> {
    caller.require(Scope::Data)?;
    let (date, tasks) = (sent.planned_date, sent.plan_item_ids);
    let undone = ops.undo_check_ins(&caller, &sent.profile_id, date, tasks).await.map_err(old)?;
    Ok(Json(BatchUndone { success: true, undone }))
}
