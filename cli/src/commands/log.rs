//! The log of a task.

use std::time::Duration;

use farandole_protocol::client::ManagerHttp;
use farandole_protocol::ids::TaskId;
use farandole_protocol::status::TaskStatus;

use crate::error::{CliError, Outcome};
use crate::output::{note, print};

/// How often a growing log is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Prints the log; goes on as it grows, if wanted.
pub(crate) async fn log(manager: &ManagerHttp, task: &str, follow: bool) -> Outcome<()> {
    let id: TaskId = task.parse().map_err(|_| {
        CliError::Local(format!(
            "{task} is no task's id; see them with: farandole tasks JOB"
        ))
    })?;
    let mut read = 0;
    loop {
        // The task first: what it says before its end is then in the log for certain.
        let status = manager.task(id).await?.status;
        read = print_from(manager, id, read).await?;
        let ended = !matches!(
            status,
            TaskStatus::Active | TaskStatus::Queued | TaskStatus::SoftFailed
        );
        if !follow || ended {
            if read == 0 {
                note("the log is empty");
            }
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn print_from(manager: &ManagerHttp, id: TaskId, read: u64) -> Outcome<u64> {
    let Some(info) = manager.task_log_info(id).await? else {
        return Ok(read);
    };
    if info.size.cast_unsigned() <= read {
        return Ok(read);
    }
    let mut read = read;
    loop {
        let part = manager.task_log_part(&info, read).await?;
        if part.is_empty() {
            return Ok(read);
        }
        print(&String::from_utf8_lossy(&part))?;
        read += part.len() as u64;
    }
}
