//! Pure: the files of a checkout, and the links that they become.

use std::collections::{BTreeMap, BTreeSet};

use super::file_id::FileId;
use super::paths::{CheckoutPath, FilePath};

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
        for folder in tree.folders() {
            if let Some(file) = folder.parse().ok().filter(|path| tree.0.contains_key(path)) {
                return Err(Contradiction::FileAndFolder(file));
            }
        }
        Ok(tree)
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
