//! The files of jobs: which are missing, sent, sent again and at the same time, checked out, and never elsewhere.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use farandole_manager::config::{Config, Shaman};
use farandole_manager::shaman::{CollectGarbage, EraseCheckout, Erased};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::client::{Answer, Request};
use super::farm::{Farm, UPLOAD_LIMIT};

const REQUIREMENTS: &str = "/api/v3/shaman/checkout/requirements";
const CREATE: &str = "/api/v3/shaman/checkout/create";
const A: &[u8] = b"contents of file A\n";
const B: &[u8] = b"contents of file B, a bit longer\n";

fn sha(contents: &[u8]) -> String {
    let sum = Sha256::digest(contents);
    sum.iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn file(contents: &[u8]) -> String {
    format!("/api/v3/shaman/files/{}/{}", sha(contents), contents.len())
}

fn spec(contents: &[u8], path: &str) -> Value {
    json!({"sha": sha(contents), "size": contents.len(), "path": path})
}

fn sending(contents: &[u8]) -> Request {
    Request::new("POST", &file(contents)).body(contents)
}

fn stored_already(answer: &Answer) {
    assert_eq!((answer.status, answer.text()), (208, ""));
    let found = answer.header("content-type");
    assert_eq!(found, Some("text/plain; charset=UTF-8"));
}

impl Farm {
    fn storage(&self) -> PathBuf {
        self.folder.path().join("shared")
    }

    fn blob(&self, contents: &[u8]) -> PathBuf {
        let sha = sha(contents);
        let stored = self.storage().join("file-store/stored");
        stored
            .join(&sha[..2])
            .join(&sha[2..])
            .join(format!("{}.blob", contents.len()))
    }

    async fn store(&self, contents: &[u8]) {
        sending(contents).send(self.address).await.nothing();
    }

    async fn status(&self, contents: &[u8]) -> String {
        let told = self.get(&file(contents)).await.json();
        told["status"].as_str().unwrap().to_owned()
    }

    async fn check_out(&self, path: &str, files: &[Value]) -> Answer {
        let body = json!({"files": files, "checkoutPath": path});
        self.post(CREATE, &body).await
    }

    /// Checks out what is there. Gives the path.
    async fn checked_out(&self, path: &str, files: &[Value]) -> String {
        let made = self.check_out(path, files).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let path = made.json()["checkoutPath"].as_str().unwrap().to_owned();
        assert!(self.storage().join("jobs").join(&path).is_dir());
        path
    }

    async fn erase(&self, checkout: &str) -> Erased {
        let order = EraseCheckout {
            checkout: checkout.to_owned(),
        };
        self.manager.parts.shaman.ask(order).await.unwrap().unwrap()
    }
}

/// All files below a folder, links as what they lead to.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

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
        .header("Content-Type", "text/plain")
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
async fn what_is_not_the_announced_file_is_refused_and_leaves_nothing() {
    let farm = Farm::start().await;
    let at = |sha: &str, size: &str| format!("/api/v3/shaman/files/{sha}/{size}");
    let wrong = [at(&sha(B), "19"), at(&sha(A), "3"), at(&sha(A), "3000")];
    for path in &wrong {
        let plain = Request::new("POST", path).body(A);
        let message = plain.send(farm.address).await.refused(417);
        assert!(message.contains("19"), "what came is told: {message}");
        let chunked = Request::new("POST", path).chunked(A);
        chunked.send(farm.address).await.refused(417);
        assert_eq!(farm.get(path).await.json(), json!({"status": "unknown"}));
    }
    let negative = Request::new("POST", &at(&sha(A), "-1")).body(A);
    negative.send(farm.address).await.refused(417);
    farm.get(&at(&sha(A), "-1")).await.refused(400);
    farm.get(&at(&sha(A), "many")).await.refused(400);
    let too_large = (UPLOAD_LIMIT.as_u64() + 1).to_string();
    let too_large = Request::new("POST", &at(&sha(A), &too_large)).chunked(A);
    let message = too_large.send(farm.address).await.refused(413);
    assert!(message.contains("upload_limit"), "{message}");
    assert_eq!(everything(&farm.storage()), Vec::<PathBuf>::new());
    farm.end().await;
}

#[actix::test]
async fn headers_are_read_as_flamenco_reads_them() {
    let farm = Farm::start().await;
    let with = |name: &str, value: &str| sending(A).header(name, value).send(farm.address);
    for good in ["True", "False", "true", "1", "0", "t", "F"] {
        let answer = with("X-Shaman-Can-Defer-Upload", good).await;
        assert!(matches!(answer.status, 204 | 208), "{good}");
    }
    for bad in ["yes", "", "maybe", "tRUE"] {
        with("X-Shaman-Can-Defer-Upload", bad).await.refused(400);
    }
    let twice = sending(A).header("X-Shaman-Can-Defer-Upload", "True");
    let twice = twice.header("X-Shaman-Can-Defer-Upload", "True");
    twice.send(farm.address).await.refused(400);
    let name = "X-Shaman-Original-Filename";
    stored_already(&with(name, "=?utf-8?q?wood_=C3=A9t=C3=A9.png?=").await);
    stored_already(&with(name, "=?utf-8?q?half").await);
    with(name, "=?klingon?q?a?=").await.refused(400);
    farm.end().await;
}

#[actix::test]
async fn somebody_who_is_sending_is_seen_and_holds_up_nobody() {
    let farm = Farm::start().await;
    let file = vec![7; 3_000_000];
    let mut slow = sending(&file).open(farm.address).await;
    slow.write(&file[..2_000_000]).await;
    while farm.status(&file).await != "uploading" {
        tokio::task::yield_now().await;
    }
    let asked = json!({"files": [spec(&file, "big.bin")]});
    let missing = farm.post(REQUIREMENTS, &asked).await.json();
    assert_eq!(missing["files"][0]["status"], "uploading");

    // As the add-on asks, which would give up if it were put off.
    let other = sending(&file).header("X-Shaman-Can-Defer-Upload", "True");
    other.send(farm.address).await.nothing();
    assert_eq!(farm.status(&file).await, "stored");
    slow.write(&file[2_000_000..]).await;
    stored_already(&slow.answer().await);
    let stored = everything(&farm.storage());
    assert_eq!(stored, [farm.blob(&file)], "and nothing is left over");
    farm.end().await;
}

#[actix::test]
async fn no_checksum_and_no_path_leads_out_of_the_storage() {
    let farm = Farm::start().await;
    farm.store(A).await;
    let stored = everything(farm.folder.path());
    let good = sha(A);
    let checksums = [
        "",
        "5",
        "52",
        "..",
        "%2e%2e",
        "..%2f..%2f..%2fetc",
        "%2Fetc%2Fpasswd",
        "%00",
        &good[1..],
        &good.to_uppercase(),
        &format!("{good}0"),
        &format!("..%2f{}", &good[3..]),
        &format!("{}%00", &good[1..]),
    ];
    for checksum in checksums {
        for method in ["GET", "POST"] {
            let path = format!("/api/v3/shaman/files/{checksum}/19");
            let answer = Request::new(method, &path).body(A).send(farm.address).await;
            assert!(
                matches!(answer.status, 400 | 404),
                "{checksum}: {}",
                answer.status
            );
        }
        let files = json!([{"sha": checksum, "size": 19, "path": "a"}]);
        let asked = json!({"files": files, "checkoutPath": "a"});
        farm.post(REQUIREMENTS, &asked).await.refused(400);
        farm.post(CREATE, &asked).await.refused(400);
    }
    let long = "x".repeat(256);
    for path in [
        "",
        "/",
        "/etc",
        "..",
        "../x",
        "a/../../x",
        "a//b",
        "a/",
        "a\0b",
        "a\\b",
        &long,
    ] {
        let files = [spec(A, "a.blend")];
        farm.check_out(path, &files).await.refused(400);
        farm.check_out("shot", &[spec(A, path)]).await.refused(400);
    }
    let twice = [spec(A, "a"), spec(b"", "a")];
    farm.check_out("shot", &twice).await.refused(400);
    let both = [spec(A, "a"), spec(A, "a/b")];
    farm.check_out("shot", &both).await.refused(400);

    let outside = farm.folder.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    symlink(&outside, farm.storage().join("jobs/link")).unwrap();
    let beside = farm.checked_out("link/shot", &[spec(A, "a")]).await;
    assert!(beside.starts_with("link-"), "{beside}");
    assert_eq!(everything(&outside), Vec::<PathBuf>::new());
    assert_eq!(farm.erase(&beside).await, Erased::Gone);
    assert_eq!(farm.erase("link/x").await, Erased::NotACheckout);
    assert_eq!(everything(farm.folder.path()).len(), stored.len());
    farm.end().await;
}

#[actix::test]
async fn no_checkout_takes_the_place_of_another_or_is_made_in_it() {
    let farm = Farm::start().await;
    farm.store(A).await;
    let files = [spec(A, "sub/a.blend")];
    assert_eq!(farm.checked_out("2026/shot", &files).await, "2026/shot");
    let again = farm.checked_out("2026/shot", &files).await;
    let suffix = again.strip_prefix("2026/shot-").unwrap();
    assert_eq!(suffix.len(), 4, "{again}");
    let inside = farm.checked_out("2026/shot/sub", &files).await;
    assert!(inside.starts_with("2026/shot-") && inside.ends_with("/sub"));
    let above = farm.checked_out("2026", &files).await;
    assert!(above.starts_with("2026-"), "{above}");
    let first = farm.checked_out(".", &files).await;
    assert_eq!(first, "unnamed", "the newest clients ask for that");

    // A failing one harms nobody, and leaves nothing.
    let before = everything(&farm.storage());
    let missing = [spec(A, "a"), spec(B, "b")];
    farm.check_out("2026/shot", &missing).await.refused(424);
    farm.check_out("new/shot", &missing).await.refused(424);
    assert_eq!(everything(&farm.storage()), before);
    let (one, two) = tokio::join!(
        farm.checked_out("same/name", &files),
        farm.checked_out("same/name", &files)
    );
    assert_ne!(one, two);
    farm.end().await;
}

#[actix::test]
async fn only_one_whole_checkout_is_ever_erased() {
    let farm = Farm::start().await;
    farm.store(A).await;
    let files = [spec(A, "sub/a.blend")];
    for path in ["2026/one", "2026/two", "alone"] {
        farm.checked_out(path, &files).await;
    }
    let submitted = farm.storage().join("jobs/submitted");
    fs::create_dir_all(&submitted).unwrap();
    fs::write(submitted.join("scene.blend"), "somebody's").unwrap();
    let before = everything(farm.folder.path());
    for other in [
        "",
        ".",
        "..",
        "/",
        "../..",
        "2026",
        "2026/..",
        "2026/one/sub",
        "2026/one/sub/a.blend",
        "submitted",
        "2026/one/",
        "../file-store",
        "2026//one",
        "a\0b",
    ] {
        let erased = farm.erase(other).await;
        assert_eq!(erased, Erased::NotACheckout, "{other}");
    }
    assert_eq!(farm.erase("2026/three").await, Erased::NotThere);
    assert_eq!(everything(farm.folder.path()), before);

    fs::write(farm.storage().join("jobs/2026/one/frame.png"), "rendered").unwrap();
    assert_eq!(farm.erase("2026/one").await, Erased::Gone);
    assert_eq!(farm.erase("2026/one").await, Erased::NotThere);
    assert!(farm.storage().join("jobs/2026/two").is_dir());
    assert_eq!(farm.erase("2026/two").await, Erased::Gone);
    assert!(
        !farm.storage().join("jobs/2026").exists(),
        "nobody's folder"
    );
    assert_eq!(farm.status(A).await, "stored");
    assert_eq!(farm.checked_out("2026/one", &files).await, "2026/one");
    farm.end().await;
}

#[actix::test]
async fn checkouts_that_flamenco_made_are_erased_too() {
    let farm = Farm::start().await;
    farm.store(A).await;
    let jobs = farm.storage().join("jobs");
    let sha = sha(A);
    for folder in ["old/shot", "old/other"] {
        let folder = jobs.join(folder);
        fs::create_dir_all(folder.join("tex")).unwrap();
        let blob = format!("file-store/stored/{}/{}/19.blob", &sha[..2], &sha[2..]);
        symlink(format!("../../../{blob}"), folder.join("a.blend")).unwrap();
        symlink(format!("../../../../{blob}"), folder.join("tex/b.png")).unwrap();
    }
    farm.checked_out("old/other/ours", &[spec(A, "a")]).await;
    for other in ["old", "old/shot/tex", "old/other"] {
        assert_eq!(farm.erase(other).await, Erased::NotACheckout, "{other}");
    }
    assert_eq!(farm.erase("old/shot").await, Erased::Gone);
    assert!(jobs.join("old/other/tex/b.png").exists());
    farm.end().await;
}

#[actix::test]
async fn a_sweep_takes_what_is_old_and_in_no_checkout() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real");
    fs::create_dir_all(&real).unwrap();
    symlink(&real, folder.path().join("shared")).unwrap();
    let farm = Farm::start_in(folder, Config::default()).await;
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
async fn a_stored_file_that_lost_its_end_is_wanted_and_taken_again() {
    let farm = Farm::start().await;
    farm.store(A).await;
    farm.checked_out("shot", &[spec(A, "a")]).await;
    let blob = farm.blob(A);
    fs::remove_file(&blob).unwrap();
    fs::write(&blob, &A[..5]).unwrap();
    assert_eq!(farm.status(A).await, "unknown");
    farm.check_out("shot", &[spec(A, "a")]).await.refused(424);
    farm.store(A).await;
    assert_eq!(fs::read(farm.storage().join("jobs/shot/a")).unwrap(), A);
    farm.end().await;
}

#[actix::test]
async fn every_use_touches_a_file() {
    let farm = Farm::start().await;
    farm.store(A).await;
    let long_ago = SystemTime::now() - Duration::from_hours(24 * 32);
    let age = || {
        let blob = fs::File::open(farm.blob(A)).unwrap();
        let modified = blob.metadata().unwrap().modified().unwrap();
        blob.set_modified(long_ago).unwrap();
        modified
    };
    assert!(age() > long_ago);
    stored_already(&sending(A).send(farm.address).await);
    assert!(age() > long_ago, "sent again");
    let asked = json!({"files": [spec(A, "a")]});
    farm.post(REQUIREMENTS, &asked).await;
    assert!(age() > long_ago, "asked for");
    farm.checked_out("shot", &[spec(A, "a")]).await;
    assert!(age() > long_ago, "checked out");
    farm.end().await;
}

#[actix::test]
async fn without_it_everybody_is_told_why() {
    let off = Config {
        shaman: Shaman {
            enabled: false,
            ..Shaman::default()
        },
        ..Config::default()
    };
    let farm = Farm::start_in(tempfile::tempdir().unwrap(), off).await;
    all_refused(&farm, "shaman.enabled").await;
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
    all_refused(&farm, "the shared storage cannot be used").await;
    assert!(!farm.storage().exists(), "nothing is made where it was");
    farm.end().await;
}

async fn all_refused(farm: &Farm, reason: &str) {
    let answers = [
        farm.post(REQUIREMENTS, &json!({"files": []})).await,
        farm.check_out("x", &[]).await,
        farm.get(&file(A)).await,
        sending(A).send(farm.address).await,
    ];
    for answer in answers {
        let message = answer.refused(503);
        assert!(message.contains(reason), "{message}");
    }
    farm.post(REQUIREMENTS, &json!({})).await.refused(400);
}
