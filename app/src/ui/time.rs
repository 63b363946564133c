//! Times as people read them: the clock of the day, and how long ago. UTC, and it says so.

use jiff::Timestamp;
use leptos::prelude::*;

/// `<time>` with the full instant as its machine-readable value and title.
#[component]
pub fn At(
    #[prop(into)] at: Timestamp,
    /// Now: decides whether the day is shown too.
    now: Timestamp,
) -> impl IntoView {
    let full = at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let same_day = at.strftime("%F").to_string() == now.strftime("%F").to_string();
    let shown = at.strftime(if same_day { "%H:%M:%S" } else { "%d %b %H:%M" }).to_string();
    view! { <time datetime=at.to_string() title=full>{shown}</time> }
}

/// `12 s`, `4 min`, `3 h`, `5 d`.
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs().max(0);
    match seconds {
        0..=89 => format!("{seconds} s"),
        90..=5_399 => format!("{} min", (seconds + 30) / 60),
        5_400..=172_799 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_grow_units() {
        let from: Timestamp = "2026-03-03T07:00:00Z".parse().unwrap();
        let after = |s: i64| span(from, from + jiff::SignedDuration::from_secs(s));
        assert_eq!([after(12), after(240), after(7200), after(500_000)], ["12 s", "4 min", "2 h", "5 d"]);
    }
}
