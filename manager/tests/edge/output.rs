//! What jobs made: their output folder, all of it and nothing else.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::json;

use super::client::{Answer, Request};
use super::farm::{Farm, UNKNOWN_ID};

impl Farm {
    /// A job whose frames go to this folder. Gives the path of its files.
    async fn rendering_to(&self, folder: &str) -> String {
        let output = format!("{folder}/######");
        let body = json!({
            "name": "j", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
            "settings": {"message": "m", "sleep_duration_seconds": 0, "sleep_repeats": 1, "render_output_path": output},
        });
        let job = self.post("/api/v3/jobs", &body).await.json();
        format!("/api/farm/v1/jobs/{}/files", job["id"].as_str().unwrap())
    }

    /// What `{jobs}` stands for.
    fn jobs(&self) -> std::path::PathBuf {
        self.folder.path().join("shared/jobs")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.jobs().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn paths(answer: &Answer) -> Vec<String> {
    let listed = answer.json();
    let files = listed["files"].as_array().unwrap().iter();
    files
        .map(|file| file["path"].as_str().unwrap().to_owned())
        .collect()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[actix::test]
async fn what_could_run_scripts_is_saved_and_not_shown() {
    let farm = Farm::start().await;
    let files = farm.rendering_to("{jobs}/out/shot").await;
    let of = async |name: &str| {
        farm.write(&format!("out/shot/{name}"), "<script>alert(1)</script>");
        farm.get(&format!("{files}/{name}")).await
    };
    for name in ["page.html", "drawing.svg", "notes.xml", "log.txt", "none"] {
        let answer = of(name).await;
        assert_eq!(
            answer.header("content-type"),
            Some("application/octet-stream"),
            "{name}"
        );
        let disposition = answer.header("content-disposition").unwrap();
        assert_eq!(disposition, format!("attachment; filename=\"{name}\""));
    }
    for (name, media_type) in [
        ("0001.JPG", "image/jpeg"),
        ("shot.mp4", "video/mp4"),
        ("a.exr", "image/x-exr"),
    ] {
        let answer = of(name).await;
        assert_eq!(answer.header("content-type"), Some(media_type));
        assert_eq!(answer.header("content-disposition"), Some("inline"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("content-security-policy"), Some("sandbox"));
    }
    farm.end().await;
}

#[actix::test]
async fn all_that_a_job_made_is_listed_and_served() {
    let farm = Farm::start().await;
    let files = farm.rendering_to("{jobs}/out/shot").await;
    assert_eq!(
        paths(&farm.get(&files).await),
        [""; 0],
        "nothing is there yet"
    );
    farm.write("out/shot/0001.png", "first");
    farm.write("out/shot/video/a b.mp4", "moving");
    farm.write("out/shot/.hidden", "x");
    farm.write("out/other/0001.png", "of another job");
    let listed = farm.get(&files).await;
    assert_eq!(paths(&listed), ["0001.png", "video/a b.mp4"]);
    let first = &listed.json()["files"][0];
    assert_eq!(first["size"], 5);
    assert!(
        first["modified"].as_str().unwrap().ends_with('Z'),
        "{first}"
    );

    let frame = farm.get(&format!("{files}/0001.png")).await;
    assert_eq!((frame.status, frame.text()), (200, "first"));
    assert_eq!(frame.header("content-type"), Some("image/png"));
    assert_eq!(
        farm.get(&format!("{files}/video/a%20b.mp4")).await.text(),
        "moving"
    );
    farm.get(&format!("{files}/.hidden")).await.refused(404);
    farm.get(&format!("{files}/none.png")).await.refused(404);
    farm.get(&format!("{files}/video")).await.refused(404);
    farm.end().await;
}

#[actix::test]
async fn a_part_of_a_file_is_served_as_long_as_it_is_the_same_file() {
    let farm = Farm::start().await;
    let files = farm.rendering_to("{jobs}/out").await;
    farm.write("out/0001.png", "0123456789");
    let url = format!("{files}/0001.png");
    let head = Request::new("HEAD", &url)
        .open(farm.address)
        .await
        .head()
        .await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("10"))
    );
    let etag = head.header("etag").unwrap().to_owned();
    let part = |version: &str| {
        Request::new("GET", &url)
            .header("Range", "bytes=4-")
            .header("If-Range", version)
            .send(farm.address)
    };
    let rest = part(&etag).await;
    assert_eq!((rest.status, rest.text()), (206, "456789"));
    assert_eq!(rest.header("content-range"), Some("bytes 4-9/10"));
    let beyond = Request::new("GET", &url).header("Range", "bytes=10-");
    beyond.send(farm.address).await.refused(416);
    farm.write("out/0001.png", "another one");
    let all = part(&etag).await;
    assert_eq!((all.status, all.text()), (200, "another one"));
    farm.end().await;
}

#[actix::test]
async fn no_path_and_no_link_leads_out_of_the_folder() {
    let farm = Farm::start().await;
    let files = farm.rendering_to("{jobs}/out/shot").await;
    farm.write("out/shot/0001.png", "frame");
    farm.write("out/secret.txt", "secret");
    farm.write("out/secrets/a.txt", "secret");
    let shot = farm.jobs().join("out/shot");
    symlink("../secret.txt", shot.join("link.txt")).unwrap();
    symlink("/etc/passwd", shot.join("passwd")).unwrap();
    symlink("../secrets", shot.join("folder")).unwrap();
    symlink("0001.png", shot.join("same.png")).unwrap();
    assert_eq!(paths(&farm.get(&files).await), ["0001.png", "same.png"]);
    for path in [
        "../secret.txt",
        "%2e%2e/secret.txt",
        "%2e%2e%2fsecret.txt",
        "..%2fsecret.txt",
        "..%5csecret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "link.txt",
        "passwd",
        "folder/a.txt",
        "0001.png%00",
        "%00",
        "0001.png/",
        "./../secret.txt",
        "x/../../secret.txt",
    ] {
        let answer = farm.get(&format!("{files}/{path}")).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
        assert!(
            !answer.text().contains("secret\n") && !answer.text().contains("root:"),
            "{path}"
        );
    }
    farm.end().await;
}

#[actix::test]
async fn an_output_folder_elsewhere_is_not_shown() {
    let farm = Farm::start().await;
    let outside = farm.folder.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("a.txt"), "secret").unwrap();
    fs::create_dir_all(farm.jobs()).unwrap();
    symlink(&outside, farm.jobs().join("link")).unwrap();
    for folder in [
        "/etc",
        &text(&outside),
        "{jobs}/link",
        "{jobs}/../../outside",
    ] {
        let files = farm.rendering_to(folder).await;
        farm.get(&files).await.refused(403);
        farm.get(&format!("{files}/a.txt")).await.refused(403);
    }
    farm.end().await;
}

#[actix::test]
async fn jobs_without_an_output_folder_have_no_files() {
    let farm = Farm::start().await;
    let job = farm.submit(2).await;
    let files = format!("/api/farm/v1/jobs/{}/files", job["id"].as_str().unwrap());
    assert_eq!(paths(&farm.get(&files).await), [""; 0]);
    farm.get(&format!("{files}/a")).await.refused(404);
    farm.get(&format!("/api/farm/v1/jobs/{UNKNOWN_ID}/files"))
        .await
        .refused(404);
    farm.end().await;
}
