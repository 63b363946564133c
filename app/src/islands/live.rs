//! Keeps a page current: an event from the server names what changed, the same URL is fetched again, and every
//! element with `data-live` is swapped for its newer self. Views are rendered in one place, on the server.

use leptos::prelude::*;

/// The switch in the top bar. `topics` is a comma-separated list of the event topics this page shows.
#[island]
pub fn Live(topics: String) -> impl IntoView {
    let paused = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    browser::watch(topics, paused);
    #[cfg(not(feature = "hydrate"))]
    let _ = topics;
    view! {
        <button
            type="button"
            class="btn quiet"
            aria-pressed=move || paused.get().to_string()
            on:click=move |_| paused.update(|paused| *paused = !*paused)
        >
            {move || if paused.get() { "Resume live" } else { "Pause live" }}
        </button>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::*;

    /// Changes closer together than this are shown together.
    const SETTLE_MS: i32 = 700;

    pub(super) fn watch(topics: String, paused: RwSignal<bool>) {
        let Ok(source) = web_sys::EventSource::new("/events") else { return };
        let waiting = StoredValue::new(false);
        let on_message =
            Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
                let topic = event.data().as_string().unwrap_or_default();
                let concerns_us = topics.split(',').any(|wanted| wanted == topic);
                if !concerns_us || paused.get_untracked() || waiting.get_value() {
                    return;
                }
                waiting.set_value(true);
                let refresh = Closure::once_into_js(move || {
                    waiting.set_value(false);
                    leptos::task::spawn_local(async move {
                        let _ = swap().await;
                    });
                });
                let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(
                    refresh.unchecked_ref(),
                    SETTLE_MS,
                );
            });
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
    }

    /// Fetches this page again and swaps its live parts, unless the person is typing in one of them.
    async fn swap() -> Result<(), JsValue> {
        let response =
            wasm_bindgen_futures::JsFuture::from(window().fetch_with_str(&window().location().href()?))
                .await?;
        let response: web_sys::Response = response.dyn_into()?;
        if !response.ok() || response.redirected() {
            return Ok(());
        }
        let html =
            wasm_bindgen_futures::JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        let newer = web_sys::DomParser::new()?.parse_from_string(&html, web_sys::SupportedType::TextHtml)?;
        let parts = newer.query_selector_all("[data-live][id]")?;
        for i in 0..parts.length() {
            let Some(part) = parts.item(i).and_then(|node| node.dyn_into::<web_sys::Element>().ok()) else {
                continue;
            };
            let Some(shown) = document().get_element_by_id(&part.id()) else { continue };
            let typing = document().active_element().is_some_and(|active| shown.contains(Some(&active)));
            if !typing && shown.inner_html() != part.inner_html() {
                shown.set_inner_html(&part.inner_html());
                let _ = shown.set_attribute("class", &part.class_name());
            }
        }
        Ok(())
    }
}
