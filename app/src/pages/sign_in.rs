//! The door: email and password, one form, answered by the server.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::ui::forms::TextField;
use crate::visitor::{self, Flash};

#[component]
pub fn SignIn() -> impl IntoView {
    let ops = visitor::ops();
    let query = use_query_map().get_untracked();
    let next = query.get("next").unwrap_or_else(|| "/".to_owned());
    let flash = use_context::<Flash>().and_then(|flash| flash.0);
    let environment = if ops.config.demo { "demo".to_owned() } else { ops.config.server.environment.clone() };
    view! {
        <Title text="Sign in · HolisticOS"/>
        <main class="door" id="main">
            <p class="brand">"HolisticOS "<span class="env">{environment}</span></p>
            <h1>"Sign in"</h1>
            {flash.map(|notice| view! {
                <p class=if notice.good { "notice ok" } else { "notice bad" } role=if notice.good { "status" } else { "alert" }>{notice.text}</p>
            })}
            <form method="post" action="/sign-in" class="stack">
                <input type="hidden" name="next" value=next/>
                <TextField label="Email" name="email" kind="email" autocomplete="username"/>
                <TextField label="Password" name="password" kind="password" autocomplete="current-password"/>
                <button class="btn primary">"Sign in"</button>
            </form>
            <p><small>"First start? The terminal shows a one-time link to create the first admin."</small></p>
        </main>
    }
}
