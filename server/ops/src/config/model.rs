//! What is said of a language model: where it is, what it costs, how long to wait for it.

use domain::money::MicroUsd;
use domain::price::Price;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

/// `[model]` and each of `[[fallback_models]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    #[serde(default)]
    pub name: String,
    #[serde(default = "openai")]
    pub base_url: String,
    #[serde(default)]
    pub api_key: SecretString,
    /// Dollars per million tokens; NaN: not set.
    #[serde(default = "unset")]
    pub input_usd_per_mtok: f64,
    #[serde(default = "unset")]
    pub output_usd_per_mtok: f64,
    #[serde(default = "unset")]
    pub cached_input_usd_per_mtok: f64,
    #[serde(default = "unset")]
    pub cache_write_usd_per_mtok: f64,
    #[serde(default = "unnamed")]
    pub price_version: String,
    #[serde(default = "most_output")]
    pub max_output_tokens: u32,
    #[serde(default = "timeout")]
    pub timeout_ms: u64,
    #[serde(default = "deadline")]
    pub deadline_ms: u64,
    #[serde(default = "attempts")]
    pub attempts: u32,
    /// Ask for the reply in parts.
    #[serde(default)]
    pub stream: bool,
    /// To read what the provider counted and billed; empty: it is not asked.
    #[serde(default)]
    pub admin_key: SecretString,
    #[serde(default)]
    pub usage_project: String,
    /// Names on the provider's bill beside `name` and its dated snapshots.
    #[serde(default)]
    pub billed_as: Vec<String>,
}

fn openai() -> String {
    "https://api.openai.com/v1".to_owned()
}

fn unset() -> f64 {
    f64::NAN
}

fn unnamed() -> String {
    "unnamed".to_owned()
}

fn most_output() -> u32 {
    4_096
}

fn timeout() -> u64 {
    20_000
}

fn deadline() -> u64 {
    45_000
}

fn attempts() -> u32 {
    2
}

impl Model {
    /// `None` while a price is not set.
    pub fn price(&self) -> Option<Price> {
        let priced =
            |usd: f64| (usd.is_finite() && usd > 0.0).then(|| MicroUsd::from_usd(usd).max(MicroUsd(1)));
        let input = priced(self.input_usd_per_mtok)?;
        let cached_input = priced(self.cached_input_usd_per_mtok).unwrap_or(input);
        let cache_write = priced(self.cache_write_usd_per_mtok).unwrap_or(input);
        let output = priced(self.output_usd_per_mtok)?;
        Some(Price { input, cached_input, cache_write, output, version: self.price_version.clone() })
    }

    /// Where a chat is completed.
    pub fn chat_url(&self) -> Option<Url> {
        self.url_of("chat/completions")
    }

    /// Where the provider tells what it counted and billed: `…/organization`, without a query.
    pub fn organization_url(&self) -> Option<Url> {
        let mut url = self.url_of("organization")?;
        url.set_query(None);
        Some(url)
    }

    fn url_of(&self, what: &str) -> Option<Url> {
        let mut url =
            Url::parse(&self.base_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let path = url.path().trim_end_matches('/').to_owned();
        let path = if path.is_empty() { "/v1".to_owned() } else { path };
        url.set_path(&format!("{path}/{what}"));
        Some(url)
    }

    /// What is wrong with it: a key of the section, and what it must be.
    pub(super) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        if self.name.is_empty() {
            return faults;
        }
        let mut unless = |right: bool, key, what: &str| {
            if !right {
                faults.push((key, what.to_owned()));
            }
        };
        unless(self.chat_url().is_some(), "base_url", "must be a URL that begins with https:// or http://");
        let priced = |usd: f64| usd.is_finite() && usd > 0.0 && usd < 1e6;
        let needed = "must be the price in dollars per million tokens, above 0: a model without a price is never called";
        unless(priced(self.input_usd_per_mtok), "input_usd_per_mtok", needed);
        unless(priced(self.output_usd_per_mtok), "output_usd_per_mtok", needed);
        for (key, usd) in [
            ("cached_input_usd_per_mtok", self.cached_input_usd_per_mtok),
            ("cache_write_usd_per_mtok", self.cache_write_usd_per_mtok),
        ] {
            unless(usd.is_nan() || priced(usd), key, "must be above 0, or nan: as input");
        }
        let version = self.price_version.trim();
        unless(!version.is_empty() && version.len() <= 100, "price_version", "must be 1 to 100 characters");
        unless(
            (1..=200_000).contains(&self.max_output_tokens),
            "max_output_tokens",
            "must be from 1 to 200000",
        );
        unless((10..=600_000).contains(&self.timeout_ms), "timeout_ms", "must be from 10 to 600000");
        unless(
            (self.timeout_ms..=600_000).contains(&self.deadline_ms),
            "deadline_ms",
            "must be from timeout_ms to 600000",
        );
        unless((1..=5).contains(&self.attempts), "attempts", "must be from 1 to 5");
        faults
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_way_to_write_a_base_url_leads_to_the_chat() {
        let of = |base: &str| {
            let mut model = crate::Config::defaults().model;
            base.clone_into(&mut model.base_url);
            model.chat_url().map(String::from)
        };
        let cases = [
            ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1/chat/completions"),
            ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1/chat/completions"),
            ("http://localhost:11434/v1/", "http://localhost:11434/v1/chat/completions"),
            (
                "https://x.openai.azure.com/openai/deployments/small?api-version=2026-01-01",
                "https://x.openai.azure.com/openai/deployments/small/chat/completions?api-version=2026-01-01",
            ),
        ];
        for (base, url) in cases {
            assert_eq!(of(base).as_deref(), Some(url));
        }
        assert_eq!((of("api.openai.com"), of("ftp://x")), (None, None));
    }
}
