//! Log files that are kept open for more text, in bounded number.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use farandole_frames::open_regular_with;
use farandole_protocol::ids::{JobId, TaskId};
use farandole_settings::{PRIVATE_FILE, make_private_folder};

use super::cut::cut;
use super::paths;

/// So much text is written to see whether the disk takes any, in bytes.
const TRIAL: usize = 64 << 10;

/// The open files.
#[derive(Debug)]
pub(super) struct OpenFiles {
    root: PathBuf,
    bound: usize,
    files: HashMap<TaskId, OpenFile>,
    /// Counts the uses of files, to know which was not used for longest.
    uses: u64,
}

#[derive(Debug)]
struct OpenFile {
    job: JobId,
    /// Shared with whoever brings it onto the disk, for as long as that takes.
    file: Arc<File>,
    /// Whether something was written that nobody was told to bring onto the disk.
    unsynced: bool,
    last_used: u64,
}

impl OpenFiles {
    /// At most `bound` files stay open, for tasks that are written to again.
    pub(super) fn below(root: PathBuf, bound: usize) -> Self {
        Self {
            root,
            bound,
            files: HashMap::new(),
            uses: 0,
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Appends text, wholly or not at all. Gives the place that it has then in the file. One that is larger than the limit
    /// loses its middle, and the place is nearer to its beginning than before.
    pub(super) fn append(
        &mut self,
        job: JobId,
        task: TaskId,
        text: &[u8],
        limit: u64,
    ) -> io::Result<Range<u64>> {
        let open = self.open(job, task)?;
        let written = append_whole(&open.file, text);
        if written.is_ok() {
            open.unsynced = true;
        } else {
            // The next try begins with a fresh file.
            self.files.remove(&task);
        }
        let begin = written?;
        let end = begin + text.len() as u64;
        if end <= limit {
            return Ok(begin..end);
        }
        match cut(&path_of(&self.root, job, task), limit) {
            Ok(end) => {
                // It is another file now.
                self.files.remove(&task);
                Ok(end.saturating_sub(text.len() as u64)..end)
            }
            Err(error) => {
                // The text is there, and the next one will try again.
                tracing::warn!(%error, task.id = %task, "a task's log is too long and cannot be cut");
                Ok(begin..end)
            }
        }
    }

    /// The file of a task's log, to be brought onto the disk; `None` if there is none.
    pub(super) fn find(&mut self, job: JobId, task: TaskId) -> io::Result<Option<Arc<File>>> {
        if let Some(open) = self.files.get_mut(&task) {
            open.unsynced = false;
            return Ok(Some(Arc::clone(&open.file)));
        }
        // What was written to a file that is no longer open may still be on its way to the disk.
        let path = path_of(&self.root, job, task);
        match open_regular_with(&path, File::options().append(true)) {
            Ok(file) => Ok(Some(Arc::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The files that were written to since this was last asked. One that is still being brought onto the disk comes
    /// the next time, so that they do not pile up before a slow disk.
    pub(super) fn take_unsynced(&mut self) -> Vec<(TaskId, Arc<File>)> {
        let due = self
            .files
            .iter_mut()
            .filter(|(_, open)| open.unsynced && Arc::strong_count(&open.file) == 1);
        due.map(|(task, open)| {
            open.unsynced = false;
            (*task, Arc::clone(&open.file))
        })
        .collect()
    }

    /// Finds out whether something can be written below the root, by doing so.
    pub(super) fn try_out(&self) -> io::Result<()> {
        make_private_folder(&self.root)?;
        tempfile::tempfile_in(&self.root)?.write_all(&vec![0; TRIAL])
    }

    /// Closes the logs of a job that goes.
    pub(super) fn close_job(&mut self, job: JobId) {
        self.files.retain(|_, open| open.job != job);
    }

    fn open(&mut self, job: JobId, task: TaskId) -> io::Result<&mut OpenFile> {
        if !self.files.contains_key(&task) {
            self.make_room();
        }
        self.uses += 1;
        let last_used = self.uses;
        let open = match self.files.entry(task) {
            std::collections::hash_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => place.insert(OpenFile {
                job,
                file: Arc::new(open_or_create(&path_of(&self.root, job, task))?),
                unsynced: false,
                last_used,
            }),
        };
        open.last_used = last_used;
        Ok(open)
    }

    /// Closes the file that was not used for longest, if there are too many.
    fn make_room(&mut self) {
        if self.files.len() < self.bound {
            return;
        }
        let oldest = self.files.iter().min_by_key(|(_, open)| open.last_used);
        let oldest = oldest.map(|(task, _)| *task);
        if let Some((task, open)) = oldest.and_then(|task| self.files.remove_entry(&task))
            && open.unsynced
            && let Err(error) = open.file.sync_data()
        {
            tracing::error!(%error, task.id = %task, "cannot bring a task's log onto the disk");
        }
    }
}

fn path_of(root: &Path, job: JobId, task: TaskId) -> PathBuf {
    paths::below(root, &paths::log_file(job, task))
}

fn open_or_create(path: &Path) -> io::Result<File> {
    let append = || {
        let mut how = File::options();
        how.append(true).create(true).mode(PRIVATE_FILE);
        open_regular_with(path, &mut how)
    };
    match append() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), make_private_folder)?;
            append()
        }
        outcome => outcome,
    }
}

/// When there is no room for the whole text, the part that was written is taken back: it would be doubled by the next
/// try, in the middle of a line.
fn append_whole(mut file: &File, text: &[u8]) -> io::Result<u64> {
    let before = file.metadata()?.len();
    let written = file.write_all(text).map(|()| before);
    if written.is_err()
        && let Err(error) = file.set_len(before)
    {
        tracing::warn!(%error, "a part of a text stays in a task's log");
    }
    written
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Logs {
        open: OpenFiles,
        job: JobId,
        folder: tempfile::TempDir,
    }

    fn logs(bound: usize) -> Logs {
        let folder = tempfile::tempdir().unwrap();
        let mut open = OpenFiles::below(folder.path().join("storage"), 512);
        open.bound = bound;
        let job = JobId::random();
        Logs { open, job, folder }
    }

    impl Logs {
        fn append(&mut self, index: u32, text: &str) {
            let task = TaskId::of_job(self.job, index);
            let text = text.as_bytes();
            self.open.append(self.job, task, text, u64::MAX).unwrap();
        }

        fn text(&self, index: u32) -> String {
            let task = TaskId::of_job(self.job, index);
            fs::read_to_string(path_of(&self.open.root, self.job, task)).unwrap()
        }

        fn unsynced(&mut self) -> Vec<u32> {
            let due = self.open.take_unsynced();
            let mut due: Vec<u32> = due
                .iter()
                .map(|(task, _)| task.parts().unwrap().1)
                .collect();
            due.sort_unstable();
            due
        }
    }

    #[test]
    fn only_so_many_files_are_open_and_those_used_least_recently_go() {
        let mut logs = logs(2);
        for index in [1, 2, 1, 3, 1, 2] {
            logs.append(index, "line\n");
            assert!(logs.open.files.len() <= 2);
        }
        let task = |index| TaskId::of_job(logs.job, index);
        assert!(logs.open.files.contains_key(&task(1)) && logs.open.files.contains_key(&task(2)));
        assert_eq!(logs.text(1), "line\n".repeat(3));
        assert_eq!(
            (logs.text(2), logs.text(3)),
            ("line\n".repeat(2), "line\n".to_owned())
        );
    }

    #[test]
    fn what_was_written_to_is_synced_once() {
        let mut logs = logs(9);
        logs.append(1, "a\n");
        logs.append(2, "b\n");
        assert_eq!(logs.unsynced(), [1, 2]);
        assert_eq!(logs.unsynced(), [0_u32; 0]);
        logs.append(2, "c\n");
        assert_eq!(logs.unsynced(), [2]);
    }

    #[test]
    fn a_file_that_is_being_synced_waits_for_the_next_time() {
        let mut logs = logs(9);
        logs.append(1, "a\n");
        let under_way = logs.open.take_unsynced();
        logs.append(1, "b\n");
        assert_eq!(logs.unsynced(), [0_u32; 0]);
        drop(under_way);
        assert_eq!(logs.unsynced(), [1]);
    }

    #[test]
    fn a_log_is_found_whether_it_is_open_or_not() {
        let mut logs = logs(1);
        logs.append(1, "a\n");
        logs.append(2, "b\n");
        for (index, is_there) in [(1, true), (2, true), (3, false)] {
            let task = TaskId::of_job(logs.job, index);
            let found = logs.open.find(logs.job, task).unwrap();
            assert_eq!(found.is_some(), is_there, "{index}");
        }
    }

    #[test]
    fn a_job_that_goes_leaves_no_file_open() {
        let mut logs = logs(9);
        logs.append(1, "a\n");
        let other = JobId::random();
        let task = TaskId::of_job(other, 1);
        logs.open.append(other, task, b"b\n", u64::MAX).unwrap();
        logs.open.close_job(logs.job);
        assert_eq!(logs.open.files.keys().collect::<Vec<_>>(), [&task]);
    }

    #[test]
    fn a_named_pipe_in_place_of_a_log_is_refused_and_not_waited_for() {
        let mut logs = logs(9);
        logs.append(1, "a\n");
        let task = TaskId::of_job(logs.job, 2);
        let path = path_of(&logs.open.root, logs.job, task);
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(logs.open.append(logs.job, task, b"b\n", u64::MAX).is_err());
        assert!(logs.open.find(logs.job, task).is_err());
        logs.open.try_out().unwrap();
    }

    #[test]
    fn a_text_that_cannot_be_written_whole_is_not_written_at_all() {
        // A file that is open for reading only refuses any text.
        let mut logs = logs(9);
        logs.append(1, "a\n");
        let task = TaskId::of_job(logs.job, 1);
        let path = path_of(&logs.open.root, logs.job, task);
        let read_only = Arc::new(File::open(&path).unwrap());
        logs.open.files.get_mut(&task).unwrap().file = read_only;
        assert!(
            logs.open
                .append(logs.job, task, b"lost\n", u64::MAX)
                .is_err()
        );
        // The next try has a file of its own.
        logs.append(1, "b\n");
        assert_eq!(logs.text(1), "a\nb\n");
        assert!(logs.folder.path().join("storage").is_dir());
    }
}
