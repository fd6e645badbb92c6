//! The log of a task.

use std::io::{self, IsTerminal as _};

use farandole_protocol::client::ManagerHttp;
use farandole_protocol::event::{EventTaskLogUpdate, Topic};
use farandole_protocol::ids::TaskId;
use farandole_protocol::status::TaskStatus;

use super::sieve::Sieve;
use crate::args::Log;
use crate::changes::{Change, Changes, is_passing, patiently};
use crate::error::{CliError, Outcome};
use crate::lookup;
use crate::output::{note, print_bytes, print_json_line, whisper};
use crate::screen::Screen;

/// Prints the log; goes on as it grows, if wanted.
pub(super) async fn log(manager: &ManagerHttp, what: &Log, json: bool) -> Outcome<()> {
    let id = lookup::task(manager, &what.task).await?;
    let mut reader = Reader {
        manager,
        id,
        json,
        read: 0,
        sieve: what.grep.clone().map(Sieve::new),
        screen: io::stdout().is_terminal().then(Screen::default),
    };
    if what.follow {
        let job = manager.task(id).await?.job_id;
        let mut changes = Changes::of(manager, vec![Topic::TaskLog(id), Topic::Job(job)]);
        while !reader.look().await? {
            // What happened does not matter, only that something did.
            while matches!(changes.next().await, Change::Tick) {}
        }
    } else {
        reader.print_more().await?;
    }
    if let Some(sieve) = &mut reader.sieve {
        let rest = sieve.end();
        reader.print(&rest, None)?;
    }
    if let Some(screen) = &mut reader.screen {
        print_bytes(&screen.rest())?;
    }
    if reader.read == 0 {
        whisper("the log is empty");
    }
    Ok(())
}

struct Reader<'a> {
    manager: &'a ManagerHttp,
    id: TaskId,
    json: bool,
    read: u64,
    sieve: Option<Sieve>,
    /// Where the log goes to a terminal.
    screen: Option<Screen>,
}

impl Reader<'_> {
    /// Prints what is new. Whether nothing more will come.
    async fn look(&mut self) -> Outcome<bool> {
        let ask = async || self.manager.task(self.id).await;
        // The task before the log: what was said until its end is then there for certain.
        let status = patiently(ask, note).await?.status;
        match self.print_more().await {
            Ok(()) => Ok(has_ended(status)),
            // The next look will wait for the Manager.
            Err(CliError::Manager(error)) if is_passing(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn print_more(&mut self) -> Outcome<()> {
        let Some(info) = self.manager.task_log_info(self.id).await? else {
            return Ok(());
        };
        if info.size.cast_unsigned() < self.read {
            note("the log begins anew");
            self.read = 0;
            self.sieve = self.sieve.take().map(Sieve::anew);
        }
        while info.size.cast_unsigned() > self.read {
            let part = self.manager.task_log_part(&info, self.read).await?;
            if part.is_empty() {
                break;
            }
            let offset = self.read;
            self.read += part.len() as u64;
            match &mut self.sieve {
                Some(sieve) => {
                    let lines = sieve.pass(&part);
                    self.print(&lines, None)?;
                }
                None => self.print(&part, Some(offset))?,
            }
        }
        Ok(())
    }

    /// Whole lines alone do not say where in the log they stand.
    fn print(&mut self, text: &[u8], offset: Option<u64>) -> Outcome<()> {
        if text.is_empty() {
            return Ok(());
        }
        if !self.json {
            let screen = self.screen.as_mut();
            return match screen.map(|screen| screen.show(text)) {
                Some(shown) => print_bytes(&shown),
                None => print_bytes(text),
            };
        }
        print_json_line(&EventTaskLogUpdate {
            task_id: self.id,
            log: String::from_utf8_lossy(text).into_owned(),
            offset,
            size: offset.map(|_| self.read),
        })
    }
}

const fn has_ended(status: TaskStatus) -> bool {
    match status {
        TaskStatus::Canceled | TaskStatus::Completed | TaskStatus::Failed => true,
        TaskStatus::Active | TaskStatus::Queued | TaskStatus::SoftFailed | TaskStatus::Paused => {
            false
        }
    }
}
