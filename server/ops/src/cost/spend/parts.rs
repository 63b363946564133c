//! Which parts of a window are read from days, from hours, from minutes, and which from rows.

use super::{DAY, HOUR, MINUTE};

/// From (inclusive) to (exclusive), milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cost) struct Part {
    /// Of these cells; `None`: of rows, because no cell ends where the window does.
    pub(in crate::cost) step: Option<i64>,
    pub(in crate::cost) from: i64,
    pub(in crate::cost) to: i64,
}

/// Disjoint parts that cover `from..to` exactly, in order. Minutes are complete from `minutes_from` on; hours and days always.
/// Rows are those of less than two minutes, of less than two hours where minutes are gone.
pub(in crate::cost) fn parts(from: i64, to: i64, minutes_from: i64) -> Vec<Part> {
    let mut all = Vec::new();
    cover(&mut all, from, to, &[DAY, HOUR, MINUTE], minutes_from);
    all
}

fn cover(all: &mut Vec<Part>, from: i64, to: i64, steps: &[i64], minutes_from: i64) {
    if from >= to {
        return;
    }
    let Some((&step, finer)) = steps.split_first() else {
        all.push(Part { step: None, from, to });
        return;
    };
    let first = if step == MINUTE { ceil(from.max(minutes_from), step) } else { ceil(from, step) };
    let last = floor(to, step);
    if first >= last {
        return cover(all, from, to, finer, minutes_from);
    }
    cover(all, from, first, finer, minutes_from);
    all.push(Part { step: Some(step), from: first, to: last });
    cover(all, last, to, finer, minutes_from);
}

pub(in crate::cost) fn floor(at: i64, step: i64) -> i64 {
    at.div_euclid(step) * step
}

fn ceil(at: i64, step: i64) -> i64 {
    floor(at.saturating_add(step - 1), step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn covers_the_window_once_with_cells_that_are_complete(
            from in 0_i64..400_000_000, length in 0_i64..400_000_000, minutes_from in 0_i64..500_000_000,
        ) {
            let to = from + length;
            let all = parts(from, to, minutes_from);
            let mut covered = from;
            for part in &all {
                prop_assert_eq!(part.from, covered);
                prop_assert!(part.from < part.to);
                covered = part.to;
                match part.step {
                    Some(step) => {
                        prop_assert_eq!((part.from % step, part.to % step), (0, 0));
                        prop_assert!(step > MINUTE || part.from >= minutes_from);
                    }
                    None => {
                        let most = if part.from < minutes_from { 2 * HOUR } else { 2 * MINUTE };
                        prop_assert!(part.to - part.from < most);
                    }
                }
            }
            prop_assert_eq!(covered, to.max(from));
            prop_assert!(all.len() <= 9, "{:?}", all);
        }
    }

    #[test]
    fn a_month_is_mostly_days() {
        let (from, to) = (DAY + 3 * HOUR, 31 * DAY + 7 * HOUR + 5 * MINUTE + 1);
        let told: Vec<_> =
            parts(from, to, 30 * DAY).iter().map(|part| (part.step, part.to - part.from)).collect();
        let expected = [
            (Some(HOUR), 21 * HOUR),
            (Some(DAY), 29 * DAY),
            (Some(HOUR), 7 * HOUR),
            (Some(MINUTE), 5 * MINUTE),
            (None, 1),
        ];
        assert_eq!(told, expected);
    }
}
