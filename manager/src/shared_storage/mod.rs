//! SharedStorage: files on their way into the shared storage, and out of it.
//!
//! Uploads go to `submitted/<time>-<name>/<name>` and nowhere else; until one is complete its file ends with `.part`,
//! so that nobody takes a piece for the whole. What is told to be there is on the disk. Of what jobs made, only what
//! lies below a job's output folder can be seen, and files that were recorded as outputs of the job. No path leads out of these folders, whatever it looks like and
//! whatever links there are: the folders are opened first, and all else relative to them (cap-std).
//!
//! Files are opened here, on threads of its own; their bytes are carried by the HTTP edge. It asks nobody.

mod actor;
mod handle;
mod listing;
mod marker;
mod messages;
mod output;
mod upload_id;
mod uploads;

pub use actor::SharedStorageFiles;
pub use handle::SharedStorage;
pub use messages::{
    BeginUpload, ContinueUpload, DiscardUpload, FindMarker, FindUpload, ListElsewhere, ListOutput,
    OpenOutput, OutputPage, OutputPlaces, PauseUpload, StorageError, Writing,
};
