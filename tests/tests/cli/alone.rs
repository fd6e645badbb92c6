//! What needs no Manager.

use std::iter::once;
use std::process::Command;

use farandole_tests::harness::binary;
use tempfile::tempdir;

use super::every;
use super::farms::NOBODY;
use super::said::{Names, Said, client};

#[test]
fn what_needs_no_manager_works_without_one() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = client(NOBODY, &["completion", shell]).output().unwrap();
        let said = Said::from(output).ended_with(0);
        assert!(said.out.contains("requeue"), "{shell}");
    }
    let folder = tempdir().unwrap();
    let pages = folder.path().join("man");
    let args = ["man", &pages.to_string_lossy()];
    Said::from(client(NOBODY, &args).output().unwrap()).ended_with(0);
    for page in [
        "farandole.1",
        "farandole-submit.1",
        "farandole-tags-assign.1",
    ] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.starts_with(".ie"), "{page}: {text}");
    }
}

#[test]
fn bash_completes_commands() {
    let script = client(NOBODY, &["completion", "bash"])
        .output()
        .unwrap()
        .stdout;
    let folder = tempdir().unwrap();
    let file = folder.path().join("completion");
    std::fs::write(&file, script).unwrap();
    let typed = [
        "requ",
        "",
        "tags ",
        "jobs --",
        "jobs --status ",
        "worker anna ",
    ];
    let shown = typed.map(|typed| {
        let line = r#". "$1"; COMP_WORDS=("${@:2}"); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            _farandole farandole "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"; printf '  %s\n' "${COMPREPLY[@]}""#;
        let mut bash = Command::new("bash");
        bash.args(["-c", line, "bash"]).arg(&file).arg("farandole");
        bash.args(typed.split(' '));
        let said = Said::from(bash.output().unwrap()).ended_with(0);
        format!("farandole {typed}\n{}", said.out)
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn the_help_of_every_command_is_kept() {
    let names = Names::default();
    let mut shown = Vec::new();
    for command in once(String::new()).chain(every::commands(&[])) {
        let args: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let output = Command::new(binary("farandole"))
            .args(&args)
            // A value that is there would be shown.
            .env_clear()
            .output()
            .unwrap();
        shown.push(names.shown(&args, &Said::from(output)));
    }
    insta::assert_snapshot!(shown.join("\n"));
}
