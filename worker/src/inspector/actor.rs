//! The actor: what the Manager expects of this host, and what it was told of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, ResponseActFuture, SpawnHandle,
    WrapFuture,
};
use farandole_protocol::api::{
    ExpectedStorage, StorageCondition, WorkerCondition, WorkerExpectations,
};
use farandole_protocol::client::ClientError;
use tokio::time::{sleep, timeout};
use tracing::{debug, info, instrument, warn};

use super::storage;
use crate::ask::MAILBOX;
use crate::contact::{Backoff, Manager, UseManager};
use crate::identity::PLATFORM;
use crate::process::{TaskUser, locate, version_of};

/// A storage that does not answer within this time is taken for one that is away.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two tries to reach the Manager.
const RETRY: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_mins(1));

/// From a task that is about to begin: whether the shared storage is what it should be, if one of the task's texts is a
/// path in it. Otherwise the answer is why not, as a sentence.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), String>")]
pub struct CheckStorage {
    /// All texts among the parameters of the task's commands.
    pub texts: Vec<String>,
}

/// Looks at the host.
#[derive(Debug)]
pub struct Inspector {
    /// The directory with programs that were shipped with the Worker.
    tools: Option<PathBuf>,
    /// The types of task that the Worker takes. Those that run a program have its name.
    task_types: Vec<String>,
    /// The user that programs run as.
    user: Option<Arc<TaskUser>>,
    manager: Option<Manager>,
    /// `None` while that is not known.
    expected: Option<WorkerExpectations>,
    /// What was found, and the Manager was told.
    found: WorkerCondition,
    round: Option<SpawnHandle>,
}

impl Inspector {
    /// `tools` is the directory with programs that were shipped with the Worker. Of the programs, only those are looked
    /// for that have the name of one of the types of task that the Worker takes.
    pub fn new(
        tools: Option<PathBuf>,
        task_types: Vec<String>,
        user: Option<Arc<TaskUser>>,
    ) -> Self {
        Self {
            tools,
            task_types,
            user,
            manager: None,
            expected: None,
            found: WorkerCondition::default(),
            round: None,
        }
    }

    /// Looks at everything that is expected, and tells the Manager.
    fn inspect(&mut self, manager: Manager, expected: WorkerExpectations, ctx: &mut Context<Self>) {
        self.expected = Some(expected.clone());
        let mut expected = expected;
        expected
            .programs
            .retain(|it| self.task_types.contains(&it.name));
        let round = inspect(manager, expected, self.tools.clone(), self.user.clone());
        let round = round.into_actor(self);
        self.round = Some(ctx.spawn(round.map(|found, this, _| {
            this.round = None;
            this.found = found;
        })));
    }
}

/// Looks at everything, and tells the Manager.
async fn inspect(
    manager: Manager,
    expected: WorkerExpectations,
    tools: Option<PathBuf>,
    user: Option<Arc<TaskUser>>,
) -> WorkerCondition {
    let mut programs = Vec::new();
    for program in expected.programs {
        let (command, tools) = (program.command.clone(), tools.clone());
        let located = tokio::task::spawn_blocking(move || locate(&command, tools.as_deref()));
        if let Ok(found_at) = located.await {
            programs.push(version_of(program, &found_at, user.clone()).await);
        }
    }
    let storage = look_at_storage(expected.storage).await;
    let found = WorkerCondition { storage, programs };
    for problem in found.problems() {
        warn!(
            reason = problem,
            "this host lacks something that tasks need"
        );
    }
    info!(
        programs = found.versions().join(", "),
        "looked for the programs of tasks"
    );
    report(&manager, &found).await;
    found
}

/// What the Manager expects; asked until it answers. `None` if it does not know what is meant.
async fn expectations(manager: &Manager) -> Option<WorkerExpectations> {
    let mut retry = RETRY;
    loop {
        match manager.expectations(PLATFORM).await {
            Ok(expected) => return Some(expected),
            Err(
                error @ (ClientError::Unreachable(_) | ClientError::Refused { status: 500.., .. }),
            ) => {
                debug!(%error, "cannot ask yet what is expected of this host");
            }
            Err(error) => {
                debug!(%error, "the Manager expects nothing of this host");
                return None;
            }
        }
        sleep(retry.next_wait()).await;
    }
}

async fn report(manager: &Manager, found: &WorkerCondition) {
    if let Err(error) = manager.report_condition(found).await {
        info!(%error, "the Manager did not take what was found on this host");
    }
}

async fn look_at_storage(expected: Option<ExpectedStorage>) -> Option<StorageCondition> {
    let expected = expected?;
    let path = expected.path.clone();
    let looked = tokio::task::spawn_blocking(move || storage::problem(&expected));
    let problem = match timeout(PATIENCE, looked).await {
        Ok(Ok(problem)) => problem,
        Ok(Err(panic)) => Some(format!(
            "{path}, the farm's shared storage, cannot be looked at: {panic}"
        )),
        Err(_) => Some(format!(
            "{path}, the farm's shared storage, has not answered for {} s; look at the mount on this host",
            PATIENCE.as_secs()
        )),
    };
    Some(StorageCondition { path, problem })
}

/// What is known about the storage before a task.
struct Known {
    manager: Option<Manager>,
    expected: Option<WorkerExpectations>,
    found: WorkerCondition,
}

impl Known {
    /// Looks at the storage if one of the texts is a path in it. If it is not what it should be, the Manager is asked
    /// once more: the storage may have moved, or got another marker file, since the Worker signed on.
    async fn look_again(mut self, texts: Vec<String>) -> (Self, Option<String>) {
        if self.expected.is_none() {
            self.ask_again().await;
        }
        let mut storage = self.look(&texts).await;
        if problem_of(storage.as_ref()).is_some() && self.ask_again().await {
            storage = self.look(&texts).await;
        }
        let Some(storage) = storage else {
            return (self, None);
        };
        let problem = storage.problem.clone();
        if problem != problem_of(self.found.storage.as_ref()) {
            self.found.storage = Some(storage);
            if let Some(manager) = &self.manager {
                report(manager, &self.found).await;
            }
        }
        (self, problem)
    }

    /// Asks the Manager what it expects. Says whether it told of another storage.
    async fn ask_again(&mut self) -> bool {
        let Some(manager) = &self.manager else {
            return false;
        };
        let Ok(now) = manager.expectations(PLATFORM).await else {
            return false;
        };
        let before = self.expected.replace(now);
        before.and_then(|it| it.storage) != self.storage().cloned()
    }

    async fn look(&self, texts: &[String]) -> Option<StorageCondition> {
        let storage = self.storage()?;
        let concerns = texts.iter().any(|text| is_below(text, &storage.path));
        if concerns {
            look_at_storage(Some(storage.clone())).await
        } else {
            None
        }
    }

    fn storage(&self) -> Option<&ExpectedStorage> {
        self.expected.as_ref()?.storage.as_ref()
    }
}

fn problem_of(storage: Option<&StorageCondition>) -> Option<String> {
    storage?.problem.clone()
}

/// Whether the text is the path of the folder, or of something in it.
fn is_below(text: &str, folder: &str) -> bool {
    Path::new(text).starts_with(folder)
}

impl Actor for Inspector {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<UseManager> for Inspector {
    type Result = ();

    #[instrument(name = "inspector.use_manager", level = "debug", skip_all)]
    fn handle(&mut self, UseManager(manager): UseManager, ctx: &mut Self::Context) {
        self.manager = Some(manager.clone());
        self.expected = None;
        if let Some(round) = self.round.take() {
            ctx.cancel_future(round);
        }
        let asked = async move { (expectations(&manager).await, manager) };
        let asked = asked.into_actor(self);
        self.round = Some(ctx.spawn(asked.map(|(expected, manager), this, ctx| {
            this.round = None;
            match expected {
                Some(expected) => this.inspect(manager, expected, ctx),
                None => this.expected = Some(WorkerExpectations::default()),
            }
        })));
    }
}

impl Handler<CheckStorage> for Inspector {
    type Result = ResponseActFuture<Self, Result<(), String>>;

    #[instrument(name = "inspector.check_storage", level = "debug", skip_all)]
    fn handle(
        &mut self,
        CheckStorage { texts }: CheckStorage,
        _: &mut Self::Context,
    ) -> Self::Result {
        let known = Known {
            manager: self.manager.clone(),
            expected: self.expected.clone(),
            found: self.found.clone(),
        };
        let looked = known.look_again(texts).into_actor(self);
        Box::pin(looked.map(|(known, problem), this, _| {
            this.expected = known.expected;
            // The programs may have been looked at meanwhile.
            this.found.storage = known.found.storage;
            problem.map_or(Ok(()), Err)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_below_a_folder() {
        assert!(is_below("/farm/out/000001.png", "/farm") && is_below("/farm", "/farm/"));
        assert!(
            !is_below("/farmer/x", "/farm")
                && !is_below("farm/x", "/farm")
                && !is_below("", "/farm")
        );
    }
}
