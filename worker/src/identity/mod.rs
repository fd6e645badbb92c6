//! Who the Worker is to its Manager.

mod credentials_file;
mod directory_lock;

pub use credentials_file::{CredentialsFile, CredentialsFileFault, new_secret};
pub use directory_lock::{DirectoryLock, DirectoryLockError, Runs};
