//! `config check`: whether everything is as it must be, from this host.

use std::path::Path;

use farandole_protocol::api::ManagerVariableAudience;
use farandole_protocol::client::{ManagerClient as _, ManagerHttp};
use serde::Serialize;

use super::submit::platform;
use crate::blender;
use crate::error::{CliError, Outcome};
use crate::output::{Output, print, print_json};
use crate::table::{Colour, one_line};

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
    findings.push(workers(manager).await?);
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

async fn workers(manager: &ManagerHttp) -> Outcome<Finding> {
    use farandole_protocol::status::WorkerStatus;
    let workers = manager.workers().await?;
    let awake = workers
        .iter()
        .filter(|worker| worker.status == WorkerStatus::Awake)
        .count();
    let text = format!("{awake} of {} awake", workers.len());
    Ok(if awake > 0 {
        Finding::new("workers", Verdict::Ok, text)
    } else if workers.is_empty() {
        Finding::new(
            "workers",
            Verdict::Warning,
            "there are none; start one with farandole-worker",
        )
    } else {
        let text = format!("{text}: wake one with farandole worker NAME wake");
        Finding::new("workers", Verdict::Warning, text)
    })
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
