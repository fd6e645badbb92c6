//! Programs for tests. They lie ready and are not written by the tests that run them: whoever starts another program
//! at that moment has the file open as well, until that program runs, and a file that is open for writing cannot be
//! run ("text file busy").

use std::path::{Path, PathBuf};

/// The program with this name.
pub(super) fn stand_in(name: &str) -> PathBuf {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    programs.join(name)
}
