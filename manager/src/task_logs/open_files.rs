//! Log files that are kept open for more text, in bounded number.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use farandole_protocol::ids::{JobId, TaskId};

use super::paths;

/// So many tasks can be written to without opening their files anew.
const KEPT_OPEN: usize = 512;

/// The open files, oldest first.
#[derive(Debug)]
pub(super) struct OpenFiles {
    root: PathBuf,
    files: HashMap<TaskId, File>,
    order: VecDeque<TaskId>,
    unsynced: HashSet<TaskId>,
}

impl OpenFiles {
    pub(super) fn below(root: PathBuf) -> Self {
        Self {
            root,
            files: HashMap::new(),
            order: VecDeque::new(),
            unsynced: HashSet::new(),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Appends text, in one write.
    pub(super) fn append(&mut self, job: JobId, task: TaskId, text: &[u8]) -> io::Result<()> {
        let written = self.file(job, task)?.write_all(text);
        if written.is_err() {
            // The next try begins with a fresh file handle.
            self.close(task);
        } else {
            self.unsynced.insert(task);
        }
        written
    }

    /// Brings a task's log onto the disk.
    pub(super) fn sync(&mut self, task: TaskId) -> io::Result<()> {
        if !self.unsynced.remove(&task) {
            return Ok(());
        }
        self.files.get(&task).map_or(Ok(()), File::sync_data)
    }

    /// Brings all that was written onto the disk.
    pub(super) fn sync_all(&mut self) {
        for task in std::mem::take(&mut self.unsynced) {
            if let Some(Err(error)) = self.files.get(&task).map(File::sync_data) {
                tracing::error!(%error, task.id = %task, "cannot sync a task's log");
            }
        }
    }

    /// Closes the logs of a job that goes.
    pub(super) fn close_job(&mut self, job: JobId) {
        let of_job = |task: &TaskId| {
            task.parts()
                .is_some_and(|(upper, _)| upper == job.upper_half())
        };
        let tasks: Vec<TaskId> = self.files.keys().copied().filter(of_job).collect();
        for task in tasks {
            self.close(task);
        }
    }

    fn close(&mut self, task: TaskId) {
        self.files.remove(&task);
        self.unsynced.remove(&task);
        self.order.retain(|open| *open != task);
    }

    fn file(&mut self, job: JobId, task: TaskId) -> io::Result<&mut File> {
        if !self.files.contains_key(&task) {
            if self.order.len() >= KEPT_OPEN
                && let Some(oldest) = self.order.pop_front()
            {
                self.sync(oldest)?;
                self.files.remove(&oldest);
            }
            let file = open(&self.root.join(paths::log_file(job, task)))?;
            self.files.insert(task, file);
            self.order.push_back(task);
        }
        self.files
            .get_mut(&task)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn open(path: &Path) -> io::Result<File> {
    let append = || File::options().append(true).create(true).open(path);
    match append() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            append()
        }
        outcome => outcome,
    }
}
