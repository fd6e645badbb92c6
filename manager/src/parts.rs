//! The farm's parts as the HTTP edge knows them: one front each.

use futures_util::future::join_all;

use crate::ask::{Front, Standing};
use crate::broadcaster::Broadcaster;
use crate::compiler::Compiler;
use crate::farm_status::FarmStatus;
use crate::frame_checks::FrameChecks;
use crate::gatekeeper::Gatekeeper;
use crate::handout::Handout;
use crate::health::{PartHealth, ask_part, look_at_part};
use crate::host::Host;
use crate::job_deleter::JobDeleter;
use crate::job_intake::JobIntake;
use crate::job_output::JobOutput;
use crate::last_rendered::LastRendered;
use crate::mqtt::Mqtt;
use crate::refusal_log::Refusals;
use crate::scheduler::Scheduler;
use crate::settings::Settings;
use crate::shaman::Shaman;
use crate::shared_storage::SharedStorage;
use crate::store::Store;
use crate::task_logs::TaskLogs;
use crate::task_reports::TaskReports;
use crate::worker_conditions::WorkerConditions;

/// All that the HTTP edge may ask, and what is told of it.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "each is the front of the actor whose name it has"
)]
pub struct Parts {
    pub store: Store,
    pub broadcaster: Front<Broadcaster>,
    pub mqtt: Option<Front<Mqtt>>,
    pub settings: Front<Settings>,
    pub logs: TaskLogs,
    pub shared_storage: SharedStorage,
    pub frame_checks: FrameChecks,
    pub shaman: Shaman,
    pub compiler: Front<Compiler>,
    pub questions: Front<Compiler>,
    pub host: Front<Host>,
    pub scheduler: Front<Scheduler>,
    pub gatekeeper: Front<Gatekeeper>,
    pub intake: Front<JobIntake>,
    pub handout: Front<Handout>,
    pub worker_conditions: Front<WorkerConditions>,
    pub reports: Front<TaskReports>,
    pub last_rendered: Front<LastRendered>,
    pub job_deleter: Front<JobDeleter>,
    pub job_output: Front<JobOutput>,
    pub farm_status: Front<FarmStatus>,
    pub refusals: Refusals,
}

impl Parts {
    /// How every part stands, bottom-up. Those that are not among them take no orders: they have a clock alone.
    fn standings(&self) -> Vec<(&'static str, Standing)> {
        let mut all = self.store.standings().to_vec();
        all.extend(self.logs.standings());
        all.extend([
            ("broadcaster", self.broadcaster.standing()),
            ("refusal-log", self.refusals.standing()),
            ("settings", self.settings.standing()),
            ("shared-storage", self.shared_storage.standing()),
            ("frame-checks", self.frame_checks.standing()),
            ("shaman", self.shaman.standing()),
            ("compiler", self.compiler.standing()),
            ("compiler-questions", self.questions.standing()),
            ("host", self.host.standing()),
            ("scheduler", self.scheduler.standing()),
            ("gatekeeper", self.gatekeeper.standing()),
            ("job-intake", self.intake.standing()),
            ("handout", self.handout.standing()),
            ("worker-conditions", self.worker_conditions.standing()),
            ("task-reports", self.reports.standing()),
            ("last-rendered", self.last_rendered.standing()),
            ("job-deleter", self.job_deleter.standing()),
            ("job-output", self.job_output.standing()),
            ("farm-status", self.farm_status.standing()),
        ]);
        all.extend(self.mqtt.iter().map(|mqtt| ("mqtt", mqtt.standing())));
        all
    }

    /// How much waits before each part.
    pub fn queues(&self) -> Vec<(&'static str, usize)> {
        let all = self.standings().into_iter();
        all.map(|(name, standing)| (name, standing.waiting))
            .collect()
    }

    /// The health of each part, in the same order.
    pub async fn health(&self) -> Vec<PartHealth> {
        let mut all = self.store.health();
        all.extend(self.logs.health());
        all.extend([
            ask_part("broadcaster", &self.broadcaster),
            ask_part("settings", &self.settings),
            look_at_part("shared-storage", self.shared_storage.standing()),
            look_at_part("frame-checks", self.frame_checks.standing()),
            look_at_part("shaman", self.shaman.standing()),
            look_at_part("compiler", self.compiler.standing()),
            ask_part("host", &self.host),
            ask_part("scheduler", &self.scheduler),
            ask_part("gatekeeper", &self.gatekeeper),
            ask_part("job-intake", &self.intake),
            ask_part("handout", &self.handout),
            ask_part("worker-conditions", &self.worker_conditions),
            ask_part("task-reports", &self.reports),
            ask_part("last-rendered", &self.last_rendered),
            ask_part("job-deleter", &self.job_deleter),
            ask_part("job-output", &self.job_output),
            ask_part("farm-status", &self.farm_status),
        ]);
        all.extend(self.mqtt.iter().map(|mqtt| ask_part("mqtt", mqtt)));
        join_all(all).await
    }
}
