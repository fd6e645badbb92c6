//! The thread on which a task runs. It lives at least as long as the task.

use std::io;

use farandole_protocol::api::AssignedTask;
use tokio::runtime;
use tokio::task::{JoinHandle, spawn_blocking};
use tracing::error;

use super::run::{Outcome, run_task};
use super::site::Site;
use crate::process::TaskUser;

/// Runs a task on a thread of its own, with a runtime of its own. A panic is the result of the task, and not the end
/// of the Worker.
pub(super) fn run_on_thread(
    task: Box<AssignedTask>,
    site: Site,
) -> JoinHandle<io::Result<Outcome>> {
    spawn_blocking(move || {
        let user = site.programs().user.clone();
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_start(move || open_files_as(user.as_deref()))
            .build()?;
        Ok(runtime.block_on(run_task(&task, &site)))
    })
}

/// The threads on which the commands of a task open files do so as the user that its programs run as.
fn open_files_as(user: Option<&TaskUser>) {
    if let Some(Err(error)) = user.map(TaskUser::take_over_files) {
        // A thread cannot be refused, and would open files as a user that may do anything.
        error!(%error, "cannot open files as the user of tasks, ending");
        std::process::abort();
    }
}
