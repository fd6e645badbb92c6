//! Logs and pictures: whole, in part, and nothing else.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use super::client::{Answer, Request};
use super::events::{EVENTS, Stream};
use super::farm::{Farm, Member, UNKNOWN_ID};

/// A task whose log has this text at its end, and the log's URL.
async fn with_log(farm: &Farm, text: &str) -> (Member, Value, String) {
    let (who, task) = farm.at_work().await;
    let id = task["uuid"].as_str().unwrap().to_owned();
    farm.say(
        &who,
        &format!("/api/v3/worker/task/{id}"),
        &json!({"log": text}),
    )
    .await
    .nothing();
    let info = farm.get(&format!("/api/v3/tasks/{id}/log")).await.json();
    assert_eq!(
        (&info["task_id"], &info["job_id"]),
        (&json!(id), &task["job"])
    );
    let url = info["url"].as_str().unwrap().to_owned();
    (who, task, url)
}

async fn part(farm: &Farm, url: &str, name: &str, value: &str) -> Answer {
    Request::new("GET", url)
        .header(name, value)
        .send(farm.address)
        .await
}

#[actix::test]
async fn a_log_is_read_whole_in_part_and_by_its_end() {
    let farm = Farm::start().await;
    let (who, task, url) = with_log(&farm, "first\nlast").await;
    let id = task["uuid"].as_str().unwrap();
    let whole = farm.get(&url).await;
    assert_eq!(whole.status, 200);
    assert_eq!(
        whole.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert!(whole.text().ends_with("first\nlast\n"), "{}", whole.text());

    let tail = farm.get(&format!("/api/v3/tasks/{id}/logtail")).await;
    assert_eq!(
        tail.header("content-type"),
        Some("text/plain; charset=UTF-8")
    );
    assert!(tail.text().ends_with("first\nlast\n"));

    let size = whole.body.len();
    let rest = part(&farm, &url, "Range", &format!("bytes={}-", size - 5)).await;
    assert_eq!((rest.status, rest.text()), (206, "last\n"));
    let range = format!("bytes {}-{}/{size}", size - 5, size - 1);
    assert_eq!(rest.header("content-range"), Some(range.as_str()));
    let end = part(&farm, &url, "Range", "bytes=-5").await;
    assert_eq!((end.status, end.text()), (206, "last\n"));

    // There is nothing new yet; then there is.
    let none = part(&farm, &url, "Range", &format!("bytes={size}-")).await;
    none.refused(416);
    assert_eq!(
        none.header("content-range"),
        Some(format!("bytes */{size}").as_str())
    );
    farm.say(
        &who,
        &format!("/api/v3/worker/task/{id}"),
        &json!({"log": "more"}),
    )
    .await
    .nothing();
    let more = part(&farm, &url, "Range", &format!("bytes={size}-")).await;
    assert_eq!((more.status, more.text()), (206, "more\n"));
    farm.end().await;
}

#[actix::test]
async fn a_log_that_has_not_changed_is_not_sent_again() {
    let farm = Farm::start().await;
    let (_, _, url) = with_log(&farm, "text").await;
    let whole = farm.get(&url).await;
    let modified = whole.header("last-modified").unwrap();
    assert_eq!(
        part(&farm, &url, "If-Modified-Since", modified)
            .await
            .status,
        304
    );
    part(&farm, &url, "If-Match", "\"something else\"")
        .await
        .refused(412);
    farm.end().await;
}

#[actix::test]
async fn a_task_without_a_log_has_nothing_to_show() {
    let farm = Farm::start().await;
    let job = farm.submit(1).await;
    let id = job["id"].as_str().unwrap();
    let tasks = farm.get(&format!("/api/v3/jobs/{id}/tasks")).await.json();
    let task = tasks["tasks"][0]["id"].as_str().unwrap();
    farm.get(&format!("/api/v3/tasks/{task}/log"))
        .await
        .nothing();
    farm.get(&format!("/api/v3/tasks/{task}/logtail"))
        .await
        .nothing();
    farm.get(&format!("/job-files/job-{}/{id}/task-{task}.txt", &id[..4]))
        .await
        .refused(404);
    farm.get(&format!("/api/v3/tasks/{UNKNOWN_ID}/logtail"))
        .await
        .refused(404);
    farm.get("/api/v3/tasks/nonsense/log").await.refused(400);
    farm.end().await;
}

#[actix::test]
async fn the_newest_picture_can_be_seen() {
    let farm = Farm::start().await;
    let (who, task) = farm.at_work().await;
    let path = |what: &str| format!("/api/v3/{what}last-rendered");
    let of_job = path(&format!("jobs/{}/", task["job"].as_str().unwrap()));
    farm.get(&path("jobs/")).await.nothing();
    farm.get(&of_job).await.nothing();

    let mut stream = Stream::open(
        &farm,
        Request::new("GET", &format!("{EVENTS}?topic=/last-rendered")),
    )
    .await;
    assert_eq!(stream.next().await.unwrap().name, "hello");
    let mut picture = Cursor::new(Vec::new());
    RgbImage::new(8, 4)
        .write_to(&mut picture, ImageFormat::Png)
        .unwrap();
    let output = format!(
        "/api/v3/worker/task/{}/output-produced",
        task["uuid"].as_str().unwrap()
    );
    let output = who
        .request("POST", &output)
        .header("Content-Type", "image/png")
        .body(picture.into_inner());
    let taken = output.send(farm.address).await;
    assert_eq!((taken.status, taken.text()), (202, ""));

    let told = stream.next().await.unwrap();
    assert_eq!(told.data["job_id"], task["job"]);
    let info = farm.get(&of_job).await.json();
    assert_eq!(info, farm.get(&path("jobs/")).await.json());
    assert_eq!(info, told.data["thumbnail"]);
    let names = info["suffixes"].as_array().unwrap();
    assert_eq!(names.len(), 3);
    for name in names {
        let url = format!(
            "{}/{}",
            info["base"].as_str().unwrap(),
            name.as_str().unwrap()
        );
        let picture = farm.get(&url).await;
        assert_eq!(
            (picture.status, picture.header("content-type")),
            (200, Some("image/jpeg")),
            "{url}"
        );
        assert!(picture.body.starts_with(&[0xff, 0xd8]));
    }
    farm.end().await;
}

#[actix::test]
async fn no_trick_with_a_path_leads_elsewhere() {
    let farm = Farm::start().await;
    let (_, task, url) = with_log(&farm, "text").await;
    let job = task["job"].as_str().unwrap();
    let folder = format!("/job-files/job-{}/{job}", &job[..4]);
    let name = url.strip_prefix(&folder).unwrap();
    for path in [
        "/job-files",
        "/job-files/",
        "/job-files/.",
        "/job-files/../farm.sqlite",
        "/job-files/%2e%2e/farm.sqlite",
        "/job-files/..%2ffarm.sqlite",
        "/job-files/..%5cfarm.sqlite",
        "/job-files//etc/passwd",
        "/job-files/%2fetc%2fpasswd",
        "/job-files/%00",
        "/job-files/%ff",
        &folder,
        &format!("{folder}/"),
        &format!("{folder}/./{name}"),
        &format!("{folder}/x/..{name}"),
        &format!("{folder}{name}/"),
        &format!("{folder}{name}%00"),
        &format!("{folder}{}", name.to_uppercase()),
        &format!("{folder}/farm.sqlite"),
        &format!("{folder}/last-rendered.jpg"),
    ] {
        let answer = farm.get(path).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.text()
        );
        answer.refused(answer.status);
    }
    assert_eq!(farm.get(&url).await.status, 200);
    assert_eq!(
        farm.get(&url.replace('-', "%2D")).await.status,
        200,
        "another spelling of the same path"
    );
    farm.end().await;
}
