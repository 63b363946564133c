//! Who is counted when there are more subjects than places.

use std::time::Duration;

use super::*;

/// One limit only, of `quota` requests a minute for each person, and `most` places.
fn with_places(most: usize, quota: u32) -> (Limits, Clock) {
    let (limits, clock) = limits(|_| {});
    let book = Book { set: [(rule("requests:minute:person=*"), Quota::of(quota))].into(), ..Book::default() };
    assert!(limits.in_force.set(limits.in_force.epoch() + 1, InForce::of(book)));
    *lock(&limits.counts) = Counts::new(most);
    (limits, clock)
}

fn asks(limits: &Limits, tenant: &str, id: &str) -> bool {
    limits.admit(&testing::caller(tenant, Tier::Free), Agent::Routine, Some(&user(id)), true).is_ok()
}

fn counted(limits: &Limits) -> usize {
    lock(&limits.counts).used.len()
}

#[test]
fn a_tenant_that_makes_up_people_leaves_places_for_others() {
    let (limits, _) = with_places(30, 1);
    (0..100).for_each(|n| assert!(asks(&limits, "loud", &format!("u{n}"))));
    assert_eq!(counted(&limits), 15, "as many as are free");
    assert!(asks(&limits, "calm", "ana"));
    assert!(!asks(&limits, "calm", "ana"), "counted, whatever others do");
    assert!(!asks(&limits, "loud", "u0"), "who had a place keeps it");
    (0..100).for_each(|n| assert!(asks(&limits, "calm", &format!("u{n}"))));
    assert!(asks(&limits, "third", "ana") && !asks(&limits, "third", "ana"), "however many there are");
}

#[test]
fn the_limit_of_a_key_holds_when_its_people_have_no_place() {
    let (limits, _) = with_places(4, 1);
    (0..10).for_each(|n| assert!(asks(&limits, "loud", &format!("u{n}"))));
    put(&limits, &[("requests:minute:key=*", 2), ("requests:minute:person=*", 1)]);
    assert!(asks(&limits, "loud", "v0") && asks(&limits, "loud", "v1"));
    assert!(!asks(&limits, "loud", "v2"));
}

#[test]
fn the_idle_are_looked_for_once_a_second_when_places_are_short() {
    // A tenth of a second after its one request a person is idle.
    let (limits, clock) = with_places(10, 600);
    let fill = || (0..20).for_each(|n| assert!(asks(&limits, "t", &format!("u{n}"))));
    fill();
    assert_eq!((counted(&limits), lock(&limits.counts).swept_at()), (5, Some(Duration::ZERO)));
    clock.advance(SignedDuration::from_millis(999));
    assert!(asks(&limits, "t", "late"));
    assert_eq!((counted(&limits), lock(&limits.counts).swept_at()), (5, Some(Duration::ZERO)));
    clock.advance(SignedDuration::from_millis(1));
    assert!(asks(&limits, "t", "late"));
    assert_eq!((counted(&limits), lock(&limits.counts).swept_at()), (1, Some(Duration::from_secs(1))));
    fill();
    assert_eq!(counted(&limits), 5, "the places of the idle are free again");
}

#[test]
fn tokens_that_found_no_place_are_not_given_back_to_whoever_did() {
    let (limits, clock) = with_places(4, 600);
    put(&limits, &[("tokens:minute:person=*", 100)]);
    let take = |id: &str, n| {
        limits.take_tokens(&testing::caller("t", Tier::Free), Agent::Routine, Some(&user(id)), "m", n).ok()
    };
    let (_a, _b) = (take("a", 10).unwrap(), take("b", 10).unwrap());
    let uncounted = take("c", 90).unwrap();
    clock.advance(SignedDuration::from_secs(60));
    let _counted = take("c", 90).unwrap();
    drop(uncounted);
    assert!(take("c", 20).is_none(), "ninety of a hundred are held");
}
