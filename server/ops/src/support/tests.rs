//! Staff and people: nothing is seen without a ground in force, and every look is told.

use agents::nutrition::NutritionWishes;
use agents::routine::RoutineWishes;
use domain::access::Role;
use domain::agent::Agent;
use domain::id::UserId;
use domain::incident::Severity;
use domain::profile::Profile;
use jiff::SignedDuration;

use super::{Access, ConsentState, Grant, Ground, Looking, Section, Seen};
use crate::access::audit::AuditFilter;
use crate::access::{Actor, Person};
use crate::answers::AgentRequest;
use crate::error::{Error, Result};
use crate::page::PageRequest;
use crate::people::tests::{caller, readings, user};
use crate::telemetry::RequestEvent;
use crate::{Ops, testing};

const PASSWORD: &str = "a long password";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Somebody of the staff.
pub(crate) async fn staff(ops: &Ops, role: Role) -> Person {
    let email = format!("{role}@example.org");
    let account = ops.create_user(&Actor::CommandLine, &email, role, PASSWORD).await.unwrap();
    Person { user_id: account.id, email, role, session_id: "s".to_owned(), signed_in_at: ops.clock.now() }
}

/// A person of the tenant `t` without data.
async fn someone(ops: &Ops) -> UserId {
    let user = user("person-7f3a");
    ops.put_profile(&caller("t"), &user, Profile::default()).await.unwrap();
    user
}

fn grant() -> Grant {
    Grant { purpose: "why is my day so short".to_owned(), expires_at: None }
}

fn at(section: Section) -> Looking {
    Looking { section, cursor: None, past: false }
}

async fn look(ops: &Ops, staff: &Person, user: &UserId, section: Section) -> Result<Seen> {
    ops.look_at(staff, &caller("t").tenant, user, &at(section)).await
}

async fn told(ops: &Ops, user: &UserId) -> Vec<Access> {
    ops.accesses(&caller("t"), user, &PageRequest::default()).await.unwrap().items
}

async fn audited(ops: &Ops, action: &str) -> Vec<crate::access::audit::AuditEntry> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    ops.audit_entries(&filter).await.unwrap()
}

#[tokio::test]
async fn nothing_is_seen_without_consent_after_its_end_or_after_its_withdrawal() {
    let ops = testing::ops().await;
    let (responder, user, app) = (staff(&ops, Role::Responder).await, someone(&ops).await, caller("t"));
    for section in Section::ALL {
        let seen = look(&ops, &responder, &user, section).await;
        assert!(matches!(seen, Err(Error::Forbidden { .. })), "{section:?}");
    }
    assert_eq!(told(&ops, &user).await, []);

    let consent = ops.consent_to_support(&app, &user, &grant()).await.unwrap();
    assert!(look(&ops, &responder, &user, Section::Memory).await.is_ok());
    assert!(matches!(
        ops.look_at(&responder, &caller("other").tenant, &user, &at(Section::Memory)).await,
        Err(Error::NotFound { what: "person" })
    ));
    ops.clock.advance(consent.expires_at.duration_since(ops.clock.now()) - SignedDuration::from_millis(1));
    assert!(look(&ops, &responder, &user, Section::Memory).await.is_ok());
    ops.clock.advance(SignedDuration::from_millis(1));
    assert!(matches!(look(&ops, &responder, &user, Section::Memory).await, Err(Error::Forbidden { .. })));
    assert_eq!(ops.support_consent(&app, &user).await.unwrap().state, ConsentState::Expired);
    assert!(matches!(ops.withdraw_support_consent(&app, &user).await, Err(Error::NotFound { .. })));

    ops.consent_to_support(&app, &user, &grant()).await.unwrap();
    assert!(look(&ops, &responder, &user, Section::Plans).await.is_ok());
    let gone = ops.withdraw_support_consent(&app, &user).await.unwrap();
    assert_eq!(gone.state, ConsentState::Withdrawn);
    assert!(matches!(look(&ops, &responder, &user, Section::Plans).await, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn a_newer_consent_takes_the_place_of_the_older_one_and_both_are_kept() {
    let ops = testing::ops().await;
    let (responder, user, app) = (staff(&ops, Role::Responder).await, someone(&ops).await, caller("t"));
    ops.consent_to_support(&app, &user, &grant()).await.unwrap();
    ops.clock.advance(HOUR);
    let shorter = Grant { purpose: "look once".to_owned(), expires_at: Some(ops.clock.now() + HOUR) };
    ops.consent_to_support(&app, &user, &shorter).await.unwrap();
    let one = PageRequest::parse(Some("1"), None).unwrap();
    let owner = (&app.tenant, &user);
    let first = ops.support_consents(&responder.actor(), owner, &one).await.unwrap();
    assert_eq!((first.items[0].purpose.as_str(), first.items[0].state), ("look once", ConsentState::InForce));
    let next = PageRequest::parse(Some("1"), first.next.as_deref()).unwrap();
    let second = ops.support_consents(&responder.actor(), owner, &next).await.unwrap();
    assert_eq!((second.items[0].purpose.as_str(), second.next), ("", None), "an ended purpose is not shown");
    assert_eq!(second.items[0].state, ConsentState::Withdrawn);
    // The wider one does not come back when the narrower ends.
    ops.clock.advance(HOUR);
    assert!(matches!(look(&ops, &responder, &user, Section::Memory).await, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn a_look_is_noted_once_an_hour_and_audited_by_the_handle() {
    let ops = testing::ops().await;
    let (responder, operator) = (staff(&ops, Role::Responder).await, staff(&ops, Role::Operator).await);
    let (user, app) = (someone(&ops).await, caller("t"));
    ops.consent_to_support(&app, &user, &grant()).await.unwrap();
    for _ in 0..3 {
        look(&ops, &responder, &user, Section::Memory).await.unwrap();
        ops.clock.advance(SignedDuration::from_mins(10));
    }
    look(&ops, &responder, &user, Section::Insights).await.unwrap();
    look(&ops, &operator, &user, Section::Memory).await.unwrap();
    ops.clock.advance(HOUR);
    look(&ops, &responder, &user, Section::Memory).await.unwrap();

    let told = told(&ops, &user).await;
    let sections: Vec<_> = told.iter().map(|it| (it.section.as_str(), it.role.as_str())).collect();
    let expected =
        [("memory", "responder"), ("memory", "operator"), ("insights", "responder"), ("memory", "responder")];
    assert_eq!(sections, expected);
    assert!(told.iter().all(|it| it.ground == Ground::Consent && it.why == grant().purpose));
    assert_eq!(told[0].viewer, told[3].viewer);
    assert_ne!(told[0].viewer, told[1].viewer);
    assert!(told.iter().all(|it| it.viewer.starts_with("staff-") && !it.viewer.contains('@')));
    let named =
        ops.named_accesses(&responder.actor(), (&app.tenant, &user), &PageRequest::default()).await.unwrap();
    assert_eq!(named.items[1].by.as_deref(), Some("operator@example.org"));

    let audited = audited(&ops, "person.viewed").await;
    assert_eq!(audited.len(), 4);
    assert!(
        audited.iter().all(|entry| entry.subject.starts_with("person-") && entry.subject != user.as_str())
    );
    assert_eq!(audited[0].detail, "memory of a person seen, with consent");
    // Towards another person the same member of staff has another name.
    let other = UserId::parse("other").unwrap();
    ops.put_profile(&app, &other, Profile::default()).await.unwrap();
    ops.consent_to_support(&app, &other, &grant()).await.unwrap();
    look(&ops, &responder, &other, Section::Memory).await.unwrap();
    let of_other = ops.accesses(&app, &other, &PageRequest::default()).await.unwrap().items;
    assert_ne!(of_other[0].viewer, told[0].viewer);
    // Pages follow each other.
    let one = ops.accesses(&app, &user, &PageRequest::parse(Some("3"), None).unwrap()).await.unwrap();
    let rest = PageRequest::parse(Some("3"), one.next.as_deref()).unwrap();
    assert_eq!(ops.accesses(&app, &user, &rest).await.unwrap().items, told[3..]);
}

#[tokio::test]
async fn roles_that_read_figures_only_never_see_health_data() {
    let ops = testing::ops().await;
    let (user, app) = (someone(&ops).await, caller("t"));
    ops.consent_to_support(&app, &user, &grant()).await.unwrap();
    for role in [Role::Viewer, Role::Manager] {
        let who = staff(&ops, role).await;
        let seen = look(&ops, &who, &user, Section::Quality).await;
        assert!(matches!(seen, Err(Error::Forbidden { needs }) if needs.contains("responder")));
        let standing = ops.support_standing(&who, &app.tenant, &user).await.unwrap();
        assert!(!standing.may_look());
        assert_eq!(standing.consent.unwrap().purpose, "", "the purpose is the person's own words");
        let page = PageRequest::default();
        assert!(ops.named_accesses(&who.actor(), (&app.tenant, &user), &page).await.is_err());
        assert!(ops.support_consents(&who.actor(), (&app.tenant, &user), &page).await.is_err());
    }
    assert_eq!(audited(&ops, "access.refused").await.len(), 2);
    assert_eq!(told(&ops, &user).await, []);
}

#[tokio::test]
async fn an_emergency_is_an_admins_for_an_hour_for_an_incident_and_told_everywhere() {
    let ops = testing::ops().await;
    let (admin, operator) = (staff(&ops, Role::Admin).await, staff(&ops, Role::Operator).await);
    let (user, app) = (someone(&ops).await, caller("t"));
    let whom = (&app.tenant, &user);
    let incident = ops.open_incident(&admin.actor(), Severity::P1, "A plan may harm").await.unwrap();
    let open = async |who: &Person, incident: &str, reason: &str, password: &str| {
        ops.open_in_emergency(who, whom, incident, reason, password).await
    };
    let reason = "the plan may hold an allergen";
    let field = |refused: Result<_>| match refused {
        Err(Error::Invalid(faults)) => faults[0].field.clone(),
        other => panic!("{other:?}"),
    };
    assert!(matches!(open(&operator, &incident.id, reason, PASSWORD).await, Err(Error::Forbidden { .. })));
    assert_eq!(field(open(&admin, &incident.id, reason, "").await), "password");
    assert_eq!(field(open(&admin, &incident.id, reason, "a wrong password").await), "password");
    assert_eq!(field(open(&admin, &incident.id, "so", PASSWORD).await), "reason");
    let naming = "look at PERSON-7f3a, please";
    assert_eq!(field(open(&admin, &incident.id, naming, PASSWORD).await), "reason");
    assert!(matches!(open(&admin, "no-such", reason, PASSWORD).await, Err(Error::NotFound { .. })));
    assert!(matches!(look(&ops, &admin, &user, Section::Plans).await, Err(Error::Forbidden { .. })));
    assert_eq!(told(&ops, &user).await, [], "what was refused opened nothing");

    let opened = open(&admin, &incident.id, reason, PASSWORD).await.unwrap();
    assert_eq!(opened.expires_at, ops.clock.now() + HOUR);
    assert!(matches!(open(&admin, &incident.id, reason, PASSWORD).await, Err(Error::Conflict(_))));
    look(&ops, &admin, &user, Section::Plans).await.unwrap();
    assert!(matches!(look(&ops, &operator, &user, Section::Plans).await, Err(Error::Forbidden { .. })));
    let told: Vec<_> = told(&ops, &user).await;
    assert_eq!((told[0].section.as_str(), told[1].section.as_str()), ("plans", "emergency"));
    assert!(told.iter().all(|it| it.ground == Ground::Emergency && it.why == reason));
    assert_eq!((told[0].expires_at, told[1].expires_at), (None, Some(opened.expires_at)));

    let demoted = Person { role: Role::Responder, ..admin.clone() };
    let seen = look(&ops, &demoted, &user, Section::Plans).await;
    assert!(matches!(seen, Err(Error::Forbidden { .. })), "it was opened to an admin");

    let entry = audited(&ops, "person.opened-in-emergency").await.remove(0);
    assert!(entry.detail.contains("INC-1") && entry.detail.ends_with(reason));
    let refused = audited(&ops, "person.emergency-refused").await;
    assert!(!refused.is_empty());
    let timeline = ops.incident(&incident.id).await.unwrap().timeline;
    assert!(timeline.iter().any(|event| event.text.contains("opened without consent")));
    for text in timeline.iter().map(|it| &it.text).chain([&entry.subject, &entry.detail]) {
        assert!(!text.contains(user.as_str()), "{text}");
    }

    ops.clock.advance(HOUR);
    assert!(matches!(look(&ops, &admin, &user, Section::Plans).await, Err(Error::Forbidden { .. })));
    ops.resolve_incident(&admin.actor(), &incident.id, "it was safe").await.unwrap();
    assert!(matches!(open(&admin, &incident.id, reason, PASSWORD).await, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn each_section_shows_what_there_is() {
    let ops = testing::ops().await;
    let (responder, user, app) = (staff(&ops, Role::Responder).await, someone(&ops).await, caller("t"));
    ops.add_biomarkers(&app, &user, readings(&ops, 20)).await.unwrap();
    for (at, agent) in [Agent::Routine, Agent::Routine, Agent::Orchestrator].into_iter().enumerate() {
        let ask = AgentRequest {
            request_id: format!("r-{at}"),
            agent,
            user: user.clone(),
            archetype: None,
            force_refresh: false,
            routine: RoutineWishes::default(),
            nutrition: NutritionWishes::default(),
            query: String::new(),
        };
        let began = ops.clock.now();
        let asked = ops.ask_agent(&app, &ask).await;
        let meta = asked.answer.unwrap().meta;
        let (id, route) = (ask.request_id, "/api/x".to_owned());
        let mut event = RequestEvent::of(id, began, "POST".to_owned(), route, 200, 1_000);
        (event.tenant, event.user, event.agent) = (Some(app.tenant.clone()), Some(user.clone()), Some(agent));
        (event.engine, event.steps) = (Some(meta.engine), asked.facts.steps);
        event.degraded_reason = (at == 0).then(|| "cost was cut".to_owned());
        ops.record(event);
        ops.clock.advance(SignedDuration::from_mins(1));
    }
    ops.flush_telemetry().await.unwrap();
    ops.consent_to_support(&app, &user, &grant()).await.unwrap();
    for section in Section::ALL {
        match look(&ops, &responder, &user, section).await.unwrap() {
            Seen::Quality(report) => assert_eq!(report.counts.readings, 40),
            Seen::Decisions(page) => {
                let ids: Vec<_> = page.items.iter().map(|it| it.row.id.as_str()).collect();
                assert_eq!((ids, page.next), (vec!["r-2", "r-1", "r-0"], None));
                let why = |request: &crate::telemetry::RequestDetail| -> Vec<String> {
                    let decided = request.steps.iter().filter(|step| step.name == crate::telemetry::DECIDE);
                    decided.filter_map(|step| step.detail.clone()).collect()
                };
                assert_eq!(why(&page.items[2]), ["no analysis of this kind exists yet"]);
                let of_run = why(&page.items[0]);
                assert!(of_run.iter().any(|why| why.starts_with("nutrition: ")), "{of_run:?}");
            }
            Seen::Plans(plans) => {
                assert!(!plans.today.unwrap().time_blocks.is_empty());
                let made = |agent: Agent| plans.made.items.iter().find(|it| it.agent == agent).unwrap();
                let routine = made(Agent::Routine);
                assert_eq!(
                    routine.request.as_deref(),
                    Some("r-0"),
                    "the second one was answered from memory"
                );
                assert_eq!(routine.degraded_reason.as_deref(), Some("cost was cut"));
                assert_eq!(made(Agent::Nutrition).request.as_deref(), Some("r-2"));
                assert_eq!(made(Agent::Nutrition).degraded_reason, None);
            }
            Seen::Memory(seen) => assert!(!seen.0.items.is_empty() && seen.1.is_empty()),
            Seen::Insights(page) => {
                assert!(page.items.iter().all(|it| it["state"] == "new" && it["shown_days"] == 0));
            }
            Seen::Workflows(page) => assert_eq!(page.workflows.len(), 1),
        }
    }
    let insights = ops.insights(&app.tenant, &user, &PageRequest::default()).await.unwrap();
    assert!(
        insights.items.iter().all(|it| it["shown_days"] == 0),
        "staff looking is not the person being shown"
    );
}
