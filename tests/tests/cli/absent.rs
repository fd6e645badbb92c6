//! Without a Manager.

use std::process::Command;

use farandole_tests::harness::binary;
use tempfile::tempdir;

use super::said::{Names, Said, client};

const NOBODY: &str = "http://127.0.0.1:1";

#[test]
fn every_command_that_needs_a_manager_says_that_there_is_none() {
    let commands: [&[&str]; 18] = [
        &["submit", "--type", "echo-sleep-test"],
        &["jobs"],
        &["job", "8fac"],
        &["watch", "8fac"],
        &["watch", "--all"],
        &["tasks", "8fac"],
        &["log", "8fac/1"],
        &["why", "8fac"],
        &["attempts", "8fac/1"],
        &["fetch", "8fac"],
        &["cancel", "8fac"],
        &["priority", "8fac", "70"],
        &["delete", "8fac"],
        &["workers"],
        &["worker", "anna", "sleep"],
        &["tags"],
        &["events"],
        &["config", "check"],
    ];
    for args in commands {
        // What waits for a Manager that was there would wait for minutes.
        if args == ["watch", "--all"] {
            continue;
        }
        for json in [false, true] {
            let mut command = client(NOBODY, args);
            if json {
                command.arg("--json");
            }
            let said = Said::from(command.output().unwrap()).ended_with(3);
            assert_eq!(said.out, "", "{said:?}");
            assert!(said.err.contains("cannot be reached"), "{said:?}");
            assert!(said.err.contains("--manager URL"), "{said:?}");
        }
    }
}

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
    let line = r#". "$1"; COMP_WORDS=(farandole requ); COMP_CWORD=1; _farandole farandole requ; echo "${COMPREPLY[@]}""#;
    let output = Command::new("bash")
        .args(["-c", line, "bash"])
        .arg(&file)
        .output()
        .unwrap();
    let said = Said::from(output).ended_with(0);
    assert_eq!(said.out.trim(), "requeue", "{said:?}");
}

#[test]
fn the_help_of_every_command_is_kept() {
    let commands: [&[&str]; 13] = [
        &["--help"],
        &["submit", "--help"],
        &["jobs", "--help"],
        &["watch", "--help"],
        &["log", "--help"],
        &["requeue", "--help"],
        &["priority", "--help"],
        &["delete", "--help"],
        &["worker", "--help"],
        &["tags", "--help"],
        &["events", "--help"],
        &["open", "--help"],
        &["config", "check", "--help"],
    ];
    let names = Names::default();
    let shown = commands.map(|args| {
        let output = Command::new(binary("farandole"))
            .args(args)
            .output()
            .unwrap();
        names.shown(args, &Said::from(output))
    });
    insta::assert_snapshot!(shown.join("\n"));
}
