//! What happens at the same time: sweeps, checkouts and erasing.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use farandole_protocol::api::ShamanFileStatus;
use sha2::{Digest as _, Sha256};

use super::disk::Disk;
use super::{
    CHECKOUTS, Checksum, Erased, FileId, RECORDS, STORED, ShamanError, Sweeping, Tree, UPLOADING,
    blobs, checkouts, erasing, sweep,
};

fn id(contents: &str) -> FileId {
    FileId {
        checksum: Checksum::new(Sha256::digest(contents).into()),
        size: contents.len() as u64,
    }
}

/// Stores it, also while sweeps remove folders.
fn store(storage: &Path, contents: &str) {
    let blob = storage.join(STORED).join(id(contents).blob());
    while !blob.exists() {
        fs::create_dir_all(blob.parent().unwrap())
            .and_then(|()| fs::write(&blob, contents))
            .unwrap_or_default();
    }
}

fn tree(contents: &[&str]) -> Tree {
    let file = |contents: &&str| (format!("sub/{contents}").parse().unwrap(), id(contents));
    Tree::new(contents.iter().map(file)).unwrap()
}

#[test]
fn no_sweep_takes_what_a_checkout_gets_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let storage = folder.path();
    let disk = Disk::open(storage).unwrap();
    let has_ended = AtomicBool::new(false);
    // Everything counts as old at once.
    let sweep_all = || sweep(storage, Duration::ZERO, Sweeping::Removing).unwrap();
    let (made, mut removed) = thread::scope(|scope| {
        let sweeping = scope.spawn(|| {
            let mut removed = 0;
            while !has_ended.load(Ordering::Relaxed) {
                removed += sweep_all().unused.len();
            }
            removed
        });
        let mut made = Vec::new();
        for round in 0..150 {
            let contents = [format!("a{round}"), format!("b{}", round % 7)];
            let contents = contents.each_ref().map(String::as_str);
            store(storage, &format!("nobody's {round}"));
            for one in contents {
                store(storage, one);
            }
            let path = format!("film/{round}").parse().unwrap();
            match checkouts::make(&disk, &path, &tree(&contents)) {
                Ok(path) => made.push((path, contents.map(str::to_owned))),
                Err(ShamanError::Missing { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        has_ended.store(true, Ordering::Relaxed);
        (made, sweeping.join().unwrap())
    });
    removed += sweep_all().unused.len();
    assert!(
        !made.is_empty() && removed >= 150,
        "{} {removed}",
        made.len()
    );
    for (path, contents) in made {
        let checkout = storage.join(CHECKOUTS).join(path.as_str());
        for one in contents {
            let found = fs::read_to_string(checkout.join("sub").join(&one));
            assert_eq!(found.unwrap(), one, "{path}");
        }
    }
    let [film] = fs::read_dir(storage.join(CHECKOUTS))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    for checkout in fs::read_dir(film).unwrap() {
        let sub = checkout.unwrap().path().join("sub");
        assert_eq!(fs::read_dir(sub).unwrap().count(), 2, "none is half made");
    }
}

#[test]
fn checkouts_are_made_and_erased_in_one_folder_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let storage = folder.path();
    store(storage, "a");
    thread::scope(|scope| {
        for name in ["one", "two", "three"] {
            scope.spawn(move || {
                let disk = Disk::open(storage).unwrap();
                let path = format!("film/{name}").parse().unwrap();
                for _ in 0..100 {
                    let made = checkouts::make(&disk, &path, &tree(&["a"])).unwrap();
                    assert_eq!(made, path);
                    let link = storage.join(CHECKOUTS).join(path.as_str()).join("sub/a");
                    assert_eq!(fs::read_to_string(link).unwrap(), "a");
                    let erased = erasing::erase(&disk, path.as_str()).unwrap();
                    assert_eq!(erased, Erased::Gone);
                }
            });
        }
    });
    assert_eq!(fs::read_dir(storage.join(CHECKOUTS)).unwrap().count(), 0);
}

#[test]
fn what_a_sweep_that_was_killed_has_moved_aside_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let storage = folder.path();
    let disk = Disk::open(storage).unwrap();
    store(storage, "a");
    checkouts::make(&disk, &"shot".parse().unwrap(), &tree(&["a"])).unwrap();
    let blob = storage.join(STORED).join(id("a").blob());
    let aside = blob.with_file_name("1.blob.unused");
    fs::rename(&blob, &aside).unwrap();
    let report = sweep(storage, Duration::ZERO, Sweeping::Removing).unwrap();
    assert_eq!((report.still_used, report.unused.len()), (1, 0));
    assert_eq!(fs::read_to_string(&blob).unwrap(), "a");

    fs::write(&aside, "a").unwrap();
    sweep(storage, Duration::ZERO, Sweeping::Removing).unwrap();
    assert!(blob.exists() && !aside.exists());
}

#[test]
fn named_pipes_among_stored_files_and_uploads_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::open(folder.path()).unwrap();
    let (file, now) = (id("a"), SystemTime::now());
    let blob = folder.path().join(STORED).join(file.blob());
    fs::create_dir_all(blob.parent().unwrap()).unwrap();
    let upload = format!("{}1.tmp", file.temporary());
    let upload = folder.path().join(UPLOADING).join(upload);
    let record = folder.path().join(RECORDS).join("record");
    for pipe in [blob, upload, record] {
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    }
    assert!(!blobs::touch(&disk, file, now).unwrap());
    let status = blobs::status(&disk, file).unwrap();
    assert_eq!(status, ShamanFileStatus::Unknown);
    let removed = blobs::remove_abandoned(&disk.uploading, now, Duration::ZERO).unwrap();
    assert!(removed.is_empty(), "{removed:?}");
    erasing::forget_removed(&disk, now, Duration::ZERO).unwrap();
}
