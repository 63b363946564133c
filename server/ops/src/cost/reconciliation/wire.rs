//! The words of OpenAI's usage and cost API, as far as we read them. Unknown fields are ignored.
//!
//! `GET …/organization/usage/completions` and `GET …/organization/costs` answer pages of buckets:
//! `{"object": "page", "data": [{"start_time", "end_time", "results": […]}], "has_more", "next_page"}`, times in seconds.
//! Source: platform.openai.com/docs/api-reference/usage. Amounts are dollars, written as a number or as a text.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// One page.
#[derive(Debug, Deserialize)]
#[serde(bound = "R: DeserializeOwned")]
pub(super) struct Page<R> {
    pub(super) data: Vec<Bucket<R>>,
    #[serde(default)]
    pub(super) has_more: bool,
    #[serde(default)]
    pub(super) next_page: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(bound = "R: DeserializeOwned")]
pub(super) struct Bucket<R> {
    /// Seconds since 1970.
    pub(super) start_time: i64,
    pub(super) results: Vec<R>,
}

/// With `group_by=model`. Input counts what was cached and what was written into the cache.
#[derive(Debug, Deserialize)]
pub(super) struct UsageResult {
    pub(super) input_tokens: u64,
    #[serde(default)]
    pub(super) input_cached_tokens: Option<u64>,
    #[serde(default)]
    pub(super) input_cache_write_tokens: Option<u64>,
    pub(super) output_tokens: u64,
    pub(super) num_model_requests: u64,
    #[serde(default)]
    pub(super) model: Option<String>,
}

/// With `group_by=line_item`: `gpt-4o-2024-08-06, output`.
#[derive(Debug, Deserialize)]
pub(super) struct CostResult {
    pub(super) amount: Amount,
    #[serde(default)]
    pub(super) line_item: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Amount {
    /// Dollars; the provider counts in fractions of a micro-dollar.
    #[serde(deserialize_with = "number_or_text")]
    pub(super) value: f64,
    /// `usd`, in any case.
    pub(super) currency: String,
}

fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Text(String),
    }
    let value = match Written::deserialize(deserializer)? {
        Written::Number(value) => Some(value),
        Written::Text(text) => text.trim().parse().ok(),
    };
    value
        .filter(|value| value.is_finite())
        .ok_or_else(|| serde::de::Error::custom("an amount must be a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_answers_are_read() {
        let usage = r#"{"object":"page","data":[{"object":"bucket","start_time":1730419200,"end_time":1730505600,
            "results":[{"object":"organization.usage.completions.result","input_tokens":1000,"output_tokens":500,
            "input_cached_tokens":800,"input_audio_tokens":0,"num_model_requests":5,"project_id":null,
            "model":"gpt-4o-2024-08-06","batch":null,"service_tier":null}]}],
            "has_more":true,"next_page":"page_AAAAAGdGxdEiJdKOAAAAAGcqsYA="}"#;
        let page: Page<UsageResult> = serde_json::from_str(usage).unwrap();
        let result = &page.data[0].results[0];
        assert_eq!(
            (result.input_tokens, result.input_cached_tokens, result.num_model_requests),
            (1_000, Some(800), 5)
        );
        assert_eq!(page.next_page.as_deref(), Some("page_AAAAAGdGxdEiJdKOAAAAAGcqsYA="));
        let costs = r#"{"object":"page","data":[{"object":"bucket","start_time":1730419200,"end_time":1730505600,
            "results":[{"object":"organization.costs.result","amount":{"value":0.06,"currency":"usd"},
            "line_item":"gpt-4o-2024-08-06, input","project_id":null},
            {"object":"organization.costs.result","amount":{"value":"0.1300000001","currency":"USD"},"line_item":null}]}],
            "has_more":false,"next_page":null}"#;
        let page: Page<CostResult> = serde_json::from_str(costs).unwrap();
        let values: Vec<f64> = page.data[0].results.iter().map(|result| result.amount.value).collect();
        assert_eq!((values, page.has_more), (vec![0.06, 0.130_000_000_1], false));
    }

    #[test]
    fn an_amount_that_is_none_is_refused() {
        for value in ["\"NaN\"", "\"much\"", "null", "\"inf\""] {
            let text = format!(r#"{{"value":{value},"currency":"usd"}}"#);
            assert!(serde_json::from_str::<Amount>(&text).is_err(), "{value}");
        }
    }
}
