//! Containers come and go, also in the middle of a job; frames do not.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use farandole_tests::harness::{Api, eventually, eventually_within};
use serde_json::Value;

use super::attempts;
use super::docker::docker;
use super::farm::Farm;

const FRAMES: usize = 40;

#[test]
fn a_farm_that_grows_and_shrinks_in_the_middle_of_a_job_renders_every_frame_once() {
    let settings = [
        ("FARANDOLE_WORKER_TIMEOUT", "15s"),
        ("FARANDOLE_EPHEMERAL_WORKER_TIMEOUT", "20s"),
    ];
    let farm = Farm::up(3, &settings);
    let api = farm.api();
    api.wait_for_workers(3);

    let job = farm.submit(&farm.scene(), "1-40");
    let given_to = |count| {
        let what = format!("{count} workers were given tasks");
        eventually(&what, || {
            (attempts::workers(&api, &job).len() >= count).then_some(())
        });
    };
    given_to(3);
    farm.scale(5);
    given_to(5);
    let victim = busy_container(&farm, &api, &job);
    docker(["kill", &victim]);
    docker(["rm", &victim]);
    farm.scale(1);
    eventually_within(Duration::from_mins(10), "all is rendered", || {
        (api.job(&job)["status"] == "completed").then_some(())
    });

    attempts::assert_nothing_lost(&api, &job);
    let frames = farm.folder.path().join("frames");
    farm.farandole(&["fetch", &job, &frames.to_string_lossy()]);
    assert_frames(&frames);

    a_restarted_worker_is_the_same(&farm, &api);
    what_was_done_outlives_all_containers(&farm, &api, &job);
}

/// A container whose Worker has a task in its hands.
fn busy_container(farm: &Farm, api: &Api, job: &str) -> String {
    let containers = farm.containers("worker");
    eventually("a worker is busy", || {
        let tasks = api.tasks(job);
        let busy: Vec<_> = tasks
            .iter()
            .filter(|task| task["status"] == "active")
            .collect();
        containers.iter().find_map(|container| {
            let address = docker([
                "inspect",
                "-f",
                "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
                container,
            ]);
            let is_its = |task: &&&Value| task["worker"]["address"] == address;
            busy.iter().find(is_its).map(|_| container.clone())
        })
    })
}

fn assert_frames(folder: &Path) {
    let files = files(folder);
    let ending = |end: &str| {
        files
            .iter()
            .filter(|file| file.ends_with(end))
            .collect::<Vec<_>>()
    };
    let pictures = ending(".png");
    assert_eq!(pictures.len(), FRAMES, "{files:?}");
    for picture in pictures {
        image::open(picture).unwrap_or_else(|error| panic!("{picture}: {error}"));
    }
    let videos = ending(".mp4");
    let count = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", "v:0"])
        .args(["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"])
        .arg(videos[0])
        .output()
        .unwrap();
    let count = String::from_utf8(count.stdout).unwrap();
    assert_eq!(count.trim(), FRAMES.to_string());
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    found
}

fn awake(api: &Api) -> BTreeSet<String> {
    let workers = api.get("/api/v3/worker-mgt/workers");
    let workers = workers["workers"].as_array().unwrap().iter();
    workers
        .filter(|worker| worker["status"] == "awake")
        .map(|worker| worker["id"].as_str().unwrap().to_owned())
        .collect()
}

fn a_restarted_worker_is_the_same(farm: &Farm, api: &Api) {
    farm.scale(1);
    let before = eventually("one worker is awake", || {
        Some(awake(api)).filter(|awake| awake.len() == 1)
    });
    docker(["restart", &farm.containers("worker")[0]]);
    let job = api.submit_echo_sleep("after the restart", 1, 0);
    api.wait_for_job(&job, "completed");
    assert_eq!(attempts::workers(api, &job), before);
    assert_eq!(awake(api), before);
}

fn what_was_done_outlives_all_containers(farm: &Farm, api: &Api, job: &str) {
    let old = awake(api);
    farm.compose(&["down"]);
    farm.scale(2);
    api.wait_until_ready();
    assert_eq!(api.job(job)["status"], "completed");
    let picture = api.get(&format!("/api/v3/jobs/{job}/last-rendered"));
    let (base, name) = (&picture["base"], &picture["suffixes"][0]);
    let url = format!("{}/{}", base.as_str().unwrap(), name.as_str().unwrap());
    assert_eq!(api.response(&url).status(), 200);

    // One that was killed before it could sign off counts as awake until it times out.
    let others = |id: &String| !old.contains(id);
    eventually("two new workers are awake", || {
        (awake(api).into_iter().filter(others).count() == 2).then_some(())
    });
    eventually("those of before are forgotten", || {
        let workers = api.get("/api/v3/worker-mgt/workers");
        let workers = workers["workers"].as_array().unwrap();
        (workers.len() == 2 && awake(api).iter().all(others)).then_some(())
    });
}
