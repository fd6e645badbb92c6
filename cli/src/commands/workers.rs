//! Workers: the list, one of them, and what it is asked to do.

use farandole_protocol::api::{
    Worker, WorkerCondition, WorkerStatusChangeRequest, WorkerSummary, WorkerTask,
};
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::ids::WorkerId;
use farandole_protocol::status::{TaskStatus, WorkerStatus};
use farandole_protocol::time::{Timestamp, now};

use crate::args::{OfWorker, Wish};
use crate::error::{CliError, Outcome};
use crate::ids::{self, Mismatch};
use crate::output::{Output, note, print, print_json};
use crate::submission::nearest;
use crate::table::{Cell, one_line, table};
use crate::words::{ago, short, task_name, word};

/// All Workers.
pub(super) async fn list(manager: &ManagerHttp, output: Output) -> Outcome<()> {
    let workers = manager.workers().await?;
    if output.json {
        return print_json(&workers);
    }
    if workers.is_empty() {
        note("no Workers yet; start one with: farandole-worker");
        return Ok(());
    }
    let now = now();
    let rows: Vec<_> = workers.iter().map(|worker| row(worker, now)).collect();
    let heading = ["ID", "STATUS", "LAST SEEN", "VERSION", "HOST HAS", "NAME"];
    print(&table(heading, &rows, output.colours))?;
    output.next("look closer with: farandole worker NAME; steer with: farandole worker NAME wake|sleep|shutdown|restart");
    Ok(())
}

fn row(worker: &WorkerSummary, now: Timestamp) -> [Cell; 6] {
    let asked = worker.status_change.map(|change| change.status);
    let seen = worker.last_seen.map(|seen| ago(seen, now));
    [
        Cell::from(short(worker.id)),
        Cell::worker_status(worker.status, asked),
        Cell::from(seen.unwrap_or_else(|| "never".to_owned())),
        Cell::from(&worker.version),
        Cell::from(
            worker
                .condition
                .as_ref()
                .map_or_else(|| "-".to_owned(), host),
        ),
        Cell::from(&worker.name),
    ]
}

/// What a Worker has on its host, in a few words.
pub(super) fn host(condition: &WorkerCondition) -> String {
    let mut words = condition.versions();
    let missing = condition.programs.iter().filter(|it| it.problem.is_some());
    words.extend(missing.map(|program| format!("no {}", program.name)));
    let storage = condition.storage.as_ref();
    if storage.is_some_and(|storage| storage.problem.is_some()) {
        words.push("no shared storage".to_owned());
    }
    words.join(", ")
}

/// Has the farm forget a Worker that is gone. One that is there would register again, with what it is doing lost.
async fn forget(manager: &ManagerHttp, id: WorkerId, output: Output) -> Outcome<()> {
    let worker = manager.worker(id).await?;
    let name = one_line(&worker.name);
    if !is_away(worker.status) {
        return Err(CliError::Failed(format!(
            "worker {name} is {}, so it is not gone; end it first with: farandole worker {name} shutdown",
            worker.status
        )));
    }
    manager.delete_worker(id).await?;
    if output.json {
        return print_json(&worker);
    }
    print(&format!(
        "worker {name} is forgotten; if it comes back, it registers again\n"
    ))?;
    output.next("see those that are left with: farandole workers");
    Ok(())
}

const fn is_away(status: WorkerStatus) -> bool {
    matches!(
        status,
        WorkerStatus::Offline | WorkerStatus::Unset | WorkerStatus::Error
    )
}

/// One Worker: asks it to do something, if that is wanted, and shows it.
pub(super) async fn one(manager: &ManagerHttp, what: &OfWorker, output: Output) -> Outcome<()> {
    let id = find(manager, &what.name).await?;
    let Some(wish) = what.wish else {
        let worker = manager.worker(id).await?;
        return if output.json {
            print_json(&worker)
        } else {
            show(manager, &worker, output).await
        };
    };
    let Some(status) = wanted(wish) else {
        return forget(manager, id, output).await;
    };
    let change = WorkerStatusChangeRequest {
        status,
        // Who is to wake up has nothing to finish.
        is_lazy: !what.now && wish != Wish::Wake,
    };
    manager.set_worker_status(id, change).await?;
    let worker = manager.worker(id).await?;
    if output.json {
        return print_json(&worker);
    }
    let name = one_line(&worker.name);
    let when = match worker.status_change {
        Some(change) if change.is_lazy => ", after the task at hand",
        Some(_) => ", as soon as it is heard of",
        None => "",
    };
    let state = state(&worker);
    print(&format!("worker {name} is {state}{when}\n"))?;
    output.next(&format!(
        "see whether it is there with: farandole worker {name}"
    ));
    Ok(())
}

/// The state that is wished for; none if the Worker is to be forgotten.
const fn wanted(wish: Wish) -> Option<WorkerStatus> {
    Some(match wish {
        Wish::Wake => WorkerStatus::Awake,
        Wish::Sleep => WorkerStatus::Asleep,
        Wish::Shutdown => WorkerStatus::Offline,
        Wish::Restart => WorkerStatus::Restart,
        Wish::Forget => return None,
    })
}

/// The Worker that is meant: by its name, its id, or the beginning of it.
pub(super) async fn find(manager: &ManagerHttp, text: &str) -> Outcome<WorkerId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let workers = manager.workers().await?;
    choose(text, &workers)
}

fn choose(text: &str, workers: &[WorkerSummary]) -> Outcome<WorkerId> {
    let named: Vec<&WorkerSummary> = workers
        .iter()
        .filter(|worker| worker.name == text)
        .collect();
    let found = match named.as_slice() {
        [one] => return Ok(one.id),
        [] => ids::find(text, workers.iter().map(|worker| worker.id)),
        _ => {
            let ids: Vec<String> = named.iter().map(|worker| short(worker.id)).collect();
            return Err(CliError::Usage(format!(
                "{text} is the name of several Workers; say which by its id: {}",
                ids.join(", ")
            )));
        }
    };
    match found {
        Ok(place) => workers
            .get(place)
            .map(|worker| worker.id)
            .ok_or_else(|| unknown(text, workers)),
        Err(Mismatch::Several(_)) => Err(CliError::Usage(format!(
            "several Workers' ids begin with {text}; write more of it: farandole workers"
        ))),
        Err(Mismatch::NotAnId | Mismatch::Nothing) => Err(unknown(text, workers)),
    }
}

fn unknown(text: &str, workers: &[WorkerSummary]) -> CliError {
    let names = workers.iter().map(|worker| worker.name.as_str());
    let hint = nearest(text, names).map_or_else(
        || "see them with: farandole workers".to_owned(),
        |nearest| {
            let nearest = one_line(nearest);
            format!("did you mean {nearest}? all of them: farandole workers")
        },
    );
    CliError::Failed(format!("there is no Worker {text}; {hint}"))
}

fn state(worker: &Worker) -> String {
    let asked = worker.status_change.map(|change| change.status);
    match (worker.status, asked) {
        (WorkerStatus::Unset, _) => "never signed on".to_owned(),
        // What it is asked for is how it comes back.
        (status, _) if is_away(status) => status.to_string(),
        (status, Some(asked)) => format!("{status}, asked to be {asked}"),
        (status, None) => status.to_string(),
    }
}

async fn show(manager: &ManagerHttp, worker: &Worker, output: Output) -> Outcome<()> {
    let last = match &worker.task {
        Some(task) => Some(last_task(manager, worker, task).await),
        None => None,
    };
    print(&description(worker, last, now()))?;
    let name = one_line(&worker.name);
    if is_away(worker.status) {
        output.next(&format!(
            "start it again on its host, or, if it is gone for good: farandole worker {name} forget"
        ));
    } else if let Some(task) = &worker.task {
        let name = task_name(task.job_id, task.index_in_job);
        output.next(&format!("read what it does with: farandole log {name}"));
    } else {
        output.next("what it could do: farandole jobs --status queued,active; why it does not: farandole why JOB");
    }
    Ok(())
}

/// What the Worker works on, or has worked on last, and how that went: another Worker may have the task by now.
async fn last_task(
    manager: &ManagerHttp,
    worker: &Worker,
    task: &WorkerTask,
) -> (&'static str, String) {
    let name = format!(
        "{} {}",
        task_name(task.job_id, task.index_in_job),
        task.name
    );
    // A Flamenco Manager does not list attempts.
    let attempts = manager.task_attempts(task.id).await.unwrap_or_default();
    let own = attempts
        .iter()
        .rfind(|attempt| attempt.worker_id == worker.id);
    match own.map(|attempt| attempt.outcome) {
        Some(None) => ("works on", name),
        Some(Some(outcome)) => ("last task", format!("{name} ({})", word(outcome))),
        None if task.status == TaskStatus::Active => ("works on", name),
        None => ("last task", format!("{name} ({})", task.status)),
    }
}

fn description(worker: &Worker, task: Option<(&'static str, String)>, now: Timestamp) -> String {
    let seen = worker.last_seen.map(|seen| ago(seen, now));
    let mut lines = vec![
        ("id", worker.id.to_string()),
        ("status", state(worker)),
        ("last seen", seen.unwrap_or_else(|| "never".to_owned())),
        ("version", worker.version.clone()),
        ("platform", worker.platform.clone()),
        ("address", worker.ip_address.clone()),
        ("takes", worker.supported_task_types.join(", ")),
    ];
    let tags: Vec<&str> = worker
        .tags
        .iter()
        .flatten()
        .map(|tag| tag.name.as_str())
        .collect();
    if !tags.is_empty() {
        lines.push(("tags", tags.join(", ")));
    }
    if let Some(condition) = &worker.condition {
        let versions = condition.versions();
        if !versions.is_empty() {
            lines.push(("host has", versions.join(", ")));
        }
        lines.extend(
            condition
                .problems()
                .into_iter()
                .map(|problem| ("warning", problem)),
        );
    }
    lines.extend(task);
    let mut text = vec![one_line(&worker.name)];
    text.extend(
        lines
            .into_iter()
            .map(|(name, value)| format!("  {name:11}{}", one_line(&value))),
    );
    text.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workers() -> Vec<WorkerSummary> {
        let worker = |id: &str, name: &str| json!({"id": id, "name": name, "status": "awake", "version": "1", "can_restart": false});
        serde_json::from_value(json!([
            worker("1fac4efb-c260-4383-9000-000000000001", "anna"),
            worker("1fad4efb-c260-4383-9000-000000000001", "bert"),
            worker("8fac4efb-c260-4383-9000-000000000001", "bert"),
            worker("7fac4efb-c260-4383-9000-000000000001", "1fa"),
        ]))
        .unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: Result<usize, &str>) {
        let workers = workers();
        match (choose(text, &workers), expected) {
            (Ok(id), Ok(place)) => assert_eq!(id, workers[place].id, "{text}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (other, _) => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_worker_is_found_by_name_before_its_id() {
        check("anna", Ok(0));
        check("1fad", Ok(1));
        check("1fa", Ok(3));
        check("1f", Err("write more of it"));
        check(
            "bert",
            Err("several Workers; say which by its id: 1fad4efb, 8fac4efb"),
        );
        check("carl", Err("there is no Worker carl; see them with"));
        check("ana", Err("did you mean anna?"));
        check("Anna", Err("did you mean anna?"));
        check("99", Err("there is no Worker 99"));
    }
}
