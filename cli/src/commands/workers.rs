//! Workers: the list, one of them, and what it is asked to do.

use farandole_protocol::api::{Worker, WorkerStatusChangeRequest, WorkerSummary};
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
use crate::words::{ago, short, task_name};

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
    let heading = ["ID", "STATUS", "LAST SEEN", "VERSION", "NAME"];
    print(&table(heading, &rows, output.colours))?;
    output.next("look closer with: farandole worker NAME; steer with: farandole worker NAME wake|sleep|shutdown|restart");
    Ok(())
}

fn row(worker: &WorkerSummary, now: Timestamp) -> [Cell; 5] {
    let asked = worker.status_change.map(|change| change.status);
    let seen = worker.last_seen.map(|seen| ago(seen, now));
    [
        Cell::from(short(worker.id)),
        Cell::worker_status(worker.status, asked),
        Cell::from(seen.unwrap_or_else(|| "never".to_owned())),
        Cell::from(&worker.version),
        Cell::from(&worker.name),
    ]
}

/// One Worker: asks it to do something, if that is wanted, and shows it.
pub(super) async fn one(manager: &ManagerHttp, what: &OfWorker, output: Output) -> Outcome<()> {
    let id = find(manager, &what.name).await?;
    let Some(wish) = what.wish else {
        let worker = manager.worker(id).await?;
        return if output.json {
            print_json(&worker)
        } else {
            show(&worker, output)
        };
    };
    let change = WorkerStatusChangeRequest {
        status: wanted(wish),
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

const fn wanted(wish: Wish) -> WorkerStatus {
    match wish {
        Wish::Wake => WorkerStatus::Awake,
        Wish::Sleep => WorkerStatus::Asleep,
        Wish::Shutdown => WorkerStatus::Offline,
        Wish::Restart => WorkerStatus::Restart,
    }
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
        (status, Some(asked)) => format!("{status}, asked to be {asked}"),
        (status, None) => status.to_string(),
    }
}

fn show(worker: &Worker, output: Output) -> Outcome<()> {
    print(&description(worker, now()))?;
    if let Some(task) = &worker.task {
        let name = task_name(task.job_id, task.index_in_job);
        output.next(&format!("read what it does with: farandole log {name}"));
    } else {
        output.next("what it could do: farandole jobs --status queued,active; why it does not: farandole why JOB");
    }
    Ok(())
}

fn description(worker: &Worker, now: Timestamp) -> String {
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
    if let Some(task) = &worker.task {
        let name = task_name(task.job_id, task.index_in_job);
        let what = if task.status == TaskStatus::Active {
            "works on"
        } else {
            "last task"
        };
        lines.push((what, format!("{name} {} ({})", task.name, task.status)));
    }
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
