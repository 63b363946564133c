//! What is learned of answers, check-ins and words, and what a version before has stored.

use agents::behavior::{Focus, analyse};
use agents::evidence::{Evidence, PersonData};
use agents::memory::{
    Claim, Memory, MemoryLayer, MemorySource, Telling, ToldClaim, evidence::count, from_behavior,
    from_check_ins,
};
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::health_data::{Biomarker, BiomarkerKind};
use domain::profile::ClockTime;
use domain::release::AgentSettings;
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::some::{TODAY, days_ago, noon, window};

fn report(task: &str, day: Date, status: CheckInStatus) -> CheckIn {
    CheckIn { task_id: format!("{day}-{task}"), title: None, status, rating: None, date: day, note: None }
}

#[test]
fn tasks_are_known_by_their_slug_and_days_by_their_date() {
    use CheckInStatus::{Done, Partial, Skipped};
    let mut reports = vec![
        report("easy-walk", days_ago(28), Done),
        report("easy-walk", days_ago(14), Skipped),
        report("easy-walk", days_ago(0), Partial),
        report("stretch", days_ago(0), Done),
        report("stretch", days_ago(1), Done),
    ];
    let learned = from_check_ins(&reports, TODAY, noon(TODAY));
    let keys: Vec<&str> = learned.iter().map(|memory| memory.key.as_str()).collect();
    assert_eq!(keys, ["task.easy-walk", "check-ins.2026-03-02", "check-ins.2026-03-03"]);
    let walk = &learned[0];
    // 0.25 of a report done, 0.5 skipped, 1 in part: (0.25 + 0.5) / 1.75.
    let Claim::TaskDone { slug, share, times } = &walk.claim else { panic!("a task") };
    assert_eq!((slug.as_str(), *times), ("easy-walk", 1.75));
    assert!((share - 0.75 / 1.75).abs() < 1e-9);
    assert_eq!(walk.content, "\"easy walk\" gets done in part (43 %)");
    assert_eq!(walk.evidence, ["2026-02-03", "2026-02-17", "2026-03-03"]);
    assert_eq!(walk.about, ["easy-walk", "tasks"]);
    assert_eq!(learned[2].content, "Reported on tasks of 2026-03-03: 1 done, 1 done in part");
    reports.push(report("stretch", days_ago(2_000), Done));
    assert_eq!(from_check_ins(&reports, TODAY, noon(TODAY))[1].content, "\"stretch\" gets done (100 %)");
    reports.iter_mut().for_each(|report| report.date = "1990-01-01".parse().unwrap());
    assert_eq!(
        from_check_ins(&reports, TODAY, noon(TODAY)).len(),
        2,
        "too old to count is no division by zero"
    );
}

#[test]
fn what_is_told_is_checked_field_by_field() {
    let right = Telling {
        key: "work.shift".to_owned(),
        content: "Works nights every third week".to_owned(),
        about: vec!["sleep".to_owned()],
        claim: None,
    };
    let faults = |change: &dyn Fn(&mut Telling)| -> Vec<String> {
        let mut telling = right.clone();
        change(&mut telling);
        telling.check().err().unwrap_or_default().into_iter().map(|fault| fault.field).collect()
    };
    assert!(faults(&|_| {}).is_empty());
    assert_eq!(faults(&|it| it.key = "Work Shift".to_owned()), ["key"]);
    assert_eq!(faults(&|it| it.key = "history.plan.routine.2026-03".to_owned()), ["key"]);
    assert_eq!(faults(&|it| it.content = " ".to_owned()), ["content"]);
    assert_eq!(faults(&|it| it.content = "x".repeat(301)), ["content"]);
    assert_eq!(faults(&|it| it.content = "one\ntwo".to_owned()), ["content"]);
    assert!(faults(&|it| it.content = "ü".repeat(300)).is_empty());
    assert_eq!(faults(&|it| it.about = vec!["sleep".to_owned(); 9]), ["about"]);
    assert_eq!(faults(&|it| it.about.push("Deep sleep".to_owned())), ["about[1]"]);
    assert_eq!(faults(&|it| it.claim = Some(ToldClaim::Dislikes { foods: Vec::new() })), ["claim.foods"]);
    let many = || vec!["x".to_owned(); 21];
    assert_eq!(faults(&|it| it.claim = Some(ToldClaim::Allergies { foods: many() })), ["claim.foods"]);
    assert_eq!(
        faults(&|it| it.claim = Some(ToldClaim::Injuries { parts: vec!["x".repeat(41)] })),
        ["claim.parts"]
    );
    assert_eq!(
        faults(&|it| it.claim = Some(ToldClaim::Avoids { activities: vec![" ".to_owned()] })),
        ["claim.activities"]
    );
    let learned = |it: &mut Telling| it.key = "rhythm.sleep-window".to_owned();
    assert!(faults(&learned).is_empty());
    let guarded = |it: &mut Telling| {
        learned(it);
        it.content = "Allergic to milk".to_owned();
    };
    assert_eq!(faults(&guarded), ["key"], "data may speak against it there");
    let memory = right.into_memory(TODAY, noon(TODAY));
    assert_eq!((memory.layer, memory.source), (MemoryLayer::Semantic, MemorySource::Person));
    assert_eq!(memory.evidence, ["said:2026-03-03"]);
}

#[test]
fn rows_of_the_version_before_are_understood_by_their_key() {
    let old = |layer, key: &str, content: &str| {
        let bare =
            Memory { layer, key: key.to_owned(), content: content.to_owned(), ..window(0, 0, 0.9, [TODAY]) };
        let read = Memory { evidence: vec!["2026-03-01".to_owned(); 3], ..bare }.read_by_key();
        (read.claim, read.source, read.about.join(" "))
    };
    let agent = MemorySource::Agent;
    let time = |minutes| ClockTime::from_minutes(minutes);
    assert_eq!(
        old(MemoryLayer::Semantic, "rhythm.sleep-window", "Usually wakes at 07:15 and goes to bed at 23:00"),
        (
            Claim::SleepWindow { wake: time(435), bed: time(1380) },
            agent(Agent::Circadian),
            "sleep".to_owned()
        )
    );
    assert_eq!(
        old(MemoryLayer::Semantic, "focus.sleepregularity", "Working on: the same hours"),
        (Claim::Focus { focus: Focus::SleepRegularity }, agent(Agent::Behavior), "habits sleep".to_owned())
    );
    assert_eq!(
        old(MemoryLayer::Procedural, "task.evening-walk", "\"Evening walk\" gets done (83 %)"),
        (
            Claim::TaskDone { slug: "evening-walk".to_owned(), share: 0.83, times: 3.0 },
            MemorySource::Person,
            "evening-walk tasks".to_owned()
        )
    );
    assert_eq!(
        old(MemoryLayer::Episodic, "plan.nutrition.2026-03-01", "A nutrition plan was made"),
        (Claim::Event { what: "plan.nutrition".to_owned() }, agent(Agent::Nutrition), "food".to_owned())
    );
}

/// Five nights within a month, of 5 to 9 hours, are five pieces of evidence and not a month of them; the days with steps beside them
/// speak for what is said of steps.
#[test]
fn a_focus_rests_on_its_own_days() {
    let reading = |kind: BiomarkerKind, value: f64, days: i64, hours: i64| {
        let end = noon(days_ago(days)) - SignedDuration::from_hours(6);
        Biomarker {
            category: kind.category(),
            kind,
            value,
            unit: kind.unit().to_owned(),
            aggregation: None,
            periodicity: None,
            start: end - SignedDuration::from_hours(hours),
            end,
            source: None,
        }
    };
    let nights = [(29, 5), (22, 9), (15, 6), (8, 8), (1, 5)];
    let slept =
        nights.map(|(ago, hours)| reading(BiomarkerKind::SleepDuration, hours as f64 * 60.0, ago, hours));
    let walked = (1..=20).map(|ago| reading(BiomarkerKind::Steps, 2_000.0, ago, 1));
    let data = PersonData { biomarkers: walked.chain(slept).collect(), ..PersonData::default() };
    let now = noon(TODAY);
    let evidence = Evidence::from_data(data, Archetype::PeakPerformer, AgentSettings::default(), now, 7);
    let analysis = analyse(&evidence);
    let learned = from_behavior(&analysis, "a-1", &evidence, now);
    let of = |focus: Focus| learned.iter().find(|memory| memory.claim == Claim::Focus { focus }).unwrap();
    let days: Vec<String> = nights.iter().map(|(ago, _)| days_ago(*ago).to_string()).collect();
    assert_eq!(of(Focus::SleepRegularity).evidence, days);
    for (priority, memory) in analysis.priorities.iter().zip(&learned[1..]) {
        assert_eq!(count(&memory.evidence), priority.evidence.days, "{:?}", priority.focus);
    }
}
