//! What belongs to a shell: completion and manual pages. Needs no Manager.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Args;
use crate::error::{CliError, Outcome};
use crate::output::{note, print_bytes};

/// Prints what a shell needs to complete commands.
pub(super) fn completion(shell: Shell) -> Outcome<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "farandole", &mut script);
    print_bytes(&script)
}

/// Writes the manual: a page of the whole, and one for each command.
pub(super) fn manual(folder: &Path) -> Outcome<()> {
    let unusable = |error: std::io::Error| {
        CliError::Failed(format!(
            "cannot write the manual to {}: {error}",
            folder.display()
        ))
    };
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let mut command = Args::command();
    command.build();
    clap_mangen::generate_to(command, folder).map_err(unusable)?;
    note(&format!(
        "read it with: man {}/farandole.1",
        folder.display()
    ));
    Ok(())
}
