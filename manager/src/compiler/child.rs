//! The Manager's end of a process that runs scripts. It stays for many orders, since its start takes milliseconds, and
//! is killed when a script does not end in time.

use std::fs;
use std::io::{self, Read as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::serve::{RUN_SCRIPTS, SLACK};
use super::wire::{self, Outcome, Request, SCRIPT_ENDED};

/// The variables that scripts and the log need. All others, some of which are secrets, are kept from them.
const VARIABLES: [&str; 6] = [
    "TZ",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "RUST_BACKTRACE",
    "NO_COLOR",
];

/// How long the process may take between two parts of a job that it hands over.
const BETWEEN_PARTS: Duration = Duration::from_secs(30);

/// The program that is running, also where its file was replaced by a newer version.
const SELF: &str = "/proc/self/exe";

/// How such a process is started.
#[derive(Clone, Debug)]
pub struct ScriptRunner {
    program: PathBuf,
}

/// A process that runs scripts.
#[derive(Debug)]
pub(super) struct Runner {
    process: Child,
    channel: UnixStream,
}

/// Why an order has no outcome.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunnerError {
    /// The script did not end.
    #[error("the script did not end in time")]
    OverTime,
    /// The process has ended, or cannot be started.
    #[error("the process that runs scripts does not answer: {0}")]
    Failed(#[from] io::Error),
}

impl ScriptRunner {
    /// The running program, which has to call [`run_scripts`](super::run_scripts) where it is told to.
    pub fn this_program() -> io::Result<Self> {
        let program = match fs::metadata(SELF) {
            Ok(_) => PathBuf::from(SELF),
            Err(_) => std::env::current_exe()?,
        };
        Ok(Self { program })
    }

    /// Starts a process whose log has this level and format.
    pub(super) fn start(&self, level: &str, format: &str) -> io::Result<Runner> {
        let (channel, other_end) = UnixStream::pair()?;
        let process = command(&self.program)
            .args([RUN_SCRIPTS, level, format])
            .env_clear()
            .envs(
                VARIABLES
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .stdin(Stdio::from(OwnedFd::from(other_end)))
            .spawn()?;
        Ok(Runner { process, channel })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "scripts run in a process of their own, since some loops of the engine cannot be ended otherwise"
)]
fn command(program: &Path) -> Command {
    Command::new(program)
}

impl Runner {
    /// Has an order carried out, by a script that has this long. The answer is at most this long, in bytes.
    pub(super) fn ask(&mut self, request: &Request, most: u64) -> Result<Outcome, RunnerError> {
        let deadline = Instant::now() + request.limits().time + SLACK;
        self.channel.set_write_timeout(Some(BETWEEN_PARTS))?;
        wire::write(&self.channel, request)?;
        self.wait_for_end(deadline)?;
        self.channel.set_read_timeout(Some(BETWEEN_PARTS))?;
        let outcome = wire::read(&self.channel, most)?;
        Ok(outcome.ok_or(io::Error::from(io::ErrorKind::UnexpectedEof))?)
    }

    fn wait_for_end(&mut self, deadline: Instant) -> Result<(), RunnerError> {
        let mut ended = [0];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(RunnerError::OverTime);
            }
            self.channel.set_read_timeout(Some(left))?;
            match self.channel.read_exact(&mut ended) {
                Ok(()) if ended == [SCRIPT_ENDED] => return Ok(()),
                Ok(()) => return Err(io::Error::from(io::ErrorKind::InvalidData).into()),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock
                            | io::ErrorKind::TimedOut
                            | io::ErrorKind::Interrupted
                    ) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // One that is still in a script hears nothing, and one that waits for orders ends by itself.
        drop(self.channel.shutdown(Shutdown::Both));
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
