//! How a run goes: look who is there, sign up, submit, play, clear away.

use anyhow::{Context, Result};
use futures_util::stream::{self, FuturesUnordered};
use futures_util::{StreamExt, TryStreamExt};
use tokio::time::{Duration, Instant, timeout, timeout_at};

use super::board::Board;
use super::jobs::Submitter;
use super::manager::Manager;
use super::plan::Plan;
use super::player::Player;
use super::process::watch;
use super::report::{Latency, Report, Submitted};

/// How many Workers sign up or off at the same time: that is not what is measured.
const AT_THE_DOOR: usize = 8;

/// How long clearing away may take.
const CLEARING: Duration = Duration::from_secs(30);

/// Carries out a plan. An error is something that kept the run from taking place; what goes wrong during it is in
/// the report.
pub async fn run(plan: &Plan) -> Result<Report> {
    let manager = Manager::at(&plan.manager).await?;
    let board = Board::new(plan.cycles);
    let mut submitter = Submitter::at(&manager, plan.limit(), &board);
    let who = submitter
        .version()
        .await
        .with_context(|| format!("no Manager at {}", plan.manager))?;

    let numbers = stream::iter(1..=plan.workers);
    let signing_up =
        numbers.map(|number| Player::sign_up(&manager, (number, plan.wait, plan.limit()), &board));
    let mut players: Vec<Player<'_>> = signing_up
        .buffer_unordered(AT_THE_DOOR)
        .try_collect()
        .await?;
    let own_jobs = match players.first_mut() {
        Some(player) if plan.submit => Some(submit(plan, &mut submitter, player).await?),
        Some(_) | None => None,
    };
    if let Some(submitted) = own_jobs {
        board.expect(submitted.tasks.into());
    }

    let began = Instant::now();
    let pids = [Some(std::process::id()), plan.pid]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let (unfinished, usage) = watch(&pids, play(plan, &mut players, began)).await;
    let end = board.last_finished().unwrap_or_else(Instant::now);
    clear_away(plan, &mut submitter, &mut players).await;
    drop((players, submitter));

    let seconds = end.duration_since(began).as_secs_f64().max(0.001);
    let (tasks, handed_out_twice) = (board.finished(), board.handed_out_twice());
    let mut usage = usage.into_iter();
    let own_cores = usage.next().flatten().map_or(0.0, |usage| usage.cores);
    let (latencies, errors) = board.into_parts();
    Ok(Report {
        manager: who,
        workers: plan.workers,
        submitted: own_jobs,
        seconds,
        tasks,
        tasks_per_second: rate(tasks, seconds),
        unfinished,
        handed_out_twice,
        operations: latencies
            .iter()
            .map(|(operation, micros)| Latency::of(operation.name(), micros))
            .collect(),
        errors,
        process: usage.next().flatten(),
        own_cores,
    })
}

/// Spreads the tasks evenly over the jobs, the first ones getting what is left over.
async fn submit(
    plan: &Plan,
    submitter: &mut Submitter<'_>,
    player: &mut Player<'_>,
) -> Result<Submitted> {
    let began = Instant::now();
    let jobs = plan.jobs.min(plan.tasks);
    for job in 0..jobs {
        let tasks = plan.tasks / jobs + u32::from(job < plan.tasks % jobs);
        submitter
            .submit(tasks, player)
            .await
            .with_context(|| format!("cannot submit job {}", job + 1))?;
    }
    Ok(Submitted {
        jobs,
        tasks: plan.tasks,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// All players at once, until they are done or the time is over. Gives how many were cut off.
async fn play(plan: &Plan, players: &mut [Player<'_>], began: Instant) -> u64 {
    let until = began + plan.duration();
    let mut playing: FuturesUnordered<_> = players
        .iter_mut()
        .map(|player| player.play(until))
        .collect();
    let all = async { while playing.next().await.is_some() {} };
    drop(timeout_at(until + plan.grace(), all).await);
    playing.len() as u64
}

/// Leaves the Manager as it was, as far as it lets itself be asked; but for the Workers, which it remembers.
async fn clear_away(plan: &Plan, submitter: &mut Submitter<'_>, players: &mut [Player<'_>]) {
    let clearing = async {
        stream::iter(players)
            .for_each_concurrent(AT_THE_DOOR, Player::sign_off)
            .await;
        if !plan.keep {
            drop(submitter.cancel_unfinished().await);
        }
    };
    drop(timeout(CLEARING, clearing).await);
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn rate(tasks: u64, seconds: f64) -> f64 {
    tasks as f64 / seconds
}
