//! The program `farandole-worker`: reads its settings, starts the Worker, and passes signals on.
//!
//! Exit codes: 0 when it ended in good order, by a signal too; the restart exit code when the Manager wished a
//! restart; 1 when it could not work; 2 when the command line makes no sense.

use std::io::IsTerminal;
use std::panic;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use farandole_protocol::client::parse_manager_url;
use farandole_worker::boot;
use farandole_worker::contact::{ManagerAddress, Network, Outside};
use farandole_worker::process::ProgramSettings;
use farandole_worker::setup::Setup;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info};
use tracing_subscriber::EnvFilter;

/// How long programs may take to end after they were asked to.
const GRACE: Duration = Duration::from_secs(5);

/// How long ending in good order may take at most: all of its steps, and some more.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long `--find-manager` searches.
const FIND_LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug, Parser)]
#[command(name = "farandole-worker", version, about = "Renders what a Farandole or Flamenco Manager hands out")]
struct Flags {
    /// The Manager's URL. Without it, the Manager is searched for in the local network.
    #[arg(long, env = "FARANDOLE_MANAGER")]
    manager: Option<String>,
    /// Only Managers of the farm with this key are taken when searching.
    #[arg(long, env = "FARANDOLE_FARM", default_value = "")]
    farm: String,
    /// The Worker's name; this host's if empty.
    #[arg(long, env = "FARANDOLE_WORKER_NAME", default_value = "")]
    worker_name: String,
    /// Where credentials and undelivered updates are kept.
    #[arg(long, env = "FARANDOLE_DATA_DIR", default_value = ".")]
    data_dir: PathBuf,
    /// The types of task that are taken.
    #[arg(
        long,
        env = "FARANDOLE_TASK_TYPES",
        value_delimiter = ',',
        default_value = "blender,ffmpeg,file-management,misc"
    )]
    task_types: Vec<String>,
    /// The exit code after which somebody starts the Worker again; 0 when nobody would.
    #[arg(long, env = "FARANDOLE_RESTART_EXIT_CODE", default_value_t = 0)]
    restart_exit_code: i32,
    /// What the kernel adds to a program's chance to be ended when memory runs out.
    #[arg(long, env = "FARANDOLE_OOM_SCORE_ADJUST", allow_hyphen_values = true)]
    oom_score_adjust: Option<i32>,
    /// Seconds between two questions whether the running task may go on.
    #[arg(long, env = "FARANDOLE_HEARTBEAT", default_value_t = 10)]
    heartbeat: u64,
    /// Only deliver what an earlier run could not, then end.
    #[arg(long)]
    flush: bool,
    /// Only search the Manager and print its URL.
    #[arg(long)]
    find_manager: bool,
}

#[actix::main]
async fn main() {
    let flags = Flags::parse();
    let filter = EnvFilter::try_from_env("FARANDOLE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stdout().is_terminal()).init();
    end_when_an_actor_panics();
    let code = match run(flags).await {
        Ok(code) => code,
        Err(error) => {
            error!("{error:#}");
            1
        }
    };
    // Not by returning: what may still hang on other threads is of no interest any more.
    std::process::exit(code);
}

async fn run(flags: Flags) -> anyhow::Result<i32> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("another TLS provider is installed already"))?;
    let mut signals = Signals::listen().context("cannot listen to signals")?;
    let network = Network::new(address(&flags)?);
    if flags.find_manager {
        let url = network.find_manager(Some(FIND_LIMIT)).await?;
        info!(%url, "the Manager is here");
        return Ok(0);
    }
    let mut worker = boot::start(setup(flags)?, Arc::new(network))?;
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

fn address(flags: &Flags) -> anyhow::Result<ManagerAddress> {
    Ok(match &flags.manager {
        Some(url) => ManagerAddress::Fixed(parse_manager_url(url)?),
        None => ManagerAddress::Search { farm: flags.farm.clone() },
    })
}

fn setup(flags: Flags) -> anyhow::Result<Setup> {
    let name = match flags.worker_name.trim() {
        "" => nix::unistd::gethostname().context("cannot tell this host's name")?.to_string_lossy().into_owned(),
        name => name.to_owned(),
    };
    let tools = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("tools")));
    Ok(Setup {
        name,
        task_types: flags.task_types,
        restart_exit_code: flags.restart_exit_code,
        data_directory: std::path::absolute(flags.data_dir)?,
        heartbeat: Duration::from_secs(flags.heartbeat.max(1)),
        programs: ProgramSettings { grace: GRACE, oom_score_adjust: flags.oom_score_adjust },
        tools,
        flush_only: flags.flush,
    })
}

/// The signals that end a Worker.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
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
