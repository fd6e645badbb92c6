//! Uploads: whole, in pieces, cut off and gone on with; and nothing outside of their folders.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::client::{Answer, Request};
use super::farm::{Farm, UPLOAD_LIMIT};

const UPLOADS: &str = "/api/farm/v1/uploads";

fn post(name: &str) -> Request {
    Request::new("POST", &format!("{UPLOADS}/{name}"))
}

fn path_of(id: &str) -> String {
    format!("{UPLOADS}/{id}")
}

impl Farm {
    fn submitted(&self) -> PathBuf {
        self.folder.path().join("shared/jobs/submitted")
    }

    /// A new upload of which nothing was sent yet. Gives its id.
    async fn begin(&self, name: &str) -> String {
        let begun = post(name)
            .header("Upload-Complete", "?0")
            .body("")
            .send(self.address)
            .await;
        assert_eq!(
            (begun.status, begun.header("upload-offset")),
            (201, Some("0"))
        );
        begun.json()["id"].as_str().unwrap().to_owned()
    }

    async fn append(&self, id: &str, offset: usize, body: &[u8], complete: bool) -> Answer {
        Self::appending(id, offset, complete)
            .body(body)
            .send(self.address)
            .await
    }

    fn appending(id: &str, offset: usize, complete: bool) -> Request {
        Request::new("PATCH", &path_of(id))
            .header("Upload-Offset", &offset.to_string())
            .header("Upload-Complete", if complete { "?1" } else { "?0" })
    }

    /// The bytes that are there, once nobody writes any more.
    async fn offset(&self, id: &str) -> usize {
        let found = Request::new("HEAD", &path_of(id))
            .open(self.address)
            .await
            .head()
            .await;
        assert_eq!(
            (found.status, found.header("cache-control")),
            (200, Some("no-store"))
        );
        found.header("upload-offset").unwrap().parse().unwrap()
    }

    fn stored(&self, upload: &Value) -> Vec<u8> {
        let (id, name) = (
            upload["id"].as_str().unwrap(),
            upload["name"].as_str().unwrap(),
        );
        assert_eq!(upload["path"], format!("{{jobs}}/submitted/{id}/{name}"));
        fs::read(self.submitted().join(id).join(name)).unwrap()
    }
}

#[actix::test]
async fn a_file_comes_whole_and_none_takes_the_place_of_another() {
    let farm = Farm::start().await;
    let (first, second) = tokio::join!(
        post("shot%20%C3%A4.blend").body("one").send(farm.address),
        post("shot%20%C3%A4.blend")
            .chunked(b"two")
            .send(farm.address)
    );
    for (answer, text) in [(first, "one"), (second, "two")] {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.header("upload-complete"), Some("?1"));
        let upload = answer.json();
        assert_eq!(upload["name"], "shot ä.blend");
        assert_eq!(
            (&upload["size"], &upload["complete"]),
            (&json!(3), &json!(true))
        );
        assert_eq!(farm.stored(&upload), text.as_bytes());
        let location = answer.header("location").unwrap();
        assert_eq!(farm.get(location).await.json(), upload);
    }
    farm.end().await;
}

#[actix::test]
async fn wherever_it_is_cut_off_an_upload_goes_on_and_is_the_same_in_the_end() {
    let farm = Farm::start().await;
    let mut runner = TestRunner::deterministic();
    let cuts = prop::collection::vec(1..400_000_usize, 0..6);
    for round in 0..40 {
        let cuts = cuts.new_tree(&mut runner).unwrap().current();
        let file: Vec<u8> = (0..1_500_000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let id = farm.begin(&format!("{round}.blend")).await;
        let mut offset = 0;
        for cut in cuts {
            let rest = &file[offset..];
            let sent = &rest[..cut.min(rest.len() - 1)];
            Farm::appending(&id, offset, true)
                .cut_body(sent, rest.len())
                .send_and_go(farm.address)
                .await;
            offset = settled(&farm, &id, offset).await;
            assert!(
                !farm
                    .submitted()
                    .join(&id)
                    .join(format!("{round}.blend"))
                    .exists()
            );
        }
        let done = farm.append(&id, offset, &file[offset..], true).await;
        assert_eq!(done.status, 200, "{}", done.text());
        assert_eq!(farm.stored(&done.json()), file);
    }
    farm.end().await;
}

/// The end of what came, once whoever was cut off has been noticed to be gone.
async fn settled(farm: &Farm, id: &str, at_least: usize) -> usize {
    loop {
        let offset = farm.offset(id).await;
        assert!(offset >= at_least);
        // Nobody else is at it when an empty piece is taken.
        let answer = farm.append(id, offset, b"", false).await;
        if answer.status == 200 {
            return offset;
        }
        assert_eq!(answer.status, 409, "{}", answer.text());
        tokio::task::yield_now().await;
    }
}

#[actix::test]
async fn pieces_belong_where_the_file_ends() {
    let farm = Farm::start().await;
    let id = farm.begin("a.blend").await;
    assert_eq!(farm.append(&id, 0, b"abc", false).await.status, 200);
    let refused = farm.append(&id, 2, b"cde", false).await;
    assert_eq!(refused.header("upload-offset"), Some("3"));
    refused.refused(409);
    farm.append(&id, 4, b"e", true).await.refused(409);
    Request::new("PATCH", &path_of(&id))
        .body("d")
        .send(farm.address)
        .await
        .refused(400);

    let announced = Farm::appending(&id, 3, true)
        .header("Upload-Length", "9")
        .body("d");
    announced.send(farm.address).await.refused(400);
    assert_eq!(farm.offset(&id).await, 4, "what came is kept");
    let done = farm.append(&id, 4, b"e", true).await.json();
    assert_eq!(farm.stored(&done), b"abcde");
    farm.append(&id, 5, b"f", true).await.refused(409);
    Request::new("DELETE", &path_of(&id))
        .send(farm.address)
        .await
        .refused(409);
    farm.end().await;
}

#[actix::test]
async fn one_that_is_given_up_is_gone() {
    let farm = Farm::start().await;
    let id = farm.begin("a.blend").await;
    farm.append(&id, 0, b"abc", false).await;
    Request::new("DELETE", &path_of(&id))
        .send(farm.address)
        .await
        .nothing();
    farm.get(&path_of(&id)).await.refused(404);
    farm.append(&id, 3, b"d", true).await.refused(404);
    assert_eq!(fs::read_dir(farm.submitted()).unwrap().count(), 0);
    farm.end().await;
}

#[actix::test]
async fn what_is_too_large_is_refused_before_and_on_the_way() {
    let farm = Farm::start().await;
    let limit = usize::try_from(UPLOAD_LIMIT.as_u64()).unwrap();
    let announced = post("a.blend").header("Upload-Complete", "?0");
    let announced = announced
        .header("Upload-Length", &(limit + 1).to_string())
        .body("");
    let message = announced.send(farm.address).await.refused(413);
    assert!(message.contains("upload_limit"), "{message}");
    assert!(!farm.submitted().exists(), "nothing is made for it");

    let id = farm.begin("a.blend").await;
    let most = vec![7; limit];
    assert_eq!(farm.append(&id, 0, &most, false).await.status, 200);
    let more = Farm::appending(&id, limit, true).chunked(b"xx");
    more.send(farm.address).await.refused(413);
    assert_eq!(farm.offset(&id).await, limit);
    farm.end().await;
}

#[actix::test]
async fn no_name_leads_elsewhere() {
    let farm = Farm::start().await;
    let names = [
        "..",
        ".",
        "%2e%2e",
        "%2E",
        "..%2f..%2fetc",
        "a%2Fb",
        "%2Fetc%2Fpasswd",
        "a%5Cb",
        "a%00b",
        "%00",
        "a%0Ab",
        "%20",
        "",
    ];
    let long = "x".repeat(201);
    for name in names.into_iter().chain([long.as_str()]) {
        let answer = post(name).body("evil").send(farm.address).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{name}: {}",
            answer.status
        );
    }
    assert!(!farm.submitted().exists());

    let id = farm.begin("a.blend").await;
    let time = &id[..19];
    for other in [
        "..",
        "%2e%2e",
        &format!("{time}-.."),
        &format!("{time}-%2e%2e%2fa"),
        &format!("..%2f{id}"),
        &format!("{id}%2f..%2f{id}"),
        &format!("{id}%00"),
        "20261124T153012123Z-a.blend",
    ] {
        let answer = farm.append(other, 0, b"evil", true).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{other}: {}",
            answer.status
        );
    }
    farm.end().await;
}

#[actix::test]
async fn links_in_the_storage_do_not_lead_uploads_out_of_it() {
    let farm = Farm::start().await;
    let outside = farm.folder.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(farm.submitted().parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&outside, farm.submitted()).unwrap();
    let answer = post("a.blend").body("evil").send(farm.address).await;
    assert!(answer.status >= 400, "{}", answer.status);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    farm.end().await;
}
