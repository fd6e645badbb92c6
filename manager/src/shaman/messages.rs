//! What can be asked of the Shaman.

use std::io;

use bytesize::ByteSize;
use farandole_protocol::api::ShamanFileStatus;

use super::file_id::{FileId, InvalidFileId};
use super::garbage::GarbageReport;
use super::incoming::Incoming;
use super::paths::{CheckoutPath, FilePath, InvalidPath};
use super::tree::{Contradiction, Tree};
use crate::ask::Order;
use crate::disk::is_full;

/// Why files are not taken, or not checked out.
#[derive(Debug, thiserror::Error)]
pub enum ShamanError {
    /// It is not wanted.
    #[error("this manager takes no files: its Shaman storage is switched off; set shaman.enabled")]
    SwitchedOff,
    /// There is no place for it.
    #[error("this manager has no shared storage yet to keep files in; set shared_storage_path")]
    NoStorage,
    /// What names a file is not what does.
    #[error(transparent)]
    BadFile(#[from] InvalidFileId),
    /// A path leads nowhere, or elsewhere.
    #[error(transparent)]
    BadPath(#[from] InvalidPath),
    /// The files of a checkout do not go together.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// Files are not stored that are to be checked out.
    #[error(
        "{count} files of the checkout are not stored, among them \"{first}\"; send them first"
    )]
    Missing {
        /// How many.
        count: usize,
        /// The path of one of them.
        first: FilePath,
    },
    /// No name that is like what was asked for is free.
    #[error("there is a checkout \"{0}\" already, and many like it; choose another name")]
    NoFreeName(CheckoutPath),
    /// More than is allowed.
    #[error("a file may have {0} at most; the setting upload_limit says so")]
    TooLarge(ByteSize),
    /// Not as long as was said.
    #[error("the file is not the one that was announced: {announced} bytes, but {received} came")]
    OtherSize {
        /// What was said.
        announced: u64,
        /// What came, or as much of it as was looked at.
        received: u64,
    },
    /// Other contents than was said.
    #[error("the file is not the one that was announced: {announced}, but its checksum is {found}")]
    OtherContents {
        /// What was said.
        announced: FileId,
        /// The checksum of what came.
        found: super::file_id::Checksum,
    },
    /// No room.
    #[error("the shared storage is full")]
    Full,
    /// Something else went wrong.
    #[error("the shared storage cannot be used: {0}")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for ShamanError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) {
            Self::Full
        } else {
            Self::Failed(error)
        }
    }
}

/// Which of these files are not stored, in the same order, each contents once. From the HTTP edge. Those that are
/// stored count as used now.
#[derive(Clone, Debug)]
pub struct FindMissing {
    /// The files and what they are called, which is only repeated.
    pub files: Vec<(FileId, String)>,
}

impl Order for FindMissing {
    type Reply = Result<Vec<MissingFile>, ShamanError>;
}

/// A file that is not stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MissingFile {
    /// Which.
    pub file: FileId,
    /// What it is called.
    pub path: String,
    /// Whether somebody is sending it.
    pub status: ShamanFileStatus,
}

/// Whether a file is stored, or somebody is sending it. From the HTTP edge.
#[derive(Clone, Copy, Debug)]
pub struct FindFile(pub FileId);

impl Order for FindFile {
    type Reply = Result<ShamanFileStatus, ShamanError>;
}

/// Somebody begins to send a file. From the HTTP edge. One that is stored is not taken again, and counts as used now.
#[derive(Clone, Copy, Debug)]
pub struct BeginFile {
    /// Which.
    pub file: FileId,
    /// How many bytes will come, if that is known.
    pub length: Option<u64>,
}

impl Order for BeginFile {
    type Reply = Result<Option<Incoming>, ShamanError>;
}

/// All of a file was sent. From the HTTP edge. It is stored if it is the one that was announced, and on the disk
/// before that is told.
#[derive(Debug)]
pub struct StoreFile(pub Incoming);

impl Order for StoreFile {
    type Reply = Result<Stored, ShamanError>;
}

/// What became of a file that was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stored {
    /// It is stored.
    Now,
    /// Somebody else was faster.
    Already,
}

/// A folder is made with a link for each file. From the HTTP edge. Answers with the folder's path, which is another
/// than asked for if that is taken. After an error there is nothing of it.
#[derive(Clone, Debug)]
pub struct MakeCheckout {
    /// Where.
    pub path: CheckoutPath,
    /// What.
    pub files: Tree,
}

impl Order for MakeCheckout {
    type Reply = Result<CheckoutPath, ShamanError>;
}

/// A job's checkout is removed, with all that was put into it later. From the JobDeleter, which sees to it that no
/// other job has the same. Whatever the text is: nothing but one whole checkout is ever removed, and no stored file.
/// An error is one of the storage, and worth a try later.
#[derive(Clone, Debug)]
pub struct EraseCheckout {
    /// The job's `shaman_checkout_id`: the path that [`MakeCheckout`] gave, or anything that a client made up.
    pub checkout: String,
}

impl Order for EraseCheckout {
    type Reply = Result<Erased, ShamanError>;
}

/// What became of a checkout. After all of these there is nothing more to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Erased {
    /// It is gone.
    Gone,
    /// There is none with this path.
    NotThere,
    /// Something else has this path, which stays: a folder of checkouts, a part of one, or nothing that could be one.
    NotACheckout,
    /// The Shaman is switched off, or there is no shared storage: nothing is touched.
    SwitchedOff,
}

/// Stored files that are old and that no checkout links to are removed, or only counted. A tick of its own, and from
/// tests.
#[derive(Clone, Copy, Debug)]
pub struct CollectGarbage;

impl Order for CollectGarbage {
    type Reply = Result<GarbageReport, ShamanError>;
}

/// What was left by a crash is removed. A tick of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct TidyUp;

impl Order for TidyUp {
    type Reply = ();
}

/// An upload has ended, well or not: its temporary file is not needed. From whoever received it.
#[derive(Clone, Debug, actix::Message)]
#[rtype(result = "()")]
pub struct UploadEnded(pub(super) String);
