//! The list of Workers.

use farandole_protocol::api::WorkerSummary;
use farandole_protocol::client::ManagerHttp;
use farandole_protocol::time::{Timestamp, now};

use crate::error::Outcome;
use crate::output::{Output, note, print, print_json};
use crate::table::{Cell, table};
use crate::words::{ago, short};

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
    print(&table(heading, &rows, output.colours))
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
