//! The language models: is each asked, what it charges, how often it failed; below, everything their breakers did.

use domain::breaker::BreakerState;
use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;
use ops::answers::{FlightsCount, WordsKept};
use ops::gateway::{BreakerChange, ModelStatus};
use ops::health::ComponentHealth;
use ops::telemetry::Window;

use super::overview::tone;
use super::own_time::own_time;
use super::policies::in_force;
use crate::ui::figures::{count, percent, usd};
use crate::ui::frame::Place;
use crate::ui::page::console_page;
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::State;
use crate::ui::time::At;
use crate::ui::twins::twins;

/// Changes shown; the twins have more.
const SHOWN: u32 = 100;
/// As long as they are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

#[component]
pub fn Models() -> impl IntoView {
    console_page(Place::Cost, "Models", "requests,health,shutoff,caps", |ops, _person| async move {
        let now = ops.clock.now();
        let models = ops.models();
        let changes = ops.breaker_changes(now - KEPT, SHOWN).await?;
        let health = ops.health_now();
        let provider = health.component("provider").cloned();
        let retries = ops.retries_left();
        let active = ops.degrade_steps_now().await?;
        let configured = !models.is_empty();
        let hour = Window::last(now, SignedDuration::from_hours(1));
        let (agents, wait) = (ops.by_agent(hour).await?, ops.queue_wait());
        let states: Vec<_> =
            models.iter().map(|model| (model.model.clone(), model.breaker, model.since)).collect();
        Ok(view! {
            <h1>"Models"</h1>
            {in_force(active, now)}
            <Panel title="Models, since the start of this process" id="models" aside=twins("models", "Models")>
                {if configured { table(models, now).into_any() } else { none().into_any() }}
            </Panel>
            {configured.then(|| view! {
                <Panel title="Their provider, retries, and work not done twice" id="shared">
                    {facts(provider, retries, ops.words_kept(), ops.flights_count())}
                </Panel>
            })}
            {own_time(agents, wait)}
            <Panel title="What their breakers did, 90 days" id="breakers" aside=twins("breakers", "Breakers")>
                {if changes.is_empty() {
                    view! {
                        <Empty title="No breaker has moved">
                            <p>"After five failures in a row a model is left alone for a while, then tried with one call. Every such change stays here for 90 days."</p>
                        </Empty>
                    }
                    .into_any()
                } else {
                    history(changes, states, now).into_any()
                }}
            </Panel>
            <p><a href="/cost">"Cost"</a> " · " <a href="/cost/policies">"Degrade"</a> " · " <a href="/health#provider">"Health of the provider"</a></p>
        })
    })
}

fn none() -> impl IntoView {
    view! {
        <Empty title="No language model is configured: the planners answer, for free">
            <p>"Set " <code>"[model]"</code> " in the configuration: name, base_url, api_key and both prices. Every call is then reserved before it leaves and settled after."</p>
        </Empty>
    }
}

fn table(models: Vec<ModelStatus>, now: Timestamp) -> impl IntoView {
    let line = move |model: ModelStatus| {
        let (state, word) = model.told(now);
        let failures: Vec<String> =
            model.failures.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let failures = if failures.is_empty() { "none".to_owned() } else { failures.join(", ") };
        view! {
            <tr>
                <td class="mono">{model.model}</td>
                <td><State tone=tone(state) word=word/></td>
                <td><At at=model.since now=now/></td>
                <td class="n">{count(model.calls)}</td>
                <td class="n">{count(model.opened)}</td>
                <td class="wrap">{failures}</td>
                <td class="n">{usd(model.input_usd_per_mtok)}</td>
                <td class="n">{usd(model.cached_input_usd_per_mtok)}</td>
                <td class="n">{usd(model.output_usd_per_mtok)}</td>
                <td class="mono">{model.price_version}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Models">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Model"</th><th scope="col">"State"</th><th scope="col">"Breaker since"</th>
                        <th scope="col" class="n">"Calls"</th><th scope="col" class="n">"Opened"</th><th scope="col">"Failures"</th>
                        <th scope="col" class="n">"In, $ per M"</th><th scope="col" class="n">"Cached in"</th>
                        <th scope="col" class="n">"Out"</th><th scope="col">"Price list"</th>
                    </tr>
                </thead>
                <tbody>{models.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn facts(
    provider: Option<ComponentHealth>,
    (left, most): (u64, u64),
    words: WordsKept,
    flights: FlightsCount,
) -> impl IntoView {
    let (state, word, detail) = match provider {
        Some(found) => (found.status.into(), found.status.as_str(), found.detail),
        None => (ops::overview::Tone::Unknown, "not checked yet", String::new()),
    };
    view! {
        <dl class="facts">
            <dt>"Provider"</dt><dd><State tone=tone(state) word=word/> " " <small>{detail}</small></dd>
            <dt>"Retries left"</dt><dd>{format!("{left} of {most}, for all models together; every fifth answered call earns one")}</dd>
            <dt>"Kept words"</dt><dd>{kept(words)}</dd>
            <dt>"Same person's requests"</dt><dd>{coalesced(flights)}</dd>
        </dl>
    }
}

/// Words paid once and given again to the same question of the same person.
pub fn kept(words: WordsKept) -> String {
    let asked = words.hits + words.misses;
    if asked == 0 {
        return "not asked for yet".to_owned();
    }
    let share = percent(words.hits as f64 / asked as f64);
    format!(
        "given again {} times, missing {} times ({share} hits); {} kept, {} pushed out",
        count(words.hits),
        count(words.misses),
        count(words.entries),
        count(words.evicted)
    )
}

/// Requests that found the same person's request under way.
pub fn coalesced(flights: FlightsCount) -> String {
    match flights.waited {
        0 => "none had to wait for another".to_owned(),
        waited => format!(
            "{} waited for another, {} of them were answered by what it had made",
            count(waited),
            count(flights.shared)
        ),
    }
}

/// What a change came to, for a line of a list.
pub fn words(change: &BreakerChange) -> (ops::overview::Tone, &'static str) {
    match change.to {
        BreakerState::Closed => (ops::overview::Tone::Ok, "answering again"),
        BreakerState::Open if change.from == BreakerState::HalfOpen => {
            (ops::overview::Tone::Bad, "left alone for longer")
        }
        BreakerState::Open => (ops::overview::Tone::Bad, "left alone"),
        BreakerState::HalfOpen => (ops::overview::Tone::Warn, "tried with one call"),
    }
}

fn history(
    changes: Vec<BreakerChange>,
    states: Vec<(String, BreakerState, Timestamp)>,
    now: Timestamp,
) -> impl IntoView {
    let line = move |change: BreakerChange| {
        let (state, word) = words(&change);
        let still = states.iter().any(|(model, breaker, since)| {
            *model == change.model
                && *breaker == change.to
                && since.as_millisecond() == change.at.as_millisecond()
        });
        let lasted = match change.lasted_ms {
            Some(ms) => duration(ms),
            None if still => {
                format!("{} so far", duration(now.as_millisecond() - change.at.as_millisecond()))
            }
            None => "unknown".to_owned(),
        };
        view! {
            <tr>
                <td><At at=change.at now=now/></td>
                <td class="mono">{change.model}</td>
                <td><State tone=tone(state) word=word/></td>
                <td>{format!("{} → {}", change.from.as_str(), change.to.as_str())}</td>
                <td>{change.cause}</td>
                <td class="n">{change.failures_in_row}</td>
                <td class="n">{lasted}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="What the breakers did">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"When"</th><th scope="col">"Model"</th><th scope="col">"It was"</th>
                        <th scope="col">"Breaker"</th><th scope="col">"Because of"</th>
                        <th scope="col" class="n">"Failures in a row"</th><th scope="col" class="n">"For"</th>
                    </tr>
                </thead>
                <tbody>{changes.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
        <p class="body">"Every process has breakers of its own, and a restart closes them: where the end was not seen, how long is unknown."</p>
    }
}

/// `0.2 s`, `12 s`, `4 min 10 s`, `3 h 05 min`.
fn duration(ms: i64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0 if ms < 100 => "< 0.1 s".to_owned(),
        ..10 => format!("{:.1} s", ms as f64 / 1e3),
        10..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_as_exact_as_it_is_short() {
        let told = [20, 200, 12_400, 250_000, 3_600_000 * 3 + 300_000].map(duration);
        assert_eq!(told, ["< 0.1 s", "0.2 s", "12 s", "4 min 10 s", "3 h 05 min"]);
    }

    #[test]
    fn what_was_never_asked_has_no_share() {
        assert_eq!(kept(WordsKept::default()), "not asked for yet");
        let words = WordsKept { hits: 1, misses: 3, evicted: 0, entries: 2 };
        assert_eq!(kept(words), "given again 1 times, missing 3 times (25 % hits); 2 kept, 0 pushed out");
    }
}
