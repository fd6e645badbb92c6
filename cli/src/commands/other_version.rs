//! What is said where a Manager is of another kind, or of another version, and does not know what was asked for.

use farandole_protocol::client::{ClientError, ManagerClient as _, ManagerHttp};

use crate::error::{CliError, Outcome};
use crate::lookup::Named;

/// What the versions of Farandole Managers contain.
const OURS: &str = "Farandole";

/// The error for a question that was refused: where only the question is not known, not the job or task that it is
/// about, the Manager is of another kind or another version.
pub(super) async fn unanswered(manager: &ManagerHttp, error: ClientError, of: Named) -> CliError {
    if error.refused_status() != Some(404) {
        return error.into();
    }
    let is_there = match of {
        Named::Job(id) => manager.job(id).await.is_ok(),
        Named::Task(id) => manager.task(id).await.is_ok(),
    };
    if !is_there {
        return error.into();
    }
    let version = manager.version().await;
    let who = version.map_or_else(
        |_| "this Manager".to_owned(),
        |it| format!("{} {}", it.name, it.version),
    );
    CliError::Failed(format!(
        "{who} does not tell that: only a Farandole Manager as new as this client ({}) does",
        env!("CARGO_PKG_VERSION")
    ))
}

/// Refuses an option that a Flamenco Manager would pass over in silence.
pub(super) async fn refuse_for_flamenco(manager: &ManagerHttp, option: &str) -> Outcome<()> {
    let version = manager.version().await?;
    if version.version.contains(OURS) {
        return Ok(());
    }
    Err(CliError::Failed(format!(
        "{} {} does not know {option}: only a Farandole Manager as new as this client ({}) does",
        version.name,
        version.version,
        env!("CARGO_PKG_VERSION")
    )))
}
