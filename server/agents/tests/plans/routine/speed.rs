//! What a plan costs in time. Bounds are those of a debug build; the figures are printed.

use std::time::{Duration, Instant};

use agents::routine::{RoutineWishes, plan, plan_week};
use domain::archetype::Archetype;

use crate::real::{evidence, people};
use crate::routine::analysed;

#[test]
fn a_day_and_a_week_are_quick() {
    let (mut days, mut weeks) = (Vec::new(), Vec::new());
    for data in people().values() {
        for archetype in Archetype::ALL {
            let evidence = evidence(data, archetype);
            let context = analysed(&evidence);
            let wishes = RoutineWishes::default();
            let start = Instant::now();
            plan(&evidence, &context, &wishes);
            days.push(start.elapsed());
            let start = Instant::now();
            plan_week(&evidence, &context, &wishes);
            weeks.push(start.elapsed());
        }
    }
    let p99 = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() * 99 / 100]
    };
    let (day, week) = (p99(&mut days), p99(&mut weeks));
    println!("198 days: p99 {day:?}; 198 weeks: p99 {week:?}");
    // Far above what is measured, so that a busy machine is no failure, and far below a slip of an order.
    assert!(day < Duration::from_millis(200) && week < Duration::from_millis(1_400), "{day:?} {week:?}");
}
