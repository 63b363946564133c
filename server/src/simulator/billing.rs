//! `GET /v1/organization/usage/completions` and `GET /v1/organization/costs`: what was used and what it costs, in the form in
//! which `OpenAI` tells it, from what was really answered.
//!
//! Buckets of a day in UTC, paged. `--usage-drift` makes the bill differ from the tokens, `--usage-fault` makes both fail.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Simulator;
use super::books::{DAY, Used};
use super::chat::{has_key, without_tokens};
use super::fault::Fault;
use super::problem::Problem;

type Asked = Query<Vec<(String, String)>>;

/// Which buckets are asked for.
struct Page {
    /// Beginnings of days, seconds: the first, and the first that is no longer asked for.
    from: i64,
    end: i64,
    limit: i64,
    grouped: bool,
}

impl Page {
    /// `group`: the word by which results are told apart; `most`: buckets that may be asked for; `page`: that one page has.
    fn read(asked: &[(String, String)], group: &str, most: i64, page: i64) -> Result<Self, Problem> {
        let values = |name: &str| {
            let name = name.to_owned();
            asked
                .iter()
                .filter(move |(key, _)| key.trim_end_matches("[]") == name)
                .map(|(_, value)| value.as_str())
        };
        let number = |name: &str| -> Result<Option<i64>, Problem> {
            let Some(text) = values(name).next() else { return Ok(None) };
            text.parse()
                .map(Some)
                .map_err(|_| Problem::field(name, format!("`{name}` must be a whole number.")))
        };
        let start = number("start_time")?
            .ok_or_else(|| Problem::field("start_time", "`start_time` is needed: seconds since 1970."))?;
        let end = number("end_time")?.unwrap_or_else(now);
        if values("bucket_width").any(|width| width != "1d") {
            return Err(Problem::field("bucket_width", "This provider has buckets of `1d` only."));
        }
        if values("group_by").any(|by| by != group && by != "project_id") {
            return Err(Problem::field(
                "group_by",
                format!("Results are grouped by `{group}` or not at all."),
            ));
        }
        let limit = number("limit")?.unwrap_or(7);
        if !(1..=most).contains(&limit) {
            return Err(Problem::field("limit", format!("`limit` must be from 1 to {most}.")));
        }
        let cursor = values("page").next().map(|told| {
            let from = told.strip_prefix("page_").and_then(|from| from.parse().ok());
            from.ok_or_else(|| Problem::field("page", "This page was never told."))
        });
        let from = cursor.transpose()?.unwrap_or(start);
        let grouped = values("group_by").any(|by| by == group);
        Ok(Self { from: from.div_euclid(DAY) * DAY, end, limit: limit.min(page), grouped })
    }

    fn answer(&self, results: impl Fn(i64) -> Vec<Value>) -> Value {
        let days: Vec<i64> =
            (0..self.limit).map(|n| self.from + n * DAY).take_while(|day| *day < self.end).collect();
        let next = self.from + days.len() as i64 * DAY;
        let has_more = next < self.end;
        let buckets: Vec<Value> = days
            .into_iter()
            .map(|day| json!({ "object": "bucket", "start_time": day, "end_time": day + DAY, "results": results(day) }))
            .collect();
        let next_page = has_more.then(|| format!("page_{next}"));
        json!({ "object": "page", "data": buckets, "has_more": has_more, "next_page": next_page })
    }
}

/// Seconds since 1970. A version 7 id knows when it was made, so no other clock is asked.
pub(crate) fn now() -> i64 {
    moment(Uuid::now_v7())
}

pub(super) fn moment(id: Uuid) -> i64 {
    id.get_timestamp().and_then(|time| i64::try_from(time.to_unix().0).ok()).unwrap_or(0)
}

pub(super) async fn usage(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Response {
    let page = Page::read(&asked, "model", 31, simulator.options.usage_page);
    told(&simulator, &headers, page, |page| {
        let result = |model: Option<&str>, used: &Used| {
            json!({
                "object": "organization.usage.completions.result",
                "input_tokens": used.input_tokens,
                "input_cached_tokens": used.cached_tokens,
                "input_audio_tokens": 0,
                "output_tokens": used.output_tokens,
                "output_audio_tokens": 0,
                "num_model_requests": used.requests,
                "project_id": null, "user_id": null, "api_key_id": null, "batch": null, "service_tier": null,
                "model": model,
            })
        };
        page.answer(|day| {
            let models = simulator.books.of(day);
            if page.grouped {
                return models.iter().map(|(model, used)| result(Some(model), used)).collect();
            }
            let all = models.values().fold(Used::default(), |all, used| Used {
                requests: all.requests + used.requests,
                input_tokens: all.input_tokens + used.input_tokens,
                cached_tokens: all.cached_tokens + used.cached_tokens,
                output_tokens: all.output_tokens + used.output_tokens,
                more_usd: 0.0,
            });
            if models.is_empty() { Vec::new() } else { vec![result(None, &all)] }
        })
    })
}

pub(super) async fn costs(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Response {
    let page = Page::read(&asked, "line_item", 180, simulator.options.usage_page);
    told(&simulator, &headers, page, |page| {
        let result = |line_item: Option<String>, usd: f64| {
            json!({
                "object": "organization.costs.result",
                "amount": { "value": usd, "currency": "usd" },
                "line_item": line_item,
                "project_id": null,
            })
        };
        let times = 1.0 + simulator.options.usage_drift;
        page.answer(|day| {
            let mut lines = Vec::new();
            for (model, used) in simulator.books.of(day) {
                let [input, cached, output] = simulator.options.prices.cost(&used);
                for (class, usd) in
                    [("input", input), ("cached input", cached), ("output", output + used.more_usd)]
                {
                    if usd != 0.0 {
                        lines.push((format!("{model}, {class}"), usd * times));
                    }
                }
            }
            if page.grouped {
                return lines.into_iter().map(|(line, usd)| result(Some(line), usd)).collect();
            }
            let all = lines.iter().map(|(_, usd)| usd).sum();
            if lines.is_empty() { Vec::new() } else { vec![result(None, all)] }
        })
    })
}

/// The answer, unless there is no key or a fault is asked for.
fn told(
    simulator: &Simulator,
    headers: &HeaderMap,
    page: Result<Page, Problem>,
    answer: impl FnOnce(&Page) -> Value,
) -> Response {
    if !has_key(headers) {
        return Problem::unauthorized("Send your admin key as `Authorization: Bearer KEY`.").into_response();
    }
    let fault = simulator.options.usage_fault;
    if let Some(problem) = fault.and_then(Fault::problem) {
        return problem.into_response();
    }
    if let Some((kind, body)) = fault.and_then(without_tokens) {
        return ([(header::CONTENT_TYPE, kind)], body).into_response();
    }
    match page {
        Err(problem) => problem.into_response(),
        Ok(page) => {
            let whole = answer(&page);
            if matches!(fault, Some(Fault::InvalidJson | Fault::CutStream | Fault::Length)) {
                let mut text = whole.to_string();
                text.truncate(text.floor_char_boundary(text.len() / 2));
                return ([(header::CONTENT_TYPE, "application/json")], Body::from(text)).into_response();
            }
            Json(whole).into_response()
        }
    }
}
