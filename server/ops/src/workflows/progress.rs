//! Following a workflow: where it is, then each change, then its end; whichever process runs it.
//!
//! Everything is read from the store, which counts the changes, so that a watcher that was away goes on after what it saw
//! last. Changes of the same step that follow each other quickly may come as one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use agents::orchestrator::StepRecord;
use tokio::sync::broadcast;

use super::{Status, Workflow, store};
use crate::access::Caller;
use crate::error::Result;

/// What runs in another process is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// One thing that changed; `revision` counts.
#[derive(Clone, Debug)]
pub enum Change {
    /// The whole, without its answer: where it is when one begins to watch, and when its status changes.
    Workflow(i64, Box<Workflow>),
    Step(i64, Box<StepRecord>),
    /// The whole at its end, without its answer.
    End(i64, Box<Workflow>),
}

/// A workflow being followed.
pub struct Changes {
    ops: crate::Ops,
    caller: Caller,
    id: String,
    heard: broadcast::Receiver<Arc<str>>,
    seen: i64,
    status: Option<Status>,
    waiting: VecDeque<Change>,
    over: bool,
}

impl crate::Ops {
    /// Follows a workflow from now on, or after the change `after`. `None`: it has ended, and its end was seen.
    ///
    /// # Errors
    /// `NotFound`, also for one of another tenant.
    pub async fn follow_workflow(
        &self,
        caller: &Caller,
        id: &str,
        after: Option<i64>,
    ) -> Result<Option<Changes>> {
        let heard = self.workflows.watch();
        let workflow = self.workflow(caller, id).await?;
        // A number that it never had says nothing.
        let after = after.filter(|after| (1..=workflow.revision).contains(after));
        if workflow.status.ended() && after == Some(workflow.revision) {
            return Ok(None);
        }
        let mut changes = Changes {
            ops: self.clone(),
            caller: caller.clone(),
            id: id.to_owned(),
            heard,
            seen: after.unwrap_or(workflow.revision),
            status: after.map(|_| workflow.status).filter(|status| !status.ended()),
            waiting: VecDeque::new(),
            over: false,
        };
        match after {
            None => {
                changes.status = Some(workflow.status);
                if workflow.status.ended() {
                    changes.over = true;
                    changes.waiting.push_back(Change::End(workflow.revision, plain(workflow)));
                } else {
                    changes.waiting.push_back(Change::Workflow(workflow.revision, plain(workflow)));
                }
            }
            Some(_) => changes.take(workflow),
        }
        Ok(Some(changes))
    }
}

fn plain(mut workflow: Workflow) -> Box<Workflow> {
    workflow.answer = None;
    Box::new(workflow)
}

impl Changes {
    /// The next change; `None` after the end, and when the store cannot be read or the workflow is gone: ask again then.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.waiting.pop_front() {
                return Some(change);
            }
            if self.over {
                return None;
            }
            self.wait().await;
            if store::revision(&self.ops.db, &self.id).await.ok().flatten()? == self.seen {
                continue;
            }
            let found = store::workflow(&self.ops.db, &self.caller.tenant, &self.id).await.ok().flatten()?;
            self.take(found.0);
        }
    }

    /// Until something may be new.
    async fn wait(&mut self) {
        let own = async {
            loop {
                match self.heard.recv().await {
                    Ok(id) if *id == *self.id => return,
                    Ok(_) => {}
                    // Too slow to hear all: it may have been among them.
                    Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        let _ = tokio::time::timeout(LOOK_EVERY, own).await;
    }

    /// What is newer than what was seen.
    fn take(&mut self, workflow: Workflow) {
        let revisions = workflow.step_revisions.iter().copied();
        let mut steps: Vec<(i64, &StepRecord)> = revisions
            .zip(&workflow.steps)
            // What is newer than the whole was written while it was read: it comes the next time.
            .filter(|(revision, _)| *revision > self.seen && *revision <= workflow.revision)
            .collect();
        steps.sort_by_key(|(revision, step)| (*revision, step.step));
        let steps: Vec<Change> = steps
            .into_iter()
            .map(|(revision, step)| Change::Step(revision, Box::new(step.clone())))
            .collect();
        self.waiting.extend(steps);
        self.seen = workflow.revision;
        let status = workflow.status;
        if status.ended() {
            self.over = true;
            self.waiting.push_back(Change::End(workflow.revision, plain(workflow)));
        } else if self.status != Some(status) {
            self.waiting.push_back(Change::Workflow(workflow.revision, plain(workflow)));
        }
        self.status = Some(status);
    }
}
