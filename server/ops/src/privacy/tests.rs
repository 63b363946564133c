//! A person with traces everywhere: all of them are exported, none is left.

use std::collections::BTreeSet;

use agents::memory::MemoryLayer;
use agents::nutrition::NutritionWishes;
use agents::routine::RoutineWishes;
use domain::access::Role;
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::id::UserId;
use domain::journal::JournalEntry;
use domain::profile::Profile;
use jiff::SignedDuration;
use serde_json::Value;
use sqlx::any::AnyTypeInfoKind;
use sqlx::{Row as _, ValueRef as _};

use super::registry::{BOOKS, OWNED};
use crate::answers::AgentRequest;
use crate::db::Engine;
use crate::error::Error;
use crate::insights::InsightFeedback;
use crate::memory::Forget;
use crate::people::tests::{caller, readings};
use crate::support::tests::staff;
use crate::support::{Grant, Looking, Section};
use crate::telemetry::RequestEvent;
use crate::{Ops, testing};

const USER: &str = "canary-person-7f3a";
/// In the profile, in a task, in a note, in a comment, in a journal, in a consent.
const VALUES: [&str; 6] = [
    "quandong",
    "canary-task-title",
    "canary note of mine",
    "canary comment",
    "canary of my day",
    "canary purpose of mine",
];
/// Sections in which such a life leaves nothing: nobody scored, selected, sent again or paid.
const EMPTY: [&str; 5] = ["scores", "calendar", "past_memories", "kept_answers", "model_calls"];

fn user() -> UserId {
    UserId::parse(USER).unwrap()
}

fn ask(agent: Agent, user: &UserId) -> AgentRequest {
    AgentRequest {
        request_id: format!("r-{agent}"),
        agent,
        user: user.clone(),
        archetype: None,
        force_refresh: false,
        routine: RoutineWishes::default(),
        nutrition: NutritionWishes::default(),
        query: String::new(),
    }
}

/// A life in the store: said, measured, done, answered, rated, limited, paid for.
async fn live(ops: &Ops, user: &UserId) {
    let app = caller("t");
    let profile = Profile { allergies: vec!["quandong".to_owned()], age: Some(41), ..Profile::default() };
    ops.put_profile(&app, user, profile).await.unwrap();
    ops.add_biomarkers(&app, user, readings(ops, 20)).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(1));
    let today = jiff::tz::TimeZone::UTC.to_datetime(ops.clock.now()).date();
    let report = CheckIn {
        task_id: "walk".to_owned(),
        title: Some("canary-task-title".to_owned()),
        status: CheckInStatus::Done,
        rating: Some(4),
        date: today,
        note: Some("canary note of mine".to_owned()),
    };
    ops.add_check_ins(&app, user, vec![report]).await.unwrap();
    let entry = JournalEntry { what_went_well: Some(VALUES[4].to_owned()), ..JournalEntry::default() };
    ops.put_journal(&app, user, today, entry, &|_| true).await.unwrap();
    ops.switch_archetype(&app, user, Archetype::PeakPerformer).await.unwrap();
    let grant = Grant { purpose: VALUES[5].to_owned(), expires_at: None };
    ops.consent_to_support(&app, user, &grant).await.unwrap();
    let looking = Looking { section: Section::Memory, cursor: None, past: false };
    ops.look_at(&staff(ops, Role::Responder).await, &app.tenant, user, &looking).await.unwrap();
    for agent in Agent::ALL {
        let asked = ops.ask_agent(&app, &ask(agent, user)).await;
        let answer = asked.answer.unwrap();
        if let Some(insight) = answer.content.get("insights").and_then(|all| all[0]["id"].as_str()) {
            let comment = Some("canary comment".to_owned());
            let feedback = InsightFeedback { comment, rating: Some(2), ..InsightFeedback::default() };
            ops.rate_insight(&app, user, insight, feedback).await.unwrap();
        }
        let mut event = RequestEvent::of(
            format!("r-{agent}"),
            ops.clock.now(),
            "POST".to_owned(),
            "/api/user/{user_id}/x".to_owned(),
            200,
            1_000,
        );
        (event.tenant, event.user, event.agent) = (Some(app.tenant.clone()), Some(user.clone()), Some(agent));
        ops.record(event);
    }
    let what = Forget { layer: Some(MemoryLayer::Episodic), ..Forget::default() };
    ops.forget_memories(&app, user, &what).await.unwrap();
}

/// Every cell of every table as text, with where it is.
async fn cells(ops: &Ops) -> Vec<(String, String)> {
    let tables = match ops.db.engine() {
        Engine::Sqlite => "select name from sqlite_master where type = 'table'",
        Engine::Postgres => {
            "select table_name::text from information_schema.tables where table_schema = current_schema()"
        }
    };
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(ops.db.read()).await.unwrap();
    let mut cells = Vec::new();
    for table in tables.into_iter().filter(|table| table != "_sqlx_migrations") {
        let sql = sqlx::AssertSqlSafe(format!("select * from {table}"));
        for row in sqlx::query(sql).fetch_all(ops.db.read()).await.unwrap() {
            for place in 0..row.len() {
                let raw = row.try_get_raw(place).unwrap();
                if !raw.is_null() && raw.type_info().kind() == AnyTypeInfoKind::Text {
                    cells.push((table.clone(), row.get(place)));
                }
            }
        }
    }
    cells
}

fn traces(cells: &[(String, String)]) -> BTreeSet<String> {
    let found =
        cells.iter().filter(|(_, text)| text.contains(USER) || VALUES.iter().any(|v| text.contains(v)));
    found.map(|(table, _)| table.clone()).collect()
}

#[tokio::test]
async fn no_trace_is_left_in_any_table_or_in_the_file_and_the_audit_keeps_the_fact() {
    let ops = testing::ops().await;
    let other = UserId::parse("canary-person-7f3a2").unwrap();
    live(&ops, &user()).await;
    ops.put_profile(&caller("t"), &other, Profile::default()).await.unwrap();
    ops.flush_telemetry().await.unwrap();
    let before = traces(&cells(&ops).await);
    for table in [
        "person",
        "check_in",
        "insight",
        "requests",
        "memory",
        "analysis",
        "journal",
        "workflow",
        "support_consent",
        "support_access",
    ] {
        assert!(before.contains(table), "{table} has nothing to erase: {before:?}");
    }

    let erased = ops.erase_person(&caller("t"), &user()).await.unwrap();
    assert_eq!((erased.left, erased.deleted["profile"], erased.deleted["biomarkers"] > 0), (0, 1, true));
    assert!(erased.renamed["requests"] > 0, "{erased:?}");
    ops.clock.advance(SignedDuration::from_mins(11));
    ops.confirm_erasures().await.unwrap();

    let cells = cells(&ops).await;
    let left: Vec<_> = cells
        .iter()
        .filter(|(table, text)| !(table == "person" && *text == other.as_str()))
        .filter(|(_, text)| text.contains(USER) || VALUES.iter().any(|value| text.contains(value)))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(cells.iter().any(|(table, text)| table == "audit_entry" && *text == erased.handle));
    assert!(matches!(ops.profile(&caller("t").tenant, &user()).await, Err(Error::NotFound { .. })));
    assert!(
        ops.profile(&caller("t").tenant, &other).await.is_ok(),
        "a name that begins alike is somebody else"
    );
    if ops.db.engine() == Engine::Sqlite {
        in_no_byte_of_the_file(&ops, &other);
    }
}

/// The name of the other one begins alike: only it may be found.
fn in_no_byte_of_the_file(ops: &Ops, other: &UserId) {
    let path = ops.config.store.url.trim_start_matches("sqlite:").to_owned();
    for file in [path.clone(), format!("{path}-wal")] {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for value in VALUES {
            let found = bytes.windows(value.len()).any(|window| window == value.as_bytes());
            assert!(!found, "{value} is still in {file}");
        }
        let rest = other.as_str().trim_start_matches(USER).as_bytes();
        for (at, _) in bytes.windows(USER.len()).enumerate().filter(|(_, it)| *it == USER.as_bytes()) {
            assert!(bytes[at + USER.len()..].starts_with(rest), "the id is still in {file} at {at}");
        }
    }
}

#[tokio::test]
async fn every_table_with_people_in_it_is_in_the_registry() {
    let ops = testing::ops().await;
    let sql = match ops.db.engine() {
        Engine::Sqlite => {
            "select m.name from sqlite_master m join pragma_table_info(m.name) c on c.name = 'user_id' where m.type = 'table'"
        }
        Engine::Postgres => {
            "select table_name::text from information_schema.columns
             where table_schema = current_schema() and column_name = 'user_id'"
        }
    };
    let found: Vec<String> = sqlx::query_scalar(sql).fetch_all(ops.db.read()).await.unwrap();
    // A table that names its person through another one has no such column.
    let named = OWNED.iter().chain(&BOOKS).filter(|owned| owned.whose.starts_with("tenant = $1"));
    let known: BTreeSet<&str> = named.map(|owned| owned.table).chain(["erasure"]).collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, known);
}

#[tokio::test]
async fn an_export_has_every_row_and_says_that_it_is_whole() {
    let ops = testing::ops().await;
    live(&ops, &user()).await;
    ops.flush_telemetry().await.unwrap();
    let mut parts = ops.export_person(&caller("t"), &user()).await.unwrap();
    let mut document = Vec::new();
    while let Some(part) = parts.recv().await {
        document.extend(part.unwrap());
    }
    let document: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!((&document["user_id"], &document["complete"]), (&USER.into(), &true.into()));
    assert_eq!(document["profile"][0]["profile"]["allergies"][0], "quandong");
    assert_eq!(document["check_ins"][0]["note"], "canary note of mine");
    assert_eq!(document["consents"][0]["purpose"], VALUES[5]);
    assert_eq!(document["accesses"][0]["section"], "memory");
    assert!(!document["accesses"].to_string().contains('@'), "staff keep their names");
    assert!(document["biomarkers"][0]["start_at"].as_str().unwrap().ends_with('Z'));
    for owned in OWNED.iter().chain(&BOOKS) {
        let rows = document[owned.section].as_array().unwrap().len();
        assert!(rows > 0 || EMPTY.contains(&owned.section), "{}", owned.section);
    }
    assert!(matches!(ops.export_person(&caller("other"), &user()).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn an_answer_under_way_is_not_written_into_an_erased_life() {
    let ops = testing::ops().await;
    live(&ops, &user()).await;
    let app = caller("t");
    let mut tx = ops.db.begin_write().await.unwrap();
    crate::people::store::hold_person(&mut tx, &app.tenant, &user(), None).await.unwrap();
    tx.commit().await.unwrap();
    ops.erase_person(&app, &user()).await.unwrap();
    let mut tx = ops.db.begin_write().await.unwrap();
    let late = crate::people::store::hold_person(&mut tx, &app.tenant, &user(), None).await;
    assert!(matches!(late, Err(Error::NotFound { .. })));
    drop(tx);
    let batch = ops.add_biomarkers(&app, &user(), readings(&ops, 3)).await;
    assert!(matches!(batch, Err(Error::NotFound { .. })));
    // Who comes back under the same id is new.
    ops.put_profile(&app, &user(), Profile::default()).await.unwrap();
    ops.confirm_erasures().await.unwrap();
    assert!(ops.profile(&app.tenant, &user()).await.is_ok());
}

/// As another process does, which knows nothing of the erasure yet.
async fn spend(ops: &Ops, user: &UserId) {
    let sql = "insert into cost_counter (day, scope, spent_micro, reserved_micro, likely_micro, seen) values ('2026-03-03', $1, 5, 0, 0, 1)
               on conflict (day, scope) do update set spent_micro = cost_counter.spent_micro + 5, seen = cost_counter.seen | 1";
    sqlx::query(sql).bind(format!("user:t/{user}")).execute(ops.db.write()).await.unwrap();
}

async fn spent(ops: &Ops) -> Vec<(String, i64)> {
    let sql = "select scope, spent_micro from cost_counter where scope like 'user:%' order by scope";
    sqlx::query_as(sql).fetch_all(ops.db.read()).await.unwrap()
}

#[tokio::test]
async fn what_is_spent_after_the_erasure_is_added_up_and_holds_no_other_erasure_up() {
    let ops = testing::ops().await;
    let (app, other) = (caller("t"), UserId::parse("somebody-else").unwrap());
    for user in [&user(), &other] {
        ops.put_profile(&app, user, Profile::default()).await.unwrap();
        spend(&ops, user).await;
        ops.erase_person(&app, user).await.unwrap();
    }
    for _ in 0..2 {
        spend(&ops, &user()).await;
        ops.confirm_erasures().await.unwrap();
    }
    let sums = spent(&ops).await;
    assert!(sums.iter().all(|(scope, _)| scope.starts_with("user:t/erased-")), "{sums:?}");
    let mut spent: Vec<i64> = sums.iter().map(|(_, spent)| *spent).collect();
    spent.sort_unstable();
    assert_eq!(spent, [5, 15]);
    ops.clock.advance(SignedDuration::from_mins(11));
    ops.confirm_erasures().await.unwrap();
    let open: i64 = sqlx::query_scalar("select count(*) from erasure where user_id is not null")
        .fetch_one(ops.db.read())
        .await
        .unwrap();
    assert_eq!(open, 0);
}

#[tokio::test]
async fn who_comes_back_keeps_what_is_theirs() {
    let ops = testing::ops().await;
    let app = caller("t");
    ops.put_profile(&app, &user(), Profile::default()).await.unwrap();
    ops.erase_person(&app, &user()).await.unwrap();
    ops.clock.advance(SignedDuration::from_mins(1));
    ops.put_profile(&app, &user(), Profile::default()).await.unwrap();
    ops.clock.advance(SignedDuration::from_mins(1));
    spend(&ops, &user()).await;
    let mut event =
        RequestEvent::of("r-new".to_owned(), ops.clock.now(), "GET".to_owned(), "/x".to_owned(), 200, 1);
    (event.tenant, event.user) = (Some(app.tenant.clone()), Some(user()));
    ops.record(event);
    ops.flush_telemetry().await.unwrap();
    for _ in 0..2 {
        ops.confirm_erasures().await.unwrap();
        ops.clock.advance(SignedDuration::from_mins(11));
    }
    assert_eq!(spent(&ops).await, [(format!("user:t/{USER}"), 5)]);
    let of_theirs: i64 = sqlx::query_scalar("select count(*) from requests where user_id = $1")
        .bind(USER)
        .fetch_one(ops.db.read())
        .await
        .unwrap();
    assert_eq!(of_theirs, 1);
}

#[tokio::test]
async fn exports_that_nobody_reads_leave_the_store_to_others() {
    let ops = testing::ops().await;
    live(&ops, &user()).await;
    let app = caller("t");
    let unread =
        [ops.export_person(&app, &user()).await.unwrap(), ops.export_person(&app, &user()).await.unwrap()];
    let refused = ops.export_person(&app, &user()).await;
    assert!(matches!(refused, Err(Error::TooMany { retry_after_s: Some(_), .. })));
    assert!(ops.profile(&app.tenant, &user()).await.is_ok());
    drop(unread);
    let again = async {
        while ops.export_person(&app, &user()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), again).await.expect("a place is free again");
}
