//! Asks one provider for its account of some days: usage by model, costs by line item, page by page.
//!
//! One attempt: the next activation of the task is the retry. Either both are told or nothing is: half an account would look
//! like a difference. Nothing of an answer is logged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::money::MicroUsd;
use domain::reconciliation::{Account, model_of_line};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;

use super::providers::Provider;
use super::wire::{Bucket, CostResult, Page, UsageResult};

/// Of one page.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of all pages of one provider.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(60);
const LARGEST_PAGE: usize = 8 << 20;
/// A provider whose pages do not end is not read for ever.
const MOST_PAGES: usize = 100;
/// The most buckets of a day that a page of usage may have; costs allow more.
const BUCKETS: u32 = 31;
/// Lines of one day beyond this are counted in the day and not told one by one.
const MOST_LINES: usize = 200;
/// All models of a day.
pub(super) const ALL: &str = "*";

/// What a provider told of some days: by day, by our name of the model, and [`ALL`] together.
pub(super) type Told = BTreeMap<Date, BTreeMap<String, Account>>;

impl Provider {
    /// `from <= day <= to`. A day that the provider does not answer with a bucket is not in it.
    ///
    /// # Errors
    /// One sentence for people.
    pub(super) async fn ask(&self, http: &reqwest::Client, from: Date, to: Date) -> Result<Told, String> {
        let asked = async {
            let usage = self.pages::<UsageResult>(http, "usage/completions", "model", from, to).await?;
            let costs = self.pages::<CostResult>(http, "costs", "line_item", from, to).await?;
            self.told(usage, costs, from, to)
        };
        match tokio::time::timeout(PATIENCE_IN_ALL, asked).await {
            Ok(told) => told,
            Err(_) => Err(format!("did not tell all within {} s", PATIENCE_IN_ALL.as_secs())),
        }
    }

    async fn pages<R: DeserializeOwned>(
        &self,
        http: &reqwest::Client,
        what: &str,
        group_by: &str,
        from: Date,
        to: Date,
    ) -> Result<Vec<Bucket<R>>, String> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/{what}", self.url.path()));
        let end = to.checked_add(1.day()).map_err(|_| "has no such day".to_owned())?;
        url.query_pairs_mut()
            .append_pair("start_time", &seconds(from).to_string())
            .append_pair("end_time", &seconds(end).to_string())
            .append_pair("bucket_width", "1d")
            .append_pair("group_by", group_by)
            .append_pair("limit", &BUCKETS.to_string());
        if !self.project.is_empty() {
            url.query_pairs_mut().append_pair("project_ids", &self.project);
        }
        let mut buckets = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut url = url.clone();
            if let Some(cursor) = &cursor {
                url.query_pairs_mut().append_pair("page", cursor);
            }
            let page: Page<R> = self.page(http, url, what).await?;
            buckets.extend(page.data);
            if !page.has_more {
                return Ok(buckets);
            }
            match page.next_page {
                Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
                _ => return Err(format!("says that {what} has more pages and not where")),
            }
        }
        Err(format!("has more than {MOST_PAGES} pages of {what}"))
    }

    async fn page<R: DeserializeOwned>(
        &self,
        http: &reqwest::Client,
        url: url::Url,
        what: &str,
    ) -> Result<Page<R>, String> {
        let mut key = HeaderValue::from_str(&format!("Bearer {}", self.key.expose_secret()))
            .map_err(|_| "admin_key has characters that no header may have".to_owned())?;
        key.set_sensitive(true);
        let asked = http.get(url).timeout(PATIENCE).header(AUTHORIZATION, key).send();
        let mut response = asked.await.map_err(|error| unreachable(&error))?;
        match response.status().as_u16() {
            200 => {}
            401 | 403 => {
                return Err(format!("refused the admin_key for {what}: it needs the right to read usage"));
            }
            404 => return Err(format!("has no {what}: import its invoices instead")),
            429 => return Err("asked to come back later".to_owned()),
            status => return Err(format!("answered {status} for {what}")),
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| unreachable(&error))? {
            if body.len() + part.len() > LARGEST_PAGE {
                return Err(format!("answered a page of {what} above {} MiB", LARGEST_PAGE >> 20));
            }
            body.extend_from_slice(&part);
        }
        serde_json::from_slice(&body).map_err(|_| format!("answered {what} in a form that is not the API's"))
    }

    /// Both accounts put together; a day counts as told when both have it.
    fn told(
        &self,
        usage: Vec<Bucket<UsageResult>>,
        costs: Vec<Bucket<CostResult>>,
        from: Date,
        to: Date,
    ) -> Result<Told, String> {
        let mut used = BTreeMap::<Date, BTreeMap<String, Account>>::new();
        for bucket in usage {
            let lines = used.entry(day_of(bucket.start_time)?).or_default();
            for result in bucket.results {
                let line = Account {
                    requests: Some(result.num_model_requests),
                    input_tokens: Some(result.input_tokens),
                    cached_input_tokens: Some(result.input_cached_tokens.unwrap_or(0)),
                    cache_write_tokens: Some(result.input_cache_write_tokens.unwrap_or(0)),
                    output_tokens: Some(result.output_tokens),
                    cost: Some(MicroUsd::ZERO),
                };
                let model = result.model.map_or_else(|| "unnamed".to_owned(), |model| self.ours(&model));
                let sum = lines.entry(model).or_insert(Account::NOTHING);
                *sum = sum.and(line);
            }
        }
        let mut billed = BTreeMap::<Date, BTreeMap<String, f64>>::new();
        for bucket in costs {
            let lines = billed.entry(day_of(bucket.start_time)?).or_default();
            for CostResult { amount, line_item } in bucket.results {
                if !amount.currency.eq_ignore_ascii_case("usd") {
                    return Err("bills in another currency than dollars".to_owned());
                }
                let model =
                    line_item.map_or_else(|| "unnamed".to_owned(), |item| self.ours(model_of_line(&item)));
                *lines.entry(model).or_default() += amount.value;
            }
        }
        let mut told = Told::new();
        for (day, lines) in used {
            let Some(bill) = billed.remove(&day).filter(|_| (from..=to).contains(&day)) else { continue };
            let own: BTreeSet<&str> = self.models().collect();
            told.insert(day, account(lines, bill, &own));
        }
        Ok(told)
    }
}

/// The lines of one day, and all of it together.
fn account(
    used: BTreeMap<String, Account>,
    billed: BTreeMap<String, f64>,
    own: &BTreeSet<&str>,
) -> BTreeMap<String, Account> {
    let tokens = used.values().fold(Account::NOTHING, |all, line| all.and(*line));
    let all = Account { cost: Some(MicroUsd::from_usd(billed.values().sum())), ..tokens };
    let mut lines = used;
    for line in lines.values_mut() {
        line.cost = None;
    }
    for (model, usd) in billed {
        // What is billed and was not counted in tokens: images, searches.
        lines.entry(model).or_default().cost = Some(MicroUsd::from_usd(usd));
    }
    // What is left out is in the day's sum, and none of our models': of those it would say that nothing was counted.
    let mut beyond = lines.len().saturating_sub(MOST_LINES);
    lines.retain(|model, _| {
        let drop = beyond > 0 && !own.contains(model.as_str());
        beyond -= usize::from(drop);
        !drop
    });
    lines.insert(ALL.to_owned(), all);
    lines
}

fn seconds(day: Date) -> i64 {
    TimeZone::UTC.to_timestamp(day.into()).map_or(0, Timestamp::as_second)
}

fn day_of(seconds: i64) -> Result<Date, String> {
    let moment =
        Timestamp::from_second(seconds).map_err(|_| "answered a day that there is not".to_owned())?;
    Ok(TimeZone::UTC.to_datetime(moment).date())
}

fn unreachable(error: &reqwest::Error) -> String {
    match () {
        () if error.is_timeout() => "did not answer in time".to_owned(),
        () if error.is_connect() => "cannot be reached".to_owned(),
        () => "broke off its answer".to_owned(),
    }
}
