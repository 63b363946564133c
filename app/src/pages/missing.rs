//! No such page.

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;

#[component]
pub fn Missing() -> impl IntoView {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found · HolisticOS"/>
        <main class="door" id="main">
            <h1>"There is no such page"</h1>
            <p>"The address may be cut short, or the thing it named is gone."</p>
            <p><a class="btn" href="/">"Go to the overview"</a></p>
        </main>
    }
}
