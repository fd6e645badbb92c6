//! The farm's parts, started bottom-up and stopped in reverse. The one place that knows them all.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix::{Actor, Addr};
use actix_web::dev::ServerHandle;
use farandole_discovery::advertiser::{Advertise, Advertiser, SayGoodbye};
use farandole_protocol::event::{Event, EventLifeCycle, LifeCycleEventType};
use farandole_settings::{FolderError, Loaded};

use crate::ask;
use crate::broadcaster::{Broadcaster, EndAll, Publish};
use crate::compiler::{Compiler, CompilerOptions, Lane, ScriptRunner};
use crate::config::{Config, InForce, in_force};
use crate::control::{self, Control};
use crate::database_check::DatabaseCheck;
use crate::descriptors::Descriptors;
use crate::exclusive::{Exclusive, ExclusiveError};
use crate::farm_status::FarmStatus;
use crate::frame_checks::FrameChecks;
use crate::gatekeeper::{Gatekeeper, GatekeeperParts};
use crate::handout::{EndWaits, Handout};
use crate::host::{Host, own_names};
use crate::http;
use crate::job_deleter::{JobDeleter, JobDeleterParts};
use crate::job_intake::JobIntake;
use crate::job_output::{JobOutput, JobOutputParts};
use crate::last_rendered::LastRendered;
use crate::mqtt;
use crate::own_files::{check_folders, close_own_files};
use crate::parts::Parts;
use crate::refusal_log::Refusals;
use crate::scheduler::{Scheduler, SchedulerParts};
use crate::settings::{Settings, SettingsParts};
use crate::shaman::Shaman;
use crate::shared_storage::SharedStorage;
use crate::sleep_scheduler::SleepScheduler;
use crate::store::{RemoveUnreleased, Store, StoreError, StoreOptions};
use crate::task_logs::TaskLogs;
use crate::task_reports::{TaskReports, TaskReportsParts};
use crate::timeout_checker::TimeoutChecker;
use crate::worker_conditions::WorkerConditions;

/// Whoever still waits for something is cut off after so long.
const SHUTDOWN: Duration = Duration::from_secs(5);
/// The farewell to the network, and to an MQTT broker, may take so long.
const GOODBYE: Duration = Duration::from_secs(1);

/// A running Manager.
#[derive(Debug)]
pub struct Manager {
    /// The addresses of its parts.
    pub parts: Parts,
    /// Where it listens.
    pub address: SocketAddr,
    server: ServerHandle,
    advertiser: Option<Addr<Advertiser>>,
    _timeouts: Addr<TimeoutChecker>,
    _sleep: Addr<SleepScheduler>,
    _database_check: Addr<DatabaseCheck>,
    _control: ask::Front<Control>,
    /// Held as long as the Manager runs.
    _exclusive: Exclusive,
}

/// Why a Manager does not start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// Another program listens there.
    #[error(
        "cannot listen on {0}: another program listens there, perhaps another Manager; end it, or choose another \
         address with --listen (FARANDOLE_PORT with docker compose)"
    )]
    Taken(String),
    /// We may not listen there, or it is no address of this host.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// A folder cannot be made or written to.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Another process works with the data directory or the database.
    #[error(transparent)]
    Exclusive(#[from] ExclusiveError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody who has just been started is not there.
    #[error(transparent)]
    Ask(#[from] ask::AskError),
    /// Threads or the server cannot be started.
    #[error("cannot start the server: {0}")]
    Server(#[from] io::Error),
}

/// Starts all parts, bottom-up, on the present arbiter. Without a runner, scripts run on threads of this process.
pub async fn start(
    config: Config,
    loaded: Loaded,
    runner: Option<ScriptRunner>,
) -> Result<Manager, BootError> {
    let data_dir = loaded.data_dir.clone();
    let (announcer, in_force) = in_force(config.clone());
    let descriptors = Descriptors::of_this_process();
    let (exclusive, listener) = claim(&config, &loaded)?;
    let address = listener.local_addr()?;
    let store = open_store(&config).await?;

    let refusals = Refusals::start();
    let broadcaster = start_broadcaster(in_force.clone(), descriptors);
    let publish = broadcaster.hearing::<Publish>();
    let mqtt = mqtt::start(&config.mqtt.client, broadcaster.clone());
    let root = config.local_manager_storage_path.clone();
    let logs = start_logs(&root, descriptors, in_force.clone(), publish.clone());
    let shared_storage = SharedStorage::start(in_force.clone());
    let frame_checks = FrameChecks::start(in_force.clone());
    let shaman = Shaman::start(in_force.clone());
    let [compiler, questions] = start_compilers(&data_dir, &in_force, runner.as_ref());
    let host = start_host(data_dir.clone(), in_force.clone());
    let scheduler = start_scheduler(&config, &store, publish.clone(), &logs);
    let settings = Settings::new(SettingsParts {
        config: config.clone(),
        loaded,
        announcer,
        thresholds: scheduler.hearing(),
    })
    .start();
    let last_rendered =
        LastRendered::new(root, scheduler.clone(), store.clone(), publish.clone()).start();
    let conditions =
        WorkerConditions::new(settings.clone(), shared_storage.clone(), scheduler.clone());
    let intake = JobIntake::new(
        settings.clone(),
        [compiler.clone(), questions.clone()],
        store.clone(),
        scheduler.clone(),
    );
    let parts = Parts {
        gatekeeper: start_gatekeeper(&scheduler, &store, &refusals, &in_force),
        intake: intake.start(),
        worker_conditions: conditions.start(),
        handout: Handout::new(scheduler.clone(), store.clone(), settings.clone()).start(),
        reports: TaskReports::new(TaskReportsParts {
            scheduler: scheduler.clone(),
            logs: logs.clone(),
            settings: settings.clone(),
            store: store.clone(),
            frame_checks: frame_checks.clone(),
        })
        .start(),
        job_deleter: JobDeleter::new(JobDeleterParts {
            checkouts: Box::new(shaman.clone()),
            logs: logs.clone(),
            store: store.clone(),
            scheduler: scheduler.clone(),
            last_rendered: last_rendered.hearing(),
        })
        .start(),
        job_output: JobOutput::new(JobOutputParts {
            store: store.clone(),
            settings: settings.clone(),
            shared_storage: shared_storage.clone(),
            frame_checks: frame_checks.clone(),
            scheduler: scheduler.clone(),
        })
        .start(),
        last_rendered,
        farm_status: FarmStatus::new(scheduler.clone(), broadcaster.clone()).start(),
        refusals,
        store,
        broadcaster,
        mqtt,
        settings,
        logs,
        shared_storage,
        frame_checks,
        shaman,
        compiler,
        questions,
        host,
        scheduler,
    };
    let control = start_control(parts.clone(), address, &data_dir);
    let watched = in_force.clone();
    let server = start_server(parts.clone(), listener, in_force, descriptors)?;
    publish.tell(lifecycle(LifeCycleEventType::ManagerStartup));
    Ok(Manager {
        _timeouts: TimeoutChecker::new(parts.scheduler.clone()).start(),
        _sleep: SleepScheduler::new(parts.scheduler.clone()).start(),
        _database_check: DatabaseCheck::new(parts.store.clone(), watched).start(),
        parts,
        address,
        server,
        advertiser: config.autodiscoverable.then(|| advertise(&config, address)),
        _control: control,
        _exclusive: exclusive,
    })
}

fn start_broadcaster(config: InForce, descriptors: Descriptors) -> ask::Front<Broadcaster> {
    Broadcaster::new(rand::random())
        .with_limits(config, descriptors.listeners)
        .start()
}

fn start_scheduler(
    config: &Config,
    store: &Store,
    broadcaster: ask::TellTo<Publish>,
    logs: &TaskLogs,
) -> ask::Front<Scheduler> {
    Scheduler::new(SchedulerParts {
        store: store.clone(),
        broadcaster,
        logs: logs.notes(),
        thresholds: config.thresholds(),
    })
    .start()
}

fn start_gatekeeper(
    scheduler: &ask::Front<Scheduler>,
    store: &Store,
    refusals: &Refusals,
    config: &InForce,
) -> ask::Front<Gatekeeper> {
    let parts = GatekeeperParts {
        scheduler: scheduler.clone(),
        store: store.clone(),
        refusals: refusals.clone(),
        config: config.clone(),
    };
    Gatekeeper::new(rand::random(), parts).start()
}

fn start_logs(
    root: &Path,
    descriptors: Descriptors,
    config: InForce,
    broadcaster: ask::TellTo<Publish>,
) -> TaskLogs {
    TaskLogs::start(root.to_owned(), descriptors.log_files, config, broadcaster)
}

/// Starts what looks at this host, with the folders in which this process finds programs.
fn start_host(data_dir: PathBuf, config: InForce) -> ask::Front<Host> {
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    Host::new(config, data_dir, search_path).start()
}

/// Checks all folders, and has the data directory, the database and the address for this process alone.
fn claim(config: &Config, loaded: &Loaded) -> Result<(Exclusive, TcpListener), BootError> {
    check_folders(config, &loaded.data_dir)?;
    let mut exclusive = Exclusive::take(config, &loaded.data_dir)?;
    close_own_files(config, loaded);
    let listener = listen(&config.listen)?;
    exclusive
        .announce(listener.local_addr()?)
        .map_err(ExclusiveError::Unusable)?;
    Ok((exclusive, listener))
}

/// Starts to answer commands of this host.
fn start_control(parts: Parts, address: SocketAddr, data_dir: &Path) -> ask::Front<Control> {
    let control = Control::new(parts, address).start();
    control::start(data_dir, &control);
    control
}

/// Starts the compilers with the scripts of this data directory, for submissions and for questions.
fn start_compilers(
    data_dir: &Path,
    config: &InForce,
    runner: Option<&ScriptRunner>,
) -> [ask::Front<Compiler>; 2] {
    [Lane::Submissions, Lane::Questions].map(|lane| {
        Compiler::start(CompilerOptions {
            script_folders: script_folders(data_dir),
            config: config.clone(),
            runner: runner.cloned(),
            lane,
        })
    })
}

/// Opens the database, without what was left half stored.
async fn open_store(config: &Config) -> Result<Store, BootError> {
    let store = Store::start(&StoreOptions {
        path: config.database.clone(),
        readers: config.reader_threads,
    })?;
    remove_unreleased(&store).await?;
    Ok(store)
}

/// Starts to answer requests.
fn start_server(
    parts: Parts,
    listener: TcpListener,
    in_force: InForce,
    descriptors: Descriptors,
) -> Result<ServerHandle, BootError> {
    let server = http::serve(parts, listener, in_force, own_names(), descriptors)?;
    let handle = server.handle();
    ask::in_background(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the server has ended");
        }
    });
    Ok(handle)
}

/// No list shows them, and nobody will finish them.
async fn remove_unreleased(store: &Store) -> Result<(), BootError> {
    let removed = store.write(RemoveUnreleased).await??;
    if removed > 0 {
        tracing::warn!(
            job.count = removed,
            "jobs that were being submitted when the Manager ended are gone"
        );
    }
    Ok(())
}

impl Manager {
    /// Stops all parts, top-down: nobody is sent here any more, streams and waits end, what is being answered is
    /// answered.
    pub async fn stop(self) {
        if let Some(advertiser) = &self.advertiser {
            // A farewell that cannot be said is none.
            drop(tokio::time::timeout(GOODBYE, advertiser.send(SayGoodbye)).await);
        }
        let publish = self.parts.broadcaster.hearing();
        publish.tell(lifecycle(LifeCycleEventType::ManagerShutdown));
        // Whoever is not there any more keeps nobody.
        ask::ask(&self.parts.broadcaster, EndAll)
            .await
            .unwrap_or_default();
        if let Some(mqtt) = &self.parts.mqtt {
            drop(tokio::time::timeout(GOODBYE, ask::ask(mqtt, mqtt::Finish)).await);
        }
        ask::ask(&self.parts.handout, EndWaits)
            .await
            .unwrap_or_default();
        if tokio::time::timeout(SHUTDOWN, self.server.stop(true))
            .await
            .is_err()
        {
            self.server.stop(false).await;
        }
    }
}

fn lifecycle(event_type: LifeCycleEventType) -> Publish {
    Publish(Event::Lifecycle(EventLifeCycle { event_type }))
}

/// Binds the address; `:8080` means all interfaces, of both kinds if there are both.
fn listen(address: &str) -> Result<TcpListener, BootError> {
    let failed = |source: io::Error| {
        let address = address.to_owned();
        if source.kind() == io::ErrorKind::AddrInUse {
            BootError::Taken(address)
        } else {
            BootError::Listen { address, source }
        }
    };
    let everywhere = address.strip_prefix(':');
    let bound = match everywhere {
        Some(port) => {
            http::bind(&format!("[::]:{port}")).or_else(|_| http::bind(&format!("0.0.0.0:{port}")))
        }
        None => http::bind(address),
    };
    bound.map_err(failed)
}

/// Where people put job types of their own: in the data directory, or beside the program as in Flamenco.
fn script_folders(data_dir: &Path) -> Vec<PathBuf> {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("scripts")));
    std::iter::once(data_dir.join("scripts"))
        .chain(beside)
        .collect()
}

fn advertise(config: &Config, address: SocketAddr) -> Addr<Advertiser> {
    let host = config.listen.rsplit_once(':').map_or("", |(host, _)| host);
    let mut what = Advertise::new(
        format!("{host}:{}", address.port()),
        env!("CARGO_PKG_VERSION"),
    );
    what.farm.clone_from(&config.farm);
    Advertiser::new(what).start()
}
