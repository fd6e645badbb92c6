//! Why a file could not be read to its end as a picture.

use std::io;

/// Why a file did not turn out to be a whole picture. The texts are clauses such as "it ends too early".
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum NotWholeError {
    /// The file itself is cut off or damaged.
    Broken(String),
    /// Nothing can be said about the file.
    Unknown(String),
}

impl NotWholeError {
    /// The file is damaged in this way.
    pub(crate) fn broken(why: impl Into<String>) -> Self {
        Self::Broken(why.into())
    }

    /// Nothing can be said, for this reason.
    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown(why.into())
    }

    /// The file is shorter than it must be.
    pub(crate) fn cut_off() -> Self {
        Self::broken("it ends too early")
    }

    /// A decoder complains about the content.
    pub(crate) fn damaged(why: impl std::fmt::Display) -> Self {
        Self::broken(format!("it is damaged: {why}"))
    }

    /// The picture would take more memory or time than a check is worth.
    pub(crate) fn too_large() -> Self {
        Self::unknown("it is too large to be checked")
    }

    /// The picture uses something that the decoder does not know.
    pub(crate) fn unsupported(why: impl std::fmt::Display) -> Self {
        Self::unknown(format!("it cannot be decoded here: {why}"))
    }
}

impl From<io::Error> for NotWholeError {
    /// Errors of the operating system say something about the storage. All others come from a decoder, and say
    /// something about the content.
    fn from(error: io::Error) -> Self {
        let is_content = matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        );
        if error.raw_os_error().is_some() {
            Self::unknown(format!("it cannot be read: {error}"))
        } else if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::cut_off()
        } else if is_content {
            Self::damaged(error)
        } else {
            Self::unknown(format!("it cannot be read: {error}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_with_the_storage_is_not_the_fault_of_the_picture() {
        const STALE_FILE_HANDLE: i32 = 116;
        for error in [
            io::Error::from_raw_os_error(STALE_FILE_HANDLE),
            io::ErrorKind::PermissionDenied.into(),
            io::ErrorKind::TimedOut.into(),
        ] {
            assert!(matches!(error.into(), NotWholeError::Unknown(_)));
        }
        for kind in [io::ErrorKind::UnexpectedEof, io::ErrorKind::InvalidData] {
            let error = io::Error::from(kind);
            assert!(matches!(error.into(), NotWholeError::Broken(_)), "{kind}");
        }
    }
}
