use domain::access::{Action, Role, Scope, Tier};
use domain::id::TenantId;
use domain::shutoff::ShutoffMode;
use jiff::SignedDuration;

use super::step_up::StepUp;
use super::{Actor, Caller, NewKey};
use crate::error::Error;
use crate::testing;

const PASSWORD: &str = "a long enough sentence";

fn key(scopes: &[Scope]) -> NewKey {
    let tenant = TenantId::parse("acme").unwrap();
    NewKey { tenant, name: "app".to_owned(), tier: Tier::Free, scopes: scopes.to_vec(), expires_at: None }
}

#[tokio::test]
async fn the_setup_link_works_once_and_only_for_the_first() {
    let ops = testing::ops().await;
    let first = ops.setup_link().await.unwrap().unwrap();
    let second = ops.setup_link().await.unwrap().unwrap();
    let token = |path: &str| path.split_once('=').unwrap().1.to_owned();
    assert!(
        ops.complete_setup(&token(&first), "a@example.org", PASSWORD).await.is_err(),
        "replaced by the second"
    );
    let token = token(&second);
    let (one, other) = tokio::join!(
        ops.complete_setup(&token, "a@example.org", PASSWORD),
        ops.complete_setup(&token, "b@example.org", PASSWORD)
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    assert_eq!(ops.users().await.unwrap().len(), 1);
    assert!(ops.setup_link().await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_ends_when_idle_when_over_and_when_revoked() {
    let ops = testing::ops().await;
    ops.create_user(&Actor::CommandLine, "A@Example.org", Role::Viewer, PASSWORD).await.unwrap();
    let token = ops.sign_in("a@example.ORG", PASSWORD, "::1", "test").await.unwrap().token;
    assert_eq!(ops.session(&token).await.unwrap().unwrap().role, Role::Viewer);
    for _ in 0..8 {
        ops.clock.advance(SignedDuration::from_hours(11));
        assert!(ops.session(&token).await.unwrap().is_some());
    }
    ops.clock.advance(SignedDuration::from_hours(12));
    assert!(ops.session(&token).await.unwrap().is_none(), "idle for 12 hours");

    let token = ops.sign_in("a@example.org", PASSWORD, "::1", "test").await.unwrap().token;
    for _ in 0..17 {
        ops.clock.advance(SignedDuration::from_hours(10));
        ops.session(&token).await.unwrap();
    }
    assert!(ops.session(&token).await.unwrap().is_none(), "over after 168 hours, however busy");

    let token = ops.sign_in("a@example.org", PASSWORD, "::1", "test").await.unwrap().token;
    ops.sign_out(&token).await.unwrap();
    assert!(ops.session(&token).await.unwrap().is_none());
}

#[tokio::test]
async fn guessing_is_stopped_and_audited() {
    let ops = testing::ops_with(|config| config.access.sign_in_attempts = 3).await;
    ops.create_user(&Actor::CommandLine, "a@example.org", Role::Viewer, PASSWORD).await.unwrap();
    for _ in 0..3 {
        assert!(matches!(
            ops.sign_in("a@example.org", "wrong", "::1", "").await,
            Err(Error::Unauthenticated(_))
        ));
    }
    assert!(matches!(ops.sign_in("a@example.org", PASSWORD, "::2", "").await, Err(Error::TooMany { .. })));
    assert!(matches!(ops.sign_in("b@example.org", PASSWORD, "::1", "").await, Err(Error::TooMany { .. })));
    ops.clock.advance(SignedDuration::from_mins(15));
    assert!(ops.sign_in("a@example.org", PASSWORD, "::1", "").await.is_ok());
    let refused =
        super::audit::AuditFilter { action: Some("session.refused".to_owned()), ..Default::default() };
    assert_eq!(ops.audit_entries(&refused).await.unwrap().len(), 3);
}

/// However many are begun before the first has failed.
#[tokio::test]
async fn guessing_many_at_once_is_no_way_past_the_limit() {
    let ops = testing::ops_with(|config| config.access.sign_in_attempts = 3).await;
    ops.create_user(&Actor::CommandLine, "a@example.org", Role::Operator, PASSWORD).await.unwrap();
    let signed_in = ops.sign_in("a@example.org", PASSWORD, "::1", "").await.unwrap();
    let answers =
        futures::future::join_all((0..9).map(|_| ops.sign_in("a@example.org", "wrong", "::1", ""))).await;
    let refused = answers.iter().filter(|it| matches!(it, Err(Error::TooMany { .. }))).count();
    assert_eq!((answers.iter().filter(|it| it.is_ok()).count(), refused), (0, 6));

    ops.clock.advance(SignedDuration::from_mins(15));
    let ask = StepUp { action: Action::RestoreSpending, without: "", because: "", refused: ("", "", "") };
    let actor = signed_in.person.actor();
    let answers = futures::future::join_all((0..9).map(|_| ops.step_up(&actor, &ask, "wrong"))).await;
    let refused = answers.iter().filter(|it| matches!(it, Err(Error::TooMany { .. }))).count();
    assert_eq!((answers.iter().filter(|it| it.is_ok()).count(), refused), (0, 6));

    // Right ones count for nothing, the address's wrong ones stay.
    ops.clock.advance(SignedDuration::from_mins(15));
    assert!(ops.sign_in("b@example.org", "wrong", "::1", "").await.is_err());
    for _ in 0..5 {
        ops.sign_in("a@example.org", PASSWORD, "::1", "").await.unwrap();
    }
    assert!(ops.sign_in("c@example.org", "wrong", "::1", "").await.is_err());
    assert!(ops.sign_in("d@example.org", "wrong", "::1", "").await.is_err());
    let refused = ops.sign_in("a@example.org", PASSWORD, "::1", "").await;
    assert!(matches!(refused, Err(Error::TooMany { .. })));
}

#[tokio::test]
async fn a_refused_attempt_leaves_one_entry_a_minute() {
    let ops = testing::ops().await;
    let viewer = Actor::Person { id: "v".into(), email: "v@example.org".into(), role: Role::Viewer };
    let responder = Actor::Person { id: "r".into(), email: "r@example.org".into(), role: Role::Responder };
    let caller = Caller { scopes: vec![Scope::Agents], ..testing::caller("acme", Tier::Free) };
    for _ in 0..3 {
        assert!(ops.rollback(&viewer, "no reason at all").await.is_err());
        assert!(ops.create_user(&viewer, "x@example.org", Role::Admin, PASSWORD).await.is_err());
        assert!(ops.allow_scope(&caller, Scope::OpsAct).await.is_err());
    }
    // Refused in the middle of a transaction.
    ops.set_shutoff(&responder, ShutoffMode::Stop, "burn doubled", None).await.unwrap();
    assert!(ops.set_shutoff(&responder, ShutoffMode::Degrade, "less of it", None).await.is_err());
    let filter =
        super::audit::AuditFilter { action: Some("access.refused".to_owned()), ..Default::default() };
    let written = async || {
        let entries = ops.audit_entries(&filter).await.unwrap().into_iter().rev();
        entries.map(|it| [it.actor, it.subject, it.detail]).collect::<Vec<_>>()
    };
    let of = |actor: &str, what: &str, needs: &str| {
        [actor.to_owned(), what.to_owned(), format!("refused: this needs {needs}")]
    };
    let first = [
        of("v@example.org", "roll-back", "the role responder or higher"),
        of("v@example.org", "manage-people", "the role admin or higher"),
        of("key:hk_1", "ops:act", "a key with the scope ops:act"),
        of("r@example.org", "restore-spending", "the role operator or higher"),
    ];
    assert_eq!(written().await, first);
    ops.clock.advance(SignedDuration::from_mins(1));
    assert!(ops.rollback(&viewer, "no reason at all").await.is_err());
    assert_eq!(written().await.len(), 5);
    assert!(ops.audit_verify().await.unwrap().first_broken.is_none());
}

#[tokio::test]
async fn the_last_admin_stays() {
    let ops = testing::ops().await;
    let admin = ops.create_user(&Actor::CommandLine, "a@example.org", Role::Admin, PASSWORD).await.unwrap();
    for (role, disabled) in [(Role::Viewer, false), (Role::Admin, true)] {
        let change = ops.change_user(&Actor::CommandLine, &admin.id, role, disabled).await;
        assert!(matches!(change, Err(Error::Conflict(_))));
    }
    ops.create_user(&Actor::CommandLine, "b@example.org", Role::Admin, PASSWORD).await.unwrap();
    let token = ops.sign_in("a@example.org", PASSWORD, "::1", "").await.unwrap().token;
    ops.change_user(&Actor::CommandLine, &admin.id, Role::Viewer, false).await.unwrap();
    assert!(ops.session(&token).await.unwrap().is_none(), "a changed role ends the session");
}

#[tokio::test]
async fn keys_expire_and_are_revoked_at_once() {
    let ops = testing::ops().await;
    let soon = ops.clock.now() + SignedDuration::from_secs(4);
    let expiring = NewKey { expires_at: Some(soon), ..key(&[Scope::Agents]) };
    let expiring = ops.create_key(&Actor::CommandLine, expiring).await.unwrap();
    let lasting = ops.create_key(&Actor::CommandLine, key(&[Scope::Data])).await.unwrap();
    assert_eq!(ops.caller(&expiring.secret).await.unwrap().tenant.as_str(), "acme");
    assert!(ops.caller(&lasting.secret).await.unwrap().require(Scope::Agents).is_err());
    ops.clock.advance(SignedDuration::from_secs(4));
    assert!(
        matches!(ops.caller(&expiring.secret).await, Err(Error::Unauthenticated(why)) if why.contains("expired"))
    );
    ops.revoke_key(&Actor::CommandLine, &lasting.key.id).await.unwrap();
    assert!(
        matches!(ops.caller(&lasting.secret).await, Err(Error::Unauthenticated(why)) if why.contains("revoked"))
    );
    assert!(
        matches!(ops.caller("hos_guess").await, Err(Error::Unauthenticated(why)) if why.contains("not known"))
    );
}

#[tokio::test]
async fn the_audit_log_notices_every_tampering() {
    let ops = testing::ops().await;
    for n in 0..5 {
        ops.audit_alone(&Actor::CommandLine, "test.done", &n.to_string(), "something").await.unwrap();
    }
    let whole = ops.audit_verify().await.unwrap();
    assert!(whole.first_broken.is_none() && whole.entries >= 5);
    let last = whole.entries;
    let tampering = [
        (format!("update audit_entry set detail = 'other' where seq = {}", last - 1), last - 1),
        (format!("update audit_entry set seq = 1000 where seq = {}", last - 2), last - 1),
        (format!("delete from audit_entry where seq = {last}"), last),
    ];
    for (sql, expected) in tampering {
        let mut tx = ops.db.begin_write().await.unwrap();
        sqlx::query("create table kept as select * from audit_entry").execute(&mut *tx).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(sql.clone())).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let verdict = ops.audit_verify().await.unwrap();
        assert_eq!(verdict.first_broken.map(|broken| broken.seq), Some(expected), "{sql}");
        let mut tx = ops.db.begin_write().await.unwrap();
        for sql in
            ["delete from audit_entry", "insert into audit_entry select * from kept", "drop table kept"]
        {
            sqlx::query(sql).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    assert!(ops.audit_verify().await.unwrap().first_broken.is_none());
}
