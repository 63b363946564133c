//! `[limits]`: how often, how much and how much at once agents and models may be asked.

use domain::access::Tier;
use domain::agent::Agent;
use domain::field_error::FieldError;
use domain::limit::scope::ScopeTexts;
use domain::limit::{Quota, Resource, Rule, Scope, Window};
use serde::Deserialize;

/// 0 stands for no such limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub enabled: bool,
    pub key_per_minute: u32,
    pub person_parallel: u32,
    pub key_parallel: u32,
    pub key_tokens_per_minute: u32,
    /// Beside those that have a setting of their own.
    #[serde(default)]
    pub rules: Vec<LimitRules>,
    pub free: TierLimits,
    pub premium: TierLimits,
    pub admin: TierLimits,
}

/// Of one person, by the tier of the key that asks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierLimits {
    pub behavior_per_hour: u32,
    pub routine_per_hour: u32,
    pub nutrition_per_hour: u32,
    pub insights_per_hour: u32,
    /// Of apps' own chats.
    pub chat_per_hour: u32,
    /// Of each other agent.
    pub other_per_hour: u32,
    /// Of model calls for all agents and chats together.
    pub tokens_per_minute: u32,
    pub tokens_per_day: u32,
}

/// Rules of one scope.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitRules {
    pub tenant: String,
    pub key: String,
    pub tier: String,
    pub agent: String,
    pub model: String,
    pub person: String,
    pub requests_per_second: Option<u32>,
    pub requests_per_minute: Option<u32>,
    pub requests_per_hour: Option<u32>,
    pub requests_per_day: Option<u32>,
    pub tokens_per_second: Option<u32>,
    pub tokens_per_minute: Option<u32>,
    pub tokens_per_hour: Option<u32>,
    pub tokens_per_day: Option<u32>,
    pub parallel_requests: Option<u32>,
}

impl LimitRules {
    /// # Errors
    /// Names the setting that cannot be.
    pub fn read(&self) -> Result<Vec<(Rule, Quota)>, FieldError> {
        let scope = Scope::of_texts(&ScopeTexts {
            tenant: &self.tenant,
            key: &self.key,
            tier: &self.tier,
            agent: &self.agent,
            model: &self.model,
            person: &self.person,
        })?;
        let quotas = [
            ("requests_per_second", self.requests_per_second, Resource::Requests, Some(Window::Second)),
            ("requests_per_minute", self.requests_per_minute, Resource::Requests, Some(Window::Minute)),
            ("requests_per_hour", self.requests_per_hour, Resource::Requests, Some(Window::Hour)),
            ("requests_per_day", self.requests_per_day, Resource::Requests, Some(Window::Day)),
            ("tokens_per_second", self.tokens_per_second, Resource::Tokens, Some(Window::Second)),
            ("tokens_per_minute", self.tokens_per_minute, Resource::Tokens, Some(Window::Minute)),
            ("tokens_per_hour", self.tokens_per_hour, Resource::Tokens, Some(Window::Hour)),
            ("tokens_per_day", self.tokens_per_day, Resource::Tokens, Some(Window::Day)),
            ("parallel_requests", self.parallel_requests, Resource::Parallel, None),
        ];
        let mut rules = Vec::new();
        for (name, quota, resource, window) in quotas {
            if let Some(quota) = quota {
                let quota = Quota::parse(name, u64::from(quota))?;
                rules.push((Rule::new(resource, window, scope.clone())?, quota));
            }
        }
        if rules.is_empty() {
            return Err(FieldError::new(
                "requests_per_minute",
                "or another quota must be set: the rule has none",
            ));
        }
        Ok(rules)
    }
}

impl Limits {
    pub fn tier(&self, tier: Tier) -> &TierLimits {
        match tier {
            Tier::Free => &self.free,
            Tier::Premium => &self.premium,
            Tier::Admin => &self.admin,
        }
    }
}

impl TierLimits {
    pub fn per_hour(&self, agent: Agent) -> u32 {
        match agent {
            Agent::Behavior => self.behavior_per_hour,
            Agent::Routine => self.routine_per_hour,
            Agent::Nutrition => self.nutrition_per_hour,
            Agent::Insights => self.insights_per_hour,
            Agent::Chat => self.chat_per_hour,
            Agent::Orchestrator | Agent::Circadian | Agent::Memory => self.other_per_hour,
        }
    }
}

/// What the configuration gives to every rule: those with a setting of their own, then the free ones.
pub(crate) fn defaults(config: &super::Config) -> Vec<(Rule, Quota)> {
    let mut all = named(config);
    // What cannot be read stopped the start.
    all.extend(config.limits.rules.iter().filter_map(|rules| rules.read().ok()).flatten());
    all
}

/// Those with a setting of their own.
fn named(config: &super::Config) -> Vec<(Rule, Quota)> {
    let (limits, minute) = (&config.limits, Some(Window::Minute));
    let rule = |resource, window, texts: ScopeTexts<'_>, quota: u32| {
        let rule = Scope::of_texts(&texts).and_then(|scope| Rule::new(resource, window, scope));
        // All of them can be: a test reads them.
        rule.ok().map(|rule| (rule, Quota::of(quota)))
    };
    let person = ScopeTexts { person: "*", ..ScopeTexts::default() };
    let key = ScopeTexts { key: "*", ..ScopeTexts::default() };
    let mut all = vec![
        rule(Resource::Requests, minute, person, config.agents.per_user_per_minute),
        rule(Resource::Requests, minute, key, limits.key_per_minute),
        rule(Resource::Tokens, minute, key, limits.key_tokens_per_minute),
        rule(Resource::Parallel, None, person, limits.person_parallel),
        rule(Resource::Parallel, None, key, limits.key_parallel),
    ];
    for tier in Tier::ALL {
        let (of, each) = (limits.tier(tier), ScopeTexts { tier: tier.as_str(), ..person });
        for agent in Agent::BOOKED {
            let each = ScopeTexts { agent: agent.as_str(), ..each };
            all.push(rule(Resource::Requests, Some(Window::Hour), each, of.per_hour(agent)));
        }
        all.push(rule(Resource::Tokens, minute, each, of.tokens_per_minute));
        all.push(rule(Resource::Tokens, Some(Window::Day), each, of.tokens_per_day));
    }
    all.into_iter().flatten().collect()
}

/// What is wrong with the free rules: the setting, dotted, and why.
pub(super) fn faults(config: &super::Config) -> Vec<(String, String)> {
    let named: Vec<Rule> = named(config).into_iter().map(|(rule, _)| rule).collect();
    let (mut faults, mut seen) = (Vec::new(), Vec::new());
    for (n, rules) in config.limits.rules.iter().enumerate() {
        let place = format!("limits.rules[{n}]");
        match rules.read() {
            Err(fault) => faults.push((format!("{place}.{}", fault.field), fault.detail)),
            Ok(rules) => {
                for (rule, _) in rules {
                    if named.contains(&rule) {
                        faults.push((
                            place.clone(),
                            format!("is {rule}, which has a setting of its own: change that"),
                        ));
                    } else if seen.contains(&rule) {
                        faults.push((place.clone(), format!("is {rule}, as a rule before it")));
                    } else {
                        seen.push(rule);
                    }
                }
            }
        }
    }
    faults
}
