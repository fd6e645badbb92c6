//! What the states of a Worker that is signed on have in common.

use std::time::Duration;

use actix::Addr;
use farandole_protocol::client::ClientError;
use farandole_protocol::status::WorkerStatus;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::shift::{News, Post};
use crate::ask::ask;
use crate::contact::{Backoff, Manager, ManagerContact, jittered};
use crate::executor::TaskExecutor;
use crate::upstream::{AwaitDrained, Upstream};

/// Between two tries to tell the Manager of a state.
const RETRY: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(30));

/// For so long the Manager is first told what it does not know yet of earlier tasks, before it hears of the state.
const OLD_NEWS_FIRST: Duration = Duration::from_secs(5);

/// The Manager does not know this Worker; the Foreman was told, and will end this state.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnknownWorker;

/// What a Worker that is signed on works with.
#[derive(Clone, Debug)]
pub struct Duty {
    /// The way to the Foreman.
    pub post: Post,
    /// The Manager.
    pub manager: Manager,
    /// Runs the tasks.
    pub executor: Addr<TaskExecutor>,
    /// Delivers what they say.
    pub upstream: Addr<Upstream>,
}

impl Duty {
    /// Goes to a state: returns when the Manager knows it.
    pub(super) async fn enter(&self, status: WorkerStatus) -> Result<(), UnknownWorker> {
        timeout(OLD_NEWS_FIRST, ask(&self.upstream, AwaitDrained))
            .await
            .ok();
        self.announce(status).await?;
        info!(worker.status = %status, "state entered");
        self.post.tell(News::Entered(status));
        Ok(())
    }

    /// Tells the Manager of the state, until it has heard.
    pub(super) async fn announce(&self, status: WorkerStatus) -> Result<(), UnknownWorker> {
        let mut retry = RETRY;
        loop {
            let result = self.manager.state_changed(status).await;
            self.note(&result)?;
            match result {
                Ok(()) => return Ok(()),
                Err(error) => {
                    warn!(worker.status = %status, %error, "cannot tell the Manager of the state yet");
                }
            }
            pause(retry.next_wait()).await;
        }
    }

    /// Tells the Foreman how a call went.
    pub(super) fn note<T>(&self, result: &Result<T, ClientError>) -> Result<(), UnknownWorker> {
        let contact = ManagerContact::of(result);
        self.post.tell(News::Contact(contact));
        match contact {
            ManagerContact::UnknownWorker => Err(UnknownWorker),
            ManagerContact::Answered | ManagerContact::Away => Ok(()),
        }
    }
}

/// Waits, more or less exactly.
pub(super) async fn pause(wait: Duration) {
    if !wait.is_zero() {
        sleep(jittered(wait, rand::random())).await;
    }
}
