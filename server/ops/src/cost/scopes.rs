//! The sums that one model call counts in, and which of them have a cap.
//!
//! Every call counts in all of them, capped or not: so a cap set at noon knows the morning, and editing one resets
//! nothing. The order is the same for everyone, so that two calls never wait for each other.

use domain::access::Tier;
use domain::agent::Agent;
use domain::cap::book::Book;
use domain::cap::{Amount, Rule, Window};
use domain::cost_day::CostDay;
use domain::ladder::Caps;
use domain::money::MicroUsd;
use jiff::Timestamp;

use super::LedgerRow;
use crate::config;

/// Of a small cap, the part up to which several calls may be in flight; past it one at a time.
const TOGETHER: f64 = 0.8;

/// One row of counters: a calendar day or month, and whose spending it sums.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Scope {
    /// `2026-03-03` or `2026-03`, in the cost zone.
    pub(crate) window: String,
    /// `global`, `agent:routine`, `user:tenant/id`.
    pub(crate) name: String,
}

impl Scope {
    pub(crate) fn is_persons(&self) -> bool {
        self.name.starts_with("user:")
    }
}

/// How the names of sums begin that are not people's, in as many letters as tell them apart: what `cost_counter_kind` is
/// sorted by.
pub(super) const KINDS: [&str; 6] = ["agen", "glob", "key:", "mode", "mont", "tier"];

/// A scope with its caps in micro-dollars; `None`: no cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) scope: Scope,
    /// For people: `global day`, `person month`.
    pub(crate) source: &'static str,
    /// For what is spent and likely.
    pub(crate) likely: Option<i64>,
    /// For what is spent and reserved.
    pub(crate) bound: Option<i64>,
    /// Past this only one call may be in flight.
    pub(crate) alone_past: Option<i64>,
    /// The caps are those of an essential agent, which go further than the others' in the same sum.
    pub(crate) essential: bool,
}

impl Limit {
    /// A lease is used only under the caps that it was taken under.
    pub(crate) fn same_caps(&self, other: &Self) -> bool {
        (self.likely, self.bound, self.alone_past) == (other.likely, other.bound, other.alone_past)
    }

    /// A small cap: of one person.
    pub(crate) fn is_persons(&self) -> bool {
        self.alone_past.is_some()
    }
}

/// The agents that keep their model beyond the budget, and what of the ceiling is set aside for them alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Essential {
    agents: Vec<Agent>,
    usd: MicroUsd,
}

impl Essential {
    pub(crate) fn new(config: &config::Cost) -> Self {
        Self { agents: config.essential_agents.clone(), usd: MicroUsd::from_usd(config.essential_usd) }
    }

    pub(crate) fn is(&self, agent: Agent) -> bool {
        self.agents.contains(&agent)
    }

    /// The global day's limits for an agent: for what is spent and likely, and for what is spent and held.
    fn global(&self, agent: Agent, caps: &Caps) -> (MicroUsd, MicroUsd) {
        // A ceiling lowered towards the budget leaves less to set aside.
        let aside = self.usd.min(caps.ceiling - caps.budget);
        if self.is(agent) { (caps.ceiling, caps.ceiling) } else { (caps.budget, caps.ceiling - aside) }
    }
}

pub(super) const GLOBAL: &str = "global";
pub(super) const GLOBAL_MONTH: &str = "month:global";
pub(super) const GLOBAL_DAY: &str = "global day";

/// The sum of everything in a day.
pub(super) fn global(day: &CostDay) -> Scope {
    Scope { window: day.key(), name: GLOBAL.to_owned() }
}

/// All sums of a call, in the order they are locked, each with the cap that holds for it now. `date`: the day it counts on.
pub(crate) fn limits(
    call: &LedgerRow,
    date: String,
    book: &Book,
    now: Timestamp,
    essential: &Essential,
) -> Vec<Limit> {
    let (likely, bound) = essential.global(call.agent, &book.ladder(now));
    let month = date[..7].to_owned();
    let tier = call.tier;
    let model = call.model.as_deref().unwrap_or("unknown");
    let hard = |window: &String, name: String, source, rule: &Rule| Limit {
        scope: Scope { window: window.clone(), name },
        source,
        likely: None,
        bound: capped(book.holds(rule, tier, now)),
        alone_past: None,
        essential: false,
    };
    let mut limits = vec![
        Limit {
            scope: Scope { window: date.clone(), name: GLOBAL.to_owned() },
            source: GLOBAL_DAY,
            likely: Some(likely.0),
            bound: Some(bound.0),
            alone_past: None,
            essential: essential.is(call.agent),
        },
        hard(&month, GLOBAL_MONTH.to_owned(), "global month", &Rule::Month),
        hard(&date, format!("agent:{}", call.agent), "agent day", &Rule::Agent(Some(call.agent))),
        hard(&date, format!("key:{}", call.key_prefix), "key day", &Rule::Key(Some(call.key_prefix.clone()))),
        hard(&date, format!("model:{model}"), "model day", &Rule::Model(Some(model.to_owned()))),
        hard(&date, format!("tier:{}", tier.as_str()), "tier day", &Rule::Tier(tier)),
    ];
    if let Some(user) = &call.user {
        let name = format!("user:{}/{user}", call.tenant);
        let holds = |window| book.holds(&Rule::Person(call.tenant.clone(), user.clone(), window), tier, now);
        limits.push(small(date, name.clone(), "person day", holds(Window::Day)));
        limits.push(small(month, name, "person month", holds(Window::Month)));
    }
    limits.sort_by(|left, right| left.scope.cmp(&right.scope));
    limits
}

/// The sums of everybody that calls of `agent` can count in: with every tier, and with each of these keys (`key:hk_…`).
pub(super) fn service_limits(
    agent: Agent,
    keys: &[String],
    day: &CostDay,
    book: &Book,
    now: Timestamp,
    essential: &Essential,
) -> Vec<Limit> {
    let (likely, _) = essential.global(agent, &book.ladder(now));
    let date = day.key();
    let limit = |window: &str, name: String, source, most: Option<i64>| Limit {
        scope: Scope { window: window.to_owned(), name },
        source,
        likely: most,
        bound: None,
        alone_past: None,
        essential: false,
    };
    let holds = |rule: &Rule, tier| capped(book.holds(rule, tier, now));
    let free = Tier::Free;
    let mut limits = vec![
        limit(&date, GLOBAL.to_owned(), GLOBAL_DAY, Some(likely.0)),
        limit(&date[..7], GLOBAL_MONTH.to_owned(), "global month", holds(&Rule::Month, free)),
        limit(&date, format!("agent:{agent}"), "agent day", holds(&Rule::Agent(Some(agent)), free)),
    ];
    limits.extend(Tier::ALL.map(|tier| {
        limit(&date, format!("tier:{}", tier.as_str()), "tier day", holds(&Rule::Tier(tier), tier))
    }));
    limits.extend(keys.iter().map(|name| {
        let prefix = name.trim_start_matches("key:").to_owned();
        limit(&date, name.clone(), "key day", holds(&Rule::Key(Some(prefix)), free))
    }));
    limits
}

/// A cap below the worst case of one call: judged by what is likely (mechanism 1 of the ledger).
fn small(window: String, name: String, source: &'static str, amount: Amount) -> Limit {
    let likely = capped(amount);
    Limit {
        scope: Scope { window, name },
        source,
        likely,
        bound: None,
        alone_past: likely.map(|most| (most as f64 * TOGETHER).round() as i64),
        essential: false,
    }
}

fn capped(amount: Amount) -> Option<i64> {
    amount.most().map(|most| most.0)
}
