//! The calls of somebody who submits jobs, watches them, or changes the farm. They need no credentials.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::RANGE;
use reqwest::{Method, StatusCode};

use super::error::ClientError;
use super::http::{ManagerHttp, accept, read_bytes, read_json, send};
use crate::api::{
    AvailableJobType, AvailableJobTypes, FarmStatusReport, Job, JobBlocklist, JobDeletionInfo,
    JobLastRenderedImageInfo, JobOutputs, JobPriorityChange, JobStatusChange, JobTasksSummary,
    JobVerification, JobVerifyRequest, JobWhy, JobsQueryResult, ManagerConfiguration,
    ManagerVariableAudience, ManagerVariables, SharedStorageLocation, SubmittedJob, Task,
    TaskAttempt, TaskAttempts, TaskLogInfo, TaskStatusChange, TaskSummary, TaskWhy, Worker,
    WorkerList, WorkerStatusChangeRequest, WorkerSummary,
};
use crate::ids::{JobId, TaskId, WorkerId};
use crate::paths;
use crate::status::FarmStatus;

/// A job of many tasks takes its time to compile and store, and giving up on it would leave its fate unknown.
const SUBMIT_TIMEOUT: Duration = Duration::from_mins(5);

/// All frames of a job are read and decoded.
const VERIFY_TIMEOUT: Duration = Duration::from_hours(2);

/// The most that [`ManagerHttp::task_log_part`] reads at once.
const LOG_PART: u64 = 1024 * 1024;

/// About the Manager.
impl ManagerHttp {
    /// What the farm is doing.
    pub async fn farm_status(&self) -> Result<FarmStatus, ClientError> {
        let report: FarmStatusReport = self.get(paths::STATUS).await?;
        Ok(report.status)
    }

    /// What a submitter has to know of the configuration.
    pub async fn configuration(&self) -> Result<ManagerConfiguration, ClientError> {
        self.get(paths::CONFIGURATION).await
    }

    /// The variables' values for an audience on a platform.
    pub async fn variables(
        &self,
        audience: ManagerVariableAudience,
        platform: &str,
    ) -> Result<ManagerVariables, ClientError> {
        self.get(&paths::variables(audience.as_str(), platform))
            .await
    }

    /// Where the shared storage is for an audience on a platform.
    pub async fn shared_storage(
        &self,
        audience: ManagerVariableAudience,
        platform: &str,
    ) -> Result<SharedStorageLocation, ClientError> {
        self.get(&paths::shared_storage(audience.as_str(), platform))
            .await
    }
}

/// About jobs.
impl ManagerHttp {
    /// The job types that can be submitted.
    pub async fn job_types(&self) -> Result<Vec<AvailableJobType>, ClientError> {
        let types: AvailableJobTypes = self.get(paths::JOB_TYPES).await?;
        Ok(types.job_types)
    }

    /// One job type.
    pub async fn job_type(&self, name: &str) -> Result<AvailableJobType, ClientError> {
        self.get(&paths::job_type(name)).await
    }

    /// Submits a job. When no answer came it may have been stored all the same, so this is never repeated by itself.
    pub async fn submit_job(&self, job: &SubmittedJob) -> Result<Job, ClientError> {
        let request = self
            .request(Method::POST, paths::JOBS)
            .json(job)
            .timeout(SUBMIT_TIMEOUT);
        read_json(accept(send(request).await?).await?).await
    }

    /// Whether a job would be accepted.
    pub async fn check_job(&self, job: &SubmittedJob) -> Result<(), ClientError> {
        let request = self
            .request(Method::POST, paths::JOBS_CHECK)
            .json(job)
            .timeout(SUBMIT_TIMEOUT);
        accept(send(request).await?).await.map(drop)
    }

    /// All jobs, oldest first.
    pub async fn jobs(&self) -> Result<Vec<Job>, ClientError> {
        let result: JobsQueryResult = self.get(paths::JOBS).await?;
        Ok(result.jobs)
    }

    /// One job.
    pub async fn job(&self, job: JobId) -> Result<Job, ClientError> {
        self.get(&paths::job(job)).await
    }

    /// The tasks of a job, by their place in it.
    pub async fn job_tasks(&self, job: JobId) -> Result<Vec<TaskSummary>, ClientError> {
        let summary: JobTasksSummary = self.get(&paths::job_tasks(job)).await?;
        Ok(summary.tasks.unwrap_or_default())
    }

    /// Which Workers may not run which tasks of a job.
    pub async fn job_blocklist(&self, job: JobId) -> Result<JobBlocklist, ClientError> {
        self.get(&paths::job_blocklist(job)).await
    }

    /// Asks for another state of a job.
    pub async fn set_job_status(
        &self,
        job: JobId,
        change: &JobStatusChange,
    ) -> Result<(), ClientError> {
        self.tell(&paths::job_set_status(job), change).await
    }

    /// Gives a job another priority.
    pub async fn set_job_priority(&self, job: JobId, priority: i32) -> Result<(), ClientError> {
        self.tell(
            &paths::job_set_priority(job),
            &JobPriorityChange { priority },
        )
        .await
    }

    /// What deleting a job would take with it.
    pub async fn what_would_delete_do(&self, job: JobId) -> Result<JobDeletionInfo, ClientError> {
        self.get(&paths::job_what_would_delete_do(job)).await
    }

    /// Asks to delete a job; it goes when nothing needs it any more.
    pub async fn delete_job(&self, job: JobId) -> Result<(), ClientError> {
        accept(send(self.request(Method::DELETE, &paths::job(job))).await?)
            .await
            .map(drop)
    }

    /// Has the farm forget a Worker. What it is doing goes back to the queue.
    pub async fn delete_worker(&self, worker: WorkerId) -> Result<(), ClientError> {
        accept(send(self.request(Method::DELETE, &paths::worker(worker))).await?)
            .await
            .map(drop)
    }

    /// Why a job is not being worked on. Only ours answers this.
    pub async fn why_job(&self, job: JobId) -> Result<JobWhy, ClientError> {
        self.get(&paths::farm_job_why(job)).await
    }

    /// A page of the outputs of a job, after the place that the page before named, with paths as people on this platform
    /// see them. Only ours answers this.
    pub async fn job_outputs(
        &self,
        job: JobId,
        after: Option<&str>,
        platform: &str,
    ) -> Result<JobOutputs, ClientError> {
        let request = self.request(Method::GET, &paths::farm_job_outputs(job));
        let request = request.query(&[("platform", platform)]);
        let request = request.query(&after.map(|after| [("after", after)]));
        read_json(accept(send(request).await?).await?).await
    }

    /// Checks the recorded outputs of a job again, and gives paths as people on this platform see them. Only ours answers
    /// this. Takes as long as it takes to read them.
    pub async fn verify_job(
        &self,
        job: JobId,
        how: &JobVerifyRequest,
        platform: &str,
    ) -> Result<JobVerification, ClientError> {
        let request = self
            .request(Method::POST, &paths::farm_job_verify(job))
            .query(&[("platform", platform)])
            .json(how)
            .timeout(VERIFY_TIMEOUT);
        read_json(accept(send(request).await?).await?).await
    }

    /// The pictures of whatever was rendered last.
    pub async fn last_rendered(&self) -> Result<Option<JobLastRenderedImageInfo>, ClientError> {
        self.find(paths::LAST_RENDERED).await
    }

    /// The pictures of a job.
    pub async fn job_last_rendered(
        &self,
        job: JobId,
    ) -> Result<Option<JobLastRenderedImageInfo>, ClientError> {
        self.find(&paths::job_last_rendered(job)).await
    }
}

/// About tasks and their logs.
impl ManagerHttp {
    /// One task.
    pub async fn task(&self, task: TaskId) -> Result<Task, ClientError> {
        self.get(&paths::task(task)).await
    }

    /// Why a task is not being worked on. Only ours answers this.
    pub async fn why_task(&self, task: TaskId) -> Result<TaskWhy, ClientError> {
        self.get(&paths::farm_task_why(task)).await
    }

    /// The attempts at a task, oldest first. Only ours answers this.
    pub async fn task_attempts(&self, task: TaskId) -> Result<Vec<TaskAttempt>, ClientError> {
        let list: TaskAttempts = self.get(&paths::farm_task_attempts(task)).await?;
        Ok(list.attempts)
    }

    /// Asks for another state of a task.
    pub async fn set_task_status(
        &self,
        task: TaskId,
        change: &TaskStatusChange,
    ) -> Result<(), ClientError> {
        self.tell(&paths::task_set_status(task), change).await
    }

    /// The last lines of a task's log; empty when there is none.
    pub async fn task_log_tail(&self, task: TaskId) -> Result<String, ClientError> {
        let request = self.request(Method::GET, &paths::task_log_tail(task));
        let tail = read_bytes(accept(send(request).await?).await?).await?;
        Ok(String::from_utf8_lossy(&tail).into_owned())
    }

    /// Where a task's log can be read, if there is one.
    pub async fn task_log_info(&self, task: TaskId) -> Result<Option<TaskLogInfo>, ClientError> {
        self.find(&paths::task_log(task)).await
    }

    /// A part of a task's log, from this byte on: at most 1 MiB, and nothing when the log does not reach further.
    /// Asking on from where the last part ended reads all of it, and follows it as it grows.
    pub async fn task_log_part(&self, log: &TaskLogInfo, from: u64) -> Result<Bytes, ClientError> {
        let range = format!("bytes={from}-{}", from.saturating_add(LOG_PART - 1));
        let response = send(self.request(Method::GET, &log.url).header(RANGE, range)).await?;
        match response.status() {
            StatusCode::RANGE_NOT_SATISFIABLE => Ok(Bytes::new()),
            StatusCode::PARTIAL_CONTENT => read_bytes(response).await,
            // The range was read over: this is the log from its beginning.
            _ => {
                let all = read_bytes(accept(response).await?).await?;
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(all.len());
                Ok(all.slice(from..))
            }
        }
    }
}

/// About Workers.
impl ManagerHttp {
    /// All Workers, oldest first.
    pub async fn workers(&self) -> Result<Vec<WorkerSummary>, ClientError> {
        let list: WorkerList = self.get(paths::WORKERS).await?;
        Ok(list.workers)
    }

    /// One Worker.
    pub async fn worker(&self, worker: WorkerId) -> Result<Worker, ClientError> {
        self.get(&paths::worker(worker)).await
    }

    /// Asks a Worker to go to another state.
    pub async fn set_worker_status(
        &self,
        worker: WorkerId,
        change: WorkerStatusChangeRequest,
    ) -> Result<(), ClientError> {
        self.tell(&paths::worker_set_status(worker), &change).await
    }
}
