//! The `OpenAPI` document; [`super::reference`] shows it.

use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "HolisticOS",
        description = "Six health-coaching agents behind one API, and the operations of the service that runs them.\n\n\
            Send a key as `Authorization: Bearer KEY` or `X-API-Key: KEY`. Every answer of an agent has a `meta` that says \
            what wrote it, why it is fresh or from memory, what it cost and which release was in force. Every error is a \
            problem document (RFC 9457) that names the field; `x-request-id` finds the request in the console."
    ),
    security(("bearer" = []), ("header" = [])),
    tags(
        (name = "Agents", description = "Ask the agents. Scope `agents`."),
        (name = "Memory", description = "See, correct and forget what is remembered of a person. Scope `agents` to read, `data` to change."),
        (name = "Plans", description = "Read what the agents made. Scope `agents`."),
        (name = "Data", description = "Tell the agents what they work on. Scope `data`."),
        (name = "First system", description = "Paths of the first system's apps, answered by the same services under the old names. New apps do not \
            need them. Scope `data`, and `agents` for plans."),
        (name = "Models", description = "Ask language models in words of your own, under the same caps. Scope `models`."),
        (name = "Operations", description = "See and steer the service. Scopes `ops:read` and `ops:act`."),
        (name = "Monitoring", description = "For load balancers, Prometheus and humans in a hurry. No key.")
    )
)]
struct Outline;

/// Title, tags and the two ways to send a key; the paths are added by the router.
pub(crate) fn outline() -> Document {
    let mut document = Outline::openapi();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components
        .add_security_scheme("header", SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key"))));
    document
}

pub(crate) fn openapi_document() -> Document {
    super::apis().document
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_endpoint_is_described() {
        let document = super::openapi_document();
        for (path, item) in &document.paths.paths {
            for operation in
                [&item.get, &item.put, &item.post, &item.delete, &item.patch].into_iter().flatten()
            {
                assert!(operation.summary.is_some(), "{path} has no summary");
                assert!(operation.operation_id.is_some() && operation.tags.is_some(), "{path}");
            }
        }
    }
}
