//! Every recorded scenario is played against our Manager, request by request, and the answers are as recorded but for
//! what is meant to differ.
//!
//! - `recording.rs`: what a recording says.
//! - `preparations.yaml`: what was done between the recorded steps; `preparation.rs` does it again.
//! - `player.rs`: plays a scenario; `sending.rs`: makes its requests; `compare.rs`: whether an answer is as recorded.
//! - `listener.rs`: what is told by Socket.IO, and `socket.rs`, the client for that.
//! - `files.rs`, `values.rs`: what is observed in other ways.
//! - `differences.yaml`: where ours is meant to differ, each with its reason; `differences.rs` reads it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end where something goes wrong"
)]

mod compare;
mod differences;
mod files;
mod listener;
mod player;
mod preparation;
mod recording;
mod sending;
mod socket;
mod values;

/// Scenarios without anything that could be played, and where what they say is tested.
const ELSEWHERE: [(&str, &str); 1] = [(
    "times-worker",
    "signs of life are written some seconds later; the farm's tests look at them in memory, in virtual time",
)];

macro_rules! scenarios {
    ($($test:ident)+) => {
        const PLAYED: &[&str] = &[$(stringify!($test)),+];
        $(
            #[test]
            fn $test() {
                player::play(&stringify!($test).replace('_', "-"));
            }
        )+
    };
}

scenarios! {
    errors_bodies errors_credentials errors_identifiers failure_one_worker failure_soft_to_hard farm_status job_delete
    job_pause job_priority job_run job_set_status job_submit_echo job_submit_options job_submit_refused
    job_submit_render last_rendered meta_basics meta_check_storage meta_variables shaman_defer shaman_off
    shaman_round_trip shaman_upload_refused socketio_failed_job socketio_farm_status socketio_handshake socketio_jobs
    socketio_workers task_log task_may_i_run task_schedule task_set_status task_update worker_management
    worker_register worker_session worker_sign_off worker_sign_on worker_sleep_schedule worker_state worker_tags
}

#[test]
fn every_recording_is_played() {
    let played = PLAYED.iter().map(|name| name.replace('_', "-"));
    let elsewhere = ELSEWHERE.iter().map(|(name, _)| (*name).to_owned());
    let mut known: Vec<String> = played.chain(elsewhere).collect();
    known.sort();
    assert_eq!(known, recording::names());
}
