//! How long a person waits on a farm of 1,000 jobs of 100 tasks: for `jobs`, selectors, `watch --all` and more, the
//! Manager's time and the client's together. Run by hand, since times are no test:
//!
//!     cargo build --release --bins && cargo run --release -p farandole-tests --example cli_speed

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "an example that is run by hand ends where something goes wrong"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use farandole_tests::harness::{Manager, ManagerOptions, binary};
use serde_json::json;

const JOBS: usize = 1_000;
const SUBMITTERS: usize = 4;
const ROUNDS: usize = 15;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for submitter in 0..SUBMITTERS {
            let api = manager.api();
            scope.spawn(move || {
                for number in (submitter..JOBS).step_by(SUBMITTERS) {
                    api.submit(&json!({
                        "name": format!("shot_{number:04}"), "type": "echo-sleep-test", "priority": 50,
                        "submitter_platform": "linux",
                        "settings": {"message": "hello", "sleep_duration_seconds": 1, "sleep_repeats": 99},
                    }));
                }
            });
        }
    });
    println!(
        "{JOBS} jobs of 100 tasks were submitted in {:.1?}",
        began.elapsed()
    );
    let api = manager.api();
    measure("GET /api/v3/jobs (the Manager alone)", || {
        drop(api.get("/api/v3/jobs"));
    });
    let first = api.get("/api/v3/jobs")["jobs"][500]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let short = &first[..18];
    let commands: [&[&str]; 9] = [
        &["jobs"],
        &["jobs", "--json"],
        &["jobs", "--status", "queued", "--name", "shot_1*"],
        &["cancel", "--name", "shot_05*", "--dry-run"],
        &["priority", "60", "--name", "shot_05*", "--yes"],
        &["job", short],
        &["tasks", short],
        &["why", short],
        &["workers"],
    ];
    for args in commands {
        measure(&format!("farandole {}", args.join(" ")), || {
            let output = client(&manager, args).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        });
    }
    measure("farandole watch --all, until all jobs are there", || {
        watch_all(&manager);
    });
}

fn client(manager: &Manager, args: &[&str]) -> Command {
    let mut command = Command::new(binary("farandole"));
    command.env("FARANDOLE_MANAGER", manager.url()).args(args);
    command
}

fn watch_all(manager: &Manager) {
    let mut watch = client(manager, &["watch", "--all", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    assert_eq!(lines.take(JOBS).count(), JOBS);
    watch.kill().unwrap();
    watch.wait().unwrap();
}

fn measure(name: &str, what: impl Fn()) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            what();
            began.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "{name:64} median {:>8.1?}  worst {:>8.1?}",
        times[ROUNDS / 2],
        times[ROUNDS - 1]
    );
}
