//! Starting: finds the Manager, makes the Worker known if it is not, and signs on.
//!
//! A Manager that is away or in trouble is waited for, for ever; only a refusal ends the Worker. Credentials that
//! the Manager does not know lead to one new registration.

use std::sync::Arc;
use std::time::Duration;

use farandole_protocol::api::{WorkerRegistration, WorkerSignOn};
use farandole_protocol::client::{ClientError, Credentials};
use farandole_protocol::status::WorkerStatus;
use farandole_protocol::time::now;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};
use url::Url;

use super::duty::pause;
use super::shift::{News, Post};
use crate::contact::{Absence, Backoff, Manager, Outside};
use crate::identity::{
    CredentialsFile, CredentialsFileFault, Entries, Entry, KnownManager, PLATFORM, Recognized,
    Runs, new_secret, recognize,
};

/// Between two tries to reach the Manager.
const RETRY: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(30));

/// How the Worker calls its version.
const VERSION: &str = concat!("Farandole ", env!("CARGO_PKG_VERSION"));

/// What signing on takes.
#[derive(Clone, Debug)]
pub struct Start {
    /// The way to the Foreman.
    pub post: Post,
    /// The world.
    pub outside: Arc<dyn Outside>,
    /// Where the credentials are kept.
    pub file: CredentialsFile,
    /// The Worker's name.
    pub name: String,
    /// The types of task that it takes.
    pub task_types: Vec<String>,
    /// Whether somebody starts it again when it ends with its restart code.
    pub can_restart: bool,
    /// Whether the Manager may forget it when it is gone for long.
    pub ephemeral: bool,
    /// Which run of the Worker this is.
    pub runs: Runs,
    /// How long to wait before anything else.
    pub first_wait: Duration,
}

/// Why an attempt to sign on has no result.
enum Failure {
    /// The Manager was away for too long; it may be elsewhere.
    Moved,
    /// There is no use in trying again.
    Hopeless(String),
}

/// What an error means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reaction {
    Retry,
    Register,
    GiveUp,
}

/// What is asked of the Manager.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Step {
    /// Which one it is. The secret is shown only afterwards.
    Recognize,
    Register,
    SignOn(Entry),
}

/// What came of a step.
enum Progress {
    To(Step),
    SignedOn(Manager, Entry, WorkerStatus),
}

/// The state's work.
pub async fn starting(start: Start) {
    sleep(start.first_wait).await;
    let news = loop {
        let url = start.find_manager().await;
        match start.sign_on_at(&url).await {
            Ok((manager, entry, wish)) => {
                break News::SignedOn {
                    url,
                    manager,
                    entry,
                    wish,
                };
            }
            Err(Failure::Moved) => {
                info!(%url, "the Manager has not answered for long, searching it again");
            }
            Err(Failure::Hopeless(reason)) => break News::Hopeless(reason),
        }
    };
    start.post.tell(news);
}

impl Start {
    async fn find_manager(&self) -> Url {
        let mut retry = RETRY;
        loop {
            match self.outside.find_manager(None).await {
                Ok(url) => {
                    info!(%url, "the Manager is here");
                    return url;
                }
                Err(error) => warn!(%error, "no Manager found"),
            }
            pause(retry.next_wait()).await;
        }
    }

    async fn sign_on_at(&self, url: &Url) -> Result<(Manager, Entry, WorkerStatus), Failure> {
        let mut known = self.load().await;
        let mut step = Step::Recognize;
        let mut registered_now = false;
        let mut retry = RETRY;
        let mut absence = Absence::default();
        loop {
            let error = match self.carry_out(&step, url, &mut known).await? {
                Ok(Progress::SignedOn(manager, entry, wish)) => return Ok((manager, entry, wish)),
                Ok(Progress::To(next)) => {
                    registered_now |= step == Step::Register;
                    step = next;
                    continue;
                }
                Err(error) => error,
            };
            match reaction((&step, registered_now), &error) {
                Reaction::Register => {
                    warn!(%error, "the Manager does not know this Worker, which registers again");
                    step = Step::Register;
                    continue;
                }
                Reaction::GiveUp => {
                    return Err(Failure::Hopeless(format!(
                        "the Manager refuses this Worker: {error}"
                    )));
                }
                Reaction::Retry => info!(%error, "cannot sign on yet"),
            }
            if matches!(error, ClientError::Unreachable(_)) {
                if absence.away(Instant::now().into_std()) && self.outside.is_searched() {
                    return Err(Failure::Moved);
                }
            } else {
                absence.answered();
            }
            match told_wait(&error) {
                Some(wait) => sleep(wait).await,
                None => pause(retry.next_wait()).await,
            }
            if matches!(step, Step::SignOn(_)) {
                // Another may be at this address now.
                step = Step::Recognize;
            }
        }
    }

    async fn carry_out(
        &self,
        step: &Step,
        url: &Url,
        known: &mut Entries,
    ) -> Result<Result<Progress, ClientError>, Failure> {
        let before = known.clone();
        let done = match step {
            Step::Recognize => self.recognize(url, known).await.map(|found| {
                found.map_or(Step::Register, |entry| {
                    known.use_now(entry.clone());
                    Step::SignOn(entry)
                })
            }),
            Step::Register => self.register(url).await.map(|entry| {
                known.use_now(entry);
                Step::Recognize
            }),
            Step::SignOn(entry) => {
                let signed_on = self.sign_on(url, &entry.credentials).await;
                return Ok(signed_on
                    .map(|(manager, wish)| Progress::SignedOn(manager, entry.clone(), wish)));
            }
        };
        // On the disk before the secret is shown: which Manager it is for is never forgotten.
        if *known != before {
            self.save(known.clone()).await?;
        }
        Ok(done.map(Progress::To))
    }

    /// The credentials that the Manager at this URL may be shown, if there are some.
    async fn recognize(&self, url: &Url, known: &Entries) -> Result<Option<Entry>, ClientError> {
        let manager = self.outside.connect(url, None)?;
        let was_searched = self.outside.is_searched();
        match recognize(&manager, url, was_searched, known).await? {
            Recognized::As(entry) => Ok(Some(entry)),
            Recognized::Stranger => {
                if !known.all().is_empty() {
                    warn!(
                        %url,
                        "this Manager does not prove that it is one that the Worker knows; the Worker keeps its \
                         credentials to itself, and registers there as another Worker"
                    );
                }
                Ok(None)
            }
        }
    }

    async fn sign_on(
        &self,
        url: &Url,
        credentials: &Credentials,
    ) -> Result<(Manager, WorkerStatus), ClientError> {
        let manager = self.outside.connect(url, Some(credentials.clone()))?;
        let wish = manager
            .sign_on(&WorkerSignOn {
                name: self.name.clone(),
                supported_task_types: self.task_types.clone(),
                software_version: VERSION.to_owned(),
                can_restart: Some(self.can_restart),
                ephemeral: self.ephemeral.then_some(true),
                run: Some(self.runs.current),
                previous_run: self.runs.previous,
            })
            .await?;
        info!(worker.id = %credentials.worker_id, worker.status = %wish, "signed on");
        Ok((manager, wish))
    }

    async fn register(&self, url: &Url) -> Result<Entry, ClientError> {
        let secret = new_secret();
        let registration = WorkerRegistration {
            secret: secret.clone(),
            platform: PLATFORM.to_owned(),
            supported_task_types: self.task_types.clone(),
            name: self.name.clone(),
        };
        let worker = self
            .outside
            .connect(url, None)?
            .register_worker(&registration)
            .await?;
        info!(worker.id = %worker.uuid, "registered");
        Ok(Entry {
            credentials: Credentials {
                worker_id: worker.uuid,
                secret,
            },
            manager: KnownManager::At(url.to_string()),
            registered: Some(now()),
        })
    }

    async fn load(&self) -> Entries {
        let file = self.file.clone();
        tokio::task::spawn_blocking(move || file.load())
            .await
            .unwrap_or_default()
    }

    async fn save(&self, known: Entries) -> Result<(), Failure> {
        let file = self.file.clone();
        let saved: Result<Result<(), CredentialsFileFault>, _> =
            tokio::task::spawn_blocking(move || file.save(&known)).await;
        match saved {
            Ok(Ok(())) => Ok(()),
            Ok(Err(fault)) => Err(Failure::Hopeless(match std::error::Error::source(&fault) {
                Some(source) => format!("{fault}: {source}"),
                None => fault.to_string(),
            })),
            Err(error) => Err(Failure::Hopeless(error.to_string())),
        }
    }
}

/// When the Manager wants to be asked again whether the identity is free.
fn told_wait(error: &ClientError) -> Option<Duration> {
    match error {
        ClientError::Refused {
            status: 409,
            retry_after,
            ..
        } => *retry_after,
        ClientError::Refused { .. }
        | ClientError::Unreachable(_)
        | ClientError::NotUnderstood(_) => None,
    }
}

fn reaction((step, registered_now): (&Step, bool), error: &ClientError) -> Reaction {
    let ClientError::Refused {
        status,
        retry_after,
        ..
    } = error
    else {
        return Reaction::Retry;
    };
    match (step, status) {
        // The Manager does not know yet whether the process that used this identity before has ended.
        (Step::SignOn(_), 409) if retry_after.is_some() => Reaction::Retry,
        (_, 500.. | 408 | 425 | 429) => Reaction::Retry,
        (Step::SignOn(_), 401 | 403) if !registered_now => Reaction::Register,
        _ => Reaction::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use farandole_protocol::ids::WorkerId;

    use super::*;

    #[test]
    fn only_a_refusal_ends_the_worker() {
        let sign_on = Step::SignOn(Entry {
            credentials: Credentials {
                worker_id: WorkerId::random(),
                secret: String::new(),
            },
            manager: KnownManager::Unknown,
            registered: None,
        });
        let (old, new, register) = (
            (&sign_on, false),
            (&sign_on, true),
            (&Step::Register, false),
        );
        let refused = |status| ClientError::Refused {
            status,
            message: String::new(),
            retry_after: None,
        };
        for (step, status, expected) in [
            (old, 403, Reaction::Register),
            (new, 403, Reaction::GiveUp),
            (register, 403, Reaction::GiveUp),
            (old, 500, Reaction::Retry),
            (old, 503, Reaction::Retry),
            (old, 429, Reaction::Retry),
            (register, 500, Reaction::Retry),
            (register, 400, Reaction::GiveUp),
            (old, 400, Reaction::GiveUp),
            (old, 404, Reaction::GiveUp),
            (old, 409, Reaction::GiveUp),
        ] {
            assert_eq!(
                reaction(step, &refused(status)),
                expected,
                "{step:?} {status}"
            );
        }
        let not_yet = ClientError::Refused {
            status: 409,
            message: String::new(),
            retry_after: Some(Duration::from_secs(5)),
        };
        assert_eq!(reaction(old, &not_yet), Reaction::Retry);
        assert_eq!(reaction(register, &not_yet), Reaction::GiveUp);
        for error in [
            ClientError::Unreachable("gone".into()),
            ClientError::NotUnderstood(String::new()),
        ] {
            assert_eq!(reaction(register, &error), Reaction::Retry);
        }
    }
}
