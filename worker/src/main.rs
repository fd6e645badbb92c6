//! The program `farandole-worker`: reads its settings, starts the Worker, and passes signals on.
//!
//! Exit codes: 0 when it ended in good order, by a signal too; the restart exit code when the Manager wished a
//! restart; 1 when it could not work; 2 when the command line makes no sense.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::panic;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use farandole_protocol::client::parse_manager_url;
use farandole_settings::{GoDuration, Loaded, SettingsError, close_to_others};
use farandole_worker::config::{self, Config, LogFormat};
use farandole_worker::contact::{ManagerAddress, Network, Outside};
use farandole_worker::process::{IdleLimits, ProgramSettings, TaskUser, TaskUserError};
use farandole_worker::setup::Setup;
use farandole_worker::{boot, life_sign};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info, warn};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// How long programs may take to end after they were asked to.
const GRACE: Duration = Duration::from_secs(5);

/// How long ending in good order may take at most: all of its steps, and some more.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long `--find-manager` searches.
const FIND_LIMIT: Duration = Duration::from_mins(1);

#[actix::main]
async fn main() {
    let code = match read_config() {
        Err(SettingsError::Flags(error)) => error.exit(),
        Err(error) => complain(&error.to_string()),
        Ok((_, loaded)) if loaded.asked_for("print-config") => i32::from(
            std::io::stdout()
                .write_all(loaded.print().as_bytes())
                .is_err(),
        ),
        Ok((_, loaded)) if loaded.asked_for("check-health") => {
            let health = life_sign::check(&loaded.data_dir);
            health.map_or_else(|ill| complain(&ill), |well| say(&well))
        }
        Ok((config, loaded)) => {
            if let Err(error) = start_log(&config, log_output(&loaded)) {
                complain(&format!("log_level: {error}"))
            } else {
                end_when_an_actor_panics();
                work(config, &loaded).await
            }
        }
    };
    // Not by returning: what may still hang on other threads is of no interest any more.
    std::process::exit(code);
}

fn read_config() -> Result<(Config, Loaded), SettingsError> {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let env: BTreeMap<String, String> = std::env::vars().collect();
    let here =
        std::env::current_dir().map_err(|error| SettingsError::Unusable(error.to_string()))?;
    config::load(&args, &env, &here)
}

fn say(text: &str) -> i32 {
    i32::from(writeln!(std::io::stdout(), "{text}").is_err())
}

fn complain(text: &str) -> i32 {
    // Where even the error output is closed, nobody can be told.
    drop(writeln!(std::io::stderr(), "farandole-worker: {text}"));
    1
}

/// Where log lines go, and whether colours are seen there.
fn log_output(loaded: &Loaded) -> (BoxMakeWriter, bool) {
    // The URL that was found is alone on the standard output, for scripts.
    if loaded.asked_for("find-manager") {
        let colours = std::io::stderr().is_terminal();
        return (BoxMakeWriter::new(std::io::stderr), colours);
    }
    let colours = std::io::stdout().is_terminal();
    (BoxMakeWriter::new(std::io::stdout), colours)
}

fn start_log(
    config: &Config,
    (output, colours): (BoxMakeWriter, bool),
) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = EnvFilter::try_new(&config.log_level)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(output);
    match config.log_format {
        LogFormat::Text => log.with_ansi(colours).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

async fn work(config: Config, loaded: &Loaded) -> i32 {
    for warning in &loaded.warnings {
        warn!("{warning}");
    }
    run(config, loaded).await.unwrap_or_else(|error| {
        error!(error = %format_args!("{error:#}"), "the Worker cannot go on");
        1
    })
}

async fn run(config: Config, loaded: &Loaded) -> anyhow::Result<i32> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("another TLS provider is installed already"))?;
    let mut signals = Signals::listen().context("cannot listen to signals")?;
    let network = Network::new(address(&config)?);
    if loaded.asked_for("find-manager") {
        let url = network.find_manager(Some(FIND_LIMIT)).await?;
        return Ok(say(url.as_str()));
    }
    let setup = setup(config, loaded)?;
    if loaded.data_dir_is_given
        && let Err(error) = close_to_others(&setup.data_directory)
    {
        warn!(%error, "cannot close the data directory to other users");
    }
    let mut worker = boot::start(setup, Arc::new(network))?;
    tokio::select! {
        code = worker.exit_code() => return Ok(code),
        () = signals.next() => info!("asked to end; ask again to end at once"),
    }
    worker.shut_down();
    tokio::select! {
        code = worker.exit_code() => Ok(code),
        () = signals.next() => anyhow::bail!("ended at once"),
        () = tokio::time::sleep(PATIENCE) => anyhow::bail!("the Worker does not end by itself"),
    }
}

fn address(config: &Config) -> anyhow::Result<ManagerAddress> {
    Ok(match config.manager_url.trim() {
        "" => ManagerAddress::Search {
            farm: config.farm.clone(),
        },
        url => ManagerAddress::Fixed(parse_manager_url(url)?),
    })
}

fn setup(config: Config, loaded: &Loaded) -> anyhow::Result<Setup> {
    let name = match config.worker_name.as_str() {
        "" => nix::unistd::gethostname()
            .context("cannot tell this host's name")?
            .to_string_lossy()
            .into_owned(),
        name => name.to_owned(),
    };
    let tools = std::env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.parent()?.join("tools")));
    Ok(Setup {
        name,
        task_types: config.task_types,
        restart_exit_code: config.restart_exit_code,
        ephemeral: config.ephemeral,
        data_directory: std::path::absolute(&loaded.data_dir)?,
        heartbeat: config.heartbeat.0,
        programs: ProgramSettings {
            grace: GRACE,
            oom_score_adjust: config.oom_score_adjust,
            user: task_user(config.task_user.trim())?,
            blender_scripts: config.blender_scripts,
            limits: IdleLimits {
                exit: limit(config.task_exit_timeout),
                progress: limit(config.task_timeout),
            },
        },
        tools,
        flush_only: loaded.asked_for("flush"),
    })
}

/// The user that tasks run as, if there is to be one.
fn task_user(name: &str) -> Result<Option<Arc<TaskUser>>, TaskUserError> {
    if name.is_empty() {
        return Ok(None);
    }
    TaskUser::find(name).map(|user| Some(Arc::new(user)))
}

/// A limit that the configuration gives; 0 is none.
fn limit(duration: GoDuration) -> Option<Duration> {
    Some(duration.0).filter(|duration| !duration.is_zero())
}

/// The signals that end a Worker.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// All actors live on the main thread, and one that panicked does not come back: then the process ends, whoever
/// started it starts it again, and everything that counts is on disk. Other threads do work whose panic is caught.
fn end_when_an_actor_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        print(panic);
        if std::thread::current().name() == Some("main") {
            std::process::abort();
        }
    }));
}
