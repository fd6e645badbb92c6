//! The thread that writes and reads the files.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use actix::{Actor, Handler, SyncContext};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use chrono::{Local, SecondsFormat};
use farandole_frames::open_regular;
use farandole_protocol::event::{Event, EventTaskLogUpdate};
use farandole_protocol::ids::{JobId, TaskId};
use tracing::instrument;

use super::messages::{
    AppendLog, AppendNote, FindLog, ForgetJob, LogError, OpenFile, OpenedFile, SyncAll, SyncLog,
    TailLog,
};
use super::open_files::OpenFiles;
use super::paths;
use super::sync::{Sync, Syncer};
use crate::ask::{Ask, Front, Order, ReplyTo, Tell, TellTo};
use crate::broadcaster::Publish;
use crate::config::InForce;
use crate::disk::{self, remove_tree};
use crate::health::HowAreYou;

/// So much of the end of a log is shown at a glance.
const TAIL: u64 = 2048;

/// The files.
#[derive(Debug)]
pub struct Files {
    open: OpenFiles,
    config: InForce,
    broadcaster: TellTo<Publish>,
    syncers: Front<Syncer>,
    /// Why the last text could not be written, if it could not.
    failure: Option<String>,
}

impl Files {
    pub(super) fn new(
        root: PathBuf,
        kept_open: usize,
        config: InForce,
        broadcaster: TellTo<Publish>,
        syncers: Front<Syncer>,
    ) -> Self {
        Self {
            open: OpenFiles::below(root, kept_open),
            config,
            broadcaster,
            syncers,
            failure: None,
        }
    }

    /// Writes a text and tells of it, as it came. An empty one is only told of, as in the reference.
    fn append(&mut self, job: JobId, task_id: TaskId, log: String) -> io::Result<()> {
        let place = if log.is_empty() {
            None
        } else if log.ends_with('\n') {
            Some(self.write(job, task_id, &log)?)
        } else {
            Some(self.write(job, task_id, &format!("{log}\n"))?)
        };
        let update = EventTaskLogUpdate {
            task_id,
            log,
            offset: place.as_ref().map(|place| place.start),
            size: place.map(|place| place.end),
        };
        self.broadcaster.tell(Publish(Event::TaskLog(update)));
        Ok(())
    }

    /// Gives the place in the file that the text has now.
    fn write(&mut self, job: JobId, task: TaskId, text: &str) -> io::Result<Range<u64>> {
        let limit = self.config.get().task_log_limit.as_u64();
        let written = self.open.append(job, task, text.as_bytes(), limit);
        self.failure = written.as_ref().err().map(ToString::to_string);
        written
    }

    /// Opens a file that we have written, if it is there: never through a link, be it a folder's, nor anything but a
    /// file.
    fn read(&self, path: &str) -> io::Result<Option<(File, fs::Metadata)>> {
        let outcome = self.read_existing(path);
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            outcome => outcome,
        }
    }

    fn read_existing(&self, path: &str) -> io::Result<Option<(File, fs::Metadata)>> {
        let root = fs::canonicalize(self.open.root())?;
        let path = paths::below(&root, path);
        let is_ours = fs::canonicalize(&path)? == path && fs::metadata(&path)?.is_file();
        if !is_ours {
            return Ok(None);
        }
        let file = open_regular(&path)?;
        let metadata = file.metadata()?;
        Ok(Some((file, metadata)))
    }

    fn tail(&self, path: &str) -> io::Result<Option<String>> {
        let Some((mut file, metadata)) = self.read(path)? else {
            return Ok(None);
        };
        if metadata.len() == 0 {
            return Ok(None);
        }
        let skipped = metadata.len().saturating_sub(TAIL);
        file.seek(SeekFrom::Start(skipped))?;
        let mut end = Vec::new();
        file.take(TAIL).read_to_end(&mut end)?;
        let shown = if skipped > 0 { whole_lines(&end) } else { &end };
        Ok(Some(String::from_utf8_lossy(shown).into_owned()))
    }

    fn forget(&mut self, job: JobId) -> io::Result<()> {
        self.open.close_job(job);
        let folder = self.open.root().join(paths::job_folder(job));
        let root = Dir::open_ambient_dir(self.open.root(), ambient_authority());
        match root.and_then(|root| remove_tree(&root, &paths::job_folder(job))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Shared with other jobs, and then not empty.
        if let Some(parent) = folder.parent() {
            drop(fs::remove_dir(parent));
        }
        Ok(())
    }
}

/// Without the piece of a line that the text begins with, if there is more than that; else without the piece of a
/// character.
fn whole_lines(text: &[u8]) -> &[u8] {
    let begin = match text.iter().position(|byte| *byte == b'\n') {
        Some(end) if end + 1 < text.len() => end + 1,
        _ => text
            .iter()
            .take_while(|byte| is_continuation(**byte))
            .count(),
    };
    text.get(begin..).unwrap_or(text)
}

/// Whether a character of UTF-8 cannot begin with this byte.
const fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

impl Actor for Files {
    type Context = SyncContext<Self>;
}

/// What is asked of the files, with the path that an error names.
trait FileOrder: Order {
    type Found;
    fn path(&self) -> String;
    fn carry_out(self, files: &mut Files) -> io::Result<Self::Found>;
}

impl<O, T> Handler<Ask<O>> for Files
where
    O: FileOrder<Found = T> + Order<Reply = Result<T, LogError>>,
    T: Send + 'static,
{
    type Result = ();

    #[instrument(name = "task_logs.carry_out", level = "debug", skip_all, fields(order = std::any::type_name::<O>()))]
    fn handle(&mut self, ask: Ask<O>, _: &mut SyncContext<Self>) {
        let path = ask.order.path();
        let answer = ask
            .order
            .carry_out(self)
            .map_err(|source| LogError { path, source });
        if let Err(error) = &answer {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "a job's file is not at hand"
            );
        }
        ask.reply.answer(answer);
    }
}

macro_rules! file_order {
    ($order:ty => $found:ty, |$this:ident| $path:expr, |$files:ident| $body:expr) => {
        impl FileOrder for $order {
            type Found = $found;

            fn path(&self) -> String {
                let $this = self;
                $path
            }

            fn carry_out(self, $files: &mut Files) -> io::Result<$found> {
                let $this = self;
                $body
            }
        }
    };
}

file_order!(AppendLog => (), |order| paths::log_file(order.job, order.task), |files| {
    files.append(order.job, order.task, order.text)
});
file_order!(TailLog => Option<String>, |order| paths::log_file(order.job, order.task), |files| {
    files.tail(&paths::log_file(order.job, order.task))
});
file_order!(FindLog => Option<u64>, |order| paths::log_file(order.job, order.task), |files| {
    let found = files.read(&paths::log_file(order.job, order.task))?;
    Ok(found.map(|(_, metadata)| metadata.len()).filter(|size| *size > 0))
});
file_order!(OpenFile => Option<OpenedFile>, |order| order.0.path(), |files| {
    let Some((file, metadata)) = files.read(&order.0.path())? else { return Ok(None) };
    Ok(Some(OpenedFile { file, size: metadata.len(), modified: metadata.modified()? }))
});
file_order!(ForgetJob => (), |order| paths::job_folder(order.job), |files| files.forget(order.job));

impl Handler<Tell<AppendNote>> for Files {
    type Result = ();

    #[instrument(name = "task_logs.append_note", level = "debug", skip_all, fields(job.id = %tell.fact.0.job, task.id = %tell.fact.0.task))]
    fn handle(&mut self, tell: Tell<AppendNote>, _: &mut SyncContext<Self>) {
        let AppendNote(note) = tell.fact;
        let time = Local::now().to_rfc3339_opts(SecondsFormat::Secs, true);
        if let Err(error) = self.append(note.job, note.task, format!("{time} {}\n", note.text)) {
            tracing::error!(%error, task.id = %note.task, "a line of a task's log is lost");
        }
    }
}

/// Ready when there is room for more text, and the last one could be written, or a test can be by now.
impl Handler<Ask<HowAreYou>> for Files {
    type Result = ();

    #[instrument(name = "task_logs.how_are_you", level = "trace", skip_all)]
    fn handle(&mut self, ask: Ask<HowAreYou>, _: &mut SyncContext<Self>) {
        if self.failure.is_some() && self.open.try_out().is_ok() {
            self.failure = None;
        }
        let room = disk::check_room(self.open.root()).map_err(|error| error.to_string());
        let written = self.failure.as_ref().map_or(Ok(()), |reason| {
            Err(format!("logs of tasks cannot be written: {reason}"))
        });
        ask.reply.answer(room.and(written));
    }
}

/// Answered by the thread that brings the file onto the disk.
impl Handler<Ask<SyncLog>> for Files {
    type Result = ();

    #[instrument(name = "task_logs.sync_log", level = "debug", skip_all, fields(job.id = %ask.order.job, task.id = %ask.order.task))]
    fn handle(&mut self, ask: Ask<SyncLog>, _: &mut SyncContext<Self>) {
        let SyncLog { job, task } = ask.order;
        let path = paths::log_file(job, task);
        match self.open.find(job, task) {
            Ok(None) => ask.reply.answer(Ok(())),
            Ok(Some(file)) => self.sync(task, path, file, Some(ask.reply)),
            Err(source) => ask.reply.answer(Err(LogError { path, source })),
        }
    }
}

impl Handler<Tell<SyncAll>> for Files {
    type Result = ();

    #[instrument(name = "task_logs.sync_all", level = "debug", skip_all)]
    fn handle(&mut self, _: Tell<SyncAll>, _: &mut SyncContext<Self>) {
        for (task, file) in self.open.take_unsynced() {
            self.sync(task, String::new(), file, None);
        }
    }
}

impl Files {
    /// An order whose threads have ended is dropped, and so refused.
    fn sync(
        &self,
        task: TaskId,
        path: String,
        file: Arc<File>,
        reply: Option<ReplyTo<Result<(), LogError>>>,
    ) {
        let sync = Sync {
            task,
            path,
            file,
            reply,
        };
        if let Err(error) = self.syncers.tell(sync) {
            tracing::error!(%error, task.id = %task, "cannot bring a task's log onto the disk");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_begins_with_a_whole_line() {
        assert_eq!(whole_lines(b"ece\nwhole\n"), b"whole\n");
        assert_eq!(whole_lines(b"one long line"), b"one long line");
        assert_eq!(whole_lines(b"one long line\n"), b"one long line\n");
    }

    #[test]
    fn a_tail_begins_with_a_whole_character() {
        let line = "äöü".as_bytes();
        assert_eq!(whole_lines(&line[1..]), "öü".as_bytes());
        assert_eq!(whole_lines(b"\x80\x80"), b"");
    }
}
