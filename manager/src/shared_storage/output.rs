//! What jobs made, as files and folders.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use farandole_protocol::api::JobFile;

use super::listing::{self, job_file};
use super::messages::{OutputPage, OutputPlaces, StorageError};
use crate::disk::open_regular;

/// What precedes the path of a file that is not in the output folder, where that folder has one of the same path.
const ELSEWHERE: &str = "elsewhere/";

/// A page of the files below the output folder of a job. Hidden ones do not count.
pub(super) fn list(
    storage: &Path,
    places: &OutputPlaces,
    after: &str,
) -> Result<OutputPage, StorageError> {
    let Some(folder) = open_output(storage, places)? else {
        return Ok(OutputPage::default());
    };
    Ok(listing::page(&folder, after, listing::BOUNDS)?)
}

/// The recorded files that are not below the output folder, but in other folders of the storage.
pub(super) fn list_elsewhere(
    storage: &Path,
    places: &OutputPlaces,
) -> Result<Vec<JobFile>, StorageError> {
    let folder = open_output(storage, places).ok().flatten();
    let is_taken = |name: &str| {
        let about = folder
            .as_ref()
            .and_then(|folder| folder.metadata(name).ok());
        about.is_some_and(|about| about.is_file())
    };
    let outside = Outside::of(storage, places)?;
    let mut files = Vec::new();
    for path in &places.recorded {
        let Some((name, below)) = outside.place(path) else {
            continue;
        };
        let name = if is_taken(&name) {
            format!("{ELSEWHERE}{name}")
        } else {
            name
        };
        files.extend(outside.described(&below, name));
    }
    Ok(files)
}

/// One of them.
pub(super) fn open(
    storage: &Path,
    places: &OutputPlaces,
    path: &str,
) -> Result<File, StorageError> {
    let is_hidden = path.split('/').any(|name| name.starts_with('.'));
    if is_hidden {
        return Err(StorageError::NoFile);
    }
    let folder = open_output(storage, places);
    let inside = folder.as_ref().ok().and_then(Option::as_ref);
    match inside.and_then(|folder| open_regular(folder, path).ok()) {
        Some(file) => Ok(file),
        None => open_outside(storage, places, path)?.ok_or_else(|| {
            let outside = folder.err();
            outside.unwrap_or(StorageError::NoFile)
        }),
    }
}

fn open_output(storage: &Path, places: &OutputPlaces) -> Result<Option<Dir>, StorageError> {
    match &places.folder {
        Some(folder) => open_folder(storage, folder),
        None => Ok(None),
    }
}

fn open_outside(
    storage: &Path,
    places: &OutputPlaces,
    path: &str,
) -> Result<Option<File>, StorageError> {
    let outside = Outside::of(storage, places)?;
    let wanted = path.strip_prefix(ELSEWHERE).unwrap_or(path);
    let place = places
        .recorded
        .iter()
        .filter_map(|path| outside.place(path))
        .find(|(name, _)| name == wanted || name == path);
    Ok(place.and_then(|(_, below)| open_regular(outside.storage.as_ref()?, below).ok()))
}

/// The recorded outputs that are not below the output folder.
struct Outside {
    storage: Option<Dir>,
    root: PathBuf,
    folder: Option<PathBuf>,
    /// The output folder as it is named, which is compared first because that asks the disk for nothing.
    named: Option<PathBuf>,
    beside: Option<PathBuf>,
}

impl Outside {
    fn of(storage: &Path, places: &OutputPlaces) -> Result<Self, StorageError> {
        let real = |path: &Option<PathBuf>| path.as_ref().and_then(|path| path.canonicalize().ok());
        let root = storage.canonicalize().ok();
        let opened = root
            .as_ref()
            .map(|root| Dir::open_ambient_dir(root, ambient_authority()));
        Ok(Self {
            storage: opened.transpose()?,
            root: root.unwrap_or_default(),
            folder: real(&places.folder),
            named: places.folder.clone(),
            beside: real(&places.beside),
        })
    }

    /// What a recorded output is called, and where it is below the storage; nothing if it is below the output folder,
    /// hidden, or not in the storage.
    fn place(&self, path: &Path) -> Option<(String, PathBuf)> {
        let is_below = |folder: &Option<PathBuf>, path: &Path| {
            folder
                .as_ref()
                .is_some_and(|folder| path.starts_with(folder))
        };
        if is_below(&self.named, path) {
            return None;
        }
        let real = path.canonicalize().ok()?;
        if is_below(&self.folder, &real) {
            return None;
        }
        let below = real.strip_prefix(&self.root).ok()?.to_owned();
        let beside = self.beside.as_ref();
        let near = beside.and_then(|beside| real.strip_prefix(beside).ok());
        let parts: Option<Vec<&str>> = near
            .unwrap_or(&below)
            .iter()
            .map(|part| part.to_str().filter(|name| !name.starts_with('.')))
            .collect();
        Some((parts?.join("/"), below))
    }

    fn described(&self, below: &Path, name: String) -> Option<JobFile> {
        let about = self.storage.as_ref()?.metadata(below).ok()?;
        job_file(&about, name)
    }
}

/// The folder, if it is there. Wherever links lead, it lies in the storage.
fn open_folder(storage: &Path, folder: &Path) -> Result<Option<Dir>, StorageError> {
    let real = |path: &Path| -> io::Result<Option<PathBuf>> {
        match path.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            path => path.map(Some),
        }
    };
    let (Some(storage), Some(found)) = (real(storage)?, real(folder)?) else {
        return Ok(None);
    };
    let below = found
        .strip_prefix(&storage)
        .map_err(|_| StorageError::Outside(folder.to_owned()))?;
    let storage = Dir::open_ambient_dir(&storage, ambient_authority())?;
    let below = if below.as_os_str().is_empty() {
        Path::new(".")
    } else {
        below
    };
    Ok(Some(storage.open_dir(below)?))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(path: &Path) -> PathBuf {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, path.to_str().unwrap()).unwrap();
        path.to_owned()
    }

    fn names(storage: &Path, places: &OutputPlaces) -> Vec<String> {
        let inside = list(storage, places, "").map_or(Vec::new(), |page| page.files);
        let elsewhere = list_elsewhere(storage, places).unwrap();
        let files = inside.into_iter().chain(elsewhere);
        let mut names: Vec<String> = files.map(|file| file.path).collect();
        names.sort();
        names
    }

    #[test]
    fn recorded_files_of_other_folders_of_the_storage_are_the_jobs_too() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| write(&folder.path().join(path));
        let storage = folder.path().join("farm");
        symlink(&storage, folder.path().join("link")).unwrap();
        let places = OutputPlaces {
            folder: Some(storage.join("renders/a")),
            beside: Some(folder.path().join("link/shot")),
            recorded: vec![
                at("farm/renders/a/0001.png"),
                at("farm/shot/passes/0001.png"),
                at("farm/shot/0001.png"),
                at("farm/other/x.png"),
                at("private/y.png"),
                storage.join("shot/gone.png"),
            ],
        };
        at("farm/shot/shot.blend");
        let expected = [
            "0001.png",
            "elsewhere/0001.png",
            "other/x.png",
            "passes/0001.png",
        ];
        assert_eq!(names(&storage, &places), expected);
        let read = |path: &str| {
            let file = open(&storage, &places, path).ok()?;
            io::read_to_string(file).ok()
        };
        let shows = |path: &str, end: &str| read(path).is_some_and(|text| text.ends_with(end));
        assert!(shows("0001.png", "/renders/a/0001.png"));
        assert!(shows("elsewhere/0001.png", "/shot/0001.png"));
        assert!(shows("passes/0001.png", "/shot/passes/0001.png"));
        assert!(shows("other/x.png", "/other/x.png"));
        for path in ["shot.blend", "y.png", "../shot/shot.blend", "gone.png"] {
            assert_eq!(read(path), None, "{path}");
        }
    }

    #[test]
    fn an_output_folder_outside_the_storage_is_told_unless_there_are_other_files() {
        let folder = tempfile::tempdir().unwrap();
        let storage = folder.path().join("farm");
        let pass = write(&storage.join("passes/0001.png"));
        write(&folder.path().join("private/0001.png"));
        let mut places = OutputPlaces {
            folder: Some(folder.path().join("private")),
            ..OutputPlaces::default()
        };
        assert!(matches!(
            list(&storage, &places, ""),
            Err(StorageError::Outside(_))
        ));
        assert!(matches!(
            open(&storage, &places, "0001.png"),
            Err(StorageError::Outside(_))
        ));
        places.recorded.push(pass);
        assert_eq!(names(&storage, &places), ["passes/0001.png"]);
    }
}
