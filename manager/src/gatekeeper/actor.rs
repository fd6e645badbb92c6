//! The Gatekeeper's shell.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message, Recipient};
use farandole_protocol::api::ManagerIdentity;
use farandole_protocol::ids::WorkerId;
use farandole_protocol::proof;
use tokio::sync::{Semaphore, oneshot};
use tracing::instrument;

use super::known::{Known, Seal};
use super::messages::{Admit, AdmitError, Identify, Register, RegisterError};
use super::registrations::Registrations;
use super::secret::{self, Cost};
use super::wrong_secrets::WrongSecrets;
use crate::ask::{self, Ask, AskError, Front, ReplyTo};
use crate::config::InForce;
use crate::farm::commands::unused::ForgetUnused;
use crate::farm::commands::workers::RegisterWorker;
use crate::refusal_log::{Refusal, Refusals};
use crate::scheduler::{self, Scheduler};
use crate::store::{FindCredentials, FindInstance, ReplaceCredentials, Store, StoreError};

/// Every request of every Worker passes here.
const MAILBOX: usize = 16_384;
/// So many slow hashes at a time for secrets that are checked: more would take the processor from the farm.
const CHECKS_AT_A_TIME: usize = 2;
/// And so many for Workers that register.
const REGISTRATIONS_AT_A_TIME: usize = 1;
/// After a slow hash that any stranger can ask for, its turn is kept from others for this many times as long as it took.
const REST: u32 = 9;
/// So many may wait for one: half a minute of hashing.
const HASHES_WAITING: usize = 1_000;

/// How often registrations that nobody uses are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(10);

/// See the [module](super).
#[derive(Debug)]
pub struct Gatekeeper {
    known: Known,
    started: Instant,
    registrations: Registrations,
    wrong: WrongSecrets,
    config: InForce,
    parts: Rc<Parts>,
}

/// Whom the Gatekeeper asks and tells.
#[derive(Debug)]
pub struct GatekeeperParts {
    /// Registers Workers.
    pub scheduler: Front<Scheduler>,
    /// Has the hashes of secrets.
    pub store: Store,
    /// Hears of refusals.
    pub refusals: Refusals,
    /// How many may register.
    pub config: InForce,
}

#[derive(Debug)]
struct Parts {
    scheduler: Front<Scheduler>,
    store: Store,
    refusals: Refusals,
    checks: Arc<Semaphore>,
    registrations: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// Credentials were checked.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Checked {
    worker: WorkerId,
    seal: Seal,
    peer: Option<IpAddr>,
    outcome: Result<(), AdmitError>,
    reply: ReplyTo<Result<(), AdmitError>>,
}

/// An answer to a wrong secret was held back for long enough.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct HeldBack {
    peer: IpAddr,
    reply: ReplyTo<Result<(), AdmitError>>,
}

impl Gatekeeper {
    /// A Gatekeeper that seals what it knows with this key, drawn anew with every start of the process.
    pub fn new(key: [u8; 32], parts: GatekeeperParts) -> Self {
        let config = parts.config;
        let parts = Parts {
            scheduler: parts.scheduler,
            store: parts.store,
            refusals: parts.refusals,
            checks: Arc::new(Semaphore::new(CHECKS_AT_A_TIME)),
            registrations: Arc::new(Semaphore::new(REGISTRATIONS_AT_A_TIME)),
            places: Arc::new(Semaphore::new(HASHES_WAITING)),
        };
        Self {
            known: Known::new(key),
            started: Instant::now(),
            registrations: Registrations::default(),
            wrong: WrongSecrets::default(),
            config,
            parts: Rc::new(parts),
        }
    }

    /// Starts it.
    pub fn start(self) -> Front<Self> {
        Front::start(self, MAILBOX)
    }

    /// Answers a wrong secret, later.
    fn hold_back(&mut self, peer: IpAddr, reply: ReplyTo<Result<(), AdmitError>>, me: Addr<Self>) {
        let wrong = AdmitError::Refused;
        self.parts
            .refusals
            .note(Refusal::Credentials, peer.to_string(), wrong.to_string());
        let Some(wait) = self.wrong.note(peer, self.started.elapsed()) else {
            return reply.answer(Err(AdmitError::TooManyWrong));
        };
        let me: Recipient<HeldBack> = me.recipient();
        ask::in_background(async move {
            tokio::time::sleep(wait).await;
            me.do_send(HeldBack { peer, reply });
        });
    }
}

impl Actor for Gatekeeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(FORGET_EVERY, |this, _| {
            let config = this.config.get();
            let timeout = config.registration_timeout.0;
            let order = ForgetUnused {
                after: (!timeout.is_zero()).then_some(timeout),
                most: config.registration_limit,
            };
            let parts = Rc::clone(&this.parts);
            ask::in_background(async move { parts.forget(order).await });
        });
    }
}

impl Handler<Ask<Admit>> for Gatekeeper {
    type Result = ();

    #[instrument(name = "gatekeeper.admit", level = "debug", skip_all, fields(worker.id = %ask.order.worker))]
    fn handle(&mut self, ask: Ask<Admit>, ctx: &mut Context<Self>) {
        let Ask {
            order:
                Admit {
                    worker,
                    secret,
                    peer,
                },
            reply,
            ..
        } = ask;
        let seal = self.known.seal(worker, &secret);
        if self.known.holds(worker, &seal) {
            return reply.answer(Ok(()));
        }
        let parts = Rc::clone(&self.parts);
        let is_slow_allowed = !peer.is_some_and(|peer| self.wrong.is_full(peer));
        let me: Recipient<Checked> = ctx.address().recipient();
        ask::in_background(async move {
            let outcome = parts.verify(worker, secret, is_slow_allowed).await;
            me.do_send(Checked {
                worker,
                seal,
                peer,
                outcome,
                reply,
            });
        });
    }
}

impl Handler<Checked> for Gatekeeper {
    type Result = ();

    #[instrument(name = "gatekeeper.checked", level = "debug", skip_all, fields(worker.id = %checked.worker))]
    fn handle(&mut self, checked: Checked, ctx: &mut Context<Self>) {
        let Checked { peer, reply, .. } = checked;
        match (checked.outcome, peer) {
            (Ok(()), _) => {
                self.known.remember(checked.worker, checked.seal);
                reply.answer(Ok(()));
            }
            (Err(AdmitError::Refused), Some(peer)) => self.hold_back(peer, reply, ctx.address()),
            (Err(error), _) => reply.answer(Err(error)),
        }
    }
}

impl Handler<HeldBack> for Gatekeeper {
    type Result = ();

    #[instrument(name = "gatekeeper.held_back", level = "debug", skip_all)]
    fn handle(&mut self, held: HeldBack, _: &mut Context<Self>) {
        self.wrong.answered(held.peer);
        held.reply.answer(Err(AdmitError::Refused));
    }
}

impl Handler<Ask<Register>> for Gatekeeper {
    type Result = ();

    #[instrument(name = "gatekeeper.register", level = "debug", skip_all)]
    fn handle(&mut self, ask: Ask<Register>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        let limit = u32::try_from(self.config.get().registration_limit).unwrap_or(u32::MAX);
        let peer = ask.order.peer;
        let wait = match self.registrations.turn(peer, limit, self.started.elapsed()) {
            Ok(wait) => wait,
            Err(error) => {
                let peer = peer.map(|peer| peer.to_string()).unwrap_or_default();
                let reason = error.to_string();
                parts.refusals.note(Refusal::Registration, peer, reason);
                return ask.reply.answer(Err(error.into()));
            }
        };
        ask::in_background(async move {
            tokio::time::sleep(wait).await;
            let registered = parts.register(ask.order).await;
            ask.reply.answer(registered);
        });
    }
}

impl Handler<Ask<Identify>> for Gatekeeper {
    type Result = ();

    #[instrument(name = "gatekeeper.identify", level = "debug", skip_all,
        fields(worker.id = %ask.order.question.worker))]
    fn handle(&mut self, ask: Ask<Identify>, _: &mut Context<Self>) {
        let parts = Rc::clone(&self.parts);
        ask::in_background(async move {
            let identity = parts.identify(&ask.order).await;
            ask.reply.answer(identity);
        });
    }
}

/// Lets all other threads go first: strangers can have such hashes computed, and Workers are not to wait for them.
fn give_way() {
    // On Linux this is about the thread that asks alone. Elsewhere all would be meant, and one hash at a time has to do.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(%error, "a thread that computes hashes has the priority of all others");
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

    async fn verify(
        &self,
        worker: WorkerId,
        secret: String,
        is_slow_allowed: bool,
    ) -> Result<(), AdmitError> {
        let found = self.store.read(FindCredentials { id: worker }).await?;
        let found = found.map_err(|error| unreadable(&error, worker))?;
        let stored = found.ok_or(AdmitError::Refused)?;
        let cost = secret::cost_to_check(&stored);
        if cost == Cost::High && !is_slow_allowed {
            return Err(AdmitError::TooManyWrong);
        }
        let is_foreign = secret::is_foreign(&stored);
        let checked = {
            let (secret, stored) = (secret.clone(), stored.clone());
            let matches = move || secret::matches(&secret, &stored);
            self.hash(cost, &self.checks, matches, |matched| !matched)
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
        let store = move || secret::store(&secret, salt);
        let hashed = self.hash(cost, &self.checks, store, |_| false);
        let Ok(Some(new)) = hashed.await else { return };
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
            peer,
        } = order;
        let salt = rand::random();
        let cost = secret::cost_to_store(&secret);
        let store = move || secret::store(&secret, salt);
        let stored = self
            .hash(cost, &self.registrations, store, |_| true)
            .await?;
        let secret_hash = stored.ok_or(RegisterError::UnusableSecret)?;
        let id = WorkerId::random();
        let command = RegisterWorker {
            id,
            secret_hash,
            name: name.clone(),
            address,
            platform,
            task_types,
        };
        scheduler::give_order(&self.scheduler, command).await?;
        tracing::info!(
            worker.id = %id,
            worker.name = name,
            peer = peer.map(tracing::field::display),
            "a new Worker has registered"
        );
        Ok(id)
    }

    async fn forget(&self, order: ForgetUnused) {
        // A Scheduler that is busy or recovering is asked again.
        let forgotten = scheduler::give_order(&self.scheduler, order).await;
        for (id, name) in forgotten.unwrap_or_default() {
            tracing::info!(
                worker.id = %id,
                worker.name = name,
                "a Worker that registered and never signed on is forgotten"
            );
        }
    }

    /// Computes a hash; a costly one on a thread of its own, when its turn has come. Where any stranger can have it computed,
    /// as the result tells, a rest follows.
    async fn hash<R: Send + 'static>(
        &self,
        cost: Cost,
        turns: &Arc<Semaphore>,
        compute: impl FnOnce() -> R + Send + 'static,
        is_for_strangers: impl FnOnce(&R) -> bool,
    ) -> Result<R, AskError> {
        if cost == Cost::Low {
            return Ok(compute());
        }
        let _place = self.places.try_acquire().map_err(|_| AskError::Busy)?;
        let turn = Arc::clone(turns).acquire_owned().await;
        let turn = turn.map_err(|_| AskError::Stopped)?;
        let began = Instant::now();
        let (answer, computed) = oneshot::channel();
        let thread = thread::Builder::new().name("farm-hash".to_owned());
        thread
            .spawn(move || {
                give_way();
                drop(answer.send(compute()));
            })
            .map_err(|_| AskError::Busy)?;
        let computed = computed.await.map_err(|_| AskError::Stopped)?;
        if is_for_strangers(&computed) {
            let rest = began.elapsed() * REST;
            ask::in_background(async move {
                tokio::time::sleep(rest).await;
                drop(turn);
            });
        }
        Ok(computed)
    }
}
