//! The first start: whoever holds the one-time link from the terminal becomes the first admin.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::ui::forms::TextField;
use crate::visitor::Flash;

#[component]
pub fn Setup() -> impl IntoView {
    let token = use_query_map().get_untracked().get("token").unwrap_or_default();
    let flash = use_context::<Flash>().and_then(|flash| flash.0);
    view! {
        <Title text="First admin · HolisticOS"/>
        <main class="door" id="main">
            <p class="brand">"HolisticOS"</p>
            <h1>"Create the first admin"</h1>
            {flash.map(|notice| view! { <p class="notice bad" role="alert">{notice.text}</p> })}
            <form method="post" action="/setup" class="stack">
                <input type="hidden" name="token" value=token/>
                <TextField label="Email" name="email" kind="email" autocomplete="username"/>
                <TextField
                    label="Password"
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    least=12
                    most=200
                    hint="At least 12 characters. A sentence is good."
                />
                <button class="btn primary">"Create admin and sign in"</button>
            </form>
            <p><small>"The link works once. If it has expired, restart the server: it prints a new one while no admin exists."</small></p>
        </main>
    }
}
