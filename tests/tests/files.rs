//! Files on their way to the farm and back, as a person brings them: with `farandole` and real Blender, from a folder
//! that no Worker sees.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start processes"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use farandole_tests::harness::{Manager, ManagerOptions, Worker, WorkerOptions, binary};
use tempfile::{TempDir, tempdir};

/// A farm, and a person's own folder.
struct Studio {
    folder: TempDir,
    manager: Manager,
    _worker: Worker,
}

impl Studio {
    fn open() -> Self {
        let folder = tempdir().unwrap();
        let manager = Manager::start(ManagerOptions::below(folder.path()));
        let worker = Worker::start(WorkerOptions::below(folder.path(), "anna", &manager.url()));
        fs::create_dir_all(folder.path().join("home/textures")).unwrap();
        Self {
            folder,
            manager,
            _worker: worker,
        }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A scene with a texture and a linked material, in the person's folder.
    fn textured_scene(&self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/textured.py");
        let output = Command::new("blender")
            .args([
                "--background",
                "--factory-startup",
                "--python-exit-code",
                "1",
                "--python",
            ])
            .arg(script)
            .arg("--")
            .arg(self.home())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }

    fn farandole(&self, args: &[&str]) -> Output {
        let mut command = Command::new(binary("farandole"));
        command
            .current_dir(self.home())
            .args(["--manager", &self.manager.url()]);
        command.args(args).output().unwrap()
    }

    #[track_caller]
    fn farandole_well(&self, args: &[&str]) -> String {
        let output = self.farandole(args);
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn a_scene_is_packed_rendered_elsewhere_and_comes_back() {
    let studio = Studio::open();
    studio.textured_scene();
    let refused = studio.farandole(&["submit", "scene.blend"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = said(&refused);
    for missed in ["textures/wood.png", "library.blend", "--pack"] {
        assert!(said.contains(missed), "{missed} is not named: {said}");
    }
    assert_eq!(
        studio.farandole_well(&["jobs", "--json"]),
        "[]",
        "nothing was queued"
    );

    let before = fs::read(studio.home().join("scene.blend")).unwrap();
    let job = studio.farandole_well(&["submit", "scene.blend", "--pack", "--watch"]);
    assert_eq!(fs::read(studio.home().join("scene.blend")).unwrap(), before);

    let folder = PathBuf::from(studio.farandole_well(&["fetch", &job]));
    assert_eq!(folder, studio.home().join("scene"));
    let fetched = files(&folder);
    let stored = files(&studio.folder.path().join("storage/jobs/renders"));
    assert_eq!(fetched.len(), 3, "two frames and a video: {fetched:?}");
    for file in &fetched {
        let name = file.file_name();
        let original = stored
            .iter()
            .find(|stored| stored.file_name() == name)
            .unwrap();
        assert_eq!(
            fs::read(file).unwrap(),
            fs::read(original).unwrap(),
            "{name:?}"
        );
    }
    let frame = fetched
        .iter()
        .find(|file| file.extension().is_some_and(|ending| ending == "png"));
    let centre = *image::open(frame.unwrap())
        .unwrap()
        .to_rgb8()
        .get_pixel(16, 16);
    assert!(
        centre[1] > 200 && centre[0] < 60,
        "the texture was not lost: {centre:?}"
    );

    fetched_again(&studio, &job, &folder);
}

/// Only what is missing, and nothing of the person's is lost.
fn fetched_again(studio: &Studio, job: &str, folder: &Path) {
    let again = studio.farandole(&["fetch", job]);
    assert!(
        said(&again).contains("3 were there already"),
        "{}",
        said(&again)
    );

    let listed = studio
        .manager
        .api()
        .get(&format!("/api/farm/v1/jobs/{job}/files"));
    let file = &listed["files"][0];
    let path = file["path"].as_str().unwrap();
    let whole = fs::read(folder.join(path)).unwrap();
    fs::write(folder.join(path), "somebody's").unwrap();
    let refused = studio.farandole(&["fetch", job]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("--overwrite"), "{}", said(&refused));
    assert_eq!(fs::read(folder.join(path)).unwrap(), b"somebody's");

    // A piece of an earlier try.
    let modified: chrono::DateTime<chrono::Utc> =
        file["modified"].as_str().unwrap().parse().unwrap();
    let part = format!(
        "{path}.{}-{}.part",
        file["size"],
        modified.timestamp_micros()
    );
    fs::write(folder.join(&part), &whole[..100]).unwrap();
    studio.farandole_well(&["fetch", job, "--overwrite"]);
    assert_eq!(fs::read(folder.join(path)).unwrap(), whole);
    assert!(!folder.join(part).exists());
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
