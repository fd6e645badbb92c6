//! Which jobs are watched, and how.

use farandole_protocol::client::{ClientError, ManagerClient as _, ManagerHttp};

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
        is_there(manager).await?;
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
        lookup::jobs(manager, &what.ids).await?
    };
    match ids.as_slice() {
        [] => {
            note("no job is like that; see what there is with: farandole jobs");
            Ok(())
        }
        [id] if !selects => {
            is_there(manager).await?;
            watch::watch(manager, *id, output.json).await
        }
        _ => watch::watch_many(manager, &Which::These(ids), output.json).await,
    }
}

/// A Manager that goes away is waited for; one that was never there is not.
async fn is_there(manager: &ManagerHttp) -> Outcome<()> {
    match manager.version().await {
        Err(error @ ClientError::Unreachable(_)) => Err(error.into()),
        Ok(_) | Err(ClientError::Refused { .. } | ClientError::NotUnderstood(_)) => Ok(()),
    }
}
