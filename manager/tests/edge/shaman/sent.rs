//! Files that are sent: whole, wrong, at the same time, and again.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::files::{A, B, REQUIREMENTS, everything, sending, sha, spec, stored_already};
use crate::client::Request;
use crate::farm::{Farm, UPLOAD_LIMIT};

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
