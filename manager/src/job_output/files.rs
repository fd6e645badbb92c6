//! The list of a job's files, a page at a time: first those below its output folder, then recorded ones that are in
//! other folders of the storage.

use std::path::PathBuf;

use farandole_protocol::api::{JobFile, JobFiles};
use farandole_protocol::ids::JobId;

use super::actor::JobOutputParts;
use super::messages::{ListJobFiles, OutputError};
use crate::shared_storage::{ListElsewhere, ListOutput, OutputPage, OutputPlaces, StorageError};
use crate::store::OutputPlace;

/// From this many files on a page is long enough.
const ENOUGH: usize = 10_000;
/// For one page, this many pages of recorded outputs are read.
const RECORDED_PAGES: usize = 10;

/// Where a page of files begins.
#[derive(Clone, Debug, Eq, PartialEq)]
enum FilePlace {
    /// After this path below the output folder; at the beginning if it is empty.
    Folder(String),
    /// Among the recorded outputs, after this one; at the first one if there is none.
    Recorded(Option<OutputPlace>),
}

impl FilePlace {
    fn read(text: &str) -> Option<Self> {
        let (kind, place) = text.split_once(':')?;
        match kind {
            "folder" => Some(Self::Folder(place.to_owned())),
            "recorded" if place.is_empty() => Some(Self::Recorded(None)),
            "recorded" => OutputPlace::read(place).map(|place| Self::Recorded(Some(place))),
            _ => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Folder(path) => format!("folder:{path}"),
            Self::Recorded(None) => "recorded:".to_owned(),
            Self::Recorded(Some(OutputPlace { index, path })) => format!("recorded:{index}:{path}"),
        }
    }
}

impl JobOutputParts {
    /// A page of the files of a job.
    pub(super) async fn list(&self, order: ListJobFiles) -> Result<JobFiles, OutputError> {
        let ListJobFiles { job, after } = order;
        let place = match &after {
            None => FilePlace::Folder(String::new()),
            Some(text) => {
                FilePlace::read(text).ok_or_else(|| OutputError::UnknownPlace(text.clone()))?
            }
        };
        let places = self.folders(job).await?;
        let (mut page, recorded) = match place {
            FilePlace::Folder(path) => self.list_folder(places.clone(), path).await?,
            FilePlace::Recorded(place) => (Listed::default(), Recorded::From(place)),
        };
        if let Recorded::From(place) = recorded {
            self.add_recorded(job, &places, place, &mut page).await?;
        }
        match page.outside {
            // What lies elsewhere is only told of when there is nothing else to tell.
            Some(outside) if page.files.is_empty() && page.next.is_none() => Err(outside.into()),
            _ => Ok(page.into_api()),
        }
    }

    async fn list_folder(
        &self,
        places: OutputPlaces,
        after: String,
    ) -> Result<(Listed, Recorded), OutputError> {
        let list = ListOutput { places, after };
        let mut listed = Listed::default();
        match self.shared_storage.ask(list).await? {
            Ok(OutputPage {
                files,
                next,
                left_out,
            }) => {
                listed.files = files;
                listed.left_out = left_out;
                listed.next = next.map(FilePlace::Folder);
            }
            Err(outside @ StorageError::Outside(_)) => listed.outside = Some(outside),
            Err(error) => return Err(error.into()),
        }
        let recorded = if listed.next.is_some() {
            Recorded::Later
        } else {
            Recorded::From(None)
        };
        Ok((listed, recorded))
    }

    /// Adds recorded outputs from this place on until the page is long enough.
    async fn add_recorded(
        &self,
        job: JobId,
        places: &OutputPlaces,
        mut after: Option<OutputPlace>,
        page: &mut Listed,
    ) -> Result<(), OutputError> {
        for _ in 0..RECORDED_PAGES {
            if page.files.len() >= ENOUGH {
                break;
            }
            let outputs = self.page(job, after, "").await?;
            let paths = outputs.outputs.into_iter().map(|it| it.output.path);
            let places = OutputPlaces {
                recorded: paths.map(PathBuf::from).collect(),
                ..places.clone()
            };
            let found = self.shared_storage.ask(ListElsewhere { places }).await??;
            page.files.extend(found);
            after = outputs.next.as_deref().and_then(OutputPlace::read);
            if after.is_none() {
                return Ok(());
            }
        }
        page.next = Some(FilePlace::Recorded(after));
        Ok(())
    }
}

/// Which recorded outputs belong on a page.
enum Recorded {
    From(Option<OutputPlace>),
    Later,
}

/// A page in the making.
#[derive(Debug, Default)]
struct Listed {
    files: Vec<JobFile>,
    next: Option<FilePlace>,
    left_out: u64,
    /// That the output folder is not in the storage.
    outside: Option<StorageError>,
}

impl Listed {
    fn into_api(mut self) -> JobFiles {
        self.files.sort();
        self.files.dedup_by(|next, kept| next.path == kept.path);
        JobFiles {
            files: self.files,
            next: self.next.map(|place| place.text()),
            left_out: self.left_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_other_texts_are_none() {
        let recorded = |index, path: &str| {
            FilePlace::Recorded(Some(OutputPlace {
                index,
                path: path.to_owned(),
            }))
        };
        for place in [
            FilePlace::Folder("a:b/c".to_owned()),
            FilePlace::Recorded(None),
            recorded(7, "{jobs}/a:b.png"),
        ] {
            assert_eq!(FilePlace::read(&place.text()), Some(place));
        }
        for text in ["", "a", "files:a", "recorded:x", "recorded:x:y"] {
            assert_eq!(FilePlace::read(text), None, "{text}");
        }
    }
}
