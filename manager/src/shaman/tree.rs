//! Pure: the files of a checkout, and the links that they become.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::file_id::FileId;
use super::paths::{CheckoutPath, FilePath};
use crate::file_names::{folded, unknown_to_windows};

/// Files, each with a path of its own.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tree(BTreeMap<FilePath, FileId>);

/// Two files that cannot be in one checkout.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Contradiction {
    /// One path is said to be two different files.
    #[error("two different files are to have the path \"{0}\" in the checkout")]
    TwoFiles(FilePath),
    /// A file is also said to be a folder.
    #[error("\"{0}\" is to be both a file and a folder in the checkout")]
    FileAndFolder(FilePath),
    /// Windows or macOS take two paths for the same.
    #[error(
        "{:?} and {:?} cannot be in one checkout: Windows and macOS take them for the same file; rename one of them",
        .0.as_str(), .1.as_str()
    )]
    Twins(FilePath, FilePath),
}

impl Tree {
    /// All files of a checkout. That one is named twice does no harm.
    pub fn new(files: impl IntoIterator<Item = (FilePath, FileId)>) -> Result<Self, Contradiction> {
        let mut tree = BTreeMap::new();
        for (path, file) in files {
            let other = tree.insert(path.clone(), file);
            if other.is_some_and(|other| other != file) {
                return Err(Contradiction::TwoFiles(path));
            }
        }
        let tree = Self(tree);
        tree.check_twins()?;
        for folder in tree.folders() {
            if let Some(file) = folder.parse().ok().filter(|path| tree.0.contains_key(path)) {
                return Err(Contradiction::FileAndFolder(file));
            }
        }
        Ok(tree)
    }

    fn check_twins(&self) -> Result<(), Contradiction> {
        let mut seen: HashMap<String, &FilePath> = HashMap::with_capacity(self.0.len());
        for path in self.0.keys() {
            if let Some(twin) = seen.insert(folded(path.as_str()), path) {
                return Err(Contradiction::Twins(twin.clone(), path.clone()));
            }
        }
        Ok(())
    }

    /// The files that no Windows host can have: how many, and the first of them with the reason.
    pub(super) fn unknown_to_windows(&self) -> Option<(usize, &FilePath, &'static str)> {
        let paths = self.0.keys();
        let mut unknown = paths.filter_map(|path| Some((path, unknown_to_windows(path.as_str())?)));
        let (first, reason) = unknown.next()?;
        Some((1 + unknown.count(), first, reason))
    }

    /// The folders that the files lie in, each before those in it.
    pub(super) fn folders(&self) -> BTreeSet<&str> {
        self.0.keys().flat_map(FilePath::folders).collect()
    }

    /// The files with their paths.
    pub(super) fn files(&self) -> impl Iterator<Item = (&FilePath, FileId)> {
        self.0.iter().map(|(path, file)| (path, *file))
    }

    /// The files, each once, with one of their paths.
    pub(super) fn contents(&self) -> BTreeMap<FileId, &FilePath> {
        self.files().map(|(path, file)| (file, path)).collect()
    }
}

/// What a link in a checkout contains: the way from its folder to the blob. It is relative, so that the storage may be
/// mounted anywhere.
pub(super) fn link(checkout: &CheckoutPath, path: &FilePath, file: FileId) -> String {
    // Up out of the checkout's folders, those of the file, and the folder of all checkouts.
    let up = "../".repeat(checkout.depth() + path.depth());
    format!("{up}{}/{}", super::STORED, file.blob())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(digit: char) -> FileId {
        FileId::new(&digit.to_string().repeat(64), 1).unwrap()
    }

    fn tree(files: &[(&str, char)]) -> Result<Tree, Contradiction> {
        Tree::new(
            files
                .iter()
                .map(|(path, digit)| (path.parse().unwrap(), file(*digit))),
        )
    }

    #[test]
    fn links_lead_up_and_to_the_blob() {
        let blob = file('a').blob();
        let leads = |checkout: &str, path: &str| {
            link(
                &checkout.parse().unwrap(),
                &path.parse().unwrap(),
                file('a'),
            )
        };
        assert_eq!(
            leads("shot", "a.blend"),
            format!("../../file-store/stored/{blob}")
        );
        assert_eq!(
            leads("2026/été", "tex/wood.png"),
            format!("../../../../file-store/stored/{blob}")
        );
    }

    #[test]
    fn the_same_file_may_be_named_twice_and_have_two_paths() {
        let tree = tree(&[("a", '1'), ("b/c/d", '1'), ("a", '1'), ("b/e", '2')]).unwrap();
        assert_eq!(tree.files().count(), 3);
        assert_eq!(tree.contents().len(), 2);
        assert_eq!(tree.folders().into_iter().collect::<Vec<_>>(), ["b", "b/c"]);
    }

    #[test]
    fn twins_are_refused_and_named() {
        for (one, other) in [
            ("a/Wood.png", "a/wood.png"),
            ("\u{e9}", "e\u{301}"),
            ("Tex/a", "tex/a"),
        ] {
            let message = tree(&[(one, '1'), (other, '1')]).unwrap_err().to_string();
            let names = [one, other].map(|name| format!("{name:?}"));
            assert!(names.iter().all(|name| message.contains(name)), "{message}");
        }
        // Systems that do not tell these folders apart have one folder with both files.
        assert!(tree(&[("Tex/a", '1'), ("tex/b", '1')]).is_ok());
    }

    #[test]
    fn names_that_windows_has_not_are_counted() {
        let odd = tree(&[("a", '1'), ("con", '1'), ("x/a:b", '2')]).unwrap();
        let (count, first, _) = odd.unknown_to_windows().unwrap();
        assert_eq!((count, first.as_str()), (2, "con"));
        assert_eq!(tree(&[("a", '1')]).unwrap().unknown_to_windows(), None);
    }

    #[test]
    fn contradictions_are_found() {
        let path = || "a".parse().unwrap();
        assert_eq!(
            tree(&[("a", '1'), ("a", '2')]),
            Err(Contradiction::TwoFiles(path()))
        );
        for files in [[("a", '1'), ("a/b", '1')], [("a/b/c", '1'), ("a", '2')]] {
            assert_eq!(tree(&files), Err(Contradiction::FileAndFolder(path())));
        }
    }
}
