//! The list of Workers.

use farandole_protocol::client::ManagerHttp;

use crate::error::Outcome;
use crate::output::{print, print_json};
use crate::table::{short, table};

/// All Workers.
pub(crate) async fn list(manager: &ManagerHttp, json: bool) -> Outcome<()> {
    let workers = manager.workers().await?;
    if json {
        return print_json(&workers);
    }
    if workers.is_empty() {
        return print("no workers yet; start one with: farandole-worker\n");
    }
    let rows: Vec<_> = workers
        .iter()
        .map(|worker| {
            let asked = worker
                .status_change
                .map(|change| format!(" (asked to be {})", change.status));
            [
                short(worker.id),
                format!("{}{}", worker.status, asked.unwrap_or_default()),
                worker
                    .last_seen
                    .map_or_else(|| "never".to_owned(), |seen| seen.to_rfc3339()),
                worker.version.clone(),
                worker.name.clone(),
            ]
        })
        .collect();
    print(&table(
        ["ID", "STATUS", "LAST SEEN", "VERSION", "NAME"],
        &rows,
    ))
}
