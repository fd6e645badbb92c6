//! The Gatekeeper's shell.

use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, AsyncContext, Context, Handler, Message, Recipient};
use farandole_protocol::api::ManagerIdentity;
use farandole_protocol::ids::WorkerId;
use farandole_protocol::proof;
use tokio::sync::Semaphore;
use tracing::instrument;

use super::known::{Known, Seal};
use super::messages::{Admit, AdmitError, Identify, Register, RegisterError};
use super::secret::{self, Cost};
use crate::ask::{self, Ask, AskError, Front};
use crate::farm::commands::workers::RegisterWorker;
use crate::scheduler::{self, Scheduler};
use crate::store::{FindCredentials, FindInstance, ReplaceCredentials, Store, StoreError};

/// Every request of every Worker passes here.
const MAILBOX: usize = 16_384;
/// So many slow hashes at a time: more would take the processor from the farm.
const HASHES_AT_A_TIME: usize = 2;
/// So many may wait for one: half a minute of hashing.
const HASHES_WAITING: usize = 1_000;

/// See the [module](super).
#[derive(Debug)]
pub struct Gatekeeper {
    known: Known,
    parts: Rc<Parts>,
}

#[derive(Debug)]
struct Parts {
    scheduler: Front<Scheduler>,
    store: Store,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// Credentials were found to be right.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Verified {
    worker: WorkerId,
    seal: Seal,
}

impl Gatekeeper {
    /// A Gatekeeper that seals what it knows with this key, drawn anew with every start of the process.
    pub fn new(key: [u8; 32], scheduler: Front<Scheduler>, store: Store) -> Self {
        let parts = Parts {
            scheduler,
            store,
            turns: Arc::new(Semaphore::new(HASHES_AT_A_TIME)),
            places: Arc::new(Semaphore::new(HASHES_AT_A_TIME + HASHES_WAITING)),
        };
        Self {
            known: Known::new(key),
            parts: Rc::new(parts),
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }
}

impl Actor for Gatekeeper {
    type Context = Context<Self>;
}

impl Handler<Ask<Admit>> for Gatekeeper {
    type Result = ();

    #[instrument(name = "gatekeeper.admit", level = "debug", skip_all, fields(worker.id = %ask.order.worker))]
    fn handle(&mut self, ask: Ask<Admit>, ctx: &mut Context<Self>) {
        let Ask {
            order: Admit { worker, secret },
            reply,
            ..
        } = ask;
        let seal = self.known.seal(worker, &secret);
        if self.known.holds(worker, &seal) {
            return reply.answer(Ok(()));
        }
        let parts = Rc::clone(&self.parts);
        let me: Recipient<Verified> = ctx.address().recipient();
        ask::in_background(async move {
            let admitted = parts.verify(worker, secret).await;
            if admitted.is_ok() {
                me.do_send(Verified { worker, seal });
            }
            reply.answer(admitted);
        });
    }
}

impl Handler<Verified> for Gatekeeper {
    type Result = ();

    #[instrument(name = "gatekeeper.verified", level = "debug", skip_all, fields(worker.id = %verified.worker))]
    fn handle(&mut self, verified: Verified, _: &mut Context<Self>) {
        self.known.remember(verified.worker, verified.seal);
    }
}

impl Handler<Ask<Register>> for Gatekeeper {
    type Result = ();

    #[instrument(name = "gatekeeper.register", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<Register>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        ask::in_background(async move {
            let registered = parts.register(ask.order).await;
            ask.reply.answer(registered);
        });
    }
}

impl Handler<Ask<Identify>> for Gatekeeper {
    type Result = ();

    #[instrument(name = "gatekeeper.identify", level = "debug", skip_all, fields(worker.id = %ask.order.question.worker))]
    fn handle(&mut self, ask: Ask<Identify>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        ask::in_background(async move {
            let identity = parts.identify(&ask.order).await;
            ask.reply.answer(identity);
        });
    }
}

/// What cannot be read now may be read later.
fn unreadable(error: &StoreError, worker: WorkerId) -> AskError {
    tracing::error!(error = error as &dyn std::error::Error, worker.id = %worker, "cannot read credentials");
    AskError::Recovering
}

impl Parts {
    async fn identify(&self, order: &Identify) -> Result<ManagerIdentity, AskError> {
        let Identify { question, address } = order;
        let id = question.worker;
        let instance = self.store.read(FindInstance).await?;
        let instance = instance.map_err(|error| unreadable(&error, id))?;
        let stored = self.store.read(FindCredentials { id }).await?;
        let stored = stored.map_err(|error| unreadable(&error, id))?;
        let known = stored.as_deref().and_then(secret::salt_and_digest);
        Ok(ManagerIdentity {
            proof: known.map(|known| proof::prove(question, &instance, known, address)),
            instance,
        })
    }

    async fn verify(&self, worker: WorkerId, secret: String) -> Result<(), AdmitError> {
        let found = self.store.read(FindCredentials { id: worker }).await?;
        let found = found.map_err(|error| unreadable(&error, worker))?;
        let stored = found.ok_or(AdmitError::Refused)?;
        let cost = secret::cost_to_check(&stored);
        let is_foreign = secret::is_foreign(&stored);
        let checked = {
            let (secret, stored) = (secret.clone(), stored.clone());
            self.hash(cost, move || secret::matches(&secret, &stored))
        };
        if !checked.await? {
            return Err(AdmitError::Refused);
        }
        if is_foreign {
            self.replace(worker, stored, secret).await;
        }
        Ok(())
    }

    /// Stores a secret in our own form that was imported in another. Should that fail, it is done the next time.
    async fn replace(&self, worker: WorkerId, old: String, secret: String) {
        let salt = rand::random();
        let cost = secret::cost_to_store(&secret);
        let hashed = self.hash(cost, move || secret::store(&secret, salt)).await;
        let Ok(Some(new)) = hashed else { return };
        let replaced = self.store.write(ReplaceCredentials { worker, old, new });
        if !matches!(replaced.await, Ok(Ok(()))) {
            tracing::warn!(worker.id = %worker, "an imported secret is not replaced by ours yet");
        }
    }

    async fn register(&self, order: Register) -> Result<WorkerId, RegisterError> {
        let Register {
            name,
            secret,
            platform,
            task_types,
            address,
        } = order;
        let salt = rand::random();
        let cost = secret::cost_to_store(&secret);
        let stored = self
            .hash(cost, move || secret::store(&secret, salt))
            .await?;
        let secret_hash = stored.ok_or(RegisterError::UnusableSecret)?;
        let id = WorkerId::random();
        let command = RegisterWorker {
            id,
            secret_hash,
            name,
            address,
            platform,
            task_types,
        };
        scheduler::give_order(&self.scheduler, command).await?;
        Ok(id)
    }

    /// Computes a hash; a costly one on a blocking thread, when its turn has come.
    async fn hash<R: Send + 'static>(
        &self,
        cost: Cost,
        compute: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, AskError> {
        if cost == Cost::Low {
            return Ok(compute());
        }
        let _place = self.places.try_acquire().map_err(|_| AskError::Busy)?;
        let _turn = self.turns.acquire().await.map_err(|_| AskError::Stopped)?;
        tokio::task::spawn_blocking(compute)
            .await
            .map_err(|_| AskError::Stopped)
    }
}
