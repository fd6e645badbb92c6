//! Runs the command: finds the frames, prepares them, and has FFmpeg make a video of each view.

use std::path::{Path, PathBuf};

use farandole_protocol::api::{OutputState, TaskOutput};

use super::film::{self, Film, FrameSource, Source};
use super::find::{Found, ViewFiles, find};
use super::line::{self, Tool};
use super::locate::literal_directory;
use super::sequence::{Prepared, prepare};
use crate::executor::commands::registry::{blocking, fail};
use crate::executor::{CommandError, Parameters, Site};
use crate::process::{NoListener, locate, run_program};
use crate::text::quoted;

pub(in crate::executor::commands) const NAME: &str = "frames-to-video";

pub(in crate::executor::commands) async fn run(
    parameters: Parameters<'_>,
    site: &Site,
) -> Result<(), CommandError> {
    let Film { mut tool, source } = film::read(parameters)?;
    let tools = site.tools().map(Path::to_owned);
    let exe = tool.exe.clone();
    tool.exe = blocking(NAME, move || locate(&exe, tools.as_deref())).await?;
    match source {
        Source::Glob {
            pattern,
            fps,
            output,
        } => {
            let pattern = blocking(NAME, move || literal_directory(&pattern)).await?;
            let program = line::of_glob(tool, &pattern, &fps, &output);
            Ok(run_program(&program, site, &mut NoListener).await?)
        }
        Source::Frames(source) => videos_of_frames(&tool, source, site).await,
    }
}

/// Makes a video of each view.
async fn videos_of_frames(
    tool: &Tool,
    source: FrameSource,
    site: &Site,
) -> Result<(), CommandError> {
    let FrameSource {
        inputs,
        frames,
        rate,
    } = source;
    let found = match blocking(NAME, move || find(&inputs, &frames)).await? {
        Ok(found) => found,
        Err(missing) => return Err(fail(NAME, site, missing.to_string()).await),
    };
    let Found { views, notes } = found;
    for note in notes {
        site.log(format!("{NAME}: {note}")).await?;
    }
    for view in views {
        video_of_view(tool, &rate.to_string(), view, site).await?;
    }
    Ok(())
}

async fn video_of_view(
    tool: &Tool,
    rate: &str,
    view: ViewFiles,
    site: &Site,
) -> Result<(), CommandError> {
    let ViewFiles { files, output } = view;
    let go_on = site.go_on();
    site.log(summary(&files, &output)).await?;
    match blocking(NAME, move || prepare(&files, go_on)).await? {
        Err(error) => Err(fail(NAME, site, error.to_string()).await),
        Ok(Prepared::LeftOut(why)) => {
            let note = format!("{NAME}: {} is left out: {why}", quoted(&output));
            Ok(site.log(note).await?)
        }
        Ok(Prepared::Sequence(sequence)) => {
            let program = line::of_sequence(tool, sequence.input(), rate, &output);
            let ended = run_program(&program, site, &mut NoListener).await;
            // FFmpeg reads the temporary folder until here.
            drop(sequence);
            ended?;
            Ok(site.finished(0, vec![video(output)]).await?)
        }
    }
}

/// The video as an output of the task.
fn video(path: String) -> TaskOutput {
    let length = Path::new(&path).metadata().map_or(0, |about| about.len());
    TaskOutput {
        frame: None,
        view: String::new(),
        path,
        size: i64::try_from(length).unwrap_or(i64::MAX),
        state: OutputState::Written,
    }
}

/// Names the frames in the log, because the command line of FFmpeg shows the temporary folder only.
fn summary(files: &[PathBuf], output: &str) -> String {
    let name = |file: Option<&PathBuf>| {
        quoted(&file.map_or_else(String::new, |file| file.to_string_lossy().into_owned()))
    };
    format!(
        "{NAME}: {} is made of {} frames, from {} to {}",
        quoted(output),
        files.len(),
        name(files.first()),
        name(files.last())
    )
}
