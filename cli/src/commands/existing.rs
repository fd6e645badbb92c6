//! What becomes of frames that exist already where a job would write its own.

use std::path::Path;

use farandole_protocol::api::{JobSettings, ManagerVariableAudience};
use farandole_protocol::client::ManagerHttp;
use serde_json::{Map, Value};

use super::submit::platform;
use crate::args::Submit;
use crate::consent;
use crate::error::{CliError, Outcome};
use crate::files::{ExistingFrames, FramePlan};
use crate::output::note;
use crate::table::one_line;
use crate::words::count;

/// What the Manager replaces with the time of the submission: such a folder is new.
const TIMESTAMP: &str = "{timestamp}";

/// Asks a person what to do with frames that exist already, unless the command line says it. An error unless the job
/// is to be submitted.
pub(super) async fn settle(
    manager: &ManagerHttp,
    what: &Submit,
    settings: &JobSettings,
    file: &Path,
) -> Outcome<()> {
    if what.keep_existing {
        return Ok(());
    }
    match existing(manager, &settings.0, file).await? {
        Some(frames) if what.overwrite => {
            note(&format!(
                "{}; they will be moved aside, not deleted",
                said(&frames)
            ));
            Ok(())
        }
        Some(frames) => ask(&frames),
        None => Ok(()),
    }
}

fn said(frames: &ExistingFrames) -> String {
    let exist = if frames.count == 1 { "exists" } else { "exist" };
    format!(
        "{} of this job {exist} already in {}",
        count(frames.count, "frame file"),
        one_line(&frames.folder.to_string_lossy())
    )
}

fn ask(frames: &ExistingFrames) -> Outcome<()> {
    let said = said(frames);
    if !consent::can_ask() {
        return Err(CliError::Usage(format!(
            "{said}\nhave them moved aside, not deleted, and render all frames: --overwrite; or keep those that are \
             whole: --keep-existing"
        )));
    }
    if consent::ask(&format!(
        "{said}; they will be moved aside, not deleted. Go on?"
    )) {
        return Ok(());
    }
    Err(CliError::Failed(
        "it was not submitted; keep the frames that are whole with --keep-existing, or choose another output path"
            .to_owned(),
    ))
}

/// The frames that exist, as far as it is known where frames go, and this host sees that folder.
async fn existing(
    manager: &ManagerHttp,
    settings: &Map<String, Value>,
    file: &Path,
) -> Outcome<Option<ExistingFrames>> {
    let text = |key: &str| settings.get(key).and_then(Value::as_str);
    let (Some(output), Some(frames)) = (text("render_output_path"), text("frames")) else {
        return Ok(None);
    };
    if output.contains(TIMESTAMP) {
        return Ok(None);
    }
    let output = if output.contains('{') {
        let users = ManagerVariableAudience::Users;
        let variables = manager.variables(users, platform()).await?.0;
        variables
            .iter()
            .fold(output.to_owned(), |path, (name, it)| {
                path.replace(&format!("{{{name}}}"), &it.value)
            })
    } else {
        output.to_owned()
    };
    let plan = FramePlan {
        output: &output,
        blend_dir: file.parent().unwrap_or(file),
        format: text("format"),
        frames,
    };
    Ok(plan.existing())
}
