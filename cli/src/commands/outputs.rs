//! The recorded outputs of a job: in a line, or all of them.

use farandole_protocol::api::{JobOutput, JobOutputs, OutputState};
use farandole_protocol::client::{ClientError, ManagerHttp};
use farandole_protocol::ids::JobId;
use indicatif::BinaryBytes;

use super::other_version::unanswered;
use super::submit::platform;
use crate::error::Outcome;
use crate::lookup::Named;
use crate::output::{Output, note, print, print_json};
use crate::table::{Cell, Colour, table};
use crate::words::{short, task_name};

/// The outputs in a line. Nothing where there are none, and where the Manager does not know of any.
pub(super) async fn in_a_line(manager: &ManagerHttp, job: JobId) -> Outcome<Option<String>> {
    match manager.job_outputs(job, None, platform()).await {
        Ok(page) => Ok(line(&page)),
        Err(error) if error.refused_status() == Some(404) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The first page says it all of most jobs; the sizes of more are not worth reading every page.
fn line(page: &JobOutputs) -> Option<String> {
    let first = &page.outputs.first()?.output.path;
    let last = &page.outputs.last()?.output.path;
    let files = if page.total == 1 {
        "1 file".to_owned()
    } else {
        format!("{} files", page.total)
    };
    Some(if page.next.is_some() {
        format!("{files}, from {first} on")
    } else if page.outputs.len() == 1 {
        format!("{files}, {}: {first}", bytes(&page.outputs))
    } else {
        format!("{files}, {}: {first} to {last}", bytes(&page.outputs))
    })
}

fn bytes(outputs: &[JobOutput]) -> BinaryBytes {
    let sizes = outputs
        .iter()
        .map(|it| it.output.size.max(0).cast_unsigned());
    BinaryBytes(sizes.sum())
}

/// All outputs, page by page.
pub(super) async fn list(manager: &ManagerHttp, job: JobId, output: Output) -> Outcome<()> {
    let outputs = match all(manager, job).await {
        Ok(outputs) => outputs,
        Err(error) => return Err(unanswered(manager, error, Named::Job(job)).await),
    };
    if output.json {
        return print_json(&outputs);
    }
    let id = short(job);
    if outputs.is_empty() {
        note(&format!(
            "no output of job {id} is recorded; see its tasks with: farandole tasks {id}"
        ));
        return Ok(());
    }
    let rows: Vec<_> = outputs.iter().map(|it| row(job, it)).collect();
    let heading = ["TASK", "ATTEMPT", "FRAME", "VIEW", "SIZE", "STATE", "FILE"];
    print(&table(heading, &rows, output.colours))?;
    output.next(&format!(
        "check them again with: farandole verify {id}; fetch them with: farandole fetch {id}"
    ));
    Ok(())
}

async fn all(manager: &ManagerHttp, job: JobId) -> Result<Vec<JobOutput>, ClientError> {
    let mut page = manager.job_outputs(job, None, platform()).await?;
    let mut outputs = page.outputs;
    while let Some(after) = page.next {
        page = manager.job_outputs(job, Some(&after), platform()).await?;
        outputs.append(&mut page.outputs);
    }
    Ok(outputs)
}

fn row(job: JobId, made: &JobOutput) -> [Cell; 7] {
    let file = &made.output;
    let colour = match file.state {
        OutputState::Written => Colour::Good,
        OutputState::Kept => Colour::Held,
    };
    [
        Cell::from(task_name(job, made.index_in_job)),
        Cell::from(made.attempt),
        frame(file.frame),
        Cell::from(&file.view),
        Cell::from(BinaryBytes(file.size.max(0).cast_unsigned())),
        Cell::from(file.state).coloured(Some(colour)),
        Cell::from(&file.path),
    ]
}

/// The number of a frame; `-` for a file that is not one frame.
pub(super) fn frame(number: Option<i32>) -> Cell {
    Cell::from(number.map_or_else(|| "-".to_owned(), |number| number.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn page(frames: &[u32], total: u32, next: Option<&str>) -> JobOutputs {
        let output = |frame: &u32| {
            json!({
                "task_id": "8fac4efb-c260-4383-8000-000000000001", "index_in_job": 1, "attempt": 1, "frame": frame,
                "view": "", "path": format!("/out/{frame:04}.png"), "size": 1536, "state": "written",
            })
        };
        let outputs: Vec<Value> = frames.iter().map(output).collect();
        serde_json::from_value(json!({"total": total, "outputs": outputs, "next": next})).unwrap()
    }

    #[test]
    fn the_line_says_how_many_and_which() {
        let check = |page, expected: Option<&str>| assert_eq!(line(&page).as_deref(), expected);
        check(page(&[], 0, None), None);
        check(page(&[7], 1, None), Some("1 file, 1.50 KiB: /out/0007.png"));
        check(
            page(&[1, 2, 3, 4], 4, None),
            Some("4 files, 6.00 KiB: /out/0001.png to /out/0004.png"),
        );
        check(
            page(&[1, 2], 1200, Some("1-2")),
            Some("1200 files, from /out/0001.png on"),
        );
    }
}
