//! Whose use a rule counts together: each of its parts is one value, each value by itself, or not asked about.
//!
//! A person belongs to a tenant, a key to a tenant and a tier. So of tenant, tier, key and person the narrowest that is named says
//! who is counted, and a wider one with a value only chooses among them: `tier=free,person=*` counts each person, under rules for
//! keys of that tier. Agent and model are always part of what is counted.

use std::fmt;

use crate::access::Tier;
use crate::agent::Agent;
use crate::field_error::FieldError;
use crate::id::{TenantId, UserId};

/// Of a model's or key's name.
const LONGEST_NAME: usize = 128;
/// Stands for each.
const EACH: &str = "*";
/// Between the names of a subject; none of them can have it.
const BETWEEN: char = '\u{1f}';

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part<T> {
    /// Each value is counted by itself.
    Each,
    One(T),
}

/// An absent part: whatever its value is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    pub(super) tenant: Option<Part<TenantId>>,
    /// By its prefix.
    pub(super) key: Option<Part<String>>,
    pub(super) tier: Option<Part<Tier>>,
    pub(super) agent: Option<Part<Agent>>,
    pub(super) model: Option<Part<String>>,
    pub(super) person: Option<Part<(TenantId, UserId)>>,
}

/// A request, or a model call of one, as rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    pub tenant: &'a TenantId,
    /// Its prefix.
    pub key: &'a str,
    pub tier: Tier,
    pub agent: Agent,
    pub user: Option<&'a UserId>,
    /// `None` before one is chosen.
    pub model: Option<&'a str>,
}

/// Which parts make up a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shape {
    tenant: bool,
    key: bool,
    tier: bool,
    agent: bool,
    model: bool,
    person: bool,
}

/// Who is counted together, by the values of a [`Shape`]. It does not know the rule: whichever holds, the use is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    shape: Shape,
    tier: Option<Tier>,
    agent: Option<Agent>,
    /// Tenant, key, model and person, those of the shape.
    names: Box<str>,
}

/// The texts of a scope's parts, as forms and configuration have them: empty, `*` or a value.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopeTexts<'a> {
    pub tenant: &'a str,
    pub key: &'a str,
    pub tier: &'a str,
    pub agent: &'a str,
    pub model: &'a str,
    /// `tenant/user`.
    pub person: &'a str,
}

impl Scope {
    /// Each of what a narrower part says already is left out: `tenant=*,key=*` is `key=*`.
    ///
    /// # Errors
    /// Names the part that cannot be.
    pub fn of_texts(texts: &ScopeTexts<'_>) -> Result<Self, FieldError> {
        let person = part(texts.person, |text| {
            let fault = || FieldError::new("person", "must be TENANT/USER, or * for each person");
            let (tenant, user) = text.split_once('/').ok_or_else(fault)?;
            Ok((TenantId::parse(tenant).map_err(|_| fault())?, UserId::parse(user).map_err(|_| fault())?))
        })?;
        let agent = |text: &str| {
            let all = Agent::BOOKED.map(Agent::as_str).join(", ");
            Agent::parse(text)
                .ok_or_else(|| FieldError::new("agent", format!("must be one of {all}, or * for each agent")))
        };
        let mut scope = Self {
            tenant: part(texts.tenant, TenantId::parse)?,
            key: part(texts.key, |text| name("key", text))?,
            tier: part(texts.tier, Tier::parse)?,
            agent: part(texts.agent, agent)?,
            model: part(texts.model, |text| name("model", text))?,
            person,
        };
        if let (Some(Part::One(tenant)), Some(Part::One((of, _)))) = (&scope.tenant, &scope.person) {
            if tenant != of {
                return Err(FieldError::new("person", "must be of the tenant that the rule names"));
            }
            scope.tenant = None;
        }
        if scope.tenant == Some(Part::Each) && (scope.key.is_some() || scope.person.is_some()) {
            scope.tenant = None;
        }
        if scope.tier == Some(Part::Each) && scope.key.is_some() {
            scope.tier = None;
        }
        Ok(scope)
    }

    /// `tier=free,person=*`, in any order, each part once.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut texts = ScopeTexts::default();
        for part in text.split(',') {
            let (name, value) = part.split_once('=')?;
            let place = match name {
                "tenant" => &mut texts.tenant,
                "key" => &mut texts.key,
                "tier" => &mut texts.tier,
                "agent" => &mut texts.agent,
                "model" => &mut texts.model,
                "person" => &mut texts.person,
                _ => return None,
            };
            if value.is_empty() || !place.is_empty() {
                return None;
            }
            *place = value;
        }
        Self::of_texts(&texts).ok()
    }

    pub fn tenant(&self) -> Option<&Part<TenantId>> {
        self.tenant.as_ref()
    }

    pub fn key(&self) -> Option<&Part<String>> {
        self.key.as_ref()
    }

    pub fn tier(&self) -> Option<&Part<Tier>> {
        self.tier.as_ref()
    }

    pub fn agent(&self) -> Option<&Part<Agent>> {
        self.agent.as_ref()
    }

    pub fn model(&self) -> Option<&Part<String>> {
        self.model.as_ref()
    }

    pub fn person(&self) -> Option<&Part<(TenantId, UserId)>> {
        self.person.as_ref()
    }

    pub fn matches(&self, asking: &Asking<'_>) -> bool {
        is(self.tenant.as_ref(), Some(asking.tenant))
            && is(self.key.as_ref().map(as_str).as_ref(), Some(&asking.key))
            && is(self.tier.as_ref(), Some(&asking.tier))
            && is(self.agent.as_ref(), Some(&asking.agent))
            && is(self.model.as_ref().map(as_str).as_ref(), asking.model.as_ref())
            && match (&self.person, asking.user) {
                (None, _) | (Some(Part::Each), Some(_)) => true,
                (Some(Part::One((tenant, user))), Some(asked)) => tenant == asking.tenant && user == asked,
                (Some(_), None) => false,
            }
    }

    pub fn shape(&self) -> Shape {
        let (person, key) = (self.person.is_some(), self.key.is_some());
        let each_or_narrowest = |each: bool, named: bool, narrower: bool| if narrower { each } else { named };
        Shape {
            tenant: each_or_narrowest(self.tenant == Some(Part::Each), self.tenant.is_some(), person || key),
            key: each_or_narrowest(self.key == Some(Part::Each), key, person),
            tier: each_or_narrowest(self.tier == Some(Part::Each), self.tier.is_some(), person || key),
            agent: self.agent.is_some(),
            model: self.model.is_some(),
            person,
        }
    }

    /// How narrow it is, part by part: a value before each before not asked about; who before what.
    pub fn specificity(&self) -> [u8; 6] {
        [
            rank(self.person.as_ref()),
            rank(self.key.as_ref()),
            rank(self.tenant.as_ref()),
            rank(self.tier.as_ref()),
            rank(self.agent.as_ref()),
            rank(self.model.as_ref()),
        ]
    }

    /// Whether a request can match both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        meet(self.tenant.as_ref(), other.tenant.as_ref())
            && meet(self.key.as_ref(), other.key.as_ref())
            && meet(self.tier.as_ref(), other.tier.as_ref())
            && meet(self.agent.as_ref(), other.agent.as_ref())
            && meet(self.model.as_ref(), other.model.as_ref())
            && meet(self.person.as_ref(), other.person.as_ref())
            && meet(
                self.tenant_of_all().map(Part::One).as_ref(),
                other.tenant_of_all().map(Part::One).as_ref(),
            )
    }

    /// Whether every request that matches `other` matches this one too.
    pub(super) fn covers(&self, other: &Self) -> bool {
        cover(self.tenant.as_ref(), other.tenant.as_ref().or(other.tenant_of_all().map(Part::One).as_ref()))
            && cover(self.key.as_ref(), other.key.as_ref())
            && cover(self.tier.as_ref(), other.tier.as_ref())
            && cover(self.agent.as_ref(), other.agent.as_ref())
            && cover(self.model.as_ref(), other.model.as_ref())
            && cover(self.person.as_ref(), other.person.as_ref())
            && (self.person.is_none() || other.person.is_some())
            && (self.model.is_none() || other.model.is_some())
    }

    /// The one tenant that all it matches are of.
    fn tenant_of_all(&self) -> Option<TenantId> {
        match (&self.tenant, &self.person) {
            (Some(Part::One(tenant)), _) | (_, Some(Part::One((tenant, _)))) => Some(tenant.clone()),
            _ => None,
        }
    }

    /// Who is counted for this request; it must match.
    pub fn subject(&self, asking: &Asking<'_>) -> Subject {
        let shape = self.shape();
        let mut names = String::new();
        let mut push = |name: &str| {
            names.push_str(name);
            names.push(BETWEEN);
        };
        if shape.tenant {
            push(asking.tenant.as_str());
        }
        if shape.key {
            push(asking.key);
        }
        if let Some(model) = asking.model.filter(|_| shape.model) {
            push(model);
        }
        if let Some(user) = asking.user.filter(|_| shape.person) {
            push(asking.tenant.as_str());
            push(user.as_str());
        }
        Subject {
            shape,
            tier: shape.tier.then_some(asking.tier),
            agent: shape.agent.then_some(asking.agent),
            names: names.into_boxed_str(),
        }
    }
}

impl Subject {
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The tenant of the person who is counted; `None` where it is no person.
    pub fn tenant_of_person(&self) -> Option<&str> {
        // Tenant and user are the last names, each with its end.
        self.shape.person.then(|| self.names.rsplit(BETWEEN).nth(2)).flatten()
    }

    /// Each part by its name, `tenant=acme`, as a scope with this one subject is written.
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        let mut names = self.names.split(BETWEEN);
        let mut next = || names.next().unwrap_or_default().to_owned();
        let mut parts = Vec::new();
        if self.shape.tenant {
            parts.push(("tenant", next()));
        }
        if self.shape.key {
            parts.push(("key", next()));
        }
        parts.extend(self.tier.map(|tier| ("tier", tier.as_str().to_owned())));
        parts.extend(self.agent.map(|agent| ("agent", agent.to_string())));
        if self.shape.model {
            parts.push(("model", next()));
        }
        if self.shape.person {
            parts.push(("person", format!("{}/{}", next(), next())));
        }
        parts
    }
}

impl Shape {
    pub fn has_person(self) -> bool {
        self.person
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let person = self.person.as_ref().map(|part| match part {
            Part::Each => EACH.to_owned(),
            Part::One((tenant, user)) => format!("{tenant}/{user}"),
        });
        let parts = [
            ("tenant", self.tenant.as_ref().map(|part| text(part, TenantId::as_str))),
            ("key", self.key.as_ref().map(|part| text(part, String::as_str))),
            ("tier", self.tier.as_ref().map(|part| text(part, |tier| tier.as_str()))),
            ("agent", self.agent.as_ref().map(|part| text(part, |agent| agent.as_str()))),
            ("model", self.model.as_ref().map(|part| text(part, String::as_str))),
            ("person", person.as_deref()),
        ];
        let named = parts.iter().filter_map(|(name, value)| Some((name, (*value)?)));
        for (n, (name, value)) in named.enumerate() {
            write!(f, "{}{name}={value}", if n > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

fn text<'a, T>(part: &'a Part<T>, of: impl Fn(&'a T) -> &'a str) -> &'a str {
    match part {
        Part::Each => EACH,
        Part::One(value) => of(value),
    }
}

/// Empty: absent.
fn part<T>(text: &str, one: impl Fn(&str) -> Result<T, FieldError>) -> Result<Option<Part<T>>, FieldError> {
    match text.trim() {
        "" => Ok(None),
        EACH => Ok(Some(Part::Each)),
        value => one(value).map(|value| Some(Part::One(value))),
    }
}

fn name(field: &str, name: &str) -> Result<String, FieldError> {
    let fits =
        name.len() <= LONGEST_NAME && name.chars().all(|c| !c.is_control() && !c.is_whitespace() && c != ',');
    let fault =
        || FieldError::new(field, "must be 1 to 128 characters without blanks and commas, or * for each");
    fits.then(|| name.to_owned()).ok_or_else(fault)
}

fn as_str(part: &Part<String>) -> Part<&str> {
    match part {
        Part::Each => Part::Each,
        Part::One(name) => Part::One(name.as_str()),
    }
}

fn is<T: PartialEq>(part: Option<&Part<T>>, value: Option<&T>) -> bool {
    match part {
        None => true,
        Some(Part::Each) => value.is_some(),
        Some(Part::One(one)) => value == Some(one),
    }
}

fn rank<T>(part: Option<&Part<T>>) -> u8 {
    match part {
        None => 0,
        Some(Part::Each) => 1,
        Some(Part::One(_)) => 2,
    }
}

fn meet<T: PartialEq>(left: Option<&Part<T>>, right: Option<&Part<T>>) -> bool {
    match (left, right) {
        (Some(Part::One(left)), Some(Part::One(right))) => left == right,
        _ => true,
    }
}

fn cover<T: PartialEq>(wide: Option<&Part<T>>, narrow: Option<&Part<T>>) -> bool {
    match wide {
        Some(Part::One(wide)) => matches!(narrow, Some(Part::One(narrow)) if wide == narrow),
        _ => true,
    }
}
