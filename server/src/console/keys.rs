//! `POST /people`: makes a key, and answers with the page that shows it, once.
//!
//! No redirect: the secret is in the body of this one answer only, in no cookie, address, log or second request.

use app::actions::outcome::explain;
use app::visitor::{Flash, Notice, PagePath, Visitor};
use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use domain::access::{Scope, Tier};
use domain::id::TenantId;
use ops::access::{NewKey, Person};
use ops::{Error, Ops};
use serde::Deserialize;

use super::pages;
use crate::problem::Problem;

#[derive(Deserialize)]
struct KeyForm {
    name: String,
    tenant: String,
    tier: String,
    scopes: String,
}

pub(crate) async fn create_key(State(ops): State<Ops>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let person = parts.extensions.get::<Visitor>().and_then(|visitor| visitor.0.clone());
    let asked = Request::from_parts(parts.clone(), body);
    let form = match Form::<KeyForm>::from_request(asked, &()).await {
        Ok(Form(form)) => form,
        Err(refused) => return refused.into_response(),
    };
    let mut refused = None;
    let notice = match create(&ops, person, form).await {
        Ok(secret) => {
            Notice { good: true, text: format!("Copy the key now, it is not shown again: {secret}") }
        }
        Err(error @ (Error::Unauthenticated(_) | Error::Forbidden { .. })) => {
            return Problem::from(error).into_response();
        }
        Err(error) => {
            let text = explain(&error);
            refused = Some(Problem::from(error).into_response());
            Notice { good: false, text }
        }
    };
    // The page is rendered as if it had been asked for, with one thing more to say.
    parts.method = Method::GET;
    parts.uri = Uri::from_static("/people");
    parts.extensions.insert(Flash(Some(notice)));
    parts.extensions.insert(PagePath("/people".to_owned()));
    let mut page = pages::render(&ops, Request::from_parts(parts, Body::empty())).await;
    if let Some(mut refused) = refused {
        *page.status_mut() = refused.status();
        // What the request log says of it.
        page.extensions_mut().extend(std::mem::take(refused.extensions_mut()));
    }
    page
}

async fn create(ops: &Ops, person: Option<Person>, form: KeyForm) -> ops::Result<String> {
    let signed_out = Error::Unauthenticated("your session has ended: sign in again, nothing was changed");
    let actor = person.ok_or(signed_out)?.actor();
    let new = NewKey {
        tenant: TenantId::parse(&form.tenant)?,
        name: form.name,
        tier: Tier::parse(&form.tier)?,
        scopes: Scope::parse_list(&form.scopes)?,
        expires_at: None,
    };
    Ok(ops.create_key(&actor, new).await?.secret)
}
