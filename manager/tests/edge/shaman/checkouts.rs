//! Checkouts: nowhere else, never in the place of another, and erased only as a whole.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use farandole_manager::shaman::Erased;
use serde_json::json;

use super::files::{A, B, CREATE, REQUIREMENTS, everything, sha, spec};
use crate::client::Request;
use crate::farm::Farm;

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
        "//a",
        "a//..",
        "a\0b",
        "a\\b",
        &long,
    ] {
        let files = [spec(A, "a.blend")];
        farm.check_out(path, &files).await.refused(400);
        farm.check_out("shot", &[spec(A, path)]).await.refused(400);
    }
    let told = farm
        .check_out("shot//1/", &[spec(A, "tex//wood.png/")])
        .await;
    assert_eq!(told.json()["checkoutPath"], "shot/1");
    assert!(farm.storage().join("jobs/shot/1/tex/wood.png").exists());
    assert_eq!(farm.erase("shot/1").await, Erased::Gone);
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
