//! Lists on the wire: `limit`, `cursor`, `from`, `to` in; items and the address of the next page out, in the body and as `Link`
//! (RFC 8288). One way for every list.

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use ops::Ops;
use ops::page::{Page, PageRequest};
use ops::people::Days;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Listed<T> {
    items: Vec<T>,
    /// Where the next page is, also as `Link` with `rel="next"`; `null`: this is the last.
    next: Option<String>,
}

impl<T> Listed<T> {
    pub(super) fn of(page: Page<T>, asked: &Address) -> Self {
        Self { next: page.next.map(|cursor| asked.of_page(&cursor)), items: page.items }
    }
}

impl<T> Listed<T> {
    /// Under another name than `items`, as apps know it.
    pub(super) fn named<B: Serialize>(self, body: impl FnOnce(Vec<T>, Option<String>) -> B) -> Response {
        let link = link(self.next.as_deref());
        let mut response = Json(body(self.items, self.next)).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        self.named(|items, next| Self { items, next })
    }
}

fn link(next: Option<&str>) -> Option<HeaderValue> {
    next.and_then(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).ok())
}

/// Of a list by day.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct DaysParams {
    /// The first day, YYYY-MM-DD; the beginning when absent.
    from: Option<String>,
    /// The last day, YYYY-MM-DD; the end when absent.
    to: Option<String>,
    /// Items of a page, 1 to 200; 50 when absent.
    limit: Option<String>,
    /// Where the page begins: as the page before said. Opaque.
    cursor: Option<String>,
}

/// Where a list is read: its path and everything asked for but the cursor, all of it checked.
pub(super) struct Address(String);

impl Address {
    /// Of a list with these filters, each checked: no word of one needs another spelling in a URL.
    pub(super) fn of(path: &str, page: &PageRequest, filters: &[(&str, Option<&str>)]) -> Self {
        let mut address = format!("{path}?limit={}&", page.limit());
        for (name, value) in filters {
            if let Some(value) = value {
                address.push_str(&format!("{name}={value}&"));
            }
        }
        Self(address)
    }

    fn of_page(&self, cursor: &str) -> String {
        format!("{}cursor={cursor}", self.0)
    }
}

/// Of any other list.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct PageParams {
    /// Items of a page, 1 to 200; 50 when absent.
    limit: Option<String>,
    /// Where the page begins: as the page before said. Opaque.
    cursor: Option<String>,
}

/// Which page of it.
pub(super) struct PageOf {
    pub(super) page: PageRequest,
    pub(super) address: Address,
}

impl FromRequestParts<Ops> for PageOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Ops) -> Result<Self, Problem> {
        let PageParams { limit, cursor } = query(parts)?;
        let page = PageRequest::parse(limit.as_deref(), cursor.as_deref())?;
        let address = format!("{}?limit={}&", parts.uri.path(), page.limit());
        Ok(Self { page, address: Address(address) })
    }
}

/// Which page of a list by day.
pub(super) struct DaysOf {
    pub(super) days: Days,
    pub(super) page: PageRequest,
    pub(super) address: Address,
}

impl FromRequestParts<Ops> for DaysOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Ops) -> Result<Self, Problem> {
        let DaysParams { from, to, limit, cursor } = query(parts)?;
        let page = PageRequest::parse(limit.as_deref(), cursor.as_deref())?;
        let day = |name, text: &Option<String>| text.as_ref().map(|text| day_named(name, text)).transpose();
        let days = Days::new(day("from", &from)?, day("to", &to)?)?;
        let filters = [("from", from.as_deref()), ("to", to.as_deref())];
        let address = Address::of(parts.uri.path(), &page, &filters);
        Ok(Self { days, page, address })
    }
}

fn query<T: serde::de::DeserializeOwned>(parts: &Parts) -> ops::Result<T> {
    let found = Query::<T>::try_from_uri(&parts.uri);
    found
        .map(|Query(found)| found)
        .map_err(|_| ops::Error::invalid("query", "must name each parameter once, in valid UTF-8"))
}

/// A day of a query or path.
pub(super) fn day_named(field: &str, text: &str) -> ops::Result<Date> {
    // jiff would also take a time with it.
    let plain = text.len() == 10;
    let day = text.parse().ok().filter(|_| plain);
    day.ok_or_else(|| ops::Error::invalid(field, "must be a day, YYYY-MM-DD"))
}
