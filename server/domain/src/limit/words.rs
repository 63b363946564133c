//! A rule in words: for people who run the service, and for apps, whom it names nobody.

use super::{Part, Quota, Resource, Rule, Window};

impl Rule {
    /// For the console: `behavior requests an hour, each person of tier free`. Names whom it is of.
    pub fn words(&self) -> String {
        format!("{} {}, {}", self.what(), self.span(), self.whom(true))
    }

    /// For apps, pages of everybody and logs: `3 behavior requests an hour for one person of tier free`. Names no tenant, key or
    /// person.
    pub fn told(&self, quota: Quota) -> String {
        format!("{quota} {} {} for {}", self.what(), self.span(), self.whom(false))
    }

    /// Likewise without a quota: `behavior requests an hour, one person of tier free`.
    pub fn nameless(&self) -> String {
        format!("{} {}, {}", self.what(), self.span(), self.whom(false))
    }

    fn what(&self) -> String {
        let agent = match &self.scope.agent {
            None => "agent",
            Some(Part::Each) => "one agent's",
            Some(Part::One(agent)) => agent.as_str(),
        };
        if self.resource != Resource::Tokens {
            return format!("{agent} requests");
        }
        let mut words =
            if self.scope.agent.is_some() { format!("{agent} tokens") } else { "tokens".to_owned() };
        match &self.scope.model {
            None => {}
            Some(Part::Each) => words.push_str(" of one model"),
            Some(Part::One(model)) => {
                words.push_str(" of the model ");
                words.push_str(model);
            }
        }
        words
    }

    fn span(&self) -> &'static str {
        match self.window {
            None => "at the same time",
            Some(Window::Second) => "a second",
            Some(Window::Minute) => "a minute",
            Some(Window::Hour) => "an hour",
            Some(Window::Day) => "a day",
        }
    }

    fn whom(&self, named: bool) -> String {
        let each = if named { "each" } else { "one" };
        let one =
            |kind: &str, name: &str| if named { format!("{kind} {name}") } else { format!("one {kind}") };
        let scope = &self.scope;
        let mut words = Vec::new();
        words.extend(scope.person.as_ref().map(|part| match part {
            Part::Each => format!("{each} person"),
            Part::One((tenant, user)) => one("person", &format!("{tenant}/{user}")),
        }));
        words.extend(scope.key.as_ref().map(|part| match part {
            Part::Each => format!("{each} key"),
            Part::One(prefix) => one("key", prefix),
        }));
        words.extend(scope.tenant.as_ref().map(|part| match part {
            Part::Each => format!("{each} tenant"),
            Part::One(tenant) => one("tenant", tenant.as_str()),
        }));
        words.extend(scope.tier.as_ref().map(|part| match part {
            Part::Each => format!("{each} tier"),
            Part::One(tier) => format!("tier {}", tier.as_str()),
        }));
        if words.is_empty() { "all together".to_owned() } else { words.join(" of ") }
    }
}
