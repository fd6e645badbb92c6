//! For tests: a place where commands work, and what they reported.

use std::path::PathBuf;
use std::time::Duration;

use farandole_protocol::api::{Command, TaskFinding, TaskOutput};
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::run_command;
use crate::executor::{CommandError, Report, Site, TaskFacts};
use crate::process::{IdleLimits, ProgramSettings};

pub(crate) struct Bench {
    site: Site,
    overhear: watch::Sender<Option<mpsc::UnboundedSender<Report>>>,
    cancel: watch::Sender<bool>,
    reports: mpsc::UnboundedReceiver<Report>,
}

/// What a command did.
pub(crate) struct Done {
    pub(crate) result: Result<(), CommandError>,
    pub(crate) reports: Vec<Report>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with_limits(IdleLimits::default())
    }

    /// A place where programs may do nothing for so long only.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test, in which nothing else listens"
    )]
    pub(crate) fn with_limits(limits: IdleLimits) -> Self {
        let (sender, mut receiver) = mpsc::channel::<Report>(1);
        let (forward, reports) = mpsc::unbounded_channel();
        let (overhear, ear) = watch::channel(None::<mpsc::UnboundedSender<Report>>);
        tokio::task::spawn(async move {
            while let Some(report) = receiver.recv().await {
                if let Some(ear) = &*ear.borrow() {
                    ear.send(report.clone()).ok();
                }
                forward.send(report).ok();
            }
        });
        let (cancel, cancelled) = watch::channel(false);
        let programs = ProgramSettings {
            grace: Duration::from_millis(300),
            oom_score_adjust: None,
            limits,
            user: None,
            blender_scripts: true,
        };
        Self {
            site: Site::new(sender, cancelled, programs, None, TaskFacts::default()),
            overhear,
            cancel,
            reports,
        }
    }

    pub(crate) fn cancel(&self) {
        self.cancel.send_replace(true);
    }

    /// For cancelling while the command runs.
    pub(crate) fn canceller(&self) -> watch::Sender<bool> {
        self.cancel.clone()
    }

    /// The command will announce so many steps.
    pub(crate) fn expect_steps(self, count: i64) -> Self {
        self.site.expect_steps(count);
        self
    }

    /// What is reported, while the command runs.
    pub(crate) fn overhear(&mut self) -> mpsc::UnboundedReceiver<Report> {
        let (sender, ear) = mpsc::unbounded_channel();
        self.overhear.send_replace(Some(sender));
        ear
    }

    pub(crate) async fn run(self, name: &str, parameters: Value) -> Done {
        let Self {
            site,
            cancel,
            mut reports,
            ..
        } = self;
        let parameters = parameters.as_object().unwrap().clone();
        let command = Command {
            name: name.to_owned(),
            parameters,
            total_step_count: 0,
        };
        let result = run_command(&command, &site).await;
        drop((site, cancel));
        let mut heard = Vec::new();
        while let Some(report) = reports.recv().await {
            heard.push(report);
        }
        Done {
            result,
            reports: heard,
        }
    }
}

impl Done {
    pub(crate) fn error(&self) -> String {
        self.result
            .as_ref()
            .err()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    pub(crate) fn logs(&self) -> Vec<String> {
        self.updates()
            .filter_map(|update| update.log.clone())
            .collect()
    }

    pub(crate) fn steps(&self) -> Vec<i64> {
        self.updates()
            .filter_map(|update| update.steps_completed)
            .collect()
    }

    pub(crate) fn outputs(&self) -> Vec<TaskOutput> {
        self.updates()
            .filter_map(|update| update.outputs.clone())
            .flatten()
            .collect()
    }

    pub(crate) fn findings(&self) -> Vec<TaskFinding> {
        self.updates()
            .filter_map(|update| update.findings.clone())
            .flatten()
            .collect()
    }

    pub(crate) fn pictures(&self) -> Vec<PathBuf> {
        let picture = |report: &Report| match report {
            Report::Picture(path) => Some(path.clone()),
            Report::Update(_) => None,
        };
        self.reports.iter().filter_map(picture).collect()
    }

    fn updates(&self) -> impl Iterator<Item = &farandole_protocol::api::TaskUpdate> {
        self.reports.iter().filter_map(|report| match report {
            Report::Update(update) => Some(update),
            Report::Picture(_) => None,
        })
    }
}
