//! The calls of somebody who says who works on what, and when: tags, blocks and sleep schedules.

use reqwest::{Method, RequestBuilder};

use super::error::ClientError;
use super::http::{ManagerHttp, accept, read_json, send};
use crate::api::{
    JobBlocklist, JobTagChange, WorkerSleepSchedule, WorkerTag, WorkerTagChangeRequest,
    WorkerTagList,
};
use crate::ids::{JobId, TagId, WorkerId};
use crate::paths;

/// About tags.
impl ManagerHttp {
    /// All tags, oldest first.
    pub async fn tags(&self) -> Result<Vec<WorkerTag>, ClientError> {
        let list: WorkerTagList = self.get(paths::TAGS).await?;
        Ok(list.tags.unwrap_or_default())
    }

    /// Makes a tag. Without an id it is given one.
    pub async fn create_tag(&self, tag: &WorkerTag) -> Result<WorkerTag, ClientError> {
        let request = self.request(Method::POST, paths::TAGS).json(tag);
        read_json(accept(send(request).await?).await?).await
    }

    /// Gives a tag another name, and another description if there is one.
    pub async fn update_tag(&self, id: TagId, tag: &WorkerTag) -> Result<(), ClientError> {
        let path = paths::tag(&id.to_string());
        done(self.request(Method::PUT, &path).json(tag)).await
    }

    /// Removes a tag. Jobs that asked for it are for everybody from then on.
    pub async fn delete_tag(&self, id: TagId) -> Result<(), ClientError> {
        let path = paths::tag(&id.to_string());
        done(self.request(Method::DELETE, &path)).await
    }

    /// Says which tags a Worker has.
    pub async fn set_worker_tags(
        &self,
        worker: WorkerId,
        tags: &[TagId],
    ) -> Result<(), ClientError> {
        let change = WorkerTagChangeRequest {
            tag_ids: tags.iter().map(TagId::to_string).collect(),
        };
        self.tell(&paths::worker_set_tags(worker), &change).await
    }

    /// Binds a job to the Workers with a tag; without id and name, to none.
    pub async fn set_job_tag(&self, job: JobId, tag: &JobTagChange) -> Result<(), ClientError> {
        self.tell(&paths::job_set_tag(job), tag).await
    }

    /// Lets Workers have tasks of a job again.
    pub async fn remove_from_blocklist(
        &self,
        job: JobId,
        entries: &JobBlocklist,
    ) -> Result<(), ClientError> {
        let path = paths::job_blocklist(job);
        done(self.request(Method::DELETE, &path).json(entries)).await
    }
}

/// About sleep.
impl ManagerHttp {
    /// When a Worker sleeps, if it has a schedule.
    pub async fn sleep_schedule(
        &self,
        worker: WorkerId,
    ) -> Result<Option<WorkerSleepSchedule>, ClientError> {
        self.find(&paths::worker_sleep_schedule(worker)).await
    }

    /// Says when a Worker sleeps, in the Manager's local time.
    pub async fn set_sleep_schedule(
        &self,
        worker: WorkerId,
        schedule: &WorkerSleepSchedule,
    ) -> Result<(), ClientError> {
        self.tell(&paths::worker_sleep_schedule(worker), schedule)
            .await
    }
}

async fn done(request: RequestBuilder) -> Result<(), ClientError> {
    accept(send(request).await?).await.map(drop)
}
