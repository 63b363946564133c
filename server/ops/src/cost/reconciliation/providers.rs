//! Which providers there are to ask: from the models that are configured.

use domain::reconciliation::is_same_model;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::{Config, Model};

/// One account of a provider's, and those of our models that it bills.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    /// Host and port, and a number where one host has several accounts.
    pub(super) name: String,
    /// `…/v1/organization`
    pub(super) url: Url,
    /// Empty: it cannot be asked.
    pub(super) key: SecretString,
    /// Empty: everything of the account.
    pub(super) project: String,
    models: Vec<Billed>,
}

/// A model by its name in the ledger, and its further names on bills.
#[derive(Clone, Debug)]
struct Billed {
    name: String,
    also: Vec<String>,
}

/// Models at one address share the first admin key that one of them has; another key is another account.
pub(super) fn configured(config: &Config) -> Vec<Provider> {
    let models = std::iter::once(&config.model).chain(&config.fallback_models);
    let models: Vec<(&Model, Url)> = models
        .filter(|model| !model.name.is_empty())
        .filter_map(|model| Some((model, model.organization_url()?)))
        .collect();
    let mut providers: Vec<Provider> = Vec::new();
    // Those with a key first: the others join them.
    let (with_key, without): (Vec<_>, Vec<_>) =
        models.into_iter().partition(|(model, _)| !model.admin_key.expose_secret().is_empty());
    for (model, url) in with_key.into_iter().chain(without) {
        let key = model.admin_key.expose_secret();
        let same = |provider: &&mut Provider| {
            provider.url == url
                && (key.is_empty()
                    || (provider.key.expose_secret() == key && provider.project == model.usage_project))
        };
        let billed = Billed { name: model.name.clone(), also: model.billed_as.clone() };
        match providers.iter_mut().find(same) {
            Some(provider) => provider.models.push(billed),
            None => {
                let host = host_of(&url);
                let of_host = |provider: &&Provider| host_of(&provider.url) == host;
                let name = match providers.iter().filter(of_host).count() {
                    0 => host,
                    others => format!("{host} ({})", others + 1),
                };
                providers.push(Provider {
                    name,
                    url,
                    key: model.admin_key.clone(),
                    project: model.usage_project.clone(),
                    models: vec![billed],
                });
            }
        }
    }
    providers
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("unknown");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl Provider {
    pub(super) fn can_be_asked(&self) -> bool {
        !self.key.expose_secret().is_empty()
    }

    /// Their names in the ledger.
    pub(super) fn models(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|model| model.name.as_str())
    }

    /// The name in the ledger of what the provider calls `told`; its own name for what is none of ours.
    pub(super) fn ours(&self, told: &str) -> String {
        let exact = |model: &&Billed| {
            model.name.eq_ignore_ascii_case(told)
                || model.also.iter().any(|name| name.eq_ignore_ascii_case(told))
        };
        let snapshot = |model: &&Billed| {
            is_same_model(&model.name, told) || model.also.iter().any(|name| is_same_model(name, told))
        };
        let mut found = self.models.iter().find(exact);
        found = found.or_else(|| self.models.iter().find(snapshot));
        found.map_or_else(|| told.to_owned(), |model| model.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, url: &str, key: &str) -> Model {
        let mut model = Config::defaults().model;
        name.clone_into(&mut model.name);
        url.clone_into(&mut model.base_url);
        model.admin_key = key.to_owned().into();
        model
    }

    #[test]
    fn models_of_one_address_are_one_account_unless_their_keys_differ() {
        let mut config = Config::defaults();
        assert!(configured(&config).is_empty());
        config.model = model("large", "https://a.example/v1", "");
        config.fallback_models = vec![
            model("small", "https://a.example/v1/", "k1"),
            model("other", "https://a.example/v1", "k2"),
            model("local", "http://127.0.0.1:8000", ""),
        ];
        let told: Vec<_> = configured(&config)
            .iter()
            .map(|it| (it.name.clone(), it.can_be_asked(), it.models().collect::<Vec<_>>().join(",")))
            .collect();
        let expected = [
            ("a.example", true, "small,large"),
            ("a.example (2)", true, "other"),
            ("127.0.0.1:8000", false, "local"),
        ];
        assert_eq!(told, expected.map(|(name, asked, models)| (name.to_owned(), asked, models.to_owned())));
        assert_eq!(configured(&config)[0].url.as_str(), "https://a.example/v1/organization");
    }

    #[test]
    fn a_bill_names_snapshots_and_aliases() {
        let mut config = Config::defaults();
        config.model = model("gpt-4o", "https://a.example/v1", "k");
        config.fallback_models = vec![model("fast", "https://a.example/v1", "")];
        config.fallback_models[0].billed_as = vec!["gpt-4o-mini".to_owned()];
        let provider = &configured(&config)[0];
        for (told, ours) in [
            ("gpt-4o-2024-08-06", "gpt-4o"),
            ("GPT-4o", "gpt-4o"),
            ("gpt-4o-mini", "fast"),
            ("gpt-4o-mini-2024-07-18", "fast"),
            ("Image models", "Image models"),
        ] {
            assert_eq!(provider.ours(told), ours);
        }
    }
}
