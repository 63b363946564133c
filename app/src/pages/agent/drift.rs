//! Whether an agent's fresh answers are spread as in the window before: each feature with its index, both distributions drawn and said.

use domain::drift::{LARGE, LEAST, MODERATE, Verdict};
use leptos::prelude::*;
use ops::agent_quality::{Bin, FeatureDrift};
use ops::charts::pairs;
use ops::telemetry::Window;

use crate::pages::overview::Legend;
use crate::ui::figures::{count, percent};
use crate::ui::panel::{Empty, Panel};
use crate::ui::state::{State, Tone};
use crate::ui::twins::twins;

pub(super) fn panel(
    drift: Vec<FeatureDrift>,
    (now, before): (u64, u64),
    hours: Window,
    hours_before: Window,
) -> impl IntoView {
    let shown = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M").to_string();
    let windows = format!(
        "{} fresh answers since {} UTC, beside {} from {} to then. Answers from memory are not counted again.",
        count(now),
        shown(hours.from),
        count(before),
        shown(hours_before.from)
    );
    let rule = format!(
        "Population stability index: below {MODERATE} stable, from {MODERATE} moved, from {LARGE} drifted; with fewer than {LEAST} on a side, or when chance alone would do as much once in a hundred times, it is not enough to say. One person asked often counts often."
    );
    let legend = vec![
        ("before".to_owned(), ops::charts::Tone::Muted.variable()),
        ("now".to_owned(), ops::charts::Tone::Accent.variable()),
    ];
    let none = drift.is_empty();
    let aside = view! { <Legend lines=legend/> {twins("drift", "Drift")} }.into_any();
    view! {
        <Panel title="Drift of its outputs, worst first" id="drift" aside=aside>
            {if none {
                view! {
                    <Empty title="It makes no answers of its own">
                        <p>"Memories are recalled as they were learned; what the other agents made of a person is compared on their pages."</p>
                    </Empty>
                }
                .into_any()
            } else {
                view! {
                    {table(drift)}
                    <div class="body">
                        <p><small>{windows}</small></p>
                        <p><small>{rule}</small></p>
                    </div>
                }
                .into_any()
            }}
        </Panel>
    }
}

fn table(drift: Vec<FeatureDrift>) -> impl IntoView {
    let line = |feature: FeatureDrift| {
        let picture = pairs(&feature.bins.iter().map(|bin| (bin.before, bin.now)).collect::<Vec<_>>());
        let index = feature.psi.map_or_else(|| "–".to_owned(), |psi| format!("{psi:.2}"));
        let chance = feature.chance.map_or_else(|| "–".to_owned(), |chance| format!("{chance:.2}"));
        view! {
            <tr>
                <th scope="row" class="wrap">{feature.title}</th>
                <td><State tone=tone(feature.verdict) word=feature.verdict.as_str()/></td>
                <td class="n">{index}</td>
                <td class="n">{chance}</td>
                <td class="n">{count(feature.before)}</td>
                <td class="n">{count(feature.now)}</td>
                <td inner_html=picture></td>
                <td class="wrap"><small>{in_words(&feature)}</small></td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Drift of its outputs">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"What is counted"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="n">"Index"</th>
                        <th scope="col" class="n">"By chance"</th>
                        <th scope="col" class="n">"Before"</th>
                        <th scope="col" class="n">"Now"</th>
                        <th scope="col">"Drawn"</th>
                        <th scope="col">"In words"</th>
                    </tr>
                </thead>
                <tbody>{drift.into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::NotEnough => Tone::Unknown,
        Verdict::Stable => Tone::Ok,
        Verdict::Moved => Tone::Warn,
        Verdict::Drifted => Tone::Bad,
    }
}

/// `30–59: 60 % → 13 %; …`; of a side without anything nothing is said.
fn in_words(feature: &FeatureDrift) -> String {
    if feature.bins.is_empty() {
        return "never seen".to_owned();
    }
    let share = |count: u64, of: u64| {
        if of == 0 { "–".to_owned() } else { percent(count as f64 / of as f64) }
    };
    let bin = |bin: &Bin| {
        format!("{}: {} → {}", bin.bin, share(bin.before, feature.before), share(bin.now, feature.now))
    };
    feature.bins.iter().map(bin).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_are_said_and_nothing_of_nothing() {
        let bins = vec![
            Bin { bin: "0".to_owned(), before: 0, now: 1 },
            Bin { bin: "1".to_owned(), before: 0, now: 3 },
        ];
        let mut feature = FeatureDrift {
            feature: "x",
            title: "X",
            verdict: Verdict::NotEnough,
            psi: None,
            chance: None,
            before: 0,
            now: 4,
            bins,
        };
        assert_eq!(in_words(&feature), "0: – → 25 %; 1: – → 75 %");
        feature.bins.clear();
        assert_eq!(in_words(&feature), "never seen");
    }
}
