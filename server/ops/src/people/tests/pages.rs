//! Pages: no item twice and none missed, whatever is added while somebody reads.

use std::collections::BTreeSet;

use domain::check_in::{CheckIn, CheckInStatus};
use domain::journal::JournalEntry;
use domain::profile::Profile;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{caller, user};
use crate::Ops;
use crate::page::PageRequest;
use crate::people::Days;
use crate::testing;

type Item = (Date, String);

fn item(n: u16) -> Item {
    // Forty days of up to eight tasks, so that pages break within days.
    (date(2026, 1, 1).checked_add(i32::from(n / 8 % 40).days()).unwrap(), format!("task-{}", n % 8))
}

async fn add(ops: &Ops, name: &str, items: &[Item]) {
    let report = |(date, task_id): &Item| CheckIn {
        task_id: task_id.clone(),
        title: None,
        status: CheckInStatus::Done,
        rating: None,
        date: *date,
        note: None,
    };
    if !items.is_empty() {
        ops.add_check_ins(&caller("t"), &user(name), items.iter().map(report).collect()).await.unwrap();
    }
}

/// Reads every page; between two of them the next of `meanwhile` is added.
async fn read_all(ops: &Ops, name: &str, limit: usize, meanwhile: &[Vec<u16>]) -> Vec<Item> {
    let mut meanwhile = meanwhile.iter();
    let (mut read, mut cursor) = (Vec::new(), None);
    loop {
        let asked = PageRequest::parse(Some(&limit.to_string()), cursor.as_deref()).unwrap();
        let page = ops.check_ins(&caller("t"), &user(name), &Days::default(), &asked).await.unwrap();
        assert!(page.items.len() <= limit);
        read.extend(page.items.into_iter().map(|it| (it.date, it.task_id)));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return read,
        }
        if let Some(added) = meanwhile.next() {
            add(ops, name, &added.iter().map(|n| item(*n)).collect::<Vec<_>>()).await;
        }
    }
}

#[test]
fn check_ins_are_read_once_each_while_others_are_added() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ops = runtime.block_on(testing::ops());
    let one = prop::collection::vec(0_u16..320, 0..60);
    let input = (one.clone(), prop::collection::vec(one, 0..6), 1_usize..20);
    let mut person = 0;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(24));
    let name = std::cell::RefCell::new(&mut person);
    runner
        .run(&input, |(first, meanwhile, limit)| {
            let name = {
                let mut name = name.borrow_mut();
                **name += 1;
                format!("p{}", **name)
            };
            let (before, read) = runtime.block_on(async {
                ops.put_profile(&caller("t"), &user(&name), Profile::default()).await.unwrap();
                let before: Vec<Item> = first.iter().map(|n| item(*n)).collect();
                add(&ops, &name, &before).await;
                (before, read_all(&ops, &name, limit, &meanwhile).await)
            });
            let once: BTreeSet<&Item> = read.iter().collect();
            prop_assert_eq!(once.len(), read.len(), "an item came twice");
            prop_assert!(before.iter().all(|item| once.contains(item)), "an item was missed");
            prop_assert!(read.is_sorted_by(|a, b| a > b), "newest first");
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn pages_of_a_range_of_days_stay_in_it_and_their_cursors_are_of_their_list() {
    let ops = testing::ops().await;
    let (caller, user) = (caller("t"), user("u"));
    ops.put_profile(&caller, &user, Profile::default()).await.unwrap();
    for day in 1..=9 {
        let entry = JournalEntry { mood_rating: Some(3), ..JournalEntry::default() };
        ops.put_journal(&caller, &user, date(2026, 3, day), entry, &|_| true).await.unwrap();
    }
    let days = Days::new(Some(date(2026, 3, 2)), Some(date(2026, 3, 6))).unwrap();
    let first = PageRequest::parse(Some("3"), None).unwrap();
    let page = ops.journals(&caller, &user, &days, &first).await.unwrap();
    let read = |page: &crate::page::Page<crate::people::journal::JournalDay>| {
        page.items.iter().map(|it| it.date.day()).collect::<Vec<_>>()
    };
    assert_eq!(read(&page), [6, 5, 4]);
    let next = PageRequest::parse(Some("3"), page.next.as_deref()).unwrap();
    let last = ops.journals(&caller, &user, &days, &next).await.unwrap();
    assert_eq!((read(&last), last.next), (vec![3, 2], None));
    assert!(ops.check_ins(&caller, &user, &days, &next).await.is_err(), "another list's cursor");
    assert!(Days::new(Some(date(2026, 3, 2)), Some(date(2026, 3, 1))).is_err());
}
