//! Temporary.
use super::*;
#[tokio::test]
#[ignore]
async fn measure_exchange() {
    for people in [1_usize, 500] {
        let ops = testing::ops_with(|c| {
            c.limits.enabled = false;
            (c.cost.alert_usd, c.cost.budget_usd, c.cost.ceiling_usd) = (1e6, 1e6, 1e6);
        }).await;
        let mut times = Vec::new();
        for _round in 0..25 {
            for n in 0..500 {
                let permit = admit_for(&ops, Some(&format!("u{}", n % people)));
                let held = granted(hold_likely(&permit, 0.01, 0.001).await);
                settle(&permit, held, 0.00001);
                permit.settle();
            }
            let begun = Instant::now();
            ops.flush_ledger().await.unwrap();
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            ops.clock.advance(SignedDuration::from_millis(250));
        }
        times.drain(..5);
        times.sort_by(f64::total_cmp);
        eprintln!("exchange of 500 rows, {people} people: median {:.1} ms, min {:.1}, max {:.1}", times[10], times[0], times[19]);
    }
}
