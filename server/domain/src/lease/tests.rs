//! Leases of several instances on one sum, in any order of events.

use super::*;
use proptest::prelude::*;

const CAP: i64 = 10_000;

fn pair(bound: i64, likely: i64) -> Pair {
    Pair { bound: MicroUsd(bound), likely: MicroUsd(likely) }
}

/// The store's row: what is spent, and what all leases have taken.
#[derive(Default)]
struct Sum {
    spent: i64,
    taken: Pair,
}

#[derive(Clone, Debug)]
enum Step {
    /// A call of an instance: its worst case, and what it is likely to cost as a share of that.
    Call(usize, i64, f64),
    /// The oldest call of an instance costs this share of its worst case.
    Settle(usize, f64),
    /// A call that never left.
    Release(usize),
    /// An exchange with the store, which keeps so much; `false`: it fails.
    Exchange(usize, i64, bool),
    /// The instance is killed: what it had taken counts as spent.
    Kill(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0_usize..3;
    prop_oneof![
        8 => (who.clone(), 1_i64..2_000, 0.01..=1.0_f64).prop_map(|(who, bound, likely)| Step::Call(who, bound, likely)),
        6 => (who.clone(), 0.0..=1.0_f64).prop_map(|(who, share)| Step::Settle(who, share)),
        1 => who.clone().prop_map(Step::Release),
        4 => (who.clone(), 0_i64..3_000, prop::bool::weighted(0.8)).prop_map(|(who, keep, works)| Step::Exchange(who, keep, works)),
        1 => who.prop_map(Step::Kill),
    ]
}

#[derive(Default)]
struct Instance {
    lease: Lease,
    calls: Vec<Pair>,
    /// Really spent, booked or not.
    really: i64,
    booked: i64,
}

/// An exchange for a call that does not fit: takes what is missing where the sum has room.
fn take(sum: &mut Sum, instance: &mut Instance, call: Pair) -> bool {
    let booking = instance.lease.begin(Pair::ZERO);
    sum.spent += booking.spent.0;
    instance.booked += booking.spent.0;
    sum.taken += booking.change;
    let missing = (call - instance.lease.slack()).max(Pair::ZERO);
    let room = CAP - sum.spent - sum.taken.bound.0;
    let fits = missing.bound.0 <= room;
    let more = if fits { missing } else { Pair::ZERO };
    sum.taken += more;
    instance.lease.finish(&booking, more, false);
    fits
}

proptest! {
    #[test]
    fn no_instance_spends_what_the_sum_does_not_hold(steps in prop::collection::vec(step(), 1..200)) {
        let mut sum = Sum::default();
        let mut instances: [Instance; 3] = Default::default();
        let mut killed_really = 0;
        let mut killed_booked = 0;
        for step in steps {
            match step {
                Step::Call(who, bound, likely) => {
                    let instance = &mut instances[who];
                    let call = pair(bound, ((bound as f64 * likely) as i64).max(1));
                    if instance.lease.fits(call) || take(&mut sum, instance, call) {
                        prop_assert!(instance.lease.fits(call));
                        instance.lease.hold(call);
                        instance.calls.push(call);
                    }
                }
                Step::Settle(who, share) => {
                    let instance = &mut instances[who];
                    if !instance.calls.is_empty() {
                        let call = instance.calls.remove(0);
                        let cost = (call.bound.0 as f64 * share) as i64;
                        instance.lease.settle(call, MicroUsd(cost));
                        instance.really += cost;
                    }
                }
                Step::Release(who) => {
                    let instance = &mut instances[who];
                    if let Some(call) = instance.calls.pop() {
                        instance.lease.release(call);
                    }
                }
                Step::Exchange(who, keep, works) => {
                    let instance = &mut instances[who];
                    let before = instance.lease;
                    let booking = instance.lease.begin(pair(keep, keep));
                    prop_assert!(booking.change.bound.0 <= 0);
                    if works {
                        sum.spent += booking.spent.0;
                        instance.booked += booking.spent.0;
                        sum.taken += booking.change;
                        instance.lease.finish(&booking, Pair::ZERO, false);
                        prop_assert!(instance.lease.slack().bound.0 <= keep);
                        prop_assert_eq!(instance.lease.unbooked(), MicroUsd::ZERO);
                    } else {
                        instance.lease.undo(&booking);
                        prop_assert_eq!(instance.lease, before, "as if it had not begun");
                    }
                }
                Step::Kill(who) => {
                    let dead = std::mem::take(&mut instances[who]);
                    // Everything in flight may have cost its worst case.
                    let worst: i64 = dead.calls.iter().map(|call| call.bound.0).sum();
                    killed_really += dead.really + worst;
                    sum.spent += dead.lease.taken().bound.0;
                    sum.taken -= dead.lease.taken();
                    killed_booked += dead.booked + dead.lease.taken().bound.0;
                }
            }
            let taken = instances.iter().fold(Pair::ZERO, |all, instance| all + instance.lease.taken());
            prop_assert_eq!(sum.taken, taken, "the sum holds what its leases have taken");
            prop_assert!(sum.spent + sum.taken.bound.0 <= CAP, "{} + {}", sum.spent, sum.taken.bound.0);
            prop_assert!(killed_really <= killed_booked, "a killed instance spent no more than is booked for it");
            for instance in &instances {
                let (lease, held) = (&instance.lease, instance.calls.iter().fold(Pair::ZERO, |all, call| all + *call));
                prop_assert_eq!((lease.held(), lease.in_flight() as usize), (held, instance.calls.len()));
                prop_assert!(lease.slack().bound.0 >= 0, "what is held and unbooked is covered");
                prop_assert_eq!(lease.unbooked().0, instance.really - instance.booked);
            }
        }
        for instance in &mut instances {
            for call in std::mem::take(&mut instance.calls) {
                instance.lease.release(call);
            }
            let booking = instance.lease.begin(Pair::ZERO);
            instance.lease.finish(&booking, Pair::ZERO, false);
            prop_assert!(instance.lease.is_empty(), "all is given back: {:?}", instance.lease);
        }
    }

    #[test]
    fn a_cushion_follows_use_and_is_never_more_than_a_tenth_of_what_is_left(
        kept in 0_i64..100_000, held in 0_i64..100_000, call in 1_i64..10_000, left in -10_000_i64..1_000_000,
    ) {
        let [kept, held, call, left] = [kept, held, call, left].map(|amount| pair(amount, amount / 3));
        let cushion = cushion(kept, held, call, left);
        prop_assert!(cushion == Pair::ZERO || cushion.covers(call));
        prop_assert!(left.scaled(1, 10).max(Pair::ZERO).covers(cushion));
        prop_assert!(held.max(call).scaled(16, 1).covers(cushion), "whatever is left, it follows use");
    }
}

#[test]
fn a_call_dearer_than_likely_keeps_its_lease_honest() {
    let mut lease = Lease::default();
    lease.finish(&Booking::default(), pair(100, 10), false);
    lease.hold(pair(100, 10));
    assert!(!lease.fits(pair(1, 1)));
    lease.settle(pair(100, 10), MicroUsd(70));
    assert_eq!(lease.slack(), pair(30, -60), "more than was likely: nothing further fits");
    let booking = lease.begin(Pair::ZERO);
    assert_eq!(booking, Booking { spent: MicroUsd(70), given_back: pair(30, 0), change: pair(-100, -10) });
    lease.finish(&booking, Pair::ZERO, false);
    assert!(lease.is_empty());
}

#[test]
fn past_four_fifths_one_call_at_a_time() {
    let mut lease = Lease::default();
    lease.finish(&Booking::default(), pair(100, 100), true);
    assert!(lease.fits(pair(10, 10)));
    lease.hold(pair(10, 10));
    assert!(!lease.fits(pair(10, 10)));
    lease.settle(pair(10, 10), MicroUsd(1));
    assert!(lease.fits(pair(10, 10)));
}
