//! Pure: where the files of jobs are, on disk and for the world.
//!
//! As in the reference: `job-<first 4 of the id>/<id>/`, in it `task-<id>.txt` and three pictures. Only such names
//! can be asked for, so that no path leads anywhere else.

use std::path::{Path, PathBuf};

use farandole_protocol::ids::{JobId, TaskId};

/// The pictures of a job, large to small.
pub const PICTURES: [&str; 3] = [
    "last-rendered.jpg",
    "last-rendered-small.jpg",
    "last-rendered-tiny.jpg",
];

/// The folder of a job, relative to the root.
pub fn job_folder(job: JobId) -> String {
    let id = job.to_string();
    let prefix: String = id.chars().take(4).collect();
    format!("job-{prefix}/{id}")
}

/// The log of a task, relative to the root.
pub fn log_file(job: JobId, task: TaskId) -> String {
    format!("{}/task-{task}.txt", job_folder(job))
}

/// A path below a folder of this machine, however it separates names.
pub(super) fn below(root: &Path, path: &str) -> PathBuf {
    path.split('/')
        .fold(root.to_owned(), |folder, name| folder.join(name))
}

/// A file of a job that may be shown to the world.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct JobFile {
    /// Whose file it is.
    pub job: JobId,
    /// Which one.
    pub kind: JobFileKind,
}

/// Which file of a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JobFileKind {
    /// The log of a task.
    Log(TaskId),
    /// A picture, by its place in [`PICTURES`].
    Picture(&'static str),
}

impl JobFile {
    /// The file that a path below `/job-files/` names, already percent-decoded; `None` for anything else.
    pub fn parse(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        let (_, job, name) = (parts.next()?, parts.next()?, parts.next()?);
        let job: JobId = job.parse().ok()?;
        let kind = match PICTURES.into_iter().find(|picture| *picture == name) {
            Some(picture) => JobFileKind::Picture(picture),
            None => JobFileKind::Log(
                name.strip_prefix("task-")?
                    .strip_suffix(".txt")?
                    .parse()
                    .ok()?,
            ),
        };
        let file = Self { job, kind };
        // Only the one spelling that we would write ourselves.
        (file.path() == path).then_some(file)
    }

    /// Where it is, relative to the root.
    pub fn path(&self) -> String {
        match self.kind {
            JobFileKind::Log(task) => log_file(self.job, task),
            JobFileKind::Picture(name) => format!("{}/{name}", job_folder(self.job)),
        }
    }

    /// Its content type.
    pub fn content_type(&self) -> &'static str {
        match self.kind {
            JobFileKind::Log(_) => "text/plain; charset=utf-8",
            JobFileKind::Picture(_) => "image/jpeg",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";

    #[test]
    fn the_files_of_a_job_are_found_by_the_paths_that_we_give_out() {
        let job: JobId = JOB.parse().unwrap();
        let task = TaskId::of_job(job, 3);
        for kind in [
            JobFileKind::Log(task),
            JobFileKind::Picture("last-rendered-tiny.jpg"),
        ] {
            let file = JobFile { job, kind };
            assert_eq!(JobFile::parse(&file.path()), Some(file));
        }
        assert!(log_file(job, task).starts_with(&format!("job-f81d/{JOB}/task-f81d4fae-")));
    }

    #[test]
    fn nothing_else_has_a_path() {
        for path in [
            "",
            "job-f81d",
            "job-f81d/",
            &format!("job-f81d/{JOB}"),
            &format!("job-f81d/{JOB}/"),
            &format!("job-xxxx/{JOB}/last-rendered.jpg"),
            &format!("job-f81d/{JOB}/last-rendered.jpg/"),
            &format!("job-f81d/{JOB}/../last-rendered.jpg"),
            &format!("job-f81d/{}/last-rendered.jpg", JOB.to_uppercase()),
            &format!("job-f81d/{JOB}/task-x.txt"),
            &format!("job-f81d/{JOB}/farm.sqlite"),
            &format!("/job-f81d/{JOB}/last-rendered.jpg"),
            &format!("../job-f81d/{JOB}/last-rendered.jpg"),
            &format!("job-f81d/{JOB}/last-rendered.jpg\0"),
        ] {
            assert_eq!(JobFile::parse(path), None, "{path:?}");
        }
    }
}
