//! The threads that bring log files onto the disk, apart from the one that writes them: writing never waits for the
//! disk, and several files at a time share its work.

use std::fs::File;
use std::sync::Arc;

use actix::{Actor, Handler, SyncArbiter, SyncContext};
use farandole_protocol::ids::TaskId;
use tracing::instrument;

use super::messages::LogError;
use crate::ask::{Front, ReplyTo, Tell};

/// So many files at a time.
const THREADS: usize = 4;

/// Nobody asks them: they are told, by one who writes and by those whose order he passes on, each of whom waits for it.
const NONE_ASKED: usize = 0;

/// One of the threads.
#[derive(Debug)]
pub(super) struct Syncer;

/// What was written to a task's log so far goes onto the disk.
#[derive(Debug)]
pub(super) struct Sync {
    pub(super) task: TaskId,
    pub(super) path: String,
    pub(super) file: Arc<File>,
    /// Who waits for it, if somebody does.
    pub(super) reply: Option<ReplyTo<Result<(), LogError>>>,
}

/// Starts the threads.
pub(super) fn start() -> Front<Syncer> {
    let builder = || std::thread::Builder::new().name("farm-task-logs-sync".to_owned());
    let addr = SyncArbiter::start_with_thread_builder(THREADS, builder, || Syncer);
    Front::new(addr, NONE_ASKED)
}

impl Actor for Syncer {
    type Context = SyncContext<Self>;
}

impl Handler<Tell<Sync>> for Syncer {
    type Result = ();

    #[instrument(name = "task_logs.sync", level = "debug", skip_all, fields(task.id = %tell.fact.task))]
    fn handle(&mut self, tell: Tell<Sync>, _: &mut SyncContext<Self>) {
        let Sync {
            task,
            path,
            file,
            reply,
        } = tell.fact;
        let synced = file.sync_data();
        if let Err(error) = &synced {
            tracing::error!(%error, task.id = %task, "cannot bring a task's log onto the disk");
        }
        // Before the answer: whoever has it may write on, and have that synced.
        drop(file);
        if let Some(reply) = reply {
            reply.answer(synced.map_err(|source| LogError { path, source }));
        }
    }
}
