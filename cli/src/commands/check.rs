//! `config check`: whether everything is as it must be, from this host.

use std::collections::BTreeMap;
use std::path::Path;

use farandole_protocol::api::{ManagerVariableAudience, WorkerCondition, WorkerSummary};
use farandole_protocol::client::{ManagerClient as _, ManagerHttp};
use farandole_protocol::status::WorkerStatus;
use serde::Serialize;

use super::submit::platform;
use crate::blender;
use crate::error::{CliError, Outcome};
use crate::output::{Output, print, print_json};
use crate::table::{Colour, one_line};
use crate::words::count;

/// How something is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Bad,
}

/// Something that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    text: String,
}

impl Finding {
    fn new(check: &'static str, verdict: Verdict, text: impl Into<String>) -> Self {
        Self {
            check,
            verdict,
            text: text.into(),
        }
    }
}

/// Looks at everything, and says how it is. An error if something is bad.
pub(super) async fn check(manager: &ManagerHttp, program: &Path, output: Output) -> Outcome<()> {
    let mut findings = vec![version(manager).await?];
    findings.push(storage(manager).await?);
    let all = manager.workers().await?;
    findings.push(workers(&all));
    findings.extend(hosts(&all));
    findings.push(job_types(manager).await?);
    findings.push(scene_blender(program));
    if output.json {
        print_json(&findings)?;
    } else {
        let lines: String = findings.iter().map(|it| line(it, output.colours)).collect();
        print(&lines)?;
    }
    let bad = findings
        .iter()
        .filter(|it| it.verdict == Verdict::Bad)
        .count();
    if bad > 0 {
        return Err(CliError::Failed(format!(
            "{bad} of {} are not as they must be",
            findings.len()
        )));
    }
    output.next("submit something with: farandole submit FILE.blend --watch");
    Ok(())
}

fn line(finding: &Finding, colours: bool) -> String {
    let (word, colour) = match finding.verdict {
        Verdict::Ok => ("ok", Colour::Good),
        Verdict::Warning => ("warning", Colour::Held),
        Verdict::Bad => ("bad", Colour::Bad),
    };
    let padded = format!("{word:9}");
    let word = if colours {
        colour.paint(&padded)
    } else {
        padded
    };
    format!("{word}{:11}{}\n", finding.check, one_line(&finding.text))
}

async fn version(manager: &ManagerHttp) -> Outcome<Finding> {
    let version = manager.version().await?;
    let own = env!("CARGO_PKG_VERSION");
    let text = format!(
        "{} {} at {}",
        version.name,
        version.version,
        manager.url("/")
    );
    if version.version.contains(&format!("Farandole {own}")) {
        return Ok(Finding::new("manager", Verdict::Ok, text));
    }
    let advice =
        format!("{text}; this client is {own}: what one of them does not know will be said then");
    Ok(Finding::new("manager", Verdict::Warning, advice))
}

async fn storage(manager: &ManagerHttp) -> Outcome<Finding> {
    let configuration = manager.configuration().await?;
    if configuration.is_first_run {
        let text = "the Manager has no shared storage yet; give it one with --shared-storage-path";
        return Ok(Finding::new("storage", Verdict::Bad, text));
    }
    let users = ManagerVariableAudience::Users;
    let location = manager.shared_storage(users, platform()).await?.location;
    let finding = if Path::new(&location).is_dir() {
        Finding::new("storage", Verdict::Ok, format!("{location} is here, too"))
    } else {
        let text = format!(
            "{location} is not on this host: files are uploaded, and brought back with farandole fetch"
        );
        Finding::new("storage", Verdict::Ok, text)
    };
    Ok(finding)
}

fn workers(workers: &[WorkerSummary]) -> Finding {
    let awake = workers
        .iter()
        .filter(|worker| worker.status == WorkerStatus::Awake)
        .count();
    let text = format!("{awake} of {} awake", workers.len());
    if awake > 0 {
        Finding::new("workers", Verdict::Ok, text)
    } else if workers.is_empty() {
        let text = "there are none; start one with farandole-worker";
        Finding::new("workers", Verdict::Warning, text)
    } else {
        let text = format!("{text}: wake one with farandole worker NAME wake");
        Finding::new("workers", Verdict::Warning, text)
    }
}

/// What the Workers that are there have on their hosts: a line for each problem, and one for all versions.
fn hosts(workers: &[WorkerSummary]) -> Vec<Finding> {
    let there = workers.iter().filter(|worker| {
        !matches!(
            worker.status,
            WorkerStatus::Offline | WorkerStatus::Unset | WorkerStatus::Error
        )
    });
    let conditions: Vec<(&str, &WorkerCondition)> = there
        .filter_map(|worker| Some((worker.name.as_str(), worker.condition.as_ref()?)))
        .collect();
    let mut findings: Vec<Finding> = conditions
        .iter()
        .flat_map(|(name, condition)| {
            condition
                .problems()
                .into_iter()
                .map(move |it| format!("{name}: {it}"))
        })
        .map(|problem| Finding::new("hosts", Verdict::Warning, problem))
        .collect();
    let mut versions = BTreeMap::<String, usize>::new();
    for version in conditions
        .iter()
        .flat_map(|(_, condition)| condition.versions())
    {
        *versions.entry(version).or_default() += 1;
    }
    if !versions.is_empty() {
        let listed = versions.into_iter();
        let listed =
            listed.map(|(version, number)| format!("{version} on {}", count(number, "Worker")));
        let text = listed.collect::<Vec<_>>().join(", ");
        findings.push(Finding::new("hosts", Verdict::Ok, text));
    }
    findings
}

async fn job_types(manager: &ManagerHttp) -> Outcome<Finding> {
    let types = manager.job_types().await?;
    let names: Vec<&str> = types.iter().map(|known| known.name.as_str()).collect();
    Ok(if names.is_empty() {
        Finding::new(
            "job types",
            Verdict::Bad,
            "the Manager knows none: look into its scripts folder and its log",
        )
    } else {
        Finding::new("job types", Verdict::Ok, names.join(", "))
    })
}

fn scene_blender(program: &Path) -> Finding {
    match blender::version(program) {
        Ok(version) => Finding::new("blender", Verdict::Ok, version),
        Err(error) => {
            let text = format!(
                "{error}; without it scenes cannot be looked into before they are submitted"
            );
            Finding::new("blender", Verdict::Warning, text)
        }
    }
}
