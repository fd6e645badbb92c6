//! The files below a folder, a page at a time, in the order of their paths.
//!
//! The folders may be deep, wide and made on purpose to be in the way. So the walk does not recurse, keeps no folder
//! open while it looks into others, and has bounds on the depth, on what a page takes and on what it looks at. A page
//! begins after a path; what sorts before it is not looked at again, except the names in the folders on the way.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::vec::IntoIter;

use cap_std::fs::{Dir, Metadata};
use chrono::{DateTime, Utc};
use farandole_protocol::api::JobFile;

use super::messages::OutputPage;
use crate::disk::open_deep;

/// How much of the folders a page has and takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The most files.
    pub(super) files: usize,
    /// When this many names were read, the page ends, unless nothing came of it yet.
    pub(super) names: usize,
    /// Folders that lie deeper than this are left out.
    pub(super) depth: usize,
}

/// What the Manager lists. A page of files is a few megabytes at most.
pub(super) const BOUNDS: Bounds = Bounds {
    files: 10_000,
    names: 100_000,
    depth: 100,
};

/// The files below the folder after this path. Hidden ones do not count.
pub(super) fn page(folder: &Dir, after: &str, bounds: Bounds) -> io::Result<OutputPage> {
    let mut walk = Walk {
        folder,
        after,
        bounds,
        names: 0,
        levels: Vec::new(),
        page: OutputPage::default(),
    };
    walk.enter(String::new(), after)?;
    walk.run()?;
    Ok(walk.page)
}

/// What there is to say of a file; nothing of other things.
pub(super) fn job_file(about: &Metadata, path: String) -> Option<JobFile> {
    let modified = DateTime::<Utc>::from(about.modified().ok()?.into_std());
    about.is_file().then_some(JobFile {
        path,
        size: about.len(),
        modified,
    })
}

struct Walk<'a> {
    folder: &'a Dir,
    /// Where the page begins.
    after: &'a str,
    bounds: Bounds,
    names: usize,
    /// The folders on the way to where the walk is.
    levels: Vec<Level>,
    page: OutputPage,
}

/// A folder that is being looked through.
struct Level {
    /// Its path, with a slash at the end; empty for the folder in which the walk began.
    path: String,
    /// What is still to be done of the names that were kept. The name of a folder ends in a slash, so that the order is
    /// that of whole paths.
    rest: IntoIter<(String, Kind)>,
    /// The last name that was kept, if there were more than are kept.
    cut_after: Option<String>,
}

enum Kind {
    Folder,
    File(JobFile),
}

impl Walk<'_> {
    fn run(&mut self) -> io::Result<()> {
        let mut last = None;
        while let Some(level) = self.levels.last_mut() {
            let is_enough = self.page.files.len() >= self.bounds.files
                || (self.names >= self.bounds.names && last.is_some());
            if is_enough {
                self.page.next = last;
                break;
            }
            match level.rest.next() {
                Some((name, Kind::File(file))) => {
                    last = Some(format!("{}{name}", level.path));
                    self.page.files.push(file);
                }
                Some((name, Kind::Folder)) => {
                    let path = format!("{}{name}", level.path);
                    if self.levels.len() > self.bounds.depth {
                        self.page.left_out += 1;
                        last = Some(path);
                    } else {
                        self.enter(path, self.after)?;
                    }
                }
                None => last = self.leave()?.or(last),
            }
        }
        Ok(())
    }

    /// The names of a level are used up: it is left, or read again for more.
    /// Gives how far the walk is.
    fn leave(&mut self) -> io::Result<Option<String>> {
        let Some(level) = self.levels.pop() else {
            return Ok(None);
        };
        let Some(name) = level.cut_after else {
            return Ok(Some(level.path).filter(|path| !path.is_empty()));
        };
        let last = format!("{}{name}", level.path);
        self.enter(level.path, &last)?;
        Ok(Some(last))
    }

    /// Reads the names in a folder that come after this path, and keeps the first ones.
    fn enter(&mut self, path: String, after: &str) -> io::Result<()> {
        let after = after.strip_prefix(path.as_str()).unwrap_or_default();
        let folder = match open_deep(self.folder, Path::new(&path)) {
            Ok(folder) => folder,
            // Removed meanwhile, or not for this user.
            Err(error) if is_passed_over(&error) && !path.is_empty() => {
                tracing::debug!(%error, path, "a folder is left out of a list of files");
                self.levels.push(Level::empty(path));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let (mut kept, mut is_cut) = (BTreeMap::new(), false);
        for entry in folder.entries()? {
            self.names += 1;
            let entry = entry?;
            // A name that cannot be asked for is not told.
            let Ok(mut name) = entry.file_name().into_string() else {
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let is_folder = entry.file_type()?.is_dir();
            if is_folder {
                name.push('/');
            }
            let leads_to = is_folder && after.len() > name.len() && after.starts_with(&name);
            if name.as_str() > after || leads_to {
                kept.insert(name, is_folder);
            }
            if kept.len() > self.bounds.files {
                drop(kept.pop_last());
                is_cut = true;
            }
        }
        let cut_after = kept.last_key_value().filter(|_| is_cut);
        let cut_after = cut_after.map(|(name, _)| name.clone());
        let rest: Vec<(String, Kind)> = kept
            .into_iter()
            .filter_map(|(name, is_folder)| {
                let kind = if is_folder {
                    Kind::Folder
                } else {
                    // A link counts as what it leads to, if that is a file in this folder.
                    let about = folder.metadata(&name).ok()?;
                    Kind::File(job_file(&about, format!("{path}{name}"))?)
                };
                Some((name, kind))
            })
            .collect();
        self.levels.push(Level {
            path,
            rest: rest.into_iter(),
            cut_after,
        });
        Ok(())
    }
}

impl Level {
    fn empty(path: String) -> Self {
        Self {
            path,
            rest: Vec::new().into_iter(),
            cut_after: None,
        }
    }
}

fn is_passed_over(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cap_std::ambient_authority;
    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    fn opened(folder: &tempfile::TempDir) -> Dir {
        Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap()
    }

    fn all(folder: &Dir, bounds: Bounds) -> (Vec<String>, usize) {
        let (mut paths, mut after, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = page(folder, &after, bounds).unwrap();
            assert!(page.files.len() <= bounds.files);
            paths.extend(page.files.into_iter().map(|file| file.path));
            pages += 1;
            match page.next {
                Some(next) => {
                    assert!(place(&next) > place(&after), "{next} after {after}");
                    after = next;
                }
                None => return (paths, pages),
            }
        }
    }

    /// A page that begins after a folder begins after all that is in it.
    fn place(after: &str) -> String {
        match after.strip_suffix('/') {
            Some(folder) => format!("{folder}/{}", char::MAX),
            None => after.to_owned(),
        }
    }

    #[test]
    fn pages_of_any_size_give_each_file_once_and_in_order() {
        let temporary = tempfile::tempdir().unwrap();
        let mut expected = Vec::new();
        for folder in [
            "",
            "a",
            "a.b",
            "a/b",
            "a/b/empty/c",
            "b",
            "b/c/d/e",
            ".hidden",
        ] {
            let at = temporary.path().join(folder);
            fs::create_dir_all(&at).unwrap();
            for name in ["0", "a-", "b.png", "z"] {
                fs::write(at.join(name), "").unwrap();
                let path = Path::new(folder).join(name).to_str().unwrap().to_owned();
                expected.extend((folder != ".hidden").then_some(path));
            }
            mkfifo(&at.join("pipe"), Mode::S_IRWXU).unwrap();
            fs::create_dir(at.join("nothing")).unwrap();
        }
        expected.sort();
        let folder = opened(&temporary);
        for files in [1, 2, 3, 5, 7, 100] {
            for names in [1, 4, 1_000] {
                let bounds = Bounds {
                    files,
                    names,
                    depth: 10,
                };
                assert_eq!(all(&folder, bounds).0, expected, "{bounds:?}");
            }
        }
        assert_eq!(all(&folder, BOUNDS), (expected, 1));
    }

    #[test]
    fn folders_that_are_too_deep_are_counted() {
        let temporary = tempfile::tempdir().unwrap();
        let mut folder = opened(&temporary);
        for _ in 0..3_000 {
            folder.write("file", "").unwrap();
            folder.create_dir("d").unwrap();
            folder = folder.open_dir("d").unwrap();
        }
        let page = page(&opened(&temporary), "", BOUNDS).unwrap();
        assert_eq!((page.files.len(), page.left_out), (101, 1));
        assert_eq!(page.next, None);
    }
}
