//! Orders to jobs and tasks.

use farandole_protocol::client::ManagerHttp;
use farandole_protocol::status::{JobStatus, TaskStatus};

use crate::args::Order;
use crate::error::Outcome;
use crate::lookup::{self, Named};
use crate::output::{print, print_json};
use crate::table::one_line;

/// The state to ask for, of a job and of a task.
type Wanted = (JobStatus, TaskStatus);

/// What cancels.
pub(super) const CANCEL: Wanted = (JobStatus::CancelRequested, TaskStatus::Canceled);
/// What pauses.
pub(super) const PAUSE: Wanted = (JobStatus::PauseRequested, TaskStatus::Paused);
/// What queues again.
pub(super) const REQUEUE: Wanted = (JobStatus::Requeueing, TaskStatus::Queued);

/// Asks for a state of a job or of a task, and tells what came of it.
pub(super) async fn give(
    manager: &ManagerHttp,
    order: &Order,
    (job_status, task_status): Wanted,
    json: bool,
) -> Outcome<()> {
    match lookup::job_or_task(manager, &order.id).await? {
        Named::Job(id) => {
            manager
                .set_job_status(id, job_status, &order.reason)
                .await?;
            let job = manager.job(id).await?;
            if json {
                return print_json(&job);
            }
            print(&format!("job {} is {}\n", one_line(&job.name), job.status))
        }
        Named::Task(id) => {
            manager
                .set_task_status(id, task_status, &order.reason)
                .await?;
            let task = manager.task(id).await?;
            if json {
                return print_json(&task);
            }
            print(&format!(
                "task {} is {}\n",
                one_line(&task.name),
                task.status
            ))
        }
    }
}
