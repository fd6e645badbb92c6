//! How a run goes: look who is there, sign up, submit, play, clear away.

use std::rc::Rc;

use anyhow::{Context, Result};
use futures_util::stream;
use futures_util::{StreamExt, TryStreamExt};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Duration, Instant, timeout, timeout_at};

use super::board::Board;
use super::jobs::Submitter;
use super::manager::Manager;
use super::plan::Plan;
use super::player::Player;
use super::process::watch;
use super::report::{Report, Submitted};

/// How many Workers sign up or off at the same time: that is not what is measured.
const AT_THE_DOOR: usize = 8;

/// How long clearing away may take.
const CLEARING: Duration = Duration::from_secs(30);

/// Carries out a plan. An error is something that kept the run from taking place; what goes wrong during it is in
/// the report.
pub async fn run(plan: &Plan) -> Result<Report> {
    let manager = Manager::at(&plan.manager).await?;
    let board = Rc::new(Board::new(plan.cycles));
    let mut submitter = Submitter::at(&manager, plan.limit(), &board);
    let who = submitter
        .version()
        .await
        .with_context(|| format!("no Manager at {}", plan.manager))?;

    let numbers = stream::iter(1..=plan.workers);
    let signing_up =
        numbers.map(|number| Player::sign_up(&manager, (number, plan.wait, plan.limit()), &board));
    let mut players: Vec<Player> = signing_up
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
    let pids: Vec<u32> = [Some(std::process::id()), plan.pid]
        .into_iter()
        .flatten()
        .collect();
    let playing = plan
        .crowd
        .beside(&manager, plan.duration(), play(plan, players, began));
    let ((players, strangers), usage) = watch(&pids, playing).await;
    let end = board.last_finished().unwrap_or_else(Instant::now);
    let unfinished = u64::from(plan.workers) - players.len() as u64;
    clear_away(plan, &mut submitter, players).await;

    let seconds = end.duration_since(began).as_secs_f64().max(0.001);
    let mut usage = usage.into_iter();
    Ok(Report {
        manager: who,
        workers: plan.workers,
        submitted: own_jobs,
        seconds,
        tasks: board.finished(),
        tasks_per_second: rate(board.finished(), seconds),
        unfinished,
        handed_out_twice: board.handed_out_twice(),
        operations: board.latencies(),
        errors: board.errors(),
        strangers,
        own_cores: usage.next().flatten().map_or(0.0, |usage| usage.cores),
        process: usage.next().flatten(),
    })
}

/// Spreads the tasks evenly over the jobs, the first ones getting what is left over.
async fn submit(plan: &Plan, submitter: &mut Submitter, player: &mut Player) -> Result<Submitted> {
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

/// All players at once, until they are done or the time is over. Gives those that were not cut off.
///
/// Each is a task of its own: as futures of one task they would share its turns, and some would starve.
async fn play(plan: &Plan, players: Vec<Player>, began: Instant) -> Vec<Player> {
    let until = began + plan.duration();
    let mut done = Vec::new();
    let here = LocalSet::new();
    let mut playing = JoinSet::new();
    for player in players {
        playing.spawn_local_on(player.play(until), &here);
    }
    let all = async {
        while let Some(player) = playing.join_next().await {
            done.extend(player);
        }
    };
    drop(timeout_at(until + plan.grace(), here.run_until(all)).await);
    done
}

/// Leaves the Manager as it was, as far as it lets itself be asked; but for the Workers, which it remembers.
async fn clear_away(plan: &Plan, submitter: &mut Submitter, mut players: Vec<Player>) {
    let clearing = async {
        stream::iter(&mut players)
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
