//! The files of jobs against the real program: many at a time, cut off anywhere, with the Manager killed in the middle,
//! larger than the memory that it may use; and the collection of garbage as a person orders it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start processes"
)]

mod file;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use farandole_tests::harness::{Manager, ManagerOptions, binary, eventually};
use serde_json::json;
use tempfile::tempdir;

use file::{File, random};

fn start(folder: &Path) -> Manager {
    Manager::start(ManagerOptions::below(folder))
}

fn uploading(storage: &Path) -> usize {
    let folder = storage.join("file-store/uploading");
    fs::read_dir(folder).unwrap().count()
}

fn nothing_is_left_of_uploads(storage: &Path) {
    eventually("nothing is left of uploads", || {
        (uploading(storage) == 0).then_some(())
    });
}

#[test]
fn four_who_send_the_same_and_forty_who_send_something_each_are_all_heard() {
    let folder = tempdir().unwrap();
    let manager = start(folder.path());
    let storage = &manager.options.storage;
    for round in 0..20 {
        let file = File::new(1 + round, 500_000);
        let statuses: Vec<_> = thread::scope(|scope| {
            let send = || file.send(&manager, file.size).unwrap();
            let four: Vec<_> = (0..4).map(|_| scope.spawn(send)).collect();
            four.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(
            statuses.iter().all(|status| matches!(status, 204 | 208)) && statuses.contains(&204),
            "{statuses:?}"
        );
        file.is_whole(storage);
    }
    let forty: Vec<File> = (0..40)
        .map(|number| File::new(1_000 + number, 700_000))
        .collect();
    thread::scope(|scope| {
        for file in &forty {
            scope.spawn(|| assert_eq!(file.send(&manager, file.size), Some(204)));
        }
    });
    for file in &forty {
        file.is_whole(storage);
    }
    nothing_is_left_of_uploads(storage);
}

#[test]
fn wherever_it_is_cut_off_an_upload_is_sent_again_and_stored() {
    let folder = tempdir().unwrap();
    let manager = start(folder.path());
    let storage = &manager.options.storage;
    let mut state = 42;
    for round in 0..200 {
        state = random(state);
        let file = File::new(10_000 + round, 1_500_000);
        let cut = usize::try_from(state % 1_500_000).unwrap();
        assert_eq!(file.send(&manager, cut), None);
        assert_eq!(file.send(&manager, file.size), Some(204), "cut at {cut}");
        assert_eq!(file.status(&manager), "stored");
        file.is_whole(storage);
    }
    nothing_is_left_of_uploads(storage);
}

#[test]
fn a_manager_that_is_killed_in_the_middle_of_uploads_takes_them_again() {
    let folder = tempdir().unwrap();
    let mut manager = start(folder.path());
    let storage = manager.options.storage.clone();
    let kept = File::new(1, 400_000);
    assert_eq!(kept.send(&manager, kept.size), Some(204));
    let file = File::new(2, 8_000_000);
    for _ in 0..3 {
        let half = file.begin(&manager, 5_000_000);
        eventually("the upload is seen", || {
            (file.status(&manager) == "uploading").then_some(())
        });
        manager = manager.kill_and_restart();
        drop(half);
        assert_eq!(file.status(&manager), "unknown", "nobody is sending it");
        assert_eq!(kept.status(&manager), "stored");
    }
    assert_eq!(file.send(&manager, file.size), Some(204));
    file.is_whole(&storage);
    let asked = json!({"files": [kept.spec("a"), file.spec("b")], "checkoutPath": "shot"});
    let (status, made) = manager.api().post("/api/v3/shaman/checkout/create", &asked);
    assert_eq!((status, made), (200, json!({"checkoutPath": "shot"})));
    let manager = manager.kill_and_restart();
    kept.is_whole(&storage);
    assert_eq!(
        fs::read(storage.join("jobs/shot/a")).unwrap().len(),
        400_000
    );
    drop(manager);
}

/// In KiB, at most so far.
fn memory(manager: &Manager) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", manager.process.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

#[test]
fn a_large_file_takes_no_memory() {
    let folder = tempdir().unwrap();
    let manager = start(folder.path());
    let small = File::new(1, 3_000_000);
    assert_eq!(small.send(&manager, small.size), Some(204));
    let before = memory(&manager);
    let large = File::new(2, 200_000_000);
    assert_eq!(large.send(&manager, large.size), Some(204));
    assert_eq!(large.send(&manager, large.size), Some(208));
    let grown = memory(&manager) - before;
    // A quarter of the file: what threads and the allocator keep for themselves is far less, and not always the same.
    assert!(grown < 48 * 1024, "{grown} KiB more than {before}");
    large.is_whole(&manager.options.storage);
}

#[test]
fn a_job_keeps_its_checkout_and_workers_find_its_files() {
    let folder = tempdir().unwrap();
    let manager = start(folder.path());
    let api = manager.api();
    let file = File::new(1, 1_000);
    file.send(&manager, file.size);
    let asked = json!({"files": [file.spec("été.blend")], "checkoutPath": "2026/été"});
    let (_, made) = api.post("/api/v3/shaman/checkout/create", &asked);
    let checkout = made["checkoutPath"].as_str().unwrap();
    let job = api.submit(&json!({
        "name": "j", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
        "settings": {"message": format!("{{jobs}}/{checkout}/été.blend"), "sleep_duration_seconds": 0, "sleep_repeats": 1},
        "storage": {"shaman_checkout_id": checkout},
    }));
    let stored = &api.job(&job)["storage"];
    assert_eq!(stored, &json!({"shaman_checkout_id": "2026/été"}));
    let variables = api.get("/api/v3/configuration/variables/workers/linux");
    let jobs = Path::new(variables["jobs"]["value"].as_str().unwrap());
    assert_eq!(
        fs::read(jobs.join(checkout).join("été.blend"))
            .unwrap()
            .len(),
        1_000
    );
}

/// What the Manager prints when it is only to collect garbage, or how it ends.
fn collect(action: &str, options: &ManagerOptions) -> Result<String, String> {
    let mut command = Command::new(binary("farandole-manager"));
    command
        .arg(format!("--data-dir={}", options.data.display()))
        .arg(format!(
            "--shared-storage-path={}",
            options.storage.display()
        ))
        .arg(action);
    let output = command.output().unwrap();
    let said = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        return Ok(said(output.stdout));
    }
    Err(said(output.stderr))
}

#[test]
fn garbage_is_shown_and_collected_by_hand_and_nothing_that_is_linked() {
    let folder = tempdir().unwrap();
    fs::create_dir_all(folder.path().join("disk/storage")).unwrap();
    symlink("disk/storage", folder.path().join("storage")).unwrap();
    let manager = start(folder.path());
    let storage = &manager.options.storage;
    let [linked, unused, young] = [1, 2, 3].map(|seed| File::new(seed, 100_000));
    for file in [&linked, &unused, &young] {
        assert_eq!(file.send(&manager, file.size), Some(204));
    }
    let asked = json!({"files": [linked.spec("sub/a.blend")], "checkoutPath": "shot"});
    let api = manager.api();
    assert_eq!(api.post("/api/v3/shaman/checkout/create", &asked).0, 200);
    for file in [&linked, &unused] {
        let blob = fs::File::open(file.blob(storage)).unwrap();
        let long_ago = SystemTime::now() - Duration::from_hours(24 * 40);
        blob.set_modified(long_ago).unwrap();
    }

    let shown = collect("--shaman-gc-show", &manager.options).unwrap();
    assert!(
        shown.contains(&unused.sha) && shown.contains("would be removed: 1 of 3"),
        "{shown}"
    );
    assert!(
        !shown.contains(&linked.sha) && !shown.contains(&young.sha),
        "{shown}"
    );
    assert_eq!(unused.status(&manager), "stored", "only shown");

    let removed = collect("--shaman-gc-delete", &manager.options).unwrap();
    assert!(
        removed.contains(&unused.sha) && removed.contains("removed: 1 of 3"),
        "{removed}"
    );
    assert_eq!(unused.status(&manager), "unknown");
    assert_eq!(young.status(&manager), "stored");
    linked.is_whole(storage);
    assert_eq!(
        fs::read(storage.join("jobs/shot/sub/a.blend"))
            .unwrap()
            .len(),
        100_000
    );
    let again = collect("--shaman-gc-delete", &manager.options).unwrap();
    assert!(again.contains("removed: 0 of 2"), "{again}");

    let away = ManagerOptions {
        storage: folder.path().join("nowhere"),
        ..manager.options.clone()
    };
    let refused = collect("--shaman-gc-show", &away).unwrap_err();
    assert!(
        refused.contains("cannot look through the shared storage"),
        "{refused}"
    );
}

#[test]
fn nothing_is_ever_written_outside_of_the_storage() {
    let folder = tempdir().unwrap();
    let manager = start(folder.path());
    let file = File::new(1, 1_000);
    assert_eq!(file.send(&manager, file.size), Some(204));
    let outside = || {
        let folders = [folder.path().to_owned(), folder.path().join("storage")];
        folders.map(|folder| {
            let entries = fs::read_dir(folder).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        })
    };
    let before = outside();
    let long = "x".repeat(300);
    let (upper, short) = (file.sha.to_uppercase(), &file.sha[..63]);
    let tricks = [
        "..%2f..%2fevil",
        "%2e%2e",
        "%2Ftmp%2Fevil",
        "%00",
        &long,
        &upper,
        short,
    ];
    for sha in tricks {
        let path = format!("/api/v3/shaman/files/{sha}/1000");
        let sent = manager
            .api()
            .request("POST", &path)
            .body("x")
            .send()
            .unwrap();
        assert!(
            matches!(sent.status().as_u16(), 400 | 404),
            "{sha}: {}",
            sent.status()
        );
    }
    for path in ["../evil", "/evil", "..", "a/../../evil", "a\0", &long] {
        for (checkout, name) in [(path, "a"), ("a", path)] {
            let asked = json!({"files": [file.spec(name)], "checkoutPath": checkout});
            let (status, body) = manager.api().post("/api/v3/shaman/checkout/create", &asked);
            assert_eq!((status, &body["code"]), (400, &json!(400)), "{path}");
        }
    }
    assert_eq!(outside(), before);
    assert_eq!(
        fs::read_dir(folder.path().join("storage/jobs"))
            .unwrap()
            .count(),
        0
    );
}
