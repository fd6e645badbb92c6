//! What a Worker proves itself with.

use std::fmt;

use crate::ids::WorkerId;

/// A Worker's id and the secret it chose at its registration; sent as HTTP Basic authentication.
#[derive(Clone, Eq, PartialEq)]
pub struct Credentials {
    /// The Worker, which is its user name.
    pub worker_id: WorkerId,
    /// Its secret, which is its password.
    pub secret: String,
}

/// Hides the secret, so that it cannot end in a log.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("worker_id", &self.worker_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_not_printed() {
        let credentials = Credentials {
            worker_id: WorkerId::random(),
            secret: "hidden".to_owned(),
        };
        assert!(!format!("{credentials:?}").contains("hidden"));
    }
}
