//! Why something is not being worked on, and who has tried it.

use farandole_protocol::api::{AttemptOutcome, Reason, ReasonCode, TaskAttempt, WorkerReason};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::status::JobStatus;
use farandole_protocol::time::{Timestamp, now};

use super::other_version::unanswered;
use super::workers::host;
use crate::error::Outcome;
use crate::findings;
use crate::lookup::{self, Named};
use crate::output::{Output, note, print, print_json};
use crate::table::{Cell, one_line, table};
use crate::words::{duration, local_time, short, task_name, word};

/// Says why a job or a task is not being worked on.
pub(super) async fn why(manager: &ManagerHttp, text: &str, output: Output) -> Outcome<()> {
    match lookup::job_or_task(manager, text).await? {
        Named::Job(id) => {
            let why = match manager.why_job(id).await {
                Ok(why) => why,
                Err(error) => return Err(unanswered(manager, error, Named::Job(id)).await),
            };
            if output.json {
                return print_json(&why);
            }
            let said = format!(
                "job {} is {}: {}",
                why.job_name, why.job_status, why.summary
            );
            print(&answer(&said, why.reason.as_ref(), &why.workers, output))?;
            for warning in findings::warnings(&why.findings) {
                print(&format!("{warning}\n"))?;
            }
            let id = short(id);
            output.next(&advice(
                why.job_status,
                why.reason.as_ref(),
                &why.workers,
                &id,
            ));
            Ok(())
        }
        Named::Task(id) => {
            let why = match manager.why_task(id).await {
                Ok(why) => why,
                Err(error) => return Err(unanswered(manager, error, Named::Task(id)).await),
            };
            if output.json {
                return print_json(&why);
            }
            let said = format!(
                "task {} is {}: {}",
                why.task_name, why.task_status, why.summary
            );
            print(&answer(&said, why.reason.as_ref(), &why.workers, output))?;
            let job = short(why.job_id);
            output.next(&advice(
                why.job_status,
                why.reason.as_ref(),
                &why.workers,
                &job,
            ));
            Ok(())
        }
    }
}

fn answer(said: &str, reason: Option<&Reason>, workers: &[WorkerReason], output: Output) -> String {
    let mut text = one_line(said) + "\n";
    if let Some(reason) = reason
        && !said.contains(&reason.text)
    {
        text.extend(["  ", &one_line(&reason.text), "\n"]);
    }
    if workers.is_empty() || is_at_rest(reason, workers) {
        return text;
    }
    let row = |worker: &WorkerReason| {
        [
            Cell::from(&worker.worker_name),
            Cell::from(word(worker.code)),
            Cell::from(
                worker
                    .condition
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), host),
            ),
            Cell::from(&worker.text),
        ]
    };
    let rows: Vec<_> = workers.iter().map(row).collect();
    text + &table(["WORKER", "REASON", "HOST HAS", ""], &rows, output.colours)
}

/// Whether it is held or has ended: then it does not matter what Workers do.
fn is_at_rest(reason: Option<&Reason>, workers: &[WorkerReason]) -> bool {
    reason.is_some_and(|reason| reason.code == ReasonCode::JobNotRunning) && !at_work(workers)
}

fn at_work(workers: &[WorkerReason]) -> bool {
    workers
        .iter()
        .any(|worker| worker.code == ReasonCode::Running)
}

/// What can be done about the most telling reason.
fn advice(
    job_status: JobStatus,
    reason: Option<&Reason>,
    workers: &[WorkerReason],
    job: &str,
) -> String {
    use ReasonCode as Code;
    let codes: Vec<Code> = match reason {
        Some(reason) => vec![reason.code],
        None => workers.iter().map(|worker| worker.code).collect(),
    };
    let has = |code: Code| codes.contains(&code);
    if at_work(workers) {
        format!("follow it with: farandole watch {job}")
    } else if job_status == JobStatus::Completed {
        format!(
            "fetch what it made with: farandole fetch {job}; queue it again with: farandole requeue {job}"
        )
    } else if has(Code::MayRun) || has(Code::OthersFirst) {
        format!("have it done earlier with: farandole priority {job} 100")
    } else if has(Code::NoWorkers) {
        "start a Worker with: farandole-worker".to_owned()
    } else if has(Code::JobNotRunning) || has(Code::TaskNotWaiting) || has(Code::NothingReady) {
        format!(
            "see its tasks with: farandole tasks {job}; queue it again with: farandole requeue {job}"
        )
    } else if let Some(away) = workers.iter().find(|it| is_offline(it)) {
        let name = one_line(&away.worker_name);
        format!(
            "start {name} again on its host; if it is gone for good: farandole worker {name} forget"
        )
    } else if has(Code::WorkerNotAwake) || has(Code::StatusRequested) {
        "wake a Worker with: farandole worker NAME wake".to_owned()
    } else if has(Code::TagMissing) {
        "give a Worker the tag with: farandole tags assign TAG --worker NAME".to_owned()
    } else if has(Code::Blocklisted) || has(Code::FailedBefore) {
        format!(
            "read what failed with: farandole tasks {job}; forgive all with: farandole requeue {job}"
        )
    } else {
        format!("follow it with: farandole watch {job}")
    }
}

/// Whether the Worker is away, and would take the task if it came back.
fn is_offline(worker: &WorkerReason) -> bool {
    worker.code == ReasonCode::WorkerNotAwake
        && (worker.text.contains("offline") || worker.text.contains("in error"))
}

/// What is to be said of a task that ends its Workers.
fn losses(attempts: &[TaskAttempt]) -> Option<String> {
    let lost = attempts.iter().rev().take_while(|attempt| {
        matches!(
            attempt.outcome,
            None | Some(AttemptOutcome::Lost | AttemptOutcome::TimedOut)
        )
    });
    let count = lost.filter(|attempt| attempt.outcome.is_some()).count();
    (count >= 2).then(|| {
        format!(
            "the last {count} attempts ended with the Worker: look at the memory of the hosts, and at the logs of the \
             Workers there"
        )
    })
}

/// Lists the attempts at a task.
pub(super) async fn attempts(manager: &ManagerHttp, text: &str, output: Output) -> Outcome<()> {
    let id = lookup::task(manager, text).await?;
    let attempts = match manager.task_attempts(id).await {
        Ok(attempts) => attempts,
        Err(error) => return Err(unanswered(manager, error, Named::Task(id)).await),
    };
    if output.json {
        return print_json(&attempts);
    }
    if attempts.is_empty() {
        note(&format!(
            "it has not been tried yet; see why with: farandole why {text}"
        ));
        return Ok(());
    }
    let now = now();
    let rows: Vec<_> = attempts.iter().map(|attempt| row(attempt, now)).collect();
    let heading = ["ATTEMPT", "OUTCOME", "STARTED", "TOOK", "WORKER"];
    print(&table(heading, &rows, output.colours))?;
    if let Some(losses) = losses(&attempts) {
        note(&losses);
    }
    let task = manager.task(id).await?;
    let name = task_name(task.job_id, task.index_in_job);
    output.next(&format!("read what they said with: farandole log {name}"));
    Ok(())
}

fn row(attempt: &TaskAttempt, now: Timestamp) -> [Cell; 5] {
    let ended = attempt.ended.unwrap_or(now);
    let took = (ended - attempt.started).to_std().unwrap_or_default();
    [
        Cell::from(attempt.attempt),
        outcome(attempt.outcome),
        Cell::from(local_time(attempt.started)),
        Cell::from(duration(took)),
        Cell::from(&attempt.worker_name),
    ]
}

fn outcome(outcome: Option<AttemptOutcome>) -> Cell {
    use crate::table::Colour;
    let Some(outcome) = outcome else {
        return Cell::from("at work").coloured(Some(Colour::Busy));
    };
    let colour = match outcome {
        AttemptOutcome::Completed => Some(Colour::Good),
        AttemptOutcome::Failed | AttemptOutcome::TimedOut => Some(Colour::Bad),
        AttemptOutcome::Canceled | AttemptOutcome::Paused => Some(Colour::Held),
        AttemptOutcome::Requeued
        | AttemptOutcome::Overruled
        | AttemptOutcome::Lost
        | AttemptOutcome::Undelivered => None,
    };
    Cell::from(word(outcome)).coloured(colour)
}

#[cfg(test)]
mod tests {
    use farandole_protocol::ids::WorkerId;

    use super::*;

    fn anna(code: ReasonCode) -> WorkerReason {
        WorkerReason {
            worker_id: WorkerId::random(),
            worker_name: "anna".to_owned(),
            code,
            text: "what anna does".to_owned(),
            condition: None,
        }
    }

    #[test]
    fn what_workers_do_matters_to_what_can_run() {
        let check = |code, anna_does, expected| {
            let reason = Reason {
                code,
                text: "why".to_owned(),
            };
            let output = Output {
                json: false,
                colours: false,
            };
            let said = answer("why", Some(&reason), &[anna(anna_does)], output);
            assert_eq!(said.contains("what anna does"), expected, "{said}");
        };
        check(ReasonCode::JobNotRunning, ReasonCode::WorkerBusy, false);
        check(ReasonCode::JobNotRunning, ReasonCode::Running, true);
        check(ReasonCode::NothingReady, ReasonCode::WorkerBusy, true);
    }

    #[test]
    fn the_advice_suits_the_state() {
        let reason = Reason {
            code: ReasonCode::JobNotRunning,
            text: String::new(),
        };
        let check = |status, part: &str| {
            let said = advice(status, Some(&reason), &[], "8fac");
            assert!(said.contains(part), "{said}");
        };
        check(JobStatus::Completed, "farandole fetch 8fac");
        check(JobStatus::Failed, "farandole tasks 8fac");
        check(JobStatus::Paused, "farandole requeue 8fac");
    }
}
