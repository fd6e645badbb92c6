//! The configuration over HTTP: read, changed, set up; and the add-on.

use std::fs;

use serde_json::{Value, json};

use super::client::{Answer, Request};
use super::farm::Farm;

const FILE: &str = "/api/v3/configuration/file";
const SETUP: &str = "/api/v3/configuration/setup-assistant";
const QUIET: [&str; 2] = ["--listen=127.0.0.1:0", "--autodiscoverable=no"];

async fn put(farm: &Farm, body: &Value) -> Answer {
    Request::new("PUT", FILE)
        .json(body)
        .send(farm.address)
        .await
}

/// A Manager whose folder has this configuration.
async fn with_file(text: &str) -> Farm {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("flamenco-manager.yaml"), text).unwrap();
    Farm::start_in(folder, &QUIET).await
}

fn file(farm: &Farm) -> String {
    fs::read_to_string(farm.folder.path().join("flamenco-manager.yaml")).unwrap()
}

#[actix::test]
async fn reading_the_configuration_changes_nothing() {
    let text = "# mine\nworker_timeout: 2m\nodd: 1\n";
    let farm = with_file(text).await;
    for path in [FILE, "/api/v3/configuration"] {
        assert_eq!(farm.get(path).await.status, 200);
    }
    assert_eq!(file(&farm), text);
    let all = farm.get(FILE).await.json();
    assert_eq!(all["worker_timeout"], "2m0s");
    assert_eq!(all["shared_storage_path"], "");
    assert_eq!(
        all["variables"]["blenderArgs"],
        json!({"values": [{"audience": "all", "platform": "all", "value": "-b -y"}]})
    );
    farm.end().await;
}

/// Flamenco's web application stops at a key that it does not know, and then shows no settings at all.
#[actix::test]
async fn flamencos_web_application_is_shown_no_key_that_is_not_flamencos() {
    let farm = with_file("farm: blue\n").await;
    let own = ["farm", "compatible_version", "http_threads", "upload_limit"];
    let shown = farm.get(FILE).await.json();
    assert_eq!(shown["worker_timeout"], "1m0s");
    let all = farm.get(&format!("{FILE}?all=true")).await.json();
    assert_eq!(all["farm"], "blue");
    for key in own {
        assert_eq!((shown.get(key), all[key].is_null()), (None, false), "{key}");
    }
    put(&farm, &shown).await.nothing();
    assert_eq!(file(&farm), "farm: blue\n");
    assert_eq!(farm.get(&format!("{FILE}?all=1")).await.status, 400);
    farm.end().await;
}

#[actix::test]
async fn writing_the_configuration_merges_validates_and_keeps_what_was_not_sent() {
    let farm =
        with_file("# mine\nworker_timeout: 2m\nmqtt: {client: {password: hunter2}}\nodd: 1\n")
            .await;
    let mut all = farm.get(FILE).await.json();
    assert_eq!(all["mqtt"]["client"]["password"], "(hidden)");
    all["manager_name"] = json!("anna's farm");
    put(&farm, &all).await.nothing();
    assert_eq!(
        file(&farm),
        "# mine\nworker_timeout: 2m\nmqtt: {client: {password: hunter2}}\nodd: 1\nmanager_name: anna's farm\n"
    );
    assert_eq!(
        farm.get("/api/v3/version").await.json()["name"],
        "anna's farm"
    );
    put(&farm, &json!({"worker_timeout": "3m"})).await.nothing();
    let now = farm.get(FILE).await.json();
    assert_eq!(
        (&now["manager_name"], &now["worker_timeout"]),
        (&json!("anna's farm"), &json!("3m0s"))
    );
    let refused = put(&farm, &json!({"manager_name": "x", "worker_timeout": 5})).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.json()["message"]
            .as_str()
            .unwrap()
            .contains("worker_timeout")
    );
    assert_eq!(farm.get(FILE).await.json(), now);
    for body in [json!([]), json!(null), json!(5)] {
        assert_eq!(put(&farm, &body).await.status, 400);
    }
    farm.end().await;
}

#[actix::test]
async fn what_waits_for_a_restart_or_is_overridden_or_unknown_is_told() {
    let farm = with_file("").await;
    let told = put(
        &farm,
        &json!({"autodiscoverable": true, "http_threads": 3, "worker_timout": "1m"}),
    )
    .await;
    assert_eq!(told.status, 204);
    assert_eq!(told.header("farandole-after-restart"), Some("http_threads"));
    assert_eq!(
        told.header("farandole-overridden"),
        Some("autodiscoverable (flag --autodiscoverable)")
    );
    assert_eq!(told.header("farandole-unknown-keys"), Some("worker_timout"));
    farm.end().await;
}

#[actix::test]
async fn limits_that_are_changed_hold_at_once() {
    let farm = with_file("shared_storage_path: shared\nworker_timeout: 1h\n").await;
    let who = farm.awake().await;
    put(
        &farm,
        &json!({"worker_timeout": "1ms", "request_body_limit": 1}),
    )
    .await
    .nothing();
    let path = format!("/api/v3/worker-mgt/workers/{}", who.id);
    while farm.get(&path).await.json()["status"] != "error" {
        tokio::task::yield_now().await;
    }
    let large = farm
        .post("/api/v3/jobs/check", &json!({"name": "x".repeat(2 << 20)}))
        .await;
    assert_eq!(large.status, 413);
    farm.end().await;
}

#[actix::test]
async fn the_setup_assistant_sets_a_farm_up_without_a_restart() {
    let farm = Farm::start_with(&QUIET).await;
    let told = farm.get("/api/v3/configuration").await.json();
    assert_eq!(told["isFirstRun"], true);
    assert_eq!(
        told["storageLocation"],
        farm.folder.path().join("jobs").to_str().unwrap(),
        "where Flamenco has it: the add-on shows it, and asks for no other folder"
    );
    let upload = Request::new("POST", "/api/farm/v1/uploads/a.blend").body(b"x".to_vec());
    assert_eq!(upload.send(farm.address).await.status, 412);
    let storage = farm
        .folder
        .path()
        .join("shared")
        .to_string_lossy()
        .into_owned();
    let blender = json!({"input": "my-blender", "path": "/opt/b", "source": "path_envvar", "is_usable": true, "cause": "x"});
    let mut body = json!({"storageLocation": "", "blenderExecutable": blender});
    assert_eq!(farm.post(SETUP, &body).await.status, 400);
    body["storageLocation"] = json!(storage);
    farm.post(SETUP, &body).await.nothing();
    let told = farm.get("/api/v3/configuration").await.json();
    assert_eq!(told["isFirstRun"], false);
    let location = told["storageLocation"].as_str().unwrap();
    assert!(location.starts_with(&storage), "{location}");
    let variables = farm
        .get("/api/v3/configuration/variables/workers/windows")
        .await
        .json();
    assert_eq!(variables["blender"]["value"], "my-blender");
    assert_eq!(variables["blenderArgs"]["value"], "-b -y");
    assert_eq!(variables["jobs"]["value"], location);
    let upload = Request::new("POST", "/api/farm/v1/uploads/a.blend").body(b"x".to_vec());
    assert_eq!(upload.send(farm.address).await.status, 201);
    assert_eq!(farm.post(SETUP, &body).await.status, 204);
    assert_eq!(
        Request::new("POST", SETUP).send(farm.address).await.status,
        400
    );
    farm.end().await;
}

#[actix::test]
async fn the_configuration_is_had_as_yaml_by_who_wants_it() {
    let farm = Farm::start().await;
    let answer = Request::new("GET", FILE)
        .header("Accept", "application/yaml")
        .send(farm.address)
        .await;
    assert_eq!(answer.header("content-type"), Some("application/yaml"));
    assert!(
        answer.text().contains("manager_name: Farandole\n"),
        "{}",
        answer.text()
    );
    farm.end().await;
}

#[actix::test]
async fn paths_are_checked() {
    let farm = Farm::start().await;
    let storage = "/api/v3/configuration/check/shared-storage";
    let answer = farm.post(storage, &json!({"path": "shared"})).await.json();
    assert_eq!(
        (&answer["path"], &answer["is_usable"]),
        (&json!("shared"), &json!(true))
    );
    let nothing = Request::new("POST", storage)
        .send(farm.address)
        .await
        .json();
    assert_eq!(
        (&nothing["path"], &nothing["is_usable"]),
        (&json!(""), &json!(false))
    );
    assert_eq!(farm.post(storage, &json!({})).await.status, 400);
    let blender = "/api/v3/configuration/check/blender";
    let answer = farm
        .post(blender, &json!({"path": "/dev/null/x"}))
        .await
        .json();
    assert_eq!(
        (&answer["source"], &answer["is_usable"]),
        (&json!("input_path"), &json!(false))
    );
    let file = farm.folder.path().join("farm.sqlite");
    let answer = farm.post(blender, &json!({"path": file})).await.json();
    let cause = answer["cause"].as_str().unwrap();
    assert!(cause.contains("is neither"), "{cause}");
    assert!(farm.get(blender).await.json().is_array());
    farm.end().await;
}

#[actix::test]
async fn the_add_on_is_served_or_a_page_says_where_it_is_found() {
    let farm = Farm::start().await;
    let page = farm.get("/flamenco-addon.zip").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(page.text().contains("3.8.5"));
    let old = farm.get("/flamenco3-addon.zip").await;
    assert_eq!(
        (old.status, old.header("location")),
        (308, Some("/flamenco-addon.zip"))
    );
    farm.end().await;
    let farm = with_file("addon: a.zip\n").await;
    fs::write(farm.folder.path().join("a.zip"), "PK").unwrap();
    let told = put(&farm, &json!({"compatible_version": "3.9"})).await;
    assert_eq!(told.header("farandole-after-restart"), None);
    let zip = farm.get("/flamenco-addon.zip").await;
    assert_eq!(
        (zip.header("content-type"), zip.text()),
        (Some("application/zip"), "PK")
    );
    assert_eq!(
        version(&farm, "Flamenco/3.8.5 (Blender add-on)").await,
        "3.9"
    );
    farm.end().await;
}

/// What a program of this name is told as the version.
async fn version(farm: &Farm, user_agent: &str) -> Value {
    let asked = Request::new("GET", "/api/v3/version").header("User-Agent", user_agent);
    let told = asked.send(farm.address).await.json();
    let (short, long) = (&told["shortversion"], &told["version"]);
    let (short, long) = (short.as_str().unwrap(), long.as_str().unwrap());
    assert!(long.starts_with(&format!("{short} (Farandole ")), "{long}");
    told["shortversion"].clone()
}

#[actix::test]
async fn each_blender_add_on_is_told_its_own_version() {
    let farm = Farm::start().await;
    let of = |user_agent| version(&farm, user_agent);
    assert_eq!(of("Flamenco/3.9-beta1 (Blender add-on)").await, "3.9-beta1");
    assert_eq!(of("Flamenco/3.2 (Blender add-on)").await, "3.2");
    assert_eq!(of("Mozilla/5.0").await, "3.8.5");
    assert_eq!(
        farm.get("/api/v3/version").await.json()["shortversion"],
        "3.8.5"
    );
    farm.end().await;
}

/// Settings that name programs, files and addresses are not taken over HTTP from any caller.
#[actix::test]
async fn nothing_that_names_programs_and_files_is_taken() {
    let text = "shared_storage_path: shared\nmqtt: {client: {broker: 'mqtt://one:1883', password: hunter2}}\n";
    let farm = with_file(text).await;
    let shell = json!({"values": [{"platform": "linux", "value": "/bin/sh"}]});
    for (key, sent) in [
        ("variables", json!({"variables": {"blender": shell}})),
        ("addon", json!({"addon": "/etc/shadow"})),
        (
            "local_manager_storage_path",
            json!({"local_manager_storage_path": "/tmp/x"}),
        ),
        ("database", json!({"database": "/tmp/x.sqlite"})),
        ("shared_storage_path", json!({"shared_storage_path": "/"})),
        ("listen", json!({"listen": "999.1.1.1:80"})),
        ("allowed_hosts", json!({"allowed_hosts": ["*"]})),
        (
            "mqtt.client.password",
            json!({"mqtt": {"client": {"password": "x"}}}),
        ),
        (
            "mqtt.client.ca_file",
            json!({"mqtt": {"client": {"ca_file": "/etc/shadow"}}}),
        ),
        (
            "mqtt.client.broker",
            json!({"mqtt": {"client": {"broker": "mqtt://evil:1883"}}}),
        ),
    ] {
        let answer = put(&farm, &sent).await;
        assert_eq!(answer.status, 403, "{key}");
        assert!(answer.text().contains(key), "{}", answer.text());
    }
    let blender = json!({"input": "/bin/sh", "path": "/bin/sh", "source": "input_path", "is_usable": true, "cause": "x"});
    let setup = json!({"storageLocation": "/tmp", "blenderExecutable": blender});
    assert_eq!(farm.post(SETUP, &setup).await.status, 403);
    assert_eq!(file(&farm), text);
    farm.end().await;
}

/// A proxy on the Manager's host connects from a loopback address, and asks for clients elsewhere.
#[actix::test]
async fn who_asks_through_a_proxy_is_not_on_the_managers_host() {
    let farm = Farm::start_with(&QUIET).await;
    for (method, path) in [
        ("PUT", FILE),
        ("POST", SETUP),
        ("GET", "/api/v3/configuration/check/blender"),
        ("POST", "/api/v3/configuration/check/blender"),
        ("POST", "/api/v3/configuration/check/shared-storage"),
    ] {
        for header in ["Forwarded", "X-Forwarded-For", "X-Real-IP"] {
            let request = Request::new(method, path).json(&json!({"path": "/"}));
            let answer = request.header(header, "127.0.0.1").send(farm.address).await;
            assert_eq!(answer.status, 403, "{method} {path} with {header}");
        }
    }
    farm.end().await;
}
