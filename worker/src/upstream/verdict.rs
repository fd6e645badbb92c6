//! What the Manager's answer to an update means.

use std::time::Duration;

use farandole_protocol::client::ClientError;

/// What becomes of an update that was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// The Manager has it.
    Delivered,
    /// The Manager will never take it.
    Dropped,
    /// The Manager takes nothing of this task from us any more.
    Lost,
    /// The Manager does not know us; it will when we have signed on again.
    UnknownWorker,
    /// Later, perhaps; after this time if the Manager named one.
    Later(Option<Duration>),
}

pub(super) fn verdict(result: &Result<(), ClientError>) -> Verdict {
    match result {
        Ok(()) => Verdict::Delivered,
        Err(ClientError::Refused { status, retry_after, .. }) => match status {
            400 | 413 => Verdict::Dropped,
            404 | 409 => Verdict::Lost,
            403 => Verdict::UnknownWorker,
            _ => Verdict::Later(*retry_after),
        },
        Err(ClientError::Unreachable(_) | ClientError::NotUnderstood(_)) => Verdict::Later(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_final_no_loses_an_update() {
        let refused = |status| ClientError::Refused { status, message: String::new(), retry_after: None };
        assert_eq!(verdict(&Ok(())), Verdict::Delivered);
        for (status, expected) in [
            (400, Verdict::Dropped),
            (413, Verdict::Dropped),
            (404, Verdict::Lost),
            (409, Verdict::Lost),
            (403, Verdict::UnknownWorker),
            (401, Verdict::Later(None)),
            (429, Verdict::Later(None)),
            (500, Verdict::Later(None)),
            (503, Verdict::Later(None)),
        ] {
            assert_eq!(verdict(&Err(refused(status))), expected, "{status}");
        }
        assert_eq!(verdict(&Err(ClientError::Unreachable("gone".into()))), Verdict::Later(None));
        assert_eq!(verdict(&Err(ClientError::NotUnderstood(String::new()))), Verdict::Later(None));
    }
}
