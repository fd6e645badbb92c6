//! Files of gigabytes, over a line that is cut again and again: they arrive whole, and the Manager does not grow.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start processes"
)]

mod scissors;

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use farandole_tests::harness::{Manager, ManagerOptions, binary};
use scissors::Scissors;
use tempfile::tempdir;

/// How large the file is. Only how long the test takes depends on it: five times as much was tried, too.
const SIZE: u64 = 1 << 30;
/// How often each way is cut.
const CUTS: u32 = 10;
/// Each piece of so many bytes begins with its own number, by which a piece in a wrong place is seen.
const PIECE: u64 = 1 << 20;
/// What the Manager may use more than before its first job, in KiB: an eighth of the file. Most of it is what a first
/// job needs anyhow, the engine for its script above all.
const GROWTH: u64 = 128 << 10;

#[test]
fn gigabytes_pass_in_constant_memory_and_go_on_wherever_they_were_cut() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let api = manager.api();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    let scene = home.join("large.blend");
    write_large_scene(&scene);
    let before = peak_memory(&manager);

    let up = Scissors::between(manager.port(), SIZE / 16, CUTS);
    let job = farandole(
        &up,
        &home,
        &["submit", "large.blend", "--upload", "--paused"],
    );
    assert_eq!(up.cuts(), CUTS, "the upload was cut");
    let settings = &api.job(&job)["settings"];
    let storage = &manager.options.storage;
    let stored = within(storage, settings["blendfile"].as_str().unwrap());
    assert_same(&stored, &scene);

    // As if it were what the job made.
    let output = within(storage, settings["render_output_path"].as_str().unwrap());
    let output = output.parent().unwrap();
    fs::create_dir_all(output).unwrap();
    fs::rename(&stored, output.join("large.exr")).unwrap();
    let down = Scissors::between(manager.port(), SIZE / 16, CUTS);
    farandole(&down, &home, &["fetch", &job, "fetched"]);
    assert_eq!(down.cuts(), CUTS, "the download was cut");
    assert_same(&home.join("fetched/large.exr"), &scene);

    let grown = peak_memory(&manager) - before;
    assert!(grown < GROWTH, "the manager grew by {grown} KiB");
}

fn farandole(line: &Scissors, home: &Path, args: &[&str]) -> String {
    let output = Command::new(binary("farandole"))
        .current_dir(home)
        .args(["--manager", &line.url()])
        .args(args)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "farandole {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A scene of Blender's, with much behind its end that Blender does not care for.
fn write_large_scene(path: &Path) {
    let script = "import bpy, sys; bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1])";
    let made = Command::new("blender")
        .args(["--background", "--factory-startup", "--python-expr", script])
        .arg("--")
        .arg(path)
        .output()
        .unwrap();
    assert!(path.is_file(), "{}", String::from_utf8_lossy(&made.stdout));
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    for piece in length.div_ceil(PIECE)..SIZE / PIECE {
        file.seek(SeekFrom::Start(piece * PIECE)).unwrap();
        file.write_all(&piece.to_le_bytes()).unwrap();
    }
    file.set_len(SIZE).unwrap();
}

/// Where a path of the job's is on this side.
fn within(storage: &Path, path: &str) -> PathBuf {
    match path.strip_prefix("{jobs}/") {
        Some(below) => storage.join("jobs").join(below),
        None => storage.join(path),
    }
}

#[track_caller]
fn assert_same(one: &Path, other: &Path) {
    let (mut left, mut right) = (File::open(one).unwrap(), File::open(other).unwrap());
    assert_eq!(left.metadata().unwrap().len(), SIZE, "{}", one.display());
    let size = usize::try_from(PIECE).unwrap();
    let (mut here, mut there) = (vec![0; size], vec![0; size]);
    for piece in 0..SIZE / PIECE {
        left.read_exact(&mut here).unwrap();
        right.read_exact(&mut there).unwrap();
        assert!(here == there, "MiB {piece} of {}", one.display());
    }
}

/// The most memory that the Manager ever used, in KiB.
fn peak_memory(manager: &Manager) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", manager.process.pid())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
