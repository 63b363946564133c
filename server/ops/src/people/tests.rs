mod engagement;
mod pages;

use domain::access::Tier;
use domain::check_in::{CheckIn, CheckInStatus};
use domain::health_data::{Biomarker, BiomarkerKind};
use domain::id::{TenantId, UserId};
use domain::profile::Profile;
use jiff::SignedDuration;

use crate::Ops;
use crate::access::Caller;
use crate::error::Error;
use crate::testing;

pub(crate) fn caller(tenant: &str) -> Caller {
    testing::caller(tenant, Tier::Free)
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// `days` days of steps and sleep that end yesterday.
pub(crate) fn readings(ops: &Ops, days: i64) -> Vec<Biomarker> {
    let reading = |kind: BiomarkerKind, value: f64, day: i64| {
        let start =
            "2026-03-03T00:00:00Z".parse::<jiff::Timestamp>().unwrap() - SignedDuration::from_hours(24 * day);
        Biomarker {
            category: kind.category(),
            kind,
            value,
            unit: kind.unit().to_owned(),
            aggregation: None,
            periodicity: None,
            start,
            end: start + SignedDuration::from_hours(23),
            source: None,
        }
    };
    assert!(ops.clock.now_ms() > 0);
    (1..=days)
        .flat_map(|day| {
            [
                reading(BiomarkerKind::Steps, 6_000.0 + 100.0 * day as f64, day),
                reading(BiomarkerKind::SleepDuration, 400.0, day),
            ]
        })
        .collect()
}

#[tokio::test]
async fn one_fault_refuses_the_whole_batch_and_names_its_place() {
    let ops = testing::ops().await;
    let (caller, user) = (caller("t"), user("u"));
    ops.put_profile(&caller, &user, Profile::default()).await.unwrap();
    let mut batch = readings(&ops, 3);
    batch[4].value = -1.0;
    batch[1].unit = "hours".to_owned();
    let Err(Error::Invalid(faults)) = ops.add_biomarkers(&caller, &user, batch).await else { panic!() };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["items[1].unit", "items[4].value"]);
    let data = ops.person_data(&caller.tenant, &user, Profile::default()).await.unwrap();
    assert!(data.biomarkers.is_empty());

    let first = ops.add_biomarkers(&caller, &user, readings(&ops, 3)).await.unwrap();
    let again = ops.add_biomarkers(&caller, &user, readings(&ops, 4)).await.unwrap();
    assert_eq!((first.stored, again.stored, again.duplicates), (6, 2, 6));
}

#[tokio::test]
async fn a_person_of_another_tenant_does_not_exist() {
    let ops = testing::ops().await;
    ops.put_profile(&caller("t"), &user("u"), Profile::default()).await.unwrap();
    let stranger = caller("other");
    assert!(matches!(ops.profile(&stranger.tenant, &user("u")).await, Err(Error::NotFound { .. })));
    let add = ops.add_biomarkers(&stranger, &user("u"), readings(&ops, 1)).await;
    assert!(matches!(add, Err(Error::NotFound { what: "person" })));
}

#[tokio::test]
async fn a_second_check_in_replaces_the_first_and_three_are_remembered() {
    let ops = testing::ops().await;
    let (caller, user) = (caller("t"), user("u"));
    ops.put_profile(&caller, &user, Profile::default()).await.unwrap();
    let report = |day: i8, status| CheckIn {
        task_id: "walk".to_owned(),
        title: Some("Evening stroll".to_owned()),
        status,
        rating: Some(4),
        date: jiff::civil::date(2026, 3, day),
        note: None,
    };
    let reports = vec![
        report(1, CheckInStatus::Skipped),
        report(2, CheckInStatus::Done),
        report(3, CheckInStatus::Done),
    ];
    ops.add_check_ins(&caller, &user, reports).await.unwrap();
    ops.add_check_ins(&caller, &user, vec![report(1, CheckInStatus::Done)]).await.unwrap();
    let data = ops.person_data(&caller.tenant, &user, Profile::default()).await.unwrap();
    assert_eq!(data.check_ins.len(), 3);
    assert!(data.check_ins.iter().all(|report| report.status == CheckInStatus::Done));
    assert_eq!(data.memories[0].content, "\"Evening stroll\" gets done (100 %)");
}

#[tokio::test]
async fn an_import_says_what_it_kept_and_refused_and_why() {
    let ops = testing::ops().await;
    let dir = std::env::temp_dir().join(format!("fitbit-{}", ops.clock.new_id()));
    std::fs::create_dir_all(&dir).unwrap();
    let daily = "Id,ActivityDate,TotalSteps,TotalDistance,VeryActiveMinutes,FairlyActiveMinutes,LightlyActiveMinutes,SedentaryMinutes,Calories\n\
        1503,4/12/2016,13162,8.5,25,13,328,728,1985\n\
        1503,4/13/2016,0,0,0,0,0,1440,1500\n\
        1503,13/13/2016,10735,6.9,21,19,217,776,1797\n\
        1503,4/14/2016,-5,6.9,21,19,217,776,1797\n\
        15 03,4/14/2016,5,6.9,21,19,217,776,1797\n\
        1624,4/14/2016\n";
    std::fs::write(dir.join("dailyActivity_merged.csv"), daily).unwrap();
    let sleep = "Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed\n\
        1503,4/12/2016 0:00,1,327,346\n1503,4/12/2016 0:00,1,327,346\n";
    std::fs::write(dir.join("sleepDay_merged.csv"), sleep).unwrap();
    let tenant = TenantId::parse("t").unwrap();
    let report = ops.import_fitbit(&dir, tenant.clone(), &mut |_| {}).await.unwrap();
    insta::assert_snapshot!(report, @r"
    dailyActivity_merged.csv: 6 rows read, 2 kept, 4 refused; 14 readings stored, 0 known already
      refused 1: Id must be 1 to 128 letters, digits, '_' or '-' (first in line 6)
      refused 1: TotalSteps is missing (first in line 7)
      refused 1: steps: value must be 0 to 120000 count (first in line 5)
      refused 1: the date is not m/d/yyyy (first in line 4)
      1: days with the device not worn: kept, and not counted as days of data
    hourlySteps_merged.csv: not in the folder
    sleepDay_merged.csv: 2 rows read, 2 kept, 0 refused; 2 readings stored, 2 known already
    weightLogInfo_merged.csv: not in the folder
    1 people, 1 of them new
    ");
    let again = ops.import_fitbit(&dir, tenant, &mut |_| {}).await.unwrap();
    assert!(again.files.iter().all(|file| file.readings_stored == 0) && again.new_people == 0);
    assert!(
        ops.import_fitbit(&dir.join("nowhere"), TenantId::parse("t").unwrap(), &mut |_| {}).await.is_err()
    );
    std::fs::remove_dir_all(dir).unwrap();
}
