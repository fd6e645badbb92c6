//! The Manager's container goes away in the middle of a job, alone or with all others, and comes back.

use farandole_tests::harness::eventually;

use super::attempts;
use super::docker::docker;
use super::farm::Farm;

const ADDRESS: &str = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";

#[test]
fn while_the_manager_is_away_workers_go_on_and_deliver_when_it_is_back() {
    let farm = Farm::up(2, &[]);
    let api = farm.api();
    api.wait_for_workers(2);
    let job = api.submit_echo_sleep("goes on", 6, 4);
    api.wait_for_tasks(&job, "active", 2);
    farm.compose(&["stop", "manager"]);
    farm.compose(&["start", "manager"]);
    api.wait_until_ready();
    api.wait_for_job(&job, "completed");
    attempts::assert_nothing_lost(&api, &job);
    let again = attempts::of_job(&api, &job);
    assert_eq!(
        again.len(),
        api.tasks(&job).len(),
        "nothing was done twice: {again:?}"
    );
}

#[test]
fn a_manager_that_comes_back_with_another_address_is_found() {
    let farm = Farm::up(1, &[]);
    let api = farm.api();
    api.wait_for_workers(1);
    let manager = farm.containers("manager").remove(0);
    let before = docker(["inspect", "-f", ADDRESS, &manager]);
    farm.compose(&["stop", "manager"]);
    // Others take the addresses that are free now.
    let network = farm.network();
    let squat = || {
        docker([
            "run",
            "--detach",
            "--rm",
            "--init",
            "--network",
            &network,
            "--entrypoint",
            "sleep",
            "farandole-manager",
            "600",
        ])
    };
    let squatters = Squatters((0..3).map(|_| squat()).collect());
    farm.compose(&["start", "manager"]);
    let after = docker(["inspect", "-f", ADDRESS, &manager]);
    assert_ne!(before, after);

    api.wait_until_ready();
    let job = api.submit_echo_sleep("found again", 1, 0);
    api.wait_for_job(&job, "completed");
    eventually("it is the same worker", || {
        let workers = api.get("/api/v3/worker-mgt/workers");
        (workers["workers"].as_array().unwrap().len() == 1).then_some(())
    });
    drop(squatters);
}

#[test]
fn a_farm_that_is_taken_down_gives_its_tasks_back() {
    // Nobody is found silent before the test ends.
    let farm = Farm::up(2, &[("FARANDOLE_WORKER_TIMEOUT", "1h")]);
    let api = farm.api();
    let job = api.submit_echo_sleep("for the next time", 2, 600);
    api.wait_for_tasks(&job, "active", 2);
    farm.compose(&["down"]);
    farm.scale(0);
    api.wait_until_ready();
    let tasks = api.tasks(&job);
    let active = tasks.iter().filter(|task| task["status"] == "active");
    assert_eq!(active.count(), 0, "{tasks:?}");
}

/// Containers that are in somebody's place.
struct Squatters(Vec<String>);

impl Drop for Squatters {
    fn drop(&mut self) {
        for container in &self.0 {
            super::docker::try_docker(&["rm", "--force", container]);
        }
    }
}
