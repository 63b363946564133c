//! The 33 people of `tests/fitbit-2016` (Furberg et al. 2016, Zenodo 53894, CC BY 4.0), as an import stores them.

use std::collections::BTreeMap;
use std::path::Path;

use agents::evidence::fitbit::{FILES, Row, read_one};
use agents::evidence::{Evidence, PersonData};
use domain::archetype::Archetype;
use domain::health_data::Biomarker;
use domain::release::AgentSettings;
use jiff::Timestamp;

/// The morning after the last day of the export.
pub(crate) fn now() -> Timestamp {
    "2016-05-13T07:00:00Z".parse().unwrap()
}

/// By the id of the export, in its order; what cannot be read fails the test.
pub(crate) fn people() -> BTreeMap<String, PersonData> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fitbit-2016");
    let mut people: BTreeMap<String, PersonData> = BTreeMap::new();
    for (name, read_row) in FILES {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(dir.join(name)).unwrap();
        let header = reader.headers().unwrap().clone();
        for record in reader.into_records() {
            let (user, readings, _) =
                read_one(&Row { header: &header, record: &record.unwrap() }, read_row, now()).unwrap();
            people.entry(user.to_string()).or_default().biomarkers.extend(readings);
        }
    }
    for data in people.values_mut() {
        // As a store returns them.
        data.biomarkers.sort_by_key(|reading: &Biomarker| (reading.end, reading.kind));
    }
    people
}

pub(crate) fn evidence(data: &PersonData, archetype: Archetype) -> Evidence {
    Evidence::from_data(data.clone(), archetype, AgentSettings::default(), now(), 7)
}

#[test]
fn all_of_them_are_read() {
    let people = people();
    assert_eq!(people.len(), 33);
    let nights = people.values().filter(|data| {
        evidence(data, Archetype::FoundationBuilder).days.iter().any(|day| day.sleep_minutes.is_some())
    });
    assert_eq!(nights.count(), 24, "of whom the export has nights");
}
