//! The other side of the socket: `farandole-manager status`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use farandole_settings::SettingsError;

use super::messages::{ControlAnswer, ControlRequest, ManagerStatus};
use super::place::Place;
use crate::config;

/// How the command is called.
pub const NAME: &str = "status";

/// What `status --help` prints.
const HELP: &str = "\
Say how the Manager is that runs with a data directory, as YAML.

Usage: farandole-manager status [OPTIONS]

Options:
      --data-dir <DIR>  The data directory of that Manager [default: the working directory] [env: FARANDOLE_DATA_DIR]
  -h, --help            Print this

It asks through the Unix socket control.sock in that directory, which answers the Manager's own user and root alone. It
ends with 0 if the Manager is ready to work, else with 1.

Examples:
  farandole-manager status --data-dir /var/lib/farandole
  docker compose exec manager farandole-manager status
";

/// A Manager that does not answer by then does not work.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a command for a running Manager is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The settings make no sense.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// There is no Manager.
    #[error(
        "no Manager runs with the data directory {0}; give that of the one that is meant with --data-dir"
    )]
    NotRunning(PathBuf),
    /// It cannot be asked.
    #[error("cannot ask the Manager with the data directory {data_dir}: {source}")]
    Unreachable {
        /// Which one.
        data_dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It says no.
    #[error("the Manager refuses: {0}")]
    Refused(String),
    /// What it said cannot be shown.
    #[error("cannot say how the Manager is: {0}")]
    Output(#[source] io::Error),
}

/// Says how the Manager of a data directory is, as YAML. `args` are settings, of which only the data directory counts.
/// Gives whether it is ready.
pub fn status(
    args: &[OsString],
    env: &BTreeMap<String, String>,
    working_dir: &Path,
    out: &mut dyn Write,
) -> Result<bool, ControlError> {
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        let told = out.write_all(HELP.as_bytes());
        return told.map(|()| true).map_err(ControlError::Output);
    }
    let (_, loaded) = config::load(args, env, working_dir)?;
    match ask(&loaded.data_dir, ControlRequest::Status)? {
        ControlAnswer::Status(status) => {
            tell(&status, out).map_err(ControlError::Output)?;
            Ok(status.ready)
        }
        ControlAnswer::Refused { reason } => Err(ControlError::Refused(reason)),
    }
}

fn tell(status: &ManagerStatus, out: &mut dyn Write) -> io::Result<()> {
    let text = yaml_serde::to_string(status).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

/// Asks the Manager that runs with this data directory.
fn ask(data_dir: &Path, request: ControlRequest) -> Result<ControlAnswer, ControlError> {
    converse(data_dir, request).map_err(|source| {
        let data_dir = data_dir.to_owned();
        let is_absent = matches!(
            source.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
        );
        if is_absent {
            ControlError::NotRunning(data_dir)
        } else {
            ControlError::Unreachable { data_dir, source }
        }
    })
}

fn converse(data_dir: &Path, request: ControlRequest) -> io::Result<ControlAnswer> {
    let place = Place::in_data_dir(data_dir)?;
    let mut stream = UnixStream::connect(&place.path)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(&request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}
