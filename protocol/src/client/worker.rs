//! A Worker's calls, over HTTP.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::FutureExt;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder, StatusCode};

use super::error::ClientError;
use super::http::{CALL_TIMEOUT, ManagerHttp, accept, read_json, send};
use super::manager_client::{Call, ManagerClient, TaskAnswer, TaskReply};
use crate::api::{
    FlamencoVersion, IdentityQuestion, ManagerIdentity, MayKeepRunning, RegisteredWorker,
    TaskUpdate, WorkerCondition, WorkerExpectations, WorkerRegistration, WorkerSignOn,
    WorkerStateChange, WorkerStateChanged,
};
use crate::headers::{ATTEMPT, IDLE, Idle, PREFER, PREFERENCE_APPLIED, Wait};
use crate::ids::TaskId;
use crate::paths;
use crate::status::WorkerStatus;

impl ManagerClient for ManagerHttp {
    fn version(&self) -> Call<'_, FlamencoVersion> {
        self.get(paths::VERSION).boxed()
    }

    fn identity<'a>(&'a self, question: &'a IdentityQuestion) -> Call<'a, ManagerIdentity> {
        self.ask(paths::FARM_MANAGER_IDENTITY, question).boxed()
    }

    fn register_worker<'a>(
        &'a self,
        registration: &'a WorkerRegistration,
    ) -> Call<'a, RegisteredWorker> {
        self.ask(paths::REGISTER_WORKER, registration).boxed()
    }

    fn sign_on<'a>(&'a self, sign_on: &'a WorkerSignOn) -> Call<'a, WorkerStatus> {
        async move {
            let change: WorkerStateChange = self.ask(paths::SIGN_ON, sign_on).await?;
            Ok(change.status_requested)
        }
        .boxed()
    }

    fn sign_off(&self) -> Call<'_, ()> {
        tell(self.request(Method::POST, paths::SIGN_OFF)).boxed()
    }

    fn state(&self) -> Call<'_, Option<WorkerStatus>> {
        async move {
            let change: Option<WorkerStateChange> = self.find(paths::WORKER_STATE).await?;
            Ok(change.map(|change| change.status_requested))
        }
        .boxed()
    }

    fn state_changed(&self, status: WorkerStatus) -> Call<'_, ()> {
        async move {
            self.tell(paths::WORKER_STATE_CHANGED, &WorkerStateChanged { status })
                .await
        }
        .boxed()
    }

    fn request_task(&self, wait: Option<Duration>) -> Call<'_, TaskReply> {
        request_task(self, wait).boxed()
    }

    fn update_task<'a>(
        &'a self,
        task: TaskId,
        attempt: Option<u32>,
        update: &'a TaskUpdate,
    ) -> Call<'a, ()> {
        let request = self
            .request(Method::POST, &paths::task_update(task))
            .json(update);
        tell(of_attempt(request, attempt)).boxed()
    }

    fn may_i_run(
        &self,
        task: TaskId,
        attempt: Option<u32>,
        idle: Option<Idle>,
    ) -> Call<'_, MayKeepRunning> {
        let mut request = self.request(Method::GET, &paths::may_i_run(task));
        if let Some(idle) = idle {
            request = request.header(IDLE, idle.to_string());
        }
        async move { read_json(accept(send(of_attempt(request, attempt)).await?).await?).await }
            .boxed()
    }

    fn expectations<'a>(&'a self, platform: &'a str) -> Call<'a, WorkerExpectations> {
        let request = self.request(Method::GET, paths::FARM_WORKER_EXPECTATIONS);
        let request = request.query(&[("platform", platform)]);
        async move { read_json(accept(send(request).await?).await?).await }.boxed()
    }

    fn report_condition<'a>(&'a self, condition: &'a WorkerCondition) -> Call<'a, ()> {
        let request = self.request(Method::PUT, paths::FARM_WORKER_CONDITION);
        tell(request.json(condition)).boxed()
    }

    fn output_produced(&self, task: TaskId, attempt: Option<u32>, jpeg: Bytes) -> Call<'_, ()> {
        let request = self.request(Method::POST, &paths::output_produced(task));
        let request = request.header(CONTENT_TYPE, "image/jpeg").body(jpeg);
        tell(of_attempt(request, attempt)).boxed()
    }
}

/// Names the hand-out that the request is about.
fn of_attempt(request: RequestBuilder, attempt: Option<u32>) -> RequestBuilder {
    match attempt {
        Some(attempt) => request.header(ATTEMPT, attempt),
        None => request,
    }
}

/// Sends what needs no answer but a yes.
async fn tell(request: RequestBuilder) -> Result<(), ClientError> {
    accept(send(request).await?).await.map(drop)
}

async fn request_task(
    manager: &ManagerHttp,
    wait: Option<Duration>,
) -> Result<TaskReply, ClientError> {
    let mut request = manager.request(Method::POST, paths::WORKER_TASK);
    if let Some(wait) = wait.map(Wait::from) {
        // The usual time-out begins when the wait is over.
        let time_out = wait.duration().saturating_add(CALL_TIMEOUT);
        request = request.header(PREFER, wait.to_string()).timeout(time_out);
    }
    let response = send(request).await?;
    let applied = response
        .headers()
        .get(PREFERENCE_APPLIED)
        .and_then(|value| value.to_str().ok());
    let waited = applied.and_then(Wait::find).is_some();
    let answer = match response.status() {
        StatusCode::NO_CONTENT => TaskAnswer::NoTask,
        StatusCode::LOCKED => {
            let change: WorkerStateChange = read_json(response).await?;
            TaskAnswer::StatusChange(change.status_requested)
        }
        _ => TaskAnswer::Task {
            task: Box::new(read_json(accept(response).await?).await?),
        },
    };
    Ok(TaskReply { answer, waited })
}
