//! Jobs on their way out, when the Manager is killed.

use farandole_tests::harness::{Manager, ManagerOptions, eventually};
use tempfile::tempdir;

#[test]
fn a_job_whose_manager_is_killed_in_the_midst_of_deleting_it_is_gone_after_the_next_start() {
    let folder = tempdir().unwrap();
    let mut manager = Manager::start(ManagerOptions::below(folder.path()));
    let api = manager.api();
    let stays = api.submit_echo_sleep("stays", 2, 0);
    let jobs: Vec<String> = (0..4)
        .map(|_| api.submit_echo_sleep("large", 20_000, 0))
        .collect();
    for job in &jobs {
        let path = format!("/api/v3/jobs/{job}");
        let answer = api.request("DELETE", &path).send().unwrap();
        assert_eq!(answer.status().as_u16(), 204);
    }
    // What was acknowledged is on disk, and rows are being removed right now.
    for _ in 0..2 {
        manager = manager.kill_and_restart();
    }
    let api = manager.api();
    for job in &jobs {
        eventually("the job is gone", || {
            let answer = api.response(&format!("/api/v3/jobs/{job}"));
            (answer.status().as_u16() == 404).then_some(())
        });
    }
    assert_eq!(api.tasks(&stays).len(), 3);
}
