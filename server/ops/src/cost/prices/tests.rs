//! Lists that mean one thing, and corrections that always leave every sum as its rows say.

use std::collections::BTreeMap;

use domain::access::{Role, Tier};
use domain::agent::{Agent, TokenUse};
use domain::id::{TenantId, UserId};
use domain::money::MicroUsd;
use domain::price::Price;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::apply::Run;
use super::{PriceRun, Recompute};
use crate::Ops;
use crate::access::Actor;
use crate::cost::{CostDimension, LedgerFilter, LedgerRow};
use crate::error::Error;
use crate::testing;

const PASSWORD: &str = "a long enough sentence";

/// A service whose model `m` charges $1 in, $0.10 cached, $2 out under `version`, times `factor`.
async fn charging(store: Option<String>, version: &str, factor: f64) -> crate::Result<Ops> {
    let mut config = crate::Config::defaults();
    config.store.url = match store {
        Some(url) => url,
        None => testing::empty_store().await,
    };
    let model = &mut config.model;
    "m".clone_into(&mut model.name);
    "http://127.0.0.1:9".clone_into(&mut model.base_url);
    version.clone_into(&mut model.price_version);
    model.input_usd_per_mtok = factor;
    model.cached_input_usd_per_mtok = 0.1 * factor;
    model.output_usd_per_mtok = 2.0 * factor;
    Ops::open(config, crate::Clock::manual(testing::START.parse().unwrap())).await
}

/// Versions `a` at $1 and `b` at three times that are known; `b` is in force.
async fn two_versions() -> Ops {
    let ops = charging(None, "a", 1.0).await.unwrap();
    charging(Some(ops.config.store.url.clone()), "b", 3.0).await.unwrap()
}

fn price(factor: f64) -> Price {
    let [input, cached_input, output] = [1.0, 0.1, 2.0].map(|usd| MicroUsd::from_usd(usd * factor));
    Price { input, cached_input, cache_write: input, output, version: String::new() }
}

fn used(input: u64, cached_input: u64, output: u64) -> TokenUse {
    TokenUse { input, cached_input, output, ..TokenUse::default() }
}

/// A call booked under `a`.
fn call(at: Timestamp, user: &str, agent: Agent, tokens: TokenUse) -> (LedgerRow, TokenUse) {
    let settled = price(1.0).cost(tokens);
    let row = LedgerRow {
        request_id: format!("q-{user}-{at}"),
        at,
        tenant: TenantId::parse("t").unwrap(),
        user: Some(UserId::parse(user).unwrap()),
        agent,
        tier: Tier::Free,
        key_prefix: "hk_1".to_owned(),
        release: "r".to_owned(),
        model: Some("m".to_owned()),
        price_version: Some("a".to_owned()),
        reserved: settled,
        settled,
    };
    (row, tokens)
}

fn ago(ops: &Ops, hours: i64) -> Timestamp {
    ops.clock.now() - SignedDuration::from_hours(hours)
}

fn ask(version: &str) -> Recompute {
    Recompute::parse("2026-02-20", "2026-03-03", "", version).unwrap()
}

async fn apply(ops: &Ops, version: &str) -> PriceRun {
    ops.apply_prices(&Actor::CommandLine, &ask(version), "a test of prices", "").await.unwrap()
}

/// Every sum as the rows have it, by window and scope, and as it stands: they must be the same.
async fn sums(ops: &Ops) -> BTreeMap<(String, String), i64> {
    let rows: Vec<(String, String, String, String, String, String, i64)> = sqlx::query_as(
        "select day, agent, key_prefix, model, tier, tenant || '/' || user_id, settled_micro from ledger",
    )
    .fetch_all(ops.db.read())
    .await
    .unwrap();
    let mut said = BTreeMap::<(String, String), i64>::new();
    for (day, agent, key, model, tier, user, micro) in rows {
        let month = day[..7].to_owned();
        let names = [
            (&day, "global".to_owned()),
            (&month, "month:global".to_owned()),
            (&day, format!("agent:{agent}")),
            (&day, format!("key:{key}")),
            (&day, format!("model:{model}")),
            (&day, format!("tier:{tier}")),
            (&day, format!("user:{user}")),
            (&month, format!("user:{user}")),
        ];
        for (window, name) in names {
            *said.entry((window.clone(), name)).or_default() += micro;
        }
    }
    let stored: Vec<(String, String, i64)> =
        sqlx::query_as("select day, scope, spent_micro from cost_counter")
            .fetch_all(ops.db.read())
            .await
            .unwrap();
    let stored: BTreeMap<_, _> =
        stored.into_iter().map(|(day, scope, micro)| ((day, scope), micro)).collect();
    assert_eq!(stored, said, "every sum is what its rows say");
    stored
}

#[tokio::test]
async fn a_version_means_one_thing_for_ever() {
    let ops = charging(None, "2026-01", 1.0).await.unwrap();
    let url = ops.config.store.url.clone();
    charging(Some(url.clone()), "2026-01", 1.0).await.unwrap();
    let Err(Error::Config(told)) = charging(Some(url.clone()), "2026-01", 2.0).await else {
        panic!("it started")
    };
    insta::assert_snapshot!(told, @r#"default setting: model.price_version calls "2026-01" the prices $2.00 in, $0.20 cached, $2.00 into the cache, $4.00 out of m, but since 2026-03-03 it means $1.00 in, $0.10 cached, $1.00 into the cache, $2.00 out: a version means one thing for ever. Give the new prices a name of their own, or set the old ones again"#);
    charging(Some(url), "2026-02", 2.0).await.unwrap();
    let lists = ops.price_lists().await.unwrap();
    let told: Vec<_> =
        lists.iter().map(|list| (list.version.as_str(), list.output_usd_per_mtok, list.in_force)).collect();
    assert_eq!(told, [("2026-01", 2.0, true), ("2026-02", 4.0, false)]);
}

#[tokio::test]
async fn a_wrong_price_is_told_with_the_line_that_set_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let url = testing::empty_store().await;
    let open = async |input: &str| {
        let text = format!(
            "[store]\nurl = {url:?}\n[model]\nname = \"m\"\ninput_usd_per_mtok = {input}\noutput_usd_per_mtok = 2.0\nprice_version = \"v1\"\n"
        );
        std::fs::write(&file, text).unwrap();
        let config = crate::Config::load(Some(&file)).unwrap();
        Ops::open(config, crate::Clock::manual(testing::START.parse().unwrap())).await
    };
    open("1.0").await.unwrap();
    let Err(error) = open("1.5").await else { panic!("it started") };
    let told = error.to_string();
    assert!(told.contains("mine.toml:7: model.price_version"), "{told}");
    assert!(told.contains("Give the new prices a name of their own"), "{told}");
}

#[tokio::test]
async fn a_comparison_tells_the_difference_and_changes_nothing() {
    let ops = two_versions().await;
    let (old, today) = (ago(&ops, 30), ops.clock.now());
    let mut unknown = call(ago(&ops, 31), "eve", Agent::Routine, used(10, 0, 0));
    unknown.1 = TokenUse::default();
    unknown.0.settled = MicroUsd::from_usd(0.5);
    let mut other = call(ago(&ops, 32), "eve", Agent::Routine, used(10, 0, 0));
    other.0.model = Some("elsewhere".to_owned());
    let rows = [
        call(old, "ana", Agent::Routine, used(1_000_000, 500_000, 100_000)),
        call(today, "ana", Agent::Routine, used(1_000_000, 0, 0)),
        unknown,
        other,
    ];
    ops.insert_used(&rows).await.unwrap();
    let before = sums(&ops).await;
    let told = ops.compare_prices(&ask("b")).await.unwrap();
    let days: Vec<_> = told
        .days
        .iter()
        .map(|day| {
            (
                day.day.as_str(),
                day.calls,
                day.cached_input_tokens,
                day.booked_usd,
                day.at_version_usd,
                day.open,
            )
        })
        .collect();
    assert_eq!(days, [("2026-03-02", 1, 500_000, 0.75, 2.25, false), ("2026-03-03", 1, 0, 1.0, 3.0, true)]);
    assert_eq!((told.difference_usd, told.correctable_usd, told.correctable_calls), (3.5, 1.5, 1));
    let left = told.left_out;
    assert_eq!((left.unknown_calls, left.unknown_usd, left.open_calls), (1, 0.5, 0));
    assert_eq!((left.unpriced_calls, left.unpriced_models), (1, vec!["elsewhere".to_owned()]));
    assert_eq!(sums(&ops).await, before);
    let usage = ops.price_usage(ask("b").from, ask("b").to).await.unwrap();
    let m = usage.iter().find(|line| line.model == "m").unwrap();
    assert_eq!((m.calls, m.input_tokens, m.cached_input_tokens, m.unknown_calls), (3, 2_000_000, 500_000, 1));
    for (version, model, field) in [("c", "", "version"), ("b", "n", "model")] {
        let wrong = Recompute::parse("2026-03-01", "2026-03-02", model, version).unwrap();
        let Err(Error::Invalid(faults)) = ops.compare_prices(&wrong).await else { panic!("{field}") };
        assert_eq!(faults[0].field, field);
    }
}

#[test]
fn a_wrong_period_names_its_field() {
    let cases = [
        (("x", "2026-03-02", "b"), "from"),
        (("2026-03-01", "", "b"), "to"),
        (("2026-03-02", "2026-03-01", "b"), "to"),
        (("2024-03-01", "2026-03-01", "b"), "from"),
        (("2026-03-01", "2026-03-02", " "), "version"),
    ];
    for ((from, to, version), field) in cases {
        let Err(Error::Invalid(faults)) = Recompute::parse(from, to, "", version) else {
            panic!("{from} {to}")
        };
        assert_eq!(faults[0].field, field, "{from} {to} {version}");
    }
}

#[tokio::test]
async fn a_correction_stands_beside_its_call_and_the_open_day_is_left_alone() {
    let ops = two_versions().await;
    let rows = [
        call(ago(&ops, 30), "ana", Agent::Routine, used(1_000_000, 0, 0)),
        call(ops.clock.now(), "ana", Agent::Routine, used(1_000_000, 0, 0)),
    ];
    ops.insert_used(&rows).await.unwrap();
    let spent_today = ops.cost_now().await.unwrap().spent_usd;
    let run = apply(&ops, "b").await;
    assert_eq!((run.calls, run.corrected, run.difference_usd, run.finished_at.is_some()), (1, 1, 2.0, true));
    assert_eq!(ops.cost_now().await.unwrap().spent_usd, spent_today, "today's sums did not move");
    let sums = sums(&ops).await;
    assert_eq!(sums[&("2026-03".to_owned(), "month:global".to_owned())], 4_000_000);
    assert_eq!(sums[&("2026-03-02".to_owned(), "user:t/ana".to_owned())], 3_000_000);
    let filter = LedgerFilter { corrections: true, ..LedgerFilter::default() };
    let entries = ops.ledger(&filter).await.unwrap();
    let [entry] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((entry.settled_usd, entry.run.as_deref()), (Some(2.0), Some(run.id.as_str())));
    assert_eq!(
        (entry.request_id.as_str(), entry.price_version.as_str()),
        (rows[0].0.request_id.as_str(), "b")
    );
    let booked = ops
        .ledger(&LedgerFilter { request: Some(entry.request_id.clone()), ..Default::default() })
        .await
        .unwrap();
    let booked = booked.iter().find(|it| Some(&it.id) == entry.corrects.as_ref()).unwrap();
    assert_eq!(
        (booked.settled_usd, booked.price_version.as_str()),
        (Some(1.0), "a"),
        "what was booked stays"
    );
    let by_agent = ops.cost_by(CostDimension::Agent, ago(&ops, 48), ago(&ops, 24)).await.unwrap();
    assert_eq!((by_agent[0].cost_usd, by_agent[0].calls), (3.0, 1));
    // Tomorrow the day is over, and only what is left of it is corrected.
    ops.clock.advance(SignedDuration::from_hours(24));
    let run = apply(&ops, "b").await;
    assert_eq!((run.calls, run.corrected, run.difference_usd), (2, 1, 2.0));
    let again = apply(&ops, "b").await;
    assert_eq!(
        (again.calls, again.corrected, again.difference_usd),
        (2, 0, 0.0),
        "running twice changes nothing"
    );
    let actions: Vec<_> = ops
        .audit_entries(&crate::access::audit::AuditFilter { limit: 50, ..Default::default() })
        .await
        .unwrap()
        .into_iter()
        .filter(|entry| entry.action.starts_with("prices."))
        .map(|entry| entry.action)
        .collect();
    assert_eq!(actions.len(), 6);
    assert_eq!(ops.price_usage(ask("b").from, ask("b").to).await.unwrap()[0].corrected_usd, 4.0);
}

#[tokio::test]
async fn an_interrupted_run_goes_on_where_it_stood() {
    let ops = two_versions().await;
    let rows: Vec<_> = (0..450)
        .map(|n| {
            call(
                ago(&ops, 24 + n % 100),
                &format!("u{}", n % 7),
                Agent::ALL[n as usize % 3],
                used(1_000, 10, 100),
            )
        })
        .collect();
    ops.insert_used(&rows).await.unwrap();
    let ask = ask("b");
    let id = ops.begin_run(&Actor::CommandLine, &ask, "a test").await.unwrap();
    let run = Run { id: id.clone(), ask: &ask, prices: ops.prices_for(&ask).await.unwrap() };
    assert!(!ops.correct_batch(&Actor::CommandLine, &run).await.unwrap());
    sums(&ops).await;
    let halfway = &ops.price_runs().await.unwrap()[0];
    assert_eq!((halfway.corrected, halfway.finished_at), (200, None));
    // The process is gone; another one is asked for the same.
    let other = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    let done = apply(&other, "b").await;
    assert_eq!((done.id, done.corrected, done.calls), (id, 450, 450));
    let each = price(3.0).cost(used(1_000, 10, 100)) - price(1.0).cost(used(1_000, 10, 100));
    assert_eq!(done.difference_usd, MicroUsd(each.0 * 450).usd());
    sums(&ops).await;
}

/// Half of the calls would stay at the version of the other run, and the run would say that it is finished.
#[tokio::test]
async fn an_interrupted_run_that_another_undid_begins_anew() {
    let ops = two_versions().await;
    let rows: Vec<_> =
        (0..300).map(|n| call(ago(&ops, 24 + n % 50), "ana", Agent::Routine, used(1_000, 0, 100))).collect();
    ops.insert_used(&rows).await.unwrap();
    let ask = ask("b");
    let id = ops.begin_run(&Actor::CommandLine, &ask, "a test").await.unwrap();
    let run = Run { id: id.clone(), ask: &ask, prices: ops.prices_for(&ask).await.unwrap() };
    assert!(!ops.correct_batch(&Actor::CommandLine, &run).await.unwrap());
    ops.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(apply(&ops, "a").await.corrected, 200);
    let refused = ops.correct_batch(&Actor::CommandLine, &run).await.unwrap_err().to_string();
    assert!(refused.contains("Apply this version again"), "{refused}");
    let again = apply(&ops, "b").await;
    assert!(again.id != id && again.corrected == 300, "{again:?}");
    sums(&ops).await;
}

#[tokio::test]
async fn two_who_correct_at_once_book_it_once() {
    let ops = two_versions().await;
    let rows: Vec<_> =
        (0..300).map(|n| call(ago(&ops, 24 + n % 50), "ana", Agent::Routine, used(1_000, 0, 100))).collect();
    ops.insert_used(&rows).await.unwrap();
    let other = Ops::open(ops.config.clone(), ops.clock.clone()).await.unwrap();
    let (of_model, ask) = (Recompute { model: Some("m".to_owned()), ..ask("b") }, ask("b"));
    let (one, two) = tokio::join!(
        ops.apply_prices(&Actor::CommandLine, &ask, "one of two", ""),
        other.apply_prices(&Actor::CommandLine, &of_model, "the other", ""),
    );
    assert_eq!(one.unwrap().corrected + two.unwrap().corrected, 300);
    sums(&ops).await;
}

fn in_words(outcome: crate::Result<PriceRun>) -> String {
    match outcome.unwrap_err() {
        Error::Invalid(faults) => format!("{} {}", faults[0].field, faults[0].detail),
        error => error.to_string(),
    }
}

#[tokio::test]
async fn correcting_needs_an_operator_and_the_password_again() {
    let ops = two_versions().await;
    ops.insert_used(&[call(ago(&ops, 30), "ana", Agent::Routine, used(1_000_000, 0, 0))]).await.unwrap();
    let mut refused = Vec::new();
    for (role, password) in
        [(Role::Responder, PASSWORD), (Role::Operator, ""), (Role::Operator, "not the password")]
    {
        let email = format!("{role}{}@example.org", password.len());
        ops.create_user(&Actor::CommandLine, &email, role, PASSWORD).await.unwrap();
        let actor = Actor::Person { id: email.clone(), email, role };
        refused.push(in_words(ops.apply_prices(&actor, &ask("b"), "a test", password).await));
    }
    let key = testing::caller("t", Tier::Admin).actor();
    refused.push(in_words(ops.apply_prices(&key, &ask("b"), "a test", "").await));
    refused.push(in_words(ops.apply_prices(&Actor::CommandLine, &ask("b"), "", "").await));
    insta::assert_snapshot!(refused.join("\n"), @r"
    this needs the role operator or higher
    password is needed to correct what was booked
    password is wrong; nothing was changed
    this needs a person with a fresh sign-in, because it changes what was spent: the console's page Prices
    reason must be 3 to 500 characters
    ");
    assert!(ops.price_runs().await.unwrap().is_empty());
    let actor = Actor::Person { id: "o".into(), email: "operator0@example.org".into(), role: Role::Operator };
    assert_eq!(ops.apply_prices(&actor, &ask("b"), "a test", PASSWORD).await.unwrap().corrected, 1);
}

#[tokio::test]
async fn a_month_cap_knows_a_dearer_past_and_other_processes_give_back_what_they_leased() {
    let ops = two_versions().await;
    ops.insert_used(&[call(ago(&ops, 30), "ana", Agent::Routine, used(1_000_000, 0, 0))]).await.unwrap();
    let epoch = async || -> i64 {
        let select = "select epoch from switch_epoch where name = 'leases'";
        sqlx::query_scalar(select).fetch_one(ops.db.read()).await.unwrap()
    };
    let before = epoch().await;
    apply(&ops, "b").await;
    assert_eq!(epoch().await, before + 1);
    apply(&ops, "a").await;
    assert_eq!(epoch().await, before + 1, "a cheaper past asks nobody for anything");
}

/// Hours ago, person, tokens in, the share of them cached, and out.
type Drawn = (i64, u8, u64, f64, u64);

#[test]
fn there_and_back_again_is_where_it_began() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 10, ..Config::default() });
    let call_of = (1_i64..240, 0_u8..4, 1_u64..3_000_000, 0.0..=1.0_f64, 0_u64..200_000);
    runner
        .run(&prop::collection::vec(call_of, 1..40), |drawn: Vec<Drawn>| {
            runtime.block_on(async {
                let ops = two_versions().await;
                let rows = drawn.iter().map(|(hours, person, input, cached, output)| {
                    let tokens = used(*input, (*input as f64 * cached) as u64, *output);
                    call(ago(&ops, *hours), &format!("u{person}"), Agent::ALL[usize::from(*person)], tokens)
                });
                ops.insert_used(&rows.collect::<Vec<_>>()).await.unwrap();
                let booked = sums(&ops).await;
                let same = apply(&ops, "a").await;
                prop_assert_eq!((same.corrected, same.difference_usd), (0, 0.0));
                let compared = ops.compare_prices(&ask("b")).await.unwrap();
                let there = apply(&ops, "b").await;
                prop_assert_eq!(there.difference_usd, compared.correctable_usd);
                prop_assert_eq!(there.corrected, compared.correctable_calls);
                sums(&ops).await;
                let compared = ops.compare_prices(&ask("b")).await.unwrap();
                prop_assert_eq!(compared.correctable_usd, 0.0);
                apply(&ops, "a").await;
                prop_assert_eq!(sums(&ops).await, booked);
                Ok(())
            })
        })
        .unwrap();
}
