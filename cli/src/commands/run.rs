//! From the command line to the command.

use farandole_protocol::client::ManagerHttp;

use super::{
    check, delete, events, fetch, jobs, log, open, orders, outputs, shell, submit, tags, types,
    verify, watch, why, workers,
};
use crate::args::{Args, Command, ConfigDeed, FarmCommand};
use crate::error::Outcome;
use crate::output::Output;
use crate::{farm, lookup};

/// Does what the command line says.
pub(crate) async fn run(args: Args) -> Outcome<()> {
    match args.command {
        Command::OnFarm(command) => {
            let manager = farm::find(&args.manager, &args.farm).await?;
            on_farm(&manager, command, Output::new(args.json)).await
        }
        Command::Completion { shell } => shell::completion(shell),
        Command::Man { dir } => shell::manual(&dir),
    }
}

async fn on_farm(manager: &ManagerHttp, command: FarmCommand, output: Output) -> Outcome<()> {
    match command {
        FarmCommand::Submit(what) => submit::submit(manager, &what, output).await,
        FarmCommand::Jobs(select) => jobs::list(manager, &select, output).await,
        FarmCommand::Job(what) => {
            let id = lookup::job(manager, &what.job.id).await?;
            if what.outputs {
                outputs::list(manager, id, output).await
            } else {
                jobs::show(manager, id, output).await
            }
        }
        FarmCommand::Watch(what) => watch::watch(manager, &what, output).await,
        FarmCommand::Tasks(of) => {
            let id = lookup::job(manager, &of.id).await?;
            jobs::tasks(manager, id, output).await
        }
        FarmCommand::Log(what) => log::log(manager, &what, output.json).await,
        FarmCommand::Why { id } => why::why(manager, &id, output).await,
        FarmCommand::Attempts { task } => why::attempts(manager, &task, output).await,
        FarmCommand::Fetch(what) => fetch::fetch(manager, &what, output).await,
        FarmCommand::Cancel(order) => orders::give(manager, &order, orders::CANCEL, output).await,
        FarmCommand::Pause(order) => orders::give(manager, &order, orders::PAUSE, output).await,
        FarmCommand::Requeue(what) => orders::requeue(manager, &what, output).await,
        FarmCommand::Verify(what) => verify::verify(manager, &what, output).await,
        FarmCommand::Priority(what) => orders::priority(manager, &what, output).await,
        FarmCommand::Delete(what) => delete::delete(manager, &what, output).await,
        FarmCommand::Workers => workers::list(manager, output).await,
        FarmCommand::Worker(what) => workers::one(manager, &what, output).await,
        FarmCommand::Tags(what) => tags::tags(manager, &what, output).await,
        FarmCommand::Events { topics } => events::events(manager, &topics, output.json).await,
        FarmCommand::Types => types::list(manager, output.json).await,
        FarmCommand::Open { id, print } => open::open(manager, id.as_deref(), print, output).await,
        FarmCommand::Config {
            deed: ConfigDeed::Check { blender },
        } => check::check(manager, &blender, output).await,
    }
}
