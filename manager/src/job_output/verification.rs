//! Verifying a job: every recorded output is looked at again, and what is missing or broken can be rendered again.

use std::path::PathBuf;

use farandole_protocol::api::{JobOutput, JobVerification, OutputFault};
use farandole_protocol::ids::TaskId;
use farandole_protocol::status::TaskStatus;

use super::actor::JobOutputParts;
use super::messages::{ListJobOutputs, OutputError, VerifyJob};
use crate::farm::commands::tasks::SetTaskStatus;
use crate::frame_checks::{CheckFiles, FileCheck};
use crate::scheduler;

/// How many files are handed to `FrameChecks` at once, so that other checks come in between.
const AT_ONCE: usize = 16;

impl JobOutputParts {
    pub(super) async fn verify(&self, order: VerifyJob) -> Result<JobVerification, OutputError> {
        let VerifyJob {
            job,
            platform,
            requeue,
        } = order;
        let mut found = JobVerification {
            job_id: job,
            checked: 0,
            header_only: 0,
            not_checked: 0,
            faults: Vec::new(),
            requeued: Vec::new(),
        };
        let mut after = None;
        loop {
            let list = ListJobOutputs {
                job,
                after,
                platform: None,
            };
            let page = self.list_outputs(list).await?;
            for some in page.outputs.chunks(AT_ONCE) {
                self.check(some, &mut found).await?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if requeue {
            self.requeue(&mut found).await?;
        }
        if let Some(platform) = platform {
            let paths = found.faults.iter_mut().map(|it| &mut it.path);
            self.show(paths.collect(), platform).await?;
        }
        Ok(found)
    }

    async fn check(
        &self,
        outputs: &[JobOutput],
        found: &mut JobVerification,
    ) -> Result<(), OutputError> {
        let paths = outputs.iter().map(|it| PathBuf::from(&it.output.path));
        let checks = self.frame_checks.ask(CheckFiles(paths.collect())).await?;
        for (output, check) in outputs.iter().zip(checks) {
            found.checked += 1;
            match check {
                FileCheck::Whole { header_only, .. } => {
                    found.header_only += i64::from(header_only);
                }
                FileCheck::Fault { class, reason } => found.faults.push(OutputFault {
                    task_id: output.task_id,
                    index_in_job: output.index_in_job,
                    frame: output.output.frame,
                    path: output.output.path.clone(),
                    class,
                    reason,
                }),
                FileCheck::NotChecked(_) => found.not_checked += 1,
            }
        }
        Ok(())
    }

    /// Requeues each task with a fault once. The Worker that gets it keeps the frames that are whole.
    async fn requeue(&self, found: &mut JobVerification) -> Result<(), OutputError> {
        let mut tasks: Vec<TaskId> = found.faults.iter().map(|fault| fault.task_id).collect();
        // The faults are ordered by task.
        tasks.dedup();
        for task in tasks {
            let order = SetTaskStatus {
                task,
                status: TaskStatus::Queued,
                reason: "requeued, because an output is missing or broken".to_owned(),
                overwrite: false,
            };
            // A task that is gone by now needs nothing.
            if scheduler::give_order(&self.scheduler, order).await?.is_ok() {
                found.requeued.push(task);
            }
        }
        Ok(())
    }
}
