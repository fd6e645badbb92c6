//! Orders to jobs and tasks.

use farandole_protocol::client::ManagerHttp;
use farandole_protocol::status::{JobStatus, TaskStatus};

use crate::args::Order;
use crate::error::Outcome;
use crate::ids::{self, Named};
use crate::output::{print, print_json};

/// Asks for a state of a job or of a task, and tells what came of it.
pub(crate) async fn order(
    manager: &ManagerHttp,
    order: &Order,
    job_status: JobStatus,
    task_status: TaskStatus,
    json: bool,
) -> Outcome<()> {
    let reason = if order.reason.is_empty() {
        "asked for on the command line"
    } else {
        &order.reason
    };
    match ids::task_or_job(&order.id, &manager.jobs().await?)? {
        Named::Job(id) => {
            manager.set_job_status(id, job_status, reason).await?;
            let job = manager.job(id).await?;
            if json {
                print_json(&job)
            } else {
                print(&format!("job {} is now {}\n", job.name, job.status))
            }
        }
        Named::Task(id) => {
            manager.set_task_status(id, task_status, reason).await?;
            let task = manager.task(id).await?;
            if json {
                print_json(&task)
            } else {
                print(&format!("task {} is now {}\n", task.name, task.status))
            }
        }
    }
}
