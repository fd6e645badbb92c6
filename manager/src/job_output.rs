//! JobOutput: what a job made. It knows where that is: the folder of the job's setting `render_output_path`, as the
//! Manager itself sees it. Asks the Store for the job, Settings for its variables, and SharedStorage for the files.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use actix::{Actor, Context, Handler};
use farandole_protocol::api::JobFiles;
use farandole_protocol::ids::JobId;
use serde_json::Value;
use tracing::instrument;

use crate::ask::{self, Ask, AskError, Front, Order};
use crate::settings::{ResolvePath, Settings};
use crate::shared_storage::{ListOutput, OpenOutput, SharedStorage, StorageError};
use crate::store::{FindJob, Store, StoreError};

/// As many as are listed or opened at a time, and some more.
const MAILBOX: usize = 256;

/// Which files a job made. From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct ListJobFiles {
    /// Which job.
    pub job: JobId,
}

impl Order for ListJobFiles {
    type Reply = Result<JobFiles, OutputError>;
}

/// One of them. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct OpenJobFile {
    /// Which job.
    pub job: JobId,
    /// The file's path below the job's output folder.
    pub path: String,
}

impl Order for OpenJobFile {
    type Reply = Result<File, OutputError>;
}

/// Why a job's files are not shown.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// There is no such job.
    #[error("there is no such job")]
    UnknownJob,
    /// The files are not at hand.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The job cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody is busy.
    #[error(transparent)]
    Unavailable(#[from] AskError),
}

/// See the [module](self).
#[derive(Debug)]
pub struct JobOutput(Rc<Asked>);

/// Who is asked. Shared by all that is under way.
#[derive(Debug)]
struct Asked {
    store: Store,
    settings: Front<Settings>,
    storage: SharedStorage,
}

impl JobOutput {
    /// It asks these.
    pub fn new(store: Store, settings: Front<Settings>, storage: SharedStorage) -> Self {
        Self(Rc::new(Asked {
            store,
            settings,
            storage,
        }))
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }
}

impl Asked {
    async fn list(&self, job: JobId) -> Result<JobFiles, OutputError> {
        match self.folder(job).await? {
            Some(folder) => Ok(self.storage.ask(ListOutput { folder }).await??),
            None => Ok(JobFiles::default()),
        }
    }

    async fn open(&self, OpenJobFile { job, path }: OpenJobFile) -> Result<File, OutputError> {
        let folder = self.folder(job).await?.ok_or(StorageError::NoFile)?;
        Ok(self.storage.ask(OpenOutput { folder, path }).await??)
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
