use super::book::Book;
use super::index::Index;
use super::scope::ScopeTexts;
use super::*;
use crate::access::Tier;
use crate::agent::Agent;
use crate::id::{TenantId, UserId};
use proptest::prelude::*;

fn read(text: &str) -> Rule {
    Rule::parse(text).unwrap()
}

/// Rules of any kind.
pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    rule_of("[A-Za-z0-9_-]{1,12}", "[a-z0-9:/@._=-]{1,20}")
}

/// Rules whose names repeat, so that many of them meet.
pub(crate) fn near_rule() -> impl Strategy<Value = Rule> {
    rule_of("[ab]", "[ab]")
}

/// An absent part half of the time.
fn part(one: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    prop_oneof![2 => Just(String::new()), 1 => Just("*".to_owned()), 2 => one].boxed()
}

fn rule_of(id: &'static str, name: &'static str) -> impl Strategy<Value = Rule> {
    let tier = prop::sample::select(Tier::ALL.map(|tier| tier.as_str().to_owned()).to_vec());
    let agent = prop::sample::select(["routine", "chat"].map(str::to_owned).to_vec());
    let person = (id, id).prop_map(|(tenant, user)| format!("{tenant}/{user}"));
    let scope = (part(id), part(name), part(tier), part(agent), part(name), part(person));
    let kind =
        (prop::sample::select(Resource::ALL.to_vec()), prop::sample::select(Window::ALL[1..3].to_vec()));
    (kind, scope).prop_filter_map(
        "no such scope",
        |((resource, window), (tenant, key, tier, agent, model, person))| {
            let model = if resource == Resource::Tokens { model } else { String::new() };
            let texts = ScopeTexts {
                tenant: &tenant,
                key: &key,
                tier: &tier,
                agent: &agent,
                model: &model,
                person: &person,
            };
            let window = (resource != Resource::Parallel).then_some(window);
            Rule::new(resource, window, Scope::of_texts(&texts).ok()?).ok()
        },
    )
}

fn quota() -> impl Strategy<Value = Quota> {
    (0_u32..4).prop_map(Quota::of)
}

fn book() -> impl Strategy<Value = Book> {
    let some = || prop::collection::btree_map(near_rule(), quota(), 0..8);
    (some(), some()).prop_map(|(defaults, set)| Book { defaults, set })
}

/// Tenant, key, tier, agent, person and model.
type Request = (TenantId, &'static str, Tier, Agent, Option<UserId>, Option<&'static str>);

/// Every request of a small world.
fn world() -> Vec<Request> {
    let mut all = Vec::new();
    for tenant in ["a", "b"] {
        for key in ["a", "b"] {
            for tier in Tier::ALL {
                for agent in [Agent::Routine, Agent::Chat] {
                    for user in [None, Some("a"), Some("b")] {
                        for model in [None, Some("a"), Some("b")] {
                            let user = user.map(|user| UserId::parse(user).unwrap());
                            all.push((TenantId::parse(tenant).unwrap(), key, tier, agent, user, model));
                        }
                    }
                }
            }
        }
    }
    all
}

fn with_each(mut look: impl FnMut(&Asking<'_>)) {
    for (tenant, key, tier, agent, user, model) in &world() {
        let asking = Asking { tenant, key, tier: *tier, agent: *agent, user: user.as_ref(), model: *model };
        look(&asking);
    }
}

#[test]
fn a_rule_says_whom_it_is_of() {
    let cases = [
        (
            "requests:minute:person=*",
            "agent requests a minute, each person",
            "60 agent requests a minute for one person",
        ),
        (
            "requests:hour:tier=free,agent=behavior,person=*",
            "behavior requests an hour, each person of tier free",
            "60 behavior requests an hour for one person of tier free",
        ),
        (
            "parallel:key=hk_1",
            "agent requests at the same time, key hk_1",
            "60 agent requests at the same time for one key",
        ),
        (
            "tokens:day:model=llama3:8b,person=acme/u",
            "tokens of the model llama3:8b a day, person acme/u",
            "60 tokens of the model llama3:8b a day for one person",
        ),
        (
            "tokens:second:tenant=acme,agent=*",
            "one agent's tokens a second, tenant acme",
            "60 one agent's tokens a second for one tenant",
        ),
        ("requests:day", "agent requests a day, all together", "60 agent requests a day for all together"),
    ];
    for (text, words, told) in cases {
        let rule = read(text);
        assert_eq!(
            (rule.to_string(), rule.words(), rule.told(Quota::of(60))),
            (text.into(), words.into(), told.into())
        );
    }
}

#[test]
fn what_is_no_rule_is_refused_and_not_repeated() {
    for text in [
        "",
        "requests",
        "requests:",
        "requests:month",
        "parallel:minute:key=*",
        "parallel:",
        "requests:minute:",
        "requests:minute:person=",
        "requests:minute:person=alone",
        "requests:minute:model=m",
        "requests:minute:tier=gold",
        "requests:minute:agent=hero",
        "requests:minute:key=*,key=a",
        "requests:minute:color=red",
        "requests:minute:tenant=b,person=a/u",
        "tokens:minute:model=a b",
    ] {
        let refused = Rule::parse(text).unwrap_err();
        assert_eq!(refused.field, "rule", "{text}");
        assert!(!refused.detail.contains("gold") && !refused.detail.contains("hero"));
    }
    for (text, same) in [
        ("requests:minute:person=*,tier=free", "requests:minute:tier=free,person=*"),
        ("requests:minute:tenant=*,person=*", "requests:minute:person=*"),
        ("requests:minute:tenant=*,tier=*,key=*", "requests:minute:key=*"),
        ("requests:minute:tenant=a,person=a/u", "requests:minute:person=a/u"),
        ("requests:minute:tier=*,person=*", "requests:minute:tier=*,person=*"),
    ] {
        assert_eq!(read(text).to_string(), same);
    }
    assert_eq!(Quota::parse("quota", 1_000_000_001).unwrap_err().field, "quota");
    assert!(Quota::parse("quota", 0) == Ok(Quota::NoLimit) && Quota::NoLimit > Quota::of(u32::MAX));
}

#[test]
fn the_narrowest_of_those_that_count_the_same_holds() {
    let rules = [
        "requests:minute:person=*",
        "requests:minute:tier=free,person=*",
        "requests:minute:key=k,person=*",
        "requests:minute:person=a/u",
        "requests:minute:agent=chat,person=*",
        "requests:minute:tenant=a,tier=free",
        "requests:hour:person=*",
    ];
    let all: Vec<Rule> = rules.iter().map(|text| read(text)).collect();
    let (a, u, v) = (TenantId::parse("a").unwrap(), UserId::parse("u").unwrap(), UserId::parse("v").unwrap());
    let holding = |key, tier, agent, user| {
        let book =
            Book { set: all.iter().map(|rule| (rule.clone(), Quota::of(1))).collect(), ..Book::default() };
        let asking = Asking { tenant: &a, key, tier, agent, user, model: None };
        book.holding(&asking).values().map(|(rule, _)| rule.to_string()).collect::<Vec<_>>()
    };
    let of = |numbers: &[usize]| {
        let mut texts: Vec<_> = numbers.iter().map(|n| rules[*n].to_owned()).collect();
        texts.sort();
        texts
    };
    let sorted = |mut texts: Vec<String>| {
        texts.sort();
        texts
    };
    assert_eq!(sorted(holding("k2", Tier::Admin, Agent::Routine, Some(&v))), of(&[0, 6]));
    assert_eq!(sorted(holding("k2", Tier::Free, Agent::Routine, Some(&v))), of(&[1, 5, 6]));
    assert_eq!(sorted(holding("k", Tier::Free, Agent::Chat, Some(&v))), of(&[2, 4, 5, 6]));
    assert_eq!(sorted(holding("k", Tier::Admin, Agent::Routine, Some(&u))), of(&[3, 6]));
    assert_eq!(sorted(holding("k", Tier::Admin, Agent::Routine, None)), of(&[]));
}

proptest! {
    #[test]
    fn a_rule_is_read_as_it_was_written(rule in rule()) {
        prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,40}") {
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
        }
    }

    #[test]
    fn near_texts_do_not_break_it_either(text in "(requests|tokens|parallel)(:(minute|day))?(:((tenant|key|tier|agent|model|person)=[*a/:=]{0,3},?){0,3})?") {
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
        }
    }

    /// Two rules of one family that match the same request are never equally specific.
    #[test]
    fn one_rule_of_a_family_holds(rules in prop::collection::btree_set(near_rule(), 2..10)) {
        with_each(|asking| {
            let matching: Vec<_> = rules.iter().filter(|rule| rule.scope().matches(asking)).collect();
            for (n, left) in matching.iter().enumerate() {
                for right in &matching[n + 1..] {
                    assert!(left.family() != right.family() || left.scope().specificity() != right.scope().specificity());
                    if left.family() == right.family() {
                        assert_eq!(left.scope().subject(asking), right.scope().subject(asking), "{left} {right}");
                    }
                }
            }
        });
    }

    #[test]
    fn the_index_finds_what_the_plain_way_finds(book in book()) {
        let index = Index::new(book.rules().into_iter().map(|(rule, quota)| (rule.clone(), quota)));
        with_each(|asking| {
            let plain: Vec<_> = book.holding(asking).into_values().map(|(rule, quota)| (rule.clone(), quota)).collect();
            let fast: Vec<_> = index.holding(asking, |_| true).map(|(rule, quota)| (rule.clone(), *quota)).collect();
            assert_eq!(fast, plain);
        });
    }

    /// A change that is no raise lets nothing more through, for nobody; one that lowers for somebody and raises for none is no raise.
    #[test]
    fn what_is_no_raise_raises_for_nobody(book in book(), rule in near_rule(), to in prop::option::of(quota())) {
        let mut changed = book.clone();
        match to {
            Some(quota) => changed.set.insert(rule.clone(), quota),
            None => changed.set.remove(&rule),
        };
        let mut raised = false;
        with_each(|asking| {
            let most = |book: &Book| book.holding(asking).get(&rule.family()).map_or(Quota::NoLimit, |(_, quota)| *quota);
            raised |= most(&changed) > most(&book);
        });
        prop_assert!(!raised || book.loosened_by(&rule, to), "{} {:?}", rule, to);
        if book.given(&rule).is_some() && changed.given(&rule).is_some() {
            let down = changed.given(&rule) <= book.given(&rule);
            prop_assert_eq!(book.loosened_by(&rule, to), !down);
        }
    }

    /// A subject says who is counted, in the words of a scope.
    #[test]
    fn a_subject_names_its_parts(rule in near_rule()) {
        with_each(|asking| {
            if rule.scope().matches(asking) {
                let parts = rule.scope().subject(asking).parts();
                let text = parts.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",");
                let one = if text.is_empty() { Scope::default() } else { Scope::read(&text).unwrap() };
                assert!(one.matches(asking), "{text}");
            }
        });
    }
}
