//! The thread that writes and reads the files.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use actix::{Actor, Handler, Recipient, SyncContext};
use chrono::{Local, SecondsFormat};
use farandole_protocol::event::{Event, EventTaskLogUpdate};
use farandole_protocol::ids::{JobId, TaskId};

use super::messages::{
    AppendLog, AppendNote, FindLog, ForgetJob, LogError, OpenFile, OpenedFile, SyncAll, SyncLog,
    TailLog,
};
use super::open_files::OpenFiles;
use super::paths;
use crate::ask::{Ask, Order};
use crate::broadcaster::Publish;

/// So much of the end of a log is shown at a glance.
const TAIL: u64 = 2048;

/// The files.
#[derive(Debug)]
pub struct Files {
    open: OpenFiles,
    broadcaster: Recipient<Publish>,
}

impl Files {
    pub(super) fn new(root: PathBuf, broadcaster: Recipient<Publish>) -> Self {
        Self {
            open: OpenFiles::below(root),
            broadcaster,
        }
    }

    fn append(&mut self, job: JobId, task: TaskId, text: String) -> io::Result<()> {
        if text.is_empty() {
            self.announce(task, text);
            return Ok(());
        }
        if text.ends_with('\n') {
            self.open.append(job, task, text.as_bytes())?;
            self.announce(task, text);
        } else {
            self.open
                .append(job, task, format!("{text}\n").as_bytes())?;
            self.announce(task, text);
        }
        Ok(())
    }

    fn announce(&self, task_id: TaskId, log: String) {
        self.broadcaster
            .do_send(Publish(Event::TaskLog(EventTaskLogUpdate { task_id, log })));
    }

    /// Opens a file that we have written, if it is there: never through a link, nor anything but a file.
    fn read(&self, path: &str) -> io::Result<Option<(File, fs::Metadata)>> {
        let path = self.open.root().join(path);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
        let file = File::open(&path)?;
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
        match fs::remove_dir_all(&folder) {
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

/// Without the piece of a line that the text begins with, if there is more than that.
fn whole_lines(text: &[u8]) -> &[u8] {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) if end + 1 < text.len() => text.get(end + 1..).unwrap_or(text),
        _ => text,
    }
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
file_order!(SyncLog => (), |order| paths::log_file(order.job, order.task), |files| files.open.sync(order.task));
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

impl Handler<AppendNote> for Files {
    type Result = ();

    fn handle(&mut self, AppendNote(note): AppendNote, _: &mut SyncContext<Self>) {
        let time = Local::now().to_rfc3339_opts(SecondsFormat::Secs, false);
        if let Err(error) = self.append(note.job, note.task, format!("{time} {}\n", note.text)) {
            tracing::error!(%error, task.id = %note.task, "a line of a task's log is lost");
        }
    }
}

impl Handler<SyncAll> for Files {
    type Result = ();

    fn handle(&mut self, _: SyncAll, _: &mut SyncContext<Self>) {
        self.open.sync_all();
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
}
