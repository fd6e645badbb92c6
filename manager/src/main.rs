//! The program `farandole-manager`: reads its configuration, starts the Manager, stops it at a signal.
//!
//! Exit codes: 0 when it ended in good order, 1 when it could not start, 2 when the command line makes no sense.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use farandole_manager::compiler::ScriptRunner;
use farandole_manager::config::{self, Config, LogFormat};
use farandole_manager::control::ControlError;
use farandole_manager::import_flamenco::ImportFault;
use farandole_manager::shaman::Sweeping;
use farandole_manager::{
    boot, check_health, collect_garbage, compiler, control, import_flamenco, panic,
};
use farandole_settings::{Loaded, SettingsError};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let env: BTreeMap<String, String> = std::env::vars().collect();
    if let Some((first, rest)) = args.split_first()
        && first == import_flamenco::NAME
    {
        return import(rest, &env);
    }
    if let Some((first, rest)) = args.split_first()
        && first == control::NAME
    {
        return status(rest, &env);
    }
    if let [run_scripts, level, format] = args.as_slice()
        && run_scripts == compiler::RUN_SCRIPTS
    {
        return scripts(level, format);
    }
    let read = std::env::current_dir()
        .map_err(|error| SettingsError::Unusable(error.to_string()))
        .and_then(|dir| config::load(&args, &env, &dir));
    let (config, loaded) = match read {
        Ok(read) => read,
        Err(SettingsError::Flags(error)) => error.exit(),
        Err(error) => return fail(&error),
    };
    if loaded.asked_for("print-config") {
        let printed = std::io::stdout().write_all(loaded.print().as_bytes());
        return if printed.is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("a TLS provider was there already");
    }
    if loaded.asked_for("check-health") {
        let health = actix::System::new().block_on(check_health::check(&config.listen));
        return health.map_or_else(|ill| fail(&ill), |()| ExitCode::SUCCESS);
    }
    if let Some(how) = sweeping(&loaded) {
        return sweep(&config, how);
    }
    if let Err(error) = start_log(&config.log_filter(), config.log_format) {
        return fail(&SettingsError::Unusable(error));
    }
    panic::install_hook();
    tell(&loaded);
    if let Err(error) = allow_many_connections() {
        tracing::warn!(%error, "the limit of open files stays as it is: a large farm needs more than a thousand");
    }
    actix::System::new().block_on(run(config, loaded))
}

/// Runs scripts for the Manager that has started this process.
fn scripts(level: &OsStr, format: &OsStr) -> ExitCode {
    let format = if format == "json" {
        LogFormat::Json
    } else {
        LogFormat::Text
    };
    if let Err(error) = start_log(&level.to_string_lossy(), format) {
        return fail(&SettingsError::Unusable(error));
    }
    compiler::run_scripts().map_or_else(|error| fail(&error), |()| ExitCode::SUCCESS)
}

fn import(args: &[OsString], env: &BTreeMap<String, String>) -> ExitCode {
    let imported = std::env::current_dir()
        .map_err(ImportFault::Output)
        .and_then(|dir| import_flamenco::run(args, env, &dir, &mut std::io::stdout()));
    match imported {
        Ok(()) => ExitCode::SUCCESS,
        Err(ImportFault::Settings(SettingsError::Flags(error))) => error.exit(),
        Err(error @ ImportFault::Arguments(_)) => {
            fail(&error);
            ExitCode::from(2)
        }
        Err(error) => fail(&error),
    }
}

fn status(args: &[OsString], env: &BTreeMap<String, String>) -> ExitCode {
    let told = std::env::current_dir()
        .map_err(ControlError::Output)
        .and_then(|dir| control::status(args, env, &dir, &mut std::io::stdout()));
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(ControlError::Settings(SettingsError::Flags(error))) => error.exit(),
        Err(error) => fail(&error),
    }
}

/// Whether only garbage is to be collected. To be shown it wins.
fn sweeping(loaded: &Loaded) -> Option<Sweeping> {
    if loaded.asked_for("shaman-gc-show") {
        return Some(Sweeping::Looking);
    }
    loaded
        .asked_for("shaman-gc-delete")
        .then_some(Sweeping::Removing)
}

fn sweep(config: &Config, how: Sweeping) -> ExitCode {
    // What goes wrong with single files is told there, and the list is nothing but the list.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    let collected = collect_garbage::collect_garbage(config, how, &mut std::io::stdout());
    collected.map_or_else(|error| fail(&error), |()| ExitCode::SUCCESS)
}

async fn run(config: Config, loaded: Loaded) -> ExitCode {
    let first_run = config.is_first_run();
    let runner = match ScriptRunner::this_program() {
        Ok(runner) => runner,
        Err(error) => return fail(&error),
    };
    let manager = match boot::start(config, loaded, Some(runner)).await {
        Ok(manager) => manager,
        Err(error) => return fail(&error),
    };
    tracing::info!(address = %manager.address, "listening on http://{}/", manager.address);
    if first_run {
        tracing::warn!(
            "no shared storage yet: give one with --shared-storage-path, so that Workers know where frames go and \
             clients can send files"
        );
    }
    match wait_for_signal().await {
        Ok(name) => tracing::info!(signal = name, "ending"),
        Err(error) => tracing::error!(%error, "cannot wait for signals, ending"),
    }
    manager.stop().await;
    ExitCode::SUCCESS
}

/// Each Worker that waits and each page that listens takes an open file. Systems allow 1,024 by default, and many more
/// to who asks.
fn allow_many_connections() -> nix::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)
}

async fn wait_for_signal() -> std::io::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    })
}

fn start_log(level: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(level).map_err(|error| format!("log_level: {error}"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false);
    match format {
        LogFormat::Text => log.with_ansi(std::io::stdout().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

fn tell(loaded: &Loaded) {
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        data_dir = %loaded.data_dir.display(),
        config.file = loaded.file.as_ref().map(|file| tracing::field::display(file.display())),
        "starting"
    );
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
}

/// One line that says what is wrong, with its causes.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = source.source();
    }
    // Where even the error output is closed, nobody can be told.
    drop(writeln!(std::io::stderr(), "farandole-manager: {text}"));
    ExitCode::FAILURE
}
