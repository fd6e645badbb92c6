//! Receiving a job's files.
//!
//! A file that is on its way is called `<name>.<size>-<time>.part`, so that only the same version of it is gone on with;
//! what is complete has the size and the time that the Manager said. Paths come from the Manager and are not trusted:
//! all is opened below the target folder (cap-std).

use std::io;
use std::path::{Component, Path};
use std::time::{Duration, SystemTime};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use farandole_frames::{WITHOUT_WAITING, only_regular};
use farandole_protocol::api::JobFile;
use farandole_protocol::client::{ClientError, ManagerHttp};
use farandole_protocol::ids::JobId;
use indicatif::ProgressBar;
use tokio::io::AsyncWriteExt as _;

use super::patience::Patience;
use crate::error::{CliError, Outcome};

/// Between two pieces of a file nothing comes for so long only if nothing comes any more.
const SILENCE: Duration = Duration::from_secs(30);

/// A file that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    /// Whose.
    pub(crate) job: JobId,
    /// Which.
    pub(crate) file: &'a JobFile,
}

impl Wanted<'_> {
    /// Whether it is there already, and the same; an error if its path leads elsewhere.
    pub(crate) fn is_there(&self, target: &Dir) -> Outcome<bool> {
        Ok(self.found(target)?.is_some_and(|same| same))
    }

    /// Whether something else is in its place.
    pub(crate) fn is_in_the_way(&self, target: &Dir) -> Outcome<bool> {
        Ok(self.found(target)?.is_some_and(|same| !same))
    }

    fn found(&self, target: &Dir) -> Outcome<Option<bool>> {
        let path = Path::new(&self.file.path);
        let is_plain = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !is_plain || self.file.path.is_empty() {
            let path = &self.file.path;
            return Err(CliError::Failed(format!(
                "the Manager names a file {path:?}, which leads elsewhere"
            )));
        }
        match target.symlink_metadata(path) {
            Ok(about) => {
                let modified = about
                    .modified()
                    .ok()
                    .map(cap_std::time::SystemTime::into_std);
                let same_time = modified.is_some_and(|time| seconds(time) == self.seconds());
                Ok(Some(
                    about.is_file() && about.len() == self.file.size && same_time,
                ))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(path, &error)),
        }
    }

    fn seconds(&self) -> i64 {
        self.file.modified.timestamp()
    }

    fn part(&self) -> String {
        let JobFile {
            path,
            size,
            modified,
        } = self.file;
        format!("{path}.{size}-{}.part", modified.timestamp_micros())
    }
}

/// Receives a file. When it is cut off it goes on by itself, where it ended, now or the next time.
pub(crate) async fn download(
    manager: &ManagerHttp,
    wanted: &Wanted<'_>,
    target: &Dir,
    bar: &ProgressBar,
) -> Outcome<()> {
    let path = Path::new(&wanted.file.path);
    let failed = |error: io::Error| unusable(path, &error);
    if let Some(folder) = path.parent() {
        target.create_dir_all(folder).map_err(failed)?;
    }
    let part = wanted.part();
    let mut how = OpenOptions::new();
    how.append(true).create(true).custom_flags(WITHOUT_WAITING);
    let file = target.open_with(&part, &how).map_err(failed)?.into_std();
    let file = only_regular(file).map_err(failed)?;
    let mut file = tokio::fs::File::from_std(file);
    let already = file.metadata().await.map_err(failed)?.len();
    if already > 0 {
        bar.inc(already);
        // It says nothing about the pace.
        bar.reset_eta();
    }

    let mut patience = Patience::new();
    loop {
        // What an earlier try wrote counts.
        file.flush().await.map_err(failed)?;
        let before = file.metadata().await.map_err(failed)?.len();
        if before == wanted.file.size {
            break;
        }
        match receive(manager, wanted, &mut file, before, bar).await? {
            Ok(()) => patience.renew(),
            Err(error) => patience.wait_after(error).await?,
        }
    }
    let file = file.into_std().await;
    file.set_modified(wanted.file.modified.into())
        .map_err(failed)?;
    target.rename(&part, target, path).map_err(failed)
}

/// Appends what comes. What the Manager did wrong is the inner error, what this side did the outer.
async fn receive(
    manager: &ManagerHttp,
    wanted: &Wanted<'_>,
    file: &mut tokio::fs::File,
    from: u64,
    bar: &ProgressBar,
) -> Outcome<Result<(), ClientError>> {
    let path = Path::new(&wanted.file.path);
    let failed = |error: io::Error| unusable(path, &error);
    let changed = || {
        let path = &wanted.file.path;
        CliError::Failed(format!(
            "{path} changes while it is fetched; try again when the job has ended"
        ))
    };
    let mut stream = match manager.job_file(wanted.job, &wanted.file.path, from).await {
        Ok(stream) => stream,
        Err(error) => return Ok(Err(error)),
    };
    let is_same = stream
        .modified()
        .is_none_or(|time| time.timestamp() == wanted.seconds());
    if !is_same || (from > 0 && !stream.is_partial()) {
        return Err(changed());
    }
    let mut size = from;
    loop {
        let piece = match tokio::time::timeout(SILENCE, stream.next()).await {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Ok(Err(error)),
            Err(silence) => return Ok(Err(ClientError::Unreachable(Box::new(silence)))),
        };
        size += piece.len() as u64;
        if size > wanted.file.size {
            return Err(changed());
        }
        file.write_all(&piece).await.map_err(failed)?;
        bar.inc(piece.len() as u64);
    }
    file.flush().await.map_err(failed)?;
    if size < wanted.file.size {
        return Err(changed());
    }
    Ok(Ok(()))
}

fn seconds(time: SystemTime) -> i64 {
    chrono::DateTime::<chrono::Utc>::from(time).timestamp()
}

fn unusable(path: &Path, error: &io::Error) -> CliError {
    CliError::Failed(format!("cannot write {}: {error}", path.display()))
}
