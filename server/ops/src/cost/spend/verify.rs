//! Whether the sums of the ledger are what its rows say: recomputed and compared, and made anew where they are not.

use jiff::Timestamp;
use serde::Serialize;

use super::parts::floor;
use super::{DAY, HOUR, MINUTE, MINUTES_READ, store, tokens};
use crate::Ops;
use crate::clock::at;
use crate::error::Result;

/// What a comparison of all sums with all rows found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SpendCheck {
    pub days: u64,
    /// Settled calls and micro-dollars, by the sums of whole days.
    pub calls: i64,
    pub settled_micro: i64,
    pub cells: i64,
    /// Days that were made anew.
    pub repaired: u64,
    /// Cost days whose sums of tokens are not what their rows say.
    pub token_days: Vec<String>,
    /// The first, if any.
    pub differences: Vec<SpendDifference>,
}

/// A sum that is not what its rows say; what the rows have more is positive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpendDifference {
    /// `minute`, `hour`, `day`.
    pub of: &'static str,
    pub at: Timestamp,
    pub agent: String,
    pub model: String,
    pub tier: String,
    pub release: String,
    pub calls: i64,
    pub settled_micro: i64,
}

/// Told of one check at most.
const MOST: usize = 10;

impl Ops {
    /// Compares day by day, each by one statement and so of one moment. With `repair`, days that differ are made anew from their
    /// rows.
    pub async fn verify_spend(&self, repair: bool) -> Result<SpendCheck> {
        self.verify_spend_from(i64::MIN, repair).await
    }

    /// One activation of the task `spend-verify`: a process of a version that knows no sums may have written rows beside us.
    pub(crate) async fn verify_recent_spend(&self) -> Result<()> {
        let check = self.verify_spend_from(floor(self.clock.now_ms(), DAY) - DAY, true).await?;
        if check.repaired > 0 {
            tracing::error!(days = check.repaired, "sums of the ledger differed from its rows: made anew");
        }
        Ok(())
    }

    /// Of days from this moment on, milliseconds.
    async fn verify_spend_from(&self, from: i64, repair: bool) -> Result<SpendCheck> {
        let db = self.db.read();
        let mut check = SpendCheck::default();
        let Some((oldest, newest)) = store::span(db).await? else { return Ok(check) };
        let minutes_from = self.minutes_from();
        let mut day = floor(oldest.max(from), DAY);
        while day <= newest {
            let mut found = Vec::new();
            for (step, of) in [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")] {
                let from = if step == MINUTE { day.max(minutes_from) } else { day };
                if from < day + DAY {
                    let differences = store::differences(db, step, from, day + DAY).await?;
                    found.extend(differences.into_iter().map(|one| difference(of, one)));
                }
            }
            let (cells, calls, settled) = store::count(db, day, day + DAY).await?;
            check.days += 1;
            check.cells += cells;
            check.calls += calls;
            check.settled_micro += settled;
            if repair && !found.is_empty() {
                let mut tx = self.db.begin_write().await?;
                store::rebuild(&mut tx, day, minutes_from).await?;
                tx.commit().await?;
                check.repaired += 1;
            }
            check.differences.extend(found);
            check.differences.truncate(MOST);
            day += DAY;
        }
        self.verify_tokens(from, repair, &mut check).await?;
        Ok(check)
    }

    async fn verify_tokens(&self, from: i64, repair: bool, check: &mut SpendCheck) -> Result<()> {
        let db = self.db.read();
        // A cost day may begin before the day of its name, by UTC: one earlier is looked at too.
        let first = Timestamp::from_millisecond(from.saturating_sub(DAY)).ok();
        let mut day = first.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
        while let Some(next) = tokens::store::next_day(db, &day).await? {
            if tokens::store::differs(db, &next).await? {
                if repair {
                    let mut tx = self.db.begin_write().await?;
                    tokens::store::rebuild(&mut tx, &next).await?;
                    tx.commit().await?;
                    check.repaired += 1;
                }
                check.token_days.push(next.clone());
            }
            day = next;
        }
        Ok(())
    }

    /// From when on sums of minutes are complete, milliseconds.
    pub(in crate::cost) fn minutes_from(&self) -> i64 {
        floor(self.clock.now_ms() - MINUTES_READ, MINUTE)
    }
}

fn difference(of: &'static str, found: store::Difference) -> SpendDifference {
    let store::Difference { at: moment, agent, model, tier, release_id: release, calls, settled_micro } =
        found;
    SpendDifference { of, at: at(moment), agent, model, tier, release, calls, settled_micro }
}
