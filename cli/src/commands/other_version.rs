//! What is said where a Manager is of another kind, or of another version, and does not know what was asked for.

use farandole_protocol::api::JobSettings;
use farandole_protocol::client::{ClientError, ManagerClient as _, ManagerHttp};
use farandole_protocol::frame_ranges::{FrameRanges, Notation};
use serde_json::Value;

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

/// Writes frames out that have a step, where the Manager is one of Flamenco, whose notation has none.
pub(super) async fn write_out_steps(
    manager: &ManagerHttp,
    settings: &mut JobSettings,
) -> Outcome<()> {
    let frames = settings.0.get("frames").and_then(Value::as_str);
    let Some(written_out) = frames.and_then(written_out) else {
        return Ok(());
    };
    if !manager.version().await?.version.contains(OURS) {
        settings.0.insert("frames".to_owned(), written_out.into());
    }
    Ok(())
}

/// Frames in Flamenco's notation, unless they are in it already, or are no frames.
fn written_out(frames: &str) -> Option<String> {
    if FrameRanges::parse(frames, Notation::Flamenco).is_ok() {
        return None;
    }
    let frames = FrameRanges::parse(frames, Notation::FlamencoWithSteps).ok()?;
    Some(frames.in_flamencos_notation())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_frames_with_steps_are_written_out() {
        let check = |frames, expected| assert_eq!(written_out(frames).as_deref(), expected);
        check("1-9x4", Some("1,5,9"));
        check("1-3,10-20x5", Some("1-3,10,15,20"));
        check("1-9,12", None);
        check("all", None);
    }
}
