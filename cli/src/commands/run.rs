//! From the command line to the command.

use super::{fetch, jobs, log, orders, submit, types, workers};
use crate::args::{Args, Command};
use crate::error::Outcome;
use crate::output::Output;
use crate::{farm, lookup, watch};

/// Does what the command line says.
pub(crate) async fn run(args: Args) -> Outcome<()> {
    let manager = &farm::find(&args.manager, &args.farm).await?;
    let output = Output::new(args.json);
    match args.command {
        Command::Submit(what) => submit::submit(manager, &what, output).await,
        Command::Jobs => jobs::list(manager, output).await,
        Command::Job(of) => {
            let id = lookup::job(manager, &of.id).await?;
            jobs::show(manager, id, output).await
        }
        Command::Watch(of) => {
            let id = lookup::job(manager, &of.id).await?;
            watch::watch(manager, id, output.json).await
        }
        Command::Tasks(of) => {
            let id = lookup::job(manager, &of.id).await?;
            jobs::tasks(manager, id, output).await
        }
        Command::Log { task, follow } => {
            let id = lookup::task(manager, &task).await?;
            log::log(manager, id, follow, output.json).await
        }
        Command::Fetch(what) => fetch::fetch(manager, &what, output).await,
        Command::Workers => workers::list(manager, output).await,
        Command::Cancel(order) => orders::give(manager, &order, orders::CANCEL, output.json).await,
        Command::Pause(order) => orders::give(manager, &order, orders::PAUSE, output.json).await,
        Command::Requeue(order) => {
            orders::give(manager, &order, orders::REQUEUE, output.json).await
        }
        Command::Types => types::list(manager, output.json).await,
    }
}
