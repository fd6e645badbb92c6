//! JobIntake's shell.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context, Handler};
use farandole_protocol::api::{self, FindingClass, SubmittedJob, TaskFinding};
use farandole_protocol::ids::{JobId, TagId};
use farandole_protocol::status::JobStatus;
use farandole_protocol::time::{Timestamp, now};
use tokio::sync::Semaphore;
use tracing::instrument;

use super::messages::{CheckJob, IntakeError, SubmitJob};
use super::outputs;
use super::stored::{self, Origin};
use crate::ask::Front;
use crate::ask::{self, Ask, AskError, ReplyTo};
use crate::compiler::{CompileJob, CompiledJob, Compiler};
use crate::farm::commands::jobs::ReleaseJob;
use crate::farm::job::Job;
use crate::farm::keys::JobNo;
use crate::field_limits::Bounded as _;
use crate::scheduler::{self, Scheduler};
use crate::settings::{FindAllowed, FindPrivatePath, NameFolders, Settings};
use crate::store::{BeginJob, DiscardJob, FindTag, LoadJob, Store, StoreError, StoreTasks};

/// People do not submit faster.
const MAILBOX: usize = 1_024;
/// So many submissions are worked on at a time; each holds its whole job in memory.
const AT_A_TIME: usize = 8;
/// So many more may wait for their turn; each holds its request in memory.
const WAITING: usize = 64;
/// So many tasks are stored at once, between other commits.
const SLICE: usize = 1_000;
/// After so long a refused step is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// See the [module](super).
#[derive(Debug)]
pub struct JobIntake {
    parts: Rc<Parts>,
}

#[derive(Debug)]
struct Parts {
    settings: Front<Settings>,
    compiler: Front<Compiler>,
    questions: Front<Compiler>,
    store: Store,
    scheduler: Front<Scheduler>,
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl JobIntake {
    /// An intake that asks these, the first compiler for submissions and the other for checks.
    pub fn new(
        settings: Front<Settings>,
        [compiler, questions]: [Front<Compiler>; 2],
        store: Store,
        scheduler: Front<Scheduler>,
    ) -> Self {
        let places = Arc::new(Semaphore::new(AT_A_TIME + WAITING));
        let turns = Arc::new(Semaphore::new(AT_A_TIME));
        Self {
            parts: Rc::new(Parts {
                settings,
                compiler,
                questions,
                store,
                scheduler,
                places,
                turns,
            }),
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }
}

impl Actor for JobIntake {
    type Context = Context<Self>;
}

impl Handler<Ask<SubmitJob>> for JobIntake {
    type Result = ();

    #[instrument(name = "job_intake.submit_job", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<SubmitJob>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        ask::in_background(async move {
            let SubmitJob { job, memory } = ask.order;
            parts.submit(job, ask.reply).await;
            drop(memory);
        });
    }
}

impl Handler<Ask<CheckJob>> for JobIntake {
    type Result = ();

    #[instrument(name = "job_intake.check_job", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<CheckJob>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        ask::in_background(async move {
            let CheckJob { job, memory } = ask.order;
            let checked = parts.compile(&parts.questions, job).await.map(drop);
            ask.reply.answer(checked);
            drop(memory);
        });
    }
}

/// A job that was compiled and found to be in order.
struct Accepted {
    origin: Origin,
    status: JobStatus,
    compiled: CompiledJob,
}

impl Parts {
    async fn submit(&self, submitted: SubmittedJob, reply: ReplyTo<Result<api::Job, IntakeError>>) {
        let Ok(_place) = self.places.try_acquire() else {
            return reply.refuse(AskError::Busy);
        };
        let Ok(_turn) = self.turns.acquire().await else {
            return;
        };
        let tag = submitted.worker_tag.clone().filter(|tag| !tag.is_empty());
        let outcome = async {
            let tag = self.find_tag(tag).await?;
            let accepted = self.compile(&self.compiler, submitted).await?;
            self.store_and_release(Accepted {
                origin: Origin {
                    tag,
                    ..accepted.origin
                },
                ..accepted
            })
            .await
        };
        reply.answer(outcome.await);
    }

    async fn compile(
        &self,
        by: &Front<Compiler>,
        submitted: SubmittedJob,
    ) -> Result<Accepted, IntakeError> {
        let status = match submitted.initial_status {
            // `active` is what Gaffer sends. A job becomes active with its first task.
            None | Some(JobStatus::Queued | JobStatus::Active) => JobStatus::Queued,
            Some(JobStatus::Paused) => JobStatus::Paused,
            Some(other) => return Err(IntakeError::InitialStatus(other)),
        };
        let mut origin = Origin {
            id: JobId::random(),
            created: now(),
            tag: None,
            allow: allowed(&submitted, ask::ask(&self.settings, FindAllowed).await?),
            keep_existing: submitted.keep_existing.unwrap_or(false),
            findings: found(&submitted),
        };
        let submitted = ask::ask(&self.settings, NameFolders(submitted)).await?;
        let order = CompileJob {
            submitted,
            id: origin.id,
            created: origin.created,
        };
        let mut compiled = ask::ask(by, order).await??;
        compiled.bound()?;
        let paths = FindPrivatePath(outputs::folders(&compiled));
        let private = ask::ask(&self.settings, paths).await?;
        origin
            .findings
            .extend(private.as_deref().map(outputs::private));
        Ok(Accepted {
            origin,
            status,
            compiled,
        })
    }

    async fn find_tag(&self, tag: Option<String>) -> Result<Option<TagId>, IntakeError> {
        let Some(text) = tag else { return Ok(None) };
        let unknown = || IntakeError::UnknownTag(text.clone());
        let id: TagId = text.parse().map_err(|_| unknown())?;
        let found = stored_or_not(self.store.read(FindTag { id }).await?)?;
        found.map(|_| Some(id)).ok_or_else(unknown)
    }

    async fn store_and_release(&self, accepted: Accepted) -> Result<api::Job, IntakeError> {
        let Accepted {
            origin,
            status,
            compiled,
        } = accepted;
        if !compiled.remarks.is_empty() {
            tracing::info!(
                job.id = %origin.id,
                job.type = compiled.job_type,
                job.remarks = compiled.remarks.join("; "),
                "the settings of a submitted job do not fit its type"
            );
        }
        let answer = stored::answer(&origin, &compiled, status);
        let begin = BeginJob {
            id: origin.id,
            name: compiled.name.clone(),
            job_type: compiled.job_type.clone(),
            priority: compiled.priority,
            settings: compiled.settings.clone(),
            metadata: compiled.metadata.clone(),
            shaman_checkout_id: compiled.shaman_checkout_id.clone(),
            tag: origin.tag,
            created: origin.created,
            steps_total: answer.steps_total,
            allow: origin.allow.clone(),
            keep_existing: origin.keep_existing,
        };
        let no = stored_or_not(self.store.write(begin).await?)?;
        if let Err(error) = self.store_tasks(no, origin.created, &compiled).await {
            self.discard(no).await;
            return Err(error);
        }
        let findings = origin.findings.clone();
        let job =
            tokio::task::spawn_blocking(move || stored::in_memory(no, origin, compiled)).await;
        let job = job.map_err(|_| AskError::Stopped)?;
        self.release(job, status, &findings).await?;
        Ok(answer)
    }

    async fn store_tasks(
        &self,
        no: JobNo,
        created: Timestamp,
        compiled: &CompiledJob,
    ) -> Result<(), IntakeError> {
        let mut first_index = 1;
        for slice in compiled.tasks.chunks(SLICE) {
            let tasks: Vec<_> = slice.iter().map(stored::new_task).collect();
            let next = first_index + u32::try_from(tasks.len()).unwrap_or(u32::MAX);
            stored_or_not(
                self.store
                    .write(StoreTasks {
                        job: no,
                        first_index,
                        tasks,
                        created,
                    })
                    .await?,
            )?;
            first_index = next;
        }
        Ok(())
    }

    /// Makes a stored job part of the farm. A refusal is no answer: the job is stored, so it is asked until it is in.
    async fn release(
        &self,
        job: Job,
        initial_status: JobStatus,
        findings: &[TaskFinding],
    ) -> Result<(), AskError> {
        let id = job.id;
        let mut next = Some(job);
        loop {
            let job = match next.take() {
                Some(job) => Some(job),
                None => self.read_again(id).await,
            };
            let Some(job) = job else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let release = ReleaseJob {
                job: Box::new(job),
                initial_status,
                findings: findings.to_owned(),
            };
            match scheduler::give_order(&self.scheduler, release).await {
                Ok(()) => return Ok(()),
                Err(AskError::Stopped) => return Err(AskError::Stopped),
                Err(AskError::Busy | AskError::Starting | AskError::Recovering) => {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// The order took the job with it when it was refused.
    async fn read_again(&self, id: JobId) -> Option<Job> {
        let image = self.store.load(LoadJob { id }).await.ok()?.ok()??;
        tokio::task::spawn_blocking(move || Job::from_image(image))
            .await
            .ok()
    }

    async fn discard(&self, no: JobNo) {
        let discarded = self.store.write(DiscardJob { job: no }).await;
        if !matches!(discarded, Ok(Ok(()))) {
            tracing::warn!(
                job.no = no.0,
                "a half-stored job stays until the next start, no list shows it"
            );
        }
    }
}

/// What a job allows, with what the farm allows to all. A stock client cannot say it: its job is rendered as Flamenco
/// renders it, with missing pictures, and the job shows that.
fn allowed(submitted: &SubmittedJob, by_farm: Vec<FindingClass>) -> Vec<FindingClass> {
    let mut allow = match &submitted.allow {
        Some(allow) => allow.clone(),
        None => vec![FindingClass::MissingFiles],
    };
    allow.extend(by_farm);
    allow.sort_unstable();
    allow.dedup();
    allow
}

/// How many findings of a submitter are kept.
const MOST_FINDINGS: usize = 100;

/// What the submitter has found and allows, as far as that can be allowed.
fn found(submitted: &SubmittedJob) -> Vec<TaskFinding> {
    let findings = submitted.findings.iter().flatten();
    let allowed = findings.filter(|finding| finding.class.can_be_allowed());
    allowed.take(MOST_FINDINGS).cloned().collect()
}

fn stored_or_not<T>(outcome: Result<T, StoreError>) -> Result<T, IntakeError> {
    outcome.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a job cannot be stored"
        );
        IntakeError::NotStored
    })
}
