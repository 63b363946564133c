//! The releases an agent answered under, what each changed, and the words of the prompt that this build sends.

use domain::agent::Agent;
use leptos::prelude::*;
use ops::agent_quality::{AgentRelease, PromptNow, PromptPart};
use ops::cost::DegradePolicy;
use ops::telemetry::Window;

use super::requests;
use crate::pages::policies::{change_link, lines};
use crate::ui::figures::{count, duration_us, percent};
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::twins::twins;

pub(super) fn panels(
    agent: Agent,
    releases: Vec<AgentRelease>,
    prompt: Option<PromptNow>,
    models: Vec<String>,
    policy: Option<DegradePolicy>,
    window: Window,
) -> impl IntoView {
    let none = releases.is_empty();
    view! {
        <Panel title="By release" id="releases" aside=twins("releases", "Releases")>
            {if none {
                view! {
                    <Empty title="It answered under no release in this window">
                        <p>"Each release that it answers under gets a line: what differs from the one before, and how it went. " <a href="/releases">"All releases"</a></p>
                    </Empty>
                }
                .into_any()
            } else {
                table(agent, releases, window).into_any()
            }}
        </Panel>
        <Panel title="Model, policy and prompt now">
            {match prompt {
                None => view! {
                    <Empty title="No model writes for this agent">
                        <p>"What it says is the planner's, or was learned from others."</p>
                    </Empty>
                }
                .into_any(),
                Some(prompt) => sent(agent, prompt, models, policy).into_any(),
            }}
        </Panel>
    }
}

/// `3 % · 1 of 30`, or that there was nothing.
fn share(part: u64, of: u64) -> String {
    match of {
        0 => "nothing measured yet".to_owned(),
        of => format!("{} · {} of {}", percent(part as f64 / of as f64), count(part), count(of)),
    }
}

fn table(agent: Agent, releases: Vec<AgentRelease>, window: Window) -> impl IntoView {
    let line = move |it: AgentRelease| {
        let made = match it.made_at {
            Some(at) => format!("made {}", at.strftime("%Y-%m-%d %H:%M UTC")),
            None => "not among the last 200 releases".to_owned(),
        };
        let differs = match (&it.before, it.differs.is_empty()) {
            (None, _) => "none known before it".to_owned(),
            (Some(before), true) => format!("nothing that is known, from {before}"),
            (Some(before), false) => format!("from {before}: {}", it.differs.join(", ")),
        };
        let seen = match (it.prompts.is_empty(), it.models.is_empty()) {
            (true, true) => "no model replied".to_owned(),
            _ => format!("{} by {}", it.prompts.join(", "), it.models.join(", ")),
        };
        let degraded = match it.degraded_rate {
            None => "nothing measured yet".to_owned(),
            Some(rate) => format!("{} · {}", percent(rate), count(it.degraded)),
        };
        let of_it = format!("&release={}", it.release);
        view! {
            <tr>
                <th scope="row">
                    <span class="mono">{it.release.clone()}</span>
                    {it.served.then(|| view! { " " <State tone=Tone::Ok word="served"/> })}
                    <br/>
                    <small>{made}</small>
                </th>
                <td class="wrap">{it.note} <br/> <small>{differs}</small></td>
                <td class="wrap"><small class="mono">{seen}</small></td>
                <td class="n"><a href=requests(agent, window, &of_it)>{count(it.requests)}</a></td>
                <td class="n">{it.p95_us.map_or_else(|| "–".to_owned(), |us| duration_us(us as f64))}</td>
                <td class="n"><a href=requests(agent, window, &format!("{of_it}&degraded=1"))>{degraded}</a></td>
                <td class="n">{share(it.words_refused, it.words)}</td>
                <td class="n">{share(it.plans_refused, it.plans)}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="By release">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Release"</th>
                        <th scope="col">"Why, and what differs"</th>
                        <th scope="col">"Prompt and model, as seen"</th>
                        <th scope="col" class="n">"Requests"</th>
                        <th scope="col" class="n">"p95"</th>
                        <th scope="col" class="n">"Degraded"</th>
                        <th scope="col" class="n">"Words refused"</th>
                        <th scope="col" class="n">"Plans refused"</th>
                    </tr>
                </thead>
                <tbody>{releases.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn sent(
    agent: Agent,
    prompt: PromptNow,
    models: Vec<String>,
    policy: Option<DegradePolicy>,
) -> impl IntoView {
    let model = if models.is_empty() {
        "none configured: the planner answers".to_owned()
    } else {
        models.join(", then ")
    };
    let part = |part: PromptPart| {
        view! { <dt>{part.archetype.unwrap_or("Everybody")}</dt><dd>{part.text}</dd> }
    };
    view! {
        <dl class="facts">
            <dt>"Model"</dt><dd>{model}</dd>
            <dt>"Gives up"</dt>
            <dd>{lines(policy.map(|policy| policy.words).unwrap_or_default())} <a href=change_link(agent)>"Its policy"</a></dd>
            <dt>"Prompt"</dt><dd class="mono">{prompt.label}</dd>
        </dl>
        <div class="body">
            <p><small>
                "The words of this build, whoever an answer is for; what is known of the person and the planner's draft follow them and are not shown. An archetype's paragraph goes to its people only."
            </small></p>
            <details>
                <summary>"The words of the prompt"</summary>
                <dl class="facts">{prompt.parts.into_iter().map(part).collect_view()}</dl>
            </details>
        </div>
    }
}
