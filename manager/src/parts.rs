//! The farm's parts as the HTTP edge knows them: one address each.

use actix::Addr;

use crate::ask::{self, Front};
use crate::broadcaster::Broadcaster;
use crate::compiler::Compiler;
use crate::farm_status::FarmStatus;
use crate::gatekeeper::Gatekeeper;
use crate::handout::Handout;
use crate::host::Host;
use crate::job_deleter::JobDeleter;
use crate::job_intake::JobIntake;
use crate::job_output::JobOutput;
use crate::last_rendered::LastRendered;
use crate::scheduler::{HowAreYou, Scheduler};
use crate::settings::Settings;
use crate::shaman::Shaman;
use crate::shared_storage::SharedStorage;
use crate::store::Store;
use crate::task_logs::TaskLogs;
use crate::task_reports::TaskReports;

/// All addresses that the HTTP edge may use. Shared, never cloned per request: each clone of an address adds a place
/// to its mailbox.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "each is the address of the actor whose name it has"
)]
pub struct Parts {
    pub store: Store,
    pub broadcaster: Addr<Broadcaster>,
    pub settings: Addr<Settings>,
    pub logs: TaskLogs,
    pub shared_storage: SharedStorage,
    pub shaman: Shaman,
    pub compiler: Front<Compiler>,
    pub host: Addr<Host>,
    pub scheduler: Addr<Scheduler>,
    pub gatekeeper: Addr<Gatekeeper>,
    pub intake: Addr<JobIntake>,
    pub handout: Addr<Handout>,
    pub reports: Addr<TaskReports>,
    pub last_rendered: Addr<LastRendered>,
    pub job_deleter: Addr<JobDeleter>,
    pub job_output: Addr<JobOutput>,
    pub farm_status: Addr<FarmStatus>,
}

/// Whether a part is in working order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
pub struct PartHealth {
    /// Which part.
    pub name: &'static str,
    /// Whether it does its work.
    pub ready: bool,
}

impl Parts {
    /// How much waits before each part that has threads of its own. What waits before the others is not known: their
    /// mailboxes do not tell.
    pub fn queues(&self) -> Vec<(&'static str, usize)> {
        let [writer, readers, handout, loader] = self.store.waiting();
        let logs = ("task-logs", self.logs.waiting());
        let compiler = ("compiler", self.compiler.waiting());
        vec![writer, readers, handout, loader, logs, compiler]
    }

    /// The health of every part, bottom-up.
    pub async fn health(&self) -> Vec<PartHealth> {
        let scheduler = ask::ask(&self.scheduler, HowAreYou).await.unwrap_or(false);
        let parts = [
            ("store", self.store.connected()),
            ("broadcaster", self.broadcaster.connected()),
            ("settings", self.settings.connected()),
            ("task-logs", self.logs.connected()),
            ("shared-storage", self.shared_storage.connected()),
            ("shaman", self.shaman.connected()),
            ("compiler", self.compiler.connected()),
            ("host", self.host.connected()),
            ("scheduler", scheduler),
            ("gatekeeper", self.gatekeeper.connected()),
            ("job-intake", self.intake.connected()),
            ("handout", self.handout.connected()),
            ("task-reports", self.reports.connected()),
            ("last-rendered", self.last_rendered.connected()),
            ("job-deleter", self.job_deleter.connected()),
            ("job-output", self.job_output.connected()),
            ("farm-status", self.farm_status.connected()),
        ];
        parts
            .into_iter()
            .map(|(name, ready)| PartHealth { name, ready })
            .collect()
    }
}
