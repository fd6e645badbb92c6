//! The actor. It only decides; the work is done by the states and their helpers.

use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, SpawnHandle, WrapFuture,
};
use farandole_protocol::status::WorkerStatus;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{error, info, instrument, warn};
use url::Url;

use crate::ask::{MAILBOX, ask, tell};
use crate::contact::{Absence, Backoff, Manager, ManagerContact, NotFound, Outside, UseManager};
use crate::executor::{CancelTask, Cause, TaskExecutor};
use crate::heartbeat::Heartbeat;
use crate::identity::{CredentialsFile, Entries, Entry, Recognized, Runs, recognize};
use crate::inspector::Inspector;
use crate::life_sign;
use crate::setup::Setup;
use crate::states::{
    Duty, Farewell, Leave, News, Post, Shift, Start, StateNews, asleep, awake, leaving, starting,
};
use crate::uploader::OutputUploader;
use crate::upstream::Upstream;

/// What a Worker ends with when it cannot work.
const FAILURE: i32 = 1;

/// A Worker that is not known again so soon after it signed on does not try again at once.
const SOON: Duration = Duration::from_mins(1);

/// From whoever was told by a signal: end the Worker in good order.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ShutDown;

/// The actors that work while the states come and go.
#[derive(Clone, Debug)]
pub struct Crew {
    /// Runs tasks.
    pub executor: Addr<TaskExecutor>,
    /// Delivers updates.
    pub upstream: Addr<Upstream>,
    /// Sends pictures.
    pub uploader: Addr<OutputUploader>,
    /// Asks whether the task may go on.
    pub heartbeat: Addr<Heartbeat>,
    /// Looks at the host.
    pub inspector: Addr<Inspector>,
}

/// The state to be in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Starting { first_wait: Duration },
    Awake,
    Asleep,
    Leaving { exit_code: i32 },
}

/// Where the Worker is signed on.
#[derive(Debug)]
struct Contract {
    url: Url,
    manager: Manager,
    entry: Entry,
}

/// Decides what the Worker does.
#[derive(Debug)]
pub struct Foreman {
    setup: Setup,
    runs: Runs,
    outside: Arc<dyn Outside>,
    crew: Crew,
    contract: Option<Contract>,
    state: State,
    term: u64,
    shift: Option<Addr<Shift>>,
    absence: Absence,
    search: Option<SpawnHandle>,
    sign_on_again: Backoff,
    signed_on: Option<Instant>,
    exit: Option<oneshot::Sender<i32>>,
}

impl Foreman {
    /// Begins by signing on. The exit code is sent when the Worker has ended.
    pub fn new(
        setup: Setup,
        runs: Runs,
        outside: Arc<dyn Outside>,
        crew: Crew,
        exit: oneshot::Sender<i32>,
    ) -> Self {
        Self {
            setup,
            runs,
            outside,
            crew,
            contract: None,
            state: State::Starting {
                first_wait: Duration::ZERO,
            },
            term: 0,
            shift: None,
            absence: Absence::default(),
            search: None,
            sign_on_again: Backoff::new(Duration::from_secs(2), Duration::from_secs(30)),
            signed_on: None,
            exit: Some(exit),
        }
    }

    /// Ends the present state, then begins this one.
    fn enter(&mut self, state: State, ctx: &mut Context<Self>) {
        self.state = state;
        self.term += 1;
        let shift = self.shift.take();
        let left = async move {
            if let Some(shift) = shift {
                // One that has ended by itself does not hear it.
                ask(&shift, Leave).await.unwrap_or_default();
            }
        };
        // Nothing is heard meanwhile. That is short, since a shift leaves at once and asks nobody first.
        ctx.wait(left.into_actor(self).map(|(), this, ctx| this.begin(ctx)));
    }

    fn begin(&mut self, ctx: &mut Context<Self>) {
        let post = Post::new(ctx.address().recipient(), self.term);
        let shift = match (self.state, &self.contract) {
            (State::Leaving { exit_code }, _) => {
                Shift::new(leaving(self.farewell(post, exit_code)))
            }
            (State::Awake, Some(contract)) => Shift::new(awake(self.duty(post, contract))),
            (State::Asleep, Some(contract)) => Shift::new(asleep(self.duty(post, contract))),
            (State::Starting { first_wait }, _) => {
                Shift::new(starting(self.start_with(post, first_wait)))
            }
            // Not signed on: that comes first.
            (State::Awake | State::Asleep, None) => {
                Shift::new(starting(self.start_with(post, Duration::ZERO)))
            }
        };
        self.shift = Some(shift.start());
    }

    fn start_with(&self, post: Post, first_wait: Duration) -> Start {
        Start {
            post,
            outside: Arc::clone(&self.outside),
            file: CredentialsFile::in_directory(&self.setup.data_directory),
            name: self.setup.name.clone(),
            task_types: self.setup.task_types.clone(),
            can_restart: self.setup.restart_exit_code != 0,
            ephemeral: self.setup.ephemeral,
            runs: self.runs,
            first_wait,
        }
    }

    fn duty(&self, post: Post, contract: &Contract) -> Duty {
        Duty {
            post,
            manager: contract.manager.clone(),
            executor: self.crew.executor.clone(),
            upstream: self.crew.upstream.clone(),
        }
    }

    fn farewell(&self, post: Post, exit_code: i32) -> Farewell {
        Farewell {
            post,
            manager: self
                .contract
                .as_ref()
                .map(|contract| contract.manager.clone()),
            executor: self.crew.executor.clone(),
            upstream: self.crew.upstream.clone(),
            grace: self.setup.programs.grace,
            exit_code,
        }
    }

    fn follow(&mut self, wish: WorkerStatus, ctx: &mut Context<Self>) {
        info!(worker.status = %wish, "the Manager wishes a state");
        let state = match wish {
            WorkerStatus::Awake => State::Awake,
            WorkerStatus::Asleep => State::Asleep,
            WorkerStatus::Offline => State::Leaving { exit_code: 0 },
            WorkerStatus::Restart => State::Leaving {
                exit_code: self.setup.restart_exit_code,
            },
            WorkerStatus::Starting
            | WorkerStatus::Error
            | WorkerStatus::Testing
            | WorkerStatus::Unset => {
                warn!(worker.status = %wish, "nobody can go to this state, going to sleep");
                State::Asleep
            }
        };
        self.enter(state, ctx);
    }

    fn signed_on(&mut self, contract: Contract, wish: WorkerStatus, ctx: &mut Context<Self>) {
        let was_another = |old: &Contract| {
            old.entry.credentials.worker_id != contract.entry.credentials.worker_id
        };
        if self.contract.as_ref().is_some_and(was_another) {
            let order = CancelTask {
                which: None,
                cause: Cause::Superseded,
            };
            tell(&self.crew.executor.clone().recipient(), order);
        }
        self.signed_on = Some(Instant::now());
        self.work_for(contract);
        self.give_sign_of_life(ctx);
        if self.setup.flush_only {
            self.enter(State::Leaving { exit_code: 0 }, ctx);
        } else {
            self.follow(wish, ctx);
        }
    }

    fn work_for(&mut self, contract: Contract) {
        let order = UseManager(contract.manager.clone());
        tell(&self.crew.upstream.clone().recipient(), order.clone());
        tell(&self.crew.uploader.clone().recipient(), order.clone());
        tell(&self.crew.inspector.clone().recipient(), order.clone());
        tell(&self.crew.heartbeat.clone().recipient(), order);
        self.contract = Some(contract);
        self.absence.answered();
    }

    fn contact(&mut self, contact: ManagerContact, ctx: &mut Context<Self>) {
        match contact {
            ManagerContact::Answered => self.manager_answered(ctx),
            ManagerContact::Away => {
                let searched = self.outside.is_searched() && self.contract.is_some();
                let long_away = self.absence.away(Instant::now().into_std());
                if searched && long_away && self.search.is_none() {
                    self.search(ctx);
                }
            }
            ManagerContact::UnknownWorker => {
                self.manager_answered(ctx);
                if matches!(self.state, State::Awake | State::Asleep) {
                    warn!("the Manager does not know this Worker any more, signing on again");
                    let first_wait = self.wait_before_sign_on();
                    self.enter(State::Starting { first_wait }, ctx);
                }
            }
        }
    }

    fn manager_answered(&mut self, ctx: &mut Context<Self>) {
        self.absence.answered();
        if let Some(search) = self.search.take() {
            ctx.cancel_future(search);
        }
    }

    fn wait_before_sign_on(&mut self) -> Duration {
        if self
            .signed_on
            .is_some_and(|signed_on| signed_on.elapsed() < SOON)
        {
            return self.sign_on_again.next_wait();
        }
        self.sign_on_again.reset();
        Duration::ZERO
    }

    /// Looks for the Manager elsewhere. The task goes on meanwhile, and so do the tries to reach the old address.
    fn search(&mut self, ctx: &mut Context<Self>) {
        info!("the Manager is away, searching it");
        let outside = Arc::clone(&self.outside);
        let known = self
            .contract
            .as_ref()
            .map(|contract| contract.entry.clone());
        let found = async move {
            let url = outside.find_manager(None).await?;
            let recognized = is_at(&*outside, &url, known).await;
            Ok((url, recognized))
        };
        let found = found.into_actor(self);
        self.search = Some(ctx.spawn(found.map(|found, this, ctx| this.found(found, ctx))));
    }

    /// A Manager was found, with the entry for it if it is the one that the Worker works for.
    fn found(&mut self, found: Result<(Url, Option<Entry>), NotFound>, ctx: &mut Context<Self>) {
        self.search = None;
        self.absence.answered();
        let (url, entry) = match found {
            Ok(found) => found,
            Err(error) => return warn!(%error, "no Manager found"),
        };
        if self.contract.as_ref().is_none_or(|old| old.url == url) {
            return;
        }
        let Some(entry) = entry else {
            info!(%url, "there is another Manager now");
            if matches!(self.state, State::Awake | State::Asleep) {
                let first_wait = Duration::ZERO;
                self.enter(State::Starting { first_wait }, ctx);
            }
            return;
        };
        info!(%url, "the Manager is elsewhere now");
        match self.outside.connect(&url, Some(entry.credentials.clone())) {
            Ok(manager) => self.work_for(Contract {
                url,
                manager,
                entry,
            }),
            Err(error) => return warn!(%url, %error, "cannot use this Manager"),
        }
        if matches!(self.state, State::Awake | State::Asleep) {
            self.enter(self.state, ctx);
        }
    }

    /// What it says is for people and programs that look from outside; if it cannot be written, rendering goes on.
    fn give_sign_of_life(&mut self, ctx: &mut Context<Self>) {
        let manager = self
            .contract
            .as_ref()
            .map(|contract| contract.url.to_string());
        let file = life_sign::file(&self.setup.data_directory);
        let written = life_sign::write(file, life_sign::text(manager.as_deref()));
        ctx.spawn(written.into_actor(self).map(|outcome, _, _| {
            if let Err(error) = outcome {
                warn!(%error, "cannot write a sign of life");
            }
        }));
    }

    fn end(&mut self, exit_code: i32) {
        info!(exit_code, "the Worker has ended");
        if let Some(exit) = self.exit.take() {
            // Nobody listens when the process ends already.
            exit.send(exit_code).ok();
        }
    }
}

/// The entry for the Manager at this URL, if it is the one that this entry is for.
async fn is_at(outside: &dyn Outside, url: &Url, known: Option<Entry>) -> Option<Entry> {
    let known = Entries::new(known?, []);
    let manager = outside.connect(url, None).ok()?;
    match recognize(&manager, url, outside.is_searched(), &known).await {
        Ok(Recognized::As(entry)) => Some(entry),
        Ok(Recognized::Stranger) | Err(_) => None,
    }
}

impl Actor for Foreman {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.give_sign_of_life(ctx);
        ctx.run_interval(life_sign::EVERY, Self::give_sign_of_life);
        self.enter(self.state, ctx);
    }
}

impl Handler<StateNews> for Foreman {
    type Result = ();

    #[instrument(name = "foreman.state_news", level = "debug", skip_all)]
    fn handle(&mut self, msg: StateNews, ctx: &mut Self::Context) {
        if msg.term != self.term {
            return;
        }
        match msg.news {
            News::Entered(_) => {}
            News::SignedOn {
                url,
                manager,
                entry,
                wish,
            } => {
                self.signed_on(
                    Contract {
                        url,
                        manager,
                        entry,
                    },
                    wish,
                    ctx,
                );
            }
            News::ChangeTo(wish) => self.follow(wish, ctx),
            News::Contact(contact) => self.contact(contact, ctx),
            News::Hopeless(reason) => {
                error!(reason, "the Worker cannot work");
                self.end(FAILURE);
            }
            News::Left(exit_code) => self.end(exit_code),
        }
    }
}

impl Handler<ManagerContact> for Foreman {
    type Result = ();

    #[instrument(name = "foreman.manager_contact", level = "debug", skip_all)]
    fn handle(&mut self, msg: ManagerContact, ctx: &mut Self::Context) {
        self.contact(msg, ctx);
    }
}

impl Handler<ShutDown> for Foreman {
    type Result = ();

    #[instrument(name = "foreman.shut_down", skip_all)]
    fn handle(&mut self, _: ShutDown, ctx: &mut Self::Context) {
        if !matches!(self.state, State::Leaving { .. }) {
            info!("ending");
            self.enter(State::Leaving { exit_code: 0 }, ctx);
        }
    }
}
