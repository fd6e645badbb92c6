//! What can be asked of the SharedStorage.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use bytesize::ByteSize;
use farandole_protocol::api::{JobFile, Upload};

use super::upload_id::{InvalidFileName, UploadId};
use crate::ask::Order;
use crate::disk::is_full;

/// Why a file is not taken or given.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The Manager does not know where frames go.
    #[error("this Manager has no shared storage; set shared_storage_path")]
    NoStorage,
    /// The name leads nowhere.
    #[error(transparent)]
    BadName(#[from] InvalidFileName),
    /// There is no such upload.
    #[error("there is no such upload")]
    UnknownUpload,
    /// What is sent does not begin where the file ends.
    #[error("the upload has {present} bytes, and goes on from there")]
    OtherOffset {
        /// The bytes that are there.
        present: u64,
    },
    /// All of it is there.
    #[error("the upload is complete")]
    Complete,
    /// Somebody else is at it.
    #[error("somebody else is writing to this upload")]
    Busy,
    /// More than is allowed.
    #[error("an upload may have {0} at most; the setting upload_limit says so")]
    TooLarge(ByteSize),
    /// Another number of bytes than was announced.
    #[error("{announced} bytes were announced, and the upload has {present}")]
    OtherLength {
        /// What was said.
        announced: u64,
        /// What is there.
        present: u64,
    },
    /// No room.
    #[error("the shared storage is full")]
    Full,
    /// The output folder is not in the storage.
    #[error(
        "the output folder {0} is not in the shared storage, and what lies elsewhere is not shown"
    )]
    Outside(PathBuf),
    /// There is no such file.
    #[error("there is no such file")]
    NoFile,
    /// Something else went wrong.
    #[error("the shared storage cannot be used: {0}")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) {
            Self::Full
        } else {
            Self::Failed(error)
        }
    }
}

/// An upload that is being written, by whoever has this and nobody else.
#[derive(Debug)]
pub struct Writing {
    /// Which one.
    pub id: UploadId,
    /// Its file, locked, to be written to at its end.
    pub file: File,
    /// The bytes that are there.
    pub offset: u64,
    /// The bytes that may be there in the end.
    pub limit: ByteSize,
}

/// A new upload. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct BeginUpload {
    /// The file's name.
    pub name: String,
    /// Its size in bytes, if that is known.
    pub length: Option<u64>,
}

impl Order for BeginUpload {
    type Reply = Result<Writing, StorageError>;
}

/// More bytes for an upload. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct ContinueUpload {
    /// Its id.
    pub id: String,
    /// Where they belong.
    pub offset: u64,
    /// The size in bytes that it will have, if that is known.
    pub length: Option<u64>,
}

impl Order for ContinueUpload {
    type Reply = Result<Writing, StorageError>;
}

/// What was sent has been written: it is brought onto the disk. From the HTTP edge.
#[derive(Debug)]
pub struct PauseUpload {
    /// What was written to.
    pub writing: Writing,
    /// Whether that is all; then the file gets its name.
    pub complete: bool,
    /// The size in bytes that was announced, if it was.
    pub length: Option<u64>,
}

impl Order for PauseUpload {
    type Reply = Result<Upload, StorageError>;
}

/// How far an upload has come. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct FindUpload {
    /// Its id.
    pub id: String,
}

impl Order for FindUpload {
    type Reply = Result<Upload, StorageError>;
}

/// An upload that is not complete is given up. From the HTTP edge.
#[derive(Clone, Debug)]
pub struct DiscardUpload {
    /// Its id.
    pub id: String,
}

impl Order for DiscardUpload {
    type Reply = Result<(), StorageError>;
}

/// Where the files of a job are.
#[derive(Clone, Debug, Default)]
pub struct OutputPlaces {
    /// The output folder, if the job has one.
    pub folder: Option<PathBuf>,
    /// The folder of the .blend file, if the job has one. Files of the compositor are often below it.
    pub beside: Option<PathBuf>,
    /// The recorded outputs. Those that are not below the output folder are the job's files, too.
    pub recorded: Vec<PathBuf>,
}

/// A page of the files below the output folder of a job. From JobOutput.
#[derive(Clone, Debug)]
pub struct ListOutput {
    /// Where they are, by absolute paths.
    pub places: OutputPlaces,
    /// After which path the page begins; empty for the first one.
    pub after: String,
}

impl Order for ListOutput {
    type Reply = Result<OutputPage, StorageError>;
}

/// A page of the files below an output folder.
#[derive(Clone, Debug, Default)]
pub struct OutputPage {
    /// In the order of their paths.
    pub files: Vec<JobFile>,
    /// After which path the next page begins; nothing if there is none.
    pub next: Option<String>,
    /// How many folders lie too deep to be listed.
    pub left_out: u64,
}

/// Those of the recorded outputs that are files in other folders of the storage than the output folder. From JobOutput.
#[derive(Clone, Debug)]
pub struct ListElsewhere {
    /// Where the files are, by absolute paths.
    pub places: OutputPlaces,
}

impl Order for ListElsewhere {
    type Reply = Result<Vec<JobFile>, StorageError>;
}

/// A file of a job. From JobOutput.
#[derive(Clone, Debug)]
pub struct OpenOutput {
    /// Where the files are, by absolute paths.
    pub places: OutputPlaces,
    /// The file's path, as [`ListOutput`] gives it.
    pub path: String,
}

impl Order for OpenOutput {
    type Reply = Result<File, StorageError>;
}

/// The content of the file that tells the storage from any other folder. It is made if there is none. From
/// WorkerConditions.
#[derive(Clone, Copy, Debug)]
pub struct FindMarker;

impl Order for FindMarker {
    type Reply = Result<String, StorageError>;
}

/// Uploads that nobody went on with for long are removed. A tick of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct RemoveAbandoned;

impl Order for RemoveAbandoned {
    type Reply = ();
}
