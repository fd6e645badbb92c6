//! Starting a program. The only file of the Worker that makes processes.
//!
//! Linux only: the orphans of a program become our children, so that they can be waited for, and the program dies with
//! the Worker. No shell is involved. The environment is the Worker's without what is meant for the Worker alone; the
//! user, too, may be another.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::prctl::{set_child_subreaper, set_pdeathsig};
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getppid};
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdin, Command};
use tracing::warn;

use super::command_line::quote;
use super::environment::withheld;
use super::group::ProcessGroup;
use super::signs::IdleLimits;
use super::task_user::TaskUser;

/// A program and its arguments.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Program {
    /// The executable: a path, or a name to be found on the search path.
    pub exe: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// How programs are run.
#[derive(Clone, Debug)]
pub struct ProgramSettings {
    /// How long a program may take to end after it was asked to.
    pub grace: Duration,
    /// What is written to the program's `oom_score_adj`, so that the kernel ends it rather than the Worker when
    /// memory runs out.
    pub oom_score_adjust: Option<i32>,
    /// How long a program may do nothing.
    pub limits: IdleLimits,
    /// As whom programs run, and files are opened for them; without, as the Worker's own user.
    pub user: Option<Arc<TaskUser>>,
    /// Whether Blender runs the scripts in .blend files.
    pub blender_scripts: bool,
}

/// A program that runs.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) pid: u32,
    pub(super) group: ProcessGroup,
    /// Its standard input, if it is told something.
    input: Option<ChildStdin>,
    /// What it writes, standard output and error together.
    pub(super) output: pipe::Receiver,
}

impl Started {
    /// Writes to its standard input.
    pub(super) async fn tell(&mut self, text: &[u8]) -> io::Result<()> {
        match &mut self.input {
            Some(input) => input.write_all(text).await,
            None => Ok(()),
        }
    }
}

impl Program {
    /// The command line, as one would type it.
    pub(super) fn command_line(&self) -> String {
        quote(std::iter::once(self.exe.as_str()).chain(self.args.iter().map(String::as_str)))
    }

    /// Starts the program in a process group of its own. It ends with the thread that calls this, so that thread
    /// must live as long as the program may.
    ///
    /// Its standard input is empty, unless `is_told` says that there will be something to read.
    pub(super) fn start(&self, settings: &ProgramSettings, is_told: bool) -> io::Result<Started> {
        set_child_subreaper(true)?;
        let (output, write_end) = io::pipe()?;
        let stdin = if is_told {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        let user = settings.user.clone();
        let mut child = self
            .command(write_end.try_clone()?.into(), write_end.into(), user)
            .stdin(stdin)
            .spawn()?;
        let pid = child.id().ok_or(io::ErrorKind::NotFound)?;
        let group =
            ProcessGroup::led_by(Pid::from_raw(i32::try_from(pid).map_err(io::Error::other)?));
        if let Some(score) = settings.oom_score_adjust
            && let Err(error) = fs::write(format!("/proc/{pid}/oom_score_adj"), score.to_string())
        {
            warn!(process.id = pid, process.oom_score = score, %error, "cannot set the program's oom_score_adj");
        }
        Ok(Started {
            input: child.stdin.take(),
            child,
            pid,
            group,
            output: pipe::Receiver::from_owned_fd(output.into())?,
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the Worker starts processes"
    )]
    #[expect(
        unsafe_code,
        reason = "between fork and exec only async-signal-safe calls are made, and no memory is allocated"
    )]
    fn command(&self, stdout: OwnedFd, stderr: OwnedFd, user: Option<Arc<TaskUser>>) -> Command {
        let parent = Pid::this();
        let mut command = Command::new(&self.exe);
        set_up_for_tasks(&mut command, user);
        command
            .args(&self.args)
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .kill_on_drop(true);
        // After the change of the user, by which Linux forgets it.
        // SAFETY: `prctl` and `getppid` are plain system calls, and an `io::Error` of a raw code does not allocate.
        unsafe {
            command.pre_exec(move || {
                set_pdeathsig(Some(Signal::SIGKILL))?;
                // The Worker may have ended before it was asked to be told of that.
                if getppid() == parent {
                    Ok(())
                } else {
                    Err(io::Error::from_raw_os_error(nix::libc::ESRCH))
                }
            });
        }
        command
    }
}

/// Has a program run as tasks do: without what is meant for the Worker alone, and as the user of tasks.
#[expect(
    unsafe_code,
    reason = "between fork and exec only async-signal-safe calls are made, and no memory is allocated"
)]
pub(super) fn set_up_for_tasks(command: &mut Command, user: Option<Arc<TaskUser>>) {
    for name in withheld(std::env::vars_os().map(|(name, _)| name)) {
        command.env_remove(name);
    }
    let Some(user) = user else { return };
    command
        .env("HOME", &user.home)
        .env("USER", &user.name)
        .env("LOGNAME", &user.name);
    // SAFETY: `setgroups`, `setgid` and `setuid` are system calls here, in a process with one thread, and an
    // `io::Error` of a raw code does not allocate.
    unsafe {
        command.pre_exec(move || user.take_over());
    }
}
