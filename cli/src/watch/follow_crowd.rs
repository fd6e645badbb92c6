//! Following many jobs: some until all have ended, or the whole farm until somebody presses Ctrl-C.

use farandole_protocol::client::ManagerHttp;
use farandole_protocol::event::Topic;

use super::crowd::{Crowd, Which};
use super::crowd_display::CrowdDisplay;
use crate::changes::{Change, Changes, patiently};
use crate::error::{CliError, Outcome};
use crate::output::note;
use crate::table::one_line;
use crate::words::{count, short};

/// So many jobs that came to a bad end are named.
const NAMED: usize = 10;

/// Follows jobs. An error unless all were completed.
pub(crate) async fn watch_many(manager: &ManagerHttp, which: &Which, json: bool) -> Outcome<()> {
    let mut crowd = Crowd::of(which);
    let mut display = CrowdDisplay::new(json);
    let end = tokio::select! {
        // First of all Ctrl-C: nothing is drawn after it.
        biased;
        _ = tokio::signal::ctrl_c() => {
            display.leave();
            return Err(CliError::Interrupted(
                "the farm goes on without you; look again with: farandole jobs".to_owned(),
            ));
        }
        end = follow(manager, &mut crowd, &mut display) => end,
    };
    display.end();
    end?;
    let warnings = if json {
        Vec::new()
    } else {
        warnings(manager, &crowd).await
    };
    let bad = crowd.bad();
    let mut lines = vec![format!("all have ended: {}", crowd.tally())];
    lines.extend(warnings);
    if bad.is_empty() {
        if !json {
            note(&lines.join("\n"));
        }
        return Ok(());
    }
    lines.extend(bad.iter().take(NAMED).map(|job| {
        let id = short(job.id);
        format!(
            "  {} is {}; see its tasks with: farandole tasks {id}",
            job.name, job.status
        )
    }));
    if bad.len() > NAMED {
        lines.push(format!("  and {} more", bad.len() - NAMED));
    }
    lines.push("  queue them again with: farandole requeue ID...".to_owned());
    Err(CliError::JobFailed(lines.join("\n")))
}

/// Which jobs have warnings about their outputs. Events do not say so, so the jobs are read once more; where that
/// fails, their ends are told all the same.
async fn warnings(manager: &ManagerHttp, crowd: &Crowd) -> Vec<String> {
    let jobs = manager.jobs().await.unwrap_or_default();
    let warned: Vec<String> = jobs
        .iter()
        .filter(|job| crowd.has(job.id))
        .filter_map(|job| {
            let kinds = job.findings.as_ref().filter(|it| !it.is_empty())?.len();
            Some(format!(
                "  {} has {}; read them with: farandole job {}",
                one_line(&job.name),
                count(kinds, "warning"),
                short(job.id)
            ))
        })
        .collect();
    let more = warned.len().saturating_sub(NAMED);
    let mut lines: Vec<String> = warned.into_iter().take(NAMED).collect();
    if more > 0 {
        lines.push(format!("  and {more} more have warnings"));
    }
    lines
}

async fn follow(
    manager: &ManagerHttp,
    crowd: &mut Crowd,
    display: &mut CrowdDisplay,
) -> Outcome<()> {
    let mut stream = Changes::of(manager, vec![Topic::Jobs]);
    let mut known = false;
    loop {
        let changed = match stream.next().await {
            Change::ReadAgain => {
                let ask = async || manager.jobs().await;
                let jobs = patiently(ask, |text| display.say(text)).await?;
                let changed = crowd.read(&jobs);
                if let (false, Some(missing)) = (known, crowd.missing().first()) {
                    return Err(CliError::Failed(format!(
                        "there is no job {missing}; see what there is with: farandole jobs"
                    )));
                }
                if !known && jobs.is_empty() {
                    display.say("no jobs yet; they are shown as they come, until Ctrl-C");
                }
                known = true;
                changed
            }
            // What is heard before the first look is seen in it.
            Change::Event(event) if known => crowd.hear(&event).into_iter().collect(),
            // The terminal may have another size by now.
            Change::Tick if known => Vec::new(),
            Change::Event(_) | Change::Tick => continue,
        };
        display.show(crowd, &changed)?;
        if crowd.is_done() {
            return Ok(());
        }
    }
}
