//! Who the Worker is to its Manager.

mod credentials_file;

pub use credentials_file::{CredentialsFile, CredentialsFileFault, new_secret};
