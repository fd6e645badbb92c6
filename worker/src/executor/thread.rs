//! The thread on which a task runs. It lives at least as long as the task.

use std::io;

use farandole_protocol::api::AssignedTask;
use tokio::runtime;
use tokio::task::{JoinHandle, spawn_blocking};

use super::run::{Outcome, run_task};
use super::site::Site;

/// Runs a task on a thread of its own, with a runtime of its own. A panic is the result of the task, and not the end
/// of the Worker.
pub(super) fn run_on_thread(task: Box<AssignedTask>, site: Site) -> JoinHandle<io::Result<Outcome>> {
    spawn_blocking(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(runtime.block_on(run_task(&task, &site)))
    })
}
