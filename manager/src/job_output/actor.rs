//! The actor, and the files of the output folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use actix::{Actor, Context, Handler};
use farandole_protocol::api::JobOutputs;
use farandole_protocol::ids::JobId;
use serde_json::Value;
use tracing::instrument;

use super::messages::{ListJobFiles, ListJobOutputs, OpenJobFile, OutputError, VerifyJob};
use crate::ask::{self, Ask, Front};
use crate::frame_checks::FrameChecks;
use crate::scheduler::Scheduler;
use crate::settings::{ResolvePath, ResolveTask, Settings, ShowPaths};
use crate::shared_storage::{OpenOutput, OutputPlaces, SharedStorage};
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
    async fn open(&self, OpenJobFile { job, path }: OpenJobFile) -> Result<File, OutputError> {
        // Recorded files of other names are not asked for, so that each file of a large job costs little.
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut places = self.folders(job).await?;
        places.recorded = self.recorded(job, &name).await?;
        Ok(self
            .shared_storage
            .ask(OpenOutput { places, path })
            .await??)
    }

    /// The folders of the job's files.
    pub(super) async fn folders(&self, job: JobId) -> Result<OutputPlaces, OutputError> {
        let found = self.store.read(FindJob { id: job }).await??;
        let settings = found.ok_or(OutputError::UnknownJob)?.settings;
        let text = |key: &str| match settings.as_ref()?.0.get(key) {
            Some(Value::String(path)) => Some(path.clone()),
            _ => None,
        };
        Ok(OutputPlaces {
            folder: self.folder_of(text("render_output_path")).await?,
            beside: self.folder_of(text("blendfile")).await?,
            recorded: Vec::new(),
        })
    }

    async fn folder_of(&self, path: Option<String>) -> Result<Option<PathBuf>, OutputError> {
        let Some(path) = path else { return Ok(None) };
        let path = ask::ask(&self.settings, ResolvePath(path)).await?;
        Ok(Path::new(&path).parent().map(Path::to_owned))
    }

    /// The recorded outputs whose paths end in this text.
    async fn recorded(&self, job: JobId, ending: &str) -> Result<Vec<PathBuf>, OutputError> {
        let mut recorded = Vec::new();
        let mut after = None;
        loop {
            let page = self.page(job, after, ending).await?;
            let paths = page.outputs.into_iter().map(|it| it.output.path);
            recorded.extend(paths.map(PathBuf::from));
            let Some(next) = page.next else {
                return Ok(recorded);
            };
            after = OutputPlace::read(&next);
        }
    }
}

impl JobOutputParts {
    /// A page of the recorded outputs, with paths as this host sees them, or people on the platform that is given.
    pub(super) async fn list_outputs(
        &self,
        order: ListJobOutputs,
    ) -> Result<JobOutputs, OutputError> {
        let ListJobOutputs {
            job,
            after,
            platform,
        } = order;
        let after = match after {
            Some(text) => {
                Some(OutputPlace::read(&text).ok_or_else(|| OutputError::UnknownPlace(text))?)
            }
            None => None,
        };
        let mut page = self.page(job, after, "").await?;
        if let Some(platform) = platform {
            let paths = page.outputs.iter_mut().map(|it| &mut it.output.path);
            self.show(paths.collect(), platform).await?;
        }
        Ok(page)
    }

    /// Writes paths of this host as people on this platform see them.
    pub(super) async fn show(
        &self,
        mut paths: Vec<&mut String>,
        platform: String,
    ) -> Result<(), OutputError> {
        let order = ShowPaths {
            paths: paths.iter().map(|path| (**path).clone()).collect(),
            platform,
        };
        let shown = ask::ask(&self.settings, order).await?;
        for (path, shown) in paths.iter_mut().zip(shown) {
            **path = shown;
        }
        Ok(())
    }

    /// A page of the recorded outputs whose paths end in this text.
    pub(super) async fn page(
        &self,
        job: JobId,
        after: Option<OutputPlace>,
        ending: &str,
    ) -> Result<JobOutputs, OutputError> {
        let ending = ending.to_owned();
        let list = ListOutputs { job, after, ending };
        let found = self.store.read(list).await??;
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
        ask::in_background(async move { ask.reply.answer(asked.list(ask.order).await) });
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
