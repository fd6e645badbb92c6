//! Shaman: the files of jobs, sent once each, known by their contents, and checked out under paths as links.
//!
//! ```text
//! <shared storage>/
//!   file-store/stored/<2 digits>/<62 digits>/<size>.blob   what was sent, read-only
//!   file-store/uploading/<64 digits>-<size>-<random>.tmp   what is being sent, locked by whoever receives it
//!   file-store/checkouts/<SHA-256 of its path>             one file per checkout that was made here, with its path
//!   jobs/<checkout>/<path>                                 relative links to what is stored
//! ```
//!
//! Nobody waits for anybody: who sends what others are sending, too, has a file of their own, and the first who is done
//! wins. No lock decides what is removed. A stored file is *touched* before and after a link to it is made, and a sweep
//! moves a file aside, looks at its time once more, and puts it back if it was touched; a checkout looks at the end
//! whether all its files are still in their places. So whatever the order, nothing that is linked goes. A checkout is
//! written down before its folder is made, and no folder is made in one that was written down: so each is whole, its
//! own, and can be erased without harm to another.
//!
//! A stored file that was changed by somebody else is noticed when it is used next: its contents are summed up again
//! whenever it does not look as it did (`verified.rs`). It is moved aside, and has to be sent again.
//!
//! Nobody has to prove who they are, as in the reference: whoever reaches the Manager can store files and check them
//! out. All paths are opened relative to the folders above, and none leads out of them (cap-std).
//!
//! Files are opened here, on threads of its own; their bytes are carried by the HTTP edge. It asks nobody.

mod messages;

mod file_id;
mod garbage;
mod paths;
mod tree;

mod blobs;
mod checkouts;
mod disk;
mod erasing;
mod incoming;
mod sweep;
mod verified;

mod actor;
mod handle;

pub use actor::ShamanFiles;
pub use file_id::{Checksum, FileId, InvalidFileId};
pub use garbage::GarbageReport;
pub use handle::Shaman;
pub use incoming::{Incoming, Progress};
pub use messages::{
    BeginFile, CollectGarbage, EraseCheckout, Erased, FindFile, FindMissing, MakeCheckout,
    MissingFile, ShamanError, StoreFile, Stored, UploadEnded,
};
pub use paths::{CheckoutPath, FilePath, InvalidPath};
pub use sweep::{Sweeping, sweep};
pub use tree::{Contradiction, Tree};

/// Where checkouts are, below the shared storage.
pub(crate) const CHECKOUTS: &str = "jobs";
/// Where stored files are, below the shared storage.
const STORED: &str = "file-store/stored";
/// Where files are that are being sent.
const UPLOADING: &str = "file-store/uploading";
/// Where it is written down which checkouts were made.
const RECORDS: &str = "file-store/checkouts";

#[cfg(test)]
mod tests;
