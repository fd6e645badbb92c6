//! From the command line to the command.

use farandole_protocol::client::ManagerHttp;
use farandole_protocol::ids::JobId;
use farandole_protocol::status::{JobStatus, TaskStatus};

use super::{jobs, log, orders, submit, watch, workers};
use crate::args::{Args, Command};
use crate::error::Outcome;
use crate::{farm, ids};

/// Does what the command line says.
pub(crate) async fn run(args: Args) -> Outcome<()> {
    let manager = farm::find(args.manager.as_deref(), &args.farm).await?;
    let json = args.json;
    match args.command {
        Command::Submit(what) => submit::submit(&manager, &what, json).await,
        Command::Jobs => jobs::list(&manager, json).await,
        Command::Job { id } => jobs::show(&manager, find(&manager, &id).await?, json).await,
        Command::Watch { id } => watch::watch(&manager, find(&manager, &id).await?, json).await,
        Command::Tasks { id } => jobs::tasks(&manager, find(&manager, &id).await?, json).await,
        Command::Log { task, follow } => log::log(&manager, &task, follow).await,
        Command::Workers => workers::list(&manager, json).await,
        Command::Cancel(order) => {
            orders::order(
                &manager,
                &order,
                JobStatus::CancelRequested,
                TaskStatus::Canceled,
                json,
            )
            .await
        }
        Command::Pause(order) => {
            orders::order(
                &manager,
                &order,
                JobStatus::PauseRequested,
                TaskStatus::Paused,
                json,
            )
            .await
        }
        Command::Requeue(order) => {
            orders::order(
                &manager,
                &order,
                JobStatus::Requeueing,
                TaskStatus::Queued,
                json,
            )
            .await
        }
        Command::Types => jobs::types(&manager, json).await,
    }
}

async fn find(manager: &ManagerHttp, id: &str) -> Outcome<JobId> {
    match id.parse() {
        Ok(id) => Ok(id),
        Err(_) => ids::job(id, &manager.jobs().await?),
    }
}
