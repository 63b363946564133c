//! Which release is served, told from the history of what people did: serve, roll back, restore.
//!
//! It is the line of undo and redo: a rollback leaves the current release for the one served before it, again
//! and again; restoring takes the last rollback back; serving a new release ends the chance to restore.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Move {
    Served,
    RolledBack,
    Restored,
}

impl Move {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::RolledBack => "rolled-back",
            Self::Restored => "restored",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Served, Self::RolledBack, Self::Restored].into_iter().find(|step| step.as_str() == text)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseLine {
    /// Served one after the other; the last one is current.
    served: Vec<String>,
    /// Rolled back from; the last one is restored first.
    undone: Vec<String>,
}

impl ReleaseLine {
    /// Follows the history, oldest first. `id` is the release in force after the move.
    pub fn follow<'a>(history: impl IntoIterator<Item = (Move, &'a str)>) -> Self {
        let mut line = Self::default();
        for (step, id) in history {
            match step {
                Move::Served => line.serve(id),
                Move::RolledBack => drop(line.roll_back()),
                Move::Restored => drop(line.restore()),
            }
        }
        line
    }

    pub fn serve(&mut self, id: &str) {
        self.undone.clear();
        self.served.push(id.to_owned());
    }

    /// Leaves the current release: `(from, to)`. `None` when nothing was served before it.
    pub fn roll_back(&mut self) -> Option<(String, String)> {
        let to = self.previous()?.to_owned();
        let from = self.served.pop()?;
        self.undone.push(from.clone());
        Some((from, to))
    }

    /// Takes the last rollback back: `(from, to)`. `None` when nothing is rolled back.
    pub fn restore(&mut self) -> Option<(String, String)> {
        let from = self.current()?.to_owned();
        let to = self.undone.pop()?;
        self.served.push(to.clone());
        Some((from, to))
    }

    pub fn current(&self) -> Option<&str> {
        self.served.last().map(String::as_str)
    }

    /// Where a rollback goes.
    pub fn previous(&self) -> Option<&str> {
        self.served.len().checked_sub(2).map(|index| self.served[index].as_str())
    }

    /// What restoring brings back.
    pub fn restorable(&self) -> Option<&str> {
        self.undone.last().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_release_made_after_a_rollback_falls_back_to_the_good_one() {
        let mut line = ReleaseLine::follow([(Move::Served, "a"), (Move::Served, "b"), (Move::Served, "bad")]);
        assert_eq!(line.roll_back(), Some(("bad".into(), "b".into())));
        line.serve("d");
        assert_eq!((line.previous(), line.restorable()), (Some("b"), None), "bad is never gone back to");
    }

    proptest! {
        #[test]
        fn restoring_takes_rollbacks_back(served in 1_usize..8, back in 0_usize..10) {
            let mut line = ReleaseLine::default();
            for n in 0..served {
                line.serve(&n.to_string());
            }
            let before = line.clone();
            let done = (0..back).take_while(|_| line.roll_back().is_some()).count();
            prop_assert_eq!(done, back.min(served - 1));
            prop_assert_eq!(line.current().map(str::to_owned), Some((served - 1 - done).to_string()));
            for _ in 0..done {
                line.restore().unwrap();
            }
            prop_assert_eq!(line.restore(), None);
            prop_assert_eq!(line, before);
        }
    }
}
