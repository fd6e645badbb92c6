//! The session in the README is one that really happens.

use std::path::Path;
use std::process::Command;

use farandole_tests::harness::{Manager, ManagerOptions, Worker, WorkerOptions, binary};
use regex::Regex;
use tempfile::tempdir;

use super::said::{Names, Said, client};

/// A command of the session, and the lines that it printed; `…` stands for lines that are left out.
struct Step {
    command: String,
    lines: Vec<String>,
}

/// The session as the README has it.
fn session() -> Vec<Step> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let block = readme
        .split("```console\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => steps.push(Step {
                command: command.to_owned(),
                lines: Vec::new(),
            }),
            None => steps
                .last_mut()
                .unwrap()
                .lines
                .push(line.trim_end().to_owned()),
        }
    }
    steps
}

/// The lines as they are each time, without what stands for others.
fn normal(lines: &[String], job: &str, folder: &str) -> Vec<String> {
    let mut names = Names::default();
    names.add(job, "job");
    names.add_text(folder, "folder");
    let lengths = Regex::new(r"\b\d+ (s|min)( \d+ s)?\b").unwrap();
    let text = names.redact(&lines.join("\n"));
    let text = lengths.replace_all(&text, "[length]");
    let text = Regex::new(r"\bpid=\d+").unwrap().replace_all(&text, "pid");
    text.lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Whether the lines are these, where `…` stands for any number of them.
fn fits(lines: &[String], expected: &[String]) -> bool {
    match (expected.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((one, rest)), _) if one == "…" => {
            fits(lines, rest)
                || lines
                    .split_first()
                    .is_some_and(|(_, more)| fits(more, expected))
        }
        (Some((one, rest)), Some((line, more))) => one == line && fits(more, rest),
        _ => false,
    }
}

#[test]
fn the_session_in_the_readme_happens_like_that() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let _worker = Worker::start(WorkerOptions::below(folder.path(), "anna", &manager.url()));
    manager.api().wait_for_workers(1);
    let storage = &manager.options.storage;
    make_scene(storage);

    let steps = session();
    let told = steps[0].lines[0].clone();
    let mut job = String::new();
    for step in &steps {
        let command = step
            .command
            .replace(&told[..8], job.get(..8).unwrap_or("-"));
        let args: Vec<&str> = command
            .split_whitespace()
            .skip(1)
            .map(|arg| arg.trim_matches('\''))
            .collect();
        let output = client(&manager.url(), &args).current_dir(storage).output();
        let said = Said::from(output.unwrap()).ended_with(0);
        let text = said.out.clone() + &said.err;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if job.is_empty() {
            lines[0].clone_into(&mut job);
        }
        let here = storage.to_string_lossy();
        let (lines, expected) = (
            normal(&lines, &job, &here),
            normal(&step.lines, &told, "/mnt/farm"),
        );
        assert!(
            fits(&lines, &expected),
            "{}\n{text}\n{lines:#?}\n{expected:#?}",
            step.command
        );
    }
    assert!(binary("farandole").is_file() && storage.join("frames").is_dir());
}

/// The demo's scene, small.
pub(crate) fn make_scene(folder: &Path) {
    let script = "import bpy, sys\n\
        scene = bpy.context.scene\n\
        scene.render.engine = 'CYCLES'\n\
        scene.cycles.samples = 1\n\
        scene.cycles.use_denoising = False\n\
        scene.render.resolution_x = scene.render.resolution_y = 64\n\
        scene.frame_end = 48\n\
        bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1])";
    let output = Command::new("blender")
        .args([
            "--background",
            "--factory-startup",
            "--python-exit-code",
            "1",
            "--python-expr",
            script,
            "--",
        ])
        .arg(folder.join("shot.blend"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}
