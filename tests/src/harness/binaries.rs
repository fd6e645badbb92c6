//! Where the programs under test are: beside the test that runs them.

use std::path::PathBuf;

/// The program with this name. It is built by `cargo build --workspace --bins`, as `./farm test` does.
///
/// # Panics
/// If it is not there.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let deps = test.parent().expect("a test is in a folder");
    let folder = if deps.ends_with("deps") || deps.ends_with("examples") {
        deps.parent().expect("these are in a folder")
    } else {
        deps
    };
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is missing: build the programs first, with cargo build --workspace --bins",
        path.display()
    );
    path
}
