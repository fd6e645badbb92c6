//! Runs a program to its end: reads it, waits for it, and ends its whole group when the task is called off.
//!
//! ```text
//! running ──leader ended──▶ lingering ──────▶ terminating ──────▶ killed ──────▶ given up
//!    │                      (rest of the      (asked to end)      (made to end)  (stuck in the kernel,
//!    └──────called off──────▶group)──────────▶                                   or left the group)
//! ```
//! Each state lasts for a time; as soon as the leader ended, the group is empty and the pipe is read out, it is over.
//! A running program that does nothing for too long is ended like one whose task is called off.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info, warn};

use super::listener::Listener;
use super::log_writer::{LogWriter, Wishes};
use super::processor::{ProcessorUse, processor_time};
use super::program::{Program, Started};
use super::signs::Overdue;
use crate::executor::{Cancelled, Site};

/// How long what a program left behind may go on after it.
const LINGER: Duration = Duration::from_secs(2);

/// How long processes that were killed may take to go. One that waits for a dead network disk takes for ever.
const GIVE_UP: Duration = Duration::from_secs(5);

/// How often the rest of a group is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ProgramFault {
    /// It could not be started.
    #[error("cannot start {exe:?}: {source}")]
    NotStarted {
        /// What should have run.
        exe: String,
        /// Why it did not.
        source: io::Error,
    },
    /// It could not be waited for.
    #[error("lost the program: {0}")]
    Lost(io::Error),
    /// It ended by itself, with an error.
    #[error("command exited abnormally with code {0}")]
    Exited(i32),
    /// Something ended it.
    #[error("command was ended by signal {0}")]
    Signalled(i32),
    /// It did nothing for too long, so the Worker ended it.
    #[error("{0}, so it was ended")]
    Idle(Overdue),
    /// The task was called off; the program is gone.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Runs a program, with its output as log text. The listener hears each line, and may answer the program or end it.
/// When the task is called off, this returns only after the program's group has ended; the text it wrote is sent all
/// the same.
pub async fn run_program<L: Listener>(
    program: &Program,
    site: &Site,
    listener: &mut L,
) -> Result<(), ProgramFault> {
    let mut log = LogWriter::new(site, listener);
    log.note(&format!(
        "going to run:\n\n    {}\n",
        program.command_line()
    ))
    .await?;
    let started = match program.start(site.programs(), L::ANSWERS) {
        Ok(started) => started,
        Err(source) => {
            log.flush().await?;
            return Err(ProgramFault::NotStarted {
                exe: program.exe.clone(),
                source,
            });
        }
    };
    info!(
        process.id = started.pid,
        process.program = program.exe,
        "program started"
    );
    log.started(started.pid);
    site.program_started();
    let mut watch = Watch::new(started, site);
    let ended = watch.until_the_end(&mut log).await;
    site.program_ended();
    log.finish().await?;
    let status = ended?;
    if site.is_cancelled() {
        return Err(Cancelled.into());
    }
    outcome(status, watch.overdue)
}

/// How the program did. One that was ended after all of its frames were saved has done its work.
fn outcome(status: ExitStatus, overdue: Option<Overdue>) -> Result<(), ProgramFault> {
    match (overdue, status.code(), status.signal()) {
        (Some(Overdue::Exit(_)), ..) | (None, Some(0), _) => Ok(()),
        (Some(overdue @ Overdue::Progress(_)), ..) => Err(ProgramFault::Idle(overdue)),
        (None, Some(code), _) => Err(ProgramFault::Exited(code)),
        (None, None, signal) => Err(ProgramFault::Signalled(signal.unwrap_or_default())),
    }
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Running,
    Lingering { until: Instant },
    Terminating { until: Instant },
    Killed { until: Instant },
}

struct Watch<'a> {
    phase: Phase,
    exit: Option<ExitStatus>,
    output_open: bool,
    started: Started,
    site: &'a Site,
    processor: ProcessorUse,
    next_look: Instant,
    /// Why it was ended, if it did nothing for too long.
    overdue: Option<Overdue>,
}

impl<'a> Watch<'a> {
    fn new(started: Started, site: &'a Site) -> Self {
        Self {
            phase: Phase::Running,
            exit: None,
            output_open: true,
            started,
            site,
            processor: ProcessorUse::default(),
            next_look: Instant::now() + site.programs().limits.look_every(),
            overdue: None,
        }
    }

    async fn until_the_end<L: Listener>(
        &mut self,
        log: &mut LogWriter<'_, L>,
    ) -> Result<ExitStatus, ProgramFault> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            if let Some(exit) = self.exit
                && self.started.group.is_gone()
                && !self.output_open
            {
                return Ok(exit);
            }
            let (deadline, patience) = (self.deadline(), log.patience());
            tokio::select! {
                read = self.started.output.read(&mut buffer), if self.output_open => match read {
                    Ok(0) | Err(_) => self.output_open = false,
                    Ok(length) => {
                        self.site.program_wrote();
                        log.write(buffer.get(..length).unwrap_or_default()).await?;
                        self.fulfil(log.take_wishes()).await;
                    }
                },
                () = sleep(patience.unwrap_or_default()), if patience.is_some() => log.flush().await?,
                exit = self.started.child.wait(), if self.exit.is_none() => self.leader_ended(exit)?,
                () = self.site.cancelled(), if self.may_be_called_off() => self.call_off(),
                () = sleep_until(deadline), if !matches!(self.phase, Phase::Running) => {
                    if self.time_is_up(log).await? {
                        return self.exit.ok_or_else(|| ProgramFault::Lost(io::ErrorKind::TimedOut.into()));
                    }
                }
                () = sleep(POLL), if self.exit.is_some() => {}
                () = sleep_until(self.next_look), if matches!(self.phase, Phase::Running) => self.look(log).await?,
            }
        }
    }

    /// Does what the listener wants.
    async fn fulfil(&mut self, wishes: Wishes) {
        if wishes.answer {
            let told = self.started.tell(b"\n").await;
            if let Err(error) = told {
                // It may not read what it is told, or may have ended; then it does not wait either.
                debug!(process.id = self.started.pid, %error, "the program cannot be answered");
            }
        }
        if wishes.end && self.may_be_called_off() {
            info!(
                process.id = self.started.pid,
                "ending the program, since its output is of no use"
            );
            self.terminate();
        }
    }

    /// Looks whether the program is at work, and ends it when it has done nothing for too long.
    async fn look<L: Listener>(&mut self, log: &mut LogWriter<'_, L>) -> Result<(), Cancelled> {
        let now = Instant::now();
        self.next_look = now + self.site.programs().limits.look_every();
        let used = processor_time(self.started.group.id());
        if self.processor.sample(used, now.into_std()) {
            self.site.program_computed();
        }
        self.overdue = self.site.overdue();
        if let Some(overdue) = self.overdue {
            warn!(process.id = self.started.pid, reason = %overdue, "ending the program");
            log.note(&format!("{overdue}; ending it")).await?;
            self.terminate();
        }
        Ok(())
    }

    fn leader_ended(&mut self, exit: io::Result<ExitStatus>) -> Result<(), ProgramFault> {
        self.exit = Some(exit.map_err(ProgramFault::Lost)?);
        if matches!(self.phase, Phase::Running) {
            self.phase = Phase::Lingering {
                until: Instant::now() + LINGER,
            };
        }
        Ok(())
    }

    fn may_be_called_off(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Lingering { .. })
    }

    fn call_off(&mut self) {
        info!(process.id = self.started.pid, "ending the program");
        self.terminate();
    }

    fn terminate(&mut self) {
        self.started.group.terminate();
        self.phase = Phase::Terminating {
            until: Instant::now() + self.site.programs().grace,
        };
    }

    fn deadline(&self) -> Instant {
        match self.phase {
            Phase::Running => Instant::now(),
            Phase::Lingering { until } | Phase::Terminating { until } | Phase::Killed { until } => {
                until
            }
        }
    }

    /// The present phase lasted long enough; says whether there is nothing more to be done.
    async fn time_is_up<L: Listener>(
        &mut self,
        log: &mut LogWriter<'_, L>,
    ) -> Result<bool, Cancelled> {
        let pid = self.started.pid;
        if self.exit.is_some() && self.started.group.is_gone() {
            // Whoever still holds the output left the group on purpose.
            return Ok(true);
        }
        match self.phase {
            Phase::Running => {}
            Phase::Lingering { .. } => {
                log.note("the program ended but left others running; ending them")
                    .await?;
                self.terminate();
            }
            Phase::Terminating { .. } => {
                warn!(
                    process.id = pid,
                    "the program does not end by itself, killing it"
                );
                self.started.group.kill();
                self.phase = Phase::Killed {
                    until: Instant::now() + GIVE_UP,
                };
            }
            Phase::Killed { .. } => {
                warn!(
                    process.id = pid,
                    "something of the program is left that cannot be ended"
                );
                return Ok(true);
            }
        }
        Ok(false)
    }
}
