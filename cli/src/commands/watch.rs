//! Which jobs are watched, and how.

use farandole_protocol::client::{ManagerClient as _, ManagerHttp};

use super::bulk;
use crate::args::Watch;
use crate::error::{CliError, Outcome};
use crate::lookup;
use crate::output::{Output, note};
use crate::watch::{self, Which};

/// Watches what the command line says.
pub(super) async fn watch(manager: &ManagerHttp, what: &Watch, output: Output) -> Outcome<()> {
    let selects = !what.select.is_empty();
    if what.all {
        // One that was there is waited for when it goes away; one that never was is not.
        manager.version().await?;
        return watch::watch_many(manager, &Which::All, output.json).await;
    }
    if what.ids.is_empty() && !selects {
        return Err(CliError::Usage(
            "which jobs? farandole watch ID follows one, farandole watch --all the whole farm"
                .to_owned(),
        ));
    }
    let ids = if bulk::by_selection(&what.ids, &what.select)? {
        let jobs = bulk::selected(manager, &what.select).await?;
        jobs.iter().map(|job| job.id).collect()
    } else {
        let mut ids = Vec::new();
        for id in &what.ids {
            ids.push(lookup::job(manager, id).await?);
        }
        ids
    };
    match ids.as_slice() {
        [] => {
            note("no job is like that; see what there is with: farandole jobs");
            Ok(())
        }
        [id] if !selects => watch::watch(manager, *id, output.json).await,
        _ => watch::watch_many(manager, &Which::These(ids), output.json).await,
    }
}
