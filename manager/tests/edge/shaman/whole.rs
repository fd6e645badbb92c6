//! From the question what is missing to the collection of garbage; and what is told when it is off or away.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use farandole_manager::shaman::{CollectGarbage, Erased};
use serde_json::{Value, json};

use super::files::{A, B, REQUIREMENTS, everything, file, sending, spec, stored_already};
use crate::client::{Answer, Request};
use crate::farm::{Farm, USUAL};

#[actix::test]
async fn files_are_asked_for_sent_and_checked_out() {
    let farm = Farm::start().await;
    let files = [
        spec(A, "scene.blend"),
        spec(B, "textures/wood été.png"),
        spec(A, "copy of scene.blend"),
        spec(b"", "empty.txt"),
    ];
    let missing = |answer: &Answer| -> Vec<(String, String)> {
        let told = answer.json();
        let files = told["files"].as_array().unwrap().iter();
        let text = |file: &Value, member: &str| file[member].as_str().unwrap().to_owned();
        files
            .map(|file| (text(file, "path"), text(file, "status")))
            .collect()
    };
    let unknown = |path: &str| (path.to_owned(), "unknown".to_owned());
    let asked = farm.post(REQUIREMENTS, &json!({"files": files})).await;
    let all = ["scene.blend", "textures/wood été.png", "empty.txt"].map(unknown);
    assert_eq!(missing(&asked), all, "in order, and each once");
    let message = farm.check_out("2026/shot", &files).await.refused(424);
    assert!(message.starts_with("3 files"), "{message}");
    assert_eq!(everything(&farm.storage()), Vec::<PathBuf>::new());

    farm.store(A).await;
    stored_already(&sending(A).send(farm.address).await);
    let chunked = Request::new("POST", &file(B))
        .header("Content-Type", "image/png")
        .chunked(B);
    chunked.send(farm.address).await.nothing();
    farm.store(b"").await;
    assert_eq!(farm.status(A).await, "stored");
    let asked = farm.post(REQUIREMENTS, &json!({"files": files})).await;
    assert_eq!(asked.json(), json!({"files": []}));

    let path = farm.checked_out("2026/shot", &files).await;
    assert_eq!(path, "2026/shot");
    let shot = farm.storage().join("jobs/2026/shot");
    assert_eq!(fs::read(shot.join("textures/wood été.png")).unwrap(), B);
    let link = fs::read_link(shot.join("scene.blend")).unwrap();
    assert!(
        link.starts_with("../../../file-store/stored"),
        "relative: {link:?}"
    );
    assert_eq!(everything(&shot).len(), 4);
    let mode = fs::metadata(farm.blob(A)).unwrap().permissions().mode();
    assert_eq!(mode & 0o333, 0, "read-only: {mode:o}");
    farm.end().await;
}

#[actix::test]
async fn a_sweep_takes_what_is_old_and_in_no_checkout() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real");
    fs::create_dir_all(&real).unwrap();
    symlink(&real, folder.path().join("shared")).unwrap();
    let farm = Farm::start_in(folder, &USUAL).await;
    for contents in [A, B, b"touched", b"young"] {
        farm.store(contents).await;
    }
    farm.checked_out("shot", &[spec(A, "sub/a")]).await;
    let long_ago = SystemTime::now() - Duration::from_hours(24 * 32);
    for contents in [A, B, b"touched"] {
        let blob = fs::File::open(farm.blob(contents)).unwrap();
        blob.set_modified(long_ago).unwrap();
    }
    let asked = json!({"files": [spec(b"touched", "t")]});
    farm.post(REQUIREMENTS, &asked).await;
    let order = farm.manager.parts.shaman.ask(CollectGarbage).await;
    let report = order.unwrap().unwrap();
    assert_eq!((report.stored, report.old, report.still_used), (4, 2, 1));
    assert_eq!((report.unused.len(), report.links), (1, 1));
    for (contents, status) in [
        (A, "stored"),
        (B, "unknown"),
        (b"touched", "stored"),
        (b"young", "stored"),
    ] {
        assert_eq!(farm.status(contents).await, status);
    }
    let link = real.join("jobs/shot/sub/a");
    assert_eq!(fs::read(link).unwrap(), A);
    farm.end().await;
}

#[actix::test]
async fn without_it_everybody_is_told_why() {
    let off = [&USUAL[..], &["--shaman-enabled=no"]].concat();
    let farm = Farm::start_with(&off).await;
    all_refused(&farm, "shaman.enabled", false).await;
    assert_eq!(farm.erase("x").await, Erased::SwitchedOff);
    let told = farm.get("/api/v3/configuration").await.json();
    let shared = farm.storage().to_str().unwrap().to_owned();
    let expected = json!({"storageLocation": shared, "shamanEnabled": false, "isFirstRun": false});
    assert_eq!(told, expected);
    farm.end().await;

    let farm = Farm::start().await;
    let told = farm
        .get("/api/v3/configuration/shared-storage/users/linux")
        .await;
    let told = told.json();
    assert_eq!(told["shamanEnabled"], true);
    assert_eq!(
        told["location"],
        farm.storage().join("jobs").to_str().unwrap()
    );
    fs::rename(farm.storage(), farm.folder.path().join("away")).unwrap();
    all_refused(&farm, "the shared storage cannot be used", true).await;
    assert!(!farm.storage().exists(), "nothing is made where it was");
    farm.end().await;
}

/// Clients wait for as long as they are told to, so they are told only where waiting helps.
async fn all_refused(farm: &Farm, reason: &str, passes: bool) {
    let answers = [
        farm.post(REQUIREMENTS, &json!({"files": []})).await,
        farm.check_out("x", &[]).await,
        farm.get(&file(A)).await,
        sending(A).send(farm.address).await,
    ];
    for answer in answers {
        let message = answer.refused(503);
        assert!(message.contains(reason), "{message}");
        assert_eq!(answer.header("retry-after").is_some(), passes, "{message}");
    }
    farm.post(REQUIREMENTS, &json!({})).await.refused(400);
}
