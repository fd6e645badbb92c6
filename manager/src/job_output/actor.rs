//! The actor, and the files of the output folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use actix::{Actor, Context, Handler};
use farandole_protocol::api::{JobFiles, JobOutputs};
use farandole_protocol::ids::JobId;
use serde_json::Value;
use tracing::instrument;

use super::messages::{ListJobFiles, ListJobOutputs, OpenJobFile, OutputError, VerifyJob};
use crate::ask::{self, Ask, Front};
use crate::frame_checks::FrameChecks;
use crate::scheduler::Scheduler;
use crate::settings::{ResolvePath, ResolveTask, Settings};
use crate::shared_storage::{ListOutput, OpenOutput, SharedStorage, StorageError};
use crate::store::{FindJob, ListOutputs, OutputPlace, Store};

/// As many as are listed or opened at a time, and some more.
const MAILBOX: usize = 256;

/// See the [module](super).
#[derive(Debug)]
pub struct JobOutput(Rc<JobOutputParts>);

/// Which actors it asks.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "each is the front of the actor whose name it has"
)]
pub struct JobOutputParts {
    pub store: Store,
    pub settings: Front<Settings>,
    pub shared_storage: SharedStorage,
    pub frame_checks: FrameChecks,
    pub scheduler: Front<Scheduler>,
}

impl JobOutput {
    /// It asks these.
    pub fn new(parts: JobOutputParts) -> Self {
        Self(Rc::new(parts))
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }
}

impl JobOutputParts {
    async fn list(&self, job: JobId) -> Result<JobFiles, OutputError> {
        match self.folder(job).await? {
            Some(folder) => Ok(self.shared_storage.ask(ListOutput { folder }).await??),
            None => Ok(JobFiles::default()),
        }
    }

    async fn open(&self, OpenJobFile { job, path }: OpenJobFile) -> Result<File, OutputError> {
        let folder = self.folder(job).await?.ok_or(StorageError::NoFile)?;
        Ok(self
            .shared_storage
            .ask(OpenOutput { folder, path })
            .await??)
    }

    async fn folder(&self, job: JobId) -> Result<Option<PathBuf>, OutputError> {
        let found = self.store.read(FindJob { id: job }).await??;
        let settings = found.ok_or(OutputError::UnknownJob)?.settings;
        let path = settings.and_then(|settings| match settings.0.get("render_output_path") {
            Some(Value::String(path)) => Some(path.clone()),
            _ => None,
        });
        let Some(path) = path else { return Ok(None) };
        let path = ask::ask(&self.settings, ResolvePath(path)).await?;
        Ok(Path::new(&path).parent().map(Path::to_owned))
    }
}

impl JobOutputParts {
    /// A page of the recorded outputs, with paths as this host sees them.
    pub(super) async fn list_outputs(
        &self,
        ListJobOutputs { job, after }: ListJobOutputs,
    ) -> Result<JobOutputs, OutputError> {
        let after = match after {
            Some(text) => {
                Some(OutputPlace::read(&text).ok_or_else(|| OutputError::UnknownPlace(text))?)
            }
            None => None,
        };
        let found = self.store.read(ListOutputs { job, after }).await??;
        let mut page = found.ok_or(OutputError::UnknownJob)?;
        let resolve = ResolveTask {
            commands: Vec::new(),
            outputs: page.outputs.iter().map(|it| it.output.clone()).collect(),
            platform: None,
        };
        let (_, resolved) = ask::ask(&self.settings, resolve).await?;
        for (output, resolved) in page.outputs.iter_mut().zip(resolved) {
            output.output = resolved;
        }
        Ok(page)
    }
}

impl Actor for JobOutput {
    type Context = Context<Self>;
}

impl Handler<Ask<ListJobFiles>> for JobOutput {
    type Result = ();

    #[instrument(name = "job_output.list_job_files", level = "debug", skip_all, fields(job.id = %ask.order.job))]
    fn handle(&mut self, ask: Ask<ListJobFiles>, _: &mut Context<Self>) {
        let asked = Rc::clone(&self.0);
        ask::in_background(async move { ask.reply.answer(asked.list(ask.order.job).await) });
    }
}

impl Handler<Ask<OpenJobFile>> for JobOutput {
    type Result = ();

    #[instrument(name = "job_output.open_job_file", level = "debug", skip_all, fields(job.id = %ask.order.job))]
    fn handle(&mut self, ask: Ask<OpenJobFile>, _: &mut Context<Self>) {
        let asked = Rc::clone(&self.0);
        ask::in_background(async move { ask.reply.answer(asked.open(ask.order).await) });
    }
}

impl Handler<Ask<ListJobOutputs>> for JobOutput {
    type Result = ();

    #[instrument(name = "job_output.list_job_outputs", level = "debug", skip_all, fields(job.id = %ask.order.job))]
    fn handle(&mut self, ask: Ask<ListJobOutputs>, _: &mut Context<Self>) {
        let asked = Rc::clone(&self.0);
        ask::in_background(async move { ask.reply.answer(asked.list_outputs(ask.order).await) });
    }
}

impl Handler<Ask<VerifyJob>> for JobOutput {
    type Result = ();

    #[instrument(name = "job_output.verify_job", level = "debug", skip_all, fields(job.id = %ask.order.job))]
    fn handle(&mut self, ask: Ask<VerifyJob>, _: &mut Context<Self>) {
        let asked = Rc::clone(&self.0);
        ask::in_background(async move { ask.reply.answer(asked.verify(ask.order).await) });
    }
}
