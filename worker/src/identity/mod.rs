//! Who the Worker is to its Manager.

mod credentials_file;
mod directory_lock;

pub use credentials_file::{CredentialsFile, CredentialsFileFault, new_secret};
pub use directory_lock::{DirectoryLock, DirectoryLockError, Runs};

/// This host's platform, by the name that Managers know it by.
pub const PLATFORM: &str = if cfg!(target_os = "macos") {
    "darwin"
} else {
    std::env::consts::OS
};
