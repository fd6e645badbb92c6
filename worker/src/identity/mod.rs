//! Who the Worker is to its Manager.

mod credentials_file;
mod directory_lock;
mod entry;
mod recognition;

pub use credentials_file::{CredentialsFile, CredentialsFileFault, new_secret};
pub use directory_lock::{DirectoryLock, DirectoryLockError, Runs};
pub use entry::{Entries, Entry, KnownManager};
pub use recognition::{Recognized, recognize};

/// This host's platform, by the name that Managers know it by.
pub const PLATFORM: &str = if cfg!(target_os = "macos") {
    "darwin"
} else {
    std::env::consts::OS
};
